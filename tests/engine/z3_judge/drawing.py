"""Random policies: documents, statements, and conditions from the pools in pools.json."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.engine.z3_judge.request import ADDRESS, ARN, BOOLEAN, DATE, NUMBER, TEXT

Document = dict[str, Any]
POOLS: dict[str, Any] = json.loads((Path(__file__).parent / "pools.json").read_text(encoding="utf-8"))
OWN, OTHER = "111122223333", "444455556666"
KINDS: dict[str, tuple[str, bool]] = {
    "aws:SourceIp": (ADDRESS, False),
    "aws:SecureTransport": (BOOLEAN, False),
    "aws:MultiFactorAuthPresent": (BOOLEAN, False),
    "aws:MultiFactorAuthAge": (NUMBER, False),
    "s3:max-keys": (NUMBER, False),
    "aws:CurrentTime": (DATE, False),
    "aws:RequestedRegion": (TEXT, False),
    "aws:PrincipalTag/team": (TEXT, False),
    "aws:ResourceTag/team": (TEXT, False),
    "aws:username": (TEXT, False),
    "s3:prefix": (TEXT, False),
    "aws:SourceArn": (ARN, False),
    "aws:PrincipalArn": (ARN, False),
    "aws:TagKeys": (TEXT, True),
    "aws:CalledVia": (TEXT, True),
    "aws:PrincipalOrgPaths": (TEXT, True),
    "aws:PrincipalTag/level": (TEXT, False),
    "aws:PrincipalTag/until": (TEXT, False),
    "aws:PrincipalTag/network": (TEXT, False),
    "aws:PrincipalTag/admin": (TEXT, False),
}
COMPARED_AS = {
    "aws:PrincipalTag/level": NUMBER,
    "aws:PrincipalTag/until": DATE,
    "aws:PrincipalTag/network": ADDRESS,
    "aws:PrincipalTag/admin": BOOLEAN,
}
"""Tags, which are texts, whose operators are for something else."""
EVERYTHING: Document = {"Effect": "Allow", "Action": "*", "Resource": "*"}
_ORDERS = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
_OPERATORS = {
    ADDRESS: ["IpAddress", "NotIpAddress"],
    BOOLEAN: ["Bool"] * 20 + ["StringEquals"],
    NUMBER: [f"Numeric{order}" for order in _ORDERS],
    DATE: [f"Date{order}" for order in _ORDERS],
    TEXT: [
        *["StringEquals", "StringNotEquals", "StringLike", "StringLike", "StringNotLike"],
        *["StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"],
    ],
    ARN: ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "StringLike", "StringEquals"],
}
_ALLOWS_EVERYTHING = {"scp": 0.8, "boundary": 0.7, "session": 0.7, "resource": 0.35, "rcp": 0, "trust": 0}


class Drawing:
    """What draws the policies of one pair: a random generator, the caller, and whether policies can have variables.

    The kind of a document is identity, boundary, session, scp, rcp, resource, key, or trust.
    """

    def __init__(self, drawn: random.Random, caller: str) -> None:
        self._drawn, self._caller = drawn, caller
        self._variables = drawn.random() < 0.2
        self.choice, self.sample, self.shuffle = drawn.choice, drawn.sample, drawn.shuffle

    def chance(self, probability: float) -> bool:
        """Return True with a probability."""
        return self._drawn.random() < probability

    def some(self, values: Sequence[Any]) -> Any:
        """Return one to three of the values, or one of them alone."""
        found = self.sample(values, self.choice([1, 1, 2, 3]))
        return found[0] if len(found) == 1 and self.chance(0.6) else found

    def document(self, kind: str) -> Document:
        """Return a policy of a few statements, seldom of many."""
        count = self.choice([8, 12]) if self.chance(0.02) else self.choice([1, 2, 2, 3, 4])
        statements = [self.statement(kind) for _ in range(count)]
        if self.chance(_ALLOWS_EVERYTHING.get(kind, 0.1)):
            statements.append(self._named(kind, dict(EVERYTHING)))
        if kind != "rcp" and not any(statement["Effect"] == "Allow" for statement in statements):
            statements[0] = self.statement(kind, "Allow")
        self.shuffle(statements)
        version = "2008-10-17" if self.chance(0.05 if self._variables else 0.1) else "2012-10-17"
        return {"Version": version, "Statement": statements}

    def statement(self, kind: str, effect: str | None = None) -> Document:
        """Return a statement with an effect, or with one at random."""
        found: Document = {"Effect": effect or ("Deny" if kind == "rcp" or self.chance(0.35) else "Allow")}
        inverted = kind not in ("rcp", "trust") and self.chance(0.12)
        found["NotAction" if inverted else "Action"] = self.some(self.actions(kind))
        if kind == "key":
            found["Resource"] = "*"
        elif kind != "trust":
            found["NotResource" if self.chance(0.1) else "Resource"] = self.resources()
        if self.chance(0.6):
            found["Condition"] = {}
            for _ in range(self.choice([1, 1, 1, 2, 3])):
                operator, key, values = self.entry()
                found["Condition"].setdefault(operator, {})[key] = values
        return self._named(kind, found)

    def _named(self, kind: str, statement: Document) -> Document:
        if kind == "rcp":
            return {**statement, "Principal": "*"}
        if kind not in ("resource", "key", "trust"):
            return statement
        if kind == "resource" and statement["Effect"] == "Deny" and self.chance(0.15):
            return {**statement, "NotPrincipal": self.choice(POOLS["spared"])}
        own = self.chance(0.6) and statement["Effect"] == "Allow"
        return {
            **statement,
            "Principal": self.choice(POOLS["own_names"][self._caller] if own else POOLS["names"]),
        }

    def actions(self, kind: str) -> list[str]:
        """Return the values that Action has in a kind of policy."""
        if kind in ("key", "trust"):
            return POOLS[f"{kind}_actions"]
        return [
            name for name in POOLS["actions"] if kind != "rcp" or name.lower().startswith(("s3:", "sqs:"))
        ]

    def resources(self) -> Any:
        """Return a value of Resource."""
        return self.some(
            POOLS["resources_with_variables" if self._variables and self.chance(0.4) else "resources"]
        )

    def entry(self) -> tuple[str, str, Any]:
        """Return a condition: an operator, a key, and its values."""
        key = self.choice(list(KINDS))
        kind, several = KINDS[key]
        if self.chance(0.1):
            return "Null", key, self.choice(["true", "false"])
        compared = COMPARED_AS.get(key)
        quantified = several or (compared is None and self.chance(0.04))
        quantifier = self.choice(["ForAllValues:", "ForAnyValue:"]) if quantified else ""
        kind = compared or kind
        name = "Bool" if compared == BOOLEAN else self.choice(_OPERATORS[kind])
        suffix = "IfExists" if self.chance(0.15) else ""
        return f"{quantifier}{name}{suffix}", key, self._condition_values(key, kind, name)

    def _condition_values(self, key: str, kind: str, name: str) -> Any:
        if kind == BOOLEAN:
            return self.choice(POOLS["values"][BOOLEAN])
        if kind in POOLS["values"]:
            return self.some(POOLS["values"][kind])
        pool = POOLS["texts"].get(key, POOLS["words"])
        if self._variables and "IgnoreCase" not in name and kind == TEXT and self.chance(0.5):
            pool = [*POOLS["texts_with_variables"], *pool[:2]]
        return self.some(pool)


def kinds() -> Mapping[str, tuple[str, bool]]:
    """Return the kinds of the keys, by lowercase name."""
    return {key.lower(): kind for key, kind in KINDS.items()}
