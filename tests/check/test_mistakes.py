"""What mistakes do to kernels, worked out by hand; a new one is one entry of a table."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT, noise
from gallery import FLOATS, total
from test_gallery import found

from filtering.check import check_function
from filtering.check.mistakes import DIVISORS, FRAMES, KERNELS
from filtering.learn import learn_kernel
from filtering.model import ROUNDINGS, Rounding


@pytest.mark.parametrize(
    ("name", "expected", "divisor"),
    [
        ("negated", [[9, -3, -1030], [-4, 0, 4]], 4),
        ("whole-numbers", [[-2, 0, 257], [1, 0, -1]], 1),
        ("uint8", [[254, 0, 1], [1, 0, 255]], 1),
        ("minus-its-mean", [[-1078, -1006, 5156], [-1000, -1024, -1048]], 24),
        ("last-row-and-column-unused", [[-9, 3, 0], [0, 0, 0]], 4),
        ("last-row-unused", [[-9, 3, 1030], [0, 0, 0]], 4),
        ("last-column-unused", [[-9, 3, 0], [4, 0, 0]], 4),
    ],
)
def test_kernels(name: str, expected: list[list[int]], divisor: int) -> None:
    weights, over = KERNELS[name].effect(np.array([[-9, 3, 1030], [4, 0, -4]]), 4)
    assert (weights.tolist(), over) == (expected, divisor)


@pytest.mark.parametrize(
    ("name", "divisors"),
    [
        ("normalised", [6, -6, 8, 8]),
        ("sum-of-absolute-weights", [12, 12, 6, 8]),
        ("number-of-weights", [24, 24, 24, 24]),
    ],
)
def test_divisors(name: str, divisors: list[int]) -> None:
    """Nothing is divided by a sum of 0; a sum keeps its sign."""
    kernels = [[9, -3, 0], [-9, 3, 0], [3, -3, 0], [0, 0, 0]]
    assert [DIVISORS[name].effect(np.array([weights]), 8) for weights in kernels] == divisors


@pytest.mark.parametrize(
    ("name", "rows", "columns"),
    [
        ("left-unfiltered", "110000011", "11100000111"),
        ("one-pixel-left-unfiltered", "100000001", "10000000001"),
        ("last-row-and-column", "000000001", "00000000001"),
        ("last-row", "000000001", "00000000000"),
        ("last-column", "000000000", "00000000001"),
        ("first-row-and-column", "100000000", "10000000000"),
        ("last-kernel-rows-and-columns", "000001111", "00000111111"),
        ("last-kernel-rows-and-columns-and-one", "000011111", "00001111111"),
        ("last-half-kernel-rows-and-columns", "000000011", "00000000111"),
        ("last-two-rows-and-columns", "000000011", "00000000011"),
        ("first-half-kernel-rows-and-columns", "110000000", "11100000000"),
        ("rows-at-the-edge", "110000011", "00000000000"),
        ("columns-at-the-edge", "000000000", "11100000111"),
    ],
)
def test_frames(name: str, rows: str, columns: str) -> None:
    """Of a 9 x 11 image under a 5 x 7 kernel: a 1 for each row and column that is missing."""
    expected = np.bitwise_or.outer(*(np.array([*side]) == "1" for side in (rows, columns)))
    assert np.array_equal(FRAMES[name].effect.mask((9, 11), (2, 3)), expected)


NEW = [  # the entry, a function that makes the mistake, and what is found
    ('"orientation", "moved", lambda w: np.roll(w, 1, axis=1)',
        "pixels(total(image, np.roll(kernel, 1, axis=1)))", {"orientation": "moved"}),
    ('"kernel", "squared", lambda w, d: (w * w, d * d)',
        "pixels(total(image, kernel * kernel))", {"kernel": "squared"}),
    ('"divisor", "largest", lambda w, d: int(abs(w).max()) or d',
        "pixels(total(image, kernel / (abs(kernel).max() or 1)).round(6))", {"divisor": "largest"}),
    ('"range", "to-200", SPANS["saturate"].__class__(low=True, high=True, top=200, after="saturate")',
        "np.clip(np.rint(total(image, kernel)), 0, 200).astype(np.uint8)", {"range": "to-200"}),
    ('"border", "brightest", lambda image, rows, columns: extend(image, rows, columns, int(image.max()))',
        "pixels(total(image, kernel, 'constant', constant_values=image.max()))", {"border": "brightest"}),
    ('"sum", "reset-per-column", lambda sums: sums.cumsum(axis=0)',
        "total(image, kernel).cumsum(axis=0)", {"sum": "reset-per-column"} | FLOATS),
    ('"frame", "last-three-rows", Frame(bottom=Length(3))',
        "np.where(np.arange(len(image))[:, None] < len(image) - 3, pixels(total(image, kernel)), 0)",
        {"not-computed": "last-three-rows"}),
]  # fmt: skip


def test_a_new_mistake_is_one_entry(tmp_path: Path) -> None:
    """Of every aspect; without words of its own it is called by its name."""
    shutil.copytree(ROOT / "filtering", tmp_path / "filtering")
    shutil.copy(ROOT / "kernels.py", tmp_path)
    table = tmp_path / "filtering" / "check" / "mistakes.py"
    entries = "".join(f"    Mistake({entry}),\n" for entry, _, _ in NEW)
    table.write_text(table.read_text("utf-8").replace("MISTAKES = [\n", f"MISTAKES = [\n{entries}"), "utf-8")
    code = "import json\nimport numpy as np\nfrom gallery import pixels, total\n"
    code += "from filtering.check import check_function\n"
    for _, made, _ in NEW:
        code += f"print(json.dumps(check_function(lambda image, kernel: {made})['findings']))\n"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(Path(__file__).parent)])}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=tmp_path)
    told = [found({"findings": json.loads(line)}) for line in done.stdout.splitlines()]
    assert told == [findings for _, _, findings in NEW], done.stderr


def test_a_new_rounding_is_one_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    """--check and --learn find it."""

    def from_a_quarter(image: np.ndarray, kernel: np.ndarray) -> Any:
        return np.clip(np.floor(total(image, kernel).round(9) + 0.75), 0, 255).astype(np.uint8)

    def exactly(sums: Any, scale: Any) -> Any:
        return (4 * sums + 3 * scale) // (4 * scale)

    monkeypatch.setitem(ROUNDINGS, "from-a-quarter", Rounding(exactly, "it rounds *up from a quarter*"))
    result = check_function(from_a_quarter)
    assert found(result) == {"rounding": "from-a-quarter"}
    assert "It rounds *up from a quarter*" in result["advice"]
    image, kernel = noise(60, 80), np.array([[1, 2, 3], [4, 6, 5], [9, 8, 7]]) / 45
    learned = learn_kernel(image, from_a_quarter(image, kernel))
    assert (learned.verdict, learned.rounding, learned.offset) == ("exact", "from-a-quarter", 0)
