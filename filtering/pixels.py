"""The rule that makes a pixel of a response, and the rule that an image obeys."""

import numpy as np
import numpy.typing as npt


def to_array(values: npt.ArrayLike, name: str) -> np.ndarray:
    """Return values as an array; raise ValueError, which begins with the name, where that takes guesses."""
    if np.ma.is_masked(values):
        raise ValueError(f"{name} needs all its values, got a masked array: fill the gaps, as filled(0) does")
    try:
        return np.asarray(values)
    except ValueError:
        raise ValueError(f"{name} needs rows of equal length, got rows of several lengths") from None


def check_image(image: npt.ArrayLike) -> npt.NDArray[np.uint8]:
    """Validate an image and return it as an array: uint8, (H, W) or (H, W, C), at least one pixel.

    Raises ValueError, with the rule and the value received, for anything else.
    """
    if image is None:
        raise ValueError(
            "an image needs to be an array, got None (cv2.imread returns it for unreadable files)"
        )
    array = to_array(image, "an image")
    if array.dtype != np.uint8:
        raise ValueError(f"an image needs uint8, got {array.dtype}{_to_uint8(array.dtype)}")
    if array.ndim not in (2, 3) or array.size == 0:
        raise ValueError(f"an image needs shape (H, W) or (H, W, C) and a pixel, got shape {array.shape}")
    if array.ndim == 3 and array.shape[0] in (1, 3, 4) and array.shape[2] > 4:
        raise ValueError(
            f"an image needs its channels last, (H, W, C), got shape {array.shape}: np.moveaxis(image, 0, -1)"
        )
    return array


def _to_uint8(dtype: np.dtype) -> str:
    """Return how to turn an image of that type into uint8, in a few words; '' for no image."""
    ways = {
        "b": "image.astype(np.uint8) * 255",
        "f": "(image * 255).astype(np.uint8) if it runs from 0 to 1",
        "i": "image.astype(np.uint8) if it runs from 0 to 255",
        "u": "(image >> 8).astype(np.uint8) if it runs from 0 to 65535",
    }
    return f": {ways[dtype.kind]}" if dtype.kind in ways else ""


def to_pixels(responses: np.ndarray, signed: bool = False) -> np.ndarray:
    """Make pixels of responses: drop float noise, round half to even, saturate.

    A pixel is `round(round(response, 9))`, limited to 0..255 as uint8, or to -32768..32767 as int16 if
    signed. The inner rounding makes a half a half: ten weights of 0.1 over five pixels of 1 add up to 0.5
    only nearly. responses: float64, any shape. Returns an array of that shape.

    >>> to_pixels(np.array([0.5, 1.5, 2.4999999999, 2.4, -7.0, 300.0]))
    array([  0,   2,   2,   2,   0, 255], dtype=uint8)
    """
    limits = np.iinfo(np.int16 if signed else np.uint8)
    responses = np.clip(responses, limits.min, limits.max)
    pixels = np.rint(responses)
    # round(response, 9) changes the outcome only next to a half, so it is done only there.
    near_half = np.abs(np.abs(responses - pixels) - 0.5) < 1e-9
    pixels[near_half] = [round(round(response, 9)) for response in responses[near_half].tolist()]
    result: np.ndarray = pixels.astype(limits.dtype)
    return result


def unique_rows(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each row of a matrix of whole numbers once, and for every row the index of its like.

    As values of many bytes, rows are sorted about ten times as fast as by np.unique with an axis. They come
    in the order of these bytes, so that rows with the same beginning are neighbours.

    >>> unique_rows(np.array([[2, 1], [1, 3], [2, 1]], np.int16))[1]
    array([1, 0, 1])
    """
    values = np.ascontiguousarray(rows).view(f"V{rows.shape[1] * rows.itemsize}").ravel()
    unique, which = np.unique(values, return_inverse=True)
    return unique.view(rows.dtype).reshape(-1, rows.shape[1]), which.ravel()
