"""Kernels in exact arithmetic: what is refused, and whole numbers over a divisor, as on paper."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from convolutions import convolve
from filtering.compare import Function
from filtering.exact import check_kernel, doubtful, on_paper
from filtering.fast import convolve_fast

REFUSED: list[tuple[Any, str]] = [
    (np.ones((3, 4)), "odd sides, got 3 x 4"),
    (np.ones((0, 3)), "odd sides, got 0 x 3"),
    (np.ones(3), r"two dimensions, got shape \(3,\)"),
    ([[1, 2, 3], [4]], "rows of equal length"),
    ([["1"]], "real numbers, got '1'"),
    ([[Fraction(1, 2), np.nan, 0]], "finite numbers, got nan"),
    (np.array([[np.longdouble("1e4000")]]), "finite numbers, got inf"),
    ([[10**400]], "weights below 1.8e308, got a larger integer"),
    ([[2**52 // 255 + 1]], r"255 \* sum\(\|weights\|\) below 2\*\*52 = 4503599627370496, got 4.5036e\+15"),
    ([[1.7e308, 1.7e308, 0]], r"below 2\*\*52 = 4503599627370496, got inf"),
]
# Weights of 10**8, whose sums are steps of 6e-8 in float64: of pixels of 7 below a half, where the exact sum
# is 1e-8 above it.
LARGE = np.array([[1e9 / 3, 1e9 / 4, 0.07142851325249808, -(1e9 / 3 + 1e9 / 4), 0]])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("kernel", "message"), REFUSED)
def test_no_kernel(kernel: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_kernel(kernel)


def test_every_real_dtype_is_a_kernel_and_is_copied() -> None:
    for dtype in [bool, np.uint16, np.int64, np.float16, np.float64, np.longdouble]:
        kernel = np.eye(3, dtype=dtype)
        checked = check_kernel(kernel)
        assert checked.dtype == np.float64
        assert np.array_equal(checked, kernel)
        assert not np.shares_memory(checked, kernel)


def test_doubt_ends_where_pixels_saturate() -> None:
    """Half a step inside and outside of the range may become either pixel; a whole step further may not."""
    for dtype, low, high in [(np.uint8, 0, 255), (np.int16, -32768, 32767)]:
        responses = np.array(
            [low - 1.5, low - 0.5, low + 0.5, low + 0.75, high - 0.5, high + 0.5, high + 1.5]
        )
        assert doubtful(responses, 1e-9, np.dtype(dtype)).ravel().tolist() == [1, 2, 4, 5]


def test_on_paper_fractions_only_where_floats_and_they_mean_the_same() -> None:
    integers, divided_by = on_paper(np.array([[0.1, -0.2, 1 / 3]]))
    assert (integers.tolist(), divided_by) == ([[3, -6, 10]], 30)
    assert not on_paper(np.random.default_rng(0).normal(size=(3, 3))).whole
    for weight, divisor in [
        (1000.1, 10),
        (20000.1, None),  # its float error reaches the ninth decimal of a sum
        (20000.5, 2),
        (1 / 10**6, 10**6),
        (1 / (10**6 + 1), None),
        (9000 + 1 / 70000, 70000),
        (9000 + 1 / 80000, None),  # some fraction of this divisor is next to any float of this size
        (2.0**27 + 1 / 1024, 1024),  # coarse, but exact
        (np.nextafter(0.1, 1), None),
        (0.0, 1),
    ]:
        weights = on_paper(np.array([[weight]]))
        assert divisor == (weights.divisor if weights.whole else None), weight


@pytest.mark.parametrize("function", [convolve, convolve_fast])
def test_large_weights_are_in_doubt_where_float64_errs(function: Function) -> None:
    image = np.full((2, 30), 7, np.uint8)
    assert sum(Fraction(weight) * 7 for weight in LARGE[0].tolist()) > Fraction(1, 2) > LARGE.sum() * 7
    assert np.array_equal(function(image, LARGE), np.ones_like(image))
