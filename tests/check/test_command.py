"""The option --check: exit status, signals, and the processes it leaves behind."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Any

import cv2
import numpy as np
import pytest
from conftest import LINUX, POSIX, ROOT, noise, on_a_terminal

from filtering.check.command import exit_on_termination, middle, run_check, wrapped
from filtering.check.diagnose import examine
from filtering.check.findings import Difference
from filtering.check.probes import Probe
from filtering.check.report import draw_difference, shown
from filtering.show.canvas import BAD

SMOOTH = np.array([[1, 2, 1], [2, 5, 2], [1, 2, 0]]) / 16

RIGHT = "import cv2\ndef convolve(image, kernel): return cv2.filter2D(image, -1, kernel, borderType=1)\n"
WRONG = """import numpy as np


def convolve(image, kernel):
    kh, kw = kernel.shape
    padded = np.pad(image, ((kh // 2,), (kw // 2,)), mode="edge")
    output = np.zeros_like(image)
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            output[y, x] = min(255, max(0, (padded[y : y + kh, x : x + kw] * kernel).sum()))
    return output
"""


@pytest.fixture
def mine(tmp_path: Path) -> str:
    (tmp_path / "mine.py").write_text(RIGHT)
    return f"{tmp_path / 'mine.py'}:convolve"


@pytest.fixture
def wrong(tmp_path: Path) -> str:
    (tmp_path / "wrong.py").write_text(WRONG)
    return f"{tmp_path / 'wrong.py'}:convolve"


def check(
    target: str, image: np.ndarray | None = None, border: str | None = None, **more: Any
) -> tuple[int, str]:
    """Return the status, and what is printed."""
    out = io.StringIO()
    return run_check(target, image, border, **({"json": False} | more), out=out), out.getvalue()


def test_no_and_how_to_correct_it(wrong: str) -> None:
    status, told = check(wrong)
    assert status == 1
    text, example = told.split("\n\n")
    line = "in line 10, store `np.rint(min(255, max(0, (padded[y:y + kh, x:x + kw] * kernel)"
    for part in ["is one too low. One mistake explains every one of them: 1. It *truncates* where", line]:
        assert part in " ".join(text.split())
    numbers = re.search(r"rounds to (\d+)\n  filter2D \1, .*wrong.py:convolve (\d+)\n$", example)
    assert numbers is not None
    assert int(numbers[2]) == int(numbers[1]) - 1


def test_json(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, told = check(wrong, noise(200, 300), json=True)
    data = json.loads(capsys.readouterr().out)
    assert list(data) == ["function", "verdict", "findings", "pixels", "differing", "advice", "fix"]
    assert (status, data["verdict"]) == (1, "explained")
    assert data["pixels"] > 64 * 96 > data["differing"] > 1000
    assert "One mistake explains every one of them" in " ".join(told.split())


def test_border_that_is_asked_for(mine: str) -> None:
    status, told = check(mine, border="zero")
    assert (status, "border *replicate* instead of zero" in " ".join(told.split())) == (1, True)
    status, told = check(mine, border="replicate")
    assert (status, told.split(": all ")[0]) == (0, "Yes, your function is right, border replicate")


def test_picture(wrong: str, tmp_path: Path) -> None:
    """The three panels of the user's image: output, filter2D's, and where they differ."""
    image = noise(20, 30)
    status, told = check(wrong, image, kernels={"s": SMOOTH}, output=tmp_path / "pictures")
    (path,) = (tmp_path / "pictures").glob("*.png")
    assert path.name == "wrong_convolve_check.png"
    assert (status, str(path) in told) == (1, True)
    picture = np.asarray(cv2.imread(str(path)))
    yours, right, marked = (picture[36::9, left::9][:20, :30] for left in (10, 308, 606))
    expected = cv2.filter2D(image, -1, SMOOTH, borderType=cv2.BORDER_REPLICATE)
    equal = yours[..., 0] == expected
    assert (right[..., 0] == expected).all()
    assert ((marked == BAD).all(axis=2) != equal).all()
    assert not equal.all()
    assert (marked[equal].max(axis=-1) <= expected[equal] // 2).all()  # what is right is dark


@pytest.mark.parametrize("text", [RIGHT, WRONG])
def test_picture_without_an_image(text: str, tmp_path: Path) -> None:
    """Of a probe: for a wrong function, of the one whose arithmetic is told."""
    (tmp_path / "mine.py").write_text(text)
    check(str(tmp_path / "mine.py"), output=tmp_path / "pictures")
    (path,) = (tmp_path / "pictures").glob("*.png")
    assert (np.asarray(cv2.imread(str(path))) == BAD).all(axis=2).any() == (text == WRONG)


def test_picture_of_values_that_are_no_pixels() -> None:
    """Below 0 is black, above 255 is white, what is missing is black; of complex numbers there is none."""
    probe, right = Probe(np.zeros((1, 3), np.uint8), SMOOTH), np.zeros((1, 3), np.uint8)
    output = np.array([[-1, 300, np.nan]])
    canvas = draw_difference(Difference(probe, output, right, output != 0), "function")
    assert canvas[36, 10:298:96].tolist() == [[0] * 3, [255] * 3, [0] * 3]
    assert shown(examine(lambda image, kernel: 1j * image)) is None


def test_nothing_to_show_of_a_function_that_fails(tmp_path: Path) -> None:
    """No arithmetic, and no picture."""
    (tmp_path / "failing.py").write_text("def convolve(image, kernel):\n    raise ValueError('oh')\n")
    status, told = check(f"{tmp_path / 'failing.py'}:convolve", noise(9, 9), output=tmp_path / "pictures")
    assert (status, told.count("\n")) == (1, 2)
    assert told.startswith("Your function gives no result that can be compared: ")
    assert not (tmp_path / "pictures").exists()


@pytest.mark.parametrize(
    ("shape", "top", "left"), [((64, 96), 0, 0), ((66, 99), 1, 1), ((10, 200), 0, 52), ((200, 10), 68, 0)]
)
def test_only_the_middle_of_an_image_is_tried(shape: tuple[int, int], top: int, left: int) -> None:
    assert np.array_equal(middle(noise(*shape)), noise(*shape)[top : top + 64, left : left + 96])


@pytest.mark.parametrize("code", [f"`--{'x' * 130}`", "`--with-many-words`", "`a - b --border zero`"])
def test_lines_are_wrapped_and_code_is_not_broken(code: str) -> None:
    """Not at a hyphen, and not where it is longer than a line; what follows is indented as it begins."""
    for before in range(70, 100):
        assert code in wrapped(f"{'x' * before} {code} and so on")
    lines = wrapped("1. " + "word " * 30 + "\n   " + "more " * 30).splitlines()
    assert max(map(len, lines)) <= 100
    assert [line[:7] for line in lines] == ["1. word", "   word", "   more", "   more"]


def test_progress_bar(mine: str) -> None:
    """On a terminal only; what is found goes to stdout."""
    out, shown = on_a_terminal("--check", mine)
    assert out.startswith("Yes, your function is right")
    assert re.search(r"(?s)checking.*100%.*\x1b\[2K$", shown.rstrip())  # it is wiped out at the end


@POSIX
def test_ended_from_outside_it_leaves_nothing_behind(tmp_path: Path) -> None:
    text = "import os\nopen('pid', 'w').write(str(os.getpid()))\n"
    (tmp_path / "mine.py").write_text(text + "def convolve(image, kernel):\n    while True: pass\n")
    (tmp_path / "temporary").mkdir()
    command = [sys.executable, str(ROOT / "convolutions.py"), "--check", f"{tmp_path / 'mine.py'}:convolve"]
    running = subprocess.Popen(command, env=os.environ | {"TMPDIR": str(tmp_path / "temporary")})
    while not (tmp_path / "pid").exists() and running.poll() is None:
        time.sleep(0.05)
    running.send_signal(signal.SIGTERM)
    assert running.wait(20) == 128 + signal.SIGTERM
    assert list((tmp_path / "temporary").iterdir()) == []
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_from_a_thread(mine: str) -> None:
    """Only the main thread may set a signal handler."""
    results: list[tuple[int, str]] = []
    thread = threading.Thread(target=lambda: results.append(check(mine)))
    thread.start()
    thread.join()
    assert [status for status, _ in results] == [0]


@POSIX
def test_handlers_of_signals_are_put_back() -> None:
    """Under nohup, a closed terminal ends nothing."""

    def handler(number: int, frame: FrameType | None) -> None: ...

    before = signal.signal(signal.SIGTERM, handler), signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with exit_on_termination():
            signal.raise_signal(signal.SIGHUP)
            with pytest.raises(SystemExit, match=str(128 + signal.SIGTERM)):
                signal.raise_signal(signal.SIGTERM)
        assert signal.getsignal(signal.SIGTERM) is handler
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGHUP, before[1])


@LINUX
def test_the_group_is_ended_before_the_child_is_reaped(mine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reaped child's process id may belong to another process: nothing may be sent to it."""
    alive = []
    kill = os.killpg

    def killpg(group: int, number: int) -> None:
        alive.append(Path(f"/proc/{group}").exists())
        kill(group, number)

    monkeypatch.setattr("filtering.check.processes.os.killpg", killpg)
    assert check(mine)[0] == 0
    assert alive == [True]
