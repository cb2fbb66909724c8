"""Account Management: contacts, names, addresses, and Regions, for the caller's account and for member accounts.

https://docs.aws.amazon.com/accounts/latest/reference/API_Operations.html
"""

from __future__ import annotations

import json

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from labs_helpers.cloud.services import table
from tests.cloud.services import tables
from tests.clouds import error_of, make_user, new_member

SECURITY = {
    "AlternateContactType": "SECURITY", "Name": "Ann", "Title": "CISO", "EmailAddress": "sec@example.com",
    "PhoneNumber": "+1 555 0100",
}  # fmt: skip
CONTACT = {
    "FullName": "Ann B", "AddressLine1": "1 Rue X", "City": "Lyon", "PostalCode": "69001", "CountryCode": "FR",
    "PhoneNumber": "+33 1 23",
}  # fmt: skip
DENIED, INVALID, UNKNOWN = "AccessDeniedException", "ValidationException", "ResourceNotFoundException"


@pytest.fixture
def account(cloud):
    return boto3.client("account")


@pytest.fixture
def member(account):
    """A member of an organization that trusts the service; its primary contact is its management account's."""
    organizations = boto3.client("organizations")
    organizations.create_organization()
    organizations.enable_aws_service_access(ServicePrincipal="account.amazonaws.com")
    account.put_contact_information(ContactInformation=CONTACT)
    return new_member()


def code_in(cloud, destination):
    return cloud.mailbox(destination)[-1].split()[-1]


def test_every_operation_is_modelled():
    names = set(tables.model_of("account").operation_names)
    assert names - tables.refused("account") == table("account").operations


# --- whose account --------------------------------------------------------------------------------------------


@pytest.mark.ledger("F-ACC-01")
def test_another_account_is_named_by_who_may_see_to_it(cloud, account):
    kind = {"AlternateContactType": "SECURITY"}

    def why(client, named):
        code, message = error_of(client.get_alternate_contact, AccountId=named, **kind)
        assert code == DENIED
        return message.rpartition("(")[2]

    assert why(account, "222233334444").startswith("Your account is not a member")
    organizations = boto3.client("organizations")
    organizations.create_organization(FeatureSet="CONSOLIDATED_BILLING")
    member = new_member()
    assert why(account, member).startswith("Your organization must have all features")
    handshake = organizations.enable_all_features()["Handshake"]["Id"]
    organizations.accept_handshake(HandshakeId=handshake)
    assert why(account, member).startswith("Your organization must first enable trusted access")
    organizations.enable_aws_service_access(ServicePrincipal="account.amazonaws.com")
    account.put_alternate_contact(AccountId=member, **SECURITY)
    assert why(account, cloud.home).startswith("The management account can only be managed")
    assert why(account, "222233334444").startswith("The specified account is not a member")
    theirs = cloud.account(member).client("account")
    assert theirs.get_alternate_contact(**kind)["AlternateContact"] == SECURITY
    assert why(theirs, member).startswith("Only the management account")
    organizations.register_delegated_administrator(AccountId=member, ServicePrincipal="account.amazonaws.com")
    assert theirs.get_alternate_contact(AccountId=member, **kind)["AlternateContact"] == SECURITY
    assert why(theirs, cloud.home).startswith("The management account can only be managed")


def test_conditions_see_the_contacts_type_the_region_and_the_new_domain(cloud, member):
    def statement(effect, action, **condition):
        return {"Effect": effect, "Action": f"account:{action}", "Resource": "*", "Condition": condition}

    billing = {"account:AlternateContactTypes": "BILLING"}
    africa, domain = {"account:TargetRegion": "af-south-1"}, {"account:EmailTargetDomain": "example.com"}
    statements = [
        statement("Allow", "*"),
        statement("Deny", "PutAlternateContact", **{"ForAnyValue:StringEquals": billing}),
        statement("Deny", "DisableRegion", StringNotEquals=africa),
        statement("Deny", "StartPrimaryEmailUpdate", StringNotEquals=domain),
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    client = make_user(cloud, "ann", policy).client("account")
    client.put_alternate_contact(**SECURITY)
    assert (
        error_of(client.put_alternate_contact, **SECURITY | {"AlternateContactType": "BILLING"})[0] == DENIED
    )
    client.disable_region(RegionName="af-south-1")
    assert error_of(client.disable_region, RegionName="ap-east-1")[0] == DENIED
    client.start_primary_email_update(AccountId=member, PrimaryEmail="new@example.com")
    wrong = {"AccountId": member, "PrimaryEmail": "new@elsewhere.example"}
    assert error_of(client.start_primary_email_update, **wrong)[0] == DENIED


def test_conditions_see_where_a_member_stands_and_its_tags(cloud, member):
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsaccountmanagement.html"""
    organizations = boto3.client("organizations")
    other, root = new_member("prod"), organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name="Prod")["OrganizationalUnit"]
    organizations.move_account(AccountId=other, SourceParentId=root, DestinationParentId=unit["Id"])
    organizations.tag_resource(ResourceId=member, Tags=[{"Key": "team", "Value": "red"}])

    def allowed(operator, **keys):
        statement = {"Effect": "Allow", "Action": "account:*", "Resource": "*", "Condition": {operator: keys}}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        name = f"u{len(boto3.client('iam').list_users()['Users'])}"
        return make_user(cloud, name, policy).client("account")

    by_path = allowed("ForAnyValue:StringLike", **{"account:AccountResourceOrgPaths": unit["Path"]})
    assert by_path.get_primary_email(AccountId=other)["PrimaryEmail"] == "prod@example.com"
    assert error_of(by_path.get_primary_email, AccountId=member)[0] == DENIED
    by_tag = allowed("StringEquals", **{"account:AccountResourceOrgTags/team": "red"})
    assert by_tag.get_primary_email(AccountId=member)["PrimaryEmail"] == "dev@example.com"
    assert error_of(by_tag.get_primary_email, AccountId=other)[0] == DENIED


# --- contacts -------------------------------------------------------------------------------------------------


def test_alternate_contacts_are_one_of_each_type(account):
    kind = {"AlternateContactType": "SECURITY"}
    for call in (account.get_alternate_contact, account.delete_alternate_contact):
        assert error_of(call, **kind)[0] == UNKNOWN
    account.put_alternate_contact(**SECURITY)
    account.put_alternate_contact(**SECURITY | {"Name": "Bob"})
    assert account.get_alternate_contact(**kind)["AlternateContact"] == SECURITY | {"Name": "Bob"}
    assert error_of(account.get_alternate_contact, AlternateContactType="BILLING")[0] == UNKNOWN
    account.delete_alternate_contact(**kind)
    assert error_of(account.get_alternate_contact, **kind)[0] == UNKNOWN


@pytest.mark.parametrize(
    ("field", "value"),
    [("EmailAddress", "nobody"), ("AlternateContactType", "LEGAL"), ("PhoneNumber", "ring me"), ("Title", "x" * 51)],
)  # fmt: skip
def test_a_wrong_field_is_named(account, field, value):
    loose = boto3.client("account", config=Config(parameter_validation=False))
    with pytest.raises(ClientError) as caught:
        loose.put_alternate_contact(**SECURITY | {field: value})
    answer = caught.value.response
    assert (answer["Error"]["Code"], answer["reason"]) == (INVALID, "fieldValidationFailed")
    assert answer["fieldList"][0]["name"] == field[0].lower() + field[1:]


def test_the_primary_contact_is_replaced_and_handed_on_to_new_accounts(cloud, account, member):
    theirs = cloud.account(member).client("account")
    assert theirs.get_contact_information()["ContactInformation"] == CONTACT
    without_state = CONTACT | {"CountryCode": "US"}
    assert error_of(account.put_contact_information, ContactInformation=without_state)[0] == INVALID
    more = CONTACT | {"CountryCode": "US", "StateOrRegion": "NJ", "CompanyName": "X"}
    account.put_contact_information(ContactInformation=more)
    account.put_contact_information(ContactInformation=CONTACT)
    assert account.get_contact_information()["ContactInformation"] == CONTACT
    assert error_of(cloud.account("222233334444").client("account").get_contact_information)[0] == UNKNOWN


def test_a_phone_number_is_verified_by_what_was_sent_to_it(cloud, account, member):
    assert account.get_contact_information()["VerificationStatus"] == "UNVERIFIED"
    assert error_of(account.verify_phone_number, Otp="123456")[0] == UNKNOWN
    assert account.send_phone_number_verification()["Status"] == "PENDING"
    assert error_of(account.verify_phone_number, Otp="abcdef")[0] == INVALID
    code = code_in(cloud, CONTACT["PhoneNumber"])
    assert account.verify_phone_number(Otp=code)["Status"] == "VERIFIED"
    assert error_of(account.send_phone_number_verification)[0] == "ConflictException"
    account.put_contact_information(ContactInformation=CONTACT | {"PhoneNumber": "+33 2"})
    assert account.get_contact_information()["VerificationStatus"] == "UNVERIFIED"


# --- names and addresses --------------------------------------------------------------------------------------


def test_an_accounts_name_is_organizations_as_well(cloud, account, member):
    account.put_account_name(AccountId=member, AccountName="Development")
    told = account.get_account_information(AccountId=member)
    assert (told["AccountId"], told["AccountName"], told["AccountState"]) == (member, "Development", "ACTIVE")
    listed = boto3.client("organizations").describe_account(AccountId=member)["Account"]
    assert listed["Name"] == "Development"
    assert told["AccountCreatedDate"].replace(microsecond=0) == listed["JoinedTimestamp"].replace(
        microsecond=0
    )
    boto3.client("organizations").close_account(AccountId=member)
    assert account.get_account_information(AccountId=member)["AccountState"] == "CLOSED"


def test_a_root_users_address_changes_when_the_new_one_has_answered(cloud, account, member):
    asked = {"AccountId": member, "PrimaryEmail": "new@example.com"}
    assert error_of(account.get_primary_email_update_status, AccountId=member)[0] == UNKNOWN
    taken = asked | {"PrimaryEmail": "DEV@example.com"}
    assert error_of(account.start_primary_email_update, **taken)[0] == "ConflictException"
    assert account.start_primary_email_update(**asked)["Status"] == "PENDING"
    assert account.get_primary_email_update_status(AccountId=member)["Status"] == "PENDING"
    assert error_of(account.accept_primary_email_update, Otp="abcdef", **asked)[0] == INVALID
    assert account.get_primary_email(AccountId=member)["PrimaryEmail"] == "dev@example.com"
    code = code_in(cloud, "new@example.com")
    assert account.accept_primary_email_update(Otp=code, **asked)["Status"] == "ACCEPTED"
    assert error_of(account.accept_primary_email_update, Otp=code, **asked)[0] == UNKNOWN
    assert account.get_primary_email_update_status(AccountId=member)["Status"] == "COMPLETED"
    assert account.get_primary_email(AccountId=member)["PrimaryEmail"] == "new@example.com"
    assert (
        boto3.client("organizations").describe_account(AccountId=member)["Account"]["Email"]
        == "new@example.com"
    )


def test_a_passcode_cannot_be_guessed(cloud, account, member):
    asked = {"AccountId": member, "PrimaryEmail": "new@example.com"}
    account.start_primary_email_update(**asked)
    for _ in range(5):
        assert error_of(account.accept_primary_email_update, Otp="abcdef", **asked)[0] == INVALID
    code = code_in(cloud, "new@example.com")
    assert error_of(account.accept_primary_email_update, Otp=code, **asked)[0] == UNKNOWN
    assert account.get_primary_email_update_status(AccountId=member)["Status"] == "FAILED"


# --- Regions --------------------------------------------------------------------------------------------------


def test_regions_are_listed_by_status(account):
    every = account.list_regions()["Regions"]
    by_default = account.list_regions(RegionOptStatusContains=["ENABLED_BY_DEFAULT"])["Regions"]
    assert len(by_default) == 17 < len(every)
    assert {"RegionName": "us-east-1", "RegionOptStatus": "ENABLED_BY_DEFAULT"} in by_default
    first = account.list_regions(MaxResults=3)
    second = account.list_regions(MaxResults=3, NextToken=first["NextToken"])
    assert [*first["Regions"], *second["Regions"]] == every[:6]
    assert error_of(account.list_regions, NextToken="made-up")[0] == INVALID
    assert error_of(account.get_region_opt_status, RegionName="mars-1")[0] == INVALID


@pytest.mark.ledger("F-ACC-02")
@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1", "mars-1"])
def test_only_opt_in_regions_are_switched(account, region):
    for call in (account.enable_region, account.disable_region):
        with pytest.raises(ClientError) as caught:
            call(RegionName=region)
        answer = caught.value.response
        assert (answer["Error"]["Code"], answer["reason"]) == (INVALID, "invalidRegionOptTarget")


@pytest.mark.ledger("F-ACC-02")
def test_in_a_disabled_region_credentials_are_good_for_nothing(cloud, account):
    region = {"RegionName": "af-south-1"}

    def status():
        return account.get_region_opt_status(**region)["RegionOptStatus"]

    there = boto3.client("kms", region_name="af-south-1")
    there.list_keys()
    account.disable_region(**region)
    assert status() == "DISABLING"
    assert error_of(there.list_keys)[0] == "UnrecognizedClientException"
    assert error_of(account.enable_region, **region)[0] == "ConflictException"
    cloud.clock.advance(minutes=6)
    assert status() == "DISABLED"
    boto3.client("kms", region_name="eu-west-1").list_keys()
    account.enable_region(**region)
    assert status() == "ENABLING"
    assert error_of(there.list_keys)[0] == "UnrecognizedClientException"
    assert error_of(account.disable_region, **region)[0] == "ConflictException"
    cloud.clock.advance(minutes=6)
    assert status() == "ENABLED"
    there.list_keys()


def test_the_trail_names_the_account_and_no_person(cloud, account, member):
    account.put_alternate_contact(AccountId=member, **SECURITY)
    event = next(
        json.loads(each["CloudTrailEvent"])
        for each in boto3.client("cloudtrail").lookup_events()["Events"]
        if each["EventName"] == "PutAlternateContact"
    )
    assert event["eventSource"] == "account.amazonaws.com"
    assert event["requestParameters"] == {"accountId": member, "alternateContactType": "SECURITY"}
    assert event["responseElements"] is None
