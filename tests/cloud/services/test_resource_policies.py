"""Resource-based policies: valid ones are stored, and invalid ones are rejected with each service's error."""

from __future__ import annotations

import json

import pytest

from labs_helpers.cloud import services
from labs_helpers.cloud.core import registry
from labs_helpers.cloud.core.call import Answer
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.engine.policy import PolicyKind, parse_policy
from tests.cloud.services.moto_state import fresh, of, policy_of, statement
from tests.cloud.services.tables import HOME, REGION, SECOND, Ask, call

__all__ = ["fresh"]
for _service in ("sqs", "sns", "dynamodb", "events", "logs", "kms", "secretsmanager"):
    services.load(_service)
GOOD = statement({"AWS": SECOND}, "*", "*")
NEWS = f"arn:aws:sns:{REGION}:{HOME}:news"
PLACES = [
    (
        "sqs",
        "CreateQueue",
        lambda text: {"QueueName": "new", "Attributes": {"Policy": text}},
        "InvalidAttributeValue",
    ),
    (
        "sqs",
        "SetQueueAttributes",
        lambda text: {"QueueUrl": "q", "Attributes": {"Policy": text}},
        "InvalidAttributeValue",
    ),
    ("sns", "CreateTopic", lambda text: {"Name": "t", "Attributes": {"Policy": text}}, "InvalidParameter"),
    (
        "sns",
        "SetTopicAttributes",
        lambda text: {"TopicArn": NEWS, "AttributeName": "Policy", "AttributeValue": text},
        "InvalidParameter",
    ),
    (
        "dynamodb",
        "PutResourcePolicy",
        lambda text: {"ResourceArn": "a", "Policy": text},
        "ValidationException",
    ),
    (
        "dynamodb",
        "CreateTable",
        lambda text: {"TableName": "t", "ResourcePolicy": text},
        "ValidationException",
    ),
    ("events", "PutPermission", lambda text: {"Policy": text}, "ValidationException"),
    ("logs", "PutResourcePolicy", lambda text: {"policyDocument": text}, "InvalidParameterException"),
    (
        "logs",
        "PutDestinationPolicy",
        lambda text: {"destinationName": "central", "accessPolicy": text},
        "InvalidParameterException",
    ),
]


@pytest.fixture(autouse=True)
def resources(fresh):
    of("sqs").create_queue("q")
    of("sns").create_topic("news")
    of("logs").put_destination(
        "central",
        "arn:aws:iam::111122223333:role/logs",
        "arn:aws:kinesis:us-east-1:111122223333:stream/x",
        {},
    )


def perform(service, operation, parameters, status=200):
    made = call(service, operation, parameters)
    made.perform_with_moto = lambda: Answer(status, {}, "")
    return registry.find(service, operation)(made)


@pytest.mark.parametrize(("service", "operation", "parameters", "code"), PLACES)
@pytest.mark.parametrize(
    "text", ["nonsense", "[]", '{"Version": "2012-10-17"}', GOOD.replace("Principal", "Princpal")]
)
def test_what_is_no_policy_is_refused(service, operation, parameters, code, text):
    with pytest.raises(ServiceError) as refused:
        perform(service, operation, parameters(text))
    assert refused.value.code == code


@pytest.mark.parametrize(("service", "operation", "parameters", "code"), PLACES)
def test_a_policy_passes(service, operation, parameters, code):
    if operation == "CreateTable":
        pytest.skip("needs the table, see below")
    assert perform(service, operation, parameters(GOOD)) is not None


def test_other_attributes_and_no_policy_pass():
    perform("sqs", "SetQueueAttributes", {"QueueUrl": "q", "Attributes": {"Policy": ""}})
    perform("sqs", "CreateQueue", {"QueueName": "q"})
    name = {"TopicArn": NEWS, "AttributeName": "DisplayName", "AttributeValue": "{"}
    perform("sns", "SetTopicAttributes", name)
    partner = {"Action": "events:PutEvents", "Principal": SECOND, "StatementId": "partner"}
    perform("events", "PutPermission", partner)
    bus = Ask("events:PutEvents", f"arn:aws:events:{REGION}:{HOME}:event-bus/default", "event-bus")
    assert SECOND in policy_of("events", bus)


def test_a_bus_needs_a_sid_in_each_statement():
    nameless = json.loads(GOOD)
    del nameless["Statement"][0]["Sid"]
    for document in (nameless, {**nameless, "Statement": nameless["Statement"][0]}):
        with pytest.raises(ServiceError):
            perform("events", "PutPermission", {"Policy": json.dumps(document)})


def test_a_table_is_made_with_its_policy():
    of("dynamodb").create_table(
        "t", attr=[{"AttributeName": "k", "AttributeType": "S"}], schema=[{"AttributeName": "k", "KeyType": "HASH"}],
        throughput=None, billing_mode="PAY_PER_REQUEST", global_indexes=[], indexes=[], streams=None,
        sse_specification=None, tags=[], deletion_protection_enabled=False, warm_throughput=None,
    )  # fmt: skip
    perform("dynamodb", "CreateTable", {"TableName": "t", "ResourcePolicy": GOOD})
    arn = f"arn:aws:dynamodb:{REGION}:{HOME}:table/t"
    assert policy_of("dynamodb", Ask("dynamodb:GetItem", arn, "table")) == GOOD


def test_what_becomes_of_permissions_reads_as_policies():
    condition = {"Type": "StringEquals", "Key": "aws:PrincipalOrgID", "Value": "o-1"}
    put = {"Action": "events:PutEvents"}
    perform(
        "events", "PutPermission", {**put, "Principal": "*", "StatementId": "org", "Condition": condition}
    )
    perform("events", "PutPermission", {**put, "Principal": SECOND, "StatementId": "other"})
    accounts = {"AWSAccountId": [SECOND, HOME], "ActionName": ["Publish"]}
    perform("sns", "AddPermission", {"TopicArn": NEWS, "Label": "two", **accounts})
    partner = {"AWSAccountIds": [SECOND], "Actions": ["SendMessage"]}
    perform("sqs", "AddPermission", {"QueueUrl": "q", "Label": "one", **partner})
    for module, ask in (
        ("events", Ask("events:PutEvents", f"arn:aws:events:{REGION}:{HOME}:event-bus/default", "event-bus")),
        ("sns", Ask("sns:Publish", NEWS, "topic")),
        ("sqs", Ask("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{HOME}:q", "queue")),
    ):
        assert parse_policy(policy_of(module, ask), PolicyKind.RESOURCE)
