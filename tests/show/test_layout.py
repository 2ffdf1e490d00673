"""Places on the canvas, and the part of the image that panels show."""

import pytest

from filtering.show.canvas import GAP
from filtering.show.layout import WINDOW_SIZE, Layout, lay_out

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
SIZES = [WINDOW_SIZE, (400, 300), (1910, 1010), (900, 860), (500, 660)]


def middle(layout: Layout, number: int, place: tuple[int, int]) -> tuple[int, int]:
    box = layout.box(number, place)
    assert box is not None
    return (box[0] + box[2]) // 2, (box[1] + box[3]) // 2


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("differing", [False, True])
def test_panels_fit_and_do_not_overlap(
    shape: tuple[int, ...], size: tuple[int, int], differing: bool
) -> None:
    layout = lay_out(shape, size, differing=differing, spot=(0, 0))
    assert ("difference" in layout.names) >= differing
    boxes = [(*corner, *layout.panel) for corner in layout.corners] + [layout.arithmetic]
    for number, (left, top, width, height) in enumerate(boxes):
        assert left >= GAP
        assert left + width <= size[0] - GAP
        if size[1] > 300 or len(layout.names) < 4:  # on the smallest canvas, four thin panels may not fit
            assert top + height <= size[1]
        for x, y, w, h in boxes[:number]:
            assert x + w <= left or left + width <= x or y + h <= top or top + height <= y


@pytest.mark.parametrize("shape", SHAPES)
def test_the_mouse_finds_the_pixel_that_is_drawn_there(shape: tuple[int, ...]) -> None:
    """The middle of each pixel's box leads back to it, where it is not smaller than the screen's."""
    layout = lay_out(shape, spot=(0, 0))
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
    assert layout.detail[2:] == layout.panel
    left, top = layout.corners[number]
    assert layout.pixel_at(left + 5, top + 7) == (4000 - layout.panel[0] + 5, 7)
    assert layout.box(number, (0, 0)) is None
    assert "detail" not in lay_out((300, 400), spot=(0, 0)).names


@pytest.mark.parametrize("shape", [(100, 150), (3000, 4000), (8, 8), (1, 3000), (600, 120)])
def test_zoom_keeps_its_place_and_stays_in_the_image(shape: tuple[int, ...]) -> None:
    layout = lay_out(shape)
    for factor in [1.5] * 14 + [1 / 1.5] * 14:
        place = shape[1] // 3, shape[0] // 2
        before = middle(layout, 0, place)
        layout = layout.zoomed(factor, place)
        left, top, width, height = layout.region
        assert 0 <= left <= left + width <= shape[1]
        assert 0 <= top <= top + height <= shape[0]
        after = middle(layout, 0, place)
        if factor > 1:  # zooming out, an edge of the image may be in the way
            pixel = layout.panel[0] / width, layout.panel[1] / height
            assert all(abs(a - b) <= 1.5 * max(1, p) for a, b, p in zip(before, after, pixel, strict=True))
    assert layout.whole


def test_the_closest_zoom_has_pixels_of_64() -> None:
    layout = lay_out((1000, 1000))
    for _ in range(30):
        layout = layout.zoomed(1.5, (500, 500))
    assert 55 <= layout.panel[0] / layout.region[2] <= 70


def test_panning_stops_at_the_edges() -> None:
    layout = lay_out((100, 150)).zoomed(3, (75, 50))
    assert layout.panned(-999, 5).region == (0, layout.region[1] + 5, *layout.region[2:])
    assert layout.panned(999, 999).region[:2] == (150 - layout.region[2], 100 - layout.region[3])
    assert lay_out((100, 150)).panned(7, 7).whole
