"""The viewer: shows kernel after kernel, answers mouse and keys, and shows the plain loop at work."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from filtering.compare import Comparison, filter2d, seconds_text
from filtering.fast import convolve_fast
from filtering.show.canvas import (
    FAINT,
    GAP,
    INK,
    WINDOW_SIZE,
    Layout,
    blank,
    draw_text,
    lay_out,
    mark,
    paste,
    resize,
)
from filtering.show.panels import (
    SHEET_HEAD,
    SHEET_WIDTH,
    draw_comparison,
    draw_head,
    draw_panel,
    draw_place,
    signed_range,
)

WINDOW = "convolutions"
SMALLEST = (640, 360)  # of the canvas; smaller windows show it shrunk
FRAME = 1 / 30  # least seconds between two frames of the sliding kernel

# As waitKeyEx reports them on X11, Windows and macOS.
LEFT, UP = (65361, 0x250000, 63234), (65362, 0x260000, 63232)
RIGHT, DOWN = (65363, 0x270000, 63235), (65364, 0x280000, 63233)
STEPS = dict.fromkeys(LEFT, (-1, 0)) | dict.fromkeys(RIGHT, (1, 0))
STEPS |= dict.fromkeys(UP, (0, -1)) | dict.fromkeys(DOWN, (0, 1))
ESCAPE = 27
# Shift, Ctrl, Alt, the locks and AltGr are reported too: without this, Alt-Tab would mean "next kernel".
MODIFIER_KEYS = {*range(0xFFE1, 0xFFEF), 0xFF7F, 0xFE03}

HINT = "Mouse over a panel: the arithmetic of that pixel    space: next    q: end    h: all keys"
SHEET_HINT = "up, down: scroll    p: back to the kernels    space, n: end    (--output saves the sheet)"
HELP = [
    "space, n, any other key: the next kernel; after the last, the sheet; after that, the end",
    "p: the previous kernel, not computed again",
    "left, right: the previous, the next kernel; with a pin, the arrow keys move it",
    "mouse over a panel: the arithmetic of that pixel; a click pins it, a click outside the panels unpins it",
    "s: save the files of this kernel",
    "h: show and hide the keys",
    "q, Esc, closing the window: end",
    "space, while the plain loop runs: the rest at once, by convolve_fast (q ends, other keys wait)",
]


class Quit(Exception):  # noqa: N818, not an error
    """Raised when the user ends the run, by a key or by closing the window."""


class Skip(Exception):  # noqa: N818
    """Raised when the user skips the rest of the plain loop."""


def can_open_windows() -> bool:
    """Return whether windows can be opened on this machine.

    imshow aborts the process where it cannot open one, so a child process tries it first.
    """
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        return False
    attempt = [sys.executable, "-c", "import cv2; cv2.namedWindow('probe'); cv2.waitKey(1)"]
    try:
        quiet = subprocess.DEVNULL
        return subprocess.run(attempt, stdout=quiet, stderr=quiet, timeout=20).returncode == 0
    except subprocess.TimeoutExpired:
        return False


@contextmanager
def open_window(shape: tuple[int, ...], save: Callable[[Comparison], str]) -> Iterator["Window"]:
    """Open the window for images of that shape, and close it at the end.

    save: saves the files of one kernel and returns a message about it.
    """
    # OpenCV's wheel points Qt to a folder of fonts that does not exist, and Qt warns about it on stderr.
    # These windows use none of Qt's fonts, so any folder will do.
    if not Path(os.environ.get("QT_QPA_FONTDIR", "")).is_dir():
        os.environ["QT_QPA_FONTDIR"] = str(Path(cv2.__file__).parent)
    cv2.namedWindow(WINDOW, cv2.WINDOW_NORMAL | cv2.WINDOW_FREERATIO | cv2.WINDOW_GUI_NORMAL)
    try:
        yield Window(shape, save)
    finally:
        cv2.destroyAllWindows()


class Window:
    """The window and its state. Any method may raise Quit."""

    def __init__(self, shape: tuple[int, ...], save: Callable[[Comparison], str]) -> None:
        self.shape = shape
        self.save = save
        self.size = lay_out(shape, WINDOW_SIZE, strip=True).size  # of the canvas
        self.layout: Layout | None = None  # of the panels; None on the sheet and in the loop
        self.hover: tuple[int, int] | None = None  # the pixel under the mouse
        self.pin: tuple[int, int] | None = None  # the pixel that was clicked
        self.help = False
        self.message = ""
        self.changed = True  # since it was drawn
        cv2.resizeWindow(WINDOW, *self.size)
        cv2.setMouseCallback(WINDOW, self._on_mouse)

    # ---- Kernel after kernel

    def browse(self, comparisons: list[Comparison], sheet: Callable[[], np.ndarray] | None = None) -> None:
        """Show the last comparison, then go back and forth until the user asks for the next kernel.

        sheet: draws the page after the last kernel.
        """
        pages = [partial(self._kernel_page, comparison) for comparison in comparisons]
        if sheet is not None:
            pages.append(partial(self._sheet_page, sheet))
        number = len(comparisons) - 1
        while number < len(pages):
            self.changed, self.message = True, ""
            number = max(0, number + pages[number]())

    def _kernel_page(self, comparison: Comparison) -> int:
        """Show one kernel; return 1 for the next page, -1 for the previous one."""
        cv2.setWindowTitle(WINDOW, f"{comparison.name} - {comparison.verdict_text}")
        seconds = comparison.convolve_seconds, comparison.filter2d_seconds
        times = "convolve {}, filter2D {}".format(*map(seconds_text, seconds))
        self.layout, self.hover, step = None, None, 0
        while step == 0:
            if self.layout is None or self._resized():
                self.layout = lay_out(self.shape, self.size, strip=True)
                panels = draw_comparison(comparison, self.layout, times)
            if self.changed:
                self._draw_kernel_page(panels, self.layout, comparison)
            step = self._answer(self._key(20), comparison)
        return step

    def _draw_kernel_page(self, panels: np.ndarray, layout: Layout, comparison: Comparison) -> None:
        """Draw the strip, or the help, and the message on a copy of the panels."""
        canvas = panels.copy()
        place = self.pin or self.hover
        corner, size = (GAP, layout.strip), 15 * layout.zoom
        if self.help:
            for number, line in enumerate(HELP):
                draw_text(canvas, line, (corner[0], corner[1] + round(1.6 * size * number)), size, INK)
        elif place is not None:
            draw_place(canvas, layout, comparison, place)
        else:
            draw_text(canvas, HINT, corner, size, FAINT)
        if self.message:
            bottom = canvas[-round(1.6 * size) :]
            bottom[...] = blank(bottom.shape[1], bottom.shape[0])
            draw_text(bottom, self.message, (GAP, 0), size, INK)
        self._show(canvas)

    def _answer(self, key: int, comparison: Comparison) -> int:
        """Handle a key; return 1 for the next page, -1 for the previous one, 0 to stay."""
        if key == -1:
            return 0
        self.changed, self.message = True, ""
        if key in STEPS and self.pin is not None:
            sides = self.shape[1], self.shape[0]
            x, y = (
                min(max(0, p + s), side - 1) for p, s, side in zip(self.pin, STEPS[key], sides, strict=True)
            )
            self.pin = x, y
        elif key == ord("h"):
            self.help = not self.help
        elif key == ord("s"):
            self.message = self.save(comparison)
        elif key not in UP + DOWN:
            return -1 if key in (ord("p"), *LEFT) else 1
        return 0

    def _sheet_page(self, draw: Callable[[], np.ndarray]) -> int:
        """Show the sheet; it may be higher than the window, so up and down scroll."""
        cv2.setWindowTitle(WINDOW, "all kernels - the sheet")
        sheet, top, self.layout = draw(), 0, None
        while True:
            if self._resized() or self.changed:
                top = self._draw_sheet_page(sheet, top)
            key = self._key(20)
            if key in UP + DOWN:
                top += STEPS[key][1] * 80
                self.changed = True
            elif key not in (-1, ord("h"), ord("s"), *RIGHT):
                return -1 if key in (ord("p"), *LEFT) else 1

    def _draw_sheet_page(self, sheet: np.ndarray, top: int) -> int:
        """Draw the sheet from `top` on, between its heading and the keys; return the top within limits."""
        (width, height), foot = self.size, 24
        if width < sheet.shape[1]:
            sheet = resize(sheet, (width, sheet.shape[0] * width // sheet.shape[1]))
        left, head = (width - sheet.shape[1]) // 2, SHEET_HEAD * sheet.shape[1] // SHEET_WIDTH
        top = max(0, min(top, sheet.shape[0] - height + foot))
        canvas = blank(width, height)
        paste(canvas, sheet[:head], (left, 0))
        paste(canvas[: height - foot], sheet[head + top :], (left, head))
        draw_text(canvas, SHEET_HINT, (left + GAP, height - foot + 4), 14, FAINT)
        self._show(canvas)
        return top

    # ---- The plain loop at work

    def watch(self, convolve: Callable[..., np.ndarray], name: str) -> Callable[..., np.ndarray]:
        """Wrap convolve so that the window shows it at work, and Space skips the rest."""

        def watched(
            image: np.ndarray, kernel: np.ndarray, border: str, *, signed: bool = False
        ) -> np.ndarray:
            if image.shape != self.shape:  # a warm-up
                return convolve(image, kernel, border, signed=signed)
            on_row = self._slide(name, kernel, image, border, signed)
            try:
                return convolve(image, kernel, border, signed=signed, on_row=on_row)
            except Skip:
                print("[INFO] the rest by convolve_fast", file=sys.stderr)
                return convolve_fast(image, kernel, border, signed=signed)

        return watched

    def _slide(
        self, name: str, kernel: np.ndarray, image: np.ndarray, border: str, signed: bool
    ) -> Callable[[int, np.ndarray], None]:
        """Return the on_row of convolve that shows its progress, and raises Skip on Space.

        The loop takes about a seventh longer, however slow the display.
        """
        cv2.setWindowTitle(WINDOW, f"{name} - sliding")
        white = signed_range(filter2d(image, kernel, border, signed=signed)) if signed else None
        self.layout, self.changed = None, True
        canvas = layout = None
        due = 0.0

        def on_row(y: int, output: np.ndarray) -> None:
            nonlocal canvas, layout, due
            start = time.perf_counter()
            if start < due:
                return
            if canvas is None or self._resized():
                layout = lay_out(self.shape, self.size, strip=True)
                canvas = draw_head(name, kernel, f"border {border}", layout)
                draw_panel(canvas, layout, 0, resize(image, layout.panel), "original")
                draw_text(
                    canvas, "space: the rest at once    q: end", (GAP, layout.strip), 15 * layout.zoom, FAINT
                )
            self._show(_draw_slide(canvas.copy(), layout, y, kernel, output, white))
            if self._key(1) == ord(" "):
                raise Skip
            taken = time.perf_counter() - start
            due = start + max(FRAME, 8 * taken)

        return on_row

    # ---- The window itself

    def _on_mouse(self, event: int, x: int, y: int, flags: int, _: object) -> None:
        """Record the mouse's position and clicks; the page draws them. The wheel is Qt's zoom."""
        if self.layout is None:
            return
        hover = self.layout.pixel_at(x, y)
        self.changed |= hover != self.hover or event == cv2.EVENT_LBUTTONDOWN
        self.hover = hover
        if event == cv2.EVENT_LBUTTONDOWN:
            self.pin, self.message = hover, ""

    def _show(self, canvas: np.ndarray) -> None:
        """Show a canvas at the top left of the window."""
        page = blank(*self.size)
        paste(page, canvas, (0, 0))
        cv2.imshow(WINDOW, page)
        self.changed = False

    def _key(self, milliseconds: int) -> int:
        """Wait that long for a key, and return its code; -1 for none, or a modifier.

        waitKey(0) would not return when the window is closed, nor on Ctrl-C.
        """
        key = cv2.waitKeyEx(milliseconds)
        if not _is_open():
            raise Quit
        if key == -1 or key & 0xFFFF in MODIFIER_KEYS:
            return -1
        for code in (key, key & 0xFFFF):  # some systems add the state of Shift and the locks
            if code in STEPS:
                return code
        key &= 0xFFFF
        if ord("A") <= key <= ord("Z"):  # the caps lock is on
            key += ord("a") - ord("A")
        if key in (ord("q"), ESCAPE):
            raise Quit
        return key

    def _resized(self) -> bool:
        """Update the window's size; return whether it changed."""
        width, height = cv2.getWindowImageRect(WINDOW)[2:]
        if min(width, height) < 1:
            return False
        larger = max(1, SMALLEST[0] / width, SMALLEST[1] / height)
        size = round(width * larger), round(height * larger)
        changed = size != self.size
        self.size = size
        self.changed |= changed
        return changed


def _draw_slide(
    canvas: np.ndarray, layout: Layout, y: int, kernel: np.ndarray, output: np.ndarray, white: int | None
) -> np.ndarray:
    """Draw the progress of the plain loop, up to row y. white: the scale of signed responses."""
    height, width = layout.shape[:2]
    done = resize(output, layout.panel, white)
    done[(y + 1) * layout.panel[1] // height :] = 0
    draw_panel(canvas, layout, 1, done, f"convolve: row {y + 1} of {height}")
    mark(canvas, layout.box(0, (0, y), (width, kernel.shape[0] // 2)))
    mark(canvas, layout.box(1, (0, y), (width, 0)))
    return canvas


def _is_open() -> bool:
    """Return whether the window is open; Qt raises an error once the last one is closed."""
    try:
        return cv2.getWindowProperty(WINDOW, cv2.WND_PROP_VISIBLE) >= 1
    except cv2.error:
        return False
