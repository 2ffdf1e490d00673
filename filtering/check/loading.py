"""Load a Python file or a notebook, in parts where it cannot be loaded whole.

Runs in the child process, and imports the standard library only. Statements are executed one by one: one that
fails, or does not end, is left out and noted, and what it does not concern is there all the same. A module
that is not installed gets a stand-in.
"""

import ast
import contextlib
import copy
import inspect
import io
import json
import linecache
import os
import re
import signal
import sys
import tokenize
import types
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

STATEMENT_SECONDS = 3  # for a statement outside of all functions, on systems that can interrupt it
DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)
LONGEST = 120  # characters of an exception
LISTED_LINES, LISTED_NAMES = 4, 9  # more are counted, or left out

PROGRESS = re.compile("tqdm|progress|bar|track|alive", re.IGNORECASE)  # names of what shows progress
RANGES = ("prange", "trange", "tnrange")  # names of what counts as `range` does
NEED_A_VALUE = (
    "neg abs round eq ne lt le gt ge int float index complex array setitem contains "
    "add sub mul truediv floordiv mod pow matmul radd rsub rmul rtruediv rfloordiv rmod rpow rmatmul"
)

# Statements of Python 2, and the same in Python 3. What is printed is computed only, as nobody sees it.
PYTHON_2 = [
    (re.compile(r"(^|[:;])(\s*)print\s*(?=$|[;#])"), r"\1\2pass"),
    (re.compile(r"(^|[:;])(\s*)print\b\s*(>>)?\s*(?=[^\s(=])"), r"\1\2printed = "),
    (re.compile(r"except ([\w.]+|\([\w., ]+\)), *(\w+):"), r"except \1 as \2:"),
    (re.compile(r"<>"), "!="),
    (re.compile(r"(raise \w+), (.*)"), r"\1(\2)"),
]


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
        own = callable(first) and getattr(first, "__module__", "") not in ("builtins", "numpy")  # not a dtype
        if len(arguments) == 1 and not more and own and not isinstance(first, StandIn):
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

    def _same(self, *operands: Any) -> "StandIn":
        return self

    def _no(self, *operands: Any) -> bool:
        return False

    __or__ = __ror__ = __enter__ = _same  # in an annotation; in a `with` statement
    __bool__ = __instancecheck__ = __exit__ = _no  # nothing is available, or of its type; errors pass

    def __mro_entries__(self, bases: Any) -> tuple[type]:
        """Return the class to derive from where a class is derived from the stand-in."""
        names = {"__getattr__": lambda _, name: getattr(self, name), "__call__": lambda *_, **more: self()}
        return (type(self.__name__, (), names),)

    def _refuse(self, *operands: Any, **more: Any) -> Any:
        message = f"uses {self._absent}, which is not installed here"
        raise ModuleNotFoundError(message, name=self._absent)


for operation in NEED_A_VALUE.split():
    setattr(StandIn, f"__{operation}__", StandIn._refuse)


class Loader:
    """A module that is made statement by statement, and the notes on what is missing."""

    def __init__(self, path: Path, definitions_only: bool, code: Path | None = None) -> None:
        self.path, self.definitions_only, self.code = path, definitions_only, code or path
        self.module = types.ModuleType(path.stem)
        self.module.__file__ = str(path)
        self.futures: list[ast.stmt] = []  # `from __future__ import ...`, which holds for all statements
        self.python_2: list[int] = []  # lines that were rewritten
        self.notes: dict[str, list[int]] = {}  # why lines were left out -> these lines
        self.lost: set[str] = set()  # names that they would have defined
        self.absent: dict[str, None] = {}  # modules, in order
        self.own: dict[str, tuple[Any, int]] = {}  # functions and classes of the file, and their lines
        self.imports: dict[str, int] = {}  # names that it imports, and the lines

    def run(self) -> None:
        """Execute the file, statement by statement; ValueError, in one line, where it is no Python."""
        sys.modules[self.path.stem] = self.module
        tree, self.python_2 = parse(self.path, self.code)
        if self.python_2:
            vars(self.module).update(xrange=range, raw_input=input)
        self.futures = [one for one in tree.body if getattr(one, "module", None) == "__future__"]
        for statement in tree.body:
            body = statement.body if isinstance(statement, ast.With) else []
            guards = any(isinstance(part, DEFINITIONS) for part in body)
            for part in body if guards else [statement]:
                self._execute(part)
                if isinstance(part, ast.FunctionDef | ast.ClassDef):
                    self.own[part.name] = (vars(self.module).get(part.name), part.lineno)
                    continue
                imports = [one for one in ast.walk(part) if isinstance(one, ast.Import | ast.ImportFrom)]
                self.imports |= {
                    one.asname or one.name: part.lineno for node in imports for one in node.names
                }

    def define(self, text: str) -> None:
        """Define the functions and classes of the file anew, as they stand in a changed text."""
        for part in ast.parse(text).body:
            if isinstance(part, ast.FunctionDef | ast.ClassDef):
                self._execute(part)
                self.own[part.name] = (vars(self.module).get(part.name), part.lineno)

    def replaced(self) -> dict[str, int]:
        """Return the functions and classes of the file whose name an import has taken, and its line."""
        lines = {name: self.imports.get(name, self.imports.get("*", 0)) for name in self.own}
        for name, (value, line) in self.own.items():
            now = vars(self.module).get(name)
            own = now is value or getattr(now, "__module__", None) == self.module.__name__
            if own or value is None or lines[name] < line:
                del lines[name]
        return lines

    def view(self) -> types.ModuleType:
        """Return the module, with functions of the file where an import has taken their name."""
        view = types.ModuleType(self.module.__name__)
        vars(view).update(vars(self.module) | {name: self.own[name][0] for name in self.replaced()})
        return view

    def notes_on_loading(self) -> list[str]:
        """Return what the module was loaded without: `line 57 (cv2.imread: no such file)`."""
        left_out = [f"{_numbered(lines)} ({why})" for why, lines in self.notes.items()]
        return left_out + [f"{name} (not installed)" for name in self.absent]

    def remarks(self, name: str) -> list[str]:
        """Return how else the file was read, in sentences: an import that takes the name, Python 2."""
        found, name = [], name.partition(".")[0]
        if line := self.replaced().get(name):
            own = self.own[name][1]
            found.append(f"line {line} imports another `{name}`; the one of line {own} was examined")
        if self.python_2:
            are = "are" if len(self.python_2) > 1 else "is"
            found.append(f"{_numbered(self.python_2)} {are} Python 2, and read as Python 3")
        return found

    def _execute(self, statement: ast.stmt) -> None:
        """Execute one statement; note what happened if it fails."""
        if self.definitions_only and not _harmless(statement):
            self._leave_out(statement, "not executed")
            return
        if isinstance(statement, ast.ImportFrom) and statement.level:
            statement.level = 0  # the file's folder is on the path
            if not statement.module:
                statement = ast.copy_location(ast.Import(statement.names), statement)
        missing = ImportError if isinstance(statement, ast.ImportFrom) else ModuleNotFoundError
        try:
            with _interrupted_after(STATEMENT_SECONDS, not isinstance(statement, DEFINITIONS)):
                exec(self._compiled(statement), vars(self.module))
        except BaseException as error:  # SystemExit too: a script that parses its arguments, for one
            if isinstance(statement, ast.Import | ast.ImportFrom) and isinstance(error, missing):
                self._import_what_is_there(statement)
            elif isinstance(error, NameError) and error.name in self.lost:
                self._leave_out(statement)  # the line that should have defined it is noted
            else:
                self._leave_out(statement, _said(error))
        finally:
            _quieten()

    def _compiled(self, statement: ast.stmt) -> types.CodeType:
        """Compile one statement, under the `from __future__` imports of the file."""
        module = ast.Module([*self.futures, statement], [])
        return compile(module, str(self.path), "exec", dont_inherit=True)

    def _leave_out(self, statement: ast.stmt, why: str = "") -> None:
        """Note why a statement was left out, and the names that it would have defined."""
        names = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
        self.lost |= {node.id for node in names if isinstance(node.ctx, ast.Store)}
        if why:
            self.notes.setdefault(why, []).append(statement.lineno)

    def _import_what_is_there(self, statement: ast.Import | ast.ImportFrom) -> None:
        """Import the names of an import statement one by one, and stand-ins for those that are missing."""
        source = statement.module if isinstance(statement, ast.ImportFrom) else None
        for alias in statement.names:
            name = source or alias.name
            single = copy.copy(statement)
            single.names = [alias]
            try:
                self._import(single, name)
            except Exception as error:
                absent = error.name if isinstance(error, ModuleNotFoundError) else None
                absent = absent or (f"{source}.{alias.name}" if source else name)
                self.absent[absent] = None
                stand_in = getattr(StandIn(name, absent), alias.name.rpartition(".")[2])
                setattr(self.module, alias.asname or alias.name.partition(".")[0], stand_in)

    def _import(self, statement: ast.stmt, name: str) -> None:
        """Execute an import; load a module beside the file without what that cannot import itself."""
        try:
            exec(self._compiled(statement), vars(self.module))
        except ModuleNotFoundError:
            helper = Loader(self.path.parent / f"{name}.py", self.definitions_only)
            if not helper.path.is_file():
                raise
            helper.run()
            self.absent |= helper.absent
            exec(self._compiled(statement), vars(self.module))


def enter(path: Path) -> None:
    """Make this process one in which a file runs: in its folder, with no arguments, and with no user."""
    sys.argv = [str(path)]
    sys.path[0] = str(path.parent)  # so that its own imports are found, and ours are not in their way
    sys.path.append(str(path.parent.parent))  # a helper may stand there, or this folder be a package
    sys.stdin = NoAnswer()
    with contextlib.suppress(OSError):
        os.chdir(path.parent)


class NoAnswer(io.TextIOBase):
    """The standard input where there is no user."""

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]  # text, not bytes
        """Raise what `input()` raises."""
        raise EOFError("EOF when reading a line")

    read = readline  # type: ignore[assignment]  # likewise


def _numbered(lines: list[int]) -> str:
    """Return `line 3` or `lines 1, 2, 3, 4 and 2 more`."""
    hidden = len(lines) - LISTED_LINES
    more = f" and {hidden} more" if hidden > 0 else ""
    return f"line{'s' * (len(lines) > 1)} {', '.join(map(str, lines[:LISTED_LINES]))}{more}"


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
        """Interrupt the statement."""
        raise TimeoutError(f"did not end within {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    rest = signal.setitimer(signal.ITIMER_REAL, seconds)[0]
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, rest)
        signal.signal(signal.SIGALRM, before)


def _quieten() -> None:
    """Make functions of imported modules that wait for a user, or need a display, do nothing."""

    def nothing(*arguments: Any, **more: Any) -> None:
        """Do nothing."""

    plots: Any = sys.modules.get("matplotlib.pyplot")
    if plots is not None:
        plots.show = nothing
    cv2: Any = sys.modules.get("cv2")
    if cv2 is None or hasattr(cv2, "imread_as_it_was"):
        return
    windows = "imshow namedWindow destroyAllWindows moveWindow resizeWindow setMouseCallback"
    for name in windows.split():
        setattr(cv2, name, nothing)
    cv2.waitKey = cv2.waitKeyEx = lambda *arguments: 27
    read = cv2.imread_as_it_was = cv2.imread

    def imread(name: Any, *arguments: Any) -> Any:
        """Read an image, or say that there is none, where OpenCV returns None."""
        image = read(name, *arguments)
        if image is None:
            raise FileNotFoundError("cv2.imread: no such file")
        return image

    cv2.imread = imread


def _said(error: BaseException) -> str:
    """Return in a short line what stopped a statement."""
    message = ""
    with contextlib.suppress(Exception):  # a __str__ of its own making
        message = " ".join(str(error).split())
    if isinstance(error, EOFError):
        return "input() needs a terminal"
    if isinstance(error, TimeoutError) or message.startswith("cv2.imread: "):
        return message
    text = f"{type(error).__name__}: {message}".rstrip(": ")
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def decoded(data: bytes) -> tuple[str, str]:
    """Return the text of a Python file, and its encoding."""
    encoding = "utf-8"
    with contextlib.suppress(SyntaxError):  # an encoding that does not exist
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    return data.decode(encoding, "replace"), encoding


def raw_cells(data: bytes) -> list[str]:
    """Return the code cells of a notebook."""
    cells = json.loads(data).get("cells", [])
    return ["".join(cell["source"]) for cell in cells if cell.get("cell_type") == "code"]


def source_text(path: Path) -> str:
    """Return the Python source of a file; of a notebook, its code cells one after the other."""
    data = path.read_bytes()
    if path.suffix != ".ipynb":
        return decoded(data)[0].replace("\0", "")
    # Lines such as `%matplotlib inline` and `!pip install` are no Python. A form feed, white space to Python,
    # marks where a cell begins.
    sources = [re.sub(r"(?m)^(\s*)([%!?].*)$", r"\1pass  # \2", source) for source in raw_cells(data)]
    return "\n".join("\f" + source for source in sources)


def parse(path: Path, code: Path) -> tuple[ast.Module, list[int]]:
    """Parse a file, and return which lines were Python 2 and are rewritten; ValueError if it is no Python.

    code: the file to read in its place.
    """
    text, rewritten = source_text(code), []
    while True:
        lines = text.split("\n")
        try:
            tree = ast.parse(text, str(path))
            break
        except TabError:
            text = text.expandtabs(8)  # as Python 2 reads them
        except (SyntaxError, ValueError) as error:
            number = getattr(error, "lineno", None) or 1
            if python_3(lines[number - 1]) == lines[number - 1]:
                raise ValueError(syntax_text(path, text, error)) from None
            lines[number - 1] = python_3(lines[number - 1])
            text = "\n".join(lines)
            rewritten.append(number)
    # For tracebacks, also of a notebook.
    linecache.cache[str(path)] = len(text), None, [f"{line}\n" for line in lines], str(path)
    return tree, rewritten


def python_3(line: str) -> str:
    """Return a line of Python 2 as Python 3; any other as it is."""
    for pattern, new in PYTHON_2:
        line = pattern.sub(new, line, count=1)
    return line


def syntax_text(path: Path, text: str, error: Exception) -> str:
    """Say in one line why a file is no Python, and whether it is Python 2."""
    number = getattr(error, "lineno", None) or 1
    line, where = text.split("\n")[number - 1], f"{path.name}: line {number}"
    if python_3(line) != line or re.match(r"\s*exec\s+[^(\s]", line):
        return f"{where} is Python 2, `{line.strip()}`; convert the file to Python 3 first"
    return f"{where}: {getattr(error, 'msg', error)}"


def find(module: types.ModuleType, path: Path, name: str) -> tuple[str, type | None, Any]:
    """Return the name of a function or method, its class if it needs an object, and the function.

    name: `function`, `Class.method`, or "" for `convolve` or the only function. ValueError: there is none.
    """
    names = list(functions_of(module))
    if not name:
        plain = [one for one in names if "." not in one]
        choices = (names.count("convolve") * ["convolve"], names, plain)
        name = next((choice[0] for choice in choices if len(choice) == 1), "")
    owner_name, _, last = name.rpartition(".")
    owner = getattr(module, owner_name, None) if owner_name else module
    value = inspect.getattr_static(owner, last, None)
    if isinstance(owner, type) and callable(value) and not isinstance(value, staticmethod | classmethod):
        return name, owner, value
    value = getattr(owner, last, None) if value is not None else None
    if callable(value) and not isinstance(value, StandIn):
        return name, None, value
    listed = ", ".join(names[:LISTED_NAMES]) + ", ..." * (len(names) > LISTED_NAMES)
    if name:
        raise ValueError(f"{path.name} has no function {name}; it has {listed or 'no functions'}")
    if names:
        raise ValueError(f"{path.name} has several functions; name one of them; it has {listed}")
    raise ValueError(f"{path.name} has no functions")


def functions_of(module: types.ModuleType) -> Iterator[str]:
    """Yield the names of the functions and methods that a module defines."""
    for name, value in list(vars(module).items()):
        if getattr(value, "__module__", None) != module.__name__:
            continue
        if inspect.isfunction(value):
            yield name
        elif inspect.isclass(value):
            for method, member in vars(value).items():
                is_function = isinstance(member, types.FunctionType | staticmethod | classmethod)
                if is_function and not method.startswith("_"):
                    yield f"{name}.{method}"
