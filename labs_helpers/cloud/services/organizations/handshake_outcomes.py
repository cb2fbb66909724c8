"""Operations that accept, decline, or cancel handshakes.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_AcceptHandshake.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_invites.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.organizations import roles, service_events
from labs_helpers.cloud.services.organizations.accounts import check_may_leave
from labs_helpers.cloud.services.organizations.errors import handshake_constraint, no_permission, not_found
from labs_helpers.cloud.services.organizations.handshakes import (
    ENABLE,
    INVITE,
    children,
    find,
    handshake_output,
    is_recipient,
    is_sender,
)
from labs_helpers.cloud.services.organizations.operation_checks import with_organizations
from labs_helpers.cloud.services.organizations.state import ALL, Handshake, Member, Organizations


@operation("organizations", "AcceptHandshake")
@with_organizations
def accept_handshake(call: Call, organizations: Organizations) -> Mapping[str, Any]:
    """Accept a handshake as its recipient.

    To enable all features, the management account accepts the handshake that its own request created.
    """
    handshake = find(call, organizations)
    if handshake.action == ENABLE:
        _finalize(call, organizations, handshake)
        return {"Handshake": handshake_output(call, handshake)}
    _check_answer(call, organizations, handshake, "ACCEPTED")
    if handshake.action == INVITE:
        _join(call, organizations, handshake)
    else:
        roles.request_linked_role(call)
    handshake.end("ACCEPTED", call.time)
    return {"Handshake": handshake_output(call, handshake)}


@operation("organizations", "DeclineHandshake")
@with_organizations
def decline_handshake(call: Call, organizations: Organizations) -> Mapping[str, Any]:
    """Decline a handshake as its recipient."""
    handshake = find(call, organizations)
    _check_answer(call, organizations, handshake, "DECLINED")
    handshake.end("DECLINED", call.time)
    return {"Handshake": handshake_output(call, handshake)}


@operation("organizations", "CancelHandshake")
@with_organizations
def cancel_handshake(call: Call, organizations: Organizations) -> Mapping[str, Any]:
    """Cancel a handshake as its sender.

    Canceling a request to enable all features also cancels the handshakes that it sent to members.
    """
    handshake = find(call, organizations)
    if not is_sender(call, organizations, handshake):
        raise no_permission() if is_recipient(call, organizations, handshake) else not_found("Handshake")
    _check_pending(call, handshake, "CANCELED")
    for each in (handshake, *children(organizations, handshake)):
        if each.pending(call.time):
            each.end("CANCELED", call.time)
    return {"Handshake": handshake_output(call, handshake)}


def _check_answer(call: Call, organizations: Organizations, handshake: Handshake, state: str) -> None:
    if not is_recipient(call, organizations, handshake):
        raise no_permission() if is_sender(call, organizations, handshake) else not_found("Handshake")
    _check_pending(call, handshake, state)


def _check_pending(call: Call, handshake: Handshake, wanted: str) -> None:
    state = handshake.state(call.time)
    if state == wanted:
        raise ServiceError(
            "HandshakeAlreadyInStateException", "The specified handshake is already in the requested state."
        )
    if not handshake.pending(call.time):
        raise _wrong_transition()


def _wrong_transition() -> ServiceError:
    return ServiceError(
        "InvalidHandshakeTransitionException",
        "You can't perform the operation on the handshake in its current state.",
    )


def _finalize(call: Call, organizations: Organizations, handshake: Handshake) -> None:
    """Enable all features at the management account's request, once every account has agreed."""
    if not is_sender(call, organizations, handshake):
        raise not_found("Handshake")
    _check_pending(call, handshake, "ACCEPTED")
    if handshake.stored_state != "OPEN":
        raise _wrong_transition()
    organization = organizations.of(call.caller_account)
    assert organization is not None
    organization.feature_set = ALL
    handshake.end("ACCEPTED", call.time)


def _join(call: Call, organizations: Organizations, handshake: Handshake) -> None:
    """Add the caller's account to the root of the organization that invited it.

    An account in another organization moves directly, if LeaveOrganization would allow it to leave.
    """
    account = call.caller_account
    before = organizations.of(account)
    if before is not None and before.id == handshake.organization:
        raise handshake_constraint("ALREADY_IN_AN_ORGANIZATION")
    organization = organizations.of(handshake.management)
    if organization is None or organization.id != handshake.organization:
        raise not_found("Handshake")
    if before is not None:
        check_may_leave(call, before, before.members[account])
    roles.request_linked_role(call)
    if before is not None:
        organizations.leave(account)
        service_events.record_departed(call, before, account, "LEFT")
    name, email = organizations.profile(account)
    member = Member(account, name, email, "INVITED", call.time, organization.root)
    organizations.join(organization, member)
    organization.tags[account] = dict(handshake.tags)
    service_events.record_joined(call, organization, member)
