"""The files of a run: which they are, and that none of them replaces an input."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from filtering.compare import Comparison
from filtering.files import reason, write_bytes, write_image
from filtering.report import ERRORS, error_text
from filtering.show.canvas import DRAWING, response_image
from filtering.show.page import page_html
from filtering.show.panels import draw_comparison, features
from filtering.show.place import draw_picture
from filtering.show.sheet import draw_sheet

OUTPUT = Path("output")  # default output folder


class Saver:
    """Save the images of a run in one folder.

    folder: created if missing. image: the path of the image, whose stem all file names begin with. names: of
    the kernels. inputs: further files that the run reads; none of them is ever overwritten.
    """

    def __init__(self, folder: Path, image: str, names: Iterable[str], inputs: Iterable[str]) -> None:
        self.folder, self.stem = folder, Path(image).stem
        self.files: dict[str, list[Path]] = {}  # by kernel, as far as saved
        self.sheet: Path | None = None
        self.page: Path | None = None
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
            raise ValueError(f"cannot write to {self.folder}: {reason(error)}") from None
        ends = [name + end for name in self._names for end in ("", "_compare", "_signed")]
        for path in [self._page_path, *(self._path(end) for end in ["sheet", *ends])]:
            _check_target(path, self._existing_inputs())
        self._prepared = True

    def save(self, comparison: Comparison, place: tuple[int, int] | None = None) -> list[Path]:
        """Save convolve's result in full size, signed responses also as they are, and the panels.

        place: (x, y), save the arithmetic at this pixel as well. Returns the paths.
        """
        white = features(comparison).white
        images = {"": comparison.ours}
        if white is not None:
            # uint16, since PNG has no negative numbers: 32768 is zero.
            images = {"": response_image(comparison.ours, white)}
            images["_signed"] = (comparison.ours.astype(np.int32) + 32768).astype(np.uint16)
        images["_compare"] = draw_comparison(comparison)
        if place is not None:
            images[f"_at_{place[0]}_{place[1]}"] = draw_picture(comparison, place, white)
        paths = [self._write(comparison.name + end, image) for end, image in images.items()]
        self.files[comparison.name] = paths
        return paths

    def save_on_request(self, comparison: Comparison, screen: np.ndarray, pin: tuple[int, int] | None) -> str:
        """Save the same files and the screen; return a message, also where that fails."""
        try:
            paths = [*self.save(comparison, pin), self._write(f"{comparison.name}_window", screen)]
        except ERRORS as error:
            return f"not saved: {error_text(error)}"
        return f"saved in {self.folder}{os.sep}: {', '.join(path.name for path in paths)}"

    def save_sheet(self, sheet: np.ndarray) -> Path:
        """Save the sheet of all kernels; return its path."""
        self.sheet = self._write("sheet", sheet)
        return self.sheet

    def save_overview(
        self, title: str, comparisons: list[Comparison], place: tuple[int, int] | None, flipped: bool
    ) -> None:
        """Save the page, and of several kernels the sheet.

        title: as for report.heading. place, flipped: as for page_html.
        """
        if len(comparisons) > 1:
            self.save_sheet(draw_sheet(title, comparisons))
        html = page_html(Path(self._inputs[0]).name, comparisons, place, flipped)
        _check_target(self._page_path, self._existing_inputs())
        write_bytes(self._page_path, html.encode())
        self.page = self._page_path

    def summary(self) -> str:
        """Return one line about what was saved."""
        if not self.files:
            return "nothing is saved without --output"
        sheet = f", all kernels in {self.sheet}" if self.sheet else ""
        page = f"; open {self.page} in a browser to see every pixel" if self.page else ""
        return f"saved the images in {self.folder}{os.sep}{sheet}{page}"

    def save_sheet_on_request(self, sheet: np.ndarray) -> str:
        """Save the sheet; return a message, also where that fails."""
        try:
            return f"saved {self.save_sheet(sheet)}"
        except ERRORS as error:
            return f"not saved: {error_text(error)}"

    def _write(self, end: str, image: np.ndarray) -> Path:
        """Save an image under a name that ends so; return its path."""
        self.prepare()
        path = self._path(end)
        _check_target(path, self._existing_inputs())
        write_image(path, image, DRAWING if image.ndim == 3 and image.shape[1] < 3000 else ())
        return path

    def _existing_inputs(self) -> list[Path]:
        return [Path(read) for read in self._inputs if Path(read).exists()]

    @property
    def _page_path(self) -> Path:
        return self.folder / f"{self.stem}.html"

    def _path(self, end: str) -> Path:
        return self.folder / f"{self.stem}_{end}.png"


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
        raise ValueError(f"cannot write {path}: {reason(error)}") from None
