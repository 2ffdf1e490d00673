"""Edits that are worth a try."""

from filtering.check.proposals import ends, loops, paddings, weights
from filtering.check.source import Source
from filtering.check.text import Text
from filtering.check.trying import changed


def edits(body: str, border: str) -> list[str]:
    """Return what becomes of the body of a function if its padding is changed."""
    text = f"import cv2 as cv\ndef f(image, kernel):\n    return {body}"
    tried = (changed(text, edit) for edit in paddings(Text(Source(text, 2), border)))
    return [(one or "").partition("return ")[2] for one in tried]


def test_paddings_are_for_the_border_that_is_right() -> None:
    for border, mode, flag in [
        ("replicate", "edge", "REPLICATE"), ("reflect", "symmetric", "REFLECT"), ("wrap", "wrap", "WRAP"),
        ("reflect101", "reflect", "REFLECT_101"), ("zero", "constant", "CONSTANT"),
    ]:  # fmt: skip
        found = edits("cv.filter2D(np.pad(image, 1), -1, kernel)", border)
        assert f'cv.filter2D(np.pad(image, 1, mode="{mode}"), -1, kernel)' in found, border
        assert f"cv.filter2D(np.pad(image, 1), -1, kernel, borderType=cv.BORDER_{flag})" in found


def test_a_padding_gets_the_halves_of_the_kernel() -> None:
    """If it is given by its place; by its name it stays as it is."""
    halves = "[(kernel.shape[0] // 2, kernel.shape[0] // 2), (kernel.shape[1] // 2, kernel.shape[1] // 2)]"
    mode = ', mode="edge")'
    assert edits("np.pad(image, 1)", "replicate") == [
        f"np.pad(image, 1{mode}", f"np.pad(image, {halves})", f"np.pad(image, {halves}{mode}",
    ]  # fmt: skip
    assert edits("np.pad(image, pad_width=1)", "replicate") == [f"np.pad(image, pad_width=1{mode}"]


def test_loops_over_a_part_become_loops_over_all() -> None:
    text = "def f(image, kernel):\n    for y in range({}):\n        for x in range({}): pass\n"
    part, whole = text.format("1, kh - 1", "1, kw - 1"), text.format("image.shape[0]", "image.shape[1]")
    assert whole in [changed(part, edit) for edit in loops(Text(Source(part, 1), "replicate"))]


def test_scipys_convolve_becomes_correlate() -> None:
    text = "from scipy import ndimage\ndef f(image, kernel):\n    return ndimage.{}(image, kernel)\n"
    read = Text(Source(text.format("convolve"), 2), "replicate")
    assert text.format("correlate") in [changed(read.text, edit) for edit in weights(read)]


def test_rows_that_are_returned_become_an_array() -> None:
    text = "import numpy as np\ndef f(image, kernel):\n    return {}\n"
    read = Text(Source(text.format("rows"), 2), "replicate")
    assert text.format("np.array(rows, np.uint8)") in [changed(read.text, edit) for edit in ends(read)]
