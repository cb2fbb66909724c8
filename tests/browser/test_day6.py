"""Day 6 in JupyterLab: the scoreboard and the attack's timeline, as displayed and as read by screen readers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import HALF_LINES, SPLIT, WIDER, resize

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator

SETUP = """
from labs_helpers import open_day
from labs_helpers.course.days.day6.capstone import Capstone

day = open_day(6)
larkspur = Capstone(day.cloud)
larkspur.begin_at(9)
"""
BOARD, TIMELINE, STARTER = 1, 2, 3
CELLS = [SETUP, "report = larkspur.scoreboard()", "larkspur.timeline()", "day.exercise('6.2')"]
SIDEWAYS = "e => e.scrollWidth > e.clientWidth + 1"


@pytest.fixture(scope="module")
def notebook(lab: Any, browser: Browser) -> Iterator[Any]:
    with lab.ran(browser, "notebooks/day6_scratch.ipynb", CELLS, size=(1000, 2600)) as opened:
        yield opened


def test_scoreboard_tells_each_step_and_what_is_red(
    notebook: Any, picture: Callable[[str, Locator], None]
) -> None:
    cell = notebook.cell(BOARD)
    cell.get_by_text(re.compile(r"^\d+ of \d+ probes are green$")).wait_for()
    table = cell.get_by_role("table")
    expect(table.get_by_role("row")).to_have_count(1 + 9)
    heads = [text.partition(":")[0] for text in table.get_by_role("columnheader").all_inner_texts()]
    assert heads == ["step", "attacks stopped", "work continues"]
    red = cell.locator("details.setting")
    expect(red.locator("> summary").filter(has_text="An intruder assumes break-glass")).to_have_count(1)
    assert red.evaluate_all("all => all.map(each => each.open)") == [True] + [False] * (len(red.all()) - 1)
    expect(table.locator(".marks .bad")).to_have_count(len(red.all()))
    expect(cell).not_to_contain_text("steps are yours", use_inner_text=True)  # the page of the build says it
    expect(cell.get_by_text(re.compile(r"^\d+ of \d+: "))).to_have_count(0)  # the progress line is gone
    picture("day6_scoreboard", cell)


def test_a_red_probe_links_to_the_day_that_taught_it(notebook: Any) -> None:
    link = notebook.cell(BOARD).get_by_role("link", name="Day 2", exact=True)
    link.wait_for()
    assert "notebooks/day2_iam.ipynb" in str(link.evaluate("e => e.href"))


def test_time_line_is_a_picture_with_a_name_and_a_table_that_says_the_same(
    notebook: Any, picture: Callable[[str, Locator], None]
) -> None:
    cell = notebook.cell(TIMELINE)
    drawing = cell.get_by_role("img", name=re.compile("events in . lanes"))
    drawing.wait_for()
    marks = drawing.locator("g title").all_text_contents()
    expect(cell.get_by_role("table").get_by_role("row")).to_have_count(1 + len(marks))
    assert any(mark.endswith(": succeeded") for mark in marks)
    assert any(mark.endswith(": failed") for mark in marks)
    picture("day6_timeline", cell)


def test_a_long_starter_scrolls_below_a_whole_line(notebook: Any) -> None:
    code = notebook.cell(STARTER).locator("pre.json").last
    assert code.evaluate("e => e.scrollHeight > e.clientHeight + 1")
    assert code.evaluate("e => getComputedStyle(e).borderBottomWidth") == "1px", (
        "what is cut off has no frame"
    )
    assert notebook.cell(STARTER).evaluate(HALF_LINES) == []


def test_both_fit_a_narrow_window(lab: Any, browser: Browser, notebook: Any) -> None:
    resize(notebook.page, {"width": 600, "height": 900})
    board = notebook.cell(BOARD).locator(".jp-OutputArea-output")
    assert not any(each.evaluate(SIDEWAYS) for each in board.all())
    drawing = notebook.cell(TIMELINE).get_by_role(
        "img"
    )  # it keeps its letters' size, so its frame may scroll
    assert drawing.evaluate(
        "e => e.parentElement.getBoundingClientRect().width <= e.closest('.jp-OutputArea-output').clientWidth"
    )
    resize(notebook.page, {"width": 390, "height": 900})
    card = notebook.cell(BOARD).locator(".card")
    assert not card.evaluate(SIDEWAYS)
    assert card.evaluate(SPLIT) == card.evaluate(WIDER) == []
    assert notebook.errors() == []
