"""The moving picture of the README and the docs' home: a prediction, a denial, its smallest change, a passed check.

With LABS_SCREENSHOTS=docs/images, the picture is taken again, from the real notebook of Day 2.
"""

from __future__ import annotations

import json
import os
import pprint
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser import apng

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "docs" / "images" / "day2_moving.png"
SIZE = {"width": 960, "height": 560}
MOST_BYTES = 2_000_000


class Story:
    """A notebook that is played in a window, and the frames taken so far."""

    def __init__(self, notebook: Any) -> None:
        self.notebook, self.page = notebook, notebook.page
        self.frames: list[tuple[bytes, float]] = []

    def run(self, cell: Locator) -> None:
        """Run a cell by keyboard; returns when it has run."""
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")
        prompt = cell.locator(".jp-InputPrompt").element_handle()
        self.page.wait_for_function("e => /\\d/.test(e.innerText)", arg=prompt)
        self.notebook.settle()

    def take(self, part: Locator, seconds: float, place: str = "start") -> None:
        """Take a frame with a part of the page in view."""
        part.first.evaluate("(e, place) => e.scrollIntoView({block: place})", place)
        self.page.mouse.move(0, 0)
        self.page.wait_for_timeout(300)
        shown = self.page.locator(".jp-NotebookPanel-notebook")
        self.frames.append((shown.screenshot(animations="disabled", caret="hide"), seconds))


@pytest.fixture
def story(lab: Any, browser: Browser) -> Any:
    context = browser.new_context(viewport=SIZE, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(60_000)
    notebook = lab.open(page, "notebooks/day2_iam.ipynb")
    page.keyboard.press("ControlOrMeta+b")  # the file browser would take a third of the width
    page.wait_for_timeout(500)
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
    story.take(attempt, 4)
    attempt.get_by_text("What would have to change").first.click()
    change = attempt.locator("details[open]").last
    story.take(attempt, 5)
    assert "s3:GetObject" in change.inner_text()

    exercise = json.loads((ROOT / "data/day2/exercises/2.1.json").read_text(encoding="utf-8"))
    check = notebook.cell_with('day.check("2.1"')
    wide = 'Action": "s3:*", "Resource": "*"'
    wrong = f'answer_2_1 = {{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "{wide}}}]}}'
    notebook.replace(check, f'{wrong}\nday.check("2.1", answer_2_1)')
    notebook.settle()
    story.take(check, 4)
    solution = pprint.pformat(exercise["solution"], sort_dicts=False)
    notebook.replace(check, f'answer_2_1 = {solution}\nday.check("2.1", answer_2_1)')
    check.get_by_text("passed").first.wait_for()
    notebook.settle()
    story.take(check, 2)
    story.take(check.locator(".jp-OutputArea-output"), 6)
    assert notebook.errors() == []

    moving = apng.animated(story.frames, plays=2)
    assert len(moving) < MOST_BYTES
    if folder := os.environ.get("LABS_SCREENSHOTS"):
        (Path(folder) / PICTURE.name).write_bytes(moving)


def test_the_readme_and_the_docs_home_show_the_moving_picture() -> None:
    found = dict(apng.chunks(PICTURE.read_bytes()))
    assert int.from_bytes(found[b"acTL"][:4], "big") >= 6
    assert PICTURE.stat().st_size < MOST_BYTES
    assert f"docs/images/{PICTURE.name}" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"images/{PICTURE.name}" in (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
