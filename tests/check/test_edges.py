"""The edges of outputs, and the pixels from which conclusions are drawn."""

from collections.abc import Callable

import gallery
import numpy as np
import pytest
import strangers
from conftest import noise

from filtering.check.edges import constants, early_rows, fills, framed, side_mask
from filtering.check.mistakes import FRAMES, Hypothesis, agreement, cost, predict
from filtering.check.probes import Probe
from filtering.check.search import FEWEST, TELLING, fit, informative, middle, telling
from filtering.model import REACH, WHOLE, Frame, Length, Shift

total: Callable[..., np.ndarray] = strangers.total
overwrites_the_padded: Callable[..., np.ndarray] = gallery.overwrites_the_padded_picture
overwrites: Callable[..., np.ndarray] = gallery.overwrites_the_picture
PROBE = Probe(noise(9, 12), np.arange(1, 16).reshape(3, 5) / 64)


def output_of(guess: Hypothesis) -> np.ndarray:
    predicted = predict(PROBE, guess)
    assert predicted is not None
    return predicted.exact


def test_what_fills_pixels_that_were_not_computed() -> None:
    image = np.array([[1, 2]], np.uint8)
    assert fills(np.full((1, 2), np.nan), image) == ["missing"]
    assert fills(np.array([[1.0, 2.0]]), image) == ["image"]
    assert fills(np.array([[7, 7]]), image) == ["7", "any"]
    assert fills(np.array([[7.5, 7.5]]), image) == ["any"]
    assert fills(np.array([[7, 8]]), image) == ["any"]
    assert fills(np.array([[7j, 7j]]), image) == ["any"]
    assert fills(np.array([[7 + 0j, 7]]), image) == ["any"]


@pytest.mark.parametrize(
    ("side", "rows", "columns"),
    [
        ("top", (0, 1), (2, 10)),
        ("bottom", (8, 9), (2, 10)),
        ("left", (1, 8), (0, 2)),
        ("right", (1, 8), (10, 12)),
    ],
)
def test_sides(side: str, rows: tuple[int, int], columns: tuple[int, int]) -> None:
    expected = np.zeros((9, 12), bool)
    expected[slice(*rows), slice(*columns)] = True
    assert np.array_equal(side_mask(PROBE, side), expected)


@pytest.mark.parametrize("value", [1, 128, 255])
def test_a_border_of_one_value_is_measured(value: int) -> None:
    output = output_of(Hypothesis(value))
    assert value in constants(PROBE, output, Hypothesis())
    assert len(constants(PROBE, output, Hypothesis())) <= 3
    assert constants(PROBE, output_of(Hypothesis()), Hypothesis()) == []
    assert constants(PROBE, output, Hypothesis(range="stretch-to-0..255")) == []
    assert constants(PROBE, output.astype(complex), Hypothesis()) == []


@pytest.mark.parametrize(
    ("frame", "fill"), [("last-row", "0"), ("left-unfiltered", "image"), ("last-column", "9")]
)
def test_frames_are_found(frame: str, fill: str) -> None:
    guess = Hypothesis("zero", frame=FRAMES[frame].effect, fill=fill)
    output = output_of(Hypothesis("zero"))
    left = ~agreement(PROBE, np.full((9, 12), -1), replace_fill(guess))
    missing = PROBE.image if fill == "image" else np.full((9, 12), int(fill))
    output = np.where(left, output, missing)
    assert guess in list(framed([(PROBE, output)], Hypothesis("zero")))
    assert list(framed([(PROBE, output_of(Hypothesis("zero")))], Hypothesis("zero"))) == []


def replace_fill(guess: Hypothesis) -> Hypothesis:
    """Under this one, only pixels of the frame agree, whatever they are."""
    return Hypothesis(guess.border, frame=guess.frame, fill="any")


@pytest.mark.parametrize("fill", [0, 200])
def test_sizes_that_are_fixed_in_the_code(fill: int) -> None:
    output = output_of(Hypothesis())
    output[5:] = fill  # of rows alone it is not told
    assert not any(guess.frame.rows for guess in framed([(PROBE, output)], Hypothesis()))
    output[:, 7:] = fill
    frame = Frame(rows=Length(5), columns=Length(7))
    assert Hypothesis(frame=frame, fill=str(fill)) in framed([(PROBE, output)], Hypothesis())
    output[:, 2:] = fill  # too few columns to tell
    assert not any(guess.frame.rows for guess in framed([(PROBE, output)], Hypothesis()))


def test_rows_that_are_all_there_is() -> None:
    row = np.zeros((9, 12), np.uint8)
    assert early_rows(PROBE, row) is None
    row[0, 3:] = 5
    assert early_rows(PROBE, row) == ("first-row", WHOLE, "0")
    pixel = np.zeros((9, 12), np.uint8)
    pixel[0, 0] = 5
    assert early_rows(PROBE, pixel) == ("first-pixel", WHOLE, "0")
    inside = np.zeros((9, 12), np.uint8)
    inside[1, 2:10] = 5
    assert early_rows(PROBE, inside) == ("first-row", REACH, "0")
    inside[3] = 1
    assert early_rows(PROBE, inside) is None
    second = np.zeros((9, 12), np.uint8)
    second[1, 0:10] = 5
    assert early_rows(PROBE, second) is None
    last = np.full((9, 12), np.nan)
    last[-1] = 1
    assert early_rows(PROBE, last) == ("last-row", WHOLE, "missing")
    copied = PROBE.image.copy()
    copied[0] = ~copied[0]
    assert early_rows(PROBE, copied) == ("first-row", WHOLE, "image")


def test_overwriting_is_followed_pixel_by_pixel() -> None:
    guess = Hypothesis("replicate", fill="image", overwrites=True)
    output = overwrites_the_padded(PROBE.image, PROBE.kernel)
    assert agreement(PROBE, output, guess).all()
    assert not agreement(PROBE, output_of(Hypothesis()), guess).all()
    assert not agreement(PROBE, output, Hypothesis("reflect", overwrites=True)).all()
    inner = overwrites(PROBE.image.copy(), PROBE.kernel)
    inside = Hypothesis("zero", frame=REACH, fill="image", overwrites=True)
    assert agreement(PROBE, inner, inside).all()
    inner[0, 0] ^= 1
    assert not agreement(PROBE, inner, inside).all()


def test_the_middle_is_where_nothing_else_reaches() -> None:
    """Two reaches from each edge, and one pixel more at the bottom and right."""
    assert np.argwhere(middle(PROBE))[[0, -1]].tolist() == [[2, 4], [5, 6]]


def test_informative_pixels() -> None:
    everywhere = np.ones((2, 3), bool)
    values = np.array([[7, 7, 8], [0, 255, 7]], np.uint8)
    assert informative(values, everywhere).tolist() == [[0, 2]]
    assert informative(values.astype(float), everywhere).tolist() == [[0, 2], [1, 0], [1, 1]]
    assert informative(np.array([[1, np.nan, 2, 1]]), np.ones((1, 4), bool)).tolist() == [[0, 2]]
    assert informative(values, values == 7).tolist() == []
    assert informative(values * 1j, everywhere).tolist() == []


def test_a_line_is_measured() -> None:
    """Twice the sums and 10 more, and the absolute ones; of too few pixels, or of none that vary, none is."""
    probe = Probe(noise(20, 20), np.array([[3, -1, 2], [5, 6, -4], [1, -2, 4]]) / 8)
    sums = total(probe.image, probe.kernel)
    guess, slope, height, error = fit(probe, 2 * sums + 10)[0]
    assert guess == Hypothesis()
    assert abs(slope - 2) <= error < 1e-4
    assert height == pytest.approx(10, abs=1e-6)
    signed = np.array([[3, -1, 2], [-5, 6, -4], [1, -2, 0]]) / 8
    probe = Probe(noise(20, 20), signed)
    guess, slope, _, _ = fit(probe, abs(total(probe.image, signed)) / 4)[0]
    assert (guess.range, round(slope, 6)) == ("absolute-value", 0.25)
    assert fit(probe, np.zeros((20, 20))) == []
    assert fit(Probe(noise(6, 6), signed), noise(6, 6)) == []
    assert FEWEST == 4


@pytest.mark.parametrize(("others", "enough"), [(TELLING - 1, False), (TELLING, True)])
def test_few_pixels_tell_nothing(others: int, enough: bool) -> None:
    outputs = [np.zeros(50), np.full(others, 3.0), np.full(40, np.nan)]
    assert telling(outputs) == enough
    assert not telling([])
    assert not telling([np.full(9, np.nan)])


@pytest.mark.parametrize(
    ("simpler", "other"),
    [
        ({}, {"orientation": "transposed"}),
        ({"orientation": "transposed"}, {"orientation": "rotated90"}),
        (
            {"rounding": "truncate", "range": "wrap-modulo-256"},
            {"rounding": "truncate", "range": "wrap below 0"},
        ),
        (
            {"rounding": "truncate", "range": "absolute-value"},
            {"rounding": "floor", "range": "absolute-value"},
        ),
        ({"border": "reflect"}, {"border": "negative-indices"}),
        ({"shift": Shift(Length(1))}, {"shift": Shift(Length(1)), "border": 7}),
        ({"frame": REACH}, {"frame": FRAMES["last-row-and-column"].effect, "border": 7}),
        ({"overwrites": True}, {"overwrites": True, "early": "first-row"}),
    ],
)
def test_the_simpler_explanation(simpler: dict[str, object], other: dict[str, object]) -> None:
    assert cost(Hypothesis(**simpler), None) < cost(Hypothesis(**other), None)  # type: ignore[arg-type]


def test_a_border_that_is_asked_for_costs_nothing() -> None:
    assert cost(Hypothesis("reflect"), None) == cost(Hypothesis("replicate"), None) == 0
    assert cost(Hypothesis("reflect"), "reflect") == 0 < cost(Hypothesis("replicate"), "reflect")
