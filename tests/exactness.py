"""Compare a convolve with cv2.filter2D on many pixels: every difference has to be a proven tie.

PYTHONPATH=. python tests/exactness.py takes convolve_fast through 10**8 of them.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from conftest import ROOT

from borders import BORDERS
from compare import compare
from fast import convolve_fast
from pixels import read_picture

Function = Callable[..., np.ndarray]
KINDS = ["integers", "divided", "floats", "blur", "gaussian", "sparse", "halves"]


@dataclass
class Counts:
    """What came of it."""

    kernels: int = 0
    pixels: int = 0
    ties: int = 0
    mismatches: int = 0

    def __str__(self) -> str:
        return (
            f"{self.kernels} kernels, {self.pixels:,} pixels compared with cv2.filter2D: "
            f"{self.mismatches} mismatches, {self.ties:,} ties, the others identical"
        )


def random_kernel(kind: str, rng: np.random.Generator) -> np.ndarray:
    """A kernel of that kind, 1 x 1 to 31 x 31, every size as likely."""
    kernel: np.ndarray
    shape = tuple(2 * rng.integers(0, 16, 2) + 1)
    if kind == "integers":
        kernel = rng.integers(-9, 10, shape).astype(np.float64)
    elif kind == "divided":
        kernel = rng.integers(0, 10, shape).astype(np.float64)
        kernel /= max(1, kernel.sum())
    elif kind == "floats":
        kernel = rng.normal(size=shape)
        kernel *= rng.choice([1, 3, 30]) / np.abs(kernel).sum()
    elif kind == "blur":
        kernel = np.ones(shape) / np.prod(shape)
    elif kind == "gaussian":
        kernel = cv2.getGaussianKernel(shape[0], -1) @ cv2.getGaussianKernel(shape[1], -1).T
    elif kind == "sparse":
        kernel = np.where(rng.random(shape) < 0.1, rng.normal(size=shape), 0)
    else:  # halves: every answer is a tie, or a whole number
        kernel = np.where(rng.random(shape) < 3 / np.prod(shape), 0.5, 0)
    return kernel


def survey(convolve: Function, kernels: int, side: int, seed: int = 0) -> Counts:
    """Run that many kernels over two pictures of side x side, noise and a part of a photo; count."""
    rng = np.random.default_rng(seed)
    photos = [read_picture(str(ROOT / "images" / name))[0][..., 1] for name in ("coffee.png", "camera.png")]
    counts = Counts()
    for number in range(kernels):
        kernel = random_kernel(KINDS[number % len(KINDS)], rng)
        border = list(BORDERS)[number % len(BORDERS)]
        photo = photos[number % 2]
        y, x = (int(rng.integers(0, max(1, length - side))) for length in photo.shape)
        natural = photo[y : y + side, x : x + side]
        noise = rng.integers(0, 256, natural.shape, dtype=np.uint8)
        for image in (natural, noise):
            result = compare("", kernel, image, border, bool(number // 2 % 2), convolve)
            counts.pixels += result.pixels
            counts.ties += result.ties
            counts.mismatches += result.differing - result.ties
        counts.kernels += 1
    return counts


if __name__ == "__main__":
    print(survey(convolve_fast, kernels=220, side=512))
