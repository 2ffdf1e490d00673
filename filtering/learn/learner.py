"""The kernel that turns one image into another."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
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
from filtering.learn.explain import Outcome, count, explain
from filtering.learn.hidden import Hidden, find_linear, find_stride
from filtering.learn.known import Known, nearest_known
from filtering.learn.names import name_of
from filtering.learn.operations import Operation, find_gaussian, find_strength
from filtering.learn.otherwise import Part, located, may_fit, middle_of, moved, place_text, ways, without_edit
from filtering.learn.pair import Pair, make_pair, planes_of
from filtering.learn.responses import Responses, learn_responses
from filtering.learn.search import Search, without_rim
from filtering.model import REACH, Model
from filtering.pixels import check_image

BEST = 1.05  # the smallest size is taken whose error is at most so much larger than that of the best
SWAPPED = "the other way round there is a kernel that fits: are the two images swapped?"
LARGE_SHAPE = (21, 21)  # of an estimate that may show that an image is moved
TELLING = 0.7  # share of the change that a known kernel explains, at least, where nothing is said of noise,
AS_NEAR = 0.02  # and how much less than the best estimate
KURTOSIS = 4  # of residuals that are called noise, at most: 3 is that of the normal distribution
WHITE = 0.1  # correlation of neighbouring residuals, at most, to be called noise
EDITED, SPREAD = 0.75, 0.1  # share of an image that may differ by an edit: in one place, and anywhere
KNOWN = 64  # up to this divisor a kernel says more than the sigma of a Gaussian
NEAR = 0.98  # the share of the change that a kernel has to explain to be nearly right,
NEAR_ERROR = 1.5  # and the largest root mean square of its residuals


@dataclass(frozen=True, eq=False)
class Learned:
    """The kernel that was found, and how well it reproduces the image."""

    verdict: str  # "exact", "nearly" or "none"
    kernel: Any  # float64, (kh, kw); a list of three where they differ: of blue, green, red
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
    known: Known | None = None  # a known kernel, which is then `kernel`, as good as the best estimate,
    best: float = 0.0  # and the share of the change that this one explains
    worst: tuple[int, int] = (0, 0)  # (x, y) of the largest residual,
    residual: float = 0  # and its size
    cut_off: bool = False  # they are open as `after` is 0 or 255 where it would tell them
    note: str = ""  # in words, with {before} and {after}: how they lie upon each other, another change, or
    # what the image tells of a kernel that it leaves open
    reason: Reason | None = None  # why the images tell nothing
    box: tuple[int, int, int, int] | None = None  # x and y of the first, and of the last pixel that differs
    parts: tuple["Learned", ...] = ()  # of blue, green and red, where their kernels differ
    operation: str = ""  # what makes the pixels where one sum of the kernel does not, in words

    @property
    def name(self) -> str | None:
        """The name of the kernel, where it has one, see names.py."""
        if self.verdict != "exact" or self.operation or self.parts:
            return None
        return name_of(self.kernel)


def learn_kernel(before: npt.ArrayLike, after: npt.ArrayLike) -> Learned:
    """Find the kernel that turns the image `before` into the image `after`.

    before, after: uint8, (H, W) or (H, W, C). `after` may be a part of `before`, or larger, turned, thinned
    out or edited: `note` and `box` say so. It may also be responses that are no pixels, of the size of
    `before`: floats, or int16.
    Raises ValueError, with the rule and the value received, for anything else.

    The verdict is "exact" only where the kernel, with the border, offset and rounding found, reproduces every
    pixel of `after`, but for ties: pixels whose exact response lies within float32's error of the step to the
    neighbouring one. Where other kernels do so as well, `errors` says how far from this one they are.

    >>> before = np.random.default_rng(0).integers(0, 256, (40, 50), np.uint8)
    >>> learned = learn_kernel(before, cv2.filter2D(before, -1, np.array([[1, 2, 1]]) / 4))
    >>> learned.verdict, learned.border, (4 * learned.kernel).tolist()
    ('exact', 'reflect101', [[1.0, 2.0, 1.0]])
    """
    if np.asarray(after).dtype.kind in "fi":
        return _learn_responses(before, after)
    first, second = planes_of(before, after)
    learned = _learn_planes(first, second)
    if learned is None:
        height, width = second.shape[1:]
        raise ValueError(
            f"the image after needs the size of the image before, {first.shape[2]} x {first.shape[1]}, or to "
            f"be a part of it, got {width} x {height}"
        )
    if learned.result.ndim == 2 and first.shape == (1, *np.shape(before)[:2]) and np.ndim(before) == 3:
        return replace(learned, result=learned.result[..., np.newaxis])
    return learned


def _learn_responses(before: npt.ArrayLike, after: npt.ArrayLike) -> Learned:
    """Return what is learned from responses that are floats or int16."""
    image, responses = check_image(before), np.asarray(after)
    if image.shape != responses.shape or not np.isfinite(responses).all():
        raise ValueError(
            "responses need the shape of the image before, and finite values; got "
            f"{image.shape} and {responses.shape}"
        )
    if responses.dtype.kind == "i" and np.abs(responses.astype(np.int64)).max() > 2**15:
        raise ValueError("whole responses need to fit into int16")
    first, second = (np.moveaxis(side.reshape(*side.shape[:2], -1), 2, 0) for side in (image, responses))
    found = learn_responses(np.ascontiguousarray(first), np.ascontiguousarray(second))
    values, tones = np.unique(second), len(np.unique(first))
    reason = Reason("one value", (int(values[0]),)) if len(values) == 1 < tones else None
    differing = int(np.count_nonzero(found.differing.any(axis=0)))
    verdict = "exact" if differing == 0 else "nearly" if found.exact else "none"
    verdict = verdict if reason is None and found.determined else "none"
    is_float = responses.dtype.kind == "f" and verdict != "none"
    border = found.borders[0] if found.borders else "unknown" if found.exact else None
    return Learned(
        verdict=verdict,
        kernel=found.kernel,
        border=border if found.kernel.size > 1 and verdict != "none" else None,
        borders=found.borders if found.kernel.size > 1 else [],
        offset=found.offset,
        rounding="none" if is_float else "half-even",
        range="none" if is_float else "saturate-int16",
        result=np.moveaxis(found.result, 0, 2).reshape(image.shape),
        pixels=first[0].size,
        differing=differing,
        reason=reason,
        open=None if found.determined else np.ones(found.kernel.shape, bool),
        **({} if verdict == "exact" else _left_over(second, found)),
    )


def _left_over(after: np.ndarray, found: Responses) -> dict[str, Any]:
    """Return how much of the responses' variance is explained, and where their largest residual is."""
    apart = np.abs(after - found.result.astype(np.float64)).max(axis=0)
    y, x = np.unravel_index(np.argmax(apart), apart.shape)
    change, rest = (float(((after - side) ** 2).sum()) for side in (after.mean(), found.result.astype(float)))
    explained = max(0.0, 1 - rest / change) if change else 0.0
    shares = {"explained": explained, "worst": (int(x), int(y)), "residual": float(apart.max())}
    return shares if found.exact and found.determined else shares | {"errors": found.errors}


def _learn_planes(before: np.ndarray, after: np.ndarray) -> Learned | None:
    """Return what turns planes into others; None where their sizes do not go together."""
    pair = make_pair(before, after)
    if pair is None:
        hidden = find_stride(before, after)
        if hidden is not None:
            return _uncovered(hidden)
        pair = located(before, after)
        found = None if pair is None else _learn(pair)
        if pair is None or found is None or (found.verdict == "none" and found.known is None):
            return _arranged(before, after)
        return _placed(pair, found, None)
    part = without_edit(pair)
    if part is not None and part.local:  # the whole image has no kernel then, and to see that takes seconds
        edited = _but_for_an_edit(pair, part)
        if edited is not None:
            return edited
    others: tuple[Callable[[], Learned | None], ...] = (
        lambda: _shifted(pair),
        lambda: _arranged(before, after),
        lambda: _by_channel(pair),
        lambda: _swapped(pair),
    )
    unlikely = not may_fit(pair)  # as they are
    found = _first_of(others) if unlikely else None
    if found is not None:
        return found
    learned = _learn(pair)
    if learned.verdict == "exact":
        return _centred(pair, learned) if pair.cropped else learned
    if learned.reason is not None or learned.open is not None or learned.note:
        return learned
    further: tuple[Callable[[], Learned | None], ...] = (
        lambda: _exact_only(_centred(pair, learned)),
        lambda: (
            None
            if part is None or (learned.verdict == "nearly" and learned.known is None)
            else _but_for_an_edit(pair, part)
        ),
    )
    return _first_of(further if unlikely or is_found(learned) else (*others[1:], *further)) or learned


def _first_of(tries: tuple[Callable[[], Learned | None], ...]) -> Learned | None:
    return next(filter(None, (attempt() for attempt in tries)), None)


def _uncovered(hidden: Hidden) -> Learned:
    """Return the result where a kernel was found behind something else."""
    return Learned(
        verdict="exact",
        kernel=hidden.kernel,
        border=hidden.borders[0] if hidden.kernel.size > 1 else None,
        borders=hidden.borders if hidden.kernel.size > 1 else [],
        offset=0.0,
        rounding="half-even",
        range="saturate",
        result=hidden.result[0] if len(hidden.result) == 1 else np.moveaxis(hidden.result, 0, 2),
        pixels=hidden.result[0].size,
        differing=hidden.ties,
        ties=hidden.ties,
        note=hidden.says,
    )


def _shifted(pair: Pair) -> Learned | None:
    """Return what is learned where the image after is moved: by the middle of a large estimate."""
    fit, _ = sampled_fit(pair, LARGE_SHAPE, SMALL)
    if not fit.rounded or not fit.determined:
        return None
    by = middle_of(fit.kernel, fit.standard_errors)
    other = moved(pair, by) if any(by) else None
    if other is None or not may_fit(other):
        return None
    found = _exact_only(_learn(other))
    return None if found is None else _placed(other, found, pair)


def _arranged(before: np.ndarray, after: np.ndarray) -> Learned | None:
    """Return what is found where the images do not lie upon each other as they are; None if nothing is."""
    for says, other in ways(before, after):
        found = _exact_only(_learn(other)) if may_fit(other) else None
        if found is not None:
            return replace(found, note=says)
    return None


def _exact_only(learned: Learned) -> Learned | None:
    return learned if learned.verdict == "exact" else None


def _centred(pair: Pair, learned: Learned) -> Learned:
    """Return what is learned where the image after is moved, if the weights lie on one side of the kernel."""
    by = middle_of(learned.kernel, None if is_found(learned) else learned.errors)
    other = moved(pair, by) if any(by) else None
    if other is None:
        return learned
    found = _learn(other)
    return _placed(other, found, pair) if found.verdict == "exact" else learned


def _placed(pair: Pair, learned: Learned, original: Pair | None) -> Learned:
    """Return what is learned, with a note on where the image after lies in the one before."""
    return replace(learned, note=place_text(pair, original))


def _by_channel(pair: Pair) -> Learned | None:
    """Return the kernels of the channels where each has its own that reproduces every pixel."""
    channels = [
        Pair(before[np.newaxis], after[np.newaxis], pair.missing, True)
        for before, after in zip(pair.before, pair.after, strict=True)
    ]
    same = [np.array_equal(one.before, one.after) for one in channels]
    if len(channels) != 3 or not all(
        known or may_fit(one) for known, one in zip(same, channels, strict=True)
    ):
        return None
    parts = tuple(_learn(one) for one in channels)
    if any(part.verdict != "exact" for part in parts):
        return None
    reaching = [part.borders for part in parts if part.border is not None]
    borders = [border for border in (reaching or [[]])[0] if all(border in one for one in reaching)]
    result = np.stack([part.result for part in parts])
    apart = pair.residuals(result).any(axis=0)
    ties = int(np.count_nonzero(apart))
    return replace(
        parts[0],
        kernel=[part.kernel for part in parts],
        parts=parts,
        border=borders[0] if borders else None,
        borders=borders,
        result=pair.image(result),
        differing=ties,
        ties=ties,
        errors=None,
    )


def _but_for_an_edit(pair: Pair, part: Part | None) -> Learned | None:
    """Return the kernel that reproduces every pixel of a part, if what differs is little, or in one place."""
    if part is None:
        return None
    found = _exact_only(_learn(replace(pair, missing=part.missing)))
    if found is None or found.operation:
        return None
    offset = Fraction(found.offset).limit_denominator(10**7)
    model = Model(on_paper(found.kernel), offset=offset, rounding=found.rounding, range=found.range)
    outcome = count(pair, model, found.kernel, edited=True)
    if outcome.exact:
        return None
    apart = pair.residuals(outcome.result).any(axis=0)
    places = np.argwhere(apart)  # of the image after
    (top, left), (bottom, right) = places.min(axis=0).tolist(), places.max(axis=0).tolist()
    area = (bottom - top + 1) * (right - left + 1)
    if area > EDITED * apart.size and len(places) > SPREAD * apart.size:
        return None
    box, errors = (left, top, right, bottom), found.errors
    return replace(_found(pair, outcome), verdict="nearly", kernel=found.kernel, box=box, errors=errors)


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
        hidden = find_linear(pair)
        return _inexact(pair, search.fits) if hidden is None else _uncovered(hidden)
    gamma = best.kernel.size == 1 and best.model.offset != 0 and fits_gamma(pair)
    if gamma or (best.kernel.size > 1 and best.errors is not None and changes_tones(pair)):
        reason = Reason("gamma" if gamma else "tones")
        return replace(_inexact(pair, search.fits[:1]), verdict="none", reason=reason)
    return _found(pair, best)


def is_found(learned: Learned) -> bool:
    """Return whether the kernel reproduces every pixel, or every pixel but those near the edge."""
    return learned.verdict == "exact" or learned.border == "unknown"


def _swapped(pair: Pair) -> Learned | None:
    """Return an estimate, with a note, where a small kernel turns the image after into the one before."""
    swapped = Pair(pair.after, pair.before, pair.missing, pair.gray)
    if pair.cropped or not may_fit(swapped) or _learn(swapped).verdict != "exact":
        return None
    fits = [sampled_fit(pair, shape, SMALL)[0] for shape in ((3, 3), (5, 5), (7, 7))]
    return replace(_inexact(pair, fits), note=SWAPPED)


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
    best = _estimated(pair, fit, fit.kernel)
    known = nearest_known(pair, fit) if (fit.standard_errors <= OPEN).all() else None
    if known is None or best.verdict == "exact":
        return best
    near = _estimated(pair, fit, known.kernel)
    if near.differing == 0:
        return replace(near, errors=np.full(known.kernel.shape, fit.standard_errors.max()))
    if known.noise is not None and not _is_noise(pair.residuals(_planes_of(near.result))):
        known = known._replace(noise=None)
    if known.name and known.noise is None and near.explained < max(TELLING, best.explained - AS_NEAR):
        return best
    verdict = near.verdict if known.noise is None else "nearly"
    return replace(near, verdict=verdict, known=known, best=best.explained, errors=None)


def _is_noise(residuals: np.ndarray) -> bool:
    """Return whether residuals are about normal, and neighbouring ones have nothing to do with each other."""
    values = residuals.astype(np.float64)
    squares = (values**2).mean()
    pairs = ((values[:, 1:], values[:, :-1]), (values[:, :, 1:], values[:, :, :-1]))
    white = all(abs((one * other).mean()) < WHITE * squares for one, other in pairs)
    return white and bool((values**4).mean() < KURTOSIS * squares**2)


def _planes_of(image: np.ndarray) -> np.ndarray:
    return image[np.newaxis] if image.ndim == 2 else np.moveaxis(image, 2, 0)


def _estimated(pair: Pair, fit: Fit, kernel: np.ndarray) -> Learned:
    """Return the result for an estimate, or another kernel in its place."""
    errors, reach = fit.standard_errors, (kernel.shape[0] // 2, kernel.shape[1] // 2)
    offset = fit.offset(fit.weights) if kernel.shape == fit.shape and (kernel == fit.kernel).all() else 0.0
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
