"""What the engine answers, in the words of AWS's Access Troubleshooter."""

from __future__ import annotations

from typing import Any, NamedTuple

IMPLICIT_DENY = "IMPLICIT_DENY"
NO_IMPACT = "NO_IMPACT"


class Matched(NamedTuple):
    """A statement that matched: its policy's name, its index and Sid, and ALLOW or EXPLICIT_DENY."""

    policy: str
    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody asks a statement for
    sid: str | None
    effect: str


class Check(NamedTuple):
    """One layer's verdict: ALLOW, NO_IMPACT, IMPLICIT_DENY or EXPLICIT_DENY. level: for SCPs and RCPs, root is 0."""

    check_type: str
    level: int | None
    effect: str
    matched: tuple[Matched, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The check as the scenario format shows it."""
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
    """The answer. effect: ALLOW, IMPLICIT_DENY or EXPLICIT_DENY; reason: AWS's words; checks: in AWS's order.

    refused_by: the check whose refusal the reason names; None if allowed. It is one of checks, except where the policy
    that had to allow does not exist (a resource of another account without a policy): then it is a check by itself.
    """

    effect: str
    reason: str
    checks: tuple[Check, ...]
    refused_by: Check | None

    @property
    def allowed(self) -> bool:
        """Whether the request may be performed."""
        return self.effect == "ALLOW"

    def to_dict(self) -> dict[str, Any]:
        """The decision as the scenario format shows it."""
        return {
            "decision": self.effect,
            "reason": self.reason,
            "checks": [check.to_dict() for check in self.checks],
        }
