"""Operations that create, describe, list, and delete event buses.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html and the other operations' pages
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.events import moto_view as events
from labs_helpers.cloud.services.events.errors import bus_of, exists_already, invalid
from labs_helpers.cloud.services.events.pages import PAGES
from labs_helpers.cloud.services.events.table import bus_arn
from labs_helpers.cloud.services.events.tags import check_tags

_SETTINGS = {
    "Description": "description",
    "KmsKeyIdentifier": "kms_key_identifier",
    "DeadLetterConfig": "dead_letter_config",
}


@operation("events", "CreateEventBus")
def create_event_bus(call: Call) -> Answer | Mapping[str, Any]:
    """Create a bus and return its settings. Rejects the name "default" and names that are already in use."""
    given = call.parameters
    name = given["Name"]
    if "/" in name and not given.get("EventSourceName"):
        raise invalid("Event bus name must not contain '/'.")
    check_tags(call)
    if events.bus(bus_arn(call, name)) is not None or name == "default":
        raise exists_already(f"Event bus {name} already exists.")
    if given.get("EventSourceName"):
        return call.moto()
    made = events.backend(call.account, call.region).create_event_bus(
        name, tags=given.get("Tags"), **{of_moto: given.get(ours) for ours, of_moto in _SETTINGS.items()}
    )
    return {"EventBusArn": made.arn, **_settings(made)}


def _settings(bus: Any) -> dict[str, Any]:
    return {
        ours: value for ours, of_moto in _SETTINGS.items() if (value := getattr(bus, of_moto)) is not None
    }


def _described(bus: Any) -> dict[str, Any]:
    """Return a bus in the form that lists use.

    OBSERVED in 2025: the form includes the times of creation and of the last change.
    """
    policy = events.bus_policy(bus.arn)
    return {
        "Name": bus.name, "Arn": bus.arn, "CreationTime": bus.creation_time,
        "LastModifiedTime": bus.last_modified_time, **({"Policy": policy} if policy is not None else {}),
        **({"Description": bus.description} if bus.description else {}),
    }  # fmt: skip


@operation("events", "DescribeEventBus")
def describe_event_bus(call: Call) -> Mapping[str, Any]:
    """Return a bus with its policy. If the request doesn't contain a name, return the default bus."""
    found = bus_of(call, call.parameters.get("Name"))
    return {**_described(found), **_settings(found)}


@operation("events", "ListEventBuses")
def list_event_buses(call: Call) -> Mapping[str, Any]:
    """Return the Region's buses, optionally only buses with a given name prefix."""
    prefix = call.parameters.get("NamePrefix") or ""
    buses = events.backend(call.account, call.region).event_buses
    return PAGES.page(
        call,
        "EventBuses",
        [_described(bus) for name, bus in sorted(buses.items()) if name.startswith(prefix)],
    )


@operation("events", "DeleteEventBus")
def delete_event_bus(call: Call) -> Answer | Mapping[str, Any]:
    """Delete a bus that has no rules. Deleting a nonexistent bus succeeds.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteEventBus.html
    """
    found = events.bus(bus_arn(call, call.parameters["Name"]))
    if found is None and call.parameters["Name"] != "default":
        return {}
    if found is not None and found.name != "default" and found.rules:
        raise invalid("EventBus can't be deleted since it has rules.")
    return call.moto()
