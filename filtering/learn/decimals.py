"""Exact kernels of decimals: weights under which every response rounds to its pixel."""

from dataclasses import dataclass

import cv2
import numpy as np

from filtering.learn.estimate import Fit
from filtering.learn.pair import Pair

HALF = 0.5 - 1e-6  # the largest residual that is aimed at
MOST = 2_000_000  # pixels
WEIGHTS = 225  # of larger kernels, it would take minutes
ENOUGH, FEW = 10, 50  # pixels for each weight; weights
TURNS, STEPS = 5, 60
SLOW = 0.7  # of the excess is left after a turn: no weights are near
LIKELY = 0.05  # how far from the estimate a likelier offset may be
MOST_EXCESS = 0.25  # share of pixels: with more, no weights are near; of large kernels, a fifth of that
BLOCK = 8192
NEAREST = 20_000  # pixels that one turn looks at
DIGITS = range(3, 10)


@dataclass(frozen=True, eq=False)
class Explained:
    """Weights that explain every pixel inside, and the pixels: their places, (n, 3), and values."""

    fit: Fit
    weights: np.ndarray
    offset: float | None  # None: some offset
    places: np.ndarray
    targets: np.ndarray


def explaining(pair: Pair, fit: Fit) -> Explained | None:
    """Find weights near the estimate that explain every pixel inside; return None where none are found.

    Least squares leaves some residuals a little larger than the half that rounding explains. Here only what
    is above a half counts: its squares are minimised, by Newton's method, down to 0. The offset is one more
    weight, of a pixel that is always 1; a likely one, which is whole or a half less, is left as it is first.
    """
    if fit.weights.size > WEIGHTS or fit.pixels < ENOUGH * fit.weights.size:
        return None
    places = pair.sample((fit.shape[0] // 2, fit.shape[1] // 2), MOST, saturated=True)
    targets, offset = pair.after[tuple(places.T)].astype(np.float64), fit.offset(fit.weights)
    likely = round(2 * offset) / 2
    found = None
    if abs(likely - offset) < LIKELY:
        found = _explaining(pair, fit, places, targets, np.append(fit.weights, likely), fixed=True)
    if found is None:
        found = _explaining(pair, fit, places, targets, np.append(fit.weights, offset), fixed=False)
    return found


def _explaining(
    pair: Pair, fit: Fit, places: np.ndarray, targets: np.ndarray, weights: np.ndarray, fixed: bool
) -> Explained | None:
    """Find weights that explain these pixels. weights: to begin with, and the offset, which may be fixed."""
    last = np.inf
    for _ in range(TURNS):
        residuals = clipped(residuals_of(pair, fit, places, weights, targets), targets)
        excess = int(np.count_nonzero(np.abs(residuals) > 0.5))
        if excess == 0:
            return Explained(fit, weights[:-1], float(weights[-1]) if fixed else None, places, targets)
        if excess > SLOW * last or excess > MOST_EXCESS * len(places) / (1 if len(weights) <= FEW else 5):
            return None
        last = excess
        near = np.argsort(-np.abs(residuals))[: min(NEAREST, 4 * excess + 40 * len(weights))]
        windows = with_ones(pair.windows(places[near], fit.shape))
        weights = reduced(windows, targets[near], weights, moments(fit), fixed)
    return None


def with_ones(windows: np.ndarray) -> np.ndarray:
    """Return windows with one more pixel, 1, to which the offset is the weight."""
    return np.hstack([windows, np.ones((len(windows), 1))]).astype(np.float64)


def moments(fit: Fit) -> np.ndarray:
    """Return the mean products of window pixels, and of the 1 of the offset."""
    means = np.append(fit.means[:-1], 1.0)
    products = np.outer(means, means)
    products[:-1, :-1] += fit.gram / fit.pixels
    return products


def clipped(residuals: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return residuals, 0 where the pixel is saturated and the response is beyond."""
    residuals[(targets == 0) & (residuals < 0)] = 0
    residuals[(targets == 255) & (residuals > 0)] = 0
    return residuals


def residuals_of(
    pair: Pair, fit: Fit, places: np.ndarray, weights: np.ndarray, targets: np.ndarray
) -> np.ndarray:
    """Return responses - targets at some places. weights: the last one is the offset."""
    blocks = [places[start : start + BLOCK] for start in range(0, len(places), BLOCK)]
    responses = [pair.windows(block, fit.shape) @ weights[:-1] + weights[-1] for block in blocks]
    result: np.ndarray = np.concatenate(responses) - targets
    return result


def reduced(
    windows: np.ndarray, targets: np.ndarray, weights: np.ndarray, gram: np.ndarray, fixed: bool
) -> np.ndarray:
    """Return weights whose residuals at these windows exceed HALF as little as possible."""
    damping = 0.01 * gram + 1e-12 * np.eye(len(weights))  # not to leave the estimate without need
    if fixed:
        damping[-1] = damping[:, -1] = 0
        damping[-1, -1] = 1
    for _ in range(STEPS):
        residuals = clipped(windows @ weights - targets, targets)
        beyond = np.abs(residuals) > HALF
        if not beyond.any():
            break
        excess = residuals[beyond] - HALF * np.sign(residuals[beyond])
        some = windows[beyond]
        some[:, -1] *= not fixed
        gram = cv2.gemm(some, some, 1, damping, 1, flags=cv2.GEMM_1_T)  # see estimate.least_squares
        _, step = cv2.solve(
            gram, (excess @ some)[:, np.newaxis], flags=cv2.DECOMP_LU
        )  # without threads, as above
        weights = weights - step.ravel()
    return weights


def shortest(pair: Pair, found: Explained) -> np.ndarray:
    """Return the weights with as few decimals as still explain every pixel, under a known offset or some."""
    targets, offset = found.targets, found.offset
    for digits in DIGITS:
        rounded = found.weights.round(digits)
        residuals = residuals_of(pair, found.fit, found.places, np.append(rounded, offset or 0.0), targets)
        highest, lowest = residuals[targets < 255].max(initial=-256), residuals[targets > 0].min(initial=256)
        if (highest - lowest < 1) if offset is None else (max(highest, -lowest) < 0.5):
            return np.asarray(rounded)
    return found.weights
