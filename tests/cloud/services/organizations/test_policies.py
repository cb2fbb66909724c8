"""Policies: writing them, attaching them, their types and their quotas."""

from __future__ import annotations

import json

import pytest

from tests.cloud.services.organizations.conftest import RCP, SCP, TAG, refusal
from tests.clouds import allow, deny

TAG_TEXT = json.dumps({"tags": {"env": {"tag_key": {"@@assign": "Env"}}}})
RCP_TEXT = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}],
    }
)
UNKNOWN = "p-zzzzzzzz"


def test_a_policy_from_beginning_to_end(org):
    org.enable(SCP)
    made = org.client.create_policy(Name="guard", Description="why", Type=SCP, Content=deny("s3:*"))["Policy"]
    summary = made["PolicySummary"]
    assert made["Content"] == deny("s3:*")
    assert summary["Arn"].endswith(f":policy/{org.id}/service_control_policy/{summary['Id']}")
    assert (summary["Name"], summary["Description"], summary["Type"], summary["AwsManaged"]) == (
        "guard", "why", SCP, False,
    )  # fmt: skip
    policy = summary["Id"]
    changed = org.client.update_policy(PolicyId=policy, Name="other")["Policy"]
    assert changed["PolicySummary"]["Description"] == "why"
    assert changed["Content"] == deny("s3:*")
    changed = org.client.update_policy(PolicyId=policy, Content=deny("sqs:*"), Description="")["Policy"]
    assert (changed["PolicySummary"]["Name"], changed["PolicySummary"]["Description"]) == ("other", "")
    assert org.client.describe_policy(PolicyId=policy)["Policy"] == changed
    unit = org.unit("one")
    org.client.attach_policy(PolicyId=policy, TargetId=unit)
    assert org.client.list_targets_for_policy(PolicyId=policy)["Targets"] == [
        {"TargetId": unit, "Arn": f"arn:aws:organizations::{org.cloud.home}:ou/{org.id}/{unit}", "Name": "one",
         "Type": "ORGANIZATIONAL_UNIT"}
    ]  # fmt: skip
    names = [
        each["Name"] for each in org.client.list_policies_for_target(TargetId=unit, Filter=SCP)["Policies"]
    ]
    assert names == ["FullAWSAccess", "other"]
    assert [each["Name"] for each in org.client.list_policies(Filter=SCP)["Policies"]] == names
    assert refusal(org.client.delete_policy, PolicyId=policy)[0] == "PolicyInUseException"
    org.client.detach_policy(PolicyId=policy, TargetId=unit)
    org.client.delete_policy(PolicyId=policy)
    for call in (org.client.describe_policy, org.client.delete_policy, org.client.list_targets_for_policy):
        assert refusal(call, PolicyId=policy)[0] == "PolicyNotFoundException"


def test_names_are_unique_within_a_type(org):
    org.policy(deny("s3:*"), name="one")
    two = org.policy(deny("s3:*"), name="two")
    duplicate = ("DuplicatePolicyException", None)
    again = {"Description": "", "Type": SCP, "Content": deny("s3:*")}
    assert refusal(org.client.create_policy, Name="one", **again) == duplicate
    assert refusal(org.client.create_policy, Name="FullAWSAccess", **again) == duplicate
    assert refusal(org.client.update_policy, PolicyId=two, Name="one") == duplicate
    org.policy(TAG_TEXT, TAG, "one")


@pytest.mark.ledger("F-ORG-17")
@pytest.mark.parametrize("policy", ["p-FullAWSAccess", "p-RCPFullAWSAccess"])
def test_awss_own_policies_cannot_be_changed(org, policy):
    immutable = ("InvalidInputException", "IMMUTABLE_POLICY")
    assert refusal(org.client.update_policy, PolicyId=policy, Content=deny("*")) == immutable
    assert refusal(org.client.update_policy, PolicyId=policy, Name="mine") == immutable
    assert refusal(org.client.delete_policy, PolicyId=policy) == immutable
    described = org.client.describe_policy(PolicyId=policy)["Policy"]
    assert described["PolicySummary"]["AwsManaged"] is True
    assert described["PolicySummary"]["Arn"].startswith("arn:aws:organizations::aws:policy/")
    assert json.loads(described["Content"])["Statement"][0]["Effect"] == "Allow"


@pytest.mark.ledger("F-ORG-04")
def test_full_access_hangs_everywhere_once_a_type_is_enabled(org):
    unit, member = org.unit("before"), org.member("before")
    org.enable(SCP, RCP)
    later, newcomer = org.unit("after"), org.member("after")
    for target in (org.root, unit, member, later, newcomer, org.cloud.home):
        for policy_type, policy in ((SCP, "p-FullAWSAccess"), (RCP, "p-RCPFullAWSAccess")):
            held = org.client.list_policies_for_target(TargetId=target, Filter=policy_type)["Policies"]
            assert [each["Id"] for each in held] == [policy]


@pytest.mark.ledger("F-ORG-04")
def test_the_last_scp_and_rcp_full_access_stay(org):
    org.enable(SCP, RCP)
    assert refusal(org.client.detach_policy, PolicyId="p-FullAWSAccess", TargetId=org.root) == (
        "ConstraintViolationException", "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
    )  # fmt: skip
    assert refusal(org.client.detach_policy, PolicyId="p-RCPFullAWSAccess", TargetId=org.root) == (
        "InvalidInputException", "NON_DETACHABLE_POLICY",
    )  # fmt: skip
    org.attach(allow("*"), org.root)
    org.client.detach_policy(PolicyId="p-FullAWSAccess", TargetId=org.root)


@pytest.mark.ledger("F-ORG-04")
@pytest.mark.parametrize(
    ("policy_type", "most", "text"), [(SCP, 10, deny("s3:*")), (RCP, 5, RCP_TEXT), (TAG, 10, TAG_TEXT)]
)
def test_how_many_policies_a_target_takes(org, policy_type, most, text):
    """The full-access one counts."""
    org.enable(policy_type)
    there = len(org.client.list_policies_for_target(TargetId=org.root, Filter=policy_type)["Policies"])
    for number in range(most - there):
        org.attach(text, org.root, policy_type, f"p{number}")
    one_more = org.policy(text, policy_type, "one more")
    assert refusal(org.client.attach_policy, PolicyId=one_more, TargetId=org.root) == (
        "ConstraintViolationException", "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
    )  # fmt: skip


def padded(text: str, size: int) -> str:
    return text + " " * (size - len(text))


AI_TEXT = json.dumps({"services": {"default": {"opt_out_policy": {"@@assign": "optOut"}}}})


@pytest.mark.ledger("F-ORG-04")
@pytest.mark.parametrize(
    ("policy_type", "most", "text"),
    [
        (SCP, 10_240, deny("s3:*")), (RCP, 5_120, RCP_TEXT), (TAG, 10_000, TAG_TEXT),
        ("AISERVICES_OPT_OUT_POLICY", 2_500, AI_TEXT),
    ],
)  # fmt: skip
def test_how_long_a_policy_may_be(org, policy_type, most, text):
    fits = org.policy(padded(text, most), policy_type, "fits")
    too_long = ("ConstraintViolationException", "POLICY_CONTENT_LIMIT_EXCEEDED")
    more = {"Name": "long", "Description": "", "Type": policy_type, "Content": padded(text, most + 1)}
    assert refusal(org.client.create_policy, **more) == too_long
    assert refusal(org.client.update_policy, PolicyId=fits, Content=padded(text, most + 1)) == too_long


def test_attaching_and_detaching(org):
    policy, unit = org.policy(deny("s3:*")), org.unit("one")
    attach, detach = org.client.attach_policy, org.client.detach_policy
    assert refusal(attach, PolicyId=policy, TargetId=unit)[0] == "PolicyTypeNotEnabledException"
    org.enable(SCP)
    attach(PolicyId=policy, TargetId=unit)
    assert refusal(attach, PolicyId=policy, TargetId=unit)[0] == "DuplicatePolicyAttachmentException"
    assert refusal(detach, PolicyId=policy, TargetId=org.root)[0] == "PolicyNotAttachedException"
    for call in (attach, detach):
        assert refusal(call, PolicyId=UNKNOWN, TargetId=unit)[0] == "PolicyNotFoundException"
        for target in ("999988887777", "r-zzzz", f"ou-{org.root[2:]}-zzzzzzzz"):
            assert refusal(call, PolicyId=policy, TargetId=target)[0] == "TargetNotFoundException"
        assert refusal(call, PolicyId=policy, TargetId="x") == (
            "InvalidInputException", "INVALID_PATTERN_TARGET_ID",
        )  # fmt: skip
        assert refusal(call, PolicyId="x", TargetId=unit) == (
            "InvalidInputException", "INVALID_SYNTAX_POLICY_ID",
        )  # fmt: skip
    assert (
        refusal(org.client.list_policies_for_target, TargetId="r-zzzz", Filter=SCP)[0]
        == "TargetNotFoundException"
    )


def test_types_are_switched_on_and_off(org):
    on, off = org.client.enable_policy_type, org.client.disable_policy_type
    assert refusal(off, RootId=org.root, PolicyType=SCP)[0] == "PolicyTypeNotEnabledException"
    assert on(RootId=org.root, PolicyType=SCP)["Root"]["PolicyTypes"] == [{"Type": SCP, "Status": "ENABLED"}]
    assert refusal(on, RootId=org.root, PolicyType=SCP)[0] == "PolicyTypeAlreadyEnabledException"
    assert refusal(on, RootId="r-zzzz", PolicyType=RCP)[0] == "RootNotFoundException"
    assert refusal(org.loose().enable_policy_type, RootId=org.root, PolicyType="NO_POLICY") == (
        "InvalidInputException", "INVALID_ENUM_POLICY_TYPE",
    )  # fmt: skip
    policy = org.attach(deny("s3:*"), org.root)
    assert off(RootId=org.root, PolicyType=SCP)["Root"]["PolicyTypes"] == []
    assert org.client.list_targets_for_policy(PolicyId=policy)["Targets"] == []
    on(RootId=org.root, PolicyType=SCP)
    held = org.client.list_policies_for_target(TargetId=org.root, Filter=SCP)["Policies"]
    assert [each["Id"] for each in held] == ["p-FullAWSAccess"]


def test_security_hubs_type_needs_its_service_first(org):
    on, service = org.client.enable_policy_type, "securityhub.amazonaws.com"
    needs = {"RootId": org.root, "PolicyType": "SECURITYHUB_POLICY"}
    assert refusal(on, **needs) == ("ConstraintViolationException", "SERVICE_ACCESS_NOT_ENABLED")
    org.client.enable_aws_service_access(ServicePrincipal=service)
    on(**needs)
    assert refusal(org.client.disable_aws_service_access, ServicePrincipal=service) == (
        "ConstraintViolationException", "POLICY_TYPE_ENABLED_FOR_THIS_SERVICE",
    )  # fmt: skip
    org.client.disable_policy_type(**needs)
    org.client.disable_aws_service_access(ServicePrincipal=service)
