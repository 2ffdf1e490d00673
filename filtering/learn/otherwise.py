"""Two images that do not lie upon each other as they are: crops, shifts, turns, colours, local edits.

Each way is tried where the images as they are show no kernel, and counts only where it shows one.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import cv2
import numpy as np

from filtering.borders import pad
from filtering.compare import counted
from filtering.learn.estimate import sampled_fit
from filtering.learn.pair import LARGEST_REACH, Pair

SHAPE = (7, 7)  # of the kernel whose fit tells if there may be one
PIXELS = 8000  # for that fit
ROUNDS = 12  # of a fit without the pixels that it misses
KEPT = 0.45  # share of the pixels that are kept in each
MISSED = 0.4  # root mean square of the residuals of these, at most
APART = 1.25  # so much a pixel differs that a kernel of the others does not explain
LOCAL = 0.25  # share of an image in which all that differs lies, for it to be looked at first
GRID = 24  # parts of each side, to find the part of an image without an edit
LEAST = 24  # rows and columns of such a part
CENTRED = 6  # standard errors that a weight needs to count, to find the middle of a kernel
LIKE = 0.5  # correlation of an image and a part of another one, to be taken for it
TURNS: dict[str, Callable[[np.ndarray], np.ndarray]] = {  # of planes: how to undo what is said
    "mirrored left to right": lambda planes: planes[:, :, ::-1],
    "mirrored top to bottom": lambda planes: planes[:, ::-1],
    "turned by 180 degrees": lambda planes: planes[:, ::-1, ::-1],
    "turned by 90 degrees to the right": lambda planes: planes.transpose(0, 2, 1)[:, ::-1],
    "turned by 90 degrees to the left": lambda planes: planes.transpose(0, 2, 1)[:, :, ::-1],
    "mirrored along its diagonal": lambda planes: planes.transpose(0, 2, 1),
    "mirrored along its other diagonal": lambda planes: planes.transpose(0, 2, 1)[:, ::-1, ::-1],
}


class Way(NamedTuple):
    """A way in which two images may lie upon each other."""

    says: str  # what was done to an image, with {before} and {after} for their names
    pair: Pair


def may_fit(pair: Pair) -> bool:
    """Return whether a kernel of up to 7 x 7 comes near enough to be looked for."""
    fit, _ = sampled_fit(pair, SHAPE, PIXELS)
    return fit.rounded and fit.determined


def ways(before: np.ndarray, after: np.ndarray) -> Iterator[Way]:
    """Yield ways in which the images may lie upon each other. before, after: uint8, (channels, H, W)."""
    for says, back in TURNS.items():
        turned = np.ascontiguousarray(back(after))
        if turned.shape == before.shape:
            yield Way(f"{{after}} is {says}", _whole(before, turned))
    if before.shape == after.shape and len(before) == 3:
        yield Way("{after} has red and blue swapped", _whole(before, np.ascontiguousarray(after[::-1])))
        if (after == after[0]).all() and not (before == before[0]).all():
            yield Way("{before} was made gray first", _whole(_gray(before), after[:1]))
    high, wide = (b - a for b, a in zip(before.shape[1:], after.shape[1:], strict=True))
    larger = -2 * LARGEST_REACH <= min(high, wide) < 0 and max(high, wide) <= 0
    if larger and high % 2 == wide % 2 == 0:
        padded = np.stack([pad(plane, -high // 2, -wide // 2, "zero") for plane in before])
        says = f"{{after}} is the full result, larger by {-high} rows and {-wide} columns"
        yield Way(says, _whole(padded, after))


def _whole(before: np.ndarray, after: np.ndarray) -> Pair:
    return Pair(before, after, (0, 0, 0, 0), len(before) == 1)


def _gray(before: np.ndarray) -> np.ndarray:
    """Return three planes as one, as `--image` without --color makes them gray."""
    return cv2.cvtColor(np.ascontiguousarray(np.moveaxis(before, 0, 2)), cv2.COLOR_BGR2GRAY)[np.newaxis]


# ---- Crops and shifts


def located(before: np.ndarray, after: np.ndarray) -> Pair | None:
    """Return the pair where `after` is a part of `before`, wherever it lies; None where it is not like it."""
    spare = [b - a for b, a in zip(before.shape[1:], after.shape[1:], strict=True)]
    if min(spare) < 0:
        return None
    scores = [
        cv2.matchTemplate(large, small, cv2.TM_CCOEFF_NORMED)
        for large, small in zip(before, after, strict=True)
    ]
    score = np.mean(scores, axis=0)
    y, x = (int(place) for place in np.unravel_index(np.argmax(score), score.shape))
    pair = placed(before, after, y, x)
    told = score[y, x] >= LIKE and sampled_fit(pair, (3, 3), PIXELS)[0].determined
    return pair if told else None


def placed(before: np.ndarray, after: np.ndarray, y: int, x: int) -> Pair:
    """Return the pair whose image after begins at row y, column x of the one before; they may be negative."""
    planes, missing = np.zeros_like(before), []
    parts: list[tuple[slice, slice]] = []
    for start, side, own in zip((y, x), before.shape[1:], after.shape[1:], strict=True):
        first, last = max(0, start), min(side, start + own)
        parts.append((slice(first, last), slice(first - start, last - start)))
        missing += [first, side - last]
    (rows, own_rows), (columns, own_columns) = parts
    planes[:, rows, columns] = after[:, own_rows, own_columns]
    return Pair(before, planes, (missing[0], missing[1], missing[2], missing[3]), len(before) == 1)


def middle_of(kernel: np.ndarray, errors: np.ndarray | None) -> tuple[int, int]:
    """Return how far down and to the right the middle of a kernel's weights lies from its centre.

    errors: of the weights; those within the errors do not count.

    >>> middle_of(np.array([[0, 0, 0, 1, 2, 1, 0]]), None)
    (0, 1)
    """
    least = np.abs(kernel).max() * (0 if errors is None else 0.05)
    weights = np.abs(kernel) > np.maximum(least, 0 if errors is None else CENTRED * errors)
    if not weights.any():
        return 0, 0
    places = np.argwhere(weights)
    low, high = places.min(axis=0), places.max(axis=0)
    down, right = (int((a + b - (side - 1)) / 2) for a, b, side in zip(low, high, kernel.shape, strict=True))
    return down, right


def moved(pair: Pair, by: tuple[int, int]) -> Pair | None:
    """Return the pair with the image after moved down and to the right; None where too little is left."""
    above, below, left, right = pair.missing
    height, width = pair.before.shape[1:]
    own = pair.after[:, above : height - below, left : width - right]
    result = placed(pair.before, own, above + by[0], left + by[1])
    if pair.cropped and result.residuals(result.before)[0].size < own[0].size:
        return None  # a part of it would lie outside
    rows, columns = result.inside((0, 0))
    return result if rows.stop - rows.start > LEAST < columns.stop - columns.start else None


def place_text(pair: Pair, original: Pair | None) -> str:
    """Say where the image after lies in the one before."""
    top, bottom, left, right = pair.missing
    if original is not None and not original.cropped:
        down, across = top - bottom, left - right
        ways = [(down, "down", "up"), (across, "to the right", "to the left")]
        steps = [f"{counted(abs(by), 'pixel')} {one if by < 0 else other}" for by, one, other in ways if by]
        return f"{{after}} is moved {' and '.join(steps)}"
    names = "above it", "below it", "to its left", "to its right"
    lost = zip((top, bottom, left, right), names, strict=True)
    sides = [f"{counted(number, 'pixel')} {name}" for number, name in lost if number]
    return "{after} is a part of {before}, which goes on for " + ", ".join(sides)


# ---- Local edits


class Part(NamedTuple):
    """The largest part of an image after that one kernel may explain."""

    missing: tuple[int, int, int, int]  # what lies around it, see Pair
    local: bool  # whether all pixels that differ lie together


def without_edit(pair: Pair) -> Part | None:
    """Return the part of an image that a kernel explains; None where that is nothing, or all.

    A fit leaves out the pixels that it misses most, and is solved again; it begins with the whole image, and
    then with each quarter of it, as the edit may be a half (least trimmed squares: P. J. Rousseeuw, 1984).
    """
    reach = SHAPE[0] // 2, SHAPE[1] // 2
    places = pair.sample(reach, PIXELS)
    if len(places) < 20 * SHAPE[0] * SHAPE[1]:
        return None
    windows = np.column_stack([pair.windows(places, SHAPE), np.ones(len(places))]).astype(np.float64)
    targets = pair.after[tuple(places.T)].astype(np.float64)
    fits = (_trimmed_fit(windows, targets, some) for some in _beginnings(places, pair.before.shape))
    weights = next((weights for error, weights in fits if error <= MISSED), None)
    if weights is None:
        return None
    kernel, offset = weights[:-1].reshape(SHAPE), weights[-1]
    made = [cv2.filter2D(plane.astype(np.float32), -1, kernel) + offset for plane in pair.before]
    apart = np.abs(np.clip(np.stack(made), 0, 255) - pair.after).max(axis=0) > APART
    rows, columns = pair.inside(reach)
    inside = np.zeros_like(apart)
    inside[rows, columns] = apart[rows, columns]
    return _largest_part(pair, inside) if inside.any() else None


def _beginnings(places: np.ndarray, shape: tuple[int, ...]) -> Iterator[np.ndarray]:
    """Yield masks of the places: all, and those in each quarter of the image."""
    yield np.ones(len(places), bool)
    low, left = places[:, 1] < shape[1] // 2, places[:, 2] < shape[2] // 2
    yield from (low & left, low & ~left, ~low & left, ~low & ~left)


def _trimmed_fit(windows: np.ndarray, targets: np.ndarray, some: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the root mean square of the smallest residuals, and the weights that leave them."""
    weights = np.zeros(windows.shape[1])
    for _ in range(ROUNDS):
        chosen = windows[some]
        gram = cv2.gemm(chosen, chosen, 1, np.empty(0), 0, flags=cv2.GEMM_1_T)  # see estimate.least_squares
        weights = np.linalg.solve(gram + 1e-6 * np.eye(len(gram)), chosen.T @ targets[some])
        residuals = np.abs(windows @ weights - targets)
        limit = np.quantile(residuals, KEPT)
        last, some = some, residuals <= max(limit, 0.5)
        if np.array_equal(last, some):
            break
    return float(np.sqrt((residuals[residuals <= limit] ** 2).mean())), weights


def _largest_part(pair: Pair, apart: np.ndarray) -> Part | None:
    """Return the largest part, on a coarse grid, without a pixel that is apart."""
    sums = np.pad(np.cumsum(np.cumsum(apart, axis=0, dtype=np.int64), axis=1), ((1, 0), (1, 0)))
    rows, columns = pair.inside((0, 0))
    ys, xs = (np.unique(np.linspace(one.start, one.stop, GRID + 1).astype(int)) for one in (rows, columns))
    best, area = None, 0
    for first, top in enumerate(ys):
        for bottom in ys[first + 1 :]:
            strip = sums[bottom, xs] - sums[top, xs]
            clean = strip[np.newaxis] == strip[:, np.newaxis]  # [left, right]
            wide = np.where(clean, xs[np.newaxis] - xs[:, np.newaxis], 0)
            if wide.max() * (bottom - top) > area and min(wide.max(), bottom - top) >= LEAST:
                left, right = np.unravel_index(np.argmax(wide), wide.shape)
                area, best = int(wide.max() * (bottom - top)), (top, bottom, xs[left], xs[right])
    if best is None:
        return None
    (height, width), places = apart.shape, np.argwhere(apart)
    above, below, before, after = (int(side) for side in best)
    box = np.prod(np.ptp(places, axis=0) + 1)
    return Part((above, height - below, before, width - after), bool(box < LOCAL * apart.size))
