"""What programs do in more than one sum: found, named, and never where they did something else."""

import re

import cv2
import numpy as np
import pytest
import skimage.filters
from conftest import noise
from PIL import Image, ImageEnhance, ImageFilter
from scipy import ndimage
from test_pair import exact, learned, pixels, said, sums

from filtering.learn import Learned
from filtering.learn.report import kernel_file_text, learned_data
from kernels import KERNELS


def found(before: np.ndarray, after: np.ndarray, words: str, *borders: str) -> Learned:
    result = exact(before, after)
    assert not words.startswith("a Gaussian") or result.kernel.sum() == pytest.approx(1)
    assert result.operation.startswith(words)
    assert set(borders) <= set(result.borders)
    assert result.differing == result.ties == (np.asarray(result.result) != after).sum()
    return result


def test_gaussians_of_opencv(scene: np.ndarray) -> None:
    for side, sigma, border, flag in [
        (0, 2.37, "replicate", cv2.BORDER_REPLICATE),
        (9, 0, "reflect101", cv2.BORDER_REFLECT_101),
        (15, 3, "replicate", cv2.BORDER_REPLICATE),
    ]:
        after = cv2.GaussianBlur(scene, (side, side), sigma, borderType=flag)
        result = found(scene, after, "a Gaussian of sigma ")
        words = re.match(r".* sigma ([\d.]+)(?: to ([\d.]+))?, (\d+) x ", result.operation)
        assert words is not None
        least, most, size = float(words[1]), float(words[2] or words[1]), int(words[3])
        assert least - 1e-9 <= (sigma or 0.3 * ((side - 1) * 0.5 - 1) + 0.8) <= most + 1e-9
        assert most - least < 0.1
        others = (least, most, least - 0.01, most + 0.01) if sigma else ()  # the range is all there is
        made = [cv2.GaussianBlur(scene, (size, size), other, borderType=flag) for other in others]
        assert [np.array_equal(other, after) for other in made] in ([True, True, False, False], [])
        assert result.borders == [border]


ROUNDED = "two passes, each rounded half up (1/{0} along the rows, then 1/{0} down the columns)"
CUT = "two passes, each cut to whole numbers (1/3 * (1 1 1) down the columns, then 1/5 * (1 1 1 1 1) along"
FLOATS = "a Gaussian of sigma 1 (scipy.ndimage or scikit-image, in floats, cut"
SCIPY = "a Gaussian of sigma {} (scipy.ndimage.gaussian_filter"


def test_operations(scene: np.ndarray) -> None:
    image = Image.fromarray(scene)
    mask = cv2.addWeighted(scene, 1.5, cv2.GaussianBlur(scene, (0, 0), 2), -0.5, 0)
    unsharp, sharper = image.filter(ImageFilter.UnsharpMask(1, 100, 0)), ImageEnhance.Sharpness(image)
    for after, words, borders in [
        (ndimage.gaussian_filter(scene, 0.8), SCIPY.format(0.8), "reflect"),
        (ndimage.gaussian_filter(scene, 2.2, mode="wrap"), SCIPY.format(2.2), "wrap"),
        (ndimage.gaussian_filter(scene.astype(float), 1).astype(np.uint8), FLOATS, "reflect"),
        (image.filter(ImageFilter.GaussianBlur(1.3)), "a Gaussian of radius 1.3 (Pillow's", "replicate"),
        (image.filter(ImageFilter.BoxBlur(1)), ROUNDED.format("3 * (1 1 1)"), "replicate reflect"),
        (image.filter(ImageFilter.BoxBlur(5)), ROUNDED.format("11 * (11 times 1)"), "replicate"),
        (ndimage.uniform_filter(scene, (3, 5)), CUT, "reflect"),
        (mask, "an unsharp mask of amount 0.5, sigma 2 (cv2.addWeighted", "reflect101"),
        (unsharp, "an unsharp mask of radius 1, 100 %, threshold 0", "replicate"),
        (sharper.enhance(0.3), "sharpness 0.3 (Pillow's ImageEnhance", "left-unfiltered"),
        (sharper.enhance(1.7), "sharpness 1.7 (Pillow's ImageEnhance", "left-unfiltered"),
    ]:
        result = found(scene, np.asarray(after), words, *borders.split())
        assert "two passes" not in words or result.borders == borders.split()
        assert "11 times 1" not in words or np.array_equal(result.kernel, np.full((11, 11), 1 / 121))


def test_a_part_of_a_large_image_is_tried_first() -> None:
    image = noise(270, 260)
    result = found(image, ndimage.gaussian_filter(image, 0.8), SCIPY.format(0.8), "reflect")
    assert result.kernel.shape == (7, 7)


def test_means_one_after_the_other(scene: np.ndarray) -> None:
    """As ffmpeg's boxblur: twice along the rows, then twice down the columns, each time rounded."""
    after = scene
    for way in ((5, 1), (5, 1), (1, 5), (1, 5)):
        mean = cv2.blur(after.astype(np.float64), way, borderType=cv2.BORDER_REFLECT)
        after = np.floor(mean + 0.5 + 1e-9).astype(np.uint8)
    result = found(scene, after, "2 means of 5 along the rows, then 2 down the columns, each")
    assert result.borders == ["reflect"]


def gradients(image: np.ndarray, name: str) -> tuple[np.ndarray, np.ndarray]:
    x, y = (sums(image, KERNELS[f"{name}_{axis}"], cv2.BORDER_REFLECT_101) for axis in "xy")
    return x, y


def test_strengths_of_edges(scene: np.ndarray) -> None:
    (x, y), (sobel_x, sobel_y) = gradients(scene, "prewitt"), gradients(scene, "sobel")
    halves = (cv2.convertScaleAbs(sobel) / 2 for sobel in (sobel_x, sobel_y))
    for words, strength in [
        ("sqrt(x^2 + y^2) / 4 of Prewitt edges", np.hypot(x, y) / 4),
        ("|x| + |y| of Scharr edges", sum(map(abs, gradients(scene, "scharr")))),
        ("(|x| + |y|) / 2 of Prewitt edges", (abs(x) + abs(y)) / 2),
        ("(|x| + |y|) / 2 of Prewitt edges, halves rounded up", np.floor((abs(x) + abs(y) + 1) / 2)),
        ("max(|x|, |y|) of Prewitt edges", np.maximum(abs(x), abs(y))),
        ("sqrt(x^2 + y^2) of Sobel edges, cut to whole numbers", np.floor(np.hypot(sobel_x, sobel_y))),
        ("min(|x|, 255) / 2 + min(|y|, 255) / 2 of Sobel edges", sum(halves)),
    ]:
        result = found(scene, pixels(np.asarray(strength)), f"the strength {words}", "reflect101")
        assert result.operation == f"the strength {words}"
        assert np.array_equal(result.kernel, KERNELS[words.partition(" of ")[2].split()[0].lower() + "_x"])


@pytest.mark.parametrize(("words", "on"), [("Roberts", 0), ("Roberts's (one pixel on)", 1)])
def test_roberts(scene: np.ndarray, words: str, on: int) -> None:
    """Of 2 x 2 pixels, of which the last or the first is where the result stands."""
    padded, (height, width) = np.pad(scene.astype(float), 1, mode="reflect"), scene.shape
    a, b, c, d = (padded[y + on : y + on + height, x + on :][:, :width] for y in (0, 1) for x in (0, 1))
    edges = pixels(np.hypot(a - d, b - c))
    assert f"sqrt(x^2 + y^2) of {words} edges" in found(scene, edges, "the strength ").operation


def test_strengths_of_scikit_image(scene: np.ndarray) -> None:
    edges = pixels(255 * skimage.filters.scharr(scene))
    assert " of Scharr edges" in found(scene, edges, "the strength sqrt(x^2 + y^2) * 0.").operation


def test_what_is_something_else(scene: np.ndarray) -> None:
    image = scene[:40, :60].copy()
    strength, blurred = np.hypot(*gradients(image, "sobel")), cv2.GaussianBlur(image, (0, 0), 1.5)
    noisy, but_one = pixels(strength), blurred.astype(np.uint8)
    noisy[np.random.default_rng(0).random(image.shape) < 0.01] ^= 1
    but_one[12, 57] ^= 255
    power, two = pixels(strength**0.9), pixels(0.5 * blurred + 0.5 * cv2.GaussianBlur(image, (0, 0), 4))
    for number, after in enumerate((noisy, but_one, power, two)):
        assert learned(image, after, operation="").verdict != "exact", number


def test_colour_and_words(scene: np.ndarray) -> None:
    colour = np.stack([scene, 255 - scene, scene[::-1]], axis=2)[:40, :50]
    result = found(colour, cv2.GaussianBlur(colour, (0, 0), 1.5), "a Gaussian of sigma")
    assert said(result).startswith(f"{result.operation} turns a.png into b.png, border reflect101: all 2000 ")
    comment = kernel_file_text(result, "a.png", "b.png").splitlines()[0]
    assert comment.startswith(f"# learned from a.png and b.png by {result.operation}: in one sum")
    data = learned_data(result, "a.png", "b.png")
    assert (data["operation"], data["kernel"]["name"]) == (result.operation, None)
