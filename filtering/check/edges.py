"""The edges of an output: what lies past the image, what was not computed, and what fills it."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from filtering.check.hypothesis import Hypothesis, agreement, error, model_of, responses, uncomputed
from filtering.check.mistakes import FRAMES, RANGES
from filtering.check.probes import Probe
from filtering.check.screen import informative
from filtering.model import FLOAT64, ROUNDINGS, make_pixels


def framed(probe: Probe, output: np.ndarray, guess: Hypothesis) -> Iterator[Hypothesis]:
    """Yield the hypothesis as it is, or with the frames that make up for every wrong pixel of this output."""
    if guess.frame:  # a stretch knows its own
        yield guess
        return
    right = agreement(probe, output, replace(guess, noisy=True))
    if right.all():
        yield guess
        return
    for frame in FRAMES:
        if "left-unfiltered" in frame and guess.border != "zero" and not frame.startswith("one"):
            continue
        full = replace(guess, frame=frame)
        left = uncomputed(probe, full)
        if left.any() and (right | left).all():
            yield from (replace(full, fill=fill) for fill in fills(output[left], probe.image[left]))
    wrong = ~right
    rows, columns = np.flatnonzero(wrong.all(axis=1)), np.flatnonzero(wrong.all(axis=0))
    full = replace(guess, frame=f"beyond {min(rows, default=999)} x {min(columns, default=999)}")
    left = uncomputed(probe, full)
    if min(rows, default=0) > 3 and min(columns, default=0) > 3 and (right | left).all():
        yield from (replace(full, fill=fill) for fill in fills(output[left], probe.image[left]))


def fills(output: np.ndarray, image: np.ndarray) -> list[str]:
    """Return what pixels that were not computed may be filled with."""
    if output.dtype.kind == "f" and np.isnan(output).all():
        return ["missing"]
    if (output == image).all():
        return ["image"]
    first = output.flat[0]
    if output.dtype.kind != "c" and (output == first).all() and first == round(float(first)):
        return [str(int(first)), "any"]
    return ["any"]


def constants(probe: Probe, output: np.ndarray, guess: Hypothesis) -> list[str]:
    """Return the values past the edge of the image that an output agrees with, as borders."""
    if output.dtype.kind == "c" or RANGES[guess.range].effect.stretch or guess.adds_up_in:
        return []
    zero = replace(guess, border="zero", noisy=True)
    sums, scale = responses(probe, zero)
    right = agreement(probe, output, zero)
    places = informative(output, ~right & ~probe.inside(guess.shift))[:16]
    if len(places) < 4:
        return []
    # The response to a border of 1 around a black image is the weight that lies outside.
    black = Probe(np.zeros_like(probe.image), probe.kernel)
    outside = responses(black, replace(zero, border="constant-1", offset=0))[0]
    values = np.arange(1, 256)[np.newaxis]
    one, weight = sums[tuple(places.T)][:, np.newaxis], outside[tuple(places.T)][:, np.newaxis]
    span, rounding = RANGES[guess.range].effect, ROUNDINGS[guess.rounding]
    made = make_pixels(one + weight * values, scale, rounding, span, error(probe, zero))
    assert made is not None
    fitting = made.equal(output[tuple(places.T)][:, np.newaxis]).all(axis=0)
    return [f"constant-{value}" for value in values[0][fitting][:3]]


def side_mask(probe: Probe, side: str) -> np.ndarray:
    """Return the mask of one edge without its corners."""
    (height, width), (rows, columns) = probe.image.shape, probe.reach
    mask = np.zeros((height, width), bool)
    if side in ("top", "bottom"):
        part = slice(0, rows) if side == "top" else slice(height - rows, height)
        mask[part, columns : width - columns] = True
    else:
        part = slice(0, columns) if side == "left" else slice(width - columns, width)
        mask[rows : height - rows, part] = True
    return mask


def early_rows(probe: Probe, output: np.ndarray) -> tuple[str, str, str] | None:
    """Return which row or pixel is all that was computed, the frame around it, and what fills the rest."""
    rows, columns = probe.reach
    if output.dtype.kind == "f" and np.isnan(output[:-1]).all():
        return "last-row", "", "missing"
    for fill in fills(output[-1:], probe.image[-1:]):
        if fill in ("any", "missing"):
            continue
        rest = output != (probe.image if fill == "image" else int(fill))
        done = np.argwhere(rest)
        if len(done) == 0:
            return "", "", fill
        if len(np.unique(done[:, 0])) > 1:
            return None
        inside = done[0, 0] == rows and done[:, 1].min() >= columns
        if not inside and done[0, 0] != 0:
            return None
        early = "first-pixel" if len(done) == 1 else "first-row"
        return early, "left-unfiltered" if inside else "", fill
    return None


def overwritten(probe: Probe, guess: Hypothesis, output: np.ndarray) -> bool:
    """Return whether this is the output of a loop that goes on reading from where it writes to."""
    if output.dtype.kind not in "ui":
        return False
    model, left = model_of(probe, guess), uncomputed(probe, guess)
    kh, kw = model.weights.values.shape
    canvas = model.extended(probe.image).astype(np.int64)
    for y, x in np.argwhere(~left):
        window = canvas[y : y + kh, x : x + kw].reshape(1, -1)
        if not model.made(model.sums_of(window), FLOAT64).equal(output[y, x]).all():
            return False
        canvas[y + kh // 2, x + kw // 2] = output[y, x]
    return bool((output == probe.image)[left].all())
