"""What programs do in more than one sum: found, named, and never where they did something else."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
import skimage.filters
from PIL import Image, ImageFilter
from scipy import ndimage

from filtering.learn import Learned, learn_kernel
from filtering.learn.report import kernel_file_text, learned_data, learned_text
from kernels import KERNELS


def whole(values: np.ndarray) -> np.ndarray:
    pixels: np.ndarray = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return pixels


def pillow(image: np.ndarray, blur: ImageFilter.Filter) -> np.ndarray:
    return np.asarray(Image.fromarray(image).filter(blur))


def found(before: np.ndarray, after: np.ndarray) -> Learned:
    learned = learn_kernel(before, after)
    assert (learned.verdict, learned.differing) == ("exact", learned.ties)
    assert (np.asarray(learned.result) != after).sum() == learned.ties
    return learned


@pytest.mark.parametrize(
    ("side", "sigma", "border"),
    [
        (0, 1.5, "reflect101"),
        (0, 2.37, "replicate"),
        (5, 1, "reflect101"),
        (7, 2.5, "replicate"),
        (9, 0, "reflect101"),
        (15, 3, "replicate"),
    ],
)
def test_gaussians_of_opencv(scene: np.ndarray, side: int, sigma: float, border: str) -> None:
    """The sigma is named, with all that give the same pixels; and the size."""
    flag = {"reflect101": cv2.BORDER_REFLECT_101, "replicate": cv2.BORDER_REPLICATE}[border]
    after = cv2.GaussianBlur(scene, (side, side), sigma, borderType=flag)
    learned = found(scene, after)
    words = learned.operation.split()
    assert words[:4] == ["a", "Gaussian", "of", "sigma"]
    least, most = float(words[4].rstrip(",")), float(words[6 if words[5] == "to" else 4].rstrip(","))
    true = sigma or 0.3 * ((side - 1) * 0.5 - 1) + 0.8
    assert least - 1e-9 <= true <= most + 1e-9
    assert most - least < 0.1
    for other in (least, most) if sigma else ():
        size = int(words[words.index("x") - 1])
        assert np.array_equal(cv2.GaussianBlur(scene, (size, size), other, borderType=flag), after)
    assert learned.borders == [border]
    assert learned.kernel.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("sigma", "mode", "border"),
    [(0.8, "reflect", "reflect"), (1, "nearest", "replicate"), (2.2, "wrap", "wrap")],
)
def test_gaussians_of_scipy(scene: np.ndarray, sigma: float, mode: str, border: str) -> None:
    learned = found(scene, ndimage.gaussian_filter(scene, sigma, mode=mode))
    assert learned.operation.startswith(f"a Gaussian of sigma {sigma:g} (scipy.ndimage.gaussian_filter")
    assert border in learned.borders


@pytest.mark.parametrize("radius", [1.3, 2])
def test_gaussians_of_pillow(scene: np.ndarray, radius: float) -> None:
    learned = found(scene, pillow(scene, ImageFilter.GaussianBlur(radius)))
    assert learned.operation.startswith(f"a Gaussian of radius {radius:g} (Pillow's GaussianBlur")


@pytest.mark.parametrize("radius", [1, 5])
def test_two_rounded_passes(scene: np.ndarray, radius: int) -> None:
    learned = found(scene, pillow(scene, ImageFilter.BoxBlur(radius)))
    side = 2 * radius + 1
    ones = " ".join("1" * side) if side < 10 else f"{side} times 1"
    row = f"1/{side} * ({ones})"
    assert (
        learned.operation
        == f"two passes, each rounded half up ({row} along the rows, then {row} down the columns)"
    )
    assert learned.borders == (["replicate", "reflect"] if radius == 1 else ["replicate"])
    assert np.array_equal(learned.kernel, np.full((side, side), 1 / side**2))


def test_two_passes_that_truncate(scene: np.ndarray) -> None:
    """SciPy goes down the columns first."""
    learned = found(scene, ndimage.uniform_filter(scene, (3, 5)))
    down, along = "1/3 * (1 1 1) down the columns", "1/5 * (1 1 1 1 1) along the rows"
    assert learned.operation == f"two passes, each cut to whole numbers ({down}, then {along})"
    assert learned.borders == ["reflect"]


def gradients(
    image: np.ndarray, name: str, border: int = cv2.BORDER_REFLECT_101
) -> tuple[np.ndarray, np.ndarray]:
    x, y = (cv2.filter2D(image, cv2.CV_64F, KERNELS[f"{name}_{axis}"], borderType=border) for axis in "xy")
    return x, y


STRENGTHS: dict[str, tuple[str, Callable[[np.ndarray, np.ndarray], np.ndarray]]] = {
    "sqrt(x^2 + y^2)": ("sobel", np.hypot),
    "sqrt(x^2 + y^2) / 4": ("prewitt", lambda x, y: np.hypot(x, y) / 4),
    "|x| + |y|": ("scharr", lambda x, y: abs(x) + abs(y)),
    "max(|x|, |y|)": ("prewitt", lambda x, y: np.maximum(abs(x), abs(y))),
}


@pytest.mark.parametrize("words", STRENGTHS)
def test_strengths_of_edges(scene: np.ndarray, words: str) -> None:
    name, combine = STRENGTHS[words]
    learned = found(scene, whole(combine(*gradients(scene, name))))
    assert learned.operation == f"the strength {words} of {name.title()} edges"
    assert "reflect101" in learned.borders
    assert np.array_equal(learned.kernel, KERNELS[f"{name}_x"])


def test_strengths_of_other_programs(scene: np.ndarray) -> None:
    x, y = gradients(scene, "sobel")
    cut = found(scene, np.clip(np.hypot(x, y), 0, 255).astype(np.uint8))
    assert cut.operation == "the strength sqrt(x^2 + y^2) of Sobel edges, cut to whole numbers"
    weighted = cv2.addWeighted(cv2.convertScaleAbs(x), 0.5, cv2.convertScaleAbs(y), 0.5, 0)
    mean = found(scene, weighted)
    assert mean.operation == "the strength min(|x|, 255) / 2 + min(|y|, 255) / 2 of Sobel edges"
    for edges, name in [(skimage.filters.sobel, "Sobel"), (skimage.filters.scharr, "Scharr")]:
        learned = found(scene, whole(255 * edges(scene)))
        assert f" of {name} edges" in learned.operation


def others(image: np.ndarray) -> dict[str, np.ndarray]:
    """Images made in ways that are none of these, some of them nearly."""
    x, y = gradients(image, "sobel")
    strength = whole(np.hypot(x, y))
    noise = np.random.default_rng(0).random(image.shape) < 0.01
    blurred: np.ndarray = cv2.GaussianBlur(image, (0, 0), 1.5).astype(np.uint8)
    return {
        "median": cv2.medianBlur(image, 3),
        "another power": whole(np.hypot(x, y) ** 0.9),
        "one pixel": np.where(np.arange(image.size).reshape(image.shape) == 777, 255 - blurred, blurred),
        "noise": np.where(noise, blurred ^ 1, blurred),
        "strength with noise": np.where(noise, strength ^ 1, strength),
        "two Gaussians": whole(0.5 * blurred + 0.5 * cv2.GaussianBlur(image, (0, 0), 4)),
        "strength of a blur": whole(np.hypot(*gradients(cv2.medianBlur(image, 3), "sobel"))),
    }


@pytest.mark.parametrize("name", others(np.zeros((20, 50), np.uint8)))
def test_what_is_something_else(scene: np.ndarray, name: str) -> None:
    learned = learn_kernel(scene, others(scene)[name])
    assert (learned.operation, learned.verdict != "exact") == ("", True)


def test_colour_and_small_images(scene: np.ndarray) -> None:
    colour = np.stack([scene, 255 - scene, scene[::-1]], axis=2)
    assert found(colour, cv2.GaussianBlur(colour, (0, 0), 1.5)).operation.startswith("a Gaussian of sigma")
    part = scene[20:60, 20:70]
    assert found(part, cv2.GaussianBlur(part, (0, 0), 1.5)).operation.startswith("a Gaussian of sigma")


def test_a_whole_kernel_is_no_operation(scene: np.ndarray) -> None:
    """What one sum explains is said first."""
    for name in ("gaussian", "small_blur"):
        learned = found(scene, cv2.filter2D(scene, -1, KERNELS[name]))
        assert (learned.operation, np.array_equal(learned.kernel, KERNELS[name])) == ("", True)


def test_the_words(scene: np.ndarray) -> None:
    learned = found(scene, cv2.GaussianBlur(scene, (0, 0), 1.5))
    text = learned_text(learned, "a.png", "b.png").splitlines()
    equal = f"all {scene.size} pixels are equal"
    assert text == [f"{learned.operation} turns a.png into b.png, border reflect101: {equal}"]
    comment = kernel_file_text(learned, "a.png", "b.png").splitlines()[0]
    assert comment.startswith(f"# learned from a.png and b.png by {learned.operation}: in one sum")
    data = learned_data(learned, "a.png", "b.png")
    assert (data["operation"], data["kernel"]["name"]) == (learned.operation, None)
    plain = learned_data(found(scene, cv2.filter2D(scene, -1, KERNELS["sobel_x"])), "a.png", "b.png")
    assert (plain["operation"], plain["kernel"]["name"]) == (None, "sobel_x")


@pytest.mark.parametrize("side", [3, 5])
def test_means_one_after_the_other(scene: np.ndarray, side: int) -> None:
    """As ffmpeg's boxblur: twice along the rows, then twice down the columns, each time rounded."""
    after = scene
    for way in ((side, 1), (side, 1), (1, side), (1, side)):
        mean = cv2.blur(after.astype(np.float64), way, borderType=cv2.BORDER_REFLECT)
        after = np.floor(mean + 0.5 + 1e-9).astype(np.uint8)
    learned = found(scene, after)
    assert learned.operation.startswith(f"2 means of {side} along the rows, then 2 down the columns, each")
    assert learned.borders == ["reflect"] if side == 5 else "reflect" in learned.borders
