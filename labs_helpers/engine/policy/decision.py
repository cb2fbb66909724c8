"""The engine's decision on a request, in the terms that AWS's Access Troubleshooter uses."""

from __future__ import annotations

from typing import Any, NamedTuple

IMPLICIT_DENY = "IMPLICIT_DENY"
NO_IMPACT = "NO_IMPACT"


class Matched(NamedTuple):
    """A statement that matched: the name of its policy, its index and Sid, and ALLOW or EXPLICIT_DENY."""

    policy: str
    index: int  # type: ignore[assignment]  # hides tuple.index, which is of no use for a statement
    sid: str | None
    effect: str


class Check(NamedTuple):
    """The result of one layer: ALLOW, NO_IMPACT, IMPLICIT_DENY, or EXPLICIT_DENY.

    `level` applies to SCPs and RCPs; the root's level is 0.
    """

    check_type: str
    level: int | None
    effect: str
    matched: tuple[Matched, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the check in the scenario format."""
        shown: dict[str, Any] = {"checkType": self.check_type}
        if self.level is not None:
            shown["level"] = self.level
        shown["evaluatedEffect"] = self.effect
        by_policy: dict[str, list[dict[str, Any]]] = {}
        for each in self.matched:
            statement: dict[str, Any] = {"index": each.index}
            if each.sid is not None:
                statement["sid"] = each.sid
            statement["evaluatedEffect"] = each.effect
            by_policy.setdefault(each.policy, []).append(statement)
        shown["matchedPolicies"] = [
            {"policy": name, "matchedStatements": statements} for name, statements in by_policy.items()
        ]
        return shown


class Decision(NamedTuple):
    """The decision on a request.

    `effect` is ALLOW, IMPLICIT_DENY, or EXPLICIT_DENY; `reason` is in AWS's words; `checks` are in AWS's order.
    `refused_by` is the check that the reason is about, or None if the request is allowed. It is one of `checks`, unless
    the policy that would have to allow the request doesn't exist, such as the policy of another account's resource.
    """

    effect: str
    reason: str
    checks: tuple[Check, ...]
    refused_by: Check | None

    @property
    def allowed(self) -> bool:
        """True if the request is allowed."""
        return self.effect == "ALLOW"

    def to_dict(self) -> dict[str, Any]:
        """Return the decision in the scenario format."""
        return {
            "decision": self.effect,
            "reason": self.reason,
            "checks": [check.to_dict() for check in self.checks],
        }
