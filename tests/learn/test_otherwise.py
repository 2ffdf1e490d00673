"""Two images that do not lie upon each other as they are: crops, shifts, turns, colours, local edits."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from conftest import noise
from test_learner import MEAN, SHARPEN
from test_pair import exact, learned, pixels, said, sums

from filtering.borders import pad
from filtering.fast import convolve_fast
from filtering.learn import learn_kernel
from kernels import KERNELS

# A part that lacks more than 30 rows is looked for by its likeness, which an image of edges has not.
CROPS = [("sharpen", 4, 9), ("sharpen", 0, 7), ("sharpen", 40, 51), ("sobel_x", 4, 9), ("sobel_x", 0, 7)]


@pytest.mark.parametrize(("name", "top", "left"), CROPS)
def test_a_crop_from_any_place(coffee: np.ndarray, name: str, top: int, left: int) -> None:
    found = exact(coffee, convolve_fast(coffee, KERNELS[name])[top:, left:], name=name)
    above = f"{top} pixels above it, " if top else ""
    place = f"b.png is a part of a.png, which goes on for {above}{left} pixels to its left"
    assert said(found).splitlines()[0].endswith(place)


TURNS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "mirrored left to right": np.fliplr,
    "mirrored top to bottom": np.flipud,
    "turned by 180 degrees": lambda image: np.rot90(image, 2),
    "turned by 90 degrees to the left": np.rot90,
    "turned by 90 degrees to the right": lambda image: np.rot90(image, -1),
    "mirrored along its diagonal": np.transpose,
    "mirrored along its other diagonal": lambda image: np.rot90(image, 2).T,
    "moved 5 pixels down and 4 pixels to the left": lambda image: np.roll(image, (5, -4), (0, 1)),
}


@pytest.mark.parametrize("words", TURNS)
def test_turned_and_moved_images(scene: np.ndarray, words: str) -> None:
    """As by an EXIF orientation that one program dropped."""
    after = np.ascontiguousarray(TURNS[words](convolve_fast(scene, KERNELS["emboss"])))
    assert said(exact(scene, after, name="emboss")).splitlines()[0].endswith(f"equal; b.png is {words}")


def test_the_full_result(scene: np.ndarray) -> None:
    full = pixels(sums(pad(scene, 2, 2, "zero"), MEAN)[1:-1, 1:-1])
    found = exact(scene, full, name="mean of 3 x 3")
    assert "zero" in found.borders
    place = "b.png is the full result, larger by 2 rows and 2 columns"
    assert said(found).splitlines()[0].endswith(place)


def test_a_shift_that_wraps_around_is_a_kernel(scene: np.ndarray) -> None:
    found = exact(scene, np.roll(scene, (2, -3), axis=(0, 1)), border="wrap")
    assert (found.kernel.shape, np.argwhere(found.kernel).tolist()) == ((5, 7), [[0, 6]])


def test_what_lies_outside_is_no_part(scene: np.ndarray) -> None:
    """Moved down by 6 pixels, and cropped: its first rows are not in the image before."""
    moved = np.roll(scene, 6, 0)
    moved[:6] = 0
    assert "is a part of" not in said(learn_kernel(scene, moved[2:-2, 2:-2]))


def test_channels() -> None:
    image = noise(40, 50, 3)
    sharp = convolve_fast(image, SHARPEN)
    assert (
        said(exact(image, sharp[..., ::-1].copy(), name="sharpen"))
        .splitlines()[0]
        .endswith("b.png has red and blue swapped")
    )
    gray = cv2.cvtColor(convolve_fast(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), SHARPEN), cv2.COLOR_GRAY2BGR)
    assert said(exact(image, gray, name="sharpen")).splitlines()[0].endswith("a.png was made gray first")


def edited(image: np.ndarray, name: str) -> np.ndarray:
    result: np.ndarray = image.copy()
    height, width = image.shape
    if name == "logo":
        result[40:80, 30:90] = 255 - result[40:80, 30:90] // 2
    elif name == "dead pixel":
        result[60, 50] ^= 128
    elif name == "half":
        result[:, width // 2 :] = cv2.medianBlur(image, 9)[:, width // 2 :]
    elif name == "time stamp":
        cv2.putText(result, "2001-01-01", (9, height - 9), cv2.FONT_HERSHEY_SIMPLEX, 0.4, 255)
    return result


EDITS = [(SHARPEN, "logo", 0), (SHARPEN, "dead pixel", 0), (MEAN, "half", 0), (MEAN, "time stamp", 5)]


@pytest.mark.parametrize(("kernel", "edit", "cut"), EDITS)
def test_a_local_edit(coffee: np.ndarray, kernel: np.ndarray, edit: str, cut: int) -> None:
    """Its place is that in the image after, also if that is cropped."""
    filtered = convolve_fast(coffee, kernel)[2 * cut : 100 - 2 * cut, cut : 150 - cut]
    after = edited(filtered, edit)
    apart = np.argwhere(after != filtered)
    (top, left), (bottom, right) = apart.min(axis=0).tolist(), apart.max(axis=0).tolist()
    found = learned(coffee, after, kernel, verdict="nearly", box=(left, top, right, bottom))
    count = f"{after.size - len(apart)} of {after.size} pixels are equal"
    assert f"{count}; those that differ lie in x {left} to {right}, y {top} to {bottom}" in said(found)
