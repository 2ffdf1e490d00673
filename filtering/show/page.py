"""The page: one HTML file that shows every pixel of a run, with its arithmetic, in any browser."""

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from filtering.compare import Comparison, float32_error
from filtering.describe import size_text
from filtering.exact import as_fraction
from filtering.report import heading
from filtering.show.canvas import fit, resize
from filtering.show.panels import features, response_note
from kernels import KERNELS

FULL_PIXELS = 2_000_000  # of an image; above, the page holds previews, and computes results from the original
PREVIEW = (480, 400)  # width and height of a preview, at most


def page_html(
    title: str, image: str, comparisons: Sequence[Comparison], place: tuple[int, int] | None = None
) -> str:
    """Return the page of a run.

    title: as for report.heading. image: the name of the image file, for the command line that the page
    composes. comparisons: at least one, all of the same image, border and type of result. place: (x, y), the
    pixel that the page opens at; default: the one that the viewer opens at.
    """
    first = comparisons[0]
    same = sum(comparison.matches for comparison in comparisons)
    data = {
        "name": image,
        "heading": heading(title, list(comparisons)).removeprefix(f"{image}, "),
        "summary": f"{same} of {len(comparisons)} kernels match",
        "matches": same == len(comparisons),
        "border": first.border,
        "signed": first.ours.dtype == np.int16,
        "large": first.pixels > FULL_PIXELS,
        "place": place,
        "size": {"width": first.image.shape[1], "height": first.image.shape[0]},
        "image": _packed(first.image),
        "kernels": [_kernel_data(comparison) for comparison in comparisons],
        "presets": {name: _kernel_text(kernel) for name, kernel in KERNELS.items()},
    }
    return _fill_in(data)


def _fill_in(data: dict[str, object]) -> str:
    """Put data and scripts into the page, and a policy that allows these scripts, its style and no request."""
    folder = Path(__file__).parent
    page, script = ((folder / name).read_text(encoding="utf-8") for name in ("page.html", "convolve.js"))
    page = page.replace("CONVOLVE", script)
    allowed = [f"{kind}-src {_sources(page, kind)}" for kind in ("script", "style")]
    policy = "; ".join(["default-src 'none'", "base-uri 'none'", "form-action 'none'", *allowed])
    # ASCII only, and without the signs of markup, no name in the data can end the element around it.
    escaped = re.sub("[<>&]", lambda sign: f"\\u{ord(sign[0]):04x}", json.dumps(data))
    before, between, after = re.split("POLICY|DATA", page)
    return before + policy + between + escaped + after


def _sources(page: str, kind: str) -> str:
    """Return the source expressions of a content security policy that allow these elements alone."""
    texts = re.findall(f"<{kind}>(.*?)</{kind}>", page, re.DOTALL)
    return " ".join(f"'sha256-{_text(hashlib.sha256(text.encode()).digest())}'" for text in texts)


def _kernel_data(comparison: Comparison) -> dict[str, object]:
    """Describe one kernel and its results as plain data."""
    found = features(comparison)
    large = comparison.pixels > FULL_PIXELS
    return {
        "name": comparison.name,
        "size": size_text(comparison.kernel),
        "text": _kernel_text(comparison.kernel),
        "floats": as_fraction(comparison.kernel) is None,
        "function": comparison.function,
        "verdict": comparison.verdict,
        "verdict_text": comparison.verdict_text,
        "note": "; ".join(filter(None, (comparison.explanation, response_note(comparison)))),
        "differing": comparison.differing,
        "error": float32_error(comparison.kernel),
        "white": found.white,
        "spot": found.spot,
        "spot_note": found.spot_note,
        "result": None if large else _packed(comparison.ours),
        "preview": _preview(comparison) if large else None,
        "difference": _packed(comparison.opencv - comparison.ours) if comparison.differing else None,
    }


def _kernel_text(kernel: np.ndarray) -> str:
    """Write a kernel as parse.parse_kernel reads it."""
    weights, divisor = as_fraction(kernel) or (kernel, 1)
    rows = "; ".join(" ".join(map(str, row)) for row in weights.tolist())
    return f"{rows} / {divisor}" if divisor != 1 else rows


def _preview(comparison: Comparison) -> str:
    """Return a result as the viewer shows it, small."""
    found, size = features(comparison), fit(comparison.image.shape, PREVIEW)
    shown = resize(comparison.ours, size, found.white, found.strongest)
    return _text(cv2.imencode(".jpg", shown, (cv2.IMWRITE_JPEG_QUALITY, 80))[1].tobytes())


def _packed(image: np.ndarray) -> str:
    """Return an image, uint8 or int16, as text: its channels one below the other, in zlib's format.

    Of int16, the high bytes come first, then the low ones. The text begins with the weight of _distances that
    suits the image best: 2 if it is noisy, up to 4 if it is smooth.
    """
    planes = np.moveaxis(image.reshape(*image.shape[:2], -1), 2, 0)
    if image.dtype == np.int16:
        planes = np.concatenate([planes >> 8, planes & 255])
    rows = planes.astype(np.uint8).reshape(-1, image.shape[1])
    sample = rows[len(rows) // 2 :][:200]
    weight = min((2, 3, 4), key=lambda weight: len(_deflated(_distances(sample, weight))))
    return f"{weight}{_text(_deflated(_distances(rows, weight)))}"


def _distances(rows: np.ndarray, weight: int) -> np.ndarray:
    """Return the distance of each byte, modulo 256, from what its neighbours to the left and above let expect."""
    padded = np.pad(rows, ((1, 0), (1, 0))).astype(np.int16)
    left, above, corner = padded[1:, :-1], padded[:-1, 1:], padded[:-1, :-1]
    expected = (weight * (left + above) - (2 * weight - 4) * corner) >> 2
    return (rows - expected).astype(np.uint8)


def _deflated(distances: np.ndarray) -> bytes:
    # They look like noise: a search for repetitions takes ten times as long, and packs worse.
    compressor = zlib.compressobj(strategy=zlib.Z_RLE)
    return compressor.compress(distances.tobytes()) + compressor.flush()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
