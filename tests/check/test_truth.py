"""No claim without proof: what overflows, few and tiny outputs, chance, crops, and names that are taken."""

import textwrap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import strangers
from test_gallery import found

from filtering.check import check_function, runner
from filtering.check.calling import Failure, Trial
from filtering.check.diagnose import WRONG, differ, examine, failure_of, no_progress
from filtering.check.kinds import Group, exact_kinds
from filtering.check.mistakes import Hypothesis
from filtering.check.probes import Probe, probes
from filtering.check.search import _silent
from filtering.model import REACH

Array = np.ndarray
Function = Callable[[Array, Array], Any]
right: Function = strangers.RIGHT["strided"]
sums: Callable[..., Any] = strangers.total


def test_what_is_out_of_range_depends_on_the_function() -> None:
    """By its border, its rounding, its absolute values, and the pixels that it leaves out."""
    edge = Probe(np.full((9, 9), 200, np.uint8), np.ones((3, 3)) / 8)  # 225 inside, 75 in a dark corner
    low = Probe(np.full((9, 9), 5, np.uint8), np.full((3, 3), -0.125 / 9))  # -0.6
    dark = Probe(np.full((9, 9), 99, np.uint8), np.full((3, 3), -0.25))  # -222
    darker = Probe(np.full((9, 9), 99, np.uint8), np.full((3, 3), -0.5))  # -445
    fine = Probe(np.full((9, 9), 99, np.uint8), np.ones((3, 3)) / 8)

    def told(bad: Probe, guess: Hypothesis) -> bool:
        return exact_kinds([bad], [bad, fine], guess) == ("sum below 0 or above 255",)

    assert told(edge, Hypothesis(255))
    assert not told(edge, Hypothesis("zero"))
    assert not told(edge, Hypothesis(255, frame=REACH))
    assert told(low, Hypothesis())
    assert not told(low, Hypothesis(rounding="truncate"))
    assert told(dark, Hypothesis())
    absolute = Hypothesis(range="absolute-value")
    assert exact_kinds([dark], [dark, fine], absolute) == ()
    assert exact_kinds([darker], [darker, dark, fine], absolute) == ("absolute sum above 255",)


@pytest.mark.parametrize(
    "works",
    [
        lambda image, kernel: min(image.shape) < 9,
        lambda image, kernel: min(image.shape) < 9 or kernel.size == 1,
        lambda image, kernel: kernel.shape != (3, 3),
    ],
)
def test_tiny_images_and_survivors_prove_nothing(works: Callable[[Array, Array], bool]) -> None:
    """Without 3 x 3 kernels on images of some size, nothing is said of how the pixels are made."""

    def surviving(image: Array, kernel: Array) -> Any:
        if not works(image, kernel):
            raise ValueError
        return np.clip(sums(image, kernel), 0, 255).astype(np.uint8)

    result = check_function(surviving)
    assert result["verdict"] in ("fails", "unexplained")
    assert found(result).keys() == {"fails-on"}


def test_most_pixels_have_to_be_right() -> None:
    """What fails without a name counts: then it is part of the truth at most, or too much."""

    def failing(heights: set[int]) -> Function:
        def function(image: Array, kernel: Array) -> Any:
            if image.shape[0] in heights:
                raise ValueError
            return right(image, kernel)

        return function

    assert check_function(failing({13}))["verdict"] == "partly"
    assert check_function(failing({11, 13, 15, 16, 20, 24}))["verdict"] == "unexplained"


def test_a_claim_that_predicts_nothing_is_no_claim() -> None:
    """An image of one value has nothing to stretch, and one smaller than the kernel no inside."""
    some = next(probe for probe in probes() if probe.kernel.shape == (3, 3))
    small = Probe(np.full((2, 3), 7, np.uint8), np.ones((5, 5)))
    flat = Probe(np.zeros_like(some.image), some.kernel)
    stretched, framed = Hypothesis(range="stretch by the largest"), Hypothesis(frame=REACH)
    assert [_silent(probe, stretched) for probe in (some, flat, small)] == [False, True, False]
    assert [_silent(probe, framed) for probe in (some, flat, small)] == [False, False, True]


def test_a_few_black_results_are_no_black_result() -> None:
    """Loops that find nothing to do in tiny images, and fail in others."""

    def short(image: Array, kernel: Array) -> Any:
        out, rows, columns = np.zeros_like(image), kernel.shape[0] // 2, kernel.shape[1] // 2
        for y in range(rows, image.shape[0] - rows):
            for x in range(columns, image.shape[1] - columns):
                window = image[y - rows : y + rows, x - columns : x + columns]
                out[y, x] = (window * kernel).sum()
        return out

    result = check_function(short)
    assert (result["verdict"], list(found(result))) == ("fails", ["fails-on"])


def test_a_default_padding_that_fits_one_size() -> None:
    """A result of another size is no result, be it smaller or larger than the image."""

    def padded(image: Array, kernel: Array, padding: int = 1) -> Any:
        image = np.pad(image.astype(float), padding)
        if min(np.subtract(image.shape, kernel.shape)) < 0:
            raise ValueError
        return (np.lib.stride_tricks.sliding_window_view(image, kernel.shape) * kernel).sum((2, 3))

    told = found(check_function(padded))
    assert (
        told.pop("fails-on") == "kernel other than 3 x 3: a result of shape (11, 11) for an image of (13, 13)"
    )
    assert told == strangers.FLOATS | strangers.ZERO


def test_square_images_and_kernels_of_3_x_3() -> None:
    """Few outputs are enough where they are of some size, and the rest fails by its kind."""

    def squares(image: Array, kernel: Array) -> Any:
        if kernel.shape != (3, 3):
            return image[:4, :1]
        side = image.shape[0] - 2
        out = np.zeros((side, side), int)
        out[:] = sums(image, kernel)[1 : side + 1, 1 : side + 1]  # less than the image, or too much
        return out

    result = check_function(squares)
    told = {"dtype": "int64", "border": "cropped"}
    told["fails-on"] = (
        "non-square image and kernel other than 3 x 3: a result of shape (4, 1) for an image of (13, 13)"
    )
    assert (result["verdict"], found(result)) == ("explained", told)


def test_which_failure_is_told_of_a_kind() -> None:
    """One that is not a kind of its own; and that others have a wrong result."""
    one, other, third = probes()[:3]
    group = Group(("kernel other than 3 x 3",), [one, other, third])
    overflow = Failure("exception", "OverflowError: 300", "OverflowError", "300")
    index = Failure("exception", "IndexError: 1", "IndexError", "1")
    either = replace(index, text="IndexError: 1, or a wrong result")
    assert failure_of(group, {one: overflow, other: index, third: index}) == index
    assert failure_of(group, {one: overflow, other: index}) == either
    assert failure_of(group, {one: overflow}) == WRONG
    assert failure_of(group, {one: overflow, other: overflow, third: overflow}) == overflow


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

    result = check_function(seldom)
    assert (result["verdict"], found(result)) == ("partly", {"result": "not-repeatable"})
    assert " image with a " not in result["advice"]


def test_a_size_is_blamed_if_it_fails_again(tmp_path: Path) -> None:
    """In a new process, which knows nothing of the first."""
    text = """
        import cv2, os
        from pathlib import Path

        def convolve(image, kernel):
            output = cv2.filter2D(image, -1, kernel.astype(float), borderType=cv2.BORDER_REPLICATE)
            with open("calls", "a") as calls:
                calls.write(".")
            bad = image.shape == (2, 3) if {always} else Path("calls").stat().st_size == 7
            return 255 - output if bad else output
    """
    told = {}
    for always in (True, False):
        (tmp_path / "calls").unlink(missing_ok=True)
        (tmp_path / "mine.py").write_text(textwrap.dedent(text.format(always=always)))
        told[always] = found(check_function(str(tmp_path / "mine.py")))
    assert told[True] == {"fails-on": "2 x 3 image with a 5 x 5 kernel: a wrong result"}
    assert told[False] == {"result": "not-repeatable"}


# Outputs that are smaller than the image.


def crop(image: Array, kernel: Array, rows: int, columns: int, mode: Any = "constant") -> Any:
    """Pad, and compute only the first rows and columns."""
    whole = sums(image, kernel, mode)
    height, width = image.shape[0] - rows, image.shape[1] - columns
    if height < 1 or width < 1:
        raise ValueError
    return whole[:height, :width]


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (lambda image, kernel: crop(image, kernel, kernel.shape[0] - 1, kernel.shape[1] - 1),
         {"border": "zero", "not-computed": "last-kernel-rows-and-columns"}),
        (lambda image, kernel: crop(image, kernel, kernel.shape[0] // 2, kernel.shape[1] // 2, "edge"),
         {"not-computed": "last-half-kernel-rows-and-columns"}),
        (lambda image, kernel: crop(image, np.flip(kernel), 1, 1, "wrap"),
         {"orientation": "rotated180", "border": "wrap", "not-computed": "last-row-and-column"}),
    ],
)  # fmt: skip
def test_padded_and_then_cropped(function: Function, told: dict[str, str]) -> None:
    """It lacks rows at the bottom; it is not shifted, and does pad."""
    result = check_function(function)
    seen = found(result)
    seen.pop("fails-on", None)  # an image of which nothing is left
    assert seen == told | strangers.FLOATS
    assert "np.pad" not in result["advice"]
    assert "It leaves out *the last " in result["advice"]
    assert "make the result by `np.zeros(image.shape)`" in result["advice"].replace("Make", "make")


def test_cropped_in_the_middle_is_the_simpler_story() -> None:
    def cropped(image: Array, kernel: Array) -> Any:
        return sums(image, kernel)[
            kernel.shape[0] // 2 : image.shape[0] - kernel.shape[0] // 2,
            kernel.shape[1] // 2 : image.shape[1] - kernel.shape[1] // 2,
        ]

    assert found(check_function(cropped)).keys() == {"rounding", "range", "dtype", "border"}


# Names that are taken, in a file.

OWN = """
import numpy as np


def convolve(image, kernel):
    return image[::-1]
"""


@pytest.mark.parametrize(
    ("after", "note"),
    [
        ("from scipy.ndimage import convolve\n", "line 7 imports another `convolve`; the one of line 5"),
        ("from scipy.ndimage import *\n", "line 7 imports another `convolve`; the one of line 5"),
        ("import math as convolve\n", "line 7 imports another `convolve`; the one of line 5"),
        ("from not_installed_here import convolve\n", "line 7 imports another `convolve`; the one of line 5"),
        ("try:\n    from scipy.ndimage import convolve\nexcept ImportError:\n    pass\n", "line 7 imports"),
        ("from scipy.ndimage import convolve\nfrom scipy.signal import convolve\n", "line 8 imports"),
        ("from scipy.ndimage import correlate\n", ""),
    ],
)
def test_the_function_of_the_file_is_examined(tmp_path: Path, after: str, note: str) -> None:
    """Not an import further down that takes its name."""
    (tmp_path / "mine.py").write_text(OWN + after)
    for name in ("", ":convolve"):
        result = check_function(f"{tmp_path / 'mine.py'}{name}")
        assert result["verdict"] == "unexplained"  # an image upside down
        loaded = found(result).get("loading", "")
        assert note in loaded
        assert bool(note) == ("another `convolve`" in loaded)
        assert bool(note) == ("Line " in result["advice"])
        assert "loaded without line" not in result["advice"]


@pytest.mark.parametrize(
    "after",
    [
        "\ndef convolve(image, kernel):\n    return cv2.filter2D(image, -1, kernel.astype(float))\n",
        "convolve = lambda image, kernel: cv2.filter2D(image, -1, kernel.astype(float))\n",
        "from scipy.ndimage import convolve\nconvolve = lambda i, k: cv2.filter2D(i, -1, k.astype(float))\n",
        "from scipy.ndimage import convolve\n"
        "def convolve(image, kernel):\n    return cv2.filter2D(image, -1, kernel.astype(float))\n",
    ],
)
def test_what_the_file_itself_puts_in_its_place_is_examined(tmp_path: Path, after: str) -> None:
    """A second def, or an assignment: as in Python, the last one counts."""
    (tmp_path / "mine.py").write_text(OWN + "import cv2\n" + after)
    result = check_function(str(tmp_path / "mine.py"))
    assert (result["verdict"], found(result)) == ("matches", {"border": "reflect101"})


def test_the_file_goes_on_with_the_import(tmp_path: Path) -> None:
    """What the function itself calls by that name is the import, as in Python."""
    own = OWN.replace("image[::-1]", "convolve(image.astype(float), kernel) if kernel.size else image")
    (tmp_path / "mine.py").write_text(own + "from scipy.ndimage import convolve\n")
    told = found(check_function(str(tmp_path / "mine.py")))
    assert (told["orientation"], told["border"]) == ("rotated180", "reflect")


# What was not tried, and a result of booleans.


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("os.abort()", "It was started 4 times, and the last time it crashed Python (SIGABRT): "),
        ("os._exit(3)", "and the last time it ended Python itself, with exit status 3: "),
        ("bytearray(9 * 2**30)", "It was started 4 times, and the last time it ran out of memory: "),
    ],
)
def test_the_time_ran_out_only_if_it_did(tmp_path: Path, body: str, why: str) -> None:
    """An image of which Python dies is blamed; those that were not tried are not."""
    text = (
        "import os\n\n\ndef convolve(image, kernel):\n    if kernel.size > 1:\n        {}\n    return image\n"
    )
    (tmp_path / "mine.py").write_text(text.format(body))
    message = examine(str(tmp_path / "mine.py")).message
    assert "The time ran out" not in message
    assert f"{why}{len(probes()) - 4} of {len(probes())} probes were not tried." in message


def test_an_image_that_takes_all_memory_is_the_only_one_to_blame(tmp_path: Path) -> None:
    inputs = [(probe.image, probe.kernel) for probe in probes()[:3]]
    (tmp_path / "mine.py").write_text(
        "def convolve(image, kernel):\n"
        "    if image.shape == (13, 13):\n        bytearray(9 * 2**30)\n    return image\n"
    )
    run = runner.run_in_child(tmp_path / "mine.py", "", inputs, 60, no_progress)
    failures = [trial and trial.failure for trial in run.trials]
    assert failures == [Failure("memory", "MemoryError in line 3", "MemoryError"), None, None]


def test_why_probes_were_not_tried_is_told_as_it_was() -> None:
    late = replace(examine(right), untried=9, stopped="It was started 4 times", probes=30)
    assert late.message.endswith("It was started 4 times: 9 of 30 probes were not tried.")


@pytest.mark.parametrize("tried", [4, 5])
def test_what_was_not_looked_for_is_not_missing(tried: int) -> None:
    """After a few probes no explanation is looked for: it is not said that there is none."""
    wrong = examine(lambda image, kernel: 255 - right(image, kernel) // 2)
    late = replace(wrong, verdict="unexplained", untried=len(probes()) - tried)
    assert ("no combination of the mistakes known here" in late.message) == (tried == 5)
    assert ("but too few probes were tried to say why" in late.message) == (tried == 4)


@pytest.mark.parametrize(
    "function",
    [
        lambda sums: sums > 0,
        lambda sums: sums >= 1,
        lambda sums: sums > 255,
        lambda sums: sums < 0,
        lambda sums: sums > 128,
        lambda sums: sums[1:-1, 1:-1] > 128,
        lambda sums: sums.astype(bool),
    ],
)
def test_a_boolean_result_is_one_finding(function: Callable[[Array], Array]) -> None:
    result = check_function(lambda image, kernel: function(sums(image, kernel)))
    assert {key: value for key, value in found(result).items() if key != "fails-on"} == {"dtype": "bool"}
    assert result["verdict"] == "unexplained"
    assert "it returns *True and False* (dtype bool) instead of pixels" in result["advice"]


def test_a_trial_is_repeated_where_it_has_no_output() -> None:
    """An exception that comes and goes is no exception of a size."""
    fails, fine = Trial(None, Failure("exception", "ValueError"), []), Trial(np.zeros((2, 2)), None, [])
    assert differ(fails, fine)
    assert differ(fine, fails)
    assert not differ(fails, fails)
    assert not differ(fine, fine)
    assert not differ(fine, None)


@pytest.mark.parametrize("seed", range(4))
def test_a_function_that_is_random_is_not_explained(seed: int) -> None:
    """Three calls of ten are off by one: whatever that looks like, it is no range, and no border."""
    random = np.random.default_rng(seed)

    def unsteady(image: Array, kernel: Array) -> Array:
        right: Array = np.clip(np.rint(sums(image, kernel)), 0, 255).astype(np.uint8)
        return right ^ 1 if random.random() < 0.3 else right

    result = check_function(unsteady)
    assert result["verdict"] in ("partly", "unexplained")
    assert found(result) == {"result": "not-repeatable"}


def test_an_offset_of_a_half_is_not_rounding_up() -> None:
    """2.5 becomes 2 either way, and 3 becomes 4."""
    result = check_function(
        lambda image, kernel: np.clip(np.rint(sums(image, kernel).round(9) + 0.5), 0, 255).astype(np.uint8)
    )
    assert found(result) == {"offset": "0.5"}


def test_rounding_up_less_one_is_not_truncating() -> None:
    result = check_function(
        lambda image, kernel: np.clip(np.ceil(sums(image, kernel).round(9)) - 1, 0, 255).astype(np.uint8)
    )
    assert "rounding" not in found(result) or found(result) == {"offset": "-1", "rounding": "ceil"}
