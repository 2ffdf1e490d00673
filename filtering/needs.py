"""What has to be there before the rest is imported. Python 3.8 parses it too, as it does convolutions.py."""

# Only what is there at once is imported here: until check_needs runs, Ctrl-C prints a traceback.
import _signal as signal  # type: ignore[import-not-found]
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# By the names to import, those to install.
PACKAGES = {
    "numpy": "numpy", "cv2": "opencv-python", "skimage": "scikit-image", "scipy": "scipy", "PIL": "pillow",
    "rich": "rich",
}  # fmt: skip
ACTIVATE = r".venv\Scripts\activate" if os.name == "nt" else "source .venv/bin/activate"


def check_needs() -> None:
    """Exit with one line on stderr and status 2 where Python is too old, or a package is missing.

    From here on Ctrl-C ends the process without a traceback, which an import would print: see run.

    NumPy's BLAS, which is not imported yet, is told to use one thread: for the small matrices of --learn, its
    threads would mostly wait for each other, by spinning, and beside other programs take ten times as long.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    lack = _lack()
    if lack:
        print(f"convolutions.py: error: {lack}", file=sys.stderr)
        raise SystemExit(2)


def run(main: "Callable[[], int]") -> int:
    """Run a main function, in which Ctrl-C is KeyboardInterrupt; return its exit status."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_DFL:
        return main()  # it is ignored
    try:
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            return main()
        finally:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
    except KeyboardInterrupt:  # before main, or behind it
        return 130


def _lack() -> str:
    """Return what is missing, and what to do about it; '' if all is there."""
    if sys.version_info < (3, 10):  # noqa: UP036, the reason for this module
        return f"Python 3.10 or newer is needed, got {sys.version.split()[0]}"
    import importlib.util

    missing = [package for name, package in PACKAGES.items() if importlib.util.find_spec(name) is None]
    if missing:
        return (
            f"missing {', '.join(missing)}: run `{ACTIVATE}` if there is a .venv, "
            "or else `pip install -r requirements.txt`"
        )
    try:
        importlib.import_module("cv2")
    except ImportError as error:  # on a slim Linux
        return f"cannot import cv2: {error}; on Debian, `apt-get install libgl1 libglib2.0-0` brings it"
    return ""
