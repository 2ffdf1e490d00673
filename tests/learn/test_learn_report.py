"""What is said of a kernel that was learned."""

from dataclasses import replace

import numpy as np
import pytest
from conftest import noise
from test_pair import said

from filtering.fast import convolve_fast
from filtering.grammar import parse_kernel
from filtering.learn import learn_kernel
from filtering.learn.learner import Learned
from filtering.learn.report import estimate_text, kernel_file_text, learned_data
from kernels import KERNELS

IMAGE = noise(40, 50)
BLURRED = convolve_fast(IMAGE, KERNELS["gaussian"])
EXACT = learn_kernel(IMAGE, BLURRED)
ESTIMATE = Learned(
    verdict="none", kernel=np.array([[0.123456, -12.5, 3.0]]), border="replicate", borders=["replicate"],
    offset=1.23456, rounding="half-even", range="saturate", result=IMAGE, pixels=2000, differing=1,
    explained=0.98765, errors=np.array([[0.0123, 0.002, 0.9]]), worst=(7, 3), residual=5,
)  # fmt: skip


def first_line(learned: Learned) -> str:
    return said(learned).splitlines()[0]


def test_ties() -> None:
    equal = "this kernel turns a.png into b.png, border replicate: all 2000 pixels are equal, but for "
    for ties, counted in [(1, "1 tie: "), (2, "2 ties: ")]:
        assert first_line(replace(EXACT, ties=ties, differing=ties)).startswith(equal + counted)


@pytest.mark.parametrize(("name", "turned"), [("gaussian", False), ("sobel_x", True)])
def test_the_kernel_file_and_the_true_convolution_if_it_is_another(name: str, turned: bool) -> None:
    """The file is read as the same kernel."""
    learned = learn_kernel(IMAGE, convolve_fast(IMAGE, KERNELS[name]))
    assert ("as a true convolution" in said(learned)) == turned
    text = kernel_file_text(learned, "a.png", "b.png")
    assert text.startswith("# learned from a.png and b.png\n")
    assert (" / 256\n" in text) == (" / " in text) == (not turned)
    assert np.array_equal(parse_kernel(text.partition("\n")[2]), KERNELS[name])


def test_the_kernel_file_of_an_estimate() -> None:
    """Every digit, and no divisor."""
    estimate = replace(ESTIMATE, kernel=np.array([[2**0.5, -12.5, 3.0]]))
    weights = "1.4142135623730951 -12.5 3.0\n"
    text = f"# learned from a.png and b.png: an estimate\n{weights}"
    assert kernel_file_text(estimate, "a.png", "b.png") == text
    added = kernel_file_text(replace(estimate, verdict="exact", offset=128), "a.png", "b.png")
    assert (
        added == f"# learned from a.png and b.png; 128, which was added to every sum, is left out\n{weights}"
    )


def test_an_unknown_border() -> None:
    """The kernel is known, so it is written as one."""
    after = BLURRED ^ 128
    after[2:-2, 2:-2] = BLURRED[2:-2, 2:-2]
    learned = learn_kernel(IMAGE, after)
    lines = said(replace(learned, ties=1)).splitlines()
    x, y = learned.worst
    apart = f"{learned.differing - 1} near the edge differ, by up to {learned.residual} at {x},{y}"
    assert lines[0].endswith(f"but for an unknown border: all pixels inside are equal, {apart}")
    assert lines[1:3] == ["", "learned  5 x 5, gaussian"]


def test_nearly_and_none() -> None:
    shortfall = "explains 98.7 % of the change; 1 of 2000 pixels differ, by up to 5 at 7,3"
    assert first_line(ESTIMATE) == f"no kernel turns a.png into b.png exactly; the best one {shortfall}"
    assert first_line(replace(ESTIMATE, note="the image is mirrored")).endswith("7,3; the image is mirrored")
    nearly = replace(ESTIMATE, verdict="nearly", border="wrap", borders=["wrap"])
    assert first_line(nearly) == f"this kernel nearly turns a.png into b.png, border wrap: it {shortfall}"
    assert "*adds" not in said(nearly)


def test_further_effects() -> None:
    learned = replace(EXACT, offset=2.5, rounding="truncate", range="absolute-value")
    lines = said(learned).splitlines()
    assert lines[1] == "It *adds 2.5* to every sum."
    assert lines[2].startswith("It *truncates*")
    assert "absolute" in lines[3]
    assert learned_data(learned, "a.png", "b.png")["rounding"] == "absolute-value, truncate"


def test_weights_that_may_be_others() -> None:
    exact = replace(EXACT, errors=np.array([[0.000123]]))
    assert "    other weights, up to 0.0002 away, give the same pixels here" in said(exact)
    assert "flipping" not in said(exact)  # weights close by are not symmetric
    unknown = replace(exact, errors=np.array([[12.0]]))
    assert "    other weights give the same pixels here: the image" in said(unknown)


def test_an_estimate_has_as_many_decimals_as_are_known() -> None:
    assert estimate_text(ESTIMATE) == "  0.12  -12.50    3.00\noffset 1.23; standard errors 0.002 to 0.9"
    for error, weights in [
        (0.0123, "  0.123  -12.500    3.000\noffset 1.235; standard errors 0.01 to 0.01"),
        (5e-6, "  0.1234560  -12.5000000    3.0000000\n"),
    ]:
        assert estimate_text(replace(ESTIMATE, errors=np.full((1, 3), error))).startswith(weights)


def test_weights_that_the_image_does_not_determine() -> None:
    for open_, count, weights in [
        ([False, False, True], "1 weight open", "  0.123  -12.500        ?"),
        ([True, True, True], "3 weights open", "?  ?  ?"),
    ]:
        some = replace(ESTIMATE, open=np.array([open_]))
        assert first_line(some) == f"a.png does not determine a kernel: {count}"
        assert estimate_text(some).splitlines()[0] == weights
    flat = learn_kernel(np.full((20, 30), 9, np.uint8), np.full((20, 30), 10, np.uint8))
    assert said(flat).startswith("a.png has only one grey value, and in b.png each became another one, ")
