"""Files as people have them: scripts, notebooks, classes, modules that are not there, and what goes wrong."""

import textwrap
import types
from pathlib import Path

import cv2
import pytest
from conftest import POSIX, ROOT, noise
from test_gallery import found
from written import HEAD, LOOP, RIGHT, WRONG, check, load, notes

from filtering.check import loading

COUNTED = LOOP.replace("range(height)", "bars.track(list(range(height)), 'rows')").partition("    return")[0]
COUNTED = COUNTED.replace("range(width)", "tqdm(trange(width, desc='columns'), leave=False)")
BAR = "    with tqdm(total=9) as bar:\n        bar.update(1)\n    return output\n"
ANNOTATED = HEAD.replace("image, kernel", "image: t.Tensor | None, kernel: t.Array[t.float64, 2]")
TORCH = "    if t.cuda.is_available() or isinstance(image, t.Tensor):\n        return None\n"
TORCH += "    with t.no_grad():\n        t.figure().suptitle('x')\n"
SIZED = HEAD + "    assert size == 3\n" + LOOP
GUARD = "import warnings\nwith warnings.catch_warnings():\n    import tool_that_is_not\n    size = 3\n\n"
ENTERED = "from __future__ import annotations\nimport io\nwith io.StringIO('3') as text:\n"
ENTERED += "    size = int(text.read())\n"
PARTS = {
    "the end of the process": (RIGHT + "import os\nos._exit(3)\n", ["line 15 (not executed)"]),
    "a compiler": (
        "from numba_absent import njit, prange\n"
        + RIGHT.replace("def", "@njit(parallel=True)\ndef").replace("in range(h", "in prange(h"),
        ["numba_absent (not installed)"]),
    "progress": (
        "from tqdm_absent import tqdm, trange\nimport bars\n" + HEAD + COUNTED + BAR,
        ["tqdm_absent (not installed)", "bars (not installed)"]),
    "values that are not needed": (
        "import torch_absent as t\n" + ANNOTATED + TORCH + LOOP, ["torch_absent (not installed)"]),
    "a with statement around definitions": (
        GUARD + textwrap.indent(SIZED, "    "), ["tool_that_is_not (not installed)"]),
    "a with statement that is entered": (ENTERED + SIZED.replace("kernel):", "kernel: Any):"), []),
}  # fmt: skip
ENDLESS = RIGHT + "while True:\n    pass\n", ["line 14 (did not end within 3 s)"]


@pytest.mark.parametrize(
    ("text", "without"), [pytest.param(*ENDLESS, marks=POSIX), *PARTS.values()], ids=["endless", *PARTS]
)
def test_files_are_loaded_in_parts(tmp_path: Path, text: str, without: list[str]) -> None:
    assert notes(load(tmp_path, text)) == without


def test_lines_that_are_left_out(tmp_path: Path) -> None:
    parts = [
        ("nowhere(1)\n" * 6, "lines 1, 2, 3, 4 and 2 more (NameError: name 'nowhere' is not defined)"),
        ("1 / 0\n" * 4, "lines 7, 8, 9, 10 (ZeroDivisionError: division by zero)"),
        ("raise ValueError('x' * 200)\n", f"line 11 (ValueError: {'x' * 105}...)"),
        ("import plots\n", "line 12 (ImportError: no screen)"),
        ("from broken import show\n", "line 13 (KeyError: 'oh')"),
        ("if True: import tool\n", "line 14 (ModuleNotFoundError: No module named 'tool')"),
        ("import cv2, sys\nname = input('Which? ')\n", "line 16 (input() needs a terminal)"),
        ("open(name)\nimage = cv2.imread('photo.png')\n", "line 18 (cv2.imread: no such file)"),
        ("h, w = image.shape\npath = sys.argv[1]\n", "line 20 (IndexError: list index out of range)"),
        ("while cv2.waitKey(1) != 27:\n    cv2.imshow('title', cv2)\nsys.exit('usage')\n",
         "line 23 (SystemExit: usage)"),
        ("class Odd(Exception):\n    def __str__(self): raise OSError\nraise Odd\n", "line 26 (Odd)"),
    ]  # fmt: skip
    text = "".join(lines for lines, _ in parts) + RIGHT
    run = load(tmp_path, text, plots="raise ImportError('no screen')\n", broken="raise KeyError('oh')\n")
    assert notes(run) == [note for _, note in parts]


def test_what_is_there_of_an_import(tmp_path: Path) -> None:
    """Beside it too, in a file that imports what is not installed."""
    text = "import tool_that_is_not.a as tool, os.path, xml.dom.minidom, numpy.linalg as la, another, plots\n"
    text += "from numpy import not_there, flip, rint as nearest\nfrom helper import draw, size\n"
    used = "    os.getpid(), xml.dom.minidom.parseString, la.norm, nearest, flip, tool.anything()\n"
    helper = "import notthere.pyplot as plt\nsize = 3\n\ndef draw(image):\n    plt.imshow(image)\n"
    text += SIZED.replace(LOOP, used + LOOP)
    absent = ["tool_that_is_not", "another", "plots", "numpy.not_there", "notthere"]
    told = notes(load(tmp_path, text, plots="raise ImportError('oh')\n", helper=helper))
    assert told == [f"{name} (not installed)" for name in absent]


def test_its_own_folder(tmp_path: Path) -> None:
    """Files and modules beside it and in the folder above are found, by relative imports too."""
    (tmp_path / "pkg").mkdir()
    (tmp_path / "above.py").write_text("size = 3\n")
    cv2.imwrite(str(tmp_path / "pkg" / "photo.png"), noise(3, 4))
    text = "import cv2, above, words\nfrom ..above import size\nfrom .kernels import mine as again\n"
    text += "from . import kernels\nfrom kernels import mine\ntall, wide = cv2.imread('photo.png', 0).shape\n"
    used = "    assert size == above.size == tall == 3 and mine == again == kernels.mine == words.mine == 1\n"
    text += HEAD + used + LOOP
    # We have a kernels.py and a words.py too, the second one beside calling.py.
    assert notes(load(tmp_path / "pkg", text, kernels="mine = 1\n", words="mine = 1\n")) == []


def test_python_2_is_let_in(tmp_path: Path) -> None:
    """What is printed, and what is written in another way; a string that looks like it is left alone."""
    before = 'text = """\nprint x\n"""\nprint "a", text\nif 1 <> 2: print >>None, "b"\n'
    before += "try:\n    nowhere\nexcept (NameError, OSError), error:\n\tprint\n        print error, \\\n 7\n"
    text = before + RIGHT.replace("in range", "in xrange") + "assert text == '\\nprint x\\n'\n"
    result = check(tmp_path, text)
    assert result["verdict"] == "matches"
    assert found(result) == {"loading": "lines 4, 5, 8, 10 are Python 2, and read as Python 3"}


def test_an_encoding(tmp_path: Path) -> None:
    """That of the file's first lines, if it exists."""
    for line, encoding in [("# coding: latin-1\n", "latin-1"), ("# encoding: none\n", "utf-8-sig")]:
        (tmp_path / "mine.py").write_text(f"{line}größe = 3\n", encoding)
        assert loading.source_text(tmp_path / "mine.py").lstrip("\ufeff") == f"{line}größe = 3\n"


def test_a_check_inside_of_the_checked_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    text = f"import filtering.check as check\n{RIGHT}check.check_function(convolve)\n"
    assert "put the call under if __name__" in found(check(tmp_path, text))["loading"]


def test_methods(tmp_path: Path) -> None:
    made = "class Box:\n    def __init__(self, {}): self.known = locals()\n\n    def run"
    for text in [
        "class Box(int):\n    size = 3\n    kind = dict\n\n    def run(self, image, kernel):\n",
        "class Box:\n    @staticmethod\n    def run(image, kernel):\n",
        "class Box:\n    def run(image, kernel):\n",
        made.format("size=3") + "(self, image, kernel):\n",
        made.format("size") + "(kernel, img):\n        image = img\n",
        made.format("kernel") + "(self, image, mode='edge'):\n        kernel = self.known['kernel']\n",
    ]:
        run = load(tmp_path, "import numpy as np\n\n\n" + text + textwrap.indent(LOOP, "    "))
        assert (run.name, notes(run)) == ("Box.run", []), text
        assert run.source is not None, text
        assert run.source.splitlines()[run.line - 1].lstrip().startswith(("def run", "@staticmethod"))


def test_the_function_of_the_file_is_examined(tmp_path: Path) -> None:
    """Not an import further down that takes its name; and it is said what it was loaded without."""
    for after, note in [
        ("try:\n    from scipy.ndimage import convolve\nexcept ImportError:\n    pass\n",
         "line 14 imports another `convolve`; the one of line 4"),
        ("from scipy.ndimage import correlate\nraise ValueError('oh')\n", "without line 15 (ValueError: oh)"),
    ]:  # fmt: skip
        result = check(tmp_path, WRONG + after, name="")
        assert found(result)["rounding"] == "truncate", after
        assert found(result)["loading"].startswith(note), after
        assert ("another `convolve`" in result["advice"]) == ("another" in note), after


def test_what_the_file_itself_puts_in_its_place_is_examined(tmp_path: Path) -> None:
    text = HEAD + "    return image[::-1]\ndef convolve(image, kernel): ...\n"
    text += "from scipy.ndimage import convolve\ndef second(image, kernel):\n" + LOOP + "convolve = second\n"
    assert notes(load(tmp_path, text, "convolve")) == []


def test_which_functions_there_are() -> None:
    """What it imports, and methods for its own use, do not count; a function goes before methods."""
    one, method = "def one(image, kernel): ...\n", "    def f(self, image, kernel): ...\n"
    two = method + method.replace("f(", "g(")
    ten = "".join(one.replace("one", f"f{number}") for number in range(10))
    listed = "f0, f1, f2, f3, f4, f5, f6, f7, f8"
    for text, name, told in [
        ("from textwrap import dedent, fill\nclass A:\n" + two + one, "", "one"),
        ("class A:\n" + method + method.replace("f(", "_g("), "", "A.f"),
        ("from pathlib import Path\nclass A:\n    @classmethod\n" + method, "", "A.f"),
        ("", "", "mine.py has no functions"),
        ("", "one", "mine.py has no function one; it has no functions"),
        ("class A:\n" + two, "", "mine.py has several functions; name one of them; it has A.f, A.g"),
        (one + "class A:\n    size = 3\n" + method, "A.size",
         "mine.py has no function A.size; it has one, A.f"),
        (ten.partition("def f9")[0], "g", f"mine.py has no function g; it has {listed}"),
        (ten, "g", f"mine.py has no function g; it has {listed}, ..."),
    ]:  # fmt: skip
        module = types.ModuleType("mine")
        exec(text, vars(module))
        try:
            found = loading.find(module, Path("mine.py"), name)[0]
        except ValueError as error:
            found = str(error)
        assert found == told, text


def test_what_cannot_be_loaded(tmp_path: Path) -> None:
    made = "class A:\n    def __init__({}\n    def f(self, image, kernel): return image\n"
    for text, message in [
        (HEAD + "    return (\n", r"^mine.py: line 5: '\(' was never closed$"),
        ("exec 'hello'\n" + HEAD, "^mine.py: line 1 is Python 2, `exec 'hello'`; convert the file to "
         "Python 3 first$"),
        (made.format("self): raise OSError('oh')"), "cannot instantiate its class: OSError: oh"),
        (made.format("self, secret): ..."), "its class needs secret to make an object"),
        ("import ending\n" + RIGHT, r"^cannot load mine.py: its import exited with status 3$"),
    ]:  # fmt: skip
        with pytest.raises(ValueError, match=message):
            load(tmp_path, text, "A.f" if "class" in text else "convolve", ending="import os\nos._exit(3)\n")
