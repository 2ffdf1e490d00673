"""A pair of images: laid upon each other, and the pixels of it that a kernel is learned from."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from conftest import noise

from filtering.learn import Learned, learn_kernel
from filtering.learn.pair import Pair, make_pair, planes_of
from filtering.learn.report import learned_text

Change = Callable[[np.ndarray], np.ndarray]
FLAT = np.full((80, 100), 40, np.uint8)
GRADIENT = np.tile(np.arange(100, dtype=np.uint8), (80, 1))


def pair_of(before: np.ndarray, after: np.ndarray) -> Pair:
    pair = make_pair(*planes_of(before, after))
    assert pair is not None
    return pair


def learned(before: np.ndarray, after: np.ndarray, kernel: object = None, **facts: Any) -> Learned:
    """Learn from two images, compare the kernel and other facts with what is expected, and return all."""
    found = learn_kernel(before, after)
    assert {name: getattr(found, name) for name in facts} == facts
    assert kernel is None or np.array_equal(found.kernel, np.array(kernel))
    return found


def exact(before: np.ndarray, after: np.ndarray, kernel: object = None, **facts: Any) -> Learned:
    return learned(before, after, kernel, verdict="exact", **facts)


def said(found: Learned, *jpegs: str) -> str:
    return learned_text(found, "a.png", "b.png", jpegs)


def sums(image: np.ndarray, kernel: np.ndarray, border: int = cv2.BORDER_REPLICATE) -> np.ndarray:
    return cv2.filter2D(image, cv2.CV_64F, kernel, borderType=border)


def pixels(values: np.ndarray) -> np.ndarray:
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)


def test_how_much_smaller_an_image_may_be() -> None:
    """By the reach of the largest kernel, 15, on both sides; if by more, it has to be a part."""
    before = noise(60, 70)
    for smaller, too_small in ((before[30:], before[31:]), (before[:, 30:], before[:, 31:])):
        assert pair_of(before, smaller).cropped
        assert make_pair(*planes_of(before, too_small)) is None
        exact(before, too_small, name="identity")


@pytest.mark.parametrize("most", [10, 100_000])
def test_a_sample_is_of_pixels_that_are_not_saturated(most: int) -> None:
    after = np.array([0, 128, 255], np.uint8)[noise(300, 40) % 3]
    pair = pair_of(noise(300, 40, seed=1), after)
    places = pair.sample((1, 2), most)
    assert 0 < len(places) <= most
    assert (pair.after[tuple(places.T)] == 128).all()
    assert (places.min(axis=0) >= (0, 1, 2)).all()


def test_images_that_do_not_go_together() -> None:
    before, size = noise(60, 70), "needs the size of the image before, 70 x 60, or to be a part of it, got "
    for after, message in [
        (noise(70, 60), size + "60 x 70"),
        (noise(60, 71), size + "71 x 60"),
        (noise(29, 70, seed=5), size + "70 x 29"),
        (noise(60, 70, 3), "same channels"),
    ]:
        with pytest.raises(ValueError, match=message):
            learn_kernel(before, after)


def test_images_are_not_modified() -> None:
    before, after = noise(20, 30), noise(20, 30, seed=1)
    learn_kernel(before, after)
    assert np.array_equal(before, noise(20, 30))
    assert np.array_equal(after, noise(20, 30, seed=1))
