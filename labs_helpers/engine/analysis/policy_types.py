"""Access Analyzer's names for the kinds of policies, and size limits for interactive analysis.

https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ValidatePolicy.html
"""

from __future__ import annotations

from labs_helpers.engine.policy import PolicyKind

MAX_CHARACTERS = 40_000
MAX_WILDCARDS = 600
"""The maximum length of a policy's text, and the maximum number of wildcards (`*` and `?`) in it.

Access Analyzer's checks compare all patterns with each other. For longer strings, this comparison would take too long
after each keystroke.
"""

_TYPES = {
    PolicyKind.SCP: ("SERVICE_CONTROL_POLICY", None),
    PolicyKind.RCP: ("RESOURCE_CONTROL_POLICY", None),
    PolicyKind.TRUST: ("RESOURCE_POLICY", "AWS::IAM::AssumeRolePolicyDocument"),
    PolicyKind.RESOURCE: ("RESOURCE_POLICY", None),
    PolicyKind.KEY: ("RESOURCE_POLICY", None),
    PolicyKind.VPC_ENDPOINT: ("RESOURCE_POLICY", None),
}


def policy_type(kind: PolicyKind) -> tuple[str, str | None]:
    """Return ValidatePolicy's policyType and validatePolicyResourceType for a kind of policy."""
    return _TYPES.get(kind, ("IDENTITY_POLICY", None))


def is_too_large(text: str) -> bool:
    """Return whether a string exceeds `MAX_CHARACTERS` or `MAX_WILDCARDS`."""
    return len(text) > MAX_CHARACTERS or text.count("*") + text.count("?") > MAX_WILDCARDS
