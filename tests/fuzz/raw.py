"""Requests that no SDK sends: a plausible request for every operation, with one fault in it. A request is created by
botocore and then broken: with a value of another type in a JSON body, with a string elsewhere that isn't a number, a
boolean, a date, or base64, or with an additional member. To find the bytes of a parameter, the request is written
twice, with two of its values.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape
from botocore.serialize import create_serializer

from labs_helpers.cloud.moto import protocols
from tests.fuzz.calls import ACCOUNT, _Maker

DEEP = 5
"""Levels of structures in which something is broken."""


@dataclass(frozen=True, slots=True)
class Raw:
    """An HTTP request, unsigned. `what` says what was broken, `kind` how: "type", "text" or "surplus"."""

    service: str
    operation: str
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    kind: str = ""
    what: str = ""


def plausible(service: str, operation: str, world: Mapping[str, Any], dice: random.Random) -> Raw:
    """An operation's request with most of what it can have."""
    return _Request(service, operation, world, dice).whole


def broken(service: str, operation: str, world: Mapping[str, Any], dice: random.Random) -> Iterator[Raw]:
    """Yield an operation's requests, each with one fault."""
    yield from _Request(service, operation, world, dice).broken()


class _Request:
    def __init__(self, service: str, operation: str, world: Mapping[str, Any], dice: random.Random):
        model = protocols.model(service)
        assert model is not None
        self.service, self.dice = service, dice
        self.model: OperationModel = model.operation_model(operation)
        maker = _Maker(self.model, world, dice, DEEP)
        shape = self.model.input_shape
        self.parameters = {} if shape is None else maker.structure(shape, optional=0.7)
        self.whole = self.written(self.parameters)

    def written(self, parameters: Mapping[str, Any]) -> Raw:
        """As an SDK writes it."""
        protocol = self.model.service_model.protocol
        sent = create_serializer(protocol, include_validation=False).serialize_to_request(
            deepcopy(dict(parameters)), self.model
        )
        query, body = sent["query_string"], sent["body"]
        url = f"https://{_host(self.service)}{sent['url_path']}"
        if query:
            url += ("&" if "?" in url else "?") + (
                urlencode(query, doseq=True) if isinstance(query, dict) else query
            )
        headers = {name: str(value) for name, value in sent["headers"].items()}
        if isinstance(body, Mapping):
            body = urlencode(body)
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
        if hasattr(body, "read"):
            body = body.read()
        body = body.encode() if isinstance(body, str) else bytes(body or b"")
        return Raw(self.service, self.model.name, sent["method"], url, headers, body)

    def broken(self) -> Iterator[Raw]:
        shape = self.model.input_shape
        if shape is None:
            return
        if self.model.service_model.protocol in ("json", "rest-json"):
            yield from self._in_json(shape)
        yield from self._in_text(shape)

    def _in_json(self, shape: StructureShape) -> Iterator[Raw]:
        try:
            body = json.loads(self.whole.body or b"{}")
        except ValueError:  # the whole body is one parameter
            return
        payload = shape.serialization.get("payload")
        outer = shape.members[payload] if payload else shape
        if not isinstance(body, dict) or not isinstance(outer, StructureShape):
            return
        for path, kind, _ in _places(body, outer, (), 0):
            for bad in _OF_OTHER_TYPES[kind]:
                yield self._with_json(body, path, bad, "type")
        for path, kind, value in _places(body, outer, (), 0):
            if kind == "structure":
                yield self._with_json(body, (*path, "NoSuchMember"), {"a": [None]}, "surplus")
                for name in list(value)[:1]:
                    yield self._with_json(body, (*path, name.swapcase()), value[name], "surplus")

    def _with_json(self, body: Any, path: tuple[Any, ...], value: Any, kind: str) -> Raw:
        changed = deepcopy(body)
        inner = changed
        for name in path[:-1]:
            inner = inner[name]
        if path:
            inner[path[-1]] = value
        else:
            changed = value
        what = f"{'.'.join(map(str, path)) or 'body'} = {value!r:.50}"
        return replace(self.whole, body=json.dumps(changed).encode(), kind=kind, what=what)

    def _in_text(self, shape: StructureShape) -> Iterator[Raw]:
        json_body = self.model.service_model.protocol in ("json", "rest-json")
        for path, leaf in _leaves(self.parameters, shape, ()):
            if json_body and shape.members[path[0]].serialization.get("location") not in (
                "querystring",
                "header",
            ):
                continue
            first, second = (
                self.written(_with(self.parameters, path, value)) for value in _TWO[leaf.type_name]
            )
            for bad in _BAD_TEXTS[leaf.type_name]:
                made = _between(first, second, bad)
                if made is not None:
                    yield replace(made, kind="text", what=f"{'.'.join(map(str, path))} = {bad!r}")


_TWO: dict[str, tuple[Any, Any]] = {
    "integer": (1111, 2222), "long": (1111, 2222), "float": (1.5, 2.5), "double": (1.5, 2.5),
    "boolean": (True, False), "timestamp": (datetime(2001, 1, 1, tzinfo=UTC), datetime(2020, 12, 30, tzinfo=UTC)),
    "blob": (b"first", b"other"),
}  # fmt: skip
_BAD_TEXTS = {
    "integer": ("five", "1.5", "", "1e3", "0x10", "٣", "1_0", "9" * 30),
    "long": ("five", "1.5", "9" * 40),
    "float": ("many", "NaN", "inf"),
    "double": ("many", "NaN", "1_0"),
    "boolean": ("yes", "1", "", "on"),
    "timestamp": ("tomorrow", "Monday", "2026-13-01T00:00:00Z", "1e30", ""),
    "blob": ("%%%", "YQ", "Y Q=="),
}
_OF_OTHER_TYPES: dict[str, tuple[Any, ...]] = {
    "string": (7, True, 1.5, ["a"], {"a": "b"}),
    "integer": ("5", True, 5.5, 2**70, [5], {}, "five", float("nan")),
    "long": ("5", True, 5.5, 2**70, [5], {}),
    "float": ("5.5", True, float("nan"), float("inf"), [1]),
    "double": ("5.5", True, float("nan"), [1]),
    "boolean": ("true", 1, 0, "yes", [True], {}),
    "timestamp": ("tomorrow", "2026-13-01T00:00:00Z", True, [1], {}, 1e300),
    "blob": (7, True, "%%%", "YQ", ["YQ=="], {}),
    "list": ("a", 7, True, {}, {"0": "a"}, [None]),
    "map": ("a", 7, True, ["a"], {"a": None}),
    "structure": ("a", 7, True, ["a"]),
}


def _host(service: str) -> str:
    if service in ("iam", "s3"):
        return f"{service}.amazonaws.com"
    if service == "s3control":
        return f"{ACCOUNT}.s3-control.us-east-1.amazonaws.com"
    model = protocols.model(service)
    assert model is not None
    return f"{model.endpoint_prefix}.us-east-1.amazonaws.com"


def _places(
    value: Any, shape: Shape, path: tuple[Any, ...], depth: int
) -> Iterator[tuple[tuple[Any, ...], str, Any]]:
    """Yield (path, type, value) for everything in a JSON body, for one item per list and one entry per map."""
    if getattr(shape, "is_document_type", False):
        return
    yield path, shape.type_name, value
    if depth >= DEEP:
        return
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        names = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        for name, inner in value.items():
            if name in names and inner is not None:
                yield from _places(inner, names[name], (*path, name), depth + 1)
    elif isinstance(shape, ListShape) and value:
        yield from _places(value[0], shape.member, (*path, 0), depth + 1)
    elif isinstance(shape, MapShape) and value:
        name = next(iter(value))
        yield from _places(value[name], shape.value, (*path, name), depth + 1)


def _leaves(value: Any, shape: Shape, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Shape]]:
    """Yield (path, shape) for the parameters whose text can be invalid as a value."""
    if isinstance(shape, StructureShape):
        for name, inner in value.items():
            yield from _leaves(inner, shape.members[name], (*path, name))
    elif isinstance(shape, ListShape) and value:
        yield from _leaves(value[0], shape.member, (*path, 0))
    elif isinstance(shape, MapShape) and value:
        name = next(iter(value))
        yield from _leaves(value[name], shape.value, (*path, name))
    elif shape.type_name in _TWO:
        yield path, shape


def _with(parameters: Mapping[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    changed: dict[str, Any] = deepcopy(dict(parameters))
    inner: Any = changed
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    return changed


def _between(first: Raw, second: Raw, bad: str) -> Raw | None:
    """Return the request with a string at the place where two versions of it differ, or None if no string belongs
    there. Content-Length isn't such a place: it determines where an HTTP message ends, so no server reads a request
    with a wrong one.
    """
    if first.url != second.url:
        return replace(first, url=_instead(first.url, second.url, urlencode({"": bad})[1:], "?&=", "&"))
    for name, value in first.headers.items():
        if value != second.headers.get(name) and bad.isascii() and name != "Content-Length":
            return replace(first, headers={**first.headers, name: bad})
    one, two = first.body.decode("latin-1"), second.body.decode("latin-1")
    if one.startswith("<") and one != two:
        return replace(first, body=_instead(one, two, bad, ">", "<").encode())
    if "Action=" in one and one != two:
        return replace(first, body=_instead(one, two, urlencode({"": bad})[1:], "=", "&").encode())
    return None


def _instead(one: str, two: str, bad: str, before: str, after: str) -> str:
    start = next(at for at in range(len(one)) if one[: at + 1] != two[: at + 1])
    start = max(one.rfind(mark, 0, start) for mark in before) + 1
    end = one.find(after, start)
    return one[:start] + bad + (one[end:] if end >= 0 else "")
