"""Firefox without a window, driven by WebDriver BiDi: a page from a file, and JavaScript in it.

Playwright drives only a Firefox of its own build, which is not in Debian.
"""

import contextlib
import itertools
import json
import subprocess
import time
from pathlib import Path
from typing import Any

from websockets.sync.client import connect


class Firefox:
    """One browser with one tab, and a profile in an empty folder of its own."""

    def __init__(self, program: str, folder: Path) -> None:
        (folder / "user.js").write_text(
            'user_pref("network.dns.disabled", true);'
        )  # no request to any network
        command = [program, "--headless", "--remote-debugging-port=0", "--profile", str(folder)]
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(command, stdout=quiet, stderr=quiet)
        server, deadline = folder / "WebDriverBiDiServer.json", time.monotonic() + 60
        while not (server.exists() and server.read_text().endswith("}")):
            assert time.monotonic() < deadline, "Firefox does not start"
            time.sleep(0.05)
        port = json.loads(server.read_text())["ws_port"]
        address = f"ws://127.0.0.1:{port}/session"
        self.opened = contextlib.ExitStack()
        self.socket = self.opened.enter_context(connect(address, max_size=None, proxy=None))
        self.numbers = itertools.count()
        self.send("session.new", capabilities={})
        self.tab = self.send("browsingContext.getTree")["contexts"][0]["context"]

    def send(self, method: str, **parameters: Any) -> Any:
        """Send a command and return its result."""
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while (answer := json.loads(self.socket.recv(60))).get("id") != number:
            pass  # an event
        assert "result" in answer, answer
        return answer["result"]

    def open(self, page: Path) -> None:
        """Open a file and wait until it is loaded."""
        self.send("browsingContext.navigate", context=self.tab, url=page.as_uri(), wait="complete")

    def call(self, function: str, argument: Any) -> Any:
        """Return what a function in JavaScript returns once the page is ready."""
        code = f"ready.then(() => JSON.stringify(({function})({json.dumps(argument)})))"
        target = {"context": self.tab}
        answer = self.send("script.evaluate", expression=code, target=target, awaitPromise=True)
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return json.loads(answer["result"]["value"])

    def close(self) -> None:
        """End the browser."""
        self.opened.close()
        self.process.terminate()
        self.process.wait(30)
