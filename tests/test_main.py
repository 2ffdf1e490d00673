"""The command line: what it prints and returns, for good input and for everything a user can get wrong."""

import contextlib
import io
import json
import os
import re
import signal
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from conftest import ROOT, Script, noise, on_a_terminal

from convolutions import main
from filtering.borders import BORDERS
from kernels import ABOUT, KERNEL_BANK, KERNELS

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
        "[INFO] 150 x 100 pixels, method naive",
        *(f"[INFO] applying {name} kernel" for name in KERNEL_BANK),
        "[INFO] nothing is saved without --output",
    ]
    assert out.splitlines()[-2].startswith("6 of 6 kernels match cv2.filter2D")
    assert out.splitlines()[-1] == lines[-1]
    assert err == ""


def test_table_fits_80_columns(script: Script, photo: Path) -> None:
    out = script("-i", photo, "-k", *KERNELS, "--no-window").stdout
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


def test_kernels_in_the_order_given_each_once(photo: Path, capsys: Capture) -> None:
    assert main(["-i", str(photo), "--json", "--no-window", "-k", "emboss", "identity", "emboss"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [(kernel["name"], kernel["files"]) for kernel in data["kernels"]] == [
        ("emboss", []),
        ("identity", []),
    ]


def test_colour_signed_and_everything_else(photo: Path, tmp_path: Path, capsys: Capture) -> None:
    arguments = ["-i", str(photo), "--no-window", "--color", "--signed", "--flip", "--at", "3,4", "--json"]
    assert main([*arguments, "-k", "sobel_x", "gaussian", "-o", str(tmp_path / "o")]) == 0
    assert {len(kernel["files"]) for kernel in json.loads(capsys.readouterr().out)["kernels"]} == {4}
    assert len(list((tmp_path / "o").iterdir())) == 2 * 4 + 2  # and sheet and page


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


def error_of(capsys: Capture) -> str:
    """The one line that was printed, all of it on stderr."""
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1, err
    return err.strip()


PNG = cv2.imencode(".png", noise(60, 80))[1].tobytes()
JPEG = cv2.imencode(".jpg", noise(60, 80))[1].tobytes()
BAD_PICTURES = {
    "empty.png": (b"", ": an empty file$"),
    "text.png": (b"Dear diary,\n" * 20, ": text, not an image$"),
    "document.png": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", ": a PDF document, not an image$"),
    "half.png": (PNG[: len(PNG) // 2], ": PNG image of 80 x 60, damaged or cut short$"),
    "last byte.png": (PNG[:-1], ": PNG image of 80 x 60, damaged or cut short$"),
    "half.jpg": (JPEG[: len(JPEG) // 2], ": JPEG image of 80 x 60, damaged or cut short$"),
    "huge.png": (
        png_header(40000, 40000) + PNG[33:],
        ": PNG image of 40000 x 40000, larger than OpenCV reads$",
    ),
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


def test_picture_that_is_not_there(capsys: Capture) -> None:
    assert main(["-i", "nowhere/photo.png"]) == 2
    expected = "convolutions.py: error: cannot read nowhere/photo.png: no such file or directory"
    assert error_of(capsys) == expected


def test_a_web_address_as_picture(capsys: Capture) -> None:
    assert main(["-i", "https://example.org/photo.png"]) == 2
    assert error_of(capsys).endswith("/photo.png: a web address; save the image first")


def test_folder_as_picture(tmp_path: Path, capsys: Capture) -> None:
    assert main(["-i", str(tmp_path)]) == 2
    assert error_of(capsys).endswith(": a folder, not an image")


def test_device_as_picture(capsys: Capture) -> None:
    assert main(["-i", os.devnull]) == 2
    assert error_of(capsys).endswith(": a device, not an image")


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
    assert error_of(capsys).endswith(": permission denied")


def test_output_folder_without_permission(capsys: Capture, nobody: None) -> None:
    assert main(["-i", str(ROOT / "images" / "camera.png"), "--no-window", "-o", "/usr/pictures"]) == 2
    assert error_of(capsys) == "convolutions.py: error: cannot write to /usr/pictures: permission denied"


def test_output_folder_is_a_file(photo: Path, capsys: Capture) -> None:
    assert main(["-i", str(photo), "--no-window", "-o", str(photo)]) == 2
    assert error_of(capsys).endswith(f"cannot write to {photo}: not a folder")


def test_what_cannot_be_written_is_known_before_anything_is(
    photo: Path, tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "o" / "photo_sheet.png").mkdir(parents=True)
    assert main(["-i", str(photo), "-k", "sharpen", "-o", str(tmp_path / "o"), "--no-window"]) == 2
    assert "photo_sheet.png: is a folder" in error_of(capsys)
    (tmp_path / "o" / "photo_sheet.png").rename(tmp_path / "o" / "photo_sharpen_at_3_4.png")
    assert main(["-i", str(photo), "-k", "sharpen", "-o", str(tmp_path / "o"), "--at", "3,4"]) == 2
    assert "photo_sharpen_at_3_4.png: is a folder" in error_of(capsys)
    assert len(list((tmp_path / "o").iterdir())) == 1
    long = photo.rename(tmp_path / f"{'x' * 240}.png")
    assert main(["-i", str(long), "-k", "sharpen", "-o", str(tmp_path / "p"), "--no-window"]) == 2
    assert ": file name too long" in error_of(capsys)
    assert list((tmp_path / "p").iterdir()) == []


def test_an_empty_folder_name_is_a_mistake(photo: Path, capsys: Capture) -> None:
    assert main(["-i", str(photo), "-o", "", "--no-window"]) == 2
    assert error_of(capsys).endswith("a file or folder needs a name, got ''")


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
    assert "is an input; choose another --output" in error_of(capsys)
    assert target.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["-k", "sharpn"],
            "kernel 'sharpn' is no kernel name, file or matrix such as .*; names like it: sharpen$",
        ),
        (["-k", "1 2; 3 4"], "kernel '1 2; 3 4': a kernel needs odd sides, got 2 x 2; filter2D"),
        (["-k", "./nowhere.txt"], "kernel './nowhere.txt' is no kernel name, file or matrix"),
        (["-k", "tests"], "kernel 'tests' is a folder, not a kernel"),
        (["-k", "blur"], "names like it: small_blur, large_blur, motion_blur$"),
        (["-k", "sobel_x,sobel_y"], "names need to be separate words: sobel_x sobel_y$"),
        (["-k", "sobel_x sobel_y"], "names need to be separate words: sobel_x sobel_y$"),
        (["-k", "1e308 1e308 1e308"], "needs 255 .* below 2\\*\\*52 = 4503599627370496, got inf$"),
        (["-k", "1;2;1\n2;4;2\n1;2;1"], "need spaces or commas between them"),
        (["--fo\no"], r"unrecognized arguments: --fo\\no$"),
        (["--at", "5"], "argument --at: a pixel needs the form X,Y, such as 10,20, got '5'"),
        (
            ["--at", "-1,5"],
            "a pixel X,Y of this 150 x 100 image needs to be between 0,0 and 149,99, got -1,5",
        ),
        (["--at", "150,0"], "between 0,0 and 149,99, got 150,0"),
        (
            ["--border", "mirror"],
            "one of replicate, .*, wrap, got 'mirror', which is called reflect101 here$",
        ),
        (["--border", "none"], "argument --border: border needs to be one of .*, wrap, got 'none'$"),
        (["-k", "0", "-1", "0", "-1", "5"], "one pair of double quotes, such as \"0 .*\", got '0 -1 0 -1 5'"),
        (["--image=--"], "an option needs a value, got --image=--$"),
        (["-i--"], "an option needs a value, got -i--$"),
        (["--at=--"], "an option needs a value, got --at=--$"),
        (["-border", "zero"], "write --border with two hyphens, got -border$"),
        (["—border=zero"], "write --border with two hyphens, got —border=zero$"),
        (["other.png"], "--image needs one file, in double quotes if its name has spaces, got other.png as"),
        (["sobel_x"], "a kernel is given by --kernel sobel_x$"),
        (["--at", "0,0", "7"], "the form X,Y, such as 10,20, got '0,0 7'$"),
        (["--at", "1,2,3,4"], "the form X,Y, such as 10,20, got '1,2,3,4'$"),
        (["--method", "slow"], "argument --method: invalid choice: 'slow'"),
        (["--colour"], "unrecognized arguments: --colour; did you mean --color\\?$"),
        (["-k"], "expected at least one argument"),
        (["-i", ""], "argument -i/--image: a file or folder needs a name, got ''$"),
        (["--check", ""], "argument --check: a file or folder needs a name, got ''$"),
        (["--list"], "--list cannot be combined with --image"),
        (["--check", "mine.py:f", "--method", "auto"], "--check cannot be combined with --method"),
        (["--check", "mine.py:f", "--border", "replicate", "--list"], "cannot be combined with --"),
        (["--check", "mine.py:convolve", "--no-window", "--flip"], "--check cannot be combined with --flip"),
        (["--check", "mine.py:convolve", "--at", "1,1"], "--check cannot be combined with --at"),
    ],
)
def test_bad_options(photo: Path, arguments: list[str], message: str, capsys: Capture) -> None:
    assert main(["-i", str(photo), *arguments]) == 2
    assert re.search(message, error_of(capsys))


def test_an_option_that_means_nothing_is_refused_at_its_default_too(capsys: Capture) -> None:
    for arguments in (["--method", "auto"], ["--border", "replicate"]):
        assert main(["--list", *arguments]) == 2
        assert f"--list cannot be combined with {arguments[0]}" in error_of(capsys)


def test_no_image_names_a_sample(capsys: Capture) -> None:
    assert main([]) == 2
    required = "--image is required (try --image images/coffee.png)"
    assert error_of(capsys) == f"convolutions.py: error: {required}"
    assert main(["-k", "sobel_x", "photo.jpg"]) == 2  # a word of --kernel, here
    assert error_of(capsys).endswith("(try --image photo.jpg)")
    assert (ROOT / "images" / "coffee.png").exists()


def test_help(capsys: Capture) -> None:
    assert main(["--help"]) == 0
    assert "--border" in capsys.readouterr().out


def test_names_that_are_not_ascii(tmp_path: Path, coffee: np.ndarray, script: Script) -> None:
    """Also where the terminal cannot show them."""
    path = tmp_path / "Kölner Dom 写真.png"
    path.write_bytes(cv2.imencode(".png", coffee)[1].tobytes())
    folder = tmp_path / "Ergebnisse 結果"
    done = script("-i", path, "-o", folder, "-k", "sharpen", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(entry.name for entry in folder.iterdir()) == [
        f"{path.stem}.html",
        f"{path.stem}_sharpen.png",
        f"{path.stem}_sharpen_compare.png",
    ]


def test_a_reader_that_goes_away(script: Script) -> None:
    command = [sys.executable, str(ROOT / "convolutions.py"), "--list"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert (process.wait(30), process.stderr.read()) == (141, b"")


@pytest.mark.parametrize("full", [False, True])
def test_interrupted(full: bool) -> None:
    """Whether or not that can be told."""
    command = [sys.executable, str(ROOT / "convolutions.py"), "-i", str(ROOT / "images" / "camera.png")]
    with (
        open("/dev/full", "w") as disk,
        subprocess.Popen(
            [*command, "--no-window"], stdout=subprocess.PIPE, stderr=disk if full else subprocess.PIPE
        ) as process,
    ):
        assert process.stdout is not None
        assert b"method naive" in process.stdout.readline()
        assert b"applying small_blur" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        if process.stderr is not None:
            assert process.stderr.read() == b"convolutions.py: interrupted\n"


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
    cv2.imwrite(str(tmp_path / "large.png"), noise(900, 900))
    arguments = ["-i", tmp_path / "large.png", "--method", "naive", "-k", "sharpen", "--no-window"]
    out, shown = on_a_terminal(*arguments)
    assert "\x1b" not in out
    assert "sharpen" in shown
    assert re.search(r"[1-9][0-9]?%", shown)


def test_a_matrix_that_begins_with_a_minus(photo: Path, capsys: Capture) -> None:
    """It is no option, with spaces, without, and behind an equals sign."""
    for arguments in (["-k", "-1 0 1; -2 0 2; -1 0 1"], ["-k=-1,0,1"], ["-k", "-1,0,1"], ["-k", "-.5,1,-.5"]):
        assert main(["-i", str(photo), "--no-window", *arguments]) == 0
        assert "1 of 1 kernels match" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "pixels"),
    [
        (["--at", "3,4"], {"x": 3, "y": 4}),
        (["--at", "3", "4"], {"x": 3, "y": 4}),
        (["--at", "3,", "4"], {"x": 3, "y": 4}),
        (["--at", "3,4", "--at", "5,6"], [{"x": 3, "y": 4}, {"x": 5, "y": 6}]),
        (["--at", "3,4", "5,6", "--at", "3,4"], [{"x": 3, "y": 4}, {"x": 5, "y": 6}]),
    ],
)
def test_ways_to_write_pixels(
    photo: Path, tmp_path: Path, capsys: Capture, arguments: list[str], pixels: Any
) -> None:
    """PowerShell makes two words of 3,4. Of several pixels all are written out, saved, and in a list."""
    options = ["-i", str(photo), "--no-window", "-k", "sobel_x", "--json", "-o", str(tmp_path / "o")]
    assert main([*options, *arguments]) == 0
    out, err = capsys.readouterr()
    at = json.loads(out)["kernels"][0]["at"]
    assert isinstance(at, list) == isinstance(pixels, list)
    wanted, got = ([one] if isinstance(one, dict) else one for one in (pixels, at))
    assert wanted == [{"x": one["x"], "y": one["y"]} for one in got]
    for pixel in wanted:
        assert f"sobel_x at {pixel['x']},{pixel['y']}\n" in err
        assert (tmp_path / "o" / f"photo_sobel_x_at_{pixel['x']}_{pixel['y']}.png").exists()


def test_words_without_an_option(capsys: Capture) -> None:
    for word, message in {
        "photo.jpg": "an image is given by --image photo.jpg",
        "mine.py": "a function of yours is given by --check mine.py",
        "zoom": "unrecognized arguments: zoom",
    }.items():
        assert main([word]) == 2
        assert error_of(capsys) == f"convolutions.py: error: {message}"


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
    for name, message in [
        ("empty.txt", "at least one weight"),
        ("photo.png", "needs UTF-8 text, got other bytes"),
    ]:
        assert main(["--list", "-k", str(tmp_path / name)]) == 2
        error = error_of(capsys)
        assert f"{tmp_path / name}: a kernel" in error
        assert message in error


def test_nothing_of_the_users_is_replaced(photo: Path, tmp_path: Path, script: Script) -> None:
    """Beside the photo; nor by --learn, nor beside what --check runs. What a run saved, the next may."""
    (tmp_path / "mine.py").write_text("def convolve(image, kernel):\n    return image\n")
    runs: list[tuple[str, list[object]]] = [
        ("photo_sharpen.png", ["-i", photo, "-k", "sharpen", "--no-window"]),
        ("photo.html", ["-i", photo, "-k", "sharpen", "--no-window"]),
        ("photo_learned.txt", ["-i", photo, "--learn", photo]),
        ("mine_convolve_check.png", ["--check", f"{tmp_path}/mine.py:convolve"]),
    ]
    for name, arguments in runs:
        target = tmp_path / name
        target.write_text("my own")
        done = script(*arguments, "-o", tmp_path)
        why = f"cannot write {target}: exists, and is not of this program; choose another --output"
        assert (done.returncode, done.stderr) == (2, f"convolutions.py: error: {why}\n")
        assert target.read_text() == "my own"
        target.unlink()
        for _ in range(1 if "--check" in arguments else 2):
            assert "error" not in script(*arguments, "-o", tmp_path).stderr
            assert target.stat().st_size > 6


def test_a_kernel_file_is_not_overwritten_either(photo: Path, tmp_path: Path, capsys: Capture) -> None:
    target = tmp_path / "photo_sharpen.png"
    target.write_text("0 1 0")
    arguments = ["-i", str(photo), "--no-window", "-k", str(target), "sharpen", "-o", str(tmp_path)]
    assert main(arguments) == 2
    assert "is an input; choose another --output" in error_of(capsys)
    assert target.read_text() == "0 1 0"


def test_name_that_is_no_unicode(coffee: np.ndarray, tmp_path: Path, script: Script) -> None:
    """Or holds control characters, which a terminal would follow."""
    path = tmp_path / os.fsdecode(b"b\xff\x1b[31m.png")
    path.write_bytes(cv2.imencode(".png", coffee)[1].tobytes())
    done = script("-i", path, "--no-window", "-k", "sharpen", "gaussian", "-o", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    assert len(list((tmp_path / "out").iterdir())) == 6


def test_closed_and_full_streams(photo: Path) -> None:
    command = f"{sys.executable} {ROOT / 'convolutions.py'} -i {photo} --no-window -k sharpen"
    for redirection, status in [
        (">&-", 0),
        ("2>&-", 0),
        (">/dev/full", 2),
        ("--json >/dev/full", 2),
        (">/dev/full 2>&1", 2),
        ("2>/dev/full", 0),
        ("--json 2>/dev/full", 2),
        ("--bad 2>/dev/full", 2),
    ]:
        done = subprocess.run(
            ["sh", "-c", f"{command} {redirection}"], capture_output=True, text=True, timeout=60
        )
        assert done.returncode == status
        assert "Traceback" not in done.stderr
        if redirection.endswith(">/dev/full") and "2>" not in redirection:
            said = "convolutions.py: error: cannot write the output: no space left on device\n"
            assert done.stderr.endswith(said)


def test_an_extremely_long_picture(tmp_path: Path, script: Script) -> None:
    cv2.imwrite(str(tmp_path / "long.png"), noise(1, 300_000))
    done = script("-i", tmp_path / "long.png", "--no-window", "-k", "identity", "-o", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("shape", "method", "chosen"),
    [
        ((500, 1000), "auto", "naive"),
        ((500, 1001), "auto", "fast"),
        ((1, 500_001), "auto", "fast"),
        ((40, 60), "naive", "naive"),
        ((40, 60), "fast", "fast"),
    ],
)
def test_methods(tmp_path: Path, capsys: Capture, shape: tuple[int, int], method: str, chosen: str) -> None:
    """Auto is naive up to 500,000 pixels; the table, the sheet's heading and the JSON say what it was."""
    path = tmp_path / "image.png"
    cv2.imwrite(str(path), noise(*shape))
    assert main(["-i", str(path), "--no-window", "-k", "identity", "--method", method, "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["method"] == chosen
    assert f"[INFO] {shape[1]} x {shape[0]} pixels, method {chosen}\n" in err
    header = next(line for line in err.splitlines() if line.startswith("kernel"))
    assert ("convolve_fast" in header) == (chosen == "fast")


def test_both_methods_save_the_same_pixels(photo: Path, tmp_path: Path) -> None:
    for method in ("naive", "fast"):
        arguments = ["-i", str(photo), "--no-window", "--color", "-k", "gaussian", "--method", method]
        assert main([*arguments, "-o", str(tmp_path / method)]) == 0
    name = "photo_gaussian.png"
    assert (tmp_path / "naive" / name).read_bytes() == (tmp_path / "fast" / name).read_bytes()


def test_long_kernel_names_are_not_cut_off(photo: Path, tmp_path: Path, script: Script) -> None:
    file = tmp_path / f"{'long_' * 20}name.txt"
    file.write_text("1")
    assert f"{file.stem} " in script("-i", photo, "--no-window", "-k", file).stdout


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
