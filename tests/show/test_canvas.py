"""Images resized for the screen, and text."""

import cv2
import numpy as np
import pytest
from conftest import Word, noise

from filtering.compare import compare
from filtering.show.canvas import (
    BAD,
    INK,
    MARK,
    NEGATIVE,
    PAPER,
    POSITIVE,
    ZERO,
    Box,
    Colour,
    blank,
    dash,
    fill,
    fit,
    grid,
    ink_on,
    mark,
    middle_text,
    paste,
    resize,
    response_image,
    shrink_factors,
    text,
    text_width,
)
from kernels import KERNELS


@pytest.mark.parametrize("dtype", [np.uint8, np.int16])
@pytest.mark.parametrize("shape", [(40, 60), (41, 67), (7, 300, 3)])
def test_strongest_is_the_strongest_of_each_block(dtype: type, shape: tuple[int, ...]) -> None:
    """Blocks begin where the pixels of the screen begin, and reach as far as one of them at least."""
    image: np.ndarray = noise(*shape).astype(dtype) - (128 if dtype == np.int16 else 0)
    image.ravel()[7] = np.iinfo(dtype).min  # -32768 has no positive counterpart
    size, white = (20, 5), 128 if dtype == np.int16 else None
    columns, rows = shrink_factors(shape, size)
    assert (columns, rows) == (-(-shape[1] // 20), -(-shape[0] // 5))
    expected = np.zeros((5, 20, *shape[2:]), dtype)
    for row, column in np.ndindex(5, 20):
        y, x = row * shape[0] // 5, column * shape[1] // 20
        block = image[y : y + rows, x : x + columns].astype(int)
        low, high = block.min(axis=(0, 1)), block.max(axis=(0, 1))
        expected[row, column] = np.where(high >= -low, high, low)
    drawn = expected if white is None else response_image(expected, white)
    shrunk = resize(image, size, white, strongest=True)
    assert np.array_equal(shrunk, drawn if len(shape) == 3 else np.dstack([drawn] * 3))


def test_averages_where_it_shrinks_at_all() -> None:
    image = np.array([[10, 30, 50, 70]], np.uint8)
    assert resize(image, (2, 1))[0, :, 0].tolist() == [20, 60]
    assert resize(image, (2, 3))[2, :, 0].tolist() == [20, 60]
    assert fit((300, 100), (60, 150)) == (50, 150)
    assert fit((1, 3000), (300, 300)) == (300, 1)


def test_the_strongest_response_of_a_large_photo_is_seen(coffee: np.ndarray) -> None:
    """Averaging leaves little of an edge on 12 megapixels; the strongest is all of it."""
    photo = cv2.resize(coffee, (4000, 3000), interpolation=cv2.INTER_CUBIC)
    edges = compare(photo, KERNELS["laplacian"]).ours
    assert resize(edges, (400, 300), strongest=True).max() == edges.max()
    assert resize(edges, (400, 300)).max() < 0.7 * edges.max()


def test_signed_zero_is_middle_grey() -> None:
    responses = np.array([[-1020, 0, 1020, 510]], np.int16)
    assert response_image(responses, 1020).tolist() == [[0, 128, 255, 191]]
    assert (resize(np.zeros((90, 90), np.int16), (30, 30), white=7, strongest=True) == 128).all()


def test_enlarged_pixels_are_squares() -> None:
    image = noise(8, 9)
    size = fit(image.shape, (100, 100))
    assert size == (99, 88)
    assert np.array_equal(resize(image, size)[..., 0], np.kron(image, np.ones((11, 11), np.uint8)))


@pytest.mark.parametrize("words", ["sharpen", "bl\udcffr", "kärnel 日本", ""])
def test_text_stays_on_the_canvas(words: str) -> None:
    """Whatever a file name holds; what is too wide becomes smaller."""
    canvas = blank(60, 30)
    text(canvas, words * 9, (5, 5), 16, INK)
    assert (canvas != blank(60, 30)).any() == bool(words)
    assert text_width("00", 16) == text_width("11", 16) > text_width("0", 16)


def ink(canvas: np.ndarray, paper: Colour = PAPER) -> Box:
    """Return the box of what is drawn."""
    rows, columns = np.nonzero((canvas != paper).any(axis=2))
    return int(columns.min()), int(rows.min()), int(columns.max()), int(rows.max())


def test_text_is_where_it_should_be_in_its_colour() -> None:
    canvas = blank(300, 60)
    end = text(canvas, "MH8", (50, 20), 30, BAD)
    left, top, right, bottom = ink(canvas)
    assert 50 <= left <= 55
    assert end - 5 <= right <= end == 50 + text_width("MH8", 30)
    assert 20 <= top <= 25 < 42 <= bottom <= 45
    assert (canvas == BAD).all(axis=2).any()
    assert text(blank(90, 60), "MH8MH8", (20, 20), 30, BAD) <= 90
    middled = blank(300, 60)
    middle_text(middled, "MH8", (100, 10, 180, 50), 30, BAD)
    left, top, right, bottom = ink(middled)
    assert abs(left + right - 280) <= 4
    assert abs(top + bottom - 60) <= 4
    middle_text(narrow := blank(300, 60), "MH8", (100, 10, 120, 50), 30, BAD)
    assert 100 <= ink(narrow)[0] < ink(narrow)[2] <= 120


@pytest.mark.parametrize(("name", "escaped"), [("a\x1b[1m\n", r"a\x1b[1m\n"), ("bl\udcffr", r"bl\udcffr")])
def test_control_characters_and_other_bytes_are_escaped(name: str, escaped: str) -> None:
    both = blank(200, 30), blank(200, 30)
    assert text(both[0], name, (5, 5), 16, INK) == text(both[1], escaped, (5, 5), 16, INK)
    assert np.array_equal(*both)


def test_a_grid_has_each_word_in_its_cell(words: list[Word]) -> None:
    fills = np.zeros((3, 5, 3), np.uint8)
    fills[..., 0] = np.arange(15).reshape(3, 5) * 18
    texts = [[f"{row}{column}" for column in range(5)] for row in range(3)]
    canvas = blank(300, 200)
    grid(canvas, fills, texts, (20, 30), (50, 40))
    assert ink(canvas) == (21, 31, 269, 149)  # the outer lines are as the paper
    assert [word.text for word in words] == [text for row in texts for text in row]
    for word in words:
        row, column = map(int, word.text)
        assert 20 + 50 * column < word.left < word.right < 70 + 50 * column
        assert 30 + 40 * row < word.top < word.top + word.size <= 70 + 40 * row
        assert word.size == words[0].size > 16
        assert word.colour == tuple(ink_on(fills)[row, column])
        assert canvas[30 + 40 * row + 3, 20 + 50 * column + 3].tolist() == fills[row, column].tolist()
    words.clear()
    grid(blank(300, 200), fills, texts, (20, 30), (9, 9))  # lines, but no letters that can be read
    grid(canvas, fills, texts, (0, 0), (4, 4))
    assert words == []
    assert np.array_equal(canvas[:12, :20], np.kron(fills, np.ones((4, 4, 1), np.uint8)))


def test_marks_are_large_enough_to_be_seen() -> None:
    """Amber, with black around it."""
    canvas = blank(50, 50)
    mark(canvas, None)
    mark(canvas, (25, 25, 25, 25))
    assert ink(canvas) == (21, 21, 29, 29)
    assert (canvas[21, 21:30] == 0).all()
    assert (canvas[22:29, 22] == MARK).all()
    fill(canvas, (1, 2, 3, 4), BAD)
    assert ink(canvas[:10, :10]) == (1, 2, 3, 4)
    paste(canvas, np.full((9, 9, 3), 77, np.uint8), (47, 45))  # the rest of it is cut off
    assert np.argwhere(canvas == 77)[:, :2].min(axis=0).tolist() == [45, 47]


def contrast(one: np.ndarray, other: np.ndarray) -> float:
    """Return the contrast of two colours, blue, green, red, as WCAG 2 defines it."""

    def luminance(colour: np.ndarray) -> float:
        parts = colour[::-1] / 255
        linear = np.where(parts <= 0.03928, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return float(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])

    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def test_numbers_are_readable_on_every_tint_and_grey() -> None:
    shares = np.linspace(0, 1, 65)[:, np.newaxis]
    tints = [ZERO + shares * (np.array(colour) - ZERO) for colour in (POSITIVE, NEGATIVE)]
    fills = np.vstack([*tints, np.repeat(np.arange(256)[:, np.newaxis], 3, axis=1)])
    for tint, black_or_white in zip(fills, ink_on(fills), strict=True):
        assert contrast(tint, black_or_white) >= 4.5


def test_signs_are_told_apart_without_red_or_green() -> None:
    """As those see them who lack one kind of cones (Vienot and others 1999): blue and yellow remain."""
    to_cones = np.array(
        [[17.8824, 43.5161, 4.11935], [3.45565, 27.1554, 3.86714], [0.0299566, 0.184309, 1.46709]]
    )
    lacks = {
        "red": [[0, 2.02344, -2.52581], [0, 1, 0], [0, 0, 1]],
        "green": [[1, 0, 0], [0.494207, 0, 1.24827], [0, 0, 1]],
    }
    for matrix in lacks.values():
        seen = [
            np.linalg.inv(to_cones) @ np.array(matrix) @ to_cones @ np.array(colour[::-1])
            for colour in (POSITIVE, NEGATIVE, ZERO)
        ]
        for one, other in [(0, 1), (0, 2), (1, 2)]:
            assert np.abs(seen[one] - seen[other]).max() > 50
        assert seen[0][2] < seen[0][0] - 50  # yellow
        assert seen[1][2] > seen[1][0] + 50  # blue


def test_the_signs_of_the_pixel_and_of_past_the_edge_differ() -> None:
    """One is amber and closed, the other light dashes on black."""
    canvas = blank(90, 60)
    mark(canvas, (10, 10, 30, 30))
    dash(canvas, (50, 10, 70, 40))
    assert {tuple(pixel) for pixel in canvas[10, 10:31].tolist()} == {MARK}
    for side in (canvas[10, 50:71], canvas[40, 50:71], canvas[10:41, 50], canvas[10:41, 70]):
        assert {tuple(pixel) for pixel in side.tolist()} == {INK, (0, 0, 0)}
    assert (canvas[11:40, 51:70] == PAPER).all()
