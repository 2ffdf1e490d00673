"""Kernels from names, texts and files."""

import contextlib
import re
from collections.abc import Sequence
from difflib import get_close_matches
from math import isqrt
from pathlib import Path

import numpy as np

from filtering.exact import quoted
from filtering.files import reason
from filtering.grammar import division_hint, parse_kernel
from kernels import KERNELS

LARGEST_FILE = 4 * 2**20  # bytes
NAME_LINE = r"^[ \t]*([\w-]+)[ \t]*:[ \t]*(?:#.*)?\r?$"  # above a kernel, in a file of several
BLANKS = " \t\n\v\f\r"  # around names and texts; others are refused
# How a word begins, or what it holds, that is no name or path: it then is a matrix, or a slip in one.
MATRIX = re.compile(r"[-+\d.e−,;/]+(#.*)?$|[-+]?(nan|inf|infinity)$|\d+x\d+\S*:|\S*[\[({=*]", re.IGNORECASE)
EXAMPLE = '"0 -1 0; -1 5 -1; 0 -1 0"'


def named_kernels(arguments: Sequence[str], hints: dict[str, str] | None = None) -> dict[str, np.ndarray]:
    """Return the kernels that these arguments ask for, by name.

    arguments: names in KERNELS, matrices as text, and text files that hold one or several, mixed. A kernel
    from a file is named after the line `name:` above it, or the file's stem, and a matrix `matrix`; a second
    kernel of a name gets a number. The same kernel under the same name comes once. hints: where to put hints
    on texts that may be meant in another way, by name. Raises ValueError that says what is wrong with an
    argument.
    """
    if len(arguments) > 1 and all(re.fullmatch(r"\s*[-+]?[\d./]+[,;]?", word) for word in arguments[:2]):
        words = " ".join(word.strip() for word in arguments)
        raise ValueError(f"a matrix needs one pair of double quotes, such as {EXAMPLE}, got {quoted(words)}")
    chosen: dict[str, np.ndarray] = {}
    for argument in arguments:
        for name, kernel, hint in _kernels_of(argument.strip(BLANKS)):
            unique, number = name, 1
            while unique in chosen and not np.array_equal(chosen[unique], kernel):
                number += 1
                unique = f"{name}_{number}"
            chosen[unique] = kernel
            if hint and hints is not None:
                hints[unique] = hint
    return chosen


def _kernels_of(argument: str) -> list[tuple[str, np.ndarray, str]]:
    """Return the kernels of an argument, each with its name and a hint, '' for none."""
    if argument in KERNELS:
        return [(argument, KERNELS[argument], "")]
    kind = kind_of_path(argument)
    if kind == "file":
        return [(_free_name(name), kernel, hint) for name, kernel, hint in read_kernel_file(Path(argument))]
    words = argument.split()
    names = re.split(r"[\s,;]+", argument)
    if KERNELS.keys() & names:
        raise ValueError(f"kernel {quoted(argument)}: names need to be separate words: {' '.join(names)}")
    if kind == "folder" or (len(words) == 1 and not MATRIX.match(argument)):
        what = "a folder, not a kernel" if kind == "folder" else "no kernel name, file or matrix"
        raise ValueError(f"kernel {quoted(argument)} is {what} such as {EXAMPLE}; {nearest_names(argument)}")
    try:
        return [("matrix", *_with_hint(argument))]
    except ValueError as error:
        raise ValueError(f"kernel {quoted(argument)}: {error}") from None


def _free_name(name: str) -> str:
    """Return a name safe for printing and file names: `<stem>_sheet.png` and others are taken."""
    name = "".join(character if character.isprintable() else "_" for character in name)
    taken = name == "sheet" or re.search(r"_(compare|signed|at_\d+_\d+)$", name)
    return f"{name}_kernel" if taken else name


def _with_hint(text: str) -> tuple[np.ndarray, str]:
    kernel = parse_kernel(text)
    return kernel, row_hint(kernel) or division_hint(text)


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
    """Return a hint with similar kernel names, or with all."""
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


def read_kernel_file(path: Path) -> list[tuple[str, np.ndarray, str]]:
    """Read the kernels in a text file, each with its name and a hint, '' for none.

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
            return [(path.stem, *_with_hint(first))]
        if re.sub(r"#.*", "", first).strip():
            raise ValueError(
                f"the first kernel needs a line `name:` above it too, got {quoted(first.strip())}"
            )
        return [(name, *_named(name, text)) for name, text in zip(others[::2], others[1::2], strict=True)]
    except OSError as error:
        raise ValueError(f"cannot read {path}: {reason(error)}") from None
    except UnicodeDecodeError:
        raise ValueError(
            f"{path}: a kernel file needs UTF-8 text, got other bytes (an image? --image)"
        ) from None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _named(name: str, text: str) -> tuple[np.ndarray, str]:
    try:
        return _with_hint(text)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def kernel_files(arguments: Sequence[str]) -> list[str]:
    """Return those of the arguments of named_kernels that are files."""
    names = {text: text.strip(BLANKS) for text in arguments}
    return [text for text in arguments if names[text] not in KERNELS and kind_of_path(names[text]) == "file"]
