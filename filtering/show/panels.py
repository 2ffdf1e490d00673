"""What is drawn: the panels of one kernel, the arithmetic at one pixel, the sheet of all kernels.

The same functions draw for the viewer and for files.
"""

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
from filtering.report import heading
from filtering.show.canvas import (
    BAD,
    FAINT,
    GAP,
    GOOD,
    INK,
    MARK,
    Colour,
    Layout,
    blank,
    draw_grid,
    draw_text,
    fit,
    lay_out,
    mark,
    paste,
    resize,
    text_width,
)

SHEET_HEAD = 56  # height of the heading of the sheet
SHEET_WIDTH = 1000  # as wide as a README page shows without shrinking
LARGEST_GRID = 9  # kernels with a longer side are drawn without numbers
ZERO, POSITIVE, NEGATIVE = np.array([(70, 70, 70), (250, 250, 250), (190, 80, 40)])  # weights, as shades

# OpenCV's default compression suits photos; drawings, with their even areas, halve at zlib's level 3.
DRAWING = (cv2.IMWRITE_PNG_COMPRESSION, 3)


# ---- One kernel


def draw_comparison(comparison: Comparison, layout: Layout | None = None, times: str = "") -> np.ndarray:
    """Draw original | convolve | filter2D | difference, with their labels.

    layout: from lay_out; default: the layout of files. times: the running times, not drawn in files, so
    that the same run gives the same bytes. Returns a canvas of the layout's size.
    """
    layout = layout or lay_out(comparison.image.shape)
    canvas = draw_head(comparison.name, comparison.kernel, f"border {comparison.border}    {times}", layout)
    _write_verdict(canvas, comparison, layout)
    thumbnails = _thumbnails(comparison, layout.panel, resize(comparison.image, layout.panel))
    for number, (thumbnail, label) in enumerate(zip(thumbnails, _labels(comparison), strict=True)):
        draw_panel(canvas, layout, number, thumbnail, label)
    return canvas


def draw_head(name: str, kernel: np.ndarray, note: str, layout: Layout) -> np.ndarray:
    """Return a canvas with the kernel, as a grid and in words, and no panels yet."""
    canvas = blank(*layout.size)
    zoom = layout.zoom
    _draw_kernel(canvas, kernel, (GAP, GAP), fit(kernel.shape, (round(66 * zoom), round(66 * zoom))))
    fraction = as_fraction(kernel)
    divided = f"weights / {fraction[1]}    " if fraction is not None and fraction[1] != 1 else ""
    draw_text(canvas, f"{name}  {size_text(kernel)}", _head_corner(layout), 20 * zoom, INK)
    draw_text(canvas, divided + note, (_head_corner(layout)[0], round(44 * zoom)), 15 * zoom, FAINT)
    return canvas


def _head_corner(layout: Layout) -> tuple[int, int]:
    """Return the corner of the kernel's name, right of its grid."""
    return round(66 * layout.zoom) + 3 * GAP, round(14 * layout.zoom)


def _write_verdict(canvas: np.ndarray, comparison: Comparison, layout: Layout) -> None:
    """Draw the verdict after the name of the kernel."""
    x, y = _head_corner(layout)
    size = 20 * layout.zoom
    x += text_width(f"{comparison.name}  {size_text(comparison.kernel)}", size) + 3 * GAP
    draw_text(canvas, comparison.verdict_text, (x, y), size, verdict_colour(comparison))


def verdict_colour(comparison: Comparison) -> Colour:
    """Return green if the kernel matches, else red."""
    return BAD if comparison.verdict == "different" else GOOD


def draw_panel(canvas: np.ndarray, layout: Layout, number: int, image: np.ndarray, label: str) -> None:
    """Draw one of the four panels: an image of the panel's size, and its label."""
    left, top = layout.corner(number)
    size = 14 * layout.zoom
    draw_text(canvas[:, : left + layout.cell], label, (left, top - round(1.4 * size)), size, FAINT)
    canvas[top : top + layout.panel[1], left : left + layout.panel[0]] = image


def _labels(comparison: Comparison) -> list[str]:
    """Return the labels of the four panels."""
    note = _response_note(comparison)
    note = f": {note}" if note else ""
    apart = "no differing pixel"
    if comparison.differing:
        apart = f"{comparison.differing} differ, by up to {comparison.max_difference}"
    return ["original", f"convolve{note}", f"filter2D{note}", f"difference: {apart}"]


def _response_note(comparison: Comparison) -> str:
    """Describe the grey scale of signed responses, or the share of negative ones, which are black."""
    if comparison.ours.dtype == np.int16:
        return f"grey is 0, white {signed_range(comparison.opencv)} and more"
    share = 100 * comparison.negative
    if share == 0:
        return ""
    percent = "under 1" if share < 1 else "over 99" if 99 < share < 100 else f"{share:.0f}"
    return f"{percent} % negative, black"


# ---- Images of pixels


def signed_range(responses: np.ndarray) -> int:
    """Return the response that is drawn white; its negative is black, on both sides.

    One response in a hundred may exceed it: otherwise one bright spot would turn all others grey.
    """
    every = int(np.ceil(np.sqrt(responses.size / 10**6)))  # about a million of them are enough
    strengths = np.abs(responses[::every, ::every].astype(np.int32))
    largest = int(np.percentile(strengths, 99)) or max(1, int(strengths.max()))
    return min(largest, 32767)


def _thumbnails(comparison: Comparison, size: tuple[int, int], original: np.ndarray) -> list[np.ndarray]:
    """Return the images of the four panels. size: width, height. original: resized once for all kernels."""
    sides = [comparison.ours, comparison.opencv][: 2 if comparison.differing else 1]
    white = signed_range(comparison.opencv) if comparison.ours.dtype == np.int16 else None
    shown = [resize(side, size, white) for side in sides]
    return [original, shown[0], shown[-1], _difference_image(comparison, size)]


def _difference_image(comparison: Comparison, size: tuple[int, int]) -> np.ndarray:
    """Draw differences: black for 0, light grey for 1, white for 255; shrinking loses none.

    Below a thousand differing pixels, each is a dot of about eight screen pixels.
    """
    if comparison.differing == 0:
        return np.zeros((size[1], size[0], 3), np.uint8)
    apart = difference(comparison.ours, comparison.opencv)
    bright = rescale_intensity(apart.astype(np.float64), in_range=(1, 255), out_range=(160, 255))
    image: np.ndarray = np.where(apart > 0, bright, 0).astype(np.uint8)
    dot = 8 if comparison.differing < 1000 else 1
    sides = [
        min(whole, -(-dot * whole // shown)) for whole, shown in zip(image.shape, size[::-1], strict=True)
    ]
    if image.shape[0] > size[1] or image.shape[1] > size[0]:
        image = cv2.dilate(image, np.ones(sides, np.uint8))
    return resize(image, size)


# ---- One pixel


def draw_place(canvas: np.ndarray, layout: Layout, comparison: Comparison, place: tuple[int, int]) -> None:
    """Mark the pixel (x, y) and the window around it, and draw the arithmetic into the strip."""
    rows, columns = comparison.kernel.shape
    mark(canvas, layout.box(0, place, (columns // 2, rows // 2)))
    for number in range(4):
        box = layout.box(number, place, (0, 0))
        if number > 0 or box[2] - box[0] >= 6:
            mark(canvas, box)
    _draw_strip(canvas, layout, arithmetic_at(comparison, *place))


def _draw_strip(canvas: np.ndarray, layout: Layout, arithmetic: list[Arithmetic]) -> None:
    """Draw the arithmetic of one pixel: the window, the kernel, the sum and the pixel it becomes."""
    zoom, first, x = layout.zoom, arithmetic[0], GAP
    below = layout.strip + round(20 * zoom)
    rows, columns = first.weights.shape
    down = round(min(34, 140 // max(rows, columns)) * zoom)
    size = round(1.5 * down) * columns, down * rows
    if max(rows, columns) > LARGEST_GRID or rows * columns > SHOWN_WEIGHTS:
        size = fit(first.weights.shape, (round(140 * zoom), round(140 * zoom)))
    step = max(size[0], round(170 * zoom)) + 2 * GAP
    for name, channel in zip(CHANNELS if len(arithmetic) > 1 else [""], arithmetic, strict=True):
        label = f"{name} window at {channel.x},{channel.y}".lstrip()
        draw_text(canvas[:, : x + step - GAP], label, (x, layout.strip), 14 * zoom, FAINT)
        _draw_window(canvas, channel, (x, below), size)
        x += step
    divided = f" / {first.divisor}" if first.divisor != 1 else ""
    draw_text(canvas, f"kernel{divided}", (x, layout.strip), 14 * zoom, FAINT)
    _draw_kernel(canvas, first.weights, (x, below), size)
    x += max(size[0], round(90 * zoom)) + 3 * GAP
    for number, line in enumerate(strip_lines(arithmetic, canvas.shape[1] - x - GAP, 11 * zoom)):
        draw_text(canvas, line, (x, layout.strip + round(16 * zoom * number)), 14 * zoom, INK)


def strip_lines(arithmetic: list[Arithmetic], width: float, smallest: float) -> list[str]:
    """Return the sum and its pixel in the words of `--at`; of a colour image, two lines for each channel.

    The products are left out where a row of them is wider than `width` in letters of the smallest size.
    """
    if len(arithmetic) > 1:
        return [
            line
            for name, channel in zip(CHANNELS, arithmetic, strict=True)
            for line in (
                f"{name} sum = {number_text(channel.total)}",
                "    " + ", ".join(pixel_lines(channel)),
            )
        ]
    only = arithmetic[0]
    small = only.weights.size <= SHOWN_WEIGHTS
    lines = sum_lines(only) if small else short_lines(only)
    if any(text_width(line, smallest) > width for line in lines):
        lines = short_lines(only)
    past = [f"orange: past the edge, border {only.border}"] * (small and not only.inside.all())
    return lines + pixel_lines(only) + past


def _draw_window(
    canvas: np.ndarray, channel: Arithmetic, corner: tuple[int, int], size: tuple[int, int]
) -> None:
    """Draw the pixels under the kernel as greys, with numbers if there are few."""
    greys = np.repeat(channel.window[..., np.newaxis], 3, axis=2)
    inks = np.where(greys > 130, 0, 255)
    inks[~channel.inside] = MARK
    greys[~channel.inside] //= 4  # dark enough for the numbers on them
    draw_grid(canvas, greys, inks, channel.window.astype(str).tolist(), corner, size)


def _draw_kernel(
    canvas: np.ndarray, kernel: np.ndarray, corner: tuple[int, int], size: tuple[int, int]
) -> None:
    """Draw the weights as shades, negative ones blue, with numbers if there are few."""
    weights = kernel.astype(np.float64)
    strength = np.abs(weights / (np.abs(weights).max() or 1))[..., np.newaxis]
    shades = ZERO + strength * (np.where(weights[..., np.newaxis] < 0, NEGATIVE, POSITIVE) - ZERO)
    inks = np.where(shades.mean(axis=2, keepdims=True) > 130, 0, 255) + np.zeros(3)
    integers, _ = as_fraction(weights) or (weights, 1)
    texts = [
        [str(weight) if isinstance(weight, int) else f"{weight:.2g}" for weight in row] for row in integers
    ]
    draw_grid(canvas, shades.astype(np.uint8), inks, texts, corner, size)


# ---- All kernels


def draw_sheet(title: str, comparisons: list[Comparison]) -> np.ndarray:
    """Draw all kernels under one heading, one to a row; SHEET_WIDTH wide. title: as for report.heading."""
    side = 190
    cell = (SHEET_WIDTH - side - 5 * GAP) // 4
    size = fit(comparisons[0].image.shape, (cell, 300))
    original = resize(comparisons[0].image, size)
    head = blank(SHEET_WIDTH, SHEET_HEAD)
    draw_text(head, heading(title, comparisons), (GAP, GAP), 15, INK)
    for number, label in enumerate(["original", "convolve", "filter2D", "difference"]):
        draw_text(head, label, (side + GAP + number * (cell + GAP), 36), 14, FAINT)
    rows = [head]
    for comparison in comparisons:
        row = blank(SHEET_WIDTH, max(size[1], 126) + GAP)
        _write_beside(row[:, :side], comparison)
        for number, thumbnail in enumerate(_thumbnails(comparison, size, original)):
            paste(row, thumbnail, (side + GAP + number * (cell + GAP), 0))
        rows.append(row)
    return np.vstack(rows)


def _write_beside(canvas: np.ndarray, comparison: Comparison) -> None:
    """Draw name, verdict and grid of a kernel at the left of its row in the sheet."""
    draw_text(canvas, f"{comparison.name}  {size_text(comparison.kernel)}", (GAP, 0), 17, INK)
    draw_text(canvas, comparison.verdict_text, (GAP, 22), 14, verdict_colour(comparison))
    draw_text(canvas, _response_note(comparison), (GAP, 41), 13, FAINT)
    _draw_kernel(canvas, comparison.kernel, (GAP, 64), fit(comparison.kernel.shape, (62, 62)))
