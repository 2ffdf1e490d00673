"""Compare a convolve with cv2.filter2D on many pixels: every difference has to be a proven tie.

python tests/tools/exactness.py takes convolve_fast through 10**8 of them, with --pixels 1e9 through 10**9.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from filtering.borders import BORDERS
from filtering.compare import compare
from filtering.fast import convolve_fast
from filtering.files import read_image

ROOT = Path(__file__).parents[2]
Function = Callable[..., np.ndarray]
UNIT = 2.0**-24 * 255  # times sum(|weights|): one float32 rounding error of the largest possible sum
KINDS = [
    "integers", "divided", "floats", "blur", "gaussian", "sparse", "halves",
    "equal", "rising", "falling", "alternating", "one large", "beside a half",
]  # fmt: skip


class Counts(NamedTuple):
    """The totals of a survey."""

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
    """Return a kernel of that kind, 1 x 1 to 31 x 31, every size as likely."""
    shape: tuple[int, ...] = tuple(2 * rng.integers(0, 16, 2) + 1)
    if kind == "integers":
        return rng.integers(-9, 10, shape).astype(np.float64)
    if kind == "divided":
        numbers = rng.integers(0, 10, shape)
        return numbers / max(1, int(numbers.sum()))
    if kind == "floats":
        floats = rng.normal(size=shape)
        return floats * (float(rng.choice([1, 3, 30])) / float(np.abs(floats).sum()))
    if kind == "blur":
        return np.full(shape, 1 / np.prod(shape))
    if kind == "gaussian":
        return np.outer(*(cv2.getGaussianKernel(side, -1) for side in shape))
    if kind == "sparse":
        return np.where(rng.random(shape) < 0.1, rng.normal(size=shape), 0)
    if kind == "halves":  # every response is a half or a whole number
        return np.where(rng.random(shape) < 3 / np.prod(shape), 0.5, 0)
    if kind == "beside a half":
        shape = tuple(2 * rng.integers(1, 6, 2) + 1)  # filter2D sums these directly, at least on x86
        pattern = same_sign(str(rng.choice(["equal", "rising", "falling", "one large"])), shape, rng)
        return beside_a_half(pattern, rng)
    return same_sign(kind, shape, rng)


def same_sign(kind: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Return weights under which partial sums grow steadily, so that float32 errs the same way each time."""
    size = int(np.prod(shape))
    if kind == "equal":
        weights = np.ones(size)
    elif kind == "one large":
        weights = np.where(np.arange(size) == rng.integers(size), 100.0, 1.0)
    else:
        weights = np.arange(1.0, size + 1)
    if kind == "falling":
        weights = weights[::-1]
    elif kind == "alternating":
        weights = weights * np.where(np.arange(size) % 2, -0.9, 1)
    weights *= rng.uniform(0.2, 2) / np.abs(weights).sum()
    return weights.reshape(shape)


def scaled_to(weights: np.ndarray, level: int, half: float, units: float) -> np.ndarray:
    """Scale weights so that a flat image of that level gives a sum that many units above a half.

    A unit is UNIT * sum(|weights|), as in model.float_error.
    """
    return np.asarray(weights * half / (level * weights.sum() - units * UNIT * np.abs(weights).sum()))


def beside_a_half(weights: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Scale weights so that a flat level gives a sum as far from a half as float32 still crosses it.

    A search over some thousand levels, halves and distances, each summed one by one in float32.
    """
    best, farthest = weights, 0.0
    for _ in range(3000):
        level, half = int(rng.integers(150, 256)), int(rng.integers(60, 255)) + 0.5
        units = float(rng.uniform(farthest, weights.size + 2)) * float(rng.choice([-1, 1]))
        scaled = scaled_to(weights, level, half, units)
        products = scaled.ravel().astype(np.float32) * np.float32(level)
        total = np.add.accumulate(products)[-1]  # one by one; add.reduce would add in pairs
        if (total < half) == (units > 0):
            best, farthest = scaled, abs(units)
    return best


def error_images(kernel: np.ndarray, side: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Yield images on which rounding errors add up instead of cancelling, as they do on noise."""
    rows, columns = kernel.shape
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)  # each in a field larger than the kernel
    yield np.repeat(np.repeat(levels, rows + 1, axis=0), columns + 1, axis=1)
    y, x = np.mgrid[:side, :side]
    low, high = np.sort(rng.integers(0, 256, 2))
    yield ((x + y * int(rng.integers(0, 3))) % 256).astype(np.uint8)  # a ramp
    yield (x // (2 * columns) * int(low) % 256).astype(np.uint8)  # steps
    yield np.where(x // columns % 2, low, high).astype(np.uint8)  # stripes with the kernel's period
    yield np.where((x + y) % 2, low, high).astype(np.uint8)  # a checkerboard
    yield rng.choice(np.array([low, high], np.uint8), (side, side))  # two levels


def survey(convolve: Function, kernels: int, side: int, seed: int = 0) -> Counts:
    """Run that many kernels over images of noise, photos, and those on which errors add up; count.

    Noise and photos are side x side, the other images a quarter of that.
    """
    rng = np.random.default_rng(seed)
    photos = [read_image(str(ROOT / "images" / name))[0][..., 1] for name in ("coffee.png", "camera.png")]
    pixels = ties = mismatches = 0
    for number in range(kernels):
        kernel = random_kernel(KINDS[number % len(KINDS)], rng)
        border = list(BORDERS)[number % len(BORDERS)]
        photo = photos[number % 2]
        y, x = (int(rng.integers(0, max(1, length - side))) for length in photo.shape)
        natural = photo[y : y + side, x : x + side]
        noise = rng.integers(0, 256, natural.shape, dtype=np.uint8)
        for image in (natural, noise, *error_images(kernel, side // 4, rng)):
            result = compare(image, kernel, border, signed=bool(number // 2 % 2), convolve=convolve)
            pixels += result.pixels
            ties += result.ties
            mismatches += result.differing - result.ties
    return Counts(kernels, pixels, ties, mismatches)


def main() -> None:
    """Survey at least that many pixels, two kernels of each kind at a time, and print the totals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pixels", type=float, default=1e8, help="at least this many (1e9 takes minutes)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    counts, seed = Counts(), options.seed
    while counts.pixels < options.pixels:
        more = survey(convolve_fast, kernels=2 * len(KINDS), side=256, seed=seed)
        counts = Counts(*map(sum, zip(counts, more, strict=True)))
        seed += 1
    print(counts)
    raise SystemExit(counts.mismatches > 0)


if __name__ == "__main__":
    main()
