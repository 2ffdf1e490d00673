"""Responses that are no pixels: floats and int16."""

import cv2
import numpy as np
import pytest
from conftest import noise
from test_learner import GAUSSIAN
from test_pair import FLAT, GRADIENT, exact, learned, said, sums

from filtering.learn import learn_kernel
from kernels import KERNELS


def test_responses(scene: np.ndarray) -> None:
    for name, depth in [("sobel_x", cv2.CV_16S), ("sharpen", cv2.CV_32F), ("small_blur", cv2.CV_64F)]:
        after = cv2.filter2D(scene, depth, KERNELS[name], borderType=cv2.BORDER_REFLECT_101)
        exact(scene, after, KERNELS[name], name=name, border="reflect101")
    wide = np.arange(121).reshape(11, 11) / 7260
    exact(scene, sums(scene, wide), wide, border="replicate")


@pytest.mark.parametrize(("scale", "offset"), [(1, 128), (1 / 255, 0), (1e-7, 0), (1000, -5)])
def test_scaled_responses_with_an_offset(scene: np.ndarray, scale: float, offset: float) -> None:
    found = exact(scene, sums(scene, GAUSSIAN) * scale + offset, offset=offset)
    assert np.allclose(found.kernel, GAUSSIAN * scale, rtol=1e-8)  # floats have 9 digits left
    assert np.array_equal(found.kernel, found.kernel.T)


def test_responses_of_no_kernel(scene: np.ndarray) -> None:
    after = sums(scene, GAUSSIAN) + np.random.default_rng(0).normal(0, 20, scene.shape)
    found = learned(scene, after, verdict="none")
    left, change = ((after - side) ** 2 for side in (found.result, after.mean()))
    assert found.explained == pytest.approx(1 - left.sum() / change.sum())  # of the variance
    assert found.explained > 0.8
    assert said(found).startswith("no kernel turns a.png into b.png exactly")
    few = scene[:20, :20].copy()  # a large kernel would fit any few values
    random = learned(few, np.random.default_rng(0).normal(0, 50, few.shape), verdict="none")
    assert "learned" not in said(random)


def test_an_unknown_border_of_one_channel() -> None:
    image = noise(30, 40, 3)
    after = sums(image, GAUSSIAN)
    after[0, :, 1] += 10
    after[:, -1, 1] += 10
    assert learned(image, after, GAUSSIAN, verdict="nearly", differing=69, border="unknown").borders == []


def test_what_is_not_determined(scene: np.ndarray) -> None:
    for before in (GRADIENT, FLAT):
        found = learned(before, cv2.filter2D(before, cv2.CV_32F, GAUSSIAN), verdict="none")
        assert said(found).startswith("a.png does not determine a kernel: ")
    blank = learn_kernel(scene, np.zeros(scene.shape, np.int16))
    assert said(blank).startswith("all pixels of b.png are 0: ")


def test_tiny_and_huge_responses() -> None:
    """No error is too small or too large to be written."""
    for values in (np.array([[1.5]]), np.full((3, 3), 1e6) * noise(3, 3)):
        assert said(learn_kernel(noise(*values.shape), values))


def test_responses_that_are_refused(scene: np.ndarray) -> None:
    for after, rule in [
        (np.zeros((9, 9)), "responses need the shape of the image before"),
        (np.full(scene.shape, np.nan), "and finite values"),
        (np.full(scene.shape, 10**6), "whole responses need to fit into int16"),
    ]:
        with pytest.raises(ValueError, match=rule):
            learn_kernel(scene, after)
