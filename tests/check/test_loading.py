"""Files as people have them: scripts, notebooks, classes, modules that are not there, and what goes wrong."""

import json
import os
import re
import subprocess
import sys
import textwrap
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from conftest import LINUX, POSIX, ROOT, noise
from test_gallery import found

from filtering.check import check_function, loading, runner
from filtering.check.calling import Failure
from filtering.check.diagnose import no_progress
from filtering.check.probes import probes
from filtering.check.report import Result
from filtering.check.runner import Progress, Run, run_in_child

HEAD = "import numpy as np\n\n\ndef convolve(image, kernel):\n"
LOOP = """\
    height, width = image.shape
    kh, kw = kernel.shape
    padded = np.pad(image, ((kh // 2,), (kw // 2,)), mode="edge")
    output = np.zeros((height, width), dtype=np.uint8)
    for y in range(height):
        for x in range(width):
            total = (padded[y : y + kh, x : x + kw] * kernel).sum()
            output[y, x] = np.clip(np.rint(total), 0, 255)
    return output
"""
Check = Callable[..., Result]
Load = Callable[..., Run]


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """The end of a function that has none: once it is called, each look at it takes a second."""
    seconds: list[float] = []

    def sleep(real: float) -> None:
        time.sleep(real)
        seconds.extend([1] * (tmp_path / "called").exists())

    clock = types.SimpleNamespace(sleep=sleep, monotonic=lambda: len(seconds))
    monkeypatch.setattr(runner, "time", clock)
    return f"    open({str(tmp_path / 'called')!r}, 'w')\n    while True: pass\n"


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Write a text into mine.py, and check its function."""

    def run(text: str, name: str = ":convolve", **more: Any) -> Result:
        (tmp_path / "mine.py").write_text(text)
        return check_function(f"{tmp_path / 'mine.py'}{name}", **more)

    return run


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Write a text into mine.py, other files beside it, and run its function on the first five probes."""

    def run(
        text: str, name: str = "", progress: Progress = no_progress, file: str = "mine.py", **files: str
    ) -> Run:
        for module, content in files.items():
            (tmp_path / f"{module}.py").write_text(content)
        (tmp_path / file).write_text(text)
        inputs = [(probe.image, probe.kernel) for probe in probes()[:5]]
        return run_in_child(tmp_path / file, name, inputs, 60, progress)

    return run


def errors(run: Run) -> list[str | None]:
    """Return what was wrong with each probe."""
    failures = [Failure("", "not tried") if trial is None else trial.failure for trial in run.trials]
    return [None if failure is None else failure.text for failure in failures]


def notes(run: Run) -> list[str]:
    """Return what the file was loaded without, where all outputs are right."""
    assert errors(run) == [None] * 5
    for trial, probe in zip(run.trials, probes(), strict=False):
        expected = cv2.filter2D(probe.image, -1, probe.kernel, borderType=cv2.BORDER_REPLICATE)
        assert trial is not None
        assert np.array_equal(np.asarray(trial.output), expected)
    return run.notes


# What is executed of a file, and what it is loaded without.


PARALLEL = HEAD.replace("def", "@njit(parallel=True)\ndef") + LOOP.replace("in range(h", "in prange(h")
COUNTED = LOOP.replace("range(height)", "bars.track(list(range(height)), 'rows')").partition("    return")[0]
COUNTED = COUNTED.replace("range(width)", "tqdm(trange(width, desc='columns'), leave=False)")
ANNOTATED = HEAD.replace("image, kernel", "image: t.Tensor | None, kernel: t.Array[t.float64, 2]")
SIZED = HEAD + "    assert size == 3\n" + LOOP
BAR = "    with tqdm(total=9) as bar:\n        bar.update(1)\n    return output\n"
GUARD = "import warnings\nwith warnings.catch_warnings():\n    import tool_that_is_not\n    size = 3\n\n"
ENTERED = "from __future__ import annotations\nimport io\nwith io.StringIO('3') as text:\n"
ENTERED += "    size = int(text.read())\n"
TORCH = "    if t.cuda.is_available() or isinstance(image, t.Tensor):\n        return None\n"
TORCH += "    with t.no_grad():\n        t.figure().suptitle('x')\n"
TEXTS = {
    "a loop without end": (HEAD + LOOP + "while True:\n    pass\n", ["line 14 (did not end within 3 s)"]),
    "the end of the process": (HEAD + LOOP + "import os\nos._exit(3)\n", ["line 15 (not executed)"]),
    "a compiler": ("from numba_absent import njit, prange\n" + PARALLEL, ["numba_absent (not installed)"]),
    "progress": (
        "from tqdm_absent import tqdm, trange\nimport bars\n" + HEAD + COUNTED + BAR,
        ["tqdm_absent (not installed)", "bars (not installed)"]),
    "values that are not needed": (
        "import torch_absent as t\n" + ANNOTATED + TORCH + LOOP, ["torch_absent (not installed)"]),
    "a with statement around definitions": (
        GUARD + textwrap.indent(SIZED, "    "), ["tool_that_is_not (not installed)"]),
    "a with statement that is entered": (ENTERED + SIZED.replace("kernel):", "kernel: Any):"), []),
}  # fmt: skip


NAMES = [pytest.param("a loop without end", marks=POSIX), *(name for name in TEXTS if "loop" not in name)]


@pytest.mark.parametrize("name", NAMES)
def test_files_are_loaded_in_parts(load: Load, name: str) -> None:
    text, without = TEXTS[name]
    assert notes(load(text)) == without


def test_lines_that_are_left_out(load: Load) -> None:
    text = "nowhere(1)\n" * 6 + "1 / 0\n" * 4 + "raise ValueError('x' * 200)\nimport plots\n"
    text += "from broken import show\nif True:\n    import tool_that_is_not\n"
    text += "import cv2, sys\nname = input('Which? ')\nopen(name)\nimage = cv2.imread('photo.png')\n"
    text += "h, w = image.shape\npath = sys.argv[1]\nsys.exit('usage')\n"
    text += "while cv2.waitKey(1) != 27:\n    cv2.imshow('title', cv2)\n"
    text += "class Odd(Exception):\n    def __str__(self): raise OSError\nraise Odd\n" + HEAD + LOOP
    plots, broken = "raise ImportError('no screen')\n", "raise KeyError('oh')\n"
    assert notes(load(text, plots=plots, broken=broken)) == [
        "lines 1, 2, 3, 4 and 2 more (NameError: name 'nowhere' is not defined)",
        "lines 7, 8, 9, 10 (ZeroDivisionError: division by zero)",
        f"line 11 (ValueError: {'x' * 105}...)",
        "line 12 (ImportError: no screen)",
        "line 13 (KeyError: 'oh')",
        "line 14 (ModuleNotFoundError: No module named 'tool_that_is_not')",
        "line 17 (input() needs a terminal)",
        "line 19 (cv2.imread: no such file)",
        "line 21 (IndexError: list index out of range)",
        "line 22 (SystemExit: usage)",
        "line 27 (Odd)",
    ]


def test_what_is_there_of_an_import(load: Load) -> None:
    """Beside it too, in a file that imports what is not installed."""
    text = "import tool_that_is_not.a as tool, os.path, xml.dom.minidom, numpy.linalg as la, another, plots\n"
    text += "from numpy import not_there, flip, rint as nearest\nfrom helper import draw, size\n"
    used = "    os.getpid(), xml.dom.minidom.parseString, la.norm, nearest, flip, tool.anything()\n"
    helper = "import notthere.pyplot as plt\nsize = 3\n\ndef draw(image):\n    plt.imshow(image)\n"
    absent = ["tool_that_is_not", "another", "plots", "numpy.not_there", "notthere"]
    told = notes(
        load(text + SIZED.replace(LOOP, used + LOOP), plots="raise ImportError('oh')\n", helper=helper)
    )
    assert told == [f"{name} (not installed)" for name in absent]


def test_its_own_folder(load: Load, tmp_path: Path) -> None:
    """Files and modules beside it and in the folder above are found, by relative imports too."""
    (tmp_path / "pkg").mkdir()
    (tmp_path / "above.py").write_text("size = 3\n")
    for name in ("kernels", "words"):  # that we have too, the second one beside calling.py
        (tmp_path / "pkg" / f"{name}.py").write_text("mine = 1\n")
    cv2.imwrite(str(tmp_path / "pkg" / "photo.png"), noise(3, 4))
    text = "import cv2, above, words\nfrom ..above import size\nfrom .kernels import mine as again\n"
    text += "from . import kernels\nfrom kernels import mine\ntall, wide = cv2.imread('photo.png', 0).shape\n"
    used = "    assert size == above.size == tall == 3 and mine == again == kernels.mine == words.mine == 1\n"
    assert notes(load(text + HEAD + used + LOOP, file="pkg/mine.py")) == []


def test_python_2_is_let_in(check: Check) -> None:
    """What is printed, and what is written in another way; a string that looks like it is left alone."""
    before = 'text = """\nprint x\n"""\nprint "a", text\nif 1 <> 2: print >>None, "b"\n'
    before += "try:\n    nowhere\nexcept (NameError, OSError), error:\n\tprint\n        print error, \\\n 7\n"
    result = check(before + HEAD + LOOP.replace("in range", "in xrange") + "assert text == '\\nprint x\\n'\n")
    assert result["verdict"] == "matches"
    assert found(result) == {"loading": "lines 4, 5, 8, 10 are Python 2, and read as Python 3"}


@pytest.mark.parametrize(
    ("line", "encoding"),
    [("# coding: latin-1\n", "latin-1"), ("# encoding: none\n", "utf-8"), ("", "utf-8-sig")],
)
def test_an_encoding(tmp_path: Path, line: str, encoding: str) -> None:
    """That of the file's first lines, if it exists."""
    (tmp_path / "mine.py").write_text(f"{line}größe = 3\n", encoding)
    assert loading.source_text(tmp_path / "mine.py").lstrip("\ufeff") == f"{line}größe = 3\n"


def test_a_notebook(load: Load) -> None:
    sources = ["%matplotlib inline\n!pip install numpy\nimport numpy as np\n", HEAD + LOOP]
    cells = [{"cell_type": "code", "source": one.splitlines(keepends=True)} for one in sources]
    markdown = {"cell_type": "markdown", "source": ["# A convolution"]}
    assert notes(load(json.dumps({"cells": [markdown, *cells]}), file="mine.ipynb")) == []


# Which function of a file is checked, and how a method is called.

INIT = "    def __init__(self, {}): self.known = locals()\n"


@pytest.mark.parametrize(
    "text",
    [
        "class Box(int):\n    size = 3\n    kind = dict\n\n    def run(self, image, kernel):\n",
        "class Box:\n    @staticmethod\n    def run(image, kernel):\n",
        "class Box:\n    def run(image, kernel):\n",
        "class Box:\n" + INIT.format("size=3") + "\n    def run(self, image, kernel):\n",
        "class Box:\n" + INIT.format("size") + "\n    def run(kernel, img):\n        image = img\n",
        "class Box:\n" + INIT.format("kernel")
        + "\n    def run(self, image, mode='edge'):\n        kernel = self.known['kernel']\n",
    ],
)  # fmt: skip
def test_methods(load: Load, text: str) -> None:
    run = load("import numpy as np\n\n\n" + text + textwrap.indent(LOOP, "    "))
    assert (run.name, notes(run)) == ("Box.run", [])
    assert run.source is not None
    assert run.source.splitlines()[run.line - 1].lstrip().startswith(("def run", "@staticmethod"))


@pytest.mark.parametrize(
    ("after", "note"),
    [
        ("try:\n    from scipy.ndimage import convolve\nexcept ImportError:\n    pass\n",
         "line 14 imports another `convolve`; the one of line 4"),
        ("from scipy.ndimage import correlate\nraise ValueError('oh')\n", "without line 15 (ValueError: oh)"),
    ],
)  # fmt: skip
def test_the_function_of_the_file_is_examined(check: Check, after: str, note: str) -> None:
    """Not an import further down that takes its name; and it is said what it was loaded without."""
    result = check(HEAD + LOOP.replace("np.rint(total)", "total") + after, "")
    assert found(result)["rounding"] == "truncate"
    assert found(result)["loading"].startswith(note)
    assert ("another `convolve`" in result["advice"]) == ("another" in note)


def test_what_the_file_itself_puts_in_its_place_is_examined(load: Load) -> None:
    """A second def, and an assignment: as in Python, the last one counts."""
    text = HEAD + "    return image[::-1]\ndef convolve(image, kernel): ...\n"
    text += "from scipy.ndimage import convolve\ndef second(image, kernel):\n" + LOOP + "convolve = second\n"
    assert notes(load(text, "convolve")) == []


def module_of(text: str) -> types.ModuleType:
    module = types.ModuleType("mine")
    exec(text, vars(module))
    return module


ONE, METHOD = "def one(image, kernel): ...\n", "    def f(self, image, kernel): ...\n"
MANY = [f"f{number}" for number in range(10)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("from textwrap import dedent, fill\nclass A:\n" + METHOD + METHOD.replace("f(", "g(") + ONE, "one"),
        ("class A:\n" + METHOD + METHOD.replace("f(", "_g("), "A.f"),
        ("from pathlib import Path\nclass A:\n    @classmethod\n" + METHOD, "A.f"),
    ],
)
def test_the_only_one_of_its_own(text: str, name: str) -> None:
    """What it imports, and methods for its own use, do not count; a function goes before methods."""
    assert loading.find(module_of(text), Path("mine.py"), "")[0] == name


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("", "", "mine.py has no functions"),
        ("", "one", "mine.py has no function one; it has no functions"),
        ("class A:\n" + METHOD + METHOD.replace("f(", "g("), "",
         "mine.py has several functions; name one of them; it has A.f, A.g"),
        (ONE + "class A:\n    size = 3\n" + METHOD, "A.size",
         "mine.py has no function A.size; it has one, A.f"),
        ("\n".join(ONE.replace("one", name) for name in MANY[:9]), "g",
         f"mine.py has no function g; it has {', '.join(MANY[:9])}"),
        ("\n".join(ONE.replace("one", name) for name in MANY), "g",
         f"mine.py has no function g; it has {', '.join(MANY[:9])}, ..."),
    ],
)  # fmt: skip
def test_which_functions_there_are(text: str, name: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        loading.find(module_of(text), Path("mine.py"), name)


CLASS = "class A:\n    def __init__({}\n    def f(self, image, kernel): return image\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD + "    return (\n", r"^mine.py: line 5: '\(' was never closed$"),
        ("exec 'hello'\n" + HEAD, "^mine.py: line 1 is Python 2, `exec 'hello'`; convert the file to "
         "Python 3 first$"),
        (CLASS.format("self, *, size): ..."), "cannot instantiate its class: TypeError: "),
        (CLASS.format("self): raise OSError('oh')"), "cannot instantiate its class: OSError: oh"),
        (CLASS.format("self, secret): ..."), "its class needs secret to make an object"),
        ("import ending\n" + HEAD + LOOP, r"^cannot load mine.py: its import exited with status 3$"),
    ],
)  # fmt: skip
def test_what_cannot_be_loaded(load: Load, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load(text, "A.f" if "class" in text else "convolve", ending="import os\nos._exit(3)\n")


@pytest.mark.parametrize(
    ("place", "message"),
    [("nowhere.py:f", "cannot read nowhere.py: no such file"), (f"{ROOT}:f", "is a directory")],
)
def test_files_that_are_not_there(place: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_function(place)


# What a function does in its child process.

ABSENT = "uses torch_absent, which is not installed here"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("    exit('bye')\n", "SystemExit: bye in line 5"),
        ("    import os; os._exit(0)\n", "exited with status 0"),
        pytest.param("    bytearray(3 * 2**30)\n", "MemoryError in line 5", marks=LINUX),
        ("    stride = int(input('Stride: '))\n", "asks with `input()` in line 5"),
        ("    import sys; stride = int(sys.stdin.readline())\n", "asks with `input()` in line 5"),
        ("    import torch_absent.nn.functional as F\n    return F.conv2d(image, kernel) * 2\n", ABSENT),
        ("    import torch_absent as t\n    return np.asarray([row for row in t.split(image, 1)])\n", ABSENT),
        ("    import torch_absent as t\n    return t.conv2d(image)[0].numpy().astype(np.uint8)\n", ABSENT),
    ],
)  # fmt: skip
def test_what_gives_no_result(load: Load, body: str, told: str) -> None:
    assert (errors(load(HEAD + body))[0] or "").startswith(told)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("    raise ValueError('returns None instead of an array')\n",
         "for every image it stops with ValueError: returns None instead of an array in line 5."),
        ("    return float(image[0, 0])\n", "for every image it returns a float instead of an array"),
        ("", "for every image it timed out after 20 s"),
        ("    stride = input()\n", "Make it a parameter with a default"),
        ("    import torch_absent\n", f"it {ABSENT}"),
    ],
)  # fmt: skip
def test_what_is_said_of_no_result(check: Check, body: str, message: str, endless: str) -> None:
    result = check(HEAD + (body or endless))
    assert (result["verdict"], result["pixels"], result["differing"]) == ("fails", 0, 0)
    assert found(result).keys() == {"fails-on"}
    assert result["advice"].startswith("Your function gives no result that can be compared: ")
    assert message in result["advice"]


def test_a_module_that_only_colour_images_need(check: Check) -> None:
    result = check(HEAD + "    if image.ndim == 3:\n        import torch_absent\n" + LOOP)
    assert (result["verdict"], found(result)) == ("matches", {})


def test_an_image_that_ends_the_process(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is tried in the way that is likeliest, once; all others are tried as well. Windows has no waitid."""
    monkeypatch.delattr(os, "waitid", raising=False)
    run = load("import os\n" + HEAD + "    if image.shape == (13, 13):\n        os._exit(3)\n" + LOOP)
    assert errors(run) == ["exited with status 3", None, None, None, None]


def test_what_it_does_besides_does_no_harm(
    check: Check, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prints, another working directory, threads that never end, changed inputs; and no display is there."""
    monkeypatch.setenv("DISPLAY", ":99")
    text = "import os, threading\nassert 'DISPLAY' not in os.environ\n" + HEAD + (
        "    print('x' * 10**6)\n    os.write(2, b'y')\n    os.chdir('/')\n"
        "    threading.Thread(target=threading.Event().wait, daemon=False).start()\n"
        "    kernel, given = kernel.copy(), kernel\n"
        "    given[:] = 7\n"
    ) + LOOP  # fmt: skip
    assert found(check(text)) == {"input-modified": "kernel"}
    assert capfd.readouterr() == ("", "")
    assert os.environ["DISPLAY"] == ":99"


def test_names_that_say_nothing(load: Load) -> None:
    renamed = (HEAD + LOOP).replace("image", "p").replace("kernel", "q")
    assert notes(load(renamed, name="convolve")) == []


def test_a_check_inside_of_the_checked_file(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would check itself without end: it is left out."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    text = "import filtering.check as check\n" + HEAD + LOOP + "check.check_function(convolve)\n"
    assert "put the call under if __name__" in found(check(text))["loading"]


@POSIX
def test_a_child_ends_by_itself_should_its_parent_be_killed(load: Load) -> None:
    """Its alarm clock runs: the limit for statements puts it back, and imports have no limit of their own."""
    clock = "import signal\nfrom signal import SIGALRM, SIG_DFL, ITIMER_REAL, getsignal\n"
    body = "    assert signal.getitimer(ITIMER_REAL)[0] > 0 and left > 0 and getsignal(SIGALRM) == SIG_DFL\n"
    slow = clock + "left = signal.getitimer(ITIMER_REAL)[0]\n"
    assert notes(load(clock + "from slow import left\nsize = 3\n" + HEAD + body + LOOP, slow=slow)) == []


def test_progress_of_a_child(load: Load, tmp_path: Path) -> None:
    """An exit handler does not run: a thread that goes on would keep the child waiting."""
    told: list[tuple[int, int]] = []
    text = "import atexit\natexit.register(lambda: open('ended', 'w'))\n" + HEAD + LOOP
    assert notes(load(text, progress=lambda done, total: told.append((done, total)))) == []
    assert told == sorted(told)
    assert (told[-1], len(told) > 1) == ((5, 5), True)
    assert not (tmp_path / "ended").exists()


def test_nothing_is_read_from_the_keyboard(tmp_path: Path) -> None:
    reads = HEAD + "    import os\n    assert os.read(0, 5) == b'', 'somebody typed'\n" + LOOP
    (tmp_path / "mine.py").write_text(reads)
    command = [sys.executable, str(ROOT / "convolutions.py"), "--check", str(tmp_path / "mine.py")]
    done = subprocess.run(command, input="typed" * 1000, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_little_time_is_left(tmp_path: Path) -> None:
    """A file that has been loaded before, and cannot be in the time left, is not tried."""
    (tmp_path / "mine.py").write_text("import slow\n" + HEAD + LOOP)
    (tmp_path / "slow.py").write_text("while True: pass\n")
    target = tmp_path / "mine.py", "convolve", [(probe.image, probe.kernel) for probe in probes()[:2]]
    assert run_in_child(*target, 0.4, no_progress, patience=20).trials == [None, None]
    with pytest.raises(ValueError, match=r"^cannot load mine\.py: its import"):
        run_in_child(*target, 0.4, no_progress)


def test_a_slow_function_is_not_blamed(tmp_path: Path, endless: str) -> None:
    """The second image would take more time than there is."""
    hangs = "    if image.shape != (13, 13):\n" + textwrap.indent(endless, "    ")
    (tmp_path / "mine.py").write_text(HEAD + hangs + LOOP)
    inputs = [(probe.image, probe.kernel) for probe in probes()[:2]]
    run = run_in_child(tmp_path / "mine.py", "", inputs, 9, no_progress, inputs[:1], patience=20)
    assert [trial is not None for trial in run.trials] == [True, False]
    assert run.stopped == "The time ran out"
