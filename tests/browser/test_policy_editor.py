"""The policy editor's field with CodeMirror: what a learner types, sees underlined, is offered, and mends."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator

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
ALICE = "arn:aws:iam::111122223333:user/alice"


@pytest.fixture(scope="module")
def notebook(lab: Any, browser: Browser) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1000, "height": 1300})
    page = context.new_page()
    page.set_default_timeout(20_000)
    opened = lab.scratch(page, "policy_editor.ipynb", CELLS)
    page.keyboard.press("ControlOrMeta+b")
    opened.run_all()
    yield opened
    context.close()


@pytest.fixture
def picture(notebook: Any) -> Callable[[str], None]:
    """A picture of the whole page, as lists and help lie over it, into the folder that LABS_SCREENSHOTS names."""

    def take(name: str) -> None:
        if folder := os.environ.get("LABS_SCREENSHOTS"):
            notebook.page.screenshot(path=Path(folder) / f"{name}.png", animations="disabled")

    return take


@pytest.fixture
def code(notebook: Any) -> Locator:
    """The field, emptied and with the focus."""
    field = notebook.cell(EDITOR).get_by_role("textbox", name="Policy (JSON)", exact=True)
    field.fill("")
    field.focus()
    return field


def written(code: Locator) -> str:
    return "\n".join(code.locator(".cm-line").all_inner_texts())


def kernel_has(notebook: Any) -> str:
    """The text as Python has it."""
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
    underlined = code.locator(".cm-lintRange-error", has_text="s3:GetObjct")
    underlined.wait_for()
    assert underlined.inner_text() == '"s3:GetObjct"'
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
    offered = notebook.page.get_by_role("option", name="s3:GetObject", exact=False).first
    offered.wait_for()
    picture("editor_completion")
    keyboard.press("Enter")
    underlined.wait_for(state="detached")
    assert '"Action": "s3:GetObject", "Resource": "*"' in written(code)
    cursor(notebook).get_by_text("(Read)").wait_for()
    assert "list_amazons3.html" in (cursor(notebook).get_by_role("link").first.get_attribute("href") or "")
    assert kernel_has(notebook) == written(code)
