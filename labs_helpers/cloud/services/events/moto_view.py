"""Views of moto's EventBridge: policies of event buses, rules, tags, and connections of API destinations."""

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
    parts = Arn.read(arn)
    return existing("events", parts.account, parts.region) if parts is not None else None


def bus_policy(arn: str) -> str | None:
    """Return an event bus's policy as JSON text, None without one."""
    backend = _backend(arn)
    bus = backend.event_buses.get(arn.partition(":event-bus/")[2]) if backend is not None else None
    # moto writes "*" as the root of account "*", which is not a valid principal.
    return bus.policy.replace('"arn:aws:iam::*:root"', '"*"') if bus is not None and bus.policy else None


def rule(arn: str) -> Any:
    """Return a rule by its ARN (`rule/name` on the default bus, `rule/bus/name` on another), or None."""
    backend = _backend(arn)
    if backend is None:
        return None
    path = arn.partition(":rule/")[2].split("/")
    bus = backend.event_buses.get(path[0] if len(path) > 1 else "default")
    return bus.rules.get(path[-1]) if bus is not None else None


def tags(arn: str) -> Mapping[str, str]:
    """Return the tags of a rule or a bus."""
    backend = _backend(arn)
    return backend.tagger.get_tag_dict_for_resource(arn) if backend is not None else {}


def connection_of(destination_arn: str) -> str | None:
    """Return the ARN of the connection that an API destination uses, None for an unknown destination."""
    backend = _backend(destination_arn)
    name = destination_arn.partition(":api-destination/")[2]
    destination = backend.destinations.get(name) if backend is not None else None
    return destination.connection_arn if destination is not None else None


@keeps_policies
def kept_policies(_: State) -> Iterator[Kept]:
    """Yield the principal of each statement in the policies of all event buses, as a policy of its own.

    moto keeps the statements, not the policy's text.
    """
    for backend in backends.everywhere("events"):
        for bus in backend.event_buses.values():
            for statement in bus._statements.values():
                text = json.dumps({"Statement": [{"Principal": statement.principal}]})
                yield Kept(bus.arn, text, partial(_put_principal, statement))


def _put_principal(statement: Any, text: str) -> None:
    statement.principal = json.loads(text)["Statement"][0]["Principal"]
