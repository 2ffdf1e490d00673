"""The package: built as a wheel and used from elsewhere; and the script run by uv."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

MINE = """import numpy as np


def convolve(image, kernel):
    kh, kw = kernel.shape
    padded = np.pad(image.astype(float), [(kh // 2, kh // 2), (kw // 2, kw // 2)], mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)
    return np.clip(np.rint((windows * kernel).sum(axis=(2, 3)).round(9)), 0, 255).astype(np.uint8)
"""


def run(*command: object, cwd: Path, **environment: str) -> str:
    """Run a command to its end, with no display; return what it prints on stdout."""
    dropped = ("DISPLAY", "WAYLAND_DISPLAY", "PYTHONPATH", "VIRTUAL_ENV")
    base = {key: value for key, value in os.environ.items() if key not in dropped}
    words = list(map(str, command))
    done = subprocess.run(words, cwd=cwd, env=base | environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh virtual environment with the wheel in it; other packages come from the one that tests."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"  # setuptools leaves its traces there
    names = run("git", "ls-files", "--cached", "--others", "--exclude-standard", cwd=ROOT).splitlines()
    for name in names:
        if (ROOT / name).exists() and not name.startswith("tests/"):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, source, cwd=folder)
    (wheel,) = folder.glob("convolutions-*.whl")
    run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    python = folder / "venv" / "bin" / "python"
    run(python, "-m", "pip", "install", "-q", "--no-deps", wheel, cwd=folder)
    (packages,) = (folder / "venv" / "lib").glob("python*/site-packages")
    here = [path for path in sys.path if path.endswith("-packages")]
    (packages / "shared.pth").write_text("\n".join(here) + "\n")
    return folder / "venv" / "bin"


def test_three_names_and_a_command(environment: Path, tmp_path: Path) -> None:
    code = (
        "import convolutions, kernels, filtering, numpy as np\n"
        "from filtering.compare import compare\n"
        "print(compare(np.eye(9, dtype=np.uint8) * 99, kernels.KERNELS['gaussian'],"
        " convolve=convolutions.convolve).verdict, 'site-packages' in filtering.__file__)"
    )
    assert run(environment / "python", "-c", code, cwd=tmp_path) == "identical True\n"
    image = ROOT / "images" / "coffee.png"
    arguments = ["-i", image, "--method", "fast", "-o", tmp_path / "out"]
    assert "6 of 6 kernels match" in run(environment / "convolutions", *arguments, cwd=tmp_path)
    assert len(list((tmp_path / "out").iterdir())) >= 13


def test_check_from_another_folder(environment: Path, tmp_path: Path) -> None:
    """A module of the checked file's own named like one of ours is the one that it gets."""
    (tmp_path / "kernels.py").write_text("SIZE = 3\n")
    (tmp_path / "mine.py").write_text("from kernels import SIZE\n\nassert SIZE == 3\n" + MINE)
    said = run(environment / "convolutions", "--check", "mine.py:convolve", cwd=tmp_path)
    assert said.startswith("Yes, your function is right")


def test_script_metadata_is_requirements_txt() -> None:
    """PEP 723, which uv reads."""
    script = (ROOT / "convolutions.py").read_text(encoding="utf-8")
    (block,) = re.findall(r"^# /// script\n((?:#.*\n)+?)# ///$", script, re.MULTILINE)
    assert re.findall(r'"([^"]+)"', block)[1:] == (ROOT / "requirements.txt").read_text().split()
    assert 'requires-python = ">=3.10"' in block


def test_uv_runs_the_script(tmp_path: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    command = [uv, "run", "--python", sys.executable, ROOT / "convolutions.py"]
    said = run(*command, "-i", ROOT / "images" / "coffee.png", "--method", "fast", cwd=tmp_path)
    assert "6 of 6 kernels match" in said
