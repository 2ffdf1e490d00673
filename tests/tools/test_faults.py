"""A part of faults.py: random command lines, signals, hostile files."""

from pathlib import Path

import pytest
from conftest import LINUX

pytest.importorskip("resource", reason="signals and processes of POSIX")
from faults import run

pytestmark = LINUX


@pytest.mark.parametrize(("name", "share"), [("lines", 0.05), ("signals", 0.03), ("files", 0.08)])
def test_a_part(name: str, share: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    statuses, faults = run(name, share, seed=1)
    assert faults == []
    assert statuses[0] > 1
