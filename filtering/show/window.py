"""The viewer: kernel after kernel, the arithmetic of the pixel under the mouse, and the loop at work."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path

import cv2
import numpy as np

from filtering.compare import Comparison, compare
from filtering.report import ERRORS, error_text
from filtering.show import canvas as draw
from filtering.show.canvas import GAP, Point
from filtering.show.layout import CANVAS, FOOT, Layout
from filtering.show.panels import draw_for_window, draw_loop, draw_place, lay_out_comparison
from filtering.show.save import Saver
from filtering.show.sheet import draw_sheet

WINDOW = "convolutions"
KEYS = "space or n: next    p: back    click: keep the pixel    s: save    o: open the page    q: quit"
SHEET_KEYS = "space or n: end    p: back    s: save    o: open the page    q: quit"
STEPS = {" ": 1, "n": 1, "p": -1}
FRAME = 1 / 30  # seconds between two looks at the keys while the loop is at work; its drawings are no closer
SHARE = 20  # the loop takes as many times as long as its drawing, so that its time stays its own
# OpenCV looks for a display first, and then finds that it was built without OpenGL: no window flashes up.
ATTEMPT = """
import cv2
try:
    cv2.namedWindow("attempt", cv2.WINDOW_OPENGL)
except cv2.error as error:
    raise SystemExit(error.code != cv2.Error.OPEN_GL_NOT_SUPPORTED)
"""

# webbrowser, in a process of its own: a browser may write to stdout, and may stay in the foreground.
BROWSE = "import sys, webbrowser; sys.exit(not webbrowser.open(sys.argv[1]))"


class Quit(Exception):  # noqa: N818, not an error
    """Raised when the user ends the run, by a key or by closing the window."""


def can_open_windows() -> bool:
    """Return whether windows can be opened on this machine.

    imshow aborts the process where it cannot open one, so a child process tries it first.
    """
    display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if sys.platform.startswith("linux") and not display:
        return False
    command, quiet = [sys.executable, "-c", ATTEMPT], subprocess.DEVNULL
    with suppress(subprocess.TimeoutExpired):
        return subprocess.call(command, stdout=quiet, stderr=quiet, timeout=20) == 0
    return False


class Viewer(AbstractContextManager["Viewer"]):
    """The viewer, to be entered. Its methods may raise Quit, which ends the `with` block.

    saver: for the keys that save; the first of its places is the pixel that is kept at first.
    """

    def __init__(self, saver: Saver) -> None:
        self.saver = saver
        self.kept = next(iter(saver.places), None)  # the pixel (x, y) whose arithmetic stays
        self.hover: Point | None = None  # the one under the mouse
        self.layout: Layout | None = None  # of the panels; None where there are none
        self.title, self.canvas = "", draw.blank(*CANVAS)  # as drawn last, without the line at its foot
        self.changed = True  # since then
        self.loop: tuple[Comparison, Layout] | None = None  # what the plain loop will result in
        self.due = self.listens = 0.0  # when its next drawing is, and the next look at the keys
        self.opened = self.interrupted = False

    def __enter__(self) -> "Viewer":
        """Take Ctrl-C, which a callback of OpenCV would lose; the window opens with its first picture."""
        self.handler = signal.signal(signal.SIGINT, self._on_interrupt)
        return self

    def __exit__(self, kind: object, *_: object) -> bool:
        """Close the window, leave Ctrl-C as it was, and end a Quit."""
        signal.signal(signal.SIGINT, self.handler)
        cv2.destroyAllWindows()
        return kind is Quit

    # ---- Kernel after kernel

    def show(self, comparisons: Sequence[Comparison]) -> None:
        """Show the last comparison, then go back and forth until the user asks for the next kernel."""
        self._browse(comparisons, len(comparisons) - 1)

    def show_sheet(self, comparisons: Sequence[Comparison]) -> None:
        """Show the sheet of several kernels, then go back and forth until the user asks for the end."""
        if len(comparisons) > 1:
            self._browse(comparisons, len(comparisons))

    def _browse(self, comparisons: Sequence[Comparison], last: int) -> None:
        """Show the last page, and others on request: a kernel each, and after these the sheet."""
        page = last
        while page <= last:
            comparison = comparisons[page] if page < len(comparisons) else None
            page = max(0, page + self._browse_page(comparisons, comparison))

    def _browse_page(self, comparisons: Sequence[Comparison], comparison: Comparison | None) -> int:
        """Show a kernel, or the sheet if None; return 1 for the next page, -1 for the previous one."""
        redraw = self._sheet_page(comparisons) if comparison is None else self._kernel_page(comparison)
        self.hover, self.changed, keys = None, True, SHEET_KEYS if comparison is None else KEYS
        while True:
            if self.changed:
                self.canvas = redraw()
                self.paint(keys)
            key = self.pressed(20)
            if key in STEPS:
                return STEPS[key]
            if key in ("s", "o"):  # the answer stays until something else is drawn
                self.paint(self._answer(key, comparisons, comparison))

    def _kernel_page(self, comparison: Comparison) -> Callable[[], np.ndarray]:
        """Return what draws a kernel, with the arithmetic of the pixel of the moment."""
        self.title = f"{comparison.name} - {comparison.verdict_text}"
        layout = self.layout = lay_out_comparison(comparison)
        panels = draw_for_window(comparison, layout)

        def redraw() -> np.ndarray:
            canvas: np.ndarray = panels.copy()
            place = self.kept or self.hover or comparison.spot
            draw_place(canvas, layout, comparison, place, kept=self.kept is not None)
            return canvas

        return redraw

    def _sheet_page(self, comparisons: Sequence[Comparison]) -> Callable[[], np.ndarray]:
        """Return what draws the sheet, shrunk to the canvas."""
        self.title = "all kernels - the sheet"
        self.layout, canvas = None, draw.blank(*CANVAS)
        sheet = draw_sheet(self.saver.image.name, comparisons, flipped=self.saver.flipped)
        size = draw.fit(sheet.shape, (CANVAS[0], CANVAS[1] - FOOT))
        draw.paste(canvas, draw.resize(sheet, size), ((CANVAS[0] - size[0]) // 2, 0))
        return lambda: canvas

    def _answer(self, key: str, comparisons: Sequence[Comparison], comparison: Comparison | None) -> str:
        """Save what is shown, or open the page of the kernels so far; return a message."""
        saver = self.saver
        try:
            if key == "o":
                page = saver.save_page(comparisons, self.kept)
                return f"opened {page}" if browse(page) else f"no browser was found; open {page} in one"
            if comparison is None:
                return f"saved {saver.save_sheet(comparisons)}"
            paths = saver.save(comparison, [self.kept] if self.kept else [], self.canvas)
            return f"saved in {saver.folder}{os.sep}: {', '.join(path.name for path in paths)}"
        except ERRORS as error:
            return f"not saved: {error_text(error)}"

    # ---- The plain loop at work

    def grow(
        self, name: str, image: np.ndarray, kernel: np.ndarray, border: str, y: int, output: np.ndarray
    ) -> None:
        """Show the output of convolve up to row y. The last two are the arguments of its on_row."""
        start = time.perf_counter()
        if y == 0:
            self.loop, self.due, self.listens = None, start + FRAME, start + FRAME
        if start < self.listens:
            return
        if start >= self.due:
            if self.loop is None:
                expected = compare(image, kernel, border, signed=output.dtype == np.int16, name=name)
                self.layout = lay_out_comparison(expected)
                self.loop, self.title = (expected, self.layout), f"{name} - sliding"
            self.canvas = draw_loop(*self.loop, y, output)
            self.paint("q: quit")
            self.due = start + (SHARE + 1) * (time.perf_counter() - start)
        if self.opened:
            self.pressed(1)
        self.listens = time.perf_counter() + FRAME

    # ---- The window itself

    def on_mouse(self, event: int, x: int, y: int, flags: int, _: object) -> None:
        """Note the pixel under the mouse; a click keeps it, and a click on the one that is kept frees it."""
        pixel = self.layout.pixel_at(x, y) if self.layout is not None else None
        kept = self.kept
        if event == cv2.EVENT_LBUTTONDOWN and pixel is not None:
            kept = None if pixel == kept else pixel
        self.changed |= (pixel, kept) != (self.hover, self.kept)
        self.hover, self.kept = pixel, kept

    def _on_interrupt(self, *_: object) -> None:
        """Make the next wait for a key raise KeyboardInterrupt."""
        self.interrupted = True

    def paint(self, line: str) -> None:
        """Show the canvas, with a line at its foot."""
        if not self.opened:
            self._open()
        shown = self.canvas.copy()
        shown[-FOOT:] = draw.PAPER
        draw.text(shown[-FOOT:], line, (GAP, 4), 14, draw.FAINT)
        cv2.setWindowTitle(WINDOW, self.title)
        cv2.imshow(WINDOW, shown)
        self.changed = False

    def _open(self) -> None:
        """Open the window, in the size of the canvas."""
        if not Path(os.environ.get("QT_QPA_FONTDIR", "")).is_dir():
            # OpenCV's wheel names a folder that does not exist, and Qt warns. None of its fonts is used.
            os.environ["QT_QPA_FONTDIR"] = str(Path(cv2.__file__).parent)
        cv2.namedWindow(WINDOW, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)
        cv2.resizeWindow(WINDOW, *CANVAS)
        cv2.setMouseCallback(WINDOW, self.on_mouse)
        self.opened = True

    def pressed(self, milliseconds: int) -> str:
        """Wait that long for a key, and return it as a small letter, or "". q, Esc and the X raise Quit.

        waitKey(0) would not return when the window is closed, nor on Ctrl-C.
        """
        code = cv2.waitKeyEx(milliseconds)
        if self.interrupted:
            raise KeyboardInterrupt
        # The higher bits are those of Shift and the locks; arrows and the like are no letters.
        key = chr(code & 0xFFFF).lower() if code != -1 else ""
        if key in ("q", "\x1b") or not _is_open():  # \x1b: Esc
            raise Quit
        return key


def browse(page: Path) -> bool:
    """Open a page in the user's browser; return whether there is one."""
    command, none = [sys.executable, "-c", BROWSE, page.resolve().as_uri()], subprocess.DEVNULL
    browser = subprocess.Popen(command, stdin=none, stdout=none, stderr=none, start_new_session=True)
    with suppress(subprocess.TimeoutExpired):
        return browser.wait(timeout=3) == 0
    return True  # it stays in the foreground


def _is_open() -> bool:
    """Return whether the window is open; Qt raises an error once the last one is closed."""
    with suppress(cv2.error):
        return cv2.getWindowProperty(WINDOW, cv2.WND_PROP_VISIBLE) >= 1
    return False
