"""convolve equals an exact oracle on whatever can be drawn at random."""

import numpy as np
from exactness import KINDS, error_images, random_kernel
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import oracle

from convolutions import convolve
from filtering.borders import BORDERS
from filtering.compare import compare
from filtering.fast import convolve_fast
from kernels import flip

VALUES = [[0, 255], [5, 15, 25], range(256), [127, 128]]

seeds = st.integers(0, 2**32 - 1)
borders = st.sampled_from(list(BORDERS))
odd = st.integers(0, 5).map(lambda half: 2 * half + 1)


@st.composite
def images(draw: st.DrawFn, largest: int) -> np.ndarray:
    """uint8, 1 x 1 and up, gray or colour, of many kinds of content and memory layouts."""
    sides = st.integers(1, largest)
    shape = (draw(sides), draw(sides), *draw(st.sampled_from([(), (1,), (3,), (4,)])))
    values = draw(st.sampled_from(VALUES))
    image = np.random.default_rng(draw(seeds)).choice(np.array(values, np.uint8), shape)
    layout = draw(st.sampled_from(["plain", "fortran", "reversed", "strided", "read-only"]))
    if layout == "fortran":
        return np.asfortranarray(image)
    if layout == "reversed":
        return np.asarray(image[::-1, ::-1])
    if layout == "strided":
        return np.repeat(np.repeat(image, 2, axis=0), 3, axis=1)[::2, ::3]
    image.setflags(write=layout != "read-only")
    return image


@st.composite
def kernels(draw: st.DrawFn) -> np.ndarray:
    """Odd sides up to 11: whole numbers with and without a divisor, floats, sparse and separable ones."""
    shape = draw(odd), draw(odd)
    rng = np.random.default_rng(draw(seeds))
    kind = draw(st.sampled_from([*KINDS[:-1], "tenths", "product"]))  # all but those that are searched for
    if kind == "tenths":
        return rng.integers(-20, 21, shape) / 10
    if kind == "product":
        whole = np.outer(rng.integers(-3, 4, shape[0]), rng.integers(-3, 4, shape[1]))
        return whole / int(rng.integers(1, 50))
    return random_kernel(kind, rng)[: shape[0], : shape[1]]


@settings(max_examples=120, deadline=None, derandomize=True)
@given(images(largest=7), kernels(), borders, st.booleans(), st.booleans())
def test_equals_the_oracle(
    image: np.ndarray, kernel: np.ndarray, border: str, signed: bool, turned: bool
) -> None:
    kernel = flip(kernel) if turned else kernel
    expected = oracle(image, kernel, border, signed)
    for function in (convolve, convolve_fast):
        assert np.array_equal(function(image, kernel, border, signed=signed), expected)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(images(largest=20), kernels(), borders, st.booleans())
def test_fast_equals_naive_and_differs_from_filter2d_by_ties_only(
    image: np.ndarray, kernel: np.ndarray, border: str, signed: bool
) -> None:
    """Of the weights drawn here none is so large that filter2D's float32 loses whole levels."""
    before = image.copy()
    _, *worse = error_images(kernel, 12, np.random.default_rng(image.size))  # all but the one that is large
    for one in (image, *worse):
        result = compare(one, kernel, border, signed=signed, convolve=convolve)
        assert result.verdict != "different"
        assert np.array_equal(convolve_fast(one, kernel, border, signed=signed), result.ours)
    assert np.array_equal(image, before)
