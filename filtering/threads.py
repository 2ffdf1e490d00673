"""The number of threads that a call may use, and work shared among them."""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import lru_cache
from typing import TypeVar

import cv2

Item = TypeVar("Item")

THREADS: int | None = None  # None: see allowed_threads


def allowed_threads() -> int:
    """Return how many threads a call may use: as many as the process has processors, in the main thread.

    In any other thread, and in a child of multiprocessing, it is one: these are taken to be workers of a pool
    (Dask's, for example) that has one for each processor already.
    """
    from multiprocessing import parent_process  # here, as --help needs no part of it

    if threading.current_thread() is not threading.main_thread() or parent_process() is not None:
        return 1
    return THREADS or cv2.getNumberOfCPUs()  # which counts those that affinity and a container leave


def for_each(work: Callable[[Item], None], items: Iterable[Item], threads: int) -> None:
    """Call work(item) for every item, on up to that many threads: this one, and others that help it.

    Each takes the next item when it is done with one. Raises what `work` raises, once all have stopped.

    The helpers stay for the next call: to start them takes longer than to filter a small image.
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

    count = min(threads, len(remaining)) - 1
    helpers = [_pool(threads - 1, os.getpid()).submit(take_turns) for _ in range(count)]
    try:
        take_turns()
    finally:
        wait(helpers)
    for helper in helpers:
        helper.result()


@lru_cache(maxsize=1)
def _pool(threads: int, process: int) -> ThreadPoolExecutor:
    """Return the thread pool; a forked child needs its own."""
    return ThreadPoolExecutor(threads)
