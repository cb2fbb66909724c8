"""The search: requests that a risky part matches, put to the engine with the answer and with the ceilings."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from labs_helpers.analysis.ceiling.actions import Action, Kind, representatives
from labs_helpers.analysis.ceiling.arns import account_of, candidates
from labs_helpers.analysis.ceiling.callers import OF_SOME_SESSIONS, Caller, Seed, may_ask, statements
from labs_helpers.analysis.ceiling.covering import Part, conditions, patterns, risky
from labs_helpers.analysis.ceiling.values import REGION, is_of_others, may_vary, one_name, values
from labs_helpers.analysis.contexts import TAGGED, settled
from labs_helpers.policy import (
    AccessRequest,
    Attached,
    Decision,
    Policies,
    PolicyKind,
    PrincipalKind,
    decide,
    is_kms_key,
    needs_trust,
    parse_policy,
)
from labs_helpers.policy.conditions import compile_condition
from labs_helpers.policy.statement import ALLOW, Statement
from labs_helpers.policy.variables import Context, ContextValue
from labs_helpers.policy.whatif.guesses import FIXED_KEYS

_MOST_RESOURCES = 40
_MOST_CONTEXTS = 1500
_MOST_SEEDS = 4
OPENED = "what the other side grants"


@dataclass(frozen=True, slots=True)
class Witness:
    """One request that the answer lets through and no ceiling does.

    part: what lets it through: an Allow of the answer, or a Deny of the ceiling that the answer lacks. decision: the
    engine's, with the answer. telling: the condition keys that matter to it, with their values (None: absent).
    """

    request: AccessRequest
    part: Part
    decision: Decision
    telling: tuple[tuple[str, ContextValue | None], ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found. complete: False if time ran out before everything was tried."""

    witnesses: tuple[Witness, ...]
    complete: bool
    asked: int
    """How many requests were decided."""


def search(
    callers: Sequence[Caller],
    *,
    most: int = 3,
    seconds: float = 0.25,
    clock: Callable[[], float] = time.process_time,
) -> Outcome:
    """At most `most` witnesses, one a statement, for the callers in their order. Ends after `seconds`.

    They are seconds of this process's work, so that a busy machine finds the same.
    """
    hunt = _Hunt(clock() + seconds, clock)
    found: dict[tuple[str, int, bool], Witness] = {}
    try:
        for caller in callers:
            if not caller.ceilings:
                continue
            for part in min((risky(caller, ceiling) for ceiling in caller.ceilings), key=len):
                place = (part.policy, part.statement.index, part.missing)
                if place in found:
                    continue
                witness = next(hunt.witnesses(caller, part), None)
                if witness is not None:
                    found[place] = witness
                    if len(found) == most:
                        return Outcome(tuple(found.values()), True, hunt.asked)
    except _Late:
        return Outcome(tuple(found.values()), False, hunt.asked)
    return Outcome(tuple(found.values()), True, hunt.asked)


class _Late(Exception):
    """The time is up."""


class _Hunt:
    def __init__(self, deadline: float, clock: Callable[[], float]) -> None:
        self._deadline, self._clock = deadline, clock
        self.asked = 0

    def witnesses(self, caller: Caller, part: Part) -> Iterator[Witness]:
        """Requests that `part` matches, tried in the order of how little they change."""
        world = _world(caller)
        own = caller.principal.account or _home(caller)
        patterns_first = dict.fromkeys((part.resource, *world.patterns))
        begin = tuple(seed.action for seed in caller.seeds)
        given = [seed.resource for seed in caller.seeds]

        def asked(action: str) -> bool:
            return (
                part.statement.concerns(action)
                and may_ask(caller.principal, action)
                and bool(_allowing(caller, action))
            )

        for action in representatives(part.action, world.statements, world.keys, begin, asked):
            concerned = [each for each in world.statements if each.concerns(action.key)]
            allowing = _allowing(caller, action.key)
            found = candidates(action, patterns_first, own, caller.context, given, world.regions)
            if caller.within is not None:
                found = (pair for pair in found if _belongs(pair[0], caller.within))
            for resource, kind in _told_apart(itertools.islice(found, _MOST_RESOURCES), caller, concerned):
                if not any(_may_match(each, resource, caller) for each in allowing):
                    continue
                for context in self._contexts(caller, part, action, kind, resource, concerned):
                    witness = self._try(caller, part, action, resource, own, context)
                    if witness is not None:
                        yield witness

    def _contexts(
        self,
        caller: Caller,
        part: Part,
        action: Action,
        kind: Kind | None,
        resource: str,
        concerned: list[Statement],
    ) -> Iterator[Mapping[str, ContextValue]]:
        """Contexts in which `part` matches: of the author's requests first, then with more and more keys changed."""
        keys = {key for statement in concerned for key in statement.keys}
        vary = sorted({one_name(key) for key in keys if may_vary(key, caller.principal, action, kind)})
        tests = [test for statement in concerned for test in conditions(statement)]
        seen: set[frozenset[tuple[str, ContextValue]]] = set()
        fixed: set[tuple[ContextValue | None, ...]] = set()
        for base in _bases(caller, action, resource, vary):
            # What can be changed is: only the keys that can't be make a second beginning worth while.
            beginning = tuple(base.get(key) for key in sorted(keys - set(vary)))
            if beginning in fixed:
                continue
            options = {
                key: _one_of_each(
                    values(key, tests, base, _given(caller, key), caller.principal),
                    key,
                    base,
                    resource,
                    concerned,
                )
                for key in vary
            }
            if math.prod(map(len, options.values())) <= _MOST_CONTEXTS:
                fixed.add(beginning)
            for chosen in _changes(options, base):
                context = settled(dict(base), chosen, resource)
                frozen = frozenset(context.items())
                if frozen in seen:
                    continue
                seen.add(frozen)
                if _matches(part.statement, resource, context):
                    yield context
            self._look_at_the_clock()

    def _try(
        self,
        caller: Caller,
        part: Part,
        action: Action,
        resource: str,
        own: str,
        context: Mapping[str, ContextValue],
    ) -> Witness | None:
        self.asked += 1
        if self.asked % 32 == 0:
            self._look_at_the_clock()
        owner = account_of(resource, own if caller.within is None else _home(caller))
        context = {**context, "aws:resourceaccount": owner or ""}
        request = AccessRequest(caller.principal, action.name, resource, owner, context, action.key)
        decision = decide(request, opened(caller.answer, request))
        if not decision.allowed:
            return None
        for ceiling in caller.ceilings:
            if decide(request, opened(ceiling, request)).allowed:
                return None
        keys = _telling(caller, request)
        if part.missing:  # what the Deny would have looked at
            keys |= {test.key for test in conditions(part.statement)} - FIXED_KEYS
        keys = {key for key in keys if not is_of_others(key, caller.principal)}
        told = tuple((key, context.get(key)) for key in sorted(keys))
        return Witness(request, part, decision, told)

    def _look_at_the_clock(self) -> None:
        if self._clock() > self._deadline:
            raise _Late


class _World(NamedTuple):
    """What both sides say to a caller: every statement once, the keys they look at, their resources and Regions."""

    statements: list[Statement]
    keys: frozenset[str]
    patterns: list[str]
    regions: tuple[str, ...]


def _world(caller: Caller) -> _World:
    kept: list[Statement] = []
    for side in (caller.answer, *caller.ceilings):
        for statement in statements(side):
            if not any(one.source == statement.source for one in kept):  # many stand on both sides
                kept.append(statement)
    texts = [
        text
        for statement in kept
        for element in ("Resource", "NotResource")
        for text in patterns(statement.source, element)
    ]
    regions = dict.fromkeys(
        value
        for statement in kept
        for test in conditions(statement)
        for value in test.values
        if test.key == "aws:requestedregion" and REGION.fullmatch(value)
    )
    return _World(kept, frozenset().union(*(each.keys for each in kept)), texts, tuple(regions)[:2])


def _allowing(caller: Caller, action: str) -> list[Statement]:
    """The statements of the answer that may allow an action: without one of them there is nothing to look for."""
    answer = caller.answer
    granting = (*answer.identity, *((answer.resource,) if answer.resource else ()))
    found = [
        statement
        for _, policy in granting
        for statement in policy.statements
        if statement.effect == ALLOW and statement.concerns(action)
    ]
    if not found and (answer.grants or caller.principal.kind is PrincipalKind.ROOT):
        return [statement for statement in statements(answer) if statement.concerns(action)]
    return found


def _may_match(statement: Statement, resource: str, caller: Caller) -> bool:
    """Whether a statement's resources may match; those with variables in them are given the benefit of the doubt."""
    test = statement.resource_test
    return (
        test is None
        or any("${" in text for text in patterns(statement.source, "Resource"))
        or test(resource, caller.context)
    )


def _told_apart(
    found: Iterable[tuple[str, Kind | None]], caller: Caller, concerned: list[Statement]
) -> Iterator[tuple[str, Kind | None]]:
    """The first resource of each class: those that every statement's resources treat alike."""
    by_variable = any("${" in text for each in concerned for text in patterns(each.source, "Resource"))
    seen = set()
    for resource, kind in found:
        alike = tuple(
            each.resource_test is None or each.resource_test(resource, caller.context) for each in concerned
        )
        place = account_of(resource, None), resource.split(":", 5)[3:4]
        key = (alike, kind and kind.name, str(place), resource if by_variable and not any(alike) else "")
        if key not in seen:
            seen.add(key)
            yield resource, kind


def _one_of_each(
    options: list[ContextValue | None],
    key: str,
    base: Mapping[str, ContextValue],
    resource: str,
    concerned: list[Statement],
) -> list[ContextValue | None]:
    """The first value of each class: those that every statement treats alike, all else being as in `base`.

    A key that variables compare with another key keeps all its values: how they compare depends on the other.
    """
    if key in _compared(concerned):
        return options
    by_variable = any("${" in text for each in concerned for text in patterns(each.source, "Resource"))
    looked_at = [test for each in concerned for keys, test in _tests(each) if keys & _together(key)]
    seen, kept = set(), []
    for value in options:
        context = settled(dict(base), {key: value}, resource)
        alike = tuple(test(context) for test in looked_at)
        if by_variable:
            alike += tuple(
                each.resource_test is None or each.resource_test(resource, context) for each in concerned
            )
        if alike not in seen:
            seen.add(alike)
            kept.append(value)
    return kept


@lru_cache(maxsize=512)
def _tests(statement: Statement) -> tuple[tuple[frozenset[str], Callable[[Context], bool]], ...]:
    """Each test of a statement's Condition with the keys it looks at."""
    return tuple(
        compile_condition(test.operator, test.key, list(test.values), variables=True, path="")[::-1]
        for test in conditions(statement)
    )


@lru_cache(maxsize=512)
def _together(key: str) -> frozenset[str]:
    """The keys that change when this one is given a value."""
    rest = key.partition(":")[2]
    if rest.startswith("resourcetag/"):
        return frozenset({key, *(f"{service}:{rest}" for service in (*TAGGED, "aws"))})
    if rest.startswith("requesttag/") or key == "aws:tagkeys":
        return frozenset({key, "aws:tagkeys"})
    return next((group for group in _GROUPS if key in group), frozenset({key}))


_GROUPS = (
    frozenset({"aws:currenttime", "aws:epochtime"}),
    frozenset(
        {"aws:calledvia", "aws:calledviafirst", "aws:calledvialast", "aws:viaawsservice", "aws:sourceip"}
    ),
    frozenset({"aws:multifactorauthpresent", "aws:multifactorauthage"}),
    frozenset({"aws:sourceip", "aws:sourcevpce", "aws:sourcevpc", "aws:vpcsourceip"}),
)


def _compared(concerned: list[Statement]) -> set[str]:
    """The keys that variables bring together with others."""
    found: set[str] = set()
    for statement in concerned:
        tested = {test.key for test in conditions(statement)}
        found |= statement.keys - tested
        for test in conditions(statement):
            if any("${" in value for value in test.values):
                found.add(test.key)
    return set(map(one_name, found))


def _changes(
    options: Mapping[str, list[ContextValue | None]], base: Mapping[str, ContextValue]
) -> Iterator[dict[str, ContextValue | None]]:
    """No key changed, one, two, …; at most so many. What can't be as it is in `base` is changed each time."""
    changed = {key: [value for value in found if value != base.get(key)] for key, found in options.items()}
    must = tuple(key for key, found in options.items() if base.get(key) not in found)
    others = [key for key in options if key not in must]

    def combined() -> Iterator[dict[str, ContextValue | None]]:
        for count in range(len(others) + 1):
            for some in itertools.combinations(others, count):
                keys = must + some
                for chosen in itertools.product(*(changed[key] for key in keys)):
                    yield dict(zip(keys, chosen, strict=True))

    return itertools.islice(combined(), _MOST_CONTEXTS)


def _home(caller: Caller) -> str:
    """The account of what the caller asks for, where the caller has none: that of the author's own requests."""
    for seed in caller.seeds:
        if seed.account:
            return seed.account
    return "111122223333"


def _belongs(resource: str, within: tuple[str, ...]) -> bool:
    return any(resource == one or resource.startswith(one + "/") for one in within)


def _bases(
    caller: Caller, action: Action, resource: str, vary: list[str]
) -> Iterator[Mapping[str, ContextValue]]:
    """The contexts to begin with: of the author's requests that are most alike, and a bare one."""

    def unlike(seed: Seed) -> tuple[bool, bool]:
        return seed.action.lower() != action.key, seed.resource != resource

    made = []
    for seed in sorted(caller.seeds, key=unlike)[: _MOST_SEEDS * 2]:
        if any(unlike(seed)) and not vary:
            continue
        # Keys of another call need not come with this one.
        fitting = {
            key: value
            for key, value in seed.context.items()
            if (key in vary or not any(unlike(seed))) and not is_of_others(key, caller.principal)
        }
        context = settled(dict(caller.context), fitting, resource)
        if context not in made:
            made.append(context)
    bare = settled(dict(caller.context), {}, resource)
    if bare not in made:
        made.append(bare)
    yield from made[:_MOST_SEEDS]


def _given(caller: Caller, key: str) -> list[ContextValue | None]:
    return list(dict.fromkeys(seed.context[key] for seed in caller.seeds if key in seed.context))


def _matches(statement: Statement, resource: str, context: Mapping[str, ContextValue]) -> bool:
    test = statement.resource_test
    return (test is None or test(resource, context)) and all(
        condition(context) for condition in statement.condition_tests
    )


def opened(policies: Policies, request: AccessRequest) -> Policies:
    """The policies, with the other side open where it has to agree and nothing is said of it: a role, a key, another
    account's resource delegates to the caller's account."""
    account = request.principal.account
    if policies.resource is not None or account is None:
        return policies
    needed = request.account != account or needs_trust(request.action_key, request.resource)
    if not needed and not is_kms_key(request.resource):
        return policies
    kind = PolicyKind.TRUST if needs_trust(request.action_key, request.resource) else PolicyKind.RESOURCE
    return replace(policies, resource=_delegating(account, kind))


@lru_cache(maxsize=64)
def _delegating(account: str, kind: PolicyKind) -> Attached:
    statement = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "*", "Resource": "*"}
    if kind is PolicyKind.TRUST:
        del statement["Resource"]
        statement["Action"] = "sts:*"
    return Attached(OPENED, parse_policy({"Version": "2012-10-17", "Statement": [statement]}, kind))


_OF_A_GUISE = frozenset(
    {"aws:principalorgid", "aws:principalorgpaths", "aws:resourceorgid", "aws:resourceorgpaths", "aws:userid"}
) | {*OF_SOME_SESSIONS}


def _telling(caller: Caller, request: AccessRequest) -> set[str]:
    """The keys that a story should tell: those that conditions ask about here, unless they are as they always are."""
    asked = {
        test.key
        for statement in _world(caller).statements
        if statement.concerns(request.action_key)
        and _may_match(statement, request.resource, caller)
        and (statement.principal_test is None or statement.principal_test(caller.principal, False))
        for test in conditions(statement)
    }
    asked |= {key for key in request.context if key.startswith("aws:principaltag/")}
    usual = caller.context
    return {
        key
        for key in asked
        if key in _OF_A_GUISE or key not in usual or request.context.get(key) != usual[key]
    }
