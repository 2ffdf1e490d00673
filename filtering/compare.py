"""filter2D under convolve's conventions, and one kernel both ways: the verdict, and ties."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from filtering.borders import check_border, pad
from filtering.exact import Weights, check_kernel, on_paper
from filtering.fast import convolve_fast
from filtering.model import FLOAT32, FOURIER, Floats, Model, float_error, is_exact
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


DFT_AREA = 50  # filter2D may use a Fourier transform from this kernel area on; on x86 it begins at 130


def filter2d_floats(kernel: np.ndarray) -> Floats:
    """Return the floats in which filter2D may sum under this kernel."""
    return FOURIER if kernel.size >= DFT_AREA else FLOAT32


def float32_error(kernel: np.ndarray) -> float:
    """Bound filter2D's float32 error in a sum, see model.float_error.

    >>> float32_error(np.ones((3, 3)) / 9) == 11 * 2.0**-24 * 255
    True
    """
    return float_error(Weights(kernel, 1), filter2d_floats(kernel))


def tie_tolerance(kernel: np.ndarray) -> float | None:
    """Return how near to a half the sum of a tie may be; None where filter2D's sums are exact.

    >>> tie_tolerance(np.ones((3, 3)) / 8) is None
    True
    """
    return None if is_exact(on_paper(kernel), filter2d_floats(kernel)) else float32_error(kernel)


@dataclass(frozen=True, eq=False)
class Comparison:
    """The results of both implementations for one kernel and image. In colour, any channel counts.

    A differing pixel is a tie if the exact sum lies within filter2D's float32 error of a half, and ours is
    the correctly rounded side of it. All others are mismatches. Where float32 holds every sum exactly there
    are no ties.
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
    span = "saturate" if ours.dtype == np.uint8 else "saturate-int16"
    model, floats = Model(on_paper(kernel).exact(), border, range=span), filter2d_floats(kernel)
    planes = (side.reshape(*side.shape[:2], -1) for side in (image, ours, opencv))
    for plane, our, theirs in zip(*(np.moveaxis(side, 2, 0) for side in planes), strict=True):
        y, x = places.T
        apart = np.abs(our[y, x].astype(np.int32) - theirs[y, x])
        ties &= apart <= 1
        close = np.flatnonzero(ties & (apart == 1))
        if len(close) == 0:
            continue
        made = model.made(model.sums_at(plane, places[close]), floats)
        right = our[y, x][close] == made.exact  # not by convolve, which is under test here too
        ties[close] = right & made.equal(theirs[y, x][close])
    return ties
