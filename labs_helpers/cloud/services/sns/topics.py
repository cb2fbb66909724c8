"""Topics and their attributes.

https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html and the other operations' pages
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.json_text import parsed
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.moto.backends import backend
from labs_helpers.cloud.services.shared.tag_keys import reserved_key
from labs_helpers.cloud.services.sns import moto_view as sns
from labs_helpers.cloud.services.sns.delivery_policies import out_of_range
from labs_helpers.cloud.services.sns.errors import check_arn, invalid, not_found
from labs_helpers.cloud.services.sns.pages import PAGES
from labs_helpers.cloud.services.sns.topic_policies import check_policy

_FEEDBACK = [
    f"{protocol}{kind}"
    for protocol in ("Application", "Firehose", "HTTP", "Lambda", "SQS")
    for kind in ("SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate", "FailureFeedbackRoleArn")
]
_FIFO_ONLY = frozenset(("ArchivePolicy", "ContentBasedDeduplication", "FifoThroughputScope"))
_SETTABLE = frozenset(
    (*_FEEDBACK, *_FIFO_ONLY, "DataProtectionPolicy", "DeliveryPolicy", "DisplayName", "KmsMasterKeyId", "Policy",
     "SignatureVersion", "TracingConfig")
)  # fmt: skip
"""The attributes of a topic that can be set: https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html"""
_BOOLEAN = ("FifoTopic", "ContentBasedDeduplication")
_OF_MOTO = {
    "DeliveryPolicy": "delivery_policy", "DisplayName": "display_name", "KmsMasterKeyId": "kms_master_key_id",
    "Policy": "policy", "SignatureVersion": "signature_version",
}  # fmt: skip
"""Attribute that moto's topics also have → moto's name for it."""
_GIVEN = "labs_attributes"
_MOST_TAGS = 50
"""https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html#API_CreateTopic_Errors"""
_LONGEST_DISPLAY_NAME = 100
"""https://docs.aws.amazon.com/sns/latest/dg/sns-create-topic.html"""
_HTTP_DEFAULTS: Mapping[str, Any] = {
    "defaultHealthyRetryPolicy": {
        "minDelayTarget": 20, "maxDelayTarget": 20, "numRetries": 3, "numMaxDelayRetries": 0,
        "numNoDelayRetries": 0, "numMinDelayRetries": 0, "backoffFunction": "linear",
    },
    "disableSubscriptionOverrides": False,
    "defaultRequestPolicy": {"headerContentType": "text/plain; charset=UTF-8"},
}  # fmt: skip


def topic_of(call: Call) -> Any:
    """Return the topic in a request.

    Raises InvalidParameter for an invalid ARN, or NotFound for a nonexistent topic.
    """
    arn = call.parameters.get("TopicArn") or ""
    check_arn(arn, "TopicArn", call.region)
    topic = sns.topic(arn)
    if topic is None:
        raise not_found("Topic does not exist")
    return topic


@operation("sns", "CreateTopic")
def create_topic(call: Call) -> Mapping[str, Any]:
    """Create a topic, or return the existing topic with this name.

    Rejects attributes or tags that the existing topic doesn't have. OBSERVED in 2025: an existing topic isn't changed,
    and isn't returned if the settings differ.
    """
    given: Mapping[str, str] = call.parameters.get("Attributes") or {}
    name, tags = call.parameters["Name"], _tags(call)
    arn = f"arn:aws:sns:{call.region}:{call.account}:{name}"
    for each, value in given.items():
        _check(each, value, arn, settable=(*_SETTABLE, "FifoTopic"), where="Attributes Reason: ")
    fifo = given.get("FifoTopic", "false").lower() == "true"
    existing = sns.topic(arn)
    if existing is not None and (not given or existing.fifo_topic == fifo):
        return _existing(existing, given, tags)
    if len(name) > 256 or not re.fullmatch(
        r"[A-Za-z0-9_-]+", name.removesuffix(".fifo") if fifo else name, re.ASCII
    ):
        raise invalid("Topic Name")
    if fifo != name.endswith(".fifo"):
        raise invalid("Topic Name")
    if not fifo and (wrong := sorted(_FIFO_ONLY & given.keys())):
        raise invalid(f"Attributes Reason: {wrong[0]} is only supported for FIFO topics")
    topic = backend("sns", call.account, call.region).create_topic(
        name, {"FifoTopic": fifo} if fifo else {}, tags
    )
    for each, value in given.items():
        if each != "FifoTopic":
            _set(topic, each, value)
    return {"TopicArn": topic.arn}


def _existing(topic: Any, given: Mapping[str, str], tags: Mapping[str, str]) -> Mapping[str, Any]:
    shown = _attributes(topic)
    for name, value in given.items():
        known = shown.get(name, "")
        if known != value and not _same_json(known, value):
            raise invalid("Attributes Reason: Topic already exists with different attributes")
    if tags and tags != topic._tags:
        raise invalid("Tags Reason: Topic already exists with different tags")
    return {"TopicArn": topic.arn}


def _same_json(one: str, other: str) -> bool:
    try:
        return bool(parsed(one) == parsed(other))
    except ValueError:
        return one.lower() == other.lower() and other.lower() in ("true", "false")


def _tags(call: Call) -> dict[str, str]:
    listed = call.parameters.get("Tags") or ()
    tags = {tag["Key"]: tag["Value"] for tag in listed}
    if len(tags) < len(listed):
        raise invalid("Duplicated keys are not allowed.")
    if len(tags) > _MOST_TAGS:
        raise ServiceError(
            "TagLimitExceeded", "Could not complete request: tag quota of per resource exceeded", 400
        )
    if reserved_key(tags) is not None:
        raise invalid("Tags Reason: aws: prefixed tag key names are not allowed for external use.")
    return tags


def _check(name: str, value: str, arn: str, *, settable: Any, where: str) -> None:
    """Reject an attribute that topics don't have, and values of the wrong form.

    The error's text begins with `where`.
    """
    if name not in settable:
        raise invalid(f"{where}Unknown attribute {name}" if where else "AttributeName")
    if name in _BOOLEAN and value.lower() not in ("true", "false"):
        raise invalid(f"{where}{name}: Invalid value [{value}]. Must be true or false.")
    if name == "Policy":
        check_policy(value, arn)
    if name == "SignatureVersion" and value not in ("1", "2"):
        raise invalid(f"{where}SignatureVersion: Invalid value [{value}]. Must be 1 or 2.")
    if name == "TracingConfig" and value not in ("PassThrough", "Active"):
        raise invalid(f"{where}TracingConfig: Invalid value [{value}]. Must be PassThrough or Active.")
    if name == "DisplayName" and len(value) > _LONGEST_DISPLAY_NAME:
        raise invalid(f"{where}DisplayName")
    if name == "DeliveryPolicy" and value:
        if not _is_object(value):
            raise invalid(f"{where}DeliveryPolicy: failed to parse JSON.")
        if (wrong := out_of_range(parsed(value))) is not None:
            raise invalid(f"{where}DeliveryPolicy: {wrong}")


def _is_object(text: str) -> bool:
    try:
        return isinstance(parsed(text), dict)
    except ValueError:
        return False


def _set(topic: Any, name: str, value: str) -> None:
    if name == "ContentBasedDeduplication":
        topic.content_based_deduplication = value.lower() == "true"
    elif name in _OF_MOTO:
        setattr(topic, _OF_MOTO[name], value)
    kept = topic.__dict__.setdefault(_GIVEN, {})
    if value:
        kept[name] = value
    else:
        kept.pop(name, None)


@operation("sns", "SetTopicAttributes")
def set_topic_attributes(call: Call) -> Mapping[str, Any]:
    """Set one attribute of a topic."""
    name, value = call.parameters["AttributeName"], call.parameters.get("AttributeValue") or ""
    _check(name, value, call.parameters.get("TopicArn") or "", settable=_SETTABLE, where="")
    topic = topic_of(call)
    if name in _FIFO_ONLY and not topic.fifo_topic:
        raise invalid("AttributeName")
    _set(topic, name, value)
    return {}


@operation("sns", "GetTopicAttributes")
def get_topic_attributes(call: Call) -> Mapping[str, Any]:
    """Return a topic's attributes, both those that were set and those that every topic has."""
    return {"Attributes": _attributes(topic_of(call))}


def _attributes(topic: Any) -> dict[str, str]:
    subscribers = sns.subscriptions(topic.arn)
    confirmed = sum(map(sns.is_confirmed, subscribers))
    shown = {
        **topic.__dict__.get(_GIVEN, {}),
        "TopicArn": topic.arn, "Owner": topic.account_id, "Policy": topic.policy,
        "DisplayName": topic.display_name or "",
        "EffectiveDeliveryPolicy": json.dumps(_effective_policy(topic.delivery_policy), separators=(",", ":")),
        "SubscriptionsConfirmed": str(confirmed), "SubscriptionsPending": str(len(subscribers) - confirmed),
        "SubscriptionsDeleted": str(topic.subscriptions_deleted),
    }  # fmt: skip
    if topic.fifo_topic:
        shown |= {
            "FifoTopic": "true",
            "ContentBasedDeduplication": "true" if topic.content_based_deduplication else "false",
        }
    return shown


def _effective_policy(given: str | None) -> dict[str, Any]:
    """Return the delivery policy that results from a topic's own policy and the service's defaults."""
    own = (json.loads(given) if given else {}).get("http") or {}
    merged = {}
    for name, value in {**_HTTP_DEFAULTS, **own}.items():
        default = _HTTP_DEFAULTS.get(name)
        merged[name] = (
            {**default, **value} if isinstance(default, dict) and isinstance(value, dict) else value
        )
    return {"http": merged}


@operation("sns", "ListTopics")
def list_topics(call: Call) -> Mapping[str, Any]:
    """Return the ARNs of the account's topics in the Region."""
    topics = sorted(backend("sns", call.account, call.region).topics)
    return PAGES.page(call, "Topics", [{"TopicArn": arn} for arn in topics])


@operation("sns", "DeleteTopic")
def delete_topic(call: Call) -> Mapping[str, Any]:
    """Delete a topic and its subscriptions. Deleting a nonexistent topic succeeds."""
    arn = call.parameters["TopicArn"]
    check_arn(arn, "TopicArn", call.region)
    if sns.topic(arn) is not None:
        backend("sns", call.account, call.region).delete_topic(arn)
    return {}


@operation("sns", "TagResource")
def tag_resource(call: Call) -> Any:
    """Add tags to a topic. Rejects duplicate keys, and keys that are reserved for AWS."""
    _tags(call)
    return call.moto()
