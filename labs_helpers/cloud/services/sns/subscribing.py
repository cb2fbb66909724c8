"""Subscriptions. An endpoint that doesn't belong to the caller must confirm its subscription.

https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.moto.backends import backend
from labs_helpers.cloud.services.shared.refusals import refusal
from labs_helpers.cloud.services.sns import confirmation, subscription_attributes, subscription_endpoints
from labs_helpers.cloud.services.sns import moto_view as sns
from labs_helpers.cloud.services.sns.errors import check_arn, invalid, not_found
from labs_helpers.cloud.services.sns.pages import PAGES
from labs_helpers.cloud.services.sns.topics import topic_of

_PENDING = "pending confirmation"
_VALID_FOR = timedelta(days=2)
"""https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.confirm.html"""
_unknown_token = refusal("InvalidParameter", 400)


@operation("sns", "Subscribe")
def subscribe(call: Call) -> Mapping[str, Any]:
    """Subscribe an endpoint. An endpoint that doesn't belong to the caller receives no messages until it confirms.

    OBSERVED in 2025 and 2026: the response is "pending confirmation", unless the request sets ReturnSubscriptionArn.
    """
    given = call.parameters
    protocol, endpoint = given["Protocol"], given.get("Endpoint") or ""
    subscription_endpoints.check(protocol, endpoint)
    topic = topic_of(call)
    if protocol == "firehose":
        raise NotModelled("sns:Subscribe isn't modeled for Firehose: there are no delivery streams here")
    _refuse_fifo_queue(topic, protocol, endpoint)
    attributes = subscription_attributes.checked(given.get("Attributes") or {}, topic, protocol)
    known = _find(topic.arn, protocol, endpoint)
    if known is not None:
        subscription_attributes.refuse_others(known, attributes)
    else:
        known = _new(call, topic, protocol, endpoint)
        known.attributes |= attributes
    if not sns.is_confirmed(known):
        sent = sns.token(known)
        confirmation.ask(call, known, sent[0] if sent is not None else call.state.ids.hexadecimal(256))
    waits = not sns.is_confirmed(known) and not given.get("ReturnSubscriptionArn")
    return {"SubscriptionArn": _PENDING if waits else known.arn}


def _find(topic_arn: str, protocol: str, endpoint: str) -> Any:
    found = (
        each
        for each in sns.subscriptions(topic_arn)
        if (each.protocol, each.endpoint) == (protocol, endpoint)
    )
    return next(found, None)


def _refuse_fifo_queue(topic: Any, protocol: str, endpoint: str) -> None:
    if protocol == "sqs" and endpoint.endswith(".fifo") and not topic.fifo_topic:
        raise invalid(
            "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics"
        )
    if topic.fifo_topic and protocol != "sqs":
        raise invalid("Invalid parameter: Endpoint Reason: Please use FIFO SQS queue")


def _new(call: Call, topic: Any, protocol: str, endpoint: str) -> Any:
    """Add a subscription, which waits for consent if the endpoint isn't the caller's own."""
    made = backend("sns", call.account, call.region).subscribe(topic.arn, endpoint, protocol)
    made.owner = call.caller_account
    made.attributes = {
        "SubscriptionArn": made.arn, "TopicArn": topic.arn, "Owner": call.caller_account, "Protocol": protocol,
        "Endpoint": endpoint, "RawMessageDelivery": "false", "PendingConfirmation": "false",
        "ConfirmationWasAuthenticated": "true", "SubscriptionPrincipal": call.principal.arn,
    }  # fmt: skip
    if subscription_endpoints.must_consent(protocol, endpoint, call.caller_account):
        sns.await_confirmation(made, call.state.ids.hexadecimal(256), call.time)
    return made


@operation("sns", "ConfirmSubscription")
def confirm_subscription(call: Call) -> Mapping[str, Any]:
    """Confirm a subscription with the token that its endpoint received.

    Confirming a subscription a second time returns the same ARN.
    """
    given = call.parameters
    check_arn(given["TopicArn"], "TopicArn", call.region)
    known = confirmed(given["TopicArn"], given["Token"], call.time)
    sns.confirm(known, authenticated=True)
    return {"SubscriptionArn": known.arn}


def confirmed(topic_arn: str, token: str, now: datetime) -> Any:
    """Return the subscription that this token confirms now. Raises InvalidParameter if there is none.

    OBSERVED in October 2025: the message is "Invalid token" for a string that isn't a token, and "Invalid parameter:
    Token" for an unknown token or a token for another topic.
    """
    if not confirmation.is_token(token):
        raise _unknown_token("Invalid token")
    for each in sns.subscriptions(topic_arn):
        sent = sns.token(each)
        if sent is not None and sent[0] == token and now - sent[1] <= _VALID_FOR:
            return each
    raise invalid("Token")


def _known(call: Call) -> Any:
    """Return the subscription in a request. Raises InvalidParameter for a malformed ARN, or NotFound."""
    arn = call.parameters["SubscriptionArn"]
    _check_subscription_arn(arn, call.region)
    known = sns.subscription(arn)
    if known is None:
        raise not_found("Subscription does not exist")
    return known


def _check_subscription_arn(arn: str, region: str) -> None:
    check_arn(arn, "SubscriptionArn", region)
    if arn.count(":") != 6:
        raise invalid("SubscriptionId")


@operation("sns", "GetSubscriptionAttributes")
def get_subscription_attributes(call: Call) -> Mapping[str, Any]:
    """Return a subscription's attributes, including its creator (SubscriptionPrincipal). OBSERVED in 2025."""
    return {"Attributes": subscription_attributes.shown(_known(call))}


@operation("sns", "SetSubscriptionAttributes")
def set_subscription_attributes(call: Call) -> Mapping[str, Any]:
    """Set one attribute of a subscription."""
    known = _known(call)
    name, value = call.parameters["AttributeName"], call.parameters.get("AttributeValue") or ""
    subscription_attributes.set_one(known, name, value)
    return {}


@operation("sns", "Unsubscribe")
def unsubscribe(call: Call) -> Mapping[str, Any]:
    """Remove a subscription.

    Removing a nonexistent subscription succeeds. A subscription that is pending confirmation can't be removed.
    """
    arn = call.parameters["SubscriptionArn"]
    _check_subscription_arn(arn, call.region)
    known = sns.subscription(arn)
    if known is not None and not sns.is_confirmed(known):
        raise ServiceError(
            "InvalidParameter",
            "Invalid parameter: SubscriptionArn Reason: A subscription that is pending confirmation cannot be deleted",
            400,
        )
    if known is not None:
        sns.forget_subscription(arn)
    return {}


def _listed(known: Any) -> dict[str, str]:
    arn = known.arn if sns.is_confirmed(known) else "PendingConfirmation"
    return {
        "SubscriptionArn": arn, "Owner": known.owner, "Protocol": known.protocol, "Endpoint": known.endpoint,
        "TopicArn": known.topic.arn,
    }  # fmt: skip


@operation("sns", "ListSubscriptionsByTopic")
def list_subscriptions_by_topic(call: Call) -> Mapping[str, Any]:
    """Return a topic's subscriptions. For subscriptions that are pending confirmation, the ARN isn't included."""
    return PAGES.page(call, "Subscriptions", map(_listed, sns.subscriptions(topic_of(call).arn)))


@operation("sns", "ListSubscriptions")
def list_subscriptions(call: Call) -> Mapping[str, Any]:
    """Return the subscriptions to the account's topics in the Region."""
    known = backend("sns", call.account, call.region).subscriptions.values()
    return PAGES.page(call, "Subscriptions", map(_listed, list(known)))
