"""What a kernel is: the tutorial's bank, more kernels by name, and the check that tells what is none.

Every kernel here is written as one writes it on paper: a square of whole numbers and one scale.
They are correlated with the image, never flipped: the square is laid on the picture as it stands,
so sobel_x answers with positive numbers where the picture gets brighter from left to right.
"""

import contextlib
import re
from collections.abc import Sequence
from difflib import get_close_matches
from fractions import Fraction
from math import gcd, inf, lcm
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

# float64 holds every whole number up to 2**53, so 255 * sum(|weights|) below half of that is added up
# without loss whatever the order, and the check itself may round.
EXACT_SUMS = 2**52
# Weights that are whole numbers over a divisor up to this one are taken to mean just that: 0.1 is 1/10.
LARGEST_DIVISOR = 10**6
# A kernel given as text: larger ones are slips, and would run for hours.
LARGEST_SIDE = 255
LARGEST_FILE = 4 * 2**20
SHOWN_FACTOR = 9  # weights of a column or a row that are all alike are counted beyond this

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
    the kernel to the last bit; None where that takes a divisor over LARGEST_DIVISOR, as for random
    floats.

    >>> integers, divisor = as_fraction(np.array([[0.25, 0.5, 0.25]]))
    >>> integers.tolist(), divisor
    ([[1, 2, 1]], 4)
    """
    fractions: dict[float, Fraction] = {}
    divisor = 1
    for weight in np.unique(kernel).tolist():
        fraction = Fraction(weight).limit_denominator(LARGEST_DIVISOR)
        divisor = lcm(divisor, fraction.denominator)
        if divisor > LARGEST_DIVISOR or (fraction != weight and float(fraction) != weight):
            return None
        fractions[weight] = fraction
    integers = [int(fractions[weight] * divisor) for weight in kernel.ravel().tolist()]
    return np.array(integers, dtype=object).reshape(kernel.shape), divisor


def exact_integers(kernel: np.ndarray) -> tuple[np.ndarray, int]:
    """Like as_fraction, for any kernel: every float is a whole number over a power of two, if a large one."""
    on_paper = as_fraction(kernel)
    if on_paper is not None:
        return on_paper
    fractions = [Fraction(weight) for weight in kernel.ravel().tolist()]
    divisor = lcm(*(fraction.denominator for fraction in fractions))
    integers = [int(fraction * divisor) for fraction in fractions]
    return np.array(integers, dtype=object).reshape(kernel.shape), divisor


def flip(kernel: np.ndarray) -> np.ndarray:
    """The kernel turned by 180 degrees: correlating with it is convolving with the kernel.

    >>> flip(np.array([[1, 2, 3]]))
    array([[3, 2, 1]])
    """
    return kernel[::-1, ::-1]


def flip_changes(kernel: np.ndarray) -> str:
    """What turning the kernel by 180 degrees changes: `nothing`, the `sign`, or `everything`."""
    if np.array_equal(flip(kernel), kernel):
        return "nothing"
    return "sign" if np.array_equal(flip(kernel), -kernel) else "everything"


def split(weights: np.ndarray) -> tuple[list[Any], list[Any]] | None:
    """Split a kernel into a column times a row; None where that cannot be.

    weights: Python ints, split exactly, with the row in lowest terms; or floats, where the product may be
    off by the rounding of the weights.

    >>> split(np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], dtype=object))
    ([1, 2, 1], [-1, 0, 1])
    """
    y, x = np.unravel_index(np.argmax(np.abs(weights)), weights.shape)
    peak = weights[y, x]
    if peak == 0:
        return [0] * weights.shape[0], weights[y].tolist()
    if weights.dtype != object:
        column, row = weights[:, x], weights[y] / peak
        rounding = 4 * np.finfo(np.float64).eps * np.abs(weights)
        return (
            (column.tolist(), row.tolist())
            if (abs(np.outer(column, row) - weights) <= rounding).all()
            else None
        )
    row = weights[y] // gcd(*weights[y])
    column = weights[:, x] // row[x]
    # The smoothing factor is written with positive weights: 1 2 1, not -1 -2 -1.
    sign = -1 if sum(row) < 0 or (sum(row) == 0 and sum(column) < 0) else 1
    return (list(sign * column), list(sign * row)) if (np.outer(column, row) == weights).all() else None


def number_text(number: Fraction) -> str:
    """A whole number as it is, another one with up to nine decimals, and `...` where these are not all.

    >>> number_text(Fraction(5, 2)), number_text(Fraction(-1, 3)), number_text(Fraction(7))
    ('2.5', '-0.333333333...', '7')
    """
    rounded = round(number, 9)
    whole, decimals = divmod(abs(int(rounded * 10**9)), 10**9)
    text = f"{'-' * (rounded < 0)}{whole}" + (f".{decimals:09}".rstrip("0") if decimals else "")
    return text if rounded == number else text + "..."


def facts(kernel: np.ndarray) -> dict[str, Any]:
    """What can be said of a kernel, as plain data.

    rows and columns; weights over divisor as on paper (floats over 1 where no divisor makes whole numbers
    of them); sum, of the kernel; flip, what a turn by 180 degrees changes; column and row, whose product
    the weights are, or None.
    """
    weights, divisor = as_fraction(kernel) or (kernel, 1)
    column, row = split(weights) or (None, None)
    return {
        "rows": kernel.shape[0],
        "columns": kernel.shape[1],
        "weights": weights.tolist(),
        "divisor": divisor,
        "sum": float(_sum(weights) / divisor),
        "flip": flip_changes(kernel),
        "column": column,
        "row": row,
    }


def _sum(weights: np.ndarray) -> Fraction:
    """The exact sum, also of floats."""
    return sum(map(Fraction, weights.ravel().tolist()), Fraction(0))


def facts_text(kernel: np.ndarray) -> str:
    """The facts that the square does not show at once: sum, symmetry and split."""
    weights, divisor = as_fraction(kernel) or (kernel, 1)
    changes = {"nothing": "nothing", "sign": "only the sign", "everything": "everything"}[
        flip_changes(kernel)
    ]
    factors = split(weights)
    product = "does not split into a column and a row"
    if factors is not None:
        product = "column {} times row {}".format(*map(_factor_text, factors))
    return f"sum {number_text(_sum(weights) / divisor)}; flipping it changes {changes}; {product}"


def _factor_text(weights: list[Any]) -> str:
    if len(weights) > SHOWN_FACTOR and len(set(weights)) == 1:
        return f"({len(weights)} times {weights[0]:g})"
    return f"({' '.join(f'{weight:g}' for weight in weights)})"


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


def nearest_names(name: str) -> str:
    """The known names most like this one, or all of them."""
    return ", ".join(get_close_matches(name, KERNELS) or KERNELS)


def named_kernels(arguments: Sequence[str]) -> dict[str, np.ndarray]:
    """The kernels that these arguments ask for: names, matrices as text, and text files, mixed.

    A name is looked up in KERNELS, a file is called after its stem, a matrix `matrix`; a second one
    of a name gets a number. The same kernel under the same name comes once. ValueError says what is
    wrong with an argument.
    """
    chosen: dict[str, np.ndarray] = {}
    for argument in arguments:
        name, kernel = _named_kernel(argument)
        if name == "sheet" or name.endswith("_compare"):
            name += "_kernel"  # these endings are taken: see viewer.picture_paths
        unique, number = name, 1
        while unique in chosen and not np.array_equal(chosen[unique], kernel):
            number += 1
            unique = f"{name}_{number}"
        chosen[unique] = kernel
    return chosen


def _named_kernel(argument: str) -> tuple[str, np.ndarray]:
    if argument in KERNELS:
        return argument, KERNELS[argument]
    file = None
    with contextlib.suppress(OSError, ValueError):  # a long matrix is no file name that can be looked up
        if Path(argument).is_file():
            file = Path(argument)
    if file is not None:
        return file.stem, read_kernel_file(file)
    words = argument.split()
    if len(words) == 1 and not re.match(r"[-+.\d−,;/#]|(nan|inf|infinity)$", words[0], re.IGNORECASE):
        raise ValueError(
            f"kernel {argument!r} is not the name of a kernel, a file, or a matrix such as "
            f"'0 -1 0; -1 5 -1; 0 -1 0'; names like it: {nearest_names(argument)}"
        )
    try:
        return "matrix", parse_kernel(argument)
    except ValueError as error:
        raise ValueError(f"kernel {_short(argument)}: {error}") from None


def read_kernel_file(path: Path) -> np.ndarray:
    """Read the kernel in a text file; ValueError where it cannot be read or holds none."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise ValueError(f"a kernel file has at most {LARGEST_FILE} bytes; got more")
        return parse_kernel(content.decode("utf-8-sig"))
    except OSError as error:
        raise ValueError(f"{path}: a kernel file can be read; found: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path}: a kernel file holds text; found bytes that are not UTF-8") from None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def parse_kernel(text: str) -> np.ndarray:
    """Read a kernel from text, the way one writes it down.

    Weights are whole numbers, decimals or fractions such as 1/9, with spaces or commas between them,
    and `;` or a new line between rows. A last ` / 16` divides them all. What follows a `#` is a
    comment. Raises ValueError that names the rule and what was found. No side is over LARGEST_SIDE.

    >>> parse_kernel("1 2 1; 2 4 2; 1 2 1 / 16")[1].tolist()
    [0.125, 0.25, 0.125]
    """
    text = re.sub(r"#.*", "", text.replace("−", "-"))
    # A slash that divides the kernel stands apart from what is before it or after it; one inside of
    # a weight such as 1/9 does not.
    matrix, slash, divisor_text = _cut(text)
    rows = [
        re.split(r"\s*,\s*|\s+", row.strip(" \t\r\f\v,")) for row in re.split(r"[;\n]", matrix) if row.strip()
    ]
    if not rows:
        raise ValueError(f"a kernel has at least one weight; got {_short(text)}")
    divisor = _number(divisor_text, "divisor") if slash else Fraction(1)
    if divisor == 0:
        raise ValueError(f"a divisor is not zero; got {_short(divisor_text)}")
    if len({len(row) for row in rows}) > 1:
        lengths = ", ".join(str(len(row)) for row in rows[:9])
        raise ValueError(
            f"a kernel has rows of equal length; got rows of {lengths}{', ...' * (len(rows) > 9)} weights"
        )
    if max(len(rows), len(rows[0])) > LARGEST_SIDE:
        raise ValueError(
            f"a kernel has at most {LARGEST_SIDE} weights on a side; got {len(rows)} x {len(rows[0])}"
        )
    weights = [[_number(word, "weight") / divisor for word in row] for row in rows]
    try:
        return check_kernel([[float(weight) for weight in row] for row in weights]).astype(np.float64)
    except OverflowError:
        raise ValueError("a kernel holds finite numbers; got one beyond 1.8e308") from None


def _cut(text: str) -> tuple[str, str, str]:
    """Cut `1 2 1 / 16` in front of and behind the slash that divides the whole kernel, if there is one."""
    slash = re.search(r"(?<![^\s;,])/|/(?=\s)", text)
    return (text[: slash.start()], "/", text[slash.end() :].strip(" \t\r\n;,")) if slash else (text, "", "")


def _number(word: str, what: str) -> Fraction:
    """A whole number, a decimal or a fraction; ValueError for anything else, and for nan and inf."""
    if not re.fullmatch(r"[-+]?[\d.]+(e[-+]?\d+)?(/[\d.]+(e[-+]?\d+)?)?", word, re.IGNORECASE | re.ASCII):
        finite = re.fullmatch(r"[-+]?(nan|inf|infinity)", word, re.IGNORECASE)
        rule = "finite" if finite else "a number such as 5, -0.5 or 1/9"
        raise ValueError(f"a {what} is {rule}; got {_short(word)}")
    numerator, _, denominator = word.partition("/")
    parts = []
    for part in (numerator, denominator or "1"):
        try:
            # float first: as a fraction, 1e999999999 would take all the memory there is.
            parts.append(Fraction(part) if 0 < abs(float(part)) < inf else Fraction(float(part)))
        except ValueError:
            raise ValueError(f"a {what} is a number such as 5, -0.5 or 1/9; got {_short(word)}") from None
        except OverflowError:
            raise ValueError(f"a {what} is finite; got {_short(word)}") from None
    if parts[1] == 0:
        raise ValueError(f"a fraction does not divide by zero; got {_short(word)}")
    return parts[0] / parts[1]


def _short(text: str) -> str:
    """Text as it stands in a message: quoted, and not too long."""
    return repr(text if len(text) <= 40 else text[:37] + "...")
