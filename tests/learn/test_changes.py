"""Changes that are no kernel, and images that tell too little: each is called what it is."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from conftest import noise
from test_learner import ASYMMETRIC, drawing
from test_pair import exact, learned, pair_of, pixels, said

from filtering.borders import BORDERS
from filtering.fast import convolve_fast
from filtering.learn.changes import other_change
from filtering.learn.learner import responses
from filtering.learn.report import learned_data

RAMP = np.tile(np.arange(200, dtype=np.uint8), (40, 1))
LEVELS = 90 + noise(40, 50) % 60
LINES = drawing()
LINES[:10] = np.arange(150)
SAID: dict[str, tuple[Callable[[np.ndarray], np.ndarray], str]] = {
    "gamma 0.5": (lambda image: pixels(255 * (image / 255) ** 0.5), "a change of tones"),
    "white": (lambda image: np.full_like(image, 255), "all pixels of b.png are 255"),
    "black": (np.zeros_like, "all pixels of b.png are 0"),
    "edges": (lambda image: cv2.Canny(image, 100, 200), "b.png has only the values 0 and 255"),
    "two tones": (
        lambda image: np.where(image > 99, 200, 50).astype(np.uint8),
        "has only the values 50 and 200",
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_it_is_the_image_after_that_tells_nothing(scene: np.ndarray, name: str) -> None:
    make, words = SAID[name]
    text = said(learned(scene, make(scene), verdict="none"))
    assert words in text
    assert "determine" not in text
    assert ("estimate" not in text) == (name != "gamma 0.5")


def test_a_part_that_tells_nothing(scene: np.ndarray) -> None:
    """What is not there of the image after is not black."""
    text = said(learned(scene, np.full((50, 80), 255, np.uint8)))
    assert text.startswith("all pixels of b.png are 255")


def test_changes_of_tones() -> None:
    """Over few levels, a gamma curve may be as good as straight; each value may become an odd one."""
    curve = learned(LEVELS, pixels(255 * (LEVELS / 255) ** 0.98), verdict="none")
    assert "a change of tones, by a gamma curve, or by brightness and contrast" in said(curve)
    assert "a change of tones" in said(learned(LINES, LINES | 1, verdict="none"))


@pytest.mark.parametrize("tones", [(100, 200), (0, 255), (10, 120, 230)])
def test_few_tones_leave_a_kernel_open(tones: tuple[int, ...]) -> None:
    """Of a checkerboard, or of a change of tones."""
    y, x = np.indices((60, 80))
    before, after = (np.array(levels, np.uint8)[(y + x) % len(tones)] for levels in (tones, [30, 90, 140]))
    text = said(learned(before, after, verdict="none"))
    assert f"a.png has only {len(tones)} grey values" in text
    assert "a change of tones" in text


@pytest.mark.parametrize("shape", [(40, 50), (40, 50, 3)])
def test_other_changes(shape: tuple[int, ...]) -> None:
    image = noise(*shape)
    assert "a change of tones" in other_change(pair_of(image, 255 - image))
    assert other_change(pair_of(image, cv2.medianBlur(image, 3))) == ""


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
    assert found.open is not None
    assert found.open.all()
    equal, known = ("columns", "rows") if turned else ("rows", "columns")
    sums = f"only the sums of its {known} are known, 1/45 * 14 16 15"
    assert f"its {equal} are all equal: of the kernel, {sums}" in said(found)


def test_a_ramp_does_not_tell_brightness_from_a_shift() -> None:
    """Three levels brighter, or moved by three columns: inside it is the same."""
    found = learned(RAMP, RAMP + np.uint8(3), verdict="none", reason=None)
    assert said(found).startswith("a.png does not determine a kernel: 9 weights open; its rows are all equal")


@pytest.mark.parametrize(("border", "offset"), list(zip(BORDERS, [-60, 0, 60, -60, 60], strict=True)))
def test_what_an_estimate_makes_saturates(border: str, offset: int) -> None:
    image, kernel = noise(9, 12), np.array([[1, 2, 0, 0, 1], [0, 9, 4, 1, 0], [2, 1, 1, 0, 2]]) / 16
    expected = pixels(convolve_fast(image, 16 * kernel, border, signed=True) / 16 + offset)
    assert np.array_equal(responses(pair_of(image, image), kernel, offset, border)[0], expected)
