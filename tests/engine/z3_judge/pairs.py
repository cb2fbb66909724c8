"""Random pairs of situations: a draft, and a copy that was edited so that we know, or don't know, whether it is narrower."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.engine.z3_judge.judge import World
from tests.engine.z3_judge.request import ADDRESS, ARN, BOOLEAN, DATE, NUMBER, TEXT, listed

Document = dict[str, Any]
OWN, OTHER = "111122223333", "444455556666"
KINDS: dict[str, tuple[str, bool]] = {
    "aws:sourceip": (ADDRESS, False),
    "aws:securetransport": (BOOLEAN, False),
    "aws:multifactorauthpresent": (BOOLEAN, False),
    "aws:multifactorauthage": (NUMBER, False),
    "s3:max-keys": (NUMBER, False),
    "aws:currenttime": (DATE, False),
    "aws:requestedregion": (TEXT, False),
    "aws:principaltag/team": (TEXT, False),
    "aws:resourcetag/team": (TEXT, False),
    "aws:username": (TEXT, False),
    "s3:prefix": (TEXT, False),
    "aws:sourcearn": (ARN, False),
    "aws:principalarn": (ARN, False),
    "aws:tagkeys": (TEXT, True),
    "aws:calledvia": (TEXT, True),
    "aws:principalorgpaths": (TEXT, True),
}
_SPELLINGS = {"aws:sourceip": "aws:SourceIp", "aws:currenttime": "aws:CurrentTime", "aws:principaltag/team": "aws:PrincipalTag/team",
              "aws:tagkeys": "aws:TagKeys"}  # fmt: skip
_ACTIONS = [
    "s3:GetObject", "s3:GetObjectTagging", "s3:Get*", "s3:*Object", "s3:PutObject", "s3:ListBucket", "s3:*", "*", "s3:?etObject",
    "S3:getobject", "s3:Put*", "s3:*Tagging", "sqs:SendMessage", "sqs:*", "sqs:*Message", "iam:PassRole", "iam:*", "s3:G*t*",
]  # fmt: skip
_RESOURCES = [
    "arn:aws:s3:::data/*", "arn:aws:s3:::data", "arn:aws:s3:::data*", "arn:aws:s3:::data/reports/*", "arn:aws:s3:::data/reports/a.csv",
    "arn:aws:s3:::d?ta/*", "arn:aws:s3:::*/reports/*", "arn:aws:s3:::data/*.csv", "arn:aws:s3:::data/??.csv", "*", "arn:aws:s3:::*",
    "arn:aws:sqs:us-east-1:111122223333:jobs", "arn:aws:sqs:*:111122223333:jobs", "arn:aws:sqs:us-*-1:*:jobs", "arn:aws:sqs:*:*:j*",
    "arn:aws:iam::111122223333:role/*", "arn:aws:iam::*:role/app/*", "arn:aws:logs:us-east-1:111122223333:log-group:*", "arn:*:s3:::data/*",
]  # fmt: skip
_VALUES: dict[str, list[Any]] = {
    ADDRESS: ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3", "192.0.2.0/24", "2001:db8::/32", "2001:db8:1::/48", "0.0.0.0/0"],
    NUMBER: ["0", "5", "10", "10.5", 100, 3600, "-1"],
    DATE: ["2026-01-01T00:00:00Z", "2026-06-30T23:59:59Z", "2027-01-01T00:00:00+02:00", "2026-06-30", "1767225600"],
    BOOLEAN: ["true", "false", True, False],
}  # fmt: skip
_TEXTS = {
    "aws:requestedregion": ["us-east-1", "us-west-2", "eu-*", "us-*", "us-????-1", "*", "eu-central-1"],
    "s3:prefix": ["", "home/", "home/*", "home/a?c", "home/alice/*", "*/alice", "*a*c*"],
    "aws:sourcearn": [
        "arn:aws:sns:us-east-1:111122223333:news", "arn:aws:sns:*:111122223333:*", "arn:aws:sns:us-*:111122223333:n*", "arn:aws:s3:::data",
        "arn:*:s3:*:*:data", "arn:aws:sns:us-east-1:*:ne?s",
    ],
    "aws:principalarn": [
        "arn:aws:iam::111122223333:user/alice", "arn:aws:iam::111122223333:role/*", "arn:aws:iam::*:role/App", "arn:aws:iam::*:*/a*",
    ],
    "aws:calledvia": ["cloudformation.amazonaws.com", "athena.amazonaws.com", "*.amazonaws.com", "glue*"],
    "aws:principalorgpaths": ["o-a1/r-1/ou-1/*", "o-a1/r-1/ou-1/ou-2/", "o-a1/*", "o-b2/r-2/ou-1/"],
}  # fmt: skip
_WORDS = ["red", "blue", "Red", "re*", "r?d", "*", "green", ""]
_VARIABLES = {
    "resource": ["arn:aws:s3:::home/${aws:username}/*", "arn:aws:s3:::home/${aws:username}", "arn:aws:s3:::${aws:PrincipalTag/team, 'red'}/*",
                 "arn:aws:s3:::home/${aws:PrincipalTag/team}/${aws:username}/*", "arn:aws:s3:::data/${*}/a"],
    "text": ["${aws:PrincipalTag/team}", "${aws:username}", "${aws:PrincipalTag/team, 'red'}", "${aws:username}/*", "team-${aws:PrincipalTag/team}"],
}  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """Two situations of one principal, asked about in a world. `contained` is True if a was made by edits that can only narrow b."""

    number: int
    layer: str
    principal: Mapping[str, Any]
    owner: str | None
    a: Mapping[str, Any]
    b: Mapping[str, Any]
    world: World
    contained: bool | None

    @property
    def variables(self) -> bool:
        """Whether a policy of the pair has a policy variable."""
        return "${aws" in json.dumps((self.a, self.b))


def pairs(seed: int, count: int) -> Iterator[Pair]:
    """Yield random pairs; each depends on the seed and its number alone."""
    for number in range(count):
        yield pair(seed, number)


def pair(seed: int, number: int) -> Pair:
    """Return one random pair."""
    return _Maker(random.Random(f"{seed}/{number}")).pair(number)


_LAYERS = {
    "identity": 30, "boundary": 10, "session": 8, "scp": 14, "rcp": 10, "resource": 12, "cross-account": 9, "vpc_endpoint": 3, "key": 2, "trust": 2,
}  # fmt: skip
_PRINCIPALS: dict[str, Mapping[str, Any]] = {
    "user": {"arn": f"arn:aws:iam::{OWN}:user/alice"},
    "session": {"arn": f"arn:aws:sts::{OWN}:assumed-role/App/web-1", "issuer": f"arn:aws:iam::{OWN}:role/App"},
    "role": {"arn": f"arn:aws:iam::{OWN}:role/App"},
    "federated user": {"arn": f"arn:aws:sts::{OWN}:federated-user/bob", "issuer": f"arn:aws:iam::{OWN}:user/bob"},
    "root": {"arn": f"arn:aws:iam::{OWN}:root"},
    "service": {"service": "sns.amazonaws.com"},
    "anonymous": {"anonymous": True},
}
_CALLERS = {"user": 45, "session": 30, "role": 8, "federated user": 7, "root": 5, "service": 3, "anonymous": 2}
_WITHOUT = {
    "identity": ("root", "service", "anonymous"),
    "boundary": ("root", "service", "anonymous"),
    "session": ("user", "root", "service", "anonymous"),
    "scp": ("service", "anonymous"),
    "trust": ("root", "service", "anonymous"),
}
"""The callers that a layer has no policies for."""
_NAMES = [
    "*", {"AWS": "*"}, {"AWS": f"arn:aws:iam::{OWN}:root"}, {"AWS": OWN}, {"AWS": f"arn:aws:iam::{OWN}:user/alice"},
    {"AWS": [f"arn:aws:iam::{OWN}:user/alice", f"arn:aws:iam::{OWN}:role/App"]}, {"AWS": f"arn:aws:iam::{OWN}:role/App"},
    {"AWS": [f"arn:aws:sts::{OWN}:assumed-role/App/web-1", f"arn:aws:iam::{OTHER}:root"]}, {"Service": "sns.amazonaws.com"},
    {"AWS": f"arn:aws:sts::{OWN}:federated-user/bob"}, {"AWS": f"arn:aws:iam::{OWN}:user/bob"}, {"AWS": f"arn:aws:iam::{OTHER}:root"},
]  # fmt: skip
_SPARED = [
    {"AWS": [f"arn:aws:iam::{OWN}:user/alice", f"arn:aws:iam::{OWN}:root"]}, {"AWS": f"arn:aws:iam::{OTHER}:root"},
    {"AWS": [f"arn:aws:sts::{OWN}:assumed-role/App/web-1", f"arn:aws:iam::{OWN}:role/App", f"arn:aws:iam::{OWN}:root"]},
]  # fmt: skip
_OWN_NAMES: dict[str, list[Any]] = {
    "user": ["*", {"AWS": f"arn:aws:iam::{OWN}:user/alice"}, {"AWS": OWN}],
    "session": ["*", {"AWS": f"arn:aws:iam::{OWN}:role/App"}, {"AWS": f"arn:aws:sts::{OWN}:assumed-role/App/web-1"}, {"AWS": OWN}],
    "role": [{"AWS": f"arn:aws:iam::{OWN}:role/App"}, {"AWS": OWN}],
    "federated user": [{"AWS": f"arn:aws:sts::{OWN}:federated-user/bob"}, {"AWS": f"arn:aws:iam::{OWN}:user/bob"}, {"AWS": OWN}],
    "root": [{"AWS": f"arn:aws:iam::{OWN}:root"}],
    "service": [{"Service": "sns.amazonaws.com"}, {"Service": ["sns.amazonaws.com", "sqs.amazonaws.com"]}],
    "anonymous": ["*", {"AWS": "*"}],
}
_EVERYTHING: Document = {"Effect": "Allow", "Action": "*", "Resource": "*"}


class _Maker:
    """What draws one pair."""

    def __init__(self, drawn: random.Random) -> None:
        self.drawn = drawn
        self.variables = drawn.random() < 0.2
        self.caller = "user"

    def pair(self, number: int) -> Pair:
        layer = self.weighted(_LAYERS)
        self.caller = caller = self.weighted(_CALLERS)
        if caller in _WITHOUT.get(layer, ()):
            self.caller = caller = "session"
        owner = OTHER if layer == "cross-account" else OWN
        b = self.situation(layer, caller)
        a = copy.deepcopy(b)
        relation = self.weighted({"narrower": 35, "wider": 40, "both edited": 15, "replaced": 10})
        if relation == "replaced":
            path = self.place(a, layer)
            self.replace(a, path, self.document(_kind(path, layer)))
        for _ in range(self.drawn.choice([1, 1, 2, 3]) if relation != "replaced" else 0):
            self.edit(a, layer, _EDITS if relation == "narrower" else _NARROWING)
        if relation == "both edited":
            self.edit(b, layer, _NARROWING)
        if relation == "wider":
            a, b = b, a
        return Pair(number, layer, _PRINCIPALS[caller], owner, a, b, self.world(layer), relation == "narrower" or None)

    def world(self, layer: str) -> World:
        """Return which requests are asked about: a role's and a key's policy is about that role or key alone."""
        present = frozenset(self.drawn.sample(sorted(KINDS), 3)) if self.chance(0.2) else frozenset()
        if layer == "trust":
            actions = ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")
            return World(KINDS, present, actions, (f"arn:aws:iam::{OWN}:role/Target",))
        if layer == "key":
            return World(KINDS, present, ("kms:*",), (f"arn:aws:kms:us-east-1:{OWN}:key/1234",))
        return World(KINDS, present)

    def chance(self, probability: float) -> bool:
        return self.drawn.random() < probability

    def weighted(self, table: Mapping[str, int]) -> str:
        return self.drawn.choices(list(table), list(table.values()))[0]

    # Situations

    def situation(self, layer: str, caller: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if caller not in _WITHOUT["identity"]:
            found["identity"] = [self.document("identity") for _ in range(self.drawn.choice([1, 1, 1, 2]))]
        if layer != "identity" and "identity" in found and self.chance(0.6):
            found["identity"] = [{"Version": "2012-10-17", "Statement": [dict(_EVERYTHING)]}]
        if layer in ("boundary", "vpc_endpoint"):
            found[layer] = self.document(_kind((layer,), layer))
        if layer == "session" or (caller == "federated user" and self.chance(0.8)):
            found["session"] = [self.document("session") for _ in range(self.drawn.choice([1, 2]))]
        if layer in ("scp", "rcp"):
            found[layer] = [[self.document(layer) for _ in range(self.drawn.choice([1, 1, 2]))] for _ in range(self.drawn.choice([1, 2, 3]))]
        if layer in ("resource", "cross-account", "key", "trust"):
            found["resource"] = self.document(_kind(("resource",), layer))
        for name in ("boundary", "session", "scp"):
            if caller not in _WITHOUT[name] and layer in ("resource", "cross-account", "key", "trust") and self.chance(0.2):
                document = self.document(name)
                found[name] = {"boundary": document, "session": [document], "scp": [[document]]}[name]
        return found

    def place(self, situation: Mapping[str, Any], layer: str) -> tuple[Any, ...]:
        """Return where a document is that is edited: usually in the pair's layer."""
        name = "resource" if layer in ("cross-account", "key", "trust") else layer
        if self.chance(0.15):
            name = self.drawn.choice(list(situation))
        value = situation[name]
        path: list[Any] = [name]
        while isinstance(value, list):
            path.append(self.drawn.randrange(len(value)))
            value = value[path[-1]]
        return tuple(path)

    def replace(self, situation: dict[str, Any], path: tuple[Any, ...], document: Document) -> None:
        value: Any = situation
        for step in path[:-1]:
            value = value[step]
        value[path[-1]] = document

    def at(self, situation: Mapping[str, Any], path: tuple[Any, ...]) -> Document:
        value: Any = situation
        for step in path:
            value = value[step]
        return value

    # Documents

    def document(self, kind: str) -> Document:
        broad = {"scp": 0.8, "boundary": 0.7, "session": 0.7, "resource": 0.35}.get(kind, 0.1)
        count = self.drawn.choice([8, 12]) if self.chance(0.02) else self.drawn.choice([1, 2, 2, 3, 4])
        statements = [self.statement(kind) for _ in range(count)]
        if kind not in ("rcp", "trust") and self.chance(broad):
            statements.append(self.named(kind, dict(_EVERYTHING)))
        if kind != "rcp" and not any(statement["Effect"] == "Allow" for statement in statements):
            statements[0] = self.statement(kind, "Allow")
        self.drawn.shuffle(statements)
        document: Document = {"Version": "2012-10-17", "Statement": statements}
        if self.chance(0.05 if self.variables else 0.1):
            document["Version"] = "2008-10-17"
        return document

    def statement(self, kind: str, effect: str | None = None) -> Document:
        effect = effect or ("Deny" if kind == "rcp" or self.chance(0.35) else "Allow")
        found: Document = {"Effect": effect}
        if kind == "trust":
            found["Action"] = self.drawn.choice(["sts:AssumeRole", "sts:*", ["sts:AssumeRole", "sts:TagSession"]])
        elif kind != "rcp" and self.chance(0.12):
            found["NotAction"] = self.some(self.actions(kind))
        else:
            found["Action"] = self.some(self.actions(kind))
        if kind == "key":
            found["Resource"] = "*"
        elif kind != "trust":
            found["NotResource" if self.chance(0.1) else "Resource"] = self.resources()
        if self.chance(0.6):
            found["Condition"] = self.condition()
        return self.named(kind, found)

    def named(self, kind: str, statement: Document) -> Document:
        if kind == "rcp":
            return {**statement, "Principal": "*"}
        if kind in ("resource", "key", "trust"):
            if kind == "resource" and statement["Effect"] == "Deny" and self.chance(0.15):
                return {**statement, "NotPrincipal": self.drawn.choice(_SPARED)}
            own = self.chance(0.6) and statement["Effect"] == "Allow"
            return {**statement, "Principal": self.drawn.choice(_OWN_NAMES[self.caller] if own else _NAMES)}
        return statement

    def actions(self, kind: str) -> list[str]:
        if kind == "rcp":
            return [action for action in _ACTIONS if action.lower().startswith(("s3:", "sqs:"))]
        return ["kms:*", "kms:Decrypt", "kms:GenerateDataKey*", "kms:Re*"] if kind == "key" else _ACTIONS

    def resources(self) -> Any:
        if self.variables and self.chance(0.4):
            return self.some([*_VARIABLES["resource"], "arn:aws:s3:::home/alice/*"])
        return self.some(_RESOURCES)

    def some(self, values: list[Any]) -> Any:
        drawn = self.drawn.sample(values, self.drawn.choice([1, 1, 2, 3]))
        return drawn[0] if len(drawn) == 1 and self.chance(0.6) else drawn

    def condition(self) -> Document:
        found: Document = {}
        for _ in range(self.drawn.choice([1, 1, 1, 2, 3])):
            operator, key, values = self.entry()
            found.setdefault(operator, {})[_SPELLINGS.get(key, key)] = values
        return found

    def entry(self) -> tuple[str, str, Any]:
        key = self.drawn.choice(list(KINDS))
        kind, several = KINDS[key]
        if self.chance(0.1):
            return "Null", key, self.drawn.choice(["true", "false"])
        if several:
            quantifier = self.drawn.choice(["ForAllValues:", "ForAnyValue:"])
        else:
            quantifier = self.drawn.choice(["ForAllValues:", "ForAnyValue:"]) if self.chance(0.04) else ""
        name = self.drawn.choice(_OPERATORS[kind])
        if kind == BOOLEAN and self.chance(0.05):
            name = "StringEquals"
        suffix = "IfExists" if self.chance(0.15) else ""
        return f"{quantifier}{name}{suffix}", key, self.values(key, kind, name)

    def values(self, key: str, kind: str, name: str) -> Any:
        if kind in _VALUES:
            return self.drawn.choice(_VALUES[kind]) if kind == BOOLEAN else self.some(_VALUES[kind])
        pool = list(_TEXTS.get(key, _WORDS))
        if self.variables and "IgnoreCase" not in name and kind == TEXT and self.chance(0.5):
            pool = [*_VARIABLES["text"], *pool[:2]]
        return self.some(pool)

    # Edits: each leaves a document that allows no more than before.

    def edit(self, situation: dict[str, Any], layer: str, edits: list[Edit]) -> None:
        """Edit a document in place, by an edit that fits it."""
        path = self.place(situation, layer)
        for attempt in self.drawn.sample(edits, len(edits)):
            if attempt(self, self.at(situation, path), _kind(path, layer)):
                return

    def of(self, document: Document, effect: str) -> list[Document]:
        return [statement for statement in document["Statement"] if statement["Effect"] == effect]

    def drop_allow(self, document: Document, kind: str) -> bool:
        found = self.of(document, "Allow")
        if len(document["Statement"]) < 2 or not found:
            return False
        document["Statement"].remove(self.drawn.choice(found))
        return True

    def add_deny(self, document: Document, kind: str) -> bool:
        document["Statement"].insert(self.drawn.randint(0, len(document["Statement"])), self.statement(kind, "Deny"))
        return True

    def tighten(self, document: Document, kind: str) -> bool:
        """Add a condition to an Allow."""
        found = self.of(document, "Allow")
        return bool(found) and self.add_entry(self.drawn.choice(found))

    def add_entry(self, statement: Document) -> bool:
        operator, key, values = self.entry()
        condition = statement.setdefault("Condition", {})
        if any(key == name.lower() for name in condition.get(operator, {})):
            return False
        condition.setdefault(operator, {})[_SPELLINGS.get(key, key)] = values
        return True

    def loosen_deny(self, document: Document, kind: str) -> bool:
        """Remove a condition from a Deny."""
        found = [statement for statement in self.of(document, "Deny") if statement.get("Condition")]
        if not found:
            return False
        condition = self.drawn.choice(found)["Condition"]
        del condition[self.drawn.choice(list(condition))]
        return True

    def drop_value(self, document: Document, kind: str) -> bool:
        """Remove an action or resource from an Allow, or add one to a Deny."""
        element = self.drawn.choice(["Action", "Resource"])
        found = [one for one in self.of(document, "Allow") if isinstance(one.get(element), list) and len(one[element]) > 1]
        denies = [one for one in self.of(document, "Deny") if element in one and kind not in ("trust", "key", "rcp")]
        if found:
            self.drawn.choice(found)[element].pop()
        elif denies:
            statement = self.drawn.choice(denies)
            pool = _ACTIONS if element == "Action" else _RESOURCES
            statement[element] = [*listed(statement[element]), self.drawn.choice(pool)]
        return bool(found or denies)

    def specialize(self, document: Document, kind: str) -> bool:
        """Replace a wildcard in an Allow's action or resource by text that it matches."""
        found = [
            (statement, element)
            for statement in self.of(document, "Allow")
            for element in ("Action", "Resource")
            if any("*" in value.split("/")[0][1:] for value in listed(statement.get(element, [])))
        ]
        if not found or kind in ("trust", "key"):
            return False
        statement, element = self.drawn.choice(found)
        values = list(listed(statement[element]))
        index = self.drawn.choice([place for place, value in enumerate(values) if "*" in value.split("/")[0][1:]])
        filling = self.drawn.choice(["ject" if element == "Action" else "us-east-1", "x*", "*", ""])
        before, _, after = values[index].rpartition("*")
        values[index] = before + (filling or "a") + after
        statement[element] = values
        return True

    def narrow_condition(self, document: Document, kind: str) -> bool:
        """Remove a value of a positive condition of an Allow, or add one to a negated condition."""
        found = [
            (keys, key, operator)
            for statement in self.of(document, "Allow")
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
            if "Null" not in operator and isinstance(values, list) and ("Not" in operator or len(values) > 1)
        ]
        if not found:
            return False
        keys, key, operator = self.drawn.choice(found)
        keys[key] = [*keys[key], "10.9.0.0/16" if "Ip" in operator else keys[key][0]] if "Not" in operator else keys[key][1:]
        return True

    # Edits that change nothing

    def shuffle(self, document: Document, kind: str) -> bool:
        self.drawn.shuffle(document["Statement"])
        for statement in document["Statement"]:
            for element in ("Action", "NotAction"):
                if element in statement:
                    statement[element] = [value.swapcase() for value in reversed(listed(statement[element]))]
        return True

    def split(self, document: Document, kind: str) -> bool:
        """Make a statement with several values of an element into several statements."""
        found = [
            (statement, element)
            for statement in document["Statement"]
            for element in ("Action", "Resource")
            if isinstance(statement.get(element), list)
        ]
        if not found:
            return False
        statement, element = self.drawn.choice(found)
        document["Statement"].remove(statement)
        document["Statement"] += [{**copy.deepcopy(statement), element: value} for value in statement[element]]
        return True

    def split_condition(self, document: Document, kind: str) -> bool:
        """Make the values of a positive condition into statements of their own."""
        found = [
            (statement, operator, key)
            for statement in document["Statement"]
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
            if isinstance(values, list) and "Not" not in operator and not operator.startswith("ForAllValues") and operator != "Null"
        ]
        if not found:
            return False
        statement, operator, key = self.drawn.choice(found)
        document["Statement"].remove(statement)
        for value in statement["Condition"][operator][key]:
            new = copy.deepcopy(statement)
            new["Condition"][operator][key] = value
            document["Statement"].append(new)
        return True

    def repeat(self, document: Document, kind: str) -> bool:
        """Add a narrower copy of a statement, which changes nothing."""
        statement = copy.deepcopy(self.drawn.choice(document["Statement"]))
        document["Statement"].append(statement)
        return self.add_entry(statement)

    def respell(self, document: Document, kind: str) -> bool:
        """Write a condition in another way: halves of a range, StringLike for StringEquals, ArnLike for ArnEquals."""
        for statement in self.drawn.sample(document["Statement"], len(document["Statement"])):
            condition = statement.get("Condition", {})
            for operator in list(condition):
                if operator in _RESPELLED:
                    new = _RESPELLED[operator]
                    clear = new not in condition and all(map(_plain, condition[operator].values()))
                    if operator.startswith("Arn") and new not in condition or clear and operator.startswith("String"):
                        condition[new] = condition.pop(operator)
                        return True
                if "IpAddress" in operator:
                    for key, values in condition[operator].items():
                        condition[operator][key] = [half for value in listed(values) for half in _halves(value)]
                    return True
        return False

    def complement(self, document: Document, kind: str) -> bool:
        """Write the one Allow without its one condition, and a Deny with the negated condition."""
        allows = self.of(document, "Allow")
        if len(allows) != 1 or "NotPrincipal" in allows[0]:
            return False
        condition = allows[0].get("Condition", {})
        if len(condition) != 1 or len(next(iter(condition.values()))) != 1 or kind in ("resource", "trust", "key"):
            return False
        ((operator, entry),) = condition.items()
        negated = _NEGATED.get(operator)
        if not negated:
            return False
        del allows[0]["Condition"]
        denied = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {negated: entry}}
        document["Statement"].append(denied)
        return True

    def invert(self, document: Document, kind: str) -> bool:
        """Add a Deny with NotAction and NotResource for what no Allow names anyway."""
        allows = self.of(document, "Allow")
        if not allows or kind in ("resource", "trust", "key", "rcp") or not all("Action" in one for one in allows):
            return False
        actions = [action for one in allows for action in listed(one["Action"])]
        document["Statement"].append({"Effect": "Deny", "NotAction": actions, "Resource": "*"})
        return True


    def partition(self, document: Document, kind: str) -> bool:
        """Write a statement as two: one with a condition or element, one with its opposite."""
        statement = self.drawn.choice(document["Statement"])
        one, other = copy.deepcopy(statement), copy.deepcopy(statement)
        element = self.drawn.choice(["Action", "Resource", "Condition"])
        if element == "Condition":
            operator, key, values = self.entry()
            opposite = {"true": "false", "false": "true"}.get(str(values)) if operator == "Null" else _NEGATED.get(operator)
            if not opposite or {operator, opposite} & set(statement.get("Condition", {})):
                return False
            one.setdefault("Condition", {})[operator] = {key: values}
            new = {"Null": {key: opposite}} if operator == "Null" else {opposite: {key: values}}
            other.setdefault("Condition", {}).update(new)
        elif statement.get(element) == "*" and kind in ("identity", "scp", "boundary", "session"):
            value = self.some(_ACTIONS if element == "Action" else _RESOURCES)
            one[element] = value
            del other[element]
            other[f"Not{element}"] = value
        else:
            return False
        document["Statement"].remove(statement)
        document["Statement"] += [one, other]
        return True


Edit = Callable[[_Maker, Document, str], bool]
_NARROWING: list[Edit] = [
    _Maker.drop_allow, _Maker.add_deny, _Maker.tighten, _Maker.loosen_deny, _Maker.drop_value, _Maker.specialize, _Maker.narrow_condition,
]  # fmt: skip
_EDITS: list[Edit] = [
    *_NARROWING, _Maker.shuffle, _Maker.split, _Maker.split_condition, _Maker.repeat, _Maker.respell, _Maker.complement, _Maker.invert,
    _Maker.partition, _Maker.partition, _Maker.partition,
]  # fmt: skip
_OPERATORS = {
    ADDRESS: ["IpAddress", "NotIpAddress"],
    BOOLEAN: ["Bool"],
    NUMBER: ["NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals"],
    DATE: ["DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals"],
    TEXT: ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringLike", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"],
    ARN: ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "StringLike", "StringEquals"],
}  # fmt: skip
_RESPELLED = {"StringEquals": "StringLike", "StringNotEquals": "StringNotLike", "ArnEquals": "ArnLike", "ArnLike": "ArnEquals",
              "ArnNotEquals": "ArnNotLike"}  # fmt: skip
_NEGATED = {
    "StringEquals": "StringNotEquals", "StringLike": "StringNotLike", "ArnLike": "ArnNotLike", "IpAddress": "NotIpAddress",
    "NumericEquals": "NumericNotEquals", "DateEquals": "DateNotEquals", "StringNotEquals": "StringEquals", "ArnEquals": "ArnNotLike",
    "NotIpAddress": "IpAddress",
}  # fmt: skip


def _kind(path: tuple[Any, ...], layer: str) -> str:
    """Return what statements of a document look like: the place of the document, or what the pair's resource is."""
    if path[0] == "resource":
        return layer if layer in ("key", "trust") else "resource"
    return "resource" if path[0] == "vpc_endpoint" else str(path[0])


def _plain(values: Any) -> bool:
    return not any(letter in str(value) for value in listed(values) for letter in "*?$")


def _halves(network: Any) -> list[str]:
    address, _, length = str(network).partition("/")
    if ":" in address or not length or address.endswith(".0.0.0"):
        return [str(network)]
    numbers = [int(part) for part in address.split(".")]
    bit = int(length)
    upper = list(numbers)
    upper[bit // 8] |= 1 << (7 - bit % 8)
    return [f"{address}/{bit + 1}", f"{'.'.join(map(str, upper))}/{bit + 1}"]
