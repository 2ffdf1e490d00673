"""The first run: an old Python, packages that are missing, and the script run by uv."""

import ast
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import POSIX, ROOT

from filtering import needs


def run(*command: object, cwd: Path) -> subprocess.CompletedProcess:
    """Run a command to its end, with no display, outside of any environment."""
    dropped = ("DISPLAY", "WAYLAND_DISPLAY", "PYTHONPATH", "VIRTUAL_ENV")
    base = {key: value for key, value in os.environ.items() if key not in dropped}
    words = list(map(str, command))
    return subprocess.run(words, cwd=cwd, env=base, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize("name", ["convolutions.py", "filtering/__init__.py", "filtering/needs.py"])
def test_an_old_python_gets_as_far_as_the_error(name: str) -> None:
    ast.parse((ROOT / name).read_text(encoding="utf-8"), feature_version=(3, 8))


def test_an_old_python(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 20))
    monkeypatch.setattr(sys, "version", "3.9.20 (main)")
    with pytest.raises(SystemExit, match=r"^2$"):
        needs.check_needs()
    assert capsys.readouterr().err == "convolutions.py: error: Python 3.10 or newer is needed, got 3.9.20\n"


def test_missing_packages(tmp_path: Path) -> None:
    """Python without its site-packages has none of them; with those of this environment it has all."""
    done = run(sys.executable, "-S", ROOT / "convolutions.py", cwd=tmp_path)
    names = "numpy, opencv-python, scikit-image, scipy, pillow, rich"
    told = "run `source .venv/bin/activate` if there is a .venv, or else `pip install -r requirements.txt`"
    assert done.stderr == f"convolutions.py: error: missing {names}: {told}\n"
    assert (done.returncode, done.stdout) == (2, "")
    packages = re.findall(r"^[\w-]+", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert sorted(names.split(", ")) == sorted(packages)
    needs.check_needs()


@POSIX
def test_interrupted_during_the_imports(tmp_path: Path) -> None:
    (tmp_path / "cv2.py").write_text("import os, signal, time\nos.kill(os.getpid(), 2)\ntime.sleep(5)\n")
    code = f"import runpy, sys; sys.path.insert(0, {str(tmp_path)!r}); "
    code += f"runpy.run_path({str(ROOT / 'convolutions.py')!r}, run_name='__main__')"
    done = run(sys.executable, "-c", code, cwd=ROOT)
    assert (done.returncode, done.stderr) == (-signal.SIGINT, "")


def test_a_package_that_cannot_be_imported(tmp_path: Path) -> None:
    """As OpenCV is on a Linux without libGL."""
    (tmp_path / "cv2.py").write_text('raise ImportError("libGL.so.1: cannot open shared object file")')
    code = "import sys; sys.path.insert(0, sys.argv[1]); from filtering import needs; needs.check_needs()"
    done = run(sys.executable, "-c", code, tmp_path, cwd=ROOT)
    assert done.stderr.startswith("convolutions.py: error: cannot import cv2: libGL.so.1: cannot open")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_script_metadata_is_requirements_txt() -> None:
    """PEP 723, which uv reads."""
    script = (ROOT / "convolutions.py").read_text(encoding="utf-8")
    (block,) = re.findall(r"^# /// script\n((?:#.*\n)+?)# ///$", script, re.MULTILINE)
    assert re.findall(r'"([^"]+)"', block)[1:] == (ROOT / "requirements.txt").read_text().split()
    assert 'requires-python = ">=3.10"' in block


def test_uv_runs_the_script(tmp_path: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    image = ROOT / "images" / "tiny.png"
    script = ["run", "--python", sys.executable, ROOT / "convolutions.py", "--image", image]
    done = run(uv, *script, "--method", "fast", cwd=tmp_path)
    assert "6 of 6 kernels match" in done.stdout, done.stderr
