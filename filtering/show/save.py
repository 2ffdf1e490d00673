"""The files of a run: which they are, and that none of them replaces an input."""

import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from filtering.compare import Comparison
from filtering.files import check_target, reason, write_bytes, write_image
from filtering.report import printable
from filtering.show import canvas as draw
from filtering.show.canvas import Point
from filtering.show.page import page_html
from filtering.show.panels import draw_for_file
from filtering.show.place import draw_picture
from filtering.show.sheet import draw_sheet

OUTPUT = Path("output")  # default output folder


def _at(place: Point) -> str:
    return f"_at_{place[0]}_{place[1]}"


class Saver:
    """Save the images of a run in one folder.

    folder: created if missing. inputs: the files that the run reads, none of which is ever overwritten, as
    no other file is beside the first, unless this program wrote it; that is the image, whose stem all names
    begin with. names: of the kernels. places: save the arithmetic at these pixels (x, y) of each kernel as
    well. flipped: the kernels were turned by 180 degrees. wanted: save every kernel and the overview, not
    only on request. others: what the names of further files end with.
    """

    def __init__(
        self,
        folder: Path,
        inputs: Sequence[str],
        names: Iterable[str],
        places: Sequence[Point] = (),
        *,
        flipped: bool = False,
        wanted: bool = True,
        others: Sequence[str] = (),
    ) -> None:
        self.folder, self.given, self.image = folder, inputs[0], Path(inputs[0])
        self.places, self.flipped, self.wanted = places, flipped, wanted
        self.files: dict[str, list[Path]] = {}  # by kernel, as far as saved
        self.sheet: Path | None = None
        self.page: Path | None = None
        parts = ["", "_compare", "_signed", *map(_at, places)]
        self._ends = [f"_{name}{part}.png" for name in names for part in parts]
        self._ends += [".html", "_sheet.png", *others]
        self._inputs = list(map(Path, inputs))

    def prepare(self) -> None:
        """Make the folder; raise ValueError where it or one of the files cannot be written."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                pass
        except OSError as error:
            raise ValueError(f"cannot write to {self.folder}: {reason(error)}") from None
        for end in self._ends:
            self._check(end)

    def keep(self, comparison: Comparison) -> None:
        """Save a kernel, if every one is to be saved."""
        if self.wanted:
            self.save(comparison, self.places)

    def keep_overview(self, comparisons: Sequence[Comparison]) -> None:
        """Save the page, and of several kernels the sheet, if every one is to be saved."""
        if self.wanted and comparisons:
            self.save_page(comparisons, next(iter(self.places), None))
            if len(comparisons) > 1:
                self.save_sheet(comparisons)

    def save(
        self, comparison: Comparison, places: Sequence[Point] = (), seen: np.ndarray | None = None
    ) -> list[Path]:
        """Save convolve's result in full size, signed responses also as they are, and the panels.

        places: save the arithmetic at these pixels as well. seen: save this as what the window shows. Returns
        the paths.
        """
        name, images = comparison.name, {"": comparison.ours}
        if comparison.white is not None:
            images = {"": draw.response_image(comparison.ours, comparison.white)}
            # uint16, since PNG has no negative numbers: 32768 is zero.
            images["_signed"] = (comparison.ours.astype(np.int32) + 32768).astype(np.uint16)
        drawings = {"_compare": draw_for_file(comparison)}
        drawings |= {_at(place): draw_picture(comparison, place) for place in places}
        if seen is not None:
            drawings["_window"] = seen
        paths = [self.save_image(f"_{name}{end}", image) for end, image in images.items()]
        paths += [self.save_image(f"_{name}{end}", image, draw.DRAWING) for end, image in drawings.items()]
        # A kernel may be saved again, with the arithmetic at another pixel.
        self.files[name] = list(dict.fromkeys([*self.files.get(name, []), *paths]))
        return paths

    def save_sheet(self, comparisons: Sequence[Comparison]) -> Path:
        """Save the sheet of all kernels; return its path."""
        sheet = draw_sheet(self.image.name, comparisons, flipped=self.flipped)
        self.sheet = self.save_image("_sheet", sheet, draw.DRAWING)
        return self.sheet

    def save_page(self, comparisons: Sequence[Comparison], place: Point | None) -> Path:
        """Save the page, which opens at this pixel; return its path."""
        self.page = self.save_text(".html", page_html(self.given, comparisons, place, self.flipped))
        return self.page

    def save_text(self, end: str, text: str) -> Path:
        """Save a text under a name that ends so; return its path."""
        path = self._target(end)
        write_bytes(path, text.encode())
        return path

    def save_image(self, end: str, image: np.ndarray, settings: Sequence[int] = ()) -> Path:
        """Save an image under a name that ends so; return its path. settings: of cv2.imencode."""
        path = self._target(f"{end}.png")
        write_image(path, image, settings)
        return path

    def summary(self) -> str:
        """Return one line about what was saved, without control characters."""
        saved = [f"the images in {self.folder}{os.sep}"] * bool(self.files)
        saved += [f"all kernels in {self.sheet}"] * (self.sheet is not None)
        told = [f"saved {', '.join(saved)}"] * bool(saved)
        told += [f"open {self.page} in a browser to see every pixel"] * (self.page is not None)
        return printable("; ".join(told)) or (
            "nothing was saved" if self.wanted else "nothing is saved without --output"
        )

    def _target(self, end: str) -> Path:
        """Return the path of a file that is to be written now."""
        self.prepare()
        return self._check(end)

    def _check(self, end: str) -> Path:
        """Return the path of a file; raise ValueError if it must not be written."""
        path = self.folder / f"{self.image.stem}{end}"
        check_target(path, self._inputs, [self.image.parent])
        return path
