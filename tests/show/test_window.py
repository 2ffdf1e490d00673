"""Real windows on a virtual display, with a hand on mouse and keyboard; and runs without a display."""

import math
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from conftest import ROOT, Display, Script, noise

from filtering.compare import compare
from filtering.files import read_image
from filtering.show.canvas import GAP, PAPER, blank
from filtering.show.layout import WINDOW_SIZE, Layout, lay_out
from filtering.show.panels import draw_comparison, draw_place, features, lay_out_comparison
from filtering.show.place import draw_arithmetic, draw_picture
from filtering.show.sheet import SHEET_WIDTH, draw_sheet
from filtering.show.window import ATTEMPT, ZOOM
from kernels import KERNELS

# On a busy machine, Qt does not paint a new window now and then, with a window manager or without one, though
# it answers keys: such a test runs again.
pytestmark = pytest.mark.flaky(reruns=2, reruns_delay=1)
FOOT = 26  # height of the line about the keys
TINY = ROOT / "images" / "tiny.png"
FRAME = (4, 27)  # left and top of jwm's


@pytest.mark.parametrize("environment", [{}, {"DISPLAY": ":77"}, {"WAYLAND_DISPLAY": "wayland-7"}])
def test_without_a_display_the_images_go_to_disk(
    photo: Path, script: Script, environment: dict[str, str]
) -> None:
    done = script("-i", photo, "-k", "sharpen", "sobel_x", **environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert "[INFO] no window can open here, so the images go to output/" in done.stdout
    ends = ["", "_sharpen", "_sharpen_compare", "_sheet", "_sobel_x", "_sobel_x_compare"]
    folder = photo.parent / "cwd" / "output"
    assert sorted(path.stem for path in folder.iterdir()) == [f"photo{end}" for end in ends]


def test_no_window_saves_nothing_and_says_so(photo: Path, script: Script) -> None:
    done = script("-i", photo, "-k", "sharpen", "--no-window")
    assert done.returncode == 0
    assert "[INFO] nothing is saved without --output\n" in done.stdout
    assert list((photo.parent / "cwd").iterdir()) == []


class Run:
    """A run of the script in a window, and a hand on its mouse and keyboard."""

    def __init__(self, display: Display, folder: Path, *arguments: object) -> None:
        self.display, self.folder = display, folder
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
        command = ["xdotool", *map(str, arguments)]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=20)
        return done.stdout.strip()

    def key(self, *keys: str) -> None:
        """Press keys, slowly: of two between two looks at the keyboard, OpenCV tells one."""
        for key in keys:
            self.does("key", key)

    def does(self, *arguments: object) -> None:
        """Press a key or use the mouse, and wait until the script has seen it: it looks once in a ms."""
        before, deadline = self.waits(), time.monotonic() + 1
        self.xdotool(*arguments)
        time.sleep(0.08)
        while self.waits() < before + 60 and time.monotonic() < deadline:
            time.sleep(0.02)

    def waits(self) -> float:
        """Return how often the script has waited, as it does for a key; inf once it has ended."""
        if self.process.poll() is not None:
            return math.inf
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        switches = re.search(r"^voluntary_ctxt_switches:\s+(\d+)$", status, re.M)
        assert switches is not None
        return int(switches[1])

    def window(self, name: str, state: str = "[^s]", within: float = 30) -> str:
        """Wait for the window of a kernel, give it the keyboard, and return its title.

        state: the begin of the rest of the title; by default, anything but `sliding`.
        """
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            found = self.xdotool("search", "--onlyvisible", "--name", f"^{name} - {state}").split()
            if found:
                self.id = found[-1]
                self.xdotool("windowactivate", "--sync", self.id)
                self.painted()
                return self.xdotool("getwindowname", self.id)
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        pytest.fail(f"no window of {name}: {self.process.communicate(timeout=10)}")

    def painted(self) -> None:
        """Wait until there is a page in the window: before that, there is nothing to click at."""
        deadline = time.monotonic() + 20
        while tuple(self.content()[-1, -1]) != PAPER:
            assert time.monotonic() < deadline, "the window stays empty"
            time.sleep(0.05)

    def mouse(self, x: int, y: int, *click: str) -> None:
        """Move the mouse, and click."""
        self.does("mousemove", "--window", self.id, x, y, *(["click", "1"] if click else []))

    def numbers(self, *command: str) -> dict[str, int]:
        """Return what xdotool answers as NAME=NUMBER."""
        return {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", self.xdotool(*command))}

    def content(self) -> np.ndarray:
        """Return what is in the window. xdotool counts the frame that jwm puts around it twice."""
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

    def file(self, name: str) -> np.ndarray:
        """Wait for an image in the folder `output`, and return it."""
        path, deadline = self.folder / "output" / name, time.monotonic() + 10
        while not path.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        return read_image(str(path))[0]

    def ends(self, status: int = 0) -> str:
        """Wait for the end; return what was printed."""
        out, err = self.process.communicate(timeout=30)
        assert self.process.returncode == status, err
        return str(out + err)

    def quits(self) -> str:
        """End by a key; return what was printed."""
        self.key("q")
        return self.ends()


Start = Callable[..., Run]


@pytest.fixture
def start(display: Display, tmp_path: Path) -> Iterator[Start]:
    """Start the script in a folder of its own; killed after the test if it still runs."""
    runs = []

    def start_one(*arguments: object) -> Run:
        runs.append(Run(display, tmp_path, *arguments))
        return runs[-1]

    yield start_one
    for run in runs:
        run.process.kill()
        run.process.communicate()


def test_the_attempt_to_open_a_window_opens_none(display: Display) -> None:
    """One that came and went at once would be in the way of the next, which gets the same number from X."""
    seen = "import subprocess\nprint(subprocess.getoutput('sleep 0.3; xdotool search --name attempt'))"
    environment = os.environ | {"DISPLAY": display.name}
    command = [sys.executable, "-c", ATTEMPT + seen]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "\n"


@pytest.fixture
def run(start: Start, photo: Path) -> Run:
    """Three kernels on a photo of 150 x 100, fast."""
    return start("-i", photo, "-k", "sobel_x", "laplacian", "sharpen", "--method", "fast")


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image that the plain loop takes a quarter of a minute for, at least."""
    path = tmp_path_factory.mktemp("large") / "large.png"
    cv2.imwrite(str(path), noise(2000, 3000))
    return path


class Seen:
    """What a window shows of a kernel: the comparison, its layout, and the drawing but for the head."""

    def __init__(self, image: Path, name: str, size: tuple[int, int] = WINDOW_SIZE) -> None:
        gray = cv2.cvtColor(read_image(str(image))[0], cv2.COLOR_BGR2GRAY)
        self.comparison = compare(gray, KERNELS[name], name=name)
        self.layout = lay_out_comparison(self.comparison, size)
        self.rows = slice(self.layout.corners[0][1] - round(20 * self.layout.zoom), size[1] - FOOT - 8)

    def at(
        self, place: tuple[int, int] | None, pinned: bool = False, layout: Layout | None = None
    ) -> np.ndarray:
        """Draw it with the arithmetic at a pixel; None for the one that nobody has asked for."""
        spot, layout = features(self.comparison).spot, layout or self.layout
        canvas, place = draw_comparison(self.comparison, layout), place or spot
        note = features(self.comparison).spot_note if place == spot else ""
        draw_place(canvas, layout, self.comparison, place, note, pinned)
        return canvas

    def middle(self, number: int, place: tuple[int, int], layout: Layout | None = None) -> tuple[int, int]:
        """Return where the middle of a pixel is in a panel."""
        box = (layout or self.layout).box(number, place)
        assert box is not None
        return (box[0] + box[2]) // 2, (box[1] + box[3]) // 2


# ---- Kernel after kernel


def test_three_keys_go_on_and_the_sheet_comes_last(run: Run) -> None:
    for name, key in [("sobel_x", "space"), ("laplacian", "Right"), ("sharpen", "n"), ("all kernels", "n")]:
        run.window(name)
        run.key(key)
    assert "3 of 3 kernels" in run.ends()


def test_goes_back_without_computing_again(run: Run) -> None:
    keys = ["p", "n", "p", "Left", "n", "n", "n", "p", "n", "Left", "n", "q"]
    names = ["sobel_x", "sobel_x", "laplacian", "sobel_x", "sobel_x", "laplacian", "sharpen"]
    names += ["all kernels", "sharpen", "all kernels", "sharpen", "all kernels"]
    for name, key in zip(names, keys, strict=True):
        run.window(name)
        run.key(key)
    out = run.ends()
    assert out.count("applying") == 3
    assert "3 of 3 kernels" in out


def test_other_keys_do_nothing(run: Run) -> None:
    run.window("sobel_x")
    run.key(
        "Alt_L", "Shift_L", "Control_R", "Caps_Lock", "Caps_Lock", "Up", "Down", "a", "e", "x", "Tab", "F5"
    )
    time.sleep(0.3)
    assert run.xdotool("getwindowname", run.id) == "sobel_x - identical"
    assert "1 of 1 kernels match" in run.quits()


@pytest.mark.parametrize("key", ["q", "Escape", "alt+F4"])
def test_quits(run: Run, key: str) -> None:
    """By key, and by the window's X, which alt+F4 presses."""
    run.window("sobel_x")
    run.key("space")
    run.window("laplacian")
    run.key(key)
    assert "2 of 2 kernels" in run.ends()


def test_the_windows_x(run: Run) -> None:
    """The mouse on the button in the corner of the frame, where this window manager has it."""
    run.window("sobel_x")
    run.mouse(WINDOW_SIZE[0] - 13, -12, "click")
    assert "1 of 1 kernels" in run.ends()


def test_interrupted_in_the_window(run: Run) -> None:
    run.window("sobel_x")
    run.process.send_signal(signal.SIGINT)
    assert "interrupted" in run.ends(130)


def test_windows_and_files_at_once(start: Start, photo: Path, tmp_path: Path) -> None:
    """With a pixel that is written out, pinned and saved."""
    arguments = ["-k", "sobel_x", "--method", "fast", "--at", "149,0"]
    run = start("-i", photo, *arguments, "-o", tmp_path / "o")
    run.window("sobel_x")
    seen = Seen(photo, "sobel_x")
    run.shows(seen.at((149, 0), pinned=True), seen.rows)
    printed = run.quits()
    assert "sobel_x at 149,0" in printed
    assert "saved the images" in printed
    ends = ["", "_sobel_x", "_sobel_x_at_149_0", "_sobel_x_compare"]  # and no sheet of a single kernel
    assert sorted(path.stem for path in (tmp_path / "o").iterdir()) == [f"photo{end}" for end in ends]


# ---- Mouse and pin


def test_hover_shows_what_at_says(run: Run, photo: Path) -> None:
    """The numbers themselves are compared with --at's in test_place; here, that they are in the window."""
    assert run.window("sobel_x") == "sobel_x - identical"
    seen = Seen(photo, "sobel_x")
    run.mouse(GAP // 2, 200)
    run.shows(seen.at(None), seen.rows)  # the strongest response, before anything is asked for
    for number, place in enumerate([(0, 0), (149, 99), (70, 41)]):
        run.mouse(*seen.middle(number, place))
        run.shows(seen.at(place), seen.rows)
    run.mouse(GAP // 2, 200)
    run.shows(seen.at(None), seen.rows)


@pytest.mark.skipif(cv2.__version__.startswith("4.8."), reason="a click takes its arrow keys away")
def test_a_pin_moves_by_arrow_keys_and_stays_for_the_next_kernel(run: Run, photo: Path) -> None:
    run.window("sobel_x")
    seen = Seen(photo, "sobel_x")
    run.mouse(*seen.middle(2, (2, 97)), "click")
    run.mouse(*seen.middle(2, (40, 40)))  # the mouse goes elsewhere, the pin stays
    run.key("Left", "Left", "Left", "Down", "Down", "Down", "Right", "Up")  # 0 and 99 are the edges
    run.shows(seen.at((1, 98), pinned=True), seen.rows)
    run.key("n")
    assert run.window("laplacian") == "laplacian - identical"
    seen = Seen(photo, "laplacian")
    run.shows(seen.at((1, 98), pinned=True), seen.rows)
    run.mouse(GAP // 2, 200, "click")  # beside the panels
    run.shows(seen.at(None), seen.rows)
    run.key("Left")  # without a pin: the previous kernel
    run.window("sobel_x")


# ---- Zoom


def test_the_wheel_zooms_around_the_mouse(run: Run, photo: Path) -> None:
    """All panels in step; the pixel under the mouse stays there; OpenCV's own zoom never sets in."""
    run.window("sobel_x")
    seen, place = Seen(photo, "sobel_x"), (100, 70)
    middle = seen.middle(1, place)
    run.mouse(*middle)
    run.shows(seen.at(place), seen.rows)
    layout = seen.layout
    for button, factor in [(4, ZOOM), (4, ZOOM), (4, ZOOM), (5, 1 / ZOOM)]:
        layout = layout.zoomed(factor, layout.pixel_at(*middle) or (0, 0))
        run.xdotool("click", button)
        run.shows(seen.at(layout.pixel_at(*middle), layout=layout), seen.rows)
    assert layout.region[2] < 80
    assert max(abs(a - b) for a, b in zip(layout.pixel_at(*middle) or (0, 0), place, strict=True)) <= 1
    for _ in range(5):  # far beyond the whole image
        run.xdotool("click", 5)
    run.shows(seen.at(place), seen.rows)


@pytest.mark.skipif(cv2.__version__.startswith("4.8."), reason="a click takes its arrow keys away")
def test_keys_zoom_and_move(run: Run, photo: Path) -> None:
    run.window("sobel_x")
    seen = Seen(photo, "sobel_x")
    run.mouse(GAP // 2, 200)  # beside the panels: around the middle
    layout = seen.layout
    for key in ("plus", "KP_Add", "equal", "minus"):
        left, top, width, height = layout.region
        middle = left + width // 2, top + height // 2
        layout = layout.zoomed(1 / ZOOM if key == "minus" else ZOOM, middle)
        run.key(key)
    run.shows(seen.at(None, layout=layout), seen.rows)
    run.key("Right", "Down", "Down")
    for step in [(1, 0), (0, 1), (0, 1)]:
        layout = layout.panned(*(s * -(-n // 10) for s, n in zip(step, layout.region[2:], strict=True)))
    run.shows(seen.at(None, layout=layout), seen.rows)
    run.key("space")  # the next kernel shows the same part
    run.window("laplacian")
    other = Seen(photo, "laplacian")
    run.shows(other.at(None, layout=replace(other.layout, region=layout.region)), other.rows)
    run.key("0")
    run.shows(other.at(None), other.rows)


def test_a_drag_moves_the_part_and_pins_nothing(run: Run, photo: Path) -> None:
    run.window("sobel_x")
    seen, place = Seen(photo, "sobel_x"), (75, 50)
    x, y = seen.middle(0, place)
    run.mouse(x, y)
    run.xdotool("click", "4", "click", "4", "click", "4")
    layout = seen.layout
    for _ in range(3):
        layout = layout.zoomed(ZOOM, layout.pixel_at(x, y) or (0, 0))
    run.shows(seen.at(layout.pixel_at(x, y), layout=layout), seen.rows)
    run.xdotool("mousedown", "1")
    run.mouse(x - 60, y - 30)
    pixel = layout.panel[0] / layout.region[2]
    layout = layout.panned(round(60 / pixel), round(30 / pixel))
    run.xdotool("mouseup", "1")
    run.shows(seen.at(layout.pixel_at(x - 60, y - 30), layout=layout), seen.rows)


def test_resized_windows_are_drawn_anew(run: Run, photo: Path) -> None:
    """All of the window is used, whatever its shape. The tiny one only has to live."""
    run.window("sobel_x")
    run.mouse(GAP // 2, GAP // 2)
    for size in [(900, 600), (1340, 660), (120, 90), (500, 700)]:
        run.xdotool("windowsize", run.id, *size)
        if size != (120, 90):
            seen = Seen(photo, "sobel_x", size)
            run.shows(seen.at(None), seen.rows)
    run.quits()


# ---- Saving


def test_s_saves_the_screen_and_the_arithmetic(run: Run, photo: Path) -> None:
    run.window("sobel_x")
    seen, place = Seen(photo, "sobel_x"), (20, 30)
    run.mouse(*seen.middle(0, place), "click")
    run.shows(seen.at(place, pinned=True), seen.rows)
    run.key("plus")
    layout = seen.layout.zoomed(ZOOM, place)
    run.shows(seen.at(place, pinned=True, layout=layout), seen.rows)
    run.key("s")
    screen = run.file("photo_sobel_x_window.png")
    assert np.array_equal(screen[seen.rows], seen.at(place, pinned=True, layout=layout)[seen.rows])
    picture = draw_picture(seen.comparison, place, None)
    assert np.array_equal(run.file("photo_sobel_x_at_20_30.png"), picture)
    assert np.array_equal(run.file("photo_sobel_x.png")[..., 0], seen.comparison.ours)
    run.quits()
    ends = ["", "_at_20_30", "_compare", "_window"]
    assert sorted(path.stem for path in (run.folder / "output").iterdir()) == [
        f"photo_sobel_x{e}" for e in ends
    ]


def test_s_says_where_it_cannot_save(run: Run, tmp_path: Path) -> None:
    (tmp_path / "output").write_text("in the way")
    run.window("sobel_x")
    time.sleep(0.2)
    before = run.content()
    run.key("s")
    deadline = time.monotonic() + 10
    while np.array_equal(run.content()[-20:], before[-20:]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not np.array_equal(run.content()[-20:], before[-20:])
    assert "1 of 1 kernels" in run.quits()


def test_h_shows_the_keys_and_hides_them(run: Run) -> None:
    run.window("sobel_x")
    time.sleep(0.3)
    before = run.content()
    for differs in (True, False):
        run.key("h")
        time.sleep(0.4)
        assert np.array_equal(run.content(), before) != differs
    run.quits()


def test_the_sheet_scrolls_and_is_saved(start: Start, photo: Path) -> None:
    names = ["sharpen", "sobel_x", "sobel_y", "outline", "emboss", "gaussian", "laplacian"]
    run = start("-i", photo, "--method", "fast", "-k", *names)
    for name in names:
        run.window(name)
        run.key("n")
    run.window("all kernels")
    run.mouse(5, 5)
    sheet = draw_sheet(photo.name, [Seen(photo, name).comparison for name in names])
    width, height = WINDOW_SIZE
    end = sheet.shape[0] - height + FOOT
    for keys, top in [
        ([], 0),
        (["Down"], 80),
        (["h", "h", "a"], 80),
        (["Down"] * 40, end),
        (["Up"], end - 80),
    ]:
        run.key(*keys)
        page = blank(width, height)
        part = sheet[top:][: height - FOOT]
        page[: len(part), (width - SHEET_WIDTH) // 2 :][:, :SHEET_WIDTH] = part
        run.shows(page, slice(0, height - FOOT))
    run.xdotool("click", "5")  # the wheel scrolls, too
    page[: height - FOOT, (width - SHEET_WIDTH) // 2 :][:, :SHEET_WIDTH] = sheet[end:][: height - FOOT]
    run.shows(page, slice(0, height - FOOT))
    run.key("s")
    assert np.array_equal(run.file("photo_sheet.png"), sheet)
    run.quits()


# ---- While the plain loop runs


def filled(run: Run, layout: Layout) -> tuple[int, int]:
    """Return how many pixels of the screen convolve's panel has, and how many are filled."""
    (left, top), (width, height) = layout.corners[1], layout.panel
    panel = run.content()[top : top + height, left : left + width]
    return width * height, int((panel != (44, 41, 39)).any(axis=2).sum())


def grown(run: Run, layout: Layout, amount: int) -> int:
    """Wait until more than that many pixels of convolve's panel are filled; return how many."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        now = filled(run, layout)[1]
        if now > amount:
            return now
        time.sleep(0.1)
    pytest.fail("the loop stands still")


def walked(run: Run, image: Path, name: str, place: tuple[int, int]) -> None:
    """Wait until the loop shows its arithmetic at that pixel, paused."""
    comparison = Seen(image, name).comparison
    layout = lay_out(comparison.image.shape)
    canvas = blank(*layout.size)
    white = features(comparison).white
    draw_arithmetic(canvas, layout.arithmetic, comparison, place, layout.zoom, "paused", white)
    run.shows(canvas, slice(layout.arithmetic[1], WINDOW_SIZE[1] - FOOT))


def test_the_loop_is_seen_at_work(start: Start, large: Path) -> None:
    """Convolve's panel fills from the top, row by row; a pause stops it; keys step on."""
    run = start("-i", large, "-k", "sharpen", "--method", "naive")
    run.window("sharpen", "sliding")
    run.mouse(5, 5)
    layout = lay_out((2000, 3000))
    amounts = [grown(run, layout, 0)]
    for _ in range(2):
        amounts.append(grown(run, layout, amounts[-1]))
    assert amounts[2] < filled(run, layout)[0]
    run.key("space")
    time.sleep(0.3)
    paused = run.content()
    time.sleep(0.3)
    assert np.array_equal(run.content(), paused)
    run.key("space")
    grown(run, layout, amounts[2])
    run.quits()


def test_on_a_tiny_image_the_kernel_is_followed_and_stepped(start: Start) -> None:
    """It moves by itself; paused, it moves by a pixel or by a row, to the end."""
    run = start("-i", TINY, "-k", "sobel_x")
    run.window("sobel_x", "sliding")
    run.mouse(5, 5)
    layout = lay_out((12, 16))
    square = layout.panel[0] // 16
    before = filled(run, layout)[1]
    time.sleep(0.5)
    run.key("space")
    time.sleep(0.3)
    after = filled(run, layout)[1]
    assert before < after
    number = round(after / square**2) - 1  # of the pixel that is shown, from 0
    x, y = number % 16, number // 16
    walked(run, TINY, "sobel_x", (x, y))
    run.key("Right")
    x, y = (x + 1, y) if x < 15 else (0, y + 1)
    walked(run, TINY, "sobel_x", (x, y))
    for key in [*["Down"] * (11 - y), *["Right"] * (15 - x)]:  # one by one: of several at once, some get lost
        x, y = (x, y + 1) if key == "Down" else (x + 1, y)
        run.key(key)
        walked(run, TINY, "sobel_x", (x, y))
    run.key("Right")
    run.window("sobel_x", "identical")
    printed = run.quits()
    assert re.search(r"sobel_x +3 x 3 +[\d.]+ ms", printed)  # the time of the loop, not that of the watching


def test_e_skips_to_the_end(start: Start, large: Path) -> None:
    run = start("-i", large, "-k", "sharpen", "large_blur", "--method", "naive")
    run.window("sharpen", "sliding")
    run.key("n", "x")  # nothing
    run.key("e")
    run.window("sharpen", "identical", within=10)  # the loop itself would take longer
    printed = run.quits()
    assert "1 of 1 kernels match" in printed
    assert "[INFO] the rest by convolve_fast\n" in printed
    assert "convolve_fast  filter2D" in printed


def test_m_runs_the_loop_on_any_image(start: Start, large: Path) -> None:
    run = start("-i", large, "-k", "sharpen")
    run.window("sharpen", "identical")
    run.key("m")
    run.window("sharpen", "sliding")
    run.key("e")
    run.window("sharpen", "identical", within=10)
    run.key("n")  # there is no sheet of a single kernel
    assert "the rest by" not in run.ends()


@pytest.mark.parametrize("key", ["q", "alt+F4"])
def test_quits_during_the_loop(start: Start, large: Path, key: str) -> None:
    run = start("-i", large, "-k", "sharpen", "sobel_x", "--method", "naive")
    run.window("sharpen", "sliding")
    run.key(key)
    assert "0 of 0 kernels match" in run.ends()


def test_interrupted_during_the_loop(start: Start, large: Path) -> None:
    run = start("-i", large, "-k", "sharpen", "--method", "naive")
    run.window("sharpen", "sliding")
    run.process.send_signal(signal.SIGINT)
    assert "interrupted" in run.ends(130)
