"""The command line: what it prints and returns, for good input and for everything a user can get wrong."""

import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from conftest import ROOT, Script, noise

from borders import BORDERS
from convolutions import main
from kernels import KERNEL_BANK, KERNELS

Capture = pytest.CaptureFixture[str]


def png_header(width: int, height: int) -> bytes:
    """The first 33 bytes of a PNG: its signature and a valid header."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))


def test_the_tutorials_command(photo: Path, capsys: Capture) -> None:
    assert main(["--image", str(photo), "--no-window"]) == 0
    out, err = capsys.readouterr()
    lines = [line for line in out.splitlines() if line.startswith("[INFO]")]
    assert lines == [f"[INFO] applying {name} kernel" for name in KERNEL_BANK]
    assert out.splitlines()[-1].startswith("6 of 6 kernels match cv2.filter2D")
    assert err == ""


def test_table_fits_80_columns(script: Script, photo: Path) -> None:
    out = script("-i", photo, "-k", *KERNELS, "--no-window").stdout
    assert max(map(len, out.splitlines())) <= 80
    for name, kernel in KERNELS.items():
        rows, columns = kernel.shape
        row = next(line for line in out.splitlines() if line.split()[:1] == [name])
        assert f"{rows} x {columns}" in row
        assert row.split()[-1] == "identical"


def test_json(photo: Path, capsys: Capture, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    assert main(["-i", str(photo), "--json", "--no-window", "--border", "wrap", "-o", str(folder)]) == 0
    out, err = capsys.readouterr()
    data = json.loads(out)
    assert list(data) == ["image", "width", "height", "border", "method", "opencv", "kernels"]
    assert (data["image"], data["width"], data["height"]) == (str(photo), 150, 100)
    assert (data["border"], data["method"], data["opencv"]) == ("wrap", "naive", cv2.__version__)
    assert [kernel["name"] for kernel in data["kernels"]] == list(KERNEL_BANK)
    for kernel in data["kernels"]:
        assert " ".join(kernel) == (
            "name rows columns pixels differing ties max_difference "
            "convolve_seconds filter2d_seconds verdict files"
        )
        assert (kernel["pixels"], kernel["differing"], kernel["ties"]) == (15000, 0, 0)
        assert (kernel["max_difference"], kernel["verdict"]) == (0, "identical")
        assert kernel["convolve_seconds"] > kernel["filter2d_seconds"] > 0
        assert all(Path(file).exists() for file in kernel["files"])
        assert len(kernel["files"]) == 2
    assert "applying sobel_y kernel" in err


def test_kernels_in_the_order_given_each_once(photo: Path, capsys: Capture) -> None:
    assert main(["-i", str(photo), "--json", "--no-window", "-k", "emboss", "identity", "emboss"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [(kernel["name"], kernel["files"]) for kernel in data["kernels"]] == [
        ("emboss", []),
        ("identity", []),
    ]


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("extra", [[], ["--flip"], ["--signed"], ["--flip", "--signed"]])
def test_every_option_with_every_other(photo: Path, tmp_path: Path, border: str, extra: list[str]) -> None:
    folder = tmp_path / "o"
    arguments = ["-i", str(photo), "--no-window", "--border", border, "-k", "sobel_x", "motion_blur"]
    assert main([*arguments, *extra, "-o", str(folder), "--method", "naive"]) == 0
    picture = cv2.imread(str(folder / "photo_sobel_x.png"), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    gray = cv2.imread(str(photo), cv2.IMREAD_GRAYSCALE)
    assert gray is not None
    sign = -1 if "--flip" in extra else 1
    if "--signed" not in extra and border != "wrap":
        expected = cv2.filter2D(gray, -1, sign * KERNELS["sobel_x"], borderType=BORDERS[border].opencv)
        assert np.array_equal(picture, expected)
    if "--signed" in extra:
        assert 126 <= np.median(picture) <= 130  # zero is middle grey


def test_list_shows_every_kernel(capsys: Capture) -> None:
    assert main(["--list"]) == 0
    out = capsys.readouterr().out
    for name, kernel in KERNELS.items():
        assert f"{name}  {kernel.shape[0]} x {kernel.shape[1]}" in out
    assert "    -10    0   10\n" in out
    assert main(["--list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["kernels"]
    assert [entry["name"] for entry in listed] == list(KERNELS)
    for entry in listed:
        assert (np.array(entry["weights"]) / entry["divisor"] == KERNELS[entry["name"]]).all()


def error_of(capsys: Capture) -> str:
    """The one line that was printed, all of it on stderr."""
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1, err
    return err.strip()


PNG = cv2.imencode(".png", noise(60, 80))[1].tobytes()
JPEG = cv2.imencode(".jpg", noise(60, 80))[1].tobytes()
BAD_PICTURES = {
    "empty.png": (b"", "a picture is a file with content; found: an empty file"),
    "text.png": (b"Dear diary,\n" * 20, "in a format that OpenCV reads; found: text"),
    "document.png": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "found: a PDF document"),
    "half.png": (PNG[: len(PNG) // 2], "a picture is whole .* found: a PNG that is damaged or cut short"),
    "last byte.png": (PNG[:-1], "a PNG that is damaged or cut short"),
    "half.jpg": (JPEG[: len(JPEG) // 2], "found: a JPEG that is damaged or cut short"),
    "huge.png": (
        png_header(40000, 40000) + PNG[33:],
        r"a PNG of 40000 x 40000, over OpenCV's limit of 2\*\*30",
    ),
    "noise.png": (noise(99).tobytes(), "unknown or damaged data that begins with "),
}


@pytest.mark.parametrize("name", BAD_PICTURES)
def test_bad_pictures(tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    """capfd, as libpng writes past Python's stderr."""
    path = tmp_path / name
    content, message = BAD_PICTURES[name]
    path.write_bytes(content)
    assert main(["-i", str(path), "-o", str(tmp_path / "out"), "--no-window"]) == 2
    error = error_of(capfd)
    assert error.startswith(f"convolutions.py: error: {path}: ")
    assert re.search(message, error), error
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_picture_that_is_not_there(capsys: Capture) -> None:
    assert main(["-i", "nowhere/photo.png"]) == 2
    assert error_of(capsys) == (
        "convolutions.py: error: nowhere/photo.png: a picture is a file that can be read; "
        "found: No such file or directory"
    )


def test_folder_as_picture(tmp_path: Path, capsys: Capture) -> None:
    assert main(["-i", str(tmp_path)]) == 2
    assert error_of(capsys).endswith("a picture is a file that can be read; found: a folder")


def test_device_as_picture(capsys: Capture) -> None:
    assert main(["-i", os.devnull]) == 2
    assert error_of(capsys).endswith("found: a device")


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


def test_no_permission_to_read(photo: Path, capsys: Capture, nobody: None) -> None:
    if os.geteuid() != 65534:
        photo.chmod(0)
    assert main(["-i", str(photo)]) == 2
    assert error_of(capsys).endswith("found: Permission denied")


def test_output_folder_without_permission(capsys: Capture, nobody: None) -> None:
    assert main(["-i", str(ROOT / "images" / "camera.png"), "--no-window", "-o", "/usr/pictures"]) == 2
    assert error_of(capsys) == (
        "convolutions.py: error: /usr/pictures: an output folder can be written to; found: Permission denied"
    )


def test_output_folder_is_a_file(photo: Path, capsys: Capture) -> None:
    assert main(["-i", str(photo), "--no-window", "-o", str(photo)]) == 2
    assert error_of(capsys).endswith("an output folder can be written to; found: File exists")


def test_never_overwrites_the_input(tmp_path: Path, photo: Path, capsys: Capture) -> None:
    """Not even where the input is a link to what would be written."""
    target = tmp_path / "link_sharpen.png"
    photo.rename(target)
    (tmp_path / "link.png").symlink_to(target)
    before = target.read_bytes()
    assert main(["-i", str(tmp_path / "link.png"), "--no-window", "-o", str(tmp_path)]) == 2
    assert "the input picture is never overwritten" in error_of(capsys)
    assert target.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-k", "sharpn"], "kernel 'sharpn' is not the name of a kernel, .*; names like it: sharpen$"),
        (["-k", "1 2; 3 4"], "kernel '1 2; 3 4': a kernel has odd sides, .*; got 2 x 2"),
        (["--at", "5"], "argument --at: a pixel is X,Y, such as 10,20; got '5'"),
        (["--at", "-1,5"], "a pixel X,Y of this 150 x 100 picture is between 0,0 and 149,99; got -1,5"),
        (["--at", "150,0"], "between 0,0 and 149,99; got 150,0"),
        (["--border", "mirror"], "argument --border: invalid choice: 'mirror' .*replicate.*wrap"),
        (["--method", "slow"], "argument --method: invalid choice: 'slow'"),
        (["--colour"], "unrecognized arguments: --colour"),
        (["-k"], "expected at least one argument"),
    ],
)
def test_bad_options(photo: Path, arguments: list[str], message: str, capsys: Capture) -> None:
    assert main(["-i", str(photo), *arguments]) == 2
    assert re.search(message, error_of(capsys))


def test_no_image_names_a_sample(capsys: Capture) -> None:
    assert main([]) == 2
    err = capsys.readouterr().err
    assert "error: the following arguments are required: -i/--image (try --image images/coffee.png)" in err
    assert (ROOT / "images" / "coffee.png").exists()


def test_help(capsys: Capture) -> None:
    assert main(["--help"]) == 0
    assert "--border" in capsys.readouterr().out


def test_says_what_it_dropped(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "deep.png"
    deep = np.random.default_rng(0).integers(0, 2**16, (8, 9, 4), dtype=np.uint16)
    cv2.imwrite(str(path), deep)
    assert main(["-i", str(path), "--no-window"]) == 0
    err = capsys.readouterr().err
    assert f"{path}: dropped uint16 samples, cut down to 8 bits" in err
    assert f"{path}: dropped its alpha channel" in err


def test_names_that_are_not_ascii(tmp_path: Path, coffee: np.ndarray, script: Script) -> None:
    """Also where the terminal cannot show them."""
    path = tmp_path / "Kölner Dom 写真.png"
    path.write_bytes(cv2.imencode(".png", coffee)[1].tobytes())
    folder = tmp_path / "Ergebnisse 結果"
    done = script("-i", path, "-o", folder, "-k", "sharpen", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(entry.name for entry in folder.iterdir()) == [
        f"{path.stem}_sharpen.png",
        f"{path.stem}_sharpen_compare.png",
        f"{path.stem}_sheet.png",
    ]


def test_a_reader_that_goes_away(script: Script) -> None:
    command = [sys.executable, str(ROOT / "convolutions.py"), "--list"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert (process.wait(30), process.stderr.read()) == (141, b"")


def test_interrupted(photo: Path) -> None:
    command = [sys.executable, str(ROOT / "convolutions.py"), "-i", str(ROOT / "images" / "camera.png")]
    with subprocess.Popen(
        [*command, "--no-window"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert b"applying small_blur" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert (process.wait(30), process.stderr.read()) == (130, b"convolutions.py: interrupted\n")


def test_opencv_without_libgl(script: Script, tmp_path: Path) -> None:
    """The loader finds an empty libGL.so.1 first: the same failure as none, from the real loader."""
    (tmp_path / "libGL.so.1").write_bytes(b"")
    linked = subprocess.run(
        [sys.executable, "-c", "import cv2"], env=os.environ | {"LD_LIBRARY_PATH": str(tmp_path)}, check=False
    )
    if linked.returncode == 0:
        pytest.skip("this OpenCV does not need libGL")
    done = script("--list", LD_LIBRARY_PATH=str(tmp_path))
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "apt-get install libgl1 libglib2.0-0" in done.stderr
    assert "opencv-python-headless" in done.stderr


def test_progress_on_a_terminal(tmp_path: Path) -> None:
    """On a terminal the bar shows the kernel's name and moves, and stdout stays clean."""
    leader, follower = pty.openpty()
    cv2.imwrite(str(tmp_path / "large.png"), noise(900, 900))
    command = [sys.executable, str(ROOT / "convolutions.py"), "-i", str(tmp_path / "large.png")]
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "80"}
    with subprocess.Popen(
        [*command, "-k", "sharpen", "--no-window"], stdout=subprocess.PIPE, stderr=follower, env=environment
    ) as process:
        os.close(follower)
        shown = b""
        while True:
            try:
                shown += os.read(leader, 1024)
            except OSError:  # the other end is closed
                break
        assert process.wait(30) == 0
        assert process.stdout is not None
        assert b"\x1b" not in process.stdout.read()
    os.close(leader)
    assert b"sharpen" in shown
    assert re.search(rb"[1-9][0-9]?%", shown)
