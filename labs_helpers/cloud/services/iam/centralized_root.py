"""Centralized root access: removing the root credentials of member accounts, and acting for their root users.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-enable-root-access.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.organizations.state import ALL, Organization, Organizations

SERVICE = "iam.amazonaws.com"
CREDENTIALS, SESSIONS = "RootCredentialsManagement", "RootSessions"
_FEATURES = (CREDENTIALS, SESSIONS)


@operation(
    "iam", "EnableOrganizationsRootCredentialsManagement", "EnableOrganizationsRootSessions",
    "DisableOrganizationsRootCredentialsManagement", "DisableOrganizationsRootSessions",
)  # fmt: skip
def switch_feature(call: Call) -> Mapping[str, Any]:
    """Turn a feature of centralized root access on or off, and return the features that are on.

    Only the management account can turn features on. IAM's delegated administrator can also turn them off.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_EnableOrganizationsRootSessions.html
    """
    enables = call.operation.startswith("Enable")
    organization = _organization(call)
    if enables and call.caller_account != organization.management:
        raise ServiceError(
            "CallerIsNotManagementAccountException",
            "The account making the request is not the management account for the organization.",
        )
    feature = call.operation.removeprefix("Enable").removeprefix("Disable").removeprefix("Organizations")
    (organization.root_features.add if enables else organization.root_features.discard)(feature)
    return _features(organization)


@operation("iam", "ListOrganizationsFeatures")
def list_organizations_features(call: Call) -> Mapping[str, Any]:
    """Return the organization's ID and its enabled root access features.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOrganizationsFeatures.html
    """
    return _features(_organization(call))


def _features(organization: Organization) -> dict[str, Any]:
    enabled = [name for name in _FEATURES if name in organization.root_features]
    return {"OrganizationId": organization.id, "EnabledFeatures": enabled}


def _organization(call: Call) -> Organization:
    """Return the organization in which the caller's account can manage root access.

    The account must be the management account or IAM's delegated administrator. Raises `ServiceError`
    otherwise.
    """
    organization = call.state.part(Organizations).of(call.caller_account)
    if organization is None:
        raise ServiceError(
            "OrganizationNotFoundException", "No organization is associated with your account."
        )
    if organization.feature_set != ALL:
        raise ServiceError(
            "OrganizationNotInAllFeaturesModeException",
            "Your organization does not have All features enabled.",
        )
    if not manages_root_access(organization, call.caller_account):
        raise ServiceError(
            "AccountNotManagementOrDelegatedAdministratorException",
            "The account making the request is not the management account or delegated administrator account for "
            "centralized root access.",
        )
    if SERVICE not in organization.services:
        raise ServiceError(
            "ServiceAccessNotEnabledException", "Trusted access is not enabled for IAM in Organizations."
        )
    return organization


def manages_root_access(organization: Organization, account: str) -> bool:
    """Return True if an account is the management account or the delegated administrator for IAM."""
    return account == organization.management or organization.administers(account, SERVICE)
