"""The edges of an output: what lies past the image, what was not computed, and what fills it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from filtering.borders import BORDERS
from filtering.check.hypothesis import Hypothesis, agreement, error, model_of, responses, uncomputed
from filtering.check.mistakes import RANGES, WINDOW
from filtering.check.probes import Probe
from filtering.check.screen import Case, informative
from filtering.model import FLOAT64, REACH, ROUNDINGS, WHOLE, Frame, Length, make_pixels

KERNEL_SIZED = Frame(rows=WINDOW, columns=WINDOW)  # loops over the kernel instead of the image


def framed(cases: Sequence[Case], guess: Hypothesis) -> Iterator[Hypothesis]:
    """Yield the hypothesis with the frames, as measured, that make up for every wrong pixel of an output."""
    inner = REACH.moved(guess.shift)
    rights = [agreement(probe, output, replace(guess, noisy=True)) for probe, output in cases]
    for frame in [*_frames(cases, rights), *_beyond(rights)]:
        if frame.covers(inner) and guess.border != "zero":
            continue  # said once
        for (probe, output), right in zip(cases, rights, strict=True):
            left = frame.mask(output.shape, probe.reach)
            if left.any() and not left.all() and (right | left).all():
                for fill in fills(output[left], probe.image[left]):
                    yield replace(guess, frame=frame, fill=fill)
                break


def _frames(cases: Sequence[Case], rights: Sequence[np.ndarray]) -> list[Frame]:
    """Return the frames around what is right: those that fit most outputs."""
    measured = []
    for (probe, _), right in zip(cases, rights, strict=True):
        (height, width), (rows, columns) = right.shape, probe.reach
        top, bottom = _ends(right[:, width // 3 : width - width // 3])
        left, end = _ends(right[height // 3 : height - height // 3].T)
        inner = right[top : height - bottom, left : width - end]
        if inner.size and inner.all():
            measured.append(((top, rows), (bottom, rows), (left, columns), (end, columns)))
    sides = [_lengths(side) for side in zip(*measured, strict=True)]
    found = {Frame(*lengths) for lengths in zip(*sides, strict=True)} if sides else set()
    return sorted(found - {WHOLE})


def _ends(right: np.ndarray) -> tuple[int, int]:
    """Return how many rows there are at the top and bottom, up to the innermost with a wrong pixel."""
    wrong, half = np.array([not row.all() for row in right]), len(right) // 2
    return (
        int(max(np.flatnonzero(wrong[:half]) + 1, default=0)),
        int(max(np.flatnonzero(wrong[half:][::-1]) + 1, default=0)),
    )


def _lengths(measured: Sequence[tuple[int, int]]) -> tuple[Length, Length]:
    """Return the lengths that fit most measured ones, (pixels, reach), told by the reach and by pixels."""
    votes = Counter(
        Length(pixels - times * reach, times)
        for pixels, reach in measured for times in (0, 1, 2) if pixels - times * reach >= -1
    )  # fmt: skip
    best = [length for length in votes if votes[length] == max(votes.values())]
    by_reach = min(best, key=lambda length: (abs(length.pixels), length.times))
    return by_reach, min(best, key=lambda length: (length.times, abs(length.pixels)))


def _beyond(rights: Sequence[np.ndarray]) -> list[Frame]:
    """Return frames for loops of a fixed size: everything beyond it is wrong."""
    found = set()
    for right in rights:
        rows, columns = (np.flatnonzero(~right.any(axis=axis)) for axis in (1, 0))
        if min(rows, default=0) > 3 and min(columns, default=0) > 3:
            found.add(Frame(rows=Length(int(rows[0])), columns=Length(int(columns[0]))))
    return sorted(found)


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


def mixed(cases: Sequence[Case], guess: Hypothesis) -> Iterator[Hypothesis]:
    """Yield the hypothesis with a border at the top and bottom, and another one at the left and right."""
    fits: dict[bool, set[str]] = {True: set(), False: set()}
    for border in BORDERS:
        rights = [agreement(*case, replace(guess, border=border, noisy=True)) for case in cases]
        for upright, sides in ((False, ("top", "bottom")), (True, ("left", "right"))):
            if all(
                right[side_mask(probe, side)].all()
                for (probe, _), right in zip(cases, rights, strict=True) for side in sides
            ):  # fmt: skip
                fits[upright].add(border)
    for rows, columns in product(sorted(fits[False]), sorted(fits[True])):
        if rows != columns:
            yield replace(guess, border=rows, columns=columns)


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


def early_rows(probe: Probe, output: np.ndarray) -> tuple[str, Frame, str] | None:
    """Return which row or pixel is all that was computed, the frame around it, and what fills the rest."""
    rows, columns = probe.reach
    if output.dtype.kind == "f" and np.isnan(output[:-1]).all():
        return "last-row", WHOLE, "missing"
    for fill in fills(output[-1:], probe.image[-1:]):
        if fill in ("any", "missing"):
            continue
        rest = output != (probe.image if fill == "image" else int(fill))
        done = np.argwhere(rest)
        if len(done) == 0:
            return "", WHOLE, fill
        if tuple(done.max(axis=0) + 1) == probe.kernel.shape and not done.min(axis=0).any():
            return "", KERNEL_SIZED, fill
        if len(np.unique(done[:, 0])) > 1:
            return None
        inside = done[0, 0] == rows and done[:, 1].min() >= columns
        if not inside and done[0, 0] != 0:
            return None
        early = "first-pixel" if len(done) == 1 else "first-row"
        return early, REACH if inside else WHOLE, fill
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
