"""The option --learn: find the kernel, show, print and save it, and return the exit status."""

import json as jsonlib
import time
from contextlib import nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import TextIO

import cv2
import numpy as np
from rich.console import Console
from rich.status import Status

from filtering.borders import BORDERS
from filtering.compare import compare
from filtering.fast import convolve_fast
from filtering.files import read_image, write_bytes, write_image
from filtering.learn.descent import by_descent
from filtering.learn.learner import Learned, learn_kernel, responses
from filtering.learn.pair import make_pair
from filtering.learn.report import kernel_file_text, learned_data, learned_text
from filtering.report import print_notes, printable
from filtering.show.learning import draw_learning
from filtering.show.save import Saver
from filtering.show.window import Quit, Window, open_window

FRAME = 1 / 30  # least seconds between two drawings of gradient descent
KEYS = "any key: end"
GRAY = "Both images were made gray, and rounded, before: try --color."


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
    the kernel's responses as int16. windows: show the learning. output: the folder for the kernel and its
    panels. json: print JSON on stdout as well. Returns 0 if the kernel is exact, else 1.
    """
    colour, notes = read_image(after_path)
    print_notes(after_path, notes)
    after = colour if before.ndim == 3 else cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY)
    saver = Saver(output or Path(), before_path, ["learned", "learned_panels"], [after_path])
    if output is not None:
        saver.prepare()
    status, viewer = 1, open_window(before.shape, saver, convolve_fast) if windows else nullcontext()
    with suppress(Quit), viewer as window:
        learned = learn(before, after, naive, window)
        status = 0 if learned.verdict == "exact" else 1
        names = printable(Path(before_path).name), printable(Path(after_path).name)
        print(learned_text(learned, *names), file=out)
        if learned.verdict != "exact" and after.ndim == 2 and (colour != colour[:, :, :1]).any():
            print(f"\n{GRAY}", file=out)
        if output is not None:
            print(f"\n{save(learned, before, after, signed, saver, names)}", file=out)
        if json:
            print(jsonlib.dumps(learned_data(learned, before_path, after_path), indent=2))
        if window is not None:
            browse(window, learned, before, after)
    return status


def learn(before: np.ndarray, after: np.ndarray, naive: bool, window: Window | None) -> Learned:
    """Learn the kernel; show gradient descent at work, in the window or on stderr if that is a terminal."""
    if not naive:
        return learn_kernel(before, after)
    if window is not None:
        return learn_kernel(before, after, partial(by_descent, on_step=Shown(window, before, after)))
    console = Console(stderr=True, emoji=False, markup=False)
    if not console.is_terminal:
        return learn_kernel(before, after, by_descent)
    with Status("learning", console=console) as status:
        return learn_kernel(before, after, partial(by_descent, on_step=partial(report_step, status)))


def step_text(step: int, error: float) -> str:
    """Return one line about a step of gradient descent."""
    return f"gradient descent, step {step}: mean squared error {error:.4g}"


def report_step(status: Status, step: int, kernel: np.ndarray, offset: float, error: float) -> None:
    """Report a step of gradient descent on the terminal."""
    if step % 100 == 0:
        status.update(step_text(step, error))


class Shown:
    """The on_step of gradient descent that draws kernel, result and error in the window."""

    def __init__(self, window: Window, before: np.ndarray, after: np.ndarray) -> None:
        self.window, self.before, self.after = window, before, after
        self.pair = make_pair(before, after)
        self.due = 0.0  # when the next drawing is

    def __call__(self, step: int, kernel: np.ndarray, offset: float, error: float) -> None:
        """Draw a step, if it is time; q raises Quit."""
        if time.perf_counter() < self.due:
            return
        result = self.pair.image(responses(self.pair, kernel, offset, "replicate"))
        title = step_text(step, error)
        self.window.resized()
        canvas = draw_learning(self.before, self.after, result, kernel, title, self.window.size)
        self.window.show(canvas, "q: end")
        self.window.key(1)
        self.due = time.perf_counter() + FRAME


def browse(window: Window, learned: Learned, before: np.ndarray, after: np.ndarray) -> None:
    """Show the result until a key is pressed."""
    window.changed = True
    while True:
        if window.resized() or window.changed:
            window.show(picture(learned, before, after, window.size), KEYS)
        if window.key(20) != -1:
            return


def picture(
    learned: Learned, before: np.ndarray, after: np.ndarray, size: tuple[int, int] | None = None
) -> np.ndarray:
    """Draw the result."""
    exact = learned.verdict == "exact"
    title = {"exact": "exact: every pixel is equal", "nearly": "nearly", "none": "no kernel"}[learned.verdict]
    if not exact:
        title += f": {learned.differing} of {learned.pixels} pixels differ"
    draw = partial(draw_learning, before, after, learned.result, learned.kernel, title, exact=exact)
    return draw() if size is None else draw(size)


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
    comparison = compare(before, learned.kernel, border, signed=signed, name="learned")
    saver.save(comparison)
    saver.save_overview(names[0], [comparison], place=None, flipped=False)
    write_image(saver.folder / f"{saver.stem}_learned_panels.png", picture(learned, before, after))
    path = saver.folder / f"{saver.stem}_learned.txt"
    write_bytes(path, kernel_file_text(learned, *names).encode())
    return f"[INFO] saved the kernel as {path}, which --kernel reads\n[INFO] {saver.summary()}"
