"""The policy simulator's APIs: their inputs, the format of their answers, and their agreement with the gate."""

from __future__ import annotations

import json

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labs_helpers.engine.analysis.statement_spans import statement_spans
from tests.clouds import allow, deny, error_of, make_user, new_member, trust

HOME = "111122223333"
OTHER = "444455556666"
ALICE = f"arn:aws:iam::{HOME}:user/alice"
OBJECT = "arn:aws:s3:::payroll/2026.csv"
pytestmark = pytest.mark.ledger("F-IAM-09")


def document(*statements, **more):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **more})


def custom(iam, policies, action="s3:GetObject", arns=(OBJECT,), **more):
    """The one EvaluationResult of a custom policy."""
    policies = [policies] if isinstance(policies, str) else policies
    more |= {"ResourceArns": list(arns)} if arns else {}
    answer = iam.simulate_custom_policy(PolicyInputList=policies, ActionNames=[action], **more)
    return answer["EvaluationResults"][0]


def entry(name, *values, kind="string"):
    return {"ContextKeyName": name, "ContextKeyValues": list(values), "ContextKeyType": kind}


# --- SimulateCustomPolicy ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policies", "decision"),
    [
        ([allow("s3:GetObject")], "allowed"),
        ([allow("s3:PutObject")], "implicitDeny"),
        ([allow("s3:*"), deny("s3:GetObject")], "explicitDeny"),
        ([allow("s3:*", "arn:aws:s3:::other/*")], "implicitDeny"),
    ],
)
def test_the_decision(iam, policies, decision):
    result = custom(iam, policies)
    assert result["EvalActionName"] == "s3:GetObject"
    assert result["EvalDecision"] == decision
    assert result["ResourceSpecificResults"][0]["EvalResourceDecision"] == decision
    assert result["ResourceSpecificResults"][0]["EvalResourceName"] == OBJECT


def test_the_example_of_the_cli_reference(iam):
    text = (
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":'
        '{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}'
    )
    result = custom(
        iam, text, "dynamodb:CreateBackup", (),
        ContextEntries=[entry("aws:CurrentTime", "2019-04-25T11:00:00Z", kind="date")],
    )  # fmt: skip
    assert result["EvalDecision"] == "allowed"
    assert result["EvalResourceName"] == "*"
    (statement,) = result["MatchedStatements"]
    assert statement["SourcePolicyId"] == "PolicyInputList.1"
    assert statement["StartPosition"] == {"Line": 1, "Column": 38}
    assert statement["EndPosition"] == {"Line": 1, "Column": 167}
    assert result["MissingContextValues"] == []


def test_a_statement_that_denies_is_told_alone_with_its_place(iam):
    text = json.dumps(json.loads(document(
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Sid": "No", "Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"},
    )), indent=2)  # fmt: skip
    (statement,) = custom(iam, [allow("s3:*"), text])["MatchedStatements"]
    assert statement["SourcePolicyId"] == "PolicyInputList.2"
    lines = text.splitlines()
    # The end is what follows the closing brace of the second statement.
    line, column = statement["EndPosition"]["Line"], statement["EndPosition"]["Column"]
    assert lines[line - 1][: column - 1].strip() == "}"
    assert statement["StartPosition"]["Line"] == next(
        n for n, text in enumerate(lines, 1) if text == "    },"
    )


@given(
    st.lists(st.sampled_from([' {"a": "b}],"} ', '{"Sid":"\\""}', '\n{\n"x": [1, {"y": 2}]}']), min_size=1)
)
@settings(max_examples=30)
def test_positions_hold_whatever_the_text_looks_like(statements):
    text = '{"Id": "Statement", "x": {"Statement": 1},\n "Statement" : [' + ",".join(statements) + "]\n}"
    spans = statement_spans(text)
    lines = text.split("\n")

    def offset(position):
        return sum(len(line) + 1 for line in lines[: position.line - 1]) + position.column - 1

    assert [text[offset(a) : offset(b)].strip() for a, b in spans] == [each.strip() for each in statements]


def test_one_result_an_action_and_the_most_restrictive_of_its_resources(iam):
    other = "arn:aws:s3:::secret/x"
    result = custom(iam, [allow("s3:*"), deny("s3:*", other)], arns=(OBJECT, other))
    assert result["EvalDecision"] == "explicitDeny"
    assert result["EvalResourceName"] == "arn:${Partition}:s3:::${BucketName}/${ObjectName}"
    decisions = {
        each["EvalResourceName"]: each["EvalResourceDecision"] for each in result["ResourceSpecificResults"]
    }
    assert decisions == {OBJECT: "allowed", other: "explicitDeny"}
    assert [each["SourcePolicyId"] for each in result["MatchedStatements"]] == ["PolicyInputList.2"]


def test_missing_context_values_as_the_policy_spells_them(iam):
    policy = document(
        {
            "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::payroll/${aws:username}/*",
            "Condition": {"StringEquals": {"s3:ExistingObjectTag/Team": "${aws:PrincipalTag/team}"}},
        },
        {
            "Effect": "Allow", "Action": "ec2:*", "Resource": "*",
            "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
        },
    )  # fmt: skip
    result = custom(iam, policy, ContextEntries=[entry("AWS:USERNAME", "alice")])
    assert result["MissingContextValues"] == ["s3:ExistingObjectTag/Team", "aws:PrincipalTag/team"]
    assert custom(iam, policy, arns=())["MissingContextValues"] == [
        "s3:ExistingObjectTag/Team", "aws:username", "aws:PrincipalTag/team",
    ]  # fmt: skip
    names = iam.get_context_keys_for_custom_policy(PolicyInputList=[policy])["ContextKeyNames"]
    assert set(names) == {
        "aws:username", "s3:ExistingObjectTag/Team", "aws:PrincipalTag/team", "aws:MultiFactorAuthPresent",
    }  # fmt: skip


def test_context_entries_of_every_type(iam):
    condition = {
        "StringEquals": {"aws:username": "alice"},
        "NumericLessThan": {"aws:MultiFactorAuthAge": "3600"},
        "Bool": {"aws:SecureTransport": "true"},
        "IpAddress": {"aws:SourceIp": "203.0.113.0/24"},
        "DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]},
        "BinaryEquals": {"key:bytes": "QUJD"},
    }
    entries = [
        entry("aws:username", "alice"),
        entry("aws:MultiFactorAuthAge", "17", kind="numeric"),
        entry("aws:SecureTransport", "true", kind="boolean"),
        entry("aws:SourceIp", "203.0.113.9", kind="ip"),
        entry("aws:CurrentTime", "2026-01-01T00:00:00Z", kind="date"),
        entry("aws:TagKeys", "a", "b", kind="stringList"),
        entry("key:bytes", "QUJD", kind="binary"),
    ]
    policy = allow("s3:*", Condition=condition)
    assert custom(iam, policy, ContextEntries=entries)["EvalDecision"] == "allowed"
    for dropped in entries[:5]:
        kept = [each for each in entries if each is not dropped]
        result = custom(iam, policy, ContextEntries=kept)
        assert result["EvalDecision"] == "implicitDeny"
        assert result["MissingContextValues"] == [dropped["ContextKeyName"]]


def test_a_boundary_and_its_detail(iam):
    inside = custom(iam, allow("s3:*"), PermissionsBoundaryPolicyInputList=[allow("s3:Get*")])
    assert inside["EvalDecision"] == "allowed"
    assert inside["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": True}
    outside = custom(iam, allow("s3:*"), PermissionsBoundaryPolicyInputList=[allow("ec2:*")])
    assert outside["EvalDecision"] == "implicitDeny"
    assert outside["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}
    assert outside["MatchedStatements"] == []


def test_organisation_policies_level_by_level(iam):
    def levels(*texts):
        return [{"ServiceControlPolicyInputList": list(each)} for each in texts]

    everything = allow("*")
    chain = levels([everything], [everything, allow("s3:*")])
    result = custom(iam, everything, OrderedOrganizationPolicyInputList=chain)
    assert result["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": True}
    assert result["EvalDecision"] == "allowed"
    assert len(result["MatchedStatements"]) == 1, "SCPs do not appear among the statements"
    for chain in (levels([everything], [allow("ec2:*")]), levels([everything], [])):
        result = custom(iam, everything, OrderedOrganizationPolicyInputList=chain)
        assert result["EvalDecision"] == "implicitDeny"
        assert result["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": False}
        assert "EvalDecisionDetails" not in result
    result = custom(iam, everything, OrderedOrganizationPolicyInputList=levels([everything, deny("s3:*")]))
    assert result["EvalDecision"] == "explicitDeny"


def bucket_policy(principal, action="s3:GetObject", effect="Allow"):
    return document(
        {"Effect": effect, "Principal": principal, "Action": action, "Resource": "arn:aws:s3:::payroll/*"}
    )


def test_a_resource_policy_of_the_same_account_may_allow_alone(iam):
    policy = bucket_policy({"AWS": ALICE})
    result = custom(iam, allow("ec2:*"), ResourcePolicy=policy, CallerArn=ALICE)
    assert result["EvalDecision"] == "allowed"
    assert result["EvalDecisionDetails"] == {}
    (statement,) = result["MatchedStatements"]
    assert (statement["SourcePolicyId"], statement["SourcePolicyType"]) == (
        "ResourcePolicy",
        "Resource Policy",
    )
    bob = f"arn:aws:iam::{HOME}:user/bob"
    assert custom(iam, allow("ec2:*"), ResourcePolicy=policy, CallerArn=bob)["EvalDecision"] == "implicitDeny"


@pytest.mark.parametrize(
    ("identity", "resource", "decision", "details"),
    [
        ("s3:*", "s3:*", "allowed", ("allowed", "allowed")),
        ("ec2:*", "s3:*", "implicitDeny", ("implicitDeny", "allowed")),
        ("s3:*", "s3:PutObject", "implicitDeny", ("allowed", "implicitDeny")),
    ],
)
def test_another_accounts_resource_needs_both_sides(iam, identity, resource, decision, details):
    result = custom(
        iam, allow(identity), CallerArn=ALICE, ResourceOwner=f"arn:aws:iam::{OTHER}:root",
        ResourcePolicy=bucket_policy({"AWS": ALICE}, resource),
    )  # fmt: skip
    assert result["EvalDecision"] == decision
    assert result["EvalDecisionDetails"] == {"IAM Policy": details[0], "Resource Policy": details[1]}


def test_keys_and_roles_without_a_policy_are_left_to_iam(iam):
    key = f"arn:aws:kms:us-east-1:{HOME}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    assert custom(iam, allow("kms:Decrypt", key), "kms:Decrypt", (key,))["EvalDecision"] == "allowed"
    role = f"arn:aws:iam::{HOME}:role/reader"
    result = custom(iam, allow("sts:AssumeRole"), "sts:AssumeRole", (role,))
    assert result["EvalDecision"] == "allowed"
    assert [each["SourcePolicyId"] for each in result["MatchedStatements"]] == ["PolicyInputList.1"]
    foreign = role.replace(HOME, OTHER)
    assert (
        custom(iam, allow("sts:AssumeRole"), "sts:AssumeRole", (foreign,))["EvalDecision"] == "implicitDeny"
    )


def test_pages(iam):
    actions = [f"s3:GetObject{n}" for n in range(5)]
    pages = list(
        iam.get_paginator("simulate_custom_policy").paginate(
            PolicyInputList=[allow("s3:*")], ActionNames=actions, PaginationConfig={"PageSize": 2}
        )
    )
    assert [len(page["EvaluationResults"]) for page in pages] == [2, 2, 1]
    assert [each["EvalActionName"] for page in pages for each in page["EvaluationResults"]] == actions
    code, _ = error_of(
        iam.simulate_custom_policy, PolicyInputList=[allow("*")], ActionNames=actions, Marker="<b>"
    )
    assert code == "ValidationError"


ANYBODY = bucket_policy("*")


@pytest.mark.parametrize(
    "more",
    [
        {"PolicyInputList": ["{"]},
        {"PolicyInputList": ['{"Version": "2012-10-17", "Statement": [{"Efect": "Allow"}]}']},
        {"ActionNames": ["s3:*"]},
        {"ActionNames": ["GetObject"]},
        {"ResourceArns": ["payroll"]},
        {"ResourcePolicy": ANYBODY},
        {"ResourcePolicy": ANYBODY, "CallerArn": ALICE, "ResourceArns": [f"arn:aws:sqs:us-east-1:{HOME}:q"]},
        {"ResourcePolicy": ANYBODY, "CallerArn": ALICE, "ResourceArns": [f"arn:aws:iam::{HOME}:role/reader"]},
        {"ResourcePolicy": ANYBODY, "CallerArn": ALICE, "ResourceArns": ["*"]},
        {"ResourceOwner": "nobody"},
        {"CallerArn": f"arn:aws:sts::{HOME}:assumed-role/reader/session"},
        {"CallerArn": f"arn:aws:sts::{HOME}:federated-user/fred"},
        {"CallerArn": "lambda.amazonaws.com"},
        {"CallerArn": f"arn:aws:iam::{HOME}:role/reader"},
        {"CallerArn": f"arn:aws:iam::{HOME}:group/staff"},
        {"ContextEntries": [entry("aws:MultiFactorAuthAge", "soon", kind="numeric")]},
        {"ContextEntries": [entry("aws:SecureTransport", "perhaps", kind="boolean")]},
        {"ContextEntries": [entry("aws:SourceIp", "1.2.3", kind="ip")]},
        {"ContextEntries": [entry("aws:CurrentTime", "noon", kind="date")]},
        {"ContextEntries": [entry("key:bytes", "?", kind="binary")]},
        {"ContextEntries": [entry("aws:username", "a", "b")]},
        {"ContextEntries": [entry("aws:username", "a"), entry("AWS:UserName", "b")]},
        {"PermissionsBoundaryPolicyInputList": [allow("*"), allow("*")]},
        {"ResourceHandlingOption": "EC2-Classic-EBS"},
        {"ResourceHandlingOption": "EC2-VPC-EBS", "ResourceArns": [f"arn:aws:ec2:us-east-1:{HOME}:instance/*"]},
    ],
)  # fmt: skip
def test_bad_input(iam, more):
    given = {
        "PolicyInputList": [allow("s3:*")],
        "ActionNames": ["s3:GetObject"],
        "ResourceArns": [OBJECT],
        **more,
    }
    code, message = error_of(iam.simulate_custom_policy, **given)
    assert code == "InvalidInput"
    assert message


def test_a_scenario_that_has_all_its_resources(iam):
    arns = [
        f"arn:aws:ec2:us-east-1:{HOME}:{kind}/*"
        for kind in ("instance", "security-group", "network-interface")
    ]
    arns.append("arn:aws:ec2:us-east-1::image/*")
    result = custom(
        iam, allow("ec2:*"), "ec2:RunInstances", arns, ResourceHandlingOption="EC2-VPC-InstanceStore"
    )
    assert result["EvalDecision"] == "allowed"
    assert len(result["ResourceSpecificResults"]) == 4


# --- SimulatePrincipalPolicy ------------------------------------------------------------------------------------


@pytest.fixture
def alice(cloud, iam):
    """A user with an inline policy, a group's inline policy and one of AWS's managed policies."""
    session = make_user(cloud, "alice", allow("s3:GetObject"))
    iam.create_group(GroupName="staff")
    iam.put_group_policy(GroupName="staff", PolicyName="lists", PolicyDocument=allow("s3:ListBucket"))
    iam.add_user_to_group(GroupName="staff", UserName="alice")
    iam.attach_user_policy(UserName="alice", PolicyArn="arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess")
    return session


def principal(iam, action, arns=("*",), arn=ALICE, **more):
    answer = iam.simulate_principal_policy(
        PolicySourceArn=arn, ActionNames=[action], ResourceArns=list(arns), **more
    )
    return answer["EvaluationResults"][0]


@pytest.mark.parametrize(
    ("action", "policy_id"),
    [
        ("s3:GetObject", "user_alice_own"),
        ("s3:ListBucket", "group_staff_lists"),
        ("sqs:ListQueues", "AmazonSQSReadOnlyAccess"),
    ],
)
def test_what_is_attached_counts(iam, alice, action, policy_id):
    result = principal(iam, action)
    assert result["EvalDecision"] == "allowed"
    (statement,) = result["MatchedStatements"]
    assert (statement["SourcePolicyId"], statement["SourcePolicyType"]) == (policy_id, "IAM Policy")


def test_what_is_added_and_what_is_excluded(iam, alice):
    assert principal(iam, "ec2:DescribeVpcs", PolicyInputList=[allow("ec2:*")])["EvalDecision"] == "allowed"
    inline = {"PolicyName": "lists", "AttachmentType": "group", "AttachmentName": "st*"}
    for exclusion, action in [
        ({"PolicyType": "inline"}, "s3:GetObject"),
        ({"PolicyArn": "arn:aws:iam::aws:policy/AmazonSQS*"}, "sqs:ListQueues"),
        ({"InlinePolicyIdentifier": inline}, "s3:ListBucket"),
    ]:
        assert principal(iam, action, PolicyExclusionList=[exclusion])["EvalDecision"] == "implicitDeny"
    no_policy = {"PolicyArn": "arn:aws:s3:::a-bucket-of-mine"}
    code, _ = error_of(principal, iam, "s3:GetObject", PolicyExclusionList=[no_policy])
    assert code == "InvalidInput"


def test_the_boundary_of_the_user_and_another_in_its_place(iam, alice):
    arn = iam.create_policy(PolicyName="Limit", PolicyDocument=allow("sqs:*"))["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName="alice", PermissionsBoundary=arn)
    limited = principal(iam, "s3:GetObject")
    assert limited["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}
    assert principal(iam, "sqs:ListQueues")["EvalDecision"] == "allowed"
    other = principal(iam, "s3:GetObject", PermissionsBoundaryPolicyInputList=[allow("s3:*")])
    assert other["EvalDecision"] == "allowed"
    without = principal(iam, "s3:GetObject", PolicyExclusionList=[{"PolicyType": "permission-boundary"}])
    assert without["EvalDecision"] == "allowed"


def test_as_somebody_else(iam, alice):
    bob = f"arn:aws:iam::{HOME}:user/bob"
    more = {"ResourcePolicy": bucket_policy({"AWS": bob}, "s3:PutObject"), "arns": (OBJECT,)}
    assert principal(iam, "s3:PutObject", **more)["EvalDecision"] == "implicitDeny"
    assert principal(iam, "s3:PutObject", CallerArn=bob, **more)["EvalDecision"] == "allowed"


def test_only_a_user_can_be_the_caller_of_a_resource_policy(iam, alice):
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html (CallerArn)"""
    group = f"arn:aws:iam::{HOME}:group/staff"
    given = {"PolicySourceArn": group, "ActionNames": ["s3:GetObject"], "ResourceArns": [OBJECT]}
    policy = bucket_policy("*")
    assert error_of(iam.simulate_principal_policy, **given, ResourcePolicy=policy)[0] == "InvalidInput"
    assert error_of(iam.simulate_principal_policy, **given, CallerArn=group)[0] == "InvalidInput"
    iam.simulate_principal_policy(**given, ResourcePolicy=policy, CallerArn=ALICE)


def test_groups_and_roles_too(iam, alice):
    group = f"arn:aws:iam::{HOME}:group/staff"
    assert principal(iam, "s3:ListBucket", arn=group)["EvalDecision"] == "allowed"
    assert principal(iam, "s3:GetObject", arn=group)["EvalDecision"] == "implicitDeny"
    iam.create_role(RoleName="reader", AssumeRolePolicyDocument=trust({"AWS": HOME}))
    iam.put_role_policy(RoleName="reader", PolicyName="reads", PolicyDocument=allow("s3:Get*"))
    result = principal(iam, "s3:GetObject", arn=f"arn:aws:iam::{HOME}:role/reader")
    assert result["MatchedStatements"][0]["SourcePolicyId"] == "role_reader_reads"


def test_the_keys_of_what_is_attached(iam, alice):
    condition = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
    iam.put_group_policy(
        GroupName="staff", PolicyName="lists", PolicyDocument=allow("s3:*", Condition=condition)
    )
    names = iam.get_context_keys_for_principal_policy(
        PolicySourceArn=ALICE, PolicyInputList=[allow("s3:*", "arn:aws:s3:::b/${AWS:username}")]
    )["ContextKeyNames"]
    assert names == ["aws:RequestedRegion", "AWS:username"]


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        (f"arn:aws:iam::{HOME}:user/nobody", "NoSuchEntity"),
        (f"arn:aws:iam::{HOME}:group/nobody", "NoSuchEntity"),
        (f"arn:aws:iam::{HOME}:role/nobody", "NoSuchEntity"),
        (f"arn:aws:iam::{OTHER}:user/carol", "NoSuchEntity"),
        (f"arn:aws:iam::{HOME}:policy/alice", "InvalidInput"),
        (f"arn:aws:sts::{HOME}:assumed-role/reader/session", "InvalidInput"),
    ],
)
def test_who_cannot_be_simulated(cloud, iam, arn, expected):
    make_user(cloud, "carol", account=OTHER)
    for call in (
        lambda: iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=["s3:GetObject"]),
        lambda: iam.get_context_keys_for_principal_policy(PolicySourceArn=arn),
    ):
        assert error_of(call)[0] == expected


def test_permission_to_simulate_is_asked_on_the_principal(cloud, iam):
    mallory = make_user(
        cloud, "mallory", allow("iam:SimulatePrincipalPolicy", f"arn:aws:iam::{HOME}:user/mallory")
    )
    client = mallory.client("iam")
    client.simulate_principal_policy(
        PolicySourceArn=f"arn:aws:iam::{HOME}:user/mallory", ActionNames=["s3:GetObject"]
    )
    code, message = error_of(
        client.simulate_principal_policy, PolicySourceArn=ALICE, ActionNames=["s3:GetObject"]
    )
    assert code == "AccessDenied"
    assert f"iam:SimulatePrincipalPolicy on resource: {ALICE}" in message


def test_the_scps_of_a_member_account(cloud):
    client = boto3.client("organizations")
    client.create_organization(FeatureSet="ALL")
    root = client.list_roots()["Roots"][0]["Id"]
    client.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    member = new_member()
    policy = client.create_policy(
        Name="guard", Description="", Type="SERVICE_CONTROL_POLICY", Content=deny("sqs:*")
    )["Policy"]["PolicySummary"]["Id"]
    client.attach_policy(PolicyId=policy, TargetId=root)
    make_user(cloud, "dave", allow("*"), account=member)
    iam = cloud.account(member).client("iam")
    dave = f"arn:aws:iam::{member}:user/dave"
    assert principal(iam, "s3:GetObject", arn=dave)["OrganizationsDecisionDetail"] == {
        "AllowedByOrganizations": True
    }
    refused = principal(iam, "sqs:ListQueues", arn=dave)
    assert refused["EvalDecision"] == "explicitDeny"
    assert refused["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": False}
    assert refused["MatchedStatements"] == []
    home = principal(boto3.client("iam"), "sqs:ListQueues", arn=f"arn:aws:iam::{HOME}:user/admin")
    assert home["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": True}, "nothing binds it"


@pytest.mark.ledger("F-IAM-09")
def test_a_bucket_is_named_by_its_arn(iam, alice):
    found = principal(iam, "s3:ListBucket", ("arn:aws:s3:::payroll",))
    assert found["EvalResourceName"] == "arn:aws:s3:::payroll"
    assert found["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": True}


# --- the simulator and the gate ---------------------------------------------------------------------------------

ACTIONS = ["s3:GetObject", "s3:PutObject", "s3:ListBucket", "iam:GetUser", "iam:CreateUser", "sts:AssumeRole"]
ARNS = [
    "arn:aws:s3:::a/x",
    "arn:aws:s3:::b",
    ALICE,
    f"arn:aws:iam::{HOME}:role/r",
    "arn:aws:s3:::a/deep/y",
    "*",
]
_statement = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Allow", "Deny"]),
        "Action": st.lists(
            st.sampled_from([*ACTIONS, "s3:*", "iam:Get*", "*"]), min_size=1, max_size=2
        ),
        "Resource": st.lists(
            st.sampled_from([*ARNS, "arn:aws:s3:::a/*", "arn:aws:iam::*:user/*"]), min_size=1, max_size=2
        ),
    },
    optional={"Condition": st.sampled_from([
        {"StringEquals": {"aws:RequestedRegion": "us-east-1"}},
        {"StringNotEquals": {"aws:username": "alice"}},
        {"Bool": {"aws:SecureTransport": "false"}},
    ])},
)  # fmt: skip
_document = st.lists(_statement, min_size=1, max_size=3)
CONTEXT = {"aws:RequestedRegion": "us-east-1", "aws:username": "alice", "aws:SecureTransport": "true"}
WORDS = {"ALLOW": "allowed", "EXPLICIT_DENY": "explicitDeny", "IMPLICIT_DENY": "implicitDeny"}


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(own=_document, group=_document, boundary=st.none() | _document)
def test_the_simulator_agrees_with_the_gate(cloud, own, group, boundary):
    cloud.reset()
    iam = boto3.client("iam")
    iam.create_user(UserName="alice")
    iam.create_group(GroupName="staff")
    iam.add_user_to_group(GroupName="staff", UserName="alice")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"AWS": HOME}))
    iam.put_user_policy(UserName="alice", PolicyName="own", PolicyDocument=document(*own))
    iam.put_group_policy(GroupName="staff", PolicyName="its", PolicyDocument=document(*group))
    if boundary is not None:
        arn = iam.create_policy(PolicyName="Limit", PolicyDocument=document(*boundary))["Policy"]["Arn"]
        iam.put_user_permissions_boundary(UserName="alice", PermissionsBoundary=arn)
    entries = [entry(name, value) for name, value in CONTEXT.items()]
    answer = iam.simulate_principal_policy(
        PolicySourceArn=ALICE, ActionNames=ACTIONS, ResourceArns=ARNS, ContextEntries=entries
    )
    for result in answer["EvaluationResults"]:
        for each in result["ResourceSpecificResults"]:
            action, resource = result["EvalActionName"], each["EvalResourceName"]
            if action == "sts:AssumeRole" and resource != f"arn:aws:iam::{HOME}:role/r":
                continue
            would = cloud.would(ALICE, action, resource, {"aws:username": "alice"})
            assert each["EvalResourceDecision"] == WORDS[would.effect], (action, resource)
