"""The roles that Organizations creates in accounts.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_access.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_services.html#orgs_integrate_services-using_slrs
"""

from __future__ import annotations

import json

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.iam.administrators import ADMINISTRATOR_POLICY, add_role

ACCESS_ROLE = "OrganizationAccountAccessRole"
LINKED_ROLE = "AWSServiceRoleForOrganizations"
SERVICE = "organizations.amazonaws.com"
_LINKED_POLICY = "arn:aws:iam::aws:policy/aws-service-role/AWSOrganizationsServiceTrustPolicy"


def _trust_policy(kind: str, principal: str) -> str:
    statement = {"Effect": "Allow", "Principal": {kind: principal}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))


def create_roles(call: Call, account: str, management: str, role_name: str) -> None:
    """Create the roles in a new account.

    One role has administrator access and can be assumed by the management account; the other is the service-linked role
    for Organizations.
    """
    ids, now = call.state.ids, call.time
    trust = _trust_policy("AWS", f"arn:aws:iam::{management}:root")
    add_role(account, role_name, trust, (ADMINISTRATOR_POLICY,), ids, now)
    add_linked_role(call, account)


def add_linked_role(call: Call, account: str) -> None:
    """Create the service-linked role for Organizations if the account doesn't have it."""
    if not has_linked_role(account):
        add_role(
            account, LINKED_ROLE, _trust_policy("Service", SERVICE), (_LINKED_POLICY,), call.state.ids, call.time,
            path=f"/aws-service-role/{SERVICE}/", linked_service=SERVICE,
            description="Service-linked role used by AWS Organizations to enable integration of other AWS services "
            "with Organizations.",
        )  # fmt: skip


def has_linked_role(account: str) -> bool:
    """Return whether the account has the service-linked role for Organizations."""
    return moto_iam.find_role(account, LINKED_ROLE) is not None


def request_linked_role(call: Call) -> None:
    """Create the service-linked role in the caller's account, on the caller's behalf.

    Raises AccessDeniedForDependencyException for a caller without iam:CreateServiceLinkedRole.
    """
    if has_linked_role(call.caller_account):
        return
    assert call.state.caller is not None
    try:
        call.state.caller.as_principal(call, "iam", "CreateServiceLinkedRole", {"AWSServiceName": SERVICE})
    except ServiceError as error:
        raise ServiceError(
            "AccessDeniedForDependencyException",
            "The operation requires the iam:CreateServiceLinkedRole permission for organizations.amazonaws.com, so "
            "that Organizations can create its service-linked role.",
            Reason="ACCESS_DENIED_DURING_CREATE_SERVICE_LINKED_ROLE",
        ) from error
