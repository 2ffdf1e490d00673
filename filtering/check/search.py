"""The search for the simplest hypothesis that reproduces every pixel of a function's outputs.

First a dozen pixels that neither the border nor an unfinished loop reaches: thousands of ways to sum, by all
ways to make pixels of sums, are compared with them at once, a stage of STAGES after the other. Then the
edges: for each candidate, the border modes and the frames that are not computed. Whatever is told is proven
on all pixels of all probes; where only the inside is, it is told of the inside only.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from itertools import product
from typing import Any

import numpy as np

from filtering.borders import BORDERS
from filtering.check.edges import EDGES, SIDES, USUAL, constants, early_rows, framed, mixed, wrong_sides
from filtering.check.kinds import Exceptions, exceptions
from filtering.check.mistakes import (
    BORDER_MISTAKES,
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
MOST = 12  # pixels that are looked at
PARTS = (
    slice(0, 1),
    slice(1, 4),
    slice(4, MOST),
)  # of these, one after the other: the first leave few guesses
STRETCHES = [name for name, span in RANGES.items() if span.effect.stretch]
OTHERS = [name for name in RANGES if name not in STRETCHES]
BORDER_MODES = [*BORDERS, *BORDER_MISTAKES]
# First by single pixels or by half a kernel, but not by one of each.
NEAR = [Length(), Length(1), Length(-1), Length(0, 1), Length(0, -1)]
SHIFTS = [Shift(x, y) for x, y in product(NEAR, NEAR) if bool(x.times) == bool(y.times) or Length() in (x, y)]
FAR = [*NEAR, Length(2), Length(-2), Length(0, 2), Length(0, -2)]
FARTHER = [shift for shift in map(Shift, *zip(*product(FAR, FAR), strict=True)) if shift not in SHIFTS]
# Changed kernels, and the orientations that one meets with them.
CHANGED = tuple(
    name for name, kernel in KERNELS.items() if not (name == "as-is" or kernel.resizes or kernel.fine)
)
TURNED = ("as-is", "rotated180", "transposed")
ROUGH = 0.75  # how far the output may be from the line: rounding is 0.3
ALIKE = 0.98  # correlation of output and sums from which the output is taken to follow them
SCREENED = 4  # probes that candidates are taken from
MOST_SCREENED = 400  # candidates of one probe that are tried on the others
MOST_CANDIDATES = 16  # that are taken on to the edges, the likely ones first
MEASURED = 8  # outputs at most that frames are measured from
COARSE = 0.25  # an error of sums that leaves most pixels open, as of sums that are never reset in a photo
TELLING = 12  # fewest pixels, the most frequent value aside, to diagnose from

# ---- Guesses that agree with some pixels


def combined(**values: Iterable[Any]) -> list[Hypothesis]:
    """Return the hypotheses with all combinations of these values of the fields."""
    return [Hypothesis(**dict(zip(values, some, strict=True))) for some in product(*values.values())]


def matches(
    values: np.ndarray,
    sums: np.ndarray,
    scales: np.ndarray,
    errors: np.ndarray,
    ranges: Iterable[str] = OTHERS,
) -> Iterator[tuple[int, str, str]]:
    """Find the hypotheses, by number, and the roundings and ranges with which they predict some pixels.

    values: of the pixels. sums: (pixels, hypotheses), with scales and float errors: (hypotheses,).
    """
    for rounding, span in product(ROUNDINGS, ranges):
        use = np.arange(sums.shape[1])
        for part in PARTS:
            if len(use) and len(values[part]):
                made = make_pixels(
                    sums[part][:, use], scales[np.newaxis, use], ROUNDINGS[rounding], RANGES[span].effect,
                    errors[np.newaxis, use],
                )  # fmt: skip
                assert made is not None
                use = use[made.equal(values[part, np.newaxis]).all(axis=0)]
        for number in use:
            yield int(number), rounding, span


def agreeing(
    probe: Probe,
    output: np.ndarray,
    places: np.ndarray,
    guesses: list[Hypothesis],
    ranges: Iterable[str] = OTHERS,
) -> list[Hypothesis]:
    """Find the hypotheses, each worked out for itself, that agree with an output at these places."""
    if not len(places) or not guesses:
        return []
    at = tuple(places.T)
    made = [responses(probe, guess, output) for guess in guesses]
    sums = np.array([np.broadcast_to(part, output.shape)[at] for part, _ in made]).T
    scales = np.array([scale for _, scale in made])
    errors = np.array([error(probe, replace(guess, noisy=True)) for guess in guesses])
    found = matches(output[at], sums, scales, errors, ranges)
    return [replace(guesses[number], rounding=rounding, range=span) for number, rounding, span in found]


def agreeing_in_middle(
    probe: Probe, output: np.ndarray, mask: np.ndarray, shifts: list[Shift], kernels: tuple[str, ...] = ()
) -> list[Hypothesis]:
    """Find orientations and divisors, with these shifts and changed kernels, that agree with an output.

    mask: of pixels whose windows, with any of the shifts, lie inside the image.
    """
    places = telling_places(output, mask)
    if not len(places):
        return []
    ways, weights, scales, errors = ways_of(probe, kernels)
    sums = np.hstack([np.rint(_windows_at(probe, places, shift) @ weights).astype(int) for shift in shifts])
    scales, errors = np.tile(scales, len(shifts)), np.tile(errors, len(shifts))
    return [
        replace(ways[number % len(ways)], shift=shifts[number // len(ways)], rounding=rounding, range=span)
        for number, rounding, span in matches(output[tuple(places.T)], sums, scales, errors)
    ]


@lru_cache(maxsize=32)
def ways_of(
    probe: Probe, kernels: tuple[str, ...]
) -> tuple[list[Hypothesis], np.ndarray, np.ndarray, np.ndarray]:
    """Return hypotheses with different weights; their weights, (taps, hypotheses), divisors and errors.

    kernels: changed ones that are taken as well.
    """
    guesses = combined(orientation=ORIENTATIONS, divisor=DIVISORS)
    guesses += combined(orientation=TURNED, kernel=kernels, divisor=DIVISORS)
    ways: dict[tuple[bytes, int], tuple[Hypothesis, Weights]] = {}
    for guess in sorted(guesses, key=simplicity):
        weights = used_kernel(probe, guess)
        if weights.values.shape == probe.kernel.shape:
            ways.setdefault((weights.values.tobytes(), weights.divisor), (guess, weights))
    used = [weights for _, weights in ways.values()]
    return (
        [guess for guess, _ in ways.values()],
        np.array([weights.values.ravel() for weights in used], np.float64).T,
        np.array([weights.divisor for weights in used]),
        np.array([float_error(weights, FOURIER) for weights in used]),
    )


def _windows_at(probe: Probe, places: np.ndarray, shift: Shift) -> np.ndarray:
    """Return the windows that the pixels at these places are made of: (pixels, taps)."""
    (rows, columns), (right, down) = probe.reach, shift.of(probe.reach)
    view = np.lib.stride_tricks.sliding_window_view(probe.image.astype(np.int64), probe.kernel.shape)
    y, x = places[:, 0] - down - rows, places[:, 1] - right - columns
    windows: np.ndarray = view[y, x].reshape(len(places), -1)
    return windows


def simplicity(guess: Hypothesis, border: str | None = None) -> tuple[float, str]:
    """Return the key to sort hypotheses by: the simplest first, and the same order every time."""
    return cost(guess, border), repr(guess)


def middle(probe: Probe, reaches: int = 2) -> np.ndarray:
    """Return the mask of pixels that no border and no unfinished loop reaches, for any likely shift.

    reaches: how many times the kernel's reach it begins from the edge; 3 for the shifts that are FARTHER.
    """
    before, after = Length(0, reaches), Length(1, reaches)
    inner: np.ndarray = ~Frame(before, after, before, after).mask(probe.image.shape, probe.reach)
    inner &= probe.known
    return inner


def telling_places(output: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return some informative places of a mask, from all over; none if there are too few."""
    places = informative(output, mask)
    return _spread(places) if len(places) >= FEWEST else places[:0]


def _spread(places: np.ndarray) -> np.ndarray:
    return places[:: max(1, len(places) // MOST)][:MOST]


# ---- The stages: each finds hypotheses that agree with some pixels of an output


def screen(probe: Probe, output: np.ndarray) -> list[Hypothesis]:
    """Find orientations, kernels, divisors and shifts."""
    return agreeing_in_middle(probe, output, middle(probe), SHIFTS, CHANGED)


def added_up(probe: Probe, output: np.ndarray) -> list[Hypothesis]:
    """Find sums that are cut to whole numbers at each step."""
    where = ("int", "uint8", "int-products")
    guesses = combined(border=["zero"], adds_up_in=where, orientation=ORIENTATIONS, divisor=DIVISORS)
    ranges = ("saturate", "wrap-modulo-256", "none")
    found = agreeing(probe, output, telling_places(output, middle(probe)), guesses, ranges)
    return [guess for guess in found if guess.rounding == "half-even"]


def far(probe: Probe, output: np.ndarray) -> list[Hypothesis]:
    """Find shifts that are farther than usual."""
    room = ~Frame(*[Length(2, 1)] * 4).mask(output.shape, probe.reach)
    return agreeing_in_middle(probe, output, middle(probe, 3) & room, FARTHER)


def wide(probe: Probe, output: np.ndarray) -> list[Hypothesis]:
    """Find kernels of another size."""
    kernels = [name for name in KERNELS if KERNELS[name].resizes]
    guesses = combined(orientation=("as-is", "rotated180"), kernel=kernels)
    return agreeing(probe, output, telling_places(output, middle(probe, 3)), guesses)


def running(probe: Probe, output: np.ndarray) -> list[Hypothesis]:
    """Find sums that go on from pixel to pixel, and results that are written to where it goes on reading."""
    found = []
    for border, frame in EDGES:
        edge: dict[str, Iterable[Any]] = {"border": [border], "frame": [frame], "orientation": ORIENTATIONS}
        guesses = combined(**edge, sum=SUMS)
        if output.dtype.kind in "ui":
            guesses += combined(**edge, fill=["image"], overwrites=[True])
        places = telling_places(output, ~frame.mask(output.shape, probe.reach))
        found += agreeing(probe, output, places, guesses)
    return found


def early(probe: Probe, output: np.ndarray) -> list[Hypothesis]:
    """Find loops that end after a row or a pixel."""
    place = early_rows(probe, output)
    if place is None:
        return []
    end, frame, fill = place
    borders = ["zero"] if frame.covers(REACH) else [*BORDERS, "negative-indices"]
    known: dict[str, Iterable[Any]] = {"early": [end], "frame": [frame], "fill": [fill]}
    guesses = combined(**known, border=borders, orientation=ORIENTATIONS, divisor=DIVISORS)
    return agreeing(probe, output, _spread(np.argwhere(~uncomputed(probe, guesses[0]))), guesses)


def fitted(probe: Probe, output: np.ndarray) -> list[Hypothesis]:
    """Find factors and offsets, simple numbers near to the lines that the output follows, and stretches."""
    lines = fit(probe, output)
    guesses = [
        replace(guess, factor=factor, offset=offset, range="saturate")
        for guess, slope, height, margin in lines
        for factor in simple_fractions(slope, margin) if factor != 0
        for offset in {0, round(height), round(height + 0.5), round(2 * height) / 2}
    ]  # fmt: skip
    found = agreeing(probe, output, telling_places(output, middle(probe)), guesses)
    edges = [(*edge, "0") for edge in EDGES] + [("zero", REACH, fill) for fill in ("image", "missing")]
    for (guess, *_), (border, frame, fill), rounding, span in product(lines, edges, ROUNDINGS, STRETCHES):
        full = replace(guess, border=border, frame=frame, fill=fill, rounding=rounding, range=span)
        if agreement(probe, output, replace(full, noisy=True)).all():
            found.append(full)
    return found


def fit(probe: Probe, output: np.ndarray) -> list[tuple[Hypothesis, float, float, float]]:
    """Find the orientations, kernels and shifts whose sums are linearly related to the output.

    Returns hypotheses with the line, output = slope * sum + height, and the error of the slope.
    """
    places = informative(output, middle(probe))
    values = output[tuple(places.T)]
    if len(places) < 2 * FEWEST or not np.isfinite(values).all() or np.ptp(values) == 0:
        return []
    values = values.astype(np.float64)
    guesses, kernels, scales, _ = ways_of(probe, CHANGED)
    plain = [number for number, guess in enumerate(guesses) if guess.divisor == "not-normalised"]
    found = []
    for shift in SHIFTS:
        sums = _windows_at(probe, places, shift) @ kernels[:, plain] / scales[plain]
        for part, span in ((sums, "saturate"), (abs(sums), "absolute-value")):
            with np.errstate(invalid="ignore", divide="ignore"):  # of sums that are all the same
                alike = abs(np.corrcoef(part, values, rowvar=False)[-1, :-1])
            for column in np.flatnonzero(alike > ALIKE):
                if span == "absolute-value" and (sums[:, column] >= 0).all():
                    continue
                slope, height = np.polyfit(part[:, column], values, 1)
                rest = float((values - slope * part[:, column] - height).std())
                if rest > max(ROUGH, ROUGH / 100 * values.std()):
                    continue
                margin = 3 * rest / (part[:, column].std() * len(values) ** 0.5) + 1e-7
                guess = replace(guesses[plain[column]], shift=shift, range=span)
                found.append((rest, guess, float(slope), float(height), margin))
    found.sort(key=lambda line: (round(line[0], 9), simplicity(line[1])))
    return [line[1:] for line in found[:3]]


LIKELY = [early, screen, fitted]
LAST_RESORTS = [added_up, far, wide, running]  # where the likely ones explain nothing

# ---- Candidates are proven


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
    rank: tuple[float, ...] = (999, 2, np.inf)  # wrong probes, whether what fails has a name, and the cost
    seen: set[Hypothesis] = field(default_factory=set)

    def __post_init__(self) -> None:
        # The right border mode first, of which nothing is to be said.
        right = self.border or "replicate"
        self.borders = sorted(BORDER_MODES, key=lambda mode: mode != right)
        # Candidates are taken from what most functions can do.
        self.plain = [
            (probe, output)
            for probe, output in self.cases
            if probe.kernel.shape in [(3, 3), (5, 5)] and probe.image.shape[0] == probe.image.shape[1]
            and not probe.purpose and probe.inside().any()
        ]  # fmt: skip
        self.given = all(probe.purpose == "yours" for probe, _ in self.cases)  # no probes of ours
        if self.given:
            self.plain = [case for case in self.cases if case[0].inside().any()]

    def run(self) -> Explanation | None:
        """Return the simplest explanation; None if there is none."""
        # Before noise is thought of, a rule for halves is: it explains more.
        noise = (False, True) if self.given else (False,)
        if not self.failed and (right := as_it_should_be(self.cases, self.border, noise)) is not None:
            return Explanation(right)
        if not telling([output for _, output in self.cases]):
            return None
        candidates: list[Hypothesis] = []
        for find in (*LIKELY, *LAST_RESORTS):
            if find in LAST_RESORTS and self.best is not None:
                break
            found = self._candidates(find)
            candidates += found
            self._prove_all(found)
            if self.rank[0] == 0:
                return self.best
        if self.best is not None and self.best.exceptions is not None and not self.failed:
            for name in sorted(name for name in KERNELS if KERNELS[name].fine):  # few probes show it
                self._prove(replace(self.best.guess, kernel=name))
        if self.best is None or self._only_edges_differ():
            self._inside(candidates)
        return self.best

    def _candidates(self, find: Callable[[Probe, np.ndarray], list[Hypothesis]]) -> list[Hypothesis]:
        """Return the hypotheses that agree with some pixels of the plain outputs, the likely ones first."""

        def use(case: Case) -> tuple[bool, bool]:
            """Return the key to sort by: those that tell most come first."""
            probe, output = case
            return len(informative(output, middle(probe))) < FEWEST, bool(probe.weights.values.sum() == 0)

        order = partial(simplicity, border=self.border)
        plain = sorted(self.plain, key=use)[:SCREENED]
        found: dict[Hypothesis, float] = {}
        sizes = {probe.kernel.shape for probe, _ in plain}  # that no candidates have been taken from yet
        for number, (probe, output) in enumerate(plain):
            fresh = sorted((guess for guess in find(probe, output) if guess not in found), key=order)
            others = plain[:number] + plain[number + 1 :]
            plausible = {guess: _plausible(guess, others) for guess in fresh[:MOST_SCREENED]}
            found |= {guess: agrees for guess, agrees in plausible.items() if agrees}
            sizes.discard(probe.kernel.shape)
            if others and (1.0 in plausible.values() or (found and not sizes)):
                break  # agrees with all, or all of a size: so does the right one, which is among these
        return sorted(found, key=lambda guess: (-found[guess], order(guess)))[:MOST_CANDIDATES]

    def _prove_all(self, candidates: list[Hypothesis]) -> None:
        """Try the candidates with all edges, until they can be no simpler than the best."""
        for guess in candidates:
            least = 2 * cost(replace(guess, border=self.border or "replicate"), self.border)
            if self.rank < (0, 2) and least > self.rank[2]:
                return
            if least < self.rank[2] or self._explains_more(guess):
                for full in self._edges(guess):
                    self._prove(full)

    def _explains_more(self, guess: Hypothesis) -> bool:
        """Return whether it may hold for an output that the best explanation excepts."""
        excepted = {*self.best.exceptions.probes} if self.best and self.best.exceptions else set()
        return any(_middle_agrees(*case, guess) for case in self.cases if case[0] in excepted)

    def _edges(self, guess: Hypothesis) -> Iterator[Hypothesis]:
        """Yield the candidate with each border and frame under which one of the larger outputs is right."""
        if guess.entangled or guess.frame != WHOLE:
            yield guess  # it knows its own
            return
        larger = [
            case for case in self.cases if min(case[0].image.shape) >= USUAL and case[0].reach != (0, 0)
        ]
        larger = larger or [*self.cases]
        larger.sort(key=lambda case: (abs(case[0].image.size - 200), case[0].kernel.shape != (5, 5)))
        first = [*larger[:3], *larger[-1:]]
        plain = replace(guess, border="zero", noisy=True)  # agrees in the centre: no border reaches that
        centres = [(len(output) // 2, output.shape[1] // 2) for _, output in larger]
        measured = [
            case for case, centre in zip(larger, centres, strict=True)
            if (max(case[0].kernel.shape) <= 5 or self.given) and agreement(*case, plain)[centre]
        ][:MEASURED]  # fmt: skip
        values = {value for case in first for value in constants(*case, guess)}
        borders: list[str | int] = [*self.borders, *sorted(values)]
        for border in borders:
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
            right = [probe for probe, output in self.plain if agreement(probe, output, full).all()]
            if all(_silent(probe, full) for probe in right):
                continue
            found = self._holds(full)
            if found is None:
                continue
            wrong = len({*found.probes} - {*self.failed})
            if (wrong, found.weight, taken) < self.rank:
                self.rank = wrong, found.weight, taken
                self.best = Explanation(full, found if found.weight else None)
            if not wrong:
                return

    def _holds(self, guess: Hypothesis) -> Exceptions | None:
        """Name the probes for which a hypothesis does not hold; None if they are many, or nothing is proven.

        A probe of which nothing is predicted is neither right nor wrong.
        """
        right, wrong = [], []
        if any(error(probe, guess) > COARSE for probe, _ in self.plain):
            return None  # nothing would speak against it
        for probe, output in self.cases:
            if agreement(probe, output, guess).all():
                right.append((probe, output))
            else:
                wrong.append(probe)
            if len(wrong) > self.rank[0]:
                return None
        known = _known(guess, right)
        if not known:
            return None
        told = [probe for probe, _ in right if not _silent(probe, guess)]
        found = exceptions(wrong, [*told, *wrong, *self.failed], self.failed, guess)
        proven = found is not None and _mostly(guess, known, found) and excused(right, guess)
        return found if proven else None

    def _only_edges_differ(self) -> bool:
        """Return whether the exceptions are right inside: then it is their edge that is not known."""
        assert self.best is not None
        if self.best.guess.entangled:
            return False
        bad = {*self.best.exceptions.probes} if self.best.exceptions else set()
        wrong = [case for case in self.cases if case[0] in bad and case[0].inside().any()]
        guess = replace(self.best.guess, frame=REACH.moved(self.best.guess.shift), fill="any")
        return bool(wrong) and all(agreement(*case, guess).all() for case in wrong)

    def _inside(self, candidates: list[Hypothesis]) -> None:
        """Look for a candidate that explains the inside of all outputs, and name the sides it does not."""
        for guess, noisy in product((guess for guess in candidates if not guess.entangled), (False, True)):
            found = self._holds(replace(guess, frame=REACH.moved(guess.shift), fill="any", noisy=noisy))
            if found is not None and found.weight < 2:
                self.best = self._with_sides(replace(guess, noisy=noisy), found)
                return

    def _with_sides(self, guess: Hypothesis, found: Exceptions) -> Explanation:
        """Return the explanation of the inside by the border that is wrong for the fewest sides."""
        whole = [case for case in self.cases if case[0].inside().any()]
        borders = [self.border] if self.border else self.borders
        wrong = {border: wrong_sides(whole, replace(guess, border=border)) for border in borders}
        border = min(wrong, key=lambda mode: len(wrong[mode]))
        sides = tuple(side for side in SIDES if side in wrong[border] or not wrong[border])
        return Explanation(replace(guess, border=border), found if found.weight else None, sides)


def as_it_should_be(
    cases: Sequence[Case], border: str | None, noise: Sequence[bool] = (False, True)
) -> Hypothesis | None:
    """Return the hypothesis with no mistake, if it holds for all outputs, under any border that is right.

    noise: whether sums without it are tried, and with it.
    """
    for mode, noisy in product([border] if border else BORDERS, noise):
        guess = Hypothesis(mode, noisy=noisy)
        if all(agreement(*case, guess).all() for case in cases) and excused(cases, guess):
            return guess
    return None


def telling(outputs: Sequence[np.ndarray]) -> bool:
    """Return whether enough pixels differ from the most frequent one: black can come from anything."""
    if not outputs:
        return False
    values = np.concatenate([output.ravel() for output in outputs])
    _, counts = np.unique(values[values == values], return_counts=True)
    return len(counts) > 0 and int(np.sum(counts) - np.max(counts)) >= TELLING


def _plausible(guess: Hypothesis, cases: Sequence[Case]) -> float:
    """Return 1 if it agrees with what it says of these outputs, 0.5 if with those of one size of kernel."""
    right: dict[tuple[int, ...], bool] = {}
    for probe, output in cases:
        agrees = _middle_agrees(probe, output, guess)
        right[probe.kernel.shape] = right.get(probe.kernel.shape, True) and agrees
    return 1.0 if all(right.values()) else 0.5 * any(right.values())


def _middle_agrees(probe: Probe, output: np.ndarray, guess: Hypothesis) -> bool:
    """Return whether an output is as predicted: in the middle, if its edges are not known yet."""
    right = agreement(probe, output, replace(guess, noisy=True))
    if guess.entangled:
        return bool(right.all())
    resized = KERNELS[guess.kernel].resizes
    return bool(right[middle(probe, 3) if resized else middle(probe) & probe.inside(guess.shift)].all())


def _silent(probe: Probe, guess: Hypothesis) -> bool:
    """Return whether a hypothesis predicts no pixel of an output."""
    if uncomputed(probe, guess).all():
        return True
    return guess.stretches and predict(probe, guess) is None  # of one value, there is nothing to stretch


def _known(guess: Hypothesis, right: Sequence[Case]) -> list[Probe]:
    """Return the probes that speak for a hypothesis, of those for which it is right; none if that is little.

    Of a loop that ends early, a pixel or a row says little by itself: it is told from the rest.
    """
    telling = {
        probe: len(informative(output, ~uncomputed(probe, guess) | bool(guess.early)))
        for probe, output in right
        if not np.array_equal(output, probe.image)
    }
    known = [probe for probe in telling if telling[probe] and not _silent(probe, guess)]
    enough = sum(telling[probe] for probe in known) >= (1 if guess.early else TELLING)
    return known if enough else []


def _mostly(guess: Hypothesis, known: Sequence[Probe], found: Exceptions) -> bool:
    """Return whether most of what is predicted is right, and so for 3 x 3 kernels on images of some size.

    known: the probes that speak for it. Exceptions that have a name are told, and do not count.
    """

    def size(probes: Sequence[Probe]) -> int:
        """Count the pixels that are predicted."""
        return sum(int((~uncomputed(probe, guess)).sum()) for probe in probes)

    def usual(probes: Sequence[Probe]) -> list[Probe]:
        """Return those that every function should be able to do."""
        return [one for one in probes if one.kernel.shape == (3, 3) and min(one.image.shape) >= USUAL]

    rest = [probe for group in found.groups if not group.exact for probe in group.probes]
    given = all(probe.purpose == "yours" for probe in [*known, *rest])
    return size(known) > size(rest) and (given or size(usual(known)) > size(usual(rest)))


def explain(
    cases: Sequence[Case], border: str | None, unstable: bool = False, failed: Sequence[Probe] = ()
) -> Explanation | None:
    """Return the simplest explanation of all outputs, or of the inside of them; None if there is none.

    cases: probes, and outputs of the shape of their images. unstable: two calls gave different outputs.
    failed: probes without an output.
    """
    return Search(cases, border, unstable, failed).run()
