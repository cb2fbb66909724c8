"""The question of whether one situation allows a request that another one doesn't, and its division into cases."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from labs_helpers.engine.analysis.containment.atoms import (
    ACTION,
    RESOURCE,
    Atoms,
    Bound,
    any_arns,
    plain_arns,
)
from labs_helpers.engine.analysis.containment.formulas import Node, all_of, negation
from labs_helpers.engine.analysis.containment.languages import Language
from labs_helpers.engine.analysis.containment.situation import (
    EVERY_SERVICE,
    PROVIDER,
    Asker,
    Index,
    Side,
    Situation,
    grant_conditions,
)
from labs_helpers.engine.analysis.containment.tableau import Model, Tableau
from labs_helpers.engine.analysis.containment.theories import Values
from labs_helpers.engine.analysis.containment.verdict import (
    Answer,
    Budget,
    OutOfStepsError,
    UnclearError,
    Verdict,
)
from labs_helpers.engine.analysis.containment.world import MIXTURE, World, family, key_type
from labs_helpers.engine.policy import (
    AccessRequest,
    Policies,
    PolicyError,
    Principal,
    PrincipalKind,
    Statement,
)
from labs_helpers.engine.policy.conditions import CompiledCondition
from labs_helpers.engine.policy.matching import resource_pattern
from labs_helpers.engine.policy.principal_element import provider_name
from labs_helpers.engine.policy.variables import ContextValue, keys_in, tokenize
from labs_helpers.engine.reference import authorization as reference
from labs_helpers.engine.reference.arn_types import VARIABLE, pattern_of, types_of_action

_MOST_CASES = 64
_MOST_VALUES = 8
_MOST_UNCLEAR = 16
_MOST_TRIED = 12
_TRIED = {
    "String": ("x", "example", "x/y", "x:y"),
    "ARN": ("arn:aws:iam::111122223333:user/example", "arn:aws:s3:::example"),
}
_KNOWN_SERVICES = ("s3", "ec2", "iam", "lambda", "dynamodb", "sqs", "sns", "kms")
_EXAMPLES = {"${Partition}": "aws", "${Region}": "us-east-1", "${Account}": "111122223333"}
# The decision engine treats some of their actions in a special way.
_SPECIAL_SERVICES = ("sts", "kms")


def contained(a: Policies, b: Policies, principal: Principal, world: World | None = None) -> Answer:
    """Decide whether everything that situation `a` allows a principal is also allowed by `b`.

    PROVED: in this world, there is no request that `a` allows and `b` doesn't. REFUTED: the answer contains such a
    request. UNKNOWN: neither could be shown, and the answer has the reason. Never raises for parsed policies; the
    answer depends only on the arguments.
    """
    return Question(Situation(a), Situation(b), principal, world or World()).answer()


class _Choice(NamedTuple):
    """The value of a variable's key in a case: `value` (None: absent) or, with `others`, any text except `others`."""

    value: ContextValue | None
    others: tuple[str, ...] | None = None


@dataclass
class _Unclear:
    """Branches of a case that depend on a variable's text or on mixed operators, and strings that could settle them."""

    reasons: dict[str, None] = field(default_factory=dict)
    guesses: list[dict[str, str]] = field(default_factory=list)
    branches: int = 0

    def add(self, reason: str, guess: dict[str, str]) -> None:
        """Record a branch."""
        self.branches += 1
        self.reasons[reason] = None
        if guess not in self.guesses:
            self.guesses.append(guess)


class Question:
    """The question of whether one side, or a part of it, allows a request that the other side doesn't."""

    def __init__(self, a: Side, b: Side, principal: Principal, world: World) -> None:
        """Read both sides."""
        self._a, self._b = a, b
        self._principal = principal
        self._world = world
        self._account = world.account or principal.account
        self._budget = Budget(world.steps)
        self._index = Index()
        self._statements: list[Statement] = [
            statement for policy in (*a.policies, *b.policies) for statement in policy.statements
        ]
        self._conditions: dict[str, list[CompiledCondition]] = defaultdict(list)
        for condition in (
            *(each for statement in self._statements for each in statement.elements.conditions),
            *grant_conditions((*a.grants, *b.grants)),
        ):
            self._conditions[condition.key].append(condition)
        self._reasons: dict[str, None] = {}
        self._asked = a
        self._too_many = False
        # Shared by several answers, because theories remember their results.
        self._known_atoms: dict[int, Atoms] = {}

    def answer(self, part: Side | None = None) -> Answer:
        """Answer the question for the first side, or for a part of it that consists of some of its statements."""
        self._asked = part or self._a
        self._budget.spent = 0
        self._reasons.clear()
        try:
            request = self._refutation()
        except (OutOfStepsError, RecursionError):
            return Answer(Verdict.UNKNOWN, None, "budget", self._budget.spent)
        except UnclearError as error:
            return Answer(Verdict.UNKNOWN, None, str(error), self._budget.spent)
        if request is not None:
            return Answer(Verdict.REFUTED, request, "", self._budget.spent)
        if self._too_many:
            self._reasons["variable"] = None
        if self._reasons:
            return Answer(Verdict.UNKNOWN, None, next(iter(self._reasons)), self._budget.spent)
        return Answer(Verdict.PROVED, None, "", self._budget.spent)

    def _refutation(self) -> AccessRequest | None:
        for case in self._cases:
            request = self._refuted_in(case)
            if request is not None:
                return request
        return None

    # Cases: the values of the keys that policies use as variables.

    @cached_property
    def _cases(self) -> list[Bound]:
        """The cases, which together cover all requests."""
        variables = sorted(self._variables)
        choices = [self._choices(key, _MOST_VALUES) for key in variables]
        if _product(choices) > _MOST_CASES:
            choices = [self._choices(key, 0) for key in variables]
        if _product(choices) > _MOST_CASES:
            self._too_many = True
            choices = [[self._choices(key, 0)[0]] for key in variables]
        return [
            _together(dict(zip(variables, chosen, strict=True))) for chosen in itertools.product(*choices)
        ]

    @cached_property
    def _variables(self) -> set[str]:
        """The keys that policies use as variables."""
        keys: set[str] = set()
        for statement in self._statements:
            if statement.elements.variables:
                keys.update(*(pattern.keys for pattern in statement.elements.resources))
        for condition in itertools.chain.from_iterable(self._conditions.values()):
            if condition.variables:
                for value in condition.values:
                    if "${" in value:
                        keys |= keys_in(tokenize(value, variables=True, wildcards=False))
        if self._principal.kind is PrincipalKind.ANONYMOUS and self._providers:
            keys.add(PROVIDER)
        return keys

    def _choices(self, key: str, most: int) -> list[_Choice]:
        """Return what a variable's key can be: one of a few values, absent, or open."""
        closed = self._world.values.get(key)
        if closed is not None:
            return [_Choice(None if value == () else value) for value in closed]
        absent = [] if key in self._world.present else [_Choice(None)]
        conditions = self._conditions.get(key, [])
        kind, several = key_type(key, conditions, self._world)
        if several:
            return [*absent, _Choice(())]
        if kind == "Bool":
            return [*absent, _Choice("true"), _Choice("false")]
        mentioned = list(self._providers) if key == PROVIDER else []
        if kind in ("String", "ARN"):
            mentioned += _exact_values(conditions)[:most]
        if kind != "String":
            return [*absent, *map(_Choice, mentioned), _Choice(None, tuple(mentioned))]
        return [*absent, *map(_Choice, mentioned), _Choice(None, ("", *mentioned)), _Choice("")]

    # One case.

    def _refuted_in(self, bound: Bound) -> AccessRequest | None:
        request, unclear = self._search(bound)
        if request is not None or unclear is None:
            return request
        for values in itertools.islice(self._tried(bound, unclear), _MOST_TRIED):
            fixed = replace(bound, values={**bound.values, **values}, open=frozenset())
            request, _ = self._search(fixed)
            if request is not None:
                return request
        self._reasons.update(unclear.reasons)
        return None

    def _tried(self, bound: Bound, unclear: _Unclear) -> Iterator[dict[str, str]]:
        """Yield strings for the open keys: those that fit a branch, and some that differ from most patterns."""
        if not bound.open:
            return
        tried = {}
        for key in bound.open:
            kind, _ = key_type(key, self._conditions.get(key, []), self._world)
            tried[key] = _TRIED.get(kind, ())
        for guess in unclear.guesses:
            values = {key: guess.get(key) or next(iter(tried[key]), None) for key in bound.open}
            known = {key: value for key, value in values.items() if value is not None}
            if len(known) == len(values):
                yield known
        for texts in zip(*tried.values(), strict=False):
            yield dict(zip(tried, texts, strict=True))

    def _search(self, bound: Bound) -> tuple[AccessRequest | None, _Unclear | None]:
        """Return a request that refutes the case, or the reason that the case isn't settled.

        Both are None if no request refutes the case.
        """
        atoms = self._atoms(bound)
        unclear = _Unclear()
        for service in self._services:
            atoms.begin(service or self._unnamed_service)
            formula = self._formula(service, atoms)
            if formula is False:
                continue
            tableau = Tableau(atoms.owner, atoms.theories, self._budget)
            for model in tableau.models(formula):
                reason = "variable" if bound.open else MIXTURE
                try:
                    request = self._request(service, model, atoms)
                    if request is not None and self._refutes(request):
                        return self._nicest(request), None
                except UnclearError as error:
                    reason = str(error)
                unclear.add(reason, _guess(model, atoms, bound))
                if unclear.branches >= _MOST_UNCLEAR:
                    return None, unclear
        return None, unclear if unclear.reasons else None

    def _atoms(self, bound: Bound) -> Atoms:
        known = self._known_atoms.get(id(bound))
        if known is None:
            known = Atoms(self._conditions, self._arns, self._narrowed(bound), bound, self._budget)
            if any(bound is case for case in self._cases):
                self._known_atoms[id(bound)] = known
        return known

    @cached_property
    def _arns(self) -> Language:
        """The ARNs that resources can have."""
        if not self._world.plain_arns:
            return any_arns()
        patterns = [pattern for each in self._statements for pattern in each.elements.resources]
        wanted = [resource_pattern(text, variables=False) for text in self._world.resources]
        return plain_arns([*patterns, *wanted])

    def _narrowed(self, bound: Bound) -> World:
        """Return the world of a case."""
        values = {key: (value,) for key, value in bound.values.items() if value != ()}
        several = {key for key, value in bound.values.items() if value == ()}
        absent = dict.fromkeys(self._variables - bound.values.keys() - bound.open, (None,))
        return replace(
            self._world,
            values={**self._world.values, **absent, **values},
            present=self._world.present | bound.open | several,
        )

    @cached_property
    def _services(self) -> list[str]:
        """Services that represent all others that statements treat in the same way; "" is an unnamed service."""
        named = dict.fromkeys(service for each in self._statements for service in self._index.of(each))
        wanted = {action.lower().partition(":")[0] for action in self._world.actions}
        services = dict.fromkeys((*sorted({*named, *wanted} - {EVERY_SERVICE}), "", *_SPECIAL_SERVICES))
        by_names: dict[object, str] = {}
        for each in services:
            if EVERY_SERVICE in wanted or each in wanted:
                special = each if each in _SPECIAL_SERVICES or each in wanted else ""
                names = [
                    (i, found) for i, one in enumerate(self._names) if (found := one.get(each)) is not None
                ]
                by_names.setdefault((special, tuple(names)), each)
        return list(by_names.values())

    @cached_property
    def _names(self) -> list[Mapping[str, tuple[str, ...]]]:
        """Each statement's action patterns by service."""
        return [self._index.of(statement) for statement in self._statements]

    def _formula(self, service: str, atoms: Atoms) -> Node:
        names = []
        for action in self._world.actions:
            of_service, _, name = action.lower().partition(":")
            if of_service in (EVERY_SERVICE, service):
                names.append(name or "*")
        wanted: Node = True if "*" in names else atoms.action(names) if names else False
        resources = [resource_pattern(text, variables=False) for text in self._world.resources]
        return all_of(
            (
                wanted,
                atoms.resource(resources, variables=False),
                self._beyond(service, atoms),
            )
        )

    def _beyond(self, service: str, atoms: Atoms) -> Node:
        """Return the formula that is true if the first side allows a request and the second side doesn't."""
        asker = Asker(self._principal, self._account, service, atoms, self._index)
        if service not in atoms.refused:
            atoms.refused[service] = negation(self._b.formula(asker))
        return all_of((self._asked.formula(asker), atoms.refused[service]))

    @cached_property
    def _providers(self) -> list[str]:
        """The identity providers that statements name, as requests can spell them."""
        named: dict[str, None] = {}
        for statement in self._statements:
            element = statement.source.get("Principal", statement.source.get("NotPrincipal"))
            listed = element.get("Federated", ()) if isinstance(element, Mapping) else ()
            for text in (listed,) if isinstance(listed, str) else listed:
                name = provider_name(text)
                named.update(dict.fromkeys((text, name, f"https://{name}")))
        return list(named)

    # The request.

    def _refutes(self, request: AccessRequest) -> bool:
        return self._asked.allows(request) and not self._b.allows(request)

    def _request(self, service: str, model: Model, atoms: Atoms) -> AccessRequest | None:
        values = {
            variable: theory.value(model.get(variable, theory.start))
            for variable, theory in atoms.theories.items()
        }
        name, resource = values.pop(ACTION), values.pop(RESOURCE)
        action = _spelled(service or self._unnamed_service, str(name))
        context = {key: value for key, value in values.items() if value is not None}
        try:
            return AccessRequest.of(
                self._principal, action, str(resource), account=self._account, context=context
            )
        except PolicyError:
            return None

    def _nicest(self, request: AccessRequest) -> AccessRequest:
        """Return the request with a concrete resource in place of `*`.

        If that doesn't refute the case, return it unchanged.
        """
        service, _, name = request.action_key.partition(":")
        if request.resource != "*" or self._world.resources != ("*",):
            return request
        for each in sorted(types_of_action(service, name), key=len):
            arn = pattern_of(service, each)
            filled = VARIABLE.sub(lambda found: _EXAMPLES.get(found[0], "example"), arn)
            if filled.count(":") >= 5 and self._refutes(nicer := replace(request, resource=filled)):
                return nicer
        return request

    @cached_property
    def _unnamed_service(self) -> str:
        """A service that represents all services that no statement names."""
        named = {service for each in self._names for service in each}
        made = (f"service{number}" for number in itertools.count(1))
        return next(each for each in itertools.chain(_KNOWN_SERVICES, made) if each not in named)


def _product(choices: Iterable[list[_Choice]]) -> int:
    return math.prod(map(len, choices))


def _together(chosen: Mapping[str, _Choice]) -> Bound:
    return Bound(
        {key: each.value for key, each in chosen.items() if each.value is not None},
        frozenset(key for key, each in chosen.items() if each.others is not None),
        {key: each.others for key, each in chosen.items() if each.others is not None},
    )


def _exact_values(conditions: Iterable[CompiledCondition]) -> list[str]:
    """Return the strings without wildcards and variables in the values of conditions."""
    texts = dict.fromkeys(
        value for each in conditions if family(each) == "String" for value in each.values if value
    )
    return [text for text in texts if not any(sign in text for sign in ("*", "?", "${"))]


def _guess(model: Model, atoms: Atoms, bound: Bound) -> dict[str, str]:
    """Return strings for open keys that fit a branch."""
    found = {}
    for key in bound.open:
        theory = atoms.theories[key]
        state = model.get(key, theory.start)
        value = theory.guess(state) if isinstance(theory, Values) else theory.value(state)
        if isinstance(value, str):
            found[key] = value
    return found


def _spelled(service: str, name: str) -> str:
    """Return an action in AWS's spelling, if it is one of AWS's."""
    known = reference.actions(service).get(name)
    return f"{service}:{known['name'] if known else name}"
