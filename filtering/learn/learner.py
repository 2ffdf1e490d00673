"""The kernel that turns one image into another."""

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from filtering.borders import BORDERS, pad
from filtering.exact import on_paper
from filtering.learn.changes import (
    Reason,
    blamed,
    changes_tones,
    few_tones,
    fits_gamma,
    is_cut_off,
    other_change,
    what_is_open,
)
from filtering.learn.estimate import (
    OPEN,
    ROUNDING,
    SMALL,
    Fit,
    full_fit,
    sampled_fit,
    sizes,
    trimmed,
)
from filtering.learn.explain import Outcome, explain
from filtering.learn.names import name_of
from filtering.learn.operations import Operation, find_gaussian, find_strength
from filtering.learn.pair import Pair, make_pair
from filtering.learn.search import Search, without_rim
from filtering.model import REACH

BEST = 1.05  # the smallest size is taken whose error is at most so much larger than that of the best
SWAPPED = "the other way round there is a kernel that fits: are the two images swapped?"
KNOWN = 64  # up to this divisor a kernel says more than the sigma of a Gaussian
NEAR = 0.98  # the share of the change that a kernel has to explain to be nearly right,
NEAR_ERROR = 1.5  # and the largest root mean square of its residuals


@dataclass(frozen=True, eq=False)
class Learned:
    """The kernel that was found, and how well it reproduces the image."""

    verdict: str  # "exact", "nearly" or "none"
    kernel: np.ndarray
    border: str | None  # the first of `borders`, "cropped" or "unknown"; None: the kernel does not reach past
    borders: list[str]  # all of BORDERS, and "left-unfiltered", that give the pixels near the edge
    offset: float
    rounding: str  # one of ROUNDINGS
    range: str  # one of RANGES
    result: np.ndarray  # what the kernel makes of the image before: uint8, in its shape
    pixels: int
    differing: int
    ties: int = 0  # of these: float noise explains them
    explained: float = 1.0  # the share of the change from before to after, 0 to 1
    errors: np.ndarray | None = None  # how far other weights may be that fit as well, where there are any
    open: np.ndarray | None = None  # the weights that the image does not determine: bool, if there are any
    worst: tuple[int, int] = (0, 0)  # (x, y) of the largest residual,
    residual: int = 0  # and its size
    cut_off: bool = False  # they are open as `after` is 0 or 255 where it would tell them
    note: str = ""  # another change that explains the image, or what it tells of a kernel that it leaves open
    reason: Reason | None = None  # why the images tell nothing
    operation: str = ""  # what makes the pixels where one sum of the kernel does not, in words

    @property
    def name(self) -> str | None:
        """The name of the kernel, where it has one, see names.py."""
        if self.verdict != "exact" or self.operation:
            return None
        return name_of(self.kernel)


def learn_kernel(before: npt.ArrayLike, after: npt.ArrayLike) -> Learned:
    """Find the kernel that turns the image `before` into the image `after`.

    before, after: uint8, (H, W) or (H, W, C), of the same size; or `after` without the pixels near the edge.
    Raises ValueError, with the rule and the value received, for anything else.

    The verdict is "exact" only where the kernel, with the border, offset and rounding found, reproduces every
    pixel of `after`, but for ties: pixels whose exact response lies within float32's error of the step to the
    neighbouring one. Where other kernels do so as well, `errors` says how far from this one they are.

    >>> before = np.random.default_rng(0).integers(0, 256, (40, 50), np.uint8)
    >>> learned = learn_kernel(before, cv2.filter2D(before, -1, np.array([[1, 2, 1]]) / 4))
    >>> learned.verdict, learned.border, (4 * learned.kernel).tolist()
    ('exact', 'reflect101', [[1.0, 2.0, 1.0]])
    """
    pair = make_pair(before, after)
    learned = _learn(pair)
    if learned.verdict == "exact" or learned.note or pair.cropped or not _is_swapped(pair):
        return learned
    return replace(learned, note=SWAPPED)


def _learn(pair: Pair) -> Learned:
    if not pair.cropped and np.array_equal(pair.before, pair.after):
        return _identity(pair)
    reason = blamed(pair) or few_tones(pair)
    if reason is not None:
        return replace(_inexact(pair, [next(sizes(pair))]), verdict="none", reason=reason)
    search = Search(pair)
    search.run()
    best = search.best() if search.right else None
    operation = search.blur
    if best is None and operation is None:
        operation = find_strength(pair)
    elif best is not None and on_paper(best.kernel).divisor > KNOWN and name_of(best.kernel) is None:
        operation = find_gaussian(pair, best.kernel)
    if operation is not None:
        return _operated(pair, operation)
    if best is None:
        return _inexact(pair, search.fits)
    gamma = best.kernel.size == 1 and best.model.offset != 0 and fits_gamma(pair)
    if gamma or (best.kernel.size > 1 and best.errors is not None and changes_tones(pair)):
        reason = Reason("gamma" if gamma else "tones")
        return replace(_inexact(pair, search.fits[:1]), verdict="none", reason=reason)
    return _found(pair, best)


def _is_swapped(pair: Pair) -> bool:
    """Return whether a small kernel turns the image after into the one before."""
    swapped = Pair(pair.after, pair.before, pair.missing, pair.gray)
    fits = (sampled_fit(swapped, shape, SMALL)[0] for shape in ((3, 3), (5, 5), (7, 7)))
    return any(fit.rounded and fit.determined for fit in fits) and _learn(swapped).verdict == "exact"


def _identity(pair: Pair) -> Learned:
    """Return the result for an image that is unchanged; of few tones or details, others leave it so, too."""
    outcome = explain(pair, np.ones((1, 1)))
    assert outcome is not None
    fit, _ = sampled_fit(pair, (3, 3), SMALL)
    if not fit.determined or len(np.unique(pair.before)) <= 2:
        outcome = replace(outcome, errors=np.full((1, 1), fit.least_errors.max()))
    return _found(pair, outcome)


def _found(pair: Pair, outcome: Outcome) -> Learned:
    """Return the result where every pixel is reproduced, or every pixel but those near the edge."""
    model, kernel = outcome.model, outcome.kernel
    if outcome.borders and model.frame != REACH:
        kernel = without_rim(kernel)
    return Learned(
        verdict="exact" if outcome.exact else "nearly",
        kernel=kernel,
        border=_border(pair, kernel.shape, outcome.borders, outcome.exact),
        borders=outcome.borders if kernel.size > 1 else [],
        offset=float(model.offset),
        rounding=model.rounding,
        range=model.range,
        result=pair.image(outcome.result),
        pixels=outcome.pixels,
        differing=outcome.differing,
        ties=outcome.ties,
        errors=outcome.errors if outcome.errors is None else np.full(kernel.shape, outcome.errors.max()),
        **({} if outcome.exact else _shortfall(pair, outcome.result)),
    )


def _operated(pair: Pair, operation: Operation) -> Learned:
    """Return the result where more than one sum makes every pixel."""
    return Learned(
        verdict="exact",
        kernel=operation.kernel,
        border=operation.borders[0],
        borders=operation.borders,
        offset=0.0,
        rounding="half-even",
        range="saturate",
        result=pair.image(operation.result),
        pixels=pair.before[0].size,
        differing=operation.ties,
        ties=operation.ties,
        operation=operation.text,
    )


def _border(pair: Pair, shape: tuple[int, ...], borders: list[str], exact: bool) -> str | None:
    """Return the first of the borders, or why there is none."""
    if shape == (1, 1):
        return None
    if borders:
        return borders[0]
    return "cropped" if exact and pair.cropped else "unknown"


def _shortfall(pair: Pair, result: np.ndarray) -> dict[str, Any]:
    """Return how much of the change a result explains, and where its largest residual is."""
    residuals = pair.residuals(result)
    apart = np.abs(residuals).max(axis=0)
    y, x = np.unravel_index(np.argmax(apart), apart.shape)
    above, _, left, _ = pair.missing
    worst = int(x) + left, int(y) + above
    return {"explained": _explained(pair, result), "worst": worst, "residual": int(apart.max())}


def _explained(pair: Pair, result: np.ndarray, reach: tuple[int, int] = (0, 0)) -> float:
    """Return the share of the change that a result explains, of the pixels that the reach leaves inside."""
    rows, columns = pair.inside(reach)
    change, rest = (
        float(((pair.after[:, rows, columns].astype(np.int64) - side[:, rows, columns]) ** 2).sum())
        for side in (pair.before, result)
    )
    return max(0.0, 1 - rest / change) if change else 0.0


def _nearest(pair: Pair, fits: list[Fit]) -> Fit:
    """Return the fit to show: the smallest that is nearly the best, or the first underdetermined one."""
    first = next((fit for fit in fits if fit.rounded or len(fits) == 1), None)
    if first is not None and not first.determined:
        return first
    least = min(fit.error for fit in fits)
    best = next(fit for fit in fits if fit.error <= BEST * max(least, ROUNDING**0.5))
    return trimmed(full_fit(pair, best.shape)[0])


def _inexact(pair: Pair, fits: list[Fit]) -> Learned:
    """Return the result where no kernel reproduces every pixel: the nearest one, and how near it is."""
    fit = _nearest(pair, fits)
    kernel, errors, offset = fit.kernel, fit.standard_errors, fit.offset(fit.weights)
    reach = kernel.shape[0] // 2, kernel.shape[1] // 2
    made = {border: responses(pair, kernel, offset, border) for border in BORDERS}
    squares = {border: int((pair.residuals(result) ** 2).sum()) for border, result in made.items()}
    borders = [border for border in BORDERS if squares[border] == min(squares.values())]
    if len(pair.edge(reach)) == 0:
        borders = []
    result = made[borders[0] if borders else "replicate"]
    residuals, undetermined = pair.residuals(result), ~(errors <= OPEN)
    rows, columns = pair.inside(reach)
    apart = pair.after[:, rows, columns].astype(np.int64) - result[:, rows, columns]
    near = _explained(pair, result, reach) >= NEAR and (apart**2).mean() <= NEAR_ERROR**2
    differing = int(np.count_nonzero(residuals.any(axis=0)))
    verdict = "exact" if differing == 0 else "nearly" if near else "none"
    return Learned(
        verdict="none" if undetermined.any() else verdict,
        kernel=kernel,
        border=_border(pair, kernel.shape, borders, exact=True),
        borders=borders,
        offset=offset,
        rounding="half-even",
        range="saturate",
        result=pair.image(result),
        pixels=residuals[0].size,
        differing=differing,
        errors=errors,
        open=undetermined if undetermined.any() else None,
        cut_off=bool(undetermined.any()) and is_cut_off(pair, fit.shape),
        note=what_is_open(pair) if undetermined.any() else other_change(pair),
        **_shortfall(pair, result),
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
