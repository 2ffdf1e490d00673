"""Pixels of image files: by Pillow, but by OpenCV where that is faster, right, or alone in reading a file.

Those of JPEG, WebP, BMP and 8-bit PNG files are the pixels of cv2.imread.
"""

import contextlib
import io
import re
from typing import BinaryIO, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms, ImageOps

from filtering.formats import DamagedError, largest, open_image, pillow

Pixels: TypeAlias = npt.NDArray[np.uint8]  # (H, W, 3): blue, green, red

# What OpenCV reads whole or not at all: PNG, WebP, AVIF, JPEG 2000, and BMP with all masks in its header.
STRICT = rb"\x89PNG|RIFF....WEBP|....ftypavi|....jP  |\xff\x4f\xff\x51|BM.{12}[\x38-\x7f]"
SRGB = re.compile("srgb|c2$|urgb$", re.IGNORECASE)  # the last two are short names, such as Facebook's


def decode(file: BinaryIO, *, shallow: bool) -> tuple[Pixels, list[str]]:
    """Return the image in a file, and notes on how it differs from the file.

    Raises ValueError where the file is not read, does not hold a whole image, or, if shallow, has samples of
    more than 8 bits.
    """
    try:
        image = open_image(file)
        file.seek(0)
        return _decode(image, file.read(), shallow)
    except DamagedError:
        file.seek(0)
        strict = re.match(STRICT, file.read(20), re.DOTALL)
        file.seek(0)
        data = file.read() if strict else b"acTL"
        # OpenCV 5.0 crashes for damaged PNG animations, which have such a chunk.
        pixels = _by_opencv(data) if b"acTL" not in data else None
        if pixels is None:
            raise
        return pixels, ["only its pixels can be read, and nothing else in the file"]


def _decode(image: Image.Image, data: bytes, shallow: bool) -> tuple[Pixels, list[str]]:
    kind = f"{image.format} image of {image.width} x {image.height}"
    if max(image.size) > 2**20 or image.width * image.height > 2**30:
        raise ValueError(f"{kind}, larger than OpenCV reads")
    np.empty((image.height, image.width, 3), np.uint8)  # raises MemoryError, which decoding does much later
    orientation, notes = _metadata(data)
    with pillow(f"{kind}, damaged or cut short"):
        maximum = largest(image, data)
        pixels, more = _pixels(image, data, orientation, maximum)
    if shallow and maximum > 255:
        raise ValueError(f"samples of 0 to {maximum}: a result needs 8 bits, or with --signed 16")
    if maximum == 65535:
        _refuse_narrow(image, pixels)
    return pixels, [f"samples of 0 to {maximum} became 0 to 255"] * (maximum > 255) + more + notes


def _refuse_narrow(image: Image.Image, pixels: Pixels) -> None:
    """Raise ValueError where samples of 16 bits become less than 64 gray levels, unless all are the same."""
    low, high = int(np.min(pixels)), int(np.max(pixels))
    gray = image.getextrema() if image.mode.startswith("I") else ()
    if high - low < 63 and len(set(gray)) != 1:
        # Of colours, Pillow keeps the high bytes only.
        samples = "samples {} to {} of 65535".format(*gray) if gray else "samples of 16 bits"
        raise ValueError(
            f"{samples} become {low} to {high}: stretch it first, for example with cv2.normalize"
        )


def _metadata(data: bytes) -> tuple[int, list[str]]:
    """Return the EXIF orientation of an image, 1 to 8, and notes on what is beside its pixels."""
    orientation, notes = 1, []
    try:
        with pillow("its metadata or further frames cannot be read"):
            image = open_image(io.BytesIO(data))  # one of its own: reading these may spoil it
            # getexif would decode a whole PNG to look behind it.
            if image.format != "PNG" or b"eXIf" in data or b"Raw profile type exif" in data:
                orientation = image.getexif().get(0x0112, 1)
            frames = getattr(image, "n_frames", 1)
        if frames > 1:
            notes += [f"only the first of {frames} {'pages' if image.format == 'TIFF' else 'frames'} is used"]
    except DamagedError as error:
        notes += [str(error)]
    orientation = orientation if orientation in range(1, 9) else 1
    notes += ["turned upright, as its EXIF orientation says"] * (orientation > 1)
    return orientation, notes + _profile(image)


def _profile(image: Image.Image) -> list[str]:
    """Return a note on the colour profile of an image, if it has one that can be read and is not sRGB."""
    name = "sRGB"
    with contextlib.suppress(DamagedError), pillow("no profile, or a broken one, which is as good as none"):
        profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
        name = " ".join(ImageCms.getProfileDescription(profile).split()) or "unnamed"
    return [] if SRGB.search(name) else [f"its colour profile ({name}) is not applied"]


def _pixels(image: Image.Image, data: bytes, orientation: int, maximum: int) -> tuple[Pixels, list[str]]:
    """Return the pixels of an image, upright, and notes on them; raise anything where it is damaged."""
    pixels = None
    if image.format in ("JPEG", "MPO"):  # Pillow takes twice as long, and differs for CMYK
        pixels = _by_opencv(data)
        if pixels is not None and not data.endswith(b"\xff\xd9"):
            image.load()  # raises for a file cut short, which OpenCV 4 fills up with grey
    elif image.format == "BMP" and data[28:30] == b"\x10\0":
        pixels = _by_opencv(data)  # imread does not take samples of 5 bits up to 255
    elif image.format == "JPEG2000" and maximum > 255 and image.mode != "I;16":
        pixels = _by_opencv(data)  # Pillow 13.0 makes black of white
        if pixels is None:
            raise DamagedError
    elif image.format == "PNG":
        Image.open(io.BytesIO(data)).verify()  # the checksums, which loading skips
        if b"IEND\xaeB\x60\x82" not in data:
            raise DamagedError
    return (pixels, []) if pixels is not None else _by_pillow(image, orientation)


def _by_opencv(data: bytes) -> Pixels | None:
    """Return the pixels of cv2.imread, which are upright; None where it has none."""
    try:
        pixels: np.ndarray | None = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    return pixels


def _by_pillow(image: Image.Image, orientation: int) -> tuple[Pixels, list[str]]:
    """Return the pixels, of 16 bits the high byte, and a note if some are transparent."""
    image.load()
    upright = ImageOps.exif_transpose(image) if orientation > 1 else image
    if upright.mode.startswith("I"):
        gray = (np.asarray(upright).astype(np.uint16) >> 8).astype(np.uint8)
        # Photometric interpretation 0: white is zero, which Pillow ignores for 16 bits.
        upright = Image.fromarray(255 - gray if getattr(image, "tag_v2", {}).get(262) == 0 else gray)
    alpha = np.asarray(upright.convert("RGBA"))[..., 3] if upright.has_transparency_data else np.uint8(255)
    pixels = np.asarray(cv2.cvtColor(np.asarray(upright.convert("RGB")), cv2.COLOR_RGB2BGR), np.uint8)
    return pixels, ["alpha is ignored"] * int(alpha.min() < 255)
