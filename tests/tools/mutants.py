"""Break the code in small ways, one at a time, and see whether the tests notice.

    python tests/tools/mutants.py --count 200 --seed 1 --modules exact parse check/search

Each mutant changes one place: another comparison, operator or number, a condition turned around, or a
statement, an argument, an end of a slice left out. It is made in a copy of the working tree, where the tests
of its module run until one fails. Each is printed as noticed or survived, and then the numbers per module.
Read the survivors: a change may have no effect, or only on speed or wording; otherwise a test is missing.
"""

import argparse
import ast
import contextlib
import importlib.util
import os
import random
import resource
import shutil
import signal
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from queue import Queue
from typing import NamedTuple

import cv2  # noqa: F401
import hypothesis  # noqa: F401
import pytest
import skimage.exposure  # noqa: F401

ROOT = Path(__file__).parents[2]
SCRIPTS = ["convolutions", "kernels"]
# The tests that use a module, or those of a folder, beside the file named after it; the quick ones first.
# Of check/, what calls a function and what changes it have other tests than the rest.
PIXELS = "fast properties ties convolutions chunks"
TESTS = {
    "": "", "exact": f"describe compare grammar {PIXELS}", "pixels": "exact properties",
    "fast": PIXELS, "plan": PIXELS, "threads": "fast", "borders": "convolutions", "kernels": "describe ties",
    "parse": "options report", "options": "report", "needs": "report", "describe": "arithmetic report",
    "model": "ties compare", "compare": "ties arithmetic report properties", "arithmetic": "options report",
    "report": "arithmetic convolutions", "convolutions": "options report",
    "files": "report", "decode": "formats files", "formats": "decode",
    "show": "canvas layout panels place sheet save window", "show/pack": "convolve_js",
    "learn": "names unfold candidates pair responses learn_report estimate descent hidden learn_command "
    "changes otherwise decimals learn_search explain known learner operations",
    "check": "kinds source words mistakes search check_report runner diagnose gallery calling check_readme "
    "command loading image",
    **{f"check/{one}": "runner check_report calling diagnose command loading processes program fixes"
       for one in ("calling", "runner", "loading", "command", "report", "processes")},
    **{f"check/{one}": "document sides text trying proposals fixes"
       for one in ("fixes", "document", "sides", "text", "trying", "proposals")},
}  # fmt: skip
SECONDS = 600  # for the tests of one mutant; more counts as noticed
MEMORY = 6 * 2**30  # bytes, for each process
SWAPPED: dict[type[ast.AST], list[type[ast.AST]]] = {
    ast.Lt: [ast.LtE, ast.GtE], ast.LtE: [ast.Lt, ast.Gt],
    ast.Gt: [ast.GtE, ast.LtE], ast.GtE: [ast.Gt, ast.Lt],
    ast.Eq: [ast.NotEq], ast.NotEq: [ast.Eq], ast.Is: [ast.IsNot], ast.IsNot: [ast.Is],
    ast.In: [ast.NotIn], ast.NotIn: [ast.In], ast.And: [ast.Or], ast.Or: [ast.And],
    ast.Add: [ast.Sub], ast.Sub: [ast.Add], ast.Mult: [ast.Div], ast.Div: [ast.Mult],
    ast.BitAnd: [ast.BitOr], ast.BitOr: [ast.BitAnd], ast.LShift: [ast.RShift], ast.RShift: [ast.LShift],
    ast.FloorDiv: [ast.Mult], ast.Mod: [ast.Mult], ast.Pow: [ast.Mult],
}  # fmt: skip
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}
SERVER = get_context("forkserver")
SERVER.set_forkserver_preload(["__main__"])


class Mutant(NamedTuple):
    """One change: the node's place in a module, and what stands there instead."""

    module: str
    node: ast.AST
    text: str

    def applied(self, source: str) -> str:
        """Return the source with the change; places are counted in bytes of a line."""
        lines, node = [line.encode() for line in source.splitlines(keepends=True)], self.node
        assert isinstance(node, ast.expr | ast.stmt | ast.keyword)
        assert node.end_lineno is not None
        before = b"".join(lines[: node.lineno - 1]) + lines[node.lineno - 1][: node.col_offset]
        after = lines[node.end_lineno - 1][node.end_col_offset :] + b"".join(lines[node.end_lineno :])
        return (before + self.text.encode() + after).decode()

    def __str__(self) -> str:
        old = " ".join(ast.unparse(self.node).split())
        line, column = getattr(self.node, "lineno", 0), getattr(self.node, "col_offset", 0)
        return f"{self.module}.py:{line}:{column + 1}: {old[:150]}  ->  {self.text[:150]}"


def changed(node: ast.AST, **fields: object) -> ast.AST:
    return type(node)(**(vars(node) | fields))


def changes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what may stand in the place of a node: other operators, numbers, names, and nothing."""
    match node:
        case ast.Compare():
            yield from of_comparison(node)
        case ast.BoolOp(operator, values):
            yield changed(node, op=SWAPPED[type(operator)][0]())
            yield from values if len(values) == 2 else ()
        case ast.BinOp(op=operator) | ast.AugAssign(op=operator):
            yield changed(node, op=SWAPPED.get(type(operator), [ast.Add])[0]())
        case ast.Constant(bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(int(value)):
            yield from (ast.Constant(value + 1), ast.Constant(value - 1))
        case ast.Constant(float(value)):
            yield from map(ast.Constant, [2 * value, value / 2] if value else [1.0])
        case ast.Name(name) if name in NAMES:
            yield ast.Name(NAMES[name])
        case ast.Return(ast.expr() as value) if ast.unparse(value) != "None":
            yield ast.Return(ast.Constant(None))
    yield from without_parts(node)


def of_comparison(node: ast.Compare) -> Iterator[ast.AST]:
    """Yield other operators, and other strings to compare with."""
    for n, (operator, value) in enumerate(zip(node.ops, node.comparators, strict=True)):
        for swapped in SWAPPED[type(operator)]:
            yield changed(node, ops=[*node.ops[:n], swapped(), *node.ops[n + 1 :]])
        text = value.value if isinstance(value, ast.Constant) else None
        if isinstance(operator, ast.Eq | ast.NotEq) and isinstance(text, str):
            other = ast.Constant(f"{text}?")
            yield changed(node, comparators=[*node.comparators[:n], other, *node.comparators[n + 1 :]])


def without_parts(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the node without a sign, a branch, an end of a slice, an argument; or nothing in its place."""
    match node:
        case ast.UnaryOp(operand=operand):
            yield operand
        case ast.IfExp():
            yield from (node.body, node.orelse)
        case ast.Slice():
            yield from (changed(node, **{end: None}) for end in node._fields if getattr(node, end))
        case ast.Call(keywords=keywords):
            for n, keyword in enumerate(keywords):
                if keyword.arg != "strict":
                    yield changed(node, keywords=keywords[:n] + keywords[n + 1 :])
        case ast.Expr() | ast.AugAssign() | ast.Raise() | ast.Continue() | ast.Break() | ast.Delete():
            yield ast.Pass()


def mutable(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes to change: not in type hints, f-strings and docstrings."""
    for field, value in ast.iter_fields(tree):
        for node in value if isinstance(value, list) else [value]:
            if not isinstance(node, ast.AST) or field in ("annotation", "returns", "decorator_list"):
                continue
            docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            strict = isinstance(node, ast.keyword) and node.arg == "strict"  # of zip: it never fails
            if not isinstance(node, ast.JoinedStr | ast.ImportFrom | ast.Import) and not docstring | strict:
                yield node
                yield from mutable(node)


def path_of(module: str) -> Path:
    return Path("" if module in SCRIPTS else "filtering", f"{module}.py")


def mutants(module: str) -> list[Mutant]:
    """Return all changes of a module."""
    source = (ROOT / path_of(module)).read_text()
    found = []
    for node in mutable(ast.parse(source)):
        for other in changes(node):
            text = ast.unparse(ast.fix_missing_locations(other))
            bare = isinstance(other, ast.stmt | ast.Constant | ast.Slice | ast.Name)
            found.append(Mutant(module, node, text if bare else f"({text})"))
        if isinstance(node, ast.If | ast.While):
            found.append(Mutant(module, node.test, f"(not ({ast.unparse(node.test)}))"))
    return found


def tests_of(module: str) -> list[str]:
    """Return the files of tests of a module: the one named after it first."""
    folder, _, name = module.rpartition("/")
    names = [name, f"{folder}_{name}", *TESTS.get(module, TESTS[folder]).split()]
    paths = [f"tests/{folder}/test_{one}.py".replace("//", "/") for one in dict.fromkeys(names)]
    return [path for path in paths if (ROOT / path).exists()]


def survives(mutant: Mutant, copies: "Queue[Path]") -> bool:
    """Return whether the tests of its module pass in a copy of the working tree that has the mutant."""
    folder = copies.get()
    path = folder / path_of(mutant.module)
    cached, source = Path(importlib.util.cache_from_source(str(path))), path.read_text()
    cached.unlink(missing_ok=True)  # Python tells sources apart by seconds and size only
    path.write_text(mutant.applied(source))
    passed = passes(folder, tests_of(mutant.module), SECONDS)
    path.write_text(source)
    cached.unlink(missing_ok=True)
    copies.put(folder)
    return passed


def passes(folder: Path, tests: list[str], seconds: float | None = None) -> bool:
    """Run tests there until one fails, in a fork, which has NumPy, OpenCV and others loaded already.

    The fork is made by a server, as this process has threads, whose locks would stay taken in it.
    """
    process = SERVER.Process(target=run, args=(folder, tests))
    process.start()
    process.join(seconds)
    assert process.pid is not None
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # also what a test has started
    process.join()
    return process.exitcode == 0


def run(folder: Path, tests: list[str]) -> None:
    """Run tests in a process group of their own, with no more memory than there is."""
    os.setpgrp()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets its background jobs ignore it
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    os.chdir(folder)
    log = os.open("tests.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(log, stream)
    os._exit(pytest.main(["-x", "-q", "-n", "0", "-p", "no:cacheprovider", *tests]))


def main() -> None:
    """Draw the sample, run it in two processes, print the survivors and the score."""
    paths = sorted((ROOT / "filtering").rglob("[a-z]*.py"))
    default = [*SCRIPTS, *(str(path.relative_to(ROOT / "filtering").with_suffix("")) for path in paths)]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, default=200, help="mutants to try (200)")
    parser.add_argument("--seed", type=int, default=1, help="of the sample (1)")
    parser.add_argument(
        "--modules", nargs="+", default=default, help="such as fast, show/place, kernels; all by default"
    )
    arguments = parser.parse_args()
    everything = [mutant for module in arguments.modules for mutant in mutants(module)]
    sample = random.Random(arguments.seed).sample(everything, min(arguments.count, len(everything)))
    print(f"{len(sample)} of {len(everything)} mutants", flush=True)
    tried, survived = Counter(one.module for one in sample), Counter[str]()
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(2) as pool:
        os.chmod(temporary, 0o755)  # some tests become a user who may not do everything
        ignored = shutil.ignore_patterns(".git", ".venv", ".*_cache", "__pycache__")
        copies: Queue[Path] = Queue()
        for folder in (Path(temporary, "1"), Path(temporary, "2")):
            copies.put(shutil.copytree(ROOT, folder, symlinks=True, ignore=ignored))
        files = sorted({test for module in tried for test in tests_of(module)})
        halves = [half for half in (files[::2], files[1::2]) if half]
        for folder, passed in zip(copies.queue, pool.map(passes, copies.queue, halves), strict=False):
            if not passed:
                print((folder / "tests.log").read_text(errors="replace")[-5000:])
                parser.exit(1, "these tests fail without any mutant\n")
        results = pool.map(survives, sample, repeat(copies))
        for mutant, survivor in zip(sample, results, strict=True):
            survived[mutant.module] += survivor
            print(f"{'survived' if survivor else 'noticed':8} {mutant}", flush=True)
    for module, count in sorted(tried.items()):
        print(f"{module:20} {count - survived[module]:4} of {count:4} noticed")
    print(f"{len(sample) - survived.total()} of {len(sample)} noticed")


if __name__ == "__main__":
    main()
