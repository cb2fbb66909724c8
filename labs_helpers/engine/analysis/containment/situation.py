"""The formula for "these policies allow the request", layer by layer as in `policy.decide`, for one principal.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from labs_helpers.engine.analysis.containment.atoms import Atoms
from labs_helpers.engine.analysis.containment.formulas import Node, all_of, negation, some_of
from labs_helpers.engine.policy import (
    AccessRequest,
    Attached,
    Policies,
    Policy,
    Principal,
    PrincipalKind,
    Statement,
    decide,
)
from labs_helpers.engine.policy.conditions import CompiledCondition, compile_condition
from labs_helpers.engine.policy.decide import ALWAYS_ALLOWED, BEYOND_RCPS, TOKEN_BEARERS, TRUSTED_ACTIONS
from labs_helpers.engine.policy.grants import CONTEXT_PREFIX, UNCONSTRAINED, Grant
from labs_helpers.engine.policy.principal_element import BY_ACCOUNT, BY_ISSUER, DIRECTLY, NOT_NAMED
from labs_helpers.engine.policy.statement import ALLOW

EVERY_SERVICE = "*"
PROVIDER = "aws:federatedprovider"
_ANOTHER_PROVIDER = "another provider"
_OTHER_CONTEXT_KEY = f"{CONTEXT_PREFIX}another"
_ROLE, _KEY = "*:*:iam:*:*:role/*", "*:*:kms:*:*:key/*"
_ASSUME_ROLE = "sts:assumerole"


def services_in(statement: Statement) -> dict[str, tuple[str, ...]]:
    """Return a statement's action patterns by service, without the service; those for all services are under `*`."""
    found: dict[str, list[str]] = defaultdict(list)
    for pattern in statement.elements.actions:
        service, _, name = pattern.partition(":")
        found[service].append(name or "*")
    return {service: tuple(sorted(set(names))) for service, names in found.items()}


def constraints(grant: Grant) -> list[CompiledCondition]:
    """Return a grant's encryption context constraints as conditions, which don't exclude other keys."""
    pairs = {**(grant.equals or {}), **(grant.subset or {})}
    return [_equals(f"{CONTEXT_PREFIX}{key}", value) for key, value in pairs.items()]


def grant_conditions(grants: Iterable[Grant]) -> list[CompiledCondition]:
    """Return all conditions that grants need, so that their keys are known."""
    found = []
    for grant in grants:
        found += constraints(grant)
        if grant.source_arn is not None:
            found.append(_equals("aws:sourcearn", grant.source_arn))
        if grant.equals is not None:
            found.append(_absent(_OTHER_CONTEXT_KEY))
    return found


def _equals(key: str, value: str) -> CompiledCondition:
    return compile_condition("StringEquals", key, [value], variables=False, path="grants")


def _absent(key: str) -> CompiledCondition:
    return compile_condition("Null", key, ["true"], variables=False, path="grants")


@dataclass
class Index:
    """The action patterns of all statements by service, read once per question."""

    _known: dict[Statement, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)

    def of(self, statement: Statement) -> Mapping[str, tuple[str, ...]]:
        """Return a statement's patterns by service."""
        found = self._known.get(statement)
        if found is None:
            found = self._known[statement] = services_in(statement)
        return found


@dataclass(frozen=True)
class Asker:
    """The principal and the actions for which a formula is built."""

    principal: Principal
    account: str | None
    """The account that owns the resource."""
    service: str
    """The service that the actions belong to; "" stands for all services that no policy names."""
    atoms: Atoms
    index: Index

    @property
    def home(self) -> bool:
        """True if the principal's own account owns the resource."""
        return self.principal.account == self.account

    def action(self, actions: Iterable[str]) -> Node:
        """Return the formula for any of these actions, given in full."""
        parts = (action.split(":", 1) for action in sorted(actions))
        names = [name for service, name in parts if service == self.service]
        return self.atoms.action(names) if names else False

    def not_denied(self, attached: Iterable[Attached], *, bounded: bool = False) -> Node:
        """Return the formula that is true if no statement of the policies denies the request.

        `bounded` is True if the principal has a boundary.
        """
        return negation(
            some_of(
                all_of(self._parts(statement))
                for each in attached
                for statement in each.policy.statements
                if statement.effect != ALLOW and self._naming(statement, bounded)
            )
        )

    def granted(
        self, attached: Iterable[Attached], least: int = BY_ACCOUNT, *, bounded: bool = False
    ) -> Node:
        """Return the formula that is true if an Allow statement applies.

        The statement must name the principal at least as directly as `least`.
        """
        return some_of(
            all_of(self._parts(statement))
            for each in attached
            for statement in each.policy.statements
            if statement.effect == ALLOW and self._naming(statement, bounded) >= least
        )

    def _naming(self, statement: Statement, bounded: bool) -> int:
        test = statement.principal_test
        return DIRECTLY if test is None else test(self.principal, bounded)

    def _parts(self, statement: Statement) -> list[Node]:
        action = self._statement_action(statement)
        return [False] if action is False else [action, *self.atoms.statement(statement)]

    def _statement_action(self, statement: Statement) -> Node:
        patterns = self.index.of(statement)
        names = (*patterns.get(EVERY_SERVICE, ()), *patterns.get(self.service, ()))
        named: Node = False
        if "*" in names:
            named = True
        elif names:
            named = self.atoms.action(names)
        return negation(named) if statement.elements.not_action else named


class Side(Protocol):
    """One side of a question, which allows some requests."""

    @property
    def policies(self) -> Sequence[Policy]:
        """All policies."""

    @property
    def grants(self) -> tuple[Grant, ...]:
        """All grants."""

    def formula(self, asker: Asker) -> Node:
        """Return the formula that is true if the principal's request for one of the service's actions is allowed."""

    def allows(self, request: AccessRequest) -> bool:
        """Return whether the decision engine allows a request."""


@dataclass(frozen=True)
class Document:
    """A policy by itself: what it grants to the principals that it names, even if they need more than that.

    With `limits`, the policy can only deny: whatever it doesn't deny counts as granted.
    """

    policy: Policy
    grants: tuple[Grant, ...] = ()
    limits: bool = False

    @property
    def policies(self) -> list[Policy]:
        """The policy."""
        return [self.policy]

    def formula(self, asker: Asker) -> Node:
        """Return the formula that is true if the policy allows the request and doesn't deny it."""
        attached = (Attached("policy", self.policy),)
        return all_of((asker.not_denied(attached), self.limits or asker.granted(attached)))

    def allows(self, request: AccessRequest) -> bool:
        """Return whether the policy allows a request and doesn't deny it, by the engine's own matching."""
        allowed = self.limits
        for statement in self.policy.candidates(request.action_key, request.resource):
            if _matches(statement, request):
                if statement.effect != ALLOW:
                    return False
                allowed = True
        return allowed


def _matches(statement: Statement, request: AccessRequest) -> bool:
    """Return whether a candidate statement applies to a request, for a principal without a permissions boundary."""
    resource, principal = statement.resource_test, statement.principal_test
    return (
        (resource is None or resource(request.resource, request.context))
        and all(condition(request.context) for condition in statement.condition_tests)
        and (principal is None or principal(request.principal, False) != NOT_NAMED)
    )


@dataclass(frozen=True)
class Nothing:
    """A side that allows nothing. Comparing a policy with it shows whether the policy allows anything."""

    policies: tuple[Policy, ...] = ()
    grants: tuple[Grant, ...] = ()

    def formula(self, asker: Asker) -> Node:
        """Return False."""
        return False

    def allows(self, request: AccessRequest) -> bool:
        """Return False."""
        return False


@dataclass(frozen=True)
class Either:
    """Several sides: a request is allowed if one of them allows it."""

    sides: tuple[Side, ...]

    @property
    def policies(self) -> list[Policy]:
        """All sides' policies."""
        return [policy for side in self.sides for policy in side.policies]

    @property
    def grants(self) -> tuple[Grant, ...]:
        """All sides' grants."""
        return tuple(grant for side in self.sides for grant in side.grants)

    def formula(self, asker: Asker) -> Node:
        """Return the formula that is true if a side allows the request."""
        return some_of(side.formula(asker) for side in self.sides)

    def allows(self, request: AccessRequest) -> bool:
        """Return whether one side allows a request."""
        return any(side.allows(request) for side in self.sides)


@dataclass(frozen=True)
class Situation:
    """All policies that apply to requests."""

    given: Policies

    @property
    def policies(self) -> list[Policy]:
        """All policies of all layers."""
        given = self.given
        single = (given.boundary, given.resource, given.vpc_endpoint)
        levels = itertools.chain(*(given.scp or ()), *(given.rcp or ()))
        attached = (*given.identity, *given.session, *levels, *(one for one in single if one is not None))
        return [each.policy for each in attached]

    @property
    def grants(self) -> tuple[Grant, ...]:
        """The KMS key's grants."""
        return self.given.grants or ()

    def allows(self, request: AccessRequest) -> bool:
        """Return whether the engine allows a request."""
        return decide(request, self.given).allowed

    def formula(self, asker: Asker) -> Node:
        """Return the formula that is true if every layer allows the request.

        For two anonymous actions, the bearer of a token takes the principal's place (see `policy.decide`).
        """
        if asker.service != "sts" or asker.principal.kind is not PrincipalKind.ANONYMOUS:
            return _Layers(self.given, asker).formula()
        bound = asker.atoms.bound
        issuer = _ANOTHER_PROVIDER if PROVIDER in bound.open else str(bound.values.get(PROVIDER, "*"))
        cases = [all_of((negation(asker.action(TOKEN_BEARERS)), _Layers(self.given, asker).formula()))]
        for action, kind in TOKEN_BEARERS.items():
            bearer = replace(asker, principal=Principal(issuer, kind))
            cases.append(all_of((asker.action((action,)), _Layers(self.given, bearer).formula())))
        return some_of(cases)


class _Layers:
    """The formulas of a situation's layers."""

    def __init__(self, situation: Policies, asker: Asker) -> None:
        self._situation = situation
        self._asker = asker
        self._principal = asker.principal
        self._atoms = asker.atoms

    def formula(self) -> Node:
        principal, situation, asker = self._principal, self._situation, self._asker
        always = [action for action, kinds in ALWAYS_ALLOWED.items() if principal.kind in kinds]
        layers: list[Node] = []
        if not principal.is_service_linked:
            layers += self._organization()
        if situation.vpc_endpoint is not None:
            layers += [self._not_denied((situation.vpc_endpoint,)), self._granted((situation.vpc_endpoint,))]
        layers += self._resource_side()
        if principal.has_identity_policies:
            layers += self._principal_side()
        return some_of((asker.action(always), all_of(layers)))

    def _not_denied(self, attached: Iterable[Attached]) -> Node:
        return self._asker.not_denied(attached, bounded=self._situation.boundary is not None)

    def _granted(self, attached: Iterable[Attached], least: int = BY_ACCOUNT) -> Node:
        return self._asker.granted(attached, least, bounded=self._situation.boundary is not None)

    def _organization(self) -> list[Node]:
        situation = self._situation
        layers: list[Node] = []
        for level in situation.rcp or ():
            layers.append(some_of((self._asker.action(BEYOND_RCPS), self._not_denied(level))))
        if self._principal.has_identity_policies:
            for level in situation.scp or ():
                layers += [self._not_denied(level), self._granted(level)]
        return layers

    def _resource_side(self) -> list[Node]:
        resource = self._situation.resource
        layers: list[Node] = [self._not_denied((resource,))] if resource is not None else []
        must_allow: Node = True
        if self._principal.has_identity_policies and self._asker.home:
            must_allow = some_of((self._asks_trust(), self._atoms.resource_form(_KEY)))
        return [*layers, some_of((negation(must_allow), self._by_resource(BY_ACCOUNT)))]

    def _principal_side(self) -> list[Node]:
        situation, kind = self._situation, self._principal.kind
        grants = {
            naming: self._by_resource(naming) if self._asker.home else False
            for naming in (BY_ISSUER, DIRECTLY)
        }
        root = kind is PrincipalKind.ROOT
        spared = negation(self._asker.action((_ASSUME_ROLE,))) if root else grants[BY_ISSUER]
        layers = [
            self._not_denied(situation.identity),
            some_of((self._granted(situation.identity), spared)),
        ]
        if situation.boundary is not None:
            boundary = (situation.boundary,)
            spared = grants[DIRECTLY]
            if kind is PrincipalKind.USER:
                spared = all_of((spared, negation(self._asks_trust())))
            layers += [self._not_denied(boundary), some_of((self._granted(boundary), spared))]
        if situation.session:
            session = situation.session
            layers += [
                self._not_denied(session),
                some_of((self._granted(session), grants[DIRECTLY])),
            ]
        elif kind is PrincipalKind.FEDERATED_USER:
            layers.append(grants[DIRECTLY])
        return layers

    def _by_resource(self, least: int) -> Node:
        """Return the formula that is true if the resource's side grants the request.

        The statement or grant must name the principal at least as directly as `least`.
        """
        resource, grants = self._situation.resource, self._situation.grants or ()
        parts = [self._granted((resource,), least)] if resource is not None else []
        return some_of((*parts, *(self._by_grant(grant, least) for grant in grants)))

    def _by_grant(self, grant: Grant, least: int) -> Node:
        if self._asker.service != "kms":
            return False
        atoms = self._atoms
        uses: list[Node] = []
        retiring = 0 if grant.retiring is None else grant.retiring.naming(self._principal)
        if retiring >= least:
            uses.append(self._asker.action(("kms:retiregrant",)))
        if grant.grantee.naming(self._principal) >= least:
            # A grant names its retiring principal as directly as its grantee.
            operations = grant.operations - ({"kms:retiregrant"} if retiring else set())
            source = [] if grant.source_arn is None else [_equals("aws:sourcearn", grant.source_arn)]
            limits = [*source, *constraints(grant), *self._no_others(grant)]
            uses.append(
                all_of((self._asker.action(operations & UNCONSTRAINED), *map(atoms.condition, source)))
            )
            uses.append(
                all_of((self._asker.action(operations - UNCONSTRAINED), *map(atoms.condition, limits)))
            )
        key = [] if grant.key_id is None else [atoms.resource_end(f"/{grant.key_id.rpartition('/')[2]}")]
        return all_of((atoms.resource_form(_KEY), *key, some_of(uses)))

    def _no_others(self, grant: Grant) -> list[CompiledCondition]:
        """Return the conditions that require an encryption context without keys other than a grant's."""
        if grant.equals is None:
            return []
        wanted = {f"{CONTEXT_PREFIX}{key}" for key in grant.equals}
        keys = (key for key in self._atoms.theories if key.startswith(CONTEXT_PREFIX) and key not in wanted)
        return [_absent(key) for key in keys]

    def _asks_trust(self) -> Node:
        return all_of((self._asker.action(TRUSTED_ACTIONS), self._atoms.resource_form(_ROLE)))
