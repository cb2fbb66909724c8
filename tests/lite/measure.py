"""`python -m tests.lite.measure SITE [NOTEBOOK]`: what a learner waits for, downloads and needs: docs/browser-alone.md.

Serves the site on loopback, opens the notebook (Day 1) in a fresh Chromium, runs its first cell, does both a second
time, and runs every cell.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS, find_chromium
from tests.lite.served import Opened, keep_every_cell, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[2]


def first_cell(notebook: str) -> str:
    """The source of a notebook's first code cell."""
    cells = json.loads((ROOT / notebook).read_text("utf-8"))["cells"]
    return "".join(next(each["source"] for each in cells if each["cell_type"] == "code"))


def memory(browser: Browser) -> float:
    """Return the megabytes that the browser's largest page uses, including its worker's Python."""
    processes = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    pages = [Path("/proc", str(each["id"]), "statm") for each in processes if each["type"] == "renderer"]
    return max(int(file.read_text().split()[1]) for file in pages) * os.sysconf("SC_PAGESIZE") / 1e6


def main(site: Path, notebook: str = "notebooks/day1_shared_responsibility.ipynb") -> None:
    """Print the time that each of two visits takes and, in between, the time for running every cell."""
    keep_every_cell(site)
    with served(site) as (address, sent), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        for visit in ("first", "second"):
            page = context.new_page()
            page.set_default_timeout(600_000)
            before, began = sum(sent), time.monotonic()
            opened = Opened(page, address, notebook)
            shown = time.monotonic() - began
            opened.answer_to("print('ready')")
            ready = time.monotonic() - began
            opened.answer_to(first_cell(notebook))
            answered = time.monotonic() - began
            print(f"{visit} visit: shown after {shown:.0f} s, Python is ready after {ready:.0f} s,")
            print(f"  the first cell has answered after {answered:.0f} s (load {os.getloadavg()[0]:.1f}),")
            print(f"  {(sum(sent) - before) / 1e6:.0f} MB sent, {memory(browser):.0f} MB of memory")
            page.close()
        page = context.new_page()
        page.set_default_timeout(600_000)
        opened = Opened(page, address, notebook)
        opened.answer_to("print('ready')")
        began = time.monotonic()
        opened.run_all(600)
        print(f"all cells: {time.monotonic() - began:.0f} s, {memory(browser):.0f} MB of memory")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
