"""Instance profiles, which give EC2 instances a role. Each profile contains at most one role.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html
"""

from __future__ import annotations

from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.iam.entities import (
    check_name,
    check_path,
    check_tags,
    check_unused,
    delete_conflict,
    find_instance_profile,
    find_own_role,
    instance_profile_members,
    limit_exceeded,
    no_such_entity,
)

PROFILES = 1_000
"""The maximum number of instance profiles per account, which is AWS's default quota.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""


@operation("iam", "CreateInstanceProfile")
def create_instance_profile(call: Call) -> dict[str, Any]:
    """Create an empty instance profile with a path and tags. Rejects a name that is already in use, ignoring case.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateInstanceProfile.html
    """
    iam = moto_iam.backend(call.account)
    name, path, tags = check_name(call, "InstanceProfileName"), check_path(call), check_tags(call)
    taken = [profile.name for profile in iam.instance_profiles.values()]
    check_unused(name, taken, f"Instance Profile {name} already exists.")
    if len(taken) >= PROFILES:
        raise limit_exceeded("InstanceProfilesPerAccount", PROFILES)
    profile = iam.create_instance_profile(name, path, [], tags)
    profile.id, profile.create_date = call.state.ids.unique_id("AIPA"), call.time
    return {"InstanceProfile": instance_profile_members(profile, tags=True)}


@operation("iam", "DeleteInstanceProfile")
def delete_instance_profile(call: Call) -> dict[str, Any]:
    """Delete an instance profile. Raises DeleteConflict if it contains a role.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteInstanceProfile.html
    """
    profile = find_instance_profile(call)
    if profile.roles:
        raise delete_conflict("Cannot delete entity, must remove roles from instance profile first.")
    moto_iam.remove_instance_profile(call.account, profile)
    return {}


@operation("iam", "AddRoleToInstanceProfile")
def add_role_to_instance_profile(call: Call) -> dict[str, Any]:
    """Add a role to an instance profile. Rejects a second role with LimitExceeded.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddRoleToInstanceProfile.html
    """
    profile, role = find_instance_profile(call), find_own_role(call)
    if profile.roles:
        raise limit_exceeded("InstanceSessionsPerInstanceProfile", 1)
    profile.roles.append(role)
    return {}


@operation("iam", "RemoveRoleFromInstanceProfile")
def remove_role_from_instance_profile(call: Call) -> dict[str, Any]:
    """Remove a role from an instance profile. Raises NoSuchEntity if the profile doesn't contain the role.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveRoleFromInstanceProfile.html
    """
    profile, role = find_instance_profile(call), find_own_role(call)
    if role not in profile.roles:
        raise no_such_entity(f"Role {role.name} in Instance Profile {profile.name} cannot be found.")
    profile.roles.remove(role)
    return {}
