"""filter2D under convolve's conventions, and one kernel both ways: the verdict, and ties."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from filtering.borders import check_border, pad
from filtering.exact import check_kernel, exact_integers
from filtering.fast import convolve_fast
from filtering.pixels import check_image

Function = Callable[..., np.ndarray]  # of convolve's signature: (image, kernel, border, *, signed)


def filter2d(
    image: np.ndarray, kernel: np.ndarray, border: str = "replicate", *, signed: bool = False
) -> np.ndarray:
    """Call cv2.filter2D with the border, the rounding and the range of `convolve`.

    image: uint8, (H, W) or (H, W, C). kernel: float64, both sides odd. Returns uint8, or int16 if signed, in
    the shape of image.
    """
    depth = cv2.CV_16S if signed else cv2.CV_8U
    if border != "wrap":
        # Always give the border: OpenCV's default is reflect101.
        result = cv2.filter2D(image, depth, kernel, borderType=check_border(border).opencv)
        return result.reshape(image.shape)  # OpenCV drops the last axis of (H, W, 1)
    # filter2D refuses BORDER_WRAP: filter a padded image, and crop what its own border has touched.
    rows, columns = kernel.shape[0] // 2, kernel.shape[1] // 2
    result = cv2.filter2D(pad(image, rows, columns, border), depth, kernel, borderType=cv2.BORDER_REPLICATE)
    height, width = image.shape[:2]
    return result[rows : rows + height, columns : columns + width].reshape(image.shape)


UNIT = 2.0**-24 * 255  # times sum(|weights|): one float32 rounding error of the largest possible sum
DFT_AREA = 50  # filter2D may use a Fourier transform from this kernel area on; on x86 it begins at 130
DFT_UNITS = 16


def float32_error(kernel: np.ndarray) -> float:
    """Bound filter2D's float32 error in a sum: proven for direct sums, measured for the Fourier transform.

    With u = 2**-24: float32 rounds each of the n nonzero weights and each product by a factor 1 + d,
    |d| <= u, and n products are added in n - 1 steps, each rounded so again, in whatever order. So every
    product has been rounded at most n + 1 times, and its relative error is at most (1 + u)**(n + 1) - 1,
    which is below (n + 2) * u while n < 4000. Over pixels of at most 255, that adds up to at most
    (n + 2) * u * 255 * sum(|weights|).
    Zero weights add nothing, without an error. (The standard bound for sequential summation: N. J. Higham,
    Accuracy and Stability of Numerical Algorithms, section 4.2.)

    That is proven for kernels which filter2D sums directly. For those that may go through its Fourier
    transform there is no such proof: in a directed search over 10**9 pixels the error stayed below 7.8
    units of u * 255 * sum(|weights|), and the bound returned for them is never below 16.

    >>> float32_error(np.ones((3, 3)) / 9) == 11 * 2.0**-24 * 255
    True
    """
    units = np.count_nonzero(kernel) + 2
    if kernel.size >= DFT_AREA:
        units = max(units, DFT_UNITS)
    with np.errstate(over="ignore"):
        return float(units * UNIT * np.abs(kernel).sum())


@dataclass(frozen=True, eq=False)
class Comparison:
    """The results of both implementations for one kernel and image. In colour, any channel counts.

    A differing pixel is a tie if the exact sum lies within filter2D's float32 error of a half, and ours is
    the correctly rounded side of it. All others are mismatches.
    """

    name: str
    kernel: np.ndarray
    border: str
    image: np.ndarray  # uint8, (H, W) or (H, W, C)
    ours: np.ndarray  # uint8, or int16 if signed, in the shape of image
    opencv: np.ndarray  # the same from cv2.filter2D
    function: str  # the name of what computed ours: "convolve" or "convolve_fast"
    convolve_seconds: float
    filter2d_seconds: float
    differing: int  # pixels
    ties: int  # how many of these are ties
    inside: int  # how many of the differing pixels are farther from the edge than the kernel reaches
    max_difference: int
    first: tuple[int, int] | None  # (x, y) of the first mismatch in reading order, else of the first tie

    @property
    def pixels(self) -> int:
        """Count the compared pixels."""
        return int(self.image.shape[0] * self.image.shape[1])

    @cached_property
    def negative(self) -> float:
        """The share of responses that round below 0, and are 0 in uint8 pixels; 0 for signed pixels."""
        if self.ours.dtype == np.int16 or self.kernel.min() >= 0:
            return 0.0
        responses = filter2d(self.image, self.kernel, self.border, signed=True)
        return float(np.count_nonzero(responses < 0) / responses.size)

    @property
    def matches(self) -> bool:
        """Tell a match: all pixels are equal, but for ties."""
        return self.differing == self.ties

    @property
    def verdict(self) -> str:
        """Classify the result: `identical`, `ties` or `different`."""
        if self.differing == 0:
            return "identical"
        return "ties" if self.matches else "different"

    @property
    def verdict_text(self) -> str:
        """Put the verdict in words, with the number of pixels."""
        if self.verdict == "identical":
            return "identical"
        if self.verdict == "ties":
            return f"identical but for {counted(self.ties, 'tie')}"
        return f"{counted(self.differing, 'pixel')} differ{'s' * (self.differing == 1)}"

    @property
    def explanation(self) -> str:
        """Explain the differing pixels, as far as that is known; return '' if there are none."""
        if self.first is None:
            return ""
        x, y = self.first
        if self.verdict == "ties":
            return (
                f"{counted(self.ties, 'tie')}: the exact sum is so close to a half that filter2D's float32 "
                f"falls on the other side; the first at {x},{y}"
            )
        return (
            f"{self.differing} of {counted(self.pixels, 'pixel')} differ, by up to {self.max_difference}: "
            f"{self.inside} inside, {self.differing - self.inside} within the kernel's reach of the edge; "
            f"{self.ties} are ties, {self.differing - self.ties} are not, the first of these at {x},{y}"
        )


def counted(number: int, noun: str) -> str:
    """Return `1 pixel`, `2 pixels`."""
    return f"{number} {noun}{'s' * (number != 1)}"


def seconds_text(seconds: float) -> str:
    """Return `1.52 s`, `0.31 ms`."""
    return f"{seconds:.2f} s" if seconds >= 0.1 else f"{1000 * seconds:.2f} ms"


def difference(ours: np.ndarray, opencv: np.ndarray) -> np.ndarray:
    """Return how far apart two results are at each pixel: int32, (H, W), the largest of the channels."""
    apart: np.ndarray = np.abs(ours.astype(np.int32) - opencv)
    return apart.max(axis=2) if apart.ndim == 3 else apart


def compare(
    image: npt.ArrayLike,
    kernel: npt.ArrayLike,
    border: str = "replicate",
    *,
    signed: bool = False,
    name: str = "",
    convolve: Function = convolve_fast,
) -> Comparison:
    """Run `convolve(image, kernel, border, signed=signed)` and cv2.filter2D, and compare every pixel.

    image, kernel, border, signed: as for convolve. name: of the kernel, for reports. convolve: a function of
    that signature. Raises ValueError, with the rule and the value received, for anything else.

    >>> compare(np.arange(12, dtype=np.uint8).reshape(3, 4), [[1, 2, 1]]).verdict
    'identical'
    """
    image, kernel = check_image(image), check_kernel(kernel)
    filter2d(image[:1, :1], kernel, border, signed=signed)  # the first calls also set things up
    if convolve is convolve_fast:
        convolve(image[:1, :1], kernel, border, signed=signed)
    start = time.perf_counter()
    ours = convolve(image, kernel, border, signed=signed)
    middle = time.perf_counter()
    opencv = filter2d(image, kernel, border, signed=signed)
    end = time.perf_counter()

    if not isinstance(ours, np.ndarray) or (ours.shape, ours.dtype) != (opencv.shape, opencv.dtype):
        got = f"{ours.dtype}, shape {ours.shape}" if isinstance(ours, np.ndarray) else type(ours).__name__
        raise ValueError(f"convolve needs to return {opencv.dtype}, shape {opencv.shape}, got {got}")

    return Comparison(
        name=name,
        kernel=kernel,
        border=border,
        image=image,
        ours=ours,
        opencv=opencv,
        function="convolve_fast" if convolve is convolve_fast else getattr(convolve, "function", "convolve"),
        convolve_seconds=middle - start - getattr(convolve, "waited", 0.0),  # see show.window.Watched
        filter2d_seconds=end - middle,
        **_counts(image, kernel, border, ours, opencv),
    )


def _counts(
    image: np.ndarray, kernel: np.ndarray, border: str, ours: np.ndarray, opencv: np.ndarray
) -> dict[str, Any]:
    """Count the differing pixels and the ties among them: the last five fields of Comparison."""
    # Usually nothing differs; asking that first saves most of the time.
    apart = np.zeros((1, 1), int) if np.array_equal(ours, opencv) else difference(ours, opencv)
    differing = np.argwhere(apart)  # y, x
    ties = are_ties(differing, image, kernel, border, ours, opencv)
    of_interest = differing if ties.all() else differing[~ties]
    reach = np.array(kernel.shape) // 2
    inside = ((differing >= reach) & (differing < np.array(image.shape[:2]) - reach)).all(axis=1)
    return {
        "differing": len(differing),
        "ties": int(ties.sum()),
        "inside": int(inside.sum()),
        "max_difference": int(apart.max()),
        "first": (int(of_interest[0, 1]), int(of_interest[0, 0])) if len(of_interest) else None,
    }


def are_ties(
    places: np.ndarray,
    image: np.ndarray,
    kernel: np.ndarray,
    border: str,
    ours: np.ndarray,
    opencv: np.ndarray,
) -> np.ndarray:
    """Mark the pixels, of these differing ones, at which every differing channel is a tie.

    places: (n, 2) of y and x. Returns n of bool.
    """
    ties = np.ones(len(places), bool)
    tolerance = float32_error(kernel)
    planes = (side.reshape(*side.shape[:2], -1) for side in (image, ours, opencv))
    for plane, our, theirs in zip(*(np.moveaxis(side, 2, 0) for side in planes), strict=True):
        y, x = places.T
        apart = np.abs(our[y, x].astype(np.int32) - theirs[y, x])
        ties &= apart <= 1
        close = np.flatnonzero(ties & (apart == 1))
        if len(close) == 0:
            continue
        sums, divisor = exact_sums(plane, kernel, border, places[close])
        # How far sum / divisor is from the nearest half, in whole numbers up to the last step.
        from_half = abs(2 * (sums % divisor) - divisor) / (2 * divisor)
        # The contract, to the letter; not by to_pixels, which is under test here too.
        limits = np.iinfo(our.dtype)
        right = [
            min(max(round(round(Fraction(total, divisor), 9)), limits.min), limits.max) == pixel
            for total, pixel in zip(sums.tolist(), our[y[close], x[close]].tolist(), strict=True)
        ]
        ties[close] = np.array(right) & (from_half <= tolerance).astype(bool)
    return ties


def exact_sums(
    image: np.ndarray, kernel: np.ndarray, border: str, places: np.ndarray
) -> tuple[np.ndarray, int]:
    """Return the exact sums under the kernel at some places of a gray image, as whole numbers.

    places: (n, 2) of y and x. Returns n Python ints, and the divisor that makes responses of them.
    """
    kh, kw = kernel.shape
    integers, divisor = exact_integers(kernel)
    windows = np.lib.stride_tricks.sliding_window_view(pad(image, kh // 2, kw // 2, border), (kh, kw))
    # int64 where no sum can leave it, for speed; else Python's own integers, which have no limit.
    dtype = np.int64 if 255 * abs(integers).sum() < 2**63 else object
    weights = integers.ravel().astype(dtype)
    sums: list[int] = []
    for part in np.array_split(places, len(places) * kernel.size // 2**22 + 1):  # a few MiB at a time
        sums += (windows[part[:, 0], part[:, 1]].reshape(len(part), -1).astype(dtype) @ weights).tolist()
    return np.array(sums, dtype=object), divisor
