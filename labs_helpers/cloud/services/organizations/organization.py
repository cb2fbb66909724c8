"""The organization itself, and its root.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateOrganization.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.organizations import roles, service_events
from labs_helpers.cloud.services.organizations.operation_checks import with_organization, with_organizations
from labs_helpers.cloud.services.organizations.pages import PAGES
from labs_helpers.cloud.services.organizations.state import ALL, SCP, Organization, Organizations


@operation("organizations", "CreateOrganization")
@with_organizations
def create_organization(call: Call, organizations: Organizations) -> Mapping[str, Any]:
    """Create an organization with the caller's account as its management account.

    No policy type is enabled. According to the API reference, SCPs are enabled "automatically", but according to the
    user guide ("Policy types aren't enabled by default") and AWS's behavior, they aren't.
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_tutorials_basic.html
    """
    account = call.caller_account
    if organizations.of(account) is not None:
        raise ServiceError(
            "AlreadyInOrganizationException", "The AWS account is already a member of an organization."
        )
    roles.request_linked_role(call)
    organization = organizations.create(
        account, call.parameters.get("FeatureSet") or ALL, call.state.ids, call.time
    )
    service_events.record_joined(call, organization, organization.members[account])
    return {"Organization": _organization_output(organization)}


@operation("organizations", "DescribeOrganization")
@with_organization
def describe_organization(_: Call, organization: Organization) -> Mapping[str, Any]:
    """Return the organization, which every account in it can request."""
    return {"Organization": _organization_output(organization)}


@operation("organizations", "DeleteOrganization")
@with_organization
def delete_organization(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Delete an organization without member accounts, and cancel its handshakes.

    Closed accounts are still members.
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_org_delete.html
    """
    if len(organization.members) > 1:
        raise ServiceError(
            "OrganizationNotEmptyException",
            "To delete an organization you must first remove all member accounts (except the master).",
        )
    organizations = call.state.part(Organizations)
    for handshake in organizations.sent_by(organization):
        if handshake.pending(call.time):
            handshake.end("CANCELED", call.time)
    service_events.record_departed(call, organization, organization.management, "LEFT")
    organizations.delete(organization)
    return {}


@operation("organizations", "ListRoots")
@with_organization
def list_roots(call: Call, organization: Organization) -> Mapping[str, Any]:
    """List the organization's only root."""
    return PAGES.page(call, "Roots", [root_output(organization)])


def root_output(organization: Organization) -> dict[str, Any]:
    """Return a Root, with the policy types that are enabled."""
    types = [{"Type": each, "Status": "ENABLED"} for each in organization.enabled]
    root = organization.root
    return {"Id": root, "Arn": organization.arn(root), "Name": "Root", "PolicyTypes": types}


def _organization_output(organization: Organization) -> dict[str, Any]:
    """Return an Organization.

    AvailablePolicyTypes is deprecated: it names only SCPs, enabled or not, if the organization has all features.
    """
    available = [{"Type": SCP, "Status": "ENABLED"}] if organization.feature_set == ALL else []
    management = organization.members[organization.management]
    return {
        "Id": organization.id,
        "Arn": organization.organization_arn,
        "FeatureSet": organization.feature_set,
        "MasterAccountArn": organization.arn(management.id),
        "MasterAccountId": management.id,
        "MasterAccountEmail": management.email,
        "AvailablePolicyTypes": available,
    }
