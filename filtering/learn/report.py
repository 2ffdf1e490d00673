"""Describe a result of learning as text and as plain data."""

import math
import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np

from filtering.compare import counted
from filtering.describe import facts, facts_text, flip_changes, kernel_text, size_text
from filtering.learn.changes import Reason
from filtering.learn.estimate import OPEN
from filtering.learn.explain import BLACK, LEFT
from filtering.learn.known import Known
from filtering.learn.learner import Learned, is_found
from filtering.learn.names import likeness, name_of
from filtering.model import RANGES, ROUNDINGS
from kernels import flip

BORDER_WORDS = {
    LEFT: "edges left as they were",
    BLACK: "edges set to 0",
    "weights-inside": "divided by the weights inside the image",
    "taps-inside": "divided by the number of pixels inside the image",
    "centre-pixel": "past the edge, the pixel in the centre again",
}
PRINTED = 7  # rows and columns of a kernel that is printed
CHANNELS = ("blue", "green", "red")
# Why the images tell nothing, by Reason.kind.
REASONS = {
    "one value": "all pixels of {after} are {values[0]}: they tell nothing about a kernel",
    "two values": "{after} has only the values {values[0]} and {values[1]}: they tell nothing about a kernel",
    "cut off": "{after} has only the values 0 and 255, as of sums that are cut off: "
    "too little to tell a kernel",
    "few tones": "{before} has only {count}, and in {after} each became another one, wherever it stands: "
    "too little to tell a kernel from a change of tones",
    "tones": "from {before} to {after} each grey value became another one, wherever it stands: "
    "a change of tones",
    "gamma": "from {before} to {after} each grey value became another one, wherever it stands: "
    "a change of tones, by a gamma curve, or by brightness and contrast",
}


def learned_text(learned: Learned, before: str, after: str, jpegs: Sequence[str] = ()) -> str:
    """Describe the result. before, after: the names of the images. jpegs: those of them that are JPEGs."""
    first = {"exact": _exact, "nearly": _nearly, "none": _none}[learned.verdict](learned, before, after)
    if learned.known is not None and learned.reason is None:
        first = _known(learned, learned.known, before, after, jpegs)
    if jpegs and learned.verdict != "exact":
        first = f"{' and '.join(jpegs)} {'is a JPEG' if len(jpegs) == 1 else 'are JPEGs'}; {first}"
    if learned.note and learned.reason is None:
        first += "; " + learned.note.replace("{before}", before).replace("{after}", after)
    if learned.operation:  # the words are all: its kernel alone does not make the pixels
        return first
    if learned.parts:
        parts = [
            "\n".join([f"{colour}{_border(part)}", *_sentences(part), textwrap.indent(_square(part), "  ")])
            for colour, part in zip(CHANNELS, learned.parts, strict=True)
        ]
        return "\n\n".join([first, *parts])
    return "\n".join([first, *_sentences(learned), "", _square(learned)]).rstrip()


def _sentences(learned: Learned) -> list[str]:
    return [f"{text[0].upper()}{text[1:]}." for text in _effects(learned) if text]


def _square(learned: Learned) -> str:
    """Write the kernel as a square, with what is sure of it; where it is large, only its size."""
    size, kernel = size_text(learned.kernel), learned.kernel
    if learned.reason is not None:
        return ""
    named = name_of(kernel)
    like = "" if named or learned.open is not None else likeness(kernel)
    more = [f"    {like}"] if like else []
    estimated = not is_found(learned) and learned.known is None and learned.box is None
    kind = "estimate" if estimated else "learned" if learned.known is None else "nearest"
    if max(kernel.shape) > PRINTED:
        return "\n".join([f"{kind}  {size}: too large for this text, -o saves it", *more])
    if estimated:
        return "\n".join([f"estimate  {size}", textwrap.indent(estimate_text(learned), "    "), *more])
    name = f", {named}" if named else ""
    lines = [f"{kind}  {size}{name}", textwrap.indent(_found(learned), "    "), *more]
    if flip_changes(kernel) != "nothing":
        lines += ["as a true convolution:", textwrap.indent(kernel_text(flip(kernel)), "    ")]
    return "\n".join(lines)


def _found(learned: Learned) -> str:
    """Write a kernel that was found as a square, with what is sure of it."""
    most = 0.0 if learned.errors is None else float(learned.errors.max())
    lines = [kernel_text(learned.kernel), facts_text(learned.kernel, most)]
    if most > OPEN:
        lines.append("other weights give the same pixels here: the image does not tell them apart")
    elif most > 0:
        digit = 10.0 ** math.floor(math.log10(most))
        lines.append(
            f"other weights, up to {math.ceil(most / digit) * digit:.1g} away, give the same pixels here"
        )
    return "\n".join(lines)


def _border(learned: Learned) -> str:
    """Return `, border zero`, with all borders that fit; '' if the kernel does not reach past the edge."""
    if learned.border is None:
        return ""
    if learned.border == "cropped":
        return ", edges cropped"
    if not learned.borders:
        return ""
    first, *others = [BORDER_WORDS.get(border, border) for border in learned.borders]
    text = f", {first}" if learned.borders[0] in BORDER_WORDS else f", border {first}"
    if not others:
        return text
    return f"{', '.join([text, *others[:-1]])} or {others[-1]} (the same pixels here)"


def _exact(learned: Learned, before: str, after: str) -> str:
    equal = f"all {learned.pixels} pixels are equal"
    if learned.parts:
        names = zip(CHANNELS, learned.parts, strict=True)
        each = "; ".join(f"{colour}: {_called(part)}" for colour, part in names)
        return f"each channel of {before} has its own kernel in {after}{_border(learned)} ({each}): {equal}"
    if learned.ties:
        equal += f", but for {counted(learned.ties, 'tie')}: there the exact response is too close to a "
        equal += "rounding boundary for float32"
        if ROUNDINGS[learned.rounding].nearest:
            equal += ", and how halves are rounded is not sure"
    if np.size(learned.kernel) == 1 and (learned.offset or learned.kernel[0, 0] != 1):
        equal += "; a change of brightness and contrast"
    what = learned.operation or "this kernel"
    return f"{what} turns {before} into {after}{_border(learned)}: {equal}"


def _called(learned: Learned) -> str:
    """Return the name of a channel's kernel, or its size."""
    if learned.kernel.size == 1 and learned.kernel[0, 0] == 1 and learned.offset == 0:
        return "unchanged"
    adds = f", adds {learned.offset:g}" if learned.offset else ""
    return (learned.operation or learned.name or size_text(learned.kernel)) + adds


def _known(learned: Learned, known: Known, before: str, after: str, jpegs: Sequence[str]) -> str:
    """Say which known kernel is as good as the best estimate."""
    differing = _differing(learned)
    if not known.name:
        noise = "" if known.noise is None or jpegs else f"noise of {known.noise:.1f}; "
        told = f"the best estimate explains {_percent(learned.best)} % of the change"
        return f"{noise}no kernel was found that brings {before} much nearer to {after}: {told}; {differing}"
    if known.noise is not None and not jpegs:
        what = f"{known.name}, plus noise of {known.noise:.1f}, turns {before} into {after}"
        return f"{what}, as nearly as the best estimate; {differing}"
    own, best = _percent(learned.explained), _percent(learned.best)
    good = "better than" if own > best else "as good as"
    shares = f"{own} against {best} % of the change"
    nearest = f"nearest known kernel: {known.name}, {good} the best estimate ({shares})"
    return f"no kernel turns {before} into {after} exactly; {nearest}; {differing}"


def _nearly(learned: Learned, before: str, after: str) -> str:
    if learned.box is not None:
        left, top, right, bottom = learned.box
        equal = learned.pixels - learned.differing + learned.ties
        what = "this kernel turns a part of"
        return (
            f"{what} {before} into {after}{_border(learned)}: {equal} of {learned.pixels} pixels are equal; "
            f"those that differ lie in x {left} to {right}, y {top} to {bottom}"
        )
    if learned.border == "unknown":
        apart = learned.differing - learned.ties
        x, y = learned.worst
        return (
            f"this kernel turns {before} into {after}, but for an unknown border: all pixels inside are "
            f"equal, {apart} near the edge differ, by up to {learned.residual:g} at {x},{y}"
        )
    return f"this kernel nearly turns {before} into {after}{_border(learned)}: {_shortfall(learned)}"


def _none(learned: Learned, before: str, after: str) -> str:
    if learned.reason is not None:
        return _reason(learned.reason, before, after)
    if learned.open is not None:
        count = counted(int(learned.open.sum()), "weight")
        text = f"{before} does not determine a kernel: {count} open"
        if learned.cut_off:
            text = f"{after} does not determine a kernel: {count} open, as pixels are cut off at 0 and 255"
    else:
        text = f"no kernel turns {before} into {after} exactly; the best one {_shortfall(learned)[3:]}"
    return text


def _reason(reason: Reason, before: str, after: str) -> str:
    number = len(reason.values)
    count = f"{number} grey values" if number > 1 else "one grey value"
    return REASONS[reason.kind].format(before=before, after=after, values=reason.values, count=count)


def _shortfall(learned: Learned) -> str:
    return f"it explains {_percent(learned.explained)} % of the change; {_differing(learned)}"


def _percent(share: float) -> float:
    return int(share * 1000) / 10  # rounded down: no 100 % where pixels differ


def _differing(learned: Learned) -> str:
    x, y = learned.worst
    number = counted(learned.pixels, "pixel")
    return f"{learned.differing} of {number} differ, by up to {learned.residual:g} at {x},{y}"


def _effects(learned: Learned) -> list[str]:
    """Return the further effects in words."""
    if not is_found(learned) and learned.box is None:
        return []
    effects = [f"it *adds {learned.offset:g}* to every sum"] if learned.offset else []
    if learned.rounding != "half-even":
        effects.append(ROUNDINGS[learned.rounding].says)
    if learned.range != "saturate":
        effects.append(RANGES[learned.range].says)
    if RANGES[learned.range].absolute and learned.rounding == "half-even":
        opposite = "weights and the opposite offset" if learned.offset else "weights"
        effects.append(f"so the opposite {opposite} give the same pixels")
    return effects


def estimate_text(learned: Learned) -> str:
    """Write estimated weights as a square, `?` where the image does not determine them, and their errors."""
    assert learned.errors is not None
    known = np.ones(learned.kernel.shape, bool) if learned.open is None else ~learned.open
    if not known.any():
        return "\n".join("  ".join("?" for _ in row) for row in learned.kernel)
    errors = learned.errors[known]
    decimals = min(max(math.ceil(-math.log10(max(errors.max(), 1e-9))) + 1, 0), 7)
    cells = [
        [f"{weight:.{decimals}f}" if sure else "?" for weight, sure in zip(*row, strict=True)]
        for row in zip(learned.kernel.tolist(), known.tolist(), strict=True)
    ]
    width = max(len(cell) for row in cells for cell in row)
    lines = ["  ".join(cell.rjust(width) for cell in row) for row in cells]
    lines.append(
        f"offset {learned.offset:.{decimals}f}; standard errors {errors.min():.1g} to {errors.max():.1g}"
    )
    return "\n".join(lines)


def learned_data(learned: Learned, before: str, after: str) -> dict[str, Any]:
    """Return the result as plain data. before, after: the paths of the images."""
    rounding = learned.rounding
    kernels = [_kernel_data(part) for part in learned.parts] or _kernel_data(learned)
    return {
        "before": before,
        "after": after,
        "verdict": learned.verdict,
        "kernel": kernels,
        "border": learned.border,
        "borders": learned.borders,
        "operation": learned.operation or None,
        "offset": [part.offset for part in learned.parts] or learned.offset,
        "rounding": rounding if learned.range == "saturate" else f"{learned.range}, {rounding}",
        "pixels": learned.pixels,
        "differing": learned.differing,
        "explained": learned.explained,
    }


def _kernel_data(learned: Learned) -> dict[str, Any]:
    described = facts(learned.kernel)
    data = {key: described[key] for key in ("rows", "columns", "weights", "divisor")}
    return data | {"name": learned.name}


def kernel_file_text(learned: Learned, before: str, after: str) -> str:
    """Write the kernel as a text file that --kernel reads."""
    described = facts(learned.kernel)
    rows = "\n".join(" ".join(map(repr, row)) for row in described["weights"])
    divisor = f" / {described['divisor']}" if described["divisor"] != 1 else ""
    verdict = "" if learned.verdict == "exact" else ": an estimate"
    if learned.operation:
        verdict = f" by {learned.operation}: in one sum, these weights do not make every pixel"
    elif learned.offset and learned.verdict == "exact":
        verdict = f"; {learned.offset:g}, which was added to every sum, is left out"
    return f"# learned from {before} and {after}{verdict}\n{rows}{divisor}\n"
