"""Learning a kernel the way neural networks do: gradient descent on the squared error."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from filtering.learn.estimate import Fit, least_squares
from filtering.learn.pair import Pair

PIXELS = 4000  # to learn from, at least; and 20 for each weight
MOMENTUM = 0.99
STEPS = 20_000
SMALLEST = 1e-7  # the largest change of a weight in the last step

OnStep = Callable[[int, np.ndarray, float, float], None]  # called as on_step(step, kernel, offset, error)


def descend(
    windows: np.ndarray, targets: np.ndarray, on_step: OnStep | None = None
) -> tuple[np.ndarray, float]:
    """Learn the weights and the offset whose responses to these windows are nearest to the targets.

    windows: (n, p). targets: (n,). on_step: called after each step, with the error: the mean square of what
    is missing. Returns p weights, and the offset.
    """
    # Around their means, and an offset that follows from the weights: this makes the valley less narrow.
    means = windows.mean(axis=0)
    pixels, wanted = windows - means, targets - targets.mean()
    weights, velocity = np.zeros(pixels.shape[1]), np.zeros(pixels.shape[1])
    rate = 1 / max(1.0, float((pixels**2).sum(axis=1).mean()))  # steps that never overshoot

    for step in range(1, STEPS + 1):
        missing = wanted - pixels @ weights
        downhill = pixels.T @ missing / len(pixels)  # minus half the gradient of the mean square
        velocity = MOMENTUM * velocity + rate * downhill
        weights = weights + velocity
        if on_step is not None:
            on_step(step, weights, float(targets.mean() - means @ weights), float((missing**2).mean()))
        if np.abs(velocity).max() < SMALLEST:
            break
    return weights, float(targets.mean() - means @ weights)


def by_descent(
    pair: Pair,
    places: np.ndarray,
    shape: tuple[int, int],
    targets: np.ndarray | None = None,
    on_step: OnStep | None = None,
) -> Fit:
    """Take the place of least_squares: the same kernel, by gradient descent, from fewer pixels."""
    if targets is None:
        targets = pair.after[tuple(places.T)].astype(np.float64)
    some = np.s_[:: len(places) // max(PIXELS, 20 * shape[0] * shape[1]) + 1]
    places, targets = places[some], targets[some]

    def watched(step: int, weights: np.ndarray, offset: float, error: float) -> None:
        if on_step is not None:
            on_step(step, weights.reshape(shape), offset, error)

    weights, _ = descend(pair.windows(places, shape).astype(np.float64), targets, watched)
    return replace(least_squares(pair, places, shape, targets), given=weights)
