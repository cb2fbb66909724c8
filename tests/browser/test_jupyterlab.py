"""A learner opens the notebooks in JupyterLab and corrects an answer on Day 2; `make judges` runs whole days."""

from __future__ import annotations

import json
import os
import pprint
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import TOKEN

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]
DAY_2 = "notebooks/day2_iam.ipynb"


def test_day_2_opens_shows_its_picture_and_an_exercise_goes_from_wrong_to_right(lab: Any, page: Page) -> None:
    written = json.loads((ROOT / DAY_2).read_text(encoding="utf-8"))
    title = "".join(written["cells"][0]["source"]).splitlines()[0].removeprefix("# ").strip()

    notebook = lab.open(page, DAY_2)
    heading = page.locator(".jp-RenderedMarkdown h1").first
    assert heading.inner_text().removesuffix("¶").strip() == title
    picture = page.locator(".jp-RenderedMarkdown img").first
    picture.wait_for()  # it gets a width once the browser has drawn it
    page.wait_for_function("image => image.naturalWidth > 0", arg=picture.element_handle())

    notebook.run(notebook.cell_with("open_day(2)"))
    exercise = json.loads((ROOT / "data/day2/exercises/2.1.json").read_text(encoding="utf-8"))
    answer = notebook.cell_with('day.check("2.1"')
    notebook.run(answer)
    starter = answer.locator(".card", has_text="doesn't count as an attempt")
    starter.filter(has_text=f"2.1 {exercise['title']}").wait_for()
    solution = pprint.pformat(exercise["solution"], sort_dicts=False)
    notebook.replace(answer, f'answer_2_1 = {solution}\nday.check("2.1", answer_2_1)')
    answer.locator(".card", has_text="✓ passed").filter(has_text=f"2.1 {exercise['title']}").wait_for()
    assert notebook.errors() == []


def test_the_links_of_the_index_open_the_days_before_a_cell_is_run(lab: Any, page: Page) -> None:
    lab.open(page, "notebooks/index.ipynb")
    links = page.locator(".jp-RenderedMarkdown a", has_text="Day\xa0")
    assert [text.partition(" · ")[0] for text in links.all_inner_texts()] == [
        f"Day\xa0{day}" for day in range(1, 7)
    ]
    links.nth(1).click()
    page.locator(".lm-TabBar-tabLabel", has_text="day2_iam.ipynb").wait_for()


@pytest.mark.slow
@pytest.mark.parametrize(
    "day", ["day1_shared_responsibility", "day2_iam", "day3_cognito", "day4_organizations", "day5_kms"]
)
def test_a_day_runs_from_top_to_bottom(lab: Any, page: Page, day: str) -> None:
    notebook = lab.open(page, f"notebooks/{day}.ipynb")
    notebook.run_all()
    page.get_by_text("True or false, and how sure are you?").first.wait_for()
    pictures = page.locator(".jp-RenderedMarkdown img")
    shown = pictures.evaluate_all("all => all.map(each => [each.alt.length > 40, each.naturalWidth > 200])")
    assert shown
    assert all(each == [True, True] for each in shown)
    expect(page.locator(".jp-RenderedMermaid, .jp-MermaidViewer")).to_have_count(0)
    if folder := os.environ.get("LABS_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{day}.png")


@pytest.mark.slow
def test_the_weekend_opens_and_runs_and_a_rule_goes_from_wrong_to_right(lab: Any, page: Page) -> None:
    notebook = lab.open(page, "notebooks/weekend_the_alarm.ipynb")
    notebook.run_all()
    picture = page.locator(".jp-RenderedMarkdown img").first
    assert picture.evaluate("image => [image.alt.length > 40, image.naturalWidth > 200]") == [True, True]
    page.get_by_text("Weekend quiz").first.wait_for()
    if folder := os.environ.get("LABS_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / "weekend.png")
    exercise = json.loads((ROOT / "data/weekend/exercises/W.5.json").read_text(encoding="utf-8"))
    answer = notebook.cell_with('day.check("W.5"')
    starter = answer.locator(".card", has_text="doesn't count as an attempt")
    starter.filter(has_text=f"W.5 {exercise['title']}").wait_for()
    notebook.replace(answer, f'answer_W_5 = """\n{exercise["solution"]}"""\nday.check("W.5", answer_W_5)')
    answer.locator(".card", has_text="✓ passed").filter(has_text=f"W.5 {exercise['title']}").wait_for()
    answer.get_by_text("SigmaHQ's rule").wait_for()


def test_on_binder_a_notebooks_contents_stand_beside_it(lab: Any, page: Page) -> None:
    """postBuild imports this workspace, which is opened by an address that doesn't name a workspace."""
    workspace = (ROOT / "docs" / "binder" / "workspace.json").read_text(encoding="utf-8")
    saved = page.request.put(
        f"{lab.url}/lab/api/workspaces/default", data=workspace, headers={"Authorization": f"token {TOKEN}"}
    )
    assert saved.ok, saved.text()
    page.goto(f"{lab.url}/lab/tree/notebooks/index.ipynb?token={TOKEN}")
    contents = page.locator(".jp-TableOfContents").first
    contents.get_by_text("The six days").first.wait_for()
