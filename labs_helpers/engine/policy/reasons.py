"""AWS's wording for a decision.

If several policy types deny a request, AWS's message names one of them. In this engine, the message names the first one
in the order of the checks, but explicit denies come before implicit denies.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

from labs_helpers.engine.policy.decision import Check
from labs_helpers.engine.policy.layers import Layer
from labs_helpers.engine.policy.statement import EXPLICIT_DENY

BY_IDENTITY = "allowed by an identity-based policy"
BY_RESOURCE = "allowed by a resource-based policy"
BY_BOTH = "allowed by an identity-based policy and a resource-based policy"
BY_GRANT = "allowed by a KMS grant"
BY_ROOT = "allowed for the account root user"
WITHOUT_PERMISSION = "allowed without any permission"


_TRUST_POLICY = "role trust policy"


def refusal(check: Check, action: str, *, of_role: bool) -> str:
    """Return the reason for a denial, as it appears in the error message after the resource.

    `of_role` is True if the resource-based policy is a role's trust policy, which AWS's message calls by that name.
    """
    layer = Layer(check.check_type)
    trust = of_role and layer is Layer.RESOURCE
    if check.effect == EXPLICIT_DENY:
        return f"with an explicit deny in {f'the {_TRUST_POLICY}' if trust else layer.with_article}"
    return f"because no {_TRUST_POLICY if trust else layer.words} allows the {action} action"
