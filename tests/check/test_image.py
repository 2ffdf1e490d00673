"""Images that programs have made: what is said of right ones, of ports with one mistake, and of others."""

import json
import shlex
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from conftest import Capture, noise
from gallery import FLOATS, pixels, total, truncated
from test_gallery import found

from convolutions import main
from filtering.borders import BORDERS
from filtering.check import check_image
from filtering.compare import filter2d

KERNEL = np.array([[3, -1, 2], [5, 6, -4], [1, -2, 4]]) / 8  # asymmetric, with sums from -222 to 765
WIDE = np.array([[1, 0, 3, -2, 1], [2, 5, 4, 1, 0], [-1, 0, 1, 3, 2]]) / 16
SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
SMOOTH = np.array([[1, 2, 0], [3, 4, 1], [0, 2, 3]]) / 16
Array = np.ndarray  # of which coffee is one of 100 x 150: a part of it is searched


def test_a_right_image_matches(coffee: Array) -> None:
    for border, kernel, signed, told in [
        ("replicate", KERNEL, False, "replicate"),
        ("zero", WIDE, True, "zero"),
        ("wrap", KERNEL[:1], False, "wrap"),
        ("reflect101", KERNEL, True, "reflect101"),
        ("reflect", np.ones((21, 21)) / 441, False, "reflect"),
        ("reflect", KERNEL, True, "replicate"),  # as far as a 3 x 3 kernel reaches, it is the same
    ]:
        made = filter2d(coffee, kernel, border, signed=signed)
        for asked, name in ((None, told), (border, border)):
            result = check_image(coffee, kernel, made, asked)
            assert (result["verdict"], result["differing"], result["pixels"]) == ("matches", 0, coffee.size)
            assert f"(border {name})" in result["advice"], border
            assert result["places"] == [], border


def test_in_colour_the_channels_are_checked_one_by_one() -> None:
    """But a pixel counts once."""
    image = noise(40, 50, 3)
    made = filter2d(image, KERNEL, "wrap")
    assert check_image(image, KERNEL, made)["verdict"] == "matches"
    made[7, 9] ^= 32
    advice = check_image(image, KERNEL, made)["advice"]
    assert ("1 of 2000 pixels differ" in advice, "- 1 are inside, 0 within" in advice) == (True, True)
    turned = [pixels(total(image[..., channel], KERNEL[::-1, ::-1])) for channel in range(3)]
    assert found(check_image(image, KERNEL, np.dstack(turned))) == {"orientation": "rotated180"}


def test_ties_are_no_mistakes(coffee: Array) -> None:
    """filter2D adds up in float32: with random weights, sums near a half fall on either side."""
    kernel = np.random.default_rng(9).random((7, 7)) / 25
    assert check_image(coffee, kernel, filter2d(coffee, kernel))["verdict"] == "matches"
    turned = check_image(coffee, kernel, filter2d(coffee, kernel[::-1, ::-1]))
    assert found(turned) == {"orientation": "rotated180"}


# Of a 3 x 3 kernel the radius is 1: an image does not tell which was meant.
PORTS: dict[str, tuple[Any, dict[str, str]]] = {
    "shifted": (lambda g: np.roll(pixels(total(g, KERNEL, "wrap")), 1, axis=1), {"shift": "radius,0"}),
    "last row": (
        lambda g: np.vstack([pixels(total(g, KERNEL))[:-1], 0 * g[:1]]),
        {"not-computed": "last-row"},
    ),
    "edge": (lambda g: np.pad(pixels(total(g, KERNEL))[1:-1, 1:-1], 1), {"border": "left-unfiltered"}),
    "medians": (lambda g: pixels(total(g, KERNEL, "median")), {"border": "unknown"}),
    "floats": (lambda g: total(g, KERNEL), FLOATS),
    "cropped": (lambda g: pixels(total(g, KERNEL))[1:-1, 1:-1], {"border": "cropped"}),
    "stride": (lambda g: pixels(total(g, KERNEL))[::2, ::2], {"stride": "2"}),
    "larger": (lambda g: np.pad(pixels(total(g, KERNEL)), 1), {"shape": "larger"}),
    "swapped sides": (lambda g: pixels(total(g, KERNEL)).T, {"shape": "transposed"}),
    "black": (lambda g: np.zeros_like(g), {"result": "black"}),
    "cut": (lambda g: filter2d(g, KERNEL).astype(np.int16), {"range": "saturate"}),  # though it is signed
}


@pytest.mark.parametrize("name", PORTS)
def test_the_mistake_of_a_port_is_named(coffee: Array, name: str) -> None:
    make, expected = PORTS[name]
    result = check_image(coffee, KERNEL, make(coffee))
    told = {aspect: value for aspect, value in found(result).items() if value not in BORDERS}
    verdict = "partly" if "unknown" in expected.values() else "explained"
    assert (told, result["verdict"]) == (expected, verdict), result["advice"]


def test_a_border_that_is_asked_for_is_binding(coffee: Array) -> None:
    for border, asked in [("zero", "reflect101"), ("edge", "reflect")]:
        made = truncated(total(coffee, KERNEL, border.replace("zero", "constant")))
        result = check_image(coffee, KERNEL, made, asked)
        told = {"border": "zero"} if border == "zero" else {}
        assert (result["verdict"], found(result)) == ("explained", {"rounding": "truncate"} | told)
        assert result["differing"] == np.count_nonzero(made != filter2d(coffee, KERNEL, asked))


def test_signed_responses_have_no_range_to_keep(coffee: Array) -> None:
    """Of a blur none is below 0: that it stops there is not seen."""
    for kernel, expected in [(SMOOTH, {}), (SOBEL, {"range": "absolute-value"})]:
        made = np.abs(filter2d(coffee, kernel, "wrap", signed=True))
        result = check_image(coffee, kernel, made, "zero")
        assert found(result) == {"border": "wrap", **expected}, kernel
        assert "0..255" not in result["advice"], kernel


@pytest.mark.parametrize(("x", "y", "by"), [(5, 0, 64), (5, 0, 1), (np.r_[5:150:7], np.r_[3:85:4], 64)])
def test_wrong_pixels_are_no_border_and_no_noise(coffee: Array, x: Any, y: Any, by: int) -> None:
    made = filter2d(coffee, SOBEL, "reflect101")
    made[y, x] ^= by
    result, places = check_image(coffee, SOBEL, made), np.column_stack([x, y])
    assert (result["verdict"], result["differing"], found(result)) == ("unexplained", len(places), {})
    assert result["places"] == places.tolist()
    assert result["box"] == [*places.min(axis=0), *places.max(axis=0)]
    says = f"{len(places)} of 15000 pixels differ from filter2D's (border reflect101), by up to {by},"
    assert says in result["advice"]


def test_nothing_is_said_of_an_image_that_no_kernel_made(coffee: Array) -> None:
    """But for its size."""
    median = cv2.medianBlur(coffee, 5)
    for made, told in ((median, {}), (coffee[::-1], {}), (median[::2, ::2], {"stride": "2"})):
        result = check_image(coffee, KERNEL, made)
        assert (result["verdict"], found(result), len(result["places"])) == ("unexplained", told, 100)
    small = check_image(coffee, KERNEL, coffee[:70, :77])  # of a size that no mistake gives
    assert (small["verdict"], "77 x 70" in small["advice"]) == ("unexplained", True)


def test_what_is_no_result_is_refused() -> None:
    for made, words in [(noise(9, 7, 3), "shape"), (1j * noise(9, 7), "complex128"), (noise(0, 7), "shape")]:
        with pytest.raises(ValueError, match=f"a result needs .*{words}"):
            check_image(noise(9, 7), KERNEL, made)


# ---- The command line

TEXT = "3 -1 2; 5 6 -4; 1 -2 4 / 8"
MADE_OF = f"--image photo.png -k '{TEXT}' "


def signed(gray: Array) -> Array:
    return filter2d(gray, KERNEL, signed=True)


def above_0(gray: Array) -> Array:
    return (signed(gray).astype(np.int32) + 32768).astype(np.uint16)


def test_the_command_line(photo: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    cases: list[tuple[str, Any, str, int, str]] = [
        ("made.png", lambda g: filter2d(g, KERNEL, "zero"), MADE_OF, 0, "filter2D's (border zero)"),
        ("made.png", lambda g: truncated(total(g, KERNEL)), MADE_OF, 1, "It *truncates* where filter2D"),
        ("made.png", above_0, MADE_OF + "--signed", 0, "all 15000 pixels are filter2D's"),
        ("made.tiff", signed, MADE_OF + "--signed", 0, "all 15000 pixels are filter2D's"),
        ("made.jpg", lambda g: filter2d(g, KERNEL), MADE_OF, 1, "save as PNG; filter2D's own pixels are "),
        ("made.jpg", lambda g: filter2d(g, KERNEL[::-1, ::-1]), MADE_OF, 1,
         "JPEG changes pixels: save as PNG; nearest to it: it rotates the kernel by *180 degrees*"),
        ("made.tiff", lambda g: np.float32(0.4) + signed(g), MADE_OF + "--signed", 2, "no whole numbers"),
        ("made.png", above_0, MADE_OF, 2, "a result needs 8 bits, or with --signed 16"),
        ("made.png", np.copy, MADE_OF + "--signed", 2, "a signed result has 16 bits"),
        ("made.png", lambda g: noise(*g.shape, 3), MADE_OF, 2, "add --color"),
        ("absent.jp2", None, MADE_OF, 2, "cannot read "),
        ("absent.png", None, MADE_OF + "--signed", 2, "cannot read absent.png: no such file"),
        ("absent.png", None, "-i photo.png", 2, "one kernel: name the kernel with -k, or ask --learn"),
        ("absent.png", None, "-k sharpen", 2, "--image"),
    ]  # fmt: skip
    for file, make, options, status, said in cases:
        monkeypatch.chdir(photo.parent)
        if make is not None:
            cv2.imwrite(file, make(cv2.imread("photo.png", cv2.IMREAD_GRAYSCALE)))
        done = main(["--check", file, *shlex.split(options)])
        out, error = capsys.readouterr()
        assert (done, error.count("\n")) == (status, int(status == 2)), said
        assert said in " ".join((out + error).split())


def test_json_and_the_picture_but_not_over_a_kernel_file(photo: Path, coffee: Array, capsys: Capture) -> None:
    cut, kernel = photo.with_name("cut.png"), photo.with_name("cut_check.png")  # as the picture is called
    cv2.imwrite(str(cut), truncated(total(coffee, KERNEL)))
    kernel.write_text(TEXT.replace("; ", "\n"))
    command = ["--check", str(cut), "-i", str(photo), "-k", str(kernel), "--json", "-o"]
    assert main([*command, str(photo.parent)]) == 2
    assert "is an input" in capsys.readouterr().err
    assert main([*command, str(photo.parent / "out")]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (found(told), len(told["places"])) == ({"rounding": "truncate"}, 100)
    assert (photo.parent / "out" / "cut_check.png").exists()
