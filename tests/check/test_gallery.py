"""What is found out about the functions of the gallery, old and new, and what their advice leads to."""

import functools
import inspect
from typing import Any

import gallery
import numpy as np
import pytest
import strangers

from filtering.check import check_function

GALLERY = vars(gallery)
HELPERS = {"sums", "finish", "inside_only", "stretched"}
CASTS = {"rounding": "truncate"}
ONLY_SUMS = {"rounding": "none", "range": "none", "dtype": "float64"}

RIGHT = ["loops", "shift_and_add", "fourier", "ndimage", "filter2d"]
RIGHT_UNDER = {"opencv_default": "reflect101", "zeros_around": "zero"}
WRONG: dict[str, dict[str, str]] = {
    "tutorial": CASTS | {"fails-on": "non-square kernel: ValueError: "},
    "truncates": CASTS,
    "truncates_in_a_loop": CASTS,
    "rounds_halves_up": {"rounding": "half-up"},
    "wraps_around": {"range": "wrap-modulo-256"},
    "absolute": {"range": "absolute-value"},
    "stretches": {"range": "stretch-to-0..255"},
    "stretches_with_the_edge_at_0": {"range": "stretch-to-0..255", "border": "left-unfiltered"},
    "stretches_with_the_edge_as_it_was": {"range": "stretch-to-0..255", "border": "left-unfiltered"},
    "crops_and_stretches": {"range": "stretch-to-0..255", "border": "cropped"},
    "stretches_with_opencv": {"range": "stretch-to-0..255"},
    "from_0_to_1": {"rounding": "none", "range": "scaled-to-0..1", "dtype": "float64"},
    "turned_by_180": {"orientation": "rotated180"},
    "mirrored": {"orientation": "flipped-left-right"},
    "upside_down": {"orientation": "flipped-up-down"},
    "kernel_transposed": {"orientation": "transposed"},
    "one_to_the_right": {"shift": "1,0"},
    "pads_below_and_right": {"shift": "-radius,-radius"},
    "normalises": {"divisor": "normalised"},
    "normalises_without_a_look": {"divisor": "normalised", "fails-on": "kernel that sums to 0: "},
    "takes_the_mean": {"divisor": "number-of-weights"},
    "edge_at_0": {"border": "left-unfiltered"},
    "edge_as_it_was": {"border": "left-unfiltered"},
    "crops": {"border": "cropped"},
    "keeps_the_padding": {"shape": "larger"},
    "swaps_width_and_height": {"shape": "transposed"},
    "one_axis_too_many": {"shape": "extra-axis"},
    "leaves_floats": {"dtype": "float64"},
    "only_the_sums": ONLY_SUMS,
    "square_kernels_only": {"fails-on": "non-square kernel: ValueError: "},
    "square_pictures_only": {"fails-on": "non-square image: ValueError: "},
    "writes_into_the_picture": {"input-modified": "image"},
    "returns_after_a_pixel": {"returns-early": "first-pixel"},
    "returns_after_a_row": {"returns-early": "first-row"},
    "returns_after_a_pixel_inside": {"returns-early": "first-pixel", "border": "left-unfiltered"},
    "returns_after_a_row_inside": {"returns-early": "first-row", "border": "left-unfiltered"},
    "overwrites_the_picture": {"border": "left-unfiltered", "input-modified": "overwritten-while-read"},
    "overwrites_the_padded_picture": {"input-modified": "overwritten-while-read"},
    "three_by_three": {"fails-on": "kernel other than 3 x 3: IndexError: "},
    "no_room_for_the_sums": {"fails-on": "sum below 0 or above 255: OverflowError: "},
    "stops_at_255_only": {"range": "wrap-modulo-256"},
    "stops_at_0_only": {"range": "wrap-modulo-256"},
    "three_by_three_turned": {
        "orientation": "rotated180",
        "fails-on": "kernel other than 3 x 3: IndexError: ",
    },
    "absolute_and_stretched": {"range": "absolute-value and stretch-to-0..255"},
    "width_for_height": {"fails-on": "non-square image: ValueError: "},
    "rescaled_without_a_range": {"conversion": "cast-to-uint8", "range": "stretch-to-0..255"},
    "stretched_to_1": ONLY_SUMS | {"range": "stretch-to-0..255 and scaled-to-0..1"},
    "casts_the_sums": {"conversion": "cast-to-uint8"},
    "scipy_convolve2d": ONLY_SUMS | {"orientation": "rotated180", "border": "zero"},
    "scipy_mirrored": {"orientation": "rotated180", "border": "reflect"},
    "scipy_full": CASTS | {"border": "zero", "shape": "larger"},
    "scipy_valid": CASTS | {"orientation": "rotated180", "border": "cropped"},
    "fourier_not_centred": {
        "orientation": "rotated180",
        "border": "wrap",
        "shift": "radius,radius",
        "fails-on": "image smaller than the kernel: ",
    },
    "fourier_complex": ONLY_SUMS
    | {"dtype": "complex128", "border": "wrap", "fails-on": "image smaller than the kernel: "},
    "einsum_zero_truncated": CASTS | {"border": "zero"},
    "absolute_and_truncated": CASTS | {"range": "absolute-value", "border": "reflect101"},
    "normalised_and_turned": {"orientation": "rotated180", "divisor": "normalised"},
    "top_left": CASTS | {"shift": "-radius,-radius", "border": "left-unfiltered"},
    "transposed_floats": ONLY_SUMS | {"orientation": "transposed", "border": "reflect", "dtype": "float32"},
    "stretched_and_truncated": CASTS | {"range": "stretch-to-0..255", "border": "zero"},
    "one_row_of_floats": ONLY_SUMS | {"returns-early": "first-row"},
}  # fmt: skip


@functools.cache
def check_named(name: str) -> dict[str, Any]:
    """Check a function of one of the two modules, `gallery:truncates`."""
    module, _, function = name.partition(":")
    if module == "wrong":
        return check_function(strangers.WRONG[function][0])
    return check_function((GALLERY if module == "gallery" else strangers.RIGHT)[function])


def found(result: dict[str, Any]) -> dict[str, str]:
    """Return what was found, by aspect; several for one aspect with an `and`."""
    values: dict[str, str] = {}
    for finding in result["findings"]:
        before = f"{values[finding['aspect']]} and " if finding["aspect"] in values else ""
        values[finding["aspect"]] = before + finding["found"]
    return values


def begins(result: dict[str, Any], expected: dict[str, str]) -> dict[str, str]:
    """Return what was found, cut to the length of what is expected."""
    return {aspect: value[: len(expected.get(aspect, value))] for aspect, value in found(result).items()}


if np.lib.NumpyVersion(np.__version__) < "2.0.0":
    WRONG["no_room_for_the_sums"] = {"range": "wrap-modulo-256"}


def test_the_gallery_is_complete() -> None:
    functions = {name for name, value in GALLERY.items() if inspect.isfunction(value)}
    named = {*RIGHT, *RIGHT_UNDER, *WRONG}
    assert named == {name for name in functions if GALLERY[name].__module__ == "gallery"} - HELPERS
    several = [
        one for one in [*WRONG.values(), *(told for _, _, told in strangers.WRONG.values())] if len(one) > 1
    ]
    assert len(WRONG) + len(strangers.WRONG) >= 110
    assert len(several) >= 40
    assert len(RIGHT) + len(RIGHT_UNDER) + len(strangers.RIGHT) >= 20
    assert len(strangers.NO_CONVOLUTION) >= 10


@pytest.mark.parametrize("name", RIGHT)
def test_right_ones(name: str) -> None:
    result = check_named(f"gallery:{name}")
    assert (result["verdict"], result["findings"], result["differing"]) == ("matches", [], 0)


@pytest.mark.parametrize("name", strangers.RIGHT)
def test_right_ones_in_other_styles(name: str) -> None:
    result = check_named(f"right:{name}")
    assert (result["verdict"], result["differing"]) == ("matches", 0)
    assert {finding["aspect"] for finding in result["findings"]} <= {"border"}


@pytest.mark.parametrize(("name", "border"), RIGHT_UNDER.items())
def test_right_under_another_border(name: str, border: str) -> None:
    """Not asked for, any border is right and named; asked for, it is binding."""
    result = check_named(f"gallery:{name}")
    assert (result["verdict"], result["differing"], found(result)) == ("matches", 0, {"border": border})
    assert f"border {border}" in result["advice"]
    assert check_function(GALLERY[name], border=border)["findings"] == []
    other = check_function(GALLERY[name], border="replicate")
    assert (other["verdict"], found(other)) == ("explained", {"border": border})
    assert other["differing"] > 0


@pytest.mark.parametrize("name", WRONG)
def test_wrong_ones(name: str) -> None:
    result = check_named(f"gallery:{name}")
    assert (begins(result, WRONG[name]), result["verdict"]) == (WRONG[name], "explained")


@pytest.mark.parametrize(
    ("name", "aspect", "words"),
    [
        ("stops_at_0_only", "range", "Sums above 255 *wrap around*, 256 to 0; filter2D stops at 255."),
        ("stops_at_255_only", "range", "Sums below 0 *wrap around*, -1 to 255; filter2D stops at 0."),
        ("wraps_around", "range", "Sums below 0 or above 255 *wrap around*;"),
        ("edge_at_0", "border", "the kernel does not fit into the image, are *left at 0*."),
        ("edge_as_it_was", "border", "the kernel does not fit into the image, are *left as they were*."),
        ("one_to_the_right", "shift", "Its output is *shifted* 1 pixel to the right."),
        ("pads_below_and_right", "shift", "*shifted* half a kernel to the left and half a kernel up."),
        ("fourier_not_centred", "shift", "*shifted* half a kernel to the right and half a kernel down."),
    ],
)
def test_the_words(name: str, aspect: str, words: str) -> None:
    """Where findings of one name differ in what they say."""
    assert (
        words in {one["aspect"]: one["advice"] for one in check_named(f"gallery:{name}")["findings"]}[aspect]
    )


@pytest.mark.parametrize("name", strangers.WRONG)
def test_wrong_ones_in_other_styles(name: str) -> None:
    _, verdict, expected = strangers.WRONG[name]
    result = check_named(f"wrong:{name}")
    assert (begins(result, expected), result["verdict"]) == (expected, verdict)


# Followed advice: the changes that the advice names, made in the source of the function.
PAD = 'image = np.pad(image, [(kernel.shape[0] // 2,) * 2, (kernel.shape[1] // 2,) * 2], mode="edge")'
FOLLOWED: dict[str, list[tuple[str, str]]] = {
    "truncates": [("sums(image, kernel)", "np.rint(sums(image, kernel))")],
    "truncates_in_a_loop": [("int(np.sum(padded[y : y + kh, x : x + kw] * kernel))",
                             "round(np.sum(padded[y : y + kh, x : x + kw] * kernel))")],
    "rounds_halves_up": [("np.floor(sums(image, kernel) + 0.5)", "np.rint(sums(image, kernel))")],
    "wraps_around": [("np.rint(sums(image, kernel))", "np.clip(np.rint(sums(image, kernel)), 0, 255)")],
    "absolute": [("np.abs(sums(image, kernel))", "sums(image, kernel)")],
    "casts_the_sums": [("sums(image, kernel).astype(np.uint8)",
                        'np.clip(np.rint(sums(image, kernel)), 0, 255).astype("uint8")')],
    "turned_by_180": [("kernel[::-1, ::-1]", "kernel")],
    "mirrored": [("np.fliplr(kernel)", "kernel")],
    "kernel_transposed": [("kernel.T", "kernel")],
    "takes_the_mean": [(".mean(axis=(2, 3))", ".sum(axis=(2, 3))")],
    "normalises_without_a_look": [("kernel / kernel.sum()", "kernel")],
    "scipy_convolve2d": [("convolve2d(image, kernel, mode=\"same\")",
                          "correlate2d(image.astype(float), kernel, mode=\"same\")"),
                         ("return ", "total = "),
                         ("END", "    return np.clip(np.rint(total), 0, 255).astype('uint8')")],
    "only_the_sums": [("return sums(image, kernel)",
                       'return np.clip(np.rint(sums(image, kernel)), 0, 255).astype("uint8")')],
    "leaves_floats": [("np.clip(np.round(sums(image, kernel)), 0, 255)",
                       'np.clip(np.round(sums(image, kernel)), 0, 255).astype("uint8")')],
    "one_axis_too_many": [("[:, :, np.newaxis]", "")],
    "writes_into_the_picture": [("image[:] = ", "output = "), ("return image", "return output")],
    "returns_after_a_pixel": [("            return output", "    return output")],
    "returns_after_a_row": [("        return output", "    return output")],
    "image_copy_filled": [("image.copy()", "np.zeros(image.shape, np.uint8)"),
                          ("output[y, x] = np.sum(part * kernel)",
                           "output[y - kh // 2, x - kw // 2] = np.clip(np.rint(np.sum(part * kernel)), 0, "
                           "255)"),
                          ("    output =", f"    shape = image.shape\n    {PAD}\n    output ="),
                          ("np.zeros(image.shape, np.uint8)", "np.zeros(shape, np.uint8)")],
    "ranges_one_short": [("range(-(kh // 2), kh // 2)", "range(-(kh // 2), kh // 2 + 1)"),
                         ("range(-(kw // 2), kw // 2)", "range(-(kw // 2), kw // 2 + 1)"),
                         ("output[y, x] = s", "output[y, x] = np.clip(np.rint(s), 0, 255)")],
    "integer_kernel": [("np.array(kernel, dtype=np.int32)", "np.array(kernel)")],
    "emboss": [(" + 128", "")],
    "always_by_nine": [(" / 9", "")],
    "minus_zero": [("padded[r:-r, c:-c]", "padded[r : r + image.shape[0], c : c + image.shape[1]]")],
    "sums_of_the_kernels_dtype": [("np.zeros(image.shape, dtype=kernel.dtype)", "np.zeros(image.shape)"),
                                  ("np.clip(sums, 0, 255)", "np.clip(np.rint(sums), 0, 255)")],
    "ndimage_of_uint8": [("scipy.ndimage.convolve(image, kernel)",
        'np.clip(np.rint(scipy.ndimage.correlate(image.astype(float), kernel)), 0, 255).astype("uint8")')],
    "adds_in_int32": [(", dtype=np.int32", ""),
                      ("    output[output < 0] = 0\n    output[output > 255] = 255\n", ""),
                      ("output.astype(np.uint8)", 'np.clip(np.rint(output), 0, 255).astype("uint8")')],
    "one_list_many_times": [("[[0] * len(sums[0])] * len(sums)",
                             "np.zeros((len(sums), len(sums[0])), np.uint8)"),
                            ("rows[y][x]", "rows[y, x]")],
}  # fmt: skip


@pytest.mark.parametrize("name", ["overwrites_the_picture", "overwrites_the_padded_picture"])
def test_overwriting_is_said_once(name: str) -> None:
    assert found(check_named(f"gallery:{name}"))["input-modified"] == "overwritten-while-read"


@pytest.mark.parametrize("name", FOLLOWED)
def test_followed_advice_leads_to_matches(name: str) -> None:
    module: Any = strangers if name in strangers.WRONG else gallery
    source = inspect.getsource(vars(module)[name])
    source = source[source.index("def ") :].rstrip() + "\nEND\n"
    for old, new in FOLLOWED[name]:
        assert old in source
        source = source.replace(old, new)
    names = dict(vars(module))
    exec(source.replace("END", ""), names)
    assert check_function(names[name])["verdict"] == "matches"
