"""The elements of a valid policy, as lists: each can be a single value in the policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def statements(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the statements of a policy."""
    return _listed(document.get("Statement"))


def actions(statement: Mapping[str, Any]) -> list[str]:
    """Return the actions that a statement lists, in Action or NotAction."""
    return _listed(statement.get("Action", statement.get("NotAction")))


def resources(statement: Mapping[str, Any]) -> list[str]:
    """Return the resources that a statement lists in Resource."""
    return _listed(statement.get("Resource"))


def principals(statement: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the principals in Principal or NotPrincipal, each with its type, such as AWS. The type of `*` is `*`."""
    given = statement.get("Principal", statement.get("NotPrincipal"))
    by_type = given if isinstance(given, Mapping) else {"*": given}
    return [(kind, each) for kind, named in by_type.items() for each in _listed(named)]


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]
