"""Random pairs of situations: two copies of one situation, which were edited."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.engine.z3_judge.drawing import EVERYTHING, OTHER, OWN, POOLS, Document, Drawing, kinds
from tests.engine.z3_judge.edits import NARROWING, REWRITING, Edit
from tests.engine.z3_judge.judge import World

Policies = dict[str, Any]
_LAYERS = {
    "identity": 28,
    "boundary": 10,
    "session": 8,
    "scp": 13,
    "rcp": 10,
    "resource": 12,
    "cross-account": 9,
    "vpc_endpoint": 4,
    "key": 3,
    "trust": 3,
}
_CALLERS = {
    "user": 45,
    "session": 30,
    "role": 8,
    "federated user": 7,
    "root": 5,
    "service": 3,
    "anonymous": 2,
}
_WITHOUT = {
    "identity": ("root", "service", "anonymous"),
    "boundary": ("root", "service", "anonymous"),
    "session": ("user", "root", "service", "anonymous"),
    "scp": ("service", "anonymous"),
    "trust": ("root", "service", "anonymous"),
}
"""The callers that a layer has no policies for."""
_RELATIONS = {"narrower": 20, "wider": 50, "both edited": 20, "replaced": 10}


@dataclass(frozen=True)
class Pair:
    """Two situations of one principal, asked about in a world.

    `layer` is where the policies were edited. `contained` is True if a was made by edits that can only narrow b.
    """

    number: int
    layer: str
    principal: Mapping[str, Any]
    owner: str
    a: Policies
    b: Policies
    world: World
    contained: bool | None

    @property
    def variables(self) -> bool:
        """Whether a policy of the pair has a policy variable."""
        return "${aws" in json.dumps((self.a, self.b))


def pairs(seed: int, count: int) -> Iterator[Pair]:
    """Yield random pairs."""
    for number in range(count):
        yield pair(seed, number)


def pair(seed: int, number: int) -> Pair:
    """Return one random pair, which depends on the seed and its number alone."""
    drawn = random.Random(f"{seed}/{number}")

    def weighted(table: Mapping[str, int]) -> str:
        return drawn.choices(list(table), list(table.values()))[0]

    layer, caller, relation = weighted(_LAYERS), weighted(_CALLERS), weighted(_RELATIONS)
    if caller in _WITHOUT.get(layer, ()):
        caller = "session"
    drawing = Drawing(drawn, caller)
    b = _situation(drawing, layer, caller)
    a = copy.deepcopy(b)
    if relation == "replaced":
        place = _place(drawing, a, layer)
        _replace(a, place, drawing.document(_kind(place, layer)))
    else:
        edits = (*NARROWING, *REWRITING) if relation == "narrower" else NARROWING
        for _ in range(drawing.choice([1, 1, 2, 3])):
            _edit(drawing, a, layer, edits)
    if relation == "both edited":
        _edit(drawing, b, layer, NARROWING)
    if relation == "wider":
        a, b = b, a
    owner = OTHER if layer == "cross-account" else OWN
    known = True if relation == "narrower" else None
    return Pair(number, layer, POOLS["callers"][caller], owner, a, b, _world(drawing, layer), known)


def _situation(drawing: Drawing, layer: str, caller: str) -> Policies:
    """Return policies of a layer, with others that a caller has beside them."""
    found: Policies = {}
    if caller not in _WITHOUT["identity"]:
        found["identity"] = [drawing.document("identity") for _ in range(drawing.choice([1, 1, 1, 2]))]
        if layer != "identity" and drawing.chance(0.6):
            found["identity"] = [{"Version": "2012-10-17", "Statement": [dict(EVERYTHING)]}]
    if layer in ("boundary", "vpc_endpoint"):
        found[layer] = drawing.document(_kind((layer,), layer))
    if layer == "session" or (caller == "federated user" and drawing.chance(0.8)):
        found["session"] = [drawing.document("session") for _ in range(drawing.choice([1, 2]))]
    if layer in ("scp", "rcp"):
        levels = drawing.choice([1, 2, 3])
        found[layer] = [
            [drawing.document(layer) for _ in range(drawing.choice([1, 1, 2]))] for _ in range(levels)
        ]
    if layer in _AT_THE_RESOURCE:
        found["resource"] = drawing.document(_kind(("resource",), layer))
        for name in ("boundary", "session", "scp"):
            if caller not in _WITHOUT[name] and drawing.chance(0.2):
                document = drawing.document(name)
                found[name] = {"boundary": document, "session": [document], "scp": [[document]]}[name]
    return found


_AT_THE_RESOURCE = ("resource", "cross-account", "key", "trust")


def _place(drawing: Drawing, policies: Policies, layer: str) -> tuple[Any, ...]:
    """Return where the document is that is edited: usually in the pair's layer."""
    name = "resource" if layer in _AT_THE_RESOURCE else layer
    path: list[Any] = [drawing.choice(list(policies)) if drawing.chance(0.15) else name]
    value = policies[path[0]]
    while isinstance(value, list):
        path.append(drawing.choice(range(len(value))))
        value = value[path[-1]]
    return tuple(path)


def _kind(place: tuple[Any, ...], layer: str) -> str:
    """Return the kind of the document at a place."""
    if place[0] == "resource":
        return layer if layer in ("key", "trust") else "resource"
    return "resource" if place[0] == "vpc_endpoint" else str(place[0])


def _edit(drawing: Drawing, policies: Policies, layer: str, edits: tuple[Edit, ...]) -> None:
    """Edit a document by the first of the edits, in random order, that fits it."""
    place = _place(drawing, policies, layer)
    document: Any = policies
    for step in place:
        document = document[step]
    for edit in drawing.sample(edits, len(edits)):
        if edit(drawing, document, _kind(place, layer)):
            return


def _replace(policies: Policies, place: tuple[Any, ...], document: Document) -> None:
    value: Any = policies
    for step in place[:-1]:
        value = value[step]
    value[place[-1]] = document


def _world(drawing: Drawing, layer: str) -> World:
    """Return which requests are asked about: a trust policy's and a key policy's are about that role or key alone."""
    present = frozenset(drawing.sample(sorted(kinds()), 3)) if drawing.chance(0.2) else frozenset()
    if layer == "trust":
        actions = ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext")
        return World(kinds(), present, actions, (f"arn:aws:iam::{OWN}:role/Target",))
    if layer == "key":
        return World(kinds(), present, ("kms:*",), (f"arn:aws:kms:us-east-1:{OWN}:key/1234",))
    return World(kinds(), present)
