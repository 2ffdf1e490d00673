"""What is wrong with a convolve of your own."""

from collections.abc import Callable
from typing import Any

import numpy as np

from filtering.check.diagnose import SECONDS, examine, no_progress
from filtering.check.report import Result, result
from filtering.check.runner import Progress

__all__ = ["check_function"]


def check_function(
    function: str | Callable[..., Any],
    image: np.ndarray | None = None,
    border: str | None = None,
    seconds: float = SECONDS,
    progress: Progress = no_progress,
    kernels: dict[str, np.ndarray] | None = None,
) -> Result:
    """Find out how function(image, kernel) differs from cv2.filter2D, and why.

    function: `FILE.py:FUNCTION`, `FILE.py:CLASS.METHOD` or `FILE.py`, which is run in a child process, so
    that it does no harm and ends in time; or a function, which is called here, with no time limit.
    image: a gray image, uint8, that is tried as well. border: the border mode that the function must have;
    None: any of the five is right. seconds: for everything. progress: called as progress(done, total).
    kernels: further kernels to try it with, on `image` too.

    Returns {"function", "verdict", "findings", "pixels", "differing", "advice"}. The verdict is "matches",
    "explained" (a hypothesis reproduces every output exactly), "partly" (it reproduces the inside of every
    output, but not all edges), "unexplained" or "fails" (no output to judge by). A finding is {"aspect",
    "found", "expected", "advice"}. `pixels` were compared with filter2D's, of which `differing` differ, under
    the function's own border where that is a right one. `advice` is the diagnosis as text.
    ValueError where the function cannot be loaded, or cannot be called with an image and a kernel.
    """
    return result(examine(function, image, border, seconds, progress, kernels))
