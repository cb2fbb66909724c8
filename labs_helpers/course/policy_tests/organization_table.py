"""A reader that turns an organization into a table for `test-policies`, with calls that also work on AWS.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListPoliciesForTarget.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

_TYPES = {"scp": "SERVICE_CONTROL_POLICY", "rcp": "RESOURCE_CONTROL_POLICY"}
_FULL = {"scp": "FullAWSAccess", "rcp": "RCPFullAWSAccess"}


def described(organizations: Any) -> dict[str, Any]:
    """Return a table's `organization_id`, `management`, `documents`, and `tree`, but no tests.

    `organizations`: a boto3 client for the management account or a delegated administrator. A policy type that is not
    enabled at the root doesn't apply to any account, which is equivalent to full access.
    """
    whole = organizations.describe_organization()["Organization"]
    root = organizations.list_roots()["Roots"][0]
    reader = _Reader(organizations, {each["Type"] for each in root["PolicyTypes"]}, whole["MasterAccountId"])
    tree = reader.level(root["Id"])
    return {
        "organization_id": whole["Id"],
        "management": whole["MasterAccountId"],
        "documents": reader.documents,
        "tree": tree,
    }


class _Reader:
    def __init__(self, organizations: Any, enabled: set[str], management: str) -> None:
        self._organizations, self._enabled, self._management = organizations, enabled, management
        self.documents: dict[str, Any] = {}
        self._names: dict[str, str] = {}

    def level(self, id: str) -> dict[str, Any]:
        """Return the root or an OU as a level of the table: its policies, OUs, and member accounts."""
        units = {
            each["Name"]: self.level(each["Id"])
            for each in self._pages(
                "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=id
            )
        }
        accounts: dict[str, Any] = {}
        for each in self._pages("list_accounts_for_parent", "Accounts", ParentId=id):
            if each["Id"] == self._management:
                continue
            name = each["Name"] if each["Name"] not in accounts else f"{each['Name']} {each['Id']}"
            accounts[name] = {"id": each["Id"], **self._attached(each["Id"])}
        policies = self._attached(id)
        return policies | ({"units": units} if units else {}) | ({"accounts": accounts} if accounts else {})

    def _attached(self, target: str) -> dict[str, list[str]]:
        """Return the names of the attached policies by slot; a slot with only full access is left out."""
        found = {}
        for slot, policy_type in _TYPES.items():
            if policy_type not in self._enabled:
                continue
            listed = self._pages("list_policies_for_target", "Policies", TargetId=target, Filter=policy_type)
            names = [self._name(each) for each in listed]
            if names != [_FULL[slot]]:
                found[slot] = names
        return found

    def _name(self, policy: dict[str, Any]) -> str:
        if policy["AwsManaged"]:
            return str(policy["Name"])
        if policy["Id"] not in self._names:
            name = policy["Name"]
            if name in self.documents:  # an SCP and an RCP can have the same name
                name = f"{name} {policy['Id']}"
            content = self._organizations.describe_policy(PolicyId=policy["Id"])["Policy"]["Content"]
            self._names[policy["Id"]], self.documents[name] = name, json.loads(content)
        return self._names[policy["Id"]]

    def _pages(self, call: str, member: str, **given: Any) -> Iterator[dict[str, Any]]:
        for page in self._organizations.get_paginator(call).paginate(**given):
            yield from page[member]
