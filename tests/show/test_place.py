"""The arithmetic at one pixel, drawn."""

import cv2
import numpy as np
import pytest
from conftest import SMALL_LETTERS, TAPS, Word, noise, overlapping, two_sides

from filtering.arithmetic import arithmetic_at
from filtering.compare import compare
from filtering.show.canvas import BAD, FAINT, GAP, GOOD, INK, MARK, NEGATIVE, POSITIVE, ZERO, blank
from filtering.show.layout import ARITHMETIC
from filtering.show.place import TINTS, draw_arithmetic, draw_cells, draw_picture
from kernels import KERNELS


def test_weights_have_their_numbers_and_colours(words: list[Word]) -> None:
    """Each in its place, the middle one marked: positive is orange, negative blue, weaker is darker."""
    canvas, weights = blank(500, 300), TAPS.astype(int) - 5
    draw_cells(canvas, weights, (0, 0), (500, 300), middle=True)
    for word, weight, (row, column) in zip(words, weights.ravel().tolist(), np.ndindex(3, 5), strict=True):
        shade = np.array(ZERO) + abs(weight) / 10 * (np.array(NEGATIVE if weight < 0 else POSITIVE) - ZERO)
        assert canvas[100 * row + 5, 100 * column + 5].tolist() == shade.astype(int).tolist()
        assert (word.text, word.top // 100) == (str(weight), row)
        assert word.left // 100 == word.right // 100 == column
    marked = np.argwhere((canvas == MARK).all(axis=2))
    assert (*marked.min(axis=0), *marked.max(axis=0)) == (100, 200, 200, 300)


def test_numbers_are_short_and_said_once_where_all_are_equal(words: list[Word]) -> None:
    numbers = [123.4, 99.4, -0.5, 0.00111]
    draw_cells(blank(400, 40), np.array([numbers]), (0, 0), (400, 40))
    draw_cells(blank(200, 40), np.array([[12345]], object), (0, 0), (200, 40))
    equal = np.full((21, 21), 0.00111)
    draw_cells(blank(100, 100), equal, (0, 0), (100, 100))
    equal[20, 20] = 0.00112  # the same in two digits
    draw_cells(blank(100, 100), equal, (0, 0), (100, 100))
    assert [word.text for word in words] == ["123", "99", "-0.5", "0.0011", "12345", "all 0.0011"]


def signs(canvas: np.ndarray, words: list[Word]) -> list[set[tuple[int, ...]]]:
    """Return the colours of the signs before the words of a legend."""
    places = [canvas[word.top : word.top + 15, word.left - 17 : word.left - 2] for word in words]
    colours: set[tuple[int, ...]] = {POSITIVE, NEGATIVE, MARK, INK}
    return [colours & {tuple(pixel) for pixel in place.reshape(-1, 3).tolist()} for place in places]


def texts(values: np.ndarray) -> list[str]:
    return [str(value) for value in values.ravel().tolist()]


@pytest.mark.parametrize("width", [1260, pytest.param(500, marks=SMALL_LETTERS)])
def test_the_arithmetic_is_that_of_at(words: list[Word], width: int) -> None:
    """Window x kernel = products in a row, the steps beside or below; past the edge is darker."""
    result, canvas = two_sides(20, 30), blank(1280, 400)
    draw_arithmetic(canvas, (10, 10, width, 380), result, (1, 0), "the reason")
    at = arithmetic_at(result, 1, 0)[0]
    products, steps = at.window.astype(int) * at.weights, [at.total_line, *at.step_lines]
    pixels = ["60", "200"]
    assert [word.text for word in words] == [
        *("k at 1,0", "the reason", "window", *texts(at.window), "x", "kernel / 7", *texts(at.weights), "="),
        *("products", *texts(products), ""),
        *([*steps, *pixels] if width == 1260 else [*pixels, *steps]),
        *(at.compared_line, "positive", "the pixel itself", "past the edge: border replicate"),
    ]
    assert overlapping([word for word in words if word.text]) == []
    assert all(word.whole for word in words)
    for n in range(15):
        across = [words[at].left for at in (3 + n, 18, 20 + n, 35, 37 + n)]
        assert sorted(across) == across
    assert words[8].top < words[18].top + 11 < words[13].top  # the sign is beside the middle
    for word, value, inside in zip(words[3:18], at.window.ravel(), at.inside.ravel(), strict=True):
        assert canvas[word.top + 5, word.left - 1].tolist() == [value if inside else value // 4] * 3
    strongest = words[20 + int(np.argmax(at.weights))], words[37 + int(products.argmax())]
    assert {tuple(canvas[word.top + 5, word.left - 1]) for word in strongest} == {POSITIVE}
    for word in words[53:-3]:
        if word.text in pixels:
            assert canvas[word.top + 5, word.left - 2].tolist() == [int(word.text)] * 3
        else:
            assert (word.colour, word.size > 20) == (BAD if word is words[-4] else INK, word.text == steps[0])
    assert signs(canvas, words[-3:]) == [{POSITIVE}, {MARK}, {INK}]
    assert (canvas[58, 7:100] == INK).all()  # around the window; within, dashes are past the edge
    corner, dashes = blank(1280, 400), {INK, (0, 0, 0)}
    draw_arithmetic(corner, (10, 10, width, 380), result, (29, 19), "")
    wide, high = (
        next(n for n, pixel in enumerate(side.tolist()) if tuple(pixel) not in dashes)
        for side in (canvas[62, 11:], canvas[62:, 11])
    )
    assert min(wide, high) > 60
    for side in (corner[61 + high, 11 : 11 + wide], corner[62 : 62 + high, 10 + wide]):
        assert {tuple(pixel) for pixel in side.tolist()} == dashes
    assert cv2.connectedComponents((canvas == MARK).all(axis=2).astype(np.uint8))[0] == 1 + 3 + 1


def test_equal_pixels_are_green_and_one_and_kept_ones_amber(words: list[Word]) -> None:
    result = compare(noise(20, 20), KERNELS["sharpen"], name="sharpen")
    picture = draw_picture(result, (3, 7))
    at = arithmetic_at(result, 3, 7)[0]
    last = [str(at.convolve), at.compared_line, "positive", "negative", "the pixel itself"]
    assert [word.text for word in words[:2]] == ["sharpen at 3,7", "3 x 3, border replicate"]
    assert [word.text for word in words[35:]] == [at.total_line, *at.step_lines, *last]
    assert len(picture) == words[-1].top + 18 + 2 * GAP
    assert signs(picture, words[-3:]) == [{POSITIVE}, {NEGATIVE}, {MARK}]
    assert [words[n].colour for n in (0, 1, -4)] == [INK, FAINT, GOOD]
    words.clear()
    draw_arithmetic(blank(900, 300), (0, 0, 900, 300), result, (4, 4), "the reason", kept=True)
    assert [(word.text, word.colour) for word in words[:2]] == [("sharpen at 4,4", MARK), ("kept", MARK)]


@pytest.mark.parametrize("below", [False, True])
def test_channels_are_beside_or_below_each_other_in_their_colours(words: list[Word], below: bool) -> None:
    image = np.dstack([noise(9, 9, seed=seed) for seed in range(3)])
    result = compare(image, TAPS / 200, name="k")
    draw_arithmetic(blank(1300, 1000), (20, 20, 1260, 900 if below else ARITHMETIC), result, (4, 4))
    heads = [word for word in words if word.text.endswith(" window")]
    tints = [word.colour for word in words if word.text.startswith(("kernel", "products"))]
    assert set(tints) == {FAINT}
    assert [(word.text, word.colour) for word in heads] == [(f"{name} window", TINTS[name]) for name in TINTS]
    places = [(word.left, word.top) for word in heads]
    assert places == sorted(places, key=lambda place: place[::-1])
    assert [len({place[axis] for place in places}) for axis in (0, 1)] == ([1, 3] if below else [3, 1])
    starts = [words.index(head) + 1 for head in heads]
    for start, at in zip(starts, arithmetic_at(result, 4, 4), strict=True):
        assert [word.text for word in words[start : start + 15]] == texts(at.window)


@pytest.mark.parametrize(
    ("name", "shape", "size"),
    [
        ("large_blur", (9, 9), (1260, ARITHMETIC)), ("motion_blur", (9, 9, 3), (1260, ARITHMETIC)),
        ("sobel_x", (9, 9, 3), (1160, 900)), ("identity", (9, 9), (1260, 420)),
    ],
)  # fmt: skip
def test_stays_in_its_box(name: str, shape: tuple[int, ...], size: tuple[int, int]) -> None:
    """Nothing is drawn beside the area but the window's outline, nor below what is returned as its end."""
    result = compare(noise(*shape), KERNELS[name], "zero", name=name)
    canvas = blank(size[0] + 100, size[1] + 100)
    end = draw_arithmetic(canvas, (50, 50, *size), result, (0, 0))
    changed = (canvas != blank(size[0] + 100, size[1] + 100)).any(axis=2)
    changed[48 : end + 2, 46 : size[0] + 50] = False
    assert not changed.any()
    assert end <= size[1] + 50
