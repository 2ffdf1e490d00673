"""The kernel bank of the tutorial, and further kernels by name.

Every kernel here is written as one writes it on paper: a square of whole numbers and one scale.
They are correlated with the image, never flipped: the square is laid on the picture as it stands,
so sobel_x answers with positive numbers where the picture gets brighter from left to right.
"""

import numpy as np

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


def flip(kernel: np.ndarray) -> np.ndarray:
    """The kernel turned by 180 degrees: correlating with it is convolving with the kernel.

    >>> flip(np.array([[1, 2, 3]]))
    array([[3, 2, 1]])
    """
    return kernel[::-1, ::-1]
