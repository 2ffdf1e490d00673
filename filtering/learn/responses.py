"""Learn from responses that nobody rounded to pixels: floats, or int16. Least squares then leave nothing."""

import math
from typing import NamedTuple

import cv2
import numpy as np

from filtering.borders import BORDERS, pad
from filtering.exact import Weights
from filtering.learn.candidates import DIVISORS
from filtering.model import FLOAT32, float_error
from filtering.pixels import to_pixels

SIDES = (1, 3, 5, 7, 9, 11, 15, 21, 31)
PIXELS = 20_000
ROUNDED = 0.51  # the largest residual of responses that were rounded to int16
NOISE = 1e-5  # of the largest response: what float32 leaves
SINGULAR = 1e-9  # least eigenvalue of the products of windows, scaled to 1, that tells weights apart
MORE = 4  # pixels for each weight, at least
DIGITS = 9  # of floats
LESS = 0.9  # of the largest residual has to be left for a larger kernel to be the better one
SNAP, SNAP_ROUNDED = 1e-3, 0.2  # of a step between whole numbers over a divisor: so near a weight has to lie


class Responses(NamedTuple):
    """The kernel of some responses, and what it makes."""

    kernel: np.ndarray
    offset: float
    borders: list[str]  # all that give every response
    result: np.ndarray  # float64 or int16, (channels, H, W)
    differing: np.ndarray  # bool, (channels, H, W)
    exact: bool  # inside, at least
    errors: np.ndarray  # the standard errors of the weights
    determined: bool  # the image before tells the weights apart


class Solved(NamedTuple):
    """A least-squares kernel of one size."""

    residual: float  # the largest
    kernel: np.ndarray
    offset: float
    errors: np.ndarray
    determined: bool


def learn_responses(before: np.ndarray, after: np.ndarray) -> Responses:
    """Find the kernel under which responses arise. before: uint8; after: float or int16; (channels, H, W)."""
    whole = after.dtype.kind == "i"
    targets = after.astype(np.float64)
    limit = ROUNDED if whole else NOISE * float(np.abs(targets).max())
    best: Solved | None = None
    for side in SIDES:
        height, width = (size - side + 1 for size in after.shape[1:])
        if min(height, width) < 1 or (best is not None and MORE * side**2 > height * width * len(after)):
            break
        solved = _solve(before, targets, side)
        best = solved if best is None or solved.residual < LESS * best.residual else best
        if solved.residual <= limit or not solved.determined:
            best = solved
            break
    assert best is not None, "1 x 1 always fits"
    kernel = _snapped(best.kernel, SNAP_ROUNDED if whole else SNAP)
    sure = abs(best.offset) > max(4 * best.residual, 1e-9 * limit / NOISE)
    offset = round(best.offset) if whole else round(best.offset, 6) * sure
    result = _compared(before, after, kernel, float(offset))
    return result._replace(errors=best.errors, determined=best.determined)


def _solve(before: np.ndarray, targets: np.ndarray, side: int) -> Solved:
    """Solve for the kernel of a size, and an offset."""
    reach, count = side // 2, side**2
    views = np.lib.stride_tricks.sliding_window_view(before, (side, side), axis=(1, 2))
    inner = targets[:, reach : targets.shape[1] - reach, reach : targets.shape[2] - reach].ravel()
    some = np.random.default_rng(0).permutation(inner.size)[:PIXELS]
    windows = np.ones((len(some), count + 1))
    windows[:, :-1] = views[np.unravel_index(some, views.shape[:3])].reshape(len(some), -1)
    gram = cv2.gemm(windows, windows, 1, np.empty(0), 0, flags=cv2.GEMM_1_T)
    determined = bool(np.linalg.eigvalsh(gram / np.outer(*[np.sqrt(np.diag(gram)) + 1e-9] * 2))[0] > SINGULAR)
    gram += 1e-12 * np.trace(gram) * np.eye(count + 1)
    weights = np.linalg.solve(gram, windows.T @ inner[some])
    weights += np.linalg.solve(gram, windows.T @ (inner[some] - windows @ weights))  # refined once
    residuals = windows @ weights - inner[some]
    errors = np.sqrt(np.diag(np.linalg.inv(gram))[:-1] * (residuals**2).mean())
    kernel, errors = weights[:-1].reshape(side, side), errors.reshape(side, side)
    return Solved(float(np.abs(residuals).max()), kernel, float(weights[-1]), errors, determined)


def _snapped(kernel: np.ndarray, share: float) -> np.ndarray:
    """Return the whole numbers over the smallest divisor that lie at a kernel's weights, if there are any.

    Of responses from 0 to 1, the divisor is 255 times as large. Else floats lose the digits that are noise.
    """
    for unit in (1, 255):
        for divisor in DIVISORS.tolist():
            near = np.rint(unit * divisor * kernel)
            if near.any() and np.abs(near / divisor - unit * kernel).max() * divisor < share:
                return np.asarray(near / (unit * divisor))
    digits = DIGITS - math.floor(math.log10(np.abs(kernel).max() or 1.0))
    return np.asarray(kernel.round(max(digits, 0)))


def _compared(before: np.ndarray, after: np.ndarray, kernel: np.ndarray, offset: float) -> Responses:
    """Compare the responses under each border with those that are given."""
    reach, whole = len(kernel) // 2, after.dtype.kind == "i"
    # Ours are in float64, theirs may be in float32, or scaled.
    error = 4 * float_error(Weights(kernel, 1), FLOAT32) + 1e-6 * abs(offset)
    made: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for border in BORDERS:
        planes = []
        for plane in before:
            padded = pad(plane, reach, reach, border).astype(np.float64)
            inner = np.s_[reach : reach + plane.shape[0], reach : reach + plane.shape[1]]
            sums = cv2.filter2D(padded, cv2.CV_64F, kernel)[inner] + offset
            planes.append(to_pixels(sums, signed=True) if whole else sums)
        result = np.stack(planes)
        made[border] = result, result != after if whole else ~(np.abs(result - after) <= error)
    best = min(made, key=lambda border: np.count_nonzero(made[border][1]))
    borders = [border for border in BORDERS if not made[border][1].any()]
    result, apart = made[best]
    inside = apart[:, reach : apart.shape[1] - reach, reach : apart.shape[2] - reach]
    return Responses(kernel, offset, borders, result, apart, not inside.any(), np.zeros(kernel.shape), True)
