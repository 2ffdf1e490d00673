"""Frames and shifts are measured, whatever a loop begins and ends with."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import strangers
from test_gallery import found

from filtering.check import check_function
from filtering.check.findings import measured, way
from filtering.model import Frame, Length, Shift

Array = np.ndarray
whole: Callable[[Array, Array], Array] = strangers.RIGHT["strided"]
sums: Callable[..., Array] = strangers.total
pixels: Callable[[Array], Array] = strangers.pixels


def looped(rows: Callable[..., range], columns: Callable[..., range], fill: Any = 0) -> Any:
    """Return a function whose loops run over these ranges of (height, kh) and (width, kw)."""

    def function(image: Array, kernel: Array) -> Array:
        out, right = np.full_like(image, fill), whole(image, kernel)
        for y in rows(image.shape[0], kernel.shape[0]):
            for x in columns(image.shape[1], kernel.shape[1]):
                out[y, x] = right[y, x]
        return out

    return function


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (looped(lambda h, k: range(k // 2, h - k), lambda w, k: range(k // 2, w - k)),
         "top radius, bottom 2radius+1, left radius, right 2radius+1"),
        (looped(lambda h, k: range(2, h - 2), lambda w, k: range(2, w - 2), 255),
         "top 2, bottom 2, left 2, right 2"),
        (looped(lambda h, k: range(1, h), lambda w, k: range(w - k + 1)),
         "top 1, bottom 0, left 0, right 2radius"),
        (looped(lambda h, k: range(h), lambda w, k: range(3, w)), "top 0, bottom 0, left 3, right 0"),
        (looped(lambda h, k: range(min(h, k)), lambda w, k: range(min(w, k))),
         "beyond 2radius+1 x 2radius+1"),
        (looped(lambda h, k: range(h - 1), lambda w, k: range(w)), "last-row"),
    ],
)  # fmt: skip
def test_loops(function: Any, told: str) -> None:
    result = check_function(function)
    assert (result["verdict"], found(result)["not-computed"]) == ("explained", told)
    assert found(result).keys() <= {"not-computed", "border"}


@pytest.mark.parametrize(
    ("shift", "turn"),
    [(Shift(Length(0, -2), Length(0, -2)), 0), (Shift(Length(2)), 0), (Shift(Length(-1), Length(0, 1)), 2)],
)
def test_shifts(shift: Shift, turn: int) -> None:
    def moved(image: Array, kernel: Array) -> Any:
        right, down = shift.of((kernel.shape[0] // 2, kernel.shape[1] // 2))
        total = sums(image, np.rot90(kernel, turn), "wrap")
        return pixels(np.roll(total, (down, right), (0, 1)))

    told = {"border": "wrap", "shift": str(shift)} | ({"orientation": "rotated180"} if turn else {})
    assert found(check_function(moved)) == told


def test_the_words() -> None:
    frame = Frame(Length(1), Length(1, 2), Length(0, 2), Length(2, 1))
    assert measured(frame) == (
        "1 row at the top, kh rows at the bottom, "
        "kw - 1 columns at the left and kw // 2 + 2 columns at the right"
    )
    assert way(Shift(Length(0, -2), Length(2))) == "twice half a kernel to the left and 2 pixels down"
