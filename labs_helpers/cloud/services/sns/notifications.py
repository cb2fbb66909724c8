"""Notifications to subscribers, in the form of the subscription's protocol, subject to its filter policy.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labs_helpers.cloud.services.sns import filter_policies

_MOST_RAW_ATTRIBUTES = 10
"""https://docs.aws.amazon.com/sns/latest/dg/sns-large-payload-raw-message-delivery.html"""


@dataclass(frozen=True, slots=True)
class Notification:
    """A message to one subscriber."""

    message: str
    message_id: str
    topic_arn: str
    subscription_arn: str
    timestamp: str
    subject: str | None = None
    attributes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """`Type` and `Value` by attribute name. Binary values are in base64."""
    group_id: str | None = None
    deduplication_id: str | None = None
    sequence_number: str | None = None
    signature_version: str = "1"

    def document(self) -> dict[str, Any]:
        """Return the signed document that queues and HTTP endpoints receive."""
        # Imported here because cryptography takes 20 ms to load, and a cloud without messages doesn't need to wait for
        # it.
        from labs_helpers.cloud.services.sns import signing

        region = self.topic_arn.split(":")[3]
        sent: dict[str, Any] = {"Type": "Notification", "MessageId": self.message_id}
        if self.sequence_number is not None:
            sent["SequenceNumber"] = self.sequence_number
        sent["TopicArn"] = self.topic_arn
        if self.subject is not None:
            sent["Subject"] = self.subject
        sent |= {"Message": self.message, "Timestamp": self.timestamp}
        sent |= {
            "SignatureVersion": self.signature_version,
            "Signature": signing.signature(sent, self.signature_version),
            "SigningCertURL": signing.certificate_url(region),
            "UnsubscribeURL": f"https://sns.{region}.amazonaws.com/?Action=Unsubscribe&SubscriptionArn="
            f"{self.subscription_arn}",
        }
        if self.attributes:
            sent["MessageAttributes"] = {name: dict(value) for name, value in self.attributes.items()}
        return sent

    def text(self) -> str:
        """Return the signed document as JSON text."""
        return json.dumps(self.document(), indent=2, separators=(",", " : "), ensure_ascii=False)

    def as_lambda_event(self) -> dict[str, Any]:
        """Return the notification as the event that a Lambda function receives.

        https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
        """
        sent = {"Subject": None, **self.document()}
        sent["SigningCertUrl"] = sent.pop("SigningCertURL")
        sent["UnsubscribeUrl"] = sent.pop("UnsubscribeURL")
        sent.setdefault("MessageAttributes", {})
        record = {
            "EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": self.subscription_arn,
            "Sns": sent,
        }  # fmt: skip
        return {"Records": [record]}

    def as_sqs_message(self, *, raw: bool) -> dict[str, Any]:
        """Return the body, attributes, and FIFO IDs of the message that a queue receives."""
        fifo = {"group_id": self.group_id, "deduplication_id": self.deduplication_id}
        more = {name: value for name, value in fifo.items() if value is not None}
        if not raw:
            return {"body": self.text(), **more}
        attributes = {name: _as_sqs_attribute(value) for name, value in self.attributes.items()}
        if len(attributes) > _MOST_RAW_ATTRIBUTES:
            attributes = {}
        return {"body": self.message, "message_attributes": attributes, **more}


def _as_sqs_attribute(attribute: Mapping[str, str]) -> dict[str, Any]:
    """Return an attribute of a raw message. OBSERVED: binary values arrive as bytes."""
    kind, value = attribute["Type"], attribute["Value"]
    if kind.split(".")[0] == "Binary":
        return {"DataType": kind, "BinaryValue": base64.b64decode(value)}
    return {"DataType": kind, "StringValue": value}


def notification(
    subscription: Any, message: str, message_id: str, timestamp: str, more: Mapping[str, Any]
) -> Notification | None:
    """Return the notification for one of moto's subscriptions, or None if its filter policy drops the message.

    `more` contains the other parameters of moto's `Topic.publish`.
    """
    if more.get("message_structure") == "json":
        message = _of_protocol(message, subscription.protocol)
    attributes = more.get("message_attributes") or {}
    policy = subscription.attributes.get("FilterPolicy")
    scope = subscription.attributes.get("FilterPolicyScope") or filter_policies.ATTRIBUTES
    if policy and not filter_policies.passes(policy, scope, attributes, message):
        return None
    topic = subscription.topic
    return Notification(
        message, message_id, topic.arn, subscription.arn, timestamp, more.get("subject"), attributes,
        more.get("group_id"), more.get("deduplication_id"), more.get("sequence_number"),
        str(getattr(topic, "signature_version", None) or "1"),
    )  # fmt: skip


def _of_protocol(message: str, protocol: str) -> str:
    structured = json.loads(message)
    chosen = structured.get(protocol, structured.get("default"))
    return chosen if isinstance(chosen, str) else json.dumps(chosen)
