"""Processes end with the check that has started them, in whatever session, and however many they are."""

import os
import re
import sys
import tempfile
import time
from pathlib import Path

import pytest
from conftest import LINUX

from filtering.check import check_function, check_program, processes
from filtering.check.calling import LOG, SPOILT

pytestmark = LINUX
HEAD = "import cv2, json, os, subprocess, sys, tempfile, time\nimport numpy as np\n"
RIGHT = "def convolve(image, kernel):\n    {}\n    return cv2.filter2D(image, -1, kernel, borderType=1)\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files: no test may leave a file in it, or a process that is marked with it."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def check(folder: Path, line: str) -> str:
    """Check a right function that does something else first; return the verdict, or the error."""
    (folder.parent / "mine.py").write_text(HEAD + RIGHT.format(line))
    try:
        return str(check_function(str(folder.parent / "mine.py"))["verdict"])
    except ValueError as error:
        return str(error)
    finally:
        end = time.monotonic() + 20  # what was killed may still be there
        while processes.marked(folder) and time.monotonic() < end:
            time.sleep(0.05)
        assert processes.marked(folder) == set()
        assert [*folder.iterdir()] == []


def test_sessions_of_their_own(folder: Path) -> None:
    sleeps = "subprocess.Popen(['sleep', '99'], start_new_session=True)"
    daemon = "os.fork() or (os.setsid(), os.fork() or time.sleep(99), os._exit(0))"
    for line in (sleeps, daemon):
        assert check(folder, f"if image.size == 1: {line}") == "matches", line


def test_a_program_that_leaves_a_daemon(folder: Path) -> None:
    program = f"sh -c 'setsid sleep 99 & {sys.executable} --version' {{image}} {{output}} {{kernel}}"
    assert check_program(program, seconds=2)["verdict"] == "fails"
    assert processes.marked(folder) == set()


def test_forks_without_end(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They would end after some seconds, if nothing ended them."""
    monkeypatch.setattr(processes, "MOST", 20)
    line = "os.fork() or os.setsid()"
    told = check(folder, f"end = time.time() + 5\n    while time.time() < end: time.sleep(0.02); {line}")
    assert told == "cannot check mine.py: it started more than 20 processes"


def test_results_that_cannot_be_read(folder: Path) -> None:
    log = f"log = tempfile.tempdir + '/{LOG}'; "
    for line in [
        log + "os.remove(log); os.mkfifo(log)",
        log + "os.remove(log); os.symlink('/dev/zero', log)",
        log + "open(log, 'wb').write(b'{\\n')",
        "json.dumps = lambda *_, **more: '[\"0\", 5]'",
        "np.save = lambda file, *_, **more: os.mkfifo(file)",
        "np.save = lambda file, *_, **more: open(file, 'w')",
        "save = np.save; np.save = lambda file, *_, **more: save(file, np.array(['x']))",
    ]:
        assert check(folder, line) == SPOILT, line


def test_pipes_and_devices(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "mine.py")
    for name, kind in [(str(tmp_path / "mine.py"), "pipe"), ("/dev/zero", "device")]:
        with pytest.raises(ValueError, match=re.escape(f"cannot read {name}: a {kind}, not a file")):
            check_function(name)
