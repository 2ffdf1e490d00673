"""Damaged kernels and damaged pictures: a result or one line of error, and never a hang."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import cv2
import image_files as made
import numpy as np
import pytest
from conftest import noise
from PIL import features

from convolutions import main

CASES = int(os.environ.get("FUZZ_CASES", "500"))
TEXTS = [
    "0 -1 0; -1 5 -1; 0 -1 0",
    "1 2 1; 2 4 2; 1 2 1 / 16",
    "1/9, 1/9, 1/9\n1/9 1/9 1/9\n1/9 1/9 1/9 # a mean",
    "# a file\n-1e3 0.5 +.25\n",
    "3 * [1 2 3 4 5]  # odd",
]


@pytest.fixture
def clock() -> Iterator[None]:
    """Ten seconds for each run; then it counts as a hang."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise AssertionError("hangs")

    before = signal.signal(signal.SIGALRM, ring)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def mutate(data: bytes, rng: np.random.Generator, alphabet: bytes) -> bytes:
    """One to five bit flips, cuts, insertions or repetitions."""
    changed = bytearray(data)
    for _ in range(rng.integers(1, 6)):
        at = int(rng.integers(0, len(changed) + 1))
        kind = rng.integers(0, 5)
        if kind == 0 and at < len(changed):
            changed[at] ^= 1 << int(rng.integers(0, 8))
        elif kind == 1:
            del changed[at : at + int(rng.integers(1, 9))]
        elif kind == 2:
            changed[at:at] = bytes(rng.choice(list(alphabet), int(rng.integers(1, 5))).tolist())
        elif kind == 3:
            changed[at:at] = changed[: int(rng.integers(0, 40))]
        elif kind == 4 and rng.integers(0, 4) == 0:
            del changed[at:]
    return bytes(changed)


def check(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> int:
    """Run it; a status of 2 comes with nothing on stdout, and one line on stderr, after the decoders'."""
    signal.alarm(10)
    status: int = main([*arguments, "--no-window"])
    signal.alarm(0)
    out, err = capfd.readouterr()
    assert status in (0, 1, 2)
    if status == 2:
        assert out == ""
        assert err.splitlines()[-1].startswith("convolutions.py: error: ")
        assert err.count("convolutions.py: ") == 1
    assert "Traceback" not in err
    return status


def test_kernel_texts(tmp_path: Path, capfd: pytest.CaptureFixture[str], clock: None) -> None:
    path = tmp_path / "tiny.png"
    cv2.imwrite(str(path), noise(6, 5))
    rng = np.random.default_rng(1)
    seen = []
    for number in range(CASES):
        text = mutate(TEXTS[number % len(TEXTS)].encode(), rng, b"0123456789.,;/# \n-+e")
        if number % 2:
            (tmp_path / "kernel.txt").write_bytes(text)
            seen.append(check(["-i", str(path), "-k", str(tmp_path / "kernel.txt"), "--at", "0,0"], capfd))
        else:
            words = text.decode("utf-8", "surrogateescape").replace("\0", "")
            seen.append(check(["-i", str(path), f"--kernel={words}", "--list"], capfd))
    assert min(seen.count(0), seen.count(2)) > CASES // 12


def small_images() -> list[bytes]:
    """Forty small files, some of each format."""
    images = [
        made.smooth(1, 12, 9),
        made.smooth(2, 20, 30).convert("L"),
        made.smooth(3, 5, 40).convert("RGBA"),
    ]
    forms = ["PNG", "BMP", "GIF", "WEBP", "TIFF", "JPEG2000", "ICO", *["AVIF"] * bool(features.check("avif"))]
    files = [made.saved(image, form) for image in images for form in forms]
    files += [made.saved(image, form) for image in images[:2] for form in ("JPEG", "PPM", "MPO")]
    files += [made.animated(form) for form in ("PNG", "GIF", "WEBP", "TIFF", "MPO")]
    files += [made.pam("RGB", 3), made.GOOD["planar.tif"][0], made.GOOD["narrow.tif"][0]]
    files += [
        made.saved(images[0], "TIFF", compression="tiff_lzw"),
        made.saved(images[0], "JPEG", progressive=True),
    ]
    return files


def test_images(tmp_path: Path, capfd: pytest.CaptureFixture[str], clock: None) -> None:
    rng = np.random.default_rng(2)
    originals = small_images()
    seen = []
    for number in range(CASES):
        path = tmp_path / "damaged"
        path.write_bytes(mutate(originals[number % len(originals)], rng, bytes(range(256))))
        seen.append(check(["-i", str(path), "-k", "sharpen"], capfd))
    assert min(seen.count(0), seen.count(2)) > CASES // 10
