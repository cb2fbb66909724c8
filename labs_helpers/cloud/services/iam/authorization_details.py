"""GetAccountAuthorizationDetails: an account's users, groups, roles, and policies in one paginated list.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.iam.entities import (
    PAGES,
    group_members,
    instance_profile_members,
    role_members,
    user_members,
    with_optional,
)
from labs_helpers.cloud.services.iam.last_used import role_last_used
from labs_helpers.cloud.services.iam.policies import policy_members, version_members

_LISTS = {
    "User": "UserDetailList", "Role": "RoleDetailList", "Group": "GroupDetailList", "LocalManagedPolicy": "Policies",
    "AWSManagedPolicy": "Policies",
}  # fmt: skip


@operation("iam", "GetAccountAuthorizationDetails")
def get_account_authorization_details(call: Call) -> dict[str, Any]:
    """Return the account's entities of the types in Filter, with the text of every policy.

    AWS managed policies are included only if they are in use. Policies that a request only read aren't
    included.
    """
    wanted = call.parameters.get("Filter") or list(_LISTS)
    found = [(kind, details) for kind, details in _details(call) if kind in wanted]
    answer = PAGES.page(call, "found", found)
    lists: dict[str, list[Any]] = {name: [] for name in _LISTS.values()}
    for kind, details in answer.pop("found"):
        lists[_LISTS[kind]].append(details)
    return {**lists, **answer}


# OBSERVED in 2020: the details of users and roles contain Tags even if there are no tags.
def _details(call: Call) -> Iterator[tuple[str, dict[str, Any]]]:
    iam = moto_iam.backend(call.account)
    for user in _by_name(iam.users.values()):
        yield "User", _user_details(user, [each.name for each in iam.groups.values() if user in each.users])
    for group in _by_name(iam.groups.values()):
        yield "Group", {**group_members(group), "GroupPolicyList": _inline(group), **_attached(group)}
    for role in _by_name(iam.roles.values()):
        profiles = [each for each in iam.instance_profiles.values() if role in each.roles]
        yield "Role", _role_details(call, role, profiles)
    iam.managed_policies.forget_unused()
    for policy in _by_name(iam.managed_policies.values()):
        kind = "AWSManagedPolicy" if policy.arn.startswith("arn:aws:iam::aws:") else "LocalManagedPolicy"
        yield kind, _policy_details(policy)


def _by_name(entities: Any) -> list[Any]:
    return sorted(entities, key=lambda each: each.name.lower())


def _user_details(user: Any, groups: list[str]) -> dict[str, Any]:
    members = {
        **_without_use(user_members(user)),
        "GroupList": sorted(groups, key=str.lower),
        **_attached(user),
        "Tags": moto_iam.stored_tags(user),
    }
    return with_optional(members, UserPolicyList=_inline(user))


def _without_use(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if name != "PasswordLastUsed"}


def _role_details(call: Call, role: Any, profiles: list[Any]) -> dict[str, Any]:
    members = {
        name: value
        for name, value in role_members(role).items()
        if name not in ("Description", "MaxSessionDuration")
    }
    members |= {
        "InstanceProfileList": [instance_profile_members(each) for each in _by_name(profiles)],
        "RolePolicyList": _inline(role), **_attached(role), "RoleLastUsed": role_last_used(call, role),
        "Tags": moto_iam.stored_tags(role),
    }  # fmt: skip
    return with_optional(members, PermissionsBoundary=role.permissions_boundary)


def _policy_details(policy: Any) -> dict[str, Any]:
    versions = [
        {"Document": quote(each.document), **version_members(each)} for each in reversed(policy.versions)
    ]
    return {**policy_members(policy), "PolicyVersionList": versions}


def _inline(identity: Any) -> list[dict[str, str]]:
    return [
        {"PolicyName": name, "PolicyDocument": quote(text)}
        for name, text in sorted(identity.policies.items())
    ]


def _attached(identity: Any) -> dict[str, Any]:
    return {
        "AttachedManagedPolicies": [
            {"PolicyName": each.name, "PolicyArn": each.arn}
            for each in _by_name(identity.managed_policies.values())
        ]
    }
