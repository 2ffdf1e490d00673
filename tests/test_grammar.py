"""The grammar of kernels: what a text means, and the rule that refuses another."""

import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from conftest import kernel_texts, noise

from filtering.grammar import division_hint, parse_kernel
from filtering.parse import read_kernel_file


def read(text: str) -> object:
    try:
        return parse_kernel(text).tolist()
    except ValueError as error:
        return str(error)


def test_the_table_of_texts() -> None:
    """Every text means its kernel, to the last bit, or is refused by its rule; 255 is the longest side."""
    wrong = []
    for entry in kernel_texts():
        found = read(entry["text"])
        right = found == entry["kernel"] if "kernel" in entry else entry["refused"] in str(found)
        wrong += [] if right and isinstance(found, list) == ("kernel" in entry) else [(entry, found)]
    assert wrong == []
    assert (parse_kernel("0 " * 255).shape, parse_kernel("0;" * 255).shape) == ((1, 255), (255, 1))


def test_what_was_received_is_said() -> None:
    """From where it is wrong, without comments, and not too long."""
    for text, received in {
        "1 2 1 / 16 / 2": "'16 / 2'",
        "1 2 1 / x # y": "'x'",
        "9" * 400: f"'{'9' * 37}...'",
        "1e308/1e-10": "larger ones",
        "1 1;" * 8 + "1": f"rows of {'2, ' * 8}1 weights",
        "1 1;" * 9 + "1": f"rows of {'2, ' * 9}... weights",
    }.items():
        assert str(read(text)).endswith(f", got {received}")


def test_the_advice_on_even_sides_is_filter2d() -> None:
    """The kernel in the message gives the pixels of filter2D with the even one and its default anchor."""
    cases = [((2, 2), "{} / 7", 1 / 7), ((2, 2), "-1/3 * {}", -1 / 3)]
    cases += [(shape, "{}", 1) for shape in [(2, 3), (3, 2), (1, 6), (10, 10)]]
    for shape, text, factor in cases:
        weights = np.random.default_rng(sum(shape)).integers(-9, 10, shape)
        message = str(read(text.format(weights.tolist())))
        advised = parse_kernel(message.partition("to the right: " if shape[1] % 2 == 0 else "below: ")[2])
        theirs = cv2.filter2D(noise(23, 31), cv2.CV_16S, weights * factor)
        assert np.array_equal(cv2.filter2D(noise(23, 31), cv2.CV_16S, advised), theirs), shape


def test_the_hint_on_the_last_weight() -> None:
    hint = "only the last weight is divided; a blank before the slash divides them all"
    for text in ("1 2 1; 2 4 2; 1 2 1/16", "1 2 1\n2 4 2\n1 2 -1.5e0/16;\n# the end", "k = 1,2,1/16"):
        assert division_hint(text) == hint
    for text in ("1 2 1 / 16", "1/4 1/2 1/4", "1/16 2 1", "1/16", "k = 1/16", "[1, 2, 1/16]"):
        assert division_hint(text) == ""


@pytest.mark.parametrize("piece", ["\n", " ", "[", "( ", ";", "1 ", "1*", "#\n", "a="])
def test_a_megabyte_takes_no_minutes(tmp_path: Path, piece: str) -> None:
    """As a search would that begins anew at each character; in a file, lines may be names."""
    path = tmp_path / "large.txt"
    path.write_text(piece * (1_000_000 // len(piece)))
    start = time.process_time()
    with pytest.raises(ValueError, match="need"):
        parse_kernel(path.read_text())
    with pytest.raises(ValueError, match="need"):
        read_kernel_file(path)
    assert time.process_time() - start < 10
