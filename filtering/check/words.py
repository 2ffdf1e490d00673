"""What is said of the findings: sentences, and remedies by what stands in the function's source."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from filtering.borders import BORDERS
from filtering.check.calling import Failure
from filtering.check.mistakes import FIXED_POINTS, UNUSED
from filtering.check.source import Fact, Source
from filtering.model import RANGES, ROUNDINGS, Range, Rounding

Finder = Callable[[Source, str], Iterator[Fact]]  # the string: the detail of the finding, such as a factor
Rule = tuple[Finder, str] | str  # a text alone is said without a line


class Words:
    """What is said of a finding.

    says: the sentence, with {} for the finding's detail; "": `model` has it. rules: the remedies, of which
    the first is told whose fact stands in the source; none: those of the whole aspect, under "".
    """

    def __init__(self, says: str, *rules: Rule) -> None:
        """Note the words."""
        self.says, self.rules = says, rules


LONG = 60  # characters of code
FLAGS = {"edge": "REPLICATE", "symmetric": "REFLECT", "reflect": "REFLECT_101", "constant": "CONSTANT"}
MODES = {"edge": "nearest", "symmetric": "reflect", "reflect": "mirror", "wrap": "grid-wrap"}
WHOLE = ("uint8", "int64", "int32", "int16", "uint16", "uint32", "int8")


def a(
    kind: str, *names: str, of: str = "", has: str = "", no: str = " ",
    when: Callable[[dict[str, str]], bool] = lambda parts: True,
) -> Finder:  # fmt: skip
    """Return what finds a fact. has, no: names of parts that are there or not. when: a test of the parts."""

    def find(source: Source, detail: str) -> Iterator[Fact]:
        for fact in source.find(kind, *names, of=of):
            if has in (*fact.parts, "") and not set(no.split()) & fact.parts.keys() and when(fact.parts):
                yield fact

    return find


def part(name: str, *texts: str) -> Callable[[dict[str, str]], bool]:
    """Return a test of a part."""
    return lambda parts: parts.get(name) in texts


def by_detail(source: Source, detail: str) -> Iterator[Fact]:
    """Find the operation with the factor or the offset that is told: `1/9`, `2`, `-128`."""
    number, _, divisor = detail.lstrip("-").partition("/")
    wanted = {"/": divisor, "*": number, "+": number, "-": number}
    for fact in source.find("operation", *wanted, of="sum"):
        if wanted[fact.name] and wanted[fact.name] in (fact.parts["by"], fact.parts["left"]):
            yield fact


def end(source: Source, detail: str) -> Iterator[Fact]:
    """Find the last `return`."""
    yield from [*source.find("return")][-1:]


def one_side(of: str) -> Finder:
    """Return what finds the side that is taken of an image or a kernel, where the other one is not."""

    def find(source: Source, detail: str) -> Iterator[Fact]:
        sides, both = [*source.find("side", of=of)], [*source.find("sides", of=of)]
        yield from sides[:1] if len({fact.name for fact in sides}) == 1 and not both else []

    return find


def if_said(word: str, finder: Finder) -> Finder:
    """Return a finder that looks only where the finding's detail has a word."""
    return lambda source, detail: finder(source, detail) if word in detail else iter(())


def unread(source: Source, detail: str) -> Iterator[Fact]:
    """Find something, without a line, only where there is no source."""
    yield from [] if source.facts else [Fact("nothing", 0, "")]


CLIP = '`np.clip(np.rint(sums), 0, 255).astype("uint8")`'
CLIP_ONLY = "`np.clip(sums, 0, 255)`"
TAPS = "Weight `{kernel}[i, j]` belongs to pixel `padded[y + i, x + j]`: i and y count rows, j and x columns."
PAD = '`np.pad({image}, [(kh // 2, kh // 2), (kw // 2, kw // 2)], mode="{mode}")`'
PAD_FIRST = f"pad the image by kh // 2 rows and kw // 2 columns on each side, {PAD}"
WINDOW = f"{PAD_FIRST}; the window of pixel (y, x) is then `padded[y : y + kh, x : x + kw]`"
RUN = "the loops run over all rows and columns: `range(height)` and `range(width)`."
PADS = ((a("loop"), f"{WINDOW}. Let {RUN}"), f"{PAD_FIRST}, and loop over all pixels.")
FLIPPED = (a("flip", of="kernel"), "use the kernel as it is given, without `{code}`.")
BACKWARDS = (a("backwards"), f"`{{code}}` counts backwards. {TAPS}")
TURN = "turn the kernel before its transform: begin with `{kernel} = {kernel}[::-1, ::-1]`."
MAKES = "`{code}` makes an array of {name}"
IN_FLOATS = f"{MAKES}: use `np.zeros({{image}}.shape)` (floats), and end with {CLIP}."
STORE = f"{MAKES}, which cuts and wraps what is stored in it: in {{at}}, store"
ADD = f"add up in floats, `total = 0.0` or `np.zeros(image.shape)`, and end with {CLIP}."
DIVIDE = (a("operation", "//", of="sum"), "divide with `/` instead of `//`, and round at the end: `np.rint`.")
LARGEST = (a("call", "max", "min", "ptp", of="sum"), f"use {CLIP_ONLY} instead of stretching by `{{code}}`.")
BY_KERNEL = a("operation", "/", when=part("of right", "kernel"))
NDIMAGE = "ndimage.convolve", "ndimage.correlate"
EARLY = a("return", "loop")
NO_SCALE = "the scale of a kernel is in its weights."
MULTIPLY = "multiply the window by the kernel: `(window * kernel).sum()`."
ROWS_FIRST = "rows come first: `height, width = {image}.shape`; y goes up to height, x up to width."
SIZE = "[kh // 2 : kh // 2 + height, kw // 2 : kw // 2 + width]"


# fmt: off
WORDS: dict[str, dict[str, Words]] = {}  # by aspect and name
WORDS["arguments"] = {
    "kernel-first": Words("it takes the *kernel first*",
        "Put the image first: `def {function}(image, kernel)`."),
    "extra": Words("it needs *further arguments*", "Give them defaults. It was called as `{call}`."),
    "flag": Words("it needs *a flag*", "Give it a default: it was called with `{detail}`."),
    "output-array": Words("it needs *an array to fill*",
        "Make it inside, `output = np.zeros(image.shape)`, and return it. It was called as `{call}`."),
    "colour-only": Words("it takes *colour images only*, (height, width, 3)",
        "For gray images, use `height, width = image.shape[:2]` and no channels; or call it as `{call}`, "
        "and take `[:, :, 0]` of a result that has channels."),
    "pil-image": Words("it takes a *PIL image*, not an array",
        "Begin with `{image} = np.asarray({image})`; or call it as `{call}`."),
    "lists": Words("it takes *lists*, not arrays", "Use array operations; or call it as `{call}`."),
    "layers": Words("it takes *layers*, with more axes than the height and width of an image or a kernel",
        "Call it as `{call}`."),
    "dictionary": Words("it takes a *dictionary* of height, width and pixels, not an array",
        "Take an array, and pixels as `image[y, x]`; or call it as `{call}`."),
    "file-name": Words("it takes the *name of a file*, not an image",
        "Take the image itself, `def {function}(image, kernel)`, and leave `cv2.imread` to the caller."),
}
WORDS["stride"] = {"": Words("it computes *every {} row and column* only",
    "take a stride of 1: every pixel of the image has a sum of its own.")}
WORDS["result"] = {
    "rows-all-the-same": Words("all rows of its result are *the same list*, the last row",
        "`[[0] * width] * height` is one row many times over: use `np.zeros((height, width))`."),
    "inverted": Words("its result is *inverted*, 255 minus the pixel",
        (a("operation", "-", when=part("left", "255")), "do not subtract from 255.")),
    "added-to-image": Words("it *adds the image* to the sums", "return the sums without the image."),
    "unsharp": Words("it *subtracts the sums* from twice the image, as an unsharp mask does",
        "return the sums alone."),
    "black": Words("its result is *black* for every image",
        "check what is stored in the result, and whether the loops run at all."),
    "unchanged": Words("its result is *the image*, unchanged",
        "store the sums in the result, and return it."),
    "not-repeatable": Words("two calls with the same image and kernel gave *different results*",
        (a("call", "numpy.empty", "empty_like"), "use `np.zeros` instead of `{code}`."),
        "use `np.zeros` instead of `np.empty`, no random numbers, and no state between calls."),
}
WORDS["returns-early"] = {
    "first-pixel": Words("it returns after the *first pixel*",
        (EARLY, "this `return` is inside the loops: dedent it to be below.")),
    "first-row": Words("it returns after the *first row*",
        (EARLY, "this `return` is inside the loop over rows: dedent it.")),
}
WORDS["returns"] = {
    "": Words("", (end, "return `np.array({code}, np.uint8)`."), "return `np.array(output, np.uint8)`."),
    "list": Words("it returns a *list* instead of an array"),
    "tuple": Words("it returns a *tuple* instead of an array; its first item is the image",
        "return only the image: `return output`."),
    "nothing": Words("it returns *nothing*: its result is in the image that it is given",
        "make a new array for the result, `np.zeros({image}.shape)`, and return it."),
    "pil-image": Words("it returns a *PIL image* instead of an array"),
}
WORDS["shape"] = {
    "transposed": Words("its result has *width and height swapped*",
        "`image.shape` is (height, width), and pixels are `output[y, x]`."),
    "larger": Words("its result is *larger* than the image, as it keeps the padding",
        (a("call", "signal.correlate2d", "signal.convolve2d", "fftconvolve"), 'use `mode="same"`.'),
        f"cut the image out of the result: `{SIZE}`."),
    "another": Words("its result has *another shape* than the image",
        "make the result with `np.zeros(image.shape)`, and return all of it."),
    "extra-axis": Words("its result has *one axis too many*, shape (height, width, 1)",
        "return `output[:, :, 0]`."),
    "three-channels": Words("its result has *three equal channels* for a gray image",
        "return one of them: `output[:, :, 0]`."),
}
WORDS["orientation"] = {
    "": Words("", FLIPPED, BACKWARDS, TAPS),
    "rotated180": Words(
        "it rotates the kernel by *180 degrees*, which is true convolution; filter2D does not",
        (a("call", "signal.convolve2d"), "use SciPy's `correlate2d` instead of `convolve2d`."),
        (a("call", *NDIMAGE[:1], "signal.convolve"), "use SciPy's `correlate` instead of `convolve`."),
        (a("call", "signal.fftconvolve", has="a1"), "pass `{a1}[::-1, ::-1]` instead of `{a1}`."), FLIPPED,
        (a("call", "fft2", "rfft2", of="kernel"), TURN), BACKWARDS,
        (unread, f"remove the flip of the kernel. {TAPS}"), TAPS),
    "transposed": Words("it has *rows and columns* of the kernel *swapped*"),
    "flipped-left-right": Words("it has the kernel *mirrored left to right*"),
    "flipped-up-down": Words("it has the kernel *upside down*"),
    "rotated90": Words("it rotates the kernel by *90 degrees*, counterclockwise"),
    "rotated270": Words("it rotates the kernel by *90 degrees*, clockwise"),
    "transposed-other-diagonal": Words(
        "it *mirrors* the kernel *at its other diagonal*: flipped and transposed"),
    "rolled": Words("it has the weights of the kernel *moved round by half*: index -1 is the last one",
        "index the kernel from 0: `{kernel}[s + kh // 2, t + kw // 2]` for s and t from -(kh // 2) on."),
}
WORDS["kernel"] = {
    "": Words("",
        (a("cast", *WHOLE, "int", "float16", of="kernel"), "keep the kernel in floats, without `{code}`."),
        "use the kernel as it is given, in floats, and take windows without a step."),
    "matrix-product": Words(
        "it takes the *product of two matrices*, where filter2D multiplies pixel by weight",
        (a("call", "dot", "matmul"), "multiply pixel by weight, with `*` instead of `{code}`, and add up."),
        (a("operation", "@"), "multiply pixel by weight, `({left} * {right}).sum()` instead of `{code}`."),
        "use `(window * kernel).sum()` instead of `@`, `np.dot` or `np.matmul`."),
    "ignored": Words("it *does not use the weights*: each pixel is the mean of its window", MULTIPLY),
    "the-same-for-all": Words("it *does not use the weights*: {}", MULTIPLY),
    "negated": Words("its weights have the *opposite sign*", "add the products, do not subtract them."),
    "minus-its-mean": Words("it subtracts *the mean* from the weights"),
    "whole-numbers": Words("it cuts the weights to *whole numbers*: 0.5 becomes 0"),
    "uint8": Words("it casts the weights to *uint8*: 0.5 becomes 0, and -1 becomes 255"),
    "float16": Words("it rounds the weights to *half precision*"),
    "times": Words("it *multiplies* the sums by {}",
        (by_detail, f"remove the factor in `{{code}}`: {NO_SCALE}"), f"remove the division: {NO_SCALE}"),
    **{f"dilated {step}":
        Words(f"it lays the weights on *every {nth} pixel*: its windows are {step} times as wide")
        for step, nth in ((2, "second"), (3, "third"))},
    **{f"fixed-point {scale}": Words(f"it rounds the weights to multiples of *1 / {scale}*")
        for scale in FIXED_POINTS},
    **{f"last-{which}-unused": Words(
        f"it leaves out *the last {which.replace('-', ' ')}* of the kernel",
        (a("call", "range", when=lambda parts: parts["a0"][0] == "-" and parts.get("a1", "1")[-1] != "1"),
         "a range ends before its last number: `range({a0}, {a1} + 1)`, for rows and for columns."),
        "a range ends before its last number: `range(kh)`, `range(kw)`, or `range(-r, r + 1)`.")
        for which in UNUSED},
}
WORDS["sum"] = {
    "": Words("", "set the sum to 0 inside the loop over x: `total = 0.0`."),
    "never-reset": Words("it *never sets the sum back to 0*: each pixel has those before it as well"),
    "reset-per-row": Words(
        "it sets the sum back to 0 *for each row only*: each pixel has those to its left as well"),
}
WORDS["shift"] = {"": Words("its output is *shifted* {}",
    (if_said("twice", a("call", "roll", of="sum")),
     "reverse the signs of the shift in `{code}`: with a conjugate, the result lies on the other side."),
    (a("call", "ifft2", "irfft2"),
     "move the result back before it is cut: `np.roll({code}, ({down}, {right}), axis=(0, 1))`."),
    (a("call", "pad", "copyMakeBorder", of="image", has="uneven"), f"{WINDOW}."), f"{WINDOW}.")}
WORDS["divisor"] = {
    "": Words("", (a("call", "ImageFilter.Kernel", no="scale a2"),
        "`ImageFilter.Kernel` divides by the sum of the weights if it is given no scale: add `scale=1`."),
        (BY_KERNEL, f"remove the division by `{{right}}`: {NO_SCALE}"), f"remove the division: {NO_SCALE}"),
    "normalised": Words("it divides by the *sum of the kernel*, which filter2D never does"),
    "number-of-weights": Words("it divides by the *number of weights*, a mean where filter2D has a sum",
        (a("call", "mean", of="sum"), "use `.sum()` instead of `.mean()`."), "use `.sum()`, no mean."),
    "sum-of-absolute-weights": Words(
        "it divides by the *sum of the absolute weights*, which filter2D never does"),
}
WORDS["offset"] = {"": Words("it *adds {}* to every sum",
    (by_detail, "remove the offset in `{code}`."), "remove the offset.")}
WORDS["adds-up-in"] = {
    "": Words("", (a("adds", *WHOLE), IN_FLOATS), ADD),
    "uint8": Words("it *adds up in a uint8 array*, which cuts and wraps after each addition"),
    "int": Words("it *adds up in whole numbers*: the fraction is cut off after each addition"),
    "int-products": Words("it cuts *each product* to a whole number before it adds them up",
        (a("cast", "int", of="sum"), f"leave out `int`, {ADD}"), ADD),
}
WORDS["conversion"] = {"": Words(
    "it *casts the sums to uint8*, which cuts the fraction off and makes {}; filter2D rounds and saturates",
    (a("call", *NDIMAGE, no="output", when=part("given", "uint8")),
     f"`{{called}}` returns the dtype it is given: pass `{{a0}}.astype(float)`, and end with {CLIP}."),
    (a("stores", "uint8"), f"{STORE} `np.clip(np.rint({{value}}), 0, 255)`."),
    (a("cast", "uint8", of="sum"), "round and clip before that: `np.clip(np.rint({value}), 0, 255)`."),
    f"before the cast, round and clip: {CLIP}.")}
WORDS["range"] = {
    "": Words("", (a("stores", "uint8"), f"{STORE} `np.clip({{value}}, 0, 255)`."),
        (a("cast", "uint8", of="sum"), "before the cast to uint8, use `np.clip({value}, 0, 255)`."),
        f"before the cast, use {CLIP_ONLY}."),
    "absolute-value": Words("",
        (a("call", "convertScaleAbs"), f"use {CLIP_ONLY} instead of `cv2.convertScaleAbs`."),
        (a("call", "abs", "absolute", "fabs", of="sum"), f"use {CLIP_ONLY}, without `abs`.")),
    "stretch-to-0..255": Words("",
        (a("call", "rescale_intensity", no="in_range"), "give `rescale_intensity` its `in_range=(0, 255)`."),
        (a("call", "cv2.normalize"), f"use {CLIP_ONLY} instead of `cv2.normalize`."), LARGEST,
        f"use {CLIP_ONLY} instead of the normalisation by minimum and maximum."),
    "scaled-by-its-largest": Words(
        "it scales the result so that the *largest* sum becomes 255; filter2D cuts off what is above",
        LARGEST, f"use {CLIP_ONLY}, and do not divide by the largest."),
    "scaled-to-0..1": Words("",
        (a("operation", "/", when=part("by", "255", "255.0")),
         f"do not divide by 255, and end with {CLIP}.")),
    "expects-0..1": Words("",
        (a("call", "clip", "minimum", "maximum", of="sum"), f"use {CLIP_ONLY} instead of `{{code}}`."),
        f"use {CLIP_ONLY}; or divide the image by 255 first, and multiply the result by 255."),
    "times 255": Words("it *multiplies its sums by 255*, as for an image of floats from 0 to 1",
        (by_detail, "do not multiply by 255, or divide the image by 255 first.")),
    **{name: Words("", f"use {CLIP_ONLY}.") for name in ("none", "clipped-at-0", "clipped-at-255")},
}
WORDS["rounding"] = {
    "": Words("", "use `np.rint(x)` or `round(x)`."),
    "truncate": Words("",
        (a("cast", "int", of="sum", no="rounded"), "use `round({value})` in place of `{code}`."), DIVIDE,
        (a("stores", *WHOLE, no="rounded"),
         f"{MAKES}, which cuts fractions off: in {{at}}, store `np.rint({{value}})`."),
        (a("cast", *WHOLE, of="sum", no="rounded"), "round before the cast: `np.rint({value})`."),
        "use `np.rint` before the cast, `round(sum)` in place of `int(sum)`, `/` in place of `//`."),
    "half-up": Words("",
        (a("call", "floor", "int", of="sum"), "use `np.rint(x)` instead of `{code}`, where x is the sum."),
        "use `np.rint(x)` or `round(x)` instead of `int(x + 0.5)`."),
    "floor": Words("", (a("call", "floor", of="sum"), "use `np.rint` instead of `np.floor`."), DIVIDE,
        "use `np.rint` instead of `np.floor` or `//`."),
    "ceil": Words("", (a("call", "ceil", of="sum"), "use `np.rint` instead of `np.ceil`.")),
    "none": Words("",
        (end, 'return `np.clip(np.rint({code}), 0, 255).astype("uint8")`.'), f"End with {CLIP}."),
}
WORDS["not-computed"] = {
    "": Words("it does not compute *{}*", (a("loop"), f"let {RUN}")),
    "missing": Words("it leaves out *{}*",
        (a("loop"), f"make the result by `np.zeros({{image}}.shape)`, and let {RUN}")),
    "beyond": Words("it computes only the first *{}* pixels: sizes are fixed in the code",
        (a("loop"), f"take the sizes of the image, `{{image}}.shape`, and let {RUN}")),
}
WORDS["border"] = {
    "": Words("past the edge of the image it has {}",
        (a("call", "copyMakeBorder"), "give `copyMakeBorder` the border `cv2.BORDER_{flag}`."),
        (a("call", "numpy.pad"), 'pad with `np.pad({image}, ..., mode="{mode}")`.'),
        (a("call", "cv2.filter2D"), "give `filter2D` its `borderType=cv2.BORDER_{flag}`."),
        (a("call", *NDIMAGE), 'give `{called}` its `mode="{ndimage}"`.'), PADS[1]),
    "constant-mean": Words("past the edge of the image it has the *mean* of the image"),
    "left-unfiltered": Words(
        "pixels near the edge, where the kernel does not fit into the image, are {}", *PADS),
    "one-pixel-left-unfiltered": Words("*one pixel* at each edge is {}, for every size of kernel", *PADS),
    "never-written": Words("pixels near the edge are *never written*: they have any value",
        (a("call", "empty", "empty_like"), f"use `np.zeros`, and {PADS[1]}")),
    "cropped": Words("its result is *smaller* than the image: pixels near the edge are missing",
        (a("call", when=lambda parts: "'valid'" in parts.values()), f'{PAD_FIRST}, before `mode="valid"`.'),
        (a("call", "sliding_window_view", of="image"), f"{PAD_FIRST}, before `{{code}}`."), *PADS),
    "negative-indices": Words(
        "at the top and left, an index *below 0* counts from the other end of the image; past the bottom "
        "and right there is 0", *PADS),
    "weights-inside": Words("at the edge it divides by the sum of the *weights inside* the image", *PADS),
    "centre-pixel": Words(
        "past the edge of the image it takes *the pixel in the centre* of the kernel", *PADS),
    "unknown": Words("at {} edge it differs in a way that is *not known here*", *PADS),
}
WORDS["input-modified"] = {
    "": Words("", "work on a copy: `image.copy()` or `kernel.copy()`."),
    "overwritten-while-read": Words(
        "it *writes into the image that it reads from*, so that sums contain pixels that are changed already",
        (a("stores"), "in {at}, write into a new array, `np.zeros({image}.shape)`, instead of `{array}`."),
        "write into a new array: `np.zeros(image.shape)`."),
    "image": Words("it *changes the image* that it is given"),
    "kernel": Words("it *changes the kernel* that it is given"),
}
WORDS["dtype"] = {
    "": Words("it returns *{}* instead of uint8",
        (end, 'return `{bare}.astype("uint8")`.'), 'return `output.astype("uint8")`.'),
    "whole numbers": Words(
        "it stores the sums in an array of *whole numbers*, {}, which cuts off the fractions",
        (a("stores", *WHOLE), IN_FLOATS), f"store floats, and end with {CLIP}."),
    "bool": Words("it returns *True and False* (dtype bool) instead of pixels",
        f"return the sums as pixels, {CLIP}, and not a comparison of them."),
}
# fmt: on
# Rows and columns that are not computed, by the names of frames.
EDGES = {
    "last-row-and-column": "the last row and the last column",
    "last-row": "the last row",
    "last-column": "the last column",
    "first-row-and-column": "the first row and the first column",
    "last-kernel-rows-and-columns": "the last kh - 1 rows and kw - 1 columns",
    "last-kernel-rows-and-columns-and-one": "the last kh rows and kw columns",
    "last-half-kernel-rows-and-columns": "the last kh // 2 rows and kw // 2 columns",
    "last-two-rows-and-columns": "the last two rows and columns",
    "first-half-kernel-rows-and-columns": "the first kh // 2 rows and kw // 2 columns",
    "rows-at-the-edge": "the kh // 2 rows at the top and bottom",
    "columns-at-the-edge": "the kw // 2 columns at the left and right",
}  # fmt: skip

# The remedies where the source is not Python, or not known.
ANY_LANGUAGE = {
    "stride": "Take a stride of 1: every pixel of the image has a sum of its own.",
    "result": "Store the sum under each window, and nothing else.",
    "shape": "The result has the size of the image: for pixel (y, x), lay the middle of the kernel on it.",
    "orientation": "Weight (i, j) of the kernel belongs to the pixel i rows below and j columns right of the "
        "window's first: no flip, and rows come first.",
    "kernel": "Multiply each pixel of the window by its weight, as it is given, in floating point.",
    "sum": "Set the sum to 0 for each pixel.",
    "shift": "Let the window begin kh / 2 rows above and kw / 2 columns left of the pixel, in whole numbers.",
    "divisor": f"Remove the division: {NO_SCALE}",
    "offset": "Remove the offset.",
    "adds-up-in": "Add up in floating point, and round once, in the end.",
    "conversion": "Before converting to 8 bits, round half to even and stop at 0 and 255: rint() in C does, "
        "but Math.round is half up in JavaScript.",
    "range": "Before converting to 8 bits, stop at 0 and 255: min(max(sum, 0), 255).",
    "rounding": "Round half to even before converting to 8 bits: rint() in C does, but Math.round is half up "
        "in JavaScript.",
    "not-computed": "Let the loops run over all rows and columns.",
    "border": "For windows that leave the image, {rule}.",
    "dtype": "Round, stop at 0 and 255, and return 8 bits.",
}  # fmt: skip
BORDER_RULES = {  # of row y among h
    "replicate": "take the nearest pixel: row min(max(y, 0), h - 1)",
    "reflect": "mirror the image, with its edge twice: row -1 is row 0, row h is row h - 1",
    "reflect101": "mirror the image at its edge: row -1 is row 1, row h is row h - 2",
    "zero": "take 0 for pixels outside of it",
    "wrap": "begin again at the other side: row y mod h",
}

# What a function cannot do, by kind. Where a source is read, and has none of the facts, nothing may be said.
BOTH = "`kh, kw = {kernel}.shape`, with kh // 2 rows and kw // 2 columns of padding"
FIXED = f"`{{code}}` is for one size of kernel: take {BOTH}, and windows of kh x kw."
ALIKE = "`{code}` adds as many rows as columns: write"
BELOW = "and use kh // 2 for rows and kw // 2 for columns below as well."
THREE: tuple[Rule, ...] = (
    (a("fixed"), FIXED), (a("call", "pad", "copyMakeBorder", has="fixed"), FIXED),
    (a("operation", "+", when=part("by", "3")), FIXED),
    f"take the size of loops and padding from the kernel: {BOTH}.")  # fmt: skip
EMPTY: tuple[Rule, ...] = (
    (a("empty"), "`{code}` is empty for a kernel with a side of 1, where -r is 0: let a slice end at a "
     "number from the start, `{value}[r : r + height]` instead of `{value}[r:-r]`."),
    (unread, "`a[0:-0]` is empty: use `padded[r : r + height]` instead of `padded[r:-r]`."))  # fmt: skip
OVERFLOW: tuple[Rule, ...] = (
    (a("stores", "uint8"), f"{STORE} `np.clip({{value}}, 0, 255)`."),
    (a("cast", "uint8", of="sum"), "use `np.clip({value}, 0, 255)` in `{code}`."),
    "store only `np.clip(sum, 0, 255)` in a uint8 array.")  # fmt: skip
KINDS: dict[str, tuple[Rule, ...]] = {
    "non-square kernel": (
        (a("call", "pad", has="pair"), "`{code}` adds {first} before and {last} after, on both axes: for "
         "rows and columns write `np.pad({image}, [({first}, {first}), ({last}, {last})])`."),
        (a("call", "copyMakeBorder", has="alike"), f"{ALIKE} `cv2.copyMakeBorder({{image}}, kh // 2, "
         f"kh // 2, kw // 2, kw // 2, cv2.BORDER_{{flag}})`, {BELOW}"),
        (a("call", "pad", has="alike"), f"{ALIKE} {PAD}, {BELOW}"),
        (one_side("kernel"), f"`{{code}}` is one side of the kernel: take both, {BOTH}."),
        (unread, f"take both sides of the kernel: {BOTH}.")),
    "non-square image": (
        (a("sides", "w", "c", of="image"), ROWS_FIRST),
        (one_side("image"), "`{code}` is one side only: take both, `height, width = {image}.shape`."),
        ROWS_FIRST),
    "kernel that sums to 0": ((BY_KERNEL, "do not divide by `{right}`."), "do not divide by its sum."),
    "image smaller than the kernel": (
        (a("call", "fft2", "rfft2", of="kernel"), "this transform cuts off what is larger than the image: "
         f"{PAD_FIRST}, and cut `{SIZE}` out of the result in the end."), (unread, "")),
    "image of odd width": ((a("call", "irfft2", no="s a1"),
        "`irfft2` takes the width for even: give it the size that `rfft2` has, as `s=`."), (unread, "")),
    "kernel other than 3 x 3": THREE, "kernel larger than 3 x 3": THREE,
    "whole-number kernel": (
        (a("call", when=part("dtype", "kernel.dtype")), "use `np.zeros({image}.shape)` for `{code}`."),
        "add up in floats whatever the kernel's dtype: `np.zeros(image.shape)`, or `kernel.astype(float)`."),
    "kernel with a side of 1": EMPTY, "kernel of one row or column": EMPTY, "1 x 1 kernel": EMPTY,
    "sum below 0 or above 255": OVERFLOW, "absolute sum above 255": OVERFLOW,
    "sum above 255": OVERFLOW, "sum below 0": OVERFLOW,
}  # fmt: skip
INTEGERS = r"an integer|integers|integral|integer (is|argument)|as an index"  # in messages: none is given
DIVISION: tuple[Rule, ...] = (
    (a("operation", "/", of="size", when=part("by", "2")), "`{code}` gives a float: divide with `//`."),
    "`/` gives a float: use `//` where a whole number is meant, as in `kernel.shape[0] // 2`.")  # fmt: skip
KNOWN: list[tuple[tuple[str, ...], tuple[Rule, ...]]] = [  # parts of messages
    (("'xrange' is not defined", "'raw_input' is not defined"), (
        "this is Python 2: `xrange` is `range`, and `raw_input` is `input` in Python 3.",)),
    (("itemset",), ("NumPy 2 has no `itemset`: write `array[y, x] = value`.",)),
    (tuple(f"has no attribute '{name}'" for name in ("float", "int", "bool", "object", "str", "complex")),
     ("NumPy has dropped `np.float`, `np.int` and `np.bool`: write `float`, `int` and `bool`.",)),
    (("could not be broadcast",), (
        (a("call", "fft2", "rfft2", of="kernel", no="s a1"),
         "transform the kernel in the size of the image: `{called}({a0}, s={image}.shape)`."),
        (a("call", "range", when=lambda parts: parts["a0"].endswith("] - 1")),
         "`{code}` goes past the last window: let it run as far as the result has rows or columns."),
        (unread, "the window and the kernel differ in size: a slice excludes its end, so one from y - r to "
         "y + r is `[y - r : y + r + 1]`."))),
    (("Cannot cast ufunc",), ((a("adds", *WHOLE), IN_FLOATS), "make the result with `np.zeros(image.shape)` "
     "(floats): `+=` cannot store floats in an integer array.")),
    (("for uint8", "for the uint8", "for int8", "convert float NaN", "convert float infinity"), OVERFLOW),
    (("is out of bounds",), ("an index is past the end: y goes up to `image.shape[0]`, x up to "
     "`image.shape[1]`, and the window needs the padded image.",)),
    (("negative dimensions",), ("nothing is left of an image smaller than the kernel: pad it first.",)),
    (("unpack (expected 3",), ("a gray image has two axes: `height, width = image.shape[:2]`.",)),
    (("unpack (expected 2",), ("a colour image has three axes: `height, width = image.shape[:2]`.",)),
]  # fmt: skip
OTHERS = {  # kinds of failures, and what is returned
    "absent": "Check it with a Python that has {what}.",
    "asks": "Make it a parameter with a default, as in `def convolve(image, kernel, stride=1)`.",
    "None": "End the function with `return output`.",
    "list": "Return `np.array(output, dtype=np.uint8)`.",
    "nan": "Look for a division by 0: by the sum of a kernel, or by the largest value.",
}


def sentence(aspect: str, name: str, detail: str = "") -> str:
    """Return what is said of a finding, in the words of the table or of the model, else by its name."""
    known = WORDS[aspect]
    words = known[name] if name in known else known[""]
    rules: Mapping[str, Rounding | Range] = ROUNDINGS if aspect == "rounding" else RANGES
    says = words.says or (rules[name].says if name in rules else f"its {aspect} is *{name}*")
    return says.format(detail)


def remedy(
    aspect: str, name: str, source: Source, detail: str = "", border: str = "replicate", **parts: str
) -> str:
    """Return the remedy for a finding. border: the right one. parts: further words of the texts."""
    if not source.python:
        return ANY_LANGUAGE.get(aspect, "").format(rule=BORDER_RULES[border])
    known = WORDS[aspect]
    rules = next(known[key].rules for key in (name, "") if key in known and known[key].rules)
    return first_fitting(rules, source, detail, border, **parts)


def of_failure(failure: Failure, source: Source, kinds: Sequence[str] = ()) -> str:
    """Return the remedy for a failure, by the exception's message and the kinds of probes."""
    if not source.python:
        return ""
    text = OTHERS.get(failure.what if failure.kind == "returned" else failure.kind)
    if text is not None:
        return text.format(what=failure.what)
    if re.search(INTEGERS, failure.message):
        return first_fitting(DIVISION, source)
    texts = [first_fitting(KINDS[kind], source) for kind in kinds if kind in KINDS]
    if not any(texts):
        known = (rules for parts, rules in KNOWN if any(part in failure.message for part in parts))
        texts = [next((text for rules in known if (text := first_fitting(rules, source))), "")]
    return " ".join(text for text in dict.fromkeys(texts) if text)


def first_fitting(
    rules: Sequence[Rule], source: Source, detail: str = "", border: str = "replicate", **parts: str
) -> str:
    """Return the first text whose fact is found, with its line; else the last one, if it needs no code."""
    mode = str(BORDERS[border].numpy)
    modes = {"mode": mode, "flag": FLAGS.get(mode, mode.upper()), "ndimage": MODES.get(mode, mode)}
    words = source.names | parts | modes | {"detail": detail}
    for finder, text in (rule for rule in rules if not isinstance(rule, str)):
        for fact in finder(source, detail):
            own = fact.parts | {"code": fact.code, "name": fact.name, "called": fact.code.partition("(")[0]}
            # Long code is shortened where it is only named, not where it is to be copied.
            own = {name: short(value) if f"`{{{name}}}`" in text else value for name, value in own.items()}
            said = text.format(**own | words)
            return capital(f"{source.where(fact.line)}: {said}" if fact.line else said)
    last = rules[-1]
    text = last if isinstance(last, str) else "" if last[0] is unread else last[1]
    return "" if "{code}" in text else capital(text.format(**words))


def capital(text: str) -> str:
    """Return a text that begins with a capital letter."""
    return text[:1].upper() + text[1:]


def short(code: str) -> str:
    """Return code as it is, or without what stands in its brackets where it is long."""
    return code if len(code) <= LONG else f"{code.partition('(')[0]}(...)"
