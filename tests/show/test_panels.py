"""Panels: what they show, and what their labels say."""

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from conftest import SMALL_LETTERS, TAPS, Word, noise, overlapping, two_sides

from filtering.compare import Comparison, compare
from filtering.show import panels
from filtering.show.canvas import BAD, FAINT, GAP, GOOD, INK, MARK, PAPER, PLATE, Colour, blank, resize
from filtering.show.layout import CANVAS, Layout
from filtering.show.place import draw_cells
from filtering.show.sheet import SHEET_WIDTH, draw_sheet
from kernels import KERNELS


def sobel(image: np.ndarray, **options: Any) -> Comparison:
    return compare(image, KERNELS["sobel_x"], name="sobel_x", **options)


def for_window(result: Comparison) -> tuple[Layout, np.ndarray]:
    layout = panels.lay_out_comparison(result)
    return layout, panels.draw_for_window(result, layout)


def panel(drawn: np.ndarray, layout: Layout, name: str) -> np.ndarray:
    left, top = layout.corners[layout.names.index(name)]
    return drawn[top : top + layout.panel[1], left : left + layout.panel[0]]


def marked(drawn: np.ndarray, layout: Layout, name: str, colour: Colour) -> tuple[int, ...]:
    """Return the box of what has this colour in a panel: left, top, right, bottom in the panel."""
    rows, columns = np.nonzero((panel(drawn, layout, name) == colour).all(axis=2))
    return int(columns.min()), int(rows.min()), int(columns.max()), int(rows.max())


@pytest.mark.parametrize("in_file", [False, True])
def test_each_panel_has_its_label_above_it(words: list[Word], in_file: bool) -> None:
    """In a file, the kernel is beside the name, and there are no times."""
    result = two_sides(20, 30)
    layout, drawn = for_window(result)
    if in_file:
        words.clear()
        layout, drawn = panels.lay_out_comparison(result, in_file=True), panels.draw_for_file(result)
        draw_cells(cells := blank(*CANVAS), TAPS.astype(int), (GAP, GAP), (100, 60))
        assert np.array_equal(drawn[: GAP + 60, : GAP + 110], cells[: GAP + 60, : GAP + 110])
        del words[:15], words[-15:]
    assert np.array_equal(panel(drawn, layout, "original"), resize(result.image, layout.panel))
    for name, value in [("convolve", 60), ("filter2D", 200), ("difference", 160 + 139 * 95 // 254)]:
        assert (panel(drawn, layout, name) == value).all()
    left, times = (130, "") if in_file else (GAP, "    convolve_fast 1.00 ms, filter2D 0.20 s")
    labels = ["original", "convolve_fast", "filter2D", "difference: 600 pixels, by up to 140"]
    assert [(*word[:3], word.size, word.colour) for word in words] == [
        ("k  3 x 5", left, 8, 23, INK),
        ("600 pixels differ", words[0].right + 3 * GAP, 11, 19, BAD),
        (f"weights / 7    border replicate{times}", left, 38, 15, FAINT),
        (panels.response_text(result), left, 60, 15, FAINT),
        *((label, x, y - 21, 15, FAINT) for label, (x, y) in zip(labels, layout.corners, strict=True)),
    ]


THIN = [pytest.param(shape, marks=SMALL_LETTERS) for shape in ((3000, 1), (3000, 400))]


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), *THIN, (800, 600), (40, 30, 3)])
def test_any_name_and_any_shape_leave_all_readable(words: list[Word], shape: tuple[int, ...]) -> None:
    """The verdict and the notes are whole, no label is wider than its panel, no text is over another."""
    result = replace(two_sides(*shape), name="name " * 30)
    layout, drawn = for_window(result)
    assert [word for word in words if not word.whole] == [words[0]]
    assert words[1].text == result.verdict_text
    for number, (word, (left, _)) in enumerate(zip(words[4:], layout.corners, strict=True)):
        assert left == word.left < word.right <= left + layout.panel_size(number)[0]
    for place in ((0, 0), (shape[1] - 1, shape[0] - 1)):
        assert overlapping([word for word in words if word.text]) == []
        words.clear()
        panels.draw_place(drawn.copy(), layout, result, place, kept=False)
    assert overlapping([word for word in words if word.text]) == []
    assert panels.draw_for_file(result).shape[1] == CANVAS[0]
    assert draw_sheet("noise.png", [result] * 4).shape[1] == SHEET_WIDTH


def test_labels_say_what_a_pixel_of_the_screen_stands_for(words: list[Word]) -> None:
    """A response as strong as it is, and a detail in full size."""
    result = sobel(noise(5, 4000), signed=True)
    layout, drawn = for_window(result)
    shrunk = [f"{name} (each dot: the strongest of 4 x 1 pixels)" for name in ("convolve", "filter2D")]
    assert [word.text for word in words[4:]] == ["original", *shrunk, "convolve at 100 %, strongest response"]
    assert words[1].colour == GOOD
    left, _, width, _ = layout.regions[-1]
    detail = result.ours[:, left : left + width]
    for name, ours in zip(layout.names[1:], (result.ours, result.ours, detail), strict=True):
        expected = resize(ours, layout.panel, result.white, strongest=True)
        assert np.array_equal(panel(drawn, layout, name), expected)


def test_one_pixel_off_by_one_is_seen() -> None:
    """Whatever the size of the image. The values: the width and the height of the bright dot."""
    sizes = {(8, 8): (32, 32), (400, 600): (9, 9), (2016, 3024): (8, 8), (5, 4000): (8, 12)}
    for shape, size in sizes.items():
        opencv = noise(*shape)
        ours = opencv.copy()
        ours[shape[0] // 2, shape[1] // 2] ^= 1
        layout, drawn = for_window(replace(two_sides(*shape), ours=ours, opencv=opencv))
        bright = panel(drawn, layout, "difference")[..., 0] == 160
        assert (bright.any(axis=0).sum(), bright.any(axis=1).sum()) == size


def test_differences_do_not_merge_and_have_their_brightness() -> None:
    """600 of six million pixels, in a lattice, are 600 dots, each of more than one pixel of the screen.

    Black for none, light grey for a level, white for 255; in 16 bits, white for all that is more.
    """
    many, few = np.zeros((2000, 3000), np.uint8), np.array([[0, 1, 128, 254, 255, -9999]], np.int16)
    many[50::100, 50::100] = 1
    part = many[:90, :120]  # not shrunk
    dots, shades, dot = (
        panels.difference_image(replace(two_sides(1, 1), ours=ours, opencv=ours * 0), size)[..., 0]
        for ours, size in ((many, (300, 200)), (few, (6, 1)), (part, (120, 90)))
    )
    assert np.count_nonzero(dot) == 1
    assert (cv2.connectedComponents(dots)[0] - 1, int(np.count_nonzero(dots))) == (600, 600 * 5 * 5)
    assert shades.tolist() == [[0, 160, 207, 254, 255, 255]]


@pytest.mark.parametrize("signed", [False, True])
def test_the_loop_is_drawn_as_far_as_it_is(words: list[Word], signed: bool) -> None:
    result = sobel(noise(20, 30), signed=signed)
    layout = panels.lay_out_comparison(result)
    drawn = panels.draw_loop(result, layout, 9, result.ours)
    side, there = layout.panel[0] // 30, panel(drawn, layout, "convolve")
    done = resize(result.ours, layout.panel, result.white)
    for rows in (slice(9 * side - 1), slice(9 * side + 1, 10 * side - 1)):
        assert np.array_equal(there[rows, 1:-1], done[rows, 1:-1])
    assert (there[10 * side + 1 :] == PLATE).all()
    # The row that is done, and the rows under the kernel.
    assert marked(drawn, layout, "convolve", MARK) == (0, 9 * side, 30 * side - 1, 10 * side - 1)
    assert marked(drawn, layout, "original", INK) == (0, 8 * side, 30 * side - 1, 11 * side - 1)
    image = resize(result.image, layout.panel)
    assert np.array_equal(panel(drawn, layout, "original")[: 7 * side], image[: 7 * side])
    assert (panel(drawn, layout, "filter2D") == PAPER).all()
    heads = "sobel_x  3 x 3", "convolve at work    border replicate"
    assert [word.text for word in words] == [*heads, "original", "convolve: row 10 of 20"]


def test_says_why_a_panel_is_dark(coffee: np.ndarray) -> None:
    left, image = np.array([[-1.0, 0, 0]]), np.zeros((1, 1000), np.uint8)
    image[0, 0] = 9
    flat, signed = compare(image * 0 + 7, KERNELS["laplacian"]), sobel(coffee, signed=True)
    zero = "weights add up to 0: flat areas become 0, black; "
    negative = "% of the sums are below 0 and became 0; --signed keeps them"
    both = "45 % of the sums are below 0 and became 0, 1 % are above 255 and became 255; --signed keeps them"
    for result, text in [
        (compare(image, left, "zero"), f"under 1 {negative}"),
        (compare(image * 0 + 9, left, "zero"), f"over 99 {negative}"),
        (flat, f"{zero}the brightest is 0 of 255"),
        (sobel(coffee), zero + both),
        (compare(coffee, KERNELS["small_blur"]), ""),
        (signed, f"grey is 0, white {signed.white} and more, black -{signed.white} and less"),
    ]:
        assert panels.response_text(result) == text
    assert panels.response_notes(flat, []) == ["flat areas become 0, black", "the brightest is 0 of 255"]


def test_marks_are_on_the_pixel_and_the_window(words: list[Word]) -> None:
    """The pixel in every panel, in amber; the window around it in the original, light. Both can be seen."""
    result = two_sides(20, 30)
    layout, drawn = for_window(result)
    panels.draw_place(drawn, layout, result, (9, 7), kept=False)
    side = layout.panel[0] // 30
    for name in layout.names:
        assert marked(drawn, layout, name, MARK) == (9 * side, 7 * side, 10 * side - 1, 8 * side - 1)
    assert marked(drawn, layout, "original", INK) == (7 * side, 6 * side, 12 * side - 1, 9 * side - 1)
    assert "the first that differs" not in [word.text for word in words]
    panels.draw_place(drawn, layout, result, result.spot, kept=False)
    assert "the first that differs" in [word.text for word in words]
    large = two_sides(1000, 3000)  # of which a window is smaller than a mark
    layout, drawn = for_window(large)
    panels.draw_place(drawn, layout, large, (100, 80), kept=False)
    for name, colour in zip(layout.names, (INK, MARK, MARK, MARK), strict=False):
        left, top, right, bottom = marked(drawn, layout, name, colour)
        assert (right - left, bottom - top) == (6, 6)
