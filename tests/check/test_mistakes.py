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
from gallery import FLOATS, total, truncated
from test_gallery import found

from filtering.check import check_function
from filtering.check.mistakes import DIVISORS, FRAMES, KERNELS
from filtering.learn import learn_kernel
from filtering.model import ROUNDINGS, Rounding


def test_kernels() -> None:
    for name, expected, divisor in [
        ("whole-numbers", [[-2, 0, 257], [1, 0, -1]], 1),
        ("uint8", [[254, 0, 1], [1, 0, 255]], 1),
        ("fixed-point 1000", [[-2250, 750, 257500], [1000, 0, -1000]], 1000),
        ("last-row-unused", [[-9, 3, 1030], [0, 0, 0]], 4),
        ("last-column-unused", [[-9, 3, 0], [4, 0, 0]], 4),
    ]:
        weights, over = KERNELS[name].effect(np.array([[-9, 3, 1030], [4, 0, -4]]), 4)
        assert (weights.tolist(), over) == (expected, divisor), name


def test_nothing_is_divided_by_a_sum_of_0() -> None:
    """And a sum keeps its sign."""
    for name, divisors in [("normalised", [-6, 8, 8]), ("sum-of-absolute-weights", [12, 6, 8])]:
        kernels = np.array([[-9, 3, 0], [3, -3, 0], [0, 0, 0]])
        assert [DIVISORS[name].effect(weights, 8) for weights in kernels] == divisors, name


def test_frames() -> None:
    """Of a 9 x 11 image under a 5 x 7 kernel: a 1 for each row and column that is missing."""
    for name, rows, columns in [
        ("last-column", "000000000", "00000000001"),
        ("first-row-and-column", "100000000", "10000000000"),
        ("last-kernel-rows-and-columns-and-one", "000011111", "00001111111"),
        ("last-two-rows-and-columns", "000000011", "00000000011"),
        ("first-half-kernel-rows-and-columns", "110000000", "11100000000"),
        ("rows-at-the-edge", "110000011", "00000000000"),
        ("columns-at-the-edge", "000000000", "11100000111"),
    ]:
        expected = np.bitwise_or.outer(*(np.array([*side]) == "1" for side in (rows, columns)))
        assert np.array_equal(FRAMES[name].effect.mask((9, 11), (2, 3)), expected), name


def test_a_new_mistake_is_one_entry(tmp_path: Path) -> None:
    """Without words of its own it is called by its name."""
    new = [  # the entry, a function that makes the mistake, and what is found
        ('"kernel", "squared", lambda w, d: (w * w, d * d)',
            "pixels(total(image, kernel * kernel))", {"kernel": "squared"}),
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
    shutil.copytree(ROOT / "filtering", tmp_path / "filtering")
    shutil.copy(ROOT / "kernels.py", tmp_path)
    table = tmp_path / "filtering" / "check" / "mistakes.py"
    entries = "".join(f"    Mistake({entry}),\n" for entry, _, _ in new)
    table.write_text(table.read_text("utf-8").replace("MISTAKES = [\n", f"MISTAKES = [\n{entries}"), "utf-8")
    code = "import json\nimport numpy as np\nfrom gallery import pixels, total\n"
    code += "from filtering.check import check_function\n"
    for _, made, _ in new:
        code += f"print(json.dumps(check_function(lambda image, kernel: {made})['findings']))\n"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(Path(__file__).parent)])}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=tmp_path)
    told = [found({"findings": json.loads(line)}) for line in done.stdout.splitlines()]
    assert told == [findings for _, _, findings in new], done.stderr


def test_a_new_rounding_is_one_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    """--check and --learn find it."""

    def from_a_quarter(image: np.ndarray, kernel: np.ndarray) -> Any:
        return truncated(np.floor(total(image, kernel).round(9) + 0.75))

    rule = Rounding(lambda sums, scale: (4 * sums + 3 * scale) // (4 * scale), "it rounds *from a quarter*")
    monkeypatch.setitem(ROUNDINGS, "from-a-quarter", rule)
    result = check_function(from_a_quarter)
    assert found(result) == {"rounding": "from-a-quarter"}
    assert "It rounds *from a quarter*" in result["advice"]
    image, kernel = noise(60, 80), np.array([[1, 2, 3], [4, 6, 5], [9, 8, 7]]) / 45
    learned = learn_kernel(image, from_a_quarter(image, kernel))
    assert (learned.verdict, learned.rounding, learned.offset) == ("exact", "from-a-quarter", 0)
