"""Check an image that some program has made: its pixels are filter2D's, or which mistake explains them.

A photo is large, and the search tries hundreds of hypotheses. So it looks at a part first, the edges and some
of the middle; what it finds there is then proven on all pixels.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import numpy.typing as npt

from filtering.borders import BORDERS, check_border
from filtering.check.diagnose import special_result
from filtering.check.edges import STRIDES, straightened
from filtering.check.findings import Difference, Examination, Finding, dtypes, make, of_explanation
from filtering.check.mistakes import DIVISORS, ORIENTATIONS, Hypothesis, agreement, predict
from filtering.check.probes import Case, Probe
from filtering.check.search import Explanation, explain
from filtering.check.source import ANY_LANGUAGE
from filtering.check.words import sentence
from filtering.compare import are_ties
from filtering.exact import check_kernel
from filtering.fast import convolve_fast
from filtering.model import REACH
from filtering.pixels import check_image as check_input

PART = 40  # rows and columns of each part that is searched, besides those that the kernel reaches
ROUNDS = 3  # of search: in each, a part with what is still wrong is added
SAMPLE = 1000  # of many differing pixels; if none of these is a tie, none is taken for one


def examine_image(
    image: npt.ArrayLike,
    kernel: npt.ArrayLike,
    result: npt.ArrayLike,
    border: str | None = None,
    name: str = "the result",
    jpeg: bool = False,
) -> Examination:
    """Explain an image that was made of another one with a kernel.

    image: uint8, (H, W) or (H, W, C). result: real numbers, with as many channels; int16 is compared with
    signed responses. border: the mode that the result must have; None: the one that fits best. name: of the
    result, for the report. jpeg: it has been one, so no pixel is sure. Raises ValueError, with the rule and
    the value received, for anything else.
    """
    image, kernel, result = check_input(image), check_kernel(kernel), np.asarray(result)
    if border is not None:
        check_border(border)
    if result.dtype.kind not in "uif" or result.ndim != image.ndim or result.shape[2:] != image.shape[2:]:
        raise ValueError(
            f"a result needs real numbers and the channels of the image, shape {image.shape}; "
            f"got {result.dtype}, shape {result.shape}"
        )
    signed, told, findings = result.dtype == np.int16, None, list[Finding]()
    own, right, tied = border or "replicate", image, 0
    probes = [Probe(plane, kernel, "yours") for plane in channels(image)]
    cases = list(zip(probes, channels(result), strict=True))
    if result.shape == image.shape:
        own, right = nearest_border(image, kernel, result, border, signed=signed)
        tied = mark_ties(cases, right)
    if tied < 0:
        pass
    return Examination(name=name, findings=findings, border=own, explanation=told)


def channels(image: np.ndarray) -> list[np.ndarray]:
    """Return the channels of an image, (H, W) each."""
    return [*np.moveaxis(image.reshape(*image.shape[:2], -1), 2, 0)]
