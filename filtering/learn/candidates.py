"""Exact kernels near an estimate, the simplest first: whole numbers over a divisor, a column times a row."""

from collections.abc import Iterator
from itertools import islice

import numpy as np

from filtering.learn.estimate import ROUNDING, Fit, surprising

DIVISORS = np.arange(1, 1025)
TRIED, FACTORS = 40, 8  # candidates of one kind; columns, and rows
DENSE = 225  # weights: larger kernels are looked for as a column times a row, first
CHECKED = 2**21  # window pixels
# Rounding leaves residuals between -1/2 and 1/2, apart from the offset: they spread over 1 at most. The rest
# is for float32, and for programs that round to 16 bits first.
SPREAD = 1.005


class Check:
    """Some pixels, to see if a kernel can be the one: it may leave them residuals of rounding only."""

    def __init__(self, windows: np.ndarray, targets: np.ndarray) -> None:
        """Take windows, (n, p), and what the responses to them were rounded to, (n,)."""
        self.windows, self.targets = windows.astype(np.float64), targets

    def passes(self, weights: np.ndarray) -> np.ndarray:
        """Return which kernels, the columns of a matrix (p, n), leave residuals that spread over 1."""
        passing = np.arange(weights.shape[1])
        for part in (slice(0, None, 64), slice(0, None, 4), slice(None)):
            windows, targets = self.windows[part], self.targets[part]
            spreads = [np.ptp(targets - windows @ weights[:, number]) for number in passing]
            passing = passing[np.array(spreads) <= SPREAD]
        return np.isin(np.arange(weights.shape[1]), passing)


def candidates(fit: Fit, check: Check) -> Iterator[np.ndarray]:
    """Yield kernels near the estimate that pass the check, float64, (kh, kw)."""
    kinds = [islice(whole_numbers(fit, check), TRIED if fit.weights.size > 1 else 5 * TRIED)]
    if min(fit.shape) > 1:
        kinds.append(islice(products(fit, check), TRIED))
    for kind in kinds if fit.weights.size <= DENSE else kinds[::-1]:
        yield from kind


def whole_numbers(fit: Fit, check: Check) -> Iterator[np.ndarray]:
    """Yield kernels of whole numbers over a divisor, the smallest divisors first."""
    integers = lattice(fit.gram, fit.weights)
    lowest_terms = np.gcd(np.gcd.reduce(integers.astype(int)), DIVISORS) == 1
    kernels = (integers / DIVISORS)[:, lowest_terms & integers.any(axis=0)]
    for kernel in kernels[:, check.passes(kernels)].T:
        yield kernel.reshape(fit.shape)


def lattice(gram: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the nearest weights that are whole numbers over a divisor, as these numbers: (p, divisors).

    Near means: in the sum of squared residuals, `apart @ gram @ apart`. Errors of an estimate go together, as
    neighbouring pixels do: so the weights are rounded one after the other, and each time the others move
    along (L. Babai, On Lovász' lattice reduction and the nearest lattice point problem, 1986).
    """
    ridge = 1e-10 * np.trace(gram) / len(gram) + 1e-9
    root = np.linalg.cholesky(gram + ridge * np.eye(len(gram))).T
    integers = np.zeros((len(weights), len(DIVISORS)))
    apart = np.zeros_like(integers)  # of the estimate from the rounded weights
    for k in reversed(range(len(weights))):
        moved = weights[k] + root[k, k + 1 :] @ apart[k + 1 :] / root[k, k]
        integers[k] = np.rint(DIVISORS * moved)
        apart[k] = weights[k] - integers[k] / DIVISORS
    return integers


def products(fit: Fit, check: Check) -> Iterator[np.ndarray]:
    """Yield kernels that are a column times a row, each of whole numbers over a divisor."""
    column, row = rank_one(fit)
    scale = row[np.argmax(np.abs(row))] if abs(row.sum()) < 1e-3 * np.abs(row).sum() else row.sum()
    for whole_row, row_divisor in factors(fit, column * scale, row / scale, axis=0):
        best = _solve(fit, whole_row / row_divisor, axis=1)
        for whole_column, column_divisor in factors(fit, whole_row / row_divisor, best, axis=1):
            kernel = np.outer(whole_column, whole_row) / (column_divisor * row_divisor)
            if check.passes(kernel.reshape(-1, 1))[0]:
                yield kernel


def factors(fit: Fit, other: np.ndarray, factor: np.ndarray, axis: int) -> list[tuple[np.ndarray, int]]:
    """Return a factor in whole numbers over a divisor, within the error. other: the factor along `axis`."""
    gram, _ = _reduced(fit, other, axis)
    integers = lattice(gram, factor)
    apart = integers / DIVISORS - factor[:, np.newaxis]
    squares = (apart * (gram @ apart)).sum(axis=0)
    near = np.flatnonzero(squares <= ROUNDING * 3 * surprising(len(factor)))
    return [(integers[:, number], int(DIVISORS[number])) for number in near[:FACTORS].tolist()]


def rank_one(fit: Fit) -> tuple[np.ndarray, np.ndarray]:
    """Return the column and the row whose product comes nearest, by solving for each in turn."""
    left, _, right = np.linalg.svd(fit.kernel)
    column, row = left[:, 0], right[0]
    for _ in range(30):
        row = _solve(fit, column / np.abs(column).max(), axis=0)
        column = _solve(fit, row, axis=1)
    return column, row


def _solve(fit: Fit, other: np.ndarray, axis: int) -> np.ndarray:
    """Return the best factor beside the other one, which lies along `axis`."""
    gram, cross = _reduced(fit, other, axis)
    ridge = 1e-10 * np.trace(gram) / len(gram) + 1e-9
    solution: np.ndarray = np.linalg.solve(gram + ridge * np.eye(len(gram)), cross)
    return solution


def _reduced(fit: Fit, other: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the normal equations of one factor, where the other one is given, along `axis`."""
    gram = fit.gram.reshape(fit.shape + fit.shape)
    cross = fit.cross.reshape(fit.shape)
    once = np.tensordot(other, gram, (0, axis))  # (of this factor, then both again)
    return np.tensordot(once, other, (1 + axis, 0)), np.tensordot(other, cross, (0, axis))
