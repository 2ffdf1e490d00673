"""convolve_fast: the pixels of `convolve`, from the same sums in fewer steps, in plain NumPy.

`convolve` goes from pixel to pixel and takes a whole window at each. Here it is the other way round: from
weight to weight, and at each the whole picture is taken, shifted to where it lies under that weight. The
sums are the same; each step is one NumPy call over many pixels. What makes it fast, from top to bottom:

1. A kernel of whole numbers and a divisor is summed in whole numbers, in the narrowest type that cannot
   overflow, and divided once. That is exact, and int16 moves a quarter of the bytes of float64.
2. A kernel that is a column times a row is taken as a column, and the result as a row: 7 + 7 weights
   instead of 49.
3. A run of equal weights is summed by doubling: pairs, then pairs of pairs. 21 ones take 6 additions.
4. The picture is taken in tiles that stay in the processor's cache while all steps are done.
5. A kernel without such structure is summed by products with a band matrix: in float32 where that holds the
   sums of whole numbers exactly. So are longer columns and rows of floats, in float64.
6. A large one goes through the Fourier transform (SciPy's), where a correlation is a product of spectra.
   In whole numbers its float error is rounded away. Elsewhere, the few pixels so near to a half that it
   might tip them over are summed again, exactly, as `convolve` does.
"""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
import numpy.typing as npt

from filtering.borders import check_border, origins, pad
from filtering.exact import check_kernel, exact_response, exact_weights, split
from filtering.pixels import check_image, to_pixels

# Bytes of a tile, and of a row in it: small enough for the caches, large enough for the Python between the
# steps, about 30 us for a tile.
TILE = 2**20
TILE_ROW = 2**13
FOURIER_SIDE = 320  # of a tile on the Fourier route
KEPT = 6  # pieces of scratch memory, of a tile's size each; more where a band takes shifted copies
BAND = 16  # rows, or columns, that one product with a band matrix makes
# Nanoseconds for a pixel: on the Fourier route; for one weight of a band; and for one NumPy step, by type.
# Measured on an AMD EPYC with AVX-512. Only their ratios matter, to choose between the ways;
# tests/benchmark.py shows what that leads to.
FOURIER_COST = 8.0
BAND_COST = {np.float32: 0.02, np.float64: 0.04}
STEP_COST = {np.int16: 0.05, np.int32: 0.1, np.int64: 0.3, np.float64: 0.3}
# Up to here float32 holds every whole number, and the quotient of two of them lands on a half only if it is
# one: another is at least 1 / (2 * divisor) away from it, and rounded by less.
EXACT_DIVISION = 2**23


@dataclass(frozen=True)
class Pass:
    """One sum over shifted copies of a tile: with the whole kernel, or its column, or its row."""

    shape: tuple[int, int]
    dtype: np.dtype  # in which no partial sum overflows
    taps: list[tuple[int, int, np.number]]  # i, j and the weight, where it is not 0; the largest first
    run: bool  # one weight over and over, in a column or a row
    band: np.ndarray | None  # for more than a few weights in floats: see _add_up_band

    @staticmethod
    def of(weights: np.ndarray, dtype: type[np.number]) -> "Pass":
        """The pass that sums with these weights, 2-D, in that type."""
        typed = weights.astype(dtype)
        taps = [(i, j, typed[i, j]) for i, j in np.argwhere(weights).tolist()]
        run = len(taps) == weights.size > 3 and 1 in weights.shape and bool((weights == weights[0, 0]).all())
        band = None
        if np.issubdtype(dtype, np.floating) and weights.size > 3:
            further = 1 if 1 in weights.shape else weights.shape[1]
            band = np.array(
                [np.pad(typed.ravel(), (n * further, (BAND - 1 - n) * further)) for n in range(BAND)]
            )
        return Pass(weights.shape, np.dtype(dtype), sorted(taps, key=lambda tap: -abs(tap[2])), run, band)

    @property
    def cost(self) -> float:
        """Nanoseconds per pixel: its steps, each at the price of its type."""
        if self.band is not None:
            return float(self.band.shape[1] * BAND_COST[self.dtype.type])
        multiplied = sum(abs(weight) != 1 for _, _, weight in self.taps)
        steps = 2 * len(self.taps).bit_length() if self.run else len(self.taps) + multiplied
        return steps * float(STEP_COST[self.dtype.type])


@dataclass(frozen=True, eq=False)
class Plan:
    """How to sum under one kernel."""

    weights: np.ndarray  # what `convolve` multiplies with: whole numbers, or else the kernel; float64
    divisor: int
    whole: bool  # the weights are whole numbers, and so the sums
    passes: tuple[Pass, ...]  # none for the Fourier route
    doubt: float  # how near to a half a response has to be summed again; 0 for whole numbers
    lowest: float  # the lowest and the highest response there can be
    highest: float


def convolve_fast(
    image: npt.ArrayLike, kernel: npt.ArrayLike, border: str = "replicate", *, signed: bool = False
) -> np.ndarray:
    """The same as `convolve`, bit for bit, in a fraction of the time.

    image: uint8, (H, W) or (H, W, C), from 1 x 1 up; it is not modified.
    kernel: real and finite numbers, both sides odd. It is not flipped: this is a correlation.
    border, signed: as for `convolve`. Returns uint8, or int16 if signed, of the image's shape. Raises
    ValueError, with the rule and what was found, for anything else.

    >>> image = np.array([[10, 20, 30], [40, 50, 60], [70, 80, 95]], np.uint8)
    >>> int(convolve_fast(image, [[0, -1, 0], [-1, 5, -1], [0, -1, 0]])[1, 1])
    50
    """
    image, kernel = check_image(image), check_kernel(kernel)
    check_border(border)
    output = np.empty(image.shape, np.int16 if signed else np.uint8)
    channels = image.reshape(*image.shape[:2], -1), output.reshape(*image.shape[:2], -1)
    for channel in range(channels[0].shape[2]):
        plane, result = (each[..., channel] for each in channels)
        if kernel.dtype == object:
            doubtful = np.argwhere(np.ones(plane.shape, bool))  # beyond float64: all of them
        else:
            doubtful = _fill(plane, make_plan(kernel.tobytes(), kernel.shape), border, result)
        _sum_again(plane, kernel, border, doubtful, result)
    return output


@lru_cache(maxsize=64)
def make_plan(data: bytes, shape: tuple[int, int]) -> Plan:
    """Find the cheapest way to sum under the kernel of these bytes: float64, as check_kernel returns it."""
    weights, divisor, doubt = exact_weights(np.frombuffer(data).reshape(shape))
    whole = doubt == 0
    passes = _passes(weights, divisor, whole)
    side = _fourier_side(max(shape))
    # The transform's errors grow with the norm of a tile; 8 times that is far more than was ever seen.
    error = 8 * side * 2.0**-53 * 255 * float(np.abs(weights).sum())
    fourier_cost = FOURIER_COST * (side / (side - max(shape) + 1)) ** 2
    if sum(one.cost for one in passes) > fourier_cost and not (whole and error > 0.25):
        passes = ()
    return Plan(
        weights,
        divisor,
        whole,
        passes,
        # Sums by steps are off by as many roundings as convolve's own, and a column's and a row's by more.
        doubt=0.0 if whole else 8 * doubt if passes else 1e-9 + error,
        lowest=255 * float(np.minimum(weights, 0).sum()) / divisor,
        highest=255 * float(np.maximum(weights, 0).sum()) / divisor,
    )


def _passes(weights: np.ndarray, divisor: int, whole: bool) -> tuple[Pass, ...]:
    """Take the kernel as a column and then a row if it splits, else as it stands."""
    factors = split(weights.astype(np.int64).astype(object) if whole else weights)
    last = _narrowest(weights, divisor) if whole else np.float64
    if factors is None or 1 in weights.shape:
        ways = [Pass.of(weights, last)]
        if whole and weights.size > 3 and 255 * np.abs(weights).sum() + divisor < EXACT_DIVISION:
            ways.append(Pass.of(weights, np.float32))  # the products with a band matrix are exact then
        return (min(ways, key=lambda way: way.cost),)
    column, row = (
        np.array(factors[0], np.float64)[:, np.newaxis],
        np.array(factors[1], np.float64)[np.newaxis],
    )
    return Pass.of(column, _narrowest(column, 1) if whole else np.float64), Pass.of(row, last)


def _narrowest(weights: np.ndarray, divisor: int) -> type[np.number]:
    """The narrowest integer type that holds each partial sum under these weights, and a divisor beside it."""
    largest = 255 * float(np.abs(weights).sum()) + divisor
    return next(kind for kind in (np.int16, np.int32, np.int64) if largest <= np.iinfo(kind).max)


# ---- The picture in tiles, each with as much around it as the kernel reaches


def _fill(image: np.ndarray, plan: Plan, border: str, output: np.ndarray) -> np.ndarray:
    """Fill `output` tile by tile; return the pixels in doubt, (n, 2) of y and x."""
    kh, kw = plan.weights.shape
    sources = _origins(image.shape[0], kh // 2, border), _origins(image.shape[1], kw // 2, border)
    rows, columns = _tile_size(image.shape, plan)

    def one_tile(corner: tuple[int, int]) -> np.ndarray:
        y, x = corner
        part = output[y : y + rows, x : x + columns]
        shape = part.shape[0] + kh - 1, part.shape[1] + kw - 1
        load = partial(_load, image, sources, border, corner)
        doubtful = (_by_steps if plan.passes else _by_fourier)(load, shape, plan, part)
        places: np.ndarray = doubtful + np.array(corner)
        return places

    corners = [(y, x) for y in range(0, image.shape[0], rows) for x in range(0, image.shape[1], columns)]
    if plan.passes or len(corners) == 1:
        return np.concatenate([one_tile(corner) for corner in corners])
    # A transform is one long call, during which another thread can run. The steps of the other way are
    # short: threads would spend their time waiting for each other.
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return np.concatenate(list(threads.map(one_tile, corners)))


def _tile_size(shape: tuple[int, ...], plan: Plan) -> tuple[int, int]:
    """Rows and columns of the tiles, all about equal."""
    kh, kw = plan.weights.shape
    if plan.passes:
        item = plan.passes[-1].dtype.itemsize
        columns = min(shape[1], TILE_ROW // item)
        size = max(TILE // item, 9 * kh * kw)
        rows = max(1, size // (columns + kw - 1) - kh + 1)
    else:
        rows, columns = (_fourier_side(max(kh, kw)) - taps + 1 for taps in (kh, kw))
    return -(-shape[0] // -(-shape[0] // rows)), -(-shape[1] // -(-shape[1] // columns))


_origins = lru_cache(maxsize=64)(origins)


def _load(
    image: np.ndarray, sources: tuple[np.ndarray, ...], border: str, corner: tuple[int, int], tile: np.ndarray
) -> None:
    """Copy the part of the padded picture that begins at that corner into `tile`.

    What is inside of the picture is a plain copy; only the border, a few rows and columns, is looked up.
    """
    reach = [(len(source) - length) // 2 for source, length in zip(sources, image.shape, strict=True)]
    y, x = (start - r for start, r in zip(corner, reach, strict=True))  # in the picture
    top, left = max(0, -y), max(0, -x)  # how much of the tile lies before the picture
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


def _by_steps(
    load: Callable[[np.ndarray], None], shape: tuple[int, int], plan: Plan, part: np.ndarray
) -> np.ndarray:
    """Fill one part of the output by sums over its tile, shifted; return where it is in doubt.

    load: puts the tile, of that shape, into an array.
    """
    wide = shape[1]
    tile = SCRATCH.take(shape[0] * wide, plan.passes[0].dtype)
    load(tile.reshape(shape))
    # From here on the tile is one long row, in which the next row is `wide` further on: each step is one
    # call over one piece of memory. What comes in from a row's other end spoils its last sums, those that
    # belong to no pixel.
    for one in plan.passes:
        tile = _add_up(tile, one, wide)
    sums = _in_rows(tile, part.shape, wide)
    doubtful = NOWHERE
    if np.issubdtype(tile.dtype, np.integer):
        _divide(tile, plan.divisor)
        _saturate(tile, plan, part.dtype)
    else:
        doubtful = _round(sums, plan)
        _saturate(sums, plan, part.dtype)
    np.copyto(part, sums, casting="unsafe")
    SCRATCH.give(tile)
    return doubtful


def _in_rows(line: np.ndarray, shape: tuple[int, ...], wide: int) -> np.ndarray:
    """View a long row as a tile again, of that shape, without what is left over at the ends of its rows."""
    rows: np.ndarray = np.ndarray(shape, line.dtype, line, strides=(wide * line.itemsize, line.itemsize))
    return rows


class Scratch(threading.local):
    """Memory for the steps, used over and over: fresh memory costs more than the sums in it."""

    def __init__(self) -> None:
        """Begin with none; each thread for itself."""
        self.free: list[np.ndarray] = []

    def take(self, length: int, dtype: npt.DTypeLike) -> np.ndarray:
        """An array of that length with anything in it."""
        size = length * np.dtype(dtype).itemsize
        fitting = (number for number, memory in enumerate(self.free) if memory.nbytes >= size)
        number = next(fitting, None)
        memory = np.empty(size, np.uint8) if number is None else self.free.pop(number)
        return memory[:size].view(dtype)

    def give(self, array: np.ndarray) -> None:
        """Let its memory be taken again."""
        assert array.base is not None  # take() returned a view
        self.free.append(array.base)
        del self.free[:-KEPT]


SCRATCH = Scratch()


def _add_up(source: np.ndarray, one: Pass, wide: int) -> np.ndarray:
    """The sums of weight times source, shifted to where it lies under that weight; `source` is used up."""
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
        _add_up_run(source, len(one.taps), wide if columns == 1 else 1, total)
        if weight != 1:
            np.multiply(total, weight, out=total)
    else:
        _add_up_taps(source, one, wide, total)
    SCRATCH.give(source)
    return total


def _add_up_run(source: np.ndarray, count: int, step: int, total: np.ndarray) -> None:
    """total[n] = source[n] + source[n + step] + ..., `count` of them, by doubling.

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
    for memory in spare:
        SCRATCH.give(memory)


def _add_up_taps(source: np.ndarray, one: Pass, wide: int, total: np.ndarray) -> None:
    """total[n] = sum of weight * source[n + i * wide + j] over the taps (i, j).

    Most weights of 3 x 3 kernels are 1 or -1: these are added or subtracted without a multiplication.
    """
    product = SCRATCH.take(len(total), one.dtype)
    for number, (i, j, weight) in enumerate(one.taps):
        shifted = source[i * wide + j :][: len(total)]
        if number == 0:
            np.multiply(shifted, weight, out=total)
        elif weight == 1:
            np.add(total, shifted, out=total)
        elif weight == -1:
            np.subtract(total, shifted, out=total)
        else:
            np.multiply(shifted, weight, out=product)
            np.add(total, product, out=total)
    if not one.taps:
        total.fill(0)
    SCRATCH.give(product)


def _add_up_band(source: np.ndarray, one: Pass, total: np.ndarray) -> None:
    """The sums as products with a band matrix.

    Say the kernel is a column. Then the sums at BAND places below each other are a product: of a matrix that
    holds the column once in each row, one place further on, and the piece of the picture that they all lie
    in. Most of that matrix is zeros, and BLAS still takes it faster than step by step.
    """
    assert one.band is not None
    kh, kw = one.shape
    high, wide = source.shape[0] - kh + 1, source.shape[1] - kw + 1
    result = _in_rows(total, (high, wide), source.shape[1])
    if kh == 1:  # a row is a column of the transposed picture
        source, result, kh, kw = source.T, result.T, kw, 1
    elif kw > 1:  # a rectangle is one of the picture in which each row is there kw times, shifted
        step, item = source.strides
        shifted = np.lib.stride_tricks.as_strided(source, (len(source), kw, wide), (step, item, item))
        source = SCRATCH.take(shifted.size, one.dtype).reshape(-1, wide)
        np.copyto(source.reshape(shifted.shape), shifted)
    for start in range(0, len(result), BAND):
        part = result[start : start + BAND]
        piece = source[start * kw : (start + len(part) + kh - 1) * kw]
        np.matmul(one.band[: len(part), : len(piece)], piece, out=part)
    if kw > 1:
        SCRATCH.give(source.ravel())


# ---- From sums to pixels


def _divide(sums: np.ndarray, divisor: int) -> None:
    """Divide whole numbers in place, rounded half to even, in whole numbers.

    Floor division rounds down; half a divisor more makes it the nearest. An odd divisor has no halves. With
    an even one, a half is where nothing remains, and has been rounded up: if that made it odd, take 1 off.
    """
    if divisor == 1:
        return
    one = sums.dtype.type
    np.add(sums, one(divisor // 2), out=sums)
    if divisor % 2:
        np.floor_divide(sums, one(divisor), out=sums)
        return
    quotient, product = SCRATCH.take(len(sums), sums.dtype), SCRATCH.take(len(sums), sums.dtype)
    np.floor_divide(sums, one(divisor), out=quotient)
    np.multiply(quotient, one(divisor), out=product)
    half = np.equal(product, sums)
    np.bitwise_and(quotient, half, out=product)  # 1 where it is a half and the quotient is odd
    np.subtract(quotient, product, out=sums)
    SCRATCH.give(quotient)
    SCRATCH.give(product)


LIMITS = {np.uint8: (0, 255), np.int16: (-32768, 32767)}


def _saturate(pixels: np.ndarray, plan: Plan, dtype: np.dtype) -> None:
    """Cut off in place what the pixel type cannot hold, if this kernel can get there."""
    lowest, highest = LIMITS[dtype.type]
    if plan.lowest < lowest or plan.highest > highest:
        np.clip(pixels, lowest, highest, out=pixels)


NOWHERE = np.empty((0, 2), int)


def _round(sums: np.ndarray, plan: Plan) -> np.ndarray:
    """Divide float sums and round them in place; return where that is in doubt: (n, 2) of y and x."""
    if not plan.whole:
        doubtful = _in_doubt(sums, plan)
    else:
        doubtful = NOWHERE  # a half is a half here: see EXACT_DIVISION
        np.divide(sums, sums.dtype.type(plan.divisor), out=sums)
    np.rint(sums, out=sums)
    return doubtful


def _in_doubt(responses: np.ndarray, plan: Plan) -> np.ndarray:
    """Where a float response is too near to a half to be rounded as it is: (n, 2) of y and x."""
    from_whole = np.abs(responses - np.rint(responses))
    if from_whole.max() <= 0.5 - plan.doubt:
        return NOWHERE
    return np.argwhere(from_whole > 0.5 - plan.doubt)


def _sum_again(
    image: np.ndarray, kernel: np.ndarray, border: str, places: np.ndarray, output: np.ndarray
) -> None:
    """Sum exactly at these places, (n, 2) of y and x, and put the pixels there."""
    if len(places) == 0:
        return
    kh, kw = kernel.shape
    padded = pad(image, kh // 2, kw // 2, border)
    exact = [exact_response(padded[y : y + kh, x : x + kw], kernel) for y, x in places.tolist()]
    output[tuple(places.T)] = to_pixels(np.array(exact), output.dtype == np.int16)


# ---- Sums by the Fourier transform: a correlation is a product of spectra


def _fourier_side(kernel_side: int) -> int:
    """The side of a tile, of which the kernel's rim takes a quarter at most."""
    return max(FOURIER_SIDE, 4 * kernel_side)


@lru_cache(maxsize=8)
def _spectrum(plan: Plan, shape: tuple[int, int]) -> np.ndarray:
    """The spectrum to multiply with: of the kernel, conjugate, as we correlate and do not convolve."""
    import scipy.fft  # here, as it takes a while and few kernels need it

    spectrum: np.ndarray = np.conj(scipy.fft.rfft2(plan.weights, shape))
    return spectrum


def _by_fourier(
    load: Callable[[np.ndarray], None], shape: tuple[int, int], plan: Plan, part: np.ndarray
) -> np.ndarray:
    """Like _by_steps, by way of the spectrum: the cost does not depend on the kernel's weights."""
    import scipy.fft

    quick = tuple(scipy.fft.next_fast_len(side, real=True) for side in shape)
    tile = np.zeros(quick)
    load(tile[: shape[0], : shape[1]])
    spectrum = scipy.fft.rfft2(tile)
    np.multiply(spectrum, _spectrum(plan, quick), out=spectrum)
    # The transform wraps around; these first rows and columns are those that nothing wrapped into.
    sums = scipy.fft.irfft2(spectrum, quick, overwrite_x=True)[: part.shape[0], : part.shape[1]]
    if plan.whole:
        np.rint(sums, out=sums)
    doubtful = _round(sums, plan)
    _saturate(sums, plan, part.dtype)
    np.copyto(part, sums, casting="unsafe")
    return doubtful
