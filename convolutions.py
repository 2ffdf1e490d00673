# /// script
# requires-python = ">=3.10"
# dependencies = [
#     "numpy>=1.24", "opencv-python>=4.8", "scikit-image>=0.20", "scipy>=1.10", "pillow>=10.1", "rich>=12.0"
# ]
# ///
"""Slide kernels over an image with a plain loop, and compare every pixel with OpenCV's filter2D.

python convolutions.py --image images/coffee.png
"""

if __name__ == "__main__":  # before an import or a type hint fails, or is interrupted
    from filtering.needs import check_needs, run

    check_needs()

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TextIO

import cv2
import numpy as np
import numpy.typing as npt

from filtering import report
from filtering.arithmetic import check_places
from filtering.borders import pad
from filtering.compare import Comparison, Timer, filter2d
from filtering.exact import check_kernel, doubtful, exact_response, exact_weights
from filtering.fast import convolve_fast
from filtering.files import read_image
from filtering.options import is_fast, parse_arguments
from filtering.parse import kernel_files, named_kernels
from filtering.pixels import check_image, to_pixels
from filtering.show.save import OUTPUT, Saver
from filtering.show.window import Viewer, can_open_windows
from kernels import KERNEL_BANK, KERNELS, flip

__all__ = ["convolve", "convolve_fast", "main"]


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

    # 1/49 is not exact in floats: a kernel of whole numbers over a divisor is summed in these, and the sum
    # divided; its tolerance is 0. Other sums are float64, and off by up to the tolerance.
    weights, divisor, tolerance = exact_weights(kernel)
    # Pad by half a kernel, so that edge pixels have whole windows. uint8 would overflow, float32 would round.
    padded = pad(image, kh // 2, kw // 2, border).astype(np.float64)
    # One 2-D plane for each channel: (channels, H + kh - 1, W + kw - 1); a gray image has one.
    planes = np.moveaxis(padded.reshape(*padded.shape[:2], -1), 2, 0)
    sums = np.zeros((len(planes), width))  # of one row of the output, channel by channel
    output = np.zeros(image.shape, np.int16 if signed else np.uint8)

    for y in range(height):
        for plane, row_sums in zip(planes, sums, strict=True):
            for x in range(width):
                window = plane[y : y + kh, x : x + kw]
                row_sums[x] = (window * weights).sum()

        responses = sums / divisor
        # Where the tolerance leaves open which of two pixels a response rounds to, add up in fractions.
        for channel, x in doubtful(responses, tolerance, output.dtype):
            responses[channel, x] = exact_response(planes[channel, y : y + kh, x : x + kw], weights)
        # Images have their channels last, and gray ones have no such axis.
        output[y] = to_pixels(responses.T, signed).reshape(output[y].shape)
        if on_row is not None:
            on_row(y, output)
    return output


def chosen_kernels(options: argparse.Namespace) -> dict[str, np.ndarray]:
    """Return the kernels to use, by name: with --flip flipped, which happens here only."""
    hints: dict[str, str] = {}
    kernels = named_kernels(options.kernel or list(KERNELS if options.list else KERNEL_BANK), hints)
    report.print_hints(hints)
    return {name: flip(kernel) for name, kernel in kernels.items()} if options.flip else kernels


def load(options: argparse.Namespace) -> np.ndarray:
    """Read the image in colour, and make it gray as the tutorial does unless colour is asked for."""
    colour, notes = read_image(options.image)
    check_places(options.at, colour)
    report.print_notes(options.image, notes)
    return colour if options.color else cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY)


def check(options: argparse.Namespace, out: TextIO) -> int:
    """Do what --check asks for; return the exit status."""
    from filtering.check.command import run_check  # here, so that a plain run does not load it

    image, border = load(options) if options.image else None, options.border
    kernels = chosen_kernels(options) if options.kernel else None
    more = options.check, image, border, kernels, options.output
    inputs = [options.image or "", *kernel_files(options.kernel)]
    return run_check(*more, inputs=inputs, signed=options.signed, json=options.json, out=out)


def learn(options: argparse.Namespace, out: TextIO) -> int:
    """Do what --learn asks for; return the exit status."""
    from filtering.learn.command import run_learn  # here, so that a plain run does not load it

    image, output = load(options), options.output
    return run_learn(
        options.image, image, options.learn, out, signed=options.signed, output=output, json=options.json
    )


def outputs(options: argparse.Namespace, names: Iterable[str], out: TextIO) -> tuple[Saver, bool]:
    """Return the files of this run, and whether a window opens. Without one, all goes to files."""
    window = not options.no_window and can_open_windows()
    wanted = options.output is not None or not (window or options.no_window)
    folder, inputs = options.output or OUTPUT, [options.image, *kernel_files(options.kernel)]
    saver = Saver(folder, inputs, names, options.at, flipped=options.flip, wanted=wanted)
    if wanted:
        saver.prepare()
    if wanted and options.output is None:
        print(f"[INFO] no window can open here, so the images go to {folder}/", file=out)
    return saver, window


@report.with_exit_status
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `argv` (default: the process's own); return its exit status, see --help."""
    options = parse_arguments(argv)
    out = sys.stderr if options.json else sys.stdout
    if options.list:
        return report.print_kernels(chosen_kernels(options), as_json=options.json)
    if options.check is not None:
        return check(options, out)
    if options.learn is not None:
        return learn(options, out)

    kernels, image, border = chosen_kernels(options), load(options), options.border or "replicate"
    fast = is_fast(options.method, image)
    function = "convolve_fast" if fast else "convolve"
    saver, window = outputs(options, kernels, out)
    report.print_plan(image, fast, out)

    comparisons: list[Comparison] = []
    with Viewer(saver) if window else report.Terminal() as viewer:
        for name, kernel in kernels.items():
            print(f"[INFO] applying {name} kernel", file=out, flush=True)
            with Timer() as ours_timer:
                if fast:
                    ours = convolve_fast(image, kernel, border, signed=options.signed)
                else:
                    on_row = partial(viewer.grow, name, image, kernel, border)
                    ours = convolve(image, kernel, border, signed=options.signed, on_row=on_row)
            with Timer() as opencv_timer:
                opencv = filter2d(image, kernel, border, signed=options.signed)
            times = ours_timer.seconds, opencv_timer.seconds
            comparison = Comparison(name, image, kernel, border, ours, opencv, function, *times)
            comparisons.append(comparison)
            report.print_arithmetic(comparison, options.at, out)
            saver.keep(comparison)
            viewer.show(comparisons)
        viewer.show_sheet(comparisons)
    saver.keep_overview(comparisons)
    report.print_report(comparisons, len(kernels), border, out)
    print(f"[INFO] {saver.summary()}", file=out)
    if options.json:
        report.print_json(options.image, image, border, fast, comparisons, options.at, saver.files)
    return 0 if comparisons and all(comparison.matches for comparison in comparisons) else 1


if __name__ == "__main__":
    raise SystemExit(run(main))
