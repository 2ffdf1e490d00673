"""Learn from responses that nobody rounded to pixels: floats, or int16. Least squares then leave nothing."""

from typing import NamedTuple

import cv2
import numpy as np

from filtering.borders import BORDERS, pad
from filtering.exact import Weights
from filtering.fast import convolve_fast
from filtering.learn.candidates import DIVISORS
from filtering.model import FLOAT32, float_error

SIDES = (1, 3, 5, 7, 9, 11, 15, 21, 31)
PIXELS = 20_000
ROUNDED = 0.51  # the largest residual of responses that were rounded to int16
NOISE = 1e-5  # of the largest response: what float32 leaves
LESS = 0.9  # of the largest residual has to be left for a larger kernel to be the better one
SNAP, SNAP_ROUNDED = 1e-3, 0.2  # of a step between whole numbers over a divisor: so near a weight has to lie


class Responses(NamedTuple):
    """The kernel of some responses, and what it makes."""

    kernel: np.ndarray
    borders: list[str]  # all that give every response
    result: np.ndarray  # float64 or int16, (channels, H, W)
    differing: np.ndarray  # bool, (channels, H, W)
    exact: bool  # inside, at least
    errors: np.ndarray  # the standard errors of the weights


def learn_responses(before: np.ndarray, after: np.ndarray) -> Responses:
    """Find the kernel under which responses arise. before: uint8; after: float or int16; (channels, H, W)."""
    whole = after.dtype.kind == "i"
    targets = after.astype(np.float64)
    scale = max(1.0, float(np.abs(targets).max()))
    best = np.inf, np.zeros((1, 1)), np.zeros((1, 1))
    for side in SIDES:
        if 2 * side**2 > after[0].size or side > min(after.shape[1:]):
            break
        fit = _fit(before, targets, side)
        best = fit if fit[0] < LESS * best[0] else best
        if fit[0] <= (ROUNDED if whole else NOISE * scale):
            break
    kernel = _snapped(best[1], SNAP_ROUNDED if whole else SNAP)
    return _compared(before, after, kernel, whole)._replace(errors=best[2])


def _fit(before: np.ndarray, targets: np.ndarray, side: int) -> tuple[float, np.ndarray, np.ndarray]:
    """Return the largest residual of the least-squares kernel of a size, the kernel, and its errors."""
    reach = side // 2
    views = np.lib.stride_tricks.sliding_window_view(before, (side, side), axis=(1, 2))
    inner = targets[:, reach : targets.shape[1] - reach, reach : targets.shape[2] - reach].ravel()
    some = np.random.default_rng(0).permutation(inner.size)[:PIXELS]
    windows = views[np.unravel_index(some, views.shape[:3])].reshape(len(some), -1).astype(np.float64)
    gram = cv2.gemm(windows, windows, 1, np.empty(0), 0, flags=cv2.GEMM_1_T)
    gram += 1e-12 * np.trace(gram) * np.eye(len(gram))
    weights = np.linalg.solve(gram, windows.T @ inner[some])
    weights += np.linalg.solve(gram, windows.T @ (inner[some] - windows @ weights))  # refined once
    residuals = windows @ weights - inner[some]
    errors = np.sqrt(np.diag(np.linalg.inv(gram)) * (residuals**2).mean())
    return float(np.abs(residuals).max()), weights.reshape(side, side), errors.reshape(side, side)


def _snapped(kernel: np.ndarray, share: float) -> np.ndarray:
    """Return the whole numbers over the smallest divisor that lie at a kernel's weights, if there are any."""
    for divisor in DIVISORS.tolist():
        whole = np.rint(divisor * kernel)
        if whole.any() and np.abs(whole / divisor - kernel).max() * divisor < share:
            return np.asarray(whole / divisor)
    return kernel


def _compared(before: np.ndarray, after: np.ndarray, kernel: np.ndarray, whole: bool) -> Responses:
    """Compare the responses under each border with those that are given."""
    reach = len(kernel) // 2
    error = 4 * float_error(Weights(kernel, 1), FLOAT32)  # ours in float64, theirs in float32, or scaled
    made: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for border in BORDERS:
        planes = []
        for plane in before:
            if whole:
                planes.append(convolve_fast(plane, kernel, border, signed=True))
                continue
            padded = pad(plane, reach, reach, border).astype(np.float64)
            inner = np.s_[reach : reach + plane.shape[0], reach : reach + plane.shape[1]]
            planes.append(cv2.filter2D(padded, cv2.CV_64F, kernel)[inner])
        result = np.stack(planes)
        apart = result != after if whole else ~(np.abs(result - after) <= error)
        made[border] = result, apart
    best = min(made, key=lambda border: np.count_nonzero(made[border][1]))
    borders = [border for border in BORDERS if not made[border][1].any()]
    result, apart = made[best]
    inside = apart[:, reach : apart.shape[1] - reach, reach : apart.shape[2] - reach]
    return Responses(kernel, borders, result, apart, not inside.any(), np.zeros(kernel.shape))
