"""Learn a kernel the way neural networks do: gradient descent on the squared error. To be read, not used."""

import numpy as np

MOMENTUM = 0.99
STEPS = 5000
PIXELS = 4000  # more only take longer


def descend(windows: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the weights, (p,), and the offset that bring `windows @ weights + offset` nearest to `targets`.

    windows: float64, (n, p). targets: float64, (n,).
    """
    # No pixel is negative, so each weight mainly changes the brightness, and all are pulled the same way.
    # With the means subtracted they are pulled apart; the offset follows from the weights at the end.
    means = windows.mean(axis=0)
    pixels, wanted = windows - means, targets - targets.mean()
    # In no direction is the slope of the error more than the sum of the variances times the distance to the
    # bottom. So a step at this rate, on its own, ends at the bottom at the furthest: it never overshoots.
    rate = 1 / max(1.0, pixels.var(axis=0).sum())
    weights, velocity = np.zeros(len(means)), np.zeros(len(means))
    for _ in range(STEPS):
        downhill = pixels.T @ (wanted - pixels @ weights) / len(pixels)  # half the gradient, reversed
        # Neighbouring pixels of a photo are alike: how the weights share the work hardly changes the error,
        # so the steps that decide it are tiny. Momentum adds them up, to a hundred times their length.
        velocity = MOMENTUM * velocity + rate * downhill
        weights = weights + velocity
    return weights, float(targets.mean() - means @ weights)


def find_kernel(before: np.ndarray, after: np.ndarray, shape: tuple[int, int]) -> tuple[np.ndarray, float]:
    """Return the kernel of that shape, and the offset, that turn one gray image into another."""
    windows = np.lib.stride_tricks.sliding_window_view(before, shape).reshape(-1, shape[0] * shape[1])
    (height, width), rows, columns = after.shape, shape[0] // 2, shape[1] // 2
    targets = after[rows : height - rows, columns : width - columns].ravel()
    some = np.flatnonzero((targets > 0) & (targets < 255))  # the sum of a 0 or 255 may have been cut off
    some = some[:: len(some) // PIXELS + 1]
    weights, offset = descend(windows[some].astype(np.float64), targets[some].astype(np.float64))
    return weights.reshape(shape), offset
