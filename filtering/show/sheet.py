"""The sheet: the original once, and each kernel's result, split between convolve and filter2D."""

from collections.abc import Sequence

import cv2
import numpy as np

from filtering.compare import Comparison, difference
from filtering.describe import size_text
from filtering.exact import on_paper
from filtering.show import canvas as draw
from filtering.show.canvas import GAP
from filtering.show.layout import THINNEST
from filtering.show.panels import response_notes, verdict_colour
from filtering.show.place import draw_cells, draw_legend

SHEET_WIDTH = 1200
COLUMNS = 3
CARD = (SHEET_WIDTH - (COLUMNS + 1) * GAP) // COLUMNS  # width of a card
FOOT = 128  # height of the text below an image
HIGHEST = 420  # of the image of a card
ORIGINAL = 560  # width of the original


def draw_sheet(title: str, comparisons: Sequence[Comparison], *, flipped: bool = False) -> np.ndarray:
    """Draw the original, large, and all kernels as cards; SHEET_WIDTH wide.

    title: the name of the image. flipped: the kernels were.
    """
    size = draw.fit(comparisons[0].image.shape, (CARD, HIGHEST), THINNEST[1])
    gap = draw.blank(SHEET_WIDTH, GAP)
    rows = [gap, _head(title, comparisons, flipped), gap]
    for start in range(0, len(comparisons), COLUMNS):
        row = draw.blank(SHEET_WIDTH, size[1] + FOOT + GAP)
        for number, comparison in enumerate(comparisons[start : start + COLUMNS]):
            draw.paste(row, _card(comparison, size), (GAP + number * (CARD + GAP), 0))
        rows.append(row)
    return np.vstack(rows)


def _head(title: str, comparisons: Sequence[Comparison], flipped: bool) -> np.ndarray:
    """Draw the original and, beside it, what is compared, how to read the cards, and the result."""
    first = comparisons[0]
    size = draw.fit(first.image.shape, (ORIGINAL, ORIGINAL * 2 // 3), THINNEST[1])
    canvas = draw.blank(SHEET_WIDTH, max(size[1], 230))
    draw.paste(canvas, draw.resize(first.image, size), (GAP, 0))
    x, y = 4 * GAP + max(size[0], CARD), max(0, size[1] // 2 - 115)
    height, width = first.image.shape[:2]
    what = ["kernels flipped"] * flipped + [f"{width} x {height}", f"border {first.border}"]
    what += ["signed"] * first.signed
    sides = f"{first.function} and filter2D of OpenCV {cv2.__version__}"
    how = f"Left of the line: {first.function}. Right of it: filter2D."
    different = any(comparison.differing for comparison in comparisons)
    red = "Pixels that differ are red." if different else "A pixel that differs would be red."
    same = sum(comparison.matches for comparison in comparisons)
    colour = draw.GOOD if same == len(comparisons) else draw.BAD
    draw.text(canvas, title, (x, y), 34, draw.INK)
    draw.text(canvas, ", ".join(what), (x, y + 50), 18, draw.FAINT)
    draw.text(canvas, sides, (x, y + 75), 18, draw.FAINT)
    draw.text(canvas, how, (x, y + 112), 18, draw.INK)
    draw.text(canvas, red, (x, y + 137), 18, draw.INK)
    draw.text(canvas, f"{same} of {len(comparisons)} kernels match", (x, y + 175), 24, colour)
    weights = np.concatenate([comparison.kernel.ravel() for comparison in comparisons])
    draw_legend(canvas, (x, y + 210), weights)
    return canvas


def _card(comparison: Comparison, size: tuple[int, int]) -> np.ndarray:
    """Draw the card of one kernel: the split result, the kernel, the verdict."""
    card = np.full((size[1] + FOOT, CARD, 3), draw.PLATE, np.uint8)
    draw.paste(card, _split_image(comparison, size), ((CARD - size[0]) // 2, 0))
    grid = draw.fit(comparison.kernel.shape, (FOOT - 2 * GAP, FOOT - 2 * GAP))
    values, divisor = on_paper(comparison.kernel)
    draw_cells(card, values, (GAP, size[1] + GAP), grid)
    x, y = 2 * GAP + max(grid[0], FOOT - 2 * GAP), size[1]
    divided = f"/ {divisor}" * (divisor != 1)
    room = card[:, : CARD - draw.text_width(divided, 15) - 2 * GAP]
    end = draw.text(room, f"{comparison.name}  {size_text(comparison.kernel)}", (x, y + 10), 20, draw.INK)
    draw.text(card, divided, (end + GAP, y + 14), 15, draw.FAINT)
    of_all = f" of {comparison.pixels}" if comparison.differing else f", {comparison.pixels} pixels"
    draw.text(card, comparison.verdict_text + of_all, (x, y + 38), 16, verdict_colour(comparison))
    notes = [*response_notes(comparison, comparison.clipping), comparison.clipping_advice]
    for number, line in enumerate(filter(None, notes[:3])):
        draw.text(card[:, : CARD - GAP], line, (x, y + 64 + 20 * number), 13, draw.FAINT)
    return card


def _split_image(comparison: Comparison, size: tuple[int, int]) -> np.ndarray:
    """Draw convolve's result left of the middle and filter2D's right of it; differing pixels are red."""
    ours, opencv = (
        draw.resize(side, size, comparison.white, comparison.strongest)
        for side in (comparison.ours, comparison.opencv)
    )
    middle = size[0] // 2
    image = np.hstack([ours[:, :middle], opencv[:, middle:]])
    if comparison.differing:
        if comparison.image.ndim == 3:  # on which red might not be seen
            image = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
        apart = (difference(comparison.ours, comparison.opencv) > 0).astype(np.uint8) * 255
        image[draw.resize(apart, size, strongest=True)[..., 0] > 0] = draw.BAD
    cv2.line(image, (middle, 0), (middle, size[1]), draw.MARK, 1)
    right = size[0] - draw.text_width("filter2D", 13) - 6
    if size[1] > 60 and draw.text_width(comparison.function, 13) + 18 < right:
        for text, x in ((comparison.function, 6), ("filter2D", right)):
            box = image[size[1] - 20 :, max(0, x - 6) : x + draw.text_width(text, 13) + 6]
            box //= 3
            draw.text(image, text, (x, size[1] - 17), 13, draw.INK)
    return image
