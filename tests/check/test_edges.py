"""The edges of an output."""

import numpy as np
from conftest import noise

from filtering.check.edges import SIDES, fills, real, side_mask
from filtering.check.probes import Probe

PROBE = Probe(noise(9, 12), np.ones((3, 5)))


def test_what_fills_pixels_that_are_not_computed() -> None:
    for output, expected in [
        ([7, 8, 9], ["image"]),
        ([3, 3, 3], ["3", "any"]),
        ([3], ["3", "any"]),
        ([0.5, 0.5, 0.5], ["any"]),
        ([7, 8, 8], ["any"]),
        ([np.nan] * 3, ["missing"]),
        ([np.nan, 8, 9], ["any"]),
        ([3j] * 3, ["any"]),
    ]:
        assert fills(np.array(output), np.array([7, 8, 9], np.uint8)) == expected, output


def test_outputs_become_real_numbers_if_they_can() -> None:
    tiny, large, none = np.full((2, 3), 1 + 1e-12j), np.full((2, 3), 1j), np.zeros((0, 3))
    for output, kind in [(tiny, "f"), (large, "c"), (none, "f"), (tiny == 1, "u")]:
        assert real(output).dtype.kind == kind


def test_sides_without_corners() -> None:
    masks = np.sum([n * side_mask(PROBE, side) for n, side in enumerate(SIDES, 1)], axis=0)
    assert [*map(str, masks[[0, 4, 8], :][:, [0, 1, 2, 5, 9, 10, 11]].tolist())] == [
        "[0, 0, 1, 1, 1, 0, 0]", "[3, 3, 0, 0, 0, 4, 4]", "[0, 0, 2, 2, 2, 0, 0]",
    ]  # fmt: skip
