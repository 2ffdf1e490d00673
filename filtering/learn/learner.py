"""The kernel that turns one image into another."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from filtering.borders import BORDERS, pad
from filtering.learn.candidates import CHECKED, Check, candidates
from filtering.learn.decimals import decimal_weights
from filtering.learn.effects import Outcome, explain
from filtering.learn.estimate import (
    FIRST_LARGE,
    LARGE,
    PRODUCTS,
    ROUNDED,
    SMALL,
    Fit,
    least_squares,
    sizes,
    trimmed,
)
from filtering.learn.pair import Pair, make_pair
from filtering.learn.unfold import FOLDS, unfold
from kernels import KERNELS

Estimate = Callable[..., Fit]  # of least_squares' signature

OPEN = 0.25  # the standard error from which on a weight is not determined
BEST = 1.05  # the smallest size is taken whose error is at most so much larger than that of the best
NEAR = 0.98  # the share of the change that a kernel has to explain to be nearly right,
NEAR_ERROR = 1.5  # and the largest root mean square of its residuals


@dataclass(frozen=True, eq=False)
class Learned:
    """The kernel that was found, and how well it reproduces the image."""

    verdict: str  # "exact", "nearly" or "none"
    kernel: np.ndarray
    border: str  # one of BORDERS, "left-unfiltered", "cropped" or "unknown"
    offset: float
    rounding: str  # "half-even" or a name in the table of mistakes
    range: str  # "saturate" or a name in the table of mistakes
    result: np.ndarray  # what the kernel makes of the image before: uint8, in its shape
    pixels: int
    differing: int
    ties: int = 0  # of these: within float32's error of the step between two pixels
    explained: float = 1.0  # the share of the change from before to after, 0 to 1
    errors: np.ndarray | None = None  # the standard errors of the weights, where they are estimates
    open: np.ndarray | None = None  # the weights that the image does not determine: bool, if there are any
    worst: tuple[int, int] = (0, 0)  # (x, y) of the largest residual,
    residual: int = 0  # and its size
    note: str = ""  # another change that explains the image

    @property
    def name(self) -> str | None:
        """The name of the kernel, where it is one of KERNELS."""
        if self.verdict != "exact":
            return None
        return next((name for name, known in KERNELS.items() if np.array_equal(known, self.kernel)), None)


def learn_kernel(before: npt.ArrayLike, after: npt.ArrayLike, estimate: Estimate = least_squares) -> Learned:
    """Find the kernel that turns the image `before` into the image `after`.

    before, after: uint8, (H, W) or (H, W, C), of the same size; or `after` without the pixels near the edge.
    estimate: least_squares, or descent.by_descent. Raises ValueError, with the rule and the value received,
    for anything else.

    The verdict is "exact" only where the kernel, with the border, offset and rounding found, reproduces every
    pixel of `after`, but for ties: pixels whose exact response lies within float32's error of the step to the
    neighbouring one.

    >>> before = np.random.default_rng(0).integers(0, 256, (40, 50), np.uint8)
    >>> learned = learn_kernel(before, cv2.filter2D(before, -1, np.array([[1, 2, 1]]) / 4))
    >>> learned.verdict, learned.border, (4 * learned.kernel).tolist()
    ('exact', 'reflect101', [[1.0, 2.0, 1.0]])
    """
    pair = make_pair(before, after)
    if not pair.cropped and np.array_equal(pair.before, pair.after):
        return _found(pair, explain(pair, np.ones((1, 1)), 0.0, "saturate"))
    fits: list[Fit] = []
    inside: Outcome | None = None
    for outcome in outcomes(pair, estimate, fits):
        if outcome.exact:
            return _found(pair, outcome)
        if outcome.inside == 0:
            inside = inside or outcome
            if outcome.errors is None:
                break
    return _found(pair, inside) if inside is not None else _inexact(pair, fits)


def outcomes(pair: Pair, estimate: Estimate, fits: list[Fit]) -> Iterator[Outcome]:
    """Yield the outcomes of candidates of growing sizes; add the fits of all sizes to the list."""
    rounded = 0  # sizes that explain the image up to rounding
    for fit in sizes(pair):
        if rounded == 0 and fit.shape == FIRST_LARGE:
            for fold in FOLDS:
                yield from folded_outcomes(pair, estimate, fold)
        fits.append(fit)
        if fit.error <= ROUNDED:
            whole, places = full_fit(pair, estimate, fit.shape)
            yield from outcomes_of(pair, whole, places, pair.after[tuple(places.T)], "saturate")
            rounded += 1
        if rounded == 2:
            return


def full_fit(pair: Pair, estimate: Estimate, shape: tuple[int, int]) -> tuple[Fit, np.ndarray]:
    """Return the fit of a size from as many pixels as are worth their time, and their places."""
    most = min(LARGE, max(SMALL, PRODUCTS // (shape[0] * shape[1])))
    places = pair.sample((shape[0] // 2, shape[1] // 2), most)
    return estimate(pair, places, shape), places


def folded_outcomes(pair: Pair, estimate: Estimate, fold: str) -> Iterator[Outcome]:
    """Yield the outcomes of candidates for images of absolute values, or of sums that wrap around."""
    found = unfold(pair, fold)
    if found is not None:
        shape, places, targets = found
        yield from outcomes_of(pair, estimate(pair, places, shape, targets), places, targets, fold)


def outcomes_of(
    pair: Pair, whole: Fit, places: np.ndarray, targets: np.ndarray, span: str
) -> Iterator[Outcome]:
    """Yield the outcomes of the candidates near a fit, where the image determines it."""
    some = np.linspace(0, len(places) - 1, min(CHECKED // whole.weights.size, len(places))).astype(int)
    smaller = trimmed(whole)
    for fit in [smaller, whole] if smaller.shape != whole.shape else [whole]:
        if fit.standard_errors.max() <= OPEN:
            check = Check(pair.windows(places[some], fit.shape), targets[some].astype(np.float64))
            for kernel in candidates(fit, check):
                yield explain(pair, kernel, fit.offset(kernel), span)
    if span == "saturate" and smaller.standard_errors.max() <= OPEN:
        yield from decimal_outcomes(pair, smaller)


def decimal_outcomes(pair: Pair, fit: Fit) -> Iterator[Outcome]:
    """Yield the outcomes of weights that explain every pixel inside, and then those near the edge too."""
    part = pair
    for _ in range(2):
        weights = decimal_weights(part, fit)
        if weights is None:
            return
        outcome = explain(pair, weights.reshape(fit.shape), fit.offset(weights), "saturate")
        yield replace(outcome, errors=fit.standard_errors)
        if outcome.effect.border not in BORDERS:
            return
        part = pair.padded(fit.shape, outcome.effect.border)


def _found(pair: Pair, outcome: Outcome) -> Learned:
    """Return the result where every pixel is reproduced, or every pixel but those near the edge."""
    effect = outcome.effect
    return Learned(
        verdict="exact" if outcome.exact else "nearly",
        kernel=effect.kernel,
        border=effect.border if outcome.exact else "unknown",
        offset=float(effect.offset),
        rounding=effect.rounding,
        range=effect.range,
        result=pair.image(outcome.result),
        pixels=outcome.pixels,
        differing=outcome.differing,
        ties=outcome.ties,
        errors=outcome.errors,
        **({} if outcome.exact else _shortfall(pair, outcome.result)),
    )


def _shortfall(pair: Pair, result: np.ndarray) -> dict[str, Any]:
    """Return how much of the change a result explains, and where its largest residual is."""
    residuals = pair.residuals(result)
    apart = np.abs(residuals).max(axis=0)
    y, x = np.unravel_index(np.argmax(apart), apart.shape)
    change = float((pair.residuals(pair.before) ** 2).sum())
    explained = max(0.0, 1 - float((residuals**2).sum()) / change) if change else 0.0
    return {"explained": explained, "worst": (int(x), int(y)), "residual": int(apart.max())}


def _nearest(pair: Pair, fits: list[Fit]) -> Fit:
    """Return the fit to show: the smallest that is nearly the best, or the one that the image leaves open."""
    for fit in fits:
        if fit.error <= ROUNDED and fit.standard_errors.max() > OPEN:
            return fit
    least = min(fit.error for fit in fits)
    best = next(fit for fit in fits if fit.error <= BEST * max(least, ROUNDED))
    return trimmed(full_fit(pair, least_squares, best.shape)[0])


def _inexact(pair: Pair, fits: list[Fit]) -> Learned:
    """Return the result where no kernel reproduces every pixel: the nearest one, and how near it is."""
    fit = _nearest(pair, fits)
    kernel, errors, offset = fit.kernel, fit.standard_errors, fit.offset(fit.weights)
    made = {border: responses(pair, kernel, offset, border) for border in BORDERS}
    squares = {border: float((pair.residuals(result) ** 2).sum()) for border, result in made.items()}
    border = "cropped" if pair.cropped else min(squares, key=lambda name: squares[name])
    result = made.get(border, made["replicate"])
    residuals, shortfall = pair.residuals(result), _shortfall(pair, result)
    undetermined = errors > OPEN
    small = float((residuals**2).mean()) <= NEAR_ERROR**2
    near = shortfall["explained"] >= NEAR and small and not undetermined.any()
    return Learned(
        verdict="nearly" if near else "none",
        kernel=kernel,
        border=border,
        offset=offset,
        rounding="half-even",
        range="saturate",
        result=pair.image(result),
        pixels=residuals[0].size,
        differing=int(np.count_nonzero(residuals.any(axis=0))),
        errors=errors,
        open=undetermined if undetermined.any() else None,
        note="" if undetermined.any() else other_change(pair),
        **shortfall,
    )


def responses(pair: Pair, kernel: np.ndarray, offset: float, border: str) -> np.ndarray:
    """Return the image that an estimate makes, by filter2D in float32: uint8, (channels, H, W)."""
    (rows, columns), (height, width) = (side // 2 for side in kernel.shape), pair.before.shape[1:]
    planes = []
    for plane in pair.before:
        padded = pad(plane, rows, columns, border).astype(np.float32)
        sums = cv2.filter2D(padded, cv2.CV_32F, kernel)[rows : rows + height, columns : columns + width]
        planes.append(np.clip(np.rint(sums + offset), 0, 255).astype(np.uint8))
    return np.stack(planes)


def other_change(pair: Pair) -> str:
    """Name a change that is no kernel and explains the image; '' where none is known."""
    before, after = pair.before, pair.after
    if pair.cropped:
        return ""
    tones = np.zeros(256, np.uint8)
    tones[before] = after
    if np.array_equal(tones[before], after):
        return (
            "each grey value became another one, wherever it stands: a change of tones, such as a gamma curve"
        )
    turned = {
        "mirrored left to right": after[:, :, ::-1],
        "mirrored top to bottom": after[:, ::-1],
        "turned by 180 degrees": after[:, ::-1, ::-1],
    }
    return next((f"the image is {name}" for name, back in turned.items() if np.array_equal(back, before)), "")
