"""Panels: what they show, and what their labels say."""

import numpy as np
import pytest
from conftest import noise

from filtering.compare import Comparison, compare, filter2d
from filtering.show.canvas import INK, MARK, PLATE, resize
from filtering.show.layout import CANVAS, Layout, lay_out
from filtering.show.panels import (
    difference_image,
    draw_for_file,
    draw_for_window,
    draw_loop,
    draw_place,
    lay_out_comparison,
    response_notes,
    response_text,
)
from kernels import KERNELS

SHAPES = [(100, 150), (8, 8), (1, 1), (1, 3000), (3000, 1), (1600, 1200), (40, 30, 3)]


def comparison(image: np.ndarray, spoil: int = 0, signed: bool = False, name: str = "sobel_x") -> Comparison:
    """Return a kernel on the image, with one of convolve's pixels spoiled by `spoil`."""

    def ours(image: np.ndarray, kernel: np.ndarray, border: str, *, signed: bool) -> np.ndarray:
        output = filter2d(image, kernel, border, signed=signed)
        output.ravel()[output.size // 2] ^= spoil
        return output

    return compare(image, KERNELS[name], signed=signed, name=name, convolve=ours)


def panel(drawn: np.ndarray, layout: Layout, name: str) -> np.ndarray:
    left, top = layout.corners[layout.names.index(name)]
    return drawn[top : top + layout.panel[1], left : left + layout.panel[0]]


@pytest.mark.parametrize("shape", SHAPES)
def test_draws_any_shape(shape: tuple[int, ...]) -> None:
    """Panels, marks and arithmetic, at the first pixel and at the last."""
    result = comparison(noise(*shape))
    layout = lay_out_comparison(result)
    drawn = draw_for_window(result, layout)
    assert drawn.shape == (*CANVAS[::-1], 3)
    for place in ((0, 0), (shape[1] - 1, shape[0] - 1)):
        before = drawn.copy()
        draw_place(drawn, layout, result, place, kept=False)
        assert (drawn != before).any()
    assert draw_for_file(result).shape[1] == CANVAS[0]


def test_panels_are_what_was_computed() -> None:
    result = comparison(noise(12, 16))
    layout = lay_out_comparison(result)
    drawn = draw_for_window(result, layout)
    for name, image in zip(layout.names, (result.image, result.ours, result.opencv), strict=True):
        assert np.array_equal(panel(drawn, layout, name), resize(image, layout.panel))


@pytest.mark.parametrize("signed", [False, True])
def test_edges_survive_shrinking(coffee: np.ndarray, signed: bool) -> None:
    """A single line on 12 megapixels is as bright on the screen as it is."""
    image = np.full((3000, 4000), 100, np.uint8)
    image[:, 2000:] = 130
    result = comparison(image, signed=signed)
    layout = lay_out_comparison(result)
    drawn = draw_for_window(result, layout)
    assert panel(drawn, layout, "convolve").max() == (255 if signed else result.ours.max()) > 100
    assert panel(drawn, layout, "detail").max() == panel(drawn, layout, "convolve").max()


@pytest.mark.parametrize("shape", [(8, 8), (400, 600), (3024, 4032), (5, 4000)])
def test_one_pixel_off_by_one_is_seen(shape: tuple[int, int]) -> None:
    """Whatever the size of the image, it is at least 3 x 3 bright pixels of the screen."""
    right, wrong = (comparison(noise(*shape), spoil) for spoil in (0, 1))
    assert lay_out_comparison(right).names[:3] == ("original", "convolve", "filter2D")
    layout = lay_out_comparison(wrong)
    bright = panel(draw_for_window(wrong, layout), layout, "difference")[..., 0] > 100
    assert 9 <= np.count_nonzero(bright) < 9000


def test_differences_have_their_brightness() -> None:
    """Black for none, light grey for a level, white for 255; in 16 bits, white for all that is more."""
    image = np.zeros((1, 5), np.uint8)
    for signed, apart, shown in [
        (False, [0, 1, 128, 254, 255], [0, 160, 207, 254, 255]),
        (True, [1, 9999], [160, 255]),
    ]:
        ours = np.array([(apart * 5)[:5]], np.int16 if signed else np.uint8)
        result = Comparison("k", image, np.eye(1), "zero", ours, np.zeros_like(ours))
        assert difference_image(result, (5, 1))[0, : len(shown), 0].tolist() == shown


@pytest.mark.parametrize("signed", [False, True])
def test_the_loop_is_drawn_as_far_as_it_is(signed: bool) -> None:
    result = comparison(noise(20, 30), signed=signed)
    layout = lay_out_comparison(result)
    drawn, whole = draw_loop(result, layout, 9, result.ours), draw_for_window(result, layout)
    side, there = layout.panel[0] // 30, panel(drawn, layout, "convolve")
    assert np.array_equal(there[: 9 * side - 2], panel(whole, layout, "convolve")[: 9 * side - 2])
    assert (there[10 * side + 2 :] == PLATE).all()
    assert (panel(drawn, layout, "original")[8 * side, 5] == INK).all()  # the rows under the kernel
    assert (there[9 * side, 5] == MARK).all()  # the row that is done
    assert (panel(drawn, layout, "filter2D") != panel(whole, layout, "filter2D")).any()


def test_says_why_a_panel_is_dark(coffee: np.ndarray) -> None:
    rising = np.array([[0, 9] * 50], np.uint8)  # 49 of the 100 pixels have a 9 on their left
    result = compare(rising, np.array([[-1.0, 0, 0]]), "zero")
    assert response_text(result) == "49 % are negative, shown black"
    flat = comparison(np.full((30, 30), 7, np.uint8), name="laplacian")
    assert response_text(flat) == (
        "weights add up to 0: flat areas become 0, black; the brightest is 0 of 255"
    )
    assert response_notes(flat) == ["flat areas become 0, black", "the brightest is 0 of 255"]
    assert response_text(comparison(coffee)) == (
        "weights add up to 0: flat areas become 0, black; 45 % are negative, shown black"
    )
    white = comparison(coffee, signed=True).white
    assert response_text(comparison(coffee, signed=True)) == (
        f"grey is 0, white {white} and more, black -{white} and less"
    )
    assert response_text(comparison(coffee, name="small_blur")) == ""


def test_marks_are_on_the_pixel_and_the_window() -> None:
    """On an enlarged image the mark runs along the squares' edges."""
    result = comparison(noise(8, 8))
    layout = lay_out(result.image.shape)
    plain = draw_for_window(result, layout)
    drawn = plain.copy()
    draw_place(drawn, layout, result, (2, 7), kept=False)
    side = layout.panel[0] // 8
    for number, reach in ((1, 0), (0, 1)):
        left, top = layout.corners[number]
        changed = (drawn != plain).any(axis=2)[
            top - 2 : top + layout.panel[1] + 2, left : left + layout.panel[0]
        ]
        rows, columns = np.nonzero(changed)
        assert (columns.min(), columns.max()) == ((2 - reach) * side - 1, (3 + reach) * side)
        # Past the bottom nothing is marked.
        assert (rows.min() - 2, rows.max() - 2) == ((7 - reach) * side - 1, 8 * side)
