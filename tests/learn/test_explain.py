"""How sums became pixels: ties, rounding, offset, range and border, and the image that a model makes."""

import cv2
import numpy as np
import pytest
from conftest import noise
from scipy import ndimage
from test_learner import ASYMMETRIC, FIFTH, GAUSSIAN, MEAN, SHARPEN, drawing
from test_pair import exact, learned, pair_of, pixels, said, sums

from filtering.borders import BORDERS, pad
from filtering.exact import on_paper
from filtering.fast import convolve_fast
from filtering.learn import learn_kernel
from filtering.learn.explain import count, distinct, explain
from filtering.model import Model
from kernels import KERNELS

TENTH = np.array([[1, 1, 1], [1, 2, 1], [1, 1, 1]]) / 10


def test_what_is_near_a_half_is_no_tie() -> None:
    """A sixteenth from it, floats fall on the right side; nor does a tie elsewhere excuse it."""
    image = noise(40, 50)
    after, sixteenths = convolve_fast(image, GAUSSIAN), sums(image, 16 * GAUSSIAN)
    for rest in (7, 8):
        y, x = np.argwhere(sixteenths[1:-1, 1:-1] % 16 == rest)[0] + 1
        after[y, x] = 2 * (sixteenths[y, x] // 16) + 1 - after[y, x]  # the other neighbour
        assert explain(pair_of(image, after), GAUSSIAN) is None


def test_all_pixels_may_be_saturated() -> None:
    for weight, level in ((300, 255), (-1, 0)):
        outcome = explain(pair_of(noise(9, 12) | 1, np.full((9, 12), level, np.uint8)), np.array([[weight]]))
        assert outcome is not None
        assert outcome.exact
        assert outcome.model.offset == 0


def test_windows_that_tell_of_noise() -> None:
    windows = np.array([[1, 2], [3, 4], [1, 2]])
    for after, once in [([5, 6, 5], [[1, 2], [3, 4]]), ([5, 6, 7], [])]:
        found, its_pixels = distinct(windows, np.array(after))
        assert (found.tolist(), its_pixels.tolist()) == (once, after[: len(once)])


@pytest.mark.parametrize("part", [np.s_[:, :], np.s_[1:-2, 3:-4], np.s_[:, 1:-1]])
def test_a_pixel_is_inside_if_its_window_is(part: tuple[slice, slice]) -> None:
    image, kernel, inside = noise(9, 12), np.ones((3, 5)) / 15, np.zeros((9, 12), bool)
    inside[1:-1, 2:-2] = True
    made, inside = convolve_fast(image, kernel)[part], inside[part]
    for wrong in (inside, ~inside):
        pair = pair_of(image, np.where(wrong, made ^ 128, made))
        outcome = count(pair, Model(on_paper(kernel)), kernel)
        assert (outcome.differing, outcome.inside) == (wrong.sum(), (wrong & inside).sum())
        assert outcome.exact == (not wrong.any())


def test_a_near_kernel_does_not_pass_by_ties() -> None:
    """Within float32's error of a half there are few pixels; of this kernel, 60 would have to be ties."""
    image, kernel = noise(400, 600), np.random.default_rng(0).random((3, 3))
    kernel /= kernel.sum()
    pair = pair_of(image, convolve_fast(image, kernel))
    assert explain(pair, kernel) is not None
    assert explain(pair, kernel * (1 + 1e-5)) is None


def test_single_levels_off_are_no_kernel() -> None:
    """Nor where black and white is one window many times over."""
    image = noise(40, 50)
    two, identity = np.where(image < 128, 0, 255).astype(np.uint8), KERNELS["identity"]
    for before, kernel, share in ((two, identity, 0.1), (image, GAUSSIAN, 0.2), (image, TENTH, 0.01)):
        some = np.random.default_rng(1).random(image.shape) < share
        found = learned(before, pixels(convolve_fast(before, kernel) - 1.0 * some), ties=0)
        assert found.verdict != "exact"
        assert found.differing > 0


@pytest.mark.parametrize("kernel", [TENTH, np.array([[-2, 0, 3], [1, -2, 0], [3, -2, -1]]) / 6])
def test_filter2ds_own_ties_are_excused(kernel: np.ndarray) -> None:
    """Its float32 takes most halves of one kernel up, and of the other down: still it is half-even."""
    image = 60 + noise(90, 120) // 2
    after = cv2.filter2D(image, -1, kernel, borderType=cv2.BORDER_REPLICATE)
    assert (after != convolve_fast(image, kernel)).any()
    found = exact(image, after, kernel, rounding="half-even")
    assert found.differing == found.ties


def test_equal_windows_have_equal_noise() -> None:
    """SciPy truncates; in flat parts, that are one window many times over, floats go one way each time."""
    after = ndimage.correlate(drawing(), MEAN, mode="nearest")
    exact(drawing(), after, MEAN, rounding="truncate", offset=0)


@pytest.mark.parametrize("number", [1, 10, 40])
def test_some_halves_fall_to_the_other_side(number: int) -> None:
    """The rounding is that of most halves; the image may be cropped, not by the same on all sides."""
    image = noise(40, 50)
    after, tenths = convolve_fast(image, TENTH), sums(image, 10 * TENTH)
    y, x = np.argwhere(tenths[8:-8, 8:-8] % 10 == 5)[:number].T + 8
    even = after[y, x].astype(int)
    after[y, x] = other = 2 * tenths[y, x] / 10 - even  # the other neighbour
    assert len(set(other - even)) == min(number, 2)  # some fall up, some down
    for part, border in ((np.s_[:, :], "replicate"), (np.s_[1:-2, 2:-3], "cropped")):
        exact(image, after[part], TENTH, rounding="half-even", border=border, differing=number, ties=number)


def test_rounding_and_offset(scene: np.ndarray) -> None:
    kernel = np.array([[1, 2, 1], [0, 4, -2], [3, 2, 1]]) / 32
    responses = sums(scene, kernel)
    for rounding, rounded, offset in [
        ("half-up", np.floor(responses + 128.5), 128),
        ("half-down", np.ceil(responses - 0.5), 0),
        ("truncate", np.trunc(responses + 3), 3),
        ("ceil", np.ceil(responses), 0),
        ("half-even", np.rint(responses - 1), -1),
    ]:
        found = exact(scene, pixels(rounded), kernel, rounding=rounding, offset=offset)
        assert ("It rounds *up*" in said(found)) == (rounding == "ceil")


def test_an_offset_in_decimals(scene: np.ndarray) -> None:
    """Over 9, 7.25 and 7.2 are the same."""
    for kernel, delta, offset in [(ASYMMETRIC, 0.5, 0.5), (MEAN, -0.3, -0.3), (MEAN, 7.25, 7.2)]:
        after = cv2.filter2D(scene, -1, kernel, delta=delta)
        found = exact(scene, after, kernel, rounding="half-even", offset=offset)
        assert f"It *adds {offset:g}* to every sum." in said(found)


def test_absolute_values_with_an_offset(scene: np.ndarray) -> None:
    """The opposite kernel needs the opposite offset: what is told gives every pixel."""
    for kernel in (np.array([[-1.0]]), KERNELS["laplacian"], np.array([[1.5, 0, -1.5]])):
        after = pixels(abs(sums(scene, kernel) + 100))
        found = exact(scene, after, range="absolute-value")
        told = pixels(abs(sums(scene, found.kernel) + found.offset))
        assert np.count_nonzero(told != after) == found.ties
        assert "opposite weights and the opposite offset give the same pixels" in said(found)


def test_no_other_range_than_a_pixel_needs(scene: np.ndarray) -> None:
    """Of a mean no response is negative; of 2 and -1 some are. Posterising to even values is no kernel."""
    exact(scene, pixels(abs(sums(scene, np.ones((1, 3)) / 3))), range="saturate")
    exact(scene, pixels(abs(sums(scene, np.array([[2.0, 0, -1]])))), range="absolute-value")
    assert learn_kernel(scene, scene // 2 * 2).verdict != "exact"


def test_borders(scene: np.ndarray) -> None:
    crossed = pad(pad(scene, 1, 0, "zero"), 0, 1, "wrap")
    by_side = np.pad(np.pad(scene, [(2, 0), (2, 0)], "reflect"), [(0, 2), (0, 2)], "symmetric")
    for extended, kernel, name in [
        *((pad(scene, 2, 2, border), FIFTH, border) for border in BORDERS),
        (np.pad(scene, 1, constant_values=1), SHARPEN, "constant 1"),
        (np.pad(scene, 1, constant_values=255), GAUSSIAN, "constant 255"),
        (crossed, GAUSSIAN, "wrap left and right, zero above and below"),
        (by_side, FIFTH, "reflect101 above and to the left, reflect below and to the right"),
    ]:
        reach = len(kernel) // 2
        after = pixels(sums(extended, kernel)[reach:-reach, reach:-reach])
        assert f", border {name}: all" in said(exact(scene, after, kernel, borders=[name]))


def test_what_is_done_at_edges(scene: np.ndarray) -> None:
    kernel = np.array([[1, 2, 0, 0, 1], [0, 3, 4, 1, 0], [2, 1, 1, 0, 1]]) / 17
    whole, inside = convolve_fast(scene, kernel, "reflect101"), np.s_[1:-1, 2:-2]
    exact(scene, whole[inside], kernel, border="cropped", note="")
    exact(scene, whole[2:, 1:], kernel, border="reflect101", ties=0)
    for frame, border in [(scene, "left-unfiltered"), (0 * scene, "black"), (0 * scene + 77, "unknown")]:
        after = frame.copy()
        after[inside] = whole[inside]
        verdict = "nearly" if border == "unknown" else "exact"
        learned(scene, after, kernel, verdict=verdict, border=border)
    weights = sums(np.ones(scene.shape), kernel, cv2.BORDER_CONSTANT)
    mean = pixels(sums(scene, kernel, cv2.BORDER_CONSTANT) / weights)
    assert "weights-inside" in exact(scene, mean, kernel).borders


def test_all_borders_that_fit_are_named(scene: np.ndarray) -> None:
    """The margin of the page is white: each of these extends it by white, and the filter leaves it white."""
    found = learn_kernel(drawing(), convolve_fast(drawing(), ASYMMETRIC))
    assert found.borders == ["replicate", "reflect", "reflect101", "wrap", "left-unfiltered"]
    words = "replicate, reflect, reflect101, wrap or edges left as they were (the same pixels here)"
    assert words in said(found)
    exact(scene, convolve_fast(scene, ASYMMETRIC, "reflect"), borders=["replicate", "reflect"])
