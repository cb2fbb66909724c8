"""Cleanup by Identity Center in an account that leaves the organization.

https://docs.aws.amazon.com/organizations/latest/userguide/services-that-can-integrate-sso.html#integrate-disable-ta-sso
"""

from __future__ import annotations

from functools import partial

from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.iam import reserved_roles
from labs_helpers.cloud.services.organizations.state import Organizations
from labs_helpers.cloud.services.sso_admin.state import Instance


def watch(state: State, instance: Instance) -> None:
    """Register the cleanup for accounts that leave an instance's organization in the future."""
    state.part(Organizations).after_leaving.append(partial(_clean_up, instance))


def _clean_up(instance: Instance, management: str, account: str) -> None:
    """Delete the account's assignments, roles, SAML provider, and service-linked role."""
    if instance.account != management:
        return
    for assignment in [each for each in instance.assignments if each.account == account]:
        del instance.assignments[assignment]
    for key in [each for each in instance.provisioned if each[0] == account]:
        reserved_roles.remove(account, instance.provisioned.pop(key).role)
    reserved_roles.leave(account, instance.issuer)
