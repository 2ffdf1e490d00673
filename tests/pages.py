"""A real Chromium without a network, pages of small runs, and what tests read of them."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from filtering.compare import Comparison, compare
from filtering.show.page import page_html

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Open = Callable[..., "Page"]


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        path = None
    if path is None:
        reason = "the page's tests need Chromium (apt-get install chromium) and Playwright"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
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
        "request": lambda request: requested.add(request.url),
    }

    def opened(html: str | Path, **options: Any) -> "Page":
        path = html if isinstance(html, Path) else tmp_path / "page.html"
        if isinstance(html, str):
            path.write_text(html, encoding="utf-8")
        pages.append(browser.new_context(offline=True, **options).new_page() if options else tab)
        for event, listener in listeners.items():
            pages[-1].on(event, listener)
        pages[-1].mouse.move(0, 0)
        pages[-1].goto(path.as_uri())
        pages[-1].evaluate("ready.then(() => null)")
        settle(pages[-1])
        return pages[-1]

    yield opened
    for page in pages:
        for event, listener in listeners.items():
            page.remove_listener(event, listener)
        if page != tab:
            page.context.close()
    assert said == []
    assert all(url.startswith("file://") and url.partition("#")[0].endswith(".html") for url in requested)


def run_of(image: np.ndarray, kernels: dict[str, np.ndarray], *options: Any, **more: Any) -> list[Comparison]:
    return [compare(image, kernel, *options, name=name, **more) for name, kernel in kernels.items()]


def html_of(comparisons: list[Comparison]) -> str:
    return page_html("photo.png", comparisons)


def settle(page: "Page") -> None:
    """Wait until the next frame has been drawn."""
    page.evaluate(
        "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(null))))"
    )


def wait_until(page: "Page", expression: str) -> None:
    """Wait until JavaScript is true: the page's policy forbids it to Playwright's wait_for_function."""
    page.evaluate(f"""(async () => {{
        for (const end = performance.now() + 10000; !({expression}); ) {{
            if (performance.now() > end) throw Error("never true: " + {json.dumps(expression)});
            await new Promise((done) => setTimeout(done, 10));
        }}
    }})()""")


def result_of(page: "Page", height: int = 0, width: int = 0) -> np.ndarray:
    """Return the result of the first channel, when it is there. height, width: default are the image's."""
    read = """(async () => {
        while (!job.ours) await new Promise((done) => setTimeout(done, 5));
        return [job.image.height, job.image.width, Array.from(job.ours[0])];
    })()"""
    high, wide, pixels = page.evaluate(read)
    assert (height or high, width or wide) == (high, wide)
    return np.array(pixels).reshape(high, wide)


def what_if(page: "Page", text: str, **settings: Any) -> np.ndarray:
    """Write a kernel into the form, with other settings (border, flip, signed); return its result."""
    page.evaluate("([kernel, settings]) => apply({ ...settings, kernel })", [text, settings])
    return result_of(page)


def drop(page: "Page", image: np.ndarray, name: str) -> None:
    """Drop an image file on the page."""
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
