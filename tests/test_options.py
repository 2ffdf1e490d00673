"""The options: what they mean alone and together, and the one line on what a user can get wrong."""

import json
import re
from itertools import cycle
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from conftest import ROOT, Capture, error_of, noise

from convolutions import main
from filtering.borders import BORDERS
from filtering.options import is_fast
from kernels import KERNELS


@pytest.mark.parametrize(("border", "flip"), list(zip(BORDERS, cycle([True, False]), strict=False)))
def test_the_saved_result_is_filter2ds(photo: Path, tmp_path: Path, border: str, flip: bool) -> None:
    arguments = ["-i", str(photo), "--no-window", "--border", border, "-k", "sobel_x", "motion_blur"]
    assert main([*arguments, *["--flip"] * flip, "-o", str(tmp_path), "--method", "fast"]) == 0
    gray, saved = (
        cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) for path in (photo, tmp_path / "photo_sobel_x.png")
    )
    assert gray is not None
    padded = cv2.copyMakeBorder(gray, 1, 1, 1, 1, BORDERS[border].opencv)  # filter2D refuses to wrap
    kernel = -KERNELS["sobel_x"] if flip else KERNELS["sobel_x"]
    assert np.array_equal(np.asarray(saved), cv2.filter2D(padded, -1, kernel)[1:-1, 1:-1])


def test_signed_results_have_zero_as_middle_grey(photo: Path, tmp_path: Path) -> None:
    arguments = ["-i", str(photo), "--no-window", "--signed", "-k", "sobel_x", "-o", str(tmp_path)]
    assert main([*arguments, "--method", "fast"]) == 0
    saved = cv2.imread(str(tmp_path / "photo_sobel_x.png"), cv2.IMREAD_GRAYSCALE)
    assert saved is not None
    assert 126 <= np.median(saved) <= 130


@pytest.mark.parametrize(
    ("shape", "method", "chosen"),
    [((40, 60), "auto", "naive"), ((1, 500_001), "auto", "fast"), ((40, 60), "fast", "fast")],
)
def test_methods(tmp_path: Path, capsys: Capture, shape: tuple[int, int], method: str, chosen: str) -> None:
    """The table, the sheet's heading and the JSON say what it was."""
    path = tmp_path / "image.png"
    cv2.imwrite(str(path), noise(*shape))
    assert main(["-i", str(path), "--no-window", "-k", "identity", "--method", method, "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["method"] == chosen
    assert f"[INFO] {shape[1]} x {shape[0]} pixels, method {chosen}\n" in err
    header = next(line for line in err.splitlines() if line.startswith("kernel"))
    assert ("convolve_fast" in header) == (chosen == "fast")


def test_auto_is_naive_up_to_500_000_pixels() -> None:
    for shape, fast in [((500, 1000), False), ((500, 1000, 3), False), ((500, 1001), True)]:
        assert is_fast(None, np.zeros(shape, np.uint8)) == is_fast("auto", np.zeros(shape, np.uint8)) == fast


def test_both_methods_save_the_same_pixels(photo: Path, tmp_path: Path) -> None:
    for method in ("naive", "fast"):
        arguments = ["-i", str(photo), "--no-window", "--color", "-k", "gaussian", "--method", method]
        assert main([*arguments, "-o", str(tmp_path / method)]) == 0
    name = "photo_gaussian.png"
    assert (tmp_path / "naive" / name).read_bytes() == (tmp_path / "fast" / name).read_bytes()


BAD: list[tuple[list[str], str]] = [
    (["-k", "sharpn"], "'sharpn' is no kernel name, file or matrix such as .*; names like it: sharpen$"),
    (["-k", "1 2; 3 4"], "kernel '1 2; 3 4': a kernel needs odd sides, got 2 x 2; filter2D"),
    (["-k", "./nowhere.txt"], "kernel './nowhere.txt' is no kernel name, file or matrix"),
    (["-k", "tests"], "kernel 'tests' is a folder, not a kernel"),
    (["-k", "sobel_x,sobel_y"], "names need to be separate words: sobel_x sobel_y$"),
    (["--fo\no"], r"unrecognized arguments: --fo\\no$"),
    (["--at", "5"], "argument --at: a pixel needs the form X,Y, such as 10,20, got '5'"),
    (["--at", "-1,5"], "X,Y of this 150 x 100 image needs to be between 0,0 and 149,99, got -1,5"),
    (["--border", "mirror"], "replicate, .*, wrap, got 'mirror', which is called reflect101 here$"),
    (["--border", "none"], "argument --border: border needs to be one of .*, wrap, got 'none'$"),
    (["-k", "0", "-1", "0", "-1", "5"], "one pair of double quotes, such as \"0 .*\", got '0 -1 0 -1 5'"),
    (["--image=--"], "an option needs a value, got --image=--$"),
    (["-i--"], "an option needs a value, got -i--$"),
    (["—border=zero"], "write --border with two hyphens, got —border=zero$"),
    (["-border", "zero"], "write --border with two hyphens, got -border$"),
    (["other.png"], "--image needs one file, in double quotes if its name has spaces, got other.png as"),
    (["sobel_x"], "a kernel is given by --kernel sobel_x$"),
    (["--at", "0,0", "7"], "the form X,Y, such as 10,20, got '0,0 7'$"),
    (["--method", "slow"], "argument --method: invalid choice: 'slow'"),
    (["--colour"], "unrecognized arguments: --colour; did you mean --color\\?$"),
    (["-k"], "expected at least one argument"),
    (["-i", ""], "argument -i/--image: a file or folder needs a name, got ''$"),
    (["--check", ""], "argument --check: a file or folder needs a name, got ''$"),
    (["--list"], "--list cannot be combined with --image"),
    (["--check", "mine.py:f", "--method", "auto"], "--check cannot be combined with --method"),
    (["--check", "mine.py:convolve", "--no-window", "--flip"], "--check cannot be combined with --flip"),
]


def test_bad_options(photo: Path, capsys: Capture) -> None:
    for arguments, message in BAD:
        assert main(["-i", str(photo), *arguments]) == 2
        assert re.search(message, error_of(capsys)), arguments


def test_an_option_that_means_nothing_is_refused_at_its_default_too(capsys: Capture) -> None:
    for arguments in (["--method", "auto"], ["--border", "replicate"]):
        assert main(["--list", *arguments]) == 2
        assert f"--list cannot be combined with {arguments[0]}" in error_of(capsys)


def test_no_image_names_a_sample(capsys: Capture) -> None:
    assert main([]) == 2
    required = "--image is required (try --image images/coffee.png)"
    assert error_of(capsys) == f"convolutions.py: error: {required}"
    assert main(["-k", "sobel_x", "photo.jpg"]) == 2  # a word of --kernel, here
    assert error_of(capsys).endswith("(try --image photo.jpg)")
    assert (ROOT / "images" / "coffee.png").exists()


def test_help(capsys: Capture) -> None:
    assert main(["--help"]) == 0
    assert "--border" in capsys.readouterr().out


def test_words_without_an_option(capsys: Capture) -> None:
    for word, message in {
        "photo.jpg": "an image is given by --image photo.jpg",
        "mine.py": "a function of yours is given by --check mine.py",
        "zoom": "unrecognized arguments: zoom",
    }.items():
        assert main([word]) == 2
        assert error_of(capsys) == f"convolutions.py: error: {message}"


def test_a_matrix_that_begins_with_a_minus(photo: Path, capsys: Capture) -> None:
    """It is no option, with spaces, without, and behind an equals sign."""
    for arguments in (["-k", "-1 0 1; -2 0 2; -1 0 1"], ["-k=-1,0,1"], ["-k", "-1,0,1"], ["-k", "-.5,1,-.5"]):
        assert main(["-i", str(photo), "--no-window", "--method", "fast", *arguments]) == 0
        assert "1 of 1 kernels match" in capsys.readouterr().out


PIXELS = [
    (["--at", "3,4"], {"x": 3, "y": 4}),
    (["--at", "3", "4"], {"x": 3, "y": 4}),
    (["--at", "3,", "4"], {"x": 3, "y": 4}),
    (["--at", "3,4", "--at", "5,6"], [{"x": 3, "y": 4}, {"x": 5, "y": 6}]),
    (["--at", "3,4", "5,6", "--at", "3,4"], [{"x": 3, "y": 4}, {"x": 5, "y": 6}]),
]


@pytest.mark.parametrize(("arguments", "pixels"), PIXELS)
def test_ways_to_write_pixels(
    photo: Path, tmp_path: Path, capsys: Capture, arguments: list[str], pixels: Any
) -> None:
    """PowerShell makes two words of 3,4. Of several pixels all are written out, saved, and in a list."""
    options = ["-i", str(photo), "--no-window", "-k", "sobel_x", "--json", "-o", str(tmp_path / "o")]
    options += ["--method", "fast"]
    assert main([*options, *arguments]) == 0
    out, err = capsys.readouterr()
    at = json.loads(out)["kernels"][0]["at"]
    assert isinstance(at, list) == isinstance(pixels, list)
    wanted, got = ([one] if isinstance(one, dict) else one for one in (pixels, at))
    assert wanted == [{"x": one["x"], "y": one["y"]} for one in got]
    for pixel in wanted:
        assert f"sobel_x at {pixel['x']},{pixel['y']}\n" in err
        assert (tmp_path / "o" / f"photo_sobel_x_at_{pixel['x']}_{pixel['y']}.png").exists()
