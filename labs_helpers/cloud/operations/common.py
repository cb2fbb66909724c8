"""What several services' tables share: ARNs that a request gives, tags in it, and roles that it passes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from labs_helpers.cloud.operations.table import Ask, Keys, Table, account_in
from labs_helpers.core.call import Call
from labs_helpers.core.moto import iam as moto_iam

Arns = Callable[[Call], Iterable[str]]


def given(*parameters: str) -> Arns:
    """The ARNs that the request itself gives; "*" for one that it leaves out."""
    return lambda call: [call.parameters.get(parameter) or "*" for parameter in parameters]


def sent(prefix: str, **names: str) -> Keys:
    """Condition keys that repeat a parameter: parameter=key, without the prefix. What was not sent has no key."""

    def keys(call: Call) -> dict[str, Any]:
        values = ((key, call.parameters.get(parameter)) for parameter, key in names.items())
        return {f"{prefix}:{key}": word(value) for key, value in values if value is not None}

    return keys


def word(value: Any) -> Any:
    """A parameter's value as condition keys carry it: text, or a list of texts."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return [str(item) for item in value] if isinstance(value, list | tuple) else str(value)


def has(*parameters: str) -> Callable[[Call], bool]:
    """Whether one of the parameters was sent and is not empty."""
    return lambda call: any(call.parameters.get(parameter) for parameter in parameters)


def tags_in(*parameters: str) -> Keys:
    """aws:RequestTag and aws:TagKeys from whichever parameter carries tags: a mapping, a list of pairs or of names.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html
    """

    def keys(call: Call) -> dict[str, Any]:
        tags: dict[str, Any] = {}
        for parameter in parameters:
            tags |= _tags(call.parameters.get(parameter))
        found: dict[str, Any] = {f"aws:RequestTag/{name}": value for name, value in tags.items() if value is not None}
        return found | ({"aws:TagKeys": list(tags)} if tags else {})

    return keys


def _tags(given_tags: Any) -> dict[str, str | None]:
    if isinstance(given_tags, Mapping):
        return dict(given_tags)
    tags: dict[str, str | None] = {}
    for tag in given_tags or ():
        if isinstance(tag, str):
            tags[tag] = None
        else:
            # KMS calls them TagKey and TagValue.
            tags[tag.get("Key") or tag.get("TagKey") or ""] = tag.get("Value") or tag.get("TagValue") or ""
    return tags


def passes_roles(table: Table, operations: str, roles: Arns, service: str | None) -> None:
    """Let the operations ask iam:PassRole on each role that the request hands to `service`.

    `service` is the principal that will assume the role, None where AWS documents none.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    """

    def owner(call: Call) -> str | None:
        # Only a role of the caller's own account can be passed.
        foreign = (account_in(role) for role in roles(call))
        return next((account for account in foreign if account and account != call.caller_account), None)

    keys: tuple[Keys, ...] = ((lambda call: {"iam:PassedToService": service}),) if service else ()
    table.ask(operations, action="iam:PassRole", on="role", arns=roles, keys=keys, account=owner)


def role_tags(ask: Ask) -> Mapping[str, str]:
    """The tags of the role that iam:PassRole is asked for."""
    account = account_in(ask.resource)
    return moto_iam.role_tags(account, ask.resource.rpartition("/")[2]) if account else {}
