"""Operations on users, groups, and roles for which moto's checks, IDs, or responses differ from AWS's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from labs_helpers.cloud.core import resource_policies
from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.iam import documents as iam_documents
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.iam.boundaries import boundary_of
from labs_helpers.cloud.services.iam.entities import (
    check_name,
    check_path,
    check_tags,
    check_unused,
    created_role_members,
    delete_conflict,
    find_group,
    find_markable_role,
    find_own_role,
    find_role,
    find_user,
    group_members,
    limit_exceeded,
    no_such_entity,
    own_user_name,
    role_members,
    user_members,
    validation_error,
    with_optional,
)
from labs_helpers.cloud.services.iam.last_used import role_last_used

GROUPS_PER_USER = 10
USERS, GROUPS, ROLES = 5_000, 300, 1_000
"""The maximum numbers of users, groups, and roles, which are AWS's quotas.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""
_RESERVED_PATHS = ("/aws-service-role/", "/aws-reserved/")


# --- users ----------------------------------------------------------------------------------------------------


@operation("iam", "CreateUser")
def create_user(call: Call) -> dict[str, Any]:
    """Create a user with a path, tags, and a boundary. Rejects a name that is already in use, ignoring case.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html
    """
    iam = moto_iam.backend(call.account)
    name, path, tags = check_name(call, "UserName"), check_path(call), check_tags(call, one_case=True)
    check_unused(name, iam.users, f"User with name {name} already exists.")
    if len(iam.users) >= USERS:
        raise limit_exceeded("UsersPerAccount", USERS)
    boundary = boundary_of(call)
    user = iam.create_user(call.region, name, path, tags)
    user.id = call.state.ids.unique_id("AIDA")
    user.create_date = call.time
    user.permissions_boundary_arn = boundary
    return {"User": user_members(user)}


@operation("iam", "GetUser")
def get_user(call: Call) -> dict[str, Any]:
    """Return a user, or the caller if the request doesn't specify a user. The root user has an empty name.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html
    """
    name = call.parameters.get("UserName")
    if name is None and call.principal.kind.name == "ROOT":
        arn = f"arn:aws:iam::{call.account}:root"
        return {
            "User": {"UserId": call.account, "Arn": arn, "Path": "/", "UserName": "", "CreateDate": call.time}
        }
    return {"User": user_members(find_user(call, name or own_user_name(call)))}


@operation("iam", "UpdateUser")
def update_user(call: Call) -> dict[str, Any]:
    """Rename a user or move it to another path.

    The user's keys and tags, and policies with the user as principal, are preserved. moto loses a renamed
    user's tags and keys.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html
    """
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
    _rename_principal(call, old_arn, user.arn)
    return {}


@operation("iam", "DeleteUser")
def delete_user(call: Call) -> dict[str, Any]:
    """Delete a user. Raises DeleteConflict if the user has items that AWS requires to be deleted first.

    moto checks only the user's policies. Resource policies then contain the user's unique ID in place of its ARN.
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
        (user.service_credentials, "must remove referenced objects first"),
    )
    _refuse_leftovers(leftovers)
    moto_iam.remove_user(call.account, user)
    _rename_principal(call, user.arn, user.id)
    return {}


def _refuse_leftovers(leftovers: Iterable[tuple[Any, str]]) -> None:
    """Raise DeleteConflict for the first leftover that isn't empty. The error states what must be deleted."""
    for leftover, demand in leftovers:
        if leftover:
            raise delete_conflict(f"Cannot delete entity, {demand}.")


def _rename_principal(call: Call, arn: str, name: str) -> None:
    """Replace the principal `arn` with `name` in all trust policies, resource-based policies, and grants.

    `name` is a new ARN, or the unique ID of a deleted principal. AWS stores unique IDs, but shows ARNs.
    """

    def renamed(text: str) -> str:
        """Return a policy's text with the principal replaced."""
        return iam_documents.with_principal(text, arn, name)

    for account in moto_iam.accounts():
        for role in moto_iam.backend(account).roles.values():
            role.assume_role_policy_document = renamed(role.assume_role_policy_document)
    resource_policies.rewrite(call.state, renamed)
    resource_policies.rename_principal(call.state, arn, name)


# --- groups ---------------------------------------------------------------------------------------------------


@operation("iam", "CreateGroup")
def create_group(call: Call) -> dict[str, Any]:
    """Create a group with a path. Rejects a name that is already in use, ignoring case.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html
    """
    iam = moto_iam.backend(call.account)
    name, path = check_name(call, "GroupName"), check_path(call)
    check_unused(name, iam.groups, f"Group with name {name} already exists.")
    if len(iam.groups) >= GROUPS:
        raise limit_exceeded("GroupsPerAccount", GROUPS)
    group = iam.create_group(name, path)
    group.id = call.state.ids.unique_id("AGPA")
    group.create_date = call.time
    return {"Group": group_members(group)}


@operation("iam", "UpdateGroup")
def update_group(call: Call) -> dict[str, Any]:
    """Rename a group or move it to another path. moto changes the path only if the name also changes.

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
def delete_group(call: Call) -> dict[str, Any]:
    """Delete a group. Raises DeleteConflict if it has policies or users.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroup.html
    """
    group = find_group(call)
    leftovers = (
        (group.managed_policies, "must detach all policies first"),
        (group.policies, "must delete policies first"),
        (group.users, "must remove users from group first"),
    )
    _refuse_leftovers(leftovers)
    del moto_iam.backend(call.account).groups[group.name]
    return {}


@operation("iam", "AddUserToGroup")
def add_user_to_group(call: Call) -> dict[str, Any]:
    """Add a user to a group. Rejects a user's eleventh group. Adding an existing member changes nothing.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddUserToGroup.html
    """
    group, user = find_group(call), find_user(call)
    groups = moto_iam.backend(call.account).get_groups_for_user(user.name)
    if group not in groups:
        if len(groups) >= GROUPS_PER_USER:
            raise limit_exceeded("GroupsPerUser", GROUPS_PER_USER)
        group.users.append(user)
    return {}


@operation("iam", "RemoveUserFromGroup")
def remove_user_from_group(call: Call) -> dict[str, Any]:
    """Remove a user from a group. Raises NoSuchEntity if the user isn't a member.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveUserFromGroup.html
    """
    group, user = find_group(call), find_user(call)
    if user not in group.users:
        raise no_such_entity(f"The user with name {user.name} cannot be found in group {group.name}.")
    group.users.remove(user)
    return {}


# --- roles ----------------------------------------------------------------------------------------------------


@operation("iam", "CreateRole")
def create_role(call: Call) -> dict[str, Any]:
    """Create a role with a trust policy, a path, tags, and a boundary.

    Rejects malformed trust policies, names that are already in use (ignoring case), and paths reserved for AWS's roles.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
    """
    iam, given = moto_iam.backend(call.account), call.parameters
    _refuse_console_settings(call)
    name, path, tags = check_name(call, "RoleName"), check_path(call), check_tags(call, one_case=True)
    reserved = next((each for each in _RESERVED_PATHS if path.startswith(each)), None)
    if reserved:
        raise validation_error(f"The path {reserved} is reserved for roles that AWS creates.")
    document = given["AssumeRolePolicyDocument"]
    iam_documents.check_trust(document)
    taken = [role.name for role in iam.roles.values()]
    check_unused(name, taken, f"Role with name {name} already exists.")
    if len(taken) >= ROLES:
        raise limit_exceeded("RolesPerAccount", ROLES)
    role = moto_iam.add_role(
        call.account, name, document, path=path, role_id=call.state.ids.unique_id("AROA"), created=call.time,
        description=given.get("Description") or "", boundary=boundary_of(call), tags=tags,
        duration=given.get("MaxSessionDuration") or 3600,
    )  # fmt: skip
    return {"Role": created_role_members(role)}


def _refuse_console_settings(call: Call) -> None:
    for name in ("MaxSigninSessionDuration", "ResetMaxSigninSessionDuration"):
        if call.parameters.get(name):
            raise NotModelled(
                f"iam:{call.operation} with {name}: console sessions have a fixed length in this cloud"
            )


@operation("iam", "GetRole")
def get_role(call: Call) -> dict[str, Any]:
    """Return a role with its boundary, its tags, and the time of its last use.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html
    """
    role = find_role(call)
    members = with_optional(role_members(role), PermissionsBoundary=role.permissions_boundary, Tags=role.tags)
    return {"Role": {**members, "RoleLastUsed": role_last_used(call, role)}}


@operation("iam", "UpdateRole")
def update_role(call: Call) -> dict[str, Any]:
    """Change a role's description and maximum session duration. A service-linked role's duration can't be changed.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/create-service-linked-role.html
    """
    given = call.parameters
    _refuse_console_settings(call)
    role = find_own_role(call) if given.get("MaxSessionDuration") else find_markable_role(call)
    if given.get("Description") is not None:
        role.description = given["Description"]
    if given.get("MaxSessionDuration"):
        role.max_session_duration = str(given["MaxSessionDuration"])
    return {}


@operation("iam", "UpdateRoleDescription")
def update_role_description(call: Call) -> dict[str, Any]:
    """Change a role's description. The role can be a service-linked role.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRoleDescription.html
    """
    role = find_markable_role(call)
    role.description = call.parameters["Description"]
    return {"Role": role_members(role)}


@operation("iam", "UpdateAssumeRolePolicy")
def update_assume_role_policy(call: Call) -> dict[str, Any]:
    """Replace a role's trust policy after validating the new one. Rejects roles that only AWS can change.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html
    """
    role = find_own_role(call)
    iam_documents.check_trust(call.parameters["PolicyDocument"])
    role.assume_role_policy_document = call.parameters["PolicyDocument"]
    return {}


@operation("iam", "DeleteRole")
def delete_role(call: Call) -> dict[str, Any]:
    """Delete a role. Raises DeleteConflict if it has policies or is in an instance profile.

    Resource policies then contain the role's unique ID in place of its ARN.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html
    """
    role = find_own_role(call)
    profiles = moto_iam.backend(call.account).instance_profiles.values()
    leftovers = (
        (any(role in profile.roles for profile in profiles), "must remove roles from instance profile first"),
        (role.managed_policies, "must detach all policies first"),
        (role.policies, "must delete policies first"),
    )
    _refuse_leftovers(leftovers)
    moto_iam.remove_role(call.account, role)
    _rename_principal(call, role.arn, role.id)
    return {}
