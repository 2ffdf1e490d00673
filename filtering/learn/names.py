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
    for name, known in KERNELS.items():
        factor = _multiple(kernel, known)
        if factor:
            return f"{name} * {factor:g}" if abs(factor) > 1 else f"{name} / {1 / factor:g}"
    for name, edges in SHARPENING.items():
        if kernel.shape == (3, 3):
            strength = _multiple(np.pad([[1.0]], 1) - kernel, edges)
            if strength and strength > 0:
                return f"{name}, strength {strength:g}"
    return None


def _multiple(kernel: np.ndarray, known: np.ndarray) -> float | None:
    """Return the number that makes a kernel of a known one by multiplication."""
    if kernel.shape != known.shape:
        return None
    peak = np.unravel_index(np.abs(known).argmax(), known.shape)
    factor = float(kernel[peak] / known[peak])
    return factor if factor and np.allclose(kernel, factor * known, rtol=1e-9, atol=1e-12) else None
