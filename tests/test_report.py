"""The report: what a run prints and returns, and how it ends where something is wrong."""

import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import pytest
from conftest import LINUX, POSIX, ROOT, SCRIPT, Capture, Script, error_of, noise, on_a_terminal

from convolutions import main
from kernels import ABOUT, KERNEL_BANK, KERNELS

CAMERA = str(ROOT / "images" / "camera.png")
PIPES: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
FAST = ["--no-window", "--method", "fast"]


def test_the_tutorials_command(photo: Path, capsys: Capture) -> None:
    assert main(["--image", str(photo), "--no-window"]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[:2] == ["[INFO] 150 x 100 pixels, method naive", "[INFO] applying small_blur kernel"]
    rows = {line.split()[0]: line for line in lines if line.endswith("identical")}
    assert list(rows) == list(KERNEL_BANK)
    assert max(map(len, rows.values())) <= 80
    assert "  21 x 21  " in rows["large_blur"]
    assert lines[-2].startswith("6 of 6 kernels match cv2.filter2D")
    assert (lines[-1], err) == ("[INFO] nothing is saved without --output", "")
    file = photo.with_name(f"{'long_' * 20}name.txt")  # which is not cut off
    file.write_text("1")
    assert main(["-i", str(photo), *FAST, "-k", str(file)]) == 0
    assert f"\n{file.stem}  1 x 1  " in capsys.readouterr().out


def test_json(photo: Path, capsys: Capture, tmp_path: Path) -> None:
    folder = str(tmp_path / "out")
    assert main(["-i", str(photo), "--json", "--no-window", "--border", "wrap", "-o", folder]) == 0
    data = json.loads(capsys.readouterr().out)
    cpu, kernels = data.pop("opencv_cpu"), data.pop("kernels")
    run = {"image": str(photo), "width": 150, "height": 100, "border": "wrap", "method": "naive"}
    assert data == run | {"opencv": cv2.__version__}
    assert cpu.split() == cv2.getCPUFeaturesLine().split() != []
    assert [kernel["name"] for kernel in kernels] == list(KERNEL_BANK)
    for kernel in kernels:
        assert 0 < kernel.pop("filter2d_seconds") < kernel.pop("convolve_seconds")
        edge = "blur" not in kernel["name"]
        assert (0 < kernel.pop("clipped_low") < 0.5) == edge == (0 < kernel.pop("clipped_high") < 0.5)
        assert [Path(file).exists() for file in kernel.pop("files")] == [True, True]
        assert (kernel.pop("rows"), kernel.pop("columns")) == KERNELS[kernel.pop("name")].shape
        exact = {"pixels": 15000, "differing": 0, "ties": 0, "max_difference": 0, "verdict": "identical"}
        assert kernel == exact


def test_list_shows_every_kernel(capsys: Capture) -> None:
    assert main(["--list"]) == 0
    out = capsys.readouterr().out
    for name, kernel in KERNELS.items():
        assert f"{name} {kernel.shape[0]} x {kernel.shape[1]} {ABOUT[name]} " in " ".join(out.split())
    assert "    -10    0   10\n" in out
    assert max(len(line) for line in out.splitlines() if "; flipping it" not in line) <= 80
    assert main(["--list", "--json", "--flip", "-k", "sobel_x", "sharpen", "0 -1 0; -1 5 -1; 0 -1 0"]) == 0
    listed = json.loads(capsys.readouterr().out)["kernels"]
    about = [("sobel_x", None), ("sharpen", ABOUT["sharpen"]), ("matrix", None)]
    assert [(entry["name"], entry["about"]) for entry in listed] == about
    assert listed[0]["weights"] == [[1, 0, -1], [2, 0, -2], [1, 0, -1]]


# ---- What cannot be read or written


@pytest.fixture
def locked(photo: Path) -> Iterator[Path]:
    """The photo, which may not be read: root, who may read everything, is somebody else for one test."""
    photo.chmod(0)
    user = os.geteuid()
    os.seteuid(user or 65534)
    yield photo
    os.seteuid(user)


@POSIX
def test_no_permission_and_no_folder(locked: Path, capsys: Capture) -> None:
    for arguments, why in [
        ([str(locked)], f"cannot read {locked}: permission denied"),
        ([CAMERA, "-o", "/usr/pictures"], "cannot write to /usr/pictures: permission denied"),
        ([CAMERA, "-o", CAMERA], f"cannot write to {CAMERA}: not a folder"),
    ]:
        assert main(["--no-window", "-i", *arguments]) == 2
        assert error_of(capsys) == f"convolutions.py: error: {why}"


def test_what_must_not_be_written_is_known_before_anything_is(photo: Path, capsys: Capture) -> None:
    """An input, or what is the user's, of this run or beside what --check runs."""
    folder = photo.parent
    (folder / "mine.py").write_text("def convolve(image, kernel):\n    return image\n")
    plain = ["-i", str(photo), *FAST, "--at", "3,4", "-k", "sharpen"]
    for name, arguments, why in [
        ("photo_sharpen_at_3_4.png", plain, "exists, and is not of"),
        ("photo_sharpen.png", [*plain, f"{folder}/photo_sharpen.png"], "is an input"),
        ("mine_convolve_check.png", ["--check", f"{folder}/mine.py:convolve"], "exists, and is not of"),
    ]:
        target = folder / name
        target.write_text("0 1 0")
        before = sorted(folder.iterdir())
        assert main([*arguments, "-o", str(folder)]) == 2
        assert f"convolutions.py: error: cannot write {target}: {why}" in capsys.readouterr().err
        assert (sorted(folder.iterdir()), target.read_text()) == (before, "0 1 0")
        target.unlink()
    for _ in range(2):  # what a run saved, the next may replace
        assert main([*plain, "-o", str(folder)]) == 0


# ---- Names and streams


@LINUX
def test_names_that_a_terminal_cannot_show(tmp_path: Path, script: Script) -> None:
    """Other letters, bytes that are no letters, and control characters, which it would follow."""
    path = tmp_path / os.fsdecode("Kölner Dom 写真".encode() + b"\xff\x1b[31m.png")
    path.write_bytes(cv2.imencode(".png", noise(9, 9, 4))[1].tobytes())
    folder = tmp_path / "Ergebnisse 結果"
    done = script("-i", path, "-o", folder, "-k", "sharpen", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert done.stderr.endswith(r"/K\xf6lner Dom \u5199\u771f\udcff\x1b[31m.png: alpha is ignored" + "\n")
    assert "\x1b" not in done.stdout + done.stderr
    endings = (".html", "_sharpen.png", "_sharpen_compare.png")
    assert {entry.name for entry in folder.iterdir()} == {path.stem + ending for ending in endings}


def test_a_reader_that_goes_away() -> None:
    with subprocess.Popen([*SCRIPT, "--list"], **PIPES) as process:
        process.stdout.close()  # type: ignore[union-attr]
        assert (process.communicate(timeout=30)[1], process.returncode) == (b"", 141)


@POSIX
def test_interrupted() -> None:
    with subprocess.Popen([*SCRIPT, "-i", CAMERA, "--no-window"], **PIPES) as process:
        assert process.stdout is not None
        assert b"method naive" in process.stdout.readline()
        assert b"applying small_blur" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        told = process.communicate(timeout=30)[1]
        assert (told, process.returncode) == (b"convolutions.py: interrupted\n", 130)


@LINUX
def test_no_file_stays_open(photo: Path) -> None:
    """Not where a stream is full, nor where somebody else has put a stream in place that is no file."""
    before, out = len(os.listdir("/proc/self/fd")), io.StringIO()
    with contextlib.redirect_stdout(out), open("/dev/full", "w") as full:
        with contextlib.redirect_stderr(full):
            assert main(["-i", str(photo), "--no-window", "--bad"]) == 2
        assert main(["-i", str(photo), *FAST, "-k", "sharpen"]) == 0
    assert "1 of 1 kernels match" in out.getvalue()
    assert len(os.listdir("/proc/self/fd")) == before


def test_progress_on_a_terminal(tmp_path: Path) -> None:
    """The bar shows the kernel's name and moves, one kernel at a time, and stdout stays clean."""
    cv2.imwrite(str(tmp_path / "large.png"), noise(300, 400))
    kernel = tmp_path / ":cat:[b].txt"
    kernel.write_text("1 2 3")
    arguments = ["-i", tmp_path / "large.png", "--method", "naive", "-k", kernel, "sobel_x", "--no-window"]
    out, shown = on_a_terminal(*arguments)
    assert "\x1b" not in out
    assert 0 <= shown.rfind(":cat:[b]") < shown.find("sobel_x")
    assert re.search(r"[1-9][0-9]?%", shown)


@LINUX
@pytest.mark.parametrize(
    ("redirection", "status"),
    [(">&- 2>&-", 0), ("<&- 2>&-", 0), (">/dev/full", 2), ("2>/dev/full", 0), ("--json 2>/dev/full", 2)],
)
def test_closed_and_full_streams(photo: Path, redirection: str, status: int) -> None:
    if "&-" in redirection:  # a note on it goes to stderr
        cv2.imwrite(str(photo), noise(9, 9, 4))
    command = f"{' '.join(SCRIPT)} -i {photo} --no-window --method fast -k identity {redirection}"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60)
    assert done.returncode == status
    full = "convolutions.py: error: cannot write the output: no space left on device\n"
    assert done.stderr == full * (redirection == ">/dev/full")


def test_what_is_loaded(photo: Path) -> None:
    """A plain run has neither --check nor --learn in memory, and --help no large library besides."""
    code = "import sys; from convolutions import main"
    for arguments in (["--help"], ["-i", str(photo), "-k", "sharpen", *FAST]):
        code += f"; main({arguments}); print('loaded', *sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    help_only, both = (set(words.split()) for words in re.findall("^loaded (.*)", done.stdout, re.MULTILINE))
    assert "filtering.compare" in help_only
    assert not help_only & {"scipy", "skimage"}
    assert not both & {"filtering.check", "filtering.learn"}
