"""Day 1's widgets in JupyterLab, operated by keyboard, and found by role and name as a screen reader finds them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import (
    CHOICES_CUT,
    CUES,
    LETTERS,
    OUTSIDE,
    OVERLAPS,
    PHONE,
    SIGNS_ALONE,
    WIDER,
    resize,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator

BOARD, PLAYER, PLOT, SCORES, LINE, LAST, PATH = 1, 2, 3, 4, 5, 6, 7
CELLS = [
    """
from labs_helpers.cloud import Cloud
from labs_helpers.course.days.day1 import account
from labs_helpers.widgets.exposure_plot import ExposurePlot
from labs_helpers.widgets.incident_player import IncidentPlayer
from labs_helpers.widgets.responsibility_line import ResponsibilityLine
from labs_helpers.widgets.scoreboard import Scoreboard
from labs_helpers.widgets.sorting_board import SortingBoard

cloud = Cloud(seed=1).start()
account.build(cloud)
""",
    "board = SortingBoard()\nboard",
    'player = IncidentPlayer("uber")\nplayer',
    "plot = ExposurePlot()\nplot",
    "scores = Scoreboard(cloud)\nscores",
    'ResponsibilityLine("lambda")',
    "print(board.right, player.right, plot.shown.bucket.hours, len(scores.rounds))",
    'from labs_helpers.course import path_picture\n\npath_picture(1, "stolen-role").show()',
]
WAIT = 30_000
STRUCK = """picture => [...picture.querySelectorAll("text")].filter(text => {
  const its = text.getBoundingClientRect();
  const meets = each => {
    const box = each.getBoundingClientRect();
    return box.left < its.right && box.right > its.left && box.top + 2 < its.bottom && box.bottom > its.top + 2;
  };
  const some = kind => [...picture.querySelectorAll(kind)].some(meets);
  return some("line") && !some("rect");
}).map(each => each.textContent)"""
"""The texts next to a picture's bars that a line runs through or touches. Lines behind a bar aren't visible."""
BESIDE = """picture => [...picture.querySelectorAll("text")].filter(text => {
  const its = text.getBoundingClientRect();
  return [...picture.querySelectorAll("rect")].map(each => each.getBoundingClientRect()).some(
    box => box.top + 2 < its.bottom && box.bottom > its.top + 2);
}).map(each => each.textContent)"""
"""The texts at the height of a bar."""


@pytest.fixture(scope="module")
def notebook(lab: Any, browser: Browser) -> Iterator[Any]:
    """A scratch notebook with one cell per widget, run from top to bottom."""
    with lab.ran(browser, "day1_widgets.ipynb", CELLS, timeout=WAIT) as opened:
        yield opened


@pytest.fixture(autouse=True)
def no_widget_failed(notebook: Any) -> Iterator[None]:
    yield
    assert notebook.errors() == []


def button(cell: Locator, name: str) -> Locator:
    return cell.get_by_role("button", name=name, exact=True)


def test_the_board_is_sorted_by_keyboard_without_moving_the_focus(
    notebook: Any, picture: Callable[[str, Locator], None]
) -> None:
    cell = notebook.cell(BOARD)
    pile = cell.locator(".labs-piles > .widget-vbox").nth(1)
    border = "all => all.map(each => getComputedStyle(each).borderTopStyle)"
    assert cell.locator(".labs-piles > .widget-vbox").evaluate_all(border) == ["dashed"] * 3
    assert cell.locator(".labs-pile").evaluate_all(border) == ["solid"] * 3, (
        "a pile's head looks like a button"
    )
    button(cell, "Both").focus()
    for number in range(1, 8):
        cell.get_by_text(f"{number} of 8:").wait_for()
        notebook.page.keyboard.press("Space" if number % 2 else "2")
        notebook.settle()
        expect(cell.get_by_role("status", name=f"Feedback on cell {number}")).to_have_count(1)
        said, question = (cell.locator(each).first.bounding_box() for each in (".newest", ".headline"))
        assert said["y"] > question["y"] + question["height"], "the verdict isn't above the next question"
        place = pile.bounding_box()
        assert place["x"] <= said["x"]
        assert said["x"] + said["width"] <= place["x"] + place["width"]
    expect(cell).to_contain_text("✗ wrong →", use_inner_text=True)
    notebook.page.keyboard.press("2")
    cell.get_by_text("Moved to the right pile: ").wait_for()
    expect(cell).to_contain_text("✗ moved from Both", use_inner_text=True)
    expect(cell.locator(".labs-pile").first).to_have_css(
        "border-top-color", "rgba(0, 0, 0, 0)"
    )  # only a title
    expect(cell).to_contain_text("✓ right", use_inner_text=True)
    picture("sorting_board", cell)
    notebook.page.keyboard.press("Enter")  # goes on, although the focus is still on a pile
    cell.get_by_text("1 of 8:").wait_for()


def test_a_click_anywhere_on_a_pile_chooses_it_but_a_click_on_a_sorted_cell_opens_that(notebook: Any) -> None:
    cell = notebook.cell(BOARD)
    pile = cell.locator(".labs-piles > .widget-vbox").last
    for number in (2, 3):
        size = pile.bounding_box()
        pile.click(position={"x": size["width"] / 2, "y": size["height"] - 4})
        cell.get_by_text(f"{number} of 8:").wait_for()
    piece = pile.locator("details").last
    expect(piece).not_to_have_attribute("open", "")
    piece.locator("summary").click()
    expect(piece).to_have_attribute("open", "")
    expect(cell.get_by_text("3 of 8:")).to_be_visible()
    assert cell.locator(".labs-piles").get_by_role("button").all_inner_texts() == ["AWS", "Both", "Customer"]
    notebook.page.emulate_media(media="print")
    expect(pile.locator(".on-paper")).to_be_visible()
    expect(pile.locator("button")).not_to_be_visible()
    notebook.page.emulate_media(media="screen")
    expect(pile.locator(".on-paper")).not_to_be_visible()
    cell.get_by_label("Service").select_option(label="AWS KMS")
    cell.get_by_text("AWS KMS:").first.wait_for()


def test_an_incident_is_played_by_keyboard(notebook: Any, picture: Callable[[str, Locator], None]) -> None:
    cell = notebook.cell(PLAYER)
    cell.get_by_text("What would you have looked at first?").wait_for()
    expect(cell.get_by_text("The whole story")).to_have_count(0)
    options = cell.get_by_role("button", name=re.compile(r"[abc]\) "))
    offered = options.all_inner_texts()
    options.nth(0).focus()
    notebook.page.keyboard.press("b")
    cell.get_by_text("The whole story").wait_for()
    notebook.settle()
    expect(cell.get_by_text("What was misconfigured")).not_to_be_visible()
    expect(cell.get_by_role("link", name="Cleary Cybersecurity and Privacy Watch").nth(0)).to_be_attached()
    picture("incident_player", cell)
    kept = options.all_inner_texts()
    assert [before in after for before, after in zip(offered, kept, strict=True)] == [True] * 3
    assert "✓" in " ".join(kept)
    (forward,) = button(cell, "Next incident").all()
    top = "e => e.getBoundingClientRect().top"
    assert options.last.evaluate(top) < forward.evaluate(top) < cell.locator("ol.path").evaluate(top)
    left = "e => e.getBoundingClientRect().left"
    assert abs(cell.locator("ol.path .stop").first.evaluate(left) - options.first.evaluate(left)) < 3
    notebook.page.keyboard.press("Enter")
    cell.get_by_text("Keys: a, b, or c").wait_for()
    assert cell.locator(".labs-quiz").evaluate("e => e === document.activeElement"), "no option looks chosen"


def test_an_assumption_is_changed_and_the_picture_follows(
    notebook: Any, picture: Callable[[str, Locator], None]
) -> None:
    cell = notebook.cell(PLOT)
    days = cell.get_by_role("textbox", name="days that the bucket is public")
    expect(cell.get_by_role("img", name="A zone down for hours")).to_have_count(1)
    days.fill("100")
    days.press("Tab")
    drawn = cell.locator(".figure svg:visible")
    drawn.get_by_text("100 days").wait_for()
    expect(drawn).to_have_count(1)  # the learner's bars and the real ones are on the same axis
    expect(drawn.get_by_text("Yours: a bucket is public")).to_be_visible()
    picture("exposure_plot", cell)
    records = cell.get_by_role("textbox", name="records that the company has")
    expect(records).to_have_value("1,000,000")
    hours = cell.get_by_role("textbox", name="hours that the zone is down")
    for text, said in (("1", "1 hour"), ("6", "6 hours")):
        hours.fill(text)
        hours.press("Tab")
        expect(drawn.get_by_text(said, exact=True).first).to_be_visible()


def test_the_exposure_plot_shows_each_event_once_in_full_and_in_color(notebook: Any) -> None:
    cell = notebook.cell(PLOT)
    assert cell.evaluate(OUTSIDE) == []
    assert cell.evaluate(OVERLAPS) == []
    assert cell.evaluate(LETTERS) >= 11
    expect(cell.locator("table:visible")).to_have_count(0)
    bars = cell.locator("svg rect").evaluate_all("all => all.map(each => getComputedStyle(each).stroke)")
    assert len({each for each in bars if each != "none"}) == 2
    cards = cell.locator(".pair > .box").evaluate_all(
        "all => all.map(each => each.getBoundingClientRect().width)"
    )
    assert abs(cards[0] - cards[1]) < 1


def test_a_slider_of_the_exposure_plot_moves_its_field_and_has_its_name(notebook: Any) -> None:
    cell = notebook.cell(PLOT)
    days = cell.get_by_role("slider", name="days that the bucket is public")
    expect(cell.get_by_role("slider")).to_have_count(6)
    before = cell.get_by_role("textbox", name="days that the bucket is public").input_value()
    days.focus()
    notebook.page.keyboard.press("ArrowRight")
    notebook.settle()
    after = cell.get_by_role("textbox", name="days that the bucket is public").input_value()
    expect(cell.locator(".widget-readout:visible")).to_have_count(0)  # the field has the number
    assert float(after) > float(before)
    shown = cell.locator(".figure svg:visible").get_by_text(f"{after} days")
    shown.first.wait_for()
    field = cell.get_by_role("textbox", name="days that the bucket is public")
    field.fill("5000")
    field.press("Tab")
    limits = cell.get_by_text("Enter a number from 0 to 3,650.")
    limits.wait_for()
    expect(field).to_have_value("3,650")
    field.fill(before)
    field.press("Tab")
    limits.wait_for(state="detached")
    notebook.settle()


def test_on_a_phone_the_exposure_plot_shows_the_value_of_every_bar(notebook: Any) -> None:
    cell, page = notebook.cell(PLOT), notebook.page
    size = page.viewport_size
    resize(page, PHONE)
    assert notebook.cell(PLAYER).evaluate(CHOICES_CUT) == []
    cell.locator(".on-phones svg:visible").first.wait_for()
    part = cell.locator(".jp-OutputArea-output:visible").first
    assert part.evaluate(WIDER) == part.evaluate(OUTSIDE) == part.evaluate(OVERLAPS) == []
    assert part.evaluate(LETTERS) >= 11
    result, first = cell.locator(".pair").bounding_box(), cell.get_by_role("slider").first.bounding_box()
    assert result["y"] + result["height"] <= first["y"], "the result is above the assumptions"
    drawn = cell.locator(".on-phones svg:visible")
    assert drawn.evaluate(STRUCK) == []
    assert drawn.evaluate(BESIDE) == [], "each value is in its title, not next to a line that isn't about it"
    expect(drawn.locator("text", has_text="overheated · 5.9 hours")).to_have_count(1)
    note, bar = drawn.locator("text", has_text="found after 3 days"), drawn.locator("rect").nth(7)
    assert note.bounding_box()["y"] >= bar.bounding_box()["y"], "below the learner's bar"
    fold = cell.locator("summary", has_text="The real events as a table")
    fold.click()
    table = cell.locator("table.real")
    assert part.evaluate(WIDER) == []
    widths = table.locator("td").evaluate_all("all => all.map(each => each.getBoundingClientRect().width)")
    assert min(widths[1::5]) > 200, "each event is a block"
    assert table.locator("tr:has(td)").evaluate_all("all => all.every(each => each.querySelector('a[href]'))")
    fold.click()
    resize(page, size)


def test_the_board_of_attacks_attacks_again(notebook: Any, picture: Callable[[str, Locator], None]) -> None:
    cell = notebook.cell(SCORES)
    cell.get_by_text("attempts succeeded in round 1, through 17 settings").wait_for()
    state, title = (
        cell.locator(f"details.setting > summary > {each}").first.bounding_box()
        for each in (".chip", "strong")
    )
    assert state
    assert title
    assert title["x"] - state["x"] - state["width"] < 40, "no empty column"
    expect(cell).to_contain_text("✗ open", use_inner_text=True)
    expect(cell).to_contain_text("an anonymous visitor", use_inner_text=True)
    settings = cell.locator("details.setting > summary")
    before = settings.all_inner_texts()
    heights = settings.evaluate_all("all => all.map(each => each.getBoundingClientRect().height)")
    assert sum(heights) < 17 * 40, "a setting is a line, or two"
    settings.first.click()
    expect(cell.get_by_text("The shop's work: works").first).to_be_visible()
    expect(cell.locator(".setting[open] p").last).to_contain_text("exercise 1.7", use_inner_text=True)
    button(cell, "Attack again").click()
    cell.get_by_text("attempts succeeded in round 2").wait_for()
    assert cell.locator(".rounds").evaluate_all("all => all.map(each => each.children.length)") == [2, 2]
    expect(settings).to_have_text(before, use_inner_text=True)
    picture("scoreboard", cell)


def test_each_layer_of_the_line_is_next_to_its_reason_and_the_stack_is_whole_on_a_phone(
    notebook: Any,
) -> None:
    cell, page = notebook.cell(LINE), notebook.page
    size = page.viewport_size
    resize(page, {"width": 1400, "height": 900})
    middle = "all => all.map(each => each.getBoundingClientRect()).map(each => each.top + each.height / 2)"
    names = cell.locator("svg:visible text[text-anchor=end]").evaluate_all(middle)
    reasons = cell.locator(".reason").evaluate_all(middle)
    assert len(names) == len(reasons) == 6
    assert all(abs(name - reason) < 6 for name, reason in zip(names, reasons, strict=True))
    resize(page, PHONE)
    cell.locator(".on-phones svg:visible").wait_for()
    part = cell.locator(".jp-OutputArea-output:visible").first
    assert part.evaluate(WIDER) == part.evaluate(OUTSIDE) == part.evaluate(CUES) == []
    assert part.evaluate(LETTERS) >= 11
    resize(page, size)


def test_a_sign_stays_next_to_its_word_in_a_picture_of_a_path(notebook: Any) -> None:
    for width in (1400, 900, 700, 390):
        resize(notebook.page, {"width": width, "height": 1500})
        notebook.page.wait_for_timeout(300)
        for cell in (PATH, PLAYER):
            assert notebook.cell(cell).evaluate(SIGNS_ALONE) == [], width
    resize(notebook.page, {"width": 1000, "height": 1500})


def test_what_was_done_by_buttons_is_what_python_sees(notebook: Any) -> None:
    notebook.replace(notebook.cell(LAST), CELLS[LAST])
    told = notebook.cell(LAST).locator(".jp-OutputArea-output").inner_text()
    assert told.strip() == "0 0 2400.0 2"
