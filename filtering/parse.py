"""Kernels from names, text and files."""

import contextlib
import re
from collections.abc import Sequence
from difflib import get_close_matches
from fractions import Fraction
from math import inf, isqrt
from pathlib import Path

import numpy as np

from filtering.exact import check_kernel, quoted
from filtering.files import reason
from kernels import KERNELS

# Limits for kernels given as text: beyond these it is a slip, and would run for hours.
LARGEST_SIDE = 255
LARGEST_FILE = 4 * 2**20  # bytes
NAME_LINE = r"^[ \t]*([\w-]+)[ \t]*:[ \t]*(?:#.*)?\r?$"  # above a kernel, in a file of several
NUMBER = "a number such as 5, -0.5 or 1/9"
EXAMPLE = "'0 -1 0; -1 5 -1; 0 -1 0'"


def named_kernels(arguments: Sequence[str]) -> dict[str, np.ndarray]:
    """Return the kernels that these arguments ask for, by name.

    arguments: names in KERNELS, matrices as text, and text files that hold one or several, mixed. A kernel
    from a file is named after the line `name:` above it, or the file's stem, and a matrix `matrix`; a second
    kernel of a name gets a number. The same kernel under the same name comes once. Raises ValueError that
    says what is wrong with an argument.
    """
    chosen: dict[str, np.ndarray] = {}
    for argument in arguments:
        for name, kernel in _kernels_of(argument.strip()):
            unique, number = name, 1
            while unique in chosen and not np.array_equal(chosen[unique], kernel):
                number += 1
                unique = f"{name}_{number}"
            chosen[unique] = kernel
    return chosen


def _kernels_of(argument: str) -> list[tuple[str, np.ndarray]]:
    if argument in KERNELS:
        return [(argument, KERNELS[argument])]
    kind = kind_of_path(argument)
    if kind == "file":
        return [(_free_name(name), kernel) for name, kernel in read_kernel_file(Path(argument))]
    words = argument.split()
    if KERNELS.keys() & words:
        raise ValueError(
            f"kernel {quoted(argument)}: give names as separate arguments, not in one pair of quotes"
        )
    number = r"[-+\d.e−,;/\[\]()]+(#.*)?|[-+]?(nan|inf|infinity)"
    if kind == "folder" or (len(words) == 1 and not re.fullmatch(number, argument, re.IGNORECASE)):
        what = "a folder, not a kernel" if kind == "folder" else "no kernel name, file or matrix"
        raise ValueError(f"kernel {quoted(argument)} is {what} such as {EXAMPLE}; {nearest_names(argument)}")
    try:
        return [("matrix", parse_kernel(argument))]
    except ValueError as error:
        raise ValueError(f"kernel {quoted(argument)}: {error}") from None


def _free_name(name: str) -> str:
    """Return a name that can be printed and saved under: `<stem>_sheet.png` and others are taken."""
    name = "".join(character if character.isprintable() else "_" for character in name)
    taken = name == "sheet" or re.search(r"_(compare|signed|at_\d+_\d+)$", name)
    return f"{name}_kernel" if taken else name


def row_hint(kernel: np.ndarray) -> str:
    """Return a hint if a kernel of one row looks like a square whose rows were not separated; else ''.

    >>> row_hint(np.ones((1, 9)))
    'a kernel of 1 x 9; for 3 x 3, separate the rows by ;'
    """
    side = isqrt(kernel.size)
    if kernel.shape[0] != 1 or side < 3 or side * side != kernel.size:
        return ""
    return f"a kernel of 1 x {kernel.size}; for {side} x {side}, separate the rows by ;"


def nearest_names(name: str) -> str:
    """Return the kernel names most like this one, or all of them, in words."""
    like = [known for known in KERNELS if name.lower() in known] or get_close_matches(name.lower(), KERNELS)
    return f"names like it: {', '.join(like)}" if like else f"the names are {', '.join(KERNELS)}"


def kind_of_path(text: str) -> str:
    """Classify a path: `file`, `folder` or `nothing`."""
    with contextlib.suppress(OSError, ValueError):  # a long matrix cannot be looked up
        if Path(text).is_file():
            return "file"
        if text and Path(text).is_dir():
            return "folder"
    return "nothing"


def read_kernel_file(path: Path) -> list[tuple[str, np.ndarray]]:
    """Read the kernels in a text file, each with its name.

    A file holds one kernel, named after the file's stem, or several, each below a line `name:`. Raises
    ValueError where it cannot be read or holds none.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise ValueError(f"a kernel file needs at most {LARGEST_FILE} bytes, got more")
        first, *others = re.split(NAME_LINE, content.decode("utf-8-sig"), flags=re.MULTILINE)
        if not others:
            return [(path.stem, parse_kernel(first))]
        if re.sub(r"#.*", "", first).strip():
            raise ValueError(
                f"the first kernel needs a line `name:` above it too, got {quoted(first.strip())}"
            )
        return [(name, _named(name, text)) for name, text in zip(others[::2], others[1::2], strict=True)]
    except OSError as error:
        raise ValueError(f"cannot read {path}: {reason(error)}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path}: a kernel file needs UTF-8 text, got other bytes") from None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _named(name: str, text: str) -> np.ndarray:
    try:
        return parse_kernel(text)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def parse_kernel(text: str) -> np.ndarray:
    """Read a kernel from text, the way one writes it down.

    Weights are whole numbers, decimals or fractions such as 1/9, with spaces or commas between them, and `;`
    or a new line between rows. A last ` / 16` divides them all. `#` begins a comment. Python's lists are
    read too: `[[1, 2, 1], [2, 4, 2]]`. Raises ValueError with the rule and the text received. No side is
    longer than LARGEST_SIDE.

    >>> parse_kernel("1 2 1; 2 4 2; 1 2 1 / 16")[1].tolist()
    [0.125, 0.25, 0.125]
    """
    text = re.sub(r"#.*", "", re.sub(r"\r\n?", "\n", text).replace("−", "-"))
    text = _without_brackets(text)
    # A slash behind a space divides the kernel; one inside a weight such as 1/9 does not.
    matrix, *divisors = re.split(r"(?<![^\s;])/", text, maxsplit=1)
    rows = _rows(matrix)
    divisor = _number(divisors[0].strip("; \t\n"), "divisor") if divisors else Fraction(1)
    if divisor == 0:
        raise ValueError(f"a divisor needs to be other than zero, got {quoted(divisors[0].strip())}")
    weights = [[_number(word, "weight") / divisor for word in row] for row in rows]
    try:
        kernel = np.array([[float(weight) for weight in row] for row in weights])
    except OverflowError:
        raise ValueError("a kernel needs weights below 1.8e308, got larger ones") from None
    return check_kernel(kernel)


def _without_brackets(text: str) -> str:
    """Replace the brackets of Python's lists, np.array(...) around them or not, by `;` between the rows."""
    row = r"[\[(]([^\[\]()]*)[\])]"
    body = re.sub(r",\s*dtype\s*=[^)]*", "", text)
    rest = re.sub(row, "", body)
    around = re.fullmatch(r"\s*(\w+\s*=\s*)?((np|numpy)\.)?(array)?[\[\](),\s]*(/.*)?", rest, re.DOTALL)
    if around is None or not re.search(row, body):
        return text
    rows = [" ".join(cells.split()) for cells in re.findall(row, body)]
    return ";".join(rows) + f" {around[5] or ''}"


def _rows(matrix: str) -> list[list[str]]:
    """Split a matrix into the words of its rows, all of the same number."""
    rows = [_cells(row) for row in re.split(r"[;\n]", matrix) if row.strip()]
    if not rows:
        raise ValueError(f"a kernel needs at least one weight, got {quoted(matrix)}")
    if max(map(len, rows)) == 1 and ";" in matrix.strip("; \t\n") and "\n" in matrix.strip():
        raise ValueError(
            "the weights of a row need spaces or commas between them, got only ';' and new lines"
        )
    if len({len(row) for row in rows}) > 1:
        lengths = ", ".join(str(len(row)) for row in rows[:9]) + ", ..." * (len(rows) > 9)
        raise ValueError(f"a kernel needs rows of equal length, got rows of {lengths} weights")
    if max(len(rows), len(rows[0])) > LARGEST_SIDE:
        raise ValueError(f"a kernel needs sides of at most {LARGEST_SIDE}, got {len(rows)} x {len(rows[0])}")
    return rows


def _cells(row: str) -> list[str]:
    """Split a row into words: at commas if there are any, else at spaces."""
    if "," not in row:
        return row.split()
    cells = [cell.strip() for cell in row.split(",")]
    return cells[:-1] if cells[-1] == "" else cells  # one comma at the end does no harm


def _number(word: str, what: str) -> Fraction:
    """Read a whole number, a decimal or a fraction; raise ValueError for anything else, nan and inf too."""
    if not re.fullmatch(r"[-+]?[\d.]+(e[-+]?\d+)?(/[\d.]+(e[-+]?\d+)?)?", word, re.IGNORECASE | re.ASCII):
        infinite = re.fullmatch(r"[-+]?(nan|inf|infinity)", word, re.IGNORECASE)
        rule = "finite" if infinite else NUMBER
        raise ValueError(f"a {what} needs to be {rule}, got {quoted(word)}")
    numerator, _, denominator = word.partition("/")
    parts = []
    for part in (numerator, denominator or "1"):
        try:
            # float first: as a fraction, 1e999999999 would take all the memory there is.
            parts.append(Fraction(part) if 0 < abs(float(part)) < inf else Fraction(float(part)))
        except ValueError:
            raise ValueError(f"a {what} needs to be {NUMBER}, got {quoted(word)}") from None
        except OverflowError:
            raise ValueError(f"a {what} needs to be finite, got {quoted(word)}") from None
    if parts[1] == 0:
        raise ValueError(f"a fraction needs a divisor other than zero, got {quoted(word)}")
    return parts[0] / parts[1]


def kernel_files(arguments: Sequence[str]) -> list[str]:
    """Return those of the arguments of named_kernels that are files."""
    return [
        text for text in arguments if text.strip() not in KERNELS and kind_of_path(text.strip()) == "file"
    ]
