"""Real windows on a virtual display, with a hand on mouse and keyboard; and runs without a display."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from conftest import ROOT, Display, Script, noise

from filtering.compare import Comparison, compare
from filtering.files import read_image
from filtering.show.canvas import GAP, WINDOW_SIZE, Layout, lay_out
from filtering.show.panels import SHEET_HEAD, draw_comparison, draw_place, draw_sheet
from kernels import KERNELS


@pytest.mark.parametrize("environment", [{}, {"DISPLAY": ":77"}, {"WAYLAND_DISPLAY": "wayland-7"}])
def test_without_a_display_the_pictures_go_to_disk(
    photo: Path, script: Script, environment: dict[str, str]
) -> None:
    done = script("-i", photo, "-k", "sharpen", **environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert "[INFO] no window can open here, so the images go to output/" in done.stdout
    folder = photo.parent / "cwd" / "output"
    assert sorted(path.name for path in folder.iterdir()) == [
        "photo_sharpen.png",
        "photo_sharpen_compare.png",
        "photo_sheet.png",
    ]


def test_no_window_writes_nothing(photo: Path, script: Script) -> None:
    assert script("-i", photo, "-k", "sharpen", "--no-window").returncode == 0
    assert list((photo.parent / "cwd").iterdir()) == []


FRAME = (4, 27)  # left and top of jwm's


class Run:
    """A run of the script in a window, and a hand on its mouse and keyboard."""

    def __init__(self, display: Display, folder: Path, *arguments: object) -> None:
        self.display = display
        self.environment = os.environ | {"DISPLAY": display.name}
        self.id = ""
        command = [sys.executable, str(ROOT / "convolutions.py"), *map(str, arguments)]
        self.process = subprocess.Popen(
            command,
            env=self.environment,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def xdotool(self, *arguments: object) -> str:
        done = subprocess.run(
            ["xdotool", *map(str, arguments)],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=20,
        )
        return done.stdout.strip()

    def key(self, *keys: str) -> None:
        for key in keys:
            self.xdotool("key", key)

    def window(self, name: str, state: str = "[^s]", within: float = 30) -> str:
        """Wait for the window of that kernel, give it the keyboard, and return its title.

        state: what the rest of the title begins with; if nothing is said, anything but `sliding`.
        """
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            found = self.xdotool("search", "--onlyvisible", "--name", f"^{name} - {state}").split()
            if found:
                self.id = found[-1]
                self.xdotool("windowactivate", "--sync", self.id)
                return self.xdotool("getwindowname", self.id)
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        pytest.fail(f"no window of {name}: {self.process.communicate(timeout=10)}")

    def mouse(self, x: int, y: int, *click: str) -> None:
        self.xdotool("mousemove", "--window", self.id, x, y, *(["click", "1"] if click else []))

    def numbers(self, *command: str) -> dict[str, int]:
        """What xdotool answers as NAME=NUMBER."""
        return {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", self.xdotool(*command))}

    def content(self) -> np.ndarray:
        """What is in the window. xdotool counts the frame that jwm puts around it twice."""
        at = self.numbers("getwindowgeometry", "--shell", self.id)
        left, top = at["X"] - FRAME[0], at["Y"] - FRAME[1]
        return self.display.screenshot()[top:, left:][: at["HEIGHT"], : at["WIDTH"]]

    def shows(self, expected: np.ndarray, where: slice) -> None:
        """Wait until the window shows these rows of a drawing, to the last bit but for the mouse's arrow."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            content, arrow = self.content(), self.numbers("getmouselocation", "--shell")
            if content.shape == expected.shape:
                differs = (content != expected).any(axis=2)
                at = self.numbers("getwindowgeometry", "--shell", self.id)
                x, y = arrow["X"] - at["X"] + FRAME[0], arrow["Y"] - at["Y"] + FRAME[1]
                differs[max(0, y - 20) : max(0, y + 20), max(0, x - 20) : max(0, x + 20)] = False
                if not differs[where].any():
                    return
            time.sleep(0.05)
        pytest.fail("the window never showed what it should")

    def ends(self, status: int) -> str:
        """Wait for the end; return what was printed."""
        out, err = self.process.communicate(timeout=30)
        assert self.process.returncode == status, err
        return out + err


Start = Callable[..., Run]


@pytest.fixture
def start(display: Display, tmp_path: Path) -> Iterator[Start]:
    """Start the script in a folder of its own; killed after the test if it still runs."""
    runs = []

    def start_one(*arguments: object, on: Display = display) -> Run:
        runs.append(Run(on, tmp_path, *arguments))
        return runs[-1]

    yield start_one
    for run in runs:
        run.process.kill()
        run.process.communicate()


@pytest.fixture
def run(start: Start, photo: Path) -> Run:
    return start("-i", photo, "-k", "sobel_x", "laplacian", "sharpen")


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture that the plain loop takes some seconds for."""
    path = tmp_path_factory.mktemp("large") / "large.png"
    cv2.imwrite(str(path), noise(1500, 2000))
    return path


def window_layout(shape: tuple[int, ...], size: tuple[int, int] | None = None) -> Layout:
    """That of a window of this size, or of the one that it opens with."""
    return lay_out(shape, size or lay_out(shape, WINDOW_SIZE, strip=True).size, strip=True)


def seen(
    photo: Path, name: str, size: tuple[int, int] | None = None
) -> tuple[Comparison, Layout, np.ndarray]:
    """What a window shows of a kernel on this picture, but for the times in its head.

    size: of the window, where it is not the one that it opens with.
    """
    image = cv2.cvtColor(read_image(str(photo))[0], cv2.COLOR_BGR2GRAY)
    comparison = compare(image, KERNELS[name], name=name)
    layout = window_layout(image.shape, size)
    return comparison, layout, draw_comparison(comparison, layout)


def test_any_key_goes_on_and_the_sheet_comes_last(run: Run) -> None:
    for name, key in [("sobel_x", "space"), ("laplacian", "Right"), ("sharpen", "a"), ("all kernels", "n")]:
        run.window(name)
        run.key(key)
    assert "3 of 3 kernels" in run.ends(0)


def test_goes_back_without_computing_again(run: Run) -> None:
    for name, key in [
        ("sobel_x", "p"),
        ("sobel_x", "n"),
        ("laplacian", "p"),
        ("sobel_x", "n"),
        ("laplacian", "Left"),
        ("sobel_x", "Right"),
        ("laplacian", "n"),
        ("sharpen", "n"),
        ("all kernels", "p"),
        ("sharpen", "n"),
        ("all kernels", "q"),
    ]:
        run.window(name)
        run.key(key)
    out = run.ends(0)
    assert out.count("applying") == 3
    assert "3 of 3 kernels" in out


def test_modifiers_and_arrows_up_and_down_are_no_answer(run: Run) -> None:
    run.window("sobel_x")
    run.key("Alt_L", "Shift_L", "Control_R", "Caps_Lock", "Caps_Lock", "Up", "Down")
    time.sleep(0.5)
    run.key("q")
    assert "1 of 1 kernels match" in run.ends(0)


@pytest.mark.parametrize("key", ["q", "Escape", "alt+F4"])
def test_quits(run: Run, key: str) -> None:
    """By key, and by the window's X, which alt+F4 presses."""
    run.window("sobel_x")
    run.key("space")
    run.window("laplacian")
    run.key(key)
    assert "2 of 2 kernels" in run.ends(0)


def test_the_windows_x(run: Run, photo: Path) -> None:
    """The mouse on the button in the corner of the frame, where this window manager has it."""
    run.window("sobel_x")
    width = seen(photo, "sobel_x")[1].size[0]
    run.mouse(width - 13, -12, "click")
    assert "1 of 1 kernels" in run.ends(0)


def test_a_second_run_after_the_first(start: Start, photo: Path) -> None:
    for _ in range(2):
        run = start("-i", photo, "-k", "sharpen")
        run.window("sharpen")
        run.key("space")  # and no sheet of a single kernel
        assert "1 of 1 kernels" in run.ends(0)


@pytest.mark.parametrize("place", [(0, 0), (149, 99), (70, 41)])
def test_hover_shows_what_at_says(run: Run, photo: Path, place: tuple[int, int]) -> None:
    """The numbers themselves are compared with --at's in test_drawing; here, that they are in the window."""
    assert run.window("sobel_x") == "sobel_x - identical"
    comparison, layout, drawn = seen(photo, "sobel_x")
    draw_place(drawn, layout, comparison, place)
    for number in range(4):
        left, top, right, bottom = layout.box(number, place, (0, 0))
        run.mouse((left + right) // 2, (top + bottom) // 2)
        run.shows(drawn, slice(layout.top, None))
    run.mouse(GAP // 2, layout.top)
    time.sleep(0.3)
    assert not np.array_equal(run.content()[layout.strip :], drawn[layout.strip :])


@pytest.mark.skipif(cv2.__version__.startswith("4.8."), reason="a click takes its arrow keys away")
def test_a_pin_moves_by_arrow_keys_and_stays_for_the_next_kernel(run: Run, photo: Path) -> None:
    run.window("sobel_x")
    comparison, layout, drawn = seen(photo, "sobel_x")
    left, top, _, _ = layout.box(2, (2, 97), (0, 0))
    run.mouse(left, top, "click")
    run.mouse(left + 40, top - 40)  # the mouse goes elsewhere, the pin stays
    run.key("Left", "Left", "Left", "Down", "Down", "Down", "Right", "Up")  # 0 and 99 are the edges
    draw_place(drawn, layout, comparison, (1, 98))
    run.shows(drawn, slice(layout.top, None))
    run.key("n")
    assert run.window("laplacian") == "laplacian - identical"
    comparison, layout, drawn = seen(photo, "laplacian")
    draw_place(drawn, layout, comparison, (1, 98))
    run.shows(drawn, slice(layout.top, None))
    run.mouse(GAP // 2, layout.top, "click")  # beside the panels
    run.mouse(left + 1, top)
    run.key("Left")  # without a pin: the kernel before
    run.window("sobel_x")


def test_resized_windows_are_drawn_anew(run: Run, photo: Path) -> None:
    """The text stays crisp: it is drawn for the new size, not stretched. The tiny one only has to live."""
    run.window("sobel_x")
    run.mouse(GAP // 2, GAP // 2)
    for size in [(900, 600), (1340, 660), (120, 90), (800, 500)]:
        run.xdotool("windowsize", run.id, *size)
        if size != (120, 90):
            _, layout, drawn = seen(photo, "sobel_x", size)
            page = np.full((size[1], size[0], 3), 32, np.uint8)
            page[: drawn.shape[0]] = drawn
            run.shows(page, slice(layout.top, layout.strip - GAP // 2))
    run.key("q")
    run.ends(0)


def test_s_saves(run: Run, tmp_path: Path) -> None:
    run.window("sobel_x")
    run.key("s")
    paths = [tmp_path / "output" / f"photo_sobel_x{end}.png" for end in ("", "_compare")]
    deadline = time.monotonic() + 10
    while not all(path.exists() for path in paths) and time.monotonic() < deadline:
        time.sleep(0.05)
    run.key("q")
    run.ends(0)
    assert sorted((tmp_path / "output").iterdir()) == paths
    assert read_image(str(paths[0]))[0].shape == (100, 150, 3)


def test_s_says_where_it_cannot_save(run: Run, tmp_path: Path) -> None:
    (tmp_path / "output").write_text("in the way")
    run.window("sobel_x")
    before = run.content()
    run.key("s")
    deadline = time.monotonic() + 10
    while np.array_equal(run.content()[-20:], before[-20:]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not np.array_equal(run.content()[-20:], before[-20:])
    run.key("q")
    assert "1 of 1 kernels" in run.ends(0)


def test_h_shows_the_keys_and_hides_them(run: Run) -> None:
    run.window("sobel_x")
    time.sleep(0.3)
    before = run.content()
    for differs in (True, False):
        run.key("h")
        time.sleep(0.4)
        assert np.array_equal(run.content(), before) != differs
    run.key("q")
    run.ends(0)


def test_the_sheet_scrolls(start: Start, photo: Path) -> None:
    names = list(KERNELS)
    run = start("-i", photo, "--method", "fast", "-k", *names)
    for name in names:
        run.window(name)
        run.key("n")
    run.window("all kernels")
    sheet = draw_sheet("", [seen(photo, name)[0] for name in names])
    width, height = seen(photo, names[0])[1].size
    end = sheet.shape[0] - height + 24  # a line at the bottom tells the keys
    for keys, top in [
        ([], 0),
        (["Down"], 80),
        (["h", "s", "Right"], 80),
        (["Down"] * 40, end),
        (["Up"], end - 80),
    ]:
        run.key(*keys)
        page = np.full((height, width, 3), 32, np.uint8)
        middle = page[:, (width - 1000) // 2 :][:, :1000]
        middle[:SHEET_HEAD] = sheet[:SHEET_HEAD]  # stays where it is
        middle[SHEET_HEAD : height - 24] = sheet[SHEET_HEAD + top :][: height - 24 - SHEET_HEAD]
        run.shows(page, slice(30, height - 24))  # below the first line
    run.key("q")
    run.ends(0)


def test_interrupted_in_the_window(run: Run) -> None:
    run.window("sobel_x")
    run.process.send_signal(signal.SIGINT)
    assert "interrupted" in run.ends(130)


def test_windows_and_files_at_once(start: Start, photo: Path, tmp_path: Path) -> None:
    running = start("-i", photo, "-k", "sobel_x", "-o", tmp_path / "o")
    running.window("sobel_x")
    running.key("q")
    assert "saved the images" in running.ends(0)
    assert len(list((tmp_path / "o").iterdir())) == 3


# ---- While the plain loop runs


def test_the_loop_is_seen_at_work(start: Start, large: Path) -> None:
    """Convolve's panel fills from the top, row by row."""
    run = start("-i", large, "-k", "sharpen", "--method", "naive")
    run.window("sharpen", "sliding")
    layout = window_layout((1500, 2000))
    left, top = layout.corner(1)
    filled = []
    for _ in range(3):
        time.sleep(0.4)
        panel = run.content()[top : top + layout.panel[1], left : left + layout.panel[0]]
        filled.append(np.count_nonzero(panel.max(axis=(1, 2)) > 0))
    assert 0 < filled[0] < filled[1] < filled[2] < layout.panel[1]


def test_space_takes_the_rest_at_once(start: Start, large: Path) -> None:
    run = start("-i", large, "-k", "sharpen", "large_blur", "--method", "naive")
    run.window("sharpen", "sliding")
    run.key("space")
    run.window("sharpen", "identical", within=3)  # the loop itself would take longer
    run.key("q")
    printed = run.ends(0)
    assert "1 of 1 kernels match" in printed
    assert "[INFO] the rest by convolve_fast\n" in printed


@pytest.mark.parametrize("key", ["q", "Escape", "alt+F4"])
def test_quits_during_the_loop(start: Start, large: Path, key: str) -> None:
    run = start("-i", large, "-k", "sharpen", "sobel_x", "--method", "naive")
    run.window("sharpen", "sliding")
    begin = time.monotonic()
    run.key(key)
    assert "0 of 0 kernels match" in run.ends(0)
    assert time.monotonic() - begin < 3


def test_interrupted_during_the_loop(start: Start, large: Path) -> None:
    run = start("-i", large, "-k", "sharpen", "--method", "naive")
    run.window("sharpen", "sliding")
    run.process.send_signal(signal.SIGINT)
    assert "interrupted" in run.ends(130)
