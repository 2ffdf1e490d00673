"""What a run prints: the table, the JSON, the progress bar, and errors in one line."""

import contextlib
import functools
import io
import json
import os
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

import cv2
import numpy as np
from rich import box
from rich.console import Console
from rich.progress import Progress, TextColumn
from rich.table import Table

from filtering.arithmetic import arithmetic_data, arithmetic_text
from filtering.compare import Comparison, seconds_text
from filtering.describe import about, facts, facts_text, kernel_text, size_text
from filtering.files import reason

PROGRAM = "convolutions.py"
ERRORS = (OSError, ValueError, MemoryError, cv2.error)  # reported in one line, status 2
CLIPPED = 0.1  # share of sums beyond the range of the pixels: with more, a line below the table says so
COLUMNS = 80  # of the sentences of --list


# ---- Errors


def with_exit_status(main: Callable[[Sequence[str] | None], int]) -> Callable[..., int]:
    """Decorate a main function: errors become one line on stderr and an exit status.

    0 and 1 as main returns them, 2 bad usage or input, 130 interrupted, 141 nobody reads the output any more.
    """

    @functools.wraps(main)
    def wrapped(argv: Sequence[str] | None = None) -> int:
        sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115, stays open
        sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")  # characters that its encoding lacks
        try:
            try:
                status = main(argv)
            except SystemExit as done:  # from argparse
                status = int(done.code or 0)
            sys.stdout.flush()  # here, where it can still be told that the disk is full
            return status
        except KeyboardInterrupt:
            _tell("interrupted")
            return 130
        except BrokenPipeError:
            return 141
        except ERRORS as error:
            return complain(error)
        finally:
            _finish(sys.stdout)
            _finish(sys.stderr)

    return wrapped


def _finish(stream: TextIO) -> None:
    """Flush a stream; what it cannot write goes nowhere.

    Python flushes it again at its own end, and would fail: see "Note on SIGPIPE" in the documentation of
    Python's signal.
    """
    try:
        stream.flush()
    except OSError:
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), stream.fileno())


def _tell(line: str) -> None:
    """Print a line on stderr, if that can be written to."""
    with contextlib.suppress(OSError):
        print(f"{PROGRAM}: {line}", file=sys.stderr)


def complain(error: Exception | str) -> int:
    """Print an error on stderr and return its exit status."""
    _tell(f"error: {error_text(error)}")
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


def print_hints(hints: dict[str, str]) -> None:
    """Print hints on kernels, by name, on stderr."""
    for name, hint in hints.items():
        print_notes(name, [hint])


# ---- Progress


class Terminal(contextlib.AbstractContextManager["Terminal"]):
    """Stand in for the window where none opens: a progress bar on stderr, where that is a terminal."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        columns = TextColumn("{task.description}", markup=False), *Progress.get_default_columns()[1:]
        self.progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)

    def __exit__(self, *_: object) -> None:
        """Remove the bar of a loop that was interrupted."""
        self._stop()

    def _stop(self) -> None:
        """Remove the bar if there is one: else rich before 14.3 would write an empty line."""
        if self.progress.live.is_started:
            self.progress.stop()

    def grow(
        self, name: str, image: np.ndarray, kernel: np.ndarray, border: str, y: int, output: np.ndarray
    ) -> None:
        """Show that row y is done. The last two are the arguments of convolve's on_row."""
        if y == 0:
            self.progress.start()
            self.task = self.progress.add_task(name, total=len(output))
        self.progress.advance(self.task)
        if y == len(output) - 1:
            self.progress.remove_task(self.task)
            self._stop()

    def show(self, comparisons: Sequence[Comparison]) -> None:
        """Show nothing."""

    def show_sheet(self, comparisons: Sequence[Comparison]) -> None:
        """Show nothing."""


# ---- Results


def print_plan(image: np.ndarray, fast: bool, out: TextIO) -> None:
    """Say which method is used."""
    height, width = image.shape[:2]
    print(f"[INFO] {width} x {height} pixels, method {'fast' if fast else 'naive'}", file=out)


def print_arithmetic(comparison: Comparison, at: Sequence[tuple[int, int]], out: TextIO) -> None:
    """Write out the arithmetic at these pixels (x, y)."""
    for place in at:
        print(arithmetic_text(comparison, *place), file=out)


def print_report(comparisons: list[Comparison], asked: int, border: str, out: TextIO) -> None:
    """Print the table of all kernels, why pixels differ or are black or white, and the verdict.

    asked: how many kernels the user asked for, which is more where the viewer was closed early.
    """
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True)
    table.add_column("kernel", no_wrap=True)
    ours = comparisons[0].function if comparisons else ""
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
    if not comparisons:
        print("nothing was compared", file=out)
        return
    width = None if out.isatty() else 10_000  # nothing is cut off in a file or a pipe
    Console(file=out, width=width, highlight=False, markup=False, emoji=False).print(table)
    print(file=out)
    for comparison in comparisons:
        clipped = comparison.clipped_low + comparison.clipped_high > CLIPPED
        for line in [comparison.explanation, comparison.clipping_text * clipped]:
            if line:
                print(f"{comparison.name}: {line}", file=out)
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
    at: Sequence[tuple[int, int]],
    files: dict[str, list[Path]],
) -> None:
    """Print the results of a run as one JSON object.

    path: of the image. at: pixels whose arithmetic is wanted; of several, it is a list. files: what was
    saved, by kernel.
    """
    kernels = []
    for comparison in comparisons:
        saved = [str(file) for file in files.get(comparison.name, [])]
        data = [arithmetic_data(comparison, *place) for place in at]
        arithmetic = {"at": data[0] if len(data) == 1 else data} if data else {}
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
    return {
        "name": comparison.name,
        "rows": rows,
        "columns": columns,
        "pixels": comparison.pixels,
        "differing": comparison.differing,
        "ties": comparison.ties,
        "max_difference": comparison.max_difference,
        "convolve_seconds": comparison.convolve_seconds,
        "filter2d_seconds": comparison.filter2d_seconds,
        "verdict": comparison.verdict,
        "clipped_low": comparison.clipped_low,
        "clipped_high": comparison.clipped_high,
    }


def print_kernels(kernels: dict[str, np.ndarray], *, as_json: bool) -> int:
    """Print each kernel as a square with what it does, or all as one JSON object; return exit status 0."""
    if as_json:
        described = [
            {"name": name, "about": about(name, kernel) or None} | facts(kernel)
            for name, kernel in kernels.items()
        ]
        print(json.dumps({"kernels": described}, indent=2))
        return 0
    for name, kernel in kernels.items():
        sentence = textwrap.wrap(about(name, kernel), COLUMNS - 4)
        lines = "\n".join([*sentence, kernel_text(kernel), facts_text(kernel)])
        print(f"{name}  {size_text(kernel)}\n{textwrap.indent(lines, '    ')}\n")
    return 0
