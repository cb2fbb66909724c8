"""Operations that set and return the attributes of queues.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterable, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.json_text import parsed
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.moto.backends import backend
from labs_helpers.cloud.services.shared.policy_quotas import PolicyQuotas
from labs_helpers.cloud.services.shared.policy_text import refuse_malformed
from labs_helpers.cloud.services.sqs import moto_view as sqs
from labs_helpers.cloud.services.sqs.errors import (
    invalid,
    invalid_value,
    queue_of,
    unknown_attribute,
)
from labs_helpers.cloud.services.sqs.tags import check_tags

_RANGES = {
    "DelaySeconds": (0, 900),
    "MaximumMessageSize": (1024, 1_048_576),
    "MessageRetentionPeriod": (60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
    "VisibilityTimeout": (0, 43_200),
    "KmsDataKeyReusePeriodSeconds": (60, 86_400),
}
"""Numeric attribute → its minimum and maximum values."""
_CHOICES = {
    "FifoQueue": ("true", "false"),
    "ContentBasedDeduplication": ("true", "false"),
    "SqsManagedSseEnabled": ("true", "false"),
    "DeduplicationScope": ("messageGroup", "queue"),
    "FifoThroughputLimit": ("perQueue", "perMessageGroupId"),
}
"""Attributes with a fixed set of values → their values."""
_TEXTS = frozenset(("Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId"))
_COUNTED = frozenset(
    ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed", "ApproximateNumberOfMessagesNotVisible",
     "CreatedTimestamp", "LastModifiedTimestamp", "QueueArn")
)  # fmt: skip
"""Attributes that are shown and never set."""
NAMES = frozenset(("All", *_RANGES, *_CHOICES, *_TEXTS, *_COUNTED))
"""The names that a request for a queue's attributes can contain."""
_MOST_SOURCES = 10
"""The maximum number of queues that RedriveAllowPolicy can list."""
_FIFO_ONLY = ("ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit")
_QUEUE_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}", re.ASCII)
_ONE_ENCRYPTION = (
    "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or "
    "SQS SSE."
)


@operation("sqs", "CreateQueue")
def create_queue(call: Call) -> Mapping[str, Any]:
    """Create a queue, or return the existing queue with this name.

    Rejects attributes that the existing queue doesn't have.
    """
    given: Mapping[str, str] = call.parameters.get("Attributes") or {}
    name, tags = call.parameters["QueueName"], dict(call.parameters.get("tags") or {})
    _check_name(name, given)
    check_tags(tags)
    for each, value in given.items():
        _check(each, value)
    arn = f"arn:aws:sqs:{call.region}:{call.account}:{name}"
    _check_policies(call, arn, name.endswith(".fifo"), given)
    known = sqs.queue(arn)
    if known is not None:
        _refuse_others(known, given, tags)
    else:
        fifo = {"FifoQueue": "true"} if given.get("FifoQueue") == "true" else {}
        known = backend("sqs", call.account, call.region).create_queue(name, tags, **fifo)
        _set(known, {key: value for key, value in given.items() if key != "FifoQueue"})
    host = call.host if (call.host or "").startswith("sqs.") else f"sqs.{call.region}.amazonaws.com"
    return {"QueueUrl": f"https://{host}/{call.account}/{name}"}


def _refuse_others(known: Any, given: Mapping[str, str], tags: Mapping[str, str]) -> None:
    """Raise QueueAlreadyExists for a queue whose attributes or tags differ from those in the request to create it."""
    shown = attributes(known)
    for name, value in given.items():
        if not _alike(shown.get(name, ""), value):
            raise _exists(f"a different value for attribute {name}")
    different = sorted(name for name, value in tags.items() if known.tags.get(name) != value)
    if different:
        raise _exists(f"a different value for tag(s) {','.join(different)}")


def _exists(why: str) -> ServiceError:
    message = f"A queue already exists with the same name and {why}"
    return ServiceError("QueueNameExists", message, 400, query_code="QueueAlreadyExists")


def _alike(one: str, other: str) -> bool:
    if one == other:
        return True
    try:
        return bool(parsed(one) == parsed(other))
    except ValueError:
        return False


def _check_name(name: str, given: Mapping[str, str]) -> None:
    """Reject a malformed queue name, and attributes of FIFO queues for a standard queue.

    OBSERVED since 2018: a standard queue doesn't have FifoQueue, not even with the value false
    (https://github.com/hashicorp/terraform-provider-aws/issues/13980).
    """
    fifo = given.get("FifoQueue") == "true"
    if fifo and not name.endswith(".fifo"):
        message = "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must "
        raise invalid(message + "end with .fifo suffix and be 1 to 80 in length.")
    if len(name) > 80 or not _QUEUE_NAME.fullmatch(name.removesuffix(".fifo") if fifo else name):
        raise invalid("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
    wrong = next((each for each in ("FifoQueue", *_FIFO_ONLY) if each in given and not fifo), None)
    if wrong is not None:
        raise unknown_attribute(f"Unknown Attribute {wrong}.")


def _check(name: str, value: str) -> None:
    """Reject an attribute that queues don't have, and a value that is out of range."""
    if name in _RANGES:
        least, most = _RANGES[name]
        valid = value.isascii() and value.isdigit() and least <= int(value) <= most
    elif name in _CHOICES:
        valid = value.lower() in {each.lower() for each in _CHOICES[name]}
    elif name in _TEXTS:
        valid = True
    else:
        raise unknown_attribute(f"Unknown Attribute {name}.")
    if not valid:
        raise invalid_value(f"Invalid value for the parameter {name}.")


def _check_policies(call: Call, arn: str, fifo: bool, given: Mapping[str, str]) -> None:
    """Reject a policy or a redrive policy that isn't valid, and two kinds of encryption at once."""
    if given.get("Policy"):
        _check_policy(given["Policy"])
    if given.get("KmsMasterKeyId") and given.get("SqsManagedSseEnabled") == "true":
        raise unknown_attribute(_ONE_ENCRYPTION)
    if given.get("RedrivePolicy"):
        _check_redrive_policy(arn, fifo, given["RedrivePolicy"])
    if given.get("RedriveAllowPolicy"):
        _check_allow_policy(given["RedriveAllowPolicy"])
    limit, scope = given.get("FifoThroughputLimit"), given.get("DeduplicationScope")
    known = sqs.queue(arn)
    scope = scope or (known.deduplication_scope if known is not None else "queue")
    if limit == "perMessageGroupId" and scope != "messageGroup":
        raise invalid_value(
            "The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup."
        )


def _check_redrive_policy(arn: str, fifo: bool, text: str) -> None:
    """Reject a dead-letter queue that doesn't exist or is of another kind, and a count out of range."""

    def wrong(why: str) -> ServiceError:
        return invalid(f"Value {text} for parameter RedrivePolicy is invalid. Reason: {why}")

    policy = _json(text)
    if not isinstance(policy, dict):
        raise wrong("Redrive policy is not a valid JSON map.")
    for name in ("maxReceiveCount", "deadLetterTargetArn"):
        if name not in policy:
            raise wrong(f"Redrive policy does not contain mandatory attribute: {name}.")
    unknown = next((name for name in policy if name not in ("maxReceiveCount", "deadLetterTargetArn")), None)
    if unknown is not None:
        raise wrong("Only following attributes are supported: [deadLetterTargetArn, maxReceiveCount].")
    count = str(policy["maxReceiveCount"])
    if not (count.isascii() and count.isdigit() and 1 <= int(count) <= 1000):
        raise wrong(
            f"Invalid value for maxReceiveCount: {count}, valid values are from 1 to 1000 both inclusive."
        )
    why = _refused_target(str(policy["deadLetterTargetArn"]), arn, fifo)
    if why is not None:
        raise wrong(why)


def _refused_target(target: str, arn: str, fifo: bool) -> str | None:
    """Return why a queue can't have a target as its dead-letter queue, or None."""
    if target.split(":")[:5] != arn.split(":")[:5]:
        return "Dead-letter queue must be in the same account and Region as the source."
    if sqs.queue(target) is None:
        return "Dead letter target does not exist."
    if target.endswith(".fifo") != fifo:
        return "Dead-letter queue must be same type of queue as the source."
    return None if _allows_source(target, arn) else "Dead-letter queue does not allow the source queue."


def _allows_source(target: str, source: str) -> bool:
    """Return True if a dead-letter queue's RedriveAllowPolicy allows a source queue."""
    policy = _json(sqs.allow_policy(sqs.queue(target)) or "{}")
    permission = policy.get("redrivePermission", "allowAll")
    return permission == "allowAll" or source in policy.get("sourceQueueArns", ())


def _check_allow_policy(text: str) -> None:
    """Reject a policy without a known permission, and source queues for a permission other than byQueue.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
    """
    policy = _json(text)
    permission = policy.get("redrivePermission") if isinstance(policy, dict) else None
    sources = policy.get("sourceQueueArns") or () if isinstance(policy, dict) else ()
    by_queue = permission == "byQueue" and 1 <= len(sources) <= _MOST_SOURCES
    if not by_queue and (permission not in ("allowAll", "denyAll") or sources):
        raise invalid(
            f"Value {text} for parameter RedriveAllowPolicy is invalid. Reason: Amazon SQS can't create the redrive "
            "allow policy, as it's in an unsupported format."
        )


_POLICY_QUOTAS = PolicyQuotas(size=8_192, statements=20, principals=50, conditions=10, actions=7)
"""https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html"""


def _check_policy(text: str) -> None:
    """Reject a policy that is malformed or too large, or that names a principal that doesn't exist."""
    wrong = "Invalid value for the parameter Policy."
    refuse_malformed(text, "InvalidAttributeValue", wrong + " Reason: {why}", wrong)
    document = json.loads(text)
    if (exceeded := _POLICY_QUOTAS.exceeded(text, document)) is not None:
        what, count, most = exceeded
        where = "in" if what in ("bytes", "statements") else "in a statement from"
        message = f"{count} {what} were found {where} the submitted policy, max allowed is {most}"
        raise ServiceError("OverLimit", message, 403)


def _json(text: str) -> Any:
    try:
        return parsed(text)
    except ValueError:
        return None


@operation("sqs", "SetQueueAttributes")
def set_queue_attributes(call: Call) -> Mapping[str, Any]:
    """Set some of a queue's attributes. All other attributes, including the policy, stay unchanged."""
    given: Mapping[str, str] = call.parameters.get("Attributes") or {}
    known = queue_of(call)
    for name, value in given.items():
        if name == "FifoQueue" or (name in _FIFO_ONLY and not known.fifo_queue):
            raise unknown_attribute(f"Unknown Attribute {name}.")
        _check(name, value)
    _check_policies(call, known.queue_arn, known.fifo_queue, given)
    _set(known, given)
    return {}


def _set(known: Any, given: Mapping[str, str]) -> None:
    """Set attributes of moto's queue.

    OBSERVED in 2024: a KMS key and SSE-SQS are mutually exclusive; removing the key leaves the queue without either.
    """
    settings: dict[str, Any] = {name: value for name, value in given.items() if name not in _TEXTS}
    for name in _CHOICES:
        if name in settings and name in ("ContentBasedDeduplication", "SqsManagedSseEnabled"):
            settings[name] = settings[name].lower()
    key = given.get("KmsMasterKeyId")
    if key is not None:
        settings |= {"KmsMasterKeyId": key or None, "SqsManagedSseEnabled": "false"}
    elif settings.get("SqsManagedSseEnabled") == "true":
        settings["KmsMasterKeyId"] = None
    policy = known.policy
    known._set_attributes(settings)
    known.policy = given.get("Policy", policy)
    if "RedrivePolicy" in given:
        known._setup_dlq(given["RedrivePolicy"])
    if "RedriveAllowPolicy" in given:
        sqs.put_allow_policy(known, given["RedriveAllowPolicy"])


def attributes(known: Any) -> dict[str, str]:
    """Return all of a queue's attributes as GetQueueAttributes does."""
    shown = {name: str(value) for name, value in known.attributes.items() if value is not None}
    for name in ("CreatedTimestamp", "LastModifiedTimestamp"):
        shown[name] = str(int(float(shown[name])))
    if known.policy:
        shown["Policy"] = json.dumps(json.loads(known.policy), separators=(",", ":"))
    if known.redrive_policy:
        shown["RedrivePolicy"] = json.dumps(known.redrive_policy, separators=(",", ":"))
    allowed = sqs.allow_policy(known)
    return shown | ({"RedriveAllowPolicy": allowed} if allowed else {})


def check_names(wanted: Iterable[str], known: Container[str]) -> None:
    """Reject names of attributes that aren't known."""
    for name in wanted:
        if name not in known:
            raise unknown_attribute(f"Unknown Attribute {name}.")


@operation("sqs", "GetQueueAttributes")
def get_queue_attributes(call: Call) -> Mapping[str, Any]:
    """Return the queue attributes that a request specifies, or all attributes."""
    wanted = call.parameters.get("AttributeNames") or ()
    shown = attributes(queue_of(call))
    check_names(wanted, NAMES)
    chosen = shown if "All" in wanted else {name: shown[name] for name in wanted if name in shown}
    return {"Attributes": chosen} if chosen else {}
