"""The table of mistakes that are searched for: each with its name and its effect on the reference.

A new mistake is a new line of MISTAKES: `search` tries its effect alone and together with all others. Its
sentence stands in `words`, its remedy in `remedies`. The effect depends on the aspect:

    orientation    weights -> weights
    kernel         (weights, divisor) -> (weights, divisor)
    divisor        (weights, divisor) -> divisor
    rounding       a Rounding of `model`
    range          a Range of `model`
    sum            the sums of all pixels -> the sums that are stored
    frame          a Frame of `model`: the rows and columns at the edges that are not computed
"""

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
    effect: Any = None
    cost: float = 2  # explanations that cost less are preferred
    parts: tuple[tuple[str, str], ...] = ()  # findings that stand for it: (aspect, name)
    resizes: bool = False  # the kernel
    fine: bool = False  # only a few of the probes show it


RIGHT = Mistake("", "", cost=0)
NO, ONE, REACH, TWICE, WINDOW = Length(), Length(1), Length(0, 1), Length(0, 2), Length(1, 2)
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
    *(Mistake("kernel", f"dilated {step}", dilated(step), 3, resizes=True) for step in (2, 3)),
    *(Mistake("kernel", f"fixed-point {scale}", fixed_point(scale), 3, fine=True) for scale in FIXED_POINTS),
    Mistake("kernel", "added-to-image", with_image(1, 1), 3, (("result", "added-to-image"),)),
    Mistake("kernel", "unsharp", with_image(2, -1), 3, (("result", "unsharp"),)),
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
    _range("absolute floats", 1, ("range", "absolute-value")),
    _range("absolute, then wrap", 4, ("range", "absolute-value"), ("range", "wrap-modulo-256")),
    _range("wrap below 0", 2, ("range", "wrap-modulo-256")),
    _range("wrap above 255", 2, ("range", "wrap-modulo-256")),
    _range("stretch by the largest", 2, ("range", "scaled-by-its-largest")),
    _range("absolute, then stretch", 4, ("range", "absolute-value"), ("range", "stretch-to-0..255")),
    _range("stretch to -1..1, then wrap", 2, ("range", "stretch-to-0..255")),
    _range("stretch to 0..1", 2, ("range", "stretch-to-0..255"), ("range", "scaled-to-0..1")),
    _range("scaled, not saturated", 0, ("range", "scaled-to-0..1")),
    Mistake("frame", "left-unfiltered", ALL_REACH, 2),
    Mistake("frame", "one-pixel-left-unfiltered", Frame(ONE, ONE, ONE, ONE), 3),
    Mistake("frame", "last-row-and-column", Frame(NO, ONE, NO, ONE), 2),
    Mistake("frame", "last-row", Frame(bottom=ONE), 2),
    Mistake("frame", "last-column", Frame(right=ONE), 2),
    Mistake("frame", "first-row-and-column", Frame(ONE, NO, ONE, NO), 3),
    Mistake("frame", "last-kernel-rows-and-columns", Frame(NO, TWICE, NO, TWICE), 3),
    Mistake("frame", "last-kernel-rows-and-columns-and-one", Frame(NO, WINDOW, NO, WINDOW), 3),
    Mistake("frame", "last-half-kernel-rows-and-columns", Frame(NO, REACH, NO, REACH), 3),
    Mistake("frame", "last-two-rows-and-columns", Frame(NO, Length(2), NO, Length(2)), 3),
    Mistake("frame", "first-half-kernel-rows-and-columns", Frame(REACH, NO, REACH, NO), 3),
    Mistake("frame", "rows-at-the-edge", Frame(REACH, REACH), 3),
    Mistake("frame", "columns-at-the-edge", Frame(NO, NO, REACH, REACH), 3),
]

ORIENTATIONS = {"as-is": RIGHT} | {m.name: m for m in MISTAKES if m.aspect == "orientation"}
KERNELS = {"as-is": RIGHT} | {m.name: m for m in MISTAKES if m.aspect == "kernel"}
DIVISORS = {"not-normalised": RIGHT} | {m.name: m for m in MISTAKES if m.aspect == "divisor"}
RANGES = {"saturate": _range("saturate", 0)} | {m.name: m for m in MISTAKES if m.aspect == "range"}
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
