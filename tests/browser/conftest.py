"""Fixtures for browser tests, which use an installed Chromium.

If there isn't one, the tests are skipped with one line that explains how to install it; with CI=true, they fail.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL = "apt-get install chromium"
# No sandbox: containers run as root. The rest keeps a fresh browser from looking for its maker's servers.
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TOKEN = "browser-test"
SECONDS = 60
# No look for news at Jupyter's site; and every cell stays in the page, so that each can be found without scrolling.
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {"windowingMode": "none"},
}
_missing: set[str] = set()


def find_chromium() -> str | None:
    """Return the path of a Chromium: the one in the variable CHROMIUM, or the first one on the PATH."""
    chosen = os.environ.get("CHROMIUM")
    return chosen or next((path for path in map(shutil.which, NAMES) if path), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith("tests/browser/"):
            item.add_marker(pytest.mark.browser)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if find_chromium() is not None:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"no Chromium was found; install it with: {INSTALL}", pytrace=False)
    _missing.add(item.nodeid)
    pytest.skip("no Chromium")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _missing:
        terminalreporter.write_line(
            f"Browser tests: {len(_missing)} not run, no Chromium was found; install it with: {INSTALL}"
        )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start one headless browser for a module's tests. It isn't shared by the whole session, because Playwright's event
    loop then runs in this thread, and other tests can't have one.
    """
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=SECONDS * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a new browser profile."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(SECONDS * 1000)
    yield page
    context.close()


def resize(page: Page, size: Any) -> None:
    """Change the size of the window, and wait until JupyterLab and the widgets have followed."""
    page.set_viewport_size(size)
    page.wait_for_timeout(300)


def policy_field(cell: Locator) -> Locator:
    """Return the field with a policy's text.

    Until the browser has loaded the field's module, a plain field with the same name is shown. It is hidden later, so a
    test that has found it would wait for it in vain.
    """
    return cell.get_by_role("textbox", name="Policy (JSON)", exact=True).and_(cell.locator(".cm-content"))


OVERLAPS = """part => {
  const boxes = selector =>
    [...part.querySelectorAll(selector)].map(each => [each.textContent, each.getBoundingClientRect()]);
  const apart = (a, b) =>
    a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 1 || b.bottom <= a.top + 1;
  const texts = boxes("svg text"), marks = boxes("svg g.locked > path, svg g.locked > rect, svg g.fallen > rect");
  const found = [];
  texts.forEach(([text, box], at) => {
    for (const [other, its] of [...texts.slice(at + 1), ...marks]) if (!apart(box, its)) found.push([text, other]);
  });
  return found;
}"""
"""The texts of a picture that overlap another text or a padlock."""
PHONE = {"width": 390, "height": 844}
WIDER = """part => [...part.querySelectorAll("svg, table, .figure, .scrolled")].filter(each =>
  each.checkVisibility() && (each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).overflowX !== "visible"
  || each.getBoundingClientRect().right > part.getBoundingClientRect().right + 4)).map(each =>
  each.className.baseVal ?? each.className)"""
"""The pictures and tables that don't fit into their part of the page without scrolling."""
HALF_LINES = """part => [...part.querySelectorAll(".bytes, .json, textarea")].filter(each => {
  const style = getComputedStyle(each), room = each.clientHeight - parseFloat(style.paddingTop);
  const lines = room / parseFloat(style.lineHeight);
  return each.scrollHeight > each.clientHeight + 1 && Math.abs(lines - Math.round(lines)) > .1;
}).map(each => each.className)"""
"""The frames of text whose last line is cut."""
CUES = """part => [...part.querySelectorAll(".cue")].filter(each => each.checkVisibility()).filter(each => {
  const figure = each.parentElement.querySelector(".figure");
  return each.getBoundingClientRect().height > 1 !== figure.scrollWidth > figure.clientWidth + 1;
}).map(each => each.textContent)"""
"""The scroll cues that are shown although the picture fits, and those that are missing although it doesn't."""
OUTSIDE = """part => [...part.querySelectorAll("svg")].flatMap(picture => {
  const its = picture.getBoundingClientRect();
  return [...picture.querySelectorAll("text")].filter(each => {
    const box = each.getBoundingClientRect();
    return box.left < its.left - 1 || box.right > its.right + 1 || each.textContent.endsWith("…");
  }).map(each => each.textContent);
})"""
"""The texts of a picture that are cut."""
SIGNS_ALONE = """part => [...part.querySelectorAll(".chip:has(> .word)")].filter(each => each.checkVisibility()).filter(
  each => {
    const bottom = node => {
      const range = document.createRange();
      range.selectNodeContents(node);
      return range.getClientRects()[0].bottom;
    };
    return Math.abs(bottom(each.firstChild) - bottom(each.querySelector(".word"))) > 6;
  }).map(each => each.textContent)"""
"""The verdicts whose sign is on a line of its own."""
SCROLLED = """part => [...part.querySelectorAll(".jp-RenderedMarkdown, .jp-OutputArea-output")].filter(each =>
  each.checkVisibility() && /auto|scroll/.test(getComputedStyle(each).overflowY)
  && each.scrollHeight > each.clientHeight).map(each => each.innerText.slice(0, 60))"""
"""The texts and results that get a vertical scroll bar, because something in them extends beyond them by a pixel."""
LETTERS = """part => Math.min(...[...part.querySelectorAll("svg text")].filter(each => each.checkVisibility()).map(
  each => parseFloat(getComputedStyle(each).fontSize) * each.ownerSVGElement.getScreenCTM().a))"""
"""The height of the smallest text of a picture, in pixels."""


FIELDS_CUT = """part => {
  const place = part.getBoundingClientRect();
  return [...part.querySelectorAll("input, select, textarea, button")].filter(each => each.checkVisibility()).filter(
    each => each.getBoundingClientRect().right > place.right
      || each.tagName === "BUTTON" && each.scrollWidth > each.clientWidth + 1).map(each => each.outerHTML.slice(0, 90));
}"""
"""The fields that are wider than their place, and the buttons whose text is wider than the button."""
CHOICES_CUT = """part => {
  const pen = document.createElement("canvas").getContext("2d");
  return [...part.querySelectorAll("select")].filter(each => each.checkVisibility()).flatMap(each => {
    const style = getComputedStyle(each), sides = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
    pen.font = style.font;
    return [...each.options].map(one => one.text).filter(
      text => pen.measureText(text).width > each.clientWidth - sides);
  });
}"""
"""The choices that are wider than their list."""
SPLIT = """part => {
  const found = [], walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT), range = document.createRange();
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const own = node.parentElement;
    if (!own.checkVisibility() || own.closest("textarea, select, svg, style, script, .cm-editor, .word, .heard"))
      continue;
    let last = null;
    for (let at = 0; at < node.length; at++) {
      if (/\\s/.test(node.data[at])) { last = null; continue; }
      range.setStart(node, at); range.setEnd(node, at + 1);
      const top = range.getBoundingClientRect().top;
      if (last !== null && top - last > 6 && !/[-:/\u200b]/.test(node.data[at - 1]))
        found.push(node.data.slice(Math.max(0, at - 9), at) + "|" + node.data.slice(at, at + 9));
      last = top;
    }
  }
  return found;
}"""
"""Where a word or a name continues on another line, other than after `-`, `:`, `/`, or an optional break."""


class Prose(str):
    """The text of a Markdown cell, in a list with the texts of code cells."""


@dataclass
class Lab:
    """A running JupyterLab: its address, and the folder that it shows, which contains a copy of the notebooks."""

    url: str
    folder: Path
    _workspaces: Iterator[int] = field(default_factory=count)

    def open(self, page: Page, path: str) -> Notebook:
        """Open a notebook in the folder, and wait until its kernel has a name and is idle."""
        # A workspace of its own: JupyterLab opens again what was open in the one before.
        workspace = f"w{next(self._workspaces)}"
        page.goto(f"{self.url}/lab/workspaces/{workspace}/tree/{path}?token={TOKEN}")
        notebook = Notebook(page)
        notebook.wait_for_kernel()
        return notebook

    def scratch(self, page: Page, name: str, cells: list[str]) -> Notebook:
        """Open a new notebook with these cells: code, or `Prose`."""
        listed: list[dict[str, Any]] = [
            {
                "cell_type": "markdown" if isinstance(cell, Prose) else "code",
                "id": f"c{at}",
                "metadata": {},
                **({} if isinstance(cell, Prose) else {"execution_count": None, "outputs": []}),
                "source": cell,
            }
            for at, cell in enumerate(cells)
        ]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        whole = {"cells": listed, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
        (self.folder / name).write_text(json.dumps(whole), encoding="utf-8")
        return self.open(page, name)

    @contextmanager
    def ran(
        self,
        browser: Browser,
        name: str,
        cells: list[str],
        *,
        size: tuple[int, int] = (1000, 1500),
        timeout: int = 20_000,
        **options: Any,
    ) -> Iterator[Notebook]:
        """Provide a new notebook with these code cells in a separate window, run from top to bottom."""
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **options)
        page = context.new_page()
        page.set_default_timeout(timeout)
        notebook = self.scratch(page, name, cells)
        page.keyboard.press("ControlOrMeta+b")  # the file browser would take a third of the width
        notebook.run_all()
        yield notebook
        context.close()


@dataclass
class Notebook:
    """A notebook that is open in a page."""

    page: Page

    def wait_for_kernel(self) -> None:
        """Wait for the kernel's name as well, because a kernel that is shown as idle might not exist yet."""
        self.page.locator(".jp-Toolbar-kernelName", has_text="Python 3").wait_for()
        self.page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").first.wait_for()

    def cell(self, index: int) -> Locator:
        """Return a code cell with its output. `index` counts from 0, or from the end if it is negative."""
        return self.page.locator(".jp-CodeCell").nth(index)

    def cell_with(self, text: str) -> Locator:
        """Return the code cell whose text contains this."""
        return self.page.locator(".jp-CodeCell").filter(
            has=self.page.locator(".jp-InputArea-editor", has_text=text)
        )

    def run_all(self, seconds: float = 5 * SECONDS) -> None:
        """Run every cell, and wait until the last one has its number and none is waiting. Fails if a cell raises an
        error. A day has 350 cells, which take minutes on a busy machine.
        """
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_text("Run All Cells", exact=True).click()
        done = """() => {
            const prompts = [...document.querySelectorAll(".jp-CodeCell .jp-InputPrompt")].map(e => e.innerText);
            const raised = document.querySelector('[data-mime-type="application/vnd.jupyter.error"]');
            return raised || /\\d/.test(prompts[prompts.length - 1]) && !prompts.some(p => p.includes("*"));
        }"""
        self.page.wait_for_function(done, timeout=seconds * 1000)
        assert self.errors() == []
        self.wait_for_kernel()

    def choose_theme(self, name: str) -> None:
        """Choose one of JupyterLab's own themes from the menu. The window must be wide enough for the menu."""
        self.page.get_by_role("menuitem", name="Settings", exact=True).click()
        self.page.get_by_text("Theme", exact=True).first.hover()
        self.page.locator(".lm-Menu-itemLabel").get_by_text(name, exact=True).click()
        self.page.keyboard.press("Escape")

    def run(self, cell: Locator) -> None:
        """Run a cell by keyboard, and wait until it has run."""
        cell.locator(".cm-content").click()
        self._run_with_focus(cell)

    def replace(self, cell: Locator, text: str) -> None:
        """Retype a cell's text, run the cell by keyboard, and wait until it has run."""
        cell.locator(".cm-content").click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(text)
        self._run_with_focus(cell)

    def _run_with_focus(self, cell: Locator) -> None:
        before = cell.locator(".jp-InputPrompt").inner_text()
        self.page.keyboard.press("Control+Enter")
        done = "([e, before]) => /\\d/.test(e.innerText) && e.innerText !== before"
        self.page.wait_for_function(done, arg=[cell.locator(".jp-InputPrompt").element_handle(), before])

    def settle(self) -> None:
        """Wait as long as a person needs to go from one control to the next, and until the kernel has answered. A test
        is faster, so it would select a choice that the answer to the previous one removes again.
        """
        self.page.wait_for_timeout(200)
        self.page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").first.wait_for()

    def errors(self) -> list[str]:
        """Return what cells raised or wrote to stderr, and what widgets couldn't show."""
        error = "application/vnd.jupyter.error", "application/vnd.jupyter.stderr"
        outputs = self.page.locator(
            ", ".join(f'.jp-OutputArea-output[data-mime-type="{kind}"]' for kind in error)
        )
        broken = self.page.get_by_text("Error displaying widget")
        return outputs.all_inner_texts() + broken.all_inner_texts()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _environment(folder: Path) -> dict[str, str]:
    """Return the environment without the Jupyter settings and the progress of the person who runs the tests."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    for name in ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR"):
        own[f"JUPYTER_{name}"] = str(folder / name.lower())
    for name in ("SETTINGS_DIR", "WORKSPACES_DIR"):
        own[f"JUPYTERLAB_{name}"] = str(folder / name.lower())
    own["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    own["LABS_PROGRESS"] = str(folder / "progress.json")
    return own


def _set(folder: Path, settings: dict[str, dict[str, Any]]) -> None:
    for name, values in settings.items():
        file = folder / "settings_dir" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values), encoding="utf-8")


def _wait_until_up(url: str, server: subprocess.Popen, log: Path) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        try:
            opener.open(url, timeout=5).close()
            return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text(encoding='utf-8')}")


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One JupyterLab for the session, over a copy of the notebooks, so that saving changes nothing here."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(
        ROOT / "notebooks", folder / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints")
    )
    _set(folder, SETTINGS)
    port, log = _free_port(), folder / "lab.log"
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ServerApp.ip=127.0.0.1"]
    command += [
        f"--ServerApp.port={port}",
        f"--IdentityProvider.token={TOKEN}",
        f"--ServerApp.root_dir={folder}",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    with log.open("w", encoding="utf-8") as output:
        server = subprocess.Popen(command, cwd=folder, env=_environment(folder), stdout=output, stderr=output)
    try:
        _wait_until_up(f"http://127.0.0.1:{port}/api/status?token={TOKEN}", server, log)
        yield Lab(f"http://127.0.0.1:{port}", folder)
    finally:
        # Not ended in order: each kernel would take most of a second to tear down its interpreter. A kernel ends within
        # a second of its server.
        server.kill()
        server.wait()


@pytest.fixture
def picture(notebook: Any) -> Callable[[str, Locator], None]:
    """Save a widget's picture in the folder that LABS_SCREENSHOTS names, if it is set."""
    folder = os.environ.get("LABS_SCREENSHOTS")

    def take(name: str, cell: Locator) -> None:
        if folder:
            notebook.page.mouse.move(0, 0)
            Path(folder).mkdir(parents=True, exist_ok=True)
            cell.locator(".jp-OutputArea-output:visible").first.screenshot(
                path=Path(folder) / f"{name}.png", animations="disabled", caret="hide"
            )

    return take
