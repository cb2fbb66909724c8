"""Two versions of a policy, or of all policies that apply to requests, compared in both directions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from labs_helpers.engine.analysis.containment.principals import principals_for
from labs_helpers.engine.analysis.containment.question import Question
from labs_helpers.engine.analysis.containment.situation import Document, Side, Situation
from labs_helpers.engine.analysis.containment.verdict import Answer, Verdict
from labs_helpers.engine.analysis.containment.world import World
from labs_helpers.engine.policy import (
    AccessRequest,
    Attached,
    Policies,
    Policy,
    PolicyKind,
    Principal,
    parse_policy,
)
from labs_helpers.engine.policy.statement import ALLOW
from labs_helpers.engine.policy.variables import ContextValue
from labs_helpers.engine.reference.global_keys import spelled


class Relation(StrEnum):
    """The relation of the second version to the first one. The value is the word to use in a sentence."""

    EQUAL = "equal"
    NARROWER = "narrower"
    WIDER = "wider"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Comparison:
    """The requests that only the second version allows (`more`), and those that only the first one allows (`less`).

    Each answer is PROVED if there are none, and otherwise REFUTED with a request.
    """

    more: Answer
    less: Answer

    @property
    def relation(self) -> Relation:
        """Return the relation of the second version to the first one."""
        more, less = self.more.verdict, self.less.verdict
        if more is Verdict.REFUTED:
            return Relation.WIDER if less is Verdict.PROVED else Relation.DIFFERENT
        if Verdict.UNKNOWN in (more, less) and more is not Verdict.PROVED:
            return Relation.UNKNOWN
        return Relation.EQUAL if less is Verdict.PROVED else Relation.NARROWER

    @property
    def no_wider(self) -> bool:
        """True if it is proved that the second version allows nothing more."""
        return self.more.verdict is Verdict.PROVED

    def lines(self) -> list[str]:
        """Return the result in words: what is proved, and a request for each difference."""
        more, less = self.more, self.less
        if more.verdict is Verdict.PROVED and less.verdict is Verdict.PROVED:
            return ["PROVED equal: both allow the same requests."]
        found = []
        if more.verdict is Verdict.PROVED:
            found.append("PROVED no wider: everything that is allowed now was allowed before.")
        elif more.request is not None:
            found.append(f"Wider, by this request: {sentence(more.request)}")
        else:
            found.append(f"Couldn't decide whether it is wider ({_WHY[more.reason]}).")
        if less.request is not None:
            found.append(f"Narrower, by this request: {sentence(less.request)}")
        elif less.verdict is Verdict.UNKNOWN:
            found.append(f"Couldn't decide whether it is narrower ({_WHY[less.reason]}).")
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return the result for JSON."""
        return {
            "relation": str(self.relation),
            "more": _answer_dict(self.more),
            "less": _answer_dict(self.less),
        }


_WHY = {
    "budget": "it would take too many steps",
    "variable": "it depends on the value of a policy variable",
    "mixture": "operators of several types check one condition key",
}


def _answer_dict(answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = {"verdict": str(answer.verdict)}
    if answer.reason:
        found["reason"] = answer.reason
    if (request := answer.request) is not None:
        found["request"] = {
            "principal": _principal_dict(request.principal),
            "action": request.action,
            "resource": {
                "arn": request.resource,
                **({"account": request.account} if request.account else {}),
            },
            "context": {spelled(key): value for key, value in sorted(request.context.items())},
        }
    return found


def _principal_dict(principal: Principal) -> dict[str, Any]:
    """Return a principal in the scenario format."""
    if principal.account is not None:
        return {"arn": principal.arn} | ({"issuer": principal.issuer} if principal.issuer else {})
    if principal.arn == "*":
        return {"anonymous": True}
    return {principal.kind.name.lower(): principal.arn}


def sentence(request: AccessRequest) -> str:
    """Return a request in words."""
    who = "anonymous" if request.principal.arn == "*" else request.principal.arn
    keys = [f"{spelled(key)} = {_shown(value)}" for key, value in sorted(request.context.items())]
    return f"{who} requests {request.action} on {request.resource}" + (
        f" with {', '.join(keys)}" if keys else ""
    )


def _shown(value: ContextValue) -> str:
    return f'"{value}"' if isinstance(value, str) else f"[{', '.join(map(_shown, value))}]"


def compare_documents(before: Policy, after: Policy) -> Comparison:
    """Compare two policies of the same kind, each by itself, for every principal that they can tell apart.

    If neither has an Allow, both are compared by what they deny.
    """
    limits = before.kind is PolicyKind.RCP or not any(
        statement.effect == ALLOW for policy in (before, after) for statement in policy.statements
    )
    one, other = (Document(policy, limits=limits) for policy in (before, after))
    return _compared(one, other, principals_for([before, after]), World(plain_arns=True))


def compare_situations(before: Policies, after: Policies, principal: Principal, world: World) -> Comparison:
    """Compare what two situations allow a principal."""
    return _compared(Situation(before), Situation(after), [principal], world)


def compare_limits(
    account: str, before: Policies, after: Policies, organization: str | None = None
) -> Comparison:
    """Compare two versions of an account's SCPs and RCPs: what they leave to callers who otherwise have full access.

    The requests are for any resource in the account. They come from any principal of the account or another account,
    from AWS services, and from anonymous callers. `organization` is the ID of the account's organization.
    """
    comparisons = []
    for principal, keys in _callers(account, organization):
        old, new = (
            replace(
                each,
                identity=(_EVERYTHING,),
                resource=_OPEN,
                scp=each.scp if principal.account == account else None,
            )
            for each in (before, after)
        )
        closed = {key: (value,) for key, value in keys.items()}
        world = World(account=account, values=closed, plain_arns=True)
        comparisons.append(compare_situations(old, new, principal, world))
    return Comparison(_first(each.more for each in comparisons), _first(each.less for each in comparisons))


def _callers(account: str, organization: str | None) -> list[tuple[Principal, dict[str, ContextValue]]]:
    """Return the calling principals, each with the condition keys whose values are known."""
    resource: dict[str, ContextValue] = {"aws:resourceaccount": account}
    mine: dict[str, ContextValue] = {"aws:principalaccount": account}
    if organization is not None:
        resource["aws:resourceorgid"] = mine["aws:principalorgid"] = organization
    nobody, service = (resource | {"aws:principalisawsservice": text} for text in ("false", "true"))
    return [
        (Principal.from_arn(f"arn:aws:sts::{account}:assumed-role/any/session"), nobody | mine),
        (
            Principal.from_arn(f"arn:aws:sts::{_ANOTHER}:assumed-role/any/session"),
            nobody | {"aws:principalaccount": _ANOTHER},
        ),
        (Principal.service("any.amazonaws.com"), service),
        (Principal.anonymous(), nobody),
    ]


def _compared(before: Side, after: Side, principals: Iterable[Principal], world: World) -> Comparison:
    more, less = [], []
    for principal in principals:
        more.append(Question(after, before, principal, world).answer())
        less.append(Question(before, after, principal, world).answer())
    return Comparison(_first(more), _first(less))


def _first(answers: Iterable[Answer]) -> Answer:
    """Return the first refutation, or else the first answer that isn't a proof, or else a proof."""
    found = sorted(answers, key=lambda answer: _ORDER[answer.verdict])
    return found[0]


_ORDER = {Verdict.REFUTED: 0, Verdict.UNKNOWN: 1, Verdict.PROVED: 2}
_ANOTHER = "999988887777"
_EVERYTHING = Attached(
    "everything",
    parse_policy({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}),
)
_OPEN = Attached(
    "open to everyone",
    parse_policy(
        {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"},
        },
        PolicyKind.RESOURCE,
    ),
)
