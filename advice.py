"""What is said to somebody whose convolve differs: each finding in plain words, with the way to mend it."""

from dataclasses import dataclass

from borders import BORDERS


@dataclass(frozen=True)
class Finding:
    """One thing that a function does in another way than cv2.filter2D."""

    aspect: str
    found: str
    expected: str
    detail: str = ""  # what the words below need to know besides


_TO_UINT8 = 'Before `.astype("uint8")`, use'
_MIDDLE = (
    "The window of output pixel (y, x) has that pixel in its middle: in the padded picture, "
    "`padded[y : y + kh, x : x + kw]`, with kh // 2 and kw // 2 pixels of padding on each side."
)
_TAPS = "Weight `kernel[i, j]` belongs to pixel `padded[y + i, x + j]`: i and y count rows, j and x columns."

# What a function does, and how to mend it.
_WORDS = {
    ("rounding", "truncate"): ("it *truncates* where filter2D rounds", f"{_TO_UINT8} `np.rint`."),
    ("rounding", "floor"): (
        "it rounds *down* where filter2D rounds to the nearest",
        "Use `np.rint` instead of `np.floor` or `//`.",
    ),
    ("rounding", "half-up"): (
        "it rounds every half *up*, where filter2D rounds a half to the even neighbour, 2.5 to 2 and 3.5 to 4",
        "Use `np.rint(x)` or `round(x)` instead of `int(x + 0.5)`.",
    ),
    ("rounding", "none"): ("it does *not round*", "Use `np.rint` on the sums."),
    ("range", "wrap-modulo-256"): (
        "sums below 0 or above 255 *wrap around*, 256 to 0 and -1 to 255, where filter2D stops at 0 and at 255",
        f"{_TO_UINT8} `np.clip(sums, 0, 255)`.",
    ),
    ("range", "absolute-value"): (
        "it takes the *absolute value* of negative sums, where filter2D makes them 0",
        "Leave out `abs` (or `cv2.convertScaleAbs`); use `np.clip(sums, 0, 255)`.",
    ),
    ("range", "stretch-to-0..255"): (
        "it *stretches* the result to fill 0..255, where filter2D keeps the sums and cuts off what is beyond",
        "Leave out the normalisation by smallest and largest value; use `np.clip(sums, 0, 255)`. "
        "With `rescale_intensity`, give `in_range=(0, 255)`.",
    ),
    ("range", "scaled-to-0..1"): (
        "its pixels go from *0 to 1* instead of from 0 to 255",
        "Multiply by 255 at the end, or do not divide the picture by 255 at the start.",
    ),
    ("range", "none"): (
        "it leaves values *below 0 and above 255* as they are, where filter2D saturates",
        "Use `np.clip(sums, 0, 255)`.",
    ),
    ("orientation", "rotated180"): (
        "it turns the kernel by *180 degrees*, which is a true convolution; filter2D does not turn it",
        "Leave out the flip. Where SciPy does the work, use `correlate` or `correlate2d` instead of `convolve`.",
    ),
    ("orientation", "transposed"): ("it has the kernel's *rows and columns swapped*", _TAPS),
    ("orientation", "flipped-left-right"): ("it has the kernel *mirrored left to right*", _TAPS),
    ("orientation", "flipped-up-down"): ("it has the kernel turned *upside down*", _TAPS),
    ("divisor", "normalised"): (
        "it divides by the *sum of the kernel*, which filter2D never does",
        "Leave out the division: whoever makes a kernel puts its scale into the weights.",
    ),
    ("divisor", "number-of-weights"): (
        "it divides by the *number of weights*, a mean where filter2D has a sum",
        "Use `.sum()` instead of `.mean()`.",
    ),
    ("divisor", "sum-of-absolute-weights"): (
        "it divides by the *sum of the weights without their signs*, which filter2D never does",
        "Leave out the division: whoever makes a kernel puts its scale into the weights.",
    ),
    ("returns-early", "first-pixel"): (
        "it returns after the *first pixel*",
        "The `return` stands inside of the loops: move it to the left, below both of them.",
    ),
    ("returns-early", "first-row"): (
        "it returns after the *first row*",
        "The `return` stands inside of the loop over rows: move it to the left, below that loop.",
    ),
    ("border", "cropped"): (
        "its result is *smaller* than the picture: pixels near the edge are left away",
        "Pad the picture by half a kernel on each side before the loop.",
    ),
    ("shape", "transposed"): (
        "its result has *width and height swapped*",
        "`image.shape` is (height, width), and pixels are `output[y, x]`.",
    ),
    ("shape", "larger"): (
        "its result is *larger* than the picture, as it keeps the padding",
        "Cut kh // 2 rows and kw // 2 columns off each side; in SciPy, `mode=\"same\"` does so.",
    ),
    ("shape", "extra-axis"): (
        "its result has *one axis too many*, shape (height, width, 1)",
        "Return `output[:, :, 0]`.",
    ),
    ("shape", "three-channels"): (
        "its result has *three equal channels* for a gray picture",
        "Return one of them: `output[:, :, 0]`.",
    ),
}  # fmt: skip


def advise(finding: Finding) -> tuple[str, str]:
    """A finding in words: what the function does, and how to mend it."""
    aspect, found = finding.aspect, finding.found
    if (aspect, found) in _WORDS:
        return _WORDS[aspect, found]
    if aspect == "border" and found in BORDERS:
        return (
            f"past the edge of the picture it has border *{found}* instead of {finding.expected}",
            f'Pad with `np.pad(image, ..., mode="{BORDERS[finding.expected].numpy}")`, '
            f"or compare it under its own border: `--border {found}`.",
        )
    if aspect == "border":
        return (
            f"pixels near the edge, where the kernel does not fit in the picture, are *{finding.detail}*",
            "Pad the picture by half a kernel on each side, and let the loop go over all of its pixels.",
        )
    if aspect == "shift":
        return f"its picture is *shifted* {_way(found)}", _MIDDLE
    if aspect == "dtype":
        return f"it returns *{found}* instead of uint8", 'Return `output.astype("uint8")`.'
    if aspect == "input-modified":
        return f"it *changes the {found}* that it is given", f"Work on a copy: `{found.split()[0]}.copy()`."
    kind, _, error = found.partition(": ")
    return f"it cannot do *{plural(kind)}*: {error}", _MENDING.get(kind, "")


_MENDING = {
    "non-square kernel": "Take the height and the width of the kernel each for itself: "
    "`kh, kw = kernel.shape`, kh // 2 rows and kw // 2 columns of padding.",
    "non-square picture": "`height, width = image.shape`: rows first; y goes up to height, x up to width.",
    "kernel that sums to 0": "Do not divide by the sum of the kernel.",
}


def plural(kind: str) -> str:
    """`non-square kernels`, `kernels that sum to 0`."""
    noun = "kernel" if "kernel" in kind and "picture" not in kind else "picture"
    return kind.replace(noun, noun + "s", 1).replace("that sums", "that sum")


def _way(found: str) -> str:
    """`1 pixel to the right and half a kernel up`."""
    words = []
    for step, positive, negative in zip(
        found.split(","), ("to the right", "down"), ("to the left", "up"), strict=True
    ):
        if step != "0":
            length = "half a kernel" if "radius" in step else "1 pixel"
            words.append(f"{length} {negative if step.startswith('-') else positive}")
    return " and ".join(words)


def in_one(findings: list[Finding]) -> list[tuple[str, str]]:
    """All findings in words; a result that is just the sums is one thing to say, not three."""
    found = {each.aspect: each.found for each in findings}
    words = []
    if found.get("rounding") == found.get("range") == "none" and "dtype" in found:
        words = [
            (
                f"it returns the *sums as they are*, {found['dtype']}: not rounded, and not kept within 0 and 255",
                'End with `np.clip(np.rint(sums), 0, 255).astype("uint8")`.',
            )
        ]
        findings = [each for each in findings if each.aspect not in ("rounding", "range", "dtype")]
    return words + [advise(each) for each in findings]
