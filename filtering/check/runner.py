"""Run a function of a file on the probes: in child processes, where it can do no harm and ends in time."""

import contextlib
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

from filtering.check import calling
from filtering.check.calling import CODE, LOG, Failure, Habit, Trial, call, choose, save_trial, styles, told

STARTS = 4  # a child that hangs or dies is followed by another, for the rest, up to this number
MARK = "CONVOLUTIONS_CHECK"  # set in the environment of the child
NO_TIME = "The time ran out"

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
    source: str | None = ""  # of the file; None: not Python
    line: int = 0  # the first one of the function
    remarks: list[str] = field(default_factory=list)  # how else the file was read, in sentences
    stopped: str = NO_TIME  # why some inputs were not tried


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
    source, line = calling.source_of(function)
    return Run(name, trials, habits=style.habits, call=style.text, source=source, line=line)


def run_in_child(
    path: Path,
    name: str,
    inputs: Sequence[Inputs],
    seconds: float,
    progress: Progress,
    samples: Sequence[Inputs] = (),
    patience: float | None = None,
    code: bytes | None = None,
) -> Run:
    """Call the function `name` of a Python file on each of the inputs, in a child process.

    seconds: for all of them. samples: inputs that show how the function has to be called. patience: the
    seconds that loading, or one of the inputs, may take; None: a third of all. code: what is read in place of
    the file. ValueError says why a function cannot be loaded.
    """
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory(prefix="check-") as temporary:
        folder = Path(temporary)
        (folder / LOG).touch()
        if code is not None:
            (folder / f"{CODE}{path.suffix}").write_bytes(code)
        named = {f"sample-{number}": one for number, one in enumerate(samples or inputs)}
        for number, (image, kernel) in (dict(enumerate(inputs)) | named).items():
            np.savez(folder / f"{number}.npz", image=image, kernel=kernel)
        job = Job(folder, path, name, len(inputs), end, patience or seconds / 3, progress)
        stopped = job.run()
        return job.result(stopped)


@dataclass(frozen=True)
class Job:
    """A function of a file that children run on the inputs in a folder, in which they write the results."""

    folder: Path
    path: Path
    name: str
    count: int  # of the inputs
    end: float  # when all has to be done
    patience: float  # the seconds that loading, or one of the inputs, may take
    progress: Progress

    def run(self) -> str:
        """Run one child after the other until all inputs are tried; return why some are not, if so.

        What a child does not get through is noted as failed. ValueError where the file cannot be loaded.
        """
        how, stopped = "whole", NO_TIME
        for _ in range(STARTS):
            missing = self.missing()
            if not missing or time.monotonic() >= self.end:
                break
            failure = self.run_child(how, missing)
            log, left = told(self.folder), self.missing()
            if "error" in log:
                raise ValueError(log["error"])
            if failure is None or not left:
                continue
            done = [log[number]["failure"] for number in missing if number in log]
            if any(one is not None and one["kind"] == "memory" for one in done):
                failure = Failure("memory", "ran out of memory")  # it has noted that by itself
            elif "loaded" in log:
                save_trial(self.folder, left[0], Trial(None, failure, []))
            elif how == "parts":
                raise ValueError(f"cannot load {self.path.name}: its import {failure.text}")
            else:
                how = "parts"
            stopped = f"It was started {STARTS} times, and the last time it {failure.text}"
        return NO_TIME if time.monotonic() >= self.end else stopped

    def missing(self) -> list[str]:
        """Return the numbers of the inputs that have not been tried."""
        log = told(self.folder)
        return [number for number in map(str, range(self.count)) if number not in log]

    def result(self, stopped: str) -> Run:
        """Return what the children have written."""
        log = told(self.folder)
        trials = [self.trial(log.get(str(number))) for number in range(self.count)]
        loaded = {"name": self.name, "habits": []} | log.get("loaded", {})
        loaded["habits"] = tuple(Habit(**habit) for habit in loaded["habits"])
        return Run(trials=trials, file=str(self.path), stopped=stopped, **loaded)

    def trial(self, data: dict[str, Any] | None) -> Trial | None:
        """Return the trial that was written as this data."""
        if data is None:
            return None
        failure = Failure(**data["failure"]) if data["failure"] else None
        output = np.load(self.folder / data["output"]) if data["output"] else None
        return Trial(output, failure, data["modified"], data["returned"])

    def run_child(self, how: str, numbers: list[str]) -> Failure | None:
        """Run these inputs in one child process; return why it stopped early, or None."""
        seconds = math.ceil(self.end - time.monotonic()) + 1
        program = [sys.executable, "-B", calling.__file__]
        child = subprocess.Popen(
            [*program, str(self.folder), str(self.path), self.name, str(seconds), how, *numbers],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, env=_environment(),
        )  # fmt: skip
        try:
            in_time = self.ends(child)
        finally:
            end_group(child)
        if in_time:
            return _death(child.returncode)
        if time.monotonic() <= self.end:
            return Failure("timeout", f"timed out after {self.patience:.2g} s")
        # A slow function is not to blame: the rest is not tried.
        return None if "loaded" in told(self.folder) else Failure("timeout", "had no more time")

    def ends(self, child: subprocess.Popen) -> bool:
        """Wait for the child while it makes progress; return whether it has ended in time."""
        size, since = -1, time.monotonic()
        while not has_ended(child):
            if size != (size := (self.folder / LOG).stat().st_size):
                since = time.monotonic()
                self.progress(self.count - len(self.missing()), self.count)
            if time.monotonic() > min(since + self.patience, self.end):
                return False
            time.sleep(0.01)
        self.progress(self.count - len(self.missing()), self.count)
        return True


def _environment() -> dict[str, str]:
    """Return the environment of the child: without a display, where a window would wait for ever."""
    hidden = ("DISPLAY", "WAYLAND_DISPLAY")
    kept = {key: value for key, value in os.environ.items() if key not in hidden}
    return kept | {MARK: "1", "MPLBACKEND": "Agg"}


def has_ended(child: subprocess.Popen) -> bool:
    """Return whether the child has ended, without reaping it: until then its process group is its own."""
    if not hasattr(os, "waitid"):
        return child.poll() is not None
    return os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def end_group(child: subprocess.Popen) -> None:
    """Kill the child and all processes it has started, then reap it."""
    if child.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL) if hasattr(os, "killpg") else child.kill()
    child.wait()


def signal_name(number: int) -> str:
    """Return `SIGSEGV`, or `signal 99` where it has no name."""
    return signal.Signals(number).name if number in list(signal.Signals) else f"signal {number}"


def _death(status: int) -> Failure:
    """Return how a child ended that did not come to its end by itself."""
    if status >= 0:
        return Failure("ended", f"exited with status {status}")
    name = signal_name(-status)
    why = " (out of memory?)" if name == "SIGKILL" else ""
    return Failure("crashed", f"crashed Python ({name}){why}")
