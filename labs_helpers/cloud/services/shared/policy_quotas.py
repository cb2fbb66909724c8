"""Quotas for the resource policies of services that limit what a policy contains."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class PolicyQuotas:
    """The largest size of a policy in bytes, and how much it can contain. None means any number."""

    size: int
    statements: int
    principals: int
    """The principals in one statement. AWS's pages don't say whether the quota is for a statement or for the policy."""
    conditions: int | None = None
    """The condition keys in one statement."""
    actions: int | None = None
    """The actions in one statement."""

    def exceeded(self, text: str) -> tuple[str, int, int] | None:
        """Return what the policy, a valid one, has too many of, how many, and the quota, or None."""
        counts = [("bytes", len(text.encode()), self.size)]
        given = statements(text)
        counts.append(("statements", len(given), self.statements))
        for each in given:
            counts.append(("principals", len(list(_principals(each))), self.principals))
            if self.conditions is not None:
                tests = (each.get("Condition") or {}).values()
                counts.append(("conditions", sum(map(len, tests)), self.conditions))
            if self.actions is not None:
                counts.append(("actions", len(actions(each)), self.actions))
        return next(((what, count, most) for what, count, most in counts if count > most), None)


def statements(text: str) -> list[Mapping[str, Any]]:
    """Return the statements of a valid policy."""
    return _listed(json.loads(text).get("Statement"))


def actions(statement: Mapping[str, Any]) -> list[str]:
    """Return the actions that a statement lists, in Action or NotAction."""
    return _listed(statement.get("Action", statement.get("NotAction")))


def resources(statement: Mapping[str, Any]) -> list[str]:
    """Return the resources that a statement lists in Resource."""
    return _listed(statement.get("Resource"))


def _principals(statement: Mapping[str, Any]) -> Iterator[str]:
    principal = statement.get("Principal", statement.get("NotPrincipal"))
    for each in principal.values() if isinstance(principal, Mapping) else (principal,):
        yield from _listed(each)


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]
