"""A built site on the loopback address, and a notebook that is open in the site."""

from __future__ import annotations

import functools
import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.browser.conftest import Notebook

if TYPE_CHECKING:
    from playwright.sync_api import Page


def keep_every_cell(site: Path) -> None:
    """Keep every cell in the page, so that each can be found without scrolling."""
    file = site / "jupyter-lite.json"
    config = json.loads(file.read_text("utf-8"))
    settings = config["jupyter-config-data"]["settingsOverrides"]
    settings["@jupyterlab/notebook-extension:tracker"] = {"windowingMode": "none"}
    file.write_text(json.dumps(config), "utf-8")


@contextmanager
def served(site: Path) -> Iterator[tuple[str, list[int]]]:
    """Serve the site's files, and return its address and the growing list of the sizes that it has sent."""
    sent: list[int] = []

    class Files(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def copyfile(self, source: Any, outputfile: Any) -> None:
            content = source.read()
            sent.append(len(content))
            outputfile.write(content)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Files, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", sent
    finally:
        server.shutdown()


class Opened(Notebook):
    """A notebook in the site, with every address that its page asked for."""

    def __init__(self, page: Page, address: str, path: str):
        super().__init__(page)
        self.asked: list[str] = []
        page.context.on("request", lambda request: self.asked.append(request.url))
        page.goto(f"{address}/lab/index.html?path={path}")
        self.wait_for_kernel()

    def wait_for_kernel(self) -> None:
        self.page.locator(".jp-Toolbar-kernelName", has_text="Python (Pyodide)").wait_for()
        self.page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").first.wait_for()

    def answer_to(self, code: str) -> str:
        """What the last cell prints when it is this code."""
        last = self.page.locator(".jp-CodeCell").last
        self.replace(last, code)
        return last.locator(".jp-OutputArea-output").last.inner_text().strip()
