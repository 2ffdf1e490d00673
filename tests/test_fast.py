"""convolve_fast equals convolve on kernels and pictures that are made to break it."""

from typing import Any

import numpy as np
import pytest
from conftest import noise

from convolutions import convolve
from filtering import fast, plan
from filtering.borders import BORDERS
from filtering.exact import check_kernel
from filtering.fast import convolve_fast
from filtering.plan import make_plan
from kernels import KERNELS


def int_limit(largest: int, taps: int) -> np.ndarray:
    """Whole weights whose largest sum, 255 times theirs, is just at or over a limit."""
    weights = np.full((1, taps), largest // 255 // taps)
    weights[0, 0] += largest // 255 - weights.sum()
    return weights


def float32_limit(more: int) -> np.ndarray:
    """Dense whole weights over 2**15, whose largest sum is at or over what float32 divides."""
    weights = np.random.default_rng(1).integers(1, 600, (9, 9))
    weights[4, 4] += plan.EXACT_DIVISION // 255 - weights.sum() + more
    return weights / 2**15


RNG = np.random.default_rng(0)
NASTY: dict[str, Any] = {
    **{f"int16 limit {more:+}": int_limit(32767 + 255 * more, 3) for more in (-1, 0, 1, 2)},
    **{f"int32 limit {more:+}": int_limit(2**31 - 1 + 255 * more, 3) for more in (-1, 0, 1)},
    "int16 limit, negative": -int_limit(32767 + 255, 5),
    "column fits int16, product does not": np.ones((21, 21)),
    "weights of int16": [[32767, -32768, 32767]],
    "weights of int32": [[2**31 - 1, 0, -(2**31)]],
    "huge divisor": np.array([[1, 2, 3]]) / 999983,
    "huge even divisor": np.array([[1, 499999, 3]]) / 10**6,
    **{f"float32 limit {more:+}": float32_limit(more) for more in (-1, 0, 1, 2**22)},
    "no small divisor": np.array([[1, 2, 3]]) / (2**40 + 15),
    "mixed signs over an even divisor": np.array([[-3, 5, 1], [2, -7, 4], [1, 1, -5]]) / 6,
    "negative over an odd divisor": -np.ones((3, 3)) / 7,
    "all zero": np.zeros((3, 5)),
    "all zero column": np.zeros((7, 1)),
    "a single tap": np.pad([[0.5]], ((4, 0), (0, 2))),
    "a single negative tap": np.pad([[-3]], ((0, 2), (2, 0))),
    "one row": RNG.integers(-5, 6, (1, 31)),
    "one column": RNG.integers(-5, 6, (31, 1)),
    "a run of a row": np.full((1, 13), 0.25),
    "a run of a column": np.full((8 * 2 + 1, 1), -2),
    "product with zeros in its first row": np.outer([0, 0, 1, 2, 0], [0, 3, -1]),
    "product of floats": np.outer(RNG.normal(size=9), RNG.normal(size=7)),
    "product of floats with zeros": np.outer([0, 0.1234567, 1e-9], [0, 0, 0.7654321]),
    "floats that are nearly whole": np.array([[1, -2, 1]]) * (1 + 2e-16) + 1e-13,
    "floats that are nearly halves": [[0.5 + 5e-10, 0.5 - 5e-10, 0.5 + 1e-16]],
    "dense whole numbers": RNG.integers(-99, 100, (15, 13)),
    "dense halves": RNG.integers(-9, 10, (13, 13)) / 2,
    "dense floats": RNG.normal(size=(17, 19)),
    "large dense floats": RNG.normal(size=(9, 9)) * 1e7,
    "tiny floats": RNG.normal(size=(5, 5)) * 1e-12,
    "more than any picture": RNG.integers(-2, 3, (41, 63)) / 4,
}


@pytest.mark.parametrize("name", NASTY)
@pytest.mark.parametrize("border", BORDERS)
def test_nasty_kernels(name: str, border: str) -> None:
    for shape in [(19, 23), (1, 40), (37, 1), (5, 4, 3)]:
        image = noise(*shape, seed=len(name))
        for signed in (False, True):
            naive = convolve(image, NASTY[name], border, signed=signed)
            assert np.array_equal(convolve_fast(image, NASTY[name], border, signed=signed), naive)


@pytest.mark.parametrize("kernel", [np.ones((255, 255)) / 255**2, RNG.integers(-9, 10, (255, 255)) / 1000])
def test_largest_kernels(kernel: np.ndarray) -> None:
    image = noise(30, 20)
    for border in ("reflect101", "zero"):
        assert np.array_equal(convolve_fast(image, kernel, border), convolve(image, kernel, border))


@pytest.mark.parametrize(
    "name", ["small_blur", "sharpen", "gaussian", "sobel_x", "dense", "floats", "product"]
)
@pytest.mark.parametrize("border", BORDERS)
def test_seams_between_tiles(name: str, border: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With tiles of a few rows and columns each pixel is near a seam."""
    monkeypatch.setattr(fast, "TILE", 1)
    monkeypatch.setattr(fast, "TILE_ROW", 88)
    monkeypatch.setattr(plan, "FOURIER_SIDE", 24)
    others = {
        "dense": NASTY["dense whole numbers"],
        "floats": NASTY["dense floats"],
        "product": NASTY["product of floats"],
    }
    kernel = (KERNELS | others)[name]
    make_plan.cache_clear()
    image = noise(45, 67)
    assert np.array_equal(convolve_fast(image, kernel, border), convolve(image, kernel, border))
    make_plan.cache_clear()


def test_takes_the_way_that_the_structure_allows() -> None:
    """The short cuts are there for a purpose: none is lost unnoticed."""

    def passes(name: str) -> list[tuple[tuple[int, int], str, int]]:
        kernel = check_kernel((NASTY | KERNELS)[name])
        return [
            (one.shape, one.dtype.name, one.run) for one in make_plan(kernel.tobytes(), kernel.shape).passes
        ]

    pairs = [((2, 1), "uint16", 0)] * 4 + [((1, 2), "uint16", 0)] * 4
    assert passes("small_blur") == [((7, 1), "uint16", 1), ((1, 7), "uint16", 1)]
    assert passes("large_blur")[0][1] == "uint16"
    assert passes("large_blur")[-1] == ((1, 19), "uint32", 3)
    assert passes("sharpen") == [((3, 3), "int16", 0)]
    assert passes("sobel_x") == [((2, 1), "int16", 0)] * 2 + [((1, 3), "int16", 0)]
    assert passes("gaussian") == pairs
    assert passes("product of floats") == [((9, 1), "float32", 0), ((1, 7), "float32", 0)]
    assert passes("dense floats") == []


def test_refuses_what_convolve_refuses() -> None:
    cases: list[tuple[np.ndarray, Any, str]] = [
        (np.ones((3, 3)), [[1]], "zero"),
        (noise(3, 3), [[1, 2]], "zero"),
        (noise(3, 3), [[np.inf]], "zero"),
        (noise(3, 3), [[1]], "mirror"),
    ]
    for image, kernel, border in cases:
        with pytest.raises(ValueError, match="got") as naive:
            convolve(image, kernel, border)
        with pytest.raises(ValueError, match="got") as quick:
            convolve_fast(image, kernel, border)
        assert str(quick.value) == str(naive.value)
