"""convolve_chunks equals convolve_fast on the whole, whatever the chunks."""

import sys
from itertools import cycle, product
from typing import Any

import numpy as np
import pytest
from conftest import noise

from filtering.borders import BORDERS
from filtering.fast import convolve_fast

da = pytest.importorskip("dask.array")
from filtering.chunks import convolve_chunks  # noqa: E402


@pytest.mark.parametrize(("border", "signed"), list(zip(BORDERS, cycle([False, True]), strict=False)))
def test_equals_the_whole(border: str, signed: bool) -> None:
    """Uneven chunks, smaller than the kernel, and one pixel wide; one row, one column; colour."""
    kernels = [np.arange(15).reshape(3, 5) / 7 - 1, np.ones((15, 11)) / 165, np.ones((1, 1))]
    chunks: list[Any] = [
        ((25, 19), 12),
        ((1, 20), 7),
        ((8, 1), (3, 1)),
        ((19, 17, 2), (10, 16, 1)),
        ((5, 4), 3),
    ]
    chunks.append(((6, 7, 5), (1, 7, 5)))  # under 3 rows, a part looks like an image with its channels first
    for (shape, size), kernel in product(chunks, kernels):
        image = noise(*shape)
        whole = da.from_array(image, chunks=size)
        result = convolve_chunks(whole, kernel, border, signed=signed)
        assert (result.chunks, result.dtype) == (whole.chunks, np.int16 if signed else np.uint8)
        expected = convolve_fast(image, kernel, border, signed=signed)
        assert np.array_equal(result.compute(scheduler="synchronous"), expected)


def test_refuses_what_convolve_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """And to work without Dask."""
    image = da.zeros((4, 4), dtype=np.uint8)
    for picture, kernel, border, rule in [
        (image.astype(float), [[1]], "zero", "uint8.*got float64"),
        (np.zeros((4, 4), np.uint8), [[1]], "zero", "Dask array; got ndarray"),
        (image, [[1, 2]], "zero", "odd sides"),
        (image, [[1]], "mirror", "border needs to be one of"),
        (image[:, image[0] > 0], [[1]], "zero", r"chunks of known sizes, got \(4, nan\)"),
    ]:
        with pytest.raises(ValueError, match=rule):
            convolve_chunks(picture, kernel, border)
    monkeypatch.setitem(sys.modules, "dask.array", None)  # what is None there cannot be imported
    with pytest.raises(ImportError, match="convolve_chunks needs Dask: pip install"):
        convolve_chunks(image, [[1]])
