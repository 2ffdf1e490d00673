"""The canvas: text, grids, marks, and images resized for the screen.

All canvases are uint8, (H, W, 3); blue, green, red.
"""

from functools import lru_cache, reduce
from typing import Any

import cv2
import numpy as np

from filtering.report import printable

GAP = 10
SMALLEST = 8  # letters that can be read

Point = tuple[int, int]  # x, y
Box = tuple[int, int, int, int]  # left, top, right, bottom
Colour = tuple[int, int, int]  # blue, green, red
PAPER = (30, 28, 27)
PLATE = (44, 41, 39)
INK = (240, 238, 236)
FAINT = (176, 170, 166)
GOOD = (130, 214, 140)
BAD = (96, 110, 255)
MARK = (40, 190, 255)  # amber: the pixel that is looked at
# Of weights and products: the orange and the blue of Okabe and Ito (2008), which all eyes tell apart.
ZERO, POSITIVE, NEGATIVE = (72, 70, 68), (0, 94, 213), (178, 114, 0)

# OpenCV's default compression suits photos; drawings, with their even areas, halve at zlib's level 3.
DRAWING = (cv2.IMWRITE_PNG_COMPRESSION, 3)


# ---- Shapes


def blank(width: int, height: int) -> np.ndarray:
    """Return an empty canvas."""
    return np.full((max(1, height), max(1, width), 3), PAPER, np.uint8)


def paste(canvas: np.ndarray, image: np.ndarray, corner: Point) -> None:
    """Copy an image to the corner (x, y) of the canvas; parts outside are cut off."""
    place = canvas[corner[1] :, corner[0] :][: image.shape[0], : image.shape[1]]
    place[...] = image[: place.shape[0], : place.shape[1]]


def mark(canvas: np.ndarray, box: Box | None, colour: Colour = MARK) -> None:
    """Outline a box, if there is one, bright on dark, at least 7 screen pixels large."""
    if box is None:
        return
    left, top, right, bottom = box
    wider, higher = max(0, 7 - (right - left)) // 2, max(0, 7 - (bottom - top)) // 2
    first, last = (left - wider, top - higher), (right + wider, bottom + higher)
    cv2.rectangle(canvas, (first[0] - 1, first[1] - 1), (last[0] + 1, last[1] + 1), (0, 0, 0), 1)
    cv2.rectangle(canvas, first, last, colour, 1)


def fill(canvas: np.ndarray, box: Box, colour: Any) -> None:
    """Fill a box."""
    cv2.rectangle(canvas, box[:2], box[2:], colour, cv2.FILLED)


def dash(canvas: np.ndarray, box: Box) -> None:
    """Outline a box with light dashes on black: the sign of past the edge."""
    left, top, right, bottom = box
    cv2.rectangle(canvas, (left, top), (right, bottom), (0, 0, 0), 1)
    across, down = slice(left, right + 1), slice(top, bottom + 1)
    for side in (canvas[top, across], canvas[bottom, across], canvas[down, left], canvas[down, right]):
        side[np.arange(len(side)) % 8 < 4] = INK


def ink_on(fills: np.ndarray) -> np.ndarray:
    """Return black or white for each colour (..., 3), whichever is easier to read on it.

    By the relative luminance of WCAG 2; either has a contrast of at least 4.5.
    """
    linear = np.where(fills <= 10, fills / 3294, ((fills / 255 + 0.055) / 1.055) ** 2.4)
    luminance = linear @ (0.0722, 0.7152, 0.2126)
    return np.repeat(np.where(luminance > 0.179, 0, 255)[..., np.newaxis], 3, axis=-1)


def grid(
    canvas: np.ndarray, fills: np.ndarray, words: list[list[str]], corner: Point, cell: tuple[int, int]
) -> None:
    """Draw a grid of coloured cells, with the words in them where there is room.

    fills: (rows, columns, 3). cell: width and height of one cell.
    """
    (across, down), inks = cell, ink_on(fills)
    paste(canvas, np.kron(fills, np.ones((down, across, 1), np.uint8)), corner)
    if min(across, down) < 5:
        return
    letters = min(down * 0.62, 30)
    widest = max(text_width(word, letters) for row in words for word in row)
    letters *= min(1, across * 0.86 / max(1, widest))
    for i, row in enumerate(words):
        for j, word in enumerate(row):
            left, top = corner[0] + j * across, corner[1] + i * down
            cv2.rectangle(canvas, (left, top), (left + across, top + down), PAPER, 1)
            if letters >= SMALLEST:
                middle_text(canvas, word, (left + 1, top, left + across, top + down), letters, inks[i, j])


# ---- Images


def fit(shape: tuple[int, ...], room: tuple[int, int], least: int = 1) -> tuple[int, int]:
    """Return width and height of an image in that room, at least that much: shrunk, or some times larger."""
    scale = min(room[0] / shape[1], room[1] / shape[0])
    scale = scale if scale < 1 else int(scale)
    return max(least, round(shape[1] * scale)), max(least, round(shape[0] * scale))


def response_image(response: np.ndarray, largest: int) -> np.ndarray:
    """Map signed responses to uint8: zero is middle grey, +largest white, -largest black.

    >>> response_image(np.array([-4, 0, 2, 4], np.int16), 4).tolist()
    [0, 128, 191, 255]
    """
    from skimage.exposure import rescale_intensity  # here, as it takes longer to load than all the rest

    scaled = rescale_intensity(response.astype(np.float64), in_range=(-largest, largest), out_range=(0, 255))
    return np.asarray(np.rint(scaled), np.uint8)


def resize(
    image: np.ndarray, size: tuple[int, int], white: int | None = None, strongest: bool = False
) -> np.ndarray:
    """Resize for viewing; enlarge by repeating pixels, shrink by averaging areas or by their strongest.

    size: width, height. white: of signed responses, the one that is drawn white. strongest: where the image
    shrinks, each pixel of the result is the one farthest from 0 among those it stands for. Returns a colour
    image.
    """
    height, width = image.shape[:2]
    shrinks = size[0] < width or size[1] < height
    if shrinks and strongest:
        resized = _shrink_to_strongest(image, size)
    else:
        resized = cv2.resize(image, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_NEAREST)
    if white is not None:
        resized = response_image(resized, white)
    # Contiguous, as OpenCV refuses to draw on other layouts.
    return cv2.cvtColor(resized, cv2.COLOR_GRAY2BGR) if resized.ndim == 2 else np.ascontiguousarray(resized)


def _shrink_to_strongest(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    across, down = shrink_factors(image.shape, size)
    rows, columns = (
        np.arange(new) * old // new for new, old in zip(size[::-1], image.shape[:2], strict=True)
    )
    # Rows first, by whole rows at a time: ten times as fast as a dilation of the whole image.
    parts = [image[np.minimum(rows + i, image.shape[0] - 1)] for i in range(down)]
    ones = np.ones((1, across), np.uint8)
    # The anchor makes each pixel the highest of itself and those right of it.
    highest = cv2.dilate(reduce(np.maximum, parts), ones, anchor=(0, 0))[:, columns]
    lowest = cv2.erode(reduce(np.minimum, parts), ones, anchor=(0, 0))[:, columns]
    return np.asarray(np.where(highest >= -lowest.astype(np.int32), highest, lowest))


def shrink_factors(shape: tuple[int, ...], size: tuple[int, int]) -> tuple[int, int]:
    """Return for how many columns and rows of the image one pixel of the resized one stands."""
    return -(-shape[1] // size[0]), -(-shape[0] // size[1])


# ---- Text


def text(canvas: np.ndarray, words: str, corner: Point, size: float, colour: Any) -> int:
    """Draw text with its top left at the corner (x, y), at most that large; return where it ends.

    Control characters are escaped, and what is not Unicode, as names of files may hold either: OpenCV crashes
    on it. size: of the letters. colour: blue, green, red.
    """
    x, y = corner
    size = min(size, max(6, size * (canvas.shape[1] - x) / max(1, text_width(words, size))))
    words, colour = printable(words), tuple(map(int, colour))
    baseline = (x, y + int(size * 0.8))
    if hasattr(cv2, "FontFace"):
        cv2.putText(canvas, words, baseline, colour, _face(), int(size), 400)
    else:
        thick = max(1, round(size / 24))
        cv2.putText(canvas, words, baseline, cv2.FONT_HERSHEY_SIMPLEX, size / 32, colour, thick, cv2.LINE_AA)
    return int(min(x + text_width(words, size), canvas.shape[1]))


def middle_text(canvas: np.ndarray, words: str, box: Box, size: float, colour: Any) -> None:
    """Draw text in the middle of a box; smaller than `size` if it is too wide."""
    left, top, right, bottom = box
    size *= min(1, 0.9 * (right - left) / max(1, text_width(words, size)))
    # Digits and capitals reach from 0.08 to 0.8 of the size below the top.
    x = left + (right - left - text_width(words, size)) // 2
    text(canvas, words, (x, top + round((bottom - top - 0.88 * size) / 2)), size, colour)


def text_width(words: str, size: float) -> int:
    """Return the width of the text in letters of that size."""
    if hasattr(cv2, "FontFace"):
        return int(cv2.getTextSize((0, 0), printable(words), (0, 0), _face(), int(size), 400)[2])
    return int(cv2.getTextSize(printable(words), cv2.FONT_HERSHEY_SIMPLEX, size / 32, 1)[0][0])


@lru_cache(maxsize=1)
def _face() -> Any:
    """Return OpenCV 5's font with the widest range of letters; OpenCV 4 has only strokes, for ASCII."""
    face = cv2.FontFace("uni")
    return face if face.getName() else cv2.FontFace("sans")  # which every build has
