"""The five ways to go on past the edge of an image, and what others call them."""

from typing import Any, NamedTuple

import cv2
import numpy as np


class Border(NamedTuple):
    """What NumPy and OpenCV call one border mode."""

    numpy: Any  # a `mode` of np.pad
    opencv: int  # a `borderType` of cv2.filter2D and cv2.copyMakeBorder


# The edge `abcd` goes on as ...
BORDERS = {
    "replicate": Border("edge", cv2.BORDER_REPLICATE),  # aaa|abcd|ddd
    "reflect": Border("symmetric", cv2.BORDER_REFLECT),  # cba|abcd|dcb
    "reflect101": Border("reflect", cv2.BORDER_REFLECT_101),  # dcb|abcd|cba
    "zero": Border("constant", cv2.BORDER_CONSTANT),  # 000|abcd|000
    "wrap": Border("wrap", cv2.BORDER_WRAP),  # bcd|abcd|abc
}


def check_border(border: str) -> Border:
    """The border mode of that name; ValueError lists the names when there is none."""
    if border not in BORDERS:
        raise ValueError(f"border must be one of {', '.join(BORDERS)}; got {border!r}")
    return BORDERS[border]


def pad(image: np.ndarray, rows: int, columns: int, border: str) -> np.ndarray:
    """Copy `image` with `rows` more rows above and below, `columns` more on either side.

    image: (H, W) or (H, W, C), of any dtype. Returns (H + 2 * rows, W + 2 * columns[, C]) of the same
    dtype. The border may be wider than the image: it then goes on reflecting or wrapping.

    >>> pad(np.array([[1, 2, 3]]), 0, 2, "reflect101")
    array([[3, 2, 1, 2, 3, 2, 1]])
    """
    width = [(rows, rows), (columns, columns)] + [(0, 0)] * (image.ndim - 2)
    return np.pad(image, width, mode=check_border(border).numpy)


def origins(length: int, reach: int, border: str) -> np.ndarray:
    """For each row (or column) of a padded picture, which one of the picture it is a copy of.

    length: of the picture. reach: how much is padded on either side. With border zero, what is padded is a
    copy of none; it has a 0 here.

    >>> origins(3, 2, "reflect101").tolist()
    [2, 1, 0, 1, 2, 1, 0]
    """
    return pad(np.arange(length)[:, np.newaxis], reach, 0, border)[:, 0]
