"""What mistakes do to kernels, and which pixels they leave out, worked out by hand."""

from fractions import Fraction

import numpy as np
import pytest

from filtering.check.mistakes import (
    DIVISORS,
    FRAMES,
    KERNELS,
    Hypothesis,
    minus_mean,
    responses,
    simple_fractions,
    to_float16,
    to_uint8,
    to_whole,
    uncomputed,
    without_last,
)
from filtering.check.probes import FINEST, Probe
from filtering.model import REACH, WHOLE, Frame, Length, Shift


def test_what_the_weights_inside_are_divided_by() -> None:
    """Also where they are negative, and where they add up to 0: what is divided by is always above 0."""
    image = np.array([[3, 5, 8], [9, 0, 4]], np.uint8)
    guess = Hypothesis("weights-inside", divisor="normalised")
    for sign in (1, -1):
        sums, scales = responses(Probe(image, sign * np.array([[2, 1, -3]])), guess)
        assert sums.tolist() == [[12, 0, 18], [-9, 0, 4]]
        assert scales.tolist() == [[2, 1, 3], [2, 1, 3]]


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
    ],
)
def test_frames(name: str, rows: str, columns: str) -> None:
    """Of a 9 x 11 image under a 5 x 7 kernel: a 1 for each row and column that is missing."""
    probe = Probe(np.zeros((9, 11), np.uint8), np.ones((5, 7)))
    missing = uncomputed(probe, Hypothesis(frame=FRAMES[name].effect))
    expected = np.array(list(rows)) == "1", np.array(list(columns)) == "1"
    assert np.array_equal(missing, expected[0][:, np.newaxis] | expected[1])


def test_every_frame_is_tested() -> None:
    marks = [mark for mark in test_frames.pytestmark if mark.name == "parametrize"]  # type: ignore[attr-defined]
    assert {name for name, _, _ in marks[0].args[1]} == set(FRAMES)


@pytest.mark.parametrize(
    ("early", "frame", "done"),
    [
        ("first-pixel", WHOLE, [(0, 0)]),
        ("first-row", WHOLE, [(0, 0), (0, 1), (0, 2), (0, 3)]),
        ("last-row", WHOLE, [(3, 0), (3, 1), (3, 2), (3, 3)]),
        ("first-pixel", REACH, [(1, 1)]),
        ("first-row", REACH, [(1, 1), (1, 2)]),
    ],
)
def test_loops_that_end_early(early: str, frame: Frame, done: list[tuple[int, int]]) -> None:
    probe = Probe(np.zeros((4, 4), np.uint8), np.ones((3, 3)))
    missing = uncomputed(probe, Hypothesis(early=early, frame=frame))
    assert [tuple(place) for place in np.argwhere(~missing)] == done


def test_probes_move_and_have_an_inside() -> None:
    probe = Probe(np.zeros((9, 12), np.uint8), np.ones((3, 5)) / 3)
    assert probe.reach == (1, 2)
    assert [str(shift) for shift in (Shift(Length(-1), Length(1)), Shift(Length(1, 2), Length(0, -1)))] == [
        "-1,1", "2radius+1,-radius",
    ]  # fmt: skip
    assert Shift(Length(-1), Length(1, -2)).of(probe.reach) == (-1, -1)
    assert np.array_equal(np.argwhere(probe.inside())[[0, -1]], [[1, 2], [7, 9]])
    assert np.array_equal(
        np.argwhere(probe.inside(Shift(Length(1), Length(0, -1))))[[0, -1]], [[0, 3], [6, 10]]
    )
    assert [part if isinstance(part, int) else part.tolist()[0][0] for part in probe.weights] == [1, 3]
    floats = Probe(probe.image, np.array([[0.1234567890123, -1.0, 2.0]]))
    assert [part if isinstance(part, int) else part.tolist() for part in floats.weights] == [
        [[123456789, -FINEST, 2 * FINEST]], FINEST,
    ]  # fmt: skip
