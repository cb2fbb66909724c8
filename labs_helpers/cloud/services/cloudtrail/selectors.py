"""Event selectors: the events that a trail logs.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/filtering-data-events.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from labs_helpers.cloud.core.record import Entry
from labs_helpers.cloud.services.cloudtrail import trail_events
from labs_helpers.cloud.services.shared.refusals import refusal

_invalid = refusal("InvalidEventSelectorsException")


Selector = Mapping[str, Any]

DEFAULT: Selector = {
    "ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": [], "ExcludeManagementEventSources": [],
}  # fmt: skip
"""The selector for a trail without selectors: every management event."""

_BASIC_TYPES = {
    "AWS::S3::Object": "arn:aws:s3",
    "AWS::Lambda::Function": "arn:aws:lambda",
    "AWS::DynamoDB::Table": "arn:aws:dynamodb",
}
_READ_WRITE = ("All", "ReadOnly", "WriteOnly")
_EXCLUDABLE = ("kms.amazonaws.com", "rdsdata.amazonaws.com")
_OPERATORS: Mapping[str, Callable[[str, Sequence[str]], bool]] = {
    "Equals": lambda value, texts: value in texts,
    "StartsWith": lambda value, texts: value.startswith(tuple(texts)),
    "EndsWith": lambda value, texts: value.endswith(tuple(texts)),
    "NotEquals": lambda value, texts: value not in texts,
    "NotStartsWith": lambda value, texts: not value.startswith(tuple(texts)),
    "NotEndsWith": lambda value, texts: not value.endswith(tuple(texts)),
}
_EQUALS_ONLY = frozenset(("eventCategory", "readOnly", "resources.type"))
_FIELDS = {
    "Management": frozenset(("eventCategory", "readOnly", "eventSource")),
    "Data": frozenset(
        ("eventCategory", "readOnly", "eventSource", "eventName", "eventType", "userIdentity.arn",
         "sessionCredentialFromConsole", "resources.type", "resources.ARN")
    ),
    "NetworkActivity": frozenset(("eventCategory", "eventSource", "eventName", "errorCode", "vpcEndpointId")),
}  # fmt: skip
"""The fields that a trail's selectors accept, by event category. Event data stores accept more fields.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html
"""
_MAX_NAME = 1000
_TYPE = re.compile(r"AWS::\w+::\w+")
_MAX_SELECTORS, _MAX_RESOURCES, _MAX_VALUES = 5, 250, 500


def logs_event(basic: Sequence[Selector], advanced: Sequence[Selector], entry: Entry) -> bool:
    """Return True if a trail with these selectors logs an event, that is, if at least one selector matches it."""
    if advanced:
        return any(_matches_advanced(selector, entry) for selector in advanced)
    return any(_matches_basic(selector, entry) for selector in basic or (DEFAULT,))


def logs_category(
    basic: Sequence[Selector], advanced: Sequence[Selector], category: str, *, writes: bool
) -> bool:
    """Return True if a trail with these selectors can log events of a category or, with `writes`, its write events."""
    if advanced:
        return any(_can_match(selector, category, writes) for selector in advanced)
    wanted = ("All", "WriteOnly") if writes else _READ_WRITE
    member = "IncludeManagementEvents" if category == "Management" else "DataResources"
    return any(
        each.get(member) and each.get("ReadWriteType", "All") in wanted for each in basic or (DEFAULT,)
    )


def _can_match(selector: Selector, category: str, writes: bool) -> bool:
    equal = {field["Field"]: field.get("Equals") or () for field in selector["FieldSelectors"]}
    only = equal.get("readOnly") or ("true", "false")
    return category in equal["eventCategory"] and (not writes or "false" in only)


def _matches_basic(selector: Selector, entry: Entry) -> bool:
    wanted = selector.get("ReadWriteType", "All")
    if wanted != "All" and (wanted == "ReadOnly") != trail_events.is_read_only(entry):
        return False
    if not trail_events.is_data_event(entry):
        excluded = selector.get("ExcludeManagementEventSources") or ()
        return (
            selector.get("IncludeManagementEvents", True)
            and trail_events.event_source(entry.service) not in excluded
        )
    resource = trail_events.data_resource(entry)
    return resource is not None and any(
        data["Type"] == resource[0] and _within(resource[1], value)
        for data in selector.get("DataResources") or ()
        for value in data.get("Values") or ()
    )


def _within(arn: str, value: str) -> bool:
    """Return True if a selector's value matches an ARN: it is the ARN or a prefix of the ARN."""
    if value in _BASIC_TYPES.values() or value == "arn:aws:s3:::" or value.startswith("arn:aws:s3:::"):
        return arn.startswith(value)
    return arn == value or arn.startswith(f"{value}:")


def _matches_advanced(selector: Selector, entry: Entry) -> bool:
    return all(_matches_field(field, entry) for field in selector["FieldSelectors"])


def _matches_field(field: Selector, entry: Entry) -> bool:
    value = _field_value(field["Field"], entry)
    return all(matches(value, field[name]) for name, matches in _OPERATORS.items() if field.get(name))


def _field_value(field: str, entry: Entry) -> str:
    match field:
        case "eventCategory":
            return "Data" if trail_events.is_data_event(entry) else "Management"
        case "readOnly":
            return "true" if trail_events.is_read_only(entry) else "false"
        case "eventName":
            return trail_events.event_name(entry)
        case "eventSource":
            return trail_events.event_source(entry.service)
        case "eventType":
            return "AwsApiCall"
        case "sessionCredentialFromConsole":
            return "false"
        case "userIdentity.arn":
            return entry.principal_arn or ""
    kind, arn = trail_events.data_resource(entry) or ("", "")
    return kind if field == "resources.type" else arn


# --- checks ---------------------------------------------------------------------------------------------------


def check(basic: Sequence[Selector], advanced: Sequence[Selector]) -> None:
    """Raise `ServiceError` for selectors that CloudTrail rejects.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html
    """
    if bool(basic) == bool(advanced):
        raise _invalid("Specify either EventSelectors or AdvancedEventSelectors, not both.")
    for selector in advanced:
        _check_advanced(selector)
    values = sum(
        len(field.get(name) or ())
        for one in advanced
        for field in one["FieldSelectors"]
        for name in _OPERATORS
    )
    if values > _MAX_VALUES:
        raise _invalid(
            f"A trail can have {_MAX_VALUES} conditions in its advanced event selectors, but {values} were given."
        )
    if len(basic) > _MAX_SELECTORS:
        raise _invalid(f"A trail can have {_MAX_SELECTORS} event selectors, but {len(basic)} were given.")
    resources = sum(len(data.get("Values") or ()) for one in basic for data in one.get("DataResources") or ())
    if resources > _MAX_RESOURCES:
        raise _invalid(f"A trail can have {_MAX_RESOURCES} data resources, but {resources} were given.")
    for selector in basic:
        _check_basic(selector)


def _check_basic(selector: Selector) -> None:
    if selector.get("ReadWriteType", "All") not in _READ_WRITE:
        raise _invalid(f"ReadWriteType must be one of {', '.join(_READ_WRITE)}.")
    for source in selector.get("ExcludeManagementEventSources") or ():
        if source not in _EXCLUDABLE:
            raise _invalid(f"{source} cannot be excluded; only {' and '.join(_EXCLUDABLE)} can.")
    for data in selector.get("DataResources") or ():
        start = _BASIC_TYPES.get(data.get("Type"))
        if start is None:
            raise _invalid(
                f"{data.get('Type')} needs advanced event selectors; DataResources accept only "
                f"{', '.join(_BASIC_TYPES)}."
            )
        for value in data.get("Values") or ():
            if not isinstance(value, str) or not value.startswith(start):
                raise _invalid(f"{value} isn't an ARN of the type {data['Type']}.")


def _check_advanced(selector: Selector) -> None:
    fields = selector.get("FieldSelectors") or ()
    category = [
        value
        for field in fields
        if field.get("Field") == "eventCategory"
        for value in field.get("Equals") or ()
    ]
    if len(category) != 1 or category[0] not in _FIELDS:
        raise _invalid(f"Each advanced event selector needs eventCategory with one of {', '.join(_FIELDS)}.")
    if len(selector.get("Name") or "") > _MAX_NAME:
        raise _invalid(f"The name of a selector can have at most {_MAX_NAME} characters.")
    for field in fields:
        _check_field(category[0], field)
    if category == ["Data"]:
        kinds = [value for field in fields if field["Field"] == "resources.type" for value in field["Equals"]]
        if len(kinds) != 1 or not _TYPE.fullmatch(kinds[0]):
            raise _invalid("Advanced event selectors for data events need resources.type with one value.")
    if category == ["NetworkActivity"] and not any(field["Field"] == "eventSource" for field in fields):
        raise _invalid("Advanced event selectors for network activity events need eventSource.")


def _check_field(category: str, field: Selector) -> None:
    name = field.get("Field")
    if name not in _FIELDS[category]:
        raise _invalid(f"The field {name} is not valid for {category} events.")
    given = [operator for operator in _OPERATORS if field.get(operator)]
    if not given or (name in _EQUALS_ONLY and given != ["Equals"]):
        raise _invalid(
            f"The field {name} needs {'Equals' if name in _EQUALS_ONLY else 'an operator with values'}."
        )
    if name == "readOnly" and not set(field["Equals"]) <= {"true", "false"}:
        raise _invalid("The field readOnly must be true or false.")
    if name == "errorCode" and field.get("Equals") != ["VpceAccessDenied"]:
        raise _invalid("The only valid value of errorCode is VpceAccessDenied.")
    if category == "Management" and name == "eventSource":
        excluded = field.get("NotEquals") or ()
        if given != ["NotEquals"] or not set(excluded) <= set(_EXCLUDABLE):
            raise _invalid(f"The field eventSource accepts only NotEquals with {' or '.join(_EXCLUDABLE)}.")
