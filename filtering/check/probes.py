"""The probes: the images and kernels that every function is tried with."""

from dataclasses import dataclass, field
from functools import cache, cached_property

import numpy as np

from filtering.exact import Weights, on_paper
from kernels import KERNEL_BANK

# fmt: off
_ASYMMETRIC_3 = np.array([  # turned, mirrored or transposed it is another kernel; responses from -222 to 765
    [ 3, -1,  2],
    [ 5,  6, -4],
    [ 1, -2,  4],
]) / 8
_ASYMMETRIC_5 = np.array([
    [ 1,  0,  2, -1,  3],
    [ 0,  4, -2,  1,  0],
    [ 2,  3,  5,  1, -3],
    [-1,  0,  2,  0,  1],
    [ 0,  1, -2,  1,  3],
]) / 16
_SMOOTH_3 = np.array([  # many sums are a half
    [1, 2, 0],
    [3, 4, 1],
    [0, 2, 3],
]) / 16
_RECTANGLE = np.array([
    [ 1, 0, 3, -2, 1],
    [ 2, 5, 4,  1, 0],
    [-1, 0, 1,  3, 2],
]) / 16
_MIXED = np.array([  # weights beyond 1: shows whether they are cut to whole numbers
    [1.25, -2.5,  0.75],
    [3.5,   1.5, -1.75],
    [0.25,  2.25, -2.5],
])
_WHOLE = np.array([
    [ 1, 2, 0],
    [-1, 0, 1],
    [ 0, 1, -2],
])
# fmt: on
_LARGE = np.random.default_rng(13).integers(-3, 7, (13, 13)) / 256  # filter2D takes a Fourier transform here
_COUNTING = np.arange(1, 26).reshape(5, 5) / 8  # times an impulse of 8: the weights' numbers

# Images (height, width) and kernels. The divisors are powers of two: then floats hold every sum exactly, and
# the rule for halves shows. The bank has the other divisors.
_PROBES = [
    ((13, 13), _ASYMMETRIC_5),
    ((12, 17), _ASYMMETRIC_3),
    ((17, 12), _ASYMMETRIC_5),
    ((16, 16), _ASYMMETRIC_3),
    ((14, 14), _SMOOTH_3),
    ((14, 11), _RECTANGLE),
    ((12, 12), _RECTANGLE.T),
    ((10, 13), np.array([[2, 3, 1]]) / 8),
    ((15, 15), np.array([[1], [5], [2]]) / 8),
    ((9, 12), np.array([[0.5]])),
    ((1, 1), _ASYMMETRIC_3),
    ((1, 9), _ASYMMETRIC_3),
    ((9, 1), _ASYMMETRIC_5),
    ((2, 3), _ASYMMETRIC_5),
    ((5, 2), _SMOOTH_3),
    ((16, 19), KERNEL_BANK["small_blur"]),
    ((24, 26), KERNEL_BANK["large_blur"]),
    ((14, 15), KERNEL_BANK["sharpen"]),
    ((15, 14), KERNEL_BANK["laplacian"]),
    ((14, 14), KERNEL_BANK["sobel_x"]),
    ((13, 16), KERNEL_BANK["sobel_y"]),
    ((20, 18), _LARGE),
    ((16, 16), _MIXED),
    ((15, 13), _WHOLE),  # an integer dtype, as in `np.array([[1, 2, 0], ...])`
]
FINEST = 10**9  # the largest divisor of weights with which sums and their products fit into int64
IMPULSE = 8  # the brightness of the single pixels in the image that measures the kernel


@dataclass(eq=False, repr=False)
class Probe:
    """An image and a kernel to try a function with."""

    image: np.ndarray  # uint8, (H, W)
    kernel: np.ndarray  # float64, or int64
    purpose: str = ""  # "", "impulse" or "yours"
    memory: dict[object, np.ndarray] = field(default_factory=dict)  # sums, by how they are taken

    @cached_property
    def weights(self) -> Weights:
        """The kernel as whole numbers, int64, over a divisor."""
        values, divisor = on_paper(self.kernel.astype(np.float64)).exact()
        if divisor > FINEST:  # arbitrary floats: near enough for a sum next to no half
            values, divisor = np.rint(self.kernel * FINEST), FINEST
        return Weights(values.astype(np.int64), divisor)

    @property
    def reach(self) -> tuple[int, int]:
        """The rows and columns that the kernel reaches beyond its centre."""
        return self.kernel.shape[0] // 2, self.kernel.shape[1] // 2

    def moved(self, shift: tuple[str, str]) -> tuple[int, int]:
        """Return a shift in pixels to the right and down."""
        rows, columns = self.reach
        right, down = (
            (radius if "radius" in step else 1) * (step != "0") * (-1 if "-" in step else 1)
            for step, radius in zip(shift, (columns, rows), strict=True)
        )
        return right, down

    def inside(self, shift: tuple[str, str] = ("0", "0")) -> np.ndarray:
        """Return a mask of the pixels whose whole window lies inside the image: bool, (H, W)."""
        (rows, columns), (right, down) = self.reach, self.moved(shift)
        height, width = self.image.shape
        y, x = np.arange(height) - down, np.arange(width) - right
        return np.outer((y >= rows) & (y < height - rows), (x >= columns) & (x < width - columns))


@cache
def probes() -> list[Probe]:
    """Return the probes that every function is tried with: images of seeded noise, and an impulse."""
    random = np.random.default_rng(2)
    noise = [Probe(random.integers(0, 256, shape, dtype=np.uint8), kernel) for shape, kernel in _PROBES]
    noise[-2].image[:] //= 3  # sums of the mixed kernel stay in range
    return [*noise, Probe(_impulses(), _COUNTING, "impulse")]


def _impulses() -> np.ndarray:
    """Return a dark image with one bright pixel in the middle, at each edge and in each corner."""
    image = np.zeros((19, 23), np.uint8)
    image[np.ix_([0, 9, 18], [0, 11, 22])] = IMPULSE
    return image


def colour_probe() -> tuple[np.ndarray, np.ndarray]:
    """Return a colour image and a kernel: nothing is found by it, but it is said whether it works."""
    return np.random.default_rng(3).integers(0, 256, (11, 12, 3), dtype=np.uint8), _SMOOTH_3
