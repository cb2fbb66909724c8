"""Restrictions on an account from above: the names of its SCPs, and whether it manages IAM Identity Center."""

from __future__ import annotations

from labs_helpers.cloud.audit.identities import account_of
from labs_helpers.cloud.cloud import Cloud
from labs_helpers.cloud.services.organizations.state import SCP, Organizations

_FULL_ACCESS = "p-FullAWSAccess"
_IDENTITY_CENTER = "sso.amazonaws.com"


def guardrails_above(cloud: Cloud, principal: str) -> tuple[str, ...]:
    """Return the names of the SCPs that limit a principal's account, from the root down.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
    """
    account = account_of(principal)
    organization = cloud.part(Organizations).of(account)
    if organization is None or organization.management == account or SCP not in organization.enabled:
        return ()
    attached = [
        each for step in organization.ids_from_root(account) for each in organization.attached_to(step, SCP)
    ]
    return tuple(dict.fromkeys(each.name for each in attached if each.id != _FULL_ACCESS))


def manages_identity_center(cloud: Cloud, account: str) -> str | None:
    """Return what else is required to manage Identity Center from an account, or None if the account can't manage it.

    https://docs.aws.amazon.com/singlesignon/latest/userguide/delegated-admin.html
    """
    organization = cloud.part(Organizations).of(account)
    if organization is None:
        return "this account manages an organization's Identity Center, in which the principal has a user"
    manages = organization.management == account
    if manages or _IDENTITY_CENTER in organization.delegated.get(account, {}):
        return "the principal has a user in Identity Center"
    return None
