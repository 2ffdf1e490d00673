"""Images resized for the screen, shapes, and text."""

import numpy as np
import pytest
from conftest import SMALL_LETTERS, Word, contrast, noise

from filtering.show import canvas as draw
from filtering.show.canvas import BAD, INK, NEGATIVE, PAPER, POSITIVE, ZERO, Box, blank, resize


def ink(canvas: np.ndarray) -> Box:
    """Return the box of what is drawn."""
    rows, columns = np.nonzero((canvas != PAPER).any(axis=2))
    return int(columns.min()), int(rows.min()), int(columns.max()), int(rows.max())


@pytest.mark.parametrize(
    ("dtype", "shape"), [(np.int16, (41, 67)), (np.uint8, (7, 300, 3)), (np.int16, (9, 9))]
)
def test_strongest_is_the_strongest_of_each_block(dtype: type, shape: tuple[int, ...]) -> None:
    """Blocks begin where the pixels of the screen begin, and reach as far as one of them at least."""
    white = 128 if dtype == np.int16 else None
    image: np.ndarray = noise(*shape).astype(dtype) - (white or 0)
    image.ravel()[7] = np.iinfo(dtype).min  # -32768 has no positive counterpart
    columns, rows = draw.shrink_factors(shape, (20, 5))
    assert (columns, rows) == (-(-shape[1] // 20), -(-shape[0] // 5))
    expected: np.ndarray = np.zeros((5, 20, *shape[2:]), dtype)
    for row, column in np.ndindex(5, 20):
        y, x = row * shape[0] // 5, column * shape[1] // 20
        block = image[y : y + rows, x : x + columns].astype(int)
        low, high = block.min(axis=(0, 1)), block.max(axis=(0, 1))
        expected[row, column] = np.where(high >= -low, high, low)
    expected = expected if white is None else draw.response_image(expected, white)
    shrunk = resize(image, (20, 5), white, strongest=True)
    assert np.array_equal(shrunk, expected if len(shape) == 3 else np.dstack([expected] * 3))


def test_averages_where_it_shrinks_at_all_and_enlarges_by_whole_factors() -> None:
    image = np.array([[10, 30, 50, 70]], np.uint8)
    assert resize(image, (2, 1))[0, :, 0].tolist() == resize(image, (2, 3))[2, :, 0].tolist() == [20, 60]
    image = noise(8, 9)
    assert np.array_equal(resize(image, (108, 96))[..., 0], np.kron(image, np.ones((12, 12), np.uint8)))


def test_text_is_where_it_should_be_in_its_colour() -> None:
    canvas, middled, narrow = (blank(300, 60) for _ in range(3))
    end = draw.text(canvas, "MH8", (50, 20), 30, BAD)
    left, top, right, bottom = ink(canvas)
    assert 50 <= left <= 55
    assert end - 5 <= right <= end == 50 + draw.text_width("MH8", 30)
    assert 20 <= top <= 25 < 42 <= bottom <= 45
    assert (np.abs(canvas - np.array(BAD)).max(axis=2) <= 6).any()  # OpenCV 4 draws thin strokes
    for paper, box in [(middled, (100, 10, 180, 50)), (narrow, (100, 10, 120, 50))]:
        draw.middle_text(paper, "MH8", box, 30, BAD)
        left, top, right, bottom = ink(paper)
        assert abs(left + right - box[0] - box[2]) <= 4
        assert abs(top + bottom - 60) <= 4
        assert box[0] <= left < right <= box[2]


@SMALL_LETTERS
def test_text_is_not_cut_off() -> None:
    draw.text(small := blank(90, 60), "MH8MH8", (20, 20), 30, BAD)
    assert ink(small)[2] < 88


@pytest.mark.parametrize("name", ["a\x1b[1m\n", "bl\udcffr", "kärnel 日本"])
def test_whatever_a_file_name_holds_is_drawn(name: str) -> None:
    """Control characters and bytes of other encodings are escaped."""
    escaped = name.replace("\x1b", r"\x1b").replace("\n", r"\n").replace("\udcff", r"\udcff")
    both = blank(200, 30), blank(200, 30)
    assert draw.text(both[0], name, (5, 5), 16, INK) == draw.text(both[1], escaped, (5, 5), 16, INK)
    assert ink(both[0])[0] < 10
    assert np.array_equal(*both)
    draw.text(blank(60, 30), name * 99, (5, 5), 16, INK)


def test_a_grid_has_each_word_in_its_cell(words: list[Word]) -> None:
    """Letters have the size that the widest word allows; in small cells there are none."""
    fills = np.repeat(np.arange(15, dtype=np.uint8) * 18, 3).reshape(3, 5, 3)
    texts = [[f"{row}{column}" * (1 + column % 3) for column in range(5)] for row in range(3)]
    canvas = blank(300, 200)
    draw.grid(canvas, fills, texts, (20, 30), (50, 40))
    assert ink(canvas) == (21, 31, 269, 149)  # the outer lines are as the paper
    assert [word.text for word in words] == [text for row in texts for text in row]
    for word in words:
        row, column = map(int, word.text[:2])
        left, top, size = 20 + 50 * column, 30 + 40 * row, words[0].size
        assert (word.left > left, word.right < left + 50, word.top > top) == (True, True, True)
        assert (word.size, word.top + size < top + 40, size > 11) == (size, True, True)
        assert word.colour == tuple(draw.ink_on(fills)[row, column])
        assert canvas[top + 3, left + 3].tolist() == fills[row, column].tolist()
    words.clear()
    draw.grid(blank(300, 200), fills, [["1"] * 5] * 3, (20, 30), (50, 20))
    assert words.pop().size < 20
    words.clear()
    draw.grid(blank(300, 200), fills, texts, (20, 30), (9, 9))
    draw.grid(canvas, fills, texts, (0, 0), (4, 4))
    assert words == []
    assert np.array_equal(canvas[:12, :20], np.kron(fills, np.ones((4, 4, 1), np.uint8)))


def test_what_is_pasted_is_cut_off_and_dashes_have_four_sides() -> None:
    draw.paste(canvas := blank(50, 50), np.full((9, 9, 3), 77, np.uint8), (47, 45))
    assert np.argwhere(canvas == 77)[:, :2].min(axis=0).tolist() == [45, 47]
    draw.dash(dashed := blank(90, 60), (50, 10, 70, 40))
    for side in (dashed[10, 50:71], dashed[40, 50:71], dashed[10:41, 50], dashed[10:41, 70]):
        assert {tuple(pixel) for pixel in side.tolist()} == {INK, (0, 0, 0)}
    assert (dashed[11:40, 51:70] == PAPER).all()


def test_numbers_are_readable_on_every_tint_and_grey() -> None:
    """By the contrast of WCAG 2. The tints are the vermillion and the blue of Okabe and Ito (2008)."""
    assert (POSITIVE[::-1], NEGATIVE[::-1]) == ((0xD5, 0x5E, 0x00), (0x00, 0x72, 0xB2))
    shares = np.linspace(0, 1, 65)[:, np.newaxis]
    tints = [ZERO + shares * (np.array(colour) - ZERO) for colour in (POSITIVE, NEGATIVE)]
    fills = np.vstack([*tints, np.repeat(np.arange(256)[:, np.newaxis], 3, axis=1)])
    assert all(contrast(fill, ink) >= 4.5 for fill, ink in zip(fills, draw.ink_on(fills), strict=True))
