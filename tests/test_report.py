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

import cv2
import numpy as np
import pytest
from conftest import LINUX, POSIX, ROOT, Capture, Script, error_of, noise, on_a_terminal

from convolutions import main
from kernels import ABOUT, KERNEL_BANK, KERNELS

SCRIPT = [sys.executable, str(ROOT / "convolutions.py")]


def test_the_tutorials_command(tmp_path: Path, capsys: Capture) -> None:
    cv2.imwrite(str(tmp_path / "small.png"), noise(30, 40))
    assert main(["--image", str(tmp_path / "small.png"), "--no-window"]) == 0
    out, err = capsys.readouterr()
    lines = [line for line in out.splitlines() if line.startswith("[INFO]")]
    assert lines == [
        "[INFO] 40 x 30 pixels, method naive",
        *(f"[INFO] applying {name} kernel" for name in KERNEL_BANK),
        "[INFO] nothing is saved without --output",
    ]
    assert out.splitlines()[-2].startswith("6 of 6 kernels match cv2.filter2D")
    assert out.splitlines()[-1] == lines[-1]
    assert err == ""


def test_table_fits_80_columns(photo: Path, capsys: Capture) -> None:
    assert main(["-i", str(photo), "-k", *KERNELS, "--no-window", "--method", "fast"]) == 0
    out = capsys.readouterr().out
    table = out[out.index("kernel  ") :].partition("\n\n")[0]
    assert max(map(len, table.splitlines())) <= 80
    for name, kernel in KERNELS.items():
        rows, columns = kernel.shape
        row = next(line for line in table.splitlines() if line.split()[:1] == [name])
        assert f"{rows} x {columns}" in row
        assert row.split()[-1] == "identical"


def test_json(photo: Path, capsys: Capture, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    assert main(["-i", str(photo), "--json", "--no-window", "--border", "wrap", "-o", str(folder)]) == 0
    out, err = capsys.readouterr()
    data = json.loads(out)
    assert " ".join(data) == "image width height border method opencv opencv_cpu kernels"
    assert (data["image"], data["width"], data["height"]) == (str(photo), 150, 100)
    assert (data["border"], data["method"], data["opencv"]) == ("wrap", "naive", cv2.__version__)
    assert data["opencv_cpu"].split() == cv2.getCPUFeaturesLine().split() != []
    assert [kernel["name"] for kernel in data["kernels"]] == list(KERNEL_BANK)
    for kernel in data["kernels"]:
        assert " ".join(kernel) == (
            "name rows columns pixels differing ties max_difference "
            "convolve_seconds filter2d_seconds verdict clipped_low clipped_high files"
        )
        assert (kernel["pixels"], kernel["differing"], kernel["ties"]) == (15000, 0, 0)
        assert (kernel["max_difference"], kernel["verdict"]) == (0, "identical")
        assert kernel["convolve_seconds"] > kernel["filter2d_seconds"] > 0
        edge = kernel["name"] in ("sharpen", "laplacian", "sobel_x", "sobel_y")
        assert (0 < kernel["clipped_low"] < 0.5) == edge == (0 < kernel["clipped_high"] < 0.5)
        assert all(Path(file).exists() for file in kernel["files"])
        assert len(kernel["files"]) == 2
    assert "applying sobel_y kernel" in err


def test_colour_signed_and_everything_else_each_kernel_once(
    photo: Path, tmp_path: Path, capsys: Capture
) -> None:
    arguments = ["-i", str(photo), "--no-window", "--color", "--signed", "--flip", "--at", "3,4", "--json"]
    arguments += ["--method", "fast"]
    assert main([*arguments, "-k", "sobel_x", "gaussian", "sobel_x", "-o", str(tmp_path / "o")]) == 0
    kernels = json.loads(capsys.readouterr().out)["kernels"]
    assert [(kernel["name"], len(kernel["files"])) for kernel in kernels] == [("sobel_x", 4), ("gaussian", 4)]
    assert len(list((tmp_path / "o").iterdir())) == 2 * 4 + 2  # and sheet and page


def test_list_shows_every_kernel(capsys: Capture) -> None:
    assert main(["--list"]) == 0
    out = capsys.readouterr().out
    for name, kernel in KERNELS.items():
        assert f"{name}  {kernel.shape[0]} x {kernel.shape[1]}" in out
        assert " ".join(ABOUT[name].split()) in " ".join(out.split())
    assert "    -10    0   10\n" in out
    assert max(len(line) for line in out.splitlines() if "; flipping it" not in line) <= 80
    assert main(["--list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["kernels"]
    assert [entry["name"] for entry in listed] == list(KERNELS)
    for entry in listed:
        assert (np.array(entry["weights"]) / entry["divisor"] == KERNELS[entry["name"]]).all()
        assert entry["about"] == ABOUT[entry["name"]]
    assert main(["--list", "--json", "--flip", "-k", "sobel_x", "sharpen", "0 -1 0; -1 5 -1; 0 -1 0"]) == 0
    listed = json.loads(capsys.readouterr().out)["kernels"]
    assert [entry["about"] for entry in listed] == [None, ABOUT["sharpen"], None]


# ---- What cannot be read or written


PNG = cv2.imencode(".png", noise(60, 80))[1].tobytes()
BAD_PICTURES = {
    "empty.png": (b"", ": an empty file$"),
    "text.png": (b"Dear diary,\n" * 20, ": text, not an image$"),
    "half.png": (PNG[: len(PNG) // 2], ": PNG image of 80 x 60, damaged or cut short$"),
    "noise.png": (noise(99).tobytes(), "unknown or damaged data beginning with "),
}


@pytest.mark.parametrize("name", BAD_PICTURES)
def test_bad_pictures(tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    """The last line is ours; before it, decoders may say on stderr what they found."""
    path = tmp_path / name
    content, message = BAD_PICTURES[name]
    path.write_bytes(content)
    assert main(["-i", str(path), "-o", str(tmp_path / "out"), "--no-window"]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    error = err.splitlines()[-1]
    assert error.startswith(f"convolutions.py: error: cannot read {path}: ")
    assert re.search(message, error), error
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_what_is_no_image(tmp_path: Path, capsys: Capture) -> None:
    for image, why in {
        "nowhere/photo.png": "cannot read nowhere/photo.png: no such file or directory",
        "https://example.org/photo.png": "/photo.png: a web address; save the image first",
        str(tmp_path): ": a folder, not an image",
        os.devnull: ": a device, not an image",
    }.items():
        assert main(["-i", image]) == 2
        assert error_of(capsys).endswith(why)


@pytest.fixture
def nobody() -> Iterator[None]:
    """Root may read everything: become somebody who may not, for one test."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@POSIX
def test_no_permission_to_read(photo: Path, capsys: Capture, nobody: None) -> None:
    if os.geteuid() != 65534:
        photo.chmod(0)
    assert main(["-i", str(photo)]) == 2
    assert error_of(capsys).endswith(": permission denied")


@POSIX
def test_output_folders(capsys: Capture, nobody: None) -> None:
    camera = ["-i", str(ROOT / "images" / "camera.png"), "--no-window", "-o"]
    for folder, why in {
        "/usr/pictures": "cannot write to /usr/pictures: permission denied",
        camera[1]: f"cannot write to {camera[1]}: not a folder",
        "": "argument -o/--output: a file or folder needs a name, got ''",
    }.items():
        assert main([*camera, folder]) == 2
        assert error_of(capsys) == f"convolutions.py: error: {why}"


def test_what_cannot_be_written_is_known_before_anything_is(
    photo: Path, tmp_path: Path, capsys: Capture
) -> None:
    for taken in ("photo_sheet.png", "photo_sharpen_at_3_4.png"):
        folder = tmp_path / taken
        (folder / taken).mkdir(parents=True)
        arguments = ["-k", "sharpen", "-o", str(folder), "--at", "3,4", "--no-window"]
        assert main(["-i", str(photo), *arguments]) == 2
        assert f"{taken}: is a folder" in error_of(capsys)
        assert len(list(folder.iterdir())) == 1
    long = photo.rename(tmp_path / f"{'x' * 240}.png")
    assert main(["-i", str(long), "-k", "sharpen", "-o", str(tmp_path / "p"), "--no-window"]) == 2
    assert ": file name too long" in error_of(capsys)
    assert list((tmp_path / "p").iterdir()) == []


@POSIX
def test_never_overwrites_an_input(tmp_path: Path, photo: Path, capsys: Capture) -> None:
    """Not even where the input is a link to what would be written; nor a kernel file."""
    target = tmp_path / "link_sharpen.png"
    (tmp_path / "link.png").symlink_to(target)
    link = ["-i", str(tmp_path / "link.png"), "-k", "sharpen"]
    for content, arguments in [
        (photo.read_bytes(), link),
        (b"0 1 0", ["-i", str(photo.rename(tmp_path / "link.jpg")), "-k", str(target), "sharpen"]),
    ]:
        target.write_bytes(content)
        assert main([*arguments, "--no-window", "-o", str(tmp_path)]) == 2
        assert "is an input; choose another --output" in error_of(capsys)
        assert target.read_bytes() == content


def test_nothing_of_the_users_is_replaced(photo: Path, tmp_path: Path, capsys: Capture) -> None:
    """Beside the photo; nor by --learn, nor beside what --check runs. What a run saved, the next may."""
    (tmp_path / "mine.py").write_text("def convolve(image, kernel):\n    return image\n")
    plain = ["-i", str(photo), "-k", "sharpen", "--no-window", "--method", "fast"]
    for name, arguments in [
        ("photo_sharpen.png", plain),
        ("photo.html", plain),
        ("photo_learned.txt", ["-i", str(photo), "--learn", str(photo), "--no-window"]),
        ("mine_convolve_check.png", ["--check", f"{tmp_path}/mine.py:convolve"]),
    ]:
        target = tmp_path / name
        target.write_text("my own")
        assert main([*arguments, "-o", str(tmp_path)]) == 2
        why = f"cannot write {target}: exists, and is not of this program; choose another --output"
        assert capsys.readouterr().err == f"convolutions.py: error: {why}\n"
        assert target.read_text() == "my own"
        target.unlink()
        for _ in range(0 if "--check" in arguments else 2):
            assert main([*arguments, "-o", str(tmp_path)]) == 0
            assert target.stat().st_size > 6
        capsys.readouterr()


def test_kernel_files(photo: Path, tmp_path: Path, capsys: Capture) -> None:
    """With comments, line ends of any system, and names that a result already has."""
    mine, sheet, empty = (tmp_path / name for name in ("sharpen.txt", "sheet.txt", "empty.txt"))
    mine.write_bytes(b"# mine\r\n0, -1, 0\r\n-1, 6, -1 # brighter\r\n0, -1, 0\r\n/ 2\r\n")
    sheet.write_bytes(b"\xef\xbb\xbf1/4 1/2 1/4")
    empty.write_bytes(b"# nothing\n")
    assert main(["--list", "--json", "-k", "sharpen", str(mine), str(sheet)]) == 0
    listed = json.loads(capsys.readouterr().out)["kernels"]
    assert [kernel["name"] for kernel in listed] == ["sharpen", "sharpen_2", "sheet_kernel"]
    assert (listed[1]["weights"], listed[1]["divisor"]) == ([[0, -1, 0], [-1, 6, -1], [0, -1, 0]], 2)
    assert (listed[2]["weights"], listed[2]["divisor"], listed[2]["sum"]) == ([[1, 2, 1]], 4, 1.0)
    for path, message in [(empty, "at least one weight"), (photo, "needs UTF-8 text, got other bytes")]:
        assert main(["--list", "-k", str(path)]) == 2
        assert re.search(f"{path}: a kernel.*{message}", error_of(capsys))


# ---- Names and streams


def test_names_that_are_not_ascii(tmp_path: Path, coffee: np.ndarray, script: Script) -> None:
    """Also where the terminal cannot show them."""
    path = tmp_path / "Kölner Dom 写真.png"
    path.write_bytes(cv2.imencode(".png", coffee)[1].tobytes())
    folder = tmp_path / "Ergebnisse 結果"
    done = script("-i", path, "-o", folder, "-k", "sharpen", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    endings = (".html", "_sharpen.png", "_sharpen_compare.png")
    assert {entry.name for entry in folder.iterdir()} == {path.stem + ending for ending in endings}


def test_name_that_is_no_unicode(coffee: np.ndarray, tmp_path: Path, capsys: Capture) -> None:
    """Or holds control characters, which a terminal would follow."""
    path = tmp_path / os.fsdecode(b"b\xff\x1b[31m.png")
    path.write_bytes(cv2.imencode(".png", coffee)[1].tobytes())
    assert main(["-i", str(path), "--no-window", "-k", "sharpen", "-o", str(tmp_path / "out")]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "\x1b" not in out
    assert len(list((tmp_path / "out").iterdir())) == 3


def test_long_kernel_names_are_not_cut_off(photo: Path, tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / f"{'long_' * 20}name.txt"
    file.write_text("1")
    assert main(["-i", str(photo), "--no-window", "--method", "fast", "-k", str(file)]) == 0
    assert f"{file.stem} " in capsys.readouterr().out


def test_a_reader_that_goes_away() -> None:
    with subprocess.Popen([*SCRIPT, "--list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert (process.wait(30), process.stderr.read()) == (141, b"")


@LINUX
@pytest.mark.parametrize("full", [False, True])
def test_interrupted(full: bool) -> None:
    """Whether or not that can be told."""
    command = [*SCRIPT, "-i", str(ROOT / "images" / "camera.png"), "--no-window"]
    with (
        open("/dev/full", "w") as disk,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=disk if full else subprocess.PIPE
        ) as process,
    ):
        assert process.stdout is not None
        assert b"method naive" in process.stdout.readline()
        assert b"applying small_blur" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        if process.stderr is not None:
            assert process.stderr.read() == b"convolutions.py: interrupted\n"


@LINUX
def test_no_file_stays_open(photo: Path, capsys: Capture) -> None:
    """Not where a stream is full, nor where somebody else has put a stream in place that is no file."""
    before, out = len(os.listdir("/proc/self/fd")), io.StringIO()
    with contextlib.redirect_stdout(out), open("/dev/full", "w") as full:
        with contextlib.redirect_stderr(full):
            assert main(["-i", str(photo), "--no-window", "--bad"]) == 2
        assert main(["-i", str(photo), "--no-window", "-k", "sharpen"]) == 0
    assert "1 of 1 kernels match" in out.getvalue()
    assert len(os.listdir("/proc/self/fd")) == before


def test_progress_on_a_terminal(tmp_path: Path) -> None:
    """On a terminal the bar shows the kernel's name and moves, and stdout stays clean."""
    cv2.imwrite(str(tmp_path / "large.png"), noise(300, 400))
    arguments = ["-i", tmp_path / "large.png", "--method", "naive", "-k", "sharpen", "--no-window"]
    out, shown = on_a_terminal(*arguments)
    assert "\x1b" not in out
    assert "sharpen" in shown
    assert re.search(r"[1-9][0-9]?%", shown)


@LINUX
def test_closed_and_full_streams() -> None:
    command = f"{' '.join(SCRIPT)} -i {ROOT / 'images' / 'tiny.png'} --no-window -k identity"
    for redirection, status in [
        (">&- 2>&-", 0),
        (">/dev/full", 2),
        ("--json >/dev/full 2>&1", 2),
        ("2>/dev/full", 0),
        ("--json 2>/dev/full", 2),
    ]:
        done = subprocess.run(["sh", "-c", f"{command} {redirection}"], capture_output=True, text=True)
        assert done.returncode == status
        assert "Traceback" not in done.stderr
        if redirection == ">/dev/full":
            said = "convolutions.py: error: cannot write the output: no space left on device\n"
            assert done.stderr.endswith(said)


def test_what_is_loaded(photo: Path) -> None:
    """A plain run has neither --check nor --learn in memory, and --help no large library besides."""
    code = "import sys; from convolutions import main; main(sys.argv[1:]); print(*sys.modules)"
    for arguments, spared in [
        (["--help"], {"filtering.check", "filtering.learn", "scipy", "skimage"}),
        (["-i", str(photo), "-k", "sharpen", "--no-window"], {"filtering.check", "filtering.learn"}),
    ]:
        command = [sys.executable, "-c", code, *arguments]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        loaded = set(done.stdout.splitlines()[-1].split())
        assert "filtering.compare" in loaded
        assert not loaded & spared
