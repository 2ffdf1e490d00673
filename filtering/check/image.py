"""Check an image that some program has made: its pixels are filter2D's, or which mistake explains them.

A photo is large, and the search tries hundreds of hypotheses. So it looks at a part first, the edges and some
of the middle; what it finds there is then proven on all pixels.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import cv2
import numpy as np
import numpy.typing as npt

from filtering.borders import BORDERS, check_border
from filtering.check.diagnose import special_result
from filtering.check.edges import STRIDES, on_grids, straightened
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
NTH = {str(step): word for step, word in STRIDES.items()}
KEEP = "Keep the sums as they are, rounded, in 16 bits."
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
    alike = result.ndim == image.ndim and result.shape[2:] == image.shape[2:]
    if result.dtype.kind not in "uif" or not alike or result.size == 0:
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
        verdict, cases, told, findings = explained(cases, wrong, border, signed=signed)
    if told is not None and told.guess.border in BORDERS and not (border or told.guess.borderless):
        own = str(told.guess.border)
        right = convolve_fast(image, kernel, own, signed=signed)
    counts = wrong if told is None else True  # those that are no ties
    differences = [
        Difference(probe, output, plane, (output != plane) & counts & probe.known)
        for (probe, output), plane in zip(cases, channels(right), strict=False)
    ]
    return Examination(
        "", name, verdict, findings, own, differences, told, untried=0, colour="untried",
        border_given=border is not None, subject="image", tied=ties,
    )  # fmt: skip


def channels(image: np.ndarray) -> list[np.ndarray]:
    """Return the channels of an image, (H, W) each."""
    planes: np.ndarray = image.reshape(*image.shape[:2], -1)
    return [planes[..., number] for number in range(planes.shape[2])]


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
    tied: np.ndarray = places[are_ties(places, image, kernel, border, right, result)]
    return tied


def explained(
    cases: list[Case], wrong: np.ndarray, border: str | None, *, signed: bool
) -> tuple[str, list[Case], Explanation | None, list[Finding]]:
    """Explain results that differ; return a verdict, the results in the size of their images, and findings.

    wrong: the mask of differing pixels. Of a size that no mistake gives, there are no cases.
    """
    kind = dtypes([output for _, output in cases], ANY_LANGUAGE) if not signed else []
    grids = ((("stride", str(step)), flat) for step, _, flat in on_grids(cases))
    readings: list[Reading] = [*in_size(cases), *grids]
    for shape, flat in readings:
        told = explain_whole(flat, wrong, border)
        if told is not None and told.sides and 4 * wrong.sum() < (~flat[0][0].inside()).sum():
            told = None  # some pixels at an edge are no mistake of the border
        if told is not None and told.guess.noisy and tipped(flat, told) >= wrong.sum():
            told = None  # noise that explains no more than what is right does
        if told is not None:
            found = [make(*shape, ANY_LANGUAGE, NTH.get(shape[1], ""))] if shape else []
            found += of_explanation(told, border, ANY_LANGUAGE) + kind
            if signed:
                found = of_signed(found, told, flat[0][0])
            return "partly" if told.sides else "explained", flat, told, found
        special = special_result(flat)
        if special is not None:
            says = special.says.removesuffix(" for every image")  # one was seen
            return "explained", flat, None, [replace(special, says=says)]
    if readings:
        shape, flat = readings[0]
        size = [make(*shape, ANY_LANGUAGE, NTH.get(shape[1], ""))] if shape else []
        return "unexplained", flat, None, size
    sizes = [" x ".join(map(str, shape[::-1])) for shape in (cases[0][1].shape, wrong.shape)]
    says = "its size is {}, and that of the image {}: no crop or stride known here gives that".format(*sizes)
    return "unexplained", [], None, [Finding("shape", "another", "same", says, "")]


def tipped(cases: list[Case], told: Explanation) -> int:
    """Count the pixels that an explanation leaves to float noise."""
    number = 0
    for probe, output in cases:
        made = predict(probe, told.guess)
        number += 0 if made is None else int(((made.exact != output) & probe.known).sum())
    return number


def of_signed(findings: list[Finding], told: Explanation, probe: Probe) -> list[Finding]:
    """Return the findings on signed responses: those on the range where some of them are out of 0..255."""
    sums = cv2.filter2D(probe.image, cv2.CV_64F, probe.kernel)
    low, high = np.min(sums) < 0, np.max(sums) > 255
    unseen = {"none": True, "clipped-at-0": not low, "clipped-at-255": not high}
    found = []
    for one in findings:
        if one.aspect == "range" and not unseen.get(one.found, False):
            one = replace(one, says=one.says.partition(";")[0], remedy=KEEP)
        if one.aspect != "range" or not unseen.get(one.found, False):
            found.append(one)
    if told.guess.range == "saturate" and (low or high):
        says = "it *stops at 0 and 255*, where signed results go below and above"
        found.append(Finding("range", "saturate", "int16", says, KEEP))
    return found


Reading = tuple[tuple[str, str] | tuple[()], list[Case]]  # what is wrong with the size, and the cases


def in_size(cases: list[Case]) -> Iterator[Reading]:
    """Yield the results as if they were not cropped, in the middle or at the top left, and not larger."""
    size, made = cases[0][0].image.shape, cases[0][1].shape
    if made == size[::-1] != size:
        shape, flat, _ = straightened(cases, transposed=True)
        yield ("shape", shape), flat
    for corner in (False, True):
        shape, flat, odd = straightened(cases, corner=corner)
        if not odd and not (corner and made == size):
            yield (("shape", shape) if shape != "same" else ()), flat


def explain_whole(cases: list[Case], wrong: np.ndarray, border: str | None) -> Explanation | None:
    """Return the explanation of a part of some results that holds for all of their pixels, if any does."""
    parts = [part_of(case, wrong) for case in cases]
    for _ in range(ROUNDS):
        told = explain(parts, border)
        if told is None or told.exceptions is not None:
            return None
        told = with_first_border(told, parts) if border is None else told
        for noisy in (told.guess.noisy, True):  # of many pixels, noise may tip some
            guess = replace(told.guess, noisy=noisy)
            inner = replace(guess, frame=REACH.moved(guess.shift), fill="any") if told.sides else guess
            left = [(case, ~agreement(*case, inner)) for case in cases]
            if not any(mask.any() for _, mask in left):
                return replace(told, guess=guess)
        parts += [part_of(case, mask) for case, mask in left if mask.any()]
    return None


def with_first_border(told: Explanation, cases: list[Case]) -> Explanation:
    """Return an explanation by the first border, in the order of BORDERS, that gives the same pixels."""
    others = [replace(told.guess, border=name) for name in BORDERS if told.guess.border in BORDERS]
    fitting = (guess for guess in others if all(agreement(*case, guess).all() for case in cases))
    return told if told.sides else replace(told, guess=next(fitting, told.guess))


def part_of(case: Case, wrong: np.ndarray) -> Case:
    """Return a part of a large image and its result: the edges, the extremes, and where most is wrong.

    Rows and columns between are left out. Windows across such a seam are of no image: pixels near it do not
    count.
    """
    probe, output = case
    sums = cv2.filter2D(probe.image, cv2.CV_64F, probe.kernel)  # a stretch begins and ends at their extremes
    extremes = np.unravel_index([np.argmin(sums), np.argmax(sums)], sums.shape)
    kept, seams = [], []
    for axis, reach in enumerate(probe.reach):
        side, far = probe.image.shape[axis], 3 * reach + 2  # of windows that are moved twice by half a kernel
        length = PART + 2 * far
        counts = np.cumsum(np.r_[0, wrong.sum(axis=1 - axis)])
        most = int(np.argmax(counts[length:] - counts[:-length])) if side > length else 0
        starts = [0, side - length, most, *(extremes[axis] - length // 2)]
        spans = [np.arange(max(start, 0), min(start + length, side)) for start in starts]
        use = np.unique(np.concatenate(spans))
        cuts = np.flatnonzero(np.diff(use) > 1) + 1
        apart = np.abs(np.arange(len(use))[:, np.newaxis] - cuts + 0.5).min(axis=1, initial=side)
        kept.append(use)
        seams.append(apart < far)
    places = np.ix_(*kept)
    judged = probe.known[places] & ~(seams[0][:, np.newaxis] | seams[1])
    return Probe(probe.image[places], probe.kernel, probe.purpose, judged), output[places]


def nearest_story(told: Examination) -> str:
    """Say which single mistake is nearest to an image that has lost pixels, and how far off it is."""
    if told.explanation is not None or not told.differences:
        return ""
    parts = [part_of((one.probe, one.output), one.differing) for one in told.differences]
    plain = Hypothesis(told.border)
    guesses = [
        replace(plain, orientation=orientation, divisor=divisor)
        for orientation, divisor in product(ORIENTATIONS, DIVISORS)
    ]
    off = {guess: float(np.mean([_off(part, guess) for part in parts])) for guess in guesses}
    nearest = min(off, key=lambda guess: off[guess])
    if off[nearest] > off[plain] / 2:  # not much nearer than what is right
        return f"; filter2D's own pixels are {off[plain]:.1f} off on average"
    says = " and ".join(one.says for one in of_explanation(Explanation(nearest), None, ANY_LANGUAGE))
    own = f"filter2D's own pixels {off[plain]:.1f}"
    return f"; nearest to it: {says}; that is {off[nearest]:.1f} off on average, {own}"


def _off(case: Case, guess: Hypothesis) -> float:
    """Return how far a result is from what a hypothesis predicts, on average."""
    made = predict(case[0], guess)
    return (
        np.inf
        if made is None
        else float(np.nanmean(np.abs(made.exact - case[1].astype(float))[case[0].known]))
    )
