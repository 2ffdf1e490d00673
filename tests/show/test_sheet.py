"""The sheet of all kernels."""

import numpy as np
import pytest
from conftest import noise

from filtering.compare import Comparison, compare, filter2d
from filtering.show.canvas import BAD, GAP, fit, resize
from filtering.show.sheet import CARD, COLUMNS, FOOT, HIGHEST, SHEET_WIDTH, draw_sheet
from kernels import KERNEL_BANK, KERNELS


def spoiled(image: np.ndarray, kernel: np.ndarray, border: str, *, signed: bool) -> np.ndarray:
    output = filter2d(image, kernel, border, signed=signed)
    output[5:9, 5:9] ^= 1
    return output


def card_image(sheet: np.ndarray, comparison: Comparison, number: int, count: int) -> np.ndarray:
    """Cut the image of a card out of the sheet."""
    size = fit(comparison.image.shape, (CARD, HIGHEST))
    rows = -(-count // COLUMNS)
    top = sheet.shape[0] - (rows - number // COLUMNS) * (size[1] + FOOT + GAP)
    left = GAP + number % COLUMNS * (CARD + GAP) + (CARD - size[0]) // 2
    return sheet[top : top + size[1], left : left + size[0]]


def test_cards_hold_both_results(coffee: np.ndarray) -> None:
    """Left of the line convolve's, right of it filter2D's; the names of both are below."""
    results = [compare(coffee, kernel, name=name) for name, kernel in KERNEL_BANK.items()]
    sheet = draw_sheet("coffee.png", results)
    assert sheet.shape[1] == SHEET_WIDTH
    for number, result in enumerate(results):
        image = card_image(sheet, result, number, len(results))
        whole = resize(result.ours, image.shape[1::-1], None, result.strongest)
        middle, bottom = image.shape[1] // 2, image.shape[0] - 25
        assert np.array_equal(image[:bottom, : middle - 1], whole[:bottom, : middle - 1])
        assert np.array_equal(image[:bottom, middle + 2 :], whole[:bottom, middle + 2 :])


def test_pixels_that_differ_are_red(coffee: np.ndarray) -> None:
    results = [
        compare(coffee, KERNELS["sharpen"], name="sharpen", convolve=function)
        for function in (spoiled, filter2d)
    ]
    sheet = draw_sheet("coffee.png", results)
    red = [(card_image(sheet, result, n, 2) == BAD).all(axis=2).sum() for n, result in enumerate(results)]
    assert red[0] >= 16
    assert red[1] == 0


@pytest.mark.parametrize("shape", [(1, 1), (300, 2), (1, 4000), (20, 30, 3), (2000, 500)])
def test_any_shape(shape: tuple[int, ...]) -> None:
    results = [compare(noise(*shape), kernel, name=name, signed=True) for name, kernel in KERNELS.items()]
    sheet = draw_sheet("noise.png", results)
    assert sheet.shape[1] == SHEET_WIDTH
    assert sheet.shape[0] < (len(results) // COLUMNS + 1) * (HIGHEST + FOOT + GAP) + 900


@pytest.mark.parametrize("signed", [False, True])
def test_colour(coffee: np.ndarray, signed: bool) -> None:
    """Shrunk to the card, too: OpenCV draws on arrays of one layout only."""
    large = np.kron(coffee, np.ones((5, 5), np.uint8))
    colour = np.dstack([large, 255 - large, large // 2])
    results = [compare(colour, KERNELS[name], name=name, signed=signed) for name in ("sobel_x", "gaussian")]
    sheet = draw_sheet("coffee.png", results)
    for number, result in enumerate(results):
        image = card_image(sheet, result, number, 2)
        whole = resize(result.ours, image.shape[1::-1], result.white, result.strongest)
        assert np.array_equal(image[:20, : image.shape[1] // 2 - 1], whole[:20, : image.shape[1] // 2 - 1])


@pytest.mark.parametrize("title", ["Rome, 2024: dome.png", "a: b, c.png"])
def test_any_title_is_written_in_one_line(coffee: np.ndarray, title: str) -> None:
    """A comma or a colon in it ends nothing: as many columns are used as by a name without."""
    results = [compare(coffee, KERNELS["sharpen"], name="sharpen")]
    plain = title.replace(",", ".").replace(":", ".")
    heads = [draw_sheet(name, results)[:60, 600:].max(axis=(0, 2)) > 200 for name in (title, plain)]
    widths = [np.flatnonzero(head).max() for head in heads]
    assert abs(widths[0] - widths[1]) < 12
    below = [draw_sheet(name, results)[200:300, 600:] for name in (title, plain)]
    assert np.array_equal(below[0], below[1])


def test_flipped_kernels_are_named(coffee: np.ndarray) -> None:
    results = [compare(coffee, KERNELS["sharpen"], name="sharpen")]
    sheets = [draw_sheet("coffee.png", results, flipped=flipped) for flipped in (False, True)]
    assert not np.array_equal(sheets[0], sheets[1])
