"""A loaded organisation as a table for `test-policies` (docs/policy-as-code.md): its tree and its
rails, and as tests what the accounts' root users may do today of some things that hurt. JSON is YAML, too.
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
    """The table, as YAML's and JSON's values. NotInFiles without an organisation, or where rails are not known."""
    try:
        organization = Preview(cloud).organization
    except LookupError:
        raise NotInFiles("no file tells an organisation: see docs/your-account.md") from None
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
    """By id: a policy's name, with its id where two have the same."""
    policies = list(organization.policies.values())
    listed = [policy.name for policy in policies]
    return {
        policy.id: policy.name if listed.count(policy.name) == 1 else f"{policy.name}-{policy.id}"
        for policy in policies
    }


def _level(organization: Organization, place: str, names: Mapping[str, str]) -> dict[str, Any]:
    unit = organization.units[place]
    accounts = {
        organization.members[each].name: {"id": each, **_hanging(organization, each, names)}
        for each in unit.accounts
        if each != organization.management
    }
    units = {organization.units[each].name: _level(organization, each, names) for each in unit.units}
    return {**_hanging(organization, place, names), "units": units, "accounts": accounts}


def _hanging(organization: Organization, place: str, names: Mapping[str, str]) -> dict[str, list[str]]:
    def named(policies: list[OrganizationPolicy]) -> list[str]:
        return [names[policy.id] for policy in policies]

    return {
        key: named(organization.attached_to(place, policy_type))
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
    """Write the table, and into its tests what comes of them today; gives how many there are. FileExistsError if
    something is there already."""
    table = as_table(cloud)
    with open(path, "x", encoding="utf-8", newline="\n") as out:
        out.write(json.dumps(table, indent=1) + "\n")
    decided = {outcome.test: outcome.decision for outcome in run(path).outcomes}
    for test in table["tests"]:
        test["expect"] = decided[test["name"]]
    path.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8", newline="\n")
    return len(decided)
