"""Edits of a policy: those that narrow what it allows, and those that write the same in another way.

An edit changes a document in place. It returns False if nothing in the document fits it; then, the document may have
become no wider.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from tests.engine.z3_judge.drawing import POOLS, Document, Drawing
from tests.engine.z3_judge.request import listed

Edit = Callable[[Drawing, Document, str], bool]
_SPECIAL = ("trust", "key", "rcp")
_RESPELLED = {
    "StringEquals": "StringLike",
    "StringNotEquals": "StringNotLike",
    "ArnEquals": "ArnLike",
    "ArnLike": "ArnEquals",
    "ArnNotEquals": "ArnNotLike",
}
_OPPOSITES = {
    "StringEquals": "StringNotEquals",
    "StringLike": "StringNotLike",
    "ArnLike": "ArnNotLike",
    "IpAddress": "NotIpAddress",
    "NumericEquals": "NumericNotEquals",
    "DateEquals": "DateNotEquals",
    "ArnEquals": "ArnNotLike",
}
_OPPOSITES |= {opposite: operator for operator, opposite in _OPPOSITES.items()}


def _of(document: Document, effect: str) -> list[Document]:
    return [statement for statement in document["Statement"] if statement["Effect"] == effect]


def _conditions(statements: list[Document]) -> list[tuple[Document, str, str, Any]]:
    """Return each statement with the operator, key, and values of each of its conditions."""
    return [
        (statement, operator, key, values)
        for statement in statements
        for operator, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
    ]


def _add_condition(drawing: Drawing, statement: Document) -> bool:
    operator, key, values = drawing.entry()
    entry = statement.setdefault("Condition", {}).setdefault(operator, {})
    if key in entry:
        return False
    entry[key] = values
    return True


def drop_allow(drawing: Drawing, document: Document, kind: str) -> bool:
    """Remove an Allow."""
    found = _of(document, "Allow")
    if len(document["Statement"]) < 2 or not found:
        return False
    document["Statement"].remove(drawing.choice(found))
    return True


def add_deny(drawing: Drawing, document: Document, kind: str) -> bool:
    """Add a Deny."""
    document["Statement"].append(drawing.statement(kind, "Deny"))
    return True


def tighten(drawing: Drawing, document: Document, kind: str) -> bool:
    """Add a condition to an Allow."""
    found = _of(document, "Allow")
    return bool(found) and _add_condition(drawing, drawing.choice(found))


def loosen_deny(drawing: Drawing, document: Document, kind: str) -> bool:
    """Remove an operator from a Deny."""
    found = [statement for statement in _of(document, "Deny") if statement.get("Condition")]
    if not found:
        return False
    condition = drawing.choice(found)["Condition"]
    del condition[drawing.choice(list(condition))]
    return True


def change_values(drawing: Drawing, document: Document, kind: str) -> bool:
    """Remove an action or resource from an Allow, or add one to a Deny."""
    element = drawing.choice(["Action", "Resource"])
    allows = [
        one for one in _of(document, "Allow") if isinstance(one.get(element), list) and len(one[element]) > 1
    ]
    denies = [one for one in _of(document, "Deny") if element in one and kind not in _SPECIAL]
    if allows:
        drawing.choice(allows)[element].pop()
    elif denies:
        statement = drawing.choice(denies)
        more = POOLS["actions"] if element == "Action" else POOLS["resources"]
        statement[element] = [*listed(statement[element]), drawing.choice(more)]
    return bool(allows or denies)


def specialize(drawing: Drawing, document: Document, kind: str) -> bool:
    """Replace the last `*` in an action or resource of an Allow by something that it matches."""
    found = [
        (statement, element, place)
        for statement in _of(document, "Allow")
        for element in ("Action", "Resource")
        for place, value in enumerate(listed(statement.get(element, [])))
        if "*" in value[1:]
    ]
    if not found or kind in _SPECIAL:
        return False
    statement, element, place = drawing.choice(found)
    values = list(listed(statement[element]))
    before, _, after = values[place].rpartition("*")
    if before.endswith("${"):
        return False
    values[place] = (
        before + drawing.choice(["ject" if element == "Action" else "us-east-1", "x*", "a"]) + after
    )
    statement[element] = values
    return True


def narrow_condition(drawing: Drawing, document: Document, kind: str) -> bool:
    """Remove a value of a positive condition of an Allow, or add one to a negated condition."""
    found = [
        (statement["Condition"][operator], key, operator)
        for statement, operator, key, values in _conditions(_of(document, "Allow"))
        if operator != "Null" and isinstance(values, list) and ("Not" in operator or len(values) > 1)
    ]
    if not found:
        return False
    keys, key, operator = drawing.choice(found)
    more = "10.9.0.0/16" if "Ip" in operator else keys[key][0]
    keys[key] = [*keys[key], more] if "Not" in operator else keys[key][1:]
    return True


def shuffle(drawing: Drawing, document: Document, kind: str) -> bool:
    """Change the order of statements and actions, and the case of actions."""
    drawing.shuffle(document["Statement"])
    for statement in document["Statement"]:
        for element in ("Action", "NotAction"):
            if element in statement:
                statement[element] = [value.swapcase() for value in reversed(listed(statement[element]))]
    return True


def split(drawing: Drawing, document: Document, kind: str) -> bool:
    """Make a statement with several values of an element into several statements."""
    found = [
        (statement, element)
        for statement in document["Statement"]
        for element in ("Action", "Resource")
        if isinstance(statement.get(element), list)
    ]
    if not found:
        return False
    statement, element = drawing.choice(found)
    document["Statement"].remove(statement)
    document["Statement"] += [{**copy.deepcopy(statement), element: value} for value in statement[element]]
    return True


def split_condition(drawing: Drawing, document: Document, kind: str) -> bool:
    """Make the values of a positive condition into statements of their own."""
    found = [
        (statement, operator, key)
        for statement, operator, key, values in _conditions(document["Statement"])
        if isinstance(values, list) and "Not" not in operator and not operator.startswith("ForAllValues")
    ]
    if not found:
        return False
    statement, operator, key = drawing.choice(found)
    document["Statement"].remove(statement)
    for value in statement["Condition"][operator][key]:
        document["Statement"].append(copy.deepcopy(statement))
        document["Statement"][-1]["Condition"][operator][key] = value
    return True


def repeat(drawing: Drawing, document: Document, kind: str) -> bool:
    """Add a narrower copy of a statement."""
    statement = copy.deepcopy(drawing.choice(document["Statement"]))
    document["Statement"].append(statement)
    return _add_condition(drawing, statement)


def respell(drawing: Drawing, document: Document, kind: str) -> bool:
    """Write StringLike for StringEquals, ArnLike for ArnEquals, or the halves of a range of addresses."""
    for statement, operator, key, values in _conditions(
        drawing.sample(document["Statement"], len(document["Statement"]))
    ):
        condition = statement["Condition"]
        new = _RESPELLED.get(operator)
        if "IpAddress" in operator:
            condition[operator][key] = [half for value in listed(values) for half in _halves(value)]
            return True
        plain = all(letter not in str(keys) for keys in condition[operator].values() for letter in "*?$")
        if new and new not in condition and (operator.startswith("Arn") or plain):
            condition[new] = condition.pop(operator)
            return True
    return False


def _halves(network: Any) -> list[str]:
    """Return both halves of a range of IPv4 addresses; another value is returned as it is."""
    address, _, length = str(network).partition("/")
    if ":" in address or not length or length == "0":
        return [str(network)]
    numbers = [int(part) for part in address.split(".")]
    numbers[int(length) // 8] |= 1 << (7 - int(length) % 8)
    return [f"{address}/{int(length) + 1}", f"{'.'.join(map(str, numbers))}/{int(length) + 1}"]


def complement(drawing: Drawing, document: Document, kind: str) -> bool:
    """Write the condition of the only Allow as a Deny with the opposite condition."""
    allows = _of(document, "Allow")
    found = _conditions(allows)
    if len(allows) != 1 or len(found) != 1 or kind in ("resource", *_SPECIAL):
        return False
    _, operator, key, values = found[0]
    if operator not in _OPPOSITES:
        return False
    del allows[0]["Condition"]
    denied = {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {_OPPOSITES[operator]: {key: values}},
    }
    document["Statement"].append(denied)
    return True


def invert(drawing: Drawing, document: Document, kind: str) -> bool:
    """Add a Deny with NotAction for the actions that no Allow names."""
    allows = _of(document, "Allow")
    if not allows or kind in ("resource", *_SPECIAL) or not all("Action" in one for one in allows):
        return False
    actions = [action for one in allows for action in listed(one["Action"])]
    document["Statement"].append({"Effect": "Deny", "NotAction": actions, "Resource": "*"})
    return True


def partition(drawing: Drawing, document: Document, kind: str) -> bool:
    """Write a statement as two: one with a condition or element, one with its opposite."""
    statement = drawing.choice(document["Statement"])
    one, other = copy.deepcopy(statement), copy.deepcopy(statement)
    element = drawing.choice(["Action", "Resource", "Condition", "Condition"])
    if element == "Condition":
        operator, key, values = drawing.entry()
        null = operator == "Null"
        opposite = operator if null else _OPPOSITES.get(operator, "")
        if not opposite or {operator, opposite} & set(statement.get("Condition", {})):
            return False
        one.setdefault("Condition", {})[operator] = {key: values}
        other_values = {"true": "false", "false": "true"}[values] if null else values
        other.setdefault("Condition", {})[opposite] = {key: other_values}
    elif statement.get(element) == "*" and kind not in ("resource", *_SPECIAL):
        one[element] = drawing.some(POOLS["actions"] if element == "Action" else POOLS["resources"])
        other[f"Not{element}"] = one[element]
        del other[element]
    else:
        return False
    document["Statement"].remove(statement)
    document["Statement"] += [one, other]
    return True


NARROWING: tuple[Edit, ...] = (
    *(drop_allow, add_deny, tighten, loosen_deny),
    *(change_values, specialize, narrow_condition),
)
REWRITING: tuple[Edit, ...] = (
    *(shuffle, split, split_condition, repeat, respell, complement, invert),
    *(partition, partition, partition),
)
