"""How sums of a kernel became the pixels of an image, by the model: offset, rounding, range and border."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import permutations
from math import ceil, floor

import cv2
import numpy as np

from filtering.borders import BORDERS
from filtering.exact import on_paper
from filtering.fast import convolve_fast
from filtering.learn.pair import Pair
from filtering.model import (
    FLOAT32,
    INSIDE,
    NEARLY_ALL,
    RANGES,
    REACH,
    ROUNDINGS,
    TRACE,
    WHOLE,
    Border,
    Model,
    Pixels,
    looks_like_noise,
    make_pixels,
    reflect_by_side,
)
from filtering.pixels import unique_rows

TRIED = 20_000  # pixels, to find the rounding
DIGITS = 7  # decimals of an offset, at most
CONTRADICTORY = 0.01  # share of equal windows that became other pixels: more is no float noise
STEPS = 64  # places between 0 and 1 where a rounding is tried
MOST_BORDERS = 4  # of one kind: more say nothing
EDGE = 300  # pixels near the edge, to find rare borders
BLACK = "black"  # takes the place of a border: pixels whose windows leave the image are 0
LEFT = "left-unfiltered"  # takes the place of a border: pixels whose windows leave the image stay as they are


@dataclass(frozen=True, eq=False)
class Outcome:
    """How the pixels that a model makes of an image compare with those of the image after."""

    model: Model
    kernel: np.ndarray  # its weights, as floats
    borders: list[str]  # all borders, and LEFT, that reproduce every pixel near the edge
    result: np.ndarray  # what the model makes of the image before: uint8, (channels, H, W)
    pixels: int
    differing: int
    ties: int  # of these: near a step, and float noise explains them
    inside: int  # of the differing pixels that are no ties, those whose windows lie inside the image
    errors: np.ndarray | None = None  # how far other weights may be from these, where there are any

    @property
    def exact(self) -> bool:
        """Return whether every pixel is reproduced, but for ties."""
        return self.differing == self.ties


def explain(
    pair: Pair, kernel: np.ndarray, span: str = "saturate", known: tuple[np.ndarray, np.ndarray] | None = None
) -> Outcome | None:
    """Find offset, rounding and borders under which a kernel reproduces the pixels inside an image.

    span: one of RANGES. known: places (channel, y, x), and the whole numbers that the responses there were
    rounded to, where these are not the pixels. Returns None where some pixels inside are not reproduced.
    """
    model = Model(on_paper(kernel), range=span)
    places = pair.sample(model.reach, TRIED, saturated=True)
    windows, after = pair.windows(places, kernel.shape), pair.after[tuple(places.T)]
    sums = model.sums_of(windows)
    limits = _limits(model, sums, after)
    if known is not None:
        own = model.sums_of(pair.windows(known[0], kernel.shape))
        limits = _limits(model, own, known[1], -np.inf, np.inf)
    best = _likeliest(list(guesses(model, *limits)), windows, after, partial(_is_filter2d, pair, kernel))
    if best is None or (np.count_nonzero(kernel) == 1 and best.offset != 0 and _lies_on_steps(best, sums)):
        return None  # each value less a half, rounded half to even, is an even one: a change of tones
    return count(pair, best, kernel)


def _likeliest(
    found: list[Model], windows: np.ndarray, after: np.ndarray, is_filter2d: Callable[[Model], bool]
) -> Model | None:
    """Return the first model that gives these pixels; if only ties do, the first of those with few of them.

    If filter2D itself has the same ties, it is the likeliest: its noise may go one way more often.
    """
    right: list[Model] = []
    for guess in found:
        made = guess.made(guess.sums_of(windows), FLOAT32)
        if np.array_equal(made.exact, after):
            return guess
        if made.equal(after).all():
            right.append(guess)
    opencv = next((guess for guess in found if guess.rounding == "half-even" and is_filter2d(guess)), None)
    if opencv is not None or not right:
        return opencv
    windows, after = distinct(windows, after)
    ties = [(_ties(guess, guess.sums_of(windows), after), guess) for guess in right]
    fewest = min((number for number, _ in ties if number), default=0)
    return next((guess for number, guess in ties if 0 < number <= 1.5 * fewest), None)


def distinct(windows: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each window once: of equal ones, floats have the same noise. None, if they often have not."""
    both, _ = unique_rows(np.column_stack([windows, after]))
    again = (both[1:, :-1] == both[:-1, :-1]).all(axis=1)
    if np.count_nonzero(again) > CONTRADICTORY * len(both):
        return windows[:0], after[:0]
    return both[:, :-1], both[:, -1]


def _ties(model: Model, sums: np.ndarray, after: np.ndarray) -> int:
    """Return how many pixels are ties; 0 if they do not look like float noise."""
    made = model.made(sums, FLOAT32)
    noise = looks_like_noise([(after, made, _on_step(model, sums))])
    return int(np.count_nonzero(made.exact != after)) if noise else 0


def _is_filter2d(pair: Pair, kernel: np.ndarray, model: Model) -> bool:
    """Return whether cv2.filter2D gives every pixel inside; its `delta` is the offset."""
    rows, columns = pair.inside(model.reach)
    return model.range == "saturate" and all(
        np.array_equal(
            cv2.filter2D(before, -1, kernel, delta=float(model.offset))[rows, columns], after[rows, columns]
        )
        for before, after in zip(pair.before, pair.after, strict=True)
    )


def _limits(
    model: Model, sums: np.ndarray, pixels: np.ndarray, low: float = 0, high: float = 255
) -> tuple[Fraction, Fraction]:
    """Return the least and the largest offset under which cutting off the fraction gives these pixels.

    Pixels of `low` and `high` are saturated: their responses may be beyond.
    """
    whole, scale = model.scaled(sums)
    apart = pixels.astype(np.int64) * scale - whole
    above, below = apart[pixels > low], apart[pixels < high]
    least = Fraction(int(above.max()), int(scale)) if len(above) else Fraction(-256)
    most = Fraction(int(below.min()), int(scale)) + 1 if len(below) else Fraction(256)
    return least, most


def guesses(model: Model, least: Fraction, most: Fraction) -> Iterator[Model]:
    """Yield combinations of offset and rounding within these limits, the likeliest first.

    Without an offset first, then with a whole one; with decimals in it, as few as possible, rounding half to
    even first.
    """
    noise = Fraction(model.error(FLOAT32))
    if most - least < -2 * noise:
        return
    found: list[tuple[tuple[float, ...], str, Fraction]] = []
    for name, rounding in ROUNDINGS.items():
        if not rounding.whole:
            continue
        bias = _bias(name)
        if least - noise <= bias <= most + noise:
            found.append(((0, rounding.cost), name, Fraction(0)))
        # Another offset than 0 needs no noise, unless there is none without.
        limits = (least, most) if least <= most else (most - noise, least + noise)
        for offset, digits in _decimals(limits[0] - bias, limits[1] - bias).items():
            rank = (1, rounding.cost) if digits == 0 else (2 + (rounding.cost > 0), digits, rounding.cost)
            found.append(((*rank, float(abs(offset))), name, offset))
    for _, name, offset in sorted(found):
        yield replace(model, offset=offset, rounding=name)


def _bias(name: str) -> Fraction:
    """Return what a rounding adds before the fraction is cut off: a half, if it goes to the nearest."""
    up = ROUNDINGS[name].rule(np.arange(1, 2 * STEPS, 2), 2 * STEPS)
    return Fraction(int(up.sum()), STEPS)


def _decimals(low: Fraction, high: Fraction) -> dict[Fraction, int]:
    """Return the shortest decimals from low to high, and their numbers of digits; zero left out."""
    found: dict[Fraction, int] = {}
    for digits in range(DIGITS + 1):
        first, last = ceil(low * 10**digits), floor(high * 10**digits)
        if first <= last:
            for number in (min(max(0, first), last), (first + last) // 2, first, last):
                found.setdefault(Fraction(number, 10**digits), digits)
        if last - first > 1:  # surely one of these lies between the limits
            break
    found.setdefault(low if low == high else Fraction(0), DIGITS)
    found.pop(Fraction(0), None)
    return found


def _on_step(model: Model, sums: np.ndarray) -> Pixels:
    made = make_pixels(*model.scaled(sums), ROUNDINGS[model.rounding], RANGES[model.range], TRACE)
    assert made is not None, "a stretch needs a whole image"
    return made


def _lies_on_steps(model: Model, sums: np.ndarray) -> bool:
    """Return whether nearly every response between 0 and 255 lies on the step from one pixel to the next."""
    made = _on_step(model, sums)
    between = (made.exact > 0) & (made.exact < 255)
    return bool(np.count_nonzero(made.near_step & between) > NEARLY_ALL * np.count_nonzero(between))


def count(pair: Pair, model: Model, kernel: np.ndarray, *, edited: bool = False) -> Outcome:
    """Find the borders, compare every pixel, and count those that differ, and the ties among them.

    edited: rare borders are looked for although pixels inside differ; else it would be in vain.
    """
    outcome = _counted(pair, model, kernel, rare=edited)
    if outcome.inside == 0 and not outcome.borders and not edited:
        return _counted(pair, model, kernel, rare=True)
    return outcome


def _counted(pair: Pair, model: Model, kernel: np.ndarray, rare: bool) -> Outcome:
    borders, model = bordered(pair, model, rare)
    result = apply(pair, model, borders == [BLACK])
    apart = pair.residuals(result) != 0
    places = np.argwhere(apart) + np.array([0, pair.missing[0], pair.missing[2]])
    ties = near_step(pair, model, places)
    inside = np.zeros(pair.before[0].shape, bool)
    inside[pair.inside(model.reach)] = True
    differing, others = np.zeros((2, *inside.shape), bool)
    differing[tuple(places[:, 1:].T)] = True
    others[tuple(places[~ties, 1:].T)] = True
    number, missed = int(differing.sum()), int((others & inside).sum())
    tied = number - int(others.sum())
    return Outcome(model, kernel, borders, result, apart[0].size, number, tied, missed)


def near_step(pair: Pair, model: Model, places: np.ndarray) -> np.ndarray:
    """Mark the places at which float noise makes the pixel after of the model's sum; others are no ties."""
    ties = np.zeros(len(places), bool)
    if model.frame == REACH:
        rows, columns = pair.inside(model.reach)
        inside = np.zeros(pair.before.shape, bool)
        inside[:, rows, columns] = True
        computed = inside[tuple(places.T)]
        ties[computed] = near_step(pair, replace(model, frame=WHOLE), places[computed])
        return ties
    for channel, plane in enumerate(pair.before):
        here = places[:, 0] == channel
        if here.any():
            made = model.made_at(plane, places[here, 1:], FLOAT32)
            ties[here] = made.equal(pair.after[tuple(places[here].T)])
    return ties


def bordered(pair: Pair, model: Model, rare: bool) -> tuple[list[str], Model]:
    """Return the borders that reproduce every pixel near the edge, and the model with the best border.

    Those of BORDERS and LEFT are all tried; if `rare`, and none of these fits, others are, too.
    """
    places = pair.edge(model.reach)
    if len(places) == 0:
        return [], model
    after = pair.after[tuple(places.T)]
    missed: dict[Border, int] = {
        border: int(np.count_nonzero(~near_step(pair, replace(model, border=border), places)))
        for border in BORDERS
    }
    missed[LEFT] = int(np.count_nonzero(pair.before[tuple(places.T)] != after))
    if rare and min(missed.values()) > 0:
        if not after.any():
            missed[BLACK] = 0
        else:
            missed |= dict.fromkeys(_rare(pair, model, places), 0)
    best = min(missed, key=lambda border: missed[border])
    fits = [border_name(border) for border, number in missed.items() if number == 0]
    framed = best in (LEFT, BLACK)
    return fits, replace(model, frame=REACH) if framed else replace(model, border=best)


def border_name(border: Border) -> str:
    """Return a border in words: of a pair, that of the rows above and below the image comes first."""
    if callable(border):
        return "reflect101 above and to the left, reflect below and to the right"
    if isinstance(border, tuple):
        return f"{border[1]} left and right, {border[0]} above and below"
    return f"constant {border}" if isinstance(border, int) else str(border)


def _rare(pair: Pair, model: Model, places: np.ndarray) -> list[Border]:
    """Return the rare borders of one kind that reproduce every pixel near the edge, unless they are many."""
    some = places[np.linspace(0, len(places) - 1, min(EDGE, len(places))).astype(int)]
    constants, others = _constants(pair, model, some), permutations(BORDERS, 2)
    kinds: tuple[Iterable[Border], ...] = (constants, others, INSIDE, (reflect_by_side,))
    for kind in kinds:
        guesses = [(border, replace(model, border=border)) for border in kind]
        near = [(border, guess) for border, guess in guesses if near_step(pair, guess, some).all()]
        right = [border for border, guess in near if near_step(pair, guess, places).all()]
        if right:
            return right if len(right) <= MOST_BORDERS else []
    return []


def _constants(pair: Pair, model: Model, places: np.ndarray) -> list[int]:
    """Return the numbers that may lie past the edge: the sums are a straight line of that number."""
    zero, one = (_sums_at(pair, replace(model, border=value), places) for value in (0, 1))
    after = pair.after[tuple(places.T)]
    fits = (model.made(zero + value * (one - zero), FLOAT32).equal(after).all() for value in range(256))
    return [value for value, fit in enumerate(fits) if fit]


def _sums_at(pair: Pair, model: Model, places: np.ndarray) -> np.ndarray:
    """Return the sums at places (channel, y, x) of the image before."""
    sums = np.zeros(len(places), np.int64)
    for channel, plane in enumerate(pair.before):
        here = places[:, 0] == channel
        sums[here] = model.sums_at(plane, places[here, 1:])
    return sums


def apply(pair: Pair, model: Model, black: bool = False) -> np.ndarray:
    """Return the image that the model makes: uint8, (channels, H, W). black: its frame is 0."""
    plain = model.plain and model.border in BORDERS
    kernel = model.weights.values.astype(np.float64) / model.weights.divisor
    planes = []
    for plane in pair.before:
        made = convolve_fast(plane, kernel, str(model.border)) if plain else model.pixels(plane)
        left = model.frame.mask(plane.shape, model.reach)
        made[left] = 0 if black else plane[left]
        planes.append(made)
    return np.stack(planes)
