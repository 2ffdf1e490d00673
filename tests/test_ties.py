"""Ties: the bound on filter2D's float32 error holds where errors add up, and proves the bank on any image."""

import importlib
import json
import os
import subprocess
import sys
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
import pytest
from conftest import ROOT
from exactness import UNIT, scaled_to
from test_exact import LARGE

from filtering.compare import DFT_AREA, are_ties, float32_error, tie_tolerance
from filtering.exact import on_paper
from filtering.fast import convolve_fast
from kernels import KERNELS


def nearest_to_a_half(divisor: int) -> Fraction:
    """How near whole numbers over a divisor come to a half: of every rest."""
    return min(abs(Fraction(rest, divisor) - Fraction(1, 2)) for rest in range(divisor))


def test_no_image_can_make_filter2d_differ() -> None:
    """Proof, in exact arithmetic, for every sum there can be of pixels from 0 to 255.

    Either float32 makes no error at all: weights and partial sums are whole numbers below 2**24 over a power
    of two. Or no sum is within filter2D's error of a half, so both round it to the same pixel.

    Of large_blur it is measured only: it goes through filter2D's Fourier transform, for which there is no
    proven bound. Its sums stay more than 74 units away from a half, far beyond the measured error of 7.8.
    """
    for name, kernel in KERNELS.items():
        weights, divisor = on_paper(kernel)
        assert (kernel.size < DFT_AREA) == (name != "large_blur")
        if divisor & (divisor - 1) == 0:
            assert 255 * abs(weights).sum() < 2**24, name
            assert (kernel.astype(np.float32) == kernel).all(), name
        else:
            assert 255 * abs(weights).sum() > divisor, name  # so the sums have every rest
            error = float32_error(kernel) if name != "large_blur" else 74 * UNIT
            assert nearest_to_a_half(divisor) > Fraction(error), name


def ties(kernel: Any, levels: Any, ours: Any, opencv: Any) -> Any:
    """Return which pixels of a row, all of which differ, are ties; one number stands for a row of one."""
    image, *results = (np.atleast_2d(np.array(pixels, np.uint8)) for pixels in (levels, ours, opencv))
    places = np.array([[0, x] for x in range(image.shape[1])])
    return are_ties(places, image, np.array(kernel), "replicate", *results).tolist()


def test_the_bound_itself() -> None:
    """A pixel is a tie up to the bound and not beyond; zero weights do not count, the DFT has its minimum."""
    for shape, units in [((1, 1), 3), ((7, 9), 65), ((1, 49), 11), ((1, 51), 16)]:
        weights = np.ones(shape)
        weights[0, 9:] = 0
        for beside, within in ((units - 0.01, True), (units + 0.01, False)):
            kernel = scaled_to(weights, 200, 90.5, beside)
            assert float32_error(kernel) == pytest.approx(units * UNIT * kernel.sum(), rel=1e-12)
            assert ties(kernel, 200, 91, 90) == [within]


def test_the_ninth_decimal_decides_which_side_is_right() -> None:
    """Within it, a half is a half, and rounds to the even neighbour; on either side of it there is no tie."""
    for weight, ours in [(0.5 + 3e-10, 0), (0.5 + 7e-10, 1), (1.5 - 3e-10, 2), (1.5 - 7e-10, 1)]:
        kernel, other = np.array([[weight]]), 2 * int(weight) + 1 - ours
        assert convolve_fast(np.ones((1, 1), np.uint8), kernel) == ours
        assert ties(kernel, 1, ours, other) == [True]
        assert ties(kernel, 1, other, ours) == [False]
    for weight, ours in [(1.3, 1), (1.45, 1), (1.55, 2), (1.7, 2)]:
        assert ties([[weight]], 1, ours, 3 - ours) == [False]
    # Weights so small that their divisor leaves int64: four of about 1/2040, of which 255 make a half.
    small = np.array([[1, 1, 0, 1, 1]]) * (0.5 + 7e-10) / 1020
    assert on_paper(small).exact().divisor >= 2**63
    assert [ties(small, 255, ours, 1 - ours) for ours in (1, 0)] == [[True], [False]]
    assert [ties(LARGE, 7, ours, 1 - ours) for ours in (1, 0)] == [[True], [False]]


def test_no_tie_where_direct_sums_are_exact() -> None:
    """Float32 holds every sum of halves; a Fourier transform does not."""
    for kernel, exact in [([[0.5]], True), ([[1 / 3]], False), (np.pad([[0.5]], 6), False)]:
        assert (tie_tolerance(np.array(kernel)) is None) == exact
    assert ties([[1 / 2]], 1, 0, 1) == [False]
    assert ties([[1 / 6]], 3, 0, 1) == [True]  # the sum is a half, too


def test_each_channel_has_to_be_a_tie() -> None:
    ours, opencv = [[[0, 0, 0], [1, 0, 0], [0, 0, 9]]], [[[1, 0, 1], [0, 0, 0], [1, 0, 0]]]
    assert ties([[1 / 6]], np.full((1, 3, 3), 3), ours, opencv) == [True, False, False]


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
counts = survey(convolve_fast, kernels=26, side=40, seed=1)  # of each kind two
print(json.dumps([cv2.getCPUFeaturesLine(), sorted(verdicts), counts.ties, counts.mismatches]))
"""


def levels(line: str) -> list[str]:
    """Return the instruction sets in use that OpenCV can be told not to use: with a star, and without `?`."""
    return [word[1:] for word in line.split() if word.startswith("*") and not word.endswith("?")]


def numpy_features() -> str:
    """List the features of this processor that NumPy uses beyond its baseline."""
    core: Any = importlib.import_module("numpy._core" if np.__version__ >= "2" else "numpy.core")
    used, features = core._multiarray_umath.__cpu_dispatch__, core._multiarray_umath.__cpu_features__
    return " ".join(name for name in used if features[name])


LEVELS = levels(cv2.getCPUFeaturesLine())
HIGHER, ALL = ({"OPENCV_CPU_DISABLE": ",".join(some)} for some in (LEVELS[len(LEVELS) // 2 :], LEVELS))
CONFIGURATIONS: dict[str, tuple[dict[str, str], str, str]] = {  # environment, setUseOptimized, setNumThreads
    "without the higher half of OpenCV's levels": (HIGHER, "1", "2"),
    "the baselines of OpenCV and NumPy": (ALL | {"NPY_DISABLE_CPU_FEATURES": numpy_features()}, "1", "1"),
    "not optimized, without IPP": ({"OPENCV_IPP": "disabled"}, "0", "1"),
}


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_every_processor_that_can_be_imitated(name: str) -> None:
    environment, optimized, threads = CONFIGURATIONS[name]
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "tools")])
    command, environ = [sys.executable, "-c", SURVEY, optimized, threads], {**os.environ, "PYTHONPATH": path}
    environ |= environment
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    features, verdicts, ties, mismatches = json.loads(done.stdout)
    assert (verdicts, ties > 0, mismatches) == (["identical"], True, 0)
    disabled = environment.get("OPENCV_CPU_DISABLE", "")
    assert not set(levels(features)) & set(disabled.split(",")), features
