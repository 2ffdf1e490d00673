"""The files of a run: which they are, and that none of them replaces an input."""

import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from filtering.compare import Comparison
from filtering.files import write_image
from filtering.show.canvas import DRAWING, response_image
from filtering.show.panels import draw_comparison, draw_sheet, signed_range

OUTPUT = Path("output")  # default output folder


class Saver:
    """Save the images of a run in one folder.

    folder: created if missing. stem: the begin of all file names. names: of the kernels. inputs: files
    that the run reads; they are never overwritten. Raises ValueError if the folder or a file cannot be written.
    """

    def __init__(self, folder: Path, stem: str, names: Iterable[str], inputs: Iterable[str | Path]) -> None:
        self.folder, self.stem = folder, stem
        self.files: dict[str, list[Path]] = {}  # by kernel, as far as saved
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise ValueError(f"cannot write to {folder}: {_reason(error)}") from None
        inputs = [Path(read) for read in inputs if Path(read).exists()]
        for target in [self._path("sheet"), *(path for name in names for path in self._paths(name))]:
            _check_target(target, inputs)

    def save(self, comparison: Comparison) -> list[Path]:
        """Save convolve's result in full size, and the panels; return the paths."""
        result, panels = self._paths(comparison.name)
        ours = comparison.ours
        if ours.dtype == np.int16:
            ours = response_image(ours, signed_range(comparison.opencv))
        write_image(result, ours)
        write_image(panels, draw_comparison(comparison), DRAWING)
        self.files[comparison.name] = [result, panels]
        return [result, panels]

    def save_sheet(self, heading: str, comparisons: list[Comparison]) -> Path:
        """Save the sheet of all kernels; return its path."""
        path = self._path("sheet")
        write_image(path, draw_sheet(heading, comparisons), DRAWING)
        return path

    def _path(self, end: str) -> Path:
        return self.folder / f"{self.stem}_{end}.png"

    def _paths(self, name: str) -> list[Path]:
        return [self._path(name), self._path(f"{name}_compare")]


def _check_target(path: Path, inputs: list[Path]) -> None:
    """Raise ValueError if no file can be written to this path, or if it is an input."""
    try:
        if path.is_dir() and not path.is_symlink():
            raise ValueError(f"cannot write {path}: it is a folder")
        path.lstat()
        if path.exists() and any(path.samefile(read) for read in inputs):
            raise ValueError(f"cannot write {path}: it is an input; choose another --output")
    except FileNotFoundError:
        pass
    except OSError as error:
        raise ValueError(f"cannot write {path}: {_reason(error)}") from None


def _reason(error: OSError) -> str:
    """Return the reason of an error in lower case, as it follows a colon."""
    if isinstance(error, FileExistsError | NotADirectoryError):
        return "not a folder"
    return (error.strerror or str(error)).lower()
