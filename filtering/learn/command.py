"""The option --learn: find the kernel, print and save it, and return the exit status."""

import json as jsonlib
from pathlib import Path
from typing import TextIO

import cv2
import numpy as np

from filtering.borders import BORDERS
from filtering.compare import Comparison, filter2d
from filtering.fast import convolve_fast
from filtering.files import read_image
from filtering.learn.learner import Learned, learn_kernel
from filtering.learn.report import kernel_file_text, learned_data, learned_text
from filtering.report import print_notes, printable
from filtering.show.canvas import DRAWING
from filtering.show.learning import draw_learning
from filtering.show.save import Saver

GRAY = "Both images were made gray, and rounded, before: try --color."


def run_learn(
    before_path: str,
    before: np.ndarray,
    after_path: str,
    out: TextIO,
    *,
    signed: bool,
    output: Path | None,
    json: bool,
) -> int:
    """Find the kernel that turns an image into the one at `after_path`; print it and return the exit status.

    before: gray, or in colour: `after` is then read so, too. signed: save the kernel's responses as int16.
    output: the folder for the kernel and its panels. json: print JSON on stdout as well. Returns 0 if the
    kernel is exact, else 1.
    """
    colour, notes = read_image(after_path)
    print_notes(after_path, notes)
    after = colour if before.ndim == 3 else cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY)
    saver = None
    if output is not None:
        others = "_learned_panels.png", "_learned.txt"
        saver = Saver(output, [before_path, after_path], ["learned"], others=others)
        saver.prepare()  # before the search: it may take a minute
    learned = learn_kernel(before, after)
    exact = learned.verdict == "exact"
    names = printable(Path(before_path).name), printable(Path(after_path).name)
    print(learned_text(learned, *names), file=out)
    if not exact and after.ndim == 2 and (colour != colour[:, :, :1]).any():
        print(f"\n{GRAY}", file=out)
    if saver is not None:
        print(f"\n{save(learned, before, after, signed, saver, names)}", file=out)
    if json:
        print(jsonlib.dumps(learned_data(learned, before_path, after_path), indent=2))
    return 0 if exact else 1


def picture(learned: Learned, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Draw the result."""
    exact = learned.verdict == "exact"
    title = {"exact": "exact: every pixel is equal", "nearly": "nearly", "none": "no kernel"}[learned.verdict]
    if not exact:
        title += f": {learned.differing} of {learned.pixels} pixels differ"
    return draw_learning(before, after, learned.result, learned.kernel, title, exact=exact)


def save(
    learned: Learned,
    before: np.ndarray,
    after: np.ndarray,
    signed: bool,
    saver: Saver,
    names: tuple[str, str],
) -> str:
    """Save the kernel as text, and images and the page of what it makes; return lines that say so."""
    border = learned.border if learned.border in BORDERS else "replicate"
    ours = convolve_fast(before, learned.kernel, border, signed=signed)
    opencv = filter2d(before, learned.kernel, border, signed=signed)
    comparison = Comparison("learned", before, learned.kernel, border, ours, opencv, "convolve_fast")
    saver.keep(comparison)
    saver.keep_overview([comparison])
    saver.save_image("_learned_panels", picture(learned, before, after), DRAWING)
    path = printable(str(saver.save_text("_learned.txt", kernel_file_text(learned, *names))))
    return f"[INFO] saved the kernel as {path}, which --kernel reads\n[INFO] {saver.summary()}"
