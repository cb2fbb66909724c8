"""What the identity store's operations ask for: on the store, and on each user, group or membership they touch.

Actions, resource types, ARN patterns, condition keys:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentitystore.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from labs_helpers.core.call import Call
from labs_helpers.services.sso_admin import moto_view as moto_sso
from labs_helpers.services.table import Table

_ANY = "*"
"""A user, group or membership that the request names and the store does not have: an ARN that only `*` matches."""


def _region(call: Call) -> dict[str, Any]:
    return {"identitystore:PrimaryRegion": call.region}


def _where(call: Call) -> tuple[str, str, str]:
    return call.account, call.region, call.parameters.get("IdentityStoreId") or ""


def _member(call: Call) -> str | None:
    return (call.parameters.get("MemberId") or {}).get("UserId")


def _of_membership(call: Call) -> tuple[str, str]:
    found = moto_sso.membership(*_where(call), call.parameters.get("MembershipId") or "")
    return found or (_ANY, _ANY)


def _group(call: Call) -> str:
    given = call.parameters
    if "MembershipId" in given:
        return _of_membership(call)[0]
    found = given.get("GroupId") or moto_sso.group_id(*_where(call), given.get("AlternateIdentifier") or {})
    return found or _ANY


def _user(call: Call) -> str:
    given = call.parameters
    if "MembershipId" in given:
        return _of_membership(call)[1]
    found = given.get("UserId") or _member(call)
    return found or moto_sso.user_id(*_where(call), given.get("AlternateIdentifier") or {}) or _ANY


def _membership(call: Call) -> str:
    given = call.parameters.get("MembershipId")
    return given or moto_sso.membership_id(*_where(call), _group(call), _user(call)) or _ANY


TABLE = Table(
    "identitystore",
    "identitystore",
    resources={
        "Identitystore": {"IdentityStoreId": "IdentityStoreId"},
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
        TABLE.fill("Group", call, GroupId=group) for group in call.parameters.get("GroupIds") or ["*"]
    ]


_each("IsMemberInGroups", "AllGroupMemberships", "User")
TABLE.ask("IsMemberInGroups", on="Group", arns=_asked_groups(), keys=(_region,))
TABLE.ask("ListIdentityStores")
TABLE.ask("UpdateIdentityStore", on="Identitystore")
