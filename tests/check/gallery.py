"""Convolutions as people write them, right and wrong, each with what `--check` finds out about it.

`found` gives the findings by aspect; the values are the beginnings of what the check calls them.
`test_gallery.py` compares. None of the functions is copied from anywhere.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import cv2
import numpy as np
import scipy.ndimage
import scipy.signal
from numpy.lib.stride_tricks import as_strided, sliding_window_view
from PIL import Image
from skimage.exposure import rescale_intensity


@dataclass(frozen=True)
class Case:
    """A function, and what is found out about it."""

    function: Callable[..., Any]
    verdict: str
    findings: dict[str, str]
    says: str  # words of the advice
    line: str  # code of the first line that the advice names


CASES: dict[str, Case] = {}
FLOATS = {"rounding": "none", "range": "none", "dtype": "float64"}
NOT_ROUNDED = {"rounding": "none", "dtype": "float64"}
CAST = {"conversion": "cast-to-uint8"}
CUT = {"rounding": "truncate"}
EDGE = {"border": "left-unfiltered"}
WRAP = {"border": "wrap"}
ZERO = {"border": "zero"}
TURNED = {"orientation": "rotated180"}
ABSOLUTE = {"divisor": "sum-of-absolute-weights"}


def found(
    *parts: dict[str, str], verdict: str = "explained", says: str = "", line: str = "", **more: str
) -> Callable[..., Any]:
    """Say what is found out about a function: `fails_on="..."` stands for the aspect fails-on."""
    findings = {aspect.replace("_", "-"): text for part in (*parts, more) for aspect, text in part.items()}

    def keep(function: Callable[..., Any]) -> Callable[..., Any]:
        name = function.__name__
        if name in ("<lambda>", "function"):
            name = "-".join([str(len(CASES)), *findings])
        CASES[name] = Case(function, verdict, findings, says, line)
        return function

    return keep


right = found(verdict="matches")
unexplained = partial(found, verdict="unexplained")
fails = partial(found, verdict="fails")


def total(image: Any, kernel: Any, mode: Any = "edge", **more: Any) -> Any:
    """Return the sums in float64."""
    rows, columns = kernel.shape[0] // 2, kernel.shape[1] // 2
    padded = np.pad(np.asarray(image, float), [(rows, rows), (columns, columns)], mode=mode, **more)
    return np.einsum("yxij,ij->yx", sliding_window_view(padded, kernel.shape), kernel)


def pixels(sums: Any) -> Any:
    return np.clip(np.rint(sums), 0, 255).astype(np.uint8)


def truncated(sums: Any) -> Any:
    return np.clip(sums, 0, 255).astype(np.uint8)


def stretched(sums):
    sums = sums - sums.min()
    return np.rint(sums * 255 / max(sums.max(), 1)).astype(np.uint8)


def of_sums(change, mode="edge", **more):
    """Return a function that makes something else of the sums."""
    return lambda image, kernel: change(total(image, kernel, mode, **more))


def of_kernel(change, end=pixels, mode="edge"):
    """Return a function that uses another kernel."""
    return lambda image, kernel: end(total(image, change(kernel), mode))


def windowed(image, kernel, apply):
    padded = np.pad(image.astype(float), [(side // 2, side // 2) for side in kernel.shape], mode="edge")
    windows = sliding_window_view(padded, kernel.shape)
    return np.array([[apply(window) for window in row] for row in windows])


def inside(image, kernel, sums, output):
    """Put the sums into the output where the kernel fits into the image."""
    rows, columns = kernel.shape[0] // 2, kernel.shape[1] // 2
    part = np.s_[rows : image.shape[0] - rows, columns : image.shape[1] - columns]
    output[part] = sums[part]
    return output


@found(CUT, fails_on="non-square kernel: ValueError: ", line="(result * 255)")
def tutorial(image, kernel):
    """Written anew, with the steps of the tutorial's function."""
    height, width = image.shape
    reach = (kernel.shape[1] - 1) // 2
    padded = np.pad(image, reach, mode="edge")
    result = np.zeros((height, width), dtype="float32")
    for row in range(reach, height + reach):
        for column in range(reach, width + reach):
            patch = padded[row - reach : row + reach + 1, column - reach : column + reach + 1]
            result[row - reach, column - reach] = (patch * kernel).sum()
    result = rescale_intensity(result, in_range=(0, 255))
    return (result * 255).astype("uint8")


def failing(image, kernel, fails, end=truncated):
    if fails:
        raise ValueError
    return end(total(image, kernel))


def rounded(rounding):
    """Return a function with another rule for rounding."""
    return of_sums(lambda sums: np.clip(rounding(sums.round(9)), 0, 255).astype("uint8"))


def wrapped(sums):
    return np.rint(sums).astype(int).astype(np.uint8)


def added_in(image, kernel, dtype):
    """Add up in an array, past whose image there are zeros."""
    kh, kw = kernel.shape
    padded = np.pad(image, ((kh // 2, kh // 2), (kw // 2, kw // 2)))
    output = np.zeros(image.shape, dtype=dtype)
    for y, x in np.ndindex(*image.shape):
        for i, j in np.ndindex(kh, kw):
            output[y, x] += padded[y + i, x + j] * kernel[i, j]
    return output


def only(part, fill=0):
    """Return a function that computes a part: of the height and width of the image, then of the kernel."""

    def function(image, kernel):
        output, place = np.full_like(image, fill), part(*image.shape, *kernel.shape)
        output[place] = pixels(total(image, kernel))[place]
        return output

    return function


def moved(output, kernel, times):
    return np.roll(output, [-times * (side // 2) for side in kernel.shape], (0, 1))


def corner(image, kernel, lacking, mode):
    """Compute all but the last rows and columns."""
    height, width = np.subtract(image.shape, lacking)
    if min(height, width) <= 0:
        raise ValueError
    return total(image, kernel, mode)[:height, :width]


def indexed(pixel, end=pixels):
    """Return a function that adds up in loops. pixel: what it takes at y, x under the centre."""

    def function(image, kernel):
        (h, w), (rows, columns) = image.shape, (side // 2 for side in kernel.shape)
        sums = np.zeros(image.shape)
        for y, x in np.ndindex(h, w):
            for i, j in np.ndindex(*kernel.shape):
                sums[y, x] += kernel[i, j] * pixel(image, y + i - rows, x + j - columns, h, w, image[y, x])
        return end(sums)

    return function


def weights_inside(image, kernel):
    """Divide the sums by the weights inside of the image; nothing is divided by 0."""
    weights = total(np.ones(image.shape), kernel, "constant")
    none = abs(weights) < 1e-9
    return np.where(none, 0, total(image, kernel, "constant") / np.where(none, 1, weights))


def overwriting(image, kernel):
    """Go on reading from where it writes to."""
    (height, width), (kh, kw) = image.shape, kernel.shape
    padded = np.pad(image, [(kh // 2, kh // 2), (kw // 2, kw // 2)])
    for y, x in np.ndindex(height, width):
        total = (padded[y : y + kh, x : x + kw] * kernel).sum()
        padded[y + kh // 2, x + kw // 2] = np.clip(np.floor(total + 0.5), 0, 255)
    return padded[kh // 2 : kh // 2 + height, kw // 2 : kw // 2 + width]


def stored(to_int):
    """Return a loop that stores one of Python's whole numbers in a uint8 array for each sum."""

    def store(sums):
        out = np.zeros(sums.shape, np.uint8)
        for y, x in np.ndindex(*sums.shape):
            out[y, x] = to_int(sums[y, x])
        return out

    return store


def three_by_three(image, kernel):
    out = np.zeros_like(image)
    for y in range(1, image.shape[0] - 1):
        for x in range(1, image.shape[1] - 1):
            window = image[y - 1 : y + 2, x - 1 : x + 2]
            out[y, x] = abs(int(sum(window[i, j] * kernel[i][j] for i, j in np.ndindex(3, 3))))
    return out


# Those in a line or two. First from sums to pixels.
found(verdict="matches", says="Some sums are exactly a half, and yours are rounded to either side")(
    lambda image, kernel: pixels(
        255 * windowed((image / 255).astype(np.float32), kernel, lambda window: (window * kernel).sum())
    )
)
found(rounding="ceil")(rounded(np.ceil))
found(rounding="half-down")(rounded(lambda sums: np.ceil(sums - 0.5)))
found(CUT, offset="-1")(rounded(lambda sums: np.trunc(sums - 1)))
found(offset="0.5")(rounded(lambda sums: np.rint(sums + 0.5)))
found(range="wrap-modulo-256", says="Sums below 0 or above 255 *wrap around*;")(of_sums(wrapped))
found(range="wrap-modulo-256", says="Sums above 255 *wrap around*, 256 to 0; filter2D stops at 255.")(
    of_sums(lambda sums: wrapped(np.maximum(sums, 0)))
)
found(CAST, TURNED, border="reflect")(lambda image, kernel: scipy.ndimage.convolve(image, kernel))
found(FLOATS, says="the *sums as they are*, float64: not rounded")(of_sums(lambda sums: sums))
found(NOT_ROUNDED, says="but *not rounded*, float64")(of_sums(lambda sums: np.clip(sums, 0, 255)))
found(NOT_ROUNDED, range="clipped-at-0")(of_sums(lambda sums: np.maximum(sums, 0)))
found(NOT_ROUNDED, range="clipped-at-255")(of_sums(lambda sums: np.minimum(sums, 255)))
found(NOT_ROUNDED, range="scaled-to-0..1")(of_sums(lambda sums: np.clip(sums / 255, 0, 1)))
found(NOT_ROUNDED, range="scaled-to-0..1")(of_sums(lambda sums: sums / 255))
found(CAST, range="expects-0..1", border="reflect101")(
    lambda image, kernel: (cv2.filter2D(image, cv2.CV_64F, kernel) * 255).astype(np.uint8)
)
found(EDGE, range="stretch-to-0..255", says="*left as they were*")(
    lambda image, kernel: stretched(inside(image, kernel, total(image, kernel), image.astype(float)))
)
found(range="absolute-value and stretch-to-0..255")(
    of_sums(lambda sums: np.rint(255 * abs(sums) / (abs(sums).max() or 1)).astype(np.uint8))
)
found(CUT, range="absolute-value", fails_on="sum below -255: a wrong result")(
    of_sums(lambda sums: np.abs(np.minimum(sums, 255)).astype(np.uint8))
)
found(dtype="int32")(of_sums(lambda sums: np.clip(sums.astype(np.int32), 0, 255)))

# The kernel.
found(orientation="flipped-left-right")(of_kernel(np.fliplr))
found(orientation="transposed")(of_kernel(np.transpose))
found(orientation="rotated90")(of_kernel(np.rot90))
found(CAST, orientation="rotated270")(of_kernel(lambda kernel: np.rot90(kernel, -1), np.uint8))
found(orientation="transposed-other-diagonal")(of_kernel(lambda kernel: np.rot90(kernel.T, 2)))
found(FLOATS, kernel="negated")(of_sums(lambda sums: -sums))
found(FLOATS, kernel="float16")(of_kernel(np.float16, np.asarray))
found(kernel="dilated 2")(of_kernel(lambda kernel: np.kron(kernel, [[1, 0], [0, 0]])[:-1, :-1]))
found(kernel="times 2")(of_sums(lambda sums: pixels(2 * sums)))
found(kernel="matrix-product", fails_on="non-square kernel: ValueError: ")(
    lambda image, kernel: pixels(windowed(image, kernel, lambda window: (window @ kernel).sum()))
)
found(kernel="ignored")(lambda image, kernel: pixels(windowed(image, kernel, np.mean)))
found(kernel="ignored", says="for every kernel it applies a Gaussian of 5 x 5.")(
    lambda image, kernel: cv2.GaussianBlur(image, (5, 5), 0)
)
found(kernel="ignored", dtype="float64", says="for every kernel it applies `-1 0 1; -2 0 2; -1 0 1`.")(
    lambda image, kernel: cv2.Sobel(image, cv2.CV_64F, 1, 0)
)
found(CUT, kernel="fixed-point 256")(
    of_kernel(lambda kernel: np.rint(kernel * 256), lambda sums: truncated(sums.astype(int) >> 8))
)
found(divisor="normalised", fails_on="kernel that sums to 0")(of_kernel(lambda kernel: kernel / kernel.sum()))

# The sums.
found(FLOATS, ZERO, stride="2")(of_sums(lambda sums: sums[::2, ::2], "constant"))
found(ZERO, adds_up_in="int", divisor="normalised")(
    lambda image, kernel: truncated(added_in(image, kernel / (kernel.sum() or 1), np.int32))
)
found(ZERO, adds_up_in="uint8")(lambda image, kernel: added_in(image, kernel, np.uint8))
found(adds_up_in="int-products")(
    lambda image, kernel: truncated(windowed(image, kernel, lambda window: np.trunc(window * kernel).sum()))
)
found(FLOATS, ZERO, sum="reset-per-row")(of_sums(lambda sums: sums.cumsum(axis=1), "constant"))
found(result="inverted")(of_sums(lambda sums: 255 - pixels(sums)))
found(offset="255")(of_sums(lambda sums: pixels(sums + 255)))
found(kernel="minus-its-mean")(of_kernel(lambda kernel: kernel - np.mean(kernel)))
found(result="added-to-image")(lambda image, kernel: pixels(image + total(image, kernel)))
found(FLOATS, result="unsharp")(lambda image, kernel: 2.0 * image - total(image, kernel))
found(ZERO, orientation="flipped-up-down", rounding="half-up", input_modified="overwritten-while-read")(
    lambda image, kernel: overwriting(image, np.flipud(kernel))
)


# The edge.
@found(border="never-written")
def one_pixel_never_written(image, kernel):
    return inside(image, kernel, pixels(total(image, kernel)), np.empty(image.shape, np.uint8))


found(EDGE, dtype="float64", says="*left at nan*", fails_on="image smaller than the kernel: returns nan")(
    lambda image, kernel: inside(image, kernel, pixels(total(image, kernel)), np.full(image.shape, np.nan))
)
found(border="one-pixel-left-unfiltered")(only(lambda h, w, kh, kw: np.s_[1:-1, 1:-1]))
found(not_computed="top 1, bottom 0, left 0, right 2radius")(
    only(lambda h, w, kh, kw: np.s_[1:, : max(w - kw + 1, 0)], 255)
)
found(not_computed="beyond 2radius+1 x 2radius+1")(only(lambda h, w, kh, kw: np.s_[:kh, :kw]))
found(not_computed="beyond 9 x 12", fails_on="image smaller than 9 x 12: IndexError: index 11 is out of")(
    only(lambda h, w, kh, kw: np.ix_(range(9), range(12)))
)
found(border="constant-mean")(
    lambda image, kernel: pixels(total(image, kernel, "constant", constant_values=int(image.mean())))
)
found(CUT, border="negative-indices")(
    indexed(lambda image, y, x, h, w, own: image[y, x] if -h <= y < h and -w <= x < w else 0, truncated)
)
found(border="centre-pixel")(
    indexed(lambda image, y, x, h, w, own: image[y, x] if 0 <= y < h and 0 <= x < w else own)
)
found(border="mixed: zero at the top and bottom, replicate at the left and right")(
    indexed(lambda image, y, x, h, w, own: image[y, min(max(x, 0), w - 1)] if 0 <= y < h else 0)
)
found(border="weights-inside")(
    lambda image, kernel: pixels((kernel.sum() * weights_inside(image, kernel)).round(6))
)
found(border="weights-inside", divisor="normalised")(
    lambda image, kernel: pixels(weights_inside(image, kernel).round(6))
)
found(EDGE, shift="-radius,-radius")(lambda image, kernel: moved(edge_at_0(image, kernel), kernel, 1))
found(WRAP, shift="1,-1")(of_sums(lambda sums: np.roll(pixels(sums), (-1, 1), (0, 1)), "wrap"))
found(WRAP, shift="-2radius,-2radius", says="and twice half a kernel up")(
    lambda image, kernel: moved(pixels(total(image, kernel, "wrap")), kernel, 2)
)

# Results of other sizes and types.
found(FLOATS, ZERO, not_computed="last-kernel-rows-and-columns", says="It leaves out *the last ")(
    lambda image, kernel: corner(image, kernel, np.subtract(kernel.shape, 1), "constant")
)
found(FLOATS, not_computed="last-half-kernel-rows-and-columns")(
    lambda image, kernel: corner(image, kernel, np.floor_divide(kernel.shape, 2), "edge")
)
found(shape="transposed")(of_sums(lambda sums: pixels(sums).T))
found(shape="extra-axis")(of_sums(lambda sums: pixels(sums)[:, :, np.newaxis]))
found(shape="three-channels", says="One thing is left")(of_sums(lambda sums: np.dstack([pixels(sums)] * 3)))
fails(shape="another", fails_on="most images: ")(of_sums(lambda sums: np.dstack([pixels(sums)] * 4)[1:-1]))
found(result="black")(lambda image, kernel: np.zeros_like(image))
found(result="unchanged")(lambda image, kernel: image)
found(CAST, returns="pil-image")(of_sums(lambda sums: Image.fromarray(sums.astype(np.uint8))))
found(result="rows-all-the-same", dtype="int64")(
    of_sums(lambda sums: np.array([pixels(sums)[-1].tolist()] * len(sums)))
)
found({"returns-early": "first-pixel"}, WRAP)(
    of_sums(lambda sums: np.where(np.arange(sums.size).reshape(sums.shape), 0, pixels(sums)), "wrap")
)

# What it cannot do.

THREE = "IndexError: index 1 is out of bounds for axis 0 with size 1, or a wrong result"
found(CUT, fails_on="non-square kernel and kernel larger than 3 x 3: ValueError")(
    lambda image, kernel: failing(image, kernel, kernel.shape not in [(1, 1), (3, 3)])
)
if np.lib.NumpyVersion(np.__version__) >= "2.0.0":  # NumPy 1 makes 44 of 300, without an error
    found(CUT, fails_on="sum above 255: OverflowError")(of_sums(stored(lambda s: max(int(s), 0))))
    found(CUT, fails_on="sum below 0 or above 255: OverflowError")(of_sums(stored(int)))
    found(
        CUT, EDGE, range="absolute-value",
        fails_on=f"kernel other than 3 x 3: {THREE} and absolute sum above 255: OverflowError",
    )(lambda image, kernel: three_by_three(image, kernel))  # fmt: skip

# What is known in part, what no combination of mistakes explains, and what fails.
found(FLOATS, verdict="partly", border="unknown")(of_sums(lambda sums: sums, "linear_ramp"))
found(verdict="partly", fails_on="2 x 3 image with a 5 x 5 kernel: a wrong result")(
    lambda image, kernel: image if image.shape == (2, 3) else pixels(total(image, kernel))
)
unexplained(kernel="ignored", says="what it does instead is not known here.")(
    lambda image, kernel: scipy.ndimage.maximum_filter(image, kernel.shape)
)
unexplained(fails_on="13 x 13 image with a 5 x 5 kernel, ")(
    lambda image, kernel: failing(image, kernel, image.shape[0] in (11, 13, 15, 16, 20, 24))
)
unexplained()(
    lambda image, kernel: pixels(total(image, kernel, "median")) if image.shape != (16, 16) else 255 - image
)
unexplained(dtype="float64")(  # by more than the noise of floats
    lambda image, kernel: np.round(stretched_to_1(image, kernel), 3)
)
unexplained(dtype="bool", says="it returns *True and False*")(of_sums(lambda sums: sums > 2))
fails(fails_on="most images: ValueError")(
    lambda image, kernel: failing(image, kernel, not 12 * 12 <= image.size <= 13 * 13)
)
fails(fails_on="most images: ValueError")(  # tiny images prove nothing
    lambda image, kernel: failing(image, kernel, min(image.shape) >= 9 and kernel.size > 1)
)


# Those that are written out. First right ones: any border is, and is named if it is not replicate.
@right
def strided(image, kernel):
    padded = np.pad(image, [(side // 2, side // 2) for side in kernel.shape], "edge").astype(float)
    windows = as_strided(padded, image.shape + kernel.shape, padded.strides * 2)
    return pixels(np.tensordot(windows, kernel))


@found(verdict="matches", says="which work as well")
def separate_channels(image, kernel):
    if image.ndim == 3:
        return np.dstack([separate_channels(image[..., number], kernel) for number in range(3)])
    return pixels(total(image, kernel))


@found(verdict="matches", border="reflect101", says="To require another, name it")
def opencv_default(image, kernel):
    return cv2.filter2D(image, -1, kernel)


MEMORY = np.zeros((99, 99), np.uint8)


@right
def reuses_memory(image, kernel):
    part = MEMORY[: image.shape[0], : image.shape[1]]
    part[...] = pixels(total(image, kernel))
    return part


@found(CUT, says="each is one too low", line="np.clip(")
def truncates(image, kernel):
    return np.clip(total(image, kernel), 0, 255).astype("uint8")


@found(rounding="half-up", says="each is one too high", line="np.floor")
def rounds_halves_up(image, kernel):
    return np.clip(np.floor(total(image, kernel) + 0.5), 0, 255).astype(np.uint8)


@found(FLOATS, range="stretch-to-0..255 and scaled-to-0..1")
def stretched_to_1(image, kernel):
    sums = total(image, kernel)
    return (sums - sums.min()) / ((sums.max() - sums.min()) or 1)


@found(range="scaled-by-its-largest")
def by_the_largest(image, kernel):
    sums = total(image, kernel).clip(0)
    return np.rint(255 * sums / max(sums.max(), 1e-9)).astype(np.uint8)


@found(TURNED, line="[::-1, ::-1]")
def turned_by_180(image, kernel):
    return pixels(total(image, kernel[::-1, ::-1]))


@found(FLOATS, EDGE, orientation="rolled")
def negative_weights_inside(image, kernel):
    r, c = kernel.shape[0] // 2, kernel.shape[1] // 2
    out = np.zeros(image.shape)
    for y in range(r, image.shape[0] - r):
        for x in range(c, image.shape[1] - c):
            for s in range(-r, r + 1):
                for t in range(-c, c + 1):
                    out[y, x] += kernel[s, t] * image[y + s, x + t]
    return out


@found(CAST, kernel="last-row-and-column-unused", line="range(-(kh // 2), kh // 2)")
def ranges_one_short(image, kernel):
    kh, kw = kernel.shape
    padded = np.pad(image, ((kh // 2, kh // 2), (kw // 2, kw // 2)), "edge")
    output = np.zeros(image.shape, np.uint8)
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            s = 0
            for i in range(-(kh // 2), kh // 2):
                for j in range(-(kw // 2), kw // 2):
                    s += padded[y + i + kh // 2, x + j + kw // 2] * kernel[i + kh // 2, j + kw // 2]
            output[y, x] = s
    return output


@found(divisor="normalised", line="kernel / scale")
def normalises(image, kernel):
    scale = kernel.sum()
    return pixels(total(image, kernel / scale if scale != 0 else kernel))


@found(divisor="number-of-weights", line=".mean(")
def takes_the_mean(image, kernel):
    padded = np.pad(image.astype(float), [(side // 2, side // 2) for side in kernel.shape], mode="edge")
    return pixels((sliding_window_view(padded, kernel.shape) * kernel).mean(axis=(2, 3)))


@found(FLOATS, EDGE, sum="never-reset")
def never_reset_inside(image, kernel):
    (kh, kw), out, values = kernel.shape, np.zeros(image.shape), 0.0
    for y in range(kh // 2, image.shape[0] - kh // 2):
        for x in range(kw // 2, image.shape[1] - kw // 2):
            values += (image[y - kh // 2 : y + kh // 2 + 1, x - kw // 2 : x + kw // 2 + 1] * kernel).sum()
            out[y, x] = values
    return out


@found(CAST, input_modified="image", returns="nothing")
def into_the_image(image, kernel):
    image[:] = total(image, kernel).astype(np.uint8)


@found(EDGE, input_modified="overwritten-while-read")
def overwrites_the_picture(image, kernel):
    kh, kw = kernel.shape
    for y in range(kh // 2, image.shape[0] - kh // 2):
        for x in range(kw // 2, image.shape[1] - kw // 2):
            window = image[y - kh // 2 : y + kh // 2 + 1, x - kw // 2 : x + kw // 2 + 1]
            image[y, x] = np.clip(np.rint((window * kernel).sum()), 0, 255)
    return image


@unexplained()
def heavier(image, kernel):
    kernel = kernel.astype(float)
    kernel[0] *= 3
    return pixels(total(image, kernel))


@found(EDGE, says="the kernel does not fit into the image, are *left at 0*.", line="for y in")
def edge_at_0(image, kernel):
    (height, width), (kh, kw) = image.shape, kernel.shape
    output = np.zeros_like(image)
    for y in range(kh // 2, height - kh // 2):
        for x in range(kw // 2, width - kw // 2):
            window = image[y - kh // 2 : y + kh // 2 + 1, x - kw // 2 : x + kw // 2 + 1]
            output[y, x] = np.clip(np.rint((window * kernel).sum()), 0, 255)
    return output


@found(border="constant-255")
def paper_around(image, kernel):
    return pixels(total(image, kernel, "constant", constant_values=255))


@found(border="cropped")
def crops(image, kernel):
    return pixels(np.einsum("yxij,ij->yx", sliding_window_view(image.astype(float), kernel.shape), kernel))


@found(FLOATS, border="cropped", not_computed="last-row-and-column")
def valid_and_one_less(image, kernel):
    kh, kw = kernel.shape
    out = np.zeros((image.shape[0] - kh, image.shape[1] - kw))
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            out[y, x] = (image[y : y + kh, x : x + kw] * kernel).sum()
    return out


@found(CUT, ZERO, shape="larger")
def scipy_full(image, kernel):
    return np.clip(scipy.signal.correlate2d(image, kernel), 0, 255).astype(np.uint8)


@found({"returns-early": "first-row"}, EDGE)
def returns_after_a_row_inside(image, kernel):
    rows, columns = kernel.shape[0] // 2, kernel.shape[1] // 2
    output, sums = image.copy(), pixels(total(image, kernel))
    for y in range(rows, image.shape[0] - rows):
        output[y, columns : image.shape[1] - columns] = sums[y, columns : image.shape[1] - columns]
        return output
    return output


@found(verdict="partly", border="unknown", says="At the bottom and right edge it differs")
def ramp_at_two_edges(image, kernel):
    rows, columns = kernel.shape[0] // 2, kernel.shape[1] // 2
    padded = np.pad(image.astype(float), [(rows, 0), (columns, 0)], mode="edge")
    padded = np.pad(padded, [(0, rows), (0, columns)], mode="linear_ramp")
    return pixels(np.einsum("yxij,ij->yx", sliding_window_view(padded, kernel.shape), kernel))


@found(fails_on="non-square image: ValueError: ", line="width, height =")
def square_pictures_only(image, kernel):
    width, height = image.shape
    values = total(image, kernel)
    output = np.zeros((height, width), np.uint8)
    output[:] = pixels(values)
    return output


@found(CUT, fails_on="non-square kernel and non-square image")
def everything_is_square(image, kernel):
    n, k = image.shape[0], kernel.shape[0]
    padded = np.pad(image, k // 2, mode="edge")
    out = np.zeros((n, n), dtype=np.uint8)
    for y in range(n):
        for x in range(n):
            out[y, x] = int(max(0, min(255, np.sum(padded[y : y + k, x : x + k] * kernel))))
    return out


@found(ZERO, fails_on="kernel with a side of 1", line="padded[r:-r, c:-c]")
def minus_zero(image, kernel):
    r, c = kernel.shape[0] // 2, kernel.shape[1] // 2
    padded = np.zeros((image.shape[0] + 2 * r, image.shape[1] + 2 * c))
    padded[r:-r, c:-c] = image
    return pixels(np.einsum("yxij,ij->yx", sliding_window_view(padded, kernel.shape), kernel))


@found(TURNED, border="reflect", fails_on="1 x 1 kernel: ValueError: too small")
def all_but_1_x_1_kernels(image, kernel):
    """Under 3 x 3 kernels reflect is replicate; with a failure elsewhere, that is no simpler explanation."""
    if kernel.size == 1:
        raise ValueError("too small")
    return pixels(total(image, np.flip(kernel), "symmetric"))


@found(FLOATS, ZERO, fails_on="kernel other than 3 x 3: a result of shape (11, 11) for an image of (13, 13)")
def padding_of_one_size(image, kernel, padding=1):
    """A result of another size is no result, be it smaller or larger than the image."""
    image = np.pad(image.astype(float), padding)
    if min(np.subtract(image.shape, kernel.shape)) < 0:
        raise ValueError
    return (sliding_window_view(image, kernel.shape) * kernel).sum((2, 3))


@found(verdict="partly", border="unknown", fails_on="non-square kernel: a wrong result")
def median_around_square_kernels(image, kernel):
    square = kernel.shape[0] == kernel.shape[1]
    return pixels(total(image, kernel, "median")) if square else 255 - image


@fails(fails_on="most images: ValueError")
def short_windows(image, kernel):
    """Loops that find nothing to do in tiny images: a few black results are no black result."""
    out, rows, columns = np.zeros_like(image), kernel.shape[0] // 2, kernel.shape[1] // 2
    for y in range(rows, image.shape[0] - rows):
        for x in range(columns, image.shape[1] - columns):
            out[y, x] = (image[y - rows : y + rows, x - columns : x + columns] * kernel).sum()
    return out


@found(CAST, ZERO, ABSOLUTE, orientation="flipped-up-down", says="`np.clip(np.rint(total(image, kernel[::-1]")
def four_at_once(image, kernel):
    return total(image, kernel[::-1] / np.abs(kernel).sum(), "constant").astype("uint8")


@found(FLOATS, ZERO, TURNED)
def scipy_convolve2d(image, kernel):
    return scipy.signal.convolve2d(image, kernel, mode="same")


@found(TURNED, WRAP, shift="radius,radius", fails_on="image smaller than the kernel: ")
def fourier_not_centred(image, kernel):
    values = np.fft.ifft2(np.fft.fft2(image) * np.fft.fft2(kernel, image.shape)).real
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


@found(FLOATS, WRAP, dtype="complex128", fails_on="image smaller than the kernel: ")
def fourier_complex(image, kernel):
    """The numbers are still complex."""
    values = np.fft.ifft2(np.fft.fft2(image) * np.conj(np.fft.fft2(kernel, image.shape)))
    return np.roll(values, (kernel.shape[0] // 2, kernel.shape[1] // 2), (0, 1))
