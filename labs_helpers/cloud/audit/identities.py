"""Facts about users and roles for several analyses: their policies, who can assume a role, and what AWS protects."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from labs_helpers.cloud.gate.policies_in_force import parsed
from labs_helpers.cloud.services.iam import moto_view as iam
from labs_helpers.engine.policy import Policy, PolicyKind
from labs_helpers.engine.policy.elements import as_list

SERVICE_LINKED = "service-linked role"
IDENTITY_CENTER = "IAM Identity Center's role"
_PROTECTED = {
    "role/aws-service-role/": SERVICE_LINKED,
    "role/aws-reserved/sso.amazonaws.com/": IDENTITY_CENTER,
}


def account_of(arn: str) -> str:
    """Return the account of an ARN."""
    return arn.split(":")[4]


def name_of(arn: str) -> str:
    """Return the name of a user, role, or group, without its path."""
    return arn.rpartition("/")[2]


def kind_of(arn: str) -> str:
    """Return "user" or "role"."""
    return arn.split(":")[5].partition("/")[0]


def protection_of(arn: str) -> str | None:
    """Return the kind of a role that only AWS can change (service-linked or Identity Center's), or None for others.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
    https://docs.aws.amazon.com/singlesignon/latest/userguide/using-service-linked-roles.html
    """
    resource = arn.split(":", 5)[5]
    return next((what for path, what in _PROTECTED.items() if resource.startswith(path)), None)


def named_policies(principal: str) -> list[tuple[str, Policy]]:
    """Return the parsed identity policies of a user (including its groups' policies) or role, with their labels."""
    listed = iam.user_policies if kind_of(principal) == "user" else iam.role_policies
    found = listed(account_of(principal), name_of(principal))
    return [(label, parsed(text, PolicyKind.IDENTITY)) for label, text in found]


def boundary_of(principal: str) -> str | None:
    """Return the ARN of a user's or role's permissions boundary, or None if it has none."""
    boundary = iam.user_boundary if kind_of(principal) == "user" else iam.role_boundary
    found = boundary(account_of(principal), name_of(principal))
    return found[0] if found is not None else None


def trust_text(role: str) -> str:
    """Return a role's trust policy as JSON text, or an empty string."""
    return iam.trust_policy(account_of(role), name_of(role)) or ""


@lru_cache(maxsize=4096)
def trusted(text: str) -> frozenset[str]:
    """Return the principals that a trust policy allows: ARNs, accounts, services, providers, or "*"."""
    statements = json.loads(text).get("Statement", []) if text else []
    return frozenset(
        principal
        for statement in as_list(statements)
        if statement.get("Effect") == "Allow"
        for principal in _principals(statement.get("Principal"))
    )


def _principals(given: Any) -> Iterable[str]:
    if isinstance(given, dict):
        return [str(each) for value in given.values() for each in as_list(value)]
    return [] if given is None else [str(given)]
