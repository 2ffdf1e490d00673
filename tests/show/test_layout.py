"""Places on the canvas."""

import pytest

from filtering.show.canvas import GAP
from filtering.show.layout import CANVAS, FOOT, Layout, lay_out

SHAPES = [
    (100, 150),
    (8, 8),
    (1, 1),
    (1, 3000),
    (3000, 1),
    (1600, 1200),
    (40, 30, 3),
    (3000, 4000),
    (600, 120),
]


def middle(layout: Layout, number: int, place: tuple[int, int]) -> tuple[int, int]:
    box = layout.box(number, place)
    assert box is not None
    return (box[0] + box[2]) // 2, (box[1] + box[3]) // 2


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("differing", [False, True])
@pytest.mark.parametrize("in_file", [False, True])
def test_panels_fit_and_do_not_overlap(shape: tuple[int, ...], differing: bool, in_file: bool) -> None:
    layout = lay_out(shape, differing=differing, in_file=in_file)
    assert ("difference" in layout.names) >= differing
    assert layout.size[0] == CANVAS[0]
    assert layout.size[1] <= CANVAS[1] if in_file else layout.size == CANVAS
    boxes = [(*corner, *layout.panel) for corner in layout.corners] + [layout.arithmetic] * (not in_file)
    for number, (left, top, width, height) in enumerate(boxes):
        assert left >= GAP
        assert left + width <= CANVAS[0] - GAP
        assert top + height <= layout.size[1] - FOOT * (not in_file)
        for x, y, w, h in boxes[:number]:
            assert x + w <= left or left + width <= x or y + h <= top or top + height <= y


def test_the_window_fits_a_laptop() -> None:
    """1366 x 768, with a title and a bar of the desktop."""
    assert CANVAS[0] + 8 <= 1366
    assert CANVAS[1] + 27 + 4 + 40 <= 768


@pytest.mark.parametrize("shape", SHAPES)
def test_the_mouse_finds_the_pixel_that_is_drawn_there(shape: tuple[int, ...]) -> None:
    """The middle of each pixel's box leads back to it, where it is not smaller than the screen's."""
    layout = lay_out(shape)
    for place in ((0, 0), (shape[1] - 1, shape[0] - 1), (shape[1] // 2, shape[0] // 3)):
        for number in range(3):
            x, y = layout.pixel_at(*middle(layout, number, place)) or (-9, -9)
            assert abs(x - place[0]) < 1 + shape[1] // layout.panel[0]
            assert abs(y - place[1]) < 1 + shape[0] // layout.panel[1]
    left, top = layout.corners[0]
    assert layout.pixel_at(left - 1, top) is None
    assert layout.pixel_at(left, top - 1) is None
    assert layout.pixel_at(left, top + layout.panel[1]) is None


def test_a_large_image_has_a_detail_at_full_size() -> None:
    layout = lay_out((3000, 4000), spot=(3999, 10))
    number = layout.names.index("detail")
    assert layout.regions[number][2:] == layout.panel
    left, top = layout.corners[number]
    assert layout.pixel_at(left + 5, top + 7) == (4000 - layout.panel[0] + 5, 7)
    assert layout.box(number, (0, 0)) is None
    assert "detail" not in lay_out((300, 400)).names
