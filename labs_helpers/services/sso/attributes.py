"""Attributes for access control: which session tags a user's attributes become.

https://docs.aws.amazon.com/singlesignon/latest/userguide/attributesforaccesscontrol.html
"""

from __future__ import annotations

import re
from typing import Any

from labs_helpers.services.identitystore.state import Entity
from labs_helpers.services.sso_admin.state import Instance

_PATH = re.compile(r"\$\{path:([A-Za-z]+)(?:\[[^\]]*\])?(?:\.([A-Za-z]+))?\}")


def session_tags(instance: Instance, user: Entity) -> dict[str, str]:
    """aws:PrincipalTag by key. An attribute that the user doesn't have makes no tag."""
    tags = {}
    for attribute in instance.attributes or ():
        value = _value(user, attribute["Value"]["Source"][0])
        if value:
            tags[attribute["Key"]] = value
    return tags


def _value(user: Entity, source: str) -> str | None:
    match = _PATH.fullmatch(source)
    if match is None:
        return source or None
    name = next((each for each in user.attributes if each.lower() == match[1].lower()), None)
    held: Any = user.attributes.get(name or "")
    if match[1].lower() == "enterprise":
        held = user.extensions.get("aws:identitystore:enterprise")
    if isinstance(held, list):
        held = next((each for each in held if each.get("Primary")), held[0] if held else None)
    if isinstance(held, dict):
        part = (match[2] or "value").lower()
        held = next((each for key, each in held.items() if key.lower() == part), None)
    return None if held is None else str(held)
