"""Benchmark for the page Try it: seconds from an empty cache to the first decision, in Chromium. The goal is 5 s."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from deploy.try_it import build
from tests.browser.conftest import FLAGS, find_chromium
from tests.lite.served import served

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 3
GOAL = 5.0
CORE = Path(os.environ.get("LABS_PYODIDE", ROOT / ".try/node_modules/pyodide"))


def main() -> None:
    if find_chromium() is None or not CORE.is_dir():
        print(f"Not measured (goal {GOAL:.0f} s): needs Chromium and Pyodide's core (make .try/.installed)")
        return
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder, "try")
        build.build(site, CORE)
        print(f"All files: {build.size(site) / 1e6:.1f} MB")
        for seconds in measured(site):
            waiting = os.getloadavg()[0]
            print(
                f"First decision: {seconds:.1f} s (goal {GOAL:.0f} s on two quiet cores; load {waiting:.1f})"
            )


def measured(site: Path) -> list[float]:
    from playwright.sync_api import sync_playwright

    found = []
    with served(site) as (address, _), sync_playwright() as playwright:
        for _ in range(ROUNDS):
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
            page = browser.new_page()
            begun = time.perf_counter()
            page.goto(address)
            page.locator(".verdict").wait_for(timeout=120_000)
            found.append(time.perf_counter() - begun)
            browser.close()
    return found


if __name__ == "__main__":
    main()
