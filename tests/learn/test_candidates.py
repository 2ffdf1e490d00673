"""Kernels near an estimate: which are the likely ones."""

import numpy as np

from filtering.exact import on_paper
from filtering.learn.candidates import bases, oddity

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


def test_bases_of_symmetric_kernels() -> None:
    """A column for each weight that is free: by rows and columns that mirror themselves, or are opposite."""
    found = [*bases((3, 5))]
    assert [basis.shape[1] for basis in found] == [2 * 3, 2 * 2, 1 * 3, 1 * 2]
    for basis, (rows, columns) in zip(found, [(1, 1), (1, -1), (-1, 1), (-1, -1)], strict=True):
        assert np.linalg.matrix_rank(basis) == basis.shape[1]
        for kernel in basis.T.reshape(-1, 3, 5):
            assert np.array_equal(kernel, rows * kernel[::-1])
            assert np.array_equal(kernel, columns * kernel[:, ::-1])
    assert [basis.shape[1] for basis in bases((3, 3))] == [3, 4, 2, 2, 1, 1]
