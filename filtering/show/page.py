"""The page: one HTML file that shows every pixel of a run, with its arithmetic, in any browser."""

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from filtering.compare import Comparison, tie_tolerance
from filtering.describe import about, size_text
from filtering.exact import on_paper
from filtering.show import canvas as draw
from filtering.show.canvas import Point
from filtering.show.pack import as_text, packed
from filtering.show.panels import response_text
from kernels import ABOUT, KERNELS

FULL_PIXELS = 2_000_000  # of an image; above, the page holds previews, and computes results from the original
PREVIEW = (480, 400)  # width and height of a preview, at most


def page_html(
    image: str, comparisons: Sequence[Comparison], place: Point | None = None, flipped: bool = False
) -> str:
    """Return the page of a run.

    image: the path of its file, as it was given. comparisons: at least one, all of the same image, border and
    type of result. place: (x, y), the pixel that the page opens at; default: the one that the viewer opens
    at. flipped: the kernels were turned by 180 degrees; the page shows them as they were before.
    """
    first = comparisons[0]
    same = sum(comparison.matches for comparison in comparisons)
    (height, width), signed = first.image.shape[:2], first.signed
    data = {
        "name": Path(image).name,
        "path": image,
        "heading": f"{width} x {height} pixels{', kernels flipped' * flipped}, border {first.border}"
        f"{', signed' * signed}: {first.function} compared with filter2D of OpenCV {cv2.__version__}",
        "summary": f"{same} of {len(comparisons)} kernels match",
        "matches": same == len(comparisons),
        "border": first.border,
        "signed": signed,
        "large": first.pixels > FULL_PIXELS,
        "flipped": flipped,
        "place": place,
        "size": {"width": width, "height": height},
        "image": packed(first.image),
        "kernels": [_kernel_data(comparison) for comparison in comparisons],
        "presets": {name: _kernel_text(kernel) for name, kernel in KERNELS.items()},
        "about": ABOUT,
    }
    return _fill_in(data)


def _fill_in(data: dict[str, object]) -> str:
    """Put data and scripts into the page, and a policy that allows its scripts and style, and no request."""
    folder = Path(__file__).parent
    page, style, script = (
        (folder / name).read_text(encoding="utf-8") for name in ("page.html", "page.css", "convolve.js")
    )
    page = page.replace("STYLE", style).replace("CONVOLVE", script)
    allowed = [f"{kind}-src {_sources(page, kind)}" for kind in ("script", "style")]
    policy = "; ".join(["default-src 'none'", "base-uri 'none'", "form-action 'none'", *allowed])
    # ASCII only, and without the signs of markup, no name in the data can end the element around it.
    escaped = re.sub("[<>&]", lambda sign: f"\\u{ord(sign[0]):04x}", json.dumps(data))
    before, between, after = re.split("POLICY|DATA", page)
    return before + policy + between + escaped + after


def _sources(page: str, kind: str) -> str:
    """Return the source expressions of a content security policy that allow these elements alone."""
    texts = re.findall(f"<{kind}>(.*?)</{kind}>", page, re.DOTALL)
    return " ".join(f"'sha256-{as_text(hashlib.sha256(text.encode()).digest())}'" for text in texts)


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
        "note": "; ".join(filter(None, (comparison.explanation, response_text(comparison)))),
        "about": about(comparison.name, comparison.kernel),
        "clipped": [comparison.clipped_low, comparison.clipped_high],
        "differing": comparison.differing,
        "tolerance": tie_tolerance(comparison.kernel),
        "white": comparison.white,
        "spot": comparison.spot,
        "spot_note": comparison.spot_note,
        "result": None if large else packed(comparison.ours),
        "preview": _preview(comparison) if large else None,
        "difference": packed(comparison.opencv - comparison.ours) if comparison.differing else None,
    }


def _kernel_text(kernel: np.ndarray) -> str:
    """Write a kernel as parse.parse_kernel reads it."""
    weights, divisor = on_paper(kernel)
    rows = "; ".join(" ".join(map(str, row)) for row in weights.tolist())
    return f"{rows} / {divisor}" if divisor != 1 else rows


def _preview(comparison: Comparison) -> str:
    """Return a result as the viewer shows it, small."""
    size = draw.fit(comparison.image.shape, PREVIEW)
    shown = draw.resize(comparison.ours, size, comparison.white, comparison.strongest)
    return as_text(cv2.imencode(".jpg", shown, (cv2.IMWRITE_JPEG_QUALITY, 80))[1].tobytes())
