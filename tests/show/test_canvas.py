"""Images resized for the screen, and text."""

import cv2
import numpy as np
import pytest
from conftest import noise

from filtering.compare import compare
from filtering.show.canvas import (
    INK,
    MARK,
    NEGATIVE,
    POSITIVE,
    ZERO,
    blank,
    dash,
    fit,
    ink_on,
    mark,
    resize,
    response_image,
    text,
    text_width,
)
from kernels import KERNELS


@pytest.mark.parametrize("dtype", [np.uint8, np.int16])
@pytest.mark.parametrize("shape", [(40, 60), (41, 67), (7, 300, 3)])
def test_strongest_is_the_strongest_of_each_block(dtype: type, shape: tuple[int, ...]) -> None:
    """Blocks begin where the pixels of the screen begin, and reach as far as one of them at least."""
    image: np.ndarray = noise(*shape).astype(dtype)
    if dtype == np.int16:
        image -= 128
    size = (20, 5)
    shrunk = resize(image, size, strongest=True) if dtype == np.uint8 else None
    height, width = -(-shape[0] // size[1]), -(-shape[1] // size[0])
    for row, column in [(0, 0), (2, 7), (4, 19)]:
        y, x = row * shape[0] // size[1], column * shape[1] // size[0]
        block = image[y : y + height, x : x + width].reshape(-1, image[0, 0].size)
        strongest = block[np.abs(block.astype(int)).argmax(axis=0), range(block.shape[1])]
        if shrunk is not None:
            assert (shrunk[row, column] == strongest).all()
        else:
            largest = 128
            signed = resize(image, size, white=largest, strongest=True)[row, column]
            both = [response_image(value, largest) for value in (strongest, -strongest)]
            assert any((signed == value).all() for value in both)


def test_the_strongest_response_of_a_large_photo_is_seen(coffee: np.ndarray) -> None:
    """Averaging leaves little of an edge on 12 megapixels; the strongest is all of it."""
    photo = cv2.resize(coffee, (4000, 3000), interpolation=cv2.INTER_CUBIC)
    edges = compare(photo, KERNELS["laplacian"]).ours
    assert resize(edges, (400, 300), strongest=True).max() == edges.max()
    assert resize(edges, (400, 300)).max() < 0.7 * edges.max()


def test_signed_zero_is_middle_grey() -> None:
    responses = np.array([[-1020, 0, 1020, 510]], np.int16)
    assert response_image(responses, 1020).tolist() == [[0, 128, 255, 191]]
    assert (resize(np.zeros((90, 90), np.int16), (30, 30), white=7, strongest=True) == 128).all()


def test_enlarged_pixels_are_squares() -> None:
    image = noise(8, 9)
    size = fit(image.shape, (100, 100))
    assert size == (99, 88)
    assert np.array_equal(resize(image, size)[..., 0], np.kron(image, np.ones((11, 11), np.uint8)))


@pytest.mark.parametrize("words", ["sharpen", "bl\udcffr", "kärnel 日本", ""])
def test_text_stays_on_the_canvas(words: str) -> None:
    """Whatever a file name holds; what is too wide becomes smaller."""
    canvas = blank(60, 30)
    text(canvas, words * 9, (5, 5), 16, (255, 255, 255))
    assert (canvas != blank(60, 30)).any() == bool(words)
    assert text_width("00", 16) == text_width("11", 16) > text_width("0", 16)


def test_marks_are_large_enough_to_be_seen() -> None:
    canvas = blank(50, 50)
    mark(canvas, (25, 25, 25, 25))
    rows, columns = np.nonzero((canvas != blank(50, 50)).any(axis=2))
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (21, 29, 21, 29)


def contrast(one: np.ndarray, other: np.ndarray) -> float:
    """Return the contrast of two colours, blue, green, red, as WCAG 2 defines it."""

    def luminance(colour: np.ndarray) -> float:
        parts = colour[::-1] / 255
        linear = np.where(parts <= 0.03928, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return float(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])

    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def test_numbers_are_readable_on_every_tint_and_grey() -> None:
    shares = np.linspace(0, 1, 65)[:, np.newaxis]
    tints = [ZERO + shares * (np.array(colour) - ZERO) for colour in (POSITIVE, NEGATIVE)]
    fills = np.vstack([*tints, np.repeat(np.arange(256)[:, np.newaxis], 3, axis=1)])
    for fill, ink in zip(fills, ink_on(fills), strict=True):
        assert contrast(fill, ink) >= 4.5


def test_signs_are_told_apart_without_red_or_green() -> None:
    """As those see them who lack one kind of cones (Vienot and others 1999): blue and yellow remain."""
    to_cones = np.array(
        [[17.8824, 43.5161, 4.11935], [3.45565, 27.1554, 3.86714], [0.0299566, 0.184309, 1.46709]]
    )
    lacks = {
        "red": [[0, 2.02344, -2.52581], [0, 1, 0], [0, 0, 1]],
        "green": [[1, 0, 0], [0.494207, 0, 1.24827], [0, 0, 1]],
    }
    for matrix in lacks.values():
        seen = [
            np.linalg.inv(to_cones) @ np.array(matrix) @ to_cones @ np.array(colour[::-1])
            for colour in (POSITIVE, NEGATIVE, ZERO)
        ]
        for one, other in [(0, 1), (0, 2), (1, 2)]:
            assert np.abs(seen[one] - seen[other]).max() > 50
        assert seen[0][2] < seen[0][0] - 50  # yellow
        assert seen[1][2] > seen[1][0] + 50  # blue


def test_the_signs_of_the_pixel_and_of_past_the_edge_differ() -> None:
    """One is amber and closed, the other light dashes on black."""
    canvas = blank(90, 60)
    mark(canvas, (10, 10, 30, 30))
    dash(canvas, (50, 10, 70, 30))
    assert {tuple(pixel) for pixel in canvas[10, 10:31].tolist()} == {MARK}
    assert {tuple(pixel) for pixel in canvas[10, 50:71].tolist()} == {INK, (0, 0, 0)}
