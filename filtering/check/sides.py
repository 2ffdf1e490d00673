"""Edits that give each axis its own side: of the kernel, of the image, or of both in place of a number."""

import ast
import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from filtering.check.source import code, items, last
from filtering.check.text import Edit, Text
from filtering.check.trying import Piece

Axes = dict[str, int]  # code -> 0 for a height, 1 for a width
SUFFIX = "_rows", "_columns"


def both_sides(text: Text, of: str) -> Iterator[Edit]:
    """Yield the edit that takes both sides of an array, the kernel or the image, where one is taken for both.

    of: its name. What is computed from one side gets a twin, for where the other one is meant.
    """
    own, foreign = shapes(text, of)
    named = {axis: name for name, axis in reversed(own.items()) if name.isidentifier()}
    own |= {f"{of}.shape[0]": 0, f"{of}.shape[1]": 1, f"len({of})": 0}
    twins = {name: named.get(1 - axis, f"{of}.shape[{1 - axis}]") for name, axis in own.items()}
    made = {}  # definitions of twins, by their names

    def on(node: ast.AST, axis: int) -> str:
        """Return the text of a node as it is for an axis."""
        start, line = text.span(node)[0], text.of(node)
        for part in [*matching(node, own)][::-1]:
            if own[code(part)] != axis:
                left, right = text.span(part)
                line = line[: left - start] + twins[code(part)] + line[right - start :]
        return line

    for node, _ in text.each(ast.Assign, own=True):
        for target, value in pairs(node):
            axes = {own[code(part)] for part in matching(value, own)}
            if isinstance(target, ast.Name) and len(axes) == 1 and axis_of(text, value, foreign) is None:
                own[target.id] = axis = axes.pop()
                twins[target.id] = name = target.id + SUFFIX[1 - axis]
                made[name] = text.below(node, f"{name} = {on(value, 1 - axis)}")
    edit = [*padded(text, own, on)]
    whole = [one[:2] for one in edit]
    for statement, _ in text.each(ast.stmt, own=True):
        for part in matching(statement, own, within=False):
            wanted, (left, right) = axis_of(text, part, foreign), text.span(part)
            inside = any(start <= left and right <= end for start, end in whole)
            if wanted == 1 - own[code(part)] and not inside:
                edit.append((left, right, twins[code(part)]))
    edit += used(made, " ".join(new for _, _, new in edit))
    yield edit
    yield [(start, end, re.sub("(?<!/)/(?!/)", "//", new)) for start, end, new in edit]


def padded(text: Text, own: Axes, on: Callable[[ast.AST, int], str]) -> Iterator[Piece]:
    """Yield the pieces that give np.pad a pair for each axis. on: returns the text of a node for an axis."""
    for call in text.calls("pad"):
        sides = items(call.args[1]) if len(call.args) > 1 and [*matching(call.args[1], own)] else []
        if sides and not any(isinstance(side, ast.Tuple | ast.List) for side in sides):
            both = (f"({', '.join(on(side, axis) for side in sides * (3 - len(sides)))})" for axis in (0, 1))
            yield text.instead(call.args[1], f"[{', '.join(both)}]")


def used(made: dict[str, Piece], text: str) -> Edit:
    """Return the definitions of the names that a text uses, and of those that they use."""
    found = [name for name in made if re.search(rf"\b{name}\b", text)]
    rest = {name: piece for name, piece in made.items() if name not in found}
    values = " ".join(made[name][2].partition("=")[2] for name in found)
    return [*(made[name] for name in found), *(used(rest, values) if found else [])]


def of_any_size(text: Text) -> Iterator[Edit]:
    """Yield the edit that takes the sides of the kernel in place of 3, and its halves in place of 1."""
    _, foreign = shapes(text, text.kernel)
    edit: Edit = []
    for node, _ in text.each(ast.expr, own=True):
        around, axis = text.source.around[node], axis_of(text, node, foreign)
        above = around[-2]
        side, half = f"{text.kernel}.shape[{axis}]", f"{text.kernel}.shape[{axis}] // 2"
        of_shape = isinstance(above, ast.Subscript) and getattr(above.value, "attr", "") == "shape"
        if axis is None or of_shape:
            continue
        if isinstance(above, ast.For) and code(node) in ("(-1, 0, 1)", "[-1, 0, 1]", "range(-1, 2)"):
            edit.append(text.instead(node, f"range(-({half}), {half} + 1)"))
        elif code(above) == "-1" and isinstance(around[-3], ast.Slice):  # it counts from the end of an array
            array = next(one for one in reversed(around) if isinstance(one, ast.Subscript))
            edit.append(text.instead(above, f"{code(array.value)}.shape[{axis}] - {half}"))
        elif isinstance(above, ast.BinOp | ast.Call | ast.Slice) and code(node) in ("1", "2", "3"):
            edit.append(text.instead(node, {"1": half, "2": f"({side} - 1)", "3": side}[code(node)]))
    yield edit


def shapes(text: Text, of: str) -> tuple[Axes, Axes]:
    """Return the code of the sides of an array, and that of the sides of all others."""
    own: Axes = {}
    foreign: Axes = {}
    for node, _ in text.each(ast.expr, own=True):
        if found := re.match(r"(\w+)\.shape\[([01])\]$", code(node)):
            (own if found[1] == of else foreign)[found[0]] = int(found[2])
    for statement, _ in text.each(ast.Assign, own=True):
        for target, value in pairs(statement):
            made = code(value)
            known = own if made.partition(".")[0] == of else foreign
            if isinstance(target, ast.Tuple) and re.search(r"\.shape(\[:2\])?$", made):
                known |= {code(one): axis for axis, one in enumerate(target.elts[:2])}
            elif made in foreign and isinstance(target, ast.Name):
                foreign[target.id] = foreign[made]
    return own, foreign


def matching(node: ast.AST, known: Axes, *, within: bool = True) -> Iterator[ast.AST]:
    """Yield the outermost parts of a node whose code is known. within: also those of statements in it."""
    stored = isinstance(getattr(node, "ctx", None), ast.Store)
    if isinstance(node, ast.expr) and code(node) in known and not stored:
        yield node
        return
    for part in ast.iter_child_nodes(node):
        if within or not isinstance(part, ast.stmt):
            yield from matching(part, known, within=within)


def axis_of(text: Text, node: ast.AST, foreign: Axes) -> int | None:
    """Return the axis that a part of an expression is for; None where there is no telling."""
    around = (None, *text.source.around[node])
    for above, (outer, part) in zip(around, pairwise(around[1:]), strict=False):
        if isinstance(outer, ast.For) and part is outer.iter:
            return axis_of_loop(text, outer, foreign)
        if (
            isinstance(outer, ast.Tuple | ast.List)
            and len(outer.elts) == 2
            and not isinstance(above, ast.Assign)
        ):
            return [*map(id, outer.elts)].index(id(part))
        if (
            isinstance(outer, ast.Call)
            and last(code(outer.func)) == "copyMakeBorder"
            and part in outer.args[1:5]
        ):
            return ([*map(id, outer.args)].index(id(part)) - 1) // 2
        chained = isinstance(outer, ast.Subscript) and ast.Subscript in (type(outer.value), type(above))
        if isinstance(outer, ast.Subscript) and chained and part is outer.slice:
            return int(isinstance(outer.value, ast.Subscript))
        if isinstance(outer, ast.Assign) and part is outer.value and not isinstance(part, ast.Tuple):
            axes = {foreign[code(one)] for one in matching(part, foreign)}
            if len(axes) == 1:
                return axes.pop()
    return None


def axis_of_loop(text: Text, loop: ast.For, foreign: Axes) -> int | None:
    """Return the axis that a loop runs along: by where its variable stands in brackets, else by its end."""
    for node in ast.walk(loop):
        if isinstance(node, ast.Name) and node.id == code(loop.target) and isinstance(node.ctx, ast.Load):
            axis = axis_of(text, node, foreign)
            if axis is not None:
                return axis
    axes = {foreign[code(one)] for one in matching(loop.iter, foreign)}
    return axes.pop() if len(axes) == 1 else None


def pairs(node: ast.Assign) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield what is assigned to what: each name of a tuple with its own value, if it has one."""
    target, value = node.targets[0], node.value
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        yield from zip(target.elts, value.elts, strict=True)
    else:
        yield target, value
