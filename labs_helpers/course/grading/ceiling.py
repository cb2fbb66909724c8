"""An answer against its ceiling: who may ask in the exercise's world, and the witnesses that are found, as stories."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from labs_helpers.course.content.schema import InForce
from labs_helpers.course.grading.probe_requests import request_context
from labs_helpers.course.grading.probes import Placed, in_force, own_context, principal_of, statement_words
from labs_helpers.engine.analysis.ceiling import Caller, Outcome, Seed, Witness, guises, named, search
from labs_helpers.engine.analysis.ceiling.callers import OUTSIDER, statements
from labs_helpers.engine.analysis.ceiling.covering import conditions
from labs_helpers.engine.policy import Attached, Policies, Principal, PrincipalKind, parse_policy
from labs_helpers.engine.policy.variables import ContextValue
from labs_helpers.engine.reference.global_keys import spelled

if TYPE_CHECKING:
    from labs_helpers.course.content.schema import Probe
    from labs_helpers.course.grading.kinds.exercise import Exercise
    from labs_helpers.engine.policy.decision import Decision

Documents = Mapping[str, Placed]
"""The policies of an answer, or of a ceiling, by their slot."""
SECONDS = 0.25
HOME = "111122223333"
_SOME_ACCOUNT = re.compile(r"\d{3}|::[\d?]")
_SIBLING = "555566667777"
"""Another account of the organization, of which no probe speaks."""
_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
EVERYTHING = Attached("a policy for everything", parse_policy(_ALL))
CUT_SHORT = "There was not enough time to look for everything that this answer allows."


def beyond(
    exercise: Exercise, probes: Sequence[Probe], answer: Documents, ceilings: Sequence[Documents]
) -> Outcome:
    """Requests that the answer lets through and no ceiling does, in the world that the probes draw."""
    return looked_for(callers(exercise, probes, answer, ceilings))


def looked_for(asking: Iterable[Caller], seconds: float | None = None) -> Outcome:
    """What the search finds in so many seconds of work, by default `SECONDS`.

    A fault of it is no fault of the answer: it counts as a search that was cut short.
    """
    try:
        return search(list(asking), seconds=SECONDS if seconds is None else seconds)
    except Exception:  # whatever it is, an answer whose probes all come out right must not be refused for it
        return Outcome((), False, 0)


def callers(
    exercise: Exercise, probes: Sequence[Probe], answer: Documents, ceilings: Sequence[Documents]
) -> Iterator[Caller]:
    """The people of the probes, one who joins later, everyone whom a policy names, strangers."""
    return _Asking(exercise, probes, answer, ceilings).everyone()


class _Asking:
    """Makes the callers of an exercise's world, each once."""

    def __init__(
        self, exercise: Exercise, probes: Sequence[Probe], answer: Documents, ceilings: Sequence[Documents]
    ) -> None:
        self._exercise, self._probes = exercise, probes
        self._sides = (answer, *ceilings)
        self._seeds = tuple(map(_seed, probes))
        self._within = _within(probes) if "resource" in answer else None
        self._attached_here = set(answer) <= {"resource"}
        self._made: set[tuple[Principal, str, bool, str]] = set()

    def everyone(self) -> Iterator[Caller]:
        """Those of the probes first, with their own requests before those of others."""
        people = _people(self._probes)
        for principal, given, own in people:
            yield from self._caller(principal, given, tuple(map(_seed, own)))
        account = next((each.account for each, _, _ in people if each.account), HOME)
        sides = [_policies_of(documents) for documents in self._sides]
        alike = people[0][1]
        if self._attached_here:
            yield from self._reaching_in(sides, account)
            return
        users = [*named(sides, account)]
        newcomer = Principal.from_arn(f"arn:aws:iam::{account}:user/newcomer")
        if "scp" in self._sides[0] and _tells_callers_apart(*sides):
            users += [newcomer, _sibling(people[0][0])]
        elif any(each.kind is PrincipalKind.USER for each, _, _ in people):
            users.append(newcomer)
        for principal in users:
            if self._can_be_meant(principal):
                yield from self._caller(principal, alike)
        for guise in guises(sides):
            yield from self._caller(people[0][0], alike, guise=guise)

    def _can_be_meant(self, principal: Principal) -> bool:
        """Whether the answer can bind such a principal: a root user has no policies, no SCP binds a stranger, and it
        is strangers and services whom an RCP is for."""
        if principal.kind is PrincipalKind.ROOT:
            stranger = principal.account == Principal.from_arn(OUTSIDER).account
            return stranger if "rcp" in self._sides[0] else "scp" in self._sides[0] and not stranger
        if principal.kind is PrincipalKind.SERVICE:
            return "rcp" in self._sides[0]
        return principal.has_identity_policies

    def _reaching_in(self, sides: list[Policies], account: str) -> Iterator[Caller]:
        """Who may get at a resource by its policy alone, or with everything that their own account can give."""
        owners = {probe.account for probe in self._probes if probe.account} or {account}
        members = [Principal.from_arn(f"arn:aws:iam::{owner}:user/somebody") for owner in sorted(owners)]
        roots = [Principal.from_arn(f"arn:aws:iam::{owner}:root") for owner in sorted(owners)]
        strangers = [Principal.from_arn(OUTSIDER), Principal.anonymous()]
        for principal in (*named(sides, account), *members, *roots, *strangers):
            yield from self._caller(principal, InForce())
            yield from self._caller(principal, InForce(), with_everything=True)
        for guise in guises(sides):
            for principal in (*members, strangers[0]):
                yield from self._caller(principal, InForce(), with_everything=True, guise=guise)

    def _caller(
        self,
        principal: Principal,
        given: InForce,
        own: tuple[Seed, ...] = (),
        *,
        with_everything: bool = False,
        guise: Mapping[str, ContextValue] | None = None,
    ) -> Iterator[Caller]:
        place = (principal, given.model_dump_json(), with_everything, str(guise))
        if place in self._made:
            return
        self._made.add(place)
        sides = [in_force(self._exercise, given, documents) for documents in self._sides]
        if with_everything:
            sides = [replace(side, identity=(*side.identity, EVERYTHING)) for side in sides]
        within = self._within if any(side.resource is not None for side in sides) else None
        made = make(principal, sides[0], tuple(sides[1:]), (*own, *self._seeds), within)
        yield replace(made, context={**made.context, **guise}) if guise else made


def make(
    principal: Principal,
    answer: Policies,
    ceilings: tuple[Policies, ...],
    seeds: tuple[Seed, ...] = (),
    within: tuple[str, ...] | None = None,
) -> Caller:
    """A caller with the context that AWS gives to each of its requests."""
    owner = principal.account or next((seed.account for seed in seeds if seed.account), None)
    return Caller(principal, answer, ceilings, request_context(principal, owner), seeds, within)


def _tells_callers_apart(answer: Policies, *ceilings: Policies) -> bool:
    """Whether an answer asks what no ceiling asks, or names accounts. If not, whoever is below an SCP is alike."""

    def asked(policies: Policies) -> set[tuple[str, bool]]:
        tests = (test for each in statements(policies) for test in conditions(each))
        return {(test.key, "Not" in test.operator) for test in tests}

    by_account = any(_SOME_ACCOUNT.search(str(each.source)) for each in statements(answer))
    return by_account or bool(asked(answer) - set().union(*map(asked, ceilings)))


def _sibling(principal: Principal) -> Principal:
    """Who has the same name in another account: an SCP hangs above many."""

    def moved(arn: str) -> str:
        return arn.replace(f":{principal.account}:", f":{_SIBLING}:")

    return Principal.from_arn(
        moved(principal.arn), issuer=moved(principal.issuer) if principal.issuer else None
    )


def _people(probes: Sequence[Probe]) -> list[tuple[Principal, InForce, list[Probe]]]:
    """Each principal of the probes with the policies in force for it, and its probes."""
    found: dict[tuple[Principal, str], tuple[Principal, InForce, list[Probe]]] = {}
    for probe in probes:
        principal = principal_of(probe)
        key = (principal, probe.policies.model_dump_json())
        found.setdefault(key, (principal, probe.policies, []))[2].append(probe)
    return list(found.values())


def _policies_of(documents: Documents) -> Policies:
    """An answer's documents as if all were identity policies: to look through their statements."""
    return Policies(identity=tuple(placed.attached() for placed in documents.values()))


def _within(probes: Iterable[Probe]) -> tuple[str, ...]:
    """What the resource policy of an exercise is attached to: the resources of its probes, of objects their bucket."""
    return tuple(dict.fromkeys(attached_to(probe.resource) for probe in probes if probe.resource != "*"))


def attached_to(resource: str) -> str:
    """The ARN of the resource that carries the policy: an object's bucket, else the resource itself."""
    return resource.split("/", 1)[0] if resource.startswith("arn:aws:s3:::") else resource


def _seed(probe: Probe) -> Seed:
    given = {key: value for key, value in own_context(probe).items() if value is not None}
    return Seed(probe.action, probe.resource, probe.account, given)


# As stories


def stories(witnesses: Iterable[Witness], answer: str = "your policy") -> tuple[str, ...]:
    """The witnesses in plain words."""
    return tuple(story(witness, answer) for witness in witnesses)


def story(witness: Witness, answer: str = "your policy") -> str:
    """`The user carol … can do s3:GetObject on …: more than the task asks for (statement 2 of your policy).`"""
    request, part = witness.request, witness.part
    told = [_condition(key, value) for key, value in witness.telling]
    where = f" ({', '.join(told)})" if told else ""
    if part.missing:
        why = f"nothing in {answer} denies it"
    else:
        why = statement_words(part.statement.index, part.statement.sid, part.policy)
    place = "" if request.resource == "*" else f" on {request.resource}"
    supposed = EVERYTHING.name in _granting(witness.decision)  # nobody has that policy: the limit is too wide
    once = ", as soon as a policy of its own allows it" if supposed else ""
    can = f"{who(request.principal)} can do {request.action}{place}{where}{once}"
    return f"{can}: more than the task asks for ({why})."


def _granting(decision: Decision) -> Iterator[str]:
    """The names of the policies that a request is allowed by."""
    for check in decision.checks:
        yield from (found.policy for found in check.matched if found.effect == "ALLOW")


def who(principal: Principal) -> str:
    """A principal in words."""
    kind = principal.kind
    if kind is PrincipalKind.ANONYMOUS:
        return "Anybody on the internet, without signing in,"
    if kind is PrincipalKind.SERVICE:
        return f"The service {principal.arn}"
    if kind in (PrincipalKind.WEB_IDENTITY, PrincipalKind.SAML):
        return f"Whoever holds a token of {principal.arn}"
    if kind is PrincipalKind.ROOT:
        return f"The root user of account {principal.account}"
    arn = principal.issuer if kind is PrincipalKind.ROLE_SESSION and principal.issuer else principal.arn
    word = "role" if kind is PrincipalKind.ROLE_SESSION else "user"
    return f"The {word} {arn.split(':', 5)[5].partition('/')[2]} of account {principal.account}"


def _condition(key: str, value: ContextValue | None) -> str:
    name = spelled(key)
    if value is None:
        return f"without {name}"
    return f"{name} = {value if isinstance(value, str) else ', '.join(value)}"
