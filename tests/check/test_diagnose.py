"""What is found out about other people's convolve: a gallery of mistakes, and what no mistake explains."""

import contextlib
import functools
import inspect
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import gallery
import numpy as np
import pytest
from conftest import ROOT, noise
from scipy import ndimage

from convolutions import convolve
from filtering.check.command import run_check
from filtering.check.diagnose import check_function, examine

GALLERY = vars(gallery)
SUMS: Callable[..., Any] = GALLERY["sums"]
FINISH: Callable[..., Any] = GALLERY["finish"]
Array = np.ndarray
Function = Callable[[Array, Array], Any]

CASTS = {"rounding": "truncate"}
ONLY_SUMS = {"rounding": "none", "range": "none", "dtype": "float64"}

RIGHT = ["loops", "shift_and_add", "fourier", "ndimage", "filter2d"]
RIGHT_UNDER = {"opencv_default": "reflect101", "zeros_around": "zero"}
WRONG: dict[str, dict[str, str]] = {
    "tutorial": CASTS | {"fails-on": "non-square kernel: ValueError: "},
    "truncates": CASTS,
    "truncates_in_a_loop": CASTS,
    "rounds_halves_up": {"rounding": "half-up"},
    "wraps_around": {"range": "wrap-modulo-256"},
    "absolute": {"range": "absolute-value"},
    "stretches": {"range": "stretch-to-0..255"},
    "stretches_with_opencv": {"range": "stretch-to-0..255"},
    "from_0_to_1": {"rounding": "none", "range": "scaled-to-0..1", "dtype": "float64"},
    "turned_by_180": {"orientation": "rotated180"},
    "mirrored": {"orientation": "flipped-left-right"},
    "upside_down": {"orientation": "flipped-up-down"},
    "kernel_transposed": {"orientation": "transposed"},
    "one_to_the_right": {"shift": "1,0"},
    "pads_below_and_right": {"shift": "-radius,-radius"},
    "normalises": {"divisor": "normalised"},
    "normalises_without_a_look": {"divisor": "normalised", "fails-on": "kernel that sums to 0: "},
    "takes_the_mean": {"divisor": "number-of-weights"},
    "edge_at_0": {"border": "left-unfiltered"},
    "edge_as_it_was": {"border": "left-unfiltered"},
    "crops": {"border": "cropped"},
    "keeps_the_padding": {"shape": "larger"},
    "swaps_width_and_height": {"shape": "transposed"},
    "one_axis_too_many": {"shape": "extra-axis"},
    "leaves_floats": {"dtype": "float64"},
    "only_the_sums": ONLY_SUMS,
    "square_kernels_only": {"fails-on": "non-square kernel: ValueError: "},
    "square_pictures_only": {"fails-on": "non-square picture: ValueError: "},
    "writes_into_the_picture": {"input-modified": "image"},
    "returns_after_a_pixel": {"returns-early": "first-pixel"},
    "returns_after_a_row": {"returns-early": "first-row"},
    "overwrites_the_picture": {"border": "left-unfiltered", "input-modified": "overwritten-while-read"},
    "overwrites_the_padded_picture": {"input-modified": "overwritten-while-read"},
    "three_by_three": {"fails-on": "kernel other than 3 x 3: IndexError: "},
    "no_room_for_the_sums": {"fails-on": "sum below 0 or above 255: OverflowError: "},
    "stops_at_255_only": {"range": "wrap-modulo-256"},
    "absolute_and_stretched": {"range": "absolute-value and stretch-to-0..255"},
    "width_for_height": {"fails-on": "non-square picture: ValueError: "},
    "rescaled_without_a_range": CASTS | {"range": "stretch-to-0..255"},
    "stretched_to_1": ONLY_SUMS | {"range": "stretch-to-0..255 and scaled-to-0..1"},
    "casts_the_sums": CASTS | {"range": "wrap-modulo-256"},
    "scipy_convolve2d": ONLY_SUMS | {"orientation": "rotated180", "border": "zero"},
    "scipy_mirrored": {"orientation": "rotated180", "border": "reflect"},
    "scipy_full": CASTS | {"border": "zero", "shape": "larger"},
    "scipy_valid": CASTS | {"orientation": "rotated180", "border": "cropped"},
    "fourier_not_centred": {
        "orientation": "rotated180",
        "border": "wrap",
        "shift": "radius,radius",
        "fails-on": "picture smaller than the kernel: ",
    },
    "fourier_complex": ONLY_SUMS
    | {"dtype": "complex128", "border": "wrap", "fails-on": "picture smaller than the kernel: "},
    "einsum_zero_truncated": CASTS | {"border": "zero"},
    "absolute_and_truncated": CASTS | {"range": "absolute-value", "border": "reflect101"},
    "normalised_and_turned": {"orientation": "rotated180", "divisor": "normalised"},
    "top_left": CASTS | {"shift": "-radius,-radius", "border": "left-unfiltered"},
    "transposed_floats": ONLY_SUMS | {"orientation": "transposed", "border": "reflect", "dtype": "float32"},
    "stretched_and_truncated": CASTS | {"range": "stretch-to-0..255", "border": "zero"},
    "one_row_of_floats": ONLY_SUMS | {"returns-early": "first-row"},
}  # fmt: skip


def here(function: Function, **more: Any) -> dict[str, Any]:
    """Check a function in this process, which a lambda makes sure of: importing SciPy anew takes its time."""
    return check_function(lambda image, kernel: function(image, kernel), **more)


def found(result: dict[str, Any]) -> dict[str, str]:
    """What was found, by aspect; several for one aspect with an `and`."""
    values: dict[str, str] = {}
    for finding in result["findings"]:
        before = f"{values[finding['aspect']]} and " if finding["aspect"] in values else ""
        values[finding["aspect"]] = before + finding["found"]
    return values


def test_the_gallery_is_complete() -> None:
    functions = {name for name, value in GALLERY.items() if inspect.isfunction(value)}
    named = {*RIGHT, *RIGHT_UNDER, *WRONG}
    assert named == {name for name in functions if GALLERY[name].__module__ == "gallery"} - {
        "sums",
        "finish",
    }


@pytest.mark.parametrize("name", RIGHT)
def test_right_ones(name: str) -> None:
    result = here(GALLERY[name])
    assert (result["verdict"], result["findings"], result["differing"]) == ("matches", [], 0)


@pytest.mark.parametrize(("name", "border"), RIGHT_UNDER.items())
def test_right_under_another_border(name: str, border: str) -> None:
    result = here(GALLERY[name])
    assert (result["verdict"], result["differing"]) == ("matches", 0)
    assert result["findings"] == [{"aspect": "border", "found": border, "expected": "replicate"}]
    assert here(GALLERY[name], border=border)["findings"] == []


@pytest.mark.parametrize("name", WRONG)
def test_wrong_ones(name: str) -> None:
    result = here(GALLERY[name])
    assert result["verdict"] == "explained"
    findings = found(result)
    expected = WRONG[name]
    assert {
        aspect: value[: len(expected.get(aspect, value))] for aspect, value in findings.items()
    } == expected


if np.lib.NumpyVersion(np.__version__) < "2.0.0":
    WRONG["no_room_for_the_sums"] = {"range": "wrap-modulo-256"}


# Up to three mistakes at once, drawn at random, by other arithmetic than that of the product.
TURNS: dict[str, Callable[[Array], Array]] = {
    "as-is": lambda kernel: kernel,
    "rotated180": lambda kernel: np.rot90(kernel, 2),
    "flipped-left-right": np.fliplr,
    "flipped-up-down": np.flipud,
    "transposed": np.transpose,
}
PADDINGS = {
    "replicate": "edge",
    "reflect": "symmetric",
    "reflect101": "reflect",
    "zero": "constant",
    "wrap": "wrap",
}
SCALES: dict[str, Callable[[Array], Any]] = {
    "not-normalised": lambda kernel: 1,
    "normalised": lambda kernel: kernel.sum() or 1,
    "number-of-weights": lambda kernel: kernel.size,
    "sum-of-absolute-weights": lambda kernel: abs(kernel).sum(),
}
ROUNDINGS: dict[str, Callable[[Array], Array]] = {
    "truncate": lambda total: np.trunc(total.round(6)),
    "half-up": lambda total: np.floor(total.round(6) + 0.5),
    "half-even": lambda total: np.rint(total.round(6)),
}
RANGES: dict[str, Callable[[Array], Array]] = {
    "wrap-modulo-256": lambda total: total % 256,
    "absolute-value": lambda total: total.clip(0, 255),
    "saturate": lambda total: total.clip(0, 255),
}


@pytest.mark.parametrize("seed", range(100))
def test_up_to_three_at_once(seed: int) -> None:
    random = np.random.default_rng(seed)
    values = {
        "orientation": [*TURNS][1:],
        "border": [*PADDINGS][1:],
        "divisor": [*SCALES][1:],
        "rounding": ["truncate", "half-up"],
        "range": ["wrap-modulo-256", "absolute-value"],
    }
    aspects = random.choice([*values], random.integers(1, 4), replace=False).tolist()
    made = {aspect: str(random.choice(values[aspect])) for aspect in aspects}

    def function(image: Array, kernel: Array) -> Array:
        kernel = TURNS[made.get("orientation", "as-is")](kernel)
        scale = SCALES[made.get("divisor", "not-normalised")](kernel)
        total = SUMS(image, kernel, PADDINGS[made.get("border", "replicate")]) / scale
        if made.get("range") == "absolute-value":
            total = abs(total)
        total = ROUNDINGS[made.get("rounding", "half-even")](total)
        return RANGES[made.get("range", "saturate")](total).astype(np.uint8)

    result = here(function)
    assert found(result) == made
    assert result["verdict"] == ("matches" if list(made) == ["border"] else "explained")


# What no mistake explains: something done to a convolution that is right, or has a mistake besides.


def spots(output: Array, random: np.random.Generator) -> Any:
    """Single pixels off, in every result but the tiniest."""
    count = 1 + output.size // 50
    output = output.astype(int)
    output.ravel()[random.integers(0, output.size, count)] += random.choice([-9, -1, 1, 7, 100], count)
    return output.clip(0, 255).astype(np.uint8)


def tap(kernel: Array, random: np.random.Generator) -> Any:
    """One weight multiplied."""
    kernel = kernel.copy()
    kernel.ravel()[random.integers(kernel.size)] *= random.choice([-1, 0, 0.5, 1.1, 2, 3])
    return kernel


def swapped_taps(kernel: Array, random: np.random.Generator) -> Any:
    kernel = kernel.copy()
    one = random.integers(kernel.size)
    others = np.flatnonzero(kernel != kernel.ravel()[one])
    other = random.choice(others) if len(others) else one
    kernel.ravel()[[one, other]] = kernel.ravel()[[other, one]]
    return kernel


def gain(output: Array, random: np.random.Generator) -> Any:
    return np.clip(np.rint(output * random.choice([0.97, 0.99, 1.01, 1.03])), 0, 255).astype(np.uint8)


def curve(output: Array, random: np.random.Generator) -> Any:
    return np.rint(255 * (output / 255) ** random.uniform(1.05, 2.5)).astype(np.uint8)


def blurred(output: Array, random: np.random.Generator) -> Any:
    return FINISH(SUMS(output, np.ones((3, 3)) / 9))


def offset(output: Array, random: np.random.Generator) -> Any:
    return np.clip(output.astype(int) + random.choice([-2, -1, 1, 2]), 0, 255).astype(np.uint8)


def steps(output: Array, random: np.random.Generator) -> Any:
    """Fewer grey levels."""
    return output >> (shift := random.integers(1, 5)) << shift


def grain(output: Array, random: np.random.Generator) -> Any:
    return FINISH(output + random.normal(0, 2, output.shape))


def smeared(output: Array, random: np.random.Generator) -> Any:
    return np.maximum(output, np.roll(output, 1, axis=random.integers(2)))


PERTURBATIONS = [spots, gain, curve, blurred, offset, steps, grain, smeared]
BASES = [name for name, value in WRONG.items() if not {"dtype", "shape", "fails-on"} & value.keys()]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("perturb", [*PERTURBATIONS, tap, swapped_taps])
def test_no_false_story(perturb: Callable[..., Array], seed: int) -> None:
    base = GALLERY["shift_and_add"] if seed < 10 else GALLERY[BASES[seed % len(BASES)]]

    def perturbed(image: Array, kernel: Array) -> Array:
        random = np.random.default_rng(seed)
        if perturb in (tap, swapped_taps):
            result: Array = base(image, perturb(kernel, random))
            return result
        return perturb(base(image, kernel), random)

    assert here(perturbed)["verdict"] == "unexplained"


def test_rules_for_halves() -> None:
    def half_down(image: Array, kernel: Array) -> Any:
        return np.clip(np.ceil(GALLERY["only_the_sums"](image, kernel) - 0.5), 0, 255).astype(np.uint8)

    def half_odd(image: Array, kernel: Array) -> Any:
        total = GALLERY["only_the_sums"](image, kernel)
        nearest = np.where(total % 1 == 0.5, 2 * np.floor(total / 2) + 1, np.rint(total))
        return np.clip(nearest, 0, 255).astype(np.uint8)

    assert found(here(half_down)) == {"rounding": "half-down"}
    assert found(here(half_odd)) == {"rounding": "half-odd"}


def test_a_result_in_memory_that_is_used_again() -> None:
    memory = np.zeros((99, 99), np.uint8)

    def right(image: Array, kernel: Array) -> Any:
        part = memory[: image.shape[0], : image.shape[1]]
        part[...] = GALLERY["shift_and_add"](image, kernel)
        return part

    assert here(right)["verdict"] == "matches"


def test_scipy_not_told_otherwise() -> None:
    """Four mistakes, of which two are one: it turns the kernel, reflects, truncates and wraps around."""

    def scipy_default(image: Array, kernel: Array) -> Any:
        return ndimage.convolve(image, kernel)

    assert found(here(scipy_default)) == {
        "orientation": "rotated180",
        "border": "reflect",
        "rounding": "truncate",
        "range": "wrap-modulo-256",
    }


def test_one_odd_result_is_no_story() -> None:
    """One result of a kind, or all that there is: too little to conclude from."""

    def odd(image: Array, kernel: Array) -> Any:
        return image if image.shape == (2, 3) else GALLERY["shift_and_add"](image, kernel)

    def few(image: Array, kernel: Array) -> Any:
        if image.size > 13 * 13 or image.size < 12 * 12:
            raise ValueError
        return GALLERY["truncates"](image, kernel)

    assert here(odd)["verdict"] == "unexplained"
    result = here(few)
    assert result["verdict"] == "unexplained"
    assert found(result) == {"fails-on": "some picture: ValueError"}


def test_all_is_better_than_all_but_some() -> None:
    """Under 3 x 3 kernels reflect is replicate; with a failure elsewhere, that is no simpler explanation."""

    def function(image: Array, kernel: Array) -> Any:
        if kernel.size == 1:
            raise ValueError("too small")
        return GALLERY["scipy_mirrored"](image, kernel)

    assert found(here(function)) == {
        "orientation": "rotated180",
        "border": "reflect",
        "fails-on": "1 x 1 kernel: ValueError: too small",
    }


@pytest.mark.parametrize(
    "function",
    [
        lambda image, kernel: np.zeros_like(image),
        lambda image, kernel: image * 0 + 255,
        lambda image, kernel: image,
        lambda image, kernel: kernel,
        lambda image, kernel: image[:1],
        lambda image, kernel: GALLERY["only_the_sums"](image, kernel) + 5j,
    ],
)
def test_no_convolution_at_all(function: Function) -> None:
    result = here(function)
    assert result["verdict"] == "unexplained"
    assert {finding["found"] for finding in result["findings"]} <= {"another", "float64", "complex128"}


# The command line, with functions in files.

HEAD = "import numpy as np\n\n\ndef convolve(image, kernel):\n"
LOOP = """\
    height, width = image.shape
    kh, kw = kernel.shape
    padded = np.pad(image, ((kh // 2,), (kw // 2,)), mode="edge")
    output = np.zeros((height, width), dtype=np.uint8)
    for y in range(height):
        for x in range(width):
            total = (padded[y : y + kh, x : x + kw] * kernel).sum()
            output[y, x] = np.clip(np.rint(total), 0, 255)
    return output
"""


Check = Callable[..., subprocess.CompletedProcess]


@pytest.fixture
def check(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Check:
    """Write a function into mine.py, and check it, from an empty folder."""
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")

    def run(text: str, **more: Any) -> subprocess.CompletedProcess:
        (tmp_path / "mine.py").write_text(text)
        out = sys.stderr if more.get("json") else sys.stdout
        options: dict[str, Any] = {"image": None, "border": "replicate", "json": False} | more
        status = run_check(f"{tmp_path / 'mine.py'}:convolve", out=out, **options)
        return subprocess.CompletedProcess([], status, *capfd.readouterr())

    return run


def test_yes(check: Check) -> None:
    done = check(HEAD + LOOP)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(
        "Yes, your function is right, under border replicate: all 3937 pixels of 22 "
    )
    assert "Tried: pictures " in done.stdout


def test_no_and_how_to_mend_it(check: Check) -> None:
    done = check(HEAD + LOOP.replace("np.rint(total)", "total"))
    assert (done.returncode, done.stderr) == (1, "")
    text, example = done.stdout.split("\n\n")
    assert " ".join(text.split()) == (
        "Your output equals filter2D's except that it *truncates* where filter2D rounds: 34 % of the pixels "
        'are one too low. Before `.astype("uint8")`, use `np.rint`. In place of `int(sum)`, use '
        "`round(sum)`. "
        "All else is right, under border replicate."
    )
    assert re.search(r"rounds to (\d+)\n  filter2D \1, .*mine.py:convolve \d+\n$", example)
    right, wrong = (
        re.findall(r"\d+", example.splitlines()[-1].replace("filter2D", ""))[::1][0],
        example.split()[-1],
    )
    assert int(wrong) == int(right) - 1


def test_json_of_a_check(check: Check, tmp_path: Path) -> None:
    done = check(HEAD + LOOP.replace("kernel).sum", "kernel.T).sum"), json=True, image=noise(200, 300))
    assert done.returncode == 1
    data = json.loads(done.stdout)
    assert list(data) == ["function", "verdict", "findings", "pixels", "differing"]
    assert (data["function"], data["verdict"]) == (f"{tmp_path / 'mine.py'}:convolve", "explained")
    orientation, shape = data["findings"]
    assert orientation == {"aspect": "orientation", "found": "transposed", "expected": "as-is"}
    assert re.match("non-square kernel: ValueError: operands .* in line 11$", shape["found"])
    assert data["pixels"] > 64 * 96 > data["differing"] > 1000
    assert "rows and columns swapped" in done.stderr


def test_border_of_a_check(check: Check) -> None:
    done = check(HEAD + LOOP.replace("edge", "wrap"), border="zero", json=True)
    assert done.returncode == 0
    assert json.loads(done.stdout)["findings"] == [{"aspect": "border", "found": "wrap", "expected": "zero"}]
    assert 'pad with `np.pad(image, ..., mode="constant")`' in " ".join(done.stderr.split())


def test_what_it_does_besides_does_no_harm(check: Check, tmp_path: Path) -> None:
    """Prints, another working directory, threads that never end, changed inputs, its own imports."""
    (tmp_path / "kernels.py").write_text("mine = 1\n")  # a name that we have too
    text = "import os, sys, threading, time\nfrom kernels import mine\n" + HEAD + (
        "    print('x' * 10**6)\n    os.write(2, b'y')\n    os.chdir('/')\n    input_ = image[:]\n"
        "    threading.Thread(target=time.sleep, args=(1000,)).start()\n"
        "    kernel, given = kernel.copy(), kernel\n"
        "    given[:] = 7\n"
    ) + LOOP  # fmt: skip
    done = check(text, json=True)
    assert done.returncode == 1
    assert found(json.loads(done.stdout)) == {"input-modified": "kernel"}
    assert "x" * 10 not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cwd", "kernels.py", "mine.py"]
    assert list((tmp_path / "cwd").iterdir()) == []


@pytest.mark.parametrize(
    "returned",
    [
        "output[:-1]",
        "output.ravel()",
        "output[None]",
        "np.dstack([output] * 4)",
        "output + 1j",
        "output[:, :0]",
        "kernel",
    ],
)
def test_shapes_beyond_help(check: Check, returned: str) -> None:
    """The words for what is no picture of the picture's shape are words too."""
    done = check(HEAD + LOOP.replace("return output", f"return {returned}"))
    assert done.returncode == 1, done.stderr
    assert "Your" in done.stdout


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="signals of POSIX")
def test_ended_from_outside_it_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(HEAD + "    while True: pass\n")
    (tmp_path / "temporary").mkdir()
    command = [sys.executable, str(ROOT / "convolutions.py"), "--check", f"{tmp_path / 'mine.py'}:convolve"]
    running = subprocess.Popen(command, env=os.environ | {"TMPDIR": str(tmp_path / "temporary")})
    while not list((tmp_path / "temporary").glob("check-*/loaded")):
        time.sleep(0.05)
    running.terminate()
    assert running.wait(20) == 143
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_slow_function_is_not_blamed(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("import time\n" + HEAD + "    time.sleep(0.3)\n" + LOOP)
    examination = examine(f"{tmp_path / 'mine.py'}:convolve", None, "replicate", 3, lambda done, total: None)
    assert examination.verdict == "matches"
    assert "probes were not tried any more" in examination.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "def other(image, kernel): ...\nx = 1\n",
            "has a function convolve; found: none of that name; it has other$",
        ),
        (
            "convolve = 7\n",
            "has a function convolve; found: something that is not one; it has no functions$",
        ),
        (HEAD + "    return (\n", "is valid Python; found: line 5: '\\(' was never closed$"),
        (
            "import numpyy\n",
            "can be imported; found: line 1: ModuleNotFoundError: No module named 'numpyy'$",
        ),
        ("import sys\nsys.exit('usage')\n", "can be imported; found: line 2: SystemExit: usage$"),
        (
            "import os\nos._exit(3)\n",
            "can be imported; found: its import ended Python itself, with exit status 3$",
        ),
        ("while True: pass\n", "can be imported; found: its import did not come to an end within .* s$"),
        ("def convolve(image): ...\n", r"called as convolve\(image, kernel\); found: convolve\(image\)$"),
        ("def convolve(image, kernel, border): ...\n", r"found: convolve\(image, kernel, border\)$"),
        (
            "import filtering.check as check\n" + HEAD + LOOP + "check.check_function(convolve)\n",
            "line 15: ValueError: check_function is called while .*: put the call under if",
        ),
    ],
)
def test_what_cannot_be_loaded(
    tmp_path: Path, text: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (tmp_path / "mine.py").write_text(text)
    with pytest.raises(ValueError, match=message):
        check_function(f"{tmp_path / 'mine.py'}:convolve", seconds=6)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("    raise KeyError('oh')\n", "for every picture it stops with KeyError: 'oh' in line 5"),
        ("    pass\n", "for every picture it returns None instead of an array"),
        ("    return image.tolist()\n", "for every picture it returns a list instead of an array"),
        ("    return float(image[0, 0])\n", "for every picture it returns a float instead of an array"),
        ("    return image * np.nan\n", r"for every picture it returns nan \(not a number\)"),
        ("    return image.astype(str)\n", "an array of dtype <U3, which are no numbers"),
        ("    return np.array(image[0, 0])\n", r"returns an array of shape \(\)"),
        ("    exit('bye')\n", "for every picture it stops with SystemExit: bye in line 5"),
        ("    while True: pass\n", "for every picture it did not come to an end within 1 s"),
        ("    import os; os._exit(0)\n", "for every picture it ended Python itself, with exit status 0"),
        ("    import os; os.abort()\n", r"for every picture it crashed Python \(SIGABRT\)"),
        ("    x = ['']\n    while True: x += x\n", "for every picture it stops with MemoryError"),
        ("    return np.zeros((10**6, 10**6))\n", "stops with .*MemoryError: Unable to allocate 7.28 TiB"),
    ],
)
def test_what_gives_no_result(tmp_path: Path, body: str, message: str) -> None:
    (tmp_path / "mine.py").write_text(HEAD + body)
    seconds = 3 if "while True: pass" in body else 30
    examination = examine(
        f"{tmp_path / 'mine.py'}:convolve", None, "replicate", seconds, lambda done, total: None
    )
    data = examination.data()
    assert (data["verdict"], data["pixels"], data["differing"]) == ("fails", 0, 0)
    assert [each["aspect"] for each in data["findings"]] == ["fails-on"]
    text = " ".join(examination.message.split())
    assert text.startswith("Your function gives no result that can be compared: ")
    assert re.search(message, text), text


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for place, message in [
        ("nowhere.py:convolve", "cannot read nowhere.py: No such file"),
        (f"{tmp_path}:convolve", "Is a directory"),
        ("mine.py:", "a function to check is FILE.py:FUNCTION; got 'mine.py:'"),
    ]:
        with pytest.raises(ValueError, match=message):
            check_function(place)


# From Python.


def test_a_name_goes_to_a_child(tmp_path: Path) -> None:
    """A function that ends Python there does no harm here."""
    path = tmp_path / "theirs.py"
    path.write_text("import os\n\n\ndef convolve(image, kernel):\n    os._exit(0)\n")
    assert check_function(f"{path}:convolve")["verdict"] == "fails"


def test_a_function_is_called_here() -> None:
    """A module-level function as well: no child process, no time limit."""
    calls: list[int] = []
    module = type(sys)("theirs")
    module.calls = calls  # type: ignore[attr-defined]
    exec("def convolve(image, kernel):\n    calls.append(1)\n    return image", vars(module))
    sys.modules["theirs"] = module
    check_function(module.convolve)
    del sys.modules["theirs"]
    assert len(calls) == 22


def test_of_this_process() -> None:
    partial = functools.partial(cv2.filter2D, ddepth=-1)
    assert here(convolve)["verdict"] == "matches"
    assert check_function(lambda image, kernel: partial(image, kernel=kernel))["verdict"] == "matches"
    with pytest.raises(ValueError, match=r"called as <lambda>\(image, kernel\); found: <lambda>\(image\)$"):
        check_function(lambda image: image)
    with pytest.raises(ValueError, match=r"is gray, \(H, W\); got shape \(3, 3, 3\)"):
        check_function(convolve, noise(3, 3, 3))
    with pytest.raises(ValueError, match="border needs to be one of"):
        check_function(convolve, border="mirror")
    with pytest.raises(ValueError, match="an image holds uint8 pixels"):
        check_function(convolve, np.zeros((3, 3)))


def test_progress_bar_of_a_check(tmp_path: Path) -> None:
    """On a terminal only; and what is found stays on stdout."""
    (tmp_path / "mine.py").write_text(HEAD + LOOP)
    leader, follower = pty.openpty()
    command = [sys.executable, str(ROOT / "convolutions.py"), "--check", "mine.py:convolve"]
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "80"}
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=follower, env=environment
    ) as process:
        os.close(follower)
        shown = b""
        with contextlib.suppress(OSError):  # the other end is closed
            while part := os.read(leader, 1024):
                shown += part
        assert process.stdout is not None
        assert process.stdout.read().startswith(b"Yes, your function is right")
    os.close(leader)
    assert b"checking" in shown


def test_progress_of_a_check() -> None:
    told: list[tuple[int, int]] = []
    for function in (f"{ROOT / 'convolutions.py'}:convolve", lambda image, kernel: image):
        told.clear()
        check_function(function, noise(5, 6), progress=lambda done, total: told.append((done, total)))
        assert told == sorted(told)
        assert told[-1] == (23, 23)
