"""Calls generated from botocore's models: every operation that the cloud models, in every form that its shapes
describe.

For each parameter (and its members, three levels down) there is a call with each value of its enumeration, at and
beyond each boundary, without it where it is required, with a value of another type, and with an id of nothing.
Parameters that aren't varied have values that are plausible for their names: resources of a small world that exist in
the cloud.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from labs_helpers.cloud import services
from labs_helpers.cloud.moto import protocols

LONGEST = 6_000
"""Characters of the longest text that is made: boundaries beyond are left out."""
MOST = 60
"""Items of the longest list that is made."""
DEPTH = {"ec2": 2}
"""Levels of structures that are varied, 3 where nothing is said: launch templates alone would be a tenth of all."""

DESCRIPTIONS = 20
"""The most calls of one of EC2's descriptions."""

ACCOUNT = "111122223333"
POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                "Action": "sts:AssumeRole",
                "Resource": "*",
            }
        ],
    }
)


@dataclass(frozen=True, slots=True)
class Made:
    """One call: `parameters` as boto3 takes them, and what was varied."""

    service: str
    operation: str
    parameters: Mapping[str, Any]
    varied: str


def operations() -> list[tuple[str, str]]:
    """Every (service, operation) that a table names and botocore's model has, sorted."""
    found = []
    for service in services.modelled_services():
        table, model = services.table(service), protocols.model(service)
        assert table is not None, service
        assert model is not None, service
        found += [(service, name) for name in sorted(table.operations & set(model.operation_names))]
    return found


def calls(service: str, operation: str, world: Mapping[str, Any], dice: random.Random) -> Iterator[Made]:
    """Yield the calls of one operation: the most plausible one, the systematic ones, and two in which everything is
    random.
    """
    model = protocols.model(service)
    assert model is not None
    maker = _Maker(model.operation_model(operation), world, dice, DEPTH.get(service, 3))
    made = [Made(service, operation, parameters, varied) for varied, parameters in maker.all()]
    if service == "ec2" and operation.startswith("Describe") and len(made) > DESCRIPTIONS:
        # They read much and change nothing.
        made = made[:2] + dice.sample(made[2:], DESCRIPTIONS - 2)
    yield from made


class _Maker:
    def __init__(self, operation: OperationModel, world: Mapping[str, Any], dice: random.Random, depth: int):
        self.shape: StructureShape | None = operation.input_shape
        self.world, self.dice, self.depth = world, dice, depth

    def all(self) -> Iterator[tuple[str, dict[str, Any]]]:
        if self.shape is None:
            yield "nothing", {}
            return
        yield "required", self.structure(self.shape, optional=0.0)
        yield "everything", self.structure(self.shape, optional=1.0)
        for name in self.shape.required_members:
            yield f"without {name}", _without(self.structure(self.shape, optional=0.0), name)
        for path, value in self.variations(self.shape, self.depth):
            yield (
                f"{'.'.join(path)} = {value!r:.60}",
                _with(self.structure(self.shape, optional=0.0), path, value),
            )
        for _ in range(2):
            yield "drawn", self.structure(self.shape, optional=0.4)

    def variations(self, shape: StructureShape, depth: int) -> Iterator[tuple[tuple[str, ...], Any]]:
        """Yield (path, value) for everything that a parameter can be: lists have one item, and maps one entry."""
        for name, member in shape.members.items():
            for value in self.values(name, member):
                yield (name,), value
            if depth > 1 and isinstance(member, StructureShape):
                for path, value in self.variations(member, depth - 1):
                    yield (name, *path), value
                for required in member.required_members:
                    yield (name,), _without(self.structure(member, optional=0.0), required)
            elif depth > 1 and isinstance(member, ListShape) and isinstance(member.member, StructureShape):
                for path, value in self.variations(member.member, depth - 1):
                    yield (name,), [_with(self.structure(member.member, optional=0.0), path, value)]

    def values(self, name: str, shape: Shape) -> Iterator[Any]:
        kind, limits = shape.type_name, shape.metadata
        least, most = limits.get("min"), limits.get("max")
        if kind == "string":
            yield from getattr(shape, "enum", None) or ()
            if getattr(shape, "enum", None):
                yield "NoSuchValue"
            for length in _lengths(least, most, LONGEST):
                yield "a" * length
            yield from ("é☃", "no such thing", unknown(name), 7)
        elif kind in ("integer", "long", "float", "double"):
            for number in (0, -1, 2**31 - 1, least, most, least and least - 1, most and most + 1):
                if number is not None:
                    yield int(number) if kind in ("integer", "long") else float(number)
            yield "seven"
        elif kind == "boolean":
            yield from (True, False, "perhaps")
        elif kind == "timestamp":
            yield from (datetime(1970, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC), "no date")
        elif kind == "blob":
            for length in _lengths(least, most, LONGEST):
                yield b"b" * length
            yield b"\xff\x00"
        elif isinstance(shape, ListShape):
            for length in _lengths(least, most, MOST):
                yield [self.value(name, shape.member, 0.0) for _ in range(length)]
            yield "no list"
        elif isinstance(shape, MapShape):
            yield {}
            yield {
                f"k{number}": self.value(name, shape.value, 0.0) for number in range(min(most or 0, MOST) + 1)
            }
            yield "no map"
        elif isinstance(shape, StructureShape):
            yield {}
            yield "no structure"

    def structure(self, shape: StructureShape, optional: float, depth: int = 0) -> dict[str, Any]:
        """Return a structure with its required members, and every other member with this probability."""
        names = [
            name
            for name in shape.members
            if name in shape.required_members or (depth < 4 and self.dice.random() < optional)
        ]
        if shape.metadata.get("union") and names:
            names = [self.dice.choice(names)]
        return {name: self.value(name, shape.members[name], optional, depth + 1) for name in names}

    def value(self, name: str, shape: Shape, optional: float, depth: int = 0) -> Any:
        kind = shape.type_name
        if isinstance(shape, StructureShape):
            return self.structure(shape, optional, depth) if depth < 6 else {}
        if isinstance(shape, ListShape):
            count = max(1, min(shape.metadata.get("min") or 1, MOST))
            return [self.value(name, shape.member, optional, depth + 1) for _ in range(count)]
        if isinstance(shape, MapShape):
            return {self.text(f"{name}Key", shape.key): self.value(name, shape.value, optional, depth + 1)}
        if kind == "boolean":
            return self.dice.random() < 0.5
        if kind in ("integer", "long", "float", "double"):
            least, most = shape.metadata.get("min", 1), shape.metadata.get("max", 100)
            number = self.dice.randint(int(least), max(int(least), min(int(most), 10_000)))
            return number if kind in ("integer", "long") else float(number)
        if kind == "timestamp":
            return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=self.dice.randint(0, 600))
        if kind == "blob":
            return b"b" * max(8, shape.metadata.get("min") or 0)
        return self.text(name, shape)

    def text(self, name: str, shape: Shape) -> str:
        """Return a string for a parameter with this name: from the world, from its enumeration, or any other."""
        if getattr(shape, "enum", None):
            return str(self.dice.choice(shape.enum))
        known = self.world.get(name) or self.world.get(name.rstrip("s"))
        if known and self.dice.random() < 0.8:
            return str(self.dice.choice(known) if isinstance(known, list) else known)
        lowered = name.lower()
        if "policydocument" in lowered or lowered in ("policy", "resourcepolicy"):
            return POLICY
        least, most = shape.metadata.get("min") or 1, shape.metadata.get("max") or 64
        return (self.dice.choice(("thing", "other", "name-7")) * 60)[: min(max(least, 6), most)]


def unknown(name: str) -> str:
    """Return an ID of something that doesn't exist, in the form that a parameter's name suggests."""
    if name.endswith(("Arn", "ARN")):
        return f"arn:aws:iam::{ACCOUNT}:role/nobody"
    return "i-0123456789abcdef0" if name.endswith("InstanceId") else f"{name[:1].lower()}-0123456789abcdef0"


def _lengths(least: Any, most: Any, longest: int) -> list[int]:
    wanted = {0, 1, least or 1, (least or 1) - 1, most or 1, (most or 1) + 1}
    return sorted(int(length) for length in wanted if 0 <= length <= longest)


def _without(parameters: dict[str, Any], name: str) -> dict[str, Any]:
    return {other: value for other, value in parameters.items() if other != name}


def _with(parameters: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    inner = parameters
    for name in path[:-1]:
        inner[name] = dict(inner.get(name) or {})
        inner = inner[name]
    inner[path[-1]] = value
    return parameters
