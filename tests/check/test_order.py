"""No meaning lies in the order of a table."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from gallery import CASES
from test_gallery import found

from filtering import borders, check, model
from filtering.check import check_function
from filtering.check.probes import probes

MODULES = [
    importlib.import_module(f"filtering.check.{module.name}")
    for module in pkgutil.iter_modules(check.__path__)
]
NAMES = [
    "BORDERS", "ROUNDINGS", "RANGES", "KINDS", "MISTAKES", "WORDS", "ORIENTATIONS", "KERNELS",
    "DIVISORS", "FRAMES", "NAMES", "STRETCHES", "OTHERS", "NEAR", "SHIFTS", "FARTHER", "BORDER_MODES",
    "EDGES", "EARLY",
]  # fmt: skip
TABLES: dict[int, Any] = {
    id(table): table
    for module in (borders, model, *MODULES)
    for name, table in vars(module).items()
    if name in NAMES and isinstance(table, dict | list)
}
FUNCTIONS = [
    "opencv_default", "kernel_transposed", "takes_the_mean", "edge_at_0", "pads_below_and_right",
    "casts_the_sums", "scipy_full", "crops_and_stretches", "returns_after_a_row_inside", "minus_zero",
    "four_at_once", "square_kernels_transposed",
]  # fmt: skip


def reverse(table: Any) -> None:
    """Turn the order of a dict or list round, in place: each two entries change sides."""
    entries = list(table.items() if isinstance(table, dict) else table)[::-1]
    table.clear()
    table.update(entries) if isinstance(table, dict) else table.extend(entries)


def reverse_all() -> None:
    for table in TABLES.values():
        reverse(table)
    probes.cache_clear()  # with what was found about them in the other order


@pytest.fixture
def reversed_tables() -> Iterator[None]:
    reverse_all()
    yield
    reverse_all()


def test_there_are_tables() -> None:
    names = {name for module in (borders, model, *MODULES) for name in vars(module) if name in NAMES}
    assert names == {*NAMES}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_moved_entries_change_no_diagnosis(name: str, request: Any) -> None:
    before = check_function(CASES[name].function)
    request.getfixturevalue("reversed_tables")
    result = check_function(CASES[name].function)
    assert (found(result), result["advice"]) == (found(before), before["advice"])
