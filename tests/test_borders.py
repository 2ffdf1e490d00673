"""Borders: the edge as drawn in the table, and the same as OpenCV's for any size."""

from itertools import product

import cv2
import numpy as np
import pytest
from conftest import noise

from filtering.borders import BORDERS, check_border, pad

EDGES = {
    "replicate": "111 1234 444",
    "reflect": "321 1234 432",
    "reflect101": "432 1234 321",
    "zero": "000 1234 000",
    "wrap": "234 1234 123",
}


@pytest.mark.parametrize("border", BORDERS)
def test_edge_goes_on_as_drawn(border: str) -> None:
    padded = pad(np.array([[1, 2, 3, 4]]), 0, 3, border)
    assert "".join(map(str, padded[0])) == EDGES[border].replace(" ", "")


@pytest.mark.parametrize("border", BORDERS)
def test_pad_is_copy_make_border(border: str) -> None:
    """Also where the border is several times as wide as the image."""
    shapes, reaches = [(1, 1), (1, 5), (5, 1), (2, 3), (4, 3), (3, 4, 3)], [(0, 0), (1, 2), (3, 0), (11, 7)]
    for shape, (rows, columns) in product(shapes, reaches):
        image = noise(*shape)
        expected = cv2.copyMakeBorder(image, rows, rows, columns, columns, BORDERS[border].opencv)
        assert np.array_equal(pad(image, rows, columns, border), expected)


def test_unknown_border_lists_the_names() -> None:
    with pytest.raises(ValueError, match=r"replicate, reflect, reflect101, zero, wrap, got 'mirror'"):
        pad(noise(3, 3), 1, 1, "mirror")


def test_other_names_are_translated() -> None:
    """OpenCV's, and NumPy's but for its reflect, which is a name here: of another border."""
    names = [
        *((f"BORDER_{name}", border) for name in ("REPLICATE", "REFLECT", "REFLECT_101", "WRAP", "CONSTANT")
          for border, modes in BORDERS.items() if modes.opencv == getattr(cv2, f"BORDER_{name}")),
        *((modes.numpy, border) for border, modes in BORDERS.items() if modes.numpy not in BORDERS),
        ("nearest", "replicate"), ("mirror", "reflect101"), ("cv2.BORDER_DEFAULT", "reflect101"),
        ("circular", "wrap"), ("Zero", "zero"), ("reflect-101", "reflect101"),
    ]  # fmt: skip
    assert len(names) == 14
    for name, border in names:
        with pytest.raises(ValueError, match=f"wrap, got '{name}', which is called {border} here$"):
            check_border(name)
