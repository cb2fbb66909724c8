"""Least privilege as a number: the number of (action, resource) pairs that a policy allows although they aren't needed.

Probes, a ceiling, and this number grade the policy. Each action of the account's services, with each resource that the
action applies to, is one (action, resource) pair, according to the Service Authorization Reference:
https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import StringConstraints

from labs_helpers.course.content.schema import AccountId, Model, Situation, Text
from labs_helpers.course.grading.kinds.policies import Probed
from labs_helpers.course.grading.results import CheckResult
from labs_helpers.course.shown.charts import BarChart, bar_chart
from labs_helpers.course.situations.faults import Fault, clause_numbers
from labs_helpers.engine.policy import Policy

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

Pair = tuple[str, str]


class Universe(Model):
    """The pairs of an action and a resource that a policy could allow.

    `resources` contains the type of each resource, by ARN. Each action of these resources' services, with each resource
    of a type that the action applies to, is one pair. The policy's excess is the allowed pairs that no probe needs.
    """

    principal: Text
    account: AccountId
    resources: dict[Text, Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+:[a-z0-9]+$")]]


class LeastPrivilege(Probed):
    """An exercise whose answer is an identity policy that must not allow unneeded access."""

    kind: Literal["least_privilege"]
    universe: Universe
    situations: tuple[Situation, ...] = ()
    """Calls that are made in the cloud so that they appear in the trail."""

    def judge(self, answer: object, cloud: Cloud | None) -> CheckResult:
        """Grade the policy like any other policy, and then by its excess.

        Raises `AnswerError` or `PolicyError` for an invalid answer.
        """
        document = self.given(answer)["identity"]  # read once: the answer could change in between
        placed, _ = self.read(document)
        result = super().judge(document, cloud)
        allowed = excess(self, placed["identity"].policy)
        details = chart(_excess_of_starter(self), allowed)
        if not allowed.pairs:
            return replace(result, details=details)
        examples = ", ".join(f"`{action}` on `{resource}`" for action, resource in allowed.pairs[:3])
        count = f"{len(allowed.pairs):,} of {allowed.of:,} action-resource pairs"
        beyond = Fault(
            f"Allowed but not needed: {count}, for example {examples}.", clause_numbers(self.beyond)
        )
        clauses = tuple(
            replace(each, holds=False) if each.number == self.beyond else each for each in result.clauses
        )
        messages = (*result.messages, str(beyond))
        return replace(result, passed=False, messages=messages, clauses=clauses, details=details)


@dataclass(frozen=True, slots=True)
class Excess:
    """The unneeded pairs that a policy allows, and the total number of unneeded pairs."""

    pairs: tuple[Pair, ...]
    of: int

    def by_service(self) -> Counter[str]:
        """Return the number of pairs by service prefix."""
        return Counter(action.partition(":")[0] for action, _ in self.pairs)


def excess(exercise: LeastPrivilege, policy: Policy) -> Excess:
    """Return the excess of `policy`: the pairs that it allows by itself and that no probe in the exercise needs."""
    from labs_helpers.course.grading.probe_requests import request_context
    from labs_helpers.engine.policy import AccessRequest, Attached, Policies, Principal, decide

    universe = exercise.universe
    principal = Principal.from_arn(universe.principal)
    pattern = AccessRequest.of(
        principal,
        "s3:GetObject",
        "*",
        account=universe.account,
        context=request_context(principal, universe.account),
    )
    in_force = Policies(identity=(Attached("your policy", policy),))
    needed = {
        (probe.action.lower(), probe.resource) for probe in exercise.probes if probe.expected == "allow"
    }
    pairs = pairs_of(exercise)
    needed &= {(action.lower(), resource) for action, resource in pairs}
    allowed = []
    for action, resource in pairs:
        if (action.lower(), resource) in needed:
            continue
        request = replace(pattern, action=action, resource=resource, action_key=action.lower())
        if decide(request, in_force).allowed:
            allowed.append((action, resource))
    return Excess(tuple(allowed), len(pairs) - len(needed))


_EXCESS_OF_STARTERS: dict[tuple[int, str], Excess] = {}
"""(day, exercise) → the starter's excess, which is the same in every check."""


def _excess_of_starter(exercise: LeastPrivilege) -> Excess:
    from labs_helpers.engine.policy import parse_policy

    key = exercise.day, exercise.id
    if key not in _EXCESS_OF_STARTERS:
        _EXCESS_OF_STARTERS[key] = excess(exercise, parse_policy(exercise.starter))
    return _EXCESS_OF_STARTERS[key]


def pairs_of(exercise: LeastPrivilege) -> tuple[Pair, ...]:
    """Return every (action, resource) pair in the exercise's universe, with "*" for actions without resource types."""
    return _pairs(tuple(exercise.universe.resources.items()))


@lru_cache(maxsize=8)
def _pairs(resources: tuple[tuple[str, str], ...]) -> tuple[Pair, ...]:
    from labs_helpers.engine.reference import authorization as reference

    of_type: dict[str, list[str]] = {}
    for arn, kind in resources:
        of_type.setdefault(kind, []).append(arn)
    found: list[Pair] = []
    for service in sorted({kind.partition(":")[0] for kind in of_type}):
        for action in reference.actions(service).values():
            kinds = [f"{service}:{one['name']}" for one in action["resourceTypes"]]
            arns = [arn for kind in kinds for arn in of_type.get(kind, ())] if kinds else ["*"]
            found += [(f"{service}:{action['name']}", arn) for arn in arns]
    return tuple(found)


def chart(before: Excess, after: Excess) -> BarChart:
    """Return a chart of the starter's and the learner's excess by service."""
    was, now = before.by_service(), after.by_service()
    rows = [(service, (was[service], now[service])) for service in sorted(was | now)]
    rows.append(("all", (len(before.pairs), len(after.pairs))))
    title = f"Allowed but not needed, of {before.of:,} action-resource pairs"
    return bar_chart(title, "pairs", ("before", "after"), rows)
