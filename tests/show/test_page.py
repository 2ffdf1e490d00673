"""The page, in a real Chromium without a network: what a visitor sees and does, and rules of its source."""

import re
import shlex
import subprocess
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from conftest import ROOT, Capture, contrast, noise
from pages import IMAGE, Open, absent, drop, html_of, result_of, run_of, settle, wait_until, what_if

from convolutions import convolve, convolve_fast, main
from filtering.arithmetic import arithmetic_text
from filtering.compare import compare
from filtering.files import read_image
from filtering.grammar import parse_kernel
from filtering.show.canvas import response_image
from filtering.show.page import FULL_PIXELS, page_html
from kernels import ABOUT, KERNEL_BANK, KERNELS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SOBEL = "-1 0 1; -2 0 2; -1 0 1"
SPOT = ",".join(map(str, run_of("sobel_x")[0].spot))
FIELD = "#square>>input>>nth="
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def sobel(open_page: Open) -> "Page":
    """A page of 40 x 30 pixels, each about nine screen pixels large, and two kernels."""
    return open_page(html_of("sobel_x", "small_blur"))


def point(page: "Page", x: int, y: int, panel: int = 0) -> tuple[float, float]:
    """Return the place of a pixel on the screen."""
    read = """([x, y, n]) => {
        const { canvas, left, upper, scale } = panels[n], box = canvas.getBoundingClientRect();
        return [box.left + (left + (x + 0.5) * scale) / devicePixelRatio,
                box.top + (upper + (y + 0.5) * scale) / devicePixelRatio];
    }"""
    place: list[float] = page.evaluate(read, [x, y, panel])
    return place[0], place[1]


def box(page: "Page", part: str) -> Any:
    """Return where an element is: its left, right, top, bottom, width and height."""
    return page.locator(part).evaluate("(element) => element.getBoundingClientRect().toJSON()")


def colour(page: "Page", panel: int, x: int, y: int) -> list[int]:
    """Return red, green, blue and opacity of a pixel in a panel, above its number."""
    read = """([n, x, y]) => {
        const { canvas, left, upper, scale } = panels[n], copy = new OffscreenCanvas(1, 1).getContext("2d");
        copy.drawImage(canvas, -(left + (x + 0.5) * scale), -(upper + (y + 0.2) * scale));
        return [...copy.getImageData(0, 0, 1, 1).data];
    }"""
    return list(page.evaluate(read, [panel, x, y]))


def do(page: "Page", story: str) -> None:
    """Act out a story: every line is an action and, behind `->`, what is then seen, parted by `|`.

    An action is a verb, then a pixel x,y[,panel], a key, code, or an element, for some with a text.
    Seen: `ELEMENT: TEXT`, * for anything; `ELEMENT shown`/`hidden`; `value FIELD: TEXT`; `js CODE: TEXT`;
    `filled x,y: True`, of the result; `exact KERNEL: True`, of all its pixels.
    """
    read: dict[str, Callable[[str], object]] = {
        "value": page.input_value,
        "js": page.evaluate,
        "filled": lambda place: colour(page, 1, *map(int, place.split(",")))[3] == 255,
        "exact": lambda text: np.array_equal(result_of(page), convolve(IMAGE, parse_kernel(text))),
    }
    for line in filter(None, map(str.strip, story.splitlines())):
        action, _, seen = line.partition("->")
        act(page, *action.strip().partition(" ")[::2])
        settle(page)
        for claim in filter(None, map(str.strip, seen.split("|"))):
            what, _, text = f"{claim} ".partition(": ")
            if what.endswith((" shown ", " hidden ")):
                assert page.is_visible(what.strip().rpartition(" ")[0]) == what.endswith(" shown "), line
                continue
            kind, _, part = what.partition(" ")
            found = " ".join(str(read[kind](part) if kind in read else page.inner_text(what)).split())
            assert fnmatchcase(found, text.strip()), (line, found)


def act(page: "Page", verb: str, rest: str) -> None:
    part, _, text = rest.partition(" ")
    if re.fullmatch("[0-9]+,[0-9,]+", rest):
        where = point(page, *map(int, rest.split(",")))
        page.mouse.click(*where) if verb == "click" else page.mouse.move(*where)
    elif verb in ("check", "uncheck"):
        page.set_checked(rest, verb == "check")
    elif verb in ("fill", "choose"):
        page.fill(part, text) if verb == "fill" else page.select_option(part, label=text)
    elif verb:
        function: Any = {"press": page.keyboard.press, "click": page.click, "run": page.evaluate}[verb]
        function(rest)


# ---- The first view, and the file


def test_the_first_view(open_page: Open) -> None:
    """Sharpen at the pixel that it changes most, one sentence above the panels, and nothing of a lesson.

    Without sharpen, one of 3 x 3 with signs, else the first.
    """
    page, (x, y) = open_page(html_of(*KERNEL_BANK)), run_of("sharpen")[0].spot
    parts = ("#rule", "figure:first-child canvas", "#window", "#about")
    tops = [box(page, part)["top"] for part in parts]
    assert tops == sorted(tops)
    assert tops[-1] < 768
    story = f"""
        -> #text: sharpen at {x},{y} * | #pin: largest change | #about: {ABOUT["sharpen"]}
        -> details p hidden | #quiz hidden | #back hidden | #error hidden | #waiting hidden
        click summary -> details p: *kernel*window*border*saturates*tie*
        click summary"""
    do(page, story)
    for names, opened in [("small_blur sobel_x laplacian", "sobel_x"), ("large_blur identity", "large_blur")]:
        do(open_page(html_of(*names.split())), f"-> #text: {opened} at *")


def test_a_run_saves_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, open_page: Open
) -> None:
    """At most 1.5 MB, opened at the pixel of --at; with --flip, kernels keep their names, squares turn."""
    monkeypatch.chdir(tmp_path)
    image, file = str(ROOT / "images" / "coffee.png"), tmp_path / "output" / "coffee.html"
    options = "--method fast --at 0,200 --border zero --flip --no-window -o output"
    assert main(["-i", image, *options.split()]) == 0
    said = re.search(r"^sharpen at 0,200\n(?:  .*\n)+", capsys.readouterr().out, re.MULTILINE)
    assert said is not None
    assert file.stat().st_size <= 1_500_000
    page = open_page(file)
    # The page computes with a convolve of its own.
    assert page.inner_text("#text") == said[0].rstrip("\n").replace("convolve_fast", "convolve")
    story = f"""
        -> #pin: pinned | #heading: 600 x 400 pixels, border zero, flipped
        -> #summary: 6 of 6 kernels match filter2D (OpenCV {cv2.__version__})
        -> #command: python convolutions.py --image {image} --kernel sharpen --border zero --flip
        click text=sobel_x -> value #kernel: -1 0 1 -2 0 2 -1 0 1 | value {FIELD}0: 1 | #command: *zero --flip
        uncheck #flip -> #back shown | #command: * --kernel sobel_x --border zero | value {FIELD}0: -1
        check #flip -> #back hidden"""
    do(page, story)


def test_large_images_are_computed_where_they_are_seen(open_page: Open, coffee: np.ndarray) -> None:
    """The part on the screen first, every n-th pixel of it; then the whole result. The page is small."""
    image = np.asarray(cv2.resize(coffee, (1500, 1400)).astype(np.uint8) ^ (noise(1400, 1500) & 3))
    assert image.size > FULL_PIXELS
    (run,) = run_of("sobel_x", image=image, border="reflect", signed=True)
    html = page_html("photo.png", [run])
    assert len(html) <= 1.4 * len(cv2.imencode(".png", image)[1])
    page = open_page(html)
    assert page.evaluate("arithmeticText(job, 1499, 3)") == arithmetic_text(run, 1499, 3)
    part = page.evaluate("""(() => {
        const { canvas } = partOf(job, 30, 40, 1300, 1100, 3), { width, height } = canvas;
        const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
        return data.filter((_, at) => at % 4 === 0).join();
    })()""").split(",")
    assert np.array_equal(result_of(page), run.ours)
    assert page.evaluate("job.white") == run.white
    shades = response_image(run.ours[40:1100:3, 30:1300:3], run.white or 0)
    assert np.abs(np.array(part, int).reshape(shades.shape) - shades).max() <= 1  # float noise


HOSTILE = [
    "<img src=x onerror=alert(1)>", "</script><script>alert()</script>", "&amp;\u2028<!--", "' \" \\ \udc80"
]  # fmt: skip


def test_names_are_text(open_page: Open) -> None:
    path, (run,) = "".join(HOSTILE[::-1]), run_of("sharpen")
    html = page_html(path, [compare(IMAGE, run.kernel, name=name) for name in HOSTILE])
    page = open_page(html)
    assert page.locator("h1").text_content() == page.title() == path.rpartition("/")[2]
    assert page.locator("#rows button").all_text_contents() == HOSTILE
    assert page.inner_text("#text").startswith(f"{HOSTILE[0]} at ")
    assert shlex.split(page.inner_text("#command"))[3] == path
    assert page.evaluate("document.images.length + document.scripts.length") == 2
    (data,) = re.findall('<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert data.isascii()
    assert not set("<>&") & set(data)


def test_a_host_that_forbids_scripts(browser: "Browser") -> None:
    """A page under the site's own policy says so, instead of empty boxes."""
    page, html = browser.new_page(), html_of("sharpen")
    policy = {"content-type": "text/html", "content-security-policy": "script-src 'self'"}
    page.route("**/*", lambda route: route.fulfill(body=html, headers=policy))
    page.goto("http://site.example/photo.html")
    assert "the site that the page comes from forbids them" in page.inner_text("#waiting")
    assert page.locator("body :visible").count() == 1
    page.close()


def test_the_policy_forbids_requests(browser: "Browser", tmp_path: Path) -> None:
    """And any script or style that is not the page's own."""
    path, page = tmp_path / "page.html", browser.new_page()
    path.write_text(html_of("sharpen"), encoding="utf-8")
    page.goto(path.as_uri())
    page.evaluate("""() => {
        window.refused = new Set();
        document.onsecuritypolicyviolation = (event) => refused.add(event.effectiveDirective);
        const add = (tag, values) => document.body.append(make(tag, values));
        fetch("file:///etc/hostname").catch(() => null);
        add("img", { src: "data:image/png;base64,AAAA" });
        add("script", { textContent: "document.title = 1" });
        add("style", { textContent: "* { color: red }" });
    }""")
    wait_until(page, "refused.size === 4")
    refused = page.evaluate("[...refused].sort()")
    assert refused == ["connect-src", "img-src", "script-src-elem", "style-src-elem"]
    assert page.title() == "photo.png"
    page.close()


# ---- The command line and the link


def test_the_command_lines_do_the_same(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the path as it was given; and for kernels one after the other, where the result is the image."""
    monkeypatch.chdir(tmp_path)
    path = Path("my photos") / "photo.png"
    path.parent.mkdir()
    cv2.imwrite(str(path), IMAGE)
    page = open_page(page_html(str(path), run_of("sobel_x")))
    story = """
        choose #border wrap
        check #flip
        fill #kernel 1 2 1; 0 1/3 0; -1 -2 -1 / 4
        click #again
        fill #kernel -3 2 7 / 6
        click #again
        fill #kernel -1 0 1; -2 0 2; -1 0 1 -> h1: photo.png after kernel after kernel"""
    do(page, story)
    commands = list(map(shlex.split, page.inner_text("#command").splitlines()))
    assert commands[0][:4] == ["python", "convolutions.py", "--image", str(path)]
    for command in commands:
        assert main([*command[2:], "--no-window", "-o", "output"]) == 0
    saved = read_image("output/photo_matrix_matrix_sobel_x.png")[0][..., 0]
    assert (len(commands), np.array_equal(saved, result_of(page))) == (3, True)
    do(page, "check #signed -> js $('again').disabled: True")
    do(page, "click #back -> js state.image === original: True")


def test_copy(sobel: "Page") -> None:
    sobel.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sobel.clock.install()
    for button, label in (("copy", "Copy this command line"), ("link", "Copy link")):
        sobel.click(f"#{button}")
        sobel.wait_for_selector(f"#{button} >> text=/^Copied$/")
        copied = sobel.evaluate("navigator.clipboard.readText()")
        command = "python convolutions.py --image photo.png --kernel sobel_x"
        assert copied == (command if button == "copy" else sobel.url)
        sobel.clock.run_for(2000)
        assert sobel.inner_text(f"#{button}") == label
    assert "#kernel=sobel_x&" in copied


def test_a_link_brings_the_same_view(sobel: "Page") -> None:
    """Kernel, border, flip, signed, pixel and zoom, after a reload and into a page that is open."""
    story = """
        fill #kernel 0 1 2; 3 4 5; 6 7 -8 / 9
        choose #border wrap
        check #flip
        check #signed
        click 21,9
        press +
        press +
        press +"""
    do(sobel, story)
    wait_until(sobel, "location.hash.includes('zoom=3.38')")
    sobel.reload()
    story = """
        run ready.then(() => null) -> js job.kernel.cells.join(): -8,7,6,5,4,3,2,1,0 | js job.border: wrap
        -> js `${[state.flip, state.signed, state.zoom]}`: true,true,3.38 | #place: 21,9 | #pin: pinned
        run (location.hash = '#kernel=small_blur&border=zero&x=2&y=30000', null)
        -> js nameOf(job.kernel, state.flip): small_blur | js job.border: zero | #place: 2,29"""
    do(sobel, story)


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
    corner = box(sobel, "#square input >> nth=5")
    x, y = corner["left"] + 9, corner["top"] + 9
    sobel.mouse.move(x, y)
    sobel.mouse.down()
    for moved, weight in [(3, 2), (16, 4), (28, 6), (-24, -1)]:
        sobel.mouse.move(x + moved, y)
        do(sobel, f"-> value #square input >> nth=5: {weight} | exact -1 0 1; -2 0 {weight}; -1 0 1: True")
    sobel.keyboard.down("Shift")
    sobel.mouse.move(x + 8, y)
    do(sobel, "-> value #square input >> nth=5: 12")
    sobel.keyboard.up("Shift")
    sobel.mouse.move(x, y)
    sobel.mouse.up()
    do(sobel, "-> #back hidden | js document.activeElement.tagName: BODY")


def test_what_is_no_kernel(sobel: "Page") -> None:
    """The rule is told after a pause, nothing dims, and nothing can be taken for the wrong kernel's."""
    sobel.clock.install()
    for text in ("", "1 2", "1/0"):
        sobel.fill("#kernel", text)
        sobel.clock.run_for(500)
        assert not sobel.is_visible("#error")
        sobel.clock.run_for(500)
        assert re.search("^a \\w+ needs .*The images show the kernel before.$", sobel.inner_text("#error"))
        assert (sobel.is_disabled("#copy"), sobel.inner_text("#command")) == (True, "")
        assert sobel.evaluate("[getComputedStyle($('panels')).opacity, job.name]") == ["1", "sobel_x"]
        sobel.fill("#kernel", "1 2 3")
        assert not sobel.is_visible("#error")
        assert sobel.inner_text("#command").endswith('--kernel "1 2 3"')
        sobel.fill("#kernel", SOBEL)


def test_large_kernels(sobel: "Page") -> None:
    """Up to 255 a side, drawn, a pixel for each weight."""
    weights = np.random.default_rng(3).integers(-9, 10, (11, 255))
    text = "; ".join(" ".join(map(str, row)) for row in weights.tolist()) + " / 99"
    assert np.array_equal(what_if(sobel, text), convolve_fast(IMAGE, weights / 99))
    do(sobel, "-> #square p: kernel 11 x 255 / 99 | #window p: window, its middle 7 x 7")
    signs = sobel.evaluate("""(() => {
        const canvas = document.querySelector("#square canvas"), g = canvas.getContext("2d");
        const rows = inRows([...g.getImageData(0, 0, canvas.width, canvas.height).data], 4 * canvas.width);
        return rows.map((row) => inRows(row, 4).map(([red, , blue]) => Math.sign(red - blue)));
    })()""")
    assert np.array_equal(signs, np.sign(weights))


# ---- Kernels in words


SAID = {  # of a kernel, and what is not
    "1 1 1; 1 1 1; 1 1 1": (["up to 9: flat areas become 9 times as bright", "divide by 9"], ["show them"]),
    "0 1 0; 0 -1 0; 0 0 0": (["up to 0: flat areas become 0, black", "show them"], ["divide", "above"]),
    "0 0 0; 0 1 0; 0 0 0": (["up to 1: flat areas keep their brightness"], ["% of the sums", "times as"]),
    "0 1 -3": (
        ["up to -2: flat areas become negative", "gives another kernel"],
        ["bright", "divide", "column"],
    ),
    "0.75 0 -0.125": (["up to 0.625: flat areas become 0.625 times as bright"], ["divide"]),
    "1 2 1; 2 4 2; 1 2 1 / 16": (["nothing", "the column (1 2 1) times the row (1 2 1), / 16."], ["cannot"]),
    SOBEL: (["its sign", "column (1 2 1) times the row (-1 0 1)."], ["cannot"]),
    "1 2 3; 4 5 6; 7 8 9": (["gives another kernel", "It cannot be split into"], ["nothing"]),
    "0.3333333 0.3333333 0.1; 0.3333333 0.3333333 0.1; 0 0 0": (["gives another kernel."], ["column"]),
    "1 2 1; 2 4 2; 1 2 1/16": (["Mind that only the last weight is divided"], []),
    "300 -299 3": (["up to 4: flat areas become 4 times as bright"], []),
}


@pytest.mark.parametrize("signed", [False, True])
def test_what_is_said_of_a_kernel(sobel: "Page", signed: bool) -> None:
    """The shares of sums that are cut off are counted before rounding, as in Python."""
    limits = (-32768, 32767) if signed else (0, 255)
    for text, (said, unsaid) in SAID.items():
        what_if(sobel, text, signed=signed)
        comparison, note = compare(IMAGE, parse_kernel(text), signed=signed), sobel.inner_text("#note")
        assert signed or [part for part in said if part not in note] == [], text
        assert signed or [part for part in unsaid if part in note] == [], text
        shares = comparison.clipped_low, comparison.clipped_high
        assert sobel.evaluate("job.clipped") == pytest.approx(shares, abs=1e-12)
        for share, limit, side in zip(shares, limits, ("below", "above"), strict=True):
            assert (f" % of the sums are {side} {limit} and became {limit}" in note) == (share > 0)
            if 0.01 <= share <= 0.99:
                assert f"{int(100 * share + 0.5)} % of the sums are {side}" in note


# ---- An image of one's own


def test_ones_own_image_stays(sobel: "Page") -> None:
    """Through kernels of the list and the form; it starts at its middle, in gray as OpenCV makes it."""
    colour = noise(60, 70, 3)
    drop(sobel, colour, "it's mine.png")
    gray = cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY)
    assert np.array_equal(sobel.evaluate("inRows([...state.image.planes[0]], state.image.width)"), gray)
    heading = "70 x 60 pixels, border replicate, computed in your browser, not compared"
    do(sobel, f"-> #place: 35,30 | #rate: 13 pixels a second | #heading: {heading}")
    for name in ("small_blur", "sobel_x"):  # the verdicts are of the run's image
        story = f"""
            click #rows >> text={name} -> h1: it's mine.png | .verdict hidden | figcaption >> nth=0: image*
            -> [aria-current=true]: {name} | #command: * --image "it's mine.png" --kernel {name}"""
        do(sobel, story)
        assert np.array_equal(result_of(sobel), convolve(gray, KERNELS[name]))
    sobel.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sobel.click("#link")
    wait_until(sobel, "$('link').textContent === 'Copied, but not the image'")
    story = """
        click #back -> .verdict shown | #summary shown | h1: photo.png | #rate: 6 pixels a second
        -> js state.image === original && job === run.kernels[0].job: True"""
    do(sobel, story)
    sobel.set_input_files("#file", {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no image"})
    sobel.wait_for_selector("#unread:visible")
    do(sobel, "-> #unread: cannot read notes.txt: not an image that this browser knows")


def test_on_a_colour_page_it_stays_in_colour(open_page: Open) -> None:
    page, colour = open_page(html_of("sharpen", image=noise(20, 30, 3))), noise(25, 35, 3, seed=4)
    drop(page, colour, "mine.png")
    planes = page.evaluate("state.image.planes.map((plane) => Array.from(plane))")
    assert np.array_equal(planes, colour.reshape(-1, 3).T)
    do(page, "-> #command: * --kernel sharpen --color")


# ---- For a lesson


@pytest.mark.parametrize("names", [["sobel_x", "small_blur"], [*KERNEL_BANK]])
def test_quiz(open_page: Open, names: list[str]) -> None:
    """Four answers, one of them right; nothing else on the page, nor the link, tells it before."""
    page = open_page(html_of(*names))
    for asked in range(4):
        do(page, "click #another" if asked else "click #ask")
        answers, right = page.locator("#answers button").all_inner_texts(), page.evaluate("job.name")
        assert len(set(answers)) == 4
        assert right in set(answers) & set(names)
        assert set(answers) >= set(names) or len(names) > 4
        others = page.locator("body").inner_text().replace("\n".join(answers), "")
        assert not any(name in others for name in KERNELS)
        assert page.locator("canvas:visible").count() == 2
        assert right not in page.url
        answer = right if asked % 2 else next(name for name in answers if name != right)
        verdict = "Right" if asked % 2 else f"No, not {answer}"
        story = f"""
            click #answers >> text='{answer}' -> #question: {verdict}: it is {right}. | #text: {right} at *
            -> #about: {ABOUT[right]}"""
        do(page, story)
    do(page, "click #leave -> #quiz hidden")
    wait_until(page, f"location.hash.startsWith('#kernel={right}&')")


def test_the_quiz_offers_no_second_name_of_the_right_kernel(open_page: Open) -> None:
    page = open_page(page_html("photo.png", [compare(IMAGE, KERNELS["sharpen"], name="mine")]))
    for _ in range(30):
        names = page.evaluate("(askQuiz(), state.quiz.names)")
        assert ("mine" in names, "sharpen" in names) == (True, False)


# ---- What a visitor does

WINDOW = IMAGE[18:21, 37:40].astype(int)
SUM = int((WINDOW * KERNELS["sobel_x"]).sum())
TOLD = "#products table {0} | #near table {0} | #sum {0} | #text {0} | figure:nth-child(2) b {0}"
PRODUCTS = IMAGE[6:9, 6:9].ravel() * np.array([2, 2, 2, 2, 4, 2, 2, 2, 2])
STORIES = {
    "weights_by_keys": f"""
        click {FIELD}4
        press ArrowUp -> value {FIELD}4: 1 | exact -1 0 1; -2 1 2; -1 0 1: True
        press Shift+ArrowDown -> value {FIELD}4: -9
        press ArrowUp -> value {FIELD}4: -8
        fill {FIELD}4 0.25
        press ArrowDown -> value {FIELD}4: 0.24
        fill {FIELD}4 1/2 -> js $("kernel").value === " -1   0   1\\n -2 1/2   2\\n -1   0   1": True
        -> #text: kernel at * computed in your browser: * | exact -1 0 1; -2 1/2 2; -1 0 1: True""",
    # Also where weights and divisor have a common factor; numbers and products are those of the square.
    "the_divisor_stays_while_weights_are_edited": f"""
        fill #kernel 1 2 1; 2 4 2; 1 2 1 / 16
        click 7,7
        fill {FIELD}0 2
        fill {FIELD}2 2
        fill {FIELD}6 2
        fill {FIELD}8 2
        press Escape -> #square p: kernel 3 x 3 / 16 | value {FIELD}8: 2 | value {FIELD}4: 4
        -> #products table: {" ".join(map(str, PRODUCTS))} | #sum: sum {PRODUCTS.sum()} / 16 →
        fill #kernel 2 2 2; 2 4 2; 2 2 2 / 16 -> #square p: kernel 3 x 3 / 8 | value {FIELD}8: 1""",
    # Settings of the run bring its comparison back.
    "presets_and_back": f"""
        choose #preset gaussian -> #back shown | #command: * gaussian | #about: {ABOUT["gaussian"]}
        -> exact 1 4 6 4 1; 4 16 24 16 4; 6 24 36 24 6; 4 16 24 16 4; 1 4 6 4 1 / 256: True
        choose #preset sobel_x -> #back hidden | #command: * sobel_x | exact {SOBEL}: True
        fill #kernel 5 -> #about: | exact 5: True
        click #back -> js job === run.kernels[0].job: True
        click text=small_blur -> [aria-current=true]: small_blur""",
    "the_cover_is_cleared": "".join(
        f"""
        click text=Step -> #all shown | filled 39,29: False
        {action} -> #all hidden | filled 38,28: True"""
        for action in ("click 3,3", "check #flip", "choose #border zero", "click #all", "press Escape")
    ),
    "a_change_keeps_the_pixel_but_not_the_word_for_why_it_was_chosen": f"""
        fill #kernel 1 2 3 -> #place: {SPOT} | #pin:
        click #back -> #place: {SPOT} | #pin: strongest response
        choose #border wrap -> #place: {SPOT} | #pin:
        click #back
        click #again -> #place: {SPOT} | #pin:""",
    "buttons_in_the_words": """
        fill #kernel 1 1 1; 1 1 1; 1 0 1 / 2 -> #note: *4 times as bright*
        check #flip
        click text=divide by 4 -> value #kernel: 1 1 1 1 1 1 1 0 1 / 8 | #note: *keep their brightness*
        uncheck #flip
        choose #preset sobel_x -> #note: *show them*
        click text=show them -> js $("signed").checked && !$("note").textContent.includes("show them"): True
        -> #note: *Grey means 0, white [1-9]* or more*
        uncheck #signed -> #back hidden""",
    "nothing_tells_the_sum_before_it_is_asked_for": f"""
        hover 20,11
        click #predict -> #window table shown | #predict: Show the sum | {TOLD.format("hidden")}
        press ArrowRight -> js $("live").textContent: 21,11: original {IMAGE[11, 21]}
        fill #number 100 -> {TOLD.format("hidden")}
        click #predict -> #told: At 21,11 you said 100, it is {convolve(IMAGE, KERNELS["sobel_x"])[11, 21]}.
        -> #place: 21,11 | #pin: pinned | {TOLD.format("shown")}""",
    # The slider leaves the keys to the pixel; moves by keys are told.
    "hover_click_and_keys": f"""
        hover 7,11 -> #text: sobel_x at 7,11 *
        hover 8,11,1 -> #text: sobel_x at 8,11 *
        click 39,29
        hover 3,3 -> #place: 39,29 | #pin: pinned
        press ArrowRight -> #place: 39,29
        press ArrowLeft -> #place: 38,29
        press Shift+ArrowUp -> #place: 38,19 | js $("live").ariaLive: polite
        -> js $("live").textContent: 38,19: original {WINDOW[1, 1]}, sum {SUM}, result {np.clip(SUM, 0, 255)}
        click text=small_blur -> #text: small_blur at 38,19 *
        press Escape
        hover 3,3 -> #place: 3,3 | #pin:
        click #speed
        press ArrowRight -> #place: 4,3 | #pin: pinned
        run $("kernel").focus()
        press Escape -> #place: 4,3 | #pin:""",
    # From the pinned pixel, or from 0,0 to the last pixel, whatever the mouse passed over; then again.
    "step_and_play": """
        click 38,9
        click text=Step
        press . -> #place: 0,10
        press ArrowRight -> #place: 1,10 | #all shown
        press ArrowLeft -> filled 0,9: True | filled 5,10: False | filled 20,20: False
        press Escape
        hover 38,9
        fill #speed 0
        click #play -> #play: ❚❚ Pause | #place: *,0
        run advance(600)
        press Space -> #play: ▶ Play | #pin: paused | filled 20,10: True | filled 20,20: False
        run window.paused = $("place").textContent
        hover 3,3 -> js $("place").textContent === paused: True
        fill #speed 6
        click #play
        -> #play: ↻ Again | #place: 39,29 | filled 20,20: True
        fill #speed 0
        click #play -> #place: *,0""",
    # Signs that occur in the kernel, and the edge where the window reaches past it.
    "the_legend_names_what_is_shown": """
        hover 20,15 -> #legend: positive negative the pixel itself
        hover 20,29 -> #legend: positive negative the pixel itself past the edge: border replicate
        choose #border zero -> #legend: *past the edge: border zero | #window p: window
        fill #kernel 0 2 0 -> #legend: positive the pixel itself
        fill #kernel -2 -> #legend: negative the pixel itself
        fill #kernel 0 -> #legend: the pixel itself""",
}


@pytest.mark.parametrize("story", STORIES)
def test_stories(sobel: "Page", story: str) -> None:
    do(sobel, STORIES[story])


def test_keyboard_alone(sobel: "Page") -> None:
    """Tab reaches every kernel, weight, button and field, with a visible outline; Enter selects."""
    reached, more = [], True
    while more:
        sobel.keyboard.press("Tab")
        name, outline, more = sobel.evaluate("""(({ id, ariaLabel, textContent }) => [
            id || ariaLabel || textContent, getComputedStyle(document.activeElement).outlineStyle,
            document.activeElement !== document.body])(document.activeElement)""")
        reached.append(name)
        assert outline == "solid" or not more
    wanted = {"sobel_x", "small_blur", "play", "Step", "kernel", "border", "flip", "copy", "link", "ask"}
    assert wanted | {"again", "weight in row 2, column 3", "What is this?"} <= set(reached)
    sobel.focus("text=small_blur")
    do(sobel, "press Enter -> js job.name: small_blur")


def test_a_phone(open_page: Open) -> None:
    """Original and result in one row, the kernel below, then the arithmetic. A finger scrolls, taps pin."""
    page = open_page(html_of(*KERNEL_BANK), device_scale_factor=3, **PHONE)
    parts = "figure:nth-child(1) canvas", "figure:nth-child(2) canvas", "#square", "#window", "#text"
    original, result, square, window, text = (box(page, part) for part in parts)
    assert original["top"] == result["top"] < square["top"] < window["top"] < text["top"]
    assert square["top"] - original["bottom"] < 40
    assert page.locator("canvas:visible").count() == 6 + 2
    before = page.inner_text("#place")
    page.evaluate("addEventListener('scrollend', () => { window.rests = true; })")
    (x, y), finger = point(page, 12, 5), page.context.new_cdp_session(page)
    for event, moved in [("touchStart", 0), *(("touchMove", by) for by in range(5, 80, 5)), ("touchEnd", 80)]:
        points = [{"x": x, "y": y - moved}] * (event != "touchEnd")
        finger.send("Input.dispatchTouchEvent", {"type": event, "touchPoints": points})
    wait_until(page, "scrollY > 30 && window.rests")
    do(page, f"run scrollTo(0, 0) -> #place: {before} | #pin: largest change")
    page.touchscreen.tap(*point(page, 12, 5))
    do(page, "-> #place: 12,5 | #pin: pinned")
    page.tap("[data-key=ArrowDown]")
    do(page, "run scrollTo(0, 0) -> #place: 12,6 | #pin: pinned")
    page.touchscreen.tap(*point(page, 12, 6))
    do(page, "-> #place: 12,6 | #pin: | js document.documentElement.scrollWidth: 390")  # released


def test_filter2d_is_shown_where_it_differs(open_page: Open) -> None:
    """With the difference, brightened; where both are equal, the list says so."""
    ties = compare(IMAGE, np.pad([[0.5]], 6), name="ties")
    page = open_page(page_html("photo.png", [ties, *run_of("sharpen")]))
    assert page.locator("canvas:visible").count() == 2 + 2
    do(page, "click text=ties -> #pin: the first that differs | #text: *, a tie")
    assert ties.explanation in page.inner_text("#note")
    assert page.locator("canvas:visible").count() == 2 + 4 + 1
    _, *captions = page.locator("figcaption").all_inner_texts()
    ours, theirs = (side[ties.spot[::-1]] for side in (ties.ours, ties.opencv))
    assert captions == [f"result{ours}", f"filter2D{theirs}", f"difference: {ties.differing} differ"]
    do(page, "\n".join(f"hover {7 + panel},11,{panel} -> #place: {7 + panel},11" for panel in range(4)))


def test_zoom(sobel: "Page") -> None:
    """With Ctrl, around the pixel under the mouse, by as much as the wheel turns; else the page scrolls."""
    before, zoom = sobel.evaluate("panels[0].scale"), 1.0
    do(sobel, "hover 30,20 -> #mouse: *Ctrl + wheel zooms*")
    sobel.mouse.wheel(0, -100)
    do(sobel, "-> js state.zoom: 1")
    sobel.keyboard.down("Control")
    for turned in (-100, -4, -500):
        zoom *= np.exp(-0.002 * turned)
        sobel.mouse.wheel(0, turned)
        settle(sobel)
        assert sobel.evaluate("state.zoom") == pytest.approx(zoom)
    sobel.keyboard.up("Control")
    assert sobel.evaluate("panels[0].scale") > 2 * before
    left, upper = point(sobel, 30, 20)
    do(sobel, "hover 30,20 -> #place: 30,20")
    sobel.mouse.down()
    sobel.mouse.move(left - 50, upper, steps=5)
    sobel.mouse.up()
    do(sobel, "-> #pin:")  # a drag is no click
    assert point(sobel, 30, 20)[0] == pytest.approx(left - 50, abs=8)
    do(sobel, f"press 0 -> js panels[0].scale: {before}\npress +\npress +")
    assert sobel.evaluate("panels[0].scale") > before


def test_the_view_follows_the_pixel(sobel: "Page") -> None:
    """The window of the kernel and its rim stay inside the panel, wherever the pixel goes."""
    inside = """(() => {
        const { left, upper, scale, canvas } = panels[0], { rx, ry } = job, place = state;
        return left + (place.x - rx) * scale >= 0 && left + (place.x + rx + 1) * scale <= canvas.width
            && upper + (place.y - ry) * scale >= 0 && upper + (place.y + ry + 1) * scale <= canvas.height;
    })()"""
    far = [f"press Shift+Arrow{way}" for way in ["Left", "Up", "Right", "Down"] * 2 + ["Left"] * 4]
    actions = ["click 20,15", *["press +"] * 9, *far, "press .", *["run advance(37)"] * 3, "press -"]
    for action in actions:
        do(sobel, action)
        assert sobel.evaluate(inside), action
        assert action not in far or sobel.evaluate("state.zoom") > 5


# ---- Colours, marks and the legend


CELLS = """(grid) => [...document.querySelectorAll(`#${grid} td`)].map((cell) => {
    const of = (element) => getComputedStyle(element);
    const text = cell.textContent || cell.firstChild?.value || "";
    return [text, of(cell.firstElementChild ?? cell).color, of(cell).backgroundColor,
            of(cell.closest("table")).backgroundColor];
})"""
OUTLINE = """(selector) => {
    const { outlineStyle, outlineColor, boxShadow } = getComputedStyle(document.querySelector(selector));
    return [outlineStyle, outlineColor, boxShadow.replace(/ [0-9]+px/g, "")];
}"""
AMBER = """(() => {
    const { canvas, left, upper, scale } = panels[0], { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    const coloured = [...Array(width * height).keys()].filter((at) => data[4 * at] !== data[4 * at + 2]);
    const aside = (at, start) => at < start - 2 || at > start + scale + 2;
    const apart = (at) => aside(at % width, left) || aside(at / width, upper); // from 0,0
    return [coloured.length, coloured.filter(apart).length];
})()"""
ORANGE, BLUE = [213, 94, 0], [0, 114, 178]


def numbers(colour: str) -> list[float]:
    """Return red, green, blue and opacity of a computed colour."""
    found = [float(number) for number in re.findall("[0-9.]+", colour)]
    return found if len(found) == 4 else [*found, 1.0]


def check_tints(page: "Page", grid: str) -> None:
    """See that the strongest tint of a grid, a weak one and none have the colour of the sign."""
    tints = set()
    for text, ink, tinted, behind in page.evaluate(CELLS, grid):
        *tint, opacity = numbers(tinted)
        if sign := float(text):
            tints.add(opacity)
            assert tint == (ORANGE if sign > 0 else BLUE)
        else:
            assert (max(tint) - min(tint) < 5, opacity) == (True, 1)
        paper = opacity * np.array(tint) + (1 - opacity) * np.array(numbers(behind)[:3])
        assert contrast(numbers(ink)[2::-1], paper[::-1]) >= 4.5, (grid, text)
    assert min(tints) < 0.15
    assert max(tints) == pytest.approx(0.7, abs=0.01)  # opacity is computed in steps of 1/255


THEMES = [("screen", "light", 390), ("screen", "dark", 1366), ("print", "dark", 390)]


@pytest.mark.parametrize(("media", "scheme", "width"), THEMES)
def test_colours_and_marks(open_page: Open, media: Any, scheme: Any, width: int) -> None:
    """Negative is blue and positive orange, with readable numbers on the strongest tint, a weak one and none.

    Grids and legend mark the pixel itself in amber, and what is past the edge by dashes; there the panel is
    dark grey. Nothing else in it has a hue. What is printed is on white, with nothing to press.
    """
    kernel = np.array([[-8, -1, 0], [1, 8, 0.5], [0, 3, -3]])
    white = compare(np.full((9, 9), 255, np.uint8), kernel, name="mixed")
    html = page_html("photo.png", [white], (0, 0))
    page = open_page(html, viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.emulate_media(media=media)
    for grid in ("square", "products"):
        check_tints(page, grid)
    for name, *outline in [("past", "dashed", "rgb(255, 255, 255)"), ("here", "solid", "rgb(255, 190, 40)")]:
        for part in ("#window td", "#legend "):
            assert page.evaluate(OUTLINE, f"{part}.{name}") == [*outline, "rgb(0, 0, 0) inset"]
    read = "(name) => getComputedStyle(document.querySelector(`#legend .${name}`)).backgroundColor"
    assert [numbers(page.evaluate(read, name))[:3] for name in ("plus", "minus")] == [ORANGE, BLUE]
    assert page.locator("#legend > span:visible").count() == 4
    last, card = box(page, "#legend #past"), box(page, "#arithmetic")
    assert card["left"] <= last["left"] < last["right"] <= card["right"]
    assert page.evaluate("document.documentElement.scrollWidth") == width
    *past, opacity = colour(page, 0, -1, 5)
    assert (len(set(past)), opacity) == (1, 255)
    assert contrast([255] * 3, past) >= 4.5
    assert colour(page, 0, 1, 5) == [255] * 4
    amber, elsewhere = page.evaluate(AMBER)
    assert (amber > 100, elsewhere) == (True, 0)
    if media == "print":
        story = """
            -> js getComputedStyle(document.body).color: rgb(0, 0, 0)
            -> js getComputedStyle(document.documentElement).colorScheme: light
            -> #rows shown | #panels shown | #grids shown | #text shown | #note shown
            -> #whatif hidden | .bar hidden | .hint hidden | #note button hidden"""
        do(page, story)


def test_numbers_on_every_grey_are_readable(sobel: "Page") -> None:
    for grey, ink in enumerate(sobel.evaluate("Array.from({ length: 256 }, (_, grey) => inkOn(grey))")):
        assert contrast([{"#000": 0, "#fff": 255}[ink]] * 3, [grey] * 3) >= 4.5


# ---- Rules of the source, by the linters and axe-core in tests/node_modules


MODULES = ROOT / "tests" / "node_modules"
AXE = """async () => (await axe.run()).violations.map(({ id, nodes }) =>
    [id, ...nodes.map(({ target, any, all, none }) =>
        `${target.join(" ")}: ${[...any, ...all, ...none].map(({ message }) => message).join("; ")}`)])"""


@pytest.fixture
def modules() -> Path:
    return MODULES if MODULES.is_dir() else absent("needs npm packages (npm install --prefix tests)")


@pytest.mark.parametrize("linter", ["eslint", "html-validate"])
def test_linters(modules: Path, linter: str) -> None:
    """All of the page's scripts are one text, as they share one scope."""
    html, options = html_of("sobel_x"), ["--config", "html-validate.config.mjs"]
    scripts = re.findall("<script>(.*?)</script>", html, re.DOTALL)
    assert scripts
    text, name, options = ("\n".join(scripts), "js", []) if linter == "eslint" else (html, "html", options)
    command = [str(modules / ".bin" / linter), *options, "--stdin", "--stdin-filename", f"page.{name}"]
    done = subprocess.run(command, input=text, cwd=modules.parent, capture_output=True, text=True)
    if done.returncode or done.stdout.strip():
        pytest.fail(done.stdout + done.stderr, pytrace=False)


def test_the_page_is_small() -> None:
    folder = ROOT / "filtering" / "show"
    files = [path for kind in ("html", "css", "js") for path in folder.glob(f"*.{kind}")]
    lines = [line for path in files for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(lines) <= 1700
    assert max(map(len, lines)) <= 110


@pytest.mark.parametrize(
    ("options", "typed"),
    [({}, "1 2"), ({"color_scheme": "dark"}, "1 2 3"), (PHONE, ""), ({"forced_colors": "active"}, "")],
)
def test_everybody_can_use_it(open_page: Open, modules: Path, options: dict[str, Any], typed: str) -> None:
    page = open_page(html_of("sobel_x", "small_blur"), **options)
    if typed:
        page.fill("#kernel", typed)
        page.wait_for_selector("#error", state="visible" if typed == "1 2" else "hidden")
        settle(page)
    # The page's policy forbids further script elements; evaluate is not bound by it.
    page.evaluate((modules / "axe-core" / "axe.min.js").read_text(encoding="utf-8") + "; null")
    found = page.evaluate(AXE)
    assert not found, "\n".join(map("\n  ".join, found))
