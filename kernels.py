"""What a kernel is: the tutorial's bank, more kernels by name, and the check that tells what is none.

Every kernel here is written as one writes it on paper: a square of whole numbers and one scale.
They are correlated with the image, never flipped: the square is laid on the picture as it stands,
so sobel_x answers with positive numbers where the picture gets brighter from left to right.
"""

import contextlib
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from math import gcd, inf, isfinite, lcm, ulp
from numbers import Rational, Real
from operator import eq
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

# float64 holds every whole number up to 2**53: whole weights with 255 * sum(|weights|) below half of that
# are added up without loss, whatever the order, and this check itself may round.
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
    what was found. The result is a float64 copy, except where float64 cannot hold the weights or their
    sums (see EXACT_SUMS): then it is an array of fractions, of dtype object. The same loop is slow with
    these, and still exact.
    """
    # A list keeps its Python numbers: in an array of NumPy's choice, 2**63 + 1 could lose its last digit.
    array = kernel if isinstance(kernel, np.ndarray) else np.array(kernel, dtype=object)
    if array.ndim == 1 and any(isinstance(row, Sequence) for row in array.tolist()):
        raise ValueError(f"a kernel has rows of equal length; got {_short(str(kernel))}")
    real = array.dtype.kind in "biuf" or all(isinstance(weight, Real) for weight in array.ravel().tolist())
    if not real:
        odd_one = next(weight for weight in array.ravel().tolist() if not isinstance(weight, Real))
        raise ValueError(f"a kernel holds real numbers; got {_short(str(odd_one))}")
    if array.ndim != 2:
        raise ValueError(f"a kernel has two dimensions; got shape {array.shape}")
    if array.shape[0] % 2 == 0 or array.shape[1] % 2 == 0:
        raise ValueError(
            f"a kernel has odd sides, so that one weight is in its middle; got {size_text(array)}"
        )
    if array.dtype.kind == "f":
        array = array.astype(np.float64)
    for weight in array.ravel().tolist():
        if not isinstance(weight, Rational) and not isfinite(weight):
            raise ValueError(f"a kernel holds finite numbers; got {weight}")
    with np.errstate(over="ignore"), contextlib.suppress(OverflowError):
        weights = array.astype(np.float64)
        # Fractions and long integers may lie between two floats; others came through unharmed.
        unharmed = array.dtype.kind == "f" or all(map(eq, weights.ravel().tolist(), array.ravel().tolist()))
        if unharmed and 255 * np.abs(weights).sum() < EXACT_SUMS:
            return weights
    return np.array([Fraction(weight) for weight in array.ravel().tolist()]).reshape(array.shape)


def as_fraction(kernel: np.ndarray) -> tuple[np.ndarray, int] | None:
    """Write `kernel` as whole numbers over one divisor, the way it is written on paper.

    Returns (integers, divisor), where integers is an array of Python ints and `integers / divisor` is
    the kernel to the last bit; None where that takes a divisor over LARGEST_DIVISOR, or one that a float
    of this size would meet by chance, as for random floats; or where the float error of the weights reaches
    the ninth decimal of a sum, so that they are no longer as good as the fractions.

    >>> integers, divisor = as_fraction(np.array([[0.25, 0.5, 0.25]]))
    >>> integers.tolist(), divisor
    ([[1, 2, 1]], 4)
    """
    fractions: dict[float, Fraction] = {}
    divisor = 1
    with np.errstate(over="ignore"):  # the largest floats add up to inf, which is too coarse as well
        largest_error = 255 * float(np.abs(kernel).sum()) * 2.0**-53
    for weight in np.unique(kernel).tolist():
        fraction = Fraction(weight).limit_denominator(LARGEST_DIVISOR)
        divisor = lcm(divisor, fraction.denominator)
        # Fractions up to a divisor q are 1 / q**2 apart: with floats as coarse as that, one always fits.
        by_chance = fraction.denominator**2 * ulp(weight) > 0.01 and fraction != weight
        too_coarse = largest_error > 4e-10 and fraction != weight
        if divisor > LARGEST_DIVISOR or by_chance or too_coarse or weight not in (fraction, float(fraction)):
            return None
        fractions[weight] = fraction
    integers = [int(fractions[weight] * divisor) for weight in kernel.ravel().tolist()]
    return np.array(integers, dtype=object).reshape(kernel.shape), divisor


def summands(kernel: np.ndarray) -> tuple[np.ndarray, int, float]:
    """What to multiply pixels with, what to divide their sum by, and how near to a half to doubt it.

    kernel: what check_kernel returns. 1/49 has no exact float, 1 has: so a kernel that can be written as
    whole numbers over a divisor is summed with these, exactly, and divided once; there is no doubt. So it is
    with fractions. Any other kernel is summed in float64, whose n products and sums are off by up to
    n * 2**-53 of the largest sum; next to a half that may decide, and `exact_response` has to.
    """
    if kernel.dtype == object:
        return kernel, 1, 0.0
    on_paper = as_fraction(kernel)
    if on_paper is not None and 255 * abs(on_paper[0]).sum() < EXACT_SUMS:
        return on_paper[0].astype(np.float64), on_paper[1], 0.0
    return kernel, 1, 1e-9 + kernel.size * 2.0**-53 * 255 * float(np.abs(kernel).sum())


def exact_response(window: np.ndarray, weights: np.ndarray) -> float:
    """The sum of window * weights in exact arithmetic, rounded to the nine decimals that count."""
    return float(round(exact_sum(window, weights), 9))


def exact_sum(window: np.ndarray, weights: np.ndarray) -> Fraction:
    """The sum of window * weights, exact. weights: ints, floats or fractions.

    Over one common divisor: to add fractions one by one takes twenty times as long.
    """
    ratios = [weight.as_integer_ratio() for weight in weights.ravel().tolist()]
    divisor = lcm(*(denominator for _, denominator in ratios))
    total = sum(
        int(pixel) * numerator * (divisor // denominator)
        for pixel, (numerator, denominator) in zip(window.ravel().tolist(), ratios, strict=True)
    )
    return Fraction(total, divisor)


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


@dataclass(frozen=True)
class Structure:
    """What a kernel is made of; convolve_fast takes its short cuts from it, and --list shows it."""

    weights: np.ndarray  # Python ints; floats where no divisor makes whole numbers of them
    divisor: int
    factors: tuple[list[Any], list[Any]] | None  # a column and a row whose product the weights are


def structure(kernel: np.ndarray) -> Structure:
    """Find out what a kernel is made of."""
    weights, divisor = as_fraction(kernel) or (kernel, 1)
    return Structure(weights, divisor, split(weights))


def facts(kernel: np.ndarray) -> dict[str, Any]:
    """What can be said of a kernel, as plain data.

    rows and columns; weights over divisor as on paper (floats over 1 where no divisor makes whole numbers
    of them); sum, of the kernel; flip, what a turn by 180 degrees changes; column and row, whose product
    the weights are, or None.
    """
    found = structure(kernel)
    column, row = found.factors or (None, None)
    return {
        "rows": kernel.shape[0],
        "columns": kernel.shape[1],
        "weights": found.weights.tolist(),
        "divisor": found.divisor,
        "sum": float(_sum(found)),
        "flip": flip_changes(kernel),
        "column": column,
        "row": row,
    }


def facts_text(kernel: np.ndarray) -> str:
    """The facts that the square does not show at once: sum, symmetry and split."""
    found = structure(kernel)
    changes = flip_changes(kernel).replace("sign", "only the sign")
    product = "does not split into a column and a row"
    if found.factors is not None:
        scale = f"1/{found.divisor} * " if found.divisor != 1 else ""
        product = scale + "column {} times row {}".format(*map(_factor_text, found.factors))
    return f"sum {number_text(_sum(found))}; flipping it changes {changes}; {product}"


def _sum(found: Structure) -> Fraction:
    """The exact sum of the kernel, also of floats."""
    return sum(map(Fraction, found.weights.ravel().tolist()), Fraction(0)) / found.divisor


def _factor_text(weights: list[Any]) -> str:
    if len(weights) > SHOWN_FACTOR and len(set(weights)) == 1:
        return f"({len(weights)} times {weights[0]})"
    return f"({' '.join(map(str, weights))})"


def kernel_text(kernel: np.ndarray) -> str:
    """The kernel as a square of aligned numbers, with its scale in front where it has one.

    >>> print(kernel_text(np.array([[0.25, 0.5, 0.25]])))
    1/4 *  1  2  1
    """
    integers, divisor = as_fraction(kernel) or (kernel, 1)
    cells = [[str(weight) for weight in row] for row in integers.tolist()]
    width = max(len(cell) for row in cells for cell in row)
    scale = f"1/{divisor} *  " if divisor != 1 else ""
    lines = [" " * len(scale) + "  ".join(cell.rjust(width) for cell in row) for row in cells]
    middle = len(lines) // 2
    lines[middle] = scale + lines[middle][len(scale) :]
    return "\n".join(lines)


def nearest_names(name: str) -> str:
    """The known names most like this one, or all of them, in words."""
    like = [known for known in KERNELS if name.lower() in known] or get_close_matches(name.lower(), KERNELS)
    return f"names like it: {', '.join(like)}" if like else f"the names are {', '.join(KERNELS)}"


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
    argument = argument.strip()
    if argument in KERNELS:
        return argument, KERNELS[argument]
    kind = kind_of_path(argument)
    if kind == "file":
        return Path(argument).stem, read_kernel_file(Path(argument))
    words = argument.split()
    if KERNELS.keys() & words:
        raise ValueError(
            f"kernel {_short(argument)}: names are separate arguments, without quotes around them all"
        )
    if len(words) == 1 and not re.fullmatch(
        r"[-+\d.e−,;/]+(#.*)?|[-+]?(nan|inf|infinity)", argument, re.IGNORECASE
    ):
        raise ValueError(
            f"kernel {_short(argument)} is {kind} the name of a kernel, a file, or a matrix such as "
            f"'0 -1 0; -1 5 -1; 0 -1 0'; {nearest_names(argument)}"
        )
    try:
        return "matrix", parse_kernel(argument)
    except ValueError as error:
        raise ValueError(f"kernel {_short(argument)}: {error}") from None


def kind_of_path(text: str) -> str:
    """What the file system has under this name: `file`, `a folder, not` a file, or `not` anything."""
    with contextlib.suppress(OSError, ValueError):  # a long matrix is no name that can be looked up
        if Path(text).is_file():
            return "file"
        if text and Path(text).is_dir():
            return "a folder, not"
    return "not"


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
    text = re.sub(r"#.*", "", re.sub(r"\r\n?", "\n", text).replace("−", "-"))
    # A slash behind a space divides the kernel; one inside of a weight such as 1/9 does not.
    matrix, *divisors = re.split(r"(?<![^\s;])/", text, maxsplit=1)
    rows = [_cells(row) for row in re.split(r"[;\n]", matrix) if row.strip()]
    if not rows:
        raise ValueError(f"a kernel has at least one weight; got {_short(text)}")
    if max(map(len, rows)) == 1 and ";" in matrix.strip("; \t\n") and "\n" in matrix.strip():
        raise ValueError(
            "a row of several weights has spaces or commas between them; got only ';' and new lines"
        )
    divisor = _number(divisors[0].strip("; \t\n"), "divisor") if divisors else Fraction(1)
    if divisor == 0:
        raise ValueError(f"a divisor is not zero; got {_short(divisors[0].strip())}")
    if len({len(row) for row in rows}) > 1:
        lengths = ", ".join(str(len(row)) for row in rows[:9]) + ", ..." * (len(rows) > 9)
        raise ValueError(f"a kernel has rows of equal length; got rows of {lengths} weights")
    if max(len(rows), len(rows[0])) > LARGEST_SIDE:
        raise ValueError(
            f"a kernel has at most {LARGEST_SIDE} weights on a side; got {len(rows)} x {len(rows[0])}"
        )
    weights = [[_number(word, "weight") / divisor for word in row] for row in rows]
    if 255 * sum(abs(weight) for row in weights for weight in row) > sys.float_info.max:
        raise ValueError("a kernel has weights whose sum, times 255, is below 1.8e308; got larger ones")
    kernel = np.array([[float(weight) for weight in row] for row in weights])
    check_kernel(kernel)
    return kernel


def _cells(row: str) -> list[str]:
    """The weights of a row as text: between commas if there are any, else between spaces."""
    if "," not in row:
        return row.split()
    cells = [cell.strip() for cell in row.split(",")]
    return cells[:-1] if cells[-1] == "" else cells  # one comma at the end does no harm


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
