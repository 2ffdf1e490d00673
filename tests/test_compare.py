"""Compare: filter2D with our conventions, and a verdict that counts every pixel."""

import re
from fractions import Fraction
from itertools import cycle, product
from typing import Any

import cv2
import numpy as np
import pytest
from conftest import TAPS, noise
from oracle import response

from convolutions import convolve
from filtering.borders import BORDERS
from filtering.compare import Comparison, Function, compare, filter2d, seconds_text, strong_response
from kernels import KERNEL_BANK


def run(image: np.ndarray, function: Function = convolve) -> Comparison:
    return compare(image, TAPS / 120, "replicate", convolve=function)


def spoiled(changes: dict[Any, int], by: str | None = None, function: Function = filter2d) -> Function:
    """Return filter2D with other bits at some places of its result, under another border if one is given."""

    def wrong(image: np.ndarray, kernel: np.ndarray, border: str, *, signed: bool) -> np.ndarray:
        output = function(image, kernel, by or border, signed=signed)
        for place, bits in changes.items():
            output[place] ^= bits
        return output

    return wrong


def test_each_side_is_timed_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock that ticks once a look, and once in convolve."""
    ticks = iter(range(99))
    monkeypatch.setattr("time.perf_counter", lambda: float(next(ticks)))

    def ticking(image: np.ndarray, *_: object, **__: object) -> np.ndarray:
        next(ticks)
        return image

    result = compare(noise(6, 7), [[1]], convolve=ticking)
    assert (result.convolve_seconds, result.filter2d_seconds) == (2, 1)
    assert list(map(seconds_text, (1.519, 0.1, 0.0996))) == ["1.52 s", "0.10 s", "99.60 ms"]


def test_counts_what_differs() -> None:
    """Nothing; two pixels, one of which lies within; in colour it differs in all channels, the other in one.

    A difference is no int16.
    """

    def found(result: Comparison) -> tuple[object, ...]:
        return result.verdict_text, result.pixels, result.inside, result.max_difference, result.first

    assert found(run(noise(6, 7))) == ("identical", 42, 0, 0, None)
    for image, place in [(noise(6, 7), (5, 0)), (noise(6, 7, 3), (5, 0, 2))]:
        apart = run(image, spoiled({(4, 2): 5, place: 64}))
        assert found(apart) == ("2 pixels differ", 42, 1, 64, (2, 4))
    elsewhere = run(noise(30, 20), spoiled({}, "wrap"))  # within the reach of the edge, wider at the sides
    assert elsewhere.inside == 0 < elsewhere.differing
    apart = run(np.full((9, 11, 3), 7, np.uint8), spoiled({...: 255}))
    counted = "49 inside, 50 within the kernel's reach of the edge; 0 are ties, 99 are not"
    assert f"99 of 99 pixels differ, by up to {apart.max_difference}: {counted}" in apart.explanation
    lowest = np.full((1, 1), -32768, np.int16)
    apart = compare(np.full((1, 1), 255, np.uint8), [[200]], signed=True, convolve=lambda *_, **__: lowest)
    assert found(apart) == ("1 pixel differs", 1, 1, 65535, (0, 0))


def test_ties_are_told_from_mismatches(coffee: np.ndarray) -> None:
    """A 13 x 13 kernel with one 0.5 goes through filter2D's DFT, which tosses a coin at each half.

    So do 441 halves, where the bound is 1.5 levels, and pixels are one off.
    """
    result = compare(coffee, np.pad([[0.5]], 6), "reflect101", convolve=convolve)
    assert result.differing == result.ties > 100
    assert result.verdict_text == f"identical but for {result.ties} ties"
    assert result.first is not None
    x, y = result.first
    assert coffee[y, x] % 2 == 1
    assert result.explanation.startswith(f"{result.ties} ties: ")
    assert result.explanation.endswith(f"the first at {x},{y}")
    apart = compare(coffee, np.pad([[0.5]], 6), convolve=spoiled({(-1, -1): 64}, function=convolve))
    assert (apart.first, apart.ties > 0) == ((coffee.shape[1] - 1, coffee.shape[0] - 1), True)
    for one in (result, compare(noise(60, 70), np.ones((21, 21)) / 2, signed=True)):
        assert (one.verdict, one.max_difference) == ("ties", 1)


def test_a_result_of_another_kind_is_refused() -> None:
    """NumPy would compare these, too: it broadcasts, and takes 1.0 for 1."""
    kinds = {"float64, shape (2, 3)": np.full((2, 3), 1.7), "uint8, shape (1, 1)": np.ones((1, 1), np.uint8)}
    for got, result in [*kinds.items(), ("NoneType", None)]:
        rule = re.escape(f"needs to return uint8, shape (2, 3), got {got}")
        with pytest.raises(ValueError, match=rule):
            compare(np.ones((2, 3), np.uint8), [[1]], convolve=lambda *_, r=result, **__: r)


CLIPPING = {
    "whole": [[-1, 2, 0], [3, -4, 1], [0, -2, 2], [1, 1, -1], [-3, 1, 0]],  # 0 and 255 are met exactly
    "sevenths": [[Fraction(weight, 7) for weight in (-3, 2, 9, -1, 0)]],
    "floats": [[Fraction(weight) for weight in np.random.default_rng(4).normal(size=5).tolist()]],
    "of a Fourier transform": np.pad([[-1, 2, Fraction(1, 3)]], 6).tolist(),
    "only below": [[-1, 0, 0]],
    "int16": [[128, -128, 0], [127, -128, 0], [1, 0, 0]],  # -32768 and 32767 are met exactly
    "too many digits for float32": [[2**24 + 1, -(2**24), -1]],
}


@pytest.mark.parametrize(("name", "border"), list(zip(CLIPPING, cycle(BORDERS), strict=False)))
def test_shares_of_clipped_responses(name: str, border: str) -> None:
    """Counted in fractions before rounding, in every channel; what is on the limit is within the range."""
    weights = CLIPPING[name]
    for shape, signed in [((7, 9), False), ((7, 9), True), ((5, 6, 2), True)]:
        image = np.random.default_rng(3).choice(np.array([0, 1, 85, 255], np.uint8), shape)
        planes = np.atleast_3d(image)
        places = [(y, x, c) for y, x, c in np.ndindex(planes.shape)]
        sums = np.array([response(planes[..., c], weights, border, y, x) for y, x, c in places])
        low, high = (-32768, 32767) if signed else (0, 255)
        result = compare(image, np.array(weights, float), border, signed=signed)
        assert result.clipped_low == np.mean(sums < low)
        assert result.clipped_high == np.mean(sums > high)


def test_what_cannot_leave_the_range_is_not_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor what only float noise makes leave it: a blur whose sum is 1 and a bit leaves white areas white."""
    noisy = np.random.default_rng(5).random((3, 5))
    noisy *= (1 + 2e-16) / noisy.sum()
    assert Fraction(1) < sum(map(Fraction, noisy.ravel().tolist())) < 1 + Fraction(1, 10**12)
    kernels = [(np.ones((3, 3)) / 9, False), (noisy, False), (KERNEL_BANK["sobel_x"], True)]
    results = [compare(np.full((9, 9), 255, np.uint8), kernel, signed=signed) for kernel, signed in kernels]
    monkeypatch.setattr(cv2, "filter2D", None)
    assert {(result.clipped_low, result.clipped_high) for result in results} == {(0, 0)}


def test_the_pixel_that_is_shown_first() -> None:
    """The first that differs; else the strongest response of edges; else the largest change."""
    image = np.full((20, 30), 100, np.uint8)
    image[7, 11] = 200
    edges, blur = KERNEL_BANK["sobel_x"], KERNEL_BANK["small_blur"]
    wrong = compare(image, edges, convolve=spoiled({(10, 0): 1}))
    assert wrong.spot == wrong.first == (0, 10)
    assert compare(image, edges).spot in [(10, 6), (10, 7)]
    for one in (image, np.dstack([image // 2, image, image // 2])):
        assert compare(one, blur).spot == (11, 7)


def test_one_bright_spot_does_not_make_all_others_grey(coffee: np.ndarray) -> None:
    responses = filter2d(coffee, KERNEL_BANK["sobel_x"], "replicate", signed=True)
    spot = responses.copy()
    spot[5, 5] = 30000
    assert strong_response(spot) == strong_response(responses) < np.abs(responses).max()
    assert strong_response(np.array([[0] * 999 + [-7]], np.int16)) == 7


def test_clipping_in_words() -> None:
    """Why a result is white or black, and what would keep the sums that were cut off."""
    dark, light, ones = np.full((4, 5), 3, np.uint8), np.full((4, 5), 200, np.uint8), np.ones((3, 3))
    white = "100 % of the sums are above 255: the weights add up to"
    black = "% of the sums are below 0 and became 0"
    thirds = f"33 {black}, 33 % are above 255 and became 255; --signed keeps them"

    def words(image: np.ndarray, kernel: Any, border: str = "replicate", signed: bool = False) -> str:
        return compare(image, kernel, border, signed=signed).clipping_text

    assert words(light, ones) == f"{white} 9, / 9 keeps the brightness"
    assert words(light, ones / 2) == f"{white} 4.5, / 9 instead of / 2 keeps the brightness"
    assert words(light, ones * 2**0.5) == f"{white} 12.727922061..."
    assert words(light, ones / 9) == words(dark, -ones, signed=True) == ""
    assert words(dark, -ones) == f"100 {black}; --signed keeps them"
    assert words(dark, -99 * ones) == f"100 {black}"  # not all fit in int16
    assert words(light, -999 * ones, signed=True) == "100 % of the sums are below -32768 and became -32768"
    assert words(np.array([[0, 90, 0]], np.uint8), [[-4, 0, 4]], "zero") == thirds


def test_arrays_that_opencv_takes_for_no_image() -> None:
    """One channel, more than it allows, rows that overlap, rows in reverse; and few pixels."""
    overlapping = np.lib.stride_tricks.sliding_window_view(noise(60), (11,))[:9]
    images = [noise(5, 4, 300), overlapping, noise(6, 7)[::-1, ::-1], np.broadcast_to(noise(7), (5, 7))]
    images += [noise(*shape) for shape in [(4, 5, 1), (1, 1, 4), (1, 9), (9, 1), (1, 1)]]
    for image, border, signed in product(images, ("reflect101", "wrap"), (False, True)):
        result = compare(image, [[1, 2, 1], [0, 0, 0], [-1, -2, -1]], border, signed=signed)
        assert result.verdict == "identical"
