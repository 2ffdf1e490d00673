"""convolve against its contract and against filter2D; the examples in docstrings."""

import doctest
import importlib
from collections.abc import Callable
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from conftest import ROOT, SHAPES, TAPS, noise
from oracle import oracle

from convolutions import convolve
from filtering.borders import BORDERS
from filtering.compare import filter2d
from filtering.fast import convolve_fast
from kernels import KERNELS


@pytest.mark.parametrize("name", KERNELS)
def test_same_pixels_as_filter2d(name: str) -> None:
    for border, shape in product(BORDERS, SHAPES):
        image, signed = noise(*shape, seed=len(name)), len(name + border) % 2 == 0
        ours = convolve(image, KERNELS[name], border, signed=signed)
        assert np.array_equal(ours, filter2d(image, KERNELS[name], border, signed=signed)), (border, shape)


def test_on_row_sees_each_finished_row() -> None:
    rows = []
    output = convolve(noise(4, 5), TAPS, on_row=lambda y, output: rows.append((y, output[y].tolist())))
    assert rows == list(enumerate(output.tolist()))


@pytest.mark.parametrize("function", [convolve, convolve_fast, filter2d])
def test_refuses_by_the_rule(function: Callable[..., np.ndarray]) -> None:
    refused: list[tuple[np.ndarray, Any, Any, str]] = [
        (np.ones((3, 3)), [[1]], "zero", "uint8"),
        (noise(3, 3), [[1, 2]], "zero", "odd sides"),
        (noise(3, 3), [[1]], ["zero"], r"border needs to be one of .* got \['zero'\]"),
    ]
    for image, kernel, border, message in refused:
        with pytest.raises(ValueError, match=message):
            function(image, kernel, border)


def test_examples_in_docstrings() -> None:
    for path in [*ROOT.glob("*.py"), *ROOT.glob("filtering/**/*.py")]:
        if ">>> " in path.read_text("utf-8"):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            result = doctest.testmod(importlib.import_module(name))
            assert (result.attempted > 0, result.failed) == (True, 0), name


def test_exact_also_where_weights_are_large_and_broken() -> None:
    """Their float64 sums are off by more than nine decimals forgive; next to a half that would show."""
    odd = np.array([[1, 1, 1], [3, 3, 3], [7, 7, 7]], np.uint8)
    for large, function in product((10**5, 10**8, 10**11, 10**13), (convolve, convolve_fast)):
        kernel = np.array([[large + 3, -2 * large - 7, large + 9]]) / 10  # in floats not quite a half
        assert np.array_equal(function(odd, kernel), oracle(odd, kernel, "replicate"))


def test_numbers_of_any_kind() -> None:
    """Lists of integers, fractions and floats are summed for what they are."""
    flat = np.array([[3, 3, 3]], np.uint8)
    assert convolve(flat, [[2**43 + 1, 0, -(2**43)]]).tolist() == [[3, 3, 3]]
    assert convolve(flat, np.array([[Fraction(1, 3), 0.5, 1 / 6]])).tolist() == [[3, 3, 3]]


@pytest.mark.parametrize("function", [convolve, convolve_fast])
def test_the_largest_weights(function: Callable[..., np.ndarray]) -> None:
    """Sums of whole numbers are exact up to the limit, and refused from there on."""
    image = np.array([[255, 0, 1], [255, 255, 1]], np.uint8)
    largest = (2**52 - 1) // 255
    kernel = [[largest - 8, 8, 0]]
    assert np.array_equal(function(image, kernel, "zero"), oracle(image, np.array(kernel, float), "zero"))
    with pytest.raises(ValueError, match=r"255 \* sum\(\|weights\|\) below 2\*\*52 = 4503599627370496, got "):
        function(image, [[largest, 0, -1]])
