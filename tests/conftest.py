"""What several test files share: pictures, a command line run for real, and a virtual display."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import pytest
from pages import browser, open_page, program, tab  # noqa: F401 - fixtures

from filtering.compare import Comparison
from filtering.files import read_image
from filtering.show import canvas

ROOT = Path(__file__).parent.parent
SCRIPT = [sys.executable, str(ROOT / "convolutions.py")]
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="needs signals, pipes and a shell of POSIX")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="needs limits or displays as Linux has them")
SMALL_LETTERS = pytest.mark.skipif(cv2.__version__ < "5", reason="letters of OpenCV 4 are wider")
SHAPES = [(23, 31), (1, 1), (1, 9), (9, 1), (2, 3), (5, 2)]  # most are smaller than the larger kernels


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def kernel_texts() -> list[dict[str, Any]]:
    """Texts, each with the kernel that it means, or a phrase of the message that refuses it."""
    return list(json.loads((ROOT / "tests" / "kernel_texts.json").read_text()))


@pytest.fixture(scope="session")
def coffee() -> np.ndarray:
    """The sample picture, gray, at a quarter of its size: 100 x 150."""
    gray = cv2.cvtColor(read_image(str(ROOT / "images" / "coffee.png"))[0], cv2.COLOR_BGR2GRAY)
    return cv2.resize(gray, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)


@pytest.fixture(scope="session")
def scene(coffee: np.ndarray) -> np.ndarray:
    """Part of it, of 60 x 90: enough pixels to learn a kernel from."""
    return np.ascontiguousarray(coffee[20:80, 30:120])


@pytest.fixture
def photo(tmp_path: Path, coffee: np.ndarray) -> Path:
    path = tmp_path / "photo.png"
    cv2.imwrite(str(path), coffee)
    return path


Capture = pytest.CaptureFixture[str]
Script = Callable[..., subprocess.CompletedProcess]


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """Run `python convolutions.py ...` in an empty folder, with no display unless one is given."""

    def run(*arguments: object, **more: str) -> subprocess.CompletedProcess:
        displays = ("DISPLAY", "WAYLAND_DISPLAY")
        environment = {key: value for key, value in os.environ.items() if key not in displays} | more
        options: dict[str, Any] = {"capture_output": True, "text": True, "timeout": 60}
        (tmp_path / "cwd").mkdir(exist_ok=True)
        command = [*SCRIPT, *map(str, arguments)]
        return subprocess.run(command, cwd=tmp_path / "cwd", env=environment, **options)

    return run


def error_of(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that was printed, all of it on stderr."""
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1, err
    return err.strip()


def on_a_terminal(*arguments: object) -> tuple[str, str]:
    """Run `python convolutions.py ...` and return what it writes to stdout, and to stderr, a terminal."""
    pty = pytest.importorskip("pty", reason="needs a terminal of POSIX")
    leader, follower = pty.openpty()
    command, environment = [*SCRIPT, *map(str, arguments)], os.environ | {"TERM": "xterm", "COLUMNS": "80"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=follower, env=environment) as process:
        os.close(follower)
        shown = b""
        with contextlib.suppress(OSError):  # the other end is closed
            while part := os.read(leader, 1024):
                shown += part
        assert process.stdout is not None
        out = process.stdout.read()
        assert process.wait(30) == 0
    os.close(leader)
    return out.decode(), shown.decode()


def contrast(*colours: Any) -> float:
    """Return the contrast of two greys or colours by WCAG 2, which asks 4.5 of text. Red is last."""
    parts = np.array(colours)[:, :3] / 255
    linear = np.where(parts <= 0.03928, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    darker, lighter = sorted(linear @ (0.0722, 0.7152, 0.2126))
    return float((lighter + 0.05) / (darker + 0.05))


TAPS = np.arange(1.0, 16).reshape(3, 5)  # turned or mirrored it is another


def two_sides(*shape: int) -> Comparison:
    """Return a comparison of which nothing can be mixed up: convolve has 60 everywhere, filter2D 200."""
    ours, opencv = np.full(shape, 60, np.uint8), np.full(shape, 200, np.uint8)
    return Comparison("k", noise(*shape), TAPS / 7, "replicate", ours, opencv, "convolve_fast", 0.001, 0.2)


class Word(NamedTuple):
    """A text as it was drawn. size: that was asked for; room: width of what it was drawn on."""

    text: str
    left: int
    top: int
    right: int
    size: float
    colour: tuple[int, ...]
    room: int

    @property
    def whole(self) -> bool:
        """Whether its letters have the size that was asked for, and all of them are on the canvas."""
        return self.left + canvas.text_width(self.text, self.size) == self.right <= self.room


@pytest.fixture
def words(monkeypatch: pytest.MonkeyPatch) -> list[Word]:
    """All texts that are drawn, in their order."""
    drawn: list[Word] = []
    draw_text = canvas.text

    def text(paper: np.ndarray, words: str, corner: canvas.Point, size: float, colour: Any) -> int:
        end = draw_text(paper, words, corner, size, colour)
        drawn.append(Word(words, *corner, end, size, tuple(map(int, colour)), paper.shape[1]))
        return end

    monkeypatch.setattr(canvas, "text", text)
    return drawn


def overlapping(words: list[Word]) -> list[tuple[str, str]]:
    """Return the texts that are drawn over each other, in pairs."""
    return [
        (one.text, other.text)
        for one, other in combinations(words, 2)
        if max(one.left, other.left) < min(one.right, other.right)
        and max(one.top, other.top) < min(one.top + 0.8 * one.size, other.top + 0.8 * other.size)
    ]


# Of the window manager: frames, and nothing else that could cover a window or take the keyboard from it.
# The file says that it has started: windows that open before may stay empty.
MANAGER = """<JWM>
<WindowStyle decorations="motif"><Font>Sans-12:bold</Font><Width>4</Width></WindowStyle>
<PopupStyle enabled="false"/>
<FocusModel>click</FocusModel>
<Key mask="A" key="F4">close</Key>
<StartupCommand>touch ready</StartupCommand>
</JWM>"""


class Display:
    """A virtual display with a window manager, so that windows have an X to close them by."""

    def __init__(self, folder: Path) -> None:
        reader, writer = os.pipe()
        quiet = subprocess.DEVNULL
        # A server begins anew when its last client leaves, which throws out a manager that is connecting.
        command = ["Xvfb", "-noreset", "-displayfd", str(writer), "-screen", "0", "1366x768x24"]
        self.server = subprocess.Popen([*command, "-fbdir", str(folder)], pass_fds=[writer], stderr=quiet)
        os.close(writer)
        with os.fdopen(reader) as numbers:
            self.name = ":" + numbers.readline().strip()
        self.frame_buffer = folder / "Xvfb_screen0"
        environment = os.environ | {"DISPLAY": self.name}
        (folder / "jwmrc").write_text(MANAGER)
        command = ["jwm", "-f", str(folder / "jwmrc")]
        self.manager = subprocess.Popen(command, env=environment, cwd=folder, stdout=quiet, stderr=quiet)
        deadline = time.monotonic() + 20
        while not (folder / "ready").exists():
            assert time.monotonic() < deadline, "the window manager does not start"
            time.sleep(0.05)

    def screenshot(self) -> np.ndarray:
        """What is on the screen: blue, green, red. The server keeps it in a file of X's XWD format."""
        data = self.frame_buffer.read_bytes()
        header = np.frombuffer(data, ">u4", 25)
        size, width, height, bytes_per_line, colours = (int(header[n]) for n in (0, 4, 5, 12, 19))
        pixels = np.frombuffer(data, np.uint8, height * bytes_per_line, size + 12 * colours)
        return pixels.reshape(height, bytes_per_line // 4, 4)[:, :width, :3]


@pytest.fixture
def display(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Display]:
    # Not shared: X gives the next window the number of the last one, and a manager that has not yet cleared
    # that one away clears away the next, which Qt then leaves empty.
    for tool in ("Xvfb", "xdotool", "jwm"):
        program(tool)
    one = Display(tmp_path_factory.mktemp("display"))
    yield one
    for process in (one.manager, one.server):
        process.terminate()
        process.wait()
