"""What programs do in more than one sum: found, named, and never where they did something else."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
import skimage.filters
from PIL import Image, ImageEnhance, ImageFilter
from scipy import ndimage
from test_pair import exact, learned, pixels, said, sums

from filtering.learn import Learned
from filtering.learn.report import kernel_file_text, learned_data
from kernels import KERNELS


def pillow(image: np.ndarray, blur: ImageFilter.Filter) -> np.ndarray:
    return np.asarray(Image.fromarray(image).filter(blur))


def found(before: np.ndarray, after: np.ndarray, words: str, *borders: str) -> Learned:
    """Learn an operation whose words begin so, under these borders at least."""
    result = exact(before, after)
    assert result.operation.startswith(words)
    assert set(borders) <= set(result.borders)
    assert result.differing == result.ties == (np.asarray(result.result) != after).sum()
    return result


OPENCV = [
    (0, 1.5, "reflect101"),
    (0, 2.37, "replicate"),
    (5, 1, "reflect101"),
    (9, 0, "reflect101"),
    (15, 3, "replicate"),
]


@pytest.mark.parametrize(("side", "sigma", "border"), OPENCV)
def test_gaussians_of_opencv(scene: np.ndarray, side: int, sigma: float, border: str) -> None:
    """The sigma is named, with all that give the same pixels; and the size."""
    flag = {"reflect101": cv2.BORDER_REFLECT_101, "replicate": cv2.BORDER_REPLICATE}[border]
    after = cv2.GaussianBlur(scene, (side, side), sigma, borderType=flag)
    result = found(scene, after, "a Gaussian of sigma ", border)
    words = result.operation.split()
    least, most = float(words[4].rstrip(",")), float(words[6 if words[5] == "to" else 4].rstrip(","))
    true = sigma or 0.3 * ((side - 1) * 0.5 - 1) + 0.8
    assert least - 1e-9 <= true <= most + 1e-9
    assert most - least < 0.1
    for other in (least, most) if sigma else ():
        size = int(words[words.index("x") - 1])
        assert np.array_equal(cv2.GaussianBlur(scene, (size, size), other, borderType=flag), after)
    assert result.borders == [border]
    assert result.kernel.sum() == pytest.approx(1)


def sharpness(image: np.ndarray, factor: float) -> np.ndarray:
    return np.asarray(ImageEnhance.Sharpness(Image.fromarray(image)).enhance(factor))


ROUNDED, ROW = (
    "two passes, each rounded half up ({0} along the rows, then {0} down the columns)",
    "1/3 * (1 1 1)",
)
CUT = f"two passes, each cut to whole numbers ({ROW} down the columns, then 1/5 * (1 1 1 1 1) along the rows)"
FLOATS = "a Gaussian of sigma 1 (scipy.ndimage or scikit-image, in floats, cut"
SCIPY, RADIUS = (
    "a Gaussian of sigma {} (scipy.ndimage.gaussian_filter",
    "a Gaussian of radius {} (Pillow's GaussianBlur",
)
MASK, UNSHARP = (
    "an unsharp mask of amount 0.5, sigma 2 (cv2.addWeighted",
    "an unsharp mask of radius 1, 100 %, threshold 0",
)
OPERATIONS: list[tuple[Callable[[np.ndarray], np.ndarray], str, str]] = [
    (lambda image: ndimage.gaussian_filter(image, 0.8), SCIPY.format(0.8), "reflect"),
    (lambda image: ndimage.gaussian_filter(image, 1, mode="nearest"), SCIPY.format(1), "replicate"),
    (lambda image: ndimage.gaussian_filter(image, 2.2, mode="wrap"), SCIPY.format(2.2), "wrap"),
    (lambda image: ndimage.gaussian_filter(image.astype(float), 1).astype(np.uint8), FLOATS, "reflect"),
    (lambda image: pillow(image, ImageFilter.GaussianBlur(1.3)), RADIUS.format(1.3), "replicate"),
    (lambda image: pillow(image, ImageFilter.GaussianBlur(2)), RADIUS.format(2), "replicate"),
    (lambda image: pillow(image, ImageFilter.BoxBlur(1)), ROUNDED.format(ROW), "replicate reflect"),
    (lambda image: pillow(image, ImageFilter.BoxBlur(5)), ROUNDED.format("1/11 * (11 times 1)"), "replicate"),
    (lambda image: ndimage.uniform_filter(image, (3, 5)), CUT, "reflect"),
    (
        lambda image: cv2.addWeighted(image, 1.5, cv2.GaussianBlur(image, (0, 0), 2), -0.5, 0),
        MASK,
        "reflect101",
    ),
    (lambda image: pillow(image, ImageFilter.UnsharpMask(1, 100, 0)), UNSHARP, "replicate"),
    *((lambda image, by=by: sharpness(image, by), "", "left-unfiltered") for by in (0.3, 0.5, 1.7)),
]


@pytest.mark.parametrize(("make", "words", "borders"), OPERATIONS)
def test_operations(
    scene: np.ndarray, make: Callable[[np.ndarray], np.ndarray], words: str, borders: str
) -> None:
    """SciPy's passes go down the columns first."""
    result = found(scene, make(scene), words, *borders.split())
    assert words not in (CUT, ROUNDED.format(ROW)) or result.borders == borders.split()
    assert "11 times 1" not in words or np.array_equal(result.kernel, np.full((11, 11), 1 / 121))


@pytest.mark.parametrize("side", [3, 5])
def test_means_one_after_the_other(scene: np.ndarray, side: int) -> None:
    """As ffmpeg's boxblur: twice along the rows, then twice down the columns, each time rounded."""
    after = scene
    for way in ((side, 1), (side, 1), (1, side), (1, side)):
        mean = cv2.blur(after.astype(np.float64), way, borderType=cv2.BORDER_REFLECT)
        after = np.floor(mean + 0.5 + 1e-9).astype(np.uint8)
    words = f"2 means of {side} along the rows, then 2 down the columns, each"
    assert found(scene, after, words, "reflect").borders == ["reflect"] or side == 3


def gradients(image: np.ndarray, name: str) -> tuple[np.ndarray, np.ndarray]:
    x, y = (sums(image, KERNELS[f"{name}_{axis}"], cv2.BORDER_REFLECT_101) for axis in "xy")
    return x, y


STRENGTHS: dict[str, tuple[str, Callable[[np.ndarray, np.ndarray], np.ndarray]]] = {
    "sqrt(x^2 + y^2) of Sobel edges": ("sobel", np.hypot),
    "sqrt(x^2 + y^2) / 4 of Prewitt edges": ("prewitt", lambda x, y: np.hypot(x, y) / 4),
    "|x| + |y| of Scharr edges": ("scharr", lambda x, y: abs(x) + abs(y)),
    "max(|x|, |y|) of Prewitt edges": ("prewitt", lambda x, y: np.maximum(abs(x), abs(y))),
    "sqrt(x^2 + y^2) of Sobel edges, cut to whole numbers": (
        "sobel", lambda x, y: np.trunc(np.minimum(np.hypot(x, y), 255))),
    "min(|x|, 255) / 2 + min(|y|, 255) / 2 of Sobel edges": (
        "sobel", lambda x, y: cv2.addWeighted(cv2.convertScaleAbs(x), 0.5, cv2.convertScaleAbs(y), 0.5, 0)),
}  # fmt: skip


@pytest.mark.parametrize("words", STRENGTHS)
def test_strengths_of_edges(scene: np.ndarray, words: str) -> None:
    name, combine = STRENGTHS[words]
    result = found(scene, pixels(combine(*gradients(scene, name))), f"the strength {words}", "reflect101")
    assert result.operation == f"the strength {words}"
    assert np.array_equal(result.kernel, KERNELS[f"{name}_x"])


@pytest.mark.parametrize(("words", "on"), [("Roberts", 0), ("Roberts's (one pixel on)", 1)])
def test_roberts(scene: np.ndarray, words: str, on: int) -> None:
    """Of 2 x 2 pixels, of which the last or the first is where the result stands."""
    padded, (height, width) = np.pad(scene.astype(float), 1, mode="reflect"), scene.shape
    a, b, c, d = (padded[y + on : y + on + height, x + on :][:, :width] for y in (0, 1) for x in (0, 1))
    edges = pixels(np.hypot(a - d, b - c))
    assert f"sqrt(x^2 + y^2) of {words} edges" in found(scene, edges, "the strength ").operation


@pytest.mark.parametrize("name", ["sobel", "scharr"])
def test_strengths_of_scikit_image(scene: np.ndarray, name: str) -> None:
    edges = pixels(255 * getattr(skimage.filters, name)(scene))
    assert f" of {name.title()} edges" in found(scene, edges, "the strength ").operation


def others(image: np.ndarray) -> dict[str, np.ndarray]:
    """Images made in ways that are none of these, some of them nearly."""
    x, y = gradients(image, "sobel")
    strength = pixels(np.hypot(x, y))
    noise = np.random.default_rng(0).random(image.shape) < 0.01
    blurred: np.ndarray = cv2.GaussianBlur(image, (0, 0), 1.5).astype(np.uint8)
    return {
        "another power": pixels(np.hypot(x, y) ** 0.9),
        "one pixel": np.where(np.arange(image.size).reshape(image.shape) == 777, 255 - blurred, blurred),
        "noise": np.where(noise, blurred ^ 1, blurred),
        "strength with noise": np.where(noise, strength ^ 1, strength),
        "two Gaussians": pixels(0.5 * blurred + 0.5 * cv2.GaussianBlur(image, (0, 0), 4)),
    }


@pytest.mark.parametrize("name", others(np.zeros((20, 50), np.uint8)))
def test_what_is_something_else(scene: np.ndarray, name: str) -> None:
    assert learned(scene, others(scene)[name], operation="").verdict != "exact"


def test_colour_and_small_images(scene: np.ndarray) -> None:
    colour = np.stack([scene, 255 - scene, scene[::-1]], axis=2)
    for image in (colour, scene[20:60, 20:70]):
        found(image, cv2.GaussianBlur(image, (0, 0), 1.5), "a Gaussian of sigma")


def test_the_words(scene: np.ndarray) -> None:
    result = found(scene, cv2.GaussianBlur(scene, (0, 0), 1.5), "a Gaussian")
    equal = f"border reflect101: all {scene.size} pixels are equal"
    assert said(result) == f"{result.operation} turns a.png into b.png, {equal}"
    comment = kernel_file_text(result, "a.png", "b.png").splitlines()[0]
    assert comment.startswith(f"# learned from a.png and b.png by {result.operation}: in one sum")
    data = learned_data(result, "a.png", "b.png")
    assert (data["operation"], data["kernel"]["name"]) == (result.operation, None)
