"""Call a function of unknown habits with an image and a kernel.

Imports NumPy and the standard library only, as the child process does.
"""

import inspect
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

LARGEST_RESULT = 2**24  # elements; a larger result is no image of a probe
LONGEST = 200  # characters of an exception
MEMORY_SIZES = (64, 2048, 65536)  # bytes that are filled and freed before a call: see `_disturb`

IMAGE_NAMES = r"im|pic|photo|src|source|inp|gr[ae]y|data|frame|pixel|x$|a$|arr"
KERNEL_NAMES = r"k$|k\d|ker|krn|filt|mask|weight|w$|h$|mat|op|f$|conv"
# Values for further arguments, by their names: with these a function should do the plain thing.
PLAIN_VALUES = [
    (r"stride|step|dilation|iter|group|scale|factor|div|norm", "1"),
    (r"pad|border_(size|width)|margin|p$", "kernel.shape[0] // 2"),
    (r"bias|offset|delta|shift|b$|min", "0"),
    (r"k?_?size|ksize|kernel_size|n$|k$|dim", "kernel.shape[0]"),
    (r"mode|method|type", '"same"'),
    (r"h$|height|rows?$|img_h|image_h", "image.shape[0]"),
    (r"w$|width|cols?$|columns?|img_w|image_w", "image.shape[1]"),
    (r"kh$|k_?h|kernel_h", "kernel.shape[0]"),
    (r"kw$|k_?w|kernel_w", "kernel.shape[1]"),
    (r"out|res|dst|dest", "np.zeros(image.shape)"),
    (r"ch", "1"),
    (r"max", "255"),
]


@dataclass(frozen=True)
class Failure:
    """What a call gives instead of an output that can be compared with an image."""

    kind: str  # "exception", "memory", "returned", "shape", "wrong", "timeout", "ended" or "crashed"
    text: str  # `ValueError: oh in line 3`, `returns None instead of an array`
    what: str = ""  # the type of the exception; or what is returned: "None", "list", "nan", ...
    message: str = ""  # of the exception, in one line


@dataclass(frozen=True, eq=False)
class Trial:
    """The result of a function for one image and kernel."""

    output: np.ndarray | None  # None where there is nothing that can be compared with an image
    failure: Failure | None  # what happened instead
    modified: list[str]  # which of "image" and "kernel" were changed
    returned: str = "array"  # or "list", "tuple", "pil-image"


@dataclass(frozen=True, eq=False)
class Style:
    """A way to call a function: what is passed in which order."""

    habits: tuple[str, ...]  # none for function(image, kernel); else "kernel-first", "extra", "lists", ...
    text: str  # the call, as code
    call: Callable[[np.ndarray, np.ndarray], Any]


def styles(function: Callable[..., Any], name: str) -> list[Style]:
    """Return the ways to call a function, the likeliest first; ValueError where there is none."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # a function written in C need not say what it takes
        parameters = inspect.signature(lambda image, kernel: None).parameters.values()
    found: list[Style] = []
    for order, arguments in _orders(list(parameters), name):
        for pad in ("kernel.shape[0] // 2", "0"):
            given = [pad if value == "kernel.shape[0] // 2" else value for value in arguments]
            text = f"{name}({', '.join(given)})"
            extra = sorted(set(given) - {"image", "kernel"})
            habits = (*order, "extra") if extra else order
            if all(style.text != text for style in found):
                found.append(Style(habits, text, _caller(function, name, given)))
    plain = found[0]
    found += [
        Style(("colour-only",), plain.text, lambda image, kernel: plain.call(np.dstack([image] * 3), kernel)),
        Style(("pil-image",), plain.text, lambda image, kernel: plain.call(_pil(image), kernel)),
        Style(("lists",), plain.text, lambda image, kernel: plain.call(image.tolist(), kernel.tolist())),
    ]
    return found


def _orders(parameters: list[inspect.Parameter], name: str) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """Yield (() or ("kernel-first",), arguments as code) for the ways in which the arguments may be meant."""
    positional = [one for one in parameters if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    several = any(one.kind == one.VAR_POSITIONAL for one in parameters)
    required = [one for one in positional if one.default is one.empty]
    count = max(len(required), 2)
    taken = positional[:count]
    signature = ", ".join(map(str, parameters))
    if len(taken) < 2 and not several:
        raise ValueError(
            f"a function to check takes an image and a kernel: {name}(image, kernel); got {name}({signature})"
        )
    names = [one.name.lower() for one in taken] if len(taken) >= 2 else ["image", "kernel"]
    first = next((i for i, one in enumerate(names) if re.match(IMAGE_NAMES, one)), None)
    second = next((i for i, one in enumerate(names) if i != first and re.match(KERNEL_NAMES, one)), None)
    named = first is not None and second is not None
    if first is None or second is None:
        first, second = 0, 1
    extra = [i for i in range(len(names)) if i not in (first, second)]
    values: dict[int, str] = {}
    for i in extra:
        value = next((value for pattern, value in PLAIN_VALUES if re.match(pattern, names[i])), None)
        if value is None:
            raise ValueError(
                f"a function to check can be called as {name}(image, kernel); got {name}({signature})"
            )
        values[i] = value
    for image, kernel in ((first, second), (second, first))[: 1 if named else 2]:
        given = values | {image: "image", kernel: "kernel"}
        yield ("kernel-first",) * (image > kernel), [given[i] for i in range(len(names))]


def _caller(function: Callable[..., Any], name: str, given: list[str]) -> Callable[..., Any]:
    """Return a function of image and kernel that passes these arguments."""
    positions = compile(f"({', '.join(given)},)", "<arguments>", "eval")

    def call(image: Any, kernel: Any) -> Any:
        arguments = ["image", "kernel"]
        if given == arguments:
            return function(image, kernel)
        return function(*eval(positions, {"np": np}, {"image": image, "kernel": kernel}))

    return call


def _pil(image: np.ndarray) -> Any:
    from PIL import Image

    return Image.fromarray(image)


def choose(found: list[Style], inputs: list[tuple[np.ndarray, np.ndarray]]) -> Style:
    """Return the first way to call a function that gives an image of about the right size for an input."""
    for style in found:
        for image, kernel in inputs:
            trial = call(style, image, kernel)
            if trial.output is not None and _near(trial.output, image, kernel):
                return style
    return found[0]


def _near(output: np.ndarray, image: np.ndarray, kernel: np.ndarray) -> bool:
    apart = [abs(a - b) for a, b in zip(output.shape, image.shape, strict=False)]
    return output.ndim in (2, 3) and max(apart) <= max(kernel.shape) + 1


def call(
    style: Style, image: np.ndarray, kernel: np.ndarray, path: Path | None = None, number: int = 0
) -> Trial:
    """Call a function on copies of the inputs. path: the file whose line is named with an exception.

    number: of the call; memory that is not written to has another value in each.
    """
    inputs = {"image": image.copy(), "kernel": kernel.copy()}
    result, returned, failure = None, "array", None
    _disturb(image.size, number)
    try:
        with np.errstate(all="ignore"):
            result = style.call(inputs["image"], inputs["kernel"])
        result, returned = as_array(result)
        failure = _not_an_image(result)
    except KeyboardInterrupt:  # of the user who waits; a child never gets one
        raise
    except BaseException as error:  # also sys.exit(), and exceptions of the function's own making
        failure = raised(error, path)
    modified = [
        name for name, before in [("image", image), ("kernel", kernel)]
        if not np.array_equal(inputs[name], before)
    ]  # fmt: skip
    # A copy: the next call may write into the same array.
    return Trial(None if failure else np.array(result), failure, modified, returned)


def _disturb(size: int, number: int) -> None:
    """Fill memory of the sizes that a function takes, and free it: so np.empty shows itself.

    Many blocks, to fill the gaps of that size between what is in use, but few large ones, which would take
    all memory; the size of a result last.
    """
    value = (7 + 41 * number) % 256
    for length in (*MEMORY_SIZES, 8 * size, 4 * size, size):
        blocks = [np.full(length, value, np.uint8) for _ in range(16 if length <= 65536 else 4)]
        del blocks


def as_array(result: Any) -> tuple[Any, str]:
    """Return a result as an array if it is a list, a tuple or a PIL image, and which of them it was."""
    if type(result).__module__.startswith("PIL.") and hasattr(result, "getpixel"):
        return np.array(result), "pil-image"
    if isinstance(result, tuple) and result and _like_an_image(result[0]):
        return np.asarray(result[0]), "tuple"
    if isinstance(result, list | tuple):
        try:
            array = np.array(result)
        except ValueError:
            return result, "array"
        if array.dtype.kind in "buifc" and array.ndim >= 2:
            return array, "list" if isinstance(result, list) else "tuple"
    return result, "array"


def _like_an_image(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim >= 2


def _not_an_image(result: object) -> Failure | None:
    """Return why a result cannot be compared with an image; None if it can."""
    if not isinstance(result, np.ndarray):
        what = "None" if result is None else type(result).__name__
        article = "" if result is None else "an " if what[0] in "aeiou" else "a "
        return Failure("returned", f"returns {article}{what} instead of an array", what)
    if result.dtype.kind not in "buifc":
        return Failure("returned", f"returns an array of dtype {result.dtype}, which are no numbers")
    if result.size > LARGEST_RESULT or result.size == 0 or result.ndim == 0:
        return Failure("returned", f"returns an array of shape {result.shape}")
    if np.isnan(result).all():
        return Failure("returned", "returns nan (not a number)", "nan")
    return None


def raised(error: BaseException, path: Path | None) -> Failure:
    """Return `ValueError: its message in line 3`, short; the line is the innermost one of the file."""
    what, message = type(error).__name__, " ".join(str(error).split())
    text, line = f"{what}: {message}".rstrip(": "), line_of(error, path)
    text = (text if len(text) <= LONGEST else text[: LONGEST - 3] + "...") + f" in line {line}" * bool(line)
    kind = "memory" if isinstance(error, MemoryError) else "exception"
    return Failure(kind, text, what, message[:LONGEST])


def line_of(error: BaseException, path: Path | None) -> int | None:
    """Return the innermost line of the file that raised the error."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if path is not None and frame.filename == str(path)]
    return lines[-1] if lines else None


def source_of(function: Any) -> str:
    """Return the source of a function, with what it calls in the same module; "" if there is none."""
    function = inspect.unwrap(getattr(function, "__func__", function))
    try:
        text = inspect.getsource(function)
    except (OSError, TypeError):
        return ""
    module = sys.modules.get(getattr(function, "__module__", ""))
    for name in dict.fromkeys(re.findall(r"\b(\w+)\(", text)):
        other = getattr(module, name, None)
        if inspect.isfunction(other) and other.__module__ == function.__module__ and other is not function:
            try:
                text += "\n" + inspect.getsource(other)
            except OSError:
                continue
    return text
