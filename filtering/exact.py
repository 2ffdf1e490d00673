"""Kernels as whole numbers over a divisor, exact sums, and how a kernel factors."""

import contextlib
from collections.abc import Sequence
from fractions import Fraction
from math import gcd, isfinite, lcm, ulp
from numbers import Rational, Real
from operator import eq
from typing import Any

import numpy as np
import numpy.typing as npt

# float64 holds every whole number up to 2**53: whole weights with 255 * sum(|weights|) below half of that
# are added up without loss, whatever the order, and this check itself may round.
EXACT_SUMS = 2**52
# Weights that are whole numbers over a divisor up to this one are taken to mean just that: 0.1 is 1/10.
LARGEST_DIVISOR = 10**6


def check_kernel(kernel: npt.ArrayLike) -> np.ndarray:
    """Return `kernel` as the array that `convolve` sums with, or say why it is not a kernel.

    kernel: real numbers in two dimensions, both sides odd, all finite. ValueError gives the rule and
    what was found. The result is a float64 copy, except where float64 cannot hold the weights or their
    sums (see EXACT_SUMS): then it is an array of fractions, of dtype object. The same loop is slow with
    these, and still exact.
    """
    # A list keeps its Python numbers: in an array of NumPy's choice, 2**63 + 1 could lose its last digit.
    array = kernel if isinstance(kernel, np.ndarray) else np.array(kernel, dtype=object)
    if array.ndim == 1 and any(isinstance(row, Sequence) for row in array.tolist()):
        raise ValueError(f"a kernel has rows of equal length; got {_short(str(kernel))}")
    real = array.dtype.kind in "biuf" or all(isinstance(weight, Real) for weight in array.ravel().tolist())
    if not real:
        odd_one = next(weight for weight in array.ravel().tolist() if not isinstance(weight, Real))
        raise ValueError(f"a kernel holds real numbers; got {_short(str(odd_one))}")
    if array.ndim != 2:
        raise ValueError(f"a kernel has two dimensions; got shape {array.shape}")
    if array.shape[0] % 2 == 0 or array.shape[1] % 2 == 0:
        raise ValueError(
            f"a kernel has odd sides, so that one weight is in its middle; "
            f"got {array.shape[0]} x {array.shape[1]}"
        )
    if array.dtype.kind == "f":
        array = array.astype(np.float64)
    for weight in array.ravel().tolist():
        if not isinstance(weight, Rational) and not isfinite(weight):
            raise ValueError(f"a kernel holds finite numbers; got {weight}")
    with np.errstate(over="ignore"), contextlib.suppress(OverflowError):
        weights = array.astype(np.float64)
        # Fractions and long integers may lie between two floats; others came through unharmed.
        unharmed = array.dtype.kind == "f" or all(map(eq, weights.ravel().tolist(), array.ravel().tolist()))
        if unharmed and 255 * np.abs(weights).sum() < EXACT_SUMS:
            return weights
    return np.array([Fraction(weight) for weight in array.ravel().tolist()]).reshape(array.shape)


def as_fraction(kernel: np.ndarray) -> tuple[np.ndarray, int] | None:
    """Write `kernel` as whole numbers over one divisor, the way it is written on paper.

    Returns (integers, divisor), where integers is an array of Python ints and `integers / divisor` is
    the kernel to the last bit; None where that takes a divisor over LARGEST_DIVISOR, or one that a float
    of this size would meet by chance, as for random floats; or where the float error of the weights reaches
    the ninth decimal of a sum, so that they are no longer as good as the fractions.

    >>> integers, divisor = as_fraction(np.array([[0.25, 0.5, 0.25]]))
    >>> integers.tolist(), divisor
    ([[1, 2, 1]], 4)
    """
    fractions: dict[float, Fraction] = {}
    divisor = 1
    with np.errstate(over="ignore"):  # the largest floats add up to inf, which is too coarse as well
        largest_error = 255 * float(np.abs(kernel).sum()) * 2.0**-53
    for weight in np.unique(kernel).tolist():
        fraction = Fraction(weight).limit_denominator(LARGEST_DIVISOR)
        divisor = lcm(divisor, fraction.denominator)
        # Fractions up to a divisor q are 1 / q**2 apart: with floats as coarse as that, one always fits.
        by_chance = fraction.denominator**2 * ulp(weight) > 0.01 and fraction != weight
        too_coarse = largest_error > 4e-10 and fraction != weight
        if divisor > LARGEST_DIVISOR or by_chance or too_coarse or weight not in (fraction, float(fraction)):
            return None
        fractions[weight] = fraction
    integers = [int(fractions[weight] * divisor) for weight in kernel.ravel().tolist()]
    return np.array(integers, dtype=object).reshape(kernel.shape), divisor


def exact_weights(kernel: np.ndarray) -> tuple[np.ndarray, int, float]:
    """What to multiply pixels with, what to divide their sum by, and how near to a half to doubt it.

    kernel: what check_kernel returns. 1/49 has no exact float, 1 has: so a kernel that can be written as
    whole numbers over a divisor is summed with these, exactly, and divided once; there is no doubt. So it is
    with fractions. Any other kernel is summed in float64, whose n products and sums are off by up to
    n * 2**-53 of the largest sum; next to a half that may decide, and `exact_response` has to.
    """
    if kernel.dtype == object:
        return kernel, 1, 0.0
    on_paper = as_fraction(kernel)
    if on_paper is not None and 255 * abs(on_paper[0]).sum() < EXACT_SUMS:
        return on_paper[0].astype(np.float64), on_paper[1], 0.0
    return kernel, 1, 1e-9 + kernel.size * 2.0**-53 * 255 * float(np.abs(kernel).sum())


def exact_response(window: np.ndarray, weights: np.ndarray) -> float:
    """The sum of window * weights in exact arithmetic, rounded to the nine decimals that count."""
    return float(round(exact_sum(window, weights), 9))


def exact_sum(window: np.ndarray, weights: np.ndarray) -> Fraction:
    """The sum of window * weights, exact. weights: ints, floats or fractions.

    Over one common divisor: to add fractions one by one takes twenty times as long.
    """
    ratios = [weight.as_integer_ratio() for weight in weights.ravel().tolist()]
    divisor = lcm(*(denominator for _, denominator in ratios))
    total = sum(
        int(pixel) * numerator * (divisor // denominator)
        for pixel, (numerator, denominator) in zip(window.ravel().tolist(), ratios, strict=True)
    )
    return Fraction(total, divisor)


def exact_integers(kernel: np.ndarray) -> tuple[np.ndarray, int]:
    """Like as_fraction, for any kernel: every float is a whole number over a power of two, if a large one."""
    on_paper = as_fraction(kernel)
    if on_paper is not None:
        return on_paper
    fractions = [Fraction(weight) for weight in kernel.ravel().tolist()]
    divisor = lcm(*(fraction.denominator for fraction in fractions))
    integers = [int(fraction * divisor) for fraction in fractions]
    return np.array(integers, dtype=object).reshape(kernel.shape), divisor


def split(weights: np.ndarray) -> tuple[list[Any], list[Any]] | None:
    """Split a kernel into a column times a row; None where that cannot be.

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
        return (
            (column.tolist(), row.tolist())
            if (abs(np.outer(column, row) - weights) <= rounding).all()
            else None
        )
    row = weights[y] // gcd(*weights[y])
    column = weights[:, x] // row[x]
    # The smoothing factor is written with positive weights: 1 2 1, not -1 -2 -1.
    sign = -1 if sum(row) < 0 or (sum(row) == 0 and sum(column) < 0) else 1
    return (list(sign * column), list(sign * row)) if (np.outer(column, row) == weights).all() else None


def _short(text: str) -> str:
    """Text as it stands in a message: quoted, and not too long."""
    return repr(text if len(text) <= 40 else text[:37] + "...")
