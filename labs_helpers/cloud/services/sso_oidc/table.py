"""What sso-oidc's operations ask for: nothing, as programs call them without credentials, but for the one that
applications call with IAM's.

https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/Welcome.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsiamidentitycenteroidcservice.html
"""

from __future__ import annotations

import json

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.shared.authorization_table import Ask, Table
from labs_helpers.cloud.services.shared.table_rows import given, owner_in_arn
from labs_helpers.cloud.services.sso_admin.state import Application, IdentityCenters


def _application(call: Call, arn: str) -> Application | None:
    instances = call.state.part(IdentityCenters).all()
    return next((each.applications[arn] for each in instances if arn in each.applications), None)


def _actor_policy(call: Call, ask: Ask) -> tuple[str, str] | None:
    """The policy of the application that says who may ask for tokens in its name."""
    found = _application(call, ask.resource)
    method = found.authentication.get("IAM") if found is not None else None
    return (ask.resource, json.dumps(method["Iam"]["ActorPolicy"])) if method is not None else None


TABLE = Table("sso-oidc", "sso-oauth", resources={}, policy=_actor_policy, owner=owner_in_arn("clientId"))
TABLE.public(
    "RegisterClient StartDeviceAuthorization CreateToken",
    source="https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/Welcome.html",
)
TABLE.ask("CreateTokenWithIAM", on="Application", arns=given("clientId"))
