"""Ties: the bound on filter2D's float32 error holds where errors add up, and proves the bank on any image."""

import importlib
import json
import os
import subprocess
import sys
from fractions import Fraction

import cv2
import numpy as np
import pytest
from conftest import ROOT
from exactness import UNIT, scaled_to, survey

from convolutions import convolve
from filtering.compare import DFT_AREA, are_ties, compare, float32_error
from filtering.exact import on_paper
from filtering.fast import convolve_fast
from kernels import KERNELS

DIRECT = {name: kernel for name, kernel in KERNELS.items() if kernel.size < DFT_AREA}


def half_distance(value: Fraction) -> Fraction:
    return abs(value % 1 - Fraction(1, 2))


@pytest.mark.parametrize("name", DIRECT)
def test_no_image_can_make_filter2d_differ(name: str) -> None:
    """Proof, in exact arithmetic, for every sum there can be of pixels from 0 to 255.

    Either float32 makes no error at all: weights and partial sums are whole numbers below 2**24 over a power
    of two. Or no sum is within filter2D's error of a half, so both round it to the same pixel.
    """
    weights, divisor = on_paper(KERNELS[name])
    lowest, highest = (255 * sum(sign(int(w), 0) for w in weights.ravel()) for sign in (min, max))
    if divisor & (divisor - 1) == 0:
        assert 255 * sum(abs(int(weight)) for weight in weights.ravel()) < 2**24
        assert (KERNELS[name].astype(np.float32) == KERNELS[name]).all()
    else:
        assert highest - lowest > divisor  # so the sums have every rest
        nearest = min(half_distance(Fraction(rest, divisor)) for rest in range(divisor))
        assert nearest > Fraction(float32_error(KERNELS[name]))


def test_the_one_kernel_that_is_measured_only() -> None:
    """large_blur goes through filter2D's Fourier transform, for which there is no proven bound."""
    assert KERNELS.keys() - DIRECT.keys() == {"large_blur"}
    # Its sums stay more than 74 units away from a half, far beyond the transform's measured error of 7.8.
    nearest = min(half_distance(Fraction(total, 441)) for total in range(441))  # every rest
    assert nearest > Fraction(74 * UNIT)


@pytest.mark.parametrize("shape", [(3, 3), (5, 5), (7, 7), (9, 9), (11, 11), (1, 129)])
def test_flat_images_beside_a_half(shape: tuple[int, int]) -> None:
    """Equal weights on a flat image: float32 errs the same way at each step."""
    ties = 0
    for level in range(1, 256, 6):
        image = np.full((3, 40), level, np.uint8)
        for number, units in enumerate((1, 10, 50, 120)):
            half = (37 * level + 101 * number) % 250 + 0.5
            kernel = scaled_to(np.ones(shape), level, half, units * (-1) ** (level + number))
            result = compare(image, kernel, "replicate", signed=number % 2 == 0, name="equal")
            assert result.verdict != "different", (level, units, half)
            ties += result.ties > 0
    assert ties > 3


@pytest.mark.parametrize(("shape", "units"), [((1, 1), 3), ((3, 3), 11), ((7, 9), 65), ((1, 51), 16)])
def test_the_bound_itself(shape: tuple[int, int], units: int) -> None:
    """A pixel is a tie up to the bound and not beyond; zero weights do not count, the DFT has its minimum."""
    weights = np.ones(shape)
    if shape == (1, 51):
        weights[0, :40] = 0
    image, place = np.full((1, 1), 200, np.uint8), np.array([[0, 0]])
    for beside, tie in ((units - 0.01, True), (units + 0.01, False)):
        kernel = scaled_to(weights, 200, 90.5, beside)
        assert float32_error(kernel) == pytest.approx(units * UNIT * kernel.sum(), rel=1e-12)
        ours, other = np.full((1, 1), 91, np.uint8), np.full((1, 1), 90, np.uint8)
        assert are_ties(place, image, kernel, "replicate", ours, other).tolist() == [tie]


def tie(weights: list[float], ours: int, opencv: int) -> bool:
    """Return whether two pixels are a tie, under one row of weights and past a single pixel of 1: zeros."""
    results = (np.full((1, 1), pixel, np.uint8) for pixel in (ours, opencv))
    image, place = np.ones((1, 1), np.uint8), np.array([[0, 0]])
    return bool(are_ties(place, image, np.array([weights]), "zero", *results)[0])


def test_the_ninth_decimal_decides_which_side_is_right() -> None:
    """Within it, a half is a half, and rounds to the even neighbour; on either side of it there is no tie."""
    for weight, ours in [(0.5 + 3e-10, 0), (0.5 + 7e-10, 1), (1.5 - 3e-10, 2), (1.5 - 7e-10, 1)]:
        other = 2 * int(weight) + 1 - ours
        assert convolve_fast(np.ones((1, 1), np.uint8), [[weight]]) == ours
        assert tie([weight], ours, other)
        assert not tie([weight], other, ours)
    for weight, ours in [(1.3, 1), (1.45, 1), (1.55, 2), (1.7, 2)]:
        assert not tie([weight], ours, 3 - ours)


def test_exactly_at_the_bound_is_a_tie() -> None:
    """All numbers here are sums of a few powers of two, so that the bound is a float, and exact."""
    bound = 4 * 2 * 255 * 2.0**-24  # of two weights whose sum is 2
    weights = [1.5 - bound, 0.5 + bound, 0.0]
    assert float32_error(np.array([weights])) == bound == Fraction(weights[1]) - Fraction(1, 2)
    assert tie(weights, 1, 0)
    assert not tie([weights[0], weights[1] + 2.0**-50, 0.0], 1, 0)


def test_many_pixels_of_the_plain_loop() -> None:
    """Every difference is a proven tie. Of convolve_fast, filtering/README.md shows many more."""
    counts = survey(convolve, kernels=13, side=32)
    assert counts.pixels >= 400_000
    assert 0 < counts.ties < counts.pixels // 50
    assert counts.mismatches == 0


# ---- Other processors, as far as this one can imitate them

SURVEY = """
import json, sys
import cv2
from filtering.compare import compare
from convolutions import convolve_fast
from exactness import read_image, survey
from kernels import KERNELS

cv2.setUseOptimized(sys.argv[1] == "1")
cv2.setNumThreads(int(sys.argv[2]))
photo = read_image("images/coffee.png")[0][:60, :80, 1].copy()
verdicts = {compare(photo, kernel, signed=signed).verdict for kernel in KERNELS.values() for signed in (0, 1)}
counts = survey(convolve_fast, kernels=26, side=40, seed=1)
print(json.dumps([cv2.getCPUFeaturesLine(), sorted(verdicts), counts.mismatches]))
"""


def levels(line: str) -> list[str]:
    """Return the instruction sets in use that OpenCV can be told not to use: with a star, and without `?`."""
    return [word[1:] for word in line.split() if word.startswith("*") and not word.endswith("?")]


def configurations() -> dict[str, tuple[dict[str, str], str, str]]:
    """Name each configuration: its environment, setUseOptimized and setNumThreads."""
    dispatched = levels(cv2.getCPUFeaturesLine())
    middle, everything = (",".join(dispatched[start:]) for start in (len(dispatched) // 2, 0))
    baselines = {"OPENCV_CPU_DISABLE": everything, "NPY_DISABLE_CPU_FEATURES": numpy_features()}
    return {
        "without the higher half of OpenCV's levels": ({"OPENCV_CPU_DISABLE": middle}, "1", "2"),
        "the baselines of OpenCV and NumPy": (baselines, "1", "1"),
        "not optimized, without IPP": ({"OPENCV_IPP": "disabled"}, "0", "1"),
    }


def numpy_features() -> str:
    """List the features of this processor that NumPy uses beyond its baseline."""
    core = importlib.import_module(
        "numpy._core._multiarray_umath" if np.__version__ >= "2" else "numpy.core._multiarray_umath"
    )
    return " ".join(name for name in core.__cpu_dispatch__ if core.__cpu_features__[name])


@pytest.mark.parametrize("name", configurations())
def test_every_processor_that_can_be_imitated(name: str) -> None:
    environment, optimized, threads = configurations()[name]
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "tools")])
    command, environ = [sys.executable, "-c", SURVEY, optimized, threads], os.environ | environment
    environ["PYTHONPATH"] = path
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    features, verdicts, mismatches = json.loads(done.stdout)
    assert (verdicts, mismatches) == (["identical"], 0)
    disabled = environment.get("OPENCV_CPU_DISABLE", "")
    assert not set(levels(features)) & set(disabled.split(",")), features
