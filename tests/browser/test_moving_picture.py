"""The moving picture of the README and the docs' home: a prediction, a denial, its smallest change, a passed check.

It is shown in the reader's theme, and on phones as JupyterLab looks there. With LABS_SCREENSHOTS=docs/images, the
pictures are taken again, from the real notebook of Day 2.
"""

from __future__ import annotations

import json
import os
import pprint
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser import apng
from tests.browser.conftest import resize

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "docs" / "images"
SIZE, PHONE = {"width": 960, "height": 560}, {"width": 430, "height": 620}
LIGHT, DARK = "JupyterLab Light", "JupyterLab Dark"
LOOKS = {
    "day2_moving.png": (LIGHT, SIZE),
    "day2_moving_phone.png": (LIGHT, PHONE),
    "day2_moving_dark.png": (DARK, SIZE),
    "day2_moving_phone_dark.png": (DARK, PHONE),
}
"""Picture → JupyterLab's theme, and the size of the window."""
SHOWN = """
  <source media="(max-width: 600px) and (prefers-color-scheme: dark)" srcset="{folder}/day2_moving_phone_dark.png">
  <source media="(max-width: 600px)" srcset="{folder}/day2_moving_phone.png">
  <source media="(prefers-color-scheme: dark)" srcset="{folder}/day2_moving_dark.png">
  <img src="{folder}/day2_moving.png" """
MOST_BYTES = 2_000_000
WHOLE_LINES = """panel => {
  const end = panel.getBoundingClientRect().bottom
  const words = document.createTreeWalker(panel, NodeFilter.SHOW_TEXT), range = document.createRange()
  let top = end
  while (words.nextNode()) {
    range.selectNodeContents(words.currentNode)
    for (const line of range.getClientRects())
      if (line.height && line.top < top && line.bottom > end) top = line.top
  }
  const cover = document.createElement('div')
  cover.id = 'cover'
  cover.style = `position: fixed; z-index: 99; left: 0; right: 0; top: ${top - 2}px; bottom: 0;
    background: var(--jp-layout-color0)`
  document.body.append(cover)
}"""
"""Cover the line of text that the end of the frame would cut through."""


class Story:
    """A notebook that is played in a window, and the frames taken so far, for each picture."""

    def __init__(self, notebook: Any) -> None:
        self.notebook, self.page = notebook, notebook.page
        self.frames: dict[str, list[tuple[bytes, float]]] = {name: [] for name in LOOKS}
        self.theme = LIGHT

    def run(self, cell: Locator) -> None:
        """Run a cell by keyboard, and wait until it has run."""
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")
        prompt = cell.locator(".jp-InputPrompt").element_handle()
        self.page.wait_for_function("e => /\\d/.test(e.innerText)", arg=prompt)
        self.notebook.settle()

    def take(self, part: Locator, seconds: float, on_phones: Locator | None = None) -> None:
        """Take a frame with a part of the page in view, for each picture that is taken again."""
        shown = self.page.locator(".jp-NotebookPanel-notebook")
        for name, (theme, size) in LOOKS.items() if os.environ.get("LABS_SCREENSHOTS") else ():
            if theme != self.theme:
                self.notebook.choose_theme(theme)
                self.theme = theme
            resize(self.page, size)
            self.page.wait_for_timeout(700)
            seen = part if size is SIZE or on_phones is None else on_phones
            seen.first.evaluate("e => e.scrollIntoView({block: 'start'})")
            self.page.mouse.move(0, 0)
            self.page.wait_for_timeout(300)
            shown.evaluate(WHOLE_LINES)
            self.frames[name].append((shown.screenshot(animations="disabled", caret="hide"), seconds))
            self.page.evaluate("document.getElementById('cover').remove()")
            resize(self.page, SIZE)


@pytest.fixture
def story(lab: Any, browser: Browser) -> Any:
    context = browser.new_context(viewport=SIZE, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(60_000)
    notebook = lab.open(page, "notebooks/day2_iam.ipynb")
    page.keyboard.press("ControlOrMeta+b")  # the file browser would take a third of the width
    page.wait_for_timeout(500)
    page.add_style_tag(content=".jp-Collapser { visibility: hidden; }")  # it marks the chosen cell
    yield Story(notebook)
    context.close()


@pytest.mark.slow
def test_a_prediction_a_denial_its_smallest_change_and_a_check_that_turns_green(story: Story) -> None:
    notebook = story.notebook
    for text in (
        "day = open_day(2)",
        "def policy(*statements)",
        'alice = boto3.Session(profile_name="alice")',
    ):
        story.run(notebook.cell_with(text).first)

    question = story.page.locator(".jp-MarkdownCell", has_text="Reading the payroll")
    asked = notebook.cell_with('day.predict("alice-payroll")')
    story.run(asked)
    story.take(question, 3)
    options = asked.locator(".labs-options button")
    options.first.click()
    notebook.settle()
    story.take(question, 2)

    attempt = notebook.cell_with('with day.attempt("alice-payroll")')
    story.run(attempt)
    attempt.get_by_text("Result: AccessDenied").wait_for()
    assert attempt.locator("ol.path .stop").last.inner_text().split() == ["Decision", "✗", "denied"]
    story.take(attempt, 4, attempt.locator(".jp-OutputArea-output").first)
    attempt.get_by_text("What would have to change").first.click()
    change = attempt.locator("details[open]").last
    story.take(attempt, 5)
    expect(change).to_contain_text("s3:GetObject", use_inner_text=True)

    exercise = json.loads((ROOT / "data/day2/exercises/2.1.json").read_text(encoding="utf-8"))
    check = notebook.cell_with('day.check("2.1"')
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    wrong = pprint.pformat({"Version": "2012-10-17", "Statement": [statement]}, sort_dicts=False)
    notebook.replace(check, f'answer_2_1 = {wrong}\nday.check("2.1", answer_2_1)')
    notebook.settle()
    result = check.locator(".jp-OutputArea-output").first
    story.take(check, 4, result)
    solution = pprint.pformat(exercise["solution"], sort_dicts=False)
    notebook.replace(check, f'answer_2_1 = {solution}\nday.check("2.1", answer_2_1)')
    check.get_by_text("passed").first.wait_for()
    notebook.settle()
    story.take(check, 2, result)
    story.take(result, 6)
    assert notebook.errors() == []
    if folder := os.environ.get("LABS_SCREENSHOTS"):
        for name, frames in story.frames.items():
            (Path(folder) / name).write_bytes(apng.animated(frames, plays=2))


@pytest.mark.parametrize("name", LOOKS)
def test_a_moving_picture_has_every_step_and_few_bytes(name: str) -> None:
    found = dict(apng.chunks((IMAGES / name).read_bytes()))
    assert int.from_bytes(found[b"acTL"][:4], "big") >= 6
    assert (IMAGES / name).stat().st_size < MOST_BYTES


def test_the_readme_and_the_docs_home_show_the_moving_picture_in_the_readers_theme_and_on_phones() -> None:
    """On the docs' home, the reader chooses the theme with the site's own switch."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert SHOWN.format(folder="docs/images") in readme
    home = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    for theme, ending in (("light", ""), ("dark", "_dark")):
        picture = home.partition(f'<picture class="moving only-{theme}">')[2].partition("</picture>")[0]
        assert f'srcset="images/day2_moving_phone{ending}.png"' in picture
        assert f'src="images/day2_moving{ending}.png"' in picture
