"""Images that programs have made: what is said of right ones, of ports with one mistake, and of others."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from conftest import ROOT, Capture, error_of, noise
from gallery import pixels, total, truncated
from test_gallery import found

from convolutions import main
from filtering.borders import BORDERS
from filtering.check import check_image
from filtering.compare import filter2d
from filtering.files import read_image

KERNEL = np.array([[3, -1, 2], [5, 6, -4], [1, -2, 4]]) / 8  # asymmetric, with sums from -222 to 765
WIDE = np.array([[1, 0, 3, -2, 1], [2, 5, 4, 1, 0], [-1, 0, 1, 3, 2]]) / 16
SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
SMOOTH = np.array([[1, 2, 0], [3, 4, 1], [0, 2, 3]]) / 16


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    """A gray photo of 150 x 231: a part of it is searched."""
    colour, _ = read_image(str(ROOT / "images" / "coffee.png"))
    return np.ascontiguousarray(cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY)[140:290, 200:431])


# ---- Right ones


SIZES = [("replicate", KERNEL), ("zero", WIDE), ("wrap", KERNEL[:1]), ("reflect101", KERNEL),
         ("reflect", np.ones((21, 21)) / 441), ("reflect", KERNEL)]  # fmt: skip


@pytest.mark.parametrize(("border", "kernel"), SIZES)
@pytest.mark.parametrize("signed", [False, True])
def test_a_right_image_matches(photo: np.ndarray, kernel: np.ndarray, border: str, signed: bool) -> None:
    made = filter2d(photo, kernel, border, signed=signed)
    for asked in (None, border):
        result = check_image(photo, kernel, made, asked)
        assert (result["verdict"], result["differing"], result["pixels"]) == ("matches", 0, photo.size)
        same = border == "reflect" and max(kernel.shape) == 3 and asked is None  # as replicate, the first
        assert f"(border {'replicate' if same else border})" in result["advice"]
        assert result["places"] == []


def test_in_colour_the_channels_are_checked_one_by_one() -> None:
    image = noise(40, 50, 3)
    assert check_image(image, KERNEL, filter2d(image, KERNEL, "wrap"))["verdict"] == "matches"
    made = np.dstack(
        [pixels(total(np.ascontiguousarray(image[..., n]), KERNEL[::-1, ::-1])) for n in range(3)]
    )
    assert found(check_image(image, KERNEL, made)) == {"orientation": "rotated180"}


def test_ties_are_no_mistakes(photo: np.ndarray) -> None:
    """filter2D adds up in float32: with random weights, sums near a half fall on either side."""
    kernel = np.random.default_rng(5).random((7, 7)) / 25
    assert check_image(photo, kernel, filter2d(photo, kernel))["verdict"] == "matches"


# ---- Ports with one mistake


def changed(made: np.ndarray, places: Any, pixels: Any) -> np.ndarray:
    made[places] = pixels
    return made


INNER = np.s_[1:-1, 1:-1]
# Of a 3 x 3 kernel the radius is 1: an image does not tell which was meant.
PORTS: dict[str, tuple[Any, dict[str, str]]] = {
    "truncates": (lambda g: truncated(total(g, KERNEL)), {"rounding": "truncate"}),
    "flipped": (lambda g: pixels(total(g, KERNEL[::-1, ::-1])), {"orientation": "rotated180"}),
    "wraps": (lambda g: np.rint(total(g, KERNEL)).astype(int).astype(np.uint8), {"range": "wrap-modulo-256"}),
    "absolute": (lambda g: pixels(abs(total(g, KERNEL))), {"range": "absolute-value"}),
    "adds 10": (lambda g: pixels(total(g, KERNEL) + 10), {"offset": "10"}),
    "shifted": (lambda g: np.roll(pixels(total(g, KERNEL, "wrap")), 1, axis=1), {"shift": "radius,0"}),
    "last row": (lambda g: changed(pixels(total(g, KERNEL)), -1, 0), {"not-computed": "last-row"}),
    "edge": (lambda g: changed(+g, INNER, pixels(total(g, KERNEL))[INNER]), {"border": "left-unfiltered"}),
    "a constant": (lambda g: pixels(total(g, KERNEL, "constant", constant_values=128)),
        {"border": "constant-128"}),
    "floats": (lambda g: total(g, KERNEL), {"rounding": "none", "range": "none", "dtype": "float64"}),
    "cropped": (lambda g: pixels(total(g, KERNEL))[1:-1, 1:-1], {"border": "cropped"}),
    "stride": (lambda g: pixels(total(g, KERNEL))[::2, ::2], {"stride": "2"}),
    "larger": (lambda g: np.pad(pixels(total(g, KERNEL)), 1), {"shape": "larger"}),
    "swapped sides": (lambda g: pixels(total(g, KERNEL)).T, {"shape": "transposed"}),
    "unchanged": (lambda g: g, {"result": "unchanged"}),
    "black": (lambda g: np.zeros_like(g), {"result": "black"}),
}  # fmt: skip


@pytest.mark.parametrize("name", PORTS)
def test_the_mistake_of_a_port_is_named(photo: np.ndarray, name: str) -> None:
    make, expected = PORTS[name]
    result = check_image(photo, KERNEL, make(photo))
    told = {aspect: value for aspect, value in found(result).items() if value not in BORDERS}
    assert told == expected, result["advice"]
    assert result["verdict"] == "explained", result["advice"]


def test_a_border_that_is_asked_for_is_binding(photo: np.ndarray) -> None:
    made = filter2d(photo, KERNEL, "zero")
    result = check_image(photo, KERNEL, made, "reflect101")
    assert (result["verdict"], found(result)) == ("explained", {"border": "zero"})
    assert 0 < result["differing"] < 2 * sum(photo.shape) + 1


def test_a_signed_result_that_was_cut_at_0_and_255_says_so(photo: np.ndarray) -> None:
    result = check_image(photo, KERNEL, filter2d(photo, KERNEL).astype(np.int16))
    assert found(result) == {"range": "saturate"}


# ---- No explanation


def test_21_wrong_pixels_are_named_with_their_places(photo: np.ndarray) -> None:
    made = filter2d(photo, KERNEL, "reflect101")
    places = [(3 + 7 * n, 5 + 11 * n) for n in range(21)]
    for y, x in places:
        made[y, x] ^= 64
    result = check_image(photo, KERNEL, made)
    assert (result["verdict"], result["differing"], found(result)) == ("unexplained", 21, {})
    assert result["places"] == [[x, y] for y, x in places]
    assert result["box"] == [5, 3, 225, 143]
    assert "21 of 34650 pixels differ from filter2D's (border reflect101), by up to 64" in result["advice"]


@pytest.mark.parametrize("place", [(0, 5), (75, 5)])
def test_one_wrong_pixel_is_no_mistake_of_the_border_and_no_noise(photo: np.ndarray, place: Any) -> None:
    made = filter2d(photo, SOBEL, "reflect101")
    made[place] ^= 1
    result = check_image(photo, SOBEL, made)
    assert (result["verdict"], found(result), result["places"]) == ("unexplained", {}, [[*place[::-1]]])
    assert result["differing"] == 1


def test_in_colour_a_pixel_counts_once() -> None:
    image = noise(40, 50, 3)
    made = filter2d(image, KERNEL)
    made[7, 9] ^= 32
    advice = check_image(image, KERNEL, made)["advice"]
    assert "1 of 2000 pixels differ" in advice
    assert "- 1 are inside, 0 within" in advice


@pytest.mark.parametrize(("kernel", "expected"), [(SMOOTH, {}), (SOBEL, {"range": "absolute-value"})])
def test_signed_responses_have_no_range_to_keep(
    photo: np.ndarray, kernel: np.ndarray, expected: dict[str, str]
) -> None:
    """Of a blur none is below 0: that it stops there is not seen."""
    made = np.abs(filter2d(photo, kernel, "wrap", signed=True))
    result = check_image(photo, kernel, made, "zero")
    assert found(result) == {"border": "wrap", **expected}
    assert "0..255" not in result["advice"]


def test_nothing_is_said_of_an_image_that_no_kernel_made(photo: np.ndarray) -> None:
    for made in (cv2.medianBlur(photo, 5), photo[::-1].copy()):
        result = check_image(photo, KERNEL, made)
        assert (result["verdict"], found(result)) == ("unexplained", {})
        assert len(result["places"]) == 100
    small = check_image(photo, KERNEL, photo[:100, :77].copy())  # of a size that no mistake gives
    assert (small["verdict"], "77 x 100" in small["advice"]) == ("unexplained", True)


@pytest.mark.parametrize(
    ("shape", "dtype", "words"),
    [
        ((9, 7, 3), np.uint8, r"shape \(9, 7, 3\)"),
        ((9, 7), complex, "complex128"),
        ((0, 7), np.uint8, r"\(0, 7\)"),
    ],
)
def test_what_is_no_result_is_refused(shape: tuple[int, ...], dtype: Any, words: str) -> None:
    with pytest.raises(ValueError, match=f"a result needs .*{words}"):
        check_image(noise(9, 7), KERNEL, np.zeros(shape, dtype))


# ---- The command line


@pytest.fixture
def files(photo: np.ndarray, tmp_path: Path) -> Path:
    cv2.imwrite(str(tmp_path / "photo.png"), photo)
    cv2.imwrite(str(tmp_path / "right.png"), filter2d(photo, KERNEL, "zero"))
    cv2.imwrite(str(tmp_path / "cut.png"), truncated(total(photo, KERNEL)))
    cv2.imwrite(str(tmp_path / "cut.jpg"), filter2d(photo, KERNEL), [cv2.IMWRITE_JPEG_QUALITY, 95])
    signed = filter2d(photo, KERNEL, signed=True)
    cv2.imwrite(str(tmp_path / "signed.png"), (signed.astype(np.int32) + 32768).astype(np.uint16))
    cv2.imwrite(str(tmp_path / "signed.tiff"), signed)
    turned = filter2d(photo, np.ascontiguousarray(KERNEL[::-1, ::-1]))
    cv2.imwrite(str(tmp_path / "turned.jpg"), turned, [cv2.IMWRITE_JPEG_QUALITY, 95])
    cv2.imwrite(str(tmp_path / "floats.tiff"), (signed + 0.4).astype(np.float32))
    cv2.imwrite(str(tmp_path / "colour.png"), noise(150, 231, 3))
    return tmp_path


TEXT = "3 -1 2; 5 6 -4; 1 -2 4 / 8"


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        (["right.png"], 0, "all 34650 pixels are filter2D's (border zero)"),
        (["cut.png"], 1, "It *truncates* where filter2D rounds."),
        (["signed.png", "--signed"], 0, "all 34650 pixels are filter2D's"),
        (["signed.tiff", "--signed"], 0, "all 34650 pixels are filter2D's"),
        (["cut.jpg"], 1, "JPEG changes pixels: save as PNG; filter2D's own pixels are "),
        (["turned.jpg"], 1, "save as PNG; nearest to it: it rotates the kernel by *180 degrees*"),
        (["floats.tiff", "--signed"], 2, "samples that are no whole numbers"),
        (["signed.png"], 2, "a result needs 8 bits, or with --signed 16"),
        (["right.png", "--signed"], 2, "a signed result has 16 bits"),
        (["colour.png"], 2, "add --color"),
        (["absent.png"], 2, "cannot read "),
    ],
)
def test_the_command_line(files: Path, capsys: Capture, options: list[str], status: int, said: str) -> None:
    target, *rest = options
    done = main(["--check", str(files / target), *rest, "--image", str(files / "photo.png"), "-k", TEXT])
    told = "".join(capsys.readouterr())
    assert (done, "Traceback" in told) == (status, False)
    assert said in " ".join(told.split())


def test_what_is_missing_is_said(files: Path, capsys: Capture) -> None:
    for options, said in [
        ("-i {0}/photo.png", "one kernel: name the kernel with -k, or ask --learn"),
        ("-i {0}/photo.png -k sharpen emboss", "one kernel"),
        ("-k sharpen", "--image"),
    ]:
        assert main(["--check", str(files / "right.png"), *options.format(files).split()]) == 2
        assert said in error_of(capsys)


def test_json_and_the_picture_but_not_over_a_kernel_file(files: Path, capsys: Capture) -> None:
    kernel = files / "cut_check.png"  # as the picture of cut.png is called
    kernel.write_text(TEXT.replace("; ", "\n"))
    command = ["--check", str(files / "cut.png"), "-i", str(files / "photo.png"), "-k", str(kernel), "--json"]
    assert main([*command, "-o", str(files)]) == 2
    assert "is an input" in capsys.readouterr().err
    assert kernel.read_text() == TEXT.replace("; ", "\n")
    assert main([*command, "-o", str(files / "out")]) == 1
    told = json.loads(capsys.readouterr().out)
    assert found(told) == {"rounding": "truncate"}
    assert len(told["places"]) == 100
    assert (files / "out" / "cut_check.png").exists()
