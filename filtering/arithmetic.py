"""The sum at one pixel, exact, and written out as in a textbook."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from filtering.borders import origins
from filtering.compare import Comparison, are_ties
from filtering.describe import number_text, size_text
from filtering.exact import as_fraction, exact_sum

SHOWN_WEIGHTS = 7 * 7  # kernels of no more are written out number by number
CHANNELS = ("blue", "green", "red")


@dataclass(frozen=True)
class Arithmetic:
    """How one pixel, in one channel, came to be."""

    x: int
    y: int
    border: str
    window: np.ndarray  # (kh, kw), uint8: the pixels under the kernel
    inside: np.ndarray  # (kh, kw), bool: which of them are the picture's own, not its border's
    weights: np.ndarray  # (kh, kw): Python ints, or floats where no divisor makes whole numbers of them
    divisor: int
    total: Fraction  # sum of window * weights, exact
    convolve: int  # the pixel in convolve's result
    filter2d: int  # the pixel in cv2.filter2D's
    tie: bool  # or they are the same
    signed: bool

    @property
    def response(self) -> Fraction:
        """What the kernel answers here: total / divisor, before it becomes a pixel."""
        return self.total / self.divisor


def check_place(x: int, y: int, image: np.ndarray) -> None:
    """Raise ValueError if the image has no pixel x, y."""
    height, width = image.shape[:2]
    if not (0 <= x < width and 0 <= y < height):
        raise ValueError(
            f"a pixel X,Y of this {width} x {height} picture is between 0,0 and {width - 1},{height - 1}; "
            f"got {x},{y}"
        )


def arithmetic_at(comparison: Comparison, x: int, y: int) -> list[Arithmetic]:
    """The arithmetic at pixel x, y: one for a gray picture, one for each channel of a colour one."""
    image, kernel = comparison.image, comparison.kernel
    check_place(x, y, image)
    height, width = image.shape[:2]
    rows, rows_inside = _source(height, y, kernel.shape[0], comparison.border)
    columns, columns_inside = _source(width, x, kernel.shape[1], comparison.border)
    inside = np.outer(rows_inside, columns_inside)
    weights, divisor = as_fraction(kernel) or (kernel, 1)
    found = []
    for channel in range(image[0, 0].size):
        plane, ours, opencv = (
            side.reshape(height, width, -1)[..., channel]
            for side in (image, comparison.ours, comparison.opencv)
        )
        window = plane[np.ix_(rows, columns)]
        if comparison.border == "zero":
            window = window * inside
        found.append(
            Arithmetic(
                x,
                y,
                comparison.border,
                window,
                inside,
                weights,
                divisor,
                exact_sum(window, weights),
                int(ours[y, x]),
                int(opencv[y, x]),
                bool(are_ties(np.array([[y, x]]), plane, kernel, comparison.border, ours, opencv)[0]),
                signed=ours.dtype == np.int16,
            )
        )
    return found


def _source(length: int, centre: int, taps: int, border: str) -> tuple[np.ndarray, np.ndarray]:
    """Which rows (or columns) of the picture lie under the kernel, and which of these are not its border."""
    index = origins(length, taps // 2, border)[centre : centre + taps]
    place = np.arange(centre - taps // 2, centre + taps // 2 + 1)
    return index, (place >= 0) & (place < length)


def arithmetic_text(comparison: Comparison, x: int, y: int) -> str:
    """The arithmetic at pixel x, y as lines of text that add up by hand.

    The sum stands there as in the docstring of `convolve`: pixel*weight + pixel*weight + ... = sum.
    """
    arithmetic = arithmetic_at(comparison, x, y)
    names = (
        [comparison.name] if len(arithmetic) == 1 else [f"{comparison.name}, {colour}" for colour in CHANNELS]
    )
    return "\n".join(line for both in zip(names, arithmetic, strict=True) for line in _lines(*both))


def _lines(name: str, each: Arithmetic) -> list[str]:
    small = each.weights.size <= SHOWN_WEIGHTS
    shown = [*_squares(each), *sum_lines(each)] if small else short_lines(each)
    return [f"{name} at {each.x},{each.y}", *("  " + line for line in [*shown, *pixel_lines(each)])]


def _squares(each: Arithmetic) -> list[str]:
    """The window and the kernel side by side; pixels that the border made up are in brackets."""
    pixels = [
        [f"{pixel} " if own else f"[{pixel}]" for pixel, own in zip(*both, strict=True)]
        for both in zip(each.window.tolist(), each.inside.tolist(), strict=True)
    ]
    weights = [[str(weight) for weight in row] for row in each.weights.tolist()]
    wide, narrow = (max(len(cell) for row in cells for cell in row) for cells in (pixels, weights))
    lines = [
        " ".join(cell.rjust(wide) for cell in left)
        + "     "
        + "  ".join(cell.rjust(narrow) for cell in right)
        for left, right in zip(pixels, weights, strict=True)
    ]
    if each.divisor != 1:
        lines[-1] += f"   / {each.divisor}"
    if not each.inside.all():
        lines.append(f"[ ] is past the edge: border {each.border}")
    return lines


def sum_lines(each: Arithmetic) -> list[str]:
    """The sum, a line for each row of the kernel."""
    rows = [
        " + ".join(
            f"{pixel}*{weight}" if weight >= 0 else f"{pixel}*({weight})"
            for pixel, weight in zip(*both, strict=True)
        )
        for both in zip(each.window.tolist(), each.weights.tolist(), strict=True)
    ]
    return ["  " + rows[0], *("+ " + row for row in rows[1:]), f"= {number_text(each.total)}"]


def short_lines(each: Arithmetic) -> list[str]:
    """A kernel too large to write out: what the sum comes to, and of how many terms."""
    outside = np.count_nonzero(~each.inside)
    past = f", {outside} of them past the edge (border {each.border})" if outside else ""
    return [
        f"a window of {size_text(each.window)} = {each.window.size} pixels{past},",
        f"from {each.window.min()} to {each.window.max()}; the sum of pixel*weight",
        f"= {number_text(each.total)}",
    ]


def pixel_lines(each: Arithmetic) -> list[str]:
    """From the sum to the pixel: divided, rounded, saturated, and compared."""
    lines = []
    if each.divisor != 1:
        lines.append(f"/ {each.divisor} = {number_text(each.response)}")
    nearest = round(round(each.response, 9))
    if each.response.denominator != 1:
        tie = " (halfway: to the even one)" if round(each.response, 9) % 1 == Fraction(1, 2) else ""
        lines.append(f"rounds to {nearest}{tie}")
    low, high = (-32768, 32767) if each.signed else (0, 255)
    if not low <= nearest <= high:
        lines.append(f"saturates to {min(max(nearest, low), high)}, as pixels go from {low} to {high}")
    apart = "" if each.convolve == each.filter2d else ", which differs" if not each.tie else ", a tie"
    lines.append(f"convolve {each.convolve}, filter2D {each.filter2d}{apart}")
    return lines


def arithmetic_data(comparison: Comparison, x: int, y: int) -> dict[str, object]:
    """The same as plain data. In colour, window, sum and the pixels are lists, of blue, green and red.

    `sum` is that of window * weights, still to be divided by `divisor`.
    """
    arithmetic = arithmetic_at(comparison, x, y)
    sums = [int(one.total) if one.total.denominator == 1 else float(one.total) for one in arithmetic]

    def of_channels(values: list[Any]) -> object:
        return values[0] if len(values) == 1 else values

    return {
        "x": x,
        "y": y,
        "window": of_channels([one.window.tolist() for one in arithmetic]),
        "weights": arithmetic[0].weights.tolist(),
        "divisor": arithmetic[0].divisor,
        "sum": of_channels(sums),
        "convolve": of_channels([one.convolve for one in arithmetic]),
        "filter2d": of_channels([one.filter2d for one in arithmetic]),
    }
