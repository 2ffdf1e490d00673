"""Least squares: the nearest kernel, how well its weights are known, and the size that it needs."""

import cv2
import numpy as np
import pytest
from test_learner import GAUSSIAN
from test_pair import pair_of

from filtering.fast import convolve_fast
from filtering.learn.estimate import SHAPES, least_squares, trimmed


def test_least_squares(scene: np.ndarray) -> None:
    pair = pair_of(scene, cv2.medianBlur(scene, 3))
    places = pair.sample((1, 2), 2000, saturated=True)
    windows, after = pair.windows(places, (3, 5)).astype(float), pair.after[tuple(places.T)].astype(float)
    windows = np.column_stack([windows, np.ones(len(places))])
    expected, squares, *_ = np.linalg.lstsq(windows, after)
    for targets in (None, after):
        fit = least_squares(pair, places, (3, 5), targets)
        assert np.allclose([*fit.weights, fit.offset(fit.weights)], expected)
        assert fit.error == pytest.approx((squares[0] / (len(places) - 16)) ** 0.5)
        variances = np.diag(np.linalg.inv(windows.T @ windows))[:-1] * fit.error**2
        assert np.allclose(fit.standard_errors.ravel(), variances**0.5)
    assert [least_squares(pair, places[:n], (3, 5)).enough for n in (31, 32)] == [False, True]


def test_outer_weights_of_0_are_trimmed(scene: np.ndarray) -> None:
    assert (31, 31) in SHAPES  # which takes seconds to find
    column = GAUSSIAN[:, 1:2] * 2
    pair = pair_of(scene, convolve_fast(scene, column))
    fit = trimmed(least_squares(pair, pair.sample((2, 3), 2000), (5, 7)))
    assert fit.shape == (3, 1)
    assert np.allclose(fit.kernel, column, atol=0.01)
