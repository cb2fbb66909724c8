"""Decisions on requests for which some condition keys, such as the Region or MFA, aren't known.

A request is decided for every value that the open keys can have, as far as the policies compare these values. It is
allowed for all values, allowed for some values (with the statements' conditions, and an example), or denied for all
values. If neither "allowed for all" nor "denied for all" can be shown, the answer is "allowed for some".
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import copy
import enum
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from labs_helpers.engine.analysis.contexts import settled
from labs_helpers.engine.policy import AccessRequest, Attached, Decision, Policies, decide
from labs_helpers.engine.policy.decision import IMPLICIT_DENY
from labs_helpers.engine.policy.layers import Layer
from labs_helpers.engine.policy.statement import ALLOW, EXPLICIT_DENY, Policy, Statement
from labs_helpers.engine.policy.variables import ContextValue
from labs_helpers.engine.policy.whatif.guesses import condition_values, value_that_makes

ContextTest = Callable[[Mapping[str, ContextValue]], bool]
IsOpen = Callable[[str], bool]
"""A function that returns True for a condition key (in lowercase) whose value in the request isn't known."""
_MOST_CONTEXTS = 1_024
_EXACT = frozenset(
    {
        "StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "Bool", "Null",
        "ArnEquals", "ArnNotEquals", "StringLike", "StringNotLike", "ArnLike", "ArnNotLike",
    }
)  # fmt: skip
"""Operators for which, without wildcards and variables, three cases suffice: a policy's value, another one, and none.
"""
_ENCRYPTION_CONTEXT = "kms:encryptioncontext:"


class Verdict(enum.StrEnum):
    """The verdict on a request with open keys."""

    ALLOWED = "allow"
    CONDITIONAL = "allow if"
    DENIED = "deny"


class KeyTest(NamedTuple):
    """One test of an open key in a statement's Condition element."""

    operator: str
    key: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.operator} {self.key} {', '.join(self.values)}"


class Requirement(NamedTuple):
    """A statement on which the decision depends, with its tests of open keys.

    An Allow statement's tests must all hold; of a Deny statement's tests, at least one must fail. `tests` is empty if
    the statement depends on open keys only through variables in its resources.
    """

    layer: str
    policy: str
    statement: int
    sid: str | None
    effect: str
    tests: tuple[KeyTest, ...]

    def __str__(self) -> str:
        word = "if" if self.effect == ALLOW else "unless"
        tested = " and ".join(map(str, self.tests)) or "a policy variable matches"
        return f"{word} {tested} ({self.policy}, statement {self.statement + 1})"

    def to_dict(self) -> dict[str, Any]:
        """Return the requirement as JSON values; `condition` has the form of the Condition element."""
        condition: dict[str, dict[str, list[str]]] = {}
        for test in self.tests:
            condition.setdefault(test.operator, {})[test.key] = list(test.values)
        return {
            "layer": self.layer,
            "policy": self.policy,
            "statement": self.statement,
            "sid": self.sid,
            "must": "hold" if self.effect == ALLOW else "not hold",
            "condition": condition,
        }


@dataclass(frozen=True, slots=True)
class Outlook:
    """The decision on a request with open keys.

    `decision` is the engine's decision: on the request with the `example` values if it is allowed for some
    values, and otherwise on the request as it is. `requirements` and `example` (None if no values were found)
    apply to a request that is allowed for some values.
    """

    verdict: Verdict
    decision: Decision
    requirements: tuple[Requirement, ...] = ()
    example: Mapping[str, ContextValue | None] | None = None

    @property
    def possible(self) -> bool:
        """False if the request is denied whatever the open keys are."""
        return self.verdict is not Verdict.DENIED

    def to_dict(self) -> dict[str, Any]:
        """Return the outlook as JSON values."""
        shown: dict[str, Any] = {"decision": self.verdict.value}
        if self.verdict is Verdict.CONDITIONAL:
            shown["if"] = [each.to_dict() for each in self.requirements]
            shown["example"] = dict(self.example) if self.example is not None else None
        elif self.verdict is Verdict.DENIED:
            shown["reason"] = self.decision.reason
        return shown


def outlook(request: AccessRequest, policies: Policies, is_open: IsOpen) -> Outlook:
    """Return what is known about a request. A condition key is open if `is_open` returns True for it.

    The request's context contains the known keys; its values for open keys are used as the first example.
    """
    undecided = _Undecided(request, policies, is_open)
    if not undecided.statements and not undecided.grants:
        decision = decide(request, policies)
        return Outlook(Verdict.ALLOWED if decision.allowed else Verdict.DENIED, decision)
    best = decide(request, undecided.with_open(allows=True, denies=False))
    if not best.allowed:
        return Outlook(Verdict.DENIED, best)
    worst = decide(request, undecided.with_open(allows=False, denies=True))
    if worst.allowed:
        return Outlook(Verdict.ALLOWED, worst)
    return undecided.searched()


@dataclass(slots=True)
class _Open:
    """A statement that depends on open keys."""

    layer: str
    policy: str
    statement: Statement
    tests: tuple[KeyTest, ...]
    closed: tuple[ContextTest, ...]


@dataclass(slots=True)
class _Undecided:
    """The statements for a request that depend on open keys, and the policies with and without them."""

    request: AccessRequest
    policies: Policies
    is_open: IsOpen
    statements: dict[int, _Open] = field(default_factory=dict)
    grants: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        for layer, attached in _attached(self.policies):
            for statement in _covering(attached.policy, self.request):
                if any(map(self.is_open, statement.keys)):
                    self._note(layer, attached.name, statement)
        open_context = self.is_open(_ENCRYPTION_CONTEXT + "x")
        self.grants = tuple(
            grant for grant in self.policies.grants or ()
            if open_context and (grant.equals is not None or grant.subset is not None)
        )  # fmt: skip

    def _note(self, layer: str, name: str, statement: Statement) -> None:
        tests: list[tuple[KeyTest, ContextTest]] = []
        closed: list[tuple[KeyTest, ContextTest]] = []
        for test, compiled in zip(_tests(statement), statement.condition_tests, strict=True):
            (tests if self.is_open(test.key.lower()) else closed).append((test, compiled))
        if all(compiled(self.request.context) for _, compiled in closed):
            self.statements[id(statement)] = _Open(
                layer,
                name,
                statement,
                tuple(test for test, _ in tests),
                tuple(compiled for _, compiled in closed),
            )

    def with_open(self, *, allows: bool, denies: bool) -> Policies:
        """Return the policies. Open Allow statements match if `allows`, and open Deny statements match if `denies`."""
        matching = {ALLOW: allows, EXPLICIT_DENY: denies}

        def chosen(attached: Attached) -> Attached:
            return Attached(attached.name, _Chosen(attached.policy, self.statements, matching))  # type: ignore[arg-type]

        given = self.policies
        grants = given.grants
        if self.grants:
            kept = [each for each in grants or () if each not in self.grants]
            if allows:
                kept += [replace(each, equals=None, subset=None) for each in self.grants]
            grants = tuple(kept)
        return Policies(
            identity=tuple(map(chosen, given.identity)),
            boundary=chosen(given.boundary) if given.boundary else None,
            session=tuple(map(chosen, given.session)),
            resource=chosen(given.resource) if given.resource else None,
            vpc_endpoint=chosen(given.vpc_endpoint) if given.vpc_endpoint else None,
            scp=_levels(given.scp, chosen),
            rcp=_levels(given.rcp, chosen),
            grants=grants,
        )

    def searched(self) -> Outlook:
        """Return the outlook after a search for values with which the request is allowed."""
        values, exhaustive = self._values()
        denied = decide(self.request, self.policies)
        for example in itertools.islice(_combinations(values), _MOST_CONTEXTS):
            context = settled(dict(self.request.context), example, self.request.resource)
            decision = decide(replace(self.request, context=context), self.policies)
            if decision.allowed:
                changed = {
                    key: value for key, value in example.items() if self.request.context.get(key) != value
                }
                return Outlook(Verdict.CONDITIONAL, decision, self.requirements(), changed)
            denied = decision
        count = 1
        for each in values.values():
            count *= len(each)
        if exhaustive and count <= _MOST_CONTEXTS:
            return Outlook(Verdict.DENIED, denied)
        return Outlook(Verdict.CONDITIONAL, denied, self.requirements())

    def requirements(self) -> tuple[Requirement, ...]:
        """Return the Deny statements that must not match, and the Allow statements of layers without another Allow."""
        checks = decide(self.request, self.with_open(allows=False, denies=False)).checks
        lacking = {each.check_type for each in checks if each.effect == IMPLICIT_DENY}
        lacking |= {Layer.RESOURCE} if Layer.PRINCIPAL in lacking else set()
        return tuple(
            Requirement(each.layer, each.policy, each.statement.index, each.statement.sid, each.statement.effect,
                        each.tests)
            for each in self.statements.values()
            if each.statement.effect == EXPLICIT_DENY or each.layer in lacking
        )  # fmt: skip

    def _values(self) -> tuple[dict[str, list[ContextValue | None]], bool]:
        """Return the values to try, by open key, and whether no other value can lead to a different decision."""
        exhaustive = not self.grants
        values: dict[str, list[ContextValue | None]] = {}
        for each in self.statements.values():
            variables = any(self.is_open(key) for key in each.statement.keys - _keys(each.tests))
            exhaustive = exhaustive and not variables
            for test in each.tests:
                tried = values.setdefault(
                    test.key.lower(), [self.request.context.get(test.key.lower()), None]
                )
                exhaustive = exhaustive and _is_exact(test)
                tried += [value for value in self._guesses(test) if value not in tried]
        for grant in self.grants:
            for key, value in {**(grant.equals or {}), **(grant.subset or {})}.items():
                values.setdefault(f"{_ENCRYPTION_CONTEXT}{key}", [None]).append(value)
        return {key: list(dict.fromkeys(tried)) for key, tried in values.items()}, exhaustive

    def _guesses(self, test: KeyTest) -> Iterator[ContextValue | None]:
        several = test.operator.startswith("For")
        for wanted in (True, False):
            guess = value_that_makes(
                wanted, test.operator, test.key, list(test.values), self.request.context, variables=True
            )
            yield from guess or ()
        for value in test.values if _is_exact(test) and not test.operator.endswith("Null") else ():
            yield (value,) if several else value


class _Chosen:
    """A policy for the engine in which each open statement either matches every request or is left out."""

    __slots__ = ("_chosen", "_open", "_policy")

    def __init__(
        self, policy: Policy, open_statements: Mapping[int, _Open], chosen: Mapping[str, bool]
    ) -> None:
        self._policy, self._open, self._chosen = policy, open_statements, chosen

    def candidates(self, action: str, resource: str) -> Iterable[Statement]:
        """Return the statements as the engine should see them."""
        return [
            each if (known := self._open.get(id(each))) is None else _matching(known)
            for each in self._policy.candidates(action, resource)
            if id(each) not in self._open or self._chosen[each.effect]
        ]


def _matching(known: _Open) -> Statement:
    """Return a copy of an open statement that matches, whatever the open keys are."""
    made = copy.copy(known.statement)
    made.condition_tests, made.resource_test = (), None
    return made


def _attached(policies: Policies) -> Iterator[tuple[str, Attached]]:
    for layer in Layer:
        by_level = {Layer.SERVICE_CONTROL_POLICY: policies.scp, Layer.RESOURCE_CONTROL_POLICY: policies.rcp}
        levels = range(len(by_level[layer] or ())) if layer in by_level else (0,)
        for level in levels:
            for attached in layer.attached(policies, level):
                yield layer.value, attached


def _covering(policy: Policy, request: AccessRequest) -> Iterator[Statement]:
    """Yield the statements that cover the request's action and might cover its resource."""
    for statement in policy.candidates(request.action_key, request.resource):
        test = statement.resource_test
        # A variable in the resource can be an open key, so the pattern's literal beginning is all that is known.
        begins = any(request.resource.startswith(each.prefix) for each in statement.patterns)
        varies = "${" in str(statement.source) and (begins or "NotResource" in statement.source)
        if test is None or test(request.resource, request.context) or varies:
            yield statement


def _tests(statement: Statement) -> list[KeyTest]:
    """Return the tests in a statement's Condition element, in the order in which the parser compiles them."""
    return [
        KeyTest(operator, key, tuple(condition_values(value)))
        for operator, entries in (statement.source.get("Condition") or {}).items()
        for key, value in entries.items()
    ]


def _keys(tests: Iterable[KeyTest]) -> frozenset[str]:
    return frozenset(test.key.lower() for test in tests)


def _is_exact(test: KeyTest) -> bool:
    name = test.operator.rpartition(":")[2].removesuffix("IfExists")
    return (
        name in _EXACT
        and ":" not in test.operator
        and not any(set("*?$") & set(each) for each in test.values)
    )


def _levels(
    levels: tuple[tuple[Attached, ...], ...] | None, chosen: Callable[[Attached], Attached]
) -> tuple[tuple[Attached, ...], ...] | None:
    return None if levels is None else tuple(tuple(map(chosen, level)) for level in levels)


def _combinations(
    values: Mapping[str, list[ContextValue | None]],
) -> Iterator[dict[str, ContextValue | None]]:
    """Yield every combination; those that change few keys from their first values come first."""
    keys = list(values)
    for changes in range(len(keys) + 1):
        for changed in itertools.combinations(keys, changes):
            for chosen in itertools.product(*(values[key][1:] for key in changed)):
                yield {
                    **{key: each[0] for key, each in values.items()},
                    **dict(zip(changed, chosen, strict=True)),
                }
