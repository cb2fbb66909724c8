"""Accessibility: axe finds no violations in widgets, cards, and forms, in every theme and size.

`make judges` runs these tests. In `make test`, test_gallery.py tries each widget in one of the themes and sizes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.axe import AXE, NEEDED, OUTPUTS, violations
from tests.browser.test_gallery import LAST, SETUP, SHOWN

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not AXE.exists(), reason=NEEDED)]

FORMS = """
from labs_helpers import open_day
from labs_helpers.course import path_picture, way

def forms(number, asked, *exercises):
    day = open_day(number)
    day.self_test(); day.recall(); day.quiz()
    if asked:
        day.predict(asked)
    for id in exercises:
        day.exercise(id); day.check(id); day.hint(id)
    return day
"""
DAYS = [
    "day = forms(1, 'outsider-invoice', '1.1', '1.7', '1.9'); day.glossary()",
    """day = forms(2, 'alice-payroll', '2.1', '2.3', '2.5', '2.6', '2.7', '2.8', '2.9', '2.10')
day.predict("alice-payroll", "a")
with day.attempt("alice-payroll") as result:
    boto3.Session(profile_name="alice").client("s3").get_object(Bucket="payroll", Key="2026.csv")
day.explain(); day.trail(); day.progress(); day.term("role"); day.situation("2.6", 1); day.solution("2.1")
path_picture(2, "confused-deputy").show(); way()""",
    "day = forms(3, 'mallory-signs-up', '3.1', '3.2', '3.9')",
    "day = forms(4, None, '4.3', '4.4', '4.6', '4.8'); day.blast_radius(day.preview())",
    "day = forms(5, 'admin-and-the-key', '5.1', '5.2', '5.5')",
    "day = forms(6, 'management-root', '6.1', '6.10'); day.outcome('management-root', 'works')",
]
WIDE = {"width": 1280, "height": 900}
CONDITIONS = {
    "light": ("JupyterLab Light", 1280, 900, 1),
    "dark": ("JupyterLab Dark", 1280, 900, 1),
    "high contrast": ("JupyterLab Dark High Contrast", 1280, 900, 1),
    "small": ("JupyterLab Light", 900, 600, 1),
    "at 200 %": ("JupyterLab Dark", 640, 450, 2),
}
# What VS Code 1.139 sets where it shows outputs, in its theme Dark 2026: JupyterLab's light colours as well, for
# widgets, which it lays on white.
VSCODE_DARK = """:root { --jp-ui-font-color1: rgba(0, 0, 0, 0.8); --jp-layout-color1: white;
  --jp-success-color1: #4caf50; --jp-error-color1: #f44336; --jp-warn-color1: #ff9800; --jp-info-color1: #00bcd4;
  --vscode-editor-foreground: #bbbebf; --vscode-editor-background: #121314;
  --vscode-debugTokenExpression-name: #c586c0; --vscode-debugTokenExpression-string: #ce9178; }
body { color: #bbbebf; background: #121314; font: 13px sans-serif; } a { color: #48a0c7; }"""
CARDS = """() => [...document.querySelectorAll(".jp-OutputArea-output .labs")]
  .filter(each => !each.closest(".jupyter-widgets")).map(each => each.parentElement.innerHTML)"""


@pytest.fixture(scope="module")
def notebook(lab: Any, browser: Browser) -> Iterator[Any]:
    """A notebook with every widget, in a particular state, and with every form of every day."""
    context = browser.new_context(viewport=WIDE, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(60_000)
    opened = lab.scratch(page, "access.ipynb", [SETUP, *SHOWN.values(), LAST, FORMS, *DAYS])
    page.keyboard.press("ControlOrMeta+b")
    opened.run_all()
    yield opened
    context.close()


def show_at(page: Page, width: int, height: int, scale: int) -> None:
    """Show the page in a window of this size in CSS pixels, each of which is this many screen pixels wide."""
    size = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": False}
    page.context.new_cdp_session(page).send("Emulation.setDeviceMetricsOverride", size)
    page.wait_for_timeout(500)


def show_in(notebook: Any, condition: str) -> None:
    """Show the notebook in a condition's theme and size."""
    theme, *size = CONDITIONS[condition]
    show_at(notebook.page, WIDE["width"], WIDE["height"], 1)
    notebook.choose_theme(theme)
    show_at(notebook.page, *size)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_axe_finds_nothing_in_widgets_cards_and_forms(notebook: Any, condition: str) -> None:
    show_in(notebook, condition)
    assert violations(notebook.page, OUTPUTS) == []


def test_axe_finds_nothing_in_cards_in_vs_codes_dark_theme(notebook: Any, browser: Browser) -> None:
    cards = notebook.page.evaluate(CARDS)
    assert len(cards) > 5
    context = browser.new_context(viewport=WIDE)
    page = context.new_page()
    body = "".join(f"<section>{each}</section>" for each in cards)
    page.set_content(
        f'<!doctype html><html lang="en"><title>Cards</title><style>{VSCODE_DARK}</style>'
        f'<body data-vscode-theme-kind="vscode-dark"><main><h1>Cards</h1>{body}</main>'
    )
    assert violations(page, "main") == []
    context.close()
