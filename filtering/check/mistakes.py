"""What can be wrong with a convolve, each mistake as a change of the reference, and the search for them.

The reference is kept as exact fractions of whole numbers up to the last step. So it is known for every pixel
what a function that truncates, say, has to give, however the function came to its sum.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import combinations, product
from typing import Any

import numpy as np

from filtering.borders import BORDERS, pad
from filtering.exact import exact_integers
from kernels import flip

# How far a function's own sum may be from the exact one, where floats cannot hold it: float32 sums of
# hundreds of terms are off by a few 1e-4. The kernels of the probes have divisors up to 441, so that only
# sums that lie on the border between two pixels exactly are within that.
NOISE = 1e-3
_PARTS = round(1 / NOISE)

# The values of each aspect, the right one first, then by how often one meets them. Combinations are tried
# with the fewest mistakes first, in this order.
ROUNDINGS = ("half-even", "truncate", "half-up", "floor", "none", "half-down", "half-odd")
RANGES = (
    "saturate",
    "wrap-modulo-256",
    "absolute-value",
    "stretch-to-0..255",
    "scaled-to-0..1",
    "none",
    "absolute, then wrap",
    "wrap below 0",
    "wrap above 255",
    "stretch by the largest",
    "absolute, then stretch",
    "stretch to -1..1, then wrap",
    "stretch to 0..1",
    "scaled, not saturated",
)
UNMADE = ("none", "scaled-to-0..1", "scaled, not saturated", "stretch to 0..1")  # made into no pixels
EDGES = ("left at 0", "left as they were")  # both are the border `left-unfiltered`
ORIENTATIONS = ("as-is", "rotated180", "transposed", "flipped-left-right", "flipped-up-down")
DIVISORS = ("not-normalised", "normalised", "number-of-weights", "sum-of-absolute-weights")
EARLY = ("no", "first-pixel", "first-row")
STEPS = ("0", "1", "-1", "radius", "-radius")
MOST_MISTAKES = 3
FEWEST_PIXELS = 12  # of another value than most; from fewer no conclusions are drawn
SHIFTS = tuple(sorted(product(STEPS, STEPS), key=lambda shift: (max(map(STEPS.index, shift)), shift)))


@dataclass(frozen=True)
class Hypothesis:
    """How a function may have come to its pixels; the defaults are right."""

    border: str  # one of BORDERS or EDGES, or "cropped"
    orientation: str = ORIENTATIONS[0]
    shift: tuple[str, str] = ("0", "0")  # how far the output has moved right and down
    divisor: str = DIVISORS[0]
    early: str = EARLY[0]
    rounding: str = ROUNDINGS[0]
    range: str = RANGES[0]
    overwrites: bool = False  # each pixel is written into the picture that the next ones are read from


@dataclass(eq=False)
class Probe:
    """A picture and a kernel to try a function with."""

    image: np.ndarray  # uint8, (H, W)
    kernel: np.ndarray  # float64
    _sums: dict[tuple[str, str, tuple[str, str]], np.ndarray] = field(default_factory=dict, repr=False)

    @cached_property
    def weights(self) -> tuple[np.ndarray, int]:
        """The kernel as whole numbers, int64, over a divisor."""
        integers, divisor = exact_integers(self.kernel)
        return integers.astype(np.int64), divisor

    @property
    def reach(self) -> tuple[int, int]:
        """How many rows and columns the kernel reaches beyond its middle."""
        return self.kernel.shape[0] // 2, self.kernel.shape[1] // 2

    @property
    def inside_shape(self) -> tuple[int, int]:
        """The shape of what is left of the picture without its edge."""
        (height, width), (rows, columns) = self.image.shape, self.reach
        return height - 2 * rows, width - 2 * columns

    def sums(self, border: str, orientation: str, shift: tuple[str, str]) -> np.ndarray:
        """The exact sums of pixel times whole weight under such a kernel: int64, (H, W)."""
        key = (border, orientation, shift)
        if key not in self._sums:
            weights = turned(self.weights[0], orientation)
            rows, columns = (side // 2 for side in weights.shape)
            right, down = self.moved(shift)
            padded = pad(self.image.astype(np.int64), rows + abs(down), columns + abs(right), border)
            windows = np.lib.stride_tricks.sliding_window_view(padded, weights.shape)
            height, width = self.image.shape
            # The output has moved down if each pixel of it comes from a window further up.
            y, x = abs(down) - down, abs(right) - right
            part = windows[y : y + height, x : x + width]
            self._sums[key] = np.einsum("yxij,ij->yx", part, weights)
        return self._sums[key]

    def moved(self, shift: tuple[str, str]) -> tuple[int, int]:
        """A shift in pixels to the right and down."""
        rows, columns = self.reach
        right, down = (
            (radius if "radius" in step else 1) * (step != "0") * (-1 if "-" in step else 1)
            for step, radius in zip(shift, (columns, rows), strict=True)
        )
        return right, down

    def responses(self, guess: Hypothesis) -> tuple[np.ndarray, int]:
        """What the kernel answers at each pixel before it becomes a pixel, as whole numbers and a divisor."""
        edge = guess.border in EDGES
        border = "zero" if edge or guess.border == "cropped" else guess.border
        weights, divisor = self.weights
        sums = self.sums(border, guess.orientation, guess.shift)
        scale = {
            "not-normalised": divisor,
            "normalised": int(weights.sum()) or divisor,  # by 0 nobody divides on purpose
            "number-of-weights": divisor * weights.size,
            "sum-of-absolute-weights": int(abs(weights).sum()),
        }[guess.divisor]
        sums, scale = (-sums, -scale) if scale < 0 else (sums, scale)
        if not edge and guess.early == "no":
            return sums, scale
        done = self.inside(guess.shift) if edge else np.ones(sums.shape, bool)
        if guess.early != "no":
            order = np.cumsum(done).reshape(done.shape)
            row = done & (np.cumsum(done.any(axis=1)) == 1)[:, np.newaxis]
            done = row if guess.early == "first-row" else done & (order == 1)
        rest = self.image.astype(np.int64) * scale * (guess.border == "left as they were")
        return np.where(done, sums, rest), scale

    def inside(self, shift: tuple[str, str] = ("0", "0")) -> np.ndarray:
        """Which pixels have their whole window inside of the picture: bool, (H, W)."""
        (rows, columns), (right, down) = self.reach, self.moved(shift)
        height, width = self.image.shape
        y, x = np.arange(height) - down, np.arange(width) - right
        return np.outer((y >= rows) & (y < height - rows), (x >= columns) & (x < width - columns))


def turned(weights: np.ndarray, orientation: str) -> np.ndarray:
    """The kernel as somebody lays it on the picture who has its sides mixed up."""
    if orientation == "rotated180":
        return flip(weights)
    if orientation == "flipped-left-right":
        return weights[:, ::-1]
    if orientation == "flipped-up-down":
        return weights[::-1]
    return weights.T if orientation == "transposed" else weights


@dataclass(frozen=True, eq=False)
class Foretold:
    """What a hypothesis says that the output is, and what it may be where a sum lies next to a step."""

    exact: np.ndarray
    noisy: tuple[np.ndarray, np.ndarray]
    strict: bool  # floats hold these sums exactly, so that noise is no excuse

    def equal(self, output: np.ndarray, noise: bool) -> np.ndarray:
        """At which pixels the output is as foretold; complex ones, which NumPy would compare, never are."""
        if output.dtype.kind == "c":
            return np.zeros(np.broadcast_shapes(output.shape, self.exact.shape), bool)
        if self.exact.dtype.kind == "f":
            return (output >= self.noisy[0]) & (output <= self.noisy[1])
        same: np.ndarray = output == self.exact
        if noise or not self.strict:
            same = same | (output == self.noisy[0]) | (output == self.noisy[1])
        return same


def make_pixels(
    sums: np.ndarray, scale: Any, rounding: str, span: str, low: Any = None, high: Any = None
) -> Foretold | None:
    """Make pixels of sums / scale by these rules; None where they have no answer.

    sums: int64, any shape. scale: a positive number, or one for each row of sums. low, high: the smallest and
    the largest sum of the picture, where `sums` holds several pictures.
    """
    strict = bool(np.all(np.bitwise_and(scale, np.asarray(scale) - 1) == 0))
    margin = scale
    if "absolute" in span:
        sums = abs(sums)
    if "stretch" in span:
        if low is None:
            low, high = sums.min(), sums.max()
        sums, scale = _stretched(sums, span, low, high)
        margin, strict = (scale // 255 + 1 if span == "stretch to 0..1" else scale), False
        if not sums.any():
            return None  # a picture all of one value has nothing to stretch
    elif span.startswith("scaled"):
        scale, strict = scale * 255, False
    if span in ("saturate", "absolute-value", "scaled-to-0..1"):
        sums = np.clip(sums, 0, (1 if span == "scaled-to-0..1" else 255) * scale)
    elif span in ("wrap below 0", "wrap above 255"):
        sums = np.minimum(sums, 255 * scale) if span == "wrap below 0" else np.maximum(sums, 0)
    made = [
        _rounded(part, scale * _PARTS, rounding)
        for part in (sums * _PARTS, sums * _PARTS - margin, sums * _PARTS + margin)
    ]
    if span in ("saturate", "absolute-value") and rounding != "none":
        made = [part.clip(0, 255) for part in made]
    elif "wrap" in span:
        made = [part % 256 for part in made]
    return Foretold(made[0], (made[1], made[2]), strict)


def _stretched(sums: np.ndarray, span: str, low: Any, high: Any) -> tuple[np.ndarray, Any]:
    """Sums and their scale, made to fill 0..255: from the smallest to the largest, or from 0.

    To -1..1 is what scikit-image's rescale_intensity does, not told otherwise, where a sum is below 0.
    """
    if span == "absolute, then stretch":
        low, high = 0, np.maximum(abs(low), abs(high))
    elif span == "stretch by the largest":
        sums, low = sums.clip(0), 0
    scale = np.maximum(high - low, 1)
    if span == "stretch to -1..1, then wrap":
        return 255 * np.where(low < 0, 2 * (sums - low) - scale, sums - low), scale
    return (1 if span == "stretch to 0..1" else 255) * (sums - low), scale


def _rounded(sums: np.ndarray, scale: Any, rounding: str) -> np.ndarray:
    """Round sums / scale to whole numbers, in whole numbers."""
    if rounding == "none":
        result: np.ndarray = sums / scale
    elif rounding == "floor":
        result = sums // scale
    elif rounding == "truncate":
        result = np.sign(sums) * (abs(sums) // scale)
    else:
        result, rest = np.divmod(2 * sums + scale, 2 * scale)
        if rounding != "half-up":  # so far every half was rounded up
            wrong = {"half-even": result % 2 == 1, "half-odd": result % 2 == 0, "half-down": True}[rounding]
            result = result - ((rest == 0) & wrong)
    return result


def foretell(probe: Probe, guess: Hypothesis) -> Foretold | None:
    """The output that a function has by this hypothesis; None where it has no answer for this probe."""
    sums, scale = probe.responses(guess)
    if guess.border == "cropped":
        inside = probe.inside()
        if not inside.any():
            return None
        (rows, columns), (height, width) = probe.reach, sums.shape
        sums = sums[rows : height - rows, columns : width - columns]
    return make_pixels(sums, scale, guess.rounding, guess.range)


def mistakes(guess: Hypothesis, border: str) -> int:
    """How many mistakes a hypothesis takes."""
    right = Hypothesis(border)
    aspects = ("border", "orientation", "shift", "divisor", "early", "rounding", "range", "overwrites")
    count = sum(getattr(guess, aspect) != getattr(right, aspect) for aspect in aspects)
    # Border and turn in one: what SciPy's convolve does, not told otherwise.
    library = guess.orientation == "rotated180" and guess.border in BORDERS and guess.border != border
    # Sums that are returned as they are, or as parts of 1: nothing was done to them, one mistake, not two.
    unmade = guess.rounding == "none" and guess.range in UNMADE
    return int(count + guess.range.startswith("absolute, then") - unmade - library)


def geometries(border: str, cropped: bool) -> Iterator[Hypothesis]:
    """All ways up to MOST_MISTAKES to come to the sums, the likely ones first.

    cropped: the output is as small as one that leaves the border away.
    """
    others = [other for other in BORDERS if other != border]
    options: dict[str, Sequence[Any]] = {
        "border": [*others, *EDGES],
        "orientation": ORIENTATIONS[1:],
        "divisor": DIVISORS[1:],
        "early": EARLY[1:],
        "shift": SHIFTS[1:],
    }
    if cropped:
        del options["border"]
    right = Hypothesis("cropped" if cropped else border)
    for count in range(MOST_MISTAKES + 1 - cropped):
        for aspects in combinations(options, count):
            for values in product(*(options[aspect] for aspect in aspects)):
                yield replace(right, **dict(zip(aspects, values, strict=True)))


class Screen:
    """All hypotheses on one probe, worked out once, to find quickly the few that an output agrees with."""

    def __init__(self, probe: Probe, border: str, cropped: bool) -> None:
        self.tables: list[tuple[list[Hypothesis], Foretold]] = []
        made = [
            (guess, mistakes(guess, border), *probe.responses(guess)) for guess in geometries(border, cropped)
        ]
        crop = probe.inside() if cropped else np.ones(probe.image.shape, bool)
        sums = np.array([each[2][crop] for each in made])
        scale = np.array([[each[3]] for each in made])
        counts = np.array([each[1] for each in made])
        for rounding, span in product(ROUNDINGS, RANGES):
            rule = replace(Hypothesis(border), rounding=rounding, range=span)
            use = np.flatnonzero(counts + mistakes(rule, border) <= MOST_MISTAKES)
            if len(use) == 0:
                continue
            low, high = (side(sums[use], axis=1, keepdims=True) for side in (np.min, np.max))
            result = make_pixels(sums[use], scale[use], rounding, span, low, high)
            if result is not None:
                guesses = [replace(made[each][0], rounding=rounding, range=span) for each in use]
                self.tables.append((guesses, result))

    def candidates(self, output: np.ndarray) -> Iterator[Hypothesis]:
        """The hypotheses that the output of this probe agrees with, noise allowed for."""
        for guesses, result in self.tables:
            for each in np.flatnonzero(result.equal(output.ravel(), noise=True).all(axis=1)):
                yield guesses[each]


def out_of_range(probe: Probe) -> bool:
    """Whether the picture's sums are not all pixels as they are."""
    sums, scale = probe.responses(Hypothesis("replicate"))
    return bool(sums.min() < 0 or sums.max() > 255 * scale)


# Kinds of probes that a function may be unable to do, the likely ones first.
KINDS: dict[str, Callable[[Probe], bool]] = {
    "non-square kernel": lambda probe: probe.kernel.shape[0] != probe.kernel.shape[1],
    "non-square picture": lambda probe: probe.image.shape[0] != probe.image.shape[1],
    "picture smaller than the kernel": lambda probe: not probe.inside().any(),
    "kernel that sums to 0": lambda probe: bool(probe.weights[0].sum() == 0),
    "kernel other than 3 x 3": lambda probe: probe.kernel.shape != (3, 3),
    "sum below 0 or above 255": lambda probe: out_of_range(probe),
    "picture with an even side": lambda probe: probe.image.shape[0] % 2 == 0 or probe.image.shape[1] % 2 == 0,
    "picture of even height": lambda probe: probe.image.shape[0] % 2 == 0,
    "picture of even width": lambda probe: probe.image.shape[1] % 2 == 0,
    "picture with an odd side": lambda probe: probe.image.shape[0] % 2 == 1 or probe.image.shape[1] % 2 == 1,
    "picture of one row or column": lambda probe: min(probe.image.shape) == 1,
    "1 x 1 picture": lambda probe: probe.image.size == 1,
    "1 x 1 kernel": lambda probe: probe.kernel.size == 1,
    "kernel larger than 3 x 3": lambda probe: max(probe.kernel.shape) > 3,
    "kernel larger than 5 x 5": lambda probe: max(probe.kernel.shape) > 5,
}
# Those for which a wrong result is an explanation too; the last only where there is an exception as well, as
# much is alike under all kernels of 3 x 3: reflect is replicate.
*WRONG_ON, WRONG_IF_FAILED = list(KINDS)[:5]


@dataclass(frozen=True)
class Explanation:
    """A hypothesis that reproduces the outputs."""

    guess: Hypothesis
    noisy: bool  # up to what float noise does to sums on the border between two pixels
    except_for: str | None  # the kind of probe for which it does not hold


def explain(
    outputs: Sequence[tuple[Probe, np.ndarray | None]], failed: Sequence[Probe], border: str, cropped: bool
) -> Explanation | None:
    """The simplest hypothesis that reproduces all outputs exactly; None if none does.

    outputs: None stands for an output of a shape that is out of the question. failed: the probes on which the
    function raised an exception.
    """
    if not _telling(outputs):
        return None
    kinds = [*WRONG_ON, *[WRONG_IF_FAILED] * any(map(KINDS[WRONG_IF_FAILED], failed))]
    best: tuple[tuple[bool, int], Explanation] | None = None
    for guess in _candidates(outputs, border, cropped):
        # Exact agreement is worth more than agreement up to noise, and weighs a mistake and a half: else a
        # function that rounds every half up would be taken for one that rounds them as its noise has it.
        foretold = [foretell(probe, guess) for probe, _ in outputs]
        for noisy, handicap in ((False, 0), (True, 3)):
            wrong = [
                probe
                for (probe, output), each in zip(outputs, foretold, strict=True)
                if each is not None and not _agrees(each, output, noisy)
            ]
            for kind in _kinds_of(wrong, [probe for probe, _ in outputs], kinds):
                # What explains everything is better than what explains all but some, however simple that is.
                rank = kind is not None, 2 * mistakes(guess, border) + handicap
                if best is None or rank < best[0]:
                    best = rank, Explanation(guess, noisy, kind)
    return best[1] if best else _explain_overwriting(outputs, border)


def _telling(outputs: Sequence[tuple[Probe, np.ndarray | None]]) -> bool:
    """Whether enough pixels differ from the most frequent one: a black result can come from anything."""
    whole = [output.ravel() for _, output in outputs if output is not None]
    if not whole:
        return False
    _, counts = np.unique(np.concatenate(whole), return_counts=True)
    return int(counts.sum() - counts.max()) >= FEWEST_PIXELS


def _explain_overwriting(
    outputs: Sequence[tuple[Probe, np.ndarray | None]], border: str
) -> Explanation | None:
    """The same for functions that write their result into the picture while they are reading it."""
    rules = product(ROUNDINGS[:3], RANGES[:3], [*BORDERS, *EDGES], ORIENTATIONS)
    guesses = [
        Hypothesis(edge, orientation, rounding=rounding, range=span, overwrites=True)
        for rounding, span, edge, orientation in rules
    ]
    for guess in sorted(guesses, key=lambda guess: mistakes(guess, border)):
        if mistakes(guess, border) <= MOST_MISTAKES and all(
            output is not None and _overwritten(probe, guess, output) for probe, output in outputs
        ):
            return Explanation(guess, noisy=False, except_for=None)
    return None


def _overwritten(probe: Probe, guess: Hypothesis, output: np.ndarray) -> bool:
    """Whether this is the output of a loop that goes on reading from where it writes to."""
    if output.shape != probe.image.shape or output.dtype.kind not in "ui":
        return False
    edge = guess.border in EDGES
    weights, scale = turned(probe.weights[0], guess.orientation), probe.weights[1]
    (kh, kw), inside = weights.shape, probe.inside() | (not edge)
    canvas = pad(probe.image.astype(np.int64), kh // 2, kw // 2, "zero" if edge else guess.border)
    for y, x in np.argwhere(inside):
        total = (canvas[y : y + kh, x : x + kw] * weights).sum(keepdims=True)
        foretold = make_pixels(total, scale, guess.rounding, guess.range)
        if foretold is None or not foretold.equal(output[y, x], noise=False).all():
            return False
        canvas[y + kh // 2, x + kw // 2] = output[y, x]
    rest = probe.image * (guess.border != "left at 0")
    return bool((output == rest)[~inside].all())


def _agrees(foretold: Foretold, output: np.ndarray | None, noisy: bool) -> bool:
    if output is None or output.shape != foretold.exact.shape:
        return False
    return bool(foretold.equal(output, noisy).all())


def _kinds_of(wrong: list[Probe], probes: list[Probe], kinds: Sequence[str]) -> list[str | None]:
    """Which of the kinds of probes all those belong to whose output is wrong: None if there are none.

    No less than half of a kind is wrong, and no less than two: one odd result out of many is no explanation.
    """
    if not wrong:
        return [None]
    found: list[str | None] = []
    for kind in kinds:
        of_kind = [probe for probe in probes if KINDS[kind](probe)]
        if all(KINDS[kind](probe) for probe in wrong) and len(wrong) >= max(2, len(of_kind) / 2):
            found.append(kind)
    return found


def _candidates(
    outputs: Sequence[tuple[Probe, np.ndarray | None]], border: str, cropped: bool
) -> list[Hypothesis]:
    """The hypotheses that agree with one of the outputs, those with the fewest mistakes first."""
    found = {Hypothesis("cropped" if cropped else border): None}
    for small in (False, True):  # also where it is only kernels of 3 x 3 that the function can do
        for probe, output in outputs:
            height, width = probe.image.shape
            plain = height == width and probe.inside().any() and probe.weights[0].sum() != 0
            shapes = [(3, 3)] if small else [(3, 3), (5, 5)]
            if output is not None and plain and probe.kernel.shape in shapes:
                found |= dict.fromkeys(_screen(probe, border, cropped).candidates(output))
                break
    return sorted(found, key=lambda guess: mistakes(guess, border))


@lru_cache(maxsize=4)  # some 40 MB each; a check takes up to four
def _screen(probe: Probe, border: str, cropped: bool) -> Screen:
    return Screen(probe, border, cropped)
