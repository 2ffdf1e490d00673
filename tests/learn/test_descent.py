"""Gradient descent ends at the kernel that learn_kernel finds."""

import numpy as np
from test_pair import exact, pixels, sums

from filtering.learn import descent


def test_descent_ends_there(scene: np.ndarray) -> None:
    """Rounded pixels leave less doubt about a weight than half a step of the divisor.

    Sums of whole numbers lose nothing to rounding: of an error of 3, plain steps would leave 2e-3.
    """
    whole, column = np.array([[1, -2, 0], [3, 1, -1], [0, -2, 1]]), np.arange(1, 16).reshape(5, 3) / 120
    for kernel, offset, error in ((whole, 128, 1e-9), (column, 0, 0.5 / 120)):
        after = pixels(sums(scene, kernel) + offset)
        exact(scene, after, kernel, offset=offset)
        weights, found = descent.find_kernel(scene, after, kernel.shape)
        assert np.abs(weights - kernel).max() < error
        assert round(found) == offset
