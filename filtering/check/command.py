"""The option --check: examine a function, print the diagnosis, and return the exit status."""

import contextlib
import json as jsonlib
import re
import signal
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import numpy as np
from rich.console import Console
from rich.progress import Progress

from filtering.arithmetic import arithmetic_at, worked_lines
from filtering.check.advice import Examination
from filtering.check.diagnose import examine
from filtering.check.picture import save_picture
from filtering.compare import compare
from filtering.describe import size_text

CHECKED_PART = 64, 96  # rows and columns of the image that are used: a slow loop is through in a second


def run_check(
    target: str,
    image: np.ndarray | None,
    border: str | None,
    *,
    json: bool,
    out: TextIO,
    kernels: dict[str, np.ndarray] | None = None,
    output: Path | None = None,
) -> int:
    """Examine the function `FILE.py:FUNCTION`, print the diagnosis to `out`, and return the exit status.

    image: a gray image whose middle is one more probe. border: the border mode that the function must have;
    None: any of the five is right. json: print the result as JSON to stdout as well. kernels: further kernels
    to try. output: the folder for a picture of the function's output beside filter2D's.
    Returns 0 if the function matches filter2D, else 1.
    """
    part = None if image is None else middle(image)
    with exit_on_termination():
        examination = examine_with_progress(target, part, border, kernels or {})
    print(wrapped(examination.message), file=out)
    if examination.example is not None:
        print("\n" + example_text(examination), file=out)
    path = None if output is None else save_picture(examination, output)
    if path is not None:
        print(f"\nSaved {path}: your function's output, filter2D's, and where they differ.", file=out)
    if json:
        print(jsonlib.dumps(examination.data(), indent=2))
    return 0 if examination.verdict == "matches" else 1


@contextlib.contextmanager
def exit_on_termination() -> Iterator[None]:
    """Turn SIGTERM into SystemExit, so that the child process is ended and its folder removed."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set a handler
        return
    before = signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL if before is None else before)


def examine_with_progress(
    target: str, image: np.ndarray | None, border: str | None, kernels: dict[str, np.ndarray]
) -> Examination:
    """Examine the function, with a progress bar on stderr if that is a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        return examine(target, image, border, kernels=kernels)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("checking")

        def show(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        return examine(target, image, border, progress=show, kernels=kernels)


def wrapped(text: str) -> str:
    """Wrap the lines of a text; items of a list are indented behind their number, `code` is not broken."""
    lines = []
    for line in text.splitlines():
        whole = re.sub("`[^`]*`", lambda code: code[0].replace(" ", "\0"), line)
        indent = re.sub(r"^((\d+\.|-)? *).*", lambda found: " " * len(found[1]), line)
        lines.append(
            textwrap.fill(
                whole, 100, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
            )
        )
    return "\n".join(lines).replace("\0", " ")


def middle(image: np.ndarray) -> np.ndarray:
    """Return the middle of an image, at most CHECKED_PART."""
    top, left = (max(side - most, 0) // 2 for side, most in zip(image.shape, CHECKED_PART, strict=True))
    return image[top : top + CHECKED_PART[0], left : left + CHECKED_PART[1]]


def example_text(examination: Examination) -> str:
    """Write out the arithmetic at a pixel that differs, with the result of the examined function."""
    assert examination.example is not None
    difference, x, y = examination.example
    probe = difference.probe
    (at,) = arithmetic_at(compare(probe.image, probe.kernel, examination.border), x, y)
    lines = worked_lines(f"For example, with a kernel of {size_text(probe.kernel)}", at)
    pixels = f"filter2D {at.filter2d}, {examination.function} {difference.output[y, x]:.6g}"
    return "\n".join([*lines, "  " + pixels])
