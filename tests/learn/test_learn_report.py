"""What is said of a kernel that was learned."""

from dataclasses import replace

import numpy as np
from conftest import noise
from test_pair import FLAT, exact, learned, said

from filtering.fast import convolve_fast
from filtering.grammar import parse_kernel
from filtering.learn.known import Known
from filtering.learn.learner import Learned
from filtering.learn.report import estimate_text, kernel_file_text, learned_data
from kernels import KERNELS

IMAGE = noise(40, 50)
BLURRED = convolve_fast(IMAGE, KERNELS["gaussian"])
EXACT = exact(IMAGE, BLURRED)
ESTIMATE = Learned(
    verdict="none", kernel=np.array([[0.123456, -12.5, 3.0]]), border="replicate", borders=["replicate"],
    offset=1.23456, rounding="half-even", range="saturate", result=IMAGE, pixels=2000, differing=1,
    explained=0.98765, errors=np.array([[0.0123, 0.002, 0.9]]), worst=(7, 3), residual=5,
)  # fmt: skip


def test_the_kernel_file_the_true_convolution_if_it_is_another_and_what_no_name_says() -> None:
    for kernel, divisor, more in [
        (KERNELS["gaussian"], " / 256", ""),
        (KERNELS["sobel_x"], "", "as a true convolution"),
        (np.outer([1, 2, 1], [1, 2, 1]) / 16, " / 16", "\n    like a Gaussian of sigma 0.85: "),
    ]:
        found = exact(IMAGE, convolve_fast(IMAGE, kernel))
        for words in ("as a true convolution", "\n    like a Gaussian of sigma 0.85: "):
            assert (words in said(found)) == (words == more)
        heading, text = kernel_file_text(found, "a.png", "b.png").split("\n", 1)
        assert (heading, text.endswith(f"{divisor}\n")) == ("# learned from a.png and b.png", True)
        assert np.array_equal(parse_kernel(text), kernel)


def test_the_kernel_file_of_an_estimate() -> None:
    estimate = replace(ESTIMATE, kernel=np.array([[2**0.5, -12.5, 3.0]]))
    for one, comment in [
        (estimate, ": an estimate"),
        (replace(estimate, verdict="exact", offset=128), "; 128, which was added to every sum, is left out"),
    ]:
        text = f"# learned from a.png and b.png{comment}\n1.4142135623730951 -12.5 3.0\n"
        assert kernel_file_text(one, "a.png", "b.png") == text


def test_an_unknown_border() -> None:
    after = BLURRED ^ 128
    after[2:-2, 2:-2] = BLURRED[2:-2, 2:-2]
    found = learned(IMAGE, after, verdict="nearly")
    x, y = found.worst
    apart = f"{found.differing - 1} near the edge differ, by up to {found.residual} at {x},{y}"
    equal = f"but for an unknown border: all pixels inside are equal, {apart}"
    assert f"{equal}\n\nlearned  5 x 5, gaussian\n" in said(replace(found, ties=1))


def test_ties_nearly_and_none() -> None:
    equal = "this kernel turns a.png into b.png, border replicate: all 2000 pixels are equal, but for "
    for ties, counted in [(1, "1 tie: "), (2, "2 ties: ")]:
        assert said(replace(EXACT, ties=ties, differing=ties)).startswith(equal + counted)
    shortfall = "explains 98.7 % of the change; 1 of 2000 pixels differ, by up to 5 at 7,3"
    none = f"no kernel turns a.png into b.png exactly; the best one {shortfall}"
    assert said(ESTIMATE).startswith(f"{none}\n")
    assert said(replace(ESTIMATE, note="{before} is mirrored")).startswith(f"{none}; a.png is mirrored\n")
    nearly = said(replace(ESTIMATE, verdict="nearly", border="wrap", borders=["wrap"]))
    assert nearly.startswith(f"this kernel nearly turns a.png into b.png, border wrap: it {shortfall}\n")
    assert "*adds" not in nearly


def test_a_known_kernel() -> None:
    """The shares are told with one decimal, and compared so."""
    known = replace(ESTIMATE, known=Known("sharpen", ESTIMATE.kernel, None))
    for best, share, good in [
        (0.9877, 98.7, "as good as"),
        (0.99, 99.0, "as good as"),
        (0.986, 98.6, "better than"),
    ]:
        text = f"sharpen, {good} the best estimate (98.7 against {share} % of the change)"
        assert f"nearest known kernel: {text}" in said(replace(known, best=best))


def test_further_effects() -> None:
    found = replace(EXACT, offset=2.5, rounding="truncate", range="absolute-value")
    adds, truncates, absolute = said(found).splitlines()[1:4]
    assert adds == "It *adds 2.5* to every sum."
    assert truncates.startswith("It *truncates*")
    assert "absolute" in absolute
    assert learned_data(found, "a.png", "b.png")["rounding"] == "absolute-value, truncate"


def test_weights_that_may_be_others() -> None:
    text = said(replace(EXACT, errors=np.array([[0.000123]])))
    assert "    other weights, up to 0.0002 away, give the same pixels here" in text
    assert "flipping" not in text  # weights close by are not symmetric
    unknown = said(replace(EXACT, errors=np.array([[12.0]])))
    assert "    other weights give the same pixels here: the image" in unknown


def test_an_estimate_has_as_many_decimals_as_are_known() -> None:
    assert estimate_text(ESTIMATE) == "  0.12  -12.50    3.00\noffset 1.23; standard errors 0.002 to 0.9"
    tiny = replace(ESTIMATE, errors=np.full((1, 3), 5e-6))
    assert estimate_text(tiny).startswith("  0.1234560  -12.5000000    3.0000000\n")


def test_weights_that_the_image_does_not_determine() -> None:
    for open_, count, weights in [
        ([False, False, True], "1 weight open", "  0.123  -12.500        ?"),
        ([True, True, True], "3 weights open", "?  ?  ?"),
    ]:
        some = replace(ESTIMATE, open=np.array([open_]))
        assert said(some).startswith(f"a.png does not determine a kernel: {count}\n")
        assert estimate_text(some).splitlines()[0] == weights
    flat = learned(FLAT, FLAT + np.uint8(1))
    assert said(flat).startswith("a.png has only one grey value, and in b.png each became another one, ")
