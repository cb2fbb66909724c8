"""Billing transfers: one organisation's management account asks to pay for another organisation.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_InviteOrganizationToTransferResponsibility.html
https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/orgs_transfer_billing-stop-transfer.html
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.cloud.services.organizations.conftest import Org, refusal

OTHER, THIRD = "999988887777", "888877776666"
START = datetime(2040, 2, 1, tzinfo=UTC)
NOW = datetime(2040, 1, 10, 9, 30, tzinfo=UTC)


@pytest.fixture
def payer(org: Org):
    """The organisation that is to pay; that of OTHER is there as well."""
    wait_until(org, NOW)
    org.as_account(OTHER).create_organization()
    return org


def wait_until(org, moment):
    org.cloud.clock.advance(seconds=(moment - org.cloud.clock.now()).total_seconds())


def invite(org, target=OTHER, kind="ACCOUNT", client=None, **more):
    given = {"Type": "BILLING", "SourceName": "their bill", "StartTimestamp": START} | more
    call = (client or org.client).invite_organization_to_transfer_responsibility
    return call(Target={"Type": kind, "Id": target}, **given)["Handshake"]


def inbound(org, client=None, **more):
    found = (client or org.client).list_inbound_responsibility_transfers(Type="BILLING", **more)
    return found["ResponsibilityTransfers"]


def outbound(client):
    return client.list_outbound_responsibility_transfers(Type="BILLING")["ResponsibilityTransfers"]


def agreed(org):
    handshake = invite(org)
    org.as_account(OTHER).accept_handshake(HandshakeId=handshake["Id"])
    (found,) = inbound(org)
    return found["Id"]


def test_an_invitation_says_from_when_and_who_would_pay(payer):
    handshake = invite(payer, Notes="as agreed")
    assert (handshake["Action"], handshake["State"]) == ("TRANSFER_RESPONSIBILITY", "REQUESTED")
    resources = {each["Type"]: each["Value"] for each in handshake["Resources"]}
    (transfer,) = inbound(payer)
    assert resources["RESPONSIBILITY_TRANSFER"] == transfer["Id"]
    assert resources["MANAGEMENT_ACCOUNT"] == payer.cloud.home
    assert (resources["TRANSFER_TYPE"], resources["NOTES"]) == ("BILLING", "as agreed")
    assert (transfer["Status"], transfer["Name"], transfer["Type"]) == ("REQUESTED", "their bill", "BILLING")
    assert (transfer["StartTimestamp"], transfer["ActiveHandshakeId"]) == (START, handshake["Id"])
    assert transfer["Target"]["ManagementAccountId"] == payer.cloud.home
    assert transfer["Source"] == {"ManagementAccountId": OTHER}
    assert "EndTimestamp" not in transfer
    arn = rf"arn:aws:organizations::{payer.cloud.home}:transfer/{payer.id}/billing/inbound/rt-[0-9a-z]{{8}}"
    assert re.fullmatch(arn, transfer["Arn"])


def test_an_invitation_tells_its_sender_nothing_of_the_recipient(payer):
    """Whose address it is, or which address an account has, comes with the acceptance."""
    email = f"{OTHER}@example.com"
    handshake = invite(payer, email, "EMAIL")
    assert inbound(payer)[0]["Source"] == {"ManagementAccountEmail": email}
    payer.as_account(OTHER).accept_handshake(HandshakeId=handshake["Id"])
    (transfer,) = inbound(payer)
    assert transfer["Source"] == {"ManagementAccountId": OTHER, "ManagementAccountEmail": email}


def test_the_other_side_has_it_as_outbound_and_accepts(payer):
    handshake = invite(payer)
    theirs = payer.as_account(OTHER)
    (seen,) = outbound(theirs)
    assert "/billing/outbound/" in seen["Arn"]
    assert inbound(payer, theirs) == outbound(payer.client) == []
    accepted = theirs.accept_handshake(HandshakeId=handshake["Id"])["Handshake"]
    assert accepted["State"] == "ACCEPTED"
    for client in (payer.client, theirs):
        shown = client.describe_responsibility_transfer(Id=seen["Id"])["ResponsibilityTransfer"]
        assert shown["Status"] == "ACCEPTED"
    wanted = {"AttributeKey": "EventName", "AttributeValue": "ResponsibilityTransferAccepted"}
    for account in (payer.cloud.home, OTHER):
        trail = payer.as_account(account, "cloudtrail")
        (event,) = trail.lookup_events(LookupAttributes=[wanted])["Events"]
        shown = json.loads(event["CloudTrailEvent"])
        assert (shown["eventType"], shown["recipientAccountId"]) == ("AwsServiceEvent", account)


@pytest.mark.ledger("F-ORG-24")
@pytest.mark.parametrize(
    ("start", "reason"),
    [
        (START + timedelta(hours=1), "START_DATE_NOT_BEGINNING_OF_DAY"),
        (START + timedelta(days=1), "START_DATE_NOT_BEGINNING_OF_MONTH"),
        (datetime(2040, 1, 1, tzinfo=UTC), "START_DATE_TOO_EARLY"),
    ],
)
def test_it_begins_with_a_month_that_is_to_come(payer, start, reason):
    assert refusal(invite, payer, StartTimestamp=start) == ("InvalidInputException", reason)


@pytest.mark.parametrize(
    ("target", "kind", "error"),
    [
        ("o-0123456789", "ORGANIZATION", ("InvalidInputException", "INVALID_PARTY_TYPE_TARGET")),
        ("nobody", "EMAIL", ("InvalidInputException", "INVALID_EMAIL_ADDRESS_TARGET")),
        ("12", "ACCOUNT", ("InvalidInputException", "INVALID_PATTERN")),
        (
            "111122223333",
            "ACCOUNT",
            ("HandshakeConstraintViolationException", "SOURCE_AND_TARGET_CANNOT_MATCH"),
        ),
    ],
)
def test_who_cannot_be_invited(payer, target, kind, error):
    assert refusal(invite, payer, target, kind) == error


@pytest.mark.ledger("F-ORG-24")
def test_one_question_at_a_time_and_one_payer(payer):
    handshake = invite(payer)
    assert refusal(invite, payer)[0] == "DuplicateHandshakeException"
    third = payer.as_account(THIRD)
    third.create_organization()
    from_third = invite(payer, client=third)
    theirs = payer.as_account(OTHER)
    theirs.accept_handshake(HandshakeId=handshake["Id"])
    assert refusal(invite, payer) == (
        "HandshakeConstraintViolationException", "RESPONSIBILITY_TRANSFER_ALREADY_EXISTS",
    )  # fmt: skip
    assert refusal(theirs.accept_handshake, HandshakeId=from_third["Id"]) == (
        "ConstraintViolationException", "RESPONSIBILITY_TRANSFER_MAX_OUTBOUND_QUOTA_VIOLATION",
    )  # fmt: skip


@pytest.mark.ledger("F-ORG-24")
def test_only_a_management_account_accepts(payer):
    loose = "777766665555"
    handshake = invite(payer, loose)
    assert refusal(payer.as_account(loose).accept_handshake, HandshakeId=handshake["Id"])[0] == (
        "AWSOrganizationsNotInUseException"
    )
    member = payer.member()
    theirs = payer.as_account(OTHER)
    to_member = invite(payer, member, client=theirs)
    assert refusal(payer.as_account(member).accept_handshake, HandshakeId=to_member["Id"])[0] == (
        "AccessDeniedException"
    )


@pytest.mark.parametrize(
    ("ends", "status"), [("decline", "DECLINED"), ("cancel", "CANCELED"), ("expire", "EXPIRED")]
)
def test_what_is_not_accepted_is_over(payer, ends, status):
    handshake = invite(payer)
    (transfer,) = inbound(payer)
    if ends == "expire":
        payer.cloud.clock.advance(days=15)
    else:
        client = payer.as_account(OTHER) if ends == "decline" else payer.client
        getattr(client, f"{ends}_handshake")(HandshakeId=handshake["Id"])
    client, of = payer.client, {"Id": transfer["Id"]}
    assert client.describe_responsibility_transfer(**of)["ResponsibilityTransfer"]["Status"] == status
    assert refusal(client.terminate_responsibility_transfer, **of)[0] == (
        "InvalidResponsibilityTransferTransitionException"
    )
    assert refusal(client.update_responsibility_transfer, **of, Name="n") == (
        "ConstraintViolationException", "TRANSFER_RESPONSIBILITY_UPDATE_NOT_ALLOWED",
    )  # fmt: skip


@pytest.mark.ledger("F-ORG-24")
def test_either_side_withdraws_at_the_end_of_a_month_and_for_good(payer):
    transfer = agreed(payer)
    theirs, of = payer.as_account(OTHER), {"Id": transfer}
    renamed = payer.client.update_responsibility_transfer(**of, Name="renamed")
    assert renamed["ResponsibilityTransfer"]["Name"] == "renamed"
    end = theirs.terminate_responsibility_transfer
    invalid = "InvalidInputException"
    wrong = datetime(2040, 3, 30, 23, 59, 59, tzinfo=UTC)
    assert refusal(end, **of, EndTimestamp=wrong) == (invalid, "END_DATE_NOT_END_OF_MONTH")
    early = datetime(2040, 1, 31, 23, 59, 59, tzinfo=UTC)
    assert refusal(end, **of, EndTimestamp=early) == (invalid, "END_DATE_TOO_EARLY")
    ended = end(**of)["ResponsibilityTransfer"]
    assert (ended["Status"], ended["EndTimestamp"].replace(microsecond=0)) == (
        "WITHDRAWN", datetime(2040, 2, 29, 23, 59, 59, tzinfo=UTC),
    )  # fmt: skip
    again = refusal(payer.client.terminate_responsibility_transfer, **of)[0]
    assert again == "ResponsibilityTransferAlreadyInStatusException"


@pytest.mark.ledger("F-ORG-24")
def test_an_organisation_stays_while_a_transfer_is_asked_for_or_runs(payer):
    transfer = agreed(payer)
    violation = "ConstraintViolationException", "ACTIVE_RESPONSIBILITY_TRANSFER_PROCESS"
    assert refusal(payer.client.delete_organization) == violation
    payer.client.terminate_responsibility_transfer(Id=transfer)
    assert refusal(payer.as_account(OTHER).delete_organization) == violation
    wait_until(payer, datetime(2040, 3, 1, tzinfo=UTC))
    payer.as_account(OTHER).delete_organization()


def test_others_do_not_find_a_transfer(payer):
    transfer, missing = agreed(payer), "ResponsibilityTransferNotFoundException"
    third = payer.as_account(THIRD)
    third.create_organization()
    for call, more in (
        (third.describe_responsibility_transfer, {}),
        (third.terminate_responsibility_transfer, {}),
        (third.update_responsibility_transfer, {"Name": "n"}),
    ):
        assert refusal(call, Id=transfer, **more)[0] == missing
    assert refusal(inbound, payer, third, Id=transfer)[0] == missing
    assert [each["Id"] for each in inbound(payer, Id=transfer)] == [transfer]


def test_a_transfer_has_tags_of_its_senders(payer):
    invite(payer, Tags=[{"Key": "team", "Value": "finance"}])
    (transfer,) = inbound(payer)
    tags = payer.client.list_tags_for_resource(ResourceId=transfer["Id"])["Tags"]
    assert tags == [{"Key": "team", "Value": "finance"}]
    payer.client.untag_resource(ResourceId=transfer["Id"], TagKeys=["team"])
    assert payer.client.list_tags_for_resource(ResourceId=transfer["Id"])["Tags"] == []
    unknown = refusal(payer.client.list_tags_for_resource, ResourceId="rt-00000000")
    assert unknown[0] == "TargetNotFoundException"


def test_a_govcloud_account_needs_a_management_account_that_has_one(org):
    created = refusal(org.client.create_gov_cloud_account, Email="gov@example.com", AccountName="gov")
    assert created == ("ConstraintViolationException", "MASTER_ACCOUNT_NOT_GOVCLOUD_ENABLED")
