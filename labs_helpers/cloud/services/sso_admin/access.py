"""Which instance a call is about, and whether the caller's account may have to do with it.

An organisation's instance is its management account's and Identity Center's delegated administrator's, and lives in one
Region. Members see it and have no say in it.
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
from labs_helpers.cloud.services.sso_admin import encryption
from labs_helpers.cloud.services.sso_admin.state import SERVICE, IdentityCenters, Instance, PermissionSet


def find_instance(call: Call, arn: str) -> Instance:
    """Raises `ServiceError` where there is none in the Region, or the caller's account has no say in it."""
    instance = _visible(call, arn, "The Identity Center instance was not found.")
    if not manages(call, instance):
        raise denied()
    return instance


def _named_instance(call: Call) -> tuple[Instance]:
    return (find_instance(call, call.parameters["InstanceArn"]),)


with_instance = with_found(_named_instance)
"""Give an operation the instance that InstanceArn names, if the caller's account manages it."""


def find_visible(call: Call, arn: str) -> Instance:
    """Raises `ServiceError` where there is none in the Region that the caller's account sees."""
    return _visible(call, arn, "The Identity Center instance was not found.")


def find_part(call: Call, arn: str, message: str) -> Instance:
    """The instance that an ARN of something in it names. Raises `ServiceError` with that message where the caller's
    account sees no such instance."""
    return _visible(call, f"arn:aws:sso:::instance/{arn.split('/')[1]}", message)


def _visible(call: Call, arn: str, message: str) -> Instance:
    instance = call.state.part(IdentityCenters).find(arn)
    if instance is None or instance.region != call.region or not sees(call, instance):
        raise not_found(call, message)
    encryption.check(call, instance)
    return instance


def manages(call: Call, instance: Instance) -> bool:
    """Whether the caller's account owns the instance, or is Identity Center's delegated administrator."""
    return instance.account == call.caller_account or (instance.of_organization and is_delegated(call))


def sees(call: Call, instance: Instance) -> bool:
    """Whether it is the caller's own instance, or its organisation's."""
    if instance.account == call.caller_account:
        return True
    organization = organization_of(call)
    return (
        instance.of_organization and organization is not None and organization.management == instance.account
    )


def reached_by(state: State, instance: Instance) -> Mapping[str, Member] | None:
    """The accounts that an instance gets at, by id: its organisation's, or for an account instance its own. None as
    long as it has no trusted access to its organisation.

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
    return call.state.part(Organizations).of(call.caller_account)


def is_delegated(call: Call) -> bool:
    organization = organization_of(call)
    return organization is not None and organization.administers(call.caller_account, SERVICE)


def denied() -> ServiceError:
    return ServiceError("AccessDeniedException", "You do not have sufficient access to perform this action.")


def not_found(call: Call, message: str) -> ServiceError:
    """ResourceNotFoundException where the operation has it; AccessDeniedException where it doesn't."""
    model = protocols.model(call.service)
    assert model is not None
    known = {shape.name for shape in model.operation_model(call.operation).error_shapes}
    code = "ResourceNotFoundException" if "ResourceNotFoundException" in known else "AccessDeniedException"
    return ServiceError(code, message, 400)


def find_set(call: Call, instance: Instance) -> PermissionSet:
    """The permission set that the call names. One that stands in the management account is out of a delegated
    administrator's hands."""
    arn = call.parameters["PermissionSetArn"]
    found = instance.sets.get(arn)
    if found is None:
        raise not_found(call, "PermissionSet not found.")
    return found


def check_hands_off(call: Call, instance: Instance, found: PermissionSet) -> None:
    """Raises AccessDeniedException for a delegated administrator who would change what the management account has.

    https://docs.aws.amazon.com/singlesignon/latest/userguide/delegated-admin.html#delegated-admin-best-practices
    """
    if call.caller_account != instance.account and (instance.account, found.arn) in instance.provisioned:
        raise denied()
