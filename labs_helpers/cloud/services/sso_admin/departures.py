"""What becomes of Identity Center in an account that leaves the organisation.

https://docs.aws.amazon.com/organizations/latest/userguide/services-that-can-integrate-sso.html#integrate-disable-ta-sso
"""

from __future__ import annotations

from functools import partial

from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.iam import reserved_roles
from labs_helpers.cloud.services.organizations.state import Organizations
from labs_helpers.cloud.services.sso_admin.state import Instance


def watch(state: State, instance: Instance) -> None:
    """From now on clean up after accounts that leave the organisation of an instance."""
    state.part(Organizations).after_leaving.append(partial(_clean_up, instance))


def _clean_up(instance: Instance, management: str, account: str) -> None:
    """Assignments and roles go, and with them the provider and the service-linked role."""
    if instance.account != management:
        return
    for assignment in [each for each in instance.assignments if each.account == account]:
        del instance.assignments[assignment]
    for key in [each for each in instance.provisioned if each[0] == account]:
        reserved_roles.remove(account, instance.provisioned.pop(key).role)
    reserved_roles.leave(account, instance.issuer)
