"""The picture of a kernel that was learned."""

import numpy as np
import pytest
from conftest import TAPS, Word, noise

from filtering.show.canvas import FAINT, GAP, GOOD, INK, blank, resize
from filtering.show.layout import CANVAS
from filtering.show.learning import draw_learning
from filtering.show.place import draw_cells


@pytest.mark.parametrize("exact", [True, False])
def test_images_kernel_and_title_have_their_places(words: list[Word], exact: bool) -> None:
    """The kernel on paper where every pixel is reproduced; else its floats. A smaller image is enlarged."""
    before, after, result = noise(20, 30), noise(18, 28), noise(20, 30, seed=1)
    drawn = draw_learning(before, after, result, TAPS / 7, "the title", exact=exact)
    head, title, size = words[:3], words[3], words[-1]
    assert [(word.text, word.left) for word in head] == [
        ("before", GAP), ("after", GAP + 400), ("the kernel's result", GAP + 800)
    ]  # fmt: skip
    for image, word in zip((before, after, result), head, strict=True):
        place = drawn[GAP + 23 : GAP + 283, word.left : word.left + 390]
        assert np.array_equal(place, resize(image, (390, 260)))
    assert (title.text, title.colour, title[1:3]) == ("the title", GOOD if exact else INK, (GAP, 313))
    assert (size.text, size.colour) == ("3 x 5   / 7" if exact else "3 x 5", FAINT)
    assert (size.left, size.top) == (2 * GAP + 500, 349)
    draw_cells(cells := blank(*CANVAS), TAPS.astype(int) if exact else TAPS / 7, (GAP, 349), (500, 300))
    assert np.array_equal(drawn[349:650, :512], cells[349:650, :512])
