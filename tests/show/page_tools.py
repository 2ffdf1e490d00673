"""Linters and accessibility checks of the page, from tests/node_modules, and a generated page for them."""

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from conftest import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Page

MODULES = ROOT / "tests" / "node_modules"
AXE = """async () => (await axe.run()).violations.map(({ id, nodes }) =>
    [id, ...nodes.map(({ target, any, all, none }) =>
        `${target.join(" ")}: ${[...any, ...all, ...none].map(({ message }) => message).join("; ")}`)])"""


def need_modules() -> None:
    """Skip a test where the packages are not installed; under CI, fail."""
    if not MODULES.is_dir():
        reason = "the page's rules need npm packages (npm install --no-package-lock --prefix tests)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)


def lint(text: str, name: str, *command: str) -> None:
    """Fail with what a linter says of a text, if it has a complaint."""
    need_modules()
    found = subprocess.run(
        [MODULES / ".bin" / command[0], *command[1:], "--stdin", "--stdin-filename", name],
        input=text,
        cwd=MODULES.parent,
        capture_output=True,
        text=True,
        timeout=120,
    )
    if found.returncode or found.stdout.strip():
        pytest.fail(found.stdout + found.stderr, pytrace=False)


def violations(page: "Page") -> list[list[str]]:
    """Return the rules of axe-core that a page violates, each with its elements and what is wrong."""
    need_modules()
    # The page's policy forbids further script elements; evaluate is not bound by it.
    page.evaluate((MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8") + "; null")
    found: list[list[str]] = page.evaluate(AXE)
    return found
