"""The organization: OUs, accounts, SCPs, and RCPs."""

from __future__ import annotations

from typing import Any

from labs_helpers.course.days.day6.blueprint import ROOT
from labs_helpers.course.days.day6.company import Company, policy_text

TYPES = {"scps": "SERVICE_CONTROL_POLICY", "rcps": "RESOURCE_CONTROL_POLICY"}


def create(company: Company) -> None:
    """Create the organization, enable its policy types and trusted services, and record its IDs."""
    organizations = company.client("organizations")
    made = organizations.create_organization(FeatureSet="ALL")["Organization"]
    root = organizations.list_roots()["Roots"][0]["Id"]
    for kind in TYPES.values():
        organizations.enable_policy_type(RootId=root, PolicyType=kind)
    for service in ("cloudtrail.amazonaws.com", "sso.amazonaws.com"):
        organizations.enable_aws_service_access(ServicePrincipal=service)
    company.known["organization"] = made["Id"]
    company.ids["units", ROOT] = root
    center = company.cloud.identity_center(company.known["home"])
    company.ids["center", "instance"] = center.instance_arn
    company.ids["center", "store"] = center.identity_store_id
    company.start_url = center.start_url


def unit(company: Company, name: str, part: Any, before: Any) -> None:
    """Create an OU."""
    parent = company.ids["units", part["parent"]]
    made = company.client("organizations").create_organizational_unit(ParentId=parent, Name=name)
    company.ids["units", name] = made["OrganizationalUnit"]["Id"]


def account(company: Company, name: str, unit: str, before: Any) -> None:
    """Create an account, or move it to its OU."""
    organizations = company.client("organizations")
    if before is None:
        asked = organizations.create_account(AccountName=name, Email=f"{name}@larkspur.example")
        request = asked["CreateAccountStatus"]["Id"]
        status = organizations.describe_create_account_status(CreateAccountRequestId=request)
        company.known[name] = status["CreateAccountStatus"]["AccountId"]
    source, target = company.ids["units", before or ROOT], company.ids["units", unit]
    if source != target:
        organizations.move_account(
            AccountId=company.known[name], SourceParentId=source, DestinationParentId=target
        )


def _target(company: Company, name: str) -> str:
    return company.ids.get(("units", name)) or company.known[name]


def guardrail(company: Company, name: str, part: Any, before: Any) -> None:
    """Create or update an SCP or RCP, attach it to its targets, and detach it from former targets."""
    organizations = company.client("organizations")
    kind, _, own = name.partition("/")
    content = policy_text(part["policy"])
    if before is None:
        made = organizations.create_policy(
            Name=own, Description=part["about"][:500], Type=TYPES[kind], Content=content
        )
        company.ids["rails", name] = made["Policy"]["PolicySummary"]["Id"]
    policy = company.ids["rails", name]
    if before is not None and before["policy"] != part["policy"]:
        organizations.update_policy(PolicyId=policy, Content=content)
    there = set(before["targets"]) if before else set()
    for target in sorted(set(part["targets"]) - there):
        organizations.attach_policy(PolicyId=policy, TargetId=_target(company, target))
    for target in sorted(there - set(part["targets"])):
        organizations.detach_policy(PolicyId=policy, TargetId=_target(company, target))


def remove_guardrail(company: Company, name: str) -> None:
    """Detach an SCP or RCP from its targets and delete it."""
    organizations, policy = company.client("organizations"), company.ids.pop(("rails", name))
    for target in company.built["rails", name]["targets"]:
        organizations.detach_policy(PolicyId=policy, TargetId=_target(company, target))
    organizations.delete_policy(PolicyId=policy)
