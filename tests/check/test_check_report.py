"""The report of a check: its words, its numbers, and its picture."""

import re

import numpy as np
from gallery import CASES, total, truncated

from filtering.check.diagnose import examine
from filtering.check.findings import Difference
from filtering.check.probes import Probe
from filtering.check.report import draw_difference, message, percent, shown

right = CASES["strided"].function


def test_what_is_said_of_a_function_that_is_right() -> None:
    """Of a colour image, it has to give all channels."""
    told = message(examine(lambda image, kernel: right(image if image.ndim == 2 else image[..., 0], kernel)))
    assert told.startswith("Yes, your function is right, border replicate: all ")
    for part in [
        "odd and even sides, some smaller than the kernel;",
        ", the six of the bank, and one of whole numbers (dtype int); ",
        "colour images (H, W, 3), which it cannot filter; that is not required.",
        "Not tried: kernels with an even side.",
    ]:
        assert part in told
    assert "Some sums are exactly a half" not in told
    assert "To require another" not in told


def test_several_mistakes_are_numbered_in_the_order_of_what_they_spoil() -> None:
    told = message(examine(lambda image, kernel: truncated(total(image, kernel)).tolist()))
    says = r"each is one too low. Three mistakes explain every one of them:\n1. It returns a \*list\*"
    assert re.search(rf"(?s){says}.*\n2. It \*truncates.*\n3. It returns \*int64\*", told)


def test_a_part_is_explained() -> None:
    told = message(examine(lambda image, kernel: total(image, kernel, "linear_ramp")))
    assert "2D's. Inside the image, one mistake explains every one of them:\n1. It returns the *sums" in told
    assert "At the edge it differs in a way that is *not known here*.\nPad the image by kh // 2 rows" in told
    assert "Everything else" not in told


def test_what_is_certain_where_nothing_is_known() -> None:
    told = message(examine(CASES["heavier"].function))
    says, _, measured = told.partition("- The response to one pixel of 8 on black is your kernel times 8; ")
    assert says.startswith("Your output differs from filter2D's, and no combination of the mistakes known ")
    edge = "86 % of the pixels within the kernel's reach of the edge differ."
    assert f"- 71 % of the pixels inside differ.\n- {edge}\n- The largest difference is 255.\n" in says
    rows = np.arange(1, 26).reshape(5, 5).tolist()
    table = [[int(number) for number in line.split()] for line in measured.splitlines()[1:6]]
    assert table == [[3 * n for n in rows[0]] + rows[0], *(row + row for row in rows[1:])]
    assert "\n- Sums and your pixels: 53.625 -> 115, 122.375 -> 144, 172 -> 255, " in measured


def test_complex_numbers_are_not_measured() -> None:
    """They have no order, and are no grey levels: it is only said that they differ."""
    told = message(examine(lambda image, kernel: total(image, kernel) + 5j)).splitlines()
    assert told[1] == "- it returns *complex128* instead of uint8."
    assert [line[:26] for line in told[2:]] == ["- 100 % of the pixels insi", "- 100 % of the pixels with"]


def test_never_0_or_100_percent_of_what_is_some_or_not_all() -> None:
    for part, whole, text in [
        (0, 400, "0 %"), (1, 400, "0.25 %"), (4, 400, "1 %"), (396, 400, "99 %"), (397, 400, "99.2 %"),
        (399, 400, "99.7 %"), (400, 400, "100 %"), (1, 100000, "0.001 %"),
    ]:  # fmt: skip
        assert percent(part, whole) == text


def test_picture_of_values_that_are_no_pixels() -> None:
    """Below 0 is black, above 255 is white, what is missing is black; of complex numbers there is none."""
    probe, black = Probe(np.zeros((1, 3), np.uint8), np.eye(1)), np.zeros((1, 3), np.uint8)
    output = np.array([[-1, 300, np.nan]])
    canvas = draw_difference(Difference(probe, output, black, output != 0), "function")
    assert canvas[36, 10:298:96].tolist() == [[0] * 3, [255] * 3, [0] * 3]
    assert shown(examine(lambda image, kernel: 1j * image)) is None
