"""Borders: the same as OpenCV's for images of any size; that they are as drawn, the oracle says."""

from itertools import product

import cv2
import numpy as np
import pytest
from conftest import noise

from filtering.borders import BORDERS, check_border, pad

OTHER_NAMES = {
    "replicate": ["BORDER_REPLICATE", "edge", "nearest"],
    "reflect": ["BORDER_REFLECT", "symmetric"],
    "reflect101": ["BORDER_REFLECT_101", "cv2.BORDER_DEFAULT", "reflect-101", "mirror"],
    "zero": ["BORDER_CONSTANT", "Zero", "constant"],
    "wrap": ["BORDER_WRAP", "circular"],
}


def test_pad_is_copy_make_border() -> None:
    """Also where the border is several times as wide as the image."""
    images = [noise(*shape) for shape in [(1, 1), (1, 5), (5, 1), (2, 3), (3, 4, 3)]]
    for border, image, (rows, columns) in product(BORDERS, images, [(0, 0), (3, 0), (11, 7)]):
        expected = cv2.copyMakeBorder(image, rows, rows, columns, columns, BORDERS[border].opencv)
        assert np.array_equal(pad(image, rows, columns, border), expected), border


def test_a_border_by_another_name() -> None:
    """OpenCV's names, and NumPy's but for its reflect, which is a name here: of another border."""
    for border, names in OTHER_NAMES.items():
        for name in names:
            with pytest.raises(ValueError, match=f"wrap, got '{name}', which is called {border} here$"):
                check_border(name)
    with pytest.raises(ValueError, match=r"one of replicate, reflect, .*, wrap, got 'periodical'$"):
        pad(noise(3, 3), 1, 1, "periodical")
