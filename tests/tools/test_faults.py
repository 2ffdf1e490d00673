"""A tenth of faults.py: random command lines, signals, hostile files."""

import os
from pathlib import Path

import pytest
from faults import RUNS, run


@pytest.mark.skipif(not hasattr(os, "fork"), reason="signals and processes of POSIX")
@pytest.mark.parametrize("name", RUNS)
def test_a_tenth(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    statuses, faults = run(name, 0.1, seed=1)
    assert faults == []
    assert statuses[0] > 1
