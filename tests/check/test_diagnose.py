"""The diagnosis beyond the findings of the gallery: examples, kinds, words, and what was not tried."""

import functools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from conftest import POSIX, noise
from gallery import CASES, total
from test_gallery import found

from convolutions import convolve
from filtering.check import check_function
from filtering.check.diagnose import examine, split_target
from filtering.check.kinds import KINDS, exact_kinds
from filtering.check.probes import Probe, probes
from filtering.check.report import message as text_of
from filtering.check.report import percent

Array = np.ndarray
right = CASES["strided"].function

# By height and width of the image and of the kernel.
OF_SIZES: dict[str, Callable[[int, int, int, int], bool]] = {
    "non-square kernel": lambda h, w, kh, kw: kh != kw,
    "non-square image": lambda h, w, kh, kw: h != w,
    "image smaller than the kernel": lambda h, w, kh, kw: h < kh or w < kw,
    "kernel other than 3 x 3": lambda h, w, kh, kw: (kh, kw) != (3, 3),
    "kernel with a side of 1": lambda h, w, kh, kw: kh == 1 or kw == 1,
    "kernel of one row or column": lambda h, w, kh, kw: (kh == 1) != (kw == 1),
    "image with an even side": lambda h, w, kh, kw: h % 2 == 0 or w % 2 == 0,
    "image of even height": lambda h, w, kh, kw: h % 2 == 0,
    "image of even width": lambda h, w, kh, kw: w % 2 == 0,
    "image of odd width": lambda h, w, kh, kw: w % 2 == 1,
    "image with an odd side": lambda h, w, kh, kw: h % 2 == 1 or w % 2 == 1,
    "image of one row or column": lambda h, w, kh, kw: h == 1 or w == 1,
    "1 x 1 image": lambda h, w, kh, kw: h == w == 1,
    "1 x 1 kernel": lambda h, w, kh, kw: kh == kw == 1,
    "kernel larger than 3 x 3": lambda h, w, kh, kw: kh > 3 or kw > 3,
    "kernel larger than 5 x 5": lambda h, w, kh, kw: kh > 5 or kw > 5,
    "kernel larger than 7 x 7": lambda h, w, kh, kw: kh > 7 or kw > 7,
    "kernel higher than wide": lambda h, w, kh, kw: kh > kw,
    "kernel wider than high": lambda h, w, kh, kw: kh < kw,
    "image higher than wide": lambda h, w, kh, kw: h > w,
    "image wider than high": lambda h, w, kh, kw: h < w,
}
OF_NUMBERS: dict[str, Callable[[Probe], bool]] = {
    "kernel that sums to 0": lambda probe: abs(probe.kernel.sum()) < 1e-9,
    "whole-number kernel": lambda probe: probe.kernel.dtype.kind == "i",
    "sum below 0 or above 255": lambda probe: np.ptp([*total(probe.image, probe.kernel).flat, 0, 255]) > 255,
}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds(kind: str) -> None:
    """One is named where exactly the probes of that kind are wrong, and no other kind is."""
    if kind in OF_SIZES:
        bad = [one for one in probes() if OF_SIZES[kind](*one.image.shape, *one.kernel.shape)]
    else:
        bad = [one for one in probes() if OF_NUMBERS[kind](one)]
    assert 0 < len(bad) < len(probes())
    assert exact_kinds(bad, probes()) == (kind,)
    assert exact_kinds(bad[1:], probes()) != (kind,)


def test_two_and_three_kinds_at_once() -> None:
    """Of wrong results, two at most are named: three may fit by chance; of exceptions three."""
    bad = [probe for probe in probes() if probe.kernel.dtype.kind == "i" or 1 in probe.kernel.shape]
    assert exact_kinds(bad, probes()) == ("whole-number kernel", "kernel with a side of 1")
    kinds = "non-square kernel", "image smaller than the kernel", "kernel larger than 7 x 7"
    bad = [probe for probe in probes() if any(KINDS[kind](probe) for kind in kinds)]
    assert exact_kinds(bad, probes(), raised=True) == kinds
    assert exact_kinds(bad, probes()) == ()


# Functions that are not repeatable.


@pytest.mark.parametrize("raises", [False, True])
def test_a_size_is_blamed_only_if_it_fails_again(raises: bool) -> None:
    """Wrong in one call of many, whatever the image is."""
    calls = []

    def seldom(image: Array, kernel: Array) -> Any:
        calls.append(1)
        if len(calls) == 7 and raises:
            raise ValueError
        return 255 - right(image, kernel) if len(calls) == 7 else right(image, kernel)

    result = check_function(seldom, seconds=999)  # enough to try again
    assert (result["verdict"], found(result)) == ("partly", {"result": "not-repeatable"})
    assert " image with a " not in result["advice"]


def test_a_function_that_is_random_is_not_explained() -> None:
    """Three calls of ten are off by one: whatever that looks like, it is no range, and no border."""
    random = np.random.default_rng(0)
    result = check_function(lambda image, kernel: right(image, kernel) ^ (random.random() < 0.3))
    assert result["verdict"] in ("partly", "unexplained")
    assert found(result) == {"result": "not-repeatable"}


# The example, and the whole text.


def test_the_example_is_of_about_nine_weights_and_inside() -> None:
    """So that it can be followed by hand; at the edge where all else is right; never a missing pixel."""

    def with_wrong_places(image: Array, kernel: Array) -> Any:
        output = right(image, kernel)
        output[2, 3:] ^= 1
        return output

    def place(name: str) -> tuple[tuple[int, ...], int, int] | None:
        example = examine(CASES[name].function if name in CASES else with_wrong_places).example
        return example and (example[0].probe.kernel.shape, *example[1:])

    assert place("one_brighter") == ((3, 3), 1, 1)
    assert place("paper_around") == ((3, 3), 0, 0)
    assert place("crops") is None
    assert place("with_wrong_places") == ((3, 3), 3, 2)  # the first one


def test_the_measured_kernel_is_shown_where_no_name_fits() -> None:
    _, told = text_of(examine(CASES["heavier"].function)).split("The response to one pixel of 8 on black")
    rows = np.arange(1, 26).reshape(5, 5).tolist()
    shown = [[int(number) for number in line.split()] for line in told.splitlines()[1:6]]
    assert shown == [[3 * n for n in rows[0]] + rows[0], *(row + row for row in rows[1:])]


def test_complex_numbers_are_not_measured() -> None:
    """They have no order, and are no grey levels: it is only said that they differ."""
    message = text_of(examine(lambda image, kernel: total(image, kernel) + 5j))
    assert message.splitlines()[1:] == [
        "- it returns *complex128* instead of uint8.",
        "- 100 % of the pixels inside differ.",
        "- 100 % of the pixels within the kernel's reach of the edge differ.",
    ]


TEXT = """\
Your output differs from filter2D's, and no combination of the mistakes known here explains all of it. What is certain:
- it *does not use the weights*: what it does instead is not known here.
- 91 % of the pixels inside differ.
- 96 % of the pixels within the kernel's reach of the edge differ.
- The largest difference is 255.
- The response to one pixel of 8 on black is your kernel times 8; expected, on the right:
    8 8 8 8 8      1  2  3  4  5
    8 8 8 8 8      6  7  8  9 10
    8 8 8 8 8     11 12 13 14 15
    8 8 8 8 8     16 17 18 19 20
    8 8 8 8 8     21 22 23 24 25
- Sums and your pixels: 53.625 -> 235, 122.375 -> 232, 172 -> 228, 208.625 -> 245, 241.375 -> 235, 286.75 -> 241, \
331.625 -> 241, 422.875 -> 248."""  # noqa: E501


def test_the_whole_text_where_nothing_is_known() -> None:
    assert text_of(examine(CASES["maximum"].function)) == TEXT


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("fourier_not_centred", [
            "pixels differ from filter2D's. Three mistakes explain every one of them:\n1. It rotates",
            "2. Its output is *shifted* half a kernel to the right and half a kernel down.\n   Line N: move",
            "3. It cannot do *images smaller than the kernel*: a wrong result.\n   Line N: this transform",
            "\nEverything else is correct (border: wrap)."]),
        ("ramp_around", [
            "from filter2D's. Inside the image, one mistake explains every one of them:\n1. It returns",
            "At the edge it differs in a way that is *not known here*.\nPad the image by kh // 2 rows"]),
    ],
)  # fmt: skip
def test_several_mistakes_and_a_part(name: str, parts: list[str]) -> None:
    told = re.sub(r"(?<=Line )\d+", "N", text_of(examine(CASES[name].function)))
    assert [part for part in parts if part not in told] == []


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 400, "0 %"), (1, 400, "0.25 %"), (4, 400, "1 %"), (396, 400, "99 %"), (397, 400, "99.2 %"),
        (399, 400, "99.7 %"), (400, 400, "100 %"), (1, 100000, "0.001 %"),
    ],
)  # fmt: skip
def test_never_0_or_100_percent_of_what_is_some_or_not_all(part: int, whole: int, text: str) -> None:
    assert percent(part, whole) == text


def test_what_is_said_of_a_function_that_is_right() -> None:
    message = text_of(examine(right))
    assert message.startswith("Yes, your function is right, border replicate: all ")
    for part in [
        "odd and even sides, some smaller than the kernel;",
        ", the six of the bank, and one of whole numbers (dtype int); ",
        "colour images (H, W, 3), which it cannot filter; that is not required.",
        "Not tried: kernels with an even side.",
    ]:
        assert part in message
    assert "Some sums are exactly a half" not in message
    assert "To require another one" not in message


def test_colour_as_images_have_it() -> None:
    """Three channels of uint8, of which all have to be there again."""

    def channels(image: Array, kernel: Array) -> Any:
        assert image.ndim == 2 or (image.dtype == np.uint8 and image.shape[2] == 3)
        return CASES["separate_channels"].function(image, kernel)

    assert "which work as well" in text_of(examine(channels))
    first = examine(lambda image, kernel: right(image if image.ndim == 2 else image[..., 0], kernel))
    assert "which it cannot filter" in text_of(first)


def test_images_that_fail_for_different_reasons() -> None:
    def fails(image: Array, kernel: Array) -> Array:
        if image.shape == (12, 17):
            raise KeyError("one")
        if image.shape in ((16, 16), (14, 11)):
            raise ValueError("another")
        return np.asarray(right(image, kernel))

    assert "KeyError: 'one', or ValueError: another" in text_of(examine(fails)).replace("\n   ", " ")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        pytest.param(
            "if kernel.size > 1: os.abort()",
            "It was started 4 times, and the last time it crashed Python (SIGABRT): ", marks=POSIX),
        ("if image.shape != (13, 13): os._exit(3)", "it exited with status 3: "),
    ],
)  # fmt: skip
def test_why_probes_were_not_tried(tmp_path: Path, body: str, why: str) -> None:
    """An image of which Python dies is blamed; those that were not tried are not."""
    (tmp_path / "mine.py").write_text(
        f"import os\n\n\ndef convolve(image, kernel):\n    {body}\n    return image\n"
    )
    message = text_of(examine(str(tmp_path / "mine.py")))
    assert "The time ran out" not in message
    assert re.search(rf"{re.escape(why)}\d+ of {len(probes())} probes were not tried\.", message)


# Calls of the function `check_function`.


def test_kernels_of_the_user() -> None:
    """They are probes as well, on the user's image too."""

    def not_for_nine(image: Array, kernel: Array) -> Any:
        return image if kernel.shape == (9, 9) else right(image, kernel)

    nine = {"nine": np.random.default_rng(1).normal(0, 0.1, (9, 9))}
    result = check_function(not_for_nine, noise(30, 41), kernels=nine)
    assert result["verdict"] == "partly"
    assert "30 x 41 image with a 9 x 9 kernel" in found(result)["fails-on"]
    assert check_function(right, noise(30, 41), kernels=nine)["verdict"] == "matches"
    cut = check_function(CASES["truncates"].function, kernels=nine)  # weights of no small divisor
    assert (cut["verdict"], found(cut)) == ("explained", {"rounding": "truncate"})


def test_the_remedy_pads_as_the_border_that_is_asked_for() -> None:
    """By NumPy's name of it."""
    result = check_function(CASES["edge_at_0"].function, border="reflect")
    assert list(result) == ["function", "verdict", "findings", "pixels", "differing", "advice", "fix"]
    assert list(result["findings"][0]) == ["aspect", "found", "expected", "advice"]
    assert result["function"] == "edge_at_0"
    assert result["findings"][0]["expected"] == "reflect"
    assert 'mode="symmetric"' in result["advice"]


def test_of_this_process() -> None:
    """A function is called here, a partial one and one of a module as well."""
    calls = []

    def counting(image: Array, kernel: Array) -> Any:
        calls.append(1)
        return right(image, kernel)

    told: list[tuple[int, int]] = []
    partial = functools.partial(cv2.filter2D, ddepth=-1)
    assert check_function(counting, progress=lambda *done: told.append(done))["verdict"] == "matches"
    assert len(calls) == len(probes()) + 3  # to see how it is called; again; in colour
    assert told == [(number, len(probes()) + 2) for number in range(1, len(probes()) + 3)]
    assert check_function(convolve)["verdict"] == "matches"
    assert check_function(lambda image, kernel: partial(image, kernel=kernel))["verdict"] == "matches"


def test_an_interrupt_is_the_users() -> None:
    def interrupted(image: Array, kernel: Array) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_function(interrupted)


@pytest.mark.parametrize(
    ("function", "given", "message"),
    [
        (lambda image: image, {}, r"needs an image and a kernel, got <lambda>\(image\)$"),
        (lambda image, kernel, whatever: image, {}, r"got <lambda>\(image, kernel, whatever\)$"),
        (convolve, {"image": noise(3, 3, 3)}, r"is gray, \(H, W\); got shape \(3, 3, 3\)"),
        (convolve, {"border": "mirror"}, "border needs to be one of"),
        (convolve, {"image": np.zeros((3, 3))}, "an image needs uint8, got float64"),
        (convolve, {"kernels": {"even": np.ones((2, 2))}}, "odd sides"),
    ],
)
def test_bad_arguments(function: Any, given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_function(function, **given)


@pytest.mark.parametrize(
    ("target", "parts"),
    [
        ("mine.py:Filter.apply", ("mine.py", "Filter.apply")),
        ("mine.py", ("mine.py", "")),
        ("C:mine.py", ("C:mine.py", "")),
        ("D:mine.ipynb", ("D:mine.ipynb", "")),
        ("m:Filter.apply", ("m", "Filter.apply")),
        ("lesson:2/mine.py", ("lesson:2/mine.py", "")),
        ("C:\\mine.py:convolve", ("C:\\mine.py", "convolve")),
        *((text, None) for text in (":convolve", "mine.txt:2nd", "mine.txt:Filter.2nd", "mine.txt:Filter.")),
    ],
)
def test_targets(target: str, parts: tuple[str, str] | None) -> None:
    """Some name no function."""
    if parts is not None:
        assert split_target(target) == parts
        return
    with pytest.raises(ValueError, match=f"needs FILE.py:FUNCTION, got '{target}'"):
        split_target(target)
