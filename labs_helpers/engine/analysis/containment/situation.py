"""The formula for "these policies allow the request", layer by layer as in `policy.decide`, for one principal.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from labs_helpers.engine.analysis.containment.atoms import Atoms
from labs_helpers.engine.analysis.containment.formulas import Node, all_of, negation, some_of
from labs_helpers.engine.policy import Attached, Policies, Policy, Principal, PrincipalKind, Statement
from labs_helpers.engine.policy.conditions import CompiledCondition, compile_condition
from labs_helpers.engine.policy.decide import ALWAYS_ALLOWED, BEYOND_RCPS, TRUSTED_ACTIONS
from labs_helpers.engine.policy.grants import CONTEXT_PREFIX, UNCONSTRAINED, Grant
from labs_helpers.engine.policy.principal_element import BY_ACCOUNT, BY_ISSUER, DIRECTLY
from labs_helpers.engine.policy.statement import ALLOW

EVERY_SERVICE = "*"
_OTHER_CONTEXT_KEY = f"{CONTEXT_PREFIX}another"
_ROLE, _KEY = "*:*:iam:*:*:role/*", "*:*:kms:*:*:key/*"
_ASSUME_ROLE = "sts:assumerole"


def policies_of(situation: Policies) -> list[Policy]:
    """Return all policies of a situation."""
    single = (situation.boundary, situation.resource, situation.vpc_endpoint)
    levels = (*(situation.scp or ()), *(situation.rcp or ()))
    attached = (*situation.identity, *situation.session, *(each for level in levels for each in level))
    return [each.policy for each in (*attached, *(one for one in single if one is not None))]


def services_in(statement: Statement) -> dict[str, tuple[str, ...]]:
    """Return a statement's action patterns by service, without the service; `*` has those for every service."""
    found: dict[str, list[str]] = defaultdict(list)
    for pattern in statement.elements.actions:
        service, _, name = pattern.partition(":")
        found[service].append(name or "*")
    return {service: tuple(sorted(set(names))) for service, names in found.items()}


def constraints(grant: Grant) -> list[CompiledCondition]:
    """Return a grant's constraints on its encryption context as conditions, except that other keys are absent."""
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


class Allowed:
    """Builds the formula of a situation for the actions of one service."""

    def __init__(
        self, situation: Policies, principal: Principal, account: str | None, atoms: Atoms, index: Index
    ) -> None:
        """`account` owns the resource."""
        self._situation = situation
        self._principal = principal
        self._home = principal.account == account
        self._atoms = atoms
        self._index = index
        self._service = ""

    def formula(self, service: str) -> Node:
        """Return the formula for requests whose action belongs to a service; "" is one that no policy names."""
        self._service = service
        principal, situation = self._principal, self._situation
        always = [action for action, kinds in ALWAYS_ALLOWED.items() if principal.kind in kinds]
        layers: list[Node] = []
        if not principal.is_service_linked:
            layers += self._organization()
        if situation.vpc_endpoint is not None:
            layers += [
                self._denied((situation.vpc_endpoint,), negated=True),
                self._granted((situation.vpc_endpoint,)),
            ]
        layers += self._resource_side()
        if principal.has_identity_policies:
            layers += self._principal_side()
        return some_of((self._action(always), all_of(layers)))

    def _organization(self) -> list[Node]:
        situation = self._situation
        layers: list[Node] = []
        for level in situation.rcp or ():
            layers.append(some_of((self._action(BEYOND_RCPS), self._denied(level, negated=True))))
        if self._principal.has_identity_policies:
            for level in situation.scp or ():
                layers += [self._denied(level, negated=True), self._granted(level)]
        return layers

    def _resource_side(self) -> list[Node]:
        resource = self._situation.resource
        layers: list[Node] = [self._denied((resource,), negated=True)] if resource is not None else []
        must_allow: Node = True
        if self._principal.has_identity_policies and self._home:
            must_allow = some_of((self._asks_trust(), self._atoms.resource_form(_KEY)))
        return [*layers, some_of((negation(must_allow), self._by_resource(BY_ACCOUNT)))]

    def _principal_side(self) -> list[Node]:
        situation, kind = self._situation, self._principal.kind
        grants = {
            naming: self._by_resource(naming) if self._home else False for naming in (BY_ISSUER, DIRECTLY)
        }
        root = kind is PrincipalKind.ROOT
        spared = negation(self._action((_ASSUME_ROLE,))) if root else grants[BY_ISSUER]
        layers = [
            self._denied(situation.identity, negated=True),
            some_of((self._granted(situation.identity), spared)),
        ]
        if situation.boundary is not None:
            boundary = (situation.boundary,)
            spared = grants[DIRECTLY]
            if kind is PrincipalKind.USER:
                spared = all_of((spared, negation(self._asks_trust())))
            layers += [self._denied(boundary, negated=True), some_of((self._granted(boundary), spared))]
        if situation.session:
            session = situation.session
            layers += [
                self._denied(session, negated=True),
                some_of((self._granted(session), grants[DIRECTLY])),
            ]
        elif kind is PrincipalKind.FEDERATED_USER:
            layers.append(grants[DIRECTLY])
        return layers

    def _by_resource(self, least: int) -> Node:
        """Return the formula for a grant by the resource's side that names the principal at least so directly."""
        resource, grants = self._situation.resource, self._situation.grants or ()
        parts = [self._granted((resource,), least)] if resource is not None else []
        return some_of((*parts, *(self._by_grant(grant, least) for grant in grants)))

    def _by_grant(self, grant: Grant, least: int) -> Node:
        if self._service != "kms":
            return False
        atoms = self._atoms
        uses: list[Node] = []
        retiring = 0 if grant.retiring is None else grant.retiring.naming(self._principal)
        if retiring >= least:
            uses.append(self._action(("kms:retiregrant",)))
        if grant.grantee.naming(self._principal) >= least:
            # A grant that names the principal as the retiring one counts as directly as that does.
            operations = grant.operations - ({"kms:retiregrant"} if retiring else set())
            source = [] if grant.source_arn is None else [_equals("aws:sourcearn", grant.source_arn)]
            limits = [*source, *constraints(grant), *self._no_others(grant)]
            uses.append(all_of((self._action(operations & UNCONSTRAINED), *map(atoms.condition, source))))
            uses.append(all_of((self._action(operations - UNCONSTRAINED), *map(atoms.condition, limits))))
        key = [] if grant.key_id is None else [atoms.resource_end(f"/{grant.key_id.rpartition('/')[2]}")]
        return all_of((atoms.resource_form(_KEY), *key, some_of(uses)))

    def _no_others(self, grant: Grant) -> list[CompiledCondition]:
        """Return the conditions that the encryption context has no other keys than a grant's."""
        if grant.equals is None:
            return []
        wanted = {f"{CONTEXT_PREFIX}{key}" for key in grant.equals}
        keys = (key for key in self._atoms.theories if key.startswith(CONTEXT_PREFIX) and key not in wanted)
        return [_absent(key) for key in keys]

    def _asks_trust(self) -> Node:
        return all_of((self._action(TRUSTED_ACTIONS), self._atoms.resource_form(_ROLE)))

    def _action(self, actions: Iterable[str]) -> Node:
        """Return the formula for one of some actions, given in full."""
        parts = (action.split(":", 1) for action in sorted(actions))
        names = [name for service, name in parts if service == self._service]
        return self._atoms.action(names) if names else False

    def _denied(self, attached: Iterable[Attached], *, negated: bool) -> Node:
        denied = some_of(
            all_of(self._parts(statement))
            for each in attached
            for statement in each.policy.statements
            if statement.effect != ALLOW and self._naming(statement)
        )
        return negation(denied) if negated else denied

    def _granted(self, attached: Iterable[Attached], least: int = BY_ACCOUNT) -> Node:
        return some_of(
            all_of(self._parts(statement))
            for each in attached
            for statement in each.policy.statements
            if statement.effect == ALLOW and self._naming(statement) >= least
        )

    def _naming(self, statement: Statement) -> int:
        test = statement.principal_test
        return DIRECTLY if test is None else test(self._principal, self._situation.boundary is not None)

    def _parts(self, statement: Statement) -> list[Node]:
        action = self._statement_action(statement)
        return [False] if action is False else [action, *self._atoms.statement(statement)]

    def _statement_action(self, statement: Statement) -> Node:
        patterns = self._index.of(statement)
        names = (*patterns.get(EVERY_SERVICE, ()), *patterns.get(self._service, ()))
        named: Node = False
        if "*" in names:
            named = True
        elif names:
            named = self._atoms.action(names)
        return negation(named) if statement.elements.not_action else named
