"""Kernels in exact arithmetic: what is refused, and whole numbers over a divisor, as on paper."""

import warnings
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from filtering.exact import check_kernel, doubtful, on_paper

REFUSED: list[tuple[Any, str]] = [
    (np.ones((3, 4)), "odd sides, got 3 x 4"),
    (np.ones((0, 3)), "odd sides, got 0 x 3"),
    (np.ones(3), r"two dimensions, got shape \(3,\)"),
    (5, r"two dimensions, got shape \(\)"),
    (np.ones((3, 3, 3)), r"two dimensions, got shape \(3, 3, 3\)"),
    ([[1, 2, 3], [4]], "rows of equal length"),
    ([["1"]], "real numbers, got '1'"),
    ([[1j]], "real numbers, got '1j'"),
    ([[None]], "real numbers, got 'None'"),
    ([[np.nan]], "finite numbers, got nan"),
    ([[1, -np.inf, 0]], "finite numbers, got -inf"),
    ([[Fraction(1, 2), np.nan, 0]], "finite numbers, got nan"),
    ([[10**400]], "weights below 1.8e308, got a larger integer"),
    ([[2**52 // 255 + 1]], r"255 \* sum\(\|weights\|\) below 2\*\*52 = 4503599627370496, got 4.5036e\+15"),
    ([[1.7e308, 1.7e308, 0]], r"below 2\*\*52 = 4503599627370496, got inf"),
]


def test_no_kernel() -> None:
    for kernel, message in REFUSED:
        with pytest.raises(ValueError, match=message):
            check_kernel(kernel)


def test_checked_kernel_is_a_copy() -> None:
    kernel = np.ones((1, 1))
    check_kernel(kernel)[0, 0] = 2
    assert kernel[0, 0] == 1


def test_every_real_dtype_is_a_kernel() -> None:
    for dtype in [bool, np.int8, np.uint16, np.int64, np.float16, np.float32, np.longdouble]:
        checked = check_kernel(np.eye(3, dtype=dtype))
        assert checked.dtype == np.float64
        assert np.array_equal(checked, np.eye(3))


def test_weights_beyond_float64_are_refused_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match="finite"):
            check_kernel(np.array([[np.longdouble("1e4000")]]))


@pytest.mark.parametrize(("dtype", "low", "high"), [(np.uint8, 0, 255), (np.int16, -32768, 32767)])
def test_doubt_ends_where_pixels_saturate(dtype: type, low: int, high: int) -> None:
    """Half a step inside and outside of the range may become either pixel; a whole step further may not."""
    responses = np.array([[low - 1.5, low - 0.5, low + 0.5, low + 0.75, high - 0.5, high + 0.5, high + 1.5]])
    assert doubtful(responses, 1e-9, np.dtype(dtype)).tolist() == [[0, 1], [0, 2], [0, 4], [0, 5]]


def test_kernel_as_written_on_paper() -> None:
    integers, divisor = on_paper(np.array([[0.1, -0.2, 1 / 3]]))
    assert (integers.tolist(), divisor) == ([[3, -6, 10]], 30)
    assert not on_paper(np.random.default_rng(0).normal(size=(3, 3))).whole
    assert on_paper(np.array([[0.0]])) == (np.array([[0]]), 1)


def test_fractions_only_where_floats_and_they_mean_the_same() -> None:
    cases: list[tuple[float, int | None]] = [
        (1000.1, 10),
        (20000.1, None),  # its float error reaches the ninth decimal of a sum
        (20000.5, 2),
        (1 / 10**6, 10**6),
        (1 / (10**6 + 1), None),
        (9000 + 1 / 70000, 70000),
        (9000 + 1 / 80000, None),  # some fraction of this divisor is next to any float of this size
        (2.0**27 + 1 / 1024, 1024),  # coarse, but exact
        (0.1, 10),
        (np.nextafter(0.1, 1), None),
    ]
    for weight, divisor in cases:
        weights = on_paper(np.array([[weight]]))
        assert divisor == (weights.divisor if weights.whole else None), weight
