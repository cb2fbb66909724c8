"""Parts of an answer that don't need a search, because a statement in the ceiling is known to cover them.

Only two differences can increase access: an Allow that the ceiling lacks, and a Deny (or a limit: boundary, session
policy, SCP) that the answer lacks. A statement is a product of actions and resources; each pair of one action pattern
and one resource pattern is a part. INVARIANT: a part is omitted only if, for this caller, one statement on the other
side matches every request that the part matches.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from labs_helpers.engine.analysis.ceiling.callers import Caller, layers
from labs_helpers.engine.policy import Policies, Principal
from labs_helpers.engine.policy.elements import as_list
from labs_helpers.engine.policy.patterns import arn_covers, covers
from labs_helpers.engine.policy.principal_element import DIRECTLY
from labs_helpers.engine.policy.statement import ALLOW, Statement
from labs_helpers.engine.policy.whatif.guesses import condition_values

_LIMITS = ("boundary", "session", "vpc_endpoint", "scp")


class Part(NamedTuple):
    """A statement that might increase access, with one of its action patterns and resource patterns ("*" if negated).

    `policy` is the policy's name. `missing` is True for a Deny in the ceiling that the answer lacks.
    """

    policy: str
    statement: Statement
    action: str
    resource: str
    missing: bool


class _Placed(NamedTuple):
    layer: str
    policy: str
    version: str
    statement: Statement


def risky(caller: Caller, ceiling: Policies) -> list[Part]:
    """Return the parts that might make the answer allow this caller more than `ceiling`.

    If there are no such parts, the answer doesn't allow more.
    """
    answer, most = list(_placed(caller.answer)), list(_placed(ceiling))
    unlimited = _limits(ceiling) - _limits(caller.answer)
    bound = {layer for layer, _ in layers(ceiling)}
    parts = []
    for each in answer:
        if each.statement.effect != ALLOW or (each.layer not in bound and _is_limit(each.layer)):
            continue
        others = [] if unlimited else [one for one in most if one.layer == each.layer]
        parts += _uncovered(each, others, caller.principal, missing=False)
    for each in most:
        if each.statement.effect != ALLOW:
            parts += _uncovered(each, answer, caller.principal, missing=True)
    return parts


def _placed(policies: Policies) -> Iterator[_Placed]:
    for layer, attached in layers(policies):
        for name, policy in attached:
            for statement in policy.statements:
                yield _Placed(layer, name, policy.version, statement)


def _is_limit(layer: str) -> bool:
    return layer.startswith(_LIMITS)


def _limits(policies: Policies) -> set[str]:
    return {layer for layer, _ in layers(policies) if _is_limit(layer)}


def _uncovered(each: _Placed, others: list[_Placed], principal: Principal, *, missing: bool) -> list[Part]:
    statement = each.statement
    naming = _naming(statement, principal)
    if not naming:
        return []
    candidates = [
        one
        for one in others
        if one.statement.effect == statement.effect
        and _naming(one.statement, principal) >= naming
        and _compatible(one, each)
    ]
    source = statement.source
    if any(one.statement.source == source for one in candidates):
        return []
    others_conditions = [(one, conditions(one.statement)) for one in candidates]
    mine = conditions(statement)
    usable = [one for one, theirs in others_conditions if all(_implied(test, mine) for test in theirs)]
    if "NotAction" in source or "NotResource" in source:
        if any(_covers_all_but(one.statement.source, source) for one in usable):
            return []
        actions = ["*"] if "NotAction" in source else patterns(source, "Action")
        resources = ["*"] if "NotResource" in source else patterns(source, "Resource") or ["*"]
        return [
            Part(each.policy, statement, action, resource, missing)
            for action in actions
            for resource in resources
        ]
    return [
        Part(each.policy, statement, action, resource, missing)
        for action in patterns(source, "Action")
        for resource in patterns(source, "Resource") or ["*"]
        if not any(_covers(one.statement.source, action, resource) for one in usable)
    ]


def _naming(statement: Statement, principal: Principal) -> int:
    return DIRECTLY if statement.principal_test is None else statement.principal_test(principal, False)


def _compatible(one: _Placed, each: _Placed) -> bool:
    """Return whether two statements can be compared: they have the same version, or no variables.

    In policies of the older version, variables are plain text.
    """
    return one.version == each.version or "${" not in json.dumps(
        [one.statement.source, each.statement.source]
    )


def _covers(wide: Any, action: str, resource: str) -> bool:
    if "NotAction" in wide or "NotResource" in wide:
        return False
    resources = patterns(wide, "Resource") or ["*"]  # a trust policy's statements have no Resource
    return any(_covers_action(one, action) for one in patterns(wide, "Action")) and any(
        arn_covers(one, resource) for one in resources
    )


def _covers_all_but(wide: Any, narrow: Any) -> bool:
    """Return whether a statement with NotAction covers another one with NotAction."""
    excluded = patterns(narrow, "NotAction")
    return (
        "NotAction" in wide
        and "NotAction" in narrow
        and "*" in patterns(wide, "Resource")
        and all(any(_covers_action(one, each) for one in excluded) for each in patterns(wide, "NotAction"))
    )


@lru_cache(maxsize=4096)
def _covers_action(wide: str, narrow: str) -> bool:
    return wide in ("*", "*:*") or covers(wide.lower(), narrow.lower())


def patterns(source: Any, element: str) -> list[str]:
    """Return the strings in an Action or Resource element, or none if the element is missing."""
    return as_list(source.get(element))


class Test(NamedTuple):
    """One operator, one key in lowercase, and its values as IAM compares them."""

    operator: str
    key: str
    values: tuple[str, ...]


@lru_cache(maxsize=1024)
def conditions(statement: Statement) -> tuple[Test, ...]:
    """Return the tests in a statement's Condition, all of which must pass."""
    return tuple(
        Test(operator, key.lower(), tuple(condition_values(value)))
        for operator, entries in statement.source.get("Condition", {}).items()
        for key, value in entries.items()
    )


def _implied(test: Test, given: tuple[Test, ...]) -> bool:
    """Return whether one of `given` implies `test`: it has the same operator and key, and equally strict values."""
    for one in given:
        if one.key != test.key or _plain(one) != _plain(test):
            continue
        mine, theirs = set(one.values), set(test.values)
        if mine == theirs:
            return True
        if test.operator != "Null" and (mine >= theirs if "Not" in test.operator else mine <= theirs):
            return True
    return False


def _plain(test: Test) -> str:
    """Return the operator in its plainest form.

    Without wildcards, Like means Equals, and a Not operator is true for a missing key even without IfExists.
    """
    operator = test.operator
    if "String" in operator and not any(sign in value for value in test.values for sign in "*?"):
        operator = operator.replace("Like", "Equals")
    return operator.removesuffix("IfExists") if "Not" in operator and ":" not in operator else operator
