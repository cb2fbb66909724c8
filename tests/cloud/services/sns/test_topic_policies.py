"""Policies of topics.

https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html
"""

from __future__ import annotations

import json

import boto3
import pytest

from tests.clouds import error_of

HOME, OTHER = "111122223333", "444455556666"
TOPIC = f"arn:aws:sns:us-east-1:{HOME}:seeds"
ALLOWED = {"Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": "sns:Publish", "Resource": TOPIC}
OUT_OF_SCOPE = "Invalid parameter: Policy statement action out of service scope!"
NOT_FOUND = "Invalid parameter: Policy Error: PrincipalNotFound"


def policy(*statements, **more) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements, **more})


@pytest.fixture
def topic(cloud):
    """A function that sets the policy of the topic."""
    sns = boto3.client("sns", region_name="us-east-1")
    sns.create_topic(Name="seeds")
    return lambda text: sns.set_topic_attributes(TopicArn=TOPIC, AttributeName="Policy", AttributeValue=text)


@pytest.mark.parametrize(
    "action",
    [
        "sqs:SendMessage",
        "sns:CreateTopic",
        "sns:SetSubscriptionAttributes",
        "sns:Nope",
        ["sns:Publish", "s3:*"],
    ],
)
def test_a_topics_policy_lists_actions_on_topics_alone(topic, action):
    before = boto3.client("sns").get_topic_attributes(TopicArn=TOPIC)["Attributes"]["Policy"]
    refused = ("InvalidParameter", OUT_OF_SCOPE)
    assert error_of(topic, policy({**ALLOWED, "Action": action})) == refused
    assert boto3.client("sns").get_topic_attributes(TopicArn=TOPIC)["Attributes"]["Policy"] == before
    given = {"Name": "more", "Attributes": {"Policy": policy({**ALLOWED, "Action": action})}}
    assert error_of(boto3.client("sns").create_topic, **given) == refused


@pytest.mark.parametrize(
    "action", ["SNS:Publish", "sns:*", "sns:Get*", "*", ["sns:Receive", "sns:Subscribe"]]
)
def test_actions_of_policies_are_accepted_in_any_case_and_with_wildcards(topic, action):
    """The policy is set; an action out of scope raises InvalidParameter."""
    topic(policy({**ALLOWED, "Action": action}))


@pytest.mark.parametrize(
    "resource", [f"{TOPIC}-2", "arn:aws:sqs:us-east-1:111122223333:seeds", [TOPIC, f"{TOPIC}-2"]]
)
def test_the_resource_matches_the_topic(topic, resource):
    code, message = error_of(topic, policy({**ALLOWED, "Resource": resource}))
    assert (code, "must match" in message) == ("InvalidParameter", True)
    topic(policy({**ALLOWED, "Resource": "*"}))


@pytest.mark.parametrize(
    "text",
    [
        policy(*({**ALLOWED, "Sid": str(number)} for number in range(101))),
        policy({**ALLOWED, "Principal": {"AWS": [str(100_000_000_000 + number) for number in range(201)]}}),
        policy(ALLOWED, Id="x" * 31_000),
    ],
    ids=["statements", "principals", "bytes"],
)
def test_a_topics_policy_has_quotas(topic, text):
    code, message = error_of(topic, text)
    assert (code, "maximum allowed" in message) == ("InvalidParameter", True)


@pytest.mark.parametrize("name", ["user/ghost", "role/ghost"])
def test_a_topics_policy_names_users_and_roles_that_exist(topic, name):
    given = {**ALLOWED, "Principal": {"AWS": f"arn:aws:iam::{HOME}:{name}"}}
    assert error_of(topic, policy(given)) == ("InvalidParameter", NOT_FOUND)
    boto3.client("iam").create_user(UserName="ghost")
    boto3.client("iam").create_role(
        RoleName="ghost",
        AssumeRolePolicyDocument=policy(
            {"Effect": "Allow", "Principal": {"AWS": HOME}, "Action": "sts:AssumeRole"}
        ),
    )
    topic(policy(given))
