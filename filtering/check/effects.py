"""What wrong convolutions do to a kernel: whole weights and their divisor, and those used instead."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np


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


def simple_fractions(value: float, error: float) -> list[Fraction]:
    """Return the simplest fractions within `error` of the value, at most eight."""
    found: dict[Fraction, None] = {}
    for denominator in [*range(1, 513), 1000, 1024]:
        numerator = round(value * denominator)
        if abs(numerator / denominator - value) <= error and len(found) < 8:
            found[Fraction(numerator, denominator)] = None
    return list(found)
