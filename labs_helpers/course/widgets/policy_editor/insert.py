"""Functions that insert an action or a condition into a policy's text, and leave everything else unchanged."""

from __future__ import annotations

import json
from typing import Any

from labs_helpers.course.widgets.policy_editor.check import MAX_TEXT
from labs_helpers.engine.analysis.positions import JsonFault, Node, Positions, positions
from labs_helpers.engine.policy import PolicyKind
from labs_helpers.engine.policy.elements import as_list

WITH_PRINCIPAL = frozenset(
    {PolicyKind.RESOURCE, PolicyKind.TRUST, PolicyKind.KEY, PolicyKind.RCP, PolicyKind.VPC_ENDPOINT}
)
_ACCOUNT = "arn:aws:iam::111122223333:root"


class CannotInsert(ValueError):
    """The error for an insertion that isn't possible. The message explains why, and what to do instead."""


def insert_action(text: str, action: str, kind: PolicyKind) -> str:
    """Return the text with an action added to the last statement. Empty text becomes a policy.

    Raises `CannotInsert` if that isn't possible.
    """
    action = action.strip()
    if not action:
        raise CannotInsert("Type or choose an action first, for example s3:GetObject.")
    if not text.strip():
        return json.dumps({"Version": "2012-10-17", "Statement": [_statement(action, kind)]}, indent=2)
    places = _read(text)
    statement = _last_statement(places)
    if statement is None:
        return _with_statement(places, _statement(action, kind))
    if statement.member("NotAction"):
        raise CannotInsert(
            "The last statement has NotAction, so it can't also have Action. Write a new statement."
        )
    member = statement.member("Action")
    if member is None:
        return _checked(_append(text, statement, f'"Action": [{_json(action)}]'))
    return _checked(_add_value(text, member.node, action, "the last statement's Action"))


def insert_condition(text: str, operator: str, key: str, value: str) -> str:
    """Return the text with a condition added to the last statement. Raises `CannotInsert` if that isn't possible.

    If the operator already has the key, the value is added to the key's list of alternatives.
    """
    key = key.strip()
    if not key:
        raise CannotInsert("Type or choose a condition key first, for example aws:SourceIp.")
    if not text.strip():
        raise CannotInsert("Insert an action first: a condition belongs to a statement.")
    statement = _last_statement(_read(text))
    if statement is None:
        raise CannotInsert("Insert an action first: there is no statement to add a condition to.")
    test = f"{_json(key)}: {_json(value)}"
    block = statement.member("Condition")
    if block is None:
        return _checked(_append(text, statement, f'"Condition": {{{_json(operator)}: {{{test}}}}}'))
    _needs_object(block.node, "Condition")
    entries = block.node.member(operator)
    if entries is None:
        return _checked(_append(text, block.node, f"{_json(operator)}: {{{test}}}"))
    _needs_object(entries.node, f"Condition.{operator}")
    present = next((each for each in entries.node.members if each.key.lower() == key.lower()), None)
    if present is None:
        return _checked(_append(text, entries.node, test))
    return _checked(_add_value(text, present.node, value, f"{operator} for {key}"))


def _statement(action: str, kind: PolicyKind) -> dict[str, Any]:
    """Return a statement of a kind's usual shape."""
    statement: dict[str, Any] = {"Effect": "Deny" if kind in (PolicyKind.SCP, PolicyKind.RCP) else "Allow"}
    if kind in WITH_PRINCIPAL:
        everyone = kind in (PolicyKind.RCP, PolicyKind.VPC_ENDPOINT)
        statement["Principal"] = "*" if everyone else {"AWS": _ACCOUNT}
    statement["Action"] = [action]
    if kind is not PolicyKind.TRUST:
        statement["Resource"] = "*"
    return statement


def _read(text: str) -> Positions:
    if len(text) > MAX_TEXT:
        raise CannotInsert(f"The text is longer than {MAX_TEXT:,} characters, so nothing was inserted.")
    try:
        places = positions(text)
    except JsonFault as fault:
        where = f"line {fault.position.line}, column {fault.position.column + 1}"
        raise CannotInsert(f"Fix the JSON first ({where}: {fault.message}).") from None
    if not isinstance(places.value, dict):
        raise CannotInsert("The text isn't a policy: it must be an object with Version and Statement.")
    return places


def _last_statement(places: Positions) -> Node | None:
    """Return the last statement, or None if there is none."""
    member = places.root.member("Statement")
    if member is None or member.node.value == []:
        return None
    node = member.node.items[-1] if member.node.items else member.node
    if not isinstance(node.value, dict):
        raise CannotInsert("The last statement isn't an object, so nothing can be inserted into it.")
    return node


def _with_statement(places: Positions, statement: dict[str, Any]) -> str:
    member = places.root.member("Statement")
    if member is None:
        return _checked(_append(places.text, places.root, f'"Statement": [{_json(statement)}]'))
    return _checked(_append(places.text, member.node, _json(statement)))


def _needs_object(node: Node, name: str) -> None:
    if not isinstance(node.value, dict):
        raise CannotInsert(
            f"{name} of the last statement isn't an object, so nothing can be inserted into it."
        )


def _add_value(text: str, node: Node, value: str, where: str) -> str:
    """Add a string to a string or list; the string becomes a list."""
    held = as_list(node.value)
    if any(isinstance(each, str) and each.lower() == value.lower() for each in held):
        raise CannotInsert(f"{value} is already in {where}.")
    if isinstance(node.value, list):
        return _append(text, node, _json(value))
    if isinstance(node.value, dict) or node.value is None:
        raise CannotInsert(f"{where} is neither a string nor a list, so nothing can be added to it.")
    return f"{text[: node.start]}[{text[node.start : node.end]}, {_json(value)}]{text[node.end :]}"


def _append(text: str, holder: Node, piece: str) -> str:
    """Add a member to an object or an item to a list, on a separate line if the previous one has a separate line."""
    if not holder.members and not holder.items:
        return f"{text[: holder.start + 1]}{piece}{text[holder.end - 1 :]}"
    if holder.members:
        last = holder.members[-1]
        start, end = last.start, last.node.end
    else:
        item = list(holder.items)[-1]
        start, end = item.start, item.end
    line = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    indent = text[line:start]
    separator = f",\n{indent}" if line and not indent.strip() else ", "
    return f"{text[:end]}{separator}{piece}{text[end:]}"


def _checked(text: str) -> str:
    positions(text)  # a fault here is a bug of this module, and must not reach the learner's text
    return text


def _json(value: Any) -> str:
    return json.dumps(value)
