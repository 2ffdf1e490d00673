"""learn_kernel on images that convolve_fast made: the kernel comes back, to the last digit."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from conftest import ROOT, noise

from filtering.borders import BORDERS
from filtering.fast import convolve_fast
from filtering.learn import learn_kernel
from kernels import KERNELS


@pytest.fixture(scope="module")
def cup() -> np.ndarray:
    """Part of the sample photo, in full resolution."""
    image = cv2.imread(str(ROOT / "images" / "coffee.png"), cv2.IMREAD_GRAYSCALE)
    assert image is not None
    return image[60:360, 100:500]


@pytest.fixture(scope="module")
def part(cup: np.ndarray) -> np.ndarray:
    """Part of it: enough for most kernels."""
    return cup[40:200, 50:250]


def trim(kernel: np.ndarray) -> np.ndarray:
    """Remove outer rows and columns of zeros, in pairs."""
    while kernel.shape[0] > 1 and not kernel[[0, -1]].any():
        kernel = kernel[1:-1]
    while kernel.shape[1] > 1 and not kernel[:, [0, -1]].any():
        kernel = kernel[:, 1:-1]
    return kernel


def random_kernel(seed: int) -> np.ndarray:
    """Return whole numbers over a divisor up to 256, of which most responses stay within 0..255."""
    rng = np.random.default_rng(seed)
    shape, divisor = rng.choice([1, 3, 5, 7, 9], 2), rng.integers(1, 257)
    kernel = rng.integers(-3, 10, shape)
    kernel = np.rint(kernel / max(1, kernel.sum()) * divisor)
    kernel[kernel.shape[0] // 2, kernel.shape[1] // 2] += 1
    return np.asarray(kernel / divisor)


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4, 5])
def test_whole_numbers_over_a_divisor(part: np.ndarray, seed: int) -> None:
    kernel, border = random_kernel(seed), list(BORDERS)[seed % 5]
    after = convolve_fast(part, kernel, border)
    learned = learn_kernel(part, after)
    assert (learned.verdict, learned.differing) == ("exact", 0)
    assert np.array_equal(learned.kernel, trim(kernel)) or trim(kernel).size == 1  # 1.0049 and 206/205
    assert (learned.offset, learned.rounding, learned.range) == (0, "half-even", "saturate")
    assert np.array_equal(learned.result, after)
    assert np.array_equal(convolve_fast(part, learned.kernel, learned.border or border), after)


def test_the_largest_divisor() -> None:
    kernel = np.array([[3, 101, 27], [211, 300, 99], [41, 152, 90]]) / 1024
    learned = learn_kernel(image := noise(80, 80), convolve_fast(image, kernel))
    assert learned.errors is None  # not told as decimals
    assert np.array_equal(learned.kernel, kernel)


@pytest.mark.parametrize("name", ["large_blur", "emboss", "motion_blur"])
def test_named_kernels_are_named(part: np.ndarray, name: str) -> None:
    learned = learn_kernel(part, convolve_fast(part, KERNELS[name], "reflect101"))
    assert (learned.verdict, learned.name) == ("exact", name)


@pytest.mark.parametrize("border", BORDERS)
def test_border(scene: np.ndarray, border: str) -> None:
    """At least 2 pixels of reach: reflect and replicate have the first in common."""
    learned = learn_kernel(scene, convolve_fast(scene, np.ones((5, 7)) / 35, border))
    assert (learned.verdict, learned.border) == ("exact", border)


def test_border_that_is_left_cropped_or_unknown(scene: np.ndarray) -> None:
    kernel = np.array([[1, 2, 0, 0, 1], [0, 3, 4, 1, 0], [2, 1, 1, 0, 1]]) / 17
    whole, inside = convolve_fast(scene, kernel), np.s_[1:-1, 2:-2]
    cropped = learn_kernel(scene, whole[inside])
    assert (cropped.verdict, cropped.border) == ("exact", "cropped")
    left, lost = scene.copy(), np.full_like(scene, 77)
    left[inside] = lost[inside] = whole[inside]
    kept, unknown = learn_kernel(scene, left), learn_kernel(scene, lost)
    assert (kept.verdict, kept.border) == ("exact", "left-unfiltered")
    assert (unknown.verdict, unknown.border) == ("nearly", "unknown")
    for learned in (cropped, kept, unknown):
        assert np.array_equal(learned.kernel, kernel)


def test_all_channels_are_cropped() -> None:
    image, kernel = noise(30, 40, 3), np.array([[1, 2, 3], [0, 4, 1], [2, 0, 1]]) / 14
    learned = learn_kernel(image, convolve_fast(image, kernel)[1:-1, 1:-1])
    assert (learned.verdict, learned.border, learned.differing) == ("exact", "cropped", 0)
    assert np.array_equal(learned.kernel, kernel)
    assert learned.result.shape == image.shape


def test_more_is_left_unfiltered_than_the_kernel_reaches(scene: np.ndarray) -> None:
    """As Pillow does where a smaller kernel stands in one of 5 x 5."""
    after, kernel = scene.copy(), KERNELS["sharpen"]
    after[2:-2, 2:-2] = convolve_fast(scene, kernel)[2:-2, 2:-2]
    learned = learn_kernel(scene, after)
    assert (learned.verdict, learned.border, learned.kernel.shape) == ("exact", "left-unfiltered", (5, 5))
    assert np.array_equal(trim(learned.kernel), kernel)


def test_colour_has_one_kernel_for_all_channels_or_one_for_each() -> None:
    image = noise(30, 40, 3)
    learned = learn_kernel(image, convolve_fast(image, KERNELS["gaussian"], "zero"))
    assert (learned.verdict, learned.name, learned.border) == ("exact", "gaussian", "zero")
    assert learned.result.shape == image.shape
    image[..., 2] = 255 - image[..., 2]
    learned = learn_kernel(noise(30, 40, 3), convolve_fast(image, KERNELS["gaussian"]))
    assert [kernel.sum() for kernel in learned.kernel] == [1, 1, -1]  # and 255 is added to the last


def test_a_pixel_that_differs_in_all_channels_counts_once() -> None:
    image = noise(30, 40, 3)
    after = convolve_fast(image, KERNELS["gaussian"]) ^ 128
    after[1:-1, 1:-1] ^= 128
    learned = learn_kernel(image, after)
    assert (learned.verdict, learned.border, learned.differing) == ("nearly", "unknown", 2 * (30 + 40) - 4)
    apart = np.abs(after - learned.result.astype(int)).max(axis=2)
    y, x = np.unravel_index(apart.argmax(), apart.shape)
    assert (learned.residual, learned.worst) == (apart.max(), (x, y))


ROUNDINGS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "half-up": lambda sums: np.floor(sums + 0.5),
    "truncate": np.trunc,
    "half-down": lambda sums: np.ceil(sums - 0.5),
}


@pytest.mark.parametrize(
    ("rounding", "offset"),
    [("half-up", 0), ("half-up", 128), ("truncate", 3), ("half-down", 0), ("truncate", 128)],
)
def test_rounding_and_offset(scene: np.ndarray, rounding: str, offset: int) -> None:
    kernel = np.array([[1, 2, 1], [0, 4, -2], [3, 2, 1]]) / 16
    sums = cv2.filter2D(scene, cv2.CV_64F, kernel, borderType=cv2.BORDER_REFLECT_101) / 2 + offset
    learned = learn_kernel(scene, np.clip(ROUNDINGS[rounding](sums), 0, 255).astype(np.uint8))
    assert (learned.verdict, learned.rounding, learned.offset) == ("exact", rounding, offset)
    assert np.array_equal(learned.kernel, kernel / 2)


@pytest.mark.parametrize("offset", [-1, 1, 2])
def test_small_offset(scene: np.ndarray, offset: int) -> None:
    sums = cv2.filter2D(scene, cv2.CV_64F, KERNELS["sharpen"], borderType=cv2.BORDER_REPLICATE) + offset
    learned = learn_kernel(scene, np.clip(sums, 0, 255).astype(np.uint8))
    assert (learned.verdict, learned.offset, learned.name) == ("exact", offset, "sharpen")


@pytest.mark.parametrize("name", ["sobel_x", "laplacian"])
def test_absolute_value_and_wrapping(scene: np.ndarray, name: str) -> None:
    responses = convolve_fast(scene, KERNELS[name], signed=True)
    absolute = learn_kernel(scene, np.clip(np.abs(responses), 0, 255).astype(np.uint8))
    assert (absolute.verdict, absolute.range) == ("exact", "absolute-value")
    assert (absolute.kernel == KERNELS[name]).all() or (absolute.kernel == -KERNELS[name]).all()
    wrapped = learn_kernel(scene, (responses % 256).astype(np.uint8))
    assert (wrapped.verdict, wrapped.range, wrapped.name) == ("exact", "wrap-modulo-256", name)


def test_column_times_row(cup: np.ndarray) -> None:
    """Each of whole numbers over 256, as those of OpenCV's bell are."""
    row = np.array([1, 8, 27, 55, 74, 55, 27, 8, 1]) / 256
    bell = learn_kernel(cup, cv2.sepFilter2D(cup, -1, row, row))
    assert (bell.verdict, bell.kernel.shape, bell.border) == ("exact", (9, 9), "reflect101")
    assert np.array_equal(bell.kernel, np.outer(row, row))


@pytest.mark.parametrize("turned", [False, True])
def test_column_times_row_where_one_sums_to_0(turned: bool) -> None:
    """Over 5376, so they are found one after the other."""
    kernel = np.outer([3, 29, 192, 29, 3], [-1, -7, 0, 7, 1]) / (256 * 21)
    kernel, image = kernel.T if turned else kernel, noise(150, 200)
    sums = cv2.filter2D(image, cv2.CV_64F, kernel, borderType=cv2.BORDER_REPLICATE) + 128
    learned = learn_kernel(image, np.clip(np.rint(sums), 0, 255).astype(np.uint8))
    assert (learned.verdict, learned.offset) == ("exact", 128)
    assert np.array_equal(learned.kernel, kernel)


def test_soft_image(part: np.ndarray) -> None:
    """Where neighbours are alike, errors of weights go together: each rounded for itself is wrong here."""
    image = cv2.GaussianBlur(part, (3, 3), 0.7)
    kernel = np.random.default_rng(0).integers(1, 10, (5, 5))
    kernel = np.rint(kernel / kernel.sum() * 200) / 200
    learned = learn_kernel(image, convolve_fast(image, kernel))
    assert learned.verdict == "exact"
    assert np.array_equal(learned.kernel, kernel)


@pytest.mark.parametrize("shape", [(1, 31), (31, 1)])
def test_the_largest_kernels(scene: np.ndarray, shape: tuple[int, int]) -> None:
    kernel = np.arange(1, 32).reshape(shape) / 496
    learned = learn_kernel(scene, convolve_fast(scene, kernel))
    assert learned.verdict == "exact"
    assert learned.kernel.shape == shape


def test_equal_images_are_the_identity(scene: np.ndarray) -> None:
    for image in (scene, np.zeros((4, 5), np.uint8), noise(1, 1)):
        learned = learn_kernel(image, image)
        assert (learned.verdict, learned.name, learned.differing) == ("exact", "identity", 0)


def test_shift_is_a_kernel(scene: np.ndarray) -> None:
    learned = learn_kernel(scene, np.roll(scene, (2, -3), axis=(0, 1)))
    assert (learned.verdict, learned.border, learned.kernel.shape) == ("exact", "wrap", (5, 7))
    assert np.argwhere(learned.kernel).tolist() == [[0, 6]]


def test_one_pixel_off_is_not_exact(scene: np.ndarray) -> None:
    after = convolve_fast(scene, KERNELS["gaussian"])
    sums = cv2.filter2D(scene, cv2.CV_64F, KERNELS["gaussian"], borderType=cv2.BORDER_REPLICATE)
    y, x = np.argwhere((np.abs(sums - after) < 0.2) & (after < 255))[1000]
    after[y, x] += 1
    learned = learn_kernel(scene, after)
    assert learned.verdict == "nearly"
    assert np.abs(learned.kernel - KERNELS["gaussian"]).max() < 0.001


def test_ties_are_counted(scene: np.ndarray) -> None:
    """Halves that fall to either side, as they do in a Fourier transform."""
    kernel = np.array([[1, 1, 1], [1, 2, 1], [1, 1, 1]]) / 10
    after = convolve_fast(scene, kernel)
    sums = cv2.filter2D(scene.astype(np.float64), cv2.CV_64F, 10 * kernel, borderType=cv2.BORDER_REPLICATE)
    y, x = np.argwhere(sums % 10 == 5)[::3].T
    after[y, x] = (sums[y, x] / 10).astype(int) + np.arange(len(y)) % 2
    learned = learn_kernel(scene, after)
    assert (learned.verdict, learned.differing) == ("exact", learned.ties)
    assert 0 < learned.ties <= len(y)
    assert np.array_equal(learned.kernel, kernel)


@pytest.mark.parametrize("number", [1, 10])
def test_a_few_halves_fall_to_the_other_side(number: int) -> None:
    """The rounding is that of most halves; the image may be cropped, not by the same on all sides."""
    image, kernel = noise(40, 50), np.array([[1, 1, 1], [1, 2, 1], [1, 1, 1]]) / 10
    after = convolve_fast(image, kernel)
    sums = cv2.filter2D(image, cv2.CV_64F, 10 * kernel, borderType=cv2.BORDER_REPLICATE)
    y, x = np.argwhere(sums[8:-8, 8:-8] % 10 == 5)[:number].T + 8
    even = after[y, x].astype(int)
    after[y, x] = other = 2 * sums[y, x] / 10 - even  # the other neighbour
    assert len(set(other - even)) == min(number, 2)  # some fall up, some down
    for part, border in ((np.s_[:, :], "replicate"), (np.s_[1:-2, 2:-3], "cropped")):
        learned = learn_kernel(image, after[part])
        assert (learned.verdict, learned.rounding, learned.border) == ("exact", "half-even", border)
        assert (learned.differing, learned.ties) == (number, number)
        assert np.array_equal(learned.kernel, kernel)


def test_open_weights() -> None:
    flat, gradient = np.full((40, 50), 80, np.uint8), np.tile(np.arange(100, dtype=np.uint8), (50, 1))
    tiny, part = noise(4, 4), noise(3, 3)
    for before, after in (
        (flat, flat // 2),
        (gradient, cv2.blur(gradient, (5, 5))),
        (tiny, cv2.blur(tiny, (3, 3))),
        (part, part[1:-1, 1:-1]),
    ):
        learned = learn_kernel(before, after)
        assert learned.verdict == "none"
        assert learned.open is not None
        assert learned.open.any()


def test_images_that_do_not_go_together() -> None:
    rule = "needs the size of the image before, 50 x 40, or to be a part of it, got 40 x 50"
    with pytest.raises(ValueError, match=rule):
        learn_kernel(noise(40, 50), noise(50, 40))
    for larger in (noise(41, 50), noise(40, 51)):
        with pytest.raises(ValueError, match="needs the size of the image before, 50 x 40"):
            learn_kernel(noise(40, 50), larger)
    with pytest.raises(ValueError, match=rule):
        learn_kernel(noise(40, 50, 3), noise(50, 40, 3))
    with pytest.raises(ValueError, match="same channels"):
        learn_kernel(noise(40, 50), noise(40, 50, 3))
    with pytest.raises(ValueError, match="uint8"):
        learn_kernel(noise(40, 50).astype(float), noise(40, 50))


def test_images_are_not_modified() -> None:
    before, after = noise(20, 30), noise(20, 30, seed=1)
    learn_kernel(before, after)
    assert np.array_equal(before, noise(20, 30))
    assert np.array_equal(after, noise(20, 30, seed=1))
