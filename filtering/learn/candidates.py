"""Exact kernels near an estimate, the simplest first: whole numbers over a divisor, a column times a row."""

from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import chain, islice, product
from math import comb
from typing import NamedTuple

import numpy as np

from filtering.exact import Weights, on_paper
from filtering.learn.estimate import ROUNDING, Fit, ridge, surprising
from kernels import KERNELS

DIVISORS = np.arange(1, 1025)
TRIED, FACTORS = 40, 8  # candidates of one kind; columns, and rows
DENSE = 225  # weights: larger kernels are looked for as a column times a row, first
CHECKED = 2**21  # window pixels
SHARPER = 10  # over the root of the pixels: what is left of an error where every pixel is reproduced
CHANCE = 0.05  # probability of a kernel of small whole numbers near any estimate
# Rounding leaves residuals between -1/2 and 1/2, apart from the offset: they spread over 1 at most. The rest
# is for float32, and for programs that round to 16 bits first.
SPREAD = 1.005


class Check:
    """A quick test that rejects kernels on sample pixels, by residuals above those of rounding."""

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


class Candidate(NamedTuple):
    """A kernel that may be the one, and how little the estimate says for it."""

    kernel: np.ndarray  # float64, (kh, kw)
    doubt: float  # below 1, the estimate points to this kernel and to no other one; see doubt_of


def doubt_of(fit: Fit, divisor: int, error: float, free: int) -> float:
    """Return how far one may doubt that these whole numbers over a divisor are more than chance.

    error: the largest standard error of a weight. free: how many weights are free. Above 1 the error exceeds
    half a step from one kernel to the next; or one of these has to lie so near by chance: within errors
    which, as every pixel is reproduced, are smaller than those of the estimate.
    """
    halves = 2 * divisor * error
    share = min(1.0, 2 * halves * min(1.0, SHARPER / max(1, fit.pixels / fit.repeats) ** 0.5))
    return float(max(halves, divisor * share**free / (free + 1) / CHANCE))


def candidates(fit: Fit, check: Check) -> Sequence[Iterator[Candidate]]:
    """Return kinds of kernels near the estimate that pass the check, the likely ones first."""
    kinds = [islice(whole_numbers(fit, check), TRIED if fit.weights.size > 1 else 5 * TRIED)]
    if min(fit.shape) > 1:
        kinds.append(islice(products(fit, check), TRIED))
    first, *others = kinds if fit.weights.size <= DENSE else kinds[::-1]
    return [chain(familiar(fit, check), first), *others]


def familiar(fit: Fit, check: Check) -> Iterator[Candidate]:
    """Yield the kernels in use of that shape."""
    for kernel in in_use(fit.shape):
        if check.passes(kernel.reshape(-1, 1))[0]:
            yield Candidate(kernel, 2 * on_paper(kernel).divisor * float(fit.least_errors.max()))


def in_use(shape: tuple[int, int]) -> list[np.ndarray]:
    """Return the kernels in use of a shape: those with a name, the mean, and the binomial one."""
    kernels = [kernel for kernel in KERNELS.values() if kernel.shape == shape]
    rows = [np.array([comb(side - 1, k) for k in range(side)]) / 2 ** (side - 1) for side in shape]
    return [*kernels, np.full(shape, 1 / (shape[0] * shape[1])), np.outer(*rows)]


def whole_numbers(fit: Fit, check: Check) -> Iterator[Candidate]:
    """Yield kernels of whole numbers over a divisor."""
    kernels, divisors = _lowest_terms(lattice(fit.gram, fit.weights))
    yield from _likeliest(kernels, divisors, fit, check, fit.weights.size)


def _likeliest(
    kernels: np.ndarray, divisors: np.ndarray, fit: Fit, check: Check, free: int
) -> Iterator[Candidate]:
    """Yield the kernels, columns of a matrix, that pass the check, the likely ones first."""
    error, passing = float(fit.least_errors.max()), check.passes(kernels)
    wholes = np.rint(kernels[:, passing] * divisors[passing]).astype(int).T
    weights = [
        Weights(whole.reshape(fit.shape), divisor)
        for whole, divisor in zip(wholes, divisors[passing].tolist(), strict=True)
    ]
    for values, divisor in sorted(weights, key=oddity):
        yield Candidate(values / divisor, doubt_of(fit, divisor, error, free))


def oddity(weights: Weights) -> float:
    """Return how unlikely a kernel is: most add up to 1 or 0, and are symmetric, over a power of two."""
    values, divisor = weights
    total = values.sum() / divisor
    mirrored = [
        np.array_equal(other, values) or np.array_equal(other, -values)
        for other in (values[::-1], values[:, ::-1])
    ]
    return float(
        2 * (min(abs(total), abs(total - 1)) > 1e-9)
        + 2 * (2 - sum(mirrored))
        + np.log2(divisor) * (0.35 if divisor & (divisor - 1) == 0 else 0.5)
    )


def _lowest_terms(integers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights of a lattice, (p, n), that no smaller divisor has, and their divisors, (n,)."""
    kept = (np.gcd(reduce(np.gcd, integers.astype(int)), DIVISORS) == 1) & integers.any(axis=0)
    return (integers / DIVISORS)[:, kept], DIVISORS[kept]


def symmetric(fit: Fit, check: Check) -> Iterator[Candidate]:
    """Yield symmetric kernels of whole numbers over a divisor.

    Weights that mirror each other are one number here, and an image may tell these apart where it does not
    tell all weights apart. That a kernel is symmetric is an assumption: so the doubt is that of all weights.
    """
    for basis in bases(fit.shape):
        if basis.size == 0:
            continue
        gram, cross = basis.T @ fit.gram @ basis, basis.T @ fit.cross
        kernels, divisors = _lowest_terms(lattice(gram, np.linalg.solve(gram + ridge(gram), cross)))
        yield from islice(_likeliest(basis @ kernels, divisors, fit, check, basis.shape[1]), TRIED)


def bases(shape: tuple[int, int]) -> Iterator[np.ndarray]:
    """Yield bases of the kernels with a symmetry: (p, n) of 0, 1 and -1, a column for each free weight.

    Rows and columns mirror themselves, as they are or with the opposite sign; and of those that may, rows
    and columns are the same.
    """
    places = np.arange(shape[0] * shape[1]).reshape(shape)
    for rows, columns in product((1, -1), (1, -1)):
        basis = np.eye(places.size)
        basis = basis + rows * basis[places[::-1].ravel()]
        basis = basis + columns * basis[places[:, ::-1].ravel()]
        if rows == columns and shape[0] == shape[1]:
            yield _independent(basis + basis[places.T.ravel()])
        yield _independent(basis)


def _independent(basis: np.ndarray) -> np.ndarray:
    """Return the columns, of 0, 1 and -1, of which none is another one or its opposite."""
    columns = {}
    for column in np.sign(basis).T:
        first = column[np.flatnonzero(column)[:1]]
        columns[(column * first.sum() + 0.0).tobytes()] = column  # no -0.0, of other bytes
    kept = [column for column in columns.values() if column.any()]
    return np.asarray(np.array(kept).reshape(len(kept), len(basis)).T)


def lattice(gram: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the nearest weights that are whole numbers over a divisor, as these numbers: (p, divisors).

    Near means: in the sum of squared residuals, `apart @ gram @ apart`. Errors of an estimate go together, as
    neighbouring pixels do: so the weights are rounded one after the other, and each time the others move
    along (L. Babai, On Lovász' lattice reduction and the nearest lattice point problem, 1986).
    """
    root = np.linalg.cholesky(gram + ridge(gram)).T
    integers = np.zeros((len(weights), len(DIVISORS)))
    apart = np.zeros_like(integers)  # of the estimate from the rounded weights
    for k in reversed(range(len(weights))):
        moved = weights[k] + root[k, k + 1 :] @ apart[k + 1 :] / root[k, k]
        integers[k] = np.rint(DIVISORS * moved)
        apart[k] = weights[k] - integers[k] / DIVISORS
    return integers


def products(fit: Fit, check: Check) -> Iterator[Candidate]:
    """Yield kernels that are a column times a row, each of whole numbers over a divisor."""
    if not fit.weights.any():
        return
    column, row = rank_one(fit)
    scale = row[np.argmax(np.abs(row))] if abs(row.sum()) < 1e-3 * np.abs(row).sum() else row.sum()
    for whole_row, row_divisor, row_doubt in factors(fit, column * scale, row / scale, axis=0):
        best = _solve(fit, whole_row / row_divisor, axis=1)
        for whole_column, column_divisor, doubt in factors(fit, whole_row / row_divisor, best, axis=1):
            kernel = np.outer(whole_column, whole_row) / (column_divisor * row_divisor)
            if check.passes(kernel.reshape(-1, 1))[0]:
                yield Candidate(kernel, max(doubt, row_doubt))


def factors(
    fit: Fit, other: np.ndarray, factor: np.ndarray, axis: int
) -> list[tuple[np.ndarray, int, float]]:
    """Return a factor in whole numbers over a divisor, within the error, and the doubt about it.

    other: the factor along `axis`.
    """
    gram, _ = _reduced(fit, other, axis)
    error = float(np.sqrt(np.abs(np.diag(np.linalg.inv(gram + ridge(gram)))) * ROUNDING).max())
    integers = lattice(gram, factor)
    apart = integers / DIVISORS - factor[:, np.newaxis]
    squares = (apart * (gram @ apart)).sum(axis=0)
    near = np.flatnonzero(squares <= ROUNDING * 3 * surprising(len(factor)))
    return [
        (integers[:, number], int(DIVISORS[number]), doubt_of(fit, int(DIVISORS[number]), error, len(factor)))
        for number in near[:FACTORS].tolist()
    ]


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
    return np.asarray(np.linalg.solve(gram + ridge(gram), cross))


def _reduced(fit: Fit, other: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the normal equations of one factor, where the other one is given, along `axis`."""
    gram = fit.gram.reshape(fit.shape + fit.shape)
    cross = fit.cross.reshape(fit.shape)
    once = np.tensordot(other, gram, (0, axis))  # (of this factor, then both again)
    return np.tensordot(once, other, (1 + axis, 0)), np.tensordot(other, cross, (0, axis))
