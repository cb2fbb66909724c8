"""Which items and attributes a DynamoDB request touches: what dynamodb:LeadingKeys and dynamodb:Attributes hold.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from labs_helpers.cloud.services.dynamodb import expressions, partiql


def scalar(value: Mapping[str, Any]) -> str | None:
    """A key's value as condition keys show it: `{"S": "alice"}` → alice, numbers as sent, binary in base64."""
    for kind, content in value.items():
        if kind in ("S", "N"):
            return str(content)
        if kind == "B":
            return base64.b64encode(content).decode() if isinstance(content, bytes) else str(content)
    return None


def leading(keys: Iterable[Mapping[str, Any]], hash_key: str | None) -> list[str]:
    """The partition key values of items or keys."""
    values = (scalar(key[hash_key]) for key in keys if hash_key is not None and hash_key in key)
    return list(dict.fromkeys(value for value in values if value is not None))


def queried(request: Mapping[str, Any], hash_key: str | None) -> list[str]:
    """The partition key value that a Query asks for, in the expression or in the older KeyConditions."""
    values = request.get("ExpressionAttributeValues") or {}
    equal = expressions.read(request, "KeyConditionExpression").equal
    found = [scalar(values[value]) for name, value in equal if name == hash_key]
    condition = (request.get("KeyConditions") or {}).get(hash_key or "")
    if condition and condition.get("ComparisonOperator") == "EQ":
        found += [scalar(value) for value in condition.get("AttributeValueList") or ()]
    return list(dict.fromkeys(value for value in found if value is not None))


def attributes(request: Mapping[str, Any]) -> list[str]:
    """The top-level attributes that a request names: in its key, its item, its expressions and older parameters."""
    found: list[str] = []
    for parameter in (
        "Key",
        "Item",
        "AttributeUpdates",
        "Expected",
        "KeyConditions",
        "QueryFilter",
        "ScanFilter",
    ):
        found += request.get(parameter) or ()
    found += request.get("AttributesToGet") or ()
    for key in request.get("Keys") or ():
        found += key
    for parameter in expressions.EXPRESSIONS:
        found += expressions.read(request, parameter).attributes
    return list(dict.fromkeys(found))


class Statement:
    """One PartiQL statement with its parameters. Raises `ServiceError` for a statement that is read in no way.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
    """

    def __init__(self, text: str, parameters: list[Mapping[str, Any]]):
        parsed = self._parsed = partiql.parse(text)
        self._parameters = parameters
        self.kind, self.table, self.index = parsed.kind, parsed.table, parsed.index
        self.reads_all = not parsed.columns
        self.attributes = list(parsed.attributes)

    def leading_keys(self, hash_key: str | None) -> list[str]:
        """The partition key values that it names; none where it can reach any item."""
        found = self._parsed.keys(hash_key) if hash_key is not None else None
        values = [self._value(literal) for literal in found or ()]
        return [] if None in values else list(dict.fromkeys(value for value in values if value is not None))

    def _value(self, literal: partiql.Literal) -> str | None:
        kind, content = literal
        if kind == "parameter":
            return scalar(self._parameters[content]) if content < len(self._parameters) else None
        return content if kind == "value" else None
