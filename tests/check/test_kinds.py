"""What probes have in common that fail: the kinds of images and kernels."""

from collections.abc import Callable

import numpy as np
import pytest
from gallery import total

from filtering.check.kinds import KINDS, exact_kinds
from filtering.check.probes import Probe, probes

# By height and width of the image and of the kernel.
OF_SIZES: dict[str, Callable[[int, int, int, int], bool]] = {
    "non-square kernel": lambda h, w, kh, kw: kh != kw,
    "non-square image": lambda h, w, kh, kw: h != w,
    "image smaller than the kernel": lambda h, w, kh, kw: h < kh or w < kw,
    "kernel other than 3 x 3": lambda h, w, kh, kw: (kh, kw) != (3, 3),
    "kernel with a side of 1": lambda h, w, kh, kw: kh == 1 or kw == 1,
    "kernel of one row or column": lambda h, w, kh, kw: (kh == 1) != (kw == 1),
    "image with an even side": lambda h, w, kh, kw: h % 2 == 0 or w % 2 == 0,
    "image of even height": lambda h, w, kh, kw: h % 2 == 0,
    "image of even width": lambda h, w, kh, kw: w % 2 == 0,
    "image of odd width": lambda h, w, kh, kw: w % 2 == 1,
    "image with an odd side": lambda h, w, kh, kw: h % 2 == 1 or w % 2 == 1,
    "image of one row or column": lambda h, w, kh, kw: h == 1 or w == 1,
    "1 x 1 image": lambda h, w, kh, kw: h == w == 1,
    "1 x 1 kernel": lambda h, w, kh, kw: kh == kw == 1,
    "kernel larger than 3 x 3": lambda h, w, kh, kw: kh > 3 or kw > 3,
    "kernel larger than 5 x 5": lambda h, w, kh, kw: kh > 5 or kw > 5,
    "kernel larger than 7 x 7": lambda h, w, kh, kw: kh > 7 or kw > 7,
    "kernel higher than wide": lambda h, w, kh, kw: kh > kw,
    "kernel wider than high": lambda h, w, kh, kw: kh < kw,
    "image higher than wide": lambda h, w, kh, kw: h > w,
    "image wider than high": lambda h, w, kh, kw: h < w,
}
OF_NUMBERS: dict[str, Callable[[Probe], bool]] = {
    "kernel that sums to 0": lambda probe: abs(probe.kernel.sum()) < 1e-9,
    "whole-number kernel": lambda probe: probe.kernel.dtype.kind == "i",
    "sum below 0 or above 255": lambda probe: np.ptp([*total(probe.image, probe.kernel).flat, 0, 255]) > 255,
}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds(kind: str) -> None:
    """One is named where exactly the probes of that kind are wrong, and no other kind is."""
    if kind in OF_SIZES:
        bad = [one for one in probes() if OF_SIZES[kind](*one.image.shape, *one.kernel.shape)]
    else:
        bad = [one for one in probes() if OF_NUMBERS[kind](one)]
    assert 0 < len(bad) < len(probes())
    assert exact_kinds(bad, probes()) == (kind,)
    assert exact_kinds(bad[1:], probes()) != (kind,)


def test_two_and_three_kinds_at_once() -> None:
    """Of wrong results, two at most are named: three may fit by chance; of exceptions three."""
    bad = [probe for probe in probes() if probe.kernel.dtype.kind == "i" or 1 in probe.kernel.shape]
    assert exact_kinds(bad, probes()) == ("whole-number kernel", "kernel with a side of 1")
    kinds = "non-square kernel", "image smaller than the kernel", "kernel larger than 7 x 7"
    bad = [probe for probe in probes() if any(KINDS[kind](probe) for kind in kinds)]
    assert exact_kinds(bad, probes(), raised=True) == kinds
    assert exact_kinds(bad, probes()) == ()
