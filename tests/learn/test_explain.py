"""How sums became pixels: ties, rounding, offset, range and border, and the image that a model makes."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from conftest import noise
from scipy import ndimage
from test_learner import ASYMMETRIC, MEAN, SHARPEN, drawing
from test_pair import exact, learned, pair_of, pixels, said, sums

from filtering.borders import BORDERS, pad
from filtering.exact import on_paper
from filtering.fast import convolve_fast
from filtering.learn import learn_kernel
from filtering.learn.explain import apply, count, distinct, explain
from filtering.learn.search import distance
from filtering.model import Model
from kernels import KERNELS

TENTH = np.array([[1, 1, 1], [1, 2, 1], [1, 1, 1]]) / 10
GAUSSIAN = np.outer([1, 2, 1], [1, 2, 1]) / 16


def test_what_is_near_a_half_is_no_tie() -> None:
    """A sixteenth from it, floats fall on the right side; nor does a tie elsewhere excuse it."""
    image = noise(40, 50)
    after, sixteenths = convolve_fast(image, GAUSSIAN), sums(image, 16 * GAUSSIAN)
    for rest in (7, 8):
        y, x = np.argwhere(sixteenths[1:-1, 1:-1] % 16 == rest)[0] + 1
        after[y, x] = 2 * (sixteenths[y, x] // 16) + 1 - after[y, x]  # the other neighbour
        assert explain(pair_of(image, after), GAUSSIAN) is None


def test_windows_that_tell_of_noise() -> None:
    """Each once; none where equal windows often became other pixels, which no float noise does."""
    windows, after = np.array([[1, 2], [3, 4], [1, 2]]), np.array([5, 6, 5])
    once, pixels_of = distinct(windows, after)
    assert (once.tolist(), pixels_of.tolist()) == ([[1, 2], [3, 4]], [5, 6])
    once, pixels_of = distinct(windows, np.array([5, 6, 7]))
    assert (once.shape, pixels_of.shape) == ((0, 2), (0,))


@pytest.mark.parametrize("border", ["replicate", "cropped"])
def test_a_pixel_is_inside_if_its_window_is(border: str) -> None:
    image, kernel = noise(9, 12), np.ones((3, 5)) / 15
    part = np.s_[1:-2, 3:-4] if border == "cropped" else np.s_[:, :]
    inside = np.zeros((9, 12), int)
    inside[1:-1, 2:-2] = 1
    rows, columns = inside[part].shape
    for y, x in [*((y, x) for y in (0, 1, -2, -1) for x in (0, 1, 2, -3, -2, -1)), (rows // 2, columns // 2)]:
        after = convolve_fast(image, kernel)[part]
        after[y, x] ^= 128
        outcome = count(pair_of(image, after), Model(on_paper(kernel)), kernel)
        assert (outcome.exact, outcome.differing, outcome.inside) == (False, 1, inside[part][y, x])


def test_a_near_kernel_does_not_pass_by_ties() -> None:
    """Within float32's error of a half there are few pixels; of this kernel, 60 would have to be ties."""
    image = noise(400, 600)
    kernel = np.random.default_rng(0).random((3, 3))
    kernel /= kernel.sum()
    pair = pair_of(image, convolve_fast(image, kernel))
    found = explain(pair, kernel)
    assert found is not None
    assert found.exact
    assert explain(pair, kernel * (1 + 1e-5)) is None


@pytest.mark.parametrize("shape", [(40, 50), (40, 9000)])
def test_effect_is_that_of_convolve_fast(shape: tuple[int, int]) -> None:
    """Sums made in bands of rows, for other roundings, are those of convolve_fast."""
    kernel = np.array([[1, 3, 0], [2, 9, 1], [0, 1, 7]]) / 25  # never a half
    pair = pair_of(noise(*shape), noise(*shape))
    plain = Model(on_paper(kernel), "reflect")
    assert np.array_equal(apply(pair, plain), apply(pair, replace(plain, rounding="half-up")))


# ---- Ties are float noise, or none


def changed(image: np.ndarray, share: float, step: int) -> np.ndarray:
    """Change a share of the pixels, at random, by one level."""
    some = np.random.default_rng(1).random(image.shape) < share
    return np.asarray(np.clip(image.astype(int) + step * some, 0, 255), np.uint8)


LEVELS_OFF = [
    (KERNELS["identity"], 0.07, 1),
    (KERNELS["gaussian"], 0.2, -1),
    (SHARPEN, 0.07, -1),
    (np.ones((1, 3)) / 3, 0.2, 1),
    (TENTH, 0.01, -1),
]


@pytest.mark.parametrize(("kernel", "share", "step"), LEVELS_OFF)
def test_single_levels_off_are_no_kernel(
    scene: np.ndarray, kernel: np.ndarray, share: float, step: int
) -> None:
    found = learned(scene, changed(convolve_fast(scene, kernel), share, step), ties=0)
    assert found.verdict != "exact"
    assert found.differing > 0
    assert "floats" not in said(found)


@pytest.mark.parametrize("kernel", [TENTH, np.array([[-2, 0, 3], [1, -2, 0], [3, -2, -1]]) / 6])
def test_filter2ds_own_ties_are_excused(kernel: np.ndarray) -> None:
    """Its float32 takes most halves of one kernel up, and of the other down: still it is half-even."""
    for seed in range(2):
        image = 60 + noise(90, 120, seed=seed) // 2
        after = cv2.filter2D(image, -1, kernel, borderType=cv2.BORDER_REPLICATE)
        assert (after != convolve_fast(image, kernel)).any()
        found = exact(image, after, kernel, rounding="half-even")
        assert found.differing == found.ties


def test_equal_windows_have_equal_noise() -> None:
    """SciPy truncates; in flat parts, that are one window many times over, floats go one way each time.

    Of black and white, each is one window of 1 x 1: no float noise changes some of these pixels.
    """
    page = drawing()
    exact(page, ndimage.correlate(page, MEAN, mode="nearest"), MEAN, rounding="truncate", offset=0)
    image: np.ndarray = np.where(noise(30, 35) < 128, 0, 255).astype(np.uint8)
    assert learned(image, changed(image, 0.1, -1), ties=0).verdict != "exact"


def test_ties_are_counted(scene: np.ndarray) -> None:
    """Halves that fall to either side, as they do in a Fourier transform."""
    after, tenths = convolve_fast(scene, TENTH), sums(scene, 10 * TENTH)
    y, x = np.argwhere(tenths % 10 == 5)[::3].T
    after[y, x] = (tenths[y, x] / 10).astype(int) + np.arange(len(y)) % 2
    found = exact(scene, after, TENTH)
    assert 0 < found.differing == found.ties <= len(y)


@pytest.mark.parametrize("number", [1, 10])
def test_a_few_halves_fall_to_the_other_side(number: int) -> None:
    """The rounding is that of most halves; the image may be cropped, not by the same on all sides."""
    image = noise(40, 50)
    after, tenths = convolve_fast(image, TENTH), sums(image, 10 * TENTH)
    y, x = np.argwhere(tenths[8:-8, 8:-8] % 10 == 5)[:number].T + 8
    even = after[y, x].astype(int)
    after[y, x] = other = 2 * tenths[y, x] / 10 - even  # the other neighbour
    assert len(set(other - even)) == min(number, 2)  # some fall up, some down
    for part, border in ((np.s_[:, :], "replicate"), (np.s_[1:-2, 2:-3], "cropped")):
        exact(image, after[part], TENTH, rounding="half-even", border=border, differing=number, ties=number)


@pytest.mark.parametrize("part", [np.s_[2:, 1:], np.s_[:-3, 2:]])
def test_edge_pixels_of_a_cropped_image_are_no_ties(scene: np.ndarray, part: tuple[slice, slice]) -> None:
    found = learned(scene, convolve_fast(scene, MEAN, "reflect101")[part], ties=0)
    assert found.border != "cropped" or found.verdict == "exact"


# ---- Rounding, offset and range

RULES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "half-up": lambda sums: np.floor(sums + 0.5),
    "half-down": lambda sums: np.ceil(sums - 0.5),
    "truncate": np.trunc,
    "ceil": np.ceil,
    "half-even": np.rint,
}
ROUNDED = [
    ("half-up", 0), ("half-up", 128), ("half-down", 0), ("truncate", 3), ("truncate", 128), ("ceil", 0),
    ("half-even", -1), ("half-even", 1),
]  # fmt: skip


@pytest.mark.parametrize(("rounding", "offset"), ROUNDED)
def test_rounding_and_offset(scene: np.ndarray, rounding: str, offset: int) -> None:
    kernel = np.array([[1, 2, 1], [0, 4, -2], [3, 2, 1]]) / 32
    after = np.clip(RULES[rounding](sums(scene, kernel) + offset), 0, 255).astype(np.uint8)
    found = exact(scene, after, kernel, rounding=rounding, offset=offset)
    assert ("It rounds *up*" in said(found)) == (rounding == "ceil")


@pytest.mark.parametrize(
    ("kernel", "delta", "offset"), [(ASYMMETRIC, 0.5, 0.5), (MEAN, -0.3, -0.3), (MEAN, 7.25, 7.2)]
)
def test_an_offset_in_decimals(scene: np.ndarray, kernel: np.ndarray, delta: float, offset: float) -> None:
    """Over 9, 7.25 and 7.2 are the same."""
    after = cv2.filter2D(scene, -1, kernel, delta=delta)
    found = exact(scene, after, kernel, rounding="half-even", offset=offset)
    assert f"It *adds {offset:g}* to every sum." in said(found)


def test_a_stretched_edge_image_has_a_scale_and_an_offset(scene: np.ndarray) -> None:
    edges = sums(scene, KERNELS["sobel_x"])
    scale = 255 / (edges.max() - edges.min())
    found = exact(scene, pixels((edges - edges.min()) * scale), rounding="half-even", ties=0)
    assert abs(found.offset + edges.min() * scale) < 0.05
    assert distance(found.kernel, KERNELS["sobel_x"] * scale) < 0.01


@pytest.mark.parametrize(
    ("alpha", "kernel"), [(-1, [[1]]), (1, [[0, 1, 0], [1, -4, 1], [0, 1, 0]]), (-1.5, [[-1, 0, 1]])]
)
def test_absolute_values_with_an_offset(scene: np.ndarray, alpha: float, kernel: list[list[float]]) -> None:
    """The opposite kernel needs the opposite offset: what is told gives every pixel."""
    responses = alpha * sums(scene, np.array(kernel, float), cv2.BORDER_REFLECT_101) + 100
    found = exact(scene, pixels(abs(responses)), range="absolute-value")
    border = cv2.BORDER_REFLECT_101
    told = cv2.filter2D(scene, cv2.CV_64F, found.kernel, borderType=border) + found.offset
    assert np.count_nonzero(pixels(abs(told)) != pixels(abs(responses))) == found.ties
    assert "opposite weights and the opposite offset give the same pixels" in said(found)


@pytest.mark.parametrize("name", ["sobel_x", "laplacian"])
def test_absolute_value_and_wrapping(scene: np.ndarray, name: str) -> None:
    """The sign of absolute values is open: the kernel with a name is told, the other one not kept back."""
    responses = convolve_fast(scene, KERNELS[name], signed=True)
    found = exact(scene, cv2.convertScaleAbs(responses), range="absolute-value", name=name)
    assert "So the opposite weights give the same pixels." in said(found)
    exact(scene, (responses % 256).astype(np.uint8), range="wrap-modulo-256", name=name)


def test_no_other_range_than_a_pixel_needs(scene: np.ndarray) -> None:
    """Of a mean no response is negative; of 2 and -1 some are. Posterising to even values is no kernel."""
    exact(scene, pixels(abs(sums(scene, np.ones((1, 3)) / 3))), range="saturate")
    exact(scene, pixels(abs(sums(scene, np.array([[2.0, 0, -1]])))), range="absolute-value")
    assert learn_kernel(scene, scene // 2 * 2).verdict != "exact"


# ---- Borders


def framed(image: np.ndarray, kernel: np.ndarray, border: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    reach = len(kernel) // 2
    return pixels(sums(border(image), kernel)[reach:-reach, reach:-reach])


def by_side(image: np.ndarray) -> np.ndarray:
    """Extend an image by 2 as ffmpeg's convolution does."""
    indices = [[i if i < n else 2 * n - 1 - i for i in map(abs, range(-2, n + 2))] for n in image.shape]
    return image[np.ix_(*indices)]


def zero_and_wrap(image: np.ndarray) -> np.ndarray:
    return pad(pad(image, 1, 0, "zero"), 0, 1, "wrap")


FIFTH = np.full((5, 5), 0.04)
PADDED: list[tuple[Callable[[np.ndarray], np.ndarray], np.ndarray, str]] = [
    *((lambda image, b=border: pad(image, 2, 2, b), FIFTH, border) for border in BORDERS),
    (lambda image: np.pad(image, 1, constant_values=1), SHARPEN, "constant 1"),
    (lambda image: np.pad(image, 1, constant_values=128), GAUSSIAN, "constant 128"),
    (lambda image: np.pad(image, 1, constant_values=255), GAUSSIAN, "constant 255"),
    (zero_and_wrap, GAUSSIAN, "wrap left and right, zero above and below"),
    (by_side, FIFTH, "reflect101 above and to the left, reflect below and to the right"),
]  # fmt: skip


@pytest.mark.parametrize(("border", "kernel", "name"), PADDED)
def test_borders(
    scene: np.ndarray, border: Callable[[np.ndarray], np.ndarray], kernel: np.ndarray, name: str
) -> None:
    """At 2 pixels of reach: reflect and replicate have the first in common."""
    found = exact(scene, framed(scene, kernel, border), kernel, borders=[name])
    assert f", border {name}: all" in said(found)


def test_what_is_done_at_edges(scene: np.ndarray) -> None:
    kernel = np.array([[1, 2, 0, 0, 1], [0, 3, 4, 1, 0], [2, 1, 1, 0, 1]]) / 17
    whole, inside = convolve_fast(scene, kernel), np.s_[1:-1, 2:-2]
    exact(scene, whole[inside], kernel, border="cropped", note="")
    for frame, border in [(scene, "left-unfiltered"), (0 * scene, "black"), (0 * scene + 77, "unknown")]:
        after = frame.copy()
        after[inside] = whole[inside]
        verdict = "nearly" if border == "unknown" else "exact"
        learned(scene, after, kernel, verdict=verdict, border=border)
    weights = sums(np.ones(scene.shape), kernel, cv2.BORDER_CONSTANT)
    mean = pixels(sums(scene, kernel, cv2.BORDER_CONSTANT) / weights)
    assert "weights-inside" in exact(scene, mean, kernel).borders


@pytest.mark.parametrize("border", ["replicate", "wrap"])
def test_all_borders_that_fit_are_named(scene: np.ndarray, border: str) -> None:
    """The margin of the page is white: each of these extends it by white, and the filter leaves it white."""
    found = learn_kernel(drawing(), convolve_fast(drawing(), ASYMMETRIC, border))
    assert found.borders == ["replicate", "reflect", "reflect101", "wrap", "left-unfiltered"]
    words = "replicate, reflect, reflect101, wrap or edges left as they were (the same pixels here)"
    assert words in said(found)
    reflected = convolve_fast(scene, ASYMMETRIC, "reflect")
    exact(scene, reflected, borders=["replicate", "reflect"])


def test_edges_that_are_cut_off_fit_any_border(scene: np.ndarray) -> None:
    inside = np.maximum(scene, 40)
    inside[5:-5, 5:-5] //= 16  # within, sums stay below 255
    found = exact(inside, cv2.boxFilter(inside, -1, (3, 3), normalize=False))
    assert {"replicate", "reflect", "reflect101", "wrap"} <= set(found.borders)
