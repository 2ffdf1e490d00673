"""Kernels from names, text and files."""

import contextlib
import re
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from fractions import Fraction
from math import inf
from pathlib import Path

import numpy as np

from filtering.exact import _short, check_kernel
from kernels import KERNELS

# A kernel given as text: larger ones are slips, and would run for hours.
LARGEST_SIDE = 255
LARGEST_FILE = 4 * 2**20


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
