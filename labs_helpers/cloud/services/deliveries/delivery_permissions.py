"""The permissions for deliveries between services. Each delivery is a call that the target's policy must allow.

SNS to queues and functions: https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html and
https://docs.aws.amazon.com/sns/latest/dg/lambda-console.html
An encrypted queue or topic also requires its key:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
S3 to queues, topics, and functions:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html
EventBridge to queues, functions, topics, and log groups:
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
A denied delivery is dropped, and the publisher of the message or event is not informed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.moto.hooks import Undo
from labs_helpers.cloud.services.deliveries import moto_hooks
from labs_helpers.cloud.services.deliveries.moto_hooks import Delivery
from labs_helpers.cloud.services.lambda_ import invocation
from labs_helpers.cloud.services.shared.service_roles import can_be_assumed
from labs_helpers.cloud.services.sns import letters
from labs_helpers.cloud.services.sns import moto_view as sns
from labs_helpers.cloud.services.sns.notifications import Notification
from labs_helpers.cloud.services.sqs import moto_view as sqs
from labs_helpers.engine.policy.arn import Arn

Allowed = Callable[[str, str, str, str], bool]
"""A function that takes (principal, action, target_arn, source_arn) and returns whether a delivery is allowed.

The target's policies must allow it. The principal is a service (`sns.amazonaws.com`), or the ARN of an
EventBridge target's role. The source's ARN becomes aws:SourceArn, and the source's account (`account_of`)
becomes aws:SourceAccount.
"""

_ACTIONS = {
    "sqs": "sqs:SendMessage",
    "lambda": "lambda:InvokeFunction",
    "sns": "sns:Publish",
    "logs": "logs:PutLogEvents",
    "events": "events:PutEvents",
}


def action_on(target_arn: str) -> str | None:
    """Return the action required for a delivery to a target, or None for targets that can't receive deliveries."""
    return _ACTIONS.get(Arn.parse(target_arn).service)


def as_call(target_arn: str) -> tuple[str, dict[str, Any]]:
    """Return the operation for a delivery to a target, and its parameters without the message."""
    _, service, region, account, name = Arn.parse(target_arn)
    if service == "sqs":
        return "SendMessage", {"QueueUrl": f"https://sqs.{region}.amazonaws.com/{account}/{name}"}
    if service == "lambda":
        return "Invoke", {"FunctionName": target_arn, "InvocationType": "Event"}
    if service == "sns":
        return "Publish", {"TopicArn": target_arn}
    if service == "logs":
        return "PutLogEvents", {"logGroupName": name.split(":")[1]}
    return "PutEvents", {"Entries": []}


_HOOKS = {
    "sns": moto_hooks.from_sns,
    "events": moto_hooks.from_events,
    "s3": moto_hooks.from_s3,
    "sqs": moto_hooks.from_sqs,
    "logs": moto_hooks.from_logs,
}
SENDERS = frozenset(_HOOKS)
"""The services that deliver to other services."""


def connect(service: str, allowed: Allowed, state: Callable[[], State] | None = None) -> Undo:
    """Have `allowed` authorize every delivery from a service. Returns a function that undoes the change.

    `state` returns the current state. Without `state`, the keys of encrypted targets aren't checked.
    """

    def may(delivery: Delivery) -> bool:
        """Return True if a delivery is allowed, including the use of the target's key."""
        if state is not None and not _has_role(state(), delivery):
            return False
        if delivery.polled:
            return state is None or delivery.role is None or _may_poll(state(), delivery.role, delivery)
        action = _ACTIONS.get(delivery.target)
        if action is None:
            # For other targets, such as streams and state machines, the delivery itself raises `NotModelled`.
            return True
        sender, source = _principal(delivery), delivery.source_arn
        if not allowed(sender, action, _resource(delivery), source):
            return False
        return state is None or _sealed(state(), delivery)

    def invoke(function_arn: str, event: Any) -> Any:
        """Run the Python callable that replaces a Lambda function."""
        return invocation.for_service(state() if state is not None else None, function_arn, event)

    def post(sent: Notification, protocol: str, endpoint: str, raw: bool) -> None:
        """Put a notification into the mailbox of an address."""
        if state is not None:
            letters.post(state(), sent, protocol, endpoint, raw=raw)

    return _HOOKS[service](may, invoke, post)


def account_of(source_arn: str) -> str:
    """Return the account that owns a delivery's source (aws:SourceAccount). For a bucket, the account is its owner."""
    _, service, _, account, name = Arn.parse(source_arn)
    if service != "s3":
        return account
    # Imported here because moto's S3 takes 15 ms to load, and the first call to another service doesn't need to wait
    # for it.
    from labs_helpers.cloud.services.s3 import moto_view as s3

    return s3.bucket_owner(name) or ""


def _has_role(state: State, delivery: Delivery) -> bool:
    """Return False if the delivery needs a role that no longer trusts the service."""
    if delivery.role is None:
        return True
    service, arn = (
        ("lambda", delivery.target_arn) if delivery.polled else (delivery.source, delivery.source_arn)
    )
    return can_be_assumed(delivery.role, service, arn, state.clock.now())


def _may_poll(state: State, role: str, delivery: Delivery) -> bool:
    """Return True if a function's role is allowed to receive a queue's messages, and to decrypt them.

    https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
    """
    queue, caller = delivery.source_arn, state.caller
    assert caller is not None, "a running cloud has a caller"
    _, _, region, account, _ = Arn.parse(delivery.target_arn)
    allowed = partial(
        caller.may_as_service, role, account=account, region=region, source_arn=delivery.target_arn
    )
    if not all(allowed(f"sqs:{action}", queue) for action in invocation.POLLING):
        return False
    named = sqs.kms_key(queue)
    if named is None:
        return True
    # Imported here because KMS takes 10 ms to load, and only encrypted queues need it.
    from labs_helpers.cloud.services.kms import for_services

    key = for_services.key_for(state, queue, named)
    if key is None or not for_services.usable(state, key.arn):
        return False
    context = for_services.conditions_of_decryption(key, {"aws:sqs:arn": queue}, "sqs")
    return allowed("kms:Decrypt", key.arn, context=context)


def _sealed(state: State, delivery: Delivery) -> bool:
    """Return True if the target isn't encrypted, or if the sender is allowed to use its KMS key."""
    return may_encrypt(state, _principal(delivery), delivery.target_arn, delivery.source_arn)


def may_encrypt(state: State, sender: str, target_arn: str, source_arn: str) -> bool:
    """Return True if a queue or topic isn't encrypted, or if the sender is allowed to use its KMS key."""
    service = Arn.parse(target_arn).service
    if service == "sqs":
        named, context = sqs.kms_key(target_arn), "aws:sqs:arn"
    elif service == "sns":
        named, context = sns.kms_key(target_arn), "aws:sns:topicArn"
    else:
        return True
    if named is None:
        return True
    # Imported here because KMS takes 10 ms to load, and only encrypted targets need it.
    from labs_helpers.cloud.services.kms import for_services

    key = for_services.key_for(state, target_arn, named)
    if key is None:
        return False
    return for_services.may_encrypt_as(
        state, sender, key, {context: target_arn}, source_arn, account_of(source_arn)
    )


def _principal(delivery: Delivery) -> str:
    """Return the principal of a delivery: the target's role, the sending account for a bus, or the service.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html
    """
    if delivery.role:
        return delivery.role
    if delivery.target == "events":
        return f"arn:aws:iam::{delivery.source_arn.split(':')[4]}:root"
    return f"{delivery.source}.amazonaws.com"


def _resource(delivery: Delivery) -> str:
    """Return the target's ARN in the form that policies use, such as `…:log-group:name:log-stream:`."""
    if delivery.target == "logs":
        return delivery.target_arn.removesuffix(":*") + ":log-stream:"
    return delivery.target_arn
