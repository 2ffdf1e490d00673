"""How to correct what is found: for each finding, remedies by facts of the source, and one without.

The first remedy counts whose fact is there; it names the fact's line. Where there is none, the last one is
said without a line. In the texts stand `{code}`, the fact's code, its parts, such as `{value}` of a cast, and
names: `{image}` and `{kernel}` of the parameters, `{mode}` of the right border.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from filtering.borders import BORDERS
from filtering.check.calling import Failure
from filtering.check.source import Fact, Source

Finder = Callable[[Source, str], Iterator[Fact]]  # the string is what the finding says, such as a factor
Rule = tuple[Finder, str] | str

LONG = 60  # characters of code
OPENCV = {"edge": "cv2.BORDER_REPLICATE", "symmetric": "cv2.BORDER_REFLECT", "reflect": "cv2.BORDER_REFLECT_101",
          "constant": "cv2.BORDER_CONSTANT", "wrap": "cv2.BORDER_WRAP"}  # fmt: skip
NDIMAGE = {
    "edge": "nearest",
    "symmetric": "reflect",
    "reflect": "mirror",
    "wrap": "grid-wrap",
}  # else the same
WHOLE = ("uint8", "int64", "int32", "int16", "uint16", "uint32", "int8")


def a(
    kind: str,
    *names: str,
    of: str = "",
    has: str = "",
    lacks: str = "\0",
    when: Callable[[Fact], bool] | None = None,
) -> Finder:
    """Return what finds a fact. lacks: a part that it has not, or text that its value has not."""

    def find(source: Source, detail: str) -> Iterator[Fact]:
        for fact in source.find(kind, *names, of=of, has=has):
            if lacks not in fact.parts and (when is None or when(fact)):
                yield fact

    return find


def _rounded(fact: Fact) -> bool:
    return any(word in fact.parts["value"] for word in ("rint(", "round(", "+ 0.5"))


def _unrounded(fact: Fact) -> bool:
    return not _rounded(fact)


def _factor(source: Source, detail: str) -> Iterator[Fact]:
    """Find the multiplication or division of the sums by what is told, `1/9` or `2`."""
    number, _, divisor = detail.partition("/")
    for fact in source.find("operation", "/", "*", of="sum"):
        right = fact.name == "/" and divisor and fact.parts["by"] in (divisor, f"{divisor}.0")
        if right or (fact.name == "*" and number in (fact.parts["left"], fact.parts["right"])):
            yield fact


def _offset(source: Source, detail: str) -> Iterator[Fact]:
    for fact in source.find("operation", "+", "-", of="sum"):
        if detail == ("-" if fact.name == "-" else "") + fact.parts["by"]:
            yield fact


def _end(source: Source, detail: str) -> Iterator[Fact]:
    """Find the last `return`."""
    yield from [*source.find("return")][-1:]


def _early_end(source: Source, detail: str) -> Iterator[Fact]:
    """Find `range(-r, r)` and `range(n - 1)`, which leave out the last."""
    for fact in source.find("call", "range"):
        parts = fact.parts
        if parts["0"].startswith("-") and not parts.get("1", "1").endswith("1"):
            yield fact


def _unread(source: Source, detail: str) -> Iterator[Fact]:
    """Find something, without a line, only where there is no source."""
    if not source.facts:
        yield Fact("nothing", 0, "")


def _one_side(of: str) -> Finder:
    """Return what finds the side that is taken of an image or a kernel, where the other one is not."""

    def find(source: Source, detail: str) -> Iterator[Fact]:
        sides = [*source.find("side", of=of), *source.find("sides", of=of)]
        if len({fact.name for fact in sides}) == 1:
            yield sides[0]

    return find


def _square(fact: Fact) -> bool:
    return fact.parts["top"] == fact.parts["left"] and fact.parts["bottom"] == fact.parts["right"]


def _by_the_kernel(fact: Fact) -> bool:
    return fact.parts["of right"] == "kernel"


def _is_255(fact: Fact) -> bool:
    return any(fact.parts[side] in ("255", "255.0") for side in ("left", "right", "by"))


CLIP = '`np.clip(np.rint(sums), 0, 255).astype("uint8")`'
RETURN_CLIP: Rule = (_end, 'return `np.clip(np.rint({code}), 0, 255).astype("uint8")`.')
END: tuple[Rule, ...] = (RETURN_CLIP, f"End with {CLIP}.")
TAPS = "Weight `{kernel}[i, j]` belongs to pixel `padded[y + i, x + j]`: i and y count rows, j and x columns."
PAD = '`np.pad({image}, [(kh // 2, kh // 2), (kw // 2, kw // 2)], mode="{mode}")`'
PAD_ONLY = f"pad the image by kh // 2 rows and kw // 2 columns on each side, {PAD}"
PAD_ALL = f"P{PAD_ONLY[1:]}, and loop over all pixels."
WINDOW = "the window of pixel (y, x) is then `padded[y : y + kh, x : x + kw]`"
PADS: tuple[Rule, ...] = (
    (a("loop"), f"{PAD_ONLY}, and let the loops run over all rows and columns, `range(height)` and "
                f"`range(width)`; {WINDOW}."),
    PAD_ALL,
)  # fmt: skip
FLIPPED: Rule = (a("flip", of="kernel"), "use the kernel as it is given, without `{code}`.")
BACKWARDS: Rule = (a("backwards"), f"`{{code}}` counts backwards. {TAPS}")
TAKEN: tuple[Rule, ...] = (FLIPPED, BACKWARDS, TAPS)
STORE = "`{code}` makes an array of {name}, which cuts and wraps what is stored in it"
SCIPY: Rule = (
    a(
        "call",
        "ndimage.convolve",
        "ndimage.correlate",
        lacks="output",
        when=lambda fact: fact.parts["given"] == "uint8",
    ),
    "SciPy's `{name}` returns the dtype that it is given: pass floats, `{0}.astype(float)`, and end with "
    f"{CLIP}.",
)
ADDS: tuple[Rule, ...] = (
    (a("adds", *WHOLE), "`{code}` makes an array of {name}: add up in floats, `np.zeros({image}.shape)`, and end "
                        f"with {CLIP}."),
    f"Add up in floats, `total = 0.0` or `np.zeros(image.shape)`, and end with {CLIP}.",
)  # fmt: skip
FLOAT_KERNEL: tuple[Rule, ...] = (
    (
        a("cast", *WHOLE, "int", "float16", "float32", of="kernel"),
        "keep the kernel in floats, without `{code}`.",
    ),
    "Keep the kernel in floats: no `.astype(int)`, no integer array for it.",
)
SCALE: tuple[Rule, ...] = (
    (a("call", "ImageFilter.Kernel", lacks="scale"),
     "`ImageFilter.Kernel` divides by the sum of the weights if it is given no scale: add `scale=1`."),
    (a("operation", "/", when=_by_the_kernel),
     "remove the division by `{right}`: the scale of a kernel is in its weights."),
    "Remove the division: the scale of a kernel is in its weights.",
)  # fmt: skip
CLIP_STORED: tuple[Rule, ...] = (
    (a("stores", "uint8"), f"{STORE}: in {{at}}, store `np.clip({{value}}, 0, 255)`."),
    (a("cast", "uint8", of="sum"), "before the cast to uint8, use `np.clip({value}, 0, 255)`."),
    "Before the cast, use `np.clip(sums, 0, 255)`.",
)
LARGEST = (
    a("call", "max", "min", "ptp", of="sum"),
    "use `np.clip(sums, 0, 255)` instead of the division by `{code}`.",
)
LOOPS = "Let the loops run over all rows and columns: `range(height)` and `range(width)`."
TO_ZERO = "Set the sum to 0 inside the loop over x: `total = 0.0`."
HALF = "Use `np.rint(x)` or `round(x)` instead of `int(x + 0.5)`."

REMEDIES: dict[tuple[str, str], tuple[Rule, ...]] = {
    ("orientation", "rotated180"): (
        (a("call", "signal.convolve2d"), "use SciPy's `correlate2d` instead of `convolve2d`."),
        (a("call", "signal.convolve", "ndimage.convolve"), "use SciPy's `correlate` instead of `convolve`."),
        (a("call", "signal.fftconvolve", "signal.oaconvolve", has="1"), "pass `{1}[::-1, ::-1]` instead of `{1}`."),
        FLIPPED,
        (a("call", "fft2", "rfft2", "fftn", "rfftn", of="kernel"),
         "a product with this transform is true convolution: turn the kernel before. Begin with "
         "`{kernel} = {kernel}[::-1, ::-1]`."),
        BACKWARDS,
        "Remove the flip of the kernel; `kernel[i, j]` belongs to `padded[y + i, x + j]`.",
    ),
    **dict.fromkeys(
        [("orientation", name) for name in ("transposed", "flipped-left-right", "flipped-up-down", "rotated90",
                                            "rotated270", "transposed-other-diagonal")], TAKEN),
    ("orientation", "rolled"): (
        "Index the kernel from 0: `{kernel}[s + kh // 2, t + kw // 2]` for s and t from -(kh // 2) on.",),
    ("kernel", "matrix-product"): (
        (a("call", "dot", "matmul", "inner"), "multiply pixel by weight, with `*` instead of `{code}`, and add up."),
        (a("operation", "@"), "multiply pixel by weight, `({left} * {right}).sum()` instead of `{code}`."),
        "Use `(window * kernel).sum()` instead of `@`, `np.dot` or `np.matmul`."),
    ("kernel", "ignored"): ("Multiply the window by the kernel: `(window * kernel).sum()`.",),
    **dict.fromkeys([("kernel", f"dilated {step}") for step in (2, 3)],
                    ("Take the window without a step: `padded[y : y + kh, x : x + kw]`.",)),
    ("kernel", "negated"): ("Add the products, do not subtract them.",),
    ("kernel", "minus-its-mean"): ((a("operation", "-", of="kernel"), "use the kernel as it is given, without "
                                    "`- {right}`."), "Use the kernel as it is given."),
    **dict.fromkeys([("kernel", name) for name in ("", "whole-numbers", "uint8", "float16")], FLOAT_KERNEL),
    **dict.fromkeys([("kernel", f"last-{which}-unused") for which in ("row", "column", "row-and-column")], (
        (_early_end, "a range ends before its last number: `range({0}, {1} + 1)`, for rows and for columns."),
        "A range ends before its last number: `range(kh)`, `range(kw)`, or `range(-r, r + 1)`.")),
    ("kernel", "times"): ((_factor, "remove the factor, `{code}`: the scale of a kernel is in its weights."),
                          "Remove the factor: the scale of a kernel is in its weights."),
    ("offset", ""): ((_offset, "remove the offset, `{code}`."), "Remove the offset."),
    ("sum", "never-reset"): (TO_ZERO,),
    ("sum", "reset-per-row"): (TO_ZERO,),
    ("shift", "twice"): (
        (a("call", "roll", of="sum"), "reverse the signs of the shift in `{code}`: a transform that is conjugated "
                                      "moves the result the other way."),),
    ("shift", ""): (
        (a("call", "ifft2", "irfft2", "ifftn", "irfftn"),
         "move the result back before anything is cut off: `np.roll({code}, ({down}, {right}), axis=(0, 1))`."),
        (a("call", "pad", "copyMakeBorder", of="image",
           when=lambda fact: fact.parts["top"] != fact.parts["bottom"] or fact.parts["left"] != fact.parts["right"]
           or "2" not in fact.parts["top"]), f"{PAD_ONLY}; {WINDOW}."),
        "The window of output pixel (y, x) has that pixel in its centre: in the padded image it is "
        "`padded[y : y + kh, x : x + kw]`, with kh // 2 rows and kw // 2 columns of padding on each side."),
    ("divisor", "normalised"): SCALE,
    ("divisor", "sum-of-absolute-weights"): SCALE,
    ("divisor", "number-of-weights"): (
        (a("call", "mean", "average", of="sum"), "use `.sum()` instead of `.mean()`."), *SCALE[1:2],
        "Add up without a mean: use `.sum()` instead of `.mean()`."),
    ("rounding", "truncate"): (
        (a("cast", "int", of="sum", when=_unrounded), "use `round({value})` in place of `{code}`."),
        (a("operation", "//", of="sum"), "divide with `/` instead of `//`, and round at the end: `np.rint`."),
        (a("stores", *WHOLE, when=_unrounded),
         "`{code}` makes an array of {name}, which cuts fractions off: in {at}, store `np.rint({value})`."),
        (a("cast", *WHOLE, of="sum", when=_unrounded), "round before the cast: use `np.rint({value})` there."),
        'Use `np.rint` before `.astype("uint8")`; in place of `int(sum)`, use `round(sum)`.'),
    ("rounding", "half-up"): (
        (a("call", "floor", "int", of="sum", when=_rounded), "use `np.rint(x)` instead of `{code}`, where x is the sum."), HALF),
    ("rounding", "floor"): (
        (a("call", "floor", of="sum"), "use `np.rint` instead of `np.floor`."),
        (a("operation", "//", of="sum"), "divide with `/` instead of `//`, and round at the end: `np.rint`."),
        "Use `np.rint` instead of `np.floor` or `//`."),
    ("rounding", "ceil"): ((a("call", "ceil", of="sum"), "use `np.rint` instead of `np.ceil`."),
                           "Use `np.rint` instead of `np.ceil`."),
    ("rounding", "none"): END,
    ("rounding", ""): ("Use `np.rint(x)` or `round(x)`.",),
    ("range", "wrap-modulo-256"): CLIP_STORED,
    ("range", "absolute-value"): (
        (a("call", "convertScaleAbs"), "use `np.clip(sums, 0, 255)` instead of `cv2.convertScaleAbs`."),
        (a("call", "abs", "absolute", "fabs", of="sum"), "leave out the absolute value, `{code}`, and use `np.clip(sums, 0, 255)`."),
        "Use `np.clip(sums, 0, 255)`, without `abs`."),
    ("range", "stretch-to-0..255"): (
        (a("call", "rescale_intensity", lacks="in_range"), "give `rescale_intensity` its `in_range=(0, 255)`."),
        (a("call", "cv2.normalize"), "use `np.clip(sums, 0, 255)` instead of `cv2.normalize`."), LARGEST,
        "Use `np.clip(sums, 0, 255)` instead of the normalisation by minimum and maximum."),
    ("range", "scaled-by-its-largest"): (LARGEST, "Use `np.clip(sums, 0, 255)` instead of the division by the largest."),
    ("range", "scaled-to-0..1"): (
        (a("operation", "/", when=_is_255), f"do not divide by 255, and end with {CLIP}."),
        f"Do not divide by 255, and end with {CLIP}."),
    **dict.fromkeys([("range", name) for name in ("none", "clipped-at-0", "clipped-at-255")], ("Use `np.clip(sums, 0, 255)`.",)),
    ("range", "times 255"): (
        (a("operation", "*", of="sum", when=_is_255), "do not multiply by 255, or divide the image by 255 first, `{image} / 255`."),
        "Divide the image by 255 first, `image / 255`, or do not multiply."),
    ("range", "expects-0..1"): (
        (a("call", "clip", of="sum"), "use `np.clip(sums, 0, 255)` instead of `{code}`."),
        "Divide the image by 255 first, `image / 255`, and multiply the result by 255, or do neither."),
    ("conversion", "cast-to-uint8"): (
        SCIPY,
        (a("stores", "uint8"), f"{STORE}: in {{at}}, store `np.clip(np.rint({{value}}), 0, 255)`."),
        (a("cast", "uint8", of="sum"), "round and clip before the cast: use `np.clip(np.rint({value}), 0, 255)` there."),
        f"Before the cast, round and clip: {CLIP}."),
    ("adds-up-in", "uint8"): ADDS, ("adds-up-in", "int"): ADDS,
    ("adds-up-in", "int-products"): ((a("cast", "int", "int64", of="sum"), f"leave out `int`, and end with {CLIP}."),
                                     f"Use `int` nowhere inside the loops; end with {CLIP}."),
    **dict.fromkeys([("border", name) for name in ("left-unfiltered", "one-pixel-left-unfiltered")], PADS),
    ("border", "never-written"): (f"Make the result with `np.zeros` instead of `np.empty`. {PAD_ALL}",),
    ("border", "cropped"): (
        (a("call", "convolve2d", "correlate2d", "convolve", "correlate", "fftconvolve",
           when=lambda fact: "'valid'" in fact.parts.values()), f'{PAD_ONLY}, before `mode="valid"`.'),
        (a("call", "sliding_window_view", "as_strided", of="image"), f"{PAD_ONLY}, before `{{code}}`."), *PADS),
    **dict.fromkeys([("border", name) for name in ("", "constant-", "constant-mean", "mixed")], (
        (a("call", "copyMakeBorder"), "give `copyMakeBorder` the border `{cv2}`."),
        (a("call", "numpy.pad"), 'pad with `np.pad({image}, ..., mode="{mode}")`.'),
        (a("call", "cv2.filter2D"), "give `filter2D` its `borderType={cv2}`."),
        (a("call", "ndimage.convolve", "ndimage.correlate"), 'give SciPy\'s function its `mode="{ndimage}"`.'),
        PAD_ALL)),
    **dict.fromkeys([("border", name) for name in ("negative-indices", "weights-inside", "unknown")], (PAD_ALL,)),
    ("not-computed", "missing"): ((a("loop"), "make the result with `np.zeros({image}.shape)`, and let the loops run over all of it."),
        "Make the result with `np.zeros(image.shape)`, and let the loops run over all of it."),
    ("not-computed", ""): ((a("loop"), f"l{LOOPS[1:]}"), LOOPS),
    ("not-computed", "beyond"): ((a("loop"), "take the sizes from the image: `height, width = {image}.shape`."),
                                 "Take the sizes from the image: `height, width = image.shape`."),
    ("returns-early", "first-pixel"): ((a("return", "loop"), "this `return` is inside the loops: dedent it to follow both."),
                                       "The `return` is inside the loops: dedent it to follow both."),
    ("returns-early", "first-row"): ((a("return", "loop"), "this `return` is inside the loop over rows: dedent it to follow that loop."),
        "The `return` is inside the loop over rows: dedent it to follow that loop."),
    ("result", "rows-all-the-same"): (
        (a("operation", "*", when=lambda fact: fact.code.startswith("[[")),
         "`{code}` is one row many times over: use `np.zeros((height, width))`."),
        "`[[0] * width] * height` is one row many times over: use `np.zeros((height, width))`."),
    ("result", "inverted"): ((a("operation", "-", of="sum", when=lambda fact: fact.parts["left"] == "255"),
                              "do not subtract from 255."), "Do not subtract from 255."),
    ("result", "added-to-image"): ("Return the sums without the image.",),
    ("result", "unsharp"): ("Return the sums alone.",),
    ("result", "black"): ("Check what is stored in the result, and whether the loops run at all.",),
    ("result", "unchanged"): ("Store the sums in the result, and return it.",),
    ("result", "not-repeatable"): (
        (a("call", "numpy.empty", "numpy.empty_like"), "use `np.zeros` instead of `{code}`."),
        "Make the result with `np.zeros` instead of `np.empty`; use no random numbers and no state between calls."),
    ("shape", "transposed"): ("`image.shape` is (height, width), and pixels are `output[y, x]`.",),
    ("shape", "larger"): (
        (a("call", "signal.correlate2d", "signal.convolve2d", "signal.fftconvolve"), 'use `mode="same"`.'),
        (a("call", "numpy.pad", of="image", when=lambda fact: "2" not in fact.code),
         "pad by half the kernel, kh // 2 and kw // 2, instead of all of it."),
        "Cut kh // 2 rows and kw // 2 columns off each side."),
    ("shape", "another"): ("Make the result with `np.zeros(image.shape)`, and return all of it.",),
    ("shape", "extra-axis"): ("Return `output[:, :, 0]`.",),
    ("shape", "three-channels"): ("Return one of them: `output[:, :, 0]`.",),
    ("dtype", "whole numbers"): (
        (a("stores", *WHOLE), "`{code}` makes an array of {name}: use `np.zeros({image}.shape)` (floats), and end "
                              f"with {CLIP}."),
        f"Make the array with `np.zeros(image.shape)` (floats), and end with {CLIP}."),
    ("dtype", "bool"): (f"Return the sums as pixels, {CLIP}, and not a comparison of them.",),
    ("dtype", ""): ((_end, 'return `{code}.astype("uint8")`.'), 'Return `output.astype("uint8")`.'),
    ("returns", "list"): ((_end, "return `np.array({code}, dtype=np.uint8)`."), "Return `np.array(output, dtype=np.uint8)`."),
    ("returns", "tuple"): ("Return only the image: `return output`.",),
    ("returns", "pil-image"): ((_end, "return `np.array({code})`."), "Return `np.array(output)`."),
    ("input-modified", "overwritten-while-read"): (
        (a("stores", of="sum"), "in {at}, write into a new array, `np.zeros({image}.shape)`."),
        "Write into a new array: `np.zeros(image.shape)`."),
    ("input-modified", "image"): ("Work on a copy: `image.copy()`.",),
    ("input-modified", "kernel"): ("Work on a copy: `kernel.copy()`.",),
}  # fmt: skip


# What a function cannot do. Without a plain text at the end, nothing is said where no fact is found.
BOTH_SIDES = "with kh // 2 rows and kw // 2 columns of padding"
SIZES: tuple[Rule, ...] = (
    (
        a("fixed"),
        f"`{{code}}` is for one size only: loop over `range(kh)` and `range(kw)`, where `kh, kw = {{kernel}}.shape`, {BOTH_SIDES}.",
    ),
    (
        a("call", "pad", "copyMakeBorder", has="fixed"),
        f"`{{code}}` is for one size only: take `kh, kw = {{kernel}}.shape`, {BOTH_SIDES}.",
    ),
    (
        a("operation", "+", when=lambda fact: fact.parts["by"] == "3"),
        f"`{{code}}` is for one size only: take `kh, kw = {{kernel}}.shape`, {BOTH_SIDES}.",
    ),
    "Take the size of loops and padding from the kernel: `kh, kw = kernel.shape`.",
)
EMPTY: tuple[Rule, ...] = (
    (
        a("empty"),
        "`{code}` is empty for a kernel with a side of 1, as -0 is 0: end the slice at a number from the "
        "start, `{value}[r : r + height]` instead of `{value}[r:-r]`.",
    ),
    (_unread, "`a[0:-0]` is empty: use `padded[r : r + height]` instead of `padded[r:-r]`."),
)
OVERFLOW: tuple[Rule, ...] = (
    (
        a("cast", "uint8", of="sum", when=lambda fact: fact.parts["given"] != "uint8"),
        "use `np.clip({value}, 0, 255)` in `{code}`.",
    ),
    (a("stores", "uint8"), f"{STORE}: in {{at}}, store `np.clip({{value}}, 0, 255)`."),
    "Store only `np.clip(sum, 0, 255)` in a uint8 array.",
)
KINDS: dict[str, tuple[Rule, ...]] = {
    "non-square kernel": (
        (a("call", "pad", has="pair"), "`{code}` adds {top} before and {bottom} after on both axes: for rows and "
         "columns write `np.pad({image}, [({top}, {top}), ({bottom}, {bottom})])`."),
        (a("call", "copyMakeBorder", when=_square), "`{code}` adds as many rows as columns: write `cv2.copyMakeBorder({image}, kh // 2, "
         "kh // 2, kw // 2, kw // 2, {cv2})`, and use kh // 2 for rows and kw // 2 for columns below, too."),
        (a("call", "pad", when=_square), "`{code}` adds as many rows as columns: write " + PAD +
         ", and use kh // 2 for rows and kw // 2 for columns below, too."),
        (_one_side("kernel"), f"`{{code}}` is one side of the kernel: take both, `kh, kw = {{kernel}}.shape`, {BOTH_SIDES}."),
        (_unread, f"Take both sides of the kernel: `kh, kw = kernel.shape`, {BOTH_SIDES}."),
    ),
    "non-square image": (
        (a("sides", "w", "c", of="image"), "rows come first: `height, width = {image}.shape`; y goes up to height, x up to width."),
        (_one_side("image"), "`{code}` is one side of the image: take both, `height, width = {image}.shape`."),
        "`height, width = image.shape`: rows first; y goes up to height, x up to width.",
    ),
    "kernel that sums to 0": ((a("operation", "/", when=_by_the_kernel), "do not divide by `{right}`, the sum of the kernel."),
                              "Do not divide by the sum of the kernel."),
    "image smaller than the kernel": (
        (a("call", "fft2", "rfft2", of="kernel"), f"a transform of the image's size cuts a larger kernel off: {PAD_ONLY}, "
         "and cut `[kh // 2 : kh // 2 + height, kw // 2 : kw // 2 + width]` out of the result in the end."),
        (_unread, "")),
    "image of odd width": ((a("call", "irfft2", "irfft", lacks="s", when=lambda fact: "1" not in fact.parts),
                            "`irfft2` needs the size of the image, as it takes an even width for granted: give it `s={image}.shape`."), (_unread, "")),
    "kernel other than 3 x 3": SIZES, "kernel larger than 3 x 3": SIZES,
    "whole-number kernel": (
        (a("call", when=lambda fact: fact.parts.get("dtype", "").endswith("kernel.dtype")), "`{code}` is of whole numbers where the kernel is: use `np.zeros({image}.shape)` (floats)."),
        "Add up in floats whatever the kernel's dtype: `np.zeros(image.shape)`, or `kernel.astype(float)` first."),
    **dict.fromkeys(("kernel with a side of 1", "kernel of one row or column", "1 x 1 kernel"), EMPTY),
    **dict.fromkeys(("sum below 0 or above 255", "sum above 255", "sum below 0", "absolute sum above 255"), OVERFLOW),
}  # fmt: skip


@dataclass(frozen=True)
class Known:
    """What is known of some exceptions."""

    messages: tuple[str, ...]  # parts of theirs
    rules: tuple[Rule, ...]
    certain: bool = False  # whatever images it concerns


KNOWN = [
    Known(("slice indices must be integers", "cannot be interpreted as an integer", "only integers", "integer is required",
           "indices must be integers", "must be of integral type", "as an index", "required to be an integer",
           "integer argument expected"),
          ((a("operation", "/", when=lambda fact: not fact.of and fact.parts["by"] == "2"), "`{code}` gives a float: divide with `//`."),
           "`/` gives a float: use `//` where a whole number is meant, as in `kernel.shape[0] // 2`."), certain=True),
    Known(("itemset",), ((a("call", "itemset"), "NumPy 2 has no `itemset`: write `array[y, x] = value`."),)),
    Known(tuple(f"has no attribute '{name}'" for name in ("float", "int", "bool", "object", "str", "complex")),
          ("NumPy has dropped `np.float`, `np.int` and `np.bool`: write `float`, `int` and `bool`.",)),
    Known(tuple(f"has no attribute '{name}'" for name in ("float_", "product", "cumproduct", "alltrue", "sometrue", "asfarray",
                "msort", "trapz", "in1d", "row_stack", "ptp", "tostring")),
          ("NumPy 2 has dropped this name; see its migration guide.",)),
    Known(("could not be broadcast",), (
        (a("call", "fft2", "rfft2", of="kernel", lacks="s", when=lambda fact: "1" not in fact.parts),
         "transform the kernel to the size of the image: `{call}({0}, s={image}.shape)`."),
        (a("call", "range", when=lambda fact: ".shape[" in fact.code and fact.code.endswith("- 1)")),
         "`{code}` goes past the last window: let it run over the rows and columns of the result, as in `range(height)`."),
        (a("short"), "the window `{code}` is smaller than the kernel, as a slice excludes its end: `[y - r : y + r + 1]`."),
        (_unread, "The window and the kernel differ in size: a slice excludes its end, so one from y - r to y + r is `[y - r : y + r + 1]`."))),
    Known(("Cannot cast ufunc",), ((a("adds", *WHOLE), "`{code}` is an array of whole numbers, to which `+=` cannot add floats: use `np.zeros({image}.shape)` (floats)."),
           "`+=` cannot store floats in an integer array: make the result with `np.zeros(image.shape)` (floats).")),
    Known(("out of bounds for uint8", "out of bounds for the uint8", "out of bounds for int8", "cannot convert float NaN", "cannot convert float infinity"), OVERFLOW),
    Known(("is out of bounds",), (
        "An index is past the end: y goes up to `image.shape[0]`, x up to `image.shape[1]`, and the window needs the padded image.",)),
    Known(("negative dimensions",), ("An image smaller than the kernel leaves nothing: pad it by half a kernel first.",)),
    Known(("did not contain a loop", "could not convert string"), ("Convert text to numbers first.",)),
    Known(("not enough values to unpack (expected 3",), ("A gray image has two axes: `height, width = image.shape[:2]`.",)),
    Known(("too many values to unpack (expected 2",), ("A colour image has three axes: `height, width = image.shape[:2]`.",)),
]  # fmt: skip
FAILING: dict[str, str] = {
    "absent": "Check it with a Python that has {what}.",
    "asks": "Make it a parameter with a default, as in `def convolve(image, kernel, stride=1)`.",
    "None": "End the function with `return output`.",
    "list": "Return `np.array(output, dtype=np.uint8)`.",
    "nan": "Look for a division by 0: by the sum of a kernel, or by the largest value.",
}


def remedy(
    aspect: str, name: str, source: Source, detail: str = "", border: str = "replicate", **parts: str
) -> str:
    """Return the remedy for a finding. border: the right one. parts: further words of the texts."""
    rules = REMEDIES.get((aspect, name), REMEDIES.get((aspect, ""), ()))
    return _said(rules, source, detail, border, **parts)


def of_failure(failure: Failure, source: Source, kinds: Sequence[str] = ()) -> str:
    """Return the remedy for a failure, by the exception's message, and by the kinds of probes."""
    if failure.kind in ("absent", "asks", "returned"):
        text = FAILING.get(failure.what if failure.kind == "returned" else failure.kind, "")
        return text.format(what=failure.what)
    known = [one for one in KNOWN if any(text in failure.message for text in one.messages)]
    certain = [one for one in known if one.certain]
    told = [] if certain else [_said(KINDS[kind], source) for kind in kinds if kind in KINDS]
    told = [one for one in dict.fromkeys(told) if one]
    return " ".join(told) or next(
        (said for one in certain or known if (said := _said(one.rules, source))), ""
    )


def times_255(source: Source) -> bool:
    """Return whether something is multiplied by 255."""
    return any(_is_255(fact) for fact in source.find("operation", "*"))


def _said(
    rules: Sequence[Rule], source: Source, detail: str = "", border: str = "replicate", **parts: str
) -> str:
    """Return the first text whose fact is found, with its line; else the last one without a line."""
    mode = str(BORDERS[border].numpy)
    words = source.names | {"mode": mode, "cv2": OPENCV[mode], "ndimage": NDIMAGE.get(mode, mode)} | parts
    for finder, text in (rule for rule in rules if not isinstance(rule, str)):
        for fact in finder(source, detail):
            own = fact.parts | {
                "code": fact.code,
                "name": fact.name.rpartition(".")[2],
                "call": fact.code.partition("(")[0],
            }
            told = text.format(**words | {name: short(value) for name, value in own.items()})
            return f"{source.where(fact.line).capitalize()}: {told}" if fact.line else told
    last = rules[-1] if rules else ""
    if not isinstance(last, str):
        return ""
    return last.format(**words)


def short(code: str) -> str:
    """Return code as it is, or without what stands in its brackets where it is long."""
    return code if len(code) <= LONG else f"{code.partition('(')[0]}(...)"
