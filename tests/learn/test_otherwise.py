"""What people bring: crops, turns, edits, channels, JPEGs, noise, thinned and linear images, responses."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from conftest import ROOT, noise
from PIL import Image, ImageEnhance, ImageFilter
from scipy import ndimage

from filtering.borders import pad
from filtering.fast import convolve_fast
from filtering.files import read_image
from filtering.learn import learn_kernel
from filtering.learn.learner import Learned
from filtering.learn.report import learned_data, learned_text
from kernels import KERNELS

SHARPEN, MEAN = KERNELS["sharpen"], np.full((3, 3), 1 / 9)
GAUSSIAN = np.outer([1, 2, 1], [1, 2, 1]) / 16


@pytest.fixture(scope="module")
def colour() -> np.ndarray:
    return np.ascontiguousarray(read_image(str(ROOT / "images" / "coffee.png"))[0][60:360, 150:470])


@pytest.fixture(scope="module")
def large(colour: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY))


@pytest.fixture(scope="module")
def photo(large: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(large[60:150, 80:200])


def said(learned: Learned, *jpegs: str) -> str:
    return learned_text(learned, "a.png", "b.png", jpegs).splitlines()[0]


# ---- Borders


def framed(image: np.ndarray, kernel: np.ndarray, border: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    reach = len(kernel) // 2
    sums = cv2.filter2D(border(image).astype(np.float64), -1, kernel)[reach:-reach, reach:-reach]
    return np.clip(np.rint(sums), 0, 255).astype(np.uint8)


@pytest.mark.parametrize(("value", "kernel"), [(1, SHARPEN), (128, GAUSSIAN), (255, GAUSSIAN)])
def test_a_constant_past_the_edge(photo: np.ndarray, value: int, kernel: np.ndarray) -> None:
    learned = learn_kernel(
        photo, framed(photo, kernel, lambda image: np.pad(image, 1, constant_values=value))
    )
    assert (learned.verdict, learned.borders) == ("exact", [f"constant {value}"])
    assert f", border constant {value}: all" in said(learned)


def test_rows_and_columns_have_borders_of_their_own(photo: np.ndarray) -> None:
    after = framed(photo, GAUSSIAN, lambda image: pad(pad(image, 1, 0, "zero"), 0, 1, "wrap"))
    learned = learn_kernel(photo, after)
    assert (learned.verdict, learned.borders) == ("exact", ["wrap left and right, zero above and below"])


@pytest.mark.parametrize("kernel", [SHARPEN, np.full((5, 5), 1 / 25)])
def test_borders_by_side(photo: np.ndarray, kernel: np.ndarray) -> None:
    """As ffmpeg's convolution has them."""

    def by_side(image: np.ndarray) -> np.ndarray:
        reach = len(kernel) // 2
        indices = [
            [i if i < side else 2 * side - 1 - i for i in map(abs, range(-reach, side + reach))]
            for side in image.shape
        ]
        return image[np.ix_(*indices)]

    learned = learn_kernel(photo, framed(photo, kernel, by_side))
    assert learned.verdict == "exact"
    assert learned.borders == ["reflect101 above and to the left, reflect below and to the right"]


def test_edges_set_to_0(photo: np.ndarray) -> None:
    after = np.zeros_like(photo)
    after[1:-1, 1:-1] = convolve_fast(photo, SHARPEN)[1:-1, 1:-1]
    learned = learn_kernel(photo, after)
    assert (learned.verdict, learned.borders, learned.name) == ("exact", ["black"], "sharpen")
    assert "edges set to 0: all" in said(learned)


def test_a_mean_of_what_lies_inside(photo: np.ndarray) -> None:
    sums, weights = (
        cv2.filter2D(image, -1, GAUSSIAN, borderType=cv2.BORDER_CONSTANT)
        for image in (photo.astype(np.float64), np.ones(photo.shape))
    )
    learned = learn_kernel(photo, np.rint(sums / weights).astype(np.uint8))
    assert (learned.verdict, learned.borders) == ("exact", ["weights-inside"])


def test_a_border_nobody_has_is_unknown(photo: np.ndarray) -> None:
    after = convolve_fast(photo, GAUSSIAN)
    after[0] = noise(1, photo.shape[1])
    assert learn_kernel(photo, after).border == "unknown"


# ---- How the images lie upon each other


# A part that lacks more than 30 rows is looked for by its likeness, which an image of edges has not.
CROPS = [("sharpen", 4, 9), ("sharpen", 0, 7), ("sharpen", 40, 51), ("sobel_x", 4, 9), ("sobel_x", 0, 7)]


@pytest.mark.parametrize(("name", "top", "left"), CROPS)
def test_a_crop_from_any_place(photo: np.ndarray, name: str, top: int, left: int) -> None:
    after = convolve_fast(photo, KERNELS[name])[top:, left:]
    learned = learn_kernel(photo, after)
    assert (learned.verdict, learned.name) == ("exact", name)
    above = f"{top} pixels above it, " if top else ""
    assert said(learned).endswith(
        f"b.png is a part of a.png, which goes on for {above}{left} pixels to its left"
    )


def test_a_centred_crop_is_no_note(photo: np.ndarray) -> None:
    learned = learn_kernel(photo, convolve_fast(photo, SHARPEN)[1:-1, 1:-1])
    assert (learned.verdict, learned.border, learned.note) == ("exact", "cropped", "")


def test_a_moved_image(photo: np.ndarray) -> None:
    after = np.roll(convolve_fast(photo, MEAN), (5, -4), (0, 1))
    learned = learn_kernel(photo, after)
    assert (learned.verdict, learned.name) == ("exact", "mean of 3 x 3")
    assert said(learned).endswith("b.png is moved 5 pixels down and 4 pixels to the left")


def test_the_full_result(photo: np.ndarray) -> None:
    full = framed(pad(photo, 1, 1, "zero"), MEAN, lambda image: pad(image, 1, 1, "zero"))
    learned = learn_kernel(photo, full)
    assert (learned.verdict, learned.name) == ("exact", "mean of 3 x 3")
    assert "zero" in learned.borders
    assert said(learned).endswith("b.png is the full result, larger by 2 rows and 2 columns")


@pytest.mark.parametrize(
    ("turn", "words"),
    [
        (lambda image: image[:, ::-1], "mirrored left to right"),
        (lambda image: image[::-1], "mirrored top to bottom"),
        (lambda image: image[::-1, ::-1], "turned by 180 degrees"),
        (lambda image: np.rot90(image), "turned by 90 degrees to the left"),
        (lambda image: np.rot90(image, -1), "turned by 90 degrees to the right"),
        (lambda image: image.T, "mirrored along its diagonal"),
        (lambda image: np.rot90(image, 2).T, "mirrored along its other diagonal"),
    ],
)
def test_a_turned_image(photo: np.ndarray, turn: Callable[[np.ndarray], np.ndarray], words: str) -> None:
    """As by an EXIF orientation that one program dropped."""
    learned = learn_kernel(photo, np.ascontiguousarray(turn(convolve_fast(photo, KERNELS["emboss"]))))
    assert (learned.verdict, learned.name) == ("exact", "emboss")
    assert said(learned).endswith(f"equal; b.png is {words}")


def test_a_stranger_is_no_crop(photo: np.ndarray) -> None:
    with pytest.raises(ValueError, match="or to be a part of it, got 80 x 50"):
        learn_kernel(photo, noise(50, 80))


@pytest.mark.parametrize(("name", "step", "start"), [("sharpen", 2, 0), ("gaussian", 3, 1)])
def test_a_thinned_image(large: np.ndarray, name: str, step: int, start: int) -> None:
    image = large[40:200, 50:270]
    after = np.ascontiguousarray(convolve_fast(image, KERNELS[name])[start::step, start::step])
    learned = learn_kernel(image, after)
    assert (learned.verdict, learned.name) == ("exact", name)
    assert {2: "every second pixel", 3: "every third pixel"}[step] in said(learned)


# ---- Colours


def test_each_channel_has_its_own_kernel(colour: np.ndarray) -> None:
    image = np.ascontiguousarray(colour[40:130, 50:170])
    after = image.copy()
    after[..., 0] = convolve_fast(image[..., 0], MEAN)
    after[..., 1] = convolve_fast(image[..., 1], SHARPEN)
    learned = learn_kernel(image, after)
    assert learned.verdict == "exact"
    assert [kernel.tolist() for kernel in learned.kernel] == [MEAN.tolist(), SHARPEN.tolist(), [[1.0]]]
    assert "(blue: mean of 3 x 3; green: sharpen; red: unchanged)" in said(learned)
    names = [one["name"] for one in learned_data(learned, "a", "b")["kernel"]]
    assert names == ["mean of 3 x 3", "sharpen", "identity"]
    assert np.array_equal(learned.result, after)


def test_red_and_blue_swapped(colour: np.ndarray) -> None:
    image = np.ascontiguousarray(colour[40:130, 50:170])
    learned = learn_kernel(image, np.ascontiguousarray(convolve_fast(image, SHARPEN)[..., ::-1]))
    assert (learned.verdict, learned.name) == ("exact", "sharpen")
    assert said(learned).endswith("b.png has red and blue swapped")


def test_a_gray_image_of_a_colour_image(colour: np.ndarray) -> None:
    image = np.ascontiguousarray(colour[40:130, 50:170])
    gray = convolve_fast(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), SHARPEN)
    learned = learn_kernel(image, cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR))
    assert (learned.verdict, learned.name) == ("exact", "sharpen")
    assert said(learned).endswith("a.png was made gray first")


@pytest.mark.parametrize("kernel", [MEAN, GAUSSIAN])
def test_linear_light(photo: np.ndarray, kernel: np.ndarray) -> None:
    light = cv2.filter2D((photo / 255) ** 2.2, -1, kernel, borderType=cv2.BORDER_REPLICATE)
    learned = learn_kernel(photo, np.rint(255 * light ** (1 / 2.2)).astype(np.uint8))
    assert learned.verdict == "exact"
    assert np.array_equal(learned.kernel, kernel)
    assert said(learned).endswith("linear light, by (x / 255)^2.2, and its result was turned back")


# ---- Local edits


def edited(image: np.ndarray, name: str) -> np.ndarray:
    result: np.ndarray = image.copy()
    height, width = image.shape
    if name == "logo":
        result[40:80, 30:90] = 255 - result[40:80, 30:90] // 2
    elif name == "dead pixel":
        result[60, 50] ^= 128
    elif name == "half":
        result[:, width // 2 :] = cv2.medianBlur(image, 9)[:, width // 2 :]
    elif name == "time stamp":
        cv2.putText(result, "2001-01-01", (9, height - 9), cv2.FONT_HERSHEY_SIMPLEX, 0.4, 255)
    return result


EDITS = [(SHARPEN, "logo"), (SHARPEN, "dead pixel"), (MEAN, "half"), (MEAN, "time stamp")]


@pytest.mark.parametrize(("kernel", "edit"), EDITS)
def test_a_local_edit(photo: np.ndarray, kernel: np.ndarray, edit: str) -> None:
    filtered = convolve_fast(photo, kernel)
    after = edited(filtered, edit)
    learned = learn_kernel(photo, after)
    assert learned.verdict == "nearly"
    assert np.array_equal(learned.kernel, kernel)
    apart = np.argwhere(after != filtered)
    (top, left), (bottom, right) = apart.min(axis=0).tolist(), apart.max(axis=0).tolist()
    assert learned.box == (left, top, right, bottom)
    count = f"{photo.size - len(apart)} of {photo.size} pixels are equal"
    assert f"{count}; those that differ lie in x {left} to {right}, y {top} to {bottom}" in said(learned)


# ---- JPEG and noise


def jpeg(image: np.ndarray, quality: int) -> np.ndarray:
    data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    decoded: np.ndarray | None = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    assert decoded is not None
    return decoded


@pytest.mark.parametrize(("name", "quality"), [("sharpen", 75), ("sobel_x", 90)])
def test_a_jpeg(large: np.ndarray, name: str, quality: int) -> None:
    learned = learn_kernel(large, jpeg(convolve_fast(large, KERNELS[name]), quality))
    assert learned.verdict != "exact"
    assert learned.known is not None
    assert learned.known.name == name
    text = said(learned, "b.png")
    assert text.startswith(
        "b.png is a JPEG; no kernel turns a.png into b.png exactly; nearest known kernel: "
    )
    assert f"kernel: {name}, " in text


def test_a_jpeg_of_the_image_itself(large: np.ndarray) -> None:
    text = said(learn_kernel(large, jpeg(large, 75)), "b.png")
    assert text.startswith("b.png is a JPEG; no kernel was found that brings a.png much nearer to b.png: ")


@pytest.mark.parametrize(
    ("name", "kernel", "deviation"), [("a mean of 3 x 3", MEAN, 5), ("sharpen", SHARPEN, 2)]
)
def test_noise(large: np.ndarray, name: str, kernel: np.ndarray, deviation: int) -> None:
    added = np.random.default_rng(1).normal(0, deviation, large.shape)
    after = np.clip(np.rint(convolve_fast(large, kernel) + added), 0, 255).astype(np.uint8)
    learned = learn_kernel(large, after)
    assert learned.verdict == "nearly"
    assert np.array_equal(learned.kernel, kernel)
    assert said(learned).startswith(f"{name}, plus noise of ")
    assert learned.known is not None
    assert learned.known.noise == pytest.approx(deviation, rel=0.05)  # saturation hides some of it


@pytest.mark.parametrize(
    "change", [lambda a: cv2.medianBlur(a, 3), lambda a: cv2.bilateralFilter(a, 7, 40, 3)]
)
def test_what_is_no_noise(large: np.ndarray, change: Callable[[np.ndarray], np.ndarray]) -> None:
    learned = learn_kernel(large, change(large))
    assert learned.verdict == "none"
    assert "noise" not in said(learned)
    assert "known kernel" not in said(learned)


# ---- Sharpening


@pytest.mark.parametrize("factor", [0.3, 1.7])
def test_pillows_sharpness(photo: np.ndarray, factor: float) -> None:
    after = np.asarray(ImageEnhance.Sharpness(Image.fromarray(photo)).enhance(factor))
    learned = learn_kernel(photo, after)
    assert (learned.verdict, learned.borders) == ("exact", ["left-unfiltered"])
    assert learned.kernel[0, 0] == pytest.approx((1 - factor) / 13, abs=1e-3)  # or another of the same pixels


def test_unsharp_masks(photo: np.ndarray) -> None:
    blurred = cv2.GaussianBlur(photo, (0, 0), 2)
    learned = learn_kernel(photo, cv2.addWeighted(photo, 1.5, blurred, -0.5, 0))
    assert learned.operation.startswith("an unsharp mask of amount 0.5, sigma 2 (cv2.addWeighted")
    mask = ImageFilter.UnsharpMask(1, 100, 0)
    learned = learn_kernel(photo, np.asarray(Image.fromarray(photo).filter(mask)))
    assert learned.operation == "an unsharp mask of radius 1, 100 %, threshold 0 (Pillow)"


def test_a_gaussian_in_floats_that_is_cut(photo: np.ndarray) -> None:
    after = ndimage.gaussian_filter(photo.astype(np.float64), 1).astype(np.uint8)
    learned = learn_kernel(photo, after)
    assert learned.operation.startswith(
        "a Gaussian of sigma 1 (scipy.ndimage or scikit-image, in floats, cut"
    )


# ---- Responses that are no pixels


@pytest.mark.parametrize(
    ("name", "depth"), [("sobel_x", cv2.CV_16S), ("sharpen", cv2.CV_32F), ("gaussian", cv2.CV_64F)]
)
def test_responses(photo: np.ndarray, name: str, depth: int) -> None:
    after = cv2.filter2D(photo, depth, KERNELS[name], borderType=cv2.BORDER_REFLECT_101)
    assert after.dtype != np.uint8
    learned = learn_kernel(photo, after)
    assert (learned.verdict, learned.name, learned.border) == ("exact", name, "reflect101")


def test_responses_of_no_kernel(photo: np.ndarray) -> None:
    learned = learn_kernel(photo, np.log1p(photo.astype(np.float64)))
    assert learned.verdict == "none"
    assert said(learned).startswith("no kernel turns a.png into b.png exactly")


@pytest.mark.parametrize(
    ("after", "rule"),
    [
        (np.zeros((9, 9)), "responses need the shape of the image before"),
        (np.full((90, 120), np.nan), "and finite values"),
        (np.full((90, 120), 10**6), "whole responses need to fit into int16"),
    ],
)
def test_responses_that_are_refused(photo: np.ndarray, after: np.ndarray, rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        learn_kernel(photo, after)


# ---- What is not told by the images is not said


GRADIENT = np.tile(np.arange(100), (80, 1)).astype(np.uint8)
FLAT = np.full((80, 100), 40, np.uint8)


@pytest.mark.parametrize("before", [GRADIENT, FLAT])
def test_responses_to_a_kernel_that_is_not_determined(before: np.ndarray) -> None:
    learned = learn_kernel(before, cv2.filter2D(before, cv2.CV_32F, GAUSSIAN))
    assert learned.verdict == "none"
    assert said(learned).startswith("a.png does not determine a kernel: ")


def test_blank_responses(photo: np.ndarray) -> None:
    assert said(learn_kernel(photo, np.zeros(photo.shape, np.int16))).startswith(
        "all pixels of b.png are 0: "
    )


def test_noise_is_no_response(photo: np.ndarray) -> None:
    """A large kernel would fit any few values."""
    few = np.ascontiguousarray(photo[:20, :20])
    learned = learn_kernel(few, np.random.default_rng(0).normal(0, 50, few.shape))
    assert learned.verdict == "none"
    assert "learned" not in learned_text(learned, "a", "b")


@pytest.mark.parametrize(("scale", "offset"), [(1, 128), (1 / 255, 0), (1e-7, 0), (1000, -5)])
def test_scaled_responses_with_an_offset(photo: np.ndarray, scale: float, offset: float) -> None:
    sums = cv2.filter2D(photo, cv2.CV_64F, GAUSSIAN, borderType=cv2.BORDER_REPLICATE)
    learned = learn_kernel(photo, sums * scale + offset)
    assert (learned.verdict, learned.offset) == ("exact", offset)
    assert np.allclose(learned.kernel, GAUSSIAN * scale, rtol=1e-8)  # floats have 9 digits left
    assert np.array_equal(learned.kernel, learned.kernel.T)


def test_tiny_and_huge_responses() -> None:
    """No error is too small or too large to be written."""
    for values in (np.array([[1.5]]), np.full((3, 3), 1e6) * noise(3, 3)):
        image = noise(*values.shape)
        assert learned_text(learn_kernel(image, values), "a", "b")


@pytest.mark.parametrize("before", [GRADIENT, FLAT])
def test_a_stride_of_an_image_that_tells_nothing(before: np.ndarray) -> None:
    after = np.ascontiguousarray(cv2.filter2D(before, -1, np.array([[1, 2, 1]]) / 4)[::2, ::2])
    with pytest.raises(ValueError, match="the image after needs the size of the image before"):
        learn_kernel(before, after)


def test_an_image_that_was_shrunk_is_no_part(photo: np.ndarray) -> None:
    with pytest.raises(ValueError, match="the image after needs the size of the image before"):
        learn_kernel(photo, cv2.pyrDown(photo))


def test_what_lies_outside_is_no_part(photo: np.ndarray) -> None:
    """Moved down by 6 pixels, and cropped: its first rows are not in the image before."""
    moved = np.roll(photo, 6, 0)
    moved[:6] = 0
    assert "is a part of" not in said(learn_kernel(photo, moved[2:-2, 2:-2]))


def test_what_a_channel_gets_besides_is_said(colour: np.ndarray) -> None:
    image = np.ascontiguousarray(colour[40:130, 50:170])
    after = image.copy()
    after[..., 0] = np.minimum(after[..., 0], 245) + 10
    after[..., 1] = convolve_fast(image[..., 1], GAUSSIAN, "reflect101")
    learned = learn_kernel(image, after)
    assert "(blue: identity, adds 10; green: 3 x 3; red: unchanged)" in said(learned)
    assert (learned.borders, learned_data(learned, "a", "b")["offset"]) == (["reflect101"], [10, 0, 0])


def test_single_pixels_are_no_noise(photo: np.ndarray) -> None:
    after = convolve_fast(photo, GAUSSIAN)
    filtered = after.copy()
    after[5, 5], after[80, 90], after[40, 50] = 0, 255, 0
    learned = learn_kernel(photo, after)
    assert "noise" not in said(learned)
    equal = np.count_nonzero(after == filtered)
    assert f"{equal} of {after.size} pixels are equal" in said(learned)


def test_the_places_of_an_edit_are_those_of_the_image_after(photo: np.ndarray) -> None:
    after = convolve_fast(photo, GAUSSIAN)[10:-10, 5:-5].copy()
    after[20:30, 50:60] = 0
    assert learn_kernel(photo, after).box == (50, 20, 59, 29)
