"""learn_kernel: the kernel comes back to the last digit, and what no kernel made is not made up."""

import cv2
import numpy as np
import pytest
from conftest import noise
from PIL import Image, ImageFilter
from scipy import ndimage
from test_pair import exact, learned, pair_of, pixels, said

from filtering.borders import BORDERS
from filtering.fast import convolve_fast
from filtering.learn import learn_kernel
from filtering.learn.learner import responses
from filtering.learn.report import learned_data
from kernels import KERNELS

ASYMMETRIC = np.array([[1, 2, 3], [4, 6, 5], [9, 8, 7]]) / 45
BINOMIAL = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]) / 256
GAUSSIAN = np.outer([1, 2, 1], [1, 2, 1]) / 16
SHARPEN, MEAN, FIFTH = KERNELS["sharpen"], np.full((3, 3), 1 / 9), np.full((5, 5), 0.04)


def drawing() -> np.ndarray:
    page: np.ndarray = np.full((100, 150), 255, np.uint8)
    cv2.putText(page, "Abc 12", (15, 45), cv2.FONT_HERSHEY_SIMPLEX, 1, 0, 2)
    cv2.circle(page, (110, 70), 18, 90, -1)
    cv2.line(page, (20, 60), (70, 90), 160, 3)
    return page


def jpeg(image: np.ndarray, quality: int = 98) -> np.ndarray:
    result = cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 0)
    assert result is not None
    return result


COMES_BACK: dict[str, np.ndarray] = {
    "9 x 7": (np.arange(63).reshape(9, 7) * 37 % 64 - 10) / 1000,
    "3 x 9": np.arange(-4, 23).reshape(3, 9) / 243,
    "5 x 1": np.array([[-3], [9], [1], [5], [-2]]) / 10,
    **{f"over {n}": np.array([[0, 1, 2], [-1, n, 1], [0, -1, -2]]) / n for n in (1, 2, 3, 4, 7, 10, 16)},
    **{name: KERNELS[name] for name in ("small_blur", "large_blur", "emboss", "motion_blur")},
    "row of 31": np.arange(1, 32).reshape(1, 31) / 496,
    "column of 31": np.arange(1, 32).reshape(31, 1) / 496,
    "largest divisor": np.array([[3, 101, 27], [211, 300, 99], [41, 152, 90]]) / 1024,
}


@pytest.mark.parametrize("name", COMES_BACK)
def test_a_kernel_comes_back(coffee: np.ndarray, name: str) -> None:
    """Responses that end in halves and quarters leave larger residuals than others."""
    number = list(COMES_BACK).index(name)
    kernel, border, image = COMES_BACK[name], list(BORDERS)[number % 5], [coffee, noise(80, 90)][number % 2]
    after = convolve_fast(image, kernel, border)
    found = exact(image, after, kernel, offset=0, rounding="half-even", range="saturate", differing=0)
    assert found.name == name or name not in KERNELS
    assert border in (found.borders or BORDERS)
    assert found.errors is None or name != "largest divisor"  # not told as decimals
    assert np.array_equal(found.result, after)


def test_colour_has_one_kernel_for_all_channels_or_one_for_each() -> None:
    image = noise(30, 40, 3)
    found = exact(image, convolve_fast(image, KERNELS["gaussian"], "zero"), name="gaussian", border="zero")
    assert found.result.shape == image.shape
    cropped = exact(image, convolve_fast(image, ASYMMETRIC)[1:-1, 1:-1], ASYMMETRIC, border="cropped")
    assert (cropped.result.shape, cropped.differing) == (image.shape, 0)
    after = np.pad(convolve_fast(image, MEAN)[1:-1, 1:-1], [(1, 1), (1, 1), (0, 0)], constant_values=77)
    near = learned(image, after, MEAN, verdict="nearly", border="unknown", differing=2 * (30 + 40) - 4)
    assert near.name is None
    none = learned(image, noise(30, 40, 3, seed=1), verdict="none")
    assert none.differing == (none.result != noise(30, 40, 3, seed=1)).any(axis=2).sum()
    after = image.copy()
    after[..., 0] = convolve_fast(image[..., 0], MEAN, "wrap")
    after[..., 1] = pixels(convolve_fast(image[..., 1], SHARPEN, "wrap", signed=True) + 10.0)
    found = exact(image, after, borders=["wrap"])
    assert [kernel.tolist() for kernel in found.kernel] == [MEAN.tolist(), SHARPEN.tolist(), [[1.0]]]
    assert "(blue: mean of 3 x 3; green: sharpen, adds 10; red: unchanged)" in said(found)
    data = learned_data(found, "a", "b")
    assert [one["name"] for one in data["kernel"]] == ["mean of 3 x 3", "sharpen", "identity"]
    assert data["offset"] == [0, 10, 0]
    assert np.array_equal(found.result, after)


def test_equal_images_are_the_identity(scene: np.ndarray) -> None:
    two_tones: np.ndarray = np.where(drawing() > 128, 200, 50).astype(np.uint8)
    for image in (scene, np.tile(np.arange(256, dtype=np.uint8), (40, 1)), two_tones, noise(1, 1)):
        found = exact(image, image, name="identity", differing=0)
        assert ("other weights" in said(found)) == (found.errors is not None) == (image is not scene)


@pytest.mark.parametrize("name", ["BLUR", "CONTOUR", "DETAIL", "EMBOSS", "FIND_EDGES", "SMOOTH_MORE"])
def test_pillow(scene: np.ndarray, name: str) -> None:
    """Its tables, upside down. It leaves the edges, rounds halves up, in float32, and adds the offset."""
    (width, height), scale, offset, table = getattr(ImageFilter, name).filterargs
    kernel = np.array(table).reshape(height, width)[::-1] / scale
    after = np.asarray(Image.fromarray(scene).filter(getattr(ImageFilter, name)))
    found = exact(scene, after, kernel, border="left-unfiltered", offset=offset)
    assert found.rounding == "half-up" or found.ties > 0 or scale % 2 == 1  # else responses end in halves


def test_opencv(scene: np.ndarray) -> None:
    for side, kernel in ((3, GAUSSIAN), (5, BINOMIAL)):
        after = cv2.GaussianBlur(scene, (side, side), 0)
        exact(scene, after, kernel, rounding="half-up", border="reflect101")
    impulse = cv2.Laplacian(np.pad([[1.0]], 4), -1, ksize=5)[2:-2, 2:-2]
    exact(scene, cv2.Laplacian(scene, -1, ksize=5), impulse)


def test_nearly(coffee: np.ndarray, scene: np.ndarray) -> None:
    """The known kernel, with what a JPEG leaves; where it saturates, too. The edge does not decide it."""
    found = learned(scene, jpeg(cv2.blur(scene, (3, 3))), MEAN, verdict="nearly")
    assert 0.98 < found.explained < 1
    bright = jpeg(cv2.filter2D(coffee, -1, 1.3 * MEAN))
    assert learned(coffee, bright, verdict="nearly").residual < 60
    learned(scene, jpeg(cv2.blur(scene, (5, 5)))[2:-2, 2:-2], border="cropped")
    learned(scene, jpeg(convolve_fast(scene, FIFTH, "reflect101")), border="reflect101")
    learned(scene, ndimage.shift(scene, 0.5, order=3), verdict="nearly")  # by a spline, of no known border


@pytest.mark.parametrize(("border", "offset"), [("zero", -60), ("wrap", 60)])
def test_what_an_estimate_makes_saturates(border: str, offset: int) -> None:
    image, kernel = noise(9, 12), np.array([[1, 2, 0, 0, 1], [0, 9, 4, 1, 0], [2, 1, 1, 0, 2]]) / 16
    expected = pixels(convolve_fast(image, 16 * kernel, border, signed=True) / 16 + offset)
    assert np.array_equal(responses(pair_of(image, image), kernel, offset, border)[0], expected)


def test_no_kernel(scene: np.ndarray) -> None:
    for after in (cv2.bilateralFilter(scene, 7, 40, 3), noise(*scene.shape), jpeg(scene, 50)):
        found = learned(scene, after, verdict="none", ties=0, pixels=after.size)
        x, y = found.worst
        missing, change = after.astype(int) - found.result, after.astype(int) - scene
        assert abs(missing[y, x]) == found.residual == np.abs(missing).max()
        assert found.differing == np.count_nonzero(missing)
        assert found.explained == max(0, 1 - (missing**2).sum() / (change**2).sum()) < 1


def test_swapped_images(scene: np.ndarray) -> None:
    after, median = cv2.filter2D(scene, -1, SHARPEN), cv2.medianBlur(scene, 3)
    found = learn_kernel(after, scene)
    assert found.verdict != "exact"
    assert found.note.endswith("are the two images swapped?")
    assert said(found).splitlines()[0].endswith(found.note)
    assert "swapped" not in learn_kernel(median, after).note
