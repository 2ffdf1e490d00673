"""The option --learn: find the kernel, print and save it, and return the exit status."""

import json as jsonlib
from pathlib import Path
from typing import TextIO

import cv2
import numpy as np

from filtering.compare import compare
from filtering.files import read_image
from filtering.learn.descent import by_descent
from filtering.learn.estimate import least_squares
from filtering.learn.learner import Learned, learn_kernel
from filtering.learn.report import kernel_file_text, learned_data, learned_text
from filtering.report import print_notes, printable
from filtering.show.save import Saver


def run_learn(
    before_path: str,
    before: np.ndarray,
    after_path: str,
    naive: bool,
    out: TextIO,
    *,
    signed: bool,
    windows: bool,
    output: Path | None,
    json: bool,
) -> int:
    """Find the kernel that turns an image into the one at `after_path`; print it and return the exit status.

    before: gray, or in colour: `after` is then read so, too. naive: learn by gradient descent. signed: save
    the kernel's responses as int16. windows: show them. output: the folder for the kernel and its panels.
    json: print the result as JSON on stdout as well. Returns 0 if the kernel is exact, else 1.
    """
    colour, notes = read_image(after_path)
    print_notes(after_path, notes)
    after = colour if before.ndim == 3 else cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY)
    learned = learn_kernel(before, after, by_descent if naive else least_squares)
    names = printable(Path(before_path).name), printable(Path(after_path).name)
    print(learned_text(learned, *names), file=out)
    if learned.verdict != "exact" and before.ndim == 2 and (colour != colour[:, :, :1]).any():
        print("\nBoth images were made gray, and rounded, before: try --color.", file=out)
    if output is not None:
        save(learned, before, signed, output, before_path, after_path, out)
    if json:
        print(jsonlib.dumps(learned_data(learned, before_path, after_path), indent=2))
    return 0 if learned.verdict == "exact" else 1


def save(
    learned: Learned,
    before: np.ndarray,
    signed: bool,
    folder: Path,
    before_path: str,
    after_path: str,
    out: TextIO,
) -> None:
    """Save the kernel as text, and the panels of what it makes of the image."""
    saver = Saver(folder, before_path, ["learned"], [after_path])
    saver.prepare()
    border = (
        learned.border if learned.border not in ("left-unfiltered", "cropped", "unknown") else "replicate"
    )
    saver.save(compare(before, learned.kernel, border, signed=signed, name="learned"))
    path = folder / f"{saver.stem}_learned.txt"
    names = printable(Path(before_path).name), printable(Path(after_path).name)
    path.write_text(kernel_file_text(learned, *names), encoding="utf-8")
    print(f"\nSaved the kernel as {path}, which --kernel reads, and its panels.", file=out)
