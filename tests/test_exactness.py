"""Millions of pixels against cv2.filter2D: no mismatch, and every difference a proven tie."""

import pytest
from exactness import Function, survey

from convolutions import convolve
from filtering.fast import convolve_fast


@pytest.mark.parametrize(
    ("function", "side", "least"), [(convolve, 90, 3 * 10**6), (convolve_fast, 300, 3 * 10**7)]
)
def test_millions_of_pixels(
    function: Function, side: int, least: int, capsys: pytest.CaptureFixture[str]
) -> None:
    counts = survey(function, kernels=200, side=side)
    with capsys.disabled():
        print(f"\n{function.__name__}: {counts}")
    assert counts.kernels == 200
    assert counts.pixels >= least
    assert 0 < counts.ties < counts.pixels // 50
    assert counts.mismatches == 0
