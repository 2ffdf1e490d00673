"""The panels of one kernel: original, convolve, filter2D, difference and detail, with their labels.

The same functions draw for the window and for files.
"""

import cv2
import numpy as np

from filtering.compare import Comparison, difference, seconds_text
from filtering.describe import size_text
from filtering.exact import on_paper
from filtering.show import canvas as draw
from filtering.show.canvas import GAP, Point
from filtering.show.layout import Layout, lay_out
from filtering.show.place import draw_arithmetic, draw_cells, kernel_cells


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
    draw_cells(canvas, kernel_cells(comparison.kernel), (GAP, GAP), size)
    _draw_head(canvas, comparison, layout, size[0] + 3 * GAP, [])
    _draw_panels(canvas, comparison, layout)
    return canvas


def draw_for_window(comparison: Comparison, layout: Layout) -> np.ndarray:
    """Draw name, verdict, times and panels; the arithmetic follows."""
    canvas, seconds = draw.blank(*layout.size), (comparison.convolve_seconds, comparison.filter2d_seconds)
    times = "{} {}, filter2D {}".format(comparison.function, *map(seconds_text, seconds))
    _draw_head(canvas, comparison, layout, GAP, [times])
    _draw_panels(canvas, comparison, layout)
    return canvas


def draw_loop(expected: Comparison, layout: Layout, y: int, output: np.ndarray) -> np.ndarray:
    """Draw the plain loop at work: the output up to row y.

    expected: the finished comparison, for the range of grey.
    """
    canvas, (height, width) = draw.blank(*layout.size), expected.image.shape[:2]
    draw.text(canvas, f"{expected.name}  {size_text(expected.kernel)}", (GAP, 8), 23, draw.INK)
    draw.text(canvas, f"convolve at work    border {expected.border}", (GAP, 38), 15, draw.FAINT)
    draw_panel(canvas, layout, 0, draw.resize(expected.image, layout.panel), "original")
    done = draw.resize(output, layout.panel, expected.white, expected.strongest)
    done[-(-(y + 1) * layout.panel[1] // height) :] = draw.PLATE
    draw_panel(canvas, layout, 1, done, "convolve", f": row {y + 1} of {height}")
    for number in (0, 1):
        row = layout.box(number, (0, y), (width, expected.kernel.shape[0] // 2 * (number == 0)))
        assert row is not None
        draw.mark(canvas, row, draw.INK if number == 0 else draw.MARK)
    return canvas


def _draw_head(
    canvas: np.ndarray, comparison: Comparison, layout: Layout, left: int, times: list[str]
) -> None:
    """Draw name and verdict, two lines on how to read the panels, and that there is no difference."""
    right = layout.size[0] - GAP
    if "difference" not in layout.names:
        size = draw.fit(comparison.image.shape, (110, 46))
        cv2.rectangle(canvas, (right - size[0], GAP), (right, GAP + size[1]), (0, 0, 0), cv2.FILLED)
        cv2.rectangle(canvas, (right - size[0], GAP), (right, GAP + size[1]), (90, 86, 84), 1)
        right -= max(size[0], draw.text_width("difference: none", 12))
        draw.text(canvas, "difference: none", (right, 60), 12, draw.FAINT)
    room, title = canvas[:, : right - GAP], f"{comparison.name}  {size_text(comparison.kernel)}"
    draw.text(room, title, (left, 8), 23, draw.INK)
    verdict = left + draw.text_width(title, 23) + 3 * GAP
    draw.text(room, comparison.verdict_text, (verdict, 11), 19, verdict_colour(comparison))
    divisor = on_paper(comparison.kernel).divisor
    notes = [f"weights / {divisor}"] * (divisor != 1) + [f"border {comparison.border}", *times]
    draw.text(room, "    ".join(notes), (left, 38), 15, draw.FAINT)
    draw.text(room, response_text(comparison), (left, 60), 15, draw.FAINT)


def verdict_colour(comparison: Comparison) -> draw.Colour:
    """Return green if the kernel matches, else red."""
    return draw.GOOD if comparison.matches else draw.BAD


def response_notes(comparison: Comparison) -> list[str]:
    """Say why panels are dark, or what the grey scale of signed responses means."""
    white = comparison.white
    if white is not None:
        return [f"grey is 0, white {white} and more, black {-white} and less"]
    share = 100 * comparison.negative
    percent = "under 1" if share < 1 else "over 99" if 99 < share < 100 else f"{share:.0f}"
    notes = ["flat areas become 0, black"] * comparison.zero_sum
    notes += [f"{percent} % are negative, shown black"] * (share > 0)
    brightest = int(comparison.ours.max())
    return notes + [f"the brightest is {brightest} of 255"] * (comparison.zero_sum and brightest < 128)


def response_text(comparison: Comparison) -> str:
    """Return the response notes in one line."""
    dark = comparison.zero_sum and not comparison.signed
    return "weights add up to 0: " * dark + "; ".join(response_notes(comparison))


def _draw_panels(canvas: np.ndarray, comparison: Comparison, layout: Layout) -> None:
    for number, name in enumerate(layout.names):
        image = _image(comparison, layout, number)
        draw_panel(canvas, layout, number, image, *_label(comparison, layout, name))


def draw_panel(
    canvas: np.ndarray, layout: Layout, number: int, image: np.ndarray, label: str, detail: str = ""
) -> None:
    """Draw one panel: an image of the panel's size, and its label, with the detail if it has room."""
    left, top = layout.corners[number]
    if draw.text_width(label + detail, 15) <= layout.panel[0]:
        label += detail
    room = canvas[:, : left + max(layout.panel[0], draw.text_width("original", 15))]
    draw.text(room, label, (left, top - 21), 15, draw.FAINT)
    draw.paste(canvas, image, (left, top))


def _label(comparison: Comparison, layout: Layout, name: str) -> tuple[str, str]:
    """Return the label of a panel, and a detail for it."""
    if name == "difference":
        apart = f": {comparison.differing} differ, by up to {comparison.max_difference}"
        return name, apart if comparison.differing else ": none"
    if name == "detail":
        return f"{comparison.function} at 100 %", f", {comparison.spot_note}"
    block = draw.shrink_factors(comparison.image.shape, layout.panel)
    shrunk = name != "original" and comparison.strongest and max(block) > 1
    detail = f", strongest of {block[0]} x {block[1]}" if shrunk else ""
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
    return draw.resize(shown, layout.panel, comparison.white, comparison.strongest)


def difference_image(comparison: Comparison, size: tuple[int, int]) -> np.ndarray:
    """Draw differences: black for 0, light grey for 1, white for 255; shrinking loses none.

    Below a thousand differing pixels, each is a dot of about eight screen pixels.
    """
    if comparison.differing == 0:
        return np.zeros((size[1], size[0], 3), np.uint8)
    apart = difference(comparison.ours, comparison.opencv)
    bright = 160 + (np.minimum(apart, 255) - 1) * 95 // 254
    image: np.ndarray = np.where(apart > 0, bright, 0).astype(np.uint8)
    dot = 8 if comparison.differing < 1000 else 1
    block = [
        min(whole, -(-dot * whole // shown)) for whole, shown in zip(image.shape, size[::-1], strict=True)
    ]
    if image.shape[0] > size[1] or image.shape[1] > size[0]:
        image = cv2.dilate(image, np.ones(block, np.uint8))
    return draw.resize(image, size)


# ---- One pixel


def draw_place(
    canvas: np.ndarray, layout: Layout, comparison: Comparison, place: Point, *, kept: bool
) -> None:
    """Mark the pixel (x, y) and the window around it in the panels, and draw its arithmetic."""
    rows, columns = comparison.kernel.shape
    for number in range(len(layout.names)):
        window, pixel = layout.box(number, place, (columns // 2, rows // 2)), layout.box(number, place)
        if number == 0 and window is not None:
            draw.mark(canvas, window, draw.INK)
        if pixel is not None and (number > 0 or pixel[2] - pixel[0] >= 6):
            draw.mark(canvas, pixel)
    note = comparison.spot_note if place == comparison.spot else ""
    draw_arithmetic(canvas, layout.arithmetic, comparison, place, note, kept=kept)
