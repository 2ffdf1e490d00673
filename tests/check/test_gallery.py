"""What is found out about the functions of the gallery, under any border or a certain one."""

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


def test_a_border_that_is_asked_for_is_binding() -> None:
    function = CASES["opencv_default"].function
    assert check_function(function, border="reflect101")["findings"] == []
    other = check_function(function, border="zero")
    assert (other["verdict"], found(other)) == ("explained", {"border": "reflect101"})
    assert other["differing"] > 0
    assert "Everything else is correct" not in other["advice"]
