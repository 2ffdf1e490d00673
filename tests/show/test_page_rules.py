"""Rules of the page's source, accessibility by axe-core, and the same pixels in a second browser."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT, noise
from firefox import Firefox
from page_tools import lint, violations
from pages import Open, html_of, run_of, settle
from test_convolve_js import random_kernel

from convolutions import convolve_fast
from filtering.grammar import parse_kernel
from kernels import KERNELS


@pytest.fixture(scope="module")
def page_text() -> str:
    kernels = {name: KERNELS[name] for name in ("sobel_x", "small_blur")}
    return html_of(run_of(noise(30, 40), kernels))


def test_javascript(page_text: str) -> None:
    """All of the page's scripts in one text, as they share one scope."""
    scripts = re.findall("<script>(.*?)</script>", page_text, re.DOTALL)
    assert scripts
    lint("\n".join(scripts), "page.js", "eslint")


def test_html(page_text: str) -> None:
    lint(page_text, "page.html", "html-validate", "--config", "html-validate.config.mjs")


def test_the_page_is_small() -> None:
    folder = ROOT / "filtering" / "show"
    files = [path for kind in ("html", "css", "js") for path in folder.glob(f"*.{kind}")]
    lines = [line for path in files for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(lines) <= 1700
    assert [line for line in lines if len(line) > 110] == []


STATES: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "an own kernel": {},
    "no kernel": {},
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
    "forced colours": {"forced_colors": "active"},
}
TYPED = {"an own kernel": "1 2 1; 2 4 2; 1 2 1 / 16", "no kernel": "1 2"}


@pytest.mark.parametrize("state", STATES)
def test_everybody_can_use_it(open_page: Open, page_text: str, state: str) -> None:
    page = open_page(page_text, **STATES[state])
    if state in TYPED:
        page.fill("#kernel", TYPED[state])
        page.wait_for_selector("#error", state="visible" if state == "no kernel" else "hidden")
        settle(page)
    found = violations(page)
    assert not found, "\n".join(map("\n  ".join, found))


@pytest.fixture
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if program is None:
        reason = "a test of the page needs Firefox (apt-get install firefox-esr)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    started = Firefox(program, tmp_path_factory.mktemp("firefox"))
    yield started
    started.close()


FILTERED = """(texts) => texts.map((text) => {
    const { width, height } = original;
    const tried = newJob("kernel", original, parseKernel(text), "reflect101", false);
    const pixels = newPlane(tried, width * height);
    for (let y = 0; y < height; y++) filterRow(tried, 0, y, pixels.subarray(y * width, (y + 1) * width));
    return Array.from(pixels);
})"""


def test_firefox_computes_the_same(firefox: Firefox, page_text: str, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(page_text, encoding="utf-8")
    firefox.open(tmp_path / "page.html")
    texts = [random_kernel(number) for number in range(60)]
    for text, pixels in zip(texts, firefox.call(FILTERED, texts), strict=True):
        expected = convolve_fast(noise(30, 40), parse_kernel(text), "reflect101")
        assert np.array_equal(np.array(pixels).reshape(30, 40), expected), text
