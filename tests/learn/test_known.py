"""The known kernel behind a JPEG or noise, where no kernel reproduces every pixel."""

import cv2
import numpy as np
import pytest
from conftest import ROOT
from test_learner import MEAN, SHARPEN, jpeg
from test_pair import learned, pixels, said

from filtering.fast import convolve_fast
from filtering.files import read_image
from filtering.learn import learn_kernel
from kernels import KERNELS


@pytest.fixture(scope="module")
def large() -> np.ndarray:
    """Part of the photo in full resolution: many pixels, in which noise hides less."""
    colour = read_image(str(ROOT / "images" / "coffee.png"))[0][60:360, 150:470]
    return cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY)


JPEGS = [("sharpen", 75, "better than"), ("sobel_x", 90, "better than"), ("small_blur", 95, "as good as")]


@pytest.mark.parametrize(("name", "quality", "good"), JPEGS)
def test_a_jpeg(large: np.ndarray, name: str, quality: int, good: str) -> None:
    found = learn_kernel(large, jpeg(convolve_fast(large, KERNELS[name]), quality))
    assert found.verdict != "exact"
    assert found.known is not None
    assert found.known.name == name
    beginning = "b.png is a JPEG; no kernel turns a.png into b.png exactly; nearest known kernel: "
    assert said(found, "b.png").startswith(f"{beginning}{name}, {good} the best estimate (")


def test_a_jpeg_of_the_image_itself(large: np.ndarray) -> None:
    text = said(learn_kernel(large, jpeg(large, 75)), "b.png")
    assert text.startswith("b.png is a JPEG; no kernel was found that brings a.png much nearer to b.png: ")


@pytest.mark.parametrize(
    ("name", "kernel", "deviation"), [("a mean of 3 x 3", MEAN, 5), ("sharpen", SHARPEN, 2)]
)
def test_noise(large: np.ndarray, name: str, kernel: np.ndarray, deviation: int) -> None:
    added = np.random.default_rng(1).normal(0, deviation, large.shape)
    found = learned(large, pixels(convolve_fast(large, kernel) + added), kernel, verdict="nearly")
    assert said(found).startswith(f"{name}, plus noise of ")
    assert found.known is not None
    assert found.known.noise == pytest.approx(deviation, rel=0.05)  # saturation hides some of it


def test_what_is_no_noise(large: np.ndarray) -> None:
    """Nor are single pixels."""
    for after in (cv2.medianBlur(large, 3), cv2.bilateralFilter(large, 7, 40, 3)):
        text = said(learned(large, after, verdict="none"))
        assert "noise" not in text
        assert "known kernel" not in text
    after = convolve_fast(large, KERNELS["gaussian"])
    after[5, 5], after[80, 90], after[40, 50] = 255 - after[5, 5], 255 - after[80, 90], 0
    text = said(learn_kernel(large, after))
    assert "noise" not in text
    assert f"{after.size - 3} of {after.size} pixels are equal" in text
