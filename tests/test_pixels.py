"""Pixels: rounding to the letter of the rule, and what is an image."""

import re
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from conftest import noise
from oracle import pixel

from filtering.pixels import check_image, to_pixels, unique_rows

RESPONSES = [
    *[n + 0.5 for n in range(-4, 5)],
    *[0.5 + sign * step for sign in (1, -1) for step in (1e-16, 1e-10, 4.9e-10, 5.1e-10, 1e-9, 1e-8, 1e-3)],
    *[0.0, -0.0, -0.4, 254.5, 255.4, 255.5, 1e6, -1e6, 32766.5, 32767.5, -32768.5, 1e300, -1e300],
]
NO_IMAGES: list[tuple[Any, str]] = [
    (np.ones((3, 3)), "uint8, got float64: (image * 255).astype(np.uint8) if it runs from 0 to 1"),
    (np.ones((3, 3), np.int8), "got int8: image.astype(np.uint8) if it runs from 0 to 255"),
    (np.ones((3, 3), np.uint16), "got uint16: (image >> 8).astype(np.uint8) if it runs from 0 to 65535"),
    (np.ones((3, 3), bool), "got bool: image.astype(np.uint8) * 255"),
    (np.ones((3, 3), complex), "uint8, got complex128"),
    (np.ma.masked_equal(np.eye(3, dtype=np.uint8), 1), "an image needs all its values, got a masked array"),
    (np.ones((3, 8, 5), np.uint8), "(H, W, C), got shape (3, 8, 5): np.moveaxis(image, 0, -1)"),
    (np.ones(3, np.uint8), "shape (H, W) or (H, W, C) and a pixel, got shape (3,)"),
    (np.ones((0, 3), np.uint8), "and a pixel, got shape (0, 3)"),
    (np.ones((1, 1, 1, 1), np.uint8), "got shape (1, 1, 1, 1)"),
    (None, "got None (cv2.imread returns it"),
    ([[1, 2], [3]], "rows of equal length"),
]


def test_rounds_to_the_letter() -> None:
    for signed, dtype in [(False, np.uint8), (True, np.int16)]:
        pixels = to_pixels(np.array(RESPONSES), signed)
        assert pixels.dtype == dtype
        assert pixels.tolist() == [pixel(Fraction(response), signed) for response in RESPONSES]


def test_no_image() -> None:
    """But four rows of RGBA are one, and a masked array in which nothing is masked."""
    for no_image, message in NO_IMAGES:
        with pytest.raises(ValueError, match=re.escape(message)):
            check_image(no_image)
    for image in (np.ones((4, 8, 4), np.uint8), np.ma.array(np.ones((3, 3), np.uint8)), noise(5, 3, 7)):
        assert np.array_equal(check_image(image), image)


def test_unique_rows() -> None:
    for dtype in (np.uint8, np.int64):
        rows = np.random.default_rng(0).integers(0, 3, (500, 4)).astype(dtype)
        unique, which = unique_rows(rows)
        assert (unique[which] == rows).all()
        assert len(unique) == len(np.unique(rows, axis=0))
