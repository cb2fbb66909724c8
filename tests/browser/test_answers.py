"""Answers, results, and decisions in JupyterLab: with the mouse and the keyboard, on one screen, and on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SCROLLED, SPLIT, Prose, resize

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator

QUIZ, SELF_TEST, PREDICT, ATTEMPT, GRID, FAILED, PASSED, EXPLAINED, DAY_6 = range(1, 10)
START = """import boto3
from labs_helpers import open_day
from labs_helpers.course.grading.exercise_loading import load
day = open_day(2)"""
DENIED = """with day.attempt("alice-payroll") as result:
    boto3.Session(profile_name="alice").client("s3").get_object(Bucket="payroll", Key="2026.csv")"""
CELLS = [
    START,
    "day.quiz()",
    "day.self_test()",
    Prose("**Predict:** Who can?\n\n- a) Bob.\n- b) Nobody."),
    'day.predict("bob-assumes")',
    DENIED,
    'day.exercise("2.5")',
    'day.check("2.1", load(2)["2.1"].wrong[0].answer)',
    'day.check("2.1", load(2)["2.1"].solution)',
    "day.explain()",
    'day6 = open_day(6)\nday6.check("6.6", load(6)["6.6"].wrong[2].answer)',
]
"""The cells of the notebook. The last cell shows the longest card of all wrong answers on Day 6."""
CUT = """part => [...part.querySelectorAll("*")].filter(each => {
  const style = getComputedStyle(each), hidden = ["hidden", "clip"].includes(style.overflowX);
  return each.offsetParent && each.innerText && hidden && each.scrollWidth > each.clientWidth + 2;
}).map(each => each.innerText.slice(0, 80))"""


@pytest.fixture(scope="module")
def notebook(lab: Any, browser: Browser) -> Iterator[Any]:
    """A notebook with each surface, at 1400 × 900."""
    with lab.ran(
        browser, "answers.ipynb", CELLS, size=(1400, 900), timeout=60_000, reduced_motion="reduce"
    ) as opened:
        yield opened


def shown(notebook: Any, cell: int, kind: str = ".labs") -> Locator:
    return notebook.cell(cell).locator(f".jp-OutputArea-output:visible {kind}").first


def height(part: Locator) -> float:
    part.scroll_into_view_if_needed()
    box = part.bounding_box()
    assert box is not None
    return box["height"]


RAGGED = """part => [...part.querySelectorAll(".clause:not(.alone) .dots")].map(line => {
  const box = each => each.getBoundingClientRect(), label = box(line.querySelector(".side"));
  const dots = [...line.querySelectorAll(".dot > summary")].map(box);
  const middle = each => (each.top + each.bottom) / 2;
  return dots.slice(0, 9).every(each => each.left > label.right && Math.abs(middle(each) - middle(label)) < 4);
}).filter(each => !each).length"""
"""The number of lines of dots in which a dot isn't to the right of its label."""
TOUCHING = """part => [...part.querySelectorAll("details.dot[open] > summary")].filter(own => {
  const style = getComputedStyle(own), ring = parseFloat(style.outlineWidth) + parseFloat(style.outlineOffset);
  const box = own.getBoundingClientRect();
  return [...part.querySelectorAll("details.dot > summary")].some(each => {
    const other = each.getBoundingClientRect();
    return each !== own && other.top === box.top && other.left < box.right + ring && other.right > box.left - ring;
  });
}).length"""
"""The number of open dots whose ring touches another dot."""


IMPATIENT = """card => {
  const press = () => card.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true}));
  const changes = new MutationObserver(press);
  changes.observe(card, {childList: true, characterData: true, subtree: true});
  setTimeout(() => changes.disconnect(), 150);
}"""
"""Enter is pressed again whenever a part of the card has changed, as if somebody kept the key down."""


def test_the_quiz_shows_the_question_the_chosen_and_the_right_option_together_by_keys(notebook: Any) -> None:
    cell, keyboard = notebook.cell(QUIZ), notebook.page.keyboard
    options = cell.locator(".labs-options button:visible")
    texts = options.all_inner_texts()
    options.first.focus()
    keyboard.press("1")
    expect(options.filter(has_text="(your answer)")).to_have_count(1)
    marked = options.all_inner_texts()
    assert marked[0].startswith("✗ a)")
    assert marked[0].endswith("(your answer)")
    assert sum(each.startswith("✓") for each in marked) == 1
    assert len(marked) == len(texts)
    expect(cell.locator(".reason")).to_have_count(len(texts))
    card = shown(notebook, QUIZ, ".labs-question")
    expect(card).to_contain_text("1. A new IAM user", use_inner_text=True)
    assert height(card) < 700
    assert options.first.evaluate("e => e === document.activeElement")
    expect(cell.get_by_role("button", name="Next")).to_have_class(re.compile("mod-primary"))
    expect(cell.locator(".keys")).to_have_text("Keys: Enter or → for the next question")
    expect(cell.locator(".labs-heard[aria-live=polite]")).to_contain_text("Wrong. Right: b)")
    cell.locator(".labs-quiz").evaluate(IMPATIENT)
    for _ in range(3):
        keyboard.press("Enter")
    notebook.settle()
    expect(cell.locator(".question")).to_have_text(re.compile(r"^2\. "))
    assert cell.locator(".labs-quiz").evaluate("e => e === document.activeElement"), "no option looks chosen"
    expect(cell.get_by_role("button", name="Skip")).not_to_have_class(re.compile("mod-primary"))
    expect(options.filter(has_text=re.compile("[✓✗]"))).to_have_count(0)
    expect(card).to_contain_text("Keys: a, b, ", use_inner_text=True)
    keyboard.press("b")
    notebook.settle()
    expect(card).to_contain_text("2 of 8 answered", use_inner_text=True)
    places = cell.locator(".labs-places button")
    expect(places.nth(0)).to_have_text("✗ 1", use_inner_text=True)
    expect(places.nth(2)).to_have_text("3", use_inner_text=True)
    keyboard.press("ArrowLeft")
    cell.locator(".question", has_text="1. ").wait_for()
    places.nth(6).click()
    cell.locator(".question", has_text="7. ").wait_for()
    expect(cell.locator(".labs-places button.here")).to_have_text("7", use_inner_text=True)


def test_the_quiz_ends_with_its_score_the_missed_questions_and_a_second_round_by_keys(notebook: Any) -> None:
    cell, keyboard = notebook.cell(QUIZ), notebook.page.keyboard
    cell.locator(".labs-places button").nth(2).click()
    cell.locator(".question", has_text="3. ").wait_for()
    options = cell.locator(".labs-options button:visible")
    options.first.focus()
    for _ in range(6):
        keyboard.press("a")
        expect(options.filter(has_text="(your answer)")).to_have_count(1)
        expect(cell.locator(".keys")).to_contain_text("Enter")
        keyboard.press("Enter")
        expect(options.filter(has_text="(your answer)")).to_have_count(0)
    expect(cell.locator(".end")).to_be_visible()
    right = cell.locator(".labs-places button.good").count()
    expect(cell.locator(".end .headline")).to_have_text(f"{right} of 8 right")
    expect(cell.locator(".end .ringed b")).to_have_text(f"{right}/8")
    around = (
        "e => [e, e.querySelector('svg')].map(each => each.getBoundingClientRect()).map(each => each.right)"
    )
    ring = cell.locator(".end .ringed").evaluate(around)
    assert ring[1] <= ring[0] + 1, "the ring is whole"
    missed = cell.locator(".labs-missed button")
    expect(missed).to_have_count(8 - right)
    expect(cell.locator(".labs-question .mod-primary:visible")).to_have_count(1)
    rereads = cell.locator(".labs-missed .reread").all_inner_texts()
    expect(cell.locator(".labs-missed > .widget-vbox")).to_have_count(len(rereads))
    assert all(re.match("Reread: .*“.+”", each) for each in rereads), "each page has a name"
    assert cell.locator(".labs-missed").evaluate(CUT) == []
    assert not any("…" in each for each in missed.all_inner_texts()), "each question is whole"
    assert cell.locator(".labs-quiz").evaluate("e => e === document.activeElement")
    missed.last.click()
    expect(cell.locator(".end")).not_to_be_visible()
    expect(cell.locator(".question:visible")).to_contain_text(re.compile(r"^\d\. "))
    assert cell.locator(".labs-quiz").evaluate("e => e === document.activeElement")
    keyboard.press("Enter")
    notebook.settle()
    expect(cell.locator(".keys")).to_have_text("Keys: Enter for round 2")
    notebook.settle()
    keyboard.press("Enter")
    notebook.settle()
    expect(cell.locator(".headline .chip")).to_contain_text(f"Round 2: the {8 - right} that you missed")
    expect(cell.locator(".labs-places button.past")).to_have_count(right)
    expect(cell.locator(".labs-places button.open")).to_have_count(8 - right)


def test_the_self_test_is_answered_by_five_keys_without_leaving_them(notebook: Any) -> None:
    cell = notebook.cell(SELF_TEST)
    before = height(cell.locator(".labs-options").first)
    cell.locator(".labs-options button").first.focus()
    for key in "1b3d5":
        notebook.page.keyboard.press(key)
        notebook.settle()
    expect(cell.locator(".score")).to_contain_text("5 of", use_inner_text=True)
    options = cell.locator(".labs-options button:visible")
    tops = options.evaluate_all("all => all.map(each => each.getBoundingClientRect().top)")
    assert len(set(tops)) == 1
    cell.locator(".labs-places button").nth(0).click()
    cell.locator(".question", has_text="1. ").wait_for()
    expect(options.nth(0)).to_have_text("• definitely true (yours)", use_inner_text=True)
    expect(options.nth(1)).to_have_text("true", use_inner_text=True)
    assert height(cell.locator(".labs-options").first) == before, "the row doesn't jump"
    edges = "all => all.map(each => each.getBoundingClientRect()).flatMap(each => [each.left, each.right])"
    rows = [
        cell.locator(each).evaluate_all(edges) for each in (".labs-places button", ".labs-options button")
    ]
    assert max(abs(min(rows[0]) - min(rows[1])), abs(max(rows[0]) - max(rows[1]))) < 1
    assert not options.evaluate_all("all => all.some(each => each === document.activeElement)")
    expect(cell.locator(".labs-options")).not_to_contain_text("✓", use_inner_text=True)


def test_the_options_of_a_prediction_are_seen_once_and_still_read_by_screen_readers_and_printed(
    notebook: Any,
) -> None:
    page = notebook.page
    listed = page.locator(".jp-MarkdownCell .jp-RenderedMarkdown ul")
    buttons = notebook.cell(PREDICT).locator(".labs-options button")
    buttons.first.scroll_into_view_if_needed()
    size = "e => Math.max(e.getBoundingClientRect().width, e.getBoundingClientRect().height)"
    assert listed.evaluate(size) <= 1
    gap = """e => e.getBoundingClientRect().bottom
      - e.querySelector(".jp-RenderedMarkdown > p").getBoundingClientRect().bottom"""
    assert page.locator(".jp-MarkdownCell").filter(has_text="Who can?").evaluate(gap) < 18, "no empty line"
    expect(buttons.nth(1)).to_be_attached()
    expect(page.get_by_role("listitem").filter(has_text="a) Bob.")).to_have_count(1)
    page.emulate_media(media="print")
    assert listed.evaluate(size) > 20
    page.emulate_media(media="screen")


def test_a_prediction_that_was_chosen_is_marked(notebook: Any) -> None:
    buttons = notebook.cell(PREDICT).locator(".labs-options button")
    keys = notebook.cell(PREDICT).locator(".labs-onward .keys")
    notebook.cell(0).locator(".cm-content").click()
    expect(keys).to_be_hidden()  # a key would be JupyterLab's
    buttons.nth(1).click()
    notebook.settle()
    expect(keys).to_be_visible()
    expect(buttons.nth(1)).to_contain_text("(your prediction)", use_inner_text=True)
    expect(buttons.nth(0)).not_to_contain_text("(your prediction)", use_inner_text=True)
    expect(notebook.cell(PREDICT)).to_contain_text("Keys: a, b, or c", use_inner_text=True)


@pytest.mark.parametrize("cell", [ATTEMPT, EXPLAINED])
def test_a_denial_shows_who_each_layer_and_the_decision_and_folds_what_would_have_to_change(
    notebook: Any, cell: int
) -> None:
    stops = notebook.cell(cell).locator("ol.path").first.locator("li").all_inner_texts()
    assert stops[0].split() == ["alice", "s3:GetObject", "payroll/2026.csv"]
    assert "✗ implicit deny" in stops[1]
    assert "✗ denied" in stops[-1]
    assert notebook.cell(cell).locator(".headline .chip").first.inner_text().startswith("✗ ")
    change = notebook.cell(cell).locator("details", has_text="What would have to change").first
    assert not change.evaluate("e => e.open")
    change.locator("summary").click()
    expect(change).to_contain_text("s3:GetObject", use_inner_text=True)
    change.locator("summary").click()


def test_a_failed_check_opens_its_first_wrong_dot_and_another_dot_instead_of_it(notebook: Any) -> None:
    cell = notebook.cell(FAILED)
    panels = cell.locator(".panel:visible")
    expect(panels).to_have_count(1)
    other = cell.locator("details.dot").nth(5)
    other.locator("summary").first.focus()
    notebook.page.keyboard.press("Enter")
    notebook.page.wait_for_timeout(200)
    expect(panels).to_have_count(1)
    assert other.evaluate("e => e.open")
    assert cell.evaluate(RAGGED) == 0
    assert cell.evaluate(TOUCHING) == 0
    assert panels.first.evaluate("e => e.scrollHeight <= e.clientHeight + 1")


def test_a_wrong_dot_says_what_the_request_must_do_and_its_path_ends_in_the_wrong_color(
    notebook: Any,
) -> None:
    cell = notebook.cell(FAILED)
    wrong = cell.locator("details.dot.bad").last
    wrong.locator("summary").first.click()
    corners = cell.locator(".dots .dot > summary").evaluate_all(
        "all => all.map(e => [e.closest('.dots').className, getComputedStyle(e).borderTopLeftRadius])"
    )
    assert len({radius for _, radius in corners}) == len({kind for kind, _ in corners}) == 2
    panel = cell.locator(".panel:visible")
    expect(panel.locator("p").first).to_have_text(re.compile("^✗ must be denied"), use_inner_text=True)
    colors = panel.locator(".stop.lit.good").evaluate_all(
        "all => all.map(e => getComputedStyle(e).borderColor)"
    )
    assert colors[-1] not in colors[:-1]


def test_a_passed_check_is_green_and_says_what_comes_next(notebook: Any) -> None:
    card = shown(notebook, PASSED, ".card.good")
    said = card.inner_text()
    assert "✓ passed" in said
    assert re.search(r"Day 2: 1 of \d+ exercises passed", said)
    assert "Next in this notebook: 2.2" in said
    assert "Compare with a solution" in said
    assert height(card) < 500


def test_the_card_of_the_longest_failed_check_of_day_6_fits_a_screen(notebook: Any) -> None:
    card = shown(notebook, DAY_6, ".card")
    said = card.inner_text()
    assert "79 of 80 right" in said
    assert said.count("Omar restarts the app's instance") == 1
    assert "probe 6.10" in said
    evidence = card.locator(".panel:visible .evidence")
    expect(evidence.locator("p")).to_have_text('The Action of your statement 1 "Looks" doesn\'t match')
    expect(evidence.locator(".json")).to_contain_text('"ec2:Describe*"')
    stops = card.locator(".panel:visible ol.path li").all_inner_texts()
    assert stops[0].split()[0] == "omar", "the person's name is first"
    assert "ec2:RebootInstances" in stops[0]
    assert "implicit deny" in stops[-2], "its path is drawn, as on other days"
    assert "Encoded authorization failure message" not in said
    assert "Checked once the others hold." in said
    waiting = card.locator(".clause", has_text="Checked once the others hold.")
    expect(waiting.locator("details.dot.good")).to_have_count(0)
    assert card.evaluate(RAGGED) == 0
    assert height(card) < 800


WAY = """path => {
  const layers = [...path.querySelectorAll(".stop:not(.start)")];
  const boxes = layers.map(each => each.getBoundingClientRect());
  const places = side => new Set(boxes.map(each => Math.round(each[side]))).size;
  const height = each => Math.round(each.getBoundingClientRect().height);
  const last = each => Math.max(...[...each.children].map(child => child.getBoundingClientRect().bottom));
  return {rows: places("top"), columns: places("left"), chips: layers.map(each => height(each.querySelector(".chip"))),
    empty: Math.max(...layers.map((each, at) => Math.round(boxes[at].bottom - last(each)))),
    orphans: layers.filter(each => height(each.querySelector(".name")) > 2.2 * 21).length};
}"""
"""The numbers of rows and columns of a path's layers, the heights of their chips, the empty space below their texts,
and the number of names on three lines."""
HANGING = """code => [...code.querySelectorAll(".line")].filter(each => {
  const words = document.createRange();
  words.selectNodeContents(each);
  const lefts = [...words.getClientRects()].map(box => Math.round(box.left));
  return lefts.length > 1 && Math.min(...lefts.slice(1)) < lefts[0];
}).length"""
"""The number of lines of code whose continuation begins farther to the left than the line itself."""
BETWEEN = """card => {
  const panel = card.querySelector("details.dot[open] .panel").getBoundingClientRect();
  return [...card.querySelectorAll(".clause:has(details[open]) .side")].map(each => each.getBoundingClientRect())
    .filter(each => each.top > panel.top).length;
}"""
"""The number of lines of dots of a clause that are below its open panel."""


def test_a_path_is_one_row_or_one_column_and_the_open_dot_is_below_all_lines_of_its_clause(
    notebook: Any,
) -> None:
    page, card = notebook.page, shown(notebook, DAY_6, ".card")
    way = card.locator(".panel:visible ol.path")
    expect(way.locator(".start small")).to_have_text(re.compile("SSO_Operator_[0-9a-f]{4}…$"))
    expect(way.locator(".start [title]").first).to_have_attribute(
        "title", re.compile("Operator_[0-9a-f]{16}/")
    )
    for width in (1400, 900, 820, 640, 390):
        resize(page, {"width": width, "height": 900})
        page.wait_for_timeout(200)
        found = way.evaluate(WAY)
        assert 1 in (found["rows"], found["columns"]), width
        assert max(found["chips"]) < 30, f"a verdict is broken at {width}"
        assert found["empty"] < 35, f"a layer is hollow at {width}"
        assert found["orphans"] == 0
        assert card.evaluate(BETWEEN) == 0, width
    assert card.locator(".panel:visible .evidence .json").evaluate(HANGING) == 0
    resize(page, {"width": 1400, "height": 900})


def test_a_prompt_shows_each_policy_below_its_caption_and_the_requests_once(notebook: Any) -> None:
    cell = notebook.cell(GRID)
    gaps = cell.locator(".caption + .json").evaluate_all(
        """all => all.map(code => {
          const [above, own] = [code.previousElementSibling, code].map(each => each.getBoundingClientRect());
          const next = code.parentElement.nextElementSibling?.querySelector(".caption")?.getBoundingClientRect();
          return [own.top - above.bottom, next && next.top > own.bottom ? next.top - own.bottom : 99];
        })"""
    )
    assert len(gaps) == 11
    assert all(above < 8 < below for above, below in gaps)
    expect(cell.locator(".json .n").nth(40)).to_be_attached()
    cut = "all => all.filter(each => each.scrollHeight > each.clientHeight + 1).length"
    assert cell.locator(".codes .json").evaluate_all(cut) == 0, "each policy is whole"
    expect(cell.get_by_text("Carol deletes the bucket reports")).to_have_count(1)


def test_a_grid_is_answered_by_keys_and_its_rows_are_marked(notebook: Any) -> None:
    cell = notebook.cell(GRID)
    expect(cell).to_contain_text("Your answers to 2.5", use_inner_text=True)
    radios = cell.locator("input[type=radio]")
    radios.first.focus()
    notebook.page.keyboard.press("Space")
    notebook.settle()
    cell.get_by_text("1 of 12 chosen").wait_for()
    check = cell.get_by_role("button", name="Check")
    expect(check).to_be_disabled()
    assert check.evaluate("e => getComputedStyle(e).opacity") == "1", "a disabled button can be read"
    for row in cell.locator(".labs-grid .widget-radio").all()[1:]:
        row.locator("input[type=radio]").nth(1).check()
        notebook.settle()
    cell.get_by_text("12 of 12 chosen").wait_for()
    cell.get_by_role("button", name="Check").click()
    cell.locator(".labs-grid .reason").first.wait_for()
    cell.locator("summary", has_text="The answer as code").click()
    expect(cell.locator(".labs-question pre.json").first).to_contain_text(
        "answer_2_5 = {1: 'allow',", use_inner_text=True
    )


def _a_long_arn_begins_next_to_the_number_of_its_statement(cell: Locator) -> None:
    cell.locator(".labs-places button").nth(2).click()
    question = cell.locator(".question", has_text="3. arn:aws:iam::111122223333:root")
    first = """e => { const number = document.createRange();
      number.setStart(e.firstChild, 0); number.setEnd(e.firstChild, 1);
      return [number, e.querySelector("code")].map(each => each.getClientRects()[0].bottom); }"""
    number, arn = question.evaluate(first)
    assert abs(number - arn) < 8
    assert question.evaluate(SPLIT) == []


def test_no_word_is_cut_on_a_phone(notebook: Any) -> None:
    resize(notebook.page, {"width": 390, "height": 900})
    notebook.page.wait_for_timeout(800)
    for cell, kind in ((QUIZ, ".labs-places button"), (SELF_TEST, ".labs-options button:visible")):
        boxes = [each.bounding_box() for each in notebook.cell(cell).locator(kind).all()]
        assert 1 in (len({box["x"] for box in boxes}), len({box["y"] for box in boxes})), kind
    _a_long_arn_begins_next_to_the_number_of_its_statement(notebook.cell(SELF_TEST))
    card = notebook.cell(0).locator(".opening")
    expect(card.locator("th[scope=col]").first).to_be_visible()
    whole = "e => [e, ...e.querySelectorAll('td')].every(each => each.scrollWidth <= each.clientWidth + 1)"
    assert card.evaluate(whole), "no description is cut"
    names = card.locator(".roster:not(.commands) th[scope=row], .commands code")
    heights = names.evaluate_all(
        """all => all.map(each => {
          const content = document.createRange();
          content.selectNodeContents(each);
          return content.getBoundingClientRect().height;
        })"""
    )
    assert max(heights) < 30  # no icon above its name, and no call in two lines
    rules = card.locator(".commands :is(th, td)").evaluate_all(
        "all => all.map(e => getComputedStyle(e).borderBottomStyle)"
    )
    assert {*rules} == {"none"}, "a call's rule is as wide as its row"
    row = notebook.cell(GRID).locator(".labs-grid .widget-radio").first
    statement, choices = (row.locator(each).bounding_box() for each in (".widget-label", ".widget-radio-box"))
    assert statement["y"] < choices["y"]
    cut = {}
    for cell in range(1, len(CELLS)):
        for part in notebook.cell(cell).locator(".jp-OutputArea-output:visible").all():
            if found := part.evaluate(CUT):
                cut[cell] = found
    resize(notebook.page, {"width": 1400, "height": 900})
    heads = card.locator(".commands th").evaluate_all("all => all.map(e => e.getBoundingClientRect().left)")
    assert len({round(each) for each in heads}) == 2, "the calls are below their heading"
    assert cut == {}
    assert notebook.errors() == []


EDGES = "e => [e.getBoundingClientRect().left, e.getBoundingClientRect().right]"


def test_a_prediction_is_judged_once_in_its_result_and_the_card_above_keeps_its_height(notebook: Any) -> None:
    asked, result = notebook.cell(PREDICT), notebook.cell(0)
    buttons = asked.locator(".labs-options button")
    buttons.nth(1).click()
    notebook.settle()
    before, chosen = height(asked), buttons.all_inner_texts()
    notebook.replace(result, 'day.outcome("bob-assumes", "AccessDenied")')
    expect(result.locator(".compared .chip")).to_have_text([re.compile("✗.*wrong"), re.compile("✓.*right")])
    said = result.locator(".compared").inner_text()
    assert re.search(r"b\) .+ \(your\sprediction\)", said)
    assert re.search(r"right\na\) .+\n.+", said), "the reason is below the right choice"
    expect(asked.locator("[role=status]")).to_contain_text("The right answer is a.")
    assert buttons.all_inner_texts() == chosen
    assert height(asked) == before
    expect(asked).not_to_contain_text("Keys:", use_inner_text=True)
    assert buttons.first.evaluate(EDGES) == result.locator(".card").evaluate(EDGES)
    buttons.nth(0).hover()
    expect(buttons.nth(0)).to_have_css("background-color", "rgba(0, 0, 0, 0)")
    buttons.nth(0).click()
    expect(asked.locator("[role=status]")).to_have_text(
        "Your choice is final, because you have seen the result."
    )
    assert buttons.all_inner_texts() == chosen
    assert notebook.page.locator("body").evaluate(SCROLLED) == []
    resize(notebook.page, {"width": 390, "height": 900})
    assert result.locator(".compared").evaluate(SPLIT) == [], "an ARN breaks between its parts"
    expect(result.locator(".compared code").first).to_have_css("padding", "0px")
    resize(notebook.page, {"width": 1400, "height": 900})


def test_a_prediction_that_was_skipped_is_answered_in_its_card_with_the_reason_below_the_row(
    notebook: Any,
) -> None:
    asked = notebook.cell(0)
    skipped = 'day6.predict("management-root"); day6.outcome("management-root", "works")'
    notebook.replace(asked, skipped)
    buttons = asked.locator(".labs-options button")
    expect(asked.locator("[role=status]")).to_contain_text("You can still test yourself")
    buttons.nth(3).focus()
    notebook.page.keyboard.press("d")
    reasons = asked.locator(".reason")
    expect(reasons).to_have_count(2)
    assert buttons.nth(3).evaluate("e => e === document.activeElement")
    expect(buttons.nth(2)).to_have_text("✓ c) The second. (right)", use_inner_text=True)
    boxes = [each.bounding_box() for each in (*buttons.all(), *reasons.all())]
    assert len({box["y"] for box in boxes[:4]}) == 1
    assert len({round(box["width"]) for box in boxes[:4]}) == 1
    assert all(box["y"] > boxes[0]["y"] + boxes[0]["height"] for box in boxes[4:])
    assert notebook.errors() == []
