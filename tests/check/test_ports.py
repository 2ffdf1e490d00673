"""Ports of the convolution to other languages, run on the probes: their mistakes are named."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT, Script
from test_gallery import found

from filtering.check import check_program

HERE = ROOT / "tests" / "check"

pytestmark = pytest.mark.skipif(not hasattr(os, "killpg"), reason="processes of POSIX")


def findings(command: str, **more: Any) -> dict[str, str]:
    """Return what the check finds; nothing may be left open."""
    result = check_program(command, **more)
    assert result["verdict"] in ("matches", "explained"), result["advice"]
    assert not re.search(r"np\.|astype|\bLine \d", result["advice"])  # remedies fit any language
    return found(result)


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Compile a C program of this folder, and return its path."""
    if shutil.which("cc") is None:
        reason = "programs in C need cc (apt-get install gcc libc6-dev)"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)

    def compiled(source: str, mistake: str = "RIGHT") -> str:
        path = tmp_path_factory.mktemp("port") / "port"
        command = ["cc", f"-DMISTAKE={mistake}", str(HERE / source), "-lm", "-o", str(path)]
        subprocess.run(command, check=True)
        return str(path)

    return compiled


REFUSES = "kernel other than 3 x 3: exited with status 3: the kernel is not 3 x 3"


@pytest.mark.parametrize(
    ("mistake", "told"),
    [
        ("RIGHT", {}),
        ("TRUNCATES", {"rounding": "truncate"}),
        ("HALF_UP", {"rounding": "half-up"}),
        ("ZERO_BORDER", {"border": "zero"}),
        ("FLIPPED", {"orientation": "rotated180"}),
        ("NO_LAST_ROW", {"not-computed": "last-row"}),
        ("STRIDE_2", {"stride": "2"}),
        ("WRAPS", {"range": "wrap-modulo-256"}),
        ("ONLY_3X3", {"fails-on": REFUSES}),
        ("SWAPPED", {"orientation": "transposed", "fails-on": "non-square kernel: a wrong result"}),
    ],
)
def test_ports_to_c(build: Callable[..., str], mistake: str, told: dict[str, str]) -> None:
    assert findings(f"{build('ports.c', mistake)} {{image.pgm}} {{kernel}} {{output.pgm}}") == told


def test_a_kernel_that_is_built_in(build: Callable[..., str], tmp_path: Path) -> None:
    """It is named with -k; without, or with several, that is asked for."""
    (tmp_path / "kernel.txt").write_text("1 2 0\n3 4 1\n0 2 3\n")
    command = f"{build('ports.c', 'TRUNCATES')} {{image.pgm}} {tmp_path}/kernel.txt {{output.pgm}}"
    kernel = np.array([[1, 2, 0], [3, 4, 1], [0, 2, 3]])
    assert findings(command, kernels={"mine": kernel}) == {}  # whole numbers cannot be truncated
    (tmp_path / "kernel.txt").write_text("0.25 0.5 0.125\n")
    assert findings(command, kernels={"mine": np.array([[0.25, 0.5, 0.125]])}) == {"rounding": "truncate"}
    right = f"{build('ports.c')} {{image.pgm}} {tmp_path}/kernel.txt {{output.pgm}}"
    for kernel in (np.eye(1), np.ones((1, 25)) / 25, np.zeros((3, 3))):  # one is larger than any image
        rows = (" ".join(map(repr, row)) for row in kernel.tolist())
        (tmp_path / "kernel.txt").write_text("\n".join(rows) + "\n")
        assert check_program(right, kernels={"mine": kernel})["verdict"] == "matches"
    for kernels in ({}, {"a": kernel, "b": kernel}):
        with pytest.raises(ValueError, match="built in: name this one with -k"):
            check_program(command, kernels=kernels)


def test_the_command_line(build: Callable[..., str], script: Script) -> None:
    """Status 0, 1 and 2; one line of what is wrong with the command."""
    right, cut = (build("ports.c", mistake) for mistake in ("RIGHT", "TRUNCATES"))
    files = "{image.pgm} {kernel} {output.pgm}"
    done = script("--check", f"{right} {files}", "--border", "replicate")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Yes, your program is right, border replicate: all ")
    done = script("--check", f"{cut} {files}", "-i", ROOT / "images" / "tiny.png", "-o", "out", "--json")
    assert (done.returncode, Path(cut).name + "_check.png" in done.stderr) == (1, True)
    for command, said in [
        (f"{right} {{image}} {{kernel}}", "a program needs {image} and {output}"),
        (f"/absent {files}", "cannot run /absent: no such file"),
        (f"{right} {{image}} {{colour}} {{output}}", "got {colour}"),
    ]:
        done = script("--check", command)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert said in done.stderr
    done = script("--check", "false {image} {kernel} {output}")
    assert (done.returncode, "for every image it exited with status 1" in done.stdout) == (1, True)


def test_the_programs_of_the_readme(build: Callable[..., str], script: Script) -> None:
    """They are those of this folder, and the check says what stands there."""
    section = (ROOT / "filtering/check/README.md").read_text().partition("## A program in any language\n")[2]
    section = section.partition("\n## ")[0]
    for block, name in [("c", "truncates.c"), ("js", "truncates.js")]:
        assert f"```{block}\n{(HERE / name).read_text()}```" in section
    in_c, in_javascript = (
        line.split('"')[1] for line in section.splitlines() if line.startswith("python convolutions")
    )
    (shown,) = re.findall(r"```text\n((?:.*\n)*?)```", section)
    commands = [in_c.replace("./truncates", build("truncates.c"))]
    commands += [in_javascript.replace("tests/check", str(HERE))] * (shutil.which("node") is not None)
    for command in commands:
        assert script("--check", command).stdout.startswith(shown)


def test_imagemagick() -> None:
    """Version 6 turns the kernel, truncates and replicates."""
    if shutil.which("convert") is None or b"Magick 6" not in subprocess.check_output(["convert", "-version"]):
        pytest.skip("needs ImageMagick 6")
    command = 'convert {image} -morphology Convolve "{columns}x{rows}:{weights}" {output}'
    assert findings(command) == {"orientation": "rotated180", "rounding": "truncate"}
