"""Images filtered by programs that others wrote: the kernel is the one that they document."""

import os
import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
from conftest import ROOT
from PIL import Image, ImageFilter
from scipy import ndimage

from filtering.learn import learn_kernel
from kernels import KERNELS, flip

FILTERS = "BLUR CONTOUR DETAIL EDGE_ENHANCE EDGE_ENHANCE_MORE EMBOSS FIND_EDGES SHARPEN SMOOTH SMOOTH_MORE"
ASYMMETRIC = np.array([[1, 2, 3], [4, 6, 5], [9, 8, 7]]) / 45
SCIPY = {"reflect": "replicate", "nearest": "replicate", "constant": "zero", "mirror": "reflect101"}


@pytest.fixture(scope="module")
def gray() -> np.ndarray:
    image = cv2.imread(str(ROOT / "images" / "coffee.png"), cv2.IMREAD_GRAYSCALE)
    assert image is not None
    return image[140:230, 200:320]


@pytest.mark.parametrize("name", FILTERS.split())
def test_pillow(gray: np.ndarray, name: str) -> None:
    """Its tables, upside down. It leaves the edges, rounds halves up, in float32, and adds the offset."""
    (width, height), scale, offset, table = getattr(ImageFilter, name).filterargs
    kernel = np.array(table).reshape(height, width)[::-1] / scale
    after = np.asarray(Image.fromarray(gray).filter(getattr(ImageFilter, name)))
    learned = learn_kernel(gray, after)
    assert learned.verdict == "exact"
    assert (learned.border, learned.offset) == ("left-unfiltered", offset)
    assert np.array_equal(learned.kernel, kernel)
    assert learned.rounding == "half-up" or learned.ties > 0 or not halves(scale, table)


def halves(scale: int, table: tuple[int, ...]) -> bool:
    """Tell if responses may end in a half."""
    return scale % 2 == 0


def test_pillow_kernel_with_a_rim_of_zeros(gray: np.ndarray) -> None:
    table = np.zeros((5, 5))
    table[1:4, 1:4] = [[1, 0, 2], [0, 5, 0], [3, 0, 0]]
    after = Image.fromarray(gray).filter(ImageFilter.Kernel((5, 5), table.ravel().tolist(), scale=11))
    learned = learn_kernel(gray, np.asarray(after))
    assert (learned.verdict, learned.border) == ("exact", "left-unfiltered")
    assert np.array_equal(learned.kernel, table[::-1] / 11)


@pytest.mark.parametrize("side", [3, 5, 9])
def test_opencv_blur(gray: np.ndarray, side: int) -> None:
    learned = learn_kernel(gray, cv2.blur(gray, (side, side), borderType=cv2.BORDER_REPLICATE))
    assert (learned.verdict, learned.border) == ("exact", "replicate")
    assert np.array_equal(learned.kernel, np.ones((side, side)) / side**2)


@pytest.mark.parametrize(("side", "row"), [(3, [1, 2, 1]), (5, [1, 4, 6, 4, 1])])
def test_opencv_gaussian_blur(gray: np.ndarray, side: int, row: list[int]) -> None:
    """It rounds halves up."""
    learned = learn_kernel(gray, cv2.GaussianBlur(gray, (side, side), 0))
    assert (learned.verdict, learned.rounding, learned.border) == ("exact", "half-up", "reflect101")
    assert np.array_equal(learned.kernel, np.outer(row, row) / sum(row) ** 2)


def test_opencv_edges(gray: np.ndarray) -> None:
    for x, y, name in ((1, 0, "sobel_x"), (0, 1, "sobel_y")):
        learned = learn_kernel(gray, cv2.Sobel(gray, -1, x, y, borderType=cv2.BORDER_REFLECT))
        assert (learned.verdict, learned.name) == ("exact", name)
        strength = cv2.convertScaleAbs(cv2.Sobel(gray, cv2.CV_16S, x, y))
        learned = learn_kernel(gray, strength)
        assert (learned.verdict, learned.range) == ("exact", "absolute-value")
    for side in (1, 3, 5):
        learned = learn_kernel(gray, cv2.Laplacian(gray, -1, ksize=side))
        impulse = np.zeros((9, 9), np.float64)
        impulse[4, 4] = 1
        kernel = flip(cv2.Laplacian(impulse, -1, ksize=side))
        reach = learned.kernel.shape[0] // 2
        assert learned.verdict == "exact"
        assert np.array_equal(np.pad(learned.kernel, 4 - reach), kernel)


@pytest.mark.parametrize("mode", [*SCIPY, "wrap"])
def test_scipy_convolve(gray: np.ndarray, mode: str) -> None:
    """It flips the kernel, and truncates to the dtype that it is given."""
    learned = learn_kernel(gray, ndimage.convolve(gray, ASYMMETRIC, mode=mode))
    assert (learned.verdict, learned.rounding) == ("exact", "truncate")
    assert learned.border == SCIPY.get(mode, mode)
    assert np.array_equal(learned.kernel, flip(ASYMMETRIC))


def test_the_tutorials_loop(gray: np.ndarray) -> None:
    """It stretches by rescale_intensity, which does nothing to 0..255, and truncates."""
    part = gray[:90, :120]
    padded = cv2.copyMakeBorder(part, 3, 3, 3, 3, cv2.BORDER_REPLICATE)
    output = np.zeros(part.shape, "float32")
    kernel = np.ones((7, 7), dtype="float") * (1.0 / (7 * 7))
    for y in range(part.shape[0]):
        for x in range(part.shape[1]):
            output[y, x] = (padded[y : y + 7, x : x + 7] * kernel).sum()
    learned = learn_kernel(part, output.astype("uint8"))
    assert (learned.verdict, learned.rounding, learned.name) == ("exact", "truncate", "small_blur")


IMAGEMAGICK = {
    "Sobel": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "Prewitt": [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]],
    "Kirsch": [[-3, -3, 5], [-3, 0, 5], [-3, -3, 5]],
    "Laplacian:0": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
    "Laplacian:1": [[0, -1, 0], [-1, 4, -1], [0, -1, 0]],
    "Square": [[1, 1, 1], [1, 1, 1], [1, 1, 1]],
    "3: 0,1,0 2,5,0 0,3,4": [[4, 3, 0], [0, 5, 2], [0, 1, 0]],
}


@pytest.mark.parametrize("kernel", IMAGEMAGICK)
def test_imagemagick(gray: np.ndarray, kernel: str, tmp_path: Path) -> None:
    """Its Convolve turns the kernel; Sobel and its relatives are the other way round than ours."""
    magick = shutil.which("magick") or shutil.which("convert")
    if magick is None:
        if os.environ.get("CI"):
            pytest.fail("needs ImageMagick (apt-get install imagemagick)")
        pytest.skip("needs ImageMagick (apt-get install imagemagick)")
    cv2.imwrite(str(tmp_path / "before.png"), gray)
    arguments = ["-define", "convolve:scale=!", "-morphology", "Convolve", kernel, "-depth", "8"]
    subprocess.run([magick, tmp_path / "before.png", *arguments, tmp_path / "after.png"], check=True)
    after = cv2.imread(str(tmp_path / "after.png"), cv2.IMREAD_GRAYSCALE)
    assert after is not None
    learned = learn_kernel(gray, after)
    expected = np.array(IMAGEMAGICK[kernel], float)
    total = expected.sum() or np.maximum(expected, 0).sum()
    assert (learned.verdict, learned.border) == ("exact", "replicate")
    scaled = learned.kernel / np.abs(learned.kernel).max() * np.abs(expected).max()
    assert np.allclose(scaled, expected, atol=1e-12) or np.allclose(scaled, flip(expected), atol=1e-12)
    assert total > 0


def test_absolute_strength_of_the_bank(gray: np.ndarray) -> None:
    """Sobel by NumPy, as in many scripts: floats, absolute, cast."""
    sums = ndimage.correlate(gray.astype(float), KERNELS["sobel_x"], mode="nearest")
    learned = learn_kernel(gray, np.clip(np.abs(sums), 0, 255).astype(np.uint8))
    assert (learned.verdict, learned.range, learned.border) == ("exact", "absolute-value", "replicate")
