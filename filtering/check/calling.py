"""Call a function with unknown parameters on an image and a kernel; as a program, load it from a file first.

As a program it is the child process that calls the function and writes each result into a folder. It is run
by path, so that no module of ours is in the way of the checked file's imports, and imports NumPy and the
standard library only, so that a function that needs no OpenCV does not wait for it.
"""

import contextlib
import errno
import functools
import inspect
import itertools
import json
import linecache
import os
import re
import runpy
import signal
import stat
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

SPOILT = "the results cannot be read: what is checked has changed the files that they are in"
LARGEST_FILE = 2**28  # bytes, of results
LARGEST_RESULT = 2**24  # elements; a larger result is no image of a probe
LARGEST_VALUE = 2**53  # float64 holds whole numbers up to it
CHOOSING = 5.0  # seconds: a slow function that fails is not tried in all ways
LONGEST = 200  # characters of an exception
MEMORY_SIZES = (64, 2048, 65536)  # bytes that are filled and freed before a call: see `_disturb`
MEMORY = 2 * 2**30  # bytes that the function may take beyond what its imports have
CODE = "code"  # the name, without its ending, of a file that is read in place of the checked one
LOG = "log.jsonl"  # the file in which the child tells what it has done

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
    Extra(r"((filter|mask|win(dow)?|kernel|k)_?)?(radius|rad|r|half|reach)$", (_RADIUS,)),
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

    def data(self) -> dict[str, Any]:
        """Return what is told about the call."""
        return {"habits": [asdict(habit) for habit in self.habits], "call": self.text}

    def image_in(self, result: Any) -> Any:
        """Return the image in a result, where the function adds axes to it."""
        return eval(f"result{self.way.result}", {}, {"result": result})


Arguments = list[tuple[inspect.Parameter, "str | Extra | None"]]  # "image", "kernel" or what else is given
IMAGE_AND_KERNEL = [inspect.Parameter(one, inspect.Parameter.POSITIONAL_ONLY) for one in ("image", "kernel")]


def styles(function: Callable[..., Any], name: str) -> list[Style]:
    """Return the ways to call a function, the likeliest first; ValueError where there is none."""
    attempts = (0, 1)  # with the first values of further arguments, and with others
    ways, orders = sorted(WAYS, key=lambda one: one.cost), _orders(_parameters(function), name)
    calls = (_style(function, name, *one) for one in itertools.product(ways, orders, attempts))
    return list({style.text: style for style in calls}.values())


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """Return the parameters of a function; written in C, it need not say what it takes."""
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return IMAGE_AND_KERNEL


def _positional(parameters: Iterable[inspect.Parameter]) -> list[inspect.Parameter]:
    """Return the parameters that may be given by position."""
    return [one for one in parameters if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]


def _orders(parameters: list[inspect.Parameter], name: str) -> list[Arguments]:
    """Return which arguments the parameters get: in two orders, if their names leave a doubt."""
    needs = "a function to check needs an image and a kernel"
    got = f"got {name}({', '.join(map(str, parameters))})"
    positional = _positional(parameters)
    required = [one for one in positional if one.default is one.empty]
    given = positional[: max(len(required), 2)]
    if len(given) < 2 and any(one.kind == one.VAR_POSITIONAL for one in parameters):
        given = IMAGE_AND_KERNEL
    if len(given) < 2:
        raise ValueError(f"{needs}, {got}")
    places = _places(given)
    given = given + [one for one in parameters if one.kind == one.KEYWORD_ONLY and one.default is one.empty]
    for i, one in enumerate(given):
        if i not in places[0] and extra_of(one) is None:
            raise ValueError(f"{needs}, and what else it needs a default: {one.name} has none, {got}")
    return [[(one, roles.get(i) or extra_of(one)) for i, one in enumerate(given)] for roles in places]


def _places(given: list[inspect.Parameter]) -> list[dict[int, str]]:
    """Return the positions of the image and the kernel: both orders, if the names leave a doubt."""
    names = [one.name.lower() for one in given]
    image = next((i for i, one in enumerate(names) if re.match(IMAGE_NAMES, one)), None)
    kernel = next((i for i, one in enumerate(names) if i != image and re.match(KERNEL_NAMES, one)), None)
    if names[:2] == ["f", "g"]:  # of two functions, the first is the image
        image, kernel = 0, 1
    free = [i for i, one in enumerate(given) if i not in (image, kernel) and extra_of(one) is None]
    if len(given) > 2 and free and (image is None) != (kernel is None):  # the one that is left
        image, kernel = (free[0], kernel) if image is None else (image, free[0])
    if image is None or kernel is None:
        return [{0: "image", 1: "kernel"}, {0: "kernel", 1: "image"}]
    return [{image: "image", kernel: "kernel"}]


def extra_of(parameter: inspect.Parameter) -> Extra | None:
    """Return what to give for a further argument, by its annotation and name; None if nothing is known."""
    if parameter.annotation in (bool, "bool"):
        return BOOL
    matches = [(re.match(extra.names, parameter.name.lower()), extra) for extra in EXTRAS]
    found = [(match.end(), extra) for match, extra in matches if match]
    return max(found, key=lambda one: one[0])[1] if found else None


def _style(function: Callable[..., Any], name: str, way: Way, order: Arguments, attempt: int) -> Style:
    """Return the call of the function in this way and order, with the values of this attempt."""
    given: list[str] = []
    details: dict[str, list[str]] = {}
    for parameter, value in order:
        if isinstance(value, Extra):
            code = value.values[min(attempt, len(value.values) - 1)].format(zero=way.zero)
            details.setdefault(value.habit, []).append(f"{parameter.name}={code}")
        else:
            code = way.image if value == "image" else way.kernel
        given.append(f"{parameter.name}={code}" if parameter.kind == parameter.KEYWORD_ONLY else code)
    roles = [value for _, value in order]
    habits = [Habit("kernel-first")] * (roles.index("kernel") < roles.index("image"))
    habits += [Habit(way.habit)] * bool(way.habit)
    habits += [Habit(habit, ", ".join(details[habit])) for habit in sorted(details)]
    arguments = ", ".join(given)
    call = functools.partial(_evaluate, function, arguments)
    return Style(tuple(habits), f"{name}({arguments}){way.result}", call, way)


def _evaluate(function: Callable[..., Any], arguments: str, image: Any, kernel: Any) -> Any:
    """Call a function with arguments given as code; return what it returns, or the array that it fills."""
    code = compile(f"function({arguments})", "<arguments>", "eval")
    names = {"function": function, "np": np, "image": image, "kernel": kernel}
    if "output" in code.co_names:
        names["output"] = np.zeros(image.shape)
    if "pixels" in code.co_names:
        names["pixels"] = np.zeros(image.shape, np.uint8)
    if {"Image", "path"} & {*code.co_names}:
        from PIL import Image

        names["Image"] = Image
    if "path" in code.co_names:
        with tempfile.TemporaryDirectory(prefix="check-") as folder:
            names["path"] = str(Path(folder) / "image.png")
            names["Image"].fromarray(image).save(names["path"])
            returned = eval(code, names)
    else:
        returned = eval(code, names)
    output = names.get("output", names.get("pixels"))
    if output is None or not (returned is None or returned is output) or not np.any(output):
        return returned
    # It is uint8 if it can be: that it is of floats is our doing.
    pixels = np.clip(np.nan_to_num(output), 0, 255).astype(np.uint8)
    return pixels if (pixels == output).all() else output


def bind(name: str, owner: type | None, function: Any) -> Any:
    """Return a plain function for a method of a class: with an object made of the image or the kernel.

    ValueError where such an object cannot be made.
    """
    parameters = _positional(_parameters(function))
    if owner is None or {role(one.name) for one in parameters[:2]} == {"image", "kernel"}:
        return function  # it takes no object, though it may stand in a class
    # Without an __init__ of its own, a class may have no signature: one derived from int has none.
    plain = inspect.getattr_static(owner, "__init__") is object.__init__
    made_of = [] if plain else _positional(inspect.signature(owner).parameters.values())
    needed = [one.name for one in made_of if one.default is one.empty]
    unknown = [one for one in needed if not role(one)]
    if unknown:
        raise ValueError(f"{name}: its class needs {', '.join(unknown)} to make an object")
    if not needed:
        try:
            return getattr(owner(), name.rpartition(".")[2])
        except Exception as error:
            raise ValueError(f"{name}: cannot instantiate its class: {raised(error, None).text}") from None

    def with_object(image: Any, kernel: Any, **more: Any) -> Any:
        """Make an object, and call its method."""
        given = {"image": image, "kernel": kernel}
        own = {one.name: given[role(one.name)] for one in parameters[1:] if role(one.name)}
        return function(owner(*[given[role(one)] for one in needed]), **own, **more)

    further = [one.replace(kind=one.KEYWORD_ONLY) for one in parameters[1:] if not role(one.name)]
    functools.update_wrapper(with_object, function)
    vars(with_object)["__signature__"] = inspect.Signature(IMAGE_AND_KERNEL + further)
    return with_object


def role(name: str) -> str:
    """Return "image" or "kernel" for the name of an argument; "" if it is neither."""
    if re.match(IMAGE_NAMES, name.lower()):
        return "image"
    return "kernel" if re.match(KERNEL_NAMES, name.lower()) else ""


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


def _near(output: np.ndarray, image: np.ndarray, kernel: np.ndarray) -> bool:
    """Return whether an output has about the size of the image."""
    apart = [abs(a - b) for a, b in zip(output.shape, image.shape, strict=False)]
    return output.ndim in (2, 3) and max(apart) <= max(kernel.shape) + 1


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


def call(
    style: Style, image: np.ndarray, kernel: np.ndarray, path: Path | None = None, number: int | None = None
) -> Trial:
    """Call a function on copies of the inputs. path: the file whose line is named with an exception.

    number: of the call; memory that is not written to has another value in each, if it is given.
    """
    given_image, given_kernel = image.copy(), kernel.copy()
    returned = "array"
    if number is not None:
        _disturb(image.size, number)
    try:
        with np.errstate(all="ignore"):
            result = style.call(given_image, given_kernel)
        result, returned = as_array(result)
        if result is None and not np.array_equal(given_image, image):
            result, returned = given_image, "nothing"
        result = style.image_in(result)
        failure = not_an_image(result)
    except KeyboardInterrupt:  # of the user who waits; a child never gets one
        raise
    except BaseException as error:  # also sys.exit(), and exceptions of the function's own making
        failure = raised(error, path)
    pairs = {"image": (given_image, image), "kernel": (given_kernel, kernel)}
    modified = [name for name, (now, before) in pairs.items() if not np.array_equal(now, before)]
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
    if isinstance(result, tuple) and result and isinstance(result[0], np.ndarray) and result[0].ndim >= 2:
        return result[0], "tuple"
    if isinstance(result, list | tuple):
        with contextlib.suppress(ValueError):  # rows of different lengths
            array = np.array(result)
            if array.dtype.kind in "buifc" and array.ndim >= 2:
                return array, "list" if isinstance(result, list) else "tuple"
    return result, "array"


def not_an_image(result: object) -> Failure | None:
    """Return why a result cannot be compared with an image; None if it can."""
    if result is None:
        return Failure("returned", "returns None instead of an array", "None")
    if not isinstance(result, np.ndarray):
        what = type(result).__name__
        article = "an" if what[0] in "aeiou" else "a"
        return Failure("returned", f"returns {article} {what} instead of an array", what)
    if result.dtype.kind not in "buifc":
        return Failure("returned", f"returns an array of dtype {result.dtype}, which are no numbers")
    if result.size > LARGEST_RESULT or result.size == 0 or result.ndim == 0:
        return Failure("returned", f"returns an array of shape {result.shape}")
    if np.isnan(result).all():
        return Failure("returned", "returns nan (not a number)", "nan")
    with np.errstate(all="ignore"):
        largest = np.abs(result[np.isfinite(result)].astype(complex)).max(initial=0)
    if largest >= LARGEST_VALUE:
        return Failure("returned", f"returns values of {largest:.3g}, far beyond any sum of pixels")
    return None


def raised(error: BaseException, path: Path | None) -> Failure:
    """Return `ValueError: its message in line 3`, short; the line is the innermost one of the file."""
    what, message = type(error).__name__, ""
    with contextlib.suppress(Exception):  # a __str__ of the function's own making
        message = " ".join(str(error).split())
    if what == "error" and (told := getattr(error, "err", "")):  # of OpenCV, whose own text is long
        reason, *_ = re.findall(r"- (.+)", told) or told.strip("> \n").splitlines()
        function, *_ = re.split("[^A-Za-z0-9_:]", getattr(error, "func", ""))
        what, message = f"cv2.error in {function}", reason.strip()
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if path is not None and frame.filename == str(path)]
    where = f" in line {lines[-1]}" if lines else ""
    if isinstance(error, ModuleNotFoundError) and error.name:
        return Failure("absent", f"uses {error.name}, which is not installed here", error.name)
    if isinstance(error, EOFError) and message.startswith("EOF when reading"):  # not of a file
        return Failure("asks", f"asks with `input()`{where}, which a check cannot answer", what, message)
    text = f"{what}: {message}".rstrip(": ")
    text = (text if len(text) <= LONGEST else text[: LONGEST - 3] + "...") + where
    kind = "memory" if isinstance(error, MemoryError) else "exception"
    return Failure(kind, text, what, message[:LONGEST])


def source_of(function: Any) -> tuple[str, int]:
    """Return the text of the file that has a function, and its first line; "" and 0 if there is none."""
    place: Any = getattr(inspect.unwrap(getattr(function, "__func__", function)), "__code__", None)
    if place is None or place.co_filename == "<string>":  # of exec, under which Python 3.13 keeps `python -c`
        return "", 0
    text = "".join(linecache.getlines(place.co_filename))
    return (text, place.co_firstlineno) if text else ("", 0)


def tell(folder: Path, key: str, value: Any) -> None:
    """Add a line to the log, at once, so that a reader never gets half of one."""
    with (folder / LOG).open("ab", buffering=0) as log:
        log.write(json.dumps([key, value]).encode() + b"\n")


def told(folder: Path) -> dict[str, Any]:
    """Return what the log says: the last value of each key. ValueError: the function has spoilt it."""
    try:
        *lines, _ = read_file(folder / LOG).split(b"\n")
        return dict(map(json.loads, lines))
    except (OSError, ValueError, TypeError, RecursionError):
        raise ValueError(SPOILT) from None


def read_file(path: Path) -> bytes:
    """Return what is in a file; OSError for a pipe, which has no end, a link, and what is too large."""
    flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(path, os.O_RDONLY | flags), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST_FILE:
            raise OSError(errno.EINVAL, "not a file of results", str(path))
        return file.read()


def save_trial(folder: Path, number: str, trial: Trial) -> None:
    """Write a trial into the folder: its output into a file, all the rest into the log."""
    file = None
    if trial.output is not None:
        file = f"output-{number}-{os.getpid()}.npy"  # a function that forks goes on in two processes
        np.save(folder / file, trial.output, allow_pickle=False)
    tell(folder, number, asdict(replace(trial, output=None)) | {"output": file})


def _limit_memory() -> None:
    """Make an allocation that goes too far a MemoryError, on systems that can."""
    with contextlib.suppress(ImportError, OSError, ValueError):  # Windows, macOS, or a lower limit already
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def main() -> None:
    """Run the inputs; arguments: their folder, a file, a function, seconds, how, numbers of the inputs.

    how: "whole", "parts", or "fix" for a search of the edits that make the function right.
    """
    folder, path, name, seconds, how, *numbers = Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:]
    if hasattr(signal, "alarm"):
        signal.alarm(int(seconds))  # should the parent be killed: an endless loop must not outlive it
    tempfile.tempdir = str(folder)  # what is made there goes when the parent ends
    try:
        loaded, found, anew = _load(folder, path, name, definitions_only=how == "parts")
    except ValueError as error:
        tell(folder, "error", str(error))
        return
    _limit_memory()
    if how == "fix":
        trying = runpy.run_path(str(Path(__file__).with_name("trying.py")), run_name="_check_trying")
        trying["search"](folder, numbers, anew, call, functools.partial(tell, folder))
        return
    style = _chosen(folder, loaded, found)
    for number in numbers:
        with np.load(folder / f"{number}.npz") as probe:
            trial = call(style, probe["image"], probe["kernel"], path, int(number))
        save_trial(folder, number, trial)
        if trial.failure is not None and trial.failure.kind == "memory":
            return  # to fill the memory takes time; the parent decides how often


def _load(
    folder: Path, path: Path, name: str, definitions_only: bool
) -> tuple[dict[str, Any], list[Style], Callable[[str], list[Style]]]:
    """Return what there is to tell about a function of a file, the ways to call it, and those in a text.

    folder: where a text may be that is read in place of the file.
    """
    # Not by an import, as the checked file may have a `loading` of its own.
    code = Path(__file__).with_name("loading.py")
    loading = SimpleNamespace(**runpy.run_path(str(code), run_name="_check_loading"))
    loading.enter(path)
    changed = folder / f"{CODE}{path.suffix}"
    loader = loading.Loader(path, definitions_only, changed if changed.exists() else path)
    loader.run()
    name, owner, found = loading.find(loader.view(), path, name)
    function = bind(name, owner, found)
    ways, (source, line) = styles(function, name), source_of(function)
    notes, remarks = loader.notes_on_loading(), loader.remarks(name)

    def anew(text: str) -> list[Style]:
        """Return the ways to call the function as it stands in a changed text."""
        loader.define(text)
        _, owner, found = loading.find(loader.view(), path, name)
        return styles(bind(name, owner, found), name)

    return {"name": name, "notes": notes, "remarks": remarks, "source": source, "line": line}, ways, anew


def _chosen(folder: Path, loaded: dict[str, Any], found: list[Style]) -> Style:
    """Return how to call the function, and tell it; where trying that hung, the next child does not try."""
    before = told(folder).get("loaded")
    if before is None:
        tell(folder, "loaded", loaded | found[0].data())
        samples = map(np.load, sorted(folder.glob("sample-*.npz")))
        style = choose(found, [(sample["image"], sample["kernel"]) for sample in samples])
    else:
        style = next(one for one in found if one.text == before["call"])
    tell(folder, "loaded", loaded | style.data())
    return style


if __name__ == "__main__":
    main()
    os._exit(0)  # whatever threads or exit handlers the function has left behind
