"""A company's cloud, and its builders: the management account's administrator and the platform role.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_access.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from labs_helpers.course.days.day6.blueprint import MANAGEMENT
from labs_helpers.course.situations.identity_clients import client_as

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

PLATFORM = "OrganizationAccountAccessRole"
"""The role in a member account that only the management account can assume."""


class Company:
    """A company's cloud: the parts that were built in it, and the names and IDs that AWS assigned."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.known: dict[str, str] = {MANAGEMENT: cloud.home}
        """The values of the names in angle brackets."""
        self.ids: dict[tuple[str, str], str] = {}
        """The IDs that AWS assigned to OUs, guardrails, permission sets, people, and so on, by section and name."""
        self.keys: dict[str, dict[str, str]] = {}
        """The access keys of users, by the user's name."""
        self.built: dict[tuple[str, str], Any] = {}
        """The parts as they were built."""
        self.start_url = ""
        self._sessions: dict[str, Mapping[str, str]] = {}

    def account(self, name: str) -> str:
        """Return an account's ID."""
        return self.known[name]

    def client(self, service: str, account: str = MANAGEMENT, region: str | None = None) -> Any:
        """Return a client for the management account's administrator, or for the platform role in a member account."""
        where = region or self.known.get("home")
        if account == MANAGEMENT:
            return client_as(self.cloud, self.cloud.keys("default"), service, where)
        if account not in self._sessions:
            arn = f"arn:aws:iam::{self.account(account)}:role/{PLATFORM}"
            sts = client_as(self.cloud, self.cloud.keys("default"), "sts", where)
            answer = sts.assume_role(RoleArn=arn, RoleSessionName="platform", DurationSeconds=3600)
            self._sessions[account] = answer["Credentials"]
        return client_as(self.cloud, self._sessions[account], service, where)

    def renew(self) -> None:
        """Assume each platform role again when it is next used. Sessions last one hour on the lab clock."""
        self._sessions.clear()


def policy_text(document: Any) -> str:
    """Return a policy in AWS's compact form, because quotas count characters."""
    return json.dumps(document, separators=(",", ":"))
