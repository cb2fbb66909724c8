"""Each widget in JupyterLab, found by role and name, as a learner and a screen reader find it.

With LABS_SCREENSHOTS=docs/images, the pictures for the README and the docs are taken again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import FIELDS_CUT, PHONE, SPLIT, policy_field, resize

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

SETUP = """
import json
import boto3
from labs_helpers.cloud import Cloud
from labs_helpers.widgets.explorer import EvaluationExplorer
from labs_helpers.widgets.matrix import AccessMatrix
from labs_helpers.widgets.policy_editor import PolicyEditor

def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}

cloud = Cloud(seed=1).start()
iam, s3 = boto3.client("iam"), boto3.client("s3")
every = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
read = {"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::payroll/*"}
for name, statement in (("alice", every), ("bob", read), ("carol", None)):
    iam.create_user(UserName=name)
    if statement:
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps(policy(statement)))
s3.create_bucket(Bucket="payroll")
s3.put_object(Bucket="payroll", Key="2026.csv", Body=b"alice,5000")
keep = {"Sid": "KeepIt", "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject"}
keep["Resource"] = "arn:aws:s3:::payroll/*"
s3.put_bucket_policy(Bucket="payroll", Policy=json.dumps(policy(keep)))
people = [arn for arn in cloud.identities() if not arn.endswith("/admin")]
salaries = "arn:aws:s3:::payroll/2026.csv"
"""
EXPLORER, EDITOR, MATRIX, LAST = 1, 2, 3, 4
CELLS = [
    SETUP,
    'EvaluationExplorer(cloud, principal=people[0], action="s3:DeleteObject", resource=salaries)',
    "editor = PolicyEditor(policy(read), cloud=cloud)\neditor",
    "matrix = AccessMatrix(cloud, salaries, principals=people)\nmatrix",
    "print(editor.text, matrix.actions)",
]
# Ten seconds of questions, to have the time to press Stop.
SLOWLY = """
import time
asker = matrix._source.asker
def slowly(*question):
    ask = asker(*question)
    return lambda action: time.sleep(0.02) or ask(action)
matrix._source.asker = slowly
"""
ALICE, BOB, CAROL = (f"arn:aws:iam::111122223333:user/{name}" for name in ("alice", "bob", "carol"))
# What a text must not do: run, or become an element of the page.
HOSTILE = "<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>"
WAIT = 20_000

TOP = "e => e.getBoundingClientRect().top"


@pytest.fixture(scope="module")
def notebook(lab: Any, browser: Browser) -> Iterator[Any]:
    """A scratch notebook with one cell per widget, run from top to bottom."""
    with lab.ran(browser, "widgets.ipynb", CELLS, timeout=WAIT) as opened:
        yield opened


@pytest.fixture(autouse=True)
def nothing_ran(notebook: Any) -> Iterator[None]:
    """Check that none of the typed text was executed, and that no widget failed."""
    yield
    assert notebook.page.title() != "hacked"
    assert notebook.errors() == []


def button(cell: Locator, name: str) -> Locator:
    return cell.get_by_role("button", name=name, exact=True)


def field(cell: Locator, name: str) -> Locator:
    """Return a text field, which is a combobox if it has suggestions."""
    exact: Any = {"name": name, "exact": True}
    return cell.get_by_role("textbox", **exact).or_(cell.get_by_role("combobox", **exact))


def written(code: Locator) -> str:
    """Return the text of a CodeMirror field."""
    return "\n".join(code.locator(".cm-line").all_inner_texts())


def fill(notebook: Any, cell: Locator, name: str, text: str) -> None:
    """Enter a text into a field, and leave the field."""
    field(cell, name).fill(text)
    field(cell, name).blur()
    notebook.settle()


def predict(notebook: Any, cell: Locator, name: str) -> None:
    """Choose a prediction."""
    cell.get_by_role("radio", name=name, exact=True).check()
    notebook.settle()


def no_markup(cell: Locator) -> None:
    expect(cell.locator(".jp-OutputArea img, .jp-OutputArea script")).to_have_count(0)


def focused(page: Page) -> str:
    """Return the name of the focused element: its label or its text."""
    return page.evaluate("""() => {
        const it = document.activeElement, label = it.labels && it.labels[0];
        return (label ? label.innerText : it.getAttribute("aria-label") || it.innerText || it.tagName).trim();
    }""")


def tab_to(notebook: Any, name: str, *, backward: bool = False) -> None:
    """Press Tab until the element with this name has the focus, as someone without a mouse does."""
    page, passed = notebook.page, []
    for _ in range(40):
        page.keyboard.press("Shift+Tab" if backward else "Tab")
        passed.append(focused(page))
        if passed[-1] == name:
            notebook.settle()
            return
    pytest.fail(f"Tab does not lead to {name!r}, but to {passed}")


def test_explorer_reveals_layer_by_layer_and_says_what_would_have_to_change(
    notebook: Any, picture: Callable[[str, Locator], None]
) -> None:
    cell = notebook.cell(EXPLORER)
    expect(field(cell, "Principal")).to_have_value(ALICE)
    # The path of the request is ready before anything is asked, and one button stands out.
    expect(cell.locator(".stop:visible", has_text="not shown yet")).to_have_count(3)
    assert cell.locator(".labs-steps button:visible").all_inner_texts() == ["Reveal", "Reveal all"]
    button(cell, "Reveal").click()
    cell.get_by_text("Predict first").wait_for()
    predict(notebook, cell, "It is allowed")
    button(cell, "Reveal").press("Enter")
    cell.get_by_text("Layer 1 of").wait_for()
    expect(cell.get_by_role("status", name="Decision")).to_have_count(0)
    expect(button(cell, "Next layer")).to_be_focused()  # the button that was pressed is gone
    assert cell.locator(".labs-steps button.mod-primary:visible").all_inner_texts() == ["Next layer"]
    button(cell, "Next layer").press("Enter")
    cell.get_by_text("Layer 2 of").wait_for()
    decision = cell.get_by_role("status", name="Decision")
    decision.wait_for()
    said = decision.inner_text()
    assert "✗ denied with an explicit deny in a resource-based policy" in " ".join(said.split())
    expect(button(cell, "Why not?")).to_be_focused()  # no layer is left to reveal
    assert cell.locator(".labs-steps button:visible").all_inner_texts() == ["Why not?", "Start over"]
    gray = cell.locator(".stop.open", has_text="Identity policies")
    expect(gray).to_contain_text("allows, but already denied", use_inner_text=True)
    assert "✗ Wrong: you predicted that it is allowed" in said
    assert f"User: {ALICE} is not authorized to perform: s3:DeleteObject" in said
    button(cell, "Why not?").click()
    why = cell.get_by_role("status", name="Why not")
    why.wait_for()
    expect(why).to_contain_text("KeepIt", use_inner_text=True)
    expect(cell.locator(".json:visible .marked")).to_have_count(0)  # the change shows the statement
    picture("explorer", cell)
    button(cell, "Start over").press("Enter")
    cell.get_by_text("Predict again").wait_for()
    expect(cell.locator("input[type=radio]:checked")).to_have_count(0)
    expect(cell.locator(".stop:visible", has_text="not shown yet")).to_have_count(3)
    expect(button(cell, "Reveal")).to_be_focused()

    fill(notebook, cell, "Resource", HOSTILE)
    predict(notebook, cell, "It is denied")
    button(cell, "Reveal").click()
    cell.get_by_role("alert").get_by_text("resource.arn").wait_for()
    no_markup(cell)


def test_explorer_shows_the_result_without_scrolling(notebook: Any) -> None:
    """In a window of 1400 × 1000, with the explorer at the top."""
    cell, page = notebook.cell(EXPLORER), notebook.page
    resize(page, {"width": 1400, "height": 1000})
    fill(notebook, cell, "Resource", "arn:aws:s3:::payroll/2026.csv")
    predict(notebook, cell, "It is denied")
    button(cell, "Reveal all").click()
    decision = cell.get_by_role("status", name="Decision")
    decision.wait_for()
    cell.evaluate("e => e.scrollIntoView({block: 'start'})")
    seen = [
        button(cell, "Start over"),
        cell.get_by_role("list", name="The request's path through the layers"),
        decision,
    ]
    for each in seen:
        box = each.bounding_box()
        assert box
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 1000
    expect(cell.get_by_text("The statements that match")).to_be_hidden()
    for stop in cell.locator(".path").first.locator(".stop .chip").all():
        assert stop.bounding_box()["height"] < 30, "a verdict is in one line"
    below = cell.get_by_text("A statement denies the request.").first.bounding_box()
    assert below["y"] > decision.bounding_box()["y"], "the decision comes before a layer's policy"
    _the_answer_to_why_not_is_in_view_on_a_laptop(notebook, cell)
    resize(page, {"width": 1000, "height": 1500})


def _the_answer_to_why_not_is_in_view_on_a_laptop(notebook: Any, cell: Locator) -> None:
    """The answer is below the decision and above the policy. The layers are below the question if there is room."""
    page = notebook.page
    for width in (1400, 900):
        resize(page, {"width": width, "height": 780})
        cell.evaluate("e => e.scrollIntoView({block: 'start'})")
        answers = [cell.get_by_role("status", name=each) for each in ("Decision", "Why not", "Tried")]
        listed = cell.get_by_text("A statement denies the request.").first
        button(cell, "Why not?").click()
        expect(answers[1]).to_be_in_viewport(ratio=0.99)
        tops = [each.bounding_box()["y"] for each in (*answers[:2], listed)]
        assert tops == sorted(tops)
        layers = cell.locator("summary", has_text="The same path as a table").bounding_box()
        assert (layers["x"] < answers[0].bounding_box()["x"] - 100) == (width == 1400)
        button(cell, "Try this change").click()
        expect(answers[2]).to_be_in_viewport(ratio=0.99)
        expect(listed).not_to_be_visible()  # the denial isn't explained below the answer with the change
        button(cell, "Start over").click()
        notebook.settle()
        predict(notebook, cell, "It is denied")
        button(cell, "Reveal all").click()
        notebook.settle()
    bands = cell.locator(".json .marked").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect()).map(box => [box.top, box.bottom])"
    )
    assert all(below - above <= 1 for (_, above), (below, _) in pairwise(bands[:3])), "a band has no gaps"


def test_explorer_collapses_on_a_phone_what_is_not_the_result(notebook: Any) -> None:
    cell, page = notebook.cell(EXPLORER), notebook.page
    button(cell, "Why not?").click()
    cell.get_by_role("status", name="Why not").wait_for()
    resize(page, PHONE)
    summaries = ("The statements that match", "AWS's error message", "Change 1, line by line")
    for summary in summaries:
        expect(cell.get_by_text(summary)).to_be_visible()
    expect(cell.locator(".if-narrow .json").first).not_to_be_visible()
    box = cell.locator(".jp-OutputArea-output:visible").first.bounding_box()
    assert box
    assert box["height"] <= 1_600
    principal = field(cell, "Principal")
    assert principal.evaluate("e => e.scrollWidth - e.clientWidth") <= 0
    resize(page, {"width": 1000, "height": 1500})


def test_editor_fixes_a_slip_with_one_click(notebook: Any) -> None:
    cell = notebook.cell(EDITOR)
    text = policy_field(cell)
    before = written(text)
    text.fill(before.replace("s3:Get*", "s3:GetObjct"))
    fix = cell.get_by_role("button", name="Fix: Change s3:GetObjct to s3:GetObject")
    fix.click()
    cell.get_by_text("✓ Access Analyzer has no findings.").wait_for()
    assert "s3:GetObject" in written(text)
    text.fill(before)


def test_editor_checks_while_typing_and_tells_who_could_do_what(
    notebook: Any, picture: Callable[[str, Locator], None]
) -> None:
    cell = notebook.cell(EDITOR)
    text = policy_field(cell)
    cell.get_by_text("✓ Valid JSON, and a valid identity").wait_for()
    text.fill(
        '{"Version": "2012-10-17",\n "Statement": [{"Efect": "Allow", "Action": "s3:*", "Resource": "*"}]}'
    )
    errors = cell.get_by_role("status", name="Errors")
    errors.get_by_text("line 2, column 17").wait_for()
    expect(errors).to_contain_text("unknown element", use_inner_text=True)
    text.fill(written(text).replace("Efect", "Effect").replace("s3:*", "s3:GetObjct"))
    findings = cell.get_by_role("region", name="Access Analyzer findings")
    findings.get_by_text("INVALID_ACTION").wait_for()
    expect(cell.get_by_text("✓ Valid")).to_have_count(0)
    cell.get_by_text("✗ Valid JSON, but Access Analyzer finds an error").wait_for()
    marked = cell.locator(".cm-lintRange-error").all_inner_texts()
    assert '"s3:GetObjct"' in marked
    assert all(len(each) > 1 for each in marked)
    picture("policy_editor", cell)

    text.fill(written(text).replace("s3:GetObjct", "s3:PutObject"))
    fill(notebook, cell, "Action", "s3:ListBucket")
    button(cell, "Insert action").click()
    cell.get_by_text("Inserted s3:ListBucket").wait_for()
    assert "s3:ListBucket" in written(text)
    cell.get_by_role("combobox", name="Attach to", exact=True).select_option(label=CAROL)
    button(cell, "Show what would change").click()
    changes = cell.get_by_role("region", name="What would change").get_by_role("table")
    changes.wait_for()
    rows = changes.get_by_role("row").all_inner_texts()
    assert any("carol" in row and "s3:PutObject" in row and "implicit deny → ✓" in row for row in rows), rows
    size = notebook.page.viewport_size
    resize(notebook.page, {"width": 1400, "height": 1000})
    notebook.page.wait_for_timeout(300)
    code, result = text.bounding_box(), changes.bounding_box()
    assert result["x"] > code["x"] + code["width"] - 40, "the result is next to the code"
    resize(notebook.page, size)

    text.fill(HOSTILE)
    errors.get_by_text("Not JSON").wait_for()
    no_markup(cell)


def test_matrix_says_who_can_do_what_and_why(notebook: Any, picture: Callable[[str, Locator], None]) -> None:
    cell = notebook.cell(MATRIX)
    table = cell.get_by_role("region", name="Who can do what").get_by_role("table")
    heads = table.get_by_role("columnheader").all_inner_texts()
    assert heads == ["Action", "user/alice", "user/bob", "user/carol"]
    head = notebook.page.get_by_role("rowheader", name="s3:GetObject", exact=True)
    row = table.get_by_role("row").filter(has=head)
    words = [text.replace("\xa0", " ") for text in row.get_by_role("cell").all_inner_texts()]
    assert words == ["✓ allow", "✓ allow", "✗ implicit deny"]

    cell.get_by_role("combobox", name="Why: principal", exact=True).select_option(BOB)
    cell.get_by_role("combobox", name="Why: action", exact=True).select_option("s3:DeleteObject")
    why = cell.get_by_role("status", name="Why")
    why.locator(".headline", has_text="with an explicit deny in a resource-based policy").wait_for()
    expect(why).to_contain_text("KeepIt", use_inner_text=True)
    all_rows = table.get_by_role("row").count()
    cell.get_by_role("checkbox", name="Only differences", exact=True).check()
    cell.get_by_text("actions)").wait_for()
    expect(table.get_by_role("row")).not_to_have_count(all_rows)
    fewer = table.get_by_role("row").count()
    assert 1 < fewer < all_rows
    picture("matrix", cell)
    button(cell, "Show CSV").click()
    text = field(cell, "CSV")
    text.wait_for()
    assert text.input_value().splitlines()[0] == f"action,{ALICE},{BOB},{CAROL}"
    assert "s3:GetObject,allow,allow,deny" in text.input_value().splitlines()
    cell.get_by_role("checkbox", name="Only differences", exact=True).uncheck()

    fill(notebook, cell, "Actions", HOSTILE)
    button(cell, "Compute").click()
    cell.get_by_role("alert").wait_for()
    no_markup(cell)


def test_matrix_shows_the_reason_next_to_the_table(notebook: Any) -> None:
    """In a window of 1400 × 1000, with the table at the top."""
    cell, page = notebook.cell(MATRIX), notebook.page
    resize(page, {"width": 1400, "height": 1000})
    fill(notebook, cell, "Actions", "")
    button(cell, "Compute").click()
    region = cell.get_by_role("region", name="Who can do what")
    region.wait_for()
    why = cell.get_by_role("status", name="Why")
    why.wait_for()
    table, reason = region.bounding_box(), why.bounding_box()
    assert table
    assert reason
    assert reason["x"] >= table["x"] + table["width"]
    assert table["y"] - 100 <= reason["y"] <= table["y"] + 200
    frame, csv = region.bounding_box(), cell.get_by_role("button", name="CSV").bounding_box()
    assert frame["x"] <= csv["x"] < frame["x"] + frame["width"], "the CSV is below its table"
    bar = [each.bounding_box() for each in cell.locator(".labs-bar > *:visible").all()]
    assert all(
        right["x"] - left["x"] - left["width"] >= 8
        for left, right in pairwise(bar)
        if left["y"] == right["y"]
    )
    for width in (900, 640):
        resize(page, {"width": width, "height": 1000})
        assert region.evaluate("e => e.scrollWidth - e.clientWidth") <= 1, (
            "signs replace words that don't fit"
        )
    resize(page, {"width": 1000, "height": 1500})


def test_on_a_phone_fields_are_whole_and_names_break_only_where_they_may(notebook: Any) -> None:
    """No text field or button is cut, no identifier breaks in the middle, and no ring covers an arrow."""
    page = notebook.page
    resize(page, PHONE)
    page.wait_for_timeout(300)  # a phone has no room for the kernel's indicator
    for index in (EXPLORER, EDITOR, MATRIX):
        part = notebook.cell(index).locator(".jp-OutputArea-output:visible").first
        assert part.evaluate(FIELDS_CUT) == []
        assert part.evaluate(SPLIT) == []
    bar = [
        each.bounding_box() for each in notebook.cell(MATRIX).locator(".labs-bar > .widget-checkbox").all()
    ]
    assert len({box["x"] for box in bar}) == 1, "the check boxes are below each other"
    rings = page.locator(".stop.here").evaluate_all("all => all.map(e => getComputedStyle(e).outlineStyle)")
    assert set(rings) == {"none"}
    resize(page, {"width": 1000, "height": 1500})


def test_editor_asks_who_could_do_what_right_below_the_text(notebook: Any) -> None:
    """The fields that insert something come last, and there is no empty space below the text's status line."""
    cell = notebook.cell(EDITOR)
    shown, inserted = (
        button(cell, name).bounding_box() for name in ("Show what would change", "Insert action")
    )
    assert shown
    assert inserted
    assert shown["y"] < inserted["y"]
    empty = "e => e.clientHeight - [...e.children].reduce((sum, each) => sum + each.offsetHeight, 0)"
    assert cell.locator(".labs-editor-place").evaluate(empty) < 12


def test_matrix_can_be_stopped(notebook: Any) -> None:
    cell = notebook.cell(MATRIX)
    notebook.replace(notebook.cell(LAST), SLOWLY)
    fill(notebook, cell, "Principals", "*:user/*")
    fill(notebook, cell, "Actions", "s3:*")
    button(cell, "Compute").click()
    button(cell, "Stop").click()
    cell.get_by_text("requests were decided").wait_for()
    expect(cell.get_by_role("status").first).to_contain_text("Stopped:", use_inner_text=True)
    expect(cell.get_by_text("not asked").nth(1)).to_be_attached()
    notebook.replace(notebook.cell(LAST), "del matrix._source.asker")


def test_arrows_go_from_cell_to_cell_and_enter_says_why(notebook: Any) -> None:
    page, cell = notebook.page, notebook.cell(MATRIX)
    fill(notebook, cell, "Principals", "*:user/?o?, *:user/alice")
    fill(notebook, cell, "Actions", "s3:GetObject s3:DeleteObject")
    button(cell, "Compute").click()
    cell.get_by_text("2 principals × 2 actions").wait_for()
    cells = cell.locator("table.cells td")
    assert [each.get_attribute("tabindex") for each in cells.all()] == ["0", "-1", "-1", "-1"]
    before = notebook.page.locator(".jp-CodeCell").count()
    cells.nth(0).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert cells.nth(3).evaluate("e => e === document.activeElement")
    page.keyboard.press("ArrowDown")  # the last row: it stays where it is
    page.keyboard.press("Enter")
    why = cell.get_by_role("status", name="Why")
    why.locator(".headline", has_text="with an explicit deny in a resource-based policy").wait_for()
    page.keyboard.press("Home")
    assert cells.nth(2).evaluate("e => e === document.activeElement")
    expect(notebook.page.locator(".jp-CodeCell")).to_have_count(before)


def test_keys_of_jupyterlab_do_nothing_to_the_notebook_while_a_control_has_the_focus(notebook: Any) -> None:
    page, cell = notebook.page, notebook.cell(EXPLORER)
    before = page.locator(".jp-CodeCell").count()
    button(cell, "Start over").focus()
    for key in ("x", "a", "b", "d", "d", "ArrowDown"):
        page.keyboard.press(key)
    notebook.settle()
    expect(page.locator(".jp-CodeCell")).to_have_count(before)
    assert button(cell, "Start over").evaluate("e => e === document.activeElement")


def test_a_change_is_tried_without_touching_the_cloud(notebook: Any) -> None:
    cell = notebook.cell(EXPLORER)
    fill(notebook, cell, "Principal", ALICE)
    fill(notebook, cell, "Action", "s3:DeleteObject")
    fill(notebook, cell, "Resource", "arn:aws:s3:::payroll/2026.csv")
    button(cell, "Start over").click()
    notebook.settle()
    predict(notebook, cell, "It is denied")
    way = cell.get_by_role("list", name="The request's path through the layers")
    way.get_by_text("not shown yet").first.wait_for()
    button(cell, "Reveal all").click()
    way.get_by_text("explicit deny").wait_for()
    button(cell, "Why not?").click()
    button(cell, "Try this change").click()
    tried = cell.get_by_role("status", name="Tried")
    tried.get_by_text("nothing in the cloud was changed").wait_for()
    expect(tried).to_contain_text("✓ allowed", use_inner_text=True)
    expect(cell.get_by_role("group", name="Difference of change 1").nth(0)).to_be_attached()
    expect(cell.locator("button.mod-primary")).to_have_count(0)  # nothing is left to do
    last = cell.locator("summary", has_text=re.compile(r"^\d\. ")).last
    expect(last).not_to_contain_text("deny", use_inner_text=True)  # it is a layer after the change
    assert last.evaluate(TOP) > tried.evaluate(TOP)


def test_everything_works_by_keyboard_alone(notebook: Any) -> None:
    page, cell = notebook.page, notebook.cell(MATRIX)
    field(cell, "Resource").focus()
    tab_to(notebook, "Principals")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("*:user/?o?")
    tab_to(notebook, "Actions")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("s3:GetObject")
    tab_to(notebook, "Compute")
    page.keyboard.press("Enter")
    table = cell.get_by_role("region", name="Who can do what").get_by_role("table")
    table.get_by_role("columnheader", name="user/bob").wait_for()
    cell.get_by_text("1 principal × 1 action: 1 allow").wait_for()

    cell = notebook.cell(EXPLORER)
    field(cell, "Principal").focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(CAROL)
    tab_to(notebook, "Action")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("s3:GetObject")
    tab_to(notebook, "Resource")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("arn:aws:s3:::payroll/2026.csv")
    tab_to(notebook, "It is allowed")
    page.keyboard.press("ArrowRight")  # JupyterLab takes ↓ for itself, to go to the next cell
    notebook.settle()
    tab_to(notebook, "Reveal all")
    page.keyboard.press("Enter")
    decision = cell.get_by_role("status", name="Decision")
    decision.wait_for()
    expect(decision).to_contain_text("✓ Right: you predicted that it is denied", use_inner_text=True)

    cell = notebook.cell(EDITOR)
    policy_field(cell).focus()
    page.keyboard.press("ControlOrMeta+a")
    text = '{"Version": "2012-10-17", "Statement": []}'
    page.keyboard.type(text)
    cell.get_by_text(f"Size: {len(''.join(text.split()))} of").wait_for()
    tab_to(notebook, "Insert action")

    notebook.replace(notebook.cell(LAST), CELLS[LAST])
    told = notebook.cell(LAST).locator(".jp-OutputArea-output").inner_text()
    assert told.strip() == f"{text} ('s3:GetObject',)"


@pytest.mark.slow
def test_a_widget_whose_kernel_was_restarted_says_so(notebook: Any) -> None:
    """This is the notebook's last test, because it restarts the kernel."""
    page, view = notebook.page, notebook.cell(MATRIX).locator(".labs-widget")
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_text("Restart Kernel…", exact=True).click()
    page.get_by_role("button", name="Confirm Kernel Restart").or_(
        page.get_by_role("button", name="Restart", exact=True)
    ).first.click()
    page.wait_for_function(
        "e => getComputedStyle(e, '::before').content.includes('Run this cell again')",
        arg=view.element_handle(),
    )
