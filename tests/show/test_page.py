"""The page, in a real Chromium without a network: what a visitor sees and does."""

import functools
import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from conftest import ROOT, Script, noise
from pages import Open, drop, html_of, result_of, run_of, settle, wait_until, what_if
from test_convolve_js import random_kernel

from convolutions import convolve, convolve_fast, main
from filtering.arithmetic import arithmetic_text
from filtering.compare import compare
from filtering.files import read_image
from filtering.grammar import parse_kernel
from filtering.show.page import FULL_PIXELS, page_html
from filtering.show.save import Saver
from kernels import ABOUT, KERNEL_BANK, KERNELS, flip

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route


@pytest.fixture
def sobel(open_page: Open) -> "Page":
    """A page of 40 x 30 pixels, each about nine screen pixels large, and two kernels."""
    kernels = {name: KERNELS[name] for name in ("sobel_x", "small_blur")}
    return open_page(html_of(run_of(noise(30, 40), kernels)))


def point(page: "Page", x: int, y: int, panel: int = 0) -> tuple[float, float]:
    """Return the place of a pixel on the screen."""
    place: list[float] = page.evaluate(
        """([x, y, n]) => {
            const { canvas, left, upper, scale } = panels[n], box = canvas.getBoundingClientRect();
            return [box.left + (left + (x + 0.5) * scale) / devicePixelRatio,
                    box.top + (upper + (y + 0.5) * scale) / devicePixelRatio];
        }""",
        [x, y, panel],
    )
    return place[0], place[1]


def shown(page: "Page") -> str:
    settle(page)
    return page.inner_text("#place")


def pin(page: "Page") -> str:
    settle(page)
    return page.inner_text("#pin")


def large(coffee: np.ndarray, width: int, height: int) -> np.ndarray:
    """A photo with noise in its lowest two bits."""
    enlarged: np.ndarray = cv2.resize(coffee, (width, height)).astype(np.uint8)
    return np.asarray(enlarged ^ (noise(height, width) & 3))


# ---- The first view


def test_the_first_view(open_page: Open) -> None:
    """Sharpen at the pixel that it changes most, one sentence above the panels, and nothing of a lesson."""
    comparisons = run_of(noise(30, 40), KERNEL_BANK)
    page = open_page(html_of(comparisons))
    sharpen = comparisons[2]
    assert page.inner_text("#text").startswith("sharpen at {},{}\n".format(*sharpen.spot))
    assert pin(page) == "largest change"
    rule = "Each pixel on the right is the window on the left, multiplied by the kernel and added up."
    assert page.inner_text("#rule") == rule
    heights = """["#rule", "figure canvas", "#window", "#about"]
        .map((part) => document.querySelector(part).getBoundingClientRect().top)"""
    tops = page.evaluate(heights)
    assert tops == sorted(tops)
    assert tops[-1] < 768
    assert page.inner_text("#about") == ABOUT["sharpen"]
    for hidden in ("details p", "#quiz", "#back", "#error", "#waiting"):
        assert not page.is_visible(hidden)
    page.click("summary")
    said = page.inner_text("details p")
    assert all(word in said for word in ("kernel", "window", "border", "saturates", "tie"))
    assert said.count(". ") + said.endswith(".") == 6
    page.click("summary")


def test_the_kernel_that_the_page_opens_at(open_page: Open) -> None:
    """Without sharpen one of 3 x 3 with signs, else the first; the pixel of --at is kept."""
    image = noise(9, 9)
    for names, opened in [
        (["small_blur", "sobel_x", "laplacian"], "sobel_x"),
        (["large_blur", "identity"], "large_blur"),
        (["laplacian", "sharpen"], "sharpen"),
    ]:
        comparisons = run_of(image, {name: KERNELS[name] for name in names})
        page = open_page(page_html("photo.png", comparisons, (3, 4)))
        assert page.inner_text("#text").startswith(f"{opened} at 3,4\n")
        assert pin(page) == "pinned"


def answer(html: str, headers: dict[str, str], route: "Route") -> None:
    route.fulfill(body=html, headers=headers)


def test_a_host_that_forbids_scripts(browser: "Browser", tmp_path: Path) -> None:
    """A page under the site's own policy says so, instead of empty boxes."""
    html = html_of(run_of(noise(9, 9), {"sharpen": KERNELS["sharpen"]}))
    for script in ("none", "self"):
        page = browser.new_page()
        policy = {"content-type": "text/html", "content-security-policy": f"script-src '{script}'"}
        page.route("**/*", functools.partial(answer, html, policy))
        page.goto("http://site.example/photo.html")
        assert "the site that the page comes from forbids them" in page.inner_text("#waiting")
        assert not page.is_visible("#app")
        assert page.locator("body :visible").count() == 1
        page.close()


# ---- The command line and the link


def test_the_command_line_does_the_same(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the path as it was given."""
    monkeypatch.chdir(tmp_path)
    Path("my photos").mkdir()
    path = str(Path("my photos") / "photo.png")
    cv2.imwrite(path, noise(30, 40))
    page = open_page(page_html(path, run_of(noise(30, 40), {"sobel_x": KERNELS["sobel_x"]})))
    assert page.inner_text("h1") == "photo.png"
    cases = [
        ("1 2 1; 0 1/3 0; -1 -2 -1 / 4", "matrix"),
        ("-5", "matrix"),
        ("-1 0 1\n-2 0 2\n-1 0 1", "sobel_x"),
    ]
    for text, name in cases:
        result = what_if(page, text, border="wrap", flip=True)
        words = shlex.split(page.inner_text("#command"))
        assert words[:4] == ["python", "convolutions.py", "--image", path]
        assert "--flip" in words
        assert main([*words[2:], "--no-window", "-o", "out"]) == 0
        saved = read_image(f"out/photo_{name}.png")[0][..., 0]
        assert np.array_equal(saved, result)


def test_copy(sobel: "Page") -> None:
    sobel.context.grant_permissions(["clipboard-read", "clipboard-write"])
    command = "python convolutions.py --image photo.png --kernel sobel_x"
    for button, label in (("#copy", "Copy this command line"), ("#link", "Copy link")):
        assert sobel.inner_text(button) == label
        sobel.click(button)
        wait_until(sobel, f"$('{button[1:]}').textContent === 'Copied'")
        copied = sobel.evaluate("navigator.clipboard.readText()")
        assert copied == (command if button == "#copy" else sobel.url)
        wait_until(sobel, f"$('{button[1:]}').textContent === '{label}'")
    assert "#kernel=sobel_x&" in copied


def test_a_link_brings_the_same_view(sobel: "Page") -> None:
    """Kernel, border, flip, signed, pixel and zoom, in another tab and after a reload."""
    read = "[job.kernel.cells.join(), job.border, state.flip, state.signed, state.x, state.y, state.zoom]"
    sobel.fill("#kernel", "0 1 2\n3 4 5\n6 7 -8 / 9")
    sobel.select_option("#border", "wrap")
    sobel.check("#flip")
    sobel.check("#signed")
    sobel.mouse.click(*point(sobel, 21, 9))
    for _ in range(3):
        sobel.keyboard.press("+")
    wait_until(sobel, "location.hash.includes('zoom=3.38')")
    settle(sobel)
    view = sobel.evaluate(read)
    assert view[:6] == ["-8,7,6,5,4,3,2,1,0", "wrap", True, True, 21, 9]
    sobel.reload()
    sobel.evaluate("ready.then(() => null)")
    assert sobel.evaluate(read) == [*view[:6], 3.38]
    assert pin(sobel) == "pinned"
    sobel.evaluate("location.hash = '#kernel=small_blur&border=zero&x=2&y=30000'")
    wait_until(sobel, "state.y === 29")
    assert sobel.evaluate("[nameOf(job.kernel, state.flip), job.border]") == ["small_blur", "zero"]


def test_a_link_that_makes_no_sense(sobel: "Page") -> None:
    before = sobel.evaluate("({ ...state, image: null })")
    for link in ("#", "#border=none&x=-1&y=a&zoom=0", "#kernel=", "#%ff", "#x=1", "#__proto__=1&zoom=no"):
        sobel.evaluate("(link) => (location.hash = link)", link)
        settle(sobel)
        assert sobel.evaluate("({ ...state, image: null })") == before, link
    for name in ("constructor", "1 2"):
        sobel.evaluate("(name) => (location.hash = `#kernel=${name}`)", name)
        sobel.wait_for_selector("#error:visible")
    assert sobel.inner_text("#error").startswith("a kernel needs odd sides, got 1 x 2")


# ---- Weights of one's own


def test_a_weight_is_dragged(sobel: "Page") -> None:
    """A step for every eight pixels, ten with Shift; the result follows."""
    field = sobel.locator("#square input").nth(5)
    box = field.bounding_box()
    assert box is not None
    x, y = box["x"] + 9, box["y"] + 9
    sobel.mouse.move(x, y)
    sobel.mouse.down()
    for moved, weight in [(3, 2), (16, 4), (24, 5), (-24, -1)]:
        sobel.mouse.move(x + moved, y)
        assert (field.input_value(), sobel.input_value("#kernel").split()[5]) == (f"{weight}", f"{weight}")
        kernel = parse_kernel(f"-1 0 1; -2 0 {weight}; -1 0 1")
        assert np.array_equal(result_of(sobel), convolve(noise(30, 40), kernel))
    sobel.keyboard.down("Shift")
    sobel.mouse.move(x + 8, y)
    assert field.input_value() == "12"
    sobel.keyboard.up("Shift")
    sobel.mouse.move(x, y)
    sobel.mouse.up()
    assert not sobel.is_visible("#back")
    assert sobel.evaluate("document.activeElement.tagName") == "BODY"


def test_weights_by_keys(sobel: "Page") -> None:
    """Tab goes from weight to weight, Up and Down change it by its last decimal."""
    fields = sobel.locator("#square input")
    fields.first.focus()
    for tap in range(9):
        here = sobel.evaluate("document.activeElement.ariaLabel")
        assert here == f"weight in row {tap // 3 + 1}, column {tap % 3 + 1}"
        sobel.keyboard.press("Tab")
    fields.nth(4).click()
    for key, weight in [("ArrowUp", "1"), ("Shift+ArrowDown", "-9"), ("ArrowUp", "-8")]:
        sobel.keyboard.press(key)
        assert fields.nth(4).input_value() == weight
        assert sobel.input_value("#kernel").split()[4] == weight
    fields.nth(4).fill("0.25")
    sobel.keyboard.press("ArrowDown")
    assert fields.nth(4).input_value() == "0.24"
    fields.nth(4).fill("1/2")
    assert sobel.input_value("#kernel") == " -1   0   1\n -2 1/2   2\n -1   0   1"
    kernel = parse_kernel("-1 0 1; -2 1/2 2; -1 0 1")
    assert np.array_equal(result_of(sobel), convolve(noise(30, 40), kernel))
    assert sobel.inner_text("#text").startswith("kernel at ")


def test_the_divisor_stays_while_weights_are_edited(sobel: "Page") -> None:
    """Also where weights and divisor have a common factor; numbers and products are those of the square."""
    sobel.fill("#kernel", "1 2 1; 2 4 2; 1 2 1 / 16")
    sobel.mouse.click(*point(sobel, 7, 7))
    fields = sobel.locator("#square input")
    for tap in (0, 2, 6, 8):
        fields.nth(tap).focus()
        sobel.keyboard.press("ArrowUp")
    sobel.keyboard.press("Escape")
    settle(sobel)
    assert [field.input_value() for field in fields.all()] == ["2"] * 4 + ["4"] + ["2"] * 4
    assert sobel.inner_text("#square p") == "kernel 3 x 3 / 16"
    assert sobel.inner_text("#sum").split()[2:4] == ["/", "16"]
    window = [int(text) for text in sobel.locator("#window td").all_inner_texts()]
    products = [int(text) for text in sobel.locator("#products td").all_inner_texts()]
    assert products == [
        weight * pixel for weight, pixel in zip([2, 2, 2, 2, 4, 2, 2, 2, 2], window, strict=True)
    ]
    assert int(sobel.inner_text("#sum").split()[1]) == sum(products)
    sobel.fill("#kernel", "2 2 2; 2 4 2; 2 2 2 / 16")
    settle(sobel)
    assert sobel.inner_text("#square p") == "kernel 3 x 3 / 8"


def test_what_is_no_kernel(sobel: "Page") -> None:
    """The rule is told after a pause, nothing dims, and nothing can be taken for the wrong kernel's."""
    sobel.clock.install()
    for text in ("", "1 2", "1 2 3; 4 5", "1 x 3", "1 2 3 / 0", "1/0", "1e30", "[[1, 2, 3], [4]]", "5 /"):
        sobel.fill("#kernel", text)
        sobel.clock.run_for(500)
        assert not sobel.is_visible("#error")
        sobel.clock.run_for(500)
        assert re.search("^a \\w+ needs .*The images show the kernel before.$", sobel.inner_text("#error"))
        assert (sobel.is_disabled("#copy"), sobel.inner_text("#command")) == (True, "")
        assert sobel.evaluate("Number(getComputedStyle($('panels')).opacity)") == 1
        assert sobel.evaluate("job.name") == "sobel_x"
        sobel.fill("#kernel", "1 2 3")
        assert not sobel.is_visible("#error")
        assert sobel.inner_text("#command").endswith('--kernel "1 2 3"')
        sobel.fill("#kernel", "-1 0 1; -2 0 2; -1 0 1")


def test_the_reason_of_a_pixel_goes_with_its_kernel(sobel: "Page") -> None:
    """A change of the kernel or the settings leaves the pixel, but not the word for why it was chosen."""
    steps: list[Callable[[], Any]] = [
        lambda: sobel.fill("#kernel", "1 2 3"),
        lambda: sobel.select_option("#border", "wrap"),
        lambda: sobel.click("#again"),
    ]
    for step in steps:
        sobel.click("#back") if sobel.is_visible("#back") else None
        assert pin(sobel) == "strongest response"
        place = sobel.inner_text("#place")
        step()
        settle(sobel)
        assert (pin(sobel), sobel.inner_text("#place")) == ("", place)


def test_presets_and_back(sobel: "Page") -> None:
    """Settings of the run bring its comparison back."""
    for name in KERNELS:
        sobel.select_option("#preset", label=name)
        assert sobel.is_visible("#back") == (name not in ("sobel_x", "small_blur"))
        assert np.array_equal(result_of(sobel), convolve(noise(30, 40), KERNELS[name]))
        assert sobel.inner_text("#command").endswith(f"--kernel {name}")
        assert sobel.inner_text("#about") == ABOUT[name]
    sobel.fill("#kernel", "5")
    assert sobel.inner_text("#about") == ""
    sobel.click("#back")
    assert sobel.evaluate("job === run.kernels[0].job")
    sobel.click("text=small_blur")
    assert sobel.locator("[aria-current=true]").all_inner_texts() == ["small_blur"]


def test_large_kernels(sobel: "Page") -> None:
    """Up to 255 a side, drawn, a pixel for each weight."""
    weights = np.random.default_rng(3).integers(-9, 10, (11, 255))
    text = "; ".join(" ".join(map(str, row)) for row in weights.tolist()) + " / 99"
    result = what_if(sobel, text)
    assert np.array_equal(result, convolve_fast(noise(30, 40), weights / 99))
    settle(sobel)
    assert sobel.inner_text("#square p") == "kernel 11 x 255 / 99"
    assert sobel.inner_text("#window p") == "window, its middle 7 x 7"
    read = """(() => {
        const canvas = document.querySelector("#square canvas"), { width, height } = canvas;
        const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
        const sign = (_, at) => Math.sign(data[4 * at] - data[4 * at + 2]);
        return [width, height, Array.from({ length: width * height }, sign)];
    })()"""
    width, height, signs = sobel.evaluate(read)
    assert (width, height) == (255, 11)
    assert np.array_equal(signs, np.sign(weights).ravel())


@pytest.mark.parametrize("signed", [False, True])
def test_what_if_is_exact(sobel: "Page", signed: bool) -> None:
    """Every pixel, and the text at one, of kernels that are typed into the form."""
    image, borders = noise(30, 40), sobel.locator("#border option").all_inner_texts()
    sobel.set_checked("#signed", signed)
    for number in range(10):
        text, border = random_kernel(number), borders[number % 5]
        sobel.set_checked("#flip", number % 3 == 0)
        sobel.select_option("#border", border)
        sobel.fill("#kernel", text)
        kernel = flip(parse_kernel(text)) if number % 3 == 0 else parse_kernel(text)
        comparison = compare(image, kernel, border, signed=signed, name="kernel")
        assert np.array_equal(result_of(sobel), comparison.ours), text
        settle(sobel)
        x, y = map(int, sobel.inner_text("#place").split(","))
        *lines, last = arithmetic_text(comparison, x, y).splitlines()
        result = comparison.ours[y, x]
        assert last.startswith(f"  convolve {result}, ")
        shown = [*lines, f"  computed in your browser: {result}"]
        assert sobel.inner_text("#text").splitlines()[1:] == shown[1:], text


# ---- Kernels in words


def facts_of(page: "Page") -> str:
    settle(page)
    return page.inner_text("#note")


SAID = {  # of a kernel, and what is not
    "1 1 1; 1 1 1; 1 1 1": (["up to 9: flat areas become 9 times as bright", "divide by 9"], ["show them"]),
    "0 1 0; 0 -1 0; 0 0 0": (["up to 0: flat areas become 0, black", "show them"], ["divide", "above"]),
    "0 0 0; 0 1 0; 0 0 0": (["up to 1: flat areas keep their brightness"], ["% of the sums", "times as"]),
    "0 1 -3": (["up to -2: flat areas become negative"], ["bright", "divide"]),
    "0.25 0 0": (["up to 0.25: flat areas become 0.25 times as bright"], ["divide", "% of the sums"]),
    "1 2 1; 2 4 2; 1 2 1 / 16": (
        ["changes nothing", "column (1 2 1) times the row (1 2 1), / 16."],
        ["cannot"],
    ),
    "-1 0 1; -2 0 2; -1 0 1": (["its sign", "column (1 2 1) times the row (-1 0 1)."], ["cannot"]),
    "1 2 3; 4 5 6; 7 8 9": (["gives another kernel", "It cannot be split into"], ["nothing"]),
    "0.3333333 0.3333333 0.1; 0.3333333 0.3333333 0.1; 0 0 0": (["gives another kernel."], ["column"]),
    "1 2 3": (["Flipping it gives another kernel"], ["column"]),
    "1 2 1; 2 4 2; 1 2 1/16": (["Mind that only the last weight is divided"], []),
}


def test_what_is_said_of_a_kernel(sobel: "Page") -> None:
    for text, (said, unsaid) in SAID.items():
        what_if(sobel, text)
        words = facts_of(sobel)
        assert [part for part in said if part not in words] == [], text
        assert [part for part in unsaid if part in words] == [], text


@pytest.mark.parametrize("signed", [False, True])
def test_shares_that_are_cut_off(sobel: "Page", signed: bool) -> None:
    """Counted before rounding; of the run's kernels they are Python's, and the same."""
    image = noise(30, 40)
    for text in ("-1 0 1; -2 0 2; -1 0 1", "1 1 1; 1 1 1; 1 1 1", "300 -299 3", "0.5 0.25 -0.125", "0 1 0"):
        what_if(sobel, text, signed=signed)
        comparison = compare(image, parse_kernel(text), signed=signed)
        low, high = comparison.clipped_low, comparison.clipped_high
        assert sobel.evaluate("job.clipped") == pytest.approx([low, high], abs=1e-12)
        words = facts_of(sobel)
        limits = (-32768, 32767) if signed else (0, 255)
        for share, limit, side in zip((low, high), limits, ("below", "above"), strict=True):
            assert (f" % of the sums are {side} {limit} and became {limit}" in words) == (share > 0)
            if 0.01 <= share <= 0.99:
                assert f"{int(100 * share + 0.5)} % of the sums are {side}" in words


def test_buttons_in_the_words(sobel: "Page") -> None:
    sobel.fill("#kernel", "1 1 1; 1 1 1; 1 0 1 / 2")
    sobel.check("#flip")
    sobel.click("text=divide by 4")
    assert sobel.input_value("#kernel") == "1 1 1\n1 1 1\n1 0 1 / 8"
    assert "times as bright" not in facts_of(sobel)
    sobel.uncheck("#flip")
    sobel.select_option("#preset", label="sobel_x")
    sobel.click("text=show them")
    assert sobel.is_checked("#signed")
    result_of(sobel)
    assert re.search("Grey means 0, white [0-9]+ or more", facts_of(sobel))
    assert "show them" not in facts_of(sobel)
    sobel.uncheck("#signed")
    assert not sobel.is_visible("#back")


# ---- An image of one's own


def test_ones_own_image_stays(sobel: "Page") -> None:
    """Through kernels of the list and the form; it starts at its middle, in gray as OpenCV makes it."""
    colour = noise(60, 70, 3)
    drop(sobel, colour, "it's mine.png")
    gray = cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY)
    assert sobel.evaluate("[state.image.width, state.image.height]") == [70, 60]
    assert np.array_equal(sobel.evaluate("Array.from(state.image.planes[0])"), gray.ravel())
    assert (shown(sobel), sobel.inner_text("#rate")) == ("35,30", "13 pixels a second")
    assert (
        sobel.inner_text("#heading")
        == "70 x 60 pixels, border replicate, computed in your browser, not compared"
    )
    for name in ("small_blur", "sobel_x"):
        sobel.click(f"#rows >> text={name}")
        assert sobel.inner_text("h1") == "it's mine.png"
        assert shlex.split(sobel.inner_text("#command"))[3] == "it's mine.png"
        assert np.array_equal(result_of(sobel), convolve(gray, KERNELS[name]))
        assert sobel.locator("[aria-current=true]").all_inner_texts() == [name]
        assert not sobel.is_visible(".verdict")  # which is of the run's image
        assert sobel.locator("figcaption").first.inner_text().startswith("image")
    sobel.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sobel.click("#link")
    wait_until(sobel, "$('link').textContent === 'Copied, but not the image'")
    sobel.click("#back")
    assert sobel.is_visible(".verdict")
    assert sobel.evaluate("state.image === original && job === run.kernels[0].job")
    assert (sobel.inner_text("h1"), sobel.inner_text("#rate")) == ("photo.png", "6 pixels a second")
    assert sobel.is_visible("#summary")


def test_on_a_colour_page_it_stays_in_colour(open_page: Open) -> None:
    page = open_page(html_of(run_of(noise(20, 30, 3), {"sharpen": KERNELS["sharpen"]})))
    colour = noise(25, 35, 3, seed=4)
    drop(page, colour, "mine.png")
    planes = page.evaluate("state.image.planes.map((plane) => Array.from(plane))")
    assert np.array_equal(planes, colour.reshape(-1, 3).T)
    assert page.inner_text("#command").endswith(" --kernel sharpen --color")


def test_no_image_is_dropped(sobel: "Page") -> None:
    sobel.set_input_files("#file", {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no image"})
    sobel.wait_for_selector("#unread:visible")
    assert sobel.inner_text("#unread") == "cannot read notes.txt: not an image that this browser knows"


# ---- For a lesson


def test_kernels_one_after_the_other(sobel: "Page", tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The result becomes the image, and the command lines do the same."""
    sobel.fill("#kernel", "1 2 1 / 4")
    sobel.click("#again")
    sobel.fill("#kernel", "1; 2; 1 / 4")
    sobel.click("#again")
    sobel.select_option("#preset", label="sharpen")
    first = convolve(noise(30, 40), parse_kernel("1 2 1 / 4"))
    second = convolve(first, parse_kernel("1; 2; 1 / 4"))
    assert np.array_equal(sobel.evaluate("Array.from(state.image.planes[0])"), second.ravel())
    result = result_of(sobel)
    assert np.array_equal(result, convolve(second, KERNELS["sharpen"]))
    assert sobel.inner_text("h1") == "photo.png after kernel after kernel"
    monkeypatch.chdir(tmp_path)
    cv2.imwrite("photo.png", noise(30, 40))
    commands = sobel.inner_text("#command").splitlines()
    for command in commands:
        assert main([*shlex.split(command)[2:], "--no-window", "-o", "output"]) == 0
    saved = read_image("output/photo_matrix_matrix_sharpen.png")[0][..., 0]
    assert (len(commands), np.array_equal(saved, result)) == (3, True)
    sobel.check("#signed")
    assert sobel.is_disabled("#again")
    sobel.click("#back")
    assert sobel.evaluate("state.image === original")


def test_predict(sobel: "Page") -> None:
    """Nothing on the screen tells the sum before it is asked for."""
    sobel.mouse.move(*point(sobel, 20, 11))
    sobel.click("#predict")
    settle(sobel)
    told = ["#products table", "#near table", "#sum", "#text", "figure:nth-child(2) b"]
    assert [part for part in told if sobel.is_visible(part)] == []
    assert sobel.is_visible("#window table")
    sobel.keyboard.press("ArrowRight")
    settle(sobel)
    assert [part for part in told if sobel.is_visible(part)] == []
    assert sobel.text_content("#live") == f"21,11: original {noise(30, 40)[11, 21]}"
    assert sobel.inner_text("#predict") == "Show the sum"
    sobel.fill("#number", "100")
    sobel.click("#predict")
    settle(sobel)
    assert sobel.inner_text("#told") == f"At 21,11 you said 100, it is {result_of(sobel)[11, 21]}."
    assert [part for part in told if not sobel.is_visible(part)] == []
    assert (shown(sobel), pin(sobel)) == ("21,11", "pinned")


@pytest.mark.parametrize("names", [["sobel_x", "small_blur"], [*KERNEL_BANK], ["identity"]])
def test_quiz(open_page: Open, names: list[str]) -> None:
    """Four answers, one of them right; nothing else on the page, nor the link, tells it before."""
    page = open_page(html_of(run_of(noise(30, 40), {name: KERNELS[name] for name in names})))
    for asked in range(4):
        page.click("#another" if asked else "#ask")
        settle(page)
        answers = page.locator("#answers button").all_inner_texts()
        right = page.evaluate("job.name")
        assert len(set(answers)) == 4
        assert right in set(answers) & set(names)
        assert set(answers) >= set(names) or len(names) > 4
        words = page.locator("body").inner_text().replace("\n".join(answers), "")
        assert not any(name in words for name in KERNELS)
        assert page.locator("canvas:visible").count() == 2
        assert right not in page.url
        answer = right if asked % 2 else next(name for name in answers if name != right)
        page.click(f"#answers >> text='{answer}'")
        verdict = "Right" if asked % 2 else f"No, not {answer}"
        assert page.inner_text("#question") == f"{verdict}: it is {right}."
        assert page.inner_text("#text").startswith(f"{right} at ")
        assert page.inner_text("#about") == ABOUT[right]
    page.click("#leave")
    assert not page.is_visible("#quiz")
    wait_until(page, f"location.hash.startsWith('#kernel={right}&')")


def test_the_quiz_offers_no_second_name_of_the_right_kernel(open_page: Open) -> None:
    page = open_page(html_of(run_of(noise(9, 9), {"mine": KERNELS["sharpen"]})))
    for _ in range(30):
        page.evaluate("askQuiz()")
        names = page.evaluate("state.quiz.names")
        assert ("mine" in names, "sharpen" in names) == (True, False)


# ---- What a visitor does


def test_hover_click_and_keys(sobel: "Page") -> None:
    for panel in range(2):
        sobel.mouse.move(*point(sobel, 7 + panel, 11, panel))
        assert shown(sobel) == f"{7 + panel},11"
        assert sobel.inner_text("#text").startswith(f"sobel_x at {7 + panel},11\n")
    widths = [sobel.locator(f"#{grid} table").bounding_box() for grid in ("window", "square", "products")]
    assert len({box["width"] for box in widths if box}) == 1
    sobel.mouse.click(*point(sobel, 39, 29))
    sobel.mouse.move(*point(sobel, 3, 3))
    assert (shown(sobel), pin(sobel)) == ("39,29", "pinned")
    for key, place in [("ArrowRight", "39,29"), ("ArrowLeft", "38,29"), ("Shift+ArrowUp", "38,19")]:
        sobel.keyboard.press(key)
        assert shown(sobel) == place
    sobel.click("text=small_blur")
    assert shown(sobel) == "38,19"
    assert sobel.inner_text("#text").startswith("small_blur at 38,19\n")
    sobel.keyboard.press("Escape")
    sobel.mouse.move(*point(sobel, 3, 3))
    assert shown(sobel) == "3,3"


def test_keys_after_the_slider(sobel: "Page") -> None:
    sobel.mouse.click(*point(sobel, 5, 5))
    sobel.click("#speed")
    sobel.keyboard.press("ArrowRight")
    assert shown(sobel) == "6,5"
    sobel.focus("#kernel")
    sobel.keyboard.press("Escape")
    assert (shown(sobel), pin(sobel)) == ("6,5", "")


def test_touch(open_page: Open) -> None:
    options = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    page = open_page(
        html_of(run_of(noise(30, 40), {"sobel_x": KERNELS["sobel_x"]})), device_scale_factor=3, **options
    )
    before = shown(page)
    (x, y), finger = point(page, 12, 5), page.context.new_cdp_session(page)
    for event, moved in [("touchStart", 0), *(("touchMove", by) for by in range(5, 80, 5)), ("touchEnd", 80)]:
        points = [{"x": x, "y": y - moved}] * (event != "touchEnd")
        finger.send("Input.dispatchTouchEvent", {"type": event, "touchPoints": points})
    wait_until(page, "scrollY > 30")
    assert (shown(page), pin(page)) == (before, page.evaluate("job.entry.spot_note"))
    page.touchscreen.tap(*point(page, 12, 5))
    assert (shown(page), pin(page)) == ("12,5", "pinned")
    page.tap("[data-key=ArrowDown]")
    assert shown(page) == "12,6"
    page.evaluate("scrollTo(0, 0)")
    page.touchscreen.tap(*point(page, 12, 6))
    assert (shown(page), pin(page)) == ("12,6", "")  # released
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_filter2d_is_shown_where_it_differs(open_page: Open) -> None:
    """With the difference, brightened; where both are equal, the list says so."""
    kernels = {"ties": np.pad([[0.5]], 6), "sharpen": KERNELS["sharpen"]}
    ties, _ = comparisons = run_of(noise(30, 40), kernels)
    page = open_page(html_of(comparisons))
    assert page.locator("canvas:visible").count() == 2 + 2
    page.click("text=ties")
    settle(page)
    assert page.locator("canvas:visible").count() == 2 + 4 + 1
    captions = page.locator("figcaption").all_inner_texts()
    assert captions[3] == f"difference: {ties.differing} differ"
    x, y = ties.spot
    values = page.locator("figcaption b").all_inner_texts()
    assert values[1:3] == [str(ties.ours[y, x]), str(ties.opencv[y, x])]
    assert pin(page) == "the first that differs"
    assert ties.explanation in page.inner_text("#note")
    assert page.inner_text("#text").endswith(", a tie")
    for panel in range(4):
        page.mouse.move(*point(page, 7 + panel, 11, panel))
        assert shown(page) == f"{7 + panel},11"


def test_keyboard_alone(sobel: "Page") -> None:
    """Tab reaches every kernel, weight, button and field, with a visible outline; Enter selects."""
    reached = []
    while True:
        sobel.keyboard.press("Tab")
        if sobel.evaluate("document.activeElement === document.body"):
            break  # all the way around
        read = "(({ id, ariaLabel, textContent }) => id || ariaLabel || textContent)(document.activeElement)"
        reached.append(sobel.evaluate(read))
        assert sobel.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    wanted = {
        "sobel_x",
        "small_blur",
        "play",
        "Step",
        "kernel",
        "border",
        "flip",
        "copy",
        "link",
        "ask",
        "again",
    }
    assert wanted | {"weight in row 2, column 2", "What is this?"} <= set(reached)
    sobel.focus("text=small_blur")
    sobel.keyboard.press("Enter")
    assert sobel.evaluate("job.name") == "small_blur"


def test_moves_by_keys_are_told(sobel: "Page") -> None:
    sobel.mouse.click(*point(sobel, 5, 5))
    sobel.keyboard.press("ArrowRight")
    window = noise(30, 40)[4:7, 5:8].astype(int)
    total = int((window * KERNELS["sobel_x"]).sum())
    result = min(max(total, 0), 255)
    said = f"6,5: original {window[1, 1]}, sum {total}, result {result}"
    assert sobel.text_content("#live") == said
    assert sobel.get_attribute("#live", "aria-live") == "polite"


def test_zoom(sobel: "Page") -> None:
    """With Ctrl, around the pixel under the mouse, by as much as the wheel turns; else the page scrolls."""
    sobel.mouse.move(*point(sobel, 30, 20))
    before = sobel.evaluate("panels[0].scale")
    sobel.mouse.wheel(0, -100)
    settle(sobel)
    assert sobel.evaluate("state.zoom") == 1
    assert sobel.evaluate("document.querySelector('#mouse').innerText").count("Ctrl + wheel zooms") == 1
    sobel.keyboard.down("Control")
    for turned in (-100, -4, -500):
        zoom = sobel.evaluate("state.zoom")
        sobel.mouse.wheel(0, turned)
        settle(sobel)
        assert sobel.evaluate("state.zoom") == pytest.approx(zoom * np.exp(-0.002 * turned))
    sobel.keyboard.up("Control")
    assert sobel.evaluate("panels[0].scale") > 2 * before
    left = point(sobel, 30, 20)
    sobel.mouse.move(*left)
    assert shown(sobel) == "30,20"
    sobel.mouse.down()
    sobel.mouse.move(left[0] - 50, left[1], steps=5)
    sobel.mouse.up()
    settle(sobel)
    assert point(sobel, 30, 20)[0] == pytest.approx(left[0] - 50, abs=8)
    assert pin(sobel) != "pinned"  # a drag is no click
    sobel.keyboard.press("0")
    settle(sobel)
    assert sobel.evaluate("panels[0].scale") == before
    sobel.keyboard.press("+")
    sobel.keyboard.press("+")
    settle(sobel)
    assert sobel.evaluate("panels[0].scale") > before


def test_print(sobel: "Page") -> None:
    """The list, the panels and the arithmetic, on white; nothing to press."""
    sobel.emulate_media(media="print", color_scheme="dark")
    assert sobel.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert sobel.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    for part in ("#rows", "#panels", "#grids", "#text", "#note"):
        assert sobel.is_visible(part)
    for part in ("#whatif", ".bar", ".hint", "#note button"):
        assert not sobel.is_visible(part)
    sobel.emulate_media(media="screen", color_scheme="light")


def test_a_phone(open_page: Open) -> None:
    """Original and result in one row, the kernel directly below, the arithmetic below that."""
    options = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    page = open_page(html_of(run_of(noise(30, 40), KERNEL_BANK)), device_scale_factor=2, **options)
    read = """["figure:nth-child(1) canvas", "figure:nth-child(2) canvas", "#square", "#window", "#text"]
        .map((part) => document.querySelector(part).getBoundingClientRect().top)"""
    original, result, square, window, text = page.evaluate(read)
    assert original == result < square < window < text
    assert page.locator("canvas:visible").count() == 6 + 2
    bottom = page.evaluate("document.querySelector('figure canvas').getBoundingClientRect().bottom")
    assert square - bottom < 40
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_run_saves_the_page(script: Script, tmp_path: Path, open_page: Open) -> None:
    """At most 1.5 MB for 600 x 400 pixels and the bank; it opens at the pixel of --at."""
    options = ["--method", "fast", "--at", "0,200", "--border", "zero", "--flip"]
    done = script("-i", ROOT / "images" / "coffee.png", *options)
    assert done.returncode == 0
    assert "; open output/coffee.html in a browser to see every pixel\n" in done.stdout
    page_file = tmp_path / "cwd" / "output" / "coffee.html"
    assert page_file.stat().st_size <= 1_500_000
    page = open_page(page_file)
    said = re.search(r"^sharpen at 0,200\n(?:  .*\n)+", done.stdout, re.MULTILINE)
    assert said is not None
    # The page computes with a convolve of its own.
    assert page.inner_text("#text") == said[0].rstrip("\n").replace("convolve_fast", "convolve")
    assert pin(page) == "pinned"
    assert page.inner_text("#summary") == f"6 of 6 kernels match filter2D (OpenCV {cv2.__version__})"
    assert page.inner_text("#heading") == "600 x 400 pixels, border zero, flipped"
    words = shlex.split(page.inner_text("#command"))
    assert words[3] == str(ROOT / "images" / "coffee.png")
    assert words[4:] == ["--kernel", "sharpen", "--border", "zero", "--flip"]


TOTALS = """(async () => {
    while (!job.ours) await new Promise((done) => setTimeout(done, 5));
    const { width, height } = job.image, rows = Array(height).fill(0), columns = Array(width).fill(0);
    job.ours[0].forEach((pixel, at) => {
        rows[Math.floor(at / width)] += pixel;
        columns[at % width] += pixel;
    });
    return [rows, columns];
})()"""


def test_large_images_are_computed_where_they_are_seen(open_page: Open, coffee: np.ndarray) -> None:
    """The part on the screen first, every n-th pixel of it; then the whole result."""
    image = large(coffee, 1500, 1400)
    assert image.size > FULL_PIXELS
    comparisons = run_of(image, {"sobel_x": KERNELS["sobel_x"]}, "reflect", signed=True)
    page = open_page(html_of(comparisons))
    for place in [(0, 0), (1499, 3), (700, 900)]:
        text = page.evaluate("([x, y]) => arithmeticText(job, x, y)", place)
        assert text == arithmetic_text(comparisons[0], *place)
    read = """[0, 1].map(() => {
        const part = partOf(job, 30, 40, 1300, 1100, 3), context = part.canvas.getContext("2d");
        const { data } = context.getImageData(0, 0, part.canvas.width, part.canvas.height);
        return Array.from(data).filter((_, at) => at % 4 === 0);
    })[0]"""
    part = np.array(page.evaluate(read)).reshape(354, 424)
    result, totals = comparisons[0].ours, page.evaluate(TOTALS)
    assert totals == [result.sum(axis=1).tolist(), result.sum(axis=0).tolist()]
    white = page.evaluate("job.white")
    assert white == comparisons[0].white
    shades = np.clip(np.rint((result[40:1100:3, 30:1300:3] / white + 1) * 127.5), 0, 255)
    assert np.abs(part - shades).max() <= 1  # Uint8ClampedArray rounds halves to even, as rint; float noise


def test_the_view_follows_the_pixel(sobel: "Page") -> None:
    """The window of the kernel and its rim stay inside the panel, wherever the pixel goes."""
    inside = """(() => {
        const { left, upper, scale, canvas } = panels[0], { rx, ry } = job, place = state;
        return left + (place.x - rx) * scale >= 0 && left + (place.x + rx + 1) * scale <= canvas.width
            && upper + (place.y - ry) * scale >= 0 && upper + (place.y + ry + 1) * scale <= canvas.height;
    })()"""
    sobel.mouse.click(*point(sobel, 20, 15))
    for _ in range(9):
        sobel.keyboard.press("+")
        settle(sobel)
        assert sobel.evaluate(inside)
    assert sobel.evaluate("state.zoom") > 5
    for key in ["Left", "Up", "Right", "Down"] * 4 + ["Left"] * 4:
        sobel.keyboard.press(f"Shift+Arrow{key}")
        settle(sobel)
        assert sobel.evaluate(inside)
    sobel.click("text=Step")
    for _ in range(5):
        sobel.evaluate("advance(37)")
        settle(sobel)
        assert sobel.evaluate(inside)
    sobel.keyboard.press("-")
    settle(sobel)
    assert sobel.evaluate(inside)


def filled(page: "Page", x: int, y: int) -> bool:
    """Tell if the result is drawn at a pixel."""
    settle(page)
    read = """([x, y]) => {
        const copy = new OffscreenCanvas(1, 1), box = panels[1].canvas.getBoundingClientRect();
        copy.getContext("2d").drawImage(panels[1].canvas, box.left - x, box.top - y);
        return copy.getContext("2d").getImageData(0, 0, 1, 1).data[3] === 255;
    }"""
    return bool(page.evaluate(read, point(page, x, y, 1)))


def test_steps(sobel: "Page") -> None:
    sobel.mouse.click(*point(sobel, 38, 9))
    assert filled(sobel, 20, 20)
    sobel.click("text=Step")
    sobel.keyboard.press(".")
    assert shown(sobel) == "0,10"
    assert (filled(sobel, 0, 9), filled(sobel, 5, 10), filled(sobel, 20, 20)) == (True, False, False)


def test_play(sobel: "Page") -> None:
    """From 0,0 to the last pixel, whatever the mouse passed over; then again."""
    sobel.mouse.move(*point(sobel, 38, 9))
    sobel.fill("#speed", "0")
    sobel.click("#play")
    assert sobel.inner_text("#play") == "❚❚ Pause"
    assert shown(sobel).split(",")[1] == "0"
    sobel.evaluate("advance(600)")
    sobel.keyboard.press(" ")
    assert sobel.inner_text("#play") == "▶ Play"
    place = shown(sobel)
    assert (filled(sobel, 20, 10), filled(sobel, 20, 20)) == (True, False)
    sobel.mouse.move(*point(sobel, 3, 3))
    assert shown(sobel) == place
    sobel.fill("#speed", "6")
    sobel.click("#play")
    sobel.wait_for_selector("text=↻ Again")
    assert shown(sobel) == "39,29"
    assert filled(sobel, 20, 20)
    sobel.fill("#speed", "0")
    sobel.click("#play")
    assert shown(sobel).split(",")[1] == "0"


def test_the_cover_is_cleared(sobel: "Page") -> None:
    steps: list[Callable[[], Any]] = [
        lambda: sobel.mouse.click(*point(sobel, 3, 3)),
        lambda: sobel.click("text=small_blur"),
        lambda: sobel.check("#flip"),
        lambda: sobel.select_option("#border", "zero"),
        lambda: sobel.click("text=Show all"),
        lambda: sobel.keyboard.press("Escape"),
    ]
    for step in steps:
        sobel.click("text=Step")
        assert not filled(sobel, 39, 29)
        assert sobel.is_visible("#all")
        step()
        assert filled(sobel, 38, 28)
        assert not sobel.is_visible("#all")


def test_flipped_kernels(open_page: Open) -> None:
    """The page of a run with --flip has the run's names and kernels, and the turned kernel in the square."""
    kernels = {name: flip(KERNELS[name]) for name in ("sobel_x", "small_blur")}
    page = open_page(page_html("photo.png", run_of(noise(30, 40), kernels), flipped=True))
    assert page.is_checked("#flip")
    assert page.input_value("#kernel") == "-1  0  1\n-2  0  2\n-1  0  1"
    assert page.locator("#square input").first.input_value() == "1"
    assert page.inner_text("#command").endswith(" --kernel sobel_x --flip")
    page.uncheck("#flip")
    assert page.is_visible("#back")
    assert page.inner_text("#command").endswith(" --kernel sobel_x")
    page.check("#flip")
    assert not page.is_visible("#back")


# ---- Colours, marks and the legend


CELLS = """(grid) => [...document.querySelectorAll(`#${grid} td`)].map((cell) => {
    const of = (element) => getComputedStyle(element);
    const text = cell.textContent || cell.firstChild?.value || "";
    return [text, of(cell.firstElementChild ?? cell).color, of(cell).backgroundColor,
            of(cell.closest("table")).backgroundColor];
})"""
THEMES = [("screen", "light"), ("screen", "dark"), ("print", "light")]


def numbers(colour: str) -> list[float]:
    """Return red, green, blue and opacity of a computed colour."""
    found = [float(number) for number in re.findall("[0-9.]+", colour)]
    return found if len(found) == 4 else [*found, 1.0]


def luminance(colour: list[float]) -> float:
    """Return the relative luminance by WCAG 2."""
    linear = [
        part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour[:3]
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(ink: list[float], paper: list[float]) -> float:
    """Return the contrast by WCAG 2; 4.5 is what it asks of text."""
    darker, lighter = sorted([luminance(ink), luminance(paper)])
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize(("media", "scheme"), THEMES)
def test_negative_is_blue_and_positive_orange(open_page: Open, media: Any, scheme: Any) -> None:
    """In kernel and products, with readable numbers on the strongest tint, a weak one and none."""
    kernel = np.array([[-8, -1, 0], [1, 8, 0.5], [0, 3, -3]])
    page = open_page(html_of(run_of(np.full((9, 9), 255, np.uint8), {"mixed": kernel})), color_scheme=scheme)
    page.emulate_media(media=media)
    for grid in ("square", "products"):
        tints = set()
        for text, ink, colour, behind in page.evaluate(CELLS, grid):
            *tint, opacity = numbers(colour)
            sign = float(text)
            if sign:
                tints.add(opacity)
                assert tint == ([213, 94, 0] if sign > 0 else [0, 114, 178])
            else:
                assert (max(tint) - min(tint) < 5, opacity) == (True, 1)
            paper = [
                opacity * own + (1 - opacity) * below
                for own, below in zip(tint, numbers(behind)[:3], strict=True)
            ]
            assert contrast(numbers(ink), paper) >= 4.5, (grid, text)
        assert min(tints) < 0.15
        assert max(tints) == pytest.approx(0.7, abs=0.01)  # opacity is computed in steps of 1/255


def test_numbers_on_every_grey_are_readable(sobel: "Page") -> None:
    for grey, ink in enumerate(sobel.evaluate("Array.from({ length: 256 }, (_, grey) => inkOn(grey))")):
        assert contrast([{"#000": 0.0, "#fff": 255.0}[ink]] * 3, [float(grey)] * 3) >= 4.5


def legend(page: "Page") -> list[str]:
    settle(page)
    return page.locator("#legend > span:visible").all_inner_texts()


def test_the_legend_names_what_is_shown(sobel: "Page") -> None:
    """Signs that occur in the kernel, and the edge where the window reaches past it."""
    itself = "the pixel itself"
    sobel.mouse.move(*point(sobel, 20, 15))
    assert legend(sobel) == ["positive", "negative", itself]
    sobel.mouse.move(*point(sobel, 20, 29))
    assert legend(sobel) == ["positive", "negative", itself, "past the edge: border replicate"]
    assert sobel.inner_text("#window p") == "window"
    sobel.select_option("#border", "zero")
    assert legend(sobel)[-1] == "past the edge: border zero"
    sobel.fill("#kernel", "0 2 0")
    assert legend(sobel) == ["positive", itself]
    sobel.fill("#kernel", "-2")
    assert legend(sobel) == ["negative", itself]
    sobel.fill("#kernel", "0")
    assert legend(sobel) == [itself]


@pytest.mark.parametrize(
    ("media", "scheme", "width"), [(*THEMES[0], 390), (*THEMES[1], 1366), (*THEMES[2], 390)]
)
def test_the_legend_has_the_marks_of_the_grids(open_page: Open, media: Any, scheme: Any, width: int) -> None:
    """In every theme and width: blue, orange, amber around the pixel itself, dashes without a hue."""
    comparisons = run_of(noise(30, 40), {"sobel_x": KERNELS["sobel_x"]})
    page = open_page(
        page_html("photo.png", comparisons, (0, 0)),
        viewport={"width": width, "height": 800},
        color_scheme=scheme,
    )
    page.emulate_media(media=media)
    read = """(selector) => {
        const { outlineStyle, outlineColor, boxShadow } = getComputedStyle(document.querySelector(selector));
        return [outlineStyle, outlineColor, boxShadow.replace(/ [0-9]+px/g, "")];
    }"""
    for name, expected in [
        ("past", ["dashed", "rgb(255, 255, 255)", "rgb(0, 0, 0) inset"]),
        ("here", ["solid", "rgb(255, 190, 40)", "rgb(0, 0, 0) inset"]),
    ]:
        assert page.evaluate(read, f"#window td.{name}") == expected
        assert page.evaluate(read, f"#legend .{name}") == expected
    read = "(name) => getComputedStyle(document.querySelector(`#legend .${name}`)).backgroundColor"
    assert page.evaluate(read, "plus") == "rgb(213, 94, 0)"
    assert page.evaluate(read, "minus") == "rgb(0, 114, 178)"
    assert len(legend(page)) == 4
    last, card = (page.locator(part).bounding_box() for part in ("#past", "#arithmetic"))
    assert last is not None
    assert card is not None
    assert card["x"] <= last["x"] < last["x"] + last["width"] <= card["x"] + card["width"]
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_only_the_pixel_itself_is_amber_in_the_panel(open_page: Open) -> None:
    """Past the edge it is grey, and dark enough for white numbers, also where the pixels are white."""
    page = open_page(html_of(run_of(np.full((12, 16), 255, np.uint8), {"sharpen": KERNELS["sharpen"]})))
    read = """(x) => {
        const { canvas, left, upper, scale } = panels[0], copy = new OffscreenCanvas(1, 1).getContext("2d");
        copy.drawImage(canvas, -(left + (x + 0.5) * scale), -(upper + 5.2 * scale));
        return Array.from(copy.getImageData(0, 0, 1, 1).data);
    }"""
    red, green, blue, _ = past = page.evaluate(read, -1)
    assert red == green == blue
    assert contrast([255.0] * 3, past) >= 4.5
    assert page.evaluate(read, 1) == [255] * 4
    read = """(() => {
        const { canvas, left, upper, scale } = panels[0], { width, height } = canvas;
        const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
        const coloured = [...Array(width * height).keys()].filter((at) => data[4 * at] !== data[4 * at + 2]);
        const aside = (at, start) => at < start - 2 || at > start + scale + 2;
        const apart = (at) =>
            aside(at % width, left + state.x * scale) || aside(at / width, upper + state.y * scale);
        return [coloured.length, coloured.filter(apart).length];
    })()"""
    amber, elsewhere = page.evaluate(read)
    assert amber > 100
    assert elsewhere == 0


# ---- The file


HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    "&amp;\u2028<!--",
    "' \" \\ \udc80",
]


def test_names_are_text(open_page: Open) -> None:
    kernels, path = dict.fromkeys(HOSTILE, KERNELS["sharpen"]), "".join(HOSTILE[::-1])
    page = open_page(page_html(path, run_of(noise(9, 9), kernels)))
    assert page.locator("h1").text_content() == page.title() == path.rpartition("/")[2]
    assert page.locator("#rows button").all_text_contents() == HOSTILE
    assert page.inner_text("#text").startswith(f"{HOSTILE[0]} at ")
    assert shlex.split(page.inner_text("#command"))[3] == path
    assert page.evaluate("document.images.length + document.scripts.length") == 2


def test_the_policy_forbids_requests(browser: "Browser", tmp_path: Path) -> None:
    """And any script or style that is not the page's own."""
    path = tmp_path / "page.html"
    path.write_text(html_of(run_of(noise(9, 9), {"sharpen": KERNELS["sharpen"]})))
    page = browser.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(path.as_uri())
    page.evaluate(
        """() => {
            const add = (tag, values) => document.body.append(make(tag, values));
            fetch("file:///etc/hostname").catch(() => null);
            add("img", { src: "data:image/png;base64,AAAA" });
            add("script", { textContent: "document.title = 1" });
            add("style", { textContent: "* { color: red }" });
        }"""
    )
    awaited = {"default-src 'none'", "img-src", "script-src", "style-src"}
    for _ in range(600):  # frames, in which the browser says so
        policy = " ".join(text for text in refused if "Content Security Policy" in text)
        awaited = {directive for directive in awaited if directive not in policy}
        if not awaited:
            break
        settle(page)
    assert awaited == set()
    assert page.title() == "photo.png"
    page.close()


def test_size_of_large_images(coffee: np.ndarray) -> None:
    """At most 1.4 times the original in a lossless file."""
    image = large(coffee, 1600, 1400)
    assert image.size > FULL_PIXELS
    assert len(html_of(run_of(image, KERNEL_BANK))) <= 1.4 * len(cv2.imencode(".png", image)[1])


def test_no_input_is_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "photo.html"
    target.write_bytes(b"input")
    with pytest.raises(ValueError, match=r"^cannot write .*photo\.html: is an input"):
        Saver(tmp_path, ["photo.png", str(target)], ["sobel_x"]).prepare()


def test_data_is_ascii_without_markup() -> None:
    html = page_html("<>&\u2028é", run_of(noise(9, 9), {"<k>": KERNELS["sharpen"]}))
    (data,) = re.findall('<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert data.isascii()
    assert not set("<>&") & set(data)
    assert json.loads(data)["name"] == "<>&\u2028é"
