"""Run a function of a file on the probes: in child processes, where it can do no harm and ends in time."""

import contextlib
import io
import math
import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.format import read_array

from filtering.check import calling
from filtering.check.calling import (
    CODE,
    LOG,
    SPOILT,
    Failure,
    Habit,
    Trial,
    call,
    choose,
    not_an_image,
    read_file,
    styles,
    told,
)  # fmt: skip
from filtering.check.processes import Crowd, end_group, end_marked, has_ended, start
from filtering.files import no_signals

STARTS = 4  # a child that hangs or dies is followed by another, for the rest, up to this number
UNREADABLE = (OSError, ValueError, TypeError, KeyError, AttributeError, MemoryError)  # results, see calling
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
    failed: dict[str, Failure] = field(default_factory=dict)  # what children did not get through

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
                raise ValueError(str(log["error"]))
            if failure is None or not left:
                continue
            done = [self.trial(log[number]) for number in missing if number in log]
            if any(one.failure is not None and one.failure.kind == "memory" for one in done):
                failure = Failure("memory", "ran out of memory")  # it has noted that by itself
            elif "loaded" in log:
                self.failed[left[0]] = failure
            elif how == "parts":
                raise ValueError(f"cannot load {self.path.name}: its import {failure.text}")
            else:
                how = "parts"
            stopped = f"It was started {STARTS} times, and the last time it {failure.text}"
        return NO_TIME if time.monotonic() >= self.end else stopped

    def missing(self) -> list[str]:
        """Return the numbers of the inputs that have not been tried."""
        known = told(self.folder).keys() | self.failed
        return [number for number in map(str, range(self.count)) if number not in known]

    def result(self, stopped: str) -> Run:
        """Return what the children have written. ValueError where that cannot be read."""
        log = told(self.folder)
        trials: list[Trial | None] = [None] * self.count
        for number in map(str, range(self.count)):
            if number in self.failed:
                trials[int(number)] = Trial(None, self.failed[number], [])
            elif number in log:
                trials[int(number)] = self.trial(log[number])
        run = Run(self.name, trials, str(self.path), stopped=stopped)
        return replace(run, **_loaded(log["loaded"])) if "loaded" in log else run

    def trial(self, data: Any) -> Trial:
        """Return the trial that was written as this data. ValueError where that cannot be read."""
        try:
            failure, output = data["failure"], data["output"]
            failure = Failure(**{key: str(text) for key, text in failure.items()}) if failure else None
            if output:
                output = read_array(io.BytesIO(read_file(self.folder / output)), allow_pickle=False)
                if not_an_image(output):
                    raise ValueError(output)
            return Trial(output, failure, [*map(str, data["modified"])], str(data["returned"]))
        except UNREADABLE:
            raise ValueError(SPOILT) from None

    def run_child(self, how: str, numbers: list[str]) -> Failure | None:
        """Run these inputs in one child process; return why it stopped early, or None."""
        seconds = math.ceil(self.end - time.monotonic()) + 1
        command = [sys.executable, "-B", calling.__file__, str(self.folder), str(self.path), self.name]
        child = None
        try:
            with no_signals():  # which would come between a process and its name
                child = start([*command, str(seconds), how, *numbers], self.folder)
            in_time = self.ends(child)
        finally:
            if child is not None:
                end_group(child)
            end_marked(self.folder)
        if in_time:
            return _death(child.returncode)
        if time.monotonic() <= self.end:
            return Failure("timeout", f"timed out after {self.patience:.2g} s")
        # A slow function is not to blame: the rest is not tried.
        return None if "loaded" in told(self.folder) else Failure("timeout", "had no more time")

    def ends(self, child: subprocess.Popen) -> bool:
        """Wait for the child while it makes progress; return whether it has ended in time."""
        size, since, crowd = -1, time.monotonic(), Crowd(self.path.name, self.folder)
        while not has_ended(child):
            crowd.check({child.pid})
            if size != (size := self.size()):
                since = time.monotonic()
                self.progress(self.count - len(self.missing()), self.count)
            if time.monotonic() > min(since + self.patience, self.end):
                return False
            time.sleep(0.01)
        self.progress(self.count - len(self.missing()), self.count)
        return True

    def size(self) -> int:
        """Return the size of the log, which grows with progress. ValueError where it is no file."""
        with contextlib.suppress(OSError):
            status = (self.folder / LOG).lstat()
            if stat.S_ISREG(status.st_mode):
                return status.st_size
        raise ValueError(SPOILT)


def _loaded(data: Any) -> dict[str, Any]:
    """Return what a child has told of the function, by the fields of Run."""
    try:
        lists = {name: [*map(str, data[name])] for name in ("notes", "remarks")}
        habits = tuple(Habit(str(habit["name"]), str(habit["detail"])) for habit in data["habits"])
        texts = {name: str(data[name]) for name in ("name", "call", "source")}
        return lists | texts | {"habits": habits, "line": int(data["line"])}
    except UNREADABLE:
        raise ValueError(SPOILT) from None


def refuse_special(file: str) -> None:
    """Raise ValueError for a pipe, which cannot be read twice, and for a device, which may have no end."""
    with contextlib.suppress(OSError):  # it is told where the file is read
        mode = os.stat(file).st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            kind = "pipe" if stat.S_ISFIFO(mode) else "device"
            raise ValueError(f"cannot read {file}: a {kind}, not a file")


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
