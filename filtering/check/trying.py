"""Try edits of a function on the probes, and choose those that make it right.

Runs in the child process. The edits come in groups, of which each may give one; the best is chosen for one
group after the other, as long as the outputs come nearer to filter2D's.
"""

import json
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

RIGHT = 0, 0, 0.0, 0
CLOSING = "(", ")", ",", ".", "["
WORST = 255.0  # the most that a pixel counts

Piece = tuple[int, int, str]  # the characters from start to end of a text become others
Score = tuple[int, int, float, int]  # less is better: failures, wrong shapes, distance, other faults


def changed(text: str, pieces: list[Piece]) -> str | None:
    """Return a text with its pieces replaced; None where two of them overlap."""
    end = len(text)
    unique = dict.fromkeys((start, stop, new) for start, stop, new in pieces)
    # At one place, what opens comes in the other order than what closes: `clip(` `rint(` x `)` `, 0, 1)`.
    keyed = [(a, b, i if new[:1] in CLOSING else -i, new) for i, (a, b, new) in enumerate(unique)]
    for start, stop, _, new in sorted(keyed, reverse=True):
        if stop > end:
            return None
        text, end = text[:start] + new + text[stop:], start
    return text


def search(
    folder: Path,
    numbers: list[str],
    anew: Callable[[str], list[Any]],
    call: Callable[..., Any],
    tell: Callable[[str, Any], None],
) -> None:
    """Tell which edits make the function right, or nearly: for each group the number of one, or None.

    folder: holds the plan, the inputs and the right outputs. anew: returns the ways to call the function of a
    text. call, tell: those of `calling`.
    """
    plan = json.loads((folder / "plan.json").read_text("utf-8"))
    text, groups, end = plan["text"], plan["groups"], time.process_time() + plan["seconds"]
    inputs = [np.load(folder / f"{number}.npz") for number in numbers]
    pairs = [(one["image"], one["kernel"]) for one in inputs]
    right = [dict(np.load(folder / f"right-{number}.npz")) for number in numbers]
    chosen: list[int | None] = [None] * len(groups)
    best: Score | None = None
    tell("loaded", {"call": ""})

    @cache
    def score(changes: tuple[int | None, ...]) -> Score | None:
        """Return how far the function with these edits is from filter2D; None where it cannot be tried."""
        tell("tried", changes)
        pieces = [piece for edits, one in zip(groups, changes, strict=True) if one is not None
                  for piece in edits[one]]  # fmt: skip
        now = changed(text, pieces)
        try:
            ways = anew(now) if now is not None else []
        except (SyntaxError, ValueError):
            ways = []
        # As it was called before; or in the plain way, which a changed function may allow.
        tried = [ways[0], *(one for one in ways[1:] if one.text == plan["call"])] if ways else []
        return min((distance(way, pairs, right, call, best) for way in tried), default=None)

    best = score((*chosen,))
    for group in [*range(len(groups)), *reversed(range(len(groups))), *range(len(groups))]:
        for edit in range(len(groups[group])):
            other = [*chosen[:group], edit, *chosen[group + 1 :]]
            found = score((*other,)) if time.process_time() < end and best != RIGHT else None
            if found is not None and (best is None or found < best):
                best, chosen = found, other
                tell("chosen", chosen)
    for group in range(len(groups)):  # nothing stays that is not needed
        other = [*chosen[:group], None, *chosen[group + 1 :]]
        if other != chosen and (found := score((*other,))) is not None and best is not None and found <= best:
            chosen = other
    tell("chosen", chosen)


def distance(
    way: Any,
    inputs: list[tuple[np.ndarray, np.ndarray]],
    right: list[dict[str, np.ndarray]],
    call: Callable[..., Any],
    most: Score | None,
) -> Score:
    """Return how far a function is from filter2D on the inputs. most: what is worse need not be exact."""
    failed, odd, others, total = 0, 0, len(way.habits), (0, 0, 0.0, 0)
    apart = dict.fromkeys(right[0], 0.0)  # by border
    for number, (image, kernel) in enumerate(inputs):
        trial = call(way, image, kernel)
        others += len(trial.modified)
        if trial.output is None:
            failed += 1
        else:
            odd += trial.output.shape != image.shape
            others += (trial.output.dtype != np.uint8) + (trial.returned != "array")
            for border, pixels in right[number].items():
                apart[border] += away(trial.output, pixels)
        total = failed, odd, round(min(apart.values()), 3), others
        if most is not None and total > most:
            break
    return total


def away(output: np.ndarray, right: np.ndarray) -> float:
    """Return the sum of the differences of pixels; of another shape, the middles are compared."""
    output = output[..., 0] if output.ndim == 3 else output
    if output.ndim != 2:
        return WORST * right.size
    shape = np.minimum(output.shape, right.shape)
    one, other = (
        part[tuple(slice((a - b) // 2, (a - b) // 2 + b) for a, b in zip(part.shape, shape, strict=True))]
        for part in (output, right)
    )
    with np.errstate(all="ignore"):
        apart = np.nan_to_num(np.abs(one - other.astype(float)), nan=WORST, posinf=WORST)
    return float(np.minimum(apart, WORST).sum() + WORST * (right.size - other.size))
