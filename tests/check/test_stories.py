"""No false story: whatever is told reproduces every pixel, on fresh images and kernels too.

CHECK_TRIES=300 in the environment runs more of them.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from gallery import CASES, pixels, total

from filtering.check.diagnose import examine
from filtering.check.findings import Examination
from filtering.check.kinds import KINDS
from filtering.check.mistakes import agreement
from filtering.check.probes import Probe

Array = np.ndarray
TRIES = int(os.environ.get("CHECK_TRIES", "10"))


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
    noisy = replace(told.guess, noisy=True)
    for probe in fresh_probes(seed):
        if told.exceptions is not None and any(
            kind not in KINDS or KINDS[kind](probe) for kind in told.exceptions.kinds
        ):
            continue
        right = agreement(probe, np.asarray(function(probe.image.copy(), probe.kernel)), noisy)
        if not right[probe.inside(told.guess.shift)].all() or not (told.sides or right.all()):
            return False
    return True


# Something done to a convolution that is right, or has a mistake besides.


def spots(output: Array, random: np.random.Generator) -> Any:
    """Single pixels off, in every result but the tiniest."""
    count = 1 + output.size // 50
    output = output.astype(int)
    output.ravel()[random.integers(0, output.size, count)] += random.choice([-9, -1, 1, 7, 100], count)
    return output.clip(0, 255).astype(np.uint8)


def tap(kernel: Array, random: np.random.Generator) -> Any:
    """One weight multiplied."""
    kernel = kernel.astype(float)
    kernel.ravel()[random.integers(kernel.size)] *= random.choice([-1, 0, 0.5, 1.1, 2, 3])
    return kernel


def swapped_taps(kernel: Array, random: np.random.Generator) -> Any:
    kernel = kernel.copy()
    one = random.integers(kernel.size)
    others = np.flatnonzero(kernel != kernel.ravel()[one])
    other = random.choice(others) if len(others) else one
    kernel.ravel()[[one, other]] = kernel.ravel()[[other, one]]
    return kernel


def gain(output: Array, random: np.random.Generator) -> Any:
    return np.clip(np.rint(output * random.choice([0.97, 0.99, 1.01, 1.03])), 0, 255).astype(np.uint8)


def curve(output: Array, random: np.random.Generator) -> Any:
    return np.rint(255 * (output / 255) ** random.uniform(1.05, 2.5)).astype(np.uint8)


def blurred(output: Array, random: np.random.Generator) -> Any:
    return pixels(total(output, np.ones((3, 3)) / 9))


def offset(output: Array, random: np.random.Generator) -> Any:
    return np.clip(output.astype(int) + random.choice([-2, -1, 1, 2]), 0, 255).astype(np.uint8)


def steps(output: Array, random: np.random.Generator) -> Any:
    """Fewer grey levels."""
    return output >> (shift := random.integers(1, 5)) << shift


def grain(output: Array, random: np.random.Generator) -> Any:
    return pixels(output + random.normal(0, 2, output.shape))


def smeared(output: Array, random: np.random.Generator) -> Any:
    return np.maximum(output, np.roll(output, 1, axis=int(random.integers(2))))


PERTURBATIONS = [spots, gain, curve, blurred, offset, steps, grain, smeared, tap, swapped_taps]
BASES = [
    "truncates",
    "wraps_around",
    "edge_at_0",
    "turned_by_180",
    "normalises",
    "casts_the_sums",
    "top_left",
    "crops",
]


@pytest.mark.parametrize("seed", range(TRIES))
def test_perturbations(seed: int) -> None:
    perturb = PERTURBATIONS[seed % len(PERTURBATIONS)]
    name = BASES[seed // 10 % len(BASES)] if seed // 10 % 2 else "strided"
    base = CASES[name].function

    def perturbed(image: Array, kernel: Array) -> Any:
        random = np.random.default_rng(seed)
        if perturb in (tap, swapped_taps):
            return base(image, perturb(kernel, random))
        return perturb(base(image, kernel), random)

    examination = examine(perturbed)
    assert examination.verdict == "unexplained" or holds(examination, perturbed, seed)


# Up to four mistakes at once, drawn at random, by other arithmetic than that of the product.
TURNS: dict[str, Callable[[Array], Array]] = {
    "rotated180": lambda kernel: np.rot90(kernel, 2),
    "flipped-left-right": np.fliplr,
    "flipped-up-down": np.flipud,
    "transposed": np.transpose,
    "rotated90": np.rot90,
}
PADDINGS = {"reflect": "symmetric", "reflect101": "reflect", "zero": "constant", "wrap": "wrap"}
SCALES: dict[str, Callable[[Array], Any]] = {
    "normalised": lambda kernel: kernel.sum() or 1,
    "number-of-weights": lambda kernel: kernel.size,
    "sum-of-absolute-weights": lambda kernel: abs(kernel).sum(),
}
ENDS: dict[str, tuple[dict[str, str], Callable[[Array], Array]]] = {
    "truncates": ({"rounding": "truncate"}, lambda sums: np.trunc(sums).clip(0, 255).astype(np.uint8)),
    "half-up": ({"rounding": "half-up"}, lambda sums: np.floor(sums + 0.5).clip(0, 255).astype(np.uint8)),
    "casts": ({"conversion": "cast-to-uint8"}, lambda sums: (np.trunc(sums) % 256).astype(np.uint8)),
    "wraps": ({"range": "wrap-modulo-256"}, lambda sums: (np.rint(sums) % 256).astype(np.uint8)),
    "absolute": ({"range": "absolute-value"}, lambda sums: np.rint(abs(sums)).clip(0, 255).astype(np.uint8)),
    "floats": ({"rounding": "none", "range": "none", "dtype": "float64"}, lambda sums: sums),
}


@pytest.mark.parametrize("seed", range(TRIES))
def test_up_to_four_at_once(seed: int) -> None:
    random = np.random.default_rng([seed, 4])
    values: dict[str, dict[str, Any]] = {
        "orientation": TURNS, "border": PADDINGS, "divisor": SCALES, "end": ENDS,
    }  # fmt: skip
    aspects = random.choice([*values], random.integers(1, 5), replace=False).tolist()
    made = {aspect: str(random.choice([*values[aspect]])) for aspect in aspects}
    told, end = ENDS[made.pop("end")] if "end" in made else ({}, pixels)

    def function(image: Array, kernel: Array) -> Any:
        kernel = TURNS[made["orientation"]](kernel) if "orientation" in made else kernel
        sums = total(image, kernel, PADDINGS.get(made.get("border", ""), "edge"))
        scale = SCALES[made["divisor"]](kernel) if "divisor" in made else 1
        return end((sums / scale).round(6))

    examination = examine(function, border="replicate")
    found = {one.aspect: one.found for one in examination.findings}
    assert found == made | told
    assert holds(examination, function, seed)
