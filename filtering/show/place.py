"""The arithmetic at one pixel, drawn: window, kernel and products as grids, the sum, and the pixel."""

import cv2
import numpy as np

from filtering.arithmetic import (
    CHANNELS,
    SHOWN_WEIGHTS,
    Arithmetic,
    arithmetic_at,
    pixel_lines,
    short_lines,
)
from filtering.compare import Comparison
from filtering.describe import number_text, size_text
from filtering.exact import on_paper
from filtering.show.canvas import (
    BAD,
    FAINT,
    GAP,
    GOOD,
    INK,
    MARK,
    blank,
    draw_grid,
    draw_text,
    fit,
    mark,
    paste,
    resize,
    response_image,
    text_width,
)
from filtering.show.layout import Box

PICTURE_WIDTH = 1200
LARGEST_GRID = 9  # kernels with a longer side are drawn without numbers
LARGEST_CELL = 62
ZERO, POSITIVE, NEGATIVE = np.array([(72, 70, 68), (250, 250, 250), (196, 92, 40)])  # of weights and products
TINTS = {"blue": (255, 170, 120), "green": (140, 225, 140), "red": (130, 140, 255)}


def draw_picture(comparison: Comparison, place: tuple[int, int], white: int | None) -> np.ndarray:
    """Draw the arithmetic at the pixel (x, y) as an image of its own."""
    height = 90 + 330 * comparison.image[0, 0].size
    canvas = blank(PICTURE_WIDTH, height)
    box = (2 * GAP, 2 * GAP, PICTURE_WIDTH - 4 * GAP, height - 4 * GAP)
    note = f"{size_text(comparison.kernel)}, border {comparison.border}"
    return canvas[: draw_arithmetic(canvas, box, comparison, place, 1.25, note, white=white) + 2 * GAP]


def draw_arithmetic(
    canvas: np.ndarray,
    box: Box,
    comparison: Comparison,
    place: tuple[int, int],
    zoom: float,
    note: str = "",
    white: int | None = None,
    pinned: bool = False,
) -> int:
    """Draw the arithmetic at the pixel (x, y) into a box; return the y where it ends.

    note: the reason for this pixel. white: of signed responses, the one that is drawn white.
    """
    left, top, width, height = box
    arithmetic = arithmetic_at(comparison, *place)
    title, legend = round(30 * zoom), round(26 * zoom)
    rows = len(arithmetic) if width < 2.2 * height else 1  # channels stand below or beside each other
    columns = len(arithmetic) // rows
    wide, high = (width + 2 * GAP) // columns - 2 * GAP, (height - title - legend) // rows
    if high < 2 * title or wide < 7 * title:
        return top
    text = f"{comparison.name} at {place[0]},{place[1]}".lstrip()
    draw_text(canvas, text, (left, top), 19 * zoom, MARK if pinned else INK)
    after = left + text_width(text, 19 * zoom) + round(14 * zoom)
    note = "pinned" if pinned else note
    draw_text(
        canvas[:, : left + width], note, (after, top + round(3 * zoom)), 15 * zoom, MARK if pinned else FAINT
    )
    end = top = top + title
    for number, at in enumerate(arithmetic):
        row = (left + number % columns * (wide + 2 * GAP), top + number // columns * high, wide, high)
        channel = CHANNELS[number] if len(arithmetic) > 1 else ""
        end = max(end, _draw_row(canvas, row, at, channel, zoom, white))
    return _draw_legend(canvas, (left, end + round(8 * zoom)), arithmetic[0], zoom)


# ---- One channel: window x kernel = products, and the steps to the pixel


def _draw_row(
    canvas: np.ndarray, row: Box, at: Arithmetic, channel: str, zoom: float, white: int | None
) -> int:
    """Draw one channel; return the y where it ends. channel: its name, empty in gray."""
    left, top = row[:2]
    label, sign = round(21 * zoom), round((24 if channel else 34) * zoom)
    grid, beside = _choose_grid(at, row, (label, sign), bool(channel), zoom)
    x, y = left, top + label
    divided = f" / {at.divisor}" if at.divisor != 1 else ""
    grids = [
        (f"{channel} window".lstrip(), TINTS.get(channel, FAINT), _window_cells(at)),
        (f"kernel{divided}", FAINT, weight_cells(at.weights)),
        ("products", FAINT, weight_cells(_products(at))),
    ]
    for number, (name, colour, cells) in enumerate(grids):
        draw_text(canvas[:, : x + grid[0] + sign - round(4 * zoom)], name, (x, top), 15 * zoom, colour)
        draw_cells(canvas, cells, (x, y), grid, middle=True)
        x += grid[0] + sign
        if number < 2:
            _draw_sign(canvas, "x="[number], (x - sign // 2, y + grid[1] // 2), round(6 * zoom))
    corner = (x, top + round(8 * zoom)) if beside else (left, y + grid[1] + round(10 * zoom))
    return max(y + grid[1], _draw_steps(canvas, corner, at, (row, zoom), white))


def _choose_grid(
    at: Arithmetic, row: Box, bars: tuple[int, int], channels: bool, zoom: float
) -> tuple[tuple[int, int], bool]:
    """Return the size of each of the three grids, and if the steps stand beside them rather than below.

    bars: the height of the labels and the width of a sign.
    """
    steps, room = _steps(at), row[2] - 2 * bars[1]
    words = max(text_width(line, 17 * zoom) for line in [*steps, "convolve 255, filter2D 255"])
    text = bars[1] + min(words, row[2] // 2)
    lines = round(22 * zoom) * len(steps) + round(90 * zoom), round((78 if len(steps) > 2 else 60) * zoom)
    beside = _grid_size(at, ((room - text) // 3, row[3] - bars[0] - round(8 * zoom)), zoom)
    below, short = (_grid_size(at, (room // 3, row[3] - bars[0] - height), zoom) for height in lines)
    if channels or short[1] > 1.4 * max(beside[1], below[1]):  # the steps in few lines beside the pixel
        below = short
    return (beside, True) if beside[1] >= below[1] else (below, False)


def _grid_size(at: Arithmetic, room: tuple[int, int], zoom: float) -> tuple[int, int]:
    """Return width and height of the grids that fit three times into room for one each."""
    rows, columns = at.weights.shape
    room = max(8, room[0]), max(8, room[1])
    if not _has_numbers(at.weights):
        return fit(at.weights.shape, (room[0], min(room[1], room[0], round(300 * zoom))))
    down = min(room[1] // rows, room[0] / columns / 1.3, LARGEST_CELL * zoom)
    return max(1, int(1.3 * down)) * columns, max(1, int(down)) * rows


def _has_numbers(weights: np.ndarray) -> bool:
    return weights.size <= SHOWN_WEIGHTS and max(weights.shape) <= LARGEST_GRID


def _draw_sign(canvas: np.ndarray, sign: str, centre: tuple[int, int], reach: int) -> None:
    """Draw `x` or `=` in lines: not every font has a multiplication sign."""
    x, y = centre
    lines = [(-1, -1, 1, 1), (-1, 1, 1, -1)] if sign == "x" else [(-1, -0.5, 1, -0.5), (-1, 0.5, 1, 0.5)]
    for x1, y1, x2, y2 in lines:
        first, last = (
            (x + round(reach * x1), y + round(reach * y1)),
            (x + round(reach * x2), y + round(reach * y2)),
        )
        cv2.line(canvas, first, last, FAINT, 2, cv2.LINE_AA)


def _steps(at: Arithmetic) -> list[str]:
    """Return the words of `--at` from the sum to the pixel; the last line has both sides' pixels."""
    if _has_numbers(at.weights):
        return [f"= {number_text(at.total)}", *pixel_lines(at)]
    return [*short_lines(at), *pixel_lines(at)]


def _draw_steps(
    canvas: np.ndarray,
    corner: tuple[int, int],
    at: Arithmetic,
    room: tuple[Box, float],
    white: int | None,
) -> int:
    """Draw the steps and the pixel they lead to, which is the largest thing; return the y where it ends."""
    (left, top, width, height), zoom = room
    x, y = corner
    steps = _steps(at)
    place = canvas[:, : left + width]
    line, height = round(22 * zoom), top + height - y
    least = line * (len(steps) + 1) + round(20 * zoom)
    widest = (left + width - x) / (1.7 if at.convolve == at.filter2d else 3.4)
    swatch = round(min(widest, 100 * zoom, max(34 * zoom, height - least)))
    if least + swatch > height + line:  # in two or three lines, beside the pixel
        swatch = min(height, round(46 * zoom))
        words = x + _draw_pixels(place, (x, y), at, swatch, white) + round(14 * zoom)
        draw_text(place, steps[0], (words, y), 19 * zoom, INK)
        y += round(25 * zoom)
        for text in [", ".join(steps[1:-1]), steps[-1]] if len(steps) > 2 else steps[1:]:
            draw_text(place, text, (words, y), 15 * zoom, FAINT)
            y += round(19 * zoom)
        return max(y, corner[1] + swatch)
    for text in steps[:-1]:
        total = text.startswith("= ")
        draw_text(place, text, (x, y), (25 if total else 17) * zoom, INK)
        y += round(1.5 * line) if total else line
    y += round(7 * zoom)
    _draw_pixels(place, (x, y), at, swatch, white)
    y += swatch + round(8 * zoom)
    draw_text(place, steps[-1], (x, y), 16 * zoom, BAD if at.convolve != at.filter2d and not at.tie else GOOD)
    return y + line


def _draw_pixels(
    canvas: np.ndarray, corner: tuple[int, int], at: Arithmetic, size: int, white: int | None
) -> int:
    """Draw the resulting pixel as a swatch with its number; two where the sides differ. Return the width."""
    values = [at.convolve] if at.convolve == at.filter2d else [at.convolve, at.filter2d]
    colour = GOOD if len(values) == 1 or at.tie else BAD
    width, step = round(1.6 * size), round(1.75 * size)
    for number, value in enumerate(values):
        grey = value if white is None else int(response_image(np.array([value]), white)[0])
        left, top = corner[0] + number * step, corner[1]
        cv2.rectangle(canvas, (left, top), (left + width, top + size), (grey, grey, grey), cv2.FILLED)
        cv2.rectangle(canvas, (left, top), (left + width, top + size), colour, 2)
        letters = min(0.68 * size, 0.68 * size * 0.85 * width / max(1, text_width(str(value), 0.68 * size)))
        middle = left + (width - text_width(str(value), letters)) // 2
        ink = (20, 20, 20) if grey > 130 else INK
        draw_text(canvas, str(value), (middle, top + round((size - 0.96 * letters) / 2)), letters, ink)
    return width + (len(values) - 1) * step


# ---- Grids

Cells = tuple[np.ndarray, np.ndarray, list[list[str]]]  # fills and inks, (rows, columns, 3), and texts


def draw_cells(
    canvas: np.ndarray, cells: Cells, corner: tuple[int, int], size: tuple[int, int], middle: bool = False
) -> None:
    """Draw a grid of that width and height, with numbers if there are few. middle: mark the middle cell."""
    fills, inks, texts = cells
    rows, columns = fills.shape[:2]
    across, down = size[0] // columns, size[1] // rows
    if _has_numbers(fills[..., 0]) and min(across, down) > 0:
        draw_grid(canvas, fills, inks, texts, corner, (across, down))
    else:
        paste(canvas, resize(fills, size), corner)
        if len({text for row in texts for text in row}) == 1 and min(size) > 50:
            text, letters = f"all {texts[0][0]}", min(size) / 6
            left = corner[0] + (size[0] - text_width(text, letters)) // 2
            draw_text(canvas, text, (left, corner[1] + size[1] // 6), letters, inks[0, 0])
        across, down = max(1, across), max(1, down)
    if middle:
        left, top = corner[0] + columns // 2 * size[0] // columns, corner[1] + rows // 2 * size[1] // rows
        mark(canvas, (left, top, left + across, top + down))


def weight_cells(weights: np.ndarray) -> Cells:
    """Return cells for weights or products: shades, negative ones blue, and numbers."""
    values = weights.astype(np.float64)
    strength = np.abs(values / (np.abs(values).max() or 1))[..., np.newaxis]
    shades = ZERO + strength * (np.where(values[..., np.newaxis] < 0, NEGATIVE, POSITIVE) - ZERO)
    inks = np.where(shades.mean(axis=2, keepdims=True) > 130, 20, 250) + np.zeros(3)
    texts = [
        [str(value) if isinstance(value, int) else f"{value:.2g}" for value in row]
        for row in weights.tolist()
    ]
    return shades.astype(np.uint8), inks, texts


def kernel_cells(kernel: np.ndarray) -> Cells:
    """Return cells for a kernel, in whole numbers where a divisor makes them."""
    return weight_cells(on_paper(kernel).values)


def _products(at: Arithmetic) -> np.ndarray:
    return np.asarray(at.window.astype(object) * at.weights.astype(object))


def _window_cells(at: Arithmetic) -> Cells:
    """Return cells for the pixels under the kernel: their greys; past the edge dark, with orange numbers."""
    greys = np.repeat(at.window[..., np.newaxis], 3, axis=2)
    inks = np.where(greys > 130, 20, 250)
    inks[~at.inside] = MARK
    greys[~at.inside] //= 4
    return greys, inks, at.window.astype(str).tolist()


def _draw_legend(canvas: np.ndarray, corner: tuple[int, int], at: Arithmetic, zoom: float) -> int:
    """Draw the legend of the colours that occur; return the y where it ends."""
    x, y = corner
    side = round(11 * zoom)
    items = [
        (POSITIVE.tolist(), "positive", (at.weights > 0).any()),
        (NEGATIVE.tolist(), "negative", (at.weights < 0).any()),
        (MARK, "the pixel itself", True),
    ]
    for colour, text, occurs in items:
        if occurs:
            box = (x, y + 2), (x + side, y + 2 + side)
            cv2.rectangle(canvas, *box, colour, 2 if colour is MARK else cv2.FILLED)
            x += side + round(6 * zoom)
            draw_text(canvas, text, (x, y), 13 * zoom, FAINT)
            x += text_width(text, 13 * zoom) + round(18 * zoom)
    if not at.inside.all():
        past = f"{'orange' if _has_numbers(at.weights) else 'dark'}: past the edge, border {at.border}"
        draw_text(canvas, past, (x, y), 13 * zoom, MARK)
    return y + round(18 * zoom)
