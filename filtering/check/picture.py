"""Draw an output of the examined function, that of filter2D, and where they differ, side by side."""

from pathlib import Path

import cv2
import numpy as np

from filtering.check.advice import Difference, Examination
from filtering.files import write_image
from filtering.show import canvas as draw
from filtering.show.canvas import GAP

PANEL = 288  # pixels: the least width of each of the three
HEAD = 36


def save_picture(examination: Examination, folder: Path) -> Path | None:
    """Save `<function>_check.png` in the folder and return its path; None if there is no output to draw."""
    difference = shown(examination)
    if difference is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    file, name = Path(examination.file).stem or "function", examination.name.replace("<lambda>", "lambda")
    path = folder / f"{file}_{name}_check.png"
    write_image(path, draw_difference(difference), draw.DRAWING)
    return path


def shown(examination: Examination) -> Difference | None:
    """Return the outputs to draw: of the user's image if there is one, else of the example."""
    real = [one for one in examination.differences if one.output.dtype.kind != "c"]
    own = [one for one in real if one.probe.purpose == "yours"]
    if own:
        return max(own, key=lambda one: one.probe.image.size)
    example = [examination.example[0]] if examination.example is not None else []
    return next((one for one in [*example, *real] if one.output.dtype.kind != "c"), None)


def draw_difference(difference: Difference) -> np.ndarray:
    """Return the three panels as a colour image, each pixel of the output as a square."""
    height, width = difference.right.shape
    scale = max(1, PANEL // width)
    yours = np.clip(np.nan_to_num(difference.output.astype(np.float64)), 0, 255).astype(np.uint8)
    right = cv2.cvtColor(difference.right.astype(np.uint8), cv2.COLOR_GRAY2BGR)
    marked = np.where(difference.differing[..., np.newaxis], np.array(draw.BAD, np.uint8), right // 3)
    label = f"{np.count_nonzero(difference.differing)} pixels differ"
    step = max(width * scale, PANEL) + GAP
    canvas = draw.blank(3 * step + GAP, height * scale + HEAD + GAP)
    for number, (text, panel) in enumerate([("your function", yours), ("filter2D", right), (label, marked)]):
        left = GAP + number * step
        draw.text(canvas, text, (left, GAP), 17, draw.INK)
        draw.paste(canvas, draw.resize(panel, (width * scale, height * scale)), (left, HEAD))
    return canvas
