"""The search for edits that bring a function nearer to filter2D."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from written import defined

from filtering.check.calling import call, styles
from filtering.check.trying import search


def test_an_edit_that_does_not_help_is_left_out(tmp_path: Path) -> None:
    """Nor is one that helps only where another one is not made."""
    text = "def convolve(image, kernel):\n    return 2 * image + 1 - 0\n"
    groups = [
        [[(40, 41, "3")], [(40, 41, "1")]],  # the factor: only 1 is right
        [[(52, 53, "2")], [(52, 53, ")")]],  # no edit of this makes it better: the second is no Python
        [[(56, 57, "1")], [(56, 57, "20")]],  # the offset: 1 takes it away
    ]
    image = np.arange(100, dtype=np.uint8).reshape(10, 10)
    np.savez(tmp_path / "0.npz", image=image, kernel=np.eye(1))
    np.savez(tmp_path / "right-0.npz", replicate=image)
    plan = {"text": text, "groups": groups, "seconds": 60, "call": "convolve(image, kernel)"}
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    said: dict[str, Any] = {}
    search(tmp_path, ["0"], lambda now: styles(defined(now, "convolve"), "convolve"), call, said.__setitem__)
    assert said["chosen"] == [1, None, 0]
