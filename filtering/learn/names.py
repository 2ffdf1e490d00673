"""Names for kernels in use, beside those of the bank: means, multiples, sharpening by a strength."""

import cv2
import numpy as np
from scipy import optimize

from filtering.describe import size_text
from kernels import KERNELS

SHARPENING = {"sharpen": KERNELS["laplacian"], "sharpen by all 8 neighbours": -KERNELS["outline"]}

NEAR = 0.004  # of weights: so far may an estimate be from the kernel that made it
NARROWEST = 0.3  # sigma of a Gaussian: with less, it leaves an image nearly as it is
MASKED = 0.03  # of the amount: so far may a weight be from that of an unsharp mask


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
    peak = np.unravel_index(np.argmax(np.abs(known)), known.shape)
    factor = float(kernel[peak] / known[peak])
    return factor if np.allclose(kernel, factor * known, rtol=1e-12, atol=0) else None


def likeness(kernel: np.ndarray) -> str:
    """Say which Gaussian or unsharp mask a kernel is like, and how far from it; '' where it is like none."""
    centre, mask = np.pad([[1.0]], len(kernel) // 2), mask_of(kernel)
    sigma = sigma_of(kernel) if mask is None else mask[1]
    if sigma is None or sigma < NARROWEST + 0.01:
        return ""
    row = cv2.getGaussianKernel(len(kernel), round(sigma, 2))
    name, known = f"a Gaussian of sigma {sigma:.2f}", row * row.T
    if mask is not None:
        name, amount = f"an unsharp mask of amount {mask[0]:.2f}, sigma {sigma:.2f}", round(mask[0], 2)
        known = (1 + amount) * centre - amount * known
    apart = max(float(np.abs(kernel - known).max()), 1e-9)
    digit = 10.0 ** np.floor(np.log10(apart))
    return f"like {name}: the weights differ by up to {np.ceil(apart / digit) * digit:.1g}"


def sigma_of(kernel: np.ndarray) -> float | None:
    """Return the sigma of the Gaussian nearest to a kernel; None where it is nothing like one.

    >>> row = cv2.getGaussianKernel(9, 1.5)
    >>> round(sigma_of(row * row.T), 3)
    1.5
    """
    side = kernel.shape[0]
    peaked = kernel.max() == kernel[side // 2, kernel.shape[1] // 2]
    if side != kernel.shape[1] or side < 3 or abs(kernel.sum() - 1) > 0.02 or not peaked:
        return None

    def apart(sigma: float) -> float:
        """Return the largest difference of a weight under a sigma."""
        row = cv2.getGaussianKernel(side, sigma)
        return float(np.abs(row * row.T - kernel).max())

    found = optimize.minimize_scalar(apart, bounds=(0.2, side), method="bounded", options={"xatol": 1e-5})
    return float(found.x) if found.x >= NARROWEST and found.fun < 0.05 * kernel.max() + NEAR else None


def mask_of(kernel: np.ndarray) -> tuple[float, float] | None:
    """Return the amount and the sigma of the unsharp mask nearest to a kernel; None where it is none."""
    side = len(kernel)
    if kernel.shape != (side, side) or side < 3 or kernel[side // 2, side // 2] <= 1:
        return None
    around = np.ones(kernel.shape, bool)
    around[side // 2, side // 2] = False

    def amount_of(sigma: float) -> float:
        """Return the amount that fits best to a sigma, by least squares."""
        row = cv2.getGaussianKernel(side, sigma)
        blur = (row * row.T)[around]
        return float(-(blur @ kernel[around]) / (blur @ blur))

    def apart(sigma: float) -> float:
        """Return the largest difference of a weight under a sigma."""
        row = cv2.getGaussianKernel(side, sigma)
        return float(np.abs(amount_of(sigma) * (row * row.T)[around] + kernel[around]).max())

    found = optimize.minimize_scalar(apart, bounds=(0.3, side), method="bounded", options={"xatol": 1e-4})
    amount = amount_of(found.x)
    return (amount, float(found.x)) if amount > 0 and found.fun < MASKED * amount else None
