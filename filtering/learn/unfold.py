"""Images whose responses were folded into 0..255: absolute values, and sums that wrapped around."""

import numpy as np

from filtering.learn.estimate import ROUNDED_LARGE, SMALL
from filtering.learn.pair import Pair
from kernels import KERNELS

FOLDS = ("absolute-value", "wrap-modulo-256")  # of RANGES
FOLDED_SHAPES = [(3, 3), (5, 5)]
SEARCHED = 3000  # pixels
TURNS = 40


def unfold(pair: Pair, fold: str) -> tuple[tuple[int, int], np.ndarray, np.ndarray] | None:
    """Find the responses that were folded, and the kernel that fits them; None where there is none.

    Returns the shape of the kernel, places (channel, y, x), and the responses there.
    """
    for shape in FOLDED_SHAPES:
        reach = (shape[0] // 2, shape[1] // 2)
        places = pair.sample(reach, SMALL, saturated=fold != "absolute-value")
        if len(places) < 4 * shape[0] * shape[1]:
            continue
        after = pair.after[tuple(places.T)].astype(np.float64)
        windows = pair.windows(places, shape).astype(np.float64)
        every = np.s_[:: len(places) // SEARCHED + 1]
        inverse = np.linalg.pinv(windows[every] - windows[every].mean(axis=0))
        for start in starts(shape):
            weights, offset, error = settled(fold, windows[every], after[every], inverse, start.ravel())
            if error <= ROUNDED_LARGE:
                return shape, places, unfolded(fold, windows @ weights + offset, after)
    return None


def starts(shape: tuple[int, int]) -> list[np.ndarray]:
    """Return the kernels of the bank that fit in that shape, with zeros around them."""
    small = [kernel for kernel in KERNELS.values() if kernel.shape[0] <= shape[0] >= kernel.shape[1]]
    sides = [[(n - m) // 2 for n, m in zip(shape, kernel.shape, strict=True)] for kernel in small]
    return [np.pad(kernel, [(y, y), (x, x)]) for kernel, (y, x) in zip(small, sides, strict=True)]


def settled(
    fold: str, windows: np.ndarray, after: np.ndarray, inverse: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, float, float]:
    """Return the weights that a first guess leads to, the offset, and the root mean square of residuals.

    The kernel follows from the responses, and the responses from the kernel: each is found in turn. inverse:
    of the windows around their means.
    """
    targets = unfolded(fold, windows @ weights, after)
    for _ in range(TURNS):
        weights = inverse @ targets
        residuals = targets - windows @ weights
        offset, error = float(residuals.mean()), float(residuals.std())
        last, targets = targets, unfolded(fold, windows @ weights + offset, after)
        if np.array_equal(last, targets):
            break
    return weights, offset, error


def unfolded(fold: str, responses: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return the responses nearest to the estimate that fold to these pixels."""
    if fold == "absolute-value":
        return np.where(responses < 0, -after, after)
    result: np.ndarray = after + 256 * np.rint((responses - after) / 256)
    return result
