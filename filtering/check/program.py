"""Run a program, written in any language, on the probes: each in an empty folder, with a time limit."""

import os
import re
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from filtering.check.calling import Failure, Trial
from filtering.check.outputs import read_output
from filtering.check.processes import Crowd, end_group, end_marked, has_ended, start, words_of
from filtering.check.runner import Inputs, Progress, Run, signal_name
from filtering.files import no_signals, reason

EXTENSIONS = ("png", "pgm", "ppm", "bmp", "tif", "tiff")
PLACEHOLDERS = {"kernel", "weights", "rows", "columns", "image", "output"} | {
    f"{name}.{extension}" for name in ("image", "output") for extension in EXTENSIONS
}
AT_ONCE = 2  # processes
MOST_HANGS = 2  # after these, the rest is not tried
POLL = 0.005  # seconds
STDERR_KEPT = 2**20  # bytes; a longer stderr is emptied
LONGEST = 200  # characters of its last line

# {{word}} stands for {word}; other braces, as in JSON or in awk '{print $1}', stay as they are.
_BRACES = re.compile(r"\{\{(?P<literal>[A-Za-z_][\w.]*)\}\}|\{(?P<name>[A-Za-z_][\w.]*)\}")
_COLOURS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")  # and other commands to a terminal


@dataclass(frozen=True)
class Program:
    """A command that filters an image with a kernel; both are given to it in files."""

    words: tuple[str, ...]  # with placeholders; the first is the path of the program
    name: str  # the command

    @classmethod
    def of(cls, text: str) -> "Program":
        """Read a command such as `./mine {image} {kernel} {output}`, and find the program.

        ValueError for a wrong placeholder, and where the program cannot be run.
        """
        try:
            words = words_of(text)
        except ValueError as error:
            raise ValueError(f"cannot read the command {text}: {str(error).lower()}") from None
        _check_placeholders(text, _placeholders(words))
        for word in words:
            if word.startswith(("<", ">", "|")) or word == "&&":
                raise ValueError(f"a program runs without a shell, got {word} in {text}; "
                    "write sh -c '/path/to/mine < {image} > {output}'")  # fmt: skip
        return cls((_find(words[0]), *map(_located, words[1:])), text)

    @property
    def has_kernel(self) -> bool:
        """Whether the program is given the kernel; if not, it has one built in."""
        return bool(_placeholders(self.words) & {"kernel", "weights"})

    def prepare(self, folder: Path, image: np.ndarray, kernel: np.ndarray) -> tuple[list[str], Path]:
        """Write what the command names into a folder; return the command and the path of its output."""
        rows = [[_number(weight) for weight in row] for row in kernel.tolist()]
        (folder / "kernel.txt").write_text("".join(" ".join(row) + "\n" for row in rows), newline="\n")
        values = {
            "kernel": str(folder / "kernel.txt"),
            "weights": ",".join(weight for row in rows for weight in row),
            "rows": str(kernel.shape[0]),
            "columns": str(kernel.shape[1]),
        }
        output = folder
        for placeholder in _placeholders(self.words) - values.keys():
            path = folder / (placeholder if "." in placeholder else f"{placeholder}.png")
            values[placeholder] = str(path)
            if placeholder.startswith("output"):
                output = path
            else:
                gray = Image.fromarray(image)
                (gray.convert("RGB") if path.suffix == ".ppm" else gray).save(path)

        def value(found: re.Match[str]) -> str:
            """Return what stands for a placeholder."""
            return f"{{{found['literal']}}}" if found["literal"] else values[found["name"]]

        return [_BRACES.sub(value, word) for word in self.words], output


def _placeholders(words: Sequence[str]) -> set[str]:
    return {found["name"] for word in words for found in _BRACES.finditer(word) if found["name"]}


def _check_placeholders(text: str, found: set[str]) -> None:
    """Raise ValueError for placeholders that are unknown or missing, and for a second output."""
    for unknown in sorted(found - PLACEHOLDERS):
        raise ValueError(
            f"a program has {{image}} or {{image.EXTENSION}}, {{output}} or {{output.EXTENSION}} "
            f"({', '.join(EXTENSIONS)}), {{kernel}}, {{weights}}, {{rows}}, {{columns}}; got {{{unknown}}} "
            f"in {text} (write {{{{{unknown}}}}} where the braces are meant)"
        )
    for name in ("image", "output"):
        if not any(one.startswith(name) for one in found):
            raise ValueError(f"a program needs {{image}} and {{output}}; no {{{name}}} in {text}")
    if sum(one.startswith("output") for one in found) > 1:
        raise ValueError(f"a program has one output; got two in {text}")


def _find(word: str) -> str:
    """Return the whole path of a program; ValueError where it cannot be run."""
    path = os.path.expanduser(word)
    found = shutil.which(path)
    if found is not None:
        return os.path.abspath(found)
    if os.path.dirname(path):
        raise ValueError(f"cannot run {word}: {'not executable' if os.path.exists(path) else 'no such file'}")
    hint = f"; the one in this folder is ./{word}" if os.path.exists(path) else ""
    raise ValueError(f"cannot run {word}: not found on PATH{hint}")


def _located(word: str) -> str:
    """Return the whole path for a word that names a file or folder, as in `python3 mine.py {image}`.

    A word with no dot or slash, such as `blur`, may mean something else than the folder of that name.
    """
    return os.path.abspath(word) if re.search(r"[./]", word) and os.path.exists(word) else word


def _number(weight: float) -> str:
    """Return the shortest decimals that give a weight: 2, 0.1, 1e-05."""
    return str(int(weight)) if weight == int(weight) and abs(weight) < 1e15 else repr(weight)


def run_program(
    program: Program,
    inputs: Sequence[Inputs],
    seconds: float = 60.0,
    progress: Progress = lambda done, total: None,
    patience: float = 20.0,
) -> Run:
    """Run a program on each of the inputs, two at a time.

    seconds: for all of them; an input that is not tried by then has no trial. patience: the seconds for one
    of them; after two that take longer, the rest is not tried. ValueError where the program does not start.
    """
    run = Run(program.name, [None] * len(inputs), source=None)
    end, waiting, hangs = time.monotonic() + seconds, [*enumerate(inputs)], 0
    working: list[_Attempt] = []
    with tempfile.TemporaryDirectory(prefix="check-", ignore_cleanup_errors=True) as folder:
        crowd = Crowd(program.name, Path(folder))
        try:
            while (waiting or working) and hangs < MOST_HANGS and time.monotonic() < end:
                while waiting and len(working) < AT_ONCE:
                    with no_signals():  # which would come between a process and its place in the list
                        working.append(_Attempt(program, Path(folder), *waiting.pop(0)))
                for attempt in [one for one in working if one.is_over(patience)]:
                    run.trials[attempt.number] = trial = attempt.result(patience)
                    working.remove(attempt)
                    hangs += trial.failure is not None and trial.failure.kind == "timeout"
                    progress(sum(one is not None for one in run.trials), len(inputs))
                crowd.check({attempt.process.pid for attempt in working})
                time.sleep(POLL)
        finally:
            for attempt in working:
                end_group(attempt.process)
            end_marked(Path(folder))
    if hangs >= MOST_HANGS:
        run.stopped = f"It timed out {'twice' if hangs == 2 else f'{hangs} times'}"
    return run


class _Attempt:
    """A program at work on one of the inputs, in an empty folder and in a session of its own."""

    def __init__(self, program: Program, parent: Path, number: int, inputs: Inputs) -> None:
        self.number, self.folder, self.since = number, parent / str(number), time.monotonic()
        (self.folder / "empty").mkdir(parents=True)
        command, self.output = program.prepare(self.folder, *inputs)
        self.stderr = self.folder / "stderr"
        with open(self.stderr, "ab") as stderr:
            try:
                self.process = start(command, self.folder, cwd=self.folder / "empty", stderr=stderr)
            except OSError as error:
                raise ValueError(f"cannot run {Path(program.words[0]).name}: {reason(error)}") from None

    def is_over(self, patience: float) -> bool:
        """Return whether the program has ended, or takes too long; meanwhile, keep its stderr short."""
        if self.stderr.stat().st_size > STDERR_KEPT:
            os.truncate(self.stderr, 0)
        return has_ended(self.process) or time.monotonic() > self.since + patience

    def result(self, patience: float) -> Trial:
        """End the program, and return what it gave."""
        ended = has_ended(self.process)
        end_group(self.process)
        said, status = _last_line(self.stderr), self.process.returncode
        if not ended:
            return Trial(None, Failure("timeout", f"timed out after {patience:.2g} s{said}"), [])
        if status > 0:
            return Trial(None, Failure("ended", f"exited with status {status}{said}"), [])
        if status < 0:
            return Trial(None, Failure("crashed", f"crashed ({signal_name(-status)}){said}"), [])
        try:
            return Trial(read_output(self.output), None, [])
        except ValueError as error:
            return Trial(None, Failure("returned", f"{error}{said}"), [])


def _last_line(path: Path) -> str:
    """Return `: the last line of a file`, short and without control characters; "" if there is none."""
    with open(path, "rb") as file:
        file.seek(max(file.seek(0, os.SEEK_END) - 16 * LONGEST, 0))
        text = _COLOURS.sub("", file.read().decode(errors="replace"))
    lines = ["".join(filter(str.isprintable, line)).strip() for line in text.splitlines()]
    last = next(filter(None, reversed(lines)), "")
    return f": {last if len(last) <= LONGEST else last[: LONGEST - 3] + '...'}" if last else ""
