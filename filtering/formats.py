"""Kinds of image files: the formats that are read, and names for the others."""

import contextlib
import re
import threading
import warnings
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from PIL import Image

# The formats read, by Pillow's names; a build of OpenCV that writes such a file reads them, too.
FORMATS = {
    "JPEG": "a.jpg", "MPO": "a.jpg", "PNG": "a.png", "BMP": "a.bmp", "WEBP": "a.webp", "GIF": "a.gif",
    "JPEG2000": "a.jp2", "AVIF": "a.avif", "TIFF": "a.tiff", "PPM": "a.ppm", "SUN": "a.ras",
    "PAM": "", "DIB": "",
}  # fmt: skip
# Files that Pillow does not recognise, by how they begin.
OTHERS = {
    rb"....ftyp(he|mif1|msf1)": "a HEIC image; save it as JPEG",
    rb"....ftypavi": "an AVIF image that is damaged, or needs Pillow 11.3 or newer",
    rb"\xff\x0a|....JXL ": "a JPEG XL image; save it as PNG",
    rb"....ftypcrx|FUJIFILMCCD|II[RU]|MMOR|II\*\0....CR": "a raw camera file; save it as JPEG",
    rb"#\?RADIANCE|#\?RGBE|v/1\x01": "samples are floats; save it with 8 bits per channel",
    rb"II[*+]\0|MM\0[*+]": "a TIFF image that is damaged, or has float or other unusual samples; "
    "save it with 8 bits per channel",
    rb"%PDF": "a PDF document, not an image",
    rb"....(ftyp|moov|mdat|wide)|RIFF....AVI |\x1aE\xdf\xa3|FLV|OggS|\0\0\x01\xba": "a video; save a frame "
    "as PNG",
    rb"\x93NUMPY|PK.*\.npy": "a NumPy array; save it as PNG, with cv2.imwrite",
    rb"PK\x03\x04": "a ZIP archive, as .docx and .xlsx files are too, not an image",
    rb"SIMPLE  =": "FITS file; save it as PNG",
    rb"MATLAB ": "a MATLAB file; save the image in it as PNG",
    rb".{128}DICM": "a DICOM image; save it as PNG",
    rb".{344}n[+i]1\0": "a NIfTI image; save a slice as PNG",
    rb"gimp xcf": "a GIMP image; export it as PNG",
    rb"\x1f\x8b": "a gzip archive; unpack it",
    rb"(?i)\s*(<!--.*)?<(!doctype html|html|head|body)": "a web page, not an image",
    rb"[^\0]*<svg": "an SVG drawing; save it as PNG",
    rb"\xff\xd8\xff": "JPEG image, damaged or cut short",
    rb"\x89PNG": "PNG image, damaged or cut short",
    rb"[\t\n\r -~]+\Z": "text, not an image",
}


def open_image(file: BinaryIO) -> Image.Image:
    """Return the image of an open file, header only; raise ValueError for what is not read."""
    start = file.read(512)
    file.seek(0)
    if not start:
        raise ValueError("an empty file")
    if start.startswith(b"P7\n"):
        with pillow("a PAM image, damaged or cut short"):
            return _open_pam(file.read())
    unknown = f"unknown or damaged data beginning with {start[:8].hex(' ')}"
    other = next((words for form, words in OTHERS.items() if re.match(form, start, re.DOTALL)), unknown)
    with pillow(other):
        image = Image.open(file)
        tags = getattr(image, "tag_v2", {})
        sample, bits = tags.get(339, (1,))[0], tags.get(258, (1,))[0]
        thumbnail = tags.get(254, 0) & 1 or 50706 in tags or start[8:10] == b"CR"
    if image.format not in FORMATS:
        raise ValueError(f"{image.format} file ({image.format_description}); save it as PNG")
    if thumbnail:
        raise ValueError("a TIFF that begins with a thumbnail, as raw camera files do; save it as JPEG")
    if bits == 16 and tags.get(284) == 2:  # Pillow and OpenCV both read them wrong
        raise ValueError("samples of 16 bits are in separate planes; save it with 8 bits per channel")
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
    image.format, image.info["maxval"] = "PAM", maxval
    return image


@contextlib.contextmanager
def pillow(otherwise: str) -> Iterator[None]:
    """Let Pillow open or load an image; raise ValueError with this text where it cannot."""
    with _without_limit():
        try:
            yield
        except MemoryError:
            raise
        except Exception:  # its plugins raise nearly anything for damaged data
            raise ValueError(otherwise) from None


_lock, _reading, _undo = threading.Lock(), 0, contextlib.ExitStack()


@contextlib.contextmanager
def _without_limit() -> Iterator[None]:
    """Lift Pillow's limit of pixels, as files.py has one, and silence warnings.

    Both belong to the whole process: of blocks that overlap in threads, the first changes them, and the last
    restores them.
    """
    global _reading
    with _lock:
        if _reading == 0:
            _undo.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore")
            _undo.callback(setattr, Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)
            Image.MAX_IMAGE_PIXELS = None
        _reading += 1
    try:
        yield
    finally:
        with _lock:
            _reading -= 1
            if _reading == 0:
                _undo.close()
