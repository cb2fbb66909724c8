"""Trusted access, delegated administrators, the delegation policy, tags."""

from __future__ import annotations

import json

import pytest

from tests.cloud.services.organizations.conftest import refusal
from tests.clouds import allow, make_user

SERVICE = "guardduty.amazonaws.com"
UNKNOWN = "999988887777"


@pytest.mark.ledger("F-ORG-19")
def test_trusted_access_is_listed_with_its_date(org):
    org.client.enable_aws_service_access(ServicePrincipal=SERVICE)
    org.client.enable_aws_service_access(ServicePrincipal=SERVICE)
    (listed,) = org.client.list_aws_service_access_for_organization()["EnabledServicePrincipals"]
    assert listed["ServicePrincipal"] == SERVICE
    assert "DateEnabled" in listed
    org.client.disable_aws_service_access(ServicePrincipal=SERVICE)
    org.client.disable_aws_service_access(ServicePrincipal=SERVICE)
    assert org.client.list_aws_service_access_for_organization()["EnabledServicePrincipals"] == []
    unknown = ("InvalidInputException", "UNRECOGNIZED_SERVICE_PRINCIPAL")
    for call in (org.client.enable_aws_service_access, org.client.disable_aws_service_access):
        assert refusal(call, ServicePrincipal="nobody.amazonaws.com") == unknown
        assert refusal(call, ServicePrincipal="a b") == ("InvalidInputException", "INVALID_PATTERN")


@pytest.mark.ledger("F-ORG-19")
def test_a_delegated_administrator_from_beginning_to_end(org):
    member, second = org.member("one"), org.member("two")
    register, deregister = (
        org.client.register_delegated_administrator, org.client.deregister_delegated_administrator,
    )  # fmt: skip
    asked = {"AccountId": member, "ServicePrincipal": SERVICE}
    violates = "ConstraintViolationException"
    assert refusal(register, **asked) == (violates, "SERVICE_ACCESS_NOT_ENABLED")
    org.client.enable_aws_service_access(ServicePrincipal=SERVICE)
    register(**asked)
    assert refusal(register, **asked)[0] == "AccountAlreadyRegisteredException"
    assert refusal(register, AccountId=second, ServicePrincipal=SERVICE) == (
        violates, "DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE",
    )  # fmt: skip
    assert refusal(register, AccountId=org.cloud.home, ServicePrincipal=SERVICE) == (
        violates, "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR",
    )  # fmt: skip
    assert refusal(register, AccountId=UNKNOWN, ServicePrincipal=SERVICE)[0] == "AccountNotFoundException"
    assert refusal(register, AccountId=member, ServicePrincipal="x.amazonaws.com") == (
        "InvalidInputException", "UNRECOGNIZED_SERVICE_PRINCIPAL",
    )  # fmt: skip
    (listed,) = org.client.list_delegated_administrators()["DelegatedAdministrators"]
    assert (listed["Id"], listed["Name"], listed["Status"]) == (member, "one", "ACTIVE")
    assert "DelegationEnabledDate" in listed
    found = org.client.list_delegated_administrators(ServicePrincipal="sso.amazonaws.com")
    assert found["DelegatedAdministrators"] == []
    (service,) = org.client.list_delegated_services_for_account(AccountId=member)["DelegatedServices"]
    assert service["ServicePrincipal"] == SERVICE
    deregister(**asked)
    assert refusal(deregister, **asked)[0] == "AccountNotRegisteredException"
    for account, code in ((second, "AccountNotRegisteredException"), (UNKNOWN, "AccountNotFoundException")):
        assert refusal(org.client.list_delegated_services_for_account, AccountId=account)[0] == code


def test_some_services_take_several_administrators_and_no_more(org):
    service = "cloudtrail.amazonaws.com"
    org.client.enable_aws_service_access(ServicePrincipal=service)
    members = [org.member(f"m{number}") for number in range(4)]
    for member in members[:3]:
        org.client.register_delegated_administrator(AccountId=member, ServicePrincipal=service)
    assert refusal(
        org.client.register_delegated_administrator, AccountId=members[3], ServicePrincipal=service
    ) == ("ConstraintViolationException", "MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED")


def test_a_closed_account_administers_nothing(org):
    member = org.member()
    org.client.enable_aws_service_access(ServicePrincipal=SERVICE)
    org.client.close_account(AccountId=member)
    asked = {"AccountId": member, "ServicePrincipal": SERVICE}
    assert refusal(org.client.register_delegated_administrator, **asked) == (
        "ConstraintViolationException", "CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR",
    )  # fmt: skip


# --- the delegation policy ------------------------------------------------------------------------------------


def statement(member, action="organizations:ListAccounts", **more):
    made = {"Effect": "Allow", "Principal": {"AWS": member}, "Action": action, "Resource": "*", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [made]})


def test_the_delegation_policy_is_one(org):
    member = org.member()
    assert refusal(org.client.describe_resource_policy)[0] == "ResourcePolicyNotFoundException"
    assert refusal(org.client.delete_resource_policy)[0] == "ResourcePolicyNotFoundException"
    put = org.client.put_resource_policy
    made = put(Content=statement(member), Tags=[{"Key": "k", "Value": "v"}])["ResourcePolicy"]
    summary = made["ResourcePolicySummary"]
    assert summary["Arn"].endswith(f":resourcepolicy/{org.id}/{summary['Id']}")
    tags = org.client.list_tags_for_resource(ResourceId=summary["Id"])["Tags"]
    assert tags == [{"Key": "k", "Value": "v"}]
    changed = put(Content=statement(member, "organizations:List*"))["ResourcePolicy"]
    assert changed["ResourcePolicySummary"] == summary
    assert org.client.describe_resource_policy()["ResourcePolicy"] == changed
    again = refusal(put, Content=statement(member), Tags=[{"Key": "k", "Value": "w"}])
    assert again[0] == "InvalidInputException"
    org.client.delete_resource_policy()
    assert refusal(org.client.describe_resource_policy)[0] == "ResourcePolicyNotFoundException"


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        ("INVALID_RESOURCE_POLICY_JSON", "no json"),
        ("INVALID_RESOURCE_POLICY_JSON", "{}"),
        ("INVALID_PRINCIPAL", statement(UNKNOWN)),
        ("INVALID_PRINCIPAL", statement("111122223333")),
        ("INVALID_PRINCIPAL", statement("MEMBER").replace('{"AWS": "MEMBER"}', '{"Service": "sns.amazonaws.com"}')),
        ("INVALID_PRINCIPAL", statement("arn:aws:iam::MEMBER:user/nobody")),
        ("INVALID_PRINCIPAL", statement("arn:aws:iam::MEMBER:role/path/nothing")),
        ("UNSUPPORTED_ACTION_IN_RESOURCE_POLICY", statement("MEMBER", "organizations:CreateAccount")),
        ("UNSUPPORTED_ACTION_IN_RESOURCE_POLICY", statement("MEMBER", "s3:GetObject")),
        ("UNSUPPORTED_ACTION_IN_RESOURCE_POLICY", statement("MEMBER", "*")),
        (
            "UNSUPPORTED_RESOURCE_IN_RESOURCE_POLICY",
            statement("MEMBER").replace('"Resource": "*"', '"Resource": "arn:aws:s3:::shelf"'),
        ),
        (
            "UNSUPPORTED_POLICY_TYPE_IN_RESOURCE_POLICY",
            statement("MEMBER", Condition={"StringEquals": {"organizations:PolicyType": "NO_TYPE"}}),
        ),
    ],
)  # fmt: skip
def test_what_a_delegation_policy_cannot_say(org, reason, text):
    member = org.member()
    content = text.replace("MEMBER", member)
    assert refusal(org.client.put_resource_policy, Content=content) == ("InvalidInputException", reason)


# --- tags -----------------------------------------------------------------------------------------------------


def test_tags_on_everything_that_has_them(org):
    policy = org.policy(allow("*"))
    for resource in (org.member(), org.unit("one"), org.root, policy):
        org.client.tag_resource(
            ResourceId=resource, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]
        )
        org.client.tag_resource(ResourceId=resource, Tags=[{"Key": "a", "Value": "2"}])
        listed = org.client.list_tags_for_resource(ResourceId=resource)["Tags"]
        assert listed == [{"Key": "a", "Value": "2"}, {"Key": "b", "Value": ""}]
        org.client.untag_resource(ResourceId=resource, TagKeys=["a", "c"])
        assert org.client.list_tags_for_resource(ResourceId=resource)["Tags"] == [{"Key": "b", "Value": ""}]


def test_which_tags_are_refused(org):
    member = org.member()
    tag = org.client.tag_resource
    for tags, code, reason in (
        ([("aws:x", "1")], "InvalidInputException", "INVALID_SYSTEM_TAGS_PARAMETER"),
        ([("k", "1"), ("k", "2")], "InvalidInputException", "DUPLICATE_TAG_KEY"),
        ([("k!", "1")], "InvalidInputException", "INVALID_PATTERN"),
        ([("k" * 129, "1")], "InvalidInputException", "MAX_LENGTH_EXCEEDED"),
        ([("k", "v" * 257)], "InvalidInputException", "MAX_LENGTH_EXCEEDED"),
        (
            [(f"k{number}", "1") for number in range(51)],
            "ConstraintViolationException",
            "MAX_TAG_LIMIT_EXCEEDED",
        ),
    ):
        given = [{"Key": key, "Value": value} for key, value in tags]
        assert refusal(tag, ResourceId=member, Tags=given) == (code, reason)
        if reason != "INVALID_PATTERN":
            assert refusal(
                org.client.create_organizational_unit, ParentId=org.root, Name="n", Tags=given
            ) == (code, reason)
    assert org.client.list_tags_for_resource(ResourceId=member)["Tags"] == []
    for resource in (UNKNOWN, "p-zzzzzzzz", "rp-zzzz"):
        assert refusal(tag, ResourceId=resource, Tags=[{"Key": "k", "Value": "v"}])[0] == (
            "TargetNotFoundException"
        )
    assert refusal(tag, ResourceId="p-FullAWSAccess", Tags=[{"Key": "k", "Value": "v"}]) == (
        "InvalidInputException", "TARGET_NOT_SUPPORTED",
    )  # fmt: skip


def test_tags_of_an_account_decide_who_may_close_it(org):
    member = org.member("critical", Tags=[{"Key": "AccountType", "Value": "Critical"}])
    policy = json.loads(allow("organizations:*"))
    policy["Statement"].append(
        {
            "Effect": "Deny", "Action": "organizations:CloseAccount", "Resource": "*",
            "Condition": {"StringEquals": {"aws:ResourceTag/AccountType": "Critical"}},
        }
    )  # fmt: skip
    user = make_user(org.cloud, "closer", json.dumps(policy)).client("organizations")
    assert refusal(user.close_account, AccountId=member)[0] == "AccessDeniedException"
    user.close_account(AccountId=org.member("plain"))
