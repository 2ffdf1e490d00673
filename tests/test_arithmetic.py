"""--at: the printed terms add up to the pixel, wherever it is and whatever the options."""

import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Capture, noise
from oracle import pixel

from convolutions import convolve, main
from filtering.arithmetic import arithmetic_at, arithmetic_data, arithmetic_text
from filtering.borders import BORDERS
from filtering.compare import compare
from kernels import KERNELS

PLACES = ["0,0", "149,99", "75,40", "1,98"]
OPTIONS = [[], ["--flip"], ["--signed"], ["--color"], ["--color", "--flip", "--signed"]]


def check_block(block: str, signed: bool) -> None:
    """Add up a printed block of arithmetic by what it says alone."""
    terms = re.findall(r"(\d+)\*\(?(-?[\d.e-]+)\)?", block)
    total = sum((int(value) * Fraction(weight) for value, weight in terms), Fraction(0))
    (stated,) = re.findall(r"^  = (-?[\d.]+)", block, re.MULTILINE)
    assert abs(total - Fraction(stated)) < Fraction(1, 10**9)
    divisor = re.findall(r"^  / (\d+) = ", block, re.MULTILINE) or ["1"]
    ends = r"  convolve_fast (-?\d+), filter2D (-?\d+)(|, which differs|, a tie)\n$"
    ((ours, opencv, apart),) = re.findall(ends, block)
    assert int(ours) == pixel(total / int(divisor[0]), signed)
    assert (opencv == ours) == (apart == "")  # at a half, filter2D's float32 may go the other way


@pytest.mark.parametrize(("border", "options"), list(zip(BORDERS, OPTIONS, strict=True)))
def test_the_terms_add_up(photo: Path, border: str, options: list[str], capsys: Capture) -> None:
    kernels = ["small_blur", "sobel_x", "gaussian", "-1 0.5 1/3", "0.123 -4 9.5; 1 2 3; 0 0 0.7"]
    arguments = ["-i", str(photo), "--no-window", "--border", border, "--at", *PLACES, *options]
    assert main([*arguments, "--method", "fast", "-k", *kernels]) == 0
    out = capsys.readouterr().out
    blocks = re.findall(r"^\S+(?:, (?:blue|green|red))? at .*\n(?:  .*\n)+", out, re.MULTILINE)
    assert len(blocks) == len(kernels) * len(PLACES) * (3 if "--color" in options else 1)
    for block in blocks:
        check_block(block, "--signed" in options)


def test_the_window_beside_the_kernel() -> None:
    image = np.array([[10, 20, 30], [40, 50, 60], [70, 80, 95]], np.uint8)
    kernel = np.array([[1, 0, -1], [0, 9, 0], [-10, 0, 1]]) / 9
    lines = arithmetic_text(compare(image, kernel, name="mine", convolve=convolve), 0, 2).splitlines()
    assert lines[:2] == ["mine at 0,2", "  [40]  40   50        1    0   -1"]
    assert lines[3:5] == [
        "  [70] [70] [80]     -10    0    1   / 9",
        "  [ ] is past the edge: border replicate",
    ]
    assert lines[5:7] == ["    40*1 + 40*0 + 50*(-1)", "  + 70*0 + 70*9 + 80*0"]
    inside = arithmetic_text(compare(image, [[1, 2, 1]]), 1, 1).splitlines()  # and no divisor
    assert inside[1:3] == ["  40  50  60      1  2  1", "    40*1 + 50*2 + 60*1"]


def test_rounding_and_saturation_in_words() -> None:
    """What saturates and what just fits; the ninth decimal decides what is halfway."""
    endings: list[tuple[int, float, bool, str]] = [
        (255, 1.0, False, "= 255\n  convolve 255, filter2D 255"),
        (254, 1.0078125, False, " = 255.984375\n  rounds to 256\n  saturates to 255, as pixels go from 0 to"),
        (1, -0.5, False, " = -0.5\n  rounds to 0 (halfway: to the even one)\n  convolve 0, filter2D 0"),
        (1, -1.0, False, "= -1\n  saturates to 0, as pixels go from 0 to 255\n"),
        (128, 256.0, True, "= 32768\n  saturates to 32767, as pixels go from -32768 to 32767\n"),
        (3, 0.5, False, "/ 2 = 1.5\n  rounds to 2 (halfway: to the even one)\n"),
        (1, 0.5 + 3e-10, False, "= 0.5...\n  rounds to 0 (halfway: to the even one)\n"),
        (1, 0.5 + 7e-10, False, "= 0.500000001...\n  rounds to 1\n"),
    ]
    for value, weight, signed, ending in endings:
        result = compare(np.full((1, 1), value, np.uint8), [[weight]], "zero", signed=signed)
        assert ending in arithmetic_text(result, 0, 0)


def test_a_tie_is_told_from_a_difference(coffee: np.ndarray) -> None:
    """One half in 13 x 13 goes through filter2D's Fourier transform, which may round it to either side."""
    tie = compare(coffee, np.pad([[0.5]], 6), "reflect101")
    assert tie.first is not None
    assert arithmetic_text(tie, *tie.first).endswith(", a tie")
    wrong = compare(coffee, [[1]], convolve=lambda image, *_, **__: image // 2)
    assert arithmetic_text(wrong, 3, 4).endswith(", which differs")


@pytest.mark.parametrize("channels", [(), (3,)])
def test_as_data(channels: tuple[int, ...]) -> None:
    image = noise(9, 8, *channels)
    mixed = np.array([[1, 0.123456789, 2]])
    for kernel, divisor, kind in [(KERNELS["gaussian"], 256, "i"), (mixed, 1, "f")]:
        at: dict[str, Any] = arithmetic_data(compare(image, kernel), 0, 7)
        assert list(at) == ["x", "y", "window", "weights", "divisor", "sum", "convolve", "filter2d"]
        assert (at["x"], at["y"], at["divisor"]) == (0, 7, divisor)
        assert np.array(at["window"]).shape == channels + kernel.shape
        assert np.array(at["sum"]).dtype.kind == kind
        sums = np.sum(np.array(at["window"]) * np.array(at["weights"]), axis=(-2, -1))
        assert sums == pytest.approx(at["sum"], rel=1e-15)
        assert at["convolve"] == at["filter2d"] == np.rint(sums / divisor).clip(0, 255).tolist()


def test_outside_of_the_image(coffee: np.ndarray) -> None:
    for x, y in [(0, 100), (0, -1), (150, 0), (-1, 0)]:
        with pytest.raises(ValueError, match=f"image needs to be between 0,0 and 149,99, got {x},{y}$"):
            arithmetic_at(compare(coffee, [[1]]), x, y)


def test_up_to_49_weights_are_written_out() -> None:
    short = "a window of 1 x 51 = 51 pixels, 5 of them past the edge (border replicate),"
    for shape, asterisks in [((7, 7), 49), ((1, 51), 1)]:
        text = arithmetic_text(compare(noise(9, 60), np.ones(shape)), 20, 4)
        assert (text.count("*"), short in text) == (asterisks, asterisks == 1)
