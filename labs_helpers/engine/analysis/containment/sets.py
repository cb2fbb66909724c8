"""Statements as sets of requests, to prove that one set is within another (for the public access check).

A statement is a product: some actions, on some resources, by some principals, under all of its tests. `within`
returns True only if the relation is proven, so code can rely on True. False means "not proven".
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from labs_helpers.engine.analysis.networks import is_within
from labs_helpers.engine.policy import Policy
from labs_helpers.engine.policy.elements import as_list
from labs_helpers.engine.policy.patterns import (
    arn_covers,
    arn_overlap,
    covers,
    has_variables,
    loosened,
    overlap,
)

_Relation = Callable[[str, str], bool]
_LITERAL_DOLLAR = (
    "\ue004"  # in policies of the older version, which has no variables, `$` is an ordinary character
)
EVERYONE = "*"


@dataclass(frozen=True, slots=True)
class Patterns:
    """The set of strings that any of the patterns matches or, if negated, that none of them matches."""

    items: tuple[str, ...]
    negated: bool = False

    @property
    def weight(self) -> int:
        """The cost of comparing these patterns: the total length of the patterns with wildcards."""
        return sum(len(item) if "*" in item or "?" in item or "${" in item else 1 for item in self.items)

    def each(self) -> Iterator[Patterns]:
        """Yield the parts whose union is this set: one per pattern, or the whole set if it is negated."""
        if self.negated:
            yield self
        else:
            for item in self.items:
                yield Patterns((item,))

    def within(self, other: Patterns, contains: _Relation, meets: _Relation) -> bool:
        """Return True only if this set is known to be a subset of another set."""
        if not self.negated:
            if other.negated:
                return not any(meets(mine, theirs) for mine in self.items for theirs in other.items)
            return all(any(contains(theirs, mine) for theirs in other.items) for mine in self.items)
        if other.negated:
            return all(any(contains(mine, theirs) for mine in self.items) for theirs in other.items)
        return "*" in other.items


@dataclass(frozen=True, slots=True)
class Test:
    """One operator, key, and values in a Condition."""

    qualifier: str
    name: str
    if_exists: bool
    key: str
    values: tuple[str, ...]

    @property
    def negated(self) -> bool:
        """True if the operator is negated."""
        return "Not" in self.name

    def implies(self, other: Test) -> bool:
        """Return True only if every context that passes this test is known to pass the other test."""
        if self.key != other.key or self.qualifier != other.qualifier:
            return False
        if self.name != other.name and (self.name, other.name) not in _WIDER:
            return False
        if self.if_exists and not other.if_exists and not (self.negated and not self.qualifier):
            return False
        contains = _CONTAINS.get(other.name, str.__eq__)
        if self.name in _BOUNDS:
            return _within_bound(self, other)
        if self.negated:
            return all(any(contains(mine, theirs) for mine in self.values) for theirs in other.values)
        return all(any(contains(theirs, mine) for theirs in other.values) for mine in self.values)


_WIDER = {("StringEquals", "StringLike"), ("StringEquals", "StringEqualsIgnoreCase")}
_BOUNDS = ("NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals")


def _within_bound(one: Test, other: Test) -> bool:
    try:
        mine, theirs = [float(value) for value in one.values], [float(value) for value in other.values]
    except ValueError:
        return one.values == other.values
    return max(mine) <= max(theirs) if "Less" in one.name else min(mine) >= min(theirs)


def _network_contains(wide: str, narrow: str) -> bool:
    try:
        one, other = ipaddress.ip_network(wide, strict=False), ipaddress.ip_network(narrow, strict=False)
    except ValueError:
        return wide == narrow
    return is_within(other, one)


def _text_contains(wide: str, narrow: str) -> bool:
    """Return whether a pattern contains another. If either has a variable, it contains only an identical pattern."""
    if wide == narrow:
        return True
    if has_variables(wide) or has_variables(narrow):
        return False
    return covers(loosened(wide), loosened(narrow))


def _arn_contains(wide: str, narrow: str) -> bool:
    """Return whether an ARN pattern contains another, as in Resource elements.

    A string with fewer than six parts, including "*", matches nothing in a Condition.
    """
    return wide == narrow or (wide.count(":") >= 5 and arn_covers(wide, narrow))


_CONTAINS: dict[str, _Relation] = {
    "StringLike": _text_contains,
    "StringNotLike": _text_contains,
    "StringEqualsIgnoreCase": lambda wide, narrow: wide.casefold() == narrow.casefold(),
    "StringNotEqualsIgnoreCase": lambda wide, narrow: wide.casefold() == narrow.casefold(),
    "ArnLike": _arn_contains,
    "ArnNotLike": _arn_contains,
    "IpAddress": _network_contains,
    "NotIpAddress": _network_contains,
    "Bool": lambda wide, narrow: wide.lower() == narrow.lower(),
    "Null": lambda wide, narrow: wide.lower() == narrow.lower(),
}


@dataclass(frozen=True, slots=True)
class Access:
    """The access that a statement, or part of one, describes.

    `principals` is None in policies without principals.
    """

    index: int
    sid: str | None
    allows: bool
    actions: Patterns
    resources: Patterns
    principals: Patterns | None
    tests: tuple[Test, ...]

    @property
    def weight(self) -> int:
        """The cost of comparing this access."""
        return self.actions.weight + self.resources.weight + len(self.tests)

    def parts(self) -> Iterator[Access]:
        """Yield the parts of the statement, each with one action pattern and one resource pattern."""
        for actions in self.actions.each():
            for resources in self.resources.each():
                yield replace(self, actions=actions, resources=resources)

    def within(self, other: Access) -> bool:
        """Return True only if every request in this set is known to belong to the other set."""
        return (
            self.actions.within(other.actions, covers, overlap)
            and self.resources.within(other.resources, arn_covers, arn_overlap)
            and self.principals_within(other)
            and self.tests_imply(other)
        )

    def principals_within(self, other: Access) -> bool:
        """Return whether the other set names each of this set's principals at least as directly."""
        mine, theirs = self.principals, other.principals
        if theirs is None or (not theirs.negated and EVERYONE in theirs.items):
            return True
        if mine is None or mine.negated or theirs.negated:
            return mine == theirs
        return set(mine.items) <= set(theirs.items)

    def tests_imply(self, other: Access) -> bool:
        """Return True only if every context that passes this set's tests is known to pass the other set's tests."""
        return all(any(mine.implies(theirs) for mine in self.tests) for theirs in other.tests)


def accesses(policy: Policy) -> list[Access]:
    """Return the statements of a policy."""
    variables = policy.version == "2012-10-17"
    return [
        Access(
            statement.index,
            statement.sid,
            statement.effect == "ALLOW",
            _patterns(statement.source, "Action", variables),
            _patterns(statement.source, "Resource", variables),
            _principals(statement.source),
            tuple(_tests(statement.source, variables)),
        )
        for statement in policy.statements
    ]


def _patterns(source: Mapping[str, Any], element: str, variables: bool) -> Patterns:
    negated = f"Not{element}" in source
    items = [str(item) for item in as_list(source.get(f"Not{element}" if negated else element, "*"))]
    if element == "Action":
        items = ["*" if item == "*:*" else item.lower() for item in items]
    elif not variables:
        items = [item.replace("$", _LITERAL_DOLLAR) for item in items]
    return Patterns(tuple(items), negated)


def _principals(source: Mapping[str, Any]) -> Patterns | None:
    negated = "NotPrincipal" in source
    element = source.get("NotPrincipal" if negated else "Principal")
    if element is None:
        return None
    if element == "*":
        return Patterns((EVERYONE,), negated)
    items = [_principal(kind, text) for kind, value in element.items() for text in as_list(value)]
    return Patterns(tuple(items), negated)


def _principal(kind: str, text: str) -> str:
    if kind == "AWS" and text == "*":
        return EVERYONE
    if kind == "AWS" and text.isdigit():
        return f"AWS:arn:aws:iam::{text}:root"
    return f"{kind}:{text}"


def _tests(source: Mapping[str, Any], variables: bool) -> Iterator[Test]:
    for operator, entries in source.get("Condition", {}).items():
        qualifier, _, rest = operator.rpartition(":")
        name = rest.removesuffix("IfExists")
        name = {"ArnEquals": "ArnLike", "ArnNotEquals": "ArnNotLike"}.get(name, name)
        for key, value in entries.items():
            texts = [str(item).lower() if isinstance(item, bool) else str(item) for item in as_list(value)]
            if not variables:
                texts = [text.replace("$", _LITERAL_DOLLAR) for text in texts]
            yield Test(qualifier, name, name != rest, key.lower(), tuple(texts))
