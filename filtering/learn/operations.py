"""What programs do in more than one sum: Gaussians by their sigma, two rounded passes, the strength of edges.

Each is tried as it is, and counts only where it reproduces every pixel.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image, ImageEnhance, ImageFilter
from scipy import ndimage

from filtering.borders import BORDERS, pad
from filtering.learn.explain import LEFT, border_name, distinct
from filtering.learn.names import NARROWEST, NEAR, mask_of, sigma_of
from filtering.learn.pair import Pair
from filtering.model import ROUNDINGS, Border, extend, reflect_by_side
from kernels import KERNELS

LARGEST_DIVISOR = 64  # of a pass
NOISE = 1e-6  # of a float response
SIGMAS = 8  # of an unsharp mask, near an estimate
STEEP = 1.0  # root mean square of what a strength of edges leaves, at most, to look for its scale
PART, RIM = 256, 64  # side of a part of the image that is tried first, and what its own edges may reach
MIDDLE = 1000  # side of the part that tells the scale of a strength

Rule = Callable[[np.ndarray], np.ndarray]  # rounds responses


class Operation(NamedTuple):
    """An operation that reproduces every pixel, but for ties."""

    text: str  # what it is, in words
    kernel: np.ndarray  # what is nearest to it in one sum; of a strength, the kernel x
    borders: list[str]  # all that reproduce every pixel
    result: np.ndarray  # uint8, (channels, H, W)
    ties: int  # pixels whose float response lies on the step to the neighbouring one


class Made(NamedTuple):
    """A plane of pixels, and those that float noise may make instead."""

    pixels: np.ndarray
    others: np.ndarray | None = None


class Try(NamedTuple):
    """An operation to be tried."""

    text: str  # what it is; the same text has several borders, one after the other
    border: str
    make: Callable[[np.ndarray], Made]  # what it makes of a plane
    kernel: np.ndarray  # see Operation


def find_blur(pair: Pair, kernel: np.ndarray) -> Operation | None:
    """Return the Gaussian, or the two rounded passes, that reproduce every pixel. kernel: an estimate."""
    tries = (_passes, _means, _sharpness, _unsharp)
    found = (_first(pair, kind(kernel)) for kind in tries)
    return find_gaussian(pair, kernel) or next(filter(None, found), None)


def find_gaussian(pair: Pair, kernel: np.ndarray) -> Operation | None:
    """Return the Gaussian of a library that reproduces every pixel. kernel: an estimate."""
    return _opencv_gaussian(pair, kernel) or _first(pair, _gaussians(kernel))


def find_strength(pair: Pair) -> Operation | None:
    """Return the strength of edges that reproduces every pixel."""
    return next(filter(None, (_first(pair, _strengths(pair, name)) for name in EDGES)), None)


def _first(pair: Pair, tries: Iterator[Try]) -> Operation | None:
    """Return the first operation that reproduces every pixel, with all of its borders that do."""
    found: Operation | None = None
    wrong = ""  # inside the image, where the border does not matter
    for one in tries:
        if found is not None and one.text != found.text:
            break
        if one.text == wrong:
            continue
        if not _right_inside(pair, one.make):
            wrong = one.text
            continue
        result = _reproduced(pair, one.make)
        if result is not None and found is not None:
            found.borders.append(one.border)
        elif result is not None:
            ties = int(np.count_nonzero((result != pair.after).any(axis=0)))
            found = Operation(one.text, one.kernel, [one.border], result, ties)
    return found


def _right_inside(pair: Pair, make: Callable[[np.ndarray], Made]) -> bool:
    """Return whether an operation may be right, by a part in the middle of a large image."""
    height, width = pair.before.shape[1:]
    if pair.cropped or min(height, width) <= PART:
        return not pair.cropped
    y, x = (height - PART) // 2, (width - PART) // 2
    part = np.s_[y : y + PART, x : x + PART]
    made = make(np.ascontiguousarray(pair.before[0][part]))
    return not _wrong(made, pair.after[0][part])[RIM:-RIM, RIM:-RIM].any()


def _reproduced(pair: Pair, make: Callable[[np.ndarray], Made]) -> np.ndarray | None:
    """Return what an operation makes, if that is every pixel but for ties."""
    planes, doubtful = [], np.zeros(pair.before.shape, bool)
    for channel, (before, after) in enumerate(zip(pair.before, pair.after, strict=True)):
        made = make(before)
        if _wrong(made, after).any():
            return None
        planes.append(made.pixels)
        doubtful[channel] = made.others is not None and made.others != made.pixels
    result = np.stack(planes)
    if (result != pair.after).any():  # float noise is the same wherever the same window stands
        rows, columns = pair.inside((1, 1))
        doubtful[:, : rows.start] = doubtful[:, rows.stop :] = False
        doubtful[:, :, : columns.start] = doubtful[:, :, columns.stop :] = False
        places = np.argwhere(doubtful)
        if len(distinct(pair.windows(places, (3, 3)), pair.after[tuple(places.T)])[0]) == 0:
            return None
    return result


def _wrong(made: Made, after: np.ndarray) -> np.ndarray:
    """Mark the pixels that differ, and are no ties."""
    wrong = made.pixels != after
    return np.asarray(wrong if made.others is None else wrong & (made.others != after))


def _made(response: np.ndarray, rule: Rule) -> Made:
    """Return the pixels of float responses, and those on the other side of a step that is near."""
    pixels, above, below = (
        np.clip(rule(response + noise), 0, 255).astype(np.uint8) for noise in (0, NOISE, -NOISE)
    )
    return Made(pixels, np.where(above != pixels, above, below))


# ---- Gaussians

OPENCV = {
    "replicate": cv2.BORDER_REPLICATE,
    "reflect": cv2.BORDER_REFLECT,
    "reflect101": cv2.BORDER_REFLECT_101,
    "zero": cv2.BORDER_CONSTANT,
}
SCIPY = {
    "replicate": "nearest",
    "reflect": "reflect",
    "reflect101": "mirror",
    "zero": "constant",
    "wrap": "wrap",
}


def _near(sigma: float) -> list[float]:
    """Return sigmas of one or two decimals near an estimate, the simplest first."""
    near = {round(sigma + step / 100, digits) for step in range(-6, 7) for digits in (1, 2)}
    return sorted(
        (one for one in near if one >= NARROWEST), key=lambda one: (len(str(one)), abs(one - sigma))
    )


def _opencv_gaussian(pair: Pair, kernel: np.ndarray) -> Operation | None:
    """Return OpenCV's Gaussian that reproduces every pixel, with all sigmas of two decimals that do."""
    sigma = sigma_of(kernel)
    if sigma is None:
        return None
    sides = [kernel.shape[0] + more for more in (0, 2, 4, 6)]
    given = [(0.0, side) for side in sides if abs(_own_sigma(side) - sigma) < 0.15]
    given += [(one, round(one * 6 + 1) | 1) for one in _near(sigma)]
    for one, side in [*given, *product(_near(sigma), sides)]:
        found = _first(pair, _opencv(one, side))
        if found is not None:
            return found if one == 0 else found._replace(text=_with_range(pair, one, side, found))
    return None


def _own_sigma(side: int) -> float:
    """Return the sigma that OpenCV takes for a size, see cv2.getGaussianKernel."""
    return 0.3 * ((side - 1) * 0.5 - 1) + 0.8


def _with_range(pair: Pair, sigma: float, side: int, found: Operation) -> str:
    """Return the words for a Gaussian, with the range of sigmas that give the same pixels."""
    limits = []
    for step in (-0.01, 0.01):
        last, other = sigma, round(sigma + step, 2)
        while other > 0 and _first(pair, _opencv(other, side)) is not None:
            last, other = other, round(other + step, 2)
        limits.append(last)
    least, most = limits
    return found.text if least == most else found.text.replace(f"{sigma:g}", f"{least:g} to {most:g}", 1)


def _opencv(sigma: float, side: int) -> Iterator[Try]:
    default = (
        " for this size" if sigma == 0 else " for this sigma" if side == round(sigma * 6 + 1) | 1 else ""
    )
    name = f"cv2.GaussianBlur, its default{default}" if default else "cv2.GaussianBlur"
    text = f"a Gaussian of sigma {sigma or _own_sigma(side):g}, {side} x {side} ({name})"
    row = cv2.getGaussianKernel(side, sigma)
    for border, flag in OPENCV.items():
        yield Try(text, border, partial(_gaussian_blur, side=side, sigma=sigma, flag=flag), row * row.T)


def _gaussians(kernel: np.ndarray) -> Iterator[Try]:
    """Yield the Gaussians of SciPy and Pillow near an estimate."""
    sigma = sigma_of(kernel)
    for one in _near(sigma) if sigma is not None else []:
        row = cv2.getGaussianKernel(2 * int(4 * one + 0.5) + 1, one)  # as far as SciPy's reaches
        text = f"a Gaussian of sigma {one:g} (scipy.ndimage.gaussian_filter, each pass cut to whole numbers)"
        for border, mode in SCIPY.items():
            yield Try(text, border, partial(_gaussian_filter, sigma=one, mode=mode), row * row.T)
        for rule, cast in (("cut", "cut to whole numbers"), ("rounded", "rounded")):
            text = f"a Gaussian of sigma {one:g} (scipy.ndimage or scikit-image, in floats, {cast})"
            for border, mode in SCIPY.items():
                make = partial(_float_gaussian, sigma=one, mode=mode, rule=rule)
                yield Try(text, border, make, row * row.T)
        text = f"a Gaussian of radius {one:g} (Pillow's GaussianBlur, three rounded means each way)"
        yield Try(text, "replicate", partial(_pillow, blur=ImageFilter.GaussianBlur(one)), row * row.T)


def _gaussian_blur(plane: np.ndarray, side: int, sigma: float, flag: int) -> Made:
    return Made(cv2.GaussianBlur(plane, (side, side), sigma, None, sigma, flag))


def _gaussian_filter(plane: np.ndarray, sigma: float, mode: str) -> Made:
    return Made(ndimage.gaussian_filter(plane, sigma, mode=mode))


def _float_gaussian(plane: np.ndarray, sigma: float, mode: str, rule: str) -> Made:
    response = ndimage.gaussian_filter(plane.astype(np.float64), sigma, mode=mode)
    return _made(response, np.rint if rule == "rounded" else np.floor)


def _pillow(plane: np.ndarray, blur: ImageFilter.Filter) -> Made:
    return Made(np.asarray(Image.fromarray(plane).filter(blur)))


# ---- Two passes


def _passes(kernel: np.ndarray) -> Iterator[Try]:
    """Yield a row and a column near an estimate, one after the other, with a rounding after each."""
    column, row = kernel.sum(axis=1), kernel.sum(axis=0)
    apart = np.abs(np.outer(column, row) - kernel).max()
    if min(kernel.shape) == 1 or abs(kernel.sum() - 1) > 0.02 or apart > NEAR:
        return
    for (down, along), rounding, first in product(
        product(_whole(column), _whole(row)), ("half-up", "half-even", "truncate"), (1, 0)
    ):
        factors = {0: (*down, "down the columns"), 1: (*along, "along the rows")}
        passes = [(axis, *factors[axis]) for axis in (first, 1 - first)]
        how = "cut to whole numbers" if rounding == "truncate" else f"rounded {rounding.replace('-', ' ')}"
        then = ", then ".join(f"{_factor_text(whole, divisor)} {way}" for _, whole, divisor, way in passes)
        kernel = np.outer(down[0], along[0]) / (down[1] * along[1])
        for border in BORDERS:
            make = partial(_in_passes, passes=passes, rounding=rounding, border=border)
            yield Try(f"two passes, each {how} ({then})", border, make, kernel)


def _means(kernel: np.ndarray) -> Iterator[Try]:
    """Yield means along the rows, several times, and then down the columns, each rounded, as of ffmpeg."""
    for times, side in product((2, 3), range(3, max(kernel.shape) + 1, 2)):
        ones, factor = np.ones(side, int), np.ones(1)
        for _ in range(times):
            factor = np.convolve(factor, ones / side)
        mean = np.outer(factor, factor)
        if mean.shape != kernel.shape or np.abs(mean - kernel).max() > NEAR:
            continue
        text = f"{times} means of {side} along the rows, then {times} down the columns, each rounded half up"
        passes = [(1, ones, side, "")] * times + [(0, ones, side, "")] * times
        for border in BORDERS:
            make = partial(_in_passes, passes=passes, rounding="half-up", border=border)
            yield Try(text, border, make, mean)


def _whole(weights: np.ndarray) -> list[tuple[np.ndarray, int]]:
    """Return whole numbers over a divisor near the weights of a pass, which add up to 1: two at most."""
    near = []
    for divisor in range(1, LARGEST_DIVISOR + 1):
        whole = np.rint(divisor * weights).astype(int)
        if whole.sum() == divisor and np.abs(whole / divisor - weights).max() < NEAR:
            near.append((whole, divisor))
    return near[:2]


def _factor_text(whole: np.ndarray, divisor: int) -> str:
    same = len(whole) > 9 and len(set(whole.tolist())) == 1
    return f"1/{divisor} * ({f'{len(whole)} times {whole[0]}' if same else ' '.join(map(str, whole))})"


def _in_passes(
    plane: np.ndarray, passes: list[tuple[int, np.ndarray, int, str]], rounding: str, border: str
) -> Made:
    for axis, whole, divisor, _ in passes:
        reach = len(whole) // 2
        padded = pad(plane, *((reach, 0) if axis == 0 else (0, reach)), border).astype(np.int64)
        sums = np.lib.stride_tricks.sliding_window_view(padded, len(whole), axis=axis) @ whole
        plane = np.clip(ROUNDINGS[rounding].rule(sums, divisor), 0, 255).astype(np.uint8)
    return Made(plane)


# ---- Sharpening


def _sharpness(kernel: np.ndarray) -> Iterator[Try]:
    """Yield what Pillow's ImageEnhance.Sharpness makes: it mixes an image with its SMOOTH."""
    if kernel.shape != (3, 3):
        return
    estimate = 1 - 13 * (kernel.sum() - kernel[1, 1]) / 8
    smooth = np.array([[1, 1, 1], [1, 5, 1], [1, 1, 1]]) / 13
    for factor in dict.fromkeys(round(estimate, digits) for digits in (1, 2)):
        mixed = (1 - factor) * smooth + factor * np.pad([[1.0]], 1)
        if np.abs(mixed - kernel).max() < NEAR:
            text = f"sharpness {factor:g} (Pillow's ImageEnhance.Sharpness)"
            yield Try(text, LEFT, partial(_enhanced, factor=factor), mixed)


def _unsharp(kernel: np.ndarray) -> Iterator[Try]:
    """Yield unsharp masks near an estimate: the image plus an amount of what a Gaussian takes away."""
    found = mask_of(kernel)
    if found is None:
        return
    amount, sigma = found
    side = len(kernel)
    amounts = dict.fromkeys(round(amount / step) * step for step in (0.5, 0.25, 0.1, 0.05))
    for one, much in product(_near(sigma)[:SIGMAS], amounts):
        row = cv2.getGaussianKernel(side, one)
        mixed = (1 + much) * np.pad([[1.0]], side // 2) - much * row * row.T
        name = f"an unsharp mask of amount {much:g}, sigma {one:g}"
        text = f"{name} (cv2.addWeighted of the image and its GaussianBlur)"
        for border, flag in OPENCV.items():
            yield Try(text, border, partial(_weighted, amount=much, sigma=one, flag=flag), mixed)
        for threshold in (0, 3):
            mask = ImageFilter.UnsharpMask(one, round(100 * much), threshold)
            text = f"an unsharp mask of radius {one:g}, {round(100 * much)} %, threshold {threshold} (Pillow)"
            yield Try(text, "replicate", partial(_pillow, blur=mask), mixed)


def _enhanced(plane: np.ndarray, factor: float) -> Made:
    return Made(np.asarray(ImageEnhance.Sharpness(Image.fromarray(plane)).enhance(factor)))


def _weighted(plane: np.ndarray, amount: float, sigma: float, flag: int) -> Made:
    blurred = cv2.GaussianBlur(plane, (0, 0), sigma, None, sigma, flag)
    return Made(np.asarray(cv2.addWeighted(plane, 1 + amount, blurred, -amount, 0)))


# ---- The strength of edges

Kernels = tuple[np.ndarray, np.ndarray]
Combine = Callable[[np.ndarray, np.ndarray], np.ndarray]
ROBERTS = np.array([[1, 0, 0], [0, -1, 0], [0, 0, 0]]), np.array([[0, 1, 0], [-1, 0, 0], [0, 0, 0]])
EDGES = {
    name.title(): (KERNELS[f"{name}_x"], KERNELS[f"{name}_y"]) for name in ("sobel", "scharr", "prewitt")
}
EDGES |= {"Roberts": ROBERTS, "Roberts's (one pixel on)": (ROBERTS[0][::-1, ::-1], ROBERTS[1][::-1, ::-1])}
COMBINED: dict[str, Combine] = {
    "sqrt(x^2 + y^2)": np.hypot,
    "|x| + |y|": lambda x, y: np.abs(x) + np.abs(y),
    "max(|x|, |y|)": lambda x, y: np.maximum(np.abs(x), np.abs(y)),
    "min(|x|, 255) / 2 + min(|y|, 255) / 2": lambda x, y: (
        (np.abs(x).clip(max=255) + np.abs(y).clip(max=255)) / 2
    ),
}
ROUNDED: dict[str, tuple[Rule, float]] = {  # and the half that it adds
    "": (np.rint, 0.5),
    ", halves rounded up": (lambda strength: np.floor(strength + 0.5), 0.5),
    ", cut to whole numbers": (np.floor, 0),
}


def _strengths(pair: Pair, name: str) -> Iterator[Try]:
    """Yield what two kernels make together, with the scale that the middle of the image leaves."""
    sides = [
        slice(max(0, (side - MIDDLE) // 2), max(0, (side - MIDDLE) // 2) + MIDDLE)
        for side in pair.before.shape[1:]
    ]
    planes, after = (planes[:, sides[0], sides[1]] for planes in (pair.before, pair.after))
    x, y = (np.stack([_response(plane, kernel, "replicate") for plane in planes]) for kernel in EDGES[name])
    within = np.s_[:, 1:-1, 1:-1]
    after = after[within].astype(np.float64)
    for words, combine in COMBINED.items():
        strength = combine(x, y)[within]
        known = (after > 0) & (after < 255) & (strength > 0)
        pixels, of = after[known], strength[known]
        if len(of) < 100 or np.std(pixels - of * ((pixels @ of) / (of @ of))) > STEEP:
            continue
        for rounding, scale, times in _scales(pixels, of):
            whole = not times or words.endswith(")")
            text = f"the strength {words if whole else f'({words})'}{times} of {name} edges{rounding}"
            borders: tuple[Border, ...] = (*BORDERS, reflect_by_side)
            for border in borders:
                make = partial(_strength, EDGES[name], combine, scale, ROUNDED[rounding][0], border)
                yield Try(text, border_name(border), make, EDGES[name][0])


def _scales(pixels: np.ndarray, strength: np.ndarray) -> list[tuple[str, float, str]]:
    """Return the roundings that make pixels of a strength, with a scale and its words; the best first."""
    found = []
    for rounding, (rule, half) in ROUNDED.items():
        least = np.max((pixels - half - NOISE) / strength)
        most = np.min((pixels - half + 1 + NOISE) / strength)
        if least <= most:
            scale, times = _simplest(least, most)
            found.append((np.count_nonzero(rule(strength * scale) != pixels), rounding, scale, times))
    return [(rounding, scale, times) for _, rounding, scale, times in sorted(found, key=lambda one: one[0])]


def _simplest(least: float, most: float) -> tuple[float, str]:
    """Return the simplest factor within limits, and how it is said."""
    if least <= 1 <= most:
        return 1.0, ""
    middle = (least + most) / 2
    for digits in range(4):
        divisor = round(1 / middle, digits)
        if divisor and least <= 1 / divisor <= most:
            return 1 / divisor, f" / {divisor:g}"
    return middle, f" * {middle:.4g}"


def _response(plane: np.ndarray, kernel: np.ndarray, border: Border) -> np.ndarray:
    padded = extend(plane, 1, 1, border).astype(np.float64)
    return cv2.filter2D(padded, cv2.CV_64F, kernel.astype(np.float64))[1:-1, 1:-1]


def _strength(
    kernels: Kernels, combine: Combine, scale: float, rule: Rule, border: Border, plane: np.ndarray
) -> Made:
    x, y = (_response(plane, kernel, border) for kernel in kernels)
    return _made(combine(x, y) * scale, rule)
