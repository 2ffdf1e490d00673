"""Images read from files and saved to them, whole or not at all."""

import contextlib
import os
import re
import signal
import stat
import struct
import tempfile
import threading
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from filtering.decode import decode


def read_image(path: str, *, shallow: bool = False) -> tuple[npt.NDArray[np.uint8], list[str]]:
    """Read an image file as 8-bit colour, channels blue, green, red.

    Returns the (H, W, 3) image, and notes on how it differs from the file. Raises ValueError where the file
    cannot be read or does not hold a whole image; if shallow, also for samples of more than 8 bits.
    """
    try:
        mode = os.stat(path).st_mode
        if not stat.S_ISREG(mode):  # opening a pipe would wait for a writer
            kind = "folder" if stat.S_ISDIR(mode) else "pipe" if stat.S_ISFIFO(mode) else "device"
            raise ValueError(f"a {kind}, not an image")
        with open(path, "rb") as file:
            return decode(file, shallow=shallow)
    except OSError as error:
        why = reason(error) if path else "an empty name"
        why = "a web address; save the image first" if re.match("https?:", path) else why
    except (MemoryError, cv2.error):  # outside of imdecode, OpenCV fails for lack of memory only
        why = "too large for the memory"
    except ValueError as error:
        why = str(error)
    raise ValueError(f"cannot read {path or repr(path)}: {why}")


def reason(error: OSError) -> str:
    """Return an OSError's reason, lower case."""
    if isinstance(error, FileExistsError | NotADirectoryError):
        return "not a folder"
    return (error.strerror or str(error)).lower()


# How the files of this program begin, among other things: images, the page, learned kernels.
SOFTWARE = b"tEXtSoftware\0convolutions.py"
MARKS = SOFTWARE, b'<meta name="generator" content="convolutions.py">', b"# learned from "


def check_target(path: Path, inputs: Iterable[Path], guarded: Iterable[Path]) -> None:
    """Raise ValueError where a file must not be written: over a folder, an input, or a file of the user's.

    guarded: folders with files of the user's; in these, what this program did not write is not replaced.
    """
    try:
        path.lstat()
        if path.is_dir() and not path.is_symlink():
            why = "is a folder"
        elif path.exists() and any(path.samefile(read) for read in inputs if read.exists()):
            why = "is an input; choose another --output"
        elif any(path.parent.samefile(folder) for folder in guarded) and not _is_marked(path):
            why = "exists, and is not of this program; choose another --output"
        else:
            return
    except FileNotFoundError:
        return
    except OSError as error:
        why = reason(error)
    raise ValueError(f"cannot write {path}: {why}")


def _is_marked(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(1000)
    return any(mark in start for mark in MARKS)


def write_image(path: Path, image: np.ndarray, parameters: Sequence[int] = ()) -> None:
    """Save an image whole or not at all; OSError if that fails. parameters: those of cv2.imencode."""
    data = cv2.imencode(path.suffix, image, parameters)[1].tobytes()
    if path.suffix == ".png":  # a chunk: its length, type and data, and their checksum
        chunk = struct.pack(">I", len(SOFTWARE) - 4) + SOFTWARE + struct.pack(">I", zlib.crc32(SOFTWARE))
        data = data[:33] + chunk + data[33:]  # behind the header
    write_bytes(path, data)


def write_bytes(path: Path, data: bytes) -> None:
    """Save a file whole or not at all; OSError if that fails.

    The file is written under a temporary name in the same folder and then moved into place, so a full disk
    or Ctrl-C never leaves half a file.
    """
    try:
        # A folder, since a file made by tempfile could be read by its owner only.
        with no_signals(), tempfile.TemporaryDirectory(prefix=".", dir=path.parent) as folder:
            partial = Path(folder, path.name)
            partial.write_bytes(data)
            partial.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None


@contextlib.contextmanager
def no_signals() -> Iterator[None]:
    """Hold back signals that end this process to the end of the block; only the main thread has them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[int] = []
    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = [signal.signal(number, lambda number, frame: held.append(number)) for number in numbers]
    try:
        yield
    finally:
        # SIGINT was the first and is the last: once its handler is back, it may raise.
        for number, handler in reversed(list(zip(numbers, before, strict=True))):
            signal.signal(number, handler or signal.SIG_DFL)
        for caught in held:
            signal.raise_signal(caught)
