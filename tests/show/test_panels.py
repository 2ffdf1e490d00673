"""Panels: what they show, and what their labels say."""

import numpy as np
import pytest
from conftest import noise

from filtering.compare import Comparison, compare, filter2d
from filtering.show.canvas import resize
from filtering.show.layout import Layout, lay_out
from filtering.show.panels import (
    draw_comparison,
    draw_place,
    features,
    lay_out_comparison,
    response_note,
    signed_range,
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
@pytest.mark.parametrize("size", [(1280, 690), (400, 300), (1900, 1000), (500, 700)])
def test_draws_on_any_screen(shape: tuple[int, ...], size: tuple[int, int]) -> None:
    """Panels, marks and arithmetic, at the first pixel and at the last."""
    result = comparison(noise(*shape))
    layout = lay_out_comparison(result, size)
    drawn = draw_comparison(result, layout, "convolve 1 s")
    assert drawn.shape == (size[1], size[0], 3)
    for place in ((0, 0), (shape[1] - 1, shape[0] - 1)):
        before = drawn.copy()
        draw_place(drawn, layout, result, place)
        assert (drawn != before).any()


def test_panels_are_what_was_computed() -> None:
    result = comparison(noise(12, 16))
    layout = lay_out_comparison(result)
    drawn = draw_comparison(result, layout)
    for name, image in zip(layout.names, (result.image, result.ours, result.opencv), strict=True):
        assert np.array_equal(panel(drawn, layout, name), resize(image, layout.panel))


def test_zoomed_panels_show_the_part() -> None:
    result = comparison(noise(100, 150))
    layout = lay_out_comparison(result).zoomed(4, (40, 30))
    left, top, width, height = layout.region
    assert width < 40
    drawn = draw_comparison(result, layout)
    for name, image in zip(layout.names, (result.image, result.ours, result.opencv), strict=True):
        part = image[top : top + height, left : left + width]
        assert np.array_equal(panel(drawn, layout, name), resize(part, layout.panel))


@pytest.mark.parametrize("signed", [False, True])
def test_edges_survive_shrinking(coffee: np.ndarray, signed: bool) -> None:
    """A single line on 12 megapixels is as bright on the screen as it is."""
    image = np.full((3000, 4000), 100, np.uint8)
    image[:, 2000:] = 130
    result = comparison(image, signed=signed)
    layout = lay_out_comparison(result)
    drawn = draw_comparison(result, layout)
    assert panel(drawn, layout, "convolve").max() == (255 if signed else result.ours.max()) > 100
    assert panel(drawn, layout, "detail").max() == panel(drawn, layout, "convolve").max()


@pytest.mark.parametrize("shape", [(8, 8), (400, 600), (3024, 4032), (5, 4000)])
def test_one_pixel_off_by_one_is_seen(shape: tuple[int, int]) -> None:
    """Whatever the size of the image, it is at least 3 x 3 bright pixels of the screen."""
    right, wrong = (comparison(noise(*shape), spoil) for spoil in (0, 1))
    assert lay_out_comparison(right).names[:3] == ("original", "convolve", "filter2D")
    layout = lay_out_comparison(wrong)
    bright = panel(draw_comparison(wrong, layout), layout, "difference")[..., 0] > 100
    assert 9 <= np.count_nonzero(bright) < 9000


def test_the_pixel_that_is_shown_first() -> None:
    """The first that differs; else the strongest response of edges; else the largest change."""
    image = np.full((20, 30), 100, np.uint8)
    image[7, 11] = 200
    spoiled = comparison(image, spoil=1)
    assert features(spoiled).spot == spoiled.first == (0, 10)
    assert features(comparison(image)).spot == (10, 6) or features(comparison(image)).spot == (10, 7)
    assert features(comparison(image, name="small_blur")).spot == (11, 7)
    colour = np.dstack([np.full_like(image, 100), image, np.full_like(image, 100)])
    assert features(comparison(colour, name="small_blur")).spot == (11, 7)


def test_one_bright_spot_does_not_make_all_others_grey(coffee: np.ndarray) -> None:
    responses = filter2d(coffee, KERNELS["sobel_x"], "replicate", signed=True)
    spot = responses.copy()
    spot[5, 5] = 30000
    assert signed_range(spot) == signed_range(responses) < np.abs(responses).max()
    assert signed_range(np.array([[0] * 999 + [-7]], np.int16)) == 7


def test_says_why_a_panel_is_dark(coffee: np.ndarray) -> None:
    rising = np.array([[0, 9] * 50], np.uint8)  # 49 of the 100 pixels have a 9 on their left
    result = compare(rising, np.array([[-1.0, 0, 0]]), "zero")
    assert response_note(result) == "49 % are negative, shown black"
    flat = comparison(np.full((30, 30), 7, np.uint8), name="laplacian")
    assert response_note(flat) == (
        "weights add up to 0: flat areas become 0, black; the brightest is 0 of 255"
    )
    assert response_note(comparison(coffee)) == (
        "weights add up to 0: flat areas become 0, black; 45 % are negative, shown black"
    )
    white = features(comparison(coffee, signed=True)).white
    assert response_note(comparison(coffee, signed=True)) == (
        f"grey is 0, white {white} and more, black -{white} and less"
    )
    assert response_note(comparison(coffee, name="small_blur")) == ""


def test_marks_are_on_the_pixel_and_the_window() -> None:
    """On an enlarged image the mark runs along the squares' edges."""
    result = comparison(noise(8, 8))
    layout = lay_out(result.image.shape)
    plain = draw_comparison(result, layout)
    drawn = plain.copy()
    draw_place(drawn, layout, result, (2, 7))
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
