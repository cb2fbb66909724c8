"""Views on moto's CloudWatch Logs: resource policies, destinations' policies and tags."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
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
    """An account's resource policies for log groups in a region, as one JSON document."""
    found = existing("logs", account, region)
    if found is None:
        return None
    statements: list[Any] = []
    for each in found.resource_policies.values():
        try:
            own = json.loads(each.policy_document).get("Statement", [])
        except (ValueError, AttributeError):
            continue
        statements += own if isinstance(own, list) else [own]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}) if statements else None


def destination_policy(arn: str) -> str | None:
    """The access policy of a subscription destination."""
    named = Arn.read(arn)
    found = existing("logs", named.account, named.region) if named is not None else None
    destination = found.destinations.get(named.name) if named is not None and found is not None else None
    return destination.access_policy if destination is not None else None


def tags(arn: str) -> Mapping[str, str]:
    """The tags of a log group or destination; a log stream has its group's."""
    named = Arn.read(arn)
    found = existing("logs", named.account, named.region) if named is not None else None
    if named is None or found is None:
        return {}
    if named.kind == "log-group":
        group = found.groups.get(group_name(named))
        return found.tagger.get_tag_dict_for_resource(group.arn) if group is not None else {}
    return found.tagger.get_tag_dict_for_resource(arn)


def group_name(arn: Arn) -> str:
    """The log group in the ARN of a group (with or without `:*`) or of one of its streams; "" where there is none."""
    return [*arn.resource.split(":"), ""][1]


def query_groups(account: str, region: str, query: str) -> list[str]:
    """The names of the log groups that an Insights query reads."""
    found = existing("logs", account, region)
    read = found.queries.get(query) if found is not None else None
    return list(read.log_group_names) if read is not None else []


def write(arn: str, message: str) -> None:
    """Put one event into a new stream of a log group, as EventBridge does; nothing where there is no such group."""
    named = Arn.parse(arn)
    found, group = existing("logs", named.account, named.region), group_name(named)
    if found is None or group not in found.groups:
        return
    stream = str(mock_random.uuid4())
    found.create_log_stream(group, stream)
    found.put_log_events(group, stream, [{"timestamp": int(unix_time_millis()), "message": message}])


@keeps_policies
def kept_policies(_: State) -> Iterator[Kept]:
    """The resource policies of all accounts, and the access policies of all destinations."""
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


# Encryption with KMS keys: what moto keeps of it, and what the service remembers beside it


def has_group(account: str, region: str, name: str) -> bool:
    """Whether there is a log group of that name."""
    found = existing("logs", account, region)
    return found is not None and name in found.groups


def encrypt(account: str, region: str, name: str, key_arn: str | None, sealed: Any | None) -> None:
    """Have a log group say which KMS key encrypts it from now on, and remember with it how."""
    group = existing("logs", account, region).groups[name]
    group.kms_key_id = key_arn
    group.__dict__.setdefault("labs_sealed", []).extend([sealed] if sealed is not None else [])


def sealed(account: str, region: str, name: str) -> list[Any]:
    """What `encrypt` kept: one for each key that the log group had."""
    found = existing("logs", account, region)
    group = found.groups.get(name) if found is not None else None
    return list(group.__dict__.get("labs_sealed", ())) if group is not None else []


def forget(account: str, region: str, name: str) -> None:
    """Undo the creation of a log group."""
    existing("logs", account, region).groups.pop(name, None)
