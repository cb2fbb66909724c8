"""The organization as a whole: its creation, initial content, and deletion, and each caller's permissions."""

from __future__ import annotations

import json

import boto3
import pytest

from tests.cloud.services.organizations.conftest import RCP, SCP, Org, refusal
from tests.clouds import allow, error_of, make_user

OUTSIDER = "999988887777"


def test_the_callers_account_becomes_the_management_account(cloud, org):
    made, home = org.made, cloud.home
    assert made["FeatureSet"] == "ALL"
    assert made["Arn"] == f"arn:aws:organizations::{home}:organization/{made['Id']}"
    assert made["MasterAccountId"] == home
    assert made["MasterAccountArn"] == f"arn:aws:organizations::{home}:account/{made['Id']}/{home}"
    assert "@" in made["MasterAccountEmail"]
    assert made["AvailablePolicyTypes"] == [{"Type": SCP, "Status": "ENABLED"}]
    assert org.client.describe_organization()["Organization"] == made
    (account,) = org.client.list_accounts()["Accounts"]
    assert account["Id"] == home
    assert account["JoinedMethod"] == "INVITED"
    roles = [role["RoleName"] for role in boto3.client("iam").list_roles()["Roles"]]
    assert "AWSServiceRoleForOrganizations" in roles


@pytest.mark.ledger("F-ORG-08")
def test_no_policy_type_is_enabled_at_first(org):
    """The user guide's tutorial says so, and AWS does so; CreateOrganization's page says otherwise."""
    (root,) = org.client.list_roots()["Roots"]
    assert root["Name"] == "Root"
    assert root["PolicyTypes"] == []
    assert org.client.list_policies_for_target(TargetId=org.root, Filter=SCP)["Policies"] == []


def test_consolidated_billing_has_no_policies(cloud):
    org = Org(cloud, "CONSOLIDATED_BILLING")
    assert org.made["AvailablePolicyTypes"] == []
    unavailable = ("PolicyTypeNotAvailableForOrganizationException", None)
    assert (
        refusal(org.client.create_policy, Name="p", Description="", Type=SCP, Content=allow("*"))
        == unavailable
    )
    assert refusal(org.client.enable_policy_type, RootId=org.root, PolicyType=SCP) == unavailable
    needs_all = ("ConstraintViolationException", "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE")
    for call, parameters in (
        (org.client.enable_aws_service_access, {"ServicePrincipal": "sso.amazonaws.com"}),
        (org.client.list_delegated_administrators, {}),
        (org.client.describe_effective_policy, {"PolicyType": "TAG_POLICY"}),
        (org.client.close_account, {"AccountId": org.member()}),
    ):
        assert refusal(call, **parameters) == needs_all


def test_an_account_is_in_one_organization(cloud, org):
    assert refusal(org.client.create_organization)[0] == "AlreadyInOrganizationException"
    member = org.member()
    assert refusal(org.as_account(member).create_organization)[0] == "AlreadyInOrganizationException"


def test_an_unknown_feature_set_is_an_invalid_enum(cloud):
    client = Org.loose(Org.__new__(Org))
    assert refusal(client.create_organization, FeatureSet="SOME") == ("InvalidInputException", "INVALID_ENUM")


def test_creating_needs_the_right_to_make_the_service_linked_role(cloud):
    user = make_user(cloud, "founder", allow("organizations:*"))
    code, reason = refusal(user.client("organizations").create_organization)
    assert code == "AccessDeniedForDependencyException"
    assert reason == "ACCESS_DENIED_DURING_CREATE_SERVICE_LINKED_ROLE"
    assert (
        refusal(boto3.client("organizations").describe_organization)[0] == "AWSOrganizationsNotInUseException"
    )


def test_only_an_empty_organization_can_be_deleted(org):
    member = org.member()
    assert refusal(org.client.delete_organization)[0] == "OrganizationNotEmptyException"
    org.cloud.clock.advance(days=5)
    assert refusal(org.client.remove_account_from_organization, AccountId=member) == (
        "ConstraintViolationException", "MEMBER_ACCOUNT_PAYMENT_INSTRUMENT_REQUIRED",
    )  # fmt: skip


def test_after_deletion_the_account_is_free(org):
    org.client.delete_organization()
    assert refusal(org.client.describe_organization)[0] == "AWSOrganizationsNotInUseException"
    assert org.client.create_organization()["Organization"]["Id"] != org.id


# --- who may call what ----------------------------------------------------------------------------------------

MANAGEMENT_ONLY = {
    "create_account": {"AccountName": "n", "Email": "new@example.com"},
    "create_organizational_unit": {"ParentId": "r-abcd", "Name": "n"},
    "delete_organization": {},
    "delete_organizational_unit": {"OrganizationalUnitId": "ou-abcd-12345678"},
    "move_account": {
        "AccountId": OUTSIDER, "SourceParentId": "r-abcd", "DestinationParentId": "ou-abcd-12345678",
    },
    "remove_account_from_organization": {"AccountId": OUTSIDER},
    "close_account": {"AccountId": OUTSIDER},
    "enable_aws_service_access": {"ServicePrincipal": "sso.amazonaws.com"},
    "register_delegated_administrator": {"AccountId": OUTSIDER, "ServicePrincipal": "sso.amazonaws.com"},
    "invite_account_to_organization": {"Target": {"Type": "ACCOUNT", "Id": OUTSIDER}},
    "enable_all_features": {},
    "put_resource_policy": {"Content": "{}"},
    "delete_resource_policy": {},
}  # fmt: skip
DELEGABLE = {
    "list_accounts": {},
    "list_roots": {},
    "list_policies": {"Filter": SCP},
    "describe_account": {"AccountId": OUTSIDER},
    "create_policy": {"Name": "n", "Description": "", "Type": SCP, "Content": "{}"},
    "attach_policy": {"PolicyId": "p-12345678", "TargetId": OUTSIDER},
    "tag_resource": {"ResourceId": OUTSIDER, "Tags": [{"Key": "k", "Value": "v"}]},
}


@pytest.mark.ledger("F-ORG-09")
@pytest.mark.parametrize("name", [*MANAGEMENT_ONLY, *DELEGABLE])
def test_members_may_not_call_what_is_the_management_accounts(org, name):
    member = org.as_account(org.member())
    parameters = (MANAGEMENT_ONLY | DELEGABLE)[name]
    assert refusal(getattr(member, name), **parameters)[0] == "AccessDeniedException"


@pytest.mark.ledger("F-ORG-09")
@pytest.mark.parametrize(
    "name", [*MANAGEMENT_ONLY, *DELEGABLE, "describe_organization", "leave_organization"]
)
def test_outside_of_an_organization_there_is_nothing_to_call(cloud, name):
    parameters = (MANAGEMENT_ONLY | DELEGABLE).get(name, {})
    client = cloud.account(OUTSIDER).client("organizations")
    assert refusal(getattr(client, name), **parameters)[0] == "AWSOrganizationsNotInUseException"


def test_members_may_describe_the_organization_and_leave_it(org):
    member = org.as_account(org.member())
    assert member.describe_organization()["Organization"]["Id"] == org.id
    assert refusal(member.leave_organization) == ("ConstraintViolationException", "WAIT_PERIOD_ACTIVE")


def test_policies_of_the_caller_come_first(org):
    """A user of the management account without permissions gets IAM's error."""
    user = make_user(org.cloud, "intern", allow("organizations:Describe*"))
    code, message = error_of(user.client("organizations").list_accounts)
    assert code == "AccessDeniedException"
    assert "not authorized to perform: organizations:ListAccounts" in message
    user.client("organizations").describe_organization()


@pytest.mark.ledger("F-ORG-10")
def test_a_delegated_administrator_reads_but_does_not_write(org):
    member = org.member()
    org.client.enable_aws_service_access(ServicePrincipal="guardduty.amazonaws.com")
    org.client.register_delegated_administrator(AccountId=member, ServicePrincipal="guardduty.amazonaws.com")
    theirs = org.as_account(member)
    assert len(theirs.list_accounts()["Accounts"]) == 2
    assert theirs.list_roots()["Roots"][0]["Id"] == org.root
    assert theirs.describe_account(AccountId=member)["Account"]["Id"] == member
    assert refusal(theirs.create_policy, Name="n", Description="", Type=SCP, Content=allow("*"))[0] == (
        "AccessDeniedException"
    )
    assert (
        refusal(theirs.create_account, AccountName="n", Email="new@example.com")[0] == "AccessDeniedException"
    )
    org.client.deregister_delegated_administrator(
        AccountId=member, ServicePrincipal="guardduty.amazonaws.com"
    )
    assert refusal(theirs.list_accounts)[0] == "AccessDeniedException"


@pytest.mark.ledger("F-ORG-10")
def test_the_delegation_policy_lets_a_member_manage_policies_of_a_type(org):
    """Both sides must allow: the delegation policy, and the member's own policies."""
    member = org.member()
    org.enable(SCP)
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{member}:root"},
        "Action": ["organizations:CreatePolicy", "organizations:AttachPolicy", "organizations:ListAccounts"],
        "Resource": "*",
        "Condition": {"StringEqualsIfExists": {"organizations:PolicyType": [SCP]}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    made = org.client.put_resource_policy(Content=document)["ResourcePolicy"]
    assert made["Content"] == document
    theirs = org.as_account(member)
    assert theirs.list_accounts()["Accounts"]
    written = theirs.create_policy(Name="n", Description="", Type=SCP, Content=allow("*"))["Policy"]
    theirs.attach_policy(PolicyId=written["PolicySummary"]["Id"], TargetId=member)
    rcp = {"Name": "r", "Description": "", "Type": RCP, "Content": "{}"}
    assert refusal(theirs.create_policy, **rcp)[0] == "AccessDeniedException"
    assert refusal(theirs.list_roots)[0] == "AccessDeniedException"
    powerless = make_user(org.cloud, "powerless", allow("s3:*"), account=member)
    assert refusal(powerless.client("organizations").list_accounts)[0] == "AccessDeniedException"
    org.client.delete_resource_policy()
    assert refusal(theirs.list_accounts)[0] == "AccessDeniedException"


def test_organizations_role_stays_once_all_features_are_enabled(cloud):
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_services.html#orgs_integrate_services-using_slrs"""
    org = Org(cloud, "CONSOLIDATED_BILLING")
    member, name = org.member(), "AWSServiceRoleForOrganizations"
    iam = org.as_account(member, "iam")

    def deleted():
        task = iam.delete_service_linked_role(RoleName=name)["DeletionTaskId"]
        return iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"]

    assert deleted() == "SUCCEEDED"
    org.client.enable_all_features()
    theirs = org.as_account(member)
    (asked,) = theirs.list_handshakes_for_account()["Handshakes"]
    assert asked["Action"] == "ADD_ORGANIZATIONS_SERVICE_LINKED_ROLE"
    theirs.accept_handshake(HandshakeId=asked["Id"])
    (whole,) = org.client.list_handshakes_for_organization(Filter={"ActionType": "ENABLE_ALL_FEATURES"})[
        "Handshakes"
    ]
    org.client.accept_handshake(HandshakeId=whole["Id"])
    assert deleted() == "FAILED"
    iam.get_role(RoleName=name)
