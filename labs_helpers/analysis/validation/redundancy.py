"""What could be left out without changing anything."""

from __future__ import annotations

import json

from labs_helpers.analysis.positions import Path
from labs_helpers.analysis.validation.document import Draft, Statement
from labs_helpers.policy.patterns import arn_covers, covers

_MOST_COMPARED = 300
"""Only so many strings of an element are compared with each other."""


def check(draft: Draft) -> None:
    """Every check of this module."""
    for statement in draft.statements:
        if draft.report.full:
            return
        _check_patterns(draft, statement, "Action", "REDUNDANT_ACTION")
        _check_patterns(draft, statement, "NotAction", "REDUNDANT_ACTION")
        _check_patterns(draft, statement, "Resource", "REDUNDANT_RESOURCE")
        _check_patterns(draft, statement, "NotResource", "REDUNDANT_RESOURCE")
    _check_statements(draft)


def _check_patterns(draft: Draft, statement: Statement, element: str, code: str) -> None:
    listed = statement.strings(element)[:_MOST_COMPARED]
    if code == "REDUNDANT_ACTION":
        listed = [(path, text.lower()) for path, text in listed]
    wide = [(path, text) for path, text in listed if "*" in text or "?" in text]
    seen: set[str] = set()
    redundant: list[Path] = []
    for path, text in listed:
        if text in seen or any(
            text != other and draft.afford(len(text) * len(other)) and _within(text, other, code)
            for _, other in wide
        ):
            redundant.append(path)
        seen.add(text)
    if redundant:
        what = "actions" if code == "REDUNDANT_ACTION" else "resources"
        draft.report.add(code, f"Others in the list cover these {what} already.", *redundant)


def _within(text: str, other: str, code: str) -> bool:
    if code == "REDUNDANT_ACTION":
        return covers(other, text) and not covers(text, other)
    return arn_covers(other, text) and not arn_covers(text, other)


def _check_statements(draft: Draft) -> None:
    """Statements that say the same, whatever their Sids and the order of their lists."""
    seen: dict[str, Statement] = {}
    for statement in draft.statements:
        form = {key: _sorted(value) for key, value in statement.source.items() if key != "Sid"}
        text = json.dumps(form, sort_keys=True)
        if text in seen:
            details = "Another statement says the same."
            draft.report.add("REDUNDANT_STATEMENT", details, seen[text].path, statement.path)
        else:
            seen[text] = statement


def _sorted(value: object) -> object:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return sorted(set(value))
    return value
