"""A Python file or a notebook as text that is changed at exact places, with all else kept as it is."""

import difflib
import json
from dataclasses import dataclass
from pathlib import Path

from filtering.check.loading import decoded, raw_cells
from filtering.check.trying import Piece, changed

MARK = "\ufeff"  # of bytes, at the beginning of a file


@dataclass(frozen=True)
class Document:
    """The bytes of a file, and its text: of a notebook, that of its cells with code."""

    path: Path
    data: bytes

    @property
    def cells(self) -> list[str]:
        """The texts: one of a Python file, one for each cell of a notebook."""
        if self.path.suffix == ".ipynb":
            return raw_cells(self.data)
        return [decoded(self.data)[0]]

    def changed(self, pieces: list[Piece], seen: str) -> "Document | None":
        """Return it with pieces of the text replaced; None where that cannot be done.

        seen: the text as it was parsed, in which the pieces lie: its lines differ where they are Python 2, or
        no Python.
        """
        notebook = self.path.suffix == ".ipynb"
        text = "\n".join("\f" * notebook + cell for cell in self.cells)
        lines, parsed = text.split("\n"), seen.split("\n")
        moved = []
        for start, end, new in pieces:
            first, last = seen.count("\n", 0, start), seen.count("\n", 0, end)
            if lines[first : last + 1] != parsed[first : last + 1]:
                return None
            before = sum(len(line) + 1 for line in lines[:first]) - sum(
                len(line) + 1 for line in parsed[:first]
            )
            moved.append((start + before, end + before, new))
        new_text = changed(text, moved)
        if new_text is None:
            return None
        if notebook:
            return self._with_cells(new_text[1:].split("\n\f"))
        _, encoding = decoded(self.data)
        same = text.encode(encoding, "replace") == self.data
        return Document(self.path, new_text.encode(encoding, "replace")) if same else None

    def _with_cells(self, cells: list[str]) -> "Document | None":
        """Return the notebook with these cells of code."""
        book = json.loads(self.data)
        code = [cell for cell in book["cells"] if cell.get("cell_type") == "code"]
        if len(code) != len(cells):
            return None
        for cell, text in zip(code, cells, strict=True):
            cell["source"] = text.splitlines(keepends=True) if isinstance(cell["source"], list) else text
        text = json.dumps(book, indent=1, ensure_ascii=False)
        return Document(self.path, (text + "\n" * self.data.endswith(b"\n")).encode())

    def hunks(self, other: "Document") -> list[list[str]]:
        """Return where another state of the file differs, and the lines that go and come."""
        found = []
        for number, (before, after) in enumerate(zip(self.cells, other.cells, strict=True), 1):
            where = f"cell {number}, " if self.path.suffix == ".ipynb" else ""
            old, new = before.splitlines(), after.splitlines()
            for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
                if tag != "equal":
                    lines = [*(f"-{line}" for line in old[a:b]), *(f"+{line}" for line in new[c:d])]
                    found.append([f"{where}line {min(a + 1, len(old))}:", *lines])
        return found

    def diff(self, other: "Document", context: int = 3) -> str:
        """Return the unified diff to another state of the file; of a notebook, that of each cell."""
        name = self.path.as_posix()
        name = self.path.name if self.path.is_absolute() or ".." in self.path.parts else name
        lines: list[str] = []
        for number, (before, after) in enumerate(zip(self.cells, other.cells, strict=True), 1):
            where = f"cell {number}" if self.path.suffix == ".ipynb" else ""
            texts = (self._lines(before), self._lines(after))
            lines += difflib.unified_diff(*texts, f"a/{name}", f"b/{name}", where, where, context)
        return "".join(
            line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
        )

    def _lines(self, text: str) -> list[str]:
        """Return the lines of a text with their ends, and the mark of its bytes in the first one."""
        mark = MARK if self.data.startswith(MARK.encode()) else ""
        *lines, last = (mark + text).split("\n")
        return [f"{line}\n" for line in lines] + [last] * bool(last)
