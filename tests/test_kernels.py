"""Kernels: the numbers of the bank and of all others with a name, and that their sentences are true."""

import numpy as np
import pytest

from filtering.exact import check_kernel, on_paper
from kernels import ABOUT, KERNEL_BANK, KERNELS, flip

SIDE = 21  # of the largest


def at(x: int, y: int) -> np.ndarray:
    """Weights that answer what lies that far to the right of a pixel, and below it."""
    weights = np.zeros((SIDE, SIDE), int)
    weights[SIDE // 2 + y, SIDE // 2 + x] = 1
    return weights


def mean(x: int, y: int) -> np.ndarray:
    """Weights of the mean of the window that reaches that far to the sides, and up and down."""
    window = [at(j, i) for j in range(-x, x + 1) for i in range(-y, y + 1)]
    return np.asarray(sum(window) * (1 / len(window)))


def described() -> dict[str, np.ndarray]:
    pixel, four = at(0, 0), [at(1, 0), at(-1, 0), at(0, 1), at(0, -1)]
    around = [at(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if (x, y) != (0, 0)]
    right, below = ([at(1, n) - at(-1, n) for n in (-1, 0, 1)], [at(n, 1) - at(n, -1) for n in (-1, 0, 1)])
    bell = {-2: 1, -1: 4, 0: 6, 1: 4, 2: 1}
    return {
        "small_blur": mean(3, 3),
        "large_blur": mean(10, 10),
        "sharpen": pixel + sum(pixel - neighbour for neighbour in four),
        "laplacian": sum(neighbour - pixel for neighbour in four),
        "sobel_x": right[0] + 2 * right[1] + right[2],
        "sobel_y": below[0] + 2 * below[1] + below[2],
        "identity": pixel,
        "gaussian": sum(bell[x] * bell[y] * at(x, y) for x in bell for y in bell) / 256,
        "outline": sum(pixel - neighbour for neighbour in around),
        "prewitt_x": sum(right),
        "prewitt_y": sum(below),
        "scharr_x": 3 * right[0] + 10 * right[1] + 3 * right[2],
        "scharr_y": 3 * below[0] + 10 * below[1] + 3 * below[2],
        "emboss": pixel + right[1] + below[1] + 2 * (at(1, 1) - at(-1, -1)),
        "motion_blur": mean(4, 0),
    }


def test_named_kernels_are_what_their_sentences_say() -> None:
    """A blur keeps the brightness of an even surface, an edge kernel answers it with nothing."""
    assert list(KERNELS) == list(ABOUT) == list(described())
    assert list(KERNEL_BANK) == ["small_blur", "large_blur", "sharpen", "laplacian", "sobel_x", "sobel_y"]
    edges = ("laplacian", "outline", "sobel", "prewitt", "scharr")
    for name, weights in described().items():
        kernel = KERNELS[name]
        margins = [(SIDE - taps) // 2 for taps in kernel.shape]
        assert np.array_equal(np.pad(kernel, [(margin, margin) for margin in margins]), weights), name
        integers, divisor = on_paper(check_kernel(kernel))
        assert integers.sum() == (0 if name.startswith(edges) else divisor), name
    assert all(sentence.endswith(".") and len(sentence) <= 140 for sentence in ABOUT.values())


def test_named_kernels_are_read_only_and_can_be_flipped() -> None:
    """A change would reach everything that shares the array: the bank, KERNELS, and every later call."""
    for kernel in KERNELS.values():
        with pytest.raises(ValueError, match="read-only"):
            kernel[0, 0] = 6
    assert flip(np.arange(1, 7).reshape(2, 3)).tolist() == [[6, 5, 4], [3, 2, 1]]
