"""The search for the simplest hypothesis that reproduces every pixel of a function's outputs.

First the middle of an image, where neither the border nor an unfinished loop matters (`screen`), then the
edges: for each candidate, the border modes and the frames that are not computed. Whatever is told is proven
on all pixels of all probes; where only the inside is, it is told of the inside only.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np

from filtering.borders import BORDERS
from filtering.check.edges import constants, early_rows, framed, mixed, overwritten, side_mask
from filtering.check.hypothesis import Hypothesis, agreement, cost, excused, predict, uncomputed
from filtering.check.kinds import Exceptions, exceptions
from filtering.check.mistakes import KERNELS, ORIENTATIONS, RANGES
from filtering.check.probes import Probe
from filtering.check.screen import (
    Case,
    fitted,
    informative,
    middle,
    screen,
    screen_far,
    screen_row,
    screen_sums,
    screen_wide,
)
from filtering.check.shapes import USUAL
from filtering.model import REACH, ROUNDINGS, WHOLE

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
