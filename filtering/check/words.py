"""The sentences of the findings: "it ...", by aspect and name, with {} for what differs between functions."""

from typing import Any

from filtering.check.mistakes import FIXED_POINTS, UNUSED
from filtering.model import RANGES, ROUNDINGS

SAYS: dict[tuple[str, str], str] = {
    ("orientation", "rotated180"):
        "it rotates the kernel by *180 degrees*, which is true convolution; filter2D does not",
    ("orientation", "transposed"): "it has *rows and columns* of the kernel *swapped*",
    ("orientation", "flipped-left-right"): "it has the kernel *mirrored left to right*",
    ("orientation", "flipped-up-down"): "it has the kernel *upside down*",
    ("orientation", "rotated90"): "it rotates the kernel by *90 degrees*, counterclockwise",
    ("orientation", "rotated270"): "it rotates the kernel by *90 degrees*, clockwise",
    ("orientation", "transposed-other-diagonal"):
        "it *mirrors* the kernel *at its other diagonal*: flipped and transposed",
    ("orientation", "rolled"):
        "it has the weights of the kernel *moved round by half*: index -1 is the last one",
    ("kernel", "matrix-product"):
        "it takes the *product of two matrices*, where filter2D multiplies pixel by weight",
    ("kernel", "ignored"): "it *does not use the weights*: each pixel is the mean of its window",
    ("kernel", "the-same-for-all"): "it *does not use the weights*: {}",
    ("kernel", "negated"): "its weights have the *opposite sign*",
    ("kernel", "minus-its-mean"): "it subtracts *the mean* from the weights",
    ("kernel", "whole-numbers"): "it cuts the weights to *whole numbers*: 0.5 becomes 0",
    ("kernel", "uint8"): "it casts the weights to *uint8*: 0.5 becomes 0, and -1 becomes 255",
    ("kernel", "float16"): "it rounds the weights to *half precision*",
    ("kernel", "times"): "it *multiplies* the sums by {}",
    **{("kernel", f"dilated {step}"):
        f"it lays the weights on *every {nth} pixel*: its windows are {step} times as wide"
        for step, nth in ((2, "second"), (3, "third"))},
    **{("kernel", f"fixed-point {scale}"): f"it rounds the weights to multiples of *1 / {scale}*"
        for scale in FIXED_POINTS},
    **{("kernel", f"last-{which}-unused"): f"it leaves out *the last {which.replace('-', ' ')}* of the kernel"
        for which in UNUSED},
    ("sum", "never-reset"): "it *never sets the sum back to 0*: each pixel has those before it as well",
    ("sum", "reset-per-row"):
        "it sets the sum back to 0 *for each row only*: each pixel has those to its left as well",
    ("offset", ""): "it *adds {}* to every sum",
    **dict.fromkeys((("shift", ""), ("shift", "twice")), "its output is *shifted* {}"),
    ("divisor", "normalised"): "it divides by the *sum of the kernel*, which filter2D never does",
    ("divisor", "number-of-weights"):
        "it divides by the *number of weights*, a mean where filter2D has a sum",
    ("divisor", "sum-of-absolute-weights"):
        "it divides by the *sum of the absolute weights*, which filter2D never does",
    ("range", "times 255"): "it *multiplies its sums by 255*, as for an image of floats from 0 to 1",
    ("range", "scaled-by-its-largest"):
        "it scales the result so that the *largest* sum becomes 255; filter2D cuts off what is above",
    ("conversion", ""):
        "it *casts the sums to uint8*, which cuts the fraction off and makes {}; "
        "filter2D rounds and saturates",
    ("adds-up-in", "uint8"): "it *adds up in a uint8 array*, which cuts and wraps after each addition",
    ("adds-up-in", "int"): "it *adds up in whole numbers*: the fraction is cut off after each addition",
    ("adds-up-in", "int-products"): "it cuts *each product* to a whole number before it adds them up",
    ("border", "left-unfiltered"):
        "pixels near the edge, where the kernel does not fit into the image, are {}",
    ("border", "one-pixel-left-unfiltered"): "*one pixel* at each edge is {}, for every size of kernel",
    ("border", "never-written"): "pixels near the edge are *never written*: they have any value",
    ("border", "cropped"): "its result is *smaller* than the image: pixels near the edge are missing",
    ("border", "negative-indices"):
        "at the top and left, an index *below 0* counts from the other end of the image; past the bottom "
        "and right there is 0",
    ("border", "constant-mean"): "past the edge of the image it has the *mean* of the image",
    ("border", "mixed"): "past the edge of the image it has *{}*",
    ("border", "constant-"): "past the edge of the image it has *{}*",
    ("border", "weights-inside"): "at the edge it divides by the sum of the *weights inside* the image",
    ("border", "centre-pixel"): "past the edge of the image it takes *the pixel in the centre* of the kernel",
    ("border", "unknown"): "at {} edge it differs in a way that is *not known here*",
    ("not-computed", "last-row-and-column"): "it {} *the last row and the last column*",
    ("not-computed", "last-row"): "it {} *the last row*",
    ("not-computed", "last-column"): "it {} *the last column*",
    ("not-computed", "first-row-and-column"): "it {} *the first row and the first column*",
    ("not-computed", "last-kernel-rows-and-columns"): "it {} *the last kh - 1 rows and kw - 1 columns*",
    ("not-computed", "last-kernel-rows-and-columns-and-one"): "it {} *the last kh rows and kw columns*",
    ("not-computed", "last-half-kernel-rows-and-columns"):
        "it {} *the last kh // 2 rows and kw // 2 columns*",
    ("not-computed", "last-two-rows-and-columns"): "it {} *the last two rows and columns*",
    ("not-computed", "first-half-kernel-rows-and-columns"):
        "it {} *the first kh // 2 rows and kw // 2 columns*",
    ("not-computed", "rows-at-the-edge"): "it {} *the kh // 2 rows at the top and bottom*",
    ("not-computed", "columns-at-the-edge"): "it {} *the kw // 2 columns at the left and right*",
    ("not-computed", "measured"): "it does not compute *{}*",
    ("not-computed", "beyond"): "it computes only the first *{}* pixels: sizes are fixed in the code",
    ("stride", ""): "it computes *every {} row and column* only",
    ("returns-early", "first-pixel"): "it returns after the *first pixel*",
    ("returns-early", "first-row"): "it returns after the *first row*",
    ("result", "rows-all-the-same"): "all rows of its result are *the same list*, the last row",
    ("result", "inverted"): "its result is *inverted*, 255 minus the pixel",
    ("result", "added-to-image"): "it *adds the image* to the sums",
    ("result", "unsharp"): "it *subtracts the sums* from twice the image, as an unsharp mask does",
    ("result", "black"): "its result is *black* for every image",
    ("result", "unchanged"): "its result is *the image*, unchanged",
    ("result", "not-repeatable"): "two calls with the same image and kernel gave *different results*",
    ("shape", "transposed"): "its result has *width and height swapped*",
    ("shape", "larger"): "its result is *larger* than the image, as it keeps the padding",
    ("shape", "another"): "its result has *another shape* than the image",
    ("shape", "extra-axis"): "its result has *one axis too many*, shape (height, width, 1)",
    ("shape", "three-channels"): "its result has *three equal channels* for a gray image",
    ("dtype", "whole numbers"):
        "it stores the sums in an array of *whole numbers*, {}, which cuts off the fractions",
    ("dtype", "bool"): "it returns *True and False* (dtype bool) instead of pixels",
    ("dtype", ""): "it returns *{}* instead of uint8",
    ("returns", "list"): "it returns a *list* instead of an array",
    ("returns", "tuple"): "it returns a *tuple* instead of an array; its first item is the image",
    ("returns", "nothing"): "it returns *nothing*: its result is in the image that it is given",
    ("returns", "pil-image"): "it returns a *PIL image* instead of an array",
    ("input-modified", "overwritten-while-read"):
        "it *writes into the image that it reads from*, so that sums contain pixels that are changed "
        "already",
    ("input-modified", "image"): "it *changes the image* that it is given",
    ("input-modified", "kernel"): "it *changes the kernel* that it is given",
}  # fmt: skip


def sentence(aspect: str, name: str, detail: str = "") -> str:
    """Return what is said of a finding; in the words of the model, if there are none here."""
    models: dict[str, Any] = {"rounding": ROUNDINGS, "range": RANGES}
    said = SAYS.get((aspect, name)) or getattr(models.get(aspect, {}).get(name), "says", "")
    return (said or f"its {aspect} is *{name}*").format(detail)
