"""Names of learned kernels, and of what they are like."""

import cv2
import numpy as np
import pytest

from filtering.learn.names import likeness, name_of
from kernels import KERNELS

CENTRE = np.pad([[1.0]], 1)


def test_names() -> None:
    for kernel, name in [
        (KERNELS["sobel_x"], "sobel_x"),
        (KERNELS["sobel_x"] / 3, "sobel_x / 3"),
        (KERNELS["sobel_x"] * 0.3333333, None),  # nearly / 3
        (-2 * KERNELS["laplacian"], "laplacian * -2"),
        (np.full((3, 3), 1 / 9), "mean of 3 x 3"),
        (np.eye(5)[::-1] / 5, "motion blur up to the right, 5 pixels"),
        (CENTRE - 0.5 * KERNELS["laplacian"], "sharpen, strength 0.5"),
        (CENTRE + KERNELS["outline"], "sharpen by all 8 neighbours, strength 1"),
        (np.array([[1.0, 2, 3]]), None),
        (np.array([[3.0]]), None),
    ]:
        assert name_of(kernel) == name


@pytest.mark.parametrize("sigma", [0.8, 1.04, 2.5])
def test_what_a_kernel_is_like(sigma: float) -> None:
    row = cv2.getGaussianKernel(9, sigma)
    gaussian, bumpy = row * row.T, row * row.T
    words = f"like a Gaussian of sigma {sigma:.2f}: the weights differ by up to "
    assert likeness(gaussian).startswith(words)
    mask = likeness(2.5 * np.pad(CENTRE, 3) - 1.5 * gaussian)
    assert mask.startswith(f"like an unsharp mask of amount 1.50, sigma {sigma:.2f}: ")
    bumpy[0, 4] += 0.1
    for kernel in (bumpy, -gaussian, gaussian[:, 1:], gaussian - 1 / 81, np.ones((1, 1)), np.eye(3) / 3):
        assert likeness(kernel) == ""
