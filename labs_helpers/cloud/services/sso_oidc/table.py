"""The permissions for sso-oidc's operations. None are required, because clients call them without credentials.

https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/Welcome.html
"""

from __future__ import annotations

from labs_helpers.cloud.services.shared.authorization_table import Table

TABLE = Table("sso-oidc", "sso-oauth", resources={})
TABLE.public(
    "RegisterClient StartDeviceAuthorization CreateToken",
    source="https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/Welcome.html",
)
