"""The numbers of convolve.js and grammar.js in real browsers: results, kernels from text, images read."""

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from conftest import kernel_texts, noise
from pages import IMAGE, Firefox, Open, html_of

from convolutions import convolve_fast
from filtering.arithmetic import arithmetic_text
from filtering.borders import BORDERS, pad
from filtering.compare import compare, strong_response
from filtering.exact import on_paper, split
from filtering.grammar import division_hint, parse_kernel
from filtering.show.page import page_html
from kernels import KERNEL_BANK, KERNELS, flip

if TYPE_CHECKING:
    from playwright.sync_api import Page

RNG = np.random.default_rng(15)
OTHERS = {  # beside the bank
    "gaussian": KERNELS["gaussian"],
    "thirds": np.array([[1 / 3], [-2 / 3], [5]]),
    "floats": RNG.normal(0, 1, (5, 3)),
    "tiny": RNG.normal(0, 1e-6, (3, 3)),
    "huge": RNG.normal(0, 1e5, (3, 3)),
    "large": RNG.normal(0, 0.1, (13, 15)),
    "ties": np.pad([[0.5]], 6),  # through filter2D's Fourier transform, which moves exact halves
}
# Compute results: [pixels, white, shares of sums below and above the range, every third pixel from x = 2].
COMPUTE = """async (cases) => {
    const results = [];
    for (const [kernel, border, flip, signed] of cases) {
        apply({ kernel, border, flip, signed });
        while (!job.ours) await new Promise((done) => setTimeout(done));
        const { canvas } = partOf(job, 2, 0, job.image.width, job.image.height, 3);
        const { width, height } = canvas;
        const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
        const part = inRows(data.filter((_, at) => at % 4 === 0), width).map((row) => Array.from(row));
        results.push([inRows(Array.from(job.ours[0]), job.image.width), job.white, job.clipped, part]);
    }
    return results;
}"""
# Return the arithmetic at some pixels, and both results as the page has them, of each kernel.
COMPARED = """(places) => run.kernels.map(({ job }) => {
    const { width } = job.image, text = places.map(([x, y]) => arithmeticText(job, x, y));
    const value = (side, n, at) => valueAt(job, side, n, at % width, Math.floor(at / width));
    const all = (side) => job.ours.map((plane, n) => Array.from(plane, (_, at) => value(side, n, at)));
    return [text, all("ours"), all("theirs")];
})"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "page.html"
    path.write_text(html_of("identity"), encoding="utf-8")
    return path


@pytest.fixture
def core(tab: "Page", file: Path) -> "Page":
    """A page whose functions are called. WebGL may write warnings to its console."""
    tab.goto(file.as_uri())
    tab.evaluate("ready.then(() => null)")
    return tab


@pytest.fixture
def firefox(tmp_path: Path, file: Path) -> Iterator[Firefox]:
    started = Firefox(tmp_path, file)
    yield started
    started.close()


def text_of(kernel: np.ndarray) -> str:
    weights, divisor = on_paper(kernel)
    return "; ".join(" ".join(map(str, row)) for row in weights.tolist()) + f" / {divisor}" * (divisor != 1)


# ---- Results


@pytest.mark.parametrize("border", BORDERS)
def test_text_and_pixels_are_those_of_python(open_page: Open, border: str) -> None:
    """The text at four pixels, and both results at every pixel."""
    number, places = [*BORDERS].index(border), [(0, 0), (25, 16), (12, 0), (3, 9)]
    image, signed = noise(17, 26, *[3] * (number % 2)), number in (1, 2, 4)
    kernels = [*(KERNEL_BANK | OTHERS).items()][number % 2 :: 2]
    runs = [compare(image, kernel, border, signed=signed, name=name) for name, kernel in kernels]
    found = open_page(page_html("photo.png", runs)).evaluate(COMPARED, places)
    for run, (said, ours, theirs) in zip(runs, found, strict=True):
        assert said == [arithmetic_text(run, *place) for place in places]
        assert np.array_equal(ours, run.ours.reshape(17 * 26, -1).T)
        assert np.array_equal(theirs, run.opencv.reshape(17 * 26, -1).T)


TEXTS = [entry["text"] for entry in kernel_texts() if "kernel" in entry]
CASES = [  # the kernel and the border, and if it is flipped and signed
    *((text, [*BORDERS][n % 5], n % 3 == 0, n % 2 == 0) for n, text in enumerate(TEXTS[::5])),
    *((text_of(kernel), "wrap", True, signed) for kernel in OTHERS.values() for signed in (False, True)),
    # Zeros are skipped in front, at the end, in whole columns, and in all of the kernel.
    ("0 0 0 0 0 0 1", "reflect", False, False),
    ("7 0 0 0 0 0 0", "reflect", False, False),
    ("0 0 2; 0 0 4; 0 0 6", "reflect", False, True),
    ("0; 0; 0; 0; 5", "reflect", False, True),
    ("0 0 0", "reflect", False, True),
    ("1e-12 0.5 0 0.5 -1e-12", "replicate", False, False),  # half of the sums are almost ties
    # The largest, a column times a row and none.
    ("np.ones((255, 255)) / 65025", "reflect", False, False),
    ("; ".join(" ".join(map(str, row)) for row in RNG.integers(-9, 10, (255, 9))), "zero", False, False),
]


@pytest.mark.parametrize("engine", ["core", "firefox"])
def test_results_are_exact(request: pytest.FixtureRequest, engine: str) -> None:
    """In every pixel, as are the grey scale of signed responses, and how many exceed the range."""
    results = request.getfixturevalue(engine).evaluate(COMPUTE, CASES)
    for (text, border, turned, signed), (ours, white, clipped, part) in zip(CASES, results, strict=True):
        kernel = flip(parse_kernel(text)) if turned else parse_kernel(text)
        expected = convolve_fast(IMAGE, kernel, border, signed=signed)
        assert np.array_equal(ours, expected), text
        assert signed or np.array_equal(part, expected[::3, 2::3]), text
        assert white == (strong_response(expected) if signed else None)
        weights, divisor = on_paper(kernel)
        padded = pad(IMAGE, kernel.shape[0] // 2, kernel.shape[1] // 2, border)
        windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)
        responses = np.einsum("yxij,ij->yx", windows, weights.astype(float)) / divisor
        low, high = (-32768, 32767) if signed else (0, 255)
        assert clipped == [np.mean(responses < low), np.mean(responses > high)]


def test_kernels_as_on_paper(core: "Page") -> None:
    """Whole numbers over a divisor, and a column times a row, exactly where Python has them so."""
    texts = [
        "0.3333333333333333 0.5 1e-3", "0.1 0.2 0.7", "0.333333333 1 1", "0.14285714285714285 1e5 1",
        "0.14285714285714285 1e4 1", f"{9000 + 1 / 99991} 1 1", "0 0 0", "1/9 2/9 3/9",
        "0 -6 0; 0 -12 0; 0 0 0",
    ]  # fmt: skip
    for _ in range(100):
        divisor = int(10 ** RNG.uniform(0, 6.5))
        texts.append(" ".join(repr(int(weight) / divisor) for weight in RNG.integers(-99, 99, 3)))
    for height, width in np.ndindex(3, 3):
        column, row = (RNG.integers(-3, 4, 2 * side + 1) for side in (height, width))
        texts += [text_of(np.outer(column, row)), text_of(RNG.integers(-1, 2, (3, 3)))]
    read = """(texts) => texts.map((text) => parseKernel(text)).map(({ cells, divisor, split }) =>
        [cells, String(divisor), split && [split.column.map(Number), split.row.map(Number)]])"""
    for text, found in zip(texts, core.evaluate(read, texts), strict=True):
        kernel = parse_kernel(text)
        weights, divisor = on_paper(kernel)
        factors = split(weights) if weights.dtype == object else None
        cells = [str(weight) for weight in weights.ravel().tolist()]
        assert found == [cells, str(divisor), factors and [*map(list, factors)]], text


# ---- Kernels from text


PARSED = """(texts) => texts.map((text) => {
    try {
        const { integers, scale, divisor, columns, hint } = parseKernel(text);
        return [inRows(integers.map((weight) => toFloat(fraction(weight, scale * divisor))), columns), hint];
    } catch (error) {
        if (error.constructor !== Error) throw error;
        return error.message;
    }
})"""
PIECES = [
    "1", "-3", "0.5", "1/9", ".5e-3", "1e999", "1e-310", "3e-320/7", "1/0", "0.1", "nan", "2.5e-324", "1e15",
    *"[[[]]](((){},,,;;\n\n    //**=:-+−#'xé１²\0\r\t\v\f\x1c\x85\xa0\u200b\u2028\u3000\ufeff😀",
    "k = ", "k[3] = ", "np.array(", "np.ones((3,3)", "ones(", "foo", "toString", ", dtype=int", "3x3:",
    "1x1:", " / 16", "/16", "2 * ", " * 0.1", "(1.0 / (7 * 7))", "1 2 1; 2 4 2; 1 2 1", "[[1,2,1]]",
    "[1 2 3\n4 5 6\n7 8 9]",
]  # fmt: skip
NUMBERS = ["7", "-12", ".5", "1e-2", "1/3", "0.123456789", "1e-310", "2.5e-324", "45e4/1e12", "9e-321/7"]


def changed_texts(count: int) -> list[str]:
    """Return texts of the table with other numbers, with pieces put in and taken out, and texts of pieces."""
    rng = random.Random(7)
    texts = []
    for number in range(count):
        text = rng.choice(TEXTS) if number % 4 else ""
        if number % 4 == 1:
            texts.append(re.sub(r"[0-9.]+(?![0-9]*[x:])", lambda _: rng.choice(NUMBERS), text))
            continue
        for _ in range(rng.randrange(1, 3) if text else rng.randrange(1, 9)):
            at = rng.randrange(len(text) + 1)
            text = text[:at] + rng.choice(["", *PIECES]) + text[at + rng.choice([0, 0, 0, 1]) :]
        texts.append(text)
    return texts


def test_texts_mean_what_they_mean_in_python(core: "Page") -> None:
    """The same floats, to the last bit, with the same hint; or they are refused by the same rule."""
    texts, kernels = [entry["text"] for entry in kernel_texts()] + changed_texts(2000), 0
    for text, found in zip(texts, core.evaluate(PARSED, texts), strict=True):
        try:
            assert found == [parse_kernel(text).tolist(), division_hint(text)], text
            kernels += 1
        except ValueError as error:
            refused, rule = (str(one).partition(", got")[0] for one in (error, found))
            assert rule == refused or ("2**52" in refused and "2**52" in rule), text
    assert kernels > 300


# ---- Images


READ = """([data, colour]) => readImage(new File([Uint8Array.from(data)], "own.png"), colour)
    .then(({ planes, ...image }) => ({ ...image, planes: planes.map((plane) => Array.from(plane)) }),
          ({ message }) => message)"""


def read_own(page: "Page", image: np.ndarray, colour: bool) -> Any:
    return page.evaluate(READ, [cv2.imencode(".png", image)[1].tolist(), colour])


def test_transparent_images(core: "Page") -> None:
    """Their colours are those of the file, as cv2.imread drops alpha; or a note says that they may not be."""
    image = noise(40, 53, 4)
    with_webgl = read_own(core, image, True)
    assert with_webgl["note"] == ""
    assert np.array_equal(with_webgl["planes"], image[..., :3].reshape(40 * 53, -1).T)
    core.evaluate("""() => {
        const { getContext } = OffscreenCanvas.prototype;
        OffscreenCanvas.prototype.getContext = function (kind) {
            return kind === "2d" ? getContext.call(this, kind) : null;
        };
    }""")
    without = read_own(core, image, True)
    assert re.search("partly transparent.* they may be off", without["note"])
    opaque = image[..., 3].ravel() == 255
    assert np.array_equal(np.array(without["planes"])[:, opaque], np.array(with_webgl["planes"])[:, opaque])


@pytest.mark.parametrize("noisy", ["at % 40000 === 39998", "at % 4 !== 3 && Math.random() < 1e-4"])
def test_noise_is_noticed(core: "Page", noisy: str) -> None:
    """A browser that resists fingerprinting changes low bits, of a few pixels."""
    core.evaluate(
        """() => {
        const drawn = OffscreenCanvasRenderingContext2D.prototype, read = drawn.getImageData;
        drawn.getImageData = function (...box) {
            const image = read.apply(this, box);
            image.data.forEach((value, at) => { if (NOISY) image.data[at] ^= 1; });
            return image;
        };
    }""".replace("NOISY", noisy)
    )
    said = read_own(core, noise(9, 9, 3), False)
    assert re.fullmatch(r"this browser changes .* protection from fingerprinting", said)
