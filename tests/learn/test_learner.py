"""learn_kernel: the kernel comes back to the last digit, and what an image leaves open is not made up."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from conftest import noise
from PIL import Image, ImageFilter
from scipy import ndimage
from test_pair import exact, learned, pixels, said, sums

from filtering.borders import BORDERS
from filtering.fast import convolve_fast
from filtering.learn import learn_kernel
from filtering.learn.report import learned_data
from filtering.learn.search import distance
from kernels import KERNELS, flip

ASYMMETRIC = np.array([[1, 2, 3], [4, 6, 5], [9, 8, 7]]) / 45
BINOMIAL = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]) / 256
SHARPEN, MEAN = KERNELS["sharpen"], np.full((3, 3), 1 / 9)


def random_kernel(seed: int) -> np.ndarray:
    """Return whole numbers over a divisor up to 256, of which most responses stay within 0..255."""
    rng = np.random.default_rng(seed)
    shape, divisor = rng.choice([1, 3, 5, 7, 9], 2), rng.integers(1, 257)
    kernel = rng.integers(-3, 10, shape)
    kernel = np.rint(kernel / max(1, kernel.sum()) * divisor)
    kernel[kernel.shape[0] // 2, kernel.shape[1] // 2] += 1
    return np.asarray(kernel / divisor)


def drawing() -> np.ndarray:
    """A page with a white margin, letters, and a shape of another grey."""
    page: np.ndarray = np.full((100, 150), 255, np.uint8)
    cv2.putText(page, "Abc 12", (15, 45), cv2.FONT_HERSHEY_SIMPLEX, 1, 0, 2)
    cv2.circle(page, (110, 70), 18, 90, -1)
    cv2.line(page, (20, 60), (70, 90), 160, 3)
    return page


# ---- Kernels come back

NAMED = ["small_blur", "emboss", "motion_blur"]
COMES_BACK: dict[str, np.ndarray] = {
    **{f"random {seed}": random_kernel(seed) for seed in range(5)},
    **{f"over {n}": np.array([[0, 1, 2], [-1, n, 1], [0, -1, -2]]) / n for n in (1, 2, 3, 4, 7, 10, 12, 16)},
    **{name: KERNELS[name] for name in NAMED},
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
    found = exact(image, after, offset=0, rounding="half-even", range="saturate", differing=0)
    assert np.array_equal(found.kernel, kernel)
    assert found.name == name or name not in NAMED
    assert border in (found.borders or BORDERS)
    assert found.errors is None or name != "largest divisor"  # not told as decimals
    assert np.array_equal(found.result, after)


def test_large_blur(scene: np.ndarray) -> None:
    exact(scene, convolve_fast(scene, KERNELS["large_blur"], "reflect101"), name="large_blur")


def test_column_times_row() -> None:
    """Each of whole numbers over 256, as those of OpenCV's bell are."""
    row = np.array([1, 8, 27, 55, 74, 55, 27, 8, 1]) / 256
    image = noise(150, 200)
    exact(image, cv2.sepFilter2D(image, -1, row, row), np.outer(row, row), border="reflect101")


@pytest.mark.parametrize("turned", [False, True])
def test_column_times_row_where_one_sums_to_0(turned: bool) -> None:
    """Over 5376, so they are found one after the other."""
    kernel = np.outer([3, 29, 192, 29, 3], [-1, -7, 0, 7, 1]) / (256 * 21)
    kernel, image = kernel.T if turned else kernel, noise(150, 200)
    exact(image, pixels(sums(image, kernel) + 128), kernel, offset=128)


def test_colour_has_one_kernel_for_all_channels_or_one_for_each() -> None:
    image = noise(30, 40, 3)
    found = exact(image, convolve_fast(image, KERNELS["gaussian"], "zero"), name="gaussian", border="zero")
    assert found.result.shape == image.shape
    kernel = np.array([[1, 2, 3], [0, 4, 1], [2, 0, 1]]) / 14
    cropped = exact(image, convolve_fast(image, kernel)[1:-1, 1:-1], kernel, border="cropped", differing=0)
    assert cropped.result.shape == image.shape
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


def test_a_pixel_that_differs_in_all_channels_counts_once() -> None:
    image = noise(30, 40, 3)
    after = convolve_fast(image, KERNELS["gaussian"]) ^ 128
    after[1:-1, 1:-1] ^= 128
    found = learned(image, after, verdict="nearly", border="unknown", differing=2 * (30 + 40) - 4)
    apart = np.abs(after - found.result.astype(int)).max(axis=2)
    y, x = np.unravel_index(apart.argmax(), apart.shape)
    assert (found.residual, found.worst) == (apart.max(), (x, y))


def test_equal_images_are_the_identity(scene: np.ndarray) -> None:
    """Where the image tells little, with doubt, and that is said."""
    ramp = np.tile(np.arange(256, dtype=np.uint8), (40, 1))
    for image, doubt in [
        (scene, False),
        (ramp, True),
        (np.full((40, 50), 80, np.uint8), True),
        (np.where(drawing() > 128, 200, 50).astype(np.uint8), True),
        (noise(1, 1), True),
    ]:
        found = exact(image, image, name="identity", differing=0)
        assert ("other weights" in said(found)) == doubt == (found.errors is not None)


def test_one_pixel_off_is_not_exact(scene: np.ndarray) -> None:
    after = convolve_fast(scene, KERNELS["gaussian"])
    near = np.abs(sums(scene, KERNELS["gaussian"]) - after) < 0.2
    y, x = np.argwhere(near & (after < 255))[1000]
    after[y, x] += 1
    found = learned(scene, after, verdict="nearly")
    assert np.abs(found.kernel - KERNELS["gaussian"]).max() < 0.001


# ---- Programs that others wrote: the kernel is the one that they document

FILTERS = "BLUR CONTOUR DETAIL EDGE_ENHANCE EDGE_ENHANCE_MORE EMBOSS FIND_EDGES SHARPEN SMOOTH SMOOTH_MORE"


@pytest.mark.parametrize("name", FILTERS.split())
def test_pillow(scene: np.ndarray, name: str) -> None:
    """Its tables, upside down. It leaves the edges, rounds halves up, in float32, and adds the offset."""
    (width, height), scale, offset, table = getattr(ImageFilter, name).filterargs
    kernel = np.array(table).reshape(height, width)[::-1] / scale
    after = np.asarray(Image.fromarray(scene).filter(getattr(ImageFilter, name)))
    found = exact(scene, after, kernel, border="left-unfiltered", offset=offset)
    assert found.rounding == "half-up" or found.ties > 0 or scale % 2 == 1  # else responses end in halves


def test_pillow_kernel_with_a_rim_of_zeros(scene: np.ndarray) -> None:
    table = np.pad([[1, 0, 2], [0, 5, 0], [3, 0, 0]], 1)
    after = Image.fromarray(scene).filter(ImageFilter.Kernel((5, 5), table.ravel().tolist(), scale=11))
    exact(scene, np.asarray(after), table[::-1] / 11, border="left-unfiltered")


def test_opencv_and_scipy(scene: np.ndarray) -> None:
    """GaussianBlur rounds halves up; SciPy's convolve flips, and truncates to the dtype that it is given."""
    blurred = cv2.blur(scene, (9, 9), borderType=cv2.BORDER_REPLICATE)
    exact(scene, blurred, np.full((9, 9), 1 / 81), border="replicate")
    for row in ([1, 2, 1], [1, 4, 6, 4, 1]):
        after, kernel = cv2.GaussianBlur(scene, (len(row), len(row)), 0), np.outer(row, row) / sum(row) ** 2
        exact(scene, after, kernel, rounding="half-up", border="reflect101")
    for x, y, name in ((1, 0, "sobel_x"), (0, 1, "sobel_y")):
        exact(scene, cv2.Sobel(scene, -1, x, y, borderType=cv2.BORDER_REFLECT), name=name)
    for side in (1, 3, 5):
        found = exact(scene, cv2.Laplacian(scene, -1, ksize=side))
        impulse = np.pad([[1.0]], 4)
        reach = found.kernel.shape[0] // 2
        assert np.array_equal(np.pad(found.kernel, 4 - reach), flip(cv2.Laplacian(impulse, -1, ksize=side)))
    after = ndimage.convolve(scene, ASYMMETRIC, mode="mirror")
    exact(scene, after, flip(ASYMMETRIC), rounding="truncate", border="reflect101")


# ---- Images that tell too little: the likeliest kernel of those that fit; where others fit, it is said


def one_dot(level: int, ground: int = 0) -> np.ndarray:
    return np.pad(np.full((1, 1), level, np.uint8), [(20, 20), (23, 23)], constant_values=ground)


def disk(high: int, low: int = 0) -> np.ndarray:
    return cv2.circle(np.full((101, 101), low, np.uint8), (50, 50), 30, high, -1)


FIFTH = np.full((5, 5), 0.04)
READ_OFF = [
    (one_dot(255), BINOMIAL, True), (one_dot(255), ASYMMETRIC, True), (one_dot(200, 100), MEAN, True),
    (one_dot(200, 100), ASYMMETRIC, True), (disk(255), MEAN, True), (disk(255), ASYMMETRIC, True),
    (disk(255), BINOMIAL, True), (disk(200, 40), BINOMIAL, True), (drawing(), FIFTH, False),
    (drawing(), ASYMMETRIC, False), (noise(60, 80), BINOMIAL, False),
    (np.tile(one_dot(255)[16:25, 19:28], (6, 7)), FIFTH, True),
]  # fmt: skip


@pytest.mark.parametrize(("image", "kernel", "doubt"), READ_OFF)
def test_a_kernel_is_read_off_dots_and_shapes(image: np.ndarray, kernel: np.ndarray, doubt: bool) -> None:
    """On a disk, weights over 255 that are rounded up give the same pixels as those over 256."""
    found = exact(image, convolve_fast(image, kernel, "reflect101"))
    apart = distance(found.kernel, kernel)
    assert apart == 0 or (kernel is ASYMMETRIC and found.errors is not None and apart <= found.errors.max())
    assert ("other weights" in said(found)) == (found.errors is not None) == doubt


def test_what_is_cut_off_stays_open() -> None:
    """Of one grey dot, a strong weight in the middle is beyond 255."""
    strong = 2 * np.pad([[1.0]], 2) - BINOMIAL
    found = learned(one_dot(200, 100), convolve_fast(one_dot(200, 100), strong), verdict="none", cut_off=True)
    assert said(found).startswith("b.png does not determine a kernel: 1 weight open, as pixels are cut off")


@pytest.mark.parametrize("seed", range(2))
def test_decimals_on_black_and_white_come_with_doubt(seed: int) -> None:
    """There are at most 512 windows of 3 x 3, however many pixels: whole numbers would be made up."""
    random = np.random.default_rng(seed)
    image: np.ndarray = np.where(random.random((80, 100)) < 0.5, 0, 255).astype(np.uint8)
    kernel = random.random((3, 3))
    found = learn_kernel(image, cv2.filter2D(image, -1, kernel / kernel.sum()))
    assert found.verdict != "exact" or found.errors is not None
    assert found.errors is None or distance(found.kernel, kernel / kernel.sum()) <= found.errors.max()


def test_too_few_pixels_come_with_doubt() -> None:
    """A periodic image does not tell a shift from another; any line goes through nine pixels."""
    image = np.tile(noise(4, 4), (20, 20))
    nine = [noise(3, 3, seed=seed) for seed in range(6)]
    pairs = [(image, np.roll(image, 3, axis=1)), *((one, pixels(0.82 * one)) for one in nine)]
    for before, after in pairs:
        found = learn_kernel(before, after)
        assert found.verdict in ("exact", "none")
        assert (found.errors is not None) == (found.verdict == "exact") or found.open is not None


def test_open_weights() -> None:
    flat, gradient = np.full((40, 50), 80, np.uint8), np.tile(np.arange(100, dtype=np.uint8), (50, 1))
    tiny, part = noise(4, 4), noise(3, 3)
    for before, after in (
        (flat, flat // 2),
        (gradient, cv2.blur(gradient, (5, 5))),
        (tiny, cv2.blur(tiny, (3, 3))),
        (part, part[1:-1, 1:-1]),
    ):
        found = learned(before, after, verdict="none")
        assert found.open is not None
        assert found.open.any()


# ---- Nearly a kernel: what a JPEG leaves of it


def jpeg(image: np.ndarray, quality: int = 98) -> np.ndarray:
    result = cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 0)
    assert result is not None
    return result


def test_kernel_and_jpeg_is_nearly(coffee: np.ndarray) -> None:
    """Between exact and none: the known kernel, with what it leaves; where it saturates, too."""
    found = learned(coffee, jpeg(cv2.blur(coffee, (3, 3))), MEAN, verdict="nearly")
    assert 0.98 < found.explained < 1
    bright = jpeg(cv2.filter2D(coffee, -1, 1.3 * MEAN))
    assert (bright > 250).any()
    assert learned(coffee, bright, verdict="nearly").residual < 60
    assert learned(coffee, jpeg(cv2.blur(coffee, (5, 5)))[2:-2, 2:-2]).border == "cropped"


def test_the_border_of_what_is_nearly_a_kernel(scene: np.ndarray) -> None:
    for border in ("reflect", "reflect101", "wrap"):
        learned(scene, jpeg(convolve_fast(scene, FIFTH, border)), border=border)


def test_the_edge_does_not_decide_what_is_nearly_a_kernel(scene: np.ndarray) -> None:
    """A spline's shift by half a pixel has no border that is known here."""
    learned(scene, ndimage.shift(scene, 0.5, order=3), verdict="nearly")


NOT_KERNELS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "bilateral": lambda image: cv2.bilateralFilter(image, 7, 40, 3),
    "maximum": lambda image: cv2.dilate(image, np.ones((3, 3), np.uint8)),
    "equalised": cv2.equalizeHist,
    "rotated by 3 degrees": lambda image: ndimage.rotate(image, 3, reshape=False),
    "noise": lambda image: noise(*image.shape),
    "JPEG 50": lambda image: jpeg(image, 50),
}


@pytest.mark.parametrize("name", NOT_KERNELS)
def test_no_kernel(scene: np.ndarray, name: str) -> None:
    after = NOT_KERNELS[name](scene)
    found = learned(scene, after, verdict="none", ties=0, pixels=after.size)
    x, y = found.worst
    missing = after.astype(int) - found.result
    assert abs(missing[y, x]) == found.residual == np.abs(missing).max()
    assert found.differing == np.count_nonzero(missing)
    assert found.explained == max(0, 1 - (missing**2).sum() / ((after.astype(int) - scene) ** 2).sum()) < 1


def test_swapped_images(scene: np.ndarray) -> None:
    """It is said that the other way round there is a kernel."""
    after, median = cv2.filter2D(scene, -1, SHARPEN), cv2.medianBlur(scene, 3)
    found = learn_kernel(after, scene)
    assert found.verdict != "exact"
    assert found.note.endswith("are the two images swapped?")
    assert said(found).splitlines()[0].endswith(found.note)
    assert "swapped" not in learn_kernel(median, after).note
