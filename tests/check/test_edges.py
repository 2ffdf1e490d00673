"""The edges of an output, and outputs of other sizes than their images."""

import numpy as np
import pytest
from conftest import noise

from filtering.check.edges import SIDES, fills, fit_to, side_mask
from filtering.check.probes import Probe

PROBE = Probe(noise(9, 12), np.ones((3, 5)))


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ([7, 8, 9], ["image"]),
        ([3, 3, 3], ["3", "any"]),
        ([3], ["3", "any"]),
        ([0.5, 0.5, 0.5], ["any"]),
        ([7, 8, 8], ["any"]),
        ([np.nan] * 3, ["missing"]),
        ([np.nan, 8, 9], ["any"]),
        ([3j] * 3, ["any"]),
    ],
)
def test_what_fills_pixels_that_are_not_computed(output: list[complex], expected: list[str]) -> None:
    assert fills(np.array(output), np.array([7, 8, 9], np.uint8)) == expected


@pytest.mark.parametrize(("lacking", "corner", "top", "left"), [((2, 4), False, 1, 2), ((3, 5), True, 0, 0)])
def test_smaller_outputs_have_nan_around_them(
    lacking: tuple[int, int], corner: bool, top: int, left: int
) -> None:
    output = noise(*np.subtract(PROBE.image.shape, lacking))
    fitted = fit_to(PROBE, output, corner)
    assert fitted is not None
    assert np.array_equal(fitted[top : top + output.shape[0], left : left + output.shape[1]], output)
    assert np.isnan(fitted).sum() == fitted.size - output.size


def test_larger_outputs_are_cut() -> None:
    output = noise(13, 20)
    fitted = fit_to(PROBE, output)
    assert fitted is not None
    assert np.array_equal(fitted, output[2:11, 4:16])
    assert fit_to(PROBE, noise(6, 12)) is fit_to(PROBE, noise(10, 13)) is None


def test_sides_without_corners() -> None:
    masks = np.sum([n * side_mask(PROBE, side) for n, side in enumerate(SIDES, 1)], axis=0)
    assert [*map(str, masks[[0, 4, 8], :][:, [0, 1, 2, 5, 9, 10, 11]].tolist())] == [
        "[0, 0, 1, 1, 1, 0, 0]", "[3, 3, 0, 0, 0, 4, 4]", "[0, 0, 2, 2, 2, 0, 0]",
    ]  # fmt: skip
