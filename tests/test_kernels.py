"""Kernels: the numbers of the bank, what is refused, and how a kernel is written on paper."""

import warnings
from fractions import Fraction

import numpy as np
import pytest

from filtering.compare import compare
from filtering.describe import about, facts, facts_text, kernel_text
from filtering.exact import check_kernel, doubtful, on_paper
from kernels import ABOUT, KERNEL_BANK, KERNELS, flip


def test_bank_is_the_tutorials() -> None:
    assert list(KERNEL_BANK) == ["small_blur", "large_blur", "sharpen", "laplacian", "sobel_x", "sobel_y"]
    assert (KERNEL_BANK["small_blur"] == np.ones((7, 7)) * (1.0 / 49)).all()
    assert (KERNEL_BANK["large_blur"] == np.ones((21, 21)) * (1.0 / 441)).all()
    assert KERNEL_BANK["sharpen"].tolist() == [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]
    assert KERNEL_BANK["laplacian"].tolist() == [[0, 1, 0], [1, -4, 1], [0, 1, 0]]
    assert KERNEL_BANK["sobel_x"].tolist() == [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    assert KERNEL_BANK["sobel_y"].tolist() == [[-1, -2, -1], [0, 0, 0], [1, 2, 1]]


def test_named_kernels() -> None:
    more = ["identity", "gaussian", "outline", "prewitt_x", "prewitt_y", "scharr_x", "scharr_y", "emboss"]
    assert list(KERNELS) == [*KERNEL_BANK, *more, "motion_blur"]
    for kernel in KERNELS.values():
        assert kernel.dtype == np.float64
        assert np.array_equal(check_kernel(kernel), kernel)
    assert KERNELS["gaussian"].shape == (5, 5)
    assert (KERNELS["gaussian"] * 256)[2].tolist() == [6, 24, 36, 24, 6]
    assert KERNELS["outline"][1, 1] == 8
    assert KERNELS["motion_blur"].shape == (1, 9)


@pytest.mark.parametrize("name", KERNELS)
def test_sum_is_brightness(name: str) -> None:
    """A blur keeps the brightness of an even surface, an edge kernel answers it with nothing."""
    edges = ["laplacian", "outline", "sobel", "prewitt", "scharr"]
    expected = 0 if name.startswith(tuple(edges)) else 1
    integers, divisor = on_paper(KERNELS[name])
    assert Fraction(int(integers.sum()), divisor) == expected


@pytest.mark.parametrize("name", ["sobel", "prewitt", "scharr"])
def test_vertical_is_the_transpose_of_horizontal(name: str) -> None:
    assert np.array_equal(KERNELS[f"{name}_y"], KERNELS[f"{name}_x"].T)


@pytest.mark.parametrize(
    ("kernel", "message"),
    [
        (np.ones((3, 4)), "odd sides, got 3 x 4"),
        (np.ones((0, 3)), "odd sides, got 0 x 3"),
        (np.ones(3), r"two dimensions, got shape \(3,\)"),
        (5, r"two dimensions, got shape \(\)"),
        (np.ones((3, 3, 3)), r"two dimensions, got shape \(3, 3, 3\)"),
        ([[1, 2, 3], [4]], "rows of equal length"),
        ([["1"]], "real numbers, got '1'"),
        ([[1j]], "real numbers, got '1j'"),
        ([[None]], "real numbers, got 'None'"),
        ([[np.nan]], "finite numbers, got nan"),
        ([[1, -np.inf, 0]], "finite numbers, got -inf"),
        ([[Fraction(1, 2), np.nan, 0]], "finite numbers, got nan"),
        ([[10**400]], "weights below 1.8e308, got a larger integer"),
        (
            [[2**52 // 255 + 1]],
            r"needs 255 \* sum\(\|weights\|\) below 2\*\*52 = 4503599627370496, got 4.5036e\+15",
        ),
        ([[1.7e308, 1.7e308, 0]], r"below 2\*\*52 = 4503599627370496, got inf"),
    ],
)
def test_no_kernel(kernel: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_kernel(kernel)  # type: ignore[arg-type]


def test_checked_kernel_is_a_copy() -> None:
    kernel = np.ones((1, 1))
    check_kernel(kernel)[0, 0] = 2
    assert kernel[0, 0] == 1


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint16, np.int64, np.float16, np.float32, np.longdouble])
def test_every_real_dtype_is_a_kernel(dtype: type) -> None:
    checked = check_kernel(np.eye(3, dtype=dtype))
    assert checked.dtype == np.float64
    assert np.array_equal(checked, np.eye(3))


def test_weights_beyond_float64_are_refused_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match="finite"):
            check_kernel(np.array([[np.longdouble("1e4000")]]))


@pytest.mark.parametrize(("dtype", "low", "high"), [(np.uint8, 0, 255), (np.int16, -32768, 32767)])
def test_doubt_ends_where_pixels_saturate(dtype: type, low: int, high: int) -> None:
    """Half a step inside and outside of the range may become either pixel; a whole step further may not."""
    responses = np.array([[low - 1.5, low - 0.5, low + 0.5, low + 0.75, high - 0.5, high + 0.5, high + 1.5]])
    assert doubtful(responses, 1e-9, np.dtype(dtype)).tolist() == [[0, 1], [0, 2], [0, 4], [0, 5]]


def test_named_kernels_are_read_only() -> None:
    """A change would reach everything that shares the array: the bank, KERNELS, and every later call."""
    assert KERNELS["sharpen"] is KERNEL_BANK["sharpen"]
    for kernel in KERNELS.values():
        with pytest.raises(ValueError, match="read-only"):
            kernel[0, 0] = 6


def test_kernel_as_written_on_paper() -> None:
    integers, divisor = on_paper(np.array([[0.1, -0.2, 1 / 3]]))
    assert (integers.tolist(), divisor) == ([[3, -6, 10]], 30)
    assert not on_paper(np.random.default_rng(0).normal(size=(3, 3))).whole
    assert on_paper(np.array([[0.0]])) == (np.array([[0]]), 1)


@pytest.mark.parametrize(
    ("weight", "divisor"),
    [
        (1000.1, 10),
        (20000.1, None),  # its float error reaches the ninth decimal of a sum
        (20000.5, 2),
        (1 / 10**6, 10**6),
        (1 / (10**6 + 1), None),
        (9000 + 1 / 70000, 70000),
        (9000 + 1 / 80000, None),  # some fraction of this divisor is next to any float of this size
        (2.0**27 + 1 / 1024, 1024),  # coarse, but exact
        (0.1, 10),
        (np.nextafter(0.1, 1), None),
    ],
)
def test_fractions_only_where_floats_and_they_mean_the_same(weight: float, divisor: int | None) -> None:
    weights = on_paper(np.array([[weight]]))
    assert divisor == (weights.divisor if weights.whole else None)


def test_square_one_can_see() -> None:
    assert kernel_text(KERNELS["sharpen"]) == " 0  -1   0\n-1   5  -1\n 0  -1   0"
    assert kernel_text(np.ones((3, 3)) / 9) == "       1  1  1\n1/9 *  1  1  1\n       1  1  1"
    assert kernel_text(np.ones((5, 1)) / 5) == "       1\n       1\n1/5 *  1\n       1\n       1"


def test_a_scale_is_written_where_there_is_one() -> None:
    assert kernel_text(np.array([[0.5, 1.0, 0.5]])) == "1/2 *  1  2  1"
    assert kernel_text(np.array([[0.123456789, -1.0, 2.0]])) == "0.123456789         -1.0          2.0"
    assert facts_text(np.array([[0.5, 1.0, 0.5]])).endswith("; 1/2 * column (1) times row (1 2 1)")
    assert facts_text(np.array([[1, 2, 1]])).endswith("nothing; column (1) times row (1 2 1)")
    floats = np.outer([0.25, 1.0, 0.5], [0.123456789, 0.5, 1.0])
    assert facts_text(floats).endswith("; column (0.25 1.0 0.5) times row (0.123456789 0.5 1.0)")


def test_facts_as_plain_data() -> None:
    halves = {
        "weights": [[1, 0, -1]],
        "divisor": 2,
        "sum": 0.0,
        "flip": "sign",
        "column": [1],
        "row": [1, 0, -1],
    }
    assert facts(np.array([[0.5, 0, -0.5]])) == {"rows": 1, "columns": 3, **halves}
    floats = facts(np.array([[0.123456789], [2.0], [0.25], [0.0], [-1.0]]))
    assert floats["weights"] == [[0.123456789], [2.0], [0.25], [0.0], [-1.0]]
    assert (floats["divisor"], floats["sum"], floats["flip"]) == (1, 1.373456789, "everything")
    assert np.array_equal(np.outer(floats["column"], floats["row"]), floats["weights"])
    corner = facts(np.array([[1, 0, 0], [0, 0, 0], [0, 0, 1]]))
    assert (corner["flip"], corner["column"], corner["row"]) == ("nothing", None, None)


def test_long_factors_are_counted_where_all_weights_are_equal() -> None:
    assert "(21 times 1) times row (21 times 1)" in facts_text(np.ones((21, 21)) / 441)
    assert "row (1 1 1 1 1 1 1 1 1)" in facts_text(np.ones((1, 9)))
    assert "row (1 2 3 4 5 6 7 8 9 10 11)" in facts_text(np.arange(1, 12)[np.newaxis])


@pytest.mark.parametrize("edge", [[1, 0, -1], [-1, 0, 1], [2, -3, 1]])
@pytest.mark.parametrize("smooth", [[1, 2, 1], [3, 10, 3]])
def test_the_smoothing_factor_has_positive_weights(smooth: list[int], edge: list[int]) -> None:
    """The sign of a kernel that sums to 0 goes to its other factor, be it the column or the row."""
    for factors in ([smooth, edge], [edge, smooth]):
        found = facts(np.outer(factors[0], factors[1]))
        assert [found["column"], found["row"]] == factors


def test_a_second_difference_splits_the_same_way_in_both_signs() -> None:
    """A factor of one weight takes none of the signs."""
    for signs in ([1, -2, 1], [-1, 2, -1]):
        column = np.array(signs)[:, np.newaxis]
        assert facts_text(column).endswith(f"column ({signs[0]} {signs[1]} {signs[2]}) times row (1)")


def moved(image: np.ndarray, right: int = 0, down: int = 0) -> np.ndarray:
    """What lies that far to the right of each pixel, and below it."""
    return np.roll(image.astype(int), (-down, -right), (0, 1))


def test_sentences_are_true() -> None:
    """Each kernel is what its sentence says, computed without a kernel on an image that goes round."""
    assert list(ABOUT) == list(KERNELS)
    assert all(sentence.endswith(".") and len(sentence) <= 140 for sentence in ABOUT.values())
    image = np.random.default_rng(0).integers(0, 256, (25, 31), np.uint8)
    p = image.astype(int)
    around = [moved(p, x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if (x, y) != (0, 0)]
    four = [moved(p, 1), moved(p, -1), moved(p, 0, 1), moved(p, 0, -1)]
    across, down = moved(p, 1) - moved(p, -1), moved(p, 0, 1) - moved(p, 0, -1)

    def mean(x: int, y: int) -> np.ndarray:
        window = [moved(p, j, i) for j in range(-x, x + 1) for i in range(-y, y + 1)]
        return np.asarray(np.mean(window, axis=0))

    bell, near = [1, 4, 6, 4, 1], range(-2, 3)
    lower_right, upper_left = moved(p, 1, 1), moved(p, -1, -1)
    expected = {
        "small_blur": mean(3, 3),
        "large_blur": mean(10, 10),
        "sharpen": p + sum(p - neighbour for neighbour in four),
        "laplacian": sum(neighbour - p for neighbour in four),
        "sobel_x": moved(across, 0, -1) + 2 * across + moved(across, 0, 1),
        "sobel_y": moved(down, -1) + 2 * down + moved(down, 1),
        "identity": p,
        "gaussian": sum(bell[i] * bell[j] * moved(p, j - 2, i - 2) for i in range(5) for j in range(5)) / 256,
        "outline": sum(p - neighbour for neighbour in around),
        "prewitt_x": moved(across, 0, -1) + across + moved(across, 0, 1),
        "prewitt_y": moved(down, -1) + down + moved(down, 1),
        "scharr_x": 3 * moved(across, 0, -1) + 10 * across + 3 * moved(across, 0, 1),
        "scharr_y": 3 * moved(down, -1) + 10 * down + 3 * moved(down, 1),
        "emboss": p + across + down + 2 * (lower_right - upper_left),
        "motion_blur": mean(4, 0),
    }
    for name, kernel in KERNELS.items():
        ours = compare(image, kernel, "wrap", signed=True).ours
        assert np.array_equal(ours, np.rint(np.round(expected[name], 9))), name
    # Nearer pixels count more; even slopes give 0; brighter ahead is positive; light is from the top left.
    counts = sorted((i * i + j * j, -KERNELS["gaussian"][i + 2, j + 2]) for i in near for j in near)
    assert [weight for _, weight in counts] == sorted(weight for _, weight in counts)
    slope = np.add.outer(np.arange(9), 3 * np.arange(9)).astype(np.uint8)
    assert not compare(slope, KERNELS["laplacian"], signed=True).ours[1:-1, 1:-1].any()
    assert (compare(slope, KERNELS["sobel_x"], signed=True).ours[1:-1, 1:-1] == 8 * 3).all()
    assert (compare(slope, KERNELS["sobel_y"], signed=True).ours[1:-1, 1:-1] == 8 * 1).all()
    relief = compare(np.pad(np.full((5, 5), 150, np.uint8), 5, constant_values=100), KERNELS["emboss"]).ours
    assert relief[5, 5] > 150 > relief[9, 9]


def test_strength_under_scharr_depends_less_on_the_direction() -> None:
    """Of waves as long as 6 to 60 pixels: the strongest over the weakest direction."""
    directions = np.linspace(0, np.pi / 2, 91)
    y, x = np.mgrid[-1:2, -1:2]
    for frequency in (0.1, 0.3, 1.0):
        right, below = frequency * np.cos(directions), frequency * np.sin(directions)
        waves = np.exp(1j * (np.multiply.outer(right, x) + np.multiply.outer(below, y)))
        spread = {}
        for name in ("sobel", "prewitt", "scharr"):
            pair = [np.abs((waves * KERNELS[f"{name}_{axis}"]).sum(axis=(1, 2))) for axis in "xy"]
            strength = np.hypot(*pair)
            spread[name] = strength.max() / strength.min() - 1
        assert 3 * spread["scharr"] < spread["sobel"] < spread["prewitt"]


def test_a_sentence_is_for_its_kernel_only() -> None:
    """By name and weights: a flipped sobel_x is another kernel, a flipped sharpen is not."""
    for name, kernel in KERNELS.items():
        assert about(name, kernel) == ABOUT[name]
        assert about("matrix", kernel) == ""
    assert about("sharpen", flip(KERNELS["sharpen"])) == ABOUT["sharpen"]
    assert about("sobel_x", flip(KERNELS["sobel_x"])) == about("sharpen", np.ones((3, 3))) == ""


def test_flip_turns_by_180_degrees() -> None:
    assert flip(np.arange(1, 7).reshape(2, 3)).tolist() == [[6, 5, 4], [3, 2, 1]]
