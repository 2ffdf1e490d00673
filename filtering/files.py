"""Images read from files and saved to them, whole or not at all."""

import contextlib
import os
import re
import struct
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

JPEG = b"\xff\xd8\xff"  # how such a file begins


def read_image(path: str) -> tuple[npt.NDArray[np.uint8], list[str]]:
    """Read an image file as 8-bit colour, channels blue, green, red.

    Returns the (H, W, 3) image, and notes on what was dropped on the way. Raises ValueError where the file
    cannot be read or does not hold a whole image.
    """
    # Bytes first: imread returns None for anything amiss, fills up a JPEG cut short with grey, and on
    # Windows does not find a name that is not ASCII.
    try:
        if Path(path).exists() and not Path(path).is_file():
            raise OSError(0, "a folder, not an image" if Path(path).is_dir() else "a device, not an image")
        data = Path(path).read_bytes()
    except OSError as error:
        raise ValueError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from None
    if not data:
        raise ValueError(f"cannot read {path}: an empty file")
    image = _decode(data, cv2.IMREAD_COLOR)
    if image is None or (data.startswith(JPEG) and not _jpeg_ends(data)):
        raise ValueError(f"cannot read {path}: {_describe(data)}")
    return image, _dropped(data)


def _decode(data: bytes, flags: int) -> np.ndarray | None:
    """Call cv2.imdecode without its messages; return None for anything that it cannot decode."""
    try:
        with _no_messages():
            return cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:
        return None


@contextlib.contextmanager
def _no_messages() -> Iterator[None]:
    """Mute file descriptor 2, to which libpng and OpenCV print from C beside our own message."""
    try:
        saved = os.dup(2)
    except OSError:  # closed
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(nowhere)
        os.close(saved)


def _jpeg_ends(data: bytes) -> bool:
    """Find the end marker of a JPEG; return False for a file cut short, which OpenCV 4 fills up with grey.

    A JPEG is a chain of segments (ITU-T T.81, annex B): FF once or more, a code, a length of two bytes, that
    much content. After a start-of-scan segment (DA) follow the compressed pixels, in which FF comes only
    before 00 or a restart code (D0 to D7), up to the next segment.
    """
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        code = data[at + 1]
        if code == 0xFF:
            at += 1
            continue
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if code == 0xDA:
            following = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]").search(data, at)
            if following is None:
                return False
            at = following.start()
            if data[at + 1] == 0xD9:
                return True
    return False


def _describe(data: bytes) -> str:
    """Describe a file that does not decode, by its first bytes."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        large = " or larger than OpenCV reads" if max(width, height) > 10**6 or width * height > 2**30 else ""
        return f"a PNG of {width} x {height} that is damaged or cut short{large}"
    if data.startswith(JPEG):
        return "a JPEG that is damaged or cut short"
    if data.startswith(b"%PDF"):
        return "a PDF document, not an image"
    try:
        data[:512].decode("ascii")
    except UnicodeDecodeError:
        return f"unknown or damaged data beginning with {data[:8].hex(' ')}"
    return "text, not an image"


def _dropped(data: bytes) -> list[str]:
    """Return notes on what IMREAD_COLOR silently dropped from an image."""
    if data.startswith(JPEG):
        return []  # a JPEG has neither, and is not worth decoding twice
    whole = _decode(data, cv2.IMREAD_UNCHANGED)
    if whole is None:
        return []
    dropped = []
    if whole.dtype != np.uint8:
        dropped.append(f"its {whole.dtype} samples were cut down to 8 bits")
    if whole.ndim == 3 and whole.shape[2] == 4:
        dropped.append("its alpha channel was dropped")
    return dropped


def write_image(path: Path, image: np.ndarray, parameters: Sequence[int] = ()) -> None:
    """Save an image whole or not at all; OSError if that fails.

    parameters: those of cv2.imencode.

    The file is written under a temporary name in the same folder and then moved into place, so a full disk
    or Ctrl-C never leaves half an image.
    """
    encoded = cv2.imencode(path.suffix, image, parameters)[1].tobytes()
    try:
        # A folder, since a file made by tempfile could be read by its owner only.
        with tempfile.TemporaryDirectory(prefix=".", dir=path.parent) as folder:
            partial = Path(folder, path.name)
            partial.write_bytes(encoded)
            partial.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
