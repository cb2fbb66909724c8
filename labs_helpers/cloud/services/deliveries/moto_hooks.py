"""The hooks in moto's deliveries: SNS to its subscribers, EventBridge to its targets, S3 to a bucket's destinations.

moto delivers through its backends directly, without a request, so the gate is not involved. Each hook asks for
permission before each delivery, and also delivers where moto does not: to other accounts, from EventBridge to
functions and topics, and with input templates. A refused delivery is dropped, as on AWS.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.moto import hooks
from labs_helpers.cloud.moto.backends import existing
from labs_helpers.cloud.services.lambda_ import moto_view as lambda_
from labs_helpers.cloud.services.logs import moto_view as logs
from labs_helpers.cloud.services.sns import moto_view as sns
from labs_helpers.cloud.services.sqs import moto_view as sqs
from labs_helpers.engine.policy.arn import Arn


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery to be decided: by `source` (`sns`, `events`, `s3`) for `source_arn` (topic, rule, bucket).

    `target` names the target's service. `role` is the ARN of the role that an EventBridge target is given.
    """

    source: str
    source_arn: str
    target: str
    target_arn: str
    role: str | None = None


May = Callable[[Delivery], bool]
"""A function that decides about each delivery."""


def from_sns(may: May) -> hooks.Undo:
    """Have `may` decide about SNS's deliveries. Those over HTTP are dropped. Return a function that undoes this."""
    from moto.sns.models import Subscription

    moto_publish = Subscription.publish

    def publish(self: Any, message: str, message_id: str, **more: Any) -> None:
        """Deliver to a subscriber if that is allowed."""
        if self.protocol in ("http", "https"):
            return
        if self.protocol not in ("sqs", "lambda"):
            moto_publish(self, message, message_id, **more)
            return
        matcher = self._filter_policy_matcher
        if matcher is not None and not matcher.matches(more.get("message_attributes"), message):
            return
        if may(Delivery("sns", self.topic_arn, self.protocol, self.endpoint)):
            _notify(self, message, message_id, more, moto_publish)

    return hooks.replace(Subscription, publish=publish)


def from_events(may: May) -> hooks.Undo:
    """Have `may` decide about EventBridge's deliveries. Return a function that undoes this."""
    from moto.events.models import Rule

    def send_to_targets(self: Any, original_event: Any, transform_input: bool = True) -> None:  # noqa: FBT002  # moto's
        """Deliver an event to the targets of a rule that are allowed."""
        if not self.event_pattern.matches_event(original_event):
            return
        for target in self.targets:
            kind = _kind(target["Arn"])
            if kind == "http":
                continue
            if kind == "archive" or may(
                Delivery("events", self.arn, kind, target["Arn"], target.get("RoleArn"))
            ):
                event = _event(target, original_event, self.arn, transform_input)
                send: Callable[..., None] = _SENDERS.get(kind, _nowhere)
                send(self, target, event, original_event)

    return hooks.replace(Rule, send_to_targets=send_to_targets)


def from_s3(may: May) -> hooks.Undo:
    """Have `may` decide about S3's notifications. Return a function that undoes this.

    moto would look for a queue by its name in the bucket's account, even if its ARN names another one.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html
    """
    from moto.s3 import notifications

    def send_event(account_id: str, event_name: Any, bucket: Any, key: Any) -> None:
        """Notify the allowed destinations of a bucket."""
        wanted = bucket.notification_configuration
        if wanted is None:
            return
        for kind, each in _destinations(wanted):
            if each.matches(event_name, key.name) and may(Delivery("s3", bucket.arn, kind, each.arn)):
                event = notifications._get_s3_event(event_name, bucket, key, each.id)
                _SENDERS[kind](None, {"Arn": each.arn}, event, {})
        if wanted.event_bridge is not None:
            notifications._send_event_bridge_message(account_id, bucket, event_name, key)

    def send_test_event(account_id: str, bucket: Any) -> None:
        """Send the test event to the allowed destinations."""
        # Functions get no test event, and a destination with several configurations gets one.
        wanted = _destinations(bucket.notification_configuration)
        for kind, arn in dict.fromkeys((kind, each.arn) for kind, each in wanted if kind != "lambda"):
            if may(Delivery("s3", bucket.arn, kind, arn)):
                _SENDERS[kind](None, {"Arn": arn}, notifications._get_test_event(bucket.name), {})

    return hooks.replace(notifications, send_event=send_event, send_test_event=send_test_event)


def _destinations(wanted: Any) -> list[tuple[str, Any]]:
    """Return (service, configuration) for each function, queue and topic of a bucket's notifications."""
    by_service = {"lambda": wanted.cloud_function, "sqs": wanted.queue, "sns": wanted.topic}
    return [(service, each) for service, configured in by_service.items() for each in configured]


# From SNS


def _notify(
    subscription: Any,
    message: str,
    message_id: str,
    more: Mapping[str, Any],
    moto_publish: Callable[..., None],
) -> None:
    if subscription.protocol == "sqs":
        if sqs.queue(subscription.endpoint) is None:
            return
        # moto looks for the queue in the subscription's account, which is the topic's.
        own = subscription.account_id
        subscription.account_id = Arn.parse(subscription.endpoint).account
        try:
            moto_publish(subscription, message, message_id, **more)
        finally:
            subscription.account_id = own
        return
    if more.get("message_structure") == "json":
        message = subscription._parse_message_structure(message, "lambda")
    lambda_.invoke(subscription.endpoint, _records(subscription, message, message_id, more))


def _records(subscription: Any, message: str, message_id: str, more: Mapping[str, Any]) -> dict[str, Any]:
    """Return the event that a function receives.

    https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
    """
    sent = subscription.get_post_data(
        message, message_id, more.get("subject"), more.get("message_attributes")
    )
    sent["SigningCertUrl"] = sent.pop("SigningCertURL")
    sent["UnsubscribeUrl"] = sent.pop("UnsubscribeURL")
    sent.setdefault("Subject", None)
    sent.setdefault("MessageAttributes", {})
    record = {
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription.arn,
        "EventSource": "aws:sns",
        "Sns": sent,
    }
    return {"Records": [record]}


# From EventBridge


def _kind(arn: str) -> str:
    """Return the service of a target: `archive` for moto's own targets, `http` for API destinations."""
    service = Arn.parse(arn).service
    if service != "events" or ":event-bus/" in arn:
        return service
    return "http" if ":api-destination/" in arn else "archive"


def _event(target: Mapping[str, Any], original: Mapping[str, Any], rule: str, transform: bool) -> Any:
    """Return the event that a target receives: the whole, a part of it, the target's input, or the filled template.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
    """
    event = dict(original)
    if not isinstance(event.get("time"), str):
        event["time"] = _time(event.get("time"))
    if not transform:
        return event
    if target.get("Input"):
        return _json(target["Input"])
    if target.get("InputPath"):
        return _at(event, target["InputPath"])
    transformer = target.get("InputTransformer")
    return _json(_filled(transformer, event, rule)) if transformer else event


def _time(seconds: Any) -> str:
    made = datetime.fromtimestamp(float(seconds), UTC) if seconds is not None else datetime.now(UTC)
    return made.strftime("%Y-%m-%dT%H:%M:%SZ")


def _at(event: Any, path: str) -> Any:
    """Return the part of an event at a path such as `$.detail.item` or `$.resources[0]`, or None if there is none."""
    for name, number in re.findall(r"([^.$\[\]]+)|\[(\d+)\]", path):
        if number:
            event = event[int(number)] if isinstance(event, list) and int(number) < len(event) else None
        else:
            event = event.get(name) if isinstance(event, Mapping) else None
    return event


def _filled(transformer: Mapping[str, Any], event: Mapping[str, Any], rule: str) -> str:
    """Return the template with values for its `<name>`s; a value within quotes gets no quotes."""
    values = {name: _at(event, path) for name, path in (transformer.get("InputPathsMap") or {}).items()}
    values["aws.events.rule-arn"] = rule
    values["aws.events.rule-name"] = rule.rpartition("/")[2]
    values["aws.events.event.ingestion-time"] = event["time"]
    values["aws.events.event.json"] = values["aws.events.event"] = event
    template = transformer["InputTemplate"]

    def fill(match: re.Match[str]) -> str:
        """Return the value for a name in the template."""
        if match[1] not in values:
            return match[0]
        text = json.dumps(values[match[1]])
        quoted = len(re.findall(r'(?<!\\)"', template[: match.start()])) % 2
        return (text[1:-1] if text.startswith('"') else text.replace('"', '\\"')) if quoted else text

    return re.sub(r"<([\w.-]+)>", fill, template)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _text(event: Any) -> str:
    return event if isinstance(event, str) else json.dumps(event)


def _to_queue(rule: Any, target: Mapping[str, Any], event: Any, _: Any) -> None:
    group = (target.get("SqsParameters") or {}).get("MessageGroupId")
    sqs.send(target["Arn"], _text(event), **({"group_id": group} if group else {}))


def _to_topic(rule: Any, target: Mapping[str, Any], event: Any, _: Any) -> None:
    sns.publish(target["Arn"], _text(event))


def _to_function(rule: Any, target: Mapping[str, Any], event: Any, _: Any) -> None:
    lambda_.invoke(target["Arn"], event)


def _to_log_group(rule: Any, target: Mapping[str, Any], event: Any, _: Any) -> None:
    logs.write(target["Arn"], _text(event))


def _to_bus(rule: Any, target: Mapping[str, Any], event: Any, original: Mapping[str, Any]) -> None:
    """Pass the event on to another bus, unless it has passed that one already."""
    account, region, name = (
        Arn.parse(target["Arn"]).account,
        Arn.parse(target["Arn"]).region,
        target["Arn"].rpartition("/")[2],
    )
    bus = existing("events", account, region)
    if bus is None or name not in bus.event_buses or target["Arn"] in _passed:
        return
    entry = {"Source": original["source"], "DetailType": original["detail-type"], "EventBusName": name,
             "Detail": json.dumps(original["detail"])}  # fmt: skip
    _passed.append(target["Arn"])
    try:
        bus.put_events([entry])
    finally:
        _passed.pop()


_passed: list[str] = []
"""The buses that the current event has passed, in order."""


def _to_archive(rule: Any, target: Mapping[str, Any], event: Any, original: Any) -> None:
    rule._send_to_events_archive(event["archive-arn"].partition(":archive/")[2], original)


def _nowhere(rule: Any, target: Mapping[str, Any], event: Any, _: Any) -> None:
    raise NotModelled(
        f"events: the rule {rule.name} has the target {target['Arn']}, to which nothing is delivered"
    )


_SENDERS: Mapping[str, Callable[..., None]] = {
    "sqs": _to_queue, "sns": _to_topic, "lambda": _to_function, "logs": _to_log_group, "events": _to_bus,
    "archive": _to_archive,
}  # fmt: skip
