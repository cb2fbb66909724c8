"""Shared functions for IAM's operations that look up users, groups, roles, and policies, and raise IAM's errors.

Errors: https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html and the pages of the operations
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.iam import reserved_roles, trust_policies
from labs_helpers.cloud.services.shared.paging import Pages
from labs_helpers.cloud.services.shared.refusals import refusal
from labs_helpers.cloud.services.shared.tag_keys import reserved_key

no_such_entity = refusal("NoSuchEntity", 404)
already_exists = refusal("EntityAlreadyExists", 409)
delete_conflict = refusal("DeleteConflict", 409)
invalid_input = refusal("InvalidInput")
validation_error = refusal("ValidationError")


_ARN = re.compile(r"arn:[^:]+:[^:]+:[^:]*:[^:]*:.+")
_POLICY_ARN = re.compile(r"arn:aws:iam::(\d{12}|aws):policy/[\x21-\x7e]+")
_PROVIDER_ARN = re.compile(r"arn:aws:iam::\d{12}:oidc-provider/\S+")
_SAML_ARN = re.compile(r"arn:aws:iam::\d{12}:saml-provider/[\w._-]+", re.ASCII)
_NAME = re.compile(r"[\w+=,.@-]+", re.ASCII)
AWS_MANAGED = "arn:aws:iam::aws:"
"""The prefix of the ARNs of AWS managed policies."""
_PATH = re.compile(r"/|(/[\x21-\x7e]+/)")


# --- errors ---------------------------------------------------------------------------------------------------


def limit_exceeded(quota: str, limit: int) -> ServiceError:
    """Return LimitExceeded for a quota and its limit."""
    return ServiceError("LimitExceeded", f"Cannot exceed quota for {quota}: {limit}", 409)


PAGES = Pages(
    lambda _: validation_error("Invalid Marker."), token="Marker", size="MaxItems", default=100, most=1000,
    truncated="IsTruncated",
)  # fmt: skip
"""Pagination for the list operations of IAM."""


# --- lookups --------------------------------------------------------------------------------------------------


def find_user(call: Call, name: str | None = None) -> Any:
    """Return moto's object for the user with this name or, without a name, for the user in the request.

    Raises NoSuchEntity if the user doesn't exist.
    """
    name = name or call.parameters["UserName"]
    user = moto_iam.backend(call.account).users.get(name)
    if user is None:
        raise no_such_entity(f"The user with name {name} cannot be found.")
    return user


def find_group(call: Call) -> Any:
    """Return the moto group that the request specifies. Raises NoSuchEntity if it doesn't exist."""
    name = call.parameters["GroupName"]
    group = moto_iam.backend(call.account).groups.get(name)
    if group is None:
        raise no_such_entity(f"The group with name {name} cannot be found.")
    return group


def find_role(call: Call) -> Any:
    """Return the moto role that the request specifies. Raises NoSuchEntity if it doesn't exist."""
    name = call.parameters["RoleName"]
    role = moto_iam.find_role(call.account, name)
    if role is None:
        raise no_such_entity(f"The role with name {name} cannot be found.")
    return role


def find_own_role(call: Call) -> Any:
    """Return moto's object for the role that the request specifies, if the account can change it.

    Raises NoSuchEntity if the role doesn't exist, or UnmodifiableEntity for service-linked roles and Identity Center's
    roles.
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


def find_markable_role(call: Call) -> Any:
    """Return moto's object for the role that the request specifies, if the account can change its tags and description.

    Accounts can change the tags and descriptions of service-linked roles, but not of Identity Center's roles. Raises
    NoSuchEntity if the role doesn't exist, or UnmodifiableEntity if the account can't change it.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagRole.html
    """
    role = find_role(call)
    return find_own_role(call) if reserved_roles.is_reserved(role) else role


def find_policy(call: Call, parameter: str = "PolicyArn", missing: str = "Policy {} was not found.") -> Any:
    """Return moto's managed policy whose ARN is the value of `parameter`.

    Raises NoSuchEntity with the message `missing`, ValidationError for a string that isn't an ARN, or InvalidInput for
    the ARN of a resource that isn't a policy.
    """
    arn = call.parameters[parameter]
    if not _ARN.fullmatch(arn):
        raise validation_error("Invalid ARN:  Could not be parsed!")
    if not _POLICY_ARN.fullmatch(arn):
        raise invalid_input(f"ARN {arn} is not valid.")
    policy = moto_iam.backend(call.account).managed_policies.get(arn)
    if policy is None:
        raise no_such_entity(missing.format(arn))
    return policy


def find_own_policy(call: Call) -> Any:
    """Return moto's object for the managed policy that the request specifies, if it is a customer managed policy.

    Raises AccessDenied for AWS managed policies, or the same errors as `find_policy`.
    """
    policy = find_policy(call)
    if policy.arn.startswith(AWS_MANAGED):
        raise ServiceError("AccessDenied", "Policy is outside your own account.", 403)
    return policy


def check_attachable(policy: Any, kind: str) -> None:
    """Raise PolicyNotAttachable for a policy that only a service-linked role can have.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachUserPolicy.html#API_AttachUserPolicy_Errors
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPermissionsBoundary.html#API_PutUserPermissionsBoundary_Errors
    """
    if policy.path.startswith("/aws-service-role/") and policy.arn.startswith(AWS_MANAGED):
        raise ServiceError(
            "PolicyNotAttachable", f"Cannot attach a Service Role Policy to a Customer {kind}.", 400
        )


def find_instance_profile(call: Call) -> Any:
    """Return moto's object for the instance profile that the request specifies.

    Raises NoSuchEntity if it doesn't exist.
    """
    name = call.parameters["InstanceProfileName"]
    profile = moto_iam.instance_profile(call.account, name)
    if profile is None:
        raise no_such_entity(f"Instance Profile {name} cannot be found.")
    return profile


def find_certificate(call: Call) -> Any:
    """Return moto's object for the server certificate that the request specifies.

    Raises NoSuchEntity if it doesn't exist.
    """
    name = call.parameters["ServerCertificateName"]
    certificate = moto_iam.server_certificate(call.account, name)
    if certificate is None:
        raise no_such_entity(f"The Server Certificate with name {name} cannot be found.")
    return certificate


def find_provider(call: Call) -> Any:
    """Return moto's object for the OpenID Connect provider that the request specifies.

    Raises NoSuchEntity if it doesn't exist, or InvalidInput for an invalid ARN.
    """
    arn = call.parameters["OpenIDConnectProviderArn"]
    return _by_arn(call, arn, _PROVIDER_ARN, moto_iam.oidc_provider, "OpenIDConnect Provider")


def find_saml_provider(call: Call) -> Any:
    """Return moto's object for the SAML provider that the request specifies.

    Raises NoSuchEntity if it doesn't exist, or InvalidInput for an invalid ARN.
    """
    return _by_arn(call, call.parameters["SAMLProviderArn"], _SAML_ARN, moto_iam.saml_provider, "Manifest")


def _by_arn(call: Call, arn: str, form: re.Pattern[str], find: Callable[[str, str], Any], called: str) -> Any:
    if not form.fullmatch(arn):
        raise invalid_input(f"Invalid ARN: {arn}")
    found = find(call.account, arn)
    if found is None:
        raise no_such_entity(f"{called} not found for arn {arn}")
    return found


def find_mfa_device(call: Call) -> Any:
    """Return moto's object for the virtual MFA device that the request specifies.

    Raises NoSuchEntity if it doesn't exist.
    """
    serial = call.parameters["SerialNumber"]
    device = moto_iam.backend(call.account).virtual_mfa_devices.get(serial)
    if device is None:
        raise no_such_entity(f"VirtualMFADevice with serial number {serial} doesn't exist.")
    return device


def own_user_name(call: Call) -> str:
    """Return the caller's user name, for requests without a UserName.

    Raises ValidationError if the caller isn't a user.
    """
    name = caller_user_name(call)
    if name is None:
        raise validation_error("Must specify userName when calling with non-User credentials")
    return name


def caller_user_name(call: Call) -> str | None:
    """Return the caller's user name if the caller is an IAM user, or None otherwise."""
    if call.principal.kind.name != "USER" or not call.principal.arn:
        return None
    return call.principal.arn.rpartition("/")[2]


# --- validation of new entities -------------------------------------------------------------------------------


def check_name(call: Call, parameter: str) -> str:
    """Return a parameter that is the name of a user, group, role, policy, or instance profile.

    Raises ValidationError if the name isn't valid.
    """
    name: str = call.parameters[parameter]
    if not _NAME.fullmatch(name):
        member = parameter[0].lower() + parameter[1:]
        raise validation_error(
            f"The specified value for {member} is invalid. "
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
    """Return a parameter that is a path, or `/` if the request has no path.

    Raises ValidationError if the path isn't valid.
    """
    path = call.parameters.get(parameter) or "/"
    if not _PATH.fullmatch(path) or "//" in path or len(path) > 512:
        raise validation_error(
            f"The specified value for {parameter[0].lower() + parameter[1:]} is invalid. It must begin and end "
            "with / and contain only alphanumeric characters and/or / characters."
        )
    return path


def check_unused(name: str, taken: Iterable[str], message: str) -> None:
    """Raise EntityAlreadyExists with `message` if a name is already in use. Names are unique regardless of case.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-names
    """
    if name.lower() in (other.lower() for other in taken):
        raise already_exists(message)


def check_tags(call: Call, *, one_case: bool = False) -> list[dict[str, str]]:
    """Return the tags in the request.

    Raises InvalidInput for duplicate keys, and for keys or values that begin with `aws:`. With `one_case`, keys that
    differ only in case are duplicates.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules_creating
    """
    tags = call.parameters.get("Tags") or []
    keys = [tag["Key"].lower() if one_case else tag["Key"] for tag in tags]
    if len(set(keys)) != len(keys):
        hint = " Please note that Tag keys are case insensitive." if one_case else ""
        raise invalid_input(f"Duplicate tag keys found.{hint}")
    if any(is_reserved_tag(tag) for tag in tags):
        raise invalid_input("Tag keys and values that begin with aws: are reserved for AWS.")
    return tags


def is_reserved_tag(tag: Mapping[str, str]) -> bool:
    """Return True if a tag's key or value begins with `aws:`.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules_creating
    """
    return reserved_key((tag["Key"], tag.get("Value") or "")) is not None


def settable_status(call: Call) -> str:
    """Return the status that the request sets for a key or certificate. Raises InvalidInput for the status Expired."""
    status: str = call.parameters["Status"]
    if status == "Expired":
        raise invalid_input("The status Expired cannot be set.")
    return status


# --- responses ------------------------------------------------------------------------------------------------


def user_members(user: Any, *, listed: bool = False) -> dict[str, Any]:
    """Return a User in the form of CreateUser and GetUser or, with `listed`, in the form that list operations return.

    Lists omit the boundary and the tags. PasswordLastUsed is present after the user has signed in to the
    console.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_User.html
    """
    members = {
        "Path": user.path, "UserName": user.name, "UserId": user.id, "Arn": user.arn, "CreateDate": user.create_date,
    }  # fmt: skip
    members = with_optional(members, PasswordLastUsed=user.password_last_used)
    if listed:
        return members
    return with_optional(members, PermissionsBoundary=user.permissions_boundary, Tags=user.tags)


def group_members(group: Any) -> dict[str, Any]:
    """Return a Group in the form that all responses use."""
    return {
        "Path": group.path, "GroupName": group.name, "GroupId": group.id, "Arn": group.arn,
        "CreateDate": group.create_date,
    }  # fmt: skip


def role_members(role: Any) -> dict[str, Any]:
    """Return a Role in the form that list operations return."""
    members = _shown_role(role, trust_policies.as_kept(role.assume_role_policy_document))
    members = with_optional(members, Description=role.description)
    return {**members, "MaxSessionDuration": int(role.max_session_duration or 3600)}


def created_role_members(role: Any) -> dict[str, Any]:
    """Return a Role in the form of CreateRole and CreateServiceLinkedRole.

    The trust policy is unchanged. OBSERVED in 2019 and 2023 in CreateRole events: the response has no
    description or session duration.
    """
    members = _shown_role(role, role.assume_role_policy_document)
    return with_optional(members, PermissionsBoundary=role.permissions_boundary, Tags=role.tags)


def _shown_role(role: Any, trust: str) -> dict[str, Any]:
    return {
        "Path": role_path(role), "RoleName": role.name, "RoleId": role.id, "Arn": role.arn,
        "CreateDate": role.create_date, "AssumeRolePolicyDocument": quote(trust),
    }  # fmt: skip


def role_path(role: Any) -> str:
    """Return a role's path, read from its ARN because moto stores a service-linked role's path only in the ARN."""
    path: str = role.arn.partition(":role")[2]
    return path[: path.rindex("/") + 1]


def instance_profile_members(profile: Any, *, tags: bool = False) -> dict[str, Any]:
    """Return an InstanceProfile in the form that list operations return, optionally with its tags.

    OBSERVED in 2021 and 2023: the role in the profile has neither a description nor a session duration.
    """
    kept = [(role, trust_policies.as_kept(role.assume_role_policy_document)) for role in profile.roles]
    members = {
        "Path": profile.path, "InstanceProfileName": profile.name, "InstanceProfileId": profile.id,
        "Arn": profile.arn, "CreateDate": profile.create_date,
        "Roles": [_shown_role(role, trust) for role, trust in kept],
    }  # fmt: skip
    return with_optional(members, Tags=profile.tags) if tags else members


def with_optional(members: dict[str, Any], **optional: Any) -> dict[str, Any]:
    """Return the members, without optional members that have no value."""
    return members | {name: value for name, value in optional.items() if value}
