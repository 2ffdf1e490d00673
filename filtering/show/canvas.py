"""The canvas: text, grids, marks, resized images, and the layout of the panels.

All canvases are uint8, (H, W, 3); blue, green, red.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from skimage.exposure import rescale_intensity

WINDOW_SIZE = (1280, 690)  # fits a laptop's 1366 x 768 with the desktop's own bars
GAP = 8
THINNEST = 24  # smallest width and height of a panel, however long and thin the image

Colour = tuple[int, int, int]
PAPER = (32, 32, 32)
INK = (235, 235, 235)
FAINT = (165, 165, 165)
GOOD = (120, 210, 120)
BAD = (90, 110, 255)
MARK = (0, 200, 255)

# OpenCV's default compression suits photos; drawings, with their even areas, halve at zlib's level 3.
DRAWING = (cv2.IMWRITE_PNG_COMPRESSION, 3)


# ---- Layout


@dataclass(frozen=True)
class Layout:
    """The places of the panels on the canvas of one kernel, in screen pixels."""

    shape: tuple[int, ...]  # of the image
    size: tuple[int, int]  # width and height of the canvas
    zoom: float  # of text and its distances; 1 on a canvas 1280 wide
    cell: int  # the width available to each of the four panels
    panel: tuple[int, int]  # the width and height that it takes
    top: int  # of the panels
    strip: int  # top of the strip for the arithmetic

    def corner(self, number: int) -> tuple[int, int]:
        """Return left and top of a panel."""
        return GAP + number * (self.cell + GAP), self.top

    def pixel_at(self, x: int, y: int) -> tuple[int, int] | None:
        """Return the image's pixel (x, y) that is drawn at x, y of the canvas; None outside the panels."""
        number = (x - GAP) // (self.cell + GAP)
        across, down = x - self.corner(number)[0], y - self.top
        if not (0 <= number < 4 and 0 <= across < self.panel[0] and 0 <= down < self.panel[1]):
            return None
        return across * self.shape[1] // self.panel[0], down * self.shape[0] // self.panel[1]

    def box(self, number: int, place: tuple[int, int], reach: tuple[int, int]) -> tuple[int, int, int, int]:
        """Return left, top, right and bottom of a pixel, or of a window around it, in a panel.

        place: x, y. reach: columns on either side, rows above and below; cut off at the edges.
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
    """Place the panels of an image of that shape on a canvas.

    size: width and largest height of the canvas. strip: leave room for the arithmetic. Photos are shrunk;
    tiny images are enlarged by a whole factor, so that their pixels are squares.
    """
    zoom = min(max(min(size[0] / 1280, size[1] / 480), 0.75), 2.0)
    cell = (size[0] - 5 * GAP) // 4
    top, room = round(100 * zoom), round(216 * zoom) * strip
    panel = fit(shape, (cell, max(THINNEST, size[1] - top - GAP - room)))
    below = top + panel[1] + GAP
    return Layout(shape, (size[0], below + room), zoom, cell, panel, top, below)


def fit(shape: tuple[int, ...], room: tuple[int, int]) -> tuple[int, int]:
    """Return width and height of an image of that shape in that room: shrunk, or a whole factor larger."""
    scale = min(room[0] / shape[1], room[1] / shape[0])
    scale = scale if scale < 1 else int(scale)
    thinnest = min(THINNEST, *room)
    return max(thinnest, round(shape[1] * scale)), max(thinnest, round(shape[0] * scale))


# ---- Pixels and marks


def response_image(response: np.ndarray, largest: int) -> np.ndarray:
    """Map signed responses to uint8: zero is middle grey, +largest white, -largest black.

    >>> response_image(np.array([-4, 0, 2, 4], np.int16), 4).tolist()
    [0, 128, 191, 255]
    """
    scaled = rescale_intensity(response.astype(np.float64), in_range=(-largest, largest), out_range=(0, 255))
    return np.asarray(np.rint(scaled), np.uint8)


def resize(image: np.ndarray, size: tuple[int, int], white: int | None = None) -> np.ndarray:
    """Resize for viewing: shrink by averaging areas, enlarge by repeating pixels.

    size: width, height. white: of signed responses, the one that is drawn white. Returns a colour image.
    """
    height, width = image.shape[:2]
    # OpenCV averages whole pixels six times as fast as fractions of them, so most of it is one such step.
    factor = min(width // size[0], height // size[1]) // 2
    if factor > 1:
        whole = image[: height // factor * factor, : width // factor * factor]
        image = cv2.resize(whole, (width // factor, height // factor), interpolation=cv2.INTER_AREA)
    shrinks = size[0] < width or size[1] < height
    resized = cv2.resize(image, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_NEAREST)
    if white is not None:
        resized = response_image(resized, white)
    return cv2.cvtColor(resized, cv2.COLOR_GRAY2BGR) if resized.ndim == 2 else resized


def mark(canvas: np.ndarray, box: tuple[int, int, int, int]) -> None:
    """Outline a box, bright on dark, at least 7 screen pixels wide and high."""
    left, top, right, bottom = box
    wider, higher = max(0, 7 - (right - left)) // 2, max(0, 7 - (bottom - top)) // 2
    first, last = (left - wider, top - higher), (right + wider, bottom + higher)
    cv2.rectangle(canvas, (first[0] - 1, first[1] - 1), (last[0] + 1, last[1] + 1), (0, 0, 0), 1)
    cv2.rectangle(canvas, first, last, MARK, 1)


def draw_grid(
    canvas: np.ndarray,
    fills: np.ndarray,
    inks: np.ndarray,
    texts: list[list[str]],
    corner: tuple[int, int],
    size: tuple[int, int],
) -> None:
    """Draw a grid of coloured cells, with the texts in them where there is room."""
    rows, columns = fills.shape[:2]
    across, down = size[0] // columns, size[1] // rows
    paste(canvas, resize(fills, size), corner)
    if min(across, down) < 5:
        return
    letters = down * 0.7
    letters *= min(1, across * 0.9 / max(text_width(text, letters) for row in texts for text in row))
    for i, row in enumerate(texts):
        for j, text in enumerate(row):
            left, top = corner[0] + j * across, corner[1] + i * down
            cv2.rectangle(canvas, (left, top), (left + across, top + down), PAPER, 1)
            if letters >= 9:
                place = (
                    left + (across - text_width(text, letters)) // 2 + 1,
                    top + int(down - 0.8 * letters) // 2,
                )
                draw_text(canvas, text, place, letters, tuple(inks[i, j].tolist()))


# ---- Text


def blank(width: int, height: int) -> np.ndarray:
    """Return an empty canvas."""
    return np.full((height, width, 3), PAPER, np.uint8)


def paste(canvas: np.ndarray, image: np.ndarray, corner: tuple[int, int]) -> None:
    """Copy an image to the corner (x, y) of the canvas; parts outside are cut off."""
    place = canvas[corner[1] :, corner[0] :][: image.shape[0], : image.shape[1]]
    place[...] = image[: place.shape[0], : place.shape[1]]


def draw_text(canvas: np.ndarray, text: str, corner: tuple[int, int], size: float, colour: Colour) -> None:
    """Draw text with its top left at the corner (x, y); smaller than `size` if it is too wide."""
    x, y = corner
    size = min(size, max(6, size * (canvas.shape[1] - x) / max(1, text_width(text, size))))
    text = text.encode("utf-8", "replace").decode()  # OpenCV crashes on file names that are not Unicode
    baseline = y + int(size * 3 / 4)
    if hasattr(cv2, "FontFace"):  # OpenCV 5 draws TrueType, OpenCV 4 only strokes, and only ASCII
        cv2.putText(canvas, text, (x, baseline), colour, cv2.FontFace("sans"), int(size), 400)
    else:
        cv2.putText(canvas, text, (x, baseline), cv2.FONT_HERSHEY_SIMPLEX, size / 32, colour, 1, cv2.LINE_AA)


def text_width(text: str, size: float) -> int:
    """Return the width of the text in letters of that size."""
    text = text.encode("utf-8", "replace").decode()
    if hasattr(cv2, "FontFace"):
        return int(cv2.getTextSize((0, 0), text, (0, 0), cv2.FontFace("sans"), int(size), 400)[2])
    return int(cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size / 32, 1)[0][0])
