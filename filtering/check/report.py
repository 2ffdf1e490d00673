"""The report of --check: the diagnosis in words, and as a picture."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

import numpy as np

from filtering.borders import BORDERS
from filtering.check.findings import Difference, Examination, Finding, Fix
from filtering.check.mistakes import Hypothesis, predict
from filtering.check.probes import FEWEST, IMPULSE
from filtering.check.words import capital
from filtering.compare import counted, strong_response
from filtering.files import check_target, write_bytes, write_image
from filtering.show import canvas as draw
from filtering.show.canvas import GAP

PANEL = 288  # pixels: the least width of each panel of the picture
HEAD = 36  # pixels above them
LARGEST = 640  # width and height of a panel
MOST_SHOWN = 8  # places
YOURS = {"function": "your function's output", "program": "your program's output", "image": "your image"}
# The order in which the aspects are told: what spoils most pixels first.
ORDER = [
    "loading", "arguments", "stride", "result", "returns-early", "returns", "shape", "orientation", "kernel",
    "sum", "shift", "divisor", "offset", "adds-up-in", "conversion", "range", "rounding", "not-computed",
    "border", "input-modified", "dtype", "fails-on",
]  # fmt: skip
# What is said at once of pixels that are just the sums, by the range that is found; with the dtype.
JUST_SUMS = {
    "none": "it returns the *sums as they are*, {}: not rounded, and not kept in 0..255",
    "absolute-value": "it returns the *absolute sums*, {}: not rounded, and not kept in 0..255",
    "saturate": "it returns the sums in 0..255, but *not rounded*, {}",
}

# The diagnosis as text.


class Result(TypedDict):
    """What check_function returns."""

    function: str  # as it is named
    verdict: str  # "matches", "explained", "partly", "unexplained" or "fails"
    findings: list[dict[str, str]]  # {"aspect", "found", "expected", "advice"}
    pixels: int  # compared
    differing: int
    advice: str  # the diagnosis as text
    fix: dict[str, str] | None  # {"diff", "verdict"} of changes that were seen to work


class ImageResult(Result):
    """What check_image returns."""

    places: list[list[int]]  # [x, y] of the pixels that differ, at most a hundred
    box: list[int]  # around all of them: left, top, right, bottom; empty if there are none


def image_result(told: Examination) -> ImageResult:
    """Return the diagnosis as check_image does."""
    return ImageResult(**result(told), places=[list(place) for place in told.places(100)], box=[*told.box])


def result(told: Examination) -> Result:
    """Return the diagnosis as check_function does."""
    keys = "aspect", "found", "expected", "advice"
    findings = [{key: getattr(one, key) for key in keys} for one in told.findings]
    return Result(function=told.function, verdict=told.verdict, findings=findings, pixels=told.pixels,
        differing=told.differing, advice=message(told),
        fix={"diff": told.fix.diff, "verdict": told.fix.verdict} if told.fix else None)  # fmt: skip


def message(told: Examination) -> str:
    """Return the diagnosis as text."""
    kinds = {"matches": _praise, "fails": _failure, "unexplained": _signature}
    lines = kinds.get(told.verdict, _explanation)(told)
    lines += [one.advice for one in told.findings if one.aspect == "loading"]
    if told.untried:
        lines.append(f"{told.stopped}: {told.untried} of {told.probes} probes were not tried.")
    return "\n".join(lines)


def fix_text(fix: Fix) -> str:
    """Return the changes that were seen to work, and what they lead to."""
    right = f"all {fix.pixels:,} pixels of {fix.probes} probes are right"
    left = "; ".join(one.says for one in fix.left)
    head = "With this change" if len(fix.hunks) == 1 else "With these changes"
    head += f" {right} (tried):" if fix.verdict == "matches" else f", this is left (tried): {left}."
    return "\n".join([head, *(f"    {line}".rstrip() for hunk in fix.hunks for line in hunk)])


def _praise(told: Examination) -> list[str]:
    """Return what is said of what matches."""
    if told.subject == "image":
        ties = f" but for {counted(told.tied, 'tie')}, where the sum is almost a half" * (told.tied > 0)
        return [f"Yes, all {told.pixels} pixels are filter2D's (border {told.border}){ties}."]
    lines = [
        f"Yes, your {told.subject} is right, border {told.border}: all {told.pixels} pixels of "
        f"{len(told.differences)} probes are those of cv2.filter2D."
    ]
    if told.border != "replicate" and not told.border_given:
        numpy = f'; that is `np.pad(image, ..., mode="{BORDERS["replicate"].numpy}")`'
        hint = numpy if told.subject == "function" else ""
        lines.append(f"Any border mode is right. To require another, name it: `--border replicate`{hint}.")
    if told.ties:
        lines.append(
            "Some sums are exactly a half, and yours are rounded to either side, by the noise of floats; "
            "that is not counted as a mistake."
        )
    return lines + _tried(told)


def _tried(told: Examination) -> list[str]:
    """Return which images and kernels a function was tried with."""
    sizes = sorted({one.probe.kernel.shape for one in told.differences})
    kernels = ", ".join(f"{rows} x {columns}" for rows, columns in sizes)
    heights, widths = zip(*(one.probe.image.shape for one in told.differences), strict=True)
    whole = any(one.probe.kernel.dtype.kind == "i" for one in told.differences)
    colour = {
        "yes": "; colour images (H, W, 3), which work as well",
        "no": "; colour images (H, W, 3), which it cannot filter; that is not required",
    }.get(told.colour, "")
    if all(one.probe.purpose == "yours" for one in told.differences):  # its kernel is built in
        return [f"Tried: images of {min(heights)} x {min(widths)} to {max(heights)} x {max(widths)}."]
    bank = ", the six of the bank" * (not told.untried)
    dtype = " (dtype int)" * (told.subject == "function")
    left = [
        "kernels with an even side",
        *[f"kernels of whole numbers{dtype}"] * (not whole),
        *["colour images"] * (not colour),
    ]
    return [
        f"Tried: images of noise from {min(heights)} x {min(widths)} to {max(heights)} x {max(widths)}, "
        "square and not, of odd and even sides, some smaller than the kernel;",
        f"kernels of {kernels}, asymmetric, with negative weights{bank}"
        f"{f', and one of whole numbers{dtype}' * whole}{colour}.",
        f"Not tried: {', '.join(left)}.",
    ]


def _failure(told: Examination) -> list[str]:
    """Return what is said of a function that gives nothing to compare."""
    finding = next(one for one in told.findings if one.aspect == "fails-on")
    none = "hardly a" if told.differences else "no"
    says = f"Your {told.subject} gives {none} result that can be compared: {finding.says}."
    return [says, *[finding.remedy] * bool(finding.remedy)]


def _explanation(told: Examination) -> list[str]:
    """Return the mistakes, numbered, below a line on what they explain."""
    mistakes = _mistakes(told)
    edges = [one for one in mistakes if (one.aspect, one.found) == ("border", "unknown")]
    words = in_one([one for one in mistakes if one not in edges])
    lines = [_share(told) + _explained(told, len(words), inside=bool(edges))]
    for number, (says, remedy) in enumerate(words, 1):
        lines += [f"{number}. {capital(says.rstrip('.'))}.", *[f"   {remedy}"] * bool(remedy)]
    for one in edges:
        lines += [f"{capital(one.says)}.", one.remedy]
    proven = told.explanation is not None and told.verdict != "partly"
    if proven and all(one.aspect != "border" for one in mistakes):
        lines.append(f"Everything else is correct (border: {told.border}).")
    return lines


def _mistakes(told: Examination) -> list[Finding]:
    """Return the mistakes in the order in which they are told."""
    found = [one for one in told.findings if not one.harmless]
    return sorted(found, key=lambda one: ORDER.index(one.aspect))


def in_one(findings: list[Finding]) -> list[tuple[str, str]]:
    """Return sentences and remedies; unrounded, unsaturated float sums are reported as one finding."""
    known = {one.aspect: one for one in findings}
    just = JUST_SUMS.get(known["range"].found if "range" in known else "saturate")
    if just is None or "dtype" not in known or "rounding" not in known or known["rounding"].found != "none":
        return [(one.says, one.remedy) for one in findings]
    absolute = "range" in known and known["range"].found == "absolute-value"
    remedy = known["rounding"].remedy.rstrip(".") + ", without `abs`" * absolute + "."
    at_once = [one for one in findings if one.aspect in ("range", "rounding", "dtype")]
    first = next(one for one in at_once if one.aspect != "dtype")
    return [
        (just.format(known["dtype"].found), remedy) if one is first else (one.says, one.remedy)
        for one in findings
        if one is first or one not in at_once
    ]


def _share(told: Examination) -> str:
    """Return `49 % of the pixels differ from filter2D's, each is one too low`."""
    apart = _apart(told)
    if len(apart) == 0:
        return "No pixel of your output differs from filter2D's."
    share = f"{percent(told.differing, told.pixels)} of the pixels differ{'s' * (told.differing == 1)}"
    each = {-1: ", each is one too low", 1: ", each is one too high"} if len({*apart}) == 1 else {}
    return f"{share} from filter2D's{each.get(apart[0], '')}."


def _explained(told: Examination, number: int, *, inside: bool) -> str:
    """Return ` Two mistakes explain every one of them:`. inside: at the edge they do not."""
    if told.differing == 0:
        return f" {capital(in_words(number, 'thing'))} {'is' if number == 1 else 'are'} left to change:"
    if inside and number == 0:
        return " Inside the image, all are right."
    explain = f"{in_words(number, 'mistake')} explain{'s' * (number == 1)} every one of them:"
    return f" Inside the image, {explain}" if inside else f" {capital(explain)}"


def _signature(told: Examination) -> list[str]:
    """Return what is certain where there is no explanation: measurements."""
    if told.subject == "image":
        return _image_signature(told)
    found = _mistakes(told)
    if [(one.aspect, one.found) for one in found] == [("dtype", "bool")]:
        return [f"Your output differs from filter2D's: {found[0].says}. {found[0].remedy}"]
    differs = (
        "Your output differs from filter2D's, and no combination of the mistakes known here explains all "
        "of it."
    )
    if 0 < told.probes - told.untried < FEWEST:
        differs = "Your output differs from filter2D's, but too few probes were tried to say why."
    if not told.differing:
        differs = "Your output equals filter2D's where there is one: too few results to diagnose."
    lines = [f"{differs} What is certain:", *(f"- {says}." for says, _ in in_one(found))]
    for where, near_edge in (("inside", False), ("within the kernel's reach of the edge", True)):
        parts = [one.differing[one.probe.inside() != near_edge] for one in told.differences]
        pixels = np.concatenate(parts) if parts else np.empty(0)
        if pixels.size:
            lines.append(f"- {percent(int(pixels.sum()), pixels.size)} of the pixels {where} differ.")
    apart = np.abs(_apart(told))
    if not np.isnan(apart).all():
        lines.append(f"- The largest difference is {np.nanmax(apart):.6g}.")
    return lines + _weights(told) + _sums(told)


def _image_signature(told: Examination) -> list[str]:
    """Return what is certain of an image that nothing known explains: how many pixels differ, and where."""
    if not told.differences:
        return [f"It cannot be compared with filter2D's pixels: {one.says}." for one in told.findings]
    differing = np.any([one.differing for one in told.differences], axis=0)  # in any channel
    inside = int((differing & told.differences[0].probe.inside()).sum())
    apart = np.abs(_apart(told))
    largest = f", by up to {np.nanmax(apart):.6g}," if np.isfinite(apart).any() else ""
    ties = f" {counted(told.tied, 'tie')} not counted." * (told.tied > 0)
    left, top, right, bottom = told.box
    places = "; ".join(f"{x},{y}" for x, y in told.places(MOST_SHOWN))
    more = "; ..." * (told.differing > MOST_SHOWN)
    return [
        f"{told.differing} of {told.pixels} pixels differ from filter2D's (border {told.border}){largest} "
        f"and no combination of the mistakes known here explains them.{ties}",
        *(f"- {one.says}." for one in told.findings if not one.harmless),
        f"- {inside} are inside, {told.differing - inside} within the kernel's reach of the edge.",
        f"- They lie in x {left} to {right}, y {top} to {bottom}: {places}{more}",
    ]


def _apart(told: Examination) -> np.ndarray:
    """Return how far the differing pixels are from the right ones."""
    real = [one for one in told.differences if one.output.dtype.kind != "c"]
    parts = [(one.output - one.right.astype(np.float64))[one.differing] for one in real]
    return np.concatenate([np.empty(0), *parts])


def _weights(told: Examination) -> list[str]:
    """Return the weights that the function seems to use, beside the right ones."""
    one = next((one for one in told.differences if one.probe.purpose == "impulse"), None)
    if one is None or one.output.dtype.kind == "c":
        return []
    (height, width), (rows, columns) = one.probe.image.shape, one.probe.reach
    y, x = height // 2, width // 2
    used = one.output[y - rows : y + rows + 1, x - columns : x + columns + 1][::-1, ::-1]
    cells = [[f"{float(value):.4g}" for value in row] for row in used]
    wide = max(len(cell) for row in cells for cell in row)
    lines = [
        f"- The response to one pixel of {IMPULSE} on black is your kernel times {IMPULSE}; expected, on the "
        "right:"
    ]
    for row, right in zip(cells, one.probe.kernel * IMPULSE, strict=True):
        shown = " ".join(cell.rjust(wide) for cell in row)
        lines.append(f"    {shown}     {' '.join(f'{weight:2.0f}' for weight in right)}")
    return lines


def _sums(told: Examination) -> list[str]:
    """Return which sums became which pixels, for a few from all over the range."""
    shown = [one for one in told.differences if one.probe.kernel.shape == (3, 3) and one.probe.inside().any()]
    if not shown or shown[0].output.dtype.kind == "c":
        return []
    probe, inside = shown[0].probe, shown[0].probe.inside()
    predicted = predict(probe, Hypothesis(told.border, rounding="none", range="none"))
    assert predicted is not None
    pairs = sorted(zip(predicted.exact[inside].tolist(), shown[0].output[inside].tolist(), strict=True))
    some = ", ".join(f"{total:g} -> {pixel:.5g}" for total, pixel in pairs[:: max(1, len(pairs) // 7)])
    return [f"- Sums and your pixels: {some}."]


def in_words(number: int, noun: str) -> str:
    """Return `one mistake`, `two mistakes`."""
    names = ["no", "one", "two", "three", "four", "five", "six"]
    return f"{names[number] if number < len(names) else number} {noun}{'s' * (number != 1)}"


def percent(part: int, whole: int) -> str:
    """Return `49 %`, and never 0 % or 100 % of what is some or not all."""
    share = 100 * part / whole
    if 0 < share < 1 or 99 < share < 100:
        return f"{share:.2g} %" if share < 1 else f"{int(share * 10) / 10} %"
    return f"{share:.0f} %"


# The picture.


def save_picture(examination: Examination, folder: Path, inputs: Sequence[str] = ()) -> Path | None:
    """Save `<function>_check.png` in the folder and return its path; None if there is no output to draw.

    inputs: the files that are read, none of which is overwritten; ValueError if that is asked for.
    """
    difference = shown(examination)
    if difference is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{examination.stem}_check.png"
    _check_target(path, inputs)
    write_image(path, draw_difference(difference, examination.subject), draw.DRAWING)
    return path


def save_fixed(examination: Examination, folder: Path, inputs: Sequence[str] = ()) -> Path | None:
    """Save the changed file as `<file>_fixed.py` in the folder and return its path; None if there is no fix.

    inputs: as for save_picture.
    """
    if examination.fix is None:
        return None
    file = Path(examination.file)
    path = folder / f"{file.stem}_fixed{file.suffix}"
    if path.is_file() and path.read_bytes() == examination.fix.data:
        return path  # saved by the same check before
    _check_target(path, [*inputs, examination.file])
    folder.mkdir(parents=True, exist_ok=True)
    write_bytes(path, examination.fix.data)
    return path


def _check_target(path: Path, inputs: Sequence[str]) -> None:
    """Raise ValueError if a file to be written is read, or lies beside those and is not of this program."""
    read = [Path(name) for name in inputs if name and Path(name).exists()]
    check_target(path, read, [one.parent for one in read])


def shown(examination: Examination) -> Difference | None:
    """Return the outputs to draw: of the user's image if there is one, else of the example."""
    real = [one for one in examination.differences if one.output.dtype.kind != "c"]
    own = [one for one in real if one.probe.purpose == "yours"]
    if own:
        return max(own, key=lambda one: one.probe.image.size)
    example = [examination.example[0]] if examination.example is not None else []
    return next((one for one in [*example, *real] if one.output.dtype.kind != "c"), None)


def draw_difference(difference: Difference, subject: str) -> np.ndarray:
    """Return the panels as a colour image, each pixel of a small output as a square."""
    height, width = difference.right.shape
    size = draw.fit((height, width), (LARGEST, LARGEST))
    if width <= LARGEST:
        size = width * max(1, PANEL // width), height * max(1, PANEL // width)
    label = f"{counted(int(difference.differing.sum()), 'pixel')} differ"
    yours, right = _gray(difference.output, difference.right), _gray(difference.right, difference.right)
    own = YOURS[subject].removesuffix("'s output")
    panels = [(own, yours), ("filter2D", right), (label, right // 3)]
    if subject == "image":
        panels = [("original", difference.probe.image), panels[1], panels[0], panels[2]]
    step = max(size[0], PANEL) + GAP
    canvas = draw.blank(len(panels) * step + GAP, size[1] + HEAD + GAP)
    for number, (text, panel) in enumerate(panels):
        left = GAP + number * step
        draw.text(canvas, text, (left, GAP), 17, draw.INK)
        draw.paste(canvas, draw.resize(panel, size), (left, HEAD))
    wrong = draw.resize(difference.differing.astype(np.uint8), size, strongest=True)[..., 0] > 0
    canvas[HEAD : HEAD + size[1], left : left + size[0]][wrong] = draw.BAD
    return canvas


def _gray(pixels: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return pixels as they are drawn: within 0..255, missing ones black; of signed ones, 0 is grey."""
    if right.dtype == np.int16:
        return draw.response_image(pixels, strong_response(right))
    return np.clip(np.nan_to_num(pixels.astype(np.float64)), 0, 255).astype(np.uint8)
