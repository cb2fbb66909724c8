"""Access to CloudWatch Logs data in moto: resource policies, destination policies, tags, queries, and log groups."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from moto.core.utils import unix_time_millis
from moto.moto_api._internal import mock_random

from labs_helpers.cloud.core.resource_policies import Kept, keeps_policies
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.moto import backends
from labs_helpers.cloud.moto.backends import existing
from labs_helpers.engine.policy.arn import Arn


def resource_policies(account: str, region: str) -> str | None:
    """Return an account's resource policies for log groups in a Region as one JSON document, or None if it has none."""
    backend = existing("logs", account, region)
    if backend is None:
        return None
    statements: list[Any] = []
    for each in backend.resource_policies.values():
        try:
            own = json.loads(each.policy_document).get("Statement", [])
        except (ValueError, AttributeError):
            continue
        statements += own if isinstance(own, list) else [own]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}) if statements else None


def destination_policy(arn: str) -> str | None:
    """Return a subscription destination's access policy as JSON text, or None if there isn't one."""
    parts = Arn.read(arn)
    backend = existing("logs", parts.account, parts.region) if parts is not None else None
    destination = backend.destinations.get(parts.name) if parts is not None and backend is not None else None
    return destination.access_policy if destination is not None else None


def queries(account: str, region: str) -> list[Any]:
    """Return an account's CloudWatch Logs Insights queries in a Region."""
    found = existing("logs", account, region)
    return list(found.queries.values()) if found is not None else []


def destinations(account: str, region: str) -> list[Any]:
    """Return an account's destinations in a Region."""
    backend = existing("logs", account, region)
    return list(backend.destinations.values()) if backend is not None else []


def tags(arn: str) -> Mapping[str, str]:
    """Return the tags of a log group or destination. For a log stream, return its log group's tags."""
    parts = Arn.read(arn)
    backend = existing("logs", parts.account, parts.region) if parts is not None else None
    if parts is None or backend is None:
        return {}
    if parts.kind == "log-group":
        # moto stores the tags under its own form of a group's ARN.
        found = backend.groups.get(group_name(parts))
        if found is None:
            return {}
        arn = found.arn
    tags_of_resource: dict[str, str] = backend.tagger.get_tag_dict_for_resource(arn)
    return tags_of_resource


def forget_lost_tags(account: str, region: str) -> None:
    """Remove the tags of deleted resources. Otherwise, moto gives them to new resources with the same names."""
    backend = backends.backend("logs", account, region)
    tagged = (
        backend.groups, backend.destinations, backend.deliveries, backend.delivery_destinations,
        backend.delivery_sources,
    )  # fmt: skip
    existing_arns = {each.arn for resources in tagged for each in resources.values()}
    for arn in backend.tagger.tags.keys() - existing_arns:
        backend.tagger.delete_all_tags_for_resource(arn)


def group_name(arn: Arn) -> str:
    """Return the log group's name in the ARN of a log group (with or without `:*`) or log stream, or ""."""
    return [*arn.resource.split(":"), ""][1]


def named(identifier: str) -> str:
    """Return the name of a log group that is identified by name or ARN."""
    parts = Arn.read(identifier)
    return group_name(parts) if parts is not None else identifier


def groups(account: str, region: str) -> dict[str, Any]:
    """Return an account's log groups in a Region, by name."""
    backend = existing("logs", account, region)
    return dict(backend.groups) if backend is not None else {}


def expire(found: Any, now: datetime) -> None:
    """Delete a log group's events that reached the retention setting at least 72 hours ago.

    "It typically takes up to 72 hours after that before log events are deleted."
    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
    """
    if not found.retention_in_days:
        return
    oldest = (now - timedelta(days=int(found.retention_in_days)) - _DELETED_AFTER).timestamp() * 1000
    for stream in found.streams.values():
        stream.events = [each for each in stream.events if each.timestamp >= oldest]


_DELETED_AFTER = timedelta(hours=72)


def group(account: str, region: str, name: str) -> Any:
    """Return the log group with this name, or None if there isn't one."""
    return groups(account, region).get(name)


def streams(found: Any, *, prefix: str, order_by: str, descending: bool) -> list[dict[str, Any]]:
    """Return the descriptions of a log group's streams, sorted by name or by the time of their last event."""
    listed, _ = found.describe_log_streams(
        descending=descending, log_group_name=found.name, log_stream_name_prefix=prefix, order_by=order_by,
        limit=len(found.streams),
    )  # fmt: skip
    return list(listed)


def class_of(found: Any) -> str:
    """Return a log group's class."""
    return str(found.__dict__.get(_CLASS, "STANDARD"))


def put_class(account: str, region: str, name: str, chosen: str) -> None:
    """Set a new log group's class."""
    group(account, region, name).__dict__[_CLASS] = chosen


_CLASS = "labs_class"


def metric_filters(account: str, region: str, name: str) -> int:
    """Return the number of metric filters on a log group."""
    return len(_metric_filters(account, region, name))


def _metric_filters(account: str, region: str, name: str) -> list[Any]:
    backend = existing("logs", account, region)
    found = backend.filters.metric_filters if backend is not None else ()
    return [each for each in found if each["logGroupName"] == name]


def has_metric_filter(account: str, region: str, name: str, filter_name: str) -> bool:
    """Return True if a log group has a metric filter with this name."""
    return any(each["filterName"] == filter_name for each in _metric_filters(account, region, name))


def query_groups(account: str, region: str, query: str) -> list[str]:
    """Return the names of the log groups that the Logs Insights query with this ID reads."""
    backend = existing("logs", account, region)
    known = backend.queries.get(query) if backend is not None else None
    return list(known.log_group_names) if known is not None else []


def write(arn: str, message: str) -> None:
    """Write an event to a new stream in a log group, as EventBridge does. An unknown log group is ignored."""
    parts = Arn.parse(arn)
    backend, name = existing("logs", parts.account, parts.region), group_name(parts)
    if backend is None or name not in backend.groups:
        return
    stream = str(mock_random.uuid4())
    backend.create_log_stream(name, stream)
    backend.put_log_events(name, stream, [{"timestamp": int(unix_time_millis()), "message": message}])


@keeps_policies
def kept_policies(_: State) -> Iterator[Kept]:
    """Yield the resource policies of all accounts, and the access policies of all destinations."""
    for backend in backends.everywhere("logs"):
        for policy in backend.resource_policies.values():
            yield Kept(
                f"arn:aws:logs:{backend.region_name}:{backend.account_id}:*",
                policy.policy_document,
                partial(setattr, policy, "policy_document"),
            )
        for destination in backend.destinations.values():
            if destination.access_policy:
                yield Kept(
                    destination.arn,
                    destination.access_policy,
                    partial(setattr, destination, "access_policy"),
                )


# Encryption with KMS keys: the key in moto's own attribute, and wrapped data keys in our own attribute


def has_group(account: str, region: str, name: str) -> bool:
    """Return True if there is a log group with this name."""
    backend = existing("logs", account, region)
    return backend is not None and name in backend.groups


def encrypt(account: str, region: str, name: str, key_arn: str | None, sealed: Any | None) -> None:
    """Set a log group's KMS key (None for no key), and store the encrypted data key with the log group."""
    found = existing("logs", account, region).groups[name]
    found.kms_key_id = key_arn
    found.__dict__.setdefault("labs_sealed", []).extend([sealed] if sealed is not None else [])


def sealed(account: str, region: str, name: str) -> list[Any]:
    """Return the encrypted data keys that `encrypt` stored: one for each time that the log group got a KMS key."""
    found = group(account, region, name)
    return list(found.__dict__.get("labs_sealed", ())) if found is not None else []


def forget(account: str, region: str, name: str) -> None:
    """Undo the creation of a log group."""
    existing("logs", account, region).groups.pop(name, None)
