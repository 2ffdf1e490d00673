"""Image files: the image that every viewer shows, or a clear word; and images saved whole or not at all."""

import io
import os
import resource
import signal
import subprocess
import sys
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import image_files as made
import numpy as np
import pytest
from conftest import ROOT, Script
from PIL import Image

from convolutions import main
from filtering.files import read_image, write_image
from filtering.formats import open_image

Capture = pytest.CaptureFixture[str]


def gray_of_main(path: Path) -> np.ndarray:
    """Run the program, and return its gray image: what the kernel `identity` saves."""
    folder = path.parent / "out"
    assert main(["-i", str(path), "-k", "identity", "-o", str(folder), "--no-window"]) == 0
    gray = cv2.imread(str(folder / f"{path.stem}_identity.png"), cv2.IMREAD_UNCHANGED)
    assert gray is not None
    return gray


def differ(image: np.ndarray, expected: np.ndarray) -> int:
    assert image.shape == expected.shape
    return int(np.abs(image.astype(int) - expected).max())


def check_good(path: Path, data: bytes, expected: np.ndarray, notes: list[str], capfd: Capture) -> None:
    path.write_bytes(data)
    gray = gray_of_main(path)
    assert differ(gray, cv2.cvtColor(expected, cv2.COLOR_RGB2GRAY)) <= 1
    assert capfd.readouterr().err == "".join(f"[INFO] {path}: {note}\n" for note in notes)


@pytest.mark.parametrize("name", made.GOOD)
def test_the_image_that_pillow_shows(tmp_path: Path, name: str, capfd: Capture) -> None:
    data, notes = made.GOOD[name]
    check_good(tmp_path / name, data, made.shown(data), notes, capfd)


@pytest.mark.parametrize(("turn", "animated"), [(1, False), (6, False), (7, False), (1, True)])
def test_avif(tmp_path: Path, turn: int, animated: bool, capfd: Capture) -> None:
    """Also by an OpenCV that has no decoder for it."""
    try:
        exif = {"exif": made.exif(turn)} if turn > 1 else {}
        data = made.animated("AVIF") if animated else made.saved(made.COLOUR, "AVIF", **exif)
    except (KeyError, OSError):
        pytest.skip("this Pillow does not write AVIF")
    notes = [made.FIRST] * animated + [made.TURN] * (turn > 1)
    check_good(tmp_path / "a.avif", data, made.shown(data), notes, capfd)


@pytest.mark.parametrize(
    ("kind", "depth", "maxval"),
    [
        ("BLACKANDWHITE", 1, 1),
        ("GRAYSCALE", 1, 255),
        ("GRAYSCALE_ALPHA", 2, 255),
        ("RGB", 3, 255),
        ("RGB_ALPHA", 4, 255),
        ("RGB", 3, 100),
    ],
)
def test_pam(tmp_path: Path, kind: str, depth: int, maxval: int, capfd: Capture) -> None:
    """Pillow does not read these: the samples are compared with those that went in."""
    samples = made.pam_samples(depth, maxval).astype(int) * 255 // maxval
    colour = samples[..., : 3 if depth > 2 else 1] * np.ones(3, int)
    notes = [made.NO_ALPHA] * (depth in (2, 4))
    check_good(tmp_path / "a.pam", made.pam(kind, depth, maxval), colour.astype(np.uint8), notes, capfd)


def test_samples_that_a_decoder_reduces(tmp_path: Path) -> None:
    """These come as 8 bits from the decoder; of ordinary ones nothing is said."""
    deep = made.DEEP[..., np.newaxis].repeat(3, axis=2)
    pam_header = b"P7\nWIDTH 2\nHEIGHT 1\nDEPTH 3\nMAXVAL 1023\nTUPLTYPE RGB\nENDHDR\n"
    files = {
        "a.ppm": (b"P6 2 1 1023\n" + b"\1\2" * 6, ["samples of 0 to 1023 became 0 to 255"]),
        "b.ppm": (b"P6 2 1 100\n" + b"\1\2" * 3, []),
        "a.pam": (pam_header + b"\1\2" * 6, ["samples of 0 to 1023 became 0 to 255"]),
    }
    if cv2.haveImageWriter("a.avif"):
        for bits in (10, 12):
            data = cv2.imencode(".avif", deep >> (16 - bits), [cv2.IMWRITE_AVIF_DEPTH, bits])[1].tobytes()
            files[f"{bits}.avif"] = data, [f"samples of {bits} bits became 8 bits"]
    for name, (data, notes) in files.items():
        (tmp_path / name).write_bytes(data)
        assert read_image(str(tmp_path / name))[1] == notes


def test_white_is_zero(tmp_path: Path) -> None:
    """Pillow forgets it for 16 bits."""
    for bits, samples in ((8, np.asarray(made.GRAY)), (16, made.DEEP)):
        path = tmp_path / f"{bits}.tif"
        path.write_bytes(made.tiff([samples], bits=bits, photometric=0))
        inverted = (2**bits - 1 - samples.astype(int)) >> (bits - 8)
        assert np.array_equal(read_image(str(path))[0][..., 0], inverted)


@pytest.mark.parametrize("name", made.UNREAD)
def test_the_right_word(tmp_path: Path, name: str, capfd: Capture) -> None:
    path = tmp_path / name
    data, reason = made.UNREAD[name]
    path.write_bytes(data)
    assert main(["-i", str(path), "--no-window"]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.splitlines()[-1].startswith(f"convolutions.py: error: cannot read {path}: {reason}")


def test_not_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, reason in [
        ("", "cannot read '': an empty name"),
        (str(tmp_path), "a folder, not an image"),
        (str(tmp_path / "pipe"), "a pipe, not an image"),
        (os.devnull, "a device, not an image"),
        (str(tmp_path / "none"), "no such file or directory"),
    ]:
        with pytest.raises(ValueError, match=f"{reason}$"):
            read_image(path)


def test_three_gigabytes_that_are_no_image_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "video.mkv"
    with path.open("wb") as file:
        file.write(b"\x1aE\xdf\xa3")
        file.truncate(3 << 30)
    limits = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + (1 << 28), limits[1]))
    try:
        with pytest.raises(ValueError, match="a video; save a frame as PNG"):
            read_image(str(path))
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)


def test_too_large_for_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "900 megapixels.png"
    path.write_bytes(made.black_png(30_000))
    code = f"import sys; from convolutions import main; sys.exit(main(['-i', {str(path)!r}, '--no-window']))"

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))

    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, preexec_fn=limit, capture_output=True, text=True, timeout=60)
    expected = f"convolutions.py: error: cannot read {path}: too large for the memory"
    assert (done.returncode, done.stderr.splitlines()[-1]) == (2, expected)


def test_larger_than_opencv_reads(tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    path.write_bytes(made.black_png(40_000))
    with pytest.raises(ValueError, match="PNG image of 40000 x 40000, larger than OpenCV reads"):
        read_image(str(path))


def test_large_photos_are_read(tmp_path: Path) -> None:
    """Pillow alone refuses 179 megapixels."""
    path = tmp_path / "large.png"
    path.write_bytes(made.black_png(14_000))
    assert read_image(str(path))[0].shape == (14_000, 14_000, 3)


CUT: dict[str, list[dict]] = {
    "PNG": [{}, {"optimize": True}],
    "JPEG": [{}, {"progressive": True}, {"quality": 98}],
    "WEBP": [{}, {"lossless": True}],
    "GIF": [{}],
    "BMP": [{}],
    "TIFF": [{}, {"compression": "tiff_lzw"}, {"compression": "tiff_deflate"}, {"compression": "jpeg"}],
    "JPEG2000": [{}, {"irreversible": True}],
    "AVIF": [{}],
    "PPM": [{}],
}


@pytest.mark.parametrize("form", CUT)
def test_cut_short(tmp_path: Path, form: str) -> None:
    """A file that is cut is refused, or nothing of its pixels was behind the cut."""
    path = tmp_path / "cut"
    refused = 0
    for number in range(30):
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
        path.write_bytes(data)
        whole = read_image(str(path))[0]
        for length in (len(data) // 2, len(data) * 95 // 100, len(data) * 99 // 100, len(data) - 1):
            path.write_bytes(data[:length])
            try:
                image = read_image(str(path))[0]
            except ValueError:
                refused += 1
            else:
                assert np.array_equal(image, whole), (number, length)
    assert refused >= 88


def test_damage_that_the_decoder_reports(tmp_path: Path, capfd: Capture) -> None:
    data = bytearray(made.saved(made.smooth(5, 300, 200), "JPEG", quality=90))
    del data[len(data) // 2 : len(data) // 2 + 9]
    path = tmp_path / "photo.jpg"
    path.write_bytes(data)
    main(["-i", str(path), "-k", "identity", "--no-window"])
    err = capfd.readouterr().err
    assert "Corrupt JPEG data" in err
    assert f"[INFO] {path}: the decoder reports damage\n" in err


class Held(io.BytesIO):
    """A PNG file whose reader waits inside of Image.open, which reads second, until `go` is set."""

    def __init__(self, width: int) -> None:
        super().__init__(made.saved(made.smooth(0, width, 20), "PNG"))
        self.reads, self.reached, self.go = 0, threading.Event(), threading.Event()

    def read(self, size: int | None = -1) -> bytes:
        self.reads += 1
        if self.reads == 2:
            self.reached.set()
            assert self.go.wait(20)
        return super().read(size)


@pytest.mark.parametrize("first", [0, 1])
def test_overlapping_reads_leave_pillow_as_it_was(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever ends first; and both read an image above Pillow's limit, which the other may not restore."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    before = list(warnings.filters)
    files = [Held(30), Held(40)]
    with ThreadPoolExecutor(2) as threads:
        images = []
        for file in files:
            images.append(threads.submit(open_image, file))
            assert file.reached.wait(20)
        for number in (first, 1 - first):
            files[number].go.set()
            assert images[number].result().width == (30, 40)[number]
    assert Image.MAX_IMAGE_PIXELS == 100
    assert list(warnings.filters) == before


def test_a_read_that_fails_leaves_pillow_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    before = list(warnings.filters)
    (tmp_path / "cut.png").write_bytes(made.saved(made.smooth(0, 30, 20), "PNG")[:60])
    with pytest.raises(ValueError, match="damaged or cut short"):
        read_image(str(tmp_path / "cut.png"))
    assert Image.MAX_IMAGE_PIXELS == 100
    assert list(warnings.filters) == before


def test_writers_with_one_pid_share_no_temporary_name(tmp_path: Path) -> None:
    """Threads have one pid, as processes in two containers may have: each file still holds its own image."""

    def write(grey: int) -> None:
        write_image(tmp_path / f"{grey}.png", np.full((200, 300), grey, np.uint8))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(200)))
    assert len(list(tmp_path.iterdir())) == 200
    assert all((read_image(str(tmp_path / f"{grey}.png"))[0] == grey).all() for grey in range(200))


def test_saved_files_have_the_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    write_image(tmp_path / "image.png", np.zeros((2, 2), np.uint8))
    assert (tmp_path / "image.png").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "image.png").mkdir()
    with pytest.raises(OSError, match=r"image\.png"):
        write_image(tmp_path / "image.png", np.zeros((2, 2), np.uint8))
    assert os.listdir(tmp_path) == ["image.png"]


def test_a_full_disk(tmp_path: Path) -> None:
    """A limit on the size of files stands in for it: the write fails in the middle."""
    write_image(tmp_path / "a.png", np.full((9, 9), 7, np.uint8))
    noise = np.random.default_rng(0).integers(0, 256, (200, 200), dtype=np.uint8)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(OSError, match=r"a\.png"):
            write_image(tmp_path / "a.png", noise)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert os.listdir(tmp_path) == ["a.png"]
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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_at_any_moment(tmp_path: Path, number: int) -> None:
    """Two processes write the same files; whenever they are ended, all are whole, and no other is left."""
    rng = np.random.default_rng(number)
    command = [sys.executable, "-c", LOOP, str(tmp_path)]
    for _ in range(3):
        writers = [
            subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            for _ in range(2)
        ]
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


def test_a_closed_stderr_is_no_obstacle(tmp_path: Path, script: Script) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(made.GOOD["alpha.png"][0])
    command = f"{sys.executable} {ROOT / 'convolutions.py'} -i {path} -k identity --no-window"
    for redirection in ("2>&-", "<&- 2>&-"):
        assert subprocess.run(["sh", "-c", f"{command} {redirection}"], timeout=60).returncode == 0
