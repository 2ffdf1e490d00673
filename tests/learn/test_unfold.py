"""Absolute values, and sums that wrapped around: the responses behind them."""

import numpy as np
import pytest
from conftest import noise
from test_pair import pair_of

from filtering.fast import convolve_fast
from filtering.learn.unfold import FOLDS, unfold
from kernels import KERNELS

ROW = np.array([0, -1, -2, -1, 0])
KERNEL = np.array([ROW // 2, ROW, [-1, -2, 16, -2, -1], ROW, ROW // 2]) / 8


@pytest.mark.parametrize("fold", FOLDS)
def test_responses_to_a_kernel_of_5_x_5_are_unfolded(scene: np.ndarray, fold: str) -> None:
    responses = convolve_fast(scene[:30, :40], KERNEL, signed=True)
    after = abs(responses).clip(0, 255) if fold == "absolute-value" else responses % 256
    found = unfold(pair_of(scene[:30, :40], after.astype(np.uint8)), fold)
    assert found is not None
    shape, places, unfolded = found
    expected = responses[places[:, 1], places[:, 2]]
    assert shape == (5, 5)
    assert np.array_equal(unfolded, expected) or np.array_equal(unfolded, -expected)
    assert (expected < 0).any()


@pytest.mark.parametrize("fold", FOLDS)
def test_few_pixels_are_not_unfolded(fold: str) -> None:
    """Of 35 pixels, any of the known kernels explains too many."""
    responses = convolve_fast(noise(7, 9), KERNELS["sobel_x"], signed=True)
    assert unfold(pair_of(noise(7, 9), (responses % 256).astype(np.uint8)), fold) is None
