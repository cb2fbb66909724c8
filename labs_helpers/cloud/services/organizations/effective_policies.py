"""Effective policies: the result of merging all management policies that apply to an account.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_effective.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.organizations.errors import invalid, no_permission, not_found
from labs_helpers.cloud.services.organizations.inheritance import effective
from labs_helpers.cloud.services.organizations.operation_checks import with_organization
from labs_helpers.cloud.services.organizations.pages import PAGES
from labs_helpers.cloud.services.organizations.state import Organization


def effective_policy(organization: Organization, account: str, policy_type: str) -> dict[str, Any]:
    """Return an account's merged policy, or an empty policy if no policy applies to it."""
    if policy_type not in organization.enabled:
        return {}
    levels = [organization.attached_to(step, policy_type) for step in organization.ids_from_root(account)]
    return effective([json.loads(policy.content) for policy in policies] for policies in levels)


@operation("organizations", "DescribeEffectivePolicy")
@with_organization
def describe_effective_policy(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Return the effective policy for the caller's account.

    The management account and delegated administrators can specify another account.
    """
    policy_type = call.parameters["PolicyType"]
    target = call.parameters.get("TargetId") or call.caller_account
    if not target.isdigit():
        raise invalid("TARGET_NOT_SUPPORTED")
    if target != call.caller_account and not _sees_others(call, organization):
        raise no_permission()
    if target not in organization.members:
        raise not_found("Target")
    merged = effective_policy(organization, target, policy_type)
    if not merged:
        raise not_found("EffectivePolicy")
    shown = {
        "PolicyContent": json.dumps(merged, separators=(",", ":")),
        "LastUpdatedTimestamp": _updated(organization, target, policy_type),
        "TargetId": target,
        "PolicyType": policy_type,
    }
    return {"EffectivePolicy": shown}


@operation("organizations", "ListAccountsWithInvalidEffectivePolicy")
@with_organization
def list_accounts_with_invalid_effective_policy(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Return an empty list.

    Errors that would make an effective policy invalid are rejected when a policy is created or updated.
    """
    policy_type = call.parameters["PolicyType"]
    if policy_type not in organization.enabled:
        raise not_found("EffectivePolicy")
    return PAGES.page(call, "Accounts", []) | {"PolicyType": policy_type}


@operation("organizations", "ListEffectivePolicyValidationErrors")
@with_organization
def list_effective_policy_validation_errors(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Return an empty list, and the time at which the account's effective policy last changed."""
    account, policy_type = call.parameters["AccountId"], call.parameters["PolicyType"]
    if account not in organization.members:
        raise not_found("Account")
    if not effective_policy(organization, account, policy_type):
        raise not_found("EffectivePolicy")
    return PAGES.page(call, "EffectivePolicyValidationErrors", []) | {
        "AccountId": account,
        "PolicyType": policy_type,
        "Path": organization.path(account),
        "EvaluationTimestamp": _updated(organization, account, policy_type),
    }


def _sees_others(call: Call, organization: Organization) -> bool:
    account = call.caller_account
    return account == organization.management or organization.administers(account)


def _updated(organization: Organization, account: str, policy_type: str) -> datetime | None:
    """Return the time of the last change to one of the policies that are merged for the account."""
    times = (
        policy.updated
        for step in organization.ids_from_root(account)
        for policy in organization.attached_to(step, policy_type)
    )
    return max((each for each in times if each is not None), default=None)
