"""The diagnosis of a function in words: the things to change first come first."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from filtering.borders import BORDERS
from filtering.check.findings import Finding
from filtering.check.hypothesis import Hypothesis, predict
from filtering.check.probes import FEWEST, IMPULSE, Probe
from filtering.check.search import Explanation

# The order in which findings are told: what spoils most pixels first.
ORDER = [
    "arguments", "stride", "result", "returns-early", "returns", "shape", "orientation", "kernel", "sum",
    "shift", "divisor", "offset", "adds-up-in", "conversion", "range", "rounding", "not-computed", "border",
    "input-modified", "dtype", "fails-on",
]  # fmt: skip


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

    @property
    def message(self) -> str:
        """The diagnosis as text."""
        lines = {
            "matches": self._praise, "fails": self._failure, "unexplained": self._signature,
        }.get(self.verdict, self._explanation)()  # fmt: skip
        return "\n".join([*lines, *self._notes()])

    def _notes(self) -> list[str]:
        """Return what was left out: parts of the file, and probes."""
        notes = [one.advice for one in self.findings if one.aspect == "loading"]
        if self.untried:
            notes.append(f"{self.stopped}: {self.untried} of {self.probes} probes were not tried.")
        return notes

    def _praise(self) -> list[str]:
        lines = [
            f"Yes, your function is right, border {self.border}: all {self.pixels} pixels of "
            f"{len(self.differences)} probes are those of cv2.filter2D."
        ]
        if self.border != "replicate" and not self.border_given:
            lines.append(
                f"Any border mode is right. To require another one, name it, as with `--border replicate`; "
                f'that is `np.pad(image, ..., mode="{BORDERS["replicate"].numpy}")`.'
            )
        if self.ties:
            lines.append(
                "Some sums are exactly a half, and yours are rounded to either side, by the noise of floats; "
                "that is not counted as a mistake."
            )
        return [*lines, *self._tried()]

    def _tried(self) -> list[str]:
        sizes = sorted({one.probe.kernel.shape for one in self.differences})
        heights, widths = zip(*(one.probe.image.shape for one in self.differences), strict=True)
        kernels = ", ".join(f"{rows} x {columns}" for rows, columns in sizes)
        colour = {
            "yes": "colour images (H, W, 3), which work as well",
            "no": "colour images (H, W, 3), which it cannot filter; that is not required",
        }.get(self.colour)
        whole = any(one.probe.kernel.dtype.kind == "i" for one in self.differences)
        lines = [
            f"Tried: images of noise from {min(heights)} x {min(widths)} to {max(heights)} x {max(widths)}, "
            "square and not, of odd and even sides, some smaller than the kernel;",
            f"kernels of {kernels}, asymmetric, with negative weights"
            + (", the six of the bank" if not self.untried else "")
            + (", and one of whole numbers (dtype int)" if whole else "")
            + (f"; {colour}." if colour else "."),
        ]
        left = ["kernels with an even side"]
        left += [] if whole else ["kernels of whole numbers (dtype int)"]
        left += [] if colour else ["colour images"]
        return [*lines, f"Not tried: {', '.join(left)}."]

    def _mistakes(self) -> list[Finding]:
        found = [one for one in self.findings if not one.harmless]
        return sorted(found, key=lambda one: ORDER.index(one.aspect))

    def _explanation(self) -> list[str]:
        """Return the mistakes, numbered, below a line on what they explain."""
        edges = [one for one in self._mistakes() if (one.aspect, one.found) == ("border", "unknown")]
        words = in_one([one for one in self._mistakes() if one not in edges])
        lines = [self._share() + self._explained(len(words), inside=bool(edges))]
        for number, (says, remedy) in enumerate(words, 1):
            lines += [f"{number}. {says[0].upper()}{says[1:]}.", *([f"   {remedy}"] if remedy else [])]
        for one in edges:
            lines += [f"At {one.detail} edge it differs in a way that is *not known here*.", one.remedy]
        proven = self.explanation is not None and self.verdict != "partly"
        if proven and all(one.aspect != "border" for one in self._mistakes()):
            lines.append(f"Everything else is correct (border: {self.border}).")
        return lines

    def _explained(self, number: int, *, inside: bool) -> str:
        """Return ` Two mistakes explain every one of them:`. inside: at the edge they do not."""
        if self.differing == 0:
            return f" {_counted(number, 'thing')} {'is' if number == 1 else 'are'} left to change:"
        where = " Inside the image" * inside
        if number == 0:
            return f"{where}, all are right."
        explain = f"explain{'s' * (number == 1)} every one of them:"
        counted = _counted(number, "mistake")
        return f"{where}, {counted[0].lower()}{counted[1:]} {explain}" if inside else f" {counted} {explain}"

    def _share(self) -> str:
        """Return `49 % of the pixels differ from filter2D's, each is one too low`."""
        apart = self._apart()
        if len(apart) == 0:
            return "No pixel of your output differs from filter2D's."
        differ = "differs" if self.differing == 1 else "differ"
        share = f"{percent(self.differing, self.pixels)} of the pixels {differ} from filter2D's"
        if (abs(apart) == 1).all() and len({*apart}) == 1:
            return f"{share}, each is one too {'low' if apart[0] < 0 else 'high'}."
        return f"{share}."

    def _apart(self) -> np.ndarray:
        """Return how far the differing pixels are from the right ones."""
        parts = [
            (one.output - one.right.astype(np.float64))[one.differing]
            for one in self.differences
            if one.output.dtype.kind != "c"
        ]
        return np.concatenate([np.empty(0), *parts])

    def _failure(self) -> list[str]:
        """Return what is said of a function that gives nothing to compare."""
        finding = next(one for one in self.findings if one.aspect == "fails-on")
        lines = [f"Your function gives no result that can be compared: {finding.says}."]
        return [*lines, *([finding.remedy] if finding.remedy else [])]

    def _signature(self) -> list[str]:
        """Return what is certain where there is no explanation: measurements."""
        found = self._mistakes()
        if [(one.aspect, one.found) for one in found] == [("dtype", "bool")]:
            return [f"Your output differs from filter2D's: {found[0].says}. {found[0].remedy}"]
        differs = (
            "Your output differs from filter2D's, and no combination of the mistakes known here explains all "
            "of it."
        )
        if 0 < self.probes - self.untried < FEWEST:
            differs = "Your output differs from filter2D's, but too few probes were tried to say why."
        few = "Your output is filter2D's wherever there is one, but that is too little to judge by."
        lines = [f"{differs if self.differing else few} What is certain:"]
        lines += [f"- {says}." for says, _ in in_one(self._mistakes())]
        for where, near_edge in (("inside", False), ("within the kernel's reach of the edge", True)):
            parts = [one.differing[one.probe.inside() != near_edge] for one in self.differences]
            pixels = sum(part.size for part in parts)
            if pixels:
                differing = sum(int(part.sum()) for part in parts)
                lines.append(f"- {percent(differing, pixels)} of the pixels {where} differ.")
        apart = np.abs(self._apart())
        if not np.isnan(apart).all():
            lines.append(f"- The largest difference is {np.nanmax(apart):.6g}.")
        return lines + self._measured()

    def _measured(self) -> list[str]:
        """Return the kernel that the function seems to use, beside the right one, and some of its sums."""
        impulse = next((one for one in self.differences if one.probe.purpose == "impulse"), None)
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
        return lines + self._sums()

    def _sums(self) -> list[str]:
        """Return which sums became which pixels, for a few from all over the range."""
        shown = [
            one for one in self.differences if one.probe.kernel.shape == (3, 3) and one.probe.inside().any()
        ]
        if not shown or shown[0].output.dtype.kind == "c":
            return []
        probe, inside = shown[0].probe, shown[0].probe.inside()
        predicted = predict(probe, Hypothesis(self.border, rounding="none", range="none"))
        assert predicted is not None
        pairs = sorted(zip(predicted.exact[inside].tolist(), shown[0].output[inside].tolist(), strict=True))
        some = pairs[:: max(1, len(pairs) // 7)]
        return [
            "- Sums and your pixels: " + ", ".join(f"{total:g} -> {pixel:.5g}" for total, pixel in some) + "."
        ]

    def data(self) -> dict[str, Any]:
        """Return the result as check_function does."""
        findings = [
            {"aspect": one.aspect, "found": one.found, "expected": one.expected, "advice": one.advice}
            for one in self.findings
        ]
        return {
            "function": self.function,
            "verdict": self.verdict,
            "findings": findings,
            "pixels": self.pixels,
            "differing": self.differing,
            "advice": self.message,
        }


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
