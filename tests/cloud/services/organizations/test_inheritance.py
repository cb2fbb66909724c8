"""Management policies are merged as in the user guide's examples."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labs_helpers.cloud.services.organizations.inheritance import effective
from tests.cloud.services.organizations.conftest import refusal

ANY = "@@operators_allowed_for_child_policies"


def tag(name="costcenter", **elements):
    return {"tags": {name: elements}}


A = tag(tag_key={"@@assign": "CostCenter"}, tag_value={"@@assign": ["Development", "Support"]})
B = tag(
    tag_key={"@@assign": "CostCenter"}, tag_value={"@@assign": ["Sandbox"]},
    enforced_for={"@@assign": ["redshift:*", "dynamodb:table"]},
)  # fmt: skip
C = tag(
    tag_key={"@@assign": "CostCenter"}, tag_value={"@@append": ["Marketing"]},
    enforced_for={"@@append": ["redshift:*", "dynamodb:table"]},
)  # fmt: skip
D = tag(
    tag_key={"@@assign": "CostCenter"}, tag_value={"@@remove": ["Development", "Marketing"]},
    enforced_for={"@@remove": ["redshift:*", "dynamodb:table"]},
)  # fmt: skip
E = tag(
    "project",
    tag_key={ANY: ["@@none"], "@@assign": "Project"},
    tag_value={ANY: ["@@append"], "@@assign": ["Maintenance", "Escalations"]},
)
F = tag("project", tag_key={"@@assign": "PROJECT"}, tag_value={"@@append": ["Escalations - research"]})
G = tag("project", tag_value={ANY: ["@@append"], "@@assign": ["Maintenance"]})
H = tag("project", tag_value={ANY: ["@@append", "@@remove"]})
REMOVES = tag("project", tag_value={"@@remove": ["Maintenance"], "@@append": ["More"]})
J = tag("project", tag_key={"@@assign": "PROJECT"}, tag_value={"@@append": ["Maintenance"]})
K = tag("project", tag_key={"@@assign": "project"})
ENFORCED = ["redshift:*", "dynamodb:table"]

CASES = {
    "a child overwrites": ([[A], [B]], tag(tag_key="CostCenter", tag_value=["Sandbox"], enforced_for=ENFORCED)),
    "a child appends": (
        [[A], [C]],
        tag(tag_key="CostCenter", tag_value=["Development", "Support", "Marketing"], enforced_for=ENFORCED),
    ),
    "an account removes": ([[A], [C], [D]], tag(tag_key="CostCenter", tag_value=["Support"])),
    "children are held to what they may": (
        [[E], [F]],
        tag("project", tag_key="Project", tag_value=["Maintenance", "Escalations", "Escalations - research"]),
    ),
    "of two controls the common part counts": (
        [[G, H], [REMOVES]], tag("project", tag_value=["Maintenance", "More"]),
    ),
    "of two on one target the first wins": (
        [[J, K]], tag("project", tag_key="PROJECT", tag_value=["Maintenance"]),
    ),
    "the order of attachment decides": (
        [[K, J]], tag("project", tag_key="project", tag_value=["Maintenance"]),
    ),
    "case of a policy key does not matter": (
        [[A], [tag("CostCenter", tag_value={"@@append": ["More"]})]],
        tag(tag_key="CostCenter", tag_value=["Development", "Support", "More"]),
    ),
    "a control is for those below, not for the same target": (
        [[E, F]],
        tag("project", tag_key="Project", tag_value=["Maintenance", "Escalations", "Escalations - research"]),
    ),
    "nothing attached": ([[], []], {}),
    "all values removed": ([[tag(tag_value={"@@assign": ["a"]})], [tag(tag_value={"@@remove": ["a"]})]], {}),
    "what is locked above opens no more below": (
        [[tag(tag_value={ANY: ["@@none"], "@@assign": ["a"]})], [tag(tag_value={ANY: ["@@all"]})],
         [tag(tag_value={"@@append": ["b"]})]],
        tag(tag_value=["a"]),
    ),
    "opting out for good": (
        [
            [{"services": {ANY: ["@@none"], "default": {ANY: ["@@none"], "opt_out_policy": {
                ANY: ["@@none"], "@@assign": "optOut"}}}}],
            [{"services": {"lex": {"opt_out_policy": {"@@assign": "optIn"}},
                           "default": {"opt_out_policy": {"@@assign": "optIn"}}}}],
        ],
        {"services": {"default": {"opt_out_policy": "optOut"}}},
    ),
    "opting out by default, and in for one service": (
        [
            [{"services": {"default": {"opt_out_policy": {ANY: ["@@none"], "@@assign": "optOut"}}}}],
            [{"services": {"lex": {"opt_out_policy": {"@@assign": "optIn"}}}}],
        ],
        {"services": {"default": {"opt_out_policy": "optOut"}, "lex": {"opt_out_policy": "optIn"}}},
    ),
}  # fmt: skip


MORE = json.loads(Path(__file__).with_name("merging.json").read_text(encoding="utf-8"))


@pytest.mark.ledger("F-ORG-18")
@pytest.mark.parametrize("case", MORE, ids=lambda case: case["what"])
def test_merging_of_every_type(org, case):
    """By the API: root, unit and account have a policy each, and the account's effective one is asked for."""
    if case["type"] == "SECURITYHUB_POLICY":
        org.client.enable_aws_service_access(ServicePrincipal="securityhub.amazonaws.com")
    org.enable(case["type"])
    unit, member = org.unit("one"), org.member()
    org.client.move_account(AccountId=member, SourceParentId=org.root, DestinationParentId=unit)
    for target, policy in zip((org.root, unit, member), case["levels"], strict=False):
        org.attach(json.dumps(policy), target, case["type"], f"at {target}")
    found = org.client.describe_effective_policy(PolicyType=case["type"], TargetId=member)["EffectivePolicy"]
    assert json.loads(found["PolicyContent"]) == case["effective"]


@pytest.mark.ledger("F-ORG-18")
@pytest.mark.parametrize(("levels", "merged"), CASES.values(), ids=CASES)
def test_merging(levels, merged):
    assert effective(levels) == merged


@pytest.mark.ledger("F-ORG-06")
def test_the_effective_policy_of_an_account(org):
    kind = "TAG_POLICY"
    unit, member = org.unit("one"), org.member()
    describe = org.client.describe_effective_policy
    none = "EffectivePolicyNotFoundException"
    assert refusal(describe, PolicyType=kind, TargetId=member)[0] == none
    org.enable(kind)
    assert refusal(describe, PolicyType=kind, TargetId=member)[0] == none
    org.attach(json.dumps(A), org.root, kind, "A")
    org.attach(json.dumps(B), unit, kind, "B")
    shown = describe(PolicyType=kind, TargetId=member)["EffectivePolicy"]
    assert (shown["TargetId"], shown["PolicyType"]) == (member, kind)
    assert json.loads(shown["PolicyContent"])["tags"]["costcenter"]["tag_value"] == ["Development", "Support"]
    assert "LastUpdatedTimestamp" in shown
    org.client.move_account(AccountId=member, SourceParentId=org.root, DestinationParentId=unit)
    theirs = org.as_account(member)
    shown = theirs.describe_effective_policy(PolicyType=kind)["EffectivePolicy"]
    assert json.loads(shown["PolicyContent"])["tags"]["costcenter"]["tag_value"] == ["Sandbox"]
    assert refusal(theirs.describe_effective_policy, PolicyType=kind, TargetId=org.cloud.home)[0] == (
        "AccessDeniedException"
    )
    assert json.loads(describe(PolicyType=kind)["EffectivePolicy"]["PolicyContent"])
    assert refusal(describe, PolicyType=kind, TargetId="999988887777")[0] == "TargetNotFoundException"
    assert refusal(describe, PolicyType=kind, TargetId=unit) == (
        "InvalidInputException", "TARGET_NOT_SUPPORTED",
    )  # fmt: skip
    assert refusal(org.loose().describe_effective_policy, PolicyType="SERVICE_CONTROL_POLICY") == (
        "InvalidInputException", "INVALID_ENUM_POLICY_TYPE",
    )  # fmt: skip


def test_effective_policies_are_valid(org):
    kind, member = "TAG_POLICY", org.member()
    listed, errors = (
        org.client.list_accounts_with_invalid_effective_policy, org.client.list_effective_policy_validation_errors,
    )  # fmt: skip
    none = "EffectivePolicyNotFoundException"
    assert refusal(listed, PolicyType=kind)[0] == none
    assert refusal(errors, AccountId=member, PolicyType=kind)[0] == none
    org.enable(kind)
    org.attach(json.dumps(A), org.root, kind)
    assert listed(PolicyType=kind)["Accounts"] == []
    found = errors(AccountId=member, PolicyType=kind)
    assert found["EffectivePolicyValidationErrors"] == []
    assert found["Path"] == f"{org.id}/{org.root}/{member}/"
    assert refusal(errors, AccountId="999988887777", PolicyType=kind)[0] == "AccountNotFoundException"


# --- enforcement ----------------------------------------------------------------------------------------------


@pytest.mark.ledger("F-ORG-21")
def test_noncompliant_tags_are_refused_where_the_policy_is_enforced(org):
    kind, member = "TAG_POLICY", org.member()
    org.enable(kind)
    rule = tag(
        tag_key={"@@assign": "CostCenter"}, tag_value={"@@assign": ["100", "2*"]},
        enforced_for={"@@assign": ["dynamodb:table", "iam:*"]},
    )  # fmt: skip
    org.attach(json.dumps(rule), member, kind)
    dynamodb = org.as_account(member, "dynamodb")

    def table(name, *tags):
        return dynamodb.create_table(
            TableName=name, BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            **({"Tags": [{"Key": key, "Value": value} for key, value in tags]} if tags else {}),
        )  # fmt: skip

    table("plain")
    table("other", ("Project", "x"))
    table("right", ("CostCenter", "200"))
    for number, (key, value) in enumerate((("CostCenter", "300"), ("costcenter", "100"))):
        assert refusal(table, f"wrong{number}", (key, value))[0] == "ValidationException"
    arn = dynamodb.describe_table(TableName="plain")["Table"]["TableArn"]
    wrong = [{"Key": "CostCenter", "Value": "x"}]
    assert refusal(dynamodb.tag_resource, ResourceArn=arn, Tags=wrong)[0] == "ValidationException"
    assert refusal(org.as_account(member, "iam").create_user, UserName="u", Tags=wrong)[0] == "InvalidInput"
    org.as_account(member, "sqs").create_queue(QueueName="q", tags={"CostCenter": "x"})
    org.client.disable_policy_type(RootId=org.root, PolicyType=kind)
    table("free", ("CostCenter", "300"))


@pytest.mark.ledger("F-ORG-21")
def test_tags_of_accounts_are_held_to_the_policy_as_well(org):
    org.enable("TAG_POLICY")
    rule = tag(tag_value={"@@assign": ["100"]}, enforced_for={"@@assign": ["organizations:account"]})
    org.attach(json.dumps(rule), org.root, "TAG_POLICY")
    asked = {"AccountName": "n", "Email": "new@example.com", "Tags": [{"Key": "costcenter", "Value": "1"}]}
    assert refusal(org.client.create_account, **asked) == (
        "ConstraintViolationException", "TAG_POLICY_VIOLATION",
    )  # fmt: skip


@pytest.mark.ledger("F-ORG-21")
def test_all_supported_types_of_a_service_and_keys_in_lower_case_by_default(org):
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_example-tag-policies.html"""
    org.enable("TAG_POLICY")
    rule = tag(tag_value={"@@assign": ["100"]}, enforced_for={"@@assign": ["organizations:ALL_SUPPORTED"]})
    org.attach(json.dumps(rule), org.root, "TAG_POLICY")
    violation = ("ConstraintViolationException", "TAG_POLICY_VIOLATION")
    for key, value in (("costcenter", "1"), ("CostCenter", "100")):
        tags = [{"Key": key, "Value": value}]
        assert (
            refusal(org.client.create_organizational_unit, ParentId=org.root, Name="n", Tags=tags)
            == violation
        )
        assert refusal(org.client.tag_resource, ResourceId=org.root, Tags=tags) == violation
    org.client.tag_resource(ResourceId=org.root, Tags=[{"Key": "costcenter", "Value": "100"}])
