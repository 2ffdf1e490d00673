"""What is said of findings: sentences, and remedies by what stands in the source, with the right line."""

from test_source import source

from filtering.borders import BORDERS
from filtering.check.calling import Failure
from filtering.check.mistakes import MISTAKES
from filtering.check.source import ANY_LANGUAGE, Source
from filtering.check.words import WORDS, of_failure, remedy, sentence


def test_a_rule_for_every_border() -> None:
    rules = {remedy("border", "", ANY_LANGUAGE, border=border) for border in BORDERS}
    assert len(rules) == len(BORDERS)


def test_words_for_every_mistake() -> None:
    """Each has a sentence, and a remedy that ends as one, unless other mistakes stand for it."""
    names = {(one.aspect, one.name) for one in MISTAKES if one.aspect != "frame" and not one.parts}
    names |= {(aspect, name) for aspect, table in WORDS.items() for name in table if table[name].says}
    for aspect, name in names:
        assert remedy(aspect, name, Source(), right="1", down="1", function="f", call="f()").endswith(".")
        of_python = aspect in ("arguments", "returns", "returns-early", "input-modified")
        assert remedy(aspect, name, ANY_LANGUAGE).endswith(".") != of_python
        assert sentence(aspect, name) != f"its {aspect} is *{name}*"


def test_remedies() -> None:
    loop = "for y in range(9):\n    for x in range(9):\n        "
    window = "image[y : y + kh, x : x + kw]"
    for finding, body, expected in [
        ("orientation rotated180", "return convolve2d(image, kernel)", "9: use SciPy's `correlate2d`"),
        ("orientation rotated180", "return np.fft.fft2(kernel)", "9: turn the kernel before its transform"),
        ("orientation rotated180", "for i in image:\n    t = kernel[kh - 1 - i]", "10: `kernel[kh - 1 - i]`"),
        ("rounding truncate", f"r = int(kh / 2)\n{loop}t = {window} * kernel\n        s = int(t)",
         "13: use `round(t)`"),
        ("rounding truncate", "return (image * kernel).sum() // 9", "9: divide with `/`"),
        ("rounding none", "if kh: return 0\nreturn image * kernel", "10: return `np.clip(np.rint(image"),
        ("conversion cast-to-uint8", "return nd.correlate(image, kernel)", "9: `nd.correlate` returns"),
        ("conversion cast-to-uint8", "return nd.correlate(image / 1.0, kernel).astype(np.uint8)", "9: round"),
        ("offset 128", "return image * kernel + 1 + 128", "9: remove the offset in `image * kernel + 1"),
        ("border wrap", "p = cv2.copyMakeBorder(image, 1, 1, 1, 1, 4)",
         "9: give `copyMakeBorder` the border `cv2.BORDER_REPLICATE`"),
        ("border cropped", 'return convolve2d(image, kernel, mode="valid")', "9: pad the image by"),
        ("returns-early first-pixel", f"{loop}return image\nreturn image", "11: this `return`"),
        ("divisor normalised", "n = kernel.sum()\nt = image / 2 + kernel / n", "10: remove the division by"),
        ("shift ", "p = np.pad(image, [(0, kh), (0, kw)])", "9: pad the image by kh // 2 rows and kw"),
        ("shift ", "t = np.fft.ifft2(image * kernel)\nreturn t[:9]",
         "9: move the result back before it is cut: `np.roll(np.fft.ifft2(image * kernel), (-1, -2), axis"),
    ]:  # fmt: skip
        aspect, name = finding.split(" ")
        detail = name if aspect == "offset" else ""
        back = {"down": "-1", "right": "-2"} if aspect == "shift" else {}
        assert remedy(aspect, name, source(body), detail, **back).startswith(f"Line {expected}"), body
        assert not remedy(aspect, name, source("pass"), detail, **back).startswith("Line"), finding
    same = source('return convolve2d(image, kernel, mode="same")')
    assert not remedy("border", "cropped", same).startswith("Line")


def test_remedies_of_failures() -> None:
    for message, kind, body, expected in [
        ("", "non-square kernel", "np.pad(image, (kh, kw))", "`np.pad(image, (kh, kw))` adds"),
        ("", "non-square kernel", "np.pad(image, ((kh, kh), (kh, kh)))", "`np.pad(image, ((kh, kh)"),
        ("", "non-square kernel", "np.pad(image, ((kh, kh), (kw, kw)))", ""),
        ("", "non-square kernel", "cv2.copyMakeBorder(image, kh, kh, kh, kh, 1)", "`cv2.copyMakeBorder("),
        ("", "1 x 1 kernel", "return image[kh:-kh]", "`image[kh:-kh]` is empty"),
        ("", "kernel other than 3 x 3", "for i in range(3): pass", "`range(3)` is for one size"),
        ("", "kernel other than 3 x 3", "np.pad(image, 1)", "`np.pad(image, 1)` is for one size"),
        ("", "whole-number kernel", "np.zeros(image.shape, dtype=kernel.dtype)", "use `np.zeros(image"),
        ("", "image of odd width", "np.fft.irfft2(image)", "`irfft2` takes the width"),
        ("required to be an integer", "", "p = (kh - 1) / 2", "`(kh - 1) / 2` gives a float"),
        ("could not be broadcast", "", "np.fft.fft2(kernel)", "transform the kernel in the size"),
        ("300 out of bounds for uint8", "", "np.uint8(image * kernel)", "use `np.clip(image * kernel, 0"),
    ]:  # fmt: skip
        text = of_failure(Failure("exception", "", "ValueError", message), source(body), [kind])
        assert text.startswith(f"Line 9: {expected}") if expected else text == "", body


def test_remedies_without_a_source() -> None:
    """They name no line; of two kinds that need the same, it is said once."""
    for message, kind, begins in [
        ("x", "non-square kernel", "Take both sides of the kernel"),
        ("slice indices must be integers", "non-square image", "`/` gives a float"),
        ("", "1 x 1 kernel", "`a[0:-0]` is empty"),
        ("Python integer 300 out of bounds for uint8", "x", "Store only `np.clip(sum"),
        ("nothing known", "x", ""),
    ]:
        failure = Failure("exception", f"ValueError: {message}", "ValueError", message)
        text = of_failure(failure, Source(), [kind])
        assert (text[: len(begins) or None], "Line" in text) == (begins, False), message
        assert of_failure(failure, Source(), [kind, kind]) == text, message
