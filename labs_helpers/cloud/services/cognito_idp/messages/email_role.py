"""The service-linked role with which Cognito sends email from an account's SES identities.

https://docs.aws.amazon.com/cognito/latest/developerguide/using-service-linked-roles.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.iam import moto_view as moto_iam

SERVICE = "email.cognito-idp.amazonaws.com"
_NAME = "AWSServiceRoleForAmazonCognitoIdpEmailService"


def ensure(call: Call, settings: Mapping[str, Any]) -> None:
    """Create the service-linked role on the caller's behalf, if the pool's settings require it.

    Raises AccessDeniedException for a caller without iam:CreateServiceLinkedRole.
    """
    if not needs(settings) or moto_iam.find_role(call.account, _NAME) is not None:
        return
    assert call.state.caller is not None
    try:
        call.state.caller.as_principal(call, "iam", "CreateServiceLinkedRole", {"AWSServiceName": SERVICE})
    except ServiceError as refusal:
        raise ServiceError("AccessDeniedException", refusal.message, 400) from refusal


def needs(settings: Mapping[str, Any]) -> bool:
    """Return True if a pool with these settings sends email with the account's SES configuration."""
    return bool(settings["EmailConfiguration"].get("EmailSendingAccount") == "DEVELOPER")
