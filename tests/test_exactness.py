"""Millions of pixels of the plain loop against cv2.filter2D: every difference is a proven tie.

For convolve_fast, on more than 10**8 pixels, filtering/README.md shows the script, and its test runs it.
"""

import pytest
from exactness import survey

from convolutions import convolve


def test_millions_of_pixels(capsys: pytest.CaptureFixture[str]) -> None:
    counts = survey(convolve, kernels=26, side=48)
    with capsys.disabled():
        print(f"\nconvolve: {counts}")
    assert counts.kernels == 26
    assert counts.pixels >= 10**6
    assert 0 < counts.ties < counts.pixels // 50
    assert counts.mismatches == 0
