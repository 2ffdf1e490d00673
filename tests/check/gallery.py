"""Convolutions as learners write them: some that are right, and what can go wrong with them.

`test_check.py` says what is found out about each. None of them is copied from anywhere.
"""

import cv2
import numpy as np
import scipy.ndimage
import scipy.signal
from numpy.lib.stride_tricks import sliding_window_view
from skimage.exposure import rescale_intensity

# Right ones.


def loops(image, kernel):
    height, width = image.shape
    kh, kw = kernel.shape
    padded = np.pad(image.astype(float), [(kh // 2, kh // 2), (kw // 2, kw // 2)], mode="edge")
    output = np.zeros((height, width), np.uint8)
    for y in range(height):
        for x in range(width):
            total = 0.0
            for i in range(kh):
                for j in range(kw):
                    total += padded[y + i, x + j] * kernel[i, j]
            output[y, x] = min(max(round(total), 0), 255)
    return output


def shift_and_add(image, kernel):
    total = sums(image, kernel)
    return np.clip(np.rint(total), 0, 255).astype(np.uint8)


def fourier(image, kernel):
    """Its noise tips halves over to either side."""
    (height, width), (kh, kw) = image.shape, kernel.shape
    padded = np.pad(image, [(kh // 2, kh // 2), (kw // 2, kw // 2)], mode="edge").astype(float)
    total = np.fft.irfft2(np.fft.rfft2(padded) * np.conj(np.fft.rfft2(kernel, padded.shape)), padded.shape)
    return np.clip(np.rint(total[:height, :width]), 0, 255).astype(np.uint8)


def ndimage(image, kernel):
    total = scipy.ndimage.correlate(image.astype(np.float64), kernel, mode="nearest")
    return np.clip(np.rint(total), 0, 255).astype(np.uint8)


def filter2d(image, kernel):
    return cv2.filter2D(image, -1, kernel, borderType=cv2.BORDER_REPLICATE)


# Right, under another border.


def opencv_default(image, kernel):
    return cv2.filter2D(image, -1, kernel)


def zeros_around(image, kernel):
    return finish(sums(image, kernel, mode="constant"))


# What the wrong ones are made of.


def sums(image, kernel, mode="edge"):
    """The sums in float64, by shifting and adding."""
    (height, width), (kh, kw) = image.shape, kernel.shape
    padded = np.pad(image, [(kh // 2, kh // 2), (kw // 2, kw // 2)], mode=mode).astype(np.float64)
    total = np.zeros((height, width))
    for i in range(kh):
        for j in range(kw):
            total += kernel[i, j] * padded[i : i + height, j : j + width]
    return total


def finish(total):
    return np.clip(np.rint(total), 0, 255).astype(np.uint8)


# One mistake each.


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


def truncates(image, kernel):
    return np.clip(sums(image, kernel), 0, 255).astype("uint8")


def truncates_in_a_loop(image, kernel):
    kh, kw = kernel.shape
    padded = np.pad(image, ((kh // 2,), (kw // 2,)), "edge")
    output = image.copy()
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            output[y, x] = max(0, min(255, int(np.sum(padded[y : y + kh, x : x + kw] * kernel))))
    return output


def rounds_halves_up(image, kernel):
    return np.clip(np.floor(sums(image, kernel) + 0.5), 0, 255).astype(np.uint8)


def wraps_around(image, kernel):
    return np.rint(sums(image, kernel)).astype(int).astype(np.uint8)


def absolute(image, kernel):
    return finish(np.abs(sums(image, kernel)))


def stretches(image, kernel):
    total = sums(image, kernel)
    spread = total.max() - total.min()
    return np.rint(255 * (total - total.min()) / (spread if spread else 1)).astype(np.uint8)


def inside_only(image, kernel, output):
    total = sums(image, kernel)
    rows, columns = kernel.shape[0] // 2, kernel.shape[1] // 2
    for y in range(rows, image.shape[0] - rows):
        for x in range(columns, image.shape[1] - columns):
            output[y, x] = total[y, x]
    return output


def stretched(total):
    total = total - total.min()
    return np.rint(total * 255 / max(total.max(), 1)).astype(np.uint8)


def stretches_with_the_edge_at_0(image, kernel):
    return stretched(inside_only(image, kernel, np.zeros(image.shape)))


def stretches_with_the_edge_as_it_was(image, kernel):
    return stretched(inside_only(image, kernel, image.astype(float)))


def crops_and_stretches(image, kernel):
    rows, columns = kernel.shape[0] // 2, kernel.shape[1] // 2
    inside = sums(image, kernel)[rows : image.shape[0] - rows, columns : image.shape[1] - columns]
    return stretched(inside) if inside.size else inside.astype(np.uint8)


def stretches_with_opencv(image, kernel):
    return np.rint(cv2.normalize(sums(image, kernel), None, 0, 255, cv2.NORM_MINMAX)).astype(np.uint8)


def from_0_to_1(image, kernel):
    return np.clip(sums(image / 255.0, kernel), 0, 1)


def turned_by_180(image, kernel):
    return finish(sums(image, kernel[::-1, ::-1]))


def mirrored(image, kernel):
    return finish(sums(image, np.fliplr(kernel)))


def upside_down(image, kernel):
    return finish(sums(image, np.flipud(kernel)))


def kernel_transposed(image, kernel):
    return finish(sums(image, kernel.T))


def one_to_the_right(image, kernel):
    height, width = image.shape
    kh, kw = kernel.shape
    padded = np.pad(image, [(kh // 2, kh // 2), (kw // 2 + 1, kw // 2)], mode="edge").astype(float)
    windows = sliding_window_view(padded, (kh, kw))[:height, :width]
    return finish(np.einsum("yxij,ij->yx", windows, kernel))


def pads_below_and_right(image, kernel):
    """All the padding on one side: the window begins at the pixel instead of around it."""
    kh, kw = kernel.shape
    padded = np.pad(image, [(0, kh - 1), (0, kw - 1)], mode="edge").astype(float)
    return finish(np.einsum("yxij,ij->yx", sliding_window_view(padded, (kh, kw)), kernel))


def normalises(image, kernel):
    total = kernel.sum()
    return finish(sums(image, kernel / total if total != 0 else kernel))


def normalises_without_a_look(image, kernel):
    """For edges it divides by 0."""
    return finish(sums(image, kernel / kernel.sum()))


def takes_the_mean(image, kernel):
    kh, kw = kernel.shape
    padded = np.pad(image, [(kh // 2, kh // 2), (kw // 2, kw // 2)], mode="edge").astype(float)
    return finish((sliding_window_view(padded, (kh, kw)) * kernel).mean(axis=(2, 3)))


def edge_at_0(image, kernel):
    (height, width), (kh, kw) = image.shape, kernel.shape
    output = np.zeros_like(image)
    for y in range(kh // 2, height - kh // 2):
        for x in range(kw // 2, width - kw // 2):
            window = image[y - kh // 2 : y + kh // 2 + 1, x - kw // 2 : x + kw // 2 + 1]
            output[y, x] = np.clip(np.rint((window * kernel).sum()), 0, 255)
    return output


def edge_as_it_was(image, kernel):
    (height, width), (kh, kw) = image.shape, kernel.shape
    output = image.copy()
    for y in range(kh // 2, height - kh // 2):
        for x in range(kw // 2, width - kw // 2):
            window = image[y - kh // 2 : y + kh // 2 + 1, x - kw // 2 : x + kw // 2 + 1]
            output[y, x] = np.clip(np.rint((window * kernel).sum()), 0, 255)
    return output


def crops(image, kernel):
    return finish(np.einsum("yxij,ij->yx", sliding_window_view(image.astype(float), kernel.shape), kernel))


def keeps_the_padding(image, kernel):
    kh, kw = kernel.shape
    padded = np.pad(image, [(kh // 2, kh // 2), (kw // 2, kw // 2)], mode="edge")
    output = np.zeros_like(padded)
    output[kh // 2 : kh // 2 + image.shape[0], kw // 2 : kw // 2 + image.shape[1]] = finish(
        sums(image, kernel)
    )
    return output


def swaps_width_and_height(image, kernel):
    right = finish(sums(image, kernel))
    height, width = image.shape
    output = np.zeros((width, height), np.uint8)
    for y in range(height):
        for x in range(width):
            output[x, y] = right[y, x]
    return output


def one_axis_too_many(image, kernel):
    return finish(sums(image, kernel))[:, :, np.newaxis]


def leaves_floats(image, kernel):
    """The right pixels, in float64."""
    return np.clip(np.round(sums(image, kernel)), 0, 255)


def only_the_sums(image, kernel):
    return sums(image, kernel)


def square_kernels_only(image, kernel):
    size = kernel.shape[0]
    padded = np.pad(image, size // 2, mode="edge").astype(float)
    output = np.zeros_like(image)
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            output[y, x] = np.clip(np.rint((padded[y : y + size, x : x + size] * kernel).sum()), 0, 255)
    return output


def square_pictures_only(image, kernel):
    width, height = image.shape
    total = sums(image, kernel)
    output = np.zeros((height, width), np.uint8)
    output[:] = finish(total)
    return output


def writes_into_the_picture(image, kernel):
    image[:] = finish(sums(image, kernel))
    return image


def returns_after_a_pixel(image, kernel):
    total = sums(image, kernel)
    output = np.zeros_like(image)
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            output[y, x] = np.clip(np.rint(total[y, x]), 0, 255)
            return output


def returns_after_a_row(image, kernel):
    total = sums(image, kernel)
    output = np.zeros_like(image)
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            output[y, x] = np.clip(np.rint(total[y, x]), 0, 255)
        return output


def returns_after_a_pixel_inside(image, kernel):
    total = sums(image, kernel)
    output = np.zeros_like(image)
    rows, columns = kernel.shape[0] // 2, kernel.shape[1] // 2
    for y in range(rows, image.shape[0] - rows):
        for x in range(columns, image.shape[1] - columns):
            output[y, x] = np.clip(np.rint(total[y, x]), 0, 255)
            return output
    return output


def returns_after_a_row_inside(image, kernel):
    total = sums(image, kernel)
    output = image.copy()
    rows, columns = kernel.shape[0] // 2, kernel.shape[1] // 2
    for y in range(rows, image.shape[0] - rows):
        for x in range(columns, image.shape[1] - columns):
            output[y, x] = np.clip(np.rint(total[y, x]), 0, 255)
        return output
    return output


def overwrites_the_picture(image, kernel):
    kh, kw = kernel.shape
    for y in range(kh // 2, image.shape[0] - kh // 2):
        for x in range(kw // 2, image.shape[1] - kw // 2):
            window = image[y - kh // 2 : y + kh // 2 + 1, x - kw // 2 : x + kw // 2 + 1]
            image[y, x] = np.clip(np.rint((window * kernel).sum()), 0, 255)
    return image


def overwrites_the_padded_picture(image, kernel):
    kh, kw = kernel.shape
    padded = np.pad(image, [(kh // 2, kh // 2), (kw // 2, kw // 2)], mode="edge")
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            total = (padded[y : y + kh, x : x + kw] * kernel).sum()
            padded[y + kh // 2, x + kw // 2] = np.clip(np.rint(total), 0, 255)
    return padded[kh // 2 : kh // 2 + image.shape[0], kw // 2 : kw // 2 + image.shape[1]]


def three_by_three(image, kernel):
    """The size of the kernel is taken for granted."""
    height, width = image.shape
    padded = np.pad(image.astype(float), 1, mode="edge")
    output = np.zeros((height, width), np.uint8)
    for y in range(height):
        for x in range(width):
            total = 0
            for i in range(3):
                for j in range(3):
                    total += padded[y + i, x + j] * kernel[i, j]
            output[y, x] = np.clip(np.rint(total), 0, 255)
    return output


def no_room_for_the_sums(image, kernel):
    """Python's int does not fit into uint8: an OverflowError since NumPy 2."""
    total = np.rint(sums(image, kernel))
    output = np.zeros_like(image)
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            output[y, x] = int(total[y, x])
    return output


def stops_at_255_only(image, kernel):
    return np.minimum(np.rint(sums(image, kernel)), 255).astype(int).astype(np.uint8)


def stops_at_0_only(image, kernel):
    return np.maximum(np.rint(sums(image, kernel)), 0).astype(int).astype(np.uint8)


def three_by_three_turned(image, kernel):
    """The size of the kernel is taken for granted, and its last weight comes first."""
    padded = np.pad(image.astype(float), 1, mode="edge")
    output = np.zeros(image.shape, np.uint8)
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            total = sum(padded[y + i, x + j] * kernel[2 - i, 2 - j] for i in range(3) for j in range(3))
            output[y, x] = np.clip(np.rint(total), 0, 255)
    return output


def width_for_height(image, kernel):
    """Taken for a picture as wide as it is high, it fails, or gives a part of the result."""
    width, height = image.shape
    kh, kw = kernel.shape
    padded = np.pad(image, [(kh // 2, kh // 2), (kw // 2, kw // 2)], mode="edge").astype(float)
    output = np.zeros((height, width), np.uint8)
    for y in range(height):
        for x in range(width):
            output[y, x] = np.clip(np.rint((padded[y : y + kh, x : x + kw] * kernel).sum()), 0, 255)
    return output


# Two or three at once.


def rescaled_without_a_range(image, kernel):
    """The tutorial's last step without its `in_range`."""
    return (rescale_intensity(sums(image, kernel)) * 255).astype("uint8")


def stretched_to_1(image, kernel):
    total = sums(image, kernel)
    return (total - total.min()) / ((total.max() - total.min()) or 1)


def absolute_and_stretched(image, kernel):
    total = np.abs(sums(image, kernel))
    return np.rint(255 * total / (total.max() or 1)).astype(np.uint8)


def casts_the_sums(image, kernel):
    return sums(image, kernel).astype(np.uint8)


def scipy_convolve2d(image, kernel):
    return scipy.signal.convolve2d(image, kernel, mode="same")


def scipy_mirrored(image, kernel):
    total = scipy.signal.convolve2d(image, kernel, mode="same", boundary="symm")
    return np.clip(np.rint(total), 0, 255).astype(np.uint8)


def scipy_full(image, kernel):
    return np.clip(scipy.signal.correlate2d(image, kernel), 0, 255).astype(np.uint8)


def scipy_valid(image, kernel):
    return np.clip(scipy.signal.convolve2d(image, kernel, mode="valid"), 0, 255).astype(np.uint8)


def fourier_not_centred(image, kernel):
    total = np.fft.ifft2(np.fft.fft2(image) * np.fft.fft2(kernel, image.shape)).real
    return np.clip(np.rint(total), 0, 255).astype(np.uint8)


def fourier_complex(image, kernel):
    """The numbers are still complex."""
    total = np.fft.ifft2(np.fft.fft2(image) * np.conj(np.fft.fft2(kernel, image.shape)))
    return np.roll(total, (kernel.shape[0] // 2, kernel.shape[1] // 2), (0, 1))


def einsum_zero_truncated(image, kernel):
    kh, kw = kernel.shape
    padded = np.pad(image / 255, ((kh // 2, kh // 2), (kw // 2, kw // 2)))
    total = np.einsum("yxij,ij->yx", sliding_window_view(padded, kernel.shape), kernel)
    return (np.clip(total, 0, 1) * 255).astype(np.uint8)


def absolute_and_truncated(image, kernel):
    total = sums(image, kernel, mode="reflect")
    return np.minimum(np.abs(total), 255).astype(np.uint8)


def normalised_and_turned(image, kernel):
    kernel = np.flip(kernel) / (kernel.sum() or 1)
    return finish(sums(image, kernel))


def top_left(image, kernel):
    """Fills the result from its corner on, and casts."""
    (height, width), (kh, kw) = image.shape, kernel.shape
    output = np.zeros((height, width), np.uint8)
    for y in range(height - kh + 1):
        for x in range(width - kw + 1):
            output[y, x] = min(255, max(0, int((image[y : y + kh, x : x + kw] * kernel).sum())))
    return output


def transposed_floats(image, kernel):
    return sums(image, kernel.T, mode="symmetric").astype(np.float32)


def stretched_and_truncated(image, kernel):
    total = sums(image, kernel, mode="constant")
    total = total - total.min()
    return (total / max(total.max(), 1e-9) * 255).astype(np.uint8)


def one_row_of_floats(image, kernel):
    output = np.zeros(image.shape)
    padded = np.pad(image, ((kernel.shape[0] // 2,) * 2, (kernel.shape[1] // 2,) * 2), mode="edge")
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            output[y, x] = (padded[y : y + kernel.shape[0], x : x + kernel.shape[1]] * kernel).sum()
        return output
