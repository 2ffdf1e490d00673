"""Load a Python file or a notebook, in parts where it cannot be loaded whole.

Runs in the child process, and imports NumPy-free parts of the standard library only. Statements are executed
one by one: one that fails, or does not end, is left out and noted, and what it does not concern is there all
the same. A module that is not installed gets a stand-in.
"""

import __future__

import ast
import contextlib
import importlib
import inspect
import io
import json
import linecache
import os
import re
import signal
import sys
import types
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

STATEMENT_SECONDS = 3  # for a statement outside of all functions, on systems that can interrupt it
DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)


PROGRESS = re.compile("tqdm|progress|bar|track|alive", re.IGNORECASE)  # names of what shows progress
RANGES = ("prange", "trange", "tnrange")  # names of what counts as `range` does
NEEDED = (
    "neg abs round eq ne lt le gt ge int float index complex array setitem contains"  # these need a value
)
TWO_SIDED = "add sub mul truediv floordiv mod pow matmul"  # so do these, from either side


class StandIn(types.ModuleType):
    """Takes the place of a module that is not installed, and of all that is taken from it.

    It has every name, hands back what it decorates and, to show progress, what is iterated over. Where its
    value is needed it raises ModuleNotFoundError.
    """

    def __init__(self, name: str, absent: str, values: Any = None) -> None:
        """Make a stand-in. absent: the module that is not installed. values: what it iterates over."""
        super().__init__(name)
        self.__path__ = []  # makes it a package
        self._absent, self._values = absent, values

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in RANGES:
            return lambda *numbers, **more: range(*numbers)
        return StandIn(f"{self.__name__}.{name}", self._absent)

    def __call__(self, *arguments: Any, **more: Any) -> Any:
        """Hand back a single function, as a decorator does; anything else is a stand-in."""
        first = arguments[0] if arguments else more.get("iterable")
        if len(arguments) == 1 and not more and callable(first) and not isinstance(first, StandIn):
            return first
        loop = isinstance(first, range | Iterator) or PROGRESS.search(self.__name__)
        values = first if loop and isinstance(first, Iterable) else None
        return StandIn(f"{self.__name__}()", self._absent, values)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values if self._values is not None else self._refuse())

    def __len__(self) -> int:
        return len(self._values if self._values is not None else self._refuse())

    def __getitem__(self, index: Any) -> "StandIn":
        return StandIn(f"{self.__name__}[]", self._absent)

    def __or__(self, other: Any) -> "StandIn":
        return self  # in an annotation

    __ror__ = __or__

    def __bool__(self) -> bool:
        return False  # nothing is available

    def __enter__(self) -> "StandIn":
        return self

    def __exit__(self, *error: object) -> None:
        """Let errors pass."""

    def __instancecheck__(self, value: Any) -> bool:
        return False

    def __mro_entries__(self, bases: Any) -> tuple[type]:
        """Return the class to derive from where a class is derived from the stand-in."""
        names = {"__getattr__": lambda _, name: getattr(self, name), "__call__": lambda *_, **more: self()}
        return (type(self.__name__, (), names),)

    def _refuse(self, *operands: Any, **more: Any) -> Any:
        message = f"uses {self._absent}, which is not installed here"
        raise ModuleNotFoundError(message, name=self._absent)

    __hash__ = types.ModuleType.__hash__


for operation in [*NEEDED.split(), *TWO_SIDED.split(), *(f"r{one}" for one in TWO_SIDED.split())]:
    setattr(StandIn, f"__{operation}__", StandIn._refuse)


class Loader:
    """A module that is made statement by statement, and the notes on what is missing."""

    def __init__(self, path: Path, definitions_only: bool) -> None:
        self.path, self.definitions_only = path, definitions_only
        self.notes: dict[str, list[int]] = {}  # what happened -> the lines
        self.absent: dict[str, None] = {}
        self.lost: set[str] = set()  # names that a line left out would have had
        self.defined: dict[str, int] = {}  # functions and classes of the file -> the lines
        self.replaced: dict[str, tuple[Any, Any, int]] = {}  # those, what an import put there, and its line
        self.python_2: list[int] = []  # lines that were rewritten
        self.module = types.ModuleType(path.stem)
        self.module.__file__ = str(path)

    def load(self) -> types.ModuleType:
        """Execute the file, and return its module; ValueError, in one line, where it is no Python.

        In what is returned, functions of the file stand where an import has taken their name.
        """
        sys.argv = [str(self.path)]
        sys.path[0] = str(
            self.path.parent
        )  # so that its own imports are found, and ours are not in their way
        sys.path.append(str(self.path.parent.parent))  # a helper may stand there, or this folder be a package
        sys.stdin = NoAnswer()
        with contextlib.suppress(OSError):
            os.chdir(self.path.parent)
        self._run()
        view = types.ModuleType(self.module.__name__)
        vars(view).update(vars(self.module))
        vars(view).update({name: self.replaced[name][0] for name in self.defined if self.replacement(name)})
        return view

    def _run(self) -> None:
        """Execute the file, statement by statement."""
        sys.modules[self.path.stem] = self.module
        tree = self._parsed(source_text(self.path))
        flags = 0
        for statement in tree.body:
            if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
                for alias in statement.names:
                    flags |= getattr(__future__, alias.name).compiler_flag
        for statement in tree.body:
            for part in _parts(statement):
                before = {name: vars(self.module).get(name) for name in self.defined}
                self._execute(part, flags)
                self._watch(part, before)

    def _parsed(self, text: str) -> ast.Module:
        """Parse the source, with the statements of Python 2 that have another form in Python 3 rewritten."""
        while True:
            try:
                lines = [f"{line}\n" for line in text.split("\n")]
                linecache.cache[str(self.path)] = len(text), None, lines, str(self.path)  # also of a notebook
                return ast.parse(text, str(self.path))
            except TabError:
                text = text.expandtabs(8)  # as Python 2 reads them
            except (SyntaxError, ValueError) as error:
                line = getattr(error, "lineno", None) or 0
                changed = from_python_2(text, line)
                if changed == text:
                    raise ValueError(syntax_text(self.path, text, error)) from None
                text = changed
                self.python_2.append(line)
                vars(self.module).update(xrange=range, raw_input=input)

    def _watch(self, statement: ast.stmt, before: dict[str, Any]) -> None:
        """Note which names the statement defines, and of which functions of the file an import takes it."""
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            self.defined[statement.name] = statement.lineno
        elif any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(statement)):
            for name, own in before.items():
                now = vars(self.module).get(name)
                if now is not own and getattr(now, "__module__", None) != self.module.__name__:
                    first, taken, _ = self.replaced.get(name, (own, own, 0))
                    self.replaced[name] = (first if own is taken else own, now, statement.lineno)

    def replacement(self, name: str) -> str:
        """Say which import has taken the name of a function of this file; "" if none has."""
        name = name.partition(".")[0]
        own, taken, line = self.replaced.get(name, (None, None, 0))
        if own is None or vars(self.module).get(name) is not taken:
            return ""
        return f"line {line} imports another `{name}`; the one of line {self.defined[name]} was examined"

    def _execute(self, statement: ast.stmt, flags: int) -> None:
        """Execute one statement; note what happened if it fails."""
        if self.definitions_only and not _harmless(statement):
            self._note(statement, "not executed")
            return
        if isinstance(statement, ast.ImportFrom) and statement.level:
            statement.level = 0  # the file's folder is on the path
            if not statement.module:
                statement = ast.copy_location(ast.Import(statement.names), statement)
        code = compile(ast.Module([statement], []), str(self.path), "exec", flags, dont_inherit=True)
        try:
            with _interrupted_after(STATEMENT_SECONDS, not isinstance(statement, DEFINITIONS)):
                exec(code, vars(self.module))
        except ModuleNotFoundError as error:
            self._stand_in(statement, error)
        except BaseException as error:  # SystemExit too: a script that parses its arguments, for one
            if isinstance(statement, ast.ImportFrom) and isinstance(error, ImportError):
                self._stand_in(statement, error)
            else:
                self._note(statement, _said(error, self.lost))
        finally:
            _quieten()

    def _note(self, statement: ast.stmt, what: str | None) -> None:
        self.lost |= {
            node.id for node in ast.walk(statement)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }  # fmt: skip
        if what is not None:
            self.notes.setdefault(what, []).append(statement.lineno)

    def _stand_in(self, statement: ast.stmt, error: ImportError) -> None:
        """Import what is there of an import statement, and stand-ins for the rest."""
        if not isinstance(statement, ast.Import | ast.ImportFrom):
            self._note(statement, _said(error, self.lost))
            return
        source = statement.module if isinstance(statement, ast.ImportFrom) else None
        for alias in statement.names:
            name = source or alias.name
            bound = alias.asname or alias.name.partition(".")[0]
            try:
                module = self._module(name)
                whole = sys.modules[name.partition(".")[0]] if not alias.asname else module
                setattr(self.module, bound, getattr(module, alias.name) if source else whole)
            except Exception as reason:
                absent = reason.name if isinstance(reason, ModuleNotFoundError) else None
                absent = absent or (f"{source}.{alias.name}" if source else name)
                self.absent[absent] = None
                stand_in = StandIn(name, absent)
                setattr(self.module, bound, getattr(stand_in, alias.name.rpartition(".")[2]))

    def _module(self, name: str) -> types.ModuleType:
        """Import a module; a helper beside the file without what it cannot import itself."""
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError:
            helper = Loader(self.path.parent / f"{name}.py", self.definitions_only)
            if not helper.path.is_file():
                raise
            helper._run()
            self.absent |= helper.absent
            return helper.module

    def remarks(self, name: str) -> list[str]:
        """Return how else the file was read, in sentences: an import that takes the name, Python 2."""
        old = self.python_2
        read = (
            f"{_numbered(old)} {'are' if len(old) > 1 else 'is'} Python 2, and read as Python 3"
            if old
            else ""
        )
        return [one for one in (self.replacement(name), read) if one]

    def report(self) -> list[str]:
        """Return what the module was loaded without: `line 57 (cv2.imread: no such file)`."""
        found = [f"{_numbered(lines)} ({what})" for what, lines in self.notes.items()]
        return found + [f"{name} (not installed)" for name in self.absent]


def _numbered(lines: list[int]) -> str:
    """Return `line 3` or `lines 1, 2, 3, 4 and 2 more`."""
    more = f" and {len(lines) - 4} more" if len(lines) > 4 else ""
    return f"line{'s' * (len(lines) > 1)} {', '.join(map(str, lines[:4]))}{more}"


def _parts(statement: ast.stmt) -> Iterator[ast.stmt]:
    """Yield a statement, or those of the `try` or `if True` blocks that guard imports and definitions."""
    if isinstance(statement, ast.With) and any(isinstance(part, DEFINITIONS) for part in statement.body):
        yield from statement.body
    else:
        yield statement


def _harmless(statement: ast.stmt) -> bool:
    """Return whether a statement only defines something: no call is executed but those of NumPy arrays."""
    if isinstance(statement, (*DEFINITIONS, ast.Try)):
        return True
    if not isinstance(statement, ast.Assign | ast.AnnAssign):
        return False
    calls = [ast.unparse(node.func) for node in ast.walk(statement) if isinstance(node, ast.Call)]
    return all(re.match(r"(np|numpy)\.\w+$|(int|float|list|tuple|range|len)$", call) for call in calls)


@contextlib.contextmanager
def _interrupted_after(seconds: int, wanted: bool) -> Iterator[None]:
    """Raise TimeoutError in a statement that takes longer."""
    if not (wanted and hasattr(signal, "setitimer")):
        yield
        return

    def stop(number: int, frame: Any) -> None:
        raise TimeoutError(f"did not end within {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    rest = signal.setitimer(signal.ITIMER_REAL, seconds)[0]
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, rest)
        signal.signal(signal.SIGALRM, before)


class NoAnswer(io.TextIOBase):
    """The standard input where there is no user."""

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]  # text, not bytes
        """Raise what `input()` raises."""
        raise EOFError("EOF when reading a line")

    read = readline  # type: ignore[assignment]  # likewise


def _nothing(*arguments: Any, **more: Any) -> None:
    """Do nothing."""


def _quieten() -> None:
    """Make functions of imported modules that wait for a user, or need a display, do nothing."""
    cv2: Any = sys.modules.get("cv2")
    if cv2 is not None and not hasattr(cv2, "imread_as_it_was"):
        read = cv2.imread_as_it_was = cv2.imread
        windows = "imshow namedWindow destroyAllWindows moveWindow resizeWindow setMouseCallback"
        for name in windows.split():
            setattr(cv2, name, _nothing)
        cv2.waitKey = cv2.waitKeyEx = lambda *arguments: 27

        def imread(name: Any, *arguments: Any) -> Any:
            image = read(name, *arguments)
            if image is None:
                raise FileNotFoundError("cv2.imread: no such file")
            return image

        cv2.imread = imread
    plots: Any = sys.modules.get("matplotlib.pyplot")
    if plots is not None:
        plots.show = _nothing


def _said(error: BaseException, lost: set[str]) -> str | None:
    """Return what stopped a statement; None if it only lacks what another one would have made."""
    name = getattr(error, "name", None)
    if isinstance(error, NameError) and name in lost:
        return None
    if isinstance(error, EOFError):
        return "input() needs a terminal"
    if isinstance(error, FileNotFoundError) and str(error).startswith("cv2.imread"):
        return str(error)
    if isinstance(error, TimeoutError):
        return str(error)
    message = ""
    with contextlib.suppress(Exception):  # a __str__ of its own making
        message = str(error)
    text = " ".join(f"{type(error).__name__}: {message}".split()).rstrip(": ")
    return text if len(text) <= 120 else text[:117] + "..."


def source_text(path: Path) -> str:
    """Return the Python source of a file; of a notebook, its code cells one after the other."""
    data = path.read_bytes()
    if path.suffix != ".ipynb":
        match = re.match(rb"(?:.*\n)?.*?coding[:=]\s*([-\w.]+)", data[:200])
        with contextlib.suppress(LookupError):
            return data.decode(match[1].decode() if match else "utf-8-sig", "replace").replace("\0", "")
        return data.decode("utf-8", "replace")
    cells = [cell for cell in json.loads(data).get("cells", []) if cell.get("cell_type") == "code"]
    sources = ["".join(cell["source"]) for cell in cells]
    # Lines such as `%matplotlib inline` and `!pip install` are no Python. A form feed, white space to Python,
    # marks where a cell begins.
    return "\n".join("\f" + re.sub(r"(?m)^(\s*)([%!?].*)$", r"\1pass  # \2", source) for source in sources)


# Statements of Python 2, and the same in Python 3. What is printed is computed only, as nobody sees it.
PYTHON_2 = [
    (re.compile(r"(^|[:;])(\s*)print\s*(?=$|[;#])"), r"\1\2pass"),
    (re.compile(r"(^|[:;])(\s*)print\b\s*(>>)?\s*(?=[^\s(=])"), r"\1\2printed = "),
    (re.compile(r"except ([\w.]+|\([\w., ]+\)), *(\w+):"), r"except \1 as \2:"),
    (re.compile(r"<>"), "!="),
    (re.compile(r"(raise \w+), (.*)"), r"\1(\2)"),
]


def from_python_2(text: str, number: int) -> str:
    """Return the text with the line of this number, from 1, rewritten; as it is if it is no Python 2."""
    lines = text.split("\n")
    if 0 < number <= len(lines):
        for pattern, new in PYTHON_2:
            lines[number - 1] = pattern.sub(new, lines[number - 1], count=1)
    return "\n".join(lines)


def syntax_text(path: Path, text: str, error: Exception) -> str:
    """Say in one line why a file is no Python, and whether it is Python 2."""
    line, message = getattr(error, "lineno", None), getattr(error, "msg", str(error))
    lines = text.splitlines()
    bad = lines[line - 1] if line is not None and 0 < line <= len(lines) else ""
    if re.match(r"\s*(print\s+[^(\s]|exec\s+[^(\s])|.*except \w+, \w+:|.*<>", bad):
        return f"{path.name}: line {line} is Python 2, `{bad.strip()}`; convert the file to Python 3 first"
    return f"{path.name}: line {line}: {message}"


def find(module: types.ModuleType, path: Path, name: str) -> tuple[str, Any]:
    """Return a function or method of a module, and its name; ValueError says what there is.

    name: `function`, `Class.method`, or "" for `convolve` or the only function.
    """
    names = list(functions_of(module))
    plain = [one for one in names if "." not in one]
    if not name:
        name = (
            "convolve"
            if "convolve" in names
            else names[0]
            if len(names) == 1
            else plain[0]
            if len(plain) == 1
            else ""
        )
    value: Any = module
    for part in name.split(".") if name else []:
        value = (
            inspect.getattr_static(value, part, None) if value is not module else getattr(module, part, None)
        )
        if value is None:
            break
    owner = getattr(module, name.partition(".")[0], None) if "." in name else None
    if isinstance(value, staticmethod | classmethod) and owner is not None:
        value, owner = getattr(owner, name.partition(".")[2]), None
    if not name or not callable(value) or isinstance(value, StandIn):
        others = ", ".join(names[:9]) + ", ..." * (len(names) > 9) if names else "no functions"
        which = f"no function {name}" if name else "several functions; name one of them"
        if not names and not name:
            which = "no functions"
        raise ValueError(f"{path.name} has {which}" + f"; it has {others}" * bool(names or name))
    return name, (owner, value) if owner is not None else value


def functions_of(module: types.ModuleType) -> Iterator[str]:
    """Yield the names of the functions and methods that a module defines."""
    for name, value in list(vars(module).items()):
        if inspect.isfunction(value) and value.__module__ == module.__name__:
            yield name
        elif inspect.isclass(value) and value.__module__ == module.__name__:
            for method, member in vars(value).items():
                if not method.startswith("_") and isinstance(
                    member, types.FunctionType | staticmethod | classmethod
                ):
                    yield f"{name}.{method}"


def without_self(method: Any, values: Callable[[str], str | None]) -> bool:
    """Return whether a function in a class takes an image and a kernel, but no object.

    values: as for bind.
    """
    names = list(inspect.signature(method).parameters) if inspect.isfunction(method) else []
    roles = [values(name) for name in names[:2]]
    return len(names) > 1 and names[0] not in ("self", "cls") and set(roles) == {"image", "kernel"}


def bind(name: str, found: Any, values: Callable[[str], str | None]) -> Any:
    """Return a plain function for a method: with an object made without arguments, if that can be.

    values: the role of an argument by its name, "image" or "kernel", or None.
    """
    if not isinstance(found, tuple):
        return found
    owner, method = found
    if without_self(method, values):
        return method
    # Without an __init__ of its own, a class may have no signature: one derived from int has none.
    parameters = (
        list(inspect.signature(owner).parameters.values()) if owner.__init__ is not object.__init__ else []
    )
    needed = [
        one.name for one in parameters
        if one.default is one.empty and one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)
    ]  # fmt: skip
    if not needed:
        try:
            return getattr(owner(), name.partition(".")[2])
        except Exception as error:
            raise ValueError(f"{name}: its class makes no object, {_said(error, set())}") from None
    unknown = [one for one in needed if values(one) is None]
    if unknown:
        raise ValueError(f"{name}: its class needs {', '.join(unknown)} to make an object")

    rest = list(inspect.signature(method).parameters.values())[1:]
    further = [one for one in rest if values(one.name) is None]

    def with_object(image: Any, kernel: Any, *more: Any) -> Any:
        given = {"image": image, "kernel": kernel}
        own = {one.name: given[str(values(one.name))] for one in rest if one not in further}
        own |= {one.name: value for one, value in zip(further, more, strict=False)}
        return method(owner(*[given[str(values(one))] for one in needed]), **own)

    taken = list(inspect.signature(lambda image, kernel: None).parameters.values())
    vars(with_object)["__signature__"] = inspect.Signature(taken + further)
    return with_object
