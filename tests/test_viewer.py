"""Viewer: pictures that say what they show, and real windows on a virtual display."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, Script, noise

import viewer
from compare import Comparison, compare, filter2d
from convolutions import convolve
from kernels import KERNELS
from pixels import read_picture


def comparison(image: np.ndarray, spoil: int = 0, signed: bool = False) -> Comparison:
    """sobel_x on the image, with `spoil` added to one of our pixels."""

    def ours(image: np.ndarray, kernel: np.ndarray, border: str, signed: bool) -> np.ndarray:
        output = filter2d(image, kernel, border, signed)
        output.ravel()[output.size // 2] ^= spoil
        return output

    return compare("sobel_x", KERNELS["sobel_x"], image, "replicate", signed, ours)


@pytest.mark.parametrize(
    "shape", [(100, 150), (8, 8), (1, 1), (1, 3000), (3000, 1), (1600, 1200), (40, 30, 3), (3000, 4000)]
)
def test_fits_the_screen(shape: tuple[int, ...]) -> None:
    drawn = viewer.draw_comparison(comparison(noise(*shape)))
    width, height = viewer.WINDOW_SIZE
    assert drawn.shape[1:] == (width, 3)
    assert drawn.shape[0] <= height


def test_small_pictures_become_squares() -> None:
    """Each pixel of an 8 x 8 picture is one square of one colour."""
    image = noise(8, 8)
    drawn = viewer.draw_comparison(comparison(image))
    squares = np.kron(image, np.ones((38, 38), np.uint8))
    panel = drawn[-viewer.GAP - 304 : -viewer.GAP, viewer.GAP : viewer.GAP + 304]
    assert np.array_equal(panel[..., 0], squares)


@pytest.mark.parametrize("shape", [(8, 8), (400, 600), (3024, 4032)])
def test_one_pixel_off_by_one_is_seen(shape: tuple[int, int]) -> None:
    """Whatever the size of the picture, it is at least 3 x 3 bright pixels of the screen."""
    right = viewer.draw_comparison(comparison(noise(*shape)))
    wrong = viewer.draw_comparison(comparison(noise(*shape), spoil=1))
    panel = slice(60, None), slice(-320, None)
    assert right[panel].max() == viewer.PAPER[0]
    assert np.count_nonzero(wrong[panel][..., 0] > 100) >= 9
    assert np.count_nonzero(wrong[panel][..., 0] > 100) < 2000


def test_signed_zero_is_middle_grey() -> None:
    responses = np.array([[-1020, 0, 1020, 510]], np.int16)
    assert viewer.response_picture(responses, 1020).tolist() == [[0, 128, 255, 191]]
    flat = comparison(np.full((50, 50), 9, np.uint8), signed=True)
    drawn = viewer.draw_comparison(flat)
    assert (drawn[200, 400] == 128).all()


def test_saved_pictures_are_what_was_computed(tmp_path: Path) -> None:
    result = comparison(noise(20, 30))
    paths = viewer.save_comparison(result, tmp_path, "photo")
    assert [path.name for path in paths] == ["photo_sobel_x.png", "photo_sobel_x_compare.png"]
    assert np.array_equal(read_picture(str(paths[0]))[0][..., 0], result.ours)
    assert np.array_equal(read_picture(str(paths[1]))[0], viewer.draw_comparison(result))


def test_saved_pictures_are_the_same_every_time(photo: Path, script: Script, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        assert script("-i", photo, "-o", tmp_path / folder, "-k", "sobel_x", "sharpen").returncode == 0
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert len(names) == 5
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_sheet_holds_all_kernels() -> None:
    rows = [comparison(noise(40, 60)) for _ in range(3)]
    sheet = viewer.draw_sheet("three of them", rows)
    assert sheet.shape[1] == viewer.SHEET_WIDTH
    assert sheet.shape[0] == 32 + sum(viewer.draw_comparison(row, (1000, 480)).shape[0] for row in rows)


@pytest.mark.parametrize("environment", [{}, {"DISPLAY": ":77"}, {"WAYLAND_DISPLAY": "wayland-7"}])
def test_without_a_display_the_pictures_go_to_disk(
    photo: Path, script: Script, environment: dict[str, str]
) -> None:
    done = script("-i", photo, "-k", "sharpen", **environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert "[INFO] no window can open here, so the pictures go to output/" in done.stdout
    folder = photo.parent / "cwd" / "output"
    assert sorted(path.name for path in folder.iterdir()) == [
        "photo_sharpen.png",
        "photo_sharpen_compare.png",
        "photo_sheet.png",
    ]


def test_no_window_writes_nothing(photo: Path, script: Script) -> None:
    assert script("-i", photo, "-k", "sharpen", "--no-window").returncode == 0
    assert list((photo.parent / "cwd").iterdir()) == []


class Run:
    """A run of the script in a window, and a hand on its mouse and keyboard."""

    def __init__(self, display: str, *arguments: str) -> None:
        self.environment = os.environ | {"DISPLAY": display}
        command = [sys.executable, str(ROOT / "convolutions.py"), *arguments]
        self.process = subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def xdotool(self, *arguments: str) -> str:
        done = subprocess.run(
            ["xdotool", *arguments], env=self.environment, capture_output=True, text=True, timeout=20
        )
        return done.stdout.strip()

    def window(self, name: str) -> str:
        """Wait for the window of that kernel, give it the keyboard, and return its number."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            found = self.xdotool("search", "--onlyvisible", "--name", f"^{name} - ").split()
            if found:
                self.xdotool("windowactivate", "--sync", found[-1])
                return found[-1]
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        pytest.fail(f"no window of {name}: {self.process.communicate(timeout=10)}")

    def ends(self, status: int) -> str:
        """Wait for the end; return what was printed."""
        out, err = self.process.communicate(timeout=30)
        assert self.process.returncode == status, err
        return out + err


@pytest.fixture
def run(display: str, photo: Path) -> Iterator[Run]:
    running = Run(display, "-i", str(photo), "-k", "sobel_x", "laplacian", "sharpen")
    yield running
    running.process.kill()
    running.process.communicate()


def test_any_key_goes_on(run: Run) -> None:
    for name, key in [("sobel_x", "space"), ("laplacian", "Right"), ("sharpen", "a")]:
        run.window(name)
        run.xdotool("key", key)
    assert "3 of 3 kernels" in run.ends(0)


def test_a_modifier_is_not_an_answer(run: Run) -> None:
    run.window("sobel_x")
    for key in ("Alt_L", "Shift_L", "Control_R", "Caps_Lock", "Caps_Lock"):
        run.xdotool("key", key)
    time.sleep(0.5)
    run.xdotool("key", "q")
    assert "1 of 1 kernels" in run.ends(0)


@pytest.mark.parametrize("key", ["q", "Escape", "alt+F4"])
def test_quits(run: Run, key: str) -> None:
    """By key, and by the window's X, which alt+F4 presses."""
    run.window("sobel_x")
    run.xdotool("key", "space")
    run.window("laplacian")
    run.xdotool("key", key)
    assert "2 of 2 kernels" in run.ends(0)


def test_the_windows_x(run: Run) -> None:
    """The mouse on the button in the corner of the frame, where this window manager has it."""
    window = run.window("sobel_x")
    width = viewer.WINDOW_SIZE[0]
    run.xdotool("mousemove", "--window", window, str(width - 13), "-12", "click", "1")
    assert "1 of 1 kernels" in run.ends(0)


def test_window_is_small_enough_for_a_laptop(run: Run) -> None:
    window = run.window("sobel_x")
    assert "Geometry: 1280x" in run.xdotool("getwindowgeometry", window)


def test_interrupted_in_the_window(run: Run) -> None:
    run.window("sobel_x")
    run.process.send_signal(signal.SIGINT)
    assert "interrupted" in run.ends(130)


def test_windows_and_files_at_once(display: str, photo: Path, tmp_path: Path) -> None:
    running = Run(display, "-i", str(photo), "-k", "sobel_x", "-o", str(tmp_path / "o"))
    running.window("sobel_x")
    running.xdotool("key", "q")
    assert "saved the pictures" in running.ends(0)
    assert len(list((tmp_path / "o").iterdir())) == 3


def test_convolve_on_a_real_photo_draws_identical_panels(coffee: np.ndarray) -> None:
    result = compare("emboss", KERNELS["emboss"], coffee, "zero", False, convolve)
    drawn = viewer.draw_comparison(result)
    cell = (viewer.WINDOW_SIZE[0] - 5 * viewer.GAP) // 4
    left = [viewer.GAP + column * (cell + viewer.GAP) for column in range(4)]
    ours, opencv = (drawn[60:, left[column] : left[column] + cell] for column in (1, 2))
    assert np.array_equal(ours, opencv)
