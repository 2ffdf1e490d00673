"""The arithmetic at one pixel, drawn: window, kernel and products as grids, the sum, and the pixel."""

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np

from filtering.arithmetic import CHANNELS, SHOWN_WEIGHTS, Arithmetic, arithmetic_at
from filtering.compare import Comparison
from filtering.describe import size_text
from filtering.exact import on_paper
from filtering.show import canvas as draw
from filtering.show.canvas import GAP, Point
from filtering.show.layout import Area

PICTURE_WIDTH = 1200
PICTURE_ROW = 290  # height of one channel
LARGEST_GRID = 9  # kernels with a longer side are drawn without numbers
LARGEST_CELL = 72
LABEL = 21  # height of the label above a grid
LINE = 22  # height of a line of text
TINTS = {"blue": (255, 170, 120), "green": (140, 225, 140), "red": (130, 140, 255)}


def draw_picture(comparison: Comparison, place: Point) -> np.ndarray:
    """Draw the arithmetic at the pixel (x, y) as an image of its own."""
    canvas = draw.blank(PICTURE_WIDTH, 90 + PICTURE_ROW * comparison.image[0, 0].size)
    area = (2 * GAP, 2 * GAP, PICTURE_WIDTH - 4 * GAP, len(canvas) - 4 * GAP)
    note = f"{size_text(comparison.kernel)}, border {comparison.border}"
    return canvas[: draw_arithmetic(canvas, area, comparison, place, note) + 2 * GAP]


def draw_arithmetic(
    canvas: np.ndarray,
    area: Area,
    comparison: Comparison,
    place: Point,
    note: str = "",
    *,
    kept: bool = False,
) -> int:
    """Draw the arithmetic at the pixel (x, y) into an area; return the y where it ends.

    note: the reason for this pixel. kept: say that it stays.
    """
    left, top, width, height = area
    arithmetic = arithmetic_at(comparison, *place)
    rows = len(arithmetic) if height > PICTURE_ROW * len(arithmetic) else 1
    columns = len(arithmetic) // rows  # channels stand below or beside each other
    wide, high = (width + 2 * GAP) // columns - 2 * GAP, (height - 56) // rows
    text = f"{comparison.name} at {place[0]},{place[1]}".lstrip()
    draw.text(canvas, text, (left, top), 19, draw.MARK if kept else draw.INK)
    after = left + draw.text_width(text, 19) + 14, top + 3
    draw.text(canvas, "kept" if kept else note, after, 15, draw.MARK if kept else draw.FAINT)
    end = top = top + 30
    for number, at in enumerate(arithmetic):
        row = (left + number % columns * (wide + 2 * GAP), top + number // columns * high, wide, high)
        channel = CHANNELS[number] if len(arithmetic) > 1 else ""
        end = max(end, _draw_row(canvas, row, at, channel, comparison.white))
    return draw_legend(canvas, (left, end + 8), arithmetic[0].weights, arithmetic[0])


# ---- One channel: window x kernel = products, and the steps to the pixel


def _draw_row(canvas: np.ndarray, row: Area, at: Arithmetic, channel: str, white: int | None) -> int:
    """Draw one channel; return the y where it ends. channel: its name, empty in gray."""
    left, top, width, height = row
    beside = width > 700  # the steps stand beside the grids; in narrow rows, below
    gap = 34 if beside else 24
    size = _grid_size(at, row, gap, beside)
    x, y, room = left, top + LABEL, canvas[:, : left + width]
    divided = f" / {at.divisor}" if at.divisor != 1 else ""
    products = np.asarray(at.window.astype(object) * at.weights.astype(object))
    for sign, name, cells in [
        ("x", f"{channel} window".lstrip(), _window_cells(at)),
        ("=", f"kernel{divided}", weight_cells(at.weights)),
        ("", "products", weight_cells(products)),
    ]:
        draw.text(
            canvas[:, : x + size[0] + gap], name, (x, top), 15, TINTS.get(channel * (x == left), draw.FAINT)
        )
        draw_cells(canvas, cells, (x, y), size, middle=True)
        x += size[0] + gap
        draw.text(canvas, sign, (x - gap // 2 - 6, y + size[1] // 2 - 12), 22, draw.FAINT)
    _dash_past_edge(canvas, (left, y), size, at.inside)
    if beside:
        end = _draw_steps_beside(room, (x, top + 8), top + height, at, white)
    else:
        end = _draw_steps_below(room, (left, y + size[1] + 10), at, white)
    return max(y + size[1], end)


def _grid_size(at: Arithmetic, row: Area, gap: int, beside: bool) -> tuple[int, int]:
    """Return width and height of each of the three grids."""
    rows, columns = at.weights.shape
    words = max(draw.text_width(*line) for line in [*_explained(at), (at.compared_line, 16)])
    across = (row[2] - 2 * gap - (gap + min(words, row[2] // 2)) * beside) // 3
    down = row[3] - LABEL - (8 if beside else 78)
    if not _has_numbers(at.weights):
        return draw.fit(at.weights.shape, (across, max(8, min(down, across, 300))))
    cell = min(down // rows, across / columns / 1.3, LARGEST_CELL)
    return max(1, int(1.3 * cell)) * columns, max(1, int(cell)) * rows


def _has_numbers(weights: np.ndarray) -> bool:
    return weights.size <= SHOWN_WEIGHTS and max(weights.shape) <= LARGEST_GRID


def _explained(at: Arithmetic) -> list[tuple[str, int]]:
    """Return the words of `--at` from the sum to the pixel, each line with the size of its letters."""
    summary = [] if _has_numbers(at.weights) else at.summary_lines
    steps = [(line, 17) for line in at.step_lines]
    return [*((line, 17) for line in summary), (at.total_line, 25), *steps]


def _draw_steps_beside(
    canvas: np.ndarray, corner: Point, bottom: int, at: Arithmetic, white: int | None
) -> int:
    """Draw the steps line by line, and the pixel they lead to, which is the largest; return where it ends."""
    x, y = corner
    for line, size in _explained(at):
        draw.text(canvas, line, (x, y), size, draw.INK)
        y += round(1.3 * size)
    widest = (canvas.shape[1] - x) / (1.7 if at.convolve == at.filter2d else 3.4)
    swatch: int = round(min(widest, 100, max(34, bottom - y - LINE - 15)))
    _draw_pixels(canvas, (x, y + 7), at, swatch, white)
    y += swatch + 15
    draw.text(canvas, at.compared_line, (x, y), 16, _colour(at))
    return y + LINE


def _draw_steps_below(canvas: np.ndarray, corner: Point, at: Arithmetic, white: int | None) -> int:
    """Draw the steps in two or three lines beside the pixel; return the y where they end."""
    (x, y), swatch, steps = corner, 46, ", ".join(at.step_lines)
    x += _draw_pixels(canvas, corner, at, swatch, white) + 14
    draw.text(canvas, at.total_line, (x, y), 19, draw.INK)
    y += 25
    for line in [steps] * (steps != "") + [at.compared_line]:
        draw.text(canvas, line, (x, y), 15, draw.FAINT)
        y += 19
    return max(y, corner[1] + swatch)


def _colour(at: Arithmetic) -> draw.Colour:
    return draw.GOOD if at.convolve == at.filter2d or at.tie else draw.BAD


def _draw_pixels(canvas: np.ndarray, corner: Point, at: Arithmetic, size: int, white: int | None) -> int:
    """Draw the resulting pixel as a swatch with its number; two where the sides differ. Return the width.

    white: of signed responses, the one that is drawn white.
    """
    values = [at.convolve] if at.convolve == at.filter2d else [at.convolve, at.filter2d]
    width, step = round(1.6 * size), round(1.75 * size)
    for number, value in enumerate(values):
        grey = np.full(3, value if white is None else draw.response_image(np.array([value]), white)[0])
        left, top = corner[0] + number * step, corner[1]
        draw.fill(canvas, (left, top, left + width, top + size), grey.tolist())
        cv2.rectangle(canvas, (left, top), (left + width, top + size), _colour(at), 2)
        letters = 0.68 * size * min(1, 0.85 * width / draw.text_width(str(value), 0.68 * size))
        middle = left + (width - draw.text_width(str(value), letters)) // 2
        at_middle = (middle, top + round((size - 0.96 * letters) / 2))
        draw.text(canvas, str(value), at_middle, letters, draw.ink_on(grey))
    return width + (len(values) - 1) * step


# ---- Grids

Cells = tuple[np.ndarray, list[list[str]]]  # fills, (rows, columns, 3), and texts


def draw_cells(
    canvas: np.ndarray, cells: Cells, corner: Point, size: tuple[int, int], middle: bool = False
) -> None:
    """Draw a grid of that width and height, with numbers if there are few. middle: mark the middle cell."""
    fills, texts = cells
    rows, columns = fills.shape[:2]
    across, down = size[0] // columns, size[1] // rows
    if _has_numbers(fills[..., 0]) and min(across, down) > 0:
        draw.grid(canvas, fills, texts, corner, (across, down))
    else:
        draw.paste(canvas, draw.resize(fills, size), corner)
        if len({text for row in texts for text in row}) == 1 and min(size) > 50:
            text, letters = f"all {texts[0][0]}", min(size) / 6
            left = corner[0] + (size[0] - draw.text_width(text, letters)) // 2
            draw.text(canvas, text, (left, corner[1] + size[1] // 6), letters, draw.ink_on(fills[0, 0]))
        across, down = max(1, across), max(1, down)
    if middle:
        left, top = corner[0] + columns // 2 * size[0] // columns, corner[1] + rows // 2 * size[1] // rows
        draw.mark(canvas, (left, top, left + across, top + down))


def weight_cells(weights: np.ndarray) -> Cells:
    """Return cells for weights or products: orange where positive, blue where negative, and numbers."""
    values = weights.astype(np.float64)
    strength = np.abs(values / (np.abs(values).max() or 1))[..., np.newaxis]
    shades = draw.ZERO + strength * (
        np.where(values[..., np.newaxis] < 0, draw.NEGATIVE, draw.POSITIVE) - np.array(draw.ZERO)
    )
    texts = [
        [str(value) if isinstance(value, int) else f"{value:.2g}" for value in row]
        for row in weights.tolist()
    ]
    return shades.astype(np.uint8), texts


def kernel_cells(kernel: np.ndarray) -> Cells:
    """Return cells for a kernel, in whole numbers where a divisor makes them."""
    return weight_cells(on_paper(kernel).values)


def _window_cells(at: Arithmetic) -> Cells:
    """Return cells for the pixels under the kernel: their greys, darker past the edge."""
    greys = np.repeat(at.window[..., np.newaxis], 3, axis=2)
    greys[~at.inside] //= 4
    return greys, at.window.astype(str).tolist()


def _dash_past_edge(canvas: np.ndarray, corner: Point, size: tuple[int, int], inside: np.ndarray) -> None:
    """Outline the rows and columns of a grid that are past the edge."""
    rows, columns = (np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))
    ys = [corner[1] + i * size[1] // len(inside) for i in (0, rows[0], rows[-1] + 1, len(inside))]
    xs = [
        corner[0] + j * size[0] // inside.shape[1] for j in (0, columns[0], columns[-1] + 1, inside.shape[1])
    ]
    for left, top, right, bottom in [(0, 0, 3, 1), (0, 2, 3, 3), (0, 0, 1, 3), (2, 0, 3, 3)]:
        if xs[left] < xs[right] and ys[top] < ys[bottom]:
            draw.dash(canvas, (xs[left] + 2, ys[top] + 2, xs[right] - 2, ys[bottom] - 2))


def draw_legend(canvas: np.ndarray, corner: Point, weights: np.ndarray, at: Arithmetic | None = None) -> int:
    """Draw the legend of the colours that occur; return the y where it ends.

    at: the arithmetic, whose window has the pixel itself and may reach past the edge.
    """
    x, y = corner
    items: list[tuple[bool, str, Callable[..., None]]] = [
        (bool((weights > 0).any()), "positive", partial(draw.fill, colour=draw.POSITIVE)),
        (bool((weights < 0).any()), "negative", partial(draw.fill, colour=draw.NEGATIVE)),
    ]
    if at is not None:
        past = f"past the edge: border {at.border}"
        items += [(True, "the pixel itself", draw.mark), (not at.inside.all(), past, draw.dash)]
    for text, sign in [(text, sign) for occurs, text, sign in items if occurs]:
        sign(canvas, (x, y + 2, x + 11, y + 13))
        draw.text(canvas, text, (x + 17, y), 13, draw.FAINT)
        x += draw.text_width(text, 13) + 35
    return y + 18
