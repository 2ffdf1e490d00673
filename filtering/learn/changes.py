"""What keeps a kernel from being known: images that tell too little, and changes that are no kernel."""

from typing import NamedTuple

import numpy as np

from filtering.exact import on_paper
from filtering.learn.candidates import Check, whole_numbers
from filtering.learn.estimate import SMALL, full_fit, least_squares
from filtering.learn.explain import explain
from filtering.learn.pair import Pair

FEW_TONES = 3  # of an image: of so few, a change of tones can look like a kernel
ROWS = (3, 5, 7, 9, 11)  # sides of kernels of one row


class Reason(NamedTuple):
    """Why a pair of images tells nothing about a kernel."""

    kind: str  # one of report.REASONS
    values: tuple[int, ...] = ()  # all that the image in question has


def blamed(pair: Pair) -> Reason | None:
    """Return why the image after tells nothing about a kernel; None if it may."""
    above, below, left, right = pair.missing
    height, width = pair.before.shape[1:]
    values = _values(pair.after[:, above : height - below, left : width - right])
    tones = len(_values(pair.before))
    if tones == 1:
        return None  # the image before is no better
    if len(values) == 1:
        return Reason("one value", values)
    if values == (0, 255):
        return Reason("cut off", values)
    return Reason("two values", values) if len(values) == 2 < tones else None


def few_tones(pair: Pair) -> Reason | None:
    """Return that an image of few values cannot tell a kernel from a change of tones; None if it can."""
    values = _values(pair.before)
    return Reason("few tones", values) if len(values) <= FEW_TONES and changes_tones(pair) else None


def _values(planes: np.ndarray) -> tuple[int, ...]:
    return tuple(np.unique(planes).tolist())


def fits_gamma(pair: Pair) -> bool:
    """Return whether some gamma curve, 255 * (value / 255)**gamma rounded to the nearest, makes the tones."""
    before, after = pair.before.astype(np.float64), pair.after.astype(np.float64)
    within = (before > 0) & (before < 255)
    if not changes_tones(pair) or not within.any():
        return False
    tones = np.unique(np.stack([before[within], after[within]]), axis=1)
    least, most = (
        np.log(np.clip(tones[1] + half, 1e-3, 255) / 255) / np.log(tones[0] / 255) for half in (0.5, -0.5)
    )
    return bool(least.max() <= most.min())


def changes_tones(pair: Pair) -> bool:
    """Return whether each value of the image before became one value, wherever it stands."""
    if pair.cropped:
        return False
    tones = np.zeros(256, np.uint8)
    tones[pair.before] = pair.after
    return np.array_equal(tones[pair.before], pair.after)


def other_change(pair: Pair) -> str:
    """Name a change that is no kernel and explains the image; '' where none is known."""
    if pair.cropped or not changes_tones(pair):
        return ""
    return "each grey value became another one, wherever it stands: a change of tones, such as a gamma curve"


def is_cut_off(pair: Pair, shape: tuple[int, int]) -> bool:
    """Return whether only pixels that are cut off at 0 or 255 keep such a kernel from being known."""
    places = pair.sample((shape[0] // 2, shape[1] // 2), SMALL, saturated=True)
    return least_squares(pair, places, shape).determined


def what_is_open(pair: Pair) -> str:
    """Return what the image before tells of a kernel that it leaves open; '' where nothing is known."""
    if (pair.before == pair.before[:, :1]).all():
        return "its rows are all equal" + _sums(pair, "columns")
    if (pair.before == pair.before[:, :, :1]).all():
        before, after = (np.ascontiguousarray(side.transpose(0, 2, 1)) for side in (pair.before, pair.after))
        turned = Pair(before, after, pair.missing[2:] + pair.missing[:2], pair.gray)
        return "its columns are all equal" + _sums(turned, "rows")
    return ""


def _sums(pair: Pair, lines: str) -> str:
    """Return the sums of a kernel's columns, if an image of equal rows tells them."""
    for side in ROWS:
        fit, places = full_fit(pair, (1, side))
        if not fit.determined:
            break
        check = Check(pair.windows(places, (1, side)), pair.after[tuple(places.T)])
        for kernel, doubt in whole_numbers(fit, check):
            if doubt < 1 and explain(pair, kernel) is not None:
                values, divisor = on_paper(kernel)
                scale = f"1/{divisor} * " if divisor != 1 else ""
                sums = " ".join(map(str, values.ravel().tolist()))
                return f": of the kernel, only the sums of its {lines} are known, {scale}{sums}"
    return ""
