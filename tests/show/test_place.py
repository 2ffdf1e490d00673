"""The arithmetic at one pixel, drawn."""

import numpy as np
import pytest
from conftest import noise

from filtering.arithmetic import arithmetic_at
from filtering.compare import compare
from filtering.show.canvas import INK, MARK, NEGATIVE, POSITIVE, ZERO, blank
from filtering.show.layout import ARITHMETIC
from filtering.show.place import draw_arithmetic, draw_cells, draw_legend, draw_picture
from kernels import KERNELS


def test_weights_have_their_numbers_and_colours() -> None:
    canvas, half = blank(200, 50), tuple((np.array(ZERO) + POSITIVE) // 2)
    draw_cells(canvas, np.array([[-2, 0, 1, 2]], object), (0, 0), (200, 50))
    corners = [tuple(pixel) for pixel in canvas[5, 5::50].tolist()]
    assert corners == [NEGATIVE, ZERO, half, POSITIVE]


def drawn(name: str, place: tuple[int, int], *, kept: bool = False) -> np.ndarray:
    result, canvas = compare(noise(20, 20), KERNELS[name], name=name), blank(900, 300)
    draw_arithmetic(canvas, (0, 0, 900, 300), result, place, "the reason", kept=kept)
    return canvas


@pytest.mark.parametrize(("name", "top"), [("outline", 52), ("large_blur", 52)])
def test_past_the_edge_there_are_dashes(name: str, top: int) -> None:
    """Along the upper side of the window: light and black at a corner of the image, not in its middle."""
    for place, dashed in [((0, 0), True), ((10, 10), False)]:
        line = [tuple(pixel) for pixel in drawn(name, place)[top, 4:100].tolist()]
        assert (set(line) == {INK, (0, 0, 0)}) == dashed


def test_the_legend_names_what_occurs() -> None:
    """By its signs: orange, blue, amber, dashes."""
    for name, place, signs in [
        ("outline", (0, 0), {POSITIVE, NEGATIVE, MARK, INK}),
        ("outline", (9, 9), {POSITIVE, NEGATIVE, MARK}),
        ("small_blur", (9, 9), {POSITIVE, MARK}),
    ]:
        result, canvas = compare(noise(20, 20), KERNELS[name], name=name), blank(700, 40)
        draw_legend(canvas, (5, 5), result.kernel, arithmetic_at(result, *place)[0])
        seen = {tuple(pixel) for pixel in canvas.reshape(-1, 3).tolist()}
        assert seen & {POSITIVE, NEGATIVE, MARK, INK} == signs
    canvas = blank(700, 40)
    draw_legend(canvas, (5, 5), -np.ones((3, 3)))
    seen = {tuple(pixel) for pixel in canvas.reshape(-1, 3).tolist()}
    assert seen & {POSITIVE, NEGATIVE, MARK, INK} == {NEGATIVE}


def test_a_kept_pixel_is_named() -> None:
    heads = [drawn("outline", (4, 4), kept=kept)[:26].astype(int) for kept in (False, True)]
    assert [bool((head[..., 2] - head[..., 0] > 100).any()) for head in heads] == [False, True]  # amber


@pytest.mark.parametrize("shape", [(9, 9), (9, 9, 3)])
@pytest.mark.parametrize("size", [(1260, ARITHMETIC), (1260, 420), (1160, 900)])
@pytest.mark.parametrize("name", ["large_blur", "small_blur", "sobel_x", "motion_blur", "identity"])
def test_stays_in_its_box(shape: tuple[int, ...], size: tuple[int, int], name: str) -> None:
    """Nothing is drawn beside the area but the window's outline, nor below what is returned as its end."""
    result = compare(noise(*shape), KERNELS[name], "zero", name=name)
    canvas = blank(size[0] + 100, size[1] + 100)
    end = draw_arithmetic(canvas, (50, 50, *size), result, (0, 0))
    changed = (canvas != blank(size[0] + 100, size[1] + 100)).any(axis=2)
    assert not changed[:48].any()
    assert not changed[:, :46].any()
    assert not changed[:, size[0] + 50 :].any()
    assert not changed[end + 2 :].any()
    assert end <= size[1] + 50


@pytest.mark.parametrize("name", ["motion_blur", "sobel_x", "small_blur", "large_blur"])
def test_the_picture_is_as_high_as_its_content(coffee: np.ndarray, name: str) -> None:
    for image in (coffee, np.dstack([coffee] * 3)):
        picture = draw_picture(compare(image, KERNELS[name], name=name), (0, 0))
        rows = np.flatnonzero((picture != blank(1, 1)).any(axis=(1, 2)))
        assert 10 < picture.shape[0] - rows.max() < 40
