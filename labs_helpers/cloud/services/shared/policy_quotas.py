"""Quotas for the resource policies of services that limit what a policy contains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labs_helpers.engine.policy.elements import actions, principals, statements_of


@dataclass(frozen=True, slots=True)
class PolicyQuotas:
    """The maximum size of a policy in bytes, and the maximum numbers of its parts. None means any number."""

    size: int
    statements: int
    principals: int
    """The principals in one statement. AWS's pages don't say whether the quota is for a statement or for the policy."""
    conditions: int | None = None
    """The condition keys in one statement."""
    actions: int | None = None
    """The actions in one statement."""

    def exceeded(self, text: str, document: Mapping[str, Any]) -> tuple[str, int, int] | None:
        """Return the first quota that a valid policy exceeds, or None.

        The result consists of what the quota counts, the policy's number, and the quota. `document` is the
        parsed `text`.
        """
        counts = [("bytes", len(text.encode()), self.size)]
        given = statements_of(document)
        counts.append(("statements", len(given), self.statements))
        for each in given:
            counts.append(("principals", len(principals(each)), self.principals))
            if self.conditions is not None:
                tests = (each.get("Condition") or {}).values()
                counts.append(("conditions", sum(map(len, tests)), self.conditions))
            if self.actions is not None:
                counts.append(("actions", len(actions(each)), self.actions))
        return next(((what, count, most) for what, count, most in counts if count > most), None)
