"""The fields of CloudTrail records.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any


def values(record: Any, path: str) -> list[Any]:
    """Return the values at a path such as "requestParameters.ipPermissions.items.fromPort".

    A list stands for its elements. The result is empty if the record has no such field.
    """
    found = [record]
    for name in path.split("."):
        found = [each[name] for each in _elements(found) if isinstance(each, Mapping) and name in each]
    return list(_elements(found))


def _elements(found: list[Any]) -> Iterator[Any]:
    for each in found:
        if isinstance(each, list):
            yield from _elements(each)
        else:
            yield each


def fields(record: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the path and value of each field that has a plain value, with the position in lists ("items[0]")."""
    if isinstance(record, Mapping):
        for name, inner in record.items():
            yield from fields(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(record, list):
        for position, inner in enumerate(record):
            yield from fields(inner, f"{path}[{position}]")
    else:
        yield path, record


def as_text(value: Any) -> str:
    """Return a value as text: JSON for objects, lists, and truth values, without spaces."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
