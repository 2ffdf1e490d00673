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
from conftest import POSIX, ROOT, SCRIPT, Capture, error_of, noise
from pages import program
from PIL import Image
from test_gallery import found

from convolutions import main
from filtering.check import check_program
from filtering.check.calling import Failure, Trial
from filtering.check.processes import words_of
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


HANGS = "cat /dev/zero"
COPIES = 'cp "$0" "$1"'


def tried(command: str, image: np.ndarray = GRAY, patience: float = 20) -> Trial:
    """Return what a program makes of one image."""
    (trial,) = run_program(Program.of(command), [(image, KERNEL)], patience=patience).trials
    assert trial is not None
    return trial


def works(command: str) -> bool:
    return np.array_equal(np.asarray(tried(command).output), GRAY)


def test_what_a_program_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files, numbers, an empty folder, no display, and a session of its own."""
    monkeypatch.setenv("DISPLAY", ":0")
    (tmp_path / "mine.py").write_text("""
import json, os, shutil, sys
report, image, kernel, output, *rest = sys.argv[1:]
alone = os.getsid(0) == os.getpid() and "DISPLAY" not in os.environ
json.dump([os.listdir(), alone, open(kernel, newline="").read(), *rest], open(report, "w"))
shutil.copy(image, output)
""")
    report = tmp_path / "a report"
    command = f"{sys.executable} {tmp_path / 'mine.py'} '{report}' {{image}} {{kernel}} {{output}} "
    command += '--out={output} {rows}x{columns}:{weights} \'{{rows}} {"a": {"b": 1}} {print $1}\''
    assert works(command)
    *given, out, numbers, words = json.loads(report.read_text())
    assert given == [[], True, "0.1 -2 1e-05\n0.3333333333333333 0 1e+16\n"]
    assert numbers == "2x3:0.1,-2,1e-05,0.3333333333333333,0,1e+16"
    assert out.startswith("--out=/")
    assert words == '{rows} {"a": {"b": 1}} {print $1}'


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_images_of_every_kind(extension: str, tmp_path: Path) -> None:
    """A program finds in the file what the extension says; a PPM has three channels."""
    tried(shell(f"cp $0 {tmp_path / 'given'}", f".{extension}"))
    with Image.open(tmp_path / "given") as image:
        assert image.format == {"pgm": "PPM", "tif": "TIFF"}.get(extension, extension.upper())
        assert image.mode == ("RGB" if extension == "ppm" else "L")
        assert np.array_equal(np.asarray(image.convert("L")), GRAY)


def test_failures() -> None:
    kinds = {"exited": "ended", "crashed": "crashed", "wrote": "returned", "timed": "timeout"}
    for command, text in [
        (shell("echo 1 >&2; echo 'no good ' >&2; echo >&2; exit 3"), "exited with status 3: no good"),
        (shell("echo so it goes >&2; kill -ABRT $$"), "crashed (SIGABRT): so it goes"),
        (shell('mkdir "$1"; echo made it >&2'), "wrote no output: made it"),
        (shell('echo 17 > "$1"'), "wrote an output that cannot be read: text, not an image"),
        (shell("read answer"), "exited with status 1"),
        (shell(r"printf 'so\r\033[31mr\033[0med\a\t\n' >&2; exit 1"), "exited with status 1: red"),
        (shell("printf '%0999d' 7 >&2; exit 1"), f"exited with status 1: {197 * '0'}..."),
        (shell(f"echo so far >&2; {HANGS}"), "timed out after 1 s: so far"),
    ]:
        trial = tried(command, patience=1 if text.startswith("timed") else 20)
        assert trial.failure == Failure(kinds[text.split()[0]], text), command


def test_what_a_right_program_prints_and_leaves(tmp_path: Path) -> None:
    """Neither matters, nor does a stderr of any length: it is emptied when it grows."""
    (tmp_path / "mine.py").write_text("""
import os, shutil, sys
os.makedirs("litter/more"), open("litter/file", "w"), print("x" * 10**6)
size = 0
while os.fstat(2).st_size >= size and size < 2**27:
    size = os.fstat(2).st_size
    os.write(2, b"0" * 2**16)
assert size < 2**27
shutil.copy(*sys.argv[1:])
""")
    assert works(f"{sys.executable} {tmp_path / 'mine.py'} {{image}} {{output}}")


def test_one_that_hangs_is_not_run_thirty_times() -> None:
    run = run_program(Program.of(shell(HANGS)), [(GRAY, KERNEL)] * 9, patience=0.3)
    kinds = [trial and trial.failure and trial.failure.kind for trial in run.trials]
    assert kinds == ["timeout"] * 2 + [None] * 7
    assert run.stopped == "It timed out twice"


def test_one_image_that_hangs_does_not_stop_the_others() -> None:
    program = Program.of(shell(f'case $(head -n 2 "$0") in *" 1") {HANGS};; esac; {COPIES}', ".pgm"))
    inputs = [(noise(height, 3), KERNEL) for height in (4, 1, 5, 6)]
    done: list[tuple[int, int]] = []
    run = run_program(program, inputs, progress=lambda *now: done.append(now), patience=1)
    assert [trial is not None and trial.failure is None for trial in run.trials] == [True, False, True, True]
    assert done == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_the_time_for_all(tmp_path: Path) -> None:
    """It runs out for two: no more are at work at once."""
    begun = tmp_path / "begun"
    run = run_program(Program.of(shell(f"echo >> {begun}; {HANGS}")), [(GRAY, KERNEL)] * 5, seconds=0.5)
    assert (run.trials, run.stopped) == ([None] * 5, "The time ran out")
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


@pytest.mark.parametrize("last", ["wait", COPIES])
def test_no_process_is_left(last: str, pipe: int, tmp_path: Path) -> None:
    """Neither of a program that hangs nor of one that ends, and leaves another one at work."""
    opened = f"exec 9> {tmp_path / 'pipe'}; echo begun >&9; {HANGS} > /dev/null & "
    trial = tried(shell(opened + last), patience=1)
    assert (trial.failure is None) == (last == COPIES)
    assert (read(pipe), read(pipe)) == (b"begun\n", b"")


@pytest.mark.parametrize("name", ["SIGINT", "SIGQUIT", "SIGTERM"])
def test_ended_from_outside(name: str, pipe: int, temporary: Path, tmp_path: Path) -> None:
    """It leaves no process and, as `temporary` sees, no file; nor was it given what is typed here."""
    target = shell(f"exec 9> {tmp_path / 'pipe'}; echo begun$(cat) >&9; {HANGS}") + " {weights}"
    if name == "SIGTERM":  # nor does a function
        opens = f"pipe = open({str(tmp_path / 'pipe')!r}, 'w', 1)\npipe.write('begun\\n')\n"
        (tmp_path / "mine.py").write_text(opens + "def convolve(image, kernel):\n    while True: pass\n")
        target = f"{tmp_path / 'mine.py'}:convolve"
    command, environment = [*SCRIPT, "--check", target], os.environ | {"TMPDIR": str(temporary)}
    with open(__file__) as typed, subprocess.Popen(command, env=environment, stdin=typed) as running:
        assert read(pipe)[:6] == b"begun\n"
        running.send_signal(signal.Signals[name])
        assert running.wait(20) == 128 + signal.Signals[name]
    while read(pipe):
        pass  # what a second one has written


def test_two_at_a_time(tmp_path: Path) -> None:
    """A pipe is opened when both of its ends are: by two programs, each of which waits for the other."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    code = f'case $(head -n 2 "$0") in *"1 1") : < {pipe};; *) : > {pipe};; esac; {COPIES}'
    run = run_program(Program.of(shell(code, ".pgm")), [(noise(1, 1), KERNEL), (noise(1, 2), KERNEL)])
    assert [trial is not None and trial.failure for trial in run.trials] == [None, None]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with programs in it."""
    folder = tmp_path / 'it\'s a "folder"'
    for name, mode in [("mine", 0o755), ("bin/my own", 0o755), ("copy.sh", 0o644), ("empty", 0o755)]:
        path = folder / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text("" if name == "empty" else '#!/bin/sh\ncp "$1" "$2"\n')
        path.chmod(mode)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(folder))
    return folder


def test_programs_of_the_current_folder(folder: Path) -> None:
    for command in ["./mine", "'bin/my own'", "sh copy.sh", "~/mine"]:
        assert works(f"{command} {{image}} {{output}}"), program


def test_a_program_on_the_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A word without a dot is no file, even where there is one of that name."""
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    program = Program.of("mine {image} {output} copy.sh bin {kernel}")
    mine, copy = str(folder / "mine"), str(folder / "copy.sh")
    assert program.words == (mine, "{image}", "{output}", copy, "bin", "{kernel}")
    assert (program.name, program.has_kernel) == ("mine {image} {output} copy.sh bin {kernel}", True)
    assert Program.of("mine {image} {output} {weights}").has_kernel
    assert not Program.of("mine {image} {output} {rows} {{kernel}}").has_kernel


def test_a_backslash_parts_the_folders_of_windows() -> None:
    for escape, first in [("\\", ".mine"), ("", ".\\mine")]:
        assert words_of(r".\mine 'my photo' {image} #", escape) == [first, "my photo", "{image}", "#"]


def test_refusals(folder: Path) -> None:
    for command, text in [
        ("./mine {image.gif} {output}", "got {image.gif} in ./mine"),
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
    ]:
        with pytest.raises(ValueError, match=re.escape(text)):
            run_program(Program.of(command), [(GRAY, KERNEL)])


# Ports of the convolution to another language: the program of the README, with other mistakes.
HERE = ROOT / "tests" / "check"
RIGHT = "(int)sum", "rint(sum)"
SWAPPED = "kernel[i * columns + j]", "kernel[j * columns + i]"
REFUSES = "FILE *image", 'if (rows * columns != 9) { fprintf(stderr, "no 3 x 3\\n"); return 3; } FILE *image'
FILES = "{image.pgm} {rows} {columns} {kernel} {output.pgm}"


@pytest.fixture
def build(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Compile the program with changes of its text, and return its path."""
    compiler = program("cc")

    def compiled(*changes: tuple[str, str]) -> str:
        path = tmp_path_factory.mktemp("port") / "port"
        text = "#include <math.h>\n" + (HERE / "truncates.c").read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path.with_suffix(".c").write_text(text)
        subprocess.run([compiler, f"{path}.c", "-lm", "-o", str(path)], check=True)
        return str(path)

    return compiled


def findings(command: str, **more: Any) -> dict[str, str]:
    """Return what the check finds; nothing may be left open."""
    result = check_program(command, **more)
    assert result["verdict"] in ("matches", "explained"), result["advice"]
    return found(result)


def test_ports_to_c(build: Callable[..., str]) -> None:
    for change, expected in [
        (SWAPPED, {"orientation": "transposed", "fails-on": "non-square kernel: a wrong result"}),
        (REFUSES, {"fails-on": "kernel other than 3 x 3: exited with status 3: no 3 x 3"}),
    ]:
        assert findings(f"{build(RIGHT, change)} {FILES}") == expected


def test_a_kernel_that_is_built_in(build: Callable[..., str], tmp_path: Path) -> None:
    """It is named with -k; without, or with several, that is asked for."""
    cut, right, file = build(), build(RIGHT), tmp_path / "kernel.txt"
    kernel, whole = np.array([[0.25, 0.5, 0.125]]), np.array([[1, 2, 0], [3, 4, 1], [0, 2, 3]])
    for port, used, told in [
        (cut, kernel, {"rounding": "truncate"}), (cut, whole, {}),  # whole numbers cannot be truncated
        (right, np.eye(1), {}), (right, np.ones((1, 25)) / 25, {}), (right, np.zeros((3, 3)), {}),
    ]:  # fmt: skip
        np.savetxt(file, used)
        command = f"{port} {{image.pgm}} {' '.join(map(str, used.shape))} {file} {{output.pgm}}"
        assert findings(command, kernels={"mine": used}) == told
    for kernels in ({}, {"a": kernel, "b": kernel}):
        with pytest.raises(ValueError, match="built in: name this one with -k"):
            check_program(command, kernels=kernels)


def test_the_command_line(build: Callable[..., str], capsys: Capture, tmp_path: Path) -> None:
    """Status 0, 1 and 2; one line of what is wrong with the command."""
    assert main(["--check", f"{build(RIGHT)} {FILES}", "--border", "replicate"]) == 0
    assert capsys.readouterr().out.startswith("Yes, your program is right, border replicate: all ")
    options = ["-i", str(ROOT / "images" / "tiny.png"), "-o", str(tmp_path / "out"), "--json"]
    assert main(["--check", f"{build()} {FILES}", *options]) == 1
    assert "port_check.png" in capsys.readouterr().err
    assert main(["--check", "./mine {image} {colour} {output}"]) == 2
    assert "got {colour}" in error_of(capsys)
    assert main(["--check", "false {image} {kernel} {output}"]) == 1
    assert "for every image it exited with status 1" in capsys.readouterr().out


def test_the_programs_of_the_readme(
    build: Callable[..., str], capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are those of this folder, and the check says what stands there."""
    readme = (ROOT / "filtering/check/README.md").read_text()
    section = readme.split("\n## A program in any language\n")[1].split("\n## ")[0]
    for block, name in [("c", "truncates.c"), ("js", "truncates.js")]:
        assert f"```{block}\n{(HERE / name).read_text()}```" in section
    in_c, in_javascript = re.findall(r'^python convolutions.* "(.*)"$', section, re.MULTILINE)
    (shown,) = re.findall(r"```text\n((?:.*\n)*?)```", section)
    monkeypatch.chdir(ROOT)
    commands = [in_c.replace("./truncates", build())]
    for command in [*commands, *[in_javascript] * bool(shutil.which("node"))]:
        assert main(["--check", command]) == 1
        assert capsys.readouterr().out.startswith(shown)
