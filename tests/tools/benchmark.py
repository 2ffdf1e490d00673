"""Measure convolve_fast against filter2D and what one might use instead, interleaved in one process.

python tests/tools/benchmark.py [--images 512x512 4032x3024] [--runs 7] [--threads 1] [--memory] [--json]

Each row is the best time of one contestant, its ratio to cv2.filter2D's, and how many pixels differ from
filter2D's: several contestants are fast because they are not exact. Every contestant of a kernel runs once,
then every one again, and so on. The plain loop is timed on a part of the image and scaled up. Times depend on
the machine and vary: no test asserts any of them.
"""

import argparse
import json
import platform
import resource
import subprocess
import sys
import time
import timeit
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageFilter
from rich.console import Console
from rich.table import Table
from scipy import ndimage

sys.path.insert(0, str(Path(__file__).parents[2]))

from convolutions import convolve
from filtering import threads
from filtering.compare import filter2d
from filtering.fast import convolve_fast
from kernels import KERNEL_BANK, KERNELS

Contestant = Callable[[np.ndarray], np.ndarray]
Results = list[dict[str, Any]]
NAIVE_PART = (64, 96)
BORDER = cv2.BORDER_REPLICATE
SLOW = ("convolve", "scipy correlate")  # run at most twice


def bench_kernels() -> dict[str, np.ndarray]:
    """Return the bank, and kernels with less structure than its own."""
    rng = np.random.default_rng(0)
    gaussian = cv2.getGaussianKernel(15, 0)
    kernels = KERNEL_BANK | {"gaussian 5x5": KERNELS["gaussian"], "gaussian 15x15": gaussian @ gaussian.T}
    kernels["decimals 5x5"] = rng.integers(-20, 21, (5, 5)) / 10
    for side in (3, 5, 9, 31):
        if side > 5:
            kernels[f"integers {side}x{side}"] = rng.integers(-9, 10, (side, side)).astype(np.float64)
        floats = rng.normal(size=(side, side))
        kernels[f"floats {side}x{side}"] = floats / np.abs(floats).sum()
    return kernels


def scipy(image: np.ndarray, function: Callable[..., Any], *options: Any, **more: Any) -> np.ndarray:
    """Run a filter of SciPy's in float32, and round and saturate its sums."""
    sums = function(image, *options, output=np.float32, mode="nearest", **more)
    return np.asarray(np.clip(np.rint(sums), 0, 255), np.uint8)


def torch_conv2d(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    import torch

    kh, kw = kernel.shape
    planes = torch.from_numpy(image)[None, None].float()
    padded = torch.nn.functional.pad(planes, (kw // 2, kw // 2, kh // 2, kh // 2), mode="replicate")
    sums = torch.nn.functional.conv2d(padded, torch.from_numpy(kernel)[None, None].float())
    return np.asarray(sums.round().clamp(0, 255).byte()[0, 0].numpy())


def pillow(image: np.ndarray, image_filter: Any) -> np.ndarray:
    return np.asarray(Image.fromarray(image).filter(image_filter))


def contestants(name: str, kernel: np.ndarray) -> dict[str, Contestant]:
    """Return all that can apply this kernel, by name; filter2D is the first."""
    side, line = len(kernel), kernel.sum(axis=0)
    functions: dict[str, Contestant] = {
        "filter2D": lambda image: filter2d(image, kernel, "replicate"),
        "convolve_fast": lambda image: convolve_fast(image, kernel),
        "convolve": lambda image: convolve(image, kernel),
        "scipy correlate": lambda image: scipy(image, ndimage.correlate, kernel),
    }
    if find_spec("torch"):
        functions["torch conv2d"] = lambda image: torch_conv2d(image, kernel)
    if name.endswith("_blur"):
        functions |= {
            "cv2.blur": lambda image: cv2.blur(image, (side, side), borderType=BORDER),
            "scipy uniform_filter": lambda image: scipy(image, ndimage.uniform_filter, side),
            "Pillow BoxBlur": lambda image: pillow(image, ImageFilter.BoxBlur(side // 2)),
        }
    elif name.startswith("gaussian"):
        sigma = 0.3 * ((side - 1) * 0.5 - 1) + 0.8  # OpenCV's choice for that size
        functions |= {
            "cv2.sepFilter2D": lambda image: cv2.sepFilter2D(image, -1, line, line, borderType=BORDER),
            "cv2.GaussianBlur": lambda image: cv2.GaussianBlur(image, (side, side), 0, borderType=BORDER),
            "scipy gaussian_filter": lambda image: scipy(
                image, ndimage.gaussian_filter, sigma, radius=side // 2
            ),
            "Pillow GaussianBlur": lambda image: pillow(image, ImageFilter.GaussianBlur(sigma)),
        }
    elif name.startswith("sobel"):
        dx = int(name == "sobel_x")
        functions["cv2.Sobel"] = lambda image: cv2.Sobel(image, -1, dx, 1 - dx, borderType=BORDER)
    elif name == "laplacian":
        functions["cv2.Laplacian"] = lambda image: cv2.Laplacian(image, -1, borderType=BORDER)
    elif name == "sharpen":
        weights = ImageFilter.Kernel((3, 3), kernel.ravel().tolist(), scale=1)
        functions["Pillow Kernel"] = lambda image: pillow(image, weights)
    return functions


def noise(width: int, height: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width), dtype=np.uint8)


def measure(image: np.ndarray, functions: dict[str, Contestant], runs: int) -> dict[str, tuple[float, int]]:
    """Return the best seconds of each contestant, and how many pixels differ from filter2D's."""
    expected = functions["filter2D"](image)
    part = image[: NAIVE_PART[0], : NAIVE_PART[1]]
    best, differing = dict.fromkeys(functions, float("inf")), {}
    for number in range(runs):
        for name, function in functions.items():
            if name in SLOW and number > 1:
                continue
            shown = part if name == "convolve" else image
            start = time.perf_counter()
            result = function(shown)
            best[name] = min(best[name], (time.perf_counter() - start) * image.size / shown.size)
            if number == 0:
                right = functions["filter2D"](part) if name == "convolve" else expected
                differing[name] = int(np.count_nonzero(result != right))
    return {name: (best[name], differing[name]) for name in functions}


def new_table(title: str, *columns: str, left: int = 1) -> Table:
    """Return a table whose first columns hold names, and the others numbers."""
    table = Table(*columns, title=title)
    for column in table.columns[left:]:
        column.justify = "right"
    return table


def time_table(width: int, height: int, runs: int, results: Results) -> Table:
    """Return how long all take on an image of that size; add the raw figures to `results`."""
    image = noise(width, height)
    title = f"{width} x {height}: best of {runs} runs"
    table = new_table(title, "kernel", "contestant", "ms", "ratio to filter2D", "pixels that differ", left=2)
    copying = partial(np.copyto, np.empty_like(image), image)
    floor = min(timeit.repeat(copying, number=1, repeat=runs))
    table.add_row("", "memcpy of the image", f"{1000 * floor:.2f}", "", "", end_section=True)
    total = {"filter2D": 0.0, "convolve_fast": 0.0}
    for name, kernel in bench_kernels().items():
        measured = measure(image, contestants(name, kernel), runs)
        results.append({"image": [width, height], "kernel": name, "measured": measured})
        reference = measured["filter2D"][0]
        for contestant, (best, differing) in measured.items():
            row = [f"{1000 * best:.2f}", f"{best / reference:.2f}", str(differing)]
            table.add_row(name if contestant == "filter2D" else "", contestant, *row)
        table.add_section()
        if name in KERNEL_BANK:
            total = {each: seconds + measured[each][0] for each, seconds in total.items()}
        if name == list(KERNEL_BANK)[-1]:
            ours, ratio = total["convolve_fast"], total["convolve_fast"] / total["filter2D"]
            row = [f"{1000 * ours:.2f}", f"{ratio:.2f}", ""]
            table.add_row("the bank in all", "convolve_fast", *row, end_section=True)
    return table


# ---- Memory, each time in a process of its own


def peak_memory(contestant: str, kernel: str, width: int, height: int) -> float:
    """Return the bytes per pixel that a call takes at its peak above the image."""
    code = f"import benchmark; print(benchmark.growth({contestant!r}, {kernel!r}, {width}, {height}))"
    command = [sys.executable, "-c", code]
    return float(subprocess.check_output(command, text=True, cwd=Path(__file__).parent))


def growth(contestant: str, kernel: str, width: int, height: int) -> float:
    """Return, in the child, the growth of the largest resident set per pixel."""
    function = contestants(kernel, bench_kernels()[kernel])[contestant]
    image = noise(width, height)
    function(image[:64, :64])  # set-up and libraries do not count
    before = largest_resident_set()
    function(image)
    return (largest_resident_set() - before) / image.size


def largest_resident_set() -> int:
    """Return the bytes at the peak so far; macOS counts them, Linux kilobytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def memory_table(width: int, height: int, results: Results) -> Table:
    """Return how much memory the general contestants take on an image of that size."""
    several = ["convolve_fast", "filter2D", "scipy correlate"]
    table = new_table(f"{width} x {height}: bytes per pixel at the peak, above the image", "kernel", *several)
    for name in bench_kernels():
        peaks = {each: peak_memory(each, name, width, height) for each in several}
        results.append({"image": [width, height], "kernel": name, "bytes_per_pixel": peaks})
        table.add_row(name, *(f"{peak:.1f}" for peak in peaks.values()))
    return table


def size(text: str) -> tuple[int, int]:
    width, height = map(int, text.split("x"))
    return width, height


def parse_arguments() -> argparse.Namespace:
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    default = [(512, 512), (1640, 1190), (4032, 3024)]
    parser.add_argument("--images", nargs="+", type=size, default=default, metavar="WxH")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--threads", type=int, help="for convolve_fast, OpenCV and PyTorch; default: all")
    parser.add_argument("--json", action="store_true", help="the raw figures on stdout, tables on stderr")
    parser.add_argument("--memory", action="store_true", help="bytes per pixel at the peak, on all threads")
    return parser.parse_args()


def main() -> None:
    """Measure, and print tables or JSON."""
    options = parse_arguments()
    if options.threads:
        threads.THREADS = options.threads
        cv2.setNumThreads(options.threads)
        if find_spec("torch"):
            import torch

            torch.set_num_threads(options.threads)
    console = Console(stderr=options.json, width=110, highlight=False)
    machine = (
        f"{platform.machine()}, {threads.allowed_threads()} threads, "
        f"OpenCV {cv2.__version__}, NumPy {np.__version__}"
    )
    console.print(machine)
    results: Results = []
    for width, height in options.images:
        if options.memory:
            console.print(memory_table(width, height, results))
        else:
            console.print(time_table(width, height, options.runs, results))
    if options.json:
        print(json.dumps({"machine": machine, "results": results}, indent=2))


if __name__ == "__main__":
    main()
