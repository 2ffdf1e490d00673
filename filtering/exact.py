"""Kernels as whole numbers over a divisor, exact sums, and how a kernel factors."""

from fractions import Fraction
from math import gcd, lcm, ulp
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from filtering.pixels import to_array

# float64 holds every whole number up to 2**53. With 255 * sum(|weights|) below half of that, sums of whole
# numbers are exact whatever their order, and computing this limit may itself round.
EXACT_SUMS = 2**52
LARGEST_DIVISOR = 10**6  # weights over a divisor up to this one mean just that: 0.1 is 1/10


def check_kernel(kernel: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Validate a kernel and return it as float64.

    kernel: finite real numbers in two dimensions, both sides odd, with 255 * sum(|weights|) below 2**52.
    Returns a new array. Raises ValueError, with the rule and the value received, for anything else.
    """
    array = to_array(kernel, "a kernel")
    if array.dtype.kind not in "biuf":
        for weight in array.ravel().tolist():  # fractions.Fraction and long integers are fine
            if not isinstance(weight, Real):
                raise ValueError(f"a kernel needs real numbers, got {quoted(str(weight))}")
    if array.ndim != 2:
        raise ValueError(f"a kernel needs two dimensions, got shape {array.shape}")
    if array.shape[0] % 2 == 0 or array.shape[1] % 2 == 0:
        raise ValueError(f"a kernel needs odd sides, got {array.shape[0]} x {array.shape[1]}")
    with np.errstate(over="ignore"):
        try:
            weights = array.astype(np.float64)
        except OverflowError:
            raise ValueError("a kernel needs weights below 1.8e308, got a larger integer") from None
        largest = 255 * float(np.abs(weights).sum())
    if not np.isfinite(weights).all():
        raise ValueError(f"a kernel needs finite numbers, got {weights[~np.isfinite(weights)][0]}")
    if largest >= EXACT_SUMS:
        raise ValueError(f"a kernel needs 255 * sum(|weights|) below 2**52 = {EXACT_SUMS}, got {largest:.6g}")
    return weights


def quoted(text: str) -> str:
    """Return text as it stands in a message: in quotes, and not too long."""
    return repr(text if len(text) <= 40 else text[:37] + "...")


class Weights(NamedTuple):
    """A kernel as numbers over one divisor: `values / divisor`."""

    values: np.ndarray  # (kh, kw): integers, or floats over 1 where no divisor makes whole numbers of them
    divisor: int

    @property
    def whole(self) -> bool:
        """Return whether the values are whole numbers."""
        return self.values.dtype.kind != "f"

    def exact(self) -> "Weights":
        """Return the same kernel in whole numbers: every float is one over a power of two."""
        if self.whole:
            return self
        fractions = [Fraction(weight) for weight in self.values.ravel().tolist()]
        return _over_one_divisor(fractions, self.values.shape)


def on_paper(kernel: np.ndarray) -> Weights:
    """Write a kernel as on paper: as whole numbers over a divisor where there is one, else as its floats.

    Whole numbers over a divisor give the kernel to the last bit. They are not taken where that needs a
    divisor above LARGEST_DIVISOR, or one that floats of this size meet by chance, as random floats do; or
    where the float error of the weights could reach the ninth decimal of a sum, so that floats and fractions
    do not mean the same.

    >>> weights = on_paper(np.array([[0.25, 0.5, 0.25]]))
    >>> weights.values.tolist(), weights.divisor
    ([[1, 2, 1]], 4)
    """
    fractions: dict[float, Fraction] = {}
    divisor = 1
    largest_error = 255 * float(np.abs(kernel).sum()) * 2.0**-53
    for weight in np.unique(kernel).tolist():
        fraction = Fraction(weight).limit_denominator(LARGEST_DIVISOR)
        divisor = lcm(divisor, fraction.denominator)
        # Fractions with denominators up to q are 1 / q**2 apart: near coarser floats there is always one.
        by_chance = fraction.denominator**2 * ulp(weight) > 0.01 and fraction != weight
        too_coarse = largest_error > 4e-10 and fraction != weight
        if divisor > LARGEST_DIVISOR or by_chance or too_coarse or weight not in (fraction, float(fraction)):
            return Weights(kernel.astype(np.float64), 1)
        fractions[weight] = fraction
    return _over_one_divisor([fractions[weight] for weight in kernel.ravel().tolist()], kernel.shape)


def _over_one_divisor(fractions: list[Fraction], shape: tuple[int, ...]) -> Weights:
    divisor = lcm(*(fraction.denominator for fraction in fractions))
    wholes = [fraction.numerator * (divisor // fraction.denominator) for fraction in fractions]
    values = np.array(wholes, dtype=object)
    return Weights(values.reshape(shape), divisor)


def exact_weights(kernel: np.ndarray) -> tuple[np.ndarray, int, float]:
    """Return (weights, divisor, tolerance): responses within tolerance of a half need exact arithmetic.

    kernel: as check_kernel returns it. 1/49 has no exact float, 1 has. So a kernel that is whole numbers
    over a divisor is summed with these, exactly, and divided once; its tolerance is 0. Any other kernel is
    summed in float64: n products and sums are off by up to n * 2**-53 of the largest sum (see
    model.float_error for the bound): near a half this can change the pixel.
    """
    values, divisor = weights = on_paper(kernel)
    if weights.whole and 255 * abs(values).sum() < EXACT_SUMS:
        return values.astype(np.float64), divisor, 0.0
    return kernel, 1, 1e-9 + kernel.size * 2.0**-53 * 255 * float(np.abs(kernel).sum())


def doubtful(responses: np.ndarray, tolerance: float, dtype: np.dtype) -> np.ndarray:
    """Find the responses that need exact arithmetic to be rounded: (n, 2), their places.

    tolerance: from exact_weights. dtype: of the pixels; what is beyond its range saturates either way.
    """
    limits = np.iinfo(dtype)
    near = np.abs(responses % 1 - 0.5) < tolerance
    within = (responses > limits.min - 1 - tolerance) & (responses < limits.max + 1 + tolerance)
    return np.argwhere(near & within)


def exact_response(window: np.ndarray, weights: np.ndarray) -> float:
    """Return the sum of window * weights in exact arithmetic, rounded to the nine decimals that count."""
    return float(round(exact_sum(window, weights), 9))


def exact_sum(window: np.ndarray, weights: np.ndarray) -> Fraction:
    """Return the exact sum of window * weights. weights: ints or floats.

    All over one common divisor: adding fractions one by one takes twenty times as long.
    """
    ratios = [weight.as_integer_ratio() for weight in weights.ravel().tolist()]
    divisor = lcm(*(denominator for _, denominator in ratios))
    total = sum(
        int(pixel) * numerator * (divisor // denominator)
        for pixel, (numerator, denominator) in zip(window.ravel().tolist(), ratios, strict=True)
    )
    return Fraction(total, divisor)


def split(weights: np.ndarray) -> tuple[list[Any], list[Any]] | None:
    """Split a kernel into a column times a row; return None where that is impossible.

    weights: Python ints, split exactly, with the row in lowest terms; or floats, where the product may be
    off by the rounding of the weights.

    >>> split(np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], dtype=object))
    ([1, 2, 1], [-1, 0, 1])
    """
    y, x = np.unravel_index(np.argmax(np.abs(weights)), weights.shape)
    peak = weights[y, x]
    if peak == 0:
        return [0] * weights.shape[0], weights[y].tolist()
    if weights.dtype != object:
        column, row = weights[:, x], weights[y] / peak
        rounding = 4 * np.finfo(np.float64).eps * np.abs(weights)
        product = (abs(np.outer(column, row) - weights) <= rounding).all()
        return (column.tolist(), row.tolist()) if product else None
    row = weights[y] // gcd(*weights[y])
    column = weights[:, x] // row[x]
    # The smoothing factor is written with positive weights: 1 2 1, not -1 -2 -1.
    sign = -1 if sum(row) < 0 else 1
    return (list(sign * column), list(sign * row)) if (np.outer(column, row) == weights).all() else None
