"""Event notifications: a bucket's notification configuration, and the requester that its events contain.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import around, operation
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.moto.invalid_parameters import malformed_xml
from labs_helpers.cloud.services.deliveries import delivery_permissions as deliveries
from labs_helpers.cloud.services.s3 import moto_view as s3
from labs_helpers.cloud.services.s3.errors import invalid_argument, wrong_argument
from labs_helpers.cloud.services.s3.event_records import Requester, requested_by
from labs_helpers.engine.policy import PrincipalKind
from labs_helpers.engine.policy.arn import Arn
from labs_helpers.engine.policy.patterns import covers

_KINDS = {
    "TopicConfigurations": ("TopicArn", "sns"), "QueueConfigurations": ("QueueArn", "sqs"),
    "LambdaFunctionConfigurations": ("LambdaFunctionArn", "lambda"),
}  # fmt: skip
_NOUNS = {"sns": "topic", "sqs": "queue", "lambda": "Lambda"}
_SIDES = ("prefix", "suffix")


@operation("s3", "PutBucketNotificationConfiguration")
def put_notifications(call: Call) -> Mapping[str, Any]:
    """Replace a bucket's notification configuration.

    Rejects invalid filters, events, and ARNs before testing any destination.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html
    """
    bucket = call.parameters["Bucket"]
    given = call.parameters.get("NotificationConfiguration") or {}
    for kind, one in _configurations(given):
        _check_events(one)
        _check_filter(one)
        _check_arn(call, kind, one)
    _refuse_overlaps([one for _, one in _configurations(given)])
    kept = {
        member: [
            one if one.get("Id") else {**one, "Id": call.state.ids.uuid()} for one in given.get(member) or ()
        ]
        for member in _KINDS
    }
    s3.set_notifications(bucket, kept, event_bridge=given.get("EventBridgeConfiguration") is not None)
    return {}


@operation("s3", "GetBucketNotificationConfiguration")
def get_notifications(call: Call) -> Mapping[str, Any]:
    """Return the bucket's notification configuration.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html
    """
    return s3.notifications(call.parameters["Bucket"])


def _configurations(given: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each configuration with its kind."""
    for kind in _KINDS:
        for one in given.get(kind) or ():
            yield kind, one


def _check_events(one: Mapping[str, Any]) -> None:
    events = one.get("Events") or ()
    if not events:
        raise malformed_xml()
    for event in events:
        if event not in s3.NOTIFIED_EVENTS:
            raise wrong_argument(f"The event is not supported for notifications: {event}", "Event", event)


def _check_filter(one: Mapping[str, Any]) -> None:
    """Reject a filter with an unknown name (OBSERVED in 2026), or with the same name twice. Names are case-insensitive.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_FilterRule.html
    """
    rules = ((one.get("Filter") or {}).get("Key") or {}).get("FilterRules") or ()
    names = []
    for rule in rules:
        if rule.get("Name") is None or rule.get("Value") is None:
            raise malformed_xml()
        name = rule["Name"].lower()
        if name not in _SIDES:
            message = "filter rule name must be either prefix or suffix"
            raise wrong_argument(message, "FilterRule.Name", rule["Name"])
        if name in names:
            raise wrong_argument(
                f"Cannot specify more than one {name} rule in a filter.", "FilterRule.Name", name
            )
        names.append(name)


def _refuse_overlaps(configurations: list[Mapping[str, Any]]) -> None:
    """Reject configurations with the same ID, and two that apply to the same event on an object.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
    """
    for one, other in combinations(configurations, 2):
        if one.get("Id") is not None and one.get("Id") == other.get("Id"):
            raise invalid_argument("Same ID used for multiple configurations. IDs must be unique")
        events = [(mine, theirs) for mine in one["Events"] for theirs in other["Events"]]
        if any(covers(*pair) or covers(*pair[::-1]) for pair in events) and _overlap(one, other):
            raise invalid_argument(
                "Configurations overlap. Configurations on the same bucket cannot share a common event type."
            )


def _overlap(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return True if an object's key can pass both filters."""
    (prefix, suffix), (other_prefix, other_suffix) = _sides(one), _sides(other)
    return (prefix.startswith(other_prefix) or other_prefix.startswith(prefix)) and (
        suffix.endswith(other_suffix) or other_suffix.endswith(suffix)
    )


def _sides(one: Mapping[str, Any]) -> tuple[str, str]:
    """Return the prefix and the suffix of a configuration's filter, each "" if it has none."""
    rules = ((one.get("Filter") or {}).get("Key") or {}).get("FilterRules") or ()
    values = {rule["Name"].lower(): rule["Value"] for rule in rules}
    return values.get("prefix", ""), values.get("suffix", "")


def _check_arn(call: Call, kind: str, one: Mapping[str, Any]) -> None:
    member, service = _KINDS[kind]
    arn = Arn.read(one.get(member) or "")
    if arn is None or not arn.resource:
        raise wrong_argument("The ARN could not be parsed", member, one.get(member) or "")
    if arn.service != service:
        raise wrong_argument("The ARN could not be parsed", member, one[member])
    if arn.region != call.region:
        raise invalid_argument(
            "The notification destination service region is not valid for the bucket location constraint"
        )


@around("s3", "PutBucketNotificationConfiguration", stage=Stage.PRECONDITIONS)
def check_notifications(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject destinations that S3 isn't allowed to publish to, unless SkipDestinationValidation is true.

    Only otherwise valid configurations are checked, because the operation itself rejects malformed ones.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html
    """
    given = call.parameters.get("NotificationConfiguration") or {}
    listed = list(_configurations(given))
    for kind, one in listed:
        _check_events(one)
        _check_filter(one)
        _check_arn(call, kind, one)
    if call.parameters.get("SkipDestinationValidation"):
        return perform()
    for kind, one in listed:
        member, service = _KINDS[kind]
        if not _may_notify(call, one[member]):
            noun = _NOUNS[service]
            reason = (
                f"Not authorized to invoke function [{one[member]}]"
                if service == "lambda"
                else f"Permissions on the destination {noun} do not allow S3 to publish notifications from this bucket"
            )
            raise ServiceError(
                "InvalidArgument", "Unable to validate the following destination configurations", 400,
                ArgumentName=one[member], ArgumentValue=reason,
            )  # fmt: skip
    return perform()


def _may_notify(call: Call, target: str) -> bool:
    """Return whether S3 can publish to a queue, topic, or function, as it does with a test message."""
    action, caller = deliveries.action_on(target), call.state.caller
    if action is None or caller is None:
        return True
    bucket = f"arn:aws:s3:::{call.parameters['Bucket']}"
    allowed = caller.may_as_service(
        "s3.amazonaws.com", action, target, account=call.account, region=call.region, source_arn=bucket
    )
    return allowed and deliveries.may_encrypt(call.state, "s3.amazonaws.com", target, bucket)


@around(
    "s3",
    "PutBucketNotificationConfiguration",
    "PutObject",
    "CopyObject",
    "CompleteMultipartUpload",
    "DeleteObject",
    "DeleteObjects",
    "PutObjectAcl",
    "PutObjectTagging",
    "DeleteObjectTagging",
    "RestoreObject",
    stage=Stage.PERFORMED,
    refuses=False,
)
def name_requester(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Set the requester, the source IP address, and the request IDs for an operation's events."""
    kind, credentials = call.principal.kind, call.credentials
    if kind is PrincipalKind.ANONYMOUS:
        principal = "Anonymous"
    elif credentials is None:
        principal = call.principal.arn or ""
    else:
        principal = f"AWS:{credentials.user_id}"
    with requested_by(
        Requester(principal, call.caller_account, call.source_ip, call.request_id, call.operation)
    ):
        return perform()
