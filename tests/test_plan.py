"""Plans: the short cuts that the structure of a kernel allows, and the bound on the error of their sums."""

from typing import Any

import numpy as np
import pytest
from conftest import noise
from exactness import error_images
from test_fast import FLOAT32, NASTY

from filtering.exact import check_kernel
from filtering.plan import Plan, make_plan, passes_error
from kernels import KERNELS


def plan_of(weights: Any) -> Plan:
    kernel = check_kernel(weights)
    return make_plan(kernel.tobytes(), kernel.shape)


def test_takes_the_way_that_the_structure_allows() -> None:
    """The short cuts are there for a purpose: none is lost unnoticed."""

    def passes(name: str) -> list[tuple[tuple[int, int], str, int]]:
        return [(one.shape, one.dtype.name, one.run) for one in plan_of((NASTY | KERNELS)[name]).passes]

    assert passes("small_blur") == [((7, 1), "uint16", 1), ((1, 7), "uint16", 1)]
    assert passes("large_blur")[0][1] == "uint16"
    assert passes("large_blur")[-1] == ((1, 19), "uint32", 3)
    assert passes("sharpen") == [((3, 3), "int16", 0)]
    assert passes("sobel_x") == [((2, 1), "int16", 0)] * 2 + [((1, 3), "int16", 0)]
    assert passes("gaussian") == [((2, 1), "uint16", 0)] * 4 + [((1, 2), "uint16", 0)] * 4
    assert passes("gaussian of floats") == [((9, 1), "float32", 0), ((1, 7), "float32", 0)]
    assert passes("product of floats") == [((9, 1), "float64", 0), ((1, 7), "float64", 0)]
    assert passes("dense floats") == []


def float32_sums(image: np.ndarray, plan: Plan) -> np.ndarray:
    """Add up the passes of a plan in float32, a weight at a time."""
    sums = image.astype(np.float32)
    for one in plan.passes:
        windows = np.lib.stride_tricks.sliding_window_view(sums, one.shape)
        sums = np.zeros(windows.shape[:2], np.float32)
        for i, j, weight in one.taps:
            sums += windows[..., i, j] * weight
    return sums


@pytest.mark.parametrize("name", FLOAT32)
def test_passes_error_is_bounded(name: str) -> None:
    """The sums of the passes, against float64, on images on which errors add up."""
    kernel = FLOAT32[name] / np.abs(FLOAT32[name]).sum() * 0.7654321
    plan, worst = plan_of(kernel), 0.0
    for image in [noise(60, 70), *error_images(kernel, 64, np.random.default_rng(0))]:
        windows = np.lib.stride_tricks.sliding_window_view(image.astype(float), kernel.shape)
        exact = np.einsum("yxij,ij->yx", windows, kernel)
        worst = max(worst, float(np.abs(float32_sums(image, plan) - exact).max()))
    assert 0 < worst <= passes_error(plan.passes, kernel)
