"""A request to evaluate: a principal, an action, a resource, and condition keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labs_helpers.engine.policy.errors import PolicyError
from labs_helpers.engine.policy.parse import scalar_text
from labs_helpers.engine.policy.principal import Principal
from labs_helpers.engine.policy.strict_json import as_text, describe, join
from labs_helpers.engine.policy.variables import Context, ContextValue

MAX_VALUE = 16_384
_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9_./-]+")
_ACCOUNT = re.compile(r"[0-9]{12}")
_VALUES = "a string, number, or boolean, or a list of them"


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """A request for the engine to evaluate, created with `AccessRequest.of`.

    `account` owns the resource (twelve digits, or None if the caller doesn't have an account either). `context` maps
    lowercase condition keys to a string or, for multivalued keys, to a tuple of strings. `action_key` is the action in
    lowercase.
    """

    principal: Principal
    action: str
    resource: str
    account: str | None
    context: Context
    action_key: str = field(repr=False, default="")

    @classmethod
    def of(
        cls,
        principal: Principal,
        action: str,
        resource_arn: str,
        *,
        account: str | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> AccessRequest:
        """Return a validated request. If `account` is omitted, the caller's account owns the resource.

        Raises `PolicyError`, which names the invalid field.
        """
        action_key = _ACTION_KEYS.get(action) if action.__class__ is str else None
        if action_key is None:
            action_key = _checked_action(action, "action")
        _check_resource(resource_arn, "resource.arn")
        if account is not None and not (isinstance(account, str) and _ACCOUNT.fullmatch(account)):
            raise PolicyError("resource.account", describe(account), "twelve digits")
        owner = account or principal.account
        read = read_context(context, "context") if context else {}
        return cls(principal, action, resource_arn, owner, read, action_key)


# Validated actions and keys are cached, because programs often ask about the same few.
_MOST = 4_096
_LONGEST = 256
_ACTION_KEYS: dict[str, str] = {}
"""Validated actions → the actions in lowercase."""
_KEY_NAMES: dict[str, str] = {}
"""Validated condition keys → the keys in lowercase."""


def _remember(known: dict[str, str], text: str) -> str:
    lowered = text.lower()
    if text.__class__ is str and len(text) <= _LONGEST:
        if len(known) >= _MOST:
            known.clear()
        known[text] = lowered
    return lowered


def _checked_action(action: Any, path: str) -> str:
    """Return the action in lowercase. Raises `PolicyError` for anything but one action."""
    allowed = "one action, service:Action, without wildcards"
    if not _ACTION.fullmatch(as_text(action, path, allowed)):
        raise PolicyError(path, describe(action), allowed)
    return _remember(_ACTION_KEYS, action)


def _check_resource(resource: Any, path: str) -> None:
    text = as_text(resource, path, '"*" or an ARN')
    if text == "*":
        return
    if not text.startswith("arn:") or text.count(":") < 5:
        raise PolicyError(path, describe(text), '"*" or an ARN of six parts')


def read_context(context: Mapping[str, Any], path: str) -> dict[str, ContextValue]:
    """Return a context with keys in lowercase, booleans and numbers as strings, and lists as tuples.

    Raises `PolicyError`, which names the invalid key.
    """
    read: dict[str, ContextValue] = {}
    validated = _KEY_NAMES
    for key, value in context.items():
        name = validated.get(key) if key.__class__ is str else None
        if name is None or name in read:
            name = _key_name(key, read, path)
        if value.__class__ is str and len(value) <= MAX_VALUE:
            read[name] = value
        elif isinstance(value, (list, tuple)):
            where = join(path, key)
            read[name] = tuple(_value(item, f"{where}[{index}]") for index, item in enumerate(value))
        elif value is True or value is False:
            read[name] = "true" if value else "false"
        else:
            read[name] = _value(value, join(path, key))
    return read


def _key_name(key: Any, read: Mapping[str, ContextValue], path: str) -> str:
    """Return a condition key in lowercase. Raises `PolicyError` for an invalid key and for a duplicate."""
    where = join(path, key)
    name = as_text(key, where).lower()
    if not name or name in read:
        problem = "given twice (the case of keys doesn't matter)" if name else "an empty key"
        raise PolicyError(where, problem, "a condition key such as aws:SourceIp")
    return _remember(_KEY_NAMES, key)


def _value(value: Any, path: str) -> str:
    if not isinstance(value, str):
        return scalar_text(value, path, _VALUES)
    if len(value) > MAX_VALUE:
        raise PolicyError(path, f"{len(value)} characters, above the limit of {MAX_VALUE}")
    return value
