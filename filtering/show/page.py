"""The page: one HTML file that shows every pixel of a run, with its arithmetic, in any browser."""

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from filtering.compare import Comparison, tie_tolerance
from filtering.describe import size_text
from filtering.exact import on_paper
from filtering.show.canvas import Point
from filtering.show.pack import as_text, packed
from kernels import ABOUT, KERNELS

FOLDER = Path(__file__).parent
SCRIPTS = ("grammar.js", "convolve.js", "page.js")
FULL_PIXELS = 2_000_000  # of an image; above, the page computes the results from it


def page_html(
    image: str, comparisons: Sequence[Comparison], place: Point | None = None, flipped: bool = False
) -> str:
    """Return the page of a run.

    image: the path of its file, as it was given. comparisons: at least one, all of the same image, border and
    type of result. place: (x, y), the pixel that the page opens at; default: its kernel's most interesting
    one. flipped: the kernels were turned by 180 degrees; the page shows them as they were before.
    """
    first = comparisons[0]
    same = sum(comparison.matches for comparison in comparisons)
    height, width = first.image.shape[:2]
    data = {
        "name": Path(image).name,
        "path": image,
        "summary": f"{same} of {len(comparisons)} kernels match filter2D (OpenCV {cv2.__version__})",
        "matches": same == len(comparisons),
        "border": first.border,
        "signed": first.signed,
        "large": first.pixels > FULL_PIXELS,
        "flipped": flipped,
        "place": place,
        "size": {"width": width, "height": height},
        "image": packed(first.image),
        "kernels": [_kernel_data(comparison) for comparison in comparisons],
        "about": ABOUT,
        "presets": {name: _kernel_text(kernel) for name, kernel in KERNELS.items()},
    }
    return _fill_in(data)


def _fill_in(data: dict[str, object]) -> str:
    """Put data, style and script into the page, and a policy that allows these two alone, and no request."""
    page, style, *scripts = (
        (FOLDER / name).read_text(encoding="utf-8") for name in ("page.html", "page.css", *SCRIPTS)
    )
    script = "\n".join(scripts)
    allowed = f"script-src {_source(script)}; style-src {_source(style)}"
    # ASCII only, and without the signs of markup, no name in the data can end the element around it.
    escaped = re.sub("[<>&]", lambda sign: f"\\u{ord(sign[0]):04x}", json.dumps(data))
    parts = {
        "policy": f"default-src 'none'; base-uri 'none'; form-action 'none'; {allowed}",
        "style": style,
        "script": script,
        "data": escaped,
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda mark: parts[mark[1]], page)


def _source(text: str) -> str:
    """Return the source expression of a content security policy that allows an element with this text."""
    return f"'sha256-{as_text(hashlib.sha256(text.encode()).digest())}'"


def _kernel_data(comparison: Comparison) -> dict[str, object]:
    """Describe one kernel and its results as plain data."""
    large = comparison.pixels > FULL_PIXELS
    return {
        "name": comparison.name,
        "size": size_text(comparison.kernel),
        "text": _kernel_text(comparison.kernel),
        "function": comparison.function,
        "verdict": comparison.verdict,
        "verdict_text": comparison.verdict_text,
        "note": comparison.explanation,
        "clipped": [comparison.clipped_low, comparison.clipped_high],
        "differing": comparison.differing,
        "tolerance": tie_tolerance(comparison.kernel),
        "white": comparison.white,
        "spot": comparison.spot,
        "spot_note": comparison.spot_note,
        "result": None if large else packed(comparison.ours),
        "difference": packed(comparison.opencv - comparison.ours) if comparison.differing else None,
    }


def _kernel_text(kernel: np.ndarray) -> str:
    """Write a kernel as parse.parse_kernel reads it."""
    weights, divisor = on_paper(kernel)
    rows = "; ".join(" ".join(map(str, row)) for row in weights.tolist())
    return f"{rows} / {divisor}" if divisor != 1 else rows
