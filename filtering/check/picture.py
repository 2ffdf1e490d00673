"""Draw an output of the examined function, that of filter2D, and where they differ, side by side."""

from pathlib import Path

import cv2
import numpy as np

from filtering.check.advice import Difference, Examination
from filtering.files import write_image

PANEL = 288  # pixels: the least width of each of the three
MARGIN, HEAD = 12, 36
ORANGE = (0, 120, 255)  # blue, green, red: pixels that differ


def save_picture(examination: Examination, folder: Path) -> Path | None:
    """Save `<function>_check.png` in the folder and return its path; None if there is no output to draw."""
    difference = shown(examination)
    if difference is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    file, name = Path(examination.file).stem or "function", examination.name.replace("<lambda>", "lambda")
    path = folder / f"{file}_{name}_check.png"
    write_image(path, draw(difference))
    return path


def shown(examination: Examination) -> Difference | None:
    """Return the outputs to draw: of the user's image if there is one, else of the example."""
    real = [one for one in examination.differences if one.output.dtype.kind != "c"]
    own = [one for one in real if one.probe.purpose == "yours"]
    if own:
        return max(own, key=lambda one: one.probe.image.size)
    example = examination.example
    if example is not None and example[0].output.dtype.kind != "c":
        return example[0]
    return real[0] if real else None


def draw(difference: Difference) -> np.ndarray:
    """Return the three panels as a colour image, each pixel of the output as a square."""
    height, width = difference.right.shape
    scale = max(1, PANEL // width)
    labels = ["your function", "filter2D", f"{np.count_nonzero(difference.differing)} pixels differ"]
    yours = np.clip(np.nan_to_num(difference.output.astype(np.float64)), 0, 255).astype(np.uint8)
    panels = [cv2.cvtColor(side, cv2.COLOR_GRAY2BGR) for side in (yours, difference.right.astype(np.uint8))]
    marked = np.where(difference.differing[..., np.newaxis], ORANGE, difference.right[..., np.newaxis] // 3)
    panels.append(marked.astype(np.uint8))
    wide = max(width * scale, PANEL)
    canvas = np.full((height * scale + HEAD + MARGIN, 3 * (wide + MARGIN) + MARGIN, 3), 255, np.uint8)
    for number, (panel, label) in enumerate(zip(panels, labels, strict=True)):
        left = MARGIN + number * (wide + MARGIN)
        large = panel.repeat(scale, axis=0).repeat(scale, axis=1)
        canvas[HEAD : HEAD + large.shape[0], left : left + large.shape[1]] = large
        cv2.putText(
            canvas, label, (left, HEAD - 12), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 1, cv2.LINE_AA
        )
    return canvas
