"""The first run: an old Python, packages that are missing, and the script run by uv."""

import ast
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import POSIX, ROOT, SCRIPT, Capture, Script

from filtering import needs

ERROR = "convolutions.py: error: "


def test_an_old_python(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """It parses all that comes before the error."""
    for name in ("convolutions.py", "filtering/__init__.py", "filtering/needs.py"):
        ast.parse((ROOT / name).read_text(encoding="utf-8"), feature_version=(3, 8))
    monkeypatch.setattr(sys, "version_info", (3, 9, 20))
    monkeypatch.setattr(sys, "version", "3.9.20 (main)")
    with pytest.raises(SystemExit, match=r"^2$"):
        needs.check_needs()
    assert capsys.readouterr().err == f"{ERROR}Python 3.10 or newer is needed, got 3.9.20\n"


def test_missing_packages() -> None:
    """Python without its site-packages has none of them; with those of this environment it has all."""
    done = subprocess.run([SCRIPT[0], "-E", "-S", SCRIPT[1]], capture_output=True, text=True)
    names = "numpy, opencv-python, scikit-image, scipy, pillow, rich"
    told = "run `source .venv/bin/activate` if there is a .venv, or else `pip install -r requirements.txt`"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{ERROR}missing {names}: {told}\n")
    packages = re.findall(r"^[\w-]+", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert sorted(names.split(", ")) == sorted(packages)
    needs.check_needs()


NO_LIBRARY = "cannot import cv2: libGL.so.1: cannot open; on Debian, `apt-get install libgl1 libglib2.0-0` "
BROKEN = {  # what stands in cv2.py; the exit status, and what is said
    'raise ImportError("libGL.so.1: cannot open")': (2, f"{ERROR}{NO_LIBRARY}brings it\n"),
    "import os, time; os.kill(os.getpid(), 2); time.sleep(5)": (-signal.SIGINT, ""),
}


@POSIX
@pytest.mark.parametrize("module", BROKEN)
def test_an_import_that_fails_or_is_interrupted(tmp_path: Path, script: Script, module: str) -> None:
    (tmp_path / "cv2.py").write_text(module)
    done = script(PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stderr) == BROKEN[module]


def test_uv_runs_the_script(tmp_path: Path) -> None:
    """By the metadata in it, of PEP 723, which are those of requirements.txt."""
    script = Path(SCRIPT[1]).read_text(encoding="utf-8")
    (block,) = re.findall(r"^# /// script\n((?:#.*\n)+?)# ///$", script, re.MULTILINE)
    needed = [">=3.10", *(ROOT / "requirements.txt").read_text().split()]
    assert re.findall(r'"([^"]+)"', block) == needed
    command = [str(Path(sys.executable).with_name("uv")), "run", "--python", *SCRIPT]
    command += ["--image", str(ROOT / "images" / "tiny.png"), "--method", "fast", "--no-window"]
    clean = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(command, cwd=tmp_path, env=clean, capture_output=True, text=True, timeout=300)
    assert "6 of 6 kernels match" in done.stdout, done.stderr
