"""The items and attributes in a DynamoDB request, for dynamodb:LeadingKeys and dynamodb:Attributes.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from labs_helpers.cloud.services.dynamodb import expressions, partiql
from labs_helpers.cloud.services.dynamodb.errors import invalid


def scalar(value: Mapping[str, Any]) -> str | None:
    """Return a key attribute's value in the form that condition keys use: `{"S": "alice"}` → alice.

    Numbers are returned as they were sent, and binary values in base64. Returns None for a value of any other type.
    """
    for kind, content in value.items():
        if kind in ("S", "N"):
            return str(content)
        if kind == "B":
            return base64.b64encode(content).decode() if isinstance(content, bytes) else str(content)
    return None


def leading_keys(keys: Iterable[Mapping[str, Any]], hash_key: str | None) -> list[str]:
    """Return the distinct partition key values of items or keys, or an empty list if `hash_key` is None."""
    values = (scalar(key[hash_key]) for key in keys if hash_key is not None and hash_key in key)
    return list(dict.fromkeys(value for value in values if value is not None))


def queried_keys(request: Mapping[str, Any], hash_key: str | None) -> list[str]:
    """Return the partition key values that a Query's expression or its legacy KeyConditions require."""
    values = request.get("ExpressionAttributeValues") or {}
    equal = expressions.read(request, "KeyConditionExpression").equal
    required = [scalar(values[value]) for name, value in equal if name == hash_key]
    condition = (request.get("KeyConditions") or {}).get(hash_key or "")
    if condition and condition.get("ComparisonOperator") == "EQ":
        required += [scalar(value) for value in condition.get("AttributeValueList") or ()]
    return list(dict.fromkeys(value for value in required if value is not None))


def named_attributes(request: Mapping[str, Any]) -> list[str]:
    """Return the distinct top-level attributes in a request's key, item, expressions, and legacy parameters."""
    names: list[str] = []
    for parameter in (
        "Key",
        "Item",
        "AttributeUpdates",
        "Expected",
        "KeyConditions",
        "QueryFilter",
        "ScanFilter",
    ):
        names += request.get(parameter) or ()
    names += request.get("AttributesToGet") or ()
    for key in request.get("Keys") or ():
        names += key
    for parameter in expressions.EXPRESSIONS:
        names += expressions.read(request, parameter).attributes
    return list(dict.fromkeys(names))


class Statement:
    """One PartiQL statement with its parameters. Raises `ServiceError` for a statement outside the grammar.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
    """

    def __init__(self, text: str, parameters: list[Mapping[str, Any]]):
        parsed = self._parsed = partiql.parse(text)
        if parsed.parameters != len(parameters):
            raise invalid("Number of parameters in request and statement don't match.")
        self._parameters = parameters
        self.kind, self.table, self.index = parsed.kind, parsed.table, parsed.index
        self.reads_all = not parsed.columns
        self.attributes = list(parsed.attributes)

    def leading_keys(self, hash_key: str | None) -> list[str]:
        """Return the partition key values in the statement, or [] if the statement can access any item."""
        literals = self._parsed.keys(hash_key) if hash_key is not None else None
        values = [self._value(literal) for literal in literals or ()]
        # If a literal's value is unknown, the statement might access any item, so no values are returned.
        return [] if None in values else list(dict.fromkeys(value for value in values if value is not None))

    def _value(self, literal: partiql.Literal) -> str | None:
        """Return the literal's value (a parameter's value for `?`), or None if it is missing or not a scalar."""
        kind, content = literal
        if kind == "parameter":
            return scalar(self._parameters[content]) if content < len(self._parameters) else None
        return content if kind == "value" else None
