"""The valid content of each policy type."""

from __future__ import annotations

import json

import pytest

from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.organizations import policy_content

SCP, RCP, TAG, AI = (
    "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY", "TAG_POLICY", "AISERVICES_OPT_OUT_POLICY",
)  # fmt: skip


def document(version="2012-10-17", **statement):
    given = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"} | statement
    policy = {
        "Version": version,
        "Statement": [{name: value for name, value in given.items() if value is not None}],
    }
    return {name: value for name, value in policy.items() if value is not None}


def tag(**elements):
    return {"tags": {"costcenter": elements}}


GOOD = [
    (SCP, document()),
    (SCP, document(Effect="Allow", NotAction="iam:*", Action=None)),
    (SCP, document(Resource=None, NotResource="arn:aws:s3:::a")),
    (SCP, document(Action="s3:Get*Object", Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}})),
    (RCP, document(Principal="*")),
    (RCP, document(Principal="*", Resource=None, NotResource="arn:aws:s3:::a")),
    (TAG, tag(tag_key={"@@assign": "CostCenter"}, tag_value={"@@append": ["a", "*@example.com"]})),
    (TAG, tag(enforced_for={"@@assign": ["ec2:instance", "s3:*"]})),
    (TAG, tag(enforced_for={"@@assign": ["secretsmanager:ALL_SUPPORTED"]})),
    (TAG, tag(tag_key={"@@operators_allowed_for_child_policies": ["@@none"]})),
    (AI, {"services": {"default": {"opt_out_policy": {"@@assign": "optOut"}}}}),
    ("BACKUP_POLICY", {"plans": {"daily": {"regions": {"@@assign": ["eu-west-1"]}}}}),
    ("CHATBOT_POLICY", {"chatbot": {"platforms": {"slack": {"client": {"@@assign": "enabled"}}}}}),
    ("DECLARATIVE_POLICY_EC2", {"ec2_attributes": {"serial_console_access": {"status": {"@@assign": "disabled"}}}}),
    ("SECURITYHUB_POLICY", {"securityhub": {"enable_in_regions": {"@@append": ["ALL_SUPPORTED"]}}}),
    ("S3_POLICY", {"s3_attributes": {"public_access_block_configuration": {"@@assign": "all"}}}),
    ("UPGRADE_ROLLOUT_POLICY", {"upgrade_rollout": {"default": {"patch_order": {"@@assign": "last"}}, "tags": {
        "stage": {"tag_values": {"test": {"patch_order": {"@@assign": "first"}}}}}}}),
    ("BEDROCK_POLICY", {"bedrock": {"guardrail_inference": {"us-east-1": {"config_1": {"identifier": {
        "@@assign": "arn:aws:bedrock:us-east-1:111122223333:guardrail/abc:1"}}}}}}),
    ("INSPECTOR_POLICY", {"inspector": {"enablement": {"ec2_scanning": {"enable_in_regions": {
        "@@assign": ["eu-west-1"]}}}}}),
    ("GUARDDUTY_POLICY", {"guardduty": {"x": {"@@assign": True}}}),
]  # fmt: skip
BAD = [
    ("an Inspector policy of another key", "INSPECTOR_POLICY", {"inspector2": {"enablement": {}}}),
    ("a value in the place of all tags", TAG, {"tags": {"@@assign": "x"}}),
    ("a value in the place of a tag", TAG, {"tags": {"costcenter": {"@@assign": "x"}}}),
    ("a value in the place of a policy", "GUARDDUTY_POLICY", {"@@assign": "x"}),
    ("a value in the place of a service", AI, {"services": {"lex": {"@@assign": "optOut"}}}),
    ("a value in the place of S3's attributes", "S3_POLICY", {"s3_attributes": {"@@assign": "all"}}),
    ("a value in the place of an attribute of EC2", "DECLARATIVE_POLICY_EC2", {"ec2_attributes": {
        "snapshot_block_public_access": {"@@assign": "block_all_sharing"}}}),
    ("a state of snapshots that there is not", "DECLARATIVE_POLICY_EC2", {"ec2_attributes": {
        "snapshot_block_public_access": {"state": {"@@assign": "blocked"}}}}),
    ("a message that is no text", "DECLARATIVE_POLICY_EC2", {"ec2_attributes": {
        "exception_message": {"@@assign": ["Ask."]}}}),
    ("an S3 policy of another attribute", "S3_POLICY", {"s3_attributes": {"versioning": {"@@assign": "all"}}}),
    ("an S3 policy that blocks some", "S3_POLICY", {"s3_attributes": {
        "public_access_block_configuration": {"@@assign": "some"}}}),
    ("an S3 policy that appends", "S3_POLICY", {"s3_attributes": {
        "public_access_block_configuration": {"@@append": ["all"]}}}),
    ("a fourth order of upgrades", "UPGRADE_ROLLOUT_POLICY", {"upgrade_rollout": {
        "default": {"patch_order": {"@@assign": "third"}}}}),
    ("a Bedrock policy of another key", "BEDROCK_POLICY", {"guardrails": {"x": {"@@assign": "y"}}}),
    ("an SCP of another version", SCP, document("2008-10-17")),
    ("an SCP without a version", SCP, document(None)),
    ("an SCP with a principal", SCP, document(Principal="*")),
    ("an SCP with an id", SCP, document() | {"Id": "x"}),
    ("an SCP without an effect", SCP, document(Effect=None)),
    ("an SCP without an action", SCP, document(Action=None)),
    ("an SCP with an unknown element", SCP, document(Actions="s3:*")),
    ("an SCP with an unknown operator", SCP, document(Condition={"StringIs": {"aws:PrincipalArn": "x"}})),
    ("an SCP that is a list", SCP, []),
    ("an SCP without statements", SCP, {"Version": "2012-10-17"}),
    ("an RCP of another version", RCP, document("2008-10-17", Principal="*")),
    ("an RCP that allows", RCP, document(Effect="Allow", Principal="*")),
    ("an RCP that allows everything", RCP, document(Effect="Allow", Principal="*", Action="*")),
    ("an RCP for one principal", RCP, document(Principal={"AWS": "111122223333"})),
    ("an RCP with an object for everybody", RCP, document(Principal={"AWS": "*"})),
    ("an RCP without a principal", RCP, document()),
    ("an RCP with NotPrincipal", RCP, document(NotPrincipal="*")),
    ("an RCP for every action", RCP, document(Principal="*", Action="*")),
    ("an RCP for every action among others", RCP, document(Principal="*", Action=["s3:*", "*"])),
    ("an RCP with NotAction", RCP, document(Principal="*", Action=None, NotAction="s3:*")),
    ("a tag policy with another outermost key", TAG, {"labels": {}}),
    ("a tag policy with a bare value", TAG, {"tags": {"costcenter": {"tag_key": "CostCenter"}}}),
    ("a tag policy with an unknown operator", TAG, tag(tag_key={"@@set": "CostCenter"})),
    ("a tag policy whose key is another", TAG, tag(tag_key={"@@assign": "Project"})),
    ("a tag policy that appends to a key", TAG, tag(tag_key={"@@append": ["CostCenter"]})),
    ("a tag policy with an unknown element", TAG, tag(tag_values={"@@assign": ["a"]})),
    ("a tag policy with two wildcards in a value", TAG, tag(tag_value={"@@assign": ["*@*.com"]})),
    ("a tag policy for a service that there is not", TAG, tag(enforced_for={"@@assign": ["nosuch:thing"]})),
    ("a tag policy for all services", TAG, tag(enforced_for={"@@assign": ["*"]})),
    ("a tag policy with an unknown child control", TAG,
     tag(tag_key={"@@operators_allowed_for_child_policies": ["@@some"]})),
    ("a tag policy that appends a bare value", TAG, tag(tag_value={"@@append": "a"})),
    ("an empty tag policy", TAG, {}),
    ("an opt-out policy for an unknown service", AI, {"services": {"ec2": {"opt_out_policy": {"@@assign": "optOut"}}}}),
    ("an opt-out policy of another value", AI, {"services": {"lex": {"opt_out_policy": {"@@assign": "optout"}}}}),
    ("an opt-out policy that appends", AI, {"services": {"lex": {"opt_out_policy": {"@@append": ["optOut"]}}}}),
    ("a backup policy with a bare value", "BACKUP_POLICY", {"plans": {"daily": {"regions": ["eu-west-1"]}}}),
    ("a declarative policy for an unknown attribute", "DECLARATIVE_POLICY_EC2", {"ec2_attributes": {"x": {}}}),
]  # fmt: skip


@pytest.mark.ledger("F-ORG-17")
@pytest.mark.parametrize(("policy_type", "policy"), GOOD)
def test_what_is_taken(policy_type, policy):
    policy_content.check(policy_type, json.dumps(policy))


@pytest.mark.ledger("F-ORG-17")
@pytest.mark.parametrize(("policy_type", "policy"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_what_is_malformed(policy_type, policy):
    with pytest.raises(ServiceError) as refused:
        policy_content.check(policy_type, json.dumps(policy))
    assert refused.value.code == "MalformedPolicyDocumentException"


@pytest.mark.parametrize("policy_type", [SCP, RCP, TAG, AI, "BACKUP_POLICY"])
@pytest.mark.parametrize("text", ["", "no json", "[]", "null", '{"a": 1, "a": 2}', "[" * 2000])
def test_what_is_no_policy_at_all_is_malformed(policy_type, text):
    with pytest.raises(ServiceError) as refused:
        policy_content.check(policy_type, text)
    assert refused.value.code == "MalformedPolicyDocumentException"
