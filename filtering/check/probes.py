"""The probes: the images and kernels that every function is tried with."""

from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import numpy as np

from filtering.exact import Weights, on_paper
from filtering.grammar import parse_kernel
from filtering.model import UNMOVED, Shift
from kernels import KERNEL_BANK

# Turned, mirrored or transposed it is another kernel; responses from -222 to 765.
_ASYMMETRIC_3 = parse_kernel("3 -1 2; 5 6 -4; 1 -2 4 / 8")
_ASYMMETRIC_5 = parse_kernel("1 0 2 -1 3; 0 4 -2 1 0; 2 3 5 1 -3; -1 0 2 0 1; 0 1 -2 1 3 / 16")
# No sum is below 0 or above 255.
_SMALL_5 = parse_kernel("0 1 2 0 1; 3 0 1 1 0; 1 2 6 1 0; 0 1 3 0 2; 2 0 0 1 1 / 32")
_SMOOTH_3 = parse_kernel("1 2 0; 3 4 1; 0 2 3 / 16")  # many sums are a half
_RECTANGLE = parse_kernel("1 0 3 -2 1; 2 5 4 1 0; -1 0 1 3 2 / 16")
# Weights beyond 1: shows whether they are cut to whole numbers.
_MIXED = parse_kernel("1.25 -2.5 0.75; 3.5 1.5 -1.75; 0.25 2.25 -2.5")
_WHOLE = np.array([[1, 2, 0], [-1, 0, 1], [0, 1, -2]])
_LARGE = np.random.default_rng(13).integers(-3, 7, (13, 13)) / 256  # filter2D takes a Fourier transform here
_COUNTING = np.arange(1, 26).reshape(5, 5) / 8  # times an impulse of 8: the weights' numbers

# Images (height, width), kernels, and by what the noise is divided. The divisors of kernels are powers
# of two: then floats hold every sum exactly, and the rule for halves shows. The bank has the other divisors.
_PROBES: list[tuple[tuple[int, int], np.ndarray, int]] = [
    ((13, 13), _ASYMMETRIC_5, 1),
    ((12, 17), _ASYMMETRIC_3, 1),
    ((17, 12), _ASYMMETRIC_5, 1),
    ((16, 16), _ASYMMETRIC_3, 1),
    ((14, 14), _SMOOTH_3, 1),
    ((14, 11), _RECTANGLE, 1),
    ((12, 12), _RECTANGLE.T, 1),
    ((10, 13), np.array([[2, 3, 1]]) / 8, 1),
    ((15, 15), np.array([[1], [5], [2]]) / 8, 1),
    ((9, 12), np.array([[0.5]]), 1),
    ((1, 1), _ASYMMETRIC_3, 1),
    ((1, 9), _ASYMMETRIC_3, 1),
    ((9, 1), _ASYMMETRIC_5, 1),
    ((2, 3), _ASYMMETRIC_5, 1),
    ((5, 2), _SMOOTH_3, 1),
    ((16, 19), KERNEL_BANK["small_blur"], 1),
    ((24, 26), KERNEL_BANK["large_blur"], 1),
    ((14, 15), KERNEL_BANK["sharpen"], 1),
    ((15, 14), KERNEL_BANK["laplacian"], 1),
    ((14, 14), KERNEL_BANK["sobel_x"], 1),
    ((13, 16), KERNEL_BANK["sobel_y"], 1),
    ((20, 18), _LARGE, 1),
    ((16, 16), _MIXED, 8),  # sums from -112 to 183: below 0, but not out of range for `abs`
    ((15, 13), _WHOLE, 1),  # an integer dtype, as in `np.array([[1, 2, 0], ...])`
    # Where sums of 300 or -1 are an error, these are left, with _SMOOTH_3.
    ((13, 10), _SMOOTH_3.T, 1),
    ((11, 11), _SMOOTH_3[::-1], 1),
    ((12, 12), _SMALL_5, 1),
]
FEWEST = 5  # probes: from fewer no conclusions are drawn
FINEST = 10**9  # the largest divisor of weights with which sums and their products fit into int64
IMPULSE = 8  # the brightness of the single pixels in the image that measures the kernel


@dataclass(eq=False, repr=False)
class Probe:
    """An image and a kernel to try a function with."""

    image: np.ndarray  # uint8, (H, W)
    kernel: np.ndarray  # float64, or int64
    purpose: str = ""  # "", "impulse" or "yours"
    judged: np.ndarray | None = None  # bool, (H, W): the pixels that count; None: all
    memory: dict[object, Any] = field(default_factory=dict)  # what is taken again and again, see `mistakes`

    @cached_property
    def weights(self) -> Weights:
        """The kernel as whole numbers, int64, over a divisor."""
        values, divisor = on_paper(self.kernel.astype(np.float64)).exact()
        if divisor > FINEST:  # arbitrary floats: near enough for a sum next to no half
            values, divisor = np.rint(self.kernel * FINEST), FINEST
        return Weights(values.astype(np.int64), divisor)

    @cached_property
    def known(self) -> np.ndarray:
        """The mask of pixels that count: bool, (H, W)."""
        return np.ones(self.image.shape, bool) if self.judged is None else self.judged

    @property
    def reach(self) -> tuple[int, int]:
        """The rows and columns that the kernel reaches beyond its centre."""
        return self.kernel.shape[0] // 2, self.kernel.shape[1] // 2

    def inside(self, shift: Shift = UNMOVED) -> np.ndarray:
        """Return a mask of the pixels whose whole window lies inside the image: bool, (H, W)."""
        (rows, columns), (right, down) = self.reach, shift.of(self.reach)
        height, width = self.image.shape
        y, x = np.arange(height) - down, np.arange(width) - right
        return np.outer((y >= rows) & (y < height - rows), (x >= columns) & (x < width - columns))


Case = tuple[Probe, np.ndarray]  # and the output for it


def informative(output: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return the places (y, x) in the mask whose value is not the most frequent one, nan or an extreme."""
    if output.dtype.kind == "c":
        return np.empty((0, 2), int)
    values, counts = np.unique(output[mask], return_counts=True)
    if len(values) < 2:
        return np.empty((0, 2), int)
    usual = values[np.argmax(counts)]
    keep = mask & (output != usual) & (output == output)
    if output.dtype == np.uint8:
        keep &= (output != 0) & (output != 255)
    return np.argwhere(keep)


@cache
def probes() -> list[Probe]:
    """Return the probes that every function is tried with: images of seeded noise, and an impulse."""
    random = np.random.default_rng(2)
    noise = [
        Probe(random.integers(0, 256, shape, dtype=np.uint8) // np.uint8(darker), kernel)
        for shape, kernel, darker in _PROBES
    ]
    return [*noise, Probe(_impulses(), _COUNTING, "impulse")]


def samples() -> list[Probe]:
    """Return probes that show how a function has to be called: of two sizes, one with sums in range."""
    kernels = (_ASYMMETRIC_5, _SMOOTH_3)
    return [next(probe for probe in probes() if probe.kernel is kernel) for kernel in kernels]


def _impulses() -> np.ndarray:
    """Return a dark image with one bright pixel in the middle, at each edge and in each corner."""
    image = np.zeros((19, 23), np.uint8)
    image[np.ix_([0, 9, 18], [0, 11, 22])] = IMPULSE
    return image


def colour_probe() -> tuple[np.ndarray, np.ndarray]:
    """Return a colour image and a kernel: nothing is found by it, but it is said whether it works."""
    return np.random.default_rng(3).integers(0, 256, (11, 12, 3), dtype=np.uint8), _SMOOTH_3
