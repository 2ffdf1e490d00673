"""Describe a result of learning as text and as plain data."""

import math
import textwrap
from typing import Any

import numpy as np

from filtering.compare import counted
from filtering.describe import facts, facts_text, flip_changes, kernel_text, size_text
from filtering.learn.changes import Reason
from filtering.learn.estimate import OPEN
from filtering.learn.explain import LEFT
from filtering.learn.learner import Learned
from filtering.model import RANGES, ROUNDINGS
from kernels import flip

KEPT = "edges left as they were"  # for LEFT
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


def learned_text(learned: Learned, before: str, after: str) -> str:
    """Describe the result. before, after: the names of the images."""
    verdict = {"exact": _exact, "nearly": _nearly, "none": _none}[learned.verdict](learned, before, after)
    lines = [verdict, *(f"{text[0].upper()}{text[1:]}." for text in _effects(learned)), ""]
    if learned.operation:  # the words are all: its kernel alone does not make the pixels
        return lines[0]
    if is_found(learned):
        name = f", {learned.name}" if learned.name else ""
        lines += [f"learned  {size_text(learned.kernel)}{name}", textwrap.indent(_found(learned), "    ")]
        if flip_changes(learned.kernel) != "nothing":
            turned = textwrap.indent(kernel_text(flip(learned.kernel)), "    ")
            lines += ["as a true convolution:", turned]
    elif learned.reason is None:
        lines += [f"estimate  {size_text(learned.kernel)}", textwrap.indent(estimate_text(learned), "    ")]
    return "\n".join(lines).rstrip()


def is_found(learned: Learned) -> bool:
    """Return whether the kernel reproduces every pixel, or every pixel but those near the edge."""
    return learned.verdict == "exact" or learned.border == "unknown"


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
    if learned.borders == [LEFT]:
        return f", {KEPT}"
    *others, last = [KEPT if border == LEFT else border for border in learned.borders]
    if not others:
        return f", border {last}"
    return f", border {', '.join(others)} or {last} (the same pixels here)"


def _exact(learned: Learned, before: str, after: str) -> str:
    equal = f"all {learned.pixels} pixels are equal"
    if learned.ties:
        equal += f", but for {counted(learned.ties, 'tie')}: there the exact response is too close to a "
        equal += "rounding boundary for float32"
        if ROUNDINGS[learned.rounding].nearest:
            equal += ", and how halves are rounded is not sure"
    if learned.kernel.size == 1 and (learned.offset or learned.kernel[0, 0] != 1):
        equal += "; a change of brightness and contrast"
    what = learned.operation or "this kernel"
    return f"{what} turns {before} into {after}{_border(learned)}: {equal}"


def _nearly(learned: Learned, before: str, after: str) -> str:
    if learned.border == "unknown":
        apart = learned.differing - learned.ties
        x, y = learned.worst
        return (
            f"this kernel turns {before} into {after}, but for an unknown border: all pixels inside are "
            f"equal, {apart} near the edge differ, by up to {learned.residual} at {x},{y}"
        )
    text = f"this kernel nearly turns {before} into {after}{_border(learned)}: {_shortfall(learned)}"
    return f"{text}; {learned.note}" if learned.note else text


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
    return f"{text}; {learned.note}" if learned.note else text


def _reason(reason: Reason, before: str, after: str) -> str:
    number = len(reason.values)
    count = f"{number} grey values" if number > 1 else "one grey value"
    return REASONS[reason.kind].format(before=before, after=after, values=reason.values, count=count)


def _shortfall(learned: Learned) -> str:
    x, y = learned.worst
    return (
        f"it explains {int(learned.explained * 1000) / 10} % of the change; {learned.differing} of "
        f"{counted(learned.pixels, 'pixel')} differ, by up to {learned.residual} at {x},{y}"
    )


def _effects(learned: Learned) -> list[str]:
    """Return the further effects in words."""
    if not is_found(learned):
        return []
    effects = [f"it *adds {learned.offset:g}* to every sum"] if learned.offset else []
    if learned.rounding != "half-even":
        effects.append(ROUNDINGS[learned.rounding].says)
    if learned.range != "saturate":
        effects.append(RANGES[learned.range].says)
    if RANGES[learned.range].absolute:
        effects.append("so the opposite weights give the same pixels")
    return effects


def estimate_text(learned: Learned) -> str:
    """Write estimated weights as a square, `?` where the image does not determine them, and their errors."""
    assert learned.errors is not None
    known = np.ones(learned.kernel.shape, bool) if learned.open is None else ~learned.open
    if not known.any():
        return "\n".join("  ".join("?" for _ in row) for row in learned.kernel)
    errors = learned.errors[known]
    decimals = math.ceil(-math.log10(errors.max())) + 1  # of errors from OPEN down to some 1e-6: 2 to 7
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
    described = facts(learned.kernel)
    rounding = learned.rounding
    return {
        "before": before,
        "after": after,
        "verdict": learned.verdict,
        "kernel": {key: described[key] for key in ("rows", "columns", "weights", "divisor")}
        | {"name": learned.name},
        "border": learned.border,
        "borders": learned.borders,
        "operation": learned.operation or None,
        "offset": learned.offset,
        "rounding": rounding if learned.range == "saturate" else f"{learned.range}, {rounding}",
        "pixels": learned.pixels,
        "differing": learned.differing,
        "explained": learned.explained,
    }


def kernel_file_text(learned: Learned, before: str, after: str) -> str:
    """Write the kernel as a text file that --kernel reads."""
    described = facts(learned.kernel)
    rows = "\n".join(" ".join(map(repr, row)) for row in described["weights"])
    divisor = f" / {described['divisor']}" if described["divisor"] != 1 else ""
    verdict = "" if learned.verdict == "exact" else ": an estimate"
    if learned.operation:
        verdict = f" by {learned.operation}: in one sum, these weights do not make every pixel"
    return f"# learned from {before} and {after}{verdict}\n{rows}{divisor}\n"
