"""Kernels without a divisor: as few decimals as explain every pixel."""

import cv2
import numpy as np
import pytest
from conftest import noise
from test_pair import pair_of

from filtering.fast import convolve_fast
from filtering.learn import learn_kernel
from filtering.learn.decimals import explaining
from filtering.learn.estimate import least_squares


@pytest.mark.parametrize("taps", [(5, 5), (7, 3)])
def test_decimals(scene: np.ndarray, taps: tuple[int, int]) -> None:
    """A kernel without a divisor: other weights give the same pixels, so these are within the error."""
    kernel = cv2.getGaussianKernel(taps[0], 0.9) @ cv2.getGaussianKernel(taps[1], 0.9).T
    learned = learn_kernel(scene, convolve_fast(scene, kernel, "wrap"))
    assert (learned.verdict, learned.border, learned.kernel.shape) == ("exact", "wrap", taps)
    assert learned.errors is not None
    assert (np.abs(learned.kernel - kernel) < 4 * learned.errors).all()


def test_decimals_are_as_few_as_explain_every_pixel(coffee: np.ndarray) -> None:
    column, inside = cv2.getGaussianKernel(3, 0.9), np.s_[1:-1, 1:-1]
    after = convolve_fast(coffee, column @ column.T)
    kernel = learn_kernel(coffee, after[inside]).kernel
    digits = next(n for n in range(10) if np.array_equal(kernel.round(n), kernel))
    for n in range(3, digits + 1):
        equal = np.array_equal(convolve_fast(coffee, kernel.round(n))[inside], after[inside])
        assert equal == (n == digits)


def test_decimals_with_an_offset_where_some_pixels_are_saturated(scene: np.ndarray) -> None:
    column = cv2.getGaussianKernel(3, 0.9)
    for offset in (-60, 60):
        sums = cv2.filter2D(scene, cv2.CV_64F, column @ column.T, borderType=cv2.BORDER_REFLECT_101)
        after = np.clip(np.rint(sums + offset), 0, 255).astype(np.uint8)
        assert np.isin(after, [0, 255]).any()
        learned = learn_kernel(scene, after)
        assert (learned.verdict, learned.offset) == ("exact", offset)


def test_decimals_need_pixels() -> None:
    """Too many kernels of nine weights explain 81 pixels; of those that explain 100, each is near."""
    column = np.array([[0.2731], [0.4538], [0.3217]])  # with a name it would not need them
    for side, verdict in [(11, "nearly"), (12, "exact")]:
        image = noise(side, side)
        assert learn_kernel(image, convolve_fast(image, column @ column.T)).verdict == verdict


def test_no_decimals_are_looked_for_where_none_are_near(scene: np.ndarray) -> None:
    kernel = cv2.getGaussianKernel(5, 0.9) @ cv2.getGaussianKernel(5, 0.9).T
    curved = np.rint(255 * (convolve_fast(scene, kernel) / 255) ** 1.3).astype(np.uint8)
    pair = pair_of(scene, curved)
    assert explaining(pair, least_squares(pair, pair.sample((2, 2), 4000), (5, 5))) is None
