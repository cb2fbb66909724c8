"""Day 4's widgets in JupyterLab: the organization tree, by mouse and by keyboard only, and the access map."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.conftest import (
    CHOICES_CUT,
    FIELDS_CUT,
    HALF_LINES,
    LETTERS,
    OUTSIDE,
    OVERLAPS,
    PHONE,
    SPLIT,
    WIDER,
    resize,
)
from tests.browser.test_widgets import WAIT, button, field, fill, nothing_ran, tab_to

__all__ = ["nothing_ran"]

SETUP = """
from labs_helpers.cloud import Cloud
from labs_helpers.course.days.day4 import landing_zone
from labs_helpers.widgets.access_map import OrganizationAccess
from labs_helpers.widgets.organization_tree import OrganizationTree

cloud = Cloud(seed=4).start()
ids = landing_zone.prepare(cloud)["landing"]
"""
TREE, MAP, LAST = 1, 2, 3
CELLS = [
    SETUP,
    "tree = OrganizationTree(cloud).select('prod')\ntree",
    "OrganizationAccess(cloud)",
    "print(tree)",
]


COVERED = """picture => {
  const boxes = kind => [...picture.querySelectorAll(kind)].map(each => each.getBoundingClientRect());
  const tags = boxes("rect.draft");
  return boxes("g.level > *, g.sieve > *, g.verdict > rect").filter(each => !tags.length || tags.some(
    tag => tag.left < each.right && each.left < tag.right && tag.top < each.bottom && each.top < tag.bottom)); }"""
"""The sieves and the verdict under the tag of a draft, or all of them if there is no tag."""
SINE = "all => all.map(e => -new DOMMatrix(getComputedStyle(e).transform).b)"
"""The sine of the angle at which names are slanted."""
GAPS = """all => all.map(e => {
  const name = document.createRange(); name.selectNodeContents(e.firstChild);
  return e.querySelector(".of").getBoundingClientRect().left - name.getBoundingClientRect().right; })"""
"""The gap between a group's name and its count."""
COUNTS = """all => all.map(row => {
  const box = kind => row.querySelector(kind)?.getBoundingClientRect(), whole = row.getBoundingClientRect();
  const count = box(".of"), lines = [...row.querySelectorAll(".where")].map(e => e.getClientRects().length);
  return count && {right: count.right, above: count.top - (box(".who")?.bottom ?? whole.top),
    below: whole.bottom - count.bottom, lines: Math.max(1, ...lines)};
}).filter(Boolean)"""
"""The position of a row's count: its right edge, its distances from the name and the next row, and its lines."""
BOXES = """part => { const place = part.getBoundingClientRect();
  return [...part.querySelectorAll("svg, g[data-option] > rect:first-of-type")].filter(
    each => each.checkVisibility() && each.closest(".figure")).map(each => each.getBoundingClientRect()).map(
    box => [box.x - place.x, box.y - place.y, box.width, box.height].map(Math.round)); }"""
"""The rectangles of the picture and of the organization's boxes."""
MARKED = """all => all.map(e => getComputedStyle(e.querySelector(".square"), "::after").content !== "none"
  && e.querySelector(".square").textContent + e.querySelector(".turned").textContent)"""
"""The text of each cell that is marked as changed, and its change."""
WHOLE = 0.99
"""The visible share from which a part is treated as completely visible, because scrolling stops at whole pixels."""
ATTACH = """
changed = OrganizationTree(cloud).select("security")
assert changed.attach() and changed.apply()
"""


@pytest.fixture(scope="module")
def notebook(lab: Any, browser: Browser) -> Iterator[Any]:
    with lab.ran(browser, "organization.ipynb", CELLS, size=(1100, 1900), timeout=WAIT) as opened:
        yield opened


def chosen(cell: Locator) -> Locator:
    """Return the tree's list of accounts and OUs, which has only one line because the picture shows all of them."""
    return cell.get_by_role("combobox", name="Account or OU", exact=True)


def status(cell: Locator, name: str) -> Locator:
    return cell.get_by_role("status", name=name)


def test_tree_is_drawn_first_with_a_way_its_sieves_and_a_verdict(notebook: Any) -> None:
    """The tree is drawn before any button is pressed."""
    cell = notebook.cell(TREE)
    expect(cell.locator("svg g.sieve.good")).to_have_count(3)
    expect(cell.locator("svg:visible g.verdict.good text", has_text="✓ allowed")).to_have_count(1)
    drawn, listed = cell.locator("svg").first, chosen(cell)
    above, below = drawn.bounding_box(), listed.bounding_box()
    assert above
    assert below
    assert above["y"] + above["height"] <= below["y"]
    assert cell.evaluate(OUTSIDE) == []
    assert cell.evaluate(OVERLAPS) == []


def test_tree_says_which_level_refuses_in_a_preview_and_changes_nothing(
    notebook: Any, picture: Callable[[str, Locator], None]
) -> None:
    cell = notebook.cell(TREE)
    button(cell, "Ask").click()
    status(cell, "Decision").get_by_text("allowed").first.wait_for()
    tree = chosen(cell)
    workloads = tree.locator("option", has_text="Workloads")
    tree.select_option(label=workloads.inner_text())
    cell.get_by_role("button", name="What if?").click()
    expect(cell.locator(".widget-vbox:has(> .widget-html svg)").last).to_contain_text(
        "Choose an account to see"
    )
    _the_draft_is_whole(cell)
    places = cell.evaluate(BOXES)
    assert len(places) == 10, "the picture and its nine boxes"
    button(cell, "Attach to Workloads").click()
    status(cell, "Changes").get_by_text("attach DenyDeleteBucket to Workloads", exact=True).wait_for()
    notebook.settle()
    assert cell.evaluate(BOXES) == places, "no box moves when a change is staged"
    expect(cell.get_by_text("Choose an account to see")).to_be_visible()
    expect(cell.locator("button.mod-primary:visible")).to_have_text(["See the effect on prod"])
    button(cell, "See the effect on prod").click()
    status(cell, "Decision").get_by_text("explicit deny in a service control policy").wait_for()
    notebook.settle()
    assert cell.evaluate(BOXES) == places, "no box moves when a request is denied"
    expect(cell.locator("button.mod-primary:visible")).to_have_text(["Apply"])
    _apply_is_in_view_in_a_window_of_900_pixels(notebook, cell)
    cell.get_by_text("Each layer and level", exact=True).click()
    rows = cell.get_by_role("table").get_by_role("row").all_inner_texts()
    assert [("denies" in row) for row in rows[:4]] == [False, False, True, False]
    expect(cell.locator("svg g.sieve.bad")).to_have_count(1)
    drawn = cell.locator(".figure svg:visible")
    texts = drawn.locator("text").all_text_contents()
    # It is said once, below the answer that it is about.
    expect(cell.get_by_text("not applied yet")).to_have_count(1)
    assert texts.count("DenyDeleteBucket") == texts.count("draft") == 1, "what denies is named once"
    expect(drawn.locator("g[data-option]", has_text="Workloads").locator("rect.draft")).to_have_count(1)
    expect(drawn.locator("g.sieve.open")).to_have_count(1)
    assert texts.count("✓ allows, but already denied") == 1
    assert "✓ allows, but already denied" in rows[3], "the picture and the table agree"
    assert "✓ allows, but already denied" in next(each for each in rows if "identity" in each.lower())
    stop, verdict = (drawn.locator(part).bounding_box() for part in ("g.sieve.bad", "g.verdict.bad"))
    below = verdict["y"] + verdict["height"] / 2 > stop["y"] + stop["height"] - 2
    assert below, "the denial is drawn where the request is stopped"
    expect(cell.locator("ul.legend li")).to_have_count(4)
    picture("organization_tree", cell)
    _on_a_phone_the_way_is_drawn_downward_and_nothing_is_out_of_view(notebook, cell)
    button(cell, "Discard").click()
    cell.get_by_text("The changes are discarded").wait_for()


def _apply_is_in_view_in_a_window_of_900_pixels(notebook: Any, cell: Locator) -> None:
    page = notebook.page
    size = page.viewport_size
    resize(page, {"width": 1400, "height": 900})
    cell.locator(".jp-OutputArea").first.evaluate("e => e.scrollIntoView({block: 'start'})")
    expect(button(cell, "Apply")).to_be_in_viewport(ratio=WHOLE)
    who = field(cell, "Who")
    assert who.evaluate("e => e.scrollWidth <= e.clientWidth"), "the name of the role is whole"
    resize(page, size)


def _the_draft_is_whole(cell: Locator) -> None:
    draft = field(cell, "Draft SCP")
    assert draft.evaluate("e => e.scrollHeight <= e.clientHeight + 1")
    assert cell.evaluate(HALF_LINES) == []


def _on_a_phone_the_way_is_drawn_downward_and_nothing_is_out_of_view(notebook: Any, cell: Locator) -> None:
    page = notebook.page
    size = page.viewport_size
    resize(page, PHONE)
    drawn = cell.locator(".figure svg:visible")
    drawn.locator("g.level.bad").wait_for()
    part = cell.locator(".jp-OutputArea-output:visible").first
    assert part.evaluate(WIDER) == part.evaluate(OUTSIDE) == part.evaluate(OVERLAPS) == []
    assert part.evaluate(FIELDS_CUT) == part.evaluate(SPLIT) == []
    assert part.evaluate(LETTERS) >= 11
    assert cell.locator(".labs-answer").evaluate("e => e.scrollWidth - e.clientWidth") <= 0
    assert drawn.evaluate(COVERED) == [], "the tag of the draft covers neither a sieve nor the verdict"
    places = [
        drawn.locator("text", has_text=text).first.bounding_box()["y"]
        for text in ("Root", "Workloads", "✗ denied", "allows, but already denied", "prod")
    ]
    assert places == sorted(places)
    _the_draft_is_whole(cell)
    drawn.locator("[data-opens]", has_text="+4 more").click()
    expect(chosen(cell)).to_be_focused()
    page.keyboard.press("Escape")
    for name, answer in (("Ask", status(cell, "Decision")), ("Attach to prod", status(cell, "Changes"))):
        button(cell, name).evaluate("e => e.scrollIntoView({block: 'start'})")
        button(cell, name).click()
        expect(answer).to_be_in_viewport(ratio=WHOLE)
    resize(page, size)


def test_tree_works_by_keyboard_alone(notebook: Any) -> None:
    cell, page = notebook.cell(TREE), notebook.page
    expect(field(cell, "Find")).not_to_be_visible()  # a picture of eleven boxes needs no search
    chosen(cell).focus()
    page.keyboard.type("play")
    tab_to(notebook, "Ask")
    page.keyboard.press("Enter")
    status(cell, "Decision").get_by_text("allowed").first.wait_for()
    expect(chosen(cell).locator("option:checked")).to_contain_text("play", use_inner_text=True)
    cell.get_by_role("button", name="Hide these fields").click()
    what_if = cell.get_by_role("button", name="What if?")
    what_if.wait_for()
    expect(button(cell, "Attach to play")).not_to_be_visible()
    tab_to(notebook, what_if.inner_text())
    page.keyboard.press("Enter")
    expect(button(cell, "Apply")).not_to_be_visible()  # there is nothing to apply
    tab_to(notebook, "Attach to play")
    page.keyboard.press("Enter")
    changes = status(cell, "Changes")
    changes.get_by_text("attach DenyDeleteBucket to play").wait_for()
    expect(button(cell, "Attach to play")).to_have_attribute("aria-disabled", "true")
    expect(button(cell, "Attach to play")).to_be_focused()
    cell.get_by_role("combobox", name="To OU", exact=True).focus()
    page.keyboard.type("Workloads")
    tab_to(notebook, "Move play to Workloads")
    page.keyboard.press("Enter")
    changes.get_by_text("move play from Sandbox to Workloads").wait_for()
    moving = button(cell, "Move play")
    expect(moving).to_be_focused()
    page.keyboard.press("Enter")
    cell.get_by_text("Choose an OU first.").wait_for()
    expect(changes).not_to_contain_text("from Workloads", use_inner_text=True)
    expect(cell.locator("svg:visible g[data-option] > rect[stroke-dasharray]:not(.draft)")).to_have_count(1)
    tab_to(notebook, "Discard", backward=True)
    expect(moving).to_be_disabled()
    page.keyboard.press("Enter")
    cell.get_by_text("The changes are discarded").wait_for()
    expect(cell.locator("ul.legend li")).to_have_count(3)


def test_applied_changes_are_undone_by_keyboard_and_the_focus_stays_in_their_card(notebook: Any) -> None:
    cell, page = notebook.cell(TREE), notebook.page
    card = cell.locator(".card.labs-steps")
    button(cell, "Attach to play").press("Enter")
    button(cell, "Apply").press("Enter")
    drawn = cell.locator(".figure svg:visible")
    drawn.locator("g.verdict.bad").wait_for()
    expect(drawn.locator("text", has_text="DenyDeleteBucket")).to_have_count(1)
    undo = button(card, "Undo")
    expect(undo).to_be_focused()
    expect(card).to_contain_text("applied 1 change DenyDeleteBucket is attached to play", use_inner_text=True)
    expect(cell.locator("button.mod-primary:visible")).to_have_text(["Ask"])
    size = page.viewport_size
    resize(page, PHONE)
    part = cell.locator(".jp-OutputArea-output:visible").first
    assert part.evaluate(WIDER) == part.evaluate(FIELDS_CUT) == part.evaluate(SPLIT) == []
    assert _sides(status(cell, "Decision")) == _sides(card)
    resize(page, size)
    assert _sides(status(cell, "Decision")) == _sides(card)
    page.keyboard.press("Enter")
    card.get_by_text("DenyDeleteBucket is no longer attached to play", exact=True).wait_for()
    expect(card.locator(".chip")).to_have_text("✓ undone")
    expect(undo).not_to_be_visible()
    expect(card).to_be_focused()


def _sides(card: Locator) -> list[int]:
    box = card.bounding_box()
    assert box
    return [round(box[side]) for side in ("x", "width")]


def test_the_management_account_is_named_in_its_box_and_in_the_list_and_asks_as_one_of_its_own_users(
    notebook: Any,
) -> None:
    cell, page = notebook.cell(TREE), notebook.page
    cell.locator("svg g[data-option]:visible", has_text="management account").click()
    notebook.settle()
    expect(field(cell, "Who")).to_have_value("user/admin")
    expect(status(cell, "Decision")).to_contain_text("SCPs don't affect users and roles", use_inner_text=True)
    expect(cell.locator(".figure svg:visible text", has_text="no SCP applies here")).to_have_count(1)
    expect(cell.locator("button", has_text="Move an")).to_be_hidden()  # no policy would affect it elsewhere
    size = page.viewport_size
    for width in (1400, PHONE["width"]):
        resize(page, {"width": width, "height": 1900})
        assert cell.evaluate(CHOICES_CUT) == cell.evaluate(OVERLAPS) == []
    resize(page, size)
    chosen(cell).select_option(label="play (account)")
    notebook.settle()
    expect(field(cell, "Who")).to_have_value("role/OrganizationAccountAccessRole")
    places = cell.get_by_role("combobox", name="To OU", exact=True).locator("option").all_inner_texts()
    assert "Sandbox" not in [each.strip() for each in places], "play is there already"


def test_map_shows_every_principal_with_signs_and_words(
    notebook: Any, picture: Callable[[str, Locator], None]
) -> None:
    cell = notebook.cell(MAP)
    button(cell, "Compute again").click()  # the tree's changes made the map outdated
    status(cell, "Access map").get_by_text("can do all 20 actions").wait_for()
    expect(cell.get_by_role("rowheader")).to_have_count(4)
    expect(cell.get_by_role("cell", name="! can", exact=True).nth(40)).to_be_attached()
    picture("organization_access", cell)
    fill(notebook, cell, "Find", "prod")
    expect(cell.get_by_role("rowheader")).to_have_count(1)


def test_map_shows_all_rows_at_once_sign_by_sign(notebook: Any) -> None:
    """In a window of 1400 × 1000, all rows of the map are visible."""
    cell, page = notebook.cell(MAP), notebook.page
    fill(notebook, cell, "Find", "")
    resize(page, {"width": 1400, "height": 1000})
    region = cell.get_by_role("region", name="Access map")
    region.evaluate("e => e.scrollIntoView({block: 'center'})")
    inside = region.evaluate("e => [e.scrollHeight - e.clientHeight, e.scrollWidth - e.clientWidth]")
    assert max(inside) <= 1
    box = region.bounding_box()
    assert box
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 1000
    squares = region.locator("td .square")
    expect(squares).to_have_count(80)
    assert {text[0] for text in squares.all_inner_texts()} <= {"!", "·"}
    head = region.locator("thead").bounding_box()
    told = region.locator(".told").bounding_box()
    assert head
    assert told
    assert told["y"] + told["height"] <= head["y"] + head["height"], (
        "the summary is in the space of the headings"
    )
    expect(region.locator("tbody .of.chip", has_text="⚠ 20 of 20")).to_have_count(4)  # where to look first
    names = region.locator(".who").evaluate_all("all => all.map(e => e.getBoundingClientRect().height)")
    assert max(names) < 24, "each name is whole, in one line"
    _the_lists_are_whole_above_the_reason_next_to_the_map(cell, region)
    assert _the_counts_are_in_one_column(region) == 4
    resize(page, {"width": 1100, "height": 1900})


def _the_counts_are_in_one_column(region: Locator) -> int:
    """Return the number of counts, which don't touch the names or the lines. Each account is on one line."""
    counts = region.locator("tbody tr").evaluate_all(COUNTS)
    edges = [each["right"] for each in counts]
    assert max(edges) - min(edges) < 2
    assert min(each["above"] for each in counts) >= 0
    assert min(each["below"] for each in counts) >= 3
    assert {each["lines"] for each in counts} == {1}
    return len(counts)


def _the_lists_are_whole_above_the_reason_next_to_the_map(cell: Locator, region: Locator) -> None:
    assert cell.evaluate(CHOICES_CUT) == []
    why, drawn = status(cell, "Why").bounding_box(), region.bounding_box()
    lists = [each.bounding_box() for each in cell.locator(".labs-choice").all()]
    assert len(lists) == 2
    assert all(each["y"] + each["height"] <= why["y"] for each in lists)
    assert why["x"] > drawn["x"] + drawn["width"]


def test_the_headings_of_the_map_are_read_without_turning_ones_head(notebook: Any) -> None:
    """They are slanted by 45°, they aren't cut, and none covers another one."""
    region = notebook.cell(MAP).get_by_role("region", name="Access map")
    heads = region.locator("th.slanted > span")
    expect(heads).to_have_count(20)
    slants = heads.evaluate_all(
        "all => all.map(each => new DOMMatrix(getComputedStyle(each).transform)).map(m => Math.atan2(m.b, m.a))"
    )
    assert all(abs(each) <= 0.79 for each in slants)
    assert all(
        heads.evaluate_all(
            "all => all.map(e => e.getBoundingClientRect().top >= e.closest('.map').getBoundingClientRect().top)"
        )
    )
    edges = heads.evaluate_all(
        "all => all.map(each => each.getBoundingClientRect()).map(box => [box.left, box.right])"
    )
    box = region.bounding_box()
    assert box
    assert max(right for _, right in edges) <= box["x"] + box["width"]
    assert all(after - before >= 16 for (before, _), (after, _) in pairwise(edges))


def test_a_click_on_a_box_of_the_tree_chooses_it_in_the_list(notebook: Any) -> None:
    cell = notebook.cell(TREE)
    cell.locator("svg g[data-option]:visible", has_text="Sandbox").click()
    notebook.settle()
    expect(chosen(cell).locator("option:checked")).to_contain_text("Sandbox", use_inner_text=True)
    expect(cell.get_by_role("img", name="The path to the chosen node: Root → Sandbox")).to_have_count(1)


def test_a_cell_of_the_map_is_reached_by_arrows_and_says_why(notebook: Any) -> None:
    cell, page = notebook.cell(MAP), notebook.page
    fill(notebook, cell, "Find", "")
    cell.get_by_role("combobox", name="Group", exact=True).select_option("account")
    notebook.settle()
    cell.locator("td[tabindex='0']").focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    place = page.evaluate("() => document.activeElement.dataset")
    page.keyboard.press("Enter")
    status(cell, "Why").wait_for()
    notebook.settle()
    lists = cell.locator(".labs-choice select").evaluate_all(
        "all => all.map(each => String(each.selectedIndex))"
    )
    assert lists == [place["column"], place["row"]]
    assert place["column"] == "2"
    current = cell.locator("td[aria-current]")
    assert current.evaluate("e => e === document.activeElement"), "the cell whose reason is shown is marked"
    rules = cell.locator(".squares tbody tr").evaluate_all(
        "all => all.map(e => Math.round(e.getBoundingClientRect().width))"
    )
    assert len(set(rules)) == 1, "the rule above a group is as long as the rows"
    names = cell.get_by_role("combobox", name="User or role").locator("option").all_inner_texts()
    assert [each.split()[0] for each in names] == ["Account", "prod", "security", "play"], (
        "its end may be cut"
    )
    expect(cell.locator("tbody th.group .of")).to_have_count(0)  # the count of a group of one is its row's
    group = cell.locator("tbody th.group", has_text="Account 1")
    group.evaluate("e => e.append(e.closest('tbody').querySelector('.of').cloneNode(true))")
    assert min(group.evaluate_all(GAPS)) >= 13, "a group's name and its count are apart"
    assert _the_counts_are_in_one_column(cell) == 4 + 1
    # the account is in the heading of its group
    expect(cell.locator("tbody th .where", has_text="·")).to_have_count(0)


def test_a_word_has_one_color_in_the_map_and_in_its_reason(notebook: Any) -> None:
    """In the map, an allow is a warning. In the reason, the layers have their usual colors."""
    cell = notebook.cell(MAP)
    cell.locator("td:has(.square.warn)").first.click()
    notebook.settle()  # the chips of the reason before are replaced
    why = status(cell, "Why")
    why.get_by_text("dangerous").wait_for()
    tint = "e => [e.innerText.trim(), getComputedStyle(e).getPropertyValue('--tint')]"
    chips = dict(cell.locator(".chip").evaluate_all(f"all => all.map({tint})"))
    assert {word.split()[-1] for word in chips} >= {"dangerous", "allowed"}
    assert len(set(chips.values())) == 2
    expect(why.get_by_text("can", exact=True)).to_have_count(0)
    fold = why.locator("details.why")
    fold.locator("summary").click()
    cell.locator("td:has(.square.warn)").nth(1).click()
    expect(why.locator("code").first).not_to_have_text("cloudtrail:StopLogging")
    expect(fold).to_have_attribute("open", "")  # it stays as it was
    fold.locator("summary").click()


@pytest.mark.sampled(2)
@pytest.mark.parametrize("width", [390, 640])
def test_in_a_narrow_place_a_row_of_the_map_expands_to_its_actions_and_the_reason_is_below_an_action(
    notebook: Any, width: int
) -> None:
    """At first, a row shows its count and a strip. Then, each action has a name and enough space for a finger."""
    cell, page = notebook.cell(MAP), notebook.page
    resize(page, {"width": width, "height": 844})
    part = cell.locator(".jp-OutputArea-output:visible").first
    expect(cell.get_by_role("combobox", name="Action")).to_have_count(0)  # each action can be tapped
    assert part.evaluate(WIDER) == part.evaluate(FIELDS_CUT) == part.evaluate(SPLIT) == []
    row = cell.locator(".squares tbody tr:has(td)", has_text="20 of 20").first
    assert row.bounding_box()["height"] < 80
    row.click()
    sizes = row.locator("td").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect()).map(b => b.height)"
    )
    assert len(sizes) == 20
    assert min(sizes) >= 24
    for name in ("sqs:DeleteQueue", "iam:DeleteRolePermissionsBoundary"):
        row.get_by_role("cell", name=name).click()
        reason = row.locator("td.reason")
        expect(reason.locator("code").first).to_have_text(name)
        expect(reason.locator(".headline")).to_be_in_viewport(ratio=WHOLE)
        place, told = row.get_by_role("cell", name=name).first.bounding_box(), reason.bounding_box()
        assert abs(told["y"] - place["y"] - place["height"]) < 2, "directly below the action"
    reason.locator("details.why > summary").click()
    layer = reason.locator("details.why td:first-child").first.evaluate(
        "e => [getComputedStyle(e).display, e.offsetHeight, e.offsetWidth - e.offsetParent.offsetWidth]"
    )
    assert layer[0] == "block"
    assert layer[1] < 32, "the layers below each other aren't squares of the map"
    assert reason.evaluate("e => e.scrollWidth <= e.clientWidth + 1")
    assert part.evaluate(SPLIT) == []
    row.get_by_role("cell", name="iam:DeleteRolePermissionsBoundary").first.focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("() => document.activeElement.dataset.column") == "8", "↓ goes to the next action"
    row.get_by_role("cell", name="iam:DeleteRolePermissionsBoundary").first.click()
    expect(reason).to_have_count(0)
    row.locator("summary").click(position={"x": 4, "y": 8})
    resize(page, {"width": 1100, "height": 1900})


def test_the_names_of_all_actions_are_whole_and_apart_in_a_narrower_place(notebook: Any) -> None:
    cell, page = notebook.cell(MAP), notebook.page
    resize(page, {"width": 900, "height": 1900})
    region = cell.get_by_role("region", name="Access map")
    heads = region.locator("th.slanted > span")
    boxes = heads.evaluate_all(
        "all => all.map(e => e.getBoundingClientRect()).map(b => [b.left, b.right, b.top])"
    )
    box = region.bounding_box()
    assert len(boxes) == 20
    assert min(top for _, _, top in boxes) >= box["y"]
    assert max(right for _, right, _ in boxes) <= box["x"] + box["width"] + 1
    columns = region.locator("th.slanted").evaluate_all("all => all.map(e => e.getBoundingClientRect().left)")
    (sine,) = {round(each, 2) for each in heads.evaluate_all(SINE)}
    letter = heads.first.evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
    assert letter >= 11
    assert min(after - before for before, after in pairwise(columns)) * sine >= letter, (
        "no line covers the next"
    )
    assert min(after - before for before, after in pairwise(columns)) >= 24, "each square is a target"
    names = region.locator(".who")
    assert not [each for each in names.all() if each.bounding_box()["height"] > 24], (
        "each name is in one line"
    )
    resize(page, {"width": 900, "height": 700})
    region.locator("td").first.evaluate("e => e.scrollIntoView({block: 'end'})")
    region.locator("td").nth(3).click()
    expect(status(cell, "Why")).to_be_in_viewport(ratio=WHOLE)
    expect(region.locator("td.reason")).to_have_count(0)
    _a_reason_that_would_be_far_below_the_map_is_below_the_row_of_its_square(notebook, region)
    resize(page, {"width": 1100, "height": 1900})


def _a_reason_that_would_be_far_below_the_map_is_below_the_row_of_its_square(
    notebook: Any, region: Locator
) -> None:
    page = notebook.page
    reason = region.locator("td.reason")
    for width in (900, 1100):
        resize(page, {"width": width, "height": 420})
        row = region.locator("tbody tr:has(td)").first
        row.evaluate("e => e.scrollIntoView({block: 'start'})")
        row.locator("td[data-column='4']").click()
        expect(reason.locator("code").first).to_have_text("iam:CreateUser")
        expect(reason.locator(".headline")).to_be_in_viewport(ratio=WHOLE)
        place, below = row.locator("td[data-column='4']").bounding_box(), reason.bounding_box()
        assert 0 <= below["y"] - place["y"] - place["height"] < 24
        row.locator("td[data-column='4']").click()
        expect(reason).to_have_count(0)


def test_the_filters_of_the_map_are_apart(notebook: Any) -> None:
    cell = notebook.cell(MAP)
    group = field(cell, "Group").bounding_box()
    only = cell.get_by_text("Only allowed").bounding_box()
    assert only["x"] - group["x"] - group["width"] >= 12 or only["y"] >= group["y"] + group["height"]


def test_a_map_is_computed_again_if_its_answer_has_changed_and_the_square_keeps_the_focus(
    notebook: Any,
) -> None:
    notebook.replace(notebook.cell(LAST), ATTACH)
    cell = notebook.cell(MAP)
    row = cell.locator("tbody tr:has(th.group)", has_text="security").locator(
        "xpath=following-sibling::tr[1]"
    )
    square = row.locator("td[data-column='10']")
    expect(square.locator(".square")).to_have_text("! can")
    status(cell, "Outdated").get_by_text("The cloud has changed.").wait_for()  # without a click
    expect(button(cell, "Compute again")).to_be_visible()
    place = cell.locator("tbody").first.bounding_box()
    square.click()
    status(cell, "Why").get_by_text(
        "since your last look: s3:DeleteBucket for OrganizationAccountAccessRole in security."
    ).wait_for()
    expect(square.locator(".square")).to_have_text("· can't")
    expect(square).to_be_focused()
    expect(square).to_have_attribute("aria-current", "true")
    expect(cell.locator("td[aria-current]")).to_have_count(1)
    expect(square.locator("xpath=..").locator(".delta")).to_have_text("−1", use_inner_text=True)
    expect(status(cell, "Outdated")).not_to_be_visible()
    expect(cell.locator(".key .changed")).to_be_visible()
    assert cell.locator("tbody").first.bounding_box()["y"] == place["y"], "the table stays where it was"
    assert [each for each in cell.locator("td[data-column]").evaluate_all(MARKED) if each] == [
        "· can'tclosed"
    ]
    told, corner = (cell.locator(each).bounding_box() for each in (".told", ".corner"))
    assert told["y"] + told["height"] <= corner["y"] + corner["height"]
    cell.locator(".labs-live").evaluate("e => e.classList.remove('labs-live')")
    assert not any(cell.locator("td[data-column]").evaluate_all(MARKED)), (
        "a saved notebook marks no change of an old session"
    )
    expect(cell.locator(".delta:visible")).to_have_count(0)
    expect(cell.locator(".key .changed")).not_to_be_visible()
    expect(status(cell, "Why").locator(".headline > .chip")).to_have_text("✗ denied")
    expect(status(cell, "Why").get_by_text("Service control policy at security").first).to_be_visible()
    gray = status(cell, "Why").locator(".stop.open", has_text="Identity policies")
    expect(gray).to_contain_text("✓ allows, but already denied", use_inner_text=True)


def test_a_click_on_the_chosen_square_finds_a_change_and_another_row_is_marked_after_sorting(
    notebook: Any,
) -> None:
    cell = notebook.cell(MAP)
    chosen = cell.locator("td[aria-current]")
    chosen.click()
    notebook.replace(notebook.cell(LAST), "assert changed.undo()")
    button(cell, "Compute again").press("Enter")
    expect(chosen.locator(".square")).to_have_text("! can")
    expect(chosen).to_be_focused()
    notebook.replace(notebook.cell(LAST), ATTACH)
    chosen.click()
    expect(chosen.locator(".square")).to_have_text("· can't")
    field(cell, "Sort").select_option("by name")
    notebook.settle()
    square = cell.locator("td[data-column='3']").last
    square.click()
    notebook.settle()
    expect(square).to_have_attribute("aria-current", "true")
    expect(chosen).to_have_count(1)
    notebook.replace(notebook.cell(LAST), "assert changed.undo()")
    resize(notebook.page, PHONE)
    button(cell, "Compute again").press("Enter")
    expect(cell.get_by_role("region", name="Access map")).to_be_focused()
    expect(cell.locator("details.opens[open]")).to_have_count(0)
    resize(notebook.page, {"width": 1100, "height": 1900})


def test_a_map_of_a_cloud_that_was_reset_gives_no_reason(notebook: Any) -> None:
    """This is the last test, because it resets the cloud."""
    notebook.replace(notebook.cell(LAST), "cloud.reset()")
    cell = notebook.cell(MAP)
    status(cell, "Outdated").get_by_text("The cloud was reset.").wait_for()
    expect(cell.get_by_role("button", name="Compute again")).to_have_count(0)
    cell.locator("td:has(.square.warn)").last.click()
    status(cell, "No reason").get_by_text("outdated").wait_for()
    expect(cell.get_by_text("dangerous", exact=True).nth(1)).not_to_be_visible()
    tree = notebook.cell(TREE)
    chosen(tree).select_option(label=tree.locator("option", has_text="prod (").inner_text())
    status(tree, "No answer").get_by_text("outdated").wait_for()
