"""Day 5's widgets in JupyterLab, by keyboard and name: the envelope stepper, the key timeline, the trail explorer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import (
    CHOICES_CUT,
    CUES,
    HALF_LINES,
    LETTERS,
    OUTSIDE,
    OVERLAPS,
    PHONE,
    WIDER,
    resize,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SETUP = """
import boto3
from labs_helpers.cloud import Cloud
from labs_helpers.course.days.day5.envelope import RawAesKey, encrypt
from labs_helpers.widgets.envelope_stepper import EnvelopeStepper
from labs_helpers.widgets.key_timeline import KeyTimeline
from labs_helpers.widgets.trail_explorer import TrailExplorer

cloud = Cloud(seed=1).start()
kms = boto3.client("kms", region_name="us-east-1")
key = kms.create_key(Description="<script>document.title='hacked'</script>")["KeyMetadata"]["Arn"]
blob = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"<img src=x>": "4711"})["CiphertextBlob"]
kms.enable_key_rotation(KeyId=key)
cloud.clock.advance(days=366)
kms.disable_key(KeyId=key)
try:
    kms.decrypt(CiphertextBlob=blob)
except Exception:
    pass
cloud.clock.advance(days=40)
kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=30)
cloud.clock.advance(days=10)
explorer = TrailExplorer.of_record(cloud)
events = [line.event for line in explorer.lines]
aes = RawAesKey("tests", "k1", bytes(32))
"""
STEPPER, TIMELINE, TRAIL = 1, 2, 3
CELLS = [
    SETUP,
    'EnvelopeStepper(encrypt(b"0123456789" * 3, [aes], {"patient": "4711"}, frame_length=8), [aes])',
    "KeyTimeline(key, events, cloud.clock.now())",
    "explorer",
]

TALLER_THAN_THEIR_MARKS = """part => [...part.querySelectorAll("svg g.moment")].filter(each => {
  const [mark, number] = ["circle", "text"].map(kind => each.querySelector(kind)?.getBoundingClientRect());
  return number && (number.top < mark.top || number.bottom > mark.bottom);
}).map(each => each.textContent)"""


@pytest.fixture(scope="module")
def notebook(lab: Any, browser: Browser) -> Iterator[Any]:
    with lab.ran(browser, "day5_widgets.ipynb", CELLS) as opened:
        yield opened


@pytest.fixture(autouse=True)
def nothing_ran(notebook: Any) -> Iterator[None]:
    yield
    assert notebook.page.title() != "hacked"
    assert notebook.errors() == []


def picture(notebook: Any, name: str, cell: Any) -> None:
    """Save the picture in the folder that LABS_SCREENSHOTS names, if it is set."""
    folder = os.environ.get("LABS_SCREENSHOTS")
    if folder:
        notebook.page.mouse.move(0, 0)
        Path(folder).mkdir(parents=True, exist_ok=True)
        cell.locator(".jp-OutputArea-output").first.screenshot(
            path=Path(folder) / f"{name}.png", animations="disabled", caret="hide"
        )


def test_stepper_names_the_check_that_refuses_a_flipped_bit(notebook: Any) -> None:
    """The status names the frame after the flip, and states after the undo that the message can be opened."""
    cell = notebook.cell(STEPPER)
    cell.get_by_role("combobox", name="Field", exact=True).select_option("frame 2: content")
    cell.get_by_role("button", name="Flip a bit of frame 2: content", exact=True).press("Enter")
    status = cell.get_by_role("status", name="Result of opening the message")
    status.get_by_text("frame 2 was changed").wait_for()
    picture(notebook, "envelope_stepper", cell)
    undo = cell.get_by_role("button", name="Undo all", exact=True)
    undo.press("Enter")
    status.get_by_text("It opens.").wait_for()
    expect(undo).to_have_attribute("aria-disabled", "true")
    expect(undo).to_be_focused()


def test_a_byte_of_the_envelope_answers_to_a_click(notebook: Any) -> None:
    cell = notebook.cell(STEPPER)
    cell.locator("code span[title='frame 1: content']").click()
    notebook.settle()
    chosen = cell.get_by_role("combobox", name="Field", exact=True).locator("option:checked")
    expect(chosen).to_have_text("frame 1: content")
    cell.locator("strong", has_text="frame 1: content").wait_for()
    cell.locator("svg:visible g[data-option]", has_text="header").click()
    notebook.settle()
    expect(chosen).not_to_have_text("frame 1: content")


def test_time_line_tells_what_the_key_was_at_a_chosen_moment(notebook: Any) -> None:
    cell = notebook.cell(TIMELINE)
    moment = cell.get_by_role("combobox", name="Moment", exact=True)
    said = cell.get_by_role("status", name="The moment")
    said.get_by_text("PendingDeletion").wait_for()
    expect(cell.get_by_role("button", name="Later ▶")).to_be_disabled()
    sides = [
        cell.locator(part).bounding_box()
        for part in (".figure svg:visible", ".rows", ".widget-hbox:has(> .widget-dropdown)")
    ]
    assert max(box["x"] + box["width"] for box in sides) - min(box["x"] + box["width"] for box in sides) < 12
    picture(notebook, "key_timeline", cell)
    moment.select_option(index=3)
    said.get_by_text("DisableKey").wait_for()
    expect(said).to_contain_text("us-east-1 Disabled", use_inner_text=True)
    expect(cell.get_by_role("img", name="Timeline of the key")).to_have_count(1)


def test_every_moment_of_the_time_line_is_seen_and_answers_to_a_click(notebook: Any) -> None:
    cell = notebook.cell(TIMELINE)
    options = cell.get_by_role("combobox", name="Moment", exact=True).locator("option")
    assert cell.evaluate(CHOICES_CUT) == []
    size = notebook.page.viewport_size
    resize(notebook.page, PHONE)
    assert cell.evaluate(CHOICES_CUT) == []
    resize(notebook.page, size)
    marks = cell.locator("svg:visible g.moment")
    expect(marks.nth(3)).to_be_attached()
    moments = marks.count()
    expect(options).to_have_count(moments)
    expect(cell.locator("tr[data-option]:visible")).to_have_count(moments)
    assert cell.evaluate(LETTERS) >= 11
    assert cell.evaluate(OUTSIDE) == []
    assert cell.evaluate(OVERLAPS) == []
    assert cell.evaluate(TALLER_THAN_THEIR_MARKS) == []
    said = cell.get_by_role("status", name="The moment")
    marks.filter(has_text="1").first.click()
    said.get_by_text("CreateKey").wait_for()
    cell.locator("tr[data-option]").nth(2).click()
    said.get_by_text("moment 3 of").wait_for()
    cell.get_by_role("button", name="Later ▶").click()
    said.get_by_text("moment 4 of").wait_for()
    expect(cell.locator("button.mod-primary:visible")).to_have_text(["Later ▶"])
    later = cell.get_by_role("button", name="Later ▶")
    for number in range(5, moments + 1):
        later.press("Enter")
        said.get_by_text(f"moment {number} of").wait_for()
    expect(later).to_have_attribute("aria-disabled", "true")  # nothing is later, and the focus stays
    expect(later).to_be_focused()
    cell.get_by_role("button", name="◀ Earlier").click()
    expect(later).to_be_enabled()


def test_no_name_in_the_trail_explorer_is_broken_across_lines(notebook: Any) -> None:
    cell = notebook.cell(TRAIL)
    broken = cell.locator("td span[title]").evaluate_all(
        "all => all.filter(each => each.getClientRects().length > 1).map(each => each.innerText)"
    )
    assert broken == []
    expect(cell.locator("td span[title]").nth(3)).to_be_attached()


def test_the_trail_explorer_shows_the_chosen_event_next_to_the_picture(notebook: Any) -> None:
    cell, page = notebook.cell(TRAIL), notebook.page
    before = page.viewport_size
    resize(page, {"width": 1400, "height": 1000})
    drawn, listed, event = (
        part.bounding_box()
        for part in (
            cell.get_by_role("img", name="Who used what"),
            cell.get_by_role("group", name="Events"),
            cell.get_by_role("region", name="The event"),
        )
    )
    first, head = (cell.locator(f".events {part} tr").first.bounding_box() for part in ("tbody", "thead"))
    assert first["y"] >= head["y"] + head["height"] - 1, "the first event is whole"
    assert abs(event["y"] - drawn["y"]) < 60
    assert event["x"] > drawn["x"] + drawn["width"]
    assert listed["y"] > drawn["y"] + drawn["height"]
    resize(page, before)


def test_trail_explorer_finds_by_query_and_draws_who_used_what(notebook: Any) -> None:
    cell = notebook.cell(TRAIL)
    query = cell.get_by_role("textbox", name="Query", exact=True)
    query.fill("name=Decrypt")
    query.blur()
    found = cell.get_by_role("status", name="Search result")
    found.get_by_text("1 of 7 events matches.").wait_for()
    notebook.settle()  # the picture follows
    expect(found).to_contain_text("It failed.", use_inner_text=True)
    expect(cell.get_by_role("img", name="Who used what").locator("path:not(.rim)")).to_have_count(1)
    picture(notebook, "trail_explorer", cell)
    query.fill("name=Decryptt")
    query.blur()
    found.get_by_text('Did you mean "Decrypt"?').wait_for()
    query.fill("foo=bar (((")
    query.blur()
    found.get_by_text("There is no field foo.").wait_for()
    query.fill("4711")
    query.blur()
    cell.get_by_role("cell", name="<img src=x>=4711").wait_for()
    expect(cell.locator(".jp-OutputArea img")).to_have_count(0)


def test_a_click_on_a_caller_of_the_trail_filters_and_on_an_event_shows_it(notebook: Any) -> None:
    cell = notebook.cell(TRAIL)
    query = cell.get_by_role("textbox", name="Query", exact=True)
    query.fill("")
    query.blur()
    cell.get_by_text("All 7 events.").wait_for()
    notebook.settle()
    _the_chosen_event_is_in_view_in_its_list_wherever_it_was_chosen(notebook, cell)
    caller = cell.locator("svg:visible g[data-list='0']").first
    caller.click()
    by = cell.get_by_role("combobox", name="By", exact=True).locator("option:checked")
    expect(by).not_to_have_text("(any)")
    expect(caller.locator("text").first).to_have_text(by.inner_text())
    notebook.settle()
    caller.click()
    expect(by).to_have_text("(any)")
    notebook.settle()
    row = cell.locator("tr[data-option]", has_text="EnableKeyRotation")
    row.click()
    event = cell.get_by_role("region", name="The event")
    event.get_by_text('"EnableKeyRotation"').wait_for()
    size = notebook.page.viewport_size
    resize(notebook.page, {"width": 1400, "height": 1000})
    notebook.page.wait_for_timeout(300)
    left = "e => e.getBoundingClientRect().left"
    assert event.evaluate(left) > cell.locator(".rows").evaluate(left) + 300, "the event is next to the list"
    resize(notebook.page, size)
    assert row.evaluate("e => getComputedStyle(e).backgroundColor") != "rgba(0, 0, 0, 0)"


def _the_chosen_event_is_in_view_in_its_list_wherever_it_was_chosen(notebook: Any, cell: Any) -> None:
    rows = cell.locator(".rows")
    rows.evaluate("e => { e.style.maxHeight = '9em'; }")  # seven events fit into the list's own height
    chosen, details = rows.locator("tr[aria-current]"), cell.get_by_role("combobox", name="Details")
    for place in (0, 6, 3):
        details.select_option(index=place)
        notebook.settle()
        expect(chosen).to_have_count(1)
        expect(chosen).to_have_attribute("data-option", str(place))
        _is_in_view(chosen, rows)
    size = notebook.page.viewport_size
    resize(notebook.page, PHONE)
    _is_in_view(chosen, rows)
    resize(notebook.page, size)


def _is_in_view(row: Any, rows: Any) -> None:
    around, inside = (each.bounding_box() for each in (rows, row))
    assert around["y"] <= inside["y"]
    assert inside["y"] + inside["height"] <= around["y"] + around["height"]


@pytest.mark.parametrize("width", [900, 640, PHONE["width"]])
def test_the_pictures_are_whole_at_each_width_and_the_last_line_of_a_frame_isn_t_cut(
    notebook: Any, width: int
) -> None:
    page = notebook.page
    size = page.viewport_size
    resize(page, {"width": width, "height": 900})
    page.wait_for_timeout(300)
    for cell in map(notebook.cell, (STEPPER, TIMELINE, TRAIL)):
        part = cell.locator(".jp-OutputArea-output:visible").first
        assert part.evaluate(WIDER) == part.evaluate(OUTSIDE) == part.evaluate(OVERLAPS) == []
        assert part.evaluate(CUES) == part.evaluate(HALF_LINES) == part.evaluate(CHOICES_CUT) == []
        assert part.evaluate(LETTERS) >= 10.8
    resize(page, size)


def test_the_chosen_bytes_of_the_envelope_are_in_view_on_a_phone(notebook: Any) -> None:
    cell, page = notebook.cell(STEPPER), notebook.page
    size = page.viewport_size
    resize(page, PHONE)
    cell.get_by_role("combobox", name="Field", exact=True).select_option("frame 3: content")
    cell.locator("strong", has_text="frame 3: content").wait_for()
    frame, chosen = (cell.locator(each).bounding_box() for each in (".bytes", ".bytes .chosen"))
    assert frame["y"] <= chosen["y"]
    assert chosen["y"] < frame["y"] + frame["height"]
    resize(page, size)
