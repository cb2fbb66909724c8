"""A bucket's other settings: notifications, lifecycle rules, CORS, access logs, and the payer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from moto.s3 import models
from moto.s3.notifications import S3NotificationEvent

from labs_helpers.cloud.moto.backends import backend
from labs_helpers.cloud.services.s3.moto_view.find import find_bucket

NOTIFIED_EVENTS = frozenset(S3NotificationEvent.events())
"""The names of the events for which a bucket can send notifications."""


_IN_MOTO = {
    "TopicConfigurations": ("TopicConfiguration", "TopicArn", "Topic"),
    "QueueConfigurations": ("QueueConfiguration", "QueueArn", "Queue"),
    "LambdaFunctionConfigurations": ("CloudFunctionConfiguration", "LambdaFunctionArn", "CloudFunction"),
}


def set_notifications(
    name: str, wanted: Mapping[str, Sequence[Mapping[str, Any]]], *, event_bridge: bool
) -> None:
    """Replace a bucket's notification configuration, which is in S3's form. moto sends the test events."""
    bucket = find_bucket(name)
    assert bucket is not None
    kept: dict[str, Any] = {
        theirs: [
            {"Id": one["Id"], target: one[arn], "Event": list(one["Events"]), **_filter(one)}
            for one in wanted.get(member, ())
        ]
        for member, (theirs, arn, target) in _IN_MOTO.items()
    }
    if event_bridge:
        kept["EventBridgeConfiguration"] = {}
    backend("s3", bucket.account_id).put_bucket_notification_configuration(
        name, {key: value for key, value in kept.items() if value or key == "EventBridgeConfiguration"}
    )


def _filter(one: Mapping[str, Any]) -> dict[str, Any]:
    rules = ((one.get("Filter") or {}).get("Key") or {}).get("FilterRules") or ()
    kept = [{"Name": rule["Name"].lower(), "Value": rule["Value"]} for rule in rules]
    return {"Filter": {"S3Key": {"FilterRule": kept}}} if kept else {}


def notifications(name: str) -> dict[str, Any]:
    """Return a bucket's notification configuration in S3's form."""
    bucket = find_bucket(name)
    kept = bucket.notification_configuration if bucket is not None else None
    if kept is None:
        return {}
    shown: dict[str, Any] = {
        f"{kind}Configurations": [_notification(each, f"{kind}Arn") for each in listed]
        for kind, listed in (
            ("Topic", kept.topic), ("Queue", kept.queue), ("LambdaFunction", kept.cloud_function),
        )
    }  # fmt: skip
    return shown | ({"EventBridgeConfiguration": {}} if kept.event_bridge is not None else {})


def _notification(one: Any, arn: str) -> dict[str, Any]:
    """Return one configuration. S3 returns `Prefix` and `Suffix` in this spelling, however the request spelled them."""
    shown: dict[str, Any] = {"Id": one.id, arn: one.arn, "Events": list(one.events)}
    if one.filters:
        rules = [
            {"Name": rule["Name"].capitalize(), "Value": rule["Value"]}
            for rule in one.filters["S3Key"]["FilterRule"]
        ]
        shown["Filter"] = {"Key": {"FilterRules": rules}}
    return shown


def set_lifecycle(name: str, rules: Any) -> None:
    """Store a bucket's lifecycle rules, or delete them if `rules` is None. moto itself would drop parts of filters."""
    bucket = find_bucket(name)
    assert bucket is not None
    bucket.__dict__["labs_lifecycle"] = rules


def lifecycle(name: str) -> Any:
    """Return the lifecycle rules that `set_lifecycle` stored, or None if there aren't any."""
    bucket = find_bucket(name)
    return bucket.__dict__.get("labs_lifecycle") if bucket is not None else None


def set_cors(name: str, rules: Sequence[Mapping[str, Any]]) -> None:
    """Store a bucket's cross-origin rules.

    They are also stored in moto's form, because moto adds the headers to responses.
    """
    bucket = find_bucket(name)
    assert bucket is not None
    bucket.__dict__["labs_cors"] = list(rules)
    bucket.cors = [
        models.CorsRule(
            rule["AllowedMethods"], rule["AllowedOrigins"], rule.get("AllowedHeaders"), rule.get("ExposeHeaders"),
            rule.get("MaxAgeSeconds"), rule.get("ID"),
        )
        for rule in rules
    ]  # fmt: skip


def cors(name: str) -> list[Mapping[str, Any]]:
    """Return the cross-origin rules that `set_cors` stored."""
    bucket = find_bucket(name)
    return bucket.__dict__.get("labs_cors", []) if bucket is not None else []


def set_logging(name: str, wanted: Mapping[str, Any] | None) -> None:
    """Store the target of a bucket's access logs. Passing None turns logging off."""
    bucket = find_bucket(name)
    assert bucket is not None
    bucket.__dict__["labs_logging"] = wanted
    bucket.logging = (
        {"TargetBucket": wanted["TargetBucket"], "TargetPrefix": wanted["TargetPrefix"]} if wanted else {}
    )


def logging(name: str) -> Mapping[str, Any] | None:
    """Return the target of a bucket's access logs, or None if logging is off."""
    bucket = find_bucket(name)
    return bucket.__dict__.get("labs_logging") if bucket is not None else None


def payer(name: str) -> str:
    """Return the payer for a bucket's requests: BucketOwner or Requester."""
    bucket = find_bucket(name)
    return str(bucket.__dict__.get("labs_payer", "BucketOwner")) if bucket is not None else "BucketOwner"


def set_payer(name: str, payer: str) -> None:
    """Set the payer for a bucket's requests: BucketOwner or Requester."""
    bucket = find_bucket(name)
    assert bucket is not None
    bucket.__dict__["labs_payer"] = payer
