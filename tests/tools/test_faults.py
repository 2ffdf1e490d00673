"""A tenth of faults.py: random command lines, signals, hostile files."""

from pathlib import Path

import pytest

pytest.importorskip("resource", reason="signals and processes of POSIX")
from faults import RUNS, run


@pytest.mark.parametrize("name", RUNS)
def test_a_tenth(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    statuses, faults = run(name, 0.1, seed=1)
    assert faults == []
    assert statuses[0] > 1
