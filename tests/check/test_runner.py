"""What a function does in its child process, which ends in time, and does no harm."""

import os
import re
import textwrap
import time
import types
from pathlib import Path

import pytest
from conftest import LINUX, POSIX
from test_gallery import found
from written import HEAD, INPUTS, LOOP, RIGHT, check, errors, load, notes

from filtering.check import runner
from filtering.check.diagnose import examine, no_progress
from filtering.check.probes import probes
from filtering.check.report import message
from filtering.check.runner import run_in_child


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """The end of a function that has none: once it is called, each look at it takes a second."""
    called, seconds = tmp_path / "called", list[float]()

    def sleep(real: float) -> None:
        time.sleep(real)
        seconds.extend([1] * called.exists())

    clock = types.SimpleNamespace(sleep=sleep, monotonic=lambda: len(seconds))
    monkeypatch.setattr(runner, "time", clock)
    return f"    open({str(called)!r}, 'w')\n    while True: pass\n"


ABSENT = "uses torch_absent, which is not installed here"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("def inner():\n        exit('bye')\n    inner()", "SystemExit: bye in line 6"),
        ("import os\n    os._exit(0)", "exited with status 0"),
        pytest.param("bytearray(3 * 2**30)", "MemoryError in line 5", marks=LINUX),
        ("import sys\n    stride = int(sys.stdin.readline())", "asks with `input()` in line 6"),
        ("import torch_absent as t\n    return t.nn.functional.conv2d(image, kernel) * 2", ABSENT),
        ("import torch_absent.nn as t\n    return t.conv2d(image)[0].numpy().astype(np.uint8)", ABSENT),
    ],
)
def test_what_gives_no_result(tmp_path: Path, body: str, told: str) -> None:
    assert str(errors(load(tmp_path, f"{HEAD}    {body}\n"))[0]).startswith(told)


def test_what_is_said_of_no_result(tmp_path: Path, endless: str) -> None:
    for body, text in [
        ("    raise ValueError('returns None instead of an array')\n",
         "for every image it stops with ValueError: returns None instead of an array in line 5."),
        ("    stride = input()\n", "Make it a parameter with a default"),
        ("    import torch_absent\n", f"it {ABSENT}"),
        (endless, "for every image it timed out after 20 s"),
    ]:  # fmt: skip
        result = check(tmp_path, HEAD + body)
        assert (result["verdict"], result["pixels"], result["differing"]) == ("fails", 0, 0), body
        assert found(result).keys() == {"fails-on"}, body
        assert result["advice"].startswith("Your function gives no result that can be compared: ")
        assert text in result["advice"], body


def test_an_image_that_ends_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is tried in the way that is likeliest, once; all others are tried as well. Windows has no waitid."""
    monkeypatch.delattr(os, "waitid", raising=False)
    ends = "    if image.shape == (13, 13):\n        import os\n        os._exit(3)\n"
    assert errors(load(tmp_path, HEAD + ends + LOOP)) == ["exited with status 3", None, None, None, None]


@POSIX
def test_why_probes_were_not_tried(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(HEAD + "    import os\n    if kernel.size > 1: os.abort()\n")
    told = message(examine(str(tmp_path / "mine.py")))
    why = "It was started 4 times, and the last time it crashed Python (SIGABRT): "
    assert re.search(rf"^{re.escape(why)}\d+ of {len(probes())} probes were not tried\.$", told, re.MULTILINE)


def test_what_it_does_besides_does_no_harm(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Prints, another working directory, threads that never end, changed inputs."""
    text = "import os, threading\n" + HEAD + (
        "    print('x' * 10**6)\n    os.write(2, b'y')\n    os.chdir('/')\n"
        "    threading.Thread(target=threading.Event().wait, daemon=False).start()\n"
        "    kernel, given = kernel.copy(), kernel\n"
        "    given[:] = 7\n"
    ) + LOOP  # fmt: skip
    assert found(check(tmp_path, text)) == {"input-modified": "kernel"}
    assert capfd.readouterr() == ("", "")


@POSIX
def test_a_child_ends_by_itself_should_its_parent_be_killed(tmp_path: Path) -> None:
    """Its alarm clock runs: the limit for statements puts it back, and imports have no limit of their own."""
    clock = "import signal\nfrom signal import SIGALRM, SIG_DFL, ITIMER_REAL, getsignal\n"
    body = "    assert signal.getitimer(ITIMER_REAL)[0] > 0 and left > 0 and getsignal(SIGALRM) == SIG_DFL\n"
    slow = clock + "left = signal.getitimer(ITIMER_REAL)[0]\n"
    text = clock + "from slow import left\nsize = 3\n" + HEAD + body + LOOP
    assert notes(load(tmp_path, text, slow=slow)) == []


def test_which_is_the_kernel_is_found_by_trying(tmp_path: Path) -> None:
    head = HEAD.replace("(image, kernel):", "(a, b):\n    kernel, image = a, b")
    assert notes(load(tmp_path, head + LOOP)) == []


def test_progress_of_a_child(tmp_path: Path) -> None:
    """An exit handler does not run: a thread that goes on would keep the child waiting."""
    told: list[tuple[int, int]] = []
    text = "import atexit\natexit.register(lambda: open('ended', 'w'))\n" + RIGHT
    assert notes(load(tmp_path, text, progress=lambda done, total: told.append((done, total)))) == []
    assert told == sorted(told)
    assert (told[-1], len(told) > 1) == ((5, 5), True)
    assert not (tmp_path / "ended").exists()


def test_little_time_is_left(tmp_path: Path) -> None:
    """A file that has been loaded before, and cannot be in the time left, is not tried."""
    (tmp_path / "mine.py").write_text("import slow\n" + RIGHT)
    (tmp_path / "slow.py").write_text("while True: pass\n")
    target = tmp_path / "mine.py", "convolve", INPUTS[:2]
    assert run_in_child(*target, 0.4, no_progress, patience=20).trials == [None, None]
    with pytest.raises(ValueError, match=r"^cannot load mine\.py: its import"):
        run_in_child(*target, 0.4, no_progress)


def test_a_slow_function_is_not_blamed(tmp_path: Path, endless: str) -> None:
    hangs = "    if image.shape != (13, 13):\n" + textwrap.indent(endless, "    ")
    (tmp_path / "mine.py").write_text(HEAD + hangs + LOOP)
    run = run_in_child(tmp_path / "mine.py", "", INPUTS[:2], 9, no_progress, INPUTS[:1], patience=20)
    assert [trial is not None for trial in run.trials] == [True, False]
    assert run.stopped == "The time ran out"
