"""Files that are changed at some places: all else in them stays as it is, to the byte."""

import io
import json
import textwrap
from pathlib import Path
from typing import Any

from written import NEW, OLD, WRONG, patched, proven

from filtering.check import check_function
from filtering.check.command import run_check
from filtering.check.document import MARK, Document


def test_a_method_with_tabs_a_mark_windows_lines_and_no_last_one(tmp_path: Path) -> None:
    head, _, body = WRONG.replace("    ", "\t").rstrip("\n").partition("def convolve")
    text = f"{head}import functools\n\n\n@functools.cache\ndef number():\n\treturn 3\n\n\nclass Filters:\n"
    body = "def convolve" + body.replace("(image, kernel):", "(self, image, kernel):  # größe")
    path = tmp_path / "mine.py"
    data = (MARK + text + textwrap.indent(body, "\t") + "\n# ende").replace("\n", "\r\n").encode()
    path.write_bytes(data)
    proven(path, "Filters.convolve")
    assert path.read_bytes() == data.replace(OLD.encode(), NEW.encode())


def test_a_cell_of_a_notebook(tmp_path: Path) -> None:
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "source": ["%matplotlib inline\n", "!pip install numpy\n", "x = 1"]},
        {"cell_type": "markdown", "source": ["# mine"]},
        {"cell_type": "code", "source": WRONG},
    ]
    path, out = tmp_path / "mine.ipynb", io.StringIO()
    path.write_text(json.dumps({"cells": cells}))
    assert run_check(f"{path}:convolve", None, None, output=tmp_path / "out", json=False, out=out) == 1
    assert "    cell 2, line 12:\n    -            output[y, x] = np.clip(" in out.getvalue()
    saved = tmp_path / "out" / "mine_fixed.ipynb"
    cells[2]["source"] = WRONG.replace(OLD, NEW)
    assert json.loads(saved.read_text()) == {"cells": cells}
    assert check_function(f"{saved}:convolve")["verdict"] == "matches"


def test_a_diff_of_lines_without_an_end_and_with_a_mark(tmp_path: Path) -> None:
    """As `diff -u` writes it; a piece in a line that was read as other code is refused."""
    path, read = tmp_path / "mine.py", "printed = 1\nx = 1"
    path.write_bytes(f"{MARK}print 1\nx = 1".encode())
    document = Document(path, path.read_bytes())
    assert document.changed([(10, 11, "2")], read) is None
    later = document.changed([(16, 17, "2")], read)
    assert later is not None
    assert later.data == f"{MARK}print 1\nx = 2".encode()
    no_end = "\n\\ No newline at end of file\n"
    assert document.diff(later).endswith(f" {MARK}print 1\n-x = 1{no_end}+x = 2{no_end}")
    assert patched(path, document.diff(later)) == later.data
