"""Attributes for access control: the session tags that Identity Center creates from a user's attributes.

https://docs.aws.amazon.com/singlesignon/latest/userguide/attributesforaccesscontrol.html
https://docs.aws.amazon.com/singlesignon/latest/userguide/attributemappingsconcept.html#supportedidpattributes
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from labs_helpers.cloud.services.identitystore.state import Entity
from labs_helpers.cloud.services.sso_admin.state import Instance

_PATH = re.compile(
    r"\$\{path:(?P<first>[A-Za-z]+)"
    r'(?:\[(?P<by>[A-Za-z]+) eq (?P<wanted>"[^"]*"|true|false)\])?'
    r"(?P<rest>(?:\.[A-Za-z]+)*)\}"
)
"""`${path:title}`, `${path:enterprise.manager.value}`, `${path:addresses[type eq "work"].country}`."""


def session_tags(instance: Instance, user: Entity) -> dict[str, str]:
    """Return aws:PrincipalTag values by tag key. Attributes that the user doesn't have are skipped."""
    tags = {}
    for attribute in instance.attributes or ():
        value = _value(user, attribute["Value"]["Source"][0])
        if value:
            tags[attribute["Key"]] = value
    return tags


def _value(user: Entity, source: str) -> str | None:
    """Return the value of a source. A string without `${` is itself the value."""
    if "${" not in source:
        return source or None
    match = _PATH.fullmatch(source)
    if match is None:
        return None
    enterprise = user.extensions.get("aws:identitystore:enterprise")
    held = _part({**user.attributes, "enterprise": enterprise}, match["first"])
    if isinstance(held, Sequence) and not isinstance(held, str):
        held = _chosen(held, match["by"], (match["wanted"] or "").strip('"'))
    for name in match["rest"].split(".")[1:]:
        held = _part(held, name)
    held = _part(held, "value")
    return None if held is None else str(held)


def _chosen(listed: Sequence[Mapping[str, Any]], by: str | None, wanted: str) -> Mapping[str, Any] | None:
    """Return the entry whose attribute `by` is `wanted`.

    Without `by`, return the primary entry or else the first.
    """
    if by is None:
        return next((each for each in listed if each.get("Primary")), listed[0] if listed else None)
    return next((each for each in listed if str(_part(each, by)).lower() == wanted.lower()), None)


def _part(held: Any, name: str) -> Any:
    """Return a part by name, ignoring case. If there are no parts, the name `value` means the value itself."""
    if not isinstance(held, Mapping):
        return held if name.lower() == "value" else None
    return next((each for key, each in held.items() if key.lower() == name.lower()), None)
