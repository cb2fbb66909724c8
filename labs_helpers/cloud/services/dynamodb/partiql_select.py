"""The results of a PartiQL SELECT: the selected items and attributes, in the requested order.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.select.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from labs_helpers.cloud.services.dynamodb import partiql
from labs_helpers.cloud.services.dynamodb.partiql_conditions import comparable, condition, value_at
from labs_helpers.cloud.services.dynamodb.partiql_reader import Reader


def selected(
    text: str, parameters: Sequence[Any], items: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return the result of a SELECT on the items of a table or an index.

    Raises `Unmodelled` for parts of the statement that aren't evaluated.
    """
    columns = _columns(text)
    test = condition(text, parameters)
    found = [dict(item) for item in items if test(item)]
    for path, descending in reversed(_order(text)):
        found.sort(key=lambda item: comparable(value_at(item, path)) or ("", 0), reverse=descending)
    return [{name: item[name] for name in columns if name in item} for item in found] if columns else found


def _columns(text: str) -> list[str]:
    reader = Reader(partiql.tokens(text)[1:], iter(()))
    if reader.skip("*"):
        return []
    names = [reader.name()]
    while reader.skip(","):
        names.append(reader.name())
    return names


def _order(text: str) -> list[tuple[tuple[str | int, ...], bool]]:
    tokens = partiql.tokens(text)
    words = [token.upper() if kind == "word" else "" for kind, token in tokens]
    if "ORDER" not in words:
        return []
    reader, found = Reader(tokens[words.index("ORDER") + 2 :], iter(())), []
    while reader.rest:
        path = reader.path()
        found.append((path, reader.skip("ASC", "DESC") == "DESC"))
        reader.skip(",")
    return found
