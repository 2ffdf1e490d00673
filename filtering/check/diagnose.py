"""Run a function on the probes, and find out how it differs from cv2.filter2D, and why."""

import os
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from filtering.borders import BORDERS, check_border
from filtering.check.calling import Failure, Trial
from filtering.check.edges import NOISE, STRIDES, crops, straightened, strided
from filtering.check.findings import (
    Difference,
    Examination,
    Finding,
    arguments,
    cannot_do,
    dtypes,
    failing,
    loading,
    make,
    of_explanation,
    one_cause,
)
from filtering.check.kinds import Group, exact_kinds
from filtering.check.mistakes import agreement, cost, uncomputed
from filtering.check.probes import FEWEST, Case, Probe, colour_probe, probes, samples
from filtering.check.processes import MARK
from filtering.check.program import Program, run_program
from filtering.check.runner import Progress, Run, refuse_special, run_here, run_in_child
from filtering.check.search import Explanation, as_it_should_be, explain
from filtering.check.source import Source, code
from filtering.exact import Weights, check_kernel
from filtering.files import reason
from filtering.model import UNMOVED, Model
from filtering.pixels import check_image
from kernels import KERNEL_BANK

FAR = 11  # pixels on each side of a bright one
ENOUGH = 1.5  # pixels for each weight, at least, to take weights for those of a function
REPEATED = 8  # probes that are tried again where there is no explanation
SECONDS = 60.0  # for a whole check
WRONG = Failure("wrong", "a wrong result")
UNTRIED = Failure("timeout", "was not tried, as no time was left")
COLOURED = ("colour-only", "pil-image", "file-name")  # habits: three channels are no surprise


def no_progress(done: int, total: int) -> None:
    """Show nothing."""


def examine(
    function: str | Callable[..., Any] | Program,
    image: np.ndarray | None = None,
    border: str | None = None,
    seconds: float = SECONDS,
    progress: Progress = no_progress,
    kernels: dict[str, np.ndarray] | None = None,
    code: bytes | None = None,
) -> Examination:
    """Run a function or a program on the probes, and explain its outputs.

    code: what is read in place of the function's file. The other arguments are those of check_function.
    """
    if border is not None:
        check_border(border)
    tried = [*probes(), *_own_probes(image, kernels or {})]
    if isinstance(function, Program) and not function.has_kernel:
        tried = _with_kernel(tried, image, kernels or {})
    inputs = [(probe.image, probe.kernel) for probe in tried]
    end = time.monotonic() + seconds
    # Once more the first one, to see whether the result is the same; and a colour image.
    colours = [] if isinstance(function, Program) else [colour_probe()]
    run = _run(function, [*inputs, inputs[0], *colours], seconds, progress, code=code)
    again, colour, *_ = [*run.trials[len(tried) :], None]

    def repeat(some: Sequence[Probe]) -> list[Trial | None]:
        """Run it on some probes again, in the time that is left."""
        left = end - time.monotonic()
        given = [(probe.image, probe.kernel) for probe in some]
        # With the patience of before: that little time is left makes no function hang.
        return (
            _run(function, given, left, no_progress, seconds / 3, code).trials
            if left > 0
            else [None] * len(some)
        )

    judge = Judge(run, list(zip(tried, run.trials, strict=False)), border, repeat)
    return judge.examination(again, colour)


def _own_probes(image: np.ndarray | None, kernels: dict[str, np.ndarray]) -> list[Probe]:
    """Return the probes of the user's own image and kernels."""
    own = {name: check_kernel(kernel) for name, kernel in kernels.items()}
    found = [Probe(probes()[number].image, kernel, "yours") for kernel in own.values() for number in (0, 1)]
    if image is not None:
        if check_image(image).ndim != 2:
            raise ValueError(f"an image to check with is gray, (H, W); got shape {image.shape}")
        own = own or {"small_blur": KERNEL_BANK["small_blur"]}
        found += [Probe(image, kernel, "yours") for kernel in own.values()]
    return found


def _with_kernel(
    tried: Sequence[Probe], image: np.ndarray | None, kernels: dict[str, np.ndarray]
) -> list[Probe]:
    """Return the probes with the kernel that a program has built in, and the user's own image."""
    if len(kernels) != 1:
        raise ValueError(
            "a program without {kernel} or {weights} has its kernel built in: name this one with -k; got "
            + (", ".join(kernels) or "none")
        )
    (kernel,) = map(check_kernel, kernels.values())
    images = [probe.image for probe in tried if not probe.purpose]
    images += [image] if image is not None else []
    return [Probe(one, kernel, "yours") for one in images]


def _run(
    function: str | Callable[..., Any] | Program,
    inputs: list[Any],
    seconds: float,
    progress: Progress,
    patience: float | None = None,
    code: bytes | None = None,
) -> Run:
    """Run the function on the inputs: one of a file in a child process, any other here."""
    if MARK in os.environ:
        raise ValueError("check_function is called while the file is loaded that it has to check: "
            'put the call under if __name__ == "__main__"')  # fmt: skip
    if isinstance(function, Program):
        return run_program(function, inputs, seconds, progress)
    calls = [(probe.image, probe.kernel) for probe in samples()]
    if not isinstance(function, str):
        return run_here(function, inputs, progress, calls)
    file, name = split_target(function)
    refuse_special(file)
    try:
        Path(file).read_bytes()
    except OSError as error:
        raise ValueError(f"cannot read {file}: {reason(error)}") from None
    run = run_in_child(Path(file).resolve(), name, inputs, seconds, progress, calls, patience, code)
    run.file = file  # as it was given
    return run


def split_target(target: str) -> tuple[str, str]:
    """Split `FILE.py:FUNCTION` into file and function, which is "" where none is named."""
    file, colon, name = target.rpartition(":")
    if not colon or (target.endswith((".py", ".ipynb")) and not all(map(str.isidentifier, name.split(".")))):
        return target, ""
    if len(file) == 1 and Path(target).suffix in (".py", ".ipynb"):  # the drive of a path on Windows
        return target, ""
    if not file or not all(map(str.isidentifier, name.split("."))):
        raise ValueError(f"--check needs FILE.py:FUNCTION, got {target!r}")
    return file, name


@dataclass(frozen=True, eq=False)
class Reading:
    """The outputs in the size of their images, and their explanation."""

    shape: str  # what is wrong with the shapes, or "same"
    cases: list[Case]
    failed: dict[Probe, Failure]  # what there is no such output for, and why
    explanation: Explanation | None = None
    special: Finding | None = None  # what explains the outputs where no hypothesis does
    hint: Finding | None = None  # what is known of outputs without an explanation

    @property
    def rank(self) -> tuple[bool, int, int, float]:
        """A measure of how much the explanation leaves open, and takes for granted."""
        told = self.explanation
        if told is None:
            return (True, 0, 0, 0)
        weight = told.exceptions.weight if told.exceptions else 0
        return (False, len(told.sides), weight, cost(told.guess, None))


@dataclass(eq=False)
class Judge:
    """Explains the outputs of a function or a program."""

    run: Run
    tried: Sequence[tuple[Probe, Trial | None]]  # None: no time was left for it
    border: str | None  # the one that it must have
    repeat: Callable[[Sequence[Probe]], list[Trial | None]]  # calls the function with some probes again

    def __post_init__(self) -> None:
        """Take the source and the results apart."""
        self.source = Source(self.run.source, self.run.line)
        self.trials = {probe: trial for probe, trial in self.tried if trial is not None}
        self.results = [
            (probe, trial.output) for probe, trial in self.trials.items() if trial.output is not None
        ]
        self.few = len(self.trials) < FEWEST  # too few to draw conclusions from
        self.cropped = crops(self.results)  # outputs are smaller than their images, as a rule

    def examination(self, again: Trial | None, colour: Trial | None) -> Examination:
        """Explain the results, and put together what is found.

        again: the result of the first probe, once more. colour: that of a colour image.
        """
        unstable = differ(self.tried[0][1], again)
        reading = self._read(unstable)
        if not unstable:
            reading = self._without_weights(reading)
        elif reading.explanation is not None and self._excuses(reading.explanation, again):
            reading = replace(reading, explanation=None)
        groups = self._groups(reading)
        blamed = [probe for group in groups if not group.exact for probe in group.probes]
        if reading.explanation is None and reading.special is None and not unstable:
            blamed = [probe for probe, _ in reading.cases][:REPEATED]
        if self._changes(blamed):
            unstable, groups = True, [group for group in groups if group.exact]
        findings = self._findings(reading, groups, unstable)
        explanation, own = reading.explanation, self.border or "replicate"
        guess = explanation.guess if explanation is not None else None
        if guess is not None and guess.border in BORDERS and not self.border and not guess.borderless:
            own = guess.border
        # A half on the other side is no difference, unless it turns out to be the function's rule.
        noise = guess is None or guess.noisy
        return Examination(
            self.run.file,
            self.run.name,
            self._verdict(reading, findings, groups),
            findings,
            own,
            [Difference.of(probe, output, own, noise) for probe, output in reading.cases],
            explanation,
            untried=len(self.tried) - len(self.trials),
            colour=_colour(colour),
            border_given=self.border is not None,
            stopped=self.run.stopped,
            probes=len(self.tried),
            subject="function" if self.source.python else "program",
            source=self.source,
            call=self.run.call,
        )

    # Explanations.

    def _read(self, unstable: bool) -> Reading:
        """Straighten the outputs and explain them: as they are, else at the top left, or transposed."""
        reading = self._explain(unstable)
        if reading.shape == "another" and (found := strided(self.results)) is not None:
            step, guess, cases = found
            stride = make("stride", str(step), self.source, STRIDES[step])
            return Reading("same", cases, self._failed([]), Explanation(guess), stride)
        if self.few or reading.shape == "another" or reading.special is not None:
            return reading
        told = reading.explanation
        if self.cropped and (told is None or told.guess.shift != UNMOVED or told.exceptions or told.sides):
            reading = min(reading, self._explain(unstable, corner=True), key=lambda one: one.rank)
        square = all(probe.image.shape[0] == probe.image.shape[1] for probe, _ in reading.cases)
        if reading.explanation is None and (square or len(reading.cases) < len(self.results)):
            turned = self._explain(unstable, transposed=True)
            reading = turned if turned.explanation is not None else reading
        return self._times_255(reading) if reading.explanation is None else self._as_it_rounds(reading)

    def _explain(self, unstable: bool, transposed: bool = False, corner: bool = False) -> Reading:
        """Straighten the outputs in one of the possible ways, and explain them."""
        shape, cases, odd = straightened(self.results, transposed, corner)
        failed = self._failed(odd)
        if self.few or shape == "another":
            return Reading(shape, cases, failed)
        special = special_result(cases) if len(failed) < len(cases) else None
        if special is not None or all(output.dtype == bool for _, output in self.results):
            return Reading(shape, cases, failed, None, special)
        # Where outputs are cropped, nothing is left of an image smaller than the kernel.
        judged = [case for case in cases if case[0].inside().any() or not self.cropped]
        told = explain(judged, self.border, unstable, [*failed])
        if told is not None and told.guess.fill == "missing" and not self.cropped:
            told = replace(told, guess=replace(told.guess, fill="nan"))
        return Reading(shape, cases, failed, told)

    def _as_it_rounds(self, reading: Reading) -> Reading:
        """Take no noise of floats for a rule of halves, where the source rounds to the even neighbour."""
        told = reading.explanation
        if told is None or told.exceptions is not None or not told.guess.noisy:
            return reading
        even, codes = replace(told.guess, rounding="half-even"), {code(node) for node, _ in self.source.nodes}
        if "0.5" in codes or not any(re.fullmatch(r"(\w+\.)?(rint|round|around)", one) for one in codes):
            return reading
        fits = all(agreement(*case, even).all() for case in reading.cases)
        return replace(reading, explanation=replace(told, guess=even)) if fits else reading

    def _times_255(self, reading: Reading) -> Reading:
        """Explain the outputs by sums that are multiplied by 255, if the source does so, and it is all."""
        factors = [{one.parts["left"], one.parts["by"]} for one in self.source.find("operation", "*")]
        if reading.failed or not any({"255", "255.0"} & both for both in factors):
            return reading
        scaled = [
            (replace(probe, kernel=probe.kernel * 255, memory={}), output) for probe, output in reading.cases
        ]
        told = explain(scaled, self.border)
        if told is None or told.exceptions is not None or told.sides or told.guess.factor != 1:
            return reading
        return replace(reading, explanation=replace(told, guess=replace(told.guess, factor=Fraction(255))))

    def _without_weights(self, reading: Reading) -> Reading:
        """Return the reading with the finding that the kernel is ignored, whatever it is, where it is so."""
        told = reading.explanation
        likely = told is None or (told.guess.kernel == "ignored" and told.exceptions is not None)
        if reading.special is not None or not reading.cases or not likely:
            return reading
        says, linear = unused_weights(self.repeat)
        if not says:
            return reading
        found = make("kernel", "ignored", self.source, says, "the-same-for-all")
        special, hint = (found, None) if linear else (None, found)
        return replace(reading, explanation=None, special=special, hint=hint)

    # Exceptions.

    def _failed(self, odd: list[Case]) -> dict[Probe, Failure]:
        """Return the probes without an output in a shape that can be compared, and what there is instead."""
        shapes = {probe: output.shape for probe, output in odd}
        failed = {}
        for probe, trial in self.trials.items():
            failure = trial.failure
            if failure is None and probe in shapes:
                text = f"a result of shape {shapes[probe]} for an image of {probe.image.shape}"
                failure = Failure("shape", text)
            if failure is not None and (probe.inside().any() or not self.cropped):
                failed[probe] = failure
        return failed

    def _groups(self, reading: Reading) -> list[Group]:
        """Return the probes that fail, by what they have in common."""
        told, failed = reading.explanation, [*reading.failed]
        if told is not None and told.exceptions is not None:
            return told.exceptions.groups
        return [Group.of(exact_kinds(failed, [*self.trials], raised=True), failed)] if failed else []

    def _fails(self, reading: Reading) -> bool:
        """Return whether there is no output for most images, and nothing explains the others."""
        return reading.explanation is None and len(reading.failed) > len(self.trials) / 2

    def _excuses(self, explanation: Explanation, again: Trial | None) -> bool:
        """Return whether an explanation makes something else of pixels that are not the same each time.

        Pixels that are never written may change; those that it says are computed may not.
        """
        probe, first = self.tried[0]
        changing = differ(first, again, ~uncomputed(probe, explanation.guess))
        return changing and (explanation.guess.fill == "any" or explanation.exceptions is not None)

    def _changes(self, blamed: list[Probe]) -> bool:
        """Return whether one of these probes has another result if it is tried again."""
        again = self.repeat(blamed) if blamed else []
        return any(differ(self.trials[probe], trial) for probe, trial in zip(blamed, again, strict=True))

    # Findings.

    def _findings(self, reading: Reading, groups: list[Group], unstable: bool) -> list[Finding]:
        """Return all findings, unsorted."""
        explanation, source = reading.explanation, self.source
        exceptions = self._exceptions(reading, groups)
        if self._fails(reading) and next(iter(reading.failed.values())).kind == "absent":
            return exceptions  # that is all there is to say
        guess = explanation.guess if explanation is not None else None
        shown = self._observed(reading, overwrites=guess is not None and guess.overwrites)
        changes = unstable and not (guess is not None and guess.fill == "any")
        found = [
            *loading(self.run.notes, self.run.remarks),
            *arguments(self.run.habits, self.run.call, self.run.name, source),
            *(one for one in (reading.special, reading.hint) if one is not None),
            *(of_explanation(explanation, self.border, source) if explanation is not None else []),
            *(make(aspect, name, source) for aspect, name in shown),
            *dtypes([output for _, output in self.results], source),
            *([make("result", "not-repeatable", source)] if changes else []),
            *exceptions,
        ]
        return one_cause(found, source)

    def _observed(self, reading: Reading, *, overwrites: bool) -> list[tuple[str, str]]:
        """Return findings on shape, return type and changed inputs, as (aspect, found).

        overwrites: the image is changed, and that is explained.
        """
        returned = {trial.returned for trial in self.trials.values() if trial.output is not None} - {"array"}
        modified = {what for trial in self.trials.values() for what in trial.modified}
        colours = any(habit.name in COLOURED for habit in self.run.habits)
        shape = "same" if reading.shape == "three-channels" and colours else reading.shape
        return [
            *[("shape", shape)] * bool(self.results and shape != "same"),
            *[("returns", name) for name in sorted(returned)[:1]],
            *[("input-modified", what) for what in sorted(modified - {"image" * overwrites})],
        ]

    def _exceptions(self, reading: Reading, groups: list[Group]) -> list[Finding]:
        """Return what the function cannot do: wrong results, and exceptions."""
        if not self.trials:
            return [failing("every image", UNTRIED, self.source)]
        if self._fails(reading):
            images = "most images" if self.results else "every image"
            return [failing(images, next(iter(reading.failed.values())), self.source)]
        return [cannot_do(group, failure_of(group, reading.failed), self.source) for group in groups]

    def _verdict(self, reading: Reading, findings: list[Finding], groups: list[Group]) -> str:
        """Return the verdict that `check_function` gives."""
        told = reading.explanation
        if not self.results or self._fails(reading):
            return "fails"
        if reading.special is not None:
            return "explained"
        if told is None:
            return "unexplained"
        changes = any(one.found == "not-repeatable" for one in findings)
        if told.sides or changes or not all(group.exact for group in groups):
            return "partly"
        return "matches" if all(one.harmless for one in findings) else "explained"


def failure_of(group: Group, failures: dict[Probe, Failure]) -> Failure:
    """Return what happens to the probes of a group: an exception, a wrong result, or either."""
    found = [failures[probe] for probe in group.probes if probe in failures]
    others = [one for one in found if one.what != "OverflowError"]
    if not group.exact and len(found) == len(group.probes):  # they have nothing in common: nor have these
        texts = {one.what: one.text for one in reversed(found)}
        return replace(found[0], text=", or ".join(texts[what] for what in sorted(texts)))
    if len(found) == len(group.probes):
        return (others or found)[0]
    return replace(others[0], text=f"{others[0].text}, or {WRONG.text}") if others else WRONG


def differ(first: Trial | None, again: Trial | None, computed: np.ndarray | None = None) -> bool:
    """Return whether two calls gave different outputs. computed: a mask of the pixels that count."""
    if first is None or again is None:
        return False
    if first.output is None or again.output is None:
        return (first.output is None) != (again.output is None)
    one, other = first.output, again.output
    if one.shape != other.shape:
        return True
    if computed is not None and one.shape == computed.shape:
        one, other = one[computed], other[computed]
    return not np.allclose(one, other, NOISE, NOISE, equal_nan=True)


def special_result(cases: list[Case]) -> Finding | None:
    """Return the finding on results that have nothing to do with a kernel."""
    black = all((output == 0).all() for _, output in cases)
    unchanged = all(np.array_equal(output, probe.image) for probe, output in cases)
    if not (black or unchanged) or as_it_should_be(cases, None) is not None:
        return None
    return make("result", "black" if black else "unchanged")


def _colour(trial: Trial | None) -> str:
    """Return "yes", "no" or "untried": whether colour images can be filtered."""
    if trial is None:
        return "untried"
    image, _ = colour_probe()
    return "yes" if trial.output is not None and trial.output.shape == image.shape else "no"


def unused_weights(repeat: Callable[[Sequence[Probe]], list[Trial | None]]) -> tuple[str, bool]:
    """Return what a function does that gives the same for every kernel, in words, and whether it is linear.

    repeat: calls it. No words: the weights matter, or there is no telling.
    """
    noise = probes()[0]
    kernels = noise.kernel, noise.kernel[::-1, ::-1] / 2
    spot = np.zeros((2 * FAR + 1, 2 * FAR + 1), np.uint8)
    spot[FAR, FAR] = 255
    trials = repeat([Probe(image, kernel) for image in (noise.image, spot) for kernel in kernels])
    outputs = [trial.output for trial in trials if trial is not None and trial.output is not None]
    if [one.shape for one in outputs] != 2 * [noise.image.shape] + 2 * [spot.shape]:
        return "", False
    (rows, columns), inside = noise.reach, outputs[0]
    if any(one.dtype.kind in "bc" for one in outputs) or np.ptp(inside[rows:-rows, columns:-columns]) == 0:
        return "", False
    if not all(map(np.array_equal, outputs[::2], outputs[1::2])):
        return "", False
    made, response = (one.astype(np.float64) for one in outputs[::2])
    # The response to one bright pixel is the kernel, turned, times 255.
    used = response[::-1, ::-1]
    reach = max(np.abs(np.argwhere(used) - FAR).max(initial=0), 1)
    used = used[FAR - reach : FAR + reach + 1, FAR - reach : FAR + reach + 1]
    model = Model(Weights(np.rint(used).astype(int), 255), "zero")
    apart = np.abs(np.clip(model.made(model.sums(noise.image)).exact, 0, 255) - np.clip(made, 0, 255))
    apart = apart[reach:-reach, reach:-reach]
    if apart.size == 0:  # too large to tell
        return "", False
    if not used.any() or apart.max() > 1 + used.size / 2:  # each weight may be half of one off
        fitted = _fitted(noise.image, made)  # negative ones are cut off in the response
        if fitted is None:
            return "what it does instead is not known here", False
        used = np.rint(255 * fitted) + 0.0  # no -0
    return f"for every kernel it applies {_name_of(used)}", True


def _fitted(image: np.ndarray, made: np.ndarray) -> np.ndarray | None:
    """Return the small kernel that makes these pixels of an image; None if none does."""
    for side in (3, 5):
        windows = np.lib.stride_tricks.sliding_window_view(image.astype(np.float64), (side, side))
        flat, inner = windows.reshape(-1, side * side), slice(side // 2, -(side // 2))
        pixels = made[inner, inner].ravel()
        known = (pixels > 0) & (pixels < 255)
        weights, *_ = np.linalg.lstsq(flat[known], pixels[known], rcond=None)
        apart = np.abs(np.clip(flat @ weights, 0, 255) - np.clip(pixels, 0, 255))
        if np.count_nonzero(known) > ENOUGH * side * side and apart.max() <= 1:
            return np.asarray(weights.reshape(side, side))
    return None


def _name_of(used: np.ndarray) -> str:
    """Name a kernel, times 255 and rounded: a mean, a Gaussian, or its weights."""
    side = len(used)
    bell = cv2.getGaussianKernel(side, 0)
    for kernel, name in [(np.full(used.shape, 1 / used.size), "mean"), (bell @ bell.T, "Gaussian")]:
        if np.abs(255 * kernel - used).max() <= 1:
            return f"a {name} of {side} x {side}"
    weights = "; ".join(" ".join(f"{weight / 255:.2g}" for weight in row) for row in used)
    return f"{'about ' if (used % 255).any() else ''}`{weights}`"
