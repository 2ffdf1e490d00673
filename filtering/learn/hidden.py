"""Kernels that something else hides: only every second pixel was kept, or light was made linear first."""

from collections.abc import Callable, Iterator
from itertools import islice, product
from typing import NamedTuple

import cv2
import numpy as np

from filtering.borders import BORDERS, pad
from filtering.fast import convolve_fast
from filtering.learn.candidates import in_use
from filtering.learn.estimate import sampled_fit
from filtering.learn.otherwise import middle_of
from filtering.learn.pair import Pair
from filtering.learn.search import without_rim

STRIDES = (2, 3, 4)
SIDE = 5  # of the largest kernel that is looked for
PIXELS = 20_000  # for an estimate
NEAR = 0.1  # so far from its estimate may a weight be
DIVISORS = range(1, 65)
SHARE = 0.85  # of the pixels that an estimate has to reproduce
TRIED = 12  # kernels near an estimate
NOISE = 1e-6  # of a float response: so near to a step, it may fall on either side
Curve = Callable[[np.ndarray], np.ndarray]
CURVES: dict[str, tuple[Curve, Curve]] = {
    "(x / 255)^2.2": (lambda x: x**2.2, lambda x: x ** (1 / 2.2)),
    "sRGB's curve": (  # IEC 61966-2-1
        lambda x: np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4),
        lambda x: np.where(x <= 0.0031308, x * 12.92, 1.055 * x ** (1 / 2.4) - 0.055),
    ),
}


class Hidden(NamedTuple):
    """A kernel that reproduces every pixel, but for ties, and what was done besides."""

    kernel: np.ndarray
    borders: list[str]
    result: np.ndarray  # uint8, (channels, H, W), as the image after
    ties: int
    says: str  # see otherwise.Way


def find_stride(before: np.ndarray, after: np.ndarray) -> Hidden | None:
    """Return the kernel whose result has been thinned out. before, after: uint8, (channels, H, W)."""
    ways: list[Hidden] = []
    whole = Pair(before, before, (0, 0, 0, 0), False)
    if not sampled_fit(whole, (SIDE, SIDE), PIXELS)[0].determined:
        return None  # other weights give the same pixels
    for step in STRIDES:
        if any(small not in (-(-large // step), large // step) for large, small in _sides(before, after)):
            continue
        for y, x in product(range(step), repeat=2):
            kept = np.s_[:, y::step, x::step]
            found = _thinned(before, after, kept)
            if found is not None:
                first = f", from {x},{y} on" if (x, y) != (0, 0) else ""
                ordinal = {2: "second", 3: "third", 4: "fourth"}[step]
                says = f"{{after}} has only every {ordinal} pixel of every {ordinal} row{first}"
                ways.append(found._replace(says=says))
    return min(ways, key=lambda way: any(middle_of(way.kernel, None)), default=None)


def _sides(before: np.ndarray, after: np.ndarray) -> Iterator[tuple[int, int]]:
    return zip(before.shape[1:], after.shape[1:], strict=True)


def _thinned(before: np.ndarray, after: np.ndarray, kept: tuple[slice, ...]) -> Hidden | None:
    reach = SIDE // 2
    views = np.stack([pad(plane, reach, reach, "reflect101") for plane in before])
    windows = np.lib.stride_tricks.sliding_window_view(views, (SIDE, SIDE), axis=(1, 2))[kept]
    if windows.shape[:3] != after.shape:
        return None
    estimate = _estimate(windows.reshape(-1, SIDE**2).astype(np.float64), after.ravel().astype(np.float64))
    for kernel in [] if estimate is None else _kernels(estimate):
        borders = []
        for border in BORDERS:
            made = np.stack([convolve_fast(plane, kernel, border) for plane in before])[kept]
            if np.array_equal(made, after):
                borders.append(border)
        if borders:
            return Hidden(kernel, borders, after.copy(), 0, "")
    return None


def find_linear(pair: Pair) -> Hidden | None:
    """Return the kernel that was applied to linear light, which is proportional to what a screen emits."""
    if pair.cropped or not sampled_fit(pair, (SIDE, SIDE), PIXELS)[0].determined:
        return None
    places = pair.sample((SIDE // 2, SIDE // 2), PIXELS)
    windows, after = pair.windows(places, (SIDE, SIDE)) / 255, pair.after[tuple(places.T)].astype(float)
    for name, (linear, back) in CURVES.items():
        estimate = _estimate(linear(windows), linear(after / 255), back)
        for kernel in [] if estimate is None else _kernels(estimate):
            if kernel.size == 1:
                continue  # it would be a change of tones
            borders, best, ties = [], pair.after, 0
            for border in BORDERS:
                made, doubtful = _in_linear_light(pair.before, kernel, border, linear, back)
                if (np.abs(made - pair.after.astype(int)) <= doubtful).all():
                    borders.append(border)
                    best, ties = made, int(np.count_nonzero((made != pair.after).any(axis=0)))
            if borders:
                says = f"the kernel works on linear light, by {name}, and its result was turned back"
                return Hidden(kernel, borders, best.astype(np.uint8), ties, says)
    return None


def _in_linear_light(
    planes: np.ndarray, kernel: np.ndarray, border: str, linear: Curve, back: Curve
) -> tuple[np.ndarray, np.ndarray]:
    """Return the pixels, and where float noise may decide."""
    rows, columns = kernel.shape[0] // 2, kernel.shape[1] // 2
    sums = []
    for plane in planes:
        padded = pad(linear(plane / 255), rows, columns, border)
        inner = np.s_[rows : rows + plane.shape[0], columns : columns + plane.shape[1]]
        sums.append(cv2.filter2D(padded, cv2.CV_64F, kernel)[inner])
    responses = 255 * back(np.stack(sums).clip(0, 1))
    step = responses - 0.5
    return np.rint(responses).astype(int), np.abs(step - np.rint(step)) < NOISE


def _estimate(windows: np.ndarray, targets: np.ndarray, back: Curve | None = None) -> np.ndarray | None:
    """Return the least-squares kernel; None where more than rounding is left. back: to pixels."""
    some = np.flatnonzero((targets > 0) & (targets < 255))
    some = some[:: len(some) // PIXELS + 1]
    if len(some) < 10 * SIDE**2:
        return None
    gram = cv2.gemm(windows[some], windows[some], 1, np.empty(0), 0, flags=cv2.GEMM_1_T)
    weights = np.linalg.solve(
        gram + 1e-9 * np.trace(gram) * np.eye(len(gram)), windows[some].T @ targets[some]
    )
    made, wanted = windows[some] @ weights, targets[some]
    if back is not None:
        made, wanted = 255 * back(made.clip(0, 1)), 255 * back(wanted)
    return weights.reshape(SIDE, SIDE) if (np.abs(made - wanted) < 0.6).mean() > SHARE else None


def _kernels(estimate: np.ndarray) -> Iterator[np.ndarray]:
    """Yield kernels near an estimate, the simplest first: those in use, and whole numbers over a divisor."""
    near: dict[bytes, np.ndarray] = {}
    for side in range(1, SIDE + 1, 2):
        near |= {kernel.tobytes(): kernel for kernel in in_use((side, side))}
    for divisor in DIVISORS:
        whole = np.rint(divisor * estimate) / divisor
        near.setdefault(whole.tobytes(), whole)
    right = (
        kernel
        for kernel in near.values()
        if np.abs(np.pad(kernel, (SIDE - len(kernel)) // 2) - estimate).max() < NEAR and kernel.any()
    )
    yield from map(without_rim, islice(right, TRIED))
