"""Child processes that end with the check, and with them whatever they have started."""

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from filtering.files import no_signals

MARK = "CONVOLUTIONS_CHECK"  # in the environment of all processes of a check: its folder
MOST = 200 + (os.cpu_count() or 0)  # processes of a check; with more, it ends
ESCAPE = "" if os.name == "nt" else "\\"  # in a command line; on Windows, it parts the folders of a path
MOST_TASKS = 2000  # processes and threads more than there are, which the system allows: to root, any number


def words_of(command: str, escape: str = ESCAPE) -> list[str]:
    """Return the words of a command line, with quotes as in a shell; ValueError for one that is left open."""
    words = shlex.shlex(command, posix=True)
    words.whitespace_split, words.commenters, words.escape = True, "", escape
    return list(words)


def start(command: Sequence[str], folder: Path, **more: Any) -> subprocess.Popen:
    """Start a process in a session of its own, with nothing on stdin, and no display: a window would wait.

    folder: the mark of what it starts. more: for Popen.
    """
    hidden = ("DISPLAY", "WAYLAND_DISPLAY")
    environment = {key: value for key, value in os.environ.items() if key not in hidden}
    environment |= {MARK: str(folder), "MPLBACKEND": "Agg"}
    given = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL) | more
    process = subprocess.Popen(command, env=environment, start_new_session=True, **given)
    with contextlib.suppress(ImportError, AttributeError, OSError, ValueError):  # not Linux; a lower limit
        import resource

        most = tasks() + MOST_TASKS
        resource.prlimit(process.pid, resource.RLIMIT_NPROC, (most, most))
    return process


def has_ended(process: subprocess.Popen) -> bool:
    """Return whether a process has ended, without reaping it: until then its process group is its own."""
    if not hasattr(os, "waitid"):
        return process.poll() is not None
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def end_group(process: subprocess.Popen) -> None:
    """Kill a process and those of its group, then reap it."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL) if hasattr(os, "killpg") else process.kill()
    process.wait()


# ---- What has left the group, where there is a /proc


def tasks() -> int:
    """Return how many processes and threads there are, of all users; 0 where the system does not tell."""
    try:
        return int(Path("/proc/loadavg").read_text().split()[3].partition("/")[2])
    except OSError:
        return 0


def marked(folder: Path, variable: str = MARK) -> set[int]:
    """Return the processes that are marked with this folder, or with one in it."""
    mark, found = f"\0{variable}={folder}".encode(), set()
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark in b"\0" + path.read_bytes():
                found.add(int(path.parent.name))
    return found


def family(known: set[int]) -> set[int]:
    """Return these processes and all that they have started, and these in turn, as far as parents live."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
    size = 0
    while size < len(known):
        size, known = len(known), known | {one for one, parent in parents.items() if parent in known}
    return known


def end_marked(folder: Path) -> None:
    """Kill the processes that are marked with this folder, or with one in it."""
    _kill_all(lambda killed: marked(folder))


def _kill_all(find: Callable[[set[int]], set[int]]) -> None:
    """Kill what is found, given what has been killed, until nothing is new: some fork meanwhile."""
    killed: set[int] = set()
    while fresh := find(killed) - killed:
        for number in fresh:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(number, signal.SIGKILL)
        killed |= fresh


class Crowd:
    """A watch over the processes of a check: with too many, all are killed."""

    def __init__(self, name: str, folder: Path) -> None:
        """Begin to watch. name: of what is checked. folder: the mark of the processes."""
        self.name, self.folder, self.usual = name, folder, tasks()

    def check(self, roots: set[int]) -> None:
        """Raise ValueError if there were too many. roots: the processes that were started here."""
        if tasks() <= self.usual + MOST:
            return
        with _real_time():
            # The mark of a process that forks is read slowly, so those with parents come first.
            if len(family(roots)) <= MOST and len(marked(self.folder)) <= MOST:
                self.usual = tasks()  # those of other programs
                return
            _kill_all(lambda killed: family(killed | roots))
            end_marked(self.folder)
        raise ValueError(f"cannot check {self.name}: it started more than {MOST} processes")


@contextlib.contextmanager
def _real_time() -> Iterator[None]:
    """Run before all other processes where the system allows it: to root, whose forks it does not limit."""
    with contextlib.suppress(AttributeError, OSError):
        policy, priority = os.sched_getscheduler(0), os.sched_getparam(0)
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    try:
        yield
    finally:
        with contextlib.suppress(NameError, AttributeError, OSError):
            os.sched_setscheduler(0, policy, priority)


@contextlib.contextmanager
def workplace() -> Iterator[None]:
    """Keep temporary files in one folder; at the end, kill its processes and remove it.

    A signal that becomes an exception may come at any moment: in the first removal, and then not in the
    second one.
    """
    folder, before = "", tempfile.tempdir
    try:
        try:
            with no_signals():
                tempfile.tempdir = folder = tempfile.mkdtemp(prefix="check-")
            yield
        finally:
            _remove(folder)
    finally:
        tempfile.tempdir = before
        _remove(folder)


def _remove(folder: str) -> None:
    with no_signals():
        if os.path.exists(folder):
            end_marked(Path(folder))
            shutil.rmtree(folder, ignore_errors=True)
