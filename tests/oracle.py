"""What convolve has to answer, written from its contract in exact arithmetic, with no code of the product.

Slow and plain on purpose: a pixel past the edge is looked up by the drawing of its border, a sum is a
sum of fractions, and a weight is the number that its float stands for, to the last bit.
"""

from fractions import Fraction

import numpy as np


def source(place: int, length: int, border: str) -> int | None:
    """Which pixel of a row of that length stands at a place before or after it; None for a zero."""
    if 0 <= place < length:
        return place
    if border == "zero":
        return None
    if border == "replicate":  # aaa|abcd|ddd
        return 0 if place < 0 else length - 1
    if border == "wrap":  # bcd|abcd|abc
        return place % length
    if border == "reflect":  # dcba|abcd|dcba: the row and its mirror image, over and over
        place %= 2 * length
        return min(place, 2 * length - 1 - place)
    assert border == "reflect101"  # dcb|abcd|cba: the same, but the ends come once
    place %= max(2 * length - 2, 1)
    return min(place, 2 * length - 2 - place)


def response(image: np.ndarray, weights: list[list[Fraction]], border: str, y: int, x: int) -> Fraction:
    """The sum over the taps (i, j) of weight times pixel, in a gray image."""
    total = Fraction(0)
    rows = [source(y + i - len(weights) // 2, image.shape[0], border) for i in range(len(weights))]
    columns = [source(x + j - len(weights[0]) // 2, image.shape[1], border) for j in range(len(weights[0]))]
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            if row is not None and column is not None:
                total += weights[i][j] * int(image[row, column])
    return total


def pixel(exact: Fraction, signed: bool) -> int:
    """Round to nine decimals, then to a whole number, halves to the even one; then saturate."""
    low, high = (-32768, 32767) if signed else (0, 255)
    return min(max(round(round(exact, 9)), low), high)


def oracle(image: np.ndarray, kernel: np.ndarray, border: str, signed: bool = False) -> np.ndarray:
    """What `convolve(image, kernel, border, signed=signed)` returns."""
    weights = [[Fraction(weight) for weight in row] for row in kernel.tolist()]
    output = np.empty(image.shape, np.int16 if signed else np.uint8)
    for place in np.ndindex(image.shape):
        y, x, *channel = place
        plane = image[..., channel[0]] if channel else image
        output[place] = pixel(response(plane, weights, border, y, x), signed)
    return output
