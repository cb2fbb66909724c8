"""PartiQL writes: the item in an INSERT, and the attributes that an UPDATE sets, removes, and returns.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.insert.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.update.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from labs_helpers.cloud.services.dynamodb import partiql
from labs_helpers.cloud.services.dynamodb.partiql_reader import Reader, Unmodelled


@dataclass(slots=True)
class Changes:
    """The changes of one UPDATE: values to set and attributes to remove, by name.

    `returning` is the part of the item that the statement requests, such as "ALL NEW", or "".
    """

    sets: dict[str, Any] = field(default_factory=dict)
    removes: list[str] = field(default_factory=list)
    returning: str = ""

    def returned(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the item that the statement requests, in a list, or an empty list."""
        if not self.returning:
            return []
        which, age = self.returning.split()
        item = old if age == "OLD" else new
        changed = {*self.sets, *self.removes}
        return [{name: value for name, value in item.items() if which == "ALL" or name in changed}]


def changes(text: str, parameters: Sequence[Any]) -> Changes:
    """Return the changes of an UPDATE. Raises `Unmodelled` if it has paths to nested attributes or expressions."""
    reader, found = Reader(partiql.tokens(text)[2:], iter(parameters)), Changes()
    while reader.skip("WHERE") is None:
        if reader.skip("REMOVE"):
            found.removes.append(reader.name())
            continue
        if reader.skip("SET", ",") is None:
            raise Unmodelled("expressions")
        name = reader.name()
        reader.expect("=")
        found.sets[name] = reader.value()
    words = [token.upper() for kind, token in reader.rest if kind == "word"]
    found.returning = " ".join(words[words.index("RETURNING") + 1 :][:2]) if "RETURNING" in words else ""
    return found


def inserted(text: str, parameters: Sequence[Any]) -> dict[str, Any]:
    """Return the item of an INSERT."""
    tokens = partiql.tokens(text)
    begins = tokens.index(("sign", "{"))
    return dict(Reader(tokens[begins:], iter(parameters)).value()["M"])
