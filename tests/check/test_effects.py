"""The arithmetic of mistakes: what is predicted of a function that makes them, worked out by hand."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from filtering.check.effects import (
    Span,
    added_up,
    make_pixels,
    minus_mean,
    negative_indices,
    padded_with,
    simple_fractions,
    to_float16,
    to_uint8,
    to_whole,
    without_last,
)
from filtering.check.hypothesis import Hypothesis, responses, uncomputed
from filtering.check.mistakes import DIVISORS, FRAMES, KERNELS, RANGES
from filtering.check.probes import FINEST, Probe

HALVES = np.array(
    [-5, -3, -1, 0, 1, 3, 5, 509, 511, 513, 1022]
)  # over 2: -2.5, ..., 254.5, 255.5, 256.5, 511


def made(
    sums: Any, scale: int, rounding: str = "half-even", span: Span = RANGES["none"].effect
) -> list[float]:
    predicted = make_pixels(np.array(sums), scale, rounding, span)
    assert predicted is not None
    return [float(value) for value in predicted.exact]


@pytest.mark.parametrize(
    ("rounding", "expected"),
    [
        ("half-even", [-2, -2, 0, 0, 0, 2, 2, 254, 256, 256, 511]),
        ("half-odd", [-3, -1, -1, 0, 1, 1, 3, 255, 255, 257, 511]),
        ("half-up", [-2, -1, 0, 0, 1, 2, 3, 255, 256, 257, 511]),
        ("half-down", [-3, -2, -1, 0, 0, 1, 2, 254, 255, 256, 511]),
        ("floor", [-3, -2, -1, 0, 0, 1, 2, 254, 255, 256, 511]),
        ("truncate", [-2, -1, 0, 0, 0, 1, 2, 254, 255, 256, 511]),
        ("none", (HALVES / 2).tolist()),
    ],
)
def test_roundings(rounding: str, expected: list[float]) -> None:
    assert made(HALVES, 2, rounding) == expected


@pytest.mark.parametrize("rounding", ["half-even", "half-odd", "half-up", "half-down"])
def test_what_is_no_half_goes_to_the_nearest(rounding: str) -> None:
    assert made([-8, -7, -5, -4, 4, 5, 7, 8], 6, rounding) == [-1, -1, -1, -1, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("saturate", [0, 0, 0, 7, 255, 255, 255]),
        ("wrap-modulo-256", [156, 255, 0, 7, 255, 0, 44]),
        ("absolute-value", [100, 1, 0, 7, 255, 255, 255]),
        ("none", [-100, -1, 0, 7, 255, 256, 300]),
        ("clipped-at-0", [0, 0, 0, 7, 255, 256, 300]),
        ("clipped-at-255", [-100, -1, 0, 7, 255, 255, 255]),
        ("expects-0..1", [0, 0, 0, 1, 1, 1, 1]),
        ("absolute floats", [100, 1, 0, 7, 255, 256, 300]),
        ("absolute, then wrap", [100, 1, 0, 7, 255, 0, 44]),
        ("wrap below 0", [156, 255, 0, 7, 255, 255, 255]),
        ("wrap above 255", [0, 0, 0, 7, 255, 0, 44]),
    ],
)
def test_ranges(name: str, expected: list[float]) -> None:
    sums = np.array([-100, -1, 0, 7, 255, 256, 300])
    assert made(3 * sums, 3, "half-even", RANGES[name].effect) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("stretch-to-0..255", [0, 51, 102, 255]),
        ("stretch by the largest", [0, 0, 63, 255]),
        ("absolute, then stretch", [63, 0, 63, 255]),
        ("stretch to -1..1, then wrap", [1, 103, 205, 255]),
    ],
)
def test_stretches(name: str, expected: list[float]) -> None:
    assert made([-10, 0, 10, 40], 1, "truncate", RANGES[name].effect) == expected
    assert make_pixels(np.full(3, 7), 1, "truncate", RANGES["stretch-to-0..255"].effect) is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("stretch-to-0..255", [0, 63, 255]),
        ("stretch by the largest", [51, 102, 255]),
        ("absolute, then stretch", [51, 102, 255]),
        ("stretch to -1..1, then wrap", [0, 63, 255]),
    ],
)
def test_stretches_of_sums_above_0(name: str, expected: list[float]) -> None:
    assert made([10, 20, 50], 1, "truncate", RANGES[name].effect) == expected
    assert made([0, 10, 50], 1, "truncate", RANGES[name].effect) == [0, 51, 255]


def test_scaled_to_0_to_1() -> None:
    sums = [-255, 0, 51, 510]
    assert made(sums, 1, "none", RANGES["scaled-to-0..1"].effect) == [0, 0, 0.2, 1]
    assert made(sums, 1, "none", RANGES["scaled, not saturated"].effect) == [-1, 0, 0.2, 2]
    assert made([-10, 0, 10, 40], 1, "none", RANGES["stretch to 0..1"].effect) == [0, 0.2, 0.4, 1]


def test_what_the_weights_inside_are_divided_by() -> None:
    """Also where they are negative, and where they add up to 0: what is divided by is always above 0."""
    image = np.array([[3, 5, 8], [9, 0, 4]], np.uint8)
    guess = Hypothesis("weights-inside", divisor="normalised")
    for sign in (1, -1):
        sums, scales = responses(Probe(image, sign * np.array([[2, 1, -3]])), guess)
        assert sums.tolist() == [[12, 0, 18], [-9, 0, 4]]
        assert scales.tolist() == [[2, 1, 3], [2, 1, 3]]


def test_noise_is_an_excuse_next_to_a_step_only() -> None:
    """And not where floats hold the sums exactly: over a power of two."""
    for divisor, offset, excused in [(6, 0, True), (6, 1, False), (8, 0, False)]:
        sums = np.array([divisor // 2 + offset])  # a half, or beyond it
        predicted = make_pixels(sums, divisor, "half-even", RANGES["saturate"].effect)
        assert predicted is not None
        other = 1 - predicted.exact
        assert predicted.equal(predicted.exact, noise=False).all()
        assert predicted.equal(other, noise=False).all() == excused
        assert predicted.equal(other, noise=True).all() == (offset == 0)
        assert not predicted.equal(predicted.exact.astype(complex), noise=True).any()


def test_noise_goes_down_and_up() -> None:
    """A half may have become either neighbour, and no other pixel."""
    predicted = make_pixels(np.array([3, 9]), 6, "half-even", RANGES["saturate"].effect)
    assert predicted is not None
    assert predicted.exact.tolist() == [0, 2]
    assert predicted.equal(np.array([1, 1]), noise=False).all()
    assert not predicted.equal(np.array([2, 0]), noise=True).any()


@pytest.mark.parametrize(
    ("name", "top"),
    [("saturate", 255), ("expects-0..1", 1), ("clipped-at-255", 255), ("absolute-value", 255)],
)
def test_what_is_cut_off_is_not_next_to_a_step(name: str, top: int) -> None:
    """A sum of 300 that is truncated is 255, and no noise makes it 254; one of 255 may be."""
    predicted = make_pixels(np.array([300 * 6, top * 6]), 6, "truncate", RANGES[name].effect)
    assert predicted is not None
    assert predicted.exact.tolist() == [top, top]
    assert predicted.equal(np.array([top - 1, top - 1]), noise=True).tolist() == [False, True]


def test_whole_sums_have_no_noise() -> None:
    predicted = make_pixels(np.array([5, -5]), 1, "truncate", RANGES["none"].effect)
    assert predicted is not None
    assert not predicted.equal(np.array([4, -4]), noise=False).any()


def test_floats_are_right_within_the_noise() -> None:
    predicted = make_pixels(np.array([5]), 4, "none", RANGES["none"].effect)
    assert predicted is not None
    for off, right in [(0, True), (9e-4, True), (-9e-4, True), (1.1e-3, False), (-1.1e-3, False)]:
        assert predicted.equal(np.array([1.25 + off]), noise=False).all() == right
    for name in ("stretch-to-0..255", "saturate"):  # at the ends as well
        predicted = make_pixels(np.array([0, 255]), 1, "none", RANGES[name].effect)
        assert predicted is not None
        assert predicted.equal(np.array([-1e-9, 255 + 1e-9]), noise=False).all()


def test_kernels_that_are_used_instead() -> None:
    weights = np.array([[-9, 3, 1030], [4, 0, -4]])
    assert [part.tolist() if isinstance(part, np.ndarray) else part for part in to_whole(weights, 4)] == [
        [[-2, 0, 257], [1, 0, -1]], 1,
    ]  # fmt: skip
    assert to_uint8(weights, 4)[0].tolist() == [[254, 0, 1], [1, 0, 255]]
    shifted, divisor = minus_mean(weights, 4)
    assert np.array_equal(shifted / divisor, weights / 4 - (weights / 4).mean())
    third, divisor = to_float16(np.array([[1]]), 3)
    assert third[0, 0] / divisor == float(np.float16(1 / 3)) != 1 / 3
    for rows, columns, expected in [
        (True, True, [[-9, 3, 0], [0, 0, 0]]),
        (True, False, [[-9, 3, 1030], [0, 0, 0]]),
        (False, True, [[-9, 3, 0], [4, 0, 0]]),
    ]:
        assert without_last(rows, columns)(weights, 4)[0].tolist() == expected
    assert weights[1, 2] == -4


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("negated", [[9, -3, -1030], [-4, 0, 4]]),
        ("last-row-and-column-unused", [[-9, 3, 0], [0, 0, 0]]),
        ("last-row-unused", [[-9, 3, 1030], [0, 0, 0]]),
        ("last-column-unused", [[-9, 3, 0], [4, 0, 0]]),
    ],
)
def test_kernels_by_name(name: str, expected: list[list[int]]) -> None:
    weights, divisor = KERNELS[name].effect(np.array([[-9, 3, 1030], [4, 0, -4]]), 4)
    assert (weights.tolist(), divisor) == (expected, 4)


@pytest.mark.parametrize(
    ("name", "divisors"),
    [("normalised", [6, 8, 8]), ("sum-of-absolute-weights", [12, 6, 8]), ("number-of-weights", [24, 24, 24])],
)
def test_divisors_by_name(name: str, divisors: list[int]) -> None:
    """Nothing is divided by a sum of 0."""
    kernels = [[9, -3, 0], [3, -3, 0], [0, 0, 0]]
    assert [DIVISORS[name].effect(np.array([weights]), 8) for weights in kernels] == divisors


@pytest.mark.parametrize("shape", [(4, 5), (1, 3), (2, 2)])
def test_negative_indices_as_python_has_them(shape: tuple[int, int]) -> None:
    """A reach beyond the image would be an IndexError: there is 0."""
    image = np.arange(1, shape[0] * shape[1] + 1).reshape(shape)
    rows, columns = 2, 3
    padded = negative_indices(image, rows, columns)
    for y, x in np.ndindex(padded.shape):
        row, column = y - rows, x - columns
        known = -shape[0] <= row < shape[0] and -shape[1] <= column < shape[1]
        assert padded[y, x] == (image[row, column] if known else 0)


def test_borders_by_name() -> None:
    image = np.array([[5]])
    assert padded_with("constant-9", image, 0, 1).tolist() == [[9, 5, 9]]
    assert padded_with("zero", image, 1, 0).tolist() == [[0], [5], [0]]
    assert padded_with("replicate", image, 0, 1).tolist() == [[5, 5, 5]]


def test_added_up_in_whole_numbers() -> None:
    windows, weights = np.array([[[100.0, 200.0, 3.0]]]), np.array([[0.75, 1.25, -0.5]])
    assert added_up(windows, weights, "int").tolist() == [[323]]  # 75, 325, 323.5
    assert added_up(windows, weights, "int-products").tolist() == [[324]]  # 75 + 250 - 1
    assert added_up(windows, weights, "uint8").tolist() == [[67]]  # 75, 325 - 256, 67.5


def test_simple_fractions() -> None:
    assert simple_fractions(1 / 9, 1e-6)[0] == Fraction(1, 9)
    assert simple_fractions(0.333, 1e-9) == [Fraction(333, 1000)]
    assert simple_fractions(-2.5, 0.0) == [Fraction(-5, 2)]
    assert simple_fractions(1 / 1024, 1e-9) == [Fraction(1, 1024)]
    assert len(simple_fractions(0.5, 0.2)) == 8
    assert simple_fractions(0.5, 0.5)[0] == 0


# ---- Rows and columns that are not computed


@pytest.mark.parametrize(
    ("name", "rows", "columns"),
    [
        ("left-unfiltered", "110000011", "11100000111"),
        ("one-pixel-left-unfiltered", "100000001", "10000000001"),
        ("left-unfiltered and last-row-and-column", "110000111", "11100001111"),
        ("last-row-and-column", "000000001", "00000000001"),
        ("last-row", "000000001", "00000000000"),
        ("last-column", "000000000", "00000000001"),
        ("first-row-and-column", "100000000", "10000000000"),
        ("last-kernel-rows-and-columns", "000001111", "00000111111"),
        ("last-kernel-rows-and-columns-and-one", "000011111", "00001111111"),
        ("last-half-kernel-rows-and-columns", "000000011", "00000000111"),
        ("last-two-rows-and-columns", "000000011", "00000000011"),
        ("first-half-kernel-rows-and-columns", "110000000", "11100000000"),
        ("rows-at-the-edge", "110000011", "00000000000"),
        ("columns-at-the-edge", "000000000", "11100000111"),
        ("beyond 4 x 6", "000011111", "00000011111"),
    ],
)
def test_frames(name: str, rows: str, columns: str) -> None:
    """Of a 9 x 11 image under a 5 x 7 kernel: a 1 for each row and column that is missing."""
    probe = Probe(np.zeros((9, 11), np.uint8), np.ones((5, 7)))
    missing = uncomputed(probe, Hypothesis(frame=name))
    expected = np.array(list(rows)) == "1", np.array(list(columns)) == "1"
    assert np.array_equal(missing, expected[0][:, np.newaxis] | expected[1])


def test_every_frame_is_tested() -> None:
    marks = [mark for mark in test_frames.pytestmark if mark.name == "parametrize"]  # type: ignore[attr-defined]
    assert {name for name, _, _ in marks[0].args[1]} - {"beyond 4 x 6"} == set(FRAMES)


@pytest.mark.parametrize(
    ("early", "frame", "done"),
    [
        ("first-pixel", "", [(0, 0)]),
        ("first-row", "", [(0, 0), (0, 1), (0, 2), (0, 3)]),
        ("last-row", "", [(3, 0), (3, 1), (3, 2), (3, 3)]),
        ("first-pixel", "left-unfiltered", [(1, 1)]),
        ("first-row", "left-unfiltered", [(1, 1), (1, 2)]),
    ],
)
def test_loops_that_end_early(early: str, frame: str, done: list[tuple[int, int]]) -> None:
    probe = Probe(np.zeros((4, 4), np.uint8), np.ones((3, 3)))
    missing = uncomputed(probe, Hypothesis(early=early, frame=frame))
    assert [tuple(place) for place in np.argwhere(~missing)] == done


def test_probes_move_and_have_an_inside() -> None:
    probe = Probe(np.zeros((9, 12), np.uint8), np.ones((3, 5)) / 3)
    assert probe.reach == (1, 2)
    assert [probe.moved(step) for step in [("1", "0"), ("-1", "1"), ("radius", "-radius"), ("0", "0")]] == [
        (1, 0), (-1, 1), (2, -1), (0, 0),
    ]  # fmt: skip
    assert np.array_equal(np.argwhere(probe.inside())[[0, -1]], [[1, 2], [7, 9]])
    assert np.array_equal(np.argwhere(probe.inside(("1", "-radius")))[[0, -1]], [[0, 3], [6, 10]])
    assert [part if isinstance(part, int) else part.tolist()[0][0] for part in probe.weights] == [1, 3]
    floats = Probe(probe.image, np.array([[0.1234567890123, -1.0, 2.0]]))
    assert [part if isinstance(part, int) else part.tolist() for part in floats.weights] == [
        [[123456789, -FINEST, 2 * FINEST]], FINEST,
    ]  # fmt: skip
