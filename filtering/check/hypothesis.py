"""A hypothesis about a function: the mistakes it makes, and the output that they predict."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from filtering.borders import BORDERS
from filtering.check.effects import Predicted, added_up, make_pixels, padded_with
from filtering.check.mistakes import DIVISORS, FRAMES, KERNELS, ORIENTATIONS, RANGES, ROUNDINGS, Length
from filtering.check.probes import Probe

NONE = ("0", "0")


@dataclass(frozen=True)
class Hypothesis:
    """How a function may have got its pixels, by names of the table of mistakes; the defaults are right."""

    border: str = "replicate"  # one of BORDERS, "negative-indices", "weights-inside" or "constant-N"
    orientation: str = "as-is"
    kernel: str = "as-is"
    shift: tuple[str, str] = NONE  # of the output, to the right and down
    divisor: str = "not-normalised"
    factor: Fraction = Fraction(1)
    offset: int = 0
    rounding: str = "half-even"
    range: str = "saturate"
    adds_up_in: str = ""  # "int", "uint8" or "int-products"; the kernel is then at most turned
    frame: str = ""  # the edges that are not computed: a name of FRAMES, or "beyond 16 x 16"
    fill: str = "0"  # the pixels there: a number, "image", "nan", "missing" or "any"
    early: str = ""  # "first-pixel", "first-row", or "last-row": the only one that is known
    overwrites: bool = False


def cost(guess: Hypothesis, border: str | None) -> int:
    """Return how much a hypothesis takes for granted: 2 for most mistakes."""
    span, library = RANGES[guess.range].cost, guess.orientation == "rotated180"
    if guess.rounding != "none" and guess.range != "saturate":
        span = max(span, 2)
    if guess.rounding == "truncate" and "wrap" in guess.range and guess.range != "wrap-modulo-256":
        span += 1  # a plain cast is likelier
    if guess.rounding == "floor" and RANGES[guess.range].effect.nonnegative and guess.range != "saturate":
        span += 2  # the same as to truncate, which is likelier
    edge = 0 if guess.border in ([border] if border else BORDERS) else 2 - library
    return (
        ORIENTATIONS[guess.orientation].cost
        + KERNELS[guess.kernel].cost
        + DIVISORS[guess.divisor].cost
        + ROUNDINGS[guess.rounding].cost
        + span
        + (edge if "left-unfiltered" not in guess.frame else 0)
        + 2 * (guess.shift != NONE)
        + 3 * (guess.factor != 1)
        + 2 * (guess.offset != 0)
        + 3 * bool(guess.adds_up_in)
        + (FRAMES[guess.frame].cost if guess.frame in FRAMES else 3 * bool(guess.frame))
        + 2 * bool(guess.early)
        + 2 * guess.overwrites
    )


def used_kernel(probe: Probe, guess: Hypothesis) -> tuple[np.ndarray, int, int]:
    """Return the whole weights that are used, their divisor, and what their sums are divided by."""
    weights, divisor = probe.weights
    if guess.kernel != "as-is":
        weights, divisor = KERNELS[guess.kernel].effect(weights, divisor)
    if guess.orientation != "as-is":
        weights = ORIENTATIONS[guess.orientation].effect(weights)
    scale = divisor
    if guess.divisor != "not-normalised":
        scale = DIVISORS[guess.divisor].effect(weights, divisor)
    return weights, divisor, scale


def windows_of(probe: Probe, shape: tuple[int, ...], guess: Hypothesis) -> np.ndarray:
    """Return the window of each output pixel: int64, (H, W, kh, kw)."""
    rows, columns = (side // 2 for side in shape)
    right, down = probe.moved(guess.shift)
    border = "zero" if guess.border == "weights-inside" else guess.border
    padded = padded_with(border, probe.image.astype(np.int64), rows + abs(down), columns + abs(right))
    windows = np.lib.stride_tricks.sliding_window_view(padded, shape)
    height, width = probe.image.shape
    y, x = abs(down) - down, abs(right) - right  # moved down: each window is one from further up
    return windows[y : y + height, x : x + width]


def responses(probe: Probe, guess: Hypothesis) -> tuple[np.ndarray, np.ndarray]:
    """Return the sums before they become pixels, as whole numbers, and their divisor for each pixel."""
    weights, divisor, scale = used_kernel(probe, guess)
    key = (guess.border, guess.orientation, guess.kernel, guess.shift)
    if guess.adds_up_in:
        windows = windows_of(probe, weights.shape, guess)
        flat = windows.reshape(*windows.shape[:2], -1).astype(np.float64)
        factors = probe.kernel
        if guess.orientation != "as-is":
            factors = ORIENTATIONS[guess.orientation].effect(factors)
        if guess.divisor == "normalised":
            factors = factors / (factors.sum() or 1)  # rounded as the function's own
        elif guess.divisor != "not-normalised":
            factors = factors / (scale / divisor)
        return added_up(flat, factors, guess.adds_up_in), np.ones((1, 1), np.int64)
    if key not in probe.memory:
        windows = windows_of(probe, weights.shape, guess)
        # float64 is exact here, and several times as fast as int64: sums are below 2**53.
        probe.memory[key] = np.rint(
            np.tensordot(windows.astype(np.float64), weights.astype(np.float64), 2)
        ).astype(np.int64)
    sums, scales = probe.memory[key], np.full((1, 1), scale, np.int64)
    if guess.border == "weights-inside":
        sums, scales = _of_weights_inside(probe, guess, sums, weights, divisor)
    sums, scales = np.where(scales < 0, -sums, sums), abs(scales)
    if guess.factor != 1:
        sums, scales = sums * guess.factor.numerator, scales * guess.factor.denominator
    if guess.offset != 0:
        sums = sums + guess.offset * scales
    return sums, scales


def _of_weights_inside(
    probe: Probe, guess: Hypothesis, sums: np.ndarray, weights: np.ndarray, divisor: int
) -> tuple[np.ndarray, np.ndarray]:
    """Divide by the weights that lie inside the image, instead of all of them."""
    ones = Probe(np.ones_like(probe.image), probe.kernel)
    windows = windows_of(ones, weights.shape, guess)
    if guess.divisor == "number-of-weights":
        return sums, divisor * windows.sum(axis=(2, 3))
    inside = np.einsum("yxij,ij->yx", windows, weights)
    whole = int(weights.sum())
    if guess.divisor == "not-normalised":
        sums, inside = sums * whole, inside * divisor
    return np.where(inside == 0, 0, sums), np.where(inside == 0, 1, inside)


def uncomputed(probe: Probe, guess: Hypothesis) -> np.ndarray:
    """Return the mask of pixels that are not computed: bool, (H, W)."""
    height, width = probe.image.shape
    done = np.ones((height, width), bool)
    if guess.frame == "left-unfiltered":
        done = probe.inside(guess.shift)
    elif guess.frame.startswith("beyond"):
        rows, columns = map(int, guess.frame.split()[1::2])
        done[rows:] = done[:, columns:] = False
    elif guess.frame:
        frame, (rows, columns) = FRAMES[guess.frame].effect, probe.reach
        done[: _length(frame.top, rows)] = done[max(height - _length(frame.bottom, rows), 0) :] = False
        done[:, : _length(frame.left, columns)] = False
        done[:, max(width - _length(frame.right, columns), 0) :] = False
    if guess.early == "first-pixel":
        done &= np.cumsum(done).reshape(done.shape) == 1
    elif guess.early == "first-row":
        done &= (np.cumsum(done.any(axis=1)) == 1)[:, np.newaxis]
    elif guess.early == "last-row":
        done[:-1] = False
    return ~done


def _length(length: Length, reach: int) -> int:
    return length[0] + length[1] * reach


def predict(probe: Probe, guess: Hypothesis) -> Predicted | None:
    """Return the output of a function with these mistakes, all pixels computed; None if there is none."""
    sums, scale = responses(probe, guess)
    span = RANGES[guess.range].effect
    if not span.stretch:
        return make_pixels(sums, scale, guess.rounding, span)
    frame = uncomputed(probe, guess)
    if guess.fill == "missing":
        if frame.all():
            return None
        known = sums[~frame]
    else:
        fill = probe.image.astype(np.int64) if guess.fill == "image" else 0
        known = sums = np.where(frame, fill * scale, sums)
    return make_pixels(sums, scale, guess.rounding, span, known.min(), known.max())


def agreement(probe: Probe, output: np.ndarray, guess: Hypothesis, noise: bool) -> np.ndarray:
    """Return the mask of pixels that are as the hypothesis predicts."""
    predicted = predict(probe, guess)
    if predicted is None:
        return np.ones(output.shape, bool)
    right = predicted.equal(output, noise)
    frame = uncomputed(probe, guess)
    if not frame.any() or (RANGES[guess.range].effect.stretch and guess.fill != "missing"):
        return right
    if guess.fill == "image":
        filled = output == probe.image
    elif guess.fill in ("nan", "missing"):
        filled = np.isnan(output)
    else:
        filled = np.ones(output.shape, bool) if guess.fill == "any" else output == int(guess.fill)
    result: np.ndarray = np.where(frame, filled, right)
    return result
