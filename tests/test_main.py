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

from convolutions import main
from filtering.borders import BORDERS
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
    assert lines == [
        "[INFO] method naive, as the longer side has 150 pixels, not over 600",
        *(f"[INFO] applying {name} kernel" for name in KERNEL_BANK),
    ]
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
    assert list(data) == [
        "image", "width", "height", "border", "method", "opencv", "opencv_cpu", "kernels",
    ]  # fmt: skip
    assert (data["image"], data["width"], data["height"]) == (str(photo), 150, 100)
    assert (data["border"], data["method"], data["opencv"]) == ("wrap", "naive", cv2.__version__)
    assert data["opencv_cpu"].split() == cv2.getCPUFeaturesLine().split() != []
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
    "half.png": (
        PNG[: len(PNG) // 2],
        "a picture is whole .* found: a PNG of 80 x 60 that is damaged or cut short$",
    ),
    "last byte.png": (PNG[:-1], "a PNG of 80 x 60 that is damaged or cut short$"),
    "half.jpg": (JPEG[: len(JPEG) // 2], "found: a JPEG that is damaged or cut short"),
    "huge.png": (
        png_header(40000, 40000) + PNG[33:],
        "a PNG of 40000 x 40000 that is damaged or cut short or larger than OpenCV reads$",
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


def test_what_cannot_be_written_is_known_before_anything_is(
    photo: Path, tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "o" / "photo_sheet.png").mkdir(parents=True)
    assert main(["-i", str(photo), "-k", "sharpen", "-o", str(tmp_path / "o"), "--no-window"]) == 2
    assert "photo_sheet.png: a picture is saved as a file; found: a folder of that name" in error_of(capsys)
    long = photo.rename(tmp_path / f"{'x' * 240}.png")
    assert main(["-i", str(long), "-k", "sharpen", "-o", str(tmp_path / "p"), "--no-window"]) == 2
    assert "a picture is saved under a name that can be used; found: File name too long" in error_of(capsys)
    assert list((tmp_path / "p").iterdir()) == []


def test_an_empty_folder_name_is_a_mistake(photo: Path, capsys: Capture) -> None:
    assert main(["-i", str(photo), "-o", "", "--no-window"]) == 2
    assert error_of(capsys).endswith("a folder has a name; got ''")


def test_a_long_matrix_twice(photo: Path, tmp_path: Path, capsys: Capture) -> None:
    """It is no name of a file, and too long to be looked up as one."""
    matrix = ";".join([" ".join(["1"] * 15)] * 15)
    for _ in range(2):
        assert main(["-i", str(photo), "-k", matrix, "-o", str(tmp_path / "o"), "--no-window"]) == 0
    capsys.readouterr()


def test_never_overwrites_the_input(tmp_path: Path, photo: Path, capsys: Capture) -> None:
    """Not even where the input is a link to what would be written."""
    target = tmp_path / "link_sharpen.png"
    photo.rename(target)
    (tmp_path / "link.png").symlink_to(target)
    before = target.read_bytes()
    assert main(["-i", str(tmp_path / "link.png"), "--no-window", "-o", str(tmp_path)]) == 2
    assert "what is read is never overwritten" in error_of(capsys)
    assert target.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-k", "sharpn"], "kernel 'sharpn' is not the name of a kernel, .*; names like it: sharpen$"),
        (["-k", "1 2; 3 4"], "kernel '1 2; 3 4': a kernel has odd sides, .*; got 2 x 2"),
        (["-k", "./nowhere.txt"], "kernel './nowhere.txt' is not the name of a kernel, a file, or a matrix"),
        (["-k", "tests"], "kernel 'tests' is a folder, not the name of a kernel"),
        (["-k", "blur"], "names like it: small_blur, large_blur, motion_blur$"),
        (["-k", "sobel_x sobel_y"], "names are separate arguments"),
        (["-k", "1e308 1e308 1e308"], "whose sum, times 255, is below 1.8e308"),
        (["-k", "1;2;1\n2;4;2\n1;2;1"], "has spaces or commas between them"),
        (["--fo\no"], r"unrecognized arguments: --fo\\no$"),
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
    required = "the following arguments are required: -i/--image (try --image images/coffee.png)"
    assert error_of(capsys) == f"convolutions.py: error: {required}"
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
    assert f"{path}: its uint16 samples were cut down to 8 bits" in err
    assert f"{path}: its alpha channel was dropped" in err


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
        assert b"method naive" in process.stdout.readline()
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
    command = [
        sys.executable,
        str(ROOT / "convolutions.py"),
        "-i",
        str(tmp_path / "large.png"),
        "--method",
        "naive",
    ]
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


def test_what_begins_with_a_minus(photo: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """A matrix may, and so may a file or a folder."""
    monkeypatch.chdir(photo.parent)
    (photo.parent / "-1.txt").write_text("-1 0 1")
    arguments = [
        "-i",
        str(photo),
        "--no-window",
        "-k",
        "-1,0,1",
        "-1 0 1; -2 0 2; -1 0 1",
        "-1.txt",
        "-o",
        "-2",
    ]
    assert main(arguments) == 0
    names = sorted(path.name for path in (photo.parent / "-2").iterdir())
    assert names == sorted(
        [f"photo_{name}{end}" for name in ("matrix", "matrix_2", "-1") for end in (".png", "_compare.png")]
        + ["photo_sheet.png"]
    )
    capsys.readouterr()


def test_kernel_files(photo: Path, tmp_path: Path, capsys: Capture) -> None:
    """With comments, line ends of any system, and names that a result already has."""
    (tmp_path / "sharpen.txt").write_bytes(
        b"# mine\r\n0, -1, 0\r\n-1, 6, -1 # brighter\r\n0, -1, 0\r\n/ 2\r\n"
    )
    (tmp_path / "sheet.txt").write_bytes(b"\xef\xbb\xbf1/4 1/2 1/4")
    (tmp_path / "empty.txt").write_bytes(b"# nothing\n")
    files = [str(tmp_path / name) for name in ("sharpen.txt", "sheet.txt")]
    assert main(["--list", "--json", "-k", "sharpen", *files]) == 0
    listed = json.loads(capsys.readouterr().out)["kernels"]
    assert [kernel["name"] for kernel in listed] == ["sharpen", "sharpen_2", "sheet_kernel"]
    assert (listed[1]["weights"], listed[1]["divisor"]) == ([[0, -1, 0], [-1, 6, -1], [0, -1, 0]], 2)
    assert (listed[2]["weights"], listed[2]["divisor"], listed[2]["sum"]) == ([[1, 2, 1]], 4, 1.0)
    for name, message in [("empty.txt", "at least one weight"), ("photo.png", "bytes that are not UTF-8")]:
        assert main(["--list", "-k", str(tmp_path / name)]) == 2
        error = error_of(capsys)
        assert f"{tmp_path / name}: a kernel" in error
        assert message in error


def test_a_kernel_file_is_not_overwritten_either(photo: Path, tmp_path: Path, capsys: Capture) -> None:
    target = tmp_path / "photo_sharpen.png"
    target.write_text("0 1 0")
    arguments = ["-i", str(photo), "--no-window", "-k", str(target), "sharpen", "-o", str(tmp_path)]
    assert main(arguments) == 2
    assert "what is read is never overwritten" in error_of(capsys)
    assert target.read_text() == "0 1 0"


def test_name_that_is_no_unicode(coffee: np.ndarray, tmp_path: Path, script: Script) -> None:
    path = tmp_path / os.fsdecode(b"b\xff.png")
    path.write_bytes(cv2.imencode(".png", coffee)[1].tobytes())
    assert script("-i", path, "--no-window", "-k", "sharpen", "-o", tmp_path / "out").returncode == 0
    assert len(list((tmp_path / "out").iterdir())) == 3


def test_closed_and_full_streams(photo: Path) -> None:
    command = f"{sys.executable} {ROOT / 'convolutions.py'} -i {photo} --no-window -k sharpen"
    for redirection, status in [(">&-", 0), ("2>&-", 0), (">/dev/full", 2)]:
        done = subprocess.run(
            ["sh", "-c", f"{command} {redirection}"], capture_output=True, text=True, timeout=60
        )
        assert done.returncode == status
        assert "Traceback" not in done.stderr
        if status == 2:
            assert done.stderr == "convolutions.py: error: output: No space left on device\n"


def test_an_extremely_long_picture(tmp_path: Path, script: Script) -> None:
    cv2.imwrite(str(tmp_path / "long.png"), noise(1, 300_000))
    done = script("-i", tmp_path / "long.png", "--no-window", "-k", "identity", "-o", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")


def test_methods(tmp_path: Path, capsys: Capture) -> None:
    """The same pixels by each; auto follows the tutorial's rule, and naive says what is coming."""
    small, large = tmp_path / "small.png", tmp_path / "large.png"
    cv2.imwrite(str(small), noise(40, 600))
    cv2.imwrite(str(large), noise(601, 30))
    results = []
    for path, method, said in [
        (small, "auto", "method naive, as the longer side has 600 pixels, not over 600"),
        (large, "auto", "method fast, as the longer side has 601 pixels, over 600"),
        (
            large,
            "naive",
            r"method naive, about \d+ s in all, as the longer side has 601 pixels; try --method fast",
        ),
        (large, "fast", None),
        (small, "fast", None),
    ]:
        folder = tmp_path / "o"
        arguments = [
            "-i",
            str(path),
            "--no-window",
            "--color",
            "-o",
            str(folder),
            "-k",
            "gaussian",
            "--method",
            method,
        ]
        assert main([*arguments, "--json"]) == 0
        out, err = capsys.readouterr()
        assert json.loads(out)["method"] == ("fast" if "fast" in (method, (said or "")[7:11]) else "naive")
        assert re.search(said, err) if said else "[INFO] method" not in err
        results.append((folder / f"{path.stem}_gaussian.png").read_bytes())
    assert results[1] == results[2] == results[3]
    assert results[0] == results[4]
