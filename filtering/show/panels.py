"""What people look at: the panels of one kernel, the arithmetic at a pixel, the sheet of all kernels.

The same functions draw for windows and for disk. All pictures are uint8; blue, green, red.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from skimage.exposure import rescale_intensity

from filtering.arithmetic import (
    CHANNELS,
    SHOWN_WEIGHTS,
    Arithmetic,
    arithmetic_at,
    pixel_lines,
    short_lines,
    sum_lines,
)
from filtering.compare import Comparison, difference
from filtering.describe import number_text, size_text
from filtering.exact import as_fraction
from filtering.files import write_image

WINDOW_SIZE = (1280, 690)  # fits a laptop's 1366 x 768 with the desktop's own bars
SHEET_HEAD = 56  # height of the heading of the sheet
SHEET_WIDTH = 1000  # what a README page shows without shrinking
GAP = 8
THINNEST = 24  # no panel is thinner than that, however long and thin the picture
LARGEST_GRID = 9  # no kernel with a longer side is drawn number by number

Colour = tuple[int, int, int]
PAPER = (32, 32, 32)
INK = (235, 235, 235)
FAINT = (165, 165, 165)
GOOD = (120, 210, 120)
BAD = (90, 110, 255)
MARK = (0, 200, 255)
ZERO, POSITIVE, NEGATIVE = np.array([(70, 70, 70), (250, 250, 250), (190, 80, 40)])  # weights, as shades

# OpenCV's default compression suits photos; drawings, with their even areas, halve at zlib's level 3.
DRAWING = (cv2.IMWRITE_PNG_COMPRESSION, 3)


# ---- Where things are


@dataclass(frozen=True)
class Layout:
    """Where things are on the canvas of one kernel, in pixels of the screen."""

    shape: tuple[int, ...]  # of the picture
    size: tuple[int, int]  # width and height of the canvas
    zoom: float  # of text and what goes with it; 1 on a canvas 1280 wide
    cell: int  # the width that each of the four panels has
    panel: tuple[int, int]  # the width and the height that it takes
    top: int  # of the panels
    strip: int  # top of the room for the arithmetic

    def corner(self, number: int) -> tuple[int, int]:
        """Left and top of that panel."""
        return GAP + number * (self.cell + GAP), self.top

    def pixel_at(self, x: int, y: int) -> tuple[int, int] | None:
        """The pixel (x, y) of the picture that is drawn at x, y of the canvas, in any panel."""
        number = (x - GAP) // (self.cell + GAP)
        across, down = x - self.corner(number)[0], y - self.top
        if not (0 <= number < 4 and 0 <= across < self.panel[0] and 0 <= down < self.panel[1]):
            return None
        return across * self.shape[1] // self.panel[0], down * self.shape[0] // self.panel[1]

    def box(self, number: int, place: tuple[int, int], reach: tuple[int, int]) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of the pixel at that place in that panel, with those in reach.

        place: x, y. reach: how far to either side, and up and down; cut off at the edge of the picture.
        """
        box = []
        for axis, corner in enumerate(self.corner(number)):
            length, panel = self.shape[1 - axis], self.panel[axis]
            first, last = max(0, place[axis] - reach[axis]), min(length - 1, place[axis] + reach[axis])
            start = corner + first * panel // length
            box.append((start, max(start, corner + -(-(last + 1) * panel // length) - 1)))
        (left, right), (top, bottom) = box
        return left, top, right, bottom


def lay_out(shape: tuple[int, ...], size: tuple[int, int] = WINDOW_SIZE, strip: bool = False) -> Layout:
    """Place the panels of a picture of that shape on a canvas of that width, and of that height at most.

    size: width, height. strip: leave room for the arithmetic. Photos are shrunk, tiny pictures enlarged so
    that their pixels are squares.
    """
    zoom = min(max(min(size[0] / 1280, size[1] / 480), 0.75), 2.0)
    cell = (size[0] - 5 * GAP) // 4
    top, room = round(100 * zoom), round(216 * zoom) * strip
    panel = _panel_size(shape, (cell, max(THINNEST, size[1] - top - GAP - room)))
    below = top + panel[1] + GAP
    return Layout(shape, (size[0], below + room), zoom, cell, panel, top, below)


def _panel_size(shape: tuple[int, ...], room: tuple[int, int]) -> tuple[int, int]:
    """Width and height that a picture of that shape takes in that room: shrunk, or a whole factor larger."""
    scale = min(room[0] / shape[1], room[1] / shape[0])
    scale = scale if scale < 1 else int(scale)
    thinnest = min(THINNEST, *room)
    return max(thinnest, round(shape[1] * scale)), max(thinnest, round(shape[0] * scale))


# ---- One kernel


def draw_comparison(comparison: Comparison, layout: Layout | None = None, times: str = "") -> np.ndarray:
    """Draw original | convolve | filter2D | difference, with what they are.

    layout: from lay_out; without one, that for disk. times: what the calls took, if that is to be shown; on
    disk it is not, so that the same run gives the same bytes. Returns a picture of the layout's size.
    """
    layout = layout or lay_out(comparison.image.shape)
    canvas = draw_head(comparison.name, comparison.kernel, f"border {comparison.border}    {times}", layout)
    _write_verdict(canvas, comparison, layout)
    thumbnails = _thumbnails(comparison, layout.panel, resize(comparison.image, layout.panel))
    for number, (thumbnail, label) in enumerate(zip(thumbnails, _labels(comparison), strict=True)):
        draw_panel(canvas, layout, number, thumbnail, label)
    return canvas


def draw_head(name: str, kernel: np.ndarray, note: str, layout: Layout) -> np.ndarray:
    """A canvas with nothing on it yet but the kernel, as a square and in words."""
    canvas = paper(*layout.size)
    zoom = layout.zoom
    _draw_kernel(canvas, kernel, (GAP, GAP), _panel_size(kernel.shape, (round(66 * zoom), round(66 * zoom))))
    fraction = as_fraction(kernel)
    divided = f"weights / {fraction[1]}    " if fraction is not None and fraction[1] != 1 else ""
    write(canvas, f"{name}  {size_text(kernel)}", _head_corner(layout), 20 * zoom, INK)
    write(canvas, divided + note, (_head_corner(layout)[0], round(44 * zoom)), 15 * zoom, FAINT)
    return canvas


def _head_corner(layout: Layout) -> tuple[int, int]:
    """Where the name of the kernel begins, right of its square."""
    return round(66 * layout.zoom) + 3 * GAP, round(14 * layout.zoom)


def _write_verdict(canvas: np.ndarray, comparison: Comparison, layout: Layout) -> None:
    """Write the verdict behind the name of the kernel."""
    x, y = _head_corner(layout)
    size = 20 * layout.zoom
    x += _text_width(f"{comparison.name}  {size_text(comparison.kernel)}", size) + 3 * GAP
    write(canvas, comparison.verdict_text, (x, y), size, verdict_colour(comparison))


def verdict_colour(comparison: Comparison) -> Colour:
    """Green if the kernel matches, red if not."""
    return BAD if comparison.verdict == "different" else GOOD


def draw_panel(canvas: np.ndarray, layout: Layout, number: int, picture: np.ndarray, label: str) -> None:
    """Put one of the four panels in its place: a picture of the panel's size, and what it is."""
    left, top = layout.corner(number)
    size = 14 * layout.zoom
    write(canvas[:, : left + layout.cell], label, (left, top - round(1.4 * size)), size, FAINT)
    canvas[top : top + layout.panel[1], left : left + layout.panel[0]] = picture


def _labels(comparison: Comparison) -> list[str]:
    """What is written over the four panels."""
    note = _response_note(comparison)
    note = f": {note}" if note else ""
    apart = "no differing pixel"
    if comparison.differing:
        apart = f"{comparison.differing} differ, by up to {comparison.max_difference}"
    return ["original", f"convolve{note}", f"filter2D{note}", f"difference: {apart}"]


def _response_note(comparison: Comparison) -> str:
    """How responses became greys, where that is not plain: their scale, or how many were cut off below."""
    if comparison.ours.dtype == np.int16:
        return f"grey is 0, white {signed_range(comparison.opencv)} and more"
    share = 100 * comparison.negative
    if share == 0:
        return ""
    percent = "under 1" if share < 1 else "over 99" if 99 < share < 100 else f"{share:.0f}"
    return f"{percent} % negative, black"


# ---- Pictures of pixels


def response_picture(response: np.ndarray, largest: int) -> np.ndarray:
    """Make signed responses visible: zero is middle grey, +largest white, -largest black; uint8.

    >>> response_picture(np.array([-4, 0, 2, 4], np.int16), 4).tolist()
    [0, 128, 191, 255]
    """
    scaled = rescale_intensity(response.astype(np.float64), in_range=(-largest, largest), out_range=(0, 255))
    return np.asarray(np.rint(scaled), np.uint8)


def signed_range(responses: np.ndarray) -> int:
    """The response that white stands for, and its negative black: the same for both sides.

    One in a hundred may be beyond it: a single bright spot would turn all the rest to grey.
    """
    every = int(np.ceil(np.sqrt(responses.size / 10**6)))  # a million of them will do
    strengths = np.abs(responses[::every, ::every].astype(np.int32))
    largest = int(np.percentile(strengths, 99)) or max(1, int(strengths.max()))
    return min(largest, 32767)


def _thumbnails(comparison: Comparison, size: tuple[int, int], original: np.ndarray) -> list[np.ndarray]:
    """The four panels, of that width and height. `original` is one already: many kernels share it."""
    sides = [comparison.ours, comparison.opencv][: 2 if comparison.differing else 1]
    white = signed_range(comparison.opencv) if comparison.ours.dtype == np.int16 else None
    shown = [resize(side, size, white) for side in sides]
    return [original, shown[0], shown[-1], _difference_picture(comparison, size)]


def _difference_picture(comparison: Comparison, size: tuple[int, int]) -> np.ndarray:
    """Black where both agree, from light grey for 1 to white for 255 where not, and not lost by shrinking.

    A few differing pixels among very many are drawn as dots of about eight pixels of the screen.
    """
    if comparison.differing == 0:
        return np.zeros((size[1], size[0], 3), np.uint8)
    apart = difference(comparison.ours, comparison.opencv)
    bright = rescale_intensity(apart.astype(np.float64), in_range=(1, 255), out_range=(160, 255))
    picture: np.ndarray = np.where(apart > 0, bright, 0).astype(np.uint8)
    dot = 8 if comparison.differing < 1000 else 1
    sides = [
        min(whole, -(-dot * whole // shown)) for whole, shown in zip(picture.shape, size[::-1], strict=True)
    ]
    if picture.shape[0] > size[1] or picture.shape[1] > size[0]:
        picture = cv2.dilate(picture, np.ones(sides, np.uint8))
    return resize(picture, size)


def resize(picture: np.ndarray, size: tuple[int, int], white: int | None = None) -> np.ndarray:
    """Resize to that width and height for the eye: shrink by averaging areas, enlarge by repeating pixels.

    white: of signed responses, the one that is to be white.
    """
    height, width = picture.shape[:2]
    # OpenCV averages whole pixels six times as fast as parts of them: go most of the way in one such step.
    factor = min(width // size[0], height // size[1]) // 2
    if factor > 1:
        whole = picture[: height // factor * factor, : width // factor * factor]
        picture = cv2.resize(whole, (width // factor, height // factor), interpolation=cv2.INTER_AREA)
    shrinks = size[0] < width or size[1] < height
    resized = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_NEAREST)
    if white is not None:
        resized = response_picture(resized, white)
    return cv2.cvtColor(resized, cv2.COLOR_GRAY2BGR) if resized.ndim == 2 else resized


# ---- One pixel


def draw_place(canvas: np.ndarray, layout: Layout, comparison: Comparison, place: tuple[int, int]) -> None:
    """Mark the pixel at that x, y and the window around it, and write the arithmetic into the strip."""
    rows, columns = comparison.kernel.shape
    mark(canvas, layout.box(0, place, (columns // 2, rows // 2)))
    for number in range(4):
        box = layout.box(number, place, (0, 0))
        if number > 0 or box[2] - box[0] >= 6:
            mark(canvas, box)
    _draw_strip(canvas, layout, arithmetic_at(comparison, *place))


def mark(canvas: np.ndarray, box: tuple[int, int, int, int]) -> None:
    """Outline a box, bright on dark, and at least 7 pixels of the screen wide and high."""
    left, top, right, bottom = box
    wider, higher = max(0, 7 - (right - left)) // 2, max(0, 7 - (bottom - top)) // 2
    first, last = (left - wider, top - higher), (right + wider, bottom + higher)
    cv2.rectangle(canvas, (first[0] - 1, first[1] - 1), (last[0] + 1, last[1] + 1), (0, 0, 0), 1)
    cv2.rectangle(canvas, first, last, MARK, 1)


def _draw_strip(canvas: np.ndarray, layout: Layout, arithmetic: list[Arithmetic]) -> None:
    """Write out one pixel: what lies under the kernel, the kernel, the sum, and what became of it."""
    zoom, first, x = layout.zoom, arithmetic[0], GAP
    below = layout.strip + round(20 * zoom)
    rows, columns = first.weights.shape
    down = round(min(34, 140 // max(rows, columns)) * zoom)
    size = round(1.5 * down) * columns, down * rows
    if max(rows, columns) > LARGEST_GRID or rows * columns > SHOWN_WEIGHTS:
        size = _panel_size(first.weights.shape, (round(140 * zoom), round(140 * zoom)))
    step = max(size[0], round(170 * zoom)) + 2 * GAP
    for name, each in zip(CHANNELS if len(arithmetic) > 1 else [""], arithmetic, strict=True):
        label = f"{name} window at {each.x},{each.y}".lstrip()
        write(canvas[:, : x + step - GAP], label, (x, layout.strip), 14 * zoom, FAINT)
        _draw_window(canvas, each, (x, below), size)
        x += step
    divided = f" / {first.divisor}" if first.divisor != 1 else ""
    write(canvas, f"kernel{divided}", (x, layout.strip), 14 * zoom, FAINT)
    _draw_kernel(canvas, first.weights, (x, below), size)
    x += max(size[0], round(90 * zoom)) + 3 * GAP
    for number, line in enumerate(strip_lines(arithmetic, canvas.shape[1] - x - GAP, 11 * zoom)):
        write(canvas, line, (x, layout.strip + round(16 * zoom * number)), 14 * zoom, INK)


def strip_lines(arithmetic: list[Arithmetic], width: float, smallest: float) -> list[str]:
    """The sum and what became of it, as `--at` writes it: a line for each channel if there are several.

    Where a row of the sum does not fit into that width with letters of the smallest size, it is left out.
    """
    if len(arithmetic) > 1:
        return [
            line
            for name, each in zip(CHANNELS, arithmetic, strict=True)
            for line in (f"{name} sum = {number_text(each.total)}", "    " + ", ".join(pixel_lines(each)))
        ]
    each = arithmetic[0]
    small = each.weights.size <= SHOWN_WEIGHTS
    lines = sum_lines(each) if small else short_lines(each)
    if any(_text_width(line, smallest) > width for line in lines):
        lines = short_lines(each)
    past = [f"orange: past the edge, border {each.border}"] * (small and not each.inside.all())
    return lines + pixel_lines(each) + past


def _draw_window(
    canvas: np.ndarray, each: Arithmetic, corner: tuple[int, int], size: tuple[int, int]
) -> None:
    """Draw the pixels under the kernel in their greys, with their numbers if there are few."""
    greys = np.repeat(each.window[..., np.newaxis], 3, axis=2)
    inks = np.where(greys > 130, 0, 255)
    inks[~each.inside] = MARK
    greys[~each.inside] //= 4  # dark enough for the numbers to be read
    _draw_grid(canvas, greys, inks, each.window.astype(str).tolist(), corner, size)


def _draw_kernel(
    canvas: np.ndarray, kernel: np.ndarray, corner: tuple[int, int], size: tuple[int, int]
) -> None:
    """Draw the weights as shades, negative ones blue, with their numbers if there are few."""
    weights = kernel.astype(np.float64)
    strength = np.abs(weights / (np.abs(weights).max() or 1))[..., np.newaxis]
    shades = ZERO + strength * (np.where(weights[..., np.newaxis] < 0, NEGATIVE, POSITIVE) - ZERO)
    inks = np.where(shades.mean(axis=2, keepdims=True) > 130, 0, 255) + np.zeros(3)
    integers, _ = as_fraction(weights) or (weights, 1)
    texts = [
        [str(weight) if isinstance(weight, int) else f"{weight:.2g}" for weight in row] for row in integers
    ]
    _draw_grid(canvas, shades.astype(np.uint8), inks, texts, corner, size)


def _draw_grid(
    canvas: np.ndarray,
    fills: np.ndarray,
    inks: np.ndarray,
    texts: list[list[str]],
    corner: tuple[int, int],
    size: tuple[int, int],
) -> None:
    """Draw a square of coloured cells with texts in them, as far as there is room for texts."""
    rows, columns = fills.shape[:2]
    across, down = size[0] // columns, size[1] // rows
    put(canvas, resize(fills, size), corner)
    if min(across, down) < 5:
        return
    letters = down * 0.7
    letters *= min(1, across * 0.9 / max(_text_width(text, letters) for row in texts for text in row))
    for i, row in enumerate(texts):
        for j, text in enumerate(row):
            left, top = corner[0] + j * across, corner[1] + i * down
            cv2.rectangle(canvas, (left, top), (left + across, top + down), PAPER, 1)
            if letters >= 9:
                place = (
                    left + (across - _text_width(text, letters)) // 2 + 1,
                    top + int(down - 0.8 * letters) // 2,
                )
                write(canvas, text, place, letters, tuple(inks[i, j].tolist()))


# ---- All kernels


def draw_sheet(heading: str, comparisons: list[Comparison]) -> np.ndarray:
    """Draw all kernels below each other, one to a row, under one heading; SHEET_WIDTH wide."""
    side = 190
    cell = (SHEET_WIDTH - side - 5 * GAP) // 4
    size = _panel_size(comparisons[0].image.shape, (cell, 300))
    original = resize(comparisons[0].image, size)
    head = paper(SHEET_WIDTH, SHEET_HEAD)
    write(head, heading, (GAP, GAP), 15, INK)
    for number, label in enumerate(["original", "convolve", "filter2D", "difference"]):
        write(head, label, (side + GAP + number * (cell + GAP), 36), 14, FAINT)
    rows = [head]
    for comparison in comparisons:
        row = paper(SHEET_WIDTH, max(size[1], 126) + GAP)
        _write_beside(row[:, :side], comparison)
        for number, thumbnail in enumerate(_thumbnails(comparison, size, original)):
            put(row, thumbnail, (side + GAP + number * (cell + GAP), 0))
        rows.append(row)
    return np.vstack(rows)


def _write_beside(canvas: np.ndarray, comparison: Comparison) -> None:
    """Say in the sheet which kernel it is, what came out, and draw its square."""
    write(canvas, f"{comparison.name}  {size_text(comparison.kernel)}", (GAP, 0), 17, INK)
    write(canvas, comparison.verdict_text, (GAP, 22), 14, verdict_colour(comparison))
    write(canvas, _response_note(comparison), (GAP, 41), 13, FAINT)
    _draw_kernel(canvas, comparison.kernel, (GAP, 64), _panel_size(comparison.kernel.shape, (62, 62)))


# ---- Text


def paper(width: int, height: int) -> np.ndarray:
    """An empty canvas."""
    return np.full((height, width, 3), PAPER, np.uint8)


def put(canvas: np.ndarray, picture: np.ndarray, corner: tuple[int, int]) -> None:
    """Copy a picture to that x, y; what does not fit is cut off."""
    place = canvas[corner[1] :, corner[0] :][: picture.shape[0], : picture.shape[1]]
    place[...] = picture[: place.shape[0], : place.shape[1]]


def write(canvas: np.ndarray, text: str, corner: tuple[int, int], size: float, colour: Colour) -> None:
    """Write text with its top left at corner (x, y), in letters of that size; smaller if it is too wide."""
    x, y = corner
    size = min(size, max(6, size * (canvas.shape[1] - x) / max(1, _text_width(text, size))))
    text = text.encode("utf-8", "replace").decode()  # OpenCV crashes on a name that is no Unicode
    baseline = y + int(size * 3 / 4)
    if hasattr(cv2, "FontFace"):  # OpenCV 5 draws TrueType, OpenCV 4 only strokes, and only ASCII
        cv2.putText(canvas, text, (x, baseline), colour, cv2.FontFace("sans"), int(size), 400)
    else:
        cv2.putText(canvas, text, (x, baseline), cv2.FONT_HERSHEY_SIMPLEX, size / 32, colour, 1, cv2.LINE_AA)


def _text_width(text: str, size: float) -> int:
    text = text.encode("utf-8", "replace").decode()
    if hasattr(cv2, "FontFace"):
        return int(cv2.getTextSize((0, 0), text, (0, 0), cv2.FontFace("sans"), int(size), 400)[2])
    return int(cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size / 32, 1)[0][0])


# ---- On disk


def picture_paths(folder: Path, stem: str, name: str) -> tuple[Path, Path]:
    """Where the result of one kernel and its panels are saved."""
    return folder / f"{stem}_{name}.png", folder / f"{stem}_{name}_compare.png"


def sheet_path(folder: Path, stem: str) -> Path:
    """Where the sheet of all kernels is saved."""
    return folder / f"{stem}_sheet.png"


def save_comparison(comparison: Comparison, folder: Path, stem: str) -> list[Path]:
    """Save convolve's result in full size, and the panels; signed responses as they are shown."""
    result, panels = picture_paths(folder, stem, comparison.name)
    ours = comparison.ours
    if ours.dtype == np.int16:
        ours = response_picture(ours, signed_range(comparison.opencv))
    write_image(result, ours)
    write_image(panels, draw_comparison(comparison), DRAWING)
    return [result, panels]
