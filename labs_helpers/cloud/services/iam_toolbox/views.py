"""Denied requests in the Access Troubleshooter's format: evaluations, the checks in them, and the evaluated policies.

https://docs.aws.amazon.com/iam-toolbox/latest/APIReference/API_Evaluation.html
https://docs.aws.amazon.com/iam-toolbox/latest/APIReference/API_PolicyInfo.html
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from labs_helpers.cloud.core.call import Judgement
from labs_helpers.cloud.core.record import Entry
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.organizations.membership import management_account
from labs_helpers.engine.policy import Attached, Check, Matched, Policy, PolicyKind
from labs_helpers.engine.policy.arn import Arn
from labs_helpers.engine.policy.layers import Layer
from labs_helpers.engine.reference.global_keys import spelled

_ORDER = tuple(Layer)
_SOURCES = {
    PolicyKind.KEY: ("KMS_KEY_POLICY", "KMS key policy"),
    PolicyKind.TRUST: ("TRUST_POLICY", "Role trust policy"),
}
_ARN_OF_MANAGED = re.compile(r"arn:aws[a-z-]*:(iam|organizations)::\w+:policy/\S+")
_ARN_IN_NAME = re.compile(r"arn:\S+")
_RESOURCE_KEYS = "aws:resource"


def document_of(policy: Policy) -> dict[str, Any]:
    """Return the JSON object that a policy was parsed from, with Statement always as a list."""
    document: dict[str, Any] = {"Version": policy.version}
    if policy.id is not None:
        document["Id"] = policy.id
    return document | {"Statement": [dict(statement.source) for statement in policy.statements]}


@dataclass(frozen=True, slots=True)
class _Layer:
    """The policies in one check, and the target that they are attached to.

    For SCPs and RCPs, a check has several levels, and each level is a separate layer.
    """

    check_type: str
    level: int | None
    target: str | None
    attached: tuple[Attached, ...]


@dataclass(slots=True)
class Evaluated:
    """The decisions on a recorded call's actions, without policies that the reading account isn't allowed to see."""

    entry: Entry
    state: State
    request_context: dict[str, Any] = field(init=False)
    evaluations: list[dict[str, Any]] = field(init=False)
    policies: dict[str, Policy] = field(init=False, default_factory=dict)
    """Policies by URI."""
    _infos: dict[tuple[str, str], dict[str, Any]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        refusals = self.entry.refusals
        for refusal in refusals:
            self._collect(refusal)
        self.request_context = {spelled(key): value for key, value in _common_context(refusals).items()}
        self.evaluations = [
            {"action": action, "resource": "" if resource == "*" else resource, "evaluatedEffect": "ALLOW"}
            for action, resource in self.entry.allowed
        ]
        self.evaluations += [self._evaluation(refusal) for refusal in refusals]

    @property
    def policy_infos(self) -> list[dict[str, Any]]:
        """Return one PolicyInfo per evaluated policy, without duplicates."""
        return list(self._infos.values())

    def _collect(self, judgement: Judgement) -> None:
        for layer in _layers(judgement, self.state):
            for attached in layer.attached:
                uri = _uri(attached.name)
                self.policies[uri] = attached.policy
                info = self._infos.setdefault((uri, layer.check_type), _info(layer, attached, uri))
                target = {"arn": _attached_to(judgement, layer, attached)}
                if target not in info["attachedTo"]:
                    info["attachedTo"].append(target)

    def _evaluation(self, judgement: Judgement) -> dict[str, Any]:
        request = judgement.request
        checks = [self._check(judgement, check) for check in _checks(judgement)]
        own = {
            key: value
            for key, value in request.context.items()
            if spelled(key) not in self.request_context
            and (
                _is_resource_visible(judgement)
                or not key.startswith(_RESOURCE_KEYS)
                or key == "aws:resourceaccount"
            )
        }
        return {
            "action": request.action,
            "resource": "" if request.resource == "*" else request.resource,
            "context": {spelled(key): _json(value) for key, value in own.items()},
            "evaluatedEffect": judgement.decision.effect,
            "matchedPolicies": [policy for check in checks for policy in check["matchedPolicies"]],
            "checks": checks,
        }

    def _check(self, judgement: Judgement, check: Check) -> dict[str, Any]:
        matched: dict[str, list[Matched]] = {}
        for each in check.matched:
            matched.setdefault(_uri(each.policy), []).append(each)
        members: dict[str, Any] = {"checkType": check.check_type, "evaluatedEffect": check.effect}
        target = _target(judgement, check.check_type, check.level, self.state)
        if target is not None:
            members["targetArn"] = target
        members["relevantPolicyTypes"] = [Layer(check.check_type).policy_type]
        members["matchedPolicies"] = [
            {"uri": uri, "matchedStatements": [_statement(each) for each in statements]}
            for uri, statements in matched.items()
            if uri in self.policies
        ]
        return members


def _checks(judgement: Judgement) -> list[Check]:
    """Return the decision's checks in order, including a check that denied because no policy existed."""
    checks = list(judgement.decision.checks)
    refused_by = judgement.decision.refused_by
    if refused_by is not None and refused_by not in checks:
        checks.append(refused_by)
        checks.sort(key=lambda check: (_ORDER.index(Layer(check.check_type)), check.level or 0))
    return checks


def _layers(judgement: Judgement, state: State) -> Iterator[_Layer]:
    """Yield the policies that the principal's account is allowed to see, in the order of the checks."""
    policies = judgement.policies
    together = _is_resource_visible(judgement)
    with_levels = (
        ("RESOURCE_CONTROL_POLICY", policies.rcp if together else None),
        ("SERVICE_CONTROL_POLICY", policies.scp),
    )
    for check_type, levels in with_levels:
        for level, attached in enumerate(levels or ()):
            yield _Layer(check_type, level, _target(judgement, check_type, level, state), attached)
    without_levels = (
        ("VPC_ENDPOINT", policies.vpc_endpoint),
        ("RESOURCE", policies.resource if together else None),
    )
    for check_type, one in without_levels:
        yield _Layer(check_type, None, None, (one,) if one is not None else ())
    yield _Layer("PRINCIPAL", None, None, policies.identity)
    yield _Layer("PERMISSIONS_BOUNDARY", None, None, (policies.boundary,) if policies.boundary else ())
    yield _Layer("SESSION", None, None, policies.session)


def _is_resource_visible(judgement: Judgement) -> bool:
    """Return True if the resource is in the principal's account or organization.

    The policies of other resources aren't shown.
    """
    request = judgement.request
    organization = request.context.get("aws:principalorgid")
    same_organization = organization is not None and organization == request.context.get("aws:resourceorgid")
    return request.principal.account == request.account or same_organization


def _uri(name: str) -> str:
    """Return the ARN of a managed policy, or a stable, opaque identifier for any other policy."""
    if _ARN_OF_MANAGED.fullmatch(name):
        return name
    return str(uuid.UUID(bytes=hashlib.sha256(name.encode()).digest()[:16], version=4))


def _info(layer: _Layer, attached: Attached, uri: str) -> dict[str, Any]:
    info: dict[str, Any] = {
        "type": Layer(layer.check_type).policy_type,
        "inline": uri != attached.name,
        "uri": uri,
        "attachedTo": [],
    }
    source = _SOURCES.get(attached.policy.kind)
    if source is not None:
        info["policySource"] = {"type": source[0], "typeName": source[1]}
    return info


def _attached_to(judgement: Judgement, layer: _Layer, attached: Attached) -> str:
    if layer.target is not None:
        return layer.target
    request = judgement.request
    if layer.check_type in ("PRINCIPAL", "RESOURCE") and not _ARN_OF_MANAGED.fullmatch(attached.name):
        # The name of an inline policy begins with the ARN of its user, group, or resource.
        found = _ARN_IN_NAME.match(attached.name)
        if found:
            return found[0]
    if layer.check_type == "RESOURCE":
        return request.resource
    return request.principal.issuer or request.principal.arn


def _target(judgement: Judgement, check_type: str, level: int | None, state: State) -> str | None:
    """Return the ARN of the root, OU, or account that a level's policies are attached to, or None if there isn't one.

    The level is looked up in the account's organization path at the time of the request.
    """
    if level is None:
        return None
    request = judgement.request
    of_resource = check_type == "RESOURCE_CONTROL_POLICY"
    if of_resource and not _is_resource_visible(judgement):
        return None
    whose, account = (
        ("resource", request.account) if of_resource else ("principal", request.principal.account)
    )
    paths = request.context.get(f"aws:{whose}orgpaths")
    if not paths:
        return None
    path = paths if isinstance(paths, str) else paths[0]
    organization, *steps = path.strip("/").split("/")
    steps.append(account or "")
    if level >= len(steps):
        return None
    kind = "root" if level == 0 else "account" if level == len(steps) - 1 else "ou"
    management = _management(judgement, of_resource, state)
    return f"arn:aws:organizations::{management}:{kind}/{organization}/{steps[level]}"


def _management(judgement: Judgement, of_resource: bool, state: State) -> str:
    """Return the management account's ID, which is in the ARN of every policy that the organization created."""
    levels = judgement.policies.rcp if of_resource else judgement.policies.scp
    for level in levels or ():
        for attached in level:
            named = Arn.read(attached.name)
            if named is not None and named.account.isdigit():
                return named.account
    owner = judgement.request.account if of_resource else judgement.request.principal.account
    return management_account(state, owner or "") or ""


def _statement(matched: Matched) -> dict[str, Any]:
    return {
        "sid": matched.sid or f"Statement{matched.index + 1}",
        "evaluatedEffect": "ALLOW" if matched.effect == "ALLOW" else "DENY",
    }


def _common_context(refusals: tuple[Judgement, ...]) -> dict[str, Any]:
    """Return the global condition keys that all evaluations share, without those that describe a resource."""
    first: Mapping[str, Any] = refusals[0].request.context
    return {
        key: _json(value)
        for key, value in first.items()
        if key.startswith("aws:")
        and not key.startswith(_RESOURCE_KEYS)
        and all(refusal.request.context.get(key) == value for refusal in refusals)
    }


def _json(value: Any) -> Any:
    return list(value) if isinstance(value, list | tuple) else value
