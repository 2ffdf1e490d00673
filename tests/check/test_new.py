"""What functions do besides turning a kernel and cutting a sum off: each as published code has it."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
import strangers
from test_gallery import found

from filtering.check import check_function

Array = np.ndarray
sums: Callable[..., Array] = strangers.total
pixels: Callable[[Array], Array] = strangers.pixels
FLOATS: dict[str, str] = strangers.FLOATS
CASES: list[tuple[dict[str, str], Any]] = []


def finds(**told: str) -> Callable[[Any], Any]:
    """Note what is found about a function."""

    def note(function: Any) -> Any:
        CASES.append(({aspect.replace("_", "-"): value for aspect, value in told.items()}, function))
        return function

    return note


def windowed(image: Array, kernel: Array, apply: Callable[[Array], Any]) -> Array:
    """Apply a function to each window."""
    rows, columns = kernel.shape[0] // 2, kernel.shape[1] // 2
    padded = np.pad(image.astype(float), [(rows, rows), (columns, columns)], mode="edge")
    out = np.zeros(image.shape)
    for y, x in np.ndindex(*image.shape):
        out[y, x] = apply(padded[y : y + kernel.shape[0], x : x + kernel.shape[1]])
    return out


@finds(rounding="ceil")
def rounds_up(image: Array, kernel: Array) -> Any:
    return np.clip(np.ceil(sums(image, kernel)), 0, 255).astype(np.uint8)


@finds(orientation="rolled")
def negative_weights(image: Array, kernel: Array) -> Any:
    r, c = kernel.shape[0] // 2, kernel.shape[1] // 2
    padded = np.pad(image.astype(float), [(r, r), (c, c)], mode="edge")
    out = np.zeros(image.shape)
    for s in range(-r, r + 1):
        for t in range(-c, c + 1):
            moved = padded[r + s : r + s + image.shape[0], c + t : c + t + image.shape[1]]
            out += kernel[s, t] * moved
    return pixels(out)


@finds(orientation="rolled", rounding="none", range="none", dtype="float64", border="left-unfiltered")
def negative_weights_inside(image: Array, kernel: Array) -> Any:
    r, c = kernel.shape[0] // 2, kernel.shape[1] // 2
    out = np.zeros(image.shape)
    for y in range(r, image.shape[0] - r):
        for x in range(c, image.shape[1] - c):
            for s in range(-r, r + 1):
                for t in range(-c, c + 1):
                    out[y, x] += kernel[s, t] * image[y + s, x + t]
    return out


@finds(kernel="matrix-product", fails_on="non-square kernel: ValueError: ")
def matrix_product(image: Array, kernel: Array) -> Any:
    return pixels(windowed(image, kernel, lambda window: (window @ kernel).sum()))


@finds(kernel="matrix-product", fails_on="non-square kernel: ValueError: ", **FLOATS)
def dot_kernel_first(image: Array, kernel: Array) -> Any:
    return windowed(image, kernel, lambda window: np.sum(np.dot(kernel, window)))


@finds(kernel="ignored")
def box_blur(image: Array, kernel: Array) -> Any:
    return pixels(windowed(image, kernel, lambda window: window.mean()))


@finds(kernel="ignored", rounding="truncate")
def box_sum(image: Array, kernel: Array) -> Any:
    return windowed(image, kernel, lambda window: window.sum() // kernel.size).astype(np.uint8)


@finds(kernel="ignored")
def gaussian_whatever_the_kernel(image: Array, kernel: Array) -> Any:
    return cv2.GaussianBlur(image, (5, 5), 0)


@finds(kernel="ignored", dtype="float64")
def sobel_whatever_the_kernel(image: Array, kernel: Array) -> Any:
    return cv2.Sobel(image, cv2.CV_64F, 1, 0)


@finds(stride="2", border="zero", **FLOATS)
def every_second_pixel(image: Array, kernel: Array) -> Any:
    return sums(image, kernel, "constant")[::2, ::2]


@finds(stride="3", border="cropped", orientation="rotated180", rounding="truncate")
def every_third_pixel_inside(image: Array, kernel: Array) -> Any:
    rows, columns = kernel.shape[0] // 2, kernel.shape[1] // 2
    inside = sums(image, kernel[::-1, ::-1])[rows : len(image) - rows, columns : image.shape[1] - columns]
    return np.clip(np.trunc(inside), 0, 255).astype(np.uint8)[::3, ::3]


@finds(kernel="dilated 2")
def atrous(image: Array, kernel: Array) -> Any:
    wide = np.zeros((2 * kernel.shape[0] - 1, 2 * kernel.shape[1] - 1))
    wide[::2, ::2] = kernel
    return pixels(sums(image, wide))


@finds(kernel="dilated 3", border="zero", **FLOATS)
def dilation_3(image: Array, kernel: Array) -> Any:
    (h, w), (kh, kw) = image.shape, kernel.shape
    r, c = 3 * (kh // 2), 3 * (kw // 2)
    padded, out = np.pad(image.astype(float), [(r, r), (c, c)]), np.zeros(image.shape)
    for y, x in np.ndindex(h, w):
        out[y, x] = (padded[y : y + 2 * r + 1 : 3, x : x + 2 * c + 1 : 3] * kernel).sum()
    return out


@finds(sum="never-reset", **FLOATS)
def never_reset(image: Array, kernel: Array) -> Any:
    right, out, total = sums(image, kernel), np.zeros(image.shape), 0.0
    for y, x in np.ndindex(*image.shape):
        total += right[y, x]
        out[y, x] = total
    return out


@finds(sum="reset-per-row", border="zero", **FLOATS)
def reset_per_row(image: Array, kernel: Array) -> Any:
    right, out = sums(image, kernel, "constant"), np.zeros(image.shape)
    for y in range(image.shape[0]):
        total = 0.0
        for x in range(image.shape[1]):
            total += right[y, x]
            out[y, x] = total
    return out


@finds(sum="never-reset", border="left-unfiltered", **FLOATS)
def never_reset_inside(image: Array, kernel: Array) -> Any:
    (kh, kw), out, total = kernel.shape, np.zeros(image.shape), 0.0
    for y in range(kh // 2, image.shape[0] - kh // 2):
        for x in range(kw // 2, image.shape[1] - kw // 2):
            total += (image[y - kh // 2 : y + kh // 2 + 1, x - kw // 2 : x + kw // 2 + 1] * kernel).sum()
            out[y, x] = total
    return out


@finds(result="inverted")
def inverted(image: Array, kernel: Array) -> Any:
    return 255 - pixels(sums(image, kernel))


@finds(result="inverted", rounding="truncate", border="zero")
def inverted_cast(image: Array, kernel: Array) -> Any:
    return 255 - np.clip(sums(image, kernel, "constant"), 0, 255).astype(np.uint8)


@finds(result="added-to-image")
def added(image: Array, kernel: Array) -> Any:
    return pixels(image + sums(image, kernel))


@finds(result="added-to-image", rounding="truncate", orientation="rotated180")
def added_and_cast(image: Array, kernel: Array) -> Any:
    return np.clip(image + sums(image, kernel[::-1, ::-1]), 0, 255).astype(np.uint8)


@finds(result="unsharp")
def unsharp(image: Array, kernel: Array) -> Any:
    return pixels(image + (image - sums(image, kernel)))


@finds(result="unsharp", **FLOATS)
def unsharp_floats(image: Array, kernel: Array) -> Any:
    return 2.0 * image - sums(image, kernel)


@finds(range="scaled-by-its-largest")
def by_the_largest(image: Array, kernel: Array) -> Any:
    total = sums(image, kernel).clip(0)
    return np.rint(255 * total / max(total.max(), 1e-9)).astype(np.uint8)


@finds(dtype="int64", border="zero")
def stored_in_int64(image: Array, kernel: Array) -> Any:
    out = np.zeros(image.shape, dtype=np.int64)
    out[:] = sums(image, kernel, "constant")
    return out


@finds(dtype="int32")
def clipped_in_int32(image: Array, kernel: Array) -> Any:
    out = np.zeros(image.shape, dtype=np.int32)
    out[:] = sums(image, kernel)
    return np.clip(out, 0, 255)


@finds(kernel="fixed-point 256", rounding="truncate")
def shifted_right(image: Array, kernel: Array) -> Any:
    whole = np.rint(kernel * 256).astype(int)
    return np.clip(sums(image, whole).astype(int) >> 8, 0, 255).astype(np.uint8)


@finds(kernel="fixed-point 64", border="wrap")
def weights_over_64(image: Array, kernel: Array) -> Any:
    return pixels(sums(image, np.rint(kernel * 64) / 64, "wrap"))


@finds(border="mixed: wrap at the top and bottom, zero at the left and right")
def a_cylinder(image: Array, kernel: Array) -> Any:
    r, c = kernel.shape[0] // 2, kernel.shape[1] // 2
    padded = np.pad(np.pad(image.astype(float), [(r, r), (0, 0)], mode="wrap"), [(0, 0), (c, c)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)
    return pixels((windows * kernel).sum(axis=(2, 3)))


@finds(border="mixed: zero at the top and bottom, replicate at the left and right", orientation="rotated180")
def a_clamped_column(image: Array, kernel: Array) -> Any:
    (h, w), (kh, kw), out = image.shape, kernel.shape, np.zeros(image.shape)
    for y, x in np.ndindex(h, w):
        for i, j in np.ndindex(kh, kw):
            if 0 <= y + kh // 2 - i < h:
                out[y, x] += kernel[i, j] * image[y + kh // 2 - i, min(max(x + kw // 2 - j, 0), w - 1)]
    return pixels(out)


@finds(border="constant-mean")
def padded_with_the_mean(image: Array, kernel: Array) -> Any:
    r, c = kernel.shape[0] // 2, kernel.shape[1] // 2
    padded = np.pad(image, [(r, r), (c, c)], constant_values=int(image.mean()))
    windows = np.lib.stride_tricks.sliding_window_view(padded.astype(float), kernel.shape)
    return pixels((windows * kernel).sum(axis=(2, 3)))


@pytest.mark.parametrize(("told", "function"), CASES, ids=lambda one: getattr(one, "__name__", ""))
def test_findings(told: dict[str, str], function: Any) -> None:
    result = check_function(function)
    seen = {aspect: text[: len(told.get(aspect, text))] for aspect, text in found(result).items()}
    assert (seen, result["verdict"]) == (told, "explained")


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (gaussian_whatever_the_kernel, "for every kernel it applies a Gaussian of 5 x 5."),
        (sobel_whatever_the_kernel, "for every kernel it applies `-1 0 1; -2 0 2; -1 0 1`."),
        (lambda image, kernel: cv2.blur(image, (3, 3)), "for every kernel it applies a mean of 3 x 3."),
        (lambda image, kernel: cv2.medianBlur(image, 3), "whatever it does, no kernel does that."),
    ],
)
def test_the_kernel_that_is_applied_instead_is_named(function: Any, says: str) -> None:
    result = check_function(function)
    assert f"*does not use the weights*: {says}" in result["advice"]
    assert "Everything else is correct" not in result["advice"]


def test_a_function_that_uses_the_weights_is_not_said_to_ignore_them() -> None:
    """Nor one that is black, or without a result."""
    for function in (lambda image, kernel: np.sort(sums(image, kernel)), lambda image, kernel: image * 0):
        assert "does not use" not in check_function(function)["advice"]
