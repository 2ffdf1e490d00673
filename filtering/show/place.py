"""The arithmetic at one pixel, drawn: window, kernel and products as grids, the sum, and the pixel."""

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np

from filtering.arithmetic import CHANNELS, SHOWN_WEIGHTS, Arithmetic, arithmetic_at
from filtering.compare import Comparison
from filtering.describe import size_text
from filtering.show import canvas as draw
from filtering.show.canvas import GAP, Point
from filtering.show.layout import Area

PICTURE_WIDTH = 1200
PICTURE_ROW = 290  # height of one channel
READABLE = 5 * 5  # larger kernels are summed up in words, too: there may be no room for numbers
LARGEST_GRID = 9  # kernels with a longer side are drawn without numbers
LARGEST_CELL = 72
LABEL = 21  # height of the label above a grid
LINE = 22  # height of a line of text
SWATCH = 46  # height of the pixel where it stands below the grids
BELOW = 110  # height of all that stands there
TINTS = {"blue": (255, 170, 120), "green": (140, 225, 140), "red": (130, 140, 255)}


def draw_picture(comparison: Comparison, place: Point) -> np.ndarray:
    """Draw the arithmetic at the pixel (x, y) as an image of its own."""
    canvas = draw.blank(PICTURE_WIDTH, 90 + PICTURE_ROW * comparison.image[0, 0].size)
    area = (2 * GAP, 2 * GAP, PICTURE_WIDTH - 4 * GAP, len(canvas) - 4 * GAP)
    note = f"{size_text(comparison.kernel)}, border {comparison.border}"
    return canvas[: draw_arithmetic(canvas, area, comparison, place, note) + 2 * GAP]


def draw_arithmetic(
    canvas: np.ndarray, area: Area, comparison: Comparison, place: Point, note: str = "", kept: bool = False
) -> int:
    """Draw the arithmetic at the pixel (x, y) into an area; return the y where it ends.

    note: the reason for this pixel. kept: say that it stays.
    """
    left, top, width, height = area
    arithmetic = arithmetic_at(comparison, *place)
    rows = len(arithmetic) if height > PICTURE_ROW * len(arithmetic) else 1
    columns = len(arithmetic) // rows  # channels stand below or beside each other
    wide, high = (width + 2 * GAP) // columns - 2 * GAP, (height - 60) // rows
    text, note = f"{comparison.name} at {place[0]},{place[1]}".lstrip(), "kept" if kept else note
    title = canvas[:, : left + width - draw.text_width(note, 15) - 14]
    after = draw.text(title, text, (left, top), 19, draw.MARK if kept else draw.INK) + 14
    draw.text(canvas, note, (after, top + 3), 15, draw.MARK if kept else draw.FAINT)
    end = top = top + 30
    for number, at in enumerate(arithmetic):
        row = (left + number % columns * (wide + 2 * GAP), top + number // columns * high, wide, high)
        channel = CHANNELS[number] if len(arithmetic) > 1 else ""
        end = max(end, _draw_row(canvas, row, at, channel, comparison.white))
    return draw_legend(canvas, (left, end + 12), arithmetic[0].weights, arithmetic[0])


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
    greys = np.repeat(at.window[..., np.newaxis], 3, axis=2)
    greys[~at.inside] //= 4  # darker past the edge
    for sign, name, values in [
        ("x", f"{channel} window".lstrip(), at.window),
        ("=", f"kernel{divided}", at.weights),
        ("", "products", products),
    ]:
        fills, tint = (greys, TINTS.get(channel, draw.FAINT)) if x == left else (None, draw.FAINT)
        draw.text(canvas[:, : x + size[0] + gap], name, (x, top), 15, tint)
        draw_cells(canvas, values, (x, y), size, fills, middle=True)
        x += size[0] + gap
        draw.text(canvas, sign, (x - gap // 2 - 6, y + size[1] // 2 - 12), 22, draw.FAINT)
    _dash_past_edge(canvas, (left, y), size, at.inside)
    # As the window is outlined in the original.
    draw.mark(canvas, (left - 3, y - 3, left + size[0] + 3, y + size[1] + 3), draw.INK)
    steps = (x, top + 8) if beside else (left, y + size[1] + 10)
    return max(y + size[1], _draw_steps(room, steps, top + height, at, white, beside))


def _grid_size(at: Arithmetic, row: Area, gap: int, beside: bool) -> tuple[int, int]:
    """Return width and height of each of the three grids."""
    rows, columns = at.weights.shape
    words = max(draw.text_width(*line) for line in [*_explained(at, beside), (at.compared_line, 16)])
    across = (row[2] - 2 * gap - (gap + min(words, row[2] // 2)) * beside) // 3
    down = row[3] - LABEL - (8 if beside else BELOW)
    if not _has_numbers(at.weights):
        return draw.fit(at.weights.shape, (across, max(8, min(down, across, 300))))
    cell = min(down // rows, across / columns / 1.3, LARGEST_CELL)
    return max(1, int(1.3 * cell)) * columns, max(1, int(cell)) * rows


def _has_numbers(weights: np.ndarray) -> bool:
    return weights.size <= SHOWN_WEIGHTS and max(weights.shape) <= LARGEST_GRID


def _explained(at: Arithmetic, beside: bool) -> list[tuple[str, int]]:
    """Return the words of `--at` from the sum to the pixel, each line with the size of its letters."""
    step, total = (17, 25) if beside else (15, 21)
    summary = at.summary_lines if at.weights.size > READABLE and beside else []
    sizes = [step] * len(summary) + [total] + [step] * len(at.step_lines)
    return list(zip([*summary, at.total_line, *at.step_lines], sizes, strict=True))


def _draw_steps(
    canvas: np.ndarray, corner: Point, bottom: int, at: Arithmetic, white: int | None, beside: bool
) -> int:
    """Draw the steps line by line, and the pixel they lead to, which is the largest; return where it ends."""
    x, y = corner
    if not beside:
        x += _draw_pixels(canvas, corner, at, SWATCH, white) + 14
    for line, size in _explained(at, beside):
        draw.text(canvas, line, (x, y), size, draw.INK)
        y += round(1.3 * size)
    if beside:
        widest = (canvas.shape[1] - x) / (1.7 if at.convolve == at.filter2d else 3.4)
        swatch = round(min(widest, 100, max(34, bottom - y - LINE - 15)))
        _draw_pixels(canvas, (x, y + 7), at, swatch, white)
        y += swatch + 15
    draw.text(canvas, at.compared_line, (x, y), 16, draw.GOOD if at.tie else draw.BAD)
    return max(y + LINE, corner[1] + SWATCH)


def _draw_pixels(canvas: np.ndarray, corner: Point, at: Arithmetic, size: int, white: int | None) -> int:
    """Draw the resulting pixel as a swatch with its number; two where the sides differ. Return the width.

    white: of signed responses, the one that is drawn white.
    """
    values = [at.convolve] if at.convolve == at.filter2d else [at.convolve, at.filter2d]
    width, step = round(1.6 * size), round(1.75 * size)
    for number, value in enumerate(values):
        grey = np.full(3, value if white is None else draw.response_image(np.array([value]), white)[0])
        left, top = corner[0] + number * step, corner[1]
        box = (left, top, left + width, top + size)
        draw.fill(canvas, box, grey.tolist())
        cv2.rectangle(canvas, box[:2], box[2:], draw.GOOD if at.tie else draw.BAD, 2)
        draw.middle_text(canvas, str(value), box, 0.68 * size, draw.ink_on(grey))
    return width + (len(values) - 1) * step


# ---- Grids


def draw_cells(
    canvas: np.ndarray,
    values: np.ndarray,
    corner: Point,
    size: tuple[int, int],
    fills: np.ndarray | None = None,
    *,
    middle: bool = False,
) -> None:
    """Draw a grid of that width and height, with numbers if there are few.

    values: weights or products. fills: the colours, (rows, columns, 3), if they are not those of weights.
    middle: mark the middle cell.
    """
    rows, columns = values.shape
    fills = _shades(values.astype(np.float64)) if fills is None else fills
    texts = [[_short(value) for value in row] for row in values.tolist()]
    across, down = size[0] // columns, size[1] // rows
    if _has_numbers(values) and min(across, down) > 0:
        draw.grid(canvas, fills, texts, corner, (across, down))
    else:
        draw.paste(canvas, draw.resize(fills, size), corner)
        if (values == values[0, 0]).all() and min(size) > 50:
            upper = (*corner, corner[0] + size[0], corner[1] + size[1] // 2)
            draw.middle_text(canvas, f"all {texts[0][0]}", upper, min(size) / 6, draw.ink_on(fills[0, 0]))
        across, down = max(1, across), max(1, down)
    if middle:
        left, top = corner[0] + columns // 2 * size[0] // columns, corner[1] + rows // 2 * size[1] // rows
        draw.mark(canvas, (left, top, left + across, top + down))


def _short(value: float) -> str:
    """Return a number in two digits; whole numbers, and what is before the point, in all of theirs."""
    if isinstance(value, int):
        return str(value)
    return f"{value:.2g}" if abs(value) < 99.5 else f"{value:.0f}"


def _shades(values: np.ndarray) -> np.ndarray:
    """Return the colours of weights or products, (rows, columns, 3): orange positive, blue negative."""
    strength = np.abs(values / (np.abs(values).max() or 1))[..., np.newaxis]
    colours = np.where(values[..., np.newaxis] < 0, draw.NEGATIVE, draw.POSITIVE)
    return np.asarray(draw.ZERO + strength * (colours - np.array(draw.ZERO)), np.uint8)


def _dash_past_edge(canvas: np.ndarray, corner: Point, size: tuple[int, int], inside: np.ndarray) -> None:
    """Outline the rows and columns of a grid that are past the edge."""
    rows, columns = (np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))
    ys = [corner[1] + i * size[1] // len(inside) for i in (0, rows[0], rows[-1] + 1, len(inside))]
    xs = [
        corner[0] + j * size[0] // inside.shape[1] for j in (0, columns[0], columns[-1] + 1, inside.shape[1])
    ]
    for left, top, right, bottom in [(0, 0, 3, 1), (0, 2, 3, 3), (0, 0, 1, 3), (2, 0, 3, 3)]:
        if xs[left] < xs[right] and ys[top] < ys[bottom]:
            draw.dash(canvas, (xs[left] + 1, ys[top] + 1, xs[right] - 1, ys[bottom] - 1))


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
        x = draw.text(canvas, text, (x + 17, y), 13, draw.FAINT) + 18
    return y + 18
