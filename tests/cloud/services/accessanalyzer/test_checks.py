"""The custom policy checks: tables of cases, and no PASS if a request shows that the check should fail."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.engine.analysis.containment.custom_checks import granted, new_access, read
from labs_helpers.engine.policy import AccessRequest, Attached, Policies, Principal, decide
from labs_helpers.engine.policy.matching import glob
from labs_helpers.engine.policy.patterns import covers, overlap
from labs_helpers.engine.policy.variables import tokenize
from tests.clouds import allow, error_of, trust

CASES = json.loads((Path(__file__).parent / "cases" / "access_checks.json").read_text(encoding="utf-8"))


def document(statements: list[dict[str, Any]]) -> str:
    merged = [{**CASES["defaults"], **statement} for statement in statements]
    kept = [{name: value for name, value in each.items() if value is not None} for each in merged]
    return json.dumps({"Version": "2012-10-17", "Statement": kept})


def named(case: dict[str, Any]) -> str:
    return case["name"]


@pytest.mark.parametrize("case", CASES["new_access"], ids=named)
def test_no_new_access(cloud, case):
    answer = boto3.client("accessanalyzer").check_no_new_access(
        newPolicyDocument=document(case["new"]),
        existingPolicyDocument=document(case["existing"]),
        policyType=case.get("type", "IDENTITY_POLICY"),
    )
    assert answer["result"] == case["result"], answer
    assert bool(answer["reasons"]) == (case["result"] == "FAIL")


@pytest.mark.parametrize("case", CASES["granted"], ids=named)
def test_access_not_granted(cloud, case):
    answer = boto3.client("accessanalyzer").check_access_not_granted(
        policyDocument=document(case["policy"]), access=case["access"], policyType="IDENTITY_POLICY"
    )
    assert answer["result"] == case["result"], answer


@pytest.mark.parametrize("case", CASES["public"], ids=named)
def test_no_public_access(cloud, case):
    answer = boto3.client("accessanalyzer").check_no_public_access(
        policyDocument=document(case["policy"]), resourceType="AWS::S3::Bucket"
    )
    assert answer["result"] == case["result"], answer


def test_a_reason_names_its_statement(cloud):
    answer = boto3.client("accessanalyzer").check_no_new_access(
        newPolicyDocument=document([{}, {"Sid": "Write", "Action": "s3:PutObject"}]),
        existingPolicyDocument=document([{}]),
        policyType="IDENTITY_POLICY",
    )
    (reason,) = answer["reasons"]
    assert reason == {
        "description": "New access in the statement with sid: Write.", "statementIndex": 1, "statementId": "Write"
    }  # fmt: skip


def test_policies_that_cannot_be_read_are_refused(cloud):
    client = boto3.client("accessanalyzer")
    for broken in ("{", "[" * 100_000, "\x00", '{"Statement": 7}', allow("s3:GetObject", Principal="*")):
        code, _ = error_of(
            client.check_no_new_access,
            newPolicyDocument=broken,
            existingPolicyDocument=allow("s3:GetObject"),
            policyType="IDENTITY_POLICY",
        )
        assert code == "InvalidParameterException"


LARGE = {
    "resources": [{"Resource": [f"arn:aws:s3:::b{i}/*a*" for i in range(1500)]}],
    "actions and resources": [
        {
            "Action": [f"s3:*G{i}*t" for i in range(300)],
            "Resource": [f"arn:aws:s3:::*{i}*/*" for i in range(300)],
        }
    ],
    "stars": [{"Resource": ["arn:aws:s3:::" + "*a" * 100 + str(i) for i in range(200)]}],
    "statements": [{"Resource": f"arn:aws:s3:::*b{i}*"} for i in range(150)],
    "denies": [
        {"Action": "s3:*"},
        *({"Effect": "Deny", "Action": f"s3:*{i}", "Resource": f"arn:aws:s3:::*{i}"} for i in range(300)),
    ],
}


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name == "statements" else []) for name in LARGE]
)
def test_large_policies_are_answered_within_the_budget(name):
    policy = read(document(LARGE[name]), "IDENTITY_POLICY")
    other = read(document(LARGE[name]).replace(":::", ":::c"), "IDENTITY_POLICY")
    assert new_access(policy, other) or new_access(other, policy)  # more denies are no new access
    assert len(granted(policy, [(["s3:*a"], ["arn:aws:s3:::*z"])] * 2)) <= 1


def test_analyzers_fail_loudly(cloud):
    client = boto3.client("accessanalyzer")
    with pytest.raises(NotModelled, match="accessanalyzer"):
        client.list_analyzers()


patterns = st.text("ab*?", max_size=5)


@settings(max_examples=300)
@given(one=patterns, other=patterns, texts=st.lists(st.text("abc", max_size=6), max_size=20))
def test_patterns_are_related_as_their_matches_are(one, other, texts):
    match_one, match_other = (glob(tokenize(each, variables=False, wildcards=True)) for each in (one, other))
    for text in texts:
        if match_one(text) and match_other(text):
            assert overlap(one, other)
        if covers(one, other) and match_other(text):
            assert match_one(text)


ACTIONS = ["s3:GetObject", "s3:PutObject", "s3:Get*", "s3:*", "*", "s3:?etObject", "iam:PassRole"]
RESOURCES = ["*", "arn:aws:s3:::a/*", "arn:aws:s3:::a/x", "arn:aws:s3:::*", "arn:aws:s3:::a/${aws:username}",
             "arn:aws:s3:*:*:a/x*"]  # fmt: skip
CONDITIONS = [
    {}, {"StringEquals": {"aws:username": ["x", "y"]}}, {"StringEquals": {"aws:username": "x"}},
    {"StringLike": {"aws:username": "x*"}}, {"StringNotEquals": {"aws:username": "x"}},
    {"StringEqualsIfExists": {"aws:username": "x"}}, {"Null": {"aws:username": "true"}},
]  # fmt: skip
statements = st.builds(
    lambda effect, negate_action, negate_resource, actions, resources, condition: {
        "Effect": effect,
        "NotAction" if negate_action else "Action": actions,
        "NotResource" if negate_resource else "Resource": resources,
        "Condition": condition,
    },
    st.sampled_from(["Allow", "Allow", "Deny"]),
    st.sampled_from([False, False, True]),
    st.sampled_from([False, False, False, True]),
    st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=2),
    st.lists(st.sampled_from(RESOURCES), min_size=1, max_size=2),
    st.sampled_from(CONDITIONS),
)
documents = st.lists(statements, min_size=1, max_size=3).map(
    lambda listed: json.dumps({"Version": "2012-10-17", "Statement": listed})
)
REQUESTS = [
    AccessRequest.of(
        Principal.from_arn("arn:aws:iam::111122223333:user/x"), action, resource, context=context
    )
    for action in ("s3:GetObject", "s3:PutObject", "s3:SetObject", "iam:PassRole")
    for resource in ("arn:aws:s3:::a/x", "arn:aws:s3:::a/y", "arn:aws:s3:::b", "*")
    for context in ({}, {"aws:username": "x"}, {"aws:username": "y"}, {"aws:username": "xz"})
]


def allowed(policy: Any, request: AccessRequest) -> bool:
    return decide(request, Policies(identity=(Attached("p", policy),))).allowed


@settings(max_examples=400)
@given(new=documents, existing=documents)
def test_pass_means_that_nothing_is_newly_allowed(new, existing):
    one, other = read(new, "IDENTITY_POLICY"), read(existing, "IDENTITY_POLICY")
    if not new_access(one, other):
        for request in REQUESTS:
            assert not allowed(one, request) or allowed(other, request), request


@settings(max_examples=300)
@given(
    source=documents, action=st.sampled_from(ACTIONS[:3]), resource=st.sampled_from([None, *RESOURCES[1:4]])
)
def test_pass_means_that_the_access_is_not_granted(source, action, resource):
    policy = read(source, "IDENTITY_POLICY")
    if granted(policy, [([action], [resource] if resource else [])]):
        return
    matches_action = glob(tokenize(action.lower(), variables=False, wildcards=True))
    matches_resource = glob(tokenize(resource or "*", variables=False, wildcards=True))
    for request in REQUESTS:
        if matches_action(request.action_key) and matches_resource(request.resource):
            assert not allowed(policy, request), request


@settings(max_examples=100)
@given(source=documents)
def test_a_policy_is_not_new_to_itself(source):
    policy = read(source, "IDENTITY_POLICY")
    assert new_access(policy, policy) == []


def test_what_came_of_a_check_is_told_in_awss_words(cloud):
    """Expect the messages on AWS's pages.

    https://docs.aws.amazon.com/cli/latest/reference/accessanalyzer/check-no-new-access.html and the other checks
    """
    client = boto3.client("accessanalyzer")
    much, little = allow("s3:*"), allow("s3:GetObject")
    identity = {"policyType": "IDENTITY_POLICY"}

    def compared(new, old):
        return client.check_no_new_access(newPolicyDocument=new, existingPolicyDocument=old, **identity)

    words = "grant new access compared to your existing policy."
    assert compared(much, little)["message"] == f"The modified permissions {words}"
    assert compared(little, much)["message"] == f"The modified permissions do not {words}"
    kept = client.check_access_not_granted(
        policyDocument=little, access=[{"actions": ["s3:PutObject"]}], **identity
    )
    assert kept["message"] == (
        "The policy document does not grant access to perform one or more of the listed actions."
    )
    shut = client.check_no_public_access(
        policyDocument=trust({"AWS": "111122223333"}), resourceType="AWS::IAM::AssumeRolePolicyDocument"
    )
    assert shut["message"] == "The resource policy does not grant public access for the given resource type."
