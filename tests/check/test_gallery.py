"""What is found out about the functions of the gallery, and what the advice leads to."""

import inspect
import re
from collections.abc import Mapping
from typing import Any

import gallery
import pytest
from gallery import CASES

from filtering.check import check_function


def found(result: Mapping[str, Any]) -> dict[str, str]:
    """Return what was found, by aspect; several for one aspect with an `and`."""
    values: dict[str, str] = {}
    for finding in result["findings"]:
        before = f"{values[finding['aspect']]} and " if finding["aspect"] in values else ""
        values[finding["aspect"]] = before + finding["found"]
    return values


@pytest.mark.parametrize("name", CASES)
def test_findings(name: str) -> None:
    case = CASES[name]
    result = check_function(case.function)
    seen = {aspect: text[: len(case.findings.get(aspect, text))] for aspect, text in found(result).items()}
    assert (seen, result["verdict"]) == (case.findings, case.verdict)
    assert case.says in result["advice"]
    assert (result["differing"] == 0) >= (case.verdict == "matches")
    if case.line:
        number = re.findall(r"[Ll]ine (\d+)", result["advice"])[0]
        assert case.line in inspect.getsource(gallery).splitlines()[int(number) - 1]


# Followed advice: the changes that the advice names, made in the source of the function.
FOLLOWED: dict[str, list[tuple[str, str]]] = {
    "rounds_halves_up": [("np.floor(total(image, kernel) + 0.5)", "np.rint(total(image, kernel))")],
    "scipy_convolve2d": [
        ("convolve2d(image, kernel, ", "correlate2d(image.astype(float), kernel, "),
        ('mode="same")', 'mode="same").round(6)'),
        ("return scipy", "return np.clip(np.rint(scipy"),
        ("round(6)", 'round(6)), 0, 255).astype("uint8")'),
    ],
    "normalises_without_a_look": [("kernel / kernel.sum()", "kernel")],
    "image_copy_filled": [
        ("image.copy()", "np.zeros(image.shape, np.uint8)"),
        (
            "    output =",
            '    padded = np.pad(image, [(kh // 2,) * 2, (kw // 2,) * 2], mode="edge")\n    output =',
        ),
        ("range(kh // 2, image.shape[0] - kh // 2)", "range(image.shape[0])"),
        ("range(kw // 2, image.shape[1] - kw // 2)", "range(image.shape[1])"),
        (
            "image[y - kh // 2 : y + kh // 2 + 1, x - kw // 2 : x + kw // 2 + 1]",
            "padded[y : y + kh, x : x + kw]",
        ),
        ("np.sum(part * kernel)", "np.clip(np.rint(np.sum(part * kernel)), 0, 255)"),
    ],
    "ranges_one_short": [
        ("range(-(kh // 2), kh // 2)", "range(-(kh // 2), kh // 2 + 1)"),
        ("range(-(kw // 2), kw // 2)", "range(-(kw // 2), kw // 2 + 1)"),
        ("output[y, x] = s", "output[y, x] = np.clip(np.rint(s), 0, 255)"),
    ],
    "minus_zero": [("padded[r:-r, c:-c]", "padded[r : r + image.shape[0], c : c + image.shape[1]]")],
    "sums_of_the_kernels_dtype": [
        ("np.zeros(image.shape, dtype=kernel.dtype)", "np.zeros(image.shape)"),
        ("np.clip(sums, 0, 255)", "np.clip(np.rint(sums), 0, 255)"),
    ],
    "one_list_many_times": [
        ("[[0] * len(sums[0])] * len(sums)", "np.zeros((len(sums), len(sums[0])), np.uint8)"),
        ("rows[y][x]", "rows[y, x]"),
    ],
}


@pytest.mark.parametrize("name", FOLLOWED)
def test_followed_advice_leads_to_matches(name: str) -> None:
    source = inspect.getsource(CASES[name].function)
    source = source[source.index("def ") :]
    for old, new in FOLLOWED[name]:
        assert old in source
        source = source.replace(old, new)
    names = dict(vars(gallery))
    exec(source, names)
    assert check_function(names[name])["verdict"] == "matches"


@pytest.mark.parametrize(("name", "border"), [("loops", "replicate"), ("opencv_default", "reflect101")])
def test_a_border_that_is_asked_for_is_binding(name: str, border: str) -> None:
    function = CASES[name].function
    assert check_function(function, border=border)["findings"] == []
    other = check_function(function, border="zero")
    assert (other["verdict"], found(other)) == ("explained", {"border": border})
    assert other["differing"] > 0
    assert "Everything else is correct" not in other["advice"]
