"""From responses to pixels: rounding, offset, range and border, by the names of the table of mistakes."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from filtering.borders import BORDERS, pad
from filtering.check.effects import make_pixels
from filtering.check.mistakes import RANGES, ROUNDINGS
from filtering.compare import float32_error
from filtering.exact import as_fraction, split
from filtering.fast import convolve_fast
from filtering.learn.pair import Pair

TRIED = 20_000  # pixels, to find the rounding
BLOCK = 2**22  # window pixels that are summed at a time
FINEST = 2**20  # parts of a response, where it is moved
DECIMALS = 10**9  # of responses to weights without a divisor: what is beyond is float noise
FLOAT_TIES = 1e-4  # largest share of pixels within float32's error of a step, but not on it


@dataclass(frozen=True, eq=False)
class Effect:
    """A kernel, and what else makes pixels of an image; the defaults are convolve's."""

    kernel: np.ndarray
    offset: int = 0
    rounding: str = "half-even"  # one of ROUNDINGS
    range: str = "saturate"  # one of RANGES
    border: str = "replicate"  # one of BORDERS, "left-unfiltered" or "cropped"

    @property
    def plain(self) -> bool:
        """Tell if convolve_fast has this effect."""
        return (self.offset, self.rounding, self.range) == (0, "half-even", "saturate")

    def pixels(self, sums: np.ndarray, divisor: int, moved: float | None = None) -> np.ndarray:
        """Make pixels of whole-number sums over a divisor.

        moved: how much larger all responses are taken; of 0.0 and -0.0, by a trace.
        """
        fine = 1 if moved is None else max(1, FINEST // divisor)
        sums = (sums + self.offset * divisor) * fine
        if moved is not None:
            sums = sums + int(np.copysign(max(1, round(abs(moved) * divisor * fine)), moved))
        made = make_pixels(sums, divisor * fine, self.rounding, RANGES[self.range].effect)
        assert made is not None
        return made.exact


@dataclass(frozen=True, eq=False)
class Outcome:
    """How the pixels of an effect compare with those of an image."""

    effect: Effect
    result: np.ndarray  # what the effect makes of the image before: uint8, (channels, H, W)
    pixels: int
    differing: int
    ties: int  # of these: within float32's error of the step between two pixels
    inside: int  # of the differing pixels that are no ties, those whose windows lie inside the image
    errors: np.ndarray | None = None  # the standard errors of weights that are decimals

    @property
    def exact(self) -> bool:
        """Tell if every pixel is reproduced, but for ties."""
        return self.differing == self.ties


def explain(pair: Pair, kernel: np.ndarray, offset: float, span: str) -> Outcome:
    """Find rounding, offset and border under which a kernel reproduces the image, and count what differs.

    offset: an estimate. span: the treatment of responses that are no pixels, one of RANGES.
    """
    places = pair.sample((kernel.shape[0] // 2, kernel.shape[1] // 2), TRIED, saturated=True)
    sums, divisor = sums_of_windows(pair.windows(places, kernel.shape), kernel)
    after = pair.after[tuple(places.T)]
    results = []
    for guess in guesses(kernel, offset, span):
        apart = guess.pixels(sums, divisor) != after
        differing = int(np.count_nonzero(apart))
        ties = are_ties(guess, sums[apart], divisor, after[apart], len(after))
        results.append((differing - int(ties.sum()), differing, guess))
    fewest = min((others, differing) for others, differing, _ in results)
    # The likeliest of those that leave no more differences, or not many more ties.
    best = next(
        guess for others, differing, guess in results if others == fewest[0] and differing <= 1.5 * fewest[1]
    )
    if fewest[0] > 0:  # do not look at the other pixels
        return Outcome(best, pair.before, len(after), fewest[1], fewest[1] - fewest[0], fewest[0])
    return count(pair, bordered(pair, best))


def are_ties(effect: Effect, sums: np.ndarray, divisor: int, after: np.ndarray, pixels: int) -> np.ndarray:
    """Mark the ties among pixels that differ from what the effect makes of their sums.

    A tie is a pixel whose exact response lies within float32's error of the step to its neighbour. On the
    step itself there may be any number of them, beside it FLOAT_TIES of the `pixels` of the image.
    """
    if len(after) > pixels / 4:
        return np.zeros(len(after), bool)
    on_step = _reachable(effect, sums, divisor, 0.0, after)
    beside = _reachable(effect, sums, divisor, float32_error(effect.kernel), after)
    few = np.count_nonzero(beside & ~on_step) <= FLOAT_TIES * pixels
    return on_step | (beside & few)


def _reachable(
    effect: Effect, sums: np.ndarray, divisor: int, tolerance: float, after: np.ndarray
) -> np.ndarray:
    """Return which pixels are those of a response at most `tolerance`, or a trace, larger or smaller."""
    up, down = (effect.pixels(sums, divisor, moved) for moved in (tolerance, -tolerance))
    result: np.ndarray = (up == after) | (down == after)
    return result


def guesses(kernel: np.ndarray, offset: float, span: str) -> Iterator[Effect]:
    """Yield combinations of rounding and offset, the likeliest first."""
    nearest = round(offset)
    for whole in dict.fromkeys([0, nearest, nearest + 1, nearest - 1]):
        if abs(whole - offset) <= 0.75:
            for rounding in ROUNDINGS:
                if rounding != "none":
                    yield Effect(kernel, whole, rounding, span)


def sums_of_windows(windows: np.ndarray, kernel: np.ndarray) -> tuple[np.ndarray, int]:
    """Return the exact sums of some windows, (n, p), as int64, and the divisor that makes responses of them.

    Of weights without a divisor, the sums have nine decimals.
    """
    weights, divisor = scaled_weights(kernel)
    size = max(1, BLOCK // kernel.size)
    parts = [
        windows[start : start + size].astype(np.float64) @ weights.ravel()
        for start in range(0, len(windows), size)
    ]
    return to_whole(np.concatenate([*parts, np.empty(0)]), divisor)


def scaled_weights(kernel: np.ndarray) -> tuple[np.ndarray, int]:
    """Return whole weights and their divisor; floats and 0 where no divisor makes whole numbers of them."""
    on_paper = as_fraction(kernel)
    if on_paper is None:
        return kernel, 0
    return on_paper[0].astype(np.float64), on_paper[1]


def to_whole(sums: np.ndarray, divisor: int) -> tuple[np.ndarray, int]:
    """Return sums as int64 and their divisor, both times 10**9 for sums of floats."""
    if divisor == 0:
        return np.rint(sums * DECIMALS).astype(np.int64), DECIMALS
    return np.rint(sums).astype(np.int64), divisor


def bordered(pair: Pair, effect: Effect) -> Effect:
    """Return the effect with the border that reproduces most pixels near the edge."""
    if pair.cropped:
        return replace(effect, border="cropped")
    shape = effect.kernel.shape
    places = pair.edge((shape[0] // 2, shape[1] // 2))
    after = pair.after[tuple(places.T)]
    fewest, best = len(places) + 1, effect.border
    for border in [*BORDERS, "left-unfiltered"]:
        made = edge_pixels(pair, replace(effect, border=border), places)
        differing = int(np.count_nonzero(made != after))
        if differing < fewest:
            fewest, best = differing, border
    return replace(effect, border=best)


def edge_pixels(pair: Pair, effect: Effect, places: np.ndarray) -> np.ndarray:
    """Return the pixels at some places near the edge."""
    if effect.border == "left-unfiltered":
        unchanged: np.ndarray = pair.before[tuple(places.T)]
        return unchanged
    return effect.pixels(*sums_at(pair, effect, places))


def sums_at(pair: Pair, effect: Effect, places: np.ndarray) -> tuple[np.ndarray, int]:
    """Return the exact sums of the windows at some places, near the edge or not, and their divisor."""
    (kh, kw), border = effect.kernel.shape, effect.border if effect.border in BORDERS else "replicate"
    padded = np.stack([pad(plane, kh // 2, kw // 2, border) for plane in pair.before])
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(1, 2))
    parts = np.array_split(places, len(places) * kh * kw // BLOCK + 1)
    sums = [sums_of_windows(windows[tuple(part.T)].reshape(-1, kh * kw), effect.kernel) for part in parts]
    return np.concatenate([one for one, _ in sums]), sums[0][1]


def count(pair: Pair, effect: Effect) -> Outcome:
    """Compare every pixel, and count those that differ, and the ties among them."""
    result = apply(pair, effect)
    apart = pair.residuals(result) != 0
    places = np.argwhere(apart) + np.array([0, pair.missing[0], pair.missing[2]])
    pixels, ties = apart[0].size, np.zeros(len(places), bool)
    if 0 < len(places) <= pixels / 4:
        ties = are_ties(effect, *sums_at(pair, effect, places), pair.after[tuple(places.T)], pixels)
    inside = np.zeros(pair.before[0].shape, bool)
    inside[pair.inside((effect.kernel.shape[0] // 2, effect.kernel.shape[1] // 2))] = True
    differing, others = (np.unique(some[:, 1:], axis=0) for some in (places, places[~ties]))
    ties_count = len(differing) - len(others)
    return Outcome(effect, result, pixels, len(differing), ties_count, int(inside[tuple(others.T)].sum()))


def apply(pair: Pair, effect: Effect) -> np.ndarray:
    """Return the image that the effect makes: uint8, (channels, H, W)."""
    if effect.plain and effect.border in BORDERS:
        return np.stack([convolve_fast(plane, effect.kernel, effect.border) for plane in pair.before])
    reach = (effect.kernel.shape[0] // 2, effect.kernel.shape[1] // 2)
    result: np.ndarray = pair.before.copy()
    rows, columns = (slice(r, size - r) for r, size in zip(reach, result.shape[1:], strict=True))
    for plane, made in zip(pair.before, result, strict=True):
        if effect.plain:
            made[rows, columns] = convolve_fast(plane, effect.kernel)[rows, columns]
        else:
            _filter_inside(plane, effect, made[rows, columns])
    if effect.border in BORDERS:
        places = pair.edge(reach)
        result[tuple(places.T)] = edge_pixels(pair, effect, places)
    return result


def _filter_inside(plane: np.ndarray, effect: Effect, made: np.ndarray) -> None:
    """Fill `made` with the pixels whose windows lie inside the plane, in bands of rows."""
    weights, divisor = scaled_weights(effect.kernel)
    factors = split(weights.astype(np.int64).astype(object)) if divisor else None
    steps = [weights] if factors is None else [np.array([factors[0]]).T, np.array([factors[1]])]
    band = max(1, 2**17 // plane.shape[1])
    for top in range(0, len(made), band):
        sums = plane[top : top + band + len(weights) - 1].astype(np.float64)
        for step in steps:
            sums = _correlate(sums, step.astype(np.float64))
        made[top : top + band] = effect.pixels(*to_whole(sums, divisor))


def _correlate(image: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the sums of the windows inside, float64: exact for whole numbers."""
    height, width = (size - side + 1 for size, side in zip(image.shape, weights.shape, strict=True))
    sums = np.zeros((height, width))
    for i, j in np.argwhere(weights):
        sums += weights[i, j] * image[i : i + height, j : j + width]
    return sums
