"""Images that programs write: of what kinds of files they are read, and what is said of others."""

from pathlib import Path

import numpy as np
import pytest
from conftest import POSIX, noise
from image_files import encoded, saved, tiff
from PIL import Image

from filtering.check.outputs import read_output

GRAY = noise(5, 7)
COLOUR = np.dstack([GRAY] * 3)
DEEP = GRAY.astype(np.uint16)
TEXT = "\n".join(" ".join(map(str, row)) for row in GRAY)
EDGES = np.where(GRAY > 99, np.uint8(255), np.uint8(0))


def test_images(tmp_path: Path) -> None:
    for kind, data in {
        "gray PNG": encoded(".png", GRAY),
        "colour PNG": encoded(".png", COLOUR),
        "colour PNG with alpha": saved(Image.fromarray(GRAY).convert("RGBA"), "PNG"),
        "PNG with a palette": saved(Image.fromarray(GRAY).convert("P"), "PNG"),
        "PGM as text": f"P2\n# mine\n7 5\n255\n{TEXT}\n".encode(),
        "BMP": encoded(".bmp", GRAY),
        "colour TIFF": encoded(".tiff", COLOUR),
        "PNG of 16 bits": encoded(".png", DEEP),
        "colour PNG of 16 bits": encoded(".png", COLOUR.astype(np.uint16)),
        "PGM of 16 bits, times 257": encoded(".pgm", DEEP * 257),
        "one bit": saved(Image.fromarray(EDGES).convert("1"), "PNG"),  # as ImageMagick may write
    }.items():
        (tmp_path / "output.png").write_bytes(data)
        output = read_output(tmp_path / "output.png")
        assert output.dtype == np.uint8, kind
        assert np.array_equal(output, EDGES if kind == "one bit" else GRAY), kind


UNREADABLE = "wrote an output that cannot be read: "


def test_others(tmp_path: Path) -> None:
    for kind, (data, text) in {
        "empty": (b"", UNREADABLE + "an empty file"),
        "PNG cut short": (encoded(".png", GRAY)[:-30], UNREADABLE + "a PNG image, damaged or cut short"),
        "JPEG": (encoded(".jpg", GRAY), UNREADABLE + "a JPEG file; PNG, PGM, PPM, BMP and TIFF are read"),
        "floats": (tiff([GRAY.astype(np.float32)], bits=32, form=3),
            UNREADABLE + "samples are float32; save it with 8 bits per channel"),
        "gigantic": (b"P5\n50000 50000\n255\n", UNREADABLE + "an image of 50000 x 50000"),
        "three channels": (encoded(".png", noise(5, 7, 3)),
            "wrote an output with three different channels; write one, or three equal ones"),
        "transparent": (saved(Image.new("LA", (7, 5), (9, 254)), "PNG"),
            "wrote an output that is partly transparent; leave out the alpha channel"),
        "16 bits": (encoded(".png", DEEP * 256),
            "wrote an output of 16 bits that are neither 0 to 255 nor these times 257; write 8 bits"),
    }.items():  # fmt: skip
        (tmp_path / "output.png").write_bytes(data)
        with pytest.raises(ValueError) as error:  # noqa: PT011, the whole text is compared
            read_output(tmp_path / "output.png")
        assert str(error.value) == text, kind


@POSIX
def test_no_file(tmp_path: Path) -> None:
    """Nor a folder, nor a device, nor a file that fills the disk."""
    (tmp_path / "zero").symlink_to("/dev/zero")
    for name in ("absent", ".", "zero"):
        with pytest.raises(ValueError, match=r"^wrote no output$"):
            read_output(tmp_path / name)
    with open(tmp_path / "huge", "wb") as file:
        file.truncate(2**28 + 1)
    with pytest.raises(ValueError, match=r"^wrote an output of 268435457 bytes$"):
        read_output(tmp_path / "huge")
