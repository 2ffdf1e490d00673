"""Ports of the convolution to other languages, run on the probes: their mistakes are named."""

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence

import pytest
from conftest import ROOT

from filtering.check.diagnose import Judge
from filtering.check.probes import Probe, probes
from filtering.check.program import Program, run_program
from filtering.check.runner import Run

HERE = ROOT / "tests" / "check"

pytestmark = pytest.mark.skipif(not hasattr(os, "killpg"), reason="processes of POSIX")


def findings(command: str, some: Sequence[Probe] = probes()[:12]) -> dict[str, str]:
    """Return what the diagnosis finds with the outputs for a dozen probes; nothing may be left open."""
    program = Program.of(command)

    def run(chosen: Sequence[Probe]) -> Run:
        return run_program(program, [(probe.image, probe.kernel) for probe in chosen])

    found = run([*some, some[0]])
    judge = Judge(found, list(zip(some, found.trials, strict=False)), None, lambda more: run(more).trials)
    examination = judge.examination(found.trials[-1], None)
    assert examination.verdict in ("matches", "explained")
    return {finding.aspect: finding.found for finding in examination.findings}


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
    ],
)
def test_ports_to_c(build: Callable[..., str], mistake: str, told: dict[str, str]) -> None:
    assert findings(f"{build('ports.c', mistake)} {{image.pgm}} {{kernel}} {{output.pgm}}") == told


def test_columns_and_rows_swapped(build: Callable[..., str]) -> None:
    """With square kernels only: to search for what it does with others takes ten seconds."""
    command = f"{build('ports.c', 'SWAPPED')} {{image.pgm}} {{kernel}} {{output.pgm}}"
    square = [probe for probe in probes() if probe.kernel.shape[0] == probe.kernel.shape[1]]
    assert findings(command, square[:8]) == {"orientation": "transposed"}


def test_the_programs_of_the_readme(build: Callable[..., str]) -> None:
    section = (ROOT / "filtering" / "check" / "README.md").read_text().partition("in any language\n")[2]
    commands = [line.split('"')[1] for line in section.splitlines() if line.startswith("python convolutions")]
    in_c, in_javascript = commands
    assert in_c.startswith("./truncates ")
    assert findings(in_c.replace("./truncates", build("truncates.c"))) == {"rounding": "truncate"}
    if shutil.which("node"):
        located = in_javascript.replace("tests/check", str(HERE))
        assert located != in_javascript
        assert findings(located) == {"rounding": "truncate"}


def test_imagemagick() -> None:
    """Version 6 turns the kernel, truncates and replicates."""
    if shutil.which("convert") is None or b"Magick 6" not in subprocess.check_output(["convert", "-version"]):
        pytest.skip("needs ImageMagick 6")
    command = 'convert {image} -morphology Convolve "{columns}x{rows}:{weights}" {output}'
    assert findings(command) == {"orientation": "rotated180", "rounding": "truncate"}
