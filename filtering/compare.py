"""filter2D under convolve's conventions, and one kernel both ways: the verdict, and ties."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from filtering.borders import check_border, pad
from filtering.describe import number_text, total
from filtering.exact import Weights, check_kernel, on_paper
from filtering.fast import convolve_fast
from filtering.model import FLOAT32, FOURIER, Floats, Model, float_error, is_exact
from filtering.pixels import check_image

Function = Callable[..., np.ndarray]  # of convolve's signature: (image, kernel, border, *, signed)


MOST_CHANNELS = 128  # of an array that OpenCV 5 takes as an image; 4 takes 512


def filter2d(
    image: npt.ArrayLike, kernel: npt.ArrayLike, border: str = "replicate", *, signed: bool = False
) -> np.ndarray:
    """Call cv2.filter2D with the border, the rounding and the range of `convolve`.

    image, kernel: as for convolve. Returns uint8, or int16 if signed, in the shape of image. Raises
    ValueError, with the rule and the value received, for anything else.
    """
    image, kernel = (
        np.ascontiguousarray(check_image(image)),
        check_kernel(kernel),
    )  # not every view is one to OpenCV
    return _filter2d(image, kernel, border, cv2.CV_16S if signed else cv2.CV_8U)


def _filter2d(image: np.ndarray, kernel: np.ndarray, border: str, depth: int) -> np.ndarray:
    if image.ndim == 3 and image.shape[2] > MOST_CHANNELS:
        starts = range(0, image.shape[2], MOST_CHANNELS)
        some = (np.ascontiguousarray(image[..., start:][..., :MOST_CHANNELS]) for start in starts)
        return np.concatenate([_filter2d(part, kernel, border, depth) for part in some], axis=2)
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


class Timer:
    """Measure the seconds of a `with` block.

    >>> with Timer() as timer:
    ...     pass
    >>> 0 <= timer.seconds < 1
    True
    """

    seconds = 0.0

    def __enter__(self) -> "Timer":
        """Start."""
        self._start = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.seconds = time.perf_counter() - self._start


@dataclass(frozen=True, eq=False)
class Comparison:
    """The results of both implementations for one kernel and image. In colour, any channel counts.

    A differing pixel is a tie if the exact sum lies within filter2D's float32 error of a half, and ours is
    the correctly rounded side of it. All others are mismatches. Where float32 holds every sum exactly there
    are no ties.
    """

    name: str  # of the kernel
    image: np.ndarray  # uint8, (H, W) or (H, W, C)
    kernel: np.ndarray
    border: str
    ours: np.ndarray  # uint8, or int16 if signed, in the shape of image
    opencv: np.ndarray  # the same from cv2.filter2D
    function: str = "convolve"  # what computed ours, as tables and pictures call it
    convolve_seconds: float = 0.0
    filter2d_seconds: float = 0.0

    @property
    def pixels(self) -> int:
        """Count the compared pixels."""
        return int(self.image.shape[0] * self.image.shape[1])

    @property
    def signed(self) -> bool:
        """Return whether the results keep negative responses."""
        return self.ours.dtype == np.int16

    @cached_property
    def _differing(self) -> np.ndarray:
        """Return the pixels that differ: (n, 2) of y and x."""
        # Usually nothing differs; asking that first saves most of the time.
        if np.array_equal(self.ours, self.opencv):
            return np.empty((0, 2), int)
        return np.argwhere(difference(self.ours, self.opencv))

    @cached_property
    def _tied(self) -> np.ndarray:
        """Return which of these are ties: n of bool."""
        return are_ties(self._differing, self.image, self.kernel, self.border, self.ours, self.opencv)

    @property
    def differing(self) -> int:
        """Count the pixels that differ."""
        return len(self._differing)

    @property
    def ties(self) -> int:
        """Count the ties among the pixels that differ."""
        return int(self._tied.sum())

    @property
    def inside(self) -> int:
        """Count the differing pixels that are farther from the edge than the kernel reaches."""
        reach, sides = np.array(self.kernel.shape) // 2, np.array(self.image.shape[:2])
        return int(((self._differing >= reach) & (self._differing < sides - reach)).all(axis=1).sum())

    @cached_property
    def max_difference(self) -> int:
        """Return the largest difference of two pixels."""
        return int(difference(self.ours, self.opencv).max()) if self.differing else 0

    @property
    def first(self) -> tuple[int, int] | None:
        """(x, y) of the first mismatch in reading order, else of the first tie, else None."""
        places = self._differing if self.matches else self._differing[~self._tied]
        return (int(places[0, 1]), int(places[0, 0])) if len(places) else None

    @property
    def clipped_low(self) -> float:
        """Return the share, 0 to 1, of the responses of all channels that are below the range of the pixels.

        Responses before rounding: -0.2 is below 0. The share is exact for whole numbers over a divisor. For
        other weights, what convolve drops as noise (less than half of the ninth decimal) does not count, and
        where a float64 sum is off by more than that, it may fall on either side of the limit.
        """
        return self._clipped[0]

    @property
    def clipped_high(self) -> float:
        """Return the share of the responses that are above the range, see clipped_low."""
        return self._clipped[1]

    @cached_property
    def _clipped(self) -> tuple[float, float]:
        """Return clipped_low and clipped_high."""
        weights, limits = on_paper(self.kernel), np.iinfo(self.ours.dtype)
        values, low, high = weights.values, limits.min * weights.divisor, limits.max * weights.divisor
        # Sums of whole numbers are beyond a limit by at least 1: float errors below a half change nothing.
        noise = 0.5 if weights.whole else 0.5e-9
        lowest, highest = (255 * float(side(values, 0).sum()) for side in (np.minimum, np.maximum))
        if low - noise <= lowest and highest <= high + noise:
            return 0.0, 0.0  # whatever the image
        narrow = float32_error(values) < noise
        depth = cv2.CV_32F if narrow else cv2.CV_64F
        sums = _filter2d(self.image, values.astype(np.float64), self.border, depth)
        below, above = np.count_nonzero(sums < low - noise), np.count_nonzero(sums > high + noise)
        return float(below / sums.size), float(above / sums.size)

    # ---- In words, and for those who draw it

    @property
    def clipping(self) -> list[str]:
        """Say how many sums are below and above the range of the pixels, as far as there are any."""
        limits, (low, high) = np.iinfo(self.ours.dtype), self._clipped
        below = f"{percent(low)} % of the sums are below {limits.min} and became {limits.min}"
        above = f"{percent(high)} % {'' if low else 'of the sums '}are above {limits.max}"
        return [below] * (low > 0) + [above + f" and became {limits.max}" * (self._gain <= 1)] * (high > 0)

    @property
    def clipping_advice(self) -> str:
        """Say what would keep the sums that clipping tells of; '' if there are none, or it is not known."""
        weights = on_paper(self.kernel)
        if self.clipped_high and self._gain > 1:
            instead = f" instead of / {weights.divisor}" * (weights.divisor != 1)
            keeps = f", / {total(weights.values)}{instead} keeps the brightness" * weights.whole
            return f"the weights add up to {number_text(self._gain)}{keeps}"
        fit = not self.signed and 255 * float(np.abs(self.kernel).sum()) < 2**15
        return "--signed keeps them" * (fit and max(self._clipped) > 0)

    @property
    def clipping_text(self) -> str:
        """Say both in one line; '' if there are no such sums."""
        advice = self.clipping_advice
        return ", ".join(self.clipping) + (": " if self._gain > 1 else "; ") * bool(advice) + advice

    @cached_property
    def _gain(self) -> Fraction:
        """Return the sum of the weights."""
        return total(on_paper(self.kernel).values) / on_paper(self.kernel).divisor

    @cached_property
    def zero_sum(self) -> bool:
        """Whether the weights add up to 0."""
        weights = on_paper(self.kernel).values
        return abs(float(weights.sum())) <= 1e-9 * float(np.abs(weights).sum())

    @cached_property
    def white(self) -> int | None:
        """Of signed responses, the one that is drawn white; its negative is black, on both sides."""
        return strong_response(self.opencv) if self.signed else None

    @property
    def strongest(self) -> bool:
        """Return whether a shrunk drawing keeps the strongest responses, rather than averages them."""
        return self.zero_sum or self.signed

    @cached_property
    def spot(self) -> tuple[int, int]:
        """(x, y) of the most interesting pixel, see spot_note."""
        if self.first is not None:
            return self.first
        ours = self.ours.reshape(self.ours.shape[0], -1)
        changes = ours if self.strongest else cv2.absdiff(ours, self.image.reshape(ours.shape))
        low, high, lowest, highest = cv2.minMaxLoc(changes)
        x, y = highest if high >= -low else lowest
        return x // self.image[0, 0].size, y

    @property
    def spot_note(self) -> str:
        """Return the reason for `spot`."""
        if self.first is not None:
            return "the first that differs"
        return "strongest response" if self.strongest else "largest change"

    # ---- The verdict

    @property
    def matches(self) -> bool:
        """Return whether all differing pixels are ties."""
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
                f"{counted(self.ties, 'tie')}: the exact sum is almost a half, and filter2D, in float32, "
                f"rounds it the other way; the first at {x},{y}"
            )
        return (
            f"{self.differing} of {counted(self.pixels, 'pixel')} differ, by up to {self.max_difference}: "
            f"{self.inside} inside, {self.differing - self.inside} within the kernel's reach of the edge; "
            f"{self.ties} are ties, {self.differing - self.ties} are not, the first of these at {x},{y}"
        )


def counted(number: int, noun: str) -> str:
    """Return `1 pixel`, `2 pixels`."""
    return f"{number} {noun}{'s' * (number != 1)}"


def percent(share: float) -> str:
    """Return a share, 0 to 1, in percent: `46`, `under 1`, `over 99`."""
    return "under 1" if share < 0.01 else "over 99" if 0.99 < share < 1 else f"{100 * share:.0f}"


def seconds_text(seconds: float) -> str:
    """Return `1.52 s`, `0.31 ms`."""
    return f"{seconds:.2f} s" if seconds >= 0.1 else f"{1000 * seconds:.2f} ms"


def difference(ours: np.ndarray, opencv: np.ndarray) -> np.ndarray:
    """Return how far apart two results are at each pixel: int32, (H, W), the largest of the channels."""
    apart: np.ndarray = np.abs(ours.astype(np.int32) - opencv)
    return apart.max(axis=2) if apart.ndim == 3 else apart


def strong_response(responses: np.ndarray) -> int:
    """Return the strength that one response in a hundred exceeds.

    As white, it keeps one bright spot from turning all other responses grey.
    """
    every = int(np.ceil(np.sqrt(responses.size / 10**6)))  # about a million of them are enough
    strengths = np.abs(responses[::every, ::every].astype(np.int32))
    largest = int(np.percentile(strengths, 99)) or max(1, int(strengths.max()))
    return min(largest, 32767)


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
    image, kernel = np.ascontiguousarray(check_image(image)), check_kernel(kernel)
    with Timer() as ours_timer:
        ours = convolve(image, kernel, border, signed=signed)
    with Timer() as opencv_timer:
        opencv = filter2d(image, kernel, border, signed=signed)
    if not isinstance(ours, np.ndarray) or (ours.shape, ours.dtype) != (opencv.shape, opencv.dtype):
        got = f"{ours.dtype}, shape {ours.shape}" if isinstance(ours, np.ndarray) else type(ours).__name__
        raise ValueError(f"convolve needs to return {opencv.dtype}, shape {opencv.shape}, got {got}")
    return Comparison(
        name,
        image,
        kernel,
        border,
        ours,
        opencv,
        convolve_seconds=ours_timer.seconds,
        filter2d_seconds=opencv_timer.seconds,
    )


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
