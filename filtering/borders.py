"""Border modes: how an image is extended past its edges, and NumPy's and OpenCV's names for them."""

import re
from typing import Any, NamedTuple

import cv2
import numpy as np


class Border(NamedTuple):
    """The names of one border mode."""

    numpy: Any  # a `mode` of np.pad
    opencv: int  # a `borderType` of cv2.filter2D and cv2.copyMakeBorder


BORDERS = {  # the edge `abcd` is extended to
    "replicate": Border("edge", cv2.BORDER_REPLICATE),  # aaa|abcd|ddd
    "reflect": Border("symmetric", cv2.BORDER_REFLECT),  # cba|abcd|dcb
    "reflect101": Border("reflect", cv2.BORDER_REFLECT_101),  # dcb|abcd|cba
    "zero": Border("constant", cv2.BORDER_CONSTANT),  # 000|abcd|000
    "wrap": Border("wrap", cv2.BORDER_WRAP),  # bcd|abcd|abc
}
# What other libraries call them. Their `reflect` is not always ours.
OTHER_NAMES = {
    "edge": "replicate", "nearest": "replicate", "clamp": "replicate", "symmetric": "reflect",
    "symm": "reflect", "mirror": "reflect101", "default": "reflect101", "constant": "zero", "zeros": "zero",
    "fill": "zero", "black": "zero", "circular": "wrap", "periodic": "wrap", "tile": "wrap",
}  # fmt: skip


def check_border(border: str) -> Border:
    """Return the border mode of that name; raise ValueError, with all names, where there is none."""
    if isinstance(border, str) and border in BORDERS:
        return BORDERS[border]
    plain = re.sub(r"^.*border_|[_ -]", "", str(border).lower())
    meant = OTHER_NAMES.get(plain, plain if plain in BORDERS else "")
    hint = f", which is called {meant} here" * bool(meant)
    raise ValueError(f"border needs to be one of {', '.join(BORDERS)}, got {border!r}{hint}")


def pad(image: np.ndarray, rows: int, columns: int, border: str) -> np.ndarray:
    """Return a copy of an image with more rows above and below, and more columns on either side.

    image: (H, W) or (H, W, C), of any dtype. Returns (H + 2 * rows, W + 2 * columns[, C]) of the same dtype.
    The border may be wider than the image: the reflection or wrapping then repeats.

    >>> pad(np.array([[1, 2, 3]]), 0, 2, "reflect101")
    array([[3, 2, 1, 2, 3, 2, 1]])
    """
    width = [(rows, rows), (columns, columns)] + [(0, 0)] * (image.ndim - 2)
    return np.pad(image, width, mode=check_border(border).numpy)


def origins(length: int, reach: int, border: str) -> np.ndarray:
    """Return, for each row (or column) of a padded image, the index of the image row that it copies.

    length: rows of the image. reach: rows of padding on either side. With border zero, padding copies no
    row and has index 0 here.

    >>> origins(3, 2, "reflect101").tolist()
    [2, 1, 0, 1, 2, 1, 0]
    """
    return pad(np.arange(length)[:, np.newaxis], reach, 0, border)[:, 0]
