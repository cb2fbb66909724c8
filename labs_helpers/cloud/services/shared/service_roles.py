"""Roles that were passed to a service, which assumes them when it acts.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-service.html
"""

from __future__ import annotations

from datetime import datetime

from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.shared.authorization_table import account_in
from labs_helpers.engine.policy import (
    AccessRequest,
    Attached,
    Policies,
    PolicyKind,
    Principal,
    decide,
    parse_policy,
)
from labs_helpers.engine.policy.arn import Arn


def can_be_assumed(role: str, service: str, source_arn: str, now: datetime) -> bool:
    """Return True if a role's trust policy allows a service to assume the role for the resource `source_arn`."""
    _, _, region, account, _ = Arn.parse(source_arn)
    owner = account_in(role) or account
    trust = moto_iam.trust_policy(owner, role.rpartition("/")[2])
    if trust is None:
        return False
    context = {
        "aws:sourceaccount": account, "aws:sourcearn": source_arn, "aws:principalisawsservice": "true",
        "aws:currenttime": now.strftime("%Y-%m-%dT%H:%M:%SZ"), "aws:requestedregion": region,
    }  # fmt: skip
    principal = Principal.service(f"{service}.amazonaws.com")
    request = AccessRequest(principal, "sts:AssumeRole", role, owner, context, "sts:assumerole")
    return decide(request, Policies(resource=Attached(role, parse_policy(trust, PolicyKind.TRUST)))).allowed
