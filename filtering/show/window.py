"""The viewer: shows kernel after kernel, answers mouse and keys, and shows the plain loop at work."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial

import cv2
import numpy as np

from filtering.compare import Comparison, Function, compare, seconds_text
from filtering.show.canvas import FAINT, GAP, INK, PAPER, blank, draw_text, paste, resize
from filtering.show.keys import DOWN, HELP, HINT, LEFT, RIGHT, SHEET_HINT, STEPS, UP, decode
from filtering.show.layout import SMALLEST, WINDOW_SIZE, Box, Layout, text_zoom
from filtering.show.loop import Loop, Skip, Watched
from filtering.show.panels import draw_comparison, draw_place, features, lay_out_comparison
from filtering.show.qt import Wheel, interrupts_to, silence_fonts
from filtering.show.save import Saver

WINDOW = "convolutions"
ZOOM = 1.5  # of one step
DRAG = 4  # screen pixels; shorter movements are a click
# OpenCV looks for a display first, and then finds that it was built without OpenGL: no window flashes up.
ATTEMPT = """
import cv2
try:
    cv2.namedWindow("attempt", cv2.WINDOW_OPENGL)
except cv2.error as error:
    if error.code != cv2.Error.OPEN_GL_NOT_SUPPORTED:
        raise
"""


class Quit(Exception):  # noqa: N818, not an error
    """Raised when the user ends the run, by a key or by closing the window."""


def can_open_windows() -> bool:
    """Return whether windows can be opened on this machine.

    imshow aborts the process where it cannot open one, so a child process tries it first.
    """
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        return False
    try:
        quiet = subprocess.DEVNULL
        attempt = subprocess.run([sys.executable, "-c", ATTEMPT], stdout=quiet, stderr=quiet, timeout=20)
        return attempt.returncode == 0
    except subprocess.TimeoutExpired:
        return False


@contextmanager
def open_window(
    shape: tuple[int, ...], saver: Saver, convolve: Function, pin: tuple[int, int] | None = None
) -> Iterator["Window"]:
    """Open the window for images of that shape, and close it at the end.

    saver: for the key that saves. convolve: the plain loop that a key runs. pin: the first pinned pixel.
    """
    silence_fonts()
    cv2.namedWindow(WINDOW, cv2.WINDOW_NORMAL | cv2.WINDOW_FREERATIO | cv2.WINDOW_GUI_NORMAL)
    window = Window(shape, saver, convolve, pin)
    try:
        with Wheel(window.turn_wheel), interrupts_to(window.interrupt):
            yield window
    finally:
        cv2.destroyAllWindows()


class Window:
    """The window and its state. Any method may raise Quit."""

    def __init__(
        self, shape: tuple[int, ...], saver: Saver, convolve: Function, pin: tuple[int, int] | None
    ) -> None:
        self.saver, self.convolve = saver, convolve
        self.size = WINDOW_SIZE  # of the canvas
        self.region: Box = (0, 0, shape[1], shape[0])  # the part of the image that panels show
        self.layout: Layout | None = None  # of the panels; None on the sheet and in the loop
        self.mouse = (0, 0)
        self.pressed: tuple[int, int] | None = None  # where a drag went on last
        self.dragged = False
        self.wheel = 0  # turns of the wheel that a page has not answered yet
        self.hover: tuple[int, int] | None = None  # the pixel under the mouse
        self.pin = pin
        self.help = False
        self.interrupted = False
        self.message = ""
        self.changed = True  # since the last drawing
        self.canvas = blank(*self.size)  # as drawn last, without messages
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
            self.changed, self.message, self.layout, self.hover = True, "", None, None
            number = max(0, number + pages[number]())

    def _kernel_page(self, comparison: Comparison) -> int:
        """Show one kernel; return 1 for the next page, -1 for the previous one."""
        seconds = comparison.convolve_seconds, comparison.filter2d_seconds
        times = "{} {}, filter2D {}".format(comparison.function, *map(seconds_text, seconds))
        drawn, step = None, 0
        while step == 0:
            if self.layout is None:  # at first, and after the loop
                cv2.setWindowTitle(WINDOW, f"{comparison.name} - {comparison.verdict_text}")
            if self.resized() or self.layout is None:
                self.layout = replace(lay_out_comparison(comparison, self.size), region=self.region)
            if self.changed:
                if drawn != self.layout:
                    panels, drawn = draw_comparison(comparison, self.layout, times), self.layout
                self._draw_kernel_page(panels.copy(), self.layout, comparison)
            key = self.key(20)
            self._zoom_by_wheel()
            step = self._answer(key, comparison) if key != -1 else 0
        return step

    def _draw_kernel_page(self, canvas: np.ndarray, layout: Layout, comparison: Comparison) -> None:
        """Draw the arithmetic of the pinned pixel, the one under the mouse, or the most interesting one."""
        found = features(comparison)
        place = self.pin or self.hover or found.spot
        note = found.spot_note if place == found.spot else ""
        draw_place(canvas, layout, comparison, place, note, self.pin is not None)
        self.show(canvas, HINT)

    def _answer(self, key: int, comparison: Comparison) -> int:
        """Handle a key; return 1 for the next page, -1 for the previous one, 0 to stay."""
        self.changed, self.message = True, ""
        moving = self.pin is not None or (self.layout is not None and not self.layout.whole)
        if key in STEPS and moving:
            self._move(STEPS[key])
        elif key in (ord("+"), ord("=")):
            self._zoom(ZOOM)
        elif key == ord("-"):
            self._zoom(1 / ZOOM)
        elif key == ord("0"):
            self._zoom(0)
        elif key == ord("h"):
            self.help = not self.help
        elif key == ord("m"):
            self._run_loop(comparison)
        elif key == ord("s"):
            self.message = self.saver.save_on_request(comparison, self.canvas, self.pin)
        elif key in (ord(" "), ord("n"), *RIGHT):
            return 1
        elif key in (ord("p"), *LEFT):
            return -1
        return 0

    def _run_loop(self, comparison: Comparison) -> None:
        """Show the plain loop at work on this kernel, once more."""
        signed = comparison.ours.dtype == np.int16
        arguments = comparison.image, comparison.kernel, comparison.border
        loop = self.loop(comparison.name, *arguments, signed)
        with suppress(Skip):
            self.convolve(*arguments, signed=signed, on_row=loop.on_row)
        self.changed = True

    # ---- Zoom

    def _move(self, step: tuple[int, int]) -> None:
        """Move the pin by a pixel; without a pin, the part that is shown by a tenth of it."""
        assert self.layout is not None
        if self.pin is None:
            self._look(
                self.layout.panned(*(s * -(-n // 10) for s, n in zip(step, self.region[2:], strict=True)))
            )
            return
        sides = self.layout.shape[1], self.layout.shape[0]
        x, y = (min(max(0, p + s), side - 1) for p, s, side in zip(self.pin, step, sides, strict=True))
        self.pin = x, y
        left, top, width, height = self.region
        if not (left <= x < left + width and top <= y < top + height):
            self._look(self.layout.panned(*step))

    def _zoom(self, factor: float) -> None:
        """Zoom around the mouse, else around the pin, else around the middle; factor 0 shows all."""
        assert self.layout is not None
        left, top, width, height = self.region
        middle = left + width // 2, top + height // 2
        place = self.layout.pixel_at(*self.mouse) or self.pin or middle
        number = self.layout.panel_at(*self.mouse)
        if number is not None and self.layout.names[number] == "detail":
            place = middle
        whole = (0, 0, self.layout.shape[1], self.layout.shape[0])
        self._look(self.layout.zoomed(factor, place) if factor else replace(self.layout, region=whole))

    def _zoom_by_wheel(self) -> None:
        """Zoom by the turns of the wheel."""
        if self.wheel and self.layout is not None:
            self._zoom(ZOOM**self.wheel)
        self.wheel = 0

    def _look(self, layout: Layout) -> None:
        """Show the part of the image that the layout says."""
        self.layout, self.region, self.changed = layout, layout.region, True
        self.hover = layout.pixel_at(*self.mouse)

    # ---- All kernels

    def _sheet_page(self, draw: Callable[[], np.ndarray]) -> int:
        """Show the sheet; where it is higher than the window, keys and wheel scroll."""
        cv2.setWindowTitle(WINDOW, "all kernels - the sheet")
        sheet, top = draw(), 0
        while True:
            if self.resized() or self.changed:
                top = self._draw_sheet_page(sheet, top)
            key = self.key(20)
            scrolled = (STEPS[key][1] if key in UP + DOWN else 0) - self.wheel
            top, self.wheel, self.changed = top + 80 * scrolled, 0, self.changed or scrolled != 0
            if key == ord("s"):
                self.message, self.changed = self.saver.save_sheet_on_request(sheet), True
            elif key == ord("h"):
                self.help, self.changed = not self.help, True
            elif key in (ord(" "), ord("n"), *RIGHT):
                return 1
            elif key in (ord("p"), *LEFT):
                return -1

    def _draw_sheet_page(self, sheet: np.ndarray, top: int) -> int:
        """Draw the sheet from `top` on; return the top within limits."""
        width, height = self.size[0], self.size[1] - self._foot()
        if width < sheet.shape[1]:
            sheet = resize(sheet, (width, sheet.shape[0] * width // sheet.shape[1]))
        top = max(0, min(top, sheet.shape[0] - height))
        canvas = blank(*self.size)
        paste(canvas[:height], sheet[top:], ((width - sheet.shape[1]) // 2, 0))
        self.show(canvas, SHEET_HINT)
        return top

    # ---- The plain loop at work

    def watch(self, convolve: Function, name: str) -> Function:
        """Wrap convolve so that the window shows it at work, and a key skips the rest."""
        return Watched(convolve, partial(self.loop, name))

    def loop(self, name: str, image: np.ndarray, kernel: np.ndarray, border: str, signed: bool) -> Loop:
        """Return the display of the plain loop in this window."""
        cv2.setWindowTitle(WINDOW, f"{name} - sliding")
        self.layout, self.message, self.help = None, "", False
        return Loop(self, compare(image, kernel, border, signed=signed, name=name))

    # ---- The window itself

    def _on_mouse(self, event: int, x: int, y: int, flags: int, _: object) -> None:
        """Record the mouse's position, clicks and drags; the page draws them."""
        self.mouse = x, y
        if event == cv2.EVENT_MOUSEWHEEL:
            self.turn_wheel(1 if flags > 0 else -1)
        if self.layout is None:
            return
        hover = self.layout.pixel_at(x, y)
        self.changed |= hover != self.hover
        self.hover = hover
        if event == cv2.EVENT_LBUTTONDOWN:
            self.pressed, self.dragged = (x, y), False
        elif event == cv2.EVENT_LBUTTONUP and self.pressed is not None:
            if not self.dragged:
                self.pin, self.message, self.changed = hover, "", True
            self.pressed = None
        elif self.pressed is not None and flags & cv2.EVENT_FLAG_LBUTTON:
            self._drag(self.layout, x, y)

    def _drag(self, layout: Layout, x: int, y: int) -> None:
        """Move the part that is shown along with the mouse."""
        assert self.pressed is not None
        moved = self.pressed[0] - x, self.pressed[1] - y
        self.dragged |= max(map(abs, moved)) >= DRAG
        pixels = [m * n / p for m, n, p in zip(moved, layout.region[2:], layout.panel, strict=True)]
        across, down = map(round, pixels)
        if self.dragged and (across or down):
            self._look(layout.panned(across, down))
            self.pressed = x, y

    def turn_wheel(self, steps: int) -> None:
        """Record a turn of the wheel, away from the user if positive."""
        self.wheel += steps

    def interrupt(self) -> None:
        """Make the next wait for a key raise KeyboardInterrupt."""
        self.interrupted = True

    def _foot(self) -> int:
        return round(26 * text_zoom(self.size))

    def show(self, canvas: np.ndarray, hint: str) -> None:
        """Show a canvas of the window's size; at its foot the keys or a message, over it the help."""
        self.canvas = canvas
        shown, zoom = canvas.copy(), text_zoom(self.size)
        if self.help:
            shown //= 12
            for number, line in enumerate(HELP):
                for text, x in zip(line, (3 * GAP, round(230 * zoom)), strict=True):
                    draw_text(shown, text, (x, round((24 + 27 * number) * zoom)), 17 * zoom, INK)
        foot = shown[-self._foot() :]
        foot[...] = PAPER
        draw_text(
            foot, self.message or hint, (GAP, round(4 * zoom)), 14 * zoom, INK if self.message else FAINT
        )
        cv2.imshow(WINDOW, shown)
        self.changed = False

    def key(self, milliseconds: int) -> int:
        """Wait that long for a key, and return its code; -1 for none. q and closing the window raise Quit.

        waitKey(0) would not return when the window is closed, nor on Ctrl-C.
        """
        key = decode(cv2.waitKeyEx(milliseconds))
        if self.interrupted:
            raise KeyboardInterrupt
        if key == ord("q") or not _is_open():
            raise Quit
        return key

    def resized(self) -> bool:
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


def _is_open() -> bool:
    """Return whether the window is open; Qt raises an error once the last one is closed."""
    try:
        return cv2.getWindowProperty(WINDOW, cv2.WND_PROP_VISIBLE) >= 1
    except cv2.error:
        return False
