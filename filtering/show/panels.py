"""The panels of one kernel: original, convolve, filter2D, difference and detail, with their labels.

The same functions draw for the window and for files.
"""

from collections.abc import Sequence
from math import isqrt

import cv2
import numpy as np

from filtering.compare import Comparison, counted, difference, seconds_text
from filtering.describe import size_text
from filtering.exact import on_paper
from filtering.show import canvas as draw
from filtering.show.canvas import GAP, Point
from filtering.show.layout import Layout, lay_out
from filtering.show.place import draw_arithmetic, draw_cells


def lay_out_comparison(comparison: Comparison, *, in_file: bool = False) -> Layout:
    """Return the layout for a comparison, see lay_out."""
    return lay_out(
        comparison.image.shape, differing=comparison.differing > 0, spot=comparison.spot, in_file=in_file
    )


# ---- One kernel


def draw_for_file(comparison: Comparison) -> np.ndarray:
    """Draw kernel, name, verdict and panels. The same run gives the same bytes, so there are no times."""
    layout = lay_out_comparison(comparison, in_file=True)
    canvas, size = draw.blank(*layout.size), draw.fit(comparison.kernel.shape, (104, 104))
    draw_cells(canvas, on_paper(comparison.kernel).values, (GAP, GAP), size)
    return _draw_panels(canvas, comparison, layout, size[0] + 3 * GAP)


def draw_for_window(comparison: Comparison, layout: Layout) -> np.ndarray:
    """Draw name, verdict, times and panels; the arithmetic follows."""
    seconds = map(seconds_text, (comparison.convolve_seconds, comparison.filter2d_seconds))
    times = "{} {}, filter2D {}".format(comparison.function, *seconds)
    return _draw_panels(draw.blank(*layout.size), comparison, layout, GAP, times)


def draw_loop(expected: Comparison, layout: Layout, y: int, output: np.ndarray) -> np.ndarray:
    """Draw the plain loop at work: the output up to row y, that row, and the rows under the kernel.

    expected: the finished comparison, for the range of grey.
    """
    canvas, (height, width) = draw.blank(*layout.size), expected.image.shape[:2]
    draw.text(canvas, _title(expected), (GAP, 8), 23, draw.INK)
    draw.text(canvas, f"convolve at work    border {expected.border}", (GAP, 38), 15, draw.FAINT)
    draw_panel(canvas, layout, 0, draw.resize(expected.image, layout.panel), "original")
    done = draw.resize(output, layout.panel, expected.white, expected.strongest)
    done[-(-(y + 1) * layout.panel[1] // height) :] = draw.PLATE
    draw_panel(canvas, layout, 1, done, "convolve", f": row {y + 1} of {height}")
    draw.mark(canvas, layout.box(0, (0, y), (width, expected.kernel.shape[0] // 2)), draw.INK)
    draw.mark(canvas, layout.box(1, (0, y), (width, 0)))
    return canvas


def _title(comparison: Comparison) -> str:
    return f"{comparison.name}  {size_text(comparison.kernel)}"


def _draw_panels(
    canvas: np.ndarray, comparison: Comparison, layout: Layout, left: int, *times: str
) -> np.ndarray:
    """Draw name and verdict, two lines on how to read the panels, and the panels; return the canvas."""
    verdict, divisor = comparison.verdict_text, on_paper(comparison.kernel).divisor
    room = canvas[:, : -draw.text_width(verdict, 19) - 4 * GAP]
    end = draw.text(room, _title(comparison), (left, 8), 23, draw.INK)
    draw.text(canvas, verdict, (end + 3 * GAP, 11), 19, verdict_colour(comparison))
    notes = [f"weights / {divisor}"] * (divisor != 1) + [f"border {comparison.border}", *times]
    draw.text(canvas, "    ".join(notes), (left, 38), 15, draw.FAINT)
    draw.text(canvas, response_text(comparison), (left, 60), 15, draw.FAINT)
    for number, name in enumerate(layout.names):
        image = _image(comparison, layout, number)
        draw_panel(canvas, layout, number, image, *_label(comparison, layout, name))
    return canvas


def verdict_colour(comparison: Comparison) -> draw.Colour:
    """Return green if the kernel matches, else red."""
    return draw.GOOD if comparison.matches else draw.BAD


def response_notes(comparison: Comparison, clipping: Sequence[str]) -> list[str]:
    """Say why panels are black or white, or what the grey scale of signed responses means."""
    white, brightest = comparison.white, int(comparison.ours.max())
    if white is not None:
        return [f"grey is 0, white {white} and more, black {-white} and less", *clipping]
    notes = ["flat areas become 0, black"] * comparison.zero_sum + [*clipping]
    return notes + [f"the brightest is {brightest} of 255"] * (comparison.zero_sum and brightest < 128)


def response_text(comparison: Comparison) -> str:
    """Return the response notes in one line, with what would keep the sums that are cut off."""
    dark = comparison.zero_sum and not comparison.signed
    clipping = [comparison.clipping_text] * (comparison.clipping != [])
    return "weights add up to 0: " * dark + "; ".join(response_notes(comparison, clipping))


def draw_panel(
    canvas: np.ndarray, layout: Layout, number: int, image: np.ndarray, label: str, detail: str = ""
) -> None:
    """Draw one panel: an image of the panel's size, and its label, with the detail if it has room."""
    (left, top), width = layout.corners[number], layout.panel_size(number)[0]
    if draw.text_width(label + detail, 15) <= width:
        label += detail
    draw.text(canvas[:, : left + width], label, (left, top - 21), 15, draw.FAINT)
    draw.paste(canvas, image, (left, top))


def _label(comparison: Comparison, layout: Layout, name: str) -> tuple[str, str]:
    """Return the label of a panel, and a detail for it."""
    if name == "difference":
        apart = f": {counted(comparison.differing, 'pixel')}, by up to {comparison.max_difference}"
        return name, apart if comparison.differing else ": none"
    if name == "detail":
        return f"{comparison.function} at 100 %", f", {comparison.spot_note}"
    across, down = draw.shrink_factors(comparison.image.shape, layout.panel)
    shrunk = name != "original" and comparison.strongest and max(across, down) > 1
    which = "strongest" if comparison.signed else "brightest"
    detail = f" (each dot: the {which} of {across} x {down} pixels)" if shrunk else ""
    return comparison.function if name == "convolve" else name, detail


def _image(comparison: Comparison, layout: Layout, number: int) -> np.ndarray:
    """Return the image of a panel."""
    name = layout.names[number]
    if name == "difference":
        return difference_image(comparison, layout.panel)
    if name == "original":
        return draw.resize(comparison.image, layout.panel)
    left, top, width, height = layout.regions[number]
    side = comparison.opencv if name == "filter2D" else comparison.ours
    shown = side[top : top + height, left : left + width]
    return draw.resize(shown, layout.panel_size(number), comparison.white, comparison.strongest)


def difference_image(comparison: Comparison, size: tuple[int, int]) -> np.ndarray:
    """Draw differences: black for 0, light grey for 1, white for 255; shrinking loses none.

    Where it shrinks, each is a dot, the larger the fewer they are, up to eight screen pixels wide and high.
    """
    apart = difference(comparison.ours, comparison.opencv)
    bright = 160 + (np.minimum(apart, 255) - 1) * 95 // 254
    shown = draw.resize(np.where(apart > 0, bright, 0).astype(np.uint8), size, strongest=True)
    if size[0] >= apart.shape[1] and size[1] >= apart.shape[0]:
        return shown
    dot = min(8, max(1, isqrt(size[0] * size[1] // (4 * max(1, comparison.differing)))))
    return np.asarray(cv2.dilate(shown, np.ones((dot, dot), np.uint8)))


def draw_place(canvas: np.ndarray, layout: Layout, comparison: Comparison, place: Point, kept: bool) -> None:
    """Mark the pixel (x, y) and the window around it in the panels, and draw its arithmetic."""
    rows, columns = comparison.kernel.shape
    for number in range(len(layout.names)):
        draw.mark(canvas, layout.box(number, place))
    draw.mark(canvas, layout.box(0, place, (columns // 2, rows // 2)), draw.INK)  # last: it may be as small
    note = comparison.spot_note if place == comparison.spot else ""
    draw_arithmetic(canvas, layout.arithmetic, comparison, place, note, kept=kept)
