"""Slide image kernels over a picture with a plain loop, and check every pixel against OpenCV.

python convolutions.py --image images/coffee.png
"""

import argparse
import io
import json
import math
import os
import re
import signal
import sys
import textwrap
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NoReturn, TextIO

try:
    import cv2
    import numpy as np
    import numpy.typing as npt
    from rich import box
    from rich.console import Console
    from rich.progress import Progress
    from rich.table import Table

    from filtering.arithmetic import arithmetic_data, arithmetic_text, check_place
    from filtering.borders import BORDERS, pad
    from filtering.check.advice import Examination
    from filtering.check.diagnose import SECONDS, examine
    from filtering.compare import Comparison, compare, seconds_text
    from filtering.describe import facts, facts_text, kernel_text, size_text
    from filtering.exact import check_kernel, exact_response, exact_weights
    from filtering.fast import convolve_fast
    from filtering.files import read_image
    from filtering.parse import kind_of_path, named_kernels
    from filtering.pixels import check_image, to_pixels
    from filtering.show.panels import draw_sheet
    from filtering.show.save import OUTPUT, Saver
    from filtering.show.window import Quit, Window, can_open_windows, open_window
    from kernels import KERNEL_BANK, KERNELS, flip
except KeyboardInterrupt:
    if __name__ != "__main__":
        raise
    raise SystemExit(130) from None
except ImportError as error:
    if __name__ != "__main__":
        raise
    missing = str(error)
    remedy = "python -m pip install -r requirements.txt"
    if ".so" in missing:  # OpenCV is there, and a slim Linux lacks what its windows need
        remedy = (
            "apt-get install libgl1 libglib2.0-0 (or, without windows, pip install opencv-python-headless)"
        )
    print(f"convolutions.py: {missing}; install it with: {remedy}", file=sys.stderr)
    raise SystemExit(2) from None

SAMPLE = "images/coffee.png"
CHECKED_PART = 64, 96  # rows and columns of the picture that --check uses
NAIVE_SIDE = 600  # the tutorial's own rule: no picture is processed that is longer than that


def convolve(
    image: npt.ArrayLike,
    kernel: npt.ArrayLike,
    border: str = "replicate",
    *,
    signed: bool = False,
    on_row: Callable[[int, np.ndarray], None] | None = None,
) -> np.ndarray:
    """Correlate `image` with `kernel`: lay the kernel on every pixel, multiply, add up.

    Output pixel (y, x) = sum over (i, j) of kernel[i, j] * padded[y + i, x + j]. As in OpenCV the kernel
    is not flipped, so strictly this is a correlation; a convolution is the same with `flip(kernel)`.

    image: uint8, (H, W) or (H, W, C), from 1 x 1 up; it is not modified. Channels are taken one by one.
    kernel: real and finite numbers, both sides odd; it may be larger than the image.
    border: how the image goes on past its edge, one of borders.BORDERS.
    signed: give int16 pixels, which keep negative answers, instead of uint8.
    on_row: called as on_row(y, output) after each row.
    Returns the output, of the image's shape, rounded half to even and saturated (see pixels.to_pixels).
    Raises ValueError, with the rule and what was found, for anything else.

    In the middle of this image the sum, pixel by weight, is
    10*0 + 20*(-1) + 30*0 + 40*(-1) + 50*5 + 60*(-1) + 70*0 + 80*(-1) + 95*0 = 50:

    >>> image = np.array([[10, 20, 30], [40, 50, 60], [70, 80, 95]], np.uint8)
    >>> kernel = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])
    >>> int(convolve(image, kernel)[1, 1])
    50
    """
    image, kernel = check_image(image), check_kernel(kernel)
    height, width = image.shape[:2]
    kh, kw = kernel.shape

    # Sum whole numbers where the kernel has them: 1/49 has no exact float, 1 has; so divide at the end.
    # Pad by half a kernel, so that the window of an edge pixel is whole, and in float64: uint8 would
    # overflow, float32 would round.
    weights, divisor, doubt = exact_weights(kernel)
    padded = pad(image, kh // 2, kw // 2, border).astype(kernel.dtype)
    channels = padded.reshape(*padded.shape[:2], -1)  # a gray image has one
    responses = np.empty((width, channels.shape[2]), weights.dtype)
    output = np.zeros(image.shape, np.int16 if signed else np.uint8)

    for y in range(height):
        for channel in range(channels.shape[2]):
            for x in range(width):
                window = channels[y : y + kh, x : x + kw, channel]
                # Multiply the window with the kernel, pixel by weight, and add up the products:
                # (window * weights).sum(), in one call that takes half the time.
                response = np.vdot(window, weights)
                if doubt and abs(response % 1 - 0.5) < doubt:  # too near to a half for float64 to tell
                    response = exact_response(window, weights)
                responses[x, channel] = response
        output[y] = to_pixels(responses / divisor, signed).reshape(output[y].shape)
        if on_row is not None:
            on_row(y, output)
    return output


class _Parser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(complain(message))


def make_parser() -> argparse.ArgumentParser:
    """All options, in the order of --help."""
    parser = _Parser(
        allow_abbrev=False,
        prog="convolutions.py",
        description="Apply image kernels with a plain sliding window and with cv2.filter2D, "
        "show both side by side, and say how many pixels differ.",
        epilog="exit status: 0 all kernels match (with --check: the function does), 1 some do not, "
        "2 bad usage or input, 130 interrupted",
    )
    add = parser.add_argument
    add("-i", "--image", metavar="PATH",
        help="the picture; with --check, a middle part of it is one more probe")  # fmt: skip
    add("-k", "--kernel", metavar="KERNEL", nargs="+", help="names (see --list), matrices such as "
        "'0 -1 0; -1 5 -1; 0 -1 0' or '1 2 1; 2 4 2; 1 2 1 / 16', and text files that hold one "
        "(default: the six of the bank)")  # fmt: skip
    add("--border", choices=BORDERS, default="replicate",
        help="how the picture goes on past its edge, on both sides (default: replicate)")  # fmt: skip
    add("--method", choices=["auto", "naive", "fast"], default="auto",
        help="naive: convolve's plain loop; fast: the same pixels sooner, by convolve_fast; "
        f"auto (default): naive up to {NAIVE_SIDE} pixels on the longer side")  # fmt: skip
    add("--flip", action="store_true", help="true convolution: turn the kernels by 180 degrees")
    add("--color", action="store_true", help="each channel of the colour picture instead of grayscale")
    add("--signed", action="store_true", help="keep negative answers; zero is shown as middle grey")
    add("--at", metavar="X,Y", type=parse_place,
        help="write out the arithmetic at that pixel, for each kernel")  # fmt: skip
    add("-o", "--output", metavar="DIR", type=parse_folder, help="save results, panels and the sheet there")
    add("--no-window", action="store_true", help="open no window")
    add("--json", action="store_true", help="one JSON object on stdout, everything else on stderr")
    add("--check", metavar="FILE.py:FUNCTION",
        help="say what is wrong with a convolve(image, kernel) of your own, and how to mend it")  # fmt: skip
    add("--check-seconds", metavar="S", type=parse_seconds,
        help=f"how long --check may take (default: {SECONDS})")  # fmt: skip
    add("--list", action="store_true",
        help="show every kernel (or those of --kernel) with what it is, and exit")  # fmt: skip
    return parser


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    """Parse the command line; SystemExit where it does not parse, and after --help."""
    parser = make_parser()
    options = parser.parse_args(_guard_minus(sys.argv[1:] if argv is None else argv))
    if options.check is not None:
        refuse_with_check(parser, options)
    elif options.check_seconds is not None:
        parser.error("--check-seconds says how long --check may take; there is no --check")
    elif options.image is None and not options.list:
        parser.error(f"the following arguments are required: -i/--image (try --image {SAMPLE})")
    return options


def _guard_minus(arguments: list[str]) -> list[str]:
    """Put a space before matrices and pixels that begin with a minus: argparse takes them for options."""
    guarded, matrices = [], False
    for word in arguments:
        if matrices and re.match(r"-([\d.]|inf|nan)", word):
            word = " " + word
        elif word.startswith("-"):
            matrices = word in ("-k", "--kernel", "--at")
        guarded.append(word)
    return guarded


def refuse_with_check(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Exit with an error where an option is given that has no meaning for --check."""
    pointless = {
        "--kernel": options.kernel,
        "--method": options.method != "auto",
        "--flip": options.flip,
        "--color": options.color,
        "--signed": options.signed,
        "--at": options.at,
        "--output": options.output,
        "--list": options.list,
    }
    given = [name for name, value in pointless.items() if value]
    if given:
        parser.error(f"--check has its own pictures and kernels, and is not for {', '.join(given)}")


def parse_seconds(text: str) -> float:
    """Read a time limit: a number of seconds above 0."""
    with suppress(ValueError):
        if 0 < float(text) < math.inf:
            return float(text)
    raise argparse.ArgumentTypeError(f"a time limit is a number of seconds above 0; got {text!r}")


def parse_folder(text: str) -> Path:
    """Read the name of a folder; an empty one is a variable that was never set, not the current folder."""
    if not text:
        raise argparse.ArgumentTypeError("a folder has a name; got ''")
    return Path(text)


def parse_place(text: str) -> tuple[int, int]:
    """Read `10,20` as the pixel in column 10 and row 20."""
    place = re.fullmatch(r"\s*(-?\d{1,9})\s*,\s*(-?\d{1,9})\s*", text)
    if place is None:
        raise argparse.ArgumentTypeError(f"a pixel is X,Y, such as 10,20; got {text!r}")
    return int(place[1]), int(place[2])


def choose_method(
    options: argparse.Namespace, image: np.ndarray, kernels: dict[str, np.ndarray], out: TextIO
) -> None:
    """Settle what `auto` is, and say so; say how long a naive run will take if that is long."""
    height, width = image.shape[:2]
    longer = f"the longer side has {max(height, width)} pixels"
    if options.method == "auto":
        large = max(height, width) > NAIVE_SIDE
        options.method = "fast" if large else "naive"
        rule = f"over {NAIVE_SIDE}" if large else f"not over {NAIVE_SIDE}"
        print(f"[INFO] method {options.method}, as {longer}, {rule}", file=out)
    elif options.method == "naive" and max(height, width) > NAIVE_SIDE:
        sample = image[:100, :200]
        start = time.perf_counter()
        for kernel in kernels.values():
            convolve(sample, kernel, options.border)
        seconds = (time.perf_counter() - start) * image.size / sample.size
        print(
            f"[INFO] method naive, about {seconds:.0f} s in all, as {longer}; try --method fast",
            file=out,
        )


def compare_with_progress(
    name: str, kernel: np.ndarray, image: np.ndarray, options: argparse.Namespace, window: Window | None
) -> Comparison:
    """Compare one kernel. While the plain loop runs, the window shows it, or a progress bar on a terminal."""
    ask = partial(compare, image, kernel, options.border, signed=options.signed, name=name)
    console = Console(stderr=True)
    if options.method == "fast":
        return ask(convolve=convolve_fast)
    if window is not None:
        return ask(convolve=window.watch(convolve, name))
    if not console.is_terminal:
        return ask(convolve=convolve)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task(name, total=image.shape[0])
        return ask(convolve=partial(convolve, on_row=lambda y, output: progress.advance(task)))


def chosen_kernels(options: argparse.Namespace) -> dict[str, np.ndarray]:
    """The kernels to run or to list, turned if that is asked for: here, and nowhere else."""
    everything = KERNELS if options.list else KERNEL_BANK
    kernels = named_kernels(options.kernel or list(everything))
    return {name: flip(kernel) for name, kernel in kernels.items()} if options.flip else kernels


def load_image(options: argparse.Namespace) -> np.ndarray:
    """The picture as it goes into the kernels: in colour, or made gray as the tutorial does it."""
    picture, dropped = read_image(options.image)
    if options.at is not None:
        x, y = options.at
        check_place(x, y, picture)
    for what in dropped:
        print(f"[INFO] {options.image}: {what}", file=sys.stderr)
    return picture if options.color else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)


@dataclass
class Results:
    """What was computed so far, and which files it went to."""

    options: argparse.Namespace
    image: np.ndarray
    names: list[str]  # of all kernels that were asked for
    comparisons: list[Comparison] = field(default_factory=list)
    files: dict[str, list[Path]] = field(default_factory=dict)

    @property
    def stem(self) -> str:
        """What the names of all files begin with."""
        return Path(self.options.image).stem

    def prepare(self, folder: Path) -> Saver:
        """Make sure that the run can be saved in the folder."""
        inputs = [
            self.options.image,
            *(text for text in self.options.kernel or [] if kind_of_path(text) == "file"),
        ]
        saver = Saver(folder, self.stem, self.names, inputs)
        saver.files = self.files
        return saver

    def save_now(self, comparison: Comparison) -> str:
        """Save the files of one kernel because a key asked for it; return a message."""
        try:
            paths = self.prepare(self.options.output or OUTPUT).save(comparison)
        except (OSError, ValueError, MemoryError, cv2.error) as error:
            return f"not saved: {error_text(error)}"
        return "saved " + " and ".join(map(str, paths))

    def sheet(self) -> np.ndarray:
        """The sheet of all kernels."""
        return draw_sheet(heading(self.options, self.image), self.comparisons)


def run(options: argparse.Namespace, out: TextIO) -> int:
    """Do what the options say, telling `out` about it; the exit status."""
    kernels = chosen_kernels(options)
    image = load_image(options)
    results = Results(options, image, list(kernels))
    windows = not options.no_window and can_open_windows()
    windowless = options.output is None and not windows and not options.no_window
    if windowless:
        options.output = OUTPUT
    saver = None if options.output is None else results.prepare(options.output)
    if windowless:
        print(f"[INFO] no window can open here, so the pictures go to {options.output}{os.sep}", file=out)
    choose_method(options, image, kernels, out)
    if windows:
        with suppress(Quit), open_window(image.shape, results.save_now) as window:
            apply_kernels(kernels, results, out, window, saver)
    else:
        apply_kernels(kernels, results, out, None, saver)
    if saver is not None and results.comparisons:
        sheet = saver.save_sheet(heading(options, image), results.comparisons)
        print(f"[INFO] saved the pictures in {options.output}{os.sep}, all kernels in {sheet}", file=out)
    print_report(results.comparisons, len(kernels), options, out)
    if options.json:
        print_json(results)
    return 0 if all(each.verdict != "different" for each in results.comparisons) else 1


def apply_kernels(
    kernels: dict[str, np.ndarray], results: Results, out: TextIO, window: Window | None, saver: Saver | None
) -> None:
    """Compare kernel after kernel, say so, save and show it."""
    options = results.options
    for number, (name, kernel) in enumerate(kernels.items(), 1):
        print(f"[INFO] applying {name} kernel", file=out, flush=True)
        comparison = compare_with_progress(name, kernel, results.image, options, window)
        results.comparisons.append(comparison)
        if options.at is not None:
            print(arithmetic_text(comparison, *options.at), file=out)
        if saver is not None:
            saver.save(comparison)
        if window is not None:
            last = number == len(kernels) > 1
            window.browse(results.comparisons, results.sheet if last else None)


def run_check(options: argparse.Namespace, out: TextIO) -> int:
    """Examine the function that --check names, and say what is found; the exit status."""
    image = None if options.image is None else middle(load_image(options))
    # Ended from outside, it is still to end its child and to remove its folder.
    before = signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        examination = examine_with_progress(options, image)
    finally:
        signal.signal(signal.SIGTERM, before)
    print(wrapped(examination.message), file=out)
    if examination.example is not None:
        print("\n" + example_text(examination), file=out)
    if options.json:
        print(json.dumps(examination.data(), indent=2))
    return 0 if examination.verdict == "matches" else 1


def examine_with_progress(options: argparse.Namespace, image: np.ndarray | None) -> Examination:
    """Examine it, with a progress bar on stderr if that is a terminal."""
    examining = partial(examine, options.check, image, options.border, options.check_seconds or SECONDS)
    console = Console(stderr=True)
    if not console.is_terminal:
        return examining(lambda done, total: None)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("trying it out")
        return examining(lambda done, total: progress.update(task, completed=done, total=total))


def wrapped(text: str) -> str:
    """The lines of a text, none too long; a numbered one goes on behind its number, `code` is not broken."""
    lines = []
    for line in text.splitlines():
        whole = re.sub("`[^`]*`", lambda code: code[0].replace(" ", "\0"), line)
        indent = re.sub(r"^((\d+\.|-)? *).*", lambda found: " " * len(found[1]), line)
        lines.append(
            textwrap.fill(
                whole, 100, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
            )
        )
    return "\n".join(lines).replace("\0", " ")


def middle(image: np.ndarray) -> np.ndarray:
    """The middle of a picture, so small that a loop is through with it in a second."""
    top, left = (max(side - most, 0) // 2 for side, most in zip(image.shape, CHECKED_PART, strict=True))
    return image[top : top + CHECKED_PART[0], left : left + CHECKED_PART[1]]


def example_text(examination: Examination) -> str:
    """The arithmetic at a pixel that differs, with what the examined function made of it."""
    assert examination.example is not None
    difference, x, y = examination.example
    assert difference.output is not None
    probe = difference.probe
    name = f"For example, with a kernel of {size_text(probe.kernel)}"
    comparison = compare(probe.image, probe.kernel, examination.border, name=name, convolve=convolve)
    text = arithmetic_text(comparison, x, y)
    # Its last line says what our convolve and filter2D give; here it is another function's turn.
    return (
        f"{text[: text.rindex('convolve')]}filter2D {comparison.opencv[y, x]}, "
        f"{examination.function} {difference.output[y, x]:.6g}"
    )


def heading(options: argparse.Namespace, image: np.ndarray) -> str:
    """One line that says what was compared with what."""
    height, width = image.shape[:2]
    turned = ", kernels flipped" * options.flip + ", signed" * options.signed
    return (
        f"{Path(options.image).name}, {width} x {height}, border {options.border}{turned}: "
        f"convolve ({options.method}) and filter2D of OpenCV {cv2.__version__}"
    )


def print_report(comparisons: list[Comparison], asked: int, options: argparse.Namespace, out: TextIO) -> None:
    """Print the table of all kernels, where those that differ do, and the verdict."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True)
    table.add_column("kernel")
    for title in ("size", "convolve", "filter2D", "differing"):
        table.add_column(title, justify="right")
    table.add_column("verdict")
    for each in comparisons:
        table.add_row(
            each.name,
            size_text(each.kernel),
            seconds_text(each.convolve_seconds),
            seconds_text(each.filter2d_seconds),
            str(each.differing),
            each.verdict_text,
        )
    print(file=out)
    Console(file=out, highlight=False, markup=False).print(table)
    print(file=out)
    for each in comparisons:
        if each.explanation:
            print(f"{each.name}: {each.explanation}", file=out)
    same = sum(each.verdict != "different" for each in comparisons)
    skipped = f" ({asked - len(comparisons)} of {asked} not run)" if len(comparisons) < asked else ""
    print(
        f"{same} of {len(comparisons)} kernels match cv2.filter2D "
        f"(OpenCV {cv2.__version__}, border {options.border}){skipped}",
        file=out,
    )


def print_json(results: Results) -> None:
    """Print the results as one JSON object."""
    options, image = results.options, results.image
    kernels = []
    for each in results.comparisons:
        rows, columns = each.kernel.shape
        kernel = {"name": each.name, "rows": rows, "columns": columns}
        same = (
            "pixels",
            "differing",
            "ties",
            "max_difference",
            "convolve_seconds",
            "filter2d_seconds",
            "verdict",
        )
        kernel |= {key: getattr(each, key) for key in same}
        kernel["files"] = [str(path) for path in results.files.get(each.name, [])]
        if options.at is not None:
            kernel["at"] = arithmetic_data(each, *options.at)
        kernels.append(kernel)
    whole = {
        "image": options.image,
        "width": image.shape[1],
        "height": image.shape[0],
        "border": options.border,
        "method": options.method,
        "opencv": cv2.__version__,
        "opencv_cpu": cv2.getCPUFeaturesLine().strip(),
        "kernels": kernels,
    }
    print(json.dumps(whole, indent=2))


def list_kernels(options: argparse.Namespace) -> None:
    """Print each kernel as a square, and what it is; or the same as data."""
    kernels = chosen_kernels(options)
    if options.json:
        described = [{"name": name} | facts(kernel) for name, kernel in kernels.items()]
        print(json.dumps({"kernels": described}, indent=2))
        return
    for name, kernel in kernels.items():
        square = textwrap.indent(f"{kernel_text(kernel)}\n{facts_text(kernel)}", "    ")
        print(f"{name}  {size_text(kernel)}\n{square}\n")


def main(argv: list[str] | None = None) -> int:
    """Run the command line `argv` (default: the process's own) and return its exit status.

    0 all kernels match (with --check: the function does), 1 some kernel does not, 2 bad usage or input,
    130 interrupted, 141 nobody reads the output any more.
    """
    # Streams may be closed (`>&-`), and a file name may hold what the terminal's encoding has not.
    sys.stdout = sys.stdout or io.StringIO()
    sys.stderr = sys.stderr or io.StringIO()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        options = parse_arguments(argv)
        if options.list:
            list_kernels(options)
            status = 0
        elif options.check is not None:
            status = run_check(options, sys.stderr if options.json else sys.stdout)
        else:
            status = run(options, sys.stderr if options.json else sys.stdout)
        sys.stdout.flush()
        return status
    except SystemExit as done:
        return int(done.code or 0)
    except BrokenPipeError:
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # so that Python's own last flush is quiet
        return 141
    except KeyboardInterrupt:
        print("convolutions.py: interrupted", file=sys.stderr)
        return 130
    except (OSError, ValueError, MemoryError, cv2.error) as error:
        return complain(error)


def complain(error: Exception | str) -> int:
    """Print an error on stderr and return its exit status."""
    print(f"convolutions.py: error: {error_text(error)}", file=sys.stderr)
    return 2


def error_text(error: Exception | str) -> str:
    """What an error says, in one line whatever a file name holds."""
    if isinstance(error, OSError):
        error = f"{error.filename or 'output'}: {error.strerror}"
    elif isinstance(error, cv2.error):
        error = f"OpenCV: {error.err}"
    elif isinstance(error, MemoryError):
        error = "out of memory"
    return re.sub(r"[\x00-\x1f\x7f]", lambda found: repr(found[0])[1:-1], str(error))


if __name__ == "__main__":
    raise SystemExit(main())
