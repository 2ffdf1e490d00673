"""One kernel both ways: through our own convolve and through cv2.filter2D, pixel by pixel."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from borders import check_border, pad


def filter2d(image: np.ndarray, kernel: np.ndarray, border: str, signed: bool = False) -> np.ndarray:
    """cv2.filter2D with the border, the rounding and the range that `convolve` has.

    image: uint8, (H, W) or (H, W, C). Returns uint8, or int16 if `signed`, in the same shape.
    """
    depth = cv2.CV_16S if signed else cv2.CV_8U
    weights = kernel.astype(np.float64)  # of a kernel in exact fractions, what OpenCV can take
    if border != "wrap":
        # The border is always given: the default is reflect101, which few expect.
        result = cv2.filter2D(image, depth, weights, borderType=check_border(border).opencv)
        return result.reshape(image.shape)  # OpenCV drops the last axis of (H, W, 1)
    # filter2D refuses BORDER_WRAP: give it a padded picture, and crop what its own border touched.
    rows, columns = kernel.shape[0] // 2, kernel.shape[1] // 2
    result = cv2.filter2D(pad(image, rows, columns, border), depth, weights, borderType=cv2.BORDER_REPLICATE)
    height, width = image.shape[:2]
    return result[rows : rows + height, columns : columns + width].reshape(image.shape)


@dataclass(frozen=True)
class Comparison:
    """What one kernel made of one picture, both ways. In colour, a pixel differs if any channel does."""

    name: str
    kernel: np.ndarray
    border: str
    image: np.ndarray  # uint8, (H, W) or (H, W, C)
    ours: np.ndarray  # uint8, or int16 if signed, in the shape of image
    opencv: np.ndarray  # the same from cv2.filter2D
    convolve_seconds: float
    filter2d_seconds: float
    differing: int  # pixels
    max_difference: int
    first: tuple[int, int] | None  # (x, y) of the first differing pixel, in reading order
    ties: int = 0  # how many of the differing pixels are ties

    @property
    def pixels(self) -> int:
        """How many pixels were compared."""
        return int(self.image.shape[0] * self.image.shape[1])

    @property
    def verdict(self) -> str:
        """`identical`, `ties` or `different`."""
        if self.differing == 0:
            return "identical"
        return "ties" if self.differing == self.ties else "different"

    @property
    def verdict_text(self) -> str:
        """The verdict in words, with the number of pixels."""
        if self.verdict == "identical":
            return "identical"
        if self.verdict == "ties":
            return f"identical but for {self.ties} tie{'s' * (self.ties > 1)}"
        return f"{self.differing} pixels differ" if self.differing > 1 else "1 pixel differs"


def difference(ours: np.ndarray, opencv: np.ndarray) -> np.ndarray:
    """How far apart two results are at each pixel: int32, (H, W), the largest of the channels."""
    apart: np.ndarray = np.abs(ours.astype(np.int32) - opencv)
    return apart.max(axis=2) if apart.ndim == 3 else apart


def compare(
    name: str,
    kernel: np.ndarray,
    image: np.ndarray,
    border: str,
    signed: bool,
    convolve: Callable[..., np.ndarray],
) -> Comparison:
    """Run `convolve(image, kernel, border, signed=signed)` and cv2.filter2D, and count what differs."""
    start = time.perf_counter()
    ours = convolve(image, kernel, border, signed=signed)
    middle = time.perf_counter()
    opencv = filter2d(image, kernel, border, signed)
    end = time.perf_counter()

    apart = difference(ours, opencv)
    differing = int(np.count_nonzero(apart))
    first = None
    if differing:
        y, x = np.unravel_index(np.argmax(apart > 0), apart.shape)
        first = int(x), int(y)
    return Comparison(
        name,
        kernel,
        border,
        image,
        ours,
        opencv,
        convolve_seconds=middle - start,
        filter2d_seconds=end - middle,
        differing=differing,
        max_difference=int(apart.max()),
        first=first,
    )
