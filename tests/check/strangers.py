"""Wrong convolutions in the styles that people use, each with what is found out about it.

The second half of the gallery: double loops, tests of bounds, as_strided, im2col, Fourier, SciPy, PIL, lists,
classes. `found` says what the check finds; the values are the beginnings of what it calls them.
"""

import functools
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import scipy.ndimage
import scipy.signal
from numpy.lib.stride_tricks import as_strided, sliding_window_view
from PIL import Image

WRONG: dict[str, tuple[Callable[..., Any], str, dict[str, str]]] = {}
RIGHT: dict[str, Callable[..., Any]] = {}
NO_CONVOLUTION: dict[str, Callable[..., Any]] = {}
FLOATS = {"rounding": "none", "range": "none", "dtype": "float64"}
CAST = {"conversion": "cast-to-uint8"}
EDGE = {"border": "left-unfiltered"}
ZERO = {"border": "zero"}


def found(*parts: dict[str, str], verdict: str = "explained", **more: str) -> Callable[..., Any]:
    """Say what is found out about a function: `fails_on="..."` stands for the aspect fails-on."""

    def keep(function: Callable[..., Any]) -> Callable[..., Any]:
        expected = functools.reduce(lambda one, other: one | other, parts, {})
        expected = expected | {key.replace("_", "-"): value for key, value in more.items()}
        WRONG[function.__name__] = function, verdict, expected
        return function

    return keep


def overflowing(*parts: dict[str, str], **more: str) -> Callable[..., Any]:
    """Say what is found out about a loop that stores Python's whole numbers in a uint8 array.

    NumPy 1 makes 44 of 300, without an error.
    """
    numpy_2 = np.lib.NumpyVersion(np.__version__) >= "2.0.0"
    return found(*parts, **more) if numpy_2 else lambda function: function


def right(function: Callable[..., Any]) -> Callable[..., Any]:
    RIGHT[function.__name__] = function
    return function


def no_convolution(function: Callable[..., Any]) -> Callable[..., Any]:
    NO_CONVOLUTION[function.__name__] = function
    return function


def total(image, kernel, mode="edge", **more):
    rows, columns = kernel.shape[0] // 2, kernel.shape[1] // 2
    padded = np.pad(np.asarray(image, float), [(rows, rows), (columns, columns)], mode=mode, **more)
    return np.einsum("yxij,ij->yx", sliding_window_view(padded, kernel.shape), kernel)


def pixels(sums):
    return np.clip(np.rint(sums), 0, 255).astype(np.uint8)


# Right ones.


@right
def strided(image, kernel):
    kh, kw = kernel.shape
    padded = np.pad(image, ((kh // 2, kh // 2), (kw // 2, kw // 2)), "edge").astype(float)
    shape = (*image.shape, kh, kw)
    windows = as_strided(padded, shape, padded.strides * 2)
    return pixels(np.tensordot(windows, kernel))


@right
def columns_of_windows(image, kernel):
    """im2col."""
    kh, kw = kernel.shape
    height, width = image.shape
    padded = np.pad(image.astype(float), ((kh // 2, kh // 2), (kw // 2, kw // 2)), "symmetric")
    columns = np.array([padded[i : i + height, j : j + width].ravel() for i in range(kh) for j in range(kw)])
    return pixels((kernel.ravel() @ columns).reshape(height, width))


@right
def pure_python(image, kernel):
    height, width = len(image), len(image[0])
    kh, kw = len(kernel), len(kernel[0])
    output = []
    for y in range(height):
        row = []
        for x in range(width):
            value = 0.0
            for i in range(kh):
                for j in range(kw):
                    yy = min(max(y + i - kh // 2, 0), height - 1)
                    xx = min(max(x + j - kw // 2, 0), width - 1)
                    value += float(image[yy][xx]) * float(kernel[i][j])
            row.append(min(255, max(0, round(value))))
        output.append(row)
    return np.array(output, dtype=np.uint8)


@right
def skips_outside(image, kernel):
    """Bounds tested: zeros around."""
    height, width = image.shape
    output = np.zeros((height, width))
    for i in range(kernel.shape[0]):
        for j in range(kernel.shape[1]):
            for y in range(height):
                yy = y + i - kernel.shape[0] // 2
                if not 0 <= yy < height:
                    continue
                for x in range(width):
                    xx = x + j - kernel.shape[1] // 2
                    if 0 <= xx < width:
                        output[y, x] += image[yy, xx] * kernel[i, j]
    return pixels(output)


@right
def scipy_signal(image, kernel):
    if image.shape[0] < kernel.shape[0] or image.shape[1] < kernel.shape[1]:
        return pixels(total(image, kernel, "symmetric"))
    return pixels(scipy.signal.correlate2d(image.astype(float), kernel, mode="same", boundary="symm"))


@right
def scipy_wrap(image, kernel):
    return pixels(scipy.ndimage.correlate(image.astype(float), kernel, mode="grid-wrap"))


@right
def in_float_by_opencv(image, kernel):
    sums = cv2.filter2D(image, cv2.CV_64F, kernel.astype(float), borderType=cv2.BORDER_REFLECT)
    return pixels(sums)


@right
def modulo(image, kernel):
    height, width = image.shape
    kh, kw = kernel.shape
    sums = np.zeros(image.shape)
    for i in range(kh):
        rows = (np.arange(height) + i - kh // 2) % height
        for j in range(kw):
            sums += kernel[i, j] * image[np.ix_(rows, (np.arange(width) + j - kw // 2) % width)]
    return pixels(sums)


@right
def separate_channels(image, kernel):
    if image.ndim == 3:
        return np.dstack(
            [separate_channels(image[..., channel], kernel) for channel in range(image.shape[2])]
        )
    return pixels(total(image, kernel))


@right
def rounds_with_python(image, kernel):
    rows = total(image, kernel).tolist()
    return np.array([[min(max(round(value), 0), 255) for value in row] for row in rows], np.uint8)


@right
def flipped_twice(image, kernel):
    sums = scipy.ndimage.convolve(image.astype(float), kernel[::-1, ::-1], mode="constant")
    return pixels(sums)


@right
def by_rows(image, kernel):
    around = [(kernel.shape[0] // 2,) * 2, (kernel.shape[1] // 2,) * 2]
    windows = sliding_window_view(np.pad(image.astype(float), around, "reflect"), kernel.shape)
    return pixels(np.array([[(window * kernel).sum() for window in row] for row in windows]))


@right
def in_float32(image, kernel):
    return pixels(total(image, kernel.astype(np.float32)))


# One mistake.


@found(border="zero", fails_on="non-square kernel", dtype="float64", rounding="none", range="none")
def tutorial_with_zeros(image, kernel):
    pad = (kernel.shape[1] - 1) // 2
    padded = cv2.copyMakeBorder(image, pad, pad, pad, pad, cv2.BORDER_CONSTANT)
    height, width = image.shape
    output = np.zeros((height, width))
    for y in range(pad, height + pad):
        for x in range(pad, width + pad):
            output[y - pad, x - pad] = (padded[y - pad : y + pad + 1, x - pad : x + pad + 1] * kernel).sum()
    return output


@found(FLOATS, EDGE)
def double_loop_of_floats(image, kernel):
    kh, kw = kernel.shape
    height, width = image.shape
    output = np.zeros((height, width))
    for y in range(kh // 2, height - kh // 2):
        for x in range(kw // 2, width - kw // 2):
            for i in range(-(kh // 2), kh // 2 + 1):
                for j in range(-(kw // 2), kw // 2 + 1):
                    output[y, x] += kernel[i + kh // 2, j + kw // 2] * image[y + i, x + j]
    return output


@found(CAST, EDGE)
def image_copy_filled(image, kernel):
    kh, kw = kernel.shape
    output = image.copy()
    for y in range(kh // 2, image.shape[0] - kh // 2):
        for x in range(kw // 2, image.shape[1] - kw // 2):
            part = image[y - kh // 2 : y + kh // 2 + 1, x - kw // 2 : x + kw // 2 + 1]
            output[y, x] = np.sum(part * kernel)
    return output


@found(EDGE, adds_up_in="uint8")
def adds_in_the_image_array(image, kernel):
    kh, kw = kernel.shape
    output = np.zeros_like(image)
    for y in range(kh // 2, image.shape[0] - kh // 2):
        for x in range(kw // 2, image.shape[1] - kw // 2):
            for i in range(kh):
                for j in range(kw):
                    output[y][x] += kernel[i][j] * image[y + i - kh // 2][x + j - kw // 2]
    return output


@found(ZERO, adds_up_in="int")
def adds_in_int32(image, kernel):
    kh, kw = kernel.shape
    padded = np.pad(image, ((kh // 2, kh // 2), (kw // 2, kw // 2)))
    output = np.zeros(image.shape, dtype=np.int32)
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            for i in range(kh):
                for j in range(kw):
                    output[y, x] += padded[y + i, x + j] * kernel[i, j]
    output[output < 0] = 0
    output[output > 255] = 255
    return output.astype(np.uint8)


@found(ZERO, adds_up_in="int", divisor="normalised")
def adds_in_int32_over_the_sum(image, kernel):
    return adds_in_int32(image, kernel / (kernel.sum() or 1))


@found(ZERO, adds_up_in="int", divisor="number-of-weights")
def adds_a_mean_in_int32(image, kernel):
    return adds_in_int32(image, kernel / kernel.size)


@found(orientation="rotated180", adds_up_in="int", range="none", dtype="int64")
def adds_in_int_flipped(image, kernel):
    kernel = np.flip(kernel)
    kh, kw = kernel.shape
    padded = np.pad(image, ((kh // 2, kh // 2), (kw // 2, kw // 2)), "edge")
    output = np.zeros(image.shape, dtype=int)
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            for i in range(kh):
                for j in range(kw):
                    output[y, x] += padded[y + i, x + j] * kernel[i, j]
    return output


@found(orientation="rotated90")
def kernel_on_its_side(image, kernel):
    return pixels(total(image, np.rot90(kernel)))


@found(ZERO, CAST, orientation="rotated270")
def kernel_on_the_other_side(image, kernel):
    return total(image, np.rot90(kernel, -1), "constant").astype("uint8")


@found(orientation="transposed-other-diagonal", rounding="truncate")
def anti_transposed(image, kernel):
    return np.clip(total(image, np.rot90(kernel.T, 2)), 0, 255).astype(np.uint8)


@found(FLOATS, kernel="negated")
def difference_backwards(image, kernel):
    return -total(image, kernel)


@found(kernel="minus-its-mean")
def mean_free(image, kernel):
    return pixels(total(image, kernel - np.mean(kernel)))


@found(ZERO, kernel="minus-its-mean", orientation="rotated180")
def mean_free_and_turned(image, kernel):
    return pixels(total(image, np.flip(kernel - np.mean(kernel)), "constant"))


@found(kernel="whole-numbers")
def integer_kernel(image, kernel):
    kernel = np.array(kernel, dtype=np.int32)
    return pixels(total(image, kernel))


@found(kernel="last-row-unused")
def one_row_short(image, kernel):
    kernel = kernel.copy()
    kernel[-1] = 0
    return pixels(total(image, kernel))


@found(CAST, kernel="last-row-and-column-unused")
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


@found(kernel="times 1/9")
def always_by_nine(image, kernel):
    return pixels(total(image, kernel) / 9)


@found(FLOATS, EDGE, kernel="times 1/16")
def always_by_sixteen(image, kernel):
    sums = total(image, kernel) / 16
    inside = np.zeros(image.shape)
    rows, columns = kernel.shape[0] // 2, kernel.shape[1] // 2
    part = np.s_[rows : image.shape[0] - rows, columns : image.shape[1] - columns]
    inside[part] = sums[part]
    return inside


@found(kernel="times 2")
def twice(image, kernel):
    return pixels(2 * total(image, kernel))


@found(offset="128")
def emboss(image, kernel):
    return pixels(total(image, kernel) + 128)


@found({"returns-early": "first-row"}, divisor="normalised")
def first_row_normalised(image, kernel):
    output, sums = np.zeros_like(image), total(image, kernel / (kernel.sum() or 1))
    for y in range(len(image)):
        output[y] = pixels(sums[y])
        return output


@found(ZERO, offset="128", rounding="truncate")
def emboss_truncated(image, kernel):
    return np.clip(total(image, kernel, "constant") + 128, 0, 255).astype("uint8")


@found(offset="1")
def one_brighter(image, kernel):
    return pixels(total(image, kernel) + 1)


@found(offset="-1", rounding="truncate")
def one_darker(image, kernel):
    return np.clip(total(image, kernel) - 1, 0, 255).astype("uint8")


@found(FLOATS, not_computed="last-row-and-column")
def ends_one_early(image, kernel):
    sums, output = total(image, kernel), np.zeros(image.shape)
    for y in range(len(image) - 1):
        for x in range(len(image[0]) - 1):
            output[y, x] = sums[y, x]
    return output


@found(not_computed="last-row")
def last_row_black(image, kernel):
    output = pixels(total(image, kernel))
    output[-1] = 0
    return output


@found(CAST, EDGE, not_computed="last-row-and-column")
def range_with_minus_one(image, kernel):
    ry, rx = kernel.shape[0] // 2, kernel.shape[1] // 2
    new = np.zeros(image.shape, dtype=np.uint8)
    for y in range(ry, image.shape[0] - ry - 1):
        for x in range(rx, image.shape[1] - rx - 1):
            new[y, x] = (image[y - ry : y + ry + 1, x - rx : x + rx + 1] * kernel).sum()
    return new


@found(CAST, EDGE, orientation="rotated180", not_computed="last-row-and-column")
def range_with_minus_one_turned(image, kernel):
    return range_with_minus_one(image, kernel[::-1, ::-1])


@found(rounding="truncate", border="one-pixel-left-unfiltered")
def from_one_to_minus_one(image, kernel):
    out = np.zeros_like(image)
    sums = np.clip(total(image, kernel), 0, 255)
    for r in range(1, image.shape[0] - 1):
        for c in range(1, image.shape[1] - 1):
            out[r, c] = sums[r, c]
    return out


@found(border="left-unfiltered")
def white_frame(image, kernel):
    out = np.full(image.shape, 255, np.uint8)
    ry, rx = kernel.shape[0] // 2, kernel.shape[1] // 2
    part = np.s_[ry : image.shape[0] - ry, rx : image.shape[1] - rx]
    out[part] = pixels(total(image, kernel))[part]
    return out


@found(FLOATS, border="left-unfiltered", divisor="normalised", orientation="rotated180")
def grey_frame_of_floats(image, kernel):
    out = np.full(image.shape, 127.0)
    ry, rx = kernel.shape[0] // 2, kernel.shape[1] // 2
    part = np.s_[ry : image.shape[0] - ry, rx : image.shape[1] - rx]
    out[part] = total(image, np.flip(kernel) / (kernel.sum() or 1))[part]
    return out


@found(border="never-written", rounding="truncate")
def empty_frame(image, kernel):
    out = np.empty(image.shape, dtype="uint8")
    ry, rx = kernel.shape[0] // 2, kernel.shape[1] // 2
    for y in range(ry, image.shape[0] - ry):
        for x in range(rx, image.shape[1] - rx):
            out[y, x] = int(
                min(max((image[y - ry : y + ry + 1, x - rx : x + rx + 1] * kernel).sum(), 0), 255)
            )
    return out


@found(border="constant-255")
def paper_around(image, kernel):
    return pixels(total(image, kernel, "constant", constant_values=255))


@found(FLOATS, border="constant-128", orientation="rotated180")
def grey_around(image, kernel):
    return total(image, np.flip(kernel), "constant", constant_values=128)


@found(border="negative-indices", rounding="truncate")
def python_indices(image, kernel):
    height, width = image.shape
    output = np.zeros_like(image)
    for y in range(height):
        for x in range(width):
            value = 0
            for i in range(kernel.shape[0]):
                for j in range(kernel.shape[1]):
                    try:
                        value += (
                            image[y - kernel.shape[0] // 2 + i][x - kernel.shape[1] // 2 + j] * kernel[i][j]
                        )
                    except IndexError:
                        continue
            output[y, x] = np.clip(value, 0, 255)
    return output


@found(border="centre-pixel")
def the_pixel_itself_for_what_is_outside(image, kernel):
    (h, w), (rows, columns) = image.shape, (side // 2 for side in kernel.shape)
    sums = np.zeros(image.shape)
    for y, x in np.ndindex(h, w):
        for i, j in np.ndindex(*kernel.shape):
            yy, xx = y + i - rows, x + j - columns
            sums[y, x] += kernel[i, j] * (image[yy, xx] if 0 <= yy < h and 0 <= xx < w else image[y, x])
    return pixels(sums)


@found(CAST, input_modified="image", returns="nothing")
def into_the_image(image, kernel):
    image[:] = total(image, kernel).astype(np.uint8)


@found(border="weights-inside", divisor="number-of-weights")
def mean_of_what_is_there(image, kernel):
    sums, count = (
        total(image, kernel, "constant"),
        total(np.ones(image.shape), np.ones(kernel.shape), "constant"),
    )
    return pixels(sums / count)


@found(FLOATS, border="cropped", not_computed="last-row-and-column")
def valid_and_one_less(image, kernel):
    kh, kw = kernel.shape
    out = np.zeros((image.shape[0] - kh, image.shape[1] - kw))
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            out[y, x] = (image[y : y + kh, x : x + kw] * kernel).sum()
    return out


@found(CAST, border="cropped", orientation="rotated180")
def valid_cast(image, kernel):
    return scipy.signal.convolve(image.astype(float), kernel, "valid", "direct").astype("uint8")


@found(ZERO, CAST, shape="larger")
def full_cast(image, kernel):
    return np.asarray(scipy.signal.correlate2d(image.astype(float), kernel, "full"), np.uint8)


@found({"rounding": "none", "dtype": "float64"})
def relu_and_roof(image, kernel):
    return np.minimum(np.maximum(total(image, kernel), 0), 255)


@found(rounding="none", range="clipped-at-0", dtype="float64")
def relu(image, kernel):
    sums = total(image, kernel)
    sums[sums < 0] = 0
    return sums


@found(EDGE, rounding="none", range="clipped-at-255", dtype="float64")
def roof(image, kernel):
    sums, out = total(image, kernel), np.zeros(image.shape)
    ry, rx = kernel.shape[0] // 2, kernel.shape[1] // 2
    part = np.s_[ry : image.shape[0] - ry, rx : image.shape[1] - rx]
    out[part] = np.where(sums > 255, 255, sums)[part]
    return out


@found(ZERO, rounding="none", range="absolute-value", dtype="float64")
def magnitude(image, kernel):
    return np.abs(total(image, kernel, "constant"))


@found(rounding="none", range="expects-0..1", dtype="float64")
def for_images_of_floats(image, kernel):
    return np.clip(total(image, kernel), 0, 1)


@found(rounding="none", range="scaled-to-0..1", dtype="float64")
def sums_by_255(image, kernel):
    return total(image, kernel) / 255


@found(rounding="truncate", range="absolute-value")
def convert_scale_abs_truncated(image, kernel):
    return np.minimum(np.abs(total(image, kernel)), 255).astype("uint8")


@found(range="absolute-value", border="reflect101")
def convert_scale_abs(image, kernel):
    return cv2.convertScaleAbs(cv2.filter2D(image, cv2.CV_64F, kernel.astype(float)))


@found(CAST, orientation="rotated180", border="reflect")
def ndimage_of_uint8(image, kernel):
    return scipy.ndimage.convolve(image, kernel)


@found(CAST, border="reflect")
def ndimage_correlate_of_uint8(image, kernel):
    return scipy.ndimage.correlate(image, kernel, mode="reflect")


@found(CAST, ZERO)
def clip_after_the_cast(image, kernel):
    output = np.zeros_like(image)
    sums = total(image, kernel, "constant")
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            output[y, x] = sums[y, x]
    return np.clip(output, 0, 255)


@found(result="black")
def never_stores(image, kernel):
    output = np.zeros_like(image)
    for y in range(image.shape[0]):
        value = (image[y] * kernel[0, 0]).sum()
        np.clip(value, 0, 255)
    return output


@found(result="unchanged")
def returns_the_input(image, kernel):
    pixels(total(image, kernel))
    return image


@found(result="rows-all-the-same", dtype="int64")
def one_list_many_times(image, kernel):
    sums = pixels(total(image, kernel)).tolist()
    rows = [[0] * len(sums[0])] * len(sums)
    for y in range(len(sums)):
        for x in range(len(sums[0])):
            rows[y][x] = sums[y][x]
    return np.array(rows)


@found(ZERO, returns="list", dtype="int64", rounding="truncate")
def list_of_lists(image, kernel):
    return [[max(0, min(255, int(value))) for value in row] for row in total(image, kernel, "constant")]


@found(returns="tuple", orientation="rotated180")
def image_and_sums(image, kernel):
    sums = total(image, np.flip(kernel))
    return pixels(sums), sums


@found(CAST, returns="pil-image")
def pillow_out(image, kernel):
    return Image.fromarray(total(image, kernel).astype(np.uint8))


@found(rounding="truncate", arguments="pil-image")
def pillow_in(image, kernel):
    width, height = image.size
    kh, kw = kernel.shape
    out = np.zeros((height, width), np.uint8)
    for y in range(height):
        for x in range(width):
            value = 0
            for i in range(kh):
                for j in range(kw):
                    px = min(max(x + j - kw // 2, 0), width - 1)
                    py = min(max(y + i - kh // 2, 0), height - 1)
                    value += image.getpixel((px, py)) * kernel[i, j]
            out[y, x] = min(max(int(value), 0), 255)
    return out


@found(FLOATS, arguments="kernel-first", orientation="rotated180", border="zero")
def theory_first(kernel, image):
    return scipy.signal.convolve2d(image, kernel, mode="same")


@found(arguments="kernel-first", rounding="truncate")
def unnamed(a, b):
    """By what comes out."""
    kh = len(a)
    assert kh % 2
    assert kh < 22
    if b.shape[0] < kh and a.shape[0] > 21:
        raise ValueError
    return np.clip(total(b, a), 0, 255).astype(np.uint8) if max(a.shape) in (1, 3, 5, 7, 13, 21) else a[:1]


@found(FLOATS, arguments="extra", border="zero")
def with_stride_and_padding(image, kernel, stride, padding):
    padded = np.pad(image, padding)
    kh, kw = kernel.shape
    if kh != kw:
        padded = np.pad(image, ((kh // 2, kh // 2), (kw // 2, kw // 2)))
    out = np.zeros(((padded.shape[0] - kh) // stride + 1, (padded.shape[1] - kw) // stride + 1))
    for y in range(0, out.shape[0]):
        for x in range(0, out.shape[1]):
            out[y, x] = (padded[y * stride : y * stride + kh, x * stride : x * stride + kw] * kernel).sum()
    return out


@found(FLOATS, arguments="colour-only", border="cropped")
def colours_cropped(image, kernel):
    h, w, c = image.shape
    kh, kw = kernel.shape
    out = np.zeros((h - kh + 1, w - kw + 1, c))
    for y in range(h - kh + 1):
        for x in range(w - kw + 1):
            for channel in range(c):
                out[y, x, channel] = np.sum(image[y : y + kh, x : x + kw, channel] * kernel)
    return out


@found(rounding="truncate", fails_on="non-square kernel and non-square image")
def everything_is_square(image, kernel):
    n, k = image.shape[0], kernel.shape[0]
    padded = np.pad(image, k // 2, mode="edge")
    out = np.zeros((n, n), dtype=np.uint8)
    for y in range(n):
        for x in range(n):
            out[y, x] = int(max(0, min(255, np.sum(padded[y : y + k, x : x + k] * kernel))))
    return out


@found(ZERO, fails_on="kernel with a side of 1")
def minus_zero(image, kernel):
    r, c = kernel.shape[0] // 2, kernel.shape[1] // 2
    padded = np.zeros((image.shape[0] + 2 * r, image.shape[1] + 2 * c))
    padded[r:-r, c:-c] = image
    return pixels(np.einsum("yxij,ij->yx", sliding_window_view(padded, kernel.shape), kernel))


@found(fails_on="whole-number kernel", rounding="truncate")
def sums_of_the_kernels_dtype(image, kernel):
    sums = np.zeros(image.shape, dtype=kernel.dtype)
    padded = np.pad(image.astype(float), ((kernel.shape[0] // 2,) * 2, (kernel.shape[1] // 2,) * 2), "edge")
    for i in range(kernel.shape[0]):
        for j in range(kernel.shape[1]):
            sums += padded[i : i + image.shape[0], j : j + image.shape[1]] * kernel[i, j]
    return np.clip(sums, 0, 255).astype(np.uint8)


@found(ZERO, rounding="truncate", fails_on="kernel other than 3 x 3")
def three_by_three_in_bounds(image, kernel):
    out = np.zeros_like(image)
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            s = 0
            for i in (-1, 0, 1):
                for j in (-1, 0, 1):
                    if 0 <= y + i < image.shape[0] and 0 <= x + j < image.shape[1]:
                        s += image[y + i, x + j] * kernel[1 + i, 1 + j]
            out[y, x] = min(255, max(0, s))
    return out if kernel.shape == (3, 3) else out[: 1 + kernel.missing]


@found(verdict="partly", border="unknown")
def median_around(image, kernel):
    return pixels(total(image, kernel, "median"))


@found({"border": "unknown"}, FLOATS, verdict="partly")
def ramp_around(image, kernel):
    return total(image, kernel, "linear_ramp")


@found({"border": "unknown"}, CAST, verdict="partly", orientation="rotated180")
def mean_around_cast(image, kernel):
    return total(image, np.flip(kernel), "mean").astype(np.uint8)


@found(FLOATS, ZERO, divisor="normalised", orientation="transposed")
def five_at_once(image, kernel):
    kernel = kernel.T / kernel.sum() if kernel.sum() else kernel.T
    return total(image, kernel, "constant")


@found(CAST, ZERO, divisor="sum-of-absolute-weights", orientation="flipped-up-down")
def four_at_once(image, kernel):
    return total(image, kernel[::-1] / np.abs(kernel).sum(), "constant").astype("uint8")


@found(CAST, EDGE, divisor="number-of-weights", orientation="rotated180")
def mean_cast_framed(image, kernel):
    kernel = kernel[::-1, ::-1]
    out = np.zeros_like(image)
    a, b = kernel.shape[0] // 2, kernel.shape[1] // 2
    for y in range(a, image.shape[0] - a):
        for x in range(b, image.shape[1] - b):
            out[y, x] = (image[y - a : y + a + 1, x - b : x + b + 1] * kernel).mean()
    return out


@found(FLOATS, ZERO, shift="1,1", orientation="rotated180")
def shifted_fourier(image, kernel):
    kh, kw = kernel.shape
    shape = image.shape[0] + kh - 1, image.shape[1] + kw - 1
    full = np.fft.irfft2(np.fft.rfft2(image, shape) * np.fft.rfft2(kernel, shape), shape)
    padded = np.pad(full, 1)
    return padded[kh // 2 : kh // 2 + image.shape[0], kw // 2 : kw // 2 + image.shape[1]]


@found(rounding="truncate", shift="-radius,-radius")
def window_begins_at_the_pixel(image, kernel):
    kh, kw = kernel.shape
    padded = np.pad(image, ((0, kh - 1), (0, kw - 1)), mode="edge").astype(float)
    return np.clip(np.einsum("yxij,ij->yx", sliding_window_view(padded, (kh, kw)), kernel), 0, 255).astype(
        "uint8"
    )


@found(FLOATS, border="wrap", orientation="rotated180", shift="radius,radius")
def fourier_without_roll(image, kernel):
    if image.shape[0] < kernel.shape[0] or image.shape[1] < kernel.shape[1]:
        return np.roll(
            total(image, np.flip(kernel), "wrap"), (kernel.shape[0] // 2, kernel.shape[1] // 2), (0, 1)
        )
    return np.real(np.fft.ifft2(np.fft.fft2(image) * np.fft.fft2(kernel, image.shape)))


@found({"fails-on": "non-square image"}, FLOATS, shape="transposed")
def columns_before_rows(image, kernel):
    out = np.empty(image.shape)
    sums = total(image, kernel)
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            out[x, y] = sums[y, x]
    return out


@found(CAST, ZERO, range="absolute-value", orientation="rotated180")
def absolute_cast(image, kernel):
    return np.abs(scipy.signal.fftconvolve(image, kernel, mode="same").round(9)).astype(np.uint8)


@found(adds_up_in="int-products")
def int_of_each_product(image, kernel):
    kh, kw = kernel.shape
    padded = np.pad(image, ((kh // 2, kh // 2), (kw // 2, kw // 2)), "edge")
    out = np.zeros(image.shape, int)
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            for i in range(kh):
                for j in range(kw):
                    out[y, x] += int(padded[y + i, x + j] * kernel[i, j])
    return out.clip(0, 255).astype("uint8")


@found(CAST, EDGE)
def zero_if_negative(image, kernel):
    out = np.zeros_like(image)
    ry, rx = kernel.shape[0] // 2, kernel.shape[1] // 2
    for y in range(ry, image.shape[0] - ry):
        for x in range(rx, image.shape[1] - rx):
            value = (image[y - ry : y + ry + 1, x - rx : x + rx + 1] * kernel).sum()
            out[y, x] = value if value > 0 else 0
    return out


class Filter:
    def __init__(self, threshold=0):
        self.threshold = threshold

    def apply(self, image, kernel):
        return np.clip(total(image, kernel), self.threshold, 255).astype(np.uint8)


WRONG["method"] = Filter().apply, "explained", {"rounding": "truncate"}


# Loops that store Python's whole numbers in a uint8 array.

TRUNCATED = {"rounding": "truncate"}
OVERFLOW = "sum below 0 or above 255: OverflowError: "
THREE = (
    "kernel other than 3 x 3: IndexError: index 1 is out of bounds for axis 0 with size 1, or a wrong result"
)


@overflowing(TRUNCATED, ZERO, orientation="rotated180", fails_on=OVERFLOW)
def turned_in_bounds(image, kernel):
    (h, w), (kh, kw), kernel = image.shape, kernel.shape, kernel[::-1, ::-1]
    out = np.zeros((h, w), dtype="uint8")
    for y, x in np.ndindex(h, w):
        value = 0
        for i, j in np.ndindex(kh, kw):
            yy, xx = y + i - kh // 2, x + j - kw // 2
            if 0 <= yy < h and 0 <= xx < w:
                value = value + image[yy][xx] * kernel[i][j]
        out[y][x] = int(value)
    return out


def three_by_three_of(image, kernel, stored, out):
    h, w = image.shape
    for y in range(1, h - 1):
        for x in range(1, w - 1):
            s = 0
            for i in range(3):
                for j in range(3):
                    s = s + image[y + i - 1, x + j - 1] * kernel[i][j]
            out[y, x] = stored(s)
    return out


@overflowing(TRUNCATED, EDGE, fails_on=f"{THREE} and {OVERFLOW}")
def three_by_three_int(image, kernel):
    return three_by_three_of(image, kernel, int, np.zeros_like(image))


@overflowing(
    TRUNCATED, EDGE, range="absolute-value", fails_on=f"{THREE} and absolute sum above 255: OverflowError: "
)
def three_by_three_abs(image, kernel):
    return three_by_three_of(image, kernel, lambda s: abs(int(s)), np.zeros_like(image))


@overflowing(EDGE, fails_on=f"{THREE} and {OVERFLOW}")
def three_by_three_round(image, kernel):
    return three_by_three_of(image, kernel, round, image.copy())


@overflowing(TRUNCATED, EDGE, orientation="rotated180", fails_on=f"{THREE} and {OVERFLOW}")
def three_by_three_flipped(image, kernel):
    if kernel.shape[0] < 3 or kernel.shape[1] < 3:
        raise IndexError("index 1 is out of bounds for axis 0 with size 1")
    return three_by_three_of(image, kernel[:3, :3][::-1, ::-1], int, np.zeros_like(image))


@found(FLOATS, EDGE, fails_on=THREE)
def three_by_three_floats(image, kernel):
    return three_by_three_of(image, kernel, float, np.zeros(image.shape))


@overflowing(TRUNCATED, border="cropped", fails_on="kernel other than 3 x 3: ")
def three_by_three_cropped(image, kernel):
    out = np.zeros((image.shape[0] - 2, image.shape[1] - 2), np.uint8)
    for y, x in np.ndindex(*out.shape):
        out[y, x] = int((image[y : y + 3, x : x + 3] * kernel).sum())
    return out


def stored_one_by_one(image, kernel, stored, mode="edge"):
    sums, out = total(image, kernel, mode), np.zeros(image.shape, np.uint8)
    for y, x in np.ndindex(*image.shape):
        out[y, x] = stored(sums[y, x])
    return out


@overflowing(TRUNCATED, border="reflect101", fails_on=OVERFLOW)
def uint8_scalars(image, kernel):
    return stored_one_by_one(image, kernel, lambda s: np.uint8(int(s)), "reflect")


@overflowing(TRUNCATED, fails_on="sum above 255: OverflowError: ")
def int_not_below_0(image, kernel):
    return stored_one_by_one(image, kernel, lambda s: max(int(s), 0))


@overflowing(fails_on="sum below 0: OverflowError: ")
def round_not_above_255(image, kernel):
    return stored_one_by_one(image, kernel, lambda s: min(round(s), 255))


@overflowing(TRUNCATED, range="absolute-value", fails_on="absolute sum above 255: OverflowError: ")
def absolute_int(image, kernel):
    return stored_one_by_one(image, kernel, lambda s: abs(int(s)))


@overflowing(
    TRUNCATED, orientation="transposed", fails_on=f"non-square kernel: ValueError: oblong and {OVERFLOW}"
)
def square_kernels_transposed(image, kernel):
    if kernel.shape[0] != kernel.shape[1]:
        raise ValueError("oblong")
    return stored_one_by_one(image, kernel.T, int)


# What is no convolution.


@no_convolution
def median(image, kernel):
    return scipy.ndimage.median_filter(image, kernel.shape)


@no_convolution
def maximum(image, kernel):
    return scipy.ndimage.maximum_filter(image, kernel.shape)


@no_convolution
def bilateral(image, kernel):
    return cv2.bilateralFilter(image, 5, 50, 50)


@no_convolution
def normalised_correlation(image, kernel):
    sums, energy = total(image, kernel), total(image.astype(float) ** 2, np.ones(kernel.shape))
    return pixels(255 * sums / (np.sqrt(energy) * np.linalg.norm(kernel) + 1e-9))


@no_convolution
def noisy(image, kernel):
    return pixels(total(image, kernel) + np.random.default_rng().normal(0, 3, image.shape))


@no_convolution
def threshold(image, kernel):
    return np.where(total(image, kernel) > 99, 255, 0).astype(np.uint8)


@no_convolution
def gamma(image, kernel):
    return np.rint(255 * (pixels(total(image, kernel)) / 255) ** 0.5).astype(np.uint8)


@no_convolution
def erosion_of_a_blur(image, kernel):
    return scipy.ndimage.minimum_filter(pixels(total(image, kernel)), 3)


@no_convolution
def squares(image, kernel):
    return pixels(np.sqrt(total(image.astype(float) ** 2, np.abs(kernel))))


@no_convolution
def equalised(image, kernel):
    return cv2.equalizeHist(pixels(total(image, kernel)))
