"""Random concrete requests near the edges of a pair's policies."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.engine.z3_judge.drawing import COMPARED_AS, KINDS, POOLS
from tests.engine.z3_judge.pairs import Pair
from tests.engine.z3_judge.request import listed

_POOLS = POOLS["requests"]


def concrete(pair: Pair, seed: int, count: int) -> Iterator[dict[str, Any]]:
    """Yield requests: actions and resources that fill a pair's patterns, and contexts with some of the keys."""
    drawn = random.Random(f"{seed}/{pair.number}/requests")
    actions = [
        *_values((pair.a, pair.b), ("Action", "NotAction")),
        "s3:GetObject",
        "kms:Decrypt",
        "sts:AssumeRole",
    ]
    resources = [*_values((pair.a, pair.b), ("Resource", "NotResource")), "arn:aws:s3:::data/a.csv"]
    if pair.layer == "key":
        resources.append(f"arn:aws:kms:us-east-1:{pair.owner}:key/1234")
    if pair.layer == "trust":
        actions, resources = ["sts:AssumeRole", "sts:TagSession"], [f"arn:aws:iam::{pair.owner}:role/Target"]
    for _ in range(count):
        action = _filled(drawn.choice(actions), ["Object", "", "Get", "x"], drawn)
        yield {
            "action": action if re.fullmatch("[A-Za-z0-9]+:[A-Za-z]+", action) else "s3:GetObject",
            "resource": _resource(drawn.choice(resources), drawn),
            "context": {name: _value(name, drawn) for name in KINDS if drawn.random() < 0.6},
        }


def _values(policies: Any, elements: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    if isinstance(policies, Mapping):
        for name, value in policies.items():
            found += listed(value) if name in elements else _values(value, elements)
    elif isinstance(policies, list | tuple):
        for value in policies:
            found += _values(value, elements)
    return found


def _filled(pattern: str, fillings: list[str], drawn: random.Random) -> str:
    text = pattern
    for name in ("${aws:username}", "${aws:PrincipalTag/team}", "${aws:PrincipalTag/team, 'red'}"):
        text = text.replace(name, drawn.choice(["red", "alice", "*"]))
    return "".join(
        drawn.choice(fillings) if letter == "*" else drawn.choice("abr:") if letter == "?" else letter
        for letter in text
    )


def _resource(pattern: str, drawn: random.Random) -> str:
    text = _filled(pattern, _POOLS["fillings"], drawn)
    if text.startswith("arn:") and text.count(":") >= 5:
        return text
    return drawn.choice(
        ["*", "arn:aws:s3:::data/a.csv", "arn:aws:s3:::data", "arn:aws:sqs:us-east-1:111122223333:jobs"]
    )


def _value(name: str, drawn: random.Random) -> Any:
    kind, several = KINDS[name]
    pool = _POOLS[COMPARED_AS.get(name, kind) if drawn.random() < 0.8 else kind]
    return drawn.choices(pool, k=drawn.choice([1, 2, 3])) if several else drawn.choice(pool)
