"""Policies of queues: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html"""

from __future__ import annotations

import json

import boto3
import pytest

from tests.clouds import error_of

HOME = "111122223333"
QUEUE = f"arn:aws:sqs:us-east-1:{HOME}:seeds"
ALLOWED = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": QUEUE}
ACTIONS = [
    "SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueUrl", "GetQueueAttributes",
    "PurgeQueue", "ListDeadLetterSourceQueues",
]  # fmt: skip


def policy(*statements) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@pytest.fixture
def queue(cloud):
    """A function that sets the policy of the queue, and another attribute with it."""
    sqs = boto3.client("sqs", region_name="us-east-1")
    url = sqs.create_queue(QueueName="seeds")["QueueUrl"]

    def put(text):
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "7", "Policy": text})

    put.shown = lambda: sqs.get_queue_attributes(
        QueueUrl=url, AttributeNames=["Policy", "VisibilityTimeout"]
    )["Attributes"]
    return put


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (policy({**ALLOWED, "Action": [f"sqs:{name}" for name in ACTIONS]}), "8 actions"),
        (
            policy({**ALLOWED, "Principal": {"AWS": [str(100_000_000_000 + n) for n in range(51)]}}),
            "51 principals",
        ),
        (policy(*({**ALLOWED, "Sid": str(number)} for number in range(21))), "21 statements"),
        (
            policy(
                {**ALLOWED, "Condition": {"StringEquals": {f"aws:PrincipalTag/{n}": "x" for n in range(11)}}}
            ),
            "11 conditions",
        ),
        (policy(ALLOWED) + " " * 8_192, "bytes"),
    ],
    ids=["actions", "principals", "statements", "conditions", "bytes"],
)
def test_a_queues_policy_has_quotas(queue, text, message):
    code, told = error_of(queue, text)
    assert (code, message in told) == ("OverLimit", True)
    assert queue.shown() == {"VisibilityTimeout": "30"}


def test_a_policy_at_its_quotas_is_set(queue):
    queue(policy({**ALLOWED, "Action": [f"sqs:{name}" for name in ACTIONS[:7]]}))
    assert queue.shown().keys() == {"Policy", "VisibilityTimeout"}


def test_a_queues_policy_names_users_and_roles_that_exist(queue):
    given = policy({**ALLOWED, "Principal": {"AWS": f"arn:aws:iam::{HOME}:user/ghost"}})
    assert error_of(queue, given) == ("InvalidAttributeValue", "Invalid value for the parameter Policy.")
    boto3.client("iam").create_user(UserName="ghost")
    queue(given)
