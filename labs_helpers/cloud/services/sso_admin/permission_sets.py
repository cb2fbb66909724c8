"""Permission sets, which are templates for roles.

https://docs.aws.amazon.com/singlesignon/latest/userguide/permissionsetsconcept.html
https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.identitystore.pages import PAGES
from labs_helpers.cloud.services.sso_admin.access import check_may_change, find_set, not_found, with_instance
from labs_helpers.cloud.services.sso_admin.errors import conflict, invalid
from labs_helpers.cloud.services.sso_admin.identity_center_instances import request_tags
from labs_helpers.cloud.services.sso_admin.state import Instance, PermissionSet
from labs_helpers.engine.policy import PolicyError, PolicyKind, parse_policy

_SETS, _POLICIES, _INLINE = 3_500, 20, 10_240
_SHORTEST, _LONGEST = 3_600, 43_200
_DURATION = re.compile(
    r"P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)


# --- the sets -------------------------------------------------------------------------------------------------


@operation("sso-admin", "CreatePermissionSet")
@with_instance
def create_permission_set(call: Call, instance: Instance) -> Mapping[str, Any]:
    """Create a permission set with a name that is unique in the instance.

    https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreatePermissionSet.html
    """
    parameters, tags = call.parameters, request_tags(call)
    if not instance.has_sets:
        raise invalid("Permission sets are not enabled for this account instance of IAM Identity Center.")
    if any(each.name == parameters["Name"] for each in instance.sets.values()):
        raise conflict(f"PermissionSet with name {parameters['Name']} already exists.")
    if len(instance.sets) >= _SETS:
        raise ServiceError(
            "ServiceQuotaExceededException", f"An instance has at most {_SETS} permission sets."
        )
    permission_set = PermissionSet(
        f"arn:aws:sso:::permissionSet/{instance.id}/ps-{call.state.ids.hexadecimal(16)}",
        parameters["Name"],
        call.time,
    )
    _describe(permission_set, parameters)
    instance.sets[permission_set.arn] = permission_set
    instance.tags[permission_set.arn] = tags
    return {"PermissionSet": _set_output(permission_set)}


@operation("sso-admin", "DescribePermissionSet")
@with_instance
def describe_permission_set(call: Call, instance: Instance) -> Mapping[str, Any]:
    """Return a permission set without its policies."""
    return {"PermissionSet": _set_output(find_set(call, instance))}


@operation("sso-admin", "UpdatePermissionSet")
@with_instance
def update_permission_set(call: Call, instance: Instance) -> Mapping[str, Any]:
    """Change a permission set. Omitted parameters stay unchanged.

    The change takes effect in an account when it is provisioned.
    """
    permission_set = find_set(call, instance)
    check_may_change(call, instance, permission_set)
    _describe(permission_set, call.parameters)
    permission_set.version += 1
    return {}


@operation("sso-admin", "DeletePermissionSet")
@with_instance
def delete_permission_set(call: Call, instance: Instance) -> Mapping[str, Any]:
    """Delete a permission set. Rejects the call if the permission set is assigned."""
    permission_set = find_set(call, instance)
    check_may_change(call, instance, permission_set)
    if any(each.permission_set == permission_set.arn for each in instance.assignments):
        raise conflict("The permission set is assigned to an account.")
    del instance.sets[permission_set.arn]
    instance.tags.pop(permission_set.arn, None)
    return {}


@operation("sso-admin", "ListPermissionSets")
@with_instance
def list_permission_sets(call: Call, instance: Instance) -> Mapping[str, Any]:
    """List the ARNs of the instance's permission sets."""
    return PAGES.page(call, "PermissionSets", list(instance.sets))


def _changed_set(call: Call, instance: Instance) -> PermissionSet:
    permission_set = find_set(call, instance)
    check_may_change(call, instance, permission_set)
    permission_set.version += 1
    return permission_set


def _describe(permission_set: PermissionSet, given: Mapping[str, Any]) -> None:
    duration = given.get("SessionDuration")
    if duration is not None:
        permission_set.session_seconds = _seconds(duration)
        permission_set.session_duration = duration
    if given.get("Description") is not None:
        permission_set.description = given["Description"]
    if given.get("RelayState") is not None:
        permission_set.relay_state = given["RelayState"]


def _seconds(duration: str) -> int:
    """Return the length of an ISO 8601 duration, which must be one to twelve hours.

    https://docs.aws.amazon.com/singlesignon/latest/userguide/howtosessionduration.html
    """
    match = _DURATION.fullmatch(duration)
    parts = {name: int(value or 0) for name, value in match.groupdict().items()} if match else {}
    seconds = sum(parts.get(name, 0) * each for name, each in
                  (("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1)))  # fmt: skip
    if not _SHORTEST <= seconds <= _LONGEST:
        raise invalid("SessionDuration must be at least PT1H and at most PT12H.")
    return seconds


def _set_output(permission_set: PermissionSet) -> dict[str, Any]:
    shown = {
        "Name": permission_set.name, "PermissionSetArn": permission_set.arn,
        "Description": permission_set.description, "CreatedDate": permission_set.created,
        "SessionDuration": permission_set.session_duration, "RelayState": permission_set.relay_state,
    }  # fmt: skip
    return {name: value for name, value in shown.items() if value is not None}


# --- their policies -------------------------------------------------------------------------------------------


@operation("sso-admin", "PutInlinePolicyToPermissionSet")
@with_instance
def put_inline_policy(call: Call, instance: Instance) -> Mapping[str, Any]:
    """Set a permission set's inline policy, after validating its size and syntax."""
    text = call.parameters["InlinePolicy"]
    find_set(call, instance)
    if len("".join(text.split())) > _INLINE:
        raise ServiceError(
            "ServiceQuotaExceededException", f"An inline policy has at most {_INLINE} characters."
        )
    try:
        parse_policy(text, PolicyKind.IDENTITY)
    except PolicyError as error:
        raise invalid(f"The inline policy is not valid. {error}") from error
    _changed_set(call, instance).inline = text
    return {}


@operation("sso-admin", "GetInlinePolicyForPermissionSet")
@with_instance
def get_inline_policy(call: Call, instance: Instance) -> Mapping[str, Any]:
    """Return a permission set's inline policy, or "" if there isn't one."""
    return {"InlinePolicy": find_set(call, instance).inline or ""}


@operation("sso-admin", "DeleteInlinePolicyFromPermissionSet")
@with_instance
def delete_inline_policy(call: Call, instance: Instance) -> Mapping[str, Any]:
    """Delete a permission set's inline policy."""
    if find_set(call, instance).inline is None:
        raise not_found(call, "The permission set has no inline policy.")
    _changed_set(call, instance).inline = None
    return {}


@operation("sso-admin", "AttachManagedPolicyToPermissionSet")
@with_instance
def attach_managed_policy(call: Call, instance: Instance) -> Mapping[str, Any]:
    """Attach an AWS managed policy to a permission set."""
    permission_set, arn = find_set(call, instance), call.parameters["ManagedPolicyArn"]
    if moto_iam.managed_policy(instance.account, arn) is None:
        raise not_found(call, f"Policy {arn} does not exist.")
    if arn in permission_set.managed:
        raise conflict(f"The policy {arn} is already attached.")
    _check_count(permission_set)
    _changed_set(call, instance).managed.append(arn)
    return {}


@operation("sso-admin", "DetachManagedPolicyFromPermissionSet")
@with_instance
def detach_managed_policy(call: Call, instance: Instance) -> Mapping[str, Any]:
    """Detach an AWS managed policy from a permission set."""
    permission_set, arn = find_set(call, instance), call.parameters["ManagedPolicyArn"]
    if arn not in permission_set.managed:
        raise not_found(call, f"The policy {arn} is not attached.")
    _changed_set(call, instance).managed.remove(arn)
    return {}


@operation("sso-admin", "ListManagedPoliciesInPermissionSet")
@with_instance
def list_managed_policies(call: Call, instance: Instance) -> Mapping[str, Any]:
    """List the AWS managed policies attached to a permission set."""
    arns = find_set(call, instance).managed
    attached = [{"Name": arn.rpartition("/")[2], "Arn": arn} for arn in arns]
    return PAGES.page(call, "AttachedManagedPolicies", attached)


@operation("sso-admin", "AttachCustomerManagedPolicyReferenceToPermissionSet")
@with_instance
def attach_customer_policy(call: Call, instance: Instance) -> Mapping[str, Any]:
    """Attach a customer managed policy by name and path.

    Every account to which the permission set is provisioned must have the policy.
    """
    permission_set, reference = (
        find_set(call, instance),
        _reference(call.parameters["CustomerManagedPolicyReference"]),
    )
    if reference in permission_set.customer:
        raise conflict(f"The policy {reference[0]} is already attached.")
    _check_count(permission_set)
    _changed_set(call, instance).customer.append(reference)
    return {}


@operation("sso-admin", "DetachCustomerManagedPolicyReferenceFromPermissionSet")
@with_instance
def detach_customer_policy(call: Call, instance: Instance) -> Mapping[str, Any]:
    """Detach a customer managed policy from a permission set."""
    permission_set, reference = (
        find_set(call, instance),
        _reference(call.parameters["CustomerManagedPolicyReference"]),
    )
    if reference not in permission_set.customer:
        raise not_found(call, f"The policy {reference[0]} is not attached.")
    _changed_set(call, instance).customer.remove(reference)
    return {}


@operation("sso-admin", "ListCustomerManagedPolicyReferencesInPermissionSet")
@with_instance
def list_customer_policies(call: Call, instance: Instance) -> Mapping[str, Any]:
    """List the names and paths of the customer managed policies attached to a permission set."""
    references = find_set(call, instance).customer
    attached = [{"Name": name, "Path": path} for name, path in references]
    return PAGES.page(call, "CustomerManagedPolicyReferences", attached)


def _reference(given: Mapping[str, Any]) -> tuple[str, str]:
    return given["Name"], given.get("Path") or "/"


def _check_count(permission_set: PermissionSet) -> None:
    if len(permission_set.managed) + len(permission_set.customer) >= _POLICIES:
        raise ServiceError(
            "ServiceQuotaExceededException",
            f"A permission set has at most {_POLICIES} managed policies.",
            400,
        )


@operation("sso-admin", "PutPermissionsBoundaryToPermissionSet")
@with_instance
def put_permissions_boundary(call: Call, instance: Instance) -> Mapping[str, Any]:
    """Set a permission set's boundary: an AWS managed policy, or a customer managed policy by name and path."""
    find_set(call, instance)
    boundary = call.parameters["PermissionsBoundary"]
    kinds = [name for name in ("ManagedPolicyArn", "CustomerManagedPolicyReference") if boundary.get(name)]
    if len(kinds) != 1:
        raise invalid("A permissions boundary is either a managed policy's ARN or a customer managed policy.")
    arn = boundary.get("ManagedPolicyArn")
    if arn and moto_iam.managed_policy(instance.account, arn) is None:
        raise not_found(call, f"Policy {arn} does not exist.")
    reference = boundary.get("CustomerManagedPolicyReference")
    if reference:
        name, path = _reference(reference)
        boundary = {"CustomerManagedPolicyReference": {"Name": name, "Path": path}}
    _changed_set(call, instance).boundary = dict(boundary)
    return {}


@operation("sso-admin", "GetPermissionsBoundaryForPermissionSet")
@with_instance
def get_permissions_boundary(call: Call, instance: Instance) -> Mapping[str, Any]:
    """Return a permission set's permissions boundary."""
    permission_set = find_set(call, instance)
    if permission_set.boundary is None:
        raise not_found(call, "The permission set has no permissions boundary.")
    return {"PermissionsBoundary": permission_set.boundary}


@operation("sso-admin", "DeletePermissionsBoundaryFromPermissionSet")
@with_instance
def delete_permissions_boundary(call: Call, instance: Instance) -> Mapping[str, Any]:
    """Delete a permission set's permissions boundary."""
    if find_set(call, instance).boundary is None:
        raise not_found(call, "The permission set has no permissions boundary.")
    _changed_set(call, instance).boundary = None
    return {}
