"""What is said of a kernel that was learned."""

from dataclasses import replace

import numpy as np
import pytest
from conftest import noise

from filtering.fast import convolve_fast
from filtering.grammar import parse_kernel
from filtering.learn import learn_kernel
from filtering.learn.learner import Learned
from filtering.learn.report import estimate_text, kernel_file_text, learned_data, learned_text
from kernels import KERNELS

IMAGE = noise(40, 50)
BLURRED = convolve_fast(IMAGE, KERNELS["gaussian"])
ESTIMATE = Learned(
    verdict="none",
    kernel=np.array([[0.123456, -12.5, 3.0]]),
    border="replicate",
    borders=["replicate"],
    offset=1.23456,
    rounding="half-even",
    range="saturate",
    result=IMAGE,
    pixels=2000,
    differing=1,
    explained=0.98765,
    errors=np.array([[0.0123, 0.002, 0.9]]),
    worst=(7, 3),
    residual=5,
)


def first_line(learned: Learned) -> str:
    return learned_text(learned, "a.png", "b.png").splitlines()[0]


@pytest.mark.parametrize(("ties", "counted"), [(1, "1 tie"), (2, "2 ties")])
def test_ties(ties: int, counted: str) -> None:
    learned = replace(learn_kernel(IMAGE, BLURRED), ties=ties, differing=ties)
    equal = (
        f"border replicate: all 2000 pixels are equal, but for {counted}: there the exact response is too "
    )
    close = "close to a rounding boundary for float32, and how halves are rounded is not sure"
    assert first_line(learned) == f"this kernel turns a.png into b.png, {equal}{close}"


@pytest.mark.parametrize(("name", "turned"), [("gaussian", False), ("sobel_x", True)])
def test_the_kernel_of_a_true_convolution_if_it_is_another(name: str, turned: bool) -> None:
    learned = learn_kernel(IMAGE, convolve_fast(IMAGE, KERNELS[name]))
    assert ("as a true convolution" in learned_text(learned, "a.png", "b.png")) == turned


@pytest.mark.parametrize("name", ["gaussian", "sobel_x"])
def test_the_kernel_file_is_read_as_the_same_kernel(name: str) -> None:
    learned = learn_kernel(IMAGE, convolve_fast(IMAGE, KERNELS[name]))
    text = kernel_file_text(learned, "a.png", "b.png")
    assert text.startswith("# learned from a.png and b.png\n")
    assert (" / 256\n" in text, " / " in text) == (name == "gaussian", name == "gaussian")
    assert np.array_equal(parse_kernel(text.partition("\n")[2]), KERNELS[name])


def test_the_kernel_file_of_an_estimate() -> None:
    """Every digit, and no divisor."""
    estimate = replace(ESTIMATE, kernel=np.array([[2**0.5, -12.5, 3.0]]))
    text = "# learned from a.png and b.png: an estimate\n1.4142135623730951 -12.5 3.0\n"
    assert kernel_file_text(estimate, "a.png", "b.png") == text


def test_an_unknown_border() -> None:
    """The kernel is known, so it is written as one."""
    after = BLURRED ^ 128
    after[2:-2, 2:-2] = BLURRED[2:-2, 2:-2]
    learned = learn_kernel(IMAGE, after)
    lines = learned_text(replace(learned, ties=1), "a.png", "b.png").splitlines()
    x, y = learned.worst
    apart = f"{learned.differing - 1} near the edge differ, by up to {learned.residual}"
    known = "this kernel turns a.png into b.png, but for an unknown border: all pixels inside are equal"
    assert lines[0] == f"{known}, {apart} at {x},{y}"
    assert lines[1:3] == ["", "learned  5 x 5, gaussian"]


def test_nearly_and_none() -> None:
    shortfall = "it explains 98.7 % of the change; 1 of 2000 pixels differ, by up to 5 at 7,3"
    assert first_line(ESTIMATE) == f"no kernel turns a.png into b.png exactly; the best one {shortfall[3:]}"
    assert first_line(replace(ESTIMATE, note="the image is mirrored")).endswith("7,3; the image is mirrored")
    nearly = replace(ESTIMATE, verdict="nearly", border="wrap", borders=["wrap"])
    assert first_line(nearly) == f"this kernel nearly turns a.png into b.png, border wrap: {shortfall}"


def test_further_effects() -> None:
    learned = replace(learn_kernel(IMAGE, BLURRED), offset=2.5, rounding="truncate", range="absolute-value")
    lines = learned_text(learned, "a.png", "b.png").splitlines()
    assert lines[1] == "It *adds 2.5* to every sum."
    assert lines[2].startswith("It *truncates*")
    assert "absolute" in lines[3]
    assert learned_data(learned, "a.png", "b.png")["rounding"] == "absolute-value, truncate"
    assert "*adds" not in learned_text(replace(ESTIMATE, verdict="nearly"), "a.png", "b.png")


def test_weights_that_may_be_others() -> None:
    exact = replace(learn_kernel(IMAGE, BLURRED), errors=np.array([[0.000123]]))
    said = "    other weights, up to 0.0002 away, give the same pixels here"
    assert said in learned_text(exact, "a.png", "b.png")
    assert "flipping" not in learned_text(exact, "a.png", "b.png")  # weights close by are not symmetric
    unknown = replace(exact, errors=np.array([[12.0]]))
    assert "    other weights give the same pixels here: the image" in learned_text(unknown, "a.png", "b.png")
    assert "other weights" not in learned_text(replace(exact, errors=None), "a.png", "b.png")


def test_an_estimate_has_as_many_decimals_as_are_known() -> None:
    assert estimate_text(ESTIMATE) == "  0.12  -12.50    3.00\noffset 1.23; standard errors 0.002 to 0.9"
    finer = replace(ESTIMATE, errors=np.full((1, 3), 0.0123))
    assert estimate_text(finer) == "  0.123  -12.500    3.000\noffset 1.235; standard errors 0.01 to 0.01"
    finest = estimate_text(replace(ESTIMATE, errors=np.full((1, 3), 5e-6)))
    assert finest.splitlines()[0] == "  0.1234560  -12.5000000    3.0000000"


def test_weights_that_the_image_does_not_determine() -> None:
    some = replace(ESTIMATE, open=np.array([[False, False, True]]))
    assert first_line(some) == "a.png does not determine a kernel: 1 weight open"
    assert estimate_text(some).splitlines()[0] == "  0.123  -12.500        ?"
    flat = learn_kernel(np.full((20, 30), 9, np.uint8), np.full((20, 30), 10, np.uint8))
    assert learned_text(flat, "a.png", "b.png") == (
        "a.png has only one grey value, and in b.png each became another one, wherever it stands: "
        "too little to tell a kernel from a change of tones"
    )
    all_open = replace(ESTIMATE, open=np.ones((1, 3), bool))
    assert first_line(all_open) == "a.png does not determine a kernel: 3 weights open"
    assert estimate_text(all_open) == "?  ?  ?"
