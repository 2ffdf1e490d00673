"""Arithmetic of right and wrong convolutions: kernels, borders, and the step from sums to pixels.

Sums are kept as whole numbers over a divisor up to the last step. So the pixel of a function that truncates,
say, is known exactly, however the function came to its sum.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from filtering.borders import BORDERS, pad

# How far a function's own sum may be from the exact one, where floats cannot hold it: float32 sums of
# hundreds of terms are off by a few 1e-4. The kernels of the probes have divisors up to 441, so that only
# sums that lie on the border between two pixels exactly are within that.
NOISE = 1e-3
_PARTS = round(1 / NOISE)


# The kernel: whole weights and their divisor -> the same of the kernel that is used instead.


def minus_mean(weights: np.ndarray, divisor: int) -> tuple[np.ndarray, int]:
    """Subtract the mean from the weights."""
    return weights * weights.size - weights.sum(), divisor * weights.size


def to_whole(weights: np.ndarray, divisor: int) -> tuple[np.ndarray, int]:
    """Cut the weights to whole numbers, as `.astype(int)` does."""
    return np.sign(weights) * (abs(weights) // divisor), 1


def to_uint8(weights: np.ndarray, divisor: int) -> tuple[np.ndarray, int]:
    """Cast the weights to uint8."""
    return to_whole(weights, divisor)[0] % 256, 1


def to_float16(weights: np.ndarray, divisor: int) -> tuple[np.ndarray, int]:
    """Round the weights to half precision, whose finest step is 2**-24."""
    return ((weights / divisor).astype(np.float16).astype(np.float64) * 2**24).astype(np.int64), 2**24


def without_last(rows: bool, columns: bool) -> Callable[[np.ndarray, int], tuple[np.ndarray, int]]:
    """Return an effect that drops the last row and the last column of the kernel."""

    def drop(weights: np.ndarray, divisor: int) -> tuple[np.ndarray, int]:
        weights = weights.copy()
        if rows:
            weights[-1] = 0
        if columns:
            weights[:, -1] = 0
        return weights, divisor

    return drop


# The border: how the image goes on past its edges. Image, rows, columns -> the padded image.


def negative_indices(image: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Wrap at the top and left, where an index below 0 counts from the end; zeros at the bottom and right."""
    height, width = image.shape
    padded = np.pad(image, [(rows, rows), (columns, columns)])
    above, left = min(rows, height), min(columns, width)
    padded[rows - above : rows, columns : columns + width] = image[height - above :]
    padded[:, columns - left : columns] = padded[:, columns + width - left : columns + width]
    return padded


def padded_with(border: str, image: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Pad an image by a border mode, by `constant-N` or by `negative-indices`."""
    if border in BORDERS:
        return pad(image, rows, columns, border)
    if border == "negative-indices":
        return negative_indices(image, rows, columns)
    value = int(border.removeprefix("constant-"))
    return np.pad(image, [(rows, rows), (columns, columns)], constant_values=value)


# From sums to pixels.


@dataclass(frozen=True)
class Span:
    """The treatment of sums that are no pixels; the defaults leave them as they are."""

    absolute: bool = False
    low: bool = False  # stops at 0
    high: bool = False  # stops at 255
    stretch: str = ""  # "min-max", "largest" or "to -1..1"
    unit: bool = False  # sums from 0 to 1 instead of 0 to 255
    top: int = 255  # where `high` stops
    after: str = ""  # "saturate" or "wrap": what happens once it is rounded

    @property
    def nonnegative(self) -> bool:
        """Whether no sum below 0 is left before it is rounded."""
        return self.absolute or self.low


@dataclass(frozen=True, eq=False)
class Predicted:
    """The output that a hypothesis predicts, and its limits where a sum lies next to a step."""

    exact: np.ndarray
    noisy: tuple[np.ndarray, np.ndarray]
    strict: bool  # floats hold these sums exactly, so that noise is no excuse

    def equal(self, output: np.ndarray, noise: bool) -> np.ndarray:
        """Return the mask of pixels that are as predicted."""
        if output.dtype.kind == "c":
            return np.zeros(np.broadcast_shapes(output.shape, self.exact.shape), bool)
        if self.exact.dtype.kind == "f":
            return (output >= self.noisy[0]) & (output <= self.noisy[1])
        same: np.ndarray = output == self.exact
        if noise or not self.strict:
            same = same | (output == self.noisy[0]) | (output == self.noisy[1])
        return same


def make_pixels(
    sums: np.ndarray, scale: Any, rounding: str, span: Span, low: Any = None, high: Any = None
) -> Predicted | None:
    """Make pixels of sums / scale by these rules; None where the rules give nothing.

    sums: int64, any shape. scale: a positive number, or an array. low, high: the smallest and the largest
    sum of the image, where `sums` is only a part of it or holds several images.
    """
    strict = bool(np.all(np.bitwise_and(scale, np.asarray(scale) - 1) == 0))
    margin = scale
    if span.absolute:
        sums = abs(sums)
    if span.stretch:
        if low is None:
            low, high = sums.min(), sums.max()
        sums, scale = _stretched(sums, span, low, high)
        margin, strict = (scale // 255 + 1 if span.unit else scale), False
        if not sums.any():
            return None  # an image of one value has nothing to stretch
    elif span.unit:
        scale, strict = scale * 255, False
    if rounding == "none":  # floats have noise after this step as well
        sums = _cut(sums, span, scale)
    parts = sums * _PARTS
    parts = np.stack([parts, parts - margin, parts + margin])
    if rounding != "none":  # after the noise: a sum of 300 is never 254
        parts = _cut(parts, span, scale * _PARTS)
    made = _rounded(parts, scale * _PARTS, rounding)
    if span.after == "saturate" and rounding != "none":
        made = made.clip(0, 255)
    elif span.after == "wrap":
        made = made % 256
    return Predicted(made[0], (made[1], made[2]), strict)


def _cut(sums: np.ndarray, span: Span, scale: Any) -> np.ndarray:
    """Cut sums that are below 0 or above the top, where the span does."""
    if span.low:
        sums = np.maximum(sums, 0)
    return np.minimum(sums, (1 if span.unit else span.top) * scale) if span.high else sums


def _stretched(sums: np.ndarray, span: Span, low: Any, high: Any) -> tuple[np.ndarray, Any]:
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


def _rounded(sums: np.ndarray, scale: Any, rounding: str) -> np.ndarray:
    """Round sums / scale to whole numbers, in whole numbers."""
    if rounding == "none":
        result: np.ndarray = sums / scale
    elif rounding == "floor":
        result = sums // scale
    elif rounding == "truncate":
        result = np.sign(sums) * (abs(sums) // scale)
    else:
        doubled = 2 * sums + scale
        result = doubled // (2 * scale)
        if rounding != "half-up":  # so far every half was rounded up
            wrong = {"half-even": result % 2 == 1, "half-odd": result % 2 == 0, "half-down": True}[rounding]
            result = result - ((result * (2 * scale) == doubled) & wrong)
    return result


def added_up(windows: np.ndarray, weights: np.ndarray, where: str) -> np.ndarray:
    """Add pixel by pixel into a whole number, each time cut: `output[y, x] += pixel * weight`.

    windows: (..., taps). The products and sums are floats, as the function's own. where: "int" or "uint8", or
    "int-products" where the products are cut and not the sums.
    """
    total = np.zeros(windows.shape[:-1])
    for tap, weight in enumerate(weights.ravel()):
        if where == "int-products":
            total += np.trunc(windows[..., tap] * weight)
        else:
            total = np.trunc(total + windows[..., tap] * weight)
        if where == "uint8":
            total %= 256
    return total.astype(np.int64)


def simple_fractions(value: float, error: float) -> list[Fraction]:
    """Return the simplest fractions within `error` of the value, at most eight."""
    found: dict[Fraction, None] = {}
    for denominator in [*range(1, 513), 1000, 1024]:
        numerator = round(value * denominator)
        if abs(numerator / denominator - value) <= error and len(found) < 8:
            found[Fraction(numerator, denominator)] = None
    return list(found)
