"""The statements in a policy that allow everyone, and their lines and columns (from 1) in the text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from labs_helpers.engine.analysis.positions import positions
from labs_helpers.engine.analysis.public import is_public
from labs_helpers.engine.policy.elements import as_list


@dataclass(frozen=True, slots=True)
class Place:
    """The text of a statement, and its location in the policy."""

    text: str
    line: int
    column: int


def statements(text: str) -> Iterator[tuple[dict[str, Any], Place]]:
    """Yield each statement in a policy with its location."""
    found = positions(text)
    given = found.value.get("Statement", [])
    for number, each in enumerate(given if isinstance(given, list) else [given]):
        span = found.span(("Statement", number) if isinstance(given, list) else ("Statement",))
        start, end = span.start, span.end
        yield each, Place(text[start.offset : end.offset], start.line, start.column + 1)


def public_statements(text: str) -> Iterator[Place]:
    """Yield the locations of statements that AWS calls "public": they aren't limited to a fixed list of principals.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
    """
    for statement, place in statements(text):
        if is_public(json.dumps({"Version": "2012-10-17", "Statement": [_with_global_key(statement)]})):
            yield place


def _with_global_key(statement: dict[str, Any]) -> dict[str, Any]:
    """Return the statement with kms:CallerAccount replaced by its equivalent outside KMS, aws:PrincipalAccount.

    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-caller-account
    """
    tests = statement.get("Condition") or {}
    named = {
        operator: {
            "aws:PrincipalAccount" if key.lower() == "kms:calleraccount" else key: value
            for key, value in keys.items()
        }
        for operator, keys in tests.items()
    }
    return {**statement, "Condition": named} if tests else statement


def full_access_statements(text: str) -> Iterator[Place]:
    """Yield the locations of statements that unconditionally allow every action on every resource."""
    for statement, place in statements(text):
        if (
            statement.get("Effect") == "Allow"
            and any(each in ("*", "*:*") for each in as_list(statement.get("Action")))
            and "*" in as_list(statement.get("Resource"))
            and not statement.get("Condition")
        ):
            yield place
