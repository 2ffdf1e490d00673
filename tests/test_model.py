"""The model of a pixel: what is predicted, worked out by hand and in fractions, and what noise can change."""

from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from conftest import noise
from oracle import pixel, response

from filtering import model
from filtering.borders import BORDERS
from filtering.exact import Weights, on_paper
from filtering.fast import convolve_fast
from filtering.model import FLOAT32, FLOAT64, FOURIER, RANGES, REACH, ROUNDINGS, TRACE, Frame, Length, Model

HALVES = np.array([-5, -3, -1, 0, 1, 3, 5, 509, 511, 513, 1022])  # over 2: -2.5, ..., 256.5, 511
NINTHS = np.arange(1, 10).reshape(3, 3) / 45


def test_frames() -> None:
    """Of 5 x 6 pixels under a kernel of 3 x 5, with what is computed."""
    frames: list[tuple[Frame, Any]] = [
        (Frame(top=Length(0, 2), bottom=Length(1), left=Length(1), right=Length(-1, 1)), np.s_[2:4, 1:5]),
        (Frame(Length(-1), Length(-1), Length(-1), Length(-1)), np.s_[:, :]),
        (Frame(bottom=Length(9)), np.s_[:0]),
        (Frame(left=Length(1), rows=Length(2), columns=Length(0, 1)), np.s_[:2, 1:2]),
    ]
    for frame, computed in frames:
        mask = np.ones((5, 6), bool)
        mask[computed] = False
        assert np.array_equal(frame.mask((5, 6), (1, 2)), mask)
    assert [frame.covers(REACH) for frame in (REACH, Frame(*REACH[:3], Length(1)))] == [True, False]


def pixels(
    sums: Any, scale: Any, rounding: str = "half-even", span: str = "none", error: Any = 0.0
) -> model.Pixels:
    made = model.make_pixels(np.array(sums), scale, ROUNDINGS[rounding], RANGES[span], error)
    assert made is not None
    return made


def made(sums: Any, scale: int, rounding: str = "half-even", span: str = "none") -> list[float]:
    return [float(value) for value in pixels(sums, scale, rounding, span).exact]


ROUNDED = {
    "half-even": [-2, -2, 0, 0, 0, 2, 2, 254, 256, 256, 511],
    "half-odd": [-3, -1, -1, 0, 1, 1, 3, 255, 255, 257, 511],
    "half-up": [-2, -1, 0, 0, 1, 2, 3, 255, 256, 257, 511],
    "half-down": [-3, -2, -1, 0, 0, 1, 2, 254, 255, 256, 511],
    "floor": [-3, -2, -1, 0, 0, 1, 2, 254, 255, 256, 511],
    "truncate": [-2, -1, 0, 0, 0, 1, 2, 254, 255, 256, 511],
    "ceil": [-2, -1, 0, 0, 1, 2, 3, 255, 256, 257, 511],
    "none": (HALVES / 2).tolist(),
}


def test_roundings() -> None:
    """What is no half goes to the nearest."""
    assert {rounding: made(HALVES, 2, rounding) for rounding in ROUNDED} == ROUNDED
    for rounding in ("half-even", "half-odd", "half-up", "half-down"):
        assert made([-8, -7, -5, -4, 4, 5, 7, 8], 6, rounding) == [-1] * 4 + [1] * 4


SUMS = [-100, -1, 0, 7, 255, 256, 300]
CUT = {
    "saturate": [0, 0, 0, 7, 255, 255, 255],
    "wrap-modulo-256": [156, 255, 0, 7, 255, 0, 44],
    "absolute-value": [100, 1, 0, 7, 255, 255, 255],
    "none": SUMS,
    "clipped-at-0": [0, 0, 0, 7, 255, 256, 300],
    "clipped-at-255": [-100, -1, 0, 7, 255, 255, 255],
    "expects-0..1": [0, 0, 0, 1, 1, 1, 1],
    "absolute floats": [100, 1, 0, 7, 255, 256, 300],
    "absolute, then wrap": [100, 1, 0, 7, 255, 0, 44],
    "wrap below 0": [156, 255, 0, 7, 255, 255, 255],
    "wrap above 255": [0, 0, 0, 7, 255, 0, 44],
}
STRETCHED = {  # of -10, 0, 10, 40, and of 10, 20, 50
    "stretch-to-0..255": [[0, 51, 102, 255], [0, 63, 255]],
    "stretch by the largest": [[0, 0, 63, 255], [51, 102, 255]],
    "absolute, then stretch": [[63, 0, 63, 255], [51, 102, 255]],
    "stretch to -1..1, then wrap": [[1, 103, 205, 255], [0, 63, 255]],
}


def test_ranges() -> None:
    assert {name: made(3 * np.array(SUMS), 3, "half-even", name) for name in CUT} == CUT
    for name, stretched in STRETCHED.items():
        assert [made(sums, 1, "truncate", name) for sums in ([-10, 0, 10, 40], [10, 20, 50])] == stretched
        assert made([0, 10, 50], 1, "truncate", name) == [0, 51, 255]
    assert model.make_pixels(np.full(3, 7), 1, ROUNDINGS["truncate"], RANGES["stretch-to-0..255"]) is None
    assert made([-255, 0, 51, 510], 1, "none", "scaled-to-0..1") == [0, 0, 0.2, 1]
    assert made([-255, 0, 51, 510], 1, "none", "scaled, not saturated") == [-1, 0, 0.2, 2]
    assert made([-10, 0, 10, 40], 1, "none", "stretch to 0..1") == [0, 0.2, 0.4, 1]


# ---- What noise can change


def test_noise_goes_down_and_up() -> None:
    """A half may have become either neighbour, and no other pixel; never a fraction."""
    found = pixels([3, 9], 6, span="saturate", error=TRACE)
    assert [part.tolist() for part in (found.below, found.exact, found.above)] == [[0, 1], [0, 2], [1, 2]]
    assert found.equal(np.array([1, 1])).all()
    assert not found.equal(np.array([2, 0])).any()
    assert not found.equal(np.array([1j, 1])).any()
    large = pixels([7500], 10, span="saturate-int16", error=1.5)
    outputs = np.array([747, 748, 748.5, 749, 751, 752, 753, np.nan])
    assert large.equal(outputs).tolist() == [False, True, False, True, True, True, False, False]


def test_what_is_cut_off_is_not_next_to_a_step() -> None:
    """A sum of 300 that is truncated is 255, and no noise makes it 254; one of 255 may be."""
    for name, top in [("expects-0..1", 1), ("absolute-value", 255)]:
        found = pixels([300 * 6, top * 6], 6, "truncate", name, error=1e-9)
        assert found.exact.tolist() == [top, top]
        assert found.equal(np.array([top - 1, top - 1])).tolist() == [False, True]


def test_floats_are_right_within_the_error() -> None:
    found = pixels([5], 4, "none", error=9e-4)
    outputs = 1.25 + np.array([0, 8.9e-4, -8.9e-4, 9.1e-4, -9.1e-4])
    assert found.equal(outputs).tolist() == [True, True, True, False, False]
    for name in ("stretch-to-0..255", "saturate"):  # at the ends as well
        found = pixels([0, 255], 1, "none", name, error=1e-8)
        assert found.equal(np.array([-1e-9, 255 + 1e-9])).all()


@pytest.mark.parametrize("rounding", [name for name in ROUNDINGS if name != "none"])
def test_near_a_step_is_within_the_error(rounding: str) -> None:
    """Its end included, and nothing beyond: in fractions, for every sum and error there may be."""
    steps = [Fraction(n, 2) for n in range(-12, 13) if (n % 2 == 1) == ROUNDINGS[rounding].nearest]
    if rounding == "truncate":
        steps.remove(Fraction(0))  # from above -1 to below 1, all is 0
    for scale, parts in product([1, 2, 3, 7], range(8)):
        sums = np.arange(-3 * scale, 3 * scale + 1)
        error = Fraction(parts, 8 * scale)
        apart = [min(abs(Fraction(int(total), scale) - step) for step in steps) for total in sums]
        near = [error > 0 and distance <= error for distance in apart]
        assert pixels(sums, scale, rounding, error=error).near_step.tolist() == near
        of_each = pixels(sums, np.full(len(sums), scale), rounding, error=np.full(len(sums), float(error)))
        if scale & (scale - 1) == 0:  # else the float of an error at the very end is beside it
            assert of_each.near_step.tolist() == near


def test_where_direct_sums_are_exact() -> None:
    """An offset is part of a sum."""
    cases: list[tuple[Any, list[bool]]] = [  # in float32, in float64, by a Fourier transform
        (np.array([[1, 2, 1]]) / 4, [True, True, False]),
        (np.ones((3, 3)) / 9, [False, False, False]),
        ([[2.0**16 + 1]], [True, True, False]),
        ([[2.0**17 + 1]], [False, True, False]),
        ([[1.0, 2.0**-40]], [False, True, False]),
    ]
    for weights, exact in cases:
        kernel = on_paper(np.array(weights, float))
        assert [model.is_exact(kernel, floats) for floats in (FLOAT32, FLOAT64, FOURIER)] == exact
    quarter = on_paper(np.array([[0.25]]))
    for offset, is_whole in [(Fraction(1, 2), True), (Fraction(3, 10), False), (Fraction(2**24), False)]:
        error = 0 if is_whole else model.float_error(quarter) + 2 * 2.0**-24 * offset
        assert Model(quarter, offset=offset).error(FLOAT32) == pytest.approx(error, rel=1e-12)


def test_the_bound_of_float_errors_to_the_unit() -> None:
    """Of n products, each is rounded n + 1 times, which is n + 2 units; a Fourier transform has 16 at least.

    Zeros add nothing, and half the sum of the weights is half of the bound.
    """
    for taps, direct, fourier in [(1, 3, 16), (14, 16, 16), (15, 17, 17)]:
        halves = Weights(np.pad(np.ones((1, taps), int), [(0, 0), (2, 2)]), 2 * taps)
        errors = [model.float_error(halves, floats) for floats in (FLOAT32, FOURIER, FLOAT64)]
        errors.append(model.float_error(halves, roundings=taps))
        units = np.array(errors) / (2.0**-24 * 255 / 2)
        assert units == pytest.approx([direct, fourier, direct / 2**29, taps + 1], rel=1e-12)


def by_chance(found: model.Pixels, share: float, ways: str = "down, up") -> np.ndarray:
    """Return the exact pixels, of which noise has changed a share of those it can change."""
    output: np.ndarray = found.exact.copy()
    chance = np.random.default_rng(1).random(found.exact.shape)
    for other, way in ((found.below, "down"), (found.above, "up")):
        changed = (other != found.exact) & (chance < share) & (way in ways)
        output[changed] = other[changed]
    return output


TENTHS = np.random.default_rng(0).integers(0, 2550, 2000)


def test_noise_changes_some_pixels_and_leaves_some() -> None:
    for rounding, share, ways, excused in [
        ("half-even", 0.3, "down, up", True),
        ("half-even", 0.3, "down", False),
        ("half-even", 0.3, "up", False),
        ("truncate", 0.3, "down, up", True),  # up, there is nothing to change
        ("truncate", 1.0, "down, up", False),
    ]:
        found = pixels(TENTHS, 10, rounding, "saturate", TRACE)
        assert model.looks_like_noise([(by_chance(found, share, ways), found, found)]) == excused


def test_rules_are_no_noise() -> None:
    """Half to even after adding a half: of whole responses, the odd ones go up, and no even one does.

    Or nearly every pixel lies on a step, so that there is no evidence.
    """
    found = pixels(TENTHS, 10, "ceil", "saturate", TRACE)
    output = np.where(found.exact % 2 == 1, found.above, found.exact)
    assert not model.looks_like_noise([(output, found, found)])
    found = pixels(10 * np.arange(1, 255), 10, "truncate", "saturate", TRACE)
    assert not model.looks_like_noise([(by_chance(found, 0.3), found, found)])
    assert model.looks_like_noise([(found.exact, found, found)])
    # Of pixels beside a step, the nearest ones may change: not most of those within the bound.
    sums = np.random.default_rng(0).integers(0, 255 * 10**6, 20_000)
    near = pixels(sums, 10**6, span="saturate", error=0.01)
    on_step = pixels(near.exact, 1, span="saturate")
    for share, excused in [(0.2, True), (0.9, False)]:
        assert model.looks_like_noise([(by_chance(near, share), near, on_step)]) == excused


# ---- Borders and frames


def test_past_the_edge() -> None:
    """Also by negative indices, as Python has them: a reach beyond the image, an IndexError, gives 0."""
    assert model.extend(np.array([[5]]), 1, 1, ("zero", "replicate")).tolist() == [[0] * 3, [5] * 3, [0] * 3]
    assert model.extend(np.array([[5]]), 0, 1, 9).tolist() == [[9, 5, 9]]
    for shape in [(4, 5), (1, 3)]:
        image = np.arange(1, shape[0] * shape[1] + 1).reshape(shape)
        padded = model.negative_indices(image, 2, 3)
        for y, x in np.ndindex(padded.shape):
            row, column = y - 2, x - 3
            known = -shape[0] <= row < shape[0] and -shape[1] <= column < shape[1]
            assert padded[y, x] == (image[row, column] if known else 0)


def test_added_up_in_whole_numbers() -> None:
    windows, weights = np.array([[[100.0, 200.0, 3.0]]]), np.array([0.75, 1.25, -0.5])
    assert model.added_up(windows, weights, "int").tolist() == [[323]]  # 75, 325, 323.5
    assert model.added_up(windows, weights, "int-products").tolist() == [[324]]  # 75 + 250 - 1
    assert model.added_up(windows, weights, "uint8").tolist() == [[67]]  # 75, 325 - 256, 67.5


# ---- The model


def test_against_a_loop_over_fractions() -> None:
    """Also where sums are beyond int64."""
    image, offsets = noise(3, 4), [Fraction(0), Fraction(5, 2), Fraction(-3, 10**12), Fraction(10**9)]
    factors = [Fraction(1), Fraction(10**9 + 7, 10**9)]
    for weight, factor, offset in product([2**40, 2**30, 999_983], factors, offsets):
        values = np.array([[weight, -weight, 5], [-1, 7, 2], [0, 1, 9]], dtype=object)
        one = Model(Weights(values, 10**6), offset=offset, factor=factor)
        kernel = [[Fraction(value, 10**6) * factor for value in row] for row in values.tolist()]
        sums = [response(image, kernel, "replicate", y, x) for y, x in np.ndindex(image.shape)]
        assert one.pixels(image).ravel().tolist() == [pixel(total + offset, False) for total in sums]


def test_the_defaults_are_convolves() -> None:
    kernels = [
        NINTHS,
        np.outer([1, 2, 1], [1, 4, 6, 4, 1]) / 64,
        np.random.default_rng(3).normal(0, 0.4, (5, 3)),
    ]
    for border, kernel, image in product(BORDERS, kernels, (noise(23, 31), noise(2, 3))):
        exact = Model(on_paper(kernel).exact(), border)
        expected = convolve_fast(image, kernel, border)
        assert np.array_equal(exact.pixels(image), expected)
        assert np.array_equal(Model(on_paper(kernel), border).pixels(image), expected)
        signed = Model(exact.weights, border, range="saturate-int16").pixels(image)
        assert np.array_equal(signed, convolve_fast(image, kernel, border, signed=True))


def test_shifts_and_edges() -> None:
    image, ninth = noise(12, 10), on_paper(NINTHS)
    plain = Model(ninth, "zero").pixels(image)
    moved = Model(ninth, "zero", shift=(1, -2)).pixels(image)
    assert np.array_equal(moved[1 + 1 :, :-3], plain[1:-1, 2:-1])
    left = Model(ninth, frame=REACH).pixels(image)
    plain[[0, -1]], plain[:, [0, -1]] = image[[0, -1]], image[:, [0, -1]]
    assert np.array_equal(left, plain)
