"""Real windows on a virtual display, with a hand on mouse and keyboard; and runs without a display."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from conftest import LINUX, ROOT, TAPS, Display, Script, noise, two_sides

from filtering.compare import Comparison, compare, filter2d
from filtering.files import read_image
from filtering.show import window
from filtering.show.canvas import FAINT, GAP, PAPER, Point, blank, fit, resize, text
from filtering.show.layout import CANVAS, FOOT, Layout
from filtering.show.page import page_html
from filtering.show.panels import draw_for_window, draw_place, lay_out_comparison
from filtering.show.save import Saver
from filtering.show.sheet import draw_sheet
from filtering.show.window import ATTEMPT, KEYS, SHEET_KEYS, Viewer
from kernels import KERNELS

FRAME = (4, 27)  # left and top of jwm's
TIMES = slice(36, 58)  # rows of the canvas


@LINUX
def test_without_a_display_the_images_go_to_disk(
    photo: Path, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = script("-i", photo, "-k", "sharpen", "sobel_x")
    assert (done.returncode, done.stderr) == (0, "")
    assert "[INFO] no window can open here, so the images go to output/" in done.stdout
    assert len(list((photo.parent / "cwd" / "output").iterdir())) == 2 * 2 + 2  # and sheet and page
    for display, wayland in [("", ""), (":77", ""), ("", "wayland-7")]:
        monkeypatch.setenv("DISPLAY", display)
        monkeypatch.setenv("WAYLAND_DISPLAY", wayland)
        assert not window.can_open_windows()


def test_the_attempt_to_open_a_window_opens_none(display: Display) -> None:
    """One that came and went at once would be in the way of the next, which gets the same number from X."""
    look = "print(subprocess.getoutput('xdotool search --name attempt'))"
    code = f"import subprocess\ntry:\n    exec({ATTEMPT!r})\nfinally:\n    {look}"
    environment = os.environ | {"DISPLAY": display.name}
    assert subprocess.check_output([sys.executable, "-c", code], env=environment) == b"\n"


# ---- A run in a window


class Run:
    """A run of the script in a window, and a hand on its mouse and keyboard."""

    def __init__(self, display: Display, folder: Path, *arguments: object, **environment: str) -> None:
        self.display, self.id = display, ""
        self.environment = os.environ | {"DISPLAY": display.name} | environment
        command = [sys.executable, str(ROOT / "convolutions.py"), *map(str, arguments)]
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(command, env=self.environment, cwd=folder, **pipes)

    def xdotool(self, *arguments: object) -> str:
        command = ["xdotool", *map(str, arguments)]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=20)
        return done.stdout.strip()

    def comes(self, condition: Callable[[], object], within: float = 30) -> bool:
        deadline = time.monotonic() + within
        while not condition():
            if time.monotonic() > deadline or (self.process.poll() is not None and not condition()):
                return False
            time.sleep(0.02)
        return True

    def until(self, condition: Callable[[], object], otherwise: str) -> None:
        if not self.comes(condition):
            self.process.kill()
            pytest.fail(f"{otherwise}: {self.process.communicate(timeout=10)}")

    def window(self, title: str) -> None:
        """Wait until the window has a title that begins so, and is painted; give it the keyboard."""
        self.until(lambda: self.is_found(title), f"no window {title!r}")
        self.until(self.has_keyboard, "the window does not get the keyboard")
        if not self.comes(self.is_painted, within=5):
            # On a busy machine, so it is with 2 of 100 windows of a program that has but an imshow in it.
            warnings.warn("Qt left a new window empty; minimised and restored", stacklevel=2)
            self.xdotool("windowminimize", self.id)
            self.until(self.has_keyboard, "the window does not come back")
        self.until(self.is_painted, "the window stays empty")

    def is_found(self, title: str) -> bool:
        self.id = self.xdotool("search", "--onlyvisible", "--name", f"^{title}").split("\n")[-1]
        return self.id != ""

    def has_keyboard(self) -> bool:
        """Give the window the keyboard; return whether it has it."""
        self.xdotool("windowactivate", "--sync", self.id)
        return self.xdotool("getwindowfocus") == self.id

    def is_painted(self) -> bool:
        return tuple(self.content()[-1, -1]) == PAPER

    def content(self) -> np.ndarray:
        """Return what is in the window. xdotool counts the frame that jwm puts around it twice."""
        told = self.xdotool("getwindowgeometry", "--shell", self.id)
        at = {name: int(number) for name, number in re.findall(r"(\w+)=(\d+)", told)}
        left, top = at.get("X", 0) - FRAME[0], at.get("Y", 0) - FRAME[1]
        content = self.display.screenshot()[top:, left:][: at.get("HEIGHT", 1), : at.get("WIDTH", 1)]
        return np.array(content)

    def shows(self, expected: np.ndarray, line: str = KEYS) -> None:
        """Wait until the window shows a canvas and a line at its foot, but for times."""
        expected[-FOOT:] = PAPER
        text(expected[-FOOT:], line, (GAP, 4), 14, FAINT)
        expected[TIMES] = 0
        self.xdotool("mousemove", 1360, 760)  # out of the window, with its arrow

        def same() -> bool:
            content = self.content()
            content[TIMES] = 0
            return np.array_equal(content, expected)

        self.until(same, "the window never showed what it should")

    def ends(self, status: int = 0) -> tuple[str, str]:
        """Wait for the end; return what was printed, and what of errors."""
        out, err = self.process.communicate(timeout=30)
        assert self.process.returncode == status, err
        return out, err


Start = Callable[..., Run]


@pytest.fixture
def start(display: Display, tmp_path: Path) -> Iterator[Start]:
    """Start the script in a folder of its own; killed after the test if it still runs."""
    runs = []

    def start_one(*arguments: object, **environment: str) -> Run:
        runs.append(Run(display, tmp_path, *arguments, **environment))
        return runs[-1]

    yield start_one
    for run in runs:
        run.process.kill()
        run.process.communicate()


def compared(image: Path, name: str) -> Comparison:
    """Return what a run computes of this image and this kernel."""
    gray = cv2.cvtColor(read_image(str(image))[0], cv2.COLOR_BGR2GRAY)
    return replace(compare(gray, KERNELS[name], name=name), function="convolve_fast")


def seen(comparison: Comparison, place: Point | None = None, *, kept: bool = False) -> np.ndarray:
    """Return what the window shows of a kernel, by default with its most interesting pixel."""
    layout = lay_out_comparison(comparison)
    canvas = draw_for_window(comparison, layout)
    draw_place(canvas, layout, comparison, place or comparison.spot, kept=kept)
    return canvas


def middle(comparison: Comparison, panel: int, place: Point) -> Point:
    left, top, right, bottom = lay_out_comparison(comparison).box(panel, place) or (0, 0, 0, 0)
    return (left + right) // 2, (top + bottom) // 2


def shrunk_sheet(title: str, comparisons: list[Comparison], flipped: bool = False) -> np.ndarray:
    canvas, sheet = blank(*CANVAS), draw_sheet(title, comparisons, flipped=flipped)
    width, height = fit(sheet.shape, (CANVAS[0], CANVAS[1] - FOOT))
    left = (CANVAS[0] - width) // 2
    canvas[:height, left : left + width] = resize(sheet, (width, height))
    return canvas


# ---- Without a window


class Hand(Viewer):
    """A viewer with a list for a window. It does what it is given: keys, and events of the mouse at x, y."""

    def __init__(self, saver: Saver, *acts: str | tuple[int, int, int]) -> None:
        super().__init__(saver)
        self.acts, self.opened, self.titles = iter(acts), True, list[tuple[str, str]]()
        self.shown: list[np.ndarray] = []

    def paint(self, line: str) -> None:
        self.shown.append(self.canvas.copy())
        self.titles.append((self.title, line))
        self.changed = False

    def pressed(self, _: int) -> str:
        act = next(self.acts)
        if isinstance(act, str):
            return act
        self.on_mouse(*act, 0, None)
        return ""


def test_kernels_begin_at_their_spot_and_the_answer_stays_until_the_mouse_moves(tmp_path: Path) -> None:
    one, other = two_sides(20, 30), replace(two_sides(20, 30), name="b", kernel=TAPS[::-1] / 7)
    x, y = middle(one, 1, (4, 5))
    move, click, out = (cv2.EVENT_MOUSEMOVE, x, y), (cv2.EVENT_LBUTTONDOWN, x, y), (cv2.EVENT_MOUSEMOVE, 0, 0)
    away, beside = (cv2.EVENT_MOUSEMOVE, *middle(one, 2, (9, 9))), (cv2.EVENT_LBUTTONDOWN, 0, 0)
    hand = Hand(Saver(tmp_path, ["photo.png"], ["k", "b"]), *("x", move, "s", move, out, move, "n"))
    hand.show([one])
    at, kept = seen(one, (4, 5)), seen(other, (4, 5), kept=True)
    assert np.array_equal(read_image(f"{tmp_path}/photo_k_window.png")[0], at)
    hand.acts = iter(["p", "p", " ", click, "s", away, beside, "p", "n", move, click, "n"])
    hand.show([one, other])
    shown = [seen(one), at, at, seen(one), at, seen(other), seen(one), seen(one), seen(other), *[kept] * 4]
    shown += [seen(one, (4, 5), kept=True), kept, kept, seen(other, (4, 5))]
    assert [np.array_equal(*both) for both in zip(hand.shown, shown, strict=True)] == [True] * len(shown)
    assert [title[0] for title, _ in hand.titles] == [*"kkkkkbkkbbbbbkbbb"]
    assert hand.titles[0][0] == "k - 600 pixels differ"
    saved = f"saved in {tmp_path}{os.sep}: "
    assert {n: line for n, (_, line) in enumerate(hand.titles) if line != KEYS} == {
        2: f"{saved}photo_k.png, photo_k_compare.png, photo_k_window.png",
        10: f"{saved}photo_b.png, photo_b_compare.png, photo_b_at_4_5.png, photo_b_window.png",
    }


@pytest.mark.parametrize("found", [True, False])
def test_s_and_o_save_all_kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: bool) -> None:
    """The sheet is what is saved, shrunk; the page opens at the pixel that is kept. Ctrl-C is given back."""
    results = [two_sides(20, 30), replace(two_sides(20, 30), name="b")]
    monkeypatch.setattr(window, "browse", lambda page: found and page == tmp_path / "photo.html")
    saver = Saver(tmp_path, ["photo.png"], ["k", "b"], [(4, 5)], flipped=True)
    hand = Hand(saver, (cv2.EVENT_LBUTTONDOWN, 20, 150), "s", "o", " ")
    hand.layout = lay_out_comparison(results[0])  # the sheet has no pixels to click on
    before = signal.getsignal(signal.SIGINT)
    with hand:
        assert signal.getsignal(signal.SIGINT) != before
        hand.show_sheet(results[:1])  # there is none of one kernel
        hand.show_sheet(results)
    assert signal.getsignal(signal.SIGINT) == before
    sheet, page = shrunk_sheet("photo.png", results, True), tmp_path / "photo.html"
    opened = f"opened {page}" if found else f"no browser was found; open {page} in one"
    lines = [SHEET_KEYS, f"saved {tmp_path / 'photo_sheet.png'}", opened]
    assert hand.titles == [("all kernels - the sheet", line) for line in lines]
    assert np.array_equal(np.vstack(hand.shown), np.vstack([sheet] * 3))
    assert page.read_text() == page_html("photo.png", results, (4, 5), True)
    (tmp_path / "file").write_text("in the way")
    hand = Hand(Saver(tmp_path / "file", ["photo.png"], ["k"], [(4, 5)]), "s", "n")
    hand.show(results)
    assert hand.titles[1][1] == f"not saved: cannot write to {tmp_path / 'file'}: not a folder"


@pytest.mark.parametrize(
    ("signed", "row", "first", "every"), [(False, 1 / 8, 1, 80), (True, 1 / 128, 5, 1280)]
)
def test_drawing_takes_a_twentieth_of_the_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signed: bool, row: float, first: int, every: int
) -> None:
    """By a clock of its own, on which a drawing takes half a second. The keys are looked at every 1/30 s."""
    now, drawn = [0.0], []

    def slow(comparison: Comparison, layout: Layout, y: int, output: np.ndarray) -> np.ndarray:
        now[0] += 0.5
        drawn.append((comparison.name, comparison.signed, y))
        return np.full_like(blank(1, 1), len(drawn))

    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(window, "draw_loop", slow)
    hand, image = Hand(Saver(tmp_path, ["photo.png"], []), *[""] * 800), noise(400, 8)
    output = filter2d(image, TAPS, signed=signed)
    for name, y in product(("k", "b"), range(400)):
        now[0] += row
        hand.grow(name, image, TAPS, "replicate", y, output)
    rows = range(first, 400, every)
    assert drawn == [(name, signed, y) for name in ("k", "b") for y in rows]
    assert len(list(hand.acts)) == 800 - 2 * len(range(first, 400, first))
    assert hand.titles == [(f"{name} - sliding", "q: quit") for name, _, _ in drawn]
    assert [canvas[0, 0, 0] for canvas in hand.shown] == [*range(1, len(drawn) + 1)]


# ---- With a window


def test_the_arithmetic_follows_the_mouse_through_kernels_and_the_sheet(start: Start) -> None:
    """And finds the pixel in a window that was resized. The manager's way to close it ends the run."""
    image = ROOT / "images" / "tiny.png"
    run = start("-i", image, "-k", "sobel_x", "laplacian", "--method", "fast")
    run.window("sobel_x")
    first, other = compared(image, "sobel_x"), compared(image, "laplacian")
    run.shows(seen(first))  # the strongest response, before anything is asked for
    run.xdotool("mousemove", "--window", run.id, *middle(first, 0, (0, 3)))
    run.shows(seen(first, (0, 3)))
    part = run.content()[: CANVAS[1] // 2, : CANVAS[0] // 2]
    run.xdotool("windowsize", "--sync", run.id, *part.shape[1::-1])

    def resized() -> bool:
        """Return whether it is painted anew: before, places of the mouse may be those of its old size."""
        content = run.content()
        return content.shape == part.shape and not np.array_equal(content, part) and run.is_painted()

    run.until(resized, "the window keeps its size")
    (x, y), top = middle(first, 2, (9, 7)), lay_out_comparison(first).arithmetic[1] // 2
    run.xdotool("mousemove", "--window", run.id, x // 2, y // 2, "click", 1)
    # The name of a pixel that is kept is amber, and no other word near it has a hue.
    run.until(lambda: np.ptp(run.content()[top : top + 12], axis=2).max() > 90, "the click is not seen")
    run.xdotool("windowsize", "--sync", run.id, *CANVAS)
    run.shows(seen(first, (9, 7), kept=True))
    run.xdotool("key", "N")  # with Shift, or where the locks are on
    run.window("laplacian")
    run.shows(seen(other, (9, 7), kept=True))
    run.xdotool("key", "n")
    run.window("all kernels - the sheet")
    run.shows(shrunk_sheet("tiny.png", [first, other]), SHEET_KEYS)
    run.xdotool("key", "p")
    run.window("laplacian - identical")
    run.xdotool("key", "alt+F4")
    assert run.ends()[0].count("applying") == 2  # nothing is computed twice


def test_at_keeps_a_pixel_and_o_opens_the_page_in_the_browser(
    start: Start, photo: Path, tmp_path: Path
) -> None:
    """A program that notes what it is told to open, prints, and stays: neither JSON nor viewer mind."""
    browser, folder = tmp_path / "browser", tmp_path / "output"
    os.mkfifo(tmp_path / "gate")
    notes = f'echo "$1"; echo "$1" > "{tmp_path}/opened"; touch "{tmp_path}/started"; cat "{tmp_path}/gate"'
    browser.write_text(f"#!/bin/sh\n{notes}\n")
    browser.chmod(0o755)
    options = "-k sobel_x --method fast --json --at 5,3 -o output"
    run = start("-i", photo, *options.split(), BROWSER=f"{browser} %s")
    run.window("sobel_x")
    run.shows(seen(compared(photo, "sobel_x"), (5, 3), kept=True))
    run.xdotool("key", "o")
    run.until((tmp_path / "started").exists, "no browser was started")
    page = folder / "photo.html"
    assert (tmp_path / "opened").read_text().strip() == page.as_uri()
    assert "<h1" in page.read_text()
    run.xdotool("key", "s")
    run.until((folder / "photo_sobel_x_window.png").exists, "the viewer does not go on")
    run.xdotool("key", "q")
    out, _ = run.ends()
    (tmp_path / "gate").write_text("")
    saved = [f"photo_sobel_x{end}.png" for end in ("", "_compare", "_at_5_3", "_window")]
    assert [Path(path).name for path in json.loads(out)["kernels"][0]["files"]] == saved
    assert {path.name for path in folder.iterdir()} == {*saved, page.name}


@pytest.mark.parametrize("end", ["Escape", "Ctrl-C"])
def test_the_loop_at_work_can_be_ended(start: Start, tmp_path: Path, end: str) -> None:
    cv2.imwrite(str(tmp_path / "large.png"), noise(2000, 3000))  # it takes a quarter of a minute at least
    run = start("-i", tmp_path / "large.png", "-k", "sharpen", "small_blur", "--method", "naive")
    run.window("sharpen - sliding")
    if end == "Escape":
        run.xdotool("key", end)
    else:
        run.process.send_signal(signal.SIGINT)
    said = "".join(run.ends(1 if end == "Escape" else 130))
    assert ("\nnothing was compared\n" if end == "Escape" else "interrupted") in said
    assert "match" not in said
