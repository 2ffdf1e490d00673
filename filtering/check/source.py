"""Facts about a function's source, each with its line: what is called, cast, stored, divided, flipped or cut.

A fact is about "image" for pixels, "kernel" for weights, "sum" for what is computed from both, and "size" for
all the rest. So `int(total)` is told from `int((kh - 1) / 2)`.
"""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from filtering.check.calling import IMAGE_NAMES, KERNEL_NAMES

ROLES = {"image": IMAGE_NAMES, "kernel": KERNEL_NAMES}
SIZES = ("shape", "size", "ndim", "dtype")  # attributes that carry neither pixels nor weights
LIKE = ("zeros_like", "empty_like", "ones_like", "full_like")
FLOATS = ("zeros", "empty", "ones")  # if no dtype is given
ARRAYS = ("array", "asarray", "ascontiguousarray")
FRESH = ("len", "range", "full", *FLOATS, *LIKE)  # what they return holds nothing of their arguments
SAME = ("copy", "pad", "copyMakeBorder", "clip", "reshape", "abs", *LIKE, *ARRAYS)  # the dtype that is given
TYPE_PLACES = {"astype": 0, "full": 2, "full_like": 2, **dict.fromkeys((*FLOATS, *LIKE[:3], *ARRAYS), 1)}
TYPES = {"int": "int64", "int_": "int64", "float": "float64", "u1": "uint8", "ubyte": "uint8"}
FLIPS = ("flip", "fliplr", "flipud", "rot90", "transpose")
OPERATORS = {ast.Div: "/", ast.FloorDiv: "//", ast.Mult: "*", ast.Add: "+", ast.Sub: "-", ast.MatMult: "@"}
NONE: dict[str, str] = {}
PASSES = 4  # enough for values that go through some names and functions

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Name = tuple[ast.AST, str]  # of a function


@dataclass(frozen=True)
class Fact:
    """Something that stands in a source."""

    kind: str
    line: int
    code: str
    name: str = ""  # the full name of a call, the dtype of a cast or an array, an operator
    of: str = ""  # "image", "kernel", "sum" or "size"
    parts: dict[str, str] = field(default_factory=dict)  # code of arguments, by position or name


class Source:
    """The source of a function and of what it calls in the same file; where it cannot be read, no facts."""

    def __init__(self, text: str | None = "", line: int = 0) -> None:
        """Read the text of a file; None: it is not Python. line: the first one of the function."""
        self.python, self.text = text is not None, text or ""
        text = self.text
        self.cells = [number for number, one in enumerate(text.split("\n"), 1) if one.startswith("\f")]
        self.names = {role: role for role in ROLES}  # as the function calls them
        self.facts: list[Fact] = []
        self.nodes: list[tuple[ast.expr | ast.stmt, ast.AST]] = []  # and the outermost functions around them
        self.about: dict[Name, set[str]] = {}
        self.values: dict[Name, list[tuple[ast.expr, ast.AST]]] = {}  # and the functions these stand in
        try:
            self._read(ast.parse(text), line)
        except (SyntaxError, ValueError, RecursionError):
            self.facts, self.nodes = [], []

    def find(self, kind: str, *names: str, of: str = "") -> Iterator[Fact]:
        """Yield the facts of a kind. names: the ends of their full names. of: what they are about."""
        for fact in self.facts:
            named = not names or any(f".{fact.name}".endswith(f".{name}") for name in names)
            if fact.kind == kind and named and of in ("", fact.of):
                yield fact

    def where(self, line: int) -> str:
        """Return `line 12`; in a notebook `cell 3, line 2`, of the cells with code."""
        before = [first for first in self.cells if first <= line]
        return f"cell {len(before)}, line {line - before[-1] + 1}" if before else f"line {line}"

    def _read(self, tree: ast.Module, line: int) -> None:
        """Find the function, and gather the facts on it and on what it calls."""
        nodes, starts = self._visit(tree, line)
        functions = [node for node in nodes if isinstance(node, Function)]
        self.imports = dict(pair for node in nodes for pair in imported(node))
        self.own = {getattr(node, "name", "lambda"): node for node in reversed(functions)}
        scopes = [self._scope(node) for node in starts]
        for scope in scopes:  # which grow
            called = [self._scope(one) for one in map(self._called, ast.walk(scope)) if one is not None]
            scopes += [one for one in dict.fromkeys(called) if one not in scopes]
        for function in starts:
            self._name_parameters(function)
        for scope in scopes * PASSES:
            for node in ast.walk(scope):
                self._follow(node, scope)
        for scope in scopes:
            code_nodes = [node for node in ast.walk(scope) if isinstance(node, ast.expr | ast.stmt)]
            for node in sorted(code_nodes, key=lambda one: (one.lineno, one.col_offset)):
                self.nodes.append((node, scope))
                if type(node) in READERS and (scope is scopes[0] or not isinstance(node, ast.Return)):
                    self.facts += READERS[type(node)](self, node, scope)

    def _visit(self, tree: ast.Module, line: int) -> tuple[list[ast.AST], list[Function]]:
        """Note what stands around each node; return all nodes, and the function that begins at that line."""
        nodes: list[ast.AST] = [tree]
        starts: list[Function] = []
        self.around: dict[ast.AST, tuple[ast.AST, ...]] = {tree: ()}  # with the node itself
        for node in nodes:  # which grow
            if isinstance(node, Function):
                starts += [node] * (line in lines_before(node))
                vars(node)["decorator_list"] = []  # no part of what the function does
            for part in ast.iter_child_nodes(node):
                self.around[part] = (*self.around[node], part)
                nodes.append(part)
        return nodes, starts[:1]

    def _name_parameters(self, function: Function) -> None:
        """Note which parameters are the image and the kernel, by their names or else by their order."""
        names, found = parameters(function), dict.fromkeys(ROLES, "")
        for role, pattern in ROLES.items():
            free = [name for name in names if name not in found.values()]
            found[role] = next((name for name in free if re.match(pattern, name.lower())), "")
        if names[:2] == ["f", "g"]:
            found = dict(zip(ROLES, names, strict=False))
        for role in ROLES:
            free = [name for name in names if name not in found.values()]
            self.names[role] = found[role] = found[role] or [*free, role][0]
            self.about[self._scope(function), found[role]] = {role}

    def _scope(self, node: ast.AST) -> ast.AST:
        """Return the outermost function around a node: those inside share its names."""
        return next(one for one in self.around[node] if isinstance(one, Function))

    def loops(self, node: ast.AST) -> list[ast.For]:
        """Return the loops around a node, the outermost first."""
        return [one for one in self.around[node] if isinstance(one, ast.For)]

    def _called(self, node: ast.AST) -> Function | None:
        """Return the function of the same file that is called, as `name()` or `self.name()`."""
        place = code(node.func) if isinstance(node, ast.Call) else ""
        return self.own.get(place.removeprefix("self."))

    def full_name(self, node: ast.AST) -> str:
        """Return `scipy.ndimage.convolve` of what is called, by the imports; `.copy` of a method."""
        if isinstance(node, ast.Attribute):
            return f"{self.full_name(node.value)}.{node.attr}"
        name = node.id if isinstance(node, ast.Name) and node.id not in self.own else ""
        return self.imports.get(name, name)

    def receiver(self, node: ast.Call) -> ast.expr | None:
        """Return the array that a method belongs to, or else the first argument of a function."""
        if isinstance(node.func, ast.Attribute) and base(node.func) not in self.imports:
            return node.func.value
        return node.args[0] if node.args else None

    def _follow(self, node: ast.AST, scope: ast.AST) -> None:
        """Note what a statement, a call or a default sets names to."""
        targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
        value = getattr(node, "value", None) or getattr(node, "iter", None)
        whole = isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr)
        pairs = [(one, value, scope) for one in targets if one is not None and value is not None]
        if isinstance(node, ast.Return) and value is not None:
            pairs = [(ast.Name("return"), value, scope)]
        elif isinstance(node, ast.Call) and (function := self._called(node)) is not None:
            given = [*zip(parameters(function), node.args, strict=False)]
            given += [(one.arg, one.value) for one in node.keywords if one.arg]
            pairs = [(ast.Name(name), one, self._scope(function)) for name, one in given]
        elif isinstance(node, ast.arguments):
            given = [*zip([one.arg for one in reversed(node.args)], reversed(node.defaults), strict=False)]
            pairs = [(ast.Name(name), one, scope) for name, one in given if (scope, name) not in self.values]
        elif isinstance(node, ast.Lambda):  # it may be called with anything
            self.about |= {(scope, name): {*ROLES} for name in parameters(node)}
        for target, one, within in pairs:
            self._set(target, one, within, scope, whole or isinstance(node, ast.Call | ast.arguments))

    def _set(self, target: ast.expr, value: ast.expr, scope: ast.AST, within: ast.AST, whole: bool) -> None:
        """Note that a name of a scope gets a value, which stands within another. whole: and nothing else."""
        if isinstance(target, ast.Tuple | ast.List):
            paired = isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts)
            values = items(value) if paired else [value] * len(target.elts)
            for part, one in zip(target.elts, values, strict=True):
                self._set(part, one, scope, within, whole and paired)
            return
        key = scope, base(target)
        self.about[key] = self.about.get(key, set()) | self._about(value, within)
        known = self.values.setdefault(key, [])
        if whole and isinstance(target, ast.Name) and all(one is not value for one, _ in known):
            known.append((value, within))

    def _about(self, node: ast.AST, scope: ast.AST) -> set[str]:
        """Return what an expression is computed from: "image", "kernel", both or neither."""
        if isinstance(node, ast.Name):
            return self.about.get((scope, node.id), set())
        if isinstance(node, ast.Attribute) and code(node.value) == "self":
            return {role for role, names in ROLES.items() if re.match(names, node.attr.lower())}
        function = self._called(node)
        if function is not None:
            return self.about.get((self._scope(function), "return"), set())
        fresh = isinstance(node, ast.Call) and last(self.full_name(node.func)) in FRESH
        if fresh or (isinstance(node, ast.Attribute) and node.attr in SIZES):
            return set()
        return set().union(*(self._about(part, scope) for part in ast.iter_child_nodes(node)))

    def of(self, node: ast.AST, scope: ast.AST) -> str:
        """Return "image", "kernel", "sum" or "size"."""
        about = self._about(node, scope)
        return "sum" if len(about) == 2 else "".join(about) or "size"

    def made(self, node: ast.AST, scope: ast.AST) -> tuple[ast.AST, ast.AST]:
        """Return the expression that a name has last been set to, further up, and the function around it."""
        for _ in range(PASSES):
            known, line = self.values.get((scope, getattr(node, "id", "")), []), getattr(node, "lineno", 0)
            above = [one for one in known if one[1] is not scope or one[0].lineno < line]
            node, scope = above[-1] if above else (node, scope)
        return node, scope

    def dtype(self, node: ast.AST, scope: ast.AST) -> str:
        """Return the dtype of an expression, "" if it is not known."""
        node, scope = self.made(node, scope)
        if isinstance(node, ast.Name):
            return "uint8" if self.of(node, scope) == "image" else ""
        if isinstance(node, ast.Constant):
            return TYPES.get(type(node.value).__name__, "")
        if isinstance(node, ast.BinOp):
            return self.dtype(node.left, scope) if isinstance(node.left, ast.List) else ""
        if isinstance(node, ast.Call):
            given, name, value = self.given_type(node), last(self.full_name(node.func)), self.receiver(node)
            if given is not None:
                return self.type_name(given, scope)
            value = node.args[1] if name == "full" and len(node.args) > 1 else value if name in SAME else None
            return "float64" if name in FLOATS else self.dtype(value, scope) if value is not None else ""
        first = getattr(node, "value", None) or [*getattr(node, "elts", []), getattr(node, "elt", None)][0]
        return self.dtype(first, scope) if isinstance(first, ast.AST) else ""

    def given_type(self, node: ast.Call) -> ast.expr | None:
        """Return what names the dtype in a call: an argument, or the function itself, as in `np.uint8(x)`."""
        place = TYPE_PLACES.get(last(self.full_name(node.func)), len(node.args))
        given = [one.value for one in node.keywords if one.arg == "dtype"] + node.args[place : place + 1]
        own = len(node.args) == 1 and self.type_name(node.func, node)
        return given[0] if given else node.func if own else None

    def type_name(self, node: ast.expr, scope: ast.AST) -> str:
        """Return the dtype that an expression names: `np.uint8`, `"uint8"`, `int`, `image.dtype`."""
        if isinstance(node, ast.Attribute) and node.attr == "dtype":
            return self.dtype(node.value, scope)
        name = str(node.value) if isinstance(node, ast.Constant) else last(self.full_name(node))
        name = TYPES.get(name, name)
        return name if name.rstrip("0123456789") in ("int", "uint", "float") else ""

    # Facts.

    def _fact(
        self, kind: str, node: ast.expr | ast.stmt, scope: ast.AST, name: str = "", of: ast.AST | None = None,
        parts: dict[str, str] = NONE,
    ) -> Fact:  # fmt: skip
        """Return a fact on a node, which is about the node `of` or else about itself."""
        return Fact(kind, node.lineno, code(node), name, self.of(of or node, scope), parts)

    def _call(self, node: ast.Call, scope: ast.AST) -> Iterator[Fact]:
        """Yield a call, and the flip or the cast that it is."""
        name, value = self.full_name(node.func), self.receiver(node)
        parts = {f"a{number}": code(one) for number, one in enumerate(node.args)} | self._padding(node, scope)
        parts |= {one.arg: code(one.value) for one in node.keywords if one.arg}
        parts |= of_value(value) | {"given": self.dtype(value, scope) if value else ""}
        yield self._fact("call", node, scope, name, parts=parts)
        if last(name) in FLIPS:
            yield self._fact("flip", node, scope, last(name), value)
        if self.given_type(node) is not None and last(name) not in FRESH:
            to = "int" if name == "int" else self.dtype(node, scope)
            yield self._fact("cast", node, scope, to, parts=parts)

    def _padding(self, node: ast.Call, scope: ast.AST) -> dict[str, str]:
        """Return what np.pad or copyMakeBorder adds, and "alike", "pair" as `(a, b)`, "uneven" or "fixed"."""
        name, sides = last(self.full_name(node.func)), node.args[1:5]
        if name not in ("pad", "copyMakeBorder") or not sides:
            return {}
        if name == "pad":
            made, _ = self.made(sides[0], scope)
            sides = items(made) if isinstance(made, ast.expr) else sides
        widths, every = [code(one) for one in sides], [one for side in sides for one in items(side)]
        uneven = any(len(set(map(code, items(side)))) > 1 for side in sides)
        fixed = all(isinstance(self.made(one, scope)[0], ast.Constant) for one in every)
        pair = name == "pad" and len(every) == len(set(widths)) == 2
        sorts = {"alike": len(set(widths)) == 1, "pair": pair, "uneven": uneven, "fixed": fixed}
        return {"first": widths[0], "last": widths[-1]} | {sort: "" for sort, so in sorts.items() if so}

    def _operation(self, node: ast.BinOp | ast.AugAssign, scope: ast.AST) -> Iterator[Fact]:
        """Yield an operation of two values; "by": what the second one is, if it is a name."""
        left, right = (node.left, node.right) if isinstance(node, ast.BinOp) else (node.target, node.value)
        parts = {"left": code(left), "right": code(right), "by": code(self.made(right, scope)[0])}
        parts["of right"] = self.of(right, scope)
        yield self._fact("operation", node, scope, OPERATORS.get(type(node.op), ""), parts=parts)
        if isinstance(node, ast.AugAssign):
            yield from self._store(node, scope)

    def _store(self, node: ast.Assign | ast.AugAssign, scope: ast.AST) -> Iterator[Fact]:
        """Yield sides that are taken of a shape; how an array was made that sums go into; the loop around."""
        target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
        shape = node.value.value if isinstance(node.value, ast.Subscript) else node.value
        if isinstance(target, ast.Tuple) and getattr(shape, "attr", "") == "shape":
            of = getattr(shape, "value", None)
            yield self._fact("sides", node, scope, code(target)[1:2].lower(), of)
        if not isinstance(target, ast.Subscript) or self.of(node.value, scope) != "sum":
            return
        array: ast.expr = target
        while isinstance(array, ast.Subscript):
            array = array.value
        made, within = self.made(array, scope)
        kind = "adds" if isinstance(node, ast.AugAssign) else "stores"
        parts = of_value(node.value) | {"array": code(array), "at": self.where(node.lineno)}
        yield Fact(kind, getattr(made, "lineno", 0), code(made), self.dtype(made, within), "sum", parts)
        for loop in self.loops(node)[:1]:
            yield Fact("loop", loop.lineno, code(loop.iter), "", "sum", parts)

    def _subscript(self, node: ast.Subscript, scope: ast.AST) -> Iterator[Fact]:
        """Yield a flip such as `[::-1]`, a slice that may be empty, an index that counts back, one side."""
        counters = {code(loop.target) for loop in self.loops(node)}
        for one in items(node.slice):
            end = getattr(one, "upper", None)
            if code(getattr(one, "step", None)) == "-1":
                yield self._fact("flip", node, scope, "[::-1]", node.value)
            elif isinstance(end, ast.UnaryOp) and not isinstance(end.operand, ast.Constant):
                yield self._fact("empty", node, scope, parts=of_value(node.value))
            elif isinstance(one, ast.BinOp) and isinstance(one.op, ast.Sub) and code(one.right) in counters:
                yield self._fact("backwards", node, scope)
        part = isinstance(node.slice, ast.Slice)  # as in `image.shape[:2]`
        if isinstance(node.value, ast.Attribute) and node.value.attr == "shape" and not part:
            yield self._fact("side", node, scope, code(node.slice), node.value.value)

    def _attribute(self, node: ast.Attribute, scope: ast.AST) -> Iterator[Fact]:
        """Yield the flip that `.T` is."""
        yield from [self._fact("flip", node, scope, "T")] if node.attr == "T" else []

    def _loop(self, node: ast.For, scope: ast.AST) -> Iterator[Fact]:
        """Yield a loop with a fixed number of steps."""
        steps = node.iter.args if isinstance(node.iter, ast.Call) and code(node.iter.func) == "range" else []
        end = self.made([node.iter, *steps][-1], scope)[0]
        if isinstance(end, ast.Constant | ast.Tuple | ast.List):
            yield Fact("fixed", node.lineno, code(node.iter))

    def _return(self, node: ast.Return, scope: ast.AST) -> Iterator[Fact]:
        """Yield a return of one value; "bare": in brackets where a method is to be called of it."""
        if node.value is not None and not isinstance(node.value, ast.Tuple):
            simple = isinstance(node.value, ast.Name | ast.Call | ast.Subscript | ast.Attribute)
            bare = {"bare": code(node.value) if simple else f"({code(node.value)})"}
            place = "loop" if self.loops(node) else "end"
            yield self._fact("return", node.value, scope, place, parts=bare)


READERS: dict[type[ast.AST], Callable[..., Iterator[Fact]]] = {
    ast.Call: Source._call, ast.BinOp: Source._operation, ast.AugAssign: Source._operation,
    ast.Assign: Source._store, ast.Subscript: Source._subscript, ast.Attribute: Source._attribute,
    ast.For: Source._loop, ast.Return: Source._return,
}  # fmt: skip


def code(node: ast.AST | None) -> str:
    """Return the code of a node, in one line."""
    return "" if node is None else " ".join(ast.unparse(node).split())


def of_value(node: ast.AST | None) -> dict[str, str]:
    """Return the code of a value as a part, and "rounded" where it has been rounded."""
    rounded = any(word in code(node) for word in ("rint(", "round(", "+ 0.5"))
    return {"value": code(node)} | ({"rounded": ""} if rounded else {})


def last(name: str) -> str:
    """Return `convolve` of `scipy.ndimage.convolve`."""
    return name.rpartition(".")[2]


def base(node: ast.AST) -> str:
    """Return the name `a` of `a[y][x]` or `a.b`."""
    while isinstance(node, ast.Subscript | ast.Attribute | ast.Starred):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def items(node: ast.expr) -> list[ast.expr]:
    """Return the items of a tuple or a list; of anything else, that alone."""
    return node.elts if isinstance(node, ast.Tuple | ast.List) and node.elts else [node]


def lines_before(function: Function) -> list[int]:
    """Return the lines of a function's head: of its decorators, and its own."""
    return [one.lineno for one in (*getattr(function, "decorator_list", []), function)]


def parameters(function: Function) -> list[str]:
    """Return the names of a function's parameters, without `self`."""
    names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
    return [name for name in names if name not in ("self", "cls")]


def imported(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield the names that an import makes, and what they stand for."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        module = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
        for alias in node.names:
            name = alias.name if alias.asname or module else alias.name.partition(".")[0]
            yield alias.asname or name, module + name


ANY_LANGUAGE = Source(None)  # of a program or an image: its source is not known
