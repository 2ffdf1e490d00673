"""The search: the likeliest kernel of those that fit; where others fit as well, it is said."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from conftest import noise
from PIL import Image, ImageFilter
from test_learner import ASYMMETRIC, BINOMIAL, FIFTH, MEAN, drawing
from test_pair import exact, learned, pair_of, pixels, said, sums

from filtering.fast import convolve_fast
from filtering.learn import learn_kernel
from filtering.learn.explain import explain
from filtering.learn.search import Right, distance, without_rim
from kernels import KERNELS


def dot(level: int, ground: int = 0) -> np.ndarray:
    return np.pad(np.full((1, 1), level, np.uint8), [(20, 20), (23, 23)], constant_values=ground)


def disk(high: int, low: int = 0) -> np.ndarray:
    return cv2.circle(np.full((101, 101), low, np.uint8), (50, 50), 30, high, -1)


READ_OFF = [
    (dot(255), BINOMIAL, True), (dot(255), ASYMMETRIC, True), (dot(200, 100), MEAN, True),
    (disk(255), MEAN, True), (disk(255), ASYMMETRIC, True), (disk(200, 40), BINOMIAL, True),
    (drawing(), FIFTH, False), (drawing(), ASYMMETRIC, False), (noise(60, 80), BINOMIAL, False),
    (np.tile(dot(255)[16:25, 19:28], (6, 7)), FIFTH, True),
]  # fmt: skip


@pytest.mark.parametrize(("image", "kernel", "doubt"), READ_OFF)
def test_a_kernel_is_read_off_dots_and_shapes(image: np.ndarray, kernel: np.ndarray, doubt: bool) -> None:
    """On a disk, weights over 255 that are rounded up give the same pixels as those over 256."""
    found = exact(image, convolve_fast(image, kernel, "reflect101"))
    apart = distance(found.kernel, kernel)
    assert apart == 0 or (kernel is ASYMMETRIC and found.errors is not None and apart <= found.errors.max())
    assert ("other weights" in said(found)) == (found.errors is not None) == doubt


@pytest.mark.parametrize("seed", range(2))
def test_decimals_on_black_and_white_come_with_doubt(seed: int) -> None:
    """There are at most 512 windows of 3 x 3, however many pixels: whole numbers would be made up."""
    random = np.random.default_rng(seed)
    image: np.ndarray = np.where(random.random((80, 100)) < 0.5, 0, 255).astype(np.uint8)
    kernel = random.random((3, 3))
    found = learn_kernel(image, cv2.filter2D(image, -1, kernel / kernel.sum()))
    assert found.verdict != "exact" or found.errors is not None
    assert found.errors is None or distance(found.kernel, kernel / kernel.sum()) <= found.errors.max()


def test_too_few_pixels_come_with_doubt() -> None:
    """A periodic image does not tell a shift from another; any line goes through nine pixels."""
    image = np.tile(noise(4, 4), (20, 20))
    nine = [noise(3, 3, seed=seed) for seed in range(6)]
    pairs = [(image, np.roll(image, 3, axis=1)), *((one, pixels(0.82 * one)) for one in nine)]
    for before, after in pairs:
        found = learn_kernel(before, after)
        assert found.verdict in ("exact", "none")
        assert (found.errors is not None) == (found.verdict == "exact") or found.open is not None


@pytest.mark.parametrize("name", ["sobel_x", "laplacian"])
def test_absolute_value_and_wrapping(scene: np.ndarray, name: str) -> None:
    """The sign of absolute values is open: the kernel with a name is told, the other one not kept back."""
    responses = convolve_fast(scene, KERNELS[name], signed=True)
    found = exact(scene, cv2.convertScaleAbs(responses), range="absolute-value", name=name)
    assert "So the opposite weights give the same pixels." in said(found)
    exact(scene, (responses % 256).astype(np.uint8), range="wrap-modulo-256", name=name)


def test_column_times_row() -> None:
    """Over 256 each, as those of OpenCV's bell, or over 5376, they are found one after the other."""
    row = np.array([1, 8, 27, 55, 74, 55, 27, 8, 1]) / 256
    image = noise(120, 150)
    exact(image, cv2.sepFilter2D(image, -1, row, row), np.outer(row, row), border="reflect101")
    across = np.outer([3, 29, 192, 29, 3], [-1, -7, 0, 7, 1]) / (256 * 21)  # one of them sums to 0
    for kernel in (across, across.T):
        exact(image, pixels(sums(image, kernel) + 128), kernel, offset=128)


def test_a_rim_of_zeros_does_not_count(scene: np.ndarray) -> None:
    kernel = np.array([[1, 0, 2], [0, 5, 0], [3, 0, 0]]) / 11
    table = (11 * np.pad(kernel[::-1], 1)).ravel().tolist()
    after = np.asarray(Image.fromarray(scene).filter(ImageFilter.Kernel((5, 5), table, scale=11)))
    exact(scene, after, np.pad(kernel, 1), border="left-unfiltered")
    edges = noise(*scene.shape)
    edges[2:-2, 2:-2] = after[2:-2, 2:-2]
    assert np.array_equal(learned(scene, edges).kernel, np.pad(kernel, 1))  # as far as the edges are wrong
    edges[1:-1, 1:-1] = pixels(sums(scene, kernel))[1:-1, 1:-1]
    assert np.array_equal(learned(scene, edges).kernel, kernel)
    whole = np.array([[0, 0, 0], [0, 5, 2], [0, 1, 4]])  # rims go in pairs
    assert np.array_equal(without_rim(np.pad(whole, [(1, 1), (2, 2)])), whole)


def test_a_kernel_is_sure_without_doubt_and_ties() -> None:
    outcome = explain(pair_of(noise(9, 12), noise(9, 12)), np.ones((1, 1)))
    assert outcome is not None
    for doubt, ties in ((0, 0), (1, 0), (0, 1)):
        assert Right(replace(outcome, ties=ties), doubt, 0).sure == (doubt == ties == 0)


def test_kernels_are_compared_centre_upon_centre() -> None:
    assert distance(np.array([[1, 2, 3]]), np.array([[0], [5], [-4]])) == 4
    assert distance(np.pad(BINOMIAL, [(1, 1), (0, 0)]), np.pad(BINOMIAL, [(0, 0), (2, 2)])) == 0
