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


def tie(kernel: np.ndarray, level: int, ours: int, opencv: int) -> bool:
    """Return whether two pixels are a tie, in an image that is a single pixel of that level."""
    image, *results = (np.full((1, 1), value, np.uint8) for value in (level, ours, opencv))
    return bool(are_ties(np.array([[0, 0]]), image, kernel, "replicate", *results)[0])


def test_the_bound_itself() -> None:
    """A pixel is a tie up to the bound and not beyond; zero weights do not count, the DFT has its minimum."""
    for shape, units in [((1, 1), 3), ((7, 9), 65), ((1, 49), 11), ((1, 51), 16)]:
        weights = np.ones(shape)
        weights[0, 9:] = 0
        for beside, within in ((units - 0.01, True), (units + 0.01, False)):
            kernel = scaled_to(weights, 200, 90.5, beside)
            assert float32_error(kernel) == pytest.approx(units * UNIT * kernel.sum(), rel=1e-12)
            assert tie(kernel, 200, 91, 90) == within


def test_the_ninth_decimal_decides_which_side_is_right() -> None:
    """Within it, a half is a half, and rounds to the even neighbour; on either side of it there is no tie."""
    for weight, ours in [(0.5 + 3e-10, 0), (0.5 + 7e-10, 1), (1.5 - 3e-10, 2), (1.5 - 7e-10, 1)]:
        kernel, other = np.array([[weight]]), 2 * int(weight) + 1 - ours
        assert convolve_fast(np.ones((1, 1), np.uint8), kernel) == ours
        assert tie(kernel, 1, ours, other)
        assert not tie(kernel, 1, other, ours)
    for weight, ours in [(1.3, 1), (1.45, 1), (1.55, 2), (1.7, 2)]:
        assert not tie(np.array([[weight]]), 1, ours, 3 - ours)


def test_no_tie_where_direct_sums_are_exact() -> None:
    """Float32 holds every sum of halves; a Fourier transform does not."""
    for kernel, exact in [([[0.5]], True), ([[1 / 3]], False), (np.pad([[0.5]], 6), False)]:
        assert (tie_tolerance(np.array(kernel)) is None) == exact
    assert not tie(np.array([[1 / 2]]), 1, 0, 1)
    assert tie(np.array([[1 / 6]]), 3, 0, 1)  # the sum is a half, too


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
