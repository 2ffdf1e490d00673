"""The simplest known kernel that is as good as the best estimate, where noise or a JPEG hides it."""

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np

from filtering.learn.candidates import lattice
from filtering.learn.estimate import ROUNDING, SMALL, Fit, surprising
from filtering.learn.names import sigma_of
from filtering.learn.pair import Pair
from kernels import KERNELS

EQUAL = 1.005  # the error of a known kernel over that of the estimate, if they are equally good,
AS_GOOD = 1.05  # and if they are nearly
ENOUGH = 0.5  # share of the variance that the estimate has to explain
NOISE = 1.0  # standard deviation from which on residuals are more than rounding
WHOLE_NUMBERS = "a kernel of whole numbers"
WHOLE = 25  # weights, and the largest divisor, of kernels of whole numbers
UNCHANGED = 1.1  # the same, of the image as it is


class Known(NamedTuple):
    """A known kernel that is as good as the best estimate."""

    name: str  # "" for the image as it is
    kernel: np.ndarray
    noise: float | None  # standard deviation of what it leaves, where it differs from the estimate by chance


def nearest_known(pair: Pair, fit: Fit) -> Known | None:
    """Return the simplest known kernel that makes pixels about as near as those of an estimate."""
    if fit.error**2 * fit.pixels > (1 - ENOUGH) * fit.total:
        return None
    places = pair.sample((fit.shape[0] // 2, fit.shape[1] // 2), SMALL, saturated=True)
    windows, after = pair.windows(places, fit.shape).astype(np.float64), pair.after[tuple(places.T)]

    def error(weights: np.ndarray, offset: float = 0.0) -> float:
        """Return the root mean square of what the pixels of these weights leave."""
        made = np.rint(windows @ weights + offset).clip(0, 255)
        return float(np.sqrt(((made - after) ** 2).mean()))

    least = max(error(fit.weights, fit.offset(fit.weights)), ROUNDING**0.5)
    tries = []
    for name, kernel in (*_kernels(fit), *_whole_numbers(fit)):
        widths = [((side - own) // 2,) * 2 for side, own in zip(fit.shape, kernel.shape, strict=True)]
        tries.append((error(np.pad(kernel, widths).ravel()), name, kernel))
    unchanged = tries[0][0]
    if min(one[0] for one in tries) > EQUAL * least:  # any weights are near whole numbers over some divisor
        tries = [one for one in tries if not one[1].startswith(WHOLE_NUMBERS)]
    limit = EQUAL if min(one[0] for one in tries) <= EQUAL * least else AS_GOOD
    found = next(((left, name, kernel) for left, name, kernel in tries if left <= limit * least), None)
    named = found is not None and found[0] <= EQUAL * least and not found[1].startswith(WHOLE_NUMBERS)
    if unchanged <= UNCHANGED * least and not named:
        found = tries[0]  # the errors of a JPEG are a little like a blur
    if found is None:
        return None
    left, name, kernel = found
    noise = float(np.sqrt(max(0.0, left**2 - ROUNDING)))
    chance = 1 + surprising(len(fit.weights)) / len(places)
    by_chance = left**2 <= chance * least**2 and noise >= NOISE
    return Known(name, kernel, noise if by_chance else None)


def _kernels(fit: Fit) -> Iterator[tuple[str, np.ndarray]]:
    """Yield names and kernels, none larger than the estimate, the simplest first."""
    rows, columns = fit.shape
    yield "", np.ones((1, 1))
    for name, kernel in KERNELS.items():
        if kernel.shape[0] <= rows and kernel.shape[1] <= columns:
            yield name, kernel
    for side in range(3, min(fit.shape) + 1, 2):
        yield f"a mean of {side} x {side}", np.full((side, side), 1 / side**2)
    sigma = sigma_of(fit.kernel)
    for one in () if sigma is None else (round(sigma, 1), round(sigma, 2)):
        row = cv2.getGaussianKernel(rows, one)
        yield f"a Gaussian of sigma {one:g}", row * row.T


def _whole_numbers(fit: Fit) -> Iterator[tuple[str, np.ndarray]]:
    """Yield kernels of whole numbers over a small divisor near the estimate."""
    near = lattice(fit.gram, fit.weights) if fit.weights.size <= WHOLE else np.zeros((1, 0))
    for divisor in range(1, min(WHOLE, near.shape[1]) + 1):
        whole = near[:, divisor - 1].reshape(fit.shape)
        if whole.any():
            yield WHOLE_NUMBERS + f" over {divisor}" * (divisor > 1), whole / divisor
