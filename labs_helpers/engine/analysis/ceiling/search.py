"""The search: the engine evaluates requests that a risky part matches, with the answer and with the ceilings."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from labs_helpers.engine.analysis.ceiling import variations
from labs_helpers.engine.analysis.ceiling.actions import Action, Kind, representatives, services_of
from labs_helpers.engine.analysis.ceiling.arns import account_of, candidates
from labs_helpers.engine.analysis.ceiling.callers import ROLE_SESSION_KEYS, Caller, may_ask, statements
from labs_helpers.engine.analysis.ceiling.covering import Part, conditions, patterns, risky
from labs_helpers.engine.analysis.ceiling.opening import home, opened
from labs_helpers.engine.analysis.ceiling.proof import Proofs
from labs_helpers.engine.analysis.ceiling.values import REGION, canonical_name, is_of_others, may_vary
from labs_helpers.engine.analysis.contexts import settled
from labs_helpers.engine.policy import (
    AccessRequest,
    Decision,
    PrincipalKind,
    decide,
)
from labs_helpers.engine.policy.statement import ALLOW, Statement
from labs_helpers.engine.policy.variables import ContextValue
from labs_helpers.engine.policy.whatif.guesses import FIXED_KEYS

_MOST_RESOURCES = 40
_MOST_ACCOUNTS = 6
_ACCOUNT = re.compile(r"\b\d{12}\b")
_STEPS_PER_SECOND = 20_000


@dataclass(frozen=True, slots=True)
class Witness:
    """One request that the answer allows but no ceiling allows.

    `part` is the reason: an Allow in the answer, or a Deny in the ceiling that the answer lacks. `decision` is the
    engine's decision with the answer. `telling` contains the relevant condition keys with their values (None means
    absent).
    """

    request: AccessRequest
    part: Part
    decision: Decision
    telling: tuple[tuple[str, ContextValue | None], ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A search result. `complete` is False if the budget was spent before all requests were tried."""

    witnesses: tuple[Witness, ...]
    complete: bool
    asked: int
    """The number of requests that were evaluated."""


def search(callers: Sequence[Caller], *, most: int = 3, seconds: float = 0.25) -> Outcome:
    """Return at most `most` witnesses, one per statement, trying the callers in order.

    First, a statement in a ceiling might cover everything (covering.py). Otherwise, a proof might settle the formal
    question (proof.py). Only then does the search try requests. Its limit is the number of steps that take about
    `seconds` on two quiet cores. Steps are counted, so a busy machine doesn't change the result.
    """
    hunt, proofs = _Hunt(int(seconds * _STEPS_PER_SECOND)), Proofs()
    by_part: dict[tuple[str, int, bool], Witness] = {}
    try:
        for caller in callers:
            if not caller.ceilings:
                continue
            parts = min((risky(caller, ceiling) for ceiling in caller.ceilings), key=len)
            if not parts or proofs.found(caller):
                continue
            for part in parts:
                place = (part.policy, part.statement.index, part.missing)
                if place in by_part:
                    continue
                witness = next(hunt.witnesses(caller, part), None)
                if witness is not None:
                    by_part[place] = witness
                    if len(by_part) == most:
                        return Outcome(tuple(by_part.values()), True, hunt.asked)
    except _OutOfStepsError:
        return Outcome(tuple(by_part.values()), False, hunt.asked)
    return Outcome(tuple(by_part.values()), True, hunt.asked)


class _OutOfStepsError(Exception):
    """The error for a spent budget of steps."""


class _Hunt:
    def __init__(self, steps: int) -> None:
        self._left = steps
        self.asked = 0
        self._caller: Caller | None = None
        self._world: _World
        """The world of the caller whose parts are being tried."""

    def witnesses(self, caller: Caller, part: Part) -> Iterator[Witness]:
        """Yield requests that `part` matches, those with the fewest changes first."""
        if self._caller is not caller:
            self._caller, self._world = caller, _world(caller)
        world = self._world
        own = caller.principal.account or home(caller)
        patterns_first = dict.fromkeys((part.resource, *world.patterns))
        begin = tuple(seed.action for seed in caller.seeds)
        given = [seed.resource for seed in caller.seeds]

        def asked(action: str) -> bool:
            """Return whether the part's statement, the caller, and the answer could allow an action."""
            return (
                part.statement.concerns(action)
                and may_ask(caller.principal, action)
                and bool(_allowing(caller, action))
            )

        for action in representatives(
            part.action, world.statements, world.services, world.keys, begin, asked
        ):
            concerned = [each for each in world.statements if each.concerns(action.key)]
            allowing = _allowing(caller, action.key)
            resources = candidates(
                action, patterns_first, own, caller.context, given, world.regions, world.accounts
            )
            if caller.within is not None:
                resources = (pair for pair in resources if _belongs(pair[0], caller.within))
            classes = _one_of_each_class(resources, caller, concerned)
            for resource, kind in itertools.islice(classes, _MOST_RESOURCES):
                if not any(_may_match(each, resource, caller) for each in allowing):
                    continue
                for context in self._contexts(caller, part, action, kind, resource, concerned):
                    witness = self._try(caller, part, action, resource, context)
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
        """Yield contexts in which `part` matches: the author's first, then ones with more changed keys."""
        keys = {key for statement in concerned for key in statement.keys}
        owner = _owner(caller, resource)
        organization = _organization(caller, owner)
        vary = sorted(
            {canonical_name(key) for key in keys if may_vary(key, caller.principal, action, kind)}
            - (_RESOURCE_ORGANIZATION if organization else set())
        )
        sources = _source_organizations(caller, owner, organization)
        seen: set[frozenset[tuple[str, ContextValue]]] = set()
        fixed: set[tuple[ContextValue | None, ...]] = set()
        for base in variations.bases(caller, action, resource, vary):
            base = settled({**base, "aws:resourceaccount": owner or ""}, organization, resource)
            # Keys that can vary are varied anyway, so another base is worth trying only if its other keys differ.
            beginning = tuple(base.get(key) for key in sorted(keys - set(vary)))
            if beginning in fixed:
                continue
            options = variations.options(caller, base, resource, concerned, vary)
            if math.prod(map(len, options.values())) <= variations.MOST_CONTEXTS:
                fixed.add(beginning)
            for chosen in variations.changes(options, base):
                varied = settled(dict(base), chosen, resource) if chosen else base
                context = _with_source_organization(varied, chosen, sources, resource)
                if context is None:
                    continue
                frozen = frozenset(context.items())
                if frozen in seen:
                    continue
                seen.add(frozen)
                self._spend()
                if _matches(part.statement, resource, context):
                    yield context
            self._spend()

    def _try(
        self,
        caller: Caller,
        part: Part,
        action: Action,
        resource: str,
        context: Mapping[str, ContextValue],
    ) -> Witness | None:
        self.asked += 1
        self._spend()
        owner = _owner(caller, resource)
        request = AccessRequest(caller.principal, action.name, resource, owner, context, action.key)
        decision = decide(request, opened(caller.answer, request))
        if not decision.allowed:
            return None
        for ceiling in caller.ceilings:
            if decide(request, opened(ceiling, request)).allowed:
                return None
        keys = _relevant_keys(caller, request)
        if part.missing:  # the keys that the missing Deny would have checked
            keys |= {test.key for test in conditions(part.statement)} - FIXED_KEYS
        keys = {key for key in keys if not is_of_others(key, caller.principal)}
        relevant = tuple((key, context.get(key)) for key in sorted(keys))
        return Witness(request, part, decision, relevant)

    def _spend(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise _OutOfStepsError


def _owner(caller: Caller, resource: str) -> str | None:
    """Return the owner of a resource: the caller's account, unless the ARN or the policy's location names another."""
    own = caller.principal.account or home(caller)
    return account_of(resource, own if caller.within is None else home(caller))


_RESOURCE_ORGANIZATION = {"aws:resourceorgid", "aws:resourceorgpaths"}
_SOURCE_ORGANIZATION = {"aws:sourceorgid", "aws:sourceorgpaths"}


def _organization(caller: Caller, account: str | None) -> dict[str, ContextValue]:
    """Return the organization keys with one value in all of the author's requests to an account's resources.

    An RCP applies only to an organization's own resources, so with an RCP they have the same keys in each account.
    """
    seen = [seed.context for seed in caller.seeds if seed.account is not None and seed.account == account]
    if not seen and caller.answer.rcp:
        seen = [seed.context for seed in caller.seeds]
    if not seen:
        return {}
    first = seen[0]
    return {
        key: first[key]
        for key in sorted(_RESOURCE_ORGANIZATION)
        if key in first and all(each.get(key) == first[key] for each in seen)
    }


def _source_organizations(
    caller: Caller, owner: str | None, organization: Mapping[str, ContextValue]
) -> dict[ContextValue, Mapping[str, ContextValue]]:
    """Return the organization keys of the accounts for which services act, by account, where they are known.

    They are known for the resource's owner, and for accounts whose organization is in one of the author's requests.
    """
    found: dict[ContextValue, Mapping[str, ContextValue]] = {}
    for seed in caller.seeds:
        keys = {key: seed.context[key] for key in _SOURCE_ORGANIZATION if key in seed.context}
        if keys and "aws:sourceaccount" in seed.context:
            found[seed.context["aws:sourceaccount"]] = keys
    if owner is not None and organization:
        found[owner] = {key.replace("aws:resource", "aws:source"): each for key, each in organization.items()}
    return found


def _with_source_organization(
    context: dict[str, ContextValue],
    chosen: Mapping[str, ContextValue | None],
    known: Mapping[ContextValue, Mapping[str, ContextValue]],
    resource: str,
) -> dict[str, ContextValue] | None:
    """Return a context in which aws:SourceAccount is in its own organization, or None if another one was chosen."""
    organization = known.get(context.get("aws:sourceaccount", ""))
    if organization is None:
        return context
    own = {_id_in(value) for value in organization.values()}
    if any(_id_in(chosen[key]) not in own for key in _SOURCE_ORGANIZATION if key in chosen):
        return None
    return settled(context, organization, resource)


def _id_in(value: ContextValue | None) -> str:
    """Return the organization's ID in the value of one of the source organization keys, or "" if it is absent."""
    first = value if isinstance(value, str) else next(iter(value or ()), "")
    return first.partition("/")[0]


class _World(NamedTuple):
    """Both sides' statements about a caller, without duplicates, and the keys, resources, and Regions in them."""

    statements: list[Statement]
    keys: frozenset[str]
    patterns: list[str]
    regions: tuple[str, ...]
    accounts: tuple[str, ...]
    services: tuple[str, ...]


def _world(caller: Caller) -> _World:
    kept: list[Statement] = []
    for side in (caller.answer, *caller.ceilings):
        for statement in statements(side):
            # Both sides have many statements in common.
            if not any(one.source == statement.source for one in kept):
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
    named = dict.fromkeys(found for statement in kept for found in _ACCOUNT.findall(str(statement.source)))
    return _World(
        kept,
        frozenset().union(*(each.keys for each in kept)),
        texts,
        tuple(regions)[:2],
        tuple(named)[:_MOST_ACCOUNTS],
        services_of(kept),
    )


def _allowing(caller: Caller, action: str) -> list[Statement]:
    """Return the answer's statements that might allow an action. If there are none, no witness exists."""
    answer = caller.answer
    granting = (*answer.identity, *((answer.resource,) if answer.resource else ()))
    allowing = [
        statement
        for _, policy in granting
        for statement in policy.statements
        if statement.effect == ALLOW and statement.concerns(action)
    ]
    if not allowing and (answer.grants or caller.principal.kind is PrincipalKind.ROOT):
        return [statement for statement in statements(answer) if statement.concerns(action)]
    return allowing


def _may_match(statement: Statement, resource: str, caller: Caller) -> bool:
    """Return whether a statement's resources might match; patterns with variables are assumed to match."""
    test = statement.resource_test
    return (
        test is None
        or any("${" in text for text in patterns(statement.source, "Resource"))
        or test(resource, caller.context)
    )


def _one_of_each_class(
    resources: Iterable[tuple[str, Kind | None]], caller: Caller, concerned: list[Statement]
) -> Iterator[tuple[str, Kind | None]]:
    """Yield the first resource of each class of resources that all statements treat alike."""
    by_variable = any("${" in text for each in concerned for text in patterns(each.source, "Resource"))
    seen = set()
    for resource, kind in resources:
        alike = tuple(
            each.resource_test is None or each.resource_test(resource, caller.context) for each in concerned
        )
        place = account_of(resource, None), resource.split(":", 5)[3:4]
        key = (alike, kind and kind.name, str(place), resource if by_variable and not any(alike) else "")
        if key not in seen:
            seen.add(key)
            yield resource, kind


def _belongs(resource: str, within: tuple[str, ...]) -> bool:
    return any(resource == one or resource.startswith(one + "/") for one in within)


def _matches(statement: Statement, resource: str, context: Mapping[str, ContextValue]) -> bool:
    test = statement.resource_test
    return (test is None or test(resource, context)) and all(
        condition(context) for condition in statement.condition_tests
    )


_GUISE_KEYS = frozenset(
    {"aws:principalorgid", "aws:principalorgpaths", "aws:resourceorgid", "aws:resourceorgpaths", "aws:userid"}
) | {*ROLE_SESSION_KEYS}


def _relevant_keys(caller: Caller, request: AccessRequest) -> set[str]:
    """Return the keys that an explanation should mention.

    These are the keys that conditions check and whose values differ from the caller's usual values.
    """
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
        if key in _GUISE_KEYS or key not in usual or request.context.get(key) != usual[key]
    }
