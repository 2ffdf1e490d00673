"""convolve_chunks: convolve_fast on a Dask array, which may be larger than memory, on many workers."""

from functools import partial
from itertools import accumulate, pairwise
from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from filtering.borders import check_border
from filtering.exact import check_kernel
from filtering.fast import convolve_fast
from filtering.pixels import check_image

if TYPE_CHECKING:
    import dask.array as da

Span = tuple[int, int]  # where rows, or columns, start and stop


def convolve_chunks(
    image: "da.Array", kernel: npt.ArrayLike, border: str = "replicate", *, signed: bool = False
) -> "da.Array":
    """Return convolve_fast(image, kernel, border, signed=signed) as a Dask array: nothing is computed yet.

    image: a Dask array of uint8, (H, W) or (H, W, C). Only the chunks being worked on are in memory. Each is
    computed with as much of its neighbours as the kernel reaches: bands of rows, some ten megapixels each,
    cost the least.
    kernel, border, signed: as for `convolve`. The result has the image's shape and chunks. Raises ImportError
    without Dask, and ValueError as `convolve` does.

    >>> import dask.array as da
    >>> image = da.full((4000, 6000), 7, chunks=(2000, 6000), dtype=np.uint8)
    >>> convolve_chunks(image, [[0, 0, 0], [0, 2, 0], [0, 0, 0]])[:2, :2].compute()
    array([[14, 14],
           [14, 14]], dtype=uint8)
    """
    array = _dask_array()
    weights = check_kernel(kernel)
    check_border(border)
    _check_chunks(image)
    reach = weights.shape[0] // 2, weights.shape[1] // 2
    source, offset, chunks = image, (0, 0), image.chunks
    if border == "wrap" and any(depth > side for depth, side in zip(reach, image.shape, strict=False)):
        image = source = image.rechunk({0: -1, 1: -1})  # wraps more than once; convolve_fast handles it
    elif border == "wrap":
        source, offset = _wrapped(image, reach), reach
    convolve = partial(_convolve_part, kernel=weights, border=border, signed=signed)
    rows, columns = (list(pairwise(accumulate(image.chunks[axis], initial=0))) for axis in (0, 1))
    return array.concatenate(
        [
            array.concatenate([_block(source, (y, x), offset, reach, convolve) for x in columns], axis=1)
            for y in rows
        ]
    ).rechunk(chunks)


def _check_chunks(image: "da.Array") -> None:
    """Raise ValueError unless the image is a Dask array of the right type and shape."""
    if not isinstance(image, _dask_array().Array):
        raise ValueError(f"convolve_chunks takes a Dask array; got {type(image).__name__}")
    if any(map(isnan, image.shape)):
        raise ValueError(
            f"convolve_chunks needs chunks of known sizes, got {image.shape}: call compute_chunk_sizes()"
        )
    check_image(np.broadcast_to(np.zeros((), image.dtype), image.shape))


def _block(
    source: "da.Array",
    spans: tuple[Span, Span],
    offset: tuple[int, int],
    reach: tuple[int, int],
    convolve: partial[np.ndarray],
) -> "da.Array":
    """Return the output in these rows and columns, from as much of the source as the kernel reaches.

    offset: where the image's first row and column lie in the source.
    """
    first = [max(0, start + o - depth) for (start, _), o, depth in zip(spans, offset, reach, strict=True)]
    last = [stop + o + depth for (_, stop), o, depth in zip(spans, offset, reach, strict=True)]
    part = source[first[0] : last[0], first[1] : last[1]].rechunk({0: -1, 1: -1})
    inside = tuple(
        slice(start + o - begin, stop + o - begin)
        for (start, stop), o, begin in zip(spans, offset, first, strict=True)
    )
    dtype = np.int16 if convolve.keywords["signed"] else np.uint8
    sizes = (*((stop - start,) for start, stop in spans), *source.chunks[2:])
    return part.map_blocks(
        convolve, inside=inside, dtype=dtype, chunks=sizes, meta=np.empty((0,) * source.ndim, dtype)
    )


def _convolve_part(
    part: np.ndarray, *, kernel: np.ndarray, border: str, signed: bool, inside: tuple[slice, ...]
) -> np.ndarray:
    """Filter part of an image; return what lies inside, away from edges that are not the image's own."""
    # One by one, as a few rows of many channels look like channels first.
    planes = np.moveaxis(part.reshape(*part.shape[:2], -1), 2, 0)
    results = [convolve_fast(plane, kernel, border, signed=signed)[inside] for plane in planes]
    return np.stack(results, axis=-1).reshape(*results[0].shape, *part.shape[2:])


def _wrapped(image: "da.Array", reach: tuple[int, int]) -> "da.Array":
    """Return the image with the rows and columns from its other end that the kernel reaches."""
    array = _dask_array()
    for axis, depth in enumerate(reach):
        if depth:
            along = array.moveaxis(image, axis, 0)
            image = array.moveaxis(array.concatenate([along[-depth:], along, along[:depth]]), 0, axis)
    return image


def _dask_array() -> Any:
    """Return the module dask.array, or raise ImportError with the remedy."""
    try:
        import dask.array
    except ImportError as error:
        raise ImportError("convolve_chunks needs Dask: pip install 'dask[array,distributed]'") from error
    return dask.array
