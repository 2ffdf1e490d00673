"""The files of a run: which they are, and that none of them replaces an input."""

import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from filtering.compare import Comparison
from filtering.files import write_image
from filtering.report import ERRORS, error_text
from filtering.show.canvas import DRAWING, response_image
from filtering.show.panels import draw_comparison, signed_range

OUTPUT = Path("output")  # default output folder


class Saver:
    """Save the images of a run in one folder.

    folder: created if missing. image: the path of the image, whose stem all file names begin with. names: of
    the kernels. inputs: further files that the run reads; none of them is ever overwritten.
    """

    def __init__(self, folder: Path, image: str, names: Iterable[str], inputs: Iterable[str]) -> None:
        self.folder, self.stem = folder, Path(image).stem
        self.files: dict[str, list[Path]] = {}  # by kernel, as far as saved
        self._names, self._inputs = list(names), [image, *inputs]
        self._prepared = False

    def prepare(self) -> None:
        """Make the folder; raise ValueError where it or one of the files cannot be written."""
        if self._prepared:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                pass
        except OSError as error:
            raise ValueError(f"cannot write to {self.folder}: {_reason(error)}") from None
        inputs = [Path(read) for read in self._inputs if Path(read).exists()]
        for target in [self._path("sheet"), *(path for name in self._names for path in self._paths(name))]:
            _check_target(target, inputs)
        self._prepared = True

    def save(self, comparison: Comparison) -> list[Path]:
        """Save convolve's result in full size, and the panels; return the paths."""
        self.prepare()
        result, panels = self._paths(comparison.name)
        ours = comparison.ours
        if ours.dtype == np.int16:
            ours = response_image(ours, signed_range(comparison.opencv))
        write_image(result, ours)
        write_image(panels, draw_comparison(comparison), DRAWING)
        self.files[comparison.name] = [result, panels]
        return [result, panels]

    def save_on_request(self, comparison: Comparison) -> str:
        """Save the images of one kernel; return a message about it, also where that fails."""
        try:
            return "saved " + " and ".join(map(str, self.save(comparison)))
        except ERRORS as error:
            return f"not saved: {error_text(error)}"

    def save_sheet(self, sheet: np.ndarray) -> Path:
        """Save the sheet of all kernels; return its path."""
        path = self._path("sheet")
        write_image(path, sheet, DRAWING)
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
