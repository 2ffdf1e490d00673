"""Files as people have them: scripts, notebooks, classes, modules that are not there, and what goes wrong."""

import ast
import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from conftest import ROOT, noise
from test_gallery import found

from filtering.check import loading
from filtering.check.calling import Failure, Habit, bind
from filtering.check.diagnose import Judge, check_function, examine, no_progress
from filtering.check.probes import probes
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
Check = Callable[..., dict[str, Any]]
Load = Callable[..., Run]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Write a text into mine.py, and check its function."""

    def run(text: str, name: str = ":convolve", file: str = "mine.py", **more: Any) -> dict[str, Any]:
        (tmp_path / file).write_text(text)
        return check_function(f"{tmp_path / file}{name}", **more)

    return run


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Write a text into mine.py, other files beside it, and run its function on the first five probes."""

    def run(text: str, files: dict[str, str] | None = None, progress: Progress = no_progress) -> Run:
        for file, content in {"mine.py": text, **(files or {})}.items():
            (tmp_path / file).parent.mkdir(exist_ok=True)
            (tmp_path / file).write_text(content)
        inputs = [(probe.image, probe.kernel) for probe in probes()[:5]]
        return run_in_child(tmp_path / "mine.py", "", inputs, 60, progress)

    return run


def errors(run: Run) -> list[str | None]:
    failures = [Failure("", "not tried") if trial is None else trial.failure for trial in run.trials]
    return [None if failure is None else failure.text for failure in failures]


@pytest.mark.parametrize(
    ("before", "after", "without"),
    [
        ("", "image = cv2.imread('photo.png')\nprint(image.shape)\n", "NameError"),
        ("import cv2\n", "image = cv2.imread('photo.png')\nh, w = image.shape\n",
         r"line 16 \(cv2.imread: no such file\)$"),
        ("import cv2\n", "cv2.imshow('x', np.zeros((9, 9), np.uint8))\ncv2.waitKey(0)\n", None),
        ("", "name = input('Which? ')\nopen(name)\n", r"line 15 \(input\(\) needs a terminal\)$"),
        ("import sys\n", "path = sys.argv[1]\n", r"line 16 \(IndexError: list index out of range\)$"),
        ("import sys\n", "sys.exit('usage')\n", r"line 16 \(SystemExit: usage\)$"),
        ("import argparse\n", "p = argparse.ArgumentParser()\np.add_argument('x')\na = p.parse_args()\n",
         "SystemExit: 2"),
        ("", "while True:\n    pass\n", r"line 15 \(did not end within 3 s\)$"),
        ("", "import os\nos._exit(3)\n", r"\(not executed\)$"),
        ("import plots_that_are_not.pyplot as plt\n",
         "plt.figure()\nplt.show()\n", r"plots_that_are_not \(not installed\)$"),
        ("from compiler_that_is_not import njit, prange\nnjit(lambda: 1)\n", "", r"not installed\)$"),
        ("from numpy import not_there\n", "", r"numpy.not_there \(not installed\)$"),
    ],
)  # fmt: skip
def test_scripts_are_loaded_in_parts(check: Check, before: str, after: str, without: str | None) -> None:
    result = check(before + HEAD + LOOP + "\n" + after)
    assert result["verdict"] == "matches"
    told = found(result)
    assert told.keys() == ({"loading"} if without else set())
    if without is not None:
        assert re.search(without, told["loading"]), told
        assert "was loaded without" in result["advice"]


def test_a_decorator_that_is_not_installed(check: Check) -> None:
    text = (
        "from compiler_that_is_not import njit, prange\n"
        + HEAD.replace("def", "@njit(parallel=True)\ndef")
        + LOOP
    )
    assert check(text.replace("in range(height)", "in prange(height)"))["verdict"] == "matches"


def test_what_shows_progress_hands_back_what_it_counts(check: Check) -> None:
    """As a call around a range or a list, with its own range, and as a bar of its own."""
    text = "from tqdm_that_is_not import tqdm, trange\nimport some_bars\n" + HEAD + LOOP
    text = text.replace("range(height)", "some_bars.track(list(range(height)), 'rows')")
    result = check(text.replace("range(width)", "tqdm(range(width), leave=False)"))
    assert (result["verdict"], list(found(result))) == ("matches", ["loading"])
    text = text.replace("range(width)", "trange(width, desc='columns')")
    shown = "    with tqdm(total=9) as bar:\n        bar.update(1)\n    return output\n"
    assert check(text.replace("    return output\n", shown))["verdict"] == "matches"


@pytest.mark.parametrize(
    ("before", "body"),
    [
        ("import torch_that_is_not\n", "    return torch_that_is_not.tensor(image)\n"),
        ("import torch_that_is_not.nn.functional as F\n", "    return F.conv2d(image, kernel).numpy() * 2\n"),
        ("import torch_that_is_not as t\n", "    out = t.zeros(image.shape)\n    out[0, 0] = 1\n"),
        ("import torch_that_is_not as t\n", "    return np.asarray([row for row in t.split(image, 1)])\n"),
        ("from torch_that_is_not import nn\n\n\nclass Net(nn.Module):\n    def __init__(self, kernel):\n"
         "        super().__init__()\n        self.layer = nn.Conv2d(1, 1, 3)\n",
         "    return Net(kernel)(image).numpy()\n"),
        ("", "    import torch_that_is_not\n    return image\n"),
    ],
)  # fmt: skip
def test_a_module_that_is_used_and_not_there(check: Check, before: str, body: str) -> None:
    result = check(before + HEAD + body)
    told = {"fails-on": "every image: uses torch_that_is_not, which is not installed here"}
    assert (result["verdict"], found(result)) == ("fails", told)
    assert "it uses torch_that_is_not, which is not installed here" in result["advice"]


@pytest.mark.parametrize(
    "use",
    [
        "if t.cuda.is_available():\n        return None",
        "if isinstance(image, t.Tensor):\n        return None",
        "t.figure().suptitle('x')",
        "with t.no_grad():\n        pass",
    ],
)
def test_a_module_whose_values_are_not_needed(check: Check, use: str) -> None:
    head = HEAD.replace("image, kernel", "image: t.Tensor | None, kernel: t.Array[t.float64, 2]")
    result = check(f"import torch_that_is_not as t\n{head}    {use}\n{LOOP}")
    assert (result["verdict"], list(found(result))) == ("matches", ["loading"])


def test_a_module_that_only_colour_images_need(check: Check) -> None:
    text = HEAD + "    if image.ndim == 3:\n        import torch_that_is_not\n" + LOOP
    assert (check(text)["verdict"], found(check(text))) == ("matches", {})


def test_helpers_in_the_parent_folder(tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "helpers.py").write_text("size = 3\n")
    (tmp_path / "pkg" / "more.py").write_text("size = 4\n")
    text = "from ..helpers import size\nimport helpers\nfrom pkg.more import size as other\n"
    used = "    assert size == helpers.size == 3 and other == 4\n"
    (tmp_path / "pkg" / "mine.py").write_text(text + HEAD + used + LOOP)
    assert found(check_function(f"{tmp_path / 'pkg' / 'mine.py'}:convolve")) == {}


def test_a_helper_that_imports_what_is_not_installed(load: Load) -> None:
    helper = "import notthere.pyplot as plt\nsize = 3\n\ndef draw(image):\n    plt.imshow(image)\n"
    run = load(f"from helper import draw, size\n{HEAD}    assert size == 3\n{LOOP}", {"helper.py": helper})
    assert [trial.failure for trial in run.trials if trial is not None] == [None] * 5
    assert run.notes == ["notthere (not installed)"]


@pytest.mark.parametrize(
    "asks", ["int(input('Stride: '))", "int(sys.stdin.readline())", "float(sys.stdin.read())"]
)
def test_a_function_that_asks(check: Check, asks: str) -> None:
    result = check(f"import sys\n{HEAD}    stride = {asks}\n{LOOP}")
    assert result["verdict"] == "fails"
    assert "asks with `input()` in line 6" in found(result)["fails-on"]
    assert "Make it a parameter with a default" in result["advice"]


def test_python_2_is_let_in(check: Check) -> None:
    """What is printed, and what is written in another way; a string that looks like it is left alone."""
    before = 'text = """\nprint x\n"""\nprint "a", text\nif 1 <> 2: print >>None, "b"\n'
    before += "try:\n    nowhere\nexcept (NameError, OSError), error:\n\tprint\n        print error, \\\n 7\n"
    result = check(before + HEAD + LOOP.replace("in range", "in xrange") + "assert text == '\\nprint x\\n'\n")
    assert result["verdict"] == "matches"
    assert found(result) == {"loading": "lines 4, 5, 8, 10 are Python 2, and read as Python 3"}
    assert found(check(HEAD + "    print(image.size)\n    print('a', end='')\n" + LOOP)) == {}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("class Box:\n    def run(image, kernel):\n", "Box.run"),
        ("class Box:\n    def __init__(self, size):\n        self.size = size\n\n    def run(kernel, img):\n"
         "        image = img\n", "Box.run"),
    ],
)  # fmt: skip
def test_a_function_in_a_class_without_self(check: Check, text: str, name: str) -> None:
    body = textwrap.indent(LOOP, "    ")
    result = check("import numpy as np\n\n\n" + text + body, f":{name}")
    expected = {"arguments": "kernel-first"} if "kernel, img" in text else {}
    assert found(result) == expected
    assert "`def run(image, kernel)`" in result["advice"] or not expected


def test_an_exception_without_words(check: Check) -> None:
    text = "class Odd(Exception):\n    def __str__(self):\n        raise OSError\n\n\n" + HEAD
    assert found(check(text + "    raise Odd\n")) == {"fails-on": "every image: Odd in line 10"}
    assert found(check(text + LOOP + "raise Odd\n")) == {"loading": "without line 19 (Odd)"}


def test_its_own_folder(check: Check, tmp_path: Path) -> None:
    """Files and modules beside it are found, by relative imports too."""
    for name in ("kernels", "shapes"):  # that we have too, the second one beside calling.py
        (tmp_path / f"{name}.py").write_text("mine = 1\n")
    (tmp_path / "size.txt").write_text("3")
    text = "from kernels import mine\nfrom .kernels import mine as again\nfrom . import kernels\n"
    text += "import shapes\nsize = int(open('size.txt').read())\n"
    used = "    assert mine == again == kernels.mine == shapes.mine == 1 and size == 3\n"
    assert found(check(text + HEAD + used + LOOP)) == {}


def test_a_picture_beside_it(load: Load, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "photo.png"), noise(3, 4))
    text = "import cv2\nheight, width = cv2.imread('photo.png', 0).shape\n"
    assert load(text + HEAD + LOOP).notes == []


def test_lines_that_are_left_out(load: Load) -> None:
    text = "nowhere(1)\n" * 6 + "1 / 0\n" * 4 + "raise ValueError('x' * 200)\nimport plots\n"
    text += "from broken import show\nif True:\n    import tool_that_is_not\n" + HEAD + "    return image\n"
    files = {"plots.py": "raise ImportError('no screen')\n", "broken.py": "raise KeyError('oh')\n"}
    assert load(text, files).notes == [
        "lines 1, 2, 3, 4 and 2 more (NameError: name 'nowhere' is not defined)",
        "lines 7, 8, 9, 10 (ZeroDivisionError: division by zero)",
        f"line 11 (ValueError: {'x' * 105}...)",
        "line 12 (ImportError: no screen)",
        "line 13 (KeyError: 'oh')",
        "line 14 (ModuleNotFoundError: No module named 'tool_that_is_not')",
    ]


def test_a_with_statement_around_imports_and_definitions(load: Load) -> None:
    block = "    import tool_that_is_not\n    size = 3\n\n" + textwrap.indent(HEAD, "    ")
    run = load("import warnings\nwith warnings.catch_warnings():\n" + block + "        return image * size\n")
    assert (run.notes, errors(run)) == (["tool_that_is_not (not installed)"], [None] * 5)


def test_what_would_wait_for_the_user(load: Load) -> None:
    text = "import cv2\nwhile cv2.waitKey(1) != 27:\n    cv2.imshow('title', cv2)\n"
    text += "import matplotlib.pyplot as plt\nplt.show()\n" + HEAD + "    return image\n"
    shows = "def show(): raise OSError('nobody looks')\n"
    assert load(text, {"matplotlib/__init__.py": "", "matplotlib/pyplot.py": shows}).notes == []


def test_annotations_that_are_not_evaluated(load: Load) -> None:
    text = "from __future__ import annotations\n" + HEAD.replace("kernel)", "kernel: Unknown)") + LOOP
    run = load(text)
    assert (run.notes, errors(run)) == ([], [None] * 5)


def test_what_is_there_of_an_import(load: Load) -> None:
    text = "import tool_that_is_not.a as tool, os.path, xml.dom.minidom, numpy.linalg as la, another, plots\n"
    text += "from numpy import not_there, flip, rint as nearest\n"
    used = "    os.getpid(), xml.dom.minidom.parseString, la.norm, nearest, tool.anything()\n"
    files = {"plots.py": "raise ImportError('no screen')\n"}
    run = load(text + HEAD + used + "    return flip(image)\n", files)
    absent = ["tool_that_is_not", "another", "plots", "numpy.not_there"]
    assert run.notes == [f"{name} (not installed)" for name in absent]
    assert errors(run) == [None] * 5


def test_an_import_that_ends_the_process(load: Load) -> None:
    message = r"^cannot load mine.py: its import ended Python itself, with exit status 3$"
    with pytest.raises(ValueError, match=message):
        load("import ending\n" + HEAD + LOOP, {"ending.py": "import os\nos._exit(3)\n"})


@pytest.mark.parametrize(
    ("statement", "harmless"),
    [
        ("SIZE = int(3.5)", True),
        ("KERNEL = np.ones((3, 3)) / 9", True),
        ("SIZE: int = 3", True),
        ("SIZE = int(input())", False),
        ("print(3)", False),
        ("import cv2", True),
    ],
)
def test_what_is_executed_of_a_file_that_ended_the_process(statement: str, harmless: bool) -> None:
    assert loading._harmless(ast.parse(statement).body[0]) == harmless


def test_an_encoding_that_the_file_names(check: Check, tmp_path: Path) -> None:
    head = HEAD.replace("kernel):\n", "kernel):\n    größe = 'Größe'\n    assert größe.isidentifier()\n")
    for line, encoding in (("# -*- coding: latin-1 -*-\n", "latin-1"), ("", "utf-8"), ("", "utf-8-sig")):
        (tmp_path / "mine.py").write_bytes((line + head + LOOP).encode(encoding))
        result = check_function(f"{tmp_path / 'mine.py'}:convolve")
        assert (result["verdict"], found(result)) == ("matches", {})


def test_an_encoding_that_does_not_exist(tmp_path: Path) -> None:
    text = '"""Filters for pictures, encoding: none, \u00e4"""\n' + HEAD
    (tmp_path / "mine.py").write_text(text, "utf-8")
    assert loading.source_text(tmp_path / "mine.py") == text


def test_a_notebook(check: Check) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# A convolution"]},
        {
            "cell_type": "code",
            "source": ["%matplotlib inline\n", "!pip install numpy\n", "import numpy as np\n"],
        },
        {"cell_type": "code", "source": (HEAD + LOOP).splitlines(keepends=True)},
    ]
    assert check(json.dumps({"cells": cells}), file="mine.ipynb")["verdict"] == "matches"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("class Box:\n    def run(self, image, kernel):\n"
         + LOOP.replace("\n    ", "\n        ").replace("    h", "        h", 1), "Box.run"),
        ("class Box(int):\n    size = 3\n    kind = dict\n\n    def run(self, image, kernel):\n"
         + LOOP.replace("\n    ", "\n        ").replace("    h", "        h", 1), "Box.run"),
        ("class Box:\n    @staticmethod\n    def run(image, kernel):\n"
         + LOOP.replace("\n    ", "\n        ").replace("    h", "        h", 1), "Box.run"),
        ("class Box:\n    def __init__(self, kernel):\n        self.kernel = kernel\n\n    def run(self, "
         "image):\n        kernel = self.kernel\n"
         + LOOP.replace("\n    ", "\n        ").replace("    h", "        h", 1), "Box.run"),
        ("class Box:\n    def __init__(self, size=3):\n        self.size = size\n\n    def run(self, "
         "image, kernel):\n"
         + LOOP.replace("\n    ", "\n        ").replace("    h", "        h", 1), "Box.run"),
        ("class Box:\n    def __init__(self, kernel):\n        self.kernel = kernel\n\n    def run(self, "
         "image, mode='edge'):\n        kernel = self.kernel\n"
         + LOOP.replace("\n    ", "\n        ").replace("    h", "        h", 1), "Box.run"),
    ],
)  # fmt: skip
def test_methods(check: Check, text: str, name: str) -> None:
    assert check("import numpy as np\n\n\n" + text, f":{name}")["verdict"] == "matches"
    assert check("import numpy as np\n\n\n" + text, "")["function"].endswith(f":{name}")


def test_no_name_is_convolve_or_the_only_one(check: Check) -> None:
    assert check(HEAD + LOOP + "\n\ndef other(image, kernel):\n    pass\n", "")["function"].endswith(
        ":convolve"
    )
    assert check((HEAD + LOOP).replace("convolve", "mine"), "")["function"].endswith(":mine")
    with pytest.raises(ValueError, match=r"several functions; name one of them; it has one, two$"):
        check("def one(image, kernel): ...\ndef two(image, kernel): ...\n", "")


def module_of(text: str) -> types.ModuleType:
    module = types.ModuleType("mine")
    exec(text, vars(module))
    return module


ONE, METHOD = "def one(image, kernel): ...\n", "    def f(self, image, kernel): ...\n"
MANY = [f"f{number}" for number in range(10)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("from textwrap import dedent, fill\nfrom pathlib import Path\n" + ONE, "one"),
        ("class A:\n" + METHOD + METHOD.replace("f(", "g(") + ONE, "one"),
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
        (ONE, "A.f", "mine.py has no function A.f; it has one"),
        ("\n".join(ONE.replace("one", name) for name in MANY[:9]), "g",
         f"mine.py has no function g; it has {', '.join(MANY[:9])}"),
        ("\n".join(ONE.replace("one", name) for name in MANY), "g",
         f"mine.py has no function g; it has {', '.join(MANY[:9])}, ..."),
    ],
)  # fmt: skip
def test_which_functions_there_are(text: str, name: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        loading.find(module_of(text), Path("mine.py"), name)


@pytest.mark.parametrize(
    ("needed", "taken"),
    [
        ("image", "kernel"), ("kernel", "image"), ("image, kernel", ""), ("k, size=3", "im"),
        ("size=3, *more, **options", "image, kernel"), ("*, size=3", "image, kernel"),
        ("kernel", "image, dst=None, size=3"),
    ],
)  # fmt: skip
def test_an_object_is_made_of_what_its_class_needs(needed: str, taken: str) -> None:
    text = f"class A:\n    def __init__(self, {needed}): self.known = locals()\n"
    text += f"    def f(self, {taken}): return self.known | locals()\n"
    given = bind(*loading.find(module_of(text), Path("mine.py"), "A.f"))("an image", "a kernel")
    assert given.get("image", given.get("im")) == "an image"
    assert given.get("kernel", given.get("k")) == "a kernel"


@pytest.mark.parametrize(
    ("made", "error"),
    [("(self, *, size): ...", "TypeError: "), ("(self): raise OSError('no camera')", "OSError: no camera")],
)
def test_a_class_that_makes_no_object(load: Load, made: str, error: str) -> None:
    text = f"class A:\n    def __init__{made}\n    def f(self, image, kernel): return image\n"
    with pytest.raises(ValueError, match=f"^A.f: its class makes no object, {error}"):
        load(text)


@pytest.mark.parametrize(
    ("text", "line"),
    [("x = 1\n\nprint 'done'", 3), ("exec 'x = 1'\n", 1), ("if 1 <> 2:\n    pass\n", 1)],
)
def test_python_2(text: str, line: int) -> None:
    with pytest.raises(SyntaxError) as caught:
        ast.parse(text)
    told = loading.syntax_text(Path("mine.py"), text, caught.value)
    assert told.startswith(f"mine.py: line {line} is Python 2, `{text.splitlines()[line - 1]}`; ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def other(image, kernel): ...\nx = 1\n", "^mine.py has no function convolve; it has other$"),
        ("class A:\n    def f(self, image, kernel): ...\n", "no function convolve; it has A.f$"),
        ("convolve = 7\n", "^mine.py has no function convolve; it has no functions$"),
        (HEAD + "    return (\n", r"^mine.py: line 5: '\(' was never closed$"),
        ("exec 'hello'\n" + HEAD, "^mine.py: line 1 is Python 2, `exec 'hello'`; convert the file to "
         "Python 3 first$"),
        ("def convolve(image): ...\n", r"needs an image and a kernel, got convolve\(image\)$"),
        ("def convolve(image, kernel, whatever): ...\n", r"got convolve\(image, kernel, whatever\)$"),
    ],
)  # fmt: skip
def test_what_cannot_be_loaded(check: Check, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check(text)


def test_files_that_are_not_there(tmp_path: Path) -> None:
    for place, message in [
        ("nowhere.py:convolve", "cannot read nowhere.py: no such file"),
        (f"{tmp_path}:convolve", "is a directory"),
        ("mine.py:", "a function to check is FILE.py:FUNCTION; got 'mine.py:'"),
    ]:
        with pytest.raises(ValueError, match=message):
            check_function(place)


def test_a_check_inside_of_the_checked_file(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would check itself without end: it is left out."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    text = "import filtering.check as check\n" + HEAD + LOOP + "check.check_function(convolve)\n"
    assert "put the call under if __name__" in found(check(text))["loading"]


def test_what_it_does_besides_does_no_harm(check: Check, capfd: pytest.CaptureFixture[str]) -> None:
    """Prints, another working directory, threads that never end, changed inputs."""
    text = "import os, threading, time\n" + HEAD + (
        "    print('x' * 10**6)\n    os.write(2, b'y')\n    os.chdir('/')\n"
        "    threading.Thread(target=time.sleep, args=(1000,)).start()\n"
        "    kernel, given = kernel.copy(), kernel\n"
        "    given[:] = 7\n"
    ) + LOOP  # fmt: skip
    assert found(check(text)) == {"input-modified": "kernel"}
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("    raise KeyError('oh')\n", "for every image it stops with KeyError: 'oh' in line 5"),
        ("    return float(image[0, 0])\n", "for every image it returns a float instead of an array"),
        ("    return image.astype(str)\n", "an array of dtype <U3, which are no numbers"),
        ("    return np.array(image[0, 0])\n", r"returns an array of shape \(\)"),
        ("    exit('bye')\n", "for every image it stops with SystemExit: bye in line 5"),
        ("    while True: pass\n", "for every image it did not come to an end within 1 s"),
        ("    import os; os._exit(0)\n", "for every image it ended Python itself, with exit status 0"),
        ("    import os; os.abort()\n", r"for every image it crashed Python \(SIGABRT\)"),
        ("    bytearray(3 * 2**30)\n", "for every image it stops with MemoryError"),
    ],
)
def test_what_gives_no_result(check: Check, body: str, message: str) -> None:
    result = check(HEAD + body, seconds=3 if "while True: pass" in body else 90)
    assert (result["verdict"], result["pixels"], result["differing"]) == ("fails", 0, 0)
    assert found(result).keys() == {"fails-on"}
    assert result["advice"].startswith("Your function gives no result that can be compared: ")
    assert re.search(message, result["advice"])


@pytest.mark.parametrize(
    ("raised", "message"),
    [
        ("ValueError('returns None instead of an array')", "ValueError: returns None instead of an array"),
        ("RuntimeError('did not end: a MemoryError')", "RuntimeError: did not end: a MemoryError"),
        ("type('ended', (Exception,), {})", "ended"),
    ],
)
def test_exceptions_that_have_our_words(check: Check, raised: str, message: str) -> None:
    """They are exceptions all the same, for which every probe is tried, and no more is advised."""
    told = f"for every image it stops with {message} in line 5."
    result = check(HEAD + f"    raise {raised}\n")
    assert result["advice"] == f"Your function gives no result that can be compared: {told}"
    result = check(HEAD + f"    if kernel.size == 1:\n        raise {raised}\n" + LOOP)
    assert found(result) == {"fails-on": f"1 x 1 kernel: {message} in line 6"}


@pytest.mark.parametrize(
    "returned",
    ["output[:-1]", "output.ravel()", "output[None]", "np.dstack([output] * 4)", "output + 1j", "kernel"],
)
def test_shapes_beyond_help(check: Check, returned: str) -> None:
    result = check(HEAD + LOOP.replace("return output", f"return {returned}"))
    assert result["verdict"] != "matches"
    assert "Your" in result["advice"]


def test_a_with_statement_is_entered(check: Check) -> None:
    """Only one that guards definitions is taken apart."""
    entered = "import io\nwith io.StringIO('3') as text:\n    size = int(text.read())\n" + HEAD + LOOP
    result = check(entered)
    assert result["verdict"] == "matches"
    assert "loaded without" not in result["advice"]


def test_an_import_that_fails_without_a_name(check: Check, tmp_path: Path) -> None:
    (tmp_path / "plots.py").write_text("raise ModuleNotFoundError('no screen')\n")
    result = check("from plots import show\n" + HEAD + LOOP)
    assert result["verdict"] == "matches"
    assert "The file was loaded without plots.show (not installed)." in result["advice"]


def test_a_limit_of_time_ends_with_its_block() -> None:
    """Later, no signal comes that would end the process."""
    with loading._interrupted_after(1, wanted=True):
        pass
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_a_child_ends_by_itself_should_its_parent_be_killed(load: Load) -> None:
    """Its alarm clock runs: the limit for statements puts it back, and imports have no limit of their own."""
    clock = "import signal\nfrom signal import SIGALRM, SIG_DFL, ITIMER_REAL, getsignal\n"
    body = "    assert 30 < signal.getitimer(ITIMER_REAL)[0] < 63 and left > 30\n"
    body += "    assert getsignal(SIGALRM) == SIG_DFL\n    return image\n"
    slow = clock + "left = signal.getitimer(ITIMER_REAL)[0]\n"
    run = load(clock + "from slow import left\nsize = 3\n" + HEAD + body, {"slow.py": slow})
    assert (run.notes, errors(run)) == ([], [None] * 5)


def test_what_a_file_leaves_behind_does_not_run(load: Load, tmp_path: Path) -> None:
    """An exit handler here; a thread that goes on would keep the child waiting."""
    run = load("import atexit\natexit.register(lambda: open('ended', 'w'))\n" + HEAD + LOOP)
    assert errors(run) == [None] * 5
    assert not (tmp_path / "ended").exists()


def test_progress_of_a_child(load: Load) -> None:
    told: list[tuple[int, int]] = []
    load(HEAD + LOOP, progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1] == (5, 5)
    assert len(told) > 1


def test_an_image_that_ends_the_process(load: Load) -> None:
    """It is tried in the way that is likeliest, once; all others are tried as well."""
    run = load("import os\n" + HEAD + "    if image.shape == (13, 13):\n        os._exit(3)\n" + LOOP)
    assert errors(run) == ["ended Python itself, with exit status 3", None, None, None, None]
    for trial, probe in list(zip(run.trials, probes(), strict=False))[1:]:
        assert trial is not None
        expected = cv2.filter2D(probe.image, -1, probe.kernel, borderType=cv2.BORDER_REPLICATE)
        assert np.array_equal(np.asarray(trial.output), expected)


def test_a_file_whose_function_takes_the_kernel_first(load: Load) -> None:
    run = load(HEAD.replace("image, kernel", "one, other") + "    kernel, image = one, other\n" + LOOP)
    assert (run.habits, run.call) == ((Habit("kernel-first"),), "convolve(kernel, image)")


def test_the_source_of_a_method_whose_object_is_made_for_each_call(load: Load) -> None:
    text = "class Filter:\n    def __init__(self, kernel): ...\n\n    def apply(self, image): return image\n"
    run = load(text)
    assert (run.name, run.source, run.line) == ("Filter.apply", text + "\n", 4)


def test_a_class_that_needs_what_nobody_knows(check: Check) -> None:
    owner = "class Filter:\n    def __init__(self, secret):\n        pass\n"
    method = "    def apply(self, image, kernel):\n        return image\n"
    with pytest.raises(ValueError, match="its class needs secret to make an object"):
        check(owner + method, name=":Filter.apply")


def test_nothing_is_read_from_the_keyboard(tmp_path: Path) -> None:
    reads = HEAD + "    import os\n    assert os.read(0, 5) == b'', 'somebody typed'\n" + LOOP
    (tmp_path / "mine.py").write_text(reads)
    command = [sys.executable, str(ROOT / "convolutions.py"), "--check", str(tmp_path / "mine.py")]
    done = subprocess.run(command, input="typed" * 1000, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_where_a_child_cannot_be_waited_for_and_kept(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows."""
    monkeypatch.delattr(os, "waitid")
    assert check(HEAD + LOOP)["verdict"] == "matches"


def test_the_remedy_is_for_the_method_and_not_for_others_of_its_class(check: Check) -> None:
    other = "    def other(self, image, kernel):\n        return scipy.signal.convolve2d(image, kernel)\n\n"
    method = textwrap.indent("def apply(self, image, kernel):\n    kernel = np.flip(kernel)\n" + LOOP, "    ")
    result = check("import numpy as np\n\n\nclass Filter:\n" + other + method, name=":Filter.apply")
    assert "without `np.flip(kernel)`" in result["advice"]


def test_little_time_is_left_to_try_again(tmp_path: Path) -> None:
    """A file that has been loaded before, and cannot be in the time left, is not tried."""
    (tmp_path / "mine.py").write_text("import slow\n" + HEAD + LOOP)
    (tmp_path / "slow.py").write_text("import time\ntime.sleep(1)\n")
    inputs = [(probe.image, probe.kernel) for probe in probes()[:2]]
    target = tmp_path / "mine.py", "convolve", inputs
    assert run_in_child(*target, 0.4, no_progress, patience=20).trials == [None, None]
    with pytest.raises(ValueError, match=r"^cannot load mine\.py: its import"):
        run_in_child(*target, 0.4, no_progress)


def test_no_image_was_tried() -> None:
    judge = Judge(Run("f", [None]), [(probes()[0], None)], None, lambda some: [None] * len(some))
    examination = judge.examination(None, None)
    assert examination.verdict == "fails"
    assert found(examination.data()) == {"fails-on": "every image: was not tried, as no time was left"}
    assert examination.message.startswith("Your function gives no result that can be compared: ")


def test_a_slow_function_is_not_blamed(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("import time\n" + HEAD + "    time.sleep(0.3)\n" + LOOP)
    examination = examine(f"{tmp_path / 'mine.py'}:convolve", seconds=5)
    assert examination.verdict == "matches"
    assert re.search(rf"The time ran out: \d+ of {len(probes())} probes were not tried", examination.message)


def test_no_display(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    """A window would wait for ever: the child has no display to open it on."""
    monkeypatch.setenv("DISPLAY", ":99")
    assert check("import os\nassert 'DISPLAY' not in os.environ\n" + HEAD + LOOP)["findings"] == []
    assert os.environ["DISPLAY"] == ":99"


def test_inputs_are_as_promised(check: Check) -> None:
    """uint8 images, float64 or whole-number kernels; and nan is told from a cropped result."""
    text = HEAD + "    assert image.dtype == np.uint8 and kernel.dtype.kind in 'fi'\n" + LOOP
    assert check(text)["verdict"] == "matches"
    assert np.dtype("int64") in {probe.kernel.dtype for probe in probes()}
