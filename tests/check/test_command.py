"""The option --check: exit status, signals, and the processes it leaves behind."""

import io
import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from filtering.check.command import run_check

RIGHT = (
    "import cv2\n\n\ndef convolve(image, kernel):\n    return cv2.filter2D(image, -1, kernel, borderType=1)\n"
)


@pytest.fixture
def mine(tmp_path: Path) -> str:
    (tmp_path / "mine.py").write_text(RIGHT)
    return f"{tmp_path / 'mine.py'}:convolve"


def check(target: str) -> tuple[int, str]:
    out = io.StringIO()
    return run_check(target, None, "replicate", json=False, out=out), out.getvalue()


def test_from_a_thread(mine: str) -> None:
    """Only the main thread may set a signal handler."""
    results: list[tuple[int, str]] = []
    thread = threading.Thread(target=lambda: results.append(check(mine)))
    thread.start()
    thread.join()
    assert results
    assert results[0][0] == 0


@pytest.mark.skipif(not hasattr(signal, "SIGTERM"), reason="signals of POSIX")
def test_the_handler_of_sigterm_is_put_back(mine: str) -> None:
    handler = lambda number, frame: None  # noqa: E731
    before = signal.signal(signal.SIGTERM, handler)
    try:
        assert check(mine)[0] == 0
        assert signal.getsignal(signal.SIGTERM) is handler
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_the_group_is_ended_before_the_child_is_reaped(mine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reaped child's process id may belong to another process: nothing may be sent to it."""
    alive = []
    kill = os.killpg

    def killpg(group: int, number: int) -> None:
        alive.append(Path(f"/proc/{group}").exists())
        kill(group, number)

    monkeypatch.setattr(os, "killpg", killpg)
    assert check(mine)[0] == 0
    assert alive == [True]
