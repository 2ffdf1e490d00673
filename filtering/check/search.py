"""The search for the simplest hypothesis that reproduces every pixel of a function's outputs.

First the middle of an image, where neither the border nor an unfinished loop matters: thousands of ways to
sum, by all ways to make pixels of sums, are worked out at once for a dozen pixels. Then the edges: for each
candidate, the border modes and the frames that are not computed. Whatever is told is proven on all pixels of
all probes; where only the inside is, it is told of the inside only.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import product

import numpy as np

from filtering.borders import BORDERS
from filtering.check.edges import USUAL, constants, early_rows, framed, mixed, overwritten, side_mask
from filtering.check.kinds import Exceptions, exceptions
from filtering.check.mistakes import (
    DIVISORS,
    KERNELS,
    ORIENTATIONS,
    RANGES,
    SUMS,
    Hypothesis,
    agreement,
    cost,
    error,
    excused,
    predict,
    responses,
    simple_fractions,
    uncomputed,
    used_kernel,
)
from filtering.check.probes import Case, Probe, informative
from filtering.exact import Weights
from filtering.model import FOURIER, REACH, ROUNDINGS, WHOLE, Frame, Length, Shift, float_error, make_pixels

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


BORDER_MODES = [*BORDERS, "negative-indices", "weights-inside", "constant-mean", "centre-pixel"]
SCREENED = 4  # probes that candidates are taken from
MOST_SCREENED = 400  # candidates of one probe that are tried on the others
MOST_CANDIDATES = 16  # that are taken on to the edges, the likely ones first
MEASURED = 8  # outputs at most that frames are measured from
TELLING = 12  # pixels other than the most frequent one that it takes to draw any conclusion


@dataclass(frozen=True)
class Explanation:
    """A hypothesis that reproduces the outputs, and for what it does not hold."""

    guess: Hypothesis
    exceptions: Exceptions | None = None  # the probes for which it does not hold
    sides: tuple[str, ...] = ()  # the edges that it does not explain: "top", "bottom", "left", "right"


@dataclass
class Search:
    """The outputs of a function, and the explanations found so far."""

    cases: Sequence[Case]
    border: str | None  # the border mode it should have; None: any
    unstable: bool  # a second call with the same image gave another result: some pixels are never written
    failed: Sequence[Probe] = ()  # probes without an output
    best: Explanation | None = None
    rank: tuple[float, ...] = (999,)  # wrong probes, whether what fails has a name, and the cost
    seen: set[Hypothesis] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.plain = [
            (probe, output)
            for probe, output in self.cases
            if probe.kernel.shape in [(3, 3), (5, 5)] and probe.image.shape[0] == probe.image.shape[1]
            and not probe.purpose and probe.inside().any()
        ]  # fmt: skip

    def run(self) -> Explanation | None:
        """Return the simplest explanation; None if there is none."""
        if not telling([output for _, output in self.cases]):
            return None
        early = self._early()
        if early is not None:
            for guess in early:
                self._prove(guess)
            return self.best
        candidates: list[Hypothesis] = []
        for find in (screen, fitted, screen_far, screen_wide, screen_sums):
            if find not in (screen, fitted) and self.best is not None:
                break
            found = self._candidates(find)
            candidates += found
            self._prove_all(found)
            if self.rank[0] == 0:
                return self.best
        self._refine()
        if self.best is None:
            self._overwriting()
        if self.best is None or self._only_edges_differ():
            self._inside(candidates)
        return self.best

    def _refine(self) -> None:
        """Try the kernels that only a few probes show, where the best explanation is wrong for some."""
        if self.best is not None and self.best.exceptions is not None and not self.failed:
            guess = self.best.guess
            for name in sorted(name for name in KERNELS if KERNELS[name].fine):
                self._prove(replace(guess, kernel=name))

    def _prove_all(self, candidates: list[Hypothesis]) -> None:
        """Try the candidates with all edges, until they can be no simpler than the best."""
        for guess in candidates:
            least = cost(replace(guess, border=self.border or "replicate"), self.border)
            if self.rank < (0, 2) and 2 * least > self.rank[2]:
                return
            for full in self._edges(guess):
                self._prove(full)

    def _only_edges_differ(self) -> bool:
        """Return whether the exceptions are right inside: then it is their edge that is not known."""
        assert self.best is not None
        bad = {id(probe) for probe in self.best.exceptions.probes} if self.best.exceptions else set()
        wrong = [case for case in self.cases if id(case[0]) in bad]
        guess = replace(self.best.guess, frame=WHOLE)
        return any(probe.inside().any() for probe, _ in wrong) and all(
            agreement(probe, output, guess)[probe.inside(guess.shift)].all() for probe, output in wrong
        )

    def _candidates(self, find: Callable[[Probe, np.ndarray], list[Hypothesis]]) -> list[Hypothesis]:
        """Return the hypotheses that agree with the middle of the plain outputs, the likely ones first."""
        plain = [case for case in self.plain if len(informative(case[1], middle(case[0]))) >= 4]
        plain.sort(key=lambda case: case[0].weights[0].sum() == 0)
        plain = plain[:SCREENED]
        found: dict[Hypothesis, float] = {}
        sizes = {probe.kernel.shape for probe, _ in plain}  # that no candidates have been taken from yet
        for number, (probe, output) in enumerate(plain):
            fresh = sorted(
                (guess for guess in find(probe, output) if guess not in found),
                key=self._order,
            )[:MOST_SCREENED]
            others = plain[:number] + plain[number + 1 :]
            plausible = {guess: self._plausible(guess, others) for guess in fresh}
            found |= {guess: agrees for guess, agrees in plausible.items() if agrees}
            sizes.discard(probe.kernel.shape)
            if others and (1.0 in plausible.values() or (found and not sizes)):
                break  # agrees with all, or all of a size: so does the right one, which is among these
        return sorted(found, key=lambda guess: (-found[guess], self._order(guess)))[:MOST_CANDIDATES]

    def _order(self, guess: Hypothesis) -> tuple[float, str]:
        """Return the key to sort hypotheses by: the simplest first, and the same order every time."""
        return cost(guess, self.border), repr(guess)

    @property
    def _borders(self) -> list[str]:
        """The border modes: the right one first, of which nothing is to be said."""
        right = self.border or "replicate"
        return sorted(BORDER_MODES, key=lambda border: (border != right, border not in BORDERS, border))

    def _plausible(self, guess: Hypothesis, cases: Sequence[Case]) -> float:
        """Return 1 if it agrees with the middle of the other outputs, 0.5 if with those of one size."""
        right: dict[tuple[int, ...], bool] = {}
        for probe, output in cases:
            agrees = _middle_agrees(probe, output, guess)
            right[probe.kernel.shape] = right.get(probe.kernel.shape, True) and agrees
        return 1.0 if all(right.values()) else 0.5 * any(right.values())

    def _edges(self, guess: Hypothesis) -> Iterator[Hypothesis]:
        """Yield the candidate with each border and frame under which one of the larger outputs is right."""
        larger = [case for case in self.cases if min(case[0].image.shape) >= 9 and case[0].reach != (0, 0)]
        larger.sort(key=lambda case: (abs(case[0].image.size - 200), case[0].kernel.shape != (5, 5)))
        first = [*larger[:3], *larger[-1:]]
        if RANGES[guess.range].effect.stretch or guess.frame != WHOLE:
            yield guess  # it knows its own
            return
        values = {value for probe, output in first for value in constants(probe, output, guess)}
        plain = replace(guess, border="zero", noisy=True)
        measured = [
            case for case in larger if max(case[0].kernel.shape) <= 5 and _centre_agrees(*case, plain)
        ]
        measured = measured[:MEASURED]
        for border in [*self._borders, *sorted(values)]:
            full = replace(guess, border=border)
            if any(agreement(*case, replace(full, noisy=True)).all() for case in first):
                yield full
            for filled in framed(measured, full):
                if filled.fill != "any" or self.unstable:
                    yield filled
        if measured and self.best is None:
            yield from mixed(measured, guess)

    def _prove(self, guess: Hypothesis) -> None:
        """Try a hypothesis on all pixels of all outputs; keep it if it is simpler than the best so far."""
        if guess in self.seen:
            return
        self.seen.add(guess)
        for full in (guess, replace(guess, noisy=True)):
            taken = 2 * cost(full, self.border)
            if self.rank <= (0, int(bool(self.failed)), taken):
                return
            plain = [case for case in self.plain if agreement(*case, full).all()]
            if all(_silent(probe, full) for probe, _ in plain):
                continue
            right = [case for case in self.cases if agreement(*case, full).all()]
            found = self._exceptions(full, right)
            if found is None or not _proven(full, right, found) or not excused(right, full):
                continue
            wrong = len(self.cases) - len(right)
            rank = (wrong, found.weight, taken)
            if rank < self.rank:
                self.rank = rank
                self.best = Explanation(full, found if found.weight else None)
            if not wrong:
                return

    def _exceptions(self, guess: Hypothesis, right: Sequence[Case]) -> Exceptions | None:
        """Name the probes other than the right ones; a probe of which nothing is predicted is neither."""
        good = {id(probe) for probe, _ in right}
        wrong = [probe for probe, _ in self.cases if id(probe) not in good]
        told = [probe for probe, _ in right if not _silent(probe, guess)]
        return exceptions(wrong, [*told, *wrong, *self.failed], self.failed, guess)

    def _inside(self, candidates: list[Hypothesis]) -> None:
        """Look for a candidate that explains the inside of all outputs, and name the sides it does not."""
        for guess in candidates:
            if RANGES[guess.range].effect.stretch:
                continue
            for full in (guess, replace(guess, noisy=True)):
                right = [
                    (probe, output) for probe, output in self.cases
                    if agreement(probe, output, full)[probe.inside(guess.shift)].all()
                ]  # fmt: skip
                inner = replace(full, frame=REACH.moved(full.shift))
                found = self._exceptions(inner, right)
                if (
                    found is not None
                    and found.weight < 2
                    and _proven(inner, right, found)
                    and excused(right, inner)
                ):
                    full, sides = self._sides(full)
                    self.best = Explanation(full, found if found.weight else None, sides)
                    return

    def _sides(self, guess: Hypothesis) -> tuple[Hypothesis, tuple[str, ...]]:
        """Return the candidate with the border that explains the most sides, and the sides that are left."""
        best: tuple[Hypothesis, tuple[str, ...]] | None = None
        whole = [case for case in self.cases if case[0].inside().any()]
        for border in [self.border] if self.border else self._borders:
            full, sides = replace(guess, border=border), []
            masks = [(probe, agreement(probe, output, replace(full, noisy=True))) for probe, output in whole]
            for side in ("top", "bottom", "left", "right"):
                if not all(mask[side_mask(probe, side)].all() for probe, mask in masks):
                    sides.append(side)
            if best is None or len(sides) < len(best[1]):
                best = full, tuple(sides)
        assert best is not None
        return best[0], best[1] or ("top", "bottom", "left", "right")

    def _early(self) -> list[Hypothesis] | None:
        """Return candidates for outputs of which one row or pixel is computed; None if more is."""
        large = [case for case in self.cases if min(case[0].image.shape) >= 9 and not case[0].purpose]
        places = [early_rows(probe, output) for probe, output in large]
        if not large or any(place is None for place in places):
            return None
        known = {place for place in places if place is not None and (place[0] or place[1] != WHOLE)}
        if not known:
            return None
        found: dict[Hypothesis, None] = {}
        for early, frame, fill in known:
            rest = [c for c, p in zip(large, places, strict=True) if p == (early, frame, fill)]
            rest = [case for case in rest if case[0].kernel.shape in [(3, 3), (5, 5)]][:3]
            sets = [set(screen_row(probe, output, early, frame)) for probe, output in rest]
            if len(sets) > 1:
                found |= dict.fromkeys(replace(guess, fill=fill) for guess in set.intersection(*sets))
        return sorted(found, key=self._order)

    def _overwriting(self) -> None:
        """Search among functions that write their result into the image while they read it."""
        rules = product(
            [name for name, rounding in ROUNDINGS.items() if rounding.whole and rounding.cost <= 2],
            [
                name
                for name, span in RANGES.items()
                if span.effect.after and not span.effect.stretch and not span.parts
            ],
            [*BORDERS, None],
            [name for name, orientation in ORIENTATIONS.items() if orientation.cost <= 2],
        )
        guesses = [
            Hypothesis(
                edge or "zero", orientation, rounding=rounding, range=span,
                frame=WHOLE if edge else REACH, fill="image", overwrites=True,
            )
            for rounding, span, edge, orientation in rules
        ]  # fmt: skip
        for guess in sorted(guesses, key=self._order):
            if all(overwritten(probe, guess, output) for probe, output in self.cases):
                found = self._exceptions(guess, self.cases)
                self.best = Explanation(guess, exceptions=found if self.failed else None)
                return


def telling(outputs: Sequence[np.ndarray]) -> bool:
    """Return whether enough pixels differ from the most frequent one: black can come from anything."""
    if not outputs:
        return False
    values = np.concatenate([output.ravel() for output in outputs])
    _, counts = np.unique(values[values == values], return_counts=True)
    return len(counts) > 0 and int(counts.sum() - counts.max()) >= TELLING


def _silent(probe: Probe, guess: Hypothesis) -> bool:
    """Return whether a hypothesis predicts no pixel of an output."""
    stretch = RANGES[guess.range].effect.stretch  # of one value, there is nothing to stretch
    return bool(uncomputed(probe, guess).all()) or (bool(stretch) and predict(probe, guess) is None)


def _proven(guess: Hypothesis, right: Sequence[Case], found: Exceptions) -> bool:
    """Return whether most of what is predicted is right, and so for 3 x 3 kernels on images of some size.

    Exceptions that have a name are told, and do not count.
    """

    def size(probes: Sequence[Probe]) -> int:
        return sum(int((~uncomputed(probe, guess)).sum()) for probe in probes)

    def usual(probes: Sequence[Probe]) -> list[Probe]:
        return [one for one in probes if one.kernel.shape == (3, 3) and min(one.image.shape) >= USUAL]

    known = [
        probe for probe, output in right
        if len(informative(output, np.ones(output.shape, bool))) and not _silent(probe, guess)
        and not np.array_equal(output, probe.image)
    ]  # fmt: skip
    rest = [probe for group in found.groups if not group.exact for probe in group.probes]
    return size(known) > size(rest) and size(usual(known)) > size(usual(rest))


def _centre_agrees(probe: Probe, output: np.ndarray, guess: Hypothesis) -> bool:
    """Return whether a pixel in the centre of an output, where no border reaches, is as predicted."""
    y, x = output.shape[0] // 2, output.shape[1] // 2
    return bool(agreement(probe, output, guess)[y, x])


def _middle_agrees(probe: Probe, output: np.ndarray, guess: Hypothesis) -> bool:
    if RANGES[guess.range].effect.stretch:
        return bool(agreement(probe, output, replace(guess, noisy=True)).all())
    inner = middle(probe) & probe.inside(guess.shift)
    if KERNELS[guess.kernel].resizes:
        inner = middle(probe, 3)
    if guess.sum:
        inner = ~uncomputed(probe, guess)
    return bool(agreement(probe, output, replace(guess, noisy=True))[inner].all())


def explain(
    cases: Sequence[Case], border: str | None, unstable: bool = False, failed: Sequence[Probe] = ()
) -> Explanation | None:
    """Return the simplest explanation of all outputs, or of the inside of them; None if there is none.

    cases: probes, and outputs of the shape of their images. unstable: two calls gave different outputs.
    failed: probes without an output.
    """
    return Search(cases, border, unstable, failed).run()
