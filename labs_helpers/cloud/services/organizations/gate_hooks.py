"""The checks that Organizations adds to every call: they reject calls to closed accounts and enforce tag policies."""

from __future__ import annotations

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ClosedAccount
from labs_helpers.cloud.core.registry import before_every_call
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.organizations import tag_policies
from labs_helpers.cloud.services.organizations.state import Organizations


@before_every_call(stage=Stage.REACHED)
def refuse_closed_account(call: Call) -> None:
    """Raise `ClosedAccount` for a call from another account to a resource in a closed account.

    The gate rejects a closed account's credentials when it identifies the caller.
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_close.html
    """
    if call.account != call.principal.account and call.state.part(Organizations).is_closed(call.account):
        raise ClosedAccount(call.account)


@before_every_call(stage=Stage.PERMITTED)
def enforce_tag_policies(call: Call) -> None:
    """Raise `ServiceError` for a tag that violates the effective tag policy of the account that owns the resource."""
    tag_policies.enforce(call)
