"""Facts about a source, and the remedies that are chosen by them, with the right line."""

import json
from pathlib import Path

import numpy as np
import pytest
from conftest import noise

from filtering.check.calling import Failure
from filtering.check.diagnose import no_progress
from filtering.check.runner import run_in_child
from filtering.check.source import Source
from filtering.check.words import of_failure, remedy

IMPORTS = """
import cv2
import numpy as np
import scipy.ndimage as nd
from scipy.signal import convolve2d, correlate2d as same
"""


def source(*lines: str) -> Source:
    """Return the facts on a function with these lines, of which the first is line 8."""
    text = f"{IMPORTS}\ndef convolve(image, kernel):\n    kh, kw = kernel.shape\n"
    return Source(text + "".join(f"    {line}\n" for line in lines), 7)


def told(aspect: str, name: str, *lines: str, **more: str) -> str:
    return remedy(aspect, name, source(*lines), **more)


LOOP = ["for y in range(9):", "    for x in range(9):"]
TOTAL = "total = np.sum(image[y : y + kh, x : x + kw] * kernel)"


@pytest.mark.parametrize(
    ("kind", "name", "of", "line", "true", "false"),
    [
        ("cast", "int", "sum", 9, "t = int((image * kernel).sum())", "t = int((kh - 1) / 2)"),
        ("operation", "//", "sum", 9, "t = (image * kernel).sum() // 9", "t = image.shape[0] // 2"),
        ("operation", "/", "size", 9, "t = (kh - 1) / 2", "t = image / 2"),
        ("flip", "", "kernel", 9, "k = kernel[::-1, ::-1]", "k = image[::-1]"),
        ("flip", "", "kernel", 9, "k = cv2.flip(kernel, -1)", "k = kernel[::2]"),
        ("flip", "T", "kernel", 9, "k = kernel.T", "k = kernel.shape"),
        ("call", "signal.convolve2d", "", 9, "t = convolve2d(image, kernel)", "t = same(image, kernel)"),
        ("call", "ndimage.convolve", "", 9, "t = nd.convolve(image, kernel)",
         "t = np.convolve(image, kernel)"),
        ("empty", "", "", 9, "t = image[kh // 2 : -(kh // 2)]", "t = image[1:-1]"),
        ("fixed", "", "", 9, "for i in range(3): pass", "for i in range(kh): pass"),
        ("return", "loop", "", 10, "for i in image:\n        return i",
         "for i in image:\n        pass\n    return i"),
        ("stores", "uint8", "", 9, "t = np.zeros_like(image); t[0] = image * kernel",
         "t = np.zeros(image.shape); t[0] = image * kernel"),
        ("stores", "uint8", "", 9, "t = image.copy(); t[0] = image * kernel",
         "t = image.copy(); t[0] = image"),
        ("stores", "int64", "", 9, "t = np.zeros(9, int); t[0][1] = image * kernel",
         "t = np.full(9, 0.0); t[0][1] = image * kernel"),
        ("adds", "uint8", "", 9, "t = np.empty(9, 'uint8'); t[0] += image * kernel",
         "t = np.empty(9); t[0] += image * kernel"),
        ("cast", "uint8", "sum", 9, "t = np.asarray(image * kernel, np.uint8)",
         "t = np.asarray(image * kernel)"),
        ("stores", "int64", "", 9, "t = [[0] * kw for _ in range(kh)]; t[0][0] = image * kernel",
         "t = [[0.0] * kw for _ in range(kh)]; t[0][0] = image * kernel"),
        ("sides", "w", "image", 9, "width, height = image.shape", "height, width = image.shape"),
        ("sides", "w", "image", 9, "(w, h) = image.shape[:2]", "(h, w) = image.shape[:2]"),
        ("side", "0", "kernel", 9, "kh = kernel.shape[0]", "kh, kw = kernel.shape[:2]"),
        ("cast", "int", "sum", 13,
         "s = 0; for y in image:\n        last = s\n        s = image * kernel\n        t = int(last)",
         "s = 0; for y in image:\n        last = s\n        s = kh\n        t = int(last)"),
    ],
)  # fmt: skip
def test_facts(kind: str, name: str, of: str, line: int, true: str, false: str) -> None:
    names = [name] if name else []
    assert [fact.line for fact in source(*true.split("; ")).find(kind, *names, of=of)][:1] == [line]
    assert [*source(*false.split("; ")).find(kind, *names, of=of)] == []


def test_a_name_that_is_its_own_is_not_scipys() -> None:
    own = "def convolve2d(image, kernel):\n    return image\n\n\ndef f(image, kernel):\n"
    own += "    return convolve2d(image, kernel)\n"
    assert [*Source(own, 5).find("call", "signal.convolve2d")] == []
    imported = f"from scipy.signal import convolve2d\n{own[own.index('def f') :]}"
    assert len([*Source(imported, 2).find("call", "convolve2d")]) == 1


def test_what_is_called_is_read_with_what_it_is_given() -> None:
    text = (
        "import numpy as np\n\n\ndef other(image, kernel):\n    return image[::-1]\n\n\n"
        "def fill(out, weights, pixels):\n    out[0] = (pixels * weights).sum()\n    return out\n\n\n"
        "class Filter:\n    @staticmethod\n    def run(image, kernel):\n"
        "        return fill(np.zeros_like(image), kernel, image)\n"
    )
    read = Source(text, 14)
    assert [(fact.line, fact.parts["at"]) for fact in read.find("stores", "uint8")] == [(16, "line 9")]
    assert [*read.find("flip")] == []


@pytest.mark.parametrize(
    "text", ["", "def f(image, kernel:", "def f(image, kernel):\n    return f(image, kernel)\n"]
)
def test_without_a_source_nothing_is_found_and_no_line_is_named(text: str) -> None:
    told = remedy("rounding", "truncate", Source(text, 1))
    assert told.startswith("Use `np.rint` before the cast")


@pytest.mark.parametrize(
    ("finding", "lines", "expected"),
    [
        ("orientation rotated180", ["return same(image, kernel[::-1, ::-1])"],
         "Line 9: use the kernel as it is"),
        ("orientation rotated180", ["return convolve2d(image, kernel)"], "Line 9: use SciPy's `correlate2d`"),
        ("orientation rotated180", ["return nd.convolve(image, kernel)"], "Line 9: use SciPy's `correlate` "),
        ("orientation rotated180", ["return np.fft.fft2(kernel)"],
         "Line 9: turn the kernel before its transform"),
        ("orientation rotated180", ["for i in range(kh):", "    t = kernel[kh - 1 - i]"],
         "Line 10: `kernel[kh - 1 - i]`"),
        ("rounding truncate", ["top = int(kh / 2)", *LOOP, f"        {TOTAL}", "        t = int(total)"],
         "Line 13: use `round(total)`"),
        ("rounding truncate", ["top = kh // 2", "return (image * kernel).sum().astype(np.uint8)"],
         "Line 10: round before the cast: `np.rint((image * kernel).sum())`"),
        ("rounding truncate", ["return (image * kernel).sum() // 9"], "Line 9: divide with `/`"),
        ("rounding none", ["if kh: return 0", "return image * kernel"],
         "Line 10: return `np.clip(np.rint(image * kernel)"),
        ("conversion cast-to-uint8", ["return nd.correlate(image, kernel)"],
         "Line 9: `nd.correlate` returns"),
        ("conversion cast-to-uint8", ["return nd.correlate(image / 1.0, kernel).astype(np.uint8)"],
         "Line 9: round and"),
        ("range stretch-to-0..255", ["return cv2.normalize(image * kernel, None)"],
         "Line 9: use `np.clip(sums"),
        ("offset 128", ["return image * kernel + 1 + 128"],
         "Line 9: remove the offset in `image * kernel + 1 + 128`"),
        ("border wrap", ["p = cv2.copyMakeBorder(image, 1, 1, 1, 1, 4)"],
         "Line 9: give `copyMakeBorder` the border `cv2.BORDER_REPLICATE`"),
        ("border cropped", ["return same(image, kernel, mode='valid')"],
         "Line 9: pad the image by kh // 2 rows"),
        ("returns-early first-pixel", [*LOOP, "        return image", "return image"],
         "Line 11: this `return`"),
        ("divisor normalised", ["n = kernel.sum()", "return image / 2 + kernel / n"],
         "Line 10: remove the division by `n`"),
    ],
)  # fmt: skip
def test_remedies(finding: str, lines: list[str], expected: str) -> None:
    aspect, name = finding.split()
    detail = name if aspect == "offset" else ""
    assert told(aspect, name, *lines, detail=detail).startswith(expected)


def test_a_shift_of_a_fourier_transform_is_undone_before_the_cut() -> None:
    back = {"down": "-(kh // 2)", "right": "-(kw // 2)"}
    text = told("shift", "", "t = np.fft.ifft2(image * kernel)", "return t[:9]", **back)
    assert text.startswith(
        "Line 9: move the result back before it is cut: `np.roll(np.fft.ifft2(image * kernel), "
    )
    assert "ifft2" not in told("shift", "", "return image * kernel", **back)


@pytest.mark.parametrize(
    ("message", "kind", "lines", "expected"),
    [
        ("", "non-square kernel", ["p = np.pad(image, (kh, kw))"], "Line 9: `np.pad(image, (kh, kw))` adds"),
        ("", "non-square kernel", ["p = np.pad(image, ((kh, kh), (kh, kh)))"],
         "Line 9: `np.pad(image, ((kh, kh)"),
        ("", "non-square kernel", ["p = np.pad(image, ((kh, kh), (kw, kw)))"], ""),
        ("", "non-square kernel", ["p = cv2.copyMakeBorder(image, kh, kh, kh, kh, 1)"],
         "Line 9: `cv2.copyMakeBorder("),
        ("", "non-square image", ["w, h = image.shape"], "Line 9: rows come first"),
        ("", "1 x 1 kernel", ["return image[kh:-kh]"], "Line 9: `image[kh:-kh]` is empty"),
        ("", "kernel other than 3 x 3", ["for i in range(3): pass"], "Line 9: `range(3)` is for one size"),
        ("", "kernel other than 3 x 3", ["p = np.pad(image, 1)"],
         "Line 9: `np.pad(image, 1)` is for one size"),
        ("", "image of odd width", ["t = np.fft.irfft2(image)"], "Line 9: `irfft2` takes the width"),
        ("required to be an integer", "", ["p = (kh - 1) / 2"], "Line 9: `(kh - 1) / 2` gives a float"),
        ("could not be broadcast", "", ["t = np.fft.fft2(kernel)"],
         "Line 9: transform the kernel in the size"),
        ("300 out of bounds for uint8", "", ["t = np.uint8(image * kernel)"],
         "Line 9: use `np.clip(image * kernel, 0, 255)`"),
    ],
)  # fmt: skip
def test_remedies_of_failures(message: str, kind: str, lines: list[str], expected: str) -> None:
    text = of_failure(Failure("exception", "", "ValueError", message), source(*lines), [kind])
    assert text.startswith(expected)
    assert bool(text) == bool(expected)


@pytest.mark.parametrize(
    ("message", "kind", "begins"),
    [
        ("x", "non-square kernel", "Take both sides of the kernel"),
        ("slice indices must be integers", "non-square image", "`/` gives a float"),
        ("Argument 'top' is required to be an integer", "x", "`/` gives a float"),
        ("", "1 x 1 kernel", "`a[0:-0]` is empty"),
        ("index 9 is out of bounds", "x", "An index is past the end"),
        ("negative dimensions are not allowed", "x", "Nothing is left of an image smaller"),
        ("not enough values to unpack (expected 3, got 2)", "x", "A gray image has two axes"),
        ("Python integer 300 out of bounds for uint8", "x", "Store only `np.clip(sum"),
        ("nothing known", "x", ""),
    ],
)
def test_remedies_without_a_source(message: str, kind: str, begins: str) -> None:
    """They name no line; of two kinds that need the same, it is said once."""
    failure = Failure("exception", f"ValueError: {message}", "ValueError", message)
    text = of_failure(failure, Source(), [kind])
    assert text.startswith(begins)
    assert bool(text) == bool(begins)
    assert "Line" not in text
    assert of_failure(failure, Source(), [kind, kind]) == text


def test_the_line_in_a_cell_of_a_notebook(tmp_path: Path) -> None:
    stores = "        output[y] = np.clip(np.sum(image[y] * kernel[0, 0]), 0, 255)"
    cell = (
        "def convolve(image, kernel):\n    output = np.zeros_like(image)\n    for y in range(len(image)):\n"
    )
    cell += stores
    sources = ["import numpy as np\n%matplotlib inline\n", f"{cell}\n    return output"]
    cells = [{"cell_type": "code", "source": one.splitlines(keepends=True)} for one in sources]
    (tmp_path / "mine.ipynb").write_text(json.dumps({"cells": cells}))
    run = run_in_child(tmp_path / "mine.ipynb", "convolve", [(noise(5, 5), np.ones((3, 3)))], 20, no_progress)
    told = remedy("range", "wrap-modulo-256", Source(run.source, run.line))
    assert told.startswith("Cell 2, line 2: `np.zeros_like(image)` makes")
    assert "in cell 2, line 4, store" in told
