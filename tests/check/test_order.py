"""No meaning lies in the order of a table."""

from collections.abc import Iterator
from typing import Any

import gallery
import numpy as np
import pytest
import strangers
from test_gallery import found

from filtering.borders import BORDERS
from filtering.check import check_function, kinds, mistakes, remedies, screen, search, words
from filtering.model import RANGES, ROUNDINGS

TABLES: list[Any] = [
    BORDERS, ROUNDINGS, RANGES, kinds.KINDS, mistakes.MISTAKES, words.SAYS, remedies.REMEDIES,
    mistakes.ORIENTATIONS,
    mistakes.KERNELS, mistakes.DIVISORS, mistakes.RANGES, mistakes.FRAMES, mistakes.NAMES, screen.STRETCHES,
    screen.OTHERS, screen.NEAR, screen.SHIFTS, screen.FARTHER, screen.KERNEL_WAYS, search.BORDER_MODES,
]  # fmt: skip
NAMED = [
    "filter2d", "tutorial", "absolute", "stretches", "crops_and_stretches", "kernel_transposed",
    "takes_the_mean",
    "edge_at_0", "pads_below_and_right", "three_by_three_turned", "no_room_for_the_sums", "casts_the_sums",
    "scipy_full", "overwrites_the_picture", "returns_after_a_row_inside", "fourier_not_centred",
]  # fmt: skip
FUNCTIONS = {name: vars(gallery)[name] for name in NAMED} | {
    name: strangers.WRONG[name][0]
    for name in ("three_by_three_int", "mean_cast_framed", "emboss", "minus_zero")
}


def reorder(table: Any, order: np.ndarray) -> None:
    """Put the entries of a dict or list in another order, in place."""
    entries = list(table.items() if isinstance(table, dict) else table)
    table.clear()
    moved = [entries[place] for place in order]
    table.update(moved) if isinstance(table, dict) else table.extend(moved)


@pytest.fixture(params=[1, 2])
def shuffled(request: Any) -> Iterator[None]:
    random = np.random.default_rng(request.param)
    orders = [random.permutation(len(table)) for table in TABLES]
    for table, order in zip(TABLES, orders, strict=True):
        reorder(table, order)
    screen._ways.cache_clear()
    yield
    for table, order in zip(TABLES, orders, strict=True):
        reorder(table, np.argsort(order))
    screen._ways.cache_clear()


@pytest.fixture(scope="module")
def usual() -> dict[str, Any]:
    return {name: check_function(function) for name, function in FUNCTIONS.items()}


@pytest.mark.usefixtures("usual", "shuffled")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_moved_entries_change_no_diagnosis(name: str, usual: dict[str, Any]) -> None:
    result, before = check_function(FUNCTIONS[name]), usual[name]
    assert (found(result), result["advice"]) == (found(before), before["advice"])
