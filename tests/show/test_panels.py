"""Panels, marks, the arithmetic in the strip, and the sheet."""

import cv2
import numpy as np
import pytest
from conftest import noise

from filtering.arithmetic import arithmetic_at, arithmetic_text
from filtering.compare import Comparison, compare, filter2d
from filtering.show import panels
from filtering.show.canvas import GAP, lay_out, resize, response_image
from filtering.show.panels import draw_comparison, draw_place, draw_sheet, strip_lines
from kernels import KERNELS

SHAPES = [(100, 150), (8, 8), (1, 1), (1, 3000), (3000, 1), (1600, 1200), (40, 30, 3), (3000, 4000)]
WIDE = 10.0**6  # room for any line


def comparison(image: np.ndarray, spoil: int = 0, signed: bool = False, name: str = "sobel_x") -> Comparison:
    """A kernel on the image, with `spoil` added to one of our pixels."""

    def ours(image: np.ndarray, kernel: np.ndarray, border: str, *, signed: bool) -> np.ndarray:
        output = filter2d(image, kernel, border, signed=signed)
        output.ravel()[output.size // 2] ^= spoil
        return output

    return compare(image, KERNELS[name], signed=signed, name=name, convolve=ours)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("size", [(1280, 690), (640, 360), (1900, 1000)])
def test_fits_the_screen(shape: tuple[int, ...], size: tuple[int, int]) -> None:
    """Panels, marks and strip keep within the canvas, at the first pixel and at the last."""
    result = comparison(noise(*shape))
    layout = lay_out(shape, size, strip=True)
    drawn = draw_comparison(result, layout)
    assert drawn.shape == (layout.size[1], size[0], 3)
    assert layout.size[1] <= size[1]
    for place in ((0, 0), (shape[1] - 1, shape[0] - 1)):
        draw_place(drawn, layout, result, place)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_mouse_finds_the_pixel_that_is_drawn_there(shape: tuple[int, ...]) -> None:
    """The middle of each pixel's box leads back to it, where it is not smaller than the screen's."""
    layout = lay_out(shape)
    for place in ((0, 0), (shape[1] - 1, shape[0] - 1), (shape[1] // 2, shape[0] // 3)):
        for number in range(4):
            left, top, right, bottom = layout.box(number, place, (0, 0))
            x, y = layout.pixel_at((left + right) // 2, (top + bottom) // 2) or (-9, -9)
            slack = 1 + shape[1] // layout.panel[0], 1 + shape[0] // layout.panel[1]
            assert abs(x - place[0]) < slack[0]
            assert abs(y - place[1]) < slack[1]
    assert layout.pixel_at(GAP - 1, layout.top) is None
    assert layout.pixel_at(GAP, layout.top - 1) is None
    assert layout.pixel_at(GAP + layout.panel[0], layout.top) is None
    assert layout.pixel_at(GAP, layout.top + layout.panel[1]) is None


def test_small_images_become_squares() -> None:
    """Each pixel of an 8 x 8 image is one square of one colour."""
    image = noise(8, 8)
    layout = lay_out(image.shape)
    drawn = draw_comparison(comparison(image), layout)
    squares = np.kron(image, np.ones((38, 38), np.uint8))
    assert layout.panel == (304, 304)
    assert np.array_equal(drawn[layout.top :, GAP:][:304, :304, 0], squares)


@pytest.mark.parametrize("shape", [(8, 8), (400, 600), (3024, 4032), (5, 4000)])
def test_one_pixel_off_by_one_is_seen(shape: tuple[int, int]) -> None:
    """Whatever the size of the image, it is at least 3 x 3 bright pixels of the screen."""
    layout = lay_out(shape)
    right, wrong = (draw_comparison(comparison(noise(*shape), spoil), layout) for spoil in (0, 1))
    left, top = layout.corner(3)
    panel = slice(top, top + layout.panel[1]), slice(left, left + layout.panel[0])
    assert right[panel].max() == 0
    assert 9 <= np.count_nonzero(wrong[panel][..., 0] > 100) < 2000


def test_both_panels_of_a_kernel_that_matches_are_the_same(coffee: np.ndarray) -> None:
    result = compare(coffee, KERNELS["emboss"], "zero")
    layout = lay_out(coffee.shape)
    drawn = draw_comparison(result, layout)
    ours, opencv = (
        drawn[layout.top :, left : left + layout.panel[0]] for left, _ in map(layout.corner, (1, 2))
    )
    assert np.array_equal(ours, opencv)
    assert ours.std() > 20


def test_signed_zero_is_middle_grey() -> None:
    responses = np.array([[-1020, 0, 1020, 510]], np.int16)
    assert response_image(responses, 1020).tolist() == [[0, 128, 255, 191]]
    flat = comparison(np.full((50, 50), 9, np.uint8), signed=True)
    layout = lay_out(flat.image.shape)
    assert (draw_comparison(flat, layout)[layout.top + 9, layout.corner(1)[0] + 9] == 128).all()


def test_one_bright_spot_does_not_make_all_the_rest_grey(coffee: np.ndarray) -> None:
    responses = filter2d(coffee, KERNELS["sobel_x"], "replicate", signed=True)
    spot = responses.copy()
    spot[5, 5] = 30000
    assert panels.signed_range(spot) == panels.signed_range(responses) < np.abs(responses).max()
    assert panels.signed_range(np.array([[0] * 999 + [-7]], np.int16)) == 7


def test_says_how_much_was_negative(coffee: np.ndarray) -> None:
    """49 of the 100 pixels have a 9 on their left."""
    rising = np.array([[0, 9] * 50], np.uint8)
    result = compare(rising, np.array([[-1.0, 0, 0]]), "zero")
    assert result.negative == 0.49
    assert comparison(coffee, signed=True).negative == 0
    assert comparison(coffee, name="small_blur").negative == 0


@pytest.mark.parametrize("name", ["sharpen", "small_blur", "large_blur", "motion_blur"])
@pytest.mark.parametrize("place", [(0, 0), (149, 99), (70, 50)])
def test_the_strip_says_what_at_says(name: str, place: tuple[int, int], coffee: np.ndarray) -> None:
    result = comparison(coffee, name=name)
    (each,) = arithmetic_at(result, *place)
    written = arithmetic_text(result, *place)
    lines = strip_lines([each], WIDE, 11)
    if not each.inside.all() and each.weights.size <= 49:
        assert lines.pop() == "orange: past the edge, border replicate"
    for line in lines:
        assert line in written
    assert lines[-1] == f"convolve {each.convolve}, filter2D {each.filter2d}"


def test_the_strip_in_colour_has_all_channels() -> None:
    result = comparison(noise(9, 9, 3))
    each = arithmetic_at(result, 4, 4)
    text = "\n".join(strip_lines(each, WIDE, 11))
    for name, channel in zip(("blue", "green", "red"), each, strict=True):
        assert f"{name} sum = {channel.total}" in text
        assert f"convolve {channel.convolve}, filter2D {channel.filter2d}" in text


def test_a_sum_that_does_not_fit_is_told_in_short(coffee: np.ndarray) -> None:
    each = arithmetic_at(comparison(coffee, name="small_blur"), 9, 9)
    assert "+" not in strip_lines(each, 100, 11)[0]
    assert " + " in strip_lines(each, 1000, 11)[0]


def test_marks_are_on_the_pixel_and_the_window() -> None:
    """On an enlarged picture the mark runs along the squares' edges."""
    result = comparison(noise(8, 8))
    layout = lay_out((8, 8), strip=True)
    drawn = draw_comparison(result, layout)
    plain = drawn.copy()
    draw_place(drawn, layout, result, (2, 7))
    left, top = layout.corner(1)
    changed = (drawn != plain).any(axis=2)[: layout.strip - GAP // 2]
    rows, columns = np.nonzero(changed[:, left : left + 304])
    assert (columns.min(), columns.max()) == (2 * 38 - 1, 3 * 38)
    assert (rows.min(), rows.max()) == (top + 7 * 38 - 1, top + 8 * 38)
    rows, columns = np.nonzero(changed[:, GAP : GAP + 304])
    assert (columns.min(), columns.max()) == (1 * 38 - 1, 4 * 38)  # past the bottom nothing is marked
    assert (rows.min(), rows.max()) == (top + 6 * 38 - 1, top + 8 * 38)


def test_numbers_past_the_edge_are_orange() -> None:
    """In the window at a corner, 5 of 9 pixels are the border's; in the middle, none."""
    result = comparison(noise(20, 20))
    layout = lay_out((20, 20), strip=True)
    orange = []
    for place in ((0, 0), (9, 9)):
        drawn = draw_comparison(result, layout)
        draw_place(drawn, layout, result, place)
        strip = drawn[layout.strip :].astype(int)
        orange.append(np.count_nonzero(strip[..., 2] - strip[..., 0] > 100))
    assert orange[0] > 50
    assert orange[1] == 0


def test_sheet_holds_all_kernels(coffee: np.ndarray) -> None:
    rows = [comparison(coffee, name=name) for name in KERNELS]
    sheet = draw_sheet("all of them", rows)
    assert sheet.shape[1] == panels.SHEET_WIDTH
    assert sheet.shape[0] < 140 * (len(rows) + 1)
    for name in ("sharpen", "outline"):
        thumbnail = resize(rows[list(KERNELS).index(name)].ours, (150, 100))
        found = cv2.matchTemplate(sheet, thumbnail, cv2.TM_SQDIFF)
        # As convolve's and as filter2D's. The sum of squares is in float32: 1000 is nothing.
        assert np.count_nonzero(found < 1000) == 2
