"""Least privilege as a number: of all that could be allowed, how much is allowed and not needed.

Every action of the account's services on every resource it works on is one pair (action, resource), taken from the
Service Authorization Reference: https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from labs_helpers.course.charts import BarChart, bar_chart
from labs_helpers.course.probes import request_context

if TYPE_CHECKING:
    from labs_helpers.course.schema import Exercise
    from labs_helpers.policy import Policy

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Excess:
    """What a policy allows and nobody needs: the pairs, and how many pairs there are in all."""

    pairs: tuple[Pair, ...]
    of: int

    def by_service(self) -> Counter[str]:
        """How many pairs, by the service's prefix."""
        return Counter(action.partition(":")[0] for action, _ in self.pairs)


def excess(exercise: Exercise, policy: Policy) -> Excess:
    """What `policy`, alone in force, allows beyond what the exercise's probes need."""
    from labs_helpers.policy import AccessRequest, Attached, Policies, Principal, decide

    universe = exercise.universe
    assert universe is not None, "only exercises that are scored have a universe"
    principal = Principal.from_arn(universe.principal)
    context = request_context(principal, universe.account)
    in_force = Policies(identity=(Attached("your policy", policy),))
    needed = {
        (probe.action.lower(), probe.resource) for probe in exercise.probes if probe.expected == "allow"
    }
    pairs = pairs_of(exercise)
    allowed = []
    for action, resource in pairs:
        if (action.lower(), resource) in needed:
            continue
        request = AccessRequest.of(principal, action, resource, account=universe.account, context=context)
        if decide(request, in_force).allowed:
            allowed.append((action, resource))
    return Excess(tuple(allowed), len(pairs) - len(needed))


def pairs_of(exercise: Exercise) -> tuple[Pair, ...]:
    """Every (action, resource) pair of the exercise's universe; "*" where an action works on no resource."""
    universe = exercise.universe
    assert universe is not None, "only exercises that are scored have a universe"
    return _pairs(tuple(universe.resources.items()))


@lru_cache(maxsize=8)
def _pairs(resources: tuple[tuple[str, str], ...]) -> tuple[Pair, ...]:
    from labs_helpers.reference import authorization as reference

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
    """What is allowed and not needed by service, for the policy one began with and the one that is now."""
    was, now = before.by_service(), after.by_service()
    rows = [(service, (was[service], now[service])) for service in sorted(was | now)]
    rows.append(("all", (len(before.pairs), len(after.pairs))))
    title = f"Allowed and not needed, of {before.of:,} pairs of action and resource"
    return bar_chart(title, "pairs", ("before", "after"), rows)
