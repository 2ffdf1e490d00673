"""The child process that loads a function, calls it, and writes each result into a folder.

Run by path, so that no module of ours is in the way of the checked file's imports; imports NumPy and the
standard library only, so that a function that needs no OpenCV does not wait for it.
"""

import contextlib
import importlib.util
import json
import os
import re
import signal
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

MEMORY = 2 * 2**30  # bytes that the function may take beyond what its imports have


def sibling(name: str) -> ModuleType:
    """Import a module of this folder under a name that no checked file uses."""
    spec = importlib.util.spec_from_file_location(f"_check_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def main() -> None:
    """Do the job: a folder, a file, a function, a time limit, "whole" or "parts", and numbers of inputs."""
    folder, path, name, seconds, how, *numbers = Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:]
    if hasattr(signal, "alarm"):
        signal.alarm(int(seconds))  # should the parent be killed: an endless loop must not outlive it
    tempfile.tempdir = str(folder)  # what is made there goes when the parent ends
    calling, loading = sibling("calling"), sibling("loading")
    try:
        loader = loading.Loader(path, how == "parts")
        name, found = loading.find(loader.load(), path, name)
        function = loading.bind(name, found, lambda one: role(one, calling))
        styles = calling.styles(function, name)
    except ValueError as error:
        write(folder / "unloadable.json", {"error": str(error)})
        return
    source, line = calling.source_of(found[1] if isinstance(found, tuple) else function)
    remarks = loader.remarks(name)
    loaded = {"name": name, "notes": loader.report(), "remarks": remarks, "source": source, "line": line}
    write(folder / "loaded.json", loaded)
    limit_memory()
    style = chosen_style(folder, styles, calling)
    for number in numbers:
        with np.load(folder / f"{number}.npz", allow_pickle=False) as probe:
            trial = calling.call(style, probe["image"], probe["kernel"], path, int(number))
        if trial.output is not None:
            np.save(folder / f"{number}.npy", trial.output, allow_pickle=False)
        failure = None if trial.failure is None else vars(trial.failure)
        result = {"failure": failure, "modified": trial.modified, "returned": trial.returned}
        write(folder / f"{number}.json", result)
        if trial.failure is not None and trial.failure.kind == "memory":
            return  # to fill the memory takes time; the parent decides how often


def role(name: str, calling: ModuleType) -> str | None:
    """Return "image" or "kernel" for the name of an argument of a class; None if it is neither."""
    if re.match(calling.IMAGE_NAMES, name.lower()):
        return "image"
    return "kernel" if re.match(calling.KERNEL_NAMES, name.lower()) else None


def chosen_style(folder: Path, styles: list[Any], calling: ModuleType) -> Any:
    """Return how to call the function; remembered, as a function that hangs is tried once only."""
    memory = folder / "style.json"
    if memory.exists():
        number = json.loads(memory.read_text("utf-8"))["number"]
    else:
        write(memory, {"number": 0, **told(styles[0])})
        inputs = []
        for path in sorted(folder.glob("sample-*.npz")):
            with np.load(path, allow_pickle=False) as arrays:
                inputs.append((arrays["image"], arrays["kernel"]))
        number = styles.index(calling.choose(styles, inputs))
        write(folder / "chosen.json", {})  # progress: the first probe has its own time
    style = styles[number]
    write(memory, {"number": number, **told(style)})
    return style


def told(style: Any) -> dict[str, Any]:
    """Return what the parent is told about the call."""
    return {"habits": [vars(habit) for habit in style.habits], "text": style.text}


def write(path: Path, data: dict[str, Any]) -> None:
    """Write a JSON file at once, so that a reader never gets half of one."""
    path.with_suffix(".part").write_text(json.dumps(data), encoding="utf-8")
    path.with_suffix(".part").replace(path)


def limit_memory() -> None:
    """Make an allocation that goes too far a MemoryError, on systems that can."""
    with contextlib.suppress(ImportError, OSError, ValueError):  # Windows, macOS, or a lower limit already
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


if __name__ == "__main__":
    main()
    os._exit(0)  # whatever threads or exit handlers the function has left behind
