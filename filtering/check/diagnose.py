"""Run a function on the probes, and find out how it differs from cv2.filter2D, and why."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from filtering.borders import BORDERS, check_border
from filtering.check.advice import Difference, Examination
from filtering.check.calling import Trial
from filtering.check.findings import (
    Finding,
    arguments,
    dtypes,
    failure,
    loading,
    make,
    of_explanation,
)
from filtering.check.kinds import exact_kinds, sizes
from filtering.check.probes import Probe, colour_probe, probes
from filtering.check.runner import MARK, Progress, Run, run_here, run_in_child
from filtering.check.screen import Case
from filtering.check.search import Explanation, explain
from filtering.check.shapes import crops, straightened
from filtering.exact import check_kernel
from filtering.files import reason
from filtering.pixels import check_image
from kernels import KERNEL_BANK

FEWEST = 5  # results; from fewer no conclusions are drawn
SECONDS = 60.0  # for a whole check


def no_progress(done: int, total: int) -> None:
    """Show nothing."""


def check_function(
    function: str | Callable[..., Any],
    image: np.ndarray | None = None,
    border: str | None = None,
    seconds: float = SECONDS,
    progress: Progress = no_progress,
    kernels: dict[str, np.ndarray] | None = None,
) -> dict[str, Any]:
    """Find out how function(image, kernel) differs from cv2.filter2D, and why.

    function: `FILE.py:FUNCTION`, `FILE.py:CLASS.METHOD` or `FILE.py`, which is run in a child process, so
    that it does no harm and ends in time; or a function, which is called here, with no time limit.
    image: a gray image, uint8, that is tried as well. border: the border mode that the function must have;
    None: any of the five is right. seconds: for everything. progress: called as progress(done, total).
    kernels: further kernels to try it with, on `image` too.

    Returns {"function", "verdict", "findings", "pixels", "differing", "advice"}. The verdict is "matches",
    "explained" (a hypothesis reproduces every output exactly), "partly" (it reproduces the inside of every
    output, but not all edges), "unexplained" or "fails" (no output to judge by). A finding is {"aspect",
    "found", "expected", "advice"}. `pixels` were compared with filter2D's, of which `differing` differ, under
    the function's own border where that is a right one. `advice` is the diagnosis as text.
    ValueError where the function cannot be loaded, or cannot be called with an image and a kernel.
    """
    return examine(function, image, border, seconds, progress, kernels).data()


def examine(
    function: str | Callable[..., Any],
    image: np.ndarray | None = None,
    border: str | None = None,
    seconds: float = SECONDS,
    progress: Progress = no_progress,
    kernels: dict[str, np.ndarray] | None = None,
) -> Examination:
    """Do the work of check_function; the result has the diagnosis in words, and an example."""
    if border is not None:
        check_border(border)
    tried = [*probes(), *_own_probes(image, kernels or {})]
    inputs = [(probe.image, probe.kernel) for probe in tried]
    # Once more the first one, to see whether the result is the same; and a colour image.
    run = _run(function, [*inputs, inputs[0], colour_probe()], seconds, progress)
    again, colour = run.trials[-2:]
    judge = Judge(run, list(zip(tried, run.trials, strict=False)), border)
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


def _run(function: str | Callable[..., Any], inputs: list[Any], seconds: float, progress: Progress) -> Run:
    """Run the function on the inputs: one of a file in a child process, any other here."""
    if MARK in os.environ:
        raise ValueError("check_function is called while the file is loaded that it has to check: "
            'put the call under if __name__ == "__main__"')  # fmt: skip
    if not isinstance(function, str):
        return run_here(function, inputs, progress)
    file, name = split_target(function)
    try:
        Path(file).read_bytes()
    except OSError as error:
        raise ValueError(f"cannot read {file}: {reason(error)}") from None
    run = run_in_child(Path(file).resolve(), name, inputs, seconds, progress)
    run.name = f"{file}:{run.name.rpartition(':')[2]}"
    return run


def split_target(target: str) -> tuple[str, str]:
    """Split `FILE.py:FUNCTION` into file and function, which is "" where none is named."""
    file, colon, name = target.rpartition(":")
    if not colon or (target.endswith((".py", ".ipynb")) and not all(map(str.isidentifier, name.split(".")))):
        return target, ""
    if len(file) == 1 and Path(target).suffix in (".py", ".ipynb"):  # the drive of a path on Windows
        return target, ""
    if not file or not all(map(str.isidentifier, name.split("."))):
        raise ValueError(f"a function to check is FILE.py:FUNCTION; got {target!r}")
    return file, name


@dataclass(frozen=True, eq=False)
class Reading:
    """The outputs in the size of their images, and their explanation."""

    shape: str  # what is wrong with the shapes, or "same"
    cases: list[Case]
    odd: list[Case]  # outputs of other shapes
    special: Finding | None = None  # what explains them without any kernel
    explanation: Explanation | None = None


@dataclass(eq=False)
class Judge:
    """Makes sense of the results of a function."""

    run: Run
    tried: list[tuple[Probe, Trial | None]]
    border: str | None

    def examination(self, again: Trial | None, colour: Trial | None) -> Examination:
        """Explain the results, and put together what is found."""
        unstable = _differ(self.tried[0][1], again)
        reading = self._read(unstable)
        findings = self._findings(reading, unstable)
        explanation, own = reading.explanation, self.border or "replicate"
        if explanation is not None and explanation.guess.border in BORDERS and not self.border:
            own = explanation.guess.border if not explanation.guess.frame.startswith("left") else own
        # A half on the other side is no difference, unless it turns out to be the function's rule.
        noise = explanation is None or explanation.guess.noisy
        return Examination(
            self.run.name,
            _verdict(self.results, explanation, reading.special, findings),
            findings,
            own,
            [Difference.of(probe, output, own, noise) for probe, output in reading.cases],
            explanation,
            self.run.source,
            ties=explanation is not None and explanation.guess.noisy,
            untried=sum(trial is None for _, trial in self.tried),
            colour=_colour(colour),
            border_given=self.border is not None,
        )

    @property
    def results(self) -> list[Case]:
        """The probes with an output."""
        trials = [(probe, trial) for probe, trial in self.tried if trial is not None]
        return [(probe, trial.output) for probe, trial in trials if trial.output is not None]

    def _read(self, unstable: bool) -> Reading:
        """Straighten the outputs and explain them: as they are, and if that fails, transposed."""
        results = self.results
        shape, cases, odd = straightened(results)
        if len(results) < FEWEST or shape == "another":
            return Reading(shape, cases, odd)
        special = _special(cases)
        if special is not None:
            return Reading(shape, cases, odd, special)
        explanation = explain(cases, self.border, unstable)
        square = [probe.image.shape[0] == probe.image.shape[1] for probe, _ in cases]
        if explanation is None and (all(square) or odd):
            turned = straightened(results, transposed=True)
            explanation = explain(turned[1], self.border, unstable)
            if explanation is not None:
                shape, cases, odd = turned
        if explanation is not None and explanation.guess.fill == "missing" and not self.cropped:
            explanation = replace(explanation, guess=replace(explanation.guess, fill="nan"))
        return Reading(shape, cases, odd, None, explanation)

    @property
    def cropped(self) -> bool:
        """Whether outputs are smaller than their images, as a rule."""
        return crops(self.results)

    def _findings(self, reading: Reading, unstable: bool) -> list[Finding]:
        """Return everything that is found, in no order of weight."""
        failed = [
            (probe, str(trial.error)) for probe, trial in self.tried if trial and trial.error is not None
        ]
        failed += [
            (probe, f"a result of shape {output.shape} for an image of {probe.image.shape}")
            for probe, output in reading.odd
        ]
        if self.cropped:  # of an image smaller than the kernel nothing is left
            failed = [(probe, error) for probe, error in failed if probe.inside().any()]
        explanation = reading.explanation
        unwritten = explanation is not None and explanation.guess.fill == "any"
        return [
            *loading(self.run.notes),
            *arguments(self.run.style, self.run.call),
            *([reading.special] if reading.special else []),
            *(of_explanation(explanation, self.border, self.run.source) if explanation else []),
            *self._observed(reading.shape, self.results, explanation),
            *([make("result", "not-repeatable")] if unstable and not unwritten else []),
            *self._exceptions(explanation, failed, bool(self.results), self.cropped),
        ]

    def _observed(
        self, shape: str, results: list[tuple[Probe, np.ndarray]], explanation: Explanation | None
    ) -> list[Finding]:
        """Return what is plain to see: shape, dtype, type of the result, changed inputs."""
        found = (
            []
            if not results or shape == "same" or (shape == "three-channels" and "colour" in self.run.style)
            else [make("shape", shape, self.run.source)]
        )
        found += dtypes([output for _, output in results])
        returned = sorted(
            {trial.returned for _, trial in self.tried if trial is not None and trial.output is not None}
            - {"array"}
        )
        found += [make("returns", returned[0])] if returned else []
        told = {"image"} if explanation is not None and explanation.guess.overwrites else set()
        modified = {what for _, trial in self.tried if trial is not None for what in trial.modified}
        return found + [make("input-modified", what) for what in sorted(modified - told)]

    def _exceptions(
        self, explanation: Explanation | None, failed: list[tuple[Probe, str]], results: bool, cropped: bool
    ) -> list[Finding]:
        """Return what the function cannot do: wrong results, and exceptions."""
        source, error = self.run.source, failed[0][1] if failed else ""
        tried = [probe for probe, trial in self.tried if trial is not None]
        tried = [probe for probe in tried if probe.inside().any()] if cropped else tried
        wrong = explanation.exceptions if explanation is not None else None
        if cropped and wrong is not None and not any(probe.inside().any() for probe in wrong.probes):
            wrong = None
        if not failed:
            return [failure(" and ".join(wrong.kinds), "a wrong result", source)] if wrong is not None else []
        if not results and len(failed) == len(tried):
            return [failure("every image", error, source)]
        if explanation is None and len(failed) > len(tried) / 2:
            return [failure("most images", error, source)]
        bad = [probe for probe, _ in failed]
        kinds, found = exact_kinds(bad, tried), []
        if wrong is not None:
            together = exact_kinds([*bad, *wrong.probes], tried)
            if together:
                kinds = together
            else:
                found.append(failure(" and ".join(wrong.kinds), "a wrong result", source))
        name = " and ".join(kinds) if kinds else sizes(bad)
        if explanation is not None and explanation.guess.frame.startswith("beyond"):
            name = f"image smaller than {explanation.guess.frame.removeprefix('beyond ')}"
        return [*found, failure(name, error, source)]


def _differ(first: Trial | None, again: Trial | None) -> bool:
    if first is None or again is None or first.output is None or again.output is None:
        return False
    return first.output.shape != again.output.shape or not np.array_equal(
        first.output, again.output, equal_nan=first.output.dtype.kind in "fc"
    )


def _colour(trial: Trial | None) -> str:
    """Return "yes", "no" or "untried": whether colour images can be filtered."""
    if trial is None:
        return "untried"
    image, _ = colour_probe()
    if trial.output is None or trial.output.shape != image.shape:
        return "no"
    return "yes"


def _special(cases: list[Case]) -> Finding | None:
    """Return the finding on results that have nothing to do with a kernel."""
    if all((output == 0).all() for _, output in cases):
        return make("result", "black")
    if all(np.array_equal(output, probe.image) for probe, output in cases):
        return make("result", "unchanged")
    return None


def _verdict(
    results: list[Case], explanation: Explanation | None, special: Finding | None, findings: list[Finding]
) -> str:
    if not results or any(one.found.startswith("most images") for one in findings):
        return "fails"
    if special is not None:
        return "explained"
    if explanation is None:
        return "unexplained"
    if explanation.sides or (explanation.exceptions is not None and explanation.exceptions.weight == 2):
        return "partly"
    if any(one.found == "not-repeatable" for one in findings):
        return "partly"
    return "matches" if all(one.harmless for one in findings) else "explained"
