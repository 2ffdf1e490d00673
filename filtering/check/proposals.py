"""Edits of a function's text that its findings suggest: a group for each thing to change, the smallest first.

None of them is known to help: `trying` finds out.
"""

import ast
import itertools
import re
from collections.abc import Callable, Iterator

from filtering.check.findings import Examination
from filtering.check.sides import both_sides, of_any_size
from filtering.check.source import base, code, items, last
from filtering.check.text import Edit, Text
from filtering.check.words import WHOLE

MOST = 40  # edits of a group
INVERSE = {  # what turns a kernel back that is used in another orientation
    "rotated180": "[::-1, ::-1]", "transposed": ".T", "flipped-left-right": "[:, ::-1]",
    "flipped-up-down": "[::-1]", "rotated90": ".T[:, ::-1]", "rotated270": ".T[::-1]",
    "transposed-other-diagonal": "[::-1, ::-1].T",
}  # fmt: skip
SCIPY = ("convolve2d", "convolve", "fftconvolve", "correlate2d", "correlate")
ROUNDERS = ("floor", "ceil", "trunc", "fix")


def proposals(told: Examination) -> list[list[Edit]]:
    """Return groups of edits for what is found out about a function, of which each may give one."""
    text = Text(told.source, told.border if told.border_given else "replicate")
    said = "\n".join(f"{one.aspect} {one.found}" for one in told.findings if not one.harmless)
    groups = [[*group(text)] for pattern, group in GROUPS if re.search(pattern, said, re.MULTILINE)]
    return [[one for one in group if one][:MOST] for group in groups if any(group)]


# How it is called, and what it returns.


def parameters(text: Text) -> Iterator[Edit]:
    """Yield edits of the parameters: their order, defaults, the image in place of a file's name."""
    arguments = getattr(text.scope, "args", None)
    own = {one.arg: one for one in arguments.args} if isinstance(arguments, ast.arguments) else {}
    if {text.image, text.kernel} <= {*own}:
        image, kernel = own[text.image], own[text.kernel]
        yield [text.instead(image, text.of(kernel)), text.instead(kernel, text.of(image))]
    for value in ("False", "True", "0", "1"):
        yield [
            text.add(one, f"={value}")
            for name, one in own.items()
            if name not in (text.image, text.kernel, "self")
        ]
    for node, _ in text.each(ast.Assign, own=True):
        read = (
            node.value.args if isinstance(node.value, ast.Call) and "imread" in code(node.value.func) else []
        )
        if read and code(read[0]) in own:
            yield [text.instead(own[code(read[0])], code(node.targets[0])), *text.without(node)]


def ends(text: Text) -> Iterator[Edit]:
    """Yield edits of returns: dedented, or added, or of what they return."""
    for node, _ in text.each(ast.Return, own=True):
        for loop in text.source.loops(node):
            yield [(text.starts[node.lineno - 1], text.span(node)[0], text.indent(loop))]
    for value in text.returns()[:1]:
        yield [text.instead(value, text.of(value.elts[0]))] if isinstance(value, ast.Tuple) else []
        yield text.around(value, f"{text.np}.array(", ")")
        yield text.around(value, f"{text.np}.array(", f", {text.np}.uint8)")
    if not text.returns() and isinstance(text.scope, ast.FunctionDef):
        for name in sorted(stored(text)):
            new = text.below(text.scope.body[-1], f"return {name}", text.scope.body[0])
            yield [new]
            yield [new, *text.first(f"{name} = {name}.copy()")]


def copies(text: Text) -> Iterator[Edit]:
    """Yield edits that work on copies, so that inputs stay, and no pixel is read that is written already."""
    for name in (text.image, text.kernel):
        yield text.first(f"{name} = {name}.copy()")
    loops = [node for node, _ in text.each(ast.For, own=True)]
    for name in sorted(stored(text)) if loops else []:
        reads = [
            text.instead(node, f"original_{name}") for node, _ in text.each(ast.Name, own=True)
            if node.id == name and text.source.loops(node) and not any(
                isinstance(getattr(one, "ctx", None), ast.Store) for one in text.source.around[node])
        ]  # fmt: skip
        kept = [text.before(loops[0], f"original_{name} = {name}.copy()"), *reads]
        yield kept
        yield [*text.first(f"{name} = {name}.copy()"), *kept]


def resets(text: Text) -> Iterator[Edit]:
    """Yield edits that set a sum to 0 inside a loop."""
    sums = {node.target.id for node, _ in text.each(ast.AugAssign) if isinstance(node.target, ast.Name)}
    for loop, _ in text.each(ast.For, own=True):
        for name in sorted(sums):
            yield [text.before(loop.body[0], f"{name} = 0.0")]


def stored(text: Text) -> set[str]:
    """Return the names of arrays whose items are set."""
    targets = [node.targets[0] for node, _ in text.each(ast.Assign, own=True)]
    return {base(one) for one in targets if isinstance(one, ast.Subscript)}


# From sums to pixels.


def last_steps(text: Text) -> Iterator[Edit]:
    """Yield edits that round, saturate and cast what is cast, or returned."""
    clip = f"{text.np}.clip({text.np}.rint(", "), 0, 255)"
    for call, scope in [*text.each(ast.Call)][::-1]:
        name, value = last(text.source.full_name(call.func)), text.source.receiver(call)
        given = text.source.given_type(call)
        if name == "int" and call.args:
            yield [text.instead(call.func, "round")]
        elif name in ROUNDERS and call.args:
            inner = call.args[0]
            half = isinstance(inner, ast.BinOp) and code(inner.right) in ("0.5", "1")
            more = text.only(inner, inner.left) if half and isinstance(inner, ast.BinOp) else []
            yield [text.instead(call.func, f"{text.np}.rint"), *more]
        elif given is not None and value is not None and text.source.dtype(call, scope) in WHOLE:
            about = text.source.of(value, scope)
            yield text.around(value, f"{text.np}.rint(", ")") if about == "sum" else []
            yield text.around(value, *clip) if about == "sum" else []
    for returned in text.returns()[:1]:
        yield text.around(returned, "", '.astype("uint8")')
        yield text.around(returned, clip[0], f'{clip[1]}.astype("uint8")')


def stores(text: Text) -> Iterator[Edit]:
    """Yield edits of what is stored in an array."""
    clip, rint = (f"{text.np}.clip(", ", 0, 255)"), f"{text.np}.rint"
    for _, value in targets(text):
        if isinstance(value, ast.Call) and code(value.func) in ("int", "round", "abs"):
            yield text.around(value, *clip)
            yield [*text.around(value, *clip), text.instead(value.func, rint)]
        if value is not None:
            yield text.around(value, f"{rint}(", ")")
            yield text.around(value, f"{clip[0]}{rint}(", f"){clip[1]}")


def arrays(text: Text) -> Iterator[Edit]:
    """Yield edits that make arrays of floats, where sums are stored or taken."""
    for made, _ in targets(text):
        yield floats(text, made) if made is not None else []
    for call in text.calls("convolve", "correlate"):
        if "ndimage" in text.source.full_name(call.func):
            yield text.around(call.args[0], "", ".astype(float)")


def targets(text: Text) -> Iterator[tuple[ast.Call | None, ast.expr | None]]:
    """Yield how arrays are made that sums are stored in, and the value that is stored, if it is not added."""
    for node, scope in text.each(ast.stmt):
        if not isinstance(node, ast.Assign | ast.AugAssign):
            continue
        array = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
        whole = isinstance(array, ast.Name) and isinstance(node, ast.AugAssign)
        if (whole or isinstance(array, ast.Subscript)) and text.source.of(node.value, scope) == "sum":
            while isinstance(array, ast.Subscript):
                array = array.value
            made, _ = text.source.made(array, scope)
            value = node.value if isinstance(node, ast.Assign) else None
            yield made if isinstance(made, ast.Call) else None, value


def floats(text: Text, made: ast.Call) -> Edit:
    """Return the edit that makes an array hold floats."""
    name, given = last(text.source.full_name(made.func)), text.source.given_type(made)
    if given is None and name.endswith("_like"):
        return [text.argument(made, "float")]
    if name == "copy" and isinstance(made.func, ast.Attribute):
        return [(text.span(made.func.value)[1], text.span(made)[1], ".astype(float)")]
    if given is None or given is made.func or len(made.args) + len(made.keywords) < 2:
        return []
    keyword = next((one for one in made.keywords if one.value is given), given)
    start = len(text.text[: text.span(keyword)[0]].rstrip().rstrip(","))
    return [(start, text.span(given)[1], "")]


# What is done to the sums, and to the kernel.


def parts(about: str) -> Callable[[Text], Iterator[Edit]]:
    """Return what yields the edits that leave only a part of an expression. about: "sum" or "kernel"."""

    def only(text: Text) -> Iterator[Edit]:
        """Yield the edits of a text."""
        for node, scope in text.each(ast.expr):
            alike = [one for one in operands(node) if text.source.of(one, scope) == about]
            called = getattr(text.source.around[node][-2], "func", None) is node
            if text.source.of(node, scope) == about and not called:
                for part in [*alike, *(one for inner in alike for one in operands(inner))]:
                    if text.source.of(part, scope) == about:
                        yield text.only(node, part)
                        if isinstance(node, ast.BinOp) and about == "sum":
                            yield [text.instead(node, f"{text.np}.clip({text.of(part)}, 0, 255)")]

    return only


def operands(node: ast.AST) -> list[ast.expr]:
    """Return what an expression is made of, of which one may be left alone."""
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.Call):
        return [*([node.func.value] if isinstance(node.func, ast.Attribute) else []), *node.args]
    found = getattr(node, "operand", None) or getattr(node, "value", None)
    return [found] if isinstance(found, ast.expr) else []


def operations(text: Text) -> Iterator[Edit]:
    """Yield edits of operations: `/` for `//`, `*` for `@`, a sum for a mean, none in place."""
    for node, _ in text.each(ast.BinOp):
        for kind, old, new in ((ast.FloorDiv, "//", "/"), (ast.MatMult, "@", "*")):
            if isinstance(node.op, kind):
                at = text.text.index(old, text.span(node.left)[1])
                yield [(at, at + len(old), new)]
    for called, _ in text.each(ast.Call):
        if last(code(called.func)) in ("mean", "average"):
            yield [text.renamed(called, "sum")]
    for part, _ in text.each(ast.Subscript):
        if any(getattr(one, "step", None) is not None for one in items(part.slice)):
            yield text.only(part, part.value)
    for statement, _ in text.each(ast.AugAssign):
        if isinstance(statement.op, ast.Div | ast.Mult):
            yield text.without(statement)


def products(text: Text) -> Iterator[Edit]:
    """Yield edits that multiply pixel by weight in place of a product of matrices."""
    for call in text.calls("dot", "matmul"):
        if len(call.args) == 2:
            (start, end), (a, b), (c, d) = map(text.span, (call, *call.args))
            yield [(start, a, "("), (b, c, " * "), (d, end, ")")]


def weights(text: Text) -> Iterator[Edit]:
    """Yield edits of how the kernel is used."""
    for call in text.calls(*SCIPY):
        if isinstance(call.func, ast.Attribute):
            yield [text.renamed(call, last(code(call.func)).replace("convolve", "correlate"))]
    yield [
        text.add(one, f" + {text.kernel}.shape[{axis}] // 2") for node, _ in text.each(ast.Subscript)
        if code(node.value) == text.kernel for axis, one in enumerate(items(node.slice))
    ]  # fmt: skip
    yield [text.add(one.args[1], " + 1") for one in text.calls("range", "arange") if len(one.args) > 1]
    yield from itertools.islice(parts("kernel")(text), MOST // 2)
    for call in text.calls(*SCIPY):
        yield text.around(call.args[1], "", "[::-1, ::-1]") if len(call.args) > 1 else []
    for node, scope in text.each(ast.Call):
        yield floats(text, node) if text.source.of(node, scope) == "kernel" else []
    for turn in INVERSE.values():
        yield text.first(f"{text.kernel} = {text.kernel}{turn}")


def rolls(text: Text) -> Iterator[Edit]:
    """Yield edits of results that a Fourier transform has moved."""
    back = f"(-({text.halves[0]}), -({text.halves[1]}))"
    for shift in (back, f"({text.halves[0]}, {text.halves[1]})"):
        yield [text.instead(call.args[1], shift) for call in text.calls("roll") if len(call.args) > 1]
    for call in text.calls("ifft2", "irfft2"):
        yield text.around(call, f"{text.np}.roll(", f", {back}, axis=(0, 1))")


# The edge.


def paddings(text: Text) -> Iterator[Edit]:
    """Yield edits of calls that pad, or that have a border of their own."""
    rows, columns = text.halves
    for call in text.calls("pad"):
        given = {one.arg: one for one in call.keywords}
        old = given["mode"].value if "mode" in given else (*call.args, None, None)[2]
        new = f'"{text.mode}"'
        mode = [text.argument(call, f"mode={new}") if old is None else text.instead(old, new)]
        for name in {*given} - {"mode", "pad_width"}:
            start, end = text.span(given[name])
            mode.append((len(text.text[:start].rstrip().rstrip(",")), end, ""))
        yield mode
        if len(call.args) > 1:
            sides = text.instead(call.args[1], f"[({rows}, {rows}), ({columns}, {columns})]")
            yield from ([sides], [sides, *mode])
    for call in text.calls("copyMakeBorder"):
        yield [text.instead(call.args[5], text.flag)] if len(call.args) > 5 else []
    own = {"filter2D": ("borderType", text.flag), "correlate2d": ("mode", '"same"')}
    for call in text.calls("filter2D", *SCIPY):
        ndimage = "ndimage" in text.source.full_name(call.func)
        name, value = own.get(last(code(call.func)), ("mode", f'"{text.ndimage if ndimage else "same"}"'))
        old = next((one.value for one in call.keywords if one.arg == name), None)
        yield [text.argument(call, f"{name}={value}") if old is None else text.instead(old, value)]


def loops(text: Text) -> Iterator[Edit]:
    """Yield edits of loops that begin or end at a wrong number, and of the array that they fill."""
    ranges = [one for one in text.calls("range", "arange") if isinstance(one.args[-1], ast.BinOp)]
    ended = [(one.args[0], one.args[-1]) for one in ranges]
    yield [piece for _, end in ended if isinstance(end, ast.BinOp) for piece in text.only(end, end.left)]
    yield [
        (text.span(end.left)[1], text.span(end)[1], f" - {text.of(start)}")
        for start, end in ended if isinstance(end, ast.BinOp) and start is not end
    ]  # fmt: skip
    whole: list[Edit] = []
    for node, _ in text.each(ast.For):
        depth = len(text.source.loops(node)) - 1
        if depth < 2 and isinstance(node.iter, ast.Call) and node.iter.args:
            span = text.span(node.iter.args[0])[0], text.span(node.iter.args[-1])[1]
            whole.append([(*span, f"{text.image}.shape[{depth}]")])
    every = [piece for edit in whole for piece in edit]
    filled = [
        one for one, _ in targets(text) if one is not None and last(code(one.func)) in ("zeros", "empty")
    ]
    made = [text.instead(one.args[0], f"{text.image}.shape") for one in filled if one.args]
    yield from (every, made, [*every, *made], *whole)


def edges(text: Text) -> Iterator[Edit]:
    """Yield edits that pad the image at the beginning, or cut it out of the result, or turn it."""
    used = {node.id for node, _ in text.each(ast.Name)}
    y, x = next(
        pair for pair in (("rows", "columns"), ("pad_y", "pad_x"), ("ry_", "rx_")) if not {*pair} & used
    )
    pads = text.first(
        f"{y}, {x} = {text.halves[0]}, {text.halves[1]}",
        f'{text.image} = {text.np}.pad({text.image}, [({y}, {y}), ({x}, {x})], mode="{text.mode}")',
    )
    yield pads
    for cut in (f"[{y} : -{y} or None, {x} : -{x} or None]", f"[: -2 * {y} or None, : -2 * {x} or None]"):
        cuts = [piece for one in text.returns() for piece in text.around(one, "", cut)]
        yield [*pads, *cuts] if pads else []
    axes = [f"{half} : {half} + {text.image}.shape[{axis}]" for axis, half in enumerate(text.halves)]
    for one in text.returns()[:1]:
        for part in (f"[{', '.join(axes)}]", ".T", "[:, :, 0]"):
            yield text.around(one, "", part)


# What fails.


def failures(text: Text) -> Iterator[Edit]:
    """Yield edits of what raises exceptions: sizes in floats, in the wrong order, or one short."""
    yield [
        (at, at + 1, "//") for node, scope in text.each(ast.BinOp)
        if isinstance(node.op, ast.Div) and text.source.of(node, scope) == "size"
        for at in (text.text.index("/", text.span(node.left)[1]),)
    ]  # fmt: skip
    for call in text.calls("fft2", "rfft2"):
        yield [text.argument(call, f"{text.image}.shape")] if len(call.args) == 1 else []
    slices = [node.slice for node, _ in text.each(ast.Subscript)]
    yield [text.add(one.upper, " + 1") for part in slices for one in items(part)
           if isinstance(one, ast.Slice) and one.upper is not None]  # fmt: skip


def swapped(text: Text) -> Iterator[Edit]:
    """Yield edits of `width, height = image.shape`."""
    for node, _ in text.each(ast.Assign):
        target = node.targets[0]
        if isinstance(target, ast.Tuple) and len(target.elts) == 2 and "shape" in code(node.value):
            one, other = target.elts
            yield [text.instead(one, text.of(other)), text.instead(other, text.of(one))]


def slices(text: Text) -> Iterator[Edit]:
    """Yield the edit of slices that are empty where `-r` is 0."""
    yield [
        (text.span(end)[0], text.span(end)[0] + 1, f"{code(node.value)}.shape[{axis}] - ")
        for node, _ in text.each(ast.Subscript) if isinstance(node.value, ast.Name)
        for axis, one in enumerate(items(node.slice))
        for end in (getattr(one, "upper", None),)
        if isinstance(end, ast.UnaryOp) and not isinstance(end.operand, ast.Constant)
    ]  # fmt: skip


PLACES = "^(shape|border|not-computed|shift)"
STOPS = r"^fails-on (every|most) images?: ([\w.]*[eE]rror|returns|a result)"
SIZES = f"{STOPS}|^fails-on.*(non-square|[3579] x [3579]|larger|smaller)"
PIXELS = f"{STOPS}|^(rounding|conversion|range|dtype|adds-up-in|offset)|^fails-on.*sum"
SUMS = "^(result|divisor|offset|stride|kernel|adds-up-in)|^range (abs|stretch|scaled|expects|clipped)|to 0:"
# What is found, as `aspect name`, and the edits that it suggests: what spoils most pixels first.
GROUPS: list[tuple[str, Callable[[Text], Iterator[Edit]]]] = [
    ("^arguments", parameters),
    (STOPS, failures),
    (f"{SIZES}|^shape", swapped),
    (SIZES, lambda text: both_sides(text, text.kernel)),
    (SIZES, lambda text: both_sides(text, text.image)),
    (f"{STOPS}|[3579] x [3579]|larger", of_any_size),
    (f"{SIZES}|side of 1|one row|1 x 1", slices),
    (f"{STOPS}|^returns", ends),
    (f"{SUMS}|^orientation", weights),
    (f"{SIZES}|{PLACES}", loops),
    (f"{SIZES}|{PLACES}", paddings),
    (PLACES, edges),
    (SUMS, operations),
    ("^kernel", products),
    ("^(shift|orientation)", rolls),
    ("^input-modified", copies),
    ("^sum", resets),
    (SUMS, parts("sum")),
    (PIXELS, last_steps),
    (PIXELS, stores),
    (PIXELS, arrays),
    (SUMS, parts("sum")),
]
