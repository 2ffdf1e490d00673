"""The grammar of kernels: what a text means, and the rule that refuses another."""

import time

import cv2
import numpy as np
import pytest
from conftest import kernel_texts, noise

from filtering.grammar import division_hint, parse_kernel


def read(text: str) -> object:
    """Return the kernel that a text means, or the message that refuses it."""
    try:
        return parse_kernel(text).tolist()
    except ValueError as error:
        return str(error)


def test_the_table_of_texts() -> None:
    """Every text means its kernel, to the last bit, or is refused by its rule."""
    wrong = []
    for entry in kernel_texts():
        found = read(entry["text"])
        right = found == entry["kernel"] if "kernel" in entry else entry["refused"] in str(found)
        wrong += [] if right and isinstance(found, list) == ("kernel" in entry) else [(entry, found)]
    assert wrong == []


REFUSED = [
    ("1/0 1 1", r"a fraction needs a divisor other than zero, got '1/0'$"),
    ("1/0e5 1 1", r"a fraction needs a divisor other than zero, got '1/0e5'$"),
    ("1/1e-400 1 1", r"a fraction needs a divisor other than zero, got '1/1e-400'$"),
    ("1 2 1 / 16 / 2", r"a divisor needs to be a positive number such as 16 .*, got '16 / 2'$"),
    ("1 2 1 / x # y", r"a divisor needs to be a positive number such as 16 .*, got 'x'$"),
    ("1 nan 1", r"a weight needs to be finite, got 'nan'$"),
    ("1 1e999999999 1", r"a weight needs to be finite, got '1e999999999'$"),
    ("1 1/1e999999999 1", r"a weight needs to be finite, got '1/1e999999999'$"),
    ("9" * 400, r"a weight needs to be finite, got '9{37}\.\.\.'$"),
    ("1e308/1e-10", r"a kernel needs weights below 1.8e308, got larger ones$"),
    ("1..5", r"a weight needs to be a number such as 5, -0.5 or 1/9, got '1..5'$"),
    ("1 1;" * 5 + "1", r"a kernel needs rows of equal length, got rows of 2, 2, 2, 2, 2, 1 weights$"),
    ("1 1;" * 8 + "1", r"got rows of 2, 2, 2, 2, 2, 2, 2, 2, 1 weights$"),
    ("1 1;" * 9 + "1", r"got rows of 2, 2, 2, 2, 2, 2, 2, 2, 2, \.\.\. weights$"),
    ("1;2;1\n2;4;2\n1;2;1", r"the weights of a row need spaces or commas between them"),
]


def test_text_that_is_no_kernel() -> None:
    """Also a number that would take all the memory there is as a fraction: at once."""
    for text, message in REFUSED:
        with pytest.raises(ValueError, match=message):
            parse_kernel(text)


def test_the_largest_sides() -> None:
    assert parse_kernel("0 " * 255).shape == (1, 255)
    assert parse_kernel("0;" * 255).shape == (255, 1)


EVEN = [
    ((2, 2), "{} / 7", 1 / 7), ((2, 2), "0.1 * {}", 0.1), ((2, 2), "-1/3 * {}", -1 / 3),
    *((shape, "{}", 1) for shape in [(2, 3), (3, 2), (4, 1), (1, 6), (10, 10)]),
]  # fmt: skip


@pytest.mark.parametrize(("shape", "text", "factor"), EVEN)
def test_the_advice_on_even_sides_is_filter2d(shape: tuple[int, int], text: str, factor: float) -> None:
    """The kernel in the message gives the pixels of filter2D with the even one and its default anchor."""
    weights = np.random.default_rng(sum(shape)).integers(-9, 10, shape)
    message = str(read(text.format(weights.tolist())))
    advised = parse_kernel(message.partition("to the right: " if shape[1] % 2 == 0 else "below: ")[2])
    image = noise(23, 31)
    for border in (cv2.BORDER_REPLICATE, cv2.BORDER_REFLECT_101, cv2.BORDER_CONSTANT):
        theirs = cv2.filter2D(image, cv2.CV_16S, weights * factor, borderType=border)
        assert np.array_equal(cv2.filter2D(image, cv2.CV_16S, advised, borderType=border), theirs)


def test_the_hint_on_the_last_weight() -> None:
    hint = "only the last weight is divided; a blank before the slash divides them all"
    for text, hinted in [
        ("1 2 1; 2 4 2; 1 2 1/16", True),
        ("1 2 1\n2 4 2\n1 2 -1.5e0/16;\n# the end", True),
        ("k = 1,2,1/16", True),
        ("1 2 1 / 16", False),
        ("1/4 1/2 1/4", False),
        ("1/16 2 1", False),
        ("1/16", False),
        ("k = 1/16", False),
        ("[1, 2, 1/16]", False),
    ]:
        assert division_hint(text) == hint * hinted, text


PIECES = ["\n", " ", "[", "( ", ";", "1 ", "1*", "#\n", "a="]


@pytest.mark.parametrize("piece", PIECES)
def test_a_megabyte_takes_no_minutes(piece: str) -> None:
    """As a search would that begins anew at each character."""
    start = time.process_time()
    with pytest.raises(ValueError, match="need"):
        parse_kernel(piece * (1_000_000 // len(piece)))
    assert time.process_time() - start < 10
