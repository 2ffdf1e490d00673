"""Call a function of unknown habits with an image and a kernel.

Imports NumPy and the standard library only, as the child process does.
"""

import contextlib
import inspect
import linecache
import re
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

LARGEST_RESULT = 2**24  # elements; a larger result is no image of a probe
CHOOSING = 5.0  # seconds: a slow function that fails is not tried in all ways
LONGEST = 200  # characters of an exception
MEMORY_SIZES = (64, 2048, 65536)  # bytes that are filled and freed before a call: see `_disturb`

IMAGE_NAMES = r"im|pic|photo|src|source|inp|gr[ae]y|data|frame|pixel|x$|a$|arr"
KERNEL_NAMES = r"k$|k\d|ker|krn|filt|mask|weight|w$|h$|mat|op|f$|conv"
_RADIUS, _SIZE = "kernel.shape[0] // 2", "kernel.shape[0]"


@dataclass(frozen=True)
class Extra:
    """A further argument: with the first of these values a function should do the plain thing."""

    names: str  # a pattern; the entry counts whose pattern takes the most of a name
    values: tuple[str, ...]  # as code; the others are tried where the first gives no image
    habit: str = "extra"  # the finding


EXTRAS = [
    Extra(r"stride|step|dilation|iter|group|scale|factor|div|norm", ("1",)),
    Extra(r"pad|border_(size|width)|margin|p$", (_RADIUS, "0")),
    Extra(r"b$", ("{zero}",)),
    Extra(r"bias|offset|delta|shift|min", ("{zero}",)),
    Extra(r"(filter|mask|win(dow)?|kernel|[kfw])?_?size|n$|k$|dim", (_SIZE,)),
    Extra(r"boundary\w*", ('"zero"', '"extend"')),
    Extra(r"mode|method|type|(pad(ding)?|border)_?(mode|type)", ('"same"', '"constant"')),
    Extra(r"h$|height|rows?$|img_h|image_h", ("image.shape[0]",)),
    Extra(r"w$|width|cols?$|columns?|img_w|image_w", ("image.shape[1]",)),
    Extra(r"kh$|k_?h|kernel_h", (_SIZE,)),
    Extra(r"kw$|k_?w|kernel_w", ("kernel.shape[1]",)),
    Extra(r"(h|hyper|conv)_?param\w*|hparams", (f'{{{{"stride": 1, "pad": {_RADIUS}}}}}',)),
    Extra(r"ch", ("1",)),
    Extra(r"max", ("255",)),
    Extra(r"(\w+_)?(out|res|dst|dest|target|canvas|buf)|new|filtered|blank|empty|(\w+_)?out(put)?$",
          ("output", "pixels"), "output-array"),
    Extra(r"(is|do|use|with|should|to|want|no|enable|return)_\w+|visuali[sz]\w*|verbos\w*|show\w*|debug\w*|"
          r"plot\w*|print\w*|display\w*|draw\w*|save\w*|log(ging)?$|quiet|progress\w*|animate\w*|flip\w*|"
          r"rotate\w*|normali[sz]e\w*|clip\w*|gpu|cuda|inplace|gr[ae]y_?scale", ("False", "True"), "flag"),
]  # fmt: skip
BOOL = Extra("", ("False", "True"), "flag")  # whatever its name: the signature says that it is one


@dataclass(frozen=True)
class Failure:
    """What a call gives instead of an output that can be compared with an image."""

    # "exception", "absent" (a module), "asks" (the user), "memory", "returned", "shape", "wrong", "timeout",
    # "ended" or "crashed"
    kind: str
    text: str  # `ValueError: oh in line 3`, `returns None instead of an array`
    what: str = ""  # the type of the exception; or what is returned: "None", "list", "nan", ...
    message: str = ""  # of the exception, in one line


@dataclass(frozen=True, eq=False)
class Trial:
    """The result of a function for one image and kernel."""

    output: np.ndarray | None  # None where there is nothing that can be compared with an image
    failure: Failure | None  # what happened instead
    modified: list[str]  # which of "image" and "kernel" were changed
    returned: str = "array"  # or "list", "tuple", "pil-image", "nothing": it is in the image


@dataclass(frozen=True)
class Habit:
    """Something unusual in the way a function is called: a finding on `arguments`."""

    name: str
    detail: str = ""  # which arguments it is about, as code: `verbose=False`


@dataclass(frozen=True)
class Way:
    """A way to give an image and a kernel to a function, and to find the image in its result."""

    habit: str = ""  # "" for arrays as they are
    image: str = "image"  # as code
    kernel: str = "kernel"
    result: str = ""  # code behind the call
    zero: str = "0"  # a bias
    cost: float = 0  # the cheapest one is tried first
    certain: bool = True  # False: taken only if the function is seen to filter in this way


_DICTIONARY = '{"height": len(image), "width": len(image[0]), "pixels": image.ravel().tolist()}'
WAYS = [
    Way(),
    Way("colour-only", "np.dstack([image] * 3)", cost=1),
    Way("pil-image", "Image.fromarray(image)", cost=2),
    Way("pil-image", "Image.fromarray(np.dstack([image] * 3))", cost=2.5),
    Way("lists", "image.tolist()", "kernel.tolist()", cost=3),
    Way("layers", "image[None, None]", "kernel[None, None]", "[0, 0]", "np.zeros(1)", cost=4, certain=False),
    Way("layers", "image[None]", "kernel", "[0]", cost=5, certain=False),
    Way("layers", "image[None]", "kernel[None]", cost=6, certain=False),
    Way("layers", "image[None]", "kernel[None]", "[0]", cost=7, certain=False),
    Way("layers", "image[None]", "kernel[None, None]", "[0]", "np.zeros(1)", cost=8, certain=False),
    Way("layers", "image", "kernel[None]", "[..., 0]", cost=9, certain=False),
    Way("layers", "image", "kernel[None]", "[0]", cost=10, certain=False),
    Way("layers", "image[..., None]", "kernel", "[..., 0]", cost=11, certain=False),
    Way("layers", "image[..., None]", "kernel[..., None]", cost=12, certain=False),
    Way("layers", "image[None, ..., None]", "kernel[..., None, None]", "[0, ..., 0]",
        "np.zeros((1, 1, 1, 1))", cost=13, certain=False),
    Way("file-name", "path", cost=14),
    Way("dictionary", _DICTIONARY, "kernel.tolist()", cost=15),
    Way("dictionary", _DICTIONARY, "kernel.ravel().tolist()", cost=16),
]  # fmt: skip


@dataclass(frozen=True, eq=False)
class Style:
    """A way to call a function: what is passed in which order."""

    habits: tuple[Habit, ...]  # none for function(image, kernel)
    text: str  # the call, as code
    call: Callable[[np.ndarray, np.ndarray], Any]
    way: Way = Way()

    @property
    def names(self) -> list[str]:
        """The names of the habits."""
        return [habit.name for habit in self.habits]

    def image_in(self, result: Any) -> Any:
        """Return the image in a result, where the function adds axes to it."""
        return eval(f"result{self.way.result}", {}, {"result": result})


class Inputs(dict):
    """The names that the code of a call may use; those that few need are made when they are read."""

    def __init__(self, image: Any, kernel: Any, folder: str) -> None:
        super().__init__(np=np, image=image, kernel=kernel)
        self.folder = folder

    def __missing__(self, name: str) -> Any:
        if name in ("output", "pixels"):
            self[name] = np.zeros(self["image"].shape, float if name == "output" else np.uint8)
        elif name in ("Image", "path"):
            from PIL import Image

            self["Image"] = Image
            if name == "path":
                self[name] = str(Path(self.folder) / "image.png")
                Image.fromarray(self["image"]).save(self[name])
        else:
            raise KeyError(name)
        return self[name]

    def result(self, returned: Any) -> Any:
        """Return what a function has returned, or else the array that it was given to fill.

        That one is uint8 if it can be: that it is of floats is our doing.
        """
        output = self.get("output", self.get("pixels"))
        if output is None or not (returned is None or returned is output) or not np.any(output):
            return returned
        pixels = np.clip(np.nan_to_num(output), 0, 255).astype(np.uint8)
        return pixels if (pixels == output).all() else output


def styles(function: Callable[..., Any], name: str) -> list[Style]:
    """Return the ways to call a function, the likeliest first; ValueError where there is none."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # a function written in C need not say what it takes
        parameters = inspect.signature(lambda image, kernel: None).parameters.values()
    found: dict[str, Style] = {}
    orders = [Order.of(list(parameters), name, first) for first in ("image", "kernel")]
    for way in sorted(WAYS, key=lambda one: one.cost):
        for order in orders[: 1 if orders[0].named else 2]:
            for attempt in range(2):  # with the first values of further arguments, and with others
                style = order.style(function, name, way, attempt)
                found.setdefault(style.text, style)
    return list(found.values())


@dataclass(frozen=True)
class Order:
    """Which parameters of a function take the image, the kernel, and further values."""

    parameters: list[inspect.Parameter]  # those that are given
    image: int  # its position among them
    kernel: int
    named: bool  # both have names that leave no doubt

    @classmethod
    def of(cls, parameters: list[inspect.Parameter], name: str, first: str) -> "Order":
        """Return the order of a signature. first: of image and kernel, where the names leave a doubt."""
        positional = [
            one for one in parameters if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)
        ]
        required = [one for one in positional if one.default is one.empty]
        given = positional[: max(len(required), 2)]
        if len(given) < 2 and any(one.kind == one.VAR_POSITIONAL for one in parameters):
            given = [inspect.Parameter(one, inspect.Parameter.POSITIONAL_ONLY) for one in ("image", "kernel")]
        signature = ", ".join(map(str, parameters))
        if len(given) < 2:
            raise ValueError(f"a function to check needs an image and a kernel, got {name}({signature})")
        names = [one.name.lower() for one in given]
        image = next((i for i, one in enumerate(names) if re.match(IMAGE_NAMES, one)), None)
        kernel = next((i for i, one in enumerate(names) if i != image and re.match(KERNEL_NAMES, one)), None)
        free = [i for i, one in enumerate(given) if i not in (image, kernel) and extra_of(one) is None]
        if len(given) > 2 and free and (image is None) != (kernel is None):  # the one that is left
            image, kernel = (free[0], kernel) if image is None else (image, free[0])
        named = image is not None and kernel is not None
        if image is None or kernel is None:
            image, kernel = (0, 1) if first == "image" else (1, 0)
        given += [one for one in parameters if one.kind == one.KEYWORD_ONLY and one.default is one.empty]
        for i, one in enumerate(given):
            if i not in (image, kernel) and extra_of(one) is None:
                raise ValueError(
                    f"a function to check needs an image and a kernel, and what else it needs a default: "
                    f"{one.name} has none, got {name}({signature})"
                )
        return cls(given, image, kernel, named)

    def style(self, function: Callable[..., Any], name: str, way: Way, attempt: int) -> Style:
        """Return this call of the function in one of the ways, with the values of this attempt."""
        given, habits = [], [Habit("kernel-first")] * (self.kernel < self.image)
        details: dict[str, list[str]] = {}
        for i, one in enumerate(self.parameters):
            extra = extra_of(one) if i not in (self.image, self.kernel) else None
            if extra is None:
                code = way.image if i == self.image else way.kernel
            else:
                code = extra.values[min(attempt, len(extra.values) - 1)].format(zero=way.zero)
                details.setdefault(extra.habit, []).append(f"{one.name}={code}")
            given.append(f"{one.name}={code}" if one.kind == one.KEYWORD_ONLY else code)
        habits += [Habit(way.habit)] * bool(way.habit)
        habits += [Habit(habit, ", ".join(details[habit])) for habit in sorted(details)]
        arguments = ", ".join(given)
        text = f"{name}({arguments}){way.result}"
        return Style(tuple(habits), text, _caller(function, arguments), way)


def extra_of(parameter: inspect.Parameter) -> Extra | None:
    """Return what to give for a further argument, by its annotation and name; None if nothing is known."""
    if parameter.annotation in (bool, "bool"):
        return BOOL
    matches = [(re.match(extra.names, parameter.name.lower()), extra) for extra in EXTRAS]
    found = [(match.end(), extra) for match, extra in matches if match]
    return max(found, key=lambda one: one[0])[1] if found else None


def _caller(function: Callable[..., Any], arguments: str) -> Callable[..., Any]:
    """Return a function of image and kernel that passes these arguments, given as code."""
    code = compile(f"function({arguments})", "<arguments>", "eval")

    def call(image: Any, kernel: Any) -> Any:
        with tempfile.TemporaryDirectory(prefix="check-") as folder:
            inputs = Inputs(image, kernel, folder)
            return inputs.result(eval(code, {"function": function}, inputs))

    return call


def choose(found: list[Style], samples: list[tuple[np.ndarray, np.ndarray]]) -> Style:
    """Return the first way to call a function that filters an input; else one that gives about its size."""
    near, end = [], time.monotonic() + CHOOSING
    for style in found:
        if time.monotonic() > end:
            break
        for image, kernel in samples:
            trial = call(style, image, kernel)
            if trial.failure is not None and trial.failure.kind == "absent" and style is found[0]:
                return style  # no other way installs the module
            if trial.output is None or not _near(trial.output, image, kernel):
                continue
            plain = not style.way.habit and trial.output.ndim == 2
            if plain or _filters(style, image, kernel, trial.output):
                return style
            if style.way.certain:
                near.append(style)
    return (near or found)[0]


def _filters(style: Style, image: np.ndarray, kernel: np.ndarray, output: np.ndarray) -> bool:
    """Return whether one pixel of an image changes rows and columns of the output, of all channels alike.

    A function that takes the rows of an image for its channels filters in one direction only.
    """
    changed = image.copy()
    changed[image.shape[0] // 2, image.shape[1] // 2] ^= 255
    again = call(style, changed, kernel).output
    if again is None or again.shape != output.shape:
        return False
    channels = output.reshape(*output.shape[:2], -1)
    if not (channels == channels[..., :1]).all():
        return False
    y, x = np.nonzero((channels != again.reshape(channels.shape))[..., 0])
    return len(set(y)) > 1 and len(set(x)) > 1


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
        if result is None and not np.array_equal(inputs["image"], image):
            result, returned = inputs["image"], "nothing"
        result = style.image_in(result)
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
    if isinstance(result, dict) and {"height", "width", "pixels"} <= {*result}:
        return np.reshape(result["pixels"], (result["height"], result["width"])), "array"
    if isinstance(result, ModuleType):  # the stand-in of one that is not installed: it says so
        return np.array(result), "array"
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
    what, message = type(error).__name__, ""
    with contextlib.suppress(Exception):  # a __str__ of the function's own making
        message = " ".join(str(error).split())
    text, line = f"{what}: {message}".rstrip(": "), line_of(error, path)
    where = f" in line {line}" * bool(line)
    if isinstance(error, ModuleNotFoundError) and error.name:
        return Failure("absent", f"uses {error.name}, which is not installed here", error.name)
    if isinstance(error, EOFError) and message.startswith("EOF when reading"):  # not of a file
        return Failure("asks", f"asks with `input()`{where}, which a check cannot answer", what, message)
    text = (text if len(text) <= LONGEST else text[: LONGEST - 3] + "...") + where
    kind = "memory" if isinstance(error, MemoryError) else "exception"
    return Failure(kind, text, what, message[:LONGEST])


def line_of(error: BaseException, path: Path | None) -> int | None:
    """Return the innermost line of the file that raised the error."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if path is not None and frame.filename == str(path)]
    return lines[-1] if lines else None


def source_of(function: Any) -> tuple[str, int]:
    """Return the text of the file that has a function, and its first line; "" and 0 if there is none."""
    place: Any = getattr(inspect.unwrap(getattr(function, "__func__", function)), "__code__", None)
    text = "".join(linecache.getlines(place.co_filename)) if place is not None else ""
    return (text, place.co_firstlineno) if text else ("", 0)
