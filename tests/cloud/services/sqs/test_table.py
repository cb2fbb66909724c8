"""SQS's authorization: the queue and the account in the queue URL."""

from __future__ import annotations

import pytest

from tests.cloud.services.moto_state import fresh, of, policy_of, statement
from tests.cloud.services.tables import SECOND, Ask, asks, pairs

__all__ = ["fresh"]
URL = "https://sqs.us-east-1.amazonaws.com/111122223333/orders"
ORDERS = "arn:aws:sqs:us-east-1:111122223333:orders"
OUTSIDER = "arn:aws:iam::999988887777:user/mallory"


def test_the_url_gives_queue_and_account():
    assert pairs(asks("sqs", "SendMessage", QueueUrl=URL, MessageBody="x")) == [("sqs:SendMessage", ORDERS)]
    theirs = asks("sqs", "SendMessage", QueueUrl=URL.replace("111122223333", SECOND), MessageBody="x")
    assert pairs(theirs) == [("sqs:SendMessage", ORDERS.replace("111122223333", SECOND))]
    assert pairs(asks("sqs", "GetQueueUrl", QueueName="orders", QueueOwnerAWSAccountId=SECOND)) == [
        ("sqs:GetQueueUrl", ORDERS.replace("111122223333", SECOND))
    ]
    assert pairs(asks("sqs", "PurgeQueue", QueueUrl="orders")) == [("sqs:PurgeQueue", ORDERS)]


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("SendMessageBatch", "SendMessage"),
        ("DeleteMessageBatch", "DeleteMessage"),
        ("ChangeMessageVisibilityBatch", "ChangeMessageVisibility"),
    ],
)
def test_batches_are_the_actions_of_one_message(operation, action):
    assert pairs(asks("sqs", operation, QueueUrl=URL, Entries=[])) == [(f"sqs:{action}", ORDERS)]


def test_a_queue_made_with_tags_asks_for_tagging_too():
    made, tagged = asks("sqs", "CreateQueue", QueueName="orders", tags={"team": "blue"})
    assert (made.action, tagged.action) == ("sqs:CreateQueue", "sqs:TagQueue")
    assert made.context == {"aws:RequestTag/team": "blue", "aws:TagKeys": ["team"]}
    assert len(asks("sqs", "CreateQueue", QueueName="orders")) == 1
    (untagged,) = asks("sqs", "UntagQueue", QueueUrl=URL, TagKeys=["team"])
    assert untagged.context == {"aws:TagKeys": ["team"]}


def test_a_queues_policy_counts_and_gives_no_administration_to_other_accounts():
    of("sqs").create_queue("orders")
    assert policy_of("sqs", Ask("sqs:SendMessage", ORDERS, "queue")) is None
    document = statement("*", "sqs:*", ORDERS)
    of("sqs").set_queue_attributes("orders", {"Policy": document})
    assert '"sqs:*"' in policy_of("sqs", Ask("sqs:SendMessage", ORDERS, "queue"))
    assert policy_of("sqs", Ask("sqs:SendMessage", ORDERS, "queue"), principal=OUTSIDER) is not None
    assert policy_of("sqs", Ask("sqs:DeleteQueue", ORDERS, "queue"), principal=OUTSIDER) is None
    assert policy_of("sqs", Ask("sqs:DeleteQueue", ORDERS, "queue")) is not None


def test_the_root_user_can_always_read_and_replace_a_queues_policy():
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html#root-user-tasks"""
    of("sqs").create_queue("orders")
    of("sqs").set_queue_attributes("orders", {"Policy": statement("*", "sqs:*", ORDERS)})
    root, theirs = (f"arn:aws:iam::{account}:root" for account in ("111122223333", "999988887777"))
    assert policy_of("sqs", Ask("sqs:SetQueueAttributes", ORDERS, "queue"), principal=root) is None
    assert policy_of("sqs", Ask("sqs:GetQueueAttributes", ORDERS, "queue"), principal=root) is None
    assert policy_of("sqs", Ask("sqs:SendMessage", ORDERS, "queue"), principal=root) is not None
    assert policy_of("sqs", Ask("sqs:GetQueueAttributes", ORDERS, "queue"), principal=theirs) is not None
