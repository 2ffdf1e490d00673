"""Images whose responses were folded into 0..255: absolute values, and sums that wrapped around."""

import numpy as np

from filtering.learn.estimate import ROUNDED, SMALL, least_squares
from filtering.learn.pair import Pair
from kernels import KERNELS

FOLDS = ("absolute-value", "wrap-modulo-256")  # names in the table of mistakes
ROUNDS = 40
FOLDED_SHAPES = [(3, 3), (5, 5)]


def unfold(pair: Pair, fold: str) -> tuple[tuple[int, int], np.ndarray, np.ndarray] | None:
    """Find the responses that were folded, and the kernel that fits them; None where there is none.

    Which responses they were depends on the kernel and the other way round: from a first guess, each is found
    from the other in turn. Returns the shape of the kernel, places (channel, y, x), and the responses there.
    """
    for shape in FOLDED_SHAPES:
        reach = (shape[0] // 2, shape[1] // 2)
        places = pair.sample(reach, SMALL, saturated=fold != "absolute-value")
        if len(places) < 4 * shape[0] * shape[1]:
            continue
        after = pair.after[tuple(places.T)].astype(np.float64)
        windows = pair.windows(places, shape).astype(np.float64)
        gram = least_squares(pair, places, shape).gram
        inverse = np.linalg.inv(gram + (1e-10 * np.trace(gram) + 1e-9) * np.eye(len(gram)))
        for start in starts(shape):
            targets = unfolded(fold, windows @ start.ravel(), after)
            for _ in range(ROUNDS):
                weights = inverse @ ((targets - targets.mean()) @ windows)
                responses = windows @ weights
                last, targets = targets, unfolded(fold, responses + (targets - responses).mean(), after)
                if np.array_equal(last, targets):
                    break
            if least_squares(pair, places, shape, targets).error <= ROUNDED:
                return shape, places, targets
    return None


def starts(shape: tuple[int, int]) -> list[np.ndarray]:
    """Return the kernels of the bank that fit in that shape, with zeros around them."""
    small = [kernel for kernel in KERNELS.values() if kernel.shape[0] <= shape[0] >= kernel.shape[1]]
    return [np.pad(kernel, [((n - m) // 2,) * 2 for n, m in zip(shape, kernel.shape, strict=True)])
            for kernel in small]  # fmt: skip


def unfolded(fold: str, responses: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return, of the responses that make these pixels when they are folded, those nearest to an estimate."""
    if fold == "absolute-value":
        return np.where(responses < 0, -after, after)
    result: np.ndarray = after + 256 * np.rint((responses - after) / 256)
    return result
