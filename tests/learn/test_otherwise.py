"""Two images that do not lie upon each other as they are: crops, shifts, turns, colours, local edits."""

import cv2
import numpy as np
from conftest import noise
from test_learner import MEAN, SHARPEN
from test_pair import exact, learned, pair_of, pixels, said, sums

from filtering.borders import pad
from filtering.fast import convolve_fast
from filtering.learn import learn_kernel
from filtering.learn.otherwise import ways, without_edit
from kernels import KERNELS


def test_a_crop_from_any_place(coffee: np.ndarray) -> None:
    """One that lacks more than 30 rows is looked for by its likeness, which an image of edges has not."""
    for name, part, around in [
        ("sharpen", np.s_[4:, 9:], "4 pixels above it, 9 pixels to its left\n"),
        ("sharpen", np.s_[40:, 51:], "40 pixels above it, 51 pixels to its left\n"),
        ("sobel_x", np.s_[:, 7:], "7 pixels to its left\n"),
    ]:
        found = exact(coffee, convolve_fast(coffee, KERNELS[name])[part], name=name)
        assert f"; b.png is a part of a.png, which goes on for {around}" in said(found)


def test_turned_and_moved_images(scene: np.ndarray) -> None:
    made = convolve_fast(scene, KERNELS["emboss"])
    for words, after in {
        "mirrored left to right": made[:, ::-1],
        "mirrored top to bottom": made[::-1],
        "turned by 180 degrees": made[::-1, ::-1],
        "turned by 90 degrees to the left": np.rot90(made),
        "turned by 90 degrees to the right": np.rot90(made, -1),
        "mirrored along its diagonal": made.T,
        "mirrored along its other diagonal": made[::-1, ::-1].T,
        "moved 5 pixels down and 4 pixels to the left": np.roll(made, (5, -4), (0, 1)),
    }.items():
        found = exact(scene, np.ascontiguousarray(after), name="emboss")
        assert f"equal; b.png is {words}\n" in said(found)


def test_the_full_result(scene: np.ndarray) -> None:
    full = pixels(sums(pad(scene, 2, 2, "zero"), MEAN)[1:-1, 1:-1])
    found = exact(scene, full, name="mean of 3 x 3")
    assert "zero" in found.borders
    assert "; b.png is the full result, larger by 2 rows and 2 columns\n" in said(found)


def test_a_shift_that_wraps_around_is_a_kernel(scene: np.ndarray) -> None:
    found = exact(scene, np.roll(scene, (2, -3), axis=(0, 1)), border="wrap")
    assert (found.kernel.shape, np.argwhere(found.kernel).tolist()) == ((5, 7), [[0, 6]])


def test_the_largest_part_without_an_edit() -> None:
    image, turned = noise(96, 72), np.ascontiguousarray(noise(96, 72).T)
    after = convolve_fast(image, MEAN)
    after[32:36] ^= 128
    for before, edited, missing in [
        (image, after, (36, 0, 0, 0)),
        (turned, np.ascontiguousarray(after.T), (0, 0, 36, 0)),
    ]:
        part = without_edit(pair_of(before, edited))
        assert part is not None
        assert part.missing == missing


def test_what_lies_outside_is_no_part(scene: np.ndarray) -> None:
    """Moved down by 6 pixels, and cropped: its first rows are not in the image before."""
    moved = np.roll(scene, 6, 0)
    moved[:6] = 0
    assert "is a part of" not in said(learn_kernel(scene, moved[2:-2, 2:-2]))


def test_channels() -> None:
    image = noise(40, 50, 3)
    swapped = convolve_fast(image, SHARPEN)[..., ::-1].copy()
    assert "; b.png has red and blue swapped\n" in said(exact(image, swapped, name="sharpen"))
    gray = cv2.cvtColor(convolve_fast(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), SHARPEN), cv2.COLOR_GRAY2BGR)
    assert "; a.png was made gray first\n" in said(exact(image, gray, name="sharpen"))


def test_only_colour_can_be_made_gray_or_swapped() -> None:
    gray, colour = np.stack([noise(9, 12)] * 3), noise(3, 9, 12)
    for before, after, made in ((colour, gray, True), (colour, colour, False), (gray, gray, False)):
        assert ("{before} was made gray first" in [way.says for way in ways(before, after)]) == made
    for before, after in ((gray[:1], gray[:1]), (colour, colour[:, :5])):
        assert not any("swapped" in way.says for way in ways(before, after))


def test_a_local_edit(coffee: np.ndarray) -> None:
    for kernel, part, cut in [
        (SHARPEN, np.s_[40:80, 30:90], 0),
        (SHARPEN, np.s_[60:61, 50:51], 0),
        (MEAN, np.s_[:, 75:], 0),
        (MEAN, np.s_[70:76:2, 9:90:3], 5),
    ]:
        filtered = convolve_fast(coffee, kernel)[2 * cut : 100 - 2 * cut, cut : 150 - cut]
        after = filtered.copy()
        after[part] = cv2.medianBlur(filtered, 9)[part]
        apart = np.argwhere(after != filtered)
        (top, left), (bottom, right) = apart.min(axis=0).tolist(), apart.max(axis=0).tolist()
        found = learned(coffee, after, kernel, verdict="nearly", box=(left, top, right, bottom))
        count = f"{after.size - len(apart)} of {after.size} pixels are equal"
        assert f"{count}; those that differ lie in x {left} to {right}, y {top} to {bottom}" in said(found)
