"""Groups of users. Tokens contain the groups' names and roles.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-user-groups.html
"""

from __future__ import annotations

from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.cognito_idp.calls import LIMITED_PAGES, pool_of, user_of, without_none
from labs_helpers.cloud.services.cognito_idp.errors import above_limit, error, invalid, not_found
from labs_helpers.cloud.services.cognito_idp.state import Group, UserPool
from labs_helpers.cloud.services.cognito_idp.users import directory

GROUPS, GROUPS_OF_USER = 10_000, 100
"""The maximum numbers of groups per pool and per user.

https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html#resource-quotas
"""


def _group(call: Call, pool: UserPool) -> Group:
    found = pool.groups.get(call.parameters["GroupName"])
    if found is None:
        raise not_found("Group not found.")
    return found


def group_type(pool: UserPool, group: Group) -> dict[str, Any]:
    """Return a group in the form of GroupType."""
    return without_none(
        GroupName=group.name,
        UserPoolId=pool.id,
        Description=group.description,
        RoleArn=group.role,
        Precedence=group.precedence,
        LastModifiedDate=group.modified,
        CreationDate=group.created,
    )


@operation("cognito-idp", "CreateGroup")
def create_group(call: Call) -> dict[str, Any]:
    """Create a group.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateGroup.html
    """
    pool, given = pool_of(call), call.parameters
    name = given["GroupName"]
    if name in pool.groups:
        raise error("GroupExists", f"A group with the name {name} already exists in the user pool.")
    if len(pool.groups) >= GROUPS:
        raise above_limit(f"A user pool can have at most {GROUPS} groups.")
    group = Group(
        name, call.time, call.time, given.get("Description"), given.get("RoleArn"), given.get("Precedence")
    )
    pool.groups[name] = group
    return {"Group": group_type(pool, group)}


@operation("cognito-idp", "GetGroup")
def get_group(call: Call) -> dict[str, Any]:
    """Return a group.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetGroup.html
    """
    pool = pool_of(call)
    return {"Group": group_type(pool, _group(call, pool))}


@operation("cognito-idp", "UpdateGroup")
def update_group(call: Call) -> dict[str, Any]:
    """Change a group's description, role, or precedence. Omitted parameters stay unchanged.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateGroup.html
    """
    pool, given = pool_of(call), call.parameters
    group = _group(call, pool)
    if given.get("Description") is not None:
        group.description = given["Description"]
    if given.get("RoleArn") is not None:
        group.role = given["RoleArn"]
    if given.get("Precedence") is not None:
        group.precedence = given["Precedence"]
    group.modified = call.time
    return {"Group": group_type(pool, group)}


@operation("cognito-idp", "DeleteGroup")
def delete_group(call: Call) -> dict[str, Any]:
    """Delete a group.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteGroup.html
    """
    pool = pool_of(call)
    del pool.groups[_group(call, pool).name]
    return {}


@operation("cognito-idp", "ListGroups")
def list_groups(call: Call) -> dict[str, Any]:
    """List the groups of a pool.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListGroups.html
    """
    pool = pool_of(call)
    return LIMITED_PAGES.page(call, "Groups", [group_type(pool, group) for group in pool.groups.values()])


@operation("cognito-idp", "AdminAddUserToGroup")
def admin_add_user_to_group(call: Call) -> dict[str, Any]:
    """Add a user to a group.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminAddUserToGroup.html
    """
    pool = pool_of(call)
    group, user = _group(call, pool), user_of(call, pool)
    if user.username not in group.members and len(pool.groups_of(user.username)) >= GROUPS_OF_USER:
        raise invalid(f"A user can be in at most {GROUPS_OF_USER} groups.")
    group.members.add(user.username)
    return {}


@operation("cognito-idp", "AdminRemoveUserFromGroup")
def admin_remove_user_from_group(call: Call) -> dict[str, Any]:
    """Remove a user from a group.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminRemoveUserFromGroup.html
    """
    pool = pool_of(call)
    group, user = _group(call, pool), user_of(call, pool)
    group.members.discard(user.username)
    return {}


@operation("cognito-idp", "AdminListGroupsForUser")
def admin_list_groups_for_user(call: Call) -> dict[str, Any]:
    """List the groups of a user.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminListGroupsForUser.html
    """
    pool = pool_of(call)
    found = [group_type(pool, group) for group in pool.groups_of(user_of(call, pool).username)]
    return LIMITED_PAGES.page(call, "Groups", found)


@operation("cognito-idp", "ListUsersInGroup")
def list_users_in_group(call: Call) -> dict[str, Any]:
    """List the users in a group.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsersInGroup.html
    """
    pool = pool_of(call)
    members = _group(call, pool).members
    found = [directory.user_type(user) for user in pool.users.values() if user.username in members]
    return LIMITED_PAGES.page(call, "Users", found)
