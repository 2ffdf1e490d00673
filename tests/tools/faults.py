"""What no user should see: random command lines, signals at any moment, and hostile files under --check.

python tests/tools/faults.py [--share 0.1] [--seed 1] [--only lines|signals|files]

Prints the faults: a traceback, an exit status that is not documented, a file that is not whole, a process or
a temporary folder that is left. Exit status 1 if there are any.
"""

import argparse
import io
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr, redirect_stdout, suppress
from itertools import product
from pathlib import Path
from textwrap import indent

import cv2
import numpy as np
from PIL import features

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2]))

import image_files as made

from convolutions import main
from filtering.borders import BORDERS
from filtering.check.processes import marked
from kernels import KERNELS

ROOT = Path(__file__).parents[2]
Outcome = tuple[object, int, list[str]]  # what was run, its exit status, its faults
SLOW = 120  # seconds: what takes longer hangs
RIGHT = "    return cv2.filter2D(image, -1, kernel, borderType=1)\n"
SLOW_LOOP = f"import cv2, time\ndef convolve(image, kernel):\n    time.sleep(0.01)\n{RIGHT}"
TEXTS = [
    "0 -1 0; -1 5 -1; 0 -1 0", "1 2 1; 2 4 2; 1 2 1 / 16", "3 * [1 2 3 4 5]  # odd",
    "1/9, 1/9, 1/9\n1/9 1/9 1/9\n1/9 1/9 1/9 # a mean", "# a file\n-1e3 0.5 +.25\n",
]  # fmt: skip


# ---- What a run may leave


def faults_of(status: int, error: str, folder: Path, sent: int = 0) -> list[str]:
    """Return what is wrong after a run. folder: of its output. sent: the signal that it was sent."""
    usual = {0, 1, -sent, 128 + sent} if sent else {0, 1, 2, 130, 141}
    found = ["traceback"] * ("Traceback" in error or "Exception ignored" in error)
    found += [f"status {status}"] * (status not in usual)
    if status == 2 and not error.splitlines()[-1].startswith("convolutions.py: error: "):
        found.append("no line that says why")
    found += ["warning"] * ("RuntimeWarning" in error)
    for path in folder.rglob("*"):
        image = path.suffix == ".png" and path.is_file()
        if path.name.startswith(".") or (image and cv2.imread(str(path)) is None):
            found.append(f"{path.name} is not whole")
    return found


# ---- Command lines, in this process


def mutated(data: bytes, rng: random.Random, alphabet: bytes) -> bytes:
    """Change some bytes: flip a bit, cut, insert, repeat the beginning, drop the end."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 5)):
        at, kind = rng.randint(0, len(changed)), rng.randint(0, 4)
        if kind == 0 and at < len(changed):
            changed[at] ^= 1 << rng.randint(0, 7)
        elif kind == 1:
            del changed[at : at + rng.randint(1, 8)]
        elif kind == 2:
            changed[at:at] = bytes(rng.choices(alphabet, k=rng.randint(1, 4)))
        elif kind == 3:
            changed[at:at] = changed[: rng.randint(0, 39)]
        elif rng.randint(0, 3) == 0:
            del changed[at:]
    return bytes(changed)


def small_images() -> list[bytes]:
    """Return small files of many formats, some with several frames."""
    sizes = {"RGB": (12, 9), "L": (20, 30), "RGBA": (5, 40)}
    images = [made.smooth(3, *size).convert(mode) for mode, size in sizes.items()]
    forms = ["PNG", "BMP", "GIF", "WEBP", "TIFF", "JPEG2000", "ICO", *["AVIF"] * bool(features.check("avif"))]
    pairs = [*product(images, forms), *product(images[:2], ("JPEG", "PPM", "MPO"))]
    files = [made.saved(image, form) for image, form in pairs]
    files += [made.animated(form) for form in ("PNG", "GIF", "WEBP", "TIFF", "MPO")]
    files += [made.READ["planar.tif"][0], made.READ["deep.tif"][0]]
    files.append(made.saved(images[0], "TIFF", compression="tiff_lzw"))
    return [*files, made.saved(images[0], "JPEG", progressive=True)]


def command_line(rng: random.Random, images: list[bytes], number: int) -> list[str]:
    """Return a random command line; most have an image and a kernel, every third is a plain one."""
    Path("damaged").write_bytes(mutated(rng.choice(images), rng, bytes(range(256))))
    text = mutated(rng.choice(TEXTS).encode(), rng, b"0123456789.,;/# \n-+e")
    Path("kernel.txt").write_bytes(text)
    word = text.decode("utf-8", "surrogateescape").replace("\0", "")
    image = rng.choice(["tiny.png", "tiny.png", "damaged"])
    kernel = rng.choice(["sharpen", "kernel.txt", word])
    if number % 3 == 0:
        return ["-i", image, f"--kernel={kernel}"]
    files = ["tiny.png", "damaged", "absent.png", ".", "kernel.txt", "", "http://a/b.png", "/dev/null"]
    values = {
        "--image": [*files, "a\nb"], "--learn": files, "--border": [*BORDERS, "mirror", ""],
        "--method": ["naive", "fast", "no"],
        "--kernel": [*KERNELS, word, "1e308", "nan", "1 2", "9" * 400, "--", "tiny.png", "[[" * 99, "1 / 0"],
        "--at": ["0,0", "3 2", "-1,-1", "999999999,0", "x", "1,1,1", "", "5,"],
        "--check": [*files, "absent.py", "mine.py:", "mine.py:no", "{image}", "no {image} {output}", ":"],
        "--output": ["out", "tiny.png", "absent/out", "/proc/out", "", "out/../out"],
    }  # fmt: skip
    flags = ["--flip", "--color", "--signed", "--json", "--list", "--help", "--no", "-x", "-", "--", "a\nb"]
    words = ["--image", image] * (rng.random() < 0.8) + ["--kernel", kernel] * (rng.random() < 0.5)
    for option in rng.sample([*values, *flags], rng.randint(0, 2)):
        words += [option, rng.choice(values[option])] if option in values else [option]
        if option in values and rng.random() < 0.2:
            words[-2:] = [f"{option}={words[-1]}"]
    return words


def run_lines(rng: random.Random, count: int) -> Iterator[Outcome]:
    """Run random command lines in this folder; yield each with its status and its faults."""
    cv2.imwrite("tiny.png", np.arange(30, dtype=np.uint8).reshape(5, 6) * 8)
    Path("mine.py").write_text(SLOW_LOOP)
    Path("mine.ipynb").write_text("{}")
    images = small_images()
    for number in range(count):
        words = command_line(rng, images, number)
        out, error, status, more = io.StringIO(), io.StringIO(), 99, []
        signal.alarm(SLOW)
        try:
            with redirect_stdout(out), redirect_stderr(error):
                status = main([*words, "--no-window"])
        except BaseException as fault:
            more = [repr(fault)]
        signal.alarm(0)
        if status == 2:
            more += ["output beside an error"] * bool(out.getvalue())
            more += ["more than one error"] * (error.getvalue().count("convolutions.py: ") > 1)
        yield words, status, more + faults_of(status, error.getvalue(), Path("out"))


# ---- Processes


def run_process(words: list[str], folder: Path, sent: int = 0, moment: float = 0.0) -> Outcome:
    """Run a command line in a folder, and send it a signal after some seconds."""
    temporary = folder / "temporary"
    temporary.mkdir(parents=True)
    command = [sys.executable, str(ROOT / "convolutions.py"), *words, "--no-window"]
    with open(folder / "stderr", "wb") as stderr:
        process = subprocess.Popen(
            command, cwd=folder, env=os.environ | {"TMPDIR": str(temporary), "FAULTS": str(folder)},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr, preexec_fn=_as_from_a_shell,
        )  # fmt: skip
        try:
            if sent:
                _wait_for_imports(process)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(moment)
                process.send_signal(sent)
            status = process.wait(SLOW)
        except subprocess.TimeoutExpired:
            process.kill()
            status = process.wait()
    error = (folder / "stderr").read_text(errors="replace")
    found = faults_of(status, error, folder / "out", sent)
    found += [f"{path.name} is left" for path in temporary.iterdir()]
    end = time.monotonic() + 10  # what was killed may still be there
    while (left := marked(folder, "FAULTS")) and time.monotonic() < end:
        time.sleep(0.05)
    for number in left:
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
    found += ["processes are left"] * bool(left)
    what = f"{signal.Signals(sent).name} at {moment:.3f} s: {words}" if sent else words
    return what, status, [*found, error[-500:]] if found else []


def _wait_for_imports(process: subprocess.Popen) -> None:
    """Wait until the script has begun to run: before, a signal meets Python, whose tracebacks are its own."""
    while process.poll() is None and "numpy" not in Path(f"/proc/{process.pid}/maps").read_text():
        time.sleep(0.002)


def _as_from_a_shell() -> None:
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run_signals(rng: random.Random, count: int) -> Iterator[Outcome]:
    """Send signals to runs of all kinds, at random moments from their start to their end."""
    slow, copy = Path("slow.py").resolve(), str(Path("photo.png").resolve())
    slow.write_text(SLOW_LOOP)
    cv2.imwrite(copy, cv2.resize(np.asarray(cv2.imread(str(ROOT / "images" / "coffee.png"))), (200, 133)))
    program = f"{sys.executable} -c 'import sys, shutil; shutil.copy(*sys.argv[1:])' {{image}} {{output}}"
    commands = [
        ["-i", copy, "-o", "out", "--method", "fast"], ["-i", copy, "--method", "naive", "-k", "sharpen"],
        ["--check", str(slow)], ["--check", program, "-k", "identity"],
        ["-i", copy, "--learn", copy, "-o", "out"],
    ]  # fmt: skip

    def whole(number: int) -> tuple[Outcome, float]:
        since = time.monotonic()
        outcome = run_process(commands[number], Path(f"whole-{number}").resolve())
        return outcome, time.monotonic() - since

    signals = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT]
    with ThreadPoolExecutor(2) as pool:
        outcomes, lasts = zip(*pool.map(whole, range(len(commands))), strict=True)
        yield from outcomes
        numbers = [number % len(commands) for number in range(count)]
        folders = [Path(f"signal-{number}").resolve() for number in range(count)]
        sent = [int(rng.choice(signals)) for _ in numbers]
        moments = [rng.random() * lasts[number] for number in numbers]
        yield from pool.map(run_process, [commands[number] for number in numbers], folders, sent, moments)


# ---- Hostile files

HEAD = b"""import builtins, cv2, glob, json, os, resource, shutil, signal, subprocess, sys
import tempfile, threading, time, warnings
import numpy as np
"""
PLACE = "folder = tempfile.tempdir or '/nowhere'; log = folder + '/log.jsonl'; "
ACTS = [
    "json.dumps = lambda *a, **k: '{'", PLACE + "os.remove(log); os.mkfifo(log)",
    "subprocess.Popen(['sleep', '99'], start_new_session=True)", PLACE + "os.remove(log); os.mkdir(log)",
    "np.save = lambda file, *a, **k: open(file, 'wb').write(b'x' * 99)", "os.kill(os.getpid(), 11)",
    "os.fork() or (os.setsid(), os.fork() or time.sleep(99), os._exit(0))", "sys.modules.clear()",
    PLACE + "shutil.rmtree(folder)", PLACE + "open(log, 'wb').write(b'\\xff{\\n')", "os._exit(0)",
    "json.dumps = lambda *a, **k: '[\"0\", 5]'", "json.loads = None", "np.save = lambda *a, **k: None",
    "np.save = lambda file, *a, **k: os.mkfifo(file)", PLACE + "os.truncate(log, 2**40)",
    "np.save = lambda file, *a, **k: os.symlink('/dev/zero', file)", PLACE + "os.chmod(folder, 0)",
    PLACE + "os.remove(log); os.symlink('/dev/zero', log)", PLACE + "os.rename(folder, folder + 'x')",
    PLACE + "[os.remove(one) for one in glob.glob(folder + '/*.npz')]", "os.kill(0, 9)",
    "raise KeyboardInterrupt", "raise SystemExit('x')", "bytearray(2**40)", "os.closerange(0, 99)",
    "sys.setrecursionlimit(10**9); (lambda f: f(f))(lambda f: f(f))", "print('x' * 10**7)",
    "os.chdir('/')", "np.array_equal = np.errstate = None", "builtins.open = None", "builtins.len = None",
    "exec('class E(BaseException):\\n def __str__(self): raise self\\nraise E')",
    "threading.Thread(target=time.sleep, args=(99,)).start()", "warnings.simplefilter('error')",
    "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))", "np.seterr(all='raise')", "signal.alarm(0)",
    "cv2.filter2D = lambda *a, **k: np.array([None])", "os.fork()",
    "end = time.time() + 4\nwhile time.time() < end: os.fork()",
    "end = time.time() + 4\nwhile time.time() < end: os.fork() or os.setsid()",
]  # fmt: skip
BROKEN = [
    b"", b"\xff\xfe\0", b"\0" * 99, b"(" * 9999, b"1+" * 99999 + b"1", b"# coding: nonsense\n",
    b"def f(: pass", b"def convolve(image, kernel): return convolve(image, kernel)",
    b"\xef\xbb\xbf", b"lambda: 0\r\r\r\f\x0b",
]  # fmt: skip


def hostile_files() -> list[tuple[str, bytes]]:
    """Return the names and texts of files: acts in the function, what is no module, acts beside it."""
    define = "def convolve(image, kernel):\n"
    inside = [define + indent(act, "    ") + "\n" + RIGHT for act in ACTS]
    beside = [act + "\n" + define + RIGHT for act in ACTS if "fork" not in act]
    first, last = ([("mine.py", HEAD + text.encode()) for text in texts] for texts in (inside, beside))
    return [*first, *product(("mine.py", "mine.ipynb"), BROKEN), *last]


def run_files(rng: random.Random, count: int) -> Iterator[Outcome]:
    """Run --check on hostile files: the first ones of them all."""

    def one(number: int, name: str, text: bytes) -> Outcome:
        folder = Path(f"file-{number}").resolve()
        folder.mkdir()
        (folder / name).write_bytes(text)
        _, status, found = run_process(["--check", str(folder / name)], folder)
        return text.removeprefix(HEAD)[:200], status, found

    with ThreadPoolExecutor(2) as pool:
        yield from pool.map(one, range(count), *zip(*hostile_files()[:count], strict=True))


WHOLE = {"lines": (run_lines, 1500), "signals": (run_signals, 200), "files": (run_files, 100)}


def run(name: str, share: float, seed: int) -> tuple[Counter[int], list[str]]:
    """Do a share of one kind of runs in the current folder; return the exit statuses, and the faults."""
    function, count = WHOLE[name]
    statuses, faults = Counter[int](), []
    for what, status, found in function(random.Random(seed), round(share * count)):
        statuses[status] += 1
        if found:
            faults.append(f"{what!r}: status {status}: {'; '.join(found)}")
            print(faults[-1], flush=True)
    return statuses, faults


def command() -> int:
    """Run the script; return 1 if there are faults."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    parser.add_argument("--share", type=float, default=1.0, help="of all runs (default: 1)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=list(WHOLE))
    options = parser.parse_args()
    failed = False
    for name in [options.only] if options.only else WHOLE:
        since = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            statuses, faults = run(name, options.share, options.seed)
            os.chdir(ROOT)
        failed |= bool(faults)
        seconds = time.monotonic() - since
        print(f"{name}: {statuses.total()} in {seconds:.0f} s, {len(faults)} faults, by status {statuses}")
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(command())
