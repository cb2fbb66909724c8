"""What is asked: a principal, an action, a resource and the condition keys of the request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labs_helpers.policy.document import as_text, describe, join
from labs_helpers.policy.errors import PolicyError
from labs_helpers.policy.parse import scalar_text
from labs_helpers.policy.principal import Principal
from labs_helpers.policy.variables import Context, ContextValue

MAX_VALUE = 16_384
_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9_./-]+")
_ACCOUNT = re.compile(r"[0-9]{12}")
_VALUES = "a string, number or boolean, or a list of them"


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """One question to the engine. Make it with AccessRequest.of.

    account: the owner of the resource (twelve digits; None only if the caller has none either).
    context: lower-cased condition keys to a string, or a tuple of strings for multivalued keys.
    action_key: the action in lower case.
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
        """A request, checked. Without account the resource is the caller's. Raises PolicyError by field."""
        _check_action(action, "action")
        _check_resource(resource_arn, "resource.arn")
        if account is not None and not (isinstance(account, str) and _ACCOUNT.fullmatch(account)):
            raise PolicyError("resource.account", describe(account), "twelve digits")
        owner = account or principal.account
        return cls(
            principal, action, resource_arn, owner, read_context(context or {}, "context"), action.lower()
        )


def _check_action(action: Any, path: str) -> None:
    allowed = "one action, service:Action, without wildcards"
    if not _ACTION.fullmatch(as_text(action, path, allowed)):
        raise PolicyError(path, describe(action), allowed)


def _check_resource(resource: Any, path: str) -> None:
    text = as_text(resource, path, '"*" or an ARN')
    if text == "*":
        return
    if not text.startswith("arn:") or text.count(":") < 5:
        raise PolicyError(path, describe(text), '"*" or an ARN of six parts')


def read_context(context: Mapping[str, Any], path: str) -> dict[str, ContextValue]:
    """The keys in lower case, booleans and numbers as strings, lists as tuples. Raises PolicyError by key."""
    read: dict[str, ContextValue] = {}
    for key, value in context.items():
        where = join(path, key)
        name = as_text(key, where).lower()
        if not name or name in read:
            found = "given twice (case does not matter)" if name else "an empty key"
            raise PolicyError(where, found, "a condition key such as aws:SourceIp")
        if isinstance(value, (list, tuple)):
            read[name] = tuple(_value(item, f"{where}[{index}]") for index, item in enumerate(value))
        else:
            read[name] = _value(value, where)
    return read


def _value(value: Any, path: str) -> str:
    if not isinstance(value, str):
        return scalar_text(value, path, _VALUES)
    if len(value) > MAX_VALUE:
        raise PolicyError(path, f"{len(value)} characters, above the limit of {MAX_VALUE}")
    return value
