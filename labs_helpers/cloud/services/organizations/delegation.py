"""Trusted access, delegated administrators, and the resource-based delegation policy.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_services.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_delegated_admin.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_delegate_policies.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.core.resource_policies import Kept, keeps_policies
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.organizations.accounts import account_output
from labs_helpers.cloud.services.organizations.allowed_callers import DELEGABLE
from labs_helpers.cloud.services.organizations.errors import constraint, invalid, not_found
from labs_helpers.cloud.services.organizations.operation_checks import with_organization
from labs_helpers.cloud.services.organizations.pages import PAGES
from labs_helpers.cloud.services.organizations.policies import TRUSTED_FIRST
from labs_helpers.cloud.services.organizations.state import Organization, Organizations, ResourcePolicy
from labs_helpers.cloud.services.organizations.tags import request_tags
from labs_helpers.engine.policy import Policy, PolicyError, PolicyKind, parse_policy
from labs_helpers.engine.policy.elements import as_list
from labs_helpers.engine.policy.patterns import matcher

_SERVICES = {
    "access-analyzer": 1, "account": 1, "agent.wellarchitected": 10, "agentless.inspector2": 1,
    "auditmanager": 1, "aws-artifact-account-sync": 0, "backup": 10, "billing-cost-management": 0, "chatbot": 0,
    "cloudformation": 0, "cloudtrail": 3, "cloudwatch-crossaccount": 0, "compute-optimizer": 1, "config": 10,
    "config-multiaccountsetup": 10, "controltower": 0, "cost-optimization-hub.bcm": 1, "detective": 1,
    "devops-guru": 1, "drs": 0, "ds": 0, "ec2": 1, "ec2.capacitymanager": 10, "eks": 10, "fms": 10,
    "guardduty": 1, "health": 5, "iam": 1, "inspector2": 1, "ipam": 1, "license-management.marketplace": 1,
    "license-manager": 1, "license-manager.member-account": 1, "macie": 1, "malware-protection.guardduty": 1,
    "management.chatbot": 0, "marketplace-deployment": 0, "member.org.stacksets.cloudformation": 5,
    "network-security-director": 10, "networkmanager": 10, "notifications": 10, "observabilityadmin": 1,
    "private-marketplace.marketplace": 10, "q": 0, "ram": 0, "reachabilityanalyzer.networkinsights": 1,
    "reporting.trustedadvisor": 5, "resource-explorer-2": 1, "security-ir": 1, "securityhub": 1,
    "securitylake": 1, "servicecatalog": 50, "servicequotas": 0, "ssm": 1, "ssm-quicksetup": 5, "sso": 1,
    "stacksets.cloudformation": 5, "storage-lens.s3": 5, "tagpolicies.tag": 0, "thirdparty.inspector2": 1,
    "user-subscriptions": 0, "vpc-lattice": 0, "wellarchitected": 1,
}  # fmt: skip
"""Service principals without `.amazonaws.com`, with the number of delegated administrators that each can have.

The services are those on https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_services_list.html
and those that AWS's managed policies name in organizations:ServicePrincipal
(https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html).
The numbers are from the services' pages; if a page doesn't give one, 10 is assumed.
"""
_SUFFIX = ".amazonaws.com"
_PRINCIPAL = re.compile(r"(\d{12})|arn:aws:iam::(\d{12}):(root|user/.+|role/.+)", re.ASCII)


# --- trusted access -------------------------------------------------------------------------------------------


@operation("organizations", "EnableAWSServiceAccess")
@with_organization
def enable_aws_service_access(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Enable trusted access for a service. If it is already enabled, the date doesn't change."""
    service = _service(call)
    organization.services.setdefault(service, call.time)
    return {}


@operation("organizations", "DisableAWSServiceAccess")
@with_organization
def disable_aws_service_access(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Disable trusted access for a service. Rejects the call if an enabled policy type requires the service."""
    service = _service(call)
    if any(TRUSTED_FIRST.get(policy_type) == service for policy_type in organization.enabled):
        raise constraint("POLICY_TYPE_ENABLED_FOR_THIS_SERVICE")
    organization.services.pop(service, None)
    return {}


@operation("organizations", "ListAWSServiceAccessForOrganization")
@with_organization
def list_aws_service_access(call: Call, organization: Organization) -> Mapping[str, Any]:
    """List the services with trusted access, with the time at which access was enabled."""
    enabled = [
        {"ServicePrincipal": name, "DateEnabled": since} for name, since in organization.services.items()
    ]
    return PAGES.page(call, "EnabledServicePrincipals", enabled)


def _service(call: Call) -> str:
    service: str = call.parameters["ServicePrincipal"]
    if not service.endswith(_SUFFIX) or service.removesuffix(_SUFFIX) not in _SERVICES:
        raise invalid("UNRECOGNIZED_SERVICE_PRINCIPAL")
    return service


# --- delegated administrators ---------------------------------------------------------------------------------


@operation("organizations", "RegisterDelegatedAdministrator")
@with_organization
def register_delegated_administrator(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Register a member as an administrator for a service that has trusted access.

    The member can then read the organization's data. Rejects the management account, closed accounts, services that
    can't be delegated, and more administrators than a service can have.
    """
    account, service = call.parameters["AccountId"], _service(call)
    most = _SERVICES[service.removesuffix(_SUFFIX)]
    if account not in organization.members:
        raise not_found("Account")
    if account == organization.management:
        raise constraint("CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR")
    if organization.members[account].close_requested is not None:
        raise constraint("CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR")
    if most == 0:
        raise invalid("UNRECOGNIZED_SERVICE_PRINCIPAL")
    if service not in organization.services:
        raise constraint("SERVICE_ACCESS_NOT_ENABLED")
    if organization.administers(account, service):
        raise ServiceError(
            "AccountAlreadyRegisteredException",
            "The provided account is already a delegated administrator for your organization.",
        )
    registered = sum(organization.administers(each, service) for each in organization.delegated)
    if registered >= most:
        reason = "MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED"
        raise constraint("DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE" if most == 1 else reason)
    organization.delegated.setdefault(account, {})[service] = call.time
    return {}


@operation("organizations", "DeregisterDelegatedAdministrator")
@with_organization
def deregister_delegated_administrator(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Deregister a member as an administrator for a service.

    When a member is no longer an administrator for any service, it can no longer read the organization's data.
    """
    account, service = call.parameters["AccountId"], _service(call)
    if account not in organization.members:
        raise not_found("Account")
    if not organization.administers(account, service):
        raise _not_registered()
    organization.undelegate(account, service)
    return {}


@operation("organizations", "ListDelegatedAdministrators")
@with_organization
def list_delegated_administrators(call: Call, organization: Organization) -> Mapping[str, Any]:
    """List the delegated administrators for one service or for all services."""
    service = _service(call) if call.parameters.get("ServicePrincipal") else None
    administrators = []
    for account, services in organization.delegated.items():
        if service is None or service in services:
            administrator = account_output(call, organization, organization.members[account])
            del administrator["Paths"]
            since = min(services.values()) if service is None else services[service]
            administrators.append(administrator | {"DelegationEnabledDate": since})
    return PAGES.page(call, "DelegatedAdministrators", administrators)


@operation("organizations", "ListDelegatedServicesForAccount")
@with_organization
def list_delegated_services(call: Call, organization: Organization) -> Mapping[str, Any]:
    """List the services that a member administers, each with the time at which the member was registered."""
    account = call.parameters["AccountId"]
    if account not in organization.members:
        raise not_found("Account")
    if not organization.administers(account):
        raise _not_registered()
    services = organization.delegated[account].items()
    delegated = [{"ServicePrincipal": name, "DelegationEnabledDate": since} for name, since in services]
    return PAGES.page(call, "DelegatedServices", delegated)


def _not_registered() -> ServiceError:
    return ServiceError(
        "AccountNotRegisteredException",
        "The provided account is not a registered delegated administrator for your organization.",
    )


# --- the delegation policy ------------------------------------------------------------------------------------


@keeps_policies
def kept_policies(state: State) -> Iterator[Kept]:
    """Yield the delegation policy of every organization that has one."""
    for organization in state.part(Organizations).all():
        policy = organization.resource_policy
        if policy is not None:
            put = partial(setattr, policy, "content")
            yield Kept(organization.arn(policy.id), policy.content, put, decides_access=False)


@operation("organizations", "PutResourcePolicy")
@with_organization
def put_resource_policy(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Create or replace the delegation policy. Tags are accepted only when the policy is created."""
    text, tags = call.parameters["Content"], request_tags(call)
    _check_resource_policy(organization, text)
    current = organization.resource_policy
    if current is not None and tags:
        raise invalid("TARGET_NOT_SUPPORTED", "Tags can only be given when the resource policy is created.")
    identifier = current.id if current is not None else f"rp-{call.state.ids.lowercase(10)}"
    organization.resource_policy = ResourcePolicy(identifier, text)
    if current is None:
        organization.tags[identifier] = tags
    return {"ResourcePolicy": _resource_policy_output(organization)}


@operation("organizations", "DescribeResourcePolicy")
@with_organization
def describe_resource_policy(_: Call, organization: Organization) -> Mapping[str, Any]:
    """Return the delegation policy."""
    if organization.resource_policy is None:
        raise not_found("ResourcePolicy")
    return {"ResourcePolicy": _resource_policy_output(organization)}


@operation("organizations", "DeleteResourcePolicy")
@with_organization
def delete_resource_policy(_: Call, organization: Organization) -> Mapping[str, Any]:
    """Delete the delegation policy and its tags."""
    policy = organization.resource_policy
    if policy is None:
        raise not_found("ResourcePolicy")
    organization.tags.pop(policy.id, None)
    organization.resource_policy = None
    return {}


def _resource_policy_output(organization: Organization) -> dict[str, Any]:
    policy = organization.resource_policy
    assert policy is not None
    summary = {"Id": policy.id, "Arn": organization.arn(policy.id)}
    return {"ResourcePolicySummary": summary, "Content": policy.content}


def _check_resource_policy(organization: Organization, text: str) -> None:
    try:
        policy = parse_policy(text, PolicyKind.RESOURCE)
    except PolicyError as error:
        message = f"The resource policy is not valid. {error}"
        raise invalid("INVALID_RESOURCE_POLICY_JSON", message) from error
    for statement in policy.statements:
        _check_principal(organization, statement.source)
        _check_actions(statement.source)
        _check_resources(organization, statement.source)
    _check_policy_types(policy)


def _check_principal(organization: Organization, statement: Mapping[str, Any]) -> None:
    """Raise INVALID_PRINCIPAL for a principal that isn't a member account, or a user or role in one."""
    principal = statement.get("Principal")
    if not isinstance(principal, dict) or set(principal) != {"AWS"}:
        raise invalid("INVALID_PRINCIPAL")
    for each in as_list(principal["AWS"]):
        match = _PRINCIPAL.fullmatch(each)
        if match is None or not _may_be_delegated(organization, match[1] or match[2], match[3] or "root"):
            raise invalid("INVALID_PRINCIPAL")


def _may_be_delegated(organization: Organization, account: str, identity: str) -> bool:
    """Return whether the account is a member, and the user or role exists in it."""
    if account == organization.management or account not in organization.members:
        return False
    kind, _, name = identity.partition("/")
    find = {"role": moto_iam.role, "user": moto_iam.user}.get(kind)
    return find is None or find(account, name.rpartition("/")[2]) is not None


def _check_actions(statement: Mapping[str, Any]) -> None:
    known = {f"organizations:{name}".lower() for name in DELEGABLE | {"DescribeOrganization"}} | {
        "organizations:describeeffectivepolicy", "organizations:describehandshake",
        "organizations:listhandshakesforaccount",
    }  # fmt: skip
    if "Action" not in statement:
        raise invalid("UNSUPPORTED_ACTION_IN_RESOURCE_POLICY")
    for action in as_list(statement["Action"]):
        pattern = matcher(action.lower())
        if action.lower() not in known and not (
            action.lower().startswith("organizations:")
            and "*" in action
            and any(pattern.fullmatch(each) for each in known)
        ):
            raise invalid("UNSUPPORTED_ACTION_IN_RESOURCE_POLICY")


def _check_resources(organization: Organization, statement: Mapping[str, Any]) -> None:
    own = f"arn:aws:organizations::{organization.management}:"
    for resource in as_list(statement.get("Resource", [])):
        if resource != "*" and not resource.startswith((own, "arn:aws:organizations::aws:policy/")):
            raise invalid("UNSUPPORTED_RESOURCE_IN_RESOURCE_POLICY")


def _check_policy_types(policy: Policy) -> None:
    for statement in policy.statements:
        for entries in statement.source.get("Condition", {}).values():
            for key, values in entries.items():
                if key.lower() == "organizations:policytype" and not all(
                    "*" in each
                    or each.upper().endswith("_POLICY")
                    or each.upper() == "DECLARATIVE_POLICY_EC2"
                    for each in as_list(values)
                ):
                    raise invalid("UNSUPPORTED_POLICY_TYPE_IN_RESOURCE_POLICY")
