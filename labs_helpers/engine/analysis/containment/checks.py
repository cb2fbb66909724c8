"""The custom policy checks: does a policy grant more than another, what it must not, or anything to the public.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-custom-policy-checks.html

Method. A statement is a product of action, resource and principal sets under tests (`access_sets`). PASS is given only
with a proof: each part of each Allow lies within one Allow of the other policy, or within a Deny; and whatever the
other policy denies of it is denied here too. PASS is also tried against requests made from the policy
(`access_witness`), which the engine's matchers judge; one that passes turns it into FAIL. Limits: a grant that only
several statements together cover, tests that follow from each other in ways other than value by value, and policies
that take more than `MAX_STEPS` are not proven; the answer is then FAIL, and says that it could not be shown.
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
    """Why a check fails: a description, and the statement that it is about."""

    description: str
    index: int
    sid: str | None


class _Budget:
    def __init__(self) -> None:
        self._left = MAX_STEPS

    def spend(self, one: Access, other: Access) -> bool:
        """Whether two may still be compared; counts what that may cost."""
        self._left -= 10 + one.weight * other.weight
        return self._left >= 0


def read(document: str, policy_type: str, *, path: str = "policy") -> Policy:
    """The policy that a document holds. Raises `PolicyError`. A resource policy without resources is a role's."""
    if policy_type == "IDENTITY_POLICY":
        return parse_policy(document, PolicyKind.IDENTITY, path=path)
    try:
        source = json.loads(document)
    except (ValueError, RecursionError):
        source = None  # parse_policy says what is wrong
    statements = as_list(source.get("Statement")) if isinstance(source, dict) else []
    has_resources = any(
        isinstance(each, dict) and {"Resource", "NotResource"} & each.keys() for each in statements
    )
    kind = PolicyKind.RESOURCE if has_resources or not statements else PolicyKind.TRUST
    return parse_policy(document, kind, path=path)


def new_access(new: Policy, existing: Policy) -> list[Reason]:
    """Why `new` grants, or may grant, what `existing` does not. Empty: it is proven not to."""
    budget = _Budget()
    theirs, denies = accesses(existing), _denies(accesses(new))
    found = []
    for access in accesses(new):
        if not access.allows:
            continue
        witness = _first(
            each
            for each in islice(witnesses(access), MAX_WITNESSES)
            if level(new, each.request) > level(existing, each.request)
        )
        if witness:
            found.append(Reason(f"New access: {witness}.", access.index, access.sid))
        elif not all(_granted_already(part, theirs, denies, budget) for part in access.parts()):
            details = "It could not be shown that the existing policy grants all of this statement."
            found.append(Reason(details, access.index, access.sid))
    return found


def _granted_already(
    part: Access, theirs: Sequence[Access], denies: Sequence[Access], budget: _Budget
) -> bool:
    """Whether the other policy grants a part, or this one denies it."""
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
    """Whether what the other policy denies of a part is denied here too."""
    return part.apart(deny) or any(
        budget.spend(deny, each) and budget.spend(part, each) and deny.shared_within(part, each)
        for each in denies
    )


def _denied(part: Access, denies: Sequence[Access], budget: _Budget) -> bool:
    return any(budget.spend(part, each) and part.within(each) for each in denies)


def _denies(statements: Iterable[Access]) -> list[Access]:
    return [each for each in statements if not each.allows]


def _first(found: Iterable[Witness]) -> Witness | None:
    return next(iter(found), None)


def granted(policy: Policy, wanted: Sequence[tuple[Sequence[str], Sequence[str]]]) -> list[Reason]:
    """Why a policy grants, or may grant, one of the accesses that it must not. Empty: it is proven not to.

    `wanted` are (actions, resources) pairs; no actions stand for any action, no resources for any resource.
    """
    budget = _Budget()
    statements = accesses(policy)
    denies = _denies(statements)
    found = []
    for access in statements:
        if not access.allows:
            continue
        meeting = _first_granted(access, wanted, denies, budget)
        if meeting is not None:
            found.append(Reason(f"It grants, or may grant, {meeting}.", access.index, access.sid))
    return found


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
                        return "access that could not be looked at in full"
                    if not part.apart(asked) and not any(
                        budget.spend(part, deny) and part.shared_within(asked, deny) for deny in denies
                    ):
                        return f"{action} on {resource}"
    return None


def public_access(policy: Policy) -> list[Reason]:
    """Why a resource policy grants, or may grant, something to the public. Empty: it does not.

    What "public" means is S3's definition, which AWS uses for other resources too: more than fixed principals, unless
    a test lets fixed values of certain keys pass only. A Deny of everybody who fails such a test counts as that test.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    budget = _Budget()
    statements = accesses(policy)
    by_index = {statement.index: statement.source for statement in policy.statements}
    denies = _denies(statements)
    found = []
    for access in statements:
        if not access.allows:
            continue
        if all(_kept_private(part, by_index, denies, budget) for part in access.parts()):
            continue
        found.append(Reason("It lets the public in.", access.index, access.sid))
    return found


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
    """S3's definition, with identity providers of role trust policies and KMS's key of the caller's account."""
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
    """The test that a Deny of everybody who fails it leaves over for a part, e.g. StringNotEquals → StringEquals."""
    everyone = (
        deny.principals is not None and not deny.principals.negated and EVERYONE in deny.principals.items
    )
    if not everyone or len(deny.tests) != 1 or not part.within(replace(deny, tests=())):
        return None
    test = deny.tests[0]
    if not test.negated or test.qualifier:
        return None
    return {test.name.replace("Not", ""): {test.key: list(test.values)}}
