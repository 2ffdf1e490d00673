"""Images read from files and saved to them, whole or not at all."""

import contextlib
import os
import re
import signal
import stat
import tempfile
import threading
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFile, ImageOps

# The formats read, by Pillow's names, and their suffixes by OpenCV's.
FORMATS = {
    "JPEG": ".jpg", "MPO": ".jpg", "PNG": ".png", "BMP": ".bmp", "DIB": ".none", "WEBP": ".webp", "GIF": ".gif",
    "JPEG2000": ".jp2", "AVIF": ".avif", "TIFF": ".tiff", "PPM": ".ppm", "PAM": ".none", "SUN": ".ras",
}  # fmt: skip
# Files that Pillow does not recognise, by how they begin.
OTHERS = {
    rb"....ftyp(he|mif1|msf1)": "a HEIC image; save it as JPEG",
    rb"....ftypavi": "a damaged AVIF image, or one that needs Pillow 11.3 or newer",
    rb"\xff\x0a|....JXL ": "a JPEG XL image; save it as PNG",
    rb"....ftypcrx|FUJIFILMCCD|II[RU]|MMOR": "a raw camera file; save it as JPEG",
    rb"#\?RADIANCE|#\?RGBE|v/1\x01": "float samples of high dynamic range; save it with 8 bits per channel",
    rb"II[*+]\0|MM\0[*+]": "a TIFF image that is damaged or has float or other samples that are not read; "
    "save it with 8 bits per channel",
    rb"%PDF": "a PDF document, not an image",
    rb"[^\0]*<svg": "an SVG drawing; save it as PNG",
    rb"\xff\xd8\xff": "a JPEG image, damaged or cut short",
    rb"\x89PNG": "a PNG image, damaged or cut short",
    rb"[\t\n\r -~]+\Z": "text, not an image",
}
FLIPS = {2: 1, 3: -1, 4: 0, 6: 1, 7: -1, 8: 0}  # EXIF orientation: cv2.flip's code, from 5 on after a transpose


def read_image(path: str) -> tuple[npt.NDArray[np.uint8], list[str]]:
    """Read an image file as 8-bit colour, channels blue, green, red.

    Returns the (H, W, 3) image, and notes on how it differs from the file. Raises ValueError where the file
    cannot be read or does not hold a whole image.
    """
    try:
        mode = os.stat(path).st_mode
        if not stat.S_ISREG(mode):  # opening a pipe would wait for a writer
            kind = "folder" if stat.S_ISDIR(mode) else "pipe" if stat.S_ISFIFO(mode) else "device"
            raise ValueError(f"a {kind}, not an image")
        with open(path, "rb") as file:
            return _read(file)
    except OSError as error:
        reason = (error.strerror or str(error)).lower() if path else "an empty name"
    except MemoryError:
        reason = "too large for the memory"
    except ValueError as error:
        reason = str(error)
    raise ValueError(f"cannot read {path or repr(path)}: {reason}")


def _read(file: BinaryIO) -> tuple[npt.NDArray[np.uint8], list[str]]:
    """Read an open file: the header by Pillow, the samples by OpenCV where it decodes them right."""
    image = _open(file)
    kind = f"{image.format} image of {image.width} x {image.height}"
    if max(image.size) > 2**20 or image.width * image.height > 2**30:
        raise ValueError(f"a {kind}, larger than OpenCV reads")
    notes: list[str] = []
    with _pillow(f"a {kind}, damaged or cut short"):
        frames = getattr(image, "n_frames", 1)
        # Without EXIF data, getexif would decode the whole of a PNG to look for it.
        exif = image.format != "PNG" or "exif" in image.info or "Raw profile type exif" in image.info
        orientation = image.getexif().get(0x0112, 1) if exif else 1
        image.seek(0)
    if frames > 1:
        notes.append(f"only the first of {frames} {'pages' if image.format == 'TIFF' else 'frames'} is used")
    if _opencv_is_right(image, frames, orientation):
        file.seek(0)
        data = file.read()
        samples, damaged = _decode(data, image.format == "AVIF", f"a {kind}, damaged or cut short")
        if image.format in ("JPEG", "MPO") and not data.endswith(b"\xff\xd9"):
            with _pillow(f"a {kind}, damaged or cut short"):
                image.load()  # raises for a JPEG cut short, which OpenCV 4 fills up with grey
        samples = cv2.transpose(samples) if 5 <= orientation <= 8 else samples
        samples = cv2.flip(samples, FLIPS[orientation]) if orientation in FLIPS else samples
    else:
        with _pillow(f"a {kind}, damaged or cut short"):
            samples, damaged = _load(image), False
    if 2 <= orientation <= 8:
        notes.append("turned upright, as its EXIF orientation says")
    return _to_colour(samples, notes), notes + ["the decoder reports damage"] * damaged


def _open(file: BinaryIO) -> Image.Image:
    """Return the image of an open file, header only; raise ValueError for what is not read."""
    start = file.read(512)
    file.seek(0)
    if not start:
        raise ValueError("an empty file")
    if start.startswith(b"P7\n"):
        with _pillow("a PAM image, damaged or cut short"):
            return _open_pam(file.read())
    unknown = f"unknown or damaged data beginning with {start[:8].hex(' ')}"
    other = next((words for form, words in OTHERS.items() if re.match(form, start, re.DOTALL)), unknown)
    with _pillow(other):
        image = Image.open(file)
        tags = getattr(image, "tag_v2", {})
        sample, bits = tags.get(339, (1,))[0], tags.get(258, (1,))[0]
        thumbnail = tags.get(254, 0) & 1 or 50706 in tags or start[8:10] == b"CR"
    if image.format not in FORMATS:
        name = f"{image.format} file ({image.format_description})"
        raise ValueError(f"a {name}, which OpenCV does not read; save it as PNG")
    if thumbnail:
        raise ValueError("a TIFF that begins with a thumbnail, as raw camera files do; save it as JPEG")
    kind = {1: "uint", 2: "int", 3: "float"}.get(sample, "unknown") + str(bits)
    if image.mode == "F" or kind not in ("uint1", "uint2", "uint4", "uint8", "uint16"):
        kind = "float32" if image.mode == "F" else kind
        raise ValueError(f"samples are {kind}; save it with 8 bits per channel")
    return image


def _open_pam(data: bytes) -> Image.Image:
    """Return the image of a PAM file, which Pillow does not read and OpenCV reads wrong."""
    header, _, samples = data.partition(b"\nENDHDR\n")
    fields = dict(line.split(maxsplit=1) for line in header.splitlines()[1:] if line[:1].isalpha())
    width, height, depth, maxval = (int(fields[name]) for name in (b"WIDTH", b"HEIGHT", b"DEPTH", b"MAXVAL"))
    dtype = np.dtype(np.uint8 if maxval < 256 else ">u2")
    array = np.frombuffer(samples, dtype, width * height * depth).astype(np.uint32)
    scaled = ((array * 255 + maxval // 2) // maxval).astype(np.uint8)
    image = Image.frombytes(["L", "LA", "RGB", "RGBA"][depth - 1], (width, height), scaled.tobytes())
    image.format = "PAM"
    return image


def _opencv_is_right(image: Image.Image, frames: int, orientation: int) -> bool:
    """Return whether OpenCV decodes such an image, and to the samples that it holds."""
    tile = str(image.tile) if isinstance(image, ImageFile.ImageFile) else ""
    deep = ";16" in tile  # Pillow keeps only the high byte of 16-bit colours
    if image.format == "TIFF":  # 8 bits: multiplied by alpha, not read in small tiles; planes cut short: 0
        return deep and orientation == 1 and image.tag_v2.get(284, 1) == 1 and image.tag_v2.get(262) != 0
    if image.format == "PPM":  # not scaled by their maxval, which follows the rawmode
        return re.search(r"'(L|RGB)', (?!255\b|65535\b)\d", tile) is None
    transparent = image.mode.endswith(("A", "a")) or "transparency" in image.info
    return (
        cv2.haveImageWriter("a" + FORMATS[image.format])
        and (frames == 1 or image.format == "MPO")
        and (not transparent or deep or image.format == "JPEG2000")
    )


def _decode(data: bytes, scale: bool, otherwise: str) -> tuple[np.ndarray, bool]:
    """Decode by OpenCV, upright or not as stored; return whether it reports damage, too.

    scale: to 8 bits, by OpenCV. otherwise: the text of the ValueError where it cannot.
    """
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION if scale else cv2.IMREAD_UNCHANGED
    samples, error = None, ""
    with _copied_stderr() as said:
        try:
            samples = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
        except cv2.error as raised:
            error = str(raised)
    if samples is None:
        if re.search("alloc|memory", error + said[0], re.IGNORECASE):
            raise MemoryError
        raise ValueError(otherwise)
    return samples, re.search("corrupt|premature|error", said[0], re.IGNORECASE) is not None


def _load(image: Image.Image) -> np.ndarray:
    """Decode by Pillow, upright; return gray, blue-green-red, or that with alpha, of 8 or 16 bits."""
    image.load()
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I"):
        return np.asarray(upright).astype(np.uint16)
    transparent = upright.mode.endswith(("A", "a")) or "transparency" in upright.info
    samples = np.asarray(upright.convert("RGBA" if transparent else "RGB"))
    return cv2.cvtColor(samples, cv2.COLOR_RGBA2BGRA if transparent else cv2.COLOR_RGB2BGR)


def _to_colour(samples: np.ndarray, notes: list[str]) -> npt.NDArray[np.uint8]:
    """Return samples as (H, W, 3) of 8 bits, without alpha; add to the notes what was lost by that."""
    colour = samples[..., :-1] if samples.ndim == 3 and samples.shape[2] in (2, 4) else samples
    if samples.dtype == np.uint16:
        low, high = colour.min(), colour.max()
        notes.append(f"samples {low} to {high} of 65535 became {low >> 8} to {high >> 8}")
        colour = (colour >> 8).astype(np.uint8)
    if colour.shape != samples.shape and samples[..., -1].min() < np.iinfo(samples.dtype).max:
        notes.append("alpha is ignored")
    if colour.ndim == 2 or colour.shape[2] == 1:
        return cv2.cvtColor(colour, cv2.COLOR_GRAY2BGR)
    return np.ascontiguousarray(colour)


@contextlib.contextmanager
def _pillow(otherwise: str) -> Iterator[None]:
    """Let Pillow open or load an image; raise ValueError with this text where it cannot."""
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None  # OpenCV has its own
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except MemoryError:
            raise
        except Exception:  # its plugins raise nearly anything for damaged data
            raise ValueError(otherwise) from None
        finally:
            Image.MAX_IMAGE_PIXELS = limit


@contextlib.contextmanager
def _copied_stderr() -> Iterator[list[str]]:
    """Fill a list with the text that C code writes to file descriptor 2 meanwhile; it is shown at the end."""
    said = [""]
    try:
        copy, saved = tempfile.TemporaryFile(), os.dup(2)
    except OSError:  # closed
        yield said
        return
    with copy:
        os.dup2(copy.fileno(), 2)
        try:
            yield said
        finally:
            os.dup2(saved, 2)
            os.close(saved)
            copy.seek(0)
            text = copy.read()
            said[0] = text.decode(errors="replace")
            with contextlib.suppress(OSError):
                os.write(2, text)


def write_image(path: Path, image: np.ndarray, parameters: Sequence[int] = ()) -> None:
    """Save an image whole or not at all; OSError if that fails.

    parameters: those of cv2.imencode.

    The file is written under a temporary name in the same folder and then moved into place, so a full disk
    or Ctrl-C never leaves half an image.
    """
    encoded = cv2.imencode(path.suffix, image, parameters)[1].tobytes()
    try:
        # A folder, since a file made by tempfile could be read by its owner only.
        with _no_signals(), tempfile.TemporaryDirectory(prefix=".", dir=path.parent) as folder:
            partial = Path(folder, path.name)
            partial.write_bytes(encoded)
            partial.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None


@contextlib.contextmanager
def _no_signals() -> Iterator[None]:
    """Hold back SIGINT and SIGTERM to the end of the block; only the main thread has them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[int] = []
    before = {
        number: signal.signal(number, lambda number, frame: held.append(number))
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)
        for number in held:
            signal.raise_signal(number)
