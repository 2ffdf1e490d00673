"""convolve_fast: the pixels of `convolve`, from the same sums in fewer steps, in plain NumPy.

`convolve` goes from pixel to pixel and takes a whole window at each. `convolve_fast` goes from weight to
weight and takes many pixels at each: the image, shifted to where it lies under that weight. The sums are the
same; each step is one NumPy call over many pixels. plan.py chooses the steps for a kernel, and why they are
fewer:

1. A kernel of whole numbers over a divisor is summed in whole numbers, in the narrowest type that holds the
   sums, and divided once. That is exact, and 16 bits move a quarter of the bytes of float64.
2. A kernel that is a column times a row is applied as a column, then as a row: 7 + 7 weights instead of 49.
   Columns and rows factor further: 1 4 6 4 1 is 1 1, applied four times.
3. A run of equal weights is summed by doubling: pairs, then pairs of pairs. 21 ones take 6 additions.
4. The image is processed in tiles that stay in the processor's cache while all steps are done, and large
   images on several threads.
5. Kernels without such structure are summed by matrix products, in float32. Where float32 may round to the
   wrong side of a half, the pixel is summed again in float64, and where that may as well, exactly.
6. Large kernels without structure go through the Fourier transform (SciPy's), in float64.
"""

import threading
from collections.abc import Callable, Iterator
from functools import lru_cache, partial

import numpy as np
import numpy.typing as npt

from filtering.borders import check_border, origins
from filtering.exact import check_kernel, exact_response
from filtering.pixels import check_image, to_pixels, unique_rows
from filtering.plan import LARGEST_DOUBT, Pass, Plan, fourier_side, make_plan
from filtering.threads import allowed_threads, for_each

# Bytes of a tile, and of a row in it: small enough for the caches, large enough to outweigh the Python
# between the steps, about 30 us for a tile.
TILE = 2**21
TILE_ROW = 2**13
KEPT = 8  # pieces of scratch memory that a thread may leave for the next call
# OpenBLAS, which NumPy's wheels contain, starts threads of its own only for products of more multiplications.
# They would compete with the threads here, and busy-wait when the machine has other work.
PRODUCT = 2**18
SHIFTED = 2**22  # bytes of the shifted copies of a tile, see _add_up_band: more would not stay in the caches
WORTH_THREADS = 1.5e6  # nanoseconds of work, below which other threads cost more than they gain


def convolve_fast(
    image: npt.ArrayLike, kernel: npt.ArrayLike, border: str = "replicate", *, signed: bool = False
) -> np.ndarray:
    """Return the same as `convolve`, bit for bit, in a fraction of the time.

    image: uint8, (H, W) or (H, W, C), from 1 x 1 up; it is not modified.
    kernel: real and finite numbers, both sides odd. It is not flipped: this is a correlation.
    border, signed: as for `convolve`. Returns uint8, or int16 if signed, of the image's shape. Raises
    ValueError, with the rule and the value received, for anything else.

    Large images are processed on several threads, as allowed_threads describes. The result does not depend
    on their number, and several threads may call this function at once.

    >>> image = np.array([[10, 20, 30], [40, 50, 60], [70, 80, 95]], np.uint8)
    >>> int(convolve_fast(image, [[0, -1, 0], [-1, 5, -1], [0, -1, 0]])[1, 1])
    50
    """
    image, kernel = check_image(image), check_kernel(kernel)
    check_border(border)
    output = np.empty(image.shape, np.int16 if signed else np.uint8)
    plan = make_plan(kernel.tobytes(), kernel.shape)
    planes, results = (array.reshape(*array.shape[:2], -1) for array in (image, output))
    for channel in range(planes.shape[2]):
        _fill(planes[..., channel], plan, border, results[..., channel])
    return output


# ---- The image in tiles, each with as much around it as the kernel reaches

Load = Callable[[np.ndarray], None]  # puts a tile into an array of its size


def _fill(image: np.ndarray, plan: Plan, border: str, output: np.ndarray) -> None:
    """Fill `output` tile by tile."""
    kh, kw = plan.weights.shape
    sources = _origins(image.shape[0], kh // 2, border), _origins(image.shape[1], kw // 2, border)
    threads = allowed_threads() if image.size * plan.cost > WORTH_THREADS else 1
    rows, columns = _tile_size(image.shape, plan, threads)
    sum_again = partial(_sum_again, image, plan, border, output)
    few: list[np.ndarray] = []  # places in doubt, of tiles with few of them: all together take less time

    def one_tile(corner: tuple[int, int]) -> None:
        y, x = corner
        part = output[y : y + rows, x : x + columns]
        shape = part.shape[0] + kh - 1, part.shape[1] + kw - 1
        load = partial(_load, image, sources, border, corner)
        doubtful = (_by_steps if plan.passes else _by_fourier)(load, shape, plan, part)
        if len(doubtful) > part.size * LARGEST_DOUBT:
            if plan.careful is not None:
                doubtful = _by_steps(load, shape, plan.careful, part)
            sum_again(doubtful + np.array(corner))
        elif len(doubtful):
            few.append(doubtful + np.array(corner))

    corners = [(y, x) for y in range(0, image.shape[0], rows) for x in range(0, image.shape[1], columns)]
    for_each(one_tile, corners, threads)
    if few:
        sum_again(np.concatenate(few))


def _tile_size(shape: tuple[int, ...], plan: Plan, threads: int) -> tuple[int, int]:
    """Return the rows and columns of the tiles, all about equal, and as many as keep all threads busy."""
    kh, kw = plan.weights.shape
    if plan.passes:
        last = plan.passes[-1]
        item = last.dtype.itemsize
        columns = min(shape[1], TILE_ROW // item)
        size = max(TILE // item, 9 * kh * kw)
        if last.band is not None and 1 not in last.shape:
            size = max(min(size, SHIFTED // item // kw), 9 * kh * kw)
        rows = max(1, size // (columns + kw - 1) - kh + 1)
    else:
        rows, columns = (fourier_side(max(kh, kw)) - taps + 1 for taps in (kh, kw))
    across, down = -(-shape[1] // columns), -(-shape[0] // rows)
    if threads > 1:
        down = -(-down // threads) * threads
    return -(-shape[0] // down), -(-shape[1] // across)


_origins = lru_cache(maxsize=64)(origins)


def _load(
    image: np.ndarray, sources: tuple[np.ndarray, ...], border: str, corner: tuple[int, int], tile: np.ndarray
) -> None:
    """Copy the part of the padded image that begins at that corner into `tile`.

    Inside the image this is a plain copy; only the border, a few rows and columns, is looked up.
    """
    reach = [(len(source) - length) // 2 for source, length in zip(sources, image.shape, strict=True)]
    y, x = (start - r for start, r in zip(corner, reach, strict=True))  # in the image
    top, left = max(0, -y), max(0, -x)  # how much of the tile lies before the image
    bottom, right = (
        min(size, n - start) for size, n, start in zip(tile.shape, image.shape, (y, x), strict=True)
    )
    inside = image[y + top : y + bottom]
    tile[top:bottom, left:right] = inside[:, x + left : x + right]
    rows, columns = (
        source[start:][:size] for source, start, size in zip(sources, corner, tile.shape, strict=True)
    )
    for outside in (slice(0, left), slice(right, tile.shape[1])):
        if outside.start < outside.stop:
            tile[top:bottom, outside] = 0 if border == "zero" else inside[:, columns[outside]]
    for outside in (slice(0, top), slice(bottom, tile.shape[0])):
        if outside.start < outside.stop:
            tile[outside] = 0 if border == "zero" else image[rows[outside]].take(columns, axis=1)


# ---- Sums by steps: one weight after another, over a whole tile


def _by_steps(load: Load, shape: tuple[int, int], plan: Plan, part: np.ndarray) -> np.ndarray:
    """Fill a part of the output by sums over its tile, shifted.

    Returns the pixels in doubt, (n, 2) of y and x.
    """
    wide = shape[1]
    tile = SCRATCH.take(shape[0] * wide, plan.passes[0].dtype)
    load(tile.reshape(shape))
    # From here on the tile is one long row, in which the next row is `wide` further on: each step is one
    # call over one piece of memory. Sums at the end of a row mix in the next row; they belong to no
    # pixel.
    for one in plan.passes:
        tile = _add_up(tile, one, wide)
    doubtful = NOWHERE
    if tile.dtype.kind in "iu":
        _divide(tile, plan.divisor)
        if plan.saturates(part.dtype):
            lowest = max(np.iinfo(part.dtype).min, np.iinfo(tile.dtype).min)
            np.clip(tile, lowest, np.iinfo(part.dtype).max, out=tile)
        np.copyto(part, _in_rows(tile, part.shape, wide), casting="unsafe")
    else:
        doubtful = _round(_in_rows(tile, part.shape, wide), plan, part)
    SCRATCH.give(tile)
    return doubtful


def _in_rows(line: np.ndarray, shape: tuple[int, ...], wide: int) -> np.ndarray:
    """View a long row as a tile again, of that shape, without what is left over at the ends of its rows."""
    rows: np.ndarray = np.ndarray(shape, line.dtype, line, strides=(wide * line.itemsize, line.itemsize))
    return rows


class Scratch(threading.local):
    """Memory for the steps, of each thread, reused: fresh memory costs more than the sums in it.

    So does memory that is in the cache of another processor, where another thread used it.
    """

    def __init__(self) -> None:
        self.free: list[np.ndarray] = []

    def take(self, length: int, dtype: npt.DTypeLike) -> np.ndarray:
        """Return an uninitialised array of that length."""
        size = length * np.dtype(dtype).itemsize
        fitting = (number for number, memory in enumerate(self.free) if memory.nbytes >= size)
        number = next(fitting, None)
        memory = np.empty(size, np.uint8) if number is None else self.free.pop(number)
        return memory[:size].view(dtype)

    def give(self, *arrays: np.ndarray) -> None:
        """Return memory to the pool."""
        for array in arrays:
            assert array.base is not None  # take() returned a view
            self.free.insert(0, array.base)  # the last given is the likeliest in the cache
        del self.free[KEPT:]


SCRATCH = Scratch()


def _add_up(source: np.ndarray, one: Pass, wide: int) -> np.ndarray:
    """Return the sums of weight times source, shifted to where it lies under that weight; use up `source`."""
    if source.dtype != one.dtype:
        wider = SCRATCH.take(len(source), one.dtype)
        np.copyto(wider, source)
        SCRATCH.give(source)
        source = wider
    rows, columns = one.shape
    total = SCRATCH.take(len(source), one.dtype)[: len(source) - (rows - 1) * wide - (columns - 1)]
    if one.band is not None:
        _add_up_band(source.reshape(-1, wide), one, total)
    elif one.run:
        weight = one.taps[0][2]
        _add_up_run(source, len(one.taps), one.run * (wide if columns == 1 else 1), total)
        if weight != 1:
            np.multiply(total, weight, out=total)
    else:
        _add_up_taps(source, one, wide, total)
    SCRATCH.give(source)
    return total


def _add_up_run(source: np.ndarray, count: int, step: int, total: np.ndarray) -> None:
    """Compute total[n] = source[n] + source[n + step] + ..., `count` of them, by doubling.

    Sums of 2 make sums of 4, these make sums of 8, and so on. The binary digits of the count tell which
    of them to put one behind the other: 21 is 1 + 4 + 16.
    """
    spare = [SCRATCH.take(len(source), source.dtype) for _ in range(2)]
    sums, size, covered = source, 1, 0
    so_far = source[:0]
    while True:
        if count & size:
            piece = sums[covered * step :][: len(total)]
            if covered:
                so_far = np.add(so_far, piece, out=total)
            elif sums is source:
                so_far = piece  # nothing to add to yet, and source stays as it is
            else:
                np.copyto(total, piece)
                so_far = total
            covered += size
        if covered == count:
            break
        further = size * step
        sums = np.add(sums[:-further], sums[further:], out=spare[0][: len(sums) - further])
        spare.reverse()
        size *= 2
    SCRATCH.give(*spare)


def _add_up_taps(source: np.ndarray, one: Pass, wide: int, total: np.ndarray) -> None:
    """Compute total[n] = sum of weight * source[n + i * wide + j] over the taps (i, j).

    Most weights of 3 x 3 kernels are 1 or -1: these are added or subtracted without a multiplication.
    """
    product = SCRATCH.take(len(total), one.dtype)
    so_far: np.ndarray | None = None
    for i, j, weight in one.taps:
        shifted = source[i * wide + j :][: len(total)]
        if so_far is None:
            so_far = shifted if weight == 1 else np.multiply(shifted, weight, out=total)
        elif weight == 1:
            so_far = np.add(so_far, shifted, out=total)
        elif weight == -1:
            so_far = np.subtract(so_far, shifted, out=total)
        else:
            so_far = np.add(so_far, np.multiply(shifted, weight, out=product), out=total)
    if len(one.taps) < 2 and so_far is not total:
        np.copyto(total, 0 if so_far is None else so_far)
    SCRATCH.give(product)


def _add_up_band(source: np.ndarray, one: Pass, total: np.ndarray) -> None:
    """Compute the sums as products with a band matrix.

    Say the kernel is a column. Then the sums at several places below each other are a product: of a matrix
    that holds the column once in each row, each time one place further on, and the piece of the image that
    they all lie in. Most of that matrix is zeros, and BLAS is still faster than separate steps.
    """
    assert one.band is not None
    kh, kw = one.shape
    high, wide = source.shape[0] - kh + 1, source.shape[1] - kw + 1
    result = _in_rows(total, (high, wide), source.shape[1])
    if kh == 1:  # a row is a column of the transposed image
        source, result, kh, kw = source.T, result.T, kw, 1
    elif kw > 1:  # a rectangle is a column of the image in which each row is there kw times, shifted
        step, item = source.strides
        shifted = np.lib.stride_tricks.as_strided(source, (len(source), kw, wide), (step, item, item))
        source = SCRATCH.take(shifted.size, one.dtype).reshape(-1, wide)
        np.copyto(source.reshape(shifted.shape), shifted)
    width = max(1, PRODUCT // one.band.size)
    for y, height, down in _blocks(len(result), len(one.band)):
        band = one.band[:height, : (height + kh - 1) * kw]
        for x, columns, across in _blocks(result.shape[1], width):
            pieces = _grid(
                source[y * kw :, x:], (down, across, band.shape[1], columns), (height * kw, columns)
            )
            sums = _grid(result[y:, x:], (down, across, height, columns), (height, columns))
            np.matmul(band, pieces, out=sums)
    if kw > 1:
        SCRATCH.give(source)


def _blocks(length: int, size: int) -> Iterator[tuple[int, int, int]]:
    """Cut a length into blocks: yield the start, size and number of the full ones, then of the rest."""
    number, rest = divmod(length, size)
    if number:
        yield 0, size, number
    if rest:
        yield number * size, rest, 1


def _grid(array: np.ndarray, shape: tuple[int, ...], steps: tuple[int, int]) -> np.ndarray:
    """View an array as a grid of pieces, which may overlap: steps are those from one piece to the next."""
    apart = tuple(step * stride for step, stride in zip(steps, array.strides, strict=True))
    return np.lib.stride_tricks.as_strided(array, shape, apart + array.strides)


# ---- From sums to pixels


def _divide(sums: np.ndarray, divisor: int) -> None:
    """Divide whole numbers in place, rounded half to even, in whole numbers.

    Floor division rounds down; half a divisor more makes it the nearest. An odd divisor has no halves. With
    an even one, adding one less rounds halves down: so add 1 where the quotient, rounded down, is odd.
    """
    if divisor == 1:
        return
    one = sums.dtype.type
    divide: np.ufunc = np.floor_divide
    by = divisor
    if divisor & (divisor - 1) == 0:
        divide, by = np.right_shift, divisor.bit_length() - 1
    if divisor % 2 == 0:
        odd = divide(sums, one(by), out=SCRATCH.take(len(sums), sums.dtype))
        np.bitwise_and(odd, one(1), out=odd)
        np.add(sums, odd, out=sums)
        SCRATCH.give(odd)
    if divisor > 2:
        np.add(sums, one((divisor - 1) // 2), out=sums)
    divide(sums, one(by), out=sums)


NOWHERE = np.empty((0, 2), int)


def _round(sums: np.ndarray, plan: Plan, part: np.ndarray) -> np.ndarray:
    """Divide float sums, and store them rounded; return the pixels in doubt, (n, 2) of y and x."""
    doubtful = NOWHERE  # of whole numbers none: a half is a half, see EXACT_DIVISION
    if plan.divisor != 1:
        np.divide(sums, sums.dtype.type(plan.divisor), out=sums)
    memory = SCRATCH.take(sums.size, sums.dtype)
    pixels = np.rint(sums, out=memory.reshape(sums.shape))
    if plan.saturates(part.dtype):
        limits = np.iinfo(part.dtype)
        np.clip(pixels, limits.min, limits.max, out=part, casting="unsafe")
    else:
        np.copyto(part, pixels, casting="unsafe")
    if not plan.whole:
        from_whole = np.subtract(sums, pixels, out=pixels)
        if np.abs(from_whole, out=from_whole).max() > 0.5 - plan.doubt:
            near = np.flatnonzero(from_whole > 0.5 - plan.doubt)
            doubtful = np.stack(np.divmod(near, sums.shape[1]), axis=1)  # argwhere takes ten times as long
            doubtful = doubtful[_within_range(sums[tuple(doubtful.T)], part.dtype, 1 + plan.doubt)]
    SCRATCH.give(memory)
    return doubtful


def _within_range(responses: np.ndarray, dtype: np.dtype, margin: float) -> np.ndarray:
    """Mark the responses that may become different pixels: those far out of range saturate either way."""
    limits = np.iinfo(dtype)
    return (responses > limits.min - margin) & (responses < limits.max + margin)


def _sum_again(image: np.ndarray, plan: Plan, border: str, output: np.ndarray, places: np.ndarray) -> None:
    """Sum again at these places, (n, 2) of y and x, and put the pixels there."""
    some = max(1, 2**20 // plan.weights.size)  # a MiB of windows at a time
    for start in range(0, len(places), some):
        part = places[start : start + some]
        responses = _responses(_windows(image, plan.weights.shape, border, part), plan)
        output[tuple(part.T)] = to_pixels(responses, output.dtype == np.int16)


def _windows(image: np.ndarray, shape: tuple[int, ...], border: str, places: np.ndarray) -> np.ndarray:
    """Return the windows of that shape at these places, (n, 2) of y and x: (n, kh, kw)."""
    corners = places - np.array(shape) // 2
    inside = ((corners >= 0) & (corners + shape <= image.shape)).all(axis=1)
    if not inside.any():
        return _windows_past_edges(image, shape, border, places)
    windows: np.ndarray = np.lib.stride_tricks.sliding_window_view(image, shape)[tuple(corners.T * inside)]
    if not inside.all():
        windows[~inside] = _windows_past_edges(image, shape, border, places[~inside])
    return windows


def _windows_past_edges(
    image: np.ndarray, shape: tuple[int, ...], border: str, places: np.ndarray
) -> np.ndarray:
    """Like _windows, for windows that cross the edge."""
    sources, inside = [], []
    for axis, side in enumerate(shape):
        along = places[:, [axis]] + np.arange(side)  # in the padded image
        sources.append(_origins(image.shape[axis], side // 2, border)[along])
        inside.append((along >= side // 2) & (along < image.shape[axis] + side // 2))
    windows: np.ndarray = image[sources[0][:, :, np.newaxis], sources[1][:, np.newaxis]]
    if border == "zero":
        windows *= inside[0][:, :, np.newaxis] & inside[1][:, np.newaxis]
    return windows


def _responses(windows: np.ndarray, plan: Plan) -> np.ndarray:
    """Return the responses of windows, (n, kh, kw): in float64, or exact if that is too near to a half."""
    responses: np.ndarray = np.einsum("nij,ij->n", windows, plan.weights)  # without BLAS and its threads
    unsure = np.flatnonzero(np.abs(responses - np.rint(responses)) > 0.5 - plan.tolerance)
    if len(unsure):
        # Flat areas, where doubt is everywhere or nowhere, have the same window over and over.
        different, which = unique_rows(windows[unsure].reshape(len(unsure), -1))
        exact = np.array([exact_response(window, plan.weights) for window in different])
        responses[unsure] = exact[which]
    return responses


# ---- Sums by the Fourier transform: a correlation is a product of spectra


@lru_cache(maxsize=8)
def _spectrum(plan: Plan, shape: tuple[int, int]) -> np.ndarray:
    """Return the spectrum to multiply with: the kernel's, conjugate, as this is a correlation."""
    import scipy.fft  # here, as it takes a while and few kernels need it

    spectrum: np.ndarray = np.conj(scipy.fft.rfft2(plan.weights, shape))
    return spectrum


def _by_fourier(load: Load, shape: tuple[int, int], plan: Plan, part: np.ndarray) -> np.ndarray:
    """Like _by_steps, by FFT: the cost does not depend on the kernel's weights."""
    import scipy.fft

    quick = tuple(scipy.fft.next_fast_len(side, real=True) for side in shape)
    tile = np.zeros(quick)
    load(tile[: shape[0], : shape[1]])
    spectrum = scipy.fft.rfft2(tile, overwrite_x=True)
    np.multiply(spectrum, _spectrum(plan, quick), out=spectrum)
    # The transform wraps around; the first rows and columns are free of it.
    sums = scipy.fft.irfft2(spectrum, quick, overwrite_x=True)[: part.shape[0], : part.shape[1]]
    if plan.whole:
        np.rint(sums, out=sums)
    return _round(sums, plan, part)
