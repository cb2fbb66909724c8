"""`python -m tests.lite.measure SITE [NOTEBOOK]`: what a learner waits for, downloads and needs: docs/browser-alone.md.

Serves the site on loopback, opens the notebook (Day 2) in a fresh Chromium, runs it, and opens it a second time.
"""

from __future__ import annotations

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

_READY = "import labs_helpers; print('ready')"


def memory(browser: Browser) -> float:
    """Megabytes that the browser's largest page holds, its worker's Python with it."""
    processes = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    pages = [Path("/proc", str(each["id"]), "statm") for each in processes if each["type"] == "renderer"]
    return max(int(file.read_text().split()[1]) for file in pages) * os.sysconf("SC_PAGESIZE") / 1e6


def main(site: Path, notebook: str = "notebooks/day2_iam.ipynb") -> None:
    """Print what each of two visits takes, and in between what it takes to run every cell."""
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
            opened.answer_to(_READY)
            print(
                f"{visit} visit: shown after {shown:.0f} s, Python answers after {time.monotonic() - began:.0f} s,"
            )
            print(f"  {(sum(sent) - before) / 1e6:.0f} MB sent, {memory(browser):.0f} MB of memory")
            page.close()
        page = context.new_page()
        page.set_default_timeout(600_000)
        opened = Opened(page, address, notebook)
        opened.answer_to(_READY)
        began = time.monotonic()
        opened.run_all(600)
        print(f"all cells: {time.monotonic() - began:.0f} s, {memory(browser):.0f} MB of memory")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
