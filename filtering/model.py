"""The model of how an output came to be: sums under a kernel, and the rule that makes pixels of them.

A sum stays a whole number over a scale up to the last step. So the pixel is known exactly, however a program
summed, and so is how far the sum lies from the step to the next pixel. Float noise can change pixels only
near such a step, and where the floats hold every sum exactly it cannot change any.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from math import gcd, lcm
from typing import Any, NamedTuple

import numpy as np

from filtering.borders import pad
from filtering.exact import Weights, split

DECIMALS = 10**9  # of a response: what is beyond is float noise, see pixels.to_pixels
BAND = 2**17  # pixels that are made at a time
WINDOWS = 2**22  # window pixels that are summed at a time
FOURIER_UNITS = 16  # see float_error
TRACE = 1e-30  # an error that only changes pixels whose exact response lies on a step
PLENTY = 8  # pixels that noise could change, of which it changes some and leaves some
NEARLY_ALL = 0.9  # a share of these pixels that a rule changes, and no noise; and of an image, no evidence

# ---- Past the edge

Border = str | int | tuple[str, str] | Callable[[np.ndarray, int, int], np.ndarray]


def extend(image: np.ndarray, rows: int, columns: int, border: Border) -> np.ndarray:
    """Return an image with more rows above and below, and more columns on either side.

    border: one of BORDERS; a number, which then lies everywhere past the edge; a pair of borders, that of the
    rows above and below and that of the columns on either side; or a function of image, rows and columns.
    """
    if isinstance(border, tuple):
        return extend(extend(image, rows, 0, border[0]), 0, columns, border[1])
    if callable(border):
        return border(image, rows, columns)
    if isinstance(border, str):
        return pad(image, rows, columns, border)
    return np.pad(image, [(rows, rows), (columns, columns)], constant_values=border)


def negative_indices(image: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Wrap at the top and left, where an index below 0 counts from the end; zeros at the bottom and right."""
    height, width = image.shape
    padded = np.pad(image, [(rows, rows), (columns, columns)])
    above, left = min(rows, height), min(columns, width)
    padded[rows - above : rows, columns : columns + width] = image[height - above :]
    padded[:, columns - left : columns] = padded[:, columns + width - left : columns + width]
    return padded


def reflect_by_side(image: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Reflect with the edge pixel once above and to the left, and twice below and to the right, as ffmpeg."""
    above = np.pad(image, [(rows, 0), (columns, 0)], "reflect")
    return np.pad(above, [(0, rows), (0, columns)], "symmetric")


# Borders: the mean of what lies inside the image; and the pixel itself for each that lies outside.
INSIDE = ("weights-inside", "taps-inside", "centre-pixel")


class Length(NamedTuple):
    """A number of pixels, some of them for each pixel of the kernel's reach, kh // 2 or kw // 2."""

    pixels: int = 0
    times: int = 0  # the reach

    def of(self, reach: int) -> int:
        """Return the length under a kernel of this reach."""
        return self.pixels + self.times * reach

    def plus(self, other: "Length", sign: int = 1) -> "Length":
        """Return the sum of both; with sign -1, the difference."""
        return Length(self.pixels + sign * other.pixels, self.times + sign * other.times)

    def __str__(self) -> str:
        if self.times == 0:
            return str(self.pixels)
        radius = {1: "radius", -1: "-radius"}.get(self.times, f"{self.times}radius")
        return radius + (f"{self.pixels:+}" if self.pixels else "")


class Shift(NamedTuple):
    """The way an output is moved."""

    right: Length = Length()
    down: Length = Length()

    def of(self, reach: tuple[int, int]) -> tuple[int, int]:
        """Return the pixels to the right and down. reach: kh // 2 and kw // 2."""
        return self.right.of(reach[1]), self.down.of(reach[0])

    def __str__(self) -> str:
        return f"{self.right},{self.down}"


class Frame(NamedTuple):
    """The edges of an output that are not computed."""

    top: Length = Length()
    bottom: Length = Length()
    left: Length = Length()
    right: Length = Length()
    rows: Length | None = None  # that are computed at most, from the first one on
    columns: Length | None = None

    def mask(self, shape: tuple[int, ...], reach: tuple[int, int]) -> np.ndarray:
        """Return the mask of these edges: bool, of the shape (H, W). reach: kh // 2 and kw // 2."""
        mask = np.ones(shape, bool)
        height, width = shape
        y, x = max(self.top.of(reach[0]), 0), max(self.left.of(reach[1]), 0)
        below, right = height - max(self.bottom.of(reach[0]), 0), width - max(self.right.of(reach[1]), 0)
        if self.rows is not None:
            below = min(below, self.rows.of(reach[0]))
        if self.columns is not None:
            right = min(right, self.columns.of(reach[1]))
        mask[y : max(below, 0), x : max(right, 0)] = False
        return mask

    def moved(self, shift: Shift, sign: int = 1) -> "Frame":
        """Return the frame of an output that is shifted; with sign -1, of one that was shifted."""
        return self._replace(
            top=self.top.plus(shift.down, sign),
            bottom=self.bottom.plus(shift.down, -sign),
            left=self.left.plus(shift.right, sign),
            right=self.right.plus(shift.right, -sign),
        )

    def covers(self, other: "Frame") -> bool:
        """Return whether the edges of another frame are left out by this one, under every kernel."""
        return all(
            ours.pixels >= theirs.pixels and ours.times >= theirs.times
            for ours, theirs in zip(self[:4], other[:4], strict=True)
        )

    def without(self, other: "Frame") -> "Frame":
        """Return what is left out besides the edges of another frame."""
        return Frame(*(ours.plus(theirs, -1) for ours, theirs in zip(self[:4], other[:4], strict=True)))

    def __str__(self) -> str:
        if self.rows is not None and self.columns is not None:
            return f"beyond {self.rows} x {self.columns}"
        return f"top {self.top}, bottom {self.bottom}, left {self.left}, right {self.right}"


WHOLE, UNMOVED = Frame(), Shift()
REACH = Frame(*[Length(0, 1)] * 4)  # all pixels whose windows leave the image

# ---- From sums to pixels


@dataclass(frozen=True)
class Rounding:
    """How a response becomes a whole number."""

    rule: Callable[[Any, Any], Any]  # of whole sums and a positive scale: sums / scale as whole numbers
    says: str = ""  # "it ...", in words
    cost: float = 2  # rules that cost less are preferred
    whole: bool = True

    @property
    def nearest(self) -> bool:
        """Return whether only halves depend on the rule: all else goes to the nearest whole number."""
        return bool(self.rule(1, 4) == 0 and self.rule(3, 4) == 1)


def _half_up(sums: Any, scale: Any) -> Any:
    return (2 * sums + scale) // (2 * scale)


def _half_to(parity: int) -> Callable[[Any, Any], Any]:
    def rule(sums: Any, scale: Any) -> Any:
        nearest = _half_up(sums, scale)
        half = 2 * sums + scale == 2 * scale * nearest
        return nearest - (half & (nearest % 2 != parity))

    return rule


_HALVES = "filter2D takes the even neighbour, 2 for 2.5 and 4 for 3.5"
ROUNDINGS = {
    "half-even": Rounding(_half_to(0), cost=0),
    "half-odd": Rounding(_half_to(1), f"it rounds a half to the *odd* neighbour; {_HALVES}", 3),
    "half-up": Rounding(_half_up, f"it rounds every half *up*; {_HALVES}"),
    "half-down": Rounding(
        lambda sums, scale: -((scale - 2 * sums) // (2 * scale)),
        f"it rounds every half *down*; {_HALVES}", 3),
    "truncate": Rounding(
        lambda sums, scale: np.sign(sums) * (abs(sums) // scale), "it *truncates* where filter2D rounds"),
    "floor": Rounding(
        lambda sums, scale: sums // scale, "it rounds *down* where filter2D rounds to the nearest", 3),
    "ceil": Rounding(
        lambda sums, scale: -(-sums // scale), "it rounds *up* where filter2D rounds to the nearest", 2.5),
    "none": Rounding(lambda sums, scale: sums / scale, "it does *not round*", whole=False),
}  # fmt: skip


@dataclass(frozen=True)
class Range:
    """The treatment of responses that are no pixels; the defaults leave them as they are."""

    absolute: bool = False
    low: bool = False  # stops at the bottom
    high: bool = False  # stops at the top
    stretch: str = ""  # "min-max", "largest" or "to -1..1"
    unit: bool = False  # responses from 0 to 1 instead of 0 to 255
    bottom: int = 0
    top: int = 255
    after: str = ""  # "saturate" or "wrap": what happens once it is rounded
    says: str = ""  # "it ...", in words


RANGES = {
    "saturate": Range(low=True, high=True, after="saturate"),
    "saturate-int16": Range(low=True, high=True, bottom=-(2**15), top=2**15 - 1, after="saturate"),
    "none": Range(
        says="it leaves values *below 0 and above 255* as they are; filter2D saturates them"),
    "absolute-value": Range(True, high=True, after="saturate",
        says="it takes the *absolute value* of negative sums; filter2D makes them 0"),
    "wrap-modulo-256": Range(after="wrap",
        says="sums below 0 or above 255 *wrap around*; filter2D saturates them to 0 and 255"),
    "clipped-at-0": Range(low=True, says="it stops at 0 but *not at 255*"),
    "clipped-at-255": Range(high=True, says="it stops at 255 but *not at 0*"),
    "expects-0..1": Range(low=True, high=True, top=1,
        says="it clips to *0..1*, as for an image of floats from 0 to 1; here pixels go from 0 to 255"),
    "absolute floats": Range(True),
    "absolute, then wrap": Range(True, after="wrap"),
    "wrap below 0": Range(high=True, after="wrap",
        says="sums below 0 *wrap around*, -1 to 255; filter2D stops at 0"),
    "wrap above 255": Range(low=True, after="wrap",
        says="sums above 255 *wrap around*, 256 to 0; filter2D stops at 255"),
    "stretch-to-0..255": Range(stretch="min-max", after="saturate",
        says="it *stretches* the result to fill 0..255; filter2D cuts off what is outside"),
    "stretch by the largest": Range(stretch="largest", after="saturate"),
    "absolute, then stretch": Range(True, stretch="min-max", after="saturate"),
    "stretch to -1..1, then wrap": Range(stretch="to -1..1", after="wrap"),
    "stretch to 0..1": Range(stretch="min-max", unit=True),
    "scaled-to-0..1": Range(low=True, high=True, unit=True,
        says="its pixels go from *0 to 1* instead of from 0 to 255"),
    "scaled, not saturated": Range(unit=True),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Pixels:
    """The pixels of a model, and what float noise may make of them, a little below and above."""

    exact: np.ndarray
    below: np.ndarray
    above: np.ndarray

    @property
    def near_step(self) -> np.ndarray:
        """The mask of pixels whose response is so near to a step that noise may take the other side."""
        mask: np.ndarray = (self.below != self.exact) | (self.above != self.exact)
        return mask

    def at(self, places: Any) -> "Pixels":
        """Return some of the pixels. places: an index of NumPy."""
        return Pixels(self.exact[places], self.below[places], self.above[places])

    def equal(self, output: np.ndarray) -> np.ndarray:
        """Return the mask of pixels that are as the model has them, or as noise may have made them."""
        if output.dtype.kind == "c":
            return np.zeros(np.broadcast_shapes(output.shape, self.exact.shape), bool)
        if self.exact.dtype.kind == "f":
            return (output >= self.below) & (output <= self.above)
        mask: np.ndarray = output == self.exact
        if self.below is self.exact:  # there is no noise
            return mask
        mask = mask | (output == self.below) | (output == self.above)
        with np.errstate(invalid="ignore"):  # nan is no pixel
            between = (output >= self.below) & (output <= self.above)  # of large errors
            if output.dtype.kind not in "iu":
                between &= output == np.rint(output)
        return mask | between


def make_pixels(
    sums: np.ndarray, scale: Any, rounding: Rounding, span: Range, error: Any = 0.0, extremes: Any = None
) -> Pixels | None:
    """Make pixels of the responses sums / scale; return None where the range gives nothing.

    sums: whole numbers, int64 or Python ints, any shape. scale: a positive number, or an array. error: how
    far a response in floats may be from the exact one; 0 where floats hold it exactly. extremes: the smallest
    and the largest sum of the image, where `sums` is only a part of it or holds several images.
    """
    divided = bool(span.stretch) or span.unit  # a division is never exact
    times, scales = (
        (2**12, 2**20) if divided else (2**4, 2**12)
    )  # in quarters, doubled, up to 255 or stretched
    sums = _roomy(sums, times, scales * int(np.max(scale)))
    if span.absolute:
        sums = abs(sums)
    # The error of a sum: as a fraction where scales may be larger than any float.
    spread = Fraction(error) * int(scale) if isinstance(scale, int | np.integer) else error * scale
    if span.stretch:
        low, high = (sums.min(), sums.max()) if extremes is None else extremes
        sums, scale = _stretched(sums, span, low, high)
        if not sums.any():
            return None  # an image of one value has nothing to stretch
        spread = 4 * (1 if span.unit else 255) * spread  # of the sum, both ends, and the division
    elif span.unit:
        scale = 255 * scale
    if not rounding.whole:
        response = _cut(sums, span, scale) / scale
        apart = np.asarray(spread / scale, np.float64) + 2.0**-20 * (1 + abs(response)) * divided
        return Pixels(response, response - apart, response + apart)
    exact = _step(*_nine_decimals(sums, scale), rounding, span)
    if not divided and np.all(np.asarray(error) == 0):
        return Pixels(exact, exact, exact)
    moved = _quarters(spread, divided)
    sides = [_step(4 * sums + side, 4 * scale, rounding, span) for side in (-moved, moved)]
    return Pixels(exact, sides[0], sides[1])


def _roomy(sums: np.ndarray, times: int, more: int = 0) -> np.ndarray:
    """Return sums with room to become so many times as large, and more: beyond int64 as Python integers."""
    if sums.dtype == object or int(np.max(abs(sums), initial=0)) * times + more < 2**63:
        return sums
    return sums.astype(object)


def _quarters(spread: Any, divided: bool) -> Any:
    """Return how far noise moves a sum, in quarters: past the steps within `spread`, and no others.

    A step lies at a half of a whole number, or at one: an even number of quarters away.
    """
    if isinstance(spread, Fraction):
        return 2 * int(2 * spread) + 1
    odd = 2 * np.floor(2 * spread).astype(np.int64) + 1
    return odd if divided else np.where(spread > 0, odd, 0)


def _nine_decimals(sums: np.ndarray, scale: Any) -> tuple[np.ndarray, Any]:
    """Return sums, of floats in exact arithmetic, without the noise beyond nine decimals of the response."""
    if sums.dtype != object:
        return sums, scale
    return ROUNDINGS["half-even"].rule(sums * DECIMALS, scale), DECIMALS


def _step(sums: np.ndarray, scale: Any, rounding: Rounding, span: Range) -> np.ndarray:
    """Round sums / scale after cutting them to the range, which a sum of 300 never leaves by noise."""
    made: np.ndarray = rounding.rule(_cut(sums, span, scale), scale)
    if span.after == "saturate":
        made = np.minimum(np.maximum(made, span.bottom), span.top)
    return made % 256 if span.after == "wrap" else made


def _cut(sums: np.ndarray, span: Range, scale: Any) -> np.ndarray:
    """Cut sums that are below the bottom or above the top, where the range does."""
    if span.low:
        sums = np.maximum(sums, span.bottom * scale)
    return np.minimum(sums, (1 if span.unit else span.top) * scale) if span.high else sums


def _stretched(sums: np.ndarray, span: Range, low: Any, high: Any) -> tuple[np.ndarray, Any]:
    """Stretch sums to 0..255, from the smallest to the largest or from 0; return them and their scale.

    To -1..1 is what scikit-image's rescale_intensity does without `in_range`, where a sum is below 0.
    """
    if span.absolute:
        low, high = 0, np.maximum(abs(low), abs(high))
    elif span.stretch == "largest":
        sums, low = sums.clip(0), 0
    scale = np.maximum(high - low, 1)
    if span.stretch == "to -1..1":
        return 255 * np.where(low < 0, 2 * (sums - low) - scale, sums - low), scale
    return (1 if span.unit else 255) * (sums - low), scale


# ---- What floats do to sums


class Floats(NamedTuple):
    """The floats in which a program sums."""

    bits: int  # of their significands
    fourier: bool = False  # it sums by a Fourier transform


FLOAT32, FLOAT64, FOURIER = Floats(24), Floats(53), Floats(24, fourier=True)


def float_error(weights: Weights, floats: Floats = FLOAT32, *, roundings: int | None = None) -> float:
    """Bound the float error of a response: proven for direct sums, measured for the Fourier transform.

    roundings: how often each product is rounded at most; None: as in a direct sum.

    With u = 2**-24 for float32: it rounds each of the n nonzero weights and each product by a factor 1 + d,
    |d| <= u, and n products are added in n - 1 steps, each rounded so again, in whatever order. So every
    product has been rounded at most m = n + 1 times, and its relative error is at most (1 + u)**m - 1, which
    is below (m + 1) * u while m < 4000. Over pixels of at most 255, that adds up to at most
    (m + 1) * u * 255 * sum(|weights|).
    Zero weights add nothing, without an error. (The standard bound for sequential summation: N. J. Higham,
    Accuracy and Stability of Numerical Algorithms, section 4.2.)

    That is proven for direct sums. For those through OpenCV's Fourier transform there is no such proof: in a
    directed search over 10**9 pixels the error stayed below 7.8 units of u * 255 * sum(|weights|), and the
    bound returned for them is never below 16.

    >>> float_error(Weights(np.ones((3, 3), int), 9)) == 11 * 2.0**-24 * 255
    True
    """
    units = (np.count_nonzero(weights.values) + 1 if roundings is None else roundings) + 1
    if floats.fourier:
        units = max(units, FOURIER_UNITS)
    with np.errstate(over="ignore"):
        return float(units * 2.0**-floats.bits * (255 * (np.abs(weights.values).sum() / weights.divisor)))


def is_exact(weights: Weights, floats: Floats = FLOAT32, offset: Fraction = Fraction(0)) -> bool:
    """Return whether floats hold every sum of these weights exactly, in whatever order it is taken.

    They do if the weights are whole numbers over a power of two, and direct sums of them stay within the
    significand. A Fourier transform is never exact.
    """
    if floats.fourier:
        return False
    values, own = weights.exact()
    common = gcd(*values.ravel().tolist(), own)
    values, own = values // common, own // common
    divisor = lcm(own, offset.denominator)
    largest = 255 * int(abs(values).sum()) * (divisor // own) + abs(offset) * divisor
    return divisor & (divisor - 1) == 0 and largest <= 2**floats.bits


def looks_like_noise(cases: Iterable[tuple[np.ndarray, Pixels, Pixels]]) -> bool:
    """Return whether outputs differ from exact pixels near steps as float noise makes them differ.

    Of pixels on a step, noise changes some and leaves others, where a rule changes all of them; and where it
    may go both ways, it goes both ways. Of pixels beside a step, it changes the nearest ones. Where nearly
    every pixel of the image lies on a step there is no evidence.

    cases: outputs, pixels made with the error of the floats, and pixels made with TRACE.
    """
    able, moved = np.zeros((2, 2), int), np.zeros((2, 2), int)  # on a step: of even and odd pixels
    aside, beside = np.zeros(2, int), np.zeros(2, int)  # beside a step
    near = pixels = 0
    for output, made, on_step in cases:
        if made.exact.dtype.kind == "f" or output.dtype.kind == "c":
            continue
        sides = ((made.below, on_step.below), (made.above, on_step.above))
        for way, (other, close) in enumerate(sides):
            on, changed = close != made.exact, output == other
            off = (other != made.exact) & ~on
            for odd in (0, 1):
                some = on & (made.exact % 2 == odd)
                able[way, odd] += np.count_nonzero(some)
                moved[way, odd] += np.count_nonzero(some & changed)
            beside[way] += np.count_nonzero(off)
            aside[way] += np.count_nonzero(off & changed)
        near, pixels = near + int(np.count_nonzero(made.near_step)), pixels + made.exact.size
    if not (moved.any() or aside.any()):
        return True
    # A rule: all even pixels, or all odd ones, and not the others; or the farther ones as well as the near.
    rule = ((moved > NEARLY_ALL * able) & (able >= PLENTY)).any()
    rule = rule or ((aside > beside / 2) & (beside >= PLENTY)).any()
    able, moved = able.sum(axis=1), moved.sum(axis=1)
    one_way = np.min(moved) == 0 and able[np.argmin(moved)] >= PLENTY and np.max(moved) >= PLENTY
    return not (near > NEARLY_ALL * pixels or rule or one_way)


# ---- The model


def added_up(windows: np.ndarray, weights: np.ndarray, where: str) -> np.ndarray:
    """Add pixel by pixel into a whole number, each time cut: `output[y, x] += pixel * weight`.

    windows: (..., taps). weights: floats, (taps,), as the program's own. where: "int" or "uint8", or
    "int-products" where the products are cut and not the sums.
    """
    total = np.zeros(windows.shape[:-1])
    for tap, weight in enumerate(weights):
        if where == "int-products":
            total += np.trunc(windows[..., tap] * weight)
        else:
            total = np.trunc(total + windows[..., tap] * weight)
        if where == "uint8":
            total %= 256
    return total.astype(np.int64)


@dataclass(frozen=True, eq=False)
class Model:
    """How an image came to be from another one; the defaults are those of `convolve`."""

    weights: Weights  # as they are used, laid on the image unflipped
    border: Border = "replicate"  # see extend; or one of INSIDE
    offset: Fraction = field(default=Fraction(0))  # is added to each response
    factor: Fraction = field(default=Fraction(1))  # multiplies each response
    rounding: str = "half-even"  # one of ROUNDINGS
    range: str = "saturate"  # one of RANGES
    shift: tuple[int, int] = (0, 0)  # rows down, and columns to the right, that the output is moved by
    frame: Frame = WHOLE  # pixels that are left as they are in the image

    @property
    def reach(self) -> tuple[int, int]:
        """The rows and columns that the kernel reaches beyond its centre."""
        return self.weights.values.shape[0] // 2, self.weights.values.shape[1] // 2

    @property
    def plain(self) -> bool:
        """Return whether `convolve` does all of this inside the image."""
        names = self.rounding == "half-even" and self.range == "saturate"
        return names and self.offset == 0 and self.factor == 1 and self.shift == (0, 0)

    def extended(self, image: np.ndarray) -> np.ndarray:
        """Return the image with what lies past its edges: the window of pixel (y, x) begins at (y, x)."""
        (rows, columns), (down, right) = self.reach, self.shift
        border = "zero" if self.border in INSIDE else self.border
        padded = extend(image, rows + abs(down), columns + abs(right), border)
        y, x = abs(down) - down, abs(right) - right  # moved down: each window is one from further up
        return padded[y : y + len(image) + 2 * rows, x : x + image.shape[1] + 2 * columns]

    def sums_of(self, windows: np.ndarray) -> np.ndarray:
        """Return the sum of each window, (n, taps), as whole numbers. Floats are summed to nine decimals."""
        values = self.weights.values.ravel()
        if self.weights.whole and 255 * int(abs(values).sum()) >= 2**53:  # beyond float64: Python's own
            return np.array(windows.astype(object) @ values, dtype=object)
        sums = windows.astype(np.float64) @ values.astype(np.float64)
        return np.asarray(np.rint(sums if self.weights.whole else sums * DECIMALS), np.int64)

    def sums_at(self, image: np.ndarray, places: np.ndarray) -> np.ndarray:
        """Return the sums at some pixels of an image, (H, W), as sums_of does. places: (n, 2) of y and x."""
        shape = self.weights.values.shape
        windows = np.lib.stride_tricks.sliding_window_view(self.extended(image), shape)
        parts = np.array_split(places, len(places) * self.weights.values.size // WINDOWS + 1)
        sums = [self.sums_of(windows[part[:, 0], part[:, 1]].reshape(len(part), -1)) for part in parts]
        return np.concatenate(sums)

    def responses(self, image: np.ndarray, sums: np.ndarray | None = None) -> tuple[np.ndarray, Any]:
        """Return the responses at all pixels, as whole numbers and their scale. sums: if they are known."""
        sums = self.sums(image) if sums is None else sums
        if self.border not in INSIDE:
            return self.scaled(sums)
        # A mean: divide by the weights that lie inside the image, or by the number of taps there.
        values, divisor = self.weights
        if self.border != "taps-inside":
            inside = Model(Weights(values, 1), "zero").sums(np.ones_like(image))
            if self.border == "centre-pixel":
                return self.scaled(sums + (values.sum() - inside) * image)
            return self.scaled(sums * np.sign(inside), np.where(inside == 0, 1, abs(inside)))
        inside = Model(Weights(np.ones_like(values), 1), "zero").sums(np.ones_like(image))
        return self.scaled(sums * values.size, inside * divisor)

    def scaled(self, sums: np.ndarray, scale: Any = None) -> tuple[np.ndarray, Any]:
        """Return the responses to sums, as whole numbers and their scale. scale: the divisor, if not ours."""
        if scale is None:
            scale = self.weights.divisor if self.weights.whole else DECIMALS
        if self.factor != 1:
            sums = _roomy(sums, abs(self.factor.numerator))
            sums, scale = sums * self.factor.numerator, scale * self.factor.denominator
        if self.offset != 0:
            shared = self.offset.denominator
            sums = _roomy(sums, shared, abs(self.offset.numerator) * int(np.max(scale)))
            sums, scale = sums * shared + self.offset.numerator * scale, scale * shared
        return sums, scale

    def error(self, floats: Floats) -> float:
        """Bound the float error of a response, see float_error; 0 where floats hold them exactly."""
        values, divisor = self.weights
        used = Weights(values * self.factor.numerator, divisor * self.factor.denominator)
        divides = self.border in ("weights-inside", "taps-inside")
        if not divides and is_exact(used, floats, self.offset):
            return 0.0
        added = 2 * 2.0**-floats.bits * float(abs(self.offset))  # two more roundings
        return float_error(used, floats) + added

    def made(self, sums: np.ndarray, floats: Floats | None = None) -> Pixels:
        """Make pixels of sums. floats: those of the program; None: pixels near a step are not looked for."""
        error = 0.0 if floats is None else self.error(floats)
        made = make_pixels(*self.scaled(sums), ROUNDINGS[self.rounding], RANGES[self.range], error)
        assert made is not None, "a stretch needs a whole image"
        return made

    def made_at(self, image: np.ndarray, places: np.ndarray, floats: Floats | None = None) -> Pixels:
        """Make the pixels at some places of an image, (H, W); see made. places: (n, 2) of y and x."""
        if self.border not in INSIDE:
            return self.made(self.sums_at(image, places), floats)
        error = 0.0 if floats is None else self.error(floats)
        sums, scale = self.responses(image)
        some = tuple(places.T)
        made = make_pixels(
            sums[some],
            np.broadcast_to(scale, sums.shape)[some],
            ROUNDINGS[self.rounding],
            RANGES[self.range],
            error,
        )
        assert made is not None, "a stretch needs a whole image"
        return made

    def pixels(self, image: np.ndarray) -> np.ndarray:
        """Return what the model makes of an image: uint8 or int16, (H, W), as the range has it.

        image: uint8, (H, W). Pixels of the frame stay as they are.
        """
        dtype = np.int16 if self.range == "saturate-int16" else np.uint8
        result = np.empty(image.shape, dtype)
        if self.border in INSIDE:
            places = np.argwhere(np.ones(image.shape, bool))
            result[:] = self.made_at(image, places).exact.reshape(image.shape)
        else:
            padded = self.extended(image)
            band = max(1, BAND // image.shape[1])
            for top in range(0, len(image), band):
                rows = padded[top : top + band + 2 * self.reach[0]]
                result[top : top + band] = self.made(self._sums(rows)).exact
        left = self.frame.mask(image.shape, self.reach)
        result[left] = image[left]
        return result

    def sums(self, image: np.ndarray) -> np.ndarray:
        """Return the sums at all pixels of an image, (H, W), as sums_of does."""
        return self._sums(self.extended(image))

    def _sums(self, padded: np.ndarray) -> np.ndarray:
        """Return the sums of all windows of a padded image."""
        values = self.weights.values
        if self.weights.whole and 255 * int(abs(values).sum()) >= 2**53:
            windows = np.lib.stride_tricks.sliding_window_view(padded, values.shape)
            return self.sums_of(windows.reshape(-1, values.size)).reshape(windows.shape[:2])
        factors = split(values) if self.weights.whole else None
        steps = [values] if factors is None else [np.array([factors[0]]).T, np.array([factors[1]])]
        sums = padded.astype(np.float64)
        for step in steps:
            sums = _correlate(sums, step.astype(np.float64))
        return np.rint(sums if self.weights.whole else sums * DECIMALS).astype(np.int64)


def _correlate(image: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the sums of the windows inside: float64, exact for whole numbers."""
    height, width = (size - side + 1 for size, side in zip(image.shape, weights.shape, strict=True))
    sums = np.zeros((height, width))
    for i, j in np.argwhere(weights):
        sums += weights[i, j] * image[i : i + height, j : j + width]
    return sums
