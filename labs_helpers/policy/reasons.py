"""AWS's words for a decision.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html: of several policy types that refuse,
the message names one. Here it is the first in the order of the checks; an explicit deny goes before an implicit one.
"""

from __future__ import annotations

from labs_helpers.policy.decision import Check
from labs_helpers.policy.statement import EXPLICIT_DENY

_POLICY_TYPES = {
    "RESOURCE_CONTROL_POLICY": ("a", "resource control policy"),
    "SERVICE_CONTROL_POLICY": ("a", "service control policy"),
    "VPC_ENDPOINT": ("a", "VPC endpoint policy"),
    "RESOURCE": ("a", "resource-based policy"),
    "PRINCIPAL": ("an", "identity-based policy"),
    "PERMISSIONS_BOUNDARY": ("a", "permissions boundary"),
    "SESSION": ("a", "session policy"),
}

BY_IDENTITY = "allowed by an identity-based policy"
BY_RESOURCE = "allowed by a resource-based policy"
BY_BOTH = "allowed by an identity-based policy and a resource-based policy"
BY_GRANT = "allowed by a KMS grant"
BY_ROOT = "allowed for the account root user"
WITHOUT_PERMISSION = "allowed without any permission"


_TRUST_POLICY = ("the", "role trust policy")


def refusal(check: Check, action: str, *, of_role: bool) -> str:
    """Why a request is refused, as it stands in the error message after the resource. of_role: the resource-based
    policy is a role's trust policy, which AWS names as such."""
    article, policy_type = _POLICY_TYPES[check.check_type]
    if of_role and check.check_type == "RESOURCE":
        article, policy_type = _TRUST_POLICY
    if check.effect == EXPLICIT_DENY:
        return f"with an explicit deny in {article} {policy_type}"
    return f"because no {policy_type} allows the {action} action"
