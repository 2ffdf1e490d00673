"""The probes tell mistakes apart."""

import numpy as np

from filtering.check.kinds import out_of_range
from filtering.check.probes import Probe, informative, probes, samples
from filtering.model import Length, Shift


def test_the_kernels_of_the_first_probes_are_others_however_they_are_turned() -> None:
    for probe in probes()[:5]:
        kernels = [np.rot90(one, turn) for one in (probe.kernel, probe.kernel.T) for turn in range(4)]
        assert len({one.tobytes() for one in kernels}) == 8


def test_the_samples_are_of_two_sizes_one_with_sums_in_range() -> None:
    shown = [(probe.kernel.shape, out_of_range(probe)) for probe in samples()]
    assert shown == [((5, 5), True), ((3, 3), False)]


def test_inside_are_the_pixels_whose_window_is() -> None:
    for shift in [Shift(), Shift(Length(1), Length(-2)), Shift(Length(0, -1), Length(0, 1))]:
        probe = Probe(np.zeros((9, 12), np.uint8), np.ones((3, 5)))
        right, down = shift.of(probe.reach)
        inside = [[1 <= y - down < 8 and 2 <= x - right < 10 for x in range(12)] for y in range(9)]
        assert probe.inside(shift).tolist() == inside, shift


def test_informative_pixels_are_neither_usual_nor_extreme() -> None:
    output = np.array([[9, 9, 9, 0], [255, 7, 9, 6]])
    mask = np.arange(8).reshape(2, 4) < 7
    assert informative(output.astype(np.uint8), mask).tolist() == [[1, 1]]
    assert informative(output.astype(float), mask).tolist() == [[0, 3], [1, 0], [1, 1]]
