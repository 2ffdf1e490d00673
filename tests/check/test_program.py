"""Programs in any language: what a command means, what a program is given, and what becomes of its output."""

import json
import os
import re
import select
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import POSIX, ROOT, Capture, error_of, noise
from test_gallery import found

from convolutions import main
from filtering.check import check_program
from filtering.check.calling import Failure, Trial
from filtering.check.program import EXTENSIONS, Program, run_program

KERNEL = np.array([[0.1, -2.0, 1e-05], [1 / 3, 0.0, 1e16]])
GRAY = noise(5, 7)

pytestmark = POSIX


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder for temporary files; no test may leave one behind."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def shell(code: str, kind: str = "") -> str:
    """Return the command of a shell script, in which $0 is the image and $1 the output."""
    return f"sh -c {shlex.quote(code)} {{image{kind}}} {{output{kind}}}"


def python(code: str) -> str:
    """Return the command of a Python program, in which argv has the image, the kernel and the output."""
    return f"{sys.executable} -c {shlex.quote(code)} {{image}} {{kernel}} {{output}}"


def tried(command: str, image: np.ndarray = GRAY, patience: float = 20) -> Trial:
    """Return what a program makes of one image."""
    (trial,) = run_program(Program.of(command), [(image, KERNEL)], patience=patience).trials
    assert trial is not None
    return trial


def failure(command: str, patience: float = 20) -> Failure:
    found = tried(command, patience=patience).failure
    assert found is not None
    return found


def test_what_a_program_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files, numbers, an empty folder, a stdin that is closed, no display, and a session of its own."""
    code = """
import json, os, shutil, sys
report, image, kernel, output, *rest = sys.argv[1:]
text = open(kernel, newline="").read()
alone = os.getsid(0) == os.getpid() and "DISPLAY" not in os.environ
json.dump([os.listdir(), sys.stdin.read(), text, alone, rest], open(report, "w"))
shutil.copy(image, output)
"""
    monkeypatch.setenv("DISPLAY", ":0")
    (tmp_path / "typed").write_text("on the stdin of this process")
    report = tmp_path / "a report"
    command = f"{sys.executable} -c {shlex.quote(code)} {shlex.quote(str(report))} {{image}} {{kernel}} "
    rest = '--out={output} {rows}x{columns}:{weights} \'{{rows}} {"a": {"b": 1}} {print $1}\''
    before = os.dup(0)
    with open(tmp_path / "typed") as file:
        os.dup2(file.fileno(), 0)
    trial = tried(command + "{output} " + rest)
    os.dup2(before, 0)
    os.close(before)
    assert np.array_equal(np.asarray(trial.output), GRAY)
    *given, (out, numbers, words) = json.loads(report.read_text())
    assert given == [[], "", "0.1 -2 1e-05\n0.3333333333333333 0 1e+16\n", True]
    assert numbers == "2x3:0.1,-2,1e-05,0.3333333333333333,0,1e+16"
    assert out.startswith("--out=/")
    assert words == '{rows} {"a": {"b": 1}} {print $1}'


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_images_of_every_kind(extension: str) -> None:
    """A program finds in the file what the extension says; a PPM has three channels."""
    code = "from PIL import Image; import sys; image = Image.open(sys.argv[1]); "
    code += "sys.exit(' '.join(map(str, [image.format, image.mode, image.width, image.getpixel((4, 1))])))"
    said = failure(python(code).replace("{image}", f"{{image.{extension}}}"))
    form = {"pgm": "PPM", "tif": "TIFF"}.get(extension, extension.upper())
    pixel = int(GRAY[1, 4])
    mode = f"RGB 7 {(pixel, pixel, pixel)}" if extension == "ppm" else f"L 7 {pixel}"
    assert said.text == f"exited with status 1: {form} {mode}"


KINDS = {"exited": "ended", "crashed": "crashed", "wrote": "returned", "timed": "timeout"}


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (shell("echo 1 >&2; echo 'no good ' >&2; echo >&2; exit 3"), "exited with status 3: no good"),
        (shell("echo so it goes >&2; kill -ABRT $$"), "crashed (SIGABRT): so it goes"),
        (shell('mkdir "$1"; echo made it >&2'), "wrote no output: made it"),
        (shell('echo 17 > "$1"'), "wrote an output that cannot be read: text, not an image"),
        (shell("read answer"), "exited with status 1"),
        (python("input('Which? ')"), "exited with status 1: EOFError: EOF when reading a line"),
        (shell(r"printf 'so\r\033[31mr\033[0med\a\t\n' >&2; exit 1"), "exited with status 1: red"),
        (shell("printf '%0999d' 7 >&2; exit 1"), f"exited with status 1: {197 * '0'}..."),
        (shell("echo so far >&2; cat /dev/zero"), "timed out after 1 s: so far"),
    ],
)
def test_failures(command: str, text: str) -> None:
    found = failure(command, patience=1 if text.startswith("timed") else 20)
    assert found == Failure(KINDS[text.split()[0]], text)


def test_what_a_right_program_prints_and_leaves(temporary: Path) -> None:
    """Neither matters, nor does a stderr of any length: it is emptied when it grows."""
    code = """
import os, shutil, sys
os.makedirs("litter/more"), open("litter/file", "w"), print("x" * 10**6)
size = 0
while os.fstat(2).st_size >= size and size < 2**27:
    size = os.fstat(2).st_size
    os.write(2, b"0" * 2**16)
assert size < 2**27
shutil.copy(sys.argv[1], sys.argv[3])
"""
    assert np.array_equal(np.asarray(tried(python(code)).output), GRAY)


def test_one_that_hangs_is_not_run_thirty_times() -> None:
    run = run_program(Program.of(shell("cat /dev/zero")), [(GRAY, KERNEL)] * 9, patience=0.3)
    kinds = [trial and trial.failure and trial.failure.kind for trial in run.trials]
    assert kinds == ["timeout"] * 2 + [None] * 7
    assert run.stopped == "It timed out twice"


def test_one_image_that_hangs() -> None:
    """The others go on."""
    program = Program.of(shell('case $(head -n 2 "$0") in *" 1") cat /dev/zero;; esac; cp "$0" "$1"', ".pgm"))
    inputs = [(noise(height, 3), KERNEL) for height in (4, 1, 5, 6)]
    done: list[tuple[int, int]] = []
    run = run_program(program, inputs, progress=lambda *now: done.append(now), patience=1)
    assert [trial is not None and trial.failure is None for trial in run.trials] == [True, False, True, True]
    assert done == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_the_time_for_all(tmp_path: Path) -> None:
    """It runs out for two: no more are at work at once."""
    begun = tmp_path / "begun"
    program = Program.of(shell(f"echo >> {shlex.quote(str(begun))}; cat /dev/zero"))
    run = run_program(program, [(GRAY, KERNEL)] * 5, seconds=0.5)
    assert run.trials == [None] * 5
    assert run.stopped == "The time ran out"
    assert len(begun.read_text()) <= 2


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[int]:
    """A named pipe, open for reading: its end comes when no process has it open for writing."""
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    yield reader
    os.close(reader)


def read(pipe: int) -> bytes:
    assert select.select([pipe], [], [], 20)[0]
    return os.read(pipe, 9)


@pytest.mark.parametrize("last", ["wait", 'cp "$0" "$1"'])
def test_no_process_is_left(last: str, pipe: int, tmp_path: Path) -> None:
    """Neither of a program that hangs nor of one that ends, and leaves another one at work."""
    opened = f"exec 9> {shlex.quote(str(tmp_path / 'pipe'))}; echo begun >&9; cat /dev/zero > /dev/null & "
    trial = tried(shell(opened + last), patience=1)
    assert (trial.failure is None) == (last != "wait")
    assert (read(pipe), read(pipe)) == (b"begun\n", b"")


@pytest.mark.parametrize("name", ["SIGINT", "SIGQUIT"])
def test_ended_from_outside(name: str, pipe: int, temporary: Path, tmp_path: Path) -> None:
    """It leaves no process and, as `temporary` sees, no file."""
    number = signal.Signals[name]
    command = shell(f"exec 9> {shlex.quote(str(tmp_path / 'pipe'))}; echo begun >&9; cat /dev/zero")
    code = f"""
import numpy as np
from filtering.check.command import exit_on_termination
from filtering.check.program import Program, run_program
with exit_on_termination():
    run_program(Program.of({command!r}), [(np.zeros((2, 2), np.uint8), np.ones((1, 1)))])
"""
    environment = os.environ | {"TMPDIR": str(temporary)}
    quiet = subprocess.DEVNULL
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment, stderr=quiet) as running:
        assert read(pipe) == b"begun\n"
        running.send_signal(number)
        assert running.wait(20) == (-number if number == signal.SIGINT else 128 + number)
    assert read(pipe) == b""


def test_two_at_a_time(tmp_path: Path) -> None:
    """A pipe is opened when both of its ends are: by two programs, each of which waits for the other."""
    os.mkfifo(tmp_path / "pipe")
    code = "import sys, shutil; from PIL import Image\n"
    code += f"open({str(tmp_path / 'pipe')!r}, 'r' if Image.open(sys.argv[1]).width == 1 else 'w')\n"
    program = Program.of(python(code + "shutil.copy(sys.argv[1], sys.argv[3])"))
    run = run_program(program, [(noise(1, 1), KERNEL), (noise(1, 2), KERNEL)])
    assert [trial is not None and trial.failure for trial in run.trials] == [None, None]


COPY = '#!/bin/sh\ncp "$1" "$2"\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with programs in it."""
    folder = tmp_path / 'it\'s a "folder"'
    for name, mode in [("mine", 0o755), ("bin/my own", 0o755), ("copy.sh", 0o644), ("empty", 0o755)]:
        path = folder / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text("" if name == "empty" else COPY)
        path.chmod(mode)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(folder))
    return folder


@pytest.mark.parametrize("program", ["./mine", "'bin/my own'", "sh copy.sh", "~/mine", "./bin/../mine"])
def test_programs_of_the_current_folder(program: str, folder: Path) -> None:
    assert np.array_equal(np.asarray(tried(f"{program} {{image}} {{output}}").output), GRAY)


def test_a_program_on_the_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A word without a dot is no file, even where there is one of that name."""
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    program = Program.of("mine {image} {output} copy.sh bin {kernel}")
    mine, copy = str(folder / "mine"), str(folder / "copy.sh")
    assert program.words == (mine, "{image}", "{output}", copy, "bin", "{kernel}")
    assert (program.name, program.has_kernel) == ("mine {image} {output} copy.sh bin {kernel}", True)
    assert Program.of("mine {image} {output} {weights}").has_kernel
    assert not Program.of("mine {image} {output} {rows} {{kernel}}").has_kernel


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("./mine {image.gif} {output}", "got {image.gif} in ./mine"),
        ("./mine {image} {output.}", "got {output.} in ./mine"),
        ("./mine {image} {kernel}", "no {output} in ./mine"),
        ("", "no {image} in "),
        ("./mine {image} {output} {output.pgm}", "got two in ./mine"),
        ("./mine {image} '{output}", "read the command ./mine {image} '{output}: no closing quotation"),
        ("./mine < {image} > {output}", "without a shell, got < in ./mine"),
        ("./absent {image} {output}", "cannot run ./absent: no such file"),
        ("absent {image} {output}", "cannot run absent: not found on PATH"),
        ("mine {image} {output}", "cannot run mine: not found on PATH; the one in this folder is ./mine"),
        ("./copy.sh {image} {output}", "cannot run ./copy.sh: not executable"),
        ("./empty {image} {output}", "cannot run empty: exec format error"),
    ],
)
def test_refusals(command: str, text: str, folder: Path) -> None:
    with pytest.raises(ValueError, match=re.escape(text)):
        run_program(Program.of(command), [(GRAY, KERNEL)])


# Ports of the convolution to another language: the program of the README, with other mistakes.

HERE = ROOT / "tests" / "check"
CUT, WEIGHT = "sum < 0 ? 0 : sum > 255 ? 255 : (int)sum", "kernel[i * columns + j]"
REFUSES = 'if (rows * columns != 9) { fprintf(stderr, "no 3 x 3\\n"); return 3; }'
RIGHT = [("(int)sum", "rint(sum)")]
PORTS: dict[str, tuple[list[tuple[str, str]], dict[str, str]]] = {
    "right": (RIGHT, {}),
    "truncates": ([], {"rounding": "truncate"}),
    "half up": ([("(int)sum", "floor(sum + 0.5)")], {"rounding": "half-up"}),
    "wraps": ([(CUT, "(int)rint(sum)")], {"range": "wrap-modulo-256"}),
    "turned": ([*RIGHT, (WEIGHT, "kernel[rows * columns - 1 - i * columns - j]")],
        {"orientation": "rotated180"}),
    "swapped": ([*RIGHT, (WEIGHT, "kernel[j * columns + i]")],
        {"orientation": "transposed", "fails-on": "non-square kernel: a wrong result"}),
    "stride": ([*RIGHT, ("y++", "y += 2"), ("x++", "x += 2"),
        (", width, height);", ", (width + 1) / 2, (height + 1) / 2);")], {"stride": "2"}),
    "refuses": ([*RIGHT, ("FILE *image", REFUSES + "FILE *image")],
        {"fails-on": "kernel other than 3 x 3: exited with status 3: no 3 x 3"}),
}  # fmt: skip
FILES = "{image.pgm} {rows} {columns} {kernel} {output.pgm}"


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Compile the program with changes of its text, and return its path."""
    if shutil.which("cc") is None:
        reason = "programs in C need cc (apt-get install gcc libc6-dev)"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)

    def compiled(name: str) -> str:
        path = tmp_path_factory.mktemp("port") / "port"
        text = (HERE / "truncates.c").read_text().replace("#include", "#include <math.h>\n#include", 1)
        for old, new in PORTS[name][0]:
            assert old in text
            text = text.replace(old, new)
        path.with_suffix(".c").write_text(text)
        subprocess.run(["cc", f"{path}.c", "-lm", "-o", str(path)], check=True)
        return str(path)

    return compiled


def findings(command: str, **more: Any) -> dict[str, str]:
    """Return what the check finds; nothing may be left open."""
    result = check_program(command, **more)
    assert result["verdict"] in ("matches", "explained"), result["advice"]
    assert not re.search(r"np\.|astype|\bLine \d", result["advice"])  # remedies fit any language
    return found(result)


@pytest.mark.parametrize("name", PORTS)
def test_ports_to_c(build: Callable[..., str], name: str) -> None:
    assert findings(f"{build(name)} {FILES}") == PORTS[name][1]


def test_a_kernel_that_is_built_in(build: Callable[..., str], tmp_path: Path) -> None:
    """It is named with -k; without, or with several, that is asked for."""
    cut, right, file = build("truncates"), build("right"), tmp_path / "kernel.txt"
    kernel, whole = np.array([[0.25, 0.5, 0.125]]), np.array([[1, 2, 0], [3, 4, 1], [0, 2, 3]])
    for program, used, told in [
        (cut, kernel, {"rounding": "truncate"}), (cut, whole, {}),  # whole numbers cannot be truncated
        (right, np.eye(1), {}), (right, np.ones((1, 25)) / 25, {}), (right, np.zeros((3, 3)), {}),
    ]:  # fmt: skip
        file.write_text(" ".join(map(repr, used.ravel().tolist())))
        rows, columns = used.shape
        command = f"{program} {{image.pgm}} {rows} {columns} {file} {{output.pgm}}"
        assert findings(command, kernels={"mine": used}) == told
    for kernels in ({}, {"a": kernel, "b": kernel}):
        with pytest.raises(ValueError, match="built in: name this one with -k"):
            check_program(command, kernels=kernels)


def test_the_command_line(build: Callable[..., str], capsys: Capture, tmp_path: Path) -> None:
    """Status 0, 1 and 2; one line of what is wrong with the command."""
    assert main(["--check", f"{build('right')} {FILES}", "--border", "replicate"]) == 0
    assert capsys.readouterr().out.startswith("Yes, your program is right, border replicate: all ")
    options = ["-i", str(ROOT / "images" / "tiny.png"), "-o", str(tmp_path / "out"), "--json"]
    assert main(["--check", f"{build('truncates')} {FILES}", *options]) == 1
    assert "port_check.png" in capsys.readouterr().err
    assert main(["--check", "./mine {image} {colour} {output}"]) == 2
    assert "got {colour}" in error_of(capsys)
    assert main(["--check", "false {image} {kernel} {output}"]) == 1
    assert "for every image it exited with status 1" in capsys.readouterr().out


def test_the_programs_of_the_readme(build: Callable[..., str], capsys: Capture) -> None:
    """They are those of this folder, and the check says what stands there."""
    section = (ROOT / "filtering/check/README.md").read_text().partition("## A program in any language\n")[2]
    section = section.partition("\n## ")[0]
    for block, name in [("c", "truncates.c"), ("js", "truncates.js")]:
        assert f"```{block}\n{(HERE / name).read_text()}```" in section
    in_c, in_javascript = re.findall(r'^python convolutions.* "(.*)"$', section, re.MULTILINE)
    (shown,) = re.findall(r"```text\n((?:.*\n)*?)```", section)
    commands = [in_c.replace("./truncates", build("truncates"))]
    commands += [in_javascript.replace("tests/check", str(HERE))] * (shutil.which("node") is not None)
    for command in commands:
        assert main(["--check", command]) == 1
        assert capsys.readouterr().out.startswith(shown)


def test_imagemagick() -> None:
    """Version 6 turns the kernel, truncates and replicates."""
    if shutil.which("convert") is None or b"Magick 6" not in subprocess.check_output(["convert", "-version"]):
        pytest.skip("needs ImageMagick 6")
    command = 'convert {image} -morphology Convolve "{columns}x{rows}:{weights}" {output}'
    assert findings(command) == {"orientation": "rotated180", "rounding": "truncate"}
