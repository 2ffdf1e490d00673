"""Kernels without a divisor: as few decimals as explain every pixel."""

import cv2
import numpy as np
from conftest import noise
from test_pair import exact, learned, pair_of, pixels, sums

from filtering.fast import convolve_fast
from filtering.learn import learn_kernel
from filtering.learn.decimals import explaining
from filtering.learn.estimate import least_squares


def bell(rows: int, columns: int, sigma: float = 0.9) -> np.ndarray:
    return np.outer(cv2.getGaussianKernel(rows, sigma), cv2.getGaussianKernel(columns, sigma))


def test_decimals_are_within_the_error(scene: np.ndarray) -> None:
    found = exact(scene, convolve_fast(scene, bell(7, 3), "wrap"), border="wrap")
    assert found.errors is not None
    assert (np.abs(found.kernel - bell(7, 3)) < 4 * found.errors).all()


def test_decimals_are_as_few_as_explain_every_pixel(coffee: np.ndarray) -> None:
    inside = np.s_[1:-1, 1:-1]
    after = convolve_fast(coffee, bell(3, 3))
    kernel = learn_kernel(coffee, after[inside]).kernel
    digits = next(n for n in range(10) if np.array_equal(kernel.round(n), kernel))
    for n in range(3, digits + 1):
        equal = np.array_equal(convolve_fast(coffee, kernel.round(n))[inside], after[inside])
        assert equal == (n == digits)


def test_decimals_with_an_offset(scene: np.ndarray) -> None:
    """Where some pixels are saturated; and with decimals in the offset, too."""
    image = noise(40, 50)
    after = pixels(sums(image, 1.5 * bell(3, 3)) - 60)
    assert np.isin([0, 255], after).all()
    exact(image, after, offset=-60)
    found = exact(scene, cv2.filter2D(scene, -1, bell(3, 3, 0.8), delta=0.25))
    assert found.differing == found.ties


def test_decimals_need_pixels() -> None:
    """Too many kernels of nine weights explain 81 pixels; of those that explain 100, each is near."""
    column = np.array([[0.2731], [0.4538], [0.3217]])  # with a name it would not need them
    for side, verdict in [(11, "nearly"), (12, "exact")]:
        image = noise(side, side)
        learned(image, convolve_fast(image, column @ column.T), verdict=verdict)


def test_no_decimals_are_looked_for_where_none_are_near(scene: np.ndarray) -> None:
    pair = pair_of(scene, pixels(255 * (convolve_fast(scene, bell(5, 5)) / 255) ** 1.3))
    assert explaining(pair, least_squares(pair, pair.sample((2, 2), 4000), (5, 5))) is None
