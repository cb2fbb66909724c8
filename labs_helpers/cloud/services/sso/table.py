"""The permissions for the access portal's API. No IAM permissions are required, because calls contain a portal token.

https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/Welcome.html
"""

from __future__ import annotations

from labs_helpers.cloud.services.shared.authorization_table import Table

TABLE = Table("sso", "awsssoportal", resources={})
TABLE.public(
    "ListAccounts ListAccountRoles GetRoleCredentials Logout",
    source="https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/Welcome.html",
)
