"""Permissions boundaries of users and roles.

moto doesn't support boundaries for users, and doesn't check that a boundary's policy exists.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
"""

from __future__ import annotations

from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.iam.entities import (
    check_attachable,
    find_own_role,
    find_policy,
    find_user,
    no_such_entity,
)


def boundary_of(call: Call) -> str | None:
    """Return the ARN of the boundary in the request, or None if there isn't one.

    Raises NoSuchEntity if the policy doesn't exist, or PolicyNotAttachable for a policy that only a service-linked role
    can have.
    """
    if not call.parameters.get("PermissionsBoundary"):
        return None
    policy = find_policy(call, "PermissionsBoundary", "Scope ARN: {} does not exist or is not attachable.")
    check_attachable(policy, "Entity")
    return str(policy.arn)


@operation("iam", "PutUserPermissionsBoundary")
def put_user_permissions_boundary(call: Call) -> dict[str, Any]:
    """Set a user's permissions boundary. Rejects a nonexistent policy.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPermissionsBoundary.html
    """
    find_user(call).permissions_boundary_arn = boundary_of(call)
    return {}


@operation("iam", "DeleteUserPermissionsBoundary")
def delete_user_permissions_boundary(call: Call) -> dict[str, Any]:
    """Remove a user's permissions boundary. Raises NoSuchEntity if the user has none.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPermissionsBoundary.html
    """
    return _without_boundary(find_user(call), "user")


@operation("iam", "PutRolePermissionsBoundary")
def put_role_permissions_boundary(call: Call) -> dict[str, Any]:
    """Set a role's permissions boundary. Rejects roles that only AWS can change.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePermissionsBoundary.html
    """
    find_own_role(call).permissions_boundary_arn = boundary_of(call)
    return {}


@operation("iam", "DeleteRolePermissionsBoundary")
def delete_role_permissions_boundary(call: Call) -> dict[str, Any]:
    """Remove a role's permissions boundary. Raises NoSuchEntity if the role has none.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePermissionsBoundary.html
    """
    return _without_boundary(find_own_role(call), "role")


def _without_boundary(entity: Any, kind: str) -> dict[str, Any]:
    if not entity.permissions_boundary_arn:
        raise no_such_entity(f"The {kind} {entity.name} has no permissions boundary.")
    entity.permissions_boundary_arn = None
    return {}
