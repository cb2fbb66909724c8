"""IAM: what moto lacks or answers differently from AWS, in the modules imported here.

`iam_identities` users, groups and roles · `iam_policies` managed and inline policies · `iam_boundaries` permissions
boundaries · `iam_credentials` access keys, passwords, certificates · `iam_mfa` MFA devices · `iam_oidc`, `iam_saml`
identity providers · `iam_last_used` last use, reports · `iam_documents` what is refused of a policy document ·
`iam_entities` what they share · `iam_simulate` the policy simulator.
"""

from __future__ import annotations

from labs_helpers.aws import (
    iam_boundaries,
    iam_credentials,
    iam_identities,
    iam_last_used,
    iam_mfa,
    iam_oidc,
    iam_policies,
    iam_saml,
    iam_simulate,
)

__all__ = [
    "iam_boundaries", "iam_credentials", "iam_identities", "iam_last_used", "iam_mfa", "iam_oidc", "iam_policies",
    "iam_saml", "iam_simulate",
]  # fmt: skip
