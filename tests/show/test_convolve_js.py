"""The numbers of convolve.js in real browsers: results, kernels from text, images that are read."""

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from conftest import ROOT, kernel_texts, noise
from pages import IMAGE, Firefox, html_of

from convolutions import convolve, convolve_fast
from filtering.arithmetic import arithmetic_text
from filtering.borders import BORDERS, pad
from filtering.compare import compare, strong_response, tie_tolerance
from filtering.exact import on_paper, split
from filtering.grammar import division_hint, parse_kernel
from filtering.show.pack import packed
from filtering.show.page import SCRIPTS
from kernels import KERNEL_BANK, KERNELS, flip

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

RNG = np.random.default_rng(15)
OTHERS = {  # beside the bank
    "gaussian": KERNELS["gaussian"],
    "decimals": np.array([[0.1, 0.2, 0.7]]),
    "thirds": np.array([[1 / 3], [-2 / 3], [5]]),
    "floats": RNG.normal(0, 1, (5, 3)),
    "tiny": RNG.normal(0, 1e-6, (3, 3)),
    "huge": RNG.normal(0, 1e5, (3, 3)),
    "large": RNG.normal(0, 0.1, (13, 15)),
    "half": np.array([[0.5]]),
    "ties": np.pad([[0.5]], 6),  # through filter2D's Fourier transform, which moves exact halves
}
# Compute a result as the page does: [planes, white, responses below and above the range].
COMPUTE = """async ([packed, size, cases]) => {
    const image = { ...size, name: "photo.png", planes: await unpack(packed, size) };
    return cases.map(([text, border, flip, signed, left = 0, every = 1]) => {
        const job = newJob("kernel", image, parseKernel(text, flip), border, signed), clipped = [0, 0];
        const width = Math.ceil((size.width - left) / every);
        const planes = image.planes.map((_, n) => {
            const result = newPlane(job, width * size.height);
            for (let y = 0; y < size.height; y++) {
                const row = result.subarray(y * width, (y + 1) * width);
                filterRow(job, n, y, row, left, every).forEach((count, side) => (clipped[side] += count));
            }
            return result;
        });
        const white = signed && every === 1 ? signedRange(planes, image) : null;
        return [planes.map((plane) => Array.from(plane)), white, clipped];
    });
}"""
# Return the arithmetic at some pixels, and both results as the page unpacks them.
COMPARED = """async ([packed, size, text, name, border, signed, entry, places, ours, apart]) => {
    const image = { ...size, planes: await unpack(packed, size) };
    const job = newJob(name, image, parseKernel(text), border, signed, entry);
    job.ours = await unpack(ours, size, signed);
    job.apart = await unpack(apart, size, signed);
    const value = (side, n, at) => valueAt(job, side, n, at % size.width, Math.floor(at / size.width));
    const all = (side) => job.ours.map((plane, n) => Array.from(plane, (_, at) => value(side, n, at)));
    return [places.map(([x, y]) => arithmeticText(job, x, y)), all("ours"), all("theirs")];
}"""


def blank(browser: "Browser", folder: Path) -> "Page":
    """Open a page with the scripts that compute, alone."""
    files = [ROOT / "filtering" / "show" / name for name in SCRIPTS[:2]]
    script = "\n".join(file.read_text(encoding="utf-8") for file in files)
    path = folder / "blank.html"
    path.write_text(f'<!DOCTYPE html><meta charset="utf-8"><script>{script}</script>', encoding="utf-8")
    page = browser.new_context(offline=True).new_page()
    page.goto(path.as_uri())
    return page


@pytest.fixture(scope="module")
def core(browser: "Browser", tmp_path_factory: pytest.TempPathFactory) -> Iterator["Page"]:
    page = blank(browser, tmp_path_factory.mktemp("script"))
    yield page
    page.context.close()


@pytest.fixture
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    """Firefox with a whole page, which is ready."""
    started, page = Firefox(tmp_path_factory.mktemp("firefox")), tmp_path_factory.mktemp("page") / "page.html"
    page.write_text(html_of("sobel_x"), encoding="utf-8")
    started.open(page)
    yield started
    started.close()


def size_of(image: np.ndarray) -> dict[str, int]:
    return {"width": image.shape[1], "height": image.shape[0]}


def text_of(kernel: np.ndarray) -> str:
    weights, divisor = on_paper(kernel)
    return "; ".join(" ".join(map(str, row)) for row in weights.tolist()) + f" / {divisor}" * (divisor != 1)


# ---- Results


@pytest.mark.parametrize(
    ("border", "channels", "signed"),
    [("replicate", (), 0), ("reflect", (3,), 1), ("reflect101", (), 1), ("zero", (3,), 0), ("wrap", (), 1)],
)
def test_text_and_pixels_are_those_of_python(
    core: "Page", border: str, channels: tuple[int, ...], signed: int
) -> None:
    """The text at six pixels for each of 15 kernels, 450 in all; both results at every pixel."""
    image = noise(17, 26, *channels, seed=len(border))
    places = [(0, 0), (25, 16), *((int(RNG.integers(26)), int(RNG.integers(17))) for _ in range(4))]
    for name, kernel in (KERNEL_BANK | OTHERS).items():
        comparison = compare(image, kernel, border, signed=bool(signed), name=name)
        results = packed(comparison.ours), packed(comparison.opencv - comparison.ours)
        entry, text = {"tolerance": tie_tolerance(kernel)}, text_of(kernel)
        given = [packed(image), size_of(image), text, name, border, signed, entry, places, *results]
        said, ours, theirs = core.evaluate(COMPARED, given)
        assert said == [arithmetic_text(comparison, *place) for place in places]
        assert np.array_equal(ours, comparison.ours.reshape(17 * 26, -1).T)
        assert np.array_equal(theirs, comparison.opencv.reshape(17 * 26, -1).T)


def random_kernel(number: int) -> str:
    """Whole numbers over a divisor, floats, decimals, fractions, and Python's lists, 1 x 1 to 15 x 15."""
    kh, kw = 2 * RNG.integers(0, 8, 2) + 1
    whole = RNG.integers(-9, 10, (kh, kw)).tolist()
    rows = [
        lambda: ["; ".join(" ".join(map(str, row)) for row in whole) + f" / {RNG.integers(1, 99)}"],
        lambda: [" ".join(map(repr, row)) for row in RNG.normal(0, 1, (kh, kw)).tolist()],
        lambda: [", ".join(f"{weight / 10}" for weight in row) for row in whole],
        lambda: [" ".join(f"{weight}/{RNG.integers(1, 12)}" for weight in row) for row in whole],
        lambda: [str(whole)],
    ]
    return "\n".join(rows[number % len(rows)]())


@pytest.mark.parametrize("engine", ["core", "firefox"])
def test_results_are_exact(request: pytest.FixtureRequest, engine: str) -> None:
    """In every pixel, as are the grey scale of signed responses, and how many exceed the range."""
    cases = [
        (random_kernel(number), [*BORDERS][number // 5 % 5], number % 3 == 0, number % 2 == 0)
        for number in range(40)
    ]
    given = [packed(IMAGE), size_of(IMAGE), cases]
    results = request.getfixturevalue(engine).evaluate(COMPUTE, given)
    for (text, border, turned, signed), (planes, white, clipped) in zip(cases, results, strict=True):
        kernel = flip(parse_kernel(text)) if turned else parse_kernel(text)
        expected = convolve_fast(IMAGE, kernel, border, signed=signed)
        assert np.array_equal(np.array(planes[0]).reshape(30, 40), expected), text
        assert white == (strong_response(expected) if signed else None)
        weights, divisor = on_paper(kernel)
        padded = pad(IMAGE, kernel.shape[0] // 2, kernel.shape[1] // 2, border)
        windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)
        responses = (windows * weights.astype(float)).sum(axis=(2, 3)) / divisor
        low, high = (-32768, 32767) if signed else (0, 255)
        assert clipped == [np.count_nonzero(responses < low), np.count_nonzero(responses > high)]


BOX = "np.ones((255, 255)) / 65025"
FULL = "; ".join(" ".join(map(str, row)) for row in RNG.integers(-9, 10, (255, 255)))


@pytest.mark.parametrize(
    ("texts", "left", "every"),
    [
        # Every third pixel from the second on: in two passes, direct, in floats.
        (["1 2 1; 2 4 2; 1 2 1 / 16", "1 0 2 3 4; 0 0 5 0 1; 9 8 0 0 -7"], 2, 3),
        (["0 0.123456789 0; 1 1 0.3; 0 0 1"], 2, 3),
        # Zeros are skipped in front, at the end, in whole columns, and in all of the kernel.
        (["0 0 0 0 0 0 1", "7 0 0 0 0 0 0", "0 0 2; 0 0 4; 0 0 6"], 0, 1),
        (["0; 0; 0; 0; 5", "0 0 0; 0 0 0; 0 0 0"], 0, 1),
        ([BOX, FULL], 0, 1),  # the largest, a column times a row and none
    ],
)
def test_ways_to_sum(core: "Page", texts: list[str], left: int, every: int) -> None:
    image = noise(9, 32)
    cases = [(text, "reflect", False, True, left, every) for text in texts]
    results = core.evaluate(COMPUTE, [packed(image), size_of(image), cases])
    for text, (planes, _, _) in zip(texts, results, strict=True):
        function = convolve_fast if text in (BOX, FULL) else convolve
        expected = function(image, parse_kernel(text), "reflect", signed=True)[:, left::every]
        assert np.array_equal(np.array(planes[0]).reshape(expected.shape), expected), text


def test_a_column_times_a_row(core: "Page") -> None:
    """As Python splits kernels, and none where the weights are floats."""
    kernels = [
        np.outer(RNG.integers(-3, 4, kh), RNG.integers(-3, 4, kw)) for kh in (1, 3, 5) for kw in (1, 5)
    ]
    kernels += [RNG.integers(-1, 2, (3, 3)) for _ in range(20)]
    kernels += [np.zeros((3, 5), int), np.outer([0, 2, 4], [-3, 0, 0]), np.outer([1, 2, 1], [1, 0, -4])]
    read = """(texts) => texts.map((text) => parseKernel(text).split).map((split) =>
        split && [split.column.map(Number), split.row.map(Number)])"""
    for kernel, found in zip(kernels, core.evaluate(read, list(map(text_of, kernels))), strict=True):
        expected = split(kernel.astype(object))
        assert found == (expected and [*map(list, expected)]), kernel
    assert core.evaluate(read, ["0.123456789 1 2", "1/9 2/9 3/9"]) == [None, [[1], [1, 2, 3]]]


def test_floats_that_are_fractions(core: "Page") -> None:
    """A kernel is whole numbers over a divisor exactly where Python writes it so."""
    texts = [
        "0.3333333333333333 0.5 1e-3", "0.1 0.2 0.7", "0.333333333 1 1", "0.14285714285714285 1e5 1",
        "0.14285714285714285 1e4 1", "0 0 0", f"{9000 + 1 / 99991} 1 1",
    ]  # fmt: skip
    for _ in range(100):
        divisor = int(10 ** RNG.uniform(0, 6.5))
        texts.append(" ".join(repr(int(weight) / divisor) for weight in RNG.integers(-99, 99, 3)))
    read = "(texts) => texts.map((text) => parseKernel(text)).map((one) => [one.cells, `${one.divisor}`])"
    for text, (cells, divisor) in zip(texts, core.evaluate(read, texts), strict=True):
        weights, expected = on_paper(parse_kernel(text))
        assert divisor == str(expected), text
        floats = [repr(float(word)) for word in text.split()]
        assert cells == (list(map(str, weights.ravel())) if weights.dtype == object else floats)


def test_float_noise_next_to_a_half(core: "Page") -> None:
    """Tenths over pixels add up to a half only nearly: such sums are taken exactly, and the half is even."""
    pixels = [(p, q, 0) for p in range(250) for q in range(0, 250, 9) if (p + 2 * q) % 10 == 5]
    image, text = np.array(pixels, np.uint8), "0.1 0.2 0.7123456789"  # no divisor up to a million
    expected = convolve(image, parse_kernel(text))
    in_floats = np.rint((image * parse_kernel(text)).sum(axis=1))
    assert np.count_nonzero(in_floats != expected[:, 1]) > 10
    given = [packed(image), size_of(image), [[text, "replicate", False, False]]]
    ((planes, _, _),) = core.evaluate(COMPUTE, given)
    assert np.array_equal(np.array(planes[0]).reshape(image.shape), expected)


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
NUMBERS = [
    "7", "-12", ".5", "1e-2", "1/3", "0.1", "0.123456789", "1e-310", "2.5e-324", "45e4/1e12", "9e-321/7"
]  # fmt: skip


def changed_texts(count: int) -> list[str]:
    """Return texts of the table with other numbers, with pieces put in and taken out, and texts of pieces."""
    rng = random.Random(7)
    known = [entry["text"] for entry in kernel_texts() if "kernel" in entry]
    texts = []
    for number in range(count):
        text = rng.choice(known) if number % 4 else ""
        if number % 4 == 1:
            texts.append(re.sub(r"[0-9.]+(?![0-9]*[x:])", lambda _: rng.choice(NUMBERS), text))
            continue
        for _ in range(rng.randrange(1, 3) if text else rng.randrange(1, 9)):
            at = rng.randrange(len(text) + 1)
            text = text[:at] + rng.choice(["", *PIECES]) + text[at + rng.choice([0, 0, 0, 1]) :]
        texts.append(text)
    return texts


def test_the_table_of_texts(core: "Page") -> None:
    """Every text means its kernel, to the last bit, or is refused by its rule, as by Python."""
    entries = kernel_texts()
    for entry, found in zip(entries, core.evaluate(PARSED, [one["text"] for one in entries]), strict=True):
        assert found[0] == entry["kernel"] if "kernel" in entry else entry["refused"] in str(found), entry


def test_changed_texts(core: "Page") -> None:
    """Page and Python read the same of 2000 texts, as the same floats with the same hint."""
    texts, kernels = changed_texts(2000), 0
    for text, found in zip(texts, core.evaluate(PARSED, texts), strict=True):
        try:
            assert found == [parse_kernel(text).tolist(), division_hint(text)], text
            kernels += 1
        except ValueError as error:
            refused = str(error).partition(", got")[0]
            assert "2**52" in refused or str(found).partition(", got")[0] == refused, text
    assert kernels > 300


# ---- Images


READ = """([data, colour]) => readImage(new File([Uint8Array.from(data)], "own.png"), colour)
    .then(({ planes, ...image }) => ({ ...image, planes: planes.map((plane) => Array.from(plane)) }),
          ({ message }) => message)"""


def read_own(page: "Page", image: np.ndarray, colour: bool) -> Any:
    return page.evaluate(READ, [cv2.imencode(".png", image)[1].tolist(), colour])


def test_packed_images_are_unpacked(core: "Page") -> None:
    read = "([text, size, signed]) => unpack(text, size, signed).then((all) => all.map((one) => [...one]))"
    for image in (noise(7, 5), noise(1, 9, 3), noise(6, 4).astype(np.int16) * 99 - 9999):
        planes = core.evaluate(read, [packed(image), size_of(image), image.dtype == np.int16])
        assert np.array_equal(planes, image.reshape(image.shape[0] * image.shape[1], -1).T)


@pytest.fixture
def changed(browser: "Browser", tmp_path: Path) -> Iterator[Callable[[str], "Page"]]:
    """A browser in which a script has changed something."""
    page = blank(browser, tmp_path)
    yield lambda script: page.evaluate(script) or page
    page.context.close()


def test_transparent_images(core: "Page", changed: Callable[[str], "Page"]) -> None:
    """Their colours are those of the file, as cv2.imread drops alpha; or a note says that they may not be."""
    image = noise(40, 53, 4)
    with_webgl = read_own(core, image, True)
    assert with_webgl["note"] == ""
    assert np.array_equal(with_webgl["planes"], image[..., :3].reshape(40 * 53, -1).T)
    page = changed("""() => {
        const { getContext } = OffscreenCanvas.prototype;
        OffscreenCanvas.prototype.getContext = function (kind) {
            return kind === "2d" ? getContext.call(this, kind) : null;
        };
    }""")
    without = read_own(page, image, True)
    assert "partly transparent" in without["note"]
    assert "they may be off" in without["note"]
    opaque = image[..., 3].ravel() == 255
    assert np.array_equal(np.array(without["planes"])[:, opaque], np.array(with_webgl["planes"])[:, opaque])


@pytest.mark.parametrize("noisy", ["at % 40000 === 39998", "at % 4 !== 3 && Math.random() < 1e-4"])
def test_noise_is_noticed(changed: Callable[[str], "Page"], noisy: str) -> None:
    """A browser that resists fingerprinting changes low bits, of a few pixels."""
    change = """() => {
        const drawn = OffscreenCanvasRenderingContext2D.prototype, read = drawn.getImageData;
        drawn.getImageData = function (...box) {
            const image = read.apply(this, box);
            image.data.forEach((value, at) => { if (NOISY) image.data[at] ^= 1; });
            return image;
        };
    }"""
    said = read_own(changed(change.replace("NOISY", noisy)), noise(9, 9, 3), False)
    assert re.fullmatch(r"this browser changes .* protection from fingerprinting", said)
