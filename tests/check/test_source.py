"""Facts about a source, each with its line."""

from textwrap import indent

from filtering.check.source import Source
from filtering.check.words import remedy

IMPORTS = """
import cv2
import numpy as np
import scipy.ndimage as nd
from scipy.signal import convolve2d, correlate2d as same
"""


def source(body: str) -> Source:
    """Return the facts on a function with these lines, of which the first is line 9."""
    head = f"{IMPORTS}\ndef convolve(image, kernel):\n    kh, kw = kernel.shape\n"
    return Source(head + indent(body, "    "), 7)


def test_facts() -> None:
    later = "s = 0\nfor y in image:\n    last = s\n    s = {}\n    t = int(last)"
    for kind, name, of, line, true, false in [
        ("cast", "int", "sum", 9, "t = int((image * kernel).sum())", "t = int((kh - 1) / 2)"),
        ("cast", "int", "sum", 13, later.format("image * kernel"), later.format("kh")),
        ("cast", "int", "sum", 9, "for s in image * kernel: int(s)", "for s in kh,: int(s)"),
        ("cast", "uint8", "sum", 9, "np.asarray(image * kernel, np.uint8)", "np.asarray(image * kernel)"),
        ("operation", "//", "sum", 9, "t = (image * kernel).sum() // 9", "t = image.shape[0] // 2"),
        ("operation", "/", "size", 9, "t = (kh - 1) / 2", "t = image / 2"),
        ("flip", "", "kernel", 9, "k = kernel[::-1, ::-1]", "k = image[::-1]"),
        ("flip", "", "kernel", 9, "k = cv2.flip(kernel, -1)", "k = kernel[::2]"),
        ("flip", "", "kernel", 9, "k = np.fliplr(kernel)", "k = np.fliplr(image)"),
        ("flip", "T", "kernel", 9, "k = kernel.T", "k = kernel.shape"),
        ("call", "signal.convolve2d", "", 9, "t = convolve2d(image, kernel)", "t = same(image, kernel)"),
        ("call", "ndimage.convolve", "", 9, "nd.convolve(image, kernel)", "np.convolve(image, kernel)"),
        ("empty", "", "", 9, "t = image[kh // 2 : -(kh // 2)]", "t = image[1:-1]"),
        ("fixed", "", "", 9, "for i in range(3): pass", "for i in range(kh): pass"),
        ("return", "loop", "", 10, "for i in image:\n    return i", "for i in image:\n    pass\nreturn i"),
        ("sides", "w", "image", 9, "width, height = image.shape", "height, width = image.shape"),
        ("sides", "w", "image", 9, "(w, h) = image.shape[:2]", "(h, w) = image.shape[:2]"),
        ("side", "0", "kernel", 9, "kh = kernel.shape[0]", "kh, kw = kernel.shape[:2]"),
    ]:  # fmt: skip
        names = [name] if name else []
        assert [fact.line for fact in source(true).find(kind, *names, of=of)][:1] == [line], true
        assert [*source(false).find(kind, *names, of=of)] == [], false


def test_arrays_that_sums_are_stored_in() -> None:
    for dtype, array, floats in [
        ("uint8", "np.zeros_like(image)", "np.zeros(image.shape)"),
        ("uint8", "image.copy()", "image.astype(float)"),
        ("uint8", "np.empty(9, 'uint8')", "np.empty(9)"),
        ("uint8", "np.empty(9, image.dtype)", "np.empty(9, kernel.dtype)"),
        ("int64", "np.zeros(9, int)", "np.full(9, 0.0)"),
        ("int64", "[[0] * kw for _ in range(kh)]", "[[0.0] * kw for _ in range(kh)]"),
    ]:
        for kind, operator in [("stores", "="), ("adds", "+=")]:
            into = f"\nt[0][1] {operator} image * kernel"
            assert [fact.line for fact in source(f"t = {array}{into}").find(kind, dtype)] == [9]
            assert [*source(f"t = {floats}{into}").find(kind, dtype)] == [], dtype
        assert [*source(f"t = {array}\nt[0] = image").find("stores")] == [], dtype


def test_a_name_that_is_its_own_is_not_scipys() -> None:
    for head, count in [
        ("def convolve2d(image, kernel): ...", 0),
        ("\nfrom scipy.signal import convolve2d", 1),
    ]:
        text = f"{head}\n\n\ndef f(image, kernel):\n    return convolve2d(image, kernel)\n"
        assert len([*Source(text, 5).find("call", "signal.convolve2d")]) == count, head


def test_what_is_called_is_read_with_what_it_is_given() -> None:
    read = Source(
        """\
import numpy as np
def other(image, kernel):
    return image[::-1]
def fill(out, weights, pixels):
    out[0] = (pixels * weights).sum()
    return out
class Filter:
    @staticmethod
    def run(image, kernel):
        return fill(np.zeros_like(image), kernel, image)
""",
        8,
    )  # the line of the decorator
    assert [(fact.line, fact.parts["at"]) for fact in read.find("stores", "uint8")] == [(10, "line 5")]
    assert [*read.find("flip")] == []


def test_without_a_source_nothing_is_found_and_no_line_is_named() -> None:
    for text in ["", "def f(image, kernel:", "def f(image, kernel):\n    return f(image, kernel)\n"]:
        assert remedy("rounding", "truncate", Source(text, 1)).startswith("Use `np.rint` before the cast")


def test_the_line_in_a_cell_of_a_notebook() -> None:
    cell = "def f(image, kernel):\n    out = np.zeros_like(image)\n    out[0] = image * kernel"
    told = remedy("range", "wrap-modulo-256", Source(f"\fimport numpy as np\n\f{cell}", 2))
    assert told.startswith("Cell 2, line 2: `np.zeros_like(image)` makes")
    assert "in cell 2, line 3, store" in told
