"""Plans for convolve_fast: the passes, the types and the tolerance to sum with one kernel."""

from dataclasses import dataclass
from functools import cached_property, lru_cache, partial

import numpy as np
import numpy.typing as npt

from filtering.exact import Weights, exact_weights, split
from filtering.model import float_error

FOURIER_SIDE = 320  # of a tile on the Fourier route
BAND_COLUMN, BAND_ROW, BAND_RECTANGLE = 8, 16, 4  # sums that a product with a band matrix makes at once
# Nanoseconds per pixel, measured on an AMD EPYC with AVX2. Only their ratios matter: they choose between the
# routes.
FOURIER_COST = 16.0
STEPS_COST = 0.8  # loading and rounding
STEP_COST = {2: 0.08, 4: 0.15, 8: 0.3}  # one NumPy step, by bytes
BAND_COST = {np.float32: (0.05, 0.075), np.float64: (0.09, 0.21)}  # one weight of a band: vector, rectangle
AGAIN_COST = 130.0, 1.1  # a pixel that is summed again, and each of its weights
# Up to here float32 holds every whole number, and the quotient of two of them lands on a half only if it is
# one: another is at least 1 / (2 * divisor) away from it, and rounded by less.
EXACT_DIVISION = 2**23
LARGEST_DOUBT = 1 / 64  # of the pixels of a tile: with more in doubt, float64 is faster for all of them


@dataclass(frozen=True, eq=False)
class Pass:
    """One sum over shifted copies of a tile: with the whole kernel, its column or row, or a factor of one."""

    shape: tuple[int, int]
    dtype: np.dtype  # holds every sum of this pass; partial sums of integers may wrap around
    taps: list[tuple[int, int, np.number]]  # i, j and the weight, where it is not 0; the largest first
    run: int  # the distance between equal weights in a column or a row, or 0
    band: np.ndarray | None  # for more than a few weights in floats: see _add_up_band

    @staticmethod
    def of(weights: np.ndarray, dtype: npt.DTypeLike) -> "Pass":
        """Return the pass that sums with these 2-D weights in that type."""
        dtype = np.dtype(dtype)
        typed = weights.astype(np.int64 if dtype.kind in "iu" else dtype).astype(dtype)
        places = np.argwhere(weights)
        taps = [(i, j, typed[i, j]) for i, j in places.tolist()]
        band = _band(typed) if dtype.kind == "f" and weights.size > 3 else None
        run = _run_step(weights.ravel()) if 1 in weights.shape else 0
        return Pass(
            weights.shape, dtype, sorted(taps, key=lambda tap: -abs(float(weights[tap[:2]]))), run, band
        )

    @property
    def cost(self) -> float:
        """Estimate the cost in ns per pixel."""
        if self.band is not None:
            vector, rectangle = BAND_COST[self.dtype.type]
            return float(self.band.shape[1] * (vector if 1 in self.shape else rectangle))
        count = len(self.taps)
        multiplied = sum(abs(float(weight)) != 1 for _, _, weight in self.taps)
        steps = count.bit_length() + count.bit_count() - 2 if self.run else count - 1 + multiplied
        return max(steps, 0) * STEP_COST[self.dtype.itemsize]


def _run_step(weights: np.ndarray) -> int:
    """Return the distance between the nonzero weights if all are equal and equally far apart, else 0."""
    places = np.flatnonzero(weights)
    if len(places) < 4 or places[0] != 0 or (weights[places] != weights[0]).any():
        return 0
    steps = np.diff(places)
    return int(steps[0]) if (steps == steps[0]).all() else 0


def _band(weights: np.ndarray) -> np.ndarray:
    """Return the band matrix that holds these weights once in each row, each time one place further on."""
    kh, kw = weights.shape
    step, rows = (1, BAND_ROW) if kh == 1 else (1, BAND_COLUMN) if kw == 1 else (kw, BAND_RECTANGLE)
    band = np.zeros((rows, weights.size + (rows - 1) * step), weights.dtype)
    for n in range(rows):
        band[n, n * step :][: weights.size] = weights.ravel()
    return band


@dataclass(frozen=True, eq=False)
class Plan:
    """How to sum with one kernel."""

    weights: np.ndarray  # as exact_weights returns them, float64
    divisor: int
    whole: bool  # the weights are whole numbers, and so the sums
    tolerance: float  # of float64: responses within it of a half need exact arithmetic
    passes: tuple[Pass, ...]  # none for the Fourier route
    doubt: float  # responses of the passes within it of a half are summed again; 0 for whole numbers
    careful: "Plan | None" = None  # in float64, for tiles with much in doubt

    @cached_property
    def limits(self) -> tuple[float, float]:
        """The lowest and the highest response that there can be."""
        negative, positive = np.minimum(self.weights, 0).sum(), np.maximum(self.weights, 0).sum()
        return 255 * float(negative) / self.divisor, 255 * float(positive) / self.divisor

    def saturates(self, dtype: np.dtype) -> bool:
        """Return whether a response can lie outside the range of that type."""
        return self.limits[0] < np.iinfo(dtype).min or self.limits[1] > np.iinfo(dtype).max

    @cached_property
    def cost(self) -> float:
        """Nanoseconds per pixel, roughly: of the sums, and of summing again what is in doubt."""
        if self.passes:
            pixel, weight = AGAIN_COST
            summed_again = min(1.0, 2 * self.doubt) * (pixel + weight * self.weights.size)
            return STEPS_COST + sum(one.cost for one in self.passes) + summed_again
        side = fourier_side(max(self.weights.shape))
        return float(FOURIER_COST * (side / (side - max(self.weights.shape) + 1)) ** 2)


@lru_cache(maxsize=64)
def make_plan(data: bytes, shape: tuple[int, int]) -> Plan:
    """Return the cheapest plan for the kernel of these bytes: float64, as check_kernel returns it."""
    weights, divisor, tolerance = exact_weights(np.frombuffer(data).reshape(shape))
    whole = tolerance == 0
    new_plan = partial(Plan, weights, divisor, whole, tolerance)
    # The transform's errors grow with the norm of a tile; this is far more than was ever measured.
    error = 8 * fourier_side(max(shape)) * 2.0**-53 * 255 * float(np.abs(weights).sum())
    fourier = new_plan((), 0.0 if whole else 1e-9 + error)
    if whole:
        ways = [new_plan(_whole_passes(weights, divisor), 0.0)]
    else:
        # Sums by steps are off by as many roundings as convolve's own, and a column's and a row's by more.
        careful = new_plan(_float_passes(weights, np.float64), 8 * tolerance)
        passes = _float_passes(weights, np.float32)
        ways = [new_plan(passes, tolerance + passes_error(passes, weights), careful), careful]
    if not whole or error <= 0.25:
        ways.append(fourier)
    return min(ways, key=lambda plan: plan.cost)


def passes_error(passes: tuple[Pass, ...], weights: np.ndarray) -> float:
    """Return a bound on the error of float32 sums by these passes.

    A pass of n nonzero weights rounds a product at most n + 1 times, as model.float_error shows (a fused
    multiply-add rounds less often). One more rounding stands for a column and a row whose product is the
    kernel up to float64's rounding, and 2**-24 for that of the comparison with a half. Zeros in a band matrix
    add nothing, without an error. Weights too small for float32 lose less than 1e-35, far below the tolerance
    of 1e-9 that is added.

    >>> passes_error((Pass.of(np.ones((1, 3)), np.float32),), np.ones((1, 3))) == (6 * 765 + 1) * 2.0**-24
    True
    """
    roundings = sum(len(one.taps) + 1 for one in passes) + 1
    return float_error(Weights(weights, 1), roundings=roundings) + 2.0**-24


def _float_passes(weights: np.ndarray, dtype: type[np.floating]) -> tuple[Pass, ...]:
    """Apply the kernel as a column and then a row if it splits, else as it stands."""
    factors = split(weights)
    if factors is None or 1 in weights.shape:
        return (Pass.of(weights, dtype),)
    return Pass.of(np.array(factors[0])[:, np.newaxis], dtype), Pass.of(
        np.array(factors[1])[np.newaxis], dtype
    )


def _whole_passes(weights: np.ndarray, divisor: int) -> tuple[Pass, ...]:
    """Return the cheapest passes to sum in whole numbers: factors if the kernel splits, else all of it."""
    factors = split(weights.astype(np.int64).astype(object))
    if factors is None:
        ways = [_typed([weights], divisor)]
    else:
        column, row = (np.array(factor, np.float64) for factor in factors)
        ways = [
            _typed([a[:, np.newaxis] for a in columns] + [a[np.newaxis] for a in rows], divisor)
            for columns, rows in (([column], [row]), (_factors(column), _factors(row)))
        ]
    if weights.size > 3 and 255 * np.abs(weights).sum() + divisor < EXACT_DIVISION and factors is None:
        ways.append((Pass.of(weights, np.float32),))  # the products with a band matrix are exact then
    return min(ways, key=lambda passes: sum(one.cost for one in passes))


def _factors(weights: np.ndarray) -> list[np.ndarray]:
    """Write 1-D weights as short ones to apply one after the other: 1 2 1 is 1 1, applied twice."""
    best = [weights]
    for count in (2, 3, 5):
        run = np.ones(count)
        if len(weights) <= count or not weights.any():
            break
        quotient, rest = np.polydiv(weights, run)
        if not rest.any() and (np.convolve(quotient, run) == weights).all():
            best = min(best, [run, *_factors(quotient)], key=_adding_cost)
    return best


def _adding_cost(chain: list[np.ndarray]) -> tuple[float, int]:
    """Return the cost of a chain of 1-D weights in integers; of equal ones, the longer is first."""
    return sum(Pass.of(weights[np.newaxis], np.int32).cost for weights in chain), -len(chain)


def _typed(chain: list[np.ndarray], divisor: int) -> tuple[Pass, ...]:
    """Return passes for whole-number weights, each in the narrowest type that holds its sums.

    The last also has room for the rounding of a division: half the divisor. From one pass to the next a type
    never becomes narrower.
    """
    unsigned = all((weights >= 0).all() for weights in chain)
    kinds: list[type[np.integer]]
    kinds = [np.uint16, np.uint32, np.int64] if unsigned else [np.int16, np.int32, np.int64]
    passes: list[Pass] = []
    highest, lowest = 255.0, 0.0  # of the sums so far
    for number, weights in enumerate(chain):
        up, down = float(np.maximum(weights, 0).sum()), float(np.minimum(weights, 0).sum())
        highest, lowest = highest * up + lowest * down, highest * down + lowest * up
        room = divisor // 2 + 1 if number == len(chain) - 1 else 0
        holds = [lowest >= np.iinfo(kind).min and highest + room <= np.iinfo(kind).max for kind in kinds]
        kinds = kinds[holds.index(True) :]
        passes.append(Pass.of(weights, kinds[0]))
    return tuple(passes)


def fourier_side(kernel_side: int) -> int:
    """Return the side of a tile: at least four kernel sides."""
    return max(FOURIER_SIDE, 4 * kernel_side)
