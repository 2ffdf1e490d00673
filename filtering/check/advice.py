"""What is said to somebody whose convolve differs: each finding in plain words, with the way to mend it."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from filtering.borders import BORDERS
from filtering.check.mistakes import Hypothesis, Probe, foretell


@dataclass(frozen=True)
class Finding:
    """One thing that a function does in another way than cv2.filter2D."""

    aspect: str
    found: str
    expected: str
    detail: str = ""  # what the words below need to know besides


_TO_UINT8 = 'Before `.astype("uint8")`, use'
_MIDDLE = (
    "The window of output pixel (y, x) has that pixel in its middle: in the padded picture, "
    "`padded[y : y + kh, x : x + kw]`, with kh // 2 and kw // 2 pixels of padding on each side."
)
_TAPS = "Weight `kernel[i, j]` belongs to pixel `padded[y + i, x + j]`: i and y count rows, j and x columns."

# What a function does, and how to mend it.
_WORDS = {
    ("rounding", "truncate"): (
        "it *truncates* where filter2D rounds",
        f"{_TO_UINT8} `np.rint`. In place of `int(sum)`, use `round(sum)`.",
    ),
    ("rounding", "floor"): (
        "it rounds *down* where filter2D rounds to the nearest",
        "Use `np.rint` instead of `np.floor` or `//`.",
    ),
    ("rounding", "half-up"): (
        "it rounds every half *up*, where filter2D takes the even neighbour, 2 for 2.5 and 4 for 3.5",
        "Use `np.rint(x)` or `round(x)` instead of `int(x + 0.5)`.",
    ),
    ("rounding", "half-down"): (
        "it rounds every half *down*, where filter2D takes the even neighbour, 2 for 2.5 and 4 for 3.5",
        "Use `np.rint(x)` or `round(x)`.",
    ),
    ("rounding", "half-odd"): (
        "it rounds a half to the *odd* neighbour, where filter2D takes the even one, 2 for 2.5 and 4 for 3.5",
        "Use `np.rint(x)` or `round(x)`.",
    ),
    ("rounding", "none"): ("it does *not round*", "Use `np.rint` on the sums."),
    ("range", "wrap-modulo-256"): (
        "sums below 0 or above 255 *wrap around*, where filter2D stops at 0 and at 255",
        f"{_TO_UINT8} `np.clip(sums, 0, 255)`.",
    ),
    ("range", "wrap below 0"): (
        "sums below 0 *wrap around*, -1 to 255, where filter2D stops at 0",
        f"{_TO_UINT8} `np.clip(sums, 0, 255)`.",
    ),
    ("range", "wrap above 255"): (
        "sums above 255 *wrap around*, 256 to 0, where filter2D stops at 255",
        f"{_TO_UINT8} `np.clip(sums, 0, 255)`.",
    ),
    ("range", "absolute-value"): (
        "it takes the *absolute value* of negative sums, where filter2D makes them 0",
        "Leave out `abs` (or `cv2.convertScaleAbs`); use `np.clip(sums, 0, 255)`.",
    ),
    ("range", "stretch-to-0..255"): (
        "it *stretches* the result to fill 0..255, where filter2D keeps the sums and cuts off what is beyond",
        "Leave out the normalisation by smallest and largest value; use `np.clip(sums, 0, 255)`. "
        "With `rescale_intensity`, give `in_range=(0, 255)`.",
    ),
    ("range", "scaled-to-0..1"): (
        "its pixels go from *0 to 1* instead of from 0 to 255",
        "Do not divide the picture by 255 at the start; or multiply by 255 at the end, and keep that in "
        "0..255 with `np.clip`.",
    ),
    ("range", "none"): (
        "it leaves values *below 0 and above 255* as they are, where filter2D saturates",
        "Use `np.clip(sums, 0, 255)`.",
    ),
    ("orientation", "rotated180"): (
        "it turns the kernel by *180 degrees*, which is a true convolution; filter2D does not turn it",
        "Leave out the flip. Where SciPy does the work, take `correlate` or `correlate2d`.",
    ),
    ("orientation", "transposed"): ("it has the kernel's *rows and columns swapped*", _TAPS),
    ("orientation", "flipped-left-right"): ("it has the kernel *mirrored left to right*", _TAPS),
    ("orientation", "flipped-up-down"): ("it has the kernel turned *upside down*", _TAPS),
    ("divisor", "normalised"): (
        "it divides by the *sum of the kernel*, which filter2D never does",
        "Leave out the division: whoever makes a kernel puts its scale into the weights.",
    ),
    ("divisor", "number-of-weights"): (
        "it divides by the *number of weights*, a mean where filter2D has a sum",
        "Use `.sum()` instead of `.mean()`.",
    ),
    ("divisor", "sum-of-absolute-weights"): (
        "it divides by the *sum of the weights without their signs*, which filter2D never does",
        "Leave out the division: whoever makes a kernel puts its scale into the weights.",
    ),
    ("returns-early", "first-pixel"): (
        "it returns after the *first pixel*",
        "The `return` stands inside of the loops: move it to the left, below both of them.",
    ),
    ("returns-early", "first-row"): (
        "it returns after the *first row*",
        "The `return` stands inside of the loop over rows: move it to the left, below that loop.",
    ),
    ("border", "cropped"): (
        "its result is *smaller* than the picture: pixels near the edge are left away",
        "Pad the picture by half a kernel on each side before the loop.",
    ),
    ("shape", "transposed"): (
        "its result has *width and height swapped*",
        "`image.shape` is (height, width), and pixels are `output[y, x]`.",
    ),
    ("shape", "larger"): (
        "its result is *larger* than the picture, as it keeps the padding",
        "Cut kh // 2 rows and kw // 2 columns off each side; in SciPy, `mode=\"same\"` does so.",
    ),
    ("shape", "another"): (
        "its result has *another shape* than the picture",
        "Make the result with `np.zeros_like(image)`, and return all of it.",
    ),
    ("shape", "extra-axis"): (
        "its result has *one axis too many*, shape (height, width, 1)",
        "Return `output[:, :, 0]`.",
    ),
    ("shape", "three-channels"): (
        "its result has *three equal channels* for a gray picture",
        "Return one of them: `output[:, :, 0]`.",
    ),
}  # fmt: skip


def advise(finding: Finding) -> tuple[str, str]:
    """A finding in words: what the function does, and how to mend it."""
    aspect, found = finding.aspect, finding.found
    if (aspect, finding.detail) in _WORDS:
        return _WORDS[aspect, finding.detail]
    if (aspect, found) in _WORDS:
        return _WORDS[aspect, found]
    if aspect == "border" and found in BORDERS:
        return (
            f"past the edge of the picture it has border *{found}* instead of {finding.expected}",
            f'Pad with `np.pad(image, ..., mode="{BORDERS[finding.expected].numpy}")`, '
            f"or compare it under its own border: `--border {found}`.",
        )
    if aspect == "border":
        return (
            f"pixels near the edge, where the kernel does not fit in the picture, are *{finding.detail}*",
            "Pad the picture by half a kernel on each side, and let the loop go over all of its pixels.",
        )
    if aspect == "shift":
        return f"its picture is *shifted* {_way(found)}", _MIDDLE
    if aspect == "dtype":
        return f"it returns *{found}* instead of uint8", 'Return `output.astype("uint8")`.'
    if found == "overwritten-while-read":
        return (
            "it *writes into the picture that it goes on reading from*, so that its sums are made of "
            "pixels that it has changed already",
            "Make a new array for the result, `np.zeros_like(image)`, and write into that one.",
        )
    if aspect == "input-modified":
        return f"it *changes the {found}* that it is given", f"Work on a copy: `{found.split()[0]}.copy()`."
    kind, _, error = found.partition(": ")
    if kind == "every picture":
        told = error.split()[0] in ("returns", "did", "had", "ended", "crashed")
        mending = [how for what, how in _RETURNING.items() if error.startswith(f"returns {what}")]
        return f"for every picture it {'' if told else 'stops with '}{error}", "".join(mending)
    return f"it cannot do *{plural(kind)}*: {error}", _MENDING.get(kind, "")


_RETURNING = {
    "None": "End the function with `return output`.",
    "a list": "Return `np.array(output, dtype=np.uint8)`.",
    "nan": "Look for a division by 0: by the sum of a kernel, or by the largest value.",
}
_MENDING = {
    "non-square kernel": "Take the height and the width of the kernel each for itself: "
    "`kh, kw = kernel.shape`, kh // 2 rows and kw // 2 columns of padding.",
    "non-square picture": "`height, width = image.shape`: rows first; y goes up to height, x up to width.",
    "kernel that sums to 0": "Do not divide by the sum of the kernel.",
    "kernel other than 3 x 3": "Take the size of loops and padding from the kernel: `kh, kw = kernel.shape`.",
    "sum below 0 or above 255": "Into a uint8 array write only what `np.clip(sums, 0, 255)` gives.",
}


def plural(kind: str) -> str:
    """`non-square kernels`, `kernels that sum to 0`."""
    noun = re.search("picture|kernel|sum", kind)
    assert noun is not None
    return kind.replace(noun[0], noun[0] + "s", 1).replace("that sums", "that sum")


def _way(found: str) -> str:
    """`1 pixel to the right and half a kernel up`."""
    words = []
    for step, positive, negative in zip(
        found.split(","), ("to the right", "down"), ("to the left", "up"), strict=True
    ):
        if step != "0":
            length = "half a kernel" if "radius" in step else "1 pixel"
            words.append(f"{length} {negative if step.startswith('-') else positive}")
    return " and ".join(words)


def in_one(findings: list[Finding]) -> list[tuple[str, str]]:
    """All findings in words; a result that is just the sums is one thing to say, not three."""
    found = {each.aspect: each.found for each in findings}
    words = []
    if found.get("rounding") == found.get("range") == "none" and "dtype" in found:
        words = [
            (
                f"it returns the *sums as they are*, {found['dtype']}: not rounded, and not kept in 0..255",
                'End with `np.clip(np.rint(sums), 0, 255).astype("uint8")`.',
            )
        ]
        findings = [each for each in findings if each.aspect not in ("rounding", "range", "dtype")]
    return words + [advise(each) for each in findings]


@dataclass(frozen=True, eq=False)
class Difference:
    """Where an output differs from what cv2.filter2D gives."""

    probe: Probe
    output: np.ndarray | None  # (H, W), or None where it has another shape
    right: np.ndarray
    differing: np.ndarray  # bool, (H, W)

    @classmethod
    def of(cls, probe: Probe, output: np.ndarray | None, border: str, noise: bool) -> "Difference":
        """Compare with the exact pixels; noise: a half that is on the other side is no difference."""
        foretold = foretell(probe, Hypothesis(border))
        assert foretold is not None
        right = foretold.exact
        if output is not None and output.shape != right.shape and output.shape == probe.inside_shape:
            whole = np.full(right.shape, np.nan)  # a cropped one: what is not there differs
            whole[probe.inside()] = output.ravel()
            output = whole
        differing = ~foretold.equal(output, noise) if output is not None else np.ones(right.shape, bool)
        return cls(probe, output, right, differing)


@dataclass(frozen=True, eq=False)
class Examination:
    """What is known of a function after all."""

    function: str
    verdict: str  # "matches", "explained", "unexplained" or "fails"
    findings: list[Finding]
    border: str  # the one that it is compared under: its own, if it has one, else the one expected
    differences: list[Difference]
    ties: bool  # it is right, or what it is, up to halves that float noise has tipped over
    untried: int  # probes that there was no time for

    @property
    def pixels(self) -> int:
        """How many pixels were compared."""
        return sum(each.right.size for each in self.differences)

    @property
    def differing(self) -> int:
        """How many of them are not filter2D's."""
        return sum(int(each.differing.sum()) for each in self.differences)

    @property
    def example(self) -> tuple[Difference, int, int] | None:
        """A pixel x, y that differs and can be followed by hand: under a small kernel, away from the edge."""
        shown = [each for each in self.differences if each.output is not None and each.differing.any()]
        shown.sort(key=lambda each: (each.probe.kernel.size > 25, abs(each.probe.kernel.size - 9)))
        for inside in (True, False):
            for each in shown:
                # A pixel that a cropped result lacks is nan.
                shown_there = each.differing & (each.output == each.output)
                places = np.argwhere(shown_there & each.probe.inside() if inside else shown_there)
                if len(places):
                    return each, int(places[0, 1]), int(places[0, 0])
        return None

    @property
    def message(self) -> str:
        """The same in plain words, for who wrote the function."""
        return "\n".join(
            {"matches": self._praise, "fails": self._failure, "unexplained": self._signature}.get(
                self.verdict, self._explanation
            )()
        )

    def _praise(self) -> list[str]:
        lines = [
            f"Yes, your function is right, under border {self.border}: "
            f"all {self.pixels} pixels of {len(self.differences)} probes are those of cv2.filter2D."
        ]
        if self.findings:
            wanted = self.findings[0].expected
            lines.append(
                f"Border {self.border} is as good as any. Where {wanted} is asked for, pad with "
                f'`np.pad(image, ..., mode="{BORDERS[wanted].numpy}")`.'
            )
        if self.ties:
            lines.append(
                "Some sums are exactly a half, and yours fall to either side of it, as float noise makes "
                "them; that is not counted as a mistake."
            )
        sizes = sorted({each.probe.kernel.shape for each in self.differences})
        heights, widths = zip(*(each.probe.image.shape for each in self.differences), strict=True)
        kernels = ", ".join(f"{rows} x {columns}" for rows, columns in sizes)
        return [
            *lines,
            f"Tried: pictures of seeded noise from 1 x 1 up to {max(widths)} x {max(heights)} pixels, of odd "
            "and even sides, square and not, also smaller than the kernel;",
            f"kernels of {kernels}, asymmetric ones, with negative weights, and the six of the bank.",
            *self._untried(),
        ]

    def _explanation(self) -> list[str]:
        words = in_one(self.findings)
        if len(words) == 1:
            what, mending = words[0]
            share = self._share() if self.findings[0].aspect != "fails-on" else ""
            lines = [f"Your output equals filter2D's except that {what}{share}. {mending}".strip()]
            return lines + self._rest()
        lines = [f"Your output equals filter2D's except for {len(words)} things{self._share()}."]
        for number, (what, mending) in enumerate(words, 1):
            lines += [f"{number}. {what[0].upper()}{what[1:]}.", *([f"   {mending}"] if mending else [])]
        return lines + self._rest()

    def _rest(self) -> list[str]:
        """What else there is to say to who has something to mend."""
        lines = []
        if not any(each.aspect == "border" for each in self.findings):
            lines.append(f"All else is right, under border {self.border}.")
        return lines + self._untried()

    def _untried(self) -> list[str]:
        return [f"{self.untried} of the probes were not tried any more."] if self.untried else []

    def _share(self) -> str:
        """`: 49 % of the pixels are one too low`; empty where none differs."""
        apart = self._apart()
        if len(apart) == 0:
            return ""
        share = f": {_percent(self.differing, self.pixels)} of the pixels "
        if (apart == -1).all():
            return share + "are one too low"
        return share + ("are one too high" if (apart == 1).all() else "differ")

    def _apart(self) -> np.ndarray:
        """How far the differing pixels are from the right ones, where there is something to compare."""
        parts = [
            (each.output - each.right.astype(np.float64))[each.differing]
            for each in self.differences
            if each.output is not None and each.output.dtype.kind != "c"
        ]
        return np.concatenate([np.empty(0), *parts])

    def _failure(self) -> list[str]:
        """What to say of a function that gives nothing to compare."""
        what, mending = in_one(self.findings)[0]
        lines = [f"Your function gives no result that can be compared: {what}."]
        return [*lines, *([mending] if mending else []), *self._untried()]

    def _signature(self) -> list[str]:
        """What can be said for sure where there is no explanation."""
        differs = "Your output differs from filter2D's" if self.differing else "Your function is not right"
        lines = [
            f"{differs}, and no mistake that is known here, nor two or three of "
            "them, explains all of it. What is certain:"
        ]
        lines += [f"- {what}." for what, _ in in_one(self.findings)]
        whole = [each for each in self.differences if each.output is not None]
        for where, near_edge in (("inside", False), ("within the kernel's reach of the edge", True)):
            parts = [each.differing[each.probe.inside() != near_edge] for each in whole]
            pixels = sum(part.size for part in parts)
            if pixels:
                differing = sum(int(part.sum()) for part in parts)
                lines.append(f"- {_percent(differing, pixels)} of the pixels {where} differ.")
        apart = np.abs(self._apart())
        if apart.size:
            lines.append(f"- The largest difference is {np.nanmax(apart):.6g}.")
        if len(whole) < len(self.differences):
            count = len(self.differences) - len(whole)
            lines.append(
                f"- {count} of {len(self.differences)} results have a shape that is not the picture's."
            )
        return lines

    def data(self) -> dict[str, Any]:
        """What check_function returns."""
        findings = [
            {"aspect": each.aspect, "found": each.found, "expected": each.expected} for each in self.findings
        ]
        return {
            "function": self.function,
            "verdict": self.verdict,
            "findings": findings,
            "pixels": self.pixels,
            "differing": self.differing,
        }


def _percent(part: int, whole: int) -> str:
    """`49 %`, and never 0 % or 100 % of what is some or not all."""
    percent = 100 * part / whole
    if 0 < percent < 1 or 99 < percent < 100:
        return f"{percent:.2g} %" if percent < 1 else f"{int(percent * 10) / 10} %"
    return f"{percent:.0f} %"
