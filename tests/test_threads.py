"""Threads: how many a call may use, and work shared among them."""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import Pool

import pytest
from conftest import ROOT

from filtering import threads


def test_one_thread_inside_a_pool_and_the_processors_elsewhere() -> None:
    """Those that OpenCV counts: affinity and a container may leave fewer than there are."""
    code = "import cv2, filtering.threads as t; cv2.getNumberOfCPUs = lambda: 3; print(t.allowed_threads())"
    assert subprocess.check_output([sys.executable, "-c", code], cwd=ROOT) == b"3\n"
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(threads.allowed_threads).result() == 1
    with Pool(1) as processes:
        assert processes.apply(threads.allowed_threads) == 1


@pytest.mark.parametrize("count", [1, 7])
def test_each_item_once_on_as_many_threads_as_that(count: int) -> None:
    done: list[tuple[int, int]] = []
    all_at_work = threading.Barrier(count, timeout=20)

    def work(item: int) -> None:
        if item < count:  # each of these keeps the thread that took it, until all of them are taken
            all_at_work.wait()
        done.append((item, threading.get_ident()))

    threads.for_each(work, range(40), count)
    assert sorted(item for item, _ in done) == list(range(40))
    assert len({thread for _, thread in done}) == count


@pytest.mark.parametrize(("count", "error"), [(1, ValueError), (7, ValueError), (7, KeyboardInterrupt)])
def test_an_error_stops_the_others(count: int, error: type[BaseException]) -> None:
    """That of an item, and one of the calling thread."""
    done: list[int] = []

    def work(item: int) -> None:
        time.sleep(0.001)
        if item == 0 if error is ValueError else threading.current_thread() is threading.main_thread():
            raise error
        done.append(item)

    with pytest.raises(error):
        threads.for_each(work, range(1000), count)
    assert len(done) < 900
