"""Handshakes: invitations and the way to all features."""

from __future__ import annotations

from datetime import timedelta

import boto3
import pytest

from tests.cloud.services.organizations.conftest import SCP, Org, refusal
from tests.clouds import allow, make_user

GUEST, OTHER = "999988887777", "888877776666"


def invite(org, target=GUEST, kind="ACCOUNT", **more):
    made = org.client.invite_account_to_organization(Target={"Type": kind, "Id": target}, **more)
    return made["Handshake"]


def state(org, handshake):
    return org.client.describe_handshake(HandshakeId=handshake["Id"])["Handshake"]["State"]


@pytest.mark.ledger("F-ORG-13")
def test_an_invitation_is_sent_seen_and_accepted(org):
    sent = invite(org, Notes="come in", Tags=[{"Key": "team", "Value": "red"}])
    assert (sent["Action"], sent["State"]) == ("INVITE", "OPEN")
    assert sent["Arn"].endswith(f":handshake/{org.id}/invite/{sent['Id']}")
    assert sent["ExpirationTimestamp"] - sent["RequestedTimestamp"] == timedelta(days=15)
    assert sent["Parties"] == [{"Id": org.id, "Type": "ORGANIZATION"}, {"Id": GUEST, "Type": "ACCOUNT"}]
    resources = {each["Type"]: each for each in sent["Resources"]}
    inner = {each["Type"]: each["Value"] for each in resources["ORGANIZATION"]["Resources"]}
    assert inner["ORGANIZATION_FEATURE_SET"] == "ALL"
    assert inner["MASTER_EMAIL"] == org.made["MasterAccountEmail"]
    assert resources["NOTES"]["Value"] == "come in"
    guest = org.as_account(GUEST)
    assert [each["Id"] for each in guest.list_handshakes_for_account()["Handshakes"]] == [sent["Id"]]
    assert [each["Id"] for each in org.client.list_handshakes_for_organization()["Handshakes"]] == [
        sent["Id"]
    ]
    accepted = guest.accept_handshake(HandshakeId=sent["Id"])["Handshake"]
    assert accepted["State"] == "ACCEPTED"
    account = org.client.describe_account(AccountId=GUEST)["Account"]
    assert account["JoinedMethod"] == "INVITED"
    assert org.client.list_parents(ChildId=GUEST)["Parents"] == [{"Id": org.root, "Type": "ROOT"}]
    assert org.client.list_tags_for_resource(ResourceId=GUEST)["Tags"] == [{"Key": "team", "Value": "red"}]
    roles = [role["RoleName"] for role in org.as_account(GUEST, "iam").list_roles()["Roles"]]
    assert roles == ["AWSServiceRoleForOrganizations"]


def test_accepting_needs_the_right_to_make_the_service_linked_role(org):
    sent = invite(org)
    user = make_user(org.cloud, "joiner", allow("organizations:*"), account=GUEST)
    assert refusal(user.client("organizations").accept_handshake, HandshakeId=sent["Id"]) == (
        "AccessDeniedForDependencyException", "ACCESS_DENIED_DURING_CREATE_SERVICE_LINKED_ROLE",
    )  # fmt: skip
    assert state(org, sent) == "OPEN"


@pytest.mark.ledger("F-ORG-13")
@pytest.mark.parametrize(
    ("ends", "again", "otherwise"),
    [
        ("accept_handshake", "ACCEPTED", ["decline_handshake", "cancel_handshake"]),
        ("decline_handshake", "DECLINED", ["accept_handshake", "cancel_handshake"]),
        ("cancel_handshake", "CANCELED", ["accept_handshake", "decline_handshake"]),
    ],
)
def test_a_handshake_ends_once(org, ends, again, otherwise):
    sent = invite(org)
    guest = org.as_account(GUEST)
    by = {
        "accept_handshake": guest.accept_handshake, "decline_handshake": guest.decline_handshake,
        "cancel_handshake": org.client.cancel_handshake,
    }  # fmt: skip
    assert by[ends](HandshakeId=sent["Id"])["Handshake"]["State"] == again
    assert refusal(by[ends], HandshakeId=sent["Id"])[0] == "HandshakeAlreadyInStateException"
    for name in otherwise:
        assert refusal(by[name], HandshakeId=sent["Id"])[0] == "InvalidHandshakeTransitionException"
    assert state(org, sent) == again


@pytest.mark.ledger("F-ORG-13")
def test_an_invitation_expires_by_the_lab_clock_and_is_forgotten(org):
    sent = invite(org)
    org.cloud.clock.advance(days=15)
    assert state(org, sent) == "EXPIRED"
    guest = org.as_account(GUEST)
    assert refusal(guest.accept_handshake, HandshakeId=sent["Id"])[0] == "InvalidHandshakeTransitionException"
    org.cloud.clock.advance(days=30)
    assert refusal(org.client.describe_handshake, HandshakeId=sent["Id"])[0] == "HandshakeNotFoundException"
    assert org.client.list_handshakes_for_organization()["Handshakes"] == []


def test_each_side_has_its_own_answers(org):
    sent = invite(org)
    guest, stranger = org.as_account(GUEST), org.as_account(OTHER)
    assert refusal(org.client.accept_handshake, HandshakeId=sent["Id"])[0] == "AccessDeniedException"
    assert refusal(org.client.decline_handshake, HandshakeId=sent["Id"])[0] == "AccessDeniedException"
    assert refusal(guest.cancel_handshake, HandshakeId=sent["Id"])[0] == "AccessDeniedException"
    for name in ("describe_handshake", "accept_handshake", "decline_handshake", "cancel_handshake"):
        assert refusal(getattr(stranger, name), HandshakeId=sent["Id"])[0] == "HandshakeNotFoundException"
        assert refusal(getattr(org.client, name), HandshakeId="h-zzzzzzzz")[0] == "HandshakeNotFoundException"
        assert refusal(getattr(org.client, name), HandshakeId="x") == (
            "InvalidInputException", "INVALID_PATTERN",
        )  # fmt: skip


def test_whom_one_can_invite(org):
    member = org.member()
    with_reason = "HandshakeConstraintViolationException"
    assert refusal(invite, org, member) == (with_reason, "ALREADY_IN_AN_ORGANIZATION")
    assert refusal(invite, org, org.cloud.home) == (with_reason, "ALREADY_IN_AN_ORGANIZATION")
    email = org.client.describe_account(AccountId=member)["Account"]["Email"]
    assert refusal(invite, org, email, "EMAIL") == (with_reason, "ALREADY_IN_AN_ORGANIZATION")
    invite(org)
    assert refusal(invite, org)[0] == "DuplicateHandshakeException"
    invite(org, "guest@example.com", "EMAIL")
    assert refusal(invite, org, "guest@example.com", "EMAIL")[0] == "DuplicateHandshakeException"
    for target, kind, reason in (
        ("o-abcdefghij", "ORGANIZATION", "INVALID_PARTY_TYPE_TARGET"),
        ("no address", "EMAIL", "INVALID_EMAIL_ADDRESS_TARGET"),
        ("123", "ACCOUNT", "INVALID_PATTERN"),
    ):
        assert refusal(invite, org, target, kind) == ("InvalidInputException", reason)


def test_an_invitation_by_address_reaches_its_account(org):
    sent = invite(org, f"{GUEST}@example.com", "EMAIL")
    assert sent["Parties"][1] == {"Id": f"{GUEST}@example.com", "Type": "EMAIL"}
    org.as_account(GUEST).accept_handshake(HandshakeId=sent["Id"])
    assert org.client.describe_account(AccountId=GUEST)["Account"]["Email"] == f"{GUEST}@example.com"


@pytest.mark.ledger("F-ORG-06")
def test_an_invited_account_may_leave_at_once_and_takes_no_tags_along(org):
    sent = invite(org, Tags=[{"Key": "team", "Value": "red"}])
    guest = org.as_account(GUEST)
    guest.accept_handshake(HandshakeId=sent["Id"])
    guest.leave_organization()
    assert refusal(guest.describe_organization)[0] == "AWSOrganizationsNotInUseException"
    assert refusal(org.client.list_tags_for_resource, ResourceId=GUEST)[0] == "TargetNotFoundException"
    again = invite(org)
    guest.accept_handshake(HandshakeId=again["Id"])
    org.client.remove_account_from_organization(AccountId=GUEST)
    assert refusal(guest.describe_organization)[0] == "AWSOrganizationsNotInUseException"


@pytest.mark.ledger("F-ORG-15")
def test_a_delegated_administrator_does_not_leave(org):
    guest = org.as_account(GUEST)
    guest.accept_handshake(HandshakeId=invite(org)["Id"])
    org.client.enable_aws_service_access(ServicePrincipal="sso.amazonaws.com")
    org.client.register_delegated_administrator(AccountId=GUEST, ServicePrincipal="sso.amazonaws.com")
    stays = ("ConstraintViolationException", "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG")
    assert refusal(guest.leave_organization) == stays
    assert refusal(org.client.remove_account_from_organization, AccountId=GUEST) == stays
    org.client.deregister_delegated_administrator(AccountId=GUEST, ServicePrincipal="sso.amazonaws.com")
    guest.leave_organization()


def test_from_one_organization_straight_into_another(org):
    """Unless it manages the other one."""
    founder = org.as_account(OTHER)
    founder.create_organization()
    made = founder.invite_account_to_organization(Target={"Type": "ACCOUNT", "Id": GUEST})["Handshake"]
    guest = org.as_account(GUEST)
    guest.accept_handshake(HandshakeId=made["Id"])
    guest.accept_handshake(HandshakeId=invite(org)["Id"])
    assert guest.describe_organization()["Organization"]["Id"] == org.id
    assert refusal(founder.describe_account, AccountId=GUEST)[0] == "AccountNotFoundException"
    sent = invite(org, OTHER)
    assert (
        refusal(founder.accept_handshake, HandshakeId=sent["Id"])[0]
        == "MasterCannotLeaveOrganizationException"
    )


def test_lists_take_one_filter(org):
    sent = invite(org)
    listed = org.client.list_handshakes_for_organization
    assert [each["Id"] for each in listed(Filter={"ActionType": "INVITE"})["Handshakes"]] == [sent["Id"]]
    assert listed(Filter={"ActionType": "ENABLE_ALL_FEATURES"})["Handshakes"] == []
    both = {"ActionType": "INVITE", "ParentHandshakeId": sent["Id"]}
    assert refusal(listed, Filter=both) == ("InvalidInputException", "MAX_LIMIT_EXCEEDED_FILTER")


@pytest.mark.ledger("F-ORG-14")
def test_all_features_need_every_invited_account(cloud):
    org = Org(cloud, "CONSOLIDATED_BILLING")
    guest = org.as_account(GUEST)
    guest.accept_handshake(HandshakeId=invite(org)["Id"])
    org.member("made")
    waiting = invite(org, OTHER)
    parent = org.client.enable_all_features()["Handshake"]
    assert (parent["Action"], parent["State"]) == ("ENABLE_ALL_FEATURES", "REQUESTED")
    assert parent["Parties"] == [{"Id": org.id, "Type": "ORGANIZATION"}]
    assert parent["ExpirationTimestamp"] - parent["RequestedTimestamp"] == timedelta(days=90)
    assert state(org, waiting) == "CANCELED"
    busy = "HandshakeConstraintViolationException"
    assert refusal(invite, org, OTHER) == (busy, "INVITE_DISABLED_DURING_ENABLE_ALL_FEATURES")
    assert refusal(org.client.enable_all_features) == (
        busy, "ORGANIZATION_IS_ALREADY_PENDING_ALL_FEATURES_MIGRATION",
    )  # fmt: skip
    finalize = org.client.accept_handshake
    assert refusal(finalize, HandshakeId=parent["Id"])[0] == "InvalidHandshakeTransitionException"
    (asked,) = org.client.list_handshakes_for_organization(Filter={"ParentHandshakeId": parent["Id"]})[
        "Handshakes"
    ]
    assert asked["Action"] == "APPROVE_ALL_FEATURES"
    assert {"Value": parent["Id"], "Type": "PARENT_HANDSHAKE"} in asked["Resources"]
    guest.accept_handshake(HandshakeId=asked["Id"])
    assert state(org, parent) == "OPEN"
    assert org.client.describe_organization()["Organization"]["FeatureSet"] == "CONSOLIDATED_BILLING"
    assert finalize(HandshakeId=parent["Id"])["Handshake"]["State"] == "ACCEPTED"
    assert org.client.describe_organization()["Organization"]["FeatureSet"] == "ALL"
    org.enable(SCP)
    assert refusal(org.client.enable_all_features) == (busy, "ORGANIZATION_ALREADY_HAS_ALL_FEATURES")


@pytest.mark.ledger("F-ORG-14")
def test_without_invited_accounts_it_can_be_finalized_at_once(cloud):
    org = Org(cloud, "CONSOLIDATED_BILLING")
    parent = org.client.enable_all_features()["Handshake"]
    assert boto3.client("organizations").accept_handshake(HandshakeId=parent["Id"])["Handshake"]["State"] == (
        "ACCEPTED"
    )


def test_who_declines_stops_it_until_removed(cloud):
    org = Org(cloud, "CONSOLIDATED_BILLING")
    guest = org.as_account(GUEST)
    guest.accept_handshake(HandshakeId=invite(org)["Id"])
    parent = org.client.enable_all_features()["Handshake"]
    (asked,) = guest.list_handshakes_for_account(Filter={"ActionType": "APPROVE_ALL_FEATURES"})["Handshakes"]
    guest.decline_handshake(HandshakeId=asked["Id"])
    assert state(org, parent) == "REQUESTED"
    org.client.remove_account_from_organization(AccountId=GUEST)
    assert state(org, parent) == "OPEN"
