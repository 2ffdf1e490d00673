"""Read the image that a program wrote: of 8 bits, gray, whatever the file says."""

import io
from pathlib import Path

import numpy as np

from filtering.decode import decode_opencv, decode_pillow, opencv_is_right
from filtering.formats import open_image, pillow

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
    right = opencv_is_right(image, 1, 1)  # before Pillow loads it
    with pillow(f"a {image.format} image, damaged or cut short"):
        samples = decode_pillow(image)  # raises for a file cut short, which OpenCV may fill up
    decoded = decode_opencv(data, image, 1)[0] if right else None
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
