"""Read the images that programs have written."""

import contextlib
import io
from pathlib import Path

import cv2
import numpy as np

from filtering.files import read_image
from filtering.formats import largest, open_image, pillow

FORMATS = ("PNG", "PPM", "BMP", "TIFF")  # by Pillow's names; PGM belongs to PPM
LARGEST = 2**24  # pixels; a larger output is no answer to a probe
LARGEST_FILE = 2**28  # bytes


def read_output(path: Path) -> np.ndarray:
    """Return the image that a program wrote, uint8, (H, W).

    Samples of 16 bits may hold 0 to 255, or these times 257. Raises ValueError with what the program wrote
    instead, in words that follow "it".
    """
    if not path.is_file():
        raise ValueError("wrote no output")
    if path.stat().st_size > LARGEST_FILE:
        raise ValueError(f"wrote an output of {path.stat().st_size} bytes")
    try:
        samples = _samples(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"wrote an output that cannot be read: {error}") from None
    return _eight_bits(_gray(samples))


def _samples(data: bytes) -> np.ndarray:
    """Return the samples of a file, of 8 or 16 bits; ValueError where it holds no whole image."""
    image = open_image(io.BytesIO(data))
    if image.format not in FORMATS:
        raise ValueError(f"a {image.format} file; PNG, PGM, PPM, BMP and TIFF are read")
    if image.width * image.height > LARGEST:
        raise ValueError(f"an image of {image.width} x {image.height}")
    with pillow(f"a {image.format} image, damaged or cut short"):
        image.load()
        if image.mode.startswith("I"):
            return np.asarray(image).astype(np.uint16)
        samples = np.asarray(image.convert("RGBA"))
        deep = largest(image, data) > 255  # of such colours, Pillow has dropped the low bytes
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) if deep else None
    return samples if decoded is None else decoded


def _gray(samples: np.ndarray) -> np.ndarray:
    """Return samples as (H, W), of one channel or of equal ones; ValueError where that loses something."""
    if samples.ndim == 2:
        return samples
    if samples.shape[2] in (2, 4):
        if (samples[..., -1] < np.iinfo(samples.dtype).max).any():
            raise ValueError("wrote an output that is partly transparent; leave out the alpha channel")
        samples = samples[..., :-1]
    if (samples != samples[..., :1]).any():
        raise ValueError("wrote an output with three different channels; write one, or three equal ones")
    return samples[..., 0]


def _eight_bits(samples: np.ndarray) -> np.ndarray:
    """Return samples as uint8; ValueError for 16 bits that are no pixels of 8 bits."""
    if samples.max() > 255:
        if (samples % 257).any():
            raise ValueError(
                "wrote an output of 16 bits that are neither 0 to 255 nor these times 257; write 8 bits"
            )
        samples = samples // 257
    return samples.astype(np.uint8)


def read_result(path: str, *, color: bool, signed: bool) -> tuple[np.ndarray, list[str]]:
    """Read the image that a program has made: uint8, gray or in colour, or int16 of signed responses.

    signed: it has 16 bits, unsigned with 32768 for zero, or signed. Returns notes on the file as well.
    ValueError where it has another depth, or is in colour and that is not asked for.
    """
    found: np.ndarray
    if not signed:
        found, notes = read_image(path, shallow=True)
    else:
        found, notes = _read_signed(path), []
    if not color and found.ndim == 3:
        if (found != found[:, :, :1]).any():
            raise ValueError(f"{path} is in colour: add --color, or make it gray")
        found = np.ascontiguousarray(found[:, :, 0])
    return found, notes


def _read_signed(path: str) -> np.ndarray:
    samples: np.ndarray | None = None
    with contextlib.suppress(OSError, cv2.error):  # read_image says it better
        data = Path(path).read_bytes() if Path(path).is_file() else b""
        samples = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if samples is None or samples.dtype == np.uint8:
        read_image(path)
        raise ValueError(f"a signed result has 16 bits, with 32768 for zero, or signed ones; {path} has 8")
    if samples.dtype.kind == "f" and not (samples == np.rint(samples)).all():
        raise ValueError(f"{path} has samples that are no whole numbers: round them")
    zero = 32768 if samples.dtype == np.uint16 else 0
    return np.clip(samples.astype(np.float64) - zero, -32768, 32767).astype(np.int16)
