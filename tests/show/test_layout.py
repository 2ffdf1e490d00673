"""Places on the canvas."""

import pytest

from filtering.show.canvas import GAP
from filtering.show.layout import BESIDE, CANVAS, FOOT, lay_out


@pytest.mark.parametrize(
    ("shape", "differing", "in_file"),
    [
        ((100, 150), False, False), ((8, 8), True, True), ((1, 1), True, False), ((1, 3000), False, True),
        ((3000, 1), False, False), ((1600, 1200), True, True), ((40, 30, 3), True, False),
        ((600, 120), False, True),
    ],
)  # fmt: skip
def test_panels_fit_and_the_mouse_finds_the_pixel_that_is_drawn_there(
    shape: tuple[int, ...], differing: bool, in_file: bool
) -> None:
    """No panel overlaps another. From the mouse to the pixel and its box, and back: the box is this pixel."""
    layout = lay_out(shape, differing=differing, in_file=in_file, spot=(shape[1] // 3, shape[0] // 2))
    assert ("difference" in layout.names) >= differing
    assert layout.size[0] == CANVAS[0] <= 1366 - 8  # a laptop's, without the frame
    assert CANVAS[1] <= 768 - 27 - 4 - 40  # nor the title, nor a bar of the desktop
    assert layout.size[1] <= CANVAS[1] if in_file else layout.size == CANVAS
    boxes = [(*corner, *layout.panel_size(n)) for n, corner in enumerate(layout.corners)]
    for number, (left, top, width, height) in enumerate(boxes + [layout.arithmetic] * (not in_file)):
        assert GAP <= left < left + width <= CANVAS[0] - GAP
        assert top + height <= layout.size[1] - FOOT * (not in_file)
        for x, y, w, h in boxes[:number]:
            assert x + w <= left or left + width <= x or y + h <= top or top + height <= y
    for number, (left, top, width, height) in enumerate(boxes):
        for x, y in [(0, 0), (width - 1, height - 1), (width // 2, height // 3), (width // 5, height // 7)]:
            place = layout.pixel_at(left + x, top + y)
            box = layout.box(number, place or (0, 0)) or (0, 0, 0, 0)
            assert box[0] <= left + x <= box[2]
            assert box[1] <= top + y <= box[3]
            assert layout.pixel_at(*box[:2]) == layout.pixel_at(*box[2:]) == place
            assert layout.pixel_at(box[0] - 1, box[1]) != place != layout.pixel_at(box[2], box[3] + 1)
    left, top, width, height = boxes[0]
    for x, y in [(left - 1, top), (left, top - 1), (left + width, top), (left, top + height)]:
        assert layout.pixel_at(x, y) is None


def test_a_large_image_has_a_detail_at_full_size() -> None:
    """Around the spot, which is in its middle but for the edges of the image."""
    layout = lay_out((3000, 4000), spot=(3999, 10))
    number = layout.names.index("detail")
    width, height = layout.panel_size(number)
    assert width >= layout.panel[0] == layout.panel_size(0)[0]
    assert layout.regions == ((0, 0, 4000, 3000),) * 3 + ((4000 - width, 0, width, height),)
    left, top = layout.corners[number]
    assert layout.pixel_at(left + 5, top + 7) == (4000 - width + 5, 7)
    assert layout.box(number, (0, 0)) is None
    assert layout.pixel_at(GAP + layout.panel[0] - 1, layout.corners[0][1] + height - 1) == (3986, 2986)
    within = lay_out((3000, 4000), spot=(2001, 999)).regions[number]
    assert within == (2001 - width // 2, 999 - height // 2, width, height)
    assert "detail" not in lay_out((300, 400)).names
    for tall in (lay_out((2000, 1500)), lay_out((2400, 1200)), lay_out((4000, 3000), in_file=True)):
        assert tall.corners[-1][0] + tall.panel_size(3)[0] == CANVAS[0] - GAP  # it fills the row


@pytest.mark.parametrize("shape", [(900, 300), (3000, 60), (5000, 1), (600, 120)])
def test_the_arithmetic_is_beside_tall_gray_images(shape: tuple[int, int]) -> None:
    """They are higher there; of colours, three sums need the whole width."""
    layout, colour = lay_out(shape), lay_out((*shape, 3))
    assert layout.panel[1] > 1.4 * colour.panel[1]
    assert layout.arithmetic == (CANVAS[0] - GAP - BESIDE, 86, BESIDE, CANVAS[1] - FOOT - 86)
    assert layout.corners[-1][0] + layout.panel[0] <= layout.arithmetic[0] - GAP
    assert colour.arithmetic[0] == GAP


def test_panels_are_as_large_as_they_can_be() -> None:
    """In a row, a block or a column."""
    sizes = [
        ((100, 150), False, False, (300, 200), 3, ""), ((100, 150), True, True, (300, 200), 4, "difference"),
        ((40, 30), False, True, (390, 520), 3, ""), ((200, 600), False, True, (600, 200), 2, "difference"),
        ((400, 800), False, True, (492, 246), 2, "detail"),
        ((2000, 3000), False, True, (369, 246), 3, "detail"),
        ((8, 2000), True, False, (1260, 24), 1, "difference"),
        ((2000, 3000), True, False, (244, 163), 5, "difference detail"),
    ]  # fmt: skip
    for shape, differing, in_file, panel, columns, further in sizes:
        layout = lay_out(shape, differing=differing, in_file=in_file)
        assert layout.names == ("original", "convolve", "filter2D", *further.split())
        assert (layout.panel, len({left for left, _ in layout.corners})) == (panel, columns)
        below = layout.corners[-1][1] + panel[1] + GAP
        assert layout.arithmetic[:2] == (GAP, below)
        assert layout.size[1] == (below if in_file else CANVAS[1])
