"""The elements of a policy document as lists. Where the grammar takes a list, it takes a single value as well.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def as_list(value: Any) -> list[Any]:
    """Return the items of a list, a list of a single value, or an empty list for None."""
    return [] if value is None else list(value) if isinstance(value, (list, tuple)) else [value]


def strings(value: Any) -> list[str]:
    """Return the strings among the items of a list, or of a single value."""
    return [each for each in as_list(value) if isinstance(each, str)]


def statements_of(document: Mapping[str, Any]) -> list[Any]:
    """Return the statements of a policy."""
    return as_list(document.get("Statement"))


def actions(statement: Mapping[str, Any]) -> list[str]:
    """Return the actions that a statement lists, in Action or NotAction."""
    return as_list(statement.get("Action", statement.get("NotAction")))


def resources(statement: Mapping[str, Any]) -> list[str]:
    """Return the resources that a statement lists in Resource."""
    return as_list(statement.get("Resource"))


def principals(statement: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the principals in Principal or NotPrincipal, each with its type, such as AWS. The type of `*` is `*`."""
    given = statement.get("Principal", statement.get("NotPrincipal"))
    by_type = given if isinstance(given, Mapping) else {"*": given}
    return [(kind, each) for kind, named in by_type.items() for each in as_list(named)]
