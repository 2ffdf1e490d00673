"""Changes of a file that were tried: the diff of each, applied by patch, gives a function that is right."""

import inspect
import io
import json
import linecache
import os
import re
import shutil
import subprocess
import textwrap
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import gallery
import numpy as np
import pytest
from gallery import CASES

from filtering.check import check_function, fixes
from filtering.check.calling import Failure, Style, call, styles, tell
from filtering.check.command import run_check
from filtering.check.diagnose import examine
from filtering.check.document import MARK, Document
from filtering.check.findings import Examination, Fix
from filtering.check.fixes import with_fix
from filtering.check.proposals import paddings
from filtering.check.runner import Job
from filtering.check.source import Source
from filtering.check.text import Text
from filtering.check.trying import changed, search

TUTORIAL = '''\
from skimage.exposure import rescale_intensity
import argparse
import cv2
import numpy as np

def convolve(picture, weights):
	(high, wide) = picture.shape[:2]
	(kh, kw) = weights.shape[:2]
	edge = (kw - 1) // 2  # the picture grows by this on every side
	grown = cv2.copyMakeBorder(picture, edge, edge, edge, edge,
		cv2.BORDER_REPLICATE)
	sums = np.zeros((high, wide), dtype="float32")
	for row in np.arange(edge, high + edge):
		for col in np.arange(edge, wide + edge):
			window = grown[row - edge:row + edge + 1, col - edge:col + edge + 1]
			sums[row - edge, col - edge] = (window * weights).sum()
	sums = rescale_intensity(sums, in_range=(0, 255))
	sums = (sums * 255).astype("uint8")
	return sums

options = argparse.ArgumentParser()
options.add_argument("-i", "--image", required=True)
given = vars(options.parse_args())
print("done: {}".format(given))
'''  # the tutorial's steps, typed anew  # fmt: skip
PYTHON_2 = TUTORIAL.replace("//", "/").replace('print("done: {}".format(given))', "print given")
BOTH_SIDES = '''\
-	grown = cv2.copyMakeBorder(picture, edge, edge, edge, edge,
+	edge_rows = (kh - 1) // 2
+	grown = cv2.copyMakeBorder(picture, edge_rows, edge_rows, edge, edge,
-	for row in np.arange(edge, high + edge):
+	for row in np.arange(edge_rows, high + edge_rows):
-			window = grown[row - edge:row + edge + 1, col - edge:col + edge + 1]
+			window = grown[row - edge_rows:row + edge_rows + 1, col - edge:col + edge + 1]
-			sums[row - edge, col - edge] = (window * weights).sum()
+			sums[row - edge_rows, col - edge] = (window * weights).sum()
-	sums = (sums * 255).astype("uint8")
+	sums = np.rint(sums * 255).astype("uint8")
'''  # fmt: skip
TRUNCATES = """import numpy as np


def convolve(image, kernel):
    (h, w), (kh, kw) = image.shape, kernel.shape
    padded = np.pad(image.astype(float), [(kh // 2, kh // 2), (kw // 2, kw // 2)], "edge")
    sums = np.zeros((h, w))
    for i in range(kh):
        for j in range(kw):
            sums += padded[i : i + h, j : j + w] * kernel[i, j]
    return np.clip(sums, 0, 255).astype("uint8")
"""
HEAD, BODY = TRUNCATES[:21], TRUNCATES[21:]
OLD, NEW = "np.clip(sums, 0, 255)", "np.rint(np.clip(sums, 0, 255))"


def patched(path: Path, diff: str) -> bytes:
    """Apply a diff with patch, in the file's folder, to exactly the lines that it names; return the file."""
    if shutil.which("patch") is None and not os.environ.get("CI"):
        pytest.skip("needs patch")
    command = ["patch", "-p1", "--binary", "--fuzz=0", "--no-backup-if-mismatch"]
    done = subprocess.run(command, input=diff.encode(), cwd=path.parent, capture_output=True)
    assert done.returncode == 0, done.stdout
    assert b"offset" not in done.stdout
    return path.read_bytes()


def fix_of(path: Path, name: str = "convolve", told: Examination | None = None) -> Fix:
    """Return the fix of a function that was found out about; the diff makes of the file what was checked."""
    before, target = path.read_bytes(), f"{path}:{name}"
    fix = with_fix(told or examine(target), target, None, None).fix
    assert path.read_bytes() == before
    assert fix is not None
    assert patched(path, fix.diff) == fix.data
    return fix


def proven(path: Path, name: str = "convolve") -> str:
    """Return the diff of a fix that leaves nothing to change."""
    fix = fix_of(path, name)
    assert fix.verdict == "matches"
    return fix.diff


@pytest.mark.parametrize("python", [2, 3])
def test_the_tutorials_own_function(tmp_path: Path, python: int) -> None:
    """In Python 2, where its division by 2 gave a whole number, one more change is needed."""
    path = tmp_path / "tutorial.py"
    path.write_text(PYTHON_2 if python == 2 else TUTORIAL)
    line = "\tedge = (kw - 1) {} 2  # the picture grows by this on every side\n"
    division = f"-{line.format('/')}+{line.format('//')}" if python == 2 else ""
    told = [line for line in proven(path).splitlines() if re.match(r"[+-](?![+-]{2})", line)]
    assert sorted(told) == sorted((division + BOTH_SIDES).splitlines())


def alone(name: str) -> str:
    """Return the text of a file with a function of the gallery, and the helpers that it calls."""
    functions: list[Any] = [CASES[name].function, gallery.pixels, gallery.total]
    body = "\n\n".join(re.sub(r"(?ms)\A@.*?(?=^def )", "", inspect.getsource(one)) for one in functions)
    imports = re.findall(r"^(?:import|from) .*", inspect.getsource(gallery), re.MULTILINE)
    words = {*re.findall(r"\w+", body)}
    used = [one for one in imports if {*re.findall(r"\w+", one.rpartition("import ")[2])} & words]
    return "\n".join([*used, "", "", body])


IN_WORDS = [  # no change that is tried makes them better
    "ndimage_of_uint8", "shifted_right", "int_of_each_product",
    "one_pixel_never_written", "python_indices", "a_clamped_column", "shifted_fourier",
    "one_list_many_times", "square_kernels_transposed", "heavier",
    "maximum", "noisy",
]  # fmt: skip
IN_PART = ["valid_and_one_less", "all_but_1_x_1_kernels", "fourier_complex", "median_around_square_kernels"]
NAMED = [name for name, case in CASES.items() if name.isidentifier() and case.verdict != "matches"]


def defined(text: str, name: str) -> Callable[..., Any]:
    """Return a function of a text, which is where its source is looked for."""
    file, names = f"<{hash(text)}>", dict[str, Any]()
    linecache.cache[file] = len(text), None, text.splitlines(True), file
    exec(compile(text, file, "exec"), names)
    function: Callable[..., Any] = names[name]
    return function


class Here(Job):
    """The search for edits, in this process: starting one for each function takes longer than all else."""

    def run_child(self, how: str, numbers: list[str]) -> Failure | None:
        def anew(text: str) -> list[Style]:
            return styles(defined(text, self.name), self.name)

        search(self.folder, numbers, anew, call, partial(tell, self.folder))
        return None


@pytest.mark.filterwarnings("ignore:Casting complex values")
@pytest.mark.parametrize("name", [name for name in NAMED if name not in IN_WORDS])
def test_functions_of_the_gallery(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What patch makes of the file is what was checked as a whole, and was right."""
    monkeypatch.setattr(fixes, "Job", Here)
    monkeypatch.setattr(fixes, "examine", lambda *given: examine(defined(given[-1].decode(), name)))
    path = tmp_path / "mine.py"
    path.write_text(alone(name))
    fix = fix_of(path, name, examine(defined(alone(name), name)))
    assert fix.verdict == ("explained" if name in IN_PART else "matches")


def test_a_method_with_tabs_a_mark_windows_lines_and_no_last_one(tmp_path: Path) -> None:
    """All else in the file stays as it is, to the byte; so does a function with a decorator."""
    body = (
        BODY.replace("    ", "\t").rstrip("\n").replace("(image, kernel):", "(self, image, kernel):  # größe")
    )
    text = f"{HEAD}import functools\n\n\n@functools.cache\ndef number():\n\treturn 3\n\n\nclass Filters:\n"
    path = tmp_path / "mine.py"
    data = (MARK + text + textwrap.indent(body, "\t") + "\n# ende").replace("\n", "\r\n").encode()
    path.write_bytes(data)
    proven(path, "Filters.convolve")
    assert path.read_bytes() == data.replace(OLD.encode(), NEW.encode())


def test_a_padding_that_names_a_side_twice(tmp_path: Path) -> None:
    """What is replaced by other names has its places, wherever the first ones end."""
    path, old = tmp_path / "mine.py", "[(kh // 2, kh // 2), (kw // 2, kw // 2)]"
    text = TRUNCATES.replace("kh, kw", "rows, columns").replace(OLD, NEW)
    made = "    pad = (columns - columns % 2) // 2\n    padded"
    text = text.replace("    padded", made).replace(old, "pad")
    path.write_text(text.replace("kh", "rows").replace("kw", "columns"))
    assert "+    pad_rows = (rows - rows % 2) // 2\n" in proven(path)


def test_a_nested_function(tmp_path: Path) -> None:
    path, inner = tmp_path / "mine.py", textwrap.indent(BODY.replace("convolve", "inner"), "    ")
    path.write_text(f"{HEAD}def convolve(image, kernel):\n{inner}\n    return inner(image, kernel)\n")
    assert f"+        return {NEW}" in proven(path)


def test_a_cell_of_a_notebook(tmp_path: Path) -> None:
    """The diff is that of the cell; the notebook that is saved has nothing else changed."""
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "source": ["%matplotlib inline\n", "import numpy as np"]},
        {"cell_type": "markdown", "source": ["# mine"]},
        {"cell_type": "code", "source": BODY},
    ]
    path, out = tmp_path / "mine.ipynb", io.StringIO()
    path.write_text(json.dumps({"cells": cells}))
    assert run_check(f"{path}:convolve", None, None, output=tmp_path / "out", json=False, out=out) == 1
    assert "    cell 2, line 8:\n    -    return np.clip(" in out.getvalue()
    saved = tmp_path / "out" / "mine_fixed.ipynb"
    cells[2]["source"] = BODY.replace(OLD, NEW)
    assert json.loads(saved.read_text()) == {"cells": cells}
    assert check_function(f"{saved}:convolve")["verdict"] == "matches"


def test_what_is_left_is_said_and_saved_but_not_over_an_input(tmp_path: Path) -> None:
    """A function of colour images stays one."""
    path, out = tmp_path / "mine.py", io.StringIO()
    path.write_text(TRUNCATES.replace("    (h,", "    image = image[:, :, 0]\n    (h,"))
    more: dict[str, Any] = {"output": tmp_path, "json": False, "out": out}
    for _ in range(2):  # what is there already is left as it is
        assert run_check(f"{path}:convolve", None, None, inputs=[str(path)], **more) == 1
    assert "With this change, this is left (tried): it takes *colour images only*" in out.getvalue()
    fixed = tmp_path / "mine_fixed.py"
    assert fixed.read_text() == path.read_text().replace(OLD, NEW)
    fixed.write_text("of my own")
    with pytest.raises(ValueError, match=r"cannot write .*mine_fixed.py: is an input"):
        run_check(f"{path}:convolve", None, None, inputs=[str(fixed)], **more)


@pytest.mark.parametrize("body", ["cv2.GaussianBlur(image, (5, 5), 0)", "image.nothing(kernel)"])
def test_nothing_is_shown_that_is_not_proven(tmp_path: Path, body: str, capsys: Any) -> None:
    path, out = tmp_path / "mine.py", io.StringIO()
    path.write_text(f"import cv2\n\n\ndef convolve(image, kernel):\n    return {body}\n")
    run_check(f"{path}:convolve", None, None, json=True, out=out)
    assert "tried):" not in out.getvalue()
    assert json.loads(capsys.readouterr().out)["fix"] is None


@pytest.mark.parametrize(
    ("border", "mode", "flag"),
    [("replicate", "edge", "REPLICATE"), ("reflect", "symmetric", "REFLECT"),
     ("reflect101", "reflect", "REFLECT_101"), ("zero", "constant", "CONSTANT"), ("wrap", "wrap", "WRAP")],
)  # fmt: skip
def test_edits_are_for_the_border_that_is_right(border: str, mode: str, flag: str) -> None:
    text = "import cv2 as cv\ndef f(image, kernel):\n    return cv.filter2D(np.pad(image, 1), -1, kernel)\n"
    edits = [changed(text, edit) for edit in paddings(Text(Source(text, 2), border))]
    assert text.replace("image, 1", f'image, 1, mode="{mode}"') in edits
    assert text.replace("1, kernel", f"1, kernel, borderType=cv.BORDER_{flag}") in edits


def test_an_edit_that_does_not_help_is_left_out(tmp_path: Path) -> None:
    """Nor is one that helps only where another one is not made."""
    text = "def convolve(image, kernel):\n    return 2 * image + 1 - 0\n"
    groups = [
        [[(40, 41, "3")], [(40, 41, "1")]],  # the factor: only 1 is right
        [[(52, 53, "2")], [(52, 53, ")")]],  # no edit of this makes it better: the second is no Python
        [[(56, 57, "1")], [(56, 57, "20")]],  # the offset: 1 takes it away
    ]
    image = np.arange(100, dtype=np.uint8).reshape(10, 10)
    np.savez(tmp_path / "0.npz", image=image, kernel=np.eye(1))
    np.savez(tmp_path / "right-0.npz", replicate=image)
    plan = {"text": text, "groups": groups, "seconds": 60, "call": "convolve(image, kernel)"}
    (tmp_path / "plan.json").write_text(json.dumps(plan))

    said: dict[str, Any] = {}
    search(tmp_path, ["0"], lambda now: styles(defined(now, "convolve"), "convolve"), call, said.__setitem__)
    assert said["chosen"] == [1, None, 0]


def test_a_diff_of_lines_without_an_end(tmp_path: Path) -> None:
    """As `diff -u` writes it; a piece in a line that was read as other code is refused."""
    path, read = tmp_path / "mine.py", "printed = 1\nx = 1"
    path.write_bytes(b"print 1\nx = 1")
    document = Document(path, path.read_bytes())
    assert document.changed([(10, 11, "2")], read) is None
    later = document.changed([(16, 17, "2")], read)
    assert later is not None
    assert later.data == b"print 1\nx = 2"
    no_end = "\n\\ No newline at end of file\n"
    assert document.diff(later).endswith(f" print 1\n-x = 1{no_end}+x = 2{no_end}")
    assert patched(path, document.diff(later)) == later.data
