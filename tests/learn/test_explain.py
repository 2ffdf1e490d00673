"""How sums became pixels: ties, pixels inside, and the image that a model makes."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from conftest import noise
from test_pair import pair_of

from filtering.exact import on_paper
from filtering.fast import convolve_fast
from filtering.learn.explain import apply, count, explain
from filtering.model import Model


def test_what_is_near_a_half_is_no_tie() -> None:
    """A sixteenth from it, floats fall on the right side; nor does a tie elsewhere excuse it."""
    image, kernel = noise(40, 50), np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16
    after = convolve_fast(image, kernel)
    sums = cv2.filter2D(image, cv2.CV_64F, 16 * kernel, borderType=cv2.BORDER_REPLICATE)
    for rest in (7, 8):
        y, x = np.argwhere(sums[1:-1, 1:-1] % 16 == rest)[0] + 1
        after[y, x] = 2 * (sums[y, x] // 16) + 1 - after[y, x]  # the other neighbour
        assert explain(pair_of(image, after), kernel) is None


@pytest.mark.parametrize("border", ["replicate", "cropped"])
def test_a_pixel_is_inside_if_its_window_is(border: str) -> None:
    image, kernel = noise(9, 12), np.ones((3, 5)) / 15
    part = np.s_[1:-2, 3:-4] if border == "cropped" else np.s_[:, :]
    inside = np.zeros((9, 12), int)
    inside[1:-1, 2:-2] = 1
    for y, x in np.ndindex(inside[part].shape):
        after = convolve_fast(image, kernel)[part]
        after[y, x] ^= 128
        outcome = count(pair_of(image, after), Model(on_paper(kernel)), kernel)
        assert (outcome.exact, outcome.differing, outcome.inside) == (False, 1, inside[part][y, x])


def test_a_near_kernel_does_not_pass_by_ties() -> None:
    """Within float32's error of a half there are few pixels; of this kernel, 60 would have to be ties."""
    image = noise(400, 600)
    kernel = np.random.default_rng(0).random((3, 3))
    kernel /= kernel.sum()
    pair = pair_of(image, convolve_fast(image, kernel))
    found = explain(pair, kernel)
    assert found is not None
    assert found.exact
    assert explain(pair, kernel * (1 + 1e-5)) is None


@pytest.mark.parametrize("shape", [(40, 50), (40, 9000)])
def test_effect_is_that_of_convolve_fast(shape: tuple[int, int]) -> None:
    """Sums made in bands of rows, for other roundings, are those of convolve_fast."""
    kernel = np.array([[1, 3, 0], [2, 9, 1], [0, 1, 7]]) / 25  # never a half
    pair = pair_of(noise(*shape), noise(*shape))
    plain = Model(on_paper(kernel), "reflect")
    assert np.array_equal(apply(pair, plain), apply(pair, replace(plain, rounding="half-up")))
