"""The known kernel behind a JPEG or noise, where no kernel reproduces every pixel."""

import cv2
import numpy as np
import pytest
from conftest import ROOT, noise
from test_learner import MEAN, SHARPEN, jpeg
from test_pair import learned, pixels, said

from filtering.fast import convolve_fast
from filtering.files import read_image
from filtering.learn import learn_kernel
from kernels import KERNELS


@pytest.fixture(scope="module")
def large() -> np.ndarray:
    """Part of the photo in full resolution: many pixels, in which noise hides less."""
    colour = read_image(str(ROOT / "images" / "coffee.png"))[0][80:280, 200:440]
    return cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY)


def test_a_jpeg(large: np.ndarray) -> None:
    none = "no kernel turns a.png into b.png exactly; nearest known kernel: "
    for name, quality, words in [
        ("sharpen", 75, none + "sharpen, better than the best estimate ("),
        ("small_blur", 95, none + "small_blur, as good as the best estimate ("),
        ("identity", 75, "no kernel was found that brings a.png much nearer to b.png: "),
    ]:
        found = learn_kernel(large, jpeg(convolve_fast(large, KERNELS[name]), quality))
        assert said(found, "b.png").startswith(f"b.png is a JPEG; {words}")


def test_noise(large: np.ndarray) -> None:
    diagonal = np.diag([1, 2, 1]) / 4
    for name, kernel, deviation in [
        ("a mean of 3 x 3", MEAN, 5),
        ("sharpen", SHARPEN, 2),
        ("a kernel of whole numbers over 4", diagonal, 2),
    ]:
        added = np.random.default_rng(1).normal(0, deviation, large.shape)
        found = learned(large, pixels(convolve_fast(large, kernel) + added), kernel, verdict="nearly")
        assert said(found).startswith(f"{name}, plus noise of ")
        assert found.known is not None
        assert found.known.noise == pytest.approx(deviation, rel=0.05)  # saturation hides some of it


def test_what_is_no_noise(large: np.ndarray) -> None:
    text = said(learned(large, cv2.medianBlur(large, 3), verdict="none"))
    assert "noise" not in text
    assert "known kernel" not in text
    after = convolve_fast(large, KERNELS["gaussian"])
    after[5, 5], after[80, 90], after[40, 50] = 255 - after[5, 5], 255 - after[80, 90], 0
    text = said(learn_kernel(large, after))
    assert "noise" not in text
    assert f"{after.size - 3} of {after.size} pixels are equal" in text


def test_a_known_kernel_that_few_smooth_pixels_do_not_tell() -> None:
    smooth = np.asarray(cv2.GaussianBlur(noise(13, 38), (0, 0), 1.5), np.uint8)
    found = learned(smooth, convolve_fast(smooth, KERNELS["small_blur"]), verdict="exact", name="small_blur")
    assert "other weights, up to 0.06 away, give the same pixels here" in said(found)
