"""What IAM's operations share: finding users, groups, roles and policies, and IAM's errors about them.

Errors: https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html and each operation's page there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from labs_helpers.core.call import Call
from labs_helpers.core.errors import ServiceError
from labs_helpers.services.iam import moto_view as moto_iam
from labs_helpers.services.iam import reserved_roles

_POLICY_ARN = re.compile(r"arn:aws:iam::(\d{12}|aws):policy/[\x21-\x7e]+")
_NAME = re.compile(r"[\w+=,.@-]+", re.ASCII)
_PATH = re.compile(r"/|(/[\x21-\x7e]+/)")


# --- errors ---------------------------------------------------------------------------------------------------


def no_such_entity(message: str) -> ServiceError:
    return ServiceError("NoSuchEntity", message, 404)


def already_exists(message: str) -> ServiceError:
    return ServiceError("EntityAlreadyExists", message, 409)


def delete_conflict(message: str) -> ServiceError:
    return ServiceError("DeleteConflict", message, 409)


def limit_exceeded(quota: str, limit: int) -> ServiceError:
    return ServiceError("LimitExceeded", f"Cannot exceed quota for {quota}: {limit}", 409)


def invalid_input(message: str) -> ServiceError:
    return ServiceError("InvalidInput", message)


def validation_error(message: str) -> ServiceError:
    return ServiceError("ValidationError", message)


# --- finding --------------------------------------------------------------------------------------------------


def find_user(call: Call, name: str | None = None) -> Any:
    """moto's user that the call names, or whose name is given. Raises NoSuchEntity."""
    name = name or call.parameters["UserName"]
    user = moto_iam.backend(call.account).users.get(name)
    if user is None:
        raise no_such_entity(f"The user with name {name} cannot be found.")
    return user


def find_group(call: Call) -> Any:
    """moto's group that the call names. Raises NoSuchEntity."""
    name = call.parameters["GroupName"]
    group = moto_iam.backend(call.account).groups.get(name)
    if group is None:
        raise no_such_entity(f"The group with name {name} cannot be found.")
    return group


def find_role(call: Call) -> Any:
    """moto's role that the call names. Raises NoSuchEntity."""
    name = call.parameters["RoleName"]
    role = moto_iam.find_role(call.account, name)
    if role is None:
        raise no_such_entity(f"The role with name {name} cannot be found.")
    return role


def find_own_role(call: Call) -> Any:
    """As `find_role`, for changes: a service-linked role is its service's to change, and one of Identity Center's is
    that one's. Raises UnmodifiableEntity too.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html
    https://docs.aws.amazon.com/singlesignon/latest/userguide/troubleshooting.html
    """
    role = find_role(call)
    if role._linked_service or reserved_roles.is_reserved(role):
        raise ServiceError(
            "UnmodifiableEntity",
            f"Cannot perform the operation on the protected role '{role.name}' - "
            "this role is only modifiable by AWS",
        )
    return role


def find_policy(call: Call, parameter: str = "PolicyArn", missing: str = "Policy {} was not found.") -> Any:
    """moto's managed policy whose ARN is in a parameter. Raises NoSuchEntity, InvalidInput for what is no ARN."""
    arn = call.parameters[parameter]
    match = _POLICY_ARN.fullmatch(arn)
    if match is None:
        raise invalid_input(f"ARN {arn} is not valid.")
    policy = moto_iam.backend(call.account).managed_policies.get(arn)
    if policy is None:
        raise no_such_entity(missing.format(arn))
    return policy


def find_own_policy(call: Call) -> Any:
    """As `find_policy`, for changes: AWS managed policies are AWS's to change. Raises AccessDenied too."""
    policy = find_policy(call)
    if policy.arn.startswith("arn:aws:iam::aws:"):
        raise ServiceError("AccessDenied", "Policy is outside your own account.", 403)
    return policy


def own_user_name(call: Call) -> str:
    """The user that an operation without UserName is about: the caller. Raises ValidationError for other callers."""
    name = caller_user_name(call)
    if name is None:
        raise validation_error("Must specify userName when calling with non-User credentials")
    return name


def caller_user_name(call: Call) -> str | None:
    """The caller's name if it is an IAM user."""
    if call.principal.kind.name != "USER" or not call.principal.arn:
        return None
    return call.principal.arn.rpartition("/")[2]


# --- validating what is created -------------------------------------------------------------------------------


def check_name(call: Call, parameter: str) -> str:
    """A name of a user, group, role, policy or profile. Raises ValidationError."""
    name = call.parameters[parameter]
    if not _NAME.fullmatch(name):
        shown = parameter[0].lower() + parameter[1:]
        raise validation_error(
            f"The specified value for {shown} is invalid. "
            "It must contain only alphanumeric characters and/or the following: +=,.@_-"
        )
    limit = 64 if parameter in ("UserName", "NewUserName", "RoleName") else 128
    if len(name) > limit:
        raise validation_error(
            f"1 validation error detected: Value at '{parameter[0].lower() + parameter[1:]}' failed to satisfy "
            f"constraint: Member must have length less than or equal to {limit}"
        )
    return name


def check_path(call: Call, parameter: str = "Path") -> str:
    """A path, `/` where none is given. Raises ValidationError."""
    path = call.parameters.get(parameter) or "/"
    if not _PATH.fullmatch(path) or "//" in path or len(path) > 512:
        raise validation_error(
            f"The specified value for {parameter[0].lower() + parameter[1:]} is invalid. It must begin and end "
            "with / and contain only alphanumeric characters and/or / characters."
        )
    return path


def check_unused(name: str, taken: Iterable[str], message: str) -> None:
    """Names are unique whatever their case. Raises EntityAlreadyExists.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-names
    """
    if name.lower() in (other.lower() for other in taken):
        raise already_exists(message)


def check_tags(call: Call) -> list[dict[str, str]]:
    """The tags of a request. Raises InvalidInput for a key given twice, whatever its case, ValidationError over 50."""
    tags = call.parameters.get("Tags") or []
    keys = [tag["Key"].lower() for tag in tags]
    if len(set(keys)) != len(keys):
        raise invalid_input("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    if len(tags) > 50:
        raise validation_error(
            "1 validation error detected: Value at 'tags' failed to satisfy constraint: "
            "Member must have length less than or equal to 50"
        )
    return tags


# --- answers --------------------------------------------------------------------------------------------------


def user_members(user: Any) -> dict[str, Any]:
    """The User of CreateUser's and GetUser's answer."""
    members = {
        "Path": user.path, "UserName": user.name, "UserId": user.id, "Arn": user.arn, "CreateDate": user.create_date,
    }  # fmt: skip
    return _with_optional(members, PermissionsBoundary=user.permissions_boundary, Tags=user.tags)


def _with_optional(members: dict[str, Any], **optional: Any) -> dict[str, Any]:
    return members | {name: value for name, value in optional.items() if value}


def page(call: Call, items: list[Any], name: str) -> dict[str, Any]:
    """One page of a list: `MaxItems` of it from `Marker` on. Raises ValidationError for a marker that is not ours."""
    parameters: Mapping[str, Any] = call.parameters
    marker = parameters.get("Marker") or "0"
    if not marker.isdecimal() or int(marker) > len(items):
        raise validation_error("Invalid Marker.")
    start, size = int(marker), int(parameters.get("MaxItems") or 100)
    answer = {name: items[start : start + size], "IsTruncated": start + size < len(items)}
    return answer | ({"Marker": str(start + size)} if answer["IsTruncated"] else {})
