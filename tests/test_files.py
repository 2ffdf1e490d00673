"""Image files: the image that every viewer shows, or a clear word; and images saved whole or not at all."""

import contextlib
import io
import os
import re
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import image_files as made
import numpy as np
import pytest
from conftest import LINUX, POSIX, ROOT, Capture, noise
from PIL import Image

from convolutions import main
from filtering.files import read_image, write_image
from filtering.formats import open_image


def in_file(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("name", ["65535.pgm", "p3.jpg", "turned 6.WEBP"])
def test_the_image_and_the_notes_of_the_program(tmp_path: Path, name: str, capfd: Capture) -> None:
    """The kernel `identity` saves the gray image."""
    data, _, notes = made.READ[name]
    path, folder = in_file(tmp_path, name, data), tmp_path / "out"
    assert main(["-i", str(path), "-k", "identity", "-o", str(folder), "--no-window"]) == 0
    gray = np.asarray(cv2.imread(str(folder / f"{path.stem}_identity.png"), cv2.IMREAD_UNCHANGED))
    assert np.array_equal(gray, cv2.cvtColor(made.shown(data), cv2.COLOR_BGR2GRAY))
    assert capfd.readouterr().err == "".join(f"[INFO] {path}: {note}\n" for note in notes)


@pytest.mark.parametrize("name", made.READ)
def test_the_image_that_pillow_shows(tmp_path: Path, name: str) -> None:
    """Or what it should show, where it does not read it or reads it wrong."""
    data, pixels, expected = made.READ[name]
    image, notes = read_image(str(in_file(tmp_path, name, data)))
    pixels = made.shown(data) if pixels is None else pixels
    assert np.array_equal(image, pixels if pixels.ndim == 3 else np.dstack([pixels] * 3))
    assert notes == expected


@pytest.mark.parametrize("bits", [8, 10, 12])
def test_avif(tmp_path: Path, bits: int) -> None:
    if not cv2.haveImageWriter("a.avif"):
        pytest.skip("this OpenCV does not write AVIF")
    samples = made.RGB16 >> (16 - bits) if bits > 8 else (made.RGB16 >> 8).astype(np.uint8)
    data = cv2.imencode(".avif", samples, [cv2.IMWRITE_AVIF_DEPTH, bits, cv2.IMWRITE_AVIF_QUALITY, 100])[1]
    image, notes = read_image(str(in_file(tmp_path, "a.avif", data.tobytes())))
    assert np.abs(image.astype(int) - (made.RGB16 >> 8)).max() <= 5  # chroma is rounded
    if notes != [made.ALONE]:  # of a Pillow that does not read AVIF
        assert notes == [f"samples of 0 to {2**bits - 1} became 0 to 255"] * (bits > 8)


@pytest.mark.parametrize(
    ("name", "maximum", "option"), [("65535.pgm", 65535, "--learn"), ("1023.pgm", 1023, "--check")]
)
def test_a_result_of_more_than_8_bits_is_refused(
    tmp_path: Path, capsys: Capture, name: str, maximum: int, option: str
) -> None:
    """Its pixels would be scaled, and the program that made it blamed."""
    before = in_file(tmp_path, "a.png", made.READ["opaque.png"][0])
    after = in_file(tmp_path, name, made.READ[name][0])
    assert main(["-i", str(before), option, str(after), *["-k", "sobel_x"] * (option == "--check")]) == 2
    reason = f"cannot read {after}: samples of 0 to {maximum}: a result needs 8 bits, or with --signed 16"
    assert reason in capsys.readouterr().err


def test_the_pixels_of_imread(tmp_path: Path) -> None:
    """Of 216 files of the kinds that the tutorial reads."""
    for number, (suffix, data) in enumerate(made.ordinary()):
        path = in_file(tmp_path, f"{number}.{suffix}", data)
        assert np.array_equal(read_image(str(path))[0], np.asarray(cv2.imread(str(path)))), number
    assert number == 215


def test_damaged_files_are_refused_or_read_as_by_imread(tmp_path: Path) -> None:
    """Flipped bits, other bytes, bytes put in and left out, of ordinary files; a note makes it known."""
    rng = np.random.default_rng(0)
    read = 0
    for number, (suffix, original) in enumerate(made.ordinary()):
        data, place = bytearray(original), int(rng.integers(len(original)))
        data[place : place + int(rng.integers(3))] = rng.bytes(int(rng.integers(3)))
        path = in_file(tmp_path, f"{number}.{suffix}", bytes(data))
        try:
            image, notes = read_image(str(path))
        except ValueError:
            continue
        expected = cv2.imread(str(path), cv2.IMREAD_COLOR)
        assert notes or expected is None or np.array_equal(image, expected), number
        read += 1
    assert read > 50


@pytest.mark.parametrize("name", made.UNREAD)
def test_the_right_word(tmp_path: Path, name: str) -> None:
    data, reason = made.UNREAD[name]
    path = in_file(tmp_path, name, data)
    with pytest.raises(ValueError, match=f"^{re.escape(f'cannot read {path}: {reason}')}"):
        read_image(str(path))


@POSIX
def test_not_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, reason in [
        ("", "cannot read '': an empty name"),
        ("https://a.example/b.png", "a web address; save the image first"),
        (str(tmp_path), "a folder, not an image"),
        (str(tmp_path / "pipe"), "a pipe, not an image"),
        (os.devnull, "a device, not an image"),
        (str(tmp_path / "none"), "no such file or directory"),
    ]:
        with pytest.raises(ValueError, match=f"{reason}$"):
            read_image(path)


@contextlib.contextmanager
def limited(name: str, most: int) -> Iterator[None]:
    """Limit a resource of this process."""
    resource = pytest.importorskip("resource", reason="limits of POSIX")
    number = getattr(resource, name)
    before = resource.getrlimit(number)
    resource.setrlimit(number, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(number, before)


@LINUX
def test_three_gigabytes_that_are_no_image_are_not_read(tmp_path: Path) -> None:
    path = in_file(tmp_path, "video.mkv", b"\x1aE\xdf\xa3")
    os.truncate(path, 3 << 30)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    with limited("RLIMIT_AS", used + (1 << 28)), pytest.raises(ValueError, match="a video, not an image"):
        read_image(str(path))


@LINUX
def test_too_large_for_the_memory(tmp_path: Path) -> None:
    path = in_file(tmp_path, "900 megapixels.png", made.black_png(30_000))
    limit = "import resource; resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))"
    code = f"{limit}; import sys; from convolutions import main; sys.exit(main(['-i', {str(path)!r}]))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    expected = f"convolutions.py: error: cannot read {path}: too large for the memory"
    assert (done.returncode, done.stderr.splitlines()[-1]) == (2, expected)


def test_larger_than_opencv_reads(tmp_path: Path) -> None:
    path = in_file(tmp_path, "huge.png", made.black_png(40_000))
    with pytest.raises(ValueError, match="PNG image of 40000 x 40000, larger than OpenCV reads"):
        read_image(str(path))


CUT: dict[str, list[dict]] = {
    "PNG": [{}, {"optimize": True}], "JPEG": [{}, {"progressive": True}, {"quality": 98}], "GIF": [{}],
    "TIFF": [{}, {"compression": "tiff_lzw"}, {"compression": "tiff_deflate"}, {"compression": "jpeg"}],
    "WEBP": [{}, {"lossless": True}], "JPEG2000": [{}, {"irreversible": True}], "AVIF": [{}], "BMP": [{}],
    "PPM": [{}],
}  # fmt: skip


@pytest.mark.parametrize("form", CUT)
def test_cut_short(tmp_path: Path, form: str) -> None:
    """A file that is cut is refused, or nothing of its pixels was behind the cut."""
    refused = 0
    for number in range(12):
        picture = made.smooth(number, 40 + number, 70 - number)
        picture = picture.convert("L") if number % 5 == 4 else picture
        try:
            data = made.saved(picture, form, **CUT[form][number % len(CUT[form])])
        except (KeyError, OSError):
            pytest.skip(f"this Pillow does not write {form}")
        if number % 6 == 5 and form in ("PNG", "TIFF"):
            data = made.encoded(f".{form.lower()}", np.asarray(picture).astype(np.uint16) * 257)
        if number % 6 == 2 and form == "TIFF":  # by Pillow, whose directory stands before the samples
            data = made.saved(Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257), form)
        whole = read_image(str(in_file(tmp_path, "whole", data)))[0]
        for length in (len(data) // 2, len(data) * 95 // 100, len(data) * 99 // 100, len(data) - 1):
            try:
                image = read_image(str(in_file(tmp_path, "cut", data[:length])))[0]
            except ValueError:
                refused += 1
            else:
                assert np.array_equal(image, whole), (number, length)
    assert refused >= 35


@pytest.mark.parametrize(("progressive", "restart"), [(0, 0), (1, 0), (0, 3)])
def test_jpegs_whole_and_cut(tmp_path: Path, progressive: int, restart: int) -> None:
    """Cut anywhere it is refused, by OpenCV 5 or by us; whole, and with more behind it, it is read."""
    parameters = [cv2.IMWRITE_JPEG_PROGRESSIVE, progressive, cv2.IMWRITE_JPEG_RST_INTERVAL, restart]
    whole = cv2.imencode(".jpg", noise(40, 50, 3), parameters)[1].tobytes()
    filled = whole[:2] + b"\xff\xff" + whole[2:]  # any number of FF may stand before a marker
    for data in (whole, filled, whole + b"\xff\xda and a video", whole + whole[: len(whole) // 2]):
        assert read_image(str(in_file(tmp_path, "photo.jpg", data)))[0].shape == (40, 50, 3)
    for length in [*range(3, len(whole) - 1, 97), len(whole) - 1]:
        with pytest.raises(ValueError, match=r"JPEG image.*damaged or cut short"):
            read_image(str(in_file(tmp_path, "photo.jpg", whole[:length])))


class Held(io.BytesIO):
    """A PNG file above Pillow's limit whose reader waits inside of Image.open until `go` is set."""

    def __init__(self) -> None:
        super().__init__(made.saved(made.COLOUR, "PNG"))
        self.reached, self.go = threading.Event(), threading.Event()

    def read(self, size: int | None = -1) -> bytes:
        self.reached.set()
        assert self.go.wait(20)
        return super().read(size)


@pytest.fixture
def low(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A limit of pixels that every image here exceeds; Pillow is left as it was."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    before = list(warnings.filters)
    yield
    assert Image.MAX_IMAGE_PIXELS == 100
    assert warnings.filters == before


@pytest.mark.usefixtures("low")
def test_images_above_pillows_limit_are_read_or_refused(tmp_path: Path) -> None:
    data = made.saved(made.COLOUR, "PNG")
    assert read_image(str(in_file(tmp_path, "a.png", data)))[0].shape == (44, 60, 3)
    with pytest.raises(ValueError, match="PNG image"):
        read_image(str(in_file(tmp_path, "cut.png", data[:60])))


@pytest.mark.usefixtures("low")
def test_overlapping_reads() -> None:
    files = [Held(), Held()]
    with ThreadPoolExecutor(2) as threads:
        images = [threads.submit(open_image, file) for file in files]
        assert all(file.reached.wait(20) for file in files)
        for file in files:
            file.go.set()
        assert [image.result().size for image in images] == [made.COLOUR.size] * 2


def test_writers_with_one_pid_share_no_temporary_name(tmp_path: Path) -> None:
    """Threads have one pid, as processes in two containers may have: each file still holds its own image."""

    def write(grey: int) -> None:
        write_image(tmp_path / f"{grey}.png", np.full((200, 300), grey, np.uint8))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(100)))
    assert len(list(tmp_path.iterdir())) == 100
    assert all((read_image(str(tmp_path / f"{grey}.png"))[0] == grey).all() for grey in range(100))


def test_saved_files_have_the_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    write_image(tmp_path / "image.png", np.zeros((2, 2), np.uint8))
    assert (tmp_path / "image.png").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    """Over a folder, and on a full disk, for which a limit on the size of files stands in."""
    write_image(tmp_path / "a.png", np.full((9, 9), 7, np.uint8))
    (tmp_path / "b.png").mkdir()
    with pytest.raises(OSError, match=r"b\.png"):
        write_image(tmp_path / "b.png", noise(2, 2))
    with limited("RLIMIT_FSIZE", 10_000), pytest.raises(OSError, match=r"a\.png"):
        write_image(tmp_path / "a.png", noise(200, 200))
    assert sorted(os.listdir(tmp_path)) == ["a.png", "b.png"]
    assert (read_image(str(tmp_path / "a.png"))[0] == 7).all()


LOOP = """
import numpy as np, pathlib, sys
from filtering.files import write_image
images = [np.full((300, 400), grey, np.uint8) for grey in (0, 255)]
print("ready", flush=True)
while True:
    for number in range(4):
        write_image(pathlib.Path(sys.argv[1], f"{number}.png"), images[number % 2])
"""


@POSIX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_at_any_moment(tmp_path: Path, number: int) -> None:
    """Two processes write the same files; whenever they are ended, all are whole, and no other is left."""
    rng = np.random.default_rng(number)
    command = [sys.executable, "-c", LOOP, str(tmp_path)]
    for _ in range(2):
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        writers = [subprocess.Popen(command, cwd=ROOT, **pipes) for _ in range(2)]
        for writer in writers:
            assert writer.stdout is not None
            writer.stdout.readline()
        time.sleep(rng.uniform(0.05, 0.1))
        for writer in writers:
            writer.send_signal(number)
        assert [writer.wait(20) for writer in writers] == [-number] * 2
        names = sorted(os.listdir(tmp_path))
        assert names == [f"{number}.png" for number in range(4)]
        assert all((read_image(str(tmp_path / name))[0] == int(name[0]) % 2 * 255).all() for name in names)


@POSIX
@pytest.mark.parametrize("redirection", ["2>&-", "<&- 2>&-"])
def test_a_closed_stderr_is_no_obstacle(tmp_path: Path, redirection: str) -> None:
    path = in_file(tmp_path, "a.png", made.READ["alpha.png"][0])
    command = f"{sys.executable} {ROOT / 'convolutions.py'} -i {path} -k identity --no-window {redirection}"
    assert subprocess.run(["sh", "-c", command], timeout=60).returncode == 0
