"""Policies generated from recorded use allow the same calls again, and nothing else."""

from __future__ import annotations

import json
from datetime import timedelta

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labs_helpers.engine.analysis.generation import least_privilege
from labs_helpers.engine.policy import AccessRequest, Attached, Policies, Principal, decide, parse_policy
from tests.clouds import allow, deny, error_of, make_user, trust

HOME = "111122223333"
ACTIONS = ("s3:GetObject", "s3:PutObject", "sqs:SendMessage", "iam:ListUsers", "s3:ListAllMyBuckets")
KEYS = ("a", "ab", "a*", "a?", "${aws:username}", "x/y", "*", "é😀", "$", "a'b")
RESOURCES = [
    *(f"arn:aws:s3:::shelf/{key}" for key in KEYS),
    "arn:aws:s3:::shelf",
    f"arn:aws:sqs:us-east-1:{HOME}:q",
]
pairs = st.tuples(st.sampled_from(ACTIONS), st.sampled_from(RESOURCES))


def allowed(document: dict, action: str, resource: str) -> bool:
    request = AccessRequest.of(
        Principal.from_arn(f"arn:aws:iam::{HOME}:user/alice"), action, resource, context={"aws:username": "a"}
    )
    return decide(request, Policies(identity=(Attached("p", parse_policy(document)),))).allowed


@settings(max_examples=100)
@given(used=st.lists(pairs, min_size=1, max_size=8))
def test_exactly_what_was_used_is_allowed(used):
    document = least_privilege(used)
    for action in ACTIONS:
        for resource in RESOURCES:
            assert allowed(document, action, resource) == ((action, resource) in used)


def test_alike_resources_share_a_statement():
    document = least_privilege([("s3:GetObject", "arn:aws:s3:::b/1"), ("s3:GetObject", "arn:aws:s3:::b/2")])
    assert document["Statement"] == [
        {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::b/1", "arn:aws:s3:::b/2"]}
    ]
    assert least_privilege([])["Statement"] == []


def test_placeholders_are_the_formats_of_the_reference():
    function = f"arn:aws:lambda:us-east-1:{HOME}:function:f"
    used = [
        ("s3:GetObject", "arn:aws:s3:::b/1"),
        ("lambda:InvokeFunction", function),
        ("s3:ListAllMyBuckets", "*"),
    ]
    resources = [
        each
        for statement in least_privilege(used, placeholders=True)["Statement"]
        for each in statement["Resource"]
    ]
    assert sorted(resources) == [
        "*", "arn:aws:lambda:${Region}:${Account}:function:${FunctionName}", "arn:aws:s3:::${BucketName}/${ObjectName}",
    ]  # fmt: skip


@pytest.fixture
def alice(cloud):
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="shelf")
    s3.put_object(Bucket="shelf", Key="a", Body=b"1")
    boto3.client("iam").create_role(
        RoleName="reader", AssumeRolePolicyDocument=trust({"Service": "access-analyzer.amazonaws.com"})
    )
    return make_user(cloud, "alice", allow(["s3:*", "sqs:*", "iam:*"]))


def start(cloud, **details):
    trail = {
        "trails": [{"cloudTrailArn": f"arn:aws:cloudtrail:us-east-1:{HOME}:trail/t", "allRegions": True}],
        "accessRole": f"arn:aws:iam::{HOME}:role/reader",
        "startTime": cloud.clock.now() - timedelta(hours=1),
        **details,
    }
    return boto3.client("accessanalyzer").start_policy_generation(
        policyGenerationDetails={"principalArn": f"arn:aws:iam::{HOME}:user/alice"}, cloudTrailDetails=trail
    )["jobId"]


def test_generated_policy_does_the_work_again(cloud, alice):
    alice.client("s3").get_object(Bucket="shelf", Key="a")
    alice.client("iam").list_users()
    client = boto3.client("accessanalyzer")
    job = start(cloud)
    answer = client.get_generated_policy(jobId=job)
    assert answer["jobDetails"]["status"] == "SUCCEEDED"
    result = answer["generatedPolicyResult"]
    assert result["properties"]["principalArn"] == f"arn:aws:iam::{HOME}:user/alice"
    assert result["properties"]["cloudTrailProperties"]["trailProperties"][0]["allRegions"] is True
    policy = result["generatedPolicies"][0]["policy"]
    bob = make_user(cloud, "bob", policy)
    bob.client("s3").get_object(Bucket="shelf", Key="a")
    bob.client("iam").list_users()
    assert error_of(bob.client("s3").put_object, Bucket="shelf", Key="a", Body=b"2")[0] == "AccessDenied"
    assert error_of(bob.client("iam").list_roles)[0] == "AccessDenied"
    filled = client.get_generated_policy(jobId=job, includeResourcePlaceholders=True)
    assert "${BucketName}" in filled["generatedPolicyResult"]["generatedPolicies"][0]["policy"]
    assert [each["jobId"] for each in client.list_policy_generations()["policyGenerations"]] == [job]


def test_only_the_time_range_counts_and_what_was_refused_counts_as_well(cloud, alice):
    """AWS reviews all events of the trail, those of denied actions too."""
    alice.client("iam").list_users()
    cloud.clock.advance(hours=3)
    boto3.client("iam").put_user_policy(
        UserName="alice", PolicyName="no", PolicyDocument=deny("iam:ListRoles")
    )
    error_of(alice.client("iam").list_roles)
    alice.client("iam").list_groups()
    job = start(cloud)
    result = boto3.client("accessanalyzer").get_generated_policy(jobId=job)["generatedPolicyResult"]
    document = json.loads(result["generatedPolicies"][0]["policy"])
    assert [statement["Action"] for statement in document["Statement"]] == [
        ["iam:ListGroups", "iam:ListRoles"]
    ]


def test_sessions_count_for_their_role(cloud, alice):
    iam = boto3.client("iam")
    role = iam.create_role(RoleName="worker", AssumeRolePolicyDocument=trust({"AWS": HOME}))["Role"]["Arn"]
    iam.put_role_policy(RoleName="worker", PolicyName="own", PolicyDocument=allow("iam:List*"))
    cloud.role_profile("worker", role, "default")
    boto3.Session(profile_name="worker").client("iam").list_roles()
    client = boto3.client("accessanalyzer")
    job = client.start_policy_generation(policyGenerationDetails={"principalArn": role})["jobId"]
    (policy,) = client.get_generated_policy(jobId=job)["generatedPolicyResult"]["generatedPolicies"]
    assert json.loads(policy["policy"])["Statement"][0]["Action"] == ["iam:ListRoles"]


def test_wrong_requests_are_refused(cloud, alice):
    client = boto3.client("accessanalyzer")
    assert error_of(client.get_generated_policy, jobId="nothing")[0] == "ValidationException"
    assert error_of(client.cancel_policy_generation, jobId="nothing")[0] == "ValidationException"
    for arn in ("alice", f"arn:aws:iam::{HOME}:user/nobody", "arn:aws:iam::999988887777:user/alice"):
        details = {"principalArn": arn}
        assert (
            error_of(client.start_policy_generation, policyGenerationDetails=details)[0]
            == "ValidationException"
        )
    assert (
        error_of(lambda: start(cloud, accessRole=f"arn:aws:iam::{HOME}:role/none"))[0]
        == "ValidationException"
    )
    assert (
        error_of(lambda: start(cloud, endTime=cloud.clock.now() - timedelta(days=2)))[0]
        == "ValidationException"
    )


def test_generations_of_other_accounts_are_unknown(cloud, alice):
    job = start(cloud)
    other = cloud.account("444455556666").client("accessanalyzer")
    assert error_of(other.get_generated_policy, jobId=job)[0] in (
        "ValidationException",
        "AccessDeniedException",
    )


def test_passing_the_access_role_needs_permission(cloud, alice):
    carol = make_user(cloud, "carol", allow("access-analyzer:*"))
    code, message = error_of(
        carol.client("accessanalyzer").start_policy_generation,
        policyGenerationDetails={"principalArn": f"arn:aws:iam::{HOME}:user/alice"},
        cloudTrailDetails={
            "trails": [{"cloudTrailArn": f"arn:aws:cloudtrail:us-east-1:{HOME}:trail/t"}],
            "accessRole": f"arn:aws:iam::{HOME}:role/reader",
            "startTime": cloud.clock.now() - timedelta(hours=1),
        },
    )
    assert code == "AccessDeniedException"
    assert "iam:PassRole" in message


def test_a_repeated_request_starts_no_other_generation(cloud, alice):
    """Expect the first jobId for the same client token.

    https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_StartPolicyGeneration.html
    """
    client = boto3.client("accessanalyzer")
    asked = {
        "policyGenerationDetails": {"principalArn": f"arn:aws:iam::{HOME}:user/alice"},
        "clientToken": "once",
    }
    first = client.start_policy_generation(**asked)["jobId"]
    assert client.start_policy_generation(**asked)["jobId"] == first
    other = client.start_policy_generation(**{**asked, "clientToken": "twice"})["jobId"]
    assert other != first
    listed = client.list_policy_generations()["policyGenerations"]
    assert [each["jobId"] for each in listed] == [other, first]


def test_generations_are_listed_for_seven_days(cloud, alice):
    """Expect older generations to be missing from the list.

    https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ListPolicyGenerations.html
    """
    client, job = boto3.client("accessanalyzer"), start(cloud)
    cloud.clock.advance(days=6)
    assert [each["jobId"] for each in client.list_policy_generations()["policyGenerations"]] == [job]
    cloud.clock.advance(days=2)
    assert client.list_policy_generations()["policyGenerations"] == []


def test_a_parameter_that_is_not_valid_is_named_with_the_reason(cloud):
    """Expect ValidationException with a reason.

    https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ValidationExceptionField.html
    """
    client = boto3.client("accessanalyzer")
    with pytest.raises(client.exceptions.ValidationException) as caught:
        client.validate_policy(policyDocument="{}", policyType="SESSION_POLICY")
    assert caught.value.response["reason"] == "fieldValidationFailed"
    assert [each["name"] for each in caught.value.response["fieldList"]] == ["policyType"]
