"""The policy simulator: decisions on custom or attached policies, without making the requests.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html
https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForPrincipalPolicy.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.iam.entities import PAGES, invalid_input
from labs_helpers.cloud.services.iam.simulation import Simulation, Source, keys_as_written
from labs_helpers.cloud.services.iam.simulator_context import read_context
from labs_helpers.cloud.services.iam.simulator_entity import Entity, find_entity
from labs_helpers.engine.policy import (
    AccessRequest,
    PolicyError,
    PolicyKind,
    Principal,
    PrincipalKind,
    is_kms_key,
    parse_policy,
)

_CALLER = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):(user|group|role)/[\x21-\x7e]+")
_OWNER = re.compile(r"(?:arn:aws[a-z-]*:iam::)?(\d{12})(?::root)?")
_LEVELS = 7
_INSTANCE = ("instance", "image", "security-group", "network-interface")
_SCENARIOS = {
    "EC2-VPC-InstanceStore": _INSTANCE,
    "EC2-VPC-InstanceStore-Subnet": (*_INSTANCE, "subnet"),
    "EC2-VPC-EBS": (*_INSTANCE, "volume"),
    "EC2-VPC-EBS-Subnet": (*_INSTANCE, "subnet", "volume"),
}
"""Resource kinds that a request must contain, by ResourceHandlingOption."""


@operation("iam", "SimulateCustomPolicy")
def simulate_custom_policy(call: Call) -> dict[str, Any]:
    """Simulate actions with the policies in the request.

    Raises InvalidInput for an invalid policy or parameter.
    """
    given = call.parameters
    levels = given.get("OrderedOrganizationPolicyInputList")
    scp = None
    if levels:
        if len(levels) > _LEVELS:
            raise invalid_input(f"OrderedOrganizationPolicyInputList can have at most {_LEVELS} levels.")
        scp = [_sources(level.get("ServiceControlPolicyInputList"), _SCPS.format(n), PolicyKind.SCP)
               for n, level in enumerate(levels, start=1)]  # fmt: skip
    caller = _caller(given)
    nobody = Principal(f"arn:aws:iam::{call.account}:user/simulated", PrincipalKind.USER, call.account)
    return _simulate(
        call,
        _principal(caller) if caller else nobody,
        identity=_sources(given.get("PolicyInputList"), "PolicyInputList", PolicyKind.IDENTITY),
        boundary=_given_boundary(given),
        scp=scp,
    )


_SCPS = "OrderedOrganizationPolicyInputList.{}.ServiceControlPolicyInputList"


@operation("iam", "SimulatePrincipalPolicy")
def simulate_principal_policy(call: Call) -> dict[str, Any]:
    """Simulate actions with the policies of a user (including groups), group, or role, and the policies in the request.

    Raises InvalidInput for an invalid policy or parameter, or NoSuchEntity if the entity doesn't exist.
    """
    given = call.parameters
    caller = _caller(given, given["PolicySourceArn"])
    entity = find_entity(call, given["PolicySourceArn"]).without(given.get("PolicyExclusionList") or ())
    added = _sources(given.get("PolicyInputList"), "PolicyInputList", PolicyKind.IDENTITY)
    return _simulate(
        call,
        _principal(caller or entity.arn),
        identity=[*entity.identity, *added],
        boundary=_given_boundary(given) or entity.boundary,
        scp=entity.scp,
        attached=True,
    )


def _caller(given: Mapping[str, Any], source: str = "") -> str | None:
    """Return the ARN of the simulated caller, which must be a user. Return None if the entity is the caller.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html (CallerArn)
    """
    caller = given.get("CallerArn")
    if caller and not _is_user(caller):
        raise invalid_input("CallerArn must be the ARN of an IAM user.")
    if given.get("ResourcePolicy") and not caller and not _is_user(source):
        raise invalid_input("CallerArn is required if ResourcePolicy is given.")
    return caller


def _is_user(arn: str) -> bool:
    parts = _CALLER.fullmatch(arn)
    return parts is not None and parts[2] == "user"


@operation("iam", "GetContextKeysForCustomPolicy")
def get_context_keys_for_custom_policy(call: Call) -> dict[str, Any]:
    """Return the condition keys in the request's policies, without duplicates.

    Raises InvalidInput for an invalid policy.
    """
    return _key_names(
        _sources(call.parameters.get("PolicyInputList"), "PolicyInputList", PolicyKind.IDENTITY)
    )


@operation("iam", "GetContextKeysForPrincipalPolicy")
def get_context_keys_for_principal_policy(call: Call) -> dict[str, Any]:
    """Return the condition keys in the policies of a user, group, or role, and in the request's policies.

    Raises InvalidInput for an invalid policy, or NoSuchEntity if the entity doesn't exist.
    """
    entity: Entity = find_entity(call, call.parameters["PolicySourceArn"])
    added = _sources(call.parameters.get("PolicyInputList"), "PolicyInputList", PolicyKind.IDENTITY)
    return _key_names([*entity.identity, *added])


def _key_names(sources: Iterable[Source]) -> dict[str, Any]:
    found: dict[str, str] = {}
    for source in sources:
        for statement in source.policy.statements:
            for key in keys_as_written(statement):
                found.setdefault(key.lower(), key)
    return {"ContextKeyNames": list(found.values())}


def _simulate(call: Call, principal: Principal, **policies: Any) -> dict[str, Any]:
    given = call.parameters
    arns = list(dict.fromkeys(given.get("ResourceArns") or ["*"]))
    actions = given.get("ActionNames") or []
    context = read_context(given.get("ContextEntries") or ())
    owner = _owner(given.get("ResourceOwner")) or principal.account or call.account
    _check_requests(principal, actions, arns, context)
    _check_scenario(given.get("ResourceHandlingOption"), arns)
    simulation = Simulation(
        principal,
        owner,
        resource=_resource_policy(given.get("ResourcePolicy"), arns),
        context=context,
        **policies,
    )
    found = PAGES.page(call, "EvaluationResults", list(actions))
    found["EvaluationResults"] = [simulation.of_action(action, arns) for action in found["EvaluationResults"]]
    return found


def _check_requests(
    principal: Principal, actions: list[str], arns: list[str], context: Mapping[str, Any]
) -> None:
    if not actions:
        raise invalid_input("ActionNames must contain at least one action.")
    for action in actions:
        for arn in arns:
            try:
                AccessRequest.of(principal, action, arn, context=context)
            except PolicyError as error:
                raise invalid_input(f"Invalid value in the request: {error}") from error


def _principal(arn: str) -> Principal:
    found = _CALLER.fullmatch(arn)
    if found is None:
        raise invalid_input(f"Invalid Entity Arn: {arn} does not clearly define entity type and name.")
    account, kind = found.groups()
    return Principal(arn, PrincipalKind.USER, account) if kind == "group" else Principal.from_arn(arn)


def _owner(given: str | None) -> str | None:
    if given is None:
        return None
    found = _OWNER.fullmatch(given)
    if found is None:
        raise invalid_input(f"Invalid ResourceOwner: {given} is not the ARN of an account.")
    return found[1]


# --- policies in the request ------------------------------------------------------------------------------------


def _sources(documents: list[str] | None, parameter: str, kind: PolicyKind) -> list[Source]:
    return [
        _source(text, f"{parameter}.{number}", "none", kind)
        for number, text in enumerate(documents or (), start=1)
    ]


def _source(text: str, name: str, source_type: str, kind: PolicyKind) -> Source:
    try:
        return Source(name, source_type, text, parse_policy(text, kind, path=name))
    except PolicyError as error:
        raise invalid_input(f"The policy is not valid. {error}") from error


def _given_boundary(given: Mapping[str, Any]) -> Source | None:
    documents = given.get("PermissionsBoundaryPolicyInputList") or []
    if len(documents) > 1:
        raise invalid_input("PermissionsBoundaryPolicyInputList can contain only one policy.")
    sources = _sources(documents, "PermissionsBoundaryPolicyInputList", PolicyKind.BOUNDARY)
    return sources[0] if sources else None


def _resource_policy(text: str | None, arns: list[str]) -> Source | None:
    if not text:
        return None
    if arns == ["*"]:
        raise invalid_input("ResourceArns is required if ResourcePolicy is given.")
    if any(re.match(r"arn:[^:]*:iam::[^:]*:role/", arn) for arn in arns):
        raise invalid_input("Simulation of resource-based policies is not supported for IAM roles.")
    kind = PolicyKind.KEY if all(map(is_kms_key, arns)) else PolicyKind.RESOURCE
    source = _source(text, "ResourcePolicy", "resource", kind)
    services = _resource_services(source)
    for arn in arns:
        if services and arn.split(":")[2:3] != ["*"] and arn.split(":", 3)[2] not in services:
            raise invalid_input(f"The resource policy is not applicable to the resource {arn}.")
    return source


def _resource_services(source: Source) -> set[str]:
    """Return the services in a policy's resource ARNs, or an empty set if one of the resources is "*"."""
    found: set[str] = set()
    for statement in source.policy.statements:
        named = statement.source.get("Resource", "*")
        for arn in [named] if isinstance(named, str) else named:
            if arn == "*":
                return set()
            found.add(arn.split(":", 3)[2])
    return found


def _check_scenario(option: str | None, arns: list[str]) -> None:
    """Raise InvalidInput for a ResourceHandlingOption without its resources.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html, ResourceHandlingOption
    """
    if option is None:
        return
    if option not in _SCENARIOS:
        raise invalid_input(f"Invalid ResourceHandlingOption: {option}.")
    given = {
        arn.split(":", 5)[5].partition("/")[0] for arn in arns if arn.startswith("arn:") and ":ec2:" in arn
    }
    missing = [kind for kind in _SCENARIOS[option] if kind not in given]
    if missing:
        raise invalid_input(f"The scenario {option} needs a resource of the type {', '.join(missing)}.")
