"""The README of the check: its command prints what it shows, its test works, and it knows every mistake."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, noise

from filtering.check.mistakes import MISTAKES
from filtering.check.words import WORDS
from filtering.compare import filter2d
from kernels import KERNELS

README = (ROOT / "filtering" / "check" / "README.md").read_text(encoding="utf-8")


def test_command() -> None:
    ((command, shown),) = re.findall(r"```console\n\$ python (.+)\n((?:.*\n)*?)```", README)
    done = subprocess.run([sys.executable, *shlex.split(command)], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == shown


@pytest.mark.parametrize("rounded", [True, False])
def test_a_class_test(rounded: bool, tmp_path: Path) -> None:
    code, _ = re.findall(r"```python\n((?:(?!```).*\n)+)```", README)
    sums = "cv2.filter2D(image, cv2.CV_64F, kernel.astype(float), borderType=cv2.BORDER_REPLICATE)"
    pixels = f"np.clip({f'np.rint({sums})' if rounded else sums}, 0, 255).astype(np.uint8)"
    (tmp_path / "test_mine.py").write_text(code)
    (tmp_path / "mine.py").write_text(
        f"import cv2\nimport numpy as np\n\n\ndef convolve(image, kernel):\n    return {pixels}\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_mine.py"]
    done = subprocess.run(
        command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert done.returncode == (0 if rounded else 1), done.stdout
    assert ("It *truncates* where filter2D rounds" in done.stdout) != rounded


def test_an_image_in_python() -> None:
    _, code = re.findall(r"```python\n((?:(?!```).*\n)+)```", README)
    image, kernel = noise(30, 40), KERNELS["sharpen"]
    exec(code, {"image": image, "kernel": kernel, "made": filter2d(image, kernel, "zero")})
    with pytest.raises(AssertionError):
        exec(code, {"image": image, "kernel": kernel, "made": filter2d(image, kernel, "wrap")})


def test_every_mistake_is_named() -> None:
    table = README[README.index("## What it knows") : README.index("## How it works")]
    names = {one.name for one in MISTAKES if not one.parts}.union(*WORDS.values())
    names -= {one.name for one in MISTAKES if one.fine}
    # Those that stand there with what follows, or by an example.
    names -= {"", "times", "constant-", "beyond", "missing", "mixed", "the-same-for-all", "whole numbers"}
    assert {name for name in names - {"another", "times 255"} if f"`{name}`" not in table} == set()
