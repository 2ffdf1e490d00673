"""Kernels that something else hides: thinned images, and linear light."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from test_learner import MEAN
from test_pair import exact, pixels, said, sums

from filtering.fast import convolve_fast
from filtering.learn import learn_kernel
from kernels import KERNELS

Curve = Callable[[np.ndarray], np.ndarray]


@pytest.mark.parametrize(("name", "step", "start"), [("sharpen", 2, 0), ("gaussian", 3, 1)])
def test_a_thinned_image(coffee: np.ndarray, name: str, step: int, start: int) -> None:
    after = np.ascontiguousarray(convolve_fast(coffee, KERNELS[name])[start::step, start::step])
    found = exact(coffee, after, KERNELS[name], name=name)
    assert {2: "every second pixel", 3: "every third pixel"}[step] in said(found)
    assert (found.offset, found.differing) == (0, 0)


def test_what_is_not_thinned(scene: np.ndarray) -> None:
    """A pyramid's step, a mean of equal rows, and of one grey: none tells where the pixels were."""
    gradient, flat = np.tile(np.arange(100), (80, 1)).astype(np.uint8), np.full((80, 100), 40, np.uint8)
    row = np.array([[1, 2, 1]]) / 4
    thinned = [(image, cv2.filter2D(image, -1, row)[::2, ::2].copy()) for image in (gradient, flat)]
    for before, after in [(scene, cv2.pyrDown(scene)), *thinned]:
        with pytest.raises(ValueError, match="the image after needs the size of the image before"):
            learn_kernel(before, after)


def srgb(x: np.ndarray) -> np.ndarray:
    return np.where(x <= 0.0031308, 12.92 * x, 1.055 * x ** (1 / 2.4) - 0.055)


def from_srgb(x: np.ndarray) -> np.ndarray:
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


LIGHTS = [
    ("(x / 255)^2.2", lambda x: x**2.2, lambda x: x ** (1 / 2.2), MEAN),
    ("(x / 255)^2.2", lambda x: x**2.2, lambda x: x ** (1 / 2.2), np.outer([1, 2, 1], [1, 2, 1]) / 16),
    ("sRGB's curve", from_srgb, srgb, np.ones((3, 5)) / 15),
]


@pytest.mark.parametrize(("name", "linear", "back", "kernel"), LIGHTS)
def test_linear_light(scene: np.ndarray, name: str, linear: Curve, back: Curve, kernel: np.ndarray) -> None:
    """Of an image that is dark, too, where sRGB's curve is a straight line."""
    before = scene // 2 if name.startswith("sRGB") else scene
    found = exact(before, pixels(255 * back(sums(linear(before / 255), kernel))), kernel)
    assert said(found).startswith("this kernel turns a.png into b.png, ")
    assert f"linear light, by {name}, and its result was turned back" in said(found)
