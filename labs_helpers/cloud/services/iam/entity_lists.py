"""Lists of users, groups, roles, instance profiles, group members, and attached policies, paginated and sorted by name.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html and the other List operations
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.iam.entities import (
    PAGES,
    find_group,
    find_instance_profile,
    find_role,
    find_user,
    group_members,
    instance_profile_members,
    role_members,
    user_members,
)


def by_name(call: Call, entities: Iterable[Any]) -> list[Any]:
    """Return the entities under the request's PathPrefix, sorted by name regardless of case."""
    prefix = call.parameters.get("PathPrefix") or "/"
    return sorted(
        (each for each in entities if each.path.startswith(prefix)), key=lambda each: each.name.lower()
    )


# --- users and groups -----------------------------------------------------------------------------------------


@operation("iam", "ListUsers")
def list_users(call: Call) -> dict[str, Any]:
    """List the account's users without boundaries and tags.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html
    """
    users = by_name(call, moto_iam.backend(call.account).users.values())
    return PAGES.page(call, "Users", [user_members(user, listed=True) for user in users])


@operation("iam", "ListGroups")
def list_groups(call: Call) -> dict[str, Any]:
    """List the account's groups.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroups.html
    """
    groups = by_name(call, moto_iam.backend(call.account).groups.values())
    return PAGES.page(call, "Groups", [group_members(group) for group in groups])


@operation("iam", "GetGroup")
def get_group(call: Call) -> dict[str, Any]:
    """Return a group and its users, without the boundaries and tags of the users.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetGroup.html
    """
    group = find_group(call)
    users = [user_members(user, listed=True) for user in by_name(call, group.users)]
    return {"Group": group_members(group), **PAGES.page(call, "Users", users)}


@operation("iam", "ListGroupsForUser")
def list_groups_for_user(call: Call) -> dict[str, Any]:
    """List the groups that a user belongs to.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroupsForUser.html
    """
    user = find_user(call)
    groups = [group for group in moto_iam.backend(call.account).groups.values() if user in group.users]
    return PAGES.page(call, "Groups", [group_members(group) for group in by_name(call, groups)])


# --- roles and instance profiles --------------------------------------------------------------------------------


@operation("iam", "ListRoles")
def list_roles(call: Call) -> dict[str, Any]:
    """List the account's roles without boundaries, tags, and last use.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html
    """
    roles = by_name(call, moto_iam.backend(call.account).roles.values())
    return PAGES.page(call, "Roles", [role_members(role) for role in roles])


@operation("iam", "GetInstanceProfile")
def get_instance_profile(call: Call) -> dict[str, Any]:
    """Return an instance profile with its role and tags.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetInstanceProfile.html
    """
    profile = find_instance_profile(call)
    return {"InstanceProfile": {**instance_profile_members(profile), "Tags": moto_iam.stored_tags(profile)}}


@operation("iam", "ListInstanceProfiles")
def list_instance_profiles(call: Call) -> dict[str, Any]:
    """List the account's instance profiles without tags.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfiles.html
    """
    profiles = by_name(call, moto_iam.backend(call.account).instance_profiles.values())
    return PAGES.page(call, "InstanceProfiles", [instance_profile_members(each) for each in profiles])


@operation("iam", "ListInstanceProfilesForRole")
def list_instance_profiles_for_role(call: Call) -> dict[str, Any]:
    """List the instance profiles that contain a role.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfilesForRole.html
    """
    role = find_role(call)
    every = moto_iam.backend(call.account).instance_profiles.values()
    profiles = by_name(call, (profile for profile in every if role in profile.roles))
    return PAGES.page(call, "InstanceProfiles", [instance_profile_members(each) for each in profiles])


# --- policies of an identity ------------------------------------------------------------------------------------


@operation("iam", "ListUserPolicies", "ListGroupPolicies", "ListRolePolicies")
def list_inline_policies(call: Call) -> dict[str, Any]:
    """List the names of a user's, group's, or role's inline policies.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserPolicies.html
    """
    return PAGES.page(call, "PolicyNames", sorted(_identity(call).policies, key=str.lower))


@operation("iam", "ListAttachedUserPolicies", "ListAttachedGroupPolicies", "ListAttachedRolePolicies")
def list_attached_policies(call: Call) -> dict[str, Any]:
    """List the managed policies that are attached to a user, group, or role.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedUserPolicies.html
    """
    policies = by_name(call, _identity(call).managed_policies.values())
    return PAGES.page(
        call, "AttachedPolicies", [{"PolicyName": each.name, "PolicyArn": each.arn} for each in policies]
    )


def _identity(call: Call) -> Any:
    if "UserName" in call.parameters:
        return find_user(call)
    return find_group(call) if "GroupName" in call.parameters else find_role(call)
