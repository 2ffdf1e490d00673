# /// script
# requires-python = ">=3.10"
# dependencies = [
#     "numpy>=1.24", "opencv-python>=4.8", "scikit-image>=0.20", "scipy>=1.10", "pillow>=10.1", "rich>=12.0"
# ]
# ///
"""Slide kernels over an image with a plain loop, and compare every pixel with OpenCV's filter2D.

python convolutions.py --image images/coffee.png
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from filtering import report
from filtering.arithmetic import arithmetic_text, check_place
from filtering.borders import BORDERS, pad
from filtering.compare import Comparison, compare
from filtering.exact import check_kernel, doubtful, exact_response, exact_weights
from filtering.fast import convolve_fast
from filtering.files import read_image
from filtering.options import OneLineParser, parse_name, parse_place
from filtering.parse import kernel_files, named_kernels
from filtering.pixels import check_image, to_pixels
from filtering.report import with_exit_status
from filtering.show.save import OUTPUT, Saver
from filtering.show.sheet import draw_sheet
from filtering.show.window import Quit, can_open_windows, open_window
from kernels import KERNEL_BANK, KERNELS, flip

__all__ = ["convolve", "convolve_fast", "main"]

NAIVE_PIXELS = 500_000  # of a gray image; a small kernel then takes the plain loop about two seconds


def convolve(
    image: npt.ArrayLike,
    kernel: npt.ArrayLike,
    border: str = "replicate",
    *,
    signed: bool = False,
    on_row: Callable[[int, np.ndarray], None] | None = None,
) -> np.ndarray:
    """Correlate an image with a kernel: lay the kernel on every pixel, multiply, add up.

    Output pixel (y, x) = sum over (i, j) of kernel[i, j] * padded[y + i, x + j]. As in OpenCV the kernel is
    not flipped, so strictly this is a correlation; true convolution is the same with `flip(kernel)`.

    image: uint8, (H, W) or (H, W, C), from 1 x 1 up; it is not modified. Channels are taken one by one.
    kernel: finite real numbers, both sides odd; it may be larger than the image.
    border: how the image is extended past its edges, one of borders.BORDERS.
    signed: return int16, which keeps negative responses, instead of uint8.
    on_row: called as on_row(y, output) after each row.
    Returns an array of the image's shape, rounded half to even and saturated (see pixels.to_pixels).
    Raises ValueError, with the rule and the value received, for anything else.

    In the middle of this image the sum, pixel*weight + pixel*weight + ..., is
    10*0 + 20*(-1) + 30*0 + 40*(-1) + 50*5 + 60*(-1) + 70*0 + 80*(-1) + 95*0 = 50:

    >>> image = np.array([[10, 20, 30], [40, 50, 60], [70, 80, 95]], np.uint8)
    >>> kernel = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])
    >>> int(convolve(image, kernel)[1, 1])
    50
    """
    image, kernel = check_image(image), check_kernel(kernel)
    height, width = image.shape[:2]
    kh, kw = kernel.shape

    # 1/49 is not exact in floats: a kernel of integers over a divisor is summed in these and divided at the
    # end; its tolerance is 0. Other sums, if so near to a half that float64 cannot tell, are taken exactly.
    weights, divisor, tolerance = exact_weights(kernel)
    # Pad by half a kernel, so that edge pixels have whole windows. uint8 would overflow, float32 would round.
    padded = pad(image, kh // 2, kw // 2, border).astype(np.float64)
    planes = np.moveaxis(padded.reshape(*padded.shape[:2], -1), 2, 0)  # one 2-D plane per channel
    sums = np.zeros((len(planes), width))
    output = np.zeros(image.shape, np.int16 if signed else np.uint8)

    for y in range(height):
        for plane, row in zip(planes, sums, strict=True):
            for x in range(width):
                window = plane[y : y + kh, x : x + kw]
                row[x] = (window * weights).sum()

        responses = sums / divisor
        for channel, x in doubtful(responses, tolerance, output.dtype):
            responses[channel, x] = exact_response(planes[channel, y : y + kh, x : x + kw], weights)
        output[y] = to_pixels(responses, signed).T.reshape(output[y].shape)
        if on_row is not None:
            on_row(y, output)
    return output


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line; raise SystemExit where that fails, and after --help."""
    parser = OneLineParser(
        prog="convolutions.py",
        allow_abbrev=False,
        description="Apply image kernels with a plain sliding window and with cv2.filter2D, show both side "
        "by side, and count the pixels that differ.",
        epilog="exit status: 0 all match (--learn: exactly), 1 not, 2 bad usage or input, 130 interrupted",
    )
    add = parser.add_argument
    # fmt: off
    add("-i", "--image", metavar="PATH", type=parse_name, help="the image; --check tries its middle")
    add("-k", "--kernel", metavar="KERNEL", nargs="+", action="extend", help="names (see "
        "--list), matrices such as '0 -1 0; -1 5 -1; 0 -1 0' or '1 2 1; 2 4 2; 1 2 1 / 16' or as NumPy has "
        "them (-k=-1,0,1 if it begins with a minus and has no spaces), and text files that hold some; "
        "default: the bank")
    add("--border", choices=BORDERS, help="how the image is extended past its edges (default: replicate)")
    add("--method", choices=["auto", "naive", "fast"], default="auto", help="naive: convolve's plain loop; "
        f"fast: the same pixels by convolve_fast; auto (default): naive up to {NAIVE_PIXELS} pixels")
    add("--flip", action="store_true", help="true convolution: turn the kernels by 180 degrees")
    add("--color", action="store_true", help="filter each channel of the colour image instead of grayscale")
    add("--signed", action="store_true", help="keep negative responses; zero is shown as middle grey")
    add("--at", metavar="X,Y", type=parse_place, help="write out the arithmetic at that pixel")
    add("--check", metavar="FILE.py:FUNCTION", type=parse_name, help="say what is wrong with yours")
    add("--learn", metavar="AFTER", type=parse_name, help="find the kernel that makes AFTER of the image")
    add("-o", "--output", metavar="DIR", type=parse_name, help="save results, panels and the sheet there")
    add("--no-window", action="store_true", help="open no window")
    add("--json", action="store_true", help="print one JSON object on stdout, everything else on stderr")
    add("--list", action="store_true", help="print every kernel (or those of --kernel) and what it is")
    # fmt: on
    options = parser.parse_args(argv)
    parser.refuse_combinations(options)
    return options


def chosen_kernels(options: argparse.Namespace) -> dict[str, np.ndarray]:
    """Return the kernels to use, by name; turned, if that is asked for, here and nowhere else."""
    hints: dict[str, str] = {}
    kernels = named_kernels(options.kernel or list(KERNELS if options.list else KERNEL_BANK), hints)
    for name, hint in hints.items():
        report.print_notes(name, [hint])
    return {name: flip(kernel) for name, kernel in kernels.items()} if options.flip else kernels


def load(options: argparse.Namespace) -> np.ndarray:
    """Read the image in colour, and make it gray as the tutorial does unless colour is asked for."""
    colour, notes = read_image(options.image)
    if options.at is not None:
        check_place(options.at[0], options.at[1], colour)
    report.print_notes(options.image, notes)
    return colour if options.color else cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY)


def list_check_or_learn(options: argparse.Namespace) -> int:
    """Do what --list, --check or --learn asks for; return the exit status."""
    if options.list:
        report.print_kernels(chosen_kernels(options), as_json=options.json)
        return 0
    out, output = sys.stderr if options.json else sys.stdout, Path(options.output) if options.output else None
    if options.check is not None:
        from filtering.check.command import run_check  # here, so that a plain run does not load it

        image = load(options) if options.image else None
        kernels = chosen_kernels(options) if options.kernel else None
        return run_check(
            options.check, image, options.border, json=options.json, out=out, kernels=kernels, output=output
        )
    from filtering.learn.command import run_learn

    settings = {"signed": options.signed, "output": output, "json": options.json}
    return run_learn(options.image, load(options), options.learn, out, **settings)


def destinations(options: argparse.Namespace, names: Iterable[str]) -> tuple[Saver, bool, bool]:
    """Return the saver, and whether it is used for every kernel, and whether a window opens."""
    saver = Saver(Path(options.output or OUTPUT), options.image, names, kernel_files(options.kernel or []))
    windows = not options.no_window and can_open_windows()
    saves = options.output is not None or not (windows or options.no_window)
    if saves:
        saver.prepare()
    return saver, saves, windows


@with_exit_status
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `argv` (default: the process's own); return its exit status, see --help."""
    options = parse_arguments(argv)
    if options.list or options.check is not None or options.learn is not None:
        return list_check_or_learn(options)
    out = sys.stderr if options.json else sys.stdout
    kernels, image, border = chosen_kernels(options), load(options), options.border or "replicate"
    large = image.shape[0] * image.shape[1] > NAIVE_PIXELS
    fast = options.method == "fast" or (options.method == "auto" and large)
    saver, saves, windows = destinations(options, kernels)
    report.print_plan(image, fast, saver.folder if saves and not options.output else None, out)

    comparisons: list[Comparison] = []
    title = Path(options.image).name + ", kernels flipped" * options.flip
    viewer = open_window(image.shape, saver, convolve, options.at) if windows else report.terminal()
    with suppress(Quit), viewer as shown:
        for name, kernel in kernels.items():
            print(f"[INFO] applying {name} kernel", file=out, flush=True)
            function = convolve_fast if fast else shown.watch(convolve, name)
            comparison = compare(image, kernel, border, signed=options.signed, name=name, convolve=function)
            comparisons.append(comparison)
            if options.at is not None:
                print(arithmetic_text(comparison, *options.at), file=out)
            if saves:
                saver.save(comparison, options.at)
            finished = len(comparisons) == len(kernels) > 1
            shown.browse(comparisons, partial(draw_sheet, title, comparisons) if finished else None)
    if saves and comparisons:
        saver.save_overview(title, comparisons, options.at, options.flip)
    if saver.files or not windows:
        print(f"[INFO] {saver.summary()}", file=out)
    report.print_report(comparisons, len(kernels), border, out)
    if options.json:
        report.print_json(options.image, image, border, fast, comparisons, options.at, saver.files)
    return 0 if all(comparison.matches for comparison in comparisons) else 1


if __name__ == "__main__":
    raise SystemExit(main())
