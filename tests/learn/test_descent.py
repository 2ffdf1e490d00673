"""Gradient descent ends at the kernel that learn_kernel finds."""

import numpy as np
import pytest

from filtering.fast import convolve_fast
from filtering.learn import descent, learn_kernel

CASES = {
    "whole numbers": ([[1, -2, 0], [3, 1, -1], [0, -2, 1]], 1, 0),
    "an offset": ([[-1, 0, 0], [0, 0, 0], [0, 0, 1]], 1, 128),
    "a divisor": ([[1, 2, 0], [3, 4, 5], [0, 1, 2]], 20, 0),
    "5 x 3": ([[1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, 12], [13, 14, 15]], 120, 0),
    "one row": ([[3, 1, 2]], 7, 0),
}


def filtered(image: np.ndarray, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the kernel of a case, and what it makes of an image, saturated."""
    values, divisor, offset = CASES[name]
    kernel = np.array(values) / divisor
    return kernel, (convolve_fast(image, kernel, signed=True) + offset).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("name", CASES)
def test_descent_ends_at_the_same_kernel(scene: np.ndarray, name: str) -> None:
    """Rounded pixels leave less doubt about a weight than half a step of the divisor."""
    kernel, after = filtered(scene, name)
    divisor = CASES[name][1]
    learned = learn_kernel(scene, after)
    weights, offset = descent.find_kernel(scene, after, kernel.shape)
    assert np.array_equal(learned.kernel, kernel)
    assert np.array_equal(np.rint(weights * divisor) / divisor, learned.kernel)
    assert round(offset) == learned.offset == CASES[name][2]


@pytest.mark.parametrize(("momentum", "arrives"), [(0.99, True), (0.0, False), (1.0, False)])
def test_momentum_brings_it_there(
    scene: np.ndarray, monkeypatch: pytest.MonkeyPatch, momentum: float, arrives: bool
) -> None:
    """Sums of whole numbers lose nothing to rounding, so all that may be missing is the rest of the way.

    Of a weight's first error, up to 3, momentum leaves sqrt(0.99)**5000 = 1e-11; plain steps leave 2e-3 on a
    photo, and with momentum 1 the weights swing around the kernel for ever.
    """
    kernel, after = filtered(scene, "whole numbers")
    monkeypatch.setattr(descent, "MOMENTUM", momentum)
    weights, _ = descent.find_kernel(scene, after, kernel.shape)
    assert (np.abs(weights - kernel).max() < 1e-9) == arrives
