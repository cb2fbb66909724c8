"""Policies of queues, topics, tables, event buses, log groups and destinations: checked when they come in.

moto stores whatever text it is given. AWS refuses what is no policy, each service in its own words:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutResourcePolicy.html
https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html
"""

from __future__ import annotations

import json

from labs_helpers.core.call import Answer, Call
from labs_helpers.core.errors import ServiceError
from labs_helpers.core.moto import dynamodb
from labs_helpers.core.registry import operation
from labs_helpers.policy import PolicyError, PolicyKind, parse_policy


def _refuse(text: str | None, code: str, message: str) -> None:
    """Raises `ServiceError` for a text that is no resource policy; `{why}` in the message is the reason."""
    if not text:
        return
    try:
        parse_policy(text, PolicyKind.RESOURCE)
    except PolicyError as error:
        raise ServiceError(code, message.format(why=error), 400) from error


@operation("sqs", "CreateQueue", "SetQueueAttributes")
def set_queue_attributes(call: Call) -> Answer:
    """A queue's policy; an empty one takes it away."""
    text = (call.parameters.get("Attributes") or {}).get("Policy")
    _refuse(text, "InvalidAttributeValue", "Invalid value for the parameter Policy. Reason: {why}")
    return call.moto()


@operation("sns", "CreateTopic", "SetTopicAttributes")
def set_topic_attributes(call: Call) -> Answer:
    """A topic's policy, an attribute like others."""
    given = call.parameters
    text = (given.get("Attributes") or {}).get("Policy")
    if given.get("AttributeName") == "Policy":
        text = given.get("AttributeValue") or "{}"
    _refuse(text, "InvalidParameter", "Invalid parameter: Policy Error: {why}")
    return call.moto()


@operation("dynamodb", "PutResourcePolicy")
def put_table_policy(call: Call) -> Answer:
    """A table's policy."""
    _refuse(call.parameters.get("Policy") or "{}", "ValidationException", "Invalid policy document: {why}")
    return call.moto()


@operation("dynamodb", "CreateTable")
def create_table(call: Call) -> Answer:
    """A new table with its policy, which moto leaves out.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-create-table.html
    """
    text = call.parameters.get("ResourcePolicy")
    _refuse(text, "ValidationException", "Invalid policy document: {why}")
    answer = call.moto()
    if text and answer.status < 300:
        dynamodb.set_policy(call.account, call.region, call.parameters["TableName"], text)
    return answer


@operation("events", "PutPermission")
def put_permission(call: Call) -> Answer:
    """An event bus's policy, whole or by statement. Each statement has an id of its own."""
    text = call.parameters.get("Policy")
    _refuse(text, "ValidationException", "This policy is not valid: {why}")
    if text:
        statements = json.loads(text)["Statement"]
        every = statements if isinstance(statements, list) else [statements]
        if not isinstance(statements, list) or not all(each.get("Sid") for each in every):
            raise ServiceError(
                "ValidationException", "Every statement of the policy needs a Sid, in a list.", 400
            )
    return call.moto()


@operation("logs", "PutResourcePolicy")
def put_log_policy(call: Call) -> Answer:
    """A policy for an account's log groups."""
    _refuse(
        call.parameters.get("policyDocument") or "{}",
        "InvalidParameterException",
        "Invalid policy document: {why}",
    )
    return call.moto()


@operation("logs", "PutDestinationPolicy")
def put_destination_policy(call: Call) -> Answer:
    """Who may subscribe log groups to a destination."""
    _refuse(
        call.parameters.get("accessPolicy") or "{}",
        "InvalidParameterException",
        "Invalid access policy: {why}",
    )
    return call.moto()


@operation("kms", "CreateKey", "PutKeyPolicy", "ReplicateKey")
def put_key_policy(call: Call) -> Answer:
    """A key's policy: https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html"""
    text = call.parameters.get("Policy")
    try:
        if text:
            parse_policy(text, PolicyKind.KEY)
    except PolicyError as error:
        raise ServiceError(
            "MalformedPolicyDocumentException", f"The policy is malformed: {error}", 400
        ) from error
    return call.moto()


@operation("secretsmanager", "PutResourcePolicy")
def put_secret_policy(call: Call) -> Answer:
    """A secret's policy: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html"""
    text = call.parameters.get("ResourcePolicy") or "{}"
    _refuse(text, "MalformedPolicyDocumentException", "This resource policy contains a syntax error: {why}")
    return call.moto()
