"""The sheet of all kernels."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from conftest import TAPS, Word, noise, overlapping, two_sides

from filtering.compare import Comparison, compare
from filtering.show.canvas import BAD, FAINT, GAP, GOOD, INK, MARK, PLATE, blank, fit, resize
from filtering.show.place import draw_cells
from filtering.show.sheet import CARD, COLUMNS, FOOT, HIGHEST, ORIGINAL, draw_sheet
from kernels import KERNEL_BANK, KERNELS


def card_image(sheet: np.ndarray, comparison: Comparison, number: int, count: int) -> np.ndarray:
    """Cut the image of a card out of the sheet."""
    size = fit(comparison.image.shape, (CARD, HIGHEST))
    rows = -(-count // COLUMNS)
    top = sheet.shape[0] - (rows - number // COLUMNS) * (size[1] + FOOT + GAP)
    left = GAP + number % COLUMNS * (CARD + GAP) + (CARD - size[0]) // 2
    return sheet[top : top + size[1], left : left + size[0]]


@pytest.mark.parametrize(("channels", "signed"), [(1, False), (3, True)])
def test_cards_hold_the_results(coffee: np.ndarray, signed: bool, channels: int) -> None:
    """Enlarged gray ones, and colours shrunk to the card: OpenCV draws on arrays of one layout only."""
    large = np.kron(coffee, np.ones((5, 5), np.uint8))
    image = coffee if channels == 1 else np.dstack([large, 255 - large, large // 2])
    results = [compare(image, kernel, name=name, signed=signed) for name, kernel in KERNEL_BANK.items()]
    sheet = draw_sheet("coffee.png", results)
    for number, result in enumerate(results):
        shown = card_image(sheet, result, number, len(results))
        expected = resize(result.ours, shown.shape[1::-1], result.white, result.strongest)
        expected[:, shown.shape[1] // 2] = MARK
        assert np.array_equal(shown[:-20], expected[:-20])


def test_thin_images_are_seen_and_labels_are_not_wider(words: list[Word]) -> None:
    """An image of one row or column is as thick as a label; the names of both sides stand where they fit."""
    for shape, size, named in [
        ((1, 5000), (CARD, 24), False), ((5000, 1), (24, 420), False), ((1000, 300), (126, 420), False),
        ((1000, 480), (202, 420), True), ((450, 1200), (CARD, 145), True),
    ]:  # fmt: skip
        words.clear()
        result = replace(two_sides(*shape), kernel=np.ones((1, 1)))
        sheet = draw_sheet("photo.png", [result])
        head = max(fit(shape, (ORIGINAL, ORIGINAL * 2 // 3), 24)[1], 230)
        assert sheet.shape[0] == 3 * GAP + head + size[1] + FOOT
        assert ("convolve_fast" in [word.text for word in words]) == named
        assert overlapping(words) == []


@pytest.mark.parametrize("shape", [(20, 30), (20, 30, 3)])
def test_pixels_that_differ_are_red(shape: tuple[int, ...]) -> None:
    """They and no others, on gray, and the line is amber. The original has its own colours."""
    same = compare(noise(*shape), TAPS / 999)
    ours = same.ours.copy()
    ours[2, 3], ours[17, 25] = ours[2, 3] ^ 1, ours[17, 25] ^ 64
    sheet = draw_sheet("photo.png", [result := replace(same, ours=ours), same])
    for number, comparison in enumerate((result, same)):
        image, expected = card_image(sheet, comparison, number, 2), resize(same.ours, (360, 240))
        if comparison is result:
            if len(shape) == 3:
                expected = np.dstack([cv2.cvtColor(expected, cv2.COLOR_BGR2GRAY)] * 3)
            expected[24:36, 36:48] = expected[204:216, 300:312] = BAD
        expected[:, 180] = MARK
        assert np.array_equal(image[:220], expected[:220])
    assert np.array_equal(sheet[GAP : GAP + 360, GAP : GAP + 540], resize(same.image, (540, 360)))


def test_the_head_and_the_cards_say_what_is_compared(words: list[Word]) -> None:
    """A long name becomes small; its divisor and its verdict are readable beside it and below."""
    results = [two_sides(20, 30), replace(two_sides(20, 30), name="name " * 20)]
    results.append(replace(results[0], name="same", opencv=results[0].ours))
    sheet = draw_sheet("photo.png", results, flipped=True)
    head, cards = words[:7], [words[start : start + 22] for start in (7, 29, 51)]
    assert [(word.text, word.colour, word.size) for word in head] == [
        ("photo.png", INK, 34),
        ("kernels flipped, 30 x 20, border replicate", FAINT, 18),
        (f"convolve_fast and filter2D of OpenCV {cv2.__version__}", FAINT, 18),
        ("Left of the line: convolve_fast. Right of it: filter2D.", INK, 18),
        ("Pixels that differ are red.", INK, 18),
        ("1 of 3 kernels match", BAD, 24),
        ("positive", FAINT, 13),
    ]
    assert {word.left for word in head[:6]} == {4 * GAP + 540}
    assert overlapping(head) == []
    draw_cells(cells := blank(105, 63), TAPS.astype(int), (0, 0), (105, 63))
    for number, (card, result) in enumerate(zip(cards, results, strict=True)):
        left, right, *taps, title, divisor, verdict, sums, advice = card
        assert (left.text, right.text, left.left, right.right) == ("convolve_fast", "filter2D", 6, 354)
        assert [tap.text for tap in taps] == [str(tap) for tap in range(1, 16)]
        x, y = GAP + number * (CARD + GAP) + GAP, sheet.shape[0] - FOOT
        assert np.array_equal(sheet[y + 1 : y + 62, x + 1 : x + 104], cells[1:62, 1:104])
        assert (title.text, title.colour) == (f"{result.name}  3 x 5", INK)
        assert 0 < title.top - fit((20, 30), (CARD, HIGHEST))[1] < GAP * 2  # below the image
        assert (divisor.text, divisor.left, divisor.whole) == ("/ 7", title.right + GAP, True)
        assert overlapping(card[2:]) == []
        assert verdict.whole
        assert (sums.text, advice.text) == (result.clipping[0], result.clipping_advice)
    assert [card[-3].colour for card in cards] == [BAD, BAD, GOOD]
    assert [cards[n][-3].text for n in (1, 2)] == ["600 pixels differ of 600", "identical, 600 pixels"]


def test_the_head_and_the_cards_of_what_matches(words: list[Word]) -> None:
    same = two_sides(20, 30)
    same = replace(same, opencv=same.ours)
    draw_sheet("photo.png", [same, compare(noise(20, 30), KERNELS["sobel_x"])])
    assert words[7].text == "negative"  # of any kernel
    assert "/ 1" not in [word.text for word in words]
    assert [(word.text, word.top - words[-4].top) for word in words[-3:]] == [
        ("flat areas become 0, black", 26),
        ("47 % of the sums are below 0 and became 0", 46),
        ("16 % are above 255 and became 255", 66),
    ]
    assert (words[4].text, words[5].colour) == ("A pixel that differs would be red.", GOOD)
    words.clear()
    sheet = draw_sheet("photo.png", [compare(noise(20, 30), TAPS.T, signed=True)])
    assert words[1].text == "30 x 20, border replicate, signed"
    assert (sheet[-2 * GAP + 1 : -GAP, GAP : GAP + CARD] == PLATE).all()  # below a high kernel
