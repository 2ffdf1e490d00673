"""The command line: its options, which of them exclude each other, and errors in one line."""

import argparse
import re
import sys
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn

import numpy as np

from filtering.borders import BORDERS, check_border
from filtering.report import complain
from kernels import KERNELS

NAIVE_PIXELS = 500_000  # of a gray image; a small kernel then takes the plain loop about two seconds

# Options that change what the program does, and those that hold beside them: no window opens in any case.
MODES = {
    "list": {"kernel", "flip", "json", "no_window"},
    "check": {"image", "kernel", "border", "color", "signed", "output", "json", "no_window"},
    "learn": {"image", "color", "signed", "output", "json", "no_window"},
}
PLACE = r"\s*(-?\d{1,9})(?:\s*,\s*|\s+)(-?\d{1,9})\s*"  # PowerShell makes `0 200` of 0,200


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line; raise SystemExit where that fails, and after --help.

    Of --at, all pixels are in one list, as (x, y).
    """
    parser = OneLineParser(
        prog="convolutions.py",
        allow_abbrev=False,
        description="Apply image kernels with a plain sliding window and with cv2.filter2D, show both side "
        "by side, and count the pixels that differ.",
        epilog="exit status: 0 all match (--learn: exactly), 1 not, 2 bad usage or input, 130 interrupted",
    )
    add = parser.add_argument
    # fmt: off
    add("-i", "--image", metavar="PATH", type=parse_name, help="the image; --check tries its middle")
    add("-k", "--kernel", metavar="KERNEL", nargs="+", action="extend", default=[],
        help='names (see --list), matrices such as "0 -1 0; -1 5 -1; 0 -1 0" or "1 2 1; 2 4 2; 1 2 1 / 16" '
        "or as NumPy has them, and text files with one or more kernels; default: the bank")
    add("--border", metavar="MODE", type=parse_border, help="how the image is extended past its edges: "
        f"{', '.join(BORDERS)} (default: replicate)")
    add("--method", choices=["auto", "naive", "fast"], help="naive: convolve's plain loop; "
        f"fast: the same pixels by convolve_fast; auto (default): naive up to {NAIVE_PIXELS} pixels")
    add("--flip", action="store_true", help="true convolution: turn the kernels by 180 degrees")
    add("--color", action="store_true", help="filter each channel of the colour image instead of grayscale")
    add("--signed", action="store_true", help="keep negative sums; in saved 8-bit images 0 becomes grey 128")
    add("--at", metavar="X,Y", nargs="+", action="append", help="write out the arithmetic at that pixel")
    add("--check", metavar="TARGET", type=parse_name, help="say what is wrong with a convolution of yours: "
        'FILE.py:FUNCTION, a program as "./mine {image} {kernel} {output}", or an image made from --image')
    add("--learn", metavar="AFTER", type=parse_name, help="find the kernel that turns the image into AFTER")
    add("-o", "--output", metavar="DIR", type=parse_folder, help="save results, panels, sheet and page there")
    add("--no-window", action="store_true", help="open no window")
    add("--json", action="store_true", help="print one JSON object on stdout, everything else on stderr")
    add("--list", action="store_true", help="print every kernel (or those of --kernel) and what it is")
    # fmt: on
    words = sys.argv[1:] if argv is None else argv
    parser.refuse_words(words)
    # A word with a space is no option to argparse.
    numbers = (f" {word}" if re.fullmatch(r"-[\d.][-+\d.,;/e]*", word) else word for word in words)
    options, rest = parser.parse_known_args(list(numbers))
    parser.refuse_rest(options, rest)
    parser.refuse_combinations(options)
    options.at = list(
        dict.fromkeys(place for one in options.at or [] for place in parser.places(" ".join(one)))
    )
    return options


class OneLineParser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        """Print the error and exit with status 2."""
        self.exit(complain(message))

    def refuse_words(self, words: Iterable[str]) -> None:
        """Exit with an error for an option without its two hyphens, and for one that argparse crashes on."""
        for word in words:
            name = "--" + word.lstrip("-–—").split("=")[0]
            if word[:2] != "--" and name in self.names and name != f"--{word}":
                self.error(f"write {name} with two hyphens, got {word}")
            if re.fullmatch(r"(--[\w-]+=|-\w=?)--", word):
                self.error(f"an option needs a value, got {word}")

    @property
    def names(self) -> list[str]:
        """Return the long names of all options."""
        return [f"--{name.replace('_', '-')}" for name in vars(self.parse_known_args([])[0])]

    def refuse_rest(self, options: argparse.Namespace, rest: Sequence[str]) -> None:
        """Exit with an error where there are words that belong to no option."""
        if not rest:
            return
        word, message = rest[-1], f"unrecognized arguments: {' '.join(rest)}"
        like = get_close_matches(rest[0].split("=")[0], self.names, 1, 0.7)
        if rest[0].startswith("-") and rest[0] != "--":
            message += f"; did you mean {like[0]}?" if like else ""
        elif word in KERNELS:
            message = f"a kernel is given by --kernel {word}"
        elif Path(word).suffix in (".py", ".ipynb"):
            message = f"a function of yours is given by --check {word}"
        elif options.image is not None:
            message = f"--image needs one file, in double quotes if its name has spaces, got {word} as well"
        elif Path(word).suffix:
            message = f"an image is given by --image {word}"
        self.error(message)

    def refuse_combinations(self, options: argparse.Namespace) -> None:
        """Exit with an error where an option means nothing beside another one, or --image is missing."""
        given = [name for name, value in vars(options).items() if value != self.get_default(name)]
        for mode, allowed in MODES.items():
            pointless = [name for name in given if name not in {mode} | allowed]
            if mode in given and pointless:
                self.error(f"--{mode} cannot be combined with --{pointless[0].replace('_', '-')}")
        if "image" not in given and not {"list", "check"} & set(given):
            images = [
                word for word in options.kernel if Path(word).suffix in (".png", ".jpg", ".jpeg", ".bmp")
            ]
            self.error(f"--image is required (try --image {[*images, 'images/coffee.png'][0]})")

    def places(self, text: str) -> list[tuple[int, int]]:
        """Read `10,20`, or several such, as the pixels in column 10 and row 20; exit with an error else."""
        if not re.fullmatch(rf"{PLACE}(\s{PLACE})*", text):
            self.error(f"argument --at: a pixel needs the form X,Y, such as 10,20, got {text!r}")
        return [(int(x), int(y)) for x, y in re.findall(PLACE, text)]


def is_fast(method: str | None, image: np.ndarray) -> bool:
    """Return whether --method, None if it was not given, means convolve_fast for this image."""
    return method == "fast" or (method != "naive" and image.shape[0] * image.shape[1] > NAIVE_PIXELS)


def parse_name(text: str) -> str:
    """Read the name of a file or folder; refuse an empty one, which usually is an unset shell variable."""
    if not text:
        raise argparse.ArgumentTypeError("a file or folder needs a name, got ''")
    return text


def parse_folder(text: str) -> Path:
    """Read the name of a folder."""
    return Path(parse_name(text))


def parse_border(text: str) -> str:
    """Read the name of a border mode."""
    try:
        check_border(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text
