"""The report of --check: the diagnosis in words, as a picture, and on the command line."""

import contextlib
import json as jsonlib
import re
import signal
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO, TypedDict

import cv2
import numpy as np
from rich.console import Console
from rich.progress import Progress

from filtering.arithmetic import arithmetic_at, worked_lines
from filtering.borders import BORDERS
from filtering.check.diagnose import examine
from filtering.check.findings import Difference, Examination, Finding
from filtering.check.mistakes import Hypothesis, predict
from filtering.check.probes import FEWEST, IMPULSE
from filtering.compare import compare
from filtering.describe import size_text
from filtering.files import write_image
from filtering.show import canvas as draw
from filtering.show.canvas import GAP

# The order in which findings are told: what spoils most pixels first.
ORDER = [
    "arguments", "stride", "result", "returns-early", "returns", "shape", "orientation", "kernel", "sum",
    "shift", "divisor", "offset", "adds-up-in", "conversion", "range", "rounding", "not-computed", "border",
    "input-modified", "dtype", "fails-on",
]  # fmt: skip


class Result(TypedDict):
    """What check_function returns."""

    function: str  # as it is named
    verdict: str  # "matches", "explained", "partly", "unexplained" or "fails"
    findings: list[dict[str, str]]  # {"aspect", "found", "expected", "advice"}
    pixels: int  # compared
    differing: int
    advice: str  # the diagnosis as text


def message(told: Examination) -> str:
    """Return the diagnosis as text."""
    lines = {
        "matches": _praise, "fails": _failure, "unexplained": _signature,
    }.get(told.verdict, _explanation)(told)  # fmt: skip
    return "\n".join([*lines, *_notes(told)])


def result(told: Examination) -> Result:
    """Return the diagnosis as check_function does."""
    findings = [
        {"aspect": one.aspect, "found": one.found, "expected": one.expected, "advice": one.advice}
        for one in told.findings
    ]
    return {
        "function": told.function,
        "verdict": told.verdict,
        "findings": findings,
        "pixels": told.pixels,
        "differing": told.differing,
        "advice": message(told),
    }


def _notes(told: Examination) -> list[str]:
    """Return what was left out: parts of the file, and probes."""
    notes = [one.advice for one in told.findings if one.aspect == "loading"]
    if told.untried:
        notes.append(f"{told.stopped}: {told.untried} of {told.probes} probes were not tried.")
    return notes


def _praise(told: Examination) -> list[str]:
    lines = [
        f"Yes, your function is right, border {told.border}: all {told.pixels} pixels of "
        f"{len(told.differences)} probes are those of cv2.filter2D."
    ]
    if told.border != "replicate" and not told.border_given:
        lines.append(
            f"Any border mode is right. To require another one, name it, as with `--border replicate`; "
            f'that is `np.pad(image, ..., mode="{BORDERS["replicate"].numpy}")`.'
        )
    if told.ties:
        lines.append(
            "Some sums are exactly a half, and yours are rounded to either side, by the noise of floats; "
            "that is not counted as a mistake."
        )
    return [*lines, *_tried(told)]


def _tried(told: Examination) -> list[str]:
    sizes = sorted({one.probe.kernel.shape for one in told.differences})
    heights, widths = zip(*(one.probe.image.shape for one in told.differences), strict=True)
    kernels = ", ".join(f"{rows} x {columns}" for rows, columns in sizes)
    colour = {
        "yes": "colour images (H, W, 3), which work as well",
        "no": "colour images (H, W, 3), which it cannot filter; that is not required",
    }.get(told.colour)
    whole = any(one.probe.kernel.dtype.kind == "i" for one in told.differences)
    lines = [
        f"Tried: images of noise from {min(heights)} x {min(widths)} to {max(heights)} x {max(widths)}, "
        "square and not, of odd and even sides, some smaller than the kernel;",
        f"kernels of {kernels}, asymmetric, with negative weights"
        + (", the six of the bank" if not told.untried else "")
        + (", and one of whole numbers (dtype int)" if whole else "")
        + (f"; {colour}." if colour else "."),
    ]
    left = ["kernels with an even side"]
    left += [] if whole else ["kernels of whole numbers (dtype int)"]
    left += [] if colour else ["colour images"]
    return [*lines, f"Not tried: {', '.join(left)}."]


def _mistakes(told: Examination) -> list[Finding]:
    found = [one for one in told.findings if not one.harmless]
    return sorted(found, key=lambda one: ORDER.index(one.aspect))


def _explanation(told: Examination) -> list[str]:
    """Return the mistakes, numbered, below a line on what they explain."""
    edges = [one for one in _mistakes(told) if (one.aspect, one.found) == ("border", "unknown")]
    words = in_one([one for one in _mistakes(told) if one not in edges])
    lines = [_share(told) + _explained(told, len(words), inside=bool(edges))]
    for number, (says, remedy) in enumerate(words, 1):
        lines += [f"{number}. {says[0].upper()}{says[1:]}.", *([f"   {remedy}"] if remedy else [])]
    for one in edges:
        lines += [f"At {one.detail} edge it differs in a way that is *not known here*.", one.remedy]
    proven = told.explanation is not None and told.verdict != "partly"
    if proven and all(one.aspect != "border" for one in _mistakes(told)):
        lines.append(f"Everything else is correct (border: {told.border}).")
    return lines


def _explained(told: Examination, number: int, *, inside: bool) -> str:
    """Return ` Two mistakes explain every one of them:`. inside: at the edge they do not."""
    if told.differing == 0:
        return f" {_counted(number, 'thing')} {'is' if number == 1 else 'are'} left to change:"
    where = " Inside the image" * inside
    if number == 0:
        return f"{where}, all are right."
    explain = f"explain{'s' * (number == 1)} every one of them:"
    counted = _counted(number, "mistake")
    return f"{where}, {counted[0].lower()}{counted[1:]} {explain}" if inside else f" {counted} {explain}"


def _share(told: Examination) -> str:
    """Return `49 % of the pixels differ from filter2D's, each is one too low`."""
    apart = _apart(told)
    if len(apart) == 0:
        return "No pixel of your output differs from filter2D's."
    differ = "differs" if told.differing == 1 else "differ"
    share = f"{percent(told.differing, told.pixels)} of the pixels {differ} from filter2D's"
    if (abs(apart) == 1).all() and len({*apart}) == 1:
        return f"{share}, each is one too {'low' if apart[0] < 0 else 'high'}."
    return f"{share}."


def _apart(told: Examination) -> np.ndarray:
    """Return how far the differing pixels are from the right ones."""
    parts = [
        (one.output - one.right.astype(np.float64))[one.differing]
        for one in told.differences
        if one.output.dtype.kind != "c"
    ]
    return np.concatenate([np.empty(0), *parts])


def _failure(told: Examination) -> list[str]:
    """Return what is said of a function that gives nothing to compare."""
    finding = next(one for one in told.findings if one.aspect == "fails-on")
    lines = [f"Your function gives no result that can be compared: {finding.says}."]
    return [*lines, *([finding.remedy] if finding.remedy else [])]


def _signature(told: Examination) -> list[str]:
    """Return what is certain where there is no explanation: measurements."""
    found = _mistakes(told)
    if [(one.aspect, one.found) for one in found] == [("dtype", "bool")]:
        return [f"Your output differs from filter2D's: {found[0].says}. {found[0].remedy}"]
    differs = (
        "Your output differs from filter2D's, and no combination of the mistakes known here explains all "
        "of it."
    )
    if 0 < told.probes - told.untried < FEWEST:
        differs = "Your output differs from filter2D's, but too few probes were tried to say why."
    few = "Your output is filter2D's wherever there is one, but that is too little to judge by."
    lines = [f"{differs if told.differing else few} What is certain:"]
    lines += [f"- {says}." for says, _ in in_one(_mistakes(told))]
    for where, near_edge in (("inside", False), ("within the kernel's reach of the edge", True)):
        parts = [one.differing[one.probe.inside() != near_edge] for one in told.differences]
        pixels = sum(part.size for part in parts)
        if pixels:
            differing = sum(int(part.sum()) for part in parts)
            lines.append(f"- {percent(differing, pixels)} of the pixels {where} differ.")
    apart = np.abs(_apart(told))
    if not np.isnan(apart).all():
        lines.append(f"- The largest difference is {np.nanmax(apart):.6g}.")
    return lines + _measured(told)


def _measured(told: Examination) -> list[str]:
    """Return the kernel that the function seems to use, beside the right one, and some of its sums."""
    impulse = next((one for one in told.differences if one.probe.purpose == "impulse"), None)
    lines = []
    if impulse is not None and impulse.output.dtype.kind != "c":
        (height, width), (rows, columns) = impulse.probe.image.shape, impulse.probe.reach
        part = np.s_[
            height // 2 - rows : height // 2 + rows + 1, width // 2 - columns : width // 2 + columns + 1
        ]
        used, right = impulse.output[part][::-1, ::-1], impulse.probe.kernel * IMPULSE
        lines.append(
            f"- One pixel of {IMPULSE} in a black image gives these weights times {IMPULSE}; right are "
            f"those on the right:"
        )
        cells = [[f"{float(value):.4g}" for value in row] for row in used]
        wide = max(len(cell) for row in cells for cell in row)
        lines += [
            "    "
            + " ".join(cell.rjust(wide) for cell in row)
            + "     "
            + " ".join(f"{value:2.0f}" for value in line)
            for row, line in zip(cells, right, strict=True)
        ]
    return lines + _sums(told)


def _sums(told: Examination) -> list[str]:
    """Return which sums became which pixels, for a few from all over the range."""
    shown = [one for one in told.differences if one.probe.kernel.shape == (3, 3) and one.probe.inside().any()]
    if not shown or shown[0].output.dtype.kind == "c":
        return []
    probe, inside = shown[0].probe, shown[0].probe.inside()
    predicted = predict(probe, Hypothesis(told.border, rounding="none", range="none"))
    assert predicted is not None
    pairs = sorted(zip(predicted.exact[inside].tolist(), shown[0].output[inside].tolist(), strict=True))
    some = pairs[:: max(1, len(pairs) // 7)]
    return [
        "- Sums and your pixels: " + ", ".join(f"{total:g} -> {pixel:.5g}" for total, pixel in some) + "."
    ]


def in_one(findings: list[Finding]) -> list[tuple[str, str]]:
    """Return sentences and remedies; a result that is just the sums is one thing to say, not three."""
    found = {one.aspect: one.found for one in findings}
    words = [(one.says, one.remedy) for one in findings]
    if found.get("rounding") == "none" and "dtype" in found:
        span = found.get("range")
        what = {
            "none": "the *sums as they are*, {}: not rounded, and not kept in 0..255",
            "absolute-value": "the *absolute sums*, {}: not rounded, and not kept in 0..255",
            None: "the sums in 0..255, but *not rounded*, {}",
        }.get(span)
        if what is not None:
            told = "it returns " + what.format(found["dtype"])
            end = next(one.remedy for one in findings if one.aspect == "rounding")
            remedy = end.rstrip(".") + ", without `abs`" * (span == "absolute-value") + "."
            place = next(i for i, one in enumerate(findings) if one.aspect in ("rounding", "range"))
            rest = [
                (i, pair) for i, (one, pair) in enumerate(zip(findings, words, strict=True))
                if one.aspect not in ("rounding", "range", "dtype")
            ]  # fmt: skip
            before, after = [pair for i, pair in rest if i < place], [pair for i, pair in rest if i >= place]
            words = [*before, (told, remedy), *after]
    return words


def _counted(number: int, noun: str) -> str:
    """Return `One mistake`, `Two mistakes`."""
    names = ["No", "One", "Two", "Three", "Four", "Five", "Six"]
    return f"{names[number] if number < len(names) else number} {noun}{'s' * (number != 1)}"


def percent(part: int, whole: int) -> str:
    """Return `49 %`, and never 0 % or 100 % of what is some or not all."""
    share = 100 * part / whole
    if 0 < share < 1 or 99 < share < 100:
        return f"{share:.2g} %" if share < 1 else f"{int(share * 10) / 10} %"
    return f"{share:.0f} %"


PANEL = 288  # pixels: the least width of each of the three
HEAD = 36


def save_picture(examination: Examination, folder: Path) -> Path | None:
    """Save `<function>_check.png` in the folder and return its path; None if there is no output to draw."""
    difference = shown(examination)
    if difference is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    file, name = Path(examination.file).stem or "function", examination.name.replace("<lambda>", "lambda")
    path = folder / f"{file}_{name}_check.png"
    write_image(path, draw_difference(difference), draw.DRAWING)
    return path


def shown(examination: Examination) -> Difference | None:
    """Return the outputs to draw: of the user's image if there is one, else of the example."""
    real = [one for one in examination.differences if one.output.dtype.kind != "c"]
    own = [one for one in real if one.probe.purpose == "yours"]
    if own:
        return max(own, key=lambda one: one.probe.image.size)
    example = [examination.example[0]] if examination.example is not None else []
    return next((one for one in [*example, *real] if one.output.dtype.kind != "c"), None)


def draw_difference(difference: Difference) -> np.ndarray:
    """Return the three panels as a colour image, each pixel of the output as a square."""
    height, width = difference.right.shape
    scale = max(1, PANEL // width)
    yours = np.clip(np.nan_to_num(difference.output.astype(np.float64)), 0, 255).astype(np.uint8)
    right = cv2.cvtColor(difference.right.astype(np.uint8), cv2.COLOR_GRAY2BGR)
    marked = np.where(difference.differing[..., np.newaxis], np.array(draw.BAD, np.uint8), right // 3)
    label = f"{np.count_nonzero(difference.differing)} pixels differ"
    step = max(width * scale, PANEL) + GAP
    canvas = draw.blank(3 * step + GAP, height * scale + HEAD + GAP)
    for number, (text, panel) in enumerate([("your function", yours), ("filter2D", right), (label, marked)]):
        left = GAP + number * step
        draw.text(canvas, text, (left, GAP), 17, draw.INK)
        draw.paste(canvas, draw.resize(panel, (width * scale, height * scale)), (left, HEAD))
    return canvas


CHECKED_PART = 64, 96  # rows and columns of the image that are used: a slow loop is through in a second


def run_check(
    target: str,
    image: np.ndarray | None,
    border: str | None,
    *,
    json: bool,
    out: TextIO,
    kernels: dict[str, np.ndarray] | None = None,
    output: Path | None = None,
) -> int:
    """Examine the function `FILE.py:FUNCTION`, print the diagnosis to `out`, and return the exit status.

    image: a gray image whose middle is one more probe. border: the border mode that the function must have;
    None: any of the five is right. json: print the result as JSON to stdout as well. kernels: further kernels
    to try. output: the folder for a picture of the function's output beside filter2D's.
    Returns 0 if the function matches filter2D, else 1.
    """
    part = None if image is None else middle(image)
    with exit_on_termination():
        examination = examine_with_progress(target, part, border, kernels or {})
    print(wrapped(message(examination)), file=out)
    if examination.example is not None:
        print("\n" + example_text(examination), file=out)
    path = None if output is None else save_picture(examination, output)
    if path is not None:
        print(f"\nSaved {path}: your function's output, filter2D's, and where they differ.", file=out)
    if json:
        print(jsonlib.dumps(result(examination), indent=2))
    return 0 if examination.verdict == "matches" else 1


@contextlib.contextmanager
def exit_on_termination() -> Iterator[None]:
    """Turn SIGTERM into SystemExit, so that the child process is ended and its folder removed."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set a handler
        return
    before = signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL if before is None else before)


def examine_with_progress(
    target: str, image: np.ndarray | None, border: str | None, kernels: dict[str, np.ndarray]
) -> Examination:
    """Examine the function, with a progress bar on stderr if that is a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        return examine(target, image, border, kernels=kernels)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("checking")

        def show(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        return examine(target, image, border, progress=show, kernels=kernels)


def wrapped(text: str) -> str:
    """Wrap the lines of a text; items of a list are indented behind their number, `code` is not broken."""
    lines = []
    for line in text.splitlines():
        whole = re.sub("`[^`]*`", lambda code: code[0].replace(" ", "\0"), line)
        indent = re.sub(r"^((\d+\.|-)? *).*", lambda found: " " * len(found[1]), line)
        lines.append(
            textwrap.fill(
                whole, 100, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
            )
        )
    return "\n".join(lines).replace("\0", " ")


def middle(image: np.ndarray) -> np.ndarray:
    """Return the middle of an image, at most CHECKED_PART."""
    top, left = (max(side - most, 0) // 2 for side, most in zip(image.shape, CHECKED_PART, strict=True))
    return image[top : top + CHECKED_PART[0], left : left + CHECKED_PART[1]]


def example_text(examination: Examination) -> str:
    """Write out the arithmetic at a pixel that differs, with the result of the examined function."""
    assert examination.example is not None
    difference, x, y = examination.example
    probe = difference.probe
    (at,) = arithmetic_at(compare(probe.image, probe.kernel, examination.border), x, y)
    lines = worked_lines(f"For example, with a kernel of {size_text(probe.kernel)}", at)
    pixels = f"filter2D {at.filter2d}, {examination.function} {difference.output[y, x]:.6g}"
    return "\n".join([*lines, "  " + pixels])
