"""What a kernel is: the tutorial's bank, more kernels by name, and the check that tells what is none.

Every kernel here is written as one writes it on paper: a square of whole numbers and one scale.
They are correlated with the image, never flipped: the square is laid on the picture as it stands,
so sobel_x answers with positive numbers where the picture gets brighter from left to right.
"""

from fractions import Fraction
from math import lcm

import numpy as np
import numpy.typing as npt

# float64 holds every whole number up to 2**53, so 255 * sum(|weights|) below half of that is added up
# without loss whatever the order, and the check itself may round.
EXACT_SUMS = 2**52
# A weight that is a fraction in lowest terms up to this denominator is taken to mean that fraction.
LARGEST_DENOMINATOR = 10**6

# fmt: off
_SMOOTH_3 = np.array([[1, 2, 1]])
_BINOMIAL_5 = np.array([[1, 4, 6, 4, 1]])  # row 4 of Pascal's triangle, the classic small Gaussian

_SHARPEN = np.array([
    [ 0, -1,  0],
    [-1,  5, -1],
    [ 0, -1,  0],
])
_LAPLACIAN = np.array([  # 4 neighbours: second differences across plus down
    [0,  1, 0],
    [1, -4, 1],
    [0,  1, 0],
])
_OUTLINE = np.array([  # 8 neighbours, with the sign that makes a bright dot answer brightly
    [-1, -1, -1],
    [-1,  8, -1],
    [-1, -1, -1],
])
_SOBEL_X = np.array([  # smooth down the column by 1 2 1, difference along the row
    [-1, 0, 1],
    [-2, 0, 2],
    [-1, 0, 1],
])
_PREWITT_X = np.array([  # the same with a plain mean
    [-1, 0, 1],
    [-1, 0, 1],
    [-1, 0, 1],
])
_SCHARR_X = np.array([  # weights for a gradient that depends least on direction (Scharr, 2000)
    [ -3, 0,  3],
    [-10, 0, 10],
    [ -3, 0,  3],
])
_EMBOSS = np.array([  # lit from the top left, with the picture itself still in the middle
    [-2, -1, 0],
    [-1,  1, 1],
    [ 0,  1, 2],
])
# fmt: on


def _scaled(integers: np.ndarray, divisor: int = 1) -> np.ndarray:
    return integers.astype(np.float64) / divisor


# The kernels of the tutorial, in its order. A vertical kernel is the transpose of the horizontal one.
KERNEL_BANK = {
    "small_blur": _scaled(np.ones((7, 7)), 7 * 7),
    "large_blur": _scaled(np.ones((21, 21)), 21 * 21),
    "sharpen": _scaled(_SHARPEN),
    "laplacian": _scaled(_LAPLACIAN),
    "sobel_x": _scaled(_SOBEL_X),
    "sobel_y": _scaled(_SOBEL_X.T),
}

KERNELS = KERNEL_BANK | {
    "identity": _scaled(np.array([[1]])),
    "gaussian": _scaled(_BINOMIAL_5.T * _BINOMIAL_5, 16 * 16),
    "outline": _scaled(_OUTLINE),
    "prewitt_x": _scaled(_PREWITT_X),
    "prewitt_y": _scaled(_PREWITT_X.T),
    "scharr_x": _scaled(_SCHARR_X),
    "scharr_y": _scaled(_SCHARR_X.T),
    "emboss": _scaled(_EMBOSS),
    "motion_blur": _scaled(np.ones((1, 9)), 9),
}


def size_text(array: np.ndarray) -> str:
    """`3 x 5` for an array of 3 rows and 5 columns."""
    return f"{array.shape[0]} x {array.shape[1]}"


def check_kernel(kernel: npt.ArrayLike) -> np.ndarray:
    """Return `kernel` as the array that `convolve` sums with, or say why it is not a kernel.

    kernel: real numbers in two dimensions, both sides odd, all finite. ValueError gives the rule and
    what was found. The result is a float64 copy, except where the weights are so large that float64
    could no longer add them up without loss (see EXACT_SUMS): those come back as fractions, in an
    array of dtype object. The same loop is slow with them, and still exact.
    """
    try:
        array = np.array(kernel)
    except ValueError:
        raise ValueError(f"a kernel has rows of equal length; got {kernel!r}") from None
    if array.dtype.kind not in "biuf":
        raise ValueError(f"a kernel holds real numbers; got dtype {array.dtype}")
    if array.ndim != 2:
        raise ValueError(f"a kernel has two dimensions; got shape {array.shape}")
    if array.shape[0] % 2 == 0 or array.shape[1] % 2 == 0:
        raise ValueError(
            f"a kernel has odd sides, so that one weight is in its middle; got {size_text(array)}"
        )
    with np.errstate(over="ignore"):  # a sum beyond float64 becomes inf, which is what is asked for here
        weights = array.astype(np.float64)
        largest_sum = 255 * np.abs(weights).sum()
    if not np.isfinite(weights).all():
        raise ValueError(f"a kernel holds finite numbers; got {weights[~np.isfinite(weights)][0]}")
    if largest_sum < EXACT_SUMS:
        return weights
    # Integers as they came: an int64 near 2**63 has more digits than a float64 keeps.
    numbers = array if array.dtype.kind in "iu" else weights
    return np.array([Fraction(number) for number in numbers.ravel().tolist()]).reshape(array.shape)


def as_fraction(kernel: np.ndarray) -> tuple[np.ndarray, int] | None:
    """Write `kernel` as whole numbers over one divisor, the way it is written on paper.

    Returns (integers, divisor), where integers is an array of Python ints and `integers / divisor` is
    the kernel to the last bit; None where that takes a divisor over LARGEST_DENOMINATOR, as for random
    floats.

    >>> integers, divisor = as_fraction(np.array([[0.25, 0.5, 0.25]]))
    >>> integers.tolist(), divisor
    ([[1, 2, 1]], 4)
    """
    fractions = [
        Fraction(weight).limit_denominator(LARGEST_DENOMINATOR) for weight in kernel.ravel().tolist()
    ]
    divisor = lcm(*(fraction.denominator for fraction in fractions))
    integers = np.array([int(fraction * divisor) for fraction in fractions], dtype=object).reshape(
        kernel.shape
    )
    exact = divisor <= LARGEST_DENOMINATOR and (integers / divisor == kernel).all()
    return (integers, divisor) if exact else None


def kernel_text(kernel: np.ndarray) -> str:
    """The kernel as a square of aligned numbers, with its scale in front where it has one.

    >>> print(kernel_text(np.array([[0.25, 0.5, 0.25]])))
    1/4 *  1  2  1
    """
    integers, divisor = as_fraction(kernel) or (kernel, 1)
    cells = [
        [f"{weight:g}" if isinstance(weight, float) else str(weight) for weight in row]
        for row in integers.tolist()
    ]
    width = max(len(cell) for row in cells for cell in row)
    scale = f"1/{divisor} *  " if divisor != 1 else ""
    lines = [" " * len(scale) + "  ".join(cell.rjust(width) for cell in row) for row in cells]
    middle = len(lines) // 2
    lines[middle] = scale + lines[middle][len(scale) :]
    return "\n".join(lines)


def flip(kernel: np.ndarray) -> np.ndarray:
    """The kernel turned by 180 degrees: correlating with it is convolving with the kernel.

    >>> flip(np.array([[1, 2, 3]]))
    array([[3, 2, 1]])
    """
    return kernel[::-1, ::-1]
