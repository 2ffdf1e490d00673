"""The option --check: exit status, pictures, and signals."""

import io
import json
import os
import re
import signal
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from conftest import LINUX, POSIX, Capture, noise, on_a_terminal
from written import HEAD, RIGHT, WRONG

from filtering.check.command import exit_on_termination, middle, run_check, wrapped
from filtering.show.canvas import BAD


def check(folder: Path, text: str, image: np.ndarray | None = None, **more: Any) -> tuple[int, str]:
    """Check the function of a text; return the status, and what is printed."""
    (folder / "mine.py").write_text(text)
    given, out = {"border": None, "json": False} | more, io.StringIO()
    return run_check(f"{folder / 'mine.py'}:convolve", image, **given, out=out), out.getvalue()


def test_no_and_how_to_correct_it(tmp_path: Path, capsys: Capture) -> None:
    status, told = check(tmp_path, WRONG, noise(200, 300), json=True)
    data = json.loads(capsys.readouterr().out)
    assert list(data) == ["function", "verdict", "findings", "pixels", "differing", "advice", "fix"]
    assert (status, data["verdict"]) == (1, "explained")
    assert data["pixels"] > 64 * 96 > data["differing"] > 1000
    text, example = told.split("\n\n")
    says = "is one too low. One mistake explains every one of them: 1. It *truncates* where"
    assert says in " ".join(text.split())
    right, wrong = re.findall(r"rounds to (\d+)\n  filter2D \1, .*mine.py:convolve (\d+)\n$", example)[0]
    assert int(wrong) == int(right) - 1


def picture(folder: Path) -> np.ndarray:
    (path,) = folder.glob("pictures/*.png")
    assert path.name == "mine_convolve_check.png"
    return np.asarray(cv2.imread(str(path)))


def test_picture(tmp_path: Path) -> None:
    """The three panels of the user's image: output, filter2D's, and where they differ."""
    smooth = np.array([[1, 2, 1], [2, 5, 2], [1, 2, 0]]) / 16
    image, folder = noise(20, 30), tmp_path / "pictures"
    status, told = check(tmp_path, WRONG, image, kernels={"s": smooth}, output=folder)
    assert (status, str(folder / "mine_convolve_check.png") in told) == (1, True)
    yours, right, marked = (picture(tmp_path)[36::9, left::9][:20, :30] for left in (10, 308, 606))
    expected = cv2.filter2D(image, -1, smooth, borderType=cv2.BORDER_REPLICATE)
    equal = yours[..., 0] == expected
    assert (right[..., 0] == expected).all()
    assert ((marked == BAD).all(axis=2) != equal).all()
    assert not equal.all()
    assert (marked[equal].max(axis=-1) <= expected[equal] // 2).all()  # what is right is dark


def test_picture_without_an_image(tmp_path: Path) -> None:
    for text in (RIGHT, WRONG):
        check(tmp_path, text, output=tmp_path / "pictures")
        assert (picture(tmp_path) == BAD).all(axis=2).any() == (text == WRONG)


def test_nothing_to_show_of_a_function_that_fails(tmp_path: Path) -> None:
    failing = HEAD + "    raise ValueError('oh')\n"
    status, told = check(tmp_path, failing, noise(9, 9), output=tmp_path / "pictures")
    assert (status, told.count("\n"), (tmp_path / "pictures").exists()) == (1, 2, False)
    assert told.startswith("Your function gives no result that can be compared: ")


def test_only_the_middle_of_an_image_is_tried() -> None:
    for shape, top, left in [((66, 99), 1, 1), ((10, 200), 0, 52), ((200, 10), 68, 0)]:
        assert np.array_equal(middle(noise(*shape)), noise(*shape)[top : top + 64, left : left + 96]), shape


def test_lines_are_wrapped_and_code_is_not_broken() -> None:
    """Not at a hyphen, and not where it is longer than a line; what follows is indented as it begins."""
    for before, code in product(range(70, 100), [f"`--{'x' * 130}`", "`a - b --border zero`"]):
        assert code in wrapped(f"{'x' * before} {code} and so on")
    lines = wrapped("1. " + "word " * 30 + "\n   " + "more " * 30).splitlines()
    assert max(map(len, lines)) <= 100
    assert [line[:7] for line in lines] == ["1. word", "   word", "   more", "   more"]


def test_progress_bar(tmp_path: Path) -> None:
    """On a terminal only; what is found goes to stdout."""
    (tmp_path / "mine.py").write_text(RIGHT)
    out, shown = on_a_terminal("--check", tmp_path / "mine.py")
    assert out.startswith("Yes, your function is right")
    assert re.search(r"(?s)checking.*100%.*\x1b\[2K$", shown.rstrip())  # it is wiped out at the end


def test_from_a_thread_with_a_border(tmp_path: Path) -> None:
    """Only the main thread may set a signal handler."""
    with ThreadPoolExecutor() as pool:
        status, told = pool.submit(check, tmp_path, RIGHT, border="zero").result()
    assert (status, "border *replicate* instead of zero" in " ".join(told.split())) == (1, True)


@POSIX
def test_handlers_of_signals_are_put_back() -> None:
    """Under nohup, a closed terminal ends nothing."""
    before = signal.getsignal(signal.SIGTERM), signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with exit_on_termination():
            signal.raise_signal(signal.SIGHUP)
            assert signal.getsignal(signal.SIGTERM) != before[0]
        assert signal.getsignal(signal.SIGTERM) == before[0]
    finally:
        signal.signal(signal.SIGHUP, before[1])


@LINUX
def test_its_group_is_ended_before_the_child_is_reaped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reaped child's process id may belong to another process: nothing may be sent to it."""
    alive = []
    monkeypatch.setattr(os, "killpg", lambda group, _: alive.append(Path(f"/proc/{group}").exists()))
    assert check(tmp_path, RIGHT)[0] == 0
    assert alive == [True]
