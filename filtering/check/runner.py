"""Run a function of a file on the probes: in child processes, where it can do no harm and ends in time."""

import contextlib
import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from filtering.check.calling import Failure, Habit, Trial, call, choose, source_of, styles

STARTS = 4  # a child that hangs or dies is followed by another, for the rest, up to this number
MARK = "CONVOLUTIONS_CHECK"  # set in the environment of the child

Inputs = tuple[np.ndarray, np.ndarray]  # an image and a kernel
Progress = Callable[[int, int], None]


@dataclass(eq=False)
class Run:
    """The results of a function for all inputs, and how it was loaded and called."""

    name: str  # of the function
    trials: list[Trial | None]  # None: not tried
    file: str = ""  # "" for a function of this process
    notes: list[str] = field(default_factory=list)  # what the file was loaded without
    habits: tuple[Habit, ...] = ()  # how it was called, if not as function(image, kernel)
    call: str = ""  # that call, as code
    source: str = ""  # of the file
    line: int = 0  # the first one of the function
    remarks: list[str] = field(default_factory=list)  # how else the file was read, in sentences
    stopped: str = "The time ran out"  # why some inputs were not tried


def run_here(
    function: Callable[..., Any], inputs: Sequence[Inputs], progress: Progress, samples: Sequence[Inputs]
) -> Run:
    """Call a function on each of the inputs in this process, with no time limit.

    samples: inputs that show how the function has to be called.
    """
    name = getattr(function, "__name__", type(function).__name__)
    style = choose(styles(function, name), [*samples])
    trials: list[Trial | None] = []
    for number, (image, kernel) in enumerate(inputs):
        trials.append(call(style, image, kernel, number=number))
        progress(len(trials), len(inputs))
    source, line = source_of(function)
    return Run(name, trials, habits=style.habits, call=style.text, source=source, line=line)


def run_in_child(
    path: Path,
    name: str,
    inputs: Sequence[Inputs],
    seconds: float,
    progress: Progress,
    samples: Sequence[Inputs] = (),
    patience: float | None = None,
) -> Run:
    """Call the function `name` of a Python file on each of the inputs, in a child process.

    seconds: for all of them. samples: inputs that show how the function has to be called. patience: the
    seconds that loading, or one of the inputs, may take; None: a third of all. ValueError says why a function
    cannot be loaded.
    """
    run = Run(name, [None] * len(inputs), str(path))
    end, how, patience = time.monotonic() + seconds, "whole", patience or seconds / 3
    with tempfile.TemporaryDirectory(prefix="check-") as temporary:
        folder = Path(temporary)
        named = {f"sample-{number}": one for number, one in enumerate(samples or inputs)}
        for number, (image, kernel) in (dict(enumerate(inputs)) | named).items():
            np.savez(folder / f"{number}.npz", image=image, kernel=kernel)
        for _ in range(STARTS):
            missing = [number for number, trial in enumerate(run.trials) if trial is None]
            if not missing or time.monotonic() >= end:
                break
            failure = _run_child(folder, [str(path), name], how, missing, end, patience, progress)
            if (folder / "unloadable.json").exists():
                raise ValueError(json.loads((folder / "unloadable.json").read_text("utf-8"))["error"])
            for number in missing:
                run.trials[number] = _read(folder / f"{number}.json")
            if failure is not None and None in run.trials:
                how = _blame(run, folder, failure, missing, how)
        if time.monotonic() >= end:
            run.stopped = "The time ran out"
        _describe(run, folder)
    return run


def _blame(run: Run, folder: Path, failure: Failure, missing: list[int], how: str) -> str:
    """Note what ended a child too early, for the input that it did not get through; return how to go on.

    A child that runs out of memory ends by itself, and has noted that.
    """
    new = [trial.failure for trial in map(run.trials.__getitem__, missing) if trial]
    if any(one is not None and one.kind == "memory" for one in new):
        run.stopped = f"It was started {STARTS} times, and the last time it ran out of memory"
        return how
    run.stopped = f"It was started {STARTS} times, and the last time it {failure.text}"
    if (folder / "loaded.json").exists():
        stuck = next(number for number in missing if run.trials[number] is None)
        run.trials[stuck] = Trial(None, failure, [])
        return how
    if how == "parts":
        raise ValueError(f"cannot load {Path(run.file).name}: its import {failure.text}")
    return "parts"


def _describe(run: Run, folder: Path) -> None:
    """Add to a run what the child has written about loading and calling."""
    if (folder / "loaded.json").exists():
        loaded = json.loads((folder / "loaded.json").read_text("utf-8"))
        run.name, run.notes = loaded["name"], loaded["notes"]
        run.source, run.line, run.remarks = loaded["source"], loaded["line"], loaded["remarks"]
    if (folder / "style.json").exists():
        style = json.loads((folder / "style.json").read_text("utf-8"))
        run.habits, run.call = tuple(Habit(**habit) for habit in style["habits"]), style["text"]


def _run_child(
    folder: Path,
    target: list[str],
    how: str,
    numbers: list[int],
    end: float,
    patience: float,
    progress: Progress,
) -> Failure | None:
    """Run these probes in one child process; return why it stopped early, or None.

    end: when it has to be through. patience: the seconds that it may take for loading, or for one probe.
    """
    rest = str(math.ceil(end - time.monotonic()) + 1)
    command = [
        sys.executable,
        "-B",
        str(Path(__file__).with_name("child.py")),
        str(folder),
        *target,
        rest,
        how,
    ]
    total = len(list(folder.glob("[0-9]*.npz")))
    child = subprocess.Popen(
        [*command, *map(str, numbers)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True, env=_environment(),
    )  # fmt: skip
    try:
        if not _ends(child, folder, end, lambda done: progress(done, total), patience):
            if time.monotonic() <= end:
                return Failure("timeout", f"did not come to an end within {patience:.2g} s")
            # The function is slow, but that is no fault: the rest is not tried.
            loaded = (folder / "loaded.json").exists()
            return None if loaded else Failure("timeout", "had no more time")
        _end_group(child)
        return _death(child.returncode)
    finally:
        _end_group(child)


def _ends(
    child: subprocess.Popen, folder: Path, end: float, progress: Callable[[int], None], patience: float
) -> bool:
    """Wait for the child while it makes progress; return whether it has ended in time."""
    done, since = -1, time.monotonic()
    while not _ended(child):
        count = len(list(folder.glob("*.json")))
        if count > done:
            done, since = count, time.monotonic()
            progress(len(list(folder.glob("[0-9]*.json"))))
        if time.monotonic() > min(since + patience, end):
            return False
        time.sleep(0.01)
    progress(len(list(folder.glob("[0-9]*.json"))))
    return True


def _environment() -> dict[str, str]:
    """Return the environment of the child: without a display, where a window would wait for ever."""
    hidden = ("DISPLAY", "WAYLAND_DISPLAY")
    kept = {key: value for key, value in os.environ.items() if key not in hidden}
    return kept | {MARK: "1", "MPLBACKEND": "Agg"}


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


def _death(status: int) -> Failure:
    """Return how a child ended that did not come to its end by itself."""
    if status >= 0:
        return Failure("ended", f"ended Python itself, with exit status {status}")
    name = signal.Signals(-status).name if -status in list(signal.Signals) else f"signal {-status}"
    why = " (out of memory?)" if name == "SIGKILL" else ""
    return Failure("crashed", f"crashed Python ({name}){why}")


def _read(path: Path) -> Trial | None:
    """Return the result that a child has written, if it has."""
    if not path.exists():
        return None
    told = json.loads(path.read_text("utf-8"))
    failure = Failure(**told["failure"]) if told["failure"] else None
    output = None if failure else np.load(path.with_suffix(".npy"), allow_pickle=False)
    return Trial(output, failure, told["modified"], told["returned"])
