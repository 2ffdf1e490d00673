"""Kernels in words: the square one can see, sums, symmetry and factors."""

from itertools import product

import numpy as np

from filtering.describe import about, facts, facts_text, kernel_text
from kernels import ABOUT, KERNELS, flip


def test_square_one_can_see() -> None:
    assert kernel_text(KERNELS["sharpen"]) == " 0  -1   0\n-1   5  -1\n 0  -1   0"
    assert kernel_text(np.ones((5, 1)) / 5) == "       1\n       1\n1/5 *  1\n       1\n       1"
    assert kernel_text(np.array([[0.123456789, -1.0, 2.0]])) == "0.123456789         -1.0          2.0"


def test_facts_as_plain_data() -> None:
    factors = {"flip": "sign", "column": [1], "row": [1, 0, -1]}
    halves = {"rows": 1, "columns": 3, "weights": [[1, 0, -1]], "divisor": 2, "sum": 0.0, **factors}
    assert facts(np.array([[0.5, 0, -0.5]])) == halves
    floats = facts(np.array([[0.123456789], [2.0], [0.25], [0.0], [-1.0]]))
    assert floats["weights"] == [[0.123456789], [2.0], [0.25], [0.0], [-1.0]]
    assert (floats["divisor"], floats["sum"], floats["flip"]) == (1, 1.373456789, "everything")
    assert np.array_equal(np.outer(floats["column"], floats["row"]), floats["weights"])
    corner = facts(np.array([[1, 0, 0], [0, 0, 0], [0, 0, 1]]))
    assert (corner["flip"], corner["column"], corner["row"]) == ("nothing", None, None)


def test_facts_in_words() -> None:
    """A long factor is counted where all its weights are equal."""
    floats = np.outer([0.25, 1.0, 0.5], [0.123456789, 0.5, 1.0])
    for kernel, words in [
        (np.array([[0.5, 1.0, 0.5]]), "nothing; 1/2 * column (1) times row (1 2 1)"),
        (floats, "; column (0.25 1.0 0.5) times row (0.123456789 0.5 1.0)"),
        (np.ones((21, 1)) / 21, "column (21 times 1) times row (1)"),
        (np.ones((1, 9)), "; column (1) times row (1 1 1 1 1 1 1 1 1)"),
        (np.arange(1, 12)[np.newaxis], "row (1 2 3 4 5 6 7 8 9 10 11)"),
    ]:
        assert facts_text(kernel).endswith(words)


def test_facts_of_decimals_are_those_that_the_errors_allow() -> None:
    column = np.array([[0.2594], [0.4812], [0.2594]])
    bell = column @ column.T
    assert "flipping it changes nothing" in facts_text(bell)
    off = bell + np.array([[1e-5, 0, 0], [0, 0, 2e-5], [0, 0, 0]])
    assert "changes everything; does not split" in facts_text(off)
    for error in (1e-4, 2e-5):
        assert facts_text(off, error) == facts_text(off).split(";")[0]
    assert "changes everything; does not split" in facts_text(np.arange(1, 10).reshape(3, 3) ** 2 / 285, 1e-4)


def test_the_smoothing_factor_has_positive_weights() -> None:
    """The sign of a kernel that sums to 0 goes to its other factor, be it the column or the row.

    A factor of one weight takes none.
    """
    for edge in ([1, -2, 1], [-1, 2, -1]):
        assert [facts(np.array([edge]).T)[factor] for factor in ("column", "row")] == [edge, [1]]
    for smooth, edge in product([[1, 2, 1], [3, 10, 3]], [[1, 0, -1], [-1, 0, 1], [2, -3, 1]]):
        for factors in ([smooth, edge], [edge, smooth]):
            found = facts(np.outer(factors[0], factors[1]))
            assert [found["column"], found["row"]] == factors


def test_a_sentence_is_for_its_kernel_only() -> None:
    """By name and weights: a flipped sobel_x is another kernel, a flipped sharpen is not."""
    assert about("sharpen", flip(KERNELS["sharpen"])) == ABOUT["sharpen"]
    assert about("sobel_x", flip(KERNELS["sobel_x"])) == about("matrix", KERNELS["sobel_x"]) == ""
