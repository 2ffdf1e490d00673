"""The README: its commands and snippets are run, and print what it shows."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from conftest import ROOT, Script

from filtering.compare import compare
from filtering.files import read_image
from filtering.show.panels import draw_comparison, draw_place, lay_out
from filtering.show.window import HELP
from kernels import KERNELS

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONSOLE = re.findall(r"```console\n\$ (.+)\n((?:.*\n)*?)```", README)
SNIPPETS = re.findall(r"```python\n((?:(?!```).*\n)+)```\n\n```text\n((?:.*\n)+?)```", README)
CLASS_TESTS = re.findall(r"```python\n((?:(?!```).*\n)+def test_(?:.*\n)+?)```", README)
SCRIPT_COMMANDS = [(line, shown) for line, shown in CONSOLE if "convolutions.py" in line]


def without_times(text: str) -> list[str]:
    """The words of each line; times, ties and what they do to the width of a table taken out.

    Which halves filter2D's float32 rounds up is another matter on another processor.
    """
    text = re.sub(r"\d+\.\d\d m?s", "TIME", text)
    for ties in set(re.findall(r"([\d,]+) ties", text)):
        text = re.sub(rf"\b{ties}\b", "MANY", text)
    text = re.sub(r"the first at \d+,\d+", "the first at X,Y", text)
    text = re.sub(r"─+", "─", re.sub(r"OpenCV \d+\.\d+\.\d+", "OpenCV", text))
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def test_exactness_script() -> None:
    ((command, shown),) = [(line, shown) for line, shown in CONSOLE if "exactness.py" in line]
    done = subprocess.run(
        ["sh", "-c", command.replace("python", sys.executable, 1)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert without_times(done.stdout) == without_times(shown)


def test_number_of_tests(request: pytest.FixtureRequest) -> None:
    """What the README shows of the second command, as far as this run has all of the tests."""
    items = request.session.items
    if {item.path for item in items} == set((ROOT / "tests").glob("test_*.py")):
        (passed,) = re.findall(r"=+ (\d+) passed in ", README)
        assert len(items) == int(passed)


def test_nothing_is_overlooked() -> None:
    assert len(CONSOLE) == README.count("```console")
    assert len(SNIPPETS) + len(CLASS_TESTS) == README.count("```python")


@pytest.mark.parametrize(("command", "shown"), SCRIPT_COMMANDS, ids=[line for line, _ in SCRIPT_COMMANDS])
def test_command(command: str, shown: str, script: Script, tmp_path: Path) -> None:
    """In this environment instead of a new one, which is what CI makes."""
    (tmp_path / "cwd").mkdir()
    shutil.copytree(ROOT / "images", tmp_path / "cwd" / "images")
    (tmp_path / "cwd" / "tests" / "check").mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "check" / "gallery.py", tmp_path / "cwd" / "tests" / "check")
    arguments = shlex.split(command.split("convolutions.py ")[-1])
    done = script(*arguments)
    assert done.returncode == ("--check" in arguments), done.stderr
    assert without_times(done.stdout + done.stderr) == without_times(shown)


@pytest.mark.parametrize(("code", "shown"), SNIPPETS)
def test_snippet(code: str, shown: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == shown


@pytest.mark.parametrize("rounded", [True, False])
def test_a_class_test(rounded: bool, tmp_path: Path) -> None:
    (code,) = CLASS_TESTS
    sums = "cv2.filter2D(image, cv2.CV_64F, kernel, borderType=cv2.BORDER_REPLICATE)"
    pixels = f"np.clip({f'np.rint({sums})' if rounded else sums}, 0, 255).astype(np.uint8)"
    (tmp_path / "test_mine.py").write_text(code)
    (tmp_path / "mine.py").write_text(
        f"import cv2\nimport numpy as np\n\n\ndef convolve(image, kernel):\n    return {pixels}\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_mine.py"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == (0 if rounded else 1), done.stdout
    assert rounded or "assert 'explained' == 'matches'" in done.stdout


def test_first_lines_install_what_they_run() -> None:
    """The two commands for a fresh machine; CI takes the second from the README and runs it."""
    venv = "python3 -m venv .venv && .venv/bin/pip install -q -r "
    fresh = [line for line, _ in CONSOLE if line.startswith(venv)]
    assert fresh == [
        venv + "requirements.txt && .venv/bin/python convolutions.py --image images/coffee.png",
        venv + "tests/requirements.txt && .venv/bin/python -m pytest",
    ]


def test_options_are_those_of_the_script(script: Script) -> None:
    assert set(re.findall(r"--[a-z-]+", script("--help").stdout)) - {"--help"} == set(
        re.findall(r"--[a-z-]+", "\n".join(re.findall(r"^\| `-.*`", README, re.MULTILINE)))
    )


def test_every_file_is_in_the_tour() -> None:
    files = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    modules = [name for name in files if name.endswith(".py") and "/" not in name]
    assert modules
    assert all(f"]({name})" in README for name in modules)


def window_picture() -> np.ndarray:
    """The window of the README, with the mouse on the rim of the cup; drawn without times."""
    image = cv2.cvtColor(read_image(str(ROOT / "images" / "coffee.png"))[0], cv2.COLOR_BGR2GRAY)
    result = compare(image, KERNELS["small_blur"], "replicate", name="small_blur")
    layout = lay_out(image.shape, (1000, 690), strip=True)
    canvas = draw_comparison(result, layout)
    draw_place(canvas, layout, result, (405, 118))
    return canvas


@pytest.mark.skipif(not hasattr(cv2, "FontFace"), reason="drawn with OpenCV 5's font")
def test_window_is_what_the_tool_draws() -> None:
    assert np.array_equal(read_image(str(ROOT / "images" / "coffee_window.png"))[0], window_picture())


def test_keys_are_those_of_the_window() -> None:
    """The table of keys says what `h` shows in the window."""
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", README.split("### In the window")[1].split("###")[0], re.M)
    assert [f"{keys.replace('`', '')}: {meaning}" for keys, meaning in rows[1:]] == HELP


def test_sheet_is_what_the_tool_makes(script: Script, tmp_path: Path) -> None:
    """The picture of the README; drawn with OpenCV 5's font, so OpenCV 4 makes a slightly different one."""
    script("-i", ROOT / "images" / "coffee.png", "-o", tmp_path, "--no-window")
    made, shown = ((folder / "coffee_sheet.png").read_bytes() for folder in (tmp_path, ROOT / "images"))
    assert made == shown or not hasattr(cv2, "FontFace")
