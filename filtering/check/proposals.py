"""Edits of a function's text that its findings suggest: a group for each thing to change, the smallest first.

An edit is a list of pieces, (start, end, new): the characters of the text that become others. None is known to
help: they are tried.
"""

import ast
import itertools
import re
from collections.abc import Iterator

from filtering.check.findings import Examination
from filtering.check.source import FLIPS, TYPES, Source, base, code, items, last
from filtering.check.trying import Piece
from filtering.check.words import WHOLE

Edit = list[Piece]
PIXELS = ("rounding", "conversion", "range", "dtype", "adds-up-in", "returns", "fails-on", "kernel", "offset")
SAFE = (ast.Name, ast.Constant, ast.Call, ast.Subscript, ast.Attribute, ast.Tuple, ast.List)
FREE = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Call, ast.keyword, ast.Tuple, ast.List)
ROUNDERS = ("floor", "ceil", "trunc", "fix")
INVERSE = {  # what is done to a kernel that is used in another orientation
    "rotated180": "{0}[::-1, ::-1]", "transposed": "{0}.T", "flipped-left-right": "{0}[:, ::-1]",
    "flipped-up-down": "{0}[::-1]", "rotated90": "{np}.rot90({0}, -1)", "rotated270": "{np}.rot90({0})",
    "transposed-other-diagonal": "{0}[::-1, ::-1].T",
}  # fmt: skip
MOST = 40  # edits of a group


def proposals(told: Examination, border: str | None) -> list[list[Edit]]:
    """Return groups of edits for the findings of a function. border: the border mode that is asked for."""
    found: dict[str, list[str]] = {}
    for one in told.findings:
        if not one.harmless:
            found.setdefault(one.aspect, []).append(one.found)
    text = Text(told.source)
    groups = text.groups(found, border)
    return [edits[:MOST] for edits in groups if edits]


class Text:
    """The text of a function, with the places of its parts."""

    def __init__(self, source: Source) -> None:
        """Note the places of lines, the function, and what it calls things."""
        self.source, self.text = source, source.text
        self.starts = [0]
        for line in self.text.split("\n"):
            self.starts.append(self.starts[-1] + len(line) + 1)
        self.newline = "\r\n" if "\r\n" in self.text else "\n"
        self.scope = source.nodes[0][1]  # the function
        self.image, self.kernel = source.names["image"], source.names["kernel"]
        self.np = next((name for name, full in source.imports.items() if full == "numpy"), "")
        self.rows, self.columns = f"{self.kernel}.shape[0] // 2", f"{self.kernel}.shape[1] // 2"

    # Places.

    def place(self, line: int, column: int) -> int:
        """Return the character at a line and a column, which ast counts in bytes."""
        whole = self.text[self.starts[line - 1] : self.starts[line] - 1]
        return self.starts[line - 1] + len(whole.encode()[:column].decode())

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Return where a node begins and ends, without brackets around it."""
        at = [getattr(node, name) for name in ("lineno", "col_offset", "end_lineno", "end_col_offset")]
        return self.place(*at[:2]), self.place(*at[2:])

    def of(self, node: ast.AST) -> str:
        """Return the text of a node."""
        start, end = self.span(node)
        return self.text[start:end]

    def group(self, node: ast.AST) -> tuple[int, int]:
        """Return where a node begins and ends, with one pair of brackets that does nothing but group it."""
        start, end = self.span(node)
        before, after = self.text[:start].rstrip(), self.text[end:]
        grouped = before.endswith("(") and after.lstrip().startswith(")")
        if grouped and not re.search(r"[\w\])]$", before[:-1]):
            return len(before) - 1, end + len(after) - len(after.lstrip()) + 1
        return start, end

    def wrap(self, node: ast.AST, before: str, after: str) -> Edit:
        """Return the edit that puts text before and after a node, in place of brackets that group it."""
        (start, end), (left, right) = self.span(node), self.group(node)
        return [(left, start, before), (end, right, after)]

    def instead(self, node: ast.AST, part: ast.AST) -> Edit:
        """Return the edit that leaves of a node only a part; a statement that then does nothing goes."""
        statement = self.source.around[node][-2]
        if isinstance(statement, ast.Assign) and code(statement.targets[0]) == code(part):
            return self.without(statement)
        (start, end), (left, right) = self.span(node), self.group(part)
        bare = isinstance(part, SAFE) or isinstance(statement, FREE) or (left, right) != self.span(part)
        if isinstance(statement, FREE) and not isinstance(statement, ast.Call | ast.keyword) and bare:
            left, right = self.span(part)
        if not start <= left <= right <= end:
            left, right = self.span(part)
        return [(start, left, "" if bare else "("), (right, end, "" if bare else ")")]

    def without(self, statement: ast.stmt) -> Edit:
        """Return the edit that removes a statement that has lines of its own."""
        start, end = self.starts[statement.lineno - 1], self.starts[statement.end_lineno or statement.lineno]
        alone = self.text[start:end].strip() == self.of(statement)
        parent = self.source.around[statement][-2]
        if alone and len(getattr(parent, "body", [])) > 1:
            return [(start, min(end, len(self.text)), "")]
        return [(*self.span(statement), "pass")]

    def first(self, *lines: str) -> Edit:
        """Return the edit that adds lines at the beginning of the function; none where it has no lines."""
        body = getattr(self.scope, "body", [])
        if not isinstance(body, list) or body[0].lineno == getattr(self.scope, "lineno", 0):
            return []
        doc = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant) and len(body) > 1
        start, _ = self.span(body[int(doc)])
        indent = self.text[self.starts[body[int(doc)].lineno - 1] : start]
        return [(start, start, "".join(line + self.newline + indent for line in lines))]

    # Groups.

    def nodes(self, *types: type, own: bool = False) -> Iterator[tuple[ast.AST, ast.AST]]:
        """Yield the nodes of these types, and the functions around them. own: of this function only."""
        for node, scope in self.source.nodes:
            if isinstance(node, types) and (scope is self.scope or not own):
                yield node, scope

    def calls(self, *names: str) -> Iterator[ast.Call]:
        """Yield the calls of functions with these names."""
        for node, _ in self.nodes(ast.Call):
            if isinstance(node, ast.Call) and last(self.source.full_name(node.func)) in names:
                yield node

    def returns(self) -> list[ast.expr]:
        """Return what the function returns, the last one first."""
        inner = [one for one, _ in self.nodes(ast.FunctionDef, ast.Lambda, own=True)]
        values = [
            node.value
            for node, _ in self.nodes(ast.Return, own=True)
            if isinstance(node, ast.Return) and node.value is not None
            and not set(inner) & {*self.source.around[node][:-1]} - {self.scope}
        ]  # fmt: skip
        return values[::-1]

    def groups(self, found: dict[str, list[str]], border: str | None) -> list[list[Edit]]:
        """Return the groups for findings, by aspect: what spoils most pixels first."""
        names = {f"{aspect} {name}" for aspect, texts in found.items() for name in texts}
        said = " ".join(names)
        groups: list[list[Edit]] = []
        if "arguments" in found:
            groups.append([*self.parameters()])
        if "fails-on" in found:
            groups += [[*self.failures()]]
            groups += [self.both_sides(of) for of in (self.kernel, self.image)]
            groups += [self.slices()]
        if {"returns-early", "returns", "fails-on"} & {*found}:
            groups += [[*self.ends()]]
        if {"shape", "border", "not-computed", "shift"} & {*found}:
            groups += [[*self.edges()], [*self.paddings()], [*self.ranges()]]
        if {"orientation", "kernel", "shift", "divisor"} & {*found}:
            groups += [[*self.weights(found.get("orientation", [""])[0])]]
        if {"input-modified", "sum"} & {*found}:
            groups += [[*self.copies()]]
        if {*PIXELS, "result", "shape", "stride", "divisor"} & {*found}:
            groups += [self.pixels(), [*self.parts("sum")], [*self.parts("sum")]]
        return groups

    def pixels(self) -> list[Edit]:
        """Return edits of the step from sums to pixels: at the end, where they are stored, and their array."""
        end: list[Edit] = []
        clip = f"{self.np}.clip({self.np}.rint(", "), 0, 255)"
        for node, scope in [*self.nodes(ast.Call)][::-1]:
            if not isinstance(node, ast.Call):
                continue
            name, value = last(self.source.full_name(node.func)), self.source.receiver(node)
            given = self.source.given_type(node)
            if name == "int" and node.args:
                end += [[(*self.span(node.func), "round")], self.instead(node, node.args[0])]
            elif name in ROUNDERS and node.args:
                inner = node.args[0]
                half = isinstance(inner, ast.BinOp) and code(inner.right) in ("0.5", "1 / 2", "1")
                more = self.instead(inner, inner.left) if half and isinstance(inner, ast.BinOp) else []
                end += [[(*self.span(node.func), f"{self.np}.rint"), *more]]
            elif given is not None and value is not None and self.source.dtype(node, scope) in WHOLE:
                if self.source.of(value, scope) == "sum":
                    end += [self.wrap(value, f"{self.np}.rint(", ")"), self.wrap(value, *clip)]
        for value in self.returns()[:1]:
            end += [self.wrap(value, clip[0], f'{clip[1]}.astype("uint8")')]
            end += [self.wrap(value, "", '.astype("uint8")')] if isinstance(value, SAFE) else []
            end += [self.wrap(value, f"{self.np}.array(", f", {self.np}.uint8)")]
        stores, arrays = [*self.stores()]
        edits: list[Edit] = []
        for one, other, array in itertools.product([[], *stores], [[], *end], [[], *arrays]):
            edits += [[*one, *other, *array]]
        return sorted(edits[1:], key=len)

    def stores(self) -> Iterator[list[Edit]]:
        """Yield edits of what is stored in an array, and of how this is made."""
        values, arrays = [], []
        for node, scope in self.nodes(ast.Assign, ast.AugAssign):
            target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]  # type: ignore[attr-defined]
            if not isinstance(target, ast.Subscript):
                continue
            array: ast.expr = target
            while isinstance(array, ast.Subscript):
                array = array.value
            value = node.value  # type: ignore[attr-defined]
            if isinstance(node, ast.Assign) and self.source.of(value, scope) == "sum":
                for before in (f"{self.np}.rint(", f"{self.np}.clip({self.np}.rint("):
                    values += [self.wrap(value, before, ")" if "clip" not in before else "), 0, 255)")]
                    if isinstance(value, ast.Call) and code(value.func) in ("int", "round"):
                        values += [self.wrap(value.args[0], before, ")" if "clip" not in before else "), 0, 255)")]
            made, _ = self.source.made(array, scope)
            if isinstance(made, ast.Call):
                arrays += [*self.floats(made)]
        yield values
        yield [edit for number, edit in enumerate(arrays) if edit not in arrays[:number]]

    def floats(self, made: ast.Call) -> Iterator[Edit]:
        """Yield the edit that makes an array hold floats."""
        name, given = last(self.source.full_name(made.func)), self.source.given_type(made)
        if name.endswith("_like") and given is None:
            end = self.span(made)[1] - 1
            yield [(end, end, ", float")]
        elif name == "copy" and isinstance(made.func, ast.Attribute):
            yield [(self.span(made.func.value)[1], self.span(made)[1], ".astype(float)")]
        elif given is not None and given is not made.func:
            keyword = next((one for one in made.keywords if one.value is given), None)
            start = self.span(keyword or given)[0]
            comma = self.text[:start].rstrip().rstrip(",").rstrip()
            yield [(len(comma), self.span(given)[1], "")] if len(made.args) + len(made.keywords) > 1 else []

    def parts(self, about: str) -> Iterator[Edit]:
        """Yield edits that leave of an expression on sums, or on the kernel, only a part that is about it."""
        for node, scope in self.nodes(ast.BinOp, ast.UnaryOp, ast.Call, ast.IfExp, ast.Subscript, ast.Attribute):
            if self.source.of(node, scope) != about:
                continue
            for part in operands(node):
                for one in (part, *operands(part)):
                    if self.source.of(one, scope) == about:
                        yield self.instead(node, one)
        for node, scope in self.nodes(ast.AugAssign):
            if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Div | ast.Mult | ast.FloorDiv):
                yield self.without(node)
        renamed = {"mean": "sum", "average": "sum"}
        for call in self.calls(*renamed):
            end = self.span(call.func)[1]
            yield [(end - len(last(code(call.func))), end, "sum")]
        for node, _ in self.nodes(ast.BinOp):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv | ast.MatMult):
                new = "/" if isinstance(node.op, ast.FloorDiv) else "*"
                between = self.span(node.left)[1], self.span(node.right)[0]
                at = self.text.find("//" if new == "/" else "@", *between)
                yield [(at, at + 2 - (new == "*"), new)]

    def weights(self, orientation: str) -> Iterator[Edit]:
        """Yield edits of what is done to the kernel."""
        for call in self.calls("convolve2d", "convolve"):
            end = self.span(call.func)[1]
            name = last(code(call.func))
            if isinstance(call.func, ast.Attribute):
                yield [(end - len(name), end, name.replace("convolve", "correlate"))]
        yield from self.parts("kernel")
        for call in self.calls("convolve2d", "convolve", "fftconvolve"):
            if len(call.args) > 1 and isinstance(call.args[1], SAFE):
                end = self.span(call.args[1])[1]
                yield [(end, end, "[::-1, ::-1]")]
        for call in self.calls("dot", "matmul"):
            if len(call.args) == 2:
                (start, end), (a, b), (c, d) = map(self.span, (call, *call.args))
                yield [(start, a, "("), (b, c, " * "), (d, end, ")")]
        for node, scope in self.nodes(ast.Call):
            if isinstance(node, ast.Call) and self.source.of(node, scope) == "kernel":
                yield from self.floats(node)
        ends = [self.span(one.args[-1])[1] for one in self.calls("range", "arange") if 2 <= len(one.args)]
        yield [(end, end, " + 1") for end in ends]
        if orientation in INVERSE:
            yield self.first(f"{self.kernel} = {INVERSE[orientation].format(self.kernel, np=self.np)}")
        rolls = [(*self.span(one.args[1]), f"(-({self.rows}), -({self.columns}))") for one in self.calls("roll")]
        yield [*rolls]
        for call in self.calls("ifft2", "irfft2"):
            yield self.wrap(call, f"{self.np}.roll(", f", (-({self.rows}), -({self.columns})), axis=(0, 1))")

    def edges(self) -> Iterator[Edit]:
        """Yield edits that pad the image at the beginning, and cut it out of the result."""
        names = {node.id for node, _ in self.nodes(ast.Name) if isinstance(node, ast.Name)}
        rows, columns = next(pair for pair in (("rows", "columns"), ("pad_y", "pad_x"), ("up", "left")) if not {*pair} & names)
        pads = self.first(
            f"{rows}, {columns} = {self.rows}, {self.columns}",
            f'{self.image} = {self.np}.pad({self.image}, [({rows}, {rows}), ({columns}, {columns})], mode="edge")',
        )
        cuts = [f"[{rows} : -{rows} or None, {columns} : -{columns} or None]", f"[: -2 * {rows} or None, : -2 * {columns} or None]"]
        if pads:
            yield pads
        for cut in cuts:
            ends = [self.wrap(one, *("", cut) if isinstance(one, SAFE) else ("(", f"){cut}")) for one in self.returns()]
            yield [*pads, *sum(ends, [])] if pads else []
        sizes = [f"{self.image}.shape[{axis}]" for axis in (0, 1)]
        window = f"[{self.rows} : {self.rows} + {sizes[0]}, {self.columns} : {self.columns} + {sizes[1]}]"
        for one in self.returns()[:1]:
            yield self.wrap(one, *("", window) if isinstance(one, SAFE) else ("(", f"){window}"))
            yield self.wrap(one, "", ".T") if isinstance(one, SAFE) else []
            yield self.wrap(one, "", "[:, :, 0]") if isinstance(one, SAFE) else []

    def paddings(self) -> Iterator[Edit]:
        """Yield edits of calls that pad."""
        full = f"[({self.rows}, {self.rows}), ({self.columns}, {self.columns})]"
        for call in self.calls("pad"):
            if len(call.args) > 1:
                new = [(*self.span(call.args[1]), full)]
                mode = [one.value for one in call.keywords if one.arg == "mode"] or call.args[2:3]
                end = self.span(call)[1] - 1
                edge = [(*self.span(mode[0]), '"edge"')] if mode else [(end, end, ', mode="edge"')]
                others = [one for one in call.keywords if one.arg not in ("mode", "pad_width")]
                for one in others:
                    start = len(self.text[: self.span(one)[0]].rstrip().rstrip(","))
                    edge += [(start, self.span(one)[1], "")]
                yield from (new, edge, [*new, *edge])
        for call in self.calls("copyMakeBorder"):
            if len(call.args) > 5:
                yield [(*self.span(call.args[5]), f"{code(call.func).rpartition('.')[0]}.BORDER_REPLICATE")]
        for call in self.calls("filter2D", "correlate2d", "convolve2d", "fftconvolve", "correlate", "convolve"):
            end, name = self.span(call)[1] - 1, last(code(call.func))
            more = {"filter2D": ", borderType=cv2.BORDER_REPLICATE", "correlate": ', mode="nearest"', "convolve": ', mode="nearest"'}
            given = {one.arg: one.value for one in call.keywords}
            if "mode" in given or "borderType" in given:
                for new in ('"nearest"', '"same"', "cv2.BORDER_REPLICATE"):
                    yield [(*self.span(given.get("mode", given.get("borderType", call))), new)]
            elif name in more:
                yield [(end, end, more[name])]
            if "d" in name and "mode" not in given:
                yield [(end, end, ', mode="same"')]

    def ranges(self) -> Iterator[Edit]:
        """Yield edits of loops that begin or end at a wrong number."""
        loops = [one for one in self.calls("range", "arange") if one.args]
        cut = [one.args[-1] for one in loops if isinstance(one.args[-1], ast.BinOp)]
        shorter = [self.instead(one, one.left) for one in cut]
        yield sum(shorter, [])
        outer: list[Edit] = []
        for node, _ in self.nodes(ast.For):
            depth = len(self.source.loops(node)) - 1
            steps = node.iter.args if isinstance(node, ast.For) and isinstance(node.iter, ast.Call) else []
            if depth < 2 and steps:
                a, b = self.span(steps[0])[0], self.span(steps[-1])[1]
                outer += [[(a, b, f"{self.image}.shape[{depth}]")]]
        whole = sum(outer, [])
        yield whole
        made = []
        for call in self.calls("zeros", "empty", "full", "zeros_like", "empty_like"):
            if call.args:
                made += [(*self.span(call.args[0]), f"{self.image}.shape")]
        yield made
        yield [*whole, *made]
        for one in outer:
            yield one

    def slices(self) -> list[Edit]:
        """Return the edit of slices that are empty where `-r` is 0."""
        edit: Edit = []
        for node, _ in self.nodes(ast.Subscript):
            if not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Name):
                continue
            for axis, one in enumerate(items(node.slice)):
                end = getattr(one, "upper", None)
                if isinstance(end, ast.UnaryOp) and not isinstance(end.operand, ast.Constant):
                    start = self.span(end)[0]
                    edit += [(start, start + 1, f"{node.value.id}.shape[{axis}] - ")]
        return [edit] if edit else []

    def copies(self) -> Iterator[Edit]:
        """Yield edits that leave the image and the kernel as they are, and reset sums."""
        for name in (self.image, self.kernel):
            yield self.first(f"{name} = {name}.copy()")
        loops = [node for node, _ in self.nodes(ast.For, own=True) if isinstance(node, ast.For)]
        for node, _ in self.nodes(ast.Assign, own=True):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and not self.source.loops(node):
                for loop in loops:
                    start, _ = self.span(loop.body[0])
                    indent = self.text[self.starts[loop.body[0].lineno - 1] : start]
                    yield [*self.without(node), (start, start, f"{self.of(node)}{self.newline}{indent}")]
        written = {base(node.targets[0]) for node, _ in self.nodes(ast.Assign) if isinstance(node, ast.Assign)
                   and isinstance(node.targets[0], ast.Subscript) and self.source.loops(node)}  # fmt: skip
        for name in written:
            reads = [
                (*self.span(node), f"before_{name}") for node, _ in self.nodes(ast.Name, own=True)
                if isinstance(node, ast.Name) and node.id == name and self.source.loops(node)
                and not any(isinstance(one, ast.Subscript) and isinstance(one.ctx, ast.Store) for one in self.source.around[node])
            ]  # fmt: skip
            if loops:
                start, _ = self.span(loops[0])
                indent = self.text[self.starts[loops[0].lineno - 1] : start]
                new = f"before_{name} = {name}.copy(){self.newline}{indent}"
                yield [(start, start, new), *reads]
                yield [(start, start, new), *reads, *(self.first(f"{name} = {name}.copy()") if name == self.image else [])]

    def ends(self) -> Iterator[Edit]:
        """Yield edits of returns: dedented, added, as an array."""
        loops = [node for node, _ in self.nodes(ast.For, own=True)]
        for node, _ in self.nodes(ast.Return, own=True):
            inside = self.source.loops(node)
            start = self.span(node)[0]
            for loop in inside:
                line = self.starts[node.lineno - 1]  # type: ignore[attr-defined]
                outer = self.text[self.starts[loop.lineno - 1] : self.span(loop)[0]]
                yield [(line, start, outer)]
        for value in self.returns()[:1]:
            if isinstance(value, ast.Tuple):
                yield [(*self.span(value), self.of(value.elts[0]))]
            yield self.wrap(value, f"{self.np}.array(", f", {self.np}.uint8)")
        if not self.returns() and isinstance(self.scope, ast.FunctionDef):
            body = self.scope.body[-1]
            indent = self.text[self.starts[self.scope.body[0].lineno - 1] : self.span(self.scope.body[0])[0]]
            end = self.span(body)[1]
            arrays = {base(one.targets[0]) for one, _ in self.nodes(ast.Assign, own=True) if isinstance(one, ast.Assign)
                      and isinstance(one.targets[0], ast.Subscript)}  # fmt: skip
            for name in sorted(arrays):
                new = [(end, end, f"{self.newline}{indent}return {name}")]
                yield from (new, [*new, *self.first(f"{name} = {name}.copy()")])

    def parameters(self) -> Iterator[Edit]:
        """Yield edits of the parameters."""
        given = getattr(self.scope, "args", None)
        own = given.args if isinstance(given, ast.arguments) else []
        places = {one.arg: one for one in own}
        if {self.image, self.kernel} <= {*places}:
            one, other = places[self.image], places[self.kernel]
            yield [(*self.span(one), self.of(other)), (*self.span(other), self.of(one))]
        extra = [one for one in own[2:] if one.arg not in (self.image, self.kernel)]
        for value in ("False", "True", "None", "0", "1"):
            yield [(self.span(one)[1],) * 2 + (f"={value}",) for one in extra]

    def failures(self) -> Iterator[Edit]:
        """Yield edits of what raises exceptions."""
        divisions = []
        for node, scope in self.nodes(ast.BinOp):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and self.source.of(node, scope) == "size":
                at = self.text.find("/", self.span(node.left)[1], self.span(node.right)[0])
                divisions += [(at, at + 1, "//")]
        yield divisions
        for call in self.calls("fft2", "rfft2"):
            if len(call.args) == 1 and not call.keywords:
                end = self.span(call)[1] - 1
                yield [(end, end, f", {self.image}.shape")]
        yield [
            (self.span(one.upper)[1],) * 2 + (" + 1",) for node, _ in self.nodes(ast.Subscript)
            if isinstance(node, ast.Subscript) for one in items(node.slice) if isinstance(one, ast.Slice) and one.upper
        ]  # fmt: skip
        for node, _ in self.nodes(ast.Assign):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple) and len(node.targets[0].elts) == 2:
                one, other = node.targets[0].elts
                yield [(*self.span(one), self.of(other)), (*self.span(other), self.of(one))]

    def both_sides(self, of: str) -> list[Edit]:
        """Return the edit that gives each axis its own side of the kernel, or of the image."""
        return []


def operands(node: ast.AST) -> list[ast.expr]:
    """Return what an expression is made of, of which one may be left alone."""
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.UnaryOp):
        return [node.operand]
    if isinstance(node, ast.Call):
        method = [node.func.value] if isinstance(node.func, ast.Attribute) else []
        return [*method, *node.args]
    return [node.value] if isinstance(node, ast.Subscript | ast.Attribute) else []
