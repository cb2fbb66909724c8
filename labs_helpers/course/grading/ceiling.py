"""The comparison of an answer with its ceilings: the callers, and sentences about the requests that are found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from labs_helpers.course.content.schema import InForce
from labs_helpers.course.grading.probe_requests import request_context
from labs_helpers.course.grading.probes import (
    Placed,
    own_context,
    policies_in_force,
    principal_of,
    statement_words,
)
from labs_helpers.engine.analysis.ceiling import (
    Caller,
    Outcome,
    Seed,
    Witness,
    guises,
    named,
    outsiders,
    search,
)
from labs_helpers.engine.analysis.ceiling.callers import OUTSIDER, statements
from labs_helpers.engine.analysis.ceiling.covering import conditions
from labs_helpers.engine.analysis.ceiling.opening import OPENED
from labs_helpers.engine.analysis.ceiling.values import is_claim
from labs_helpers.engine.analysis.contexts import settled
from labs_helpers.engine.policy import (
    AccessRequest,
    Attached,
    Policies,
    PolicyKind,
    Principal,
    PrincipalKind,
    is_kms_key,
    needs_trust,
    parse_policy,
)
from labs_helpers.engine.policy.variables import ContextValue
from labs_helpers.engine.reference.global_keys import spelled

if TYPE_CHECKING:
    from labs_helpers.course.content.schema import Probe
    from labs_helpers.course.grading.kinds.exercise import Exercise
    from labs_helpers.engine.policy.decision import Decision

Documents = Mapping[str, Placed]
"""The policies in an answer, or in a ceiling, by slot."""
SECONDS = 0.25
"""The maximum duration of a search in seconds."""
HOME = "111122223333"
_ORGANIZATION = "aws:principalorgid"
_SOME_ACCOUNT = re.compile(r"\d{3}|::[\d?]")
_SIBLING = "555566667777"
"""Another account in the organization, which no probe names."""
_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
EVERYTHING = Attached("a policy for everything", parse_policy(_ALL))
CUT_SHORT = "There wasn't enough time to search for everything that this answer allows."


def empty_policy(kind: PolicyKind) -> Attached:
    """Return a policy that neither allows nor denies anything, as a substitute for a missing resource policy."""
    statement = {"Effect": "Deny", "Principal": "*", "Action": "none:None", "Resource": "*"}
    if kind is PolicyKind.TRUST:
        del statement["Resource"]
    return Attached("no policy", parse_policy({"Version": "2012-10-17", "Statement": [statement]}, kind))


def search_beyond(
    exercise: Exercise, probes: Sequence[Probe], answer: Documents, ceilings: Sequence[Documents]
) -> Outcome:
    """Search for requests that the answer allows but no ceiling allows, in the setting that the probes describe."""
    return search_for_witnesses(callers(exercise, probes, answer, ceilings))


def search_for_witnesses(callers: Iterable[Caller], seconds: float | None = None) -> Outcome:
    """Search for requests that these callers can make beyond their ceilings, for `seconds` (by default `SECONDS`).

    A search that fails with an error is treated like one that ran out of time, because the answer didn't cause the
    error.
    """
    try:
        return search(list(callers), seconds=SECONDS if seconds is None else seconds)
    except Exception:  # an answer that passes all probes must not fail because of an error in the search
        return Outcome((), False, 0)


def callers(
    exercise: Exercise, probes: Sequence[Probe], answer: Documents, ceilings: Sequence[Documents]
) -> Iterator[Caller]:
    """Yield the probes' principals, a future user, the principals that a policy names, and outsiders."""
    return _World(exercise, probes, answer, ceilings).everyone()


class _World:
    """The callers of an exercise's world, each once."""

    def __init__(
        self, exercise: Exercise, probes: Sequence[Probe], answer: Documents, ceilings: Sequence[Documents]
    ) -> None:
        self._exercise, self._probes = exercise, probes
        self._sides = (answer, *ceilings)
        self._seeds = tuple(map(_seed, probes))
        self._within = _within(probes) if "resource" in answer else None
        self._is_resource_policy = set(answer) <= {"resource"}
        self._members = _members(probes)
        self._yielded: set[tuple[Principal, str, tuple[str, ...], str]] = set()

    def everyone(self) -> Iterator[Caller]:
        """Yield the callers, beginning with the principals of the probes, who try their own probes' requests first."""
        people = _people(self._probes)
        for principal, given, own in people:
            yield from self._caller(principal, given, tuple(map(_seed, own)), session=_claims(own[0]))
        account = next((each.account for each, _, _ in people if each.account), HOME)
        sides = [_policies_of(documents) for documents in self._sides]
        alike = people[0][1]
        if self._is_resource_policy:
            yield from self._callers_of_resource(sides, account)
            return
        users = [*named(sides, account), *(outsiders(sides) if "rcp" in self._sides[0] else ())]
        newcomer = Principal.from_arn(f"arn:aws:iam::{account}:user/newcomer")
        if "scp" in self._sides[0] and _distinguishes_callers(*sides):
            users += [newcomer, _sibling(people[0][0])]
        elif any(each.kind is PrincipalKind.USER for each, _, _ in people):
            users.append(newcomer)
        for principal in users:
            if self._can_apply_to(principal):
                yield from self._caller(principal, alike)
        for guise in guises(sides):
            # An RCP is meant for outsiders, and a member's organization is the same in each of its requests.
            outside = "rcp" in self._sides[0] and _ORGANIZATION in guise
            principal = Principal.from_arn(OUTSIDER) if outside else people[0][0]
            yield from self._caller(principal, alike, guise=guise)

    def _can_apply_to(self, principal: Principal) -> bool:
        """Return True if the answer can apply to a principal.

        A root user has no policies, an SCP does not apply to outsiders, and an RCP is meant for outsiders and services.
        """
        if principal.kind is PrincipalKind.ROOT:
            is_outsider = principal.account == Principal.from_arn(OUTSIDER).account
            return is_outsider if "rcp" in self._sides[0] else "scp" in self._sides[0] and not is_outsider
        if principal.kind is PrincipalKind.SERVICE:
            return "rcp" in self._sides[0]
        return principal.has_identity_policies

    def _callers_of_resource(self, sides: list[Policies], account: str) -> Iterator[Caller]:
        """Yield callers whom a resource's policy might let in: each without a policy, then with every permission."""
        owners = {probe.account for probe in self._probes if probe.account} or {account}
        members = [Principal.from_arn(f"arn:aws:iam::{owner}:user/somebody") for owner in sorted(owners)]
        roots = [Principal.from_arn(f"arn:aws:iam::{owner}:root") for owner in sorted(owners)]
        strangers = outsiders(sides)
        for principal in (*named(sides, account), *members, *roots, *strangers):
            yield from self._caller(principal, InForce())
            yield from self._caller(principal, InForce(), extra=(EVERYTHING,))
        for guise in guises(sides):
            for principal in (*members, strangers[0]):
                yield from self._caller(principal, InForce(), extra=(EVERYTHING,), guise=guise)

    def _caller(
        self,
        principal: Principal,
        given: InForce,
        own: tuple[Seed, ...] = (),
        *,
        extra: tuple[Attached, ...] = (),
        guise: Mapping[str, ContextValue] | None = None,
        session: Mapping[str, ContextValue] | None = None,
    ) -> Iterator[Caller]:
        """Yield the caller, unless it has already been yielded.

        `given`: the policies in force besides the answer. `own`: requests to try first. `extra`: additional identity
        policies. `guise`: the condition keys that are different in this caller's requests. `session`: the claims that
        the caller's session began with, which all of its requests contain.
        """
        guise = {**(session or {}), **(guise or {})}
        key = (principal, given.model_dump_json(), tuple(each.name for each in extra), str(guise))
        if key in self._yielded:
            return
        self._yielded.add(key)
        sides = [policies_in_force(self._exercise, given, documents) for documents in self._sides]
        sides = [replace(side, identity=(*side.identity, *extra)) for side in sides]
        within = self._within if any(side.resource is not None for side in sides) else None
        caller = make_caller(principal, sides[0], tuple(sides[1:]), (*own, *self._seeds), within)
        organization = self._members.get(principal.account or "", {})
        context = settled(dict(caller.context), organization) if organization else caller.context
        yield replace(caller, context={**context, **guise})


def make_caller(
    principal: Principal,
    answer: Policies,
    ceilings: tuple[Policies, ...],
    seeds: tuple[Seed, ...] = (),
    within: tuple[str, ...] | None = None,
) -> Caller:
    """Return a caller with the condition keys that AWS puts into each of its requests."""
    owner = principal.account or next((seed.account for seed in seeds if seed.account), None)
    context = request_context(principal, owner)
    if principal.account:  # https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
        context["kms:calleraccount"] = principal.account
    return Caller(principal, answer, ceilings, context, seeds, within)


def _distinguishes_callers(answer: Policies, *ceilings: Policies) -> bool:
    """Return True if an answer tests keys that no ceiling tests, or names accounts.

    Otherwise, an SCP treats all callers below it in the same way, so the search tries only one caller.
    """

    def tested_keys(policies: Policies) -> set[tuple[str, bool]]:
        """Return the condition keys that policies test, each with True if the operator is negated."""
        tests = (test for each in statements(policies) for test in conditions(each))
        return {(test.key, "Not" in test.operator) for test in tests}

    by_account = any(_SOME_ACCOUNT.search(str(each.source)) for each in statements(answer))
    return by_account or bool(tested_keys(answer) - set().union(*map(tested_keys, ceilings)))


def _sibling(principal: Principal) -> Principal:
    """Return the principal with the same name in another account: an SCP applies to many accounts."""

    def moved(arn: str) -> str:
        """Return an ARN with the other account's number."""
        return arn.replace(f":{principal.account}:", f":{_SIBLING}:")

    return Principal.from_arn(
        moved(principal.arn), issuer=moved(principal.issuer) if principal.issuer else None
    )


def _people(probes: Sequence[Probe]) -> list[tuple[Principal, InForce, list[Probe]]]:
    """Return each principal of the probes with the policies in force for it, and its probes.

    Customers who sign in share a role and a session name, so the claims of their sessions distinguish them.
    """
    found: dict[tuple[Principal, str, str], tuple[Principal, InForce, list[Probe]]] = {}
    for probe in probes:
        principal = principal_of(probe)
        key = (principal, probe.policies.model_dump_json(), str(_claims(probe)))
        found.setdefault(key, (principal, probe.policies, []))[2].append(probe)
    return list(found.values())


def _members(probes: Sequence[Probe]) -> dict[str, dict[str, ContextValue]]:
    """Return the accounts of an organization: those with one organization in all of their principals' requests."""
    found: dict[str, set[str]] = {}
    for probe in probes:
        account = principal_of(probe).account
        if account:
            found.setdefault(account, set()).add(str(own_context(probe).get(_ORGANIZATION) or ""))
    return {
        account: {_ORGANIZATION: next(iter(ids))}
        for account, ids in found.items()
        if len(ids) == 1 and "" not in ids
    }


def _claims(probe: Probe) -> dict[str, ContextValue]:
    """Return the claims that a role session keeps from the token that it began with.

    https://docs.aws.amazon.com/cognito/latest/developerguide/iam-roles.html
    """
    if principal_of(probe).kind is not PrincipalKind.ROLE_SESSION:
        return {}
    return {key: value for key, value in own_context(probe).items() if value is not None and is_claim(key)}


def _policies_of(documents: Documents) -> Policies:
    """Return an answer's documents as if all were identity policies, to look through their statements."""
    return Policies(identity=tuple(placed.attached() for placed in documents.values()))


def _within(probes: Iterable[Probe]) -> tuple[str, ...]:
    """Return the resources that an exercise's resource policy is attached to; for objects, their bucket."""
    return tuple(dict.fromkeys(attached_to(probe.resource) for probe in probes if probe.resource != "*"))


def attached_to(resource: str) -> str:
    """Return the ARN of the resource that has the policy: the bucket of an object, or otherwise the resource itself."""
    return resource.split("/", 1)[0] if resource.startswith("arn:aws:s3:::") else resource


def _seed(probe: Probe) -> Seed:
    given = {key: value for key, value in own_context(probe).items() if value is not None}
    return Seed(probe.action, probe.resource, probe.account, given)


# Witnesses in words


def stories(witnesses: Iterable[Witness], answer: str = "your policy") -> tuple[str, ...]:
    """Return a sentence for each witness. `answer` is the phrase for the learner's policies in the sentences."""
    return tuple(story(witness, answer) for witness in witnesses)


def story(witness: Witness, answer: str = "your policy") -> str:
    """Return a sentence about a witness.

    `The user carol … can perform s3:GetObject on …, which is more than the task asks for (nothing in your policy
    denies it).`
    """
    request, part = witness.request, witness.part
    where = _conditions(witness.telling)
    if part.missing:
        why = f"nothing in {answer} denies it"
    else:
        words = statement_words(part.statement.index, part.statement.sid, part.policy)
        why = f"allowed by {words}"
    place = "" if request.resource == "*" else f" on {request.resource}"
    # No principal has that policy: the witness shows that the limit is too wide, not that the caller has the
    # permission.
    allowing = set(_allowing_policies(witness.decision))
    once = ""
    if EVERYTHING.name in allowing:
        once = ", once one of its own policies allows it"
        if OPENED in allowing:
            once = f", once one of its own policies and {_resource_policy(request)} allow it"
    can = f"{principal_words(request.principal)} can perform {request.action}{place}{where}{once}"
    return f"{can}, which is more than the task asks for ({why})."


def _resource_policy(request: AccessRequest) -> str:
    """Return the kind of policy that a resource has, in words."""
    if is_kms_key(request.resource):
        return "the key policy"
    return (
        "the trust policy" if needs_trust(request.action_key, request.resource) else "the resource's policy"
    )


def _allowing_policies(decision: Decision) -> Iterator[str]:
    """Yield the names of the policies that allow a request."""
    for check in decision.checks:
        yield from (found.policy for found in check.matched if found.effect == "ALLOW")


def principal_words(principal: Principal) -> str:
    """Return a description of a principal: `The user carol in account 111122223333`."""
    kind = principal.kind
    if kind is PrincipalKind.ANONYMOUS:
        return "Anyone on the internet, without signing in,"
    if kind is PrincipalKind.SERVICE:
        return f"The service {principal.arn}"
    if kind in (PrincipalKind.WEB_IDENTITY, PrincipalKind.SAML):
        return f"Anyone with a token from {principal.arn}"
    if kind is PrincipalKind.ROOT:
        return f"The root user of account {principal.account}"
    arn = principal.issuer if kind is PrincipalKind.ROLE_SESSION and principal.issuer else principal.arn
    word = "role" if kind is PrincipalKind.ROLE_SESSION else "user"
    return f"The {word} {arn.split(':', 5)[5].partition('/')[2]} in account {principal.account}"


def _conditions(telling: Iterable[tuple[str, ContextValue | None]]) -> str:
    """Return the condition keys of a request in words: ` (with aws:SourceIp = 192.0.2.1, without aws:userid)`."""
    telling = list(telling)
    values = [
        f"{spelled(key)} = {value if isinstance(value, str) else ', '.join(value)}"
        for key, value in telling
        if value is not None
    ]
    missing = [f"without {spelled(key)}" for key, value in telling if value is None]
    words = ([f"with {', '.join(values)}"] if values else []) + missing
    return f" ({', '.join(words)})" if words else ""
