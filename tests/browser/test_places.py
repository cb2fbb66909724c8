"""Where a learner is, and what comes next: progress, the index, results, and the days' pictures, in JupyterLab."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from labs_helpers.course.content.loading import exercise_ids, lessons
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.grading.grade import grade
from labs_helpers.course.lesson.result_card import Place, result_card
from labs_helpers.course.shown.look import STYLE, framed
from labs_helpers.course.shown.look.code import block
from tests.browser.conftest import TOKEN, resize
from tests.notebooks.pictures.solid import SHOWN, SMALL, WIDTH

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

PROGRESS, INDEX, PASSED, NEW = range(1, 5)
START = """import os
os.environ["LABS_PROGRESS"] = "places.json"
from labs_helpers import open_day
from labs_helpers.course import way
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.learner.progress import Progress
kept = Progress()
for id in load(1):
    kept.attempted(id, True)
kept.attempted("2.1", True)
kept.attempted("2.2", False)
kept.predicted(2, "alice-payroll", True)
kept.quizzed(2, 6, 8)
kept.believed(2, "before", {1: 2, 2: -2, 3: 1})
day = open_day(2)"""
CELLS = [
    START,
    "kept = day.progress()",
    "way()",
    'day.check("2.3", load(2)["2.3"].solution)',
    'way("new.json")',
]
SCREEN = 900
WIDE = """() => [...document.querySelectorAll(".jp-RenderedMarkdown")].filter(each =>
  each.scrollWidth > each.clientWidth + 2).length"""
"""The number of texts that are wider than their place."""
PHONE_LETTERS = 7
"""The minimum height of a picture's letters on a phone, in points."""


@pytest.fixture(scope="module")
def notebook(lab: Any, browser: Browser) -> Iterator[Any]:
    """A notebook next to the days' notebooks, with the progress of a learner who has begun the week."""
    with lab.ran(
        browser, "notebooks/places.ipynb", CELLS, size=(1400, SCREEN), timeout=60_000, reduced_motion="reduce"
    ) as opened:
        yield opened


def shown(notebook: Any, cell: int) -> Locator:
    return notebook.cell(cell).locator(".jp-OutputArea-output:visible").first


def height(part: Locator) -> float:
    part.scroll_into_view_if_needed()
    box = part.bounding_box()
    assert box is not None
    return box["height"]


def test_progress_fits_a_screen_and_begins_with_what_comes_next(notebook: Any) -> None:
    page = shown(notebook, PROGRESS)
    assert height(page) < SCREEN - 100
    lines = page.locator(".sized > p").all_inner_texts()
    assert f"1 of {len(exercise_ids(2))} passed" in lines[0]
    assert "Next: 2.3" in lines[1]


def test_progress_shows_the_week_how_often_one_was_right_and_each_exercise_as_a_link(notebook: Any) -> None:
    page = shown(notebook, PROGRESS)
    days = [text.split("\n")[0] for text in page.locator(".week li").all_inner_texts()]
    assert days == [*(f"Day {day}" for day in range(1, 7)), "Weekend"]
    assert page.locator(".week .here").inner_text().split("\n")[0] == "Day 2"
    right = page.locator(".gauges li").all_inner_texts()
    assert [each.split("\n")[-1] for each in right[:2]] == ["1 of 1", "6 of 8"]
    assert any("When sure" in each for each in right)
    links = page.locator(".tasks a")
    expect(links).to_have_count(len(exercise_ids(2)))
    expect(page.locator(".tasks li").nth(1)).to_contain_text("begun, 1 attempt", use_inner_text=True)
    tops = page.locator(".tasks li").evaluate_all("all => all.map(e => e.getBoundingClientRect().top)")[:5]
    assert len({round(below - above) for above, below in pairwise(tops)}) == 1, "the rows are evenly spaced"
    kinds = notebook.page.locator(".labs a:visible").evaluate_all(
        "all => all.map(getComputedStyle).map(own => own.color + own.textDecorationLine)"
    )
    assert len(set(kinds)) == 1, "every link looks like a link, and like the others"
    assert "day.progress()" not in page.locator("xpath=..").inner_text(), "the calls are collapsed"


def test_no_day_or_gauge_of_progress_is_broken_on_a_phone(notebook: Any) -> None:
    resize(notebook.page, {"width": 390, "height": SCREEN})
    lines = shown(notebook, PROGRESS).locator(".week li > span:not(.bar), .gauges li > span:first-child")
    assert max(lines.evaluate_all("all => all.map(each => each.offsetHeight)")) < 30
    resize(notebook.page, {"width": 1400, "height": SCREEN})
    assert max(lines.evaluate_all("all => all.map(each => each.offsetHeight)")) < 30
    marks = shown(notebook, PROGRESS).locator(".tasks .mark")
    left = shown(notebook, PROGRESS).locator(".tasks").bounding_box()["x"]
    assert min(marks.evaluate_all("all => all.map(each => each.getBoundingClientRect().left)")) >= left + 2


def test_the_first_line_leads_to_the_exercise_that_comes_next(notebook: Any) -> None:
    """JupyterLab opens the notebook or, if it is already open, scrolls to the exercise."""
    page = notebook.page
    shown(notebook, PROGRESS).locator(".todo a").first.click()
    page.locator(".jp-RenderedMarkdown h1", has_text="Day 2").first.wait_for()
    for cell in (PROGRESS, INDEX, PASSED):
        page.locator(".lm-TabBar-tab", has_text="places.ipynb").first.click()
        link = shown(notebook, cell).locator(".todo a").first
        name = link.inner_text()
        link.click()
        heading = page.locator(".jp-RenderedMarkdown h3", has_text=f"Exercise {name.split()[0]}").first
        heading.wait_for()
        page.wait_for_function(
            "e => { const box = e.getBoundingClientRect(); return box.top >= 0 && box.bottom <= innerHeight; }",
            arg=heading.element_handle(),
        )
    page.locator(".lm-TabBar-tab", has_text="places.ipynb").first.click()


def test_the_index_shows_what_is_done_where_one_is_and_a_link_to_each_day(notebook: Any) -> None:
    page = shown(notebook, INDEX)
    assert height(page) < SCREEN - 100
    cards = page.locator(".home li")
    expect(cards).to_have_count(7)
    expect(cards.locator("a")).to_have_count(7)
    expect(cards.nth(0)).to_contain_text("✓ done", use_inner_text=True)
    expect(cards.nth(1)).to_contain_text("you are here", use_inner_text=True)
    expect(cards.nth(6)).to_contain_text("You need Days 1 and 2")
    *days, weekend = (len(exercise_ids(lesson)) for lesson in lessons())
    foot = f"of {sum(days)}, and 0 of the weekend's {weekend} extra checks"
    expect(page.locator(".foot")).to_contain_text(foot)
    expect(cards.nth(2)).to_contain_text("core\N{NO-BREAK SPACE}path", use_inner_text=True)
    tops = cards.locator(".gauge").evaluate_all("all => all.map(each => each.getBoundingClientRect().top)")
    assert [len(set(tops[at:to])) for at, to in ((0, 2), (2, 5), (5, 7))] == [1, 1, 1]
    gaps = cards.evaluate_all(
        """all => all.map(e => e.querySelector("a").getBoundingClientRect().bottom
          - e.querySelector("p").getBoundingClientRect().top)"""
    )
    assert max(map(abs, gaps)) < 10, "the text follows its title, whether that has one line or two"
    ends = [page.locator(each).bounding_box() for each in (".home >> nth=2", ".foot")]
    assert ends[1]["y"] - ends[0]["y"] - ends[0]["height"] > 8


def test_a_week_that_has_not_begun_shows_once_where_to_begin(notebook: Any) -> None:
    page = shown(notebook, NEW)
    expect(page.locator(".todo")).to_contain_text("Begin with Day 1")
    assert page.inner_text().lower().count("begin") == 1
    expect(page.locator(".here")).to_have_count(0)


def test_the_index_has_the_same_cards_before_and_after_its_cell_is_run(lab: Any, page: Page) -> None:
    index = lab.open(page, "notebooks/index.ipynb")
    page.keyboard.press("ControlOrMeta+b")
    listed = page.locator(".jp-RenderedMarkdown li a", has_text="Day 2 · IAM")
    # Links have names, not paths.
    expect(page.locator(".jp-RenderedMarkdown a", has_text="docs/")).to_have_count(0)
    before = [per_row(page, width, ".jp-RenderedMarkdown ul[style] > li") for width in (390, 900, 1400)]
    assert before == [[1] * 7, [1] * 7, [2, 3, 2]]
    first = index.cell(0)
    end = first.bounding_box()
    assert end["y"] + end["height"] < 1000, "the days and the cell with the progress are one screen"
    first.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    first.locator(".home li").nth(6).wait_for()
    expect(listed).not_to_be_visible()
    expect(page.get_by_text("click the cell below")).not_to_be_visible()
    expect(page.get_by_role("link", name="Day 2 · IAM")).to_have_count(1)
    expect(page.get_by_role("heading", name="Then, in any order")).to_have_count(1)
    assert [per_row(page, width, ".home > li") for width in (390, 900, 1400)] == before


def per_row(page: Page, width: int, cards: str) -> list[int]:
    """Return the number of cards in each row, in a window of this width. All texts and code must fit into it."""
    resize(page, {"width": width, "height": 1000})
    page.wait_for_timeout(500)
    assert page.evaluate(WIDE) == 0
    code = page.locator(".jp-CodeCell .cm-scroller")
    assert not code.evaluate_all("all => all.some(each => each.scrollWidth > each.clientWidth)")
    tops = page.locator(cards).evaluate_all("all => all.map(each => each.getBoundingClientRect().top)")
    return [len(list(row)) for _, row in groupby(tops)]


def test_a_key_of_json_stays_on_one_line_in_every_width(page: Page) -> None:
    line = (
        '{"Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/app/*"}, '
        '"NotIpAddressIfExists": {"aws:SourceIp": ["192.0.2.0/24"]}, "BoolIfExists": {"aws:ViaAWSService": "false"}}}'
    )
    page.set_content(f'<body style="font: 14px sans-serif">{STYLE}{framed(block(line, width=200))}</body>')
    keys = page.locator(".json .n")
    for width in range(390, 1401, 100):
        resize(page, {"width": width, "height": SCREEN})
        heights = keys.evaluate_all("all => all.map(each => each.getBoundingClientRect().height)")
        assert max(heights) < 1.5 * min(heights), width
    assert page.locator(".json").inner_text() == line


@pytest.mark.sampled(2)
@pytest.mark.parametrize("day", [2, 5])
def test_every_failed_check_fits_a_screen_and_begins_with_what_to_do(page: Page, day: int) -> None:
    exercises = [each for each in load(day).values() if not each.live and each.kind != "function"]
    cards = [
        result_card(exercise, grade(exercise, wrong.answer), Place(wrong.answer)).removeprefix(STYLE)
        for exercise in exercises
        for wrong in exercise.wrong
    ]
    resize(page, {"width": 1100, "height": SCREEN})
    page.set_content(f'<body style="font: 14px sans-serif">{STYLE}{"".join(cards)}</body>')
    heights = page.locator(".card").evaluate_all(
        "all => all.map(each => each.getBoundingClientRect().height)"
    )
    assert len(heights) == len(cards)
    assert max(heights) < SCREEN - 100
    second = page.locator(".card").evaluate_all("all => all.map(each => each.children[1].innerText)")
    assert all(said.startswith("▶") and said.count(" again.") == 1 for said in second)


@pytest.mark.slow
def test_a_picture_can_be_read_on_a_phone(lab: Any, page: Page) -> None:
    page.goto(f"{lab.url}/lab/workspaces/day2_iam/tree/notebooks/day2_iam.ipynb?token={TOKEN}")
    picture = page.locator(".jp-RenderedMarkdown img").first
    picture.wait_for()
    page.keyboard.press("ControlOrMeta+b")
    page.wait_for_function("image => image.naturalWidth > 0", arg=picture.element_handle())
    assert picture.evaluate("image => image.width") == WIDTH * SHOWN
    resize(page, {"width": 390, "height": 844})
    page.wait_for_timeout(500)
    assert picture.evaluate("image => image.width") / WIDTH * SMALL >= PHONE_LETTERS
