"""What mistakes do to kernels, worked out by hand; a new one is one entry of a table, in any order."""

import importlib
import json
import os
import pkgutil
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT, noise
from gallery import CASES, total
from test_gallery import found

from filtering import borders, check, model
from filtering.borders import BORDERS
from filtering.check import check_function
from filtering.check.mistakes import DIVISORS, FRAMES, KERNELS, MISTAKES
from filtering.check.probes import Probe, probes
from filtering.check.source import ANY_LANGUAGE, Source
from filtering.check.words import WORDS, remedy, sentence
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
    probe = Probe(np.zeros((9, 11), np.uint8), np.ones((5, 7)))
    missing = np.array([*rows]) == "1", np.array([*columns]) == "1"
    expected = missing[0][:, np.newaxis] | missing[1]
    assert np.array_equal(FRAMES[name].effect.mask(probe.image.shape, probe.reach), expected)


def test_a_rule_for_every_border() -> None:
    rules = {remedy("border", "", ANY_LANGUAGE, border=border) for border in BORDERS}
    assert len(rules) == len(BORDERS)


def test_words_for_every_mistake() -> None:
    """Each has a sentence, and a remedy that ends as one, unless other mistakes stand for it."""
    names = {(one.aspect, one.name) for one in MISTAKES if one.aspect != "frame" and not one.parts}
    names |= {
        (aspect, name) for aspect, table in WORDS.items() for name, words in table.items() if words.says
    }
    for aspect, name in names:
        assert remedy(aspect, name, Source(), right="1", down="1", function="f", call="f()").endswith(".")
        of_python = aspect in ("arguments", "returns", "returns-early", "input-modified")
        assert remedy(aspect, name, ANY_LANGUAGE).endswith(".") != of_python
        assert sentence(aspect, name) != f"its {aspect} is *{name}*"


NEW = {  # the entry, and a function that makes the mistake
    "orientation": ('"moved", lambda w: np.roll(w, 1, axis=1)',
        "pixels(total(image, np.roll(kernel, 1, axis=1)))"),
    "kernel": ('"squared", lambda w, d: (w * w, d * d)', "pixels(total(image, kernel * kernel))"),
    "divisor": ('"largest", lambda w, d: int(abs(w).max()) or d',
        "pixels(total(image, kernel / (abs(kernel).max() or 1)).round(6))"),
    "range": ('"to-200", SPANS["saturate"].__class__(low=True, high=True, top=200, after="saturate")',
        "np.clip(np.rint(total(image, kernel)), 0, 200).astype(np.uint8)"),
    "border": ('"brightest", lambda image, rows, columns: extend(image, rows, columns, int(image.max()))',
        "pixels(total(image, kernel, 'constant', constant_values=image.max()))"),
    "sum": ('"reset-per-column", lambda sums: sums.cumsum(axis=0)', "total(image, kernel).cumsum(axis=0)"),
    "frame": ('"last-three-rows", Frame(bottom=Length(3))',
        "np.where(np.arange(len(image))[:, None] < len(image) - 3, pixels(total(image, kernel)), 0)"),
}  # fmt: skip
SUMS = {"rounding": "none", "range": "none", "dtype": "float64"}


def test_a_new_mistake_is_one_entry(tmp_path: Path) -> None:
    """Of every aspect; without words of its own it is called by its name."""
    shutil.copytree(ROOT / "filtering", tmp_path / "filtering")
    shutil.copy(ROOT / "kernels.py", tmp_path)
    table = tmp_path / "filtering" / "check" / "mistakes.py"
    lines = "".join(f'    Mistake("{aspect}", {entry}),\n' for aspect, (entry, _) in NEW.items())
    text = table.read_text("utf-8")
    table.write_text(text.replace("MISTAKES = [\n", f"MISTAKES = [\n{lines}"), "utf-8")
    code = "import json\nimport numpy as np\nfrom gallery import pixels, total\n"
    code += "from filtering.check import check_function\n"
    for _, made in NEW.values():
        code += f"print(json.dumps(check_function(lambda image, kernel: {made})['findings']))\n"
    paths = os.pathsep.join([str(tmp_path), str(Path(__file__).parent)])
    command, environment = [sys.executable, "-c", code], os.environ | {"PYTHONPATH": paths}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=tmp_path)
    told = [found({"findings": json.loads(line)}) for line in done.stdout.splitlines()]
    assert told == [
        {"orientation": "moved"}, {"kernel": "squared"}, {"divisor": "largest"}, {"range": "to-200"},
        {"border": "brightest"}, {"sum": "reset-per-column"} | SUMS, {"not-computed": "last-three-rows"},
    ], done.stderr  # fmt: skip


def test_a_new_rounding_is_one_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    """--check and --learn find it."""

    def from_a_quarter(image: np.ndarray, kernel: np.ndarray) -> Any:
        return np.clip(np.floor(total(image, kernel).round(9) + 0.75), 0, 255).astype(np.uint8)

    def exactly(sums: Any, scale: Any) -> Any:
        return (4 * sums + 3 * scale) // (4 * scale)

    rule = Rounding(exactly, "it rounds *up from a quarter*")
    monkeypatch.setitem(ROUNDINGS, "from-a-quarter", rule)
    result = check_function(from_a_quarter)
    assert found(result) == {"rounding": "from-a-quarter"}
    assert "It rounds *up from a quarter*" in result["advice"]
    image, kernel = noise(60, 80), np.array([[1, 2, 3], [4, 6, 5], [9, 8, 7]]) / 45
    learned = learn_kernel(image, from_a_quarter(image, kernel))
    assert (learned.verdict, learned.rounding, learned.offset) == ("exact", "from-a-quarter", 0)


# No meaning lies in the order of a table.

NAMES = {
    "BORDERS", "ROUNDINGS", "RANGES", "KINDS", "MISTAKES", "WORDS", "ORIENTATIONS", "KERNELS", "DIVISORS",
    "FRAMES", "NAMES", "STRETCHES", "OTHERS", "NEAR", "SHIFTS", "FARTHER", "BORDER_MODES", "EDGES", "EARLY",
}  # fmt: skip
OURS = [
    importlib.import_module(f"filtering.check.{one.name}") for one in pkgutil.iter_modules(check.__path__)
]
FOUND = [(name, table) for module in (borders, model, *OURS) for name, table in vars(module).items()]
TABLES: dict[int, Any] = {
    id(table): table for name, table in FOUND if name in NAMES and isinstance(table, dict | list)
}


def reverse_tables() -> None:
    """Turn the order of each dict and list round, in place: each two entries change sides."""
    for table in TABLES.values():
        entries = list(table.items() if isinstance(table, dict) else table)[::-1]
        table.clear()
        table.update(entries) if isinstance(table, dict) else table.extend(entries)
    probes.cache_clear()  # with what was found about them in the other order


@pytest.fixture
def reversed_tables() -> Iterator[None]:
    reverse_tables()
    yield
    reverse_tables()


MOVED = ["opencv_default", "pads_below_and_right", "scipy_full", "returns_after_a_row_inside", "minus_zero",
         "four_at_once"]  # fmt: skip


@pytest.mark.parametrize("name", MOVED)
def test_moved_entries_change_no_diagnosis(name: str, request: Any) -> None:
    assert {name for name, _ in FOUND} >= NAMES
    before = check_function(CASES[name].function)
    request.getfixturevalue("reversed_tables")
    result = check_function(CASES[name].function)
    assert (found(result), result["advice"]) == (found(before), before["advice"])
