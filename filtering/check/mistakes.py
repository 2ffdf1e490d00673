"""The table of mistakes: each with its name, its effect on the reference, its sentence and its remedy.

A new mistake is a new line of MISTAKES: `search` tries its effect alone and together with all others, and
`advice` takes its words from here. The effect depends on the aspect:

    orientation    weights -> weights
    kernel         (weights, divisor) -> (weights, divisor)
    divisor        (weights, divisor) -> divisor
    rounding       a Rounding of `model`
    range          a Range of `model`
    sum            the sums of all pixels -> the sums that are stored
    frame          a Frame of `model`: the rows and columns at the edges that are not computed
    others         None: they are observed, or have a search of their own
"""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from filtering.check.effects import (
    dilated,
    fixed_point,
    matrix_times,
    mean_of_window,
    minus_mean,
    rolled,
    times_matrix,
    to_float16,
    to_uint8,
    to_whole,
    with_image,
    without_last,
)
from filtering.model import RANGES as SPANS
from filtering.model import REACH as ALL_REACH
from filtering.model import ROUNDINGS, UNMOVED, WHOLE, Frame, Length, Shift


@dataclass(frozen=True)
class Mistake:
    """Something that a function does in another way than cv2.filter2D."""

    aspect: str
    name: str
    says: str = ""  # "it ...", for the message, with {} for what differs from one function to another
    # How to correct it. Several: ("pattern", "remedy") pairs, of which the first counts whose pattern the
    # source of the function has.
    remedy: str | tuple[tuple[str, str], ...] = ""  # of a border, with {mode}: NumPy's name of the right one
    effect: Any = None
    cost: float = 2  # explanations that cost less are preferred
    parts: tuple[tuple[str, str], ...] = ()  # findings that stand for it: (aspect, name)
    resizes: bool = False  # the kernel
    fine: bool = False  # only a few of the probes show it

    def remedy_in(self, source: str) -> str:
        """Return the remedy for a function with this source."""
        if isinstance(self.remedy, str):
            return self.remedy
        return next(text for pattern, text in self.remedy if re.search(pattern, source))


RIGHT = Mistake("", "", cost=0)
NO, ONE, REACH, TWICE, WINDOW = Length(), Length(1), Length(0, 1), Length(0, 2), Length(1, 2)

_CLIP = '`np.clip(np.rint(sums), 0, 255).astype("uint8")`'
_TAPS = "Weight `kernel[i, j]` belongs to pixel `padded[y + i, x + j]`: i and y count rows, j and x columns."
_MIDDLE = (
    (r"fft",
     "After the inverse Fourier transform, shift the result back: `np.roll(result, (-(kh // 2), "
     "-(kw // 2)), axis=(0, 1))`; a positive shift if the transform of the kernel is conjugated."),
    ("",
     "The window of output pixel (y, x) has that pixel in its centre: in the padded image it is "
     "`padded[y : y + kh, x : x + kw]`, with kh // 2 rows and kw // 2 columns of padding on each "
     "side."),
)  # fmt: skip
_CAST = (
    (r"ndimage|signal",
     "SciPy returns the dtype that it is given: pass floats, `image.astype(float)`, and end with "
     f"{_CLIP}."),
    (r"(?s)np\.(zeros|empty)_like\(im.*np\.clip\(",
     "The result of `np.zeros_like(image)` is uint8: what is stored there is cut before "
     f"`np.clip` sees it. Use `np.zeros(image.shape)` (floats), and clip and round that: {_CLIP}."),
    (r"(?s)\w+\[.*\] *=[^=].*np\.clip\((np\.\w+\()?(out|res|ret|new|dst)",
     "The clip comes too late: the uint8 array has cut the sums already. Use "
     f"`np.zeros(image.shape)` (floats) for them, and end with {_CLIP}."),
    (r"(zeros|empty|ones|full)_like\(",
     "`np.zeros_like(image)` makes a uint8 array, which cuts and wraps what is stored in it: "
     "store `np.clip(np.rint(sum), 0, 255)` there, or use `np.zeros(image.shape)` and end with "
     f"{_CLIP}."),
    (r"\.copy\(\)",
     "`image.copy()` is a uint8 array, which cuts and wraps what is stored in it: store "
     "`np.clip(np.rint(sum), 0, 255)` there."),
    (r"dtype *= *(np\.uint8|.uint8)|zeros\(.*uint8",
     "An array of dtype uint8 cuts and wraps what is stored in it: store `np.clip(np.rint(sum), "
     "0, 255)` there."),
    ("", f"Before the cast, round and clip: {_CLIP}."),
)  # fmt: skip
_ROUND = (
    (r"\bint\(", "Use `round(sum)` in place of `int(sum)`."),
    (
        r"(\)|total|sum|acc|value) *//(?! *2\b)",
        "Divide with `/` instead of `//`, and round at the end: `np.rint`.",
    ),
    (r"astype|asarray|uint8\(", 'Use `np.rint` before the cast: `np.rint(sums).astype("uint8")`.'),
    (r"zeros_like|empty_like|\.copy\(\)|uint8", "Store `np.rint(sum)` instead of `sum` in the uint8 array."),
    ("", 'Use `np.rint` before `.astype("uint8")`; in place of `int(sum)`, use `round(sum)`.'),
)
_PAD_ONLY = (
    "Pad the image by kh // 2 rows and kw // 2 columns on each side, "
    '`np.pad(image, [(kh // 2, kh // 2), (kw // 2, kw // 2)], mode="{mode}")`'
)
_PAD = f"{_PAD_ONLY}, and loop over all pixels."
_SCALE = "Remove the division: the scale of a kernel is in its weights."
_LOOPS = "Let the loops run over all rows and columns: `range(height)` and `range(width)`."

_TO_NEAREST = "Use `np.rint(x)` or `round(x)`."
_ROUND_TO: dict[str, str | tuple[tuple[str, str], ...]] = {
    "truncate": _ROUND,
    "half-up": "Use `np.rint(x)` or `round(x)` instead of `int(x + 0.5)`.",
    "floor": "Use `np.rint` instead of `np.floor` or `//`.",
    "ceil": "Use `np.rint` instead of `np.ceil`.",
    "none": f"End with {_CLIP}.",
}
_CLIP_FIRST = "Before the cast, use `np.clip(sums, 0, 255)`."


def of_rounding(name: str) -> Mistake:
    """Return the mistake of another rounding: its words are those of the model, if none are said here."""
    rounding = ROUNDINGS[name]
    return Mistake("rounding", name, rounding.says, _ROUND_TO.get(name, _TO_NEAREST), rounding, rounding.cost)


def _range(name: str, remedy: Any, cost: float = 2, *parts: tuple[str, str]) -> Mistake:
    span = SPANS[name]
    return Mistake("range", name, span.says, remedy, span, cost, parts)


MISTAKES = [
    Mistake("orientation", "rotated180",
        "it rotates the kernel by *180 degrees*, which is true convolution; filter2D does not", (
            (r"convolve2d", "Use `scipy.signal.correlate2d` instead of `convolve2d`."),
            (r"fftconvolve", "Use `fftconvolve(image, kernel[::-1, ::-1], ...)`."),
            (r"(ndimage|signal|nd|scipy)\.convolve\(", "Use SciPy's `correlate` instead of `convolve`."),
            (r"fft2\(",
             "Multiply by the conjugate of the kernel's transform: `np.conj(np.fft.fft2(kernel, ...))`."),
            (r"::-1\]|np\.flip|rot90",
             "Use the kernel as it is given, without `[::-1, ::-1]`, `np.flip` or `np.rot90`."),
            ("", "Remove the flip of the kernel; `kernel[i, j]` belongs to `padded[y + i, x + j]`."),
        ), lambda w: w[::-1, ::-1]),
    Mistake("orientation", "transposed", "it has *rows and columns* of the kernel *swapped*", _TAPS,
        lambda w: w.T),
    Mistake("orientation", "flipped-left-right", "it has the kernel *mirrored left to right*", _TAPS,
        lambda w: w[:, ::-1]),
    Mistake("orientation", "flipped-up-down", "it has the kernel *upside down*", _TAPS, lambda w: w[::-1]),
    Mistake("orientation", "rotated90", "it rotates the kernel by *90 degrees*, counterclockwise", _TAPS,
        np.rot90, 3),
    Mistake("orientation", "rotated270", "it rotates the kernel by *90 degrees*, clockwise", _TAPS,
        lambda w: np.rot90(w, 3), 3),
    Mistake("orientation", "transposed-other-diagonal",
        "it *mirrors* the kernel *at its other diagonal*: flipped and transposed", _TAPS,
        lambda w: w[::-1, ::-1].T, 3),
    Mistake("orientation", "rolled",
        "it has the weights of the kernel *moved round by half*: index -1 is the last one",
        "Index the kernel from 0: `kernel[s + kh // 2, t + kw // 2]` for s and t from -(kh // 2) on.",
        rolled, 3),
    Mistake("kernel", "matrix-product",
        "it takes the *product of two matrices*, where filter2D multiplies pixel by weight",
        "Use `(window * kernel).sum()` instead of `@`, `np.dot` or `np.matmul`.", times_matrix, 3),
    Mistake("kernel", "matrix-product, kernel first", effect=matrix_times, cost=3,
        parts=(("kernel", "matrix-product"),)),
    Mistake("kernel", "ignored", "it *does not use the weights*: each pixel is the mean of its window",
        "Multiply the window by the kernel: `(window * kernel).sum()`.", mean_of_window, 4),
    *(Mistake("kernel", f"dilated {step}",
        f"it lays the weights on *every {nth} pixel*: its windows are {step} times as wide",
        "Take the window without a step: `padded[y : y + kh, x : x + kw]`.", dilated(step), 3, resizes=True)
        for step, nth in [(2, "second"), (3, "third")]),
    *(Mistake("kernel", f"fixed-point {scale}", f"it rounds the weights to multiples of *1 / {scale}*",
        "Keep the kernel in floats.", fixed_point(scale), 3, fine=True)
        for scale in [16, 32, 64, 100, 128, 256, 512, 1000, 1024, 4096, 65536]),
    Mistake("kernel", "added-to-image", effect=with_image(1, 1), cost=3,
        parts=(("result", "added-to-image"),)),
    Mistake("kernel", "unsharp", effect=with_image(2, -1), cost=3, parts=(("result", "unsharp"),)),
    Mistake("sum", "never-reset", "it *never sets the sum back to 0*: each pixel has those before it as well",
        "Set the sum to 0 inside the loop over x: `total = 0.0`.",
        lambda sums: sums.cumsum().reshape(sums.shape), 3),
    Mistake("sum", "reset-per-row",
        "it sets the sum back to 0 *for each row only*: each pixel has those to its left as well",
        "Set the sum to 0 inside the loop over x: `total = 0.0`.", lambda sums: sums.cumsum(axis=1), 3),
    Mistake("kernel", "negated", "its weights have the *opposite sign*",
        "Add the products, do not subtract them.", lambda w, d: (-w, d), 3),
    Mistake("kernel", "minus-its-mean", "it subtracts *the mean* from the weights",
        "Use the kernel as it is given.", minus_mean, 3),
    Mistake("kernel", "whole-numbers", "it cuts the weights to *whole numbers*: 0.5 becomes 0",
        "Keep the kernel in floats: no `.astype(int)`, no integer array for it.", to_whole, 3),
    Mistake("kernel", "uint8", "it casts the weights to *uint8*: 0.5 becomes 0, and -1 becomes 255",
        "Keep the kernel in floats.", to_uint8, 3),
    Mistake("kernel", "float16", "it rounds the weights to *half precision*",
        "Use `np.float64` for the kernel; float16 has three digits.", to_float16, 3),
    *(Mistake("kernel", f"last-{which}-unused",
        f"it leaves out *the last {which.replace('-', ' ')}* of the kernel",
        "A range ends before its last number: `range(kh)`, `range(kw)`, or `range(-r, r + 1)`.",
        without_last(rows, columns), 3)
        for which, rows, columns in [
            ("row-and-column", True, True), ("row", True, False), ("column", False, True)
        ]),
    Mistake("kernel", "times", "it *multiplies* the sums by {}",
        "Remove the factor: the scale of a kernel is in its weights.", None, 3),
    Mistake("offset", "", "it *adds {}* to every sum", "Remove the offset."),
    Mistake("shift", "", "its output is *shifted* {}", _MIDDLE),
    Mistake("divisor", "normalised", "it divides by the *sum of the kernel*, which filter2D never does",
        _SCALE, lambda w, d: int(w.sum()) or d),
    Mistake("divisor", "number-of-weights",
        "it divides by the *number of weights*, a mean where filter2D has a sum",
        "Use `.sum()` instead of `.mean()`.", lambda w, d: d * w.size),
    Mistake("divisor", "sum-of-absolute-weights",
        "it divides by the *sum of the absolute weights*, which filter2D never does", _SCALE,
        lambda w, d: int(abs(w).sum()) or d),
    *(of_rounding(name) for name in ROUNDINGS if name != "half-even"),
    _range("wrap-modulo-256", _CLIP_FIRST),
    _range("absolute-value", (
        ("convertScaleAbs", "Use `np.clip(sums, 0, 255)` instead of `cv2.convertScaleAbs`."),
        ("", "Use `np.clip(sums, 0, 255)`, without `abs`."),
    )),
    _range("stretch-to-0..255",
        "Use `np.clip(sums, 0, 255)` instead of the normalisation by minimum and maximum. With "
        "`rescale_intensity`, give `in_range=(0, 255)`."),
    _range("scaled-to-0..1", f"Do not divide by 255, and end with {_CLIP}.", 0),
    _range("none", "Use `np.clip(sums, 0, 255)`.", 0),
    _range("clipped-at-0", "Use `np.clip(sums, 0, 255)`.", 1),
    _range("clipped-at-255", "Use `np.clip(sums, 0, 255)`.", 1),
    _range("expects-0..1",
        "Use `np.clip(sums, 0, 255)`; or divide the image by 255 first, and multiply the result by 255.", 1),
    _range("absolute floats", "", 1, ("range", "absolute-value")),
    _range("absolute, then wrap", "", 4, ("range", "absolute-value"), ("range", "wrap-modulo-256")),
    _range("wrap below 0", _CLIP_FIRST, 2, ("range", "wrap-modulo-256")),
    _range("wrap above 255", _CLIP_FIRST, 2, ("range", "wrap-modulo-256")),
    _range("stretch by the largest", "", 2, ("range", "scaled-by-its-largest")),
    _range("absolute, then stretch", "", 4, ("range", "absolute-value"), ("range", "stretch-to-0..255")),
    _range("stretch to -1..1, then wrap", "", 2, ("range", "stretch-to-0..255")),
    _range("stretch to 0..1", "", 2, ("range", "stretch-to-0..255"), ("range", "scaled-to-0..1")),
    _range("scaled, not saturated", "", 0, ("range", "scaled-to-0..1")),
    Mistake("conversion", "cast-to-uint8",
        "it *casts the sums to uint8*, which cuts the fraction off and makes -1 into 255 and 256 into 0; "
        "filter2D rounds and saturates", _CAST),
    Mistake("adds-up-in", "uint8", "it *adds up in a uint8 array*, which cuts and wraps after each addition",
        f"Add up in floats, `total = 0.0` or `np.zeros(image.shape)`, and end with {_CLIP}."),
    Mistake("adds-up-in", "int", "it *adds up in whole numbers*: the fraction is cut off after each addition",
        f"Add up in floats, `total = 0.0` or `np.zeros(image.shape)`, and end with {_CLIP}."),
    Mistake("adds-up-in", "int-products", "it cuts *each product* to a whole number before it adds them up",
        f"Use `int` nowhere inside the loops; end with {_CLIP}."),
    Mistake("border", "left-unfiltered",
        "pixels near the edge, where the kernel does not fit into the image, are {}", _PAD),
    Mistake("border", "one-pixel-left-unfiltered", "*one pixel* at each edge is {}, for every size of kernel",
        _PAD),
    Mistake("border", "never-written", "pixels near the edge are *never written*: they have any value",
        f"Make the result with `np.zeros` instead of `np.empty`. {_PAD}"),
    Mistake("border", "cropped", "its result is *smaller* than the image: pixels near the edge are missing", (
            ("""mode *= *['"]valid""",
             f'Pad the image before `mode="valid"`: {_PAD_ONLY}.'),
            ("", _PAD),
        )),
    Mistake("border", "negative-indices",
        "at the top and left, an index *below 0* counts from the other end of the image; past the bottom "
        "and right there is 0", _PAD),
    Mistake("border", "constant-mean", "past the edge of the image it has the *mean* of the image", _PAD),
    Mistake("border", "mixed", "past the edge of the image it has *{}*", _PAD),
    Mistake("border", "constant-", "past the edge of the image it has *{}*", _PAD),
    Mistake("border", "weights-inside", "at the edge it divides by the sum of the *weights inside* the image",
        _PAD),
    Mistake("border", "centre-pixel",
        "past the edge of the image it takes *the pixel in the centre* of the kernel", _PAD),
    Mistake("border", "unknown", "at {} edge it differs in a way that is *not known here*", _PAD),
    *(Mistake("frame", name, f"it {{}} {says}", _LOOPS, effect, cost)
        for name, says, effect, cost in [
            ("left-unfiltered", "", ALL_REACH, 2),
            ("one-pixel-left-unfiltered", "", Frame(ONE, ONE, ONE, ONE), 3),
            ("last-row-and-column", "*the last row and the last column*", Frame(NO, ONE, NO, ONE), 2),
            ("last-row", "*the last row*", Frame(bottom=ONE), 2),
            ("last-column", "*the last column*", Frame(right=ONE), 2),
            ("first-row-and-column", "*the first row and the first column*", Frame(ONE, NO, ONE, NO), 3),
            ("last-kernel-rows-and-columns", "*the last kh - 1 rows and kw - 1 columns*",
                Frame(NO, TWICE, NO, TWICE), 3),
            ("last-kernel-rows-and-columns-and-one", "*the last kh rows and kw columns*",
                Frame(NO, WINDOW, NO, WINDOW), 3),
            ("last-half-kernel-rows-and-columns", "*the last kh // 2 rows and kw // 2 columns*",
                Frame(NO, REACH, NO, REACH), 3),
            ("last-two-rows-and-columns", "*the last two rows and columns*",
                Frame(NO, Length(2), NO, Length(2)), 3),
            ("first-half-kernel-rows-and-columns", "*the first kh // 2 rows and kw // 2 columns*",
                Frame(REACH, NO, REACH, NO), 3),
            ("rows-at-the-edge", "*the kh // 2 rows at the top and bottom*", Frame(REACH, REACH), 3),
            ("columns-at-the-edge", "*the kw // 2 columns at the left and right*",
                Frame(NO, NO, REACH, REACH), 3),
        ]),
    Mistake("not-computed", "measured", "it does not compute *{}*", _LOOPS),
    Mistake("not-computed", "beyond", "it computes only the first *{}* pixels: sizes are fixed in the code",
        "Take the sizes from the image: `height, width = image.shape`."),
    Mistake("returns-early", "first-pixel", "it returns after the *first pixel*",
        "The `return` is inside the loops: dedent it to follow both."),
    Mistake("returns-early", "first-row", "it returns after the *first row*",
        "The `return` is inside the loop over rows: dedent it to follow that loop."),
    Mistake("result", "rows-all-the-same", "all rows of its result are *the same list*, the last row",
        "`[[0] * width] * height` is one row many times over: use `np.zeros((height, width))`."),
    Mistake("range", "scaled-by-its-largest",
        "it scales the result so that the *largest* sum becomes 255; filter2D cuts off what is above",
        "Use `np.clip(sums, 0, 255)` instead of the division by the largest."),
    Mistake("result", "inverted", "its result is *inverted*, 255 minus the pixel",
        "Do not subtract from 255."),
    Mistake("result", "added-to-image", "it *adds the image* to the sums",
        "Return the sums without the image."),
    Mistake("result", "unsharp", "it *subtracts the sums* from twice the image, as an unsharp mask does",
        "Return the sums alone."),
    Mistake("result", "black", "its result is *black* for every image",
        "Check what is stored in the result, and whether the loops run at all."),
    Mistake("result", "unchanged", "its result is *the image*, unchanged",
        "Store the sums in the result, and return it."),
    Mistake("result", "not-repeatable", "two calls with the same image and kernel gave *different results*",
        "Make the result with `np.zeros` instead of `np.empty`; use no random numbers and no state between "
        "calls."),
    Mistake("shape", "transposed", "its result has *width and height swapped*",
        "`image.shape` is (height, width), and pixels are `output[y, x]`."),
    Mistake("shape", "larger", "its result is *larger* than the image, as it keeps the padding", (
            ("correlate2d|convolve2d|fftconvolve", 'Use `mode="same"`.'),
            (r"np\.pad\([^,]+, *(len\(kernel\)|kernel\.shape|k\w*),",
             "Pad by half the kernel, kh // 2 and kw // 2, instead of all of it."),
            ("", "Cut kh // 2 rows and kw // 2 columns off each side."),
        )),
    Mistake("shape", "another", "its result has *another shape* than the image",
        "Make the result with `np.zeros(image.shape)`, and return all of it."),
    Mistake("shape", "extra-axis", "its result has *one axis too many*, shape (height, width, 1)",
        "Return `output[:, :, 0]`."),
    Mistake("shape", "three-channels", "its result has *three equal channels* for a gray image",
        "Return one of them: `output[:, :, 0]`."),
    Mistake("dtype", "whole numbers",
        "it stores the sums in an array of *whole numbers*, {}, which cuts off the fractions",
        f"Make the array with `np.zeros(image.shape)` (floats), and end with {_CLIP}."),
    Mistake("dtype", "bool", "it returns *True and False* (dtype bool) instead of pixels",
        f"Return the sums as pixels, {_CLIP}, and not a comparison of them."),
    Mistake("dtype", "", "it returns *{}* instead of uint8", 'Return `output.astype("uint8")`.'),
    Mistake("returns", "list", "it returns a *list* instead of an array",
        "Return `np.array(output, dtype=np.uint8)`."),
    Mistake("returns", "tuple", "it returns a *tuple* instead of an array; its first item is the image",
        "Return only the image: `return output`."),
    Mistake("returns", "nothing", "it returns *nothing*: its result is in the image that it is given",
        "Make a new array for the result, and return it."),
    Mistake("returns", "pil-image", "it returns a *PIL image* instead of an array",
        "Return `np.array(output)`."),
    Mistake("input-modified", "overwritten-while-read",
        "it *writes into the image that it reads from*, so that sums contain pixels that are changed "
        "already", "Write into a new array: `np.zeros(image.shape)`."),
    Mistake("input-modified", "image", "it *changes the image* that it is given",
        "Work on a copy: `image.copy()`."),
    Mistake("input-modified", "kernel", "it *changes the kernel* that it is given",
        "Work on a copy: `kernel.copy()`."),
]  # fmt: skip

TABLE = {(mistake.aspect, mistake.name): mistake for mistake in MISTAKES}
ORIENTATIONS = {"as-is": RIGHT} | {m.name: m for m in MISTAKES if m.aspect == "orientation"}
KERNELS = {"as-is": RIGHT} | {m.name: m for m in MISTAKES if m.aspect == "kernel" and m.effect}
DIVISORS = {"not-normalised": RIGHT} | {m.name: m for m in MISTAKES if m.aspect == "divisor"}
RANGES = {"saturate": _range("saturate", "", 0)} | {
    m.name: m for m in MISTAKES if m.aspect == "range" and m.effect
}
SUMS = {m.name: m for m in MISTAKES if m.aspect == "sum"}
FRAMES = {m.name: m for m in MISTAKES if m.aspect == "frame"}
NAMES = {mistake.effect: mistake for mistake in FRAMES.values()}


def of_frame(frame: Frame, shift: Shift = UNMOVED) -> Mistake | None:
    """Return the entry of a frame that has a name; None for any other."""
    return FRAMES["left-unfiltered"] if frame == ALL_REACH.moved(shift) else NAMES.get(frame)


def frame_cost(frame: Frame, shift: Shift = UNMOVED) -> float:
    """Return what a frame adds to the complexity of an explanation."""
    if frame == WHOLE:
        return 0
    known, rest = of_frame(frame, shift), of_frame(frame.without(ALL_REACH))
    if known is not None:
        return known.cost
    return 3 if frame.rows is not None or rest is not None else 3.5
