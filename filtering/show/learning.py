"""Learning a kernel, drawn: the images before and after, what the kernel makes, and the kernel."""

import numpy as np

from filtering.describe import size_text
from filtering.exact import on_paper
from filtering.show import canvas as draw
from filtering.show.canvas import GAP
from filtering.show.layout import CANVAS, LABEL
from filtering.show.place import draw_cells


def draw_learning(
    before: np.ndarray, after: np.ndarray, result: np.ndarray, kernel: np.ndarray, title: str, *, exact: bool
) -> np.ndarray:
    """Draw three images in a row, and below them the kernel and the title.

    after: of the size of `before`, or smaller. result: what the kernel makes of `before`. exact: every pixel
    is reproduced.
    """
    canvas = draw.blank(*CANVAS)
    panel = draw.fit(before.shape, ((CANVAS[0] - 4 * GAP) // 3, CANVAS[1] // 2))
    labels = ["before", "after", "the kernel's result"]
    for number, (image, text) in enumerate(zip((before, after, result), labels, strict=True)):
        left = GAP + number * (panel[0] + GAP)
        draw.text(canvas, text, (left, GAP), 15, draw.FAINT)
        draw.paste(canvas, draw.resize(image, panel), (left, GAP + LABEL))
    top = panel[1] + LABEL + 3 * GAP
    draw.text(canvas, title, (GAP, top), 19, draw.GOOD if exact else draw.INK)
    top += 36
    cells = draw.fit(kernel.shape, (CANVAS[0] - 2 * GAP, CANVAS[1] - top - 4 * GAP))
    values, divisor = on_paper(kernel) if exact else (kernel, 1)
    draw_cells(canvas, values, (GAP, top), cells)
    text = size_text(kernel) + f"   / {divisor}" * (divisor != 1)
    draw.text(canvas, text, (2 * GAP + cells[0], top), 15, draw.FAINT)
    return canvas
