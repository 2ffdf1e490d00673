"""The sheet: the original once, and each kernel's result, split between convolve and filter2D."""

import cv2
import numpy as np

from filtering.compare import Comparison, difference
from filtering.describe import size_text
from filtering.exact import as_fraction
from filtering.report import heading
from filtering.show.canvas import (
    BAD,
    FAINT,
    GAP,
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
FOOT = 96  # height of the text below an image
HIGHEST = 420  # of an image


def draw_sheet(title: str, comparisons: list[Comparison]) -> np.ndarray:
    """Draw the original and all kernels as cards, under one heading; SHEET_WIDTH wide.

    title: as for report.heading.
    """
    first = comparisons[0]
    size = fit(first.image.shape, (CARD, HIGHEST))
    cards = [_original_card(first, size), *(_card(comparison, size) for comparison in comparisons)]
    head = blank(SHEET_WIDTH, 54)
    draw_text(head, heading(title, comparisons), (GAP, 16), 21, INK)
    rows = [head]
    for start in range(0, len(cards), COLUMNS):
        row = blank(SHEET_WIDTH, cards[0].shape[0] + GAP)
        for number, card in enumerate(cards[start : start + COLUMNS]):
            paste(row, card, (GAP + number * (CARD + GAP), 0))
        rows.append(row)
    return np.vstack(rows)


def _plate(size: tuple[int, int], image: np.ndarray) -> np.ndarray:
    """Return a card with an image and nothing below it yet."""
    card = np.full((size[1] + FOOT, CARD, 3), PLATE, np.uint8)
    paste(card, image, ((CARD - size[0]) // 2, 0))
    return card


def _original_card(comparison: Comparison, size: tuple[int, int]) -> np.ndarray:
    """Draw the card of the original, which says how to read the others."""
    card = _plate(size, resize(comparison.image, size))
    draw_text(card, "original", (GAP, size[1] + 10), 20, INK)
    ours = comparison.function
    draw_text(card, f"in the others: left {ours}, right filter2D,", (GAP, size[1] + 38), 15, FAINT)
    draw_text(card, "pixels that differ in red", (GAP, size[1] + 58), 15, FAINT)
    return card


def _card(comparison: Comparison, size: tuple[int, int]) -> np.ndarray:
    """Draw the card of one kernel: the split result, the kernel, the verdict."""
    card = _plate(size, _split_image(comparison, size))
    grid = fit(comparison.kernel.shape, (FOOT - 2 * GAP, FOOT - 2 * GAP))
    draw_cells(card, kernel_cells(comparison.kernel), (GAP, size[1] + GAP), grid)
    x, y = 2 * GAP + max(grid[0], FOOT - 2 * GAP), size[1]
    draw_text(card, f"{comparison.name}  {size_text(comparison.kernel)}", (x, y + 8), 20, INK)
    divisor = (as_fraction(comparison.kernel) or (None, 1))[1]
    if divisor != 1:
        after = x + text_width(f"{comparison.name}  {size_text(comparison.kernel)}", 20) + GAP
        draw_text(card, f"/ {divisor}", (after, y + 12), 15, FAINT)
    verdict = f"{comparison.verdict_text}, {comparison.pixels} pixels"
    if comparison.differing:
        verdict = f"{comparison.verdict_text} of {comparison.pixels}"
    draw_text(card, verdict, (x, y + 34), 16, verdict_colour(comparison))
    for number, line in enumerate(response_note(comparison).split("; ")):
        draw_text(card, line.removeprefix("weights add up to 0: "), (x, y + 55 + 18 * number), 14, FAINT)
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
