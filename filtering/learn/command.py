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

    before: gray, or in colour: `after` is then read so, too. signed: save the kernel's responses as int16,
    and read those of a 16-bit image.
    output: the folder for the kernel and its panels. json: print JSON on stdout as well. Returns 0 if the
    kernel is exact, else 1.
    """
    after, made_gray = read_responses(after_path, before.ndim) if signed else None, False
    if after is None:
        colour, notes = read_image(after_path, shallow=True)
        print_notes(after_path, notes)
        made_gray = before.ndim == 2 and bool((colour != colour[:, :, :1]).any())
        after = colour if before.ndim == 3 else cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY)
    saver = None
    if output is not None:
        others = "_learned_panels.png", "_learned.txt"
        saver = Saver(output, [before_path, after_path], ["learned"], others=others)
        saver.prepare()  # before the search: it may take a minute
    learned = learn_kernel(before, after)
    exact = learned.verdict == "exact"
    names = printable(Path(before_path).name), printable(Path(after_path).name)
    jpegs = [name for name, path in zip(names, (before_path, after_path), strict=True) if is_jpeg(path)]
    print(learned_text(learned, *names, jpegs), file=out)
    if not exact and made_gray:
        print(f"\n{GRAY}", file=out)
    if saver is not None:
        print(f"\n{save(learned, before, after, signed, saver, names)}", file=out)
    if json:
        print(jsonlib.dumps(learned_data(learned, before_path, after_path), indent=2))
    return 0 if exact else 1


def is_jpeg(path: str) -> bool:
    """Return whether a file begins as JPEGs do."""
    with Path(path).open("rb") as file:
        return file.read(3) == b"\xff\xd8\xff"


def read_responses(path: str, ndim: int) -> np.ndarray | None:
    """Read responses as `-o` with --signed writes them, in 16 bits, 32768 for 0; None for other pixels."""
    data = Path(path).read_bytes() if Path(path).is_file() else b""
    stored = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) if data else None
    if stored is None or stored.dtype != np.uint16 or stored.ndim != ndim:
        return None
    return (stored.astype(np.int32) - 2**15).astype(np.int16)


def picture(learned: Learned, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Draw the result."""
    exact = learned.verdict == "exact"
    title = {"exact": "exact: every pixel is equal", "nearly": "nearly", "none": "no kernel"}[learned.verdict]
    if not exact:
        title += f": {learned.differing} of {learned.pixels} pixels differ"
    after, result = (np.clip(side, 0, 255).astype(np.uint8) for side in (after, learned.result))
    kernel = learned.kernel[0] if learned.parts else learned.kernel
    return draw_learning(before, after, result, kernel, title, exact=exact)


def save(
    learned: Learned,
    before: np.ndarray,
    after: np.ndarray,
    signed: bool,
    saver: Saver,
    names: tuple[str, str],
) -> str:
    """Save the kernel as text, and images and the page of what it makes; return lines that say so."""
    saver.save_image("_learned_panels", picture(learned, before, after), DRAWING)
    if learned.parts:
        return f"[INFO] {saver.summary()}: --kernel reads one kernel, and here each channel has its own"
    border = learned.border if learned.border in BORDERS else "replicate"
    ours = convolve_fast(before, learned.kernel, border, signed=signed)
    opencv = filter2d(before, learned.kernel, border, signed=signed)
    comparison = Comparison("learned", before, learned.kernel, border, ours, opencv, "convolve_fast")
    saver.keep(comparison)
    saver.keep_overview([comparison])
    path = printable(str(saver.save_text("_learned.txt", kernel_file_text(learned, *names))))
    return f"[INFO] saved the kernel as {path}, which --kernel reads\n[INFO] {saver.summary()}"
