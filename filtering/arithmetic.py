"""The sum at one pixel: exact, and written out as in a textbook."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from filtering.borders import origins
from filtering.compare import Comparison, are_ties
from filtering.describe import number_text, size_text
from filtering.exact import exact_sum, on_paper

SHOWN_WEIGHTS = 7 * 7  # kernels of no more are written out number by number
CHANNELS = ("blue", "green", "red")


@dataclass(frozen=True, eq=False, kw_only=True)
class Arithmetic:
    """The arithmetic behind one output pixel of one channel."""

    x: int
    y: int
    border: str
    window: np.ndarray  # (kh, kw), uint8: the pixels under the kernel
    inside: np.ndarray  # (kh, kw), bool: which of these lie in the image, not past its edge
    weights: np.ndarray  # (kh, kw): Python ints, or floats where no divisor makes whole numbers of them
    divisor: int
    total: Fraction  # sum of window * weights, exact
    function: str  # what computed the next, by name
    convolve: int  # the pixel in convolve's result
    filter2d: int  # the pixel in cv2.filter2D's
    tie: bool  # filter2D's pixel is equal, or a tie
    signed: bool

    @property
    def response(self) -> Fraction:
        """The response of the kernel: total / divisor, before it becomes a pixel."""
        return self.total / self.divisor

    @property
    def summary_lines(self) -> list[str]:
        """Summarise the summands of a kernel too large to write them out."""
        outside = np.count_nonzero(~self.inside)
        past = f", {outside} of them past the edge (border {self.border})" if outside else ""
        return [
            f"a window of {size_text(self.window)} = {self.window.size} pixels{past},",
            f"from {self.window.min()} to {self.window.max()}; the sum of pixel*weight",
        ]

    @property
    def total_line(self) -> str:
        """Write the sum."""
        return f"= {number_text(self.total)}"

    @property
    def step_lines(self) -> list[str]:
        """Write the steps from the sum to the pixel: divided, rounded, saturated."""
        lines = []
        if self.divisor != 1:
            lines.append(f"/ {self.divisor} = {number_text(self.response)}")
        nearest = round(round(self.response, 9))
        if self.response.denominator != 1:
            halfway = " (halfway: to the even one)" if round(self.response, 9) % 1 == Fraction(1, 2) else ""
            lines.append(f"rounds to {nearest}{halfway}")
        low, high = (-32768, 32767) if self.signed else (0, 255)
        if not low <= nearest <= high:
            lines.append(f"saturates to {min(max(nearest, low), high)}, as pixels go from {low} to {high}")
        return lines

    @property
    def compared_line(self) -> str:
        """Write the pixels of both sides."""
        apart = "" if self.convolve == self.filter2d else ", which differs" if not self.tie else ", a tie"
        return f"{self.function} {self.convolve}, filter2D {self.filter2d}{apart}"


def check_places(places: Iterable[tuple[int, int]], image: np.ndarray) -> None:
    """Raise ValueError if the image lacks one of these pixels (x, y)."""
    height, width = image.shape[:2]
    for x, y in places:
        if not (0 <= x < width and 0 <= y < height):
            raise ValueError(
                f"a pixel X,Y of this {width} x {height} image needs to be between 0,0 and "
                f"{width - 1},{height - 1}, got {x},{y}"
            )


def arithmetic_at(comparison: Comparison, x: int, y: int) -> list[Arithmetic]:
    """Return the arithmetic at pixel (x, y): one for a gray image, one for each channel of a colour image."""
    image, kernel = comparison.image, comparison.kernel
    check_places([(x, y)], image)
    height, width = image.shape[:2]
    rows, rows_inside = _source(height, y, kernel.shape[0], comparison.border)
    columns, columns_inside = _source(width, x, kernel.shape[1], comparison.border)
    inside = np.outer(rows_inside, columns_inside)
    weights, divisor = on_paper(kernel)
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
                x=x,
                y=y,
                border=comparison.border,
                window=window,
                inside=inside,
                weights=weights,
                divisor=divisor,
                total=exact_sum(window, weights),
                function=comparison.function,
                convolve=int(ours[y, x]),
                filter2d=int(opencv[y, x]),
                tie=bool(are_ties(np.array([[y, x]]), plane, kernel, comparison.border, ours, opencv)[0]),
                signed=ours.dtype == np.int16,
            )
        )
    return found


def _source(length: int, centre: int, taps: int, border: str) -> tuple[np.ndarray, np.ndarray]:
    """Find the rows (or columns) under the kernel, and mark those inside the image."""
    index = origins(length, taps // 2, border)[centre : centre + taps]
    place = np.arange(centre - taps // 2, centre + taps // 2 + 1)
    return index, (place >= 0) & (place < length)


def arithmetic_text(comparison: Comparison, x: int, y: int) -> str:
    """Write out the arithmetic at pixel (x, y), so that it can be added up by hand.

    The sum has the form of convolve's docstring: pixel*weight + pixel*weight + ... = sum.
    """
    arithmetic = arithmetic_at(comparison, x, y)
    names = (
        [comparison.name] if len(arithmetic) == 1 else [f"{comparison.name}, {colour}" for colour in CHANNELS]
    )
    return "\n".join(line for both in zip(names, arithmetic, strict=True) for line in _lines(*both))


def _lines(name: str, at: Arithmetic) -> list[str]:
    return [*worked_lines(name, at), "  " + at.compared_line]


def worked_lines(name: str, at: Arithmetic) -> list[str]:
    """Write the arithmetic up to the pixel that it leads to: the window, the sum and the steps."""
    small = at.weights.size <= SHOWN_WEIGHTS
    shown = [*_squares(at), *_sum_lines(at)] if small else at.summary_lines
    return [f"{name} at {at.x},{at.y}", *("  " + line for line in [*shown, at.total_line, *at.step_lines])]


def _squares(at: Arithmetic) -> list[str]:
    """Write the window and the kernel side by side; pixels past the edge are in brackets."""
    pixels = [
        [f"{pixel} " if own else f"[{pixel}]" for pixel, own in zip(*both, strict=True)]
        for both in zip(at.window.tolist(), at.inside.tolist(), strict=True)
    ]
    weights = [[str(weight) for weight in row] for row in at.weights.tolist()]
    wide, narrow = (max(len(cell) for row in cells for cell in row) for cells in (pixels, weights))
    lines = [
        " ".join(cell.rjust(wide) for cell in left)
        + "     "
        + "  ".join(cell.rjust(narrow) for cell in right)
        for left, right in zip(pixels, weights, strict=True)
    ]
    if at.divisor != 1:
        lines[-1] += f"   / {at.divisor}"
    if not at.inside.all():
        lines.append(f"[ ] is past the edge: border {at.border}")
    return lines


def _sum_lines(at: Arithmetic) -> list[str]:
    """Write the summands, a line for each row of the kernel."""
    rows = [
        " + ".join(
            f"{pixel}*{weight}" if weight >= 0 else f"{pixel}*({weight})"
            for pixel, weight in zip(*both, strict=True)
        )
        for both in zip(at.window.tolist(), at.weights.tolist(), strict=True)
    ]
    return ["  " + rows[0], *("+ " + row for row in rows[1:])]


def arithmetic_data(comparison: Comparison, x: int, y: int) -> dict[str, object]:
    """Return the arithmetic as plain data. In colour, window, sum and pixels are lists: blue, green, red.

    `sum` is that of window * weights, not yet divided by `divisor`.
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
