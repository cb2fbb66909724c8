"""The authorization table for the IAM Toolbox.

Its actions are IAM actions that don't apply to a resource: iam:GetRequestAuthorizationDetails and
iam:GetRequestAuthorizationPolicy.
https://docs.aws.amazon.com/iam-toolbox/latest/APIReference/API_GetRequestAuthorizationDetails.html
https://docs.aws.amazon.com/iam-toolbox/latest/APIReference/API_GetRequestAuthorizationPolicy.html
"""

from __future__ import annotations

from labs_helpers.cloud.services.shared.authorization_table import Table

TABLE = Table("iam-toolbox", "iam", resources={})
TABLE.ask("GetRequestAuthorizationDetails GetRequestAuthorizationPolicy")
