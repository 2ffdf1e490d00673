"""The arithmetic at one pixel, drawn."""

import numpy as np
import pytest
from conftest import noise

from filtering.arithmetic import arithmetic_at, arithmetic_text
from filtering.compare import compare
from filtering.show.canvas import blank
from filtering.show.place import _products, _steps, draw_arithmetic, draw_picture, kernel_cells, weight_cells
from kernels import KERNELS


@pytest.mark.parametrize("name", ["sharpen", "small_blur", "large_blur", "motion_blur"])
@pytest.mark.parametrize("place", [(0, 0), (149, 99), (70, 50)])
def test_its_words_are_those_of_at(name: str, place: tuple[int, int], coffee: np.ndarray) -> None:
    result = compare(coffee, KERNELS[name], name=name)
    (at,) = arithmetic_at(result, *place)
    written = arithmetic_text(result, *place).splitlines()
    steps = _steps(at)
    assert steps == [line.strip() for line in written][-len(steps) :]
    assert steps[-1] == f"convolve {at.convolve}, filter2D {at.filter2d}"


def test_products_add_up_to_the_sum(coffee: np.ndarray) -> None:
    for kernel in (KERNELS["emboss"], np.array([[0.1, np.pi, -0.3]])):
        (at,) = arithmetic_at(compare(coffee, kernel), 3, 4)
        products = _products(at)
        assert products.shape == kernel.shape
        assert abs(float(products.sum()) - float(at.total)) < 1e-9


def test_weights_have_their_numbers_and_colours() -> None:
    fills, inks, texts = weight_cells(np.array([[-2, 0, 1]], object))
    assert texts == [["-2", "0", "1"]]
    assert fills[0, 0, 0] > 2 * fills[0, 0, 2]  # blue
    assert fills[0, 1].max() < 80
    assert inks[0, 0].min() > 200
    assert kernel_cells(KERNELS["gaussian"])[2][2] == ["6", "24", "36", "24", "6"]
    assert kernel_cells(np.array([[np.pi, -np.e, 0.01]]))[2] == [["3.1", "-2.7", "0.01"]]


def test_numbers_past_the_edge_are_orange() -> None:
    """In the window at a corner, 5 of 9 pixels are the border's; in the middle, none."""
    result = compare(noise(20, 20), KERNELS["outline"], name="outline")
    orange = []
    for place in ((0, 0), (9, 9)):
        canvas = blank(900, 300)
        draw_arithmetic(canvas, (0, 0, 900, 300), result, place, 1)
        inner = canvas[70:, :170].astype(int)  # the window; its middle cell is marked both times
        orange.append(np.count_nonzero(inner[..., 2] - inner[..., 0] > 100))
    assert orange[0] > orange[1] + 100


def test_a_pin_is_named() -> None:
    result = compare(noise(20, 20), KERNELS["outline"], name="outline")
    heads = []
    for pinned in (False, True):
        canvas = blank(900, 300)
        draw_arithmetic(canvas, (0, 0, 900, 300), result, (4, 4), 1, "strongest response", None, pinned)
        head = canvas[:26].astype(int)
        heads.append(bool((head[..., 2] - head[..., 0] > 100).any()))  # orange
    assert heads == [False, True]


@pytest.mark.parametrize("shape", [(9, 9), (9, 9, 3)])
@pytest.mark.parametrize("size", [(1260, 270), (880, 200), (430, 560), (480, 250), (30, 30), (200, 90)])
@pytest.mark.parametrize("name", ["large_blur", "small_blur", "sobel_x", "motion_blur", "identity"])
def test_stays_in_its_box(shape: tuple[int, ...], size: tuple[int, int], name: str) -> None:
    """Whatever the size: nothing is drawn above the box, and left or right of it."""
    result = compare(noise(*shape), KERNELS[name], "zero", name=name)
    canvas = blank(size[0] + 100, size[1] + 100)
    end = draw_arithmetic(canvas, (50, 50, *size), result, (0, 0), 0.8)
    changed = (canvas != blank(size[0] + 100, size[1] + 100)).any(axis=2)
    assert not changed[:48].any()
    assert not changed[:, :48].any()
    assert end <= size[1] + 75
    assert changed.any() == (size[0] > 200)


@pytest.mark.parametrize("name", ["motion_blur", "sobel_x", "small_blur", "large_blur"])
def test_the_picture_is_as_high_as_its_content(coffee: np.ndarray, name: str) -> None:
    for image in (coffee, np.dstack([coffee] * 3)):
        picture = draw_picture(compare(image, KERNELS[name], name=name), (0, 0), None)
        rows = np.flatnonzero((picture != blank(1, 1)).any(axis=(1, 2)))
        assert 10 < picture.shape[0] - rows.max() < 40
