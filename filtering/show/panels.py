"""The panels of one kernel: original, convolve, filter2D, difference and detail, with their labels.

The same functions draw for the viewer and for files.
"""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import cv2
import numpy as np

from filtering.compare import Comparison, difference
from filtering.describe import size_text
from filtering.exact import on_paper
from filtering.show.canvas import (
    BAD,
    FAINT,
    GAP,
    GOOD,
    INK,
    Colour,
    blank,
    draw_text,
    fit,
    mark,
    paste,
    resize,
    shrink_factors,
    text_width,
)
from filtering.show.layout import WINDOW_SIZE, Box, Layout, lay_out
from filtering.show.place import draw_arithmetic, draw_cells, kernel_cells


@dataclass(frozen=True, eq=False)
class Features:
    """Properties of a comparison that several drawings need."""

    spot: tuple[int, int]  # (x, y) of the first mismatch, or else of the strongest response
    spot_note: str
    white: int | None  # of signed responses, the one that is drawn white
    zero_sum: bool  # the weights add up to 0
    strongest: bool  # where panels shrink, they keep the strongest responses


_features: WeakKeyDictionary[Comparison, Features] = WeakKeyDictionary()


def features(comparison: Comparison) -> Features:
    """Return the features of a comparison, found once."""
    if comparison not in _features:
        signed = comparison.ours.dtype == np.int16
        weights = on_paper(comparison.kernel).values
        zero_sum = abs(float(weights.sum())) <= 1e-9 * float(np.abs(weights).sum())
        spot, note = comparison.first, "the first that differs"
        if spot is None:
            spot, note = _strongest(comparison, zero_sum or signed)
        white = signed_range(comparison.opencv) if signed else None
        _features[comparison] = Features(spot, note, white, zero_sum, zero_sum or signed)
    return _features[comparison]


def _strongest(comparison: Comparison, edges: bool) -> tuple[tuple[int, int], str]:
    """Return where an edge kernel responds most strongly, or where another one changes the image most."""
    ours = comparison.ours.reshape(comparison.ours.shape[0], -1)
    changes = ours if edges else cv2.absdiff(ours, comparison.image.reshape(ours.shape))
    low, high, lowest, highest = cv2.minMaxLoc(changes)
    x, y = highest if high >= -low else lowest
    return (x // comparison.image[0, 0].size, y), "strongest response" if edges else "largest change"


def lay_out_comparison(
    comparison: Comparison, size: tuple[int, int] = WINDOW_SIZE, *, arithmetic: bool = True
) -> Layout:
    """Return the layout for a comparison on a canvas of that size; see lay_out."""
    return lay_out(
        comparison.image.shape,
        size,
        differing=comparison.differing > 0,
        spot=features(comparison).spot,
        arithmetic=arithmetic,
    )


# ---- One kernel


def draw_comparison(comparison: Comparison, layout: Layout | None = None, times: str = "") -> np.ndarray:
    """Draw the panels of one kernel, with name, verdict and labels.

    layout: from lay_out_comparison; default: the layout of files, with the kernel in the head instead of
    the arithmetic. times: the running times, not drawn in files, so that the same run gives the same bytes.
    Returns a canvas of the layout's size.
    """
    in_file = layout is None
    layout = layout or lay_out_comparison(comparison, arithmetic=False)
    canvas = blank(*layout.size)
    left = GAP
    if in_file:
        size = fit(comparison.kernel.shape, (104, 104))
        draw_cells(canvas, kernel_cells(comparison.kernel), (GAP, GAP), size)
        left += size[0] + 2 * GAP
    _draw_head(canvas, comparison, layout, times, left)
    images: list[np.ndarray] = []
    for number, name in enumerate(layout.names):
        same = name == "filter2D" and comparison.differing == 0
        images.append(images[-1] if same else _image(comparison, layout, number))
        draw_panel(canvas, layout, number, images[-1], _label(comparison, layout, name))
    return canvas


def _draw_head(canvas: np.ndarray, comparison: Comparison, layout: Layout, times: str, left: int) -> None:
    """Draw the name and the verdict, two lines on how to read the panels, and a small difference image."""
    zoom, right = layout.zoom, layout.size[0] - GAP
    if "difference" not in layout.names:
        size = fit(comparison.image.shape, (round(110 * zoom), round(46 * zoom)))
        right -= max(size[0], text_width("difference: none", 12 * zoom))
        box = (layout.size[0] - GAP - size[0], GAP), (layout.size[0] - GAP, GAP + size[1])
        cv2.rectangle(canvas, *box, (0, 0, 0), cv2.FILLED)
        cv2.rectangle(canvas, *box, (90, 86, 84), 1)
        draw_text(canvas, "difference: none", (right, round(60 * zoom)), 12 * zoom, FAINT)
        right -= GAP
    room = canvas[:, :right]
    title = f"{comparison.name}  {size_text(comparison.kernel)}"
    draw_text(room, title, (left, round(8 * zoom)), 23 * zoom, INK)
    verdict = left + text_width(title, 23 * zoom) + 3 * GAP
    draw_text(
        room, comparison.verdict_text, (verdict, round(11 * zoom)), 19 * zoom, verdict_colour(comparison)
    )
    divisor = on_paper(comparison.kernel).divisor
    notes = (
        [f"weights / {divisor}"] * (divisor != 1) + [f"border {comparison.border}"] + [times] * (times != "")
    )
    draw_text(room, "    ".join(notes), (left, round(38 * zoom)), 15 * zoom, FAINT)
    draw_text(room, response_note(comparison), (left, round(60 * zoom)), 15 * zoom, FAINT)


def verdict_colour(comparison: Comparison) -> Colour:
    """Return green if the kernel matches, else red."""
    return GOOD if comparison.matches else BAD


def response_note(comparison: Comparison) -> str:
    """Say why panels are dark, or what the grey scale of signed responses means; empty if neither."""
    found = features(comparison)
    if found.white is not None:
        return f"grey is 0, white {found.white} and more, black {-found.white} and less"
    share = 100 * comparison.negative
    percent = "under 1" if share < 1 else "over 99" if 99 < share < 100 else f"{share:.0f}"
    negative = f"{percent} % are negative, shown black" if share else ""
    if not found.zero_sum:
        return negative
    notes = ["weights add up to 0: flat areas become 0, black"] + [negative] * (share > 0)
    brightest = int(comparison.ours.max())
    return "; ".join(notes + [f"the brightest is {brightest} of 255"] * (brightest < 128))


def draw_panel(canvas: np.ndarray, layout: Layout, number: int, image: np.ndarray, label: str) -> None:
    """Draw one panel: an image of the panel's size, and its label."""
    left, top = layout.corners[number]
    size = 15 * layout.zoom
    if text_width(label, size) > layout.panel[0]:
        label = label.split(",")[0].split(":")[0]
    room = canvas[:, : left + max(layout.panel[0], text_width("original", size))]
    draw_text(room, label, (left, top - round(1.4 * size)), size, FAINT)
    paste(canvas, image, (left, top))


def _label(comparison: Comparison, layout: Layout, name: str) -> str:
    """Return the label of a panel."""
    if name == "difference":
        if comparison.differing == 0:
            return "difference: none"
        return f"difference: {comparison.differing} differ, by up to {comparison.max_difference}"
    if name == "detail":
        return f"{comparison.function} at 100 %, {features(comparison).spot_note}"
    if name == "original":
        return name if layout.whole else "original, part"
    label = comparison.function if name == "convolve" else name
    block = shrink_factors((layout.region[3], layout.region[2]), layout.panel)
    if features(comparison).strongest and max(block) > 1:
        label += f", strongest of {block[0]} x {block[1]}"
    return label


def _image(comparison: Comparison, layout: Layout, number: int) -> np.ndarray:
    """Return the image of a panel."""
    found, name = features(comparison), layout.names[number]
    if name == "difference":
        return difference_image(comparison, layout.region, layout.panel)
    if name == "original":
        return resize(crop(comparison.image, layout.region), layout.panel)
    side = comparison.opencv if name == "filter2D" else comparison.ours
    return resize(crop(side, layout.region_of(number)), layout.panel, found.white, found.strongest)


def crop(image: np.ndarray, region: Box) -> np.ndarray:
    """Return the part of an image."""
    left, top, width, height = region
    return image[top : top + height, left : left + width]


def signed_range(responses: np.ndarray) -> int:
    """Return the response that is drawn white; its negative is black, on both sides.

    One response in a hundred may exceed it: otherwise one bright spot would turn all others grey.
    """
    every = int(np.ceil(np.sqrt(responses.size / 10**6)))  # about a million of them are enough
    strengths = np.abs(responses[::every, ::every].astype(np.int32))
    largest = int(np.percentile(strengths, 99)) or max(1, int(strengths.max()))
    return min(largest, 32767)


def difference_image(comparison: Comparison, region: Box, size: tuple[int, int]) -> np.ndarray:
    """Draw differences: black for 0, light grey for 1, white for 255; shrinking loses none.

    Below a thousand differing pixels, each is a dot of about eight screen pixels.
    """
    if comparison.differing == 0:
        return np.zeros((size[1], size[0], 3), np.uint8)
    from skimage.exposure import rescale_intensity  # here, as it takes longer to load than all the rest

    apart = difference(crop(comparison.ours, region), crop(comparison.opencv, region))
    bright = rescale_intensity(apart.astype(np.float64), in_range=(1, 255), out_range=(160, 255))
    image: np.ndarray = np.where(apart > 0, bright, 0).astype(np.uint8)
    dot = 8 if comparison.differing < 1000 else 1
    block = [
        min(whole, -(-dot * whole // shown)) for whole, shown in zip(image.shape, size[::-1], strict=True)
    ]
    if image.shape[0] > size[1] or image.shape[1] > size[0]:
        image = cv2.dilate(image, np.ones(block, np.uint8))
    return resize(image, size)


# ---- One pixel


def draw_place(
    canvas: np.ndarray,
    layout: Layout,
    comparison: Comparison,
    place: tuple[int, int],
    note: str = "",
    pinned: bool = False,
) -> None:
    """Mark the pixel (x, y) and the window around it in the panels, and draw its arithmetic.

    note: the reason for this pixel.
    """
    mark_place(canvas, layout, comparison.kernel, place)
    white = features(comparison).white
    draw_arithmetic(canvas, layout.arithmetic, comparison, place, layout.zoom, note, white, pinned)


def mark_place(canvas: np.ndarray, layout: Layout, kernel: np.ndarray, place: tuple[int, int]) -> None:
    """Mark the pixel (x, y) in all panels, and the window around it in the original."""
    rows, columns = kernel.shape
    for number in range(len(layout.names)):
        window, pixel = layout.box(number, place, (columns // 2, rows // 2)), layout.box(number, place)
        if number == 0 and window is not None:
            mark(canvas, window)
        if pixel is not None and (number > 0 or pixel[2] - pixel[0] >= 6):
            mark(canvas, pixel)
