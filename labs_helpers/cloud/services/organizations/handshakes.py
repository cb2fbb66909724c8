"""Handshakes: requests from one account to another, which expire according to the lab clock.

`handshake_outcomes` contains the operations that end handshakes.
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_invites.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_org_support-all-features.html
An invitation is OPEN until it is answered, as in all examples in the API reference and the user guide.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.organizations import roles
from labs_helpers.cloud.services.organizations.accounts import accounts_left
from labs_helpers.cloud.services.organizations.errors import (
    constraint,
    handshake_constraint,
    invalid,
    not_found,
)
from labs_helpers.cloud.services.organizations.operation_checks import with_organization, with_organizations
from labs_helpers.cloud.services.organizations.pages import PAGES
from labs_helpers.cloud.services.organizations.quotas import days, quotas
from labs_helpers.cloud.services.organizations.state import ALL, Handshake, Organization, Organizations
from labs_helpers.cloud.services.organizations.tags import request_tags

INVITE, ENABLE, APPROVE = "INVITE", "ENABLE_ALL_FEATURES", "APPROVE_ALL_FEATURES"
ADD_ROLE = "ADD_ORGANIZATIONS_SERVICE_LINKED_ROLE"
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)


# --- sending --------------------------------------------------------------------------------------------------


@operation("organizations", "InviteAccountToOrganization")
@with_organization
def invite_account(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Invite an account by its ID, or by its root user's email address."""
    parameters, organizations, now = call.parameters, call.state.part(Organizations), call.time
    account, email = _addressee(parameters["Target"])
    tags = request_tags(call)
    if _enabling(organizations, organization, now) is not None:
        raise handshake_constraint("INVITE_DISABLED_DURING_ENABLE_ALL_FEATURES")
    if organizations.of(account or organizations.account_with(email or "")) is organization:
        raise handshake_constraint("ALREADY_IN_AN_ORGANIZATION")
    _check_not_sent(call, organization, INVITE, account, email)
    if accounts_left(call, organization) < 1:
        raise handshake_constraint("ACCOUNT_NUMBER_LIMIT_EXCEEDED")
    handshake = send(
        call, organization, INVITE, "OPEN", days("invitation"), account, email, notes=parameters.get("Notes")
    )
    _count_invitation(organizations, organization, handshake)
    handshake.tags = tags
    return {"Handshake": handshake_output(call, handshake)}


def _check_not_sent(
    call: Call, organization: Organization, action: str, account: str | None, email: str | None
) -> None:
    """Raise DuplicateHandshakeException if a pending handshake has the same action and recipient."""
    for other in call.state.part(Organizations).sent_by(organization):
        if (other.action, other.account, other.email) == (action, account, email) and other.pending(
            call.time
        ):
            raise ServiceError(
                "DuplicateHandshakeException", "A handshake with the same action and target already exists."
            )


def _addressee(target: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return the (account, email address) of the invitation's target: one is in the request, and the other is None."""
    kind, identifier = target["Type"], target["Id"]
    if kind == "ORGANIZATION":
        raise invalid("INVALID_PARTY_TYPE_TARGET")
    if kind == "EMAIL":
        if not _EMAIL.fullmatch(identifier):
            raise invalid("INVALID_EMAIL_ADDRESS_TARGET")
        return None, identifier
    if not _ACCOUNT.fullmatch(identifier):
        raise invalid("INVALID_PATTERN")
    return identifier, None


def _count_invitation(organizations: Organizations, organization: Organization, handshake: Handshake) -> None:
    """Count an invitation against the daily quota, which accepted invitations don't use up.

    If the quota is exceeded, the handshake is deleted, and ConstraintViolationException is raised.
    """
    now = handshake.requested
    sent = organization.invitations
    sent[:] = [
        (time, identifier)
        for time, identifier in sent
        if now < time + timedelta(days=1) and _was_not_accepted(organizations, identifier)
    ]
    if len(sent) >= quotas()["invitations_a_day"]:
        del organizations.handshakes[handshake.id]
        raise constraint("HANDSHAKE_RATE_LIMIT_EXCEEDED")
    sent.append((now, handshake.id))


def _was_not_accepted(organizations: Organizations, identifier: str) -> bool:
    handshake = organizations.handshakes.get(identifier)
    return handshake is None or handshake.stored_state != "ACCEPTED"


@operation("organizations", "EnableAllFeatures")
@with_organization
def enable_all_features(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Start enabling all features: cancel open invitations, and send a handshake to every member that must approve.

    Invited members must always approve; created members must approve only if they lost the service-linked role for
    Organizations. The AWS documentation is inconsistent about the handshakes' actions, but the user guide's walkthrough
    and the responses in the API reference agree that the organization's action is ENABLE_ALL_FEATURES and a member's is
    APPROVE_ALL_FEATURES.
    """
    organizations, now = call.state.part(Organizations), call.time
    if organization.feature_set == ALL:
        raise handshake_constraint("ORGANIZATION_ALREADY_HAS_ALL_FEATURES")
    if _enabling(organizations, organization, now) is not None:
        raise handshake_constraint("ORGANIZATION_IS_ALREADY_PENDING_ALL_FEATURES_MIGRATION")
    for invitation in organizations.sent_by(organization):
        if invitation.action == INVITE and invitation.pending(now):
            invitation.end("CANCELED", now)
    expires = days("enable_all_features")
    parent = send(call, organization, ENABLE, "REQUESTED", expires, None, None)
    for member in organization.members.values():
        if member.id == organization.management or member.close_requested is not None:
            continue
        if member.joined_method == "INVITED":
            send(call, organization, APPROVE, "OPEN", expires, member.id, None, parent=parent.id)
        elif not roles.has_linked_role(member.id):
            send(call, organization, ADD_ROLE, "OPEN", expires, member.id, None, parent=parent.id)
    answer = {"Handshake": handshake_output(call, parent)}
    _open_if_answered(organizations, parent)
    return answer


def send(
    call: Call, organization: Organization, action: str, state: str, lasts: timedelta, account: str | None,
    email: str | None, *, notes: str | None = None, parent: str | None = None,
) -> Handshake:  # fmt: skip
    """Create and store a handshake from the organization's management account.

    `lasts` is the time until the handshake expires. `account` or `email` is the recipient; for a handshake with the
    organization itself, both are None.
    """
    organizations = call.state.part(Organizations)
    management = organization.members[organization.management]
    handshake = Handshake(
        f"h-{call.state.ids.lowercase(32)}", action, organization.id, organization.management, account, email,
        call.time, call.time + lasts, state,
        sender=(management.email, management.name, organization.feature_set), notes=notes, parent=parent,
    )  # fmt: skip
    organizations.handshakes[handshake.id] = handshake
    return handshake


def _enabling(organizations: Organizations, organization: Organization, now: Any) -> Handshake | None:
    """Return the organization's pending request to enable all features, if there is one."""
    sent = organizations.sent_by(organization)
    return next((each for each in sent if each.action == ENABLE and each.pending(now)), None)


def _open_if_answered(organizations: Organizations, parent: Handshake) -> None:
    """Set the request to OPEN if every recipient has agreed or left the organization."""
    waiting = [each for each in children(organizations, parent) if each.stored_state != "ACCEPTED"]
    if parent.stored_state == "REQUESTED" and not any(_still_member(organizations, each) for each in waiting):
        parent.stored_state = "OPEN"


def children(organizations: Organizations, parent: Handshake) -> list[Handshake]:
    """Return the handshakes that a request to enable all features sent to members."""
    return [each for each in organizations.handshakes.values() if each.parent == parent.id]


def _still_member(organizations: Organizations, handshake: Handshake) -> bool:
    organization = organizations.of(handshake.account)
    return organization is not None and organization.id == handshake.organization


# --- reading --------------------------------------------------------------------------------------------------


@operation("organizations", "DescribeHandshake")
@with_organizations
def describe_handshake(call: Call, organizations: Organizations) -> Mapping[str, Any]:
    """Return a handshake to its sender or recipient. Other accounts get the error for a nonexistent handshake."""
    handshake = find(call, organizations)
    if not (is_sender(call, organizations, handshake) or is_recipient(call, organizations, handshake)):
        raise not_found("Handshake")
    return {"Handshake": handshake_output(call, handshake)}


@operation("organizations", "ListHandshakesForAccount")
@with_organizations
def list_handshakes_for_account(call: Call, organizations: Organizations) -> Mapping[str, Any]:
    """List the handshakes that were sent to the caller's account."""
    received = [each for each in organizations.handshakes.values() if is_recipient(call, organizations, each)]
    return _list(call, received)


@operation("organizations", "ListHandshakesForOrganization")
@with_organization
def list_handshakes_for_organization(call: Call, organization: Organization) -> Mapping[str, Any]:
    """List the handshakes that the organization sent."""
    organizations = call.state.part(Organizations)
    for handshake in organizations.sent_by(organization):
        if handshake.action == ENABLE:
            _open_if_answered(organizations, handshake)
    return _list(call, organizations.sent_by(organization))


def _list(call: Call, handshakes: list[Handshake]) -> Mapping[str, Any]:
    filters = call.parameters.get("Filter") or {}
    if filters.get("ActionType") and filters.get("ParentHandshakeId"):
        raise invalid("MAX_LIMIT_EXCEEDED_FILTER")
    if filters.get("ActionType"):
        handshakes = [each for each in handshakes if each.action == filters["ActionType"]]
    if filters.get("ParentHandshakeId"):
        handshakes = [each for each in handshakes if each.parent == filters["ParentHandshakeId"]]
    return PAGES.page(call, "Handshakes", [handshake_output(call, each) for each in handshakes])


def find(call: Call, organizations: Organizations) -> Handshake:
    """Return the handshake that the call specifies, with its current state."""
    handshake = organizations.handshakes.get(call.parameters["HandshakeId"])
    if handshake is None:
        raise not_found("Handshake")
    if handshake.action == ENABLE:
        _open_if_answered(organizations, handshake)
    return handshake


def is_recipient(call: Call, organizations: Organizations, handshake: Handshake) -> bool:
    """Return whether a handshake is addressed to the caller's account, by ID or by its root user's email address."""
    account = call.caller_account
    if handshake.account is not None:
        return handshake.account == account
    return (
        handshake.email is not None and organizations.profile(account)[1].lower() == handshake.email.lower()
    )


def is_sender(call: Call, organizations: Organizations, handshake: Handshake) -> bool:
    """Return whether the caller's account is the management account of the organization that sent the handshake."""
    organization = organizations.of(call.caller_account)
    return (
        organization is not None
        and organization.id == handshake.organization
        and organization.management == call.caller_account
    )


def handshake_output(call: Call, handshake: Handshake) -> dict[str, Any]:
    """Return a handshake in the form of the API's Handshake.

    Some of AWS's examples omit the prefix `o-` from the ID of an organization that is a party, but the API model and
    most examples include it.
    """
    arn = f"arn:aws:organizations::{handshake.management}:handshake/{handshake.organization}/"
    answer: dict[str, Any] = {
        "Id": handshake.id,
        "Arn": f"{arn}{handshake.action.lower()}/{handshake.id}",
        "Parties": [{"Id": handshake.organization, "Type": "ORGANIZATION"}],
        "State": handshake.state(call.time),
        "RequestedTimestamp": handshake.requested,
        "ExpirationTimestamp": handshake.expires,
        "Action": handshake.action,
        "Resources": [],
    }
    recipient = {"ACCOUNT": handshake.account, "EMAIL": handshake.email}
    parties = [{"Id": value, "Type": kind} for kind, value in recipient.items() if value]
    answer["Parties"] += parties
    resources = answer["Resources"]
    if handshake.parent is not None:
        resources.append({"Value": handshake.parent, "Type": "PARENT_HANDSHAKE"})
    organization: dict[str, Any] = {"Value": handshake.organization, "Type": "ORGANIZATION"}
    if handshake.action == INVITE and handshake.sender is not None:
        kinds = ("MASTER_EMAIL", "MASTER_NAME", "ORGANIZATION_FEATURE_SET")
        organization["Resources"] = [
            {"Type": kind, "Value": value} for kind, value in zip(kinds, handshake.sender, strict=True)
        ]
    resources.append(organization)
    resources += [{"Value": party["Id"], "Type": party["Type"]} for party in parties]
    if handshake.notes:
        resources.append({"Value": handshake.notes, "Type": "NOTES"})
    return answer
