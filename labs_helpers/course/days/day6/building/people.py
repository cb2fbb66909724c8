"""People: users, groups, permission sets, and assignments in Identity Center."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.course.days.day6.company import Company, policy_text


def _store(company: Company) -> dict[str, str]:
    return {"IdentityStoreId": company.ids["center", "store"]}


def _instance(company: Company) -> dict[str, str]:
    return {"InstanceArn": company.ids["center", "instance"]}


def group(company: Company, name: str, part: Any, before: Any) -> None:
    """Create a group."""
    made = company.client("identitystore").create_group(DisplayName=name, **_store(company))
    company.ids["groups", name] = made["GroupId"]


def person(company: Company, name: str, groups: Any, before: Any) -> None:
    """Create a user, or update the user's group memberships."""
    store = company.client("identitystore")
    if before is None:
        made = store.create_user(
            UserName=name,
            DisplayName=name.title(),
            Name={"GivenName": name.title(), "FamilyName": "Larkspur"},
            **_store(company),
        )
        company.ids["users", name] = made["UserId"]
    user = company.ids["users", name]
    for group in sorted(set(groups) - set(before or ())):
        made = store.create_group_membership(
            GroupId=company.ids["groups", group], MemberId={"UserId": user}, **_store(company)
        )
        company.ids["memberships", f"{name}/{group}"] = made["MembershipId"]
    for group in sorted(set(before or ()) - set(groups)):
        membership = company.ids.pop(("memberships", f"{name}/{group}"))
        store.delete_group_membership(MembershipId=membership, **_store(company))


def remove_person(company: Company, name: str) -> None:
    """Delete a user."""
    company.client("identitystore").delete_user(UserId=company.ids.pop(("users", name)), **_store(company))


def permission_set(company: Company, name: str, part: Any, before: Any) -> None:
    """Create or update a permission set, except for its inline policy."""
    admin = company.client("sso-admin")
    if before is None:
        made = admin.create_permission_set(
            Name=name, Description=part["about"][:700], SessionDuration=part["session"], **_instance(company)
        )
        company.ids["sets", name] = made["PermissionSet"]["PermissionSetArn"]
        company.known[f"permission-set:{name}"] = (
            f"arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_{name}_*"
        )
    here = {**_instance(company), "PermissionSetArn": company.ids["sets", name]}
    if before is not None and before["session"] != part["session"]:
        admin.update_permission_set(SessionDuration=part["session"], **here)
    held = set(before["managed"]) if before else set()
    for arn in sorted(set(part["managed"]) - held):
        admin.attach_managed_policy_to_permission_set(ManagedPolicyArn=arn, **here)
    for arn in sorted(held - set(part["managed"])):
        admin.detach_managed_policy_from_permission_set(ManagedPolicyArn=arn, **here)
    _set_boundary(admin, here, part["boundary"], before["boundary"] if before else None)
    _provision(company, name)


def _set_boundary(admin: Any, here: Mapping[str, str], now: str | None, before: str | None) -> None:
    if now == before:
        return
    if before is not None:
        admin.delete_permissions_boundary_from_permission_set(**here)
    if now is not None:
        boundary = {"CustomerManagedPolicyReference": {"Name": now}}
        admin.put_permissions_boundary_to_permission_set(PermissionsBoundary=boundary, **here)


def set_policy(company: Company, name: str, policy: Any, before: Any) -> None:
    """Put or delete a permission set's inline policy."""
    admin = company.client("sso-admin")
    here = {**_instance(company), "PermissionSetArn": company.ids["sets", name]}
    if policy is not None:
        admin.put_inline_policy_to_permission_set(InlinePolicy=policy_text(policy), **here)
    elif before is not None:
        admin.delete_inline_policy_from_permission_set(**here)
    _provision(company, name)


def _provision(company: Company, name: str) -> None:
    """Provision a permission set to the accounts that it is assigned in, if any."""
    assigned = any(
        section == "assignments" and part["permission_set"] == name
        for (section, _), part in company.built.items()
    )
    if assigned:
        company.client("sso-admin").provision_permission_set(
            PermissionSetArn=company.ids["sets", name],
            TargetType="ALL_PROVISIONED_ACCOUNTS",
            **_instance(company),
        )


def _assignment_of(company: Company, part: Any) -> dict[str, str]:
    return {
        "PermissionSetArn": company.ids["sets", part["permission_set"]],
        "PrincipalType": "GROUP",
        "PrincipalId": company.ids["groups", part["group"]],
        "TargetType": "AWS_ACCOUNT",
        "TargetId": company.known[part["account"]],
        **_instance(company),
    }


def assignment(company: Company, name: str, part: Any, before: Any) -> None:
    """Assign a permission set to a group in an account, unless it is already assigned."""
    if before is None:
        company.client("sso-admin").create_account_assignment(**_assignment_of(company, part))


def remove_assignment(company: Company, name: str) -> None:
    """Delete an assignment."""
    part = company.built["assignments", name]
    company.client("sso-admin").delete_account_assignment(**_assignment_of(company, part))
