"""Checks for redundant parts, which could be omitted without any effect."""

from __future__ import annotations

import json

from labs_helpers.engine.analysis.validation.document import Draft, Statement
from labs_helpers.engine.policy.patterns import arn_covers, covers

_MOST_COMPARED = 400
"""The maximum number of strings in an element to compare with each other."""


def check(draft: Draft) -> None:
    """Run every check in this module."""
    for statement in draft.statements:
        if draft.report.full:
            return
        _check_patterns(draft, statement, "Action", "REDUNDANT_ACTION")
        _check_patterns(draft, statement, "NotAction", "REDUNDANT_ACTION")
        _check_patterns(draft, statement, "Resource", "REDUNDANT_RESOURCE")
        _check_patterns(draft, statement, "NotResource", "REDUNDANT_RESOURCE")
    _check_statements(draft)


def _check_patterns(draft: Draft, statement: Statement, element: str, code: str) -> None:
    """Report each string that covers others or occurs twice, together with these strings, and quote one of them."""
    listed = statement.strings(element)[:_MOST_COMPARED]
    lowered = [text.lower() if code == "REDUNDANT_ACTION" else text for _, text in listed]
    covered: set[int] = set()
    for number, text in enumerate(lowered):
        if number in covered or not draft.afford(len(text) * len(listed)):
            continue
        group = [other for other, each in enumerate(lowered) if _redundant(each, text, code)]
        if len(group) > 1 and not any(_wider(each, text, code) for each in lowered):
            covered.update(group)
            named = next((other for other in group if lowered[other] != text), group[0])
            details = {"count": len(group), "redundant": listed[named][1]}
            draft.report.add(code, details, *(listed[other][0] for other in group))


def _redundant(text: str, other: str, code: str) -> bool:
    return text == other or _wider(other, text, code)


def _wider(text: str, other: str, code: str) -> bool:
    """Return whether a pattern covers another string and more."""
    if "*" not in text and "?" not in text:
        return False
    covering = covers if code == "REDUNDANT_ACTION" else arn_covers
    return text != other and covering(text, other) and not covering(other, text)


def _check_statements(draft: Draft) -> None:
    """Report statements that are equal, whatever their Sids and the order of their lists."""
    seen: dict[str, Statement] = {}
    for statement in draft.statements:
        form = {key: _sorted(value) for key, value in statement.source.items() if key != "Sid"}
        text = json.dumps(form, sort_keys=True)
        if text in seen:
            details = "Another statement already grants or denies the same."
            draft.report.add("REDUNDANT_STATEMENT", details, seen[text].path, statement.path)
        else:
            seen[text] = statement


def _sorted(value: object) -> object:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return sorted(set(value))
    return value
