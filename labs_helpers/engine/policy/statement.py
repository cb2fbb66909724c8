"""Parsed policies: statements compiled into tests, and an index of the statements that might apply to a request."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from labs_helpers.engine.policy.conditions import CompiledCondition
from labs_helpers.engine.policy.decision import Matched
from labs_helpers.engine.policy.matching import ResourcePattern, TextTest
from labs_helpers.engine.policy.principal_element import PrincipalSet, PrincipalTest
from labs_helpers.engine.policy.variables import Context

ALLOW = "ALLOW"
EXPLICIT_DENY = "EXPLICIT_DENY"

_REMEMBERED_ACTIONS = 1024
_INDEX_FROM = 8


class PolicyKind(enum.Enum):
    """A policy's kind, which depends on what the policy is attached to and determines the elements it can have."""

    IDENTITY = "identity-based policy"
    RESOURCE = "resource-based policy"
    TRUST = "role trust policy"
    KEY = "key policy"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"
    SCP = "service control policy"
    RCP = "resource control policy"
    VPC_ENDPOINT = "VPC endpoint policy"


class Elements(NamedTuple):
    """The source of a statement's tests, for code that compares statements instead of evaluating them.

    `actions` are patterns in lowercase. `resources` is empty in a trust policy, whose resource is the role itself.
    `variables` is True if `${…}` is a variable. `principals` is None in policies without principals.
    """

    actions: tuple[str, ...]
    not_action: bool
    resources: tuple[ResourcePattern, ...]
    not_resource: bool
    conditions: tuple[CompiledCondition, ...]
    variables: bool
    principals: PrincipalSet | None


class Statement:
    """A compiled statement.

    `index` starts at 0. `sid` is None if absent or empty. `effect` is ALLOW or EXPLICIT_DENY. `source` is the statement
    as written, for display, and must not be changed. `elements` are its elements as they were read. `resource_test`,
    `condition_tests`, and `principal_test` are the tests that remain once the action matches.
    """

    __slots__ = (
        "_action_heads",
        "_action_tests",
        "_exact_actions",
        "_last_matched",
        "_not_action",
        "condition_tests",
        "effect",
        "elements",
        "index",
        "keys",
        "patterns",
        "principal_test",
        "resource_test",
        "sid",
        "source",
    )  # fmt: skip

    def __init__(
        self,
        *,
        index: int,
        sid: str | None,
        effect: str,
        source: Mapping[str, Any],
        exact_actions: frozenset[str],
        action_heads: tuple[str, ...],
        action_tests: tuple[TextTest, ...],
        elements: Elements,
        principal_test: PrincipalTest | None,
        keys: frozenset[str],
    ) -> None:
        """Compile the tests from the parsed elements."""
        self.index = index
        self.sid = sid
        self.effect = effect
        self.source = source
        self.elements = elements
        self.condition_tests = tuple(condition.test for condition in elements.conditions)
        self.principal_test = principal_test
        self.keys = keys
        self._exact_actions = exact_actions
        self._action_heads = action_heads
        self._action_tests = action_tests
        self._not_action = elements.not_action
        self._last_matched: Matched | None = None
        patterns, not_resource = elements.resources, elements.not_resource
        # For the index by resource; empty if any resource might match.
        self.patterns = () if not_resource or any(pattern.test is None for pattern in patterns) else patterns
        self.resource_test = _resource_test(patterns, not_resource)

    def __repr__(self) -> str:
        return f"Statement(index={self.index}, sid={self.sid!r}, effect={self.effect!r})"

    def matched_under(self, name: str) -> Matched:
        """Return this statement as a match in a policy attached under `name`. The last object created is reused."""
        last = self._last_matched
        if last is None or last.policy != name:
            last = self._last_matched = Matched(name, self.index, self.sid, self.effect)
        return last

    def concerns(self, action: str) -> bool:
        """Return whether the Action or NotAction element covers an action, given in lowercase."""
        named = (
            action in self._exact_actions
            or action.startswith(self._action_heads)
            or any(test(action) for test in self._action_tests)
        )
        return named is not self._not_action


def _resource_test(
    patterns: tuple[ResourcePattern, ...], negated: bool
) -> Callable[[str, Context], bool] | None:
    """Combine all patterns into one test; return None if every resource passes."""
    if not patterns:
        return None
    if any(pattern.test is None for pattern in patterns):
        return (lambda resource, context: False) if negated else None
    exact = frozenset(pattern.prefix for pattern in patterns if pattern.exact)
    tests = [pattern.test for pattern in patterns if not pattern.exact and pattern.test is not None]
    if negated:
        return lambda resource, context: (
            resource not in exact and not any(test(resource, context) for test in tests)
        )
    if not exact and len(tests) == 1:
        return tests[0]
    if not tests:
        return lambda resource, context: resource in exact
    return lambda resource, context: resource in exact or any(test(resource, context) for test in tests)


class _ByResource:
    """The statements for one action, found by the literal prefix of their resources."""

    __slots__ = ("_anywhere", "_exact", "_prefixes")

    def __init__(self, statements: Iterable[Statement]) -> None:
        self._anywhere: list[Statement] = []
        self._exact: dict[str, list[Statement]] = {}
        self._prefixes: dict[int, dict[str, list[Statement]]] = {}
        for statement in statements:
            if not statement.patterns or any(not pattern.prefix for pattern in statement.patterns):
                self._anywhere.append(statement)
                continue
            for pattern in statement.patterns:
                prefix = pattern.prefix
                table = self._exact if pattern.exact else self._prefixes.setdefault(len(prefix), {})
                table.setdefault(prefix, []).append(statement)

    def candidates(self, resource: str) -> Iterable[Statement]:
        """Return the statements that might cover a resource, in their order."""
        by_index = {statement.index: statement for statement in self._exact.get(resource, ())}
        for length, table in self._prefixes.items():
            for statement in table.get(resource[:length], ()):
                by_index[statement.index] = statement
        if not by_index:
            return self._anywhere
        for statement in self._anywhere:
            by_index[statement.index] = statement
        return [by_index[index] for index in sorted(by_index)]


class Policy:
    """A parsed policy: immutable, safe to share between requests and threads, and equal only to itself.

    `statements` are in document order; `version` is "2008-10-17" or "2012-10-17"; `id` is the Id element or None.
    """

    __slots__ = ("_by_action", "_by_service", "_exact", "_unsorted", "id", "kind", "statements", "version")

    def __init__(
        self,
        kind: PolicyKind,
        version: str,
        policy_id: str | None,
        statements: tuple[Statement, ...],
        action_patterns: Iterable[tuple[Statement, tuple[str, ...]]],
    ) -> None:
        """Build the index of statements by action."""
        self.kind = kind
        self.version = version
        self.id = policy_id
        self.statements = statements
        self._exact: dict[str, list[Statement]] = {}
        self._by_service: dict[str, list[Statement]] = {}
        self._unsorted: list[Statement] = []
        # Only a cache: a forgotten entry is computed again.
        self._by_action: dict[str, tuple[Statement, ...] | _ByResource] = {}
        for statement, patterns in action_patterns:
            self._enter(statement, patterns)

    def _enter(self, statement: Statement, patterns: tuple[str, ...]) -> None:
        if not patterns:  # NotAction: it might cover any action
            self._unsorted.append(statement)
        for pattern in patterns:
            service, _, name = pattern.partition(":")
            if "*" in service or "?" in service:
                self._unsorted.append(statement)
            elif "*" in name or "?" in name:
                self._by_service.setdefault(service, []).append(statement)
            else:
                self._exact.setdefault(pattern, []).append(statement)

    def __repr__(self) -> str:
        return f"<Policy {self.kind.name}, {len(self.statements)} statements>"

    def candidates(self, action: str, resource: str) -> Iterable[Statement]:
        """Return the statements that cover `action` (in lowercase) and might cover `resource`, in order."""
        entry = self._by_action.get(action)
        if entry is None:
            entry = self._concerning(action)
        return entry if entry.__class__ is tuple else entry.candidates(resource)  # type: ignore[union-attr]

    def _concerning(self, action: str) -> tuple[Statement, ...] | _ByResource:
        service = action.partition(":")[0]
        by_index = {statement.index: statement for statement in self._exact.get(action, ())}
        for statement in (*self._by_service.get(service, ()), *self._unsorted):
            if statement.index not in by_index and statement.concerns(action):
                by_index[statement.index] = statement
        ordered = tuple(by_index[index] for index in sorted(by_index))
        entry = ordered if len(ordered) < _INDEX_FROM else _ByResource(ordered)
        if len(self._by_action) >= _REMEMBERED_ACTIONS:
            self._by_action.clear()
        self._by_action[action] = entry
        return entry


def context_keys(policy: Policy) -> set[str]:
    """Return the condition keys that a policy uses in conditions and variables, in lowercase."""
    return set().union(*(statement.keys for statement in policy.statements))
