"""Changes of a file that were tried: the diff of each, applied by patch, gives a function that is right."""

import io
import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from gallery import CASES
from written import NEW, OLD, WRONG, alone, defined, fix_of

from filtering.check import fixes
from filtering.check.calling import Failure, Style, call, styles, tell
from filtering.check.command import run_check
from filtering.check.diagnose import examine
from filtering.check.runner import Job
from filtering.check.trying import search

# No change that is tried makes them better.
IN_WORDS = ["one_pixel_never_written", "heavier"]
IN_PART = ["valid_and_one_less", "all_but_1_x_1_kernels", "fourier_complex", "median_around_square_kernels"]
NAMED = [name for name, case in CASES.items() if name.isidentifier() and case.verdict != "matches"]


class Here(Job):
    """The search for edits, in this process: starting one for each function takes longer than all else."""

    def run_child(self, how: str, numbers: list[str]) -> Failure | None:
        def anew(text: str) -> list[Style]:
            return styles(defined(text, self.name), self.name)

        search(self.folder, numbers, anew, call, partial(tell, self.folder))
        return None


@pytest.mark.filterwarnings("ignore:Casting complex values")
@pytest.mark.parametrize("name", [name for name in NAMED if name not in IN_WORDS])
def test_functions_of_the_gallery(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What patch makes of the file is what was checked as a whole, and was right."""
    monkeypatch.setattr(fixes, "Job", Here)
    monkeypatch.setattr(fixes, "examine", lambda *given: examine(defined(given[-1].decode(), name)))
    path = tmp_path / "mine.py"
    path.write_text(alone(name))
    fix = fix_of(path, name, examine(defined(alone(name), name)))
    assert fix.verdict == ("explained" if name in IN_PART else "matches")


def test_what_is_left_is_said_and_saved_but_not_over_an_input(tmp_path: Path) -> None:
    """A function of colour images stays one."""
    path, out = tmp_path / "mine.py", io.StringIO()
    path.write_text(WRONG.replace("    height,", "    image = image[:, :, 0]\n    height,"))
    more: dict[str, Any] = {"output": tmp_path, "json": False, "out": out}
    for _ in range(2):  # what is there already is left as it is
        assert run_check(f"{path}:convolve", None, None, inputs=[str(path)], **more) == 1
    assert "With this change, this is left (tried): it takes *colour images only*" in out.getvalue()
    fixed = tmp_path / "mine_fixed.py"
    assert fixed.read_text() == path.read_text().replace(OLD, NEW)
    fixed.write_text("of my own")
    with pytest.raises(ValueError, match=r"cannot write .*mine_fixed.py: is an input"):
        run_check(f"{path}:convolve", None, None, inputs=[str(fixed)], **more)


@pytest.mark.parametrize("body", ["cv2.GaussianBlur(image, (5, 5), 0)", "image.nothing(kernel)"])
def test_nothing_is_shown_that_is_not_proven(tmp_path: Path, body: str, capsys: Any) -> None:
    path, out = tmp_path / "mine.py", io.StringIO()
    path.write_text(f"import cv2\n\n\ndef convolve(image, kernel):\n    return {body}\n")
    run_check(f"{path}:convolve", None, None, json=True, out=out)
    assert "tried):" not in out.getvalue()
    assert json.loads(capsys.readouterr().out)["fix"] is None
