"""The edges of an output, what fills them, and outputs of other sizes than their images."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from filtering.borders import BORDERS
from filtering.check.mistakes import (
    RANGES,
    WINDOW,
    Hypothesis,
    agreement,
    error,
    is_fill,
    responses,
    uncomputed,
)
from filtering.check.probes import FEWEST, Case, Probe, informative
from filtering.model import REACH, ROUNDINGS, WHOLE, Frame, Length, make_pixels

# ---- Rows and columns that are not computed

# The edges that one meets in a function with a further peculiarity: a border mode, or left out.
EDGES = [*((border, WHOLE) for border in BORDERS), ("zero", REACH)]
# Loops that end early; the last one goes over the kernel instead of the image.
EARLY = [
    ("first-pixel", WHOLE), ("first-pixel", REACH), ("first-row", REACH), ("first-row", WHOLE),
    ("last-row", WHOLE), ("", Frame(rows=WINDOW, columns=WINDOW)),
]  # fmt: skip


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
    wrong, half = np.flatnonzero(~right.all(axis=1)), len(right) // 2
    top, bottom = wrong[wrong < half] + 1, len(right) - wrong[wrong >= half]
    return int(np.max(top, initial=0)), int(np.max(bottom, initial=0))


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


def early_rows(probe: Probe, output: np.ndarray) -> tuple[str, Frame, str] | None:
    """Return which row or pixel is all that was computed, the frame around it, and what fills the rest."""
    found = []
    for early, frame in EARLY:
        left = uncomputed(probe, Hypothesis(early=early, frame=frame))
        fill = fills(output[left], probe.image[left])[0]
        if fill == "any" or (fill == "missing") != (early == "last-row"):
            continue
        if not is_fill(probe, output, fill).all():
            found.append((np.count_nonzero(~left), early, frame, fill))
    return min(found)[1:] if found else None  # the one with the fewest pixels


# ---- Borders

SIDES = ("top", "bottom", "left", "right")


def constants(probe: Probe, output: np.ndarray, guess: Hypothesis) -> list[int]:
    """Return the values past the edge of the image that an output agrees with, at most three."""
    if output.dtype.kind == "c" or guess.stretches or guess.adds_up_in:
        return []
    zero = replace(guess, border="zero", noisy=True)
    wrong = ~agreement(probe, output, zero) & ~probe.inside(guess.shift)
    places = tuple(informative(output, wrong)[:16].T)
    if len(places[0]) < 4:
        return []
    sums, scale = responses(probe, zero)
    # The response to a border of 1 around a black image is the weight that lies outside.
    black = Probe(np.zeros_like(probe.image), probe.kernel)
    outside, _ = responses(black, replace(zero, border=1, offset=0))
    values = np.arange(1, 256)
    made = make_pixels(
        sums[places][:, np.newaxis] + np.outer(outside[places], values), scale,
        ROUNDINGS[guess.rounding], RANGES[guess.range].effect, error(probe, zero),
    )  # fmt: skip
    assert made is not None
    fitting = made.equal(output[places][:, np.newaxis]).all(axis=0)
    return [int(value) for value in values[fitting][:3]]


def mixed(cases: Sequence[Case], guess: Hypothesis) -> Iterator[Hypothesis]:
    """Yield the hypothesis with a border at the top and bottom, and another one at the left and right."""
    wrong = {border: wrong_sides(cases, replace(guess, border=border)) for border in sorted(BORDERS)}
    for rows, columns in product(wrong, wrong):
        if rows != columns and not {"top", "bottom"} & wrong[rows] and not {"left", "right"} & wrong[columns]:
            yield replace(guess, border=(rows, columns))


def wrong_sides(cases: Sequence[Case], guess: Hypothesis) -> set[str]:
    """Return the edges, "top", "bottom", "left" and "right", that a hypothesis does not explain."""
    rights = [(probe, agreement(probe, output, replace(guess, noisy=True))) for probe, output in cases]
    return {side for side in SIDES if not all(right[side_mask(probe, side)].all() for probe, right in rights)}


def side_mask(probe: Probe, side: str) -> np.ndarray:
    """Return the mask of one edge without its corners."""
    (height, width), (rows, columns) = probe.image.shape, probe.reach
    upright = {"top": slice(0, rows), "bottom": slice(height - rows, height)}
    across = {"left": slice(0, columns), "right": slice(width - columns, width)}
    mask = np.zeros((height, width), bool)
    mask[upright.get(side, slice(rows, height - rows)), across.get(side, slice(columns, width - columns))] = (
        True
    )
    return mask


# ---- Outputs of other sizes

USUAL = 9  # rows and columns of an image that is not tiny
STRIDES = {2: "second", 3: "third", 4: "fourth"}
# The ways from sums to pixels that one meets with a stride: roundings and ranges.
WAYS = [
    ("half-even", "saturate"), ("truncate", "saturate"), ("truncate", "wrap-modulo-256"), ("none", "none"),
]  # fmt: skip
NOISE = 1e-6  # an imaginary part, as a Fourier transform leaves it
# What outputs of other sizes than their images lack, or have too much: rows, and how many reaches besides.
SMALLER = [Length(0, 2), Length(1, 2), Length(2), Length(2, 2), Length(1), Length(0, 1)]
LARGER = [Length(0, 2), Length(2, 2), Length(0, 4), Length(2), Length(1, 2)]


def straightened(
    results: list[Case], transposed: bool = False, corner: bool = False
) -> tuple[str, list[Case], list[Case]]:
    """Return what is wrong with the shapes, the outputs as if it were not, and those of odd shapes.

    corner: smaller outputs are the top left part of their images, not the middle.
    """
    depths = {output.shape[2:] for _, output in results}
    extra = "same"
    if depths == {(1,)}:
        extra = "extra-axis"
    elif depths == {(3,)} and all((output == output[..., :1]).all() for _, output in results):
        extra = "three-channels"
    cases, odd, cropped, grown = [], [], crops(results), crops(results, -1)
    for probe, output in results:
        flat = output[..., 0] if extra != "same" else output
        flat = flat.T if transposed else flat
        fitted = fit_to(probe, real(flat), corner) if flat.ndim == 2 else None
        size = probe.image.size
        if fitted is None or (flat.size < size and not cropped) or (flat.size > size and not grown):
            odd.append((probe, output))
        else:
            cases.append((probe, fitted))
    if len(odd) > len(results) / 2 or not cases:
        shapes = [probe.image.shape for probe, _ in cases if min(probe.image.shape) >= USUAL]
        if sum(height == width for height, width in shapes) < FEWEST:
            return "another", cases, odd
    if extra == "same":
        extra = "transposed" if transposed else "larger" if grown else "same"
    return extra, _last_rows(cases), odd


def crops(results: list[Case], sign: int = 1) -> bool:
    """Return whether outputs are smaller than their images as a rule, wherever the kernel has a reach.

    sign: -1 for larger ones.
    """
    lacking = [
        sign * np.prod(output.shape[:2]) < sign * probe.image.size
        for probe, output in results if probe.reach != (0, 0) and min(probe.image.shape) >= USUAL
    ]  # fmt: skip
    return bool(sum(lacking) > len(lacking) / 2)


def real(output: np.ndarray) -> np.ndarray:
    """Return an output as real numbers: booleans as 0 and 1, without a tiny imaginary part."""
    if output.dtype.kind == "b":
        return output.astype(np.uint8)
    if output.dtype.kind == "c" and np.abs(output.imag).max() < NOISE:
        return output.real
    return output


def fit_to(probe: Probe, output: np.ndarray, corner: bool = False) -> np.ndarray | None:
    """Return an output in the size of its image, cut or with nan around it; None for any other size.

    corner: a smaller one is the top left part, not the middle.
    """
    (height, width), (rows, columns) = probe.image.shape, probe.reach
    if output.shape == (height, width):
        return output
    lacks = height - output.shape[0], width - output.shape[1]
    if any(lacks == (length.of(rows), length.of(columns)) for length in SMALLER):
        whole = np.full((height, width), np.nan, np.result_type(output, np.float64))
        y, x = (0, 0) if corner else (lacks[0] // 2, lacks[1] // 2)
        whole[y : y + output.shape[0], x : x + output.shape[1]] = output
        return whole
    y, x = -lacks[0] // 2, -lacks[1] // 2
    if any(lacks == (-length.of(rows), -length.of(columns)) for length in LARGER):
        return output[y : y + height, x : x + width]
    return None


def _last_rows(cases: list[Case]) -> list[Case]:
    """Keep only the last row where all rows of all outputs are the same: the rest says nothing."""
    tall = [output for _, output in cases if output.shape[0] > 1 and output.dtype.kind != "c"]
    if len(tall) < FEWEST or not all((output == output[-1]).all() for output in tall):
        return cases
    if all(len(np.unique(output)) < 2 for output in tall):
        return cases
    last = [np.arange(len(output))[:, np.newaxis] == len(output) - 1 for _, output in cases]
    return [(probe, np.where(row, output, np.nan)) for (probe, output), row in zip(cases, last, strict=True)]


def on_grids(cases: Sequence[Case]) -> Iterator[tuple[int, Frame, list[Case]]]:
    """Yield outputs with a step of 2, 3 ... as if they were whole, where all have the size for it.

    The frame is left out before that. Between the pixels is nan, which does not count.
    """
    for step, frame in product(STRIDES, (WHOLE, REACH)):
        spread = []
        for probe, output in cases:
            done = ~frame.mask(probe.image.shape, probe.reach)
            rows, columns = (np.flatnonzero(done.any(axis=axis))[::step] for axis in (1, 0))
            if output.shape != (len(rows), len(columns)):
                break
            judged, whole = np.zeros(done.shape, bool), np.full(done.shape, np.nan)
            judged[np.ix_(rows, columns)] = True
            whole[judged] = output.ravel()
            spread.append((Probe(probe.image, probe.kernel, probe.purpose, judged), whole))
        if spread and len(spread) == len(cases):
            yield step, frame, spread


def strided(results: Sequence[Case]) -> tuple[int, Hypothesis, list[Case]] | None:
    """Return the step of outputs that are right at every second, third ... row and column, if they are.

    With the simplest hypothesis, and the outputs in the size of their images, with nan between.
    """
    for step, frame, cases in on_grids(results):
        borders = [border for border, left_out in EDGES if left_out == frame]
        for border, orientation, (rounding, span) in product(borders, ["as-is", "rotated180"], WAYS):
            guess = Hypothesis(
                border, orientation, rounding=rounding, range=span, frame=frame, fill="missing", noisy=True
            )
            if all(agreement(*case, guess).all() for case in cases):
                return step, guess, cases
    return None
