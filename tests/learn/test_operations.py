"""What programs do in more than one sum: found, named, and never where they did something else."""

import cv2
import numpy as np
import pytest
import skimage.filters
from PIL import Image, ImageFilter
from scipy import ndimage

from filtering.learn import Learned, learn_kernel
from filtering.learn.names import likeness, name_of
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


@pytest.mark.parametrize(("side", "sigma"), [(0, 1.5), (0, 2.37), (5, 1), (7, 2.5), (9, 0), (15, 3)])
@pytest.mark.parametrize("border", ["reflect101", "replicate"])
def test_gaussians_of_opencv(coffee: np.ndarray, side: int, sigma: float, border: str) -> None:
    """The sigma is named, with all that give the same pixels; and the size."""
    flag = {"reflect101": cv2.BORDER_REFLECT_101, "replicate": cv2.BORDER_REPLICATE}[border]
    after = cv2.GaussianBlur(coffee, (side, side), sigma, borderType=flag)
    learned = found(coffee, after)
    words = learned.operation.split()
    assert words[:4] == ["a", "Gaussian", "of", "sigma"]
    least, most = float(words[4].rstrip(",")), float(words[6 if words[5] == "to" else 4].rstrip(","))
    true = sigma or 0.3 * ((side - 1) * 0.5 - 1) + 0.8
    assert least - 1e-9 <= true <= most + 1e-9
    assert most - least < 0.1
    for other in (least, most) if sigma else ():
        size = int(words[words.index("x") - 1])
        assert np.array_equal(cv2.GaussianBlur(coffee, (size, size), other, borderType=flag), after)
    assert learned.borders == [border]
    assert learned.kernel.sum() == pytest.approx(1)


@pytest.mark.parametrize("sigma", [0.8, 1, 2.2])
@pytest.mark.parametrize(
    ("mode", "border"), [("reflect", "reflect"), ("nearest", "replicate"), ("wrap", "wrap")]
)
def test_gaussians_of_scipy(coffee: np.ndarray, sigma: float, mode: str, border: str) -> None:
    learned = found(coffee, ndimage.gaussian_filter(coffee, sigma, mode=mode))
    assert learned.operation.startswith(f"a Gaussian of sigma {sigma:g} (scipy.ndimage.gaussian_filter")
    assert border in learned.borders


@pytest.mark.parametrize("radius", [1.3, 2])
def test_gaussians_of_pillow(coffee: np.ndarray, radius: float) -> None:
    learned = found(coffee, pillow(coffee, ImageFilter.GaussianBlur(radius)))
    assert learned.operation.startswith(f"a Gaussian of radius {radius:g} (Pillow's GaussianBlur")


@pytest.mark.parametrize("radius", [1, 2, 5])
def test_two_rounded_passes(coffee: np.ndarray, radius: int) -> None:
    learned = found(coffee, pillow(coffee, ImageFilter.BoxBlur(radius)))
    side = 2 * radius + 1
    ones = " ".join("1" * side) if side < 10 else f"{side} times 1"
    row = f"1/{side} * ({ones})"
    assert (
        learned.operation
        == f"two passes, each rounded half up ({row} along the rows, then {row} down the columns)"
    )
    assert learned.borders == (["replicate", "reflect"] if radius == 1 else ["replicate"])
    assert np.array_equal(learned.kernel, np.full((side, side), 1 / side**2))


def test_two_passes_that_truncate(coffee: np.ndarray) -> None:
    """SciPy goes down the columns first."""
    learned = found(coffee, ndimage.uniform_filter(coffee, (3, 5)))
    down, along = "1/3 * (1 1 1) down the columns", "1/5 * (1 1 1 1 1) along the rows"
    assert learned.operation == f"two passes, each cut to whole numbers ({down}, then {along})"
    assert learned.borders == ["reflect"]


def gradients(
    image: np.ndarray, name: str, border: int = cv2.BORDER_REFLECT_101
) -> tuple[np.ndarray, np.ndarray]:
    x, y = (cv2.filter2D(image, cv2.CV_64F, KERNELS[f"{name}_{axis}"], borderType=border) for axis in "xy")
    return x, y


@pytest.mark.parametrize("name", ["sobel", "prewitt", "scharr"])
@pytest.mark.parametrize(
    ("words", "combine"),
    [
        ("sqrt(x^2 + y^2)", lambda x, y: whole(np.hypot(x, y))),
        ("sqrt(x^2 + y^2) / 4", lambda x, y: whole(np.hypot(x, y) / 4)),
        ("|x| + |y|", lambda x, y: whole(abs(x) + abs(y))),
        ("max(|x|, |y|)", lambda x, y: whole(np.maximum(abs(x), abs(y)))),
    ],
)
def test_strengths_of_edges(coffee: np.ndarray, name: str, words: str, combine: object) -> None:
    assert callable(combine)
    learned = found(coffee, combine(*gradients(coffee, name)))
    assert learned.operation == f"the strength {words} of {name.title()} edges"
    assert "reflect101" in learned.borders
    assert np.array_equal(learned.kernel, KERNELS[f"{name}_x"])


def test_strengths_of_other_programs(coffee: np.ndarray) -> None:
    x, y = gradients(coffee, "sobel")
    cut = found(coffee, np.clip(np.hypot(x, y), 0, 255).astype(np.uint8))
    assert cut.operation == "the strength sqrt(x^2 + y^2) of Sobel edges, cut to whole numbers"
    weighted = cv2.addWeighted(cv2.convertScaleAbs(x), 0.5, cv2.convertScaleAbs(y), 0.5, 0)
    mean = found(coffee, weighted)
    assert mean.operation == "the strength min(|x|, 255) / 2 + min(|y|, 255) / 2 of Sobel edges"
    for edges, name in [(skimage.filters.sobel, "Sobel"), (skimage.filters.scharr, "Scharr")]:
        learned = found(coffee, whole(255 * edges(coffee)))
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
def test_what_is_something_else(coffee: np.ndarray, name: str) -> None:
    learned = learn_kernel(coffee, others(coffee)[name])
    assert (learned.operation, learned.verdict != "exact") == ("", True)


def test_colour_and_small_images(coffee: np.ndarray) -> None:
    colour = np.stack([coffee, 255 - coffee, coffee[::-1]], axis=2)
    assert found(colour, cv2.GaussianBlur(colour, (0, 0), 1.5)).operation.startswith("a Gaussian of sigma")
    part = coffee[20:60, 20:70]
    assert found(part, cv2.GaussianBlur(part, (0, 0), 1.5)).operation.startswith("a Gaussian of sigma")


def test_a_whole_kernel_is_no_operation(coffee: np.ndarray) -> None:
    """What one sum explains is said first."""
    for name in ("gaussian", "small_blur"):
        learned = found(coffee, cv2.filter2D(coffee, -1, KERNELS[name]))
        assert (learned.operation, np.array_equal(learned.kernel, KERNELS[name])) == ("", True)


def test_the_words(coffee: np.ndarray) -> None:
    learned = found(coffee, cv2.GaussianBlur(coffee, (0, 0), 1.5))
    text = learned_text(learned, "a.png", "b.png").splitlines()
    equal = f"all {coffee.size} pixels are equal"
    assert text == [f"{learned.operation} turns a.png into b.png, border reflect101: {equal}"]
    comment = kernel_file_text(learned, "a.png", "b.png").splitlines()[0]
    assert comment.startswith(f"# learned from a.png and b.png by {learned.operation}: in one sum")
    data = learned_data(learned, "a.png", "b.png")
    assert (data["operation"], data["kernel"]["name"]) == (learned.operation, None)
    plain = learned_data(found(coffee, cv2.filter2D(coffee, -1, KERNELS["sobel_x"])), "a.png", "b.png")
    assert (plain["operation"], plain["kernel"]["name"]) == (None, "sobel_x")


@pytest.mark.parametrize(
    ("kernel", "name"),
    [
        (KERNELS["sobel_x"], "sobel_x"),
        (KERNELS["sobel_x"] / 8, "sobel_x / 8"),
        (-2 * KERNELS["laplacian"], "laplacian * -2"),
        (np.full((3, 3), 1 / 9), "mean of 3 x 3"),
        (np.pad([[1.0]], 1) - 0.5 * KERNELS["laplacian"], "sharpen, strength 0.5"),
        (np.pad([[1.0]], 1) + KERNELS["outline"], "sharpen by all 8 neighbours, strength 1"),
        (KERNELS["sobel_x"] * 0.3333333, None),  # nearly / 3
        (KERNELS["sobel_x"] / 3, "sobel_x / 3"),
        (np.array([[1.0, 2, 3]]), None),
        (np.array([[3.0]]), None),
    ],
)
def test_names(kernel: np.ndarray, name: str | None) -> None:
    assert name_of(kernel) == name


@pytest.mark.parametrize("sigma", [0.8, 1.04, 2.5])
def test_what_a_kernel_is_like(sigma: float) -> None:
    """To the second decimal; and what is like none is said to be none."""
    row = cv2.getGaussianKernel(9, sigma)
    gaussian, centre = row * row.T, np.pad([[1.0]], 4)
    assert likeness(gaussian).startswith(
        f"like a Gaussian of sigma {sigma:.2f}: the weights differ by up to "
    )
    mask = likeness(2.5 * centre - 1.5 * gaussian)
    assert mask.startswith(f"like an unsharp mask of amount 1.50, sigma {sigma:.2f}: ")
    bumpy = gaussian.copy()
    bumpy[0, 4] += 0.1
    for kernel in (bumpy, -gaussian, gaussian[:, 1:], gaussian - 1 / 81, np.ones((1, 1)), np.eye(3) / 3):
        assert likeness(kernel) == ""


@pytest.mark.parametrize("side", [3, 5])
def test_means_one_after_the_other(coffee: np.ndarray, side: int) -> None:
    """As ffmpeg's boxblur: twice along the rows, then twice down the columns, each time rounded."""
    after = coffee
    for way in ((side, 1), (side, 1), (1, side), (1, side)):
        mean = cv2.blur(after.astype(np.float64), way, borderType=cv2.BORDER_REFLECT)
        after = np.floor(mean + 0.5 + 1e-9).astype(np.uint8)
    learned = found(coffee, after)
    assert learned.operation.startswith(f"2 means of {side} along the rows, then 2 down the columns, each")
    assert learned.borders == ["reflect"] if side == 5 else "reflect" in learned.borders
