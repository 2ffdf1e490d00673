"""What is wrong with a convolve of your own: a function, a program, or the image that it has made."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from filtering.check.diagnose import SECONDS, examine, no_progress
from filtering.check.fixes import with_fix
from filtering.check.image import examine_image
from filtering.check.program import Program
from filtering.check.report import ImageResult, Result, image_result, result
from filtering.check.runner import Progress

__all__ = ["check_function", "check_image", "check_program"]


@np.errstate(all="ignore")  # an output may hold any numbers
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

    Returns {"function", "verdict", "findings", "pixels", "differing", "advice", "fix"}. The verdict is
    "matches", "explained" (a hypothesis reproduces every output exactly), "partly" (it reproduces the inside
    of every output, but not all edges), "unexplained" or "fails" (no output to judge by). A finding is
    {"aspect", "found", "expected", "advice"}. `pixels` were compared with filter2D's, of which `differing`
    differ, under the function's own border where that is a right one. `advice` is the diagnosis as text.
    `fix` is {"diff", "verdict"}: changes of a file that were tried, as a unified diff, and the verdict of the
    changed function; None if there are none. The file stays as it is. ValueError where the function cannot be
    loaded, or cannot be called with an image and a kernel.
    """
    end = time.monotonic() + seconds
    told = examine(function, image, border, seconds, progress, kernels)
    return result(with_fix(told, function, image, border, kernels, end - time.monotonic()))


@np.errstate(all="ignore")
def check_program(
    command: str,
    image: np.ndarray | None = None,
    border: str | None = None,
    seconds: float = SECONDS,
    progress: Progress = no_progress,
    kernels: dict[str, np.ndarray] | None = None,
) -> Result:
    """Find out how a program differs from cv2.filter2D, and why.

    command: as in a shell, such as `./mine {image} {kernel} {output}`; see program.Program for what may stand
    in braces. It is run once for each probe, in an empty folder. The other arguments, and what is returned,
    are those of check_function; a program without {kernel} or {weights} needs the kernel that it has built
    in as the only one of `kernels`. ValueError where it cannot be run.
    """
    return result(examine(Program.of(command), image, border, seconds, progress, kernels))


@np.errstate(all="ignore")
def check_image(
    image: npt.ArrayLike, kernel: npt.ArrayLike, result: npt.ArrayLike, border: str | None = None
) -> ImageResult:
    """Find out how an image that was made of another one differs from cv2.filter2D's, and why.

    image: uint8, (H, W) or (H, W, C). result: what was made of it, with as many channels; int16 is compared
    with signed responses. border: the mode that it must have; None: the one that fits best.
    Returns what check_function does, and "places", [x, y] of the pixels that differ, at most a hundred, and
    "box", [left, top, right, bottom] around all of them. ValueError for what is no image or no kernel.
    """
    return image_result(examine_image(image, kernel, result, border))
