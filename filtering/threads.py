"""The number of threads that a call may use, and work shared among them."""

import math
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

Item = TypeVar("Item")

THREADS: int | None = None  # None: as many as the process may use, see allowed_threads


def allowed_threads() -> int:
    """Return how many threads a call may use: as many as the process has processors, in the main thread.

    In any other thread, and in a child of multiprocessing, it is one: these are taken to be workers of a pool
    (Dask's, for example) that has one for each processor already.
    """
    from multiprocessing import parent_process  # here, as --help needs no part of it

    if threading.current_thread() is not threading.main_thread() or parent_process() is not None:
        return 1
    if THREADS is not None:
        return THREADS
    affinity = getattr(os, "sched_getaffinity", None)  # not on macOS and Windows
    processors = len(affinity(0)) if affinity else os.cpu_count() or 1
    return math.ceil(min(processors, container_limit()))


@lru_cache(maxsize=1)
def container_limit(root: Path = Path("/")) -> float:
    """Return how many processors the control groups of Linux (which containers use) grant; inf if unlimited.

    root: where /proc and /sys are found.
    """
    try:
        groups = [line.split(":", 2) for line in (root / "proc/self/cgroup").read_text().splitlines()]
    except OSError:
        return math.inf
    limit = math.inf
    for _, controllers, path in groups:
        if controllers and "cpu" not in controllers.split(","):
            continue
        top = root / ("sys/fs/cgroup/cpu" if controllers else "sys/fs/cgroup")
        group = top / path.lstrip("/")
        # Inside a container the path may be the host's: the top is then its own group.
        for folder in {top, *(f for f in (group, *group.parents) if f.is_relative_to(top))}:
            limit = min(limit, _quota(folder))
    return limit


def _quota(folder: Path) -> float:
    """Return the processors that one control group grants: its quota over its period, in microseconds."""
    try:
        if (folder / "cpu.max").exists():  # version 2
            quota, period = (folder / "cpu.max").read_text().split()
        else:
            quota, period = ((folder / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
        return float(quota) / float(period) if quota != "max" and float(quota) > 0 else math.inf
    except (OSError, ValueError):
        return math.inf


def for_each(work: Callable[[Item], None], items: Iterable[Item], threads: int) -> None:
    """Call work(item) for every item, on up to that many threads: this one, and others that help it.

    Each takes the next item when it is done with one. Raises what `work` raises, once all have stopped.

    The helpers stay for the next call. To start them takes longer than to filter a small image, and what is
    in the caches of their processors is of use again.
    """
    remaining = deque(items)

    def take_turns() -> None:
        while True:
            try:
                item = remaining.popleft()
            except IndexError:
                return
            try:
                work(item)
            except BaseException:
                remaining.clear()  # so that all stop
                raise

    helpers = [
        _pool(threads - 1, os.getpid()).submit(take_turns) for _ in range(min(threads, len(remaining)) - 1)
    ]
    try:
        take_turns()
    finally:
        wait(helpers)
    for helper in helpers:
        helper.result()


@lru_cache(maxsize=1)
def _pool(threads: int, process: int) -> ThreadPoolExecutor:
    """Return the helpers of this process: a fork has none of its parent's threads."""
    return ThreadPoolExecutor(threads)
