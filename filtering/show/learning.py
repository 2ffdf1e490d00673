"""Learning a kernel, drawn: the images before and after, what the kernel makes, and the kernel."""

import numpy as np

from filtering.describe import size_text
from filtering.exact import on_paper
from filtering.show.canvas import FAINT, GAP, GOOD, INK, blank, draw_text, fit, paste, resize
from filtering.show.layout import WINDOW_SIZE, text_zoom
from filtering.show.place import draw_cells, kernel_cells, weight_cells


def draw_learning(
    before: np.ndarray,
    after: np.ndarray,
    result: np.ndarray,
    kernel: np.ndarray,
    title: str,
    size: tuple[int, int] = WINDOW_SIZE,
    *,
    exact: bool = False,
) -> np.ndarray:
    """Draw three images in a row, and below them the kernel and the title.

    after: of the size of `before`, or smaller. result: what the kernel makes of `before`. size: width and
    height of the canvas. exact: every pixel is reproduced.
    """
    canvas, zoom = blank(*size), text_zoom(size)
    label = round(23 * zoom)
    panel = fit(before.shape, ((size[0] - 4 * GAP) // 3, size[1] // 2))
    labels = ["before", "after", "the kernel's result"]
    for number, (image, text) in enumerate(zip((before, after, result), labels, strict=True)):
        left = GAP + number * (panel[0] + GAP)
        draw_text(canvas, text, (left, GAP), 15 * zoom, FAINT)
        paste(canvas, resize(image, panel), (left, GAP + label))
    top = panel[1] + label + 3 * GAP
    draw_text(canvas, title, (GAP, top), 19 * zoom, GOOD if exact else INK)
    top += round(36 * zoom)
    cells = fit(kernel.shape, (size[0] - 2 * GAP, size[1] - top - 4 * GAP))
    draw_cells(canvas, (kernel_cells if exact else weight_cells)(kernel), (GAP, top), cells)
    divisor = on_paper(kernel).divisor if exact else 1
    text = size_text(kernel) + f"   / {divisor}" * (divisor != 1)
    draw_text(canvas, text, (2 * GAP + cells[0], top), 15 * zoom, FAINT)
    return canvas
