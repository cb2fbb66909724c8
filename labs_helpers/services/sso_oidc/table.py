"""What sso-oidc's operations ask for: nothing, as they are called without credentials.

https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/Welcome.html
"""

from __future__ import annotations

from labs_helpers.services.table import Table

TABLE = Table("sso-oidc", "sso-oauth", resources={})
TABLE.public(
    "RegisterClient StartDeviceAuthorization CreateToken",
    source="https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/Welcome.html",
)
TABLE.leave_out(
    "CreateTokenWithIAM",
    why="tokens for applications are not modelled: the cloud's applications are configured, and sign nobody in",
)
