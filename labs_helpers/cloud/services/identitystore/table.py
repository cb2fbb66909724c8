"""The permissions that the identity store's operations require on the store and on each user, group, or membership.

Actions, resource types, ARN patterns, condition keys:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentitystore.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.identitystore.state import IdentityStore, IdentityStores
from labs_helpers.cloud.services.shared.authorization_table import Table

_ANY = "*"
"""The ARN of a user, group, or membership that isn't in the store. Only the pattern `*` matches it."""


def _region(call: Call) -> dict[str, Any]:
    return {"identitystore:PrimaryRegion": call.region}


def _store(call: Call) -> IdentityStore | None:
    return call.state.part(IdentityStores).find(call.parameters.get("IdentityStoreId") or "")


def _store_id(call: Call) -> str | None:
    return _end(call, "IdentityStoreId")


def _store_account(call: Call) -> str:
    store = _store(call)
    return call.account if store is None else store.account


def _end(call: Call, parameter: str) -> str | None:
    """Return an ID or, if the parameter is an ARN, its ID."""
    return (call.parameters.get(parameter) or "").rpartition("/")[2] or None


def _alternate(call: Call) -> tuple[str, str]:
    """Return the (path in lowercase, value) of the attribute that identifies an entity instead of an ID."""
    attribute = (call.parameters.get("AlternateIdentifier") or {}).get("UniqueAttribute") or {}
    return str(attribute.get("AttributePath", "")).lower(), str(attribute.get("AttributeValue", ""))


def _member(call: Call) -> str | None:
    return ((call.parameters.get("MemberId") or {}).get("UserId") or "").rpartition("/")[2] or None


def _of_membership(call: Call) -> tuple[str, str]:
    store = _store(call)
    membership = store.memberships.get(_end(call, "MembershipId") or "") if store is not None else None
    return (membership.group, membership.user) if membership is not None else (_ANY, _ANY)


def _group(call: Call) -> str:
    if "MembershipId" in call.parameters:
        return _of_membership(call)[0]
    path, value = _alternate(call)
    store = _store(call)
    named = store.group_named(value) if store is not None and path == "displayname" else None
    return _end(call, "GroupId") or (named.id if named is not None else _ANY)


def _user(call: Call) -> str:
    if "MembershipId" in call.parameters:
        return _of_membership(call)[1]
    identifier = _end(call, "UserId") or _member(call)
    path, value = _alternate(call)
    store = _store(call)
    if identifier or store is None:
        return identifier or _ANY
    find = {"username": store.user_named, "emails.value": store.user_with}.get(path)
    named = find(value) if find is not None else None
    return named.id if named is not None else _ANY


def _membership(call: Call) -> str:
    identifier, store = _end(call, "MembershipId"), _store(call)
    membership = store.membership_of(_group(call), _user(call)) if store is not None else None
    return identifier or (membership.id if membership is not None else _ANY)


TABLE = Table(
    "identitystore",
    "identitystore",
    resources={
        "Identitystore": {"IdentityStoreId": _store_id, "Account": _store_account},
        "Group": {"GroupId": _group},
        "User": {"UserId": _user},
        "GroupMembership": {"MembershipId": _membership},
        "AllUsers": {},
        "AllGroups": {},
        "AllGroupMemberships": {},
    },
)


def _each(operations: str, *types: str) -> None:
    for resource_type in ("Identitystore", *types):
        TABLE.ask(operations, on=resource_type, keys=(_region,))


_each("CreateGroup CreateUser DescribeIdentityStore")
_each("DeleteGroup DescribeGroup UpdateGroup GetGroupId", "Group")
_each("DeleteUser DescribeUser UpdateUser GetUserId", "User")
_each("CreateGroupMembership", "Group", "User")
_each(
    "DeleteGroupMembership DescribeGroupMembership GetGroupMembershipId", "Group", "GroupMembership", "User"
)
_each("ListGroups", "AllGroups")
_each("ListUsers", "AllUsers")
_each("ListGroupMemberships", "AllGroupMemberships", "Group")
_each("ListGroupMembershipsForMember", "AllGroupMemberships", "User")


def _asked_groups() -> Callable[[Call], list[str]]:
    return lambda call: [
        TABLE.fill("Group", call, GroupId=group.rpartition("/")[2])
        for group in call.parameters.get("GroupIds") or [_ANY]
    ]


_each("IsMemberInGroups", "AllGroupMemberships", "User")
TABLE.ask("IsMemberInGroups", on="Group", arns=_asked_groups(), keys=(_region,))
TABLE.ask("ListIdentityStores")
TABLE.ask("UpdateIdentityStore", on="Identitystore")
