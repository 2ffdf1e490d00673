"""How fast is convolve_fast? Contestants in turn, within one run, on the same pictures.

PYTHONPATH=. python tests/benchmark.py [--json] [--pictures 512x512 1640x1190 4032x3024] [--runs 7]

The table holds the best time of each, as a ratio to cv2.filter2D's, and beside it how many pixels differ from
filter2D's. The plain loop is timed on a part of the picture, and that is scaled up. The last table is the
memory at its peak above what there was before, in bytes per pixel, each in a process of its own. Times depend
on the machine and wobble: no test asserts any of them.
"""

import argparse
import json
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table
from scipy import ndimage

from convolutions import convolve
from filtering.compare import filter2d
from filtering.fast import convolve_fast
from kernels import KERNEL_BANK

Contestant = Callable[[np.ndarray, np.ndarray], np.ndarray]
NAIVE_PART = (64, 96)


def scipy_correlate(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """scipy.ndimage.correlate in float32, rounded like the others."""
    sums = ndimage.correlate(image, kernel, output=np.float32, mode="nearest")
    return np.asarray(np.clip(np.rint(sums), 0, 255), np.uint8)


def torch_conv2d(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """PyTorch's conv2d on the CPU, in float32."""
    import torch

    kh, kw = kernel.shape
    picture = torch.from_numpy(image)[None, None].float()
    padded = torch.nn.functional.pad(picture, (kw // 2, kw // 2, kh // 2, kh // 2), mode="replicate")
    sums = torch.nn.functional.conv2d(padded, torch.from_numpy(kernel)[None, None].float())
    return np.asarray(sums.round().clamp(0, 255).byte()[0, 0].numpy())


CONTESTANTS: dict[str, Contestant] = {
    "naive": convolve,
    "convolve_fast": convolve_fast,
    "filter2D": lambda image, kernel: filter2d(image, kernel, "replicate"),
    "scipy": scipy_correlate,
}
if find_spec("torch"):
    CONTESTANTS["torch"] = torch_conv2d


def bench_kernels() -> dict[str, np.ndarray]:
    """The bank, and kernels without its structure."""
    rng = np.random.default_rng(0)
    gaussian = cv2.getGaussianKernel(15, -1)
    kernels = KERNEL_BANK | {"gaussian 15x15": gaussian @ gaussian.T}
    for side in (9, 31):
        kernels[f"integers {side}x{side}"] = rng.integers(-9, 10, (side, side)).astype(np.float64)
        floats = rng.normal(size=(side, side))
        kernels[f"floats {side}x{side}"] = floats / np.abs(floats).sum()
    return kernels


def measure(image: np.ndarray, kernel: np.ndarray, runs: int) -> dict[str, tuple[float, int]]:
    """Best seconds of each contestant, and how many pixels differ from filter2D's."""
    expected = CONTESTANTS["filter2D"](image, kernel)
    part = image[: NAIVE_PART[0], : NAIVE_PART[1]]
    best = dict.fromkeys(CONTESTANTS, float("inf"))
    differing = {}
    for number in range(runs):
        for name, function in CONTESTANTS.items():
            if name in ("naive", "scipy") and number > 1:
                continue  # too slow for more than two runs
            start = time.perf_counter()
            result = function(part if name == "naive" else image, kernel)
            seconds = time.perf_counter() - start
            if name == "naive":
                seconds *= image.size / part.size
                # Away from where the part was cut off, it is as in the whole.
                reach = max(kernel.shape) // 2
                inner = tuple(slice(0, side - reach) for side in part.shape)
                differing[name] = int(
                    np.count_nonzero(result[inner] != expected[: part.shape[0], : part.shape[1]][inner])
                )
            else:
                differing[name] = int(np.count_nonzero(result != expected))
            best[name] = min(best[name], seconds)
    return {name: (best[name], differing[name]) for name in CONTESTANTS}


def peak_memory(contestant: str, kernel: str, width: int, height: int) -> float:
    """Bytes per pixel that a call takes at its peak above the picture, in a process of its own."""
    root = Path(__file__).parent.parent
    call = f"report_peak({contestant!r}, {kernel!r}, {width}, {height})"
    command = [
        sys.executable,
        "-c",
        f"import sys; sys.path[:0] = ['.', 'tests']; from benchmark import *; {call}",
    ]
    return float(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=root).stdout)


def report_peak(contestant: str, kernel: str, width: int, height: int) -> None:
    """In the child: print the growth of the largest resident set, per pixel."""
    weights = bench_kernels()[kernel]
    image = np.random.default_rng(0).integers(0, 256, (height, width), dtype=np.uint8)
    CONTESTANTS[contestant](image[:64, :64], weights)  # set-up and libraries do not count
    before = largest_resident_set()
    CONTESTANTS[contestant](image, weights)
    print((largest_resident_set() - before) / image.size)


def largest_resident_set() -> int:
    """Bytes at the peak so far; from /proc if there is one, as getrusage counts the parent's peak too."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return 1024 * int(line.split()[1])
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def size(text: str) -> tuple[int, int]:
    """Read `512x512` as width and height."""
    width, height = map(int, text.split("x"))
    return width, height


Results = list[dict[str, object]]


def new_table(title: str, *columns: str) -> Table:
    """A table with the names of kernels on the left, and numbers."""
    table = Table("kernel", title=title)
    for column in columns:
        table.add_column(column, justify="right")
    return table


def time_table(width: int, height: int, runs: int, results: Results) -> Table:
    """How long all take on a picture of that size; the raw figures go to `results`."""
    image = np.random.default_rng(0).integers(0, 256, (height, width), dtype=np.uint8)
    title = f"{width} x {height}: time / filter2D's time (pixels that differ)"
    table = new_table(title, "filter2D", *(name for name in CONTESTANTS if name != "filter2D"))
    total = dict.fromkeys(CONTESTANTS, 0.0)
    for name, kernel in bench_kernels().items():
        measured = measure(image, kernel, runs)
        results.append({"picture": [width, height], "kernel": name, "measured": measured})
        if name in KERNEL_BANK:
            total = {each: total[each] + measured[each][0] for each in total}
        table.add_row(name, *cells({each: seconds for each, (seconds, _) in measured.items()}, measured))
        if name == list(KERNEL_BANK)[-1]:
            table.add_row("the six in all", *cells(total, {}), end_section=True)
    return table


def memory_table(width: int, height: int, results: Results) -> Table:
    """How much memory all take on a picture of that size; the raw figures go to `results`."""
    several = [name for name in CONTESTANTS if name != "naive"]
    table = new_table(f"{width} x {height}: bytes per pixel at the peak, above the picture", *several)
    for name in bench_kernels():
        peaks = {each: peak_memory(each, name, width, height) for each in several}
        results.append({"picture": [width, height], "kernel": name, "bytes_per_pixel": peaks})
        table.add_row(name, *(f"{peak:.1f}" for peak in peaks.values()))
    return table


def main() -> None:
    """Measure, and print tables or JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    default = [(512, 512), (1640, 1190), (4032, 3024)]
    parser.add_argument("--pictures", nargs="+", type=size, default=default, metavar="WxH")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    console = Console(stderr=options.json, width=110)
    versions = f"OpenCV {cv2.__version__}, NumPy {np.__version__}"
    machine = f"{platform.machine()}, {cv2.getNumberOfCPUs()} cores, {versions}"
    console.print(machine, highlight=False)
    results: Results = []
    for width, height in options.pictures:
        console.print(time_table(width, height, options.runs, results))
    console.print(memory_table(width, height, results))
    if options.json:
        print(json.dumps({"machine": machine, "results": results}, indent=2))


def cells(seconds: dict[str, float], measured: dict[str, tuple[float, int]]) -> list[str]:
    """filter2D's time, then the ratio of each other contestant to it, with its differing pixels."""
    reference = seconds["filter2D"]
    shown = [f"{1000 * reference:.2f} ms"]
    for name in CONTESTANTS:
        if name != "filter2D":
            ratio = seconds[name] / reference
            text = f"{ratio:.2f}" if ratio < 10 else f"{ratio:.0f}"
            shown.append(f"{text} ({measured[name][1]})" if measured else text)
    return shown


if __name__ == "__main__":
    main()
