"""Trust policies in the form in which IAM stores them. IAM replaces a document with an equivalent document.

OBSERVED in 2021: a role created with a single statement that isn't in a list is returned with a list of one
statement. OBSERVED in 2026 and before: CreateServiceLinkedRole returns the action and the service as lists with
one item, but GetRole returns both as strings.
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_policies.html#structure-policies
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

from labs_helpers.engine.policy.elements import statements_of

_ACCOUNT = re.compile(r"\d{12}")
_ORDER = ("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Condition")


@lru_cache(maxsize=512)
def as_kept(text: str) -> str:
    """Return a trust policy in the form that read operations return.

    A string that isn't a policy is returned unchanged.
    """
    try:
        document = json.loads(text)
    except ValueError:
        return text
    if not isinstance(document, dict) or "Statement" not in document:
        return text
    kept = [_statement(each) if isinstance(each, dict) else each for each in statements_of(document)]
    return json.dumps({**document, "Statement": kept}, separators=(",", ":"))


def _statement(statement: dict[str, Any]) -> dict[str, Any]:
    ordered = {name: statement[name] for name in _ORDER if name in statement} | statement
    return {name: _element(name, value) for name, value in ordered.items()}


def _element(name: str, value: Any) -> Any:
    if name in ("Action", "NotAction"):
        return _single(value)
    if name in ("Principal", "NotPrincipal") and isinstance(value, dict):
        return {kind: _single(_principals(kind, named)) for kind, named in value.items()}
    return value


def _principals(kind: str, named: Any) -> Any:
    """Return principals after replacing each account ID with the account's ARN.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-accounts
    """
    if isinstance(named, list):
        return [_principals(kind, each) for each in named]
    if kind == "AWS" and isinstance(named, str) and _ACCOUNT.fullmatch(named):
        return f"arn:aws:iam::{named}:root"
    return named


def _single(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value
