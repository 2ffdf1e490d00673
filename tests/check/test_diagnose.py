"""Rules of the diagnosis beyond the gallery: what counts as an explanation, and the words for it."""

import functools
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import gallery
import numpy as np
import pytest
import strangers
from conftest import noise
from test_gallery import found

from convolutions import convolve
from filtering.check import check_function
from filtering.check.diagnose import WRONG, examine, split_target
from filtering.check.findings import NO_SOURCE, Finding, cannot_do, make
from filtering.check.kinds import KINDS, Group, exact_kinds
from filtering.check.mistakes import MISTAKES, Hypothesis
from filtering.check.probes import Probe, probes
from filtering.check.report import Examination
from filtering.check.search import Explanation, explain
from filtering.check.source import Source
from filtering.check.words import WORDS, remedy, sentence
from filtering.learn import learn_kernel
from filtering.model import ROUNDINGS, Length, Pixels, Rounding, Shift

Array = np.ndarray
Function = Callable[[Array, Array], Any]
right: Function = strangers.RIGHT["strided"]
sums: Callable[..., Any] = strangers.total
pixels: Callable[..., Any] = strangers.pixels


def test_rounding_up_is_one_finding_and_nothing_else() -> None:
    def ceil(image: Array, kernel: Array) -> Any:
        return np.clip(np.ceil(sums(image, kernel).round(9)), 0, 255).astype(np.uint8)

    def truncated_plus_one(image: Array, kernel: Array) -> Any:
        return np.clip(np.trunc(sums(image, kernel).round(9) + 1), 0, 255).astype(np.uint8)

    assert found(check_function(ceil)) == {"rounding": "ceil"}
    assert found(check_function(truncated_plus_one)) == {"offset": "1", "rounding": "truncate"}


def test_a_new_rounding_is_one_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    """--check and --learn find it, wherever it stands among the others."""

    def from_a_quarter(image: Array, kernel: Array) -> Any:
        return np.clip(np.floor(sums(image, kernel).round(9) + 0.75), 0, 255).astype(np.uint8)

    new = Rounding(
        lambda total, scale: (4 * total + 3 * scale) // (4 * scale), "it rounds *up from a quarter*"
    )
    others = list(ROUNDINGS.items())
    for entries in ([("from-a-quarter", new), *others], [*others[::-1], ("from-a-quarter", new)]):
        for name in list(ROUNDINGS):
            monkeypatch.delitem(ROUNDINGS, name)
        for name, rounding in entries:
            monkeypatch.setitem(ROUNDINGS, name, rounding)
        result = check_function(from_a_quarter)
        assert found(result) == {"rounding": "from-a-quarter"}
        assert "It rounds *up from a quarter*" in result["advice"]
        image, kernel = noise(60, 80), np.array([[1, 2, 3], [4, 6, 5], [9, 8, 7]]) / 45
        learned = learn_kernel(image, from_a_quarter(image, kernel))
        assert (learned.verdict, learned.rounding, learned.offset) == ("exact", "from-a-quarter", 0)


def test_rules_for_halves() -> None:
    def half_down(image: Array, kernel: Array) -> Any:
        return np.clip(np.ceil(sums(image, kernel) - 0.5), 0, 255).astype(np.uint8)

    def half_odd(image: Array, kernel: Array) -> Any:
        total = sums(image, kernel)
        nearest = np.where(total % 1 == 0.5, 2 * np.floor(total / 2) + 1, np.rint(total))
        return np.clip(nearest, 0, 255).astype(np.uint8)

    assert found(check_function(half_down)) == {"rounding": "half-down"}
    assert found(check_function(half_odd)) == {"rounding": "half-odd"}


def test_a_result_in_memory_that_is_used_again() -> None:
    memory = np.zeros((99, 99), np.uint8)

    def reusing(image: Array, kernel: Array) -> Any:
        part = memory[: image.shape[0], : image.shape[1]]
        part[...] = right(image, kernel)
        return part

    assert check_function(reusing)["verdict"] == "matches"


def test_a_result_that_changes_is_right_in_part() -> None:
    calls = Counter[bytes]()

    def forgetful(image: Array, kernel: Array) -> Any:
        key = image.tobytes() + kernel.tobytes()
        calls[key] += 1
        return right(image, kernel) if calls[key] < 3 else 255 - right(image, kernel)

    result = check_function(forgetful)
    assert (result["verdict"], found(result)) == ("partly", {"result": "not-repeatable"})


def test_sizes_that_fail_are_named() -> None:
    """A single odd result is no kind: it is told by its sizes, and the rest is true."""

    def odd(image: Array, kernel: Array) -> Any:
        return image if image.shape == (2, 3) else right(image, kernel)

    result = check_function(odd)
    assert result["verdict"] == "partly"
    assert found(result) == {"fails-on": "2 x 3 image with a 5 x 5 kernel: a wrong result"}


def test_few_results_are_no_story() -> None:
    def few(image: Array, kernel: Array) -> Any:
        if image.size > 13 * 13 or image.size < 12 * 12:
            raise ValueError
        return np.clip(sums(image, kernel), 0, 255).astype(np.uint8)

    result = check_function(few)
    assert result["verdict"] == "fails"
    assert found(result) == {"fails-on": "most images: ValueError"}


def test_all_is_better_than_all_but_some() -> None:
    """Under 3 x 3 kernels reflect is replicate; with a failure elsewhere, that is no simpler explanation."""

    def function(image: Array, kernel: Array) -> Any:
        if kernel.size == 1:
            raise ValueError("too small")
        return pixels(sums(image, np.flip(kernel), "symmetric"))

    assert found(check_function(function)) == {
        "orientation": "rotated180",
        "border": "reflect",
        "fails-on": "1 x 1 kernel: ValueError: too small",
    }


def test_a_stretch_that_is_a_little_off_is_not_explained() -> None:
    """Three decimals are off by up to an eighth of a grey level, more than the noise of floats."""

    def stretched(image: Array, kernel: Array) -> Any:
        total = sums(image, kernel)
        return (total - total.min()) / max(total.max() - total.min(), 1e-9)

    exact = {"rounding": "none", "range": "stretch-to-0..255 and scaled-to-0..1", "dtype": "float64"}
    assert found(check_function(stretched)) == exact
    rounded = check_function(lambda image, kernel: np.round(stretched(image, kernel), 3))
    assert (rounded["verdict"], found(rounded)) == ("unexplained", {"dtype": "float64"})


def test_floats_that_are_overwritten_while_read_are_not_explained() -> None:
    """Only of whole numbers is it known what the function reads again."""

    def overwriting(image: Array, kernel: Array) -> Any:
        (height, width), (kh, kw) = image.shape, kernel.shape
        padded = np.pad(image.astype(float), [(kh // 2, kh // 2), (kw // 2, kw // 2)], mode="edge")
        for y, x in np.ndindex(height, width):
            total = (padded[y : y + kh, x : x + kw] * kernel).sum()
            padded[y + kh // 2, x + kw // 2] = np.clip(np.rint(total), 0, 255)
        return padded[kh // 2 : kh // 2 + height, kw // 2 : kw // 2 + width]

    result = check_function(overwriting)
    assert (result["verdict"], found(result)) == ("unexplained", {"dtype": "float64"})


@pytest.mark.parametrize(
    ("turn", "mode", "end", "guess"),
    [
        (np.flipud, "constant", lambda total: np.clip(np.floor(total + 0.5), 0, 255),
         Hypothesis("zero", "flipped-up-down", rounding="half-up")),
        (np.transpose, "wrap", lambda total: min(abs(int(total)), 255),
         Hypothesis("wrap", "transposed", rounding="truncate", range="absolute-value")),
        (np.fliplr, "reflect", lambda total: np.rint(total) % 256,
         Hypothesis("reflect101", "flipped-left-right", range="wrap-modulo-256")),
    ],
)  # fmt: skip
def test_overwriting_with_other_mistakes(turn: Any, mode: Any, end: Any, guess: Hypothesis) -> None:
    def overwriting(image: Array, kernel: Array) -> Any:
        (height, width), (kh, kw) = image.shape, kernel.shape
        padded = np.pad(image, [(kh // 2, kh // 2), (kw // 2, kw // 2)], mode=mode)
        for y, x in np.ndindex(height, width):
            padded[y + kh // 2, x + kw // 2] = end((padded[y : y + kh, x : x + kw] * turn(kernel)).sum())
        return padded[kh // 2 : kh // 2 + height, kw // 2 : kw // 2 + width]

    square = [probe for probe in probes() if probe.kernel.shape in [(3, 3), (5, 5)]][:4]
    told = explain([(probe, overwriting(probe.image, probe.kernel)) for probe in square], None)
    assert told == Explanation(replace(guess, fill="image", overwrites=True))


SHIFTED = [
    Shift(Length(), Length(-1)),
    Shift(Length(1), Length(-1)),
    Shift(Length(-1)),
    Shift(Length(0, 1)),
    Shift(Length(), Length(0, -1)),
    Shift(Length(0, 1), Length(0, -1)),
]


@pytest.mark.parametrize("shift", SHIFTED)
def test_shifts_in_other_directions(shift: Shift) -> None:
    def shifted(image: Array, kernel: Array) -> Any:
        right, down = shift.of(Probe(image, kernel).reach)
        rows, columns = kernel.shape[0] // 2, kernel.shape[1] // 2
        padded = np.pad(image, [(2 * rows + 1,) * 2, (2 * columns + 1,) * 2], mode="edge")
        windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)
        y, x = rows + 1 - down, columns + 1 - right
        part = windows[y : y + image.shape[0], x : x + image.shape[1]]
        return pixels((part * kernel).sum(axis=(2, 3)))

    assert found(check_function(shifted)) == {"shift": str(shift)}


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (lambda kernel: kernel.astype(int).astype(np.uint8), "uint8"),
        (lambda kernel: kernel.astype(np.float16), "float16"),
        (lambda kernel: np.hstack([kernel[:, :-1], 0 * kernel[:, -1:]]), "last-column-unused"),
    ],
)
def test_another_kernel_is_used(other: Callable[[Array], Array], told: str) -> None:
    result = check_function(lambda image, kernel: sums(image, other(kernel)))
    assert (result["verdict"], found(result)["kernel"]) == ("explained", told)


@pytest.mark.parametrize(("times", "told"), [(np.sum, {}), (lambda kernel: 1, {"divisor": "normalised"})])
def test_the_weights_inside_the_image(times: Callable[[Array], Any], told: dict[str, str]) -> None:
    """The sum is divided by them, and multiplied by all weights or not; nothing is divided by 0."""

    def inside(image: Array, kernel: Array) -> Any:
        weights = sums(np.ones(image.shape), kernel, "constant")
        none = abs(weights) < 1e-9
        total = times(kernel) * sums(image, kernel, "constant") / np.where(none, 1, weights)
        return pixels(np.where(none, 0, total).round(6))

    assert found(check_function(inside)) == {"border": "weights-inside"} | told


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (lambda total: total + 30, {"offset": "30"}),
        (lambda total: total / 3, {"kernel": "times 1/3"}),
        (np.abs, {"range": "absolute-value"}),
    ],
)
def test_a_grey_border_and_another_mistake(function: Any, told: dict[str, str]) -> None:
    result = check_function(
        lambda image, kernel: pixels(function(sums(image, kernel, "constant", constant_values=200)))
    )
    assert found(result) == {"border": "constant-200"} | told


def test_floats_that_are_0_or_1() -> None:
    """Of two values, one is the most frequent; the other still tells."""
    result = check_function(lambda image, kernel: np.clip(np.rint(sums(image, kernel)), 0, 1))
    assert found(result) == {"range": "expects-0..1", "dtype": "float64"}


@pytest.mark.parametrize("level", [2, 100])
def test_a_threshold_is_no_sum_that_is_cut(level: int) -> None:
    result = check_function(lambda image, kernel: sums(image, kernel) > level)
    assert (result["verdict"], found(result)) == ("unexplained", {"dtype": "bool"})


def test_weights_without_their_mean_and_negated() -> None:
    """Two mistakes of the kernel, and the sums around 255."""
    result = check_function(lambda image, kernel: pixels(255 - sums(image, kernel - np.mean(kernel))))
    assert found(result) == {"result": "inverted", "kernel": "minus-its-mean"}


def test_sizes_that_are_fixed() -> None:
    """Smaller images fail for the same reason: it is one finding that names the size."""

    def first(image: Array, kernel: Array) -> Any:
        output, whole = np.zeros_like(image), right(image, kernel)
        for y, x in np.ndindex(9, 12):
            output[y, x] = whole[y, x]
        return output

    result = check_function(first)
    assert result["verdict"] == "explained"
    assert found(result) == {
        "not-computed": "beyond 9 x 12",
        "fails-on": "image smaller than 9 x 12: IndexError: index 11 is out of bounds for axis 1 with "
        "size 11",
    }
    assert result["findings"][0]["advice"].startswith("It computes only the first *9 x 12* pixels")


def test_sizes_that_are_fixed_in_a_result_that_is_not_written_to() -> None:
    """What is left may be anything, and differs from call to call."""

    def first(image: Array, kernel: Array) -> Any:
        output = np.empty_like(image)
        output[:9, :12] = right(image, kernel)[:9, :12]
        return output

    assert found(check_function(first)) == {"not-computed": "beyond 9 x 12"}


def test_complex_sums_that_are_cropped() -> None:
    """An imaginary part of 0 is no mistake of its own; any other has no explanation."""

    def cropping(image: Array, kernel: Array, imaginary: complex = 0j) -> Any:
        (height, width), (kh, kw) = image.shape, kernel.shape
        whole = sums(image, kernel) + imaginary
        return whole[kh // 2 : height - kh // 2, kw // 2 : width - kw // 2]

    told = {"border": "cropped", "dtype": "complex128", "range": "none", "rounding": "none"}
    assert found(check_function(cropping)) == told
    result = check_function(lambda image, kernel: cropping(image, kernel, 1j))
    assert (result["verdict"], found(result)) == ("unexplained", {"dtype": "complex128"})


def test_noise_in_place_of_results() -> None:
    """It is cropped; what is missing near the edge differs."""

    def cropped(image: Array, kernel: Array) -> Any:
        (height, width), (kh, kw) = image.shape, kernel.shape
        return noise(height, width, seed=int(image.sum()))[
            kh // 2 : height - kh // 2, kw // 2 : width - kw // 2
        ]

    result = check_function(cropped)
    assert (result["verdict"], found(result)) == ("unexplained", {})
    assert " of the pixels inside differ." in result["advice"]
    assert "100 % of the pixels within the kernel's reach of the edge differ." in result["advice"]


def test_an_interrupt_is_the_users() -> None:
    def interrupted(image: Array, kernel: Array) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_function(interrupted)


# Height and width of the image and of the kernel.
OF_A_KIND: dict[str, Callable[[int, int, int, int], bool]] = {
    "non-square kernel": lambda h, w, kh, kw: kh != kw,
    "non-square image": lambda h, w, kh, kw: h != w,
    "image smaller than the kernel": lambda h, w, kh, kw: h < kh or w < kw,
    "kernel other than 3 x 3": lambda h, w, kh, kw: (kh, kw) != (3, 3),
    "kernel with a side of 1": lambda h, w, kh, kw: kh == 1 or kw == 1,
    "kernel of one row or column": lambda h, w, kh, kw: (kh == 1) != (kw == 1),
    "image with an even side": lambda h, w, kh, kw: h % 2 == 0 or w % 2 == 0,
    "image of even height": lambda h, w, kh, kw: h % 2 == 0,
    "image of even width": lambda h, w, kh, kw: w % 2 == 0,
    "image of odd width": lambda height, width, rows, columns: width % 2 == 1,
    "image with an odd side": lambda h, w, kh, kw: h % 2 == 1 or w % 2 == 1,
    "image of one row or column": lambda h, w, kh, kw: h == 1 or w == 1,
    "1 x 1 image": lambda h, w, kh, kw: h == w == 1,
    "1 x 1 kernel": lambda h, w, kh, kw: kh == kw == 1,
    "kernel larger than 3 x 3": lambda h, w, kh, kw: kh > 3 or kw > 3,
    "kernel larger than 5 x 5": lambda h, w, kh, kw: kh > 5 or kw > 5,
    "kernel higher than wide": lambda h, w, kh, kw: kh > kw,
    "kernel wider than high": lambda h, w, kh, kw: kh < kw,
    "image higher than wide": lambda h, w, kh, kw: h > w,
    "image wider than high": lambda h, w, kh, kw: h < w,
}
OF_NUMBERS: dict[str, Callable[[Array, Array], bool]] = {
    "kernel that sums to 0": lambda image, kernel: abs(kernel.sum()) < 1e-9,
    "whole-number kernel": lambda image, kernel: kernel.dtype.kind == "i",
    "sum below 0 or above 255": lambda image, kernel: bool(
        sums(image, kernel).min() < -1e-9 or sums(image, kernel).max() > 255 + 1e-9
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_that_a_function_may_be_unable_to_do(kind: str) -> None:
    """It is named where exactly the probes of that kind are wrong, and no other kind is."""
    if kind in OF_A_KIND:
        bad = [probe for probe in probes() if OF_A_KIND[kind](*probe.image.shape, *probe.kernel.shape)]
    else:
        bad = [probe for probe in probes() if OF_NUMBERS[kind](probe.image, probe.kernel)]
    assert 0 < len(bad) < len(probes())
    assert exact_kinds(bad, probes()) == (kind,)
    assert exact_kinds(bad[1:], probes()) != (kind,)


def test_two_kinds_at_once() -> None:
    bad = [probe for probe in probes() if probe.kernel.dtype.kind == "i" or 1 in probe.kernel.shape]
    assert exact_kinds(bad, probes()) == ("whole-number kernel", "kernel with a side of 1")


@pytest.mark.parametrize(
    ("level", "divisor", "beyond"),
    [(255, 9, False), (0, -9, False), (85, 3, False), (128, 4.5, True), (1, -9, True)],
)
def test_white_under_a_blur_is_not_out_of_range(level: int, divisor: float, beyond: bool) -> None:
    probe = Probe(np.full((5, 6), level, np.uint8), np.ones((3, 3)) / divisor)
    assert KINDS["sum below 0 or above 255"](probe) == beyond


@pytest.mark.parametrize(
    ("function", "verdict"),
    [
        (lambda image, kernel: image * 0 + 255, "unexplained"),
        (lambda image, kernel: np.zeros_like(image), "explained"),
        (lambda image, kernel: image, "explained"),
        (lambda image, kernel: kernel, "fails"),
        (lambda image, kernel: image[:1], "fails"),
        (lambda image, kernel: sums(image, kernel) + 5j, "unexplained"),
    ],
)
def test_no_convolution_at_all(function: Function, verdict: str) -> None:
    assert check_function(function)["verdict"] == verdict


def test_the_measured_kernel_is_shown_where_no_name_fits() -> None:
    def heavier(image: Array, kernel: Array) -> Any:
        kernel = kernel.astype(float)
        kernel[0] *= 3
        return pixels(sums(image, kernel))

    message = examine(heavier).message
    lines = message.splitlines()
    first = next(n for n, line in enumerate(lines) if "One pixel of 8 in a black image" in line) + 1
    rows = np.arange(1, 26).reshape(5, 5).tolist()
    shown = [[int(number) for number in line.split()] for line in lines[first : first + 5]]
    assert shown == [[3 * n for n in rows[0]] + rows[0], *(row + row for row in rows[1:])]
    assert "Sums and your pixels: " in message


def test_the_example_is_the_first_wrong_pixel_inside() -> None:
    def wrong_in_the_middle(image: Array, kernel: Array) -> Any:
        output = pixels(sums(image, kernel))
        output[2, 3:] ^= 1
        return output

    example = examine(wrong_in_the_middle).example
    assert example is not None
    assert example[1:] == (3, 2)


@functools.cache
def one_brighter() -> Examination:
    """Return what is found out about a function whose pixels are all one too bright, up to 255."""
    return examine(strangers.WRONG["one_brighter"][0])


@pytest.mark.parametrize(
    ("sizes", "size", "place"),
    [
        (range(999), (3, 3), (1, 1)),
        ([1, 3, 15, 25, 441], (3, 5), (2, 1)),
        ([441, 169], (13, 13), (6, 6)),
    ],
)
def test_the_example_is_of_about_nine_weights_and_inside(
    sizes: Sequence[int], size: tuple[int, int], place: tuple[int, int]
) -> None:
    """So that it can be followed by hand."""
    some = [one for one in one_brighter().differences if one.probe.kernel.size in sizes]
    example = replace(one_brighter(), differences=some).example
    assert example is not None
    assert (example[0].probe.kernel.shape, example[1:]) == (size, place)


def test_the_example_is_at_the_edge_where_all_else_is_right() -> None:
    example = examine(strangers.WRONG["paper_around"][0]).example
    assert example is not None
    assert (example[0].probe.kernel.shape, example[1:]) == ((3, 3), (0, 0))


def test_pixels_that_are_missing_are_no_example() -> None:
    assert examine(vars(gallery)["crops"]).example is None


def test_complex_numbers_are_not_measured() -> None:
    """They have no order, and are no grey levels: it is only said that they differ."""
    message = examine(lambda image, kernel: sums(image, kernel) + 5j).message
    assert message.splitlines()[1:] == [
        "- it returns *complex128* instead of uint8.",
        "- 100 % of the pixels inside differ.",
        "- 100 % of the pixels within the kernel's reach of the edge differ.",
    ]


def test_pixels_at_the_edge_that_are_no_numbers() -> None:
    """They are told from a result that is cropped, and are equal in a second call."""

    def framed(image: Array, kernel: Array) -> Any:
        rows, columns = kernel.shape[0] // 2, kernel.shape[1] // 2
        output, whole = np.full(image.shape, np.nan), right(image, kernel)
        part = np.s_[rows : image.shape[0] - rows, columns : image.shape[1] - columns]
        output[part] = whole[part]
        return output

    result = check_function(framed)
    assert found(result) == {
        "border": "left-unfiltered",
        "dtype": "float64",
        "fails-on": "image smaller than the kernel: returns nan (not a number)",
    }
    assert "*left at nan*" in result["advice"]


def test_a_single_pixel_at_each_edge_that_is_never_written() -> None:
    def framed(image: Array, kernel: Array) -> Any:
        output = np.empty(image.shape, np.uint8)
        output[1:-1, 1:-1] = right(image, kernel)[1:-1, 1:-1]
        return output

    assert found(check_function(framed)) == {"border": "never-written"}


def test_a_cropped_result_of_one_size_of_kernel() -> None:
    """Images that are smaller than the kernel are none of those that fail: nothing is left of them."""

    def cropped(image: Array, kernel: Array) -> Any:
        if kernel.shape != (3, 3):
            raise ValueError
        return vars(gallery)["crops"](image, kernel)

    told = {"border": "cropped", "fails-on": "kernel other than 3 x 3: ValueError"}
    assert found(check_function(cropped)) == told


def test_three_equal_channels() -> None:
    examination = examine(lambda image, kernel: np.dstack([right(image, kernel)] * 3))
    assert found(examination.data()) == {"shape": "three-channels"}
    assert examination.message.startswith(
        "No pixel of your output differs from filter2D's. One thing is left to change:\n"
        "1. Its result has *three equal channels* for a gray image.\n   Return one of them"
    )


def test_partly() -> None:
    examination = examine(strangers.WRONG["ramp_around"][0])
    lines = examination.message.splitlines()
    assert lines[0].endswith(
        " differ from filter2D's. Inside the image, one mistake explains every one of them:"
    )
    assert lines[3] == "At the edge it differs in a way that is *not known here*."
    assert lines[4].startswith("Pad the image by kh // 2 rows and kw // 2 columns on each side")
    assert "of the pixels inside" not in examination.message


def test_the_edges_that_are_right_are_not_blamed() -> None:
    def mixed(image: Array, kernel: Array) -> Any:
        rows, columns = kernel.shape[0] // 2, kernel.shape[1] // 2
        padded = np.pad(image.astype(float), [(rows, 0), (columns, 0)], mode="edge")
        padded = np.pad(padded, [(0, rows), (0, columns)], mode="linear_ramp")
        windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)
        return pixels(np.einsum("yxij,ij->yx", windows, kernel))

    assert "At the bottom and right edge" in examine(mixed).message
    assert "At the edge it differs" in examine(mixed, border="reflect101").message


def unknown_border(image: Array, kernel: Array) -> Any:
    return sums(image, kernel, "median")


def explained(function: Function) -> Explanation | None:
    """The explanation of what it makes of some probes."""
    some = probes()[:9] + probes()[18:21]
    return explain([(probe, function(probe.image, probe.kernel)) for probe in some], None)


def test_only_the_corners_are_wrong() -> None:
    """All that can be said is that it is the edge."""

    def dark_corners(image: Array, kernel: Array) -> Any:
        output, outside = right(image, kernel), ~Probe(image, kernel).inside()
        output[np.outer(outside.all(axis=1), outside.all(axis=0))] //= 2
        return output

    told = explained(dark_corners)
    assert told == Explanation(Hypothesis(), sides=("top", "bottom", "left", "right"))


def test_an_unknown_border_and_a_kind_that_is_wrong() -> None:
    """Both are told; of an unknown border and single sizes that are wrong, nothing is."""

    def square(image: Array, kernel: Array) -> Any:
        return pixels(unknown_border(image, kernel)) if kernel.shape[0] == kernel.shape[1] else 255 - image

    def not_16(image: Array, kernel: Array) -> Any:
        return pixels(unknown_border(image, kernel)) if image.shape != (16, 16) else 255 - image

    told = explained(square)
    assert told is not None
    assert told.exceptions is not None
    assert (told.exceptions.kinds, len(told.sides)) == (("non-square kernel",), 4)
    assert explained(not_16) is None


def test_an_unknown_border_and_halves_that_go_either_way() -> None:
    """By the noise of floats; without it, it is not told of."""

    def noisy(image: Array, kernel: Array) -> Any:
        tiny = np.random.default_rng(1).uniform(-1e-6, 1e-6, image.shape)
        return pixels(unknown_border(image, kernel) + tiny)

    sides = ("top", "bottom", "left", "right")
    assert explained(noisy) == Explanation(Hypothesis(noisy=True), sides=sides)
    assert explained(lambda image, kernel: pixels(unknown_border(image, kernel))) == Explanation(
        Hypothesis(), sides=sides
    )


def test_a_border_that_is_asked_for_is_binding() -> None:
    for border, verdict in [(None, "matches"), ("replicate", "matches"), ("zero", "explained")]:
        result = check_function(right, border=border)
        assert (result["verdict"], bool(result["differing"])) == (verdict, verdict != "matches")


def test_kernels_of_the_user() -> None:
    """They are probes as well, on the user's image too."""

    def not_for_sevens(image: Array, kernel: Array) -> Any:
        return image if kernel.shape == (9, 9) else right(image, kernel)

    nine = np.random.default_rng(1).normal(0, 0.1, (9, 9))
    assert check_function(not_for_sevens)["verdict"] == "matches"
    result = check_function(not_for_sevens, noise(30, 41), kernels={"nine": nine})
    assert result["verdict"] == "partly"
    assert "30 x 41 image with a 9 x 9 kernel" in found(result)["fails-on"]
    assert check_function(right, noise(30, 41), kernels={"nine": nine})["verdict"] == "matches"
    with pytest.raises(ValueError, match="odd sides"):
        check_function(right, kernels={"even": np.ones((2, 2))})


def test_a_mistake_under_weights_of_no_small_divisor() -> None:
    nine = {"nine": np.random.default_rng(1).normal(0, 0.1, (9, 9))}
    result = check_function(gallery.truncates, kernels=nine)
    assert (result["verdict"], found(result)) == ("explained", {"rounding": "truncate"})


def test_what_yes_says() -> None:
    message = examine(right).message
    assert message.startswith("Yes, your function is right, border replicate: all ")
    for part in [
        "one of whole numbers (dtype int)",
        "colour images",
        "Not tried: kernels with an even side.",
    ]:
        assert part in message
    untried = replace(examine(right), colour="untried")
    end = "Not tried: kernels with an even side, colour images."
    assert untried.message.endswith(f"dtype int).\n{end}")
    floats = [one for one in untried.differences if one.probe.kernel.dtype.kind == "f"]
    end = "Not tried: kernels with an even side, kernels of whole numbers (dtype int), colour images."
    assert replace(untried, differences=floats).message.endswith(end)


@pytest.mark.parametrize(("function", "tipped"), [(vars(gallery)["fourier"], True), (right, False)])
def test_halves_that_noise_has_tipped_over_are_told_of(function: Function, tipped: bool) -> None:
    examination = examine(function)
    assert (examination.verdict, examination.differing) == ("matches", 0)
    assert ("Some sums are exactly a half" in examination.message) == tipped


@pytest.mark.parametrize(
    ("name", "border", "told"),
    [
        ("opencv_default", None, True),
        ("opencv_default", "reflect101", False),
        ("shift_and_add", None, False),
        ("shift_and_add", "replicate", False),
    ],
)
def test_how_to_ask_for_a_border(name: str, border: str | None, told: bool) -> None:
    """It is told who has another one than replicate, and has not asked for it."""
    examination = examine(vars(gallery)[name], border=border)
    assert examination.verdict == "matches"
    assert ("To require another one, name it, as with `--border replicate`" in examination.message) == told


def test_what_there_was_no_time_for_is_not_claimed() -> None:
    examination = examine(right)
    assert ", the six of the bank" in examination.message
    late = replace(examination, untried=9)
    assert ", the six of the bank" not in late.message
    assert "The time ran out: 9 of " in late.message
    first = replace(late, verdict="unexplained", differences=examination.differences[:3])
    assert first.message.startswith("Your output is filter2D's wherever there is one, but that is too little")


def saying(verdict: str, *findings: Finding) -> str:
    """Return what is said of these findings on a function that is one too bright."""
    return replace(one_brighter(), verdict=verdict, findings=list(findings)).message


def test_what_is_partly_explained_is_not_called_correct_elsewhere() -> None:
    once = cannot_do(Group.of(("1 x 1 image",), []), WRONG, NO_SOURCE)
    says = "One mistake explains every one of them:\n1. It cannot do *1 x 1 images*: a wrong result."
    assert saying("explained", once).endswith(f"{says}\nEverything else is correct (border: replicate).")
    assert saying("partly", once).endswith(says)


def test_with_a_wrong_border_nothing_else_is_called_correct() -> None:
    text = saying("explained", make("rounding", "half-down"), make("border", "negative-indices"))
    assert " of the pixels differ from filter2D's. Two mistakes explain every one of them:\n1. " in text
    assert "Everything else" not in text


def test_a_wrong_border_and_nothing_else() -> None:
    text = saying("partly", make("border", "unknown", detail="the top"))
    assert " Inside the image, all are right.\nAt the top edge it differs in a way " in text


@pytest.mark.parametrize(("number", "count"), [(6, "Six"), (7, "7"), (8, "8")])
def test_many_things(number: int, count: str) -> None:
    text = saying("explained", *[make("rounding", "half-down")] * number)
    assert f". {count} mistakes explain every one of them:\n1. It rounds" in text
    assert f"\n{number}. It rounds every half *down*" in text


@pytest.mark.parametrize(
    ("rounded", "share"),
    [
        (np.trunc, ", each is one too low."),
        (lambda sums: np.floor(sums + 0.5), ", each is one too high."),
        (lambda sums: sums + 7, "."),
    ],
)
def test_how_far_the_pixels_are_from_the_right_ones(rounded: Callable[[Array], Array], share: str) -> None:
    message = examine(lambda image, kernel: pixels(rounded(sums(image, kernel)))).message
    assert f" of the pixels differ from filter2D's{share} " in message


def test_memory_that_a_function_of_this_process_never_writes_to() -> None:
    assert found(check_function(strangers.empty_frame))["border"] == "never-written"


def test_a_wrong_border_is_not_called_correct_elsewhere() -> None:
    def zero(image: Array, kernel: Array) -> Any:
        padded = np.pad(image, [(side // 2,) for side in kernel.shape])
        windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)
        return pixels((windows * kernel).sum(axis=(2, 3)))

    examination = examine(zero, border="replicate")
    assert found(examination.data())["border"] == "zero"
    assert "Everything else is correct" not in examination.message


def first_channel(image: Array, kernel: Array) -> Any:
    return right(image if image.ndim == 2 else image[..., 0], kernel)


@pytest.mark.parametrize(
    ("function", "colour"),
    [(strangers.RIGHT["separate_channels"], True), (right, False), (first_channel, False)],
)
def test_colour_is_told_and_is_no_mistake(function: Function, colour: bool) -> None:
    examination = examine(function)
    assert examination.verdict == "matches"
    assert ("which work as well" if colour else "which it cannot filter") in examination.message


def test_colour_as_images_have_it() -> None:
    """Three channels of uint8."""

    def three(image: Array, kernel: Array) -> Any:
        if image.ndim == 2:
            return right(image, kernel)
        assert image.dtype == np.uint8
        assert image.shape[2] == 3
        return np.dstack([right(image[..., channel], kernel) for channel in range(3)])

    assert "which work as well" in examine(three).message


TEXTS = [
    part.split("\n", 1) for part in Path(__file__).with_name("advice.txt").read_text("utf-8").split("== ")[1:]
]


@pytest.mark.parametrize(("name", "text"), TEXTS)
def test_the_whole_text(name: str, text: str) -> None:
    """Several mistakes, a part, and none that is known."""
    function = vars(gallery).get(name) or strangers.NO_CONVOLUTION.get(name) or strangers.WRONG[name][0]
    assert re.sub(r"(?<=Line )\d+", "N", examine(function).message) == text.rstrip("\n")


def test_advice_for_a_class() -> None:
    result = check_function(vars(gallery)["casts_the_sums"])
    assert list(result) == ["function", "verdict", "findings", "pixels", "differing", "advice"]
    (finding,) = result["findings"]
    assert list(finding) == ["aspect", "found", "expected", "advice"]
    assert "casts the sums to uint8" in result["advice"]
    assert "np.clip(np.rint(sums(image, kernel)), 0, 255)" in finding["advice"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("four_at_once", "`np.clip(np.rint(total(...)), 0, 255)`"),
        ("image_copy_filled", "`image.copy()` makes an array of uint8"),
        ("range_with_minus_one", "`np.zeros(image.shape, dtype=np.uint8)` makes an array of uint8"),
        ("ndimage_of_uint8", "`scipy.ndimage.convolve` returns the dtype it is given"),
        ("clip_after_the_cast", "store `np.clip(np.rint(sums[y, x]), 0, 255)`"),
    ],
)
def test_the_advice_fits_the_code(name: str, words: str) -> None:
    advice = {one["aspect"]: one["advice"] for one in check_function(strangers.WRONG[name][0])["findings"]}
    assert words in advice["conversion"]


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda image, kernel: image[len(kernel) / 2 :], "`len(kernel) / 2` gives a float: divide with `//`"),
        (
            lambda image, kernel: np.pad(image, len(kernel) / 2),  # type: ignore[call-overload]
            "`len(kernel) / 2` gives a float: divide with `//`",
        ),
        (lambda image, kernel: image.itemset((0, 0), 1), "NumPy 2 has no `itemset`"),
        (lambda image, kernel: np.float(1), "write `float`, `int` and `bool`"),  # type: ignore[attr-defined]
        (lambda image, kernel: None, "End the function with `return output`"),
        (lambda image, kernel: image * np.nan, "Look for a division by 0"),
    ],
)
def test_known_exceptions(function: Function, words: str) -> None:
    result = check_function(function)
    assert result["verdict"] == "fails"
    assert words in result["advice"]


def test_a_failure_that_nobody_knows() -> None:
    """There is no remedy, and no empty line in its place."""

    def failing(image: Array, kernel: Array) -> Any:
        raise ValueError("oh")

    says = "Your function gives no result that can be compared: for every image it stops with ValueError: oh."
    assert examine(failing).message == says


def test_words_for_every_mistake() -> None:
    """Each has a sentence, and a remedy that ends as one, unless other mistakes stand for it."""
    names = {(aspect, name) for aspect, table in WORDS.items() for name in table if table[name].says}
    names |= {(one.aspect, one.name) for one in MISTAKES if one.aspect != "frame" and not one.parts}
    for aspect, name in names:
        told = remedy(aspect, name, Source(), right="1", down="1", call="f()", function="f")
        assert told.endswith("."), (aspect, name)
        assert sentence(aspect, name), (aspect, name)


def test_comparing_does_not_raise() -> None:
    """Classes that hold arrays are compared by identity."""
    one, other = (Probe(noise(3, 3), np.ones((3, 3))) for _ in range(2))
    assert one != other
    predicted = Pixels(noise(2, 2), noise(2, 2), noise(2, 2))
    assert predicted in [predicted]


@pytest.mark.parametrize(
    ("target", "parts"),
    [
        ("mine.py:convolve", ("mine.py", "convolve")),
        ("mine.py:Filter.apply", ("mine.py", "Filter.apply")),
        ("mine.py", ("mine.py", "")),
        ("C:\\mine.py", ("C:\\mine.py", "")),
        ("C:mine.py", ("C:mine.py", "")),
        ("D:mine.ipynb", ("D:mine.ipynb", "")),
        ("m:Filter.apply", ("m", "Filter.apply")),
        ("lesson:2/mine.py", ("lesson:2/mine.py", "")),
        ("C:\\mine.py:convolve", ("C:\\mine.py", "convolve")),
    ],
)
def test_targets(target: str, parts: tuple[str, str]) -> None:
    assert split_target(target) == parts


@pytest.mark.parametrize("target", [":convolve", "mine.txt:2nd", "mine.txt:Filter.2nd", "mine.txt:Filter."])
def test_targets_that_name_no_function(target: str) -> None:
    with pytest.raises(ValueError, match=f"is FILE.py:FUNCTION; got '{target}'"):
        split_target(target)


def test_of_this_process() -> None:
    """A function is called here, a partial one and one of a module as well."""
    calls = []

    def counting(image: Array, kernel: Array) -> Any:
        calls.append(1)
        return right(image, kernel)

    partial = functools.partial(cv2.filter2D, ddepth=-1)
    assert check_function(counting)["verdict"] == "matches"
    assert len(calls) == len(probes()) + 3  # to see how it is called; again; in colour
    assert check_function(convolve)["verdict"] == "matches"
    assert check_function(lambda image, kernel: partial(image, kernel=kernel))["verdict"] == "matches"


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match=r"needs an image and a kernel, got <lambda>\(image\)$"):
        check_function(lambda image: image)
    with pytest.raises(ValueError, match=r"got <lambda>\(image, kernel, whatever\)$"):
        check_function(lambda image, kernel, whatever: image)
    with pytest.raises(ValueError, match=r"is gray, \(H, W\); got shape \(3, 3, 3\)"):
        check_function(convolve, noise(3, 3, 3))
    with pytest.raises(ValueError, match="border needs to be one of"):
        check_function(convolve, border="mirror")
    with pytest.raises(ValueError, match="an image needs uint8 pixels"):
        check_function(convolve, np.zeros((3, 3)))


def test_progress() -> None:
    told: list[tuple[int, int]] = []
    check_function(right, noise(5, 6), progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1] == (len(probes()) + 3, len(probes()) + 3)
