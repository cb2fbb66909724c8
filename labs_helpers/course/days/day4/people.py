"""The people for exercise 4.8 in IAM Identity Center: two teams with permissions in the account `play`, and tokens."""

from __future__ import annotations

import json
from typing import Any

from botocore import UNSIGNED
from botocore.config import Config

from labs_helpers.cloud import Cloud
from labs_helpers.cloud.actors import IdentityCenter
from labs_helpers.course.days.day4 import landing_zone
from labs_helpers.course.days.day4.landing_zone import pages

TEAMS = {"data": "DataReaders", "billing": "BillingReaders"}
_MAY = {"data": ["s3:GetObject", "s3:ListBucket"], "billing": ["ce:GetCostAndUsage"]}
_AT_FIRST = {"mo": "data", "lee": "data"}
_PEOPLE = ("jo", "mo", "lee")
_DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
NOBODY = "nobody"
"""The placeholder for the token of a user who cannot sign in, and for missing IDs."""


def prepare(cloud: Cloud) -> dict[str, Any]:
    """Return `landing` (see landing_zone), `people` (user, group, and permission set IDs), and `tokens` by user."""
    ids = landing_zone.prepare(cloud)
    center = cloud.identity_center()
    people = _Directory(cloud, center, ids["landing"]["play"]).ids()
    tokens = {name: _token(cloud, center, name) for name in _PEOPLE}
    return {**ids, "people": people, "tokens": tokens}


class _Directory:
    def __init__(self, cloud: Cloud, center: IdentityCenter, account: str) -> None:
        self._cloud, self._account = cloud, account
        home = cloud.account(cloud.home)
        self._store_client, self._admin = home.client("identitystore"), home.client("sso-admin")
        self._store = {"IdentityStoreId": center.identity_store_id}
        self._instance = {"InstanceArn": center.instance_arn}

    def ids(self) -> dict[str, str]:
        """Return the IDs by name.

        Groups and their resources are created only if no group exists, so a learner's removals persist.
        """
        groups = {
            each["DisplayName"]: each["GroupId"]
            for each in pages(self._store_client, "list_groups", "Groups", **self._store)
        }
        if not groups.keys() & TEAMS.keys():
            for team in TEAMS:
                groups[team] = self._team(team)
            for name, team in _AT_FIRST.items():
                self._member(name, groups[team])
        listed = pages(self._store_client, "list_users", "Users", **self._store)
        users = {each["UserName"]: each["UserId"] for each in listed}
        found = {**self._store, **self._instance, **users}
        found |= {team: groups.get(team, NOBODY) for team in TEAMS}
        found |= {name: arn for name, arn in self._sets().items() if name in TEAMS.values()}
        found["mo_in_data"] = self._membership(groups.get("data"), users.get("mo"))
        found["role"] = self._role(TEAMS["data"])
        return found

    def _team(self, team: str) -> str:
        group = self._store_client.create_group(DisplayName=team, Description=team, **self._store)["GroupId"]
        made = self._admin.create_permission_set(Name=TEAMS[team], SessionDuration="PT1H", **self._instance)
        which = {"PermissionSetArn": made["PermissionSet"]["PermissionSetArn"], **self._instance}
        statement = {"Effect": "Allow", "Action": _MAY[team], "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self._admin.put_inline_policy_to_permission_set(InlinePolicy=policy, **which)
        self._admin.create_account_assignment(
            PrincipalType="GROUP",
            PrincipalId=group,
            TargetType="AWS_ACCOUNT",
            TargetId=self._account,
            **which,
        )
        return str(group)

    def _member(self, name: str, group: str) -> None:
        listed = pages(self._store_client, "list_users", "Users", **self._store)
        user = next((each["UserId"] for each in listed if each["UserName"] == name), None)
        if user is None:
            user = self._store_client.create_user(
                UserName=name, DisplayName=name.title(), Name={"GivenName": name.title(), "FamilyName": "Ng"},
                **self._store,
            )["UserId"]  # fmt: skip
        self._store_client.create_group_membership(GroupId=group, MemberId={"UserId": user}, **self._store)

    def _membership(self, group: str | None, user: str | None) -> str:
        if group is None or user is None:
            return NOBODY
        listed = pages(
            self._store_client, "list_group_memberships", "GroupMemberships", GroupId=group, **self._store
        )
        return next((each["MembershipId"] for each in listed if each["MemberId"]["UserId"] == user), NOBODY)

    def _sets(self) -> dict[str, str]:
        arns = pages(self._admin, "list_permission_sets", "PermissionSets", **self._instance)
        shown = (
            self._admin.describe_permission_set(PermissionSetArn=arn, **self._instance)["PermissionSet"]
            for arn in arns
        )
        return {each["Name"]: each["PermissionSetArn"] for each in shown}

    def _role(self, name: str) -> str:
        roles = pages(self._cloud.account(self._account).client("iam"), "list_roles", "Roles")
        prefix = f"AWSReservedSSO_{name}_"
        nobody = f"arn:aws:iam::{self._account}:role/{NOBODY}"
        return next((each["Arn"] for each in roles if each["RoleName"].startswith(prefix)), nobody)


def _token(cloud: Cloud, center: IdentityCenter, name: str) -> str:
    """Return the access token with which `name` calls the portal after signing in; NOBODY if there is no such user."""
    session = cloud.account(cloud.home)
    oidc = session.client("sso-oidc", config=Config(signature_version=UNSIGNED))
    program = oidc.register_client(clientName="check", clientType="public", scopes=["sso:account:access"])
    keys = {each: program[each] for each in ("clientId", "clientSecret")}
    begun = oidc.start_device_authorization(startUrl=center.start_url, **keys)
    try:
        center.approve(begun["userCode"], name)
    except LookupError:
        return NOBODY
    made = oidc.create_token(grantType=_DEVICE, deviceCode=begun["deviceCode"], **keys)
    return str(made["accessToken"])
