"""Kernels that something else hides: thinned images, and linear light."""

import cv2
import numpy as np
import pytest
from test_learner import MEAN
from test_pair import FLAT, GRADIENT, exact, pixels, said, sums

from filtering.fast import convolve_fast
from filtering.learn import learn_kernel
from kernels import KERNELS


def test_a_thinned_image(coffee: np.ndarray) -> None:
    for name, kept, words in [
        ("sharpen", np.s_[::2, ::2], "every second pixel of every second row\n"),
        ("gaussian", np.s_[1::3, 2::3], "every third pixel of every third row, from 2,1 on\n"),
    ]:
        after = convolve_fast(coffee, KERNELS[name])[kept].copy()
        assert words in said(exact(coffee, after, name=name, offset=0, differing=0))


def test_what_is_not_thinned(scene: np.ndarray) -> None:
    """A pyramid's step, a mean of equal rows, and of one grey: none tells where the pixels were."""
    row = np.array([[1, 2, 1]]) / 4
    thinned = [(image, cv2.filter2D(image, -1, row)[::2, ::2].copy()) for image in (GRADIENT, FLAT)]
    for before, after in [(scene, cv2.pyrDown(scene)), *thinned]:
        with pytest.raises(ValueError, match="the image after needs the size of the image before"):
            learn_kernel(before, after)


def test_linear_light(scene: np.ndarray) -> None:
    before, wide = scene // 2, np.ones((3, 5)) / 15
    x = before / 255
    y = sums(np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4), wide)
    for name, kernel, after in [
        ("(x / 255)^2.2", MEAN, sums(x**2.2, MEAN) ** (1 / 2.2)),
        ("sRGB's curve", wide, np.where(y <= 0.0031308, 12.92 * y, 1.055 * y ** (1 / 2.4) - 0.055)),
    ]:
        filtered = pixels(255 * after)
        found = exact(before, filtered, kernel)
        assert said(found).startswith("this kernel turns a.png into b.png, ")
        assert f"linear light, by {name}, and its result was turned back" in said(found)
    filtered[20:30, 20:30] ^= 1
    assert "linear light" not in said(learn_kernel(before, filtered))
