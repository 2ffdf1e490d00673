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
) -> Examination:
    """Explain an image that was made of another one with a kernel.

    image: uint8, (H, W) or (H, W, C). result: real numbers, with as many channels; int16 is compared with
    signed responses. border: the mode that the result must have; None: the one that fits best. name: of the
    result, for the report. Raises ValueError, with the rule and the value received, for anything else.
    """
    image, kernel, result = check_input(image), check_kernel(kernel), np.asarray(result)
    if border is not None:
        check_border(border)
    if result.dtype.kind not in "uif" or result.ndim != image.ndim or result.shape[2:] != image.shape[2:]:
        raise ValueError(
            f"a result needs real numbers and the channels of the image, shape {image.shape}; "
            f"got {result.dtype}, shape {result.shape}"
        )
    signed = result.dtype == np.int16
    probes = [Probe(plane, kernel, "yours") for plane in channels(image)]
    cases = list(zip(probes, channels(result), strict=True))
    own, right = nearest_border(image, kernel, result, border, signed=signed)
    ties, wrong = 0, np.ones(image.shape[:2], bool)
    if result.shape == image.shape:
        wrong = (right != result).reshape(*image.shape[:2], -1).any(axis=2)
        tied = ties_among(np.argwhere(wrong), image, kernel, own, right, result)
        wrong[tuple(tied.T)], ties = False, len(tied)
    verdict, told, findings = "matches", None, list[Finding]()
    if wrong.any():
        cases, told, findings = explained(cases, wrong, border, signed=signed)
        verdict = "unexplained" if not findings and told is None else "explained"
    if told is not None:
        verdict = "partly" if told.sides else verdict
        if told.guess.border in BORDERS and border is None and not told.guess.borderless:
            own = str(told.guess.border)
            right = convolve_fast(image, kernel, own, signed=signed)
    differences = [
        Difference(probe, output, plane, output != plane if ties == 0 else wrong)
        for (probe, output), plane in zip(cases, channels(right), strict=False)
    ]
    return Examination(
        "", name, verdict, findings, own, differences, told, untried=0, colour="untried",
        border_given=border is not None, subject="image", tied=ties,
    )  # fmt: skip


def channels(image: np.ndarray) -> list[np.ndarray]:
    """Return the channels of an image, (H, W) each."""
    return [*np.moveaxis(image.reshape(*image.shape[:2], -1), 2, 0)]


def nearest_border(
    image: np.ndarray, kernel: np.ndarray, result: np.ndarray, border: str | None, *, signed: bool
) -> tuple[str, np.ndarray]:
    """Return the border under which a result is nearest to filter2D's, and filter2D's pixels.

    border: the one that it must have. Of several that are as near, the first in the order of BORDERS counts.
    """
    best, fewest, nearest = "", image.size + 1, image
    for name in [border] if border else BORDERS:
        right = convolve_fast(image, kernel, name, signed=signed)
        differing = int(np.count_nonzero(right != result)) if right.shape == result.shape else image.size
        if differing < fewest:
            best, fewest, nearest = name, differing, right
    return best, nearest


def ties_among(
    places: np.ndarray,
    image: np.ndarray,
    kernel: np.ndarray,
    border: str,
    right: np.ndarray,
    result: np.ndarray,
) -> np.ndarray:
    """Return which of these differing pixels are ties: (n, 2) of y and x."""
    if result.dtype.kind == "f" or not len(places):
        return places[:0]
    some = places[:: -(-len(places) // SAMPLE)]
    if not are_ties(some, image, kernel, border, right, result).any():
        return places[:0]
    return places[are_ties(places, image, kernel, border, right, result)]


def explained(
    cases: list[Case], wrong: np.ndarray, border: str | None, *, signed: bool
) -> tuple[list[Case], Explanation | None, list[Finding]]:
    """Explain results that differ; return them in the size of their images, and what is found.

    wrong: the mask of differing pixels. Where the size is none that a mistake gives, there are no cases.
    """
    for shape, flat, source in [*in_size(cases), *spread(cases)]:
        found = [make(*shape, ANY_LANGUAGE)] if shape else []
        special = special_result(flat)
        if special is not None:
            return flat, None, [special]
        told = explain_whole(flat, wrong, border)
        if told is not None:
            found += of_explanation(told, border, source)
            return flat, told, signed_only(found, told) if signed else found + dtypes([flat[0][1]], source)
    return (cases if cases[0][1].shape == wrong.shape else []), None, []
