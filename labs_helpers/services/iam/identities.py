"""Users, groups, roles and instance profiles, where moto's checks, ids or answers differ from AWS's."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from labs_helpers.core.call import Answer, Call
from labs_helpers.core.registry import operation
from labs_helpers.services.iam import documents as iam_documents
from labs_helpers.services.iam import moto_view as moto_iam
from labs_helpers.services.iam import reserved_roles
from labs_helpers.services.iam.boundaries import boundary_of
from labs_helpers.services.iam.entities import (
    check_name,
    check_path,
    check_tags,
    check_unused,
    delete_conflict,
    find_group,
    find_own_role,
    find_role,
    find_user,
    invalid_input,
    limit_exceeded,
    no_such_entity,
    own_user_name,
    page,
    user_members,
    validation_error,
)

GROUPS_PER_USER = 10
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""


# --- users ----------------------------------------------------------------------------------------------------


@operation("iam", "CreateUser")
def create_user(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html"""
    iam = moto_iam.backend(call.account)
    name, path, tags = check_name(call, "UserName"), check_path(call), check_tags(call)
    check_unused(name, iam.users, f"User with name {name} already exists.")
    boundary = boundary_of(call)
    user = iam.create_user(call.region, name, path, tags)
    user.id = call.state.ids.unique_id("AIDA")
    user.create_date = call.time
    user.permissions_boundary_arn = boundary
    return {"User": user_members(user)}


@operation("iam", "GetUser")
def get_user(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html"""
    name = call.parameters.get("UserName")
    if name is None and call.principal.kind.name == "ROOT":
        arn = f"arn:aws:iam::{call.account}:root"
        return {
            "User": {"UserId": call.account, "Arn": arn, "Path": "/", "UserName": "", "CreateDate": call.time}
        }
    return {"User": user_members(find_user(call, name or own_user_name(call)))}


@operation("iam", "ListUsers")
def list_users(call: Call) -> dict[str, Any] | Answer:
    """moto lists users, but not in pages. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html"""
    if not call.parameters.get("MaxItems") and not call.parameters.get("Marker"):
        return call.moto()
    prefix = call.parameters.get("PathPrefix") or "/"
    users = [user for user in moto_iam.backend(call.account).users.values() if user.path.startswith(prefix)]
    answer = page(call, sorted(users, key=lambda user: user.name.lower()), "Users")
    hidden = ("PermissionsBoundary", "Tags")
    answer["Users"] = [
        {k: v for k, v in user_members(user).items() if k not in hidden} for user in answer["Users"]
    ]
    return answer


@operation("iam", "UpdateUser")
def update_user(call: Call) -> dict[str, Any]:
    """moto loses a renamed user's tags and keys. https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html"""
    iam = moto_iam.backend(call.account)
    user = find_user(call)
    new_name, new_path = user.name, user.path
    if call.parameters.get("NewUserName"):
        new_name = check_name(call, "NewUserName")
        others = (name for name in iam.users if name != user.name)
        check_unused(new_name, others, f"User with name {new_name} already exists.")
    if call.parameters.get("NewPath"):
        new_path = check_path(call, "NewPath")
    old_arn, tags = user.arn, user.tags or []
    iam.tagger.delete_all_tags_for_resource(old_arn)
    del iam.users[user.name]
    user.name, user.path = new_name, new_path
    iam.users[new_name] = user
    iam.tagger.tag_resource(user.arn, tags)
    for item in (*user.access_keys, *user.ssh_public_keys, *user.signing_certificates.values()):
        item.user_name = new_name
    _rename_in_trust_policies(old_arn, user.arn)
    return {}


@operation("iam", "DeleteUser")
def delete_user(call: Call) -> Answer:
    """What a user still has must go first; moto looks at policies only.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html
    """
    user = find_user(call)
    iam = moto_iam.backend(call.account)
    leftovers = (
        (user.managed_policies, "must detach all policies first"),
        (user.policies, "must delete policies first"),
        (user.access_keys, "must delete access keys first"),
        (iam.get_groups_for_user(user.name), "must remove users from group first"),
        (user.password, "must delete login profile first"),
        (user.mfa_devices, "must delete MFA device first"),
        (user.signing_certificates, "must delete signing certificates first"),
        (user.ssh_public_keys, "must delete SSH public keys first"),
    )
    for leftover, demand in leftovers:
        if leftover:
            raise delete_conflict(f"Cannot delete entity, {demand}.")
    answer = call.moto()
    _rename_in_trust_policies(user.arn, user.id)
    return answer


def _rename_in_trust_policies(arn: str, name: str) -> None:
    """Write `name` (a new ARN, or the id of who is gone) for the principal `arn` in the trust policies of all accounts.

    AWS keeps a principal's unique id behind the ARN that was written.
    """
    for account in moto_iam.accounts():
        for role in moto_iam.backend(account).roles.values():
            if arn in role.assume_role_policy_document:
                text = iam_documents.without_principal(role.assume_role_policy_document, arn, name)
                role.assume_role_policy_document = text


@operation("iam", "TagUser")
def tag_user(call: Call) -> Answer:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagUser.html"""
    find_user(call)
    check_tags(call)
    return call.moto()


# --- groups ---------------------------------------------------------------------------------------------------


@operation("iam", "CreateGroup")
def create_group(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html"""
    iam = moto_iam.backend(call.account)
    name, path = check_name(call, "GroupName"), check_path(call)
    check_unused(name, iam.groups, f"Group with name {name} already exists.")
    group = iam.create_group(name, path)
    group.id = call.state.ids.unique_id("AGPA")
    group.create_date = call.time
    return {
        "Group": {
            "Path": group.path, "GroupName": group.name, "GroupId": group.id, "Arn": group.arn,
            "CreateDate": group.create_date,
        }
    }  # fmt: skip


@operation("iam", "GetGroup", "ListGroupPolicies", "ListAttachedGroupPolicies")
def read_group(call: Call) -> Answer:
    """moto's words for a group that does not exist are its own."""
    find_group(call)
    return call.moto()


@operation("iam", "UpdateGroup")
def update_group(call: Call) -> dict[str, Any]:
    """moto changes a path only together with the name.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateGroup.html
    """
    iam = moto_iam.backend(call.account)
    group = find_group(call)
    if call.parameters.get("NewGroupName"):
        name = check_name(call, "NewGroupName")
        others = (other for other in iam.groups if other != group.name)
        check_unused(name, others, f"Group with name {name} already exists.")
        del iam.groups[group.name]
        group.name = name
        iam.groups[name] = group
    if call.parameters.get("NewPath"):
        group.path = check_path(call, "NewPath")
    return {}


@operation("iam", "DeleteGroup")
def delete_group(call: Call) -> Answer:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroup.html"""
    group = find_group(call)
    if group.managed_policies:
        raise delete_conflict("Cannot delete entity, must detach all policies first.")
    if group.policies:
        raise delete_conflict("Cannot delete entity, must delete policies first.")
    if group.users:
        raise delete_conflict("Cannot delete entity, must remove users from group first.")
    return call.moto()


@operation("iam", "AddUserToGroup")
def add_user_to_group(call: Call) -> Answer:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddUserToGroup.html"""
    group, user = find_group(call), find_user(call)
    groups = moto_iam.backend(call.account).get_groups_for_user(user.name)
    if group not in groups and len(groups) >= GROUPS_PER_USER:
        raise limit_exceeded("GroupsPerUser", GROUPS_PER_USER)
    return call.moto()


@operation("iam", "RemoveUserFromGroup")
def remove_user_from_group(call: Call) -> Answer:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveUserFromGroup.html"""
    group, user = find_group(call), find_user(call)
    if user not in group.users:
        raise no_such_entity(f"The user with name {user.name} cannot be found in group {group.name}.")
    return call.moto()


# --- roles ----------------------------------------------------------------------------------------------------


@operation("iam", "CreateRole")
def create_role(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html"""
    iam = moto_iam.backend(call.account)
    name, path, tags = check_name(call, "RoleName"), check_path(call), check_tags(call)
    duration = _session_duration(call)
    if path.startswith("/aws-service-role/"):
        raise validation_error("The path /aws-service-role/ is reserved for service-linked roles.")
    if path.startswith("/aws-reserved/"):
        raise validation_error("The path /aws-reserved/ is reserved for AWS's services.")
    document = call.parameters["AssumeRolePolicyDocument"]
    iam_documents.check_trust(document)
    taken = [role.name for role in iam.roles.values()]
    check_unused(name, taken, f"Role with name {name} already exists.")
    boundary = boundary_of(call)
    role = iam.create_role(
        name, document, path, boundary, call.parameters.get("Description") or "", tags, duration
    )
    del iam.roles[role.id]
    role.id = call.state.ids.unique_id("AROA")
    role.create_date = call.time
    iam.roles[role.id] = role
    return {"Role": _role_members(role)}


def _role_members(role: Any) -> dict[str, Any]:
    members = {
        "Path": role.path, "RoleName": role.name, "RoleId": role.id, "Arn": role.arn, "CreateDate": role.create_date,
        "AssumeRolePolicyDocument": quote(role.assume_role_policy_document), "Description": role.description,
        "MaxSessionDuration": role.max_session_duration, "PermissionsBoundary": role.permissions_boundary,
        "Tags": role.tags,
    }  # fmt: skip
    return {name: value for name, value in members.items() if value}


def _session_duration(call: Call) -> Any:
    duration = call.parameters.get("MaxSessionDuration", 3600)
    if not 3600 <= int(duration) <= 43200:
        bound = "less than or equal to 43200" if int(duration) > 43200 else "greater than or equal to 3600"
        raise validation_error(
            f"1 validation error detected: Value '{duration}' at 'maxSessionDuration' failed to satisfy constraint: "
            f"Member must have value {bound}"
        )
    return duration


@operation("iam", "UpdateRole")
def update_role(call: Call) -> Answer:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html"""
    find_own_role(call)
    _session_duration(call)
    return call.moto()


@operation(
    "iam",
    "ListRolePolicies",
    "ListAttachedRolePolicies",
    "ListRoleTags",
    "ListInstanceProfilesForRole",
)
def read_role(call: Call) -> Answer:
    """moto's words for a role that does not exist are its own."""
    find_role(call)
    return call.moto()


@operation("iam", "UpdateRoleDescription")
def update_role_description(call: Call) -> Answer:
    """The one change that a service-linked role allows.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRoleDescription.html
    """
    if reserved_roles.is_reserved(find_role(call)):
        find_own_role(call)
    return call.moto()


@operation("iam", "UpdateAssumeRolePolicy")
def update_assume_role_policy(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html"""
    role = find_own_role(call)
    iam_documents.check_trust(call.parameters["PolicyDocument"])
    role.assume_role_policy_document = call.parameters["PolicyDocument"]
    return {}


@operation("iam", "DeleteRole")
def delete_role(call: Call) -> Answer:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html"""
    role = find_own_role(call)
    answer = call.moto()
    if moto_iam.find_role(call.account, role.name) is None:
        _rename_in_trust_policies(role.arn, role.id)
    return answer


@operation("iam", "TagRole", "UntagRole")
def tag_role(call: Call) -> Answer:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagRole.html"""
    find_own_role(call)
    check_tags(call)
    return call.moto()


@operation("iam", "CreateServiceLinkedRole")
def create_service_linked_role(call: Call) -> Answer:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceLinkedRole.html"""
    service = call.parameters["AWSServiceName"]
    if not service.endswith(".amazonaws.com") or service.count(".") < 2:
        raise validation_error(f"The service principal {service} is not valid.")
    name = moto_iam.service_linked_role_name(service, call.parameters.get("CustomSuffix"))
    if moto_iam.find_role(call.account, name) is not None:
        raise invalid_input(
            f"Service role name {name} has been taken in this account, please try a different suffix."
        )
    return call.moto()


@operation("iam", "DeleteServiceLinkedRole")
def delete_service_linked_role(call: Call) -> Answer:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteServiceLinkedRole.html"""
    role = find_role(call)
    if not role._linked_service:
        raise no_such_entity(f"The service-linked role with name {role.name} cannot be found.")
    return call.moto()


# --- instance profiles ----------------------------------------------------------------------------------------


@operation("iam", "CreateInstanceProfile")
def create_instance_profile(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateInstanceProfile.html"""
    iam = moto_iam.backend(call.account)
    name, path, tags = check_name(call, "InstanceProfileName"), check_path(call), check_tags(call)
    check_unused(name, iam.instance_profiles, f"Instance Profile {name} already exists.")
    profile = iam.create_instance_profile(name, path, [], tags)
    profile.id = call.state.ids.unique_id("AIPA")
    profile.create_date = call.time
    members = {
        "Path": profile.path, "InstanceProfileName": profile.name, "InstanceProfileId": profile.id,
        "Arn": profile.arn, "CreateDate": profile.create_date, "Roles": [],
    }  # fmt: skip
    return {"InstanceProfile": members | ({"Tags": tags} if tags else {})}
