"""The plain loop at work: how far it is, pixel by pixel where that can be followed, and keys to step."""

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import numpy as np

from filtering.compare import Comparison, Function
from filtering.describe import size_text
from filtering.fast import convolve_fast
from filtering.show.canvas import FAINT, GAP, INK, PLATE, blank, draw_text, mark, resize
from filtering.show.keys import DOWN, LOOP_HINT, RIGHT
from filtering.show.layout import Layout, lay_out
from filtering.show.panels import draw_panel, features
from filtering.show.place import draw_arithmetic

FRAME = 1 / 30  # least seconds between two frames
FOLLOWED = 4000  # on images of no more pixels, the kernel moves from pixel to pixel
WALK = 20  # seconds that this may take
SLOWEST = 0.25  # seconds for a pixel


class Skip(Exception):  # noqa: N818, not an error
    """Raised when the user skips the rest of the plain loop."""


class Watched:
    """A convolve that is shown at work, and that a key can skip: then convolve_fast takes over."""

    def __init__(self, convolve: Function, show: Callable[..., "Loop"]) -> None:
        """Wrap `convolve`. show: returns the Loop for an image, a kernel, a border and signed."""
        self.convolve, self.show = convolve, show
        self.waited = 0.0  # seconds that were spent on showing and on waiting for keys
        self.function = "convolve"

    def __call__(
        self, image: np.ndarray, kernel: np.ndarray, border: str, *, signed: bool = False
    ) -> np.ndarray:
        """Run convolve while it is shown, and return its output."""
        start = time.perf_counter()
        loop = self.show(image, kernel, border, signed)
        before = time.perf_counter() - start
        try:
            output = self.convolve(image, kernel, border, signed=signed, on_row=loop.on_row)
            self.waited = before + loop.waited
        except Skip:
            print("[INFO] the rest by convolve_fast", file=sys.stderr)
            self.function, self.waited = "convolve_fast", time.perf_counter() - start
            output = convolve_fast(image, kernel, border, signed=signed)
        return output


class Screen(Protocol):
    """The part of the window that the loop needs."""

    size: tuple[int, int]

    def show(self, canvas: np.ndarray, hint: str) -> None:
        """Show a canvas, and a line about the keys."""

    def key(self, milliseconds: int) -> int:
        """Wait that long for a key, and return its code or -1."""

    def resized(self) -> bool:
        """Return whether the window has another size than before."""


class Loop:
    """The on_row of convolve that shows its progress and answers keys; it may raise Skip and Quit."""

    def __init__(self, window: Screen, expected: Comparison) -> None:
        self.window = window
        self.expected = expected  # the same by convolve_fast, for the arithmetic on the way
        self.height, self.width = expected.image.shape[:2]
        self.followed = self.height * self.width <= FOLLOWED
        self.pause = max(0.01, min(SLOWEST, WALK / (self.height * self.width)))
        self.paused = False
        self.x = 0  # in the row that is walked along
        self.due = 0.0  # when the next frame is
        self.waited = 0.0  # seconds spent here
        self.layout: Layout | None = None

    def on_row(self, y: int, output: np.ndarray) -> None:
        """Show row y of the output, which is complete."""
        start = time.perf_counter()
        if self.followed or self.paused:
            self._walk(y, output)
        elif start >= self.due:
            self._draw(self.width - 1, y, output)
            self._answer(self.window.key(1))
            self.due = start + max(FRAME, 8 * (time.perf_counter() - start))
            if self.paused:
                self._walk(y, output)
        self.waited += time.perf_counter() - start

    def _walk(self, y: int, output: np.ndarray) -> None:
        """Go along a row, pixel by pixel, by time or by keys."""
        while self.x < self.width:
            self._draw(self.x, y, output)
            key = self.window.key(20 if self.paused else max(1, round(1000 * self.pause)))
            self._answer(key)
            if key in DOWN:
                return
            if key in RIGHT or (key == -1 and not self.paused):
                self.x += 1
            if not self.paused and not self.followed:
                break
        self.x = 0

    def _answer(self, key: int) -> None:
        """Handle a key."""
        if key == ord("e"):
            raise Skip
        if key == ord(" "):
            self.paused = not self.paused
        elif key in RIGHT + DOWN:
            self.paused = True

    # ---- Drawing

    def _draw(self, x: int, y: int, output: np.ndarray) -> None:
        """Draw the loop at pixel (x, y): the output up to it, the window, and the arithmetic."""
        if self.layout is None or self.window.resized():
            self.layout = lay_out(self.expected.image.shape, self.window.size)
            self.background = self._background(self.layout)
        layout, expected, canvas = self.layout, self.expected, self.background.copy()
        stepping = self.followed or self.paused
        label = f"convolve: pixel {x},{y}" if stepping else f"convolve: row {y + 1} of {self.height}"
        draw_panel(canvas, layout, 1, self._part(x, y, output), label)
        reach = expected.kernel.shape[1] // 2, expected.kernel.shape[0] // 2
        if not stepping:
            x, reach = 0, (self.width, reach[1])
        window, pixel = (
            layout.box(0, (x, y), reach),
            layout.box(1, (x, y), (0 if stepping else self.width, 0)),
        )
        assert window is not None
        assert pixel is not None
        mark(canvas, window)
        mark(canvas, pixel)
        left, top = layout.arithmetic[:2]
        if stepping:
            now = replace(expected, ours=output)
            note = "paused" if self.paused else ""
            white = features(expected).white
            draw_arithmetic(canvas, layout.arithmetic, now, (x, y), layout.zoom, note, white)
        else:
            text = f"{expected.name}: row {y + 1} of {self.height}"
            draw_text(canvas, text, (left, top), 19 * layout.zoom, INK)
        self.window.show(canvas, LOOP_HINT)

    def _part(self, x: int, y: int, output: np.ndarray) -> np.ndarray:
        """Return convolve's panel; pixels that are not computed yet are empty."""
        assert self.layout is not None
        found, panel = features(self.expected), self.layout.panel
        done = resize(output, panel, found.white, found.strongest)
        row, below = y * panel[1] // self.height, -(-(y + 1) * panel[1] // self.height)
        done[row:below, -(-(x + 1) * panel[0] // self.width) :] = PLATE
        done[below:] = PLATE
        return done

    def _background(self, layout: Layout) -> np.ndarray:
        """Return the part of the canvas that stays the same while the loop runs."""
        expected, canvas, zoom = self.expected, blank(*layout.size), layout.zoom
        found = features(expected)
        title = f"{expected.name}  {size_text(expected.kernel)}"
        draw_text(canvas, title, (GAP, round(8 * zoom)), 23 * zoom, INK)
        text = f"convolve at work    border {expected.border}"
        draw_text(canvas, text, (GAP, round(38 * zoom)), 15 * zoom, FAINT)
        draw_panel(canvas, layout, 0, resize(expected.image, layout.panel), "original")
        opencv = resize(expected.opencv, layout.panel, found.white, found.strongest)
        draw_panel(canvas, layout, 2, opencv, "filter2D, for comparison")
        return canvas
