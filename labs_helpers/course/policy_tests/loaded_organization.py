"""A loaded organization as a table for `test-policies` (docs/policy-as-code.md).

The table contains the organization's tree and its guardrails. Its tests are some harmful actions by each account's root
user, with the current decisions. The table is written as JSON, which is also valid YAML.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from labs_helpers.cloud import RCP, SCP, LoadedCloud, NotInFiles, Organization, OrganizationPolicy, Preview
from labs_helpers.course.policy_tests.runner import run

_HURTS = ("organizations:LeaveOrganization", "cloudtrail:StopLogging", "iam:CreateUser", "ec2:RunInstances")
_KEYS = {SCP: "scp", RCP: "rcp"}


def as_table(cloud: LoadedCloud) -> dict[str, Any]:
    """Return the table as JSON values. Raises `NotInFiles` if the files lack the organization or its guardrails."""
    try:
        organization = Preview(cloud).organization
    except LookupError:
        raise NotInFiles("the files don't describe an organization: see docs/your-account.md") from None
    names = _names(organization)
    documents = {
        names[policy.id]: json.loads(policy.content)
        for policy in organization.policies.values()
        if policy.type in _KEYS and not policy.aws_managed and policy.content
    }
    return {
        "documents": documents,
        "management": organization.management,
        "organization_id": organization.id,
        "tree": _level(organization, organization.root, names),
        "tests": _tests(organization),
    }


def _names(organization: Organization) -> dict[str, str]:
    """Return the policies' names by ID; a name that several policies share gets the ID as a suffix."""
    policies = list(organization.policies.values())
    listed = [policy.name for policy in policies]
    return {
        policy.id: policy.name if listed.count(policy.name) == 1 else f"{policy.name}-{policy.id}"
        for policy in policies
    }


def _level(organization: Organization, id: str, names: Mapping[str, str]) -> dict[str, Any]:
    """Return the root or an OU as a level of the table: its policies, OUs, and member accounts."""
    unit = organization.units[id]
    accounts = {
        organization.members[each].name: {"id": each, **_attached(organization, each, names)}
        for each in unit.accounts
        if each != organization.management  # guardrails don't apply to the management account
    }
    units = {organization.units[each].name: _level(organization, each, names) for each in unit.units}
    return {**_attached(organization, id, names), "units": units, "accounts": accounts}


def _attached(organization: Organization, target: str, names: Mapping[str, str]) -> dict[str, list[str]]:
    def named(policies: list[OrganizationPolicy]) -> list[str]:
        """Return the names of policies in the table."""
        return [names[policy.id] for policy in policies]

    return {
        key: named(organization.attached_to(target, policy_type))
        for policy_type, key in _KEYS.items()
        if policy_type in organization.enabled
    }


def _tests(organization: Organization) -> list[dict[str, Any]]:
    return [
        {
            "name": f"{member.name}: {action}",
            "account": member.name,
            "principal": "root",
            "action": action,
            "expect": "deny",
        }
        for member in organization.members.values()
        if member.id != organization.management
        for action in _HURTS
    ]


def write_table(cloud: LoadedCloud, path: Path) -> int:
    """Write the table, with the current decisions as the expected decisions, and return the number of tests.

    Raises `FileExistsError` if the path already exists, and `NotInFiles` if the files contain no member account with
    users or roles, because then there is nothing to test.
    """
    table = as_table(cloud)
    if not table["tests"]:
        raise NotInFiles(
            "these files contain no member account with users or roles, to which SCPs and RCPs would apply: there is "
            "nothing to write into a table"
        )
    with open(path, "x", encoding="utf-8", newline="\n") as out:
        out.write(json.dumps(table, indent=1) + "\n")
    # `run` reads only files, so the table is written twice: the second time with the decisions on the first version.
    decided = {outcome.test: outcome.decision for outcome in run(path).outcomes}
    for test in table["tests"]:
        test["expect"] = decided[test["name"]]
    path.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8", newline="\n")
    return len(decided)
