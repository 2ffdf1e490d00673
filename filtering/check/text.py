"""The text of a function, with the places of its parts, and pieces of it that are changed."""

import ast
import re
from collections.abc import Iterator
from typing import Any, TypeVar

from filtering.borders import BORDERS
from filtering.check.source import Source, code, last
from filtering.check.trying import Piece
from filtering.check.words import FLAGS, MODES

Edit = list[Piece]
Node = TypeVar("Node", bound=ast.AST)
PLAIN = ast.Name | ast.Constant | ast.Call | ast.Subscript | ast.Attribute | ast.Tuple | ast.List
ALONE = (
    ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Return | ast.Call | ast.keyword | ast.Tuple | ast.List
)


class Text:
    """The text of a function, the places of its parts, and what it calls things."""

    def __init__(self, source: Source, border: str = "replicate") -> None:
        """Note where lines begin, and the names: of modules, and of the border mode that is right."""
        self.source, self.text = source, source.text
        self.starts = [0]
        for line in self.text.split("\n"):
            self.starts.append(self.starts[-1] + len(line) + 1)
        self.newline = "\r\n" if "\r\n" in self.text else "\n"
        self.scope = source.nodes[0][1]  # the function
        self.image, self.kernel = source.names["image"], source.names["kernel"]
        modules = {full: name for name, full in source.imports.items()}
        self.np, cv = modules.get("numpy", "np"), modules.get("cv2", "cv2")
        self.mode = str(BORDERS[border].numpy)
        self.flag = f"{cv}.BORDER_{FLAGS.get(self.mode, self.mode.upper())}"
        self.ndimage = MODES.get(self.mode, self.mode)
        self.halves = f"{self.kernel}.shape[0] // 2", f"{self.kernel}.shape[1] // 2"

    # Nodes.

    def each(self, kind: type[Node], own: bool = False) -> Iterator[tuple[Node, ast.AST]]:
        """Yield the nodes of a type, and the functions around them. own: only those of this function."""
        for node, scope in self.source.nodes:
            if isinstance(node, kind) and (scope is self.scope or not own):
                yield node, scope

    def calls(self, *names: str) -> list[ast.Call]:
        """Return the calls with arguments of functions with these names."""
        named = [(node, last(self.source.full_name(node.func))) for node, _ in self.each(ast.Call)]
        return [node for node, name in named if name in names and node.args]

    def returns(self) -> list[ast.expr]:
        """Return what the function returns, the last one first."""
        kinds = ast.FunctionDef | ast.Lambda
        found = [
            node.value for node, _ in self.each(ast.Return, own=True)
            if node.value is not None
            and [one for one in self.source.around[node] if isinstance(one, kinds)] == [self.scope]
        ]  # fmt: skip
        return found[::-1]

    # Places.

    def place(self, line: int, column: int) -> int:
        """Return the character at a line and a column, which ast counts in bytes."""
        whole = self.text[self.starts[line - 1] : self.starts[line] - 1]
        return self.starts[line - 1] + len(whole.encode()[:column].decode())

    def span(self, node: Any) -> tuple[int, int]:
        """Return where a node begins and ends."""
        return self.place(node.lineno, node.col_offset), self.place(node.end_lineno, node.end_col_offset)

    def of(self, node: ast.AST) -> str:
        """Return the text of a node."""
        return self.text[slice(*self.span(node))]

    def grouped(self, node: ast.AST) -> tuple[int, int]:
        """Return where a node begins and ends, with brackets that only group it."""
        start, end = self.span(node)
        before, after = self.text[:start].rstrip(), self.text[end:]
        if before.endswith("(") and after.lstrip()[:1] == ")" and not re.search(r"[\w\])]$", before[:-1]):
            return len(before) - 1, end + after.index(")") + 1
        return start, end

    def indent(self, node: Any) -> str:
        """Return what stands before a statement in its line."""
        return self.text[self.starts[node.lineno - 1] : self.span(node)[0]]

    # Pieces.

    def instead(self, node: ast.AST, new: str) -> Piece:
        """Return the piece that puts a text in place of a node."""
        return (*self.span(node), new)

    def add(self, node: ast.AST, new: str) -> Piece:
        """Return the piece that adds a text behind a node."""
        end = self.span(node)[1]
        return end, end, new

    def argument(self, call: ast.Call, new: str) -> Piece:
        """Return the piece that adds an argument to a call."""
        end = self.span(call)[1] - 1
        return end, end, f", {new}"

    def renamed(self, call: ast.Call, new: str) -> Piece:
        """Return the piece that gives what is called another name, in the same module."""
        end = self.span(call.func)[1]
        return end - len(last(code(call.func))), end, new

    def before(self, statement: ast.stmt, line: str) -> Piece:
        """Return the piece that adds a line above a statement."""
        start = self.span(statement)[0]
        return start, start, f"{line}{self.newline}{self.indent(statement)}"

    def below(self, statement: ast.stmt, line: str, like: ast.stmt | None = None) -> Piece:
        """Return the piece that adds a line below a statement. like: one with the indentation it gets."""
        end = self.span(statement)[1]
        rest = self.text[end:].partition("\n")[0].rstrip("\r")
        if rest.lstrip().startswith("#"):  # a comment stays where it is
            end += len(rest)
        return end, end, f"{self.newline}{self.indent(like or statement)}{line}"

    def first(self, *lines: str) -> Edit:
        """Return the edit that adds lines at the beginning of the function; none where it has no lines."""
        if not isinstance(self.scope, ast.FunctionDef) or self.scope.body[0].lineno == self.scope.lineno:
            return []
        body = self.scope.body
        doc = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant) and len(body) > 1
        return [self.before(body[doc], f"{self.newline}{self.indent(body[doc])}".join(lines))]

    def around(self, node: ast.expr, before: str, after: str) -> Edit:
        """Return the edit that puts text around a node; `before` ends with a bracket in place of its own."""
        if not before and not isinstance(node, PLAIN):
            before, after = "(", f"){after}"
        (start, end), (left, right) = self.span(node), self.grouped(node)
        return [(left, start, before), (end, right, after)]

    def only(self, node: ast.expr, part: ast.expr) -> Edit:
        """Return the edit that leaves only a part of a node; a statement that does nothing then goes."""
        above = self.source.around[node][-2]
        if isinstance(above, ast.Assign) and code(above.targets[0]) == code(part):
            return self.without(above)
        (start, end), (left, right) = self.span(node), self.grouped(part)
        alone = isinstance(part, PLAIN) or isinstance(above, ALONE)
        if alone or not start <= left <= right <= end:
            left, right = self.span(part)
        bare = alone or (left, right) != self.span(part)
        return [(start, left, "" if bare else "("), (right, end, "" if bare else ")")]

    def without(self, statement: ast.stmt) -> Edit:
        """Return the edit that removes a statement, with its lines if it has them alone."""
        start, end = self.starts[statement.lineno - 1], self.starts[statement.end_lineno or statement.lineno]
        alone = self.text[start:end].strip() == self.of(statement)
        if alone and len(getattr(self.source.around[statement][-2], "body", [])) > 1:
            return [(start, min(end, len(self.text)), "")]
        return [self.instead(statement, "pass")]
