"""Managed and inline policies: validation, versions, attachments, and lists, including AWS managed policies.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.iam import documents as iam_documents
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.iam.entities import (
    AWS_MANAGED,
    PAGES,
    already_exists,
    check_attachable,
    check_name,
    check_path,
    check_tags,
    delete_conflict,
    find_group,
    find_own_policy,
    find_own_role,
    find_policy,
    find_role,
    find_user,
    limit_exceeded,
    no_such_entity,
    with_optional,
)

USER_INLINE_SIZE = 2048
GROUP_INLINE_SIZE = 5120
ROLE_INLINE_SIZE = 10240
ATTACHED_POLICIES = 10
VERSIONS = 5
POLICIES = 1500
"""The maximum numbers of policies, versions, and attachments, which are AWS's default quotas.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""


# --- managed policies -----------------------------------------------------------------------------------------


@operation("iam", "CreatePolicy")
def create_policy(call: Call) -> dict[str, Any]:
    """Create a customer managed policy with a path and tags. Rejects a name that is already in use, ignoring case.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html
    """
    iam = moto_iam.backend(call.account)
    name, path, tags = check_name(call, "PolicyName"), check_path(call), check_tags(call)
    document = call.parameters["PolicyDocument"]
    iam_documents.check_managed(document)
    own = [policy.name.lower() for policy in iam.managed_policies.values() if not _is_aws(policy.arn)]
    if name.lower() in own:
        raise already_exists(f"A policy called {name} already exists. Duplicate names are not allowed.")
    if len(own) >= POLICIES:
        raise limit_exceeded("PoliciesPerAccount", POLICIES)
    policy = moto_iam.add_policy(
        call.account, name, path, document, call.parameters.get("Description") or "", tags,
        call.state.ids.unique_id("ANPA"), call.time,
    )  # fmt: skip
    members = policy_members(policy)
    return {"Policy": members | ({"Tags": tags} if tags else {})}


def _is_aws(arn: str) -> bool:
    return arn.startswith(AWS_MANAGED)


def policy_members(policy: Any) -> dict[str, Any]:
    """Return a Policy in the form that lists use."""
    return {
        "PolicyName": policy.name, "PolicyId": policy.id, "Arn": policy.arn, "Path": policy.path,
        "DefaultVersionId": policy.default_version_id, "AttachmentCount": policy.attachment_count,
        "PermissionsBoundaryUsageCount": policy.permissions_boundary_usage_count, "IsAttachable": True,
        "CreateDate": policy.create_date, "UpdateDate": policy.update_date,
    }  # fmt: skip


@operation("iam", "GetPolicy")
def get_policy(call: Call) -> dict[str, Any]:
    """Return a policy with its description and tags, which lists omit.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicy.html
    """
    policy = find_policy(call)
    members = policy_members(policy)
    # OBSERVED in 2023 and 2024: Tags is present even if there are no tags.
    return {
        "Policy": with_optional(members, Description=policy.description)
        | {"Tags": moto_iam.stored_tags(policy)}
    }


@operation("iam", "DeletePolicy")
def delete_policy(call: Call) -> dict[str, Any]:
    """Delete a customer managed policy.

    Raises DeleteConflict if it is attached, used as a boundary, or has other versions.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html
    """
    policy = find_own_policy(call)
    if policy.attachment_count or policy.permissions_boundary_usage_count:
        raise delete_conflict("Cannot delete a policy attached to entities.")
    if len(policy.versions) > 1:
        raise delete_conflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's "
            "versions. The default version is deleted with the policy."
        )
    del moto_iam.backend(call.account).managed_policies[policy.arn]
    return {}


# --- versions -------------------------------------------------------------------------------------------------


@operation("iam", "CreatePolicyVersion")
def create_policy_version(call: Call) -> dict[str, Any]:
    """Add a version to a customer managed policy. Rejects a sixth version.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html
    """
    policy = find_own_policy(call)
    document = call.parameters["PolicyDocument"]
    iam_documents.check_managed(document)
    if len(policy.versions) >= VERSIONS:
        raise ServiceError(
            "LimitExceeded",
            f"A managed policy can have up to {VERSIONS} versions. Before you create a new version, "
            "you must delete an existing version.",
            409,
        )
    version = moto_iam.add_policy_version(
        policy, document, bool(call.parameters.get("SetAsDefault")), call.time
    )
    return {"PolicyVersion": version_members(version)}


def _version(call: Call, policy: Any) -> Any:
    name = call.parameters["VersionId"]
    for version in policy.versions:
        if version.version_id == name:
            return version
    raise no_such_entity(f"Policy {policy.arn} version {name} does not exist or is not attachable.")


def version_members(version: Any) -> dict[str, Any]:
    """Return a PolicyVersion in the form that lists use, without its document."""
    return {
        "VersionId": version.version_id, "IsDefaultVersion": version.is_default, "CreateDate": version.create_date,
    }  # fmt: skip


@operation("iam", "GetPolicyVersion")
def get_policy_version(call: Call) -> dict[str, Any]:
    """Return a version with its document. For AWS managed policies, this cloud has only the default version.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicyVersion.html
    """
    version = _version(call, find_policy(call))
    return {"PolicyVersion": {"Document": quote(version.document), **version_members(version)}}


@operation("iam", "ListPolicyVersions")
def list_policy_versions(call: Call) -> dict[str, Any]:
    """List a policy's versions without their documents, newest first.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyVersions.html
    """
    versions = sorted(find_policy(call).versions, key=lambda each: int(each.version_id[1:]), reverse=True)
    return PAGES.page(call, "Versions", [version_members(each) for each in versions])


@operation("iam", "SetDefaultPolicyVersion")
def set_default_policy_version(call: Call) -> dict[str, Any]:
    """Set a policy's default version.

    moto would leave the policy without a default version if the version was already the default.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_SetDefaultPolicyVersion.html
    """
    policy = find_own_policy(call)
    _version(call, policy)
    for version in policy.versions:
        version.is_default = version.version_id == call.parameters["VersionId"]
    policy.default_version_id = call.parameters["VersionId"]
    policy.update_date = call.time
    return {}


@operation("iam", "DeletePolicyVersion")
def delete_policy_version(call: Call) -> dict[str, Any]:
    """Delete a policy version. Raises DeleteConflict for the default version.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicyVersion.html
    """
    policy = find_own_policy(call)
    version = _version(call, policy)
    if version.is_default:
        raise delete_conflict("Cannot delete the default version of a policy.")
    policy.versions.remove(version)
    return {}


# --- attaching ------------------------------------------------------------------------------------------------


@operation("iam", "AttachUserPolicy")
def attach_user_policy(call: Call) -> dict[str, Any]:
    """Attach a managed policy to a user. Rejects an eleventh policy.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachUserPolicy.html
    """
    return _attach(call, find_user(call), "PoliciesPerUser")


@operation("iam", "AttachGroupPolicy")
def attach_group_policy(call: Call) -> dict[str, Any]:
    """Attach a managed policy to a group. Rejects an eleventh policy.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachGroupPolicy.html
    """
    return _attach(call, find_group(call), "PoliciesPerGroup")


@operation("iam", "AttachRolePolicy")
def attach_role_policy(call: Call) -> dict[str, Any]:
    """Attach a managed policy to a role that the account can change. Rejects an eleventh policy.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html
    """
    return _attach(call, find_own_role(call), "PoliciesPerRole")


def _attach(call: Call, identity: Any, quota: str) -> dict[str, Any]:
    """Attach a policy. Attaching it again changes nothing. moto would count it twice."""
    policy = find_policy(call, missing="Policy {} does not exist or is not attachable.")
    check_attachable(policy, quota.removeprefix("PoliciesPer"))
    if policy.arn not in identity.managed_policies:
        if len(identity.managed_policies) >= ATTACHED_POLICIES:
            raise limit_exceeded(quota, ATTACHED_POLICIES)
        policy.attach_to(identity)
    return {}


@operation("iam", "DetachUserPolicy")
def detach_user_policy(call: Call) -> dict[str, Any]:
    """Detach a managed policy from a user. Raises NoSuchEntity if it isn't attached.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachUserPolicy.html
    """
    return _detach(call, find_user(call))


@operation("iam", "DetachGroupPolicy")
def detach_group_policy(call: Call) -> dict[str, Any]:
    """Detach a managed policy from a group. Raises NoSuchEntity if it isn't attached.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachGroupPolicy.html
    """
    return _detach(call, find_group(call))


@operation("iam", "DetachRolePolicy")
def detach_role_policy(call: Call) -> dict[str, Any]:
    """Detach a managed policy from a role that the account can change. Raises NoSuchEntity if it isn't attached.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachRolePolicy.html
    """
    return _detach(call, find_own_role(call))


def _detach(call: Call, identity: Any) -> dict[str, Any]:
    policy = find_policy(call)
    if policy.arn not in identity.managed_policies:
        raise no_such_entity(f"Policy {policy.arn} was not found.")
    policy.detach_from(identity)
    return {}


# --- listing --------------------------------------------------------------------------------------------------


@operation("iam", "ListPolicies")
def list_policies(call: Call) -> dict[str, Any]:
    """List the account's customer managed policies and all AWS managed policies, filtered and sorted by name.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html
    """
    parameters = call.parameters
    scope, prefix = parameters.get("Scope") or "All", parameters.get("PathPrefix") or "/"
    kept = moto_iam.backend(call.account).managed_policies
    listed = [
        policy_members(policy) for policy in kept.values() if scope != ("AWS", "Local")[_is_aws(policy.arn)]
    ]
    attached_only = bool(parameters.get("OnlyAttached"))
    if scope != "Local" and not attached_only:
        known = {members["Arn"] for members in listed}
        listed += [
            _aws_policy_members(policy)
            for policy in moto_iam.aws_managed_policies()
            if policy.arn not in known
        ]
    counted = {"PermissionsPolicy": "AttachmentCount", "PermissionsBoundary": "PermissionsBoundaryUsageCount"}
    usage = parameters.get("PolicyUsageFilter")
    if usage:
        listed = [members for members in listed if members[counted[usage]]]
    if attached_only:
        listed = [members for members in listed if any(members[count] for count in counted.values())]
    listed = [members for members in listed if members["Path"].startswith(prefix)]
    return PAGES.page(call, "Policies", sorted(listed, key=lambda members: members["PolicyName"].lower()))


def _aws_policy_members(policy: moto_iam.AwsPolicy) -> dict[str, Any]:
    return {
        "PolicyName": policy.name, "PolicyId": policy.id, "Arn": policy.arn, "Path": policy.path,
        "DefaultVersionId": policy.default_version, "AttachmentCount": 0, "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True, "CreateDate": policy.created, "UpdateDate": policy.updated,
    }  # fmt: skip


@operation("iam", "ListEntitiesForPolicy")
def list_entities_for_policy(call: Call) -> dict[str, Any]:
    """List the users, groups, and roles that a policy is attached to, or for which it is the boundary.

    moto ignores boundaries and groups' paths.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html
    """
    iam, arn = moto_iam.backend(call.account), find_policy(call).arn
    wanted, usage = call.parameters.get("EntityFilter"), call.parameters.get("PolicyUsageFilter")
    prefix = call.parameters.get("PathPrefix") or "/"
    kinds = (("User", iam.users), ("Group", iam.groups), ("Role", iam.roles))
    found = [
        (kind, entity)
        for kind, entities in kinds
        if wanted in (None, kind)
        for entity in entities.values()
        if entity.path.startswith(prefix) and _is_used_by(entity, arn, usage)
    ]
    answer = PAGES.page(call, "found", found)
    entities = answer.pop("found")
    for kind, _ in kinds:
        answer[f"Policy{kind}s"] = [
            {f"{kind}Name": entity.name, f"{kind}Id": entity.id}
            for its_kind, entity in entities
            if its_kind == kind
        ]
    return answer


def _is_used_by(entity: Any, arn: str, usage: str | None) -> bool:
    attached = usage != "PermissionsBoundary" and arn in entity.managed_policies
    return attached or (
        usage != "PermissionsPolicy" and getattr(entity, "permissions_boundary_arn", None) == arn
    )


# --- inline policies ------------------------------------------------------------------------------------------


@operation("iam", "PutUserPolicy")
def put_user_policy(call: Call) -> dict[str, Any]:
    """Add or replace a user's inline policy. Rejects more than 2,048 characters in total.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPolicy.html
    """
    return _put_inline(call, find_user(call), "user", USER_INLINE_SIZE)


@operation("iam", "PutGroupPolicy")
def put_group_policy(call: Call) -> dict[str, Any]:
    """Add or replace a group's inline policy. Rejects more than 5,120 characters in total.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutGroupPolicy.html
    """
    return _put_inline(call, find_group(call), "group", GROUP_INLINE_SIZE)


@operation("iam", "PutRolePolicy")
def put_role_policy(call: Call) -> dict[str, Any]:
    """Add or replace a role's inline policy. Rejects more than 10,240 characters in total.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html
    """
    return _put_inline(call, find_own_role(call), "role", ROLE_INLINE_SIZE)


def _put_inline(call: Call, identity: Any, kind: str, quota: int) -> dict[str, Any]:
    name, document = check_name(call, "PolicyName"), call.parameters["PolicyDocument"]
    others = [text for other, text in identity.policies.items() if other != name]
    iam_documents.check_inline(document, others, quota, f"{kind} {identity.name}")
    identity.put_policy(name, document)
    return {}


@operation("iam", "GetUserPolicy")
def get_user_policy(call: Call) -> dict[str, Any]:
    """Return a user's inline policy with a URL-encoded document.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUserPolicy.html
    """
    return {"UserName": call.parameters["UserName"], **_inline(call, find_user(call), "user")}


@operation("iam", "GetGroupPolicy")
def get_group_policy(call: Call) -> dict[str, Any]:
    """Return a group's inline policy with a URL-encoded document.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetGroupPolicy.html
    """
    return {"GroupName": call.parameters["GroupName"], **_inline(call, find_group(call), "group")}


@operation("iam", "GetRolePolicy")
def get_role_policy(call: Call) -> dict[str, Any]:
    """Return a role's inline policy with a URL-encoded document.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html
    """
    return {"RoleName": call.parameters["RoleName"], **_inline(call, find_role(call), "role")}


@operation("iam", "DeleteUserPolicy")
def delete_user_policy(call: Call) -> dict[str, Any]:
    """Delete a user's inline policy. Raises NoSuchEntity if the user doesn't have it.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPolicy.html
    """
    return _delete_inline(call, find_user(call), "user")


@operation("iam", "DeleteGroupPolicy")
def delete_group_policy(call: Call) -> dict[str, Any]:
    """Delete a group's inline policy. Raises NoSuchEntity if the group doesn't have it.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroupPolicy.html
    """
    return _delete_inline(call, find_group(call), "group")


@operation("iam", "DeleteRolePolicy")
def delete_role_policy(call: Call) -> dict[str, Any]:
    """Delete a role's inline policy. Rejects roles that only AWS can change.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePolicy.html
    """
    return _delete_inline(call, find_own_role(call), "role")


def _inline(call: Call, identity: Any, kind: str) -> dict[str, Any]:
    name = call.parameters["PolicyName"]
    if name not in identity.policies:
        raise no_such_entity(f"The {kind} policy with name {name} cannot be found.")
    return {"PolicyName": name, "PolicyDocument": quote(identity.policies[name])}


def _delete_inline(call: Call, identity: Any, kind: str) -> dict[str, Any]:
    _inline(call, identity, kind)
    del identity.policies[call.parameters["PolicyName"]]
    return {}
