"""The authorization table for EventBridge: the actions, resources, and condition keys for each operation.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
Condition keys: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.core.json_text import parsed
from labs_helpers.cloud.services.events import moto_view as events
from labs_helpers.cloud.services.shared.authorization_table import Ask, Table, account_in
from labs_helpers.cloud.services.shared.service_facts import Facts
from labs_helpers.cloud.services.shared.table_rows import given, has, passes_role, removed_tags
from labs_helpers.engine.policy import AccessRequest


def bus_arn(call: Call, bus: str | None) -> str:
    """Return the ARN of a bus specified by name or ARN, or of the default bus if neither is specified.

    Only the account and the last part of the given ARN are used, because moto uses only these.
    """
    account = account_in(bus) if bus and bus.startswith("arn:") else None
    name = (bus or "default").rpartition("/")[2]
    return f"arn:aws:events:{call.region}:{account or call.account}:event-bus/{name}"


def _bus_name(call: Call) -> str:
    return (call.parameters.get("EventBusName") or "default").rpartition("/")[2]


def _is_default(call: Call) -> bool:
    return _bus_name(call) == "default"


def _is_custom(call: Call) -> bool:
    return not _is_default(call)


def _all(one: Callable[[Call], bool], other: Callable[[Call], bool]) -> Callable[[Call], bool]:
    return lambda call: one(call) and other(call)


def _bus(call: Call) -> list[str]:
    return [bus_arn(call, call.parameters.get("Name"))]


def _rule_name(call: Call) -> str | None:
    return call.parameters.get("Rule") or call.parameters.get("Name")


def _rule(call: Call) -> list[str]:
    bus = "" if _is_default(call) else f"{_bus_name(call)}/"
    return [f"arn:aws:events:{call.region}:{call.account}:rule/{bus}{_rule_name(call) or ''}"]


def _owner(call: Call) -> str | None:
    """Return the account of the bus, or None if the request has no ARN.

    Raises `NotModelled` for events to the buses of several accounts, because moto performs a call in one account.
    """
    if call.operation == "PutEvents":
        buses = {account_in(bus_arn(call, entry.get("EventBusName"))) for entry in call.parameters["Entries"]}
        if len(buses) > 1:
            raise NotModelled("events:PutEvents isn't modeled for entries to the buses of several accounts")
        return next(iter(buses), None)
    for name in ("EventBusName", "ResourceARN", "Name"):
        value = call.parameters.get(name) or ""
        if value.startswith("arn:"):
            return account_in(value)
    return None


def _entries(call: Call) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """Yield the bus of each entry, with the entry's source and detail type as condition keys."""
    for entry in call.parameters.get("Entries") or ():
        keys = {"events:source": entry.get("Source"), "events:detail-type": entry.get("DetailType")}
        sent = {name: value for name, value in keys.items() if value}
        # This key is "true" only when an event bus sends an event to another bus.
        yield bus_arn(call, entry.get("EventBusName")), {**sent, "events:eventBusInvocation": "false"}


def _known_rule(call: Call) -> Mapping[str, Any]:
    """Return events:creatorAccount and events:ManagedBy for the rule.

    The creator of a new rule is the caller's account.
    """
    rule = events.rule(_rule(call)[0])
    keys = {"events:creatorAccount": rule.created_by if rule is not None else call.caller_account}
    if rule is not None and rule.managed_by:
        keys["events:ManagedBy"] = rule.managed_by
    return keys


_PATTERN_KEYS = {
    ("source",): "events:source",
    ("detail-type",): "events:detail-type",
    ("detail", "service"): "events:detail.service",
    ("detail", "eventTypeCode"): "events:detail.eventTypeCode",
    ("detail", "userIdentity", "principalId"): "events:detail.userIdentity.principalId",
}


def _pattern(call: Call) -> Mapping[str, Any]:
    """Return condition keys for the fields for which the rule's pattern lists plain values."""
    try:
        pattern = parsed(call.parameters.get("EventPattern") or "{}")
    except ValueError:
        # moto rejects a pattern that isn't JSON.
        return {}
    keys = {}
    for path, name in _PATTERN_KEYS.items():
        field = pattern
        for part in path:
            field = field.get(part) if isinstance(field, dict) else None
        if isinstance(field, list) and field and all(isinstance(value, str) for value in field):
            keys[name] = field
    return keys


def _targets(call: Call) -> Mapping[str, Any]:
    return {"events:TargetArn": [target["Arn"] for target in call.parameters.get("Targets") or ()]}


def _connection(call: Call) -> list[str]:
    destination = f"arn:aws:events:{call.region}:{call.account}:api-destination/{call.parameters.get('Name')}"
    connection = events.connection_of(destination)
    return [connection] if connection else []


def _policy(call: Call, ask: Ask) -> tuple[str, str] | None:
    """Return the bus and its policy, which applies to the rules of the bus as well.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-permissions-manage.html
    """
    # For CreateEventBus, the policy of an existing bus with the same name doesn't apply.
    if call.operation == "CreateEventBus":
        return None
    if ask.type == "event-bus":
        bus = ask.resource
    elif ask.type in _RULES:
        bus = bus_arn(call, call.parameters.get("EventBusName") or _bus_of(ask.resource))
        # For a rule, a bus's policy applies only if the bus is in the rule's own account.
        bus = bus if account_in(bus) == account_in(ask.resource) else ""
    else:
        return None
    document = events.bus_policy(bus)
    return (bus, document) if document else None


def _bus_of(rule_arn: str) -> str | None:
    path = rule_arn.partition(":rule/")[2].split("/")
    return path[0] if len(path) > 1 else None


def _tags(call: Call, ask: Ask) -> Mapping[str, str]:
    if call.operation == "CreateEventBus" or ask.type not in ("event-bus", *_RULES):
        return {}
    return events.tags(ask.resource)


_RULES = ("rule-on-default-event-bus", "rule-on-custom-event-bus")


def _named(call: Call, request: AccessRequest) -> str | None:
    """Return the resource in EventBridge's denial messages. For operations that list rules, it is all rules."""
    if request.action not in ("events:ListRules", "events:ListRuleNamesByTarget"):
        return None
    return f"arn:aws:events:{call.region}:{request.account}:rule/*"


TABLE = Table(
    "events",
    "events",
    resources={
        "api-destination": {"ApiDestinationName": "Name"},
        "archive": {"ArchiveName": "ArchiveName"},
        "connection": {"ConnectionName": "Name"},
        "replay": {"ReplayName": "ReplayName"},
        "event-source": {"EventSourceName": "Name"},
    },
    owner=_owner,
    policy=_policy,
    tags=_tags,
    facts=Facts(names_resource=_named),
)
ask = TABLE.ask

# Events and buses
ask("PutEvents", on="event-bus", each=_entries)
ask("CreateEventBus DeleteEventBus DescribeEventBus", on="event-bus", arns=_bus)
ask("ListEventBuses PutPermission RemovePermission PutPartnerEvents TestEventPattern")

# Rules
for _type, _when in (("rule-on-default-event-bus", _is_default), ("rule-on-custom-event-bus", _is_custom)):
    ask(
        "DeleteRule DescribeRule DisableRule EnableRule ListTargetsByRule RemoveTargets",
        on=_type,
        arns=_rule,
        keys=(_known_rule,),
        when=_when,
    )
    ask("PutRule", on=_type, arns=_rule, keys=(_known_rule, _pattern), when=_when)
    # https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
    ask(
        "PutRule",
        action="TagResource",
        on=_type,
        arns=_rule,
        keys=(_known_rule,),
        when=_all(_when, has("Tags")),
    )
    ask("PutTargets", on=_type, arns=_rule, keys=(_known_rule, _targets), when=_when)
ask("ListRules ListRuleNamesByTarget")
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-iam-roles.html
passes_role(TABLE, "PutRule", "events.amazonaws.com", lambda call: [call.parameters.get("RoleArn")])
passes_role(
    TABLE,
    "PutTargets",
    "events.amazonaws.com",
    lambda call: [target.get("RoleArn") for target in call.parameters.get("Targets") or ()],
)

# Archives and replays
ask("CreateArchive DeleteArchive DescribeArchive UpdateArchive", on="archive")
ask("CreateArchive", on="event-bus", arns=given("EventSourceArn"))
ask("CancelReplay DescribeReplay StartReplay", on="replay")
ask("StartReplay", on="archive", arns=given("EventSourceArn"))
ask(
    "StartReplay",
    on="event-bus",
    arns=lambda call: [(call.parameters.get("Destination") or {}).get("Arn") or "*"],
)
ask("ListArchives ListReplays")

# API destinations and connections
ask(
    "CreateApiDestination DeleteApiDestination DescribeApiDestination UpdateApiDestination",
    on="api-destination",
)
ask("CreateApiDestination", on="connection", arns=given("ConnectionArn"))
ask("DescribeApiDestination", on="connection", arns=_connection)
ask("CreateConnection DeleteConnection DescribeConnection UpdateConnection", on="connection")
ask("ListApiDestinations ListConnections")

# Partner event sources
ask(
    "CreatePartnerEventSource DeletePartnerEventSource DescribePartnerEventSource DescribeEventSource",
    on="event-source",
)


# Tags by ARN


def _tagged(kind: str) -> Callable[[Call], bool]:
    """Return a function that checks whether the request's ARN has this resource type."""

    def when(call: Call) -> bool:
        """Return True if the request's ARN is of the type."""
        arn = call.parameters.get("ResourceARN") or ""
        if ":event-bus/" in arn:
            return kind == "event-bus"
        custom = "/" in arn.partition(":rule/")[2]
        return ":rule/" in arn and kind == f"rule-on-{'custom' if custom else 'default'}-event-bus"

    return when


for _type in ("event-bus", *_RULES):
    ask("ListTagsForResource TagResource", on=_type, arns=given("ResourceARN"), when=_tagged(_type))
    ask("UntagResource", on=_type, arns=given("ResourceARN"), keys=(removed_tags,), when=_tagged(_type))
