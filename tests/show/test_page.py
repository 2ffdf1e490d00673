"""The page, in a real Chromium without a network: the arithmetic, every pixel, and what a visitor does."""

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from conftest import ROOT, Open, Script, html_of, noise, run_of, settle

from convolutions import convolve, main
from filtering.arithmetic import arithmetic_text
from filtering.files import read_image
from filtering.grammar import parse_kernel
from filtering.show.page import FULL_PIXELS, page_html
from filtering.show.save import Saver
from kernels import KERNEL_BANK, KERNELS, flip

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

RESULT = """(async () => {
    while (!job.ours) await new Promise((done) => setTimeout(done, 5));
    return Array.from(job.ours[0]);
})()"""
WHAT_IF = """(async (all) => {
    const results = [];
    for (const [text, border, flip, signed] of all) {
        $("kernel").value = text;
        $("border").value = border;
        [$("flip").checked, $("signed").checked] = [flip, signed];
        await useForm();
        results.push($("error").hidden ? [Array.from(job.ours[0]), job.white] : $("error").textContent);
    }
    return results;
})"""


@pytest.fixture
def sobel(open_page: Open) -> "Page":
    """A page of 40 x 30 pixels, each about nine screen pixels large, and two kernels."""
    kernels = {name: KERNELS[name] for name in ("sobel_x", "small_blur")}
    return open_page(html_of(run_of(noise(30, 40), kernels)))


# ---- Kernels and images of one's own


def test_what_is_no_kernel(sobel: "Page") -> None:
    """The error gives the rule, and nothing of the kernel before it can be taken for the new one's."""
    texts = [
        "",
        "1 2",
        "1 2 3; 4 5",
        "1 x 3",
        "1 2 3 / 0",
        "1/0",
        "1e30",
        "[[1, 2, 3], [4]]",
        "5 /",
        "0.5 abc",
    ]
    cases = [[text, "replicate", False, False] for text in texts]
    for said in sobel.evaluate(WHAT_IF, cases):
        assert isinstance(said, str)
        assert re.search(r"^a \w+ needs ", said)
    assert said.endswith("got 'abc'")
    assert sobel.is_disabled("#copy")
    assert sobel.inner_text("#command") == ""
    assert sobel.inner_text("#heading") == "waiting for a valid kernel"
    sobel.fill("#kernel", "1 2 3")
    assert sobel.is_enabled("#copy")
    assert sobel.inner_text("#command").endswith('--kernel "1 2 3"')


def test_the_hint_on_the_last_weight(sobel: "Page") -> None:
    sobel.fill("#kernel", "1 2 1\n2 4 2\n1 2 1/16")
    settle(sobel)
    assert "only the last weight is divided" in sobel.inner_text("#note")
    sobel.fill("#kernel", "1 2 1\n2 4 2\n1 2 1 / 16")
    settle(sobel)
    assert sobel.inner_text("#note").strip() == ""


def test_the_command_line_does_the_same(sobel: "Page", tmp_path: Path, capsys: Any) -> None:
    cv2.imwrite(str(tmp_path / "photo.png"), noise(30, 40))
    cases = [
        ("1 2 1; 0 1/3 0; -1 -2 -1 / 4", "matrix"),
        ("-5", "matrix"),
        ("-1 0 1\n-2 0 2\n-1 0 1", "sobel_x"),
    ]
    for text, name in cases:
        ((result, _),) = sobel.evaluate(WHAT_IF, [[text, "wrap", True, False]])
        words = shlex.split(sobel.inner_text("#command"))
        assert words[:4] == ["python", "convolutions.py", "--image", "photo.png"]
        assert "--flip" in words
        arguments = [
            "-i",
            str(tmp_path / "photo.png"),
            *words[4:],
            "--no-window",
            "-o",
            str(tmp_path / "out"),
        ]
        assert main(arguments) == 0
        saved = read_image(str(tmp_path / "out" / f"photo_{name}.png"))[0][..., 0]
        assert np.array_equal(saved.ravel(), result)


def test_copy(sobel: "Page") -> None:
    sobel.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sobel.click("#copy")
    sobel.wait_for_selector("text=Copied")
    command = "python convolutions.py --image photo.png --kernel sobel_x"
    assert sobel.evaluate("navigator.clipboard.readText()") == command
    sobel.check("#flip")
    assert sobel.inner_text("#copy") == "Copy this command line"


def test_an_image_is_dropped(sobel: "Page") -> None:
    """It is made gray as OpenCV does, to the last bit."""
    colour = noise(60, 70, 3)
    data = cv2.imencode(".png", colour)[1].tolist()
    transfer = sobel.evaluate_handle(
        """(data) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([Uint8Array.from(data)], "it's mine.png", { type: "image/png" }));
            return transfer;
        }""",
        data,
    )
    sobel.dispatch_event("body", "drop", {"dataTransfer": transfer})
    sobel.wait_for_selector("#back:visible")
    gray = cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY)
    assert sobel.evaluate("[image.width, image.height]") == [70, 60]
    assert np.array_equal(sobel.evaluate("Array.from(image.planes[0])"), gray.ravel())
    result = np.array(sobel.evaluate(RESULT)).reshape(60, 70)
    assert np.array_equal(result, convolve(gray, KERNELS["sobel_x"]))
    assert shlex.split(sobel.inner_text("#command"))[3] == "it's mine.png"
    assert sobel.inner_text("h1") == "it's mine.png"
    heading = "70 x 60 pixels, border replicate: computed in your browser, not compared"
    assert sobel.inner_text("#heading") == heading
    sobel.click("#back")
    assert sobel.evaluate("job === run.kernels[0].job && image === original")
    assert sobel.inner_text("h1") == "photo.png"
    assert "compared with filter2D" in sobel.inner_text("#heading")


def test_no_image_is_dropped(sobel: "Page") -> None:
    sobel.set_input_files("#file", {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no image"})
    sobel.wait_for_selector("#unread:visible")
    assert sobel.inner_text("#unread") == "cannot read notes.txt: not an image that this browser knows"


# ---- What a visitor does


def point(page: "Page", x: int, y: int, panel: int = 0) -> tuple[float, float]:
    """Return the place of a pixel on the screen."""
    place: list[float] = page.evaluate(
        """([x, y, n]) => {
            const { canvas, left, top, scale } = panels[n], box = canvas.getBoundingClientRect();
            return [box.left + (left + (x + 0.5) * scale) / devicePixelRatio,
                    box.top + (top + (y + 0.5) * scale) / devicePixelRatio];
        }""",
        [x, y, panel],
    )
    return place[0], place[1]


def shown(page: "Page") -> str:
    settle(page)
    return page.inner_text("#place")


def test_hover_click_and_keys(sobel: "Page") -> None:
    for panel in range(4):
        sobel.mouse.move(*point(sobel, 7 + panel, 11, panel))
        assert shown(sobel) == f"{7 + panel},11"
        assert sobel.inner_text("#text").startswith(f"sobel_x at {7 + panel},11\n")
    widths = [sobel.locator(f"#{grid} table").bounding_box() for grid in ("window", "square", "products")]
    assert len({box["width"] for box in widths if box}) == 1
    sobel.mouse.click(*point(sobel, 39, 29))
    sobel.mouse.move(*point(sobel, 3, 3))
    assert (shown(sobel), sobel.inner_text("#pin")) == ("39,29", "pinned")
    for key, place in [("ArrowRight", "39,29"), ("ArrowLeft", "38,29"), ("Shift+ArrowUp", "38,19")]:
        sobel.keyboard.press(key)
        assert shown(sobel) == place
    sobel.click("text=small_blur")
    assert shown(sobel) == "38,19"
    assert sobel.inner_text("#text").startswith("small_blur at 38,19\n")
    sobel.keyboard.press("Escape")
    sobel.mouse.move(*point(sobel, 3, 3))
    assert shown(sobel) == "3,3"


def test_keyboard_alone(sobel: "Page") -> None:
    """Tab reaches every kernel, button and field, with a visible outline; Enter selects."""
    reached = []
    for _ in range(40):
        sobel.keyboard.press("Tab")
        reached.append(sobel.evaluate("document.activeElement.id || document.activeElement.textContent"))
        if reached[-1] == "small_blur":
            assert sobel.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
            sobel.keyboard.press("Enter")
    assert {"sobel_x", "small_blur", "play", "Step", "kernel", "border", "flip", "copy"} <= set(reached)
    assert sobel.evaluate("job.name") == "small_blur"


def test_keys_after_the_slider(sobel: "Page") -> None:
    sobel.mouse.click(*point(sobel, 5, 5))
    sobel.click("#speed")
    sobel.keyboard.press("ArrowRight")
    assert shown(sobel) == "6,5"
    sobel.focus("#kernel")
    sobel.keyboard.press("Escape")
    assert (shown(sobel), sobel.inner_text("#pin")) == ("6,5", "")


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
    page.wait_for_function("scrollY > 30")
    assert (shown(page), page.inner_text("#pin")) == (before, page.evaluate("job.entry.spot_note"))
    page.touchscreen.tap(*point(page, 12, 5))
    assert (shown(page), page.inner_text("#pin")) == ("12,5", "pinned")
    page.tap("[data-key=ArrowDown]")
    assert shown(page) == "12,6"
    page.touchscreen.tap(*point(page, 12, 6))
    assert (shown(page), page.inner_text("#pin")) == ("12,6", "")  # released
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    tops = """[".bar", "figure canvas", "#grids", "figure:nth-child(2)"]
        .map((part) => document.querySelector(part).getBoundingClientRect().top)"""
    assert page.evaluate(tops) == sorted(page.evaluate(tops))


def test_zoom(sobel: "Page") -> None:
    """The pixel under the mouse stays under it."""
    sobel.mouse.move(*point(sobel, 30, 20))
    before = sobel.evaluate("panels[0].scale")
    for _ in range(9):
        sobel.mouse.wheel(0, -100)
        settle(sobel)
    assert sobel.evaluate("panels[0].scale") > 2 * before
    assert abs(point(sobel, 30, 20)[0] - point(sobel, 30, 20, 1)[0]) > 100
    assert sobel.evaluate("view.zoom") > 3
    left = point(sobel, 30, 20)
    sobel.mouse.move(*left)
    sobel.mouse.down()
    sobel.mouse.move(left[0] - 50, left[1], steps=5)
    sobel.mouse.up()
    settle(sobel)
    assert point(sobel, 30, 20)[0] == pytest.approx(left[0] - 50, abs=8)
    assert sobel.inner_text("#pin") != "pinned"  # a drag is no click
    for _ in range(12):
        sobel.mouse.wheel(0, 100)
        settle(sobel)
    assert sobel.evaluate("panels[0].scale") == before
    sobel.keyboard.press("+")
    sobel.keyboard.press("+")
    settle(sobel)
    assert sobel.evaluate("panels[0].scale") > before
    sobel.keyboard.press("0")
    settle(sobel)
    assert sobel.evaluate("panels[0].scale") == before


def test_the_view_follows_the_pixel(sobel: "Page") -> None:
    """The window of the kernel and its rim stay inside the panel, wherever the pixel goes."""
    inside = """(() => {
        const { left, top, scale, canvas } = panels[0], { rx, ry } = job;
        return left + (place.x - rx) * scale >= 0 && left + (place.x + rx + 1) * scale <= canvas.width
            && top + (place.y - ry) * scale >= 0 && top + (place.y + ry + 1) * scale <= canvas.height;
    })()"""
    sobel.mouse.click(*point(sobel, 20, 15))
    for _ in range(9):
        sobel.keyboard.press("+")
        settle(sobel)
        assert sobel.evaluate(inside)
    assert sobel.evaluate("view.zoom") > 5
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


def test_numbers_of_the_square_are_edited(sobel: "Page") -> None:
    sobel.locator("#square input").nth(4).fill("1/2")
    sobel.keyboard.press("Enter")
    settle(sobel)
    assert sobel.input_value("#kernel") == " -1   0   1\n -2 1/2   2\n -1   0   1"
    assert sobel.inner_text("#text").startswith("kernel at ")
    kernel = parse_kernel("-1 0 1; -2 1/2 2; -1 0 1")
    result = np.array(sobel.evaluate(RESULT)).reshape(30, 40)
    assert np.array_equal(result, convolve(noise(30, 40), kernel))


def test_presets_and_back(sobel: "Page") -> None:
    """Settings of the run bring its comparison back."""
    for name in KERNELS:
        sobel.select_option("#preset", label=name)
        assert sobel.is_visible("#back") == (name not in ("sobel_x", "small_blur"))
        result = np.array(sobel.evaluate(RESULT)).reshape(30, 40)
        assert np.array_equal(result, convolve(noise(30, 40), KERNELS[name]))
        assert sobel.inner_text("#command").endswith(f"--kernel {name}")
    sobel.select_option("#preset", label="sobel_x")
    sobel.click("text=show them")
    assert sobel.is_visible("#back")
    sobel.evaluate(RESULT)
    assert re.search("^grey is 0, white [0-9]+ and more", sobel.inner_text("#note"))
    sobel.uncheck("#signed")
    settle(sobel)
    assert not sobel.is_visible("#back")
    assert sobel.inner_text("#text").endswith(
        f"filter2D {sobel.evaluate('valueAt(job, `theirs`, 0, place.x, place.y)')}"
    )


def test_flipped_kernels(open_page: Open) -> None:
    """The page of a run with --flip has the run's names and kernels, and the turned kernel in the square."""
    kernels = {name: flip(KERNELS[name]) for name in ("sobel_x", "sharpen")}
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


def test_print_is_the_sheet(sobel: "Page") -> None:
    """And the arithmetic at the pixel; of a kernel of one's own, the image and its result."""
    sobel.mouse.click(*point(sobel, 7, 8))
    settle(sobel)
    sobel.emulate_media(media="print", color_scheme="dark")
    assert sobel.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert sobel.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    assert [row.strip().split("\n")[0] for row in sobel.locator("#rows tr").all_inner_texts()] == [
        "original",
        "sobel_x",
        "small_blur",
    ]
    assert all(row.is_visible() for row in sobel.locator("#rows tr").all())
    assert not sobel.is_visible("#panels")
    assert sobel.is_visible("#grids")
    assert sobel.inner_text("#text").startswith("sobel_x at 7,8\n")
    sobel.emulate_media(media="screen")
    sobel.fill("#kernel", "1 2 3")
    settle(sobel)
    sobel.emulate_media(media="print")
    assert not sobel.is_visible("#rows")
    assert sobel.locator("canvas:visible").count() == 2
    sobel.emulate_media(media="screen", color_scheme="light")


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


@pytest.mark.parametrize(("media", "scheme"), THEMES)
@pytest.mark.parametrize("width", [1366, 390])
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
        const { canvas, left, top, scale } = panels[0], copy = new OffscreenCanvas(1, 1).getContext("2d");
        copy.drawImage(canvas, -(left + (x + 0.5) * scale), -(top + 5.2 * scale));
        return Array.from(copy.getImageData(0, 0, 1, 1).data);
    }"""
    red, green, blue, _ = past = page.evaluate(read, -1)
    assert red == green == blue
    assert contrast([255.0] * 3, past) >= 4.5
    assert page.evaluate(read, 1) == [255] * 4
    read = """(() => {
        const { canvas, left, top, scale } = panels[0], { width, height } = canvas;
        const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
        const coloured = [...Array(width * height).keys()].filter((at) => data[4 * at] !== data[4 * at + 2]);
        const aside = (at, start) => at < start - 2 || at > start + scale + 2;
        const apart = (at) =>
            aside(at % width, left + place.x * scale) || aside(at / width, top + place.y * scale);
        return [coloured.length, coloured.filter(apart).length];
    })()"""
    amber, elsewhere = page.evaluate(read)
    assert amber > 100
    assert elsewhere == 0


def test_show_them_is_offered_where_responses_are_negative(open_page: Open) -> None:
    """By a flag of the data, whatever the sentence beside it says."""
    kernels = {name: KERNELS[name] for name in ("sobel_x", "small_blur")}
    page = open_page(html_of(run_of(noise(30, 40), kernels)))
    assert page.evaluate("run.kernels.map((entry) => entry.negative)") == [True, False]
    assert page.is_visible("text=show them")
    page.evaluate("job.entry.note = ''; describe()")
    assert page.is_visible("text=show them")
    page.click("text=small_blur")
    page.evaluate("job.entry.note = 'no response is negative'; describe()")
    assert not page.is_visible("text=show them")
    page = open_page(html_of(run_of(noise(30, 40), kernels, signed=True)))
    assert page.evaluate("run.kernels.map((entry) => entry.negative)") == [False, False]


# ---- The file


HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    "&amp;\u2028<!--",
    "' \" \\ \udc80",
]


def test_names_are_text(open_page: Open) -> None:
    kernels, name = dict.fromkeys(HOSTILE, KERNELS["sharpen"]), "".join(HOSTILE)
    page = open_page(page_html(name, run_of(noise(9, 9), kernels)))
    assert page.locator("h1").text_content() == page.title() == name
    assert page.locator("#rows button").all_text_contents()[1:] == HOSTILE
    assert page.inner_text("#text").startswith(f"{HOSTILE[0]} at ")
    assert shlex.split(page.inner_text("#command"))[3] == name
    assert page.evaluate("document.images.length + document.scripts.length") == 3


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
    page.wait_for_timeout(100)
    for directive in ("default-src 'none'", "img-src", "script-src", "style-src"):
        assert any("Content Security Policy" in text and directive in text for text in refused)
    assert page.title() == "photo.png"
    page.close()


def test_a_run_saves_the_page(script: Script, tmp_path: Path, open_page: Open) -> None:
    """At most 1.5 MB for 600 x 400 pixels and the bank; it opens at the pixel of --at."""
    done = script(
        "-i",
        ROOT / "images" / "coffee.png",
        "--method",
        "fast",
        "--at",
        "0,200",
        "--border",
        "zero",
        "--flip",
    )
    assert done.returncode == 0
    assert "; open output/coffee.html in a browser to see every pixel\n" in done.stdout
    page_file = tmp_path / "cwd" / "output" / "coffee.html"
    assert page_file.stat().st_size <= 1_500_000
    page = open_page(page_file)
    said = re.search(r"^small_blur at 0,200\n(?:  .*\n)+", done.stdout, re.MULTILINE)
    assert said is not None
    # The page computes with a convolve of its own.
    assert page.inner_text("#text") == said[0].rstrip("\n").replace("convolve_fast", "convolve")
    assert page.inner_text("#pin") == "pinned"
    assert page.inner_text("#summary") == "6 of 6 kernels match"
    assert page.inner_text("#heading").startswith(
        "600 x 400 pixels, kernels flipped, border zero: convolve_fast"
    )
    assert page.inner_text("#command").endswith(" --kernel small_blur --border zero --flip")


def large(coffee: np.ndarray, width: int, height: int) -> np.ndarray:
    """A photo with noise in its lowest two bits."""
    enlarged: np.ndarray = cv2.resize(coffee, (width, height)).astype(np.uint8)
    return np.asarray(enlarged ^ (noise(height, width) & 3))


def test_size_of_twelve_megapixels(coffee: np.ndarray) -> None:
    """At most 1.4 times the original in a lossless file."""
    image = large(coffee, 4000, 3000)
    assert len(html_of(run_of(image, KERNEL_BANK))) <= 1.4 * len(cv2.imencode(".png", image)[1])


def test_large_images_have_previews(open_page: Open, coffee: np.ndarray) -> None:
    """The page computes what it does not hold."""
    image, kernels = large(coffee, 1500, 1400), {name: KERNELS[name] for name in ("sobel_x", "gaussian")}
    assert image.size > FULL_PIXELS
    comparisons = run_of(image, kernels, "reflect", signed=True)
    page = open_page(html_of(comparisons))
    assert page.evaluate("job.ours === undefined && job.preview.width > 200")
    for place in [(0, 0), (1499, 3), (700, 900)]:
        text = page.evaluate("([x, y]) => arithmeticText(job, x, y)", place)
        assert text == arithmetic_text(comparisons[0], *place)
    page.keyboard.press("+")
    read = ".then((all) => [0, 700, 1399].map((y) => all.slice(1500 * y, 1500 * (y + 1))))"
    assert np.array_equal(page.evaluate(RESULT + read), comparisons[0].ours[[0, 700, 1399]])


def test_no_input_is_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "photo.html"
    target.write_bytes(b"input")
    with pytest.raises(ValueError, match=r"^cannot write .*photo\.html: it is an input"):
        Saver(tmp_path, ["photo.png", str(target)], ["sobel_x"]).prepare()


def test_data_is_ascii_without_markup() -> None:
    html = page_html("<>&\u2028é", run_of(noise(9, 9), {"<k>": KERNELS["sharpen"]}))
    (data,) = re.findall('<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert data.isascii()
    assert not set("<>&") & set(data)
    assert json.loads(data)["name"] == "<>&\u2028é"
