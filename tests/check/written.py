"""A function in a file of its own: run on a few probes in a child process, checked, or made right."""

import inspect
import linecache
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import gallery
import numpy as np
from gallery import CASES
from pages import program

from filtering.check import check_function
from filtering.check.calling import Failure
from filtering.check.diagnose import examine, no_progress
from filtering.check.findings import Examination, Fix
from filtering.check.fixes import with_fix
from filtering.check.probes import probes
from filtering.check.report import Result
from filtering.check.runner import Progress, Run, run_in_child

HEAD = "import numpy as np\n\n\ndef convolve(image, kernel):\n"
LOOP = """\
    height, width = image.shape
    kh, kw = kernel.shape
    padded = np.pad(image, ((kh // 2,), (kw // 2,)), mode="edge")
    output = np.zeros((height, width), dtype=np.uint8)
    for y in range(height):
        for x in range(width):
            total = (padded[y : y + kh, x : x + kw] * kernel).sum()
            output[y, x] = np.clip(np.rint(total), 0, 255)
    return output
"""
RIGHT = HEAD + LOOP
WRONG = RIGHT.replace("np.rint(total)", "total")
OLD, NEW = "np.clip(total, 0, 255)", "np.rint(np.clip(total, 0, 255))"  # the change that makes it right
INPUTS = [(probe.image, probe.kernel) for probe in probes()[:5]]


def check(folder: Path, text: str, name: str = ":convolve") -> Result:
    (folder / "mine.py").write_text(text)
    return check_function(f"{folder / 'mine.py'}{name}")


def load(folder: Path, text: str, name: str = "", progress: Progress = no_progress, **beside: str) -> Run:
    """Run the function of a text on the first five probes. beside: other modules, and their texts."""
    for module, content in beside.items():
        (folder / f"{module}.py").write_text(content)
    (folder / "mine.py").write_text(text)
    return run_in_child(folder / "mine.py", name, INPUTS, 60, progress)


def errors(run: Run) -> list[str | None]:
    """Return what was wrong with each probe."""
    failures = [Failure("", "not tried") if trial is None else trial.failure for trial in run.trials]
    return [None if failure is None else failure.text for failure in failures]


def notes(run: Run) -> list[str]:
    """Return what the file was loaded without, where all outputs are right."""
    assert errors(run) == [None] * len(INPUTS)
    for trial, (image, kernel) in zip(run.trials, INPUTS, strict=True):
        expected = cv2.filter2D(image, -1, kernel, borderType=cv2.BORDER_REPLICATE)
        assert trial is not None
        assert np.array_equal(np.asarray(trial.output), expected)
    return run.notes


def patched(path: Path, diff: str) -> bytes:
    """Apply a diff with patch, in the file's folder, to exactly the lines that it names; return the file."""
    command = [program("patch"), "-p1", "--binary", "--fuzz=0", "--no-backup-if-mismatch"]
    done = subprocess.run(command, input=diff.encode(), cwd=path.parent, capture_output=True)
    assert done.returncode == 0, done.stdout
    assert b"offset" not in done.stdout
    return path.read_bytes()


def fix_of(path: Path, name: str = "convolve", told: Examination | None = None) -> Fix:
    """Return the fix of a function that was found out about; the diff makes of the file what was checked."""
    before, target = path.read_bytes(), f"{path}:{name}"
    fix = with_fix(told or examine(target), target, None, None).fix
    assert path.read_bytes() == before
    assert fix is not None
    assert patched(path, fix.diff) == fix.data
    return fix


def proven(path: Path, name: str = "convolve") -> str:
    """Return the diff of a fix that leaves nothing to change."""
    fix = fix_of(path, name)
    assert fix.verdict == "matches"
    return fix.diff


def alone(name: str) -> str:
    """Return the text of a file with a function of the gallery, and the helpers that it calls."""
    functions: list[Any] = [CASES[name].function, gallery.pixels, gallery.total]
    body = "\n\n".join(re.sub(r"(?ms)\A@.*?(?=^def )", "", inspect.getsource(one)) for one in functions)
    imports = re.findall(r"^(?:import|from) .*", inspect.getsource(gallery), re.MULTILINE)
    words = {*re.findall(r"\w+", body)}
    used = [one for one in imports if {*re.findall(r"\w+", one.rpartition("import ")[2])} & words]
    return "\n".join([*used, "", "", body])


def defined(text: str, name: str) -> Callable[..., Any]:
    """Return a function of a text, which is where its source is looked for."""
    file, names = f"<{hash(text)}>", dict[str, Any]()
    linecache.cache[file] = len(text), None, text.splitlines(True), file
    exec(compile(text, file, "exec"), names)
    function: Callable[..., Any] = names[name]
    return function
