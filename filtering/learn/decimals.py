"""Exact kernels of decimals: weights under which every response rounds to its pixel."""

import cv2
import numpy as np

from filtering.learn.estimate import Fit
from filtering.learn.pair import Pair

HALF = 0.5 - 1e-6  # the largest residual that is aimed at
MOST = 2_000_000  # pixels
WEIGHTS = 225  # of larger kernels, it would take minutes
ENOUGH = 10  # pixels for each weight
TURNS, STEPS = 5, 60
MOST_EXCESS = 0.05  # share of pixels: with more, no weights are near
BLOCK = 8192
NEAREST = 20_000  # pixels that one turn looks at
DIGITS = range(3, 10)


def decimal_weights(pair: Pair, fit: Fit) -> np.ndarray | None:
    """Return weights near the estimate that explain every pixel inside; None where none are found.

    Least squares leaves some residuals a little larger than the half that rounding explains. Here only what
    is above a half counts: its squares are minimised, by Newton's method, down to 0.
    """
    if fit.weights.size > WEIGHTS or fit.pixels < ENOUGH * fit.weights.size:
        return None
    places = pair.sample((fit.shape[0] // 2, fit.shape[1] // 2), MOST, saturated=True)
    offset = level(fit.offset(fit.weights))
    targets, weights = pair.after[tuple(places.T)] - offset, fit.weights
    for _ in range(TURNS):
        residuals = residuals_of(pair, fit, places, weights, targets, offset)
        excess = int(np.count_nonzero(np.abs(residuals) > 0.5))
        if excess == 0:
            return shortest(pair, fit, places, weights, targets, offset)
        if excess > MOST_EXCESS * len(places):
            return None
        near = np.argsort(-np.abs(residuals))[: min(NEAREST, 4 * excess + 40 * len(weights))]
        windows = pair.windows(places[near], fit.shape).astype(np.float64)
        weights = reduced(windows, targets[near], offset, weights, fit.gram / fit.pixels)
    return None


def level(offset: float) -> float:
    """Return the likeliest offset near an estimate: whole, or less by the half that truncation takes."""
    return round(2 * offset) / 2


def clipped(residuals: np.ndarray, targets: np.ndarray, offset: float) -> np.ndarray:
    """Return residuals, 0 where the pixel is saturated and the response is beyond."""
    residuals[(targets + offset == 0) & (residuals < 0)] = 0
    residuals[(targets + offset == 255) & (residuals > 0)] = 0
    return residuals


def residuals_of(
    pair: Pair, fit: Fit, places: np.ndarray, weights: np.ndarray, targets: np.ndarray, offset: float
) -> np.ndarray:
    """Return responses - targets at some places."""
    blocks = [places[start : start + BLOCK] for start in range(0, len(places), BLOCK)]
    responses = np.concatenate([pair.windows(block, fit.shape) @ weights for block in blocks])
    return clipped(responses - targets, targets, offset)


def reduced(
    windows: np.ndarray, targets: np.ndarray, offset: float, weights: np.ndarray, gram: np.ndarray
) -> np.ndarray:
    """Return weights whose residuals at these windows exceed HALF as little as possible."""
    damping = 0.01 * gram + 1e-12 * np.eye(len(weights))  # not to leave the estimate without need
    for _ in range(STEPS):
        residuals = clipped(windows @ weights - targets, targets, offset)
        beyond = np.abs(residuals) > HALF
        if not beyond.any():
            break
        excess = residuals[beyond] - HALF * np.sign(residuals[beyond])
        some = windows[beyond]
        gram = cv2.gemm(some, some, 1, damping, 1, flags=cv2.GEMM_1_T)  # see estimate.least_squares
        weights = weights - np.asarray(np.linalg.solve(gram, excess @ some))
    return weights


def shortest(
    pair: Pair, fit: Fit, places: np.ndarray, weights: np.ndarray, targets: np.ndarray, offset: float
) -> np.ndarray:
    """Return the weights with as few decimals as still explain every pixel."""
    for digits in DIGITS:
        rounded = weights.round(digits)
        if (np.abs(residuals_of(pair, fit, places, rounded, targets, offset)) < 0.5).all():
            return np.asarray(rounded)
    return weights
