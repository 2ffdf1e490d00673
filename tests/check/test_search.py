"""No false story: whatever is told reproduces every pixel, on fresh images and kernels too.

CHECK_TRIES=300 in the environment runs more of them.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from gallery import CASES, FLOATS, pixels, total, truncated

from filtering.check.diagnose import examine
from filtering.check.findings import Examination
from filtering.check.kinds import KINDS
from filtering.check.mistakes import agreement
from filtering.check.probes import Probe
from filtering.check.search import telling_places

Array = np.ndarray
Random = np.random.Generator
TRIES = int(os.environ.get("CHECK_TRIES", "10"))


def test_from_four_places_on_an_output_tells_something() -> None:
    for values, places in [([1, 1, 2, 3, 4, 255], 0), ([1, 1, 2, 3, 4, 5], 4)]:
        output = np.array([values], np.uint8)
        assert len(telling_places(output, np.ones(output.shape, bool))) == places, values


def fresh_probes(seed: int) -> list[Probe]:
    random = np.random.default_rng([seed, 1])
    found = []
    for height, width, kh, kw in [(15, 15, 3, 3), (19, 14, 5, 5), (13, 21, 3, 3), (20, 20, 5, 3)]:
        kernel = random.integers(-3, 6, (kh, kw)) / random.choice([8, 16])
        kernel[0, 0] += 1.0 - kernel.sum() if abs(kernel.sum()) < 0.2 else 0.0
        found.append(Probe(random.integers(0, 256, (height, width), dtype=np.uint8), kernel))
    return found


def holds(examination: Examination, function: Callable[..., Any], seed: int) -> bool:
    """Return whether the story that is told is true of fresh images and kernels as well."""
    told = examination.explanation
    assert told is not None
    noisy, exceptions = replace(told.guess, noisy=True), told.exceptions
    for probe in fresh_probes(seed):
        if exceptions and any(kind not in KINDS or KINDS[kind](probe) for kind in exceptions.kinds):
            continue
        right = agreement(probe, np.asarray(function(probe.image.copy(), probe.kernel)), noisy)
        if not right[probe.inside(told.guess.shift)].all() or not (told.sides or right.all()):
            return False
    return True


def spots(output: Array, random: Random) -> Any:
    """Single pixels off, in every result but the tiniest."""
    count = 1 + output.size // 50
    output = output.astype(int)
    output.ravel()[random.integers(0, output.size, count)] += random.choice([-9, -1, 1, 7, 100], count)
    return truncated(output)


def tap(kernel: Array, random: Random) -> Any:
    """One weight multiplied."""
    kernel = kernel.astype(float)
    kernel.ravel()[random.integers(kernel.size)] *= random.choice([-1, 0, 0.5, 1.1, 2, 3])
    return kernel


def swapped_taps(kernel: Array, random: Random) -> Any:
    kernel = kernel.copy()
    kernel.flat[[0, -1]] = kernel.flat[[-1, 0]]
    return kernel


PERTURBATIONS: list[Callable[[Array, Random], Any]] = [
    spots,
    lambda output, random: pixels(output * random.choice([0.97, 0.99, 1.01, 1.03])),
    lambda output, random: pixels(255 * (output / 255) ** random.uniform(1.05, 2.5)),
    lambda output, random: pixels(total(output, np.ones((3, 3)) / 9)),
    lambda output, random: pixels(output + random.choice([-2.0, -1.0, 1.0, 2.0])),
    lambda output, random: output >> (shift := random.integers(1, 5)) << shift,  # fewer grey levels
    lambda output, random: pixels(output + random.normal(0, 2, output.shape)),
    lambda output, random: np.maximum(output, np.roll(output, 1, axis=int(random.integers(2)))),
    tap,
    swapped_taps,
]
BASES = ["strided", "truncates", "edge_at_0", "turned_by_180", "four_at_once", "crops"]


@pytest.mark.parametrize("seed", range(TRIES))
def test_perturbations(seed: int) -> None:
    perturb = PERTURBATIONS[seed % len(PERTURBATIONS)]
    base = CASES[BASES[seed // 10 % len(BASES)]].function

    def perturbed(image: Array, kernel: Array) -> Any:
        random = np.random.default_rng(seed)
        if perturb in (tap, swapped_taps):
            return base(image, perturb(kernel, random))
        return perturb(base(image, kernel), random)

    examination = examine(perturbed)
    assert examination.verdict == "unexplained" or holds(examination, perturbed, seed)


# Up to four mistakes at once, drawn at random, by other arithmetic than that of the product.
TURNS: dict[str, Callable[[Array], Array]] = {
    "": np.asarray, "rotated180": lambda kernel: np.rot90(kernel, 2), "flipped-left-right": np.fliplr,
    "flipped-up-down": np.flipud, "transposed": np.transpose, "rotated90": np.rot90,
}  # fmt: skip
PADDINGS = {"": "edge", "reflect": "symmetric", "reflect101": "reflect", "zero": "constant", "wrap": "wrap"}
SCALES: dict[str, Callable[[Array], Any]] = {
    "": lambda kernel: 1,
    "normalised": lambda kernel: kernel.sum() or 1,
    "number-of-weights": np.size,
    "sum-of-absolute-weights": lambda kernel: abs(kernel).sum(),
}
ENDS: list[tuple[dict[str, str], Callable[[Array], Array]]] = [
    ({}, pixels),
    ({"rounding": "truncate"}, truncated),
    ({"rounding": "half-up"}, lambda sums: truncated(np.floor(sums + 0.5))),
    ({"conversion": "cast-to-uint8"}, lambda sums: (np.trunc(sums) % 256).astype(np.uint8)),
    ({"range": "wrap-modulo-256"}, lambda sums: (np.rint(sums) % 256).astype(np.uint8)),
    ({"range": "absolute-value"}, lambda sums: pixels(abs(sums))),
    (FLOATS, lambda sums: sums),
]


@pytest.mark.parametrize("seed", range(TRIES))
def test_up_to_four_at_once(seed: int) -> None:
    random = np.random.default_rng([seed, 4])
    turn, border, scale = (str(random.choice([*table])) for table in (TURNS, PADDINGS, SCALES))
    told, end = ENDS[random.integers(len(ENDS))]

    def function(image: Array, kernel: Array) -> Any:
        kernel = TURNS[turn](kernel)
        return end((total(image, kernel, PADDINGS[border]) / SCALES[scale](kernel)).round(6))

    examination = examine(function, border="replicate")
    made = {"orientation": turn, "border": border, "divisor": scale}
    expected = {aspect: name for aspect, name in made.items() if name} | told
    assert {one.aspect: one.found for one in examination.findings} == expected
    assert holds(examination, function, seed)
