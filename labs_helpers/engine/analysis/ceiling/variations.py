"""Contexts in which a request is worth trying: the contexts of the author's requests, with some keys varied."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from labs_helpers.engine.analysis.ceiling.actions import Action
from labs_helpers.engine.analysis.ceiling.callers import Caller, Seed
from labs_helpers.engine.analysis.ceiling.covering import conditions, patterns
from labs_helpers.engine.analysis.ceiling.values import canonical_name, is_of_others, values
from labs_helpers.engine.analysis.contexts import TAGGED, settled
from labs_helpers.engine.policy.statement import Statement
from labs_helpers.engine.policy.variables import Context, ContextValue

MOST_CONTEXTS = 1500
_MOST_SEEDS = 4


def bases(
    caller: Caller, action: Action, resource: str, vary: list[str]
) -> Iterator[Mapping[str, ContextValue]]:
    """Yield the contexts to start with: the contexts of the author's most similar requests, and a minimal context."""

    def unlike(seed: Seed) -> tuple[bool, bool]:
        """Return a sort key that puts seeds for the same action and resource first."""
        return seed.action.lower() != action.key, seed.resource != resource

    made = []
    for seed in sorted(caller.seeds, key=unlike)[: _MOST_SEEDS * 2] if vary else caller.seeds:
        alike = seed.resource == resource and seed.action.lower() == action.key
        if not alike and not vary:
            continue
        # A request for another action or resource doesn't necessarily have the seed's other keys.
        fitting = {
            key: value
            for key, value in seed.context.items()
            if (key in vary or alike) and not is_of_others(key, caller.principal)
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


def options(
    caller: Caller,
    base: Mapping[str, ContextValue],
    resource: str,
    concerned: list[Statement],
    vary: list[str],
) -> dict[str, list[ContextValue | None]]:
    """Return the values that the statements distinguish, by key (None means absent)."""
    tests = [test for statement in concerned for test in conditions(statement)]

    def possible(key: str) -> list[ContextValue | None]:
        """Return the values that a key can have in the caller's requests."""
        if key in caller.only:
            return list(caller.only[key])
        return values(key, tests, base, _given(caller, key), caller.principal)

    return {key: _one_of_each(possible(key), key, base, resource, concerned) for key in vary}


def _one_of_each(
    options: list[ContextValue | None],
    key: str,
    base: Mapping[str, ContextValue],
    resource: str,
    concerned: list[Statement],
) -> list[ContextValue | None]:
    """Return the first value of each class of values that every statement treats alike.

    The other keys are as in `base`. A key that variables compare with another key keeps all its values, because
    the result depends on the other key.
    """
    if key in _compared_keys(concerned):
        return options
    by_variable = any("${" in text for each in concerned for text in patterns(each.source, "Resource"))
    relevant_tests = [
        test for each in concerned for keys, test in _tests(each) if keys & _dependent_keys(key)
    ]
    seen, kept = set(), []
    for value in options:
        context = settled(dict(base), {key: value}, resource)
        alike = tuple(test(context) for test in relevant_tests)
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
    """Return each test of a statement's Condition with the keys that it checks."""
    return tuple((each.keys, each.test) for each in statement.elements.conditions)


@lru_cache(maxsize=512)
def _dependent_keys(key: str) -> frozenset[str]:
    """Return the keys that change together with this one."""
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


def _compared_keys(concerned: list[Statement]) -> set[str]:
    """Return the keys that variables compare with other keys."""
    compared: set[str] = set()
    for statement in concerned:
        tested = {test.key for test in conditions(statement)}
        compared |= statement.keys - tested
        for test in conditions(statement):
            if any("${" in value for value in test.values):
                compared.add(test.key)
    return set(map(canonical_name, compared))


def changes(
    options: Mapping[str, list[ContextValue | None]], base: Mapping[str, ContextValue]
) -> Iterator[dict[str, ContextValue | None]]:
    """Yield no change, then changes to one key, to two keys, and so on, up to a limit.

    A key whose value in `base` isn't one of its options is always changed.
    """
    changed = {
        key: [value for value in choices if value != base.get(key)] for key, choices in options.items()
    }
    must = tuple(key for key, choices in options.items() if base.get(key) not in choices)
    others = [key for key in options if key not in must]

    def combined() -> Iterator[dict[str, ContextValue | None]]:
        """Yield all combinations, those with few keys first."""
        for count in range(len(others) + 1):
            for some in itertools.combinations(others, count):
                keys = must + some
                for chosen in itertools.product(*(changed[key] for key in keys)):
                    yield dict(zip(keys, chosen, strict=True))

    return itertools.islice(combined(), MOST_CONTEXTS)
