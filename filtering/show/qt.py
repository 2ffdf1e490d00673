"""Workarounds for OpenCV's windows on Linux, which are Qt's: fonts, the wheel, and Ctrl-C."""

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2

EVENTS = 0  # QInternal::EventNotifyCallback
WHEEL = 31  # QEvent::Wheel
TYPE_AT, TURN_AT = 16, 76  # bytes from the start of a QWheelEvent to its type and its angleDelta().y()
Callback = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.POINTER(ctypes.c_void_p))


class Wheel:
    """While entered, hand turns of the wheel to a function instead of Qt, which would zoom the window.

    Qt offers each event to a callback first; where that returns true, the event has been handled. OpenCV's
    Qt zooms in the same handler that reports the wheel, so there is no other place to stop it. Where the
    library is not the Qt 5 of OpenCV's wheels, nothing changes, and the wheel arrives as a mouse event.
    """

    def __init__(self, turn: Callable[[int], None]) -> None:
        self.turn = turn
        self.callback = Callback(self._on_event)
        self.library = _find_qt()

    def __enter__(self) -> None:
        """Take the wheel."""
        self._call("register")

    def __exit__(self, *_: object) -> None:
        """Leave the wheel to Qt again."""
        self._call("unregister")

    def _call(self, name: str) -> None:
        """Call QInternal::registerCallback or unregisterCallback; wheels differ in Qt's namespace."""
        short = f"9QInternal{len(name) + 8}{name}Callback"
        for symbol in (
            f"_ZN{short}ENS_8CallbackEPFbPPvE",
            f"_ZN14QtOpenCVPython{short}ENS0_8CallbackEPFbPPvE",
        ):
            if hasattr(self.library, symbol):
                getattr(self.library, symbol)(EVENTS, self.callback)

    def _on_event(self, data: "ctypes._Pointer[ctypes.c_void_p]") -> bool:
        """Return true for turns of the wheel, which are then handled. data: receiver, event, result."""
        event = data[1]
        if not event or ctypes.c_ushort.from_address(event + TYPE_AT).value != WHEEL:
            return False
        self.turn(1 if ctypes.c_int.from_address(event + TURN_AT).value > 0 else -1)
        return True


def _find_qt() -> ctypes.CDLL | None:
    """Return the Qt 5 library of OpenCV's wheel; None where windows are not Qt's."""
    if not sys.platform.startswith("linux") or ctypes.sizeof(ctypes.c_void_p) != 8:
        return None
    folder = Path(cv2.__file__).parent.parent
    path = next(folder.glob("opencv_*.libs/libQt5Core*"), None)
    return None if path is None else ctypes.CDLL(str(path))


@contextmanager
def interrupts_to(interrupt: Callable[[], None]) -> Iterator[None]:
    """Call `interrupt` on Ctrl-C: an exception raised in a callback of Qt or OpenCV would be lost."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, lambda number, frame: interrupt())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def silence_fonts() -> None:
    """Stop Qt from warning that OpenCV's wheel points it to a folder of fonts that does not exist.

    These windows use none of Qt's fonts, so any folder will do.
    """
    if not Path(os.environ.get("QT_QPA_FONTDIR", "")).is_dir():
        os.environ["QT_QPA_FONTDIR"] = str(Path(cv2.__file__).parent)
