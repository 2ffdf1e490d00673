"""What is claimed of a learned kernel is so: no excuse, border, weight or offset is made up."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from conftest import noise
from PIL import Image, ImageEnhance
from scipy import ndimage

from filtering.borders import BORDERS
from filtering.describe import facts_text
from filtering.fast import convolve_fast
from filtering.learn import learn_kernel
from filtering.learn.learner import Learned
from filtering.learn.report import learned_data, learned_text
from filtering.learn.search import distance
from kernels import KERNELS

ASYMMETRIC = np.array([[1, 2, 3], [4, 6, 5], [9, 8, 7]]) / 45
BINOMIAL = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]) / 256


def text(learned: Learned) -> str:
    return learned_text(learned, "a.png", "b.png")


def drawing() -> np.ndarray:
    """A page with a white margin, letters, and a shape of another grey."""
    page: np.ndarray = np.full((100, 150), 255, np.uint8)
    cv2.putText(page, "Abc 12", (15, 45), cv2.FONT_HERSHEY_SIMPLEX, 1, 0, 2)
    cv2.circle(page, (110, 70), 18, 90, -1)
    cv2.line(page, (20, 60), (70, 90), 160, 3)
    return page


def changed(image: np.ndarray, share: float, step: int) -> np.ndarray:
    """Change a share of the pixels, at random, by one level."""
    some = np.random.default_rng(1).random(image.shape) < share
    return np.asarray(np.clip(image.astype(int) + step * some, 0, 255), np.uint8)


# ---- Ties are float noise, or none


@pytest.mark.parametrize(
    ("kernel", "share", "step"),
    [
        ("identity", 0.07, 1),
        ("gaussian", 0.01, 1),
        ("gaussian", 0.2, -1),
        ("sharpen", 0.07, -1),
        ("third", 0.2, 1),
        ("tenth", 0.01, -1),
    ],
)
def test_single_levels_off_are_no_kernel(scene: np.ndarray, kernel: str, share: float, step: int) -> None:
    others = {"third": np.ones((1, 3)) / 3, "tenth": np.array([[1, 1, 1], [1, 2, 1], [1, 1, 1]]) / 10}
    filtered = convolve_fast(scene, (KERNELS | others)[kernel])
    learned = learn_kernel(scene, changed(filtered, share, step))
    assert learned.verdict != "exact"
    assert learned.ties == 0
    assert learned.differing > 0
    assert "floats" not in text(learned)


SIXTHS = np.array([[-2, 0, 3], [1, -2, 0], [3, -2, -1]]) / 6


@pytest.mark.parametrize("kernel", [np.array([[1, 1, 1], [1, 2, 1], [1, 1, 1]]) / 10, SIXTHS])
def test_filter2ds_own_ties_are_excused(kernel: np.ndarray) -> None:
    """Its float32 takes most halves of one kernel up, and of the other down: still it is half-even."""
    for seed in range(2):
        image = 60 + noise(90, 120, seed=seed) // 2
        after = cv2.filter2D(image, -1, kernel, borderType=cv2.BORDER_REPLICATE)
        assert (after != convolve_fast(image, kernel)).any()
        learned = learn_kernel(image, after)
        assert (learned.verdict, learned.rounding, learned.differing) == ("exact", "half-even", learned.ties)
        assert np.array_equal(learned.kernel, kernel)


def test_equal_windows_have_equal_noise() -> None:
    """SciPy truncates; in flat parts, that are one window many times over, floats go one way each time."""
    page = drawing()
    learned = learn_kernel(page, ndimage.correlate(page, np.ones((3, 3)) / 9, mode="nearest"))
    assert (learned.verdict, learned.rounding, learned.offset) == ("exact", "truncate", 0)
    assert np.array_equal(learned.kernel, np.ones((3, 3)) / 9)


def test_one_window_does_not_become_two_pixels() -> None:
    """Of black and white, each is one window of 1 x 1: no float noise changes some of these pixels."""
    image: np.ndarray = np.where(noise(30, 35) < 128, 0, 255).astype(np.uint8)
    learned = learn_kernel(image, changed(image, 0.1, -1))
    assert learned.verdict != "exact"
    assert learned.ties == 0


# ---- Rounding, offset and range


@pytest.mark.parametrize("divisor", range(1, 17))
def test_every_small_divisor(scene: np.ndarray, divisor: int) -> None:
    """Responses that end in halves and quarters leave larger residuals than others."""
    whole = np.array([[0, 1, 2], [-1, divisor, 1], [0, -1, -2]])
    image, border = [scene, drawing(), noise(60, 80)][divisor % 3], list(BORDERS)[divisor % 5]
    learned = learn_kernel(image, convolve_fast(image, whole / divisor, border))
    assert learned.verdict == "exact"
    assert border in learned.borders
    assert (learned.offset, learned.rounding, learned.range) == (0, "half-even", "saturate")
    assert np.array_equal(learned.kernel, whole / divisor)


def test_rounding_up(scene: np.ndarray) -> None:
    sums = cv2.filter2D(scene, cv2.CV_64F, np.ones((3, 3)), borderType=cv2.BORDER_REPLICATE)
    learned = learn_kernel(scene, np.ceil(sums / 9).astype(np.uint8))
    assert (learned.verdict, learned.rounding, learned.offset) == ("exact", "ceil", 0)
    assert np.array_equal(learned.kernel, np.ones((3, 3)) / 9)
    assert "It rounds *up*" in text(learned)


@pytest.mark.parametrize(
    ("kernel", "delta", "offset"),
    [
        (ASYMMETRIC, 0.5, 0.5),
        (np.ones((3, 3)) / 9, -0.3, -0.3),
        (np.ones((3, 3)) / 9, 0.25, 0.2),  # over 9 these are the same
        (np.ones((3, 3)) / 9, 7.25, 7.2),
    ],
)
def test_an_offset_in_decimals(scene: np.ndarray, kernel: np.ndarray, delta: float, offset: float) -> None:
    learned = learn_kernel(scene, cv2.filter2D(scene, -1, kernel, delta=delta))
    assert (learned.verdict, learned.rounding, learned.offset) == ("exact", "half-even", offset)
    assert np.array_equal(learned.kernel, kernel)
    assert f"It *adds {offset:g}* to every sum." in text(learned)


def test_a_stretched_edge_image_has_a_scale_and_an_offset(scene: np.ndarray) -> None:
    sums = cv2.Sobel(scene, cv2.CV_64F, 1, 0, borderType=cv2.BORDER_REPLICATE)
    scale = 255 / (sums.max() - sums.min())
    after = np.rint((sums - sums.min()) * scale).astype(np.uint8)
    learned = learn_kernel(scene, after)
    assert (learned.verdict, learned.rounding, learned.ties) == ("exact", "half-even", 0)
    assert abs(learned.offset + sums.min() * scale) < 0.05
    assert distance(learned.kernel, KERNELS["sobel_x"] * scale) < 0.01


def test_no_other_range_than_a_pixel_needs(scene: np.ndarray) -> None:
    """Of 2 to 5 no response is negative; of sobel_x half of them are."""
    for kernel, span in [(np.array([[2.0, 0, -1]]), "absolute-value"), (np.ones((1, 3)) / 3, "saturate")]:
        sums = cv2.filter2D(scene, cv2.CV_64F, kernel, borderType=cv2.BORDER_REPLICATE)
        learned = learn_kernel(scene, np.clip(np.rint(abs(sums)), 0, 255).astype(np.uint8))
        assert learned.verdict == "exact"
        assert learned.range == (span if (sums < -0.5).any() else "saturate")


def test_posterising_to_even_values_is_no_kernel(scene: np.ndarray) -> None:
    """Rounded half to even, each value less a half is just that."""
    learned = learn_kernel(scene, scene // 2 * 2)
    assert learned.verdict != "exact"
    assert learned.differing > 0


def test_brightness_and_contrast_are_called_so(scene: np.ndarray) -> None:
    learned = learn_kernel(scene, np.clip(np.rint(1.5 * scene.astype(float) - 20), 0, 255).astype(np.uint8))
    assert (learned.verdict, learned.kernel.tolist(), learned.offset) == ("exact", [[1.5]], -20)
    assert (learned.border, learned.borders) == (None, [])
    assert "a change of brightness and contrast" in text(learned)
    assert "border" not in text(learned)
    data = learned_data(learned, "a.png", "b.png")
    assert (data["border"], data["borders"]) == (None, [])


def test_a_gamma_curve_may_be_as_good_as_straight() -> None:
    """Over few levels, it is so."""
    image = 90 + noise(40, 50) % 60
    learned = learn_kernel(image, np.rint(255 * (image / 255) ** 0.98).astype(np.uint8))
    assert learned.verdict == "none"
    assert "a change of tones, by a gamma curve, or by brightness and contrast" in text(learned)


@pytest.mark.parametrize("name", ["sobel_x", "laplacian"])
def test_the_sign_of_absolute_values_is_open(scene: np.ndarray, name: str) -> None:
    """Of the two, the kernel with a name is told, and the other one not kept back."""
    sums = cv2.filter2D(scene, cv2.CV_16S, KERNELS[name], borderType=cv2.BORDER_REPLICATE)
    learned = learn_kernel(scene, cv2.convertScaleAbs(sums))
    assert (learned.verdict, learned.range, learned.name) == ("exact", "absolute-value", name)
    assert "So the opposite weights give the same pixels." in text(learned)


def test_an_odd_value_for_each_even_one_is_a_change_of_tones() -> None:
    page: np.ndarray = np.full((40, 60), 255, np.uint8)
    page[10:20, 10:50] = np.arange(40)
    learned = learn_kernel(page, page | 1)
    assert learned.verdict == "none"
    assert "a change of tones" in text(learned)


# ---- Borders


@pytest.mark.parametrize("border", ["replicate", "wrap"])
def test_all_borders_that_fit_are_named(border: str) -> None:
    """The margin of the page is white: each of these extends it by white, and the filter leaves it white."""
    learned = learn_kernel(drawing(), convolve_fast(drawing(), ASYMMETRIC, border))
    assert learned.borders == ["replicate", "reflect", "reflect101", "wrap", "left-unfiltered"]
    assert learned.border == "replicate"
    assert "replicate, reflect, reflect101, wrap or edges left as they were (the same pixels here)" in text(
        learned
    )


def test_one_pixel_past_the_edge_reflect_is_replicate(scene: np.ndarray) -> None:
    learned = learn_kernel(scene, convolve_fast(scene, ASYMMETRIC, "reflect"))
    assert learned.borders == ["replicate", "reflect"]
    wider = learn_kernel(scene, convolve_fast(scene, np.ones((5, 5)) / 25, "reflect"))
    assert wider.borders == ["reflect"]


def test_edges_that_are_cut_off_fit_any_border(scene: np.ndarray) -> None:
    bright = np.maximum(scene, 40)
    inside = bright.copy()
    inside[5:-5, 5:-5] //= 16  # within, sums stay below 255
    learned = learn_kernel(inside, cv2.boxFilter(inside, -1, (3, 3), normalize=False))
    assert learned.verdict == "exact"
    assert {"replicate", "reflect", "reflect101", "wrap"} <= set(learned.borders)


def test_the_edge_is_told_apart_from_the_kernel(scene: np.ndarray) -> None:
    after = convolve_fast(scene, ASYMMETRIC)
    after[0] ^= 64
    learned = learn_kernel(scene, after)
    assert (learned.verdict, learned.border, learned.borders) == ("nearly", "unknown", [])
    assert np.array_equal(learned.kernel, ASYMMETRIC)
    assert "but for an unknown border: all pixels inside are equal" in text(learned)


def test_pillows_sharpness_of_a_half(scene: np.ndarray) -> None:
    """A mean of the image and Pillow's SMOOTH, cut off; the edges stay."""
    after = np.asarray(ImageEnhance.Sharpness(Image.fromarray(scene)).enhance(0.5))
    learned = learn_kernel(scene, after)
    assert (learned.verdict, learned.borders) == ("exact", ["left-unfiltered"])
    assert np.array_equal(26 * learned.kernel, [[1, 1, 1], [1, 18, 1], [1, 1, 1]])


@pytest.mark.parametrize("part", [np.s_[2:, 1:], np.s_[:-3, 2:]])
def test_edge_pixels_of_a_cropped_image_are_no_ties(scene: np.ndarray, part: tuple[slice, slice]) -> None:
    learned = learn_kernel(scene, convolve_fast(scene, np.ones((3, 3)) / 9, "reflect101")[part])
    assert learned.ties == 0
    assert learned.border != "cropped" or learned.verdict == "exact"


# ---- Images that tell too little


@pytest.mark.parametrize("turned", [False, True])
def test_equal_rows_tell_the_sums_of_columns(turned: bool) -> None:
    line = noise(1, 200)
    image = np.repeat(line.T if turned else line, 80, axis=1 if turned else 0)
    kernel = ASYMMETRIC.T if turned else ASYMMETRIC
    learned = learn_kernel(image, convolve_fast(image, kernel))
    assert learned.verdict == "none"
    assert learned.open is not None
    assert learned.open.all()
    names = ("columns", "rows") if turned else ("rows", "columns")
    known = f"only the sums of its {names[1]} are known, 1/45 * 14 16 15"
    assert f"its {names[0]} are all equal: of the kernel, {known}" in text(learned)


@pytest.mark.parametrize("tones", [(100, 200), (0, 255), (10, 120, 230)])
def test_few_tones_leave_a_kernel_open(tones: tuple[int, ...]) -> None:
    """Of a checkerboard, or of a change of tones."""
    y, x = np.indices((60, 80))
    image = np.array(tones, np.uint8)[(y + x) % len(tones)]
    after = np.array([30, 90, 140], np.uint8)[(y + x) % len(tones)]
    learned = learn_kernel(image, after)
    assert learned.verdict == "none"
    assert f"a.png has only {len(tones)} grey values" in text(learned)
    assert "a change of tones" in text(learned)


RAMP = np.tile(np.arange(256, dtype=np.uint8), (40, 1))


def test_a_ramp_does_not_tell_brightness_from_a_shift() -> None:
    """Three levels brighter, or moved by three columns: inside it is the same."""
    learned = learn_kernel(RAMP[:, :200], RAMP[:, :200] + np.uint8(3))
    assert (learned.verdict, learned.reason) == ("none", None)
    assert text(learned).startswith(
        "a.png does not determine a kernel: 9 weights open; its rows are all equal"
    )


UNCHANGED: dict[str, tuple[np.ndarray, bool]] = {
    "noise": (noise(40, 50), False),
    "one grey": (np.full((40, 50), 80, np.uint8), True),
    "a ramp": (RAMP, True),
    "two tones": (np.where(drawing() > 128, 200, 50).astype(np.uint8), True),
}


@pytest.mark.parametrize("name", UNCHANGED)
def test_an_unchanged_image_is_the_identity_with_or_without_doubt(name: str) -> None:
    image, doubt = UNCHANGED[name]
    learned = learn_kernel(image, image)
    assert (learned.verdict, learned.name) == ("exact", "identity")
    assert ("other weights" in text(learned)) == doubt == (learned.errors is not None)


BLANK: dict[str, tuple[Callable[[np.ndarray], np.ndarray], str]] = {
    "white": (lambda image: np.full_like(image, 255), "all pixels of b.png are 255"),
    "black": (np.zeros_like, "all pixels of b.png are 0"),
    "threshold": (
        lambda image: np.where(image > 99, 255, 0).astype(np.uint8),
        "has only the values 0 and 255",
    ),
    "edges": (lambda image: cv2.Canny(image, 100, 200), "b.png has only the values 0 and 255"),
    "two tones": (
        lambda image: np.where(image > 99, 200, 50).astype(np.uint8),
        "has only the values 50 and 200",
    ),
}


@pytest.mark.parametrize("name", BLANK)
def test_it_is_the_image_after_that_tells_nothing(scene: np.ndarray, name: str) -> None:
    make, said = BLANK[name]
    learned = learn_kernel(scene, make(scene))
    assert learned.verdict == "none"
    assert said in text(learned)
    assert "determine" not in text(learned)
    assert "estimate" not in text(learned)


# ---- Dots and shapes


def dots(level: int, ground: int = 0, every: int = 9) -> np.ndarray:
    image = np.full((6 * every, 7 * every), ground, np.uint8)
    image[every // 2 :: every, every // 2 :: every] = level
    return image


def one_dot(level: int, ground: int = 0) -> np.ndarray:
    image = np.full((41, 47), ground, np.uint8)
    image[20, 23] = level
    return image


def disk(high: int, low: int = 0) -> np.ndarray:
    return cv2.circle(np.full((101, 101), low, np.uint8), (50, 50), 30, high, -1)


SHAPES = {
    "one white dot": one_dot(255),
    "one grey dot": one_dot(200, 100),
    "white dots": dots(255),
    "white disk": disk(255),
    "grey disk": disk(200, 40),
    "a page": drawing(),
}


TRUE = {
    "mean 3": np.ones((3, 3)) / 9,
    "mean 5": np.ones((5, 5)) / 25,
    "binomial": BINOMIAL,
    "asymmetric": ASYMMETRIC,
}
READ_OFF = [
    ("one white dot", "binomial"), ("one white dot", "asymmetric"), ("one grey dot", "mean 3"),
    ("one grey dot", "asymmetric"), ("white dots", "mean 5"), ("white disk", "mean 3"),
    ("white disk", "asymmetric"), ("grey disk", "binomial"), ("a page", "mean 5"), ("a page", "asymmetric"),
]  # fmt: skip


@pytest.mark.parametrize(("image", "kernel"), READ_OFF)
def test_a_kernel_is_read_off_dots_and_shapes(image: str, kernel: str) -> None:
    """The likeliest one of those that fit: and where others fit as well, it is said."""
    learned = learn_kernel(SHAPES[image], convolve_fast(SHAPES[image], TRUE[kernel], "reflect101"))
    assert learned.verdict == "exact"
    apart = distance(learned.kernel, TRUE[kernel])
    assert apart == 0 or (learned.errors is not None and apart <= learned.errors.max())
    assert apart == 0 or kernel == "asymmetric"
    assert ("other weights" in text(learned)) == (learned.errors is not None)


def test_what_is_cut_off_stays_open() -> None:
    """Of one white dot, sobel_x is 0 or 255; of a grey one, a strong weight in the middle is beyond 255."""
    learned = learn_kernel(one_dot(255), convolve_fast(one_dot(255), KERNELS["sobel_x"]))
    assert learned.verdict == "none"
    assert "b.png has only the values 0 and 255" in text(learned)
    strong = 2 * np.pad([[1.0]], 2) - BINOMIAL
    learned = learn_kernel(one_dot(200, 100), convolve_fast(one_dot(200, 100), strong))
    assert learned.verdict == "none"
    assert learned.cut_off
    assert text(learned).startswith("b.png does not determine a kernel: 1 weight open, as pixels are cut off")


@pytest.mark.parametrize("seed", range(2))
def test_decimals_on_black_and_white_come_with_doubt(seed: int) -> None:
    """There are at most 512 windows of 3 x 3, however many pixels: whole numbers would be made up."""
    random = np.random.default_rng(seed)
    image: np.ndarray = np.where(random.random((80, 100)) < 0.5, 0, 255).astype(np.uint8)
    kernel = random.random((3, 3))
    kernel /= kernel.sum()
    learned = learn_kernel(image, cv2.filter2D(image, -1, kernel))
    assert learned.verdict != "exact" or learned.errors is not None
    if learned.errors is not None:
        assert distance(learned.kernel, kernel) <= learned.errors.max()


def test_a_second_kernel_is_told_of() -> None:
    """On a disk, weights over 255 that are rounded up give the same pixels as those over 256."""
    learned = learn_kernel(disk(255), convolve_fast(disk(255), BINOMIAL))
    assert np.array_equal(learned.kernel, BINOMIAL)
    assert learned.errors is not None
    assert "other weights, up to " in text(learned)
    sure = learn_kernel(noise(60, 80), convolve_fast(noise(60, 80), BINOMIAL))
    assert sure.errors is None
    assert "other weights" not in text(sure)


def test_a_periodic_image_does_not_tell_a_shift_from_another() -> None:
    tile = noise(4, 4)
    image = np.tile(tile, (20, 20))
    learned = learn_kernel(image, np.roll(image, 3, axis=1))
    assert learned.verdict != "exact" or learned.errors is not None


# ---- Facts


def test_facts_of_decimals_are_those_that_the_errors_allow() -> None:
    column = cv2.getGaussianKernel(3, 0.9)
    bell = column @ column.T
    assert "flipping it changes nothing" in facts_text(bell)
    off = bell + np.array([[1e-5, 0, 0], [0, 0, 2e-5], [0, 0, 0]])
    assert "changes everything; does not split" in facts_text(off)
    assert facts_text(off, 1e-4) == facts_text(off).split(";")[0]
    assert "changes everything; does not split" in facts_text(ASYMMETRIC, 1e-4)


def test_an_estimate_that_gives_every_pixel_is_exact() -> None:
    """Of nine pixels, any line through them does, and that is said."""
    for seed in range(6):
        image = noise(3, 3, seed=seed)
        learned = learn_kernel(image, np.rint(0.82 * image).astype(np.uint8))
        assert learned.verdict in ("exact", "none")
        assert (learned.errors is not None) == (learned.verdict == "exact") or learned.open is not None


def test_nearly_is_never_said_of_equal_images(scene: np.ndarray) -> None:
    """Here of decimals and an offset in decimals."""
    bell = cv2.getGaussianKernel(3, 0.8) @ cv2.getGaussianKernel(3, 0.8).T
    learned = learn_kernel(scene, cv2.filter2D(scene, -1, bell, delta=0.25))
    assert learned.verdict == "exact"
    assert learned.differing == learned.ties
