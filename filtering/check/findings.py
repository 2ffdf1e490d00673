"""From an explanation to findings: each with its words in JSON, its sentence and its remedy."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from filtering.borders import BORDERS
from filtering.check.calling import Failure, Habit
from filtering.check.kinds import Group
from filtering.check.mistakes import KERNELS, RANGES, Hypothesis, of_frame, predict
from filtering.check.probes import Probe
from filtering.check.processes import words_of
from filtering.check.search import Explanation
from filtering.check.source import Source
from filtering.check.words import EDGES, WORDS, capital, of_failure, remedy, sentence
from filtering.model import REACH, UNMOVED, WHOLE, Frame, Length, Shift


@dataclass(frozen=True)
class Finding:
    """One thing that a function does in another way than cv2.filter2D."""

    aspect: str
    found: str
    expected: str
    says: str  # "it ..."
    remedy: str
    harmless: bool = False  # it is said, but is no mistake

    @property
    def advice(self) -> str:
        """The sentence and the remedy."""
        return f"{capital(self.says)}. {self.remedy}".strip()


@dataclass(frozen=True, eq=False)
class Difference:
    """Where an output differs from that of cv2.filter2D."""

    probe: Probe
    output: np.ndarray  # (H, W)
    right: np.ndarray
    differing: np.ndarray  # bool, (H, W)

    @classmethod
    def of(cls, probe: Probe, output: np.ndarray, border: str, noise: bool) -> "Difference":
        """Compare with the exact pixels. noise: a half rounded to the other side is no difference."""
        predicted = predict(probe, Hypothesis(border, noisy=noise))
        assert predicted is not None
        return cls(probe, output, predicted.exact, ~predicted.equal(output))


@dataclass(frozen=True)
class Fix:
    """Changes of a file that were seen to work."""

    diff: str  # unified
    hunks: list[list[str]]  # what is shown: where each change is, and its lines
    data: bytes  # the changed file
    verdict: str  # of the changed function: "matches", "explained" or "partly"
    pixels: int  # of the changed function that were compared, on so many probes
    probes: int
    left: list[Finding]  # what is wrong with it still


@dataclass(frozen=True, eq=False)
class Examination:
    """The diagnosis of a function."""

    file: str  # "" for a function of this process
    name: str
    verdict: str  # "matches", "explained", "partly", "unexplained" or "fails"
    findings: list[Finding]
    border: str  # the border mode of the comparison: the function's own if it is a right one
    differences: list[Difference]
    explanation: Explanation | None
    untried: int  # probes, for the reason below
    colour: str  # "yes", "no" or "untried": whether colour images can be filtered
    border_given: bool  # the border mode was asked for
    stopped: str = ""  # why probes were not tried
    probes: int = 0  # how many there are, those that were not tried among them
    subject: str = "function"  # or "program" or "image"
    tied: int = 0  # pixels of an image that differ and are ties
    source: Source = field(default_factory=Source)
    call: str = ""  # as code
    fix: Fix | None = None

    @property
    def function(self) -> str:
        """The function as it is named: `FILE.py:FUNCTION`, or without the file."""
        return f"{self.file}:{self.name}" if self.file else self.name

    @property
    def ties(self) -> bool:
        """Whether halves that float noise has tipped over are counted as right."""
        return self.tied > 0 or (self.explanation is not None and self.explanation.guess.noisy)

    @property
    def stem(self) -> str:
        """The name of files about it."""
        if self.subject == "function":
            return f"{Path(self.file).stem or 'function'}_{self.name.replace('<lambda>', 'lambda')}"
        return Path(words_of(self.name)[0] if self.subject == "program" else self.name).stem

    @cached_property
    def _differing(self) -> np.ndarray:
        """The pixels that differ, in any channel: (n, 2) of y and x."""
        differing = [one.differing for one in self.differences]
        return np.argwhere(np.any(differing, axis=0)) if differing else np.empty((0, 2), int)

    def places(self, most: int) -> list[tuple[int, int]]:
        """Return x and y of the first pixels that differ, in reading order."""
        return [(int(x), int(y)) for y, x in self._differing[:most]]

    @property
    def box(self) -> tuple[int, ...]:
        """The first and last column and row with pixels that differ: left, top, right, bottom."""
        if not len(self._differing):
            return ()
        (top, left), (bottom, right) = self._differing.min(axis=0), self._differing.max(axis=0)
        return int(left), int(top), int(right), int(bottom)

    @property
    def pixels(self) -> int:
        """The number of pixels compared; those of an image have several channels."""
        if self.subject == "image":
            return self.differences[0].right.size if self.differences else 0
        return sum(one.right.size for one in self.differences)

    @property
    def differing(self) -> int:
        """The number of pixels that are not those of filter2D."""
        if self.subject == "image":
            return len(self._differing)
        return sum(int(one.differing.sum()) for one in self.differences)

    @property
    def example(self) -> tuple[Difference, int, int] | None:
        """A pixel (x, y) that differs and can be followed by hand: of a small kernel, away from the edge."""
        shown = [one for one in self.differences if one.differing.any() and one.probe.purpose != "impulse"]
        shown.sort(key=lambda one: abs(one.probe.kernel.size - 9))
        for inside in (True, False):
            for one in shown:
                known = one.differing & (one.output == one.output)  # a pixel that is missing is nan
                places = np.argwhere(known & one.probe.inside() if inside else known)
                if len(places):
                    return one, int(places[0, 1]), int(places[0, 0])
        return None


# What is right, by aspect; for the border, that is the mode that is asked for.
EXPECTED = {
    "loading": "whole", "arguments": "image, kernel", "stride": "1", "result": "filtered",
    "returns-early": "no", "returns": "array", "shape": "same", "orientation": "as-is", "kernel": "as-is",
    "sum": "reset", "shift": "0,0", "divisor": "not-normalised", "offset": "0", "adds-up-in": "float",
    "conversion": "rint-and-clip", "range": "saturate", "rounding": "half-even", "not-computed": "none",
    "border": "", "input-modified": "unchanged", "dtype": "uint8", "fails-on": "none",
}  # fmt: skip
NO_MISTAKES = ("", "as-is", "not-normalised", "half-even", "saturate")  # in a hypothesis
# Roundings that 255 minus a pixel looks like, and those of the pixel.
INVERTED = {"half-odd": "half-even", "half-down": "half-up", "ceil": "truncate"}
NO_SOURCE = Source()


def make(
    aspect: str, found: str, source: Source = NO_SOURCE, detail: str = "", name: str | None = None,
    border: str = "replicate", **parts: str,
) -> Finding:  # fmt: skip
    """Make a finding with its words, those of the table under its aspect and name.

    name: if it is not `found`. border: the border mode that is right. parts: further words of the remedy.
    """
    name = found if name is None else name
    text = remedy(aspect, name, source, detail, border, **parts)
    return Finding(aspect, found, EXPECTED[aspect] or border, sentence(aspect, name, detail), text)


def of_explanation(explanation: Explanation, border: str | None, source: Source) -> list[Finding]:
    """Return one finding per non-default field of a hypothesis. border: the one that is asked for."""
    guess, found = _not_inverted(explanation.guess, source)
    expected = border or "replicate"
    found += _of_sums(guess, source) + _of_pixels(guess, source)
    if explanation.sides:
        where = "the" if len(explanation.sides) == 4 else "the " + " and ".join(explanation.sides)
        return [*found, make("border", "unknown", source, where, border=expected)]
    found += _of_frame(guess, expected, source)
    return found if guess.borderless else found + _of_border(guess, border, source)


def _not_inverted(guess: Hypothesis, source: Source) -> tuple[Hypothesis, list[Finding]]:
    """Return the finding on a result that is 255 minus the pixels, and the hypothesis without that."""
    if guess.offset != 255 or (guess.factor == -1) == (guess.kernel == "negated"):
        return guess, []
    rounding = INVERTED.get(guess.rounding, guess.rounding)
    kernel = "as-is" if guess.kernel == "negated" else guess.kernel
    guess = replace(guess, kernel=kernel, factor=abs(guess.factor), offset=0, rounding=rounding)
    return guess, [make("result", "inverted", source)]


def _of_sums(guess: Hypothesis, source: Source) -> list[Finding]:
    """Return the findings on weights, on sums and on where they are stored."""
    early = "returns-early", guess.early
    named = [
        ("orientation", guess.orientation),
        *(KERNELS[guess.kernel].parts or [("kernel", guess.kernel)]),
        ("sum", guess.sum),
        ("divisor", guess.divisor),
        ("result", "rows-all-the-same") if guess.early == "last-row" else early,
        ("input-modified", "overwritten-while-read" * guess.overwrites),
    ]
    found = [make(aspect, name, source) for aspect, name in named if name not in NO_MISTAKES]
    if guess.factor == 255:
        found.append(make("range", "expects-0..1", source, "255", "times 255"))
    elif guess.factor == -1:
        found.append(make("kernel", "negated", source))
    elif guess.factor != 1:
        found.append(make("kernel", f"times {guess.factor}", source, str(guess.factor), "times"))
    if guess.offset != 0:
        found.append(make("offset", f"{guess.offset:g}", source, f"{guess.offset:g}"))
    if guess.shift != UNMOVED:
        right, down = map(minus, guess.shift)
        back = {"right": in_code(right, "kw"), "down": in_code(down, "kh")}
        found.append(make("shift", str(guess.shift), source, way(guess.shift), **back))
    return found


def _of_pixels(guess: Hypothesis, source: Source) -> list[Finding]:
    """Return the findings on the step from sums to pixels."""
    span = RANGES[guess.range]
    if guess.adds_up_in:
        names = ("adds-up-in", guess.adds_up_in), ("range", guess.range)
        return [make(aspect, name, source) for aspect, name in names if name not in NO_MISTAKES]
    found = []
    cast = guess.rounding == "truncate" and span.effect.after == "wrap"
    if cast:
        made = ["-1 into 255"] * (not span.effect.low) + ["256 into 0"] * (not span.effect.high)
        found.append(make("conversion", "cast-to-uint8", source, " and ".join(made)))
    elif guess.rounding not in NO_MISTAKES:
        found.append(make("rounding", guess.rounding, source))
    for aspect, name in span.parts or [("range", guess.range)]:
        if name not in NO_MISTAKES and not (cast and name == "wrap-modulo-256"):
            found.append(make(aspect, name, source, name=guess.range if span.effect.says else name))
    return found


def _of_frame(guess: Hypothesis, border: str, source: Source) -> list[Finding]:
    """Return the findings on rows and columns that are not computed. border: the one that is right."""
    frame = guess.frame
    if frame == WHOLE:
        return []
    if frame.rows is not None:
        size = f"{in_code(frame.rows, 'kh')} x {in_code(frame.columns or Length(), 'kw')}"
        return [make("not-computed", str(frame), source, size, "beyond")]
    known, rest = of_frame(frame, guess.shift), of_frame(frame.without(REACH))
    found = []
    if known is None and rest is not None:  # besides those that the kernel reaches beyond
        known = of_frame(REACH)
        found = [make("not-computed", rest.name, source, EDGES.get(rest.name, measured(rest.effect)))]
    shown = known.name if known is not None else str(frame)
    if shown not in WORDS["border"]:
        where = EDGES.get(shown, measured(frame))
        return [*found, make("not-computed", shown, source, where, "missing" * (guess.fill == "missing"))]
    left = "*left as they were*" if guess.fill == "image" else f"*left at {guess.fill}*"
    shown = {"missing": "cropped", "any": "never-written"}.get(guess.fill, shown)
    return [make("border", shown, source, left, border=border), *found]


def _of_border(guess: Hypothesis, border: str | None, source: Source) -> list[Finding]:
    """Return the finding on a border mode that is not the one asked for."""
    name, expected = guess.border, border or "replicate"
    if isinstance(name, tuple):
        text = f"{name[0]} at the top and bottom, {name[1]} at the left and right"
        return [make("border", f"mixed: {text}", source, f"*{text}*", border=expected)]
    if isinstance(name, int):
        return [make("border", f"constant-{name}", source, f"*{name}*", border=expected)]
    if name == expected:
        return []
    if name in BORDERS and border is None:  # no mistake, but named
        says = f"it has border *{name}*, which is accepted, too"
        return [Finding("border", name, "any of " + ", ".join(BORDERS), says, "", harmless=True)]
    text = f"border *{name}* instead of {expected}" if name in BORDERS else f"*{name}*"
    return [make("border", name, source, text, border=expected)]


def minus(length: Length) -> Length:
    """Return a length in the other direction."""
    return Length().plus(length, -1)


def backward(length: Length) -> bool:
    """Return whether a length goes to the left or up."""
    return (length.times or length.pixels) < 0


def measured(frame: Frame) -> str:
    """Return `kh // 2 rows at the top and kh rows at the bottom`."""
    sides = [
        (frame.top, "kh", "row", "top"), (frame.bottom, "kh", "row", "bottom"),
        (frame.left, "kw", "column", "left"), (frame.right, "kw", "column", "right"),
    ]  # fmt: skip
    parts = [
        f"{in_code(length, size)} {noun}{'s' * (length != Length(1))} at the {where}"
        for length, size, noun, where in sides
        if length != Length()
    ]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def in_code(length: Length, size: str) -> str:
    """Return a length as code: `2`, `kh // 2`, `kh - 1`, `-(kh // 2)`. size: of the kernel, "kh" or "kw"."""
    if backward(length):
        return f"-({in_code(minus(length), size)})"
    kernels, halves = divmod(length.times, 2)
    pixels = length.pixels - kernels  # the kernel is one pixel more than twice its half
    terms = [size if kernels == 1 else f"{kernels} * {size}"] * (kernels > 0) + [f"{size} // 2"] * halves
    if not terms:
        return str(pixels)
    return " + ".join(terms) + (f" {'+-'[pixels < 0]} {abs(pixels)}" if pixels else "")


def way(shift: Shift) -> str:
    """Return `1 pixel to the right and half a kernel up`."""
    ways = (shift.right, "kw", "to the right", "to the left"), (shift.down, "kh", "down", "up")
    return " and ".join(
        f"{distance(minus(length), size)} {back}" if backward(length) else f"{distance(length, size)} {forth}"
        for length, size, forth, back in ways
        if length != Length()
    )


def distance(length: Length, size: str) -> str:
    """Return `2 pixels`, `half a kernel`, `twice half a kernel`, `kh // 2 + 1 pixels`."""
    kernels = {Length(0, 1): "half a kernel", Length(0, 2): "twice half a kernel"}
    return kernels.get(length, f"{in_code(length, size)} pixel{'s' * (length != Length(1))}")


def failing(images: str, failure: Failure, source: Source) -> Finding:
    """Return the finding on a function that has no output for most images, or for every image."""
    stops = {"exception": "stops with ", "memory": "stops with ", "shape": "gives "}.get(failure.kind, "")
    says = f"for {images} " * (failure.kind != "absent") + f"it {stops}{failure.text}"
    return Finding(
        "fails-on", f"{images}: {failure.text}", EXPECTED["fails-on"], says, of_failure(failure, source)
    )


def cannot_do(group: Group, failure: Failure, source: Source) -> Finding:
    """Return the finding on the kinds of images or kernels that a function cannot do."""
    *first, last = (f"*{word}*" for word in group.told(group.plurals))
    plurals = " and ".join([", ".join(first), last]) if first else last
    found = f"{' and '.join(group.told(group.kinds))}: {failure.text}"
    text = of_failure(failure, source, group.kinds)
    return Finding("fails-on", found, EXPECTED["fails-on"], f"it cannot do {plurals}: {failure.text}", text)


def arguments(habits: Sequence[Habit], call: str, name: str, source: Source) -> list[Finding]:
    """Return the findings on how a function has to be called. call: as code; name: the function's."""
    own = name.rpartition(".")[2]
    return [make("arguments", habit.name, source, habit.detail, call=call, function=own) for habit in habits]


def loading(notes: Sequence[str], remarks: Sequence[str] = ()) -> list[Finding]:
    """Return the findings, no mistakes, on how a file was loaded.

    notes: what it was loaded without. remarks: how else it was read, in sentences.
    """
    without = f"without {' and '.join(notes)}"
    found = [(without, f"the file was loaded {without}")] * bool(notes) + [(says, says) for says in remarks]
    return [Finding("loading", name, EXPECTED["loading"], says, "", harmless=True) for name, says in found]


def dtypes(outputs: Sequence[np.ndarray], source: Source = NO_SOURCE) -> list[Finding]:
    """Return the finding on a dtype other than uint8."""
    names = sorted({str(output.dtype) for output in outputs} - {"uint8"})
    return [make("dtype", name, source, name) for name in names[:1]]


def one_cause(findings: list[Finding], source: Source = NO_SOURCE) -> list[Finding]:
    """Say sums that are stored in an array of whole numbers once: truncated, out of range, another dtype."""
    known = {one.aspect: one.found for one in findings}
    dtype = known.get("dtype", "float64")
    if np.dtype(dtype).kind not in "iu" or known.get("rounding") != "truncate" or "returns" in known:
        return findings
    same = {("rounding", "truncate"), ("range", "none"), ("dtype", dtype)}
    rest = [one for one in findings if (one.aspect, one.found) not in same]
    return [*rest, make("dtype", dtype, source, dtype, "whole numbers")]
