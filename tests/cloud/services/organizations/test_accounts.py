"""Accounts: how they are created, described, moved, and closed."""

from __future__ import annotations

import json

import boto3
import pytest

from tests.cloud.services.organizations.conftest import refusal
from tests.clouds import error_of, new_member

UNKNOWN = "999988887777"


@pytest.mark.ledger("F-ORG-11")
def test_an_account_is_asked_for_and_then_there(org):
    asked = org.client.create_account(AccountName="Dev", Email="dev@example.com")["CreateAccountStatus"]
    assert asked["State"] == "IN_PROGRESS"
    assert asked["AccountName"] == "Dev"
    assert asked["Id"].startswith("car-")
    assert not {"AccountId", "CompletedTimestamp", "FailureReason"} & set(asked)
    told = org.client.describe_create_account_status(CreateAccountRequestId=asked["Id"])[
        "CreateAccountStatus"
    ]
    assert told["State"] == "SUCCEEDED"
    assert told["CompletedTimestamp"] >= told["RequestedTimestamp"]
    account = org.client.describe_account(AccountId=told["AccountId"])["Account"]
    assert account["Name"] == "Dev"
    assert account["Email"] == "dev@example.com"
    assert (account["Status"], account["State"], account["JoinedMethod"]) == ("ACTIVE", "ACTIVE", "CREATED")
    assert account["Arn"].endswith(f":account/{org.id}/{told['AccountId']}")
    assert account["Paths"] == [f"{org.id}/{org.root}/{told['AccountId']}/"]
    assert org.client.list_parents(ChildId=account["Id"])["Parents"] == [{"Id": org.root, "Type": "ROOT"}]


@pytest.mark.ledger("F-ORG-11")
@pytest.mark.parametrize(
    ("email", "reason"),
    [
        ("dev@example.com", "EMAIL_ALREADY_EXISTS"),
        ("DEV@EXAMPLE.COM", "EMAIL_ALREADY_EXISTS"),
        ("a(b)@example.com", "INVALID_EMAIL"),
        (".dev@example.com", "INVALID_EMAIL"),
        ("dev@-example.com", "INVALID_EMAIL"),
    ],
)
def test_a_wrong_address_fails_the_request_not_the_call(org, email, reason):
    org.member("dev")
    before = len(org.client.list_accounts()["Accounts"])
    asked = org.client.create_account(AccountName="Two", Email=email)["CreateAccountStatus"]
    told = org.client.describe_create_account_status(CreateAccountRequestId=asked["Id"])[
        "CreateAccountStatus"
    ]
    assert (told["State"], told["FailureReason"]) == ("FAILED", reason)
    assert "AccountId" not in told
    assert len(org.client.list_accounts()["Accounts"]) == before


def test_requests_are_listed_by_state(org):
    org.member("one")
    org.client.create_account(AccountName="One", Email="one@example.com")
    listed = org.client.list_create_account_status
    assert [each["State"] for each in listed()["CreateAccountStatuses"]] == ["SUCCEEDED", "FAILED"]
    (failed,) = listed(States=["FAILED"])["CreateAccountStatuses"]
    assert failed["FailureReason"] == "EMAIL_ALREADY_EXISTS"
    assert listed(States=["IN_PROGRESS"])["CreateAccountStatuses"] == []
    assert refusal(org.loose().list_create_account_status, States=["DONE"]) == (
        "InvalidInputException", "INVALID_LIST_MEMBER",
    )  # fmt: skip
    missing = refusal(org.client.describe_create_account_status, CreateAccountRequestId="car-12345678")
    assert missing[0] == "CreateAccountStatusNotFoundException"


@pytest.mark.ledger("F-ORG-05")
def test_a_new_account_has_the_role_that_was_asked_for_and_organizations_own(org):
    member = org.member("named", RoleName="Landing")
    iam = org.as_account(member, "iam")
    roles = {role["RoleName"]: role for role in iam.list_roles()["Roles"]}
    trust = roles["Landing"]["AssumeRolePolicyDocument"]["Statement"][0]
    assert trust["Principal"] == {"AWS": f"arn:aws:iam::{org.cloud.home}:root"}
    attached = iam.list_attached_role_policies(RoleName="Landing")["AttachedPolicies"]
    assert [each["PolicyName"] for each in attached] == ["AdministratorAccess"]
    linked = roles["AWSServiceRoleForOrganizations"]
    assert linked["Path"] == "/aws-service-role/organizations.amazonaws.com/"
    assert refusal(
        org.client.create_account, AccountName="n", Email="new@example.com", RoleName="AWSServiceRoleForX"
    ) == ("InvalidInputException", "INVALID_ROLE_NAME")


def test_the_event_history_tells_how_the_request_ended(org):
    member = org.member("dev")
    trail = boto3.client("cloudtrail", region_name="us-east-1")
    source = {"AttributeKey": "EventSource", "AttributeValue": "organizations.amazonaws.com"}
    events = trail.lookup_events(LookupAttributes=[source])["Events"]
    found = {event["EventName"]: json.loads(event["CloudTrailEvent"]) for event in reversed(events)}
    ended = found["CreateAccountResult"]
    assert ended["eventType"] == "AwsServiceEvent"
    status = ended["serviceEventDetails"]["createAccountStatus"]
    assert (status["state"], status["accountId"], status["accountName"]) == ("SUCCEEDED", member, "****")
    joined = found["AccountJoinedOrganization"]["serviceEventDetails"]
    assert (joined["accountId"], joined["joinedMethod"]) == (member, "CREATED")
    assert "dev@example.com" not in json.dumps(found)


def test_unknown_accounts(org):
    for call in (
        org.client.describe_account, org.client.close_account, org.client.remove_account_from_organization,
    ):  # fmt: skip
        assert refusal(call, AccountId=UNKNOWN)[0] == "AccountNotFoundException"
        assert refusal(call, AccountId="123") == ("InvalidInputException", "INVALID_PATTERN")


# --- moving ---------------------------------------------------------------------------------------------------


@pytest.mark.ledger("F-ORG-06")
def test_moving(org):
    member, unit, other = org.member(), org.unit("one"), org.unit("two")

    def move(source, destination, account=member):
        return org.client.move_account(
            AccountId=account, SourceParentId=source, DestinationParentId=destination
        )

    move(org.root, unit)
    assert org.client.list_parents(ChildId=member)["Parents"][0]["Id"] == unit
    (listed,) = org.client.list_accounts_for_parent(ParentId=unit)["Accounts"]
    assert listed["Id"] == member
    assert listed["Paths"] == [f"{org.id}/{org.root}/{unit}/{member}/"]
    for source, destination, account, code in (
        (unit, other, UNKNOWN, "AccountNotFoundException"),
        ("r-zzzz", other, member, "SourceParentNotFoundException"),
        (org.root, other, member, "SourceParentNotFoundException"),
        (unit, f"ou-{org.root[2:]}-zzzzzzzz", member, "DestinationParentNotFoundException"),
        (unit, unit, member, "DuplicateAccountException"),
        (org.root, unit, member, "DuplicateAccountException"),
    ):
        assert refusal(move, source, destination, account)[0] == code
    assert refusal(move, "root", unit) == ("InvalidInputException", "INVALID_PATTERN")
    assert org.client.list_parents(ChildId=member)["Parents"][0]["Id"] == unit
    move(org.root, other, org.cloud.home)
    assert org.client.list_parents(ChildId=org.cloud.home)["Parents"][0]["Id"] == other


# --- leaving --------------------------------------------------------------------------------------------------


@pytest.mark.ledger("F-ORG-15")
def test_a_created_account_waits_four_days_and_needs_a_payment_method(org):
    member = org.member()
    theirs = org.as_account(member)
    waits = ("ConstraintViolationException", "WAIT_PERIOD_ACTIVE")
    assert refusal(org.client.remove_account_from_organization, AccountId=member) == waits
    org.cloud.clock.advance(days=4)
    poor = ("ConstraintViolationException", "MEMBER_ACCOUNT_PAYMENT_INSTRUMENT_REQUIRED")
    assert refusal(org.client.remove_account_from_organization, AccountId=member) == poor
    assert refusal(theirs.leave_organization) == poor


def test_the_management_account_stays(org):
    code = "MasterCannotLeaveOrganizationException"
    assert refusal(org.client.leave_organization)[0] == code
    assert refusal(org.client.remove_account_from_organization, AccountId=org.cloud.home)[0] == code


# --- closing --------------------------------------------------------------------------------------------------


@pytest.mark.ledger("F-ORG-16")
def test_a_closed_account_goes_through_its_states(org):
    member, clock = org.member(), org.cloud.clock
    admin = org.as_account(member, "iam")
    admin.list_users()
    role = f"arn:aws:iam::{member}:role/OrganizationAccountAccessRole"
    boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="session")
    org.client.close_account(AccountId=member)

    def shown():
        account = org.client.describe_account(AccountId=member)["Account"]
        return account["Status"], account["State"]

    assert shown() == ("PENDING_CLOSURE", "PENDING_CLOSURE")
    assert refusal(org.client.close_account, AccountId=member)[0] == "ConflictException"
    assert error_of(admin.list_users)[0] == "InvalidClientTokenId"
    assert (
        error_of(boto3.client("sts").assume_role, RoleArn=role, RoleSessionName="session")[0]
        == "AccessDenied"
    )
    clock.advance(minutes=5)
    assert shown() == ("SUSPENDED", "CLOSED")
    assert refusal(org.client.close_account, AccountId=member)[0] == "AccountAlreadyClosedException"
    assert refusal(org.client.delete_organization)[0] == "OrganizationNotEmptyException"
    clock.advance(days=90)
    assert refusal(org.client.describe_account, AccountId=member)[0] == "AccountNotFoundException"
    asked = org.client.create_account(AccountName="dev", Email="dev@example.com")["CreateAccountStatus"]
    told = org.client.describe_create_account_status(CreateAccountRequestId=asked["Id"])[
        "CreateAccountStatus"
    ]
    assert told["FailureReason"] == "EMAIL_ALREADY_EXISTS"


def test_the_trail_tells_when_a_closed_account_is_gone_for_good(org):
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_CloseAccount.html"""
    member = org.member()
    org.client.close_account(AccountId=member)
    org.cloud.clock.advance(days=91)
    org.client.list_accounts()
    found = boto3.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "AccountDepartedOrganization"}]
    )["Events"]
    (event,) = (json.loads(each["CloudTrailEvent"]) for each in found)
    assert event["serviceEventDetails"]["accountId"] == member
    assert event["serviceEventDetails"]["departureMethod"] == "CLEANED"


def test_the_management_account_cannot_be_closed(org):
    assert refusal(org.client.close_account, AccountId=org.cloud.home) == (
        "ConstraintViolationException", "CANNOT_CLOSE_MANAGEMENT_ACCOUNT",
    )  # fmt: skip


def test_three_accounts_close_at_a_time(org):
    members = [org.member(f"m{number}") for number in range(4)]
    for member in members[:3]:
        org.client.close_account(AccountId=member)
    assert refusal(org.client.close_account, AccountId=members[3]) == (
        "ConstraintViolationException", "CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED",
    )  # fmt: skip
    org.cloud.clock.advance(minutes=5)
    org.client.close_account(AccountId=members[3])


# --- lists ----------------------------------------------------------------------------------------------------


def test_lists_come_in_pages_of_twenty_at_most(org):
    members = {new_member(f"m{number}") for number in range(24)} | {org.cloud.home}
    first = org.client.list_accounts()
    assert len(first["Accounts"]) == 20
    rest = org.client.list_accounts(NextToken=first["NextToken"])
    assert "NextToken" not in rest
    assert {each["Id"] for each in first["Accounts"] + rest["Accounts"]} == members
    pages = org.client.get_paginator("list_accounts").paginate(PaginationConfig={"PageSize": 7})
    assert {account["Id"] for page in pages for account in page["Accounts"]} == members
    loose = org.loose()
    for size, reason in ((0, "MIN_VALUE_EXCEEDED"), (21, "MAX_VALUE_EXCEEDED")):
        assert refusal(loose.list_accounts, MaxResults=size) == ("InvalidInputException", reason)
    wrong = ("InvalidInputException", "INVALID_NEXT_TOKEN")
    assert refusal(org.client.list_accounts, NextToken="nonsense") == wrong
    of_another = org.client.list_children(ParentId=org.root, ChildType="ACCOUNT")["NextToken"]
    assert refusal(org.client.list_accounts, NextToken=of_another) == wrong
