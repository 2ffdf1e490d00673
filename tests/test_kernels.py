"""Kernels: the numbers of the bank and of all others with a name, and that their sentences are true."""

from fractions import Fraction

import numpy as np
import pytest

from filtering.compare import compare
from filtering.exact import check_kernel, on_paper
from kernels import ABOUT, KERNEL_BANK, KERNELS, flip


def test_bank_is_the_tutorials() -> None:
    assert list(KERNEL_BANK) == ["small_blur", "large_blur", "sharpen", "laplacian", "sobel_x", "sobel_y"]
    assert (KERNEL_BANK["small_blur"] == np.ones((7, 7)) * (1.0 / 49)).all()
    assert (KERNEL_BANK["large_blur"] == np.ones((21, 21)) * (1.0 / 441)).all()
    assert KERNEL_BANK["sharpen"].tolist() == [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]
    assert KERNEL_BANK["laplacian"].tolist() == [[0, 1, 0], [1, -4, 1], [0, 1, 0]]
    assert KERNEL_BANK["sobel_x"].tolist() == [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    assert KERNEL_BANK["sobel_y"].tolist() == [[-1, -2, -1], [0, 0, 0], [1, 2, 1]]


def test_named_kernels() -> None:
    more = ["identity", "gaussian", "outline", "prewitt_x", "prewitt_y", "scharr_x", "scharr_y", "emboss"]
    assert list(KERNELS) == [*KERNEL_BANK, *more, "motion_blur"]
    for kernel in KERNELS.values():
        assert kernel.dtype == np.float64
        assert np.array_equal(check_kernel(kernel), kernel)
    assert (KERNELS["gaussian"] * 256)[2].tolist() == [6, 24, 36, 24, 6]


def test_sum_is_brightness() -> None:
    """A blur keeps the brightness of an even surface, an edge kernel answers it with nothing."""
    edges = ["laplacian", "outline", "sobel", "prewitt", "scharr"]
    for name, kernel in KERNELS.items():
        integers, divisor = on_paper(kernel)
        assert Fraction(int(integers.sum()), divisor) == (0 if name.startswith(tuple(edges)) else 1), name


def test_named_kernels_are_read_only() -> None:
    """A change would reach everything that shares the array: the bank, KERNELS, and every later call."""
    assert KERNELS["sharpen"] is KERNEL_BANK["sharpen"]
    for kernel in KERNELS.values():
        with pytest.raises(ValueError, match="read-only"):
            kernel[0, 0] = 6


def moved(image: np.ndarray, right: int = 0, down: int = 0) -> np.ndarray:
    """What lies that far to the right of each pixel, and below it."""
    return np.roll(image.astype(int), (-down, -right), (0, 1))


def test_sentences_are_true() -> None:
    """Each kernel is what its sentence says, computed without a kernel on an image that goes round."""
    assert list(ABOUT) == list(KERNELS)
    assert all(sentence.endswith(".") and len(sentence) <= 140 for sentence in ABOUT.values())
    image = np.random.default_rng(0).integers(0, 256, (25, 31), np.uint8)
    p = image.astype(int)
    around = [moved(p, x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if (x, y) != (0, 0)]
    four = [moved(p, 1), moved(p, -1), moved(p, 0, 1), moved(p, 0, -1)]
    across, down = moved(p, 1) - moved(p, -1), moved(p, 0, 1) - moved(p, 0, -1)

    def mean(x: int, y: int) -> np.ndarray:
        window = [moved(p, j, i) for j in range(-x, x + 1) for i in range(-y, y + 1)]
        return np.asarray(np.mean(window, axis=0))

    bell, near = [1, 4, 6, 4, 1], range(-2, 3)
    lower_right, upper_left = moved(p, 1, 1), moved(p, -1, -1)
    expected = {
        "small_blur": mean(3, 3),
        "large_blur": mean(10, 10),
        "sharpen": p + sum(p - neighbour for neighbour in four),
        "laplacian": sum(neighbour - p for neighbour in four),
        "sobel_x": moved(across, 0, -1) + 2 * across + moved(across, 0, 1),
        "sobel_y": moved(down, -1) + 2 * down + moved(down, 1),
        "identity": p,
        "gaussian": sum(bell[i] * bell[j] * moved(p, j - 2, i - 2) for i in range(5) for j in range(5)) / 256,
        "outline": sum(p - neighbour for neighbour in around),
        "prewitt_x": moved(across, 0, -1) + across + moved(across, 0, 1),
        "prewitt_y": moved(down, -1) + down + moved(down, 1),
        "scharr_x": 3 * moved(across, 0, -1) + 10 * across + 3 * moved(across, 0, 1),
        "scharr_y": 3 * moved(down, -1) + 10 * down + 3 * moved(down, 1),
        "emboss": p + across + down + 2 * (lower_right - upper_left),
        "motion_blur": mean(4, 0),
    }
    for name, kernel in KERNELS.items():
        ours = compare(image, kernel, "wrap", signed=True).ours
        assert np.array_equal(ours, np.rint(np.round(expected[name], 9))), name
    # Nearer pixels count more; even slopes give 0; brighter ahead is positive; light is from the top left.
    counts = sorted((i * i + j * j, -KERNELS["gaussian"][i + 2, j + 2]) for i in near for j in near)
    assert [weight for _, weight in counts] == sorted(weight for _, weight in counts)
    slope = np.add.outer(np.arange(9), 3 * np.arange(9)).astype(np.uint8)
    assert not compare(slope, KERNELS["laplacian"], signed=True).ours[1:-1, 1:-1].any()
    assert (compare(slope, KERNELS["sobel_x"], signed=True).ours[1:-1, 1:-1] == 8 * 3).all()
    assert (compare(slope, KERNELS["sobel_y"], signed=True).ours[1:-1, 1:-1] == 8 * 1).all()
    relief = compare(np.pad(np.full((5, 5), 150, np.uint8), 5, constant_values=100), KERNELS["emboss"]).ours
    assert relief[5, 5] > 150 > relief[9, 9]


def test_flip_turns_by_180_degrees() -> None:
    assert flip(np.arange(1, 7).reshape(2, 3)).tolist() == [[6, 5, 4], [3, 2, 1]]
