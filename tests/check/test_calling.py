"""How a function of unknown habits is called, and what is made of its result."""

import re
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from conftest import ROOT, noise
from gallery import FLOATS
from PIL import Image
from test_gallery import found

from filtering.check import check_function
from filtering.check.calling import (
    EXTRAS,
    LARGEST_RESULT,
    WAYS,
    Failure,
    Habit,
    Style,
    call,
    choose,
    raised,
    source_of,
    styles,
)

Array = np.ndarray


def habits(style: Style) -> list[str]:
    return [habit.name for habit in style.habits]


def filter2d(image: Any, kernel: Any) -> Array:
    """Right, under the border that OpenCV has by default."""
    return cv2.filter2D(np.ascontiguousarray(image), -1, np.array(kernel))


def returning(result: object) -> Style:
    """Return the style of a function that returns this."""
    return Style((), "", lambda image, kernel: result)


def function(parameters: str) -> Callable[..., Any]:
    """Make a function of these parameters."""
    names: dict[str, Any] = {}
    exec(f"def f({parameters}): return locals()", names)
    made: Callable[..., Any] = names["f"]
    return made


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ("kernel, image", "f(kernel, image)"),
        ("image, kernel, pad_size, mask_size", "f(image, kernel, kernel.shape[0] // 2, kernel.shape[0])"),
        ("a, b", "f(image, kernel)"),
        ("*args", "f(image, kernel)"),
        ("image, kernel=None", "f(image, kernel)"),
        ("image, *more", "f(image, kernel)"),
        ("kernel, image, *more", "f(kernel, image)"),
        ("image, padding, kernel", "f(image, kernel.shape[0] // 2, kernel)"),
        ("image, kernel, bias, mode", 'f(image, kernel, 0, "same")'),
        ("image, kernel, h, w", "f(image, kernel, image.shape[0], image.shape[1])"),
        ("image, kernel, kh, kw", "f(image, kernel, kernel.shape[0], kernel.shape[1])"),
        ("src, dst, kernel", "f(image, output, kernel)"),
        ("image, thing, stride", "f(image, kernel, 1)"),
        ("image, kernel, showImage", "f(image, kernel, False)"),
        ("image, kernel, mystery: bool", "f(image, kernel, False)"),
        ("image, kernel, *, verbose, pad=1", "f(image, kernel, verbose=False)"),
        ("image, kernel, padding_mode", 'f(image, kernel, "same")'),
        ("A_prev, W, b, hparameters", 'f(image, kernel, 0, {"stride": 1, "pad": kernel.shape[0] // 2})'),
        ("image, kernel, maximum", "f(image, kernel, 255)"),
    ],
)
def test_the_likeliest_call(parameters: str, text: str) -> None:
    assert styles(function(parameters), "f")[0].text == text


@pytest.mark.parametrize(
    ("parameters", "both"),
    [("image, kernel", False), ("image, thing", True), ("thing, image", True), ("thing, kernel", True)],
)
def test_orders(parameters: str, both: bool) -> None:
    """Two names leave no doubt; one does."""
    orders = [style.text for style in styles(function(parameters), "f") if style.way == WAYS[0]]
    assert orders == ["f(image, kernel)", "f(kernel, image)"][: 1 + both]


def test_what_is_passed() -> None:
    image, kernel = noise(4, 6), np.ones((3, 5))
    given = styles(function("kernel, image, pad, out"), "f")[0].call(image, kernel)
    assert given["image"] is image
    assert given["kernel"] is kernel
    assert given["pad"] == 1
    assert given["out"].shape == (4, 6)
    layers = next(style for style in styles(function("a, b"), "f") if style.text.endswith("[0, 0]"))
    assert layers.call(image, kernel)["b"].shape == (1, 1, 3, 5)
    assert layers.image_in(image[None, None]).shape == (4, 6)
    assert styles(function("kernel, image, p"), "f")[0].habits == (
        Habit("kernel-first"), Habit("extra", "p=kernel.shape[0] // 2"),
    )  # fmt: skip
    assert styles(max, "max")[0].text == "max(image, kernel)"  # written in C, it does not say what it takes


def test_no_argument_is_of_two_kinds() -> None:
    """The entry that takes the most of a name counts: then the order of the tables means nothing."""
    assert len({way.cost for way in WAYS}) == len(WAYS)
    names = "stride padding padding_mode b bias ksize kernel_size k n h w kh out output out_h img_out norm"
    for name in (names + " normalize show save_path hparameters max").split():
        ends = sorted(match.end() for extra in EXTRAS if (match := re.match(extra.names, name)))
        assert ends[-2:-1] != ends[-1:], name


def test_the_first_call_that_gives_an_image_is_taken() -> None:
    inputs = [(noise(9, 12), np.ones((3, 3)))]

    def kernel_first(a: Array, b: Array) -> Array:
        return np.zeros((b.shape[0] - a.shape[0], b.shape[1] - a.shape[1]))

    assert habits(choose(styles(kernel_first, "f"), inputs)) == ["kernel-first"]
    assert habits(choose(styles(lambda a, b: a[..., 0], "f"), inputs)) == ["colour-only"]
    assert habits(choose(styles(lambda a, b: np.asarray(a.convert("L")), "f"), inputs)) == ["pil-image"]
    assert habits(choose(styles(lambda a, b: None, "f"), inputs)) == []
    for more, names in [(4, []), (5, ["kernel-first"])]:  # a result may be larger by the kernel and one

        def larger(a: Array, b: Array, more: int = more) -> Array:
            return np.zeros((9 + more * (a.size > 9), 12))

        assert habits(choose(styles(larger, "f"), inputs)) == names


UNWRITTEN = """
import numpy as np
from filtering.check.calling import Style, call

image = np.random.default_rng(0).integers(0, 256, (60, 80), np.uint8)
style = Style((), "", lambda image, kernel: np.empty(image.shape, image.dtype))
for number, left in [(1, 48), (2, 89)]:
    assert np.mean(call(style, image, np.ones((3, 3)), number=number).output == left) > 0.9
"""


def test_memory_that_is_not_written_to_differs_from_call_to_call() -> None:
    """In a process of its own, as a checked function runs: which memory is free depends on all before."""
    subprocess.run([sys.executable, "-c", UNWRITTEN], cwd=ROOT, check=True)


@pytest.mark.parametrize(
    ("result", "what", "text"),
    [
        (7, "int", "returns an int instead of an array"),
        ("None", "str", "returns a str instead of an array"),
        (None, "None", "returns None instead of an array"),
        ([[1, 2], [3]], "list", "returns a list instead of an array"),
        ((), "tuple", "returns a tuple instead of an array"),
        (np.array([["a"]]), "", "returns an array of dtype <U1, which are no numbers"),
        (np.zeros((0, 3)), "", "returns an array of shape (0, 3)"),
        (np.array(5), "", "returns an array of shape ()"),
        (np.zeros(LARGEST_RESULT + 1, bool), "", f"returns an array of shape ({LARGEST_RESULT + 1},)"),
        (np.full((2, 2), np.nan), "nan", "returns nan (not a number)"),
        (np.full((2, 2), 1e302), "", "returns values of 1e+302, far beyond any sum of pixels"),
    ],
)
def test_results_that_are_no_images(result: object, what: str, text: str) -> None:
    trial = call(returning(result), noise(2, 2), np.ones((1, 1)))
    assert (trial.output, trial.failure) == (None, Failure("returned", text, what))


@pytest.mark.parametrize(
    ("result", "returned"),
    [
        (noise(3, 4).tolist(), "list"), (tuple(noise(3, 4)), "tuple"), ((noise(3, 4), "more"), "tuple"),
        ((noise(3, 4), noise(3, 4, seed=1)), "tuple"), (Image.fromarray(noise(3, 4)), "pil-image"),
    ],
)  # fmt: skip
def test_results_that_are(result: object, returned: str) -> None:
    trial = call(returning(result), noise(3, 4), np.ones((1, 1)))
    assert (trial.failure, trial.returned, trial.modified) == (None, returned, [])
    assert np.asarray(trial.output).tolist() == noise(3, 4).tolist()


def test_warnings_of_numpy_are_no_errors() -> None:
    """Where the user has turned warnings into exceptions."""
    style = Style((), "", lambda image, kernel: image / (kernel.sum() - 1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert call(style, noise(2, 2), np.ones((1, 1))).failure is None


def within_numpy(image: Array, kernel: Array) -> Array:
    return np.pad(image, -1)


def within_a_helper(image: Array, kernel: Array) -> Array:
    return within_numpy(image, kernel)


def test_the_innermost_line_of_the_checked_file() -> None:
    trial = call(Style((), "", within_a_helper), noise(2, 2), np.ones((1, 1)), Path(__file__))
    assert trial.failure is not None
    assert trial.failure.text.endswith(f" in line {within_numpy.__code__.co_firstlineno + 1}")


def test_changes_are_noted() -> None:
    def changing(image: Array, kernel: Array) -> Array:
        image[0, 0] += 1
        kernel[0, 0] = 5
        return image

    image, kernel = noise(2, 2), np.ones((1, 1))
    assert call(Style((), "", changing), image, kernel).modified == ["image", "kernel"]
    assert ((image == noise(2, 2)).all(), kernel.item()) == (True, 1)


class UnspeakableError(Exception):
    def __str__(self) -> str:
        raise TypeError("no words")


def of_opencv(call: Callable[[], object]) -> BaseException:
    with pytest.raises(cv2.error) as error:
        call()
    return error.value


OF_OPENCV: list[tuple[Callable[[], object], str]] = [
    (lambda: cv2.copyMakeBorder(np.eye(3), 1.0, 1, 1, 1, 1),  # type: ignore[call-overload]
     "cv2.error in copyMakeBorder: Argument 'top' is required to be an integer"),
    (lambda: cv2.filter2D(np.eye(3), -1, np.eye(3), borderType=9),
     "cv2.error in borderInterpolate: Unknown/unsupported border type"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "text"), OF_OPENCV)
def test_what_opencv_says_is_told_without_the_rest(call: Callable[[], object], text: str) -> None:
    assert raised(of_opencv(call), None).text == text


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (UnspeakableError(), "exception", "UnspeakableError"),
        (EOFError("Ran out of input"), "exception", "EOFError: Ran out of input"),
        (EOFError("EOF when reading a line"), "asks", "asks with `input()`, which a check cannot answer"),
        (RuntimeError("a MemoryError was caught"), "exception", "RuntimeError: a MemoryError was caught"),
        (type("ArrayMemoryError", (MemoryError,), {})(), "memory", "ArrayMemoryError"),
        (ValueError("two\n  lines: "), "exception", "ValueError: two lines"),
        (ValueError("x" * 188), "exception", "ValueError: " + "x" * 188),
        (ValueError("x" * 189), "exception", "ValueError: " + "x" * 185 + "..."),
    ],
)
def test_exceptions_are_told_in_a_short_line(error: BaseException, kind: str, text: str) -> None:
    failure = raised(error, None)
    assert (failure.kind, failure.text) == (kind, text)


def test_the_source_is_the_whole_file() -> None:
    text, line = source_of(within_a_helper)
    assert text == Path(__file__).read_text("utf-8")
    assert text.splitlines()[line - 1].startswith("def within_a_helper")
    assert source_of(len) == source_of(function("x")) == ("", 0)


# Functions as people have them, each with what is found about its arguments. They call filter2d.


def fills_with_sums(image: Array, kernel: Array, result: Array) -> None:
    result[:] = cv2.filter2D(image, cv2.CV_64F, kernel)


def colour_of_pillow(image: Any, kernel: Array) -> Array:
    width, height = image.size
    red = [[image.getpixel((x, y))[0] for x in range(width)] for y in range(height)]
    return np.dstack([filter2d(np.array(red, np.uint8), kernel)] * 3)


def pixels_in_a_dictionary(image: dict[str, Any], kernel: list[list[float]], boundary: str) -> dict[str, Any]:
    pixels = np.array(image["pixels"], np.uint8).reshape(image["height"], image["width"])
    return image | {"pixels": filter2d(pixels, kernel).ravel().tolist()}


def batch_forward(x: Array, w: Array, b: Array, conv_param: dict[str, int]) -> tuple[Array, Any]:
    assert conv_param["stride"] == 1
    return np.array([[filter2d(x[0, 0], w[0, 0]) + b[0]]]).astype(np.uint8), (x, w, b)


def channels_summed(image: Array, kernel: Array) -> Array:
    assert image.shape[0] == kernel.shape[0]
    channels: Array = np.sum([filter2d(*pair) for pair in zip(image, kernel, strict=True)], axis=0)
    return channels.astype(np.uint8)


def several_filters(image: Array, filters: Array) -> Array:
    assert image.ndim == 2
    number, _, _ = filters.shape
    return np.stack([filter2d(image, filters[i]) for i in range(number)], axis=-1)


def colour_by_its_shape(image: Array, kernel: Array) -> Array:
    _, _, channels = image.shape
    return np.dstack([filter2d(image[:, :, c], kernel) for c in range(channels)])


FLAG, FILLED = {"arguments": "flag"}, {"arguments": "output-array"}
CALLS: list[tuple[Callable[..., Any], dict[str, str]]] = [
    (lambda image, kernel, visualise: filter2d(image, kernel)[visualise is not False :], FLAG),
    (lambda image, kernel, return_image: filter2d(image, kernel) if return_image else None, FLAG),
    (lambda image, kernel, stride, debug: filter2d(image, kernel)[:: stride * (1 + bool(debug))],
     {"arguments": "extra and flag"}),
    (lambda image, kernel, dst: cv2.filter2D(np.asarray(image), -1, kernel, dst), FILLED),
    (lambda im, f, filtersize: filter2d(im, f)[len(f) - filtersize :], {"arguments": "extra"}),
    (lambda path, kernel: filter2d(cv2.imread(path, 0), kernel), {"arguments": "file-name"}),
    (lambda kernel, filename: filter2d(cv2.imread(filename), kernel),
     {"arguments": "kernel-first and file-name"}),
    (fills_with_sums, FLOATS | FILLED),
    (colour_of_pillow, {"arguments": "pil-image"}),
    (pixels_in_a_dictionary, {"arguments": "dictionary and extra", "dtype": "int64"}),
    (batch_forward, {"arguments": "layers and extra", "returns": "tuple"}),
    (channels_summed, {"arguments": "layers"}),
    (several_filters, {"arguments": "layers"}),
    (colour_by_its_shape, {"arguments": "colour-only"}),
]  # fmt: skip


@pytest.mark.parametrize(("called", "expected"), CALLS)
def test_functions_as_people_have_them(called: Callable[..., Any], expected: dict[str, str]) -> None:
    result = check_function(called)
    expected = expected | {"border": "reflect101"}
    verdict = "explained" if len(expected) > 1 else "matches"
    assert (result["verdict"], found(result)) == (verdict, expected)


@pytest.mark.filterwarnings("error")
def test_no_warning_about_outputs() -> None:
    assert check_function(lambda image, kernel: np.full(image.shape, -np.inf))["verdict"] == "unexplained"
