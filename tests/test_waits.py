"""Browser tests wait for what they expect, because a page on a busy machine might respond later."""

from __future__ import annotations

import ast
from pathlib import Path

BROWSER = Path(__file__).parent / "browser"
AT_ONCE = {"count", "is_visible", "is_hidden", "is_enabled", "is_disabled", "is_checked"}
"""The methods that return a locator's state at this moment, while `expect(locator)` waits."""


def asked_at_once(tree: ast.AST) -> list[int]:
    """Return the lines with assertions about a page's state at a single moment."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Assert)
        and any(
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr in AT_ONCE
            and not call.args
            for call in ast.walk(node.test)
        )
    ]


def test_no_browser_test_asserts_what_a_page_says_at_one_moment():
    found = [
        f"{path.name}:{line}"
        for path in sorted(BROWSER.glob("*.py"))
        for line in asked_at_once(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == [], "use expect(locator).to_have_count(…), to_be_visible(), …"


def test_no_browser_test_measures_a_window_that_is_still_changing():
    found = [
        path.name
        for path in sorted(BROWSER.glob("test_*.py"))
        if ".set_viewport_size(" in path.read_text(encoding="utf-8")
    ]
    assert found == [], "use resize(page, size)"


def test_no_browser_test_finds_the_plain_field_that_the_policy_editor_replaces():
    found = [
        path.name
        for path in sorted(BROWSER.glob("test_*.py"))
        if "Policy (JSON)" in path.read_text(encoding="utf-8")
    ]
    assert found == [], "use policy_field(cell)"


def test_an_assertion_about_one_moment_is_found():
    assert asked_at_once(ast.parse('assert rows.count() == 1\nassert text.count("a") == 1\n')) == [1]
