"""Hooks into moto's deliveries, such as from SNS to subscribers, from EventBridge to targets, and from S3.

moto delivers directly through its backends, without a request that passes through the gate. Each hook checks
permissions before each delivery. The hooks also make deliveries that moto doesn't support: to other accounts,
from EventBridge to functions and topics, and with input templates. A denied delivery is dropped, as on AWS, unless a
dead-letter queue is configured.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.core.utils import iso_8601_datetime_with_milliseconds

from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.core.json_text import parsed
from labs_helpers.cloud.moto import hooks
from labs_helpers.cloud.services.deliveries import queue_polling
from labs_helpers.cloud.services.events import moto_view as events
from labs_helpers.cloud.services.lambda_ import moto_view as lambdas
from labs_helpers.cloud.services.logs import moto_view as logs
from labs_helpers.cloud.services.logs import subscriptions
from labs_helpers.cloud.services.sns import moto_view as sns
from labs_helpers.cloud.services.sns import notifications
from labs_helpers.cloud.services.sqs import moto_view as sqs
from labs_helpers.engine.policy.arn import Arn


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery to be authorized.

    `source` is the delivering service (`sns`, `events`, `s3`), and `source_arn` is the ARN of the topic, rule,
    or bucket. `target` is the name of the target's service. `role` is the ARN of an EventBridge target's role.
    If `polled` is True, the source is a queue, and Lambda receives its messages with the function's role.
    """

    source: str
    source_arn: str
    target: str
    target_arn: str
    role: str | None = None
    polled: bool = False


May = Callable[[Delivery], bool]
"""A function that returns whether a delivery is allowed."""
Invoke = Callable[[str, Any], Any]
"""A function that invokes a Lambda function with an event, and returns the function's response or None."""
Post = Callable[[notifications.Notification, str, str, bool], None]
"""A function that sends a notification, given the protocol, the address, and whether raw delivery is used."""


def from_sns(may: May, invoke: Invoke, post: Post) -> hooks.Undo:
    """Have `may` authorize the deliveries of SNS. Returns a function that undoes the change."""
    from moto.sns.models import Subscription, Topic

    def publish(self: Any, message: str, message_id: str, **more: Any) -> None:
        """Deliver to a confirmed subscriber, if the filter policy and the target's policy allow it."""
        if not sns.is_confirmed(self):
            return
        sent = notifications.notification(
            self, message, message_id, iso_8601_datetime_with_milliseconds(), more
        )
        if sent is None:
            return
        if self.protocol not in ("sqs", "lambda"):
            post(sent, self.protocol, self.endpoint, sns.is_raw(self))
        elif may(Delivery("sns", self.topic_arn, self.protocol, self.endpoint)) and _exists(self):
            if self.protocol == "lambda":
                invoke(self.endpoint, sent.as_lambda_event())
            else:
                sqs.send(self.endpoint, **sent.as_sqs_message(raw=sns.is_raw(self)))
        else:
            _dead_letter(self, sent, may)

    def publish_to_all(self: Any, message: str, **more: Any) -> str | None:
        """Deliver to all subscribers of a topic."""
        return sns.publish(self.arn, message, **more)

    return hooks.all_of(
        hooks.replace(Subscription, publish=publish), hooks.replace(Topic, publish=publish_to_all)
    )


def _exists(subscription: Any) -> bool:
    """Return True if a subscription's queue exists. Functions are checked elsewhere."""
    return subscription.protocol != "sqs" or sqs.queue(subscription.endpoint) is not None


def _dead_letter(subscription: Any, sent: notifications.Notification, may: May) -> None:
    """Send an undelivered message to the subscription's dead-letter queue, if the subscription has one.

    https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
    """
    policy = subscription.attributes.get("RedrivePolicy")
    queue = json.loads(policy).get("deadLetterTargetArn", "") if policy else ""
    if _takes_dead_letters(queue, "sns", subscription.topic_arn, may):
        sqs.send(queue, **sent.as_sqs_message(raw=sns.is_raw(subscription)))


def _takes_dead_letters(queue: str, source: str, source_arn: str, may: May) -> bool:
    """Return True if a dead-letter queue exists, and its policy allows the delivery."""
    return sqs.queue(queue) is not None and may(Delivery(source, source_arn, "sqs", queue))


def from_events(may: May, invoke: Invoke, _: Post) -> hooks.Undo:
    """Have `may` authorize EventBridge's deliveries.

    Returns a function that undoes the change. The change also corrects moto's errors: moto supports patterns
    only partly, delivers for disabled rules, and sets an event's account to the account of the receiving bus.
    """
    from moto.events.models import EventPattern, EventsBackend, Rule

    def send_to_targets(self: Any, original_event: Any, transform_input: bool = True) -> None:  # noqa: FBT002  # moto's
        """Deliver an event to the rule's targets that the policies allow."""
        if self.event_pattern.dump() is None or not self.event_pattern.matches_event(original_event):
            return
        for target in self.targets:
            kind = _kind(target["Arn"])
            if kind == "http":
                continue
            gone = kind == "sqs" and sqs.queue(target["Arn"]) is None
            allowed = kind == "archive" or may(
                Delivery("events", self.arn, kind, target["Arn"], target.get("RoleArn"))
            )
            if gone or not allowed:
                code = "NO_RESOURCE" if gone else "NO_PERMISSIONS"
                _dead_letter_event(target, original_event, self.arn, code, may)
            else:
                event = _event(target, original_event, self.arn, transform_input)
                if kind == "lambda":
                    invoke(target["Arn"], _json(event) if isinstance(event, str) else event)
                    continue
                send: Callable[..., None] = _SENDERS.get(kind, _nowhere)
                send(self, target, event, original_event)

    def put_events(self: Any, entries: Any) -> list[dict[str, Any]]:
        """Put a service's events onto an account's buses."""
        return [events.put(self, entry, self.account_id) for entry in entries]

    return hooks.all_of(
        hooks.replace(Rule, send_to_targets=send_to_targets),
        hooks.replace(EventsBackend, put_events=put_events),
        hooks.replace(EventPattern, load=staticmethod(events.load_pattern)),
    )


def from_sqs(may: May, invoke: Invoke, _: Post) -> hooks.Undo:
    """Make queues store messages as SQS does, and have Lambda poll queues with an event source mapping.

    moto doesn't record the source queue of a dead letter, and deduplicates messages across all message groups. Returns
    a function that undoes the change.
    """
    from moto.sqs.models import Queue

    def add_message(self: Any, message: Any) -> None:
        """Add a message, and deliver it to the functions that are mapped to the queue."""
        if self.fifo_queue and _is_duplicate(self, message):
            return
        sqs.note_queue(message, self.queue_arn)
        with self._messages_lock:
            self._messages.append(message)
            self._messages_lock.notify_all()
        for mapping in list(self.lambda_event_source_mappings.values()):
            function = lambdas.function(mapping.function_arn)
            role = function.role if function is not None else None
            if mapping.enabled and may(
                Delivery("sqs", self.queue_arn, "lambda", mapping.function_arn, role, polled=True)
            ):
                queue_polling.poll(self, mapping, invoke)

    return hooks.replace(Queue, add_message=add_message)


_FIVE_MINUTES = 300_000


def _is_duplicate(queue: Any, message: Any) -> bool:
    in_group = queue.deduplication_scope == "messageGroup"
    return message.deduplication_id is not None and any(
        each.deduplication_id == message.deduplication_id
        and each is not message
        and (not in_group or each.group_id == message.group_id)
        and message.sent_timestamp - each.sent_timestamp < _FIVE_MINUTES
        for each in queue._messages
    )


def from_logs(may: May, invoke: Invoke, _: Post) -> hooks.Undo:
    """Have `may` authorize deliveries from CloudWatch Logs to functions. Returns a function that undoes the change."""
    from moto.logs.models import LogStream

    def send_log_events(
        self: Any, service: str, destination_arn: str, filter_name: str, log_events: Any
    ) -> None:
        """Deliver a stream's new events that pass the filter."""
        if service != "lambda":
            return
        event = subscriptions.as_event(self, self.log_group.subscription_filters[filter_name], log_events)
        source = f"{self.log_group.arn}:*"
        service = subscriptions.sender(self.region, destination_arn)
        if event is not None and may(Delivery(service, source, "lambda", destination_arn)):
            invoke(destination_arn, event)

    return hooks.replace(LogStream, _send_log_events=send_log_events)


def from_s3(may: May, invoke: Invoke, _: Post) -> hooks.Undo:
    """Have `may` authorize the notifications of S3. Returns a function that undoes the change.

    moto would look for a queue by name in the bucket's account, even if the queue's ARN contains another account.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html
    """
    from moto.s3 import notifications as bucket_notifications

    def send_event(account_id: str, event_name: Any, bucket: Any, key: Any) -> None:
        """Notify a bucket's allowed destinations."""
        wanted = bucket.notification_configuration
        if wanted is None:
            return
        for kind, each in _destinations(wanted):
            if each.matches(event_name, key.name) and may(Delivery("s3", bucket.arn, kind, each.arn)):
                event = bucket_notifications._get_s3_event(event_name, bucket, key, each.id)
                if kind == "lambda":
                    invoke(each.arn, event)
                else:
                    _SENDERS[kind](None, {"Arn": each.arn}, event, {})
        if wanted.event_bridge is not None:
            # moto's function would send the event to all buses. The S3 service's hook makes it return the
            # event.
            entry = bucket_notifications._send_event_bridge_message(account_id, bucket, event_name, key)
            events.put(events.backend(account_id, bucket.region_name), entry, account_id)

    def send_test_event(account_id: str, bucket: Any) -> None:
        """Send the test event to the allowed destinations."""
        # Functions don't receive a test event, and a destination with several configurations receives only one.
        wanted = _destinations(bucket.notification_configuration)
        for kind, arn in dict.fromkeys((kind, each.arn) for kind, each in wanted if kind != "lambda"):
            if may(Delivery("s3", bucket.arn, kind, arn)):
                _SENDERS[kind](None, {"Arn": arn}, bucket_notifications._get_test_event(bucket.name), {})

    return hooks.replace(bucket_notifications, send_event=send_event, send_test_event=send_test_event)


def _destinations(wanted: Any) -> list[tuple[str, Any]]:
    """Return (service, configuration) for each function, queue, and topic of a bucket's notifications."""
    by_service = {"lambda": wanted.cloud_function, "sqs": wanted.queue, "sns": wanted.topic}
    return [(service, each) for service, configured in by_service.items() for each in configured]


# From EventBridge


def _kind(arn: str) -> str:
    """Return the service of a target: `archive` for moto's own targets, `http` for API destinations."""
    service = Arn.parse(arn).service
    if service != "events" or ":event-bus/" in arn:
        return service
    return "http" if ":api-destination/" in arn else "archive"


def _dead_letter_event(
    target: Mapping[str, Any], original: Mapping[str, Any], rule: str, code: str, may: May
) -> None:
    """Send an undelivered event to the target's dead-letter queue, if the target has one.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
    """
    queue = (target.get("DeadLetterConfig") or {}).get("Arn", "")
    if _takes_dead_letters(queue, "events", rule, may):
        why = {"RULE_ARN": rule, "TARGET_ARN": target["Arn"], "ERROR_CODE": code}
        attributes = {name: {"DataType": "String", "StringValue": value} for name, value in why.items()}
        sqs.send(queue, _compact(_timed(original)), message_attributes=attributes)


def _timed(original: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event with its time as text."""
    event = dict(original)
    if not isinstance(event.get("time"), str):
        event["time"] = _time(event.get("time"))
    return event


def _event(target: Mapping[str, Any], original: Mapping[str, Any], rule: str, transform: bool) -> Any:
    """Return what a target receives: the event, a part of it, the target's input, or the filled-in template.

    An input or a filled-in template is a string, and is delivered unchanged.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
    """
    event = _timed(original)
    if not transform:
        return event
    if target.get("Input"):
        return target["Input"]
    if target.get("InputPath"):
        return _at(event, target["InputPath"])
    transformer = target.get("InputTransformer")
    return _filled(transformer, event, rule) if transformer else event


def _time(seconds: Any) -> str:
    made = datetime.fromtimestamp(float(seconds), UTC) if seconds is not None else datetime.now(UTC)
    return made.strftime("%Y-%m-%dT%H:%M:%SZ")


def _at(event: Any, path: str) -> Any:
    """Return the part of an event at a path such as `$.detail.item` or `$.resources[0]`, or None if there isn't one."""
    for name, number in re.findall(r"([^.$\[\]]+)|\[(\d+)\]", path):
        if number:
            event = event[int(number)] if isinstance(event, list) and int(number) < len(event) else None
        else:
            event = event.get(name) if isinstance(event, Mapping) else None
    return event


def _filled(transformer: Mapping[str, Any], event: Mapping[str, Any], rule: str) -> str:
    """Return the template with values in place of each `<name>`. A value within quotes isn't quoted again.

    `<aws.events.event>` is the event without its detail. Within quotes, the value of a nonexistent path is
    empty.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
    """
    values = {name: _at(event, path) for name, path in (transformer.get("InputPathsMap") or {}).items()}
    values["aws.events.rule-arn"] = rule
    values["aws.events.rule-name"] = rule.rpartition("/")[2]
    values["aws.events.event.ingestion-time"] = event["time"]
    values["aws.events.event"] = {name: value for name, value in event.items() if name != "detail"}
    values["aws.events.event.json"] = event
    template = transformer["InputTemplate"]

    def fill(match: re.Match[str]) -> str:
        """Return the value for a name in the template."""
        if match[1] not in values:
            return match[0]
        value = values[match[1]]
        text = _compact(value)
        quoted = len(re.findall(r'(?<!\\)"', template[: match.start()])) % 2
        if quoted and value is None:
            return ""
        return (text[1:-1] if text.startswith('"') else text.replace('"', '\\"')) if quoted else text

    return re.sub(r"<([\w.-]+)>", fill, template)


def _json(text: str) -> Any:
    try:
        return parsed(text)
    except ValueError:
        return text


def _text(event: Any) -> str:
    return event if isinstance(event, str) else _compact(event)


def _compact(event: Any) -> str:
    """Return an event as JSON without spaces between its parts, as EventBridge and S3 write it."""
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False)


def _to_queue(rule: Any, target: Mapping[str, Any], event: Any, _: Any) -> None:
    group = (target.get("SqsParameters") or {}).get("MessageGroupId")
    sqs.send(target["Arn"], _text(event), **({"group_id": group} if group else {}))


def _to_topic(rule: Any, target: Mapping[str, Any], event: Any, _: Any) -> None:
    sns.publish(target["Arn"], _text(event))


def _to_log_group(rule: Any, target: Mapping[str, Any], event: Any, _: Any) -> None:
    logs.write(target["Arn"], _text(event))


def _to_bus(rule: Any, target: Mapping[str, Any], event: Any, original: Mapping[str, Any]) -> None:
    """Send the event to another bus, unless that bus has already received it.

    The event keeps its original account and Region. OBSERVED in 2025. The documentation also shows this:
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html
    """
    if target["Arn"] in _passed:
        return
    _passed.append(target["Arn"])
    try:
        events.receive(target["Arn"], original)
    finally:
        _passed.pop()


_passed: list[str] = []
"""The buses that the current event has passed, in order."""


def _to_archive(rule: Any, target: Mapping[str, Any], event: Any, original: Any) -> None:
    rule._send_to_events_archive(json.loads(event)["archive-arn"].partition(":archive/")[2], original)


def _nowhere(rule: Any, target: Mapping[str, Any], event: Any, _: Any) -> None:
    raise NotModelled(f"events: delivery to {target['Arn']}, a target of the rule {rule.name}, isn't modeled")


_SENDERS: Mapping[str, Callable[..., None]] = {
    "sqs": _to_queue, "sns": _to_topic, "logs": _to_log_group, "events": _to_bus, "archive": _to_archive,
}  # fmt: skip
