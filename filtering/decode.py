"""Samples of image files: by OpenCV where it decodes them right, otherwise by Pillow."""

import contextlib
import os
import re
import tempfile
from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFile, ImageOps

from filtering.formats import FORMATS

# EXIF orientation: cv2.flip's code, from 5 on after a transpose.
FLIPS = {2: 1, 3: -1, 4: 0, 6: 1, 7: -1, 8: 0}


def opencv_is_right(image: Image.Image, frames: int, orientation: int) -> bool:
    """Return whether OpenCV decodes such an image, and to the samples that it holds."""
    tile = str(image.tile) if isinstance(image, ImageFile.ImageFile) else ""
    deep = ";16" in tile  # Pillow keeps only the high byte of 16-bit colours
    if image.format == "TIFF":  # with 8 bits, OpenCV multiplies colours by alpha and refuses small tiles
        tags = getattr(image, "tag_v2", {})
        return deep and orientation == 1 and tags.get(262) != 0
    if image.format == "PPM":  # OpenCV does not scale by the maximum, which stands after the raw mode
        return image.mode != "1" and re.search(r"'(L|RGB)', (?!255\b|65535\b)\d", tile) is None
    return (
        cv2.haveImageWriter(FORMATS[image.format or ""])
        and (frames == 1 or image.format == "MPO")
        and (not _transparent(image) or deep or (image.format, image.mode) == ("JPEG2000", "RGBA"))
    )


def decode_opencv(data: bytes, image: Image.Image, orientation: int) -> tuple[np.ndarray | None, bool]:
    """Return samples (None where OpenCV cannot decode them), and whether the decoder reports damage."""
    # An AVIF image may have 10 or 12 bits, which only IMREAD_COLOR scales.
    color = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    flags = color if image.format == "AVIF" else cv2.IMREAD_UNCHANGED
    samples, error = None, ""
    with _copied_stderr() as said:
        try:
            samples = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
        except cv2.error as raised:
            error = str(raised)
    if samples is None:
        if re.search("alloc|memory", error + said[0], re.IGNORECASE):
            raise MemoryError
        return None, True
    if orientation >= 5:
        samples = cv2.transpose(samples)
    if orientation in FLIPS:
        samples = cv2.flip(samples, FLIPS[orientation])
    return samples, re.search("corrupt|premature|error", said[0], re.IGNORECASE) is not None


def decode_pillow(image: Image.Image) -> np.ndarray:
    """Return gray samples of 16 bits, or blue, green, red and maybe alpha of 8 bits."""
    image.load()
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I"):
        samples = np.asarray(upright).astype(np.uint16)
        # Photometric interpretation 0: white is zero, which Pillow ignores for 16 bits.
        return 65535 - samples if getattr(image, "tag_v2", {}).get(262) == 0 else samples
    if _transparent(upright):
        return cv2.cvtColor(np.asarray(upright.convert("RGBA")), cv2.COLOR_RGBA2BGRA)
    return cv2.cvtColor(np.asarray(upright.convert("RGB")), cv2.COLOR_RGB2BGR)


def reduction(image: Image.Image, data: bytes) -> list[str]:
    """Return a note where a decoder that returns 8 bits reduces samples; to call before it decodes."""
    avif = re.search(rb"av1C..[\x40-\x7f\xc0-\xff]", data, re.DOTALL) if image.format == "AVIF" else None
    if avif is not None:  # AV1 codec configuration: bit 6 means 10 bits, with bit 5 it means 12
        return [f"samples of {12 if avif[0][-1] & 32 else 10} bits became 8 bits"]
    tile = str(image.tile) if isinstance(image, ImageFile.ImageFile) else ""
    ppm = re.search(r"'RGB', (\d+)", tile)
    maximum = int(ppm[1]) if ppm else image.info.get("maxval", 255)
    return [f"samples of 0 to {maximum} became 0 to 255"] if maximum > 255 else []


def to_colour(samples: np.ndarray) -> tuple[npt.NDArray[np.uint8], list[str]]:
    """Return samples as (H, W, 3) of 8 bits without alpha, and notes on what is lost by that."""
    notes = []
    colour = samples[..., :-1] if samples.ndim == 3 and samples.shape[2] in (2, 4) else samples
    if samples.dtype == np.uint16:
        low, high = colour.min(), colour.max()
        notes.append(f"samples {low} to {high} of 65535 became {low >> 8} to {high >> 8}")
        colour = (colour >> 8).astype(np.uint8)
    if colour.shape != samples.shape and samples[..., -1].min() < np.iinfo(samples.dtype).max:
        notes.append("alpha is ignored")
    if colour.ndim == 2 or colour.shape[2] == 1:
        colour = np.asarray(cv2.cvtColor(colour, cv2.COLOR_GRAY2BGR))
    return np.ascontiguousarray(colour), notes


def _transparent(image: Image.Image) -> bool:
    return image.mode.endswith(("A", "a")) or "transparency" in image.info


@contextlib.contextmanager
def _copied_stderr() -> Iterator[list[str]]:
    """Fill a list with the text that C code writes to file descriptor 2; it is shown after the block."""
    said = [""]
    try:
        copy, saved = tempfile.TemporaryFile(), os.dup(2)  # noqa: SIM115, closed below
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
