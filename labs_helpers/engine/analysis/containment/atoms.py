"""Atoms: the tests in statements, each about one variable of a request, and the theory of each variable.

Atoms are built from the same parsed statements that the decision engine reads (`Statement.elements`), and the engine's
own tests determine whether an atom is true for a single value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial

from labs_helpers.engine.analysis.containment.cells import cells
from labs_helpers.engine.analysis.containment.formulas import Node, negation
from labs_helpers.engine.analysis.containment.languages import (
    ANY,
    IN_PART,
    RUN,
    Chars,
    Language,
    Letters,
    Step,
    Steps,
    arn_steps,
    literal,
    pattern_steps,
    resource_steps,
)
from labs_helpers.engine.analysis.containment.theories import (
    Cells,
    Finite,
    Meaning,
    Texts,
    TextSet,
    Theory,
    Unclear,
    Values,
)
from labs_helpers.engine.analysis.containment.verdict import Budget
from labs_helpers.engine.analysis.containment.world import MIXTURE, World, key_type
from labs_helpers.engine.policy import Statement
from labs_helpers.engine.policy.conditions import CompiledCondition
from labs_helpers.engine.policy.matching import ResourcePattern
from labs_helpers.engine.policy.variables import (
    ContextValue,
    Token,
    Tokens,
    Variable,
    has_variables,
    resolve,
    tokenize,
)
from labs_helpers.engine.reference import authorization as reference

ACTION, RESOURCE = "the action", "the resource"  # no condition key has a space
_NAME = Chars(frozenset("abcdefghijklmnopqrstuvwxyz0123456789_./-"))
_ACTION_NAMES = Language([(Step(_NAME, False), Step(_NAME, True))])
_ARNS = Language([literal("arn:") + (RUN, *literal(":")) * 4 + (RUN,)])
_PART: Steps = (Step(IN_PART, True),)
_FIRST_PARTS: Steps = literal("arn:") + (*_PART, *literal(":")) * 4
_NONEMPTY = Language([(Step(ANY, False), RUN)])
_ANYTHING = Language([(RUN,)])
_SOME_VALUE = "x"  # stands for any nonempty value of a variable


def any_arns() -> Language:
    """Return the language that contains every ARN."""
    return _ARNS


def plain_arns(patterns: Iterable[ResourcePattern]) -> Language:
    """Return the ARNs whose last part has no more colons than the last part of at least one pattern."""
    tails = (pattern.text.split(":", 5)[5] for pattern in patterns if pattern.text != "*")
    most = max((tail.count(":") for tail in tails), default=0)
    return _arns_with_colons(most)


@lru_cache(maxsize=16)
def _arns_with_colons(most: int) -> Language:
    return Language([_FIRST_PARTS + _PART + (*literal(":"), *_PART) * colons for colons in range(most + 1)])


# Sets of texts without variables are the same in every question.


@lru_cache(maxsize=4096)
def _action_set(names: tuple[str, ...]) -> TextSet:
    tokens = (tokenize(name, variables=False, wildcards=True) for name in names)
    return TextSet([pattern_steps(each, None) for each in tokens])


@lru_cache(maxsize=4096)
def _resource_set(texts: tuple[str, ...], variables: bool) -> TextSet | None:
    """Return the resources that match at least one of the patterns, or None if a pattern has variables."""
    tails = [tokenize(text.split(":", 5)[5], variables=variables, wildcards=True) for text in texts]
    if any(map(has_variables, tails)):
        return None
    return TextSet([resource_steps(tail, text, None) for tail, text in zip(tails, texts, strict=True)])


@lru_cache(maxsize=256)
def _arn_set(pattern: str) -> TextSet:
    steps = arn_steps(tokenize(pattern, variables=False, wildcards=True), None)
    assert steps is not None
    return TextSet([steps])


@lru_cache(maxsize=4096)
def _value_set(name: str, values: tuple[str, ...], variables: bool) -> TextSet | None:
    """Return the strings that match one of an operator's values, or None if a value has variables."""
    tokens, make = _read_values(name, values, variables)
    if any(map(has_variables, tokens)):
        return None
    return TextSet([steps for each in tokens if (steps := make(each, None)) is not None])


_Make = Callable[[Tokens, Letters | None], Steps | None]


def _read_values(name: str, values: tuple[str, ...], variables: bool) -> tuple[list[Tokens], _Make]:
    """Return the tokens of an operator's values, and the function that turns them into steps."""
    arn = name.startswith("Arn")
    wildcards = arn or name.endswith("Like")
    make: _Make = partial(pattern_steps, role="folded" if name.endswith("IgnoreCase") else "")
    found = [tokenize(value, variables=variables, wildcards=wildcards) for value in values]
    return found, arn_steps if arn else make


@dataclass(frozen=True)
class Bound:
    """The assumptions of a case about the keys that policies use as variables.

    `values` contains the keys whose text is known; `()` stands for a list of several values, which can't replace a
    variable. `open` contains the keys that can have any text except the texts in `excluded`. Keys that are in neither
    `values` nor `open` are absent.
    """

    values: Mapping[str, ContextValue] = field(default_factory=dict)
    open: frozenset[str] = frozenset()
    excluded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def context(self) -> dict[str, ContextValue]:
        """The variables' keys with their values or a placeholder, as a context for testing other keys."""
        return {**self.values, **dict.fromkeys(self.open, _SOME_VALUE)}

    def tokens(self, tokens: Tokens) -> Tokens | None:
        """Replace the variables that are known. Return None if one has no value, so that nothing matches."""
        bound: list[Token] = []
        for token in tokens:
            if isinstance(token, Variable) and token.key not in self.open:
                resolved = resolve((token,), self.values)
                if resolved is None:
                    return None
                bound.extend(resolved)
            else:
                bound.append(token)
        return tuple(bound)

    def opens(self, condition: CompiledCondition) -> bool:
        """Return whether a condition's values have a variable whose text isn't known."""
        if not self.open or not condition.variables:
            return False
        texts = (value for value in condition.values if "${" in value)
        tokens = (tokenize(text, variables=True, wildcards=False) for text in texts)
        return any(
            isinstance(token, Variable) and token.key in self.open for each in tokens for token in each
        )


class Atoms:
    """The atoms of a question in one case, and the theory of each variable."""

    def __init__(
        self,
        conditions: Mapping[str, list[CompiledCondition]],
        arns: Language,
        world: World,
        bound: Bound,
        budget: Budget,
    ) -> None:
        """Store all conditions in the question, by key, and the ARNs that resources can have."""
        self.owner: dict[int, str] = {}
        self.theories: dict[str, Theory] = {}
        self._conditions = conditions
        self._world = world
        self.bound = bound
        self._budget = budget
        self._letters = Letters()
        self._known: dict[object, int] = {}
        self.refused: dict[str, Node] = {}
        """The requests that a question's second side denies, by service. They are the same for all parts of the
        first side.
        """
        self._of_services: dict[str, Values] = {}
        self._resources = Values(("*",), Texts(arns, budget), budget)
        self.theories[RESOURCE] = self._resources
        for key in {*conditions, *world.present, *world.values}:
            self.theories[key] = self._theory(key)

    def begin(self, service: str) -> None:
        """Switch to the actions of one service."""
        if service not in self._of_services:
            actions = Texts(_ACTION_NAMES, self._budget, lambda: reference.actions(service))
            self._of_services[service] = Values((), actions, self._budget)
        self._actions = self.theories[ACTION] = self._of_services[service]
        self._service = service

    def action(self, names: Iterable[str]) -> int:
        """Return the literal that is true for any of these action names or patterns of the current service."""
        names = tuple(names)

        def add(atom: int) -> None:
            """Give the theory the names."""
            self._actions.add(atom, Meaning(0, None, _action_set(names)))

        return self._literal((ACTION, self._service, names), ACTION, add)

    def resource(self, patterns: Sequence[ResourcePattern], *, variables: bool) -> Node:
        """Return the formula that is true if any of these Resource patterns matches."""
        if any(pattern.test is None for pattern in patterns):
            return True
        texts = tuple(sorted({pattern.text for pattern in patterns}))

        def add(atom: int) -> None:
            """Give the theory the patterns."""
            found = _resource_set(texts, variables)
            if found is None:
                made = []
                for text in texts:
                    tail = tokenize(text.split(":", 5)[5], variables=variables, wildcards=True)
                    tokens = self.bound.tokens(tail)
                    if tokens is not None:
                        made.append((tokens, partial(resource_steps, tokens, text)))
                found = self._set(made)
            self._resources.add(atom, Meaning(0, None, found))

        return self._literal((RESOURCE, texts, variables), RESOURCE, add)

    def resource_form(self, pattern: str) -> int:
        """Return the literal for an ARN that matches a pattern in its first five parts and, separately, in the last."""

        def add(atom: int) -> None:
            """Give the theory the pattern."""
            self._resources.add(atom, Meaning(0, None, _arn_set(pattern)))

        return self._literal((RESOURCE, "form", pattern), RESOURCE, add)

    def resource_end(self, text: str) -> int:
        """Return the literal for a resource that ends with a string."""

        def add(atom: int) -> None:
            """Give the theory the text."""
            self._resources.add(atom, Meaning(0, None, TextSet([(RUN, *literal(text))])))

        return self._literal((RESOURCE, "end", text), RESOURCE, add)

    def condition(self, condition: CompiledCondition) -> Node:
        """Return the formula for a condition."""
        key, operator = condition.key, condition.operator

        def add(atom: int) -> None:
            """Give the key's theory the condition."""
            theory = self.theories[key]
            if isinstance(theory, Values):
                theory.add(atom, self._meaning(condition, theory))
            else:
                assert isinstance(theory, Finite | Unclear)
                theory.add(atom, self._holds(condition))

        return self._literal((key, operator, condition.values, condition.variables), key, add)

    def statement(self, statement: Statement) -> list[Node]:
        """Return the formulas for a statement's resources and conditions."""
        elements = statement.elements
        found: list[Node] = []
        if elements.resources:
            resources = self.resource(elements.resources, variables=elements.variables)
            found.append(negation(resources) if elements.not_resource else resources)
        return [*found, *map(self.condition, elements.conditions)]

    def _literal(self, known: object, variable: str, add: Callable[[int], None]) -> int:
        atom = self._known.get(known)
        if atom is None:
            atom = self._known[known] = len(self._known) + 2  # 1 would be equal to True
            self.owner[atom] = variable
            add(atom)
        return atom

    def _set(self, patterns: Sequence[tuple[Tokens, Callable[[Letters | None], Steps | None]]]) -> TextSet:
        """Return the union of patterns, given their tokens and the function that turns them into steps."""
        exact = [steps for _, make in patterns if (steps := make(self._letters)) is not None]
        if not any(has_variables(tokens) for tokens, _ in patterns):
            return TextSet(exact)
        return TextSet(exact, [steps for _, make in patterns if (steps := make(None)) is not None])

    def _theory(self, key: str) -> Theory:
        conditions = self._conditions.get(key, [])
        kind, several = key_type(key, conditions, self._world)
        absent = () if key in self._world.present else (None,)
        closed = self._world.values.get(key)
        if closed is not None:
            return Unclear(closed, "variable") if self._opens(conditions) else Finite(closed)
        if kind == MIXTURE:
            return Unclear((*absent, *_guesses(conditions)), MIXTURE)
        if kind in ("String", "ARN"):
            empty = ("",) if kind == "String" and key not in self.bound.open and not several else ()
            domain = _ARNS if kind == "ARN" else _ANYTHING if several else _NONEMPTY
            excluded = self.bound.excluded.get(key)
            texts = Texts(domain, self._budget, excluded=excluded or ())
            return Values((*absent, *empty), texts, self._budget, several=several)
        values = cells(kind, conditions)
        if self._opens(conditions):
            return Unclear((*absent, *values), "variable")
        if several:
            return Values(absent, Cells(values), self._budget, several=True)
        return Finite((*absent, *values))

    def _opens(self, conditions: Iterable[CompiledCondition]) -> bool:
        return any(map(self.bound.opens, conditions))

    def _holds(self, condition: CompiledCondition) -> Callable[[ContextValue | None], bool]:
        """Return the engine's test of a condition as a test of only its key's value."""
        context = self.bound.context
        context.pop(condition.key, None)

        def holds(value: ContextValue | None) -> bool:
            """Return whether the condition holds for a value; None is an absent key."""
            return condition.test(context if value is None else {**context, condition.key: value})

        return holds

    def _meaning(self, condition: CompiledCondition, theory: Values) -> Meaning:
        holds = self._holds(condition)
        specials = sum(1 << i for i, value in enumerate(theory.special_values) if holds(value))
        if condition.operator.name == "Null":
            return Meaning(specials, holds(_SOME_VALUE))
        prefix, negated = condition.operator.prefix, condition.operator.negated
        some = prefix == "ForAnyValue" or (not prefix and not negated)
        if isinstance(theory.elements, Cells):
            mask = sum(1 << i for i, value in enumerate(theory.elements.values) if holds((value,)))
            return Meaning(specials, None, mask, some=some)
        return Meaning(specials, None, self._texts(condition), not negated, some)

    def _texts(self, condition: CompiledCondition) -> TextSet:
        """Return the strings that match one of a condition's values."""
        name, values, variables = condition.operator.name, condition.values, condition.variables
        known = _value_set(name, values, variables)
        if known is not None:
            return known
        listed, make = _read_values(name, values, variables)
        found = [tokens for each in listed if (tokens := self.bound.tokens(each)) is not None]
        return self._set([(tokens, partial(make, tokens)) for tokens in found])


def _guesses(conditions: Iterable[CompiledCondition]) -> list[str]:
    """Return values that might fit conditions of several types."""
    values = [value for each in conditions if each.operator.name != "Null" for value in each.values]
    made = [re.sub(r"\*", "", value).replace("?", "x") for value in values]
    return [*dict.fromkeys((*values, *made)), "true", "false", "1", "0", "x", ""]
