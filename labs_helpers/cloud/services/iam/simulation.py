"""The simulation of one action: the engine's decisions in the format of the policy simulator.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from labs_helpers.engine.analysis.statement_spans import Span, statement_spans
from labs_helpers.engine.policy import (
    AccessRequest,
    Attached,
    Check,
    Decision,
    Policies,
    Policy,
    PolicyKind,
    Principal,
    Statement,
    decide,
    is_kms_key,
    needs_trust,
    parse_policy,
)
from labs_helpers.engine.policy.arn import account_number_in
from labs_helpers.engine.reference.arn_types import pattern_of, type_of, types_of_action

_DECISIONS = {"ALLOW": "allowed", "EXPLICIT_DENY": "explicitDeny", "IMPLICIT_DENY": "implicitDeny"}
_BY_RESTRICTION = ("allowed", "implicitDeny", "explicitDeny")
_DEFAULT_POLICY = "stands for the policy that a resource has by default"
_VARIABLE = re.compile(r"\$\{([^{},]*)")


@dataclass(frozen=True, slots=True)
class Source:
    """A policy in a simulation: its name and type in the simulator's response, its text, and the parsed policy."""

    id: str
    type: str
    text: str
    policy: Policy

    @property
    def spans(self) -> list[Span]:
        """Return the positions of the policy's statements in its text."""
        return statement_spans(self.text)


@dataclass(slots=True)
class Simulation:
    """A simulated principal and all policies that apply to it.

    `resource_owner` is the account that owns the resources whose ARNs don't contain an account ID.
    """

    principal: Principal
    resource_owner: str
    identity: list[Source]
    boundary: Source | None = None
    resource: Source | None = None
    scp: list[list[Source]] | None = None
    attached: bool = False
    """True if the simulation is about an entity in an account.

    Its response then always contains the organization's decision.
    """
    context: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)

    def of_action(self, action: str, arns: list[str]) -> dict[str, Any]:
        """Return an EvaluationResult: the most restrictive decision across all resources, and each resource's."""
        judged = [_Judgement(self, action, arn) for arn in arns]
        decision = max((each.decision for each in judged), key=_BY_RESTRICTION.index)
        result: dict[str, Any] = {
            "EvalActionName": action,
            "EvalResourceName": template(action, arns),
            "EvalDecision": decision,
            "MatchedStatements": _unique(
                statement for each in judged if each.decision == decision for statement in each.matched
            ),
            "MissingContextValues": _unique(key for each in judged for key in each.missing),
        }
        if self.scp is not None or self.attached:
            allowed = all(each.allowed_by_organization for each in judged)
            result["OrganizationsDecisionDetail"] = {"AllowedByOrganizations": allowed}
        if self.boundary is not None:
            bounded = all(each.allowed_by_boundary for each in judged)
            result["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": bounded}
        if arns != ["*"]:
            details = [each.details for each in judged if each.details is not None]
            if details:
                result["EvalDecisionDetails"] = _most_restrictive(details)
            result["ResourceSpecificResults"] = [each.resource_result() for each in judged]
        return result


class _Judgement:
    """The engine's decision on one action and one resource."""

    def __init__(self, simulation: Simulation, action: str, arn: str) -> None:
        self._simulation = simulation
        self._arn = arn
        owner = account_number_in(arn) or simulation.resource_owner
        self._request = AccessRequest.of(
            simulation.principal, action, arn, account=owner, context=simulation.context
        )
        self._sources: dict[str, Source] = {}
        self._decided = decide(self._request, self._policies())

    def _policies(self) -> Policies:
        simulation = self._simulation
        scp = simulation.scp
        return Policies(
            identity=tuple(self._attached(source) for source in simulation.identity),
            boundary=self._attached(simulation.boundary) if simulation.boundary else None,
            resource=self._resource(),
            scp=None if scp is None else tuple(tuple(map(self._attached, level)) for level in scp),
        )

    def _attached(self, source: Source) -> Attached:
        name = str(len(self._sources))
        self._sources[name] = source
        return Attached(name, source.policy)

    def _resource(self) -> Attached | None:
        given = self._simulation.resource
        if given is not None:
            return self._attached(given)
        # The simulator doesn't read resource-based policies. A key policy or trust policy must allow a request
        # itself, so the simulation uses a policy that leaves the decision to the account's IAM policies.
        request = self._request
        trust = needs_trust(request.action_key, request.resource)
        if not (trust or is_kms_key(request.resource)) or request.account != request.principal.account:
            return None
        assert request.account is not None
        return Attached(_DEFAULT_POLICY, _policy_deferring_to_iam(request.account, trust))

    @property
    def decision(self) -> str:
        """Return the decision in the simulator's words: allowed, explicitDeny, or implicitDeny."""
        return _DECISIONS[self._decided.effect]

    @property
    def matched(self) -> list[dict[str, Any]]:
        """Return the deciding statements of IAM and resource policies.

        These are the statements that deny, if there are any, or else those that allow.
        """
        if self.decision == "implicitDeny":
            return []
        return [
            _matched_statement(self._sources[each.policy], each.index)
            for check in self._decided.checks
            if check.check_type in ("PRINCIPAL", "RESOURCE")
            for each in check.matched
            if each.effect == self._decided.effect and each.policy in self._sources
        ]

    @property
    def missing(self) -> list[str]:
        """Return condition keys that the policies check for this action, but that the request doesn't have."""
        simulation = self._simulation
        sources = [*simulation.identity, simulation.boundary, simulation.resource]
        return _unique(
            key
            for source in sources
            if source is not None
            for statement in source.policy.statements
            if statement.concerns(self._request.action_key)
            for key in keys_as_written(statement)
            if key.lower() not in self._request.context
        )

    @property
    def allowed_by_organization(self) -> bool:
        """Return True if the SCPs at every level allow the action, or if no SCPs apply."""
        checks = [check for check in self._decided.checks if check.check_type == "SERVICE_CONTROL_POLICY"]
        return all(check.effect in ("ALLOW", "NO_IMPACT") for check in checks)

    @property
    def allowed_by_boundary(self) -> bool:
        """Return True if the permissions boundary allows the action."""
        check = self._check("PERMISSIONS_BOUNDARY")
        return check is not None and check.effect == "ALLOW"

    @property
    def details(self) -> dict[str, str] | None:
        """Return each policy type's decision for a resource in another account, or None if an SCP denied the action."""
        if not self.allowed_by_organization:
            return None
        if self._request.account == self._request.principal.account:
            return {}
        found = {
            "IAM Policy": self._decision_of("PRINCIPAL"),
            "Resource Policy": self._decision_of("RESOURCE"),
        }
        if self._simulation.boundary is not None:
            found["Permissions Boundary Policy"] = self._decision_of("PERMISSIONS_BOUNDARY")
        return found

    def resource_result(self) -> dict[str, Any]:
        """Return a ResourceSpecificResult."""
        result: dict[str, Any] = {
            "EvalResourceName": self._arn,
            "EvalResourceDecision": self.decision,
            "MatchedStatements": self.matched,
            "MissingContextValues": self.missing,
        }
        if self.details:
            # OBSERVED in 2025: the member is absent if the resource is in the principal's account.
            result["EvalDecisionDetails"] = self.details
        if self._simulation.boundary is not None:
            result["PermissionsBoundaryDecisionDetail"] = {
                "AllowedByPermissionsBoundary": self.allowed_by_boundary
            }
        return result

    def _check(self, check_type: str) -> Check | None:
        decided: Decision = self._decided
        return next((check for check in decided.checks if check.check_type == check_type), None)

    def _decision_of(self, check_type: str) -> str:
        check = self._check(check_type)
        return _DECISIONS.get(check.effect, "implicitDeny") if check is not None else "implicitDeny"


def keys_as_written(statement: Statement) -> list[str]:
    """Return the condition keys in a statement's conditions and variables, spelled as in the statement."""
    source = statement.source
    written = [key for entries in source.get("Condition", {}).values() for key in entries]
    text = json.dumps(
        [source.get("Resource"), source.get("NotResource"), source.get("Condition")], ensure_ascii=False
    )
    written += [key.strip() for key in _VARIABLE.findall(text)]
    spelled = {key.lower(): key for key in reversed(written)}
    return _unique(spelled[key.lower()] for key in written if key.lower() in statement.keys)


def template(action: str, arns: list[str]) -> str:
    """Return the ARN to report as the simulated resource.

    For several resources, it is the ARN pattern of their type, or `*` if the action has no resource type. AWS documents
    only the pattern, but recorded responses for a single resource contain its ARN.
    """
    if len(arns) == 1:
        return arns[0]
    prefix, _, name = action.partition(":")
    prefix = prefix.lower()
    fitting = type_of(prefix, arns[0], name)
    types = (fitting,) if fitting else types_of_action(prefix, name.lower())
    patterns = (pattern_of(prefix, each) for each in types)
    return max(patterns, key=lambda pattern: (len(pattern), pattern), default="*")


@cache
def _policy_deferring_to_iam(account: str, trust: bool) -> Policy:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "sts:*" if trust else "kms:*",
    }
    if trust:
        kind = PolicyKind.TRUST
    else:
        kind, statement["Resource"] = PolicyKind.KEY, "*"
    return parse_policy({"Version": "2012-10-17", "Statement": [statement]}, kind)


def _matched_statement(source: Source, index: int) -> dict[str, Any]:
    start, end = source.spans[index]
    return {
        "SourcePolicyId": source.id,
        "SourcePolicyType": "Resource Policy" if source.type == "resource" else "IAM Policy",
        "StartPosition": {"Line": start.line, "Column": start.column},
        "EndPosition": {"Line": end.line, "Column": end.column},
    }


def _most_restrictive(details: list[dict[str, str]]) -> dict[str, str]:
    types = _unique(name for each in details for name in each)
    return {
        name: max((each[name] for each in details if name in each), key=_BY_RESTRICTION.index)
        for name in types
    }


def _unique(items: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    for item in items:
        if item not in found:
            found.append(item)
    return found
