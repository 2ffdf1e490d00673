"""convolve_chunks equals convolve_fast on the whole, whatever the chunks."""

import sys
from itertools import cycle

import numpy as np
import pytest
from conftest import noise

from filtering.borders import BORDERS
from filtering.fast import convolve_fast
from kernels import KERNELS

da = pytest.importorskip("dask.array")
from filtering.chunks import convolve_chunks  # noqa: E402


@pytest.mark.parametrize(("border", "signed"), list(zip(BORDERS, cycle([False, True]), strict=False)))
def test_equals_the_whole(border: str, signed: bool) -> None:
    """Uneven chunks, smaller than the kernel, and one pixel wide; one row, one column; colour."""
    kernels = [np.arange(15).reshape(3, 5) / 7 - 1, np.ones((15, 11)) / 165, np.ones((1, 1))]
    chunks = [((25, 19), 12), ((1, 20), 7), ((8, 1), (3, 1)), ((19, 17, 2), (10, 16, 1)), ((5, 4), 3)]
    for shape, size in chunks:
        image = noise(*shape)
        whole = da.from_array(image, chunks=size)
        for kernel in kernels:
            result = convolve_chunks(whole, kernel, border, signed=signed)
            assert (result.chunks, result.dtype) == (whole.chunks, np.int16 if signed else np.uint8)
            expected = convolve_fast(image, kernel, border, signed=signed)
            assert np.array_equal(result.compute(scheduler="synchronous"), expected)


def test_many_channels_in_a_few_rows() -> None:
    """With three rows, a part of it has the shape of an image with its channels first."""
    image = noise(6, 7, 5)
    result = convolve_chunks(da.from_array(image, chunks=(1, 7, 5)), KERNELS["sobel_x"], signed=True)
    assert np.array_equal(result.compute(), convolve_fast(image, KERNELS["sobel_x"], signed=True))


def test_refuses_what_convolve_refuses() -> None:
    image = da.zeros((4, 4), dtype=np.uint8)
    cases = [
        (image.astype(float), [[1]], "zero", "uint8.*got float64"),
        (np.zeros((4, 4), np.uint8), [[1]], "zero", "Dask array; got ndarray"),
        (image, [[1, 2]], "zero", "odd sides"),
        (image, [[1]], "mirror", "border needs to be one of"),
        (image[:, image[0] > 0], [[1]], "zero", r"chunks of known sizes, got \(4, nan\)"),
        (da.zeros((3, 4, 5), dtype=np.uint8), [[1]], "zero", "channels last"),
    ]
    for picture, kernel, border, rule in cases:
        with pytest.raises(ValueError, match=rule):
            convolve_chunks(picture, kernel, border)


def test_without_dask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dask.array", None)  # what is None there cannot be imported
    with pytest.raises(ImportError, match="convolve_chunks needs Dask: pip install"):
        convolve_chunks(None, [[1]])
