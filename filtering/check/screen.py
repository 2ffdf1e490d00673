"""Candidates: the hypotheses that agree with a few pixels in the middle of an output, where no border is.

Thousands of ways to sum, by all ways to make pixels of sums, are worked out at once for a dozen pixels. What
agrees is proven, or not, on all pixels of all probes by `search`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import product

import numpy as np

from filtering.borders import BORDERS
from filtering.check.effects import simple_fractions
from filtering.check.hypothesis import Hypothesis, agreement, cost, error, responses, uncomputed, used_kernel
from filtering.check.mistakes import DIVISORS, KERNELS, ORIENTATIONS, RANGES, SUMS
from filtering.check.probes import Probe
from filtering.exact import Weights
from filtering.model import FOURIER, REACH, ROUNDINGS, WHOLE, Frame, Length, Shift, float_error, make_pixels

Case = tuple[Probe, np.ndarray]

FEWEST = 4  # informative pixels: from fewer no candidate is taken
FIRST, MOST = 4, 12  # pixels that are looked at first, and at most
STRETCHES = [name for name, span in RANGES.items() if span.effect.stretch]
OTHERS = [name for name in RANGES if name not in STRETCHES]
# First by single pixels or by half a kernel, but not by one of each.
NEAR = [Length(), Length(1), Length(-1), Length(0, 1), Length(0, -1)]
SHIFTS = [Shift(x, y) for x, y in product(NEAR, NEAR) if bool(x.times) == bool(y.times) or Length() in (x, y)]
FAR = [*NEAR, Length(2), Length(-2), Length(0, 2), Length(0, -2)]
FARTHER = [shift for shift in map(Shift, *zip(*product(FAR, FAR), strict=True)) if shift not in SHIFTS]
# A changed kernel is looked for in the orientations that one meets with it.
KERNEL_WAYS = [
    *((orientation, "as-is") for orientation in ORIENTATIONS),
    *product(
        ["as-is", "rotated180", "transposed"],
        [
            kernel
            for kernel in KERNELS
            if kernel != "as-is" and not (KERNELS[kernel].resizes or KERNELS[kernel].fine)
        ],
    ),
]
ROUGH = 0.75  # how far the output may be from the line: rounding is 0.3
ALIKE = 0.98  # correlation of output and sums from which the output is taken to follow them


def middle(probe: Probe, reaches: int = 2) -> np.ndarray:
    """Return the mask of pixels that no border and no unfinished loop reaches, for any likely shift.

    reaches: how many times the kernel's reach it begins from the edge; 3 for the shifts that are FARTHER.
    """
    before, after = Length(0, reaches), Length(1, reaches)
    return ~Frame(before, after, before, after).mask(probe.image.shape, probe.reach)


def informative(output: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return the places (y, x) in the mask whose value is not the most frequent one, nan or an extreme."""
    if output.dtype.kind == "c":
        return np.empty((0, 2), int)
    values, counts = np.unique(output[mask], return_counts=True)
    if len(values) < 2:
        return np.empty((0, 2), int)
    usual = values[counts.argmax()]
    keep = mask & (output != usual) & (output == output)
    if output.dtype == np.uint8:
        keep &= (output != 0) & (output != 255)
    return np.argwhere(keep)


class Table:
    """The sums of many hypotheses at some pixels: (pixels, hypotheses), their scales and float errors."""

    def __init__(
        self, guesses: list[Hypothesis], sums: np.ndarray, scale: np.ndarray, errors: np.ndarray
    ) -> None:
        self.guesses, self.sums = guesses, sums
        self.scale, self.errors = scale[np.newaxis], errors[np.newaxis]

    @classmethod
    def at(cls, probe: Probe, places: np.ndarray, guesses: list[Hypothesis]) -> "Table":
        """Take the sums of some hypotheses, each worked out for itself, at these pixels."""
        made = [responses(probe, guess) for guess in guesses]
        sums = np.array([np.broadcast_to(part, probe.image.shape)[tuple(places.T)] for part, _ in made]).T
        errors = [error(probe, replace(guess, noisy=True)) for guess in guesses]
        return cls(guesses, sums, np.array([scale for _, scale in made]), np.array(errors))

    def agreeing(self, values: np.ndarray, ranges: Sequence[str] = OTHERS) -> Iterator[Hypothesis]:
        """Find the hypotheses, with a rounding and a range, that predict these values of the pixels."""
        column = values[:, np.newaxis]
        for rounding, span in product(ROUNDINGS, ranges):
            use = np.arange(len(self.guesses))
            for part in (slice(0, FIRST), slice(FIRST, MOST)):
                if len(use) == 0 or len(column[part]) == 0:
                    break
                made = make_pixels(
                    self.sums[part][:, use], self.scale[:, use], ROUNDINGS[rounding], RANGES[span].effect,
                    self.errors[:, use],
                )  # fmt: skip
                assert made is not None
                use = use[made.equal(column[part]).all(axis=0)]
            for number in use:
                yield replace(self.guesses[number], rounding=rounding, range=span)


def screen(probe: Probe, output: np.ndarray) -> list[Hypothesis]:
    """Find the hypotheses that agree with the middle of an output. The kernel has to be square."""
    places = _spread(informative(output, middle(probe)))
    if len(places) < FEWEST:
        return []
    found = list(_middle_table(probe, places).agreeing(output[tuple(places.T)]))
    guesses = [
        Hypothesis("zero", orientation, divisor=divisor, adds_up_in=where)
        for where, orientation, divisor in product(("int", "uint8", "int-products"), ORIENTATIONS, DIVISORS)
    ]
    added_up = _agreeing(probe, output, middle(probe), guesses, ["saturate", "wrap-modulo-256", "none"])
    return found + [guess for guess in added_up if guess.rounding == "half-even"]


def _agreeing(
    probe: Probe,
    output: np.ndarray,
    mask: np.ndarray,
    guesses: list[Hypothesis],
    ranges: Sequence[str] = OTHERS,
) -> list[Hypothesis]:
    """Find the hypotheses that agree with an output at some pixels of the mask; none if these are too few."""
    places = _spread(informative(output, mask))
    if len(places) < FEWEST:
        return []
    return list(Table.at(probe, places, guesses).agreeing(output[tuple(places.T)], ranges))


def screen_far(probe: Probe, output: np.ndarray) -> list[Hypothesis]:
    """Find the hypotheses with a shift farther than usual that agree with the middle of an output."""
    guesses = [
        Hypothesis(orientation=orientation, divisor=divisor, shift=shift)
        for shift, orientation, divisor in product(FARTHER, ORIENTATIONS, DIVISORS)
    ]
    room = ~Frame(*[Length(2, 1)] * 4).mask(output.shape, probe.reach)
    return _agreeing(probe, output, middle(probe, 3) & room, guesses)


def screen_wide(probe: Probe, output: np.ndarray) -> list[Hypothesis]:
    """Find the hypotheses with another size of the kernel that agree with the inside of an output."""
    found = []
    for kernel in (name for name in KERNELS if KERNELS[name].resizes):
        guesses = [Hypothesis(orientation=way, kernel=kernel) for way in ("as-is", "rotated180")]
        rows, columns = (side // 2 for side in used_kernel(probe, guesses[0]).values.shape)
        found += _agreeing(probe, output, ~REACH.mask(output.shape, (rows, columns)), guesses)
    return found


def screen_sums(probe: Probe, output: np.ndarray) -> list[Hypothesis]:
    """Find the hypotheses with a sum that goes on from pixel to pixel that agree with an output."""
    found = []
    for border, frame in [*((border, WHOLE) for border in BORDERS), ("zero", REACH)]:
        guesses = [
            Hypothesis(border, orientation, frame=frame, sum=name)
            for name, orientation in product(SUMS, ORIENTATIONS)
        ]
        found += _agreeing(probe, output, ~frame.mask(output.shape, probe.reach), guesses)
    return found


def _spread(places: np.ndarray) -> np.ndarray:
    """Return at most MOST of the places, from all over."""
    return places[:: max(1, len(places) // MOST)][:MOST]


def _windows_at(probe: Probe, places: np.ndarray, shift: Shift) -> np.ndarray:
    """Return the windows that the pixels at these places are made of: (pixels, taps)."""
    (rows, columns), (right, down) = probe.reach, shift.of(probe.reach)
    view = np.lib.stride_tricks.sliding_window_view(probe.image.astype(np.int64), probe.kernel.shape)
    y, x = places[:, 0] - down - rows, places[:, 1] - right - columns
    windows: np.ndarray = view[y, x].reshape(len(places), -1)
    return windows


def _middle_table(probe: Probe, places: np.ndarray) -> Table:
    """Take the sums of all orientations, kernels, divisors and shifts at some pixels in the middle."""
    guesses, kernels, scales, errors = _ways(probe)
    sums = [np.rint(_windows_at(probe, places, shift) @ kernels).astype(np.int64) for shift in SHIFTS]
    return Table(guesses, np.hstack(sums), np.tile(scales, len(SHIFTS)), np.tile(errors, len(SHIFTS)))


@lru_cache(maxsize=16)
def _ways(probe: Probe) -> tuple[list[Hypothesis], np.ndarray, np.ndarray, np.ndarray]:
    """Return all hypotheses on the sums in the middle, their kernels, (taps, kernels), divisors and errors.

    All but the hypotheses are the same for each shift.
    """
    ways: dict[tuple[bytes, int], tuple[Hypothesis, Weights]] = {}
    simple = [
        Hypothesis(orientation=orientation, kernel=kernel, divisor=divisor)
        for (orientation, kernel), divisor in product(KERNEL_WAYS, DIVISORS)
    ]
    for guess in sorted(simple, key=lambda guess: (cost(guess, None), repr(guess))):
        weights = used_kernel(probe, guess)
        ways.setdefault((weights.values.tobytes(), weights.divisor), (guess, weights))
    kernels = np.array([weights.values.ravel() for _, weights in ways.values()], np.float64).T
    scales = np.array([weights.divisor for _, weights in ways.values()])
    errors = np.array([float_error(weights, FOURIER) for _, weights in ways.values()])
    guesses = [replace(guess, shift=shift) for shift in SHIFTS for guess, _ in ways.values()]
    return guesses, kernels, scales, errors


def screen_row(probe: Probe, output: np.ndarray, early: str, frame: Frame) -> list[Hypothesis]:
    """Find the hypotheses that agree with the only row, or pixel, that an output has."""
    done = ~uncomputed(probe, Hypothesis(early=early, frame=frame))
    places = _spread(np.argwhere(done))
    guesses = [
        Hypothesis(border, orientation, divisor=divisor, early=early, frame=frame)
        for border, orientation, divisor in product(
            ["zero"] if frame.covers(REACH) else [*BORDERS, "negative-indices"], ORIENTATIONS, DIVISORS
        )
    ]
    return list(Table.at(probe, places, guesses).agreeing(output[tuple(places.T)]))


def fit(probe: Probe, output: np.ndarray) -> list[tuple[Hypothesis, float, float, float]]:
    """Find the orientations, kernels and shifts whose sums the output follows, if only up to a line.

    Returns hypotheses with the line, output = slope * sum + height, and the error of the slope.
    """
    places = informative(output, middle(probe))
    if len(places) < 2 * FEWEST:
        return []
    values = output[tuple(places.T)].astype(np.float64)
    if not np.isfinite(values).all() or values.std() == 0:
        return []
    guesses, kernels, scales, _ = _ways(probe)
    plain = [
        number for number, guess in enumerate(guesses[: len(scales)]) if guess.divisor == "not-normalised"
    ]
    found = []
    for number, shift in enumerate(SHIFTS):
        sums = _windows_at(probe, places, shift) @ kernels[:, plain] / scales[plain]
        for part, span in ((sums, "saturate"), (abs(sums), "absolute-value")):
            for column in np.flatnonzero(_alike(part, values) > ALIKE):
                if span == "absolute-value" and (sums[:, column] >= 0).all():
                    continue
                slope, height = np.polyfit(part[:, column], values, 1)
                rest = float((values - slope * part[:, column] - height).std())
                if rest > max(ROUGH, ROUGH / 100 * values.std()):
                    continue
                error = 3 * rest / (part[:, column].std() * len(values) ** 0.5) + 1e-7
                guess = replace(guesses[number * len(scales) + plain[column]], range=span)
                found.append((rest, guess, float(slope), float(height), error))
    found.sort(key=lambda one: (round(one[0], 9), cost(one[1], None), repr(one[1])))
    return [one[1:] for one in found[:3]]


def _alike(sums: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the size of the correlation of each column of sums with the values."""
    apart = sums - sums.mean(axis=0)
    spread = np.sqrt((apart**2).sum(axis=0)) * np.sqrt(((values - values.mean()) ** 2).sum())
    alike: np.ndarray = abs(apart.T @ (values - values.mean())) / np.maximum(spread, 1e-12)
    return alike


def fitted(probe: Probe, output: np.ndarray) -> list[Hypothesis]:
    """Find hypotheses with a factor or an offset, and those that stretch, by what the output follows."""
    lines = fit(probe, output)
    found = list(_on_lines(probe, output, lines))
    frames = [(WHOLE, "0", border) for border in BORDERS] + [
        (REACH, fill, "zero") for fill in ("0", "image", "missing")
    ]
    for guess, *_ in lines:
        for (frame, fill, border), rounding, span in product(frames, ROUNDINGS, STRETCHES):
            full = replace(guess, border=border, frame=frame, fill=fill, rounding=rounding, range=span)
            if agreement(probe, output, replace(full, noisy=True)).all():
                found.append(full)
    return found


def _on_lines(
    probe: Probe, output: np.ndarray, lines: list[tuple[Hypothesis, float, float, float]]
) -> Iterator[Hypothesis]:
    """Find the factors and offsets, simple numbers near to those of the lines, that predict the output."""
    places = _spread(informative(output, middle(probe)))
    guesses = [
        replace(guess, factor=factor, offset=offset, range="saturate")
        for guess, slope, height, error in lines
        for factor in simple_fractions(slope, error)
        for offset in {0, round(height), round(height + 0.5), round(2 * height) / 2}
        if factor != 0
    ]
    if not guesses:
        return
    yield from Table.at(probe, places, guesses).agreeing(output[tuple(places.T)])
