"""Somebody's function, tried out in a child process, where it can do no harm.

Both sides are here: the parent, which writes the inputs into a folder, waits, and reads what comes; and the
child, which loads the function, calls it, and writes down each result as soon as there is one. NumPy is all
that is imported, so that a function that needs no OpenCV does not wait for it.
"""

import contextlib
import importlib.machinery
import importlib.util
import inspect
import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

MEMORY = 2 * 2**30  # bytes that the function may take beyond what its imports have
LARGEST_RESULT = 2**24  # elements; a result larger than that is no picture of a probe
STARTS = 3  # a child that hangs or dies is followed by another, for the rest, up to this number
MARK = "CONVOLUTIONS_TRIAL"  # set in the environment of the child

Inputs = tuple[np.ndarray, np.ndarray]  # an image and a kernel


@dataclass(frozen=True, eq=False)
class Trial:
    """What a function did with an image and a kernel."""

    output: np.ndarray | None  # None where it gave nothing that can be compared with a picture
    error: str | None  # what happened instead
    modified: list[str]  # which of "image" and "kernel" it changed


def try_in_child(
    path: Path,
    name: str,
    inputs: Sequence[Inputs],
    seconds: float,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Trial | None]:
    """Call the function `name` of a Python file on each of the inputs, in a child process.

    seconds: for all of them; none gets more than a third of that. progress(done, total) is called again and
    again. Returns a Trial for each of the inputs, or None for those that it did not come to in that time.
    ValueError says why a function cannot be loaded.
    """
    trials: list[Trial | None] = [None] * len(inputs)
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory(prefix="check-") as temporary:
        folder = Path(temporary)
        for number, (image, kernel) in enumerate(inputs):
            np.savez(folder / f"{number}.npz", image=image, kernel=kernel)
        for _ in range(STARTS):
            missing = [number for number, trial in enumerate(trials) if trial is None]
            if not missing or time.monotonic() >= end:
                break
            problem = _run(folder, path, name, missing, end, seconds / STARTS, lambda: progress(
                len(list(folder.glob("*.json"))), len(inputs)))  # fmt: skip
            if (folder / "unloadable.json").exists():
                raise ValueError(json.loads((folder / "unloadable.json").read_text("utf-8"))["error"])
            for number in missing:
                trials[number] = _read(folder / f"{number}.json")
            stuck = next((number for number in missing if trials[number] is None), None)
            if problem is not None and stuck is not None:
                if not (folder / "loaded").exists():
                    raise ValueError(
                        f"{path.name}: a file to check can be imported; found: its import {problem}"
                    )
                trials[stuck] = Trial(None, problem, [])
    return trials


def _run(
    folder: Path,
    path: Path,
    name: str,
    numbers: list[int],
    end: float,
    patience: float,
    progress: Callable[[], None],
) -> str | None:
    """Let one child do the probes of these numbers; if it does not come to its end, what happened, in words.

    end: when it has to be through. patience: how many seconds it may take for one probe.
    """
    rest = math.ceil(end - time.monotonic()) + 1
    command = [sys.executable, "-B", __file__, str(folder), str(path), name, str(rest), *map(str, numbers)]
    nowhere = subprocess.DEVNULL
    child = subprocess.Popen(
        command, stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True,
        env=os.environ | {MARK: "1"},
    )  # fmt: skip
    try:
        done, since = 0, time.monotonic()
        while not _ended(child):
            count = len(list(folder.glob("*.json")))
            if count > done:
                done, since = count, time.monotonic()
                progress()
            if time.monotonic() > since + patience:
                return f"did not come to an end within {patience:.2g} s"
            if time.monotonic() > end:
                # The function is slow, but that is no fault: what is left is not tried.
                return None if (folder / "loaded").exists() else "had no more time"
            time.sleep(0.01)
        progress()
        _end_group(child)
        return _death(child.returncode)
    finally:
        _end_group(child)


def _ended(child: subprocess.Popen) -> bool:
    """Return whether the child has ended, without reaping it: until then its process group is its own."""
    if not hasattr(os, "waitid"):
        return child.poll() is not None
    return os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _end_group(child: subprocess.Popen) -> None:
    """Kill the child and all processes it has started, then reap it."""
    if child.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL) if hasattr(os, "killpg") else child.kill()
    child.wait()


def _death(status: int) -> str | None:
    """How a child ended that did not come to its end by itself."""
    if status >= 0:
        return f"ended Python itself, with exit status {status}"
    name = signal.Signals(-status).name if -status in list(signal.Signals) else f"signal {-status}"
    why = " (out of memory?)" if name == "SIGKILL" else ""
    return f"crashed Python ({name}){why}"


def _read(path: Path) -> Trial | None:
    """The result that a child has written, if it has."""
    if not path.exists():
        return None
    told = json.loads(path.read_text("utf-8"))
    output = None if told["error"] else np.load(path.with_suffix(".npy"), allow_pickle=False)
    return Trial(output, told["error"], told["modified"])


def load(path: Path, name: str) -> Callable[..., Any]:
    """The function of that name in a Python file; ValueError, in one line, where there is none."""
    sys.argv = [str(path)]
    sys.path[0] = str(path.parent)  # so that its own imports are found, and ours are not in their way
    # The loader is named, as the file may be called anything; and it is in sys.modules, as a dataclass asks.
    loader = importlib.machinery.SourceFileLoader(path.stem, str(path))
    spec = importlib.util.spec_from_loader(path.stem, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    try:
        loader.exec_module(module)
    except SyntaxError as error:
        place = f"line {error.lineno}: " if error.filename == str(path) else ""
        raise ValueError(f"{path.name}: a file to check is valid Python; found: {place}{error.msg}") from None
    except BaseException as error:  # SystemExit too: a script that parses its arguments, for one
        found = _line(error, path) + _said(error)
        raise ValueError(f"{path.name}: a file to check can be imported; found: {found}") from None
    function = getattr(module, name, None)
    if not callable(function):
        names = [key for key, value in vars(module).items() if inspect.isfunction(value)]
        what = "something that is not one" if hasattr(module, name) else "none of that name"
        others = ", ".join(names[:9]) + ", ..." * (len(names) > 9) if names else "no functions"
        raise ValueError(
            f"{path.name}: a file to check has a function {name}; found: {what}; it has {others}"
        )
    check_signature(function, name)
    return function  # type: ignore[no-any-return]


def check_signature(function: Callable[..., Any], name: str) -> None:
    """ValueError if it cannot be called as function(image, kernel)."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # what is written in C need not say what it takes
        return
    try:
        signature.bind("image", "kernel")
    except TypeError:
        raise ValueError(
            f"a function to check can be called as {name}(image, kernel); found: {name}{signature}"
        ) from None


def _said(error: BaseException) -> str:
    """`ValueError: what it says`, short and in one line."""
    text = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(": ")
    return text if len(text) <= 200 else text[:197] + "..."


def _line(error: BaseException, path: Path | None) -> str:
    """`line 7: ` where that is the innermost line of the file that raised the error."""
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if path is not None and frame.filename == str(path)
    ]
    return f"line {lines[-1]}: " if lines else ""


def call(
    function: Callable[..., Any], image: np.ndarray, kernel: np.ndarray, path: Path | None = None
) -> Trial:
    """Call the function on copies of the inputs. path: the file whose line an exception is told by."""
    inputs = {"image": image.copy(), "kernel": kernel.copy()}
    result, problem = None, None
    try:
        with np.errstate(all="ignore"):
            result = function(*inputs.values())
        problem = _not_a_picture(result)
    except KeyboardInterrupt:  # of who waits for the end; a child never sees one
        raise
    except BaseException as error:  # also sys.exit(), and exceptions of the function's own making
        problem = f"{_said(error)}{' in ' + _line(error, path)[:-2] if _line(error, path) else ''}"
    modified = [
        name for name, before in [("image", image), ("kernel", kernel)]
        if not np.array_equal(inputs[name], before)
    ]  # fmt: skip
    # A copy: the next call may write into the same array.
    return Trial(None if problem else np.array(result), problem, modified)


def _not_a_picture(result: object) -> str | None:
    """What is wrong with a result that cannot be compared with a picture; None if it can."""
    if not isinstance(result, np.ndarray):
        return f"returns {_kind(result)} instead of an array"
    if result.dtype.kind not in "buifc":
        return f"returns an array of dtype {result.dtype}, which are no numbers"
    if result.size > LARGEST_RESULT or result.size == 0 or result.ndim == 0:
        return f"returns an array of shape {result.shape}"
    if np.isnan(result).any():
        return "returns nan (not a number)"
    return None


def _kind(result: object) -> str:
    if result is None:
        return "None"
    kind = type(result).__name__
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def main() -> None:
    """Do the job: a folder, a file, a function, a time limit, and the numbers of the inputs in the folder."""
    folder, path, name, seconds, *numbers = Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:]
    if hasattr(signal, "alarm"):
        signal.alarm(int(seconds))  # should the parent be killed: an endless loop is not to outlive it
    try:
        function = load(path, name)
    except ValueError as error:
        _write(folder / "unloadable.json", {"error": str(error)})
        return
    (folder / "loaded").touch()
    _limit_memory()
    for number in numbers:
        with np.load(folder / f"{number}.npz", allow_pickle=False) as probe:
            trial = call(function, probe["image"], probe["kernel"], path)
        if trial.output is not None:
            np.save(folder / f"{number}.npy", trial.output, allow_pickle=False)
        _write(folder / f"{number}.json", {"error": trial.error, "modified": trial.modified})
        if "MemoryError" in str(trial.error):
            return  # to fill the memory takes time; the parent decides how often


def _write(path: Path, data: dict[str, Any]) -> None:
    """Write a JSON file at once, so that who waits for it never reads half of one."""
    path.with_suffix(".part").write_text(json.dumps(data), encoding="utf-8")
    path.with_suffix(".part").replace(path)


def _limit_memory() -> None:
    """Make an allocation that goes too far a MemoryError, on systems that can."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    except (ImportError, OSError, ValueError):  # Windows, macOS, or a lower limit that is there already
        pass


if __name__ == "__main__":
    main()
    os._exit(0)  # whatever threads or exit handlers the function has left behind
