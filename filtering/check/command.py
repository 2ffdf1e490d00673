"""The option --check: examine a function, a program or an image, and print the diagnosis."""

import contextlib
import json as jsonlib
import re
import signal
import sys
import textwrap
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TextIO

import numpy as np
from rich.console import Console
from rich.progress import Progress

from filtering.arithmetic import arithmetic_at, worked_lines
from filtering.check.diagnose import examine
from filtering.check.findings import Examination, Finding
from filtering.check.fixes import with_fix
from filtering.check.image import examine_image, nearest_story
from filtering.check.outputs import read_result
from filtering.check.processes import workplace
from filtering.check.program import Program
from filtering.check.report import YOURS, fix_text, image_result, message, result, save_fixed, save_picture
from filtering.compare import compare
from filtering.describe import size_text
from filtering.report import print_notes

IMAGES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".pgm", ".ppm", ".pnm", ".webp", ".gif", ".jp2")
CHECKED_PART = 64, 96  # rows and columns of the image that are used: small enough for a slow loop


@np.errstate(all="ignore")  # an output may hold any numbers
def run_check(
    target: str,
    image: np.ndarray | None,
    border: str | None,
    kernels: dict[str, np.ndarray] | None = None,
    output: Path | None = None,
    *,
    inputs: Sequence[str] = (),
    signed: bool = False,
    json: bool,
    out: TextIO,
) -> int:
    """Examine the target, print the diagnosis to `out`, and return the exit status.

    target: a function, `FILE.py:FUNCTION`; a program, a command with {image} and {output}; or an image file,
    what some program has made of `image`. image: gray, or in colour for an image file; of a function or a
    program, its middle is one more probe. border: the border mode that is required; None: any of the five is
    right. kernels: for an image, the one that was applied, else further ones to try. output: the folder for a
    picture of the output beside filter2D's. inputs: files that are not overwritten. signed: the image
    file holds signed responses. json: print the result as JSON to stdout as well. Returns 0 if it matches
    filter2D, else 1.
    """
    if is_image(target):
        examination = image_examination(target, image, border, kernels or {}, signed=signed)
    else:
        if signed or (image is not None and image.ndim == 3):
            option = "--signed" if signed else "--color"
            raise ValueError(f"{option} is for images that a program has made; --check got {target}")
        with exit_on_termination():
            examination = examine_with_progress(
                Program.of(target) if "{" in target else target,
                None if image is None else middle(image), border, kernels or {},
            )  # fmt: skip
    print(wrapped(message(examination)), file=out)
    if examination.fix is not None:
        print(fix_text(examination.fix), file=out)
    if examination.example is not None:
        print("\n" + example_text(examination), file=out)
    saved = (
        None
        if output is None
        else save_picture(examination, output, [target, target.rpartition(":")[0], *target.split(), *inputs])
    )
    if saved is not None:
        print(f"\nSaved {saved}: {YOURS[examination.subject]}, filter2D's, and where they differ.", file=out)
    fixed = None if output is None else save_fixed(examination, output, inputs)
    if fixed is not None:
        print(f"Saved {fixed}: your file with these changes.", file=out)
    if json:
        told = image_result(examination) if examination.subject == "image" else result(examination)
        print(jsonlib.dumps(told, indent=2))
    return 0 if examination.verdict == "matches" else 1


def is_image(target: str) -> bool:
    """Return whether the target is an image file: by its name."""
    return "{" not in target and Path(target).suffix.lower() in IMAGES


def image_examination(
    target: str,
    image: np.ndarray | None,
    border: str | None,
    kernels: dict[str, np.ndarray],
    *,
    signed: bool,
) -> Examination:
    """Examine an image file."""
    if image is None:
        raise ValueError(f"{target} was made of an image: name this one with --image")
    if len(kernels) != 1:
        raise ValueError(f"{target} was made with one kernel: name the kernel with -k, or ask --learn")
    (kernel,) = kernels.values()
    made, notes = read_result(target, color=image.ndim == 3, signed=signed)
    print_notes(target, notes)
    examination = examine_image(image, kernel, made, border, target)
    if examination.verdict != "matches" and Path(target).suffix.lower() in (".jpg", ".jpeg"):
        story = nearest_story(examination)
        lossy = Finding("loading", "JPEG", "PNG", f"JPEG changes pixels: save as PNG{story}", "", True)
        return replace(examination, findings=[*examination.findings, lossy])
    return examination


@contextlib.contextmanager
def exit_on_termination() -> Iterator[None]:
    """Turn SIGTERM, SIGHUP and SIGQUIT into SystemExit; end child processes and remove folders."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set a handler
        return
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGQUIT") if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    for number in [number for number in numbers if before[number] != signal.SIG_IGN]:  # nohup ignores it
        signal.signal(number, lambda number, frame: sys.exit(128 + number))
    try:
        with workplace():
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


def examine_with_progress(
    target: str | Program, image: np.ndarray | None, border: str | None, kernels: dict[str, np.ndarray]
) -> Examination:
    """Examine a function or a program, with a progress bar on stderr if that is a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        return with_fix(examine(target, image, border, kernels=kernels), target, image, border, kernels)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("checking")

        def show(done: int, total: int) -> None:
            """Move the bar."""
            progress.update(task, completed=done, total=total)

        told = examine(target, image, border, progress=show, kernels=kernels)
        progress.update(task, description="trying changes", total=None)
        return with_fix(told, target, image, border, kernels)


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
    """Write out the arithmetic at a pixel that differs, with what is there instead."""
    assert examination.example is not None
    difference, x, y = examination.example
    probe = difference.probe
    signed = difference.right.dtype == np.int16
    (at,) = arithmetic_at(compare(probe.image, probe.kernel, examination.border, signed=signed), x, y)
    lines = worked_lines(f"For example, with a kernel of {size_text(probe.kernel)}", at)
    pixels = f"filter2D {at.filter2d}, {examination.function} {difference.output[y, x]:.6g}"
    return "\n".join([*lines, "  " + pixels])
