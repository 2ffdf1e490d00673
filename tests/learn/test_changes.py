"""Changes that are no kernel, and images that tell too little: each is called what it is."""

import cv2
import numpy as np
import pytest
from conftest import noise
from test_learner import ASYMMETRIC, drawing
from test_pair import exact, learned, pixels, said

from filtering.fast import convolve_fast
from filtering.learn.report import learned_data


def test_it_is_the_image_after_that_tells_nothing(scene: np.ndarray) -> None:
    image = scene[:40, :50].copy()
    two = np.array([50, 200], np.uint8)[(image > 99).astype(int)]
    for after, words in [
        (pixels(255 * (image / 255) ** 0.5), "a change of tones"),
        (np.zeros_like(image), "all pixels of b.png are 0"),
        (np.full((30, 40), 255, np.uint8), "all pixels of b.png are 255"),  # a part of the image
        (cv2.Canny(image, 100, 200), "only the values 0 and 255, as of sums that are cut off"),
        (two, "has only the values 50 and 200: they tell"),
    ]:
        text = said(learned(image, after, verdict="none"))
        assert words in text
        assert "determine" not in text
        assert ("estimate" in text) == (words == "a change of tones")


def test_changes_of_tones() -> None:
    levels, lines = 90 + noise(40, 50) % 60, drawing()
    curve = learned(levels, pixels(255 * (levels / 255) ** 0.98), verdict="none")
    assert "a change of tones, by a gamma curve, or by brightness and contrast" in said(curve)
    lines[:10] = np.arange(150)
    assert "a change of tones" in said(learned(lines, lines | 1, verdict="none"))


def test_few_tones_leave_a_kernel_open() -> None:
    for tones in ([0, 255], [10, 120, 230]):
        at = np.indices((60, 80)).sum(axis=0) % len(tones)
        before, after = (np.array(levels, np.uint8)[at] for levels in (tones, [30, 90, 140]))
        text = said(learned(before, after, verdict="none"))
        assert f"a.png has only {len(tones)} grey values, and in b.png each became another one" in text


def test_brightness_and_contrast_are_called_so(scene: np.ndarray) -> None:
    found = exact(scene, pixels(1.5 * scene.astype(float) - 20), [[1.5]], offset=-20, border=None, borders=[])
    assert "a change of brightness and contrast" in said(found)
    assert "border" not in said(found)
    data = learned_data(found, "a.png", "b.png")
    assert (data["border"], data["borders"]) == (None, [])


@pytest.mark.parametrize("turned", [False, True])
def test_equal_rows_tell_the_sums_of_columns(turned: bool) -> None:
    image, kernel = np.repeat(noise(1, 200), 80, axis=0), ASYMMETRIC
    image, kernel = (image.T.copy(), kernel.T) if turned else (image, kernel)
    found = learned(image, convolve_fast(image, kernel), verdict="none")
    assert np.all(found.open)
    equal, known = ("columns", "rows") if turned else ("rows", "columns")
    sums = f"only the sums of its {known} are known, 1/45 * 14 16 15"
    assert f"its {equal} are all equal: of the kernel, {sums}" in said(found)


def test_a_ramp_does_not_tell_brightness_from_a_shift() -> None:
    """Three levels brighter, or moved by three columns: inside it is the same."""
    ramp = np.tile(np.arange(200, dtype=np.uint8), (40, 1))
    found = learned(ramp, ramp + np.uint8(3), verdict="none", reason=None)
    assert said(found).startswith("a.png does not determine a kernel: 9 weights open; its rows are all equal")
