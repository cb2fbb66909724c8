"""The legacy parameters for which expressions exist: their conditions, updates, and projections.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.services.dynamodb.errors import invalid
from labs_helpers.cloud.services.dynamodb.expected import refuse_values

_CONDITIONS = ("ScanFilter", "QueryFilter", "KeyConditions")
_WRONG = "One or more parameter values were invalid:"
_SCALARS = ("S", "N", "B")
_TYPES = {"LE": _SCALARS, "LT": _SCALARS, "GE": _SCALARS, "GT": _SCALARS, "BETWEEN": _SCALARS, "IN": _SCALARS,
          "CONTAINS": _SCALARS, "NOT_CONTAINS": _SCALARS, "BEGINS_WITH": ("S", "B")}  # fmt: skip
"""The types of values that a comparison takes, if it doesn't take every type.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.Conditions.html
"""
_ADDED, _DELETED = ("N", "SS", "NS", "BS"), ("SS", "NS", "BS")


def check_legacy_parameters(request: Mapping[str, Any]) -> None:
    """Raise `ServiceError` for legacy conditions, updates, and projections that aren't valid."""
    for parameter in (*_CONDITIONS, "Expected"):
        for condition in (request.get(parameter) or {}).values():
            if parameter != "Expected":
                refuse_values(condition)
            _check_types(condition)
    conditions = [request.get(name) for name in (*_CONDITIONS[:2], "Expected")]
    if request.get("ConditionalOperator") and not any(conditions):
        raise invalid("ConditionalOperator cannot be used without Filter or Expected")
    names = request.get("AttributesToGet") or []
    for name in names:
        if names.count(name) > 1:
            raise invalid(f"{_WRONG} Duplicate value in attribute name: {name}")
    for name, update in (request.get("AttributeUpdates") or {}).items():
        _check_update(name, update, request["Key"])


def _check_types(condition: Mapping[str, Any]) -> None:
    operator = condition.get("ComparisonOperator") or ""
    types = {kind for value in condition.get("AttributeValueList") or () for kind in value}
    for kind in types:
        if kind not in _TYPES.get(operator, (kind,)):
            raise invalid(
                f"{_WRONG} ComparisonOperator {operator} is not valid for {kind} AttributeValue type"
            )
    if operator == "BETWEEN" and len(types) > 1:
        raise invalid(f"{_WRONG} AttributeValues inside AttributeValueList must be of same type")


def _check_update(name: str, update: Mapping[str, Any], key: Mapping[str, Any]) -> None:
    """Raise `ServiceError` for an update of the key, or for an action that doesn't take the value's type.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.AttributeUpdates.html
    """
    if name in key:
        raise invalid(f"{_WRONG} Cannot update attribute {name}. This attribute is part of the key")
    action = update.get("Action") or "PUT"
    types = {"ADD": _ADDED, "DELETE": _DELETED}.get(action)
    for kind in update.get("Value") or ():
        if types is not None and kind not in types:
            raise invalid(f"{_WRONG} Action {action} is not supported for the type {kind}")
