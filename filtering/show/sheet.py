"""The sheet: the original once, and each kernel's result, split between convolve and filter2D."""

import cv2
import numpy as np

from filtering.compare import Comparison, difference
from filtering.describe import size_text
from filtering.exact import on_paper
from filtering.report import heading
from filtering.show.canvas import (
    BAD,
    FAINT,
    GAP,
    GOOD,
    INK,
    MARK,
    PLATE,
    blank,
    draw_text,
    fit,
    paste,
    resize,
    text_width,
)
from filtering.show.panels import features, response_note, verdict_colour
from filtering.show.place import draw_cells, kernel_cells

SHEET_WIDTH = 1200
COLUMNS = 3
CARD = (SHEET_WIDTH - (COLUMNS + 1) * GAP) // COLUMNS  # width of a card
FOOT = 128  # height of the text below an image
HIGHEST = 420  # of the image of a card
ORIGINAL = 560  # width of the original


def draw_sheet(title: str, comparisons: list[Comparison]) -> np.ndarray:
    """Draw the original, large, and all kernels as cards; SHEET_WIDTH wide.

    title: as for report.heading.
    """
    size = fit(comparisons[0].image.shape, (CARD, HIGHEST))
    rows = [blank(SHEET_WIDTH, GAP), _head(title, comparisons), blank(SHEET_WIDTH, GAP)]
    for start in range(0, len(comparisons), COLUMNS):
        row = blank(SHEET_WIDTH, size[1] + FOOT + GAP)
        for number, comparison in enumerate(comparisons[start : start + COLUMNS]):
            paste(row, _card(comparison, size), (GAP + number * (CARD + GAP), 0))
        rows.append(row)
    return np.vstack(rows)


def _head(title: str, comparisons: list[Comparison]) -> np.ndarray:
    """Draw the original and, beside it, what is compared, how to read the cards, and the result."""
    first = comparisons[0]
    size = fit(first.image.shape, (ORIGINAL, ORIGINAL * 2 // 3))
    canvas = blank(SHEET_WIDTH, max(size[1], 210))
    paste(canvas, resize(first.image, size), (GAP, 0))
    x, y = 4 * GAP + max(size[0], CARD), max(0, size[1] // 2 - 105)
    name, _, rest = heading(title, comparisons).partition(", ")
    draw_text(canvas, name, (x, y), 34, INK)
    what, _, sides = rest.partition(": ")
    for number, line in enumerate([what, sides]):
        draw_text(canvas, line, (x, y + 50 + 25 * number), 18, FAINT)
    draw_text(canvas, f"Left of the line: {first.function}. Right of it: filter2D.", (x, y + 112), 18, INK)
    different = any(comparison.differing for comparison in comparisons)
    text = "Pixels that differ are red." if different else "A pixel that differs would be red."
    draw_text(canvas, text, (x, y + 137), 18, INK)
    same = sum(comparison.matches for comparison in comparisons)
    text = f"{same} of {len(comparisons)} kernels match"
    draw_text(canvas, text, (x, y + 175), 24, GOOD if same == len(comparisons) else BAD)
    return canvas


def _plate(size: tuple[int, int], image: np.ndarray) -> np.ndarray:
    """Return a card with an image and nothing below it yet."""
    card = np.full((size[1] + FOOT, CARD, 3), PLATE, np.uint8)
    paste(card, image, ((CARD - size[0]) // 2, 0))
    return card


def _card(comparison: Comparison, size: tuple[int, int]) -> np.ndarray:
    """Draw the card of one kernel: the split result, the kernel, the verdict."""
    card = _plate(size, _split_image(comparison, size))
    grid = fit(comparison.kernel.shape, (FOOT - 2 * GAP, FOOT - 2 * GAP))
    draw_cells(card, kernel_cells(comparison.kernel), (GAP, size[1] + GAP), grid)
    x, y = 2 * GAP + max(grid[0], FOOT - 2 * GAP), size[1]
    draw_text(card, f"{comparison.name}  {size_text(comparison.kernel)}", (x, y + 10), 20, INK)
    divisor = on_paper(comparison.kernel).divisor
    if divisor != 1:
        after = x + text_width(f"{comparison.name}  {size_text(comparison.kernel)}", 20) + GAP
        draw_text(card, f"/ {divisor}", (after, y + 14), 15, FAINT)
    verdict = f"{comparison.verdict_text}, {comparison.pixels} pixels"
    if comparison.differing:
        verdict = f"{comparison.verdict_text} of {comparison.pixels}"
    draw_text(card, verdict, (x, y + 38), 16, verdict_colour(comparison))
    for number, line in enumerate(response_note(comparison).split("; ")):
        draw_text(card, line.removeprefix("weights add up to 0: "), (x, y + 64 + 20 * number), 14, FAINT)
    return card


def _split_image(comparison: Comparison, size: tuple[int, int]) -> np.ndarray:
    """Draw convolve's result left of the middle and filter2D's right of it; differing pixels are red."""
    found = features(comparison)
    ours, opencv = (
        resize(side, size, found.white, found.strongest) for side in (comparison.ours, comparison.opencv)
    )
    middle = size[0] // 2
    image = np.hstack([ours[:, :middle], opencv[:, middle:]])
    if comparison.differing:
        apart = (difference(comparison.ours, comparison.opencv) > 0).astype(np.uint8) * 255
        image[resize(apart, size, strongest=True)[..., 0] > 0] = BAD
    if min(size) > 60:
        cv2.line(image, (middle, 0), (middle, size[1]), MARK, 1)
        for text, x in ((comparison.function, 6), ("filter2D", size[0] - text_width("filter2D", 13) - 6)):
            box = image[size[1] - 20 :, max(0, x - 6) : x + text_width(text, 13) + 6]
            box //= 3
            draw_text(image, text, (x, size[1] - 17), 13, INK)
    return image
