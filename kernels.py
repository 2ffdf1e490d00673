"""The kernel bank of the tutorial, and further kernels by name.

Each kernel is a square of whole numbers and one scale, as one writes it on paper. The square is laid on the
image as it stands and never flipped: sobel_x responds with positive numbers where the image gets brighter
from left to right. All are float64 and read-only.
"""

import numpy as np

# fmt: off
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
_SOBEL_X = np.array([  # smooth down the column by 1 2 1, difference along the row
    [-1, 0, 1],
    [-2, 0, 2],
    [-1, 0, 1],
])
_BINOMIAL = np.array([[1, 4, 6, 4, 1]])  # row 4 of Pascal's triangle, the classic small Gaussian
_OUTLINE = np.array([  # 8 neighbours, with the sign that gives a bright dot a bright response
    [-1, -1, -1],
    [-1,  8, -1],
    [-1, -1, -1],
])
_PREWITT_X = np.array([  # Sobel's difference with a plain mean
    [-1, 0, 1],
    [-1, 0, 1],
    [-1, 0, 1],
])
_SCHARR_X = np.array([  # the gradient whose strength depends least on its direction (Scharr, 2000)
    [ -3, 0,  3],
    [-10, 0, 10],
    [ -3, 0,  3],
])
_EMBOSS = np.array([  # lit from the top left, with the image itself still in the middle
    [-2, -1, 0],
    [-1,  1, 1],
    [ 0,  1, 2],
])
# fmt: on


def _scaled(integers: np.ndarray, divisor: int = 1) -> np.ndarray:
    kernel = integers.astype(np.float64) / divisor
    kernel.setflags(write=False)
    return kernel


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
    "gaussian": _scaled(_BINOMIAL.T * _BINOMIAL, 16 * 16),
    "outline": _scaled(_OUTLINE),
    "prewitt_x": _scaled(_PREWITT_X),
    "prewitt_y": _scaled(_PREWITT_X.T),
    "scharr_x": _scaled(_SCHARR_X),
    "scharr_y": _scaled(_SCHARR_X.T),
    "emboss": _scaled(_EMBOSS),
    "motion_blur": _scaled(np.ones((1, 9)), 9),
}

# What each kernel does, and why its weights do that. Each sentence is tested by computing it.
# fmt: off
ABOUT = {
    "small_blur": "Blurs: each pixel becomes the mean of the 7 x 7 window around it, "
        "as all 49 weights are 1/49.",
    "large_blur": "Blurs strongly: each pixel becomes the mean of the 21 x 21 window around it, "
        "as all 441 weights are 1/441.",
    "sharpen": "Sharpens: adds to each pixel how much it differs from its four neighbours; "
        "the weights add up to 1, so flat areas stay as they are.",
    "laplacian": "Finds edges, lines and dots: adds up how much brighter the four neighbours are "
        "than the pixel; flat areas and even slopes give 0.",
    "sobel_x": "Finds vertical edges: the column to the right minus the one to the left, "
        "the middle row twice; positive where it gets brighter to the right.",
    "sobel_y": "Finds horizontal edges: the row below minus the row above, "
        "the middle column twice; positive where it gets brighter downwards.",
    "identity": "Changes nothing: its only weight is 1, so each pixel stays as it is.",
    "gaussian": "Blurs softly: a weighted mean of the 5 x 5 window in which nearer pixels count more, "
        "by 1 4 6 4 1 both across and down, over 256.",
    "outline": "Outlines shapes: adds up how much brighter the pixel is than its eight neighbours; "
        "the weights add up to 0, so flat areas become 0.",
    "prewitt_x": "Finds vertical edges as sobel_x does, but all three rows count alike: "
        "the column to the right minus the one to the left.",
    "prewitt_y": "Finds horizontal edges as sobel_y does, but all three columns count alike: "
        "the row below minus the row above.",
    "scharr_x": "Finds vertical edges as sobel_x does, but weights the rows 3 10 3, "
        "so that with scharr_y the strength depends less on the direction.",
    "scharr_y": "Finds horizontal edges as sobel_y does, but weights the columns 3 10 3, "
        "so that with scharr_x the strength depends less on the direction.",
    "emboss": "Makes a relief lit from the top left: adds to each pixel how much brighter "
        "its lower right side is than its upper left side.",
    "motion_blur": "Blurs sideways, as if the camera moved: each pixel becomes the mean of the 9 around it "
        "in its row, as all 9 weights are 1/9.",
}
# fmt: on


def flip(kernel: np.ndarray) -> np.ndarray:
    """Turn a kernel by 180 degrees: correlating with the result is true convolution with the kernel.

    kernel: any 2-D array. Returns a view of it.

    >>> flip(np.array([[1, 2, 3]]))
    array([[3, 2, 1]])
    """
    return kernel[::-1, ::-1]
