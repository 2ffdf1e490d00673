"""Pixels of image files: the image that every viewer shows, whole or not at all."""

import io

import cv2
import image_files as made
import numpy as np
import pytest

from filtering.decode import decode


def read(data: bytes) -> tuple[np.ndarray, list[str]]:
    return decode(io.BytesIO(data), shallow=False)


@pytest.mark.parametrize("name", made.READ)
def test_the_image_that_pillow_shows(name: str) -> None:
    """Or what it should show, where it does not read it or reads it wrong."""
    data, pixels, expected = made.READ[name]
    image, notes = read(data)
    pixels = made.shown(data) if pixels is None else pixels
    assert np.array_equal(image, pixels if pixels.ndim == 3 else np.dstack([pixels] * 3))
    assert notes == expected


@pytest.mark.skipif(not cv2.haveImageWriter("a.avif"), reason="this OpenCV does not write AVIF")
@pytest.mark.parametrize("bits", [8, 10, 12])
def test_avif(bits: int) -> None:
    samples = made.RGB16 >> (16 - bits) if bits > 8 else (made.RGB16 >> 8).astype(np.uint8)
    data = cv2.imencode(".avif", samples, [cv2.IMWRITE_AVIF_DEPTH, bits, cv2.IMWRITE_AVIF_QUALITY, 100])[1]
    image, notes = read(data.tobytes())
    assert np.abs(image.astype(int) - (made.RGB16 >> 8)).max() <= 5  # chroma is rounded
    if notes != [made.ALONE]:  # of a Pillow that does not read AVIF
        assert notes == [f"samples of 0 to {2**bits - 1} became 0 to 255"] * (bits > 8)


def test_the_pixels_of_imread() -> None:
    """Of the kinds of files that the tutorial reads; of damaged ones, too, or a note or refusal tells."""
    rng, again = np.random.default_rng(0), 0
    for original in made.ORDINARY:
        files = [original]
        for place in rng.integers(len(original), size=4):  # other bytes, bytes put in and left out
            more, less = rng.bytes(int(rng.integers(3))), int(rng.integers(3))
            files.append(original[:place] + more + original[place + less :])
        for number, file in enumerate(files):
            try:
                image, notes = read(file)
            except ValueError:
                assert number > 0
                continue
            expected = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR)
            if number == 0 or not (notes or expected is None):
                assert np.array_equal(image, np.asarray(expected))
            again += number > 0
    assert again > 40


CUT: dict[str, list[dict]] = {
    "JPEG": [{}, {"progressive": True}, {"quality": 98}, {"restart_marker_rows": 1}], "GIF": [{}],
    "TIFF": [{}, {"compression": "tiff_lzw"}, {"compression": "tiff_deflate"}, {"compression": "jpeg"}],
    "WEBP": [{}, {"lossless": True}], "JPEG2000": [{}, {"irreversible": True}], "AVIF": [{}], "BMP": [{}],
    "PPM": [{}], "PNG": [{}, {"optimize": True}],
}  # fmt: skip


@pytest.mark.parametrize("form", CUT)
def test_cut_short(form: str) -> None:
    """A file that is cut is refused, or nothing of its pixels was behind the cut."""
    try:
        files = [made.saved(image, form, **more) for more in CUT[form] for image in (made.COLOUR, made.GRAY)]
    except (KeyError, OSError):
        pytest.skip(f"this Pillow does not write {form}")
    ending, refused = form[:3].lower(), 0
    deep = (f"deep.{ending}", f"rgb16.{ending}")  # by Pillow and OpenCV, whose TIFFs are built differently
    files += [made.READ[name][0] for name in deep if name in made.READ]
    for data in files:
        for length in (len(data) // 2, len(data) * 95 // 100, len(data) * 99 // 100, len(data) - 1):
            try:
                image = read(data[:length])[0]
            except ValueError:
                refused += 1
            else:
                assert np.array_equal(image, read(data)[0]), length
    assert refused >= 3 * len(files)
