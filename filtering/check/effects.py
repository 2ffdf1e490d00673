"""What wrong convolutions do to a kernel: whole weights and their divisor, and those used instead."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np

from filtering.model import ROUNDINGS


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


def rolled(weights: np.ndarray) -> np.ndarray:
    """Move the weights round by half the kernel, as `kernel[s, t]` with s and t from -radius does."""
    rows, columns = weights.shape
    return np.roll(weights, (rows // 2, columns // 2), (0, 1))


def times_matrix(weights: np.ndarray, divisor: int) -> tuple[np.ndarray, int]:
    """Return the weights of the sum of `window @ kernel`, a product of matrices."""
    if weights.shape[0] != weights.shape[1]:
        return weights, divisor  # there is no such product
    return np.tile(weights.sum(axis=1), (len(weights), 1)), divisor


def matrix_times(weights: np.ndarray, divisor: int) -> tuple[np.ndarray, int]:
    """Return the weights of the sum of `kernel @ window`."""
    return times_matrix(weights.T, divisor)[0].T, divisor


def mean_of_window(weights: np.ndarray, divisor: int) -> tuple[np.ndarray, int]:
    """Return the weights of a mean, whatever the kernel is."""
    return np.ones_like(weights), weights.size


def with_image(times: int, sign: int) -> Callable[[np.ndarray, int], tuple[np.ndarray, int]]:
    """Return the effect of adding the response, or its negative, to so many times the image."""

    def add(weights: np.ndarray, divisor: int) -> tuple[np.ndarray, int]:
        weights = sign * weights
        weights[weights.shape[0] // 2, weights.shape[1] // 2] += times * divisor
        return weights, divisor

    return add


def fixed_point(scale: int) -> Callable[[np.ndarray, int], tuple[np.ndarray, int]]:
    """Return an effect that rounds the weights to whole numbers over a scale."""
    return lambda weights, divisor: (ROUNDINGS["half-even"].rule(weights * scale, divisor), scale)


def dilated(step: int) -> Callable[[np.ndarray, int], tuple[np.ndarray, int]]:
    """Return an effect that spreads the weights, to every second pixel, every third ..."""

    def spread(weights: np.ndarray, divisor: int) -> tuple[np.ndarray, int]:
        rows, columns = weights.shape
        wide = np.zeros(((rows - 1) * step + 1, (columns - 1) * step + 1), weights.dtype)
        wide[::step, ::step] = weights
        return wide, divisor

    return spread


def simple_fractions(value: float, error: float) -> list[Fraction]:
    """Return the simplest fractions within `error` of the value, at most eight."""
    found: dict[Fraction, None] = {}
    for denominator in [*range(1, 513), 1000, 1024]:
        numerator = round(value * denominator)
        if abs(numerator / denominator - value) <= error and len(found) < 8:
            found[Fraction(numerator, denominator)] = None
    return list(found)
