"""The custom policy checks for new access, for forbidden access, and for public access.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-custom-policy-checks.html

A statement is a product of action, resource, and principal sets under tests (sets.py). PASS requires a proof: each part
of each Allow is within one Allow in the other policy, or within a Deny, and everything in that part that the other
policy denies is denied in this policy as well. In addition, the engine's matchers evaluate requests constructed from
the policy (witness.py); a counterexample among them turns PASS into FAIL. Three cases can't be proven: a grant that is
covered only by several statements together, tests that imply each other in ways other than value by value, and policies
that need more than `MAX_STEPS`. The result is then FAIL, with the explanation that the check couldn't verify the
policy.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from labs_helpers.engine.analysis.containment.sets import EVERYONE, Access, Patterns, accesses, as_list
from labs_helpers.engine.analysis.containment.witness import Witness, level, witnesses
from labs_helpers.engine.analysis.public import is_public
from labs_helpers.engine.policy import Policy, PolicyKind, parse_policy

MAX_STEPS = 100_000_000
MAX_WITNESSES = 2000
_WEB_PROVIDERS = (
    "cognito-identity.amazonaws.com",
    "www.amazon.com",
    "graph.facebook.com",
    "accounts.google.com",
)


@dataclass(frozen=True, slots=True)
class Reason:
    """The reason that a check fails: a description, and the statement's index and Sid."""

    description: str
    index: int
    sid: str | None


class _Budget:
    def __init__(self) -> None:
        self._left = MAX_STEPS

    def spend(self, one: Access, other: Access) -> bool:
        """Return whether two statements can still be compared; deduct the cost of the comparison."""
        self._left -= 10 + one.weight * other.weight
        return self._left >= 0


def read(document: str, policy_type: str, *, path: str = "policy") -> Policy:
    """Parse a policy document. Raises `PolicyError` if it is invalid.

    A resource policy without resources is a role's trust policy.
    """
    if policy_type == "IDENTITY_POLICY":
        return parse_policy(document, PolicyKind.IDENTITY, path=path)
    try:
        source = json.loads(document)
    except (ValueError, RecursionError):
        source = None  # parse_policy raises the error
    statements = as_list(source.get("Statement")) if isinstance(source, dict) else []
    has_resources = any(
        isinstance(each, dict) and {"Resource", "NotResource"} & each.keys() for each in statements
    )
    kind = PolicyKind.RESOURCE if has_resources or not statements else PolicyKind.TRUST
    return parse_policy(document, kind, path=path)


def new_access(new: Policy, existing: Policy) -> list[Reason]:
    """Return the reasons that `new` grants, or might grant, more than `existing`.

    If empty, `new` provably doesn't grant more.
    """
    budget = _Budget()
    theirs, denies = accesses(existing), _denies(accesses(new))
    reasons = []
    for access in accesses(new):
        if not access.allows:
            continue
        witness = _first(
            each
            for each in islice(witnesses(access), MAX_WITNESSES)
            if level(new, each.request) > level(existing, each.request)
        )
        if witness:
            reasons.append(Reason(f"New access: {witness}.", access.index, access.sid))
        elif not all(_granted_already(part, theirs, denies, budget) for part in access.parts()):
            details = (
                "The check couldn't verify that the existing policy grants everything in this statement."
            )
            reasons.append(Reason(details, access.index, access.sid))
    return reasons


def _granted_already(
    part: Access, theirs: Sequence[Access], denies: Sequence[Access], budget: _Budget
) -> bool:
    """Return whether the other policy grants a part, or this policy denies it."""
    if _denied(part, denies, budget):
        return True
    if not any(each.allows and budget.spend(part, each) and part.within(each) for each in theirs):
        return False
    return all(
        _stays_denied(part, small, denies, budget)
        for each in theirs
        if not each.allows and not (budget.spend(part, each) and part.apart(each))
        for small in each.parts()
    )


def _stays_denied(part: Access, deny: Access, denies: Sequence[Access], budget: _Budget) -> bool:
    """Return whether everything that the other policy denies of a part is denied here as well."""
    return part.apart(deny) or any(
        budget.spend(deny, each) and budget.spend(part, each) and deny.shared_within(part, each)
        for each in denies
    )


def _denied(part: Access, denies: Sequence[Access], budget: _Budget) -> bool:
    return any(budget.spend(part, each) and part.within(each) for each in denies)


def _denies(statements: Iterable[Access]) -> list[Access]:
    return [each for each in statements if not each.allows]


def _first(candidates: Iterable[Witness]) -> Witness | None:
    return next(iter(candidates), None)


def granted(policy: Policy, wanted: Sequence[tuple[Sequence[str], Sequence[str]]]) -> list[Reason]:
    """Return the reasons that a policy grants, or might grant, forbidden access. If empty, it provably grants none.

    `wanted` are (actions, resources) pairs; no actions means any action, and no resources means any resource.
    """
    budget = _Budget()
    statements = accesses(policy)
    denies = _denies(statements)
    reasons = []
    for access in statements:
        if not access.allows:
            continue
        meeting = _first_granted(access, wanted, denies, budget)
        if meeting is not None:
            reasons.append(Reason(f"It grants, or might grant, {meeting}.", access.index, access.sid))
    return reasons


def _first_granted(
    access: Access,
    wanted: Sequence[tuple[Sequence[str], Sequence[str]]],
    denies: Sequence[Access],
    budget: _Budget,
) -> str | None:
    for actions, resources in wanted:
        for action in actions or ("*",):
            for resource in resources or ("*",):
                asked = replace(
                    access, actions=Patterns((action.lower(),)), resources=Patterns((resource,)), tests=()
                )
                for part in access.parts():
                    if not budget.spend(part, asked):
                        return "access that couldn't be checked completely"
                    if not part.apart(asked) and not any(
                        budget.spend(part, deny) and part.shared_within(asked, deny) for deny in denies
                    ):
                        return f"{action} on {resource}"
    return None


def public_access(policy: Policy) -> list[Reason]:
    """Return the reasons that a resource policy grants, or might grant, public access. If empty, it grants none.

    "Public" is S3's definition, which AWS uses for other resources as well: more than fixed principals, unless a test
    requires fixed values of certain keys. A Deny for anyone who fails such a test has the same effect as the test.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    budget = _Budget()
    statements = accesses(policy)
    by_index = {statement.index: statement.source for statement in policy.statements}
    denies = _denies(statements)
    reasons = []
    for access in statements:
        if not access.allows:
            continue
        if all(_kept_private(part, by_index, denies, budget) for part in access.parts()):
            continue
        reasons.append(Reason("It grants public access.", access.index, access.sid))
    return reasons


def _kept_private(
    part: Access, sources: Mapping[int, Mapping[str, Any]], denies: Sequence[Access], budget: _Budget
) -> bool:
    if _denied(part, denies, budget):
        return True
    source = sources[part.index]
    tests = [dict(source.get("Condition", {}))]
    tests += [inverted for deny in denies if budget.spend(part, deny) and (inverted := _inverted(part, deny))]
    return any(not _is_public({**source, "Condition": each}) for each in tests)


def _is_public(source: Mapping[str, Any]) -> bool:
    """Apply S3's definition, extended by identity providers in trust policies and by kms:CallerAccount."""
    principal = source.get("Principal")
    condition = source.get("Condition", {})
    keys = {key.lower() for tests in condition.values() for key in tests}
    if isinstance(principal, dict):
        providers = [text for text in as_list(principal.get("Federated", [])) if text in _WEB_PROVIDERS]
        if providers and all(any(key.startswith(f"{each}:") for key in keys) for each in providers):
            principal = {kind: value for kind, value in principal.items() if kind != "Federated"}
            if not principal:
                return False
    renamed = {
        operator: {
            "aws:PrincipalAccount" if key.lower() == "kms:calleraccount" else key: value
            for key, value in tests.items()
        }
        for operator, tests in condition.items()
    }
    return is_public(json.dumps({"Statement": [{**source, "Principal": principal, "Condition": renamed}]}))


def _inverted(part: Access, deny: Access) -> dict[str, Any] | None:
    """Return the test that a Deny for everyone who fails it leaves for a part: StringNotEquals → StringEquals."""
    everyone = (
        deny.principals is not None and not deny.principals.negated and EVERYONE in deny.principals.items
    )
    if not everyone or len(deny.tests) != 1 or not part.within(replace(deny, tests=())):
        return None
    test = deny.tests[0]
    if not test.negated or test.qualifier:
        return None
    return {test.name.replace("Not", ""): {test.key: list(test.values)}}
