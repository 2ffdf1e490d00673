"""convolve_chunks: convolve_fast on a Dask array, which may be larger than memory, on many workers."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from filtering.borders import check_border
from filtering.exact import check_kernel
from filtering.fast import convolve_fast

if TYPE_CHECKING:
    import dask.array as da

# The `boundary` of map_overlap for each border mode. It has none for reflect101.
BOUNDARY = {"replicate": "nearest", "reflect": "reflect", "reflect101": "none", "zero": 0, "wrap": "periodic"}


def convolve_chunks(
    image: "da.Array", kernel: npt.ArrayLike, border: str = "replicate", *, signed: bool = False
) -> "da.Array":
    """Return convolve_fast(image, kernel, border, signed=signed) as a Dask array: nothing is computed yet.

    image: a Dask array of uint8, (H, W) or (H, W, C). Only the chunks being worked on are in memory. Each is
    computed with as much of its neighbours as the kernel reaches: chunks of some thousand pixels a side cost
    the least. Chunks smaller than the kernel's reach are merged with their neighbours.
    kernel, border, signed: as for `convolve`. The result has the image's shape and, where these are large
    enough, its chunks. Raises ImportError without Dask, and ValueError as `convolve` does.

    >>> import dask.array as da
    >>> image = da.full((4000, 6000), 7, chunks=(2000, 2000), dtype=np.uint8)
    >>> convolve_chunks(image, [[0, 0, 0], [0, 2, 0], [0, 0, 0]])[:2, :2].compute()
    array([[14, 14],
           [14, 14]], dtype=uint8)
    """
    array = _dask_array()
    weights = check_kernel(kernel)
    check_border(border)
    if not isinstance(image, array.Array):
        raise ValueError(f"convolve_chunks takes a Dask array; got {type(image).__name__}")
    if image.dtype != np.uint8 or image.ndim not in (2, 3) or 0 in image.shape:
        raise ValueError(
            "an image is uint8, (H, W) or (H, W, C), with at least one pixel; "
            f"got {image.dtype}, shape {image.shape}"
        )
    reach = [side // 2 for side in weights.shape] + [0] * (image.ndim - 2)
    dtype = np.int16 if signed else np.uint8
    if any(side <= depth for side, depth in zip(image.shape[:2], reach[:2], strict=True)):
        # map_overlap cannot reflect, or wrap, more than there is; so small an image is one chunk.
        whole = image.rechunk(-1)
        return whole.map_blocks(convolve_fast, weights, border, signed=signed, dtype=dtype)
    padded = image
    if border == "reflect101":
        padded = array.pad(image, [(depth, depth) for depth in reach], mode="reflect")
    result = padded.map_overlap(
        convolve_fast,
        depth=dict(enumerate(reach)),
        boundary={axis: BOUNDARY[border] if depth else "none" for axis, depth in enumerate(reach)},
        dtype=dtype,
        meta=np.empty((0,) * image.ndim, dtype),
        kernel=weights,
        signed=signed,
    )
    if border == "reflect101":
        inside = tuple(slice(depth, depth + side) for depth, side in zip(reach, image.shape, strict=True))
        result = result[inside]
    return result


def _dask_array() -> Any:
    """Return the module dask.array, or raise ImportError with the remedy."""
    try:
        import dask.array
    except ImportError as error:
        raise ImportError("convolve_chunks needs Dask: pip install 'dask[array,distributed]'") from error
    return dask.array
