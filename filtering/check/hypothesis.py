"""A hypothesis about a function: the mistakes it makes, and the output that they predict."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from filtering.borders import BORDERS
from filtering.check.mistakes import DIVISORS, KERNELS, ORIENTATIONS, RANGES, SUMS, frame_cost
from filtering.check.probes import Probe
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
    Model,
    Pixels,
    Shift,
    added_up,
    looks_like_noise,
    make_pixels,
)


@dataclass(frozen=True)
class Hypothesis:
    """How a function may have got its pixels, by names of the table of mistakes; the defaults are right."""

    border: str = "replicate"  # one of BORDERS, "negative-indices", "weights-inside" or "constant-N"
    orientation: str = "as-is"
    kernel: str = "as-is"
    columns: str = ""  # the border at the left and right, where it is another
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
    overwrites: bool = False
    noisy: bool = False  # its sums have float noise, as those of a Fourier transform or of float32

    @property
    def borderless(self) -> bool:
        """Return whether all pixels whose windows leave the image are left out."""
        return self.frame.covers(REACH.moved(self.shift))


def cost(guess: Hypothesis, border: str | None) -> float:
    """Return the complexity of a hypothesis: 2 for most mistakes."""
    told, library = RANGES[guess.range], guess.orientation == "rotated180"
    span = told.cost
    if guess.rounding != "none" and guess.range != "saturate":
        span = max(span, 2)
    if guess.rounding == "truncate" and told.effect.after == "wrap" and guess.range != "wrap-modulo-256":
        span += 0.5  # a plain cast is likelier, and floor is not
    edge = 0 if guess.border in ([border] if border else BORDERS) else 2 - library
    return (
        ORIENTATIONS[guess.orientation].cost
        + KERNELS[guess.kernel].cost
        + DIVISORS[guess.divisor].cost
        + ROUNDINGS[guess.rounding].cost
        + span
        + (0 if guess.borderless else edge)
        + 2 * (guess.shift != UNMOVED)
        + 3 * (guess.factor != 1)
        + 2 * (guess.offset != 0)
        + 2 * (guess.offset != round(guess.offset))
        + 3 * bool(guess.adds_up_in)
        + 3 * bool(guess.sum)
        + 2.5 * bool(guess.columns)
        + frame_cost(guess.frame, guess.shift)
        + 2 * bool(guess.early)
        + 2 * guess.overwrites
        # More than a mistake: else a rule for halves would be taken for noise that goes the same way.
        + 3.5 * guess.noisy
    )


def used_kernel(probe: Probe, guess: Hypothesis) -> Weights:
    """Return the weights that are used, over what their sums are divided by: a positive number."""
    weights, divisor = probe.weights
    if guess.kernel != "as-is":
        weights, divisor = KERNELS[guess.kernel].effect(weights, divisor)
    if guess.orientation != "as-is":
        weights = ORIENTATIONS[guess.orientation].effect(weights)
    if guess.divisor != "not-normalised":
        divisor = DIVISORS[guess.divisor].effect(weights, divisor)
    return Weights(weights if divisor > 0 else -weights, abs(divisor))


def model_of(probe: Probe, guess: Hypothesis) -> Model:
    """Return the model of what the hypothesis makes of a probe; frames and what fills them left out."""
    border: Border = guess.border
    if guess.columns:
        border = guess.border, guess.columns
    if guess.border == "weights-inside" and guess.divisor == "number-of-weights":
        border = "taps-inside"
    elif guess.border == "constant-mean":
        border = int(probe.image.mean())
    elif guess.border.startswith("constant-"):
        border = int(guess.border.removeprefix("constant-"))
    weights, factor = used_kernel(probe, guess), guess.factor
    if border == "weights-inside" and guess.divisor == "not-normalised":
        factor *= Fraction(int(weights.values.sum()), weights.divisor)  # times the sum of the kernel
    right, down = guess.shift.of(probe.reach)
    return Model(
        weights, border, Fraction(guess.offset), factor, guess.rounding, guess.range, shift=(down, right)
    )


def responses(probe: Probe, guess: Hypothesis) -> tuple[np.ndarray, Any]:
    """Return the responses before they become pixels, as whole numbers, and their scale."""
    model = model_of(probe, guess)
    values, divisor = model.weights
    if guess.adds_up_in:
        windows = np.lib.stride_tricks.sliding_window_view(model.extended(probe.image), values.shape)
        flat = windows.reshape(*probe.image.shape, -1).astype(np.float64)
        return added_up(flat, _floats(probe, guess, values / divisor).ravel(), guess.adds_up_in), 1
    key = (model.border, model.shift, values.tobytes(), values.shape)
    if key not in probe.memory:
        probe.memory[key] = model.sums(probe.image)
    sums, scale = model.responses(probe.image, probe.memory[key])
    if guess.sum:
        sums = SUMS[guess.sum].effect(np.where(uncomputed(probe, guess), 0, sums))
    return sums, scale


def _floats(probe: Probe, guess: Hypothesis, used: np.ndarray) -> np.ndarray:
    """Return the weights that are used, with the rounding errors that a function's own have."""
    if guess.divisor not in ("normalised", "not-normalised"):
        return used
    floats = probe.kernel
    if guess.orientation != "as-is":
        floats = ORIENTATIONS[guess.orientation].effect(floats)
    return floats / (floats.sum() or 1) if guess.divisor == "normalised" else floats


def error(probe: Probe, guess: Hypothesis) -> float:
    """Bound the float error of the responses: of float64, or of what is noisier."""
    if guess.adds_up_in:
        return 0.0
    floats = FLOAT64 if ROUNDINGS[guess.rounding].whole else FLOAT32
    largest = model_of(probe, guess).error(FOURIER if guess.noisy else floats)
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


def predict(probe: Probe, guess: Hypothesis, most: float = np.inf) -> Pixels | None:
    """Return the output of a function with these mistakes, all pixels computed; None if there is none.

    most: a limit to the float error.
    """
    sums, scale = responses(probe, guess)
    span, extremes = RANGES[guess.range].effect, None
    if span.stretch:
        frame = uncomputed(probe, guess)
        if guess.fill == "missing":
            if frame.all():
                return None
            known = sums[~frame]
        else:
            fill = probe.image.astype(np.int64) if guess.fill == "image" else 0
            known = sums = np.where(frame, fill * scale, sums)
        extremes = known.min(), known.max()
    spread = min(error(probe, guess), most)
    return make_pixels(sums, scale, ROUNDINGS[guess.rounding], span, spread, extremes)


def agreement(probe: Probe, output: np.ndarray, guess: Hypothesis) -> np.ndarray:
    """Return the mask of pixels that are as the hypothesis predicts, up to the float noise it has."""
    predicted = predict(probe, guess)
    if predicted is None:
        return np.ones(output.shape, bool)
    right = predicted.equal(output)
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


def excused(cases: Sequence[tuple[Probe, np.ndarray]], guess: Hypothesis) -> bool:
    """Return whether what differs from the exact pixels of a hypothesis, if anything, looks like noise."""
    return looks_like_noise(_computed(cases, guess))


def _computed(
    cases: Sequence[tuple[Probe, np.ndarray]], guess: Hypothesis
) -> Iterator[tuple[np.ndarray, Pixels, Pixels]]:
    """Yield the pixels of each output that are computed, and those predicted, near a step and on it."""
    for probe, output in cases:
        done = ~uncomputed(probe, guess)
        near, on_step = predict(probe, guess), predict(probe, guess, TRACE)
        if near is not None and on_step is not None:
            yield output[done], near.at(done), on_step.at(done)
