"""Pixels: rounding to the letter of the rule, and files that are read or refused, and saved whole."""

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from conftest import noise

from filtering.files import read_image, write_image
from filtering.pixels import check_image, to_pixels, unique_rows


def by_the_letter(response: float, low: int, high: int) -> int:
    return min(max(round(round(Fraction(response), 9)), low), high)


RESPONSES = [
    *[n + 0.5 for n in range(-4, 5)],
    *[0.5 + sign * step for sign in (1, -1) for step in (1e-16, 1e-10, 4.9e-10, 5.1e-10, 1e-9, 1e-8, 1e-3)],
    *[0.0, -0.0, -0.4, 254.5, 255.4, 255.5, 1e6, -1e6, 32766.5, 32767.5, -32768.5, 1e300, -1e300],
]


@pytest.mark.parametrize(("signed", "low", "high"), [(False, 0, 255), (True, -32768, 32767)])
def test_rounds_to_the_letter(signed: bool, low: int, high: int) -> None:
    pixels = to_pixels(np.array(RESPONSES), signed)
    assert pixels.dtype == (np.int16 if signed else np.uint8)
    assert pixels.tolist() == [by_the_letter(value, low, high) for value in RESPONSES]


def test_true_half_stays_a_half() -> None:
    """Three tenths, thrice over one and a half in float, are a half on paper: even, so 0 and 2."""
    assert to_pixels(np.array([0.1 * 3 + 0.2, 0.1 * 15])).tolist() == [0, 2]
    assert to_pixels(np.array([sum([0.1] * 5), sum([0.1] * 25)])).tolist() == [0, 2]


REFUSED: list[tuple[object, str]] = [
    (
        np.ones((3, 3)),
        r"needs uint8, got float64: \(image \* 255\).astype\(np.uint8\) if it runs from 0 to 1$",
    ),
    (np.ones((3, 3), np.int8), r"uint8, got int8: image.astype\(np.uint8\) if it runs from 0 to 255$"),
    (
        np.ones((3, 3), np.uint16),
        r"uint8, got uint16: \(image >> 8\).astype\(np.uint8\) if it runs from 0",
    ),
    (np.ones((3, 3), bool), r"uint8, got bool: image.astype\(np.uint8\) \* 255$"),
    (np.ones((3, 3), complex), "uint8, got complex128$"),
    (
        np.ma.masked_equal(np.eye(3, dtype=np.uint8), 1),
        "an image needs all its values, got a masked array",
    ),
    (
        np.ones((3, 8, 5), np.uint8),
        r"channels last, .* got shape \(3, 8, 5\): np.moveaxis\(image, 0, -1\)",
    ),
    (np.ones(3, np.uint8), r"shape \(H, W\) or \(H, W, C\) and a pixel, got shape \(3,\)"),
    (np.ones((0, 3), np.uint8), r"and a pixel, got shape \(0, 3\)"),
    (np.ones((1, 1, 1, 1), np.uint8), r"got shape \(1, 1, 1, 1\)"),
    (None, "got None .cv2.imread returns it"),
    ([[1, 2], [3]], "rows of equal length"),
]


def test_no_image() -> None:
    for image, message in REFUSED:
        with pytest.raises(ValueError, match=message):
            check_image(image)  # type: ignore[arg-type]


def test_images_that_look_strange_and_are_none_the_less_images() -> None:
    """Four rows of RGBA, and a masked array in which nothing is masked."""
    for image in (np.ones((4, 8, 4), np.uint8), np.ma.array(np.ones((3, 3), np.uint8)), noise(5, 3, 7)):
        assert np.array_equal(check_image(image), image)


def test_floats_from_0_to_1_become_the_pixels_that_they_were() -> None:
    """By what the error says."""
    for dtype in (np.float32, np.float64):
        image = np.arange(256).astype(dtype) / dtype(255)
        assert ((image * 255).astype(np.uint8) == np.arange(256)).all()


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tiff", ".webp"])
def test_written_and_read_back(tmp_path: Path, suffix: str) -> None:
    picture = np.dstack([noise(5, 7, seed=seed) // 128 * 255 for seed in range(3)])
    path = tmp_path / f"Bär 図{suffix}"
    cv2.imencode(suffix, picture, [cv2.IMWRITE_WEBP_QUALITY, 101] if suffix == ".webp" else [])[1].tofile(
        path
    )
    read, dropped = read_image(str(path))
    assert np.array_equal(read, picture)
    assert dropped == []


def test_write_leaves_only_the_picture(tmp_path: Path) -> None:
    picture = noise(6, 4)
    write_image(tmp_path / "a.png", noise(3, 3))
    write_image(tmp_path / "a.png", picture)
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
    assert np.array_equal(read_image(str(tmp_path / "a.png"))[0][..., 0], picture)


def test_failed_write_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.png").mkdir()
    with pytest.raises(OSError, match=r"a\.png"):
        write_image(tmp_path / "a.png", noise(3, 3))
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


@pytest.mark.parametrize("progressive", [0, 1])
@pytest.mark.parametrize("restart", [0, 3])
def test_jpegs_whole_and_cut(tmp_path: Path, progressive: int, restart: int) -> None:
    """Cut anywhere it is refused, by OpenCV 5 or by us; whole, and with more behind it, it is read."""
    parameters = [cv2.IMWRITE_JPEG_PROGRESSIVE, progressive, cv2.IMWRITE_JPEG_RST_INTERVAL, restart]
    picture = np.dstack([noise(40, 50, seed=seed) for seed in range(3)])
    whole = cv2.imencode(".jpg", picture, parameters)[1].tobytes()
    path = tmp_path / "photo.jpg"
    filled = whole[:2] + b"\xff\xff" + whole[2:]  # any number of FF may stand before a marker
    for data in (whole, filled, whole + b"\xff\xda and a video", whole + whole[: len(whole) // 2]):
        path.write_bytes(data)
        assert read_image(str(path))[0].shape == picture.shape
    for length in [*range(3, len(whole) - 1, 97), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=r"JPEG image.*damaged or cut short"):
            read_image(str(path))


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int64])
def test_unique_rows(dtype: type[np.integer]) -> None:
    """The same rows as np.unique finds, whatever the width of a number."""
    rows = np.random.default_rng(0).integers(0, 3, (500, 4)).astype(dtype)
    unique, which = unique_rows(rows)
    assert (unique[which] == rows).all()
    assert len(unique) == len(np.unique(rows, axis=0))
