"""Kernels in words and squares."""

from fractions import Fraction
from typing import Any

import numpy as np

from filtering.exact import on_paper, split
from kernels import ABOUT, KERNELS, flip

SHOWN_FACTOR = 9  # equal weights of a longer column or row are counted instead of listed


def size_text(array: np.ndarray) -> str:
    """Return `3 x 5` for an array of 3 rows and 5 columns."""
    return f"{array.shape[0]} x {array.shape[1]}"


def number_text(number: Fraction) -> str:
    """Return a number with up to nine decimals, and `...` where it has more.

    >>> number_text(Fraction(5, 2)), number_text(Fraction(-1, 3)), number_text(Fraction(7))
    ('2.5', '-0.333333333...', '7')
    """
    rounded = round(number, 9)
    whole, decimals = divmod(abs(int(rounded * 10**9)), 10**9)
    text = f"{'-' * (rounded < 0)}{whole}" + (f".{decimals:09}".rstrip("0") if decimals else "")
    return text if rounded == number else text + "..."


def flip_changes(kernel: np.ndarray) -> str:
    """Name the change that a turn by 180 degrees makes: `nothing`, the `sign`, or `everything`."""
    if np.array_equal(flip(kernel), kernel):
        return "nothing"
    return "sign" if np.array_equal(flip(kernel), -kernel) else "everything"


def about(name: str, kernel: np.ndarray) -> str:
    """Return the sentence on a kernel; '' where it is not the one of KERNELS, or was flipped into another.

    >>> about("identity", np.array([[1]]))
    'Changes nothing: its only weight is 1, so each pixel stays as it is.'
    """
    return ABOUT[name] if name in KERNELS and np.array_equal(kernel, KERNELS[name]) else ""


def facts(kernel: np.ndarray) -> dict[str, Any]:
    """Describe a kernel as plain data.

    Keys: rows and columns; weights over divisor as on paper (floats over 1 where no divisor makes whole
    numbers of them); sum, of the kernel; flip, what a turn by 180 degrees changes; column and row, whose
    product the weights are, or None.
    """
    weights, divisor = on_paper(kernel)
    column, row = split(weights) or (None, None)
    return {
        "rows": kernel.shape[0],
        "columns": kernel.shape[1],
        "weights": weights.tolist(),
        "divisor": divisor,
        "sum": float(total(weights) / divisor),
        "flip": flip_changes(kernel),
        "column": column,
        "row": row,
    }


def facts_text(kernel: np.ndarray, error: float = 0.0) -> str:
    """Describe a kernel's sum, symmetry and factors.

    error: how far its weights may be from the right ones; only what holds for all such weights is said.
    """
    weights, divisor = on_paper(kernel)
    changes = flip_changes(kernel)
    facts = [f"sum {number_text(total(weights) / divisor)}"]
    if error == 0 or (changes == "everything" and _apart(kernel) > 2 * error):
        facts.append(f"flipping it changes {'only the sign' if changes == 'sign' else changes}")
    factors = split(weights)
    if factors is not None and error == 0:
        scale = f"1/{divisor} * " if divisor != 1 else ""
        facts.append(scale + "column {} times row {}".format(*map(_factor_text, factors)))
    elif factors is None and (error == 0 or np.linalg.svd(kernel)[1][1] > error * kernel.size**0.5):
        facts.append("does not split into a column and a row")
    return "; ".join(facts)


def _apart(kernel: np.ndarray) -> float:
    """Return how far a kernel is from its flip, and from its flip with the opposite sign."""
    return float(min(np.abs(flip(kernel) - kernel).max(), np.abs(flip(kernel) + kernel).max()))


def total(weights: np.ndarray) -> Fraction:
    """Return the exact sum of weights, ints or floats."""
    return sum(map(Fraction, weights.ravel().tolist()), Fraction(0))


def _factor_text(weights: list[Any]) -> str:
    if len(weights) > SHOWN_FACTOR and len(set(weights)) == 1:
        return f"({len(weights)} times {weights[0]})"
    return f"({' '.join(map(str, weights))})"


def kernel_text(kernel: np.ndarray) -> str:
    """Write a kernel as a square of aligned numbers, with its scale in front where it has one.

    >>> print(kernel_text(np.array([[0.25, 0.5, 0.25]])))
    1/4 *  1  2  1
    """
    weights, divisor = on_paper(kernel)
    cells = [[str(weight) for weight in row] for row in weights.tolist()]
    width = max(len(cell) for row in cells for cell in row)
    scale = f"1/{divisor} *  " if divisor != 1 else ""
    lines = [" " * len(scale) + "  ".join(cell.rjust(width) for cell in row) for row in cells]
    middle = len(lines) // 2
    lines[middle] = scale + lines[middle][len(scale) :]
    return "\n".join(lines)
