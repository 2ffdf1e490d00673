"""Image files: read with a clear word where that fails, and saved whole or not at all."""

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import image_files as made
import numpy as np
import pytest
from conftest import LINUX, POSIX, ROOT, Capture, noise

from convolutions import main
from filtering.files import read_image, write_image


def test_a_result_of_more_than_8_bits_is_refused(photo: Path, capsys: Capture) -> None:
    after = photo.with_name("1023.pgm")
    after.write_bytes(made.READ[after.name][0])
    assert main(["-i", str(photo), "--learn", str(after)]) == 2
    assert f"cannot read {after}: samples of 0 to 1023: a result needs 8 bits" in capsys.readouterr().err


@POSIX
def test_not_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, reason in {
        "": "'': an empty name",
        "https://a.example/b.png": "https://a.example/b.png: a web address; save the image first",
        str(tmp_path): f"{tmp_path}: a folder, not an image",
        str(tmp_path / "pipe"): f"{tmp_path}/pipe: a pipe, not an image",
        os.devnull: "/dev/null: a device, not an image",
        str(tmp_path / "none"): f"{tmp_path}/none: no such file or directory",
    }.items():
        with pytest.raises(ValueError, match=f"^cannot read {re.escape(reason)}$"):
            read_image(path)


@contextlib.contextmanager
def limited(name: str, most: int) -> Iterator[None]:
    resource = pytest.importorskip("resource", reason="limits of POSIX")
    number = getattr(resource, name)
    before = resource.getrlimit(number)
    resource.setrlimit(number, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(number, before)


@LINUX
def test_too_large_for_the_memory(tmp_path: Path) -> None:
    """It is known before an image is decoded; what is no image is not read, be it of three gigabytes."""
    image, video = tmp_path / "900 megapixels.png", tmp_path / "video.mkv"
    image.write_bytes(made.sized_png(30_000))
    video.write_bytes(b"\x1aE\xdf\xa3")
    os.truncate(video, 3 << 30)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    for path, reason in [(image, "too large for the memory"), (video, "a video, not an image")]:
        with limited("RLIMIT_AS", used + (5 << 28)), pytest.raises(ValueError, match=f"{path}: {reason}$"):
            read_image(str(path))


def test_writers_with_one_pid_share_no_temporary_name(tmp_path: Path) -> None:
    """Threads have one pid, as processes in two containers may have: each file still holds its own image."""

    def write(grey: int) -> None:
        write_image(tmp_path / f"{grey}.png", np.full((200, 300), grey, np.uint8))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(100)))
    assert len(list(tmp_path.iterdir())) == 100
    assert all((read_image(str(tmp_path / f"{grey}.png"))[0] == grey).all() for grey in range(100))
    (tmp_path / "usual").touch()  # the permissions are the usual ones, too
    assert len({path.stat().st_mode for path in tmp_path.iterdir()}) == 1


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    """Over a folder, and on a full disk, for which a limit on the size of files stands in."""
    handler = signal.getsignal(signal.SIGINT)
    write_image(tmp_path / "a.png", np.full((9, 9), 7, np.uint8))
    (tmp_path / "b.png").mkdir()
    with pytest.raises(OSError, match=r"b\.png"):
        write_image(tmp_path / "b.png", noise(2, 2))
    with limited("RLIMIT_FSIZE", 10_000), pytest.raises(OSError, match=r"a\.png"):
        write_image(tmp_path / "a.png", noise(200, 200))
    assert sorted(os.listdir(tmp_path)) == ["a.png", "b.png"]
    assert signal.getsignal(signal.SIGINT) is handler is not signal.SIG_DFL
    assert (read_image(str(tmp_path / "a.png"))[0] == 7).all()


LOOP = """
import numpy as np, pathlib, sys
from filtering.files import write_image
images = [np.full((300, 400), grey, np.uint8) for grey in (0, 255)]
while True:
    print("again", flush=True)
    for number in range(4):
        write_image(pathlib.Path(sys.argv[1], f"{number}.png"), images[number % 2])
"""


@POSIX
def test_a_signal_at_any_moment(tmp_path: Path) -> None:
    """Two processes write the same files; whenever they are ended, all are whole, and no other is left."""
    command = [sys.executable, "-c", LOOP, str(tmp_path)]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    writers = [subprocess.Popen(command, cwd=ROOT, **pipes) for _ in range(2)]
    for writer in writers * 9:
        writer.stdout.readline()  # type: ignore[union-attr]
    for writer, number in zip(writers, (signal.SIGINT, signal.SIGTERM), strict=True):
        writer.send_signal(number)
        assert writer.wait(20) == -number
    names = sorted(os.listdir(tmp_path))
    assert names == [f"{number}.png" for number in range(4)]
    assert all((read_image(str(tmp_path / name))[0] == int(name[0]) % 2 * 255).all() for name in names)
