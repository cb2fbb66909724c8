"""The checks before every operation: the caller's account must be allowed to call it, and free text must be safe."""

from __future__ import annotations

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.organizations import allowed_callers, service_events
from labs_helpers.cloud.services.organizations.free_text import check_free_text
from labs_helpers.cloud.services.organizations.state import Organization, Organizations
from labs_helpers.cloud.services.shared.resources import with_found


def _all_organizations(call: Call) -> tuple[Organizations]:
    _delete_expired(call)
    return (call.state.part(Organizations),)


def _own_organization(call: Call) -> tuple[Organization]:
    _delete_expired(call)
    organization = allowed_callers.check(call)
    check_free_text(call)
    return (organization,)


with_organizations = with_found(_all_organizations)
"""A decorator that passes all organizations to an operation that any account can call, in an organization or not."""
with_organization = with_found(_own_organization)
"""A decorator that passes the caller's organization to an operation, if the caller's account can call it.

The check is in `allowed_callers`.
"""


def _delete_expired(call: Call) -> None:
    """Delete expired data, and record the departure of accounts that are removed permanently.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_CloseAccount.html
    """
    for organization, account, when in call.state.part(Organizations).delete_expired(call.time):
        service_events.record_departed(call, organization, account, "CLEANED", when)
