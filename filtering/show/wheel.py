"""The mouse wheel on Linux, where OpenCV's windows are Qt's and zoom by themselves."""

import ctypes
import sys
from collections.abc import Callable
from pathlib import Path

import cv2

EVENTS = 0  # QInternal::EventNotifyCallback
WHEEL = 31  # QEvent::Wheel
TYPE_AT, TURN_AT = 16, 76  # bytes from the start of a QWheelEvent to its type and its angleDelta().y()
NOTCH = 120  # angle of one notch of the wheel
Callback = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.POINTER(ctypes.c_void_p))


class WheelOfQt:
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
        """Begin."""
        if self.library is not None:
            _function(self.library, "register")(EVENTS, self.callback)

    def __exit__(self, *_: object) -> None:
        """Leave the wheel to Qt again."""
        if self.library is not None:
            _function(self.library, "unregister")(EVENTS, self.callback)

    def _on_event(self, data: "ctypes._Pointer[ctypes.c_void_p]") -> bool:
        event = data[1]
        if not event or ctypes.c_ushort.from_address(event + TYPE_AT).value != WHEEL:
            return False
        angle = ctypes.c_int.from_address(event + TURN_AT).value
        self.turn(1 if angle > 0 else -1)
        return True


def _find_qt() -> ctypes.CDLL | None:
    """Return the Qt library that OpenCV uses, if its events have the layout that is read here."""
    if not sys.platform.startswith("linux") or ctypes.sizeof(ctypes.c_void_p) != 8:
        return None
    folder = Path(cv2.__file__).parent.parent
    for path in folder.glob("opencv_*.libs/libQt5Core*"):
        library = ctypes.CDLL(str(path))
        return library if _function(library, "register") is not None else None
    return None


def _function(library: ctypes.CDLL, name: str) -> "ctypes._NamedFuncPointer | None":
    """Return QInternal::registerCallback or unregisterCallback; wheels differ in Qt's namespace."""
    short = f"9QInternal{len(name) + 8}{name}Callback"
    for symbol in (f"_ZN{short}ENS_8CallbackEPFbPPvE", f"_ZN14QtOpenCVPython{short}ENS0_8CallbackEPFbPPvE"):
        function = getattr(library, symbol, None)
        if function is not None:
            function.restype = ctypes.c_bool
            return function
    return None
