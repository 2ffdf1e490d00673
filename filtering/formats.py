"""Kinds of image files: the formats that are read, and names for the others."""

import contextlib
import re
import threading
import warnings
from collections.abc import Iterator
from typing import BinaryIO

from PIL import Image

# The formats read, by Pillow's names.
FORMATS = "JPEG", "MPO", "PNG", "BMP", "DIB", "WEBP", "GIF", "JPEG2000", "AVIF", "TIFF", "PPM"
# What Pillow does not read, by how a file begins. A frame header of JPEG: its length, the bits of a sample.
IMAGES = {
    "HEIC": rb"....ftyp(he|mif1|msf1)", "JPEG XL": rb"\xff\x0a|....JXL ", "JPEG XR": rb"II\xbc",
    "JPEG-LS": rb"\xff\xd8\xff(.*\xff)?\xf7\0[\x0b\x11\x14]",
    "12-bit JPEG": rb"\xff\xd8\xff.*\xff[\xc0-\xc2]\0[\x0b\x11\x14]\x0c",
    "raw camera": rb"....ftypcrx|FUJIFILMCCD|FOVb|\0MR[IM]|II[RU]|MMOR|II\*\0....CR",
    "Photoshop": rb"8BPS", "GIMP": rb"gimp xcf", "layered": rb"PK.*(krita|image/openraster)",
    "IFF": rb"FORM....(ILBM|PBM |ACBM)", "PAM": rb"P7\n", "float": rb"#\?RADIANCE|#\?RGBE|v/1\x01",
    "FITS": rb"SIMPLE  =", "DICOM": rb".{128}DICM", "NIfTI": rb".{344}n[+i]1\0", "MATLAB": rb"MATLAB ",
    "NumPy": rb"\x93NUMPY|PK.*\.npy", "SVG": rb"[^\0]*<svg",
}  # fmt: skip
OTHERS = {
    "a PDF document": rb"%PDF", "a ZIP archive": rb"PK\x03\x04",
    "a gzip archive": rb"\x1f\x8b",
    "a video": rb"....(ftyp(?!avi)|moov|mdat|wide)|RIFF....AVI |\x1aE\xdf\xa3|FLV|OggS|\0\0\x01\xba",
    "a web page": rb"(?i)\s*(<!--.*)?<(!doctype html|html|head|body)",
    "text": rb"[\t\n\r -~\x80-\xff]+\Z",  # in whatever encoding; the last, as others are text, too
}  # fmt: skip
DAMAGED = {
    "an empty file": rb"\Z",
    "JPEG image, damaged or cut short": rb"\xff\xd8\xff",
    "PNG image, damaged or cut short": rb"\x89PNG",
    "AVIF image that is damaged, or needs Pillow 11.3 or newer": rb"....ftypavi",
    "TIFF image that is damaged, or has unusual samples; save it with 8 bits": rb"II[*+]|MM\0[*+]",
}


class DamagedError(ValueError):
    """Raised for a file that Pillow cannot read."""


def open_image(file: BinaryIO) -> Image.Image:
    """Return the image of an open file, header only; raise ValueError for what is not read."""
    start = file.read(4096)
    with pillow(_name(start)):
        image = Image.open(file)
        tags = getattr(image, "tag_v2", {})
        sample, bits = tags.get(339, (1,))[0], tags.get(258, (1,))[0]
        thumbnail = tags.get(254, 0) & 1 or 50706 in tags or start[8:10] == b"CR"
    if image.format not in FORMATS:
        raise ValueError(f"{image.format} file ({image.format_description}); save it as PNG")
    if thumbnail:
        raise ValueError("a TIFF that begins with a thumbnail, as raw camera files do; save it as JPEG")
    kind = "float" if image.mode == "F" else {1: "uint", 2: "int", 3: "float"}.get(sample, "unknown")
    planar = bits == 16 and tags.get(284) == 2  # Pillow and OpenCV both read them wrong
    if planar or kind != "uint" or bits not in (1, 2, 4, 8, 16):
        layout = " in separate planes" * planar
        raise ValueError(f"samples are {kind}{bits}{layout}; save it with 8 bits per channel")
    return image


def _name(start: bytes) -> str:
    """Return what a file is called that begins so, if Pillow does not read it."""
    ways = (IMAGES, "a {} image; save it as PNG"), (DAMAGED, "{}"), (OTHERS, "{}, not an image")
    for forms, sentence in ways:
        for name, form in forms.items():
            if re.match(form, start, re.DOTALL):
                return sentence.format(name)
    return f"unknown or damaged data beginning with {start[:8].hex(' ')}"


def largest(image: Image.Image, data: bytes) -> int:
    """Return the largest value that a sample of a file can have, or 255 if that is less."""
    if image.format == "PPM" and data[1:2] in b"2356":
        return max(255, int(re.sub(rb"#[^\r\n]*", b"", data[:4096]).split()[3]))
    bits = getattr(image, "tag_v2", {}).get(258, (8,))[0]
    if image.format == "PNG":
        bits = data[24]
    elif image.format == "AVIF":  # a property of the image: the number of channels, and the bits of each
        bits = (data.partition(b"pixi\0\0\0\0")[2][1:2] or b"\x08")[0]
    elif image.format == "JPEG2000":  # behind the marker SIZ, with which the code begins
        bits = (data.partition(b"\xff\x4f\xff\x51")[2][38] & 127) + 1
    return int(2 ** max(bits, 8) - 1)


_lock = threading.RLock()


@contextlib.contextmanager
def pillow(otherwise: str) -> Iterator[None]:
    """Let Pillow open or load an image; raise DamagedError with this text where it cannot.

    Its limit of pixels is lifted, as open_image has one, and warnings are silenced. Both belong to the whole
    process, so one thread at a time does this.
    """
    with _lock, warnings.catch_warnings():
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        warnings.simplefilter("ignore")
        try:
            yield
        except MemoryError:
            raise
        except Exception:  # its plugins raise nearly anything for damaged data
            raise DamagedError(otherwise) from None
        finally:
            Image.MAX_IMAGE_PIXELS = limit
