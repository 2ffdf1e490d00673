"""Lengths in words, as findings tell them: in code, as a way, as rows and columns."""

from filtering.check.findings import in_code, measured, way
from filtering.model import Frame, Length, Shift

NO, ONE, HALF, TWICE = Length(), Length(1), Length(0, 1), Length(0, 2)


def test_a_length_in_code() -> None:
    for length, code in [
        (Length(2), "2"), (HALF, "kh // 2"), (TWICE, "kh - 1"), (Length(1, 2), "kh"),
        (Length(1, 1), "kh // 2 + 1"), (Length(0, 3), "kh + kh // 2 - 1"), (Length(0, 4), "2 * kh - 2"),
        (Length(0, -1), "-(kh // 2)"), (Length(-3), "-(3)"),
    ]:  # fmt: skip
        assert in_code(length, "kh") == code, length


def test_the_way_of_a_shift() -> None:
    for right, down, words in [
        (ONE, Length(0, -1), "1 pixel to the right and half a kernel up"),
        (Length(-2), NO, "2 pixels to the left"),
        (NO, TWICE, "twice half a kernel down"),
        (Length(1, 1), NO, "kw // 2 + 1 pixels to the right"),
    ]:
        assert way(Shift(right, down)) == words


def test_rows_and_columns_of_a_frame() -> None:
    assert measured(Frame(ONE)) == "1 row at the top"
    words = "kh // 2 rows at the top, kh - 1 rows at the bottom and 2 columns at the right"
    assert measured(Frame(HALF, TWICE, NO, Length(2))) == words
