"""Views on moto's EventBridge: buses' policies, rules and tags."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from labs_helpers.cloud.core.resource_policies import Kept, keeps_policies
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.moto import backends
from labs_helpers.cloud.moto.backends import existing
from labs_helpers.engine.policy.arn import Arn


def _backend(arn: str) -> Any:
    named = Arn.read(arn)
    return existing("events", named.account, named.region) if named is not None else None


def bus_policy(arn: str) -> str | None:
    """An event bus's policy as JSON text, None if it has none."""
    found = _backend(arn)
    bus = found.event_buses.get(arn.partition(":event-bus/")[2]) if found is not None else None
    # moto writes everybody as every account's root, which is no principal.
    return bus.policy.replace('"arn:aws:iam::*:root"', '"*"') if bus is not None and bus.policy else None


def rule(arn: str) -> Any:
    """A rule by ARN (`rule/name` on the default bus, `rule/bus/name` on another), None if there is none."""
    found = _backend(arn)
    if found is None:
        return None
    path = arn.partition(":rule/")[2].split("/")
    bus = found.event_buses.get(path[0] if len(path) > 1 else "default")
    return bus.rules.get(path[-1]) if bus is not None else None


def tags(arn: str) -> Mapping[str, str]:
    """The tags of a rule or a bus."""
    found = _backend(arn)
    return found.tagger.get_tag_dict_for_resource(arn) if found is not None else {}


def connection_of(destination_arn: str) -> str | None:
    """The ARN of the connection that an API destination uses."""
    found = _backend(destination_arn)
    name = destination_arn.partition(":api-destination/")[2]
    destination = found.destinations.get(name) if found is not None else None
    return destination.connection_arn if destination is not None else None


@keeps_policies
def kept_policies(_: State) -> Iterator[Kept]:
    """The principals of every statement of all event buses' policies, each as a policy of its own."""
    for backend in backends.everywhere("events"):
        for bus in backend.event_buses.values():
            for statement in bus._statements.values():
                text = json.dumps({"Statement": [{"Principal": statement.principal}]})
                yield Kept(bus.arn, text, partial(_put_principal, statement))


def _put_principal(statement: Any, text: str) -> None:
    statement.principal = json.loads(text)["Statement"][0]["Principal"]
