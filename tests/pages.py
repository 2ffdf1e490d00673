"""Real browsers without a network, pages of small runs, and what tests read of them."""

import contextlib
import itertools
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import cv2
import numpy as np
import pytest

from filtering.compare import Comparison, compare
from filtering.show.page import page_html
from kernels import KERNELS, flip

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Open = Callable[..., "Page"]
IMAGE = np.random.default_rng(0).integers(0, 256, (30, 40), dtype=np.uint8)


def absent(reason: str) -> NoReturn:
    """Fail where CI has to have a program that is not there; skip the test elsewhere."""
    (pytest.fail if os.environ.get("CI") and sys.platform == "linux" else pytest.skip)(reason)


def program(*names: str) -> str:
    """Return the path of the first program that is installed. names: as of Debian's packages, too."""
    return next(filter(None, map(shutil.which, names)), None) or absent(f"needs {names[0]} (apt-get install)")


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    path = program("chromium", "chromium-browser", "google-chrome")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])


@pytest.fixture(scope="session")
def tab(browser: "Browser") -> "Page":
    """One for most tests: a new one for each would take twice as long."""
    return browser.new_context(offline=True, viewport={"width": 1366, "height": 768}).new_page()


@pytest.fixture
def open_page(browser: "Browser", tab: "Page", tmp_path: Path) -> Iterator[Open]:
    """Open a page from a file with the network off; any console message, error or request is a failure."""
    said: list[str] = []
    requested: set[str] = set()
    pages: list[Page] = []
    listeners: dict[Any, Callable[[Any], None]] = {
        "console": lambda message: said.append(message.text),
        "pageerror": lambda error: said.append(str(error)),
        "dialog": lambda dialog: said.append(dialog.message),
        "request": lambda request: requested.add(request.url.partition("#")[0]),
    }

    def opened(html: str | Path, **options: Any) -> "Page":
        path = html if isinstance(html, Path) else tmp_path / "page.html"
        if isinstance(html, str):
            path.write_text(html, encoding="utf-8")
        page = browser.new_context(offline=True, **options).new_page() if options else tab
        pages.append(page)
        for event, listener in listeners.items():
            page.on(event, listener)
        page.mouse.move(0, 0)
        page.goto(path.as_uri())
        page.evaluate("ready.then(() => null)")
        settle(page)
        return page

    yield opened
    for page in pages:
        for event, listener in listeners.items():
            page.remove_listener(event, listener)
        if page != tab:
            page.context.close()
    assert said == []
    assert all(url.startswith("file://") and url.endswith(".html") for url in requested)


def run_of(*names: str, image: np.ndarray = IMAGE, flipped: bool = False, **options: Any) -> list[Comparison]:
    kernels = {name: flip(KERNELS[name]) if flipped else KERNELS[name] for name in names}
    return [compare(image, kernel, name=name, **options) for name, kernel in kernels.items()]


def html_of(*names: str, place: tuple[int, int] | None = None, flipped: bool = False, **more: Any) -> str:
    """Return the page of a run. more: as in run_of."""
    return page_html("photo.png", run_of(*names, flipped=flipped, **more), place, flipped)


def settle(page: "Page") -> None:
    """Wait until the next frame has been drawn."""
    page.evaluate("new Promise((d) => requestAnimationFrame(() => requestAnimationFrame(() => d(null))))")


def wait_until(page: "Page", expression: str) -> None:
    """Wait until JavaScript is true: the page's policy forbids it to Playwright's wait_for_function."""
    page.evaluate(f"""(async () => {{
        for (const end = performance.now() + 10000; !({expression}); ) {{
            if (performance.now() > end) throw Error("never true: " + {json.dumps(expression)});
            await new Promise((done) => setTimeout(done, 10));
        }}
    }})()""")


def result_of(page: "Page") -> np.ndarray:
    """Return the result of the first channel, when it is there."""
    wait_until(page, "job.ours")
    height, width, pixels = page.evaluate("[job.image.height, job.image.width, job.ours[0].join()]")
    return np.array(pixels.split(","), np.int16).reshape(height, width)


def what_if(page: "Page", text: str, **settings: Any) -> np.ndarray:
    """Write a kernel into the form, with other settings (border, flip, signed); return its result."""
    page.evaluate("([kernel, settings]) => apply({ ...settings, kernel })", [text, settings])
    return result_of(page)


def drop(page: "Page", image: np.ndarray, name: str) -> None:
    transfer = page.evaluate_handle(
        """([data, name]) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([Uint8Array.from(data)], name, { type: "image/png" }));
            return transfer;
        }""",
        [cv2.imencode(".png", image)[1].tolist(), name],
    )
    page.dispatch_event("body", "drop", {"dataTransfer": transfer})
    wait_until(page, "state.image !== original")


class Firefox:
    """Firefox with one tab, driven by WebDriver BiDi: Playwright drives only a Firefox of its own build."""

    def __init__(self, folder: Path, page: Path) -> None:
        """Open a page, and wait until it is loaded. folder: for a profile."""
        from websockets.sync.client import connect

        (folder / "user.js").write_text('user_pref("network.dns.disabled", true);')
        command = [program("firefox-esr", "firefox"), "--headless", "--remote-debugging-port=0", "--profile"]
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen([*command, str(folder)], stdout=quiet, stderr=quiet)
        server, deadline = folder / "WebDriverBiDiServer.json", time.monotonic() + 60
        while not (server.exists() and server.read_text().endswith("}")):
            assert time.monotonic() < deadline, "Firefox does not start"
            time.sleep(0.05)
        port = json.loads(server.read_text())["ws_port"]
        self.opened = contextlib.ExitStack()
        address = f"ws://127.0.0.1:{port}/session"
        self.socket = self.opened.enter_context(connect(address, max_size=None, proxy=None))
        self.numbers = itertools.count()
        self.send("session.new", capabilities={})
        self.tab = self.send("browsingContext.getTree")["contexts"][0]["context"]
        self.send("browsingContext.navigate", context=self.tab, url=page.as_uri(), wait="complete")

    def send(self, method: str, **parameters: Any) -> Any:
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while (answer := json.loads(self.socket.recv(60))).get("id") != number:
            pass  # an event
        assert "result" in answer, answer
        return answer["result"]

    def evaluate(self, function: str, argument: Any) -> Any:
        """Return what a function in JavaScript, or its promise, returns once the page is ready."""
        code = f"ready.then(() => ({function})({json.dumps(argument)})).then(JSON.stringify)"
        target = {"context": self.tab}
        answer = self.send("script.evaluate", expression=code, target=target, awaitPromise=True)
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return json.loads(answer["result"]["value"])

    def close(self) -> None:
        self.opened.close()
        self.process.terminate()
        self.process.wait(30)
