"""IAM: what moto lacks or answers differently from AWS, in the modules imported here.

`iam_identities` users, groups and roles · `iam_policies` managed and inline policies · `iam_boundaries` permissions
boundaries · `iam_credentials` access keys, passwords, MFA devices, certificates · `iam_documents` what is refused of a
policy document · `iam_entities` what they share.
"""

from __future__ import annotations

from labs_helpers.aws import iam_boundaries, iam_credentials, iam_identities, iam_policies

__all__ = ["iam_boundaries", "iam_credentials", "iam_identities", "iam_policies"]
