"""Compare: filter2D with our conventions, and a verdict that counts every pixel."""

import cv2
import numpy as np
import pytest
from conftest import SHAPES, noise

from borders import BORDERS, pad
from compare import Comparison, compare, filter2d
from convolutions import convolve
from kernels import KERNEL_BANK

LOPSIDED = np.arange(15.0).reshape(3, 5)


def run(image: np.ndarray, function: object = convolve, signed: bool = False) -> Comparison:
    return compare("lopsided", LOPSIDED / 105, image, "replicate", signed, function)  # type: ignore[arg-type]


@pytest.mark.parametrize("border", [name for name in BORDERS if name != "wrap"])
def test_filter2d_is_opencv_with_that_border(border: str) -> None:
    image = noise(9, 8)
    expected = cv2.filter2D(image, -1, LOPSIDED, borderType=BORDERS[border].opencv)
    assert np.array_equal(filter2d(image, LOPSIDED, border), expected)


def test_wrap_is_the_middle_of_a_tiled_picture() -> None:
    image = noise(9, 8)
    tiled = cv2.filter2D(np.tile(image, (3, 3)), -1, LOPSIDED)
    assert np.array_equal(filter2d(image, LOPSIDED, "wrap"), tiled[9:18, 8:16])
    assert np.array_equal(pad(image, 9, 8, "wrap"), np.tile(image, (3, 3)))


@pytest.mark.parametrize("shape", [*SHAPES, (4, 5, 1), (4, 5, 3), (1, 1, 4)])
@pytest.mark.parametrize("border", BORDERS)
def test_filter2d_keeps_the_shape(border: str, shape: tuple[int, ...]) -> None:
    assert filter2d(noise(*shape), LOPSIDED, border).shape == shape
    assert filter2d(noise(*shape), LOPSIDED, border, signed=True).dtype == np.int16


def test_identical() -> None:
    result = run(noise(6, 7))
    assert (result.verdict, result.verdict_text) == ("identical", "identical")
    assert (result.pixels, result.differing, result.max_difference, result.first) == (42, 0, 0, None)
    assert result.convolve_seconds > 0 < result.filter2d_seconds


@pytest.mark.parametrize("shape", [(6, 7), (6, 7, 3)])
def test_counts_what_differs(shape: tuple[int, ...]) -> None:
    """Two pixels are spoilt, one of them, in colour, in two channels."""

    def wrong(image: np.ndarray, kernel: np.ndarray, border: str, signed: bool) -> np.ndarray:
        output = filter2d(image, kernel, border, signed)
        output[4, 2] ^= 5
        output.reshape(6, 7, -1)[5, 0, -1] ^= 64
        return output

    result = run(noise(*shape), wrong)
    assert (result.verdict, result.verdict_text) == ("different", "2 pixels differ")
    assert (result.pixels, result.differing, result.max_difference, result.first) == (42, 2, 64, (2, 4))


def test_differences_do_not_wrap_around() -> None:
    def wrong(image: np.ndarray, kernel: np.ndarray, border: str, signed: bool) -> np.ndarray:
        return np.full(image.shape, -32768, np.int16)

    result = compare("bright", np.array([[200.0]]), np.full((1, 1), 255, np.uint8), "zero", True, wrong)
    assert (result.max_difference, result.verdict_text) == (65535, "1 pixel differs")


def test_same_border_on_both_sides() -> None:
    seen = []

    def spy(image: np.ndarray, kernel: np.ndarray, border: str, signed: bool) -> np.ndarray:
        seen.append((border, signed))
        return convolve(image, kernel, border, signed=signed)

    for border in BORDERS:
        assert compare("k", KERNEL_BANK["sobel_x"], noise(4, 6), border, True, spy).verdict == "identical"
    assert seen == [(border, True) for border in BORDERS]
