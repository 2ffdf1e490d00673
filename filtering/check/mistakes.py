"""The table of mistakes, and hypotheses: combinations of them, with the output that they predict.

A new mistake is a new line of MISTAKES: `search` tries its effect alone and together with all others. Its
sentence and its remedy stand in `words`. The effect on the reference depends on the aspect:

    orientation    weights -> weights
    kernel         (weights, divisor) -> (weights, divisor)
    divisor        (weights, divisor) -> divisor
    rounding       a Rounding of `model`
    range          a Range of `model`
    sum            the sums of all pixels -> the sums that are stored
    border         a Border of `model`: a function (image, rows, columns) -> the image with these added, or
                   one of INSIDE
    frame          a Frame of `model`: the rows and columns at the edges that are not computed
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from filtering.borders import BORDERS
from filtering.check.probes import Case, Probe
from filtering.exact import Weights
from filtering.model import (
    FLOAT32,
    FLOAT64,
    FOURIER,
    REACH,
    ROUNDINGS,
    TRACE,
    UNMOVED,
    WHOLE,
    Border,
    Frame,
    Length,
    Model,
    Pixels,
    Shift,
    added_up,
    extend,
    looks_like_noise,
    make_pixels,
    negative_indices,
)
from filtering.model import RANGES as SPANS


def minus_mean(weights: np.ndarray, divisor: int) -> tuple[np.ndarray, int]:
    """Subtract the mean from the weights."""
    return weights * weights.size - weights.sum(), divisor * weights.size


def to_whole(weights: np.ndarray, divisor: int) -> tuple[np.ndarray, int]:
    """Cut the weights to whole numbers, as `.astype(int)` does."""
    return np.sign(weights) * (abs(weights) // divisor), 1


def to_uint8(weights: np.ndarray, divisor: int) -> tuple[np.ndarray, int]:
    """Cast the weights to uint8."""
    return to_whole(weights, divisor)[0] % 256, 1


def to_float16(weights: np.ndarray, divisor: int) -> tuple[np.ndarray, int]:
    """Round the weights to half precision, whose finest step is 2**-24."""
    return ((weights / divisor).astype(np.float16).astype(np.float64) * 2**24).astype(np.int64), 2**24


def without_last(rows: bool, columns: bool) -> Callable[[np.ndarray, int], tuple[np.ndarray, int]]:
    """Return an effect that drops the last row and the last column of the kernel."""
    kept = slice(None, -1 if rows else None), slice(None, -1 if columns else None)
    edge = [(0, int(rows)), (0, int(columns))]
    return lambda weights, divisor: (np.pad(weights[kept], edge), divisor)


def rolled(weights: np.ndarray) -> np.ndarray:
    """Move the weights round by half the kernel, as `kernel[s, t]` with s and t from -radius does."""
    rows, columns = weights.shape
    return np.roll(weights, (rows // 2, columns // 2), (0, 1))


def times_matrix(weights: np.ndarray, divisor: int) -> tuple[np.ndarray, int]:
    """Return the weights of the sum of `window @ kernel`, a product of matrices."""
    if weights.shape[0] != weights.shape[1]:
        return weights, divisor  # there is no such product
    return np.tile(weights.sum(axis=1), (len(weights), 1)), divisor


def matrix_times(weights: np.ndarray, divisor: int) -> tuple[np.ndarray, int]:
    """Return the weights of the sum of `kernel @ window`."""
    return times_matrix(weights.T, divisor)[0].T, divisor


def mean_of_window(weights: np.ndarray, divisor: int) -> tuple[np.ndarray, int]:
    """Return the weights of a mean, whatever the kernel is."""
    return np.ones_like(weights), weights.size


def with_image(weights: np.ndarray, divisor: int, times: int, sign: int) -> tuple[np.ndarray, int]:
    """Add the response, or with sign -1 its negative, to so many times the image."""
    weights = sign * weights
    weights[weights.shape[0] // 2, weights.shape[1] // 2] += times * divisor
    return weights, divisor


def fixed_point(weights: np.ndarray, divisor: int, scale: int) -> tuple[np.ndarray, int]:
    """Round the weights to whole numbers over a scale."""
    return ROUNDINGS["half-even"].rule(weights * scale, divisor), scale


def dilated(weights: np.ndarray, divisor: int, step: int) -> tuple[np.ndarray, int]:
    """Spread the weights to every second pixel, every third ..."""
    rows, columns = weights.shape
    wide = np.zeros(((rows - 1) * step + 1, (columns - 1) * step + 1), weights.dtype)
    wide[::step, ::step] = weights
    return wide, divisor


def simple_fractions(value: float, error: float) -> list[Fraction]:
    """Return the simplest fractions within `error` of the value, at most eight."""
    found: dict[Fraction, None] = {}
    for denominator in [*range(1, 513), 1000, 1024]:
        numerator = round(value * denominator)
        if abs(numerator / denominator - value) <= error and len(found) < 8:
            found[Fraction(numerator, denominator)] = None
    return list(found)


def mean_around(image: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Extend an image by its mean, cut to a whole number."""
    return extend(image, rows, columns, int(image.mean()))


@dataclass(frozen=True)
class Mistake:
    """A known difference from cv2.filter2D."""

    aspect: str
    name: str
    effect: Any = None
    cost: float = 2  # explanations that cost less are preferred
    parts: tuple[tuple[str, str], ...] = ()  # findings that stand for it: (aspect, name)
    resizes: bool = False  # the kernel
    fine: bool = False  # only a few of the probes show it


NO, ONE, HALF, TWICE, WINDOW = Length(), Length(1), Length(0, 1), Length(0, 2), Length(1, 2)
FIXED_POINTS = (16, 32, 64, 100, 128, 256, 512, 1000, 1024, 4096, 65536)
UNUSED = {"row-and-column": (True, True), "row": (True, False), "column": (False, True)}  # of the kernel


def _range(name: str, cost: float = 2, *parts: tuple[str, str]) -> Mistake:
    return Mistake("range", name, SPANS[name], cost, parts)


MISTAKES = [
    Mistake("orientation", "rotated180", lambda w: w[::-1, ::-1]),
    Mistake("orientation", "transposed", lambda w: w.T),
    Mistake("orientation", "flipped-left-right", lambda w: w[:, ::-1]),
    Mistake("orientation", "flipped-up-down", lambda w: w[::-1]),
    Mistake("orientation", "rotated90", np.rot90, 3),
    Mistake("orientation", "rotated270", lambda w: np.rot90(w, 3), 3),
    Mistake("orientation", "transposed-other-diagonal", lambda w: w[::-1, ::-1].T, 3),
    Mistake("orientation", "rolled", rolled, 3),
    Mistake("kernel", "matrix-product", times_matrix, 3),
    Mistake("kernel", "matrix-product, kernel first", matrix_times, 3, (("kernel", "matrix-product"),)),
    Mistake("kernel", "ignored", mean_of_window, 4),
    *(Mistake("kernel", f"dilated {step}", partial(dilated, step=step), 3, resizes=True) for step in (2, 3)),
    *(
        Mistake("kernel", f"fixed-point {scale}", partial(fixed_point, scale=scale), 3, fine=True)
        for scale in FIXED_POINTS
    ),
    Mistake(
        "kernel", "added-to-image", partial(with_image, times=1, sign=1), 3, (("result", "added-to-image"),)
    ),
    Mistake("kernel", "unsharp", partial(with_image, times=2, sign=-1), 3, (("result", "unsharp"),)),
    Mistake("kernel", "negated", lambda w, d: (-w, d), 3),
    Mistake("kernel", "minus-its-mean", minus_mean, 3),
    Mistake("kernel", "whole-numbers", to_whole, 3),
    Mistake("kernel", "uint8", to_uint8, 3),
    Mistake("kernel", "float16", to_float16, 3),
    *(Mistake("kernel", f"last-{which}-unused", without_last(*sides), 3) for which, sides in UNUSED.items()),
    Mistake("sum", "never-reset", lambda sums: sums.cumsum().reshape(sums.shape), 3),
    Mistake("sum", "reset-per-row", lambda sums: sums.cumsum(axis=1), 3),
    Mistake("divisor", "normalised", lambda w, d: int(w.sum()) or d),
    Mistake("divisor", "number-of-weights", lambda w, d: d * w.size),
    Mistake("divisor", "sum-of-absolute-weights", lambda w, d: int(abs(w).sum()) or d),
    *(Mistake("rounding", name, one, one.cost) for name, one in ROUNDINGS.items() if name != "half-even"),
    _range("wrap-modulo-256"),
    _range("absolute-value"),
    _range("stretch-to-0..255"),
    _range("scaled-to-0..1", 0),
    _range("none", 0),
    _range("clipped-at-0", 1),
    _range("clipped-at-255", 1),
    _range("expects-0..1", 1),
    _range("absolute floats", 2.5, ("range", "absolute-value")),
    _range("absolute, then wrap", 4, ("range", "absolute-value"), ("range", "wrap-modulo-256")),
    _range("wrap below 0", 2, ("range", "wrap-modulo-256")),
    _range("wrap above 255", 2, ("range", "wrap-modulo-256")),
    _range("stretch by the largest", 2, ("range", "scaled-by-its-largest")),
    _range("absolute, then stretch", 4, ("range", "absolute-value"), ("range", "stretch-to-0..255")),
    _range("stretch to -1..1, then wrap", 2, ("range", "stretch-to-0..255")),
    _range("stretch to 0..1", 2, ("range", "stretch-to-0..255"), ("range", "scaled-to-0..1")),
    _range("scaled, not saturated", 0, ("range", "scaled-to-0..1")),
    Mistake("border", "negative-indices", negative_indices),
    Mistake("border", "constant-mean", mean_around),
    Mistake("border", "weights-inside", "weights-inside"),
    Mistake("border", "centre-pixel", "centre-pixel"),
    Mistake("frame", "left-unfiltered", REACH, 2),
    Mistake("frame", "one-pixel-left-unfiltered", Frame(ONE, ONE, ONE, ONE), 3),
    Mistake("frame", "last-row-and-column", Frame(NO, ONE, NO, ONE), 2),
    Mistake("frame", "last-row", Frame(bottom=ONE), 2),
    Mistake("frame", "last-column", Frame(right=ONE), 2),
    Mistake("frame", "first-row-and-column", Frame(ONE, NO, ONE, NO), 3),
    Mistake("frame", "last-kernel-rows-and-columns", Frame(NO, TWICE, NO, TWICE), 3),
    Mistake("frame", "last-kernel-rows-and-columns-and-one", Frame(NO, WINDOW, NO, WINDOW), 3),
    Mistake("frame", "last-half-kernel-rows-and-columns", Frame(NO, HALF, NO, HALF), 3),
    Mistake("frame", "last-two-rows-and-columns", Frame(NO, Length(2), NO, Length(2)), 3),
    Mistake("frame", "first-half-kernel-rows-and-columns", Frame(HALF, NO, HALF, NO), 3),
    Mistake("frame", "rows-at-the-edge", Frame(HALF, HALF), 3),
    Mistake("frame", "columns-at-the-edge", Frame(NO, NO, HALF, HALF), 3),
]

ORIENTATIONS = {"as-is": Mistake("", "", lambda w: w, 0)} | {
    m.name: m for m in MISTAKES if m.aspect == "orientation"
}
KERNELS = {"as-is": Mistake("", "", lambda w, d: (w, d), 0)} | {
    m.name: m for m in MISTAKES if m.aspect == "kernel"
}
DIVISORS = {"not-normalised": Mistake("", "", lambda w, d: d, 0)} | {
    m.name: m for m in MISTAKES if m.aspect == "divisor"
}
RANGES = {"saturate": _range("saturate", 0)} | {m.name: m for m in MISTAKES if m.aspect == "range"}
BORDER_MISTAKES = {m.name: m for m in MISTAKES if m.aspect == "border"}
SUMS = {m.name: m for m in MISTAKES if m.aspect == "sum"}
FRAMES = {m.name: m for m in MISTAKES if m.aspect == "frame"}
NAMES = {mistake.effect: mistake for mistake in FRAMES.values()}


def of_frame(frame: Frame, shift: Shift = UNMOVED) -> Mistake | None:
    """Return the entry of a frame that has a name; None for any other."""
    return FRAMES["left-unfiltered"] if frame == REACH.moved(shift) else NAMES.get(frame)


def frame_cost(frame: Frame, shift: Shift = UNMOVED) -> float:
    """Return what a frame adds to the complexity of an explanation."""
    if frame == WHOLE:
        return 0
    known, rest = of_frame(frame, shift), of_frame(frame.without(REACH))
    if known is not None:
        return known.cost
    return 3 if frame.rows is not None or rest is not None else 3.5


@dataclass(frozen=True)
class Hypothesis:
    """A combination of mistakes, by their names; the defaults are filter2D's behaviour."""

    border: str | int | tuple[str, str] = "replicate"  # a name, or as Model has it
    orientation: str = "as-is"
    kernel: str = "as-is"
    shift: Shift = UNMOVED  # of the output
    divisor: str = "not-normalised"
    factor: Fraction = Fraction(1)
    offset: float = 0  # whole, or a half
    rounding: str = "half-even"
    range: str = "saturate"
    adds_up_in: str = ""  # "int", "uint8" or "int-products"
    frame: Frame = WHOLE  # the edges that are not computed
    fill: str = "0"  # the pixels there: a number, "image", "nan", "missing" or "any"
    sum: str = ""  # "never-reset" or "reset-per-row"
    early: str = ""  # "first-pixel", "first-row", or "last-row": the only one that is known
    overwrites: bool = False  # the image, while it is read
    noisy: bool = False  # its sums have float noise, as those of a Fourier transform or of float32

    @property
    def borderless(self) -> bool:
        """Return whether all pixels whose windows leave the image are left out."""
        return self.frame.covers(REACH.moved(self.shift))

    @property
    def stretches(self) -> bool:
        """Return whether a pixel depends on the extremes of the image."""
        return bool(RANGES[self.range].effect.stretch)

    @property
    def entangled(self) -> bool:
        """Return whether a pixel depends on others, or is one of few: it is known with its border only."""
        return self.stretches or bool(self.sum) or bool(self.early) or self.overwrites


# What values other than the defaults add to the complexity of a hypothesis: of a mistake, it is usually 2.
# Noise adds more: else a rule for halves would be taken for noise that goes the same way.
COSTS = {"shift": 2, "factor": 3, "offset": 2, "adds_up_in": 3, "early": 2, "overwrites": 2, "noisy": 3.5}


def cost(guess: Hypothesis, border: str | None) -> float:
    """Return the complexity of a hypothesis. border: the mode that is right; None: any of BORDERS."""
    names: list[Any] = [
        ORIENTATIONS[guess.orientation], KERNELS[guess.kernel], DIVISORS[guess.divisor],
        ROUNDINGS[guess.rounding], *([SUMS[guess.sum]] if guess.sum else []),
    ]  # fmt: skip
    total: float = (
        sum(name.cost for name in names) + _range_cost(guess) + frame_cost(guess.frame, guess.shift)
    )
    total += sum(more for name, more in COSTS.items() if getattr(guess, name) != getattr(Hypothesis, name))
    if guess.offset != round(guess.offset):
        total += 2
    if guess.borderless or guess.border in ([border] if border else BORDERS):
        return total
    return total + (2.5 if isinstance(guess.border, tuple) else 2 - (guess.orientation == "rotated180"))


def _range_cost(guess: Hypothesis) -> float:
    told = RANGES[guess.range]
    # Where nothing tells them apart, the sums are rather as they are than cut at one end.
    least = 2 + told.cost / 100 if guess.rounding != "none" and guess.range != "saturate" else 0
    # A plain cast is likelier than a cast of what is stopped at one end, and floor is not.
    cast = guess.rounding == "truncate" and told.effect.after == "wrap" and guess.range != "wrap-modulo-256"
    return max(told.cost, least) + 0.5 * cast


def used_kernel(probe: Probe, guess: Hypothesis) -> Weights:
    """Return the weights that are used, over what their sums are divided by: a positive number."""
    key = guess.kernel, guess.orientation, guess.divisor
    if key not in probe.memory:
        weights, divisor = KERNELS[guess.kernel].effect(*probe.weights)
        weights = ORIENTATIONS[guess.orientation].effect(weights)
        divisor = DIVISORS[guess.divisor].effect(weights, divisor)
        probe.memory[key] = Weights(weights if divisor > 0 else -weights, abs(divisor))
    used: Weights = probe.memory[key]
    return used


def model_of(probe: Probe, guess: Hypothesis) -> Model:
    """Return the model of what the hypothesis makes of a probe; frames and what fills them left out."""
    border, weights, factor = guess.border, used_kernel(probe, guess), guess.factor
    used: Border = BORDER_MISTAKES[border].effect if border in BORDER_MISTAKES else border
    if border == "weights-inside" and guess.divisor == "number-of-weights":
        used = "taps-inside"
    elif border == "weights-inside" and guess.divisor == "not-normalised":
        factor *= Fraction(int(weights.values.sum()), weights.divisor)  # times the sum of the kernel
    right, down = guess.shift.of(probe.reach)
    return Model(
        weights, used, Fraction(guess.offset), factor, guess.rounding, guess.range, shift=(down, right)
    )


def responses(probe: Probe, guess: Hypothesis, output: np.ndarray | None = None) -> tuple[np.ndarray, Any]:
    """Return the responses before they become pixels, as whole numbers, and their scale.

    output: the function's, which it may be reading from.
    """
    model = model_of(probe, guess)
    values = model.weights.values
    if guess.overwrites or guess.adds_up_in:
        windows = _windows(model, probe, guess, output)
        if guess.adds_up_in:
            return added_up(windows.astype(float), _floats(probe, guess).ravel(), guess.adds_up_in), 1
        sums = model.sums_of(windows.reshape(-1, values.size)).reshape(probe.image.shape)
        return model.scaled(sums)
    key = (model.border, model.shift, values.tobytes(), values.shape)
    if key not in probe.memory:
        probe.memory[key] = model.sums(probe.image)
    sums, scale = model.responses(probe.image, probe.memory[key])
    if guess.sum:
        sums = SUMS[guess.sum].effect(np.where(uncomputed(probe, guess), 0, sums))
    return sums, scale


def _windows(model: Model, probe: Probe, guess: Hypothesis, output: np.ndarray | None) -> np.ndarray:
    """Return the window of each pixel, (H, W, taps): where it overwrites, with the pixels before that one."""
    shape, (rows, columns) = model.weights.values.shape, model.reach
    padded = model.extended(probe.image).astype(np.int64)
    windows = np.lib.stride_tricks.sliding_window_view(padded, shape).reshape(*probe.image.shape, -1)
    if not guess.overwrites or output is None:
        return windows
    written, done = padded.copy(), ~uncomputed(probe, guess)
    written[rows : rows + done.shape[0], columns : columns + done.shape[1]][done] = output[done]
    after = np.lib.stride_tricks.sliding_window_view(written, shape).reshape(windows.shape)
    return np.where(np.arange(windows.shape[-1]) < windows.shape[-1] // 2, after, windows)


def _floats(probe: Probe, guess: Hypothesis) -> np.ndarray:
    """Return the weights that are used, with the rounding errors that a function's own have."""
    if guess.divisor not in ("normalised", "not-normalised"):
        values, divisor = used_kernel(probe, guess)
        return values / divisor
    floats: np.ndarray = ORIENTATIONS[guess.orientation].effect(probe.kernel)
    return floats / (floats.sum() or 1) if guess.divisor == "normalised" else floats


def error(probe: Probe, guess: Hypothesis) -> float:
    """Bound the float error of the responses: of float64, or of what is noisier."""
    if guess.adds_up_in:
        return 0.0
    floats = FLOAT64 if ROUNDINGS[guess.rounding].whole else FLOAT32
    floats = FOURIER if guess.noisy else floats
    key = guess.kernel, guess.orientation, guess.divisor, guess.border, guess.factor, guess.offset, floats
    if key not in probe.memory:
        probe.memory[key] = model_of(probe, guess).error(floats)
    largest: float = probe.memory[key]
    return largest * (probe.image.size if guess.sum else 1)


def uncomputed(probe: Probe, guess: Hypothesis) -> np.ndarray:
    """Return the mask of pixels that are not computed: bool, (H, W)."""
    done = ~guess.frame.mask(probe.image.shape, probe.reach)
    if guess.early == "first-pixel":
        done &= np.cumsum(done).reshape(done.shape) == 1
    elif guess.early == "first-row":
        done &= (np.cumsum(done.any(axis=1)) == 1)[:, np.newaxis]
    elif guess.early == "last-row":
        done[:-1] = False
    return ~done


def predict(
    probe: Probe, guess: Hypothesis, output: np.ndarray | None = None, most: float = np.inf
) -> Pixels | None:
    """Return the output of a function with these mistakes, all pixels computed; None if there is none.

    output: what it has written, for one that overwrites its image. most: a limit to the float error.
    """
    sums, scale = responses(probe, guess, output)
    span, extremes = RANGES[guess.range].effect, None
    if span.stretch:
        frame, used = uncomputed(probe, guess), probe.known
        if guess.fill == "missing":
            used = used & ~frame
        else:
            fill = probe.image.astype(np.int64) if guess.fill == "image" else 0
            sums = np.where(frame, fill * scale, sums)
        if not used.any():
            return None
        extremes = sums[used].min(), sums[used].max()
    spread = min(error(probe, guess), most)
    return make_pixels(sums, scale, ROUNDINGS[guess.rounding], span, spread, extremes)


def agreement(probe: Probe, output: np.ndarray, guess: Hypothesis) -> np.ndarray:
    """Return the mask of pixels that are as the hypothesis predicts, up to the float noise it has."""
    predicted = predict(probe, guess, output)
    if predicted is None:
        return np.ones(output.shape, bool)
    right, frame = predicted.equal(output), uncomputed(probe, guess)
    if guess.fill == "missing" or not guess.stretches:
        right[frame] = is_fill(probe, output, guess.fill)[frame]
    right |= ~probe.known
    return right


def is_fill(probe: Probe, output: np.ndarray, fill: str) -> np.ndarray:
    """Return the mask of pixels that are as this fill makes them."""
    if fill == "any":
        return np.ones(output.shape, bool)
    missing = fill in ("nan", "missing")
    mask: np.ndarray = (
        np.isnan(output) if missing else output == (probe.image if fill == "image" else int(fill))
    )
    return mask


def excused(cases: Sequence[Case], guess: Hypothesis) -> bool:
    """Return whether what differs from the exact pixels of a hypothesis, if anything, looks like noise."""
    compared = []
    for probe, output in cases:
        done = probe.known & ~uncomputed(probe, guess)
        near, on_step = predict(probe, guess, output), predict(probe, guess, output, TRACE)
        if near is not None and on_step is not None:
            compared.append((output[done], near.at(done), on_step.at(done)))
    return looks_like_noise(compared)
