"""Views on moto's IAM Identity Center: permission sets' tags, and who and what is in an identity store.

moto's sso-admin and identitystore themselves are not imported before they are used.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.moto import backends


def permission_set_tags(account: str, region: str, permission_set: str) -> dict[str, str]:
    """The tags of a permission set, by the end of its ARN (`ps-…`)."""
    if account not in backends.accounts("sso-admin"):
        return {}
    sets = backends.backend("sso-admin", account, region).permission_sets
    found = next((item for item in sets if item.permission_set_arn.endswith(f"/{permission_set}")), None)
    return {tag["Key"]: tag["Value"] for tag in found.tags or ()} if found else {}


def _store(account: str, region: str, store_id: str) -> Any | None:
    if account not in backends.accounts("identitystore"):
        return None
    return backends.backend("identitystore", account, region).identity_stores.get(store_id)


def membership(account: str, region: str, store_id: str, membership_id: str) -> tuple[str, str] | None:
    """(group id, user id) of a group membership."""
    store = _store(account, region, store_id)
    found = store.group_memberships.get(membership_id) if store else None
    return (found["GroupId"], found["MemberId"]["UserId"]) if found else None


def membership_id(account: str, region: str, store_id: str, group_id: str, user_id: str) -> str | None:
    """The id of a user's membership in a group."""
    store = _store(account, region, store_id)
    for identifier, found in store.group_memberships.items() if store else ():
        if found["GroupId"] == group_id and found["MemberId"].get("UserId") == user_id:
            return identifier
    return None


def group_id(account: str, region: str, store_id: str, alternate: Mapping[str, Any]) -> str | None:
    """The id of the group that an alternate identifier (its display name) means."""
    store = _store(account, region, store_id)
    value = (alternate.get("UniqueAttribute") or {}).get("AttributeValue")
    groups = store.groups.values() if store else ()
    return next((group.GroupId for group in groups if group.DisplayName == value), None)


def user_id(account: str, region: str, store_id: str, alternate: Mapping[str, Any]) -> str | None:
    """The id of the user that an alternate identifier (user name or primary e-mail address) means."""
    store = _store(account, region, store_id)
    attribute = alternate.get("UniqueAttribute") or {}
    value = attribute.get("AttributeValue")
    for user in store.users.values() if store else ():
        emails = [email.get("Value") for email in user.Emails or ()]
        if value in ([user.UserName] if attribute.get("AttributePath", "").lower() == "username" else emails):
            return user.UserId
    return None
