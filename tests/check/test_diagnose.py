"""The diagnosis beyond the findings of the gallery: what is not repeatable, examples, and calls of it."""

from typing import Any

import numpy as np
import pytest
from conftest import ROOT, noise
from gallery import CASES
from test_gallery import found

from convolutions import convolve
from filtering.check import check_function
from filtering.check.calling import Trial
from filtering.check.diagnose import differ, examine, split_target
from filtering.check.probes import probes
from filtering.check.report import message as text_of

Array = np.ndarray
right = CASES["strided"].function
AGAIN = len(probes()) + 2  # the call that repeats the first probe; before all, one shows how to call it


def test_outputs_differ_by_shape_or_by_a_pixel_that_counts() -> None:
    first, other = np.zeros((3, 4)), np.eye(3, 4)
    outputs = [first, other, first.T, None]
    one, *others = [Trial(output, None, []) for output in outputs]
    assert [differ(one, trial) for trial in [one, *others, None]] == [False, True, True, True, False]
    assert not differ(one, others[0], computed=other == 0)


@pytest.mark.parametrize(
    ("name", "wrong", "verdict"),
    [
        ("strided", {7: 255}, "partly"),
        ("strided", {7: None}, "partly"),  # an exception
        ("strided", {AGAIN: 255}, "partly"),
        ("strided", {7: 255, AGAIN: 255}, "unexplained"),  # what changes excuses no single size
        ("one_pixel_never_written", {AGAIN: 255}, "unexplained"),  # nor is it memory that nobody has written
    ],
)
def test_calls_that_go_wrong_whatever_the_image_is(name: str, wrong: dict[int, Any], verdict: str) -> None:
    calls = []

    def seldom(image: Array, kernel: Array) -> Any:
        calls.append(1)
        output = CASES[name].function(image, kernel)
        return wrong[len(calls)] - output if len(calls) in wrong else output

    result = check_function(seldom, seconds=999)  # enough to try again
    assert (result["verdict"], found(result)) == (verdict, {"result": "not-repeatable"})
    assert " image with a " not in result["advice"]


def test_the_example_is_of_about_nine_weights_and_inside() -> None:
    """So that it can be followed by hand; at the edge where all else is right; never a missing pixel."""
    for function, place in [
        (lambda image, kernel: right(image, kernel) ^ (np.indices(image.shape)[0] == 2), (1, 2)),
        (CASES["paper_around"].function, (0, 0)),
    ]:
        example = examine(function).example
        assert example is not None
        assert (example[0].probe.kernel.shape, example[1:]) == ((3, 3), place)  # the first one
    assert examine(CASES["crops"].function).example is None


def test_images_that_fail_for_different_reasons() -> None:
    def fails(image: Array, kernel: Array) -> Any:
        if image.shape == (12, 17):
            raise KeyError("one")
        if image.shape in ((16, 16), (14, 11)):
            raise ValueError("another")
        return right(image, kernel)

    assert "KeyError: 'one', or ValueError: another" in text_of(examine(fails)).replace("\n   ", " ")


def test_kernels_of_the_user() -> None:

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
    (finding,) = result["findings"]
    assert list(finding) == ["aspect", "found", "expected", "advice"]
    assert (result["function"], finding["expected"]) == ("edge_at_0", "reflect")
    assert 'mode="symmetric"' in finding["advice"]


def test_of_this_process() -> None:
    calls = []

    def counting(image: Array, kernel: Array) -> Any:
        calls.append(1)
        return right(image, kernel)

    told: list[tuple[int, int]] = []
    assert check_function(counting, progress=lambda *done: told.append(done))["verdict"] == "matches"
    assert len(calls) == AGAIN + 1  # in colour
    assert told == [(number, AGAIN) for number in range(1, AGAIN + 1)]
    assert check_function(convolve)["verdict"] == "matches"


def test_an_interrupt_is_the_users() -> None:
    def interrupted(image: Array, kernel: Array) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_function(interrupted)


def test_bad_arguments() -> None:
    calls: list[tuple[Any, dict[str, Any], str]] = [
        (lambda image: image, {}, r"needs an image and a kernel, got <lambda>\(image\)$"),
        (lambda image, kernel, whatever: image, {}, r"got <lambda>\(image, kernel, whatever\)$"),
        (convolve, {"image": noise(3, 3, 3)}, r"is gray, \(H, W\); got shape \(3, 3, 3\)"),
        (convolve, {"border": "mirror"}, "border needs to be one of"),
        (convolve, {"image": np.zeros((3, 3))}, "an image needs uint8, got float64"),
        (convolve, {"kernels": {"even": np.ones((2, 2))}}, "odd sides"),
        ("nowhere.py:f", {}, "cannot read nowhere.py: no such file"),
        (f"{ROOT}:f", {}, "is a directory"),
    ]
    for function, given, message in calls:
        with pytest.raises(ValueError, match=message):
            check_function(function, **given)


def test_targets() -> None:
    for file, name in [
        ("mine.py", ""), ("C:mine.py", ""), ("D:mine.ipynb", ""), ("lesson:2/mine.py", ""),
        ("mine.py", ":Filter.apply"), ("m", ":Filter.apply"), ("C:\\mine.py", ":convolve"),
    ]:  # fmt: skip
        assert split_target(file + name) == (file, name[1:]), file
    for text in [":convolve", "mine.txt:2nd", "mine.txt:Filter.2nd", "mine.txt:Filter."]:
        with pytest.raises(ValueError, match=f"needs FILE.py:FUNCTION, got '{text}'"):
            split_target(text)
