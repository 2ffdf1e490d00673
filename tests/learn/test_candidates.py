"""Kernels near an estimate: which are the likely ones."""

import numpy as np

from filtering.exact import on_paper
from filtering.learn.candidates import oddity

MEAN = np.ones((3, 3)) / 9


def test_the_less_likely_a_kernel_the_odder() -> None:
    """Most add up to 1 or 0, are symmetric or change their sign, over a small divisor or a power of two."""
    lopsided, edge = np.array([[1, 2, 5]]) / 8, np.array([[-1, 0, 1]]) / 2
    for likely, odder in [
        (MEAN, 2 * MEAN),
        (MEAN, MEAN / 2),
        (edge, np.array([[-1, 1, 1]]) / 2),
        (np.array([[1, 2, 1]]) / 4, lopsided),
        (np.array([[1, 6, 1]]) / 8, np.array([[1, 5, 1]]) / 7),
        (np.array([[1, 1]] * 2) / 4, np.array([[1, 3]] * 2) / 8),
    ]:
        assert oddity(on_paper(likely)) < oddity(on_paper(odder))
