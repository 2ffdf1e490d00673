"""The text of a function, and of functions in it, and what is added to it."""

import ast
import textwrap
from pathlib import Path

from written import OLD, WRONG, proven

from filtering.check.source import Source
from filtering.check.text import Text
from filtering.check.trying import changed

CUT = "np.clip(output, 0, 255)"


def test_a_nested_function(tmp_path: Path) -> None:
    path, (head, _, body) = tmp_path / "mine.py", WRONG.partition("def convolve")
    body = body.replace("dtype=np.uint8", "").replace(OLD, "total")
    inner = textwrap.indent(f"def inner{body}".replace("output\n", f"{CUT}.astype('uint8')\n"), "    ")
    path.write_text(f"{head}def convolve(image, kernel):\n{inner}\n    return inner(image, kernel)\n")
    assert f"+        return np.rint({CUT}).astype" in proven(path)


def test_lines_that_are_added() -> None:
    """Behind a comment, and behind a docstring; a function of one line gets none."""
    code = 'def f(image, kernel):\n    "doc"\n    size = 3  # why\n    return image\n'
    text = Text(Source(code, 1))
    ((statement, _),) = text.each(ast.Assign)
    pieces = [*text.first("one", "two"), text.below(statement, "three")]
    added = code.replace("    size", "    one\n    two\n    size").replace("# why", "# why\n    three")
    assert changed(code, pieces) == added
    assert Text(Source("def f(image, kernel): return image", 1)).first("one") == []
