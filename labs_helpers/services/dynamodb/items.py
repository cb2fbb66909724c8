"""Which items and attributes a DynamoDB request touches: what dynamodb:LeadingKeys and dynamodb:Attributes hold.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from typing import Any

from labs_helpers.core.errors import ServiceError

_NAME = re.compile(r"(?<![\w#:.\]])(#?[A-Za-z_][\w-]*|#[\w-]+)")
_WORDS = frozenset(("AND", "OR", "NOT", "IN", "BETWEEN", "SET", "REMOVE", "ADD", "DELETE"))
_EQUALITY = re.compile(r"(#?[\w.-]+)\s*=\s*(:[\w-]+)")
_EXPRESSIONS = (
    "ProjectionExpression",
    "ConditionExpression",
    "FilterExpression",
    "KeyConditionExpression",
    "UpdateExpression",
)


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
    values, names = (
        request.get("ExpressionAttributeValues") or {},
        request.get("ExpressionAttributeNames") or {},
    )
    found = [
        scalar(values[value])
        for name, value in _EQUALITY.findall(request.get("KeyConditionExpression") or "")
        if names.get(name, name) == hash_key and value in values
    ]
    condition = (request.get("KeyConditions") or {}).get(hash_key or "")
    if condition:
        found += [scalar(value) for value in condition.get("AttributeValueList") or ()]
    return list(dict.fromkeys(value for value in found if value is not None))


def attributes(request: Mapping[str, Any]) -> list[str]:
    """The top-level attributes that a request names: in its key, its item, its expressions and older parameters."""
    names = request.get("ExpressionAttributeNames") or {}
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
    for parameter in _EXPRESSIONS:
        found += _named(request.get(parameter) or "", names)
    return list(dict.fromkeys(found))


def _named(expression: str, names: Mapping[str, str]) -> Iterable[str]:
    for match in _NAME.finditer(expression):
        word = match.group(1)
        function = expression[match.end() :].lstrip().startswith("(")
        if word.startswith("#"):
            yield names.get(word, word)
        elif word.upper() not in _WORDS and not function:
            yield word


# PartiQL: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html

_MOST = 8192
"""The most characters that a statement may have."""
_TABLE = r"""(?:"(?P<quoted>[\w.-]+)"|(?P<plain>[\w.-]+))(?: ?\. ?"?(?P<index>[\w.-]+)"?)?"""
_STATEMENTS = tuple(
    (kind, re.compile(expression, re.IGNORECASE | re.DOTALL))
    for kind, expression in (
        ("Select", rf"SELECT (?P<columns>.+?) FROM {_TABLE}(?: (?P<where>WHERE\b.*))?"),
        ("Insert", rf"INSERT INTO {_TABLE} VALUE (?P<where>\{{.*\}})"),
        ("Update", rf"UPDATE {_TABLE} (?:SET|REMOVE)\b.*?(?P<where>\bWHERE\b.*)"),
        ("Delete", rf"DELETE FROM {_TABLE} (?P<where>WHERE\b.*)"),
    )
)
_STRING = re.compile(r"'(?:[^']|'')*'")


def _one_line(text: str) -> str:
    """The statement with single spaces outside its strings, and no semicolon: read in time that grows with it."""
    parts = re.split(f"({_STRING.pattern})", text)
    line = "".join(part if part.startswith("'") else re.sub(r"\s+", " ", part) for part in parts)
    return line.strip().removesuffix(";").rstrip()


class Statement:
    """One PartiQL statement: its kind (Select, Insert, Update, Delete), table, index, and which items it names.

    Raises `ServiceError` for a statement that is read in no way or in more than one: what cannot be read cannot be
    authorized.
    """

    def __init__(self, text: str, parameters: list[Mapping[str, Any]]):
        text = _one_line(text)
        for kind, pattern in _STATEMENTS if len(text) <= _MOST else ():
            found = pattern.fullmatch(text)
            if found is None:
                continue
            bare = _STRING.sub("", text)
            if len(re.findall(r"\b(?:FROM|INTO|UPDATE)\b", bare, re.I)) != 1:
                break
            if kind != "Select" and found["index"]:
                break
            self.kind, self.table, self.index = kind, found["quoted"] or found["plain"], found["index"]
            self._where, self._before = found["where"] or "", text[: max(found.start("where"), 0)]
            self._parameters = parameters
            self.columns = found["columns"].strip() if kind == "Select" else ""
            return
        raise ServiceError("ValidationException", "Statement wasn't well formed, can't be processed", 400)

    def leading_keys(self, hash_key: str | None) -> list[str]:
        """The partition key values that it names with `=` or `IN`; none where it reads the whole table."""
        if hash_key is None or re.search(r"\b(?:OR|NOT)\b", _STRING.sub("", self._where), re.I):
            return []
        name = re.escape(hash_key)
        value = r"('(?:[^']|'')*'|-?[\d.]+|\?)"
        sign = r"\s*:\s*" if self.kind == "Insert" else r"\s*=\s*"
        values = [
            (m.group(1), m.start(1))
            for m in re.finditer(rf"""(?<![\w.])["']?{name}["']?{sign}{value}""", self._where)
        ]
        for listed in re.finditer(
            rf"""(?<![\w.])"?{name}"?\s+IN\s*[\[(](.*?)[\])]""", self._where, re.I | re.S
        ):
            values += [
                (m.group(1), listed.start(1) + m.start(1)) for m in re.finditer(value, listed.group(1))
            ]
        read = (self._value(text, at) for text, at in values)
        return list(dict.fromkeys(text for text in read if text is not None))

    def _value(self, text: str, at: int) -> str | None:
        if text != "?":
            return text[1:-1].replace("''", "'") if text.startswith("'") else text
        number = _STRING.sub("", self._before + self._where[:at]).count("?")
        return scalar(self._parameters[number]) if number < len(self._parameters) else None
