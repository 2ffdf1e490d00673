"""Images as compact text, for a page that unpacks them in a browser."""

import base64
import zlib

import numpy as np


def as_text(data: bytes) -> str:
    """Return bytes in base64."""
    return base64.b64encode(data).decode()


def packed(image: np.ndarray) -> str:
    """Return an image, uint8 or int16, as text: its channels one below the other, in zlib's format.

    Of int16, the high bytes come first, then the low ones. The text begins with the weight of _distances that
    suits the image best: 2 if it is noisy, up to 4 if it is smooth.
    """
    planes = np.moveaxis(image.reshape(*image.shape[:2], -1), 2, 0)
    if image.dtype == np.int16:
        planes = np.concatenate([planes >> 8, planes & 255])
    rows = planes.astype(np.uint8).reshape(-1, image.shape[1])
    sample = rows[len(rows) // 2 :][:200]
    weight = min((2, 3, 4), key=lambda weight: len(_deflated(_distances(sample, weight))))
    return f"{weight}{as_text(_deflated(_distances(rows, weight)))}"


def _distances(rows: np.ndarray, weight: int) -> np.ndarray:
    """Return the distance of each byte, modulo 256, from a prediction by its neighbours left and above."""
    padded = np.pad(rows, ((1, 0), (1, 0))).astype(np.int16)
    left, above, corner = padded[1:, :-1], padded[:-1, 1:], padded[:-1, :-1]
    predicted = (weight * (left + above) - (2 * weight - 4) * corner) >> 2
    return np.asarray(rows - predicted, np.int16).astype(np.uint8)


def _deflated(distances: np.ndarray) -> bytes:
    # They look like noise: a search for repetitions takes ten times as long, and packs worse.
    compressor = zlib.compressobj(strategy=zlib.Z_RLE)
    return compressor.compress(distances.tobytes()) + compressor.flush()
