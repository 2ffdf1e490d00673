"""From an explanation to findings: each with its words in JSON, its sentence and its remedy."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from filtering.borders import BORDERS
from filtering.check.calling import Failure, Habit
from filtering.check.kinds import Group
from filtering.check.mistakes import KERNELS, RANGES, Hypothesis, Mistake, of_frame, predict
from filtering.check.probes import Probe
from filtering.check.search import Explanation
from filtering.check.source import Source
from filtering.check.words import SAYS, of_failure, remedy, sentence
from filtering.model import REACH, UNMOVED, WHOLE, Frame, Length, Shift


@dataclass(frozen=True)
class Finding:
    """One thing that a function does in another way than cv2.filter2D."""

    aspect: str
    found: str
    expected: str
    says: str  # "it ..."
    remedy: str
    detail: str = ""  # what the sentence of the table is completed with
    harmless: bool = False  # it is said, but is no mistake

    @property
    def advice(self) -> str:
        """The sentence and the remedy."""
        text = f"{self.says[:1].upper()}{self.says[1:]}."
        return f"{text} {self.remedy}".strip()


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
    ties: bool  # right up to halves that float noise has tipped over
    untried: int  # probes, for the reason below
    colour: str  # "yes", "no" or "untried": whether colour images can be filtered
    border_given: bool  # the border mode was asked for
    stopped: str = ""  # why probes were not tried
    probes: int = 0  # how many there are, those that were not tried among them

    @property
    def function(self) -> str:
        """The function as it is named: `FILE.py:FUNCTION`, or without the file."""
        return f"{self.file}:{self.name}" if self.file else self.name

    @property
    def pixels(self) -> int:
        """The number of pixels compared."""
        return sum(one.right.size for one in self.differences)

    @property
    def differing(self) -> int:
        """The number of pixels that are not those of filter2D."""
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


EXPECTED = {
    "orientation": "as-is", "kernel": "as-is", "shift": "0,0", "divisor": "not-normalised", "offset": "0",
    "rounding": "half-even", "range": "saturate", "conversion": "rint-and-clip", "adds-up-in": "float",
    "sum": "reset",
    "not-computed": "none", "returns-early": "no", "result": "filtered", "shape": "same", "dtype": "uint8",
    "returns": "array", "input-modified": "unchanged", "fails-on": "none", "arguments": "image, kernel",
    "loading": "whole", "stride": "1",
}  # fmt: skip


# Roundings that 255 minus a pixel looks like, and those of the pixel.
INVERTED = {"half-odd": "half-even", "half-down": "half-up", "ceil": "truncate"}
NO_SOURCE = Source()


def make(
    aspect: str,
    found: str,
    source: Source = NO_SOURCE,
    detail: str = "",
    name: str | None = None,
    border: str = "replicate",
    **parts: str,
) -> Finding:
    """Make a finding, with its sentence and its remedy.

    name: that these have, if it is not `found`. border: the border mode that is right. parts: of the remedy.
    """
    name = found if name is None else name
    told = remedy(aspect, name, source, detail, border, **parts)
    return Finding(aspect, found, EXPECTED.get(aspect, border), sentence(aspect, name, detail), told, detail)


def of_explanation(explanation: Explanation, border: str | None, source: Source) -> list[Finding]:
    """Return the findings of a hypothesis, without what is right."""
    guess, found = _not_inverted(explanation.guess, source)
    found += _of_kernel(guess, source)
    if guess.shift != UNMOVED:
        found.append(_shifted(guess.shift, source))
    if guess.divisor != "not-normalised":
        found.append(make("divisor", guess.divisor, source))
    found += _of_pixels(guess, source)
    found += _of_edges(explanation, border, source)
    if guess.early in ("first-pixel", "first-row"):
        found.append(make("returns-early", guess.early, source))
    if guess.early == "last-row":
        found.append(make("result", "rows-all-the-same", source))
    if guess.overwrites:
        found.append(make("input-modified", "overwritten-while-read", source))
    return found


def _shifted(shift: Shift, source: Source) -> Finding:
    """Return the finding on a shift. Its remedy may be to move the result back."""
    right, down = (Length().plus(length, -1) for length in shift)
    back = {"right": _back(right, "kw"), "down": _back(down, "kh")}
    twice = any(abs(length.times) > 1 for length in shift) and [*source.find("call", "roll")]
    return make("shift", str(shift), source, way(shift), "twice" if twice else "", **back)


def _back(length: Length, size: str) -> str:
    """Return a shift as code: `-(kh // 2)`. size: "kh" or "kw"."""
    if (length.times or length.pixels) < 0:
        return f"-({_words(Length().plus(length, -1), size)})"
    return _words(length, size)


def _factor(guess: Hypothesis, source: Source) -> Finding:
    """Return the finding on a factor of all sums."""
    if guess.factor == 255:
        return make("range", "expects-0..1", source, "255", "times 255")
    if guess.factor == -1:
        return make("kernel", "negated", source)
    return make("kernel", f"times {guess.factor}", source, str(guess.factor), "times")


def _not_inverted(guess: Hypothesis, source: Source) -> tuple[Hypothesis, list[Finding]]:
    """Return the finding on a result that is 255 minus the pixels, and the hypothesis without that."""
    if guess.offset != 255 or (guess.factor == -1) == (guess.kernel == "negated"):
        return guess, []
    rounding = INVERTED.get(guess.rounding, guess.rounding)
    kernel = "as-is" if guess.kernel == "negated" else guess.kernel
    guess = replace(guess, kernel=kernel, factor=abs(guess.factor), offset=0, rounding=rounding)
    return guess, [make("result", "inverted", source)]


def _of_kernel(guess: Hypothesis, source: Source) -> list[Finding]:
    """Return the findings on the weights, and on what is done with the sums."""
    found = [make("orientation", guess.orientation, source)] if guess.orientation != "as-is" else []
    if guess.kernel != "as-is":
        parts = KERNELS[guess.kernel].parts or (("kernel", guess.kernel),)
        found += [make(aspect, name, source) for aspect, name in parts]
    if guess.sum:
        found.append(make("sum", guess.sum, source))
    if guess.factor != 1:
        found.append(_factor(guess, source))
    if guess.offset != 0:
        found.append(make("offset", f"{guess.offset:g}", source, f"{guess.offset:g}", ""))
    return found


def _of_pixels(guess: Hypothesis, source: Source) -> list[Finding]:
    """Return the findings on the step from sums to pixels."""
    if guess.adds_up_in:
        found = [make("adds-up-in", guess.adds_up_in, source)]
        if guess.adds_up_in != "uint8" and guess.range != "saturate":
            found.append(make("range", guess.range, source))
        return found
    told = RANGES[guess.range]  # in its own words, or in those of its parts
    parts = told.parts or (("range", guess.range),)
    cast = guess.rounding == "truncate" and told.effect.after == "wrap"
    made = ["-1 into 255"] * (not told.effect.low) + ["256 into 0"] * (not told.effect.high)
    found = [make("conversion", "cast-to-uint8", source, " and ".join(made), "")] if cast else []
    if not cast and guess.rounding != "half-even":
        found.append(make("rounding", guess.rounding, source))
    for aspect, name in parts:
        if name == "saturate" or (cast and name == "wrap-modulo-256"):
            continue
        found.append(make(aspect, name, source, name=guess.range if told.effect.says else name))
    return found


def _of_edges(explanation: Explanation, border: str | None, source: Source) -> list[Finding]:
    """Return the findings on the border and on rows and columns that are not computed."""
    guess, sides, expected = explanation.guess, explanation.sides, border or "replicate"
    if sides:
        where = "the" if len(sides) == 4 else "the " + " and ".join(sides)
        return [make("border", "unknown", source, where, border=expected)]
    found, frame = [], guess.frame
    known, rest = of_frame(frame, guess.shift), of_frame(frame.without(REACH))
    if rest is not None and known is None:
        known = of_frame(REACH)
        found.append(_not_computed(rest, source))
    if frame.rows is not None:
        detail = f"{_words(frame.rows, 'kh')} x {_words(frame.columns or Length(), 'kw')}"
        found.append(make("not-computed", str(frame), source, detail, "beyond"))
    elif known is not None and ("border", known.name) in SAYS:
        name = {"missing": "cropped", "any": "never-written"}.get(guess.fill, known.name)
        found.insert(0, make("border", name, source, _filled(guess.fill), border=expected))
    elif known is not None:
        found.append(_not_computed(known, source, guess.fill == "missing"))
    elif frame != WHOLE:
        found.append(make("not-computed", str(frame), source, _measured(frame), "measured"))
    return found if guess.borderless else found + _of_border(guess, border, expected, source)


def _not_computed(mistake: Mistake, source: Source, missing: bool = False) -> Finding:
    """Return the finding on rows and columns that are not computed. missing: the result lacks them."""
    says = sentence("not-computed", mistake.name, "leaves out" if missing else "does not compute")
    told = remedy("not-computed", "missing" if missing else mistake.name, source)
    return Finding("not-computed", mistake.name, "none", says, told)


def _measured(frame: Frame) -> str:
    """Return `kh // 2 rows at the top and kh rows at the bottom`."""
    sides = [
        (frame.top, "kh", "row", "at the top"), (frame.bottom, "kh", "row", "at the bottom"),
        (frame.left, "kw", "column", "at the left"), (frame.right, "kw", "column", "at the right"),
    ]  # fmt: skip
    parts = [
        f"{_words(length, size)} {noun}{'' if length == Length(1) else 's'} {where}"
        for length, size, noun, where in sides
        if length != Length()
    ]
    return ", ".join(parts[:-1]) + " and " * (len(parts) > 1) + parts[-1]


def _words(length: Length, size: str) -> str:
    """Return a length by the size of the kernel: `2`, `kh // 2`, `kh - 1`, `kh`. size: "kh" or "kw"."""
    pixels, windows = length.pixels - length.times // 2, length.times // 2
    terms = [size if windows == 1 else f"{windows} * {size}"] * (windows != 0)
    terms += [f"{size} // 2"] * (length.times % 2)
    return (
        " + ".join(terms) + (f" {'+-'[pixels < 0]} {abs(pixels)}" if pixels else "") if terms else str(pixels)
    )


def _of_border(guess: Hypothesis, border: str | None, expected: str, source: Source) -> list[Finding]:
    """Return the finding on a border mode that is not the one asked for."""
    name = guess.border
    if isinstance(name, tuple):
        text = f"{name[0]} at the top and bottom, {name[1]} at the left and right"
        return [make("border", f"mixed: {text}", source, text, "mixed", expected)]
    if isinstance(name, int):
        return [make("border", f"constant-{name}", source, str(name), "constant-", expected)]
    if name in BORDERS:
        if border is None and name != "replicate":  # no mistake, but named
            says = f"it has border *{name}*, which is as right as replicate"
            return [Finding("border", name, "any of " + ", ".join(BORDERS), says, "", harmless=True)]
        if name == expected:
            return []
        return [Finding("border", name, expected,
            f"past the edge of the image it has border *{name}* instead of {expected}",
            remedy("border", name, source, border=expected))]  # fmt: skip
    return [make("border", name, source, border=expected)]


def _filled(fill: str) -> str:
    return "*left as they were*" if fill == "image" else f"*left at {fill}*"


def way(shift: Shift) -> str:
    """Return `1 pixel to the right and half a kernel up`."""
    words = []
    for length, positive, negative in zip(
        shift, ("to the right", "down"), ("to the left", "up"), strict=True
    ):
        if length != Length():
            back = (length.times or length.pixels) < 0
            size = Length().plus(length, -1) if back else length
            words.append(f"{_distance(size)} {negative if back else positive}")
    return " and ".join(words)


def _distance(length: Length) -> str:
    """Return `2 pixels`, `half a kernel`, `twice half a kernel`."""
    pixels = f"{abs(length.pixels)} pixel{'s' * (abs(length.pixels) != 1)}"
    if length.times == 0:
        return pixels
    kernels = {1: "half a kernel", 2: "twice half a kernel"}.get(length.times, f"{length.times} half kernels")
    return kernels + (f" {'less' if length.pixels < 0 else 'and'} {pixels}" if length.pixels else "")


def failing(images: str, failure: Failure, source: Source) -> Finding:
    """Return the finding on a function that has no output for most images, or for every image."""
    says = _SAYS.get(failure.kind, "for {images} it {text}").format(images=images, text=failure.text)
    found = f"{images}: {failure.text}"
    return Finding("fails-on", found, "none", says, of_failure(failure, source))


def cannot_do(group: Group, failure: Failure, source: Source) -> Finding:
    """Return the finding on the kinds of images or kernels that a function cannot do."""
    plurals = [f"*{word}*" for word in group.told(group.plurals)]
    says = f"it cannot do {' and '.join(plurals)}: {failure.text}"
    found = f"{' and '.join(group.told(group.kinds))}: {failure.text}"
    return Finding("fails-on", found, "none", says, of_failure(failure, source, group.kinds))


_SAYS = {
    "exception": "for {images} it stops with {text}",
    "memory": "for {images} it stops with {text}",
    "shape": "for {images} it gives {text}",
    "absent": "it {text}",
}


# How a function has to be called: a sentence and a remedy, with the call, the function's name, and the
# arguments that it is about.
ARGUMENTS = {
    "kernel-first": ("it takes the *kernel first*", "Put the image first: `def {name}(image, kernel)`."),
    "extra": ("it needs *further arguments*", "Give them defaults. It was called as `{call}`."),
    "flag": ("it needs *a flag*", "Give it a default: it was called with `{detail}`."),
    "output-array": ("it needs *an array to fill*",
        "Make it inside, `output = np.zeros(image.shape)`, and return it. It was called as `{call}`."),
    "colour-only": ("it takes *colour images only*, (height, width, 3)",
        "For gray images, use `height, width = image.shape[:2]` and no channels; or call it as `{call}`, and "
        "take `[:, :, 0]` of a result that has channels."),
    "pil-image": ("it takes a *PIL image*, not an array",
        "Begin with `image = np.asarray(image)`; or call it as `{call}`."),
    "lists": ("it takes *lists*, not arrays", "Use array operations; or call it as `{call}`."),
    "layers": ("it takes *layers*, with more axes than the height and width of an image or a kernel",
        "Call it as `{call}`."),
    "dictionary": ("it takes a *dictionary* of height, width and pixels, not an array",
        "Take an array, and pixels as `image[y, x]`; or call it as `{call}`."),
    "file-name": ("it takes the *name of a file*, not an image",
        "Take the image itself, `def {name}(image, kernel)`, and leave `cv2.imread` to the caller."),
}  # fmt: skip


def arguments(habits: Sequence[Habit], call: str, name: str) -> list[Finding]:
    """Return the findings on how a function has to be called. call: as code; name: the function's."""
    own = name.rpartition(".")[2]
    found = []
    for habit in habits:
        says, remedy = ARGUMENTS[habit.name]
        remedy = remedy.format(call=call, name=own, detail=habit.detail)
        found.append(Finding("arguments", habit.name, EXPECTED["arguments"], says, remedy, habit.detail))
    return found


def loading(notes: Sequence[str]) -> list[Finding]:
    """Return the finding, no mistake, on what the file was loaded without."""
    if not notes:
        return []
    text = " and ".join(notes)
    says = f"the file was loaded without {text}"
    return [Finding("loading", f"without {text}", "whole", says, "", harmless=True)]


def remarks(sentences: Sequence[str]) -> list[Finding]:
    """Return the findings, no mistakes, on how else the file was read: as Python 2, for instance."""
    return [Finding("loading", says, "whole", says, "", harmless=True) for says in sentences]


def one_cause(findings: list[Finding], source: Source = NO_SOURCE) -> list[Finding]:
    """Say sums that are stored in an array of whole numbers once: truncated, out of range, another dtype."""
    words = {(one.aspect, one.found) for one in findings}
    integer = next(
        (one for one in findings if one.aspect == "dtype" and np.dtype(one.found).kind in "iu"), None
    )
    if (
        integer is None
        or ("rounding", "truncate") not in words
        or any(one.aspect == "returns" for one in findings)
    ):
        return findings
    told = make("dtype", integer.found, source, integer.found, "whole numbers")
    same = {("rounding", "truncate"), ("range", "none"), ("dtype", integer.found)}
    return [one for one in findings if (one.aspect, one.found) not in same] + [told]


def dtypes(outputs: Sequence[np.ndarray], source: Source = NO_SOURCE) -> list[Finding]:
    """Return the finding on a dtype other than uint8."""
    names = sorted({str(output.dtype) for output in outputs} - {"uint8"})
    return (
        [make("dtype", names[0], source, names[0], names[0] if names[0] == "bool" else "")] if names else []
    )
