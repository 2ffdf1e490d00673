"""What is wrong with somebody's convolve: run it on probes in a child process, and find out what it does."""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from filtering.borders import BORDERS, check_border
from filtering.check.advice import Difference, Examination, Finding
from filtering.check.mistakes import EDGES, KINDS, NOISE, Explanation, Probe, explain
from filtering.check.runner import MARK, Inputs, Trial, call, check_signature, try_in_child
from filtering.pixels import check_image
from kernels import KERNEL_BANK

# fmt: off
_ASYMMETRIC_3 = np.array([  # turned, flipped or transposed it is another one; it answers from -222 to 765
    [ 3, -1,  2],
    [ 5,  6, -4],
    [ 1, -2,  4],
]) / 8
_ASYMMETRIC_5 = np.array([
    [ 1,  0,  2, -1,  3],
    [ 0,  4, -2,  1,  0],
    [ 2,  3,  5,  1, -3],
    [-1,  0,  2,  0,  1],
    [ 0,  1, -2,  1,  3],
]) / 16
_SMOOTH_3 = np.array([  # many sums are a half
    [1, 2, 0],
    [3, 4, 1],
    [0, 2, 3],
]) / 16
_RECTANGLE = np.array([
    [ 1, 0, 3, -2, 1],
    [ 2, 5, 4,  1, 0],
    [-1, 0, 1,  3, 2],
]) / 16
# fmt: on
_LARGE = np.random.default_rng(13).integers(-3, 7, (13, 13)) / 256  # filter2D takes a Fourier transform here

# Pictures (height, width) and kernels. The divisors are powers of two: then floats hold every sum exactly,
# and what a function does to a half is to be seen. The bank has the others.
_PROBES = [
    ((13, 13), _ASYMMETRIC_5),
    ((12, 17), _ASYMMETRIC_3),
    ((17, 12), _ASYMMETRIC_5),
    ((16, 16), _ASYMMETRIC_3),
    ((14, 14), _SMOOTH_3),
    ((14, 11), _RECTANGLE),
    ((12, 12), _RECTANGLE.T),
    ((10, 13), np.array([[2, 3, 1]]) / 8),
    ((15, 15), np.array([[1], [5], [2]]) / 8),
    ((9, 12), np.array([[0.5]])),
    ((1, 1), _ASYMMETRIC_3),
    ((1, 9), _ASYMMETRIC_3),
    ((9, 1), _ASYMMETRIC_5),
    ((2, 3), _ASYMMETRIC_5),
    ((5, 2), _SMOOTH_3),
    ((16, 19), KERNEL_BANK["small_blur"]),
    ((24, 26), KERNEL_BANK["large_blur"]),
    ((14, 15), KERNEL_BANK["sharpen"]),
    ((15, 14), KERNEL_BANK["laplacian"]),
    ((14, 14), KERNEL_BANK["sobel_x"]),
    ((13, 16), KERNEL_BANK["sobel_y"]),
    ((20, 18), _LARGE),
]

FEWEST = 5  # results; from fewer no conclusions are drawn
SECONDS = 60.0  # for a whole check


@cache
def probes() -> list[Probe]:
    """The probes that every function is tried with: pictures of seeded noise."""
    random = np.random.default_rng(2)
    return [Probe(random.integers(0, 256, shape, dtype=np.uint8), kernel) for shape, kernel in _PROBES]


def check_function(
    function: str | Callable[..., Any],
    image: np.ndarray | None = None,
    border: str = "replicate",
    seconds: float = SECONDS,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """Find out how function(image, kernel) differs from cv2.filter2D, and why.

    function: `FILE.py:FUNCTION`, which is run in a child process, so that it does no harm and ends in time;
    or a function, which is called here, with no time limit.
    image: a gray image, uint8, that is tried as well. border: the one that the function should have.
    seconds: for everything. progress: called as progress(done, total), in probes.

    Returns {"function", "verdict", "findings", "pixels", "differing"}. The verdict is "matches", "explained"
    (a hypothesis reproduces every output exactly), "unexplained" or "fails" (no output to judge by). A
    finding is {"aspect", "found", "expected"}. `pixels` were compared with filter2D's, of which `differing`
    differ; under the function's own border, where that is a right one but not the one expected.
    ValueError where the function cannot be loaded, or cannot be called with an image and a kernel.
    """
    return examine(function, image, border, seconds, progress).data()


def examine(
    function: str | Callable[..., Any],
    image: np.ndarray | None,
    border: str,
    seconds: float,
    progress: Callable[[int, int], None],
) -> Examination:
    """Like check_function, which see; the result also says it in words, and has an example."""
    check_border(border)
    tried = probes()
    if image is not None:
        if check_image(image).ndim != 2:
            raise ValueError(f"an image to check with is gray, (H, W); got shape {image.shape}")
        tried = [*tried, Probe(image, KERNEL_BANK["small_blur"])]
    name, trials = _try(function, [(probe.image, probe.kernel) for probe in tried], seconds, progress)
    return _judge(name, list(zip(tried, trials, strict=True)), border)


def _try(
    function: str | Callable[..., Any],
    inputs: list[Inputs],
    seconds: float,
    progress: Callable[[int, int], None],
) -> tuple[str, list[Trial | None]]:
    """What the function is called, and what it does with the inputs."""
    if MARK in os.environ:
        raise ValueError("check_function is called while the file is loaded that it has to check: "
            'put the call under if __name__ == "__main__"')  # fmt: skip
    if isinstance(function, str):
        file, _, name = function.rpartition(":")
        if not (file and name.isidentifier()):
            raise ValueError(f"a function to check is FILE.py:FUNCTION; got {function!r}")
        try:
            Path(file).read_bytes()
        except OSError as error:
            raise ValueError(f"cannot read {file}: {error.strerror}") from None
        return function, try_in_child(Path(file).resolve(), name, inputs, seconds, progress)
    name = getattr(function, "__name__", type(function).__name__)
    check_signature(function, name)
    trials: list[Trial | None] = []
    for each in inputs:
        trials.append(call(function, *each))
        progress(len(trials), len(inputs))
    return name, trials


def _judge(name: str, tried: list[tuple[Probe, Trial | None]], border: str) -> Examination:
    """Make sense of what a function did."""
    failed = [(probe, trial.error) for probe, trial in tried if trial is not None and trial.error is not None]
    results = [
        (probe, trial.output) for probe, trial in tried if trial is not None and trial.output is not None
    ]
    for shape, outputs in _straighten(results):
        explanation = None
        if len(results) >= FEWEST:
            explanation = explain(outputs, [probe for probe, _ in failed], border, shape == "cropped")
        if explanation is not None:
            break
    findings = [
        *(_mistakes(explanation, border) if explanation else []),
        *_observed(shape, results),
        *_modified(tried, explanation),
        *_failures(failed, [probe for probe, trial in tried if trial is not None], shape, explanation),
    ]
    own = border
    if explanation is not None and explanation.guess.border in BORDERS:
        own = explanation.guess.border
    # A half on the other side is no difference, unless it turns out to be the function's rule.
    noise = explanation is None or explanation.noisy
    return Examination(
        name,
        _verdict(bool(results), explanation, findings),
        findings,
        own,
        [Difference.of(probe, output, own, noise) for probe, output in outputs],
        ties=explanation is not None and explanation.noisy,
        untried=len(tried) - len(results) - len(failed),
    )


def _verdict(results: bool, explanation: Explanation | None, findings: list[Finding]) -> str:
    if not results:
        return "fails"
    if explanation is None:
        return "unexplained"
    right = all(each.aspect == "border" and each.found in BORDERS for each in findings)
    return "matches" if right else "explained"


_SHAPES = ("same", "cropped", "larger", "transposed")


def _straighten(
    results: list[tuple[Probe, np.ndarray]],
) -> list[tuple[str, list[tuple[Probe, np.ndarray | None]]]]:
    """What may be wrong with the shapes, and the outputs as if it were not; None for those of other shapes.

    "same" comes first: what can be explained without a wrong shape, such as a failure on pictures that are
    not square, is explained so.
    """
    depths = {output.shape[2:] for _, output in results}
    extra = "same"
    if depths == {(1,)}:
        extra = "extra-axis"
    elif depths == {(3,)} and all((output == output[..., :1]).all() for _, output in results):
        extra = "three-channels"
    flat = [(probe, output[..., 0] if extra != "same" else output) for probe, output in results]
    made = {shape: [(probe, _cut(probe, output, shape)) for probe, output in flat] for shape in _SHAPES}
    fitting = {shape: sum(output is not None for _, output in made[shape]) for shape in _SHAPES}
    best = max(_SHAPES, key=lambda shape: fitting[shape])
    if best == "same":
        return [(extra, made["same"])]
    if fitting[best] < len(results) / 2:
        return [("another", made["same"])]
    return [("same", made["same"]), (best, made[best])]


def _cut(probe: Probe, output: np.ndarray, shape: str) -> np.ndarray | None:
    """An output of such a shape, brought to (H, W) or cropped; None where it has another one."""
    (height, width), (rows, columns) = probe.image.shape, probe.reach
    shapes = {
        "same": (height, width),
        "cropped": probe.inside_shape,
        "larger": (height + 2 * rows, width + 2 * columns),
        "transposed": (width, height),
    }
    if output.shape != shapes[shape]:
        return None
    if output.dtype.kind == "c" and np.abs(output.imag).max() < NOISE:
        output = output.real  # what a Fourier transform leaves
    if shape == "larger":
        return output[rows : rows + height, columns : columns + width]
    return output.T if shape == "transposed" else output


# What the finer kinds of range come to.
SPANS = {
    "absolute, then wrap": ["absolute-value", "wrap-modulo-256"],
    "wrap below 0": ["wrap-modulo-256"],
    "wrap above 255": ["wrap-modulo-256"],
    "stretch by the largest": ["stretch-to-0..255"],
    "absolute, then stretch": ["absolute-value", "stretch-to-0..255"],
    "stretch to -1..1, then wrap": ["stretch-to-0..255"],
    "stretch to 0..1": ["stretch-to-0..255", "scaled-to-0..1"],
    "scaled, not saturated": ["scaled-to-0..1"],
}


def _mistakes(explanation: Explanation, border: str) -> list[Finding]:
    """What the hypothesis that explains everything says, without what is right."""
    guess = explanation.guess
    edge = guess.border in EDGES
    spans = SPANS.get(guess.range, [guess.range])
    findings = [
        Finding("orientation", guess.orientation, "as-is"),
        Finding("shift", ",".join(guess.shift), "0,0"),
        Finding("divisor", guess.divisor, "not-normalised"),
        Finding("rounding", guess.rounding, "half-even"),
        *(Finding("range", span, "saturate", guess.range) for span in spans),
        Finding("border", "left-unfiltered" if edge else guess.border, border, guess.border),
        Finding("returns-early", guess.early, "no"),
        Finding("input-modified", "overwritten-while-read" if guess.overwrites else "unchanged", "unchanged"),
    ]
    return [each for each in findings if each.found != each.expected]


def _observed(shape: str, results: list[tuple[Probe, np.ndarray]]) -> list[Finding]:
    """What is plain to see: a shape and a dtype that are not the picture's."""
    findings = []
    if shape not in ("same", "cropped"):  # cropped is what it does at the border
        findings.append(Finding("shape", shape, "same"))
    dtypes = sorted({str(output.dtype) for _, output in results} - {"uint8"})
    if dtypes:
        findings.append(Finding("dtype", dtypes[0], "uint8"))
    return findings


def _modified(tried: list[tuple[Probe, Trial | None]], explanation: Explanation | None) -> list[Finding]:
    """Which of its inputs, image and kernel, the function has changed; unless that is said already."""
    told = {"image"} if explanation is not None and explanation.guess.overwrites else set()
    modified = {what for _, trial in tried if trial is not None for what in trial.modified}
    return [Finding("input-modified", what, "unchanged") for what in sorted(modified - told)]


def _failures(
    failed: list[tuple[Probe, str]], tried: list[Probe], shape: str, explanation: Explanation | None
) -> list[Finding]:
    """What the function cannot do, by the simplest kind of probes that says so."""
    if shape == "cropped":  # of a picture smaller than the kernel nothing is left
        failed = [(probe, error) for probe, error in failed if probe.inside().any()]
    kind = explanation.except_for if explanation else None
    if kind and not any(KINDS[kind](probe) for probe, _ in failed):
        wrong = Finding("fails-on", f"{kind}: a wrong result", "none")
        return [wrong, *_failures(failed, tried, shape, None)]
    if not failed:
        return []
    bad = {id(probe) for probe, _ in failed}
    exact = [name for name in KINDS if {id(probe) for probe in tried if KINDS[name](probe)} == bad]
    loose = [name for name in KINDS if all(KINDS[name](probe) for probe, _ in failed)]
    if len(failed) == len(tried):
        kind = "every picture"
    elif not kind or kind not in loose:
        loose.sort(key=lambda name: sum(KINDS[name](probe) for probe in tried))  # the closest
        kind = (exact + [f"some {name}" for name in loose] + ["some picture"])[0]
    return [Finding("fails-on", f"{kind}: {failed[0][1]}", "none")]
