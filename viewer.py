"""What people look at: the panels of one kernel, the sheet of all of them, in windows and on disk."""

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
from skimage.exposure import rescale_intensity

from compare import Comparison, difference
from kernels import size_text
from pixels import write_picture

WINDOW_SIZE = (1280, 640)  # fits a laptop's 1366 x 768 with the desktop's own bars
SHEET_WIDTH = 1000  # what a README page shows without shrinking
GAP = 8
PAPER = (32, 32, 32)  # blue, green, red, like all of OpenCV's colours
INK = (235, 235, 235)
FAINT = (165, 165, 165)
GOOD = (120, 210, 120)
BAD = (90, 110, 255)

# OpenCV's default compression suits photos; drawings, with their even areas, halve at zlib's level 3.
DRAWING = (cv2.IMWRITE_PNG_COMPRESSION, 3)

ESCAPE = 27
# waitKeyEx also reports Shift, Ctrl, Alt, the locks and AltGr (as X11 keysyms). They are no answer:
# Alt-Tab to another window is not "next kernel".
MODIFIER_KEYS = {*range(0xFFE1, 0xFFEF), 0xFF7F, 0xFE03}


def draw_comparison(comparison: Comparison, size: tuple[int, int] = WINDOW_SIZE) -> np.ndarray:
    """Draw original | convolve | filter2D | difference, with what they are, no larger than size.

    size: (width, height). Photos are shrunk, tiny pictures enlarged so that their pixels are squares.
    Returns a picture of exactly that width, as high as it needs to be; blue, green, red.
    """
    width = size[0]
    cell = (width - 5 * GAP) // 4
    title_height, label_height = 30, 22
    scale = _scale(comparison.image, (cell, size[1] - title_height - label_height - 2 * GAP))
    panels = [_resize(picture, scale) for picture in _pictures(comparison, scale)]

    canvas = _paper(width, title_height + label_height + panels[0].shape[0] + 2 * GAP)
    kernel = f"{comparison.name}  {size_text(comparison.kernel)}"
    x = _write(canvas, kernel, (GAP, GAP), 18, INK)
    x = _write(canvas, f"border {comparison.border}", (x + 3 * GAP, GAP + 2), 15, FAINT)
    colour = BAD if comparison.verdict == "different" else GOOD
    _write(canvas, comparison.verdict_text, (x + 3 * GAP, GAP + 2), 15, colour)
    top = title_height + label_height + GAP
    for column, (panel, label) in enumerate(zip(panels, _labels(comparison), strict=True)):
        left = GAP + column * (cell + GAP)
        _write(canvas[:, : left + cell], label, (left, title_height + GAP), 14, FAINT)
        canvas[top : top + panel.shape[0], left : left + panel.shape[1]] = panel
    return canvas


def draw_sheet(heading: str, comparisons: list[Comparison]) -> np.ndarray:
    """Draw all kernels below each other under one heading; blue, green, red."""
    head = _paper(SHEET_WIDTH, 32)
    _write(head, heading, (GAP, GAP), 15, INK)
    return np.vstack([head] + [draw_comparison(each, (SHEET_WIDTH, 480)) for each in comparisons])


def response_picture(response: np.ndarray, largest: int) -> np.ndarray:
    """Make signed responses visible: zero is middle grey, +largest white, -largest black; uint8.

    >>> response_picture(np.array([-4, 0, 2, 4], np.int16), 4).tolist()
    [0, 128, 191, 255]
    """
    scaled = rescale_intensity(response.astype(np.float64), in_range=(-largest, largest), out_range=(0, 255))
    return np.asarray(np.rint(scaled), np.uint8)


def _signed_range(comparison: Comparison) -> int:
    """The largest response of either side, so that both panels have one scale."""
    return max(
        1, *(int(np.abs(side.astype(np.int32)).max()) for side in (comparison.ours, comparison.opencv))
    )


def _pictures(comparison: Comparison, scale: float) -> list[np.ndarray]:
    """The four panels in full size, uint8."""
    ours, opencv = comparison.ours, comparison.opencv
    if ours.dtype == np.int16:
        largest = _signed_range(comparison)
        ours, opencv = response_picture(ours, largest), response_picture(opencv, largest)
    return [comparison.image, ours, opencv, _difference_picture(comparison, scale)]


def _labels(comparison: Comparison) -> list[str]:
    """What is written over the four panels."""
    note = ""
    if comparison.ours.dtype == np.int16:
        note = f", grey is 0, white is {_signed_range(comparison)}"
    apart = "no differing pixel"
    if comparison.differing:
        apart = f"{comparison.differing} differ, by up to {comparison.max_difference}"
    return ["original", f"convolve{note}", f"filter2D{note}", f"difference: {apart}"]


def _difference_picture(comparison: Comparison, scale: float) -> np.ndarray:
    """Black where both agree; where not, from grey for 1 to white for 255, and not lost by the shrinking.

    A few differing pixels among very many are drawn as dots of about six pixels of the screen.
    """
    if comparison.differing == 0:
        return np.zeros(comparison.image.shape[:2], np.uint8)
    apart = difference(comparison.ours, comparison.opencv)
    bright = rescale_intensity(apart.astype(np.float64), in_range=(1, 255), out_range=(110, 255))
    picture: np.ndarray = np.where(apart > 0, bright, 0).astype(np.uint8)
    if scale < 1:
        side = int(np.ceil((6 if comparison.differing < 1000 else 1) / scale))
        height, width = picture.shape
        picture = cv2.dilate(picture, np.ones((min(side, height), min(side, width)), np.uint8))
    return picture


def _scale(image: np.ndarray, size: tuple[int, int]) -> float:
    """The factor that fits the image into size (width, height): below 1, or a whole number."""
    scale = min(size[0] / image.shape[1], size[1] / image.shape[0])
    return scale if scale < 1 else int(scale)


def _resize(picture: np.ndarray, scale: float) -> np.ndarray:
    """Resize for the eye: average areas when shrinking, repeat pixels when enlarging; blue, green, red."""
    height, width = picture.shape[:2]
    size = max(1, round(width * scale)), max(1, round(height * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST
    resized = cv2.resize(picture, size, interpolation=method)
    return cv2.cvtColor(resized, cv2.COLOR_GRAY2BGR) if resized.ndim == 2 else resized


def _paper(width: int, height: int) -> np.ndarray:
    return np.full((height, width, 3), PAPER, np.uint8)


def _write(
    canvas: np.ndarray, text: str, corner: tuple[int, int], size: int, colour: tuple[int, int, int]
) -> int:
    """Write text with its top left at corner (x, y), size pixels high; return the x where it ends.

    Text that is too wide for the canvas is written smaller.
    """
    text = text.encode("utf-8", "replace").decode()  # OpenCV crashes on a name that is no Unicode
    x, y = corner
    size = min(size, max(6, int(size * (canvas.shape[1] - x) / max(1, _text_width(text, size)))))
    baseline = y + size * 3 // 4
    if hasattr(cv2, "FontFace"):  # OpenCV 5 draws TrueType, OpenCV 4 only strokes, and only ASCII
        end, _ = cv2.putText(canvas, text, (x, baseline), colour, cv2.FontFace("sans"), size, 400)
        return int(end[0])
    font, height = cv2.FONT_HERSHEY_SIMPLEX, size / 32
    cv2.putText(canvas, text, (x, baseline), font, height, colour, 1, cv2.LINE_AA)
    return x + int(cv2.getTextSize(text, font, height, 1)[0][0])


def _text_width(text: str, size: int) -> int:
    if hasattr(cv2, "FontFace"):
        return int(cv2.getTextSize((0, 0), text, (0, 0), cv2.FontFace("sans"), size, 400)[2])
    return int(cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size / 32, 1)[0][0])


def picture_paths(folder: Path, stem: str, name: str) -> tuple[Path, Path]:
    """Where the result of one kernel and its panels are saved."""
    return folder / f"{stem}_{name}.png", folder / f"{stem}_{name}_compare.png"


def sheet_path(folder: Path, stem: str) -> Path:
    """Where the sheet of all kernels is saved."""
    return folder / f"{stem}_sheet.png"


def save_sheet(heading: str, comparisons: list[Comparison], folder: Path, stem: str) -> Path:
    """Save the sheet of all kernels; return where."""
    path = sheet_path(folder, stem)
    write_picture(path, draw_sheet(heading, comparisons), DRAWING)
    return path


def save_comparison(comparison: Comparison, folder: Path, stem: str) -> list[Path]:
    """Save convolve's result in full size, and the panels; signed responses as they are shown."""
    result, panels = picture_paths(folder, stem, comparison.name)
    ours = comparison.ours
    if ours.dtype == np.int16:
        ours = response_picture(ours, _signed_range(comparison))
    write_picture(result, ours)
    write_picture(panels, draw_comparison(comparison), DRAWING)
    return [result, panels]


def can_open_windows() -> bool:
    """Whether this machine shows windows.

    imshow does not raise where it cannot open one, it aborts the process. So a child process tries.
    """
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        return False
    attempt = [sys.executable, "-c", "import cv2; cv2.namedWindow('probe'); cv2.waitKey(1)"]
    try:
        quiet = subprocess.DEVNULL
        return subprocess.run(attempt, stdout=quiet, stderr=quiet, timeout=20).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def show(comparison: Comparison) -> bool:
    """Show one kernel's panels until a key is pressed: True to go on, False to quit.

    q, Esc and the window's X quit. waitKey(0) would sleep on when the window is closed, and through
    Ctrl-C; so both the keyboard and the window are asked thirty times a second.
    """
    title = f"{comparison.name} - {comparison.verdict_text}"
    cv2.namedWindow(title, cv2.WINDOW_AUTOSIZE | cv2.WINDOW_GUI_NORMAL)
    cv2.imshow(title, draw_comparison(comparison))
    try:
        while True:
            key = cv2.waitKeyEx(30)
            if not _is_open(title):
                return False
            if key != -1 and key not in MODIFIER_KEYS:
                return key & 0xFF not in (ord("q"), ESCAPE)
    finally:
        cv2.destroyAllWindows()


def _is_open(title: str) -> bool:
    """Whether the window is still there; asking Qt after the last one has gone is an error."""
    try:
        return cv2.getWindowProperty(title, cv2.WND_PROP_VISIBLE) >= 1
    except cv2.error:
        return False
