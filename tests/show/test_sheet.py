"""The sheet of all kernels."""

import numpy as np
import pytest
from conftest import noise

from filtering.compare import Comparison, compare, filter2d
from filtering.show.canvas import BAD, GAP, fit, resize
from filtering.show.sheet import CARD, COLUMNS, FOOT, HIGHEST, SHEET_WIDTH, draw_sheet
from kernels import KERNEL_BANK, KERNELS


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


def test_the_head_and_the_cards_say_what_is_compared(words: list[Word]) -> None:
    """convolve's 60 is left of the amber line, filter2D's 200 right of it; the kernel is as it was written."""
    different, same = two_sides(20, 30), compare(noise(20, 30), TAPS / 7, name="same")
    different = replace(different, ours=different.ours // 60 * 60, opencv=np.full((20, 30), 200, np.uint8))
    sheet = draw_sheet("photo.png", [different, same], flipped=True)
    left = 4 * GAP + ORIGINAL - 20
    head = [(*word[:3], word.size, word.colour) for word in words[:6]]
    assert [(text, colour) for text, _, _, _, colour in head] == [
        ("photo.png", INK),
        ("kernels flipped, 30 x 20, border replicate", FAINT),
        (f"convolve_fast and filter2D of OpenCV {cv2.__version__}", FAINT),
        ("Left of the line: convolve_fast. Right of it: filter2D.", INK),
        ("Pixels that differ are red.", INK),
        ("1 of 2 kernels match", BAD),
    ]
    assert {x for _, x, _, _, _ in head} == {left}
    assert overlapping(words[:6]) == []
    assert np.array_equal(sheet[GAP : GAP + 360, GAP : GAP + 540], np.dstack([np.kron(different.image, np.ones((18, 18), np.uint8))] * 3))
    assert words[6].text == "positive"
    for start, result in ((7, different), (31, same)):
        card = words[start : start + (24 if result is different else None)]
        print(card)


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
