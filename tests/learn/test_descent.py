"""Gradient descent ends at the kernel that learn_kernel finds."""

import numpy as np
import pytest
from test_pair import exact, pixels, sums

from filtering.learn import descent

CASES = [
    ([[1, -2, 0], [3, 1, -1], [0, -2, 1]], 1, 128),
    (np.arange(1, 16).reshape(5, 3), 120, 0),
    ([[3, 1, 2]], 7, 0),
]


@pytest.mark.parametrize(("values", "divisor", "offset"), CASES)
def test_descent_ends_there(scene: np.ndarray, values: object, divisor: int, offset: int) -> None:
    """Rounded pixels leave less doubt about a weight than half a step of the divisor.

    Sums of whole numbers lose nothing to rounding: of an error of 3, plain steps would leave 2e-3.
    """
    kernel = np.array(values) / divisor
    after = pixels(sums(scene, kernel) + offset)
    exact(scene, after, kernel, offset=offset)
    weights, found = descent.find_kernel(scene, after, kernel.shape)
    assert np.abs(weights - kernel).max() < (1e-9 if divisor == 1 else 0.5 / divisor)
    assert round(found) == offset
