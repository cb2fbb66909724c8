"""Operations that create and attach policies, and enable and disable policy types.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.organizations import policy_content
from labs_helpers.cloud.services.organizations.errors import constraint, invalid, not_found
from labs_helpers.cloud.services.organizations.operation_checks import with_organization
from labs_helpers.cloud.services.organizations.organization import root_output
from labs_helpers.cloud.services.organizations.pages import PAGES
from labs_helpers.cloud.services.organizations.quotas import policy_quota
from labs_helpers.cloud.services.organizations.state import ALL, SCP, Organization, OrganizationPolicy
from labs_helpers.cloud.services.organizations.tags import request_tags

TRUSTED_FIRST = {"SECURITYHUB_POLICY": "securityhub.amazonaws.com"}
"""Policy types that require trusted access for a service, with the service.

Its trusted access can't be disabled while the policy type is enabled.
https://docs.aws.amazon.com/organizations/latest/APIReference/API_EnablePolicyType.html
"""


# --- writing --------------------------------------------------------------------------------------------------


@operation("organizations", "CreatePolicy")
@with_organization
def create_policy(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Create a policy with a name that is unique within its type. The type doesn't have to be enabled yet."""
    parameters = call.parameters
    policy_type, name, text = parameters["Type"], parameters["Name"], parameters["Content"]
    tags = request_tags(call)
    _check_available(organization)
    _check_name(organization, policy_type, name)
    if len(organization.of_type(policy_type)) >= policy_quota(policy_type).in_organization:
        raise constraint("POLICY_NUMBER_LIMIT_EXCEEDED")
    policy_content.check(policy_type, text)
    policy = OrganizationPolicy(
        f"p-{call.state.ids.lowercase(10)}",
        policy_type,
        name,
        parameters["Description"],
        text,
        updated=call.time,
    )
    organization.add_policy(policy)
    organization.tags[policy.id] = tags
    return {"Policy": _policy_output(organization, policy)}


@operation("organizations", "UpdatePolicy")
@with_organization
def update_policy(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Change a policy's name, description, or content. Omitted parameters stay unchanged.

    AWS managed policies can't be changed.
    """
    parameters, policy = call.parameters, _own_policy(call, organization)
    name, text = parameters.get("Name"), parameters.get("Content")
    if name is not None and name != policy.name:
        _check_name(organization, policy.type, name)
    if text is not None:
        policy_content.check(policy.type, text)
        policy.content = text
    policy.name = policy.name if name is None else name
    policy.description = parameters.get("Description", policy.description)
    policy.updated = call.time
    return {"Policy": _policy_output(organization, policy)}


@operation("organizations", "DeletePolicy")
@with_organization
def delete_policy(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Delete a policy. Rejects the call if the policy is attached."""
    policy = _own_policy(call, organization)
    if policy.targets:
        raise ServiceError(
            "PolicyInUseException",
            "The policy is attached to one or more entities. You must detach it from all roots, OUs, and accounts "
            "before performing this operation.",
        )
    organization.remove_policy(policy.id)
    return {}


def _check_available(organization: Organization) -> None:
    if organization.feature_set != ALL:
        raise ServiceError(
            "PolicyTypeNotAvailableForOrganizationException",
            "You can't use the specified policy type with the feature set currently enabled for this organization.",
        )


def _check_name(organization: Organization, policy_type: str, name: str) -> None:
    if any(each.name == name for each in organization.of_type(policy_type)):
        raise ServiceError(
            "DuplicatePolicyException", "A policy with the specified name and type already exists."
        )


def _own_policy(call: Call, organization: Organization) -> OrganizationPolicy:
    policy = _policy(call, organization)
    if policy.aws_managed:
        raise invalid("IMMUTABLE_POLICY")
    return policy


def _policy(call: Call, organization: Organization) -> OrganizationPolicy:
    policy = organization.policies.get(call.parameters["PolicyId"])
    if policy is None:
        raise not_found("Policy")
    return policy


# --- reading --------------------------------------------------------------------------------------------------


@operation("organizations", "DescribePolicy")
@with_organization
def describe_policy(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Return a policy with its content."""
    return {"Policy": _policy_output(organization, _policy(call, organization))}


@operation("organizations", "ListPolicies")
@with_organization
def list_policies(call: Call, organization: Organization) -> Mapping[str, Any]:
    """List the policies of a type, including AWS managed policies."""
    policies = organization.of_type(call.parameters["Filter"])
    return PAGES.page(call, "Policies", [_summary(organization, each) for each in policies])


@operation("organizations", "ListPoliciesForTarget")
@with_organization
def list_policies_for_target(call: Call, organization: Organization) -> Mapping[str, Any]:
    """List the policies that are attached directly to the target, excluding inherited policies."""
    target = _target(call, organization)
    policies = organization.attached_to(target, call.parameters["Filter"])
    return PAGES.page(call, "Policies", [_summary(organization, each) for each in policies])


@operation("organizations", "ListTargetsForPolicy")
@with_organization
def list_targets_for_policy(call: Call, organization: Organization) -> Mapping[str, Any]:
    """List the roots, OUs, and accounts to which a policy is attached."""
    answer = PAGES.page(call, "Targets", list(_policy(call, organization).targets))
    shown = []
    for target in answer["Targets"]:
        name, kind = organization.target_name(target)
        shown.append({"TargetId": target, "Arn": organization.arn(target), "Name": name, "Type": kind})
    return answer | {"Targets": shown}


def _policy_output(organization: Organization, policy: OrganizationPolicy) -> dict[str, Any]:
    return {"PolicySummary": _summary(organization, policy), "Content": policy.content}


def _summary(organization: Organization, policy: OrganizationPolicy) -> dict[str, Any]:
    return {
        "Id": policy.id, "Arn": organization.arn(policy.id), "Name": policy.name, "Description": policy.description,
        "Type": policy.type, "AwsManaged": policy.aws_managed,
    }  # fmt: skip


# --- attaching ------------------------------------------------------------------------------------------------


@operation("organizations", "AttachPolicy")
@with_organization
def attach_policy(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Attach a policy to a target.

    Rejects policies of a type that isn't enabled, a second attachment to the same target, and attachments above the
    quota.
    """
    policy, target = _policy(call, organization), _target(call, organization)
    if policy.type not in organization.enabled:
        raise _not_enabled()
    if target in policy.targets:
        raise ServiceError(
            "DuplicatePolicyAttachmentException",
            "The selected policy is already attached to the specified target.",
        )
    if len(organization.attached_to(target, policy.type)) >= policy_quota(policy.type).attached:
        raise constraint("MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED")
    organization.attach(policy, target)
    return {}


@operation("organizations", "DetachPolicy")
@with_organization
def detach_policy(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Detach a policy from a target. Rejects detaching a target's last SCP, and detaching RCPFullAWSAccess."""
    policy, target = _policy(call, organization), _target(call, organization)
    if policy.id == "p-RCPFullAWSAccess":
        raise invalid("NON_DETACHABLE_POLICY")
    if target not in policy.targets:
        raise ServiceError(
            "PolicyNotAttachedException",
            "The policy isn't attached to the specified target in the specified root.",
        )
    if policy.type == SCP and len(organization.attached_to(target, SCP)) == 1:
        raise constraint("MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED")
    organization.detach(policy, target)
    return {}


def _target(call: Call, organization: Organization) -> str:
    target: str = call.parameters["TargetId"]
    if not organization.is_target(target):
        raise not_found("Target")
    return target


def _not_enabled() -> ServiceError:
    return ServiceError(
        "PolicyTypeNotEnabledException", "This operation can be performed only for enabled policy types."
    )


# --- types ----------------------------------------------------------------------------------------------------


@operation("organizations", "EnablePolicyType")
@with_organization
def enable_policy_type(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Enable a policy type at the root.

    AWS's full-access SCP or RCP is attached to the root, every OU, and every account.
    """
    _check_root(call, organization)
    policy_type = call.parameters["PolicyType"]
    _check_available(organization)
    if policy_type in organization.enabled:
        raise ServiceError(
            "PolicyTypeAlreadyEnabledException", "The specified policy type is already enabled."
        )
    service = TRUSTED_FIRST.get(policy_type)
    if service is not None and service not in organization.services:
        raise constraint("SERVICE_ACCESS_NOT_ENABLED")
    organization.enable(policy_type)
    return {"Root": root_output(organization)}


@operation("organizations", "DisablePolicyType")
@with_organization
def disable_policy_type(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Disable a policy type and detach all policies of the type.

    If the type is enabled again, only the full-access policy is attached.
    """
    _check_root(call, organization)
    policy_type = call.parameters["PolicyType"]
    if policy_type not in organization.enabled:
        raise _not_enabled()
    organization.disable(policy_type)
    return {"Root": root_output(organization)}


def _check_root(call: Call, organization: Organization) -> None:
    if call.parameters["RootId"] != organization.root:
        raise not_found("Root")
