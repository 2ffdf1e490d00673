"""The options: what they mean alone and together, and the one line on what a user can get wrong."""

import json
import re
from itertools import cycle
from pathlib import Path

import cv2
import numpy as np
import pytest
from conftest import Capture, error_of

from convolutions import main
from filtering.borders import BORDERS
from filtering.options import is_fast, parse_arguments
from kernels import KERNELS

FAST = ["--no-window", "--method", "fast"]


@pytest.mark.parametrize(("border", "flip"), list(zip(BORDERS, cycle([True, False]), strict=False)))
def test_the_saved_result_is_filter2ds(photo: Path, tmp_path: Path, border: str, flip: bool) -> None:
    arguments = ["-i", str(photo), *FAST, "--border", border, "-k", "sobel_x", "-o", str(tmp_path)]
    assert main([*arguments, "--signed"]) == main([*arguments, *["--flip"] * flip]) == 0
    paths = photo, tmp_path / "photo_sobel_x.png"
    gray, saved = (np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)) for path in paths)
    padded = cv2.copyMakeBorder(gray, 1, 1, 1, 1, BORDERS[border].opencv)  # filter2D refuses to wrap
    kernel = -KERNELS["sobel_x"] if flip else KERNELS["sobel_x"]
    assert np.array_equal(saved, cv2.filter2D(padded, -1, kernel)[1:-1, 1:-1])


def test_auto_is_naive_up_to_500_000_pixels() -> None:
    for shape, fast in [((500, 1000, 3), False), ((500, 1001), True)]:
        methods = [is_fast(method, np.zeros(shape)) for method in (None, "auto", "naive", "fast")]
        assert methods == [fast, fast, False, True]


BAD = [
    (["-k", "sharpn"], "'sharpn' is no kernel name, file or matrix such as .*; names like it: sharpen$"),
    (["-k", "0", "-1", "0", "-1", "5"], "one pair of double quotes, such as \"0 .*\", got '0 -1 0 -1 5'"),
    (["sobel_x"], "a kernel is given by --kernel sobel_x$"),
    (["--at", "0,0", "7"], "argument --at: a pixel needs the form X,Y, such as 10,20, got '0,0 7'$"),
    (["--at", "-1,5"], "X,Y of this 150 x 100 image needs to be between 0,0 and 149,99, got -1,5"),
    (["--border", "mirror"], "argument --border: .*, got 'mirror', which is called reflect101 here$"),
    (["--method", "slow"], "argument --method: invalid choice: 'slow'"),
    (["—border=zero"], "write --border with two hyphens, got —border=zero$"),
    (["-border", "zero"], "write --border with two hyphens, got -border$"),
    (["--fo\no"], r"unrecognized arguments: --fo\\no$"),
    (["--colour", "7"], "unrecognized arguments: --colour 7; did you mean --color\\?$"),
    (["--image=--"], "an option needs a value, got --image=--$"),
    (["-i--"], "an option needs a value, got -i--$"),
    (["-i", ""], "argument -i/--image: a file or folder needs a name, got ''$"),
    (["-o", ""], "argument -o/--output: a file or folder needs a name, got ''$"),
    (["other.png"], "--image needs one file, in double quotes if its name has spaces, got other.png as"),
    (["--check", ""], "argument --check: a file or folder needs a name, got ''$"),
    (["--check", "mine.py:convolve", "--no-window", "--flip"], "--check cannot be combined with --flip"),
    (["--list"], "--list cannot be combined with --image"),
]
WITHOUT_IMAGE = [
    ([], r"error: --image is required \(try --image images/coffee.png\)$"),
    (["-k", "sobel_x", "photo.jpg"], r"\(try --image photo.jpg\)$"),  # a word of --kernel, here
    (["photo.jpg"], "error: an image is given by --image photo.jpg$"),
    (["mine.py"], "error: a function of yours is given by --check mine.py$"),
    (["zoom"], "error: unrecognized arguments: zoom$"),
    (["--list", "--method", "auto"], "--list cannot be combined with --method"),  # at its default, too
]


def test_bad_options(photo: Path, capsys: Capture) -> None:
    for image, cases in ((["-i", str(photo)], BAD), ([], WITHOUT_IMAGE)):
        for arguments, message in cases:
            assert main([*image, *arguments]) == 2
            assert re.search(message, error_of(capsys)), arguments


def test_a_matrix_that_begins_with_a_minus(photo: Path, capsys: Capture) -> None:
    """It is no option, with spaces, without, and behind an equals sign."""
    arguments = ["-k", "-1 0 1; -2 0 2; -1 0 1", "-k=-1,0,2", "-k", "-1,0,3", "-.5,1,-.5"]
    assert main(["-i", str(photo), *FAST, *arguments]) == 0
    assert "4 of 4 kernels match" in capsys.readouterr().out


def test_ways_to_write_pixels() -> None:
    """PowerShell makes two words of 3,4."""
    for words in (["3,4", "5,6"], ["3", "4", "5,", "6"], ["3,4", "5,6", "--at", "3,4"]):
        assert parse_arguments(["-i", "a.png", "--at", *words]).at == [(3, 4), (5, 6)]


def test_pixels_are_written_out_and_saved(photo: Path, tmp_path: Path, capsys: Capture) -> None:
    """The JSON has one alone, or a list of several."""
    options = ["-i", str(photo), *FAST, "-k", "sobel_x", "--json", "-o", str(tmp_path)]
    for pixels in (["3,4"], ["3,4", "5,6"]):
        assert main([*options, "--at", *pixels]) == 0
        out, err = capsys.readouterr()
        data = json.loads(out)
        at = data["kernels"][0]["at"]
        found = [f"{one['x']},{one['y']}" for one in (at if len(pixels) > 1 else [at])]
        assert (data["method"], found) == ("fast", pixels)
        for pixel in pixels:
            assert f"sobel_x at {pixel}\n" in err
            assert (tmp_path / f"photo_sobel_x_at_{pixel.replace(',', '_')}.png").exists()
