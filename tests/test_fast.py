"""convolve_fast equals convolve on kernels and pictures that are made to break it."""

import os
import signal
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import cycle, product
from typing import Any

import cv2
import numpy as np
import pytest
from conftest import noise
from exactness import scaled_to

from convolutions import convolve
from filtering import fast, plan, threads
from filtering.borders import BORDERS
from filtering.fast import convolve_fast
from filtering.plan import make_plan
from kernels import KERNELS


def int_limit(bits: int, more: int) -> np.ndarray:
    """Whole weights whose largest sum, 255 times theirs, is just at or over the limit of signed integers."""
    total = (2 ** (bits - 1) - 1) // 255 + more
    return np.array([[total - 2 * (total // 3), total // 3, total // 3]])


def beyond_float32() -> np.ndarray:
    """Dense whole weights, whose sums, between 2**24 and 2**26, are often a half and one 4096th."""
    weights = np.random.default_rng(1).integers(1, 3, (9, 9)) * 2048
    weights[0, :2] = 1, -1
    return weights / 4096


RNG = np.random.default_rng(0)
NASTY: dict[str, Any] = {
    **{f"int{bits} limit {more:+}": int_limit(bits, more) for bits in (16, 32) for more in (-1, 0, 1)},
    "lowest sum over int16": [[129, -1, -128]],
    "lowest sum of the product fits int16": np.outer([7, -5, 4], [7, -5, 4]),
    "lowest sum of the product does not": np.outer([7, -5, 4], [-7, 5, -4]),
    "fits int16, but not with half the divisor": np.array([[126, -1, 1]]) / 767,
    "fits uint16, but not with half the divisor": np.array([[254, 1, 1]]) / 701,
    "column fits int16, product does not": np.ones((21, 21)),
    "weights of int32": [[2**31 - 1, 0, -(2**31)]],
    "thirds": np.array([[1, -1, 1]]) / 3,
    "huge divisor": np.array([[1, 2, 3]]) / 999983,
    "huge even divisor": np.array([[1, 499999, 3]]) / 10**6,
    "halves beyond float32": beyond_float32(),
    "all zero": np.zeros((3, 5)),
    "a single tap": np.pad([[0.5]], ((4, 0), (0, 2))),
    "a single negative tap": np.pad([[-3]], ((0, 2), (2, 0))),
    "a run of a row": np.full((1, 13), 0.25),
    "a run of an even number": [[1, 0, 1, 0, 1, 0, 1, 0, 0]],
    "product with zeros in its first row": np.outer([0, 0, 1, 2, 0], [0, 3, -1]),
    "product of floats": np.outer(RNG.normal(size=9), RNG.normal(size=7)),
    "gaussian of floats": np.outer(cv2.getGaussianKernel(9, 2), cv2.getGaussianKernel(7, 2)),
    "floats that are nearly halves": [[0.5 + 5e-10, 0.5 - 5e-10, 0.5 + 1e-16]],
    "dense whole numbers": RNG.integers(-99, 100, (15, 13)),
    "dense floats": RNG.normal(size=(17, 19)),
    "large dense floats": RNG.normal(size=(9, 9)) * 1e7,
    "tiny floats": RNG.normal(size=(5, 5)) * 1e-12,
    "more than any picture": RNG.integers(-2, 3, (41, 63)) / 4,
    "a product beyond 32 bits": np.outer([1, 2, 1], [1, 0, -1]) * 2**33,
}


def assert_equal_to_convolve(image: np.ndarray, kernel: Any, border: str = "replicate") -> None:
    for signed in (False, True):
        naive = convolve(image, kernel, border, signed=signed)
        assert np.array_equal(convolve_fast(image, kernel, border, signed=signed), naive), kernel


@pytest.mark.parametrize(("name", "border"), list(zip(NASTY, cycle(BORDERS), strict=False)))
def test_nasty_kernels(name: str, border: str) -> None:
    """On noise, and where the sum is the largest or the lowest: white under the weights of one sign."""
    kernel = np.array(NASTY[name])
    images = [255 * window.astype(np.uint8) for window in (kernel > 0, kernel < 0)]
    images += [noise(*shape, seed=len(name)) for shape in [(19, 23), (1, 40), (37, 1), (5, 4, 3)]]
    for image in images:
        assert_equal_to_convolve(image, kernel, border)


def test_kernels_longer_than_a_tile_of_the_fourier_route() -> None:
    for shape in [(401, 9), (9, 401)]:
        kernel = np.random.default_rng(2).normal(size=shape) / 20
        assert make_plan(kernel.tobytes(), shape).passes == ()
        assert_equal_to_convolve(noise(14, 12), kernel)


def test_a_row_wider_than_a_tile_under_the_largest_kernel() -> None:
    """A tile of the usual size has no room for the kernel's rows. The image repeats itself."""
    part, kernel = noise(1, 30), np.ones((255, 255)) / 255**2
    expected = np.tile(convolve(part, kernel, "wrap"), (1, 70))
    assert np.array_equal(convolve_fast(np.tile(part, (1, 70)), kernel, "wrap"), expected)


def test_whole_sums_too_large_for_the_fourier_route() -> None:
    """All columns are equal, so that the two large weights cancel out, but for its rounding errors."""
    kernel = np.random.default_rng(5).integers(-9, 10, (15, 13)).astype(float)
    kernel[7, [2, 9]] = 8e12, -8e12
    column = np.resize(noise(77, 1), (300, 1))
    expected = np.repeat(convolve(column, kernel, "wrap", signed=True), 300, axis=1)
    found = convolve_fast(np.repeat(column, 300, axis=1), kernel, "wrap", signed=True)
    assert np.array_equal(found, expected)


def test_scratch_memory_is_used_again_and_bounded() -> None:
    """What was given back last is taken first, if it is large enough."""
    scratch = fast.Scratch()
    small, *large = (scratch.take(length, np.int16) for length in (10, 1000, 1000))
    scratch.give(*large, small)
    taken = [scratch.take(length, np.float32) for length in (500, 5, 500, 5)]
    shared = [[np.shares_memory(one, other) for other in (small, *large)] for one in taken]
    assert np.array(shared).astype(int).tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0], [0, 0, 0]]
    scratch.give(*taken, *taken, *taken)
    assert len(scratch.free) == fast.KEPT


OTHERS = np.random.default_rng(6)
DENSE = OTHERS.uniform(0.5, 1, (31, 31))
LARGE: dict[str, tuple[Any, tuple[int, int]]] = {
    "runs": (KERNELS["small_blur"], (4096, 1024)),
    "whole numbers": (KERNELS["sharpen"], (1024, 4096)),
    "a rectangle of floats": (OTHERS.normal(size=(3, 5)), (2048, 2048)),
    "by Fourier": (OTHERS.normal(size=(15, 15)), (1024, 1024)),
    "summed again": (DENSE / DENSE.sum() * (100.5 + 1.025e-9) / 200, (150, 150)),
}


@pytest.mark.parametrize("name", LARGE)
def test_memory_does_not_grow_with_the_image(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Besides the result: a few tiles, and few windows of the pixels that are summed again."""
    kernel, shape = LARGE[name]
    image = np.full(shape, 200, np.uint8)
    small = convolve_fast(image[:9, :9], kernel)  # the first time, SciPy is loaded
    monkeypatch.setattr(fast, "SCRATCH", fast.Scratch())
    monkeypatch.setattr(threads, "THREADS", 1)
    tracemalloc.start()
    output = convolve_fast(image, kernel)
    peak = tracemalloc.get_traced_memory()[1] - output.nbytes
    tracemalloc.stop()
    assert peak < 10 * 2**20
    assert (output == small[0, 0]).all()


ALONG_SEAMS = ["sharpen", "dense floats", "small_blur", "gaussian", "sobel_x", "product of floats"]


@pytest.mark.parametrize(("border", "name"), list(zip([*BORDERS] * 2, cycle(ALONG_SEAMS), strict=False)))
def test_seams_between_tiles(border: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With tiles of a few rows and columns each pixel is near a seam."""
    monkeypatch.setattr(fast, "TILE", 1)
    monkeypatch.setattr(fast, "TILE_ROW", 88)
    monkeypatch.setattr(plan, "FOURIER_SIDE", 24)
    make_plan.cache_clear()
    assert_equal_to_convolve(noise(30, 45), (KERNELS | NASTY)[name], border)
    make_plan.cache_clear()


def small_tiles(monkeypatch: pytest.MonkeyPatch, threads_: int = 1) -> None:
    """Make even small images worth several tiles and threads."""
    monkeypatch.setattr(fast, "TILE", 2**12)
    monkeypatch.setattr(fast, "TILE_ROW", 2**8)
    monkeypatch.setattr(fast, "WORTH_THREADS", 0)
    monkeypatch.setattr(threads, "THREADS", threads_)


def test_the_same_for_every_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """On flat and noisy content, for all kernels of this file; and for several callers at once."""
    image = np.tile(noise(61, 55), (2, 2))
    image[20:60, 30:90] = 214
    expected = {name: convolve_fast(image, kernel, signed=True) for name, kernel in NASTY.items()}
    for number in (1, 7):
        small_tiles(monkeypatch, number)
        for name, kernel in NASTY.items():
            assert np.array_equal(convolve_fast(image, kernel, signed=True), expected[name]), name
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(partial(convolve_fast, image, signed=True), NASTY.values()))
    assert np.array_equal(found, list(expected.values()))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_after_a_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    """The helpers are not there any more in the child: it needs others."""
    small_tiles(monkeypatch, 2)
    image = noise(160, 170)
    expected = convolve_fast(image, KERNELS["sharpen"])
    child = os.fork()
    if child == 0:
        signal.alarm(10)  # it would wait forever
        os._exit(not np.array_equal(convolve_fast(image, KERNELS["sharpen"]), expected))
    assert os.waitpid(child, 0) == (child, 0)


FLOAT32 = {
    "3x3 of both signs": RNG.normal(0.5, 1, size=(3, 3)),
    "dense 9x9": np.arange(1.0, 82).reshape(9, 9),
    "column": np.full((15, 1), 0.0755) + np.arange(15)[:, np.newaxis] / 3000,
    "product": np.outer(RNG.uniform(0.1, 1, 15), RNG.uniform(0.1, 1, 15)),
}


@pytest.mark.parametrize("name", FLOAT32)
def test_float32_beside_a_half(name: str) -> None:
    """Flat fields, where rounding errors add up, whose exact responses lie up to 40 units from a half."""
    weights = FLOAT32[name]
    image = np.kron([[214, 17], [99, 214]], np.ones((8, 8))).astype(np.uint8)  # the corners: one grey, padded
    for units in [*np.linspace(-40, 40, 9), 1e-3, -1e-3, 1e-9]:
        kernel = scaled_to(weights / np.abs(weights).sum(), 214, 100.5, float(units))
        passes = make_plan(kernel.tobytes(), kernel.shape).passes
        assert {one.dtype.name for one in passes} == {"float32"}
        assert_equal_to_convolve(image, kernel)


def test_the_fourier_route_beside_a_half() -> None:
    """Responses that are a half in the first nine decimals, and that the transform's rounding moves."""
    for lowest, units in [(0.5, 1e-7), (0.5, -1e-7), (-1.03, 1e-7)]:
        kernel = scaled_to(np.random.default_rng(3).uniform(lowest, 1, (17, 19)), 200, 100.5, units)
        assert make_plan(kernel.tobytes(), kernel.shape).passes == ()
        assert (convolve_fast(np.full((13, 14), 200, np.uint8), kernel) == 100).all()


# No fractions: an odd sum under these is next to a half, for float64 too, or for float32 only.
HALVES, FLOAT32_HALVES = (0.5 + np.arange(15).reshape(5, 3) * step for step in (1e-13, 1e-9))


def test_pixels_in_doubt_at_every_edge() -> None:
    """Half of the pixels are summed again, from windows of their own."""
    for border, shape in product(BORDERS, [(21, 17), (3, 30), (30, 2), (1, 1)]):
        assert_equal_to_convolve(noise(*shape) // 16, HALVES, border)


def test_pixels_in_doubt_in_every_tile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where they are so few that those of all tiles are summed again together."""
    small_tiles(monkeypatch)
    for few, kernel, rows, columns in [(1 / 64, HALVES, 1, 9), (1.0, FLOAT32_HALVES, 12, 30)]:
        image = noise(60, 75) // 32 * 2
        image[::rows, 7::columns] |= 1
        monkeypatch.setattr(fast, "LARGEST_DOUBT", few)
        assert_equal_to_convolve(image, kernel)


def test_products_start_no_threads_of_blas() -> None:
    """BLAS threads use processor time that the calling thread, one of a pool, does not account for."""
    image = noise(700, 800)

    def work() -> tuple[float, float]:
        before, own = time.process_time(), time.thread_time()
        for kernel in [FLOAT32["dense 9x9"], FLOAT32["product"]] * 30:  # others are nothing beside these
            convolve_fast(image, kernel / 7e3)
        return time.process_time() - before, time.thread_time() - own

    with ThreadPoolExecutor(1) as pool:
        whole, own = pool.submit(work).result()
    assert whole < 1.4 * own
