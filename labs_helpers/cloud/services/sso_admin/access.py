"""Access to the instance that a call specifies, with a check that the caller's account is allowed to see or manage it.

An organization's instance is in one Region, and is managed by the management account and Identity Center's delegated
administrator. Other members can see it, but can't change it.
https://docs.aws.amazon.com/singlesignon/latest/userguide/delegated-admin.html
"""

from __future__ import annotations

from collections.abc import Mapping

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.moto import protocols
from labs_helpers.cloud.services.organizations.state import Member, Organization, Organizations
from labs_helpers.cloud.services.shared.resources import with_found
from labs_helpers.cloud.services.sso_admin import kms_encryption
from labs_helpers.cloud.services.sso_admin.state import SERVICE, IdentityCenters, Instance, PermissionSet


def find_instance(call: Call, arn: str) -> Instance:
    """Return the instance if it is in the call's Region and the caller's account manages it.

    Otherwise, raises `ServiceError`.
    """
    instance = _visible(call, arn, "The Identity Center instance was not found.")
    if not manages(call, instance):
        raise denied()
    return instance


def _named_instance(call: Call) -> tuple[Instance]:
    return (find_instance(call, call.parameters["InstanceArn"]),)


with_instance = with_found(_named_instance)
"""A decorator that passes the instance in InstanceArn to an operation, if the caller's account manages it."""


def find_visible(call: Call, arn: str) -> Instance:
    """Return the instance if it is in the call's Region and the caller's account can see it.

    Otherwise, raises `ServiceError`.
    """
    return _visible(call, arn, "The Identity Center instance was not found.")


def find_part(call: Call, arn: str, message: str) -> Instance:
    """Return the instance to which a resource, such as a permission set, belongs according to its ARN.

    Raises `ServiceError` with the given message if the caller's account can't see such an instance.
    """
    return _visible(call, f"arn:aws:sso:::instance/{arn.split('/')[1]}", message)


def _visible(call: Call, arn: str, message: str) -> Instance:
    instance = call.state.part(IdentityCenters).find(arn)
    if instance is None or instance.region != call.region or not sees(call, instance):
        raise not_found(call, message)
    kms_encryption.check(call, instance)
    return instance


def manages(call: Call, instance: Instance) -> bool:
    """Return whether the caller's account owns the instance or is Identity Center's delegated administrator."""
    return instance.account == call.caller_account or (instance.of_organization and is_delegated(call))


def sees(call: Call, instance: Instance) -> bool:
    """Return whether the instance belongs to the caller's account or its organization."""
    if instance.account == call.caller_account:
        return True
    organization = organization_of(call)
    return (
        instance.of_organization and organization is not None and organization.management == instance.account
    )


def reachable_accounts(state: State, instance: Instance) -> Mapping[str, Member] | None:
    """Return the accounts in which an instance can make assignments, by ID.

    These are the organization's accounts or, for an account instance, its own account. Without trusted access to the
    organization, the result is empty.
    https://docs.aws.amazon.com/organizations/latest/userguide/services-that-can-integrate-sso.html#integrate-disable-ta-sso
    """
    organizations, account = state.part(Organizations), instance.account
    organization = organizations.of(account)
    if instance.of_organization:
        return organization.members if organization is not None and SERVICE in organization.services else None
    if organization is not None:
        return {account: organization.members[account]}
    return {account: Member(account, *organizations.profile(account), "", instance.created, "")}


def organization_of(call: Call) -> Organization | None:
    """Return the organization of the caller's account, or None if it isn't in one."""
    return call.state.part(Organizations).of(call.caller_account)


def is_delegated(call: Call) -> bool:
    """Return whether the caller's account is Identity Center's delegated administrator."""
    organization = organization_of(call)
    return organization is not None and organization.administers(call.caller_account, SERVICE)


def denied() -> ServiceError:
    """Return AccessDeniedException for an account that isn't allowed to perform the operation."""
    return ServiceError("AccessDeniedException", "You do not have sufficient access to perform this action.")


def not_found(call: Call, message: str) -> ServiceError:
    """Return ResourceNotFoundException if the operation's model contains it, or AccessDeniedException otherwise."""
    model = protocols.model(call.service)
    assert model is not None
    known = {shape.name for shape in model.operation_model(call.operation).error_shapes}
    code = "ResourceNotFoundException" if "ResourceNotFoundException" in known else "AccessDeniedException"
    return ServiceError(code, message, 400)


def find_set(call: Call, instance: Instance) -> PermissionSet:
    """Return the permission set that the call specifies. Raises `ServiceError` if the instance doesn't have it."""
    arn = call.parameters["PermissionSetArn"]
    permission_set = instance.sets.get(arn)
    if permission_set is None:
        raise not_found(call, "PermissionSet not found.")
    return permission_set


def check_may_change(call: Call, instance: Instance, permission_set: PermissionSet) -> None:
    """Raise AccessDeniedException if a delegated administrator changes a permission set of the management account.

    Such a permission set is provisioned to the management account.
    https://docs.aws.amazon.com/singlesignon/latest/userguide/delegated-admin.html#delegated-admin-best-practices
    """
    if (
        call.caller_account != instance.account
        and (instance.account, permission_set.arn) in instance.provisioned
    ):
        raise denied()
