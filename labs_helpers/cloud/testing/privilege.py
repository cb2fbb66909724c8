"""Permissions in a principal's policies that its calls didn't need.

Access Analyzer reports such permissions as unused access.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-concepts.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from labs_helpers.cloud.core.record import Record
from labs_helpers.cloud.core.used_requests import needed
from labs_helpers.cloud.services.iam import moto_view as iam
from labs_helpers.cloud.testing.broad_patterns import breadth
from labs_helpers.engine.analysis.generation import Pair
from labs_helpers.engine.policy.arn import Arn
from labs_helpers.engine.policy.elements import as_list
from labs_helpers.engine.policy.patterns import covers, loosened
from labs_helpers.engine.reference import authorization

NO_CALLS = "none of its calls was allowed in this test, so the test can't show which permissions it needs"


@dataclass(frozen=True)
class _Allowance:
    """The actions that an Allow statement allows on one resource pattern, the statement's place, and the used pairs."""

    place: str
    actions: tuple[str, ...]
    resource: str
    condition: Any
    uses: frozenset[Pair]

    def width(self) -> tuple[int, int]:
        """Return a value that is larger for a statement that allows more."""
        return sum(map(_count, self.actions)), -len(self.resource.replace("*", ""))


def unused(record: Record, arn: str, spare: Sequence[str] = ()) -> list[str]:
    """Return one line per unused permission in the identity policies of a user or role.

    A permission is unused if no recorded call needed it. `spare` contains patterns for actions that are allowed to be
    unused.
    """
    account, name = Arn.parse(arn).account, Arn.parse(arn).name
    policies = iam.role_policies(account, name) if ":role/" in arn else iam.user_policies(account, name)
    pairs = [(action.lower(), resource) for action, resource in needed(record, {arn})]
    if not pairs:
        return [NO_CALLS]
    lines: list[str] = []
    allowances: list[_Allowance] = []
    for policy, text in policies:
        for number, statement in enumerate(as_list(json.loads(text)["Statement"]), 1):
            place = f"{policy}, statement {number}"
            if statement["Effect"] != "Allow":
                continue
            if element := next((each for each in ("NotAction", "NotResource") if each in statement), None):
                lines.append(f"{place}: {element} allows everything that it doesn't list")
                continue
            lines += [f"{place}: {line}" for line in _unused(statement, pairs, spare)]
            allowances += _read(place, statement, pairs)
    return lines + list(_redundant(allowances))


def _read(place: str, statement: dict[str, Any], pairs: list[Pair]) -> Iterator[_Allowance]:
    actions = tuple(each.lower() for each in as_list(statement["Action"]))
    concerned = [pair for pair in pairs if any(covers(each, pair[0]) for each in actions)]
    resources = as_list(statement["Resource"])
    for resource in resources:
        pattern = loosened(resource)
        uses = frozenset(pair for pair in concerned if covers(pattern, pair[1]))
        where = place if len(resources) == 1 else f"{place}, {resource}"
        yield _Allowance(where, actions, pattern, statement.get("Condition"), uses)


def _redundant(allowances: list[_Allowance]) -> Iterator[str]:
    """Yield a line for each allowance whose uses other allowances also cover, the widest first.

    An allowance with a condition covers only an allowance with the same condition, because the condition might not be
    met.
    """
    left = sorted(allowances, key=_Allowance.width, reverse=True)
    for one in list(left):
        others = [each for each in left if each is not one and each.condition in (None, one.condition)]
        if one.uses and one.uses <= frozenset[Pair]().union(*(each.uses for each in others)):
            left.remove(one)
            places = ", ".join(each.place for each in others if each.uses & one.uses)
            yield f"{one.place}: not needed; its calls are also allowed by {places}"


def _unused(statement: dict[str, Any], pairs: list[Pair], spare: Sequence[str]) -> Iterator[str]:
    patterns = [loosened(each) for each in as_list(statement["Resource"])]
    concerned = [
        (action, resource) for action, resource in pairs if any(covers(each, resource) for each in patterns)
    ]
    used: list[Pair] = []
    for pattern in as_list(statement["Action"]):
        matched = [pair for pair in concerned if covers(pattern.lower(), pair[0])]
        used += matched
        if not any(covers(each.lower(), pattern.lower()) for each in spare):
            yield from _unused_actions(pattern, {action for action, _ in matched}, spare)
    yield from _unused_resources(patterns, used)


def _unused_actions(pattern: str, in_use: set[str], spare: Sequence[str]) -> Iterator[str]:
    if "*" in pattern.partition(":")[0]:
        yield f"{pattern} stands for every action of every service"
        return
    left = [
        action
        for action in _expanded(pattern)
        if action.lower() not in in_use and not any(covers(one.lower(), action.lower()) for one in spare)
    ]
    if left:
        shown = ", ".join(left[:5]) + (f" and {len(left) - 5} more" if len(left) > 5 else "")
        yield f"{shown}: never used" if pattern in left else f"{pattern} covers {shown}: never used"


def _unused_resources(patterns: list[str], used: list[Pair]) -> Iterator[str]:
    if not used:
        return
    resources = sorted({resource for _, resource in used})
    for pattern in patterns:
        covered = sorted({pair for pair in used if covers(pattern, pair[1])})
        if pattern == "*":
            if "*" not in resources:
                yield f'"*" stands for every resource; used: {", ".join(resources[:5])}'
        elif not covered:
            yield f"{pattern}: never used"
        elif (broad := breadth(pattern, covered)) is not None:
            yield f"{pattern} stands for {broad}; used: {', '.join(sorted({each for _, each in covered})[:5])}"


def _expanded(pattern: str) -> list[str]:
    """Return the actions that a pattern stands for."""
    prefix, _, name = pattern.partition(":")
    names = (str(each["name"]) for each in authorization.actions(prefix).values())
    return [f"{prefix}:{each}" for each in names if covers(name.lower(), each.lower())]


def _count(pattern: str) -> int:
    return 100_000 if "*" in pattern.partition(":")[0] else len(_expanded(pattern))
