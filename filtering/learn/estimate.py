"""Least squares: the kernel whose responses are nearest to an image, and the size that it needs."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from filtering.learn.pair import LARGEST_REACH, Pair

ROUNDING = 1 / 12  # the variance of what is rounded off: even from -1/2 to 1/2
# Root mean square of residuals that rounding explains: 0.289 of fine responses, 0.354 of halves, and up to
# 0.5 where few values are many times over. Of large kernels, halves and more are not looked for.
ROUNDED, ROUNDED_LARGE = 0.5, 0.36
FEW_WEIGHTS = 121
OPEN = 0.25  # the standard error from which on a weight is not determined
SMALL, LARGE = 20_000, 250_000  # pixels: to find the size, and to estimate the weights
COUNTED = 4096  # windows that are told apart
PRODUCTS = 6 * 10**7  # window pixels: of large kernels, fewer windows
WIDEST = 2 * LARGEST_REACH + 1
FIRST_LARGE = (1, WIDEST)
SHAPES = [(1, 1), (3, 3), (5, 5), (7, 7), (9, 9), (11, 11), FIRST_LARGE, (WIDEST, 1), (15, 15), (21, 21)]
SHAPES += [(WIDEST, WIDEST)]


def ridge(gram: np.ndarray, share: float = 1e-10) -> np.ndarray:
    """Return the tiny addition that keeps a singular system, of an image with few details, solvable."""
    return np.eye(len(gram)) * float(share * np.trace(gram) / len(gram) + 10 * share)


@dataclass(frozen=True, eq=False)
class Fit:
    """The least-squares kernel of one size, and how well each combination of its weights is known."""

    shape: tuple[int, int]
    gram: np.ndarray  # sums of products of centred window pixels: (p, p) for p weights
    cross: np.ndarray  # sums of their products with the centred pixels after: (p,)
    total: float  # sum of squares of the latter
    means: np.ndarray  # of the window pixels, and of the pixels after: (p + 1,)
    pixels: int
    repeats: float  # how often each window is there, on average: equal ones tell no more than one
    given: np.ndarray | None = None  # the weights, where they were found in another way

    @cached_property
    def weights(self) -> np.ndarray:
        """The kernel as a vector."""
        if self.given is not None:
            return self.given
        solution: np.ndarray = np.linalg.solve(self.gram + ridge(self.gram), self.cross)
        return solution

    @property
    def enough(self) -> bool:
        """Tell if there are at least two pixels for each weight."""
        return self.pixels >= 2 * len(self.gram) + 2

    @property
    def kernel(self) -> np.ndarray:
        """The kernel as a matrix."""
        return self.weights.reshape(self.shape)

    @cached_property
    def error(self) -> float:
        """The root mean square of the residuals."""
        squares = self.total - 2 * self.weights @ self.cross + self.weights @ self.gram @ self.weights
        return float(np.sqrt(max(0.0, squares) / max(1, self.pixels - len(self.weights) - 1)))

    def offset(self, weights: np.ndarray) -> float:
        """Return the offset that goes with these weights."""
        return float(self.means[-1] - weights.ravel() @ self.means[:-1])

    @cached_property
    def covariance(self) -> np.ndarray:
        """The inverse of the gram matrix, which times the residuals' variance is the weights' covariance."""
        inverse: np.ndarray = np.linalg.inv(self.gram + ridge(self.gram, 1e-13))
        return inverse

    @property
    def standard_errors(self) -> np.ndarray:
        """The standard error of each weight, as a matrix."""
        if not self.enough:
            return np.full(self.shape, np.inf)
        errors: np.ndarray = self.least_errors * max(1.0, self.error / ROUNDING**0.5)
        return errors

    @cached_property
    def least_errors(self) -> np.ndarray:
        """The standard errors of weights if rounding is all that keeps responses from pixels."""
        if not self.enough:
            return np.full(self.shape, np.inf)
        variances = np.abs(np.diag(self.covariance)) * ROUNDING * self.repeats
        return np.sqrt(variances).reshape(self.shape)

    @property
    def rounded(self) -> bool:
        """Return whether rounding may explain the residuals."""
        return self.error <= (ROUNDED if len(self.gram) <= FEW_WEIGHTS else ROUNDED_LARGE)

    @property
    def determined(self) -> bool:
        """Return whether the image before tells all weights apart."""
        return bool(self.least_errors.max() <= OPEN)

    def part(self, kept: np.ndarray, shape: tuple[int, int]) -> "Fit":
        """Return the fit of a smaller kernel. kept: the places of its weights in this one's."""
        means = np.append(self.means[kept], self.means[-1])
        gram, cross = self.gram[np.ix_(kept, kept)], self.cross[kept]
        return Fit(shape, gram, cross, self.total, means, self.pixels, self.repeats)


def surprising(count: int) -> float:
    """Return a threshold for chi-squared with that many degrees of freedom."""
    return float(count + 6 * (2 * count) ** 0.5 + 12)


def least_squares(
    pair: Pair, places: np.ndarray, shape: tuple[int, int], targets: np.ndarray | None = None
) -> Fit:
    """Return the kernel of that shape, with an offset, that comes nearest to the pixels at some places.

    targets: what the responses there should be; default: the pixels of `pair.after`.

    It solves the normal equations. Their sums of products are of whole numbers, and exact: in float32 up to
    2**24, which 1024 products of pixels less 128 do not exceed.
    """
    dtype = np.float64 if targets is not None else np.float32
    if targets is None:
        targets = pair.after[tuple(places.T)].astype(np.float64)
    count = shape[0] * shape[1]
    moments = np.zeros((count + 2, count + 2))
    for start in range(0, len(places), 1024):
        part = slice(start, start + 1024)
        columns = np.ones((len(places[part]), count + 2), dtype)
        columns[:, :count] = pair.windows(places[part], shape)
        columns[:, :count] -= 128
        columns[:, count] = targets[part] - 128
        # Not `columns.T @ columns`: NumPy's BLAS starts threads, which wait for each other by spinning.
        moments += cv2.gemm(columns, columns, 1, np.empty(0), 0, flags=cv2.GEMM_1_T)
    pixels = len(places)
    means = moments[-1, :-1] / max(1, pixels)
    centred = moments[:-1, :-1] - pixels * np.outer(means, means)
    total, repeats = float(centred[-1, -1]), _repeats(pair, places, shape)
    return Fit(shape, centred[:-1, :-1], centred[:-1, -1], total, means + 128, pixels, repeats)


def _repeats(pair: Pair, places: np.ndarray, shape: tuple[int, int]) -> float:
    """Return how often each window is there, by some of them; 1 if nearly all are different."""
    some = pair.windows(places[:: len(places) // COUNTED + 1], shape)
    different = len({window.tobytes() for window in some})
    return 1.0 if different >= 0.9 * len(some) else len(places) / different


def sampled_fit(pair: Pair, shape: tuple[int, int], most: int) -> tuple[Fit, np.ndarray]:
    """Return the fit of a size from at most so many pixels, and their places.

    Where the pixels between 0 and 255 do not determine it, as around a single dot, others help whose windows
    are flat: there the response is the sum of the kernel times one value.
    """
    reach = shape[0] // 2, shape[1] // 2
    places = pair.sample(reach, most)
    fit = least_squares(pair, places, shape)
    if not fit.determined:
        places = pair.sample(reach, most, flat=True)
        fit = least_squares(pair, places, shape)
    return fit, places


def full_fit(pair: Pair, shape: tuple[int, int]) -> tuple[Fit, np.ndarray]:
    """Return the fit of a size from as many pixels as are worth their time, and their places."""
    return sampled_fit(pair, shape, min(LARGE, max(SMALL, PRODUCTS // (shape[0] * shape[1]))))


def sizes(pair: Pair) -> Iterator[Fit]:
    """Yield fits of growing size, from small samples, up to the first that the image is too small for."""
    for shape in SHAPES:
        count = shape[0] * shape[1]
        fit, _ = sampled_fit(pair, shape, max(SMALL, 20 * count))
        yield fit
        if not fit.enough:
            return


def trimmed(fit: Fit) -> Fit:
    """Remove the outermost rows and columns, in pairs, as long as their weights are 0 within the error."""
    whole = fit
    places: np.ndarray = np.arange(fit.weights.size).reshape(fit.shape)
    axis, kept = 0, 0
    while kept < 2:  # axes along which nothing was removed, one after the other
        inner = places[1:-1] if axis == 0 else places[:, 1:-1]
        rim = ~np.isin(places, inner).ravel()
        axis, kept = 1 - axis, kept + 1
        if inner.size and _vanish(fit, rim):
            places, kept = inner, 0
            fit = whole.part(places.ravel(), (places.shape[0], places.shape[1]))
    return fit


def _vanish(fit: Fit, some: np.ndarray) -> bool:
    """Tell if these weights, all together, are 0 within their errors."""
    weights = fit.weights[some]
    squares = weights @ np.linalg.solve(fit.covariance[np.ix_(some, some)], weights)
    return bool(squares <= max(fit.error**2, ROUNDING) * surprising(len(weights)))
