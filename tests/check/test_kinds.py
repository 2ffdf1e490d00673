"""What probes have in common that fail: the kinds of images and kernels."""

from collections.abc import Callable

import numpy as np
import pytest
from gallery import total

from filtering.check.kinds import KINDS, exact_kinds, kinds_of
from filtering.check.mistakes import Hypothesis
from filtering.check.probes import Probe, probes

# By height and width of the image and of the kernel; of the others it is seen that they are others.
OF_SIZES: dict[str, Callable[[int, int, int, int], bool]] = {
    "non-square kernel": lambda h, w, kh, kw: kh != kw,
    "non-square image": lambda h, w, kh, kw: h != w,
    "image smaller than the kernel": lambda h, w, kh, kw: h < kh or w < kw,
    "kernel other than 3 x 3": lambda h, w, kh, kw: (kh, kw) != (3, 3),
    "kernel with a side of 1": lambda h, w, kh, kw: kh == 1 or kw == 1,
    "kernel of one row or column": lambda h, w, kh, kw: (kh == 1) != (kw == 1),
    "image of even height": lambda h, w, kh, kw: h % 2 == 0,
    "image with an odd side": lambda h, w, kh, kw: h % 2 == 1 or w % 2 == 1,
    "1 x 1 kernel": lambda h, w, kh, kw: kh == kw == 1,
    "kernel larger than 5 x 5": lambda h, w, kh, kw: kh > 5 or kw > 5,
    "kernel higher than wide": lambda h, w, kh, kw: kh > kw,
    "image higher than wide": lambda h, w, kh, kw: h > w,
}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds(kind: str) -> None:
    """One is named where exactly the probes of that kind are wrong, and no other kind is."""
    bad = [one for one in probes() if KINDS[kind](one)]
    if kind in OF_SIZES:
        assert bad == [one for one in probes() if OF_SIZES[kind](*one.image.shape, *one.kernel.shape)]
    assert 0 < len(bad) < len(probes())
    assert exact_kinds(bad, probes()) == (kind,)
    assert exact_kinds(bad[1:], probes()) != (kind,)


def test_sums_that_are_out_of_range() -> None:
    bad = [one for one in probes() if np.ptp([*total(one.image, one.kernel).flat, 0, 255]) > 255]
    assert exact_kinds(bad, probes()) == ("sum below 0 or above 255",)
    white = Probe(np.full((3, 4), 255, np.uint8), np.ones((1, 1)))
    assert not kinds_of(Hypothesis())["sum above 255"](white)


def test_two_and_three_kinds_at_once() -> None:
    """Of wrong results, two at most are named: three may fit by chance; of exceptions three."""
    bad = [probe for probe in probes() if probe.kernel.dtype.kind == "i" or 1 in probe.kernel.shape]
    assert exact_kinds(bad, probes()) == ("whole-number kernel", "kernel with a side of 1")
    kinds = "non-square kernel", "image smaller than the kernel", "kernel larger than 7 x 7"
    bad = [probe for probe in probes() if any(KINDS[kind](probe) for kind in kinds)]
    assert exact_kinds(bad, probes(), raised=True) == kinds
    assert exact_kinds(bad, probes()) == ()
