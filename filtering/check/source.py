"""Facts about a function's source, each with its line: what is called, cast, stored, divided, flipped or cut.

A fact is about "image" for pixels, "kernel" for weights, "sum" for what is computed from both, and "" for the
rest, such as sizes. So `int(total)` is told from `int((kh - 1) / 2)`.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from filtering.check.calling import IMAGE_NAMES, KERNEL_NAMES

SIZES = ("shape", "size", "ndim", "dtype")  # attributes that carry neither pixels nor weights
LIKE = ("zeros_like", "empty_like", "ones_like", "full_like")
FLOATS = ("zeros", "empty", "ones")  # if no dtype is given
ARRAYS = ("array", "asarray", "ascontiguousarray")
FRESH = ("len", "range", "full", *FLOATS, *LIKE)  # what they return holds nothing of their arguments
SAME = ("copy", "pad", "copyMakeBorder", "clip", "reshape", "abs", "sort", *LIKE, *ARRAYS)  # dtype as given
TYPES = {"int": "int64", "int_": "int64", "float": "float64", "u1": "uint8", "ubyte": "uint8"}
FLIPS = ("flip", "fliplr", "flipud", "rot90", "transpose")
OPERATORS = {ast.Div: "/", ast.FloorDiv: "//", ast.Mult: "*", ast.Add: "+", ast.Sub: "-", ast.MatMult: "@"}
PASSES = 4  # enough for values that go through some names and functions

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True)
class Fact:
    """Something that stands in a source."""

    kind: str
    line: int
    code: str
    name: str = (
        ""  # of a call, its full name; of a cast or an array, its dtype; of an operation, the operator
    )
    of: str = ""  # "image", "kernel", "sum" or ""
    parts: dict[str, str] = field(
        default_factory=dict
    )  # code: of arguments by position or name, for instance


class Source:
    """The source of a function and of what it calls in the same file; where it cannot be read, no facts."""

    def __init__(self, text: str = "", line: int = 0) -> None:
        """Read the text of a file. line: the first one of the function."""
        self.cells = [number for number, one in enumerate(text.split("\n"), 1) if one.startswith("\f")]
        self.imports: dict[str, str] = {}
        self.own: dict[str, Function] = {}
        self.names = {"image": "image", "kernel": "kernel"}  # as the function calls them
        self.about: dict[tuple[ast.AST, str], set[str]] = {}  # of the names in a function
        self.values: dict[
            tuple[ast.AST, str], list[tuple[ast.expr, ast.AST]]
        ] = {}  # and what they were set to
        self.facts: list[Fact] = []
        try:
            self._read(ast.parse(text), line)
        except (SyntaxError, ValueError, RecursionError):
            self.facts = []

    def find(self, kind: str, *names: str, of: str = "", has: str = "") -> Iterator[Fact]:
        """Yield the facts of a kind. names: the ends of full names. of: subjects. has: one of the parts."""
        for fact in self.facts:
            named = not names or any(f".{fact.name}".endswith(f".{name}") for name in names)
            if (
                fact.kind == kind
                and named
                and (not of or fact.of in of.split())
                and (not has or has in fact.parts)
            ):
                yield fact

    def where(self, line: int) -> str:
        """Return `line 12`; in a notebook `cell 3, line 2`, of the cells with code."""
        before = [first for first in self.cells if first <= line]
        return f"cell {len(before)}, line {line - before[-1] + 1}" if before else f"line {line}"

    def _read(self, tree: ast.Module, line: int) -> None:
        """Find the function, and gather the facts on it and on what it calls."""
        self.parents = {part: node for node in ast.walk(tree) for part in ast.iter_child_nodes(node)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                module = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
                for alias in node.names:
                    whole = alias.asname or module
                    name = alias.name if whole else alias.name.partition(".")[0]
                    self.imports[alias.asname or name] = module + name
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                self.own.setdefault(node.name, node)
        starts = [
            node for node in ast.walk(tree) if isinstance(node, Function) and line in _first_lines(node)
        ]
        if not starts:
            return
        self._name_parameters(starts[0])
        scopes = [self._scope(starts[0])]
        for scope in scopes:  # which grow
            called = [self._scope(one) for one in map(self._called, inside(scope)) if one is not None]
            scopes += [one for one in dict.fromkeys(called) if one not in scopes]
        for _ in range(PASSES):
            for scope in scopes:
                for node in inside(scope):
                    self._follow(node, scope)
        for scope in scopes:
            nodes = [node for node in inside(scope) if isinstance(node, ast.expr | ast.stmt)]
            for node in sorted(nodes, key=lambda one: (one.lineno, one.col_offset)):
                if scope is scopes[0] or not isinstance(node, ast.Return):
                    self.facts += self._facts_of(node, scope)

    def _name_parameters(self, function: Function) -> None:
        """Note which parameters are the image and the kernel, by their names or else by their order."""
        names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
        names = [name for name in names if name not in ("self", "cls")]
        image = next((name for name in names if re.match(IMAGE_NAMES, name.lower())), None)
        kernel = next(
            (name for name in names if name != image and re.match(KERNEL_NAMES, name.lower())), None
        )
        free = [name for name in names if name not in (image, kernel)]
        for role, name in (("image", image), ("kernel", kernel)):
            name = name or (free.pop(0) if free else role)
            self.names[role] = name
            self.about[self._scope(function), name] = {role}

    def _scope(self, node: ast.AST) -> ast.AST:
        """Return the outermost function around a node: those inside share its names."""
        scope = node
        while node in self.parents:
            node = self.parents[node]
            scope = node if isinstance(node, Function) else scope
        return scope

    def _called(self, node: ast.AST) -> Function | None:
        """Return the function of the same file that is called, as `name()` or `self.name()`."""
        place = node.func if isinstance(node, ast.Call) else None
        if isinstance(place, ast.Attribute) and code(place.value) in ("self", "cls"):
            return self.own.get(place.attr)
        return self.own.get(place.id) if isinstance(place, ast.Name) else None

    def full_name(self, node: ast.AST) -> str:
        """Return `scipy.ndimage.convolve` of what is called, by the imports; `.copy` of a method."""
        if isinstance(node, ast.Attribute):
            return f"{self.full_name(node.value)}.{node.attr}"
        if isinstance(node, ast.Name) and node.id not in self.own:
            return self.imports.get(node.id, node.id)
        return ""

    def _receiver(self, node: ast.Call) -> ast.expr | None:
        """Return the array that a method belongs to, or else the first argument of a function."""
        method = isinstance(node.func, ast.Attribute) and base(node.func) not in self.imports
        if method and isinstance(node.func, ast.Attribute):
            return node.func.value
        return node.args[0] if node.args else None

    # What values are computed from.

    def _follow(self, node: ast.AST, scope: ast.AST) -> None:
        """Note what a statement, a call or a parameter's default sets names to."""
        match node:
            case ast.Assign():
                for target in node.targets:
                    self._set(target, node.value, scope, scope)
            case ast.AugAssign() | ast.For() | ast.comprehension():
                value = node.value if isinstance(node, ast.AugAssign) else node.iter
                self._set(node.target, value, scope, scope, whole=False)
            case ast.AnnAssign(value=ast.expr() as value) | ast.NamedExpr(value=value):
                self._set(node.target, value, scope, scope)
            case ast.Call() if (function := self._called(node)) is not None:
                names = [one for one in function.args.args if one.arg not in ("self", "cls")]
                given = [(one.arg, value) for one, value in zip(names, node.args, strict=False)]
                for name, value in [*given, *((one.arg or "", one.value) for one in node.keywords)]:
                    self._set(ast.Name(name), value, self._scope(function), scope)
            case ast.Lambda():
                for argument in node.args.args:  # it may be called with anything
                    self.about.setdefault((scope, argument.arg), {"image", "kernel"})
            case ast.Return(value=ast.expr() as value):
                self._set(ast.Name("return"), value, scope, scope)
            case ast.arguments():
                for argument, value in zip(reversed(node.args), reversed(node.defaults), strict=False):
                    if (scope, argument.arg) not in self.values:
                        self._set(ast.Name(argument.arg), value, scope, scope)

    def _set(
        self, target: ast.expr, value: ast.expr, scope: ast.AST, within: ast.AST, whole: bool = True
    ) -> None:
        """Note that a name of a scope gets a value, which stands within another. whole: and nothing else."""
        if isinstance(target, ast.Tuple | ast.List):
            pairs = isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts)
            values = value.elts if pairs and isinstance(value, ast.Tuple) else [value] * len(target.elts)
            for part, one in zip(target.elts, values, strict=True):
                self._set(part, one, scope, within, whole and pairs)
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
            roles = {"image": IMAGE_NAMES, "kernel": KERNEL_NAMES}
            return {role for role, names in roles.items() if re.match(names, node.attr.lower())}
        if isinstance(node, ast.Attribute) and node.attr in SIZES:
            return set()
        parts = ast.iter_child_nodes(node)
        if isinstance(node, ast.Call):
            if last(self.full_name(node.func)) in FRESH:
                return set()
            function = self._called(node)
            if function is not None:
                return self.about.get((self._scope(function), "return"), set())
        return set().union(*(self._about(part, scope) for part in parts))

    def of(self, node: ast.AST, scope: ast.AST) -> str:
        """Return "image", "kernel", "sum" or ""."""
        about = self._about(node, scope)
        return "sum" if len(about) == 2 else "".join(about)

    def made(self, node: ast.AST, scope: ast.AST) -> tuple[ast.AST, ast.AST]:
        """Return the expression that a name has last been set to, further up, and the function around it."""
        for _ in range(PASSES):
            known = self.values.get((scope, node.id)) if isinstance(node, ast.Name) else None
            line = getattr(node, "lineno", 0)
            above = [one for one in known or [] if one[1] is not scope or one[0].lineno < line]
            if not above:
                break
            node, scope = above[-1]
        return node, scope

    def dtype(self, node: ast.AST | None, scope: ast.AST) -> str:
        """Return the dtype of an expression, "" if it is not known."""
        match node:
            case ast.Name():
                value, within = self.made(node, scope)
                if value is not node:
                    return self.dtype(value, within)
                return "uint8" if self.of(node, scope) == "image" else ""
            case ast.Constant():
                return TYPES.get(type(node.value).__name__, "")
            case (
                ast.List(elts=[ast.expr() as first, *_])
                | ast.Subscript(value=first)
                | ast.ListComp(elt=first)
            ):
                return self.dtype(first, scope)
            case ast.BinOp():
                sides = {self.dtype(node.left, scope), self.dtype(node.right, scope)}
                floats = isinstance(node.op, ast.Div) or "float64" in sides
                return "float64" if floats else "int64" if "int64" in sides else ""
            case ast.Call():
                given, name = self._given_type(node), last(self.full_name(node.func))
                if given is not None:
                    return self.type_name(given, scope)
                if name == "full" and len(node.args) > 1:
                    return self.dtype(node.args[1], scope)
                return (
                    "float64" if name in FLOATS else self.dtype(self._receiver(node), scope) * (name in SAME)
                )
        return ""

    def _given_type(self, node: ast.Call) -> ast.expr | None:
        """Return what names the dtype in a call: an argument, or the function itself, as in `np.uint8(x)`."""
        name = last(self.full_name(node.func))
        place = {"astype": 0, "full": 2, "full_like": 2}.get(
            name, 1 if name in (*FLOATS, *LIKE, *ARRAYS) else None
        )
        given = [one.value for one in node.keywords if one.arg == "dtype"]
        given += [node.args[place]] if place is not None and place < len(node.args) else []
        given += [node.func] if len(node.args) == 1 and self.type_name(node.func, node) else []
        return given[0] if given else None

    def type_name(self, node: ast.expr, scope: ast.AST) -> str:
        """Return the dtype that an expression names: `np.uint8`, `"uint8"`, `int`, `image.dtype`."""
        if isinstance(node, ast.Attribute) and node.attr == "dtype":
            return self.dtype(node.value, scope)
        name = str(node.value) if isinstance(node, ast.Constant) else last(self.full_name(node))
        name = TYPES.get(name, name)
        return name if name.strip("0123456789") in ("int", "uint", "float") else ""

    # Facts.

    def _facts_of(self, node: ast.AST, scope: ast.AST) -> Iterator[Fact]:
        """Yield what one node says."""
        line, about = getattr(node, "lineno", 0), self.of(node, scope)
        text = code(node) if isinstance(node, ast.expr | ast.Assign | ast.AugAssign) else ""
        match node:
            case ast.Call():
                name, value = self.full_name(node.func), self._receiver(node)
                parts = {str(number): code(one) for number, one in enumerate(node.args)}
                parts |= {one.arg: code(one.value) for one in node.keywords if one.arg}
                parts |= {"value": code(value), "given": self.dtype(value, scope)} | self._widths(node, scope)
                yield Fact("call", line, text, name or f"its own.{code(node.func)}", about, parts)
                if value is not None and last(name) in FLIPS:
                    yield Fact("flip", line, text, last(name), self.of(value, scope), parts)
                if self._given_type(node) is not None and last(name) not in FRESH:
                    to = "int" if name == "int" else self.dtype(node, scope)
                    yield Fact("cast", line, text, to, about, parts)
            case ast.BinOp() | ast.AugAssign():
                left = node.left if isinstance(node, ast.BinOp) else node.target
                right = node.right if isinstance(node, ast.BinOp) else node.value
                parts = {"left": code(left), "right": code(right), "by": code(self.made(right, scope)[0])}
                parts["of right"] = self.of(right, scope)
                yield Fact("operation", line, text, OPERATORS.get(type(node.op), ""), about, parts)
            case ast.Attribute(attr="T"):
                yield Fact("flip", line, text, "T", about)
            case ast.Subscript():
                yield from self._subscript(node, scope)
            case ast.For():
                end = node.iter.args[-1] if is_range(node.iter) else node.iter
                if isinstance(self.made(end, scope)[0], ast.Constant | ast.Tuple | ast.List):
                    yield Fact("fixed", line, code(node.iter))
            case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Tuple):
                yield Fact("return", line, code(value), "loop" if self._loops(node) else "end", about)
            case ast.Assign(
                targets=[ast.Tuple(elts=[first, *_])], value=ast.Attribute(value=of, attr="shape")
            ):
                yield Fact("sides", line, text, code(first)[0].lower(), self.of(of, scope))
        if isinstance(node, ast.Assign | ast.AugAssign):
            yield from self._store(node, scope)

    def _widths(self, node: ast.Call, scope: ast.AST) -> dict[str, str]:
        """Return what np.pad or copyMakeBorder adds on each side; "pair": by `(a, b)`, "fixed": numbers."""
        name, sides = last(self.full_name(node.func)), node.args[1:5]
        parts: dict[str, str] = {}
        if name == "pad" and len(node.args) > 1:
            axes = [items(one) for one in items(node.args[1])]
            if len(axes) == 2 and len(axes[0]) == len(axes[1]) == 1 and not is_list(items(node.args[1])[0]):
                axes = [[axes[0][0], axes[1][0]]]
                parts = {"pair": ""} if code(axes[0][0]) != code(axes[0][1]) else {}
            sides = [axis[end] for axis in (axes[0], axes[min(1, len(axes) - 1)]) for end in (0, -1)]
        elif name != "copyMakeBorder" or len(sides) < 4:
            return {}
        if all(isinstance(self.made(one, scope)[0], ast.Constant) for one in sides):
            parts["fixed"] = ""
        return parts | dict(zip(("top", "bottom", "left", "right"), map(code, sides), strict=True))

    def _store(self, node: ast.Assign | ast.AugAssign, scope: ast.AST) -> Iterator[Fact]:
        """Yield where an array was made in which a sum is stored, and the loop around."""
        target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
        if not isinstance(target, ast.Subscript) or self.of(node.value, scope) != "sum":
            return
        array: ast.expr = target
        while isinstance(array, ast.Subscript):
            array = array.value
        made, within = self.made(array, scope)
        kind = "adds" if isinstance(node, ast.AugAssign) else "stores"
        parts = {"value": code(node.value), "array": code(array), "at": self.where(node.lineno)}
        yield Fact(
            kind, getattr(made, "lineno", node.lineno), code(made), self.dtype(made, within), "sum", parts
        )
        for loop in self._loops(node)[-1:]:
            yield Fact("loop", loop.lineno, code(loop.iter), "", "sum", parts)

    def _subscript(self, node: ast.Subscript, scope: ast.AST) -> Iterator[Fact]:
        """Yield a flip such as `[::-1]`, a slice that may be empty, an index that counts back, one side."""
        about, counters = self.of(node.value, scope), {code(loop.target) for loop in self._loops(node)}
        for one in items(node.slice):
            match one:
                case ast.Slice(step=ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=1))):
                    yield Fact("flip", node.lineno, code(node), "[::-1]", about)
                case ast.Slice(upper=ast.UnaryOp(op=ast.USub(), operand=end)) if not isinstance(
                    end, ast.Constant
                ):
                    yield Fact("empty", node.lineno, code(node), "", about, {"value": code(node.value)})
                case ast.Slice(
                    lower=ast.BinOp(left=y, op=ast.Sub(), right=r),
                    upper=ast.BinOp(left=upper, op=ast.Add(), right=reach),
                ) if (code(y), code(r)) == (code(upper), code(reach)):
                    yield Fact("short", node.lineno, code(node), "", about)
                case ast.BinOp(op=ast.Sub(), right=right) if code(right) in counters:
                    yield Fact("backwards", node.lineno, code(node), "", about)
        if isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
            yield Fact("side", node.lineno, code(node), code(node.slice), self.of(node.value.value, scope))

    def _loops(self, node: ast.AST) -> list[ast.For]:
        """Return the `for` loops around a node, the innermost first."""
        found = []
        while node in self.parents and not isinstance(node, Function):
            node = self.parents[node]
            found += [node] if isinstance(node, ast.For) else []
        return found


def code(node: ast.AST | None) -> str:
    """Return the code of a node, in one line."""
    return "" if node is None else " ".join(ast.unparse(node).split())


def inside(function: ast.AST) -> list[ast.AST]:
    """Return all nodes of a function but those of its decorators."""
    outside = {part for one in getattr(function, "decorator_list", []) for part in ast.walk(one)}
    return [node for node in ast.walk(function) if node not in outside]


def last(name: str) -> str:
    """Return `convolve` of `scipy.ndimage.convolve`."""
    return name.rpartition(".")[2]


def base(node: ast.AST) -> str:
    """Return the name `a` of `a[y][x]` or `a.b`."""
    while isinstance(node, ast.Subscript | ast.Attribute | ast.Starred):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def is_list(node: ast.AST) -> bool:
    """Return whether something is a tuple or a list with items in it."""
    return isinstance(node, ast.Tuple | ast.List) and bool(node.elts)


def items(node: ast.expr) -> list[ast.expr]:
    """Return the items of a tuple or a list, and of anything else that alone."""
    return node.elts if isinstance(node, ast.Tuple | ast.List) and node.elts else [node]


def is_range(node: ast.expr) -> bool:
    """Return whether something is `range(...)`."""
    return isinstance(node, ast.Call) and bool(node.args) and code(node.func) == "range"


def _first_lines(node: Function) -> list[int]:
    """Return the lines at which a function may be said to begin: its own, and that of its first decorator."""
    return [node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))]
