"""Names for kernels in use, beside those of the bank: means, multiples, sharpening by a strength."""

import numpy as np

from filtering.describe import size_text
from kernels import KERNELS

SHARPENING = {"sharpen": KERNELS["laplacian"], "sharpen by all 8 neighbours": -KERNELS["outline"]}


def name_of(kernel: np.ndarray) -> str | None:
    """Return what a kernel is called; None where it has no name.

    >>> name_of(KERNELS["sobel_x"] / 8), name_of(np.full((3, 5), 1 / 15))
    ('sobel_x / 8', 'mean of 3 x 5')
    """
    for name, known in KERNELS.items():
        if np.array_equal(known, kernel):
            return name
    if kernel.size == 1:
        return None
    if np.allclose(kernel, 1 / kernel.size, rtol=1e-12, atol=0):
        return f"mean of {size_text(kernel)}"
    for way, line in (("down", np.eye(len(kernel))), ("up", np.eye(len(kernel))[::-1])):
        if kernel.shape == line.shape and np.allclose(kernel, line / len(line), rtol=1e-12, atol=0):
            return f"motion blur {way} to the right, {len(line)} pixels"
    multiples = (_multiple(kernel, name, known) for name, known in KERNELS.items())
    return next(filter(None, multiples), None) or _sharpening(kernel)


def _multiple(kernel: np.ndarray, name: str, known: np.ndarray) -> str | None:
    factor = _factor(kernel, known)
    if factor and abs(factor) > 1 and _is_short(factor):
        return f"{name} * {factor:g}"
    return f"{name} / {1 / factor:g}" if factor and _is_short(1 / factor) else None


def _sharpening(kernel: np.ndarray) -> str | None:
    for name, edges in SHARPENING.items():
        strength = _factor(np.pad([[1.0]], 1) - kernel, edges) if kernel.shape == (3, 3) else None
        if strength and strength > 0 and _is_short(strength):
            return f"{name}, strength {strength:g}"
    return None


def _is_short(number: float) -> bool:
    """Return whether the six digits that are said of a number are all, but for the error of a float."""
    return abs(float(f"{number:g}") - number) <= 1e-12 * abs(number)


def _factor(kernel: np.ndarray, known: np.ndarray) -> float | None:
    """Return the number that makes a kernel of a known one by multiplication; None or 0 if there is none."""
    if kernel.shape != known.shape:
        return None
    peak = np.unravel_index(np.abs(known).argmax(), known.shape)
    factor = float(kernel[peak] / known[peak])
    return factor if np.allclose(kernel, factor * known, rtol=1e-12, atol=0) else None
