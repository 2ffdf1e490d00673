"""What a run prints: the table, the JSON, the progress bar, and errors in one line."""

import contextlib
import functools
import io
import json
import os
import sys
import textwrap
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TextIO

import cv2
import numpy as np
from rich import box
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from filtering.arithmetic import arithmetic_data
from filtering.compare import Comparison, Function, seconds_text
from filtering.describe import facts, facts_text, kernel_text, size_text
from filtering.files import reason

PROGRAM = "convolutions.py"
ERRORS = (OSError, ValueError, MemoryError, cv2.error)  # what bad input and a full disk lead to
COLUMNS = 80  # of the table where the output is not a terminal; more where kernel names need them


# ---- Errors


def with_exit_status(main: Callable[[Sequence[str] | None], int]) -> Callable[..., int]:
    """Decorate a main function: errors become one line on stderr and an exit status.

    0 and 1 as main returns them, 2 bad usage or input, 130 interrupted, 141 the reader of stdout has gone.
    """

    @functools.wraps(main)
    def wrapped(argv: Sequence[str] | None = None) -> int:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")  # characters that its encoding lacks
        out, err = _Forgiving(sys.stdout, BrokenPipeError), _Forgiving(sys.stderr)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            return run(argv)

    def run(argv: Sequence[str] | None) -> int:
        try:
            return main(argv)
        except SystemExit as done:  # from argparse
            return int(done.code or 0)
        except BrokenPipeError:
            _flush_quietly()
            return 141
        except KeyboardInterrupt:
            print(f"{PROGRAM}: interrupted", file=sys.stderr)
            return 130
        except ERRORS as error:
            return complain(error)

    return wrapped


class _Forgiving(io.TextIOBase):
    """A stdout or stderr that is closed or full without harm: the rest is dropped, the exit status stays."""

    def __init__(self, stream: TextIO | None, *raised: type[OSError]) -> None:
        self._stream = stream or io.StringIO()  # closed (`>&-`)
        self._raised = raised  # errors to raise nevertheless

    def write(self, text: str) -> int:
        try:
            self._stream.write(text)
            self._stream.flush()
        except self._raised:
            raise
        except (OSError, ValueError) as error:  # ValueError: closed
            self._stream = io.StringIO()
            if self is sys.stdout:
                print(f"{PROGRAM}: {error_text(error)}; the rest is dropped", file=sys.stderr)
                _flush_quietly()
        return len(text)

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()

    @property
    def encoding(self) -> str:  # type: ignore[override]  # io's own is a plain attribute
        return self._stream.encoding or "utf-8"


def _flush_quietly() -> None:
    """Make Python's last flush of a stdout that fails succeed: it goes nowhere."""
    if sys.__stdout__ is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno())


def complain(error: Exception | str) -> int:
    """Print an error on stderr and return its exit status."""
    print(f"{PROGRAM}: error: {error_text(error)}", file=sys.stderr)
    return 2


def error_text(error: Exception | str) -> str:
    """Describe an error in one line, whatever a file name holds."""
    if isinstance(error, OSError):
        error = f"cannot write {error.filename or 'the output'}: {reason(error)}"
    elif isinstance(error, cv2.error):
        error = f"OpenCV: {error.err}"
    elif isinstance(error, MemoryError):
        error = "out of memory"
    return printable(str(error))


def printable(text: str) -> str:
    """Escape control characters, as file names may hold them."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def print_notes(name: str, notes: Sequence[str]) -> None:
    """Print notes on an image or a kernel on stderr."""
    for note in notes:
        print(f"[INFO] {printable(name)}: {note}", file=sys.stderr)


# ---- Progress


class Terminal:
    """Stands in for the viewer where no window is open: shows progress, and no images."""

    def watch(self, convolve: Function, name: str) -> Function:
        """Return `convolve` with a progress bar on stderr, where that is a terminal."""
        if not sys.stderr.isatty():
            return convolve
        console = Console(stderr=True, emoji=False, markup=False)

        def watched(image: np.ndarray, kernel: np.ndarray, border: str, *, signed: bool) -> np.ndarray:
            with Progress(console=console, transient=True) as progress:
                task = progress.add_task(name, total=image.shape[0])
                step = partial(progress.advance, task)
                return convolve(image, kernel, border, signed=signed, on_row=lambda y, output: step())

        return watched

    def browse(self, comparisons: list[Comparison], sheet: object) -> None:
        """Show nothing."""


def terminal() -> contextlib.AbstractContextManager[Terminal]:
    """Return what stands in for open_window where no window is open."""
    return contextlib.nullcontext(Terminal())


# ---- Results


def print_plan(image: np.ndarray, fast: bool, folder: Path | None, out: TextIO) -> None:
    """Say which method is used, and what the user may not expect.

    folder: where the images go if no window can open and no folder was given; else None.
    """
    if folder is not None:
        print(f"[INFO] no window can open here, so the images go to {folder}{os.sep}", file=out)
    height, width = image.shape[:2]
    print(f"[INFO] {width} x {height} pixels, method {'fast' if fast else 'naive'}", file=out)


def heading(title: str, comparisons: list[Comparison]) -> str:
    """Return one line that says what was compared with what. title: the name of the image, and notes."""
    first = comparisons[0]
    height, width = first.image.shape[:2]
    signed = ", signed" * (first.ours.dtype == np.int16)
    return (
        f"{title}, {width} x {height}, border {first.border}{signed}: "
        f"{first.function} and filter2D of OpenCV {cv2.__version__}"
    )


def print_report(comparisons: list[Comparison], asked: int, border: str, out: TextIO) -> None:
    """Print the table of all kernels, an explanation where pixels differ, and the verdict.

    asked: how many kernels the user asked for, which is more where the viewer was closed early.
    """
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True)
    table.add_column("kernel", no_wrap=True)
    ours = comparisons[0].function if comparisons else "convolve"
    for title in ("size", ours, "filter2D", "differing"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for comparison in comparisons:
        table.add_row(
            comparison.name,
            size_text(comparison.kernel),
            seconds_text(comparison.convolve_seconds),
            seconds_text(comparison.filter2d_seconds),
            str(comparison.differing),
            comparison.verdict_text,
        )
    print(file=out)
    console = Console(file=out, highlight=False, markup=False, emoji=False)
    if not out.isatty():  # nothing is cut off in a file or a pipe
        console.width = max(COLUMNS, console.measure(table).maximum)
    console.print(table)
    print(file=out)
    for comparison in comparisons:
        if comparison.explanation:
            print(f"{comparison.name}: {comparison.explanation}", file=out)
    same = sum(comparison.matches for comparison in comparisons)
    skipped = f" ({asked - len(comparisons)} of {asked} not run)" if len(comparisons) < asked else ""
    print(
        f"{same} of {len(comparisons)} kernels match cv2.filter2D "
        f"(OpenCV {cv2.__version__}, border {border}){skipped}",
        file=out,
    )


def print_json(
    path: str,
    image: np.ndarray,
    border: str,
    fast: bool,
    comparisons: list[Comparison],
    at: tuple[int, int] | None,
    files: dict[str, list[Path]],
) -> None:
    """Print the results of a run as one JSON object.

    path: of the image. at: a pixel whose arithmetic is wanted. files: what was saved, by kernel.
    """
    kernels = []
    for comparison in comparisons:
        saved = [str(file) for file in files.get(comparison.name, [])]
        arithmetic = {} if at is None else {"at": arithmetic_data(comparison, *at)}
        kernels.append(_kernel_data(comparison) | {"files": saved} | arithmetic)
    run = {
        "image": path,
        "width": image.shape[1],
        "height": image.shape[0],
        "border": border,
        "method": "fast" if fast else "naive",
        "opencv": cv2.__version__,
        "opencv_cpu": cv2.getCPUFeaturesLine().strip(),
        "kernels": kernels,
    }
    print(json.dumps(run, indent=2))


def _kernel_data(comparison: Comparison) -> dict[str, object]:
    rows, columns = comparison.kernel.shape
    keys = [
        "pixels",
        "differing",
        "ties",
        "max_difference",
        "convolve_seconds",
        "filter2d_seconds",
        "verdict",
    ]
    return {"name": comparison.name, "rows": rows, "columns": columns} | {
        key: getattr(comparison, key) for key in keys
    }


def print_kernels(kernels: dict[str, np.ndarray], *, as_json: bool) -> None:
    """Print each kernel as a square with its facts, or all as one JSON object."""
    if as_json:
        described = [{"name": name} | facts(kernel) for name, kernel in kernels.items()]
        print(json.dumps({"kernels": described}, indent=2))
        return
    for name, kernel in kernels.items():
        square = textwrap.indent(f"{kernel_text(kernel)}\n{facts_text(kernel)}", "    ")
        print(f"{name}  {size_text(kernel)}\n{square}\n")
