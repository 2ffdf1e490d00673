"""The READMEs: their commands and snippets are run, and print what they show."""

import importlib.util
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
from conftest import POSIX, ROOT, Capture, Script

from convolutions import main
from filtering.files import read_image
from filtering.show.canvas import BAD
from kernels import KERNEL_BANK

pytestmark = POSIX  # the commands are those of its shells
READMES = [ROOT / "README.md", ROOT / "filtering" / "README.md", ROOT / "filtering" / "check" / "README.md"]
TEXTS = [path.read_text(encoding="utf-8") for path in READMES]
README = TEXTS[0]
ALL = "\n".join(TEXTS[:2])  # tests/check has a test of its own for the third
CONSOLE = re.findall(r"```console\n\$ (.+)\n((?:.*\n)*?)```", ALL)
SNIPPETS = re.findall(r"```python\n((?=\S)(?:(?!```).*\n)+)```\n(?:\n```text\n((?:.*\n)+?)```)?", ALL)
BEGINNINGS = re.findall(r"```text\n\$ python convolutions.py (.+)\n((?:.*\n)+?)```", README)
LOOP = re.findall(r"```python\n(    for y in (?:.*\n)+?)```", ALL)
SCRIPT_COMMANDS = [(line, shown) for line, shown in CONSOLE if "convolutions.py" in line]


def without_times(text: str) -> list[str]:
    """Return the words of each line without times, ties and what they do to the width of a table.

    Which halves filter2D's float32 rounds up depends on the processor.
    """
    for ties in set(re.findall(r"([\d,]+) ties", text)):
        text = re.sub(rf"\b{ties}\b", "MANY", text)
    for varying in (r"\d+\.\d\d m?s", r"(?<=the first at )\d+,\d+", r"(?<=OpenCV )\d+\.\d+\.\d+", "─+"):
        text = re.sub(varying, "VARYING", text)
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def test_nothing_is_overlooked() -> None:
    assert len(CONSOLE) == ALL.count("```console")
    assert len(SNIPPETS) + len(LOOP) == ALL.count("```python")


def test_exactness_script() -> None:
    ((command, shown),) = [(line, shown) for line, shown in CONSOLE if "exactness.py" in line]
    words = ["sh", "-c", command.replace("python", sys.executable, 1)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    assert without_times(done.stdout) == without_times(shown)


@pytest.mark.parametrize(("command", "shown"), SCRIPT_COMMANDS, ids=[line for line, _ in SCRIPT_COMMANDS])
def test_command(command: str, shown: str, script: Script, tmp_path: Path) -> None:
    """In this environment instead of a new one, which is what CI makes."""
    shutil.copytree(ROOT / "images", tmp_path / "cwd" / "images")
    done = script(*shlex.split(command.split("convolutions.py ")[-1]))
    assert done.returncode == 0, done.stderr
    assert without_times(done.stdout + done.stderr) == without_times(shown)
    # The image of the README; OpenCV 4 has another font.
    sheet = tmp_path / "cwd" / "output" / "coffee_sheet.png"
    if sheet.exists() and hasattr(cv2, "FontFace"):
        assert sheet.read_bytes() == (ROOT / "images" / "coffee_sheet.png").read_bytes()


@pytest.mark.parametrize(("code", "shown"), SNIPPETS)
def test_snippet(code: str, shown: str, tmp_path: Path) -> None:
    """Run it from a file, as workers import it; skip it where a library is missing, as PyTorch may be."""
    for name in re.findall(r"^import (\w+)", code, re.MULTILINE):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"needs {name}")
    (tmp_path / "images").symlink_to(ROOT / "images")
    (tmp_path / "snippet.py").write_text(code)
    command, environment = [sys.executable, "snippet.py"], os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == shown


@pytest.mark.parametrize(("command", "shown"), BEGINNINGS)
def test_parts_of_an_output(script: Script, command: str, shown: str) -> None:
    """The beginning, and what is shown after `[...]`, in this order."""
    words = shlex.split(re.sub(r"(?<= )(images|tests)(?=/)", rf"{ROOT}/\1", command))
    text = "\n" + script(*words).stdout
    parts = [re.escape(f"\n{part}") for part in shown.split("[...]\n")]
    assert re.match("(?s:.*?)".join(parts), text)


def test_first_lines_install_what_they_run() -> None:
    """The commands for a fresh machine, on Windows, too; CI takes the second from the README and runs it."""
    venv = "python3 -m venv .venv && .venv/bin/pip install -q -r "
    fresh = [line for line, _ in CONSOLE if line.startswith(venv)]
    assert fresh == [
        venv + "requirements.txt && .venv/bin/python convolutions.py --image images/coffee.png",
        venv + "tests/requirements.txt && .venv/bin/python -m pytest",
    ]
    windows = re.findall(r"`(\.venv\\Scripts\\.+?|python -m venv.+?)`", README)
    theirs = fresh[0].replace("python3", "python").replace("bin/", "Scripts/").replace("/", "\\")
    assert " && ".join(windows) == theirs


def test_a_loop_that_is_changed(tmp_path: Path) -> None:
    """As the README says: pixels that differ turn red, and the exit status is 1."""
    shutil.copytree(ROOT / "filtering", tmp_path / "filtering")
    shutil.copy(ROOT / "kernels.py", tmp_path)
    (loop,) = LOOP
    code = (ROOT / "convolutions.py").read_text(encoding="utf-8")
    changed = code.replace(loop, loop.replace(".sum()", ".max()"))
    assert changed != code
    (tmp_path / "convolutions.py").write_text(changed)
    tiny = str(ROOT / "images" / "tiny.png")
    command = [sys.executable, "convolutions.py", "--image", tiny, "--no-window", "-o", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "")
    assert "0 of 6 kernels match" in done.stdout
    sheet, _ = read_image(str(tmp_path / "tiny_sheet.png"))
    assert (sheet == BAD).all(axis=2).sum() > 10_000


def test_options_are_those_of_the_script(capsys: Capture) -> None:
    assert main(["--help"]) == 0
    options = set(re.findall(r"--[a-z-]+", "\n".join(re.findall(r"^  -.*", capsys.readouterr().out, re.M))))
    listed = re.findall(r"--[a-z-]+", "\n".join(re.findall(r"^\| (`-.*?) \|", README, re.M)))
    assert options - {"--help"} == set(listed)


def test_links_lead_somewhere_and_to_every_module() -> None:
    links = {path: re.findall(r"\]\((?!http)([^)#]+)", path.read_text("utf-8")) for path in READMES}
    linked = {path: [(path.parent / link).resolve() for link in links[path]] for path in READMES}
    assert [path for some in linked.values() for path in some if not path.exists()] == []
    for module in [*ROOT.glob("*.py"), *ROOT.glob("filtering/**/*.py")]:
        tour = next(path for path in reversed(READMES) if module.is_relative_to(path.parent))
        assert module.stem == "__init__" or module in linked[tour], module


def test_table_of_the_tutorials_differences() -> None:
    """By the tutorial's two steps: the fraction is cut off, and filter2D has its default border."""
    image = cv2.cvtColor(read_image(str(ROOT / "images" / "camera.png"))[0], cv2.COLOR_BGR2GRAY)
    for name, kernel in KERNEL_BANK.items():
        sums = cv2.filter2D(image, cv2.CV_64F, kernel, borderType=cv2.BORDER_REPLICATE)
        tutorial = np.clip(sums.astype("float32"), 0, 255).astype("uint8")
        apart = np.abs(tutorial.astype(int) - cv2.filter2D(image, -1, kernel))
        reach = kernel.shape[0] // 2
        inside = apart[reach:-reach, reach:-reach]
        assert f"| {name} | {100 * np.mean(apart > 0):.1f} % | {inside.max()} | {apart.max()} |\n" in README
