"""Parts of the command line: errors in one line, options that exclude each other, and their values."""

import argparse
import re
from typing import NoReturn

from filtering.report import complain

# Options that change what the program does, and those that mean something beside them.
MODES = {
    "list": {"kernel", "flip", "json", "no_window"},
    "check": {"image", "kernel", "border", "output", "json", "no_window"},
    "learn": {"image", "color", "signed", "output", "json", "no_window"},
}


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


def parse_place(text: str) -> tuple[int, int]:
    """Read `10,20` as the pixel in column 10 and row 20."""
    place = re.fullmatch(r"\s*(-?\d{1,9})\s*,\s*(-?\d{1,9})\s*", text)
    if place is None:
        raise argparse.ArgumentTypeError(f"a pixel needs the form X,Y, such as 10,20, got {text!r}")
    return int(place[1]), int(place[2])
