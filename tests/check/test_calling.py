"""How a function of unknown habits is called, and what is made of its result."""

import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from conftest import noise
from test_gallery import found as found_in

from filtering.check import check_function
from filtering.check.calling import (
    EXTRAS,
    LARGEST_RESULT,
    WAYS,
    Failure,
    Habit,
    Style,
    as_array,
    call,
    choose,
    raised,
    source_of,
    styles,
)
from filtering.check.edges import crops, fit_to, real, straightened
from filtering.check.probes import Probe
from filtering.check.runner import _death

Array = np.ndarray


def filter2d(image: Any, kernel: Array) -> Array:
    """Right, under the border that OpenCV has by default."""
    return cv2.filter2D(np.ascontiguousarray(image), -1, kernel)


def function(parameters: str) -> Callable[..., Any]:
    """Make a function of these parameters."""
    names: dict[str, Any] = {}
    exec(f"def f({parameters}): return locals()", names)
    made: Callable[..., Any] = names["f"]
    return made


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ("image, kernel", "f(image, kernel)"),
        ("kernel, image", "f(kernel, image)"),
        ("k, im", "f(kernel, image)"),
        ("image, kernel, border=1", "f(image, kernel)"),
        ("image, kernel, pad_size, mask_size", "f(image, kernel, kernel.shape[0] // 2, kernel.shape[0])"),
        ("a, b", "f(image, kernel)"),
        ("*args", "f(image, kernel)"),
        ("image, kernel=None", "f(image, kernel)"),
        ("image=None, kernel=None, border=1", "f(image, kernel)"),
        ("image, *more", "f(image, kernel)"),
        ("image, padding, kernel", "f(image, kernel.shape[0] // 2, kernel)"),
        ("size, image, kernel", "f(kernel.shape[0], image, kernel)"),
        ("image, kernel, stride", "f(image, kernel, 1)"),
        ("image, kernel, padding", "f(image, kernel, kernel.shape[0] // 2)"),
        ("image, kernel, bias, mode", 'f(image, kernel, 0, "same")'),
        ("image, kernel, ksize", "f(image, kernel, kernel.shape[0])"),
        ("image, kernel, h, w", "f(image, kernel, image.shape[0], image.shape[1])"),
        ("image, kernel, kh, kw", "f(image, kernel, kernel.shape[0], kernel.shape[1])"),
        ("image, kernel, out", "f(image, kernel, output)"),
        ("src, dst, kernel", "f(image, output, kernel)"),
        ("in_data, out_data, filt", "f(image, output, kernel)"),
        ("image, thing, stride", "f(image, kernel, 1)"),
        ("image, kernel, showImage", "f(image, kernel, False)"),
        ("image, kernel, normalize", "f(image, kernel, False)"),
        ("image, kernel, norm", "f(image, kernel, 1)"),
        ("image, kernel, mystery: bool", "f(image, kernel, False)"),
        ("image, kernel, *, verbose, pad=1", "f(image, kernel, verbose=False)"),
        ("image, kernel, padding_mode", 'f(image, kernel, "same")'),
        ("A_prev, W, b, hparameters", 'f(image, kernel, 0, {"stride": 1, "pad": kernel.shape[0] // 2})'),
        ("image, kernel, channels", "f(image, kernel, 1)"),
        ("image, kernel, maximum", "f(image, kernel, 255)"),
    ],
)
def test_the_likeliest_call(parameters: str, text: str) -> None:
    assert styles(function(parameters), "f")[0].text == text


@pytest.mark.parametrize(
    ("parameters", "orders"),
    [
        ("image, kernel", ["f(image, kernel)"]),
        ("kernel, image", ["f(kernel, image)"]),
        ("image, thing", ["f(image, kernel)", "f(kernel, image)"]),
        ("thing, image", ["f(image, kernel)", "f(kernel, image)"]),
        ("thing, kernel", ["f(image, kernel)", "f(kernel, image)"]),
    ],
)
def test_orders(parameters: str, orders: list[str]) -> None:
    """Two names leave no doubt; one does."""
    found = styles(function(parameters), "f")
    assert [style.text for style in found if style.way == WAYS[0]] == orders


def test_what_is_passed() -> None:
    image, kernel = noise(4, 6), np.ones((3, 5))
    given = styles(function("kernel, image, pad, out"), "f")[0].call(image, kernel)
    assert given["image"] is image
    assert given["kernel"] is kernel
    assert given["pad"] == 1
    assert given["out"].shape == (4, 6)
    by_text = {style.text: style for style in styles(function("a, b"), "f")}
    assert by_text["f(np.dstack([image] * 3), kernel)"].call(image, kernel)["a"].shape == (4, 6, 3)
    assert by_text["f(Image.fromarray(image), kernel)"].call(image, kernel)["a"].size == (6, 4)
    assert by_text["f(image.tolist(), kernel.tolist())"].call(image, kernel)["a"] == image.tolist()
    layers = by_text["f(image[None, None], kernel[None, None])[0, 0]"]
    assert layers.call(image, kernel)["b"].shape == (1, 1, 3, 5)
    assert layers.image_in(image[None, None]).shape == (4, 6)
    assert by_text["f(kernel, image)"].names == ["kernel-first"]
    assert styles(function("kernel, image, p"), "f")[0].habits == (
        Habit("kernel-first"), Habit("extra", "p=kernel.shape[0] // 2"),
    )  # fmt: skip


def test_no_argument_is_of_two_kinds() -> None:
    """The entry that takes the most of a name counts: then the order of the tables means nothing."""
    assert len({way.cost for way in WAYS}) == len(WAYS)
    names = [
        "stride",
        "padding",
        "padding_mode",
        "b",
        "bias",
        "ksize",
        "kernel_size",
        "k",
        "n",
        "h",
        "w",
        "kh",
    ]
    names += [
        "out",
        "output",
        "out_h",
        "img_out",
        "normalize",
        "norm",
        "show",
        "save_path",
        "hparameters",
        "max",
    ]
    for name in names:
        matches = [re.match(extra.names, name) for extra in EXTRAS]
        ends = sorted(match.end() for match in matches if match)
        assert ends[-2:-1] != ends[-1:], name


def test_a_file_to_read(tmp_path: Path) -> None:
    def convolve(path: str, kernel: Array) -> Array:
        return filter2d(cv2.imread(path, 0), kernel)

    style = choose(styles(convolve, "convolve"), [(noise(9, 12), np.ones((3, 3)))])
    assert (style.names, style.text) == (["file-name"], "convolve(path, kernel)")
    assert np.array_equal(style.call(noise(9, 12), np.eye(3)), filter2d(noise(9, 12), np.eye(3)))


def test_the_first_call_that_gives_an_image_is_taken() -> None:
    inputs = [(noise(9, 12), np.ones((3, 3)))]

    def kernel_first(a: Array, b: Array) -> Array:
        return np.zeros((b.shape[0] - a.shape[0], b.shape[1] - a.shape[1]))

    assert choose(styles(kernel_first, "f"), inputs).names == ["kernel-first"]
    assert choose(styles(lambda a, b: a[..., 0], "f"), inputs).names == ["colour-only"]
    assert choose(styles(lambda a, b: np.asarray(a.convert("L")), "f"), inputs).names == ["pil-image"]
    assert choose(styles(lambda a, b: None, "f"), inputs).names == []

    def kernel_first_of_channels(a: Array, b: Array) -> Array:
        return np.zeros((b.shape[0] - a.shape[0], b.shape[1] - a.shape[1], 3))

    assert choose(styles(kernel_first_of_channels, "f"), inputs).names == ["kernel-first"]
    for more, names in [(4, []), (5, ["kernel-first"])]:  # a result may be larger by the kernel and one

        def larger(a: Array, b: Array, more: int = more) -> Array:
            return np.zeros((9 + more * (a.size > 9), 12))

        assert choose(styles(larger, "f"), inputs).names == names


def test_memory_that_is_not_written_to_differs_from_call_to_call() -> None:
    style = Style((), "", lambda image, kernel: np.empty(image.shape, image.dtype))
    for number, left in [(1, 48), (2, 89)]:
        output = call(style, noise(60, 80), np.ones((3, 3)), number=number).output
        assert output is not None
        assert np.mean(output == left) > 0.9


@pytest.mark.parametrize(
    ("result", "what", "text"),
    [
        (None, "None", "returns None instead of an array"),
        (7, "int", "returns an int instead of an array"),
        ("None", "str", "returns a str instead of an array"),
        ([[1, 2], [3]], "list", "returns a list instead of an array"),
        ([1, 2], "list", "returns a list instead of an array"),
        ((), "tuple", "returns a tuple instead of an array"),
        (np.array([["a"]]), "", "returns an array of dtype <U1, which are no numbers"),
        (np.zeros((0, 3)), "", "returns an array of shape (0, 3)"),
        (np.array(5), "", "returns an array of shape ()"),
        (np.zeros(LARGEST_RESULT + 1, bool), "", f"returns an array of shape ({LARGEST_RESULT + 1},)"),
        (np.full((2, 2), np.nan), "nan", "returns nan (not a number)"),
    ],
)
def test_results_that_are_no_images(result: object, what: str, text: str) -> None:
    trial = call(Style((), "", lambda image, kernel: result), noise(2, 2), np.ones((1, 1)))
    assert (trial.output, trial.failure) == (None, Failure("returned", text, what))


@pytest.mark.parametrize(
    ("result", "returned"),
    [
        (np.ones((2, 2)), "array"),
        (np.ones((2, 2), bool), "array"),
        (np.zeros(LARGEST_RESULT, bool), "array"),
        ([[1, 2], [3, 4]], "list"),
        (((1, 2), (3, 4)), "tuple"),
        ((np.ones((2, 2)), "more"), "tuple"),
    ],
)
def test_results_that_are(result: object, returned: str) -> None:
    trial = call(Style((), "", lambda image, kernel: result), noise(2, 2), np.ones((1, 1)))
    assert (trial.failure, trial.returned, trial.modified) == (None, returned, [])


@pytest.mark.parametrize(
    "result",
    [tuple(noise(3, 4)), list(noise(3, 4)), (noise(3, 4), "more"), (noise(3, 4), noise(3, 4, seed=1))],
)
def test_rows_or_an_image_and_more(result: object) -> None:
    trial = call(Style((), "", lambda image, kernel: result), noise(3, 4), np.ones((1, 1)))
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


@pytest.mark.parametrize("failing", [within_numpy, within_a_helper])
def test_the_innermost_line_of_the_checked_file(failing: Callable[..., Any]) -> None:
    trial = call(Style((), "", failing), noise(2, 2), np.ones((1, 1)), Path(__file__))
    assert trial.failure is not None
    assert trial.failure.text.endswith(f" in line {within_numpy.__code__.co_firstlineno + 1}")


def test_changes_and_exceptions_are_noted() -> None:
    def changing(image: Array, kernel: Array) -> Array:
        image[0, 0] += 1
        kernel[0, 0] = 5
        return image

    image, kernel = noise(2, 2), np.ones((1, 1))
    trial = call(Style((), "", changing), image, kernel)
    assert trial.modified == ["image", "kernel"]
    assert (image == noise(2, 2)).all()
    assert kernel == 1

    def failing(image: Array, kernel: Array) -> Array:
        raise SystemExit("no")

    here = failing.__code__.co_firstlineno + 1
    trial = call(Style((), "", failing), image, kernel, Path(__file__))
    assert trial.failure == Failure("exception", f"SystemExit: no in line {here}", "SystemExit", "no")
    trial = call(Style((), "", failing), image, kernel)
    assert trial.failure == Failure("exception", "SystemExit: no", "SystemExit", "no")


class UnspeakableError(Exception):
    def __str__(self) -> str:
        raise TypeError("no words")


def test_an_exception_without_words() -> None:
    assert raised(UnspeakableError(), None) == Failure("exception", "UnspeakableError", "UnspeakableError")


def test_the_end_of_a_file_is_no_question() -> None:
    assert raised(EOFError("Ran out of input"), None).kind == "exception"
    assert raised(EOFError("EOF when reading a line"), None).kind == "asks"


def test_exceptions_are_told_in_a_short_line() -> None:
    assert raised(ValueError(), None).text == "ValueError"
    assert raised(ValueError("two\n  lines: "), None).text == "ValueError: two lines"
    assert raised(ValueError("x" * 188), None).text == "ValueError: " + "x" * 188
    assert raised(ValueError("x" * 189), None).text == "ValueError: " + "x" * 185 + "..."


def test_the_kind_of_an_exception_is_that_of_its_type() -> None:
    """NumPy's MemoryError is one; a message that names it is none."""
    with pytest.raises(MemoryError) as caught:
        np.ones((2**28, 2**28), np.uint8)
    assert raised(caught.value, None).kind == "memory"
    assert raised(RuntimeError("a MemoryError was caught"), None).kind == "exception"


def test_other_kinds_of_arrays() -> None:
    from PIL import Image

    array, kind = as_array(Image.fromarray(noise(3, 4)))
    assert (kind, array.tolist()) == ("pil-image", noise(3, 4).tolist())
    assert real(np.array([[True, False]])).dtype == np.uint8
    assert real(np.array([1 + 5e-7j])).dtype == np.float64
    assert real(np.array([1 + 2e-6j])).dtype == np.complex128


def helper(x: int) -> int:
    return x


def with_helper(x: int) -> int:
    return helper(x)


def test_the_source_is_the_whole_file() -> None:
    text, line = source_of(with_helper)
    assert text == Path(__file__).read_text("utf-8")
    assert text.splitlines()[line - 1].startswith("def with_helper")


def test_a_function_without_a_source() -> None:
    made: dict[str, Any] = {}
    exec("def helper(x): return x", made)
    assert source_of(len) == source_of(made["helper"]) == ("", 0)


def test_a_function_that_does_not_say_what_it_takes() -> None:
    """Written in C, for instance."""
    assert styles(max, "max")[0].text == "max(image, kernel)"


@pytest.mark.parametrize(
    ("more", "fits"),
    [
        ((0, 0), True), ((-2, -4), True), ((-3, -5), True), ((-4, -6), True), ((-1, -1), True),
        ((-1, -2), True), ((-2, -2), True), ((2, 4), True), ((4, 6), True), ((4, 8), True), ((2, 2), True),
        ((3, 5), True), ((1, 1), False), ((-3, -3), False), ((2, -4), False), ((5, 5), False),
    ],
)  # fmt: skip
def test_outputs_of_other_sizes(more: tuple[int, int], fits: bool) -> None:
    """What a 3 x 5 kernel may leave out or add: once or twice its reach, one pixel, two, or both."""
    probe = Probe(noise(12, 16), np.ones((3, 5)))
    output = np.arange((12 + more[0]) * (16 + more[1]), dtype=float).reshape(12 + more[0], 16 + more[1])
    fitted = fit_to(probe, output)
    assert (fitted is not None) == fits
    if fitted is not None:
        assert fitted.shape == (12, 16)
        top, left = (abs(extra) // 2 for extra in more)
        if more[0] < 0:
            assert fitted[top, left] == 0
            assert np.isnan(fitted).sum() == 12 * 16 - output.size
        else:
            assert fitted[0, 0] == output[top, left]


SHAPES: dict[str, tuple[str, Callable[[Array], Array]]] = {
    "as it is": ("same", lambda image: image),
    "one axis more": ("extra-axis", lambda image: image[..., np.newaxis]),
    "equal channels": ("three-channels", lambda image: np.dstack([image] * 3)),
    "other channels": ("another", lambda image: np.dstack([image, image, ~image])),
    "padded": ("larger", lambda image: np.pad(image, 1)),
    "cropped": ("same", lambda image: image[1:-1, 1:-1]),
    "cropped, equal channels": ("three-channels", lambda image: np.dstack([image[1:-1, 1:-1]] * 3)),
    "four channels": ("another", lambda image: np.dstack([image] * 4)),
    "a part": ("another", lambda image: image[:5]),
}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("size", [(9, 14), (14, 9)])
def test_shapes(name: str, size: tuple[int, int]) -> None:
    shape, made = SHAPES[name]
    results = [(probe, made(probe.image)) for probe in [Probe(noise(*size), np.ones((3, 3)))] * 6]
    told, cases, odd = straightened(results)
    assert told == shape
    assert len(cases) == 6 * (shape != "another")
    assert len(cases) + len(odd) == 6
    assert all((output == probe.image)[1:-1, 1:-1].all() for probe, output in cases)
    assert crops(results) == name.startswith(("cropped", "a part"))


@pytest.mark.parametrize(
    "made", [lambda image: image[1:-1, 1:-1], lambda image: np.pad(image, 1)], ids=["smaller", "larger"]
)
def test_a_few_results_of_another_size(made: Callable[[Array], Array]) -> None:
    """They are exceptions, and not the rule."""
    tried = [Probe(noise(9, 14), np.ones((3, 3))) for _ in range(6)]
    results = [(probe, made(probe.image) if probe in tried[:2] else probe.image) for probe in tried]
    told, cases, others = straightened(results)
    assert (told, len(cases), len(others)) == ("same", 4, 2)
    assert all(np.array_equal(output, probe.image) for probe, output in cases)


def test_channels_under_a_kernel_of_1_x_1() -> None:
    results = [
        (probe, np.dstack([probe.image, ~probe.image]))
        for probe in [Probe(noise(9, 14), np.ones((1, 1)))] * 6
    ]
    assert straightened(results)[:2] == ("another", [])


def test_transposed_shapes() -> None:
    results = [(probe, probe.image.T) for probe in [Probe(noise(9, 14), np.ones((3, 3)))] * 6]
    assert straightened(results)[0] == "another"
    told, cases, _ = straightened(results, transposed=True)
    assert told == "transposed"
    assert np.array_equal(cases[0][1], noise(9, 14))


@pytest.mark.parametrize(
    ("status", "kind", "text"),
    [
        (0, "ended", "ended Python itself, with exit status 0"),
        (3, "ended", "ended Python itself, with exit status 3"),
        (-9, "crashed", "crashed Python (SIGKILL) (out of memory?)"),
        (-11, "crashed", "crashed Python (SIGSEGV)"),
        (-99, "crashed", "crashed Python (signal 99)"),
    ],
)
def test_how_a_child_died(status: int, kind: str, text: str) -> None:
    assert _death(status) == Failure(kind, text)


# Functions as people have them, each with what is found about its arguments. They call filter2d.


def with_a_flag(image: Array, kernel: Array, visualise: bool) -> Array:
    assert visualise is False
    return filter2d(image, kernel)


def with_a_flag_that_must_be_set(image: Array, kernel: Array, return_image: Any) -> Array | None:
    return filter2d(image, kernel) if return_image else None


def with_a_flag_and_a_stride(image: Array, kernel: Array, stride: int, debug: Any) -> Array:
    return filter2d(image, kernel)[:: stride * (1 + bool(debug))]


def with_a_default(image: Array, kernel: Array, verbose: bool = True) -> Array:
    assert verbose
    return filter2d(image, kernel)


def fills(src: Array, dst: Array, kernel: Array) -> None:
    dst[:] = filter2d(src, kernel)


def fills_and_returns(image: Array, kernel: Array, out: Array) -> Array:
    out[...] = filter2d(image, kernel)
    return out


def fills_with_sums(image: Array, kernel: Array, result: Array) -> None:
    result[:] = cv2.filter2D(image, cv2.CV_64F, kernel)


def fills_pixels(image: Array, kernel: Array, dst: Array) -> None:
    cv2.filter2D(np.asarray(image), -1, kernel, dst)


def with_the_size_of_its_filter(im: Array, f: Array, filtersize: int) -> Array:
    assert filtersize == len(f)
    return filter2d(im, f)


def colour_of_pillow(image: Any, kernel: Array) -> Array:
    width, height = image.size
    red = [[image.getpixel((x, y))[0] for x in range(width)] for y in range(height)]
    return np.dstack([filter2d(np.array(red, np.uint8), kernel)] * 3)


def pixels_in_a_dictionary(image: dict[str, Any], kernel: list[list[float]], boundary: str) -> dict[str, Any]:
    pixels = np.array(image["pixels"], np.uint8).reshape(image["height"], image["width"])
    return image | {"pixels": filter2d(pixels, np.array(kernel)).ravel().tolist()}


def weights_in_a_row(image: dict[str, Any], kernel: list[float]) -> dict[str, Any]:
    side = round(len(kernel) ** 0.5)
    return pixels_in_a_dictionary(image, np.reshape(kernel, (side, side)).tolist(), "zero")


def takes_and_ignores(image: Array, kernel: Array, output: Array) -> Array:
    return filter2d(image, kernel)


def batch_forward(x: Array, w: Array, b: Array, conv_param: dict[str, int]) -> tuple[Array, Any]:
    assert conv_param["stride"] == 1
    out = np.zeros((x.shape[0], w.shape[0], *x.shape[2:]))
    for n in range(x.shape[0]):
        for f in range(w.shape[0]):
            out[n, f] = filter2d(x[n, 0], w[f, 0]) + b[f]
    return out.astype(np.uint8), (x, w, b)


def channels_first(image: Array, kernel: Array) -> Array:
    channels, height, width = image.shape
    out = np.zeros((channels, height, width), np.uint8)
    for c in range(channels):
        out[c] = filter2d(image[c], kernel)
    return out


def channels_summed(image: Array, kernel: Array) -> Array:
    assert image.shape[0] == kernel.shape[0]
    total = np.zeros(image.shape[1:])
    for c in range(image.shape[0]):
        total += filter2d(image[c], kernel[c])
    return total.astype(np.uint8)


def several_filters(image: Array, filters: Array) -> Array:
    height, width = image.shape
    number, _, _ = filters.shape
    out = np.zeros((height, width, number), np.uint8)
    for i in range(number):
        out[:, :, i] = filter2d(image, filters[i])
    return out


def channels_last(a_prev: Array, w: Array, b: Array, hparameters: dict[str, int]) -> tuple[Array, Any]:
    m, height, width, _ = a_prev.shape
    out = np.zeros((m, height, width, w.shape[3]))
    for i in range(m):
        for c in range(w.shape[3]):
            out[i, :, :, c] = filter2d(a_prev[i, :, :, 0], w[:, :, 0, c]) + b[0, 0, 0, c]
    return out.astype(np.uint8), hparameters


def colour_by_the_last_axis(image: Array, kernel: Array) -> Array:
    r, g, b = image[..., 0], image[..., 1], image[..., 2]
    return np.stack([filter2d(r, kernel), filter2d(g, kernel), filter2d(b, kernel)], axis=-1)


def colour_by_its_shape(image: Array, kernel: Array) -> Array:
    height, width, channels = image.shape
    out = np.zeros((height, width, channels), np.uint8)
    for c in range(channels):
        out[:, :, c] = filter2d(image[:, :, c], kernel)
    return out


def any_image(image: Array, kernel: Array) -> Array:
    return colour_by_its_shape(image, kernel) if image.ndim == 3 else filter2d(image, kernel)


def reads_a_file(path: str, kernel: Array) -> Array:
    return filter2d(cv2.imread(path, cv2.IMREAD_GRAYSCALE), kernel)


def reads_a_colour_file(kernel: Array, filename: str) -> Array:
    return filter2d(cv2.imread(filename), kernel)


def opens_a_file(image_path: str, kernel: Array) -> Array:
    from PIL import Image

    with Image.open(image_path) as image:
        return filter2d(np.asarray(image.convert("L")), kernel)


def times_255(image: Array, kernel: Array) -> Array:
    return (cv2.filter2D(image, cv2.CV_64F, kernel) * 255).astype(np.uint8)


def from_0_to_1_and_back(image: Array, kernel: Array) -> Array:
    sums = cv2.filter2D(image / 255, cv2.CV_64F, kernel)
    return np.clip(np.rint(sums * 255), 0, 255).astype(np.uint8)


LAYERS, FILE = {"arguments": "layers"}, {"arguments": "file-name"}
COLOUR = {"arguments": "colour-only"}
NO_SQUARE = {"fails-on": "non-square kernel: ValueError: cannot reshape array of size 15 into shape (4,4)"}
CALLS: list[tuple[Callable[..., Any], dict[str, str]]] = [
    (with_a_flag, {"arguments": "flag"}),
    (with_a_flag_that_must_be_set, {"arguments": "flag"}),
    (with_a_flag_and_a_stride, {"arguments": "extra and flag"}),
    (with_a_default, {}),
    (fills, {"arguments": "output-array"}),
    (fills_and_returns, {"arguments": "output-array"}),
    (fills_with_sums, {"arguments": "output-array", "rounding": "none", "range": "none", "dtype": "float64"}),
    (fills_pixels, {"arguments": "output-array"}),
    (with_the_size_of_its_filter, {"arguments": "extra"}),
    (colour_of_pillow, {"arguments": "pil-image"}),
    (pixels_in_a_dictionary, {"arguments": "dictionary and extra", "dtype": "int64"}),
    (weights_in_a_row, {"arguments": "dictionary", "dtype": "int64"} | NO_SQUARE),
    (takes_and_ignores, {"arguments": "output-array"}),
    (batch_forward, LAYERS | {"returns": "tuple"} | {"arguments": "layers and extra"}),
    (channels_first, LAYERS),
    (channels_summed, LAYERS),
    (several_filters, LAYERS),
    (channels_last, {"arguments": "layers and extra", "returns": "tuple"}),
    (colour_by_the_last_axis, COLOUR),
    (colour_by_its_shape, COLOUR),
    (any_image, {}),
    (reads_a_file, FILE),
    (reads_a_colour_file, {"arguments": "kernel-first and file-name"}),
    (opens_a_file, FILE),
    (times_255, {"range": "expects-0..1", "conversion": "cast-to-uint8"}),
    (from_0_to_1_and_back, {}),
]


@pytest.mark.parametrize(("called", "expected"), CALLS, ids=[called.__name__ for called, _ in CALLS])
def test_functions_as_people_have_them(called: Callable[..., Any], expected: dict[str, str]) -> None:
    result = check_function(called)
    expected = expected | {"border": "reflect101"}
    assert (result["verdict"], found_in(result)) == (
        "explained" if len(expected) > 1 else "matches", expected,
    )  # fmt: skip
    advice = "".join(one["advice"] for one in result["findings"])
    assert "convolve(" not in advice.replace("def convolve(", "")
