"""The custom policy checks for new access, for forbidden access, and for public access.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-custom-policy-checks.html

The first two use the prover (docs/proved.md): PASS is PROVED. A FAIL names the statements that lack such a proof, with
a request for each, unless the question costs too many steps or depends on a policy variable.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from labs_helpers.engine.analysis.containment.principals import principals_for
from labs_helpers.engine.analysis.containment.question import Question
from labs_helpers.engine.analysis.containment.sets import EVERYONE, Access, accesses
from labs_helpers.engine.analysis.containment.situation import Document, Nothing
from labs_helpers.engine.analysis.containment.verdict import Verdict
from labs_helpers.engine.analysis.containment.world import World
from labs_helpers.engine.analysis.public import is_public
from labs_helpers.engine.policy import (
    AccessRequest,
    Policy,
    PolicyError,
    PolicyKind,
    Statement,
    parse_policy,
)
from labs_helpers.engine.policy.arn import Arn
from labs_helpers.engine.policy.elements import as_list, statements_of
from labs_helpers.engine.policy.statement import ALLOW
from labs_helpers.engine.policy.strict_json import describe

MAX_STEPS = 100_000_000
_WEB_PROVIDERS = (
    "cognito-identity.amazonaws.com",
    "www.amazon.com",
    "graph.facebook.com",
    "accounts.google.com",
)


@dataclass(frozen=True, slots=True)
class Reason:
    """The reason that a check fails: a description in AWS's words, and the statement's index and Sid.

    `request` is a request that shows the difference, if there is one.
    """

    description: str
    index: int
    sid: str | None
    request: AccessRequest | None = None


class _Budget:
    def __init__(self) -> None:
        self._left = MAX_STEPS

    def spend(self, one: Access, other: Access) -> bool:
        """Deduct a comparison's cost from the budget.

        Return whether the two statements can still be compared.
        """
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
    statements = statements_of(source) if isinstance(source, dict) else []
    has_resources = any(
        isinstance(each, dict) and {"Resource", "NotResource"} & each.keys() for each in statements
    )
    kind = PolicyKind.RESOURCE if has_resources or not statements else PolicyKind.TRUST
    return parse_policy(document, kind, path=path)


def new_access(new: Policy, existing: Policy) -> list[Reason]:
    """Return the statements with which `new` grants more than `existing`. An empty result is a proof of no new access.

    For a resource policy, the question is asked for each kind of principal that the two policies can tell apart. As on
    AWS, a grant to an account includes grants to the account's principals.

    https://github.com/aws-samples/iam-access-analyzer-custom-policy-check-samples
    """
    return _reasons("New access", new, existing, World(plain_arns=True))


def granted(policy: Policy, wanted: Sequence[tuple[Sequence[str], Sequence[str]]]) -> list[Reason]:
    """Return the statements with which a policy grants forbidden access. An empty result proves that there are none.

    `wanted` are (actions, resources) pairs; no actions means any action, and no resources means any resource. Raises
    `PolicyError` for a resource that is neither "*" nor an ARN.
    """
    found: dict[int, Reason] = {}
    for actions, resources in wanted:
        for resource in resources:
            if resource != "*" and Arn.read(resource) is None:
                raise PolicyError("access.resources", describe(resource), '"*" or an ARN')
        world = World(actions=tuple(actions or "*"), resources=tuple(resources or "*"), plain_arns=True)
        for reason in _reasons("One or more of the listed actions", policy, None, world):
            found.setdefault(reason.index, reason)
    return [found[index] for index in sorted(found)]


def _reasons(what: str, new: Policy, existing: Policy | None, world: World) -> list[Reason]:
    """Return a reason for each statement of `new` that allows a request that `existing` doesn't allow."""
    other = Nothing() if existing is None else Document(existing)
    found: dict[int, Reason] = {}
    for principal in principals_for([new] if existing is None else [new, existing]):
        question = Question(Document(new), other, principal, world)
        if question.answer().verdict is Verdict.PROVED:
            continue
        for statement in new.statements:
            if statement.effect != ALLOW or statement.index in found:
                continue
            answer = question.answer(Document(_only(new, statement)))
            if answer.verdict is not Verdict.PROVED:
                description = f"{what} in the statement with {_named(statement.index, statement.sid)}."
                found[statement.index] = Reason(description, statement.index, statement.sid, answer.request)
    return [found[index] for index in sorted(found)]


def _named(index: int, sid: str | None) -> str:
    return f"sid: {sid}" if sid else f"index: {index}"


def _only(policy: Policy, allow: Statement) -> Policy:
    """Return a policy without its Allow statements, except for one."""
    kept = [each for each in policy.statements if each is allow or each.effect != ALLOW]
    actions = [(each, () if each.elements.not_action else each.elements.actions) for each in kept]
    return Policy(policy.kind, policy.version, policy.id, tuple(kept), actions)


def public_access(policy: Policy) -> list[Reason]:
    """Return the reasons why a resource policy grants, or might grant, public access, or an empty list if it doesn't.

    AWS uses S3's definition of "public" for other resources as well: a statement is public if it names more than fixed
    principals, and no test requires fixed values of certain keys. A Deny for anyone who fails such a test has the same
    effect as the test.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    budget = _Budget()
    statements = accesses(policy)
    by_index = {statement.index: statement.source for statement in policy.statements}
    denies = [each for each in statements if not each.allows]
    reasons = []
    for access in statements:
        if not access.allows:
            continue
        if all(_kept_private(part, by_index, denies, budget) for part in access.parts()):
            continue
        named = _named(access.index, access.sid)
        reasons.append(
            Reason(
                f"Public access granted in the following statement with {named}.", access.index, access.sid
            )
        )
    return reasons


def _kept_private(
    part: Access, sources: Mapping[int, Mapping[str, Any]], denies: Sequence[Access], budget: _Budget
) -> bool:
    if any(budget.spend(part, deny) and part.within(deny) for deny in denies):
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
    """Return the test that a part's requests must pass because of a Deny: StringNotEquals → StringEquals."""
    everyone = (
        deny.principals is not None and not deny.principals.negated and EVERYONE in deny.principals.items
    )
    if not everyone or len(deny.tests) != 1 or not part.within(replace(deny, tests=())):
        return None
    test = deny.tests[0]
    if not test.negated or test.qualifier:
        return None
    return {test.name.replace("Not", ""): {test.key: list(test.values)}}
