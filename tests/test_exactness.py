"""Millions of pixels against cv2.filter2D: no mismatch, and every difference a proven tie."""

import pytest
from exactness import survey

from convolutions import convolve


def test_three_million_pixels(capsys: pytest.CaptureFixture[str]) -> None:
    counts = survey(convolve, kernels=200, side=90)
    with capsys.disabled():
        print(f"\nconvolve: {counts}")
    assert counts.kernels == 200
    assert counts.pixels >= 3_000_000
    assert 0 < counts.ties < counts.pixels // 100
    assert counts.mismatches == 0
