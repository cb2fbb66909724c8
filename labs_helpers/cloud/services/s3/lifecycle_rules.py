"""Lifecycle rules, which delete or move objects after a set time. In this cloud, they are stored but not executed.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.moto.invalid_parameters import malformed_xml
from labs_helpers.cloud.services.s3 import moto_view as s3
from labs_helpers.cloud.services.s3.errors import invalid_argument, invalid_request

_LONGEST_ID = 255
_MOST_RULES = 1000
_DEFAULT_SIZE = "all_storage_classes_128K"
_SEPARATE = ("STANDARD_IA", "ONEZONE_IA")
_LEAST_DAYS = 30
"""The minimum number of days before an object can move to one of these storage classes.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
"""
_ACTIONS = (
    "Expiration", "Transitions", "NoncurrentVersionExpiration", "NoncurrentVersionTransitions",
    "AbortIncompleteMultipartUpload",
)  # fmt: skip


@operation("s3", "PutBucketLifecycleConfiguration")
def put_lifecycle(call: Call) -> Mapping[str, Any]:
    """Store a bucket's lifecycle rules. Rejects duplicate IDs, rules without an action, and contradictory times.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
    """
    rules = (call.parameters.get("LifecycleConfiguration") or {}).get("Rules") or ()
    if not 1 <= len(rules) <= _MOST_RULES:
        raise malformed_xml()
    ids = [rule["ID"] for rule in rules if rule.get("ID")]
    if len(set(ids)) < len(ids):
        raise invalid_argument("Rule ID must be unique. Found same ID for more than one rule")
    if any(len(each) > _LONGEST_ID for each in ids):
        raise invalid_argument("ID length should not exceed allowed limit of 255")
    for rule in rules:
        _check_rule(rule)
    size = call.parameters.get("TransitionDefaultMinimumObjectSize") or _DEFAULT_SIZE
    kept = [rule if rule.get("ID") else {**rule, "ID": call.state.ids.uuid()} for rule in rules]
    s3.set_lifecycle(call.parameters["Bucket"], (kept, size))
    return {"TransitionDefaultMinimumObjectSize": size}


@operation("s3", "GetBucketLifecycleConfiguration")
def get_lifecycle(call: Call) -> Mapping[str, Any]:
    """Return a bucket's lifecycle rules. Raises NoSuchLifecycleConfiguration if it has none.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLifecycleConfiguration.html
    """
    bucket = call.parameters["Bucket"]
    kept = s3.lifecycle(bucket)
    if kept is None:
        message = "The lifecycle configuration does not exist"
        raise ServiceError("NoSuchLifecycleConfiguration", message, 404, BucketName=bucket)
    return {"Rules": kept[0], "TransitionDefaultMinimumObjectSize": kept[1]}


@operation("s3", "DeleteBucketLifecycle")
def delete_lifecycle(call: Call) -> Mapping[str, Any]:
    """Delete a bucket's lifecycle rules, if it has any.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketLifecycle.html
    """
    s3.set_lifecycle(call.parameters["Bucket"], None)
    return {}


# Checks of a rule


def _check_rule(rule: Mapping[str, Any]) -> None:
    if rule.get("Status") not in ("Enabled", "Disabled") or ("Filter" in rule) == ("Prefix" in rule):
        raise malformed_xml()
    _check_filter(rule.get("Filter") or {})
    if not any(rule.get(name) for name in _ACTIONS):
        raise invalid_request("At least one action needs to be specified in a rule")
    expiration = rule.get("Expiration")
    if expiration is not None and len(expiration.keys() & {"Days", "Date", "ExpiredObjectDeleteMarker"}) != 1:
        raise malformed_xml()
    for transition in rule.get("Transitions") or ():
        if len(transition.keys() & {"Days", "Date"}) != 1 or not transition.get("StorageClass"):
            raise malformed_xml()
    _check_tags(rule)
    _check_times(rule)
    for action, days, least in _numbers_of_days(rule):
        if days < least:
            raise invalid_argument(
                f"'Days' for {action} action must be a {'positive' if least else 'nonnegative'} integer"
            )
    _check_waits(rule)


def _check_filter(given: Mapping[str, Any]) -> None:
    """Reject a filter with several conditions outside And, and an And with fewer than two.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRuleFilter.html
    """
    together = given.get("And")
    conditions = [*(together or {}).get("Tags", ()), *((together or {}).keys() - {"Tags"})]
    if len(given) > 1 or (together is not None and len(conditions) < 2):
        raise malformed_xml()
    least, most = ((together or {}).get(f"ObjectSize{name}Than") for name in ("Greater", "Less"))
    if least is not None and most is not None and most <= least:
        raise invalid_request("'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.")


def _check_tags(rule: Mapping[str, Any]) -> None:
    """Reject a filter by tags for actions on unfinished uploads and delete markers, which have no tags.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html#intro-lifecycle-rules-actions
    """
    given = rule.get("Filter") or {}
    if not (given.get("Tag") or (given.get("And") or {}).get("Tags")):
        return
    for name, action_set in (
        ("AbortIncompleteMultipartUpload", rule.get("AbortIncompleteMultipartUpload")),
        ("ExpiredObjectDeleteMarker", (rule.get("Expiration") or {}).get("ExpiredObjectDeleteMarker")),
    ):
        if action_set:
            raise invalid_request(f"{name} cannot be specified with Tags")


def _check_times(rule: Mapping[str, Any]) -> None:
    """Reject dates that aren't at midnight, and rules with both dates and numbers of days."""
    timed = [rule.get("Expiration") or {}, *(rule.get("Transitions") or ())]
    dates = [each["Date"] for each in timed if isinstance(each.get("Date"), datetime)]
    if any((date.hour, date.minute, date.second) != (0, 0, 0) for date in dates):
        raise invalid_argument("'Date' must be at midnight GMT")
    if dates and any(each.get("Days") is not None for each in timed):
        message = "Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule"
        raise invalid_request(message)


def _numbers_of_days(rule: Mapping[str, Any]) -> Iterator[tuple[str, int, int]]:
    """Yield each action that has a number of days, as its name, the number, and the minimum that S3 accepts."""
    expiration = rule.get("Expiration") or {}
    if expiration.get("Days") is not None:
        yield "Expiration", expiration["Days"], 1
    for transition in rule.get("Transitions") or ():
        if transition.get("Days") is not None:
            yield "Transition", transition["Days"], 0
    noncurrent = rule.get("NoncurrentVersionExpiration") or {}
    if noncurrent.get("NoncurrentDays") is not None:
        yield "NoncurrentVersionExpiration", noncurrent["NoncurrentDays"], 1
    abort = (rule.get("AbortIncompleteMultipartUpload") or {}).get("DaysAfterInitiation")
    if abort is not None:
        yield "AbortIncompleteMultipartUpload", abort, 1


def _check_waits(rule: Mapping[str, Any]) -> None:
    """Reject transitions before the storage class allows them, and expirations before the transition."""
    noncurrent = rule.get("NoncurrentVersionExpiration") or {}
    _check_wait(
        "Transition", "Days", rule.get("Transitions") or (), (rule.get("Expiration") or {}).get("Days")
    )
    _check_wait(
        "NoncurrentVersionTransition", "NoncurrentDays", rule.get("NoncurrentVersionTransitions") or (),
        noncurrent.get("NoncurrentDays"),
    )  # fmt: skip


def _check_wait(
    action: str, word: str, transitions: Iterable[Mapping[str, Any]], expires: int | None
) -> None:
    for transition in transitions:
        days, kind = transition.get(word), transition.get("StorageClass")
        if days is None:
            continue
        if kind in _SEPARATE and days < _LEAST_DAYS:
            raise invalid_argument(
                f"'{word}' in {action} action must be greater than or equal to {_LEAST_DAYS} for storageClass '{kind}'"
            )
        if expires is not None and expires <= days:
            raise invalid_argument(
                f"'{word}' in the Expiration action must be greater than '{word}' in the {action} action"
            )


# Expirations


def expiration(one: s3.Version, bucket: str) -> str | None:
    """Return the x-amz-expiration header: the earliest expiration of an object's current version, and the rule for it.

    Returns None if the version doesn't expire. Periods in days end at the following midnight.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html#intro-lifecycle-rules-number-of-days
    """
    kept = s3.lifecycle(bucket)
    due = [
        (when, rule["ID"]) for rule in (kept[0] if kept is not None else ())
        if (when := _expires_at(rule, one)) is not None and _matches(rule, one, bucket)
    ]  # fmt: skip
    if not due or one.marker:
        return None
    when, name = min(due)
    return f'expiry-date="{format_datetime(when, usegmt=True)}", rule-id="{quote(name)}"'


def _expires_at(rule: Mapping[str, Any], one: s3.Version) -> datetime | None:
    given = rule.get("Expiration") or {}
    if rule["Status"] != "Enabled":
        return None
    if isinstance(given.get("Date"), datetime):
        date: datetime = given["Date"]
        return date if date.tzinfo else date.replace(tzinfo=UTC)
    if given.get("Days") is None:
        return None
    end = one.modified + timedelta(days=given["Days"])
    midnight = end.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight if midnight == end else midnight + timedelta(days=1)


def _matches(rule: Mapping[str, Any], one: s3.Version, bucket: str) -> bool:
    """Return whether a rule's filter matches an object."""
    given = rule.get("Filter") or {}
    every = {**given, **(given.get("And") or {})}
    wanted = [*every.get("Tags", ()), *([every["Tag"]] if every.get("Tag") else [])]
    tags = s3.object_tags(bucket, one.key, one.id) if wanted else {}
    return (
        one.key.startswith(every.get("Prefix") or rule.get("Prefix") or "")
        and all(tags.get(tag["Key"]) == tag["Value"] for tag in wanted)
        and one.size > every.get("ObjectSizeGreaterThan", -1)
        and one.size < every.get("ObjectSizeLessThan", one.size + 1)
    )
