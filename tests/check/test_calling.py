"""How a function of unknown habits is called, and what is made of its result."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from conftest import noise
from gallery import FLOATS
from PIL import Image
from test_gallery import found

from filtering.check import calling, check_function
from filtering.check.calling import WAYS, Failure, Habit, Style, Trial, choose, raised, styles

Array = np.ndarray
ONE = np.ones((1, 1))


def filter2d(image: Any, kernel: Any) -> Array:
    """Right, under the border that OpenCV has by default."""
    return cv2.filter2D(np.ascontiguousarray(image), -1, np.array(kernel))


def call(function: Callable[..., Any], image: Array, kernel: Array = ONE) -> Trial:
    return calling.call(Style((), "", function), image, kernel)


def function(parameters: str) -> Callable[..., Any]:
    names: dict[str, Any] = {}
    exec(f"def f({parameters}): return locals()", names)
    made: Callable[..., Any] = names["f"]
    return made


def test_the_likeliest_call() -> None:
    for parameters, text in [
        ("a, b", "f(image, kernel)"),
        ("*args", "f(image, kernel)"),
        ("kernel, image, *more", "f(kernel, image)"),
        ("f, g, size", "f(image, kernel, kernel.shape[0])"),
        ("image, thing, stride", "f(image, kernel, 1)"),
        ("image, kernel, *, verbose, pad=1", "f(image, kernel, verbose=False)"),
        ("A_prev, W, b, hparameters", 'f(image, kernel, 0, {"stride": 1, "pad": kernel.shape[0] // 2})'),
        ("src, dst, kernel, maximum, mystery: bool, padding_mode, mask_size",
         'f(image, output, kernel, 255, False, "same", kernel.shape[0])'),
        ("image, kernel, h, w, kh, kw",
         "f(image, kernel, image.shape[0], image.shape[1], kernel.shape[0], kernel.shape[1])"),
    ]:  # fmt: skip
        assert styles(function(parameters), "f")[0].text == text, parameters


def test_one_name_leaves_a_doubt() -> None:
    for parameters in ["image, thing", "thing, image", "thing, kernel"]:
        orders = [style.text for style in styles(function(parameters), "f") if style.way == WAYS[0]]
        assert orders == ["f(image, kernel)", "f(kernel, image)"], parameters


def test_what_is_filled_is_of_pixels_if_it_can_be() -> None:
    def fill(image: Array, kernel: Array, output: Array) -> None:
        output[:] = image * kernel

    image = np.array([[0, 7, 255]], np.uint8)
    for weight, dtype in [(1, "uint8"), (0.3, "float64"), (2, "float64")]:
        assert styles(fill, "fill")[0].call(image, np.array([[weight]])).dtype == dtype


def test_what_is_passed() -> None:
    image, kernel = noise(4, 6), np.ones((3, 5))
    style = styles(function("kernel, image, pad, out"), "f")[0]
    given = style.call(image, kernel)
    assert (given["image"] is image, given["kernel"] is kernel, given["pad"]) == (True, True, 1)
    assert given["out"].shape == (4, 6)
    assert style.habits[:2] == (Habit("kernel-first"), Habit("extra", "pad=kernel.shape[0] // 2"))
    assert styles(max, "max")[0].text == "max(image, kernel)"  # written in C, it does not say what it takes


def test_the_first_call_that_gives_an_image_is_taken() -> None:
    for called, habits in [
        (lambda a, b: np.zeros((b.shape[0] - a.shape[0], b.shape[1] - a.shape[1])), ["kernel-first"]),
        (lambda a, b: a[..., 0], ["colour-only"]),
        (lambda a, b: None, []),
        (lambda a, b: np.zeros((9 + 4 * (a.size > 9), 12)), []),  # larger by the kernel and one
        (lambda a, b: np.zeros((9 + 5 * (a.size > 9), 12)), ["kernel-first"]),
    ]:
        style = choose(styles(called, "f"), [(noise(9, 12), np.ones((3, 3)))])
        assert [habit.name for habit in style.habits] == habits, called


def test_results_that_are_no_images() -> None:
    most = calling.LARGEST_RESULT
    for result, what, text in [
        (7, "int", "an int instead of an array"),
        (None, "None", "None instead of an array"),
        ([[1, 2], [3]], "list", "a list instead of an array"),
        (np.array([["a"]]), "", "an array of dtype <U1, which are no numbers"),
        (np.zeros((0, 3)), "", "an array of shape (0, 3)"),
        (np.array(5), "", "an array of shape ()"),
        (np.zeros(most + 1, bool), "", f"an array of shape ({most + 1},)"),
        (np.full((2, 2), np.nan), "nan", "nan (not a number)"),
        (np.full((2, 2), 1e302), "", "values of 1e+302, far beyond any sum of pixels"),
    ]:
        trial = call(lambda image, kernel, result=result: result, noise(2, 2))
        assert (trial.output, trial.failure) == (None, Failure("returned", f"returns {text}", what))


def test_results_that_are() -> None:
    for result, returned in [
        (noise(3, 4).tolist(), "list"), (tuple(noise(3, 4)), "tuple"), ((noise(3, 4), "more"), "tuple"),
        ((noise(3, 4), noise(3, 4, seed=1)), "tuple"), (Image.fromarray(noise(3, 4)), "pil-image"),
    ]:  # fmt: skip
        trial = call(lambda image, kernel, result=result: result, noise(3, 4))
        assert (trial.failure, trial.returned, trial.modified) == (None, returned, []), result
        assert np.asarray(trial.output).tolist() == noise(3, 4).tolist(), result


@pytest.mark.filterwarnings("error")
def test_warnings_of_numpy_are_no_errors() -> None:
    """Where the user has turned warnings into exceptions; nor are there any about outputs."""
    assert call(lambda image, kernel: image / (kernel.sum() - 1), noise(2, 2)).failure is None
    assert check_function(lambda image, kernel: np.full(image.shape, -np.inf))["verdict"] == "unexplained"


def test_functions_without_a_source() -> None:
    assert calling.source_of(len) == calling.source_of(function("x")) == ("", 0)


def test_changes_are_noted() -> None:
    image, kernel = noise(1, 1), np.ones((1, 1))
    trial = call(lambda image, kernel: np.add(np.add(image, 1, out=image), kernel, out=kernel), image, kernel)
    assert (trial.modified, image.item(), kernel.item()) == (["image", "kernel"], noise(1, 1).item(), 1)


def test_exceptions_are_told_in_a_short_line() -> None:
    for error, kind, text in [
        (type("Unspeakable", (Exception,), {"__str__": None})(), "exception", "Unspeakable"),
        (EOFError("Ran out of input"), "exception", "EOFError: Ran out of input"),
        (EOFError("EOF when reading a line"), "asks", "asks with `input()`, which a check cannot answer"),
        (RuntimeError("a MemoryError was caught"), "exception", "RuntimeError: a MemoryError was caught"),
        (type("ArrayMemoryError", (MemoryError,), {})(), "memory", "ArrayMemoryError"),
        (ValueError("two\n  lines: "), "exception", "ValueError: two lines"),
        (ValueError("x" * 188), "exception", "ValueError: " + "x" * 188),
        (ValueError("x" * 189), "exception", "ValueError: " + "x" * 185 + "..."),
    ]:
        failure = raised(error, None)
        assert (failure.kind, failure.text) == (kind, text), error


def test_what_opencv_says_is_told_without_the_rest() -> None:
    for opencv, text in [
        (lambda image, kernel: cv2.copyMakeBorder(image, 1.0, 1, 1, 1, 1),  # type: ignore[call-overload]
         "copyMakeBorder: Argument 'top' is required to be an integer"),
        (lambda image, kernel: cv2.filter2D(image, -1, np.eye(3), borderType=9),
         "borderInterpolate: Unknown/unsupported border type"),
    ]:  # fmt: skip
        failure = call(opencv, noise(3, 3)).failure
        assert (failure and failure.text) == f"cv2.error in {text}"


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


def several_filters(image: Array, filters: Array) -> Array:
    assert image.ndim == 2
    return np.stack([filter2d(image, one) for one in filters], axis=-1)


FILLED = {"arguments": "output-array"}
CALLS: list[tuple[Callable[..., Any], dict[str, str]]] = [
    (lambda image, kernel, return_image: filter2d(image, kernel) if return_image else None,
     {"arguments": "flag"}),
    (lambda image, kernel, stride, debug: filter2d(image, kernel)[:: stride * (1 + bool(debug))],
     {"arguments": "extra and flag"}),
    (lambda image, kernel, dst: cv2.filter2D(np.asarray(image), -1, kernel, dst), FILLED),
    (lambda im, f, filtersize: filter2d(im, f)[len(f) - filtersize :], {"arguments": "extra"}),
    (lambda kernel, filename: filter2d(cv2.imread(filename), kernel),
     {"arguments": "kernel-first and file-name"}),
    (fills_with_sums, FLOATS | FILLED),
    (colour_of_pillow, {"arguments": "pil-image"}),
    (pixels_in_a_dictionary, {"arguments": "dictionary and extra", "dtype": "int64"}),
    (batch_forward, {"arguments": "layers and extra", "returns": "tuple"}),
    (several_filters, {"arguments": "layers"}),
    (lambda image, kernel: np.dstack([filter2d(image[..., c], kernel) for c in range(image.shape[2])]),
     {"arguments": "colour-only"}),
]  # fmt: skip


@pytest.mark.parametrize(("called", "expected"), CALLS)
def test_functions_as_people_have_them(called: Callable[..., Any], expected: dict[str, str]) -> None:
    result = check_function(called)
    assert (result["verdict"], found(result)) == ("explained", expected | {"border": "reflect101"})
