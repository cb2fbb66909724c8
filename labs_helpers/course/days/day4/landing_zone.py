"""The organization for Day 4's exercises: accounts and OUs are found by name, and created if they are missing.

Exercises that are graded with real calls prepare the organization first, so they don't depend on the lesson's cells.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from labs_helpers.cloud import Cloud

UNITS = ("Security", "Infrastructure", "Sandbox", "Workloads")
ACCOUNTS = {"security": "Security", "play": "Sandbox", "prod": "Workloads"}
VENDED, NOT_YET = "shop", "999900001111"
"""The account that exercise 4.11 requires, and the placeholder for its ID until the account exists."""
TYPES = ("SERVICE_CONTROL_POLICY", "TAG_POLICY")


def prepare(cloud: Cloud) -> dict[str, Any]:
    """Return `landing`: the IDs of the organization and its root, and the IDs of OUs and accounts by name."""
    organizations = cloud.account(cloud.home).client("organizations")
    org = _organization(organizations)
    root = organizations.list_roots()["Roots"][0]
    for policy_type in {*TYPES} - {each["Type"] for each in root["PolicyTypes"]}:
        organizations.enable_policy_type(RootId=root["Id"], PolicyType=policy_type)
    units = _units(organizations, root["Id"])
    accounts = {each["Name"]: each["Id"] for each in pages(organizations, "list_accounts", "Accounts")}
    for name, unit in ACCOUNTS.items():
        if name not in accounts:
            accounts[name] = _account(organizations, name, root["Id"], units[unit])
    accounts.setdefault(VENDED, NOT_YET)
    ids = {"root": root["Id"], **{name.lower(): id for name, id in units.items()}, **accounts}
    # An OU and an account share the name "security"; in exercises it means the account.
    return {"landing": {"id": org["Id"], **ids, "security_unit": units["Security"]}}


def pages(client: Any, call: str, member: str, **given: Any) -> Iterable[dict[str, Any]]:
    """Yield the items of a paginated list operation."""
    for page in client.get_paginator(call).paginate(**given):
        yield from page[member]


def _organization(organizations: Any) -> dict[str, Any]:
    try:
        found = organizations.describe_organization()["Organization"]
    except organizations.exceptions.AWSOrganizationsNotInUseException:
        found = organizations.create_organization(FeatureSet="ALL")["Organization"]
    return dict(found)


def _units(organizations: Any, root: str) -> dict[str, str]:
    listed = pages(
        organizations, "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=root
    )
    found = {each["Name"]: each["Id"] for each in listed}
    for name in UNITS:
        if name not in found:
            made = organizations.create_organizational_unit(ParentId=root, Name=name)
            found[name] = made["OrganizationalUnit"]["Id"]
    return {name: found[name] for name in UNITS}


def _account(organizations: Any, name: str, root: str, unit: str) -> str:
    asked = organizations.create_account(AccountName=name, Email=f"{name}@example.com")
    request = asked["CreateAccountStatus"]["Id"]
    made = organizations.describe_create_account_status(CreateAccountRequestId=request)
    account = made["CreateAccountStatus"]["AccountId"]
    organizations.move_account(AccountId=account, SourceParentId=root, DestinationParentId=unit)
    return str(account)
