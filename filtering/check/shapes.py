"""Outputs of other shapes than their images: cropped, larger, transposed, with a third axis."""

from collections.abc import Sequence
from itertools import product

import numpy as np

from filtering.borders import BORDERS
from filtering.check.hypothesis import Hypothesis, predict, uncomputed
from filtering.check.probes import Probe
from filtering.check.screen import Case
from filtering.model import REACH, WHOLE, Length

FEWEST = 5  # outputs to draw conclusions from
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
    _recover_rows(cases)
    return extra, cases, odd


def strided(results: Sequence[Case]) -> tuple[int, Hypothesis, list[Case]] | None:
    """Return the step of outputs that are right at every second, third ... row and column, if they are.

    With the simplest hypothesis, and the outputs in the size of their images, with nan between.
    """
    for step, cropped in product(STRIDES, (False, True)):
        frame = REACH if cropped else WHOLE
        for border, orientation, (rounding, span) in product(
            ["zero"] if cropped else BORDERS, ["as-is", "rotated180"], WAYS
        ):
            guess = Hypothesis(
                border, orientation, rounding=rounding, range=span, frame=frame, fill="missing", noisy=True
            )
            spread = [(probe, _spread(probe, output, guess, step)) for probe, output in results]
            cases = [(probe, output) for probe, output in spread if output is not None]
            if results and len(cases) == len(results):
                return step, guess, cases
    return None


def _spread(probe: Probe, output: np.ndarray, guess: Hypothesis, step: int) -> np.ndarray | None:
    """Return an output in the size of its image if it is what is predicted, with this step; else None."""
    done = ~uncomputed(probe, guess)
    places = np.ix_(*(np.flatnonzero(done.any(axis=axis))[::step] for axis in (1, 0)))
    predicted = predict(probe, guess)
    if predicted is None or output.shape != done[places].shape:
        return None
    if not predicted.at(places).equal(output).all():
        return None
    whole = np.full(done.shape, np.nan)
    whole[places] = output
    return whole


def crops(results: list[Case], sign: int = 1) -> bool:
    """Return whether outputs are smaller than their images as a rule, wherever the kernel has a reach.

    sign: -1 for larger ones.
    """
    reaching = [
        (probe, output) for probe, output in results
        if probe.reach != (0, 0) and min(probe.image.shape) >= USUAL
    ]  # fmt: skip
    other = [1 for probe, output in reaching if sign * np.prod(output.shape[:2]) < sign * probe.image.size]
    return len(other) > len(reaching) / 2


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


def _recover_rows(cases: list[Case]) -> None:
    """Keep only the last row where all rows of all outputs are the same: the rest says nothing."""
    tall = [(probe, output) for probe, output in cases if output.shape[0] > 1 and output.dtype.kind != "c"]
    if len(tall) < FEWEST or not all((output == output[-1]).all() for _, output in tall):
        return
    if all(len(np.unique(output)) < 2 for _, output in tall):
        return
    for number, (probe, output) in enumerate(cases):
        whole = np.full(output.shape, np.nan)
        whole[-1] = output[-1]
        cases[number] = probe, whole
