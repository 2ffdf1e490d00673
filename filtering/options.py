"""The command line: its options, which of them exclude each other, and errors in one line."""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from filtering.borders import BORDERS
from filtering.report import complain

NAIVE_PIXELS = 500_000  # of a gray image; a small kernel then takes the plain loop about two seconds

# Options that change what the program does, and those that hold beside them: no window opens in any case.
MODES = {
    "list": {"kernel", "flip", "json", "no_window"},
    "check": {"image", "kernel", "border", "color", "signed", "output", "json", "no_window"},
    "learn": {"image", "color", "signed", "output", "json", "no_window"},
}


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line; raise SystemExit where that fails, and after --help."""
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
    add("-k", "--kernel", metavar="KERNEL", nargs="+", action="extend", help="names (see "
        "--list), matrices such as '0 -1 0; -1 5 -1; 0 -1 0' or '1 2 1; 2 4 2; 1 2 1 / 16' or as NumPy has "
        "them (-k=-1,0,1 if it begins with a minus and has no spaces), and text files that hold some; "
        "default: the bank")
    add("--border", choices=BORDERS, help="how the image is extended past its edges (default: replicate)")
    add("--method", choices=["auto", "naive", "fast"], help="naive: convolve's plain loop; "
        f"fast: the same pixels by convolve_fast; auto (default): naive up to {NAIVE_PIXELS} pixels")
    add("--flip", action="store_true", help="true convolution: turn the kernels by 180 degrees")
    add("--color", action="store_true", help="filter each channel of the colour image instead of grayscale")
    add("--signed", action="store_true", help="keep negative responses; zero is shown as middle grey")
    add("--at", metavar="X,Y", type=parse_place, help="write out the arithmetic at that pixel")
    add("--check", metavar="TARGET", type=parse_name, help="say what is wrong with a convolution of yours: "
        "FILE.py:FUNCTION, a program as './mine {image} {kernel} {output}', or an image made of --image")
    add("--learn", metavar="AFTER", type=parse_name, help="find the kernel that makes AFTER of the image")
    add("-o", "--output", metavar="DIR", type=parse_folder, help="save results, panels and the sheet there")
    add("--no-window", action="store_true", help="open no window")
    add("--json", action="store_true", help="print one JSON object on stdout, everything else on stderr")
    add("--list", action="store_true", help="print every kernel (or those of --kernel) and what it is")
    # fmt: on
    options = parser.parse_args(argv)
    parser.refuse_combinations(options)
    return options


class OneLineParser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        """Print the error and exit with status 2."""
        self.exit(complain(message))

    def refuse_combinations(self, options: argparse.Namespace) -> None:
        """Exit with an error where an option means nothing beside another one, or --image is missing."""
        given = [name for name, value in vars(options).items() if value != self.get_default(name)]
        for mode, allowed in MODES.items():
            pointless = [name for name in given if name not in {mode} | allowed]
            if mode in given and pointless:
                self.error(f"--{mode} cannot be combined with --{pointless[0].replace('_', '-')}")
        if "image" not in given and not {"list", "check"} & set(given):
            self.error("--image is required (try --image images/coffee.png)")


def parse_name(text: str) -> str:
    """Read the name of a file or folder; refuse an empty one, which usually is an unset shell variable."""
    if not text:
        raise argparse.ArgumentTypeError("a file or folder needs a name, got ''")
    return text


def parse_folder(text: str) -> Path:
    """Read the name of a folder."""
    return Path(parse_name(text))


def parse_place(text: str) -> tuple[int, int]:
    """Read `10,20` as the pixel in column 10 and row 20."""
    place = re.fullmatch(r"\s*(-?\d{1,9})\s*,\s*(-?\d{1,9})\s*", text)
    if place is None:
        raise argparse.ArgumentTypeError(f"a pixel needs the form X,Y, such as 10,20, got {text!r}")
    return int(place[1]), int(place[2])
