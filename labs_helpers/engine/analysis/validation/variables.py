"""Checks for policy variables: they must be well-formed, and are valid only where AWS supports them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from labs_helpers.engine.analysis.positions import Path
from labs_helpers.engine.analysis.validation.document import Draft, Statement, strings
from labs_helpers.engine.analysis.validation.findings import Place

_NAME = re.compile(r"[A-Za-z0-9:/_.@=+-]+")
_SIGNS = ("*", "?", "$")
_WITH_VARIABLES = ("string", "arn")


def check(draft: Draft, statement: Statement) -> None:
    """Run every check in this module."""
    for path, text in _elsewhere(statement):
        if "${" in text and not draft.report.full:
            details = {"variable": text[text.index("${") :].partition("}")[0] + "}"}
            draft.report.add("VARIABLE_UNSUPPORTED_IN_ELEMENT", details, path)
    for path, text in _with_variables(draft, statement):
        if "${" in text and not draft.report.full:
            _check_string(draft, path, text)


def _elsewhere(statement: Statement) -> Iterator[tuple[Path, str]]:
    for element in ("Sid", "Effect", "Action", "NotAction"):
        yield from statement.strings(element)
    for path, _, text in statement.principals():
        yield path, text
    negated = statement.source.get("NotPrincipal")
    for key, value in negated.items() if isinstance(negated, dict) else ():
        yield from strings(value, statement.at("NotPrincipal", key))


def _with_variables(draft: Draft, statement: Statement) -> Iterator[tuple[Path, str]]:
    yield from statement.strings("Resource")
    yield from statement.strings("NotResource")
    for path, operator, _, value in statement.conditions():
        name = operator.lower().rpartition(":")[2]
        for place, text in strings(value, path):
            if "${" in text and not name.startswith(_WITH_VARIABLES) and _holds_a_key(text):
                details = (
                    f"{operator} compares its values literally; variables work with String and ARN operators."
                )
                draft.report.add("INVALID_VARIABLE_FOR_OPERATOR", details, place)
            else:
                yield place, text


def _holds_a_key(text: str) -> bool:
    return any(inside not in _SIGNS for inside in re.findall(r"\$\{([^}]*)", text))


def _check_string(draft: Draft, path: Path, text: str) -> None:
    report = draft.report
    if not draft.takes_variables:
        details = 'Variables need "Version": "2012-10-17"; without it, they are compared literally.'
        report.add("VARIABLE_UNSUPPORTED_IN_VERSION", details, path)
        return
    at = text.find("${")
    while at >= 0 and not report.full:
        end = text.find("}", at)
        if end < 0:
            report.add(
                "MISSING_BRACE_IN_VARIABLE",
                'The variable is not closed with "}".',
                _part(path, at, len(text)),
            )
            return
        _check_variable(draft, text[at + 2 : end], _part(path, at, end + 1))
        at = text.find("${", end)


def _part(path: Path, start: int, end: int) -> Place:
    return Place(path, substring=(start, end - start))


def _check_variable(draft: Draft, inside: str, place: Place) -> None:
    report = draft.report
    name, comma, default = inside.partition(",")
    if inside in _SIGNS:
        return
    if not name.strip():
        report.add("EMPTY_VARIABLE", "The variable doesn't contain a condition key.", place)
    elif any(character.isspace() for character in name):
        report.add("UNSUPPORTED_SPACE_IN_VARIABLE", "A variable's name can't contain spaces.", place)
    elif not _NAME.fullmatch(name):
        report.add("UNSUPPORTED_SYMBOL_IN_VARIABLE", "A variable's name must be a condition key.", place)
    if comma:
        default = default.strip()
        if len(default) < 2 or default[0] != "'" or default[-1] != "'":
            details = "A variable's default value must be in single quotes: ${key, 'default'}."
            report.add("MISSING_QUOTE_IN_VARIABLE", details, place)
