"""The search for kernels that reproduce an image, and the likeliest of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from filtering.exact import on_paper, split
from filtering.learn.candidates import CHECKED, Candidate, Check, candidates, oddity, symmetric
from filtering.learn.decimals import explaining, shortest
from filtering.learn.estimate import FIRST_LARGE, Fit, full_fit, least_squares, sizes, trimmed
from filtering.learn.explain import Outcome, explain
from filtering.learn.operations import Operation, find_blur
from filtering.learn.pair import Pair
from filtering.learn.unfold import FOLDS, unfold
from filtering.model import RANGES, REACH, ROUNDINGS
from kernels import KERNELS

ALIKE = 0.98  # errors of two sizes, of which the larger one gains nothing
SURE = 1 / 6  # doubt up to which an estimate rounds to the right kernel and to no other one
FEWEST = 10  # pixels for each weight, to find one that the estimate does not point to
ENOUGH = 4  # right kernels of one kind, one of them without an offset
FURTHER = 2  # sizes that are tried after the first one with an exact kernel, if there is doubt
FAR = 3  # standard errors: so far away may the weights be that were used
NOISY = 1.0  # root mean square of the residuals that two rounded passes leave, at most
DECIMALS = 8  # implausibility of weights without a divisor


class Right(NamedTuple):
    """An outcome without a wrong pixel inside, and how sure its kernel is."""

    outcome: Outcome
    doubt: float  # see candidates.Candidate
    error: float  # the largest standard error of a weight

    @property
    def sure(self) -> bool:
        """Return whether the estimate leaves no room for another kernel, and nothing needs an excuse."""
        return self.doubt <= SURE and self.outcome.ties == 0

    @property
    def doubtful(self) -> bool:
        """Return whether the estimate alone does not point to this kernel."""
        excuses = self.outcome.ties > 0 or self.outcome.model.offset != 0
        return self.doubt > 1 or (self.doubt > SURE and excuses)


@dataclass
class Search:
    """The search for kernels that reproduce an image, from the smallest size up."""

    pair: Pair
    fits: list[Fit] = field(default_factory=list)  # of all sizes that were looked at
    right: list[Right] = field(default_factory=list)  # the exact ones first
    blur: Operation | None = None  # a Gaussian, or two passes, that reproduces every pixel
    open: bool = False  # larger kernels give the same pixels: the image does not tell them apart

    def run(self) -> None:
        """Look at kernels of growing sizes until one is sure, or larger ones gain nothing."""
        error, further = np.inf, 0
        for fit in sizes(self.pair):
            self.fits.append(fit)
            if fit.shape == (3, 3) and fit.enough and not fit.determined:
                self.right, self.fits = [], [fit]  # a smaller kernel would be made up
                return
            if self.right:
                self.open = self.open or (fit.enough and not fit.determined)
                if further == FURTHER or (self.right[0].sure and not self.open):
                    return
                further += 1
            elif fit.shape == FIRST_LARGE and error == np.inf:
                self._folds()
            if fit.rounded and (fit.determined or self.right):
                self._size(fit.shape)
                if fit.error > ALIKE * error and not self.right:
                    return
                error = fit.error
            elif fit.determined and fit.error <= NOISY and not self.right:
                self.blur = find_blur(self.pair, trimmed(fit).kernel)
            if self.blur is not None:
                return

    def best(self) -> Outcome:
        """Return the most plausible outcome; its `errors` say how far others that fit as well are from it."""
        exact = [right for right in self.right if right.outcome.exact] or self.right[:1]
        chosen = min(exact, key=lambda right: implausibility(right.outcome))
        outcome = chosen.outcome
        apart = max(distance(outcome.kernel, right.outcome.kernel) for right in exact)
        opposite = RANGES[outcome.model.range].absolute and outcome.model.offset == 0
        if opposite and any(np.array_equal(-outcome.kernel, known) for known in KERNELS.values()):
            outcome = replace(outcome, kernel=-outcome.kernel)  # the same pixels, and it has a name
        if chosen.doubtful or self.open:
            apart = max(apart, FAR * chosen.error)
        if outcome.errors is None and apart > 0:
            outcome = replace(outcome, errors=np.full(outcome.kernel.shape, apart))
        return outcome

    def _size(self, shape: tuple[int, int]) -> None:
        """Try the candidates near the fit of a size; then those near weights that explain every pixel."""
        whole, places = full_fit(self.pair, shape)
        targets = self.pair.after[tuple(places.T)]
        self._fit(whole, places, targets)
        smaller = trimmed(whole)
        if not all(right.doubtful for right in self.right) or not smaller.determined:
            return
        self.blur = find_blur(self.pair, smaller.kernel)
        if self.blur is not None:
            return
        part, error = self.pair, float(smaller.standard_errors.max())
        for _ in range(2):  # inside, and near the edge as well
            found = explaining(part, smaller)
            if found is None:
                return
            self._near(replace(smaller, given=found.weights), places, targets, most=1)
            if not all(right.doubtful for right in self.right):
                return
            outcome = self._outcome(shortest(part, found).reshape(smaller.shape))
            if outcome is None or outcome.ties:  # weights that are free to fit need no excuse
                return
            self._add(replace(outcome, errors=FAR * smaller.standard_errors), np.inf, error)
            if outcome.exact or self.pair.cropped or outcome.model.frame == REACH:
                return
            part = self.pair.padded(smaller.shape, str(outcome.model.border))

    def _folds(self) -> None:
        """Try the candidates for images of absolute values, or of sums that wrap around."""
        for fold in FOLDS:
            found = unfold(self.pair, fold)
            if found is not None:
                shape, places, targets = found
                self._fit(least_squares(self.pair, places, shape, targets), places, targets, fold)

    def _fit(self, whole: Fit, places: np.ndarray, targets: np.ndarray, span: str = "saturate") -> None:
        """Try the candidates near a fit, without and with its outermost weights if these may be 0."""
        smaller = trimmed(whole)
        for fit in [smaller, whole] if smaller.shape != whole.shape else [whole]:
            self._near(fit, places, targets, span)
            if self.sure or (self.right and self.right[0].outcome.exact):
                return

    def _near(
        self,
        fit: Fit,
        places: np.ndarray,
        targets: np.ndarray,
        span: str = "saturate",
        most: float = np.inf,
    ) -> None:
        """Try the candidates near a fit. most: doubt, at most; with few pixels, any kernel fits."""
        most = most if fit.pixels >= FEWEST * fit.weights.size else min(most, 1)
        some = np.linspace(0, len(places) - 1, min(CHECKED // fit.weights.size, len(places))).astype(int)
        check = Check(self.pair.windows(places[some], fit.shape), targets[some])
        known = None if span == "saturate" else (places, targets)
        for kind in [*(candidates(fit, check) if fit.determined else []), symmetric(fit, check)]:
            likely = (candidate for candidate in kind if candidate.doubt <= most)
            self._try(likely, span, known, float(fit.least_errors.max()))
            if self.sure:
                return

    def _try(
        self, kind: Iterator[Candidate], span: str, known: tuple[np.ndarray, np.ndarray] | None, error: float
    ) -> None:
        """Add the first outcomes without a wrong pixel inside: a second one is enough to doubt the first."""
        found, plain = 0, False
        for kernel, doubt in kind:
            outcome = self._outcome(kernel, span, known)
            if outcome is not None:
                self._add(outcome, doubt, error)
                found, plain = found + 1, plain or outcome.model.offset == 0
            if found >= ENOUGH and plain:
                return

    def _outcome(
        self, kernel: np.ndarray, span: str = "saturate", known: tuple[np.ndarray, np.ndarray] | None = None
    ) -> Outcome | None:
        """Return the outcome of a kernel if it is right inside."""
        outcome = explain(self.pair, kernel, span, known)
        return outcome if outcome is not None and outcome.inside == 0 else None

    @property
    def sure(self) -> bool:
        """Return whether there is one kernel, and no room for another one."""
        return len(self.right) == 1 and self.right[0].sure and not self.open

    def _add(self, outcome: Outcome, doubt: float, error: float) -> None:
        """Add an outcome to the right ones, the exact ones first; one of the same kernel counts once."""
        same = [right for right in self.right if distance(right.outcome.kernel, outcome.kernel) == 0]
        if any(right.outcome.exact or not outcome.exact for right in same):
            return
        self.right = [right for right in self.right if right not in same]
        self.right.append(Right(outcome, doubt, error))
        self.right.sort(key=lambda right: not right.outcome.exact)


def implausibility(outcome: Outcome) -> float:
    """Return how unlikely an outcome is among those that reproduce an image equally well.

    With a kernel in use mostly goes no offset, no other rounding, and no excuse; and it is no estimate.
    """
    weights = on_paper(outcome.kernel)
    unlikely = oddity(weights) + (split(weights.values) is None) if outcome.errors is None else DECIMALS
    return float(
        unlikely
        + 2 * (outcome.model.offset != 0)
        + 3 * (outcome.ties > 0)
        + ROUNDINGS[outcome.model.rounding].cost / 2
    )


def without_rim(kernel: np.ndarray) -> np.ndarray:
    """Remove outer rows and columns of zeros, in pairs."""
    while kernel.shape[0] > 1 and not kernel[[0, -1]].any():
        kernel = kernel[1:-1]
    while kernel.shape[1] > 1 and not kernel[:, [0, -1]].any():
        kernel = kernel[:, 1:-1]
    return kernel


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """Return the largest difference of two kernels' weights, one centre upon the other."""
    if one.shape == other.shape:
        return float(np.abs(one - other).max())
    shape = np.maximum(one.shape, other.shape)
    large = [
        np.pad(kernel, [(side // 2 - own // 2,) * 2 for side, own in zip(shape, kernel.shape, strict=True)])
        for kernel in (one, other)
    ]
    return float(np.abs(large[0] - large[1]).max())
