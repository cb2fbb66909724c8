"""Organization trails: the accounts that can create them, and their delegated administrators.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/creating-trail-organization.html
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-delegated-administrator.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.cloudtrail.delivered_files import SERVICE
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.organizations.membership import (
    delegate,
    delegates,
    has_all_features,
    is_delegated,
    is_trusted,
    management_account,
    undelegate_service,
)

_MOST_DELEGATES = 3
_LINKED_ROLE = "AWSServiceRoleForCloudTrail"


def check_organization(call: Call) -> str:
    """Return the management account if the caller's account can create an organization trail.

    Only the management account and CloudTrail's delegated administrators can do so. Raises `ServiceError` for any other
    account, and if the organization doesn't trust CloudTrail. The management account gets CloudTrail's service-linked
    role.
    """
    management = _management(
        call, "The account isn't in an organization, so it can't have an organization trail."
    )
    if call.account != management and not is_delegated(call.state, call.account, SERVICE):
        raise ServiceError(
            "NotOrganizationMasterAccountException",
            "The account is neither the organization's management account nor CloudTrail's delegated administrator.",
        )
    if not is_trusted(call.state, call.account, SERVICE):
        raise ServiceError(
            "CloudTrailAccessNotEnabledException",
            "Trusted access is not enabled between CloudTrail and Organizations.",
        )
    _ensure_linked_role(call, management)
    return management


def _management(call: Call, message: str) -> str:
    """Return the management account.

    Raises `ServiceError` if there is no organization with all features.
    """
    management = management_account(call.state, call.account)
    if management is None:
        raise ServiceError("OrganizationsNotInUseException", message)
    if not has_all_features(call.state, call.account):
        raise ServiceError(
            "OrganizationNotInAllFeaturesModeException",
            "All features must be enabled in Organizations to support an organization trail.",
        )
    return management


def _ensure_linked_role(call: Call, management: str) -> None:
    """Create the service-linked role as the caller, unless it exists. Raises `ServiceError` if that fails.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/using-service-linked-roles.html
    """
    if moto_iam.find_role(management, _LINKED_ROLE) is not None:
        return
    if call.account != management:
        raise ServiceError(
            "NoManagementAccountSLRExistsException",
            "The management account does not have CloudTrail's service-linked role.",
        )
    assert call.state.caller is not None, "a running cloud has a caller"
    try:
        call.state.caller.as_principal(
            replace(call, region="us-east-1"), "iam", "CreateServiceLinkedRole", {"AWSServiceName": SERVICE}
        )
    except ServiceError as error:
        raise ServiceError(
            "InsufficientDependencyServiceAccessPermissionException",
            "The operation requires the iam:CreateServiceLinkedRole permission for cloudtrail.amazonaws.com.",
        ) from error


@operation("cloudtrail", "RegisterOrganizationDelegatedAdmin", "DeregisterOrganizationDelegatedAdmin")
def delegated_admin(call: Call) -> Mapping[str, Any]:
    """Register or deregister a member account as the delegated administrator for the organization's trails.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_RegisterOrganizationDelegatedAdmin.html
    """
    registers = call.operation.startswith("Register")
    member = call.parameters["MemberAccountId" if registers else "DelegatedAdminAccountId"]
    management = _management(call, "The account isn't in an organization.")
    if management != call.account:
        raise ServiceError(
            "NotOrganizationManagementAccountException",
            "Only the organization's management account can do this.",
        )
    if member == management:
        raise ServiceError(
            "CannotDelegateManagementAccountException",
            "The management account cannot be a delegated administrator.",
        )
    if management_account(call.state, member) != management:
        raise ServiceError("AccountNotFoundException", f"Account {member} is not in the organization.")
    if registers == is_delegated(call.state, member, SERVICE):
        code = "AccountRegisteredException" if registers else "AccountNotRegisteredException"
        raise ServiceError(code, f"Account {member} is {'already' if registers else 'not'} registered.")
    if registers:
        _register(call, management, member)
    else:
        undelegate_service(call.state, member, SERVICE)
    return {}


def _register(call: Call, management: str, member: str) -> None:
    if delegates(call.state, management, SERVICE) >= _MOST_DELEGATES:
        raise ServiceError(
            "DelegatedAdminAccountLimitExceededException",
            f"An organization can have at most {_MOST_DELEGATES} CloudTrail delegated administrators.",
        )
    _ensure_linked_role(call, management)
    delegate(call.state, member, SERVICE)
