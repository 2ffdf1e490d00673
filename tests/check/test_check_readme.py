"""The README of the check: its command prints what it shows, its test works, and it knows every mistake."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Capture, noise
from written import RIGHT, WRONG

from convolutions import main
from filtering.check.mistakes import MISTAKES
from filtering.check.words import WORDS
from filtering.compare import filter2d
from kernels import KERNELS

README = (ROOT / "filtering" / "check" / "README.md").read_text(encoding="utf-8")


def test_command(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    ((command, shown),) = re.findall(r"```console\n\$ python convolutions.py (.+)\n((?:.*\n)*?)```", README)
    monkeypatch.chdir(ROOT)
    assert main(shlex.split(command)) == 1
    assert capsys.readouterr() == (shown, "")


BLOCKS = re.findall(r"```python\n((?:(?!```).*\n)+)```", README)


def test_a_class_test(tmp_path: Path) -> None:
    names: dict[str, Any] = {"__file__": str(tmp_path / "test_mine.py")}
    exec(BLOCKS[0], names)
    (tmp_path / "mine.py").write_text(RIGHT)
    names["test_convolve"]()
    (tmp_path / "mine.py").write_text(WRONG)
    with pytest.raises(AssertionError, match=r"It \*truncates\* where filter2D rounds"):
        names["test_convolve"]()


def test_an_image_in_python() -> None:
    image, kernel = noise(30, 40), KERNELS["sharpen"]
    exec(BLOCKS[1], {"image": image, "kernel": kernel, "made": filter2d(image, kernel, "zero")})
    with pytest.raises(AssertionError):
        exec(BLOCKS[1], {"image": image, "kernel": kernel, "made": filter2d(image, kernel, "wrap")})


def test_every_mistake_is_named() -> None:
    table = README[README.index("## What it knows") : README.index("## How it works")]
    names = {one.name for one in MISTAKES if not one.parts}.union(*WORDS.values())
    names -= {one.name for one in MISTAKES if one.fine}
    # Those that stand there with what follows, or by an example.
    names -= {"", "times", "constant-", "beyond", "missing", "mixed", "the-same-for-all", "whole numbers"}
    assert {name for name in names - {"another", "times 255"} if f"`{name}`" not in table} == set()
