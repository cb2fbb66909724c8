"""The policy editor's CodeMirror field: typing, underlined problems, completion, and corrections."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import policy_field

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

SETUP = """
import json
import boto3
from labs_helpers.cloud import Cloud
from labs_helpers.widgets.policy_editor import PolicyEditor

cloud = Cloud(seed=1).start()
iam, s3 = boto3.client("iam"), boto3.client("s3")
iam.create_user(UserName="alice")
s3.create_bucket(Bucket="payroll")
read = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::payroll/*"}
policy = {"Version": "2012-10-17", "Statement": [read]}
iam.put_user_policy(UserName="alice", PolicyName="own", PolicyDocument=json.dumps(policy))
"""
CELLS = [SETUP, "editor = PolicyEditor(cloud=cloud)\neditor", "print(editor.text)"]
EDITOR, LAST = 1, 2
IN_FORCE = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "s3:GetObject",
      "Resource": "arn:aws:s3:::payroll/*"
    }
  ]
}"""
ALICE = "arn:aws:iam::111122223333:user/alice"


@pytest.fixture(scope="module")
def notebook(lab: Any, browser: Browser) -> Iterator[Any]:
    with lab.ran(browser, "policy_editor.ipynb", CELLS, size=(1000, 1300)) as opened:
        yield opened


@pytest.fixture
def picture(notebook: Any) -> Callable[[str], None]:
    """Save a picture of the whole page, with lists and help over it, in the folder that LABS_SCREENSHOTS names."""

    def take(name: str) -> None:
        if folder := os.environ.get("LABS_SCREENSHOTS"):
            notebook.page.screenshot(path=Path(folder) / f"{name}.png", animations="disabled")

    return take


@pytest.fixture
def code(notebook: Any) -> Locator:
    """The policy's text field, which is empty and has the focus."""
    field = policy_field(notebook.cell(EDITOR))
    field.fill("")
    field.focus()
    return field


def written(code: Locator) -> str:
    return "\n".join(code.locator(".cm-line").all_inner_texts())


def shown(page: Page, label: str) -> Locator:
    """Return the options that are offered under this label."""
    return page.locator(".cm-completionLabel", has_text=re.compile(f"^{re.escape(label)}$"))


def kernel_has(notebook: Any) -> str:
    """Return the text in the kernel."""
    notebook.replace(notebook.cell(LAST), CELLS[LAST])
    return notebook.cell(LAST).locator(".jp-OutputArea-output").inner_text().rstrip("\n")


def cursor(notebook: Any) -> Locator:
    return notebook.cell(EDITOR).get_by_role("group", name="At the cursor")


def test_a_wrong_action_is_underlined_explained_and_mended_with_an_offered_one(
    notebook: Any, code: Locator, picture: Callable[[str], None]
) -> None:
    keyboard = notebook.page.keyboard
    keyboard.type('{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObjct')
    keyboard.press("Escape")  # what is offered
    keyboard.press("End")
    keyboard.press("ArrowLeft")
    keyboard.press("ArrowLeft")
    keyboard.press("ArrowLeft")
    keyboard.type(', "Resource": "*"')
    keyboard.press("Escape")
    underlined = code.locator(".cm-lintRange-error", has_text=re.compile('^"s3:GetObjct"$'))
    underlined.wait_for()
    keyboard.press("F8")
    while not cursor(notebook).get_by_text("GetObjct").is_visible():
        keyboard.press("F8")
        notebook.settle()
    cursor(notebook).get_by_text("✗ ERROR").wait_for()
    picture("editor_problem")

    keyboard.press("Home")
    for _ in range(written(code).index("jct") + 1):
        keyboard.press("ArrowRight")
    keyboard.press("Backspace")
    keyboard.type("j")
    shown(notebook.page, "s3:GetObject").wait_for()
    picture("editor_completion")
    notebook.settle()  # for a moment Enter still means a new line, since the list was not yet seen
    keyboard.press("Enter")
    underlined.wait_for(state="detached")
    assert '"Action": "s3:GetObject", "Resource": "*"' in written(code)
    cursor(notebook).get_by_text("(Read)").wait_for()
    assert "list_amazons3.html" in (cursor(notebook).get_by_role("link").first.get_attribute("href") or "")
    assert kernel_has(notebook) == written(code)


def test_a_statement_is_written_with_what_is_offered(
    notebook: Any, code: Locator, picture: Callable[[str], None]
) -> None:
    page, keyboard = notebook.page, notebook.page.keyboard

    def choose(typed: str, offered: str) -> None:
        keyboard.type(typed)
        shown(page, offered).wait_for()
        notebook.settle()
        keyboard.press("Enter")

    keyboard.type('{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", ')
    choose('"Act', "Action")
    keyboard.type('["')
    choose("kms", "kms:")
    choose("encr", "kms:Encrypt")
    keyboard.press("End")
    assert '"Action": ["kms:Encrypt"]}]}' in written(code)
    for _ in "}]}":
        keyboard.press("ArrowLeft")
    keyboard.type(", ")
    choose('"Reso', "Resource")
    choose('"payroll/', "arn:aws:s3:::payroll/*")
    keyboard.type(", ")
    choose('"Cond', "Condition")
    keyboard.type("{")
    choose('"Bo', "Bool")
    keyboard.type("{")
    choose('"securetr', "aws:SecureTransport")
    picture("editor_condition")
    choose('"t', "true")
    notebook.cell(EDITOR).get_by_text("✓ Valid JSON, and a valid identity").wait_for()
    expected = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["kms:Encrypt"], '
        '"Resource": "arn:aws:s3:::payroll/*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}]}'
    )
    assert kernel_has(notebook) == written(code) == expected


def test_format_insert_and_undo(notebook: Any, code: Locator) -> None:
    cell, keyboard = notebook.cell(EDITOR), notebook.page.keyboard
    text = '{"Version": "2012-10-17", "Statement": []}'
    code.fill(text)
    keyboard.press("Shift+Alt+F")
    code.locator(".cm-line", has_text=re.compile(r"^\{$")).wait_for()
    assert written(code).splitlines()[2] == '  "Statement": []'
    cell.get_by_role("combobox", name="Action", exact=True).fill("s3:ListBucket")
    cell.get_by_role("button", name="Insert action", exact=True).click()
    code.locator(".cm-line", has_text="s3:ListBucket").wait_for()
    code.focus()
    keyboard.press("ControlOrMeta+z")
    code.locator(".cm-line", has_text="s3:ListBucket").wait_for(state="detached")
    keyboard.press("ControlOrMeta+z")
    assert written(code) == text
    for _ in range(2):
        keyboard.press("ControlOrMeta+y")
    notebook.settle()
    assert "s3:ListBucket" in written(code)
    assert kernel_has(notebook) == written(code)


def test_the_keyboard_is_not_held(notebook: Any, code: Locator) -> None:
    page, keyboard = notebook.page, notebook.page.keyboard
    inside = "() => document.activeElement.classList.contains('cm-content')"
    keyboard.type('{"')
    shown(page, "Version").wait_for()
    keyboard.press("Escape")
    shown(page, "Version").wait_for(state="detached")
    assert page.evaluate(inside)
    keyboard.press("Tab")
    assert not page.evaluate(inside)
    keyboard.press("Shift+Tab")
    assert page.evaluate(inside)
    before = written(code)
    for keys in ("Control+Enter", "Shift+Enter", "Alt+Enter"):
        keyboard.press(keys)
        assert written(code) == before
        code.focus()
    keyboard.press("Control+s")  # JupyterLab saves; nothing is written
    keyboard.type("xd")  # in JupyterLab's command mode these cut and delete cells
    assert written(code) == '{"xd"}'
    expect(page.locator(".jp-CodeCell").nth(len(CELLS) - 1)).to_be_attached()


def test_a_word_is_explained_where_the_mouse_rests(
    notebook: Any, code: Locator, picture: Callable[[str], None]
) -> None:
    code.fill('{"Statement": {"Effect": "Deny", "NotAction": "iam:PassRole"}}')
    notebook.settle()
    code.get_by_text('"iam:PassRole"').hover()
    told = notebook.page.locator(".cm-tooltip-hover .labs-editor-help")
    told.wait_for()
    expect(told).to_contain_text("(Write) Grants permission to pass a role to a service", use_inner_text=True)
    picture("editor_hover")
    notebook.page.mouse.move(0, 0)


def test_the_text_is_compared_with_what_is_in_force(
    notebook: Any, code: Locator, picture: Callable[[str], None]
) -> None:
    cell = notebook.cell(EDITOR)
    code.fill(
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}'
    )
    cell.get_by_role("combobox", name="Attach to", exact=True).select_option(label=ALICE)
    notebook.settle()
    cell.get_by_role("button", name="Show difference", exact=True).click()
    shown = cell.get_by_role("region", name="Difference")
    shown.wait_for()
    expect(shown).to_contain_text('-       "Effect": "Allow",', use_inner_text=True)
    expect(shown).to_contain_text('+       "Effect": "Deny",', use_inner_text=True)
    shown.scroll_into_view_if_needed()
    picture("editor_difference")


def test_what_is_in_force_is_marked_among_the_lines_of_the_text(
    notebook: Any, code: Locator, picture: Callable[[str], None]
) -> None:
    """The removed lines are shown but aren't part of the text; the signs next to them mean the same as the colors."""
    cell = notebook.cell(EDITOR)
    code.fill(IN_FORCE.replace("s3:GetObject", "s3:Get*"))
    cell.get_by_role("combobox", name="Attach to", exact=True).select_option(label=ALICE)
    notebook.settle()
    cell.get_by_role("checkbox", name="Highlight in the text").check()
    gone = code.locator(".cm-deletedChunk")
    gone.wait_for()
    expect(gone).to_have_text('"Action": "s3:GetObject",', use_inner_text=True)
    expect(code.locator(".cm-changedLine")).to_have_text('"Action": "s3:Get*",', use_inner_text=True)
    signs = "e => getComputedStyle(e, '::before').content"
    gutter = cell.locator(".cm-changeGutter")
    assert gutter.locator(".cm-deletedLineGutter").first.evaluate(signs) == '"−"'
    assert gutter.locator(".cm-changedLineGutter").first.evaluate(signs) == '"+"'
    picture("editor_marked")
    assert kernel_has(notebook) == IN_FORCE.replace("s3:GetObject", "s3:Get*")
    code.fill(IN_FORCE)
    gone.wait_for(state="detached")
    cell.get_by_role("checkbox", name="Highlight in the text").uncheck()
    gutter.wait_for(state="detached")


def test_hostile_text_stays_text(notebook: Any, code: Locator) -> None:
    hostile = "<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>"
    code.fill('{"Statement": {"Effect": "Deny", "Action": "s3:<img src=x onerror=document.title=1>"}}')
    notebook.settle()
    code.fill(hostile)
    notebook.cell(EDITOR).get_by_text("Not JSON").first.wait_for()
    assert notebook.page.title() not in ("hacked", "1")
    expect(notebook.cell(EDITOR).locator("script, img:not(.cm-widgetBuffer)")).to_have_count(0)
    assert notebook.errors() == []


def test_it_follows_the_dark_theme(notebook: Any, code: Locator, picture: Callable[[str], None]) -> None:
    code.fill('{"Version": "2012-10-17",\n "Statement": [{"Efect": "Allow", "Action": 1}]}')
    notebook.page.get_by_role("menuitem", name="Settings", exact=True).click()
    for name in ("Theme", "JupyterLab Dark"):
        notebook.page.locator(".lm-Menu-itemLabel").get_by_text(name, exact=True).click()
    notebook.page.locator("body[data-jp-theme-light=false]").wait_for(state="attached")
    field = code.locator("xpath=ancestor::div[contains(@class, 'cm-editor')]")
    ground, text = field.evaluate("e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]")
    assert brightness(ground) < 80
    assert brightness(text) > 180
    notebook.settle()
    picture("editor_dark")


def brightness(colour: str) -> float:
    """Return the mean of the three parts of a color in the form that browsers use."""
    return sum(map(int, re.findall(r"\d+", colour)[:3])) / 3


@pytest.mark.slow
def test_the_plain_field_stays_where_the_module_of_widgets_cannot_be_had(lab: Any, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1000, "height": 1300})
    context.route("**/extensions/anywidget/**", lambda route: route.abort())
    page = context.new_page()
    page.set_default_timeout(20_000)
    opened = lab.scratch(page, "plain_editor.ipynb", CELLS)
    opened.run_all()
    plain = opened.cell(EDITOR).locator("textarea")
    plain.fill("{")
    opened.cell(EDITOR).get_by_text("Not JSON").first.wait_for()
    assert kernel_has(opened) == "{"
    context.close()


@pytest.mark.slow
def test_a_field_whose_kernel_was_restarted_says_what_to_do(lab: Any, browser: Browser) -> None:
    """A text appears that tells the learner to run the cell again."""
    context = browser.new_context(viewport={"width": 1000, "height": 1300})
    page = context.new_page()
    page.set_default_timeout(20_000)
    opened = lab.scratch(page, "restarted.ipynb", CELLS)
    opened.run_all()
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.locator(".lm-Menu-itemLabel").get_by_text("Restart Kernel…", exact=True).click()
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    opened.wait_for_kernel()
    opened.settle()
    code = policy_field(opened.cell(EDITOR))
    code.focus()
    page.keyboard.type('{"Version')
    opened.cell(EDITOR).get_by_text("run the cell again").wait_for()
    context.close()
